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

from skbits.naming import counted
from skbits.reading import (
    are_bits,
    class_index,
    equal_labels,
    found_labels,
    is_matrix,
    one_class_message,
    read_labels,
    read_one_hot,
    read_zeros_and_ones,
    shown,
    two_classes,
)


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
        return cls(two_classes(found_labels(y, classes), "y" if classes is None else "classes"))

    @property
    def n_columns(self) -> int:
        return 1

    def encode(self, y: Any) -> np.ndarray:
        """Labels of shape (n,) -> zeros and ones of shape (n, 1)."""
        return class_index(read_labels(y), self.classes).astype(np.float32).reshape(-1, 1)

    def decode(self, on: np.ndarray) -> np.ndarray:
        """Decisions of shape (n,), bool -> labels of shape (n,)."""
        return self.classes[on.astype(np.intp)]

    def is_right(self, y: Any, predicted: np.ndarray) -> np.ndarray:
        """Whether rows are predicted as they are in y, (n,); y may have labels not learned."""
        return equal_labels(y, predicted)


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
        n_bits = read_zeros_and_ones(y, "bit").shape[1]
        # scikit-learn's callers pass classes_, or the values that occur in y
        if classes is not None and not are_bits(classes, n_bits):
            raise ValueError(
                f"classes={classes!r} does not fit y with {counted(n_bits, 'bit')}: expected "
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
        bits = read_zeros_and_ones(y, "bit")
        _check_width(bits.shape[1], self.n_bits, "bits")
        _check_names(column_names(y), self.names)
        return bits

    def decode(self, on: np.ndarray) -> np.ndarray:
        """Decisions of shape (n, n_bits), bool -> int zeros and ones of the same shape."""
        return on.astype(int)

    def is_right(self, y: Any, predicted: np.ndarray) -> np.ndarray:
        """Whether rows are predicted as they are in y, in every bit, (n,)."""
        return (self.encode(y) == predicted).all(axis=1)


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
            n_columns = read_one_hot(y, n_groups).shape[1]
            if classes is not None and not are_bits(classes, n_columns):
                raise ValueError(
                    f"classes={classes!r} does not fit y with {n_columns} one-hot columns: "
                    f"expected np.arange({n_columns}) or [0, 1], or leave classes out."
                )
            return cls(_positions(n_columns), False, n_groups, column_names(y))
        if n_groups != 1:
            raise ValueError(
                f"n_groups={n_groups} needs one-hot blocks as y, of shape (n, n_groups * width); "
                "got 1-D labels. Pass n_groups=1, or one-hot encode each group."
            )
        found = found_labels(y, classes)
        if len(found) < 2:
            raise ValueError(one_class_message(found, "y" if classes is None else "classes"))
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
            index = class_index(read_labels(y), self.classes)
            return np.eye(self.n_columns, dtype=np.float32)[index]
        rows = read_one_hot(y, self.n_groups)
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

    def is_right(self, y: Any, predicted: np.ndarray) -> np.ndarray:
        """Whether rows are predicted as they are in y, in every group, (n,)."""
        if self.from_labels:
            return equal_labels(y, predicted)
        return (self.encode(y) == predicted).all(axis=1)

    def check_abstain_label(self, label: Any) -> np.ndarray:
        """The label as an array that joins the classes without changing their kind."""
        array = np.asarray(label)
        kinds = {"b": "number", "i": "number", "u": "number", "f": "number", "S": "text"}
        kinds |= {"U": "text", "T": "text", "O": "object"}
        ours, theirs = (kinds.get(a.dtype.kind, a.dtype.kind) for a in (self.classes, array))
        if ours not in (theirs, "object"):
            raise ValueError(
                f"abstain_label={label!r} cannot stand among labels such as "
                f"{shown(self.classes[0])}: expected a label of the same type, for example "
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


def check_same_classes(given: Any, found: Target, learned: Target) -> None:
    """Raise where a later call names other classes than those that are learned.

    Parameters
    ----------
    given : array-like
        The classes as they were passed in.
    found, learned : targets
        What is made of them, and what the first call made.
    """
    if found.classes.tolist() != learned.classes.tolist():
        raise ValueError(
            f"classes={given!r} is not the same as on the first call, which was given or found "
            f"{learned.classes.tolist()}: expected those. Leave classes out, or clone the "
            "estimator to start anew."
        )
