"""Costs: the cutoff decides as the expected costs do, and depends on their differences alone."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skbits.thresholds.costs import LARGEST_COST, cost_threshold

costs = st.floats(-100, 100)
whole_costs = st.integers(-100, 100)
probabilities = st.floats(0, 1)


def expected_costs(p, fp, fn, tp, tn):
    """Of on, and of off."""
    return p * tp + (1 - p) * fp, p * fn + (1 - p) * tn


@given(probabilities, costs, costs, costs, costs)
def test_on_from_where_it_is_expected_to_cost_no_more(p, fp, fn, tp, tn):
    assume(fn > tp or fp > tn)
    on, off = expected_costs(p, fp, fn, tp, tn)
    assume(abs(on - off) > 1e-12)  # else rounding decides
    assert (p >= cost_threshold(fp, fn, tp, tn)) == (on <= off)


@given(whole_costs, whole_costs, whole_costs, whole_costs)
def test_no_other_cutoff_is_cheaper_on_calibrated_labels(fp, fn, tp, tn):
    assume(fn > tp or fp > tn)
    n = 20
    p = np.repeat(np.arange(n + 1) / n, n)  # of the n rows with p = j / n, j are ones
    y = (np.tile(np.arange(n), n + 1) < p * n).astype(int)
    assert y.reshape(n + 1, n).mean(axis=1) == pytest.approx(np.arange(n + 1) / n)
    cost_of = np.array([[tn, fp], [fn, tp]])

    def cost(cutoff):
        return cost_of[y, (p >= cutoff).astype(int)].sum()

    best = min(cost(cutoff) for cutoff in [*np.arange(n + 1) / n, np.inf])
    # a cutoff that equals one of the probabilities may be rounded to its other side: a tie
    assert cost(cost_threshold(fp, fn, tp, tn)) == best


@given(costs, costs, costs, costs, st.floats(1e-3, 1e3))
def test_the_unit_does_not_matter(fp, fn, tp, tn, unit):
    assume(max(fn - tp, fp - tn) > 1e-6)
    scaled = [unit * cost for cost in (fp, fn, tp, tn)]
    # differences that vanish in rounding may change sides
    assume(all(d == 0 or abs(d) > 1e-6 for d in (fn - tp, fp - tn)))
    assert cost_threshold(*scaled) == pytest.approx(cost_threshold(fp, fn, tp, tn), abs=1e-6)


@given(whole_costs, whole_costs, whole_costs, whole_costs, whole_costs, whole_costs)
def test_what_ones_cost_anyway_does_not_matter_nor_what_zeros_cost(fp, fn, tp, tn, ones, zeros):
    assume(fn > tp or fp > tn)
    moved = cost_threshold(fp + zeros, fn + ones, tp + ones, tn + zeros)
    assert moved == cost_threshold(fp, fn, tp, tn)


@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_swapping_the_classes_gives_the_complement(fp, fn):
    assert cost_threshold(fp, fn) == pytest.approx(1 - cost_threshold(fn, fp))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"fp": 1, "fn": 1}, 0.5),
        ({"fp": 1, "fn": 3}, 0.25),
        ({"fp": 9, "fn": 1}, 0.9),
        ({"fp": 0, "fn": 1}, 0.0),  # a false alarm is free
        ({"fp": -1, "fn": 1}, 0.0),
        ({"fp": 1, "fn": 0}, 1.0),  # a miss is free
        ({"fp": 1, "fn": 0, "tp": 1}, np.inf),
        ({"fp": 10, "fn": 0, "tp": 1}, np.inf),
        ({"fp": 1, "fn": 0, "tp": -3}, 0.25),  # a gain
        ({"fp": 2, "fn": 3, "tn": 1}, 0.25),
        ({"fp": LARGEST_COST, "fn": LARGEST_COST, "tp": -LARGEST_COST, "tn": -LARGEST_COST}, 0.5),
        ({"fp": 5e-324, "fn": 5e-324}, 0.5),
    ],
)
def test_known_cutoffs(arguments, expected):
    threshold = cost_threshold(**arguments)
    assert type(threshold) is float
    assert threshold == expected


def test_one_cost_per_bit():
    fp, fn = np.array([1.0, 1.0, 1.0]), [3, 0, 1]
    threshold = cost_threshold(fp, fn, tp=[0, 1, 1])
    assert threshold.tolist() == [0.25, np.inf, 1]
    assert threshold.tolist() == [cost_threshold(*c) for c in zip(fp, fn, [0, 1, 1], strict=True)]
    assert cost_threshold([1], [3]).shape == (1,)
    assert cost_threshold(np.ones((2, 1)), np.ones(3)).shape == (2, 3)
    assert cost_threshold([], 1).shape == (0,)
    assert fp.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fp": 0, "fn": 0}, r"fp=0\.0, fn=0\.0, tp=0\.0, tn=0\.0: being wrong costs no more"),
        ({"fp": -1, "fn": -3}, r"fp=-1\.0, fn=-3\.0.*expected fn > tp or fp > tn\. Give costs as"),
        ({"fp": 0, "fn": -1}, r"being wrong costs no more than being right"),
        ({"fp": -1, "fn": 0}, r"being wrong costs no more than being right"),
        ({"fp": 1, "fn": 1, "tp": 2, "tn": 2}, r"tp=2\.0, tn=2\.0: being wrong"),
        ({"fp": [1, 0], "fn": [1, -7]}, r"fp=0\.0, fn=-7\.0, tp=0\.0"),
        ({"fp": np.nan, "fn": 1}, r"fp=nan: expected a finite cost"),
        ({"fp": 1, "fn": np.inf}, r"fn=inf: expected a finite cost"),
        ({"fp": 1, "fn": 1, "tn": -np.inf}, r"tn=-inf: expected a finite cost"),
        ({"fp": 1e308, "fn": 1}, r"fp=1e\+308: .* of size at most 4\.5e\+307"),
        ({"fp": None, "fn": 1}, r"fp=nan: expected a finite cost"),
        ({"fp": "high", "fn": 1}, r"fp='high' is not a number"),
        ({"fp": [1, 2], "fn": [1, 2, 3]}, r"shapes fp \(2,\), fn \(3,\), tp \(\), tn \(\) do not"),
    ],
)
def test_bad_costs(arguments, message):
    with pytest.raises(ValueError, match=message):
        cost_threshold(**arguments)
