"""Sweeping: every cut of a column of scores, in one pass over the sorted rows.

Rules
-----
* A cut at position i leaves on the rows from i upwards, in ascending order of score. Rows of equal
  score are on or off together. The ends, all on (0) and all off (n), are cuts too.
* The cutoff of a cut lies midway between the highest score that is off and the lowest that is on,
  in [0, 1], as a number of the scores' own dtype: ``p >= cutoff`` in that dtype, or in float64,
  is the cut. Where all are off and the highest score is 1, it is infinity.
* Of cuts that are equally good under a constraint, those are left that no other betters, with more
  true positives at no more false ones or the other way round; of these, those with the most slack.
* Of what is left, the one in the middle of the widest gap in score is taken. Where all cuts are
  equally good and there is no constraint to tell them apart, none is: 0.5 stays.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skbits.thresholds.metrics import Counts

#: rows that are swept at once: their arrays stay in a core's cache, and small beside the column
_BLOCK = 1 << 14
#: rows from which threads pay
MANY = 1 << 17


class Cuts(NamedTuple):
    """Consecutive cuts of a column: positions (m,), ascending, and counts of shape (m,) each."""

    position: np.ndarray
    counts: Counts

    def take(self, index: np.ndarray) -> "Cuts":
        """Some of them."""
        return Cuts(self.position[index], Counts(*(part[index] for part in self.counts)))


@dataclass(frozen=True)
class PackedColumn:
    """float32 scores in [0, 1] and their labels, each pair in one uint32, sorted.

    The order of the bit patterns of floats that are not negative is their order, and those in
    [0, 1] leave two bits free: the label takes the lowest. So one plain sort does for both.
    """

    keys: np.ndarray  # (n,), uint32
    positives: int

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def negatives(self) -> int:
        """Rows whose bit is off."""
        return len(self.keys) - self.positives

    @staticmethod
    def scale(scores: np.ndarray) -> np.ndarray:
        """In which gaps between scores are measured: as they are."""
        return scores

    @classmethod
    def of(cls, p: np.ndarray, y: np.ndarray, n_jobs: int = 1) -> "PackedColumn":
        """Pack and sort scores (n,) and labels (n,), bool; neither is changed."""
        keys = p.astype(np.float32).view(np.uint32)  # a copy, always
        np.left_shift(keys, 1, out=keys)  # the sign of -0.0 falls out
        np.bitwise_or(keys, y, out=keys)
        return cls(_sorted(keys, n_jobs), int(np.count_nonzero(y)))

    def scores(self, positions: np.ndarray) -> np.ndarray:
        """The scores at positions, float32, of their shape."""
        # a lone number is an array on the way: numpy 1.26 would widen it
        keys = self.keys[np.atleast_1d(positions)] >> 1
        return keys.view(np.float32).reshape(np.shape(positions))

    def counts_at(self, threshold: float) -> Counts:
        """The counts of ``p >= threshold``, in float32."""
        if np.isinf(threshold):
            return self._counts(0.0, 0.0)
        lowest = np.float32([threshold]).view(np.uint32) << 1
        on = self.keys[np.searchsorted(self.keys, lowest[0]) :]
        blocks = (on[start : start + _BLOCK] for start in range(0, len(on), _BLOCK))
        tp = float(sum(np.count_nonzero(block & 1) for block in blocks))
        return self._counts(tp, len(on) - tp)

    def cuts(self) -> Iterator[Cuts]:
        """All cuts, a block at a time."""
        n, n_off = len(self.keys), 0.0  # n_off: positives below the block
        for start in range(0, n, _BLOCK):
            keys = self.keys[start : start + _BLOCK]
            first = start == 0 or (keys[0] ^ self.keys[start - 1]) > 1
            index = np.flatnonzero(np.concatenate(([first], (keys[1:] ^ keys[:-1]) > 1)))
            labels = keys & 1
            up_to = np.cumsum(labels, dtype=np.uint32)
            if len(index):
                position = start + index
                fn = (up_to - labels)[index] + n_off
                tn = position - fn
                yield Cuts(position, Counts(self.positives - fn, self.negatives - tn, fn, tn))
            n_off += float(up_to[-1])
        yield Cuts(np.array([n]), self._counts(np.zeros(1), np.zeros(1)))

    def _counts(self, tp: np.ndarray, fp: np.ndarray) -> Counts:
        return Counts(tp, fp, self.positives - tp, self.negatives - fp)


@dataclass(frozen=True)
class WeighedColumn:
    """Scores of any float dtype, labels and weights, sorted; the counts are sums of weights."""

    order: np.ndarray  # (n,): the rows, by ascending score
    sorted_scores: np.ndarray  # (n,)
    off_positives: np.ndarray  # (n + 1,): weight of the positives below each position
    off_negatives: np.ndarray  # (n + 1,)
    #: in which gaps between scores are measured: monotone, values in [0, 1] for scores of any kind
    scale: Callable[[np.ndarray], np.ndarray] = np.asarray

    def __len__(self) -> int:
        return len(self.sorted_scores)

    @property
    def positives(self) -> float:
        """Weight of the rows whose bit is on."""
        return float(self.off_positives[-1])

    @property
    def negatives(self) -> float:
        """Weight of the rows whose bit is off."""
        return float(self.off_negatives[-1])

    @classmethod
    def of(
        cls,
        p: np.ndarray,
        y: np.ndarray,
        weights: np.ndarray | None,
        scale: Callable[[np.ndarray], np.ndarray] = np.asarray,
    ) -> "WeighedColumn":
        """Sort scores (n,), labels (n,), bool, and weights (n,)."""
        order = np.argsort(p)
        w = np.ones(len(p)) if weights is None else weights[order]
        sums = [np.concatenate(([0.0], np.cumsum(w * on))) for on in (y[order], ~y[order])]
        return cls(order, p[order], *sums, scale)

    def scores(self, positions: np.ndarray) -> np.ndarray:
        """The scores at positions."""
        return self.sorted_scores[positions]

    def counts_at(self, threshold: float) -> Counts:
        """The counts of ``p >= threshold``, in the dtype of the scores."""
        lowest = np.asarray(threshold).astype(self.sorted_scores.dtype)
        return self._counts(np.searchsorted(self.sorted_scores, lowest))

    def cuts(self) -> Iterator[Cuts]:
        """All cuts, at once."""
        s = self.sorted_scores
        position = np.flatnonzero(np.concatenate(([True], s[1:] != s[:-1], [True])))
        yield Cuts(position, self._counts(position))

    def _counts(self, position: Any) -> Counts:
        off_p, off_n = self.off_positives[position], self.off_negatives[position]
        return Counts(self.positives - off_p, self.negatives - off_n, off_p, off_n)


Column = PackedColumn | WeighedColumn


def lowest_on(column: Column, position: int) -> float:
    """The lowest score that a cut leaves on; infinity where it leaves none."""
    if position == len(column):
        return np.inf
    return float(column.scores(np.array([position]))[0])


def sort_column(
    p: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None, n_jobs: int = 1
) -> Column:
    """A column of probabilities (n,) with its labels (n,), bool, and weights, sorted for sweeps.

    Examples
    --------
    >>> column = sort_column(np.array([0.2, 0.9, 0.2]), np.array([False, True, True]))
    >>> [cuts.counts.tp.tolist() for cuts in column.cuts()]
    [[2.0, 1.0, 0.0]]
    """
    if weights is None and p.dtype in (np.float32, np.float16):
        return PackedColumn.of(p, y, n_jobs)
    return WeighedColumn.of(p, y, weights)


def _sorted(keys: np.ndarray, n_jobs: int) -> np.ndarray:
    """``np.sort(keys)``, in place; large arrays by halves in two threads, which are then merged.

    More parts would gain nothing: what they save of sorting they take for merging.
    """
    if n_jobs == 1 or len(keys) < MANY:
        keys.sort()
        return keys
    with ThreadPoolExecutor(2) as threads:  # joblib takes a third as long as the sort to start
        list(threads.map(np.ndarray.sort, np.array_split(keys, 2)))
    keys.sort(kind="stable")  # which merges what is sorted already
    return keys


def cutoffs(column: Column, positions: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The cutoffs of cuts, of the shape of ``positions``: float64 numbers that exist in ``dtype``.

    Examples
    --------
    >>> column = sort_column(np.array([0.25, 0.75]), np.array([False, True]))
    >>> cutoffs(column, np.array([0, 1, 2]), np.dtype(float)).tolist()
    [0.125, 0.5, 0.875]
    """
    n = len(column)
    positions = np.asarray(positions)
    off = np.where(positions > 0, column.scores(np.maximum(positions - 1, 0)), 0.0)
    on = np.where(positions < n, column.scores(np.minimum(positions, n - 1)), 1.0)
    return midway(off.astype(np.float64), on.astype(np.float64), positions == 0, dtype)


