"""Precision: numbers of X that are different, and that float32 would make equal.

Rules
-----
* Where a model learns from X, a column that float32 makes another one of is an error: whole numbers
  beyond 2 ** 24, such as ids and times, of which some become equal; and numbers that differ by
  little for their size, such as Julian dates. What differs by rounding alone may become equal.
"""

from typing import Any

import numpy as np
from scipy import sparse

from skbits.naming import counted

#: float32 counts on from one whole number to the next up to here
_LARGEST_EXACT = 2**24

#: of the largest value in a column: less than the first is noise of rounding, less than the second
#: leaves float32 some thousand steps
_NOISE, _FINE = 1e-9, 1e-4


def check_kept_apart(given: Any, X: Any) -> None:
    """Raise where float32 makes one value of different ones, in a column where that matters.

    Parameters
    ----------
    given : array-like of shape (n, ...)
        As it was passed in.
    X : ndarray or CSR matrix of shape (n, ...), float32
        As :func:`skbits.inputs.check_X` returns it.

    Examples
    --------
    >>> times = np.array([[1700000000], [1700000001]])
    >>> check_kept_apart(times, times.astype(np.float32))
    Traceback (most recent call last):
        ...
    ValueError: X has 2 different values in column 0, from 1700000000 to 1700000001, of which ...
    """
    if getattr(given, "dtype", None) in _WITHIN_FLOAT32:
        return
    low, high = (_of_columns(X, which) for which in ("min", "max"))
    size = np.maximum(np.abs(low), np.abs(high)).astype(np.float64)
    spread = high.astype(np.float64) - low
    is_suspect = (size > _LARGEST_EXACT) | ((spread < _FINE * size) & (size > 0))
    for index in map(tuple, np.argwhere(is_suspect).tolist()):
        values = np.unique(_column(given, index))
        n_kept = len(np.unique(values.astype(np.float32)))
        if n_kept < len(values) and _matters(values):
            place = index[0] if len(index) == 1 else index
            name = given.columns[place] if hasattr(given, "iloc") else place
            raise ValueError(
                f"X has {counted(len(values), 'different value')} in column {name!r}, from "
                f"{values[0]} to {values[-1]}, of which float32, in which models compute, keeps "
                f"{n_kept} apart: expected smaller numbers. Put StandardScaler() in front, or "
                "subtract the smallest first; leave out ids, which are no quantities."
            )


_WITHIN_FLOAT32 = ("float32", "float16", "bool", "int8", "uint8", "int16", "uint16")


def _of_columns(X: Any, which: str) -> np.ndarray:
    """The smallest or largest value of each column, of shape (...)."""
    found = getattr(X, which)(axis=0)
    return found.toarray().ravel() if sparse.issparse(found) else np.asarray(found)


def _column(given: Any, index: tuple[int, ...]) -> np.ndarray:
    """The values of one column of X as they were given, of shape (n,)."""
    if sparse.issparse(given):
        return given.tocsc()[:, [index[0]]].toarray().ravel()
    if hasattr(given, "iloc"):
        values = np.asarray(given.iloc[:, index[0]])
    else:
        values = np.asarray(given)[(slice(None), *index)]
    return values if values.dtype.kind in "iuf" else values.astype(np.float64)


def _matters(values: np.ndarray) -> bool:
    """Whether it does to lose some of these sorted values."""
    size, spread = float(np.abs(values).max()), float(values[-1]) - float(values[0])
    are_whole = values.dtype.kind in "iu" or bool((values % 1 == 0).all())
    return (are_whole and size > _LARGEST_EXACT) or _NOISE * size < spread < _FINE * size
