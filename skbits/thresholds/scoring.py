"""Scoring: what a user writes -> a metric, an average, a constraint.

Rules
-----
* A name of the table is a formula on the counts. Any other metric is :class:`Opaque`: it is called
  once a cut, on labels, which takes a thousand times as long.
* What is called tells by the number of its required arguments: four are counts (tp, fp, fn, tn),
  three make a scorer (estimator, X, y), two a metric (y_true, y_pred).
* What is maximized must be better the greater it is: names of the table of which less is better,
  and whatever is called cost, loss, risk or error, need "neg_" before them, or
  ``make_scorer(greater_is_better=False)``.
* A name that scikit-learn has gives the value of its function. Among classes accuracy is the share
  of right decisions, balanced accuracy the mean recall, and ``matthews_corrcoef`` and
  ``cohen_kappa`` read all classes; every other metric is that of each class against the rest. Of
  bits accuracy is the share of rows that are right in every bit, and "bit_accuracy" that of bits.
  Of two labels "f1_macro" is the mean over both.
* "share_decided", the share of decisions that are made rather than abstained from, is of classes.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer, get_scorer_names

from skbits.naming import counted, name_of, unknown_name_message
from skbits.thresholds.constraints import AVERAGES_OF, Bound, Clause, Constraint, clauses_of
from skbits.thresholds.metrics import (
    AMONG_CLASSES,
    OF_A_LABEL,
    OF_WHOLE_ROWS,
    SHARE_DECIDED,
    CostPerBit,
    Metric,
    all_names,
    canonical,
    is_of_table,
    is_plain,
    make_metric,
    metric_names,
    of_both_labels,
)
from skbits.thresholds.opaque import (
    Decided,
    NoRows,
    Opaque,
    ReadsProbabilities,
    ReadsRows,
    reads_probabilities,
)
from skbits.values import is_word

#: kind of target -> the averages there are; the first is the default
AVERAGES: dict[str, tuple[str, ...]] = {
    "binary": ("binary",),
    "bits": (
        "macro",
        "micro",
        "weighted",
        "macro_micro",
        "joint",
        "shared",
        "samples",
        "exact_match",
    ),
    "onehot": ("macro", "micro", "weighted"),
}


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
    metric = _of_abstention(name, kind, f"scoring={scoring!r}")
    metric = metric or _of_two_labels(name, kind) or make_metric(name)
    if metric is None:
        metric = _from_callable(name) if callable(name) else _from_scorer_name(name)
    _check_more_is_better(metric, name)
    if isinstance(metric, Opaque) and metric.is_scorer:
        _refuse_probabilities(metric)
    if kind == "bits" and is_of_table(metric) and metric.name in OF_WHOLE_ROWS:
        average = _of_whole_rows(metric.name, scoring, average if chosen else None)
    elif average == "exact_match" and metric.name != "f1":
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


def _of_two_labels(scoring: Any, kind: str) -> Metric | None:
    """The metric of "f1_macro" and the like of two labels: the average over both, exactly."""
    if kind != "binary" or not isinstance(scoring, str):
        return None
    stem, _, ending = scoring.rpartition("_")
    if canonical(stem) not in OF_A_LABEL or ending not in _OVER_LABELS:
        return None
    return of_both_labels(make_metric(stem), _OVER_LABELS[ending], scoring)


#: names of a second argument that say that a function reads scores
_SCORES = {"y_score", "y_prob", "y_proba"}

#: scikit-learn's endings -> the average over two labels
_OVER_LABELS = {"macro": "seen", "micro": "micro", "weighted": "weighted"}


def _of_whole_rows(name: str, scoring: Any, average: str | None) -> str:
    """The average that scikit-learn's function of that name has of bits; raises for others."""
    if average not in (None, "exact_match"):
        each = OF_WHOLE_ROWS[name]
        raise ValueError(
            f"scoring={scoring!r} contradicts average={average!r}: of bits it is the share of the "
            "rows that are right in every bit, or are not, as in scikit-learn: expected "
            f"average='exact_match'. Write scoring={each!r} to count each bit."
        )
    return "exact_match"


