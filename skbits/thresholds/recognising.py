"""Recognising: a metric of scikit-learn behind a function, a partial one or a scorer -> a formula.

Rules
-----
* A function of scikit-learn is known by itself; behind a partial one, by that; a scorer shows what
  it calls in its ``repr``, which is all of it that is public. This only says which formulas come
  into question.
* A formula is taken if it says of decisions what the metric says of them, for rows of all sorts
  with the user's labels, with weights and without: so ``pos_label``, ``labels``, ``average``,
  ``beta``, ``zero_division`` and the sign are read off what they do. What no formula equals is
  called for each cut, as any other metric.
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from sklearn import metrics as sk

from skbits.thresholds.averages import score
from skbits.thresholds.metrics import (
    AMONG_CLASSES,
    OF_WHOLE_ROWS,
    Metric,
    make_metric,
    negated,
    of_both_labels,
    of_other_label,
)
from skbits.thresholds.opaque import Opaque, ReadsRows
from skbits.thresholds.rows import Rows
from skbits.thresholds.searching import Search, opaque_score

#: scikit-learn's functions -> the names that they may have here
_FUNCTIONS: dict[Any, tuple[str, ...]] = {
    sk.accuracy_score: ("accuracy",),
    sk.balanced_accuracy_score: ("balanced_accuracy", "youden"),  # the other one if adjusted
    sk.cohen_kappa_score: ("cohen_kappa",),
    sk.f1_score: ("f1",),
    sk.fbeta_score: ("fbeta",),
    sk.hamming_loss: ("hamming_loss",),
    sk.jaccard_score: ("jaccard",),
    sk.matthews_corrcoef: ("matthews_corrcoef",),
    sk.precision_score: ("precision",),
    sk.recall_score: ("recall",),
    sk.zero_one_loss: ("zero_one_loss",),
}
#: those that are no number where all rows are of one label; the formulas are 0 there
_UNDEFINED = ("balanced_accuracy", "cohen_kappa")
_BY_NAME = {function.__name__: function for function in _FUNCTIONS}


def recognised(search: Search, scoring: Any, form: Rows) -> Search:
    """The search by the formula that a metric of scikit-learn is, where there is one.

    Parameters
    ----------
    search : Search
    scoring : str or callable
        What the user wrote.
    form : Rows
        Any rows of the target: what is read of them is their kind, labels and numbers of columns.

    Examples
    --------
    >>> from skbits.thresholds.best import make_search
    >>> form = Rows("binary", np.zeros((1, 1)), np.zeros((1, 1)), labels=np.array([0, 1]))
    >>> called = Opaque("recall_score", partial(sk.recall_score, pos_label=0))
    >>> recognised(Search(called, "binary"), called.score, form).metric.name
    'recall of the other label'
    """
    if not isinstance(search.metric, Opaque):
        return search
    scoring = search.metric.score if isinstance(scoring, str) else scoring
    metrics = _formulas(scoring)
    if not metrics:
        return search
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said = [(rows, _said(rows, search)) for rows in _tried(form, search.metric.takes_weights)]
        if any(value is None for _, value in said):
            return search
        if metrics[0].name in _UNDEFINED:
            said = [(rows, value) for rows, value in said if np.isfinite(value)]
        for metric, average in _candidates(metrics, form.kind, search.average):
            found = replace(search, metric=metric, average=average)
            if all(abs(_score(rows, found) - value) < 1e-12 for rows, value in said):
                return found
    return search


def _formulas(scoring: Any) -> list[Metric]:
    """The metrics that come into question for what is called."""
    beta = None
    while isinstance(scoring, partial):
        beta = scoring.keywords.get("beta", beta)
        scoring = scoring.func
    function = scoring if _is_key(scoring) else None
    shown = repr(scoring)
    if function is None and shown.startswith("make_scorer("):
        named = (_BY_NAME[word] for word in re.findall(r"\w+", shown) if word in _BY_NAME)
        function = next(named, None)
        given = re.search(r"\bbeta=(?:np\.\w+\()?([\d.]+(?:e[+-]?\d+)?)", shown)
        beta = float(given[1]) if given else None
    names = () if function is None else _FUNCTIONS[function]
    try:
        return [make_metric((name, beta) if name == "fbeta" else name) for name in names]
    except ValueError:  # no beta, or one that is none
        return []


def _is_key(scoring: Any) -> bool:
    try:
        return scoring in _FUNCTIONS
    except TypeError:  # what cannot be hashed
        return False


def _candidates(metrics: list[Metric], kind: str, average: str) -> Iterator[tuple[Metric, str]]:
    """Formulas, and averages by the search's name for them."""
    for metric in metrics:
        for one, of in _averages(metric, kind, average):
            yield one, of
            yield negated(one), of


def _averages(metric: Metric, kind: str, average: str) -> Iterator[tuple[Metric, str]]:
    if kind == "onehot":
        if metric.name in AMONG_CLASSES:
            yield AMONG_CLASSES[metric.name]
        for of in ("macro", "seen", "weighted", "micro"):
            yield metric, of
    elif kind == "bits" and average == "joint":
        for of in ("macro", "micro", "weighted", "samples"):
            yield metric, of
        for name in OF_WHOLE_ROWS:
            if name.endswith(metric.name):
                yield make_metric(name), "exact_match"
    else:  # of two labels, for each bit alone, or of all bits at one cutoff
        yield metric, average
        yield of_other_label(metric), average
        for of in ("macro", "seen", "weighted", "micro"):
            yield of_both_labels(metric, of), average


def _said(rows: Rows, search: Search) -> float | None:
    """What the metric says of decisions; None where it cannot be called on them."""
    try:
        return opaque_score(rows, search, rows.p != 0)
    except (Exception, ReadsRows):
        return None


def _score(rows: Rows, search: Search) -> float:
    half = np.full(rows.n_columns, 0.5)
    return score(rows, search, half, rows.counts(rows.p != 0))


def _tried(form: Rows, weighted: bool) -> Iterator[Rows]:
    """Rows of all sorts in the form of the user's: their probabilities are decisions, 0 or 1."""
    rng = np.random.default_rng(0)
    n = 24
    for truth, decided in _SHARES:
        y, p = (_drawn(rng, n, form, share) for share in (truth, decided))
        weights = rng.integers(1, 5, n).astype(float)
        for w in (None, weights) if weighted else (None,):
            yield replace(form, y=y, p=p, weights=w, at=None)


#: shares that are on in truth and among the decisions: the ends, where ratios have nothing below
#: the line, and what lies between
_SHARES = [(0.3, 0.5), (0.6, 0.2), (0, 0.4), (1, 0.4), (0.4, 0), (0.4, 1), (0, 0), (1, 1), (0, 1)]


def _drawn(rng: np.random.Generator, n: int, form: Rows, share: float) -> np.ndarray:
    """Zeros and ones (n, n_columns): the later columns are on less often, or never."""
    k = form.n_columns
    if form.kind != "onehot":
        return (rng.random((n, k)) < share).astype(float)
    width = k // form.n_groups
    # the ends: one class only; between them, all classes, or all but the last
    shares = {0: np.eye(width)[0], 1: np.eye(width)[-1]}.get(share, np.full(width, 1 / width))
    if share == _SHARES[1][0] and width > 2:
        shares = np.append(np.full(width - 1, 1 / (width - 1)), 0.0)
    drawn = rng.choice(width, size=(n, form.n_groups), p=shares)
    return np.eye(width)[drawn].reshape(n, k)
