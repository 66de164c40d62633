"""Reading: a user's y as labels, as zeros and ones, or as one-hot rows, or what is wrong with it.

Rules
-----
* Labels are 1-D, of one type, finite; a column of them is ravelled with DataConversionWarning.
  They keep their type, whatever holds them (``skbits.cells``).
* Bits are zeros and ones of any dtype; the message names the first cell that is none.
"""

from numbers import Number
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from skbits.cells import MULTI_LABEL, plain
from skbits.naming import about, counted, plural


def is_matrix(y: Any) -> bool:
    """Whether y has two dimensions and more than one column (a lone column holds labels)."""
    shape = y.shape if hasattr(y, "shape") else plain(y).shape
    return len(shape) >= 2 and shape[1] != 1


def found_labels(y: Any, classes: Any) -> np.ndarray:
    """The different labels, sorted: of y, or those that ``classes`` names."""
    if classes is None:
        return np.unique(read_labels(y))
    with about("classes"):
        return np.unique(read_labels(classes))


def read_labels(y: Any) -> np.ndarray:
    """y as a 1-D array of labels; a column vector is ravelled with DataConversionWarning."""
    if sparse.issparse(y):
        raise ValueError(
            f"y is a sparse matrix of shape {y.shape}: expected labels of shape (n,). "
            "Pass y.toarray().ravel() for labels, or use BitVectorClassifier for bits."
        )
    if y is None:
        raise ValueError("y is None: expected an array of shape (n,). This classifier requires y.")
    y = plain(y)
    check_labels_shape(y)
    y = column_or_1d(y, warn=True)
    y = check_array(y, ensure_2d=False, dtype=None, input_name="y")
    if y.dtype.kind == "V":
        raise ValueError(f"y has records of {y.dtype}: expected one label a row, number or text.")
    try:
        if y.dtype == object:
            np.unique(y)
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in y})
        raise ValueError(
            f"y mixes labels of types {kinds} that cannot be put in order: expected labels of "
            "one type. Convert them, for example with y.astype(str)."
        ) from error
    check_are_labels(y)
    return y


def check_labels_shape(y: np.ndarray) -> None:
    """Raise where there is more than one label a row, or a cell of a matrix that is no column.

    Examples
    --------
    >>> check_labels_shape(np.array([[0], [1]]))
    >>> check_labels_shape(np.array([[0, 1], [1, 0]]))
    Traceback (most recent call last):
        ...
    ValueError: y has shape (2, 2): expected labels, (n,); y should be a 1d array. These are \
one-hot rows, as of to_categorical: pass the labels they were made of, or y.argmax(axis=1); or use \
OneHotClassifier.
    """
    if y.ndim < 2 or y.shape[1:] == (1,):
        return
    cure = "Use BitVectorClassifier for rows of bits, OneHotClassifier for one-hot rows."
    if y.ndim > 2:
        cure = "Reshape it so that each row of X has one label, or one row of bits, as of "
        cure += "y.reshape(len(y), -1)."
    elif y.dtype.kind in "biuf" and len(y) and (np.sort(y, axis=1) == np.eye(y.shape[1])[-1]).all():
        cure = "These are one-hot rows, as of to_categorical: pass the labels they were made of, "
        cure += "or y.argmax(axis=1); or use OneHotClassifier."
    raise ValueError(
        f"y has shape {y.shape}: expected labels, (n,); y should be a 1d array. {cure}"
    )


def check_are_labels(y: np.ndarray) -> None:
    """Raise for quantities, and for objects that scikit-learn takes for no labels."""
    try:
        with np.errstate(invalid="ignore"):  # of floats that are no integers
            check_classification_targets(y)
    except ValueError as error:
        if y.dtype != object:
            raise
        first = next(iter(y.ravel().tolist()))
        raise ValueError(
            f"y holds {first!r}, a {type(first).__name__}: expected labels that are numbers or "
            f"text. Convert them, as with y.astype(str). {error}"
        ) from error


def equal_labels(y: Any, predicted: np.ndarray) -> np.ndarray:
    """Whether labels are predicted as they are in y, (n,); y may have labels not learned.

    Examples
    --------
    >>> equal_labels([0, 7], np.array([0, 1])).tolist()
    [True, False]
    >>> equal_labels(["0", "1"], np.array([0, 1]))
    Traceback (most recent call last):
        ...
    ValueError: y holds '0', and what is predicted are labels such as 0: expected labels of one \
type in fit and here.
    """
    y = read_labels(y)
    if len(y) and len(predicted) and _kinds_of(y).isdisjoint(_kinds_of(predicted)):
        raise ValueError(
            f"y holds {shown(y[0])}, and what is predicted are labels such as "
            f"{shown(predicted[0])}: expected labels of one type in fit and here."
        )
    return y == predicted


def _kinds_of(labels: np.ndarray) -> set[str]:
    """Which of text, numbers, times and other things the labels are."""
    if labels.dtype.kind in "UT":
        return {"text"}
    if labels.dtype != object:
        return {"time" if labels.dtype.kind in "mM" else "number"}
    types = set(map(type, labels.tolist()))  # of all: a label to abstain may be of another
    return {
        "text" if issubclass(t, str) else "number" if issubclass(t, Number) else "other"
        for t in types
    }


