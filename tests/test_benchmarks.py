"""The machinery of the benchmarks on tiny jobs. Structure alone: no time is ever asserted."""

import json

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import data, floor, goals, peers, resident, thresholds
from benchmarks.base import Seen, Setting
from benchmarks.peers import FLOOR, MLP, MODEL, OURS, PEERS, SCIKERAS, SKORCH, WRAPPER
from benchmarks.report import summarize, table
from benchmarks.workloads import WORKLOADS, measure

TINY = Setting(
    most_rows=60,
    most_epochs=1,
    most_batch_rows=20,
    most_candidates=1,
    n_folds=2,
    n_processes=1,
    n_single_rows=1,
    n_predictions=1,
    n_imports=1,
    n_warm_fits=1,
    n_fits=1,
    n_scores=200,
    n_bits=3,
    n_sweeps=1,
    n_bits_sweeps=1,
)
#: one small fit of each Keras wrapper is tried; the rest of what they do takes its time
SLOW = {SCIKERAS, WRAPPER}
TRIED = {"first-fit"}


def test_every_workload_is_run_and_printed(monkeypatch, tmp_path, capsys):
    def in_this_process(workload, name, setting):
        left_out = name in SLOW and workload not in TRIED
        return "failed: left out" if left_out else measure(workload, name, setting)

    monkeypatch.setattr(command, "measure_in_process", in_this_process)
    command.main(["--json", str(tmp_path / "out.json")], TINY)
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    printed = capsys.readouterr().out
    assert document["versions"]["python"]
    assert document["n_cores"] >= 1
    assert list(document["workloads"]) == list(document["goals"]) == list(WORKLOADS)
    for workload, summary in document["workloads"].items():
        assert list(summary) == list(WORKLOADS[workload].peers)
        assert all(f"\n{name} " in printed for name in summary)
        check_peers(workload, summary)
        check_goals(workload, document["goals"][workload], printed)


def check_peers(workload, summary):
    """Each has times and a score, or a reason."""
    assert set(summary[next(iter(summary))]["ratio"].values()) == {1.0}
    for name, peer in summary.items():
        if "missing" in peer:
            left_out = name in SLOW and workload not in TRIED
            unable = name in WORKLOADS[workload].unable
            assert unable or left_out or peer["missing"] == "not installed"
        else:
            assert all(value > 0 for value in peer["median_seconds"].values())
            assert 0 <= peer.get("median_score", 0) <= 1


def check_goals(workload, outcomes, printed):
    """Each has a number, unless a peer that it needs was left out."""
    assert len(outcomes) == len(WORKLOADS[workload].goals)
    for outcome in outcomes:
        left_out = any(name in outcome["goal"] for name in SLOW) and workload not in TRIED
        assert (outcome["value"] is None) == left_out
        assert goals.line(outcome) in printed


@pytest.mark.parametrize(
    ("workload", "n_goals"),
    [
        ("grid", 2),
        ("first-fit", 1),
        ("fit-20k", 2),
        ("fit-200k", 3),
        ("bits", 1),
        ("lstm", 1),
        ("predict-1", 2),
        ("predict-1m", 2),
        ("import", 1),
        ("memory", 2),
    ],
)
def test_each_workload_has_its_goals(workload, n_goals):
    assert len(WORKLOADS[workload].goals) == n_goals


def test_finders_of_thresholds_reach_the_same_best():
    seen = {
        name: {finder: measure(name, finder, TINY) for finder in WORKLOADS[name].peers}
        for name in ("sweep", "sweep-bits")
    }
    sorting, tuned = seen["sweep"].pop(thresholds.SORT), seen["sweep"].pop(thresholds.TUNED)
    assert sorting.score is None
    micro = seen["sweep-bits"].pop(thresholds.MICRO)
    for runs in seen.values():
        assert len({run.score for run in runs.values()}) == 1
    assert tuned.score <= seen["sweep"][thresholds.OURS].score
    assert micro.megabytes[thresholds.AT_PEAK] > 0
    assert seen["sweep"][thresholds.OURS].megabytes == {}


def test_a_process_gives_what_it_saw():
    seen = command.measure_in_process("first-fit", MLP, TINY)
    assert {what: len(values) for what, values in seen.seconds.items()} == {"first fit": 1}
    assert 0 <= seen.score <= 1


def test_what_a_peer_cannot_do_and_how_often_it_runs(monkeypatch):
    monkeypatch.setattr(command, "measure_in_process", lambda *job: Seen({"calls": [1.0]}))
    bits = command.run("bits", TINY)
    assert bits[WRAPPER] == "cannot: no multi-label y"
    searches = command.run("grid", Setting(n_processes=3))
    assert [len(searches[name]) for name in (OURS, SCIKERAS, MLP)] == [3, 1, 3]


