"""Reading: rows of bits, of one-hot blocks and of probabilities, as a network gives them."""

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_array

from skbits.inputs import check_unmasked
from skbits.naming import about
from skbits.thresholds.decisions import as_floats, check_probabilities


def read_bits(bits: Any, n_columns: int) -> np.ndarray:
    """Zeros and ones, as ints.

    Parameters
    ----------
    bits : array-like or sparse matrix of shape (n, n_columns)
        Ints, bools or floats.

    Returns
    -------
    ndarray of shape (n, n_columns), int

    Raises
    ------
    ValueError
        Another shape, or anything but 0 and 1.

    Examples
    --------
    >>> read_bits([[True, False]], 2).tolist()
    [[1, 0]]
    >>> read_bits([[0.9, 0.2]], 2)
    Traceback (most recent call last):
        ...
    ValueError: bits holds 0.9 in row 0, column 0: expected 0 or 1. Probabilities are for \
decode_proba.
    """
    bits = _matrix(bits, n_columns, "bits")
    wrong = np.argwhere((bits != 0) & (bits != 1))
    if len(wrong):
        row, column = wrong[0]
        raise ValueError(
            f"bits holds {bits[row, column].item()!r} in row {row}, column {column}: expected 0 or "
            "1. Probabilities are for decode_proba."
        )
    return bits.astype(int)


def read_probabilities(probabilities: Any, n_columns: int) -> np.ndarray:
    """Probabilities, as float64.

    Parameters
    ----------
    probabilities : array-like of shape (n, n_columns)

    Returns
    -------
    ndarray of shape (n, n_columns), float64

    Raises
    ------
    ValueError
        Another shape, or anything outside [0, 1].

    Examples
    --------
    >>> read_probabilities([[0.9, 2]], 2)
    Traceback (most recent call last):
        ...
    ValueError: probabilities holds 2.0 in row 0: expected numbers in [0, 1].
    """
    p = _matrix(probabilities, n_columns, "probabilities").astype(np.float64)
    return check_probabilities(
        p,
        lambda value, row: f"probabilities holds {value} in row {row}: expected numbers in [0, 1].",
    )


def _matrix(rows: Any, n_columns: int, name: str) -> np.ndarray:
    dense = rows.toarray() if sparse.issparse(rows) else rows
    with about(name):
        check_unmasked(name, dense)
        dense = check_array(
            dense,
            dtype=None,
            ensure_2d=False,
            allow_nd=True,
            ensure_min_samples=0,
            ensure_min_features=0,
            input_name=name,
        )
    if dense.dtype.kind not in "biuf":
        dense = _as_numbers(dense, name)
    if dense.ndim != 2 or dense.shape[1] != n_columns:
        raise ValueError(
            f"{name} has shape {dense.shape}: expected (n, {n_columns}), as transform gives it."
        )
    return dense


def _as_numbers(values: np.ndarray, name: str) -> np.ndarray:
    try:
        return as_floats(values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} holds what is no number: {error}.") from error
