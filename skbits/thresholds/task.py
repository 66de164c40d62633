"""Task: what a meta-estimator decides on, from the target to the labels.

Rules
-----
* 1-D targets are binary with two labels and one-hot with more; 2-D targets are bits, or one-hot
  rows where ``kind="onehot"`` or an ``OneHotClassifier`` in the estimator says so.
* The positive label of a binary target is the later one in sorting order, or ``pos_label``.
* Probabilities of any classifier become (n, n_columns): lists of (n, 2) arrays are understood, and
  a class that a fold's classifier has not seen has probability 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import type_of_target

from skbits.cells import check_form
from skbits.naming import about, counted
from skbits.targets import BinaryTarget, BitVectorTarget, OneHotTarget, Target, is_matrix
from skbits.thresholds.decisions import (
    check_probabilities,
    is_on,
    log_ratio,
    margin,
    winners,
)
from skbits.thresholds.reading import check_kind, check_n_groups, check_pos_label
from skbits.thresholds.rows import Rows
from skbits.values import is_word


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
        with about("y"):
            Y = self.target.encode(y)
        return 1 - Y if self.flipped else Y

    @property
    def form(self) -> Rows:
        """One row of the target: its kind, labels and number of columns."""
        one = np.zeros((1, self.n_columns))
        return self.rows(one, one, None)

    def rows(
        self,
        Y: np.ndarray,
        p: np.ndarray,
        weights: np.ndarray | None,
        at: np.ndarray | None = None,
    ) -> Rows:
        """Encoded targets beside probabilities, rows of weight 0 left out; ``at`` is of X."""
        target = self.target
        labels = None
        if self.kind == "binary":
            labels = target.classes[::-1] if self.flipped else target.classes
        elif self.kind == "onehot" and target.from_labels:
            labels = target.classes
        rows = Rows(self.kind, Y, p, None, labels, target.names, target.n_groups, at)
        return rows.weighed(weights)

    def probabilities(self, estimator: Any, X: Any) -> np.ndarray:
        """Probabilities of a fitted classifier, (n, n_columns): the positive label's, for two."""
        p = self.all_probabilities(estimator, X)
        return p[:, [0 if self.flipped else 1]] if self.kind == "binary" else p

    def all_probabilities(self, estimator: Any, X: Any) -> np.ndarray:
        """Probabilities of a fitted classifier, a column for each bit, class or label."""
        p = predict_proba(estimator, X)
        classes = getattr(estimator, "classes_", None)
        if self.kind == "bits" or not getattr(self.target, "from_labels", True):
            return as_probabilities(bit_columns(p, classes, self.n_columns), estimator)
        return as_probabilities(_class_columns(p, classes, self.target.classes), estimator)

    def decide(self, p: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
        """Probabilities (n, n_columns) -> labels in the form of the user's y."""
        if self.kind == "onehot":
            return self.target.decode(winners(p, thresholds, n_groups=self.target.n_groups))
        on = is_on(p, thresholds)
        return self.target.decode(on[:, 0] ^ self.flipped if self.kind == "binary" else on)

    def margins(self, p: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
        """How far decisions are from others: (n,) for two labels, else (n, n_columns)."""
        if self.kind == "onehot":
            ratios = log_ratio(p, thresholds)
            two_labels = self.target.from_labels and self.n_columns == 2
            return ratios[:, 1] - ratios[:, 0] if two_labels else ratios
        distance = margin(p, thresholds)
        if self.kind == "bits":
            return distance
        if not self.flipped:
            return distance[:, 0]
        # a tie is for the positive label: 0 would be for the other one, now that the sign turns
        return -np.where(distance[:, 0] == 0, np.finfo(float).tiny, distance[:, 0])


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
    check_kind(kind)
    check_n_groups(n_groups)
    check_pos_label(pos_label)
    if kind == "auto":
        with about("y"):
            kind = _kind_of(y, classes)
    if n_groups != 1 and kind != "onehot":
        raise ValueError(
            f"n_groups={n_groups!r} with a target of kind {kind!r}: expected 1. Only one-hot rows "
            "have groups; say kind='onehot' where y is such."
        )
    if pos_label is not None and kind != "binary":
        raise ValueError(
            f"pos_label={pos_label!r} with a target of kind {kind!r}: expected None. Only two "
            "labels have a positive one."
        )
    with about("y"):
        if kind == "bits":
            return Task(BitVectorTarget.learn(y))
        if kind == "onehot":
            return Task(OneHotTarget.learn(y, classes, n_groups=n_groups))
        target = BinaryTarget.learn(y, classes)
    labels = target.classes.tolist()
    if pos_label is not None and pos_label not in labels:
        raise ValueError(f"pos_label={pos_label!r}: expected one of {labels}.")
    return Task(target, flipped=pos_label is not None and pos_label == labels[0])


def told_kind(estimator: Any) -> tuple[str, int] | None:
    """The kind of target and the groups that an estimator of skbits within another one is for.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skbits import OneHotClassifier
    >>> told_kind(make_pipeline(OneHotClassifier(n_groups=2)))
    ('onehot', 2)
    """
    if isinstance(estimator, Pipeline):
        return told_kind(estimator.steps[-1][1])
    if hasattr(type(estimator), "_target_class"):  # their module, and so Keras, is not imported
        return estimator._target_class.kind, getattr(estimator, "n_groups", 1)
    # a search, a frozen classifier or one around another, which all decide as what they hold
    is_ours = hasattr(type(estimator), "_decide_at")
    if is_ours and not is_word(estimator.kind, "auto"):
        return estimator.kind, estimator.n_groups
    is_search = hasattr(estimator, "refit") and hasattr(estimator, "estimator")
    is_recentered = hasattr(type(estimator), "_predictor")
    if is_ours or is_search or is_recentered or isinstance(estimator, FrozenEstimator):
        return told_kind(estimator.estimator)
    return None


def told_kind_of_all(estimators: Iterable[Any]) -> tuple[str, int] | None:
    """What candidates are for, of which all that say so must say the same.

    Raises
    ------
    ValueError
        They are for different targets.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skbits import OneHotClassifier
    >>> told_kind_of_all([LogisticRegression(), OneHotClassifier(n_groups=2)])
    ('onehot', 2)
    """
    told = sorted({told_kind(one) for one in estimators} - {None})
    if len(told) > 1:
        shown = " and ".join(f"kind={kind!r}, n_groups={n_groups}" for kind, n_groups in told[:2])
        raise ValueError(
            f"param_grid has candidates for {shown}: expected one kind of target. Search them one "
            "after the other, or say which is meant, with kind= and n_groups= of the search."
        )
    return told[0] if told else None


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
        raise _no_probabilities(estimator)
    check_form("X", X)
    return estimator.predict_proba(X)


def check_has_probabilities(estimator: Any) -> None:
    """Raise before any fit where there will be no ``predict_proba``."""
    if not may_have_probabilities(estimator):
        raise _no_probabilities(estimator)


def may_have_probabilities(estimator: Any) -> bool:
    """Whether there is a ``predict_proba``, or may be one after ``fit``.

    Of some it depends on what they hold, which a search may yet change; of an ``SVC`` or a
    ``SGDClassifier`` on their own parameters alone.

    Examples
    --------
    >>> from sklearn.linear_model import SGDClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.svm import LinearSVC
    >>> may_have_probabilities(make_pipeline(LinearSVC()))
    False
    >>> [may_have_probabilities(SGDClassifier(loss=loss)) for loss in ("hinge", "log_loss")]
    [False, True]
    """
    if hasattr(estimator, "predict_proba"):
        return True
    if not hasattr(type(estimator), "predict_proba"):
        return False
    if isinstance(estimator, Pipeline):
        return may_have_probabilities(estimator.steps[-1][1])
    within = getattr(estimator, "estimator", None)
    if hasattr(estimator, "refit") and within is not None:  # a search may set probability=True
        return hasattr(type(within), "predict_proba")
    if hasattr(within, "fit"):
        return may_have_probabilities(within)
    # what stacks classifiers has it by a last one, which may be made in fit
    return getattr(estimator, "final_estimator", estimator) is None


def _no_probabilities(estimator: Any) -> ValueError:
    return ValueError(
        f"estimator={type(estimator).__name__} has no predict_proba, which thresholds are for: "
        "expected a classifier that has. CalibratedClassifierCV gives one to any other."
    )


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
        if n_bits == 1 and p.ndim == 2 and (p.shape[1] == 2 or _is_of_label(p, classes)):
            return _on_column(p, classes).reshape(-1, 1)
        return _checked(p, n_bits)
    if len(p) != n_bits:
        raise ValueError(
            f"predict_proba gives {counted(len(p), 'array')}: expected one for each of {n_bits}."
        )
    if classes is None:
        classes = [None] * n_bits
    columns = [_on_column(np.asarray(part), c) for part, c in zip(p, classes, strict=True)]
    return np.stack(columns, axis=1)


def _on_column(p: np.ndarray, labels: Any) -> np.ndarray:
    """The probability of 1, (n,), among those of the labels 0 and 1, or of the only one."""
    labels = np.array([0, 1] if labels is None else labels)
    if p.ndim != 2 or p.shape[1] != len(labels):
        raise ValueError(
            f"predict_proba gives an array of shape {p.shape} for a bit with the labels "
            f"{labels.tolist()}: expected a column for each label."
        )
    on = np.flatnonzero(labels == 1)
    return p[:, on[0]] if len(on) else np.zeros(len(p), dtype=p.dtype)


def _is_of_label(p: np.ndarray, classes: Any) -> bool:
    """Whether one column is that of the only label seen, rather than that of the only bit.

    The positions of columns, which skbits has as ``classes_``, are objects.
    """
    return classes is not None and len(classes) == 1 and np.asarray(classes).dtype != object


def _class_columns(p: Any, classes: Any, known: np.ndarray) -> np.ndarray:
    """Probabilities of all classes (n, len(known)): 0 for one that the classifier has not seen."""
    p = np.asarray(p)
    if classes is None or p.ndim != 2 or len(classes) != p.shape[1]:
        raise ValueError(
            f"predict_proba gives an array of shape {p.shape} for {classes!r} as classes_: "
            "expected a column for each class."
        )
    if not np.isin(classes, known).all():
        raise ValueError(
            f"the classifier was fitted on the classes {np.asarray(classes).tolist()}, and y has "
            f"{known.tolist()} only: expected all of them in y. Pass rows of every class, or "
            "cv='prefit'."
        )
    full = np.zeros((len(p), len(known)), dtype=p.dtype)
    full[:, np.searchsorted(known, classes)] = p
    return full


def as_probabilities(p: np.ndarray, estimator: Any) -> np.ndarray:
    """Probabilities in [0, 1], in floats; raises for what is none."""
    name = type(estimator).__name__
    if p.dtype.kind == "c":
        raise ValueError(f"{name}.predict_proba gives {p.dtype}: expected real numbers in [0, 1].")
    return check_probabilities(
        p if p.dtype.kind == "f" else p.astype(np.float64),
        lambda value, row: f"{name}.predict_proba gives {value}: expected probabilities in [0, 1].",
    )


def _checked(p: np.ndarray, n_columns: int) -> np.ndarray:
    if p.ndim != 2 or p.shape[1] != n_columns:
        raise ValueError(
            f"predict_proba gives an array of shape {p.shape}: expected (n, {n_columns}), a column "
            "for each of y."
        )
    return p
