"""Counting: which folds say something of a metric, and which are fragments of it.

Rules
-----
* A fold counts for a column wherever the metric is defined on its rows. Where both labels are
  there, it is. Where one is missing, a mean over rows (accuracy, cost) still is; any other metric
  is where it tells cuts apart. So F1 and recall need a positive, specificity a negative.
* A metric that is the mean of two others (balanced accuracy is that of recall and specificity,
  macro F1 that of both labels) counts by its parts: a fold without positives tells one of them.
* A fold on which a metric, or a part of it, is undefined is a fragment. The mean of fragments is
  no score of the whole: the fold without positives would hide its false alarms from F1.
* A fold that counts has few rows of a label where its own best cutoff would be chance.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from skbits.thresholds.metrics import Counts, Metric
from skbits.thresholds.rows import Rows, join_rows
from skbits.thresholds.scoring import Opaque
from skbits.thresholds.searching import Search, opaque_score

#: averages in which each column is swept for itself
BY_COLUMN = ("binary", "macro", "weighted")

#: averages that are means over rows: no fold is a fragment of them
_OVER_ROWS = ("samples", "exact_match")

#: with fewer rows of either label, a fold's own cutoff is chance
FEW = 3


def is_defined(metric: Callable[[Counts], Any], positives: float, negatives: float) -> bool:
    """Whether a metric says something of rows of which so many are positive and negative.

    Examples
    --------
    >>> from skbits.thresholds.metrics import make_metric
    >>> [is_defined(make_metric(name), 0, 9) for name in ("f1", "accuracy", "balanced_accuracy")]
    [False, True, True]
    """
    if positives > 0 and negatives > 0:
        return True
    total = positives + negatives
    if not total > 0:
        return False
    if is_mean_over_rows(metric, positives, negatives):
        return True
    on, none = np.linspace(0.0, total, 5), np.zeros(5)
    one_label = (
        Counts(on, none, total - on, none) if positives > 0 else Counts(none, on, none, total - on)
    )
    values = np.asarray(metric(one_label), dtype=np.float64)
    values = values[np.isfinite(values)]
    return bool(len(values) and values.max() > values.min())


def is_mean_over_rows(metric: Any, positives: float, negatives: float) -> bool:
    """Whether a metric is a sum over the rows, divided by their number."""
    ratio = getattr(metric, "ratio", None)
    return ratio is not None and len(set(ratio(positives, negatives)[1])) == 1


def parts_of(metric: Any) -> tuple:
    """The metrics of whose average a metric is made; of most, itself."""
    return getattr(metric, "parts", ()) or (metric,)


def counted_columns(rows: Rows, search: Search) -> np.ndarray:
    """The columns that a fold counts for, bool (n_columns,)."""
    if rows.kind == "onehot" or not len(rows) or search.average == "exact_match":
        return np.full(rows.n_columns, len(rows) > 0)
    return np.array([_counts_for(rows, search, k) for k in range(rows.n_columns)])


def _counts_for(rows: Rows, search: Search, k: int) -> bool:
    metric = search.metric_of(k)
    if isinstance(metric, Metric):
        return is_defined(metric, *labels_of(rows, k))
    if search.average == "joint":
        return bool(rows.y.any()) or _tells_apart(rows, search)
    one = rows.only(k)
    return min(labels_of(one, 0)) > 0 or _tells_apart(one, search)


def _tells_apart(rows: Rows, search: Search) -> bool:
    """Whether a metric that is called on labels says different things of all on and all off."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a label that is not there
            on, off = (
                opaque_score(rows, search, np.full(rows.p.shape, all_)) for all_ in (True, False)
            )
    except ValueError:  # it wants both labels
        return False
    return on != off


def labels_of(rows: Rows, k: int) -> tuple[float, float]:
    """The weight of the positives and of the negatives of a column."""
    truth = rows.truth(k)
    if rows.weights is None:
        positives = float(np.count_nonzero(truth))
        return positives, len(rows) - positives
    return float(rows.weights[truth].sum()), float(rows.weights[~truth].sum())


def counting(folds: Sequence[Rows], *metrics: Callable[[Counts], Any]) -> list[Rows]:
    """The folds of one column that count for it, by one of some metrics at least."""
    return [
        rows for rows in folds if any(is_defined(metric, *labels_of(rows, 0)) for metric in metrics)
    ]


def are_fragments(folds: Sequence[Rows], search: Search) -> bool:
    """Whether some of the folds hold too little of what is counted for their scores to average."""
    if len(folds) < 2 or search.average in _OVER_ROWS:
        return False
    if folds[0].kind == "onehot" and search.average != "micro":
        seen = [(rows.y != 0).any(axis=0) for rows in folds if len(rows)]
        return bool((np.any(seen, axis=0) & ~np.all(seen, axis=0)).any())
    columns = counted_columns(join_rows(folds), search)
    there = [rows for rows in folds if len(rows)]
    if search.average in ("micro", "shared", "joint"):
        of_all = [
            np.sum([labels_of(rows, k) for k in range(rows.n_columns)], axis=0) for rows in there
        ]
        return any(_lacks(search.metric, *labels) for labels in of_all)
    return any(
        _lacks(search.metric_of(k), *labels_of(rows, k))
        for rows in there
        for k in np.flatnonzero(columns)
    )


def _lacks(metric: Metric | Opaque, positives: float, negatives: float) -> bool:
    """Whether a metric, or a part of it, is undefined on rows of which so many are positive."""
    if isinstance(metric, Opaque):
        return not (positives > 0 and negatives > 0)
    return not all(is_defined(part, positives, negatives) for part in parts_of(metric))


def has_few(folds: Sequence[Rows], counted: np.ndarray) -> np.ndarray:
    """The columns of which some fold that counts has few rows of a label, bool (n_columns,).

    ``counted`` (n_folds, n_columns) says which folds count for which columns. It is given, rather
    than found out here, for leave-one-out asks once for each fold about all the others.
    """
    few = np.zeros(folds[0].n_columns, dtype=bool)
    for i in np.flatnonzero(counted.any(axis=1)):
        if few.all():  # as of the first folds of leave-one-out
            break
        n_positive = np.count_nonzero(folds[i].y, axis=0)
        few |= counted[i] & (np.minimum(n_positive, len(folds[i]) - n_positive) < FEW)
    return few
