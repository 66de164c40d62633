"""``predict_proba``: of one row, over and over, and of a million rows, with its extra memory.

The classifier was fitted in the same process. The memory is what the first call of a million rows
adds at its peak to what is resident, the probabilities that it returns included; where calls are
slow that one is timed, otherwise the later ones are.
"""

from functools import partial
from typing import Any

from benchmarks.base import Seen, Setting, Workload, seconds_of
from benchmarks.data import breast_cancer, noisy_halfspaces
from benchmarks.fitting import accuracy
from benchmarks.goals import Goal, at_least_as_fast, at_most_megabytes, at_most_milliseconds
from benchmarks.peers import (
    MLP,
    OURS,
    PEERS,
    SCIKERAS,
    SKORCH,
    Classifier,
    KerasModel,
    Network,
)
from benchmarks.resident import Peak

ROW, FIRST_ROW, MILLION = "one row", "first row", "a million rows"
AT_PEAK = "more at its peak"

_OF_ROW = Network((32,), epochs=20, batch_size=32)
_OF_MILLION = Network((32,), epochs=2, batch_size=128)
#: single rows that slow peers predict
_FEW = 20


def one_row(peer: Classifier, setting: Setting) -> Seen:
    """predict_proba, or predict where there is none, of one row, after a prediction of many."""
    rows = breast_cancer(setting)
    classifier = peer.make(_OF_ROW.limited(setting)).fit(rows.X, rows.y)
    score = accuracy(classifier, rows)
    predict = getattr(classifier, "predict_proba", classifier.predict)
    n_calls = min(_FEW, setting.n_single_rows) if peer.slow else setting.n_single_rows
    first, *later = [seconds_of(predict, rows.X[:1]) for _ in range(1 + n_calls)]
    return Seen({ROW: later, FIRST_ROW: [first]}, score)


def million(peer: Classifier, setting: Setting) -> Seen:
    """predict_proba of as many rows as the setting has, after one of few."""
    rows = noisy_halfspaces(setting, 1_000_000, 30)
    few = min(20_000, len(rows.X))
    classifier = peer.make(_OF_MILLION.limited(setting)).fit(rows.X[:few], rows.y[:few])
    classifier.predict_proba(rows.X[:100])
    with Peak() as peak:
        seconds = [seconds_of(classifier.predict_proba, rows.X)]
    if not peer.slow:
        calls = range(setting.n_predictions)
        seconds = [seconds_of(classifier.predict_proba, rows.X) for _ in calls]
    score = accuracy(classifier, rows._replace(X_test=rows.X[-few:], y_test=rows.y[-few:]))
    return Seen({MILLION: seconds}, score, {AT_PEAK: peak.added})


# --- peers of the million: keras.Model.predict at several batch sizes, of which the best counts

_ROWS_A_CALL = (1_024, 8_192, 65_536, 1_000_000)


def _batched(rows_a_call: int) -> str:
    return f"keras.Model.predict, batch {rows_a_call:,}"


_BATCHED = {
    _batched(n): Classifier("keras", partial(KerasModel, rows_a_call=n)) for n in _ROWS_A_CALL
}


def _ratio_to_best_batch(summary: Any, setting: Setting) -> float:
    seconds = {name: summary[name]["median_seconds"][MILLION] for name in (OURS, *_BATCHED)}
    return min(seconds[name] for name in _BATCHED) / seconds[OURS]


_BEST_BATCH_GOAL = Goal(
    f"{OURS} is at least 3 x as fast as keras.Model.predict at its best batch size",
    _ratio_to_best_batch,
    3,
    at_least=True,
)


WORKLOADS = {
    "predict-1": Workload(
        PEERS,
        one_row,
        goals=(at_most_milliseconds(OURS, 0.5, ROW), at_least_as_fast(OURS, SCIKERAS, 100, ROW)),
    ),
    "predict-1m": Workload(
        {OURS: PEERS[OURS], **_BATCHED, **{name: PEERS[name] for name in (SCIKERAS, MLP, SKORCH)}},
        million,
        goals=(_BEST_BATCH_GOAL, at_most_megabytes(OURS, 300, AT_PEAK)),
        n_processes={SCIKERAS: 1},
    ),
}
