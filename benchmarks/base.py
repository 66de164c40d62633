"""What all workloads share: their sizes, what a process saw, and what a workload is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol


@dataclass(frozen=True)
class Setting:
    """Sizes of the jobs; the defaults are the benchmark's, smaller ones are for tests."""

    n_rows: int = 569
    hidden: int = 32
    grid_hidden: tuple[int, ...] = (16, 32)
    n_folds: int = 3
    epochs: int = 20
    batch_size: int = 32
    n_processes: int = 3  # for each peer and workload
    n_later_fits: int = 3  # in each process
    n_later_rows: int = 30  # in each process
    n_scores: int = 1_000_000  # rows whose thresholds are sought
    n_bits: int = 65
    n_sweeps: int = 15  # in each process, of one column
    n_bits_sweeps: int = 3  # in each process, of all bits

    @property
    def schedule(self) -> dict[str, int]:
        return {"epochs": self.epochs, "batch_size": self.batch_size}


@dataclass(frozen=True)
class Seen:
    """Seconds, by what took them, in the order in which they were seen; the score reached."""

    seconds: dict[str, list[float]]
    score: float | None = None
    peak_bytes: int | None = None  # of memory, where it is measured


class Peer(Protocol):
    """Something to measure."""

    package: str  # that must be installed
    note: str  # what it cannot do


@dataclass(frozen=True)
class Workload:
    """A job for several peers, of which ratios are to the first."""

    peers: Mapping[str, Peer]
    measure: Callable[[Any, Setting], Seen]  # peer, setting -> what one process saw
    score: str  # what stands beside the times
    goals: Callable[[dict[str, dict], Setting], list[str]] = lambda summary, setting: []


def seconds_of(job: Callable[..., Any], *args: Any, **kwargs: Any) -> float:
    """Wall-clock time of a call."""
    start = perf_counter()
    job(*args, **kwargs)
    return perf_counter() - start
