"""Held out: the score of each fold at thresholds that were chosen without it.

Rules
-----
* A fold is scored at thresholds chosen on the others; a single fold, at its own.
* A fold's score is that of the columns that it counts for; NaN where there is none.
* The score of all is the mean over the folds. Where some are fragments (see ``counting``), as in
  leave-one-out, it is the score of the rows of all folds together, each decided at the thresholds
  of its fold.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from skbits.thresholds.best import score_of
from skbits.thresholds.combining import combine, of_folds, only_columns, resolve
from skbits.thresholds.counting import (
    BY_COLUMN,
    are_fragments,
    counted_columns,
    is_defined,
    labels_of,
)
from skbits.thresholds.rows import Rows, join_rows
from skbits.thresholds.scoring import Opaque
from skbits.thresholds.searching import InfeasibleError, Search


class FoldScores(NamedTuple):
    """Scores (n_folds,), NaN for a fold that does not count, and the score of all."""

    scores: np.ndarray
    mean: float

    @property
    def std(self) -> float:
        """Over the folds that count."""
        there = self.scores[~np.isnan(self.scores)]
        return float(there.std()) if len(there) else float("nan")

    @classmethod
    def all_equal(cls, n_folds: int, value: float) -> "FoldScores":
        """The scores of what has none of its own: of fits that failed, NaN or a number."""
        return cls(np.full(n_folds, float(value)), float(value))


def fold_score(rows: Rows, search: Search, thresholds: np.ndarray) -> float:
    """The score of thresholds on a fold; NaN where the fold counts for no column."""
    if search.average == "macro_micro":
        both = [replace(search, average=average) for average in ("macro", "micro")]
        return float(np.mean([fold_score(rows, one, thresholds) for one in both]))
    columns = counted_columns(rows, search)
    if not columns.any():
        return np.nan
    if rows.kind == "onehot":
        return _score_of_classes(rows, search, thresholds)
    if search.average not in BY_COLUMN:
        return score_of(rows, search, thresholds)
    (rows,), search = only_columns([rows], search, columns)
    return score_of(rows, search, thresholds[columns])


def _score_of_classes(rows: Rows, search: Search, thresholds: np.ndarray) -> float:
    """The score of the classes whose metric is defined on a fold."""
    if search.average != "macro" or isinstance(search.metric, Opaque):
        return score_of(rows, search, thresholds)
    there = [is_defined(search.metric, *labels_of(rows, k)) for k in range(rows.n_columns)]
    scores = search.metric(rows.counts(rows.decisions(thresholds)))
    return float(scores[there].mean()) if any(there) else np.nan


def scores_at(
    folds: Sequence[Rows], search: Search, thresholds: Sequence[np.ndarray | None]
) -> FoldScores:
    """The scores of folds at thresholds of each (n_columns,); None where it has none.

    Parameters
    ----------
    folds : sequence of Rows
    search : Search
    thresholds : sequence of ndarray of shape (n_columns,) or None

    Returns
    -------
    FoldScores
    """
    there = [(rows, t) for rows, t in zip(folds, thresholds, strict=True) if t is not None]
    scores = np.array(
        [
            np.nan if t is None else fold_score(rows, search, t)
            for rows, t in zip(folds, thresholds, strict=True)
        ]
    )
    if there and are_fragments(folds, search):
        decided = [_as_decided(rows, t) for rows, t in there]
        half = np.full(folds[0].n_columns, 0.5)
        return FoldScores(scores, fold_score(join_rows(decided), search, half))
    counts = scores[~np.isnan(scores)]
    return FoldScores(scores, float(counts.mean()) if len(counts) else float("nan"))


def _as_decided(rows: Rows, thresholds: np.ndarray) -> Rows:
    """Rows whose probabilities are their decisions, 0 or 1, for thresholds of 0.5."""
    return replace(rows, p=rows.decisions(thresholds).astype(rows.dtype))


def held_out_scores(
    folds: Sequence[Rows],
    search: Search,
    how: str,
    min_positives: int,
    fold_thresholds: np.ndarray | None = None,
    truth: Sequence[Rows] | None = None,
) -> FoldScores:
    """Each fold's score at thresholds chosen on the others; of one fold, at its own.

    Parameters
    ----------
    folds : sequence of Rows
        The rows that thresholds are chosen by.
    search : Search
    how : str
    min_positives : int
    fold_thresholds : ndarray of shape (n_folds, n_columns), optional
        What ``of_folds`` gives, where it is known already.
    truth : sequence of Rows, optional
        The rows that are scored, where they differ from those that thresholds are chosen by.

    Returns
    -------
    FoldScores
    """
    if fold_thresholds is None:
        fold_thresholds = of_folds(folds, search, resolve(how, search, folds[0].kind))
    chosen: list[np.ndarray | None] = []
    for i in range(len(folds)):
        others = [j for j in range(len(folds)) if j != i] or [i]
        try:
            chosen.append(
                combine(
                    [folds[j] for j in others], search, how, min_positives, fold_thresholds[others]
                ).thresholds
            )
        except InfeasibleError:
            chosen.append(None)
    return scores_at(folds if truth is None else truth, search, chosen)
