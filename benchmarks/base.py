"""What all workloads share: their sizes, what a process saw, and what a workload is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

from benchmarks.goals import Goal


@dataclass(frozen=True)
class Setting:
    """Sizes of the jobs; the defaults are the benchmark's, smaller ones are for tests."""

    # limits on what each workload asks for
    most_rows: int = 1_000_000
    most_epochs: int = 30
    most_batch_rows: int = 256
    most_candidates: int = 8  # of the grid search
    n_folds: int = 5
    # repetitions
    n_processes: int = 3  # for each peer and workload, unless the workload says fewer
    n_single_rows: int = 200  # predictions of one row, in each process
    n_predictions: int = 3  # of a million rows, in each process
    n_imports: int = 3  # fresh interpreters, for each process
    n_warm_fits: int = 10  # before memory is read
    n_fits: int = 100  # while memory grows
    # the choice of thresholds
    n_scores: int = 1_000_000  # rows whose thresholds are sought
    n_bits: int = 65
    n_sweeps: int = 15  # in each process, of one column
    n_bits_sweeps: int = 3  # in each process, of all bits


@dataclass(frozen=True)
class Seen:
    """Seconds, by what took them, in the order in which they were seen; the score reached."""

    seconds: dict[str, list[float]]
    score: float | None = None
    megabytes: dict[str, float] = field(default_factory=dict)  # by what they are measured of


class Peer(Protocol):
    """Something to measure."""

    package: str  # that must be installed
    note: str  # what it cannot do


@dataclass(frozen=True)
class Workload:
    """A job for several peers, of which ratios are to the first."""

    peers: Mapping[str, Peer]
    measure: Callable[[Any, Setting], Seen]  # peer, setting -> what one process saw
    score: str = "accuracy"  # what stands beside the times
    goals: Sequence[Goal] = ()
    unable: Mapping[str, str] = field(default_factory=dict)  # peers that cannot do it -> why
    n_processes: Mapping[str, int] = field(default_factory=dict)  # peers with fewer -> how many


def seconds_of(job: Callable[..., Any], *args: Any, **kwargs: Any) -> float:
    """Wall-clock time of a call."""
    start = perf_counter()
    job(*args, **kwargs)
    return perf_counter() - start
