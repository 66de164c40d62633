"""Decisions: ties, infinities, dtypes, and margins that never contradict them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skbits.thresholds.decisions import (
    check_threshold,
    is_on,
    log_odds,
    log_p,
    log_ratio,
    margin,
    winners,
)

floats32 = st.floats(0, 1, width=32)
thresholds = st.one_of(st.floats(0, 1), st.just(np.inf))


@given(floats32, thresholds)
def test_the_sign_of_a_margin_is_the_decision(p, threshold):
    for dtype in (np.float32, np.float64):
        array = np.array([p], dtype=dtype)
        m = margin(array, np.array(threshold))
        assert np.isfinite(m).all()
        assert (m >= 0).tolist() == is_on(array, np.array(threshold)).tolist()


@given(floats32, thresholds, st.floats(-1e30, 1e30))
def test_a_margin_from_logits_does_not_contradict_the_decision(p, threshold, logit):
    m = margin(np.float32([p]), np.array(threshold), np.array([logit]))
    assert np.isfinite(m).all()
    assert (m[0] >= 0) == is_on(np.float32([p]), np.array(threshold))[0]


@given(st.lists(floats32, min_size=2, max_size=2, unique=True))
def test_log_odds_increase_strictly_in_float32(pair):
    low, high = sorted(pair)
    assert log_odds(np.float32([low]))[0] < log_odds(np.float32([high]))[0]
    assert log_p(np.float32([low]))[0] < log_p(np.float32([high]))[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_neighbours_of_the_ends_are_told_apart(dtype):
    zero, one = dtype(0), dtype(1)
    inner = [np.nextafter(zero, one), np.nextafter(one, zero)]
    p = np.array([zero, inner[0], 0.5, inner[1], one], dtype=dtype)
    odds = log_odds(p)
    assert np.isfinite(odds).all()
    assert (np.diff(odds) > 0).all()
    assert odds[2] == 0


@given(floats32)
def test_a_tie_is_on_and_its_lower_neighbour_is_off(t):
    p = np.float32([t, np.nextafter(np.float32(t), np.float32(-1))])
    assert is_on(p, np.array(float(np.float32(t)))).tolist() == [True, False]


def test_a_decimal_threshold_ties_with_the_float32_next_to_it():
    for decimal in (0.1, 0.3, 0.7, 0.9):
        assert is_on(np.float32([decimal]), np.array(decimal)).all()


def test_the_ends():
    p = np.float32([0, 0.5, 1])
    assert is_on(p, np.array(0.0)).all()
    assert is_on(p, np.array(1.0)).tolist() == [False, False, True]
    assert not is_on(p, np.array(np.inf)).any()


@given(
    st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=1, max_size=4),
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
)
def test_the_largest_ratio_wins(rows, t):
    p, t = np.array(rows), np.array(t)
    ratio = p / t
    best = winners(p, t)[:, 0]
    assert (ratio[np.arange(len(p)), best] >= ratio.max(axis=1) * (1 - 1e-12)).all()
    assert np.array_equal(log_ratio(p, t).argmax(axis=1), best)


@given(st.lists(st.lists(floats32, min_size=3, max_size=3), min_size=1, max_size=4), thresholds)
def test_equal_thresholds_choose_the_most_probable_class(rows, t):
    p = np.float32(rows)
    assert np.array_equal(winners(p, np.full(3, t))[:, 0], p.argmax(axis=1))


def test_zero_always_wins_and_never_never():
    p = np.array([[0.01, 0.99], [0.5, 0.5]])
    assert winners(p, np.array([0.0, 0.5])).ravel().tolist() == [0, 0]
    assert winners(p, np.array([0.5, np.inf])).ravel().tolist() == [0, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("threshold", [0.3, 0.2, 0.7, 0.9])
def test_of_ratios_that_are_equal_the_first_wins(threshold, dtype):
    p = np.array([[0.5, 0.25, 0.25], [0.25, 0.125, 0.125]], dtype=dtype)
    t = np.array([threshold, threshold / 2, threshold / 2])
    assert winners(p, t).ravel().tolist() == [0, 0]
    assert log_ratio(p, t)[:, :2] == pytest.approx(log_ratio(p, t)[:, 1:], abs=0)


def test_groups_decide_each_for_itself():
    p = np.array([[0.9, 0.1, 0.2, 0.8]])
    assert winners(p, np.full(4, 0.5), n_groups=2).tolist() == [[0, 1]]
    assert winners(p, np.array([0.95, 0.5, 0.5, 0.5]), n_groups=2, abstain=True).tolist() == [
        [-1, 1]
    ]


def test_abstention_compares_the_winner_with_its_own_threshold():
    p = np.array([[0.6, 0.4]])
    assert winners(p, np.array([0.6, 0.6]), abstain=True).tolist() == [[0]]  # a tie is reached
    assert winners(p, np.array([0.61, 0.61]), abstain=True).tolist() == [[-1]]


@pytest.mark.parametrize(
    ("threshold", "n", "names", "expected"),
    [
        (0.3, 2, None, [0.3, 0.3]),
        ([0.1, 0.9], 2, None, [0.1, 0.9]),
        (np.float32(0.25), 1, None, [0.25]),
        ([0.4], 1, None, [0.4]),
        (np.inf, 1, None, [np.inf]),
        ({"b": 0.1}, 2, ["a", "b"], [0.5, 0.1]),
        ({1: 0.2}, 2, [0, 1], [0.5, 0.2]),
        (0, 2, None, [0, 0]),
    ],
)
def test_forms_of_a_threshold(threshold, n, names, expected):
    assert check_threshold(threshold, n, names).tolist() == expected


@pytest.mark.parametrize(
    ("threshold", "n", "message"),
    [
        (1.5, 1, r"threshold=.*1\.5.* is outside \[0, 1\]: expected a probability"),
        (-0.1, 1, r"outside \[0, 1\]"),
        (-np.inf, 1, r"outside \[0, 1\]"),
        (np.nan, 1, r"nan.* is outside \[0, 1\]"),
        ([0.5, 2], 2, r"2\.0.* is outside"),
        ([0.5, 0.5], 3, r"shape \(2,\): expected one number, or 3 of them"),
        ([[0.5]], 1, r"shape \(1, 1\)"),
        ("high", 1, "threshold='high' is not a number"),
        (None, 1, r"threshold=.* is outside|is not a number"),
        ({"c": 0.5}, 2, r"names 'c', which is not among the names in fit: \['a', 'b'\]"),
        ({"a": 7}, 2, r"7\.0.* is outside"),
    ],
)
def test_bad_thresholds(threshold, n, message):
    with pytest.raises(ValueError, match=message):
        check_threshold(threshold, n, ["a", "b"])


def test_a_dict_needs_names():
    with pytest.raises(ValueError, match="had no names in fit"):
        check_threshold({"a": 0.5}, 2)
