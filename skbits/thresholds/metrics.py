"""Metrics: formulas on the counts (tp, fp, fn, tn), by scikit-learn's names.

Rules
-----
* A metric is a function of four arrays of counts, one value a cut. What is maximized is one of
  which greater is better: a cost is a negative number, as ``neg_log_loss`` is. Rates of errors
  (``less_is_better``) are for constraints, and with "neg_" before them for scoring.
* A ratio with nothing below the line is 0, as scikit-learn's metrics have it.
* Metrics that are one linear function of the counts over another say so: of those alone the best
  cutoffs of all bits together can be found exactly (see ``averages``).
* A name that scikit-learn has a function of gives that function's value. Where the field has
  several names for one metric, all of them are known.
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
        The metrics whose average it is, where each is defined on other rows; see ``counting``.
    less_is_better : bool
        Whether it is a rate of errors.
    weighs_parts : bool
        Whether the average of its parts has weights.

    Examples
    --------
    >>> make_metric("f1")(Counts(8, 2, 0, 6)).round(3).item()
    0.889
    """

    name: str
    formula: Callable
    ratio: Callable[[float, float], tuple[Linear, Linear]] | None = None
    parts: tuple["Metric", ...] = ()
    less_is_better: bool = False
    weighs_parts: bool = False

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


def ratio_metric(
    name: str, above: Linear, below: Linear, *, less_is_better: bool = False
) -> Metric:
    """A metric that is a ratio of linear functions of the counts.

    Examples
    --------
    >>> precision = ratio_metric("precision", (1, 0, 0, 0), (1, 1, 0, 0))
    >>> precision(Counts(8, 2, 0, 6)).item()
    0.8
    """

    def formula(*counts: Any) -> np.ndarray:
        return divide(linear(above, counts), linear(below, counts))

    return Metric(
        name, formula, lambda positives, negatives: (above, below), less_is_better=less_is_better
    )


def negated(metric: Metric, name: str | None = None) -> Metric:
    """Minus a metric, called "neg_..." as scikit-learn does.

    Examples
    --------
    >>> minus = negated(make_metric("fpr"))
    >>> minus.name, minus(Counts(8, 2, 0, 6)).item()
    ('neg_fpr', -0.25)
    """
    ratio = None
    if metric.ratio is not None:

        def ratio(positives: float, negatives: float) -> tuple[Linear, Linear]:
            above, below = metric.ratio(positives, negatives)
            return tuple(-c for c in above), below

    def formula(*counts: Any) -> np.ndarray:
        return -np.asarray(metric.formula(*counts))

    parts = tuple(negated(part) for part in metric.parts)
    return Metric(name or f"neg_{metric.name}", formula, ratio, parts, not metric.less_is_better)


def of_other_label(metric: Metric) -> Metric:
    """The metric with the other one of two labels as the positive one.

    Examples
    --------
    >>> of_other_label(make_metric("recall"))(Counts(8, 2, 0, 6)).item()
    0.75
    """

    def formula(tp: Any, fp: Any, fn: Any, tn: Any) -> np.ndarray:
        return metric.formula(tn, fn, fp, tp)

    return Metric(f"{metric.name} of the other label", formula)


def of_both_labels(metric: Metric, average: str, name: str | None = None) -> Metric:
    """The average of a metric over both labels of a binary target, as ``averaged`` makes it.

    Examples
    --------
    >>> of_both_labels(make_metric("recall"), "macro")(Counts(8, 2, 0, 6)).item()
    0.875
    """

    def formula(tp: Any, fp: Any, fn: Any, tn: Any) -> np.ndarray:
        pairs = ((tp, tn), (fp, fn), (fn, fp), (tn, tp))
        return averaged(metric, Counts(*(np.stack(pair) for pair in pairs)), average)

    parts = (metric, of_other_label(metric)) if average != "micro" else ()
    weighs = average == "weighted"
    return Metric(name or f"{metric.name}_{average}", formula, parts=parts, weighs_parts=weighs)


#: average -> the weight of a column, from its counts: all of them constants of the rows but the
#: last. "in_truth" and "seen" are what scikit-learn does without ``labels=``.
_WEIGHTS: dict[str, Callable[[Counts], np.ndarray]] = {
    "weighted": lambda c: c.tp + c.fn,
    "in_truth": lambda c: (c.tp + c.fn > 0).astype(float),
    "seen": lambda c: (c.tp + c.fp + c.fn > 0).astype(float),
}


