"""Cutoffs: a fitted classifier -> where it decides, and by which comparison.

Rules
-----
* A pipeline decides where its last step does, a search where its best estimator does, and a frozen
  classifier where it would do thawed. Any other classifier must be in the table of readers.
* Thresholds are read when they are asked for, so one that is set later counts.
* skbits rounds a threshold to the dtype of the probabilities and then compares. scikit-learn
  compares as numpy promotes the two, so that the float32 nearest to 0.7 may be below a 0.7 of
  float64. Each comparison is kept with its thresholds, and done by the same expression.
"""

import operator
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline

from skbits.thresholds.decisions import is_on
from skbits.thresholds.thresholded import ThresholdedClassifier


@dataclass(frozen=True)
class Cutoff:
    """Where a classifier decides.

    Parameters
    ----------
    kind : {"binary", "bits", "onehot"}
    thresholds : float or ndarray of shape (n_columns,)
        As the classifier compares with them.
    on : callable
        ``on(p, thresholds)``, its comparison: bool, of the shape of p. Not read of classes.
    positive : int
        Of two labels, the position in ``classes_`` of the one whose probability is compared.
    n_groups : int
        Number of one-hot blocks side by side.

    Examples
    --------
    What is on from 0.7 upwards, in float32 as skbits compares, and from infinity, never:

    >>> cutoff = Cutoff("bits", np.array([0.7, np.inf]))
    >>> cutoff.first_on(np.float32).tolist()
    [0.699999988079071, inf]
    """

    kind: str
    thresholds: Any
    on: Callable[[np.ndarray, Any], np.ndarray] = is_on
    positive: int = 1
    n_groups: int = 1

    def first_on(self, dtype: Any) -> np.ndarray:
        """The smallest probability of a dtype that is on, (n_columns,); infinity where none is."""
        t = np.atleast_1d(np.asarray(self.thresholds, dtype=np.float64))
        edge = np.clip(t, 0, 1).astype(dtype)  # it, or the next float, is the smallest
        edge = np.where(self.on(edge, self.thresholds), edge, np.nextafter(edge, edge + 1))
        return np.where(edge > 1, np.inf, edge).astype(np.float64)


def cutoff_of(classifier: Any) -> Cutoff:
    """Where a fitted classifier decides, now.

    Raises
    ------
    ValueError
        One without a threshold, or with one for scores that are no probabilities.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skbits.thresholds.thresholded import FixedThresholds
    >>> clf = FixedThresholds(LogisticRegression(), threshold=0.3).fit([[0.0], [1.0]], [0, 1])
    >>> cutoff_of(clf).thresholds.tolist()
    [0.3]
    """
    part = decider(classifier)
    return _reader(part)(part)


def check_decides(classifier: Any) -> None:
    """Raise what :func:`cutoff_of` would, as far as can be told before a fit."""
    part = decider(classifier)
    if not _is_search(part):  # its grid may replace its estimator
        _reader(part)


def decider(classifier: Any) -> Any:
    """The part whose thresholds decide, out of its containers; a search that is not fitted."""
    if _row_of(classifier) is not None:
        return classifier
    if isinstance(classifier, Pipeline):
        return decider(classifier.steps[-1][1])
    if isinstance(classifier, FrozenEstimator):
        return decider(classifier.estimator)
    if hasattr(classifier, "best_estimator_"):
        return decider(classifier.best_estimator_)
    return classifier


def _is_search(classifier: Any) -> bool:
    """Whether it is a search like scikit-learn's, whose base class is not public."""
    return hasattr(classifier, "estimator") and hasattr(classifier, "refit")


def _reader(part: Any) -> Callable[[Any], Cutoff]:
    """How to read the cutoff of a part that decides."""
    row = _row_of(part)
    name = type(part).__name__
    if row is not None:
        _, check, read = row
        check(part)
        return read
    if _is_search(part):
        raise NotFittedError(
            f"estimator={name}(refit={part.refit!r}) keeps no fitted classifier: expected "
            "refit=True, or the name of a metric."
        )
    raise ValueError(
        f"estimator={name} has no decision threshold: expected scikit-learn's "
        "TunedThresholdClassifierCV or FixedThresholdClassifier, skbits' TunedThresholdsCV, "
        "ThresholdGridSearchCV or one of its Keras estimators, or a pipeline or search that ends "
        "in one of them. To choose the cutoff, wrap the classifier in TunedThresholdsCV; to set "
        "it, in FixedThresholdClassifier(..., threshold=..., response_method='predict_proba')."
    )