def test_medians_ratios_and_what_is_missing():
    ours = Seen({"fit": [1.0, 3.0]}, 0.5, {"a fit": 2.0})
    theirs = Seen({"fit": [0.5]}, 0.25)
    summary = summarize({OURS: [ours, ours], MLP: [theirs], "other": "not installed"})
    assert summary[OURS]["seconds"] == {"fit": [1.0, 3.0, 1.0, 3.0]}
    assert summary[OURS]["median_megabytes"] == {"a fit": 2.0}
    assert summary[MLP]["ratio"] == {"fit": 0.25}
    _, *lines = (" ".join(line.split()) for line in table("fit", "accuracy", summary).splitlines())
    assert lines == [
        f"{OURS} 2.00 s (1x) [1.00 s .. 3.00 s] 0.50000 2 MB a fit",
        f"{MLP} 500 ms (0.25x) [500 ms .. 500 ms] 0.25000",
        "other not installed",
    ]


@pytest.mark.parametrize(
    ("goal", "printed"),
    [
        (
            goals.at_least_as_fast("a", "b", 4, "fit"),
            "goal: a is at least 4 x as fast as b: 5 x, reached",
        ),
        (
            goals.at_least_as_fast("b", "a", 4, "fit"),
            "goal: b is at least 4 x as fast as a: 0.2 x, MISSED",
        ),
        (goals.within("b", "a", 5, "fit"), "goal: b takes at most 5 x the time of a: 5 x, reached"),
        (goals.within("b", "c", 5, "fit"), "goal: b takes at most 5 x the time of c: not measured"),
        (
            goals.at_most_milliseconds("a", 0.5, "fit"),
            "goal: a takes at most 0.5 ms: 2e+03 ms, MISSED",
        ),
        (
            goals.at_most_megabytes("b", 3, "a fit"),
            "goal: b takes at most 3 MB a fit: 2 MB, reached",
        ),
    ],
)
def test_goals_beside_what_was_reached(goal, printed):
    summary = {
        "a": {"median_seconds": {"fit": 2.0}},
        "b": {"median_seconds": {"fit": 10.0}, "median_megabytes": {"a fit": 2.0}},
        "c": {"missing": "not installed"},
    }
    assert goals.line(goals.reached(goal, summary, TINY)) == printed


# --- what is measured is what is meant


@pytest.mark.parametrize(
    "rows",
    [
        data.noisy_halfspaces(TINY, 20_000, 100),
        data.noisy_halfspaces(TINY, 20_000, 32, 65),
        data.sums_of_last(TINY, 2_000, 30),
    ],
)
def test_made_rows_are_float32_and_their_labels_balanced(rows):
    assert rows.X.dtype == np.float32
    assert (len(rows.X), len(rows.X_test)) == (len(rows.y), len(rows.y_test)) == (60, 15)
    assert 0.3 < rows.y.mean() < 0.7


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_floor_takes_the_steps_of_keras(n_outputs):
    """Two epochs in the order of the rows, the last batch a partial one."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    network = peers.Network((8, 4), epochs=2, batch_size=16, n_outputs=n_outputs)
    rows = data.noisy_halfspaces(TINY, 50, 5, n_outputs)
    y = rows.y.reshape(len(rows.y), -1).astype(np.float32)
    model = peers.dense_network((5,), network)
    model.compile(keras.optimizers.Adam(0.01), loss="binary_crossentropy")
    start = [tf.constant(weight) for weight in model.get_weights()]
    model.fit(rows.X, y, epochs=2, batch_size=16, shuffle=False, verbose=0)

    zeros = [tf.zeros_like(weight) for weight in start]
    state = (tf.constant(0.0), start, zeros, zeros)
    epoch = floor.epoch_program(50, 16, 0.01)
    for _ in range(2):
        state = epoch(rows.X, y, np.arange(50, dtype=np.int32), *state)
    for ours, theirs in zip(state[1], model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", [MODEL, FLOOR])
def test_raw_peers_learn(name):
    network = peers.Network((16,), epochs=30, batch_size=32)
    rows = data.noisy_halfspaces(Setting(), 1_000, 5)
    classifier = {**peers.PLAIN, **peers.RAW}[name].make(network).fit(rows.X, rows.y)
    assert np.mean(np.ravel(classifier.predict(rows.X_test)) == rows.y_test) > 0.8


def test_skorch_trains_the_same_network():
    pytest.importorskip("skorch")
    network = peers.Network((16,), epochs=30, batch_size=32)
    rows = data.noisy_halfspaces(Setting(), 1_000, 5)
    classifier = PEERS[SKORCH].make(network).fit(rows.X, rows.y)
    assert np.mean(classifier.predict(rows.X_test) == rows.y_test) > 0.8


def test_a_peak_counts_what_was_there_in_between():
    with resident.Peak() as peak:
        held = np.ones(8_000_000)
        del held
    assert 50 < peak.added < 100
