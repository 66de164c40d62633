"""Ascent: thresholds of several columns that depend on each other, bettered one at a time.

Rules
-----
* A problem has an ``objective``, perhaps a ``constraint``, and ``sweep(thresholds, k)``: what can
  be had by moving column ``k`` alone, the others as they are.
* A move is kept only if the decisions it makes are really better, so the score never falls. The
  end is a local optimum: no single column can better it.
* Until a constraint is met, what is bettered is the constraint.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from skbits.thresholds.metrics import Counts, Metric
from skbits.thresholds.rows import Rows
from skbits.thresholds.scoring import Constraint
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

    def __init__(self, rows: Rows, search: Search):
        self.metric, self.constraint, self.dtype = search.metric, search.constraint, rows.dtype
        self.columns = share_out(rows.column, rows, search.n_jobs)
        # the last threshold of each column, with its counts: a move changes but one of them
        self._known: list[tuple[float, Counts]] = [(np.nan, Counts(0, 0, 0, 0))] * rows.n_columns

    def _counts(self, thresholds: np.ndarray) -> Counts:
        for k, (threshold, (known, _)) in enumerate(zip(thresholds, self._known, strict=True)):
            if threshold != known:
                self._known[k] = (threshold, self.columns[k].counts_at(threshold))
        return stack([counts for _, counts in self._known])

    def objective(self, thresholds: np.ndarray) -> float:
        """The score of thresholds."""
        return self.averaged(self.metric, self._counts(thresholds))

    def constrained(self, thresholds: np.ndarray) -> float:
        """The constraint's value."""
        return self.averaged(self.constraint.value, self._counts(thresholds))

    @staticmethod
    def averaged(metric: Callable, counts: Counts) -> float:
        """A metric of the counts (n_columns,) of all bits."""
        return float(metric(counts.total()))

    def sweep(self, thresholds: np.ndarray, k: int) -> "Sweep":
        """What can be had by moving bit ``k`` alone."""
        counts = self._counts(thresholds)
        value = self.constraint and self._of(self.constraint.value, counts, k)
        return Sweep(self.columns[k], self._of(self.metric, counts, k), value)

    def _of(self, metric: Callable, counts: Counts, k: int) -> Callable[[Cuts], np.ndarray]:
        """A metric as a function of the cuts of bit ``k``, the others' counts as they are."""
        rest = Counts(*(part.sum() - part[k] for part in counts))
        return lambda cuts: metric(Counts(*(a + b for a, b in zip(rest, cuts.counts, strict=True))))


class MacroMicroAscent(MicroAscent):
    """The mean of the metric's macro and micro averages, as a function of one bit's cut."""

    @staticmethod
    def averaged(metric: Callable, counts: Counts) -> float:
        """The mean of both averages."""
        return float(np.mean(metric(counts)) + metric(counts.total())) / 2

    def _of(self, metric: Callable, counts: Counts, k: int) -> Callable[[Cuts], np.ndarray]:
        micro, each = super()._of(metric, counts, k), metric(counts)
        n_columns, others = len(each), each.sum() - each[k]
        return lambda cuts: ((others + metric(cuts.counts)) / n_columns + micro(cuts)) / 2


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
        column, value, feasible = self.columns[k], None, None
        if self.constraint is not None:
            value = self._of(self.constraint.value, self._counts(thresholds), k)

            def feasible(cuts: Cuts) -> np.ndarray:
                return self.constraint.is_met_by(value(cuts))

        def evaluate(position: int) -> float:
            return self.objective(self.moved(thresholds, k, column, position))

        limit = max(10, self.search.max_evaluations // self.rows.n_columns)
        skipped = self.search.metric.skipped
        return Sweep(column, called(column, evaluate, limit, feasible, skipped), value)


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

    def constrained(self, thresholds: np.ndarray) -> float:
        """The constraint's value."""
        return self._mean(self.constraint.value, thresholds)

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

        value = self.constraint and of(self.constraint.value)
        return Sweep(column, of(self.metric), value)


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
    """A column whose cuts are to be tried: what to maximize, and the constraint's value."""

    column: Column
    objective: Callable[[Cuts], np.ndarray]
    value: Callable[[Cuts], np.ndarray] | None


def climb(problem: Any, starts: list[np.ndarray]) -> np.ndarray:
    """Ascend from the best of the starts; raises where a constraint is not met at the top.

    Where the best start does not meet the constraint, the others have their turn too.
    """

    def key(thresholds: np.ndarray) -> tuple[float, float]:
        return _key(problem, thresholds)

    constraint = problem.constraint
    if constraint is not None:
        starts = starts + problem.ends()
    best, *others = sorted(starts, key=key, reverse=True)
    top = ascend(problem, best)
    if key(top)[0] < 0:
        top = max([top, *(ascend(problem, start) for start in others)], key=key)
    if key(top)[0] < 0:
        attained = constraint.attained(problem.constrained(top))
        raise infeasible(constraint, attained, proven=False)
    return top


def _key(problem: Any, thresholds: np.ndarray) -> tuple[float, float]:
    """What is compared: how far the constraint is from being met, then the score."""
    constraint = problem.constraint
    short = 0.0
    if constraint is not None:
        short = min(problem.constrained(thresholds) - constraint.least, 0.0)
    score = problem.objective(thresholds)
    return short, -np.inf if np.isnan(score) else score


def ascend(problem: Any, thresholds: np.ndarray) -> np.ndarray:
    """Better one column's threshold after the other, until none can be bettered."""
    best = _key(problem, thresholds)
    while True:
        before = best
        for k in range(len(thresholds)):
            sweep = problem.sweep(thresholds, k)
            found = _best_move(sweep, problem.constraint, is_met=best[0] == 0)
            if found is None or found.position is None:
                continue
            trial = problem.moved(thresholds, k, sweep.column, found.position)
            key = _key(problem, trial)
            if key > best:
                thresholds, best = trial, key
        if best == before:
            return thresholds


def _best_move(sweep: "Sweep", constraint: Constraint | None, is_met: bool) -> Best | None:
    if constraint is None:
        return best_cut(sweep.column, sweep.objective)
    if not is_met:
        return best_cut(sweep.column, sweep.value)
    least = constraint.least
    return best_cut(sweep.column, sweep.objective, lambda cuts: sweep.value(cuts) - least)
