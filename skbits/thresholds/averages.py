"""Averages: how the bits' cutoffs are chosen together, a function for each average.

Rules
-----
* ``macro``: each bit its own best cutoff; the score is the mean of the bits' scores. Where
  they keep a constraint together (``macro_coupled``), by coordinate ascent.
* ``weighted``: the same, the mean weighted by the bits' numbers of positives.
* ``micro``: one score of the counts of all bits together. Where the metric is a ratio of linear
  functions of the counts, the best of all combinations is found (Dinkelbach 1967): the ratio is
  at least r where the numerator less r times the denominator is at least 0, which each bit
  maximizes for itself, at a vertex of its ROC curve's hull. Else by coordinate ascent.
* ``shared``: one cutoff for all bits, the best for the counts of all bits together.
* ``samples``, ``exact_match``: the mean over rows; by coordinate ascent.
* ``joint``: what a metric says that is called on the labels of all bits; by coordinate ascent.
* Coordinate ascent sweeps one bit at a time, the others as they are, from the best of several
  starts, and stops where no single bit can better it: a local optimum.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from skbits.naming import counted
from skbits.thresholds.ascent import (
    JointAscent,
    MacroAscent,
    MacroMicroAscent,
    MicroAscent,
    SampleAscent,
    climb,
)
from skbits.thresholds.constraints import Constraint, over_columns
from skbits.thresholds.metrics import (
    Counts,
    Linear,
    Metric,
    averaged,
    divide,
    linear,
    make_metric,
)
from skbits.thresholds.rows import Rows
from skbits.thresholds.scoring import Opaque
from skbits.thresholds.searching import (
    Choice,
    InfeasibleError,
    Search,
    attainable,
    called,
    infeasible,
    opaque_score,
    share_out,
    stack,
    with_counts,
)
from skbits.thresholds.sweeping import (
    Best,
    Column,
    Cuts,
    Hull,
    best_cut,
    lowest_on,
    sort_column,
    upper_hull,
)


def choose(rows: Rows, search: Search) -> Choice:
    """The thresholds that suit a search best, for a binary target or bits."""
    return _AVERAGES[search.average](rows, search)


def check_costs(rows: Rows, search: Search) -> None:
    """Raise where there is not one cost matrix for each bit."""
    costs = getattr(search.metric, "costs", None)
    if costs is None:
        return
    expected = "expected ('neg_cost', matrix) with one matrix of shape (2, 2)"
    if search.average != "macro" or rows.kind != "bits":
        raise ValueError(
            f"scoring with costs of shape {costs.shape}, one matrix a bit, contradicts average="
            f"{search.average!r} of a {rows.kind} target: {expected}, or average='macro' of bits."
        )
    if len(costs) != rows.n_columns:
        raise ValueError(
            f"scoring has {counted(len(costs), 'cost matrix')} for "
            f"{counted(rows.n_columns, 'bit')}: {expected}, or of shape ({rows.n_columns}, 2, 2)."
        )


def score(rows: Rows, search: Search, thresholds: np.ndarray, counts: Counts) -> float:
    """The averaged score of thresholds, whose counts are known."""
    metric = search.metric
    if isinstance(metric, Opaque):
        return opaque_score(rows, search, rows.decisions(thresholds))
    if search.average in _ROW_AVERAGES:
        return SampleAscent(rows, search).objective(thresholds)
    if search.average == "shared":
        return float(metric(counts.total()))
    if search.average == "macro_micro":
        return float(over_columns(metric, counts, "macro_micro"))
    return float(averaged(metric, counts, search.average, rows.n_groups))


# --- each column for itself


def _macro(rows: Rows, search: Search) -> Choice:
    n_columns = rows.n_columns
    # either the columns are shared out among the threads, or the rows of the only one
    alone = n_columns == 1

    def job(k: int) -> tuple[float | None, Any, Counts | None]:
        column = rows.column(k, search.n_jobs if alone else 1)
        best = _best_of_column(rows, search, column, k)
        if best is None:
            return None, _attainable(column, search), None
        cutoff = best.cutoff(column, rows.dtype)
        return cutoff, column.counts_at(cutoff), column.counts_at(0.5)

    found = share_out(job, rows, 1 if alone else search.n_jobs)
    failed = {rows.name(k): best for k, (cutoff, best, _) in enumerate(found) if cutoff is None}
    if failed:
        raise infeasible(search.constraint, failed if rows.kind == "bits" else failed[0])
    thresholds, counts, defaults = zip(*found, strict=True)
    return Choice(np.array(thresholds), stack(counts), stack(defaults))


def _best_of_column(rows: Rows, search: Search, column: Column, k: int) -> Best | None:
    objective = _objective(rows.only(k), replace(search, metric=search.metric_of(k)), column)
    return best_cut(column, objective, _slack(search.constraint))


def _objective(rows: Rows, search: Search, column: Column) -> Callable[[Cuts], np.ndarray]:
    """The metric as a function of the cuts of a column that all of the rows' scores are in."""
    metric = search.metric
    if not isinstance(metric, Opaque):
        return lambda cuts: metric(cuts.counts)

    def evaluate(position: int) -> float:
        return opaque_score(rows, search, rows.p >= lowest_on(column, position))

    feasible = _feasible(search.constraint)
    return called(column, evaluate, search.max_evaluations, feasible, metric.skipped)


