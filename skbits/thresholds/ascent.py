"""Ascent: thresholds of several columns that depend on each other, bettered one at a time.

Rules
-----
* A problem has an ``objective``, perhaps a ``constraint``, and ``sweep(thresholds, k)``: what can
  be had by moving column ``k`` alone, the others as they are.
* A move is kept only if the decisions it makes are really better, so the score never falls. The
  end is a local optimum: no single column can better it.
* Until a constraint is met, what is bettered is its slack: of several bounds, and of classes that
  keep one each by itself, that of the worst. Where that gets stuck, what all lack together.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from skbits.thresholds.constraints import Bound, Constraint, over_columns
from skbits.thresholds.metrics import Counts, Metric
from skbits.thresholds.rows import Rows
from skbits.thresholds.searching import (
    Search,
    called,
    infeasible,
    opaque_score,
    share_out,
    stack,
)
from skbits.thresholds.sweeping import Best, Column, Cuts, WeighedColumn, best_cut, cutoffs


class BitAscent:
    """What both problems of bits do: a move is a cutoff."""

    dtype: Any
    columns: Sequence[Column]
    n_turns = 1

    def moved(self, thresholds: np.ndarray, k: int, column: Column, position: int) -> np.ndarray:
        """The thresholds with column ``k`` cut there."""
        trial = thresholds.copy()
        trial[k] = cutoffs(column, position, self.dtype)
        return trial

    def ends(self) -> list[np.ndarray]:
        """All on, and all off."""
        columns = self.columns
        return [
            np.array([float(cutoffs(c, position(c), self.dtype)) for c in columns])
            for position in (lambda column: 0, len)
        ]


class MicroAscent(BitAscent):
    """The metric of the counts of all bits together, as a function of one bit's cut."""

    average = "micro"

    def __init__(self, rows: Rows, search: Search):
        self.metric, self.constraint, self.dtype = search.metric, search.constraint, rows.dtype
        self.columns = share_out(rows.column, rows, search.n_jobs)
        self.names = [f"bit {rows.name(k)!r}" for k in range(rows.n_columns)]
        # the last threshold of each column, with its counts: a move changes but one of them
        self._known: list[tuple[float, Counts]] = [(np.nan, Counts(0, 0, 0, 0))] * rows.n_columns

    def _counts(self, thresholds: np.ndarray) -> Counts:
        for k, (threshold, (known, _)) in enumerate(zip(thresholds, self._known, strict=True)):
            if threshold != known:
                self._known[k] = (threshold, self.columns[k].counts_at(threshold))
        return stack([counts for _, counts in self._known])

    def objective(self, thresholds: np.ndarray) -> float:
        """The score of thresholds."""
        return float(over_columns(self.metric, self._counts(thresholds), self.average))

    def constrained(self, bound: Bound, thresholds: np.ndarray) -> np.ndarray:
        """The value that a bound is on, or those of each bit."""
        return over_columns(bound.metric, self._counts(thresholds), bound.average)

    def sweep(self, thresholds: np.ndarray, k: int) -> "Sweep":
        """What can be had by moving bit ``k`` alone."""
        counts = self._counts(thresholds)
        objective = self._of(self.metric, self.average, counts, k)
        return Sweep(self.columns[k], objective, self._bounds_of(counts, k))

    def _bounds_of(self, counts: Counts, k: int) -> list[Callable[[Cuts], np.ndarray]]:
        """The values that bounds are on, as functions of the cuts of bit ``k``."""
        return [self._of(b.metric, b.average, counts, k) for b in bounds_of(self.constraint)]

    def _of(
        self, metric: Callable, average: str, counts: Counts, k: int
    ) -> Callable[[Cuts], np.ndarray]:
        """A metric as a function of the cuts of bit ``k``, the others' counts as they are."""
        rest = Counts(*(part.sum() - part[k] for part in counts))
        each = metric(counts) if average != "micro" else None

        def micro(cuts: Cuts) -> np.ndarray:
            return metric(Counts(*(a + b for a, b in zip(rest, cuts.counts, strict=True))))

        def macro(cuts: Cuts) -> np.ndarray:
            return (each.sum() - each[k] + metric(cuts.counts)) / len(each)

        def of_each(cuts: Cuts) -> np.ndarray:
            values = np.repeat(each[:, np.newaxis], len(cuts.position), axis=1)
            values[k] = metric(cuts.counts)
            return values

        def both(cuts: Cuts) -> np.ndarray:
            return (macro(cuts) + micro(cuts)) / 2

        return {"micro": micro, "macro": macro, "each": of_each, "macro_micro": both}[average]


