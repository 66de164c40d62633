"""TextBits and TextOneHot: words <-> rows of bits, or of one-hot blocks.

Rules
-----
* Every word takes ``max_length`` symbols: a shorter one is padded at its end.
* The padding is a symbol of the alphabet, such as the space; else it gets a code of its own, after
  the alphabet's. In the first case words may hold it, but not end in it: that end would be lost.
* The code of a symbol is its position in the alphabet: a number in binary, most significant bit
  first, or a one-hot block.
* ``inverse_transform`` reads bits as they are; what is the code of no symbol becomes U+FFFD.
  ``decode_proba`` gives the most likely among the words that there are.
"""

import string
from copy import copy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skbits.codecs.decoding import (
    bit_evidence,
    blocks,
    class_evidence,
    most_likely,
    most_likely_codes,
)
from skbits.codecs.integers import binary_digits, digits_to_integers, read_n_bits
from skbits.codecs.reading import read_bits, read_probabilities
from skbits.codecs.words import (
    REPLACEMENT,
    check_known,
    check_length,
    code_of,
    code_points,
    is_sequence,
    read_alphabet,
    read_max_length,
    read_words,
    spell,
    symbols_in,
)
from skbits.naming import counted
from skbits.values import is_word

#: a = 00000, b = 00001, ..., z = 11001, space = 11010
LOWERCASE = string.ascii_lowercase + " "

#: what to do about a symbol outside the alphabet
_ALPHABET = "Set alphabet=..., a str of all symbols, or None for those in fit; or change the word."


