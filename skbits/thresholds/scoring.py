"""Scoring: what a user writes -> a metric, an average, a constraint.

Rules
-----
* A name of the table is a formula on the counts. Any other metric is :class:`Opaque`: it is called
  once a cut, on labels, which takes a thousand times as long.
* What is called tells by the number of its required arguments: four are counts (tp, fp, fn, tn),
  three make a scorer (estimator, X, y), two a metric (y_true, y_pred).
* A scorer that reads probabilities is refused: no cutoff changes what it says.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer, get_scorer_names

from skbits.naming import unknown_name_message
from skbits.thresholds.metrics import Counts, Metric, make_metric, metric_names

#: kind of target -> the averages there are; the first is the default
AVERAGES: dict[str, tuple[str, ...]] = {
    "binary": ("binary",),
    "bits": ("macro", "micro", "shared", "samples", "exact_match"),
    "onehot": ("macro", "micro"),
}


class ReadsProbabilities(Exception):
    """A scorer asked for probabilities rather than for decisions."""


class Decided(ClassifierMixin, BaseEstimator):
    """A classifier whose predictions are known, for scorers; X is not read."""

    def __init__(self, y_pred: Any = None):
        self.y_pred = y_pred

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> np.ndarray:
        """The labels, as far as they were predicted."""
        return np.unique(self.y_pred)

    def predict(self, X: Any) -> np.ndarray:
        """The labels decided on."""
        return self.y_pred

    def predict_proba(self, X: Any) -> np.ndarray:
        """Refuse: there are decisions only."""
        raise ReadsProbabilities

    decision_function = predict_proba


@dataclass(frozen=True)
class Opaque:
    """A metric of labels, evaluated anew for each cut.

    Parameters
    ----------
    name : str
    score : callable
        ``score(y_true, y_pred, **weights) -> float``, greater is better.
    """

    name: str
    score: Callable

    def __call__(self, y_true: Any, y_pred: Any, weights: np.ndarray | None = None) -> float:
        given = {} if weights is None else {"sample_weight": weights}
        return float(self.score(y_true, y_pred, **given))


@dataclass(frozen=True)
class Constraint:
    """A metric that must be at least, or at most, a bound.

    Examples
    --------
    >>> recall = read_constraint("recall >= 0.9")
    >>> recall.holds(Counts(np.array([9.0, 8.0]), 0, np.array([1.0, 2.0]), 5)).tolist()
    [True, False]
    """

    metric: Metric
    sign: str
    bound: float

    def __str__(self) -> str:
        return f"{self.metric.name} {self.sign} {self.bound:g}"

    def value(self, counts: Counts) -> np.ndarray:
        """How well it is met, greater is better: the metric, or minus it for "at most"."""
        return self.metric(counts) if self.sign == ">=" else -self.metric(counts)

    @property
    def least(self) -> float:
        """What ``value`` must reach."""
        return self.bound if self.sign == ">=" else -self.bound

    def holds(self, counts: Counts) -> np.ndarray:
        """Whether counts meet it."""
        return self.value(counts) >= self.least

    def attained(self, value: float) -> float:
        """What ``value`` says, as the metric itself."""
        return value if self.sign == ">=" else -value


def read_scoring(scoring: Any, kind: str, average: str | None) -> tuple[Metric | Opaque, str]:
    """The metric and the average, from what a user wrote.

    Parameters
    ----------
    scoring : str, tuple or callable
    kind : {"binary", "bits", "onehot"}
    average : str or None

    Returns
    -------
    metric : Metric or Opaque
    average : str
        One of ``AVERAGES[kind]``.

    Raises
    ------
    ValueError
        Unknown names, contradictions, scorers of probabilities.

    Examples
    --------
    >>> metric, average = read_scoring("f1_micro", "bits", None)
    >>> metric.name, average
    ('f1', 'micro')
    """
    name, named_average = _split_average(scoring, kind)
    if average is not None and named_average not in (None, average):
        raise ValueError(
            f"average={average!r} contradicts scoring={scoring!r}: expected the same in both. "
            f"Write scoring={name!r}, average={average!r}."
        )
    average = _check_average(average or named_average, kind)
    metric = make_metric(name)
    if metric is None:
        metric = _from_callable(name) if callable(name) else _from_scorer_name(name)
    if average == "exact_match" and getattr(metric, "name", "") not in ("f1", "accuracy"):
        raise ValueError(
            f"scoring={scoring!r} contradicts average='exact_match', which counts the rows all of "
            "whose bits are right: expected scoring='accuracy', or another average."
        )
    if isinstance(metric, Opaque) and average not in ("binary", "macro", "shared"):
        raise ValueError(
            f"average={average!r} needs a metric of counts, and scoring={metric.name!r} is called "
            f"on labels: expected one of {', '.join(metric_names())}, or average='macro'."
        )
    return metric, average


def read_constraint(constraint: Any) -> Constraint | None:
    """A constraint from ``"recall >= 0.9"``, or ``("recall", ">=", 0.9)``, or None.

    Raises
    ------
    ValueError
        Anything else.

    Examples
    --------
    >>> print(read_constraint((("fbeta", 2.0), "<=", 0.5)))
    ('fbeta', 2.0) <= 0.5
    """
    if constraint is None or isinstance(constraint, Constraint):
        return constraint
    parts = constraint
    if isinstance(constraint, str):
        found = re.fullmatch(r"\s*(\w+)\s*(>=|<=)\s*(\S+)\s*", constraint)
        parts = found.groups() if found else ()
    form = "expected 'recall >= 0.9', or ('recall', '>=', 0.9), with >= or <="
    if not isinstance(parts, (tuple, list)) or len(parts) != 3 or parts[1] not in (">=", "<="):
        raise ValueError(f"constraint={constraint!r}: {form}.")
    name, sign, bound = parts
    try:
        bound = float(bound)
    except (TypeError, ValueError):
        bound = np.nan
    if not np.isfinite(bound):
        raise ValueError(f"constraint={constraint!r} has no number as its bound: {form}.")
    metric = make_metric(name, "constraint")
    if metric is None and callable(name) and _n_required(name) == 4:
        metric = _from_callable(name)
    if metric is None:
        message = unknown_name_message(str(name), metric_names(), "a metric of counts")
        raise ValueError(f"constraint={constraint!r}: {message}")
    return Constraint(metric, sign, bound)


def _split_average(scoring: Any, kind: str) -> tuple[Any, str | None]:
    """scikit-learn's ``f1_macro`` is f1 and macro, where there is anything to average."""
    if isinstance(scoring, str) and kind != "binary":
        stem, _, ending = scoring.rpartition("_")
        if ending in AVERAGES[kind] and stem in metric_names():
            return stem, ending
    return scoring, None


