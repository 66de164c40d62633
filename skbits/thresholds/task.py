"""Task: what a meta-estimator decides on, from the target to the labels.

Rules
-----
* 1-D targets are binary with two labels and one-hot with more; 2-D targets are bits, or one-hot
  rows where ``kind="onehot"`` says so.
* The positive label of a binary target is the later one in sorting order, or ``pos_label``.
* Probabilities of any classifier become (n, n_columns): lists of (n, 2) arrays are understood, and
  a class that a fold's classifier has not seen has probability 0.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.multiclass import type_of_target

from skbits.targets import BinaryTarget, BitVectorTarget, OneHotTarget, Target, is_matrix
from skbits.thresholds.decisions import is_on, log_ratio, margin, winners
from skbits.thresholds.rows import KINDS, Rows


@dataclass(frozen=True)
class Task:
    """A target, and which of two labels is the positive one.

    Parameters
    ----------
    target : BinaryTarget, BitVectorTarget or OneHotTarget
    flipped : bool
        Whether the earlier of two labels is the positive one.

    Examples
    --------
    >>> task = learn_task(["no", "yes", "no"], pos_label="no")
    >>> task.decide(np.array([[0.2], [0.7]]), np.array([0.5])).tolist()
    ['yes', 'no']
    """

    target: Target
    flipped: bool = False

    @property
    def kind(self) -> str:
        """Kind of target."""
        return self.target.kind

    @property
    def n_columns(self) -> int:
        """Number of thresholds."""
        return self.target.n_columns

    def encode(self, y: Any) -> np.ndarray:
        """The user's y -> zeros and ones (n, n_columns), 1 for the positive label."""
        Y = self.target.encode(y)
        return 1 - Y if self.flipped else Y

    def rows(self, Y: np.ndarray, p: np.ndarray, weights: np.ndarray | None) -> Rows:
        """Encoded targets beside probabilities, rows of weight 0 left out."""
        target = self.target
        labels = None
        if self.kind == "binary":
            labels = target.classes[::-1] if self.flipped else target.classes
        elif self.kind == "onehot" and target.from_labels:
            labels = target.classes
        rows = Rows(self.kind, Y, p, weights, labels, target.names, target.n_groups)
        kept = slice(None) if weights is None else np.flatnonzero(weights)
        return rows if weights is None or len(kept) == len(Y) else rows.take(kept)

    def probabilities(self, estimator: Any, X: Any) -> np.ndarray:
        """Probabilities of a fitted classifier, (n, n_columns): the positive label's, for two."""
        p = predict_proba(estimator, X)
        classes = getattr(estimator, "classes_", None)
        if self.kind == "bits":
            return bit_columns(p, classes, self.n_columns)
        p = np.asarray(p)
        if self.kind == "onehot" and not self.target.from_labels:
            return _checked(p, self.n_columns)
        if classes is None or len(classes) != p.shape[1]:
            raise ValueError(
                f"{type(estimator).__name__}.predict_proba gives {p.shape[1]} columns for "
                f"{classes!r} as classes_: expected one for each class."
            )
        full = np.zeros((len(p), len(self.target.classes)), dtype=p.dtype)
        full[:, np.searchsorted(self.target.classes, classes)] = p
        if self.kind == "binary":
            return full[:, [0 if self.flipped else 1]]
        return full

    def decide(self, p: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
        """Probabilities (n, n_columns) -> labels in the form of the user's y."""
        if self.kind == "onehot":
            return self.target.decode(winners(p, thresholds, n_groups=self.target.n_groups))
        on = is_on(p, thresholds)
        return self.target.decode(on[:, 0] ^ self.flipped if self.kind == "binary" else on)

    def margins(self, p: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
        """How far decisions are from others: (n,) for two labels, else (n, n_columns)."""
        if self.kind == "onehot":
            return log_ratio(p, thresholds)
        distance = margin(p, thresholds)
        if self.kind == "bits":
            return distance
        return -distance[:, 0] if self.flipped else distance[:, 0]


def learn_task(
    y: Any, *, kind: str = "auto", pos_label: Any = None, n_groups: int = 1, classes: Any = None
) -> Task:
    """What there is to decide, from the target.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, n_columns)
    kind : {"auto", "binary", "bits", "onehot"}
    pos_label : label or None
    n_groups : int
    classes : array-like or None
        All labels, where a fitted classifier knows them; y may hold fewer.

    Raises
    ------
    ValueError
        A target that is not of the kind.
    """
    if kind not in ("auto", *KINDS):
        raise ValueError(f"kind={kind!r}: expected 'auto' or one of {', '.join(KINDS)}.")
    if kind == "auto":
        kind = _kind_of(y, classes)
    if pos_label is not None and kind != "binary":
        raise ValueError(
            f"pos_label={pos_label!r} with a target of kind {kind!r}: expected None. Only two "
            "labels have a positive one."
        )
    if kind == "bits":
        return Task(BitVectorTarget.learn(y))
    if kind == "onehot":
        return Task(OneHotTarget.learn(y, classes, n_groups=n_groups))
    target = BinaryTarget.learn(y, classes)
    labels = target.classes.tolist()
    if pos_label is not None and pos_label not in labels:
        raise ValueError(f"pos_label={pos_label!r}: expected one of {labels}.")
    return Task(target, flipped=pos_label is not None and pos_label == labels[0])


def _kind_of(y: Any, classes: Any) -> str:
    if sparse.issparse(y) or is_matrix(y):
        return "bits"
    if classes is not None:
        return "onehot" if len(classes) > 2 else "binary"
    return "onehot" if type_of_target(y, input_name="y") == "multiclass" else "binary"


def predict_proba(estimator: Any, X: Any) -> Any:
    """What ``predict_proba`` gives.

    Raises
    ------
    ValueError
        Where there is none.
    """
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            f"estimator={type(estimator).__name__} has no predict_proba, which thresholds are "
            "for: expected a classifier that has. CalibratedClassifierCV gives one to any other."
        )
    return estimator.predict_proba(X)


def bit_columns(p: Any, classes: Any, n_bits: int) -> np.ndarray:
    """Probabilities of the bits being on, (n, n_bits), from an array or a list of arrays.

    Examples
    --------
    A bit that was never on has one column only, and one that always was:

    >>> p = [np.array([[0.8, 0.2]]), np.array([[1.0]]), np.array([[1.0]])]
    >>> bit_columns(p, [np.array([0, 1]), np.array([0]), np.array([1])], 3).tolist()
    [[0.2, 0.0, 1.0]]
    """
    if not isinstance(p, (list, tuple)):
        p = np.asarray(p)
        if n_bits == 1 and p.ndim == 2 and p.shape[1] == 2:
            return p[:, 1:]
        return _checked(p, n_bits)
    if len(p) != n_bits:
        raise ValueError(f"predict_proba gives {len(p)} arrays: expected one for each of {n_bits}.")
    columns = []
    for part, labels in zip(p, classes, strict=True):
        part = np.asarray(part)
        on = np.flatnonzero(np.asarray(labels) == 1)
        columns.append(part[:, on[0]] if len(on) else np.zeros(len(part), dtype=part.dtype))
    return np.stack(columns, axis=1)


def _checked(p: np.ndarray, n_columns: int) -> np.ndarray:
    if p.ndim != 2 or p.shape[1] != n_columns:
        raise ValueError(
            f"predict_proba gives an array of shape {p.shape}: expected (n, {n_columns})."
        )
    return p