def _refuse_probabilities(scorer: Opaque) -> None:
    """Raise for a scorer of probabilities before anything is fitted: it is tried on two rows."""
    y = np.array([0, 1])
    try:
        scorer.score(Decided(y, (0, 1)), NoRows(), y)
    except ReadsProbabilities:
        raise reads_probabilities(scorer.name) from None
    except (Exception, ReadsRows):  # it may want other labels: what is wrong comes out there
        return


def _among_classes(metric: Metric | Opaque, kind: str) -> tuple[Metric, str] | None:
    """Metrics that count a decision among classes once, rather than each class against the rest."""
    if kind != "onehot" or not is_of_table(metric) or metric.name not in AMONG_CLASSES:
        return None
    of_class, average = AMONG_CLASSES[metric.name]
    return replace(of_class, name=metric.name), average


def read_constraint(
    constraint: Any, kind: str | None = None, average: str | None = None
) -> Constraint | None:
    """A constraint from ``"recall >= 0.9"``, or ``("recall", ">=", 0.9)``, or several, or None.

    Parameters
    ----------
    constraint : str, tuple, list or None
    kind : {"binary", "bits", "onehot"} or None
        None where it is only to be told.
    average : str, optional
        That of the score, which bits keep a constraint by.

    Raises
    ------
    ValueError
        Anything else.

    Examples
    --------
    >>> print(read_constraint([(("fbeta", 2.0), "<=", 0.5), "90% <= recall"]))
    ('fbeta', 2.0) <= 0.5 and recall >= 0.9
    """
    if constraint is None or isinstance(constraint, Constraint):
        return constraint
    bounds = tuple(_bound(clause, constraint, kind, average) for clause in clauses_of(constraint))
    return Constraint(bounds, kind)


def _bound(clause: Clause, constraint: Any, kind: str | None, average: str | None) -> Bound:
    """A bound that was written, on a metric of counts, by each column for itself or averaged."""
    written, sign, bound = clause
    stem, asked = _split_average(written, kind or "bits")
    metric = _of_abstention(stem, kind, f"constraint={constraint!r}")
    metric = metric or _of_two_labels(stem, kind) or make_metric(stem, "constraint")
    if isinstance(metric, CostPerBit):
        raise ValueError(
            f"constraint={constraint!r} has a cost matrix a bit: expected one matrix of shape "
            "(2, 2). Give the costs of each bit as scoring."
        )
    if metric is None and callable(stem) and len(_required(stem)) == 4:
        metric = _from_callable(stem)
    if metric is None:
        message = unknown_name_message(str(written), all_names(), "a metric of counts")
        raise ValueError(f"constraint={constraint!r}: {message}")
    name = written if isinstance(written, str) else metric.name
    if kind is None:
        return Bound(name, metric, sign, bound)
    _check_is_of_bits(metric, kind, constraint)
    among = _among_classes(metric, kind) if asked is None else None
    if among is not None:
        return Bound(name, among[0], sign, bound, among[1])
    average = "macro" if kind == "onehot" else average or AVERAGES[kind][0]
    known = AVERAGES_OF[kind, average]
    if asked is not None and asked not in known:
        names = [stem, *(f"{stem}_{one}" for one in known if one in ("macro", "micro"))]
        raise ValueError(
            f"constraint={constraint!r}: {written!r} is not known where average={average!r}: "
            f"expected {' or '.join(names)}. Write one of them."
        )
    return Bound(name, metric, sign, bound, asked or known[0])


def _of_abstention(name: Any, kind: str | None, given: str) -> Metric | None:
    """The share of decisions that are made, where it is named; refused of what always decides."""
    if not is_word(name, SHARE_DECIDED.name):
        return None
    if kind in (None, "onehot"):
        return SHARE_DECIDED
    cure = {
        "binary": "The one cutoff of two labels decides every row. Pass kind='onehot', with "
        "y_proba of shape (n, 2): the winner's probability must then reach the threshold",
        "bits": "Each bit is on or off. Use 'selection_rate' for the share that is on, or, for "
        "one-hot rows, kind='onehot'",
    }[kind]
    raise ValueError(f"{given}: {name!r} tunes when to abstain, so classes are expected. {cure}.")


