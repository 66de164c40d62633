"""Pacing: how many batches one call of a graph does.

A call cannot be interrupted, so it should not last much longer than ``SECONDS``. Where epochs are
cut changes no result: losses are summed in one order, and cuts are made between blocks alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

#: how long a call may take, about
SECONDS = 0.5


@dataclass
class Pace:
    """The batches that a call of a program may do, from how long they took before."""

    batches: int = 64

    def took(self, batches: int, since: float) -> None:
        """Take note of a call that began at ``since``."""
        seconds = max(perf_counter() - since, 1e-6)
        self.batches = max(1, round(batches * SECONDS / seconds))


@dataclass(frozen=True)
class Cut:
    """Some whole epochs, or some rows of one epoch."""

    epochs: range
    rows: slice
    n_batches: int


def cuts(
    epochs: range, n_rows: int, batch_size: int, block: int, pace: Pace, at_most: int
) -> Iterator[Cut]:
    """Cut epochs into calls; the pace is looked at before each.

    Parameters
    ----------
    epochs : range
    n_rows, batch_size : int
    block : int
        Batches of a block, a multiple of which a part of an epoch is.
    pace : Pace
    at_most : int
        Batches of a call, whatever the pace.

    Examples
    --------
    >>> found = cuts(range(3), n_rows=100, batch_size=10, block=4, pace=Pace(20), at_most=90)
    >>> [(cut.epochs, cut.rows.stop) for cut in found]
    [(range(0, 2), 100), (range(2, 3), 100)]
    >>> found = cuts(range(1), n_rows=100, batch_size=10, block=4, pace=Pace(5), at_most=90)
    >>> [(cut.rows.start, cut.rows.stop) for cut in found]
    [(0, 40), (40, 80), (80, 100)]
    """
    per_epoch = -(-n_rows // batch_size)
    epoch, start = epochs.start, 0
    while epoch < epochs.stop:
        batches = min(pace.batches, at_most)
        n_whole = min(batches // per_epoch, epochs.stop - epoch)
        if start == 0 and n_whole:
            whole = range(epoch, epoch + n_whole)
            yield Cut(whole, slice(0, n_rows), n_whole * per_epoch)
            epoch += n_whole
            continue
        n_batches = max(1, batches // block) * block
        stop = min(start + n_batches * batch_size, n_rows)
        yield Cut(range(epoch, epoch + 1), slice(start, stop), -(-(stop - start) // batch_size))
        epoch, start = (epoch + 1, 0) if stop == n_rows else (epoch, stop)
