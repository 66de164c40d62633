"""Inputs: X and sample weights, checked and in the one dtype that the model computes in.

Rules
-----
* X becomes float32, dense or CSR, 2-D to 4-D and beyond; integers too, since a model that wants
  indices (an embedding) casts them back exactly up to 2 ** 24.
* The arrays passed in are never changed; they are copied only where the dtype differs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_array
from sklearn.utils.validation import check_consistent_length, validate_data

from skbits.blocks import in_memory
from skbits.naming import about, counted


def check_X(estimator: Any, X: Any, *, reset: bool) -> Any:
    """X as float32, an ndarray of shape (n, ...) or a CSR matrix of shape (n, n_features).

    Sets (``reset=True``) or checks ``n_features_in_`` and ``feature_names_in_`` of the estimator.
    """
    # a value too large for float32 becomes infinity, which validate_data refuses in words
    with about("X"), _rows_of_one_length():
        check_unmasked("X", X)
        X = validate_data(
            estimator, X, reset=reset, accept_sparse="csr", dtype=np.float32, allow_nd=True
        )
    if 0 in X.shape[1:]:  # TensorFlow would end the process
        raise ValueError(f"X has rows of shape {X.shape[1:]}, without values: expected some.")
    return X


@contextmanager
def _rows_of_one_length() -> Iterator[None]:
    """Say of rows that numpy makes no array of what is to be done."""
    try:
        yield
    except ValueError as error:
        if "setting an array element with a sequence" not in str(error):
            raise
        raise ValueError(
            "X holds rows of different lengths, or sequences within an array of objects: expected "
            "one array of numbers, of shape (n, ...). Pad the rows with zeros at their end, "
            "keras.utils.pad_sequences(rows, padding='post', dtype='float32'), which backbones "
            f"mask (mask_zero). {error}"
        ) from error


def check_unmasked(name: str, values: Any) -> None:
    """Raise where values are masked: nobody would see what is under the mask taken for data.

    Examples
    --------
    >>> check_unmasked("X", np.ma.array([1.0, 2.0], mask=False))
    """
    if np.ma.is_masked(values):
        raise ValueError(
            f"{name} is a masked array with {np.ma.count_masked(values)} masked values: expected "
            f"none. Fill them, as in {name}.filled(0), or leave their rows out."
        )


def check_not_one_row(X: Any, row_shape: tuple[int, ...]) -> None:
    """Raise where X is one row of several dimensions: its own first one would count as rows.

    Examples
    --------
    >>> check_not_one_row(np.zeros((5, 4, 2)), (4, 2))
    """
    if len(row_shape) > 1 and getattr(X, "shape", None) == row_shape:
        raise ValueError(
            f"X has shape {row_shape}, which is that of one row: expected (n, "
            f"{', '.join(map(str, row_shape))}). Pass X[np.newaxis] for one row."
        )


def check_row_shape(X: Any, expected: tuple[int, ...], owner: str) -> None:
    """Raise where rows of X have another shape than in fit.

    Examples
    --------
    >>> import numpy as np
    >>> check_row_shape(np.zeros((5, 3)), (3,), "BinaryClassifier")
    """
    if X.shape[1:] != expected:
        raise ValueError(
            f"X has rows of shape {X.shape[1:]}, but {owner} is expecting rows of shape "
            f"{expected}, as in fit."
        )


def check_sample_weight(sample_weight: Any, X: Any, dtype: Any = np.float32) -> np.ndarray:
    """Weights of shape (n,) and a dtype; ones where none are given.

    Raises
    ------
    ValueError
        Another shape, no numbers, NaN, a negative weight, or no weight above zero.
    """
    n = X.shape[0]
    if sample_weight is None:
        return np.ones(n, dtype=dtype)
    expected = f"expected one number of at least 0 for each of {counted(n, 'row')}"
    if np.isscalar(sample_weight):
        raise ValueError(
            f"sample_weight={sample_weight!r} is one number or word: {expected}. For equal "
            "weights, leave it out."
        )
    try:
        with about("sample_weight"):
            check_unmasked("sample_weight", sample_weight)
            weights = check_array(
                sample_weight,
                ensure_2d=False,
                allow_nd=True,
                dtype=dtype,
                input_name="sample_weight",
            )
    except (TypeError, ValueError) as error:
        raise ValueError(f"sample_weight cannot be read: {expected}. {error}") from error
    if weights.ndim != 1:
        raise ValueError(
            f"sample_weight has shape {weights.shape}: expected ({n},). Sample weights must be 1D "
            "array or scalar."
        )
    if len(weights) != n:
        raise ValueError(
            f"sample_weight has {counted(len(weights), 'number')}: {expected}. Found input "
            f"variables with inconsistent numbers of samples: {[n, len(weights)]}"
        )
    if (weights < 0).any():
        raise ValueError(
            f"sample_weight holds {weights.min()}: expected weights of at least 0. A negative "
            "weight would reward mistakes."
        )
    if not weights.any():
        raise ValueError(
            "sample_weight is zero for all rows: expected at least one above 0. There is nothing "
            "to learn from. Sample weights must contain at least one non-zero number."
        )
    return weights


def check_y_given(y: Any, X: Any, owner: str) -> None:
    """Raise where there is no y, or not one for each row of X."""
    if y is None:
        raise ValueError(f"y=None: {owner} requires y to be passed, but the target y is None.")
    try:
        check_same_rows(X, y)
    except ValueError as error:
        if X.ndim < 3 or X.shape[0] != 2:
            raise
        raise ValueError(
            f"{error}. X has shape {X.shape}: where these are pairs, put their members side by "
            "side, np.stack([first, second], axis=1), of shape (n, 2, ...)."
        ) from error


def check_same_rows(X: Any, y: Any) -> None:
    """Raise where there is not one row of y for each of X.

    Examples
    --------
    >>> check_same_rows([[1, 2], [3, 4]], ["no", "yes"])
    """
    rows = [_count_rows("X", X), _count_rows("y", y)]
    if rows[0] != rows[1]:
        raise ValueError(
            f"X has {counted(rows[0], 'row')} and y has {rows[1]}: expected the same rows in "
            f"both. Found input variables with inconsistent numbers of samples: {rows}"
        )


def _count_rows(name: str, values: Any) -> int:
    with about(name):
        check_unmasked(name, values)
        if sparse.issparse(values) and values.ndim == 1:
            raise ValueError(
                f"{name} is a sparse array of shape {values.shape}: expected a dense one. Pass "
                f"{name}.toarray()."
            )
        check_consistent_length(values)  # raises where there are none to be counted
        if hasattr(values, "shape"):
            return values.shape[0]
        return len(values) if hasattr(values, "__len__") else len(np.asarray(values))


def accuracy(is_right: Any, y: Any, predicted: Any, sample_weight: Any, owner: str) -> float:
    """The share of the rows that are predicted exactly; arguments are checked.

    Parameters
    ----------
    is_right : callable
        ``is_right(y, predicted)`` -> whether, for each row.
    y, predicted : array-like of the same rows
    sample_weight : array-like of shape (n,) or None
        These and y may be dask's.
    owner : str

    Examples
    --------
    >>> accuracy(np.equal, np.array([0, 1]), np.array([1, 1]), [3, 1], "BinaryClassifier")
    0.25
    """
    y, sample_weight = in_memory(y), in_memory(sample_weight)
    check_y_given(y, predicted, owner)
    if sample_weight is not None:
        sample_weight = check_sample_weight(sample_weight, predicted, dtype=np.float64)
    with about("y"):
        right = is_right(y, predicted)
    return float(np.average(right, weights=sample_weight))


def without_zero_weights(
    X: Any, Y: np.ndarray, weights: np.ndarray
) -> tuple[Any, np.ndarray, np.ndarray]:
    """The rows that weigh anything; the very same arrays where all do."""
    kept = np.flatnonzero(weights)
    if len(kept) == len(weights):
        return X, Y, weights
    return X[kept], Y[kept], weights[kept]


def first_rows(X: Any, n: int) -> np.ndarray:
    """The first rows, dense."""
    rows = X[:n]
    return rows.toarray() if sparse.issparse(rows) else rows
