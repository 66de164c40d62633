"""Targets: the user's y -> the zeros and ones that a head trains on, and decisions -> labels.

Rules
-----
* The estimator's class fixes the kind of target. Data is checked against it, never used to guess.
* ``encode`` gives zeros and ones of shape (n, n_columns), float32: one column for a binary target,
  one a bit, one a class.
* ``decode`` is its inverse on decisions, and gives the user's own labels, in the form of their y.
* Nothing here imports Keras, and nothing changes the y it is given.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets


def column_names(y: Any) -> tuple[Hashable, ...] | None:
    """Names of the columns of a data frame (pandas, polars), None for anything else.

    Examples
    --------
    >>> import numpy as np
    >>> column_names(np.eye(2)) is None
    True
    """
    columns = getattr(y, "columns", None)
    if columns is None:
        return None
    return tuple(columns)


def class_columns(Y: np.ndarray, kind: str) -> np.ndarray:
    """Encoded targets with a column for each class: a binary target's other class gets its own.

    Examples
    --------
    >>> import numpy as np
    >>> class_columns(np.array([[1.0], [0.0]]), "binary").tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    return np.hstack([1 - Y, Y]) if kind == "binary" else Y


@dataclass(frozen=True)
class BinaryTarget:
    """Two labels of any dtype, 1-D.

    Parameters
    ----------
    classes : ndarray of shape (2,)
        The two labels, sorted; ``classes[1]`` is the positive one.

    Examples
    --------
    >>> import numpy as np
    >>> target = BinaryTarget.learn(np.array(["no", "yes", "no"]))
    >>> target.encode(np.array(["yes", "no"])).tolist()
    [[1.0], [0.0]]
    >>> target.decode(np.array([True, False])).tolist()
    ['yes', 'no']
    """

    classes: np.ndarray

    kind: ClassVar[str] = "binary"
    n_groups: ClassVar[int] = 1
    names: ClassVar[None] = None

    @classmethod
    def learn(cls, y: Any, classes: Any = None) -> "BinaryTarget":
        return cls(_two_classes(np.unique(_labels(y if classes is None else classes))))

    @property
    def n_columns(self) -> int:
        return 1

    def encode(self, y: Any) -> np.ndarray:
        """Labels of shape (n,) -> zeros and ones of shape (n, 1)."""
        return _class_index(_labels(y), self.classes).astype(np.float32).reshape(-1, 1)

    def decode(self, on: np.ndarray) -> np.ndarray:
        """Decisions of shape (n,), bool -> labels of shape (n,)."""
        return self.classes[on.astype(np.intp)]


@dataclass(frozen=True)
class BitVectorTarget:
    """Rows of bits: zeros and ones of shape (n, n_bits).

    Parameters
    ----------
    n_bits : int
    names : tuple of str or None
        The bits' names, where y was a data frame.

    Examples
    --------
    >>> target = BitVectorTarget.learn([[0, 1, 1], [1, 0, 1]])
    >>> target.n_bits
    3
    >>> target.encode([[True, False, True]]).tolist()
    [[1.0, 0.0, 1.0]]
    """

    n_bits: int
    names: tuple[str, ...] | None = None

    kind: ClassVar[str] = "bits"
    n_groups: ClassVar[int] = 1

    @classmethod
    def learn(cls, y: Any, classes: Any = None) -> "BitVectorTarget":
        n_bits = _zeros_and_ones(y, "bit").shape[1]
        # scikit-learn's callers pass classes_, or the values that occur in y
        if classes is not None and not (
            np.array_equal(classes, np.arange(n_bits)) or set(np.ravel(classes)) <= {0, 1}
        ):
            raise ValueError(
                f"classes={classes!r} does not fit y with {n_bits} bits: expected "
                f"np.arange({n_bits}) or [0, 1], or leave classes out."
            )
        return cls(n_bits, column_names(y))

    @property
    def n_columns(self) -> int:
        return self.n_bits

    @property
    def classes(self) -> np.ndarray:
        return _positions(self.n_bits)

    def encode(self, y: Any) -> np.ndarray:
        """Bits of any numeric dtype, frame or sparse -> float32 of shape (n, n_bits)."""
        bits = _zeros_and_ones(y, "bit")
        _check_width(bits.shape[1], self.n_bits, "bits")
        _check_names(column_names(y), self.names)
        return bits

    def decode(self, on: np.ndarray) -> np.ndarray:
        """Decisions of shape (n, n_bits), bool -> int zeros and ones of the same shape."""
        return on.astype(int)


