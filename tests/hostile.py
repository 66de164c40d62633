"""Hostile input: anything that a caller may pass for an argument, and the right value in disguise.

``hostile(right)`` draws a :class:`Given` for an argument whose right value is known: that value in
another form, that value with something wrong in it, or something else altogether.
"""

import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from scipy import sparse

HUGE = 10**400

SCALARS = (
    *(None, True, False, 0, 1, 2, -1, 7, 2**31, 2**63, -(2**63), HUGE, Ellipsis, NotImplemented),
    *(0.5, 0.25, 1.0, -0.0, 1.5, -0.1, float("nan"), float("inf"), -float("inf"), 1e308, 5e-324),
    *(1j, complex("nan"), Decimal("0.5"), Decimal("NaN"), Decimal("1e999"), Fraction(1, 3)),
    *("", "a", "0.5", "1", "nan", "auto", "a\0", "\ud800", "é" * 50, b"", b"a", bytearray(b"a")),
    *(date(2020, 2, 29), datetime(2020, 2, 29), timedelta(1), np.datetime64("NaT")),
    *(np.datetime64("2020-02-29"), np.timedelta64(1, "D"), np.float16(0.5), np.longdouble(0.5)),
    *(np.int8(1), np.bool_(True), np.str_("a"), np.bytes_(b"a"), np.void(b"a"), pd.NA, pd.NaT),
    *(int, len, object, pd.Timestamp(0), pd.Interval(0, 1), pd.Period("2020"), range(3)),
    *(np.array(0.5), np.array(None), np.array("a"), np.float64(1), np.uint64(2**64 - 1)),
)  # fmt: skip

CONTAINERS: dict[str, Callable[[list], Any]] = {
    "list": list,
    "tuple": tuple,
    "nested": lambda items: [items],
    "deep": lambda items: [[[[items]]]],
    "ragged": lambda items: [items, items[:1], []],
    "dict": lambda items: {str(i): item for i, item in enumerate(items)},
    "dict view": lambda items: dict(enumerate(items)).values(),
    "generator": lambda items: (item for item in items),
    "iterator": iter,
    "deque": deque,
    "objects": lambda items: _objects(items),
    "series": lambda items: pd.Series(items, dtype=object),
    "frame": lambda items: pd.DataFrame({"a": pd.Series(items, dtype=object)}),
    "index": lambda items: pd.Index(items, dtype=object),
}

SPARSE = ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")


@dataclass(frozen=True)
class Given:
    """A value for an argument.

    Parameters
    ----------
    value : object
    same : bool
        Whether it is the right value in another form, so that the result is the same, too.
    must : bool
        Whether that form is to be understood; others may be refused.
    """

    value: Any
    same: bool = False
    must: bool = False


class Sub(np.ndarray):
    """A subclass of arrays."""


def _objects(items: list) -> np.ndarray:
    array = np.empty(len(items), dtype=object)
    for index, item in enumerate(items):
        array[index] = item
    return array


def _memmap(array: np.ndarray) -> Any:
    with tempfile.NamedTemporaryFile() as file:
        mapped = np.memmap(file.name, array.dtype, "w+", shape=array.shape)
    mapped[...] = array
    return mapped


def _read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


def _strided(array: np.ndarray) -> np.ndarray:
    wide = np.repeat(array, 2, axis=array.ndim - 1)
    return wide[..., ::2]


def _table(array: np.ndarray) -> Any:
    if array.ndim == 1:
        return pd.Series(array, index=np.arange(len(array))[::-1])
    return pd.DataFrame(array, index=np.arange(len(array))[::-1])


def _columns(names: Any) -> Callable[[np.ndarray], Any]:
    return lambda array: _table(array).set_axis(names(array.shape[1]), axis=1)


def _polars(array: np.ndarray) -> Any:
    if array.ndim == 1:
        return pl.Series("a", array.tolist())
    return pl.DataFrame({f"c{k}": column.tolist() for k, column in enumerate(array.T)})


#: forms of an array that every reader understands
MUST: dict[str, Callable[[np.ndarray], Any]] = {
    "itself": np.copy,
    "list": np.ndarray.tolist,
    "rows": list,
    "tuples": lambda a: tuple(map(tuple, a.tolist())) if a.ndim == 2 else tuple(a.tolist()),
    "fortran": np.asfortranarray,
    "strided": _strided,
    "reversed": lambda a: a[::-1].copy()[::-1],
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "read-only": _read_only,
    "memmap": _memmap,
    "subclass": lambda a: a.copy().view(Sub),
    "unmasked": np.ma.array,
    "objects": lambda a: a.astype(object),
    "pandas": _table,
    "pandas objects": lambda a: _table(a).astype(object),
}