def _check_is_of_bits(metric: Metric, kind: str, constraint: Any) -> None:
    """Raise for a constraint on what scikit-learn has of whole rows only."""
    if kind == "bits" and is_of_table(metric) and metric.name in OF_WHOLE_ROWS:
        raise ValueError(
            f"constraint={constraint!r}: of bits {metric.name} counts whole rows, as in "
            f"scikit-learn: expected a metric of bits. Write {OF_WHOLE_ROWS[metric.name]} instead."
        )


def names_average(scoring: Any, kind: str) -> bool:
    """Whether a scoring says how to average, as ``f1_macro`` does, and what is called on labels."""
    if callable(scoring):
        return len(_required(scoring)) != 4
    return _split_average(scoring, kind)[1] is not None


def _split_average(scoring: Any, kind: str) -> tuple[Any, str | None]:
    """scikit-learn's ``f1_macro`` is f1 and macro, where there is anything to average."""
    if isinstance(scoring, str) and kind != "binary":
        stem, _, ending = scoring.rpartition("_")
        known = (*AVERAGES[kind], "samples")  # of classes, to be refused
        if ending in known and is_plain(stem):
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
    name = name_of(function)
    required = _required(function)
    if _SCORES.intersection(p.name for p in _parameters(function)[1:2]):
        raise reads_probabilities(name)
    if len(required) == 4:
        return Metric(name, _formula(function, name))
    if len(required) == 3:
        return Opaque(name, function, is_scorer=True, takes_weights=_takes_weights(function))
    if len(required) == 2:
        return Opaque(name, function, takes_weights=_takes_weights(function))
    raise ValueError(
        f"scoring={name!r} has {counted(len(required), 'required argument')}: expected a "
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


#: words in names of what is to be small, and those that turn them
_LESS_IS_BETTER = {"cost", "deviance", "error", "hinge", "loss", "regret", "risk"}
_TURNED = {"avoided", "gain", "minus", "neg", "negative", "reduction", "saved", "saving", "savings"}


def is_called_a_loss(name: str) -> bool:
    """Whether a function's name says that less of it is better.

    Examples
    --------
    >>> [is_called_a_loss(name) for name in ("total_loss", "ExpectedCosts", "error_rate")]
    [True, True, True]
    >>> [is_called_a_loss(name) for name in ("neg_cost", "lossless", "gain", "cost_savings")]
    [False, False, False, False]
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    words = {word.lower() for word in words}
    singular = {word.removesuffix("s") for word in words} | {
        word.removesuffix("es") for word in words
    }
    return bool((words | singular) & _LESS_IS_BETTER) and not words & _TURNED


def _check_more_is_better(metric: Metric | Opaque, scoring: Any) -> None:
    """Raise for what is to be small, by the table or by its name."""
    if isinstance(metric, Metric) and metric.less_is_better:
        raise ValueError(
            f"scoring={scoring!r} is a rate of errors, of which less is better: expected a metric "
            f"of which more is. Write scoring='neg_{scoring}', or constraint='{scoring} <= 0.1'."
        )
    if not callable(scoring):
        return
    name = own = name_of(scoring)
    made = re.match(r"make_scorer\((?:functools\.partial\(<function )?(\w+)", own)
    if made:
        name = "" if "greater_is_better=False" in own else made[1]
    elif own == repr(scoring):  # an object: the address would tell nothing
        name = own = type(scoring).__name__
    if not is_called_a_loss(name):
        return
    if isinstance(metric, Opaque) and (made or not metric.is_scorer):
        cure = f"Write make_scorer({name}, greater_is_better=False)"
    else:
        arguments = "estimator, X, y" if isinstance(metric, Opaque) else "tp, fp, fn, tn"
        cure = f"Write neg_{name}, which returns -{name}({arguments})"
    raise ValueError(
        f"scoring={own!r} is a loss, of which less is better, as its name says: expected a "
        f"metric of which more is better. {cure}, or give it another name where more is better."
    )


def _from_scorer_name(scoring: Any) -> Opaque:
    if not isinstance(scoring, str) or scoring not in get_scorer_names():
        raise ValueError(
            f"scoring={scoring!r}: " + unknown_name_message(str(scoring), all_names(), "scoring")
        )
    return Opaque(scoring, get_scorer(scoring), is_scorer=True)