class _TextCodec(TransformerMixin, BaseEstimator):
    """Words <-> rows of codewords, one for each of ``max_length`` symbols.

    A subclass says what the codewords of its symbols are, reads them back, and says what
    probabilities tell of them.
    """

    def fit(self, words: Any, y: Any = None) -> "_TextCodec":
        """Learn what the parameters leave open, and check that the words can be encoded.

        Parameters
        ----------
        words : array-like of str, of shape (n,)
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            A parameter that is not as described, or words as in :meth:`transform`.
        """
        words = read_words(words)
        learned = copy(self)  # a fit that fails changes nothing
        learned._learn(words)
        learned._encode(words, "words")
        vars(self).update(vars(learned))
        return self

    def _learn(self, words: np.ndarray) -> None:
        vocabulary = _read_vocabulary(self.vocabulary, words)
        known = words if vocabulary is None else np.concatenate([words, vocabulary])
        self._is_strict()
        alphabet = symbols_in(known) if self.alphabet is None else read_alphabet(self.alphabet)
        padding = _read_padding(self.padding)
        self.padding_in_alphabet_ = bool(np.isin(padding, alphabet))
        self.symbols_ = alphabet if self.padding_in_alphabet_ else np.append(alphabet, padding)
        self._padding_code_ = int(np.flatnonzero(self.symbols_ == padding)[0])
        self.max_length_ = read_max_length(self.max_length, code_points(known).shape[1])
        self._codewords_ = self._codewords(len(self.symbols_))
        self.vocabulary_ = vocabulary
        if vocabulary is not None:
            self._encode(vocabulary, "vocabulary")

    def transform(self, words: Any) -> np.ndarray:
        """Words -> rows of codewords.

        Parameters
        ----------
        words : array-like of str, of shape (n,)

        Returns
        -------
        ndarray of shape (n, max_length_ * width), int
            Zeros and ones; the width of a symbol is its number of bits, or of one-hot columns.

        Raises
        ------
        ValueError
            A word that is too long, holds a symbol outside the alphabet, or ends in the padding.
        """
        check_is_fitted(self)
        return self._encode(read_words(words), "words")

    def inverse_transform(self, bits: Any) -> np.ndarray:
        """Rows of codewords -> words.

        Parameters
        ----------
        bits : array-like or sparse matrix of shape (n, max_length_ * width)
            Zeros and ones, for instance what a classifier predicts.

        Returns
        -------
        ndarray of shape (n,), dtype str
            What is the codeword of no symbol reads U+FFFD, or is an error (``errors="strict"``).

        Raises
        ------
        ValueError
            Another shape, or anything but 0 and 1.
        """
        check_is_fitted(self)
        width = self._codewords_.shape[1]
        bits = read_bits(bits, self.max_length_ * width)
        codes = self._codes(bits.reshape(-1, self.max_length_, width))
        if self._is_strict() and (codes < 0).any():
            row, position = (int(index) for index in np.argwhere(codes < 0)[0])
            raise ValueError(
                f"bits holds no symbol's codeword in row {row}, at symbol {position}. Use "
                "decode_proba, which gives words of the alphabet alone, or errors='replace'."
            )
        return self._words(codes)

    def decode_proba(self, probabilities: Any) -> np.ndarray:
        """Probabilities -> the most likely words.

        Parameters
        ----------
        probabilities : array-like of shape (n, max_length_ * width)
            Of the bits to be on, or of the classes of one-hot blocks.

        Returns
        -------
        ndarray of shape (n,), dtype str
            Words over the alphabet, or of ``vocabulary_``.

        Raises
        ------
        ValueError
            Another shape, or numbers outside [0, 1].

        Notes
        -----
        Bits, or blocks, are taken for independent: the likelihood of a word is the product of the
        probabilities of its bits (p where the bit is on, else 1 - p), or of its classes. Over
        the alphabet each symbol can then be chosen for itself.
        """
        check_is_fitted(self)
        n_symbols, width = self._codewords_.shape
        p = read_probabilities(probabilities, self.max_length_ * width)
        evidence = self._evidence(p)
        if self.vocabulary_ is not None:
            codewords = self._encode(self.vocabulary_, "vocabulary")
            return self.vocabulary_[most_likely(evidence, codewords)]
        codes = np.empty((len(p), self.max_length_), dtype=int)
        for rows in blocks(len(p), self.max_length_ * n_symbols):
            places = evidence[rows].reshape(-1, self.max_length_, width)
            codes[rows] = most_likely_codes(
                places @ self._codewords_.T, self._padding_code_, inner=self.padding_in_alphabet_
            )
        return self._words(codes)

    def _is_strict(self) -> bool:
        """``errors``, which is read at each call, as a ``threshold`` is."""
        if not is_word(self.errors, "replace", "strict"):
            raise ValueError(f"errors={self.errors!r}: expected 'replace' or 'strict'.")
        return self.errors == "strict"

    def _encode(self, words: np.ndarray, name: str) -> np.ndarray:
        """Words -> rows of codewords (n, max_length_ * width)."""
        points = code_points(words)
        check_length(words, points, self.max_length_, name)
        codes = code_of(points, self.symbols_)
        alphabet = self.symbols_
        if not self.padding_in_alphabet_:
            alphabet = np.delete(alphabet, self._padding_code_)
            codes[codes == self._padding_code_] = -1
        check_known(words, points, codes, alphabet, name, _ALPHABET)
        _check_ends(words, str(self.symbols_[self._padding_code_]), name)
        padded = np.full((len(words), self.max_length_), self._padding_code_)
        padded[:, : codes.shape[1]] = np.where(points > 0, codes, self._padding_code_)
        width = self._codewords_.shape[1]
        return self._codewords_[padded].reshape(len(words), self.max_length_ * width)

    def _words(self, codes: np.ndarray) -> np.ndarray:
        """Codes (n, max_length_), -1 for none -> words, without the padding at their ends."""
        is_padding = codes == self._padding_code_
        trailing = np.logical_and.accumulate(is_padding[:, ::-1], axis=1)[:, ::-1]
        unreadable = codes < 0
        if not self.padding_in_alphabet_:
            unreadable |= is_padding
        points = code_points(self.symbols_)[:, 0][codes]
        points = np.where(unreadable, ord(REPLACEMENT), points)
        return spell(np.where(trailing, 0, points))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