def averaged(metric: Callable, counts: Counts, average: str, n_groups: int = 1) -> np.ndarray:
    """The average of a metric over the first axis of counts (n_columns, ...), of shape (...).

    Parameters
    ----------
    metric : callable
        ``metric(counts) -> array``.
    counts : Counts
    average : str
        "micro": of the counts together; "together": the metric reads the counts of all classes;
        "weighted": by the columns' true shares; "in_truth", "seen": the mean over the columns that
        occur in truth, or there or among the decisions; else the mean.
    n_groups : int
        Number of one-hot blocks, each of which is a classification of its own.

    Examples
    --------
    >>> counts = Counts(*np.array([[8.0, 1.0], [2.0, 0.0], [0.0, 3.0], [6.0, 12.0]]))
    >>> [averaged(make_metric("recall"), counts, how).item() for how in ("macro", "micro")]
    [0.625, 0.75]
    """
    if average == "micro":
        return metric(Counts(*(np.sum(part, axis=0) for part in counts)))
    if average == "together":
        blocks = [np.split(np.asarray(part), n_groups) for part in counts]
        return np.mean([metric(Counts(*block)) for block in zip(*blocks, strict=True)], axis=0)
    values = metric(counts)
    if average in _WEIGHTS:
        weights = _WEIGHTS[average](counts)
        return divide((values * weights).sum(axis=0), weights.sum(axis=0))
    return values.mean(axis=0)


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


def _g_mean(tp: Any, fp: Any, fn: Any, tn: Any) -> np.ndarray:
    recall, specificity, _ = _rates(tp, fp, fn, tn)
    return np.sqrt(recall * specificity)


def _cohen_kappa(tp: Any, fp: Any, fn: Any, tn: Any) -> np.ndarray:
    above = 2.0 * (tp * np.asarray(tn, dtype=float) - fp * np.asarray(fn, dtype=float))
    below = (tp + fp) * np.asarray(fp + tn, dtype=float)
    return divide(above, below + (tp + fn) * np.asarray(fn + tn, dtype=float))


def _f_ratio(name: str, beta: float) -> Metric:
    squared = float(beta) ** 2
    return ratio_metric(name, (1 + squared, 0, 0, 0), (1 + squared, 1, squared, 0))


_PLAIN: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        ratio_metric("accuracy", (1, 0, 0, 1), _ALL),
        Metric("balanced_accuracy", _balanced_accuracy, _balanced_ratio, (_RECALL, _SPECIFICITY)),
        ratio_metric("bit_accuracy", (1, 0, 0, 1), _ALL),  # "accuracy" of bits is that of rows
        Metric("cohen_kappa", _cohen_kappa),
        _f_ratio("f0.5", 0.5),
        ratio_metric("f1", (2, 0, 0, 0), (2, 1, 1, 0)),
        _f_ratio("f2", 2),
        Metric("g_mean", _g_mean),
        ratio_metric("jaccard", (1, 0, 0, 0), (1, 1, 1, 0)),
        Metric("matthews_corrcoef", _matthews_corrcoef),
        ratio_metric("npv", (0, 0, 0, 1), (0, 0, 1, 1)),
        ratio_metric("precision", (1, 0, 0, 0), (1, 1, 0, 0)),
        _RECALL,
        ratio_metric("selection_rate", (1, 1, 0, 0), _ALL),  # the share that is on
        _SPECIFICITY,
        Metric(
            "youden",
            _youden,
            lambda p, n: (_balanced_ratio(p, n)[0], _ALL),
            (_doubled(_RECALL), _doubled(_SPECIFICITY)),
        ),
    )
}

#: those of which less is better
_ERRORS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        ratio_metric("fnr", (0, 0, 1, 0), (1, 0, 1, 0), less_is_better=True),
        ratio_metric("fpr", (0, 1, 0, 0), (0, 1, 0, 1), less_is_better=True),
        ratio_metric("hamming_loss", (0, 1, 1, 0), _ALL, less_is_better=True),
        ratio_metric("zero_one_loss", (0, 1, 1, 0), _ALL, less_is_better=True),
    )
}

#: name -> metric, of all that take no parameter; errors with "neg_" before them too
_TABLE = _PLAIN | _ERRORS | {f"neg_{name}": negated(metric) for name, metric in _ERRORS.items()}

#: of decisions among classes, right or wrong, "on" where they are made: the share that is
SHARE_DECIDED = ratio_metric("share_decided", (1, 1, 0, 0), _ALL)

#: other names by which people know them
_ALIASES = {
    "mcc": "matthews_corrcoef",
    "ppv": "precision",
    "sensitivity": "recall",
    "tnr": "specificity",
    "tpr": "recall",
}


# --- those of several classes: of counts (n_classes, ...), each class against the rest


