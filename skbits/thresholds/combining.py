"""Combining: the thresholds of several folds -> those of the whole.

Rules
-----
* ``fold_mean``: the mean of the folds' own best thresholds (of classes: the geometric mean, since
  only their ratios matter). "Never" counts as 1, unless all folds say so.
* ``mean_curve``: the best of the mean, over the folds, of the metric as a function of the cutoff,
  at every score of every fold; nothing is interpolated.
* ``pooled``: the best for all folds' rows together.
* ``half_f1``: half of the best F1 of each fold, averaged: where probabilities are well calibrated,
  no other cutoff has a better F1 (Lipton, Elkan and Naryanaswamy 2014).
* ``auto``: ``pooled`` where there is a constraint, which then holds on the rows together, for
  classes and for ``macro_micro`` and ``joint``, whose columns depend on each other, and where a
  fold that counts has few rows of a label, and so no cutoff but by chance; ``fold_mean`` else.
* A fold counts for a column where the metric is defined on it (see ``counting``). Where none does,
  all folds' rows together may: no row alone has a correlation, and those of leave-one-out have one.
* A bit with too few positives in all folds together takes the cutoff that is best for all bits; so
  does one for which not even all rows together count.
* A constraint that no fold meets by itself must be met by all folds' rows together.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from skbits.thresholds.best import best_of_rows
from skbits.thresholds.counting import (
    BY_COLUMN,
    counted_columns,
    counting,
    has_few,
    is_defined,
    labels_of,
    parts_of,
)
from skbits.thresholds.metrics import CostPerBit, make_metric
from skbits.thresholds.rows import Rows, join_rows
from skbits.thresholds.scoring import Opaque
from skbits.thresholds.searching import InfeasibleError, Search, infeasible
from skbits.thresholds.sweeping import Column, Cuts, middle_of_widest, midway, roomiest
from skbits.values import is_word

#: of which positives and negatives are more and fewer, whatever their numbers
RATES = ("recall", "specificity")


class Combined(NamedTuple):
    """Thresholds (n_columns,), those of the folds (n_folds, n_columns), and what fell back.

    A fold that does not count for a column is NaN there.
    """

    thresholds: np.ndarray
    fold_thresholds: np.ndarray
    rare: np.ndarray  # columns that take the shared cutoff


def combine(
    folds: Sequence[Rows],
    search: Search,
    how: str = "auto",
    min_positives: int = 0,
    fold_thresholds: np.ndarray | None = None,
) -> Combined:
    """The thresholds of several folds' held-out rows.

    Parameters
    ----------
    folds : sequence of Rows
    search : Search
    how : str
        "auto" or a key of ``COMBINE``.
    min_positives : int
        Bits with fewer positives, in all folds together, take the shared cutoff.
    fold_thresholds : ndarray of shape (n_folds, n_columns), optional
        What ``of_folds`` gives, where it is known already.

    Returns
    -------
    Combined

    Raises
    ------
    InfeasibleError
        A constraint that cannot be met.
    ValueError
        A way of combining that does not go with the scoring.
    """
    kind, n_columns = folds[0].kind, folds[0].n_columns
    auto = is_word(how, "auto")
    how = resolve(how, search, kind)
    if fold_thresholds is None:
        fold_thresholds = of_folds(folds, search, how)
    rare = np.zeros(n_columns, dtype=bool)
    if kind == "bits" and search.average != "shared":
        rare = _n_positive(folds) < min_positives
    own = ~rare if search.average in BY_COLUMN else np.ones(n_columns, dtype=bool)
    thresholds = np.full(n_columns, np.nan)
    if own.any():
        way = _mean_or_pooled if auto and how == "fold_mean" else COMBINE[how]
        thresholds[own] = way(*only_columns(folds, search, own), fold_thresholds[:, own])
    rare |= np.isnan(thresholds)
    if rare.any():
        thresholds = np.where(rare, _shared(folds, search, how), thresholds)
    return Combined(_in_dtype(thresholds, folds[0].dtype), fold_thresholds, np.flatnonzero(rare))


def of_folds(folds: Sequence[Rows], search: Search, how: str) -> np.ndarray:
    """Each fold's own thresholds, (n_folds, n_columns); NaN where it does not count."""
    of_one = _half_f1_of_fold if how == "half_f1" else _own_best
    return np.stack([of_one(rows, search) for rows in folds])