def _attainable(column: Column, search: Search) -> tuple[float, ...]:
    """What comes nearest to the constraint; raises where it is the metric that has no best."""
    constraint = search.constraint
    best = () if constraint is None else attainable(column, constraint)
    bounds = () if constraint is None else constraint.bounds
    if all(bound.slack_of(value) >= 0 for bound, value in zip(bounds, best, strict=True)):
        raise ValueError(
            f"scoring={search.metric.name!r} is NaN or minus infinity at every cutoff of a column: "
            "expected a number at one at least. Let it be 0 where there is nothing to divide by."
        )
    return best


def _slack(constraint: Constraint | None) -> Callable[[Cuts], np.ndarray] | None:
    return None if constraint is None else lambda cuts: constraint.slack(cuts.counts)


def _feasible(constraint: Constraint | None) -> Callable[[Cuts], np.ndarray] | None:
    return None if constraint is None else lambda cuts: constraint.holds(cuts.counts)


# --- all bits together


def _shared(rows: Rows, search: Search) -> Choice:
    k = rows.n_columns
    weights = None if rows.weights is None else np.repeat(rows.weights, k)
    column = sort_column(rows.p.ravel(), (rows.y != 0).ravel(), weights, search.n_jobs)
    objective = _objective(rows, search, column)
    best = best_cut(column, objective, _slack(search.constraint))
    if best is None:
        raise infeasible(search.constraint, _attainable(column, search))
    return with_counts(rows, np.full(k, best.cutoff(column, rows.dtype)))


def _micro(rows: Rows, search: Search) -> Choice:
    metric = search.metric
    if search.constraint is not None or metric.ratio is None:
        return _ascent(rows, search, MicroAscent, _best_for_constraint(rows, search))
    positives = _n_positive(rows)
    above, below = metric.ratio(positives, rows.total_weight * rows.n_columns - positives)
    if len(set(below)) == 1:  # a sum over the bits: each can be the best for itself
        share = Metric(metric.name, lambda *counts: np.asarray(linear(above, counts)))
        return _macro(rows, replace(search, metric=share))

    def job(k: int) -> tuple[Hull, float, float, Counts]:
        column = rows.column(k)
        hull = upper_hull(column, rows.dtype)
        return hull, column.positives, column.negatives, column.counts_at(0.5)

    found = share_out(job, rows, search.n_jobs)
    hulls, positives, negatives, defaults = zip(*found, strict=True)
    positives, negatives = np.array(positives), np.array(negatives)
    vertices = _dinkelbach(hulls, positives.sum(), negatives.sum(), above, below)
    tp, fp, thresholds = np.array(
        [[part[i] for part in hull] for hull, i in zip(hulls, vertices, strict=True)]
    ).T
    counts, at_half = Counts(tp, fp, positives - tp, negatives - fp), stack(defaults)
    if not positives.any() and metric(at_half.total()) >= metric(counts.total()):
        return Choice(np.full(rows.n_columns, 0.5), at_half, at_half)  # nothing to choose by
    return Choice(thresholds, counts, at_half)