#: forms that some readers refuse
MAY: dict[str, Callable[[np.ndarray], Any]] = {
    "nullable": lambda a: _table(a).convert_dtypes(),
    "categories": lambda a: _table(a).astype("category"),
    "polars": _polars,
    "deque": lambda a: deque(a.tolist()),
    "generator": lambda a: (row for row in a.tolist()),
    "dict": lambda a: dict(enumerate(a.tolist())),
    "float16": lambda a: a.astype(np.float16),
    "float64": lambda a: a.astype(np.float64),
    "longdouble": lambda a: a.astype(np.longdouble),
    "decimals": lambda a: np.vectorize(lambda x: Decimal(float(x)), otypes=[object])(a),
    "tensor": lambda a: __import__("tensorflow").constant(a),
}

#: forms of two dimensions only, which some readers refuse
MAY_2D: dict[str, Callable[[np.ndarray], Any]] = {
    **{f"{f} matrix": partial(lambda f, a: getattr(sparse, f"{f}_matrix")(a), f) for f in SPARSE},
    **{f"{f} array": partial(lambda f, a: getattr(sparse, f"{f}_array")(a), f) for f in SPARSE},
    "matrix": np.matrix,
    "doubled": _columns(lambda n: ["a"] * n),
    "named": _columns(lambda n: [f"c{k}" for k in range(n)]),
    "levels": _columns(lambda n: pd.MultiIndex.from_tuples([("a", k) for k in range(n)])),
    "mixed names": _columns(lambda n: ["a", *range(1, n)]),
    "coo with doubles": lambda a: _doubled(sparse.coo_matrix(a)),
    "unsorted csr": lambda a: _unsorted(sparse.csr_matrix(a)),
    "int64 csr": lambda a: _wide(sparse.csr_matrix(a)),
}


def _doubled(matrix: Any) -> Any:
    """Each number as two halves of it."""
    halves = np.repeat(matrix.data / 2, 2)
    return sparse.coo_matrix(
        (halves, (np.repeat(matrix.row, 2), np.repeat(matrix.col, 2))), matrix.shape
    )


def _unsorted(matrix: Any) -> Any:
    for start, stop in zip(matrix.indptr, matrix.indptr[1:], strict=False):
        matrix.indices[start:stop] = matrix.indices[start:stop][::-1].copy()
        matrix.data[start:stop] = matrix.data[start:stop][::-1].copy()
    matrix.has_sorted_indices = False
    return matrix


def _wide(matrix: Any) -> Any:
    matrix.indices, matrix.indptr = matrix.indices.astype("i8"), matrix.indptr.astype("i8")
    return matrix


#: what may be wrong with an array
WRONG: dict[str, Callable[[np.ndarray], Any]] = {
    "no rows": lambda a: a[:0],
    "one row": lambda a: a[:1],
    "a row alone": lambda a: a[0],
    "fewer rows": lambda a: a[:-1],
    "more rows": lambda a: np.concatenate([a, a[:1]]),
    "flat": np.ravel,
    "turned": np.transpose,
    "deeper": lambda a: a[..., np.newaxis],
    "wrapped": lambda a: a[np.newaxis],
    "no columns": lambda a: np.empty((len(a), 0)),
    "one column": lambda a: a.reshape(len(a), -1)[:, :1],
    "more columns": lambda a: np.column_stack([a, a]),
    "nothing in the depth": lambda a: np.empty((*a.shape, 0)),
    "zero": np.zeros_like,
    "masked": lambda a: np.ma.array(a, mask=np.arange(a.size).reshape(a.shape) == 1),
    "text": lambda a: a.astype(str),
    "bytes": lambda a: a.astype(str).astype(bytes),
    "complex": lambda a: a.astype(complex),
    "imaginary": lambda a: a.astype(complex) + 1j,
    "bool": lambda a: a.astype(bool),
    "days": lambda a: a.astype("i8").astype("M8[D]"),
    "spans": lambda a: a.astype("i8").astype("m8[s]"),
    "records": lambda a: a.astype([("a", "f8"), ("b", "i4")]),
    "ragged": lambda a: [*a.tolist()[:-1], []],
    "deep ragged": lambda a: [[*a.tolist()[:-1], 0]],
    "huge": lambda a: a.astype("f8") * 1e300 + 1e300,
    "float32 huge": lambda a: np.full(a.shape, 3e38),
    "denormal": lambda a: a.astype("f8") * 5e-324 + 5e-324,
    "uint64": lambda a: np.full(a.shape, 2**64 - 1, dtype="u8"),
    "negative": lambda a: -a - 1,
    "columns of text": lambda a: pd.DataFrame({"a": ["x"] * len(a), "b": range(len(a))}),
    "missing": lambda a: _table(a).convert_dtypes().where(np.arange(a.size).reshape(a.shape) != 1),
    "sparse nan": lambda a: sparse.csr_matrix(np.full((len(a), 3), np.nan)),
    "sparse 1-D": lambda a: sparse.coo_array(np.arange(len(a))),
    "no sparse rows": lambda a: sparse.csr_matrix((0, 3)),
    "sparse objects": lambda a: _object_csr(len(a)),
}