def resolve(how: str, search: Search, kind: str) -> str:
    """The way of combining that "auto" stands for; raises for one that does not fit.

    Where that is "fold_mean", :func:`combine` pools the columns that have few rows of a label.

    Examples
    --------
    >>> resolve("auto", Search(make_metric("f1"), "macro"), "bits")
    'fold_mean'
    """
    if is_word(how, "auto"):
        together = kind == "onehot" or search.average in ("macro_micro", "joint")
        pools = search.constraint is not None or together
        return "pooled" if pools else "fold_mean"
    if not isinstance(how, str) or how not in COMBINE:
        raise ValueError(f"combine={how!r}: expected 'auto' or one of {', '.join(COMBINE)}.")
    by_column = search.average in (*BY_COLUMN, "shared") and kind != "onehot"
    if how == "mean_curve" and (not by_column or isinstance(search.metric, Opaque)):
        raise ValueError(
            f"combine='mean_curve' contradicts average={search.average!r} of a {kind} target with "
            f"scoring={search.metric.name!r}: expected a formula on the counts of one column, "
            "with average 'macro' or 'shared'. Use 'fold_mean' or 'pooled'."
        )
    if how == "half_f1":
        fits = by_column or (search.average == "micro" and kind == "bits")
        if not fits or search.metric.name != "f1" or search.constraint is not None:
            raise ValueError(
                f"combine='half_f1' contradicts scoring={search.metric.name!r}, average="
                f"{search.average!r}, constraint={search.constraint and str(search.constraint)!r}:"
                " expected scoring='f1' with average 'macro', 'micro' or 'shared' and no "
                "constraint. Use 'fold_mean' or 'pooled'."
            )
    return how


# --- the ways of combining: (folds, search, thresholds of the folds) -> thresholds (n_columns,),
# NaN where no rows count


def _fold_mean(folds: Sequence[Rows], search: Search, own: np.ndarray) -> np.ndarray:
    mean = _geometric_mean(own) if folds[0].kind == "onehot" else _mean(own)
    lost = np.isnan(mean)
    if lost.any():  # no fold counts, or meets the constraint by itself: all rows together may
        columns = lost if search.average in BY_COLUMN else np.ones(len(mean), dtype=bool)
        together = _pooled(*only_columns(folds, search, columns), own[:, columns])
        mean[lost] = together[lost[columns]]
    return mean


def _mean_or_pooled(folds: Sequence[Rows], search: Search, own: np.ndarray) -> np.ndarray:
    """The mean of the folds' own best; where a fold has few rows of a label, the best of all."""
    few = np.zeros(folds[0].n_columns, dtype=bool)
    counted = ~np.isnan(own)
    if len(folds) > 1 and search.average == "shared":
        few[:] = has_few([_ravelled(rows) for rows in folds], counted.any(axis=1, keepdims=True))
    elif len(folds) > 1:
        few = has_few(folds, counted)
    if search.average not in BY_COLUMN:
        few[:] = few.any()
    thresholds = np.full(len(few), np.nan)
    for columns, way in ((few, _pooled), (~few, _fold_mean)):
        if columns.any():
            thresholds[columns] = way(*only_columns(folds, search, columns), own[:, columns])
    return thresholds


def _mean_curve(folds: Sequence[Rows], search: Search, own: np.ndarray) -> np.ndarray:
    n_columns = folds[0].n_columns
    if search.average == "shared":
        best, attained = _best_of_mean_curve([_ravelled(rows) for rows in folds], search)
        if attained is not None:
            raise infeasible(search.constraint, attained)
        return np.full(n_columns, best)
    thresholds, failed = np.full(n_columns, np.nan), {}
    for k in range(n_columns):
        one = only_columns(folds, search, np.arange(n_columns) == k)
        thresholds[k], attained = _best_of_mean_curve(*one)
        if attained is not None:
            failed[folds[0].name(k)] = attained
    if failed:
        raise infeasible(search.constraint, failed if folds[0].kind == "bits" else failed[0])
    return thresholds


def _pooled(folds: Sequence[Rows], search: Search, own: np.ndarray) -> np.ndarray:
    pooled = join_rows(folds)
    columns = counted_columns(pooled, search)
    if search.average not in BY_COLUMN and columns.any():
        columns[:] = True  # they count together
    thresholds = np.full(pooled.n_columns, np.nan)
    if columns.any():
        (rows,), search = only_columns([pooled], search, columns)
        thresholds[columns] = best_of_rows(rows, search).thresholds
    return thresholds


