"""The machinery of the benchmarks on a tiny job. Structure alone: no time is ever asserted."""

import json

from benchmarks import __main__ as command
from benchmarks.peers import OURS, PEERS, Setting
from benchmarks.report import summarize, table
from benchmarks.workloads import WORKLOADS, Seen, measure

MLP = "sklearn MLPClassifier"
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
)


def test_every_peer_gets_times_and_an_accuracy(monkeypatch, tmp_path, capsys):
    def in_this_process(workload, name, setting):
        return measure(workload, name, setting) if name in (OURS, MLP) else "failed: left out"

    monkeypatch.setattr(command, "measure_in_process", in_this_process)
    command.main(["--json", str(tmp_path / "out.json")], TINY)
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert document["versions"]["python"]
    assert document["n_cores"] >= 1
    assert list(document["workloads"]) == list(WORKLOADS)
    for summary in document["workloads"].values():
        assert list(summary) == list(PEERS)
        for name in (OURS, MLP):
            assert all(value > 0 for value in summary[name]["median_seconds"].values())
            assert 0 <= summary[name]["median_accuracy"] <= 1
        assert set(summary[OURS]["ratio"].values()) == {1.0}
    printed = capsys.readouterr().out
    assert all(printed.count(f"\n{name} ") >= len(WORKLOADS) for name in PEERS)


def test_a_process_gives_what_it_saw():
    seen = command.measure_in_process("fit", MLP, TINY)
    assert {what: len(values) for what, values in seen.seconds.items()} == {
        "first fit": 1,
        "later fits": 1,
    }
    assert 0 <= seen.accuracy <= 1


def test_medians_ratios_and_what_is_missing():
    ours, theirs = Seen({"fit": [1.0, 3.0]}, 0.5), Seen({"fit": [0.5]}, 0.25)
    summary = summarize({OURS: [ours, ours], MLP: [theirs], "other": "not installed"})
    assert summary[OURS]["seconds"] == {"fit": [1.0, 3.0, 1.0, 3.0]}
    assert summary[MLP]["ratio"] == {"fit": 0.25}
    _, *lines = (" ".join(line.split()) for line in table("fit", summary).splitlines())
    assert lines == [
        f"{OURS} 2.00 s (1x) [1.00 s .. 3.00 s] 0.500",
        f"{MLP} 500 ms (0.25x) [500 ms .. 500 ms] 0.250",
        "other not installed",
    ]