def midway(off: Any, on: Any, all_on: Any, dtype: Any) -> np.ndarray:
    """A cutoff above ``off`` and not above ``on``, midway where ``dtype`` has such a number.

    Parameters
    ----------
    off : ndarray of float64
        The highest score that is off; 0 where all are on.
    on : ndarray of float64
        The lowest score that is on; 1 where all are off.
    all_on : ndarray of bool
    dtype : dtype
        That of the scores.

    Examples
    --------
    >>> midway(np.array([0.5, 1.0]), np.array([1.0, 1.0]), False, np.float32).tolist()
    [0.75, inf]
    """
    middle = ((off + on) / 2).astype(dtype).astype(np.float64)
    cutoff = np.where((middle > off) & (middle <= on) | all_on, middle, on)
    return np.where((off >= 1.0) & ~np.asarray(all_on), np.inf, cutoff)


class Best(NamedTuple):
    """The best cut of a column, and the objective there; no position where all are as good."""

    position: int | None
    value: float

    def cutoff(self, column: Column, dtype: Any) -> float:
        """The cutoff of the cut."""
        return 0.5 if self.position is None else float(cutoffs(column, self.position, dtype))


def best_cut(
    column: Column,
    objective: Callable[[Cuts], np.ndarray],
    slack: Callable[[Cuts], np.ndarray] | None = None,
) -> Best | None:
    """The cut with the largest objective; None where no cut is feasible.

    Parameters
    ----------
    column : Column
    objective : callable
        ``objective(cuts)`` -> values (m,); a NaN is never the best.
    slack : callable, optional
        ``slack(cuts)`` -> values (m,): how far a constraint is from its bound, at least 0 where
        it holds. Of cuts that are equally good, :func:`roomiest` tells the better ones.

    Returns
    -------
    Best or None

    Examples
    --------
    >>> from skbits.thresholds.metrics import make_metric
    >>> column = sort_column(np.array([0.1, 0.4, 0.8]), np.array([False, True, True]))
    >>> best_cut(column, lambda cuts: make_metric("f1")(cuts.counts))
    Best(position=1, value=1.0)
    """
    best, ties, n_cuts = -np.inf, [], 0
    for cuts in column.cuts():
        first, n_cuts = n_cuts, n_cuts + len(cuts.position)
        values = np.asarray(objective(cuts), dtype=np.float64)
        room = None if slack is None else slack(cuts)
        if room is not None:
            values = np.where(room >= 0, values, -np.inf)
        top = values.max()
        if np.isnan(top):
            values = np.where(np.isnan(values), -np.inf, values)
            top = values.max()
        if top == -np.inf or top < best:
            continue
        if top > best:
            best, ties = top, []
        tied = np.flatnonzero(values == top)
        parts = [first + tied, cuts.position[tied]]
        if room is not None:
            parts += [room[tied], cuts.counts.tp[tied], cuts.counts.fp[tied]]
        ties.append(parts)
    if not ties:
        return None
    index, position, *of_constraint = (np.concatenate(part) for part in zip(*ties, strict=True))
    if of_constraint:
        kept = roomiest(*of_constraint)
        index, position = index[kept], position[kept]
    if len(index) == n_cuts:
        return Best(None, float(best))
    return Best(_middle(column, index, position), float(best))


