"""Reading: what a user gave as targets, probabilities and weights -> ``Rows``, or what is wrong.

Rules
-----
* Probabilities keep their float dtype; other numbers become float64.
* The kind of target follows from the shapes: 1-D labels are binary where there are one or two
  columns of probabilities and one-hot where there are more; 2-D is bits. ``kind="onehot"`` tells
  one-hot rows from bits.
* Labels that are named are those of the columns, in that order; else they are the sorted ones.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from skbits.cells import plain
from skbits.inputs import check_sample_weight, check_unmasked
from skbits.naming import about, counted
from skbits.reading import found_labels
from skbits.targets import (
    BinaryTarget,
    BitVectorTarget,
    OneHotTarget,
    column_names,
    is_matrix,
)
from skbits.thresholds.decisions import as_floats, check_probabilities
from skbits.thresholds.rows import KINDS, Rows
from skbits.values import is_size, is_word

#: of weights, so that metrics can multiply sums of them
SMALLEST_TOTAL = 1e-75


def read_rows(
    y_true: Any,
    y_proba: Any,
    *,
    kind: str = "auto",
    sample_weight: Any = None,
    pos_label: Any = None,
    labels: Any = None,
    n_groups: int = 1,
) -> Rows:
    """Check what a user gave; the parameters are those of ``best_thresholds``.

    Raises
    ------
    ValueError
        Lengths or shapes that differ, probabilities that are none, targets that are not bits.

    Examples
    --------
    >>> read_rows(["no", "yes"], [0.2, 0.9]).labels.tolist()
    ['no', 'yes']
    >>> read_rows([[0, 1], [1, 0]], [[0.1, 0.7], [0.6, 0.2]]).kind
    'bits'
    """
    with about("y_proba"):
        p = read_probabilities(y_proba)
    names = column_names(y_true)
    _check_order(names, column_names(y_proba))
    check_unmasked("y_true", y_true)
    y = plain(y_true.toarray() if sparse.issparse(y_true) else y_true, "y_true")
    if y.ndim not in (1, 2):
        raise ValueError(f"y_true has shape {y.shape}: expected (n,) labels or (n, n_bits) bits.")
    check_lengths(y, p)
    check_n_groups(n_groups)
    check_pos_label(pos_label)
    kind = _kind(kind, y, p)
    _check_options(kind, pos_label=pos_label, labels=labels, n_groups=n_groups)
    if kind == "binary":
        rows = _binary(y, p, pos_label)
    elif kind == "bits":
        rows = _bits(y, p, names)
    else:
        rows = _one_hot(y, p, labels, n_groups, names)
    return rows.weighed(read_weights(sample_weight, p))


def read_weights(sample_weight: Any, rows: Any) -> np.ndarray | None:
    """Weights of rows as float64 (n,), or None where there are none."""
    if sample_weight is None:
        return None
    weights = check_sample_weight(sample_weight, rows, dtype=np.float64)
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not SMALLEST_TOTAL <= total <= 1 / SMALLEST_TOTAL:  # products of sums must be numbers
        raise ValueError(
            f"sample_weight sums to {total}: expected a sum from {SMALLEST_TOTAL} to "
            f"{1 / SMALLEST_TOTAL}. Divide them by their largest."
        )
    return weights


def _as_array(parameter: str, value: Any) -> np.ndarray:
    check_unmasked(parameter, value)
    try:
        with about(parameter):
            is_frame = hasattr(value, "dtypes") and hasattr(value, "to_numpy")
            return value.to_numpy() if is_frame else np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{parameter} has rows of different lengths: expected equal ones."
        ) from error


def check_kind(kind: Any) -> None:
    """Raise for what is no kind of target."""
    if not is_word(kind, "auto", *KINDS):
        raise ValueError(f"kind={kind!r}: expected 'auto' or one of {', '.join(KINDS)}.")


def check_n_groups(n_groups: Any) -> None:
    """Raise for what is no number of one-hot blocks."""
    if not is_size(n_groups):
        raise ValueError(f"n_groups={n_groups!r}: expected an int of at least 1.")


def check_pos_label(pos_label: Any) -> None:
    """Raise for what can be no label."""
    if pos_label is not None and (not np.isscalar(pos_label) or isinstance(pos_label, np.void)):
        raise ValueError(f"pos_label={pos_label!r}: expected one of the two labels, or None.")


def _check_order(of_targets: tuple | None, of_probabilities: tuple | None) -> None:
    """Raise where the same names stand in another order: columns go by position."""
    if None in (of_targets, of_probabilities) or of_targets == of_probabilities:
        return
    if set(of_targets) == set(of_probabilities):
        raise ValueError(
            f"y_proba has the columns {list(of_probabilities)[:10]} and y_true has "
            f"{list(of_targets)[:10]}: expected the same order in both. Select them, as in "
            "y_proba[list(y_true.columns)]."
        )


def _check_options(kind: str, **options: Any) -> None:
    """Raise for options that are not for this kind of target."""
    meant = {"pos_label": ("binary", None), "labels": ("onehot", None), "n_groups": ("onehot", 1)}
    for name, value in options.items():
        its_kind, unset = meant[name]
        if kind != its_kind and value is not unset and not (np.isscalar(value) and value == unset):
            raise ValueError(
                f"{name}={value!r} is for a target of kind {its_kind!r}, and this one is of kind "
                f"{kind!r}: expected {unset!r}. Leave it out, or say kind={its_kind!r}."
            )


def check_lengths(y: np.ndarray, p: np.ndarray) -> None:
    """Raise where there is not one row of probabilities for each of targets."""
    if len(y) != len(p):
        raise ValueError(
            f"y_true has {counted(len(y), 'row')} and y_proba has {len(p)}: expected the same "
            "rows in both."
        )
    if len(y) == 0:
        raise ValueError("y_true and y_proba have no rows: expected at least one.")


def read_probabilities(y_proba: Any) -> np.ndarray:
    """Probabilities as they are, or stacked from one (n, 2) array a bit, as forests give them.

    Returns
    -------
    ndarray of shape (n,) or (n, n_columns), float

    Raises
    ------
    ValueError
        Not numbers, NaN, outside [0, 1], or no columns.

    Examples
    --------
    >>> import numpy as np
    >>> read_probabilities([np.array([[0.9, 0.1]]), np.array([[0.3, 0.7]])]).tolist()
    [[0.1, 0.7]]
    """
    if isinstance(y_proba, (list, tuple)) and len(y_proba) and _are_2d(y_proba):
        y_proba = [np.asarray(part) for part in y_proba]
        if any(part.shape != (len(y_proba[0]), 2) for part in y_proba):
            raise ValueError(
                "y_proba is a list of arrays of the shapes "
                f"{[part.shape for part in y_proba][:5]}: expected (n, 2) for each bit."
            )
        y_proba = np.stack([part[:, 1] for part in y_proba], axis=1)
    p = _as_array("y_proba", y_proba)
    if p.dtype not in (np.float16, np.float32, np.float64):
        try:
            p = as_floats(p)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"y_proba holds {type(y_proba).__name__} of {p.dtype}: expected an array of "
                "numbers, probabilities in [0, 1]."
            ) from error
    if p.ndim not in (1, 2):
        raise ValueError(f"y_proba has shape {p.shape}: expected (n,) or (n, n_columns).")
    if p.ndim == 2 and p.shape[1] == 0:
        raise ValueError(
            f"y_proba has shape {p.shape}, so there are no columns: expected one at least. Pass "
            "the column of each bit or class."
        )
    return check_probabilities(
        p,
        lambda value, row: (
            f"y_proba holds {value} in row {row}: expected probabilities in [0, 1]. Pass "
            "predict_proba, not decision_function or logits."
        ),
    )


def _are_2d(parts: Sequence) -> bool:
    try:
        return all(np.ndim(part) == 2 for part in parts)
    except ValueError:  # of lists of different lengths
        return False


def _kind(kind: str, y: np.ndarray, p: np.ndarray) -> str:
    check_kind(kind)
    if kind != "auto":
        return kind
    if y.ndim == 2 and (y.shape[1] > 1 or p.shape[1:] == (1,)):
        return "bits"
    return "onehot" if p.ndim == 2 and p.shape[1] > 2 else "binary"


def _binary(y: np.ndarray, p: np.ndarray, pos_label: Any) -> Rows:
    if y.ndim == 2:
        y = y.ravel() if y.shape[1] == 1 else y
    if y.ndim != 1 or (p.ndim == 2 and p.shape[1] > 2):
        raise ValueError(
            f"kind='binary' with y_true of shape {y.shape} and y_proba of shape {p.shape}: "
            "expected (n,) labels, and (n,) or (n, 2) probabilities."
        )
    on, labels = _two_labels(y, pos_label)
    if p.ndim == 2:  # columns of two are in the order of the sorted labels
        p = p[:, -1] if labels[0] < labels[1] else p[:, 0]
    return Rows("binary", on.reshape(-1, 1), p.reshape(-1, 1), labels=labels)


def _two_labels(y: np.ndarray, pos_label: Any) -> tuple[np.ndarray, np.ndarray]:
    """Whether rows are positive, and the labels, negative first."""
    if y.dtype.kind in "biuf" and pos_label in (None, 1):
        on = y == 1
        if (on | (y == 0)).all():
            return on, np.array([0, 1]).astype(y.dtype)
    with about("y_true"):
        found = found_labels(y, None)
    if len(found) == 1 and pos_label is not None:
        raise ValueError(
            f"y_true has one label only, {found.tolist()}: expected two, so that pos_label="
            f"{pos_label!r} has another. Write y_true == {pos_label!r} to say which are positive."
        )
    with about("y_true"):
        classes = BinaryTarget.learn(y).classes
    if pos_label is None:
        return y == classes[1], classes
    if pos_label not in classes.tolist():
        raise ValueError(f"pos_label={pos_label!r}: expected one of {classes.tolist()}.")
    return y == pos_label, classes if pos_label == classes[1] else classes[::-1]


def _bits(y: np.ndarray, p: np.ndarray, names: Sequence | None) -> Rows:
    if y.shape != p.shape or y.ndim != 2:
        raise ValueError(
            f"y_true has shape {y.shape} and y_proba has {p.shape}: expected (n, n_bits) in both. "
            "Where rows of y_true are one-hot, its labels are y_true.argmax(axis=1)."
        )
    rows_at_once = max(1, (1 << 16) // max(1, y.shape[1]))
    with about("y_true"):
        for start in range(0, len(y) if y.dtype != bool else 0, rows_at_once):
            part = y[start : start + rows_at_once]
            if not ((part == 0) | (part == 1)).all():
                BitVectorTarget.learn(y)  # names the cell
    return Rows("bits", y, p, names=names)


def _one_hot(
    y: np.ndarray, p: np.ndarray, labels: Any, n_groups: int, names: Sequence | None
) -> Rows:
    if p.ndim != 2:
        raise ValueError(f"y_proba has shape {p.shape}: expected (n, n_classes) for one-hot.")
    order = None if labels is None or is_matrix(y) else _order_of(labels, y)
    with about("y_true"):
        target = OneHotTarget.learn(y, labels, n_groups=n_groups)
    if target.n_columns != p.shape[1]:
        raise ValueError(
            f"y_true has {counted(target.n_columns, 'class')} and y_proba has "
            f"{counted(p.shape[1], 'column')}: expected a column for each. Name all classes, in "
            "the order of the columns, with labels=."
        )
    with about("y_true"):
        hot = target.encode(y) != 0
    classes = target.classes if target.from_labels else None
    if order is not None:
        hot, classes = hot[:, order], classes[order]
    return Rows("onehot", hot, p, labels=classes, names=names, n_groups=n_groups)


def _order_of(labels: Any, y: np.ndarray) -> np.ndarray:
    """Positions of the columns' labels among the sorted ones, (n_columns,)."""
    with about("labels"):
        given = np.asarray(labels)
    if given.ndim != 1:
        raise ValueError(f"labels={labels!r}: expected a list of labels, one for each column.")
    with about("labels"):
        known, order = np.unique(given, return_inverse=True)
    if len(known) != len(given):
        twice = next(label for i, label in enumerate(given.tolist()) if label in given.tolist()[:i])
        raise ValueError(
            f"labels={given.tolist()} names {twice!r} twice: expected each label once, in the "
            "order of the columns of y_proba."
        )
    unknown = [label for label in np.unique(y).tolist() if label not in set(given.tolist())]
    if unknown:
        raise ValueError(
            f"y_true has the label {unknown[0]!r}, which is not among labels={given.tolist()}: "
            "expected every label of y_true there. Name the label of each column of y_proba, in "
            "order and of the type that y_true has."
        )
    return order
