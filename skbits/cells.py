"""Cells: what X and y are made of, and what is said of one that is no array, or holds no values.

Rules
-----
* X and y are arrays, data frames, columns or lists of rows. A dict, a set, a generator, a data set
  of batches and several arrays for several inputs are refused, each with what to write.
* Labels keep their type, whatever holds them: an array of objects, a list, a nullable, arrow or
  categorical column of bools holds bools, of whole numbers ints. numpy and scikit-learn would make
  floats or text of some.
* A missing label (None, NaN, NaT, pandas.NA) is refused, and so are several labels in a row.
* pandas, polars and pyarrow are told by what they have, and never imported.
"""

from collections.abc import KeysView, Mapping, Sequence, Set, ValuesView
from numbers import Real
from typing import Any

import numpy as np
from scipy import sparse

from skbits.naming import counted

#: who has one of these is read as an array
_OF_ARRAYS = ("shape", "__array__", "__array_interface__")

#: of a dict, in its order: rows of y, as codecs take them too
_VIEWS = (KeysView, ValuesView)

#: types of a cell with several labels
_SEVERAL = (Set, Mapping, list, tuple, np.ndarray)

#: types that are never missing, of which most cells are
_THERE = (str, bool, int, np.bool_, np.integer)

#: what to do with several labels in a row
MULTI_LABEL = (
    "For several labels a row, MultiLabelBinarizer().fit_transform(y) makes the rows of bits that "
    "BitVectorClassifier takes, and TransformedTargetClassifier(classifier, MultiLabelBinarizer()) "
    "takes them as they are."
)


def is_missing(label: Any) -> bool:
    """None, NaN, pandas.NA and NaT, told without pandas."""
    return not isinstance(label, str) and str(label) in {"None", "nan", "<NA>", "NaT"}


def check_form(name: str, values: Any) -> None:
    """Raise for what is no array, frame, column or list of rows.

    Examples
    --------
    >>> check_form("X", [[1.0], [2.0]])
    >>> check_form("X", {"age": [1.0]})
    Traceback (most recent call last):
        ...
    TypeError: X is a dict with the keys 'age': expected one array, of shape (n, ...). Make a \
table of its columns, pandas.DataFrame(X).
    """
    if name == "X" and values is None:
        raise ValueError("X=None: expected an array of numbers, of shape (n, ...).")
    if sparse.issparse(values):  # one of them is a dict, before scipy 1.13
        return
    if isinstance(values, Mapping):
        raise TypeError(_of_dict(name, values))
    if isinstance(values, (list, tuple)):
        if name == "X" and are_inputs(values):
            raise ValueError(several_inputs(name, values))
        return
    is_view = name != "X" and isinstance(values, _VIEWS)
    is_array = any(hasattr(values, attribute) for attribute in _OF_ARRAYS)
    if values is None or np.isscalar(values) or is_array or is_view:
        return
    kind = type(values).__name__
    if isinstance(values, Set):
        raise TypeError(
            f"{name} is a {kind}, which has no order: expected one row after the other."
        )
    has_parts = hasattr(values, "__iter__") or hasattr(values, "__getitem__")
    if has_parts and not isinstance(values, Sequence):
        also = (
            " Or call partial_fit(X_part, y_part, classes=...) with each." if name in "Xy" else ""
        )
        raise TypeError(
            f"{name} is a {kind}, which is read a part at a time: expected an array of all rows. "
            f"Put its parts together, with np.concatenate, X and y apart.{also}"
        )


def are_inputs(values: Any, n_rows: int | None = None) -> bool:
    """Whether a list holds the arrays of several inputs, rather than rows.

    They have the same rows, and other columns; where ``n_rows`` is known, as many as it.

    Examples
    --------
    >>> are_inputs([np.zeros((5, 3)), np.zeros((5, 2))]), are_inputs([np.zeros(3), np.zeros(3)])
    (True, False)
    >>> are_inputs([np.zeros((5, 3)), np.zeros((5, 3))], n_rows=5)
    True
    """
    if not isinstance(values, (list, tuple)) or len(values) < 2:
        return False
    shapes = [getattr(part, "shape", None) for part in values]
    if not all(isinstance(shape, tuple) and len(shape) > 1 for shape in shapes):
        return False
    if n_rows is not None:
        return len(values) != n_rows and all(shape[0] == n_rows for shape in shapes)
    return len({shape[0] for shape in shapes}) == 1 and len(set(shapes)) > 1


def several_inputs(name: str, parts: Any) -> str:
    """What is said of the arrays of several inputs, in a list or a dict."""
    keys, arrays = "", parts
    if isinstance(parts, Mapping):
        keys, arrays = f" {_keys(parts)}", list(parts.values())
    shapes = [tuple(np.shape(array)) for array in arrays]
    shown = ", ".join(map(str, shapes[:4])) + (", ..." if len(shapes) > 4 else "")
    listed = name if not keys else f"list({name}.values())"
    cure = "Put their columns side by side, np.hstack({0}), and cut them apart in the function "
    cure += "given as model, as inputs[:, :{1}] and inputs[:, {1}:]."
    if len(set(shapes)) == 1:
        cure += " Pairs are np.stack({0}, axis=1), of shape (n, 2, ...), which backbones.siamese "
        cure += "takes."
    n_first = shapes[0][1] if len(shapes[0]) > 1 else 1
    return (
        f"{name} is a {type(parts).__name__} of {counted(len(arrays), 'array')}{keys} of shapes "
        f"{shown}: expected one array, since models have one input. {cure.format(listed, n_first)}"
    )