def _n_positive(rows: Rows) -> float:
    if rows.weights is None:
        return float(np.count_nonzero(rows.y))
    return float(sum(rows.weights[rows.truth(k)].sum() for k in range(rows.n_columns)))


def _dinkelbach(
    hulls: Sequence[Hull], positives: float, negatives: float, above: Linear, below: Linear
) -> list[int]:
    """The vertex of each hull, such that the ratio of the counts of all together is largest."""

    def counts(vertices: Sequence[int]) -> Counts:
        tp, fp = (
            sum(part[i] for part, i in zip(parts, vertices, strict=True))
            for parts in ([hull.tp for hull in hulls], [hull.fp for hull in hulls])
        )
        return Counts(tp, fp, positives - tp, negatives - fp)

    def ratio(vertices: Sequence[int]) -> float:
        c = counts(vertices)
        return float(divide(linear(above, c), linear(below, c)))

    best = [0] * len(hulls)  # all on
    best_ratio = ratio(best)
    while True:
        # a step of tp or of fp changes its counterpart, fn or tn, by as much
        weight = np.array(above) - best_ratio * np.array(below)
        per_tp, per_fp = weight[0] - weight[2], weight[1] - weight[3]
        trial = [int(np.argmax(per_tp * hull.tp + per_fp * hull.fp)) for hull in hulls]
        trial_ratio = ratio(trial)
        if not trial_ratio > best_ratio:
            return best
        best, best_ratio = trial, trial_ratio


def _best_for_constraint(rows: Rows, search: Search) -> list[np.ndarray]:
    """What meets the constraint best, where that is known exactly; raises if it is too little."""
    starts = []
    for bound in search.constraint.bounds if search.constraint is not None else ():
        if bound.sign != ">=" or bound.average != "micro" or bound.metric.ratio is None:
            continue
        best = _micro(rows, replace(search, metric=bound.metric, constraint=None))
        counts = best.counts.total()
        if not bound.slack(counts) >= 0:
            raise infeasible(replace(search.constraint, bounds=(bound,)), (bound.metric(counts),))
        starts.append(best.thresholds)
    return starts


def _ascent(rows: Rows, search: Search, kind: type, starts: Sequence[np.ndarray] = ()) -> Choice:
    """From the best of several starts: 0.5, each bit's own best, and the best they share."""
    problem = kind(rows, search)
    if search.average == "exact_match":
        search = replace(search, metric=make_metric("accuracy"))
    starts = [*starts, np.full(rows.n_columns, 0.5)]
    for constraint in (search.constraint, None) if search.constraint is not None else (None,):
        for choose_start in (_macro, _shared):
            with suppress(InfeasibleError):
                start = choose_start(rows, replace(search, constraint=constraint))
                starts.append(start.thresholds)
    return with_counts(rows, climb(problem, starts))


def _joint(rows: Rows, search: Search) -> Choice:
    """By a metric that is called on the labels of all bits, from the best for two formulas."""
    starts = [
        np.full(rows.n_columns, 0.5),
        _shared(rows, replace(search, constraint=None)).thresholds,
    ]
    for name in ("f1", "accuracy"):
        formula = replace(search, metric=make_metric(name), average="macro", constraint=None)
        starts.append(_macro(rows, formula).thresholds)
    return with_counts(rows, climb(JointAscent(rows, search), starts))


_ROW_AVERAGES = ("samples", "exact_match")

_AVERAGES: dict[str, Callable[[Rows, Search], Choice]] = {
    "binary": _macro,
    "macro": _macro,
    "weighted": _macro,
    "macro_coupled": lambda rows, search: _ascent(rows, search, MacroAscent),
    "micro": _micro,
    "joint": _joint,
    "macro_micro": lambda rows, search: _ascent(rows, search, MacroMicroAscent),
    "shared": _shared,
    "samples": lambda rows, search: _ascent(rows, search, SampleAscent),
    "exact_match": lambda rows, search: _ascent(rows, search, SampleAscent),
}
