"""Brute force: what the tests of thresholds compare with. Every cut is tried, one by one.

Slow and plain on purpose; it shares no code with skbits.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from math import sqrt
from typing import Any, NamedTuple

import numpy as np


class Problem(NamedTuple):
    """A column: labels (n,), probabilities (n,), and weights (n,) or None."""

    y: np.ndarray
    p: np.ndarray
    w: np.ndarray | None


def ratio(above: float, below: float) -> float:
    """Above over below, correctly rounded; 0 where there is nothing below."""
    return float(Fraction(above) / Fraction(below)) if below else 0.0


def balanced(tp, fp, fn, tn):
    parts = [ratio(a, a + b) for a, b in ((tp, fn), (tn, fp)) if a + b]
    return sum(parts) / len(parts)


def youden(tp, fp, fn, tn):
    both = tp + fn > 0 and tn + fp > 0
    return ratio(tp, tp + fn) + ratio(tn, tn + fp) - both


def matthews(tp, fp, fn, tn):
    below = sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / below if below else 0.0


def kappa(tp, fp, fn, tn):
    n = tp + fp + fn + tn
    right, chance = (tp + tn) / n, ((tp + fp) * (tp + fn) + (tn + fp) * (tn + fn)) / n**2
    return (right - chance) / (1 - chance) if chance < 1 else 0.0


def fbeta(beta: float) -> Callable:
    b = beta**2
    return lambda tp, fp, fn, tn: ratio((1 + b) * tp, (1 + b) * tp + b * fn + fp)


COSTS = [[0, 2], [5, -1]]  # [[tn, fp], [fn, tp]]


def gain(tp, fp, fn, tn):
    return -(2 * fp + 5 * fn - tp) / (tp + fp + fn + tn)


def smoothed(tp, fp, fn, tn):
    return ratio(2 * tp + 1, 2 * tp + fp + fn + 1)


def net_benefit(tp, fp, fn, tn):
    """A user's own function of the counts."""
    return (tp - 0.25 * fp) / (tp + fp + fn + tn)


#: (scoring, formula of one cut's counts, whether both round the same way)
METRICS: list[tuple[Any, Callable, bool]] = [
    ("accuracy", lambda tp, fp, fn, tn: ratio(tp + tn, tp + fp + fn + tn), True),
    ("balanced_accuracy", balanced, False),
    ("bit_accuracy", lambda tp, fp, fn, tn: ratio(tp + tn, tp + fp + fn + tn), True),
    ("selection_rate", lambda tp, fp, fn, tn: ratio(tp + fp, tp + fp + fn + tn), True),
    ("f1", fbeta(1), True),
    ("jaccard", lambda tp, fp, fn, tn: ratio(tp, tp + fp + fn), True),
    ("matthews_corrcoef", matthews, False),
    ("mcc", matthews, False),
    ("precision", lambda tp, fp, fn, tn: ratio(tp, tp + fp), True),
    ("recall", lambda tp, fp, fn, tn: ratio(tp, tp + fn), True),
    ("specificity", lambda tp, fp, fn, tn: ratio(tn, tn + fp), True),
    ("youden", youden, False),
    (("fbeta", 2.0), fbeta(2), True),
    ("f0.5", fbeta(0.5), True),
    ("f2", fbeta(2), True),
    ("cohen_kappa", kappa, False),
    ("g_mean", lambda *c: sqrt(ratio(c[0], c[0] + c[2]) * ratio(c[3], c[3] + c[1])), False),
    ("npv", lambda tp, fp, fn, tn: ratio(tn, tn + fn), True),
    ("neg_fnr", lambda tp, fp, fn, tn: -ratio(fn, tp + fn), True),
    ("neg_fpr", lambda tp, fp, fn, tn: -ratio(fp, tn + fp), True),
    ("neg_hamming_loss", lambda tp, fp, fn, tn: -ratio(fp + fn, tp + fp + fn + tn), True),
    ("ppv", lambda tp, fp, fn, tn: ratio(tp, tp + fp), True),
    ("sensitivity", lambda tp, fp, fn, tn: ratio(tp, tp + fn), True),
    ("tnr", lambda tp, fp, fn, tn: ratio(tn, tn + fp), True),
    ("tpr", lambda tp, fp, fn, tn: ratio(tp, tp + fn), True),
    (("neg_cost", COSTS), gain, True),
    (("smoothed_f1", 1.0), smoothed, True),
    (net_benefit, net_benefit, True),
]

#: name -> formula
FORMULAS = {scoring: formula for scoring, formula, _ in METRICS if isinstance(scoring, str)}

NAMES = [str(getattr(scoring, "__name__", scoring)) for scoring, *_ in METRICS]

