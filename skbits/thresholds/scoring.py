"""Scoring: what a user writes -> a metric, an average, a constraint.

Rules
-----
* A name of the table is a formula on the counts. Any other metric is :class:`Opaque`: it is called
  once a cut, on labels, which takes a thousand times as long.
* What is called tells by the number of its required arguments: four are counts (tp, fp, fn, tn),
  three make a scorer (estimator, X, y), two a metric (y_true, y_pred).
* Among classes accuracy is the share of right decisions and balanced accuracy the mean recall, as
  in scikit-learn; every other metric is that of each class against the rest.
* A scorer that reads probabilities is refused: no cutoff changes what it says.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer, get_scorer_names

from skbits.naming import counted, unknown_name_message
from skbits.thresholds.metrics import (
    CostPerBit,
    Counts,
    Metric,
    make_metric,
    metric_names,
)
from skbits.values import is_word

#: kind of target -> the averages there are; the first is the default
AVERAGES: dict[str, tuple[str, ...]] = {
    "binary": ("binary",),
    "bits": ("macro", "micro", "macro_micro", "joint", "shared", "samples", "exact_match"),
    "onehot": ("macro", "micro"),
}

#: one-hot: what names mean among classes -> the metric of each class, and the average
AMONG_CLASSES = {"accuracy": ("recall", "micro"), "balanced_accuracy": ("recall", "macro")}


class ReadsProbabilities(Exception):
    """A scorer asked for probabilities rather than for decisions."""


class Decided(ClassifierMixin, BaseEstimator):
    """A classifier whose predictions are known, for scorers; X is not read."""

    def __init__(self, y_pred: Any = None, labels: Any = None):
        self.y_pred = y_pred
        self.labels = labels

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> np.ndarray:
        """The labels, whether they were predicted or not."""
        return np.sort(self.labels)

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
        ``score(y_true, y_pred, **weights) -> float``, greater is better; of a scorer,
        ``score(estimator, X, y_true, **weights)``.
    is_scorer : bool
    takes_weights : bool
        Whether it can be given ``sample_weight``.
    """

    name: str
    score: Callable
    is_scorer: bool = False
    takes_weights: bool = True

    def __call__(
        self, y_true: Any, y_pred: Any, weights: np.ndarray | None = None, labels: Any = None
    ) -> float:
        """The metric of decisions, with weights of rows (n,) or without; labels are 0 and 1."""
        if weights is not None and not self.takes_weights:
            raise ValueError(
                f"sample_weight is given, and scoring={self.name!r} does not take it: expected a "
                "metric with an argument sample_weight. Add one, or leave the weights out."
            )
        given = {} if weights is None else {"sample_weight": weights}
        if not self.is_scorer:
            return float(self.score(y_true, y_pred, **given))
        decided = Decided(y_pred, (0, 1) if labels is None else labels)
        rows = np.zeros((len(y_true), 1))  # nobody reads them: the labels are decided
        try:
            return float(self.score(decided, rows, y_true, **given))
        except ReadsProbabilities:
            raise _reads_probabilities(self.name) from None


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
    average: str | None = None  # another one than that of the score

    def __str__(self) -> str:
        return f"{self.metric.name} {self.sign} {self.bound:g}"

    def value(self, counts: Counts) -> np.ndarray:
        """How well it is met, greater is better: the metric, or minus it for "at most"."""
        return self.metric(counts) if self.sign == ">=" else -self.metric(counts)

    @property
    def least(self) -> float:
        """What ``value`` must reach: the bound, less what sums are off by in their last digits."""
        bound = self.bound if self.sign == ">=" else -self.bound
        return bound - 1e-12 * max(1.0, abs(bound))

    def holds(self, counts: Counts) -> np.ndarray:
        """Whether counts meet it."""
        return self.is_met_by(self.value(counts))

    def is_met_by(self, value: Any) -> Any:
        """Whether what ``value`` says is enough."""
        return value >= self.least

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
    _check_average(average, kind)
    name, named_average = _split_average(scoring, kind)
    if average is not None and named_average not in (None, average):
        raise ValueError(
            f"average={average!r} contradicts scoring={scoring!r}: expected the same in both. "
            f"Write scoring={name!r}, average={average!r}."
        )
    chosen = average is not None or named_average is not None
    average = _check_average(average or named_average, kind)
    metric = make_metric(name)
    if metric is None:
        metric = _from_callable(name) if callable(name) else _from_scorer_name(name)
    if isinstance(metric, Opaque) and metric.is_scorer:
        _refuse_probabilities(metric)
    if average == "exact_match" and getattr(metric, "name", "") not in ("f1", "accuracy"):
        raise ValueError(
            f"scoring={scoring!r} contradicts average='exact_match', which counts the rows all of "
            "whose bits are right: expected scoring='accuracy', or another average."
        )
    average = _average_of_called(metric, kind, average, chosen=chosen)
    return _among_classes(metric, kind) or (metric, average)