def shown(value: Any) -> str:
    """A value as a user would write it: numpy's scalars without their type."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def one_class_message(found: np.ndarray, name: str) -> str:
    """What is said where there are too few classes, in y or in ``classes``."""
    cure = "check the split that made this y, or name all labels in the first call, with "
    if name == "classes":
        cure = "name all labels that will ever come, "
    return (
        f"{name} has one class only, {found.tolist()}: expected at least two. A classifier cannot "
        f"be trained on a single class; {cure}partial_fit(X, y, classes=...)."
    )


def two_classes(found: np.ndarray, name: str) -> np.ndarray:
    """The labels that were found, where they are two."""
    if len(found) < 2:
        raise ValueError(one_class_message(found, name))
    if len(found) > 2:
        shown = ", ".join(repr(label) for label in found[:5].tolist())
        raise ValueError(
            f"{name} has {counted(len(found), 'label')} "
            f"({shown}{', ...' if len(found) > 5 else ''}), expected two. Only binary "
            "classification is supported. The type of the target is multiclass. Use "
            "OneHotClassifier for more than two classes."
        )
    return found


def class_index(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Position of each label in the sorted classes; an unknown label is an error."""
    try:
        index = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    except TypeError as error:
        raise ValueError(
            f"y has labels of another kind than classes={classes.tolist()}: expected some of "
            f"these. {error}"
        ) from error
    unknown = classes[index] != labels
    if np.any(unknown):
        row = int(np.argmax(unknown))
        raise ValueError(
            f"y has the label {shown(labels[row])} in row {row}, which is not one of the classes "
            f"{classes.tolist()} of the fitted estimator. Name all labels in the first call, with "
            "partial_fit(X, y, classes=...), or fit anew."
        )
    return index


def are_bits(classes: Any, n_bits: int) -> bool:
    """Whether classes are positions of bits, or the values that occur in them."""
    with about("classes"):
        given = np.ravel(np.asarray(classes, dtype=object)).tolist()
        return given == list(range(n_bits)) or all(np.isscalar(c) and c in (0, 1) for c in given)


def read_zeros_and_ones(y: Any, noun: str) -> np.ndarray:
    """y as float32 zeros and ones of shape (n, n_columns); a new array, always."""
    if y is None:
        raise ValueError("y is None: expected an array. This classifier requires y.")
    dense = plain(y.toarray() if sparse.issparse(y) else y)
    dense = check_array(dense, ensure_2d=False, allow_nd=True, dtype=None, input_name="y")
    good = (dense == 0) | (dense == 1)
    if not np.all(good):
        first = np.argwhere(~good)[0]
        row, column = (*first, 0)[:2]
        is_word = isinstance(dense[tuple(first)], str) and not dense[tuple(first)].isdigit()
        if is_word and dense.ndim == 2:
            raise ValueError(
                f"y holds {shown(dense[tuple(first)])} in row {row}, {noun} {column}, expected 0 "
                f"or 1. {MULTI_LABEL}"
            )
        raise ValueError(
            f"y holds {shown(dense[tuple(first)])} in row {row}, {noun} {column}, expected 0 or 1 "
            f"(or False, True). Only binary classification is supported, {noun} by {noun}: "
            "threshold or one-hot encode y first. Unknown label type: labels of other values "
            "belong to BinaryClassifier or OneHotClassifier."
        )
    if dense.ndim != 2:
        cure = f"Reshape a single {noun} with y.reshape(-1, 1); use BinaryClassifier or "
        cure += "OneHotClassifier for 1-D labels."
        if dense.ndim > 2:
            cure = "Lay the columns of a row side by side, y.reshape(len(y), -1)"
            cure += f", with n_groups={dense.shape[1]}." if noun == "class" else "."
        raise ValueError(f"y has shape {dense.shape}: expected (n, n_{plural(noun)}). {cure}")
    return dense.astype(np.float32)


def read_one_hot(y: Any, n_groups: int) -> np.ndarray:
    """y as float32 one-hot rows of shape (n, n_columns), exactly one 1 in each group."""
    rows = read_zeros_and_ones(y, "class")
    n_columns = rows.shape[1]
    if n_columns % n_groups or n_columns // n_groups < 2:
        raise ValueError(
            f"n_groups={n_groups} does not divide the {counted(n_columns, 'column')} of y into "
            "blocks of one width of at least 2: expected n_groups * width columns."
        )
    hot = rows.reshape(len(rows), n_groups, -1).sum(axis=2)  # (n, n_groups)
    if np.any(hot != 1):
        row, group = np.argwhere(hot != 1)[0]
        where = f"row {row}" if n_groups == 1 else f"row {row}, group {group}"
        found = _groups_of(rows)
        cure = (
            f"Set n_groups={found} for {counted(found, 'block')}, as of TextOneHot. "
            if found
            else ""
        )
        raise ValueError(
            f"y has {counted(int(hot[row, group]), 'one')} in {where}: expected exactly one. "
            f"{cure}Use BitVectorClassifier where any number of bits may be on."
        )
    return rows


def _groups_of(rows: np.ndarray) -> int | None:
    """The number of blocks side by side, each with one 1 in every row; None where there are none.

    Examples
    --------
    >>> _groups_of(np.array([[1, 0, 0, 1], [0, 1, 0, 1]])), _groups_of(np.array([[1, 1, 0, 0]]))
    (2, None)
    """
    n_groups = int(rows[0].sum())
    if n_groups < 2 or rows.shape[1] % n_groups:
        return None
    return n_groups if (rows.reshape(len(rows), n_groups, -1).sum(axis=2) == 1).all() else None
