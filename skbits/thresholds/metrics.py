"""Metrics: formulas on the counts (tp, fp, fn, tn), by scikit-learn's names.

Rules
-----
* A metric is a function of four arrays of counts, one value a cut. Greater is better, always: a
  cost is a negative number, as ``neg_log_loss`` is.
* A ratio with nothing below the line is 0, as scikit-learn's metrics have it.
* Metrics that are one linear function of the counts over another say so: of those alone the best
  cutoffs of all bits together can be found exactly (see ``averages``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skbits.naming import unknown_name_message
from skbits.thresholds.decisions import as_floats


class Counts(NamedTuple):
    """True and false positives, false and true negatives: numbers, or arrays of one shape.

    Examples
    --------
    >>> Counts(tp=8, fp=2, fn=0, tn=6).tp
    8
    """

    tp: Any
    fp: Any
    fn: Any
    tn: Any

    def total(self) -> "Counts":
        """The counts of all columns together."""
        return Counts(*(np.sum(part) for part in self))


#: coefficients of (tp, fp, fn, tn)
Linear = tuple[float, float, float, float]
_ALL: Linear = (1, 1, 1, 1)


@dataclass(frozen=True)
class Metric:
    """A metric with its name, and its form where it is a ratio of linear functions.

    Parameters
    ----------
    name : str
        As a user would write it.
    formula : callable
        ``formula(tp, fp, fn, tn)``, arrays of one shape -> array of that shape.
    ratio : callable or None
        ``ratio(positives, negatives)`` -> coefficients of (tp, fp, fn, tn) above and below the
        line, for rows of which so many are positive and negative.
    parts : tuple of Metric
        The metrics whose mean it is, where each is defined on other rows; see ``counting``.

    Examples
    --------
    >>> make_metric("f1")(Counts(8, 2, 0, 6)).round(3).item()
    0.889
    """

    name: str
    formula: Callable
    ratio: Callable[[float, float], tuple[Linear, Linear]] | None = None
    parts: tuple["Metric", ...] = ()

    def __call__(self, counts: Counts) -> np.ndarray:
        """The metric of counts, of their shape."""
        with np.errstate(divide="ignore", invalid="ignore"):  # of functions that divide by 0
            return np.asarray(self.formula(*counts), dtype=np.float64)


def divide(above: Any, below: Any) -> np.ndarray:
    """``above / below``, 0 where there is nothing below the line.

    Examples
    --------
    >>> divide(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [0.5, 0.0]
    """
    below = np.asarray(below, dtype=np.float64)
    if below.all():
        return np.asarray(above / below)
    return np.where(below == 0, 0.0, above / np.where(below == 0, 1.0, below))


def linear(coefficients: Linear, counts: Any) -> Any:
    """The sum of coefficient times count; those of 0 cost nothing.

    Examples
    --------
    >>> linear((1, 0, 0, 2), (8, 2, 0, 6))
    20
    """
    terms = [
        count if c == 1 else c * count
        for c, count in zip(coefficients, counts, strict=True)
        if c != 0
    ]
    return sum(terms[1:], start=terms[0]) if terms else 0.0 * counts[0]


def ratio_metric(name: str, above: Linear, below: Linear) -> Metric:
    """A metric that is a ratio of linear functions of the counts.

    Examples
    --------
    >>> precision = ratio_metric("precision", (1, 0, 0, 0), (1, 1, 0, 0))
    >>> precision(Counts(8, 2, 0, 6)).item()
    0.8
    """

    def formula(*counts: Any) -> np.ndarray:
        return divide(linear(above, counts), linear(below, counts))

    return Metric(name, formula, lambda positives, negatives: (above, below))


# --- those that take no parameter


def _rates(tp: Any, fp: Any, fn: Any, tn: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Recall, specificity, and how many of the two classes there are."""
    positives, negatives = np.asarray(tp + fn), np.asarray(fp + tn)
    present = (positives > 0).astype(float) + (negatives > 0)
    return divide(tp, positives), divide(tn, negatives), present


def _balanced_accuracy(tp: Any, fp: Any, fn: Any, tn: Any) -> np.ndarray:
    # scikit-learn averages over the classes that are there
    recall, specificity, present = _rates(tp, fp, fn, tn)
    return divide(recall + specificity, present)


def _balanced_ratio(positives: float, negatives: float) -> tuple[Linear, Linear]:
    n_present = (positives > 0) + (negatives > 0)
    total = positives + negatives
    per_tp = total / positives if positives else 0.0
    per_tn = total / negatives if negatives else 0.0
    return (per_tp, 0, 0, per_tn), (n_present,) * 4


def _youden(tp: Any, fp: Any, fn: Any, tn: Any) -> np.ndarray:
    recall, specificity, present = _rates(tp, fp, fn, tn)
    return recall + specificity - (present > 1)


def _matthews_corrcoef(tp: Any, fp: Any, fn: Any, tn: Any) -> np.ndarray:
    # two square roots: the product of four counts of a million rows would lose digits
    scale = np.sqrt((tp + fp) * np.asarray(tp + fn, dtype=float))
    scale = scale * np.sqrt((tn + fp) * np.asarray(tn + fn, dtype=float))
    return divide(tp * np.asarray(tn, dtype=float) - fp * np.asarray(fn, dtype=float), scale)


_RECALL = ratio_metric("recall", (1, 0, 0, 0), (1, 0, 1, 0))
_SPECIFICITY = ratio_metric("specificity", (0, 0, 0, 1), (0, 1, 0, 1))


def _doubled(rate: Metric) -> Metric:
    """Twice a rate, less one: the mean of two such is Youden's index."""
    return Metric(rate.name, lambda *counts: 2 * rate(Counts(*counts)) - 1)


_PLAIN: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        ratio_metric("accuracy", (1, 0, 0, 1), _ALL),
        Metric("balanced_accuracy", _balanced_accuracy, _balanced_ratio, (_RECALL, _SPECIFICITY)),
        ratio_metric("coverage", (1, 1, 0, 0), _ALL),  # the share that is on
        ratio_metric("f1", (2, 0, 0, 0), (2, 1, 1, 0)),
        ratio_metric("jaccard", (1, 0, 0, 0), (1, 1, 1, 0)),
        Metric("matthews_corrcoef", _matthews_corrcoef),
        ratio_metric("precision", (1, 0, 0, 0), (1, 1, 0, 0)),
        _RECALL,
        _SPECIFICITY,
        Metric(
            "youden",
            _youden,
            lambda p, n: (_balanced_ratio(p, n)[0], _ALL),
            (_doubled(_RECALL), _doubled(_SPECIFICITY)),
        ),
    )
}