def _average_of_called(metric: Metric | Opaque, kind: str, average: str, chosen: bool) -> str:
    """The average of a metric that is called on labels: of all bits, unless somebody chose."""
    if not isinstance(metric, Opaque):
        if average == "joint":
            raise ValueError(
                f"average='joint' is what a metric of labels says of all bits, and scoring="
                f"{metric.name!r} is a formula on the counts: expected another average."
            )
        return average
    if kind == "bits" and not chosen:
        return "joint"
    if average not in ("binary", "macro", "shared", "joint"):
        raise ValueError(
            f"average={average!r} needs a metric of counts, and scoring={metric.name!r} is called "
            f"on labels: expected one of {', '.join(metric_names())}, or average='joint' for the "
            "labels of all bits, 'macro' for each bit alone."
        )
    return average


def _refuse_probabilities(scorer: Opaque) -> None:
    """Raise for a scorer of probabilities before anything is fitted: it is tried on two rows."""
    y = np.array([0, 1])
    try:
        scorer.score(Decided(y, (0, 1)), np.zeros((2, 1)), y)
    except ReadsProbabilities:
        raise _reads_probabilities(scorer.name) from None
    except Exception:  # it may want other labels; what is wrong comes out where they are
        return


def _among_classes(metric: Metric | Opaque, kind: str) -> tuple[Metric, str] | None:
    """Metrics that count a decision among classes once, rather than each class against the rest."""
    if kind != "onehot" or isinstance(metric, Opaque) or metric.name not in AMONG_CLASSES:
        return None
    of_class, average = AMONG_CLASSES[metric.name]
    return replace(make_metric(of_class), name=metric.name), average


def read_constraint(constraint: Any, kind: str = "bits") -> Constraint | None:
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
    if not isinstance(parts, (tuple, list)) or len(parts) != 3:
        raise ValueError(f"constraint={constraint!r}: {form}.")
    if not is_word(parts[1], ">=", "<="):
        raise ValueError(f"constraint={constraint!r}: {form}.")
    name, sign, bound = parts
    try:
        bound = float(bound)
    except (TypeError, ValueError):
        bound = np.nan
    if not np.isfinite(bound):
        raise ValueError(f"constraint={constraint!r} has no number as its bound: {form}.")
    metric = make_metric(name, "constraint")
    if isinstance(metric, CostPerBit):
        raise ValueError(
            f"constraint={constraint!r} has a cost matrix a bit: expected one matrix of shape "
            "(2, 2). Give the costs of each bit as scoring."
        )
    if metric is None and callable(name) and len(_required(name)) == 4:
        metric = _from_callable(name)
    if metric is None:
        message = unknown_name_message(str(name), metric_names(), "a metric of counts")
        raise ValueError(f"constraint={constraint!r}: {message}")
    metric, average = _among_classes(metric, kind) or (metric, None)
    return Constraint(metric, sign, bound, average)