def _half_f1(folds: Sequence[Rows], search: Search, own: np.ndarray) -> np.ndarray:
    return _mean(own)


COMBINE: dict[str, Callable[[Sequence[Rows], Search, np.ndarray], np.ndarray]] = {
    "fold_mean": _fold_mean,
    "mean_curve": _mean_curve,
    "pooled": _pooled,
    "half_f1": _half_f1,
}


# --- parts


def _n_positive(folds: Sequence[Rows]) -> np.ndarray:
    """Number of positives of each column, (n_columns,)."""
    return np.sum([np.count_nonzero(rows.y, axis=0) for rows in folds], axis=0)


def only_columns(
    folds: Sequence[Rows], search: Search, columns: np.ndarray
) -> tuple[Sequence[Rows], Search]:
    """The rows and the search of some of the columns, bool (n_columns,)."""
    if columns.all():
        return folds, search
    numbers = tuple(range(len(columns)))  # by which messages call columns without names
    folds = [replace(rows, names=rows.names or numbers) for rows in folds]
    return [rows.columns(columns) for rows in folds], _columns_of(search, columns)


def _own_best(rows: Rows, search: Search) -> np.ndarray:
    """A fold's own best thresholds, (n_columns,); NaN where it does not count."""
    best = np.full(rows.n_columns, np.nan)
    columns = counted_columns(rows, search)
    if not columns.any():
        return best
    if search.average == "shared":
        columns[:] = True  # one cutoff for all
    if rows.kind == "onehot" or search.average not in BY_COLUMN:
        with suppress(InfeasibleError):
            best[columns] = best_of_rows(rows, search).thresholds[columns]
        return best
    for k in np.flatnonzero(columns):
        (one,), its_search = only_columns([rows], search, np.arange(rows.n_columns) == k)
        with suppress(InfeasibleError):
            best[k] = best_of_rows(one, its_search).thresholds[0]
    return best


def _half_f1_of_fold(rows: Rows, search: Search) -> np.ndarray:
    """Half of a fold's best F1, (n_columns,); NaN where it does not count."""
    half = np.full(rows.n_columns, np.nan)
    columns = counted_columns(rows, search)
    if search.average in BY_COLUMN:
        for k in np.flatnonzero(columns):
            half[k] = best_of_rows(rows.only(k), search).score / 2
    elif columns.any():
        half[columns | (search.average == "shared")] = best_of_rows(rows, search).score / 2
    return half


def _geometric_mean(thresholds: np.ndarray) -> np.ndarray:
    """The geometric mean over folds (n_folds, n_columns) that count."""
    counts = ~np.isnan(thresholds)
    logs = np.log(np.where(counts, np.maximum(thresholds, 1e-300), 1.0))
    n = counts.sum(axis=0)
    return np.where(n > 0, np.exp(logs.sum(axis=0) / np.maximum(n, 1)), np.nan)


def _mean(thresholds: np.ndarray) -> np.ndarray:
    """The mean over folds (n_folds, n_columns) that count; "never" is 1, unless all say so."""
    counts = ~np.isnan(thresholds)
    finite = np.where(counts, np.minimum(thresholds, 1.0), 0.0)
    n = counts.sum(axis=0)
    mean = np.where(n > 0, finite.sum(axis=0) / np.maximum(n, 1), np.nan)
    never = (np.isinf(thresholds) | ~counts).all(axis=0) & (n > 0)
    return np.where(never, np.inf, mean)


