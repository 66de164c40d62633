"""IntegerBits: integers <-> rows of bits; and the binary digits that ``TextBits`` uses as well.

Rules
-----
* The most significant bit comes first.
* Gray code: neighbours differ in one bit, so that a network that is one off is one bit off. The
  code of i is ``i ^ (i >> 1)`` (Gray, US patent 2632058, 1953).
"""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skbits.codecs.decoding import bit_evidence, most_likely
from skbits.codecs.reading import read_bits, read_probabilities
from skbits.codecs.words import is_sequence
from skbits.values import is_int, is_word

#: bits of the largest integers, those of int64
MOST_BITS = 63


def binary_digits(integers: np.ndarray, n_bits: int) -> np.ndarray:
    """Integers of shape (...) -> their bits (..., n_bits), int.

    Examples
    --------
    >>> binary_digits(np.array([5, 0]), 4).tolist()
    [[0, 1, 0, 1], [0, 0, 0, 0]]
    """
    places = np.arange(n_bits - 1, -1, -1)
    return (integers[..., np.newaxis] >> places) & 1


def digits_to_integers(bits: np.ndarray) -> np.ndarray:
    """Bits of shape (..., n_bits) -> integers (...), the inverse of :func:`binary_digits`.

    Examples
    --------
    >>> digits_to_integers(np.array([[0, 1, 0, 1], [0, 0, 0, 0]])).tolist()
    [5, 0]
    """
    places = np.arange(bits.shape[-1] - 1, -1, -1)
    return (bits.astype(np.int64) << places).sum(axis=-1)


def read_n_bits(name: str, n_bits: Any, largest: int) -> int:
    """A number of bits; where it is "auto", as few as ``largest`` needs, at least 1.

    Raises
    ------
    ValueError
        No whole number from 1 to ``MOST_BITS``.

    Examples
    --------
    >>> read_n_bits("n_bits", "auto", 9)
    4
    """
    if isinstance(n_bits, str) and n_bits == "auto":
        return max(1, largest.bit_length())
    if not is_int(n_bits) or not 1 <= n_bits <= MOST_BITS:
        raise ValueError(
            f"{name}={n_bits!r}: expected 'auto' or a whole number from 1 to {MOST_BITS}."
        )
    return int(n_bits)


def _gray_digits(integers: np.ndarray, n_bits: int) -> np.ndarray:
    return binary_digits(integers ^ (integers >> 1), n_bits)


def _gray_to_integers(bits: np.ndarray) -> np.ndarray:
    # each binary digit is the parity of the Gray digits up to it
    return digits_to_integers(np.bitwise_xor.accumulate(bits, axis=-1))


#: code -> integers to bits, and back
_CODES = {
    "binary": (binary_digits, digits_to_integers),
    "gray": (_gray_digits, _gray_to_integers),
}


