"""Values: what a parameter is, where Python and numpy would take more for it than is meant.

Rules
-----
* No bool is a number here, and no span of time, which numpy counts among the integers.
* Arrays compare cell by cell, so that ``value in ("auto", ...)`` of one is an error.
"""

from numbers import Integral, Real
from typing import Any

import numpy as np

#: the largest number of units, rows or epochs
LARGEST = 2**31 - 1


def is_word(value: Any, *words: str) -> bool:
    """Whether a value is one of some words.

    Examples
    --------
    >>> is_word("auto", "auto", "soft"), is_word(np.zeros(2), "auto")
    (True, False)
    """
    return isinstance(value, str) and value in words


def is_int(value: Any) -> bool:
    """Whether a value is a whole number.

    Examples
    --------
    >>> is_int(np.int8(3)), is_int(True), is_int(np.timedelta64(3, "s"))
    (True, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, (bool, np.timedelta64))


def is_size(value: Any) -> bool:
    """Whether a value is a whole number from 1 to ``LARGEST``.

    Examples
    --------
    >>> is_size(1), is_size(0), is_size(10**400)
    (True, False, False)
    """
    return is_int(value) and 1 <= value <= LARGEST


def is_real(value: Any) -> bool:
    """Whether a value is a number that is not complex.

    Examples
    --------
    >>> is_real(np.float32(0.5)), is_real(1j), is_real(False)
    (True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, (bool, np.timedelta64))
