"""Constraints: bounds that decisions must keep, and how far they are from them.

Rules
-----
* A constraint is one bound or several, all of which must hold: ``"recall >= 0.9"``; the other way
  round, ``"0.9 <= recall"``; from both sides, ``"0.8 <= recall <= 0.9"``; several, joined by "and"
  or in a list. A bound may be a percentage.
* Its slack is that of the bound with the least: what the metric has beyond the bound, at least 0
  where it is met. What sums are off by in their last digits is forgiven.
* Each bit and each class keeps a bound by itself. Only where the name asks for it, as in
  ``"recall_macro >= 0.9"``, the mean over them does, or all of them together ("recall_micro"), or
  where bits are scored together; see ``AVERAGES_OF``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skbits.thresholds.metrics import Counts, Metric, averaged
from skbits.values import is_word

#: (kind of target, average of the score) -> how columns keep a bound: by default first, then what
#: a name may ask for. "each" by itself; the others are averages.
AVERAGES_OF: dict[tuple[str, str], tuple[str, ...]] = {
    ("binary", "binary"): ("each",),
    ("bits", "macro"): ("each", "macro", "micro"),
    ("bits", "weighted"): ("each",),
    ("bits", "micro"): ("micro", "macro"),
    ("bits", "macro_micro"): ("macro_micro", "macro", "micro"),
    ("bits", "joint"): ("micro", "macro"),
    ("bits", "shared"): ("micro",),
    ("bits", "samples"): ("samples",),
    ("bits", "exact_match"): ("samples",),
    ("onehot", "macro"): ("each", "macro", "micro"),
}

#: (kind of target, average of the bound) -> whose the metric is, as people read it
_WHOSE = {
    ("bits", "each"): " of each bit",
    ("bits", "macro"): " on average over the bits",
    ("bits", "micro"): " of all bits together",
    ("bits", "macro_micro"): " of the bits, on average and together",
    ("bits", "samples"): " on average over the rows",
    ("onehot", "each"): " of each class",
    ("onehot", "macro"): " on average over the classes",
    ("onehot", "micro"): " of all decisions",
    ("onehot", "together"): " of all decisions",
}


@dataclass(frozen=True)
class Bound:
    """A metric that must be at least, or at most, a number.

    Parameters
    ----------
    name : str
        Of the metric, as it was written.
    metric : Metric
    sign : {">=", "<="}
    bound : float
    average : str
        How bits or classes keep it: "each" by itself, or an average.
    """

    name: str
    metric: Metric
    sign: str
    bound: float
    average: str = "each"

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.bound:g}"

    def slack_of(self, value: Any) -> Any:
        """What a value of the metric has beyond the bound; at least 0 where it is met."""
        beyond = value - self.bound if self.sign == ">=" else self.bound - value
        return beyond + 1e-12 * max(1.0, abs(self.bound))

    def slack(self, counts: Counts) -> np.ndarray:
        """What the metric of counts has beyond the bound."""
        return self.slack_of(self.metric(counts))


@dataclass(frozen=True)
class Constraint:
    """Bounds that must all hold.

    Parameters
    ----------
    bounds : tuple of Bound
    kind : str or None
        That of the target, where it is known.

    Examples
    --------
    >>> from skbits.thresholds.scoring import read_constraint
    >>> both = read_constraint("recall >= 90% and precision >= 0.5")
    >>> counts = Counts(np.array([9.0, 8.0]), 1, np.array([1.0, 2.0]), 5)
    >>> both.holds(counts).tolist(), both.slack(counts).round(2).tolist()
    ([True, False], [0.0, -0.1])
    """

    bounds: tuple[Bound, ...]
    kind: str | None = None

    def __str__(self) -> str:
        return " and ".join(str(bound) for bound in self.bounds)

    @property
    def told(self) -> str:
        """The bounds, and who keeps them: each class by itself, or all together."""
        return " and ".join(
            f"{bound}{_WHOSE.get((self.kind, bound.average), '')}" for bound in self.bounds
        )

    @property
    def names(self) -> set[str]:
        """The names of its metrics."""
        return {bound.metric.name for bound in self.bounds}

    @property
    def is_shared(self) -> bool:
        """Whether columns keep some of it together, rather than each all of it by itself."""
        return any(bound.average != "each" for bound in self.bounds)

    def slack(self, counts: Counts) -> np.ndarray:
        """The slack of one column's counts, of their shape: at least 0 where all bounds hold."""
        return self.least_slack([bound.metric(counts) for bound in self.bounds])

    def least_slack(self, values: Sequence[Any]) -> np.ndarray:
        """The slack of the values that bounds are on, one for each bound."""
        pairs = zip(self.bounds, values, strict=True)
        return np.minimum.reduce([bound.slack_of(value) for bound, value in pairs])

    def holds(self, counts: Counts) -> np.ndarray:
        """Whether one column's counts meet it."""
        return self.slack(counts) >= 0


