"""What it costs to have the library: the time of its import, the memory that fits leave behind."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from benchmarks.base import Seen, Setting, Workload, seconds_of
from benchmarks.data import breast_cancer
from benchmarks.fitting import accuracy
from benchmarks.goals import Goal, at_most_megabytes
from benchmarks.peers import MLP, OURS, PEERS, SCIKERAS, Classifier, Network
from benchmarks.resident import settled_megabytes

# --- import

IMPORT = "import"


@dataclass(frozen=True)
class Import:
    """A module whose import is timed."""

    module: str
    package: str
    note: str = ""


_TIMED_IMPORT = """
from time import perf_counter
start = perf_counter()
import {}
print(perf_counter() - start)
"""


def importing(peer: Import, setting: Setting) -> Seen:
    """Imports in fresh interpreters, after one that may have to compile and to read from disk."""
    command = [sys.executable, "-c", _TIMED_IMPORT.format(peer.module)]
    times = [
        float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        for _ in range(1 + setting.n_imports)
    ]
    return Seen({IMPORT: times[1:]})


SKBITS, SKLEARN = "import skbits", "import sklearn.base"


def _seconds_more(summary: Any, setting: Setting) -> float:
    ours, base = (summary[name]["median_seconds"][IMPORT] for name in (SKBITS, SKLEARN))
    return ours - base


# --- memory

SAME, NEW = "fit, of five architectures", "fit, each of a new one"
A_FIT, AN_ARCHITECTURE = "a fit", "a distinct architecture"

#: in turn; none of them is one of the distinct ones, which have one hidden layer
_FIVE = ((16, 8), (32, 8), (32, 16), (64, 8), (64, 16))
_SMALLEST = 8
#: fits of slow peers
_FEW = 20


def leftovers(peer: Classifier, setting: Setting) -> Seen:
    """Growth of resident memory over fits of five architectures, then over fits of distinct ones.

    Each classifier is gone before the next is fitted. Slow peers fit less often.
    """
    n_fits = min(_FEW, setting.n_fits) if peer.slow else setting.n_fits
    distinct = [(_SMALLEST + k,) for k in range(n_fits)]
    _fits(peer, setting, islice(cycle(_FIVE), setting.n_warm_fits))
    before = settled_megabytes()
    same, score = _fits(peer, setting, islice(cycle(_FIVE), n_fits))
    between = settled_megabytes()
    new, _ = _fits(peer, setting, distinct)
    after = settled_megabytes()
    growth = {A_FIT: (between - before) / n_fits, AN_ARCHITECTURE: (after - between) / n_fits}
    return Seen({SAME: same, NEW: new}, score, growth)


def _fits(
    peer: Classifier, setting: Setting, architectures: Iterator[tuple] | Sequence[tuple]
) -> tuple[list[float], float]:
    """Seconds of each fit, and the accuracy of the last."""
    rows = breast_cancer(setting)
    seconds = []
    for hidden in architectures:
        classifier = peer.make(Network(hidden, epochs=3, batch_size=32).limited(setting))
        seconds.append(seconds_of(classifier.fit, rows.X, rows.y))
    return seconds, accuracy(classifier, rows)


WORKLOADS = {
    "import": Workload(
        {SKBITS: Import("skbits", "numpy"), SKLEARN: Import("sklearn.base", "scikit-learn")},
        importing,
        score="",
        goals=(Goal(f"{SKBITS} takes at most 0.1 s more than {SKLEARN}", _seconds_more, 0.1, "s"),),
    ),
    "memory": Workload(
        {name: PEERS[name] for name in (OURS, SCIKERAS, MLP)},
        leftovers,
        goals=(at_most_megabytes(OURS, 0.2, A_FIT), at_most_megabytes(OURS, 1, AN_ARCHITECTURE)),
        n_processes={OURS: 1, SCIKERAS: 1, MLP: 1},
    ),
}
