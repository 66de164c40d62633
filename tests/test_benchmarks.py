"""The machinery of the benchmarks on a tiny job. Structure alone: no time is ever asserted."""

import json

from benchmarks import __main__ as command
from benchmarks import thresholds
from benchmarks.base import Seen, Setting
from benchmarks.peers import OURS, PEERS
from benchmarks.report import summarize, table
from benchmarks.workloads import WORKLOADS, measure

MLP = "sklearn MLPClassifier"
LEFT_OUT = set(PEERS) - {OURS, MLP}  # they take their time
TINY = Setting(
    n_rows=60,
    hidden=2,
    grid_hidden=(2,),
    n_folds=2,
    epochs=1,
    batch_size=30,
    n_processes=1,
    n_later_fits=1,
    n_later_rows=1,
    n_scores=200,
    n_bits=3,
    n_sweeps=1,
    n_bits_sweeps=1,
)


def test_every_peer_gets_times_and_a_score(monkeypatch, tmp_path, capsys):
    def in_this_process(workload, name, setting):
        return "failed: left out" if name in LEFT_OUT else measure(workload, name, setting)

    monkeypatch.setattr(command, "measure_in_process", in_this_process)
    command.main(["--json", str(tmp_path / "out.json")], TINY)
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert document["versions"]["python"]
    assert document["n_cores"] >= 1
    assert list(document["workloads"]) == list(WORKLOADS)
    printed = capsys.readouterr().out
    for workload, summary in document["workloads"].items():
        first, *_ = names = list(WORKLOADS[workload].peers)
        assert list(summary) == names
        assert set(summary[first]["ratio"].values()) == {1.0}
        for name, peer in summary.items():
            assert f"\n{name} " in printed
            assert ("missing" in peer) == (name in LEFT_OUT)
            if name not in LEFT_OUT:
                assert all(value > 0 for value in peer["median_seconds"].values())
                assert 0 <= peer.get("median_score", 0) <= 1


def test_finders_of_thresholds_reach_the_same_best():
    seen = {
        name: {finder: measure(name, finder, TINY) for finder in WORKLOADS[name].peers}
        for name in ("sweep", "bits")
    }
    sorting, tuned = seen["sweep"].pop(thresholds.SORT), seen["sweep"].pop(thresholds.TUNED)
    assert sorting.score is None
    micro = seen["bits"].pop(thresholds.MICRO)
    for runs in seen.values():
        assert len({run.score for run in runs.values()}) == 1
    assert tuned.score <= seen["sweep"][thresholds.OURS].score
    assert micro.peak_bytes > 0
    assert seen["sweep"][thresholds.OURS].peak_bytes is None


def test_goals_beside_what_was_reached():
    summary = {name: {"median_seconds": {"calls": 2.0}} for name in thresholds.COLUMN_FINDERS}
    summary[thresholds.TUNED] = {"missing": "failed"}
    lines = WORKLOADS["sweep"].goals(summary, TINY)
    assert [line.split(": ", 1)[1] for line in lines] == [
        "1 (goal: at most 1.6)",
        "not measured (goal: at least 250)",
    ]


def test_a_process_gives_what_it_saw():
    seen = command.measure_in_process("fit", MLP, TINY)
    assert {what: len(values) for what, values in seen.seconds.items()} == {
        "first fit": 1,
        "later fits": 1,
    }
    assert 0 <= seen.score <= 1


def test_medians_ratios_and_what_is_missing():
    ours, theirs = Seen({"fit": [1.0, 3.0]}, 0.5), Seen({"fit": [0.5]}, 0.25)
    summary = summarize({OURS: [ours, ours], MLP: [theirs], "other": "not installed"})
    assert summary[OURS]["seconds"] == {"fit": [1.0, 3.0, 1.0, 3.0]}
    assert summary[MLP]["ratio"] == {"fit": 0.25}
    _, *lines = (" ".join(line.split()) for line in table("fit", "accuracy", summary).splitlines())
    assert lines == [
        f"{OURS} 2.00 s (1x) [1.00 s .. 3.00 s] 0.50000",
        f"{MLP} 500 ms (0.25x) [500 ms .. 500 ms] 0.25000",
        "other not installed",
    ]
