"""Thresholds of best F1 for scores that are there: of one column (``sweep``), of many
(``sweep-bits``).

The score is the F1 that the thresholds reach, counted alike for all peers; the memory is what a
call adds at its peak, seen in a call that is not timed.
"""

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import precision_recall_curve
from sklearn.model_selection import TunedThresholdClassifierCV

from benchmarks.base import Seen, Setting, Workload, seconds_of
from benchmarks.goals import Goal, at_least_as_fast, within
from skbits import best_thresholds

#: rows that are made, or scored, at once
_BLOCK = 1 << 14


@dataclass(frozen=True)
class Finder:
    """A way to find thresholds to measure."""

    find: Callable[[np.ndarray, np.ndarray], Any]  # y, p -> thresholds, or None
    package: str = "scikit-learn"
    note: str = ""
    average: str = "macro"  # of the F1 of the bits
    slow: bool = False  # called once a process
    memory: bool = False  # its peak is measured


# --- data


def _rows(n_rows: int, n_bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Bits of which 10 to 30 % are on, bool, and a fair model's scores, float32, both C-ordered."""
    rng = np.random.default_rng(0)
    share = np.linspace(0.1, 0.3, n_bits) if n_bits > 1 else np.array([0.2])
    y = np.empty((n_rows, n_bits), dtype=bool)
    p = np.empty((n_rows, n_bits), dtype=np.float32)
    for rows in _blocks(n_rows):
        shape = y[rows].shape
        y[rows] = rng.random(shape) < share
        logits = rng.standard_normal(shape) + 2.0 * y[rows] - 2.0
        p[rows] = 1 / (1 + np.exp(-logits))
    return y, p


def _blocks(n_rows: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, n_rows, _BLOCK))


def _f1(y: np.ndarray, p: np.ndarray, thresholds: np.ndarray, average: str) -> float:
    hits = sum(np.sum(y[rows] & (p[rows] >= thresholds), axis=0) for rows in _blocks(len(y)))
    n_on = sum(np.sum(p[rows] >= thresholds, axis=0) for rows in _blocks(len(y)))
    sums = 2 * hits, n_on + y.sum(axis=0)
    above, below = (part.sum() if average == "micro" else part for part in sums)
    return float(np.mean(above / below))


# --- finders


def _skbits(average: str | None, n_jobs: int, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    return best_thresholds(y, p, scoring="f1", average=average, n_jobs=n_jobs).thresholds


def _sort(y: np.ndarray, p: np.ndarray) -> None:
    np.sort(p.view(np.uint32))


def _curve(y: np.ndarray, p: np.ndarray) -> float:
    precision, recall, thresholds = precision_recall_curve(y, p)
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    return thresholds[np.argmax(f1[:-1])]  # the last point has no threshold


def _curves(y: np.ndarray, p: np.ndarray) -> list[float]:
    return [_curve(y[:, bit], p[:, bit]) for bit in range(p.shape[1])]


class _Given(ClassifierMixin, BaseEstimator):
    """A classifier whose probabilities are the columns of X."""

    classes_ = np.array([0, 1])

    def fit(self, X: Any, y: Any) -> "_Given":
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return X


def _tuned(y: np.ndarray, p: np.ndarray) -> float:
    both = np.stack([1 - p, p], axis=1)
    tuned = TunedThresholdClassifierCV(
        _Given(), scoring="f1", thresholds=100, cv="prefit", refit=False
    )
    return tuned.fit(both, y.astype(int)).best_threshold_


CALLS, AT_PEAK = "calls", "more at its peak"
OURS, OURS_ALONE = "skbits f1", "skbits f1, n_jobs=1"
SORT = "np.sort of uint32"
TUNED = "TunedThresholdClassifierCV"

COLUMN_FINDERS = {
    OURS: Finder(partial(_skbits, None, -1)),
    OURS_ALONE: Finder(partial(_skbits, None, 1)),
    SORT: Finder(_sort, "numpy", note="sorts the bit patterns of the scores and finds nothing"),
    "precision_recall_curve": Finder(_curve),
    TUNED: Finder(_tuned, slow=True, note="tries 100 thresholds"),
}

MACRO, MICRO = "skbits macro f1", "skbits micro f1"
CURVES = "precision_recall_curve, each bit"

BITS_FINDERS = {
    MACRO: Finder(partial(_skbits, "macro", -1), memory=True),
    "skbits macro f1, n_jobs=1": Finder(partial(_skbits, "macro", 1)),
    MICRO: Finder(partial(_skbits, "micro", -1), average="micro", memory=True),
    CURVES: Finder(_curves, slow=True),
}


# --- workloads


def sweep(finder: Finder, setting: Setting) -> Seen:
    """The one threshold of a binary target."""
    y, p = _rows(setting.n_scores, 1)
    return _measure(finder, y[:, 0], p[:, 0], setting.n_sweeps)


def bits(finder: Finder, setting: Setting) -> Seen:
    """A threshold for each of many bits."""
    y, p = _rows(setting.n_scores, setting.n_bits)
    return _measure(finder, y, p, setting.n_bits_sweeps)


def _measure(finder: Finder, y: np.ndarray, p: np.ndarray, n_calls: int) -> Seen:
    if not finder.slow:
        finder.find(y, p)  # imports, threads
    seconds = [seconds_of(finder.find, y, p) for _ in range(1 if finder.slow else n_calls)]
    found, megabytes = _peak(finder, y, p) if finder.memory else (finder.find(y, p), {})
    score = None
    if found is not None:
        y, p = (part.reshape(len(part), -1) for part in (y, p))
        score = _f1(y, p, np.asarray(found), finder.average)
    return Seen({CALLS: seconds}, score, megabytes)


def _peak(finder: Finder, y: np.ndarray, p: np.ndarray) -> tuple[Any, dict[str, float]]:
    """The thresholds, and the megabytes that a call adds to what is there, at its peak."""
    tracemalloc.start()
    try:
        return finder.find(y, p), {AT_PEAK: tracemalloc.get_traced_memory()[1] / 1e6}
    finally:
        tracemalloc.stop()


# --- goals


def _columns_a_core(summary: Any, setting: Setting) -> float:
    """The larger peak of macro and micro."""
    peak = max(summary[name]["median_megabytes"][AT_PEAK] for name in (MACRO, MICRO))
    column = setting.n_scores * np.dtype(np.float32).itemsize / 1e6
    return peak / column / joblib.cpu_count()


_SWEEP_GOALS = (
    within(OURS, SORT, 1.6, CALLS),
    at_least_as_fast(OURS, TUNED, 250, CALLS),
)
_BITS_GOALS = (
    at_least_as_fast(MACRO, CURVES, 3, CALLS),
    within(MICRO, MACRO, 1.5, CALLS),
    Goal(
        f"{MACRO}, {MICRO} take at most 2 columns of scores a core more at their peak",
        _columns_a_core,
        2,
        "columns",
    ),
)

WORKLOADS = {
    "sweep": Workload(COLUMN_FINDERS, sweep, "F1", _SWEEP_GOALS),
    "sweep-bits": Workload(BITS_FINDERS, bits, "F1", _BITS_GOALS, n_processes={CURVES: 1}),
}