#: other names by which people know them
_ALIASES = {"mcc": "matthews_corrcoef"}


# --- those that take one


def _fbeta(beta: Any) -> Metric:
    if not _is_number(beta) or beta <= 0:
        raise ValueError(
            f"scoring=('fbeta', {beta!r}): expected a number above 0. 2 counts recall for more, "
            "0.5 precision; 'precision' and 'recall' are the limits."
        )
    squared = float(beta) ** 2
    above, below = (1 + squared, 0, 0, 0), (1 + squared, 1, squared, 0)
    return ratio_metric(f"('fbeta', {beta})", above, below)


def _smoothed_f1(strength: Any) -> Metric:
    if not _is_number(strength) or strength < 0:
        raise ValueError(
            f"scoring=('smoothed_f1', {strength!r}): expected a number of at least 0, such as 1.0."
        )
    s = float(strength)

    def formula(tp: Any, fp: Any, fn: Any, tn: Any) -> np.ndarray:
        return divide(2.0 * tp + s, 2.0 * tp + fp + fn + s)

    return Metric(f"('smoothed_f1', {strength})", formula)


def _neg_cost(matrix: Any) -> Metric:
    try:
        cost = as_floats(matrix)
    except (TypeError, ValueError):  # words, or rows of different lengths
        cost = np.array(np.nan)
    if cost.shape[-2:] != (2, 2) or cost.ndim not in (2, 3) or not np.isfinite(cost).all():
        shown = repr(matrix) if cost.size <= 8 else f"costs of shape {cost.shape}"
        raise ValueError(
            f"scoring=('neg_cost', {shown}): expected finite costs [[tn, fp], [fn, tp]], of "
            "shape (2, 2) as in sklearn.metrics.confusion_matrix, or (n_bits, 2, 2), one for each "
            "bit. Of classes, (2, 2) is of each against the rest; where each pair has a cost of "
            "its own, decide by the smallest of predict_proba(X) @ costs instead."
        )
    tn, fp, fn, tp = (-cost[..., row, column] for row in (0, 1) for column in (0, 1))
    if cost.ndim == 2:
        coefficients = (float(tp), float(fp), float(fn), float(tn))
        return ratio_metric("neg_cost", coefficients, _ALL)

    def formula(*counts: Any) -> np.ndarray:  # of one count a bit
        return divide(linear_each((tp, fp, fn, tn), counts), linear(_ALL, counts))

    return CostPerBit("neg_cost", formula, costs=cost)