def over_columns(metric: Any, counts: Counts, average: str, n_groups: int = 1) -> np.ndarray:
    """A metric of counts (n_columns, ...): of each column, of that shape, or averaged, (...).

    Examples
    --------
    >>> from skbits.thresholds.metrics import make_metric
    >>> counts = Counts(*np.array([[8.0, 1.0], [2.0, 0.0], [0.0, 3.0], [6.0, 12.0]]))
    >>> recall = make_metric("recall")
    >>> [over_columns(recall, counts, how).tolist() for how in ("each", "macro", "micro")]
    [[1.0, 0.25], 0.625, 0.75]
    """
    if average == "each":
        return metric(counts)
    if average == "macro_micro":
        return (averaged(metric, counts, "macro") + averaged(metric, counts, "micro")) / 2
    return averaged(metric, counts, average, n_groups)


class Clause(NamedTuple):
    """A bound as it was written."""

    metric: Any
    sign: str
    bound: float


_TURNED = {">=": "<=", "<=": ">="}


def clauses_of(constraint: Any) -> Iterator[Clause]:
    """The bounds of what a user wrote.

    Raises
    ------
    ValueError
        What is no constraint.

    Examples
    --------
    >>> [tuple(clause) for clause in clauses_of("90% <= recall <= 1 and fpr <= 1e-2")]
    [('recall', '>=', 0.9), ('recall', '<=', 1.0), ('fpr', '<=', 0.01)]
    >>> [tuple(clause) for clause in clauses_of([("recall", ">=", 0.9), "0.1 >= fpr"])]
    [('recall', '>=', 0.9), ('fpr', '<=', 0.1)]
    """
    if isinstance(constraint, str):
        for text in re.split(r"\band\b", constraint, flags=re.IGNORECASE):
            yield from _of_text(text.strip(), constraint)
        return
    if not isinstance(constraint, (tuple, list)) or not len(constraint):
        raise _no_constraint(constraint)
    if len(constraint) == 3 and is_word(constraint[1], *_TURNED):
        metric, sign, bound = constraint
        yield Clause(metric, sign, _finite(_number(bound), constraint))
        return
    if not all(isinstance(one, (str, tuple, list)) for one in constraint):
        raise _no_constraint(constraint)
    for one in constraint:
        yield from clauses_of(one)


def _of_text(text: str, whole: str) -> Iterator[Clause]:
    """The bounds of ``"recall >= 0.9"``, ``"0.9 <= recall"`` or ``"0.8 <= recall <= 0.9"``."""
    parts = [part.strip() for part in re.split(r"(>=|<=)", text)]
    operands, signs = parts[::2], parts[1::2]
    numbers = [_number(part) for part in operands]
    if len(operands) == 2 and numbers[0] is None:
        metric, (sign,), bound = operands[0], signs, numbers[1]
        ends = [(sign, bound)]
    elif len(operands) == 2 or (len(operands) == 3 and signs[0] == signs[1]):
        metric = operands[1]
        ends = [(_TURNED[signs[0]], numbers[0])]
        ends += [(sign, bound) for sign, bound in zip(signs[1:], numbers[2:], strict=True)]
    else:
        raise _no_constraint(whole)
    if not re.fullmatch(r"[^\W\d][\w.]*", metric):
        raise _no_constraint(whole)
    for sign, bound in ends:
        yield Clause(metric, sign, _finite(bound, whole))


def _number(written: Any) -> float | None:
    """A number or a percentage; None where it is neither."""
    try:
        if isinstance(written, str) and written.endswith("%"):
            return float(written[:-1]) / 100
        return float(written)
    except (TypeError, ValueError):
        return None


def _finite(bound: float | None, constraint: Any) -> float:
    if bound is None or not np.isfinite(bound):
        raise ValueError(
            f"constraint={constraint!r} has no number as its bound: {_form(constraint)}."
        )
    return bound


def _no_constraint(constraint: Any) -> ValueError:
    return ValueError(f"constraint={constraint!r}: {_form(constraint)}.")


def _form(constraint: Any) -> str:
    as_tuple = "" if isinstance(constraint, str) else ", ('recall', '>=', 0.9), a list of them"
    return f"expected 'recall >= 0.9'{as_tuple}, or several joined by 'and', with >= or <="