def _check_average(average: str | None, kind: str) -> str:
    known = AVERAGES[kind]
    if average is None:
        return known[0]
    if average not in known:
        what = {"binary": "a binary target", "bits": "bits", "onehot": "a one-hot target"}[kind]
        raise ValueError(
            f"average={average!r}: expected None or one of {', '.join(known)} for {what}."
        )
    return average


def _n_required(function: Callable) -> int:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return sum(p.kind in kinds and p.default is p.empty for p in parameters)


def _from_callable(function: Callable) -> Metric | Opaque:
    name = getattr(function, "__name__", None) or repr(function)
    try:
        n_required = _n_required(function)
    except (TypeError, ValueError):  # no signature, as of some compiled functions
        n_required = 0
    if n_required == 4:
        return Metric(name, function)
    if n_required == 3:
        return Opaque(name, _score_of(function, name))
    if n_required == 2:
        return Opaque(name, function)
    raise ValueError(
        f"scoring={function!r} has {n_required} required arguments: expected a function of the "
        "counts (tp, fp, fn, tn), a metric (y_true, y_pred), or a scorer (estimator, X, y)."
    )


def _from_scorer_name(scoring: Any) -> Opaque:
    if not isinstance(scoring, str) or scoring not in get_scorer_names():
        known = [*metric_names(), "fbeta", "neg_cost", "smoothed_f1"]
        raise ValueError(
            f"scoring={scoring!r}: " + unknown_name_message(str(scoring), known, "scoring")
        )
    return Opaque(scoring, _score_of(get_scorer(scoring), scoring))


def _score_of(scorer: Callable, name: str) -> Callable:
    """A scorer (estimator, X, y) as a metric (y_true, y_pred)."""

    def score(y_true: Any, y_pred: Any, **weights: Any) -> float:
        rows = np.zeros((len(y_true), 1))  # nobody reads them: the labels are decided
        try:
            return scorer(Decided(y_pred), rows, y_true, **weights)
        except ReadsProbabilities:
            raise ValueError(
                f"scoring={name!r} reads probabilities or scores, not decisions, so no cutoff "
                f"changes it: expected a metric of decisions, such as "
                f"{', '.join(metric_names())}. Use it to compare models instead."
            ) from None

    return score
