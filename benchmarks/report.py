"""From what was seen to numbers (``summarize``), and from numbers to text (``table``)."""

import platform
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

import joblib

import skbits
from benchmarks.base import Seen


def version_of(package: str) -> str:
    """The version of a package, or "not installed"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def machine() -> dict[str, Any]:
    """Versions, and the number of cores that this process may use."""
    packages = ("scikit-learn", "numpy", "keras", "tensorflow", "scikeras", "skorch", "torch")
    versions = {"python": platform.python_version(), "skbits": skbits.__version__}
    versions |= {package: version_of(package) for package in packages}
    return {"versions": versions, "n_cores": joblib.cpu_count()}


def summarize(results: dict[str, list[Seen] | str]) -> dict[str, dict[str, Any]]:
    """Numbers of one workload by peer, from what its processes saw or why there is nothing."""
    summary: dict[str, dict[str, Any]] = {}
    for name, runs in results.items():
        if isinstance(runs, str):
            summary[name] = {"missing": runs}
            continue
        seconds = {what: [s for run in runs for s in run.seconds[what]] for what in runs[0].seconds}
        scores = [run.score for run in runs if run.score is not None]
        megabytes = {what: [run.megabytes[what] for run in runs] for what in runs[0].megabytes}
        medians = {what: median(values) for what, values in seconds.items()}
        summary[name] = {"median_seconds": medians}
        if ours := next(iter(summary.values())).get("median_seconds"):
            summary[name]["ratio"] = {what: medians[what] / ours[what] for what in medians}
        if scores:
            summary[name]["median_score"] = median(scores)
        if megabytes:
            medians = {what: median(values) for what, values in megabytes.items()}
            summary[name]["median_megabytes"] = medians
        summary[name] |= {"seconds": seconds, "scores": scores, "megabytes": megabytes}
    return summary


def table(workload: str, score: str, summary: dict[str, dict[str, Any]]) -> str:
    """A line a peer: median, (ratio to the first), [range of all times]; then score and memory."""
    width = max(map(len, summary))
    columns = next((list(peer["seconds"]) for peer in summary.values() if "seconds" in peer), [])
    lines = [f"{workload:{width}}" + "".join(f"{what:>44}" for what in columns) + f"{score:>10}"]
    for name, peer in summary.items():
        cells = [f"  {peer['missing']}"] if "missing" in peer else []
        for what, values in peer.get("seconds", {}).items():
            ratio = f"({peer['ratio'][what]:.3g}x)" if "ratio" in peer else ""
            spread = f"[{_time(min(values))} .. {_time(max(values))}]"
            cells.append(f"{_time(peer['median_seconds'][what]):>11} {ratio:>9} {spread:>22}")
        if "seconds" in peer and score:
            cells.append(f"{peer['median_score']:10.5f}" if "median_score" in peer else " " * 10)
        for what, value in peer.get("median_megabytes", {}).items():
            cells.append(f"  {value:.3g} MB {what}")
        lines.append(f"{name:{width}}" + "".join(cells))
    return "\n".join(lines)


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"