def _object_csr(n: int) -> Any:
    return sparse.csr_matrix((np.full(n, "a"), (range(n), [0] * n)), (n, 3), dtype="U1")


scalars = st.one_of(
    st.sampled_from(SCALARS), st.floats(), st.integers(), st.text(max_size=4), st.complex_numbers()
)


@st.composite
def containers(draw: Any) -> Any:
    """A few scalars in some container."""
    items = draw(st.lists(scalars, max_size=5))
    make = CONTAINERS[draw(st.sampled_from(sorted(CONTAINERS)))]
    try:
        return make(items)
    except Exception:  # pandas does not hold everything
        return items


_dtypes = st.one_of(nps.scalar_dtypes(), nps.unicode_string_dtypes(), nps.array_dtypes())
_shapes = nps.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
arrays = st.one_of(
    nps.arrays(_dtypes, _shapes),
    nps.arrays(np.dtype(float), nps.array_shapes(max_dims=2, max_side=13)),
    _shapes.flatmap(
        lambda shape: st.lists(
            scalars, min_size=int(np.prod(shape)), max_size=max(1, int(np.prod(shape)))
        ).map(lambda items: _objects(items)[: int(np.prod(shape))].reshape(shape))
    ),
)
anything = st.one_of(scalars, containers(), arrays)


def _try(change: Callable[[np.ndarray], Any], array: np.ndarray) -> Any:
    """What a change gives, or where an array knows no such, the array as a set of its rows."""
    try:
        return change(array)
    except Exception:
        return None


@st.composite
def _in_another_form(draw: Any, right: np.ndarray) -> Given:
    forms = {**MUST, **MAY, **(MAY_2D if right.ndim == 2 else {})}
    name = draw(st.sampled_from(sorted(forms)))
    value = _try(forms[name], right)
    # scikit-learn knows no objects as labels but text
    no_labels = "objects" in name and right.ndim == 1 and right.dtype.kind == "i"
    return Given(value, same=value is not None, must=name in MUST and not no_labels)


@st.composite
def _with_a_cell(draw: Any, right: np.ndarray) -> Given:
    changed = right.astype(object)
    at = tuple(draw(st.integers(0, size - 1)) for size in right.shape)
    changed[at] = draw(scalars)
    form = draw(st.sampled_from(("objects", "list", "floats", "pandas", "natural")))
    changes = {
        "objects": np.copy,
        "list": np.ndarray.tolist,
        "floats": lambda a: a.astype(float),
        "pandas": _table,
        "natural": lambda a: np.array(a.tolist()),
    }
    value = _try(changes[form], changed)
    return Given(changed if value is None else value)


@st.composite
def _with_a_fault(draw: Any, right: np.ndarray) -> Given:
    return Given(_try(WRONG[draw(st.sampled_from(sorted(WRONG)))], right))


def hostile(right: Any) -> st.SearchStrategy[Given]:
    """Values for an argument; of an array, mostly forms and changes of the right one."""
    if not isinstance(right, np.ndarray):
        return anything.map(Given)
    return st.one_of(
        _in_another_form(right), _with_a_cell(right), _with_a_fault(right), anything.map(Given)
    )


def fingerprint(value: Any) -> Any:
    """What tells whether something was changed: its bytes, and how they are laid out."""
    if isinstance(value, np.ndarray):
        held = value.tolist() if value.dtype.hasobject else value.tobytes()
        return str(value.dtype), value.shape, value.strides, value.flags.writeable, repr(held)
    if isinstance(value, Iterator):
        return None  # reading it changes it
    if sparse.issparse(value):
        parts = ("data", "indices", "indptr", "row", "col", "offsets", "rows")
        arrays = [fingerprint(getattr(value, part, None)) for part in parts]
        return type(value), value.shape, arrays, repr(getattr(value, "_dict", None))
    if isinstance(value, (pd.DataFrame, pd.Series)):
        parts = (value, value.index, getattr(value, "columns", None))
        return (
            type(value),
            [repr(getattr(part, "dtypes", None)) for part in parts],
            repr([part if part is None else part.to_numpy().tolist() for part in parts]),
        )
    try:
        return pickle.dumps(value)
    except Exception:
        return repr(value)