def _keys(values: Mapping) -> str:
    keys = ", ".join(repr(key) for key in list(values)[:4])
    return keys + (", ..." if len(values) > 4 else "")


def _of_dict(name: str, values: Mapping) -> str:
    if len(values) > 1 and all(len(getattr(part, "shape", ())) > 1 for part in values.values()):
        return several_inputs(name, values)
    cure = f"Make a table of its columns, pandas.DataFrame({name})."
    if len(values) == 1:
        (key,) = values
        cure = f"Pass {name}[{key!r}]." if hasattr(values[key], "shape") else cure
    shape = "(n, ...)" if name == "X" else "(n,)"
    return (
        f"{name} is a {type(values).__name__} with the keys {_keys(values)}: expected one array, "
        f"of shape {shape}. {cure}"
    )


def plain(y: Any, name: str = "y") -> Any:
    """y as an array whose cells have the type of its labels; a sparse matrix stays as it is.

    Raises
    ------
    ValueError
        A missing label, labels of types that cannot be put in order, several in a row.
    TypeError
        What is no array.

    Examples
    --------
    >>> plain(np.array([True, False], dtype=object))
    array([ True, False])
    >>> plain(["no", None])
    Traceback (most recent call last):
        ...
    ValueError: y holds None in row 1, a missing label: expected one in every row. Leave such rows \
out, of X too.
    """
    if sparse.issparse(y):
        return y
    check_form(name, y)
    array = _as_array(y)
    if array.ndim == 0:  # no rows, which whoever asks tells
        return array
    if array.dtype != object:
        # the smallest is NaN or NaT where any is, and takes no second array to find
        is_nothing = {"f": np.isnan, "m": np.isnat, "M": np.isnat}.get(array.dtype.kind)
        if is_nothing and array.size and is_nothing(array.min()):
            raise ValueError(_missing_label(name, array, is_nothing(array)))
        return array
    kinds = set(map(type, array.ravel().tolist()))
    if holds_several(array):
        raise ValueError(_several_labels(name, array))
    if not all(issubclass(kind, _THERE) for kind in kinds):
        missing = np.array([is_missing(label) for label in array.ravel().tolist()], dtype=bool)
        if missing.any():
            raise ValueError(_missing_label(name, array, missing.reshape(array.shape)))
    are_numbers = all(issubclass(kind, (Real, np.bool_)) for kind in kinds)
    return _of_numbers(array) if are_numbers and kinds else array


def holds_several(array: np.ndarray) -> bool:
    """Whether cells are sets or sequences of labels.

    Examples
    --------
    >>> holds_several(np.array([{"a"}, set()])), holds_several(np.array(["a", "b"]))
    (True, False)
    """
    return array.dtype == object and any(
        issubclass(kind, _SEVERAL) for kind in set(map(type, array.ravel().tolist()))
    )


def _as_array(y: Any) -> np.ndarray:
    """y as numpy has it, but objects where it would turn bools or numbers into text or floats."""
    dtypes = [y.dtype] if hasattr(y, "dtype") else list(getattr(y, "dtypes", ()))
    if any(type(dtype).__module__.partition(".")[0] == "pandas" for dtype in dtypes):
        return np.asarray(y, dtype=object)
    if isinstance(y, _VIEWS):
        y = list(y)
    if not isinstance(y, (list, tuple)):
        return np.asarray(y)
    try:
        array = np.asarray(y)
    except ValueError:  # rows of different lengths
        return np.asarray(y, dtype=object)
    if array.dtype.kind not in "USO":
        return array
    cells = np.asarray(y, dtype=object)
    is_text = all(issubclass(kind, str) for kind in set(map(type, cells.ravel().tolist())))
    return array if is_text and cells.shape == array.shape else cells


def _of_numbers(array: np.ndarray) -> np.ndarray:
    """Objects that are numbers, in their own dtype where numpy has one."""
    with np.errstate(all="ignore"):
        numbers = np.array(array.tolist())
    exact = numbers.dtype.kind in "biuf" and (numbers == array).all()
    return numbers.reshape(array.shape) if exact else array


def _missing_label(name: str, array: np.ndarray, missing: np.ndarray) -> str:
    where = tuple(np.argwhere(missing)[0])
    column = f", column {where[1]}" if len(where) > 1 and array.shape[1] > 1 else ""
    beside = {"y": ", of X too", "y_true": ", of y_proba too"}.get(name, "")
    return (
        f"{name} holds {array[where]!s} in row {where[0]}{column}, a missing label: expected one "
        f"in every row. Leave such rows out{beside}."
    )


def _several_labels(name: str, array: np.ndarray) -> str:
    cells = array.ravel().tolist()
    row = next(row for row, cell in enumerate(cells) if isinstance(cell, _SEVERAL))
    kind = type(cells[row]).__name__
    what = f"has rows of different lengths, each a {kind}"
    if isinstance(cells[row], (Set, Mapping)):
        what = f"holds a {kind} in row {row}"
    return f"{name} {what}: expected one label a row, or equal rows of bits. {MULTI_LABEL}"