class TextBits(_TextCodec):
    """Words <-> rows of bits, such as 13 letters x 5 bits = 65 bits.

    For a :class:`skbits.BitVectorClassifier` whose output is a word.

    Not for a few fixed words: those are labels, which :class:`skbits.OneHotClassifier` tells apart.

    Parameters
    ----------
    alphabet : str, sequence of str, or None, default="abcdefghijklmnopqrstuvwxyz "
        The symbols, one character each; the first has the code 00000, the second 00001. None for
        the symbols that occur in fit, sorted.
    max_length : int, optional
        Number of symbols of every row; None for the longest word in fit, at least 1.
    bits_per_symbol : int or "auto", default="auto"
        "auto" is as few as the symbols need.
    padding : str, default=" "
        The symbol that shorter words end in; it need not be in the alphabet.
    vocabulary : sequence of str, "fit" or None, default=None
        The words that :meth:`decode_proba` chooses from; "fit" for those seen in fit, None for all
        that the alphabet can spell. Other words can still be encoded.
    errors : {"replace", "strict"}, default="replace"
        What :meth:`inverse_transform` does about bits that are the code of no symbol: read U+FFFD,
        or raise ValueError. 27 of the 32 codes of 5 bits exist. Read at each call; all other
        parameters are read by fit alone.

    Attributes
    ----------
    symbols_ : ndarray of shape (n_symbols,), dtype str
        All symbols, the padding included, in the order of their codes.
    max_length_, bits_per_symbol_ : int
    n_bits_ : int
        Number of bits of a word, the product of both.
    padding_in_alphabet_ : bool
        Whether words may hold the padding within.
    vocabulary_ : ndarray of shape (n_words,), dtype str, or None

    See Also
    --------
    TextOneHot : The same with a one-hot block for each symbol.
    TransformedTargetClassifier : A classifier that answers in words.

    Examples
    --------
    >>> from skbits import TextBits
    >>> codec = TextBits(max_length=2).fit(["a", "no"])
    >>> bits = codec.transform(["a", "no"])
    >>> bits.tolist()
    [[0, 0, 0, 0, 0, 1, 1, 0, 1, 0], [0, 1, 1, 0, 1, 0, 1, 1, 1, 0]]
    >>> codec.inverse_transform(bits).tolist()
    ['a', 'no']

    One wrong bit makes another symbol, or none. The probabilities know more: here 11101 stands for
    nothing, and the first bit is the least sure.

    >>> p = [[0.1, 0.9, 0.9, 0.1, 0.9, 0.6, 0.8, 0.9, 0.1, 0.9]]
    >>> hard = codec.inverse_transform((np.array(p) >= 0.5).astype(int))
    >>> hard.tolist(), codec.decode_proba(p).tolist()
    (['n�'], ['nn'])
    >>> codec.set_params(vocabulary=["a", "no"]).fit(["a"]).decode_proba(p).tolist()
    ['no']
    """

    def __init__(
        self,
        alphabet: Any = LOWERCASE,
        max_length: int | None = None,
        bits_per_symbol: int | str = "auto",
        *,
        padding: str = " ",
        vocabulary: Any = None,
        errors: str = "replace",
    ):
        self.alphabet = alphabet
        self.max_length = max_length
        self.bits_per_symbol = bits_per_symbol
        self.padding = padding
        self.vocabulary = vocabulary
        self.errors = errors

    def _codewords(self, n_symbols: int) -> np.ndarray:
        largest = n_symbols - 1
        self.bits_per_symbol_ = read_n_bits("bits_per_symbol", self.bits_per_symbol, largest)
        if self.bits_per_symbol_ < largest.bit_length():
            raise ValueError(
                f"bits_per_symbol={self.bits_per_symbol!r} makes "
                f"{counted(2**self.bits_per_symbol_, 'code')}, but there are "
                f"{counted(n_symbols, 'symbol')}, with the padding: expected at least "
                f"{largest.bit_length()}, or 'auto'."
            )
        return binary_digits(np.arange(n_symbols), self.bits_per_symbol_)

    def _codes(self, bits: np.ndarray) -> np.ndarray:
        codes = digits_to_integers(bits)
        return np.where(codes < len(self.symbols_), codes, -1)

    def _evidence(self, p: np.ndarray) -> np.ndarray:
        return bit_evidence(p)

    @property
    def n_bits_(self) -> int:
        """Number of bits of a word."""
        return self.max_length_ * self.bits_per_symbol_


