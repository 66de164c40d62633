"""Inputs: X and sample weights, checked and in the one dtype that the model computes in.

Rules
-----
* X becomes float32, dense or CSR, 2-D to 4-D and beyond; integers too, since a model that wants
  indices (an embedding) casts them back exactly up to 2 ** 24. See ``skbits.precision``.
* What is no array of numbers is told in one line: what stands where, and what to do about it.
  Times are refused too, which numpy would cast to numbers that float32 cannot tell apart.
* The arrays passed in are never changed; they are copied only where the dtype differs.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, time, timedelta
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_array
from sklearn.utils.validation import check_consistent_length, validate_data

from skbits.blocks import in_memory
from skbits.cells import are_inputs, check_form, is_missing, several_inputs
from skbits.naming import about, counted


def check_X(estimator: Any, X: Any, *, reset: bool, first_row: int = 0) -> Any:
    """X as float32, an ndarray of shape (n, ...) or a CSR matrix of shape (n, n_features).

    Sets (``reset=True``) or checks ``n_features_in_`` and ``feature_names_in_`` of the estimator.
    ``first_row`` is the row that messages count from, where X is a block of more.
    """
    # a value too large for float32 becomes infinity, which validate_data refuses in words
    with about("X"), _in_words(X, first_row), _rows_of_one_length():
        if not _is_plain(X):
            check_form("X", X)
            _check_no_batches(X, getattr(estimator, "_row_shape_", None))
            check_unmasked("X", X)
            check_no_times(X)
            X = _without_fill(X)
        X = validate_data(
            estimator, X, reset=reset, accept_sparse="csr", dtype=np.float32, allow_nd=True
        )
    if 0 in X.shape[1:]:  # TensorFlow would end the process
        raise ValueError(f"X has rows of shape {X.shape[1:]}, without values: expected some.")
    return X


def _is_plain(X: Any) -> bool:
    """Whether X is an array of numbers: nothing but its values is to be checked, row after row."""
    return type(X) is np.ndarray and X.dtype.kind in "biuf"


def _without_fill(X: Any) -> Any:
    """X, dense where it is a frame of pandas that scikit-learn would not read as a sparse matrix.

    That is one whose columns are sparse in part, or leave out another value than 0.
    """
    fills = [getattr(dtype, "fill_value", None) for dtype in _dtypes(X)]
    are_sparse = [hasattr(dtype, "fill_value") for dtype in _dtypes(X)]
    if not any(are_sparse) or (all(are_sparse) and all(fill == 0 for fill in fills)):
        return X
    dense = X.copy(deep=False)
    for column in np.flatnonzero(are_sparse):
        dense.isetitem(column, np.asarray(X.iloc[:, column]))
    return dense


def _dtypes(X: Any) -> list:
    """The dtypes of a frame's columns, of pandas or polars, or the one of an array or a list."""
    if hasattr(X, "columns") and hasattr(X, "dtypes"):
        return list(X.dtypes)
    if isinstance(X, (list, tuple)) and len(X):
        return [np.asarray(X[0]).dtype]
    return [getattr(X, "dtype", None)]


def _check_no_batches(X: Any, row_shape: tuple[int, ...] | None) -> None:
    """Raise where each part of a list is what a fitted estimator takes as X: several inputs."""
    if not isinstance(X, (list, tuple)) or row_shape is None:
        return
    shapes = [getattr(part, "shape", ()) for part in X]
    if X and all(len(shape) > 1 and tuple(shape[1:]) == row_shape for shape in shapes):
        raise ValueError(several_inputs("X", X))


#: what to do about dates, times and spans of time
_TIMES = (
    "expected numbers. Write times as numbers that say what is meant, such as days since a first "
    "one, the weekday or the hour, in columns of their own."
)

