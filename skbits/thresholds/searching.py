"""Searching: what every way of choosing thresholds is given, gives back, and shares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed

from skbits.naming import counted
from skbits.thresholds.metrics import CostPerBit, Counts, Metric
from skbits.thresholds.rows import Rows
from skbits.thresholds.scoring import Constraint, Opaque
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
        return metric(rows.as_labels(rows.y != 0), rows.as_labels(on), w, rows.labels)
    if search.average == "macro":
        columns = range(rows.n_columns)
        scores = [metric(rows.truth(k).astype(int), on[:, k].astype(int), w) for k in columns]
        return float(np.mean(scores))
    try:
        return metric(rows.as_labels(rows.y != 0), rows.as_labels(on), w)
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
) -> Callable[[Cuts], np.ndarray]:
    """An opaque metric as an objective: called for each cut, or for ``limit`` of them by rank."""
    position = np.concatenate(
        [c.position if feasible is None else c.position[feasible(c)] for c in column.cuts()]
    )
    if len(position) > limit:
        position = position[np.linspace(0, len(position) - 1, limit).round().astype(int)]

    def objective(cuts: Cuts) -> np.ndarray:
        values = np.full(len(cuts.position), -np.inf)
        for i in np.flatnonzero(np.isin(cuts.position, position)):
            values[i] = evaluate(int(cuts.position[i]))
        return values

    return objective


def attainable(column: Column, constraint: Constraint) -> float:
    """The best that a column can do for a constraint."""
    value = best_cut(column, lambda cuts: constraint.value(cuts.counts)).value
    return constraint.attained(value)


def infeasible(
    constraint: Constraint, best: Mapping[Any, float] | float, *, proven: bool = True
) -> "InfeasibleError":
    """The error of a constraint that cannot be met, with the best value, perhaps of each bit.

    Coordinate ascent proves nothing: there it says what was found.
    """
    name, shown = constraint.metric.name, f"{best:.6g}" if isinstance(best, float) else ""
    if isinstance(best, Mapping):
        shown = ", ".join(f"{value:.6g} for bit {k!r}" for k, value in list(best.items())[:5])
        shown += ", ..." if len(best) > 5 else ""
    what, attained = "cannot be met by any cutoff", "attainable"
    if not proven:
        what, attained = "is met by no cutoffs that were found", "found"
    error = InfeasibleError(
        f"constraint='{constraint}' {what}: expected a bound within reach. The best {attained} "
        f"{name} is {shown}. Loosen the bound, or improve the model."
    )
    error.attained = best if isinstance(best, float) else None
    return error