class TextOneHot(_TextCodec):
    """Words <-> rows of one-hot blocks, a block for each symbol.

    For ``OneHotClassifier(n_groups=max_length)``.

    Not for a few fixed words: those are labels, which :class:`skbits.OneHotClassifier` tells apart.

    Parameters
    ----------
    alphabet, max_length, padding, vocabulary
        As in :class:`TextBits`.
    errors : {"replace", "strict"}, default="replace"
        As in :class:`TextBits`, about blocks that do not hold exactly one 1.

    Attributes
    ----------
    symbols_, max_length_, padding_in_alphabet_, vocabulary_
        As in :class:`TextBits`. Each block has ``len(symbols_)`` columns.

    See Also
    --------
    TextBits : The same with a few bits for each symbol.

    Examples
    --------
    >>> from skbits import TextOneHot
    >>> codec = TextOneHot(alphabet="ab ", max_length=2).fit(["ba"])
    >>> blocks = codec.transform(["ba", "b"])
    >>> blocks.tolist()
    [[0, 1, 0, 1, 0, 0], [0, 1, 0, 0, 0, 1]]
    >>> codec.inverse_transform(blocks).tolist()
    ['ba', 'b']
    >>> codec.decode_proba([[0.3, 0.3, 0.4, 0.6, 0.2, 0.2]]).tolist()
    [' a']
    >>> codec.set_params(vocabulary="fit").fit(["aa", "bb"])
    TextOneHot(alphabet='ab ', max_length=2, vocabulary='fit')
    >>> codec.decode_proba([[0.3, 0.3, 0.4, 0.6, 0.2, 0.2]]).tolist()
    ['aa']
    """

    def __init__(
        self,
        alphabet: Any = LOWERCASE,
        max_length: int | None = None,
        *,
        padding: str = " ",
        vocabulary: Any = None,
        errors: str = "replace",
    ):
        self.alphabet = alphabet
        self.max_length = max_length
        self.padding = padding
        self.vocabulary = vocabulary
        self.errors = errors

    def _codewords(self, n_symbols: int) -> np.ndarray:
        return np.eye(n_symbols, dtype=int)

    def _codes(self, bits: np.ndarray) -> np.ndarray:
        return np.where(bits.sum(axis=2) == 1, bits.argmax(axis=2), -1)

    def _evidence(self, p: np.ndarray) -> np.ndarray:
        return class_evidence(p)


def _read_padding(padding: Any) -> str:
    if not isinstance(padding, str) or len(padding) != 1 or padding == "\0":
        raise ValueError(f"padding={padding!r}: expected one character, not NUL, such as ' '.")
    return padding


def _read_vocabulary(vocabulary: Any, words: np.ndarray) -> np.ndarray | None:
    """The words to choose from, each once, in their order."""
    if vocabulary is None:
        return None
    is_fit = isinstance(vocabulary, str) and vocabulary == "fit"
    if not is_fit and not is_sequence(vocabulary):
        raise ValueError(
            f"vocabulary={vocabulary!r}: expected a sequence of words, 'fit' for those seen in "
            "fit, or None for all words."
        )
    found = words if is_fit else read_words(vocabulary, "vocabulary")
    if not len(found):
        raise ValueError("vocabulary holds no words: expected at least one, or None for all words.")
    return np.array(list(dict.fromkeys(found.tolist())))


def _check_ends(words: np.ndarray, padding: str, name: str) -> None:
    ends = np.char.endswith(words, padding)
    if ends.any():
        row = int(ends.argmax())
        raise ValueError(
            f"{name} holds {str(words[row])!r} in row {row}, which ends in the padding "
            f"{padding!r}: that end would be lost. Strip it, or choose another padding."
        )