def _in_dtype(thresholds: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Thresholds as numbers of the probabilities' dtype, so that they mean the same in both."""
    return thresholds.astype(dtype).astype(np.float64)


def _columns_of(search: Search, columns: np.ndarray) -> Search:
    """The search for some of the columns: costs of each bit go with them."""
    if not isinstance(search.metric, CostPerBit):
        return search
    return replace(search, metric=make_metric(("neg_cost", search.metric.costs[columns])))


def _shared(folds: Sequence[Rows], search: Search, how: str) -> float:
    """The cutoff that all columns share; 0.5 where no fold has a positive."""
    metric = search.metric
    if isinstance(metric, CostPerBit):
        metric = make_metric(("neg_cost", metric.costs.mean(axis=0)))
    average = "shared" if folds[0].kind == "bits" else search.average
    if average != "shared":
        return 0.5
    search = replace(search, metric=metric, average=average)
    shared = COMBINE[how](folds, search, of_folds(folds, search, how))
    return 0.5 if np.isnan(shared[0]) else float(shared[0])


def _ravelled(rows: Rows) -> Rows:
    """The rows of all columns as those of one."""
    weights = None if rows.weights is None else np.repeat(rows.weights, rows.n_columns)
    y, p = rows.y.reshape(-1, 1), rows.p.reshape(-1, 1)
    return replace(rows, y=y, p=p, weights=weights, names=None)


class MeanCurve(NamedTuple):
    """A metric against the cutoff of one column, at every score of every fold.

    Cut i has the scores from i upwards on; the last has none.
    """

    scores: np.ndarray  # (m,): distinct, ascending
    mean: np.ndarray  # (m + 1,), over the folds
    std: np.ndarray  # (m + 1,)

    def cutoffs(self, dtype: np.dtype) -> np.ndarray:
        """The cutoffs of the cuts, (m + 1,)."""
        ends = np.concatenate(([0.0], self.scores.astype(np.float64), [1.0]))
        return midway(ends[:-1], ends[1:], np.arange(len(self.mean)) == 0, dtype)


def mean_curve(folds: Sequence[Rows], metric: Callable) -> MeanCurve:
    """The mean of the folds' curves of one column, over those on which the metric is defined.

    Parameters
    ----------
    folds : sequence of Rows
    metric : callable
        Counts -> values; of a metric that is a mean of others, each has the folds that it is
        defined on.
    """
    scores = np.unique(np.concatenate([rows.p[:, 0] for rows in folds]))
    columns = [rows.column(0) for rows in folds]
    whole = np.stack([_curve(column, metric, scores) for column in columns])
    means = []
    for part in (metric,) if getattr(metric, "weighs_parts", False) else parts_of(metric):
        defined = np.array([is_defined(part, *labels_of(rows, 0)) for rows in folds])
        if not defined.any():
            defined[:] = True
        curves = whole
        if part is not metric:
            curves = np.stack([_curve(column, part, scores) for column in columns])
        means.append(curves[defined].mean(axis=0))
    return MeanCurve(scores, np.mean(means, axis=0), whole.std(axis=0))


def _best_of_mean_curve(
    folds: Sequence[Rows], search: Search
) -> tuple[float, tuple[float, ...] | None]:
    """The cutoff of one column at the best of the mean of the folds' curves, and None.

    Where the constraint cannot be met, NaN and what comes nearest to it instead.
    """
    metric, constraint = search.metric_of(0), search.constraint
    bounds = () if constraint is None else constraint.bounds
    if not counting(folds, metric):
        together = _pooled(folds, search, np.full((len(folds), 1), np.nan))
        return float(together[0]), None
    folds = counting(folds, metric, *(bound.metric for bound in bounds))
    curve = mean_curve(folds, metric)
    values, room = np.where(np.isnan(curve.mean), -np.inf, curve.mean), None
    if constraint is not None:
        limits = [mean_curve(folds, bound.metric).mean for bound in bounds]
        room = constraint.least_slack(limits)
        if not (room >= 0).any():
            nearest = int(np.argmax(np.nan_to_num(room, nan=-np.inf)))
            return np.nan, tuple(float(curve[nearest]) for curve in limits)
        values = np.where(room >= 0, values, -np.inf)
    if values.max() == -np.inf:  # all rows together may have a best; or it raises
        return float(best_of_rows(join_rows(folds), search).thresholds[0]), None
    tied = np.flatnonzero(values == values.max())
    if room is not None:
        of_recall, of_specificity = (
            mean_curve(folds, make_metric(name)).mean[tied] for name in RATES
        )
        tied = tied[roomiest(room[tied], of_recall, -of_specificity)]
    if len(tied) == len(values):
        return 0.5, None
    ends = np.concatenate(([0.0], curve.scores.astype(np.float64), [1.0]))
    middle = middle_of_widest(ends[tied], ends[tied + 1], tied)
    return float(curve.cutoffs(folds[0].dtype)[tied[middle]]), None


def _curve(column: Column, metric: Callable, scores: np.ndarray) -> np.ndarray:
    """A metric at the cuts below each of some scores, and at all off: (len(scores) + 1,)."""
    cuts: list[Cuts] = list(column.cuts())
    position = np.concatenate([part.position for part in cuts])
    values = np.concatenate([metric(part.counts) for part in cuts])
    own = column.scores(np.arange(len(column)))
    wanted = np.append(np.searchsorted(own, scores), len(column))
    return values[np.searchsorted(position, wanted)]
