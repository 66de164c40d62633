"""Searching: what every way of choosing thresholds is given, gives back, and shares."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed

from skbits.naming import counted
from skbits.thresholds.constraints import Bound, Constraint
from skbits.thresholds.metrics import CostPerBit, Counts, Metric
from skbits.thresholds.rows import Rows
from skbits.thresholds.scoring import Opaque
from skbits.thresholds.sweeping import MANY, Column, Cuts, best_cut

Goal = Metric | Opaque


@dataclass(frozen=True)
class Search:
    """What is searched for.

    Parameters
    ----------
    metric : Metric or Opaque
    average : str
    constraint : Constraint or None
    max_evaluations : int
        How many cuts of a column an opaque metric is called for.
    n_jobs : int
        Number of threads.
    """

    metric: Goal
    average: str
    constraint: Constraint | None = None
    max_evaluations: int = 1000
    n_jobs: int = 1

    def metric_of(self, column: int) -> Goal:
        """The metric of one column."""
        return self.metric.of_bit(column) if isinstance(self.metric, CostPerBit) else self.metric


class InfeasibleError(ValueError):
    """A constraint that no cutoff meets; ``attained`` is the best of them, where it is a number."""

    attained: float | None = None


class Choice(NamedTuple):
    """Thresholds (n_columns,), and the counts of each column at them and at 0.5."""

    thresholds: np.ndarray
    counts: Counts
    default_counts: Counts


def share_out(job: Callable[[int], Any], rows: Rows, n_jobs: int) -> list:
    """``job`` of each column, in threads where there is enough to do."""
    if n_jobs == 1 or rows.p.size < MANY:
        return [job(k) for k in range(rows.n_columns)]
    return Parallel(n_jobs, require="sharedmem")(delayed(job)(k) for k in range(rows.n_columns))


def stack(counts: Sequence[Counts]) -> Counts:
    """Counts of one column each -> counts of shape (n_columns,)."""
    return Counts(*(np.array(part, dtype=float) for part in zip(*counts, strict=True)))


def with_counts(rows: Rows, thresholds: np.ndarray) -> Choice:
    """Thresholds with their counts, and those at 0.5."""
    default = np.full(rows.n_columns, 0.5)
    counts, defaults = (rows.counts(rows.decisions(t)) for t in (thresholds, default))
    return Choice(thresholds, counts, defaults)


def opaque_score(rows: Rows, search: Search, on: np.ndarray) -> float:
    """What a metric of labels says of decisions (n, n_columns); with "macro", of each bit."""
    metric, w = search.metric, rows.weights
    if rows.kind != "bits":
        return metric(rows.as_labels(rows.y != 0), rows.as_labels(on), w, rows.labels, rows.at)
    if search.average == "macro":
        columns = range(rows.n_columns)
        truth, at = rows.y != 0, rows.at
        scores = [metric(truth[:, k].astype(int), on[:, k].astype(int), w, at=at) for k in columns]
        return float(np.mean(scores))
    try:
        return metric(rows.as_labels(rows.y != 0), rows.as_labels(on), w, at=rows.at)
    except ValueError as error:
        raise ValueError(
            f"scoring={metric.name!r}, called on the labels of all "
            f"{counted(rows.n_columns, 'bit')}, failed: {error} Pass average='macro' to have it "
            "called for each bit alone, or a metric that averages by itself."
        ) from error


def called(
    column: Column,
    evaluate: Callable[[int], float],
    limit: int,
    feasible: Callable[[Cuts], np.ndarray] | None = None,
    skipped: dict[str, int] | None = None,
) -> Callable[[Cuts], np.ndarray]:
    """An opaque metric as an objective: called for each cut, or for ``limit`` of them at most.

    How many were left out is kept in ``skipped``.
    """
    values: dict[int, float] = {}

    def objective(cuts: Cuts) -> np.ndarray:
        if not values:
            position, tp = _candidates(column, feasible)
            values.update(_evaluated(position, tp, evaluate, limit))
            n_skipped = len(position) - len(values)
            if skipped is not None and n_skipped > skipped.get("n", 0):
                skipped.update(n=n_skipped, of=len(position))
        return np.array([values.get(int(i), -np.inf) for i in cuts.position])

    return objective


def _candidates(
    column: Column, feasible: Callable[[Cuts], np.ndarray] | None
) -> tuple[np.ndarray, np.ndarray]:
    """The positions of the feasible cuts, and the weight of the positives that each leaves on."""
    blocks = []
    for cuts in column.cuts():
        kept = slice(None) if feasible is None else feasible(cuts)
        blocks.append((cuts.position[kept], cuts.counts.tp[kept]))
    position, tp = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return position, tp


def _evaluated(
    position: np.ndarray, tp: np.ndarray, evaluate: Callable[[int], float], limit: int
) -> dict[int, float]:
    """Positions of cuts -> what the metric says there; of all cuts, or of ``limit`` of them.

    First come the ends, the cuts that leave a positive on which the next one does not (few metrics
    are best elsewhere), and others evenly by rank: half of the calls. With the other half, what
    lies around the best is tried, evenly between its neighbours, again and again.
    """
    n = len(position)
    if n <= limit:
        return {int(i): evaluate(int(i)) for i in position}
    values: dict[int, float] = {}  # by rank among the feasible cuts

    def try_some(ranks: np.ndarray, n_calls: int) -> None:
        ranks = np.array([i for i in ranks if i not in values], dtype=int)
        for i in ranks[_evenly(len(ranks), n_calls)].tolist():
            values[i] = evaluate(int(position[i]))

    half = max(2, (limit + 1) // 2)
    try_some(np.array([0, n - 1]), 2)
    try_some(np.flatnonzero(tp[:-1] > tp[1:]), half - len(values))
    try_some(np.arange(n), half - len(values))
    while len(values) < limit:
        tried = np.sort(list(values))
        scores = np.nan_to_num([values[i] for i in tried], nan=-np.inf, neginf=-np.inf)
        around = _untried_around(tried, np.argsort(-scores, kind="stable"))
        try_some(around, min(limit - len(values), max(4, half // 5)))
    return {int(position[i]): value for i, value in values.items()}


def _untried_around(tried: np.ndarray, best_first: np.ndarray) -> np.ndarray:
    """The ranks between the best that was tried and its neighbours; where there are none, the next.

    Somewhere there are, for fewer were tried than there are.
    """
    for i in best_first:
        before, after = tried[max(i - 1, 0)], tried[min(i + 1, len(tried) - 1)]
        between = np.arange(before, after + 1)
        between = between[~np.isin(between, tried)]
        if len(between):
            return between
    raise AssertionError("all cuts were tried")


def _evenly(n: int, n_chosen: int) -> np.ndarray:
    """At most ``n_chosen`` of ``n`` indices, evenly spaced."""
    if n_chosen >= n:
        return np.arange(n)
    return np.unique(np.linspace(0, n - 1, max(n_chosen, 0)).round().astype(int))


def warn_of_skipped(search: Search, stacklevel: int = 3) -> None:
    """Say how many cutoffs an opaque metric was not called for."""
    skipped = getattr(search.metric, "skipped", None)
    if not skipped:
        return
    warnings.warn(
        f"scoring={search.metric.name!r} was called for {skipped['of'] - skipped['n']} of "
        f"{counted(skipped['of'], 'cutoff')} of a column, first where positives are, then "
        f"around the best: {skipped['n']} were skipped (max_evaluations={search.max_evaluations}). "
        "A larger max_evaluations tries more; a metric by its name or a function of the counts "
        "(tp, fp, fn, tn) tries all.",
        UserWarning,
        stacklevel=stacklevel,
    )
    skipped.clear()


def attainable(column: Column, constraint: Constraint) -> tuple[float, ...]:
    """What the metric of each bound is where a column comes nearest to a constraint."""
    best = best_cut(column, lambda cuts: constraint.slack(cuts.counts))
    if best is None:
        return (np.nan,) * len(constraint.bounds)
    counts = _counts_of_cut(column, best.position)
    return tuple(float(bound.metric(counts)) for bound in constraint.bounds)


def _counts_of_cut(column: Column, position: int | None) -> Counts:
    """The counts at a cut, or at the first one."""
    for cuts in column.cuts():
        at = np.flatnonzero(cuts.position == position) if position is not None else [0]
        if len(at):
            return cuts.take(np.asarray(at[:1])).counts.total()
    raise AssertionError("no such cut")


#: what is told where a constraint cannot be met: of each bound the value that was reached, and
#: where it matters, that of each bit or class: ``{"bit 'red'": 0.5}``
Reached = Sequence[tuple[Bound, float | Mapping[str, float]]]


def infeasible(constraint: Constraint, reached: Any, *, proven: bool = True) -> "InfeasibleError":
    """The error of a constraint that cannot be met, with what comes nearest to it.

    Parameters
    ----------
    constraint : Constraint
    reached : sequence of float, mapping of it, or Reached
        The value of each bound's metric; for each bit, ``{name: values}``.
    proven : bool
        Coordinate ascent proves nothing: there it says what was found.
    """
    if isinstance(reached, Mapping):
        reached = [
            (bound, {f"bit {name!r}": values[i] for name, values in reached.items()})
            for i, bound in enumerate(constraint.bounds)
        ]
    elif not isinstance(reached[0], tuple):
        reached = list(zip(constraint.bounds, reached, strict=True))
    what, attained = "cannot be met by any cutoff", "attainable"
    if not proven:
        what, attained = "is met by no cutoffs that were found", "found"
    several = len(constraint.bounds) > 1
    shown = [f"{bound.name} is {_shown(value)}" for bound, value in reached]
    best = "The nearest" if several else "The best"
    alone = mean = ""
    each = [bound for bound, _ in reached if bound.average == "each"]
    if constraint.kind == "onehot" and each:
        alone = ", by each class for itself"
        as_mean = replace(each[0], name=f"{each[0].name}_macro")
        mean = f" Write '{as_mean}' for the mean over the classes."
    within = "bounds within reach together" if several else "a bound within reach"
    error = InfeasibleError(
        f"constraint='{constraint}' {what}{alone}: expected {within}. "
        f"{best} {attained} {', and '.join(shown)}. "
        f"Loosen the bound, or improve the model.{mean}"
    )
    value = reached[0][1]
    error.attained = None if several or isinstance(value, Mapping) else float(value)
    return error


def _shown(value: float | Mapping[str, float]) -> str:
    """A value, or those of the first few bits or classes."""
    if not isinstance(value, Mapping):
        return f"{value:.6g}"
    some = ", ".join(f"{one:.6g} for {name}" for name, one in list(value.items())[:5])
    return some + (", ..." if len(value) > 5 else "")