def roomiest(room: np.ndarray, tp: np.ndarray, fp: np.ndarray) -> np.ndarray:
    """Which of some equally good cuts that keep a constraint are the best, as positions among them.

    Parameters
    ----------
    room : ndarray of shape (m,)
        Of each cut, the slack of the constraint.
    tp, fp : ndarray of shape (m,)
        Descending, as the cutoff rises.

    Examples
    --------
    With no false alarm less to be had, finding 9 is better than finding 1, whatever the slack:

    >>> roomiest(np.array([0.1, 0.3, 0.9]), np.array([9, 5, 1]), np.array([0, 0, 0])).tolist()
    [0]
    """
    # of as many false alarms the first cut finds most; of as many found, the last has the fewest
    most = tp[np.searchsorted(-fp, -fp, side="left")]
    fewest = fp[np.searchsorted(-tp, -tp, side="right") - 1]
    kept = np.flatnonzero((tp >= most) & (fp <= fewest))
    return kept[room[kept] == room[kept].max()]


def _middle(column: Column, index: np.ndarray, position: np.ndarray) -> int:
    """The position of the cut in the middle of the widest stretch of cuts of those numbers."""
    if len(position) == 1:
        return int(position[0])
    n = len(column)
    off, on = (
        column.scale(column.scores(neighbour).astype(np.float64))
        for neighbour in (np.maximum(position - 1, 0), np.minimum(position, n - 1))
    )
    off, on = np.where(position > 0, off, 0.0), np.where(position < n, on, 1.0)
    return int(position[middle_of_widest(off, on, index)])