def linear_each(coefficients: Any, counts: Any) -> Any:
    """The sum of coefficient times count, each an array of one entry a bit."""
    return sum(c * count for c, count in zip(coefficients, counts, strict=True))


@dataclass(frozen=True)
class CostPerBit(Metric):
    """Minus the mean cost, where each bit has costs of its own: ``costs`` (n_bits, 2, 2)."""

    costs: np.ndarray | None = None

    def of_bit(self, bit: int) -> Metric:
        """The metric of one bit."""
        return _neg_cost(self.costs[bit])


_PARAMETRIZED: dict[str, Callable[[Any], Metric]] = {
    "fbeta": _fbeta,
    "neg_cost": _neg_cost,
    "smoothed_f1": _smoothed_f1,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and bool(np.isfinite(value))


def metric_names() -> list[str]:
    """Names of the metrics that take no parameter."""
    return list(_PLAIN)


def is_plain(name: Any) -> bool:
    """Whether it is the name of a metric that takes no parameter.

    Examples
    --------
    >>> is_plain("mcc"), is_plain("fbeta"), is_plain(len)
    (True, False, False)
    """
    return isinstance(name, str) and _ALIASES.get(name, name) in _PLAIN


def make_metric(scoring: Any, parameter: str = "scoring") -> Metric | None:
    """The metric of a name or a ``(name, parameter)``; None for a name that is not in the table.

    Raises
    ------
    ValueError
        A parameter missing or out of range.

    Examples
    --------
    >>> make_metric(("fbeta", 2.0)).name
    "('fbeta', 2.0)"
    >>> make_metric("roc_auc") is None
    True
    """
    if isinstance(scoring, str):
        if scoring in _PARAMETRIZED:
            raise ValueError(
                f"{parameter}={scoring!r} needs a value: expected ({scoring!r}, value), for "
                f"example {_EXAMPLES[scoring]}."
            )
        return _PLAIN.get(_ALIASES.get(scoring, scoring))
    if isinstance(scoring, (tuple, list)) and len(scoring) == 2 and isinstance(scoring[0], str):
        name, value = scoring
        if name in _PARAMETRIZED:
            return _PARAMETRIZED[name](value)
        raise ValueError(
            f"{parameter}={scoring!r}: "
            + unknown_name_message(name, _PARAMETRIZED, "a metric with a parameter")
        )
    return None


_EXAMPLES = {
    "fbeta": "('fbeta', 2.0)",
    "neg_cost": "('neg_cost', [[0, 1], [5, 0]]) for [[tn, fp], [fn, tp]]",
    "smoothed_f1": "('smoothed_f1', 1.0)",
}