#: of a cell that is no number: a test, what it is, and what to do about it
_CURES: tuple[tuple[Callable[[Any], bool], str, str], ...] = (
    (
        is_missing,
        "contains NaN, a missing number,",
        "expected a number in each cell. Fill them first, as make_pipeline(SimpleImputer(), "
        "classifier) does, or leave such rows out.",
    ),
    (
        lambda cell: isinstance(cell, (str, bytes)) and not _reads_as_number(cell),
        "holds text, {cell!r},",
        "expected numbers. Encode text first, as make_pipeline(make_column_transformer("
        "(OneHotEncoder(handle_unknown='ignore'), columns), remainder='passthrough'), classifier) "
        "does; CharCodes makes codes of texts.",
    ),
    (
        lambda cell: isinstance(cell, (date, time, timedelta, np.datetime64, np.timedelta64)),
        "holds a time, {cell!s},",
        _TIMES,
    ),
    (
        lambda cell: isinstance(cell, Mapping),
        "holds a dict",
        "expected numbers. Make a table of dicts first, pandas.DataFrame(X) or DictVectorizer.",
    ),
)


def _reads_as_number(text: Any) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_no_times(X: Any) -> None:
    """Raise where X, or a column of it, holds dates, times or spans of time.

    numpy would make numbers of them, of which float32 keeps the first seven digits.

    Examples
    --------
    >>> check_no_times(np.zeros((3, 2)))
    """
    for place, dtype in enumerate(_dtypes(X)):
        # of numpy and pandas, of arrow within pandas, of polars
        if re.match(r"(date|time|duration)", str(dtype), re.IGNORECASE):
            where = f" in column {X.columns[place]!r}" if hasattr(X, "columns") else ""
            raise TypeError(f"X holds times, {dtype}{where}: {_TIMES}")


@contextmanager
def _in_words(X: Any, first_row: int) -> Iterator[None]:
    """Say of a cell that is no number what it is, where, and what to do about it."""
    try:
        yield
    except (TypeError, ValueError) as error:
        if str(error).startswith("X "):
            raise
        told = _no_number(X, first_row)
        if told is None:
            raise
        if "contains NaN" in told:
            raise ValueError(told) from error
        kind = TypeError if isinstance(error, TypeError) else ValueError
        line = str(error).partition("\n")[0]
        raise kind(f"{told} {line[:1].upper()}{line[1:]}.") from error


def _no_number(X: Any, first_row: int) -> str | None:
    """What is said of the first cell that is no number; None where there is none to be told."""
    if sparse.issparse(X):
        missing = np.isnan(X.data) if X.dtype.kind == "f" else np.zeros(0, dtype=bool)
        return f"X {_CURES[0][1].rstrip(',')}: {_CURES[0][2]}" if missing.any() else None
    with suppress(TypeError, ValueError):
        cells = np.asarray(X)
        if cells.dtype.kind == "f":
            found = np.argwhere(np.isnan(cells))
            return _cell_told(X, found[0], np.nan, first_row, 0) if len(found) else None
        if cells.dtype.kind in "OUST":
            for where in np.ndindex(cells.shape):
                for number, (fits, _, _) in enumerate(_CURES):
                    if fits(cells[where]):
                        return _cell_told(X, where, cells[where], first_row, number)
    return None


def _cell_told(X: Any, where: Any, cell: Any, first_row: int, number: int) -> str:
    _, what, cure = _CURES[number]
    cell = cell.item() if isinstance(cell, (np.str_, np.bytes_)) else cell
    row, *rest = (int(place) for place in where)
    column = ""
    if rest:
        names = getattr(X, "columns", None)
        place = rest[0] if names is None or len(rest) > 1 else names[rest[0]]
        column = f", column {place!r}" if len(rest) == 1 else f", at {tuple(rest)}"
    return f"X {what.format(cell=cell)} in row {first_row + row}{column}: {cure}"


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


def check_one_input(X: Any, y: Any) -> None:
    """Raise where X is a list of several arrays with a row for each of y: models have one input.

    Examples
    --------
    >>> check_one_input([[1.0, 2.0], [3.0, 4.0]], [0, 1])
    """
    with suppress(TypeError):  # of a y without rows
        n_rows = y.shape[0] if getattr(y, "shape", ()) else len(y)
        if are_inputs(X, n_rows=n_rows):
            raise ValueError(several_inputs("X", X))


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
    check_one_input(X, y)
    if rows[0] != rows[1]:
        raise ValueError(
            f"X has {counted(rows[0], 'row')} and y has {rows[1]}: expected the same rows in "
            f"both. Found input variables with inconsistent numbers of samples: {rows}"
        )


def _count_rows(name: str, values: Any) -> int:
    with about(name):
        check_form(name, values)
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
