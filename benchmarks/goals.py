"""Goals: a number that is computed from the medians of a workload, and its limit.

A summary is what :func:`benchmarks.report.summarize` gives: numbers by peer. Where a peer that a
goal needs was not measured, neither was the goal.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Summary = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Goal:
    """A number and its limit."""

    text: str
    value: Callable[[Summary, Any], float]  # summary, setting -> the number
    limit: float
    unit: str = "x"
    at_least: bool = False  # else at most


def reached(goal: Goal, summary: Summary, setting: Any) -> dict[str, Any]:
    """The goal in words, the number measured, and whether it keeps the limit."""
    try:
        value = goal.value(summary, setting)
    except KeyError:  # a peer is missing
        return {"goal": goal.text, "value": None, "unit": goal.unit, "reached": None}
    keeps = operator.ge if goal.at_least else operator.le
    return {
        "goal": goal.text,
        "value": value,
        "unit": goal.unit,
        "reached": keeps(value, goal.limit),
    }


def line(outcome: Mapping[str, Any]) -> str:
    """What :func:`reached` gives, as text."""
    if outcome["value"] is None:
        return f"goal: {outcome['goal']}: not measured"
    verdict = "reached" if outcome["reached"] else "MISSED"
    return f"goal: {outcome['goal']}: {outcome['value']:.3g} {outcome['unit']}, {verdict}"


# --- kinds of goals


def at_least_as_fast(ours: str, theirs: str, factor: float, column: str) -> Goal:
    """Their time is at least ``factor`` times ours."""
    return Goal(
        f"{ours} is at least {factor:g} x as fast as {theirs}",
        lambda summary, setting: (
            _seconds(summary, theirs, column) / _seconds(summary, ours, column)
        ),
        factor,
        at_least=True,
    )


def within(ours: str, theirs: str, factor: float, column: str) -> Goal:
    """Our time is at most ``factor`` times theirs."""
    return Goal(
        f"{ours} takes at most {factor:g} x the time of {theirs}",
        lambda summary, setting: (
            _seconds(summary, ours, column) / _seconds(summary, theirs, column)
        ),
        factor,
    )


def at_most_milliseconds(ours: str, limit: float, column: str) -> Goal:
    return Goal(
        f"{ours} takes at most {limit:g} ms",
        lambda summary, setting: 1000 * _seconds(summary, ours, column),
        limit,
        "ms",
    )


def at_most_megabytes(ours: str, limit: float, what: str) -> Goal:
    return Goal(
        f"{ours} takes at most {limit:g} MB {what}",
        lambda summary, setting: summary[ours]["median_megabytes"][what],
        limit,
        "MB",
    )


def _seconds(summary: Summary, name: str, column: str) -> float:
    return summary[name]["median_seconds"][column]