class MacroAscent(MicroAscent):
    """The mean of the bits' metrics, as a function of one bit's cut."""

    average = "macro"


class MacroMicroAscent(MicroAscent):
    """The mean of the metric's macro and micro averages, as a function of one bit's cut."""

    average = "macro_micro"


class JointAscent(MicroAscent):
    """A metric that is called on the labels of all bits, as a function of one bit's cut.

    A constraint is one of the counts of all bits together.
    """

    def __init__(self, rows: Rows, search: Search):
        super().__init__(rows, search)
        self.rows, self.search = rows, search

    def objective(self, thresholds: np.ndarray) -> float:
        """The score of thresholds."""
        return opaque_score(self.rows, self.search, self.rows.decisions(thresholds))

    def sweep(self, thresholds: np.ndarray, k: int) -> "Sweep":
        """What can be had by moving bit ``k`` alone: the metric is called for each cut."""
        column, bounds, feasible = self.columns[k], [], None
        if self.constraint is not None:
            bounds = self._bounds_of(self._counts(thresholds), k)

            def feasible(cuts: Cuts) -> np.ndarray:
                return _worst(slacks_of(self.constraint, [of(cuts) for of in bounds])) >= 0

        def evaluate(position: int) -> float:
            return self.objective(self.moved(thresholds, k, column, position))

        limit = max(10, self.search.max_evaluations // self.rows.n_columns)
        skipped = self.search.metric.skipped
        return Sweep(column, called(column, evaluate, limit, feasible, skipped), bounds)


class SampleAscent(BitAscent):
    """The mean over rows of a metric of each row's bits, as a function of one bit's cut."""

    def __init__(self, rows: Rows, search: Search):
        self.rows, self.constraint, self.dtype = rows, search.constraint, rows.dtype
        exact = search.average == "exact_match"
        self.metric = _EXACT.get(search.metric.name, _ALL_RIGHT) if exact else search.metric
        self.truth = rows.y != 0
        w = np.ones(len(rows)) if rows.weights is None else rows.weights
        self.weights = w / w.sum()

    def _row_counts(self, on: np.ndarray) -> Counts:
        pairs = (on & self.truth, on & ~self.truth, ~on & self.truth, ~on & ~self.truth)
        return Counts(*(part.sum(axis=1).astype(float) for part in pairs))

    def _mean(self, metric: Callable, thresholds: np.ndarray) -> float:
        values = metric(self._row_counts(self.rows.decisions(thresholds)))
        return float((self.weights * values).sum())  # BLAS would sum by its threads

    def objective(self, thresholds: np.ndarray) -> float:
        """The score of thresholds."""
        return self._mean(self.metric, thresholds)

    def constrained(self, bound: Bound, thresholds: np.ndarray) -> float:
        """The value that a bound is on: a mean over rows too."""
        return self._mean(bound.metric, thresholds)

    @cached_property
    def columns(self) -> list[WeighedColumn]:
        """Each bit's rows in order."""
        rows = self.rows
        return [
            WeighedColumn.of(rows.p[:, k], self.truth[:, k], rows.weights)
            for k in range(rows.n_columns)
        ]

    def sweep(self, thresholds: np.ndarray, k: int) -> "Sweep":
        """What can be had by moving bit ``k`` alone."""
        on = self.rows.decisions(thresholds)
        column = self.columns[k]
        with_bit, without = (self._row_counts(_with_column(on, k, bit)) for bit in (True, False))

        def of(metric: Callable) -> Callable[[Cuts], np.ndarray]:
            gains = (self.weights * (metric(with_bit) - metric(without)))[column.order]
            # at position i the rows from i upwards are on
            below = (self.weights * metric(without)).sum()
            means = np.append(np.cumsum(gains[::-1])[::-1], 0.0) + below
            return lambda cuts: means[cuts.position]

        bounds = [of(bound.metric) for bound in bounds_of(self.constraint)]
        return Sweep(column, of(self.metric), bounds)


def _with_column(on: np.ndarray, k: int, bit: bool) -> np.ndarray:
    changed = on.copy()
    changed[:, k] = bit
    return changed


_ALL_RIGHT = Metric("exact_match", lambda tp, fp, fn, tn: (fp + fn == 0).astype(float))
#: what counts rows that are wrong in some bit, rather than those that are right in all
_EXACT = {
    "neg_zero_one_loss": Metric("exact_match", lambda tp, fp, fn, tn: -(fp + fn != 0).astype(float))
}


class Sweep(NamedTuple):
    """A column whose cuts are to be tried: what to maximize, and the values that bounds are on.

    Those are of shape (m,), or (n_columns, m) where each column keeps a bound by itself.
    """

    column: Column
    objective: Callable[[Cuts], np.ndarray]
    bounds: Sequence[Callable[[Cuts], np.ndarray]]


def bounds_of(constraint: Constraint | None) -> Sequence[Bound]:
    """The bounds of a constraint, or none."""
    return () if constraint is None else constraint.bounds


def slacks_of(constraint: Constraint, values: Sequence[np.ndarray]) -> np.ndarray:
    """The slacks of values that bounds are on, one below the other: (n_slacks, ...)."""
    pairs = zip(constraint.bounds, values, strict=True)
    slacks = [np.asarray(bound.slack_of(value), dtype=np.float64) for bound, value in pairs]
    return np.concatenate(
        [
            slack if bound.average == "each" else slack[np.newaxis]
            for bound, slack in zip(constraint.bounds, slacks, strict=True)
        ]
    )


def _worst(slacks: np.ndarray) -> np.ndarray:
    """The least of some slacks (n_slacks, ...)."""
    return np.nan_to_num(slacks.min(axis=0), nan=-np.inf)


def _lacking(slacks: np.ndarray) -> np.ndarray:
    """What is lacking in all of them; 0 where nothing is."""
    return np.nan_to_num(np.minimum(slacks, 0.0).sum(axis=0), nan=-np.inf)


#: so many more starts have their turn while a constraint is not met
_MORE = 6


def climb(problem: Any, starts: list[np.ndarray]) -> np.ndarray:
    """Ascend from the best of the starts; raises where a constraint is not met at the top.

    Under a constraint the best few starts have their turn (``problem.n_turns``), since what it
    allows may be in pieces, and more of them until it is met.
    """

    def key(thresholds: np.ndarray) -> tuple[float, float]:
        return _key(problem, thresholds)

    constraint = problem.constraint
    if constraint is None:
        return ascend(problem, max(starts, key=key))
    starts = sorted(starts + problem.ends(), key=key, reverse=True)
    n = problem.n_turns
    top = max((ascend(problem, start) for start in starts[:n]), key=key)
    for measure, some in ((_worst, starts[n : n + _MORE]), (_lacking, starts[:n])):
        for start in some:
            if key(top)[0] < 0:
                top = max(top, ascend(problem, ascend(problem, start, measure)), key=key)
    if key(top)[0] < 0:
        raise infeasible(constraint, _reached(problem, top), proven=False)
    return top


def _reached(problem: Any, thresholds: np.ndarray) -> list:
    """The values that bounds are on; of those that each column keeps, the ones that fail."""
    reached = []
    for bound in problem.constraint.bounds:
        value = problem.constrained(bound, thresholds)
        if bound.average != "each":
            reached.append((bound, float(value)))
            continue
        failing = np.flatnonzero(~(bound.slack_of(value) >= 0))
        if len(failing):
            reached.append((bound, {problem.names[k]: float(value[k]) for k in failing}))
    return reached


def _key(problem: Any, thresholds: np.ndarray, measure: Callable = _worst) -> tuple[float, float]:
    """What is compared: how far the constraint is from being met, then the score."""
    constraint, short = problem.constraint, 0.0
    if constraint is not None:
        values = [problem.constrained(bound, thresholds) for bound in constraint.bounds]
        short = min(float(measure(slacks_of(constraint, values))), 0.0)
    score = problem.objective(thresholds)
    return short, -np.inf if np.isnan(score) else score


def ascend(problem: Any, thresholds: np.ndarray, measure: Callable = _worst) -> np.ndarray:
    """Better one column's threshold after the other, until none can be bettered."""
    best = _key(problem, thresholds, measure)
    while True:
        before = best
        for k in range(len(thresholds)):
            sweep = problem.sweep(thresholds, k)
            found = _best_move(sweep, problem.constraint, measure, is_met=best[0] == 0)
            if found is None or found.position is None:
                continue
            trial = problem.moved(thresholds, k, sweep.column, found.position)
            key = _key(problem, trial, measure)
            if key > best:
                thresholds, best = trial, key
        if best == before:
            return thresholds


def _best_move(
    sweep: Sweep, constraint: Constraint | None, measure: Callable, is_met: bool
) -> Best | None:
    if constraint is None:
        return best_cut(sweep.column, sweep.objective)

    def slack(cuts: Cuts) -> np.ndarray:
        return measure(slacks_of(constraint, [of(cuts) for of in sweep.bounds]))

    if not is_met:
        return best_cut(sweep.column, slack)
    return best_cut(sweep.column, sweep.objective, slack)
