"""Searching: what every way of choosing thresholds is given, gives back, and shares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed

from skbits.thresholds.metrics import CostPerBit, Counts, Metric
from skbits.thresholds.rows import Rows
from skbits.thresholds.scoring import Constraint, Opaque
from skbits.thresholds.sweeping import MANY, Column, best_cut

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
    """A constraint that no cutoff meets."""


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


def attainable(column: Column, constraint: Constraint) -> float:
    """The best that a column can do for a constraint."""
    value = best_cut(column, lambda cuts: constraint.value(cuts.counts)).value
    return constraint.attained(value)


def infeasible(constraint: Constraint, best: Mapping[Any, float] | float) -> "InfeasibleError":
    """The error of a constraint that cannot be met, with the best value, perhaps of each bit."""
    name, shown = constraint.metric.name, f"{best:.6g}" if isinstance(best, float) else ""
    if isinstance(best, Mapping):
        shown = ", ".join(f"{value:.6g} for bit {k!r}" for k, value in list(best.items())[:5])
        shown += ", ..." if len(best) > 5 else ""
    return InfeasibleError(
        f"constraint='{constraint}' cannot be met by any cutoff: expected a bound within reach. "
        f"The best attainable {name} is {shown}. Loosen the bound, or improve the model."
    )