@dataclass(frozen=True)
class OneHotTarget:
    """One class out of k: labels of shape (n,), or one-hot blocks of shape (n, k).

    Parameters
    ----------
    classes : ndarray of shape (k,)
        The labels, or ``arange(k)`` where y was one-hot.
    from_labels : bool
        Whether y was 1-D labels; ``decode`` answers in the same form.
    n_groups : int
        Number of one-hot blocks that stand side by side, each ``k / n_groups`` wide.
    names : tuple of str or None
        The columns' names, where y was a one-hot data frame.

    Examples
    --------
    >>> import numpy as np
    >>> target = OneHotTarget.learn(["cat", "dog", "emu"])
    >>> target.encode(["dog"]).tolist()
    [[0.0, 1.0, 0.0]]
    >>> pairs = OneHotTarget.learn([[1, 0, 0, 1], [0, 1, 1, 0]], n_groups=2)
    >>> pairs.decode(np.array([[0, 1], [1, -1]])).tolist()
    [[1, 0, 0, 1], [0, 1, 0, 0]]
    """

    classes: np.ndarray
    from_labels: bool
    n_groups: int = 1
    names: tuple[str, ...] | None = None

    kind: ClassVar[str] = "onehot"

    @classmethod
    def learn(cls, y: Any, classes: Any = None, *, n_groups: int = 1) -> "OneHotTarget":
        if is_matrix(y):
            n_columns = _one_hot(y, n_groups).shape[1]
            return cls(_positions(n_columns), False, n_groups, column_names(y))
        if n_groups != 1:
            raise ValueError(
                f"n_groups={n_groups} needs one-hot blocks as y, of shape (n, n_groups * width); "
                "got 1-D labels. Pass n_groups=1, or one-hot encode each group."
            )
        found = np.unique(_labels(y if classes is None else classes))
        if len(found) < 2:
            raise ValueError(_one_class_message(found))
        return cls(found, True)

    @property
    def n_columns(self) -> int:
        return len(self.classes)

    @property
    def width(self) -> int:
        """Number of classes in each group."""
        return self.n_columns // self.n_groups

    def encode(self, y: Any) -> np.ndarray:
        """Labels (n,) or one-hot rows (n, k) -> float32 one-hot rows (n, k)."""
        if self.from_labels:
            index = _class_index(_labels(y), self.classes)
            return np.eye(self.n_columns, dtype=np.float32)[index]
        rows = _one_hot(y, self.n_groups)
        _check_width(rows.shape[1], self.n_columns, "one-hot columns")
        _check_names(column_names(y), self.names)
        return rows

    def decode(self, winners: np.ndarray, abstain_label: Any = None) -> np.ndarray:
        """Winning classes of shape (n, n_groups), -1 for none -> labels (n,) or rows (n, k).

        ``abstain_label`` is the label that stands for "no class" among 1-D labels; with None no
        row may have abstained.
        """
        if not self.from_labels:
            hot = winners[:, :, np.newaxis] == np.arange(self.width)  # (n, n_groups, width)
            return hot.reshape(len(winners), self.n_columns).astype(int)
        labels = self.classes[winners[:, 0]]
        if abstain_label is None:
            return labels
        return np.where(winners[:, 0] < 0, self.check_abstain_label(abstain_label), labels)

    def check_abstain_label(self, label: Any) -> np.ndarray:
        """The label as an array that joins the classes without changing their kind."""
        array = np.asarray(label)
        kinds = {"b": "number", "i": "number", "u": "number", "f": "number", "S": "text"}
        kinds |= {"U": "text", "T": "text", "O": "object"}
        ours, theirs = (kinds.get(a.dtype.kind, a.dtype.kind) for a in (self.classes, array))
        if ours not in (theirs, "object"):
            raise ValueError(
                f"abstain_label={label!r} cannot stand among labels such as "
                f"{_shown(self.classes[0])}: expected a label of the same type, for example "
                "abstain_label='none' among text."
            )
        if (self.classes == array).any():
            raise ValueError(
                f"abstain_label={label!r} is one of the classes: expected a label that is not in y."
            )
        return array


Target = BinaryTarget | BitVectorTarget | OneHotTarget


def _positions(n_columns: int) -> np.ndarray:
    """``arange(n_columns)`` as ``classes_`` of columns, ints in an array of objects.

    As an array of ints, one or two of them would look to scikit-learn like the labels of a binary
    classifier: its scorers would pick a column of the probabilities, or turn the sign around.
    """
    return np.arange(n_columns).astype(object)


def is_matrix(y: Any) -> bool:
    """Whether y has two dimensions and more than one column (a lone column holds labels)."""
    shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    return len(shape) >= 2 and shape[1] != 1


def _labels(y: Any) -> np.ndarray:
    """y as a 1-D array of labels; a column vector is ravelled with DataConversionWarning."""
    if sparse.issparse(y):
        raise ValueError(
            f"y is a sparse matrix of shape {y.shape}: expected labels of shape (n,). "
            "Pass y.toarray().ravel() for labels, or use BitVectorClassifier for bits."
        )
    if y is None:
        raise ValueError("y is None: expected an array of shape (n,). This classifier requires y.")
    y = column_or_1d(y, warn=True)
    y = check_array(y, ensure_2d=False, dtype=None, input_name="y")
    try:
        if y.dtype == object:
            np.unique(y)
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in y})
        raise ValueError(
            f"y mixes labels of types {kinds} that cannot be put in order: expected labels of "
            "one type. Convert them, for example with y.astype(str)."
        ) from error
    check_classification_targets(y)
    return y