def middle_of_widest(off: np.ndarray, on: np.ndarray, index: np.ndarray) -> int:
    """Which of some cuts is in the middle of the widest stretch that they span, in score.

    Parameters
    ----------
    off, on : ndarray of shape (m,)
        Of each cut, the highest score that is off, and the lowest that is on; ascending.
    index : ndarray of shape (m,)
        Numbers of the cuts among all: those of neighbours differ by 1.

    Examples
    --------
    Cuts below 0.1, 0.2 and 0.9 span the scores from 0 to 0.9; the middle, 0.45, is above 0.2:

    >>> middle_of_widest(np.array([0.0, 0.1, 0.2]), np.array([0.1, 0.2, 0.9]), np.arange(3))
    2
    """
    first = np.flatnonzero(np.diff(index, prepend=index[0] - 2) > 1)  # of each stretch
    last = np.append(first[1:], len(index)) - 1
    widest = int(np.argmax(on[last] - off[first]))
    start, end = first[widest], last[widest]
    middle = (off[start] + on[end]) / 2
    return int(start + np.searchsorted(on[start:end], middle))


class Hull(NamedTuple):
    """The cuts of a column that are best for some linear function of (tp, -fp)."""

    tp: np.ndarray
    fp: np.ndarray
    cutoff: np.ndarray


def upper_hull(column: Column, dtype: Any) -> Hull:
    """The vertices of the ROC curve's concave hull: few, whatever the number of rows.

    Examples
    --------
    >>> p, y = np.array([0.1, 0.2, 0.3, 0.4]), np.array([False, True, False, True])
    >>> hull = upper_hull(sort_column(p, y), np.float64)
    >>> hull.fp.tolist(), hull.tp.tolist()
    ([2.0, 1.0, 0.0, 0.0], [2.0, 2.0, 1.0, 0.0])
    """
    blocks = [_prune(np.stack([c.counts.fp, c.counts.tp, c.position])) for c in column.cuts()]
    fp, tp, position = _chain(_prune(np.concatenate(blocks, axis=1)))
    return Hull(tp, fp, cutoffs(column, position.astype(np.int64), dtype))


#: rounds of pruning before the rest is left to the plain algorithm
_ROUNDS = 16


def _prune(points: np.ndarray) -> np.ndarray:
    """Points (3, m) of a ROC curve, from all on to all off, less most of those below their hull.

    A point on or below the chord of its neighbours is no vertex, whatever becomes of them, so all
    such go at once.
    """
    for _ in range(_ROUNDS):
        x, y = points[0], points[1]
        dx, dy = np.diff(x), np.diff(y)
        keep = np.ones(len(x), dtype=bool)
        keep[1:-1] = dx[1:] * dy[:-1] < dx[:-1] * dy[1:]  # steeper after than before
        if keep.all():
            break
        points = points[:, keep]
    return points


def _chain(points: np.ndarray) -> np.ndarray:
    """The hull's vertices among points (3, m), by Andrew's monotone chain (1979)."""
    x, y = points[0].tolist(), points[1].tolist()
    hull: list[int] = []
    for i in range(len(x)):
        while len(hull) >= 2:
            a, b = hull[-2], hull[-1]
            if (x[i] - x[b]) * (y[b] - y[a]) < (x[b] - x[a]) * (y[i] - y[b]):
                break
            hull.pop()
        hull.append(i)
    return points[:, hull]
