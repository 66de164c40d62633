"""Classes: thresholds of one-hot targets, for the ratio rule and for abstention.

Rules
-----
* The winner of a group is the class with the largest ``p / threshold``. Only the thresholds'
  ratios matter, so the largest of a group is 0.5; none is 0, and none less than ``SMALLEST``
  unless decisions need it. They are found by coordinate ascent: raising
  one class's threshold hands its rows to their runners-up one by one.
* Abstention is a binary problem: a decision is right or wrong, its score is the winner's
  probability, and those below the threshold are not made. Their accuracy is the precision, and
  the share that is made the coverage, of that problem.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from skbits.thresholds import averages
from skbits.thresholds.ascent import Sweep, climb
from skbits.thresholds.decisions import log_p, log_ratio, winners
from skbits.thresholds.metrics import Counts, averaged, make_metric
from skbits.thresholds.rows import Rows
from skbits.thresholds.scoring import Constraint, Opaque
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

    def _counts(self, thresholds: np.ndarray) -> Counts:
        return self.rows.counts(self.rows.decisions(thresholds))

    def objective(self, thresholds: np.ndarray) -> float:
        """The score of thresholds."""
        return averages.score(self.rows, self.search, thresholds, self._counts(thresholds))

    def constrained(self, thresholds: np.ndarray) -> float:
        """The constraint's value, averaged as the score is."""
        counts = self._counts(thresholds)
        return float(self._averaged(self.constraint.value, counts, self.constraint.average))

    def _averaged(self, metric: Callable, counts: Counts, average: str | None) -> np.ndarray:
        """The average over the columns of counts (n_columns, ...)."""
        return averaged(metric, counts, average or self.search.average, self.rows.n_groups)

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
            objective = self._of(counts_of, self.search.metric)
        limit = self.constraint
        return Sweep(column, objective, limit and self._of(counts_of, limit.value, limit.average))

    def _of(
        self, counts_of: Callable[[Cuts], Counts], metric: Callable, average: str | None = None
    ) -> Callable[[Cuts], np.ndarray]:
        """A metric as a function of cuts, from the counts (n_columns, n_cuts) at them."""
        return lambda cuts: self._averaged(metric, counts_of(cuts), average)

    def _counts_of(
        self, thresholds: np.ndarray, k: int, column: WeighedColumn, rival: np.ndarray
    ) -> Callable[[Cuts], Counts]:
        """The counts of all classes as a function of the cuts of class ``k``."""
        fixed = self._counts(thresholds)
        first = k - k % self.width

        def of_cuts(cuts: Cuts) -> Counts:
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
    coverage: float


def is_abstention(rows: Rows, search: Search) -> bool:
    """Whether scoring or constraint is the share of decisions that are made."""
    names = {getattr(search.metric, "name", None)}
    if search.constraint is not None:
        names.add(search.constraint.metric.name)
    return rows.kind == "onehot" and "coverage" in names


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
        float(make_metric("coverage")(found.counts.total())),
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


#: what the metrics of decisions made are in the binary problem
_OF_MADE = {"accuracy": "precision", "coverage": "coverage"}


def _as_binary(search: Search) -> Search:
    """The search in terms of decisions that are right or wrong."""
    constraint = search.constraint
    names = [getattr(search.metric, "name", "?")]
    names += [constraint.metric.name] if constraint is not None else []
    if set(names) != set(_OF_MADE):
        raise ValueError(
            f"scoring and constraint are {names}: 'coverage' of a one-hot target tunes abstention "
            "and goes with 'accuracy' of the decisions made. Write scoring='coverage', "
            "constraint='accuracy >= 0.95', or scoring='accuracy', constraint='coverage >= 0.8'."
        )
    metrics = [replace(make_metric(_OF_MADE[name]), name=name) for name in names]
    limit = Constraint(metrics[1], constraint.sign, constraint.bound)
    return Search(metrics[0], "binary", limit, search.max_evaluations, search.n_jobs)