def _shown(value: Any) -> str:
    """A value as a user would write it: numpy's scalars without their type."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def _one_class_message(found: np.ndarray) -> str:
    return (
        f"y has one class only, {found.tolist()}: expected at least two. A classifier cannot be "
        "trained on a single class; check the split that made this y."
    )


def _two_classes(found: np.ndarray) -> np.ndarray:
    if len(found) < 2:
        raise ValueError(_one_class_message(found))
    if len(found) > 2:
        shown = ", ".join(repr(label) for label in found[:5].tolist())
        raise ValueError(
            "Only binary classification is supported. The type of the target is multiclass: "
            f"y has {len(found)} labels ({shown}{', ...' if len(found) > 5 else ''}), expected "
            "two. Use OneHotClassifier for more than two classes."
        )
    return found


def _class_index(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Position of each label in the sorted classes; an unknown label is an error."""
    index = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    unknown = classes[index] != labels
    if np.any(unknown):
        row = int(np.argmax(unknown))
        raise ValueError(
            f"y has the label {_shown(labels[row])} in row {row}, which is not one of the classes "
            f"{classes.tolist()} of the fitted estimator. Name all labels in the first call, with "
            "partial_fit(X, y, classes=...), or fit anew."
        )
    return index


def _zeros_and_ones(y: Any, noun: str) -> np.ndarray:
    """y as float32 zeros and ones of shape (n, n_columns); a new array, always."""
    if y is None:
        raise ValueError("y is None: expected an array. This classifier requires y.")
    dense = y.toarray() if sparse.issparse(y) else y
    dense = check_array(dense, ensure_2d=False, allow_nd=True, dtype=None, input_name="y")
    good = (dense == 0) | (dense == 1)
    if not np.all(good):
        first = np.argwhere(~good)[0]
        row, column = (*first, 0)[:2]
        raise ValueError(
            f"Unknown label type: y holds {_shown(dense[tuple(first)])} in row {row}, "
            f"{noun} {column}, expected 0 or 1 (or False, True). Only binary classification is "
            f"supported, {noun} by {noun}: threshold or one-hot encode y first. Labels of other "
            "values belong to BinaryClassifier or OneHotClassifier."
        )
    if dense.ndim != 2:
        raise ValueError(
            f"y has shape {dense.shape}: expected (n, n_{noun}s). Reshape a single {noun} with "
            "y.reshape(-1, 1); use BinaryClassifier or OneHotClassifier for 1-D labels."
        )
    return dense.astype(np.float32)


def _one_hot(y: Any, n_groups: int) -> np.ndarray:
    rows = _zeros_and_ones(y, "class")
    n_columns = rows.shape[1]
    if n_columns % n_groups or n_columns // n_groups < 2:
        raise ValueError(
            f"n_groups={n_groups} does not divide the {n_columns} columns of y into blocks of one "
            "width of at least 2: expected n_groups * width columns."
        )
    hot = rows.reshape(len(rows), n_groups, -1).sum(axis=2)  # (n, n_groups)
    if np.any(hot != 1):
        row, group = np.argwhere(hot != 1)[0]
        where = f"row {row}" if n_groups == 1 else f"row {row}, group {group}"
        found = _groups_of(rows)
        cure = f"Set n_groups={found} for {found} blocks, as of TextOneHot. " if found else ""
        raise ValueError(
            f"y has {int(hot[row, group])} ones in {where}: expected exactly one. "
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


def _check_width(got: int, expected: int, noun: str) -> None:
    if got != expected:
        raise ValueError(f"y has {got} {noun}, but the estimator was fitted with {expected}.")


def _check_names(got: Sequence[str] | None, expected: Sequence[str] | None) -> None:
    if got is not None and expected is not None and tuple(got) != tuple(expected):
        raise ValueError(
            f"y has the columns {list(got)}, but the estimator was fitted with {list(expected)}, "
            "in that order."
        )


def check_classes_left(Y: np.ndarray, target: Target) -> None:
    """Raise where rows of one class alone are left, once those of weight 0 are gone.

    A bit may be constant, and so may a class of one group of several.
    """
    if target.kind == "bits" or target.n_groups > 1:
        return
    seen = class_columns(Y, target.kind).any(axis=0)
    if np.count_nonzero(seen) < 2:
        raise ValueError(
            f"y has one class only, {target.classes[seen].tolist()}, among the rows with a weight "
            "above zero: expected at least two. Check y and sample_weight."
        )