class IntegerBits(TransformerMixin, BaseEstimator):
    """Integers <-> rows of bits, the most significant first.

    For a :class:`skbits.BitVectorClassifier` whose output is an integer.

    Not for quantities, where being nearly right counts: that is regression.

    Parameters
    ----------
    n_bits : int or "auto", default="auto"
        From 1 to 63; "auto" is as few as the largest integer in fit needs.
    code : {"binary", "gray"}, default="binary"
        In the Gray code, ``i ^ (i >> 1)`` [1]_, neighbours differ in one bit.
    values : sequence of int, "fit" or None, default=None
        The integers that can occur, from which ``decode_proba`` chooses; "fit" for those seen in
        fit. With None every code is an integer, and there is no ``decode_proba``: each bit's own
        threshold decides best.

    Attributes
    ----------
    n_bits_ : int
    code_ : str
    values_ : ndarray of shape (n_values,), int, or None
        Sorted.

    See Also
    --------
    TransformedTargetClassifier : A classifier that answers in integers.

    References
    ----------
    .. [1] F. Gray (1953). Pulse code communication. US patent 2632058.

    Examples
    --------
    >>> from skbits import IntegerBits
    >>> codec = IntegerBits().fit([0, 9])
    >>> codec.transform([5, 9]).tolist()
    [[0, 1, 0, 1], [1, 0, 0, 1]]
    >>> codec.inverse_transform([[0, 1, 0, 1], [1, 1, 1, 1]]).tolist()
    [5, 15]
    >>> IntegerBits(3, code="gray").fit_transform([3, 4]).tolist()
    [[0, 1, 0], [1, 1, 0]]
    >>> digits = IntegerBits(values=range(10)).fit([0])
    >>> digits.decode_proba([[0.6, 0.8, 0.6, 0.7]]).tolist()  # not 15: there is no such digit
    [7]
    """

    def __init__(self, n_bits: int | str = "auto", code: str = "binary", *, values: Any = None):
        self.n_bits = n_bits
        self.code = code
        self.values = values

    def fit(self, integers: Any, y: Any = None) -> "IntegerBits":
        """Learn the number of bits, and check that the integers fit.

        Parameters
        ----------
        integers : array-like of shape (n,)
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            A parameter that is not as described, or integers as in :meth:`transform`.
        """
        integers = _read_integers(integers, "integers")
        if not is_word(self.code, *_CODES):
            raise ValueError(f"code={self.code!r}: expected 'binary' or 'gray'.")
        values = _read_values(self.values, integers)
        known = integers if values is None else np.concatenate([integers, values])
        n_bits = read_n_bits("n_bits", self.n_bits, int(known.max(initial=0)))
        _check_fits(integers, n_bits, "integers")
        if values is not None:
            _check_fits(values, n_bits, "values")
        self.n_bits_, self.code_, self.values_ = n_bits, self.code, values
        return self

    def transform(self, integers: Any) -> np.ndarray:
        """Integers -> rows of bits.

        Parameters
        ----------
        integers : array-like of shape (n,)
            Ints, or whole floats.

        Returns
        -------
        ndarray of shape (n, n_bits_), int

        Raises
        ------
        ValueError
            A negative number, a fraction, or an integer that does not fit ``n_bits_`` bits.
        """
        check_is_fitted(self)
        integers = _read_integers(integers, "integers")
        _check_fits(integers, self.n_bits_, "integers")
        return _CODES[self.code_][0](integers, self.n_bits_)

    def inverse_transform(self, bits: Any) -> np.ndarray:
        """Rows of bits -> integers.

        Parameters
        ----------
        bits : array-like or sparse matrix of shape (n, n_bits_)
            Zeros and ones, for instance what a classifier predicts.

        Returns
        -------
        ndarray of shape (n,), int

        Raises
        ------
        ValueError
            Another shape, or anything but 0 and 1.
        """
        check_is_fitted(self)
        return _CODES[self.code_][1](read_bits(bits, self.n_bits_))

    @available_if(lambda self: getattr(self, "values_", self.values) is not None)
    def decode_proba(self, probabilities: Any) -> np.ndarray:
        """Probabilities of the bits -> the most likely of ``values_``.

        Parameters
        ----------
        probabilities : array-like of shape (n, n_bits_)

        Returns
        -------
        ndarray of shape (n,), int
            Bits are taken for independent; of equally likely integers the smallest.

        Raises
        ------
        ValueError
            Another shape, or numbers outside [0, 1].
        """
        check_is_fitted(self)
        p = read_probabilities(probabilities, self.n_bits_)
        return self.values_[most_likely(bit_evidence(p), self.transform(self.values_))]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags


def _read_integers(integers: Any, name: str) -> np.ndarray:
    """Integers of shape (n,), int64."""
    is_time = hasattr(integers, "__array__") and np.asarray(integers).dtype.kind in "mM"
    if is_time or not is_sequence(integers):
        raise ValueError(f"{name}={integers!r}: expected a sequence of integers, one for each row.")
    # as objects: numpy would make floats of large integers that stand beside a float
    array = np.asarray(integers, dtype=object)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}: expected one for each row, (n,).")
    for row, value in enumerate(array):
        if not _is_whole(value) or not 0 <= value < 2**MOST_BITS:
            cure = _cure(value)
            raise ValueError(
                f"{name} holds {value!r} in row {row}: expected whole numbers from 0 to "
                f"2**{MOST_BITS} - 1.{cure}"
            )
    return np.array([int(value) for value in array], dtype=np.int64)


def _cure(value: Any) -> str:
    if _is_whole(value) and value < 0:
        return " Subtract the smallest, and add it to what comes back."
    if isinstance(value, (float, np.floating)) and np.isfinite(value) and not _is_whole(value):
        return " Round it, or multiply all by what makes them whole."
    return ""


def _is_whole(value: Any) -> bool:
    """Whether it is an integer, or a float that is one; no bool: yes and no are no integers."""
    if isinstance(value, (float, np.floating)):
        return value.is_integer()  # not as a float, which rounds a longer one
    return is_int(value)


def _read_values(values: Any, integers: np.ndarray) -> np.ndarray | None:
    if values is None:
        return None
    is_fit = isinstance(values, str) and values == "fit"
    if not is_fit and not is_sequence(values):
        raise ValueError(
            f"values={values!r}: expected a sequence of integers, 'fit' for those seen in fit, or "
            "None for all."
        )
    given = integers if is_fit else _read_integers(values, "values")
    if not len(given):
        raise ValueError("values holds no integers: expected at least one, or None for all.")
    return np.unique(given)


def _check_fits(integers: np.ndarray, n_bits: int, name: str) -> None:
    too_large = integers >> n_bits > 0  # n_bits is at most 63
    if too_large.any():
        row = int(too_large.argmax())
        raise ValueError(
            f"{name} holds {int(integers[row])} in row {row}, which does not fit n_bits={n_bits}: "
            f"expected at most {2**n_bits - 1}. Raise n_bits."
        )
