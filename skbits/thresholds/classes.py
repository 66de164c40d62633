"""Classes: thresholds of one-hot targets, for the ratio rule and for abstention.

Rules
-----
* The winner of a group is the class with the largest ``p / threshold``. Only the thresholds'
  ratios matter, so the largest of a group is 0.5; none is 0, and none less than ``SMALLEST``
  unless decisions need it. They are found by coordinate ascent: raising
  one class's threshold hands its rows to their runners-up one by one.
* Each class keeps a constraint by itself, but where its name asks for an average.
* Abstention is a binary problem: a decision is right or wrong, its score is the winner's
  probability, and those below the threshold are not made. The accuracy of those that are is the
  precision of that problem, and their share ("share_decided") its selection rate.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, logit

from skbits.thresholds import averages
from skbits.thresholds.ascent import Sweep, bounds_of, climb
from skbits.thresholds.constraints import Bound, Constraint, over_columns
from skbits.thresholds.decisions import log_p, log_ratio, winners
from skbits.thresholds.metrics import SHARE_DECIDED, Counts, Metric, make_metric
from skbits.thresholds.rows import Rows
from skbits.thresholds.scoring import Opaque
from skbits.thresholds.searching import Choice, Search, with_counts
from skbits.thresholds.sweeping import Column, Cuts, WeighedColumn

#: a class's threshold is no less, unless decisions need it to be
SMALLEST = 1e-30


def choose(rows: Rows, search: Search) -> Choice:
    """Thresholds of the classes, by coordinate ascent from 0.5 and from their frequencies."""
    problem = RatioAscent(rows, search)
    frequency = np.average(rows.y != 0, axis=0, weights=rows.weights)
    starts = [np.full(rows.n_columns, 0.5), problem.scaled(np.log(np.maximum(frequency, 1e-12)))]
    return with_counts(rows, _without_tiny(rows, climb(problem, starts)))


def _without_tiny(rows: Rows, thresholds: np.ndarray) -> np.ndarray:
    """Thresholds of at least ``SMALLEST``, where that decides the same."""
    least = np.maximum(thresholds, SMALLEST).astype(rows.dtype).astype(np.float64)
    same = np.array_equal(rows.decisions(least), rows.decisions(thresholds))
    return least if same else thresholds


class RatioAscent:
    """The score of the winners' counts, as a function of one class's threshold."""

    def __init__(self, rows: Rows, search: Search):
        self.rows, self.search, self.constraint = rows, search, search.constraint
        self.width = rows.n_columns // rows.n_groups
        self.n_turns = 1 if isinstance(search.metric, Opaque) else 4 if self.width < 9 else 2
        self.names = [f"class {rows.class_name(k)!r}" for k in range(rows.n_columns)]

    def _counts(self, thresholds: np.ndarray) -> Counts:
        return self.rows.counts(self.rows.decisions(thresholds))

    def objective(self, thresholds: np.ndarray) -> float:
        """The score of thresholds."""
        return averages.score(self.rows, self.search, thresholds, self._counts(thresholds))

    def constrained(self, bound: Bound, thresholds: np.ndarray) -> np.ndarray:
        """The value that a bound is on, or those of each class."""
        return self._averaged(bound.metric, self._counts(thresholds), bound.average)

    def _averaged(self, metric: Callable, counts: Counts, average: str) -> np.ndarray:
        """A metric of counts (n_columns, ...): averaged over the columns, or of each."""
        return over_columns(metric, counts, average, self.rows.n_groups)

    def ends(self) -> list[np.ndarray]:
        """One class takes all, for each class."""
        far = np.full((self.rows.n_columns, self.rows.n_columns), 0.0)
        np.fill_diagonal(far, -1e4)
        return [self.scaled(logs) for logs in far]

    def scaled(self, logs: np.ndarray) -> np.ndarray:
        """Thresholds from their logarithms, the largest of each group 0.5, all normal floats."""
        blocks = logs.reshape(self.rows.n_groups, self.width)
        least = np.log(4 * np.float64(np.finfo(self.rows.dtype).tiny))
        relative = np.maximum(blocks - blocks.max(axis=1, keepdims=True), least)
        return (0.5 * np.exp(relative)).ravel().astype(self.rows.dtype).astype(np.float64)

    def moved(self, thresholds: np.ndarray, k: int, column: Column, position: int) -> np.ndarray:
        """The thresholds with class ``k`` cut there, midway between two rows."""
        s, n = column.sorted_scores, len(column)
        logs = log_p(thresholds)
        if 0 < position < n:
            logs[k] = _between(s[position - 1], s[position])
        else:
            logs[k] = s[0] - 1.0 if position == 0 else s[-1] + 1.0
        return self.scaled(logs)

    def sweep(self, thresholds: np.ndarray, k: int) -> Sweep:
        """What can be had by moving class ``k`` alone."""
        rows = self.rows
        first = k - k % self.width
        group = slice(first, first + self.width)
        ratios = log_ratio(rows.p, thresholds)[:, group]  # (n, width)
        ratios[:, k - first] = -np.inf
        rival = ratios.argmax(axis=1)  # who wins where k does not
        wins_below = log_p(rows.p[:, k]) - ratios.max(axis=1)
        column = WeighedColumn.of(wins_below, rows.truth(k), rows.weights, scale=expit)
        counts_of = self._counts_of(thresholds, k, column, rival + first)
        if isinstance(self.search.metric, Opaque):
            objective = averages.called(
                column,
                lambda position: self.objective(self.moved(thresholds, k, column, position)),
                max(2, self.search.max_evaluations // rows.n_columns),
                skipped=self.search.metric.skipped,
            )
        else:
            objective = self._of(counts_of, self.search.metric, self.search.average)
        of_rivals = rows.p[np.arange(len(rows)), first + rival]
        objective = _of_made_cuts(objective, column, rows.p[:, k], of_rivals)
        bounds = [self._of(counts_of, b.metric, b.average) for b in bounds_of(self.constraint)]
        return Sweep(column, objective, bounds)

    def _of(
        self, counts_of: Callable[[Cuts], Counts], metric: Callable, average: str
    ) -> Callable[[Cuts], np.ndarray]:
        """A metric as a function of cuts, from the counts (n_columns, n_cuts) at them."""
        return lambda cuts: self._averaged(metric, counts_of(cuts), average)

    def _counts_of(
        self, thresholds: np.ndarray, k: int, column: WeighedColumn, rival: np.ndarray
    ) -> Callable[[Cuts], Counts]:
        """The counts of all classes as a function of the cuts of class ``k``."""
        fixed = self._counts(thresholds)
        first = k - k % self.width
        known: list[tuple[Cuts, Counts]] = []  # of the cuts at hand: score and bounds all read them

        def of_cuts(cuts: Cuts) -> Counts:
            if not known or known[0][0] is not cuts:
                known[:] = [(cuts, counted(cuts))]
            return known[0][1]

        def counted(cuts: Cuts) -> Counts:
            parts = []
            for j in range(self.rows.n_columns):
                if j == k:
                    parts.append(cuts.counts)
                elif first <= j < first + self.width:
                    parts.append(self._handed_over(j, column, rival, cuts.position))
                else:
                    n_cuts = len(cuts.position)
                    parts.append(Counts(*(np.full(n_cuts, part[j]) for part in fixed)))
            return Counts(*(np.stack(part) for part in zip(*parts, strict=True)))

        return of_cuts

    def _handed_over(
        self, j: int, column: WeighedColumn, rival: np.ndarray, position: np.ndarray
    ) -> Counts:
        """Counts of class ``j``, which gets the rows below the cut whose runner-up it is."""
        rows = self.rows
        w = np.ones(len(rows)) if rows.weights is None else rows.weights
        truth = rows.truth(j)
        theirs = np.where(rival == j, w, 0.0)
        tp, fp = (
            np.concatenate(([0.0], np.cumsum(part[column.order])))[position]
            for part in (theirs * truth, theirs * ~truth)
        )
        return Counts(tp, fp, w[truth].sum() - tp, w[~truth].sum() - fp)


def _of_made_cuts(
    objective: Callable, column: WeighedColumn, mine: np.ndarray, rivals: np.ndarray
) -> Callable[[Cuts], np.ndarray]:
    """An objective of the cuts that thresholds can make.

    No threshold gives a class a row of which it has 0 and its rival (n,) more, nor takes one.
    """
    off, on = (mine == 0) & (rivals > 0), (mine > 0) & (rivals == 0)
    if not off.any() and not on.any():
        return objective
    least = np.max(np.flatnonzero(off[column.order]), initial=-1) + 1
    most = np.min(np.flatnonzero(on[column.order]), initial=len(column))

    def of_cuts(cuts: Cuts) -> np.ndarray:
        is_made = (least <= cuts.position) & (cuts.position <= most)
        return np.where(is_made, objective(cuts), -np.inf)

    return of_cuts


def _between(off: float, on: float) -> float:
    """A logarithm of a ratio between two, midway as shares of the class and its rival.

    Midway between the logarithms, -300 and -5 would be -152: a threshold of 1e-67.

    Examples
    --------
    >>> round(_between(-300.0, -5.0), 2), _between(800.0, 900.0)
    (-5.7, 850.0)
    """
    share = (expit(off) + expit(on)) / 2
    middle = float(logit(share)) if share < 1 else np.inf
    return middle if off < middle <= on else (off + on) / 2


# --- abstention


class Abstention(NamedTuple):
    """Thresholds with their counts, and what they reach."""

    choice: Choice
    score: float
    default_score: float
    share_decided: float


def is_abstention(rows: Rows, search: Search) -> bool:
    """Whether scoring or constraint is the share of decisions that are made."""
    return rows.kind == "onehot" and SHARE_DECIDED in _metrics_of(search)


def _metrics_of(search: Search) -> list[Any]:
    """The metrics of scoring and constraint."""
    return [search.metric, *(bound.metric for bound in bounds_of(search.constraint))]


def choose_abstention(rows: Rows, search: Search) -> Abstention:
    """One threshold for all classes, which the winner must reach or there is no decision."""
    binary = _as_binary(search)
    made = _right_or_wrong(rows)
    found = averages.choose(made, binary)
    threshold = found.thresholds[0]
    at_half = np.array([0.5])
    default = np.full(rows.n_columns, 0.5)
    counts, default_counts = (
        rows.counts(_kept(rows, t)) for t in (np.full(rows.n_columns, threshold), default)
    )
    return Abstention(
        Choice(np.full(rows.n_columns, threshold), counts, default_counts),
        averages.score(made, binary, found.thresholds, found.counts),
        averages.score(made, binary, at_half, found.default_counts),
        float(SHARE_DECIDED(found.counts.total())),
    )


def score_abstention(rows: Rows, search: Search, thresholds: np.ndarray) -> float:
    """The score of thresholds, the winner reaching its own or abstaining."""
    made = _right_or_wrong(rows)
    counts = made.counts(made.decisions(thresholds[:1]))
    return averages.score(made, _as_binary(search), thresholds[:1], counts)


def _right_or_wrong(rows: Rows) -> Rows:
    """The winners as a binary problem: right or not, with the winner's probability."""
    blocks = rows.p.reshape(len(rows), rows.n_groups, -1)
    best = winners(rows.p, np.full(rows.n_columns, 0.5), n_groups=rows.n_groups)
    truth = (rows.y != 0).reshape(blocks.shape)
    index = best[:, :, np.newaxis]
    right = np.take_along_axis(truth, index, axis=2).reshape(-1, 1)
    p = np.take_along_axis(blocks, index, axis=2).reshape(-1, 1)
    weights = None if rows.weights is None else np.repeat(rows.weights, rows.n_groups)
    return Rows("binary", right, p, weights)