def _of_classes(counts: Counts) -> tuple[Any, Any, Any, Any, Any]:
    """Rows, the share that is right, that by chance, and how pure truth and decisions are."""
    total = np.asarray(counts.tp + counts.fn, dtype=float).sum(axis=0)
    truth, decided = (
        divide(part, total) for part in (counts.tp + counts.fn, counts.tp + counts.fp)
    )
    right = divide(np.sum(counts.tp, axis=0), total)
    chance, pure, plain = (
        (a * b).sum(axis=0) for a, b in ((truth, decided), (truth, truth), (decided, decided))
    )
    return total, right, chance, pure, plain


#: what "below the line" is taken for 0 at, of shares whose sums are off in their last digits
_NOTHING = 1e-15


def _matthews_of_classes(*counts: Any) -> np.ndarray:
    """Gorodkin's correlation of K categories (2004), as ``matthews_corrcoef`` has it."""
    _, right, chance, truth, decided = _of_classes(Counts(*counts))
    below = (1 - truth) * (1 - decided)
    below = np.where(np.minimum(1 - truth, 1 - decided) < _NOTHING, 0.0, below)
    return divide(right - chance, np.sqrt(below))


def _kappa_of_classes(*counts: Any) -> np.ndarray:
    _, right, chance, _, _ = _of_classes(Counts(*counts))
    below = np.where(1 - chance < _NOTHING, 0.0, 1 - chance)
    return divide(right - chance, below)


#: name -> the metric that it is among classes, where a decision counts once rather than each class
#: against the rest, and the average that makes it so (see ``averaged``)
AMONG_CLASSES: dict[str, tuple[Metric, str]] = {
    "accuracy": (_PLAIN["recall"], "micro"),
    "balanced_accuracy": (_PLAIN["recall"], "in_truth"),
    "cohen_kappa": (Metric("cohen_kappa", _kappa_of_classes), "together"),
    "hamming_loss": (_ERRORS["fnr"], "micro"),
    "matthews_corrcoef": (Metric("matthews_corrcoef", _matthews_of_classes), "together"),
    "neg_hamming_loss": (_TABLE["neg_fnr"], "micro"),
    "neg_zero_one_loss": (_TABLE["neg_fnr"], "micro"),
    "zero_one_loss": (_ERRORS["fnr"], "micro"),
}

#: names that are, of bits, shares of rows (right in every bit, or not) -> those that count each bit
OF_WHOLE_ROWS = {
    "accuracy": "bit_accuracy",
    "neg_zero_one_loss": "neg_hamming_loss",
    "zero_one_loss": "hamming_loss",
}

#: those that scikit-learn averages over labels; of two, "f1_macro" is the mean over both
OF_A_LABEL = ("f0.5", "f1", "f2", "jaccard", "precision", "recall")


# --- those that take one


def _fbeta(beta: Any) -> Metric:
    if not _is_number(beta) or beta <= 0:
        raise ValueError(
            f"scoring=('fbeta', {beta!r}): expected a number above 0. 2 counts recall for more, "
            "0.5 precision; 'precision' and 'recall' are the limits."
        )
    return _f_ratio(f"('fbeta', {beta})", beta)


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
    """Names of the metrics that take no parameter, greater is better."""
    return list(_PLAIN)


def all_names() -> list[str]:
    """All names of metrics: those of rates of errors, other names, and those with a parameter."""
    return [*_TABLE, *_ALIASES, *_PARAMETRIZED]


def canonical(name: str) -> str:
    """The name by which the table has a metric.

    Examples
    --------
    >>> canonical("sensitivity"), canonical("f1"), canonical("f1_macro")
    ('recall', 'f1', 'f1_macro')
    """
    return _ALIASES.get(name, name)


def is_plain(name: Any) -> bool:
    """Whether it is the name of a metric that takes no parameter.

    Examples
    --------
    >>> is_plain("mcc"), is_plain("fbeta"), is_plain(len)
    (True, False, False)
    """
    return isinstance(name, str) and canonical(name) in _TABLE


def is_of_table(metric: Any) -> bool:
    """Whether a metric is the table's of that name, rather than a user's function."""
    return _TABLE.get(metric.name) is metric


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
        if scoring.split("_")[0] == "coverage":
            raise ValueError(
                f"{parameter}={scoring!r} could mean two things: expected 'selection_rate', the "
                "share of the rows that are predicted positive, or 'share_decided', the share of "
                "decisions among classes that are made rather than abstained from."
            )
        if scoring in _PARAMETRIZED:
            raise ValueError(
                f"{parameter}={scoring!r} needs a value: expected ({scoring!r}, value), for "
                f"example {_EXAMPLES[scoring]}."
            )
        return _TABLE.get(canonical(scoring))
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