def _row_of(part: Any) -> Any:
    """The row of the table of readers, or None."""
    return next((row for row in READERS if row[0](part)), None)


def _of_skbits_meta_estimator(classifier: ThresholdedClassifier) -> Cutoff:
    task = classifier._task_of_fitted()
    return Cutoff(
        task.kind,
        classifier._decide_at(),
        positive=0 if task.flipped else 1,
        n_groups=task.target.n_groups,
    )


def _of_keras_estimator(classifier: Any) -> Cutoff:
    target = classifier._target_
    return Cutoff(target.kind, classifier._thresholds(), n_groups=target.n_groups)


def _of_tuned(classifier: TunedThresholdClassifierCV) -> Cutoff:
    return _compared_by_scikit_learn(classifier, classifier.best_threshold_)


def _of_fixed(classifier: FixedThresholdClassifier) -> Cutoff:
    auto = isinstance(classifier.threshold, str)
    return _compared_by_scikit_learn(classifier, 0.5 if auto else classifier.threshold)


def _compared_by_scikit_learn(classifier: Any, threshold: Any) -> Cutoff:
    positive = int(np.flatnonzero(classifier.classes_ == _positive_label(classifier))[0])
    return Cutoff("binary", threshold, on=operator.ge, positive=positive)


class _BeyondAnyCutoff(ClassifierMixin, BaseEstimator):
    """A fitted classifier of two labels, both of which reach every cutoff."""

    def __init__(self, classes_: Any):
        self.classes_ = classes_

    def fit(self, X: Any, y: Any) -> "_BeyondAnyCutoff":
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        return np.full((len(X), 2), np.inf)


def _positive_label(classifier: Any) -> Any:
    """The label whose probability one of scikit-learn's threshold classifiers compares.

    It depends on the scorer, and no public attribute has it. So a copy is asked, around a
    classifier both of whose labels reach the cutoff: it predicts the one that it looks at.
    """
    probe = copy(classifier)
    probe.estimator_ = _BeyondAnyCutoff(classifier.classes_)
    return probe.predict(np.zeros((1, 1)))[0]


def _check_compares_probabilities(classifier: Any) -> None:
    """Raise where one of scikit-learn's threshold classifiers compares other scores."""
    name, response = type(classifier).__name__, classifier.response_method
    if response == "decision_function":
        raise ValueError(
            f"estimator={name}(response_method={response!r}) has its cutoff among the scores of "
            "decision_function, which are no probabilities to recenter: expected "
            "response_method='predict_proba'. CalibratedClassifierCV gives predict_proba to any "
            "classifier."
        )
    if not hasattr(classifier, "predict_proba"):
        raise ValueError(
            f"estimator={name}(response_method={response!r}) has its cutoff among the scores of "
            f"decision_function, since {type(classifier.estimator).__name__} has no predict_proba: "
            "expected a classifier that has. CalibratedClassifierCV gives one to any other."
        )


def _is_a(kind: type) -> Callable[[Any], bool]:
    return lambda part: isinstance(part, kind)


def _is_keras_estimator(part: Any) -> bool:
    return hasattr(type(part), "_target_class")  # their module, and so Keras, is not imported


def _nothing(part: Any) -> None:
    """No check, where probabilities are compared in any case."""


#: who decides; what can be said against it before a fit; how its cutoff is read after
READERS: tuple[tuple[Callable[[Any], bool], Callable, Callable[[Any], Cutoff]], ...] = (
    (_is_a(ThresholdedClassifier), _nothing, _of_skbits_meta_estimator),
    (_is_keras_estimator, _nothing, _of_keras_estimator),
    (_is_a(TunedThresholdClassifierCV), _check_compares_probabilities, _of_tuned),
    (_is_a(FixedThresholdClassifier), _check_compares_probabilities, _of_fixed),
)