#: metrics that are a ratio of linear functions of the counts
_NO_RATIOS = ("cohen_kappa", "g_mean", "matthews_corrcoef", "mcc", ("smoothed_f1", 1.0))
RATIOS = [m for m in METRICS if m[0] not in _NO_RATIOS][:-1]

#: metrics of each bit: the accuracy of bits is that of whole rows
OF_BITS = [m for m in METRICS if m[0] != "accuracy"]


def lowest_on(p: np.ndarray) -> list[float]:
    """Every cut, as the lowest score that is on: all distinct scores, and infinity for none."""
    return [*np.unique(p).tolist(), np.inf]


def gap(p: np.ndarray, first: int, last: int) -> tuple[float, float]:
    """The scores that cuts from the first to the last span: from 0, and up to 1."""
    scores = np.unique(p).tolist()
    return [0.0, *scores][first], [*scores, 1.0][last]


def middle_of_widest(p: np.ndarray, cuts: list[int]) -> int:
    """Of some cuts, numbered from all on, the one in the middle of their widest stretch."""
    stretches: list[list[int]] = []
    for i in cuts:
        if stretches and i == stretches[-1][-1] + 1:
            stretches[-1].append(i)
        else:
            stretches.append([i])
    widths = [gap(p, stretch[0], stretch[-1]) for stretch in stretches]
    stretch = stretches[int(np.argmax([high - low for low, high in widths]))]
    middle = sum(gap(p, stretch[0], stretch[-1])) / 2
    return next(i for i in stretch if middle <= gap(p, i, i)[1] or i == stretch[-1])


def counts(y: np.ndarray, on: np.ndarray, w: np.ndarray | None = None) -> tuple[float, ...]:
    """(tp, fp, fn, tn)."""
    w = np.ones(len(y)) if w is None else w
    return tuple(float(w[a & b].sum()) for a, b in _cells(y == 1, on))


def _cells(y: np.ndarray, on: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(y, on), (~y, on), (y, ~on), (~y, ~on)]


def values(problem: Problem, formula: Callable) -> list[float]:
    """The metric at every cut, all on first."""
    y, p, w = problem
    return [formula(*counts(y, p >= low, w)) for low in lowest_on(p)]


def combinations(P: np.ndarray) -> Iterator[np.ndarray]:
    """Decisions (n, k) of every combination of the columns' cuts."""
    columns = [[P[:, k] >= low for low in lowest_on(P[:, k])] for k in range(P.shape[1])]
    for chosen in product(*columns):
        yield np.stack(chosen, axis=1)


def moves(P: np.ndarray, on: np.ndarray) -> Iterator[np.ndarray]:
    """Decisions (n, k) with one column cut anew, for each column and each of its cuts."""
    for k in range(P.shape[1]):
        for low in lowest_on(P[:, k]):
            moved = on.copy()
            moved[:, k] = P[:, k] >= low
            yield moved


def scores_of(rng: np.random.Generator, shape: Any) -> np.ndarray:
    """Probabilities with ties, without, all equal, at both ends, of any float dtype."""
    style = rng.integers(4)
    if style == 0:
        p = rng.integers(0, 5, shape) / 4
    elif style == 1:
        p = np.full(shape, rng.choice([0.0, 0.3, 1.0]))
    elif style == 2:
        p = np.round(rng.random(shape), 1)
    else:
        p = rng.random(shape)
    return p.astype(rng.choice([np.float16, np.float32, np.float64]))


def weights_of(rng: np.random.Generator, n: int) -> np.ndarray | None:
    """Whole weights, some of them 0; or none."""
    if rng.random() < 0.5:
        return None
    w = rng.integers(0, 4, n)
    return w if w.any() else w + 1


def problems(seed: int, n_problems: int, most_rows: int = 10) -> Iterator[Problem]:
    """Random columns, some of one class only."""
    rng = np.random.default_rng(seed)
    for _ in range(n_problems):
        n = int(rng.integers(1, most_rows + 1))
        y = (rng.random(n) < rng.choice([0.0, 0.3, 0.7, 1.0])).astype(int)
        yield Problem(y, scores_of(rng, n), weights_of(rng, n))


def tables(seed: int, n_tables: int, most_rows: int = 5, n_bits: int = 3) -> Iterator[Problem]:
    """Random rows of bits: y and p of shape (n, n_bits)."""
    rng = np.random.default_rng(seed)
    for _ in range(n_tables):
        shape = (int(rng.integers(1, most_rows + 1)), n_bits)
        y = (rng.random(shape) < rng.choice([0.0, 0.3, 0.7])).astype(int)
        yield Problem(y, scores_of(rng, shape), weights_of(rng, shape[0]))