def _kept(rows: Rows, thresholds: np.ndarray) -> np.ndarray:
    best = winners(rows.p, thresholds, n_groups=rows.n_groups, abstain=True)
    width = rows.n_columns // rows.n_groups
    return (best[:, :, np.newaxis] == np.arange(width)).reshape(rows.p.shape)


def _as_binary(search: Search) -> Search:
    """The search in terms of decisions that are right or wrong."""
    names = [getattr(metric, "name", "?") for metric in _metrics_of(search)]
    if set(names) != {"accuracy", SHARE_DECIDED.name}:
        raise ValueError(
            f"scoring and constraint are {names}: 'share_decided' tunes abstention and goes with "
            "'accuracy' of the decisions made. Write scoring='share_decided', constraint='accuracy "
            ">= 0.95', or scoring='accuracy', constraint='share_decided >= 0.8'."
        )
    bounds = tuple(
        replace(bound, metric=_of_made(bound.metric), average="each")
        for bound in search.constraint.bounds
    )
    metric, limit = _of_made(search.metric), Constraint(bounds, "binary")
    return Search(metric, "binary", limit, search.max_evaluations, search.n_jobs)


def _of_made(metric: Metric) -> Metric:
    """What a metric of decisions made is in the binary problem."""
    if metric is SHARE_DECIDED:
        return metric
    return replace(make_metric("precision"), name=metric.name)
