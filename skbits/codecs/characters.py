"""CharCodes: texts -> indices, scaled character codes, or one-hot steps, as X; and back.

Rules
-----
* A text is a row of ``max_length`` steps; steps beyond its end are zeros in every form, so that
  they can be masked.
* Indices count from 1, in the order of the alphabet; ``n_symbols + 1`` is any other character.
"""

from copy import copy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, check_array
from sklearn.utils.validation import check_is_fitted

from skbits.codecs.words import (
    REPLACEMENT,
    check_known,
    check_length,
    code_of,
    code_points,
    read_alphabet,
    read_max_length,
    read_words,
    spell,
    symbols_in,
)
from skbits.inputs import check_unmasked
from skbits.naming import about
from skbits.reading import shown
from skbits.values import is_word

#: what character codes are divided by in output="scaled"
SCALE = 256


class CharCodes(TransformerMixin, BaseEstimator):
    """Texts, such as words or hashes -> numbers that a network can read, step by step.

    Not for texts of many words: a vocabulary of words, or embeddings of them, says more than
    characters.

    Parameters
    ----------
    max_length : int, optional
        Number of steps of every row; None for the longest text in fit, at least 1.
    output : {"index", "scaled", "onehot"}, default="index"
        Indices from 1 for an embedding (``backbones.embedding``), the character code / 256, or
        one-hot steps. Steps beyond the end of a text are 0.
    alphabet : str, sequence of str, or None, default=None
        The characters that are known; None for those that occur in fit, sorted.
    handle_unknown : {"error", "index"}, default="error"
        What to do about other characters: raise ValueError, or give all of them one index of
        their own, the last. With ``output="scaled"`` they then keep their own code.

    Attributes
    ----------
    symbols_ : ndarray of shape (n_symbols,), dtype str
        The known characters, in the order of their indices.
    max_length_ : int
    output_, handle_unknown_ : str
        As the parameters were in fit.
    n_indices_ : int
        Number of different indices: 0 for no character, one for each symbol, and, with
        ``handle_unknown="index"``, one for all others; ``input_dim`` of an embedding.

    Examples
    --------
    >>> from skbits import CharCodes
    >>> codes = CharCodes().fit(["cab", "b"])
    >>> codes.transform(["cab", "b"]).tolist()
    [[3, 1, 2], [2, 0, 0]]
    >>> codes.inverse_transform([[3, 1, 2], [2, 0, 0]]).tolist()
    ['cab', 'b']
    >>> codes.set_params(output="scaled").fit_transform(["@", "@@"]).tolist()
    [[0.25, 0.0], [0.25, 0.25]]
    >>> onehot = CharCodes(output="onehot", handle_unknown="index").fit(["ab"])
    >>> onehot.transform(["b?"]).tolist()
    [[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]
    >>> onehot.inverse_transform(onehot.transform(["b?"])).tolist()
    ['b�']
    """

    def __init__(
        self,
        max_length: int | None = None,
        output: str = "index",
        *,
        alphabet: Any = None,
        handle_unknown: str = "error",
    ):
        self.max_length = max_length
        self.output = output
        self.alphabet = alphabet
        self.handle_unknown = handle_unknown

    def fit(self, texts: Any, y: Any = None) -> "CharCodes":
        """Learn the length and the alphabet where they are not given.

        Parameters
        ----------
        texts : array-like of str, of shape (n,) or (n, 1)
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            A parameter that is not as described, or texts as in :meth:`transform`.
        """
        texts = read_words(texts, "texts")
        if not is_word(self.output, *_FORMS):
            raise ValueError(f"output={self.output!r}: expected one of {', '.join(_FORMS)}.")
        if not is_word(self.handle_unknown, "error", "index"):
            raise ValueError(
                f"handle_unknown={self.handle_unknown!r}: expected 'error' or 'index'."
            )
        symbols = symbols_in(texts) if self.alphabet is None else read_alphabet(self.alphabet)
        if not len(symbols):
            raise ValueError("texts holds no character: expected some, or an alphabet.")
        max_length = read_max_length(self.max_length, code_points(texts).shape[1])
        learned = copy(self)  # a fit that fails changes nothing
        learned.symbols_, learned.max_length_ = symbols, max_length
        learned.output_, learned.handle_unknown_ = self.output, self.handle_unknown
        learned.n_indices_ = 1 + len(symbols) + (self.handle_unknown == "index")
        learned._indices(texts)
        vars(self).update(vars(learned))
        return self

    def transform(self, texts: Any) -> np.ndarray:
        """Texts -> numbers.

        Parameters
        ----------
        texts : array-like of str, of shape (n,) or (n, 1)

        Returns
        -------
        ndarray of shape (n, max_length_), int, for "index"; float32 for "scaled"; of shape \
(n, max_length_, n_indices_ - 1), float32, for "onehot"

        Raises
        ------
        ValueError
            A text that is too long, or holds an unknown character (``handle_unknown="error"``).
        """
        check_is_fitted(self)
        texts = read_words(texts, "texts")
        return _FORMS[self.output_][0](self, self._indices(texts), texts)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Numbers -> texts.

        Parameters
        ----------
        X : array-like of the shape that ``transform`` gives

        Returns
        -------
        ndarray of shape (n,), dtype str
            An unknown character reads U+FFFD, unless it is scaled.

        Raises
        ------
        ValueError
            Another shape, or numbers that ``transform`` does not give.
        """
        check_is_fitted(self)
        with about("X"):
            check_unmasked("X", X)
            X = check_array(
                X,
                dtype="numeric",
                ensure_2d=False,
                allow_nd=True,
                ensure_min_samples=0,
                ensure_min_features=0,
                input_name="X",
            )
        row_shape = (self.max_length_,)
        if self.output_ == "onehot":
            row_shape += (self.n_indices_ - 1,)
        if X.shape[1:] != row_shape:
            expected = ", ".join(map(str, row_shape))
            raise ValueError(f"X has shape {X.shape}: expected (n, {expected}).")
        points = _FORMS[self.output_][1](self, X)
        ended = np.logical_or.accumulate(points == 0, axis=1)
        if (ended & (points > 0)).any():
            row = int((ended & (points > 0)).any(axis=1).argmax())
            raise ValueError(f"X goes on after a step of zeros in row {row}: expected none within.")
        return spell(points)

    def _indices(self, texts: np.ndarray) -> np.ndarray:
        """Indices (n, max_length_): 0 beyond the end, then the symbols, then any other."""
        points = code_points(texts)
        check_length(texts, points, self.max_length_, "texts")
        codes = code_of(points, self.symbols_)
        if self.handle_unknown_ == "error":
            cure = "Add it (alphabet=...), or set handle_unknown='index'."
            check_known(texts, points, codes, self.symbols_, "texts", cure)
        codes = np.where(codes < 0, len(self.symbols_), codes) + 1
        indices = np.zeros((len(texts), self.max_length_), dtype=int)
        indices[:, : codes.shape[1]] = np.where(points > 0, codes, 0)
        return indices

    def _points(self, indices: np.ndarray) -> np.ndarray:
        """Indices -> code points."""
        of_index = np.concatenate([[0], code_points(self.symbols_)[:, 0], [ord(REPLACEMENT)]])
        return of_index[indices]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


def _index(codes: CharCodes, indices: np.ndarray, texts: np.ndarray) -> np.ndarray:
    return indices


def _of_index(codes: CharCodes, X: np.ndarray) -> np.ndarray:
    good = np.isin(X, np.arange(codes.n_indices_))
    _check_good(X, good, f"whole numbers from 0 to {codes.n_indices_ - 1}")
    return codes._points(X.astype(int))


def _scaled(codes: CharCodes, indices: np.ndarray, texts: np.ndarray) -> np.ndarray:
    scaled = np.zeros(indices.shape, dtype=np.float32)
    points = code_points(texts)
    scaled[:, : points.shape[1]] = points
    return scaled / SCALE  # exact: a power of two, and codes below 2 ** 24


def _of_scaled(codes: CharCodes, X: np.ndarray) -> np.ndarray:
    points = np.asarray(X, dtype=np.float64) * SCALE
    good = (points >= 0) & (points <= 0x10FFFF) & (points == np.floor(points))
    _check_good(X, good, f"character codes divided by {SCALE}")
    return points


def _onehot(codes: CharCodes, indices: np.ndarray, texts: np.ndarray) -> np.ndarray:
    # without its first row, the identity gives zeros for index 0
    return np.eye(codes.n_indices_, dtype=np.float32)[:, 1:][indices]


def _of_onehot(codes: CharCodes, X: np.ndarray) -> np.ndarray:
    good = ((X == 0) | (X == 1)) & (X.sum(axis=2, keepdims=True) <= 1)
    _check_good(X, good, "zeros and ones, at most one 1 in a step")
    return codes._points(np.where(X.any(axis=2), X.argmax(axis=2) + 1, 0))


#: output -> from indices or texts, and back to code points
_FORMS = {
    "index": (_index, _of_index),
    "scaled": (_scaled, _of_scaled),
    "onehot": (_onehot, _of_onehot),
}


def _check_good(X: np.ndarray, good: np.ndarray, expected: str) -> None:
    if not good.all():
        at = tuple(np.argwhere(~good)[0])
        raise ValueError(
            f"X holds {shown(X[at])} in row {at[0]}, step {at[1]}: expected {expected}."
        )