def names_average(scoring: Any, kind: str) -> bool:
    """Whether a scoring says how to average, as ``f1_macro`` does."""
    return _split_average(scoring, kind)[1] is not None


def _split_average(scoring: Any, kind: str) -> tuple[Any, str | None]:
    """scikit-learn's ``f1_macro`` is f1 and macro, where there is anything to average."""
    if isinstance(scoring, str) and kind != "binary":
        stem, _, ending = scoring.rpartition("_")
        known = (*AVERAGES[kind], "samples")  # of classes, to be refused
        if ending in known and stem in metric_names():
            return stem, ending
    return scoring, None


def _check_average(average: str | None, kind: str) -> str:
    known = AVERAGES[kind]
    if average is None:
        return known[0]
    if not is_word(average, *known):
        what = {"binary": "a binary target", "bits": "bits", "onehot": "a one-hot target"}[kind]
        raise ValueError(
            f"average={average!r}: expected None or one of {', '.join(known)} for {what}."
        )
    return average


def _parameters(function: Callable) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # no signature, as of some compiled functions
        return []


def _required(function: Callable) -> list[str]:
    """Names of the arguments that a function must be given."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in _parameters(function) if p.kind in kinds and p.default is p.empty]


def _takes_weights(function: Callable) -> bool:
    return any(p.name == "sample_weight" or p.kind == p.VAR_KEYWORD for p in _parameters(function))


def _from_callable(function: Callable) -> Metric | Opaque:
    name = getattr(function, "__name__", None) or repr(function)
    required = _required(function)
    if len(required) == 4:
        return Metric(name, _formula(function, name))
    if len(required) == 3:
        return Opaque(name, function, is_scorer=True, takes_weights=_takes_weights(function))
    if len(required) == 2:
        _check_metric_of_decisions(name, required[1])
        return Opaque(name, function, takes_weights=_takes_weights(function))
    raise ValueError(
        f"scoring={function!r} has {counted(len(required), 'required argument')}: expected a "
        "function of the counts (tp, fp, fn, tn), a metric (y_true, y_pred), or a scorer "
        "(estimator, X, y)."
    )


def _formula(function: Callable, name: str) -> Callable:
    """A user's function of the counts, as a formula that gives one value for each of them."""

    def formula(*counts: Any) -> np.ndarray:
        expected = "expected one value for each of the counts (tp, fp, fn, tn), arrays of one shape"
        try:
            values = np.asarray(function(*counts), dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"scoring={name!r} failed: {error} It was {expected}. Write np.where for if, and "
                "np.maximum for max."
            ) from error
        shape = np.broadcast_shapes(*(np.shape(count) for count in counts))
        if values.shape != shape:
            raise ValueError(
                f"scoring={name!r} gave shape {values.shape} for counts of shape {shape}: "
                f"{expected}."
            )
        return values

    return formula


def _check_metric_of_decisions(name: str, second: str) -> None:
    """Raise for functions whose names say that they read scores, or that less of them is better."""
    if second in ("y_score", "y_prob", "y_proba"):
        raise _reads_probabilities(name)
    if name.endswith(("_loss", "_error")):
        raise ValueError(
            f"scoring={name!r} is a loss, of which less is better, as its name says: expected a "
            f"metric of which more is better. Write make_scorer({name}, greater_is_better=False)."
        )


def _from_scorer_name(scoring: Any) -> Opaque:
    if not isinstance(scoring, str) or scoring not in get_scorer_names():
        known = [*metric_names(), "fbeta", "neg_cost", "smoothed_f1"]
        raise ValueError(
            f"scoring={scoring!r}: " + unknown_name_message(str(scoring), known, "scoring")
        )
    return Opaque(scoring, get_scorer(scoring), is_scorer=True)


def _reads_probabilities(name: str) -> ValueError:
    return ValueError(
        f"scoring={name!r} reads probabilities or scores, not decisions, so no cutoff changes it: "
        f"expected a metric of decisions, such as {', '.join(metric_names())}. Use it to compare "
        "models instead."
    )
