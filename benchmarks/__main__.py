"""``python -m benchmarks [NAME] [--json FILE]``: run, print tables, write JSON."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.base import Seen, Setting
from benchmarks.goals import line, reached
from benchmarks.report import machine, summarize, table, version_of
from benchmarks.workloads import WORKLOADS

# one backend for all who use Keras; no log lines about missing accelerators
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}


def measure_in_process(workload: str, name: str, setting: Setting) -> Seen | str:
    """As :func:`benchmarks.workloads.measure`, in a new process; where it fails, how."""
    arguments = [workload, name, json.dumps(asdict(setting))]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.workloads", *arguments],
        cwd=Path(__file__).resolve().parents[1],
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        return Seen(**json.loads(done.stdout.splitlines()[-1]))
    said = done.stderr.strip() or f"exit code {done.returncode}"
    return f"failed: {said.splitlines()[-1]}"


def run(workload: str, setting: Setting) -> dict[str, list[Seen] | str]:
    """What each peer's processes saw, or why there is nothing; the peers take turns."""
    chosen = WORKLOADS[workload]
    results: dict[str, list[Seen] | str] = {
        name: chosen.unable.get(name, [])
        if version_of(peer.package) != "not installed"
        else "not installed"
        for name, peer in chosen.peers.items()
    }
    for turn in range(setting.n_processes):
        for name, runs in results.items():
            if isinstance(runs, str) or turn >= chosen.n_processes.get(name, turn + 1):
                continue
            print(f"{workload} {turn + 1}/{setting.n_processes}: {name}", file=sys.stderr)
            seen = measure_in_process(workload, name, setting)
            results[name] = seen if isinstance(seen, str) else [*runs, seen]
    return results


def main(arguments: Sequence[str] | None = None, setting: Setting | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", default="all", choices=["all", *WORKLOADS])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    options = parser.parse_args(arguments)
    setting = setting or Setting()
    document = {**machine(), "setting": asdict(setting), "workloads": {}, "goals": {}}

    print(*(" ".join(pair) for pair in document["versions"].items()), sep=", ", end="; ")
    print(document["n_cores"], "cores")
    print(*(f"{name}={value}" for name, value in document["setting"].items()), sep=", ")
    notes = {}
    for name in WORKLOADS if options.name == "all" else [options.name]:
        workload = WORKLOADS[name]
        summary = document["workloads"][name] = summarize(run(name, setting))
        goals = [reached(goal, summary, setting) for goal in workload.goals]
        document["goals"][name] = goals
        lines = [table(name, workload.score, summary), *map(line, goals)]
        print("", *lines, sep="\n", flush=True)
        notes |= {peer: found.note for peer, found in workload.peers.items() if found.note}
    print("\nMedian wall-clock times (ratio to the first: above 1x is slower) [least .. most].")
    print(*(f"{peer} {note}." for peer, note in notes.items()), sep="\n")
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
