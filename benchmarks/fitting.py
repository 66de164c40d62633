"""Training: single fits of several sizes, and a grid search, with the accuracy reached.

``first-fit`` and ``grid`` are the first that a process does, after its imports. The others count
the second fit of the process, of a new classifier, and show the first beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from benchmarks.base import Seen, Setting, Workload, seconds_of
from benchmarks.data import Rows, breast_cancer, noisy_halfspaces, sums_of_last
from benchmarks.goals import Goal, at_least_as_fast, within
from benchmarks.peers import (
    FLOOR,
    MLP,
    MODEL,
    OURS,
    PEERS,
    PLAIN,
    RAW,
    SCIKERAS,
    WRAPPER,
    Classifier,
    Network,
)

FIRST, SECOND, SEARCH = "first fit", "second fit", "grid search"


@dataclass(frozen=True)
class Fit:
    """A network, the rows that it is trained on, and which fits of a process are seen."""

    rows: Callable[[Setting], Rows]
    network: Network
    columns: Sequence[str] = (SECOND, FIRST)


def accuracy(classifier: Any, rows: Rows) -> float:
    """The share of labels, or of bits, that are predicted."""
    predicted = np.asarray(classifier.predict(rows.X_test))
    return float(np.mean(predicted.reshape(rows.y_test.shape) == rows.y_test))


def fits(job: Fit, peer: Classifier, setting: Setting) -> Seen:
    """Fits of all rows, each of a new classifier; the last is scored."""
    rows, network = job.rows(setting), job.network.limited(setting)
    classifiers = [peer.make(network) for _ in job.columns]
    in_order = [seconds_of(classifier.fit, rows.X, rows.y) for classifier in classifiers]
    seconds = dict(zip((FIRST, SECOND), in_order, strict=False))
    by_column = {column: [seconds[column]] for column in job.columns}
    return Seen(by_column, accuracy(classifiers[-1], rows))


def grid(
    job: Fit, sizes: Sequence[tuple[int, ...]], rates: Sequence[float], peer: Any, setting: Setting
) -> Seen:
    """A ``GridSearchCV``, refit included, in one process; accuracy is its best score."""
    rows, network = job.rows(setting), job.network.limited(setting)
    candidates = [peer.candidate(hidden, rate) for hidden in sizes for rate in rates]
    search = GridSearchCV(
        peer.make(network),
        [
            {name: [value] for name, value in candidate.items()}
            for candidate in candidates[: setting.most_candidates]
        ],
        scoring="accuracy",
        cv=list(StratifiedKFold(setting.n_folds).split(rows.X, rows.y)),
        error_score="raise",
    )
    seconds = seconds_of(search.fit, rows.X, rows.y, **peer.search_fit_params(network))
    return Seen({SEARCH: [seconds]}, float(search.best_score_))


# --- jobs

_SEARCHED = Fit(breast_cancer, Network((32,), epochs=30, batch_size=32))
_SIZES = ((16,), (32,), (64,), (32, 16))
_RATES = (1e-3, 1e-2)

JOBS = {
    "first-fit": Fit(breast_cancer, Network((32,), epochs=20, batch_size=32), (FIRST,)),
    "fit-20k": Fit(
        partial(noisy_halfspaces, n_rows=20_000, n_features=100),
        Network((64,), epochs=5, batch_size=128),
    ),
    "fit-200k": Fit(
        partial(noisy_halfspaces, n_rows=200_000, n_features=50),
        Network((128, 64), epochs=5, batch_size=256),
    ),
    "bits": Fit(
        partial(noisy_halfspaces, n_rows=20_000, n_features=32, n_bits=65),
        Network((128,), epochs=10, batch_size=128, n_outputs=65),
    ),
    "lstm": Fit(
        partial(sums_of_last, n_rows=2_000, n_steps=30),
        Network((32,), epochs=5, batch_size=32, recurrent=True),
    ),
}


def _job(
    name: str,
    *goals: Goal,
    more: Mapping[str, Classifier] = MappingProxyType({}),
    unable: Mapping[str, str] = MappingProxyType({}),
) -> Workload:
    """A workload of the classifiers of scikit-learn's kind, and more."""
    return Workload({**PEERS, **more}, partial(fits, JOBS[name]), goals=goals, unable=unable)


WORKLOADS = {
    "grid": Workload(
        PEERS,
        partial(grid, _SEARCHED, _SIZES, _RATES),
        goals=(
            at_least_as_fast(OURS, SCIKERAS, 40, SEARCH),
            at_least_as_fast(OURS, MLP, 2, SEARCH),
        ),
        n_processes={SCIKERAS: 1, WRAPPER: 1},
    ),
    "first-fit": _job("first-fit", at_least_as_fast(OURS, SCIKERAS, 3, FIRST)),
    "fit-20k": _job(
        "fit-20k",
        at_least_as_fast(OURS, MLP, 3, SECOND),
        at_least_as_fast(OURS, SCIKERAS, 15, SECOND),
        more=RAW,
    ),
    "fit-200k": _job(
        "fit-200k",
        within(OURS, MLP, 1, SECOND),
        at_least_as_fast(OURS, MODEL, 3, SECOND),
        within(OURS, FLOOR, 1.15, SECOND),
        more={**PLAIN, **RAW},
    ),
    "bits": _job(
        "bits",
        at_least_as_fast(OURS, MLP, 2, SECOND),
        more=RAW,
        unable={WRAPPER: "cannot: no multi-label y"},
    ),
    "lstm": _job(
        "lstm",
        at_least_as_fast(OURS, SCIKERAS, 5, SECOND),
        unable={WRAPPER: "cannot: no 3-D X", MLP: "cannot: no 3-D X"},
    ),
}
