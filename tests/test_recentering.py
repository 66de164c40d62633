"""Recentering: 0.5 afterwards is the cutoff before, for every float, dtype and method."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skbits.thresholds.decisions import check_threshold, is_on
from skbits.thresholds.recentering import METHODS, recenter

DTYPES = (np.float16, np.float32, np.float64)
TINY = 5e-324  # the smallest float64

# floats of 16 bits exist in every dtype, floats of 64 bits may be rounded to 0 or to 1
floats = st.one_of(st.floats(0, 1, width=16), st.floats(0, 1, width=32), st.floats(0, 1))
thresholds = st.one_of(floats, st.just(np.inf))
steepnesses = st.one_of(
    st.floats(0, 1e308, exclude_min=True),
    st.tuples(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)),
)
methods = st.sampled_from(list(METHODS))
dtypes = st.sampled_from(DTYPES)


@pytest.fixture(params=METHODS)
def method(request):
    return request.param


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


def neighbourhood(value, dtype):
    """The value as a dtype, four floats below and four above, as far as they lie in [0, 1]."""
    found = [dtype(value)]
    for _ in range(4):
        found = [
            np.nextafter(found[0], dtype(-1)),
            *found,
            np.nextafter(found[-1], dtype(2)),
        ]
    return np.array([v for v in found if 0 <= v <= 1], dtype=dtype)


def check_recentered(p, threshold, method, steepness=10.0):
    """What holds for every increasing p of shape (n,), and every threshold."""
    before = p.copy()
    r = recenter(p, threshold, method=method, steepness=steepness)
    t = check_threshold(threshold, 1)
    assert np.array_equal(p, before)
    assert r.dtype == p.dtype
    assert r.shape == p.shape
    assert np.array_equal(r >= 0.5, is_on(p, t))
    assert ((r >= 0) & (r <= 1)).all()
    assert (np.diff(r) >= 0).all()
    seen = float(t.astype(p.dtype)[0])  # what the decision sees
    if seen > 0:
        assert (r[p == 0] == 0).all()
    if seen < 1:
        assert (r[p == 1] == 1).all()


@given(st.lists(floats, max_size=8), thresholds, dtypes, methods, steepnesses)
def test_the_decision_at_one_half_is_the_decision_at_the_cutoff(p, t, dtype, method, steepness):
    check_recentered(np.sort(np.array(p, dtype=dtype)), t, method, steepness)


@given(floats, dtypes, methods, steepnesses)
def test_the_floats_next_to_the_cutoff(t, dtype, method, steepness):
    check_recentered(neighbourhood(t, dtype), t, method, steepness)


@pytest.mark.parametrize("t", [0, TINY, 1e-310, 1e-40, 1e-8, 0.1, 0.3, 0.5, 0.7, 1 - 1e-16, 1])
def test_the_floats_at_the_cutoff_and_at_the_ends(t, dtype, method):
    parts = [neighbourhood(v, dtype) for v in (0, t, 0.5, 1)]
    p = np.unique(np.concatenate(parts))
    for cutoff in (t, np.inf):
        check_recentered(p, cutoff, method)


@given(st.floats(0, 1), dtypes, methods, steepnesses)
def test_the_float_nearest_to_the_cutoff_is_one_half(t, dtype, method, steepness):
    assert recenter(dtype(t), t, method=method, steepness=steepness) == 0.5


@pytest.mark.parametrize("t", [0.9996, 0.9999, 1 - 1e-9])
def test_a_cutoff_is_rounded_as_its_decision_is(t, method):
    p = np.float16([0.5, 1])
    seen = float(np.float16(t))
    assert recenter(p, t, method=method).tolist() == recenter(p, seen, method=method).tolist()


@given(floats, floats, thresholds, methods, steepnesses)
def test_a_larger_probability_does_not_become_the_smaller(p, q, t, method, steepness):
    for low in (min(p, q), p, q):
        pair = np.unique([low, np.nextafter(low, 2), max(p, q)])
        check_recentered(pair[pair <= 1], t, method, steepness)


def test_every_half_precision_float(method):
    p = np.arange(np.float16(1).view(np.uint16) + 1, dtype=np.uint16).view(np.float16)
    assert (p[0], p[-1]) == (0, 1)
    for t in (0.0, 1e-7, 0.001, 0.1, 0.25, 0.5, 0.9, 0.9995, 1.0, np.inf):
        check_recentered(p, t, method)
        check_recentered(p, t, method, steepness=(300.0, 0.5))


def test_the_ends_of_the_cutoff(method, dtype):
    p = np.array([0, 0.25, 1], dtype=dtype)
    below = float(np.nextafter(dtype(0.5), dtype(0)))
    all_on, last_on, never = (recenter(p, t, method=method).tolist() for t in (0, 1, np.inf))
    assert all_on[0] == 0.5
    assert all_on[2] == 1
    assert last_on[0] == never[0] == 0
    assert last_on[1] == never[1] < 0.5
    assert last_on[2] == 0.5
    assert never[2] == below


def test_odds_at_the_ends_are_the_limits():
    p = [0, TINY, 0.25, 1 - 1e-16, 1]
    assert recenter(p, 0).tolist() == [0.5, 1, 1, 1, 1]
    assert recenter(p, 1).tolist() == [0, 0, 0, 0, 0.5]


def test_round_values(method):
    assert recenter([0, 0.25, 1], 0.25, method=method).tolist() == [0, 0.5, 1]
    assert recenter([0, 1, True], 0.3, method=method).tolist() == [0, 1, 1]


@given(floats, st.floats(1e-6, 1 - 1e-6))
def test_odds_are_divided_by_the_odds_of_the_cutoff(p, t):
    assert recenter(p, t) == pytest.approx(p * (1 - t) / (p * (1 - t) + t * (1 - p)), abs=1e-14)


@given(floats, st.floats(1e-6, 1 - 1e-6))
def test_linear_interpolates(p, t):
    assert recenter(p, t, method="linear") == pytest.approx(
        np.interp(p, [0, t, 1], [0, 0.5, 1]), abs=1e-14
    )


@given(floats, st.floats(0.01, 0.99), st.floats(0.01, 500), st.floats(0.01, 500))
def test_logistic_is_a_stretched_logistic_curve(p, t, below, above):
    if p < t:
        expected = 0.5 - 0.5 * np.tanh(below * (t - p) / 2) / np.tanh(below * t / 2)
    else:
        expected = 0.5 + 0.5 * np.tanh(above * (p - t) / 2) / np.tanh(above * (1 - t) / 2)
    r = recenter(p, t, method="logistic", steepness=(below, above))
    assert r == pytest.approx(expected, abs=1e-12)


@given(floats, st.floats(0.01, 0.99), methods)
def test_the_complement_recentered_is_the_complement(p, t, method):
    r = recenter(1 - p, 1 - t, method=method)
    assert recenter(p, t, method=method) == pytest.approx(1 - r, abs=1e-12)


@given(floats, thresholds, st.floats(0, 1e-4, exclude_min=True))
def test_logistic_without_steepness_is_linear(p, t, steepness):
    assert recenter(p, t, method="logistic", steepness=steepness) == pytest.approx(
        recenter(p, t, method="linear"), abs=1e-6
    )


@given(floats, st.floats(0.05, 0.95))
def test_logistic_of_great_steepness_is_a_step(p, t):
    r = recenter([0, t / 2, t, (1 + t) / 2, 1], t, method="logistic", steepness=1e300)
    assert r == pytest.approx([0, 0, 0.5, 1, 1])


def test_small_probabilities_are_told_apart(method):
    p = np.array([1e-200, 1e-45, 1e-30, 1e-10, 0.01])
    assert (np.diff(recenter(p, 0.7, method=method, steepness=100)) > 0).all()


@given(floats, thresholds, st.floats(1e-3, 1e3))
def test_a_pair_of_equal_steepnesses_is_one(p, t, steepness):
    one = recenter(p, t, method="logistic", steepness=steepness)
    for pair in [(steepness, steepness), np.array([steepness] * 2), [[steepness], steepness]]:
        assert recenter(p, t, method="logistic", steepness=pair) == one


@given(floats, st.floats(0.1, 0.9), st.floats(0.1, 100), st.floats(0.1, 100))
def test_each_side_has_its_own_steepness(p, t, below, above):
    own = below if p < t else above
    r = recenter(p, t, method="logistic", steepness=(below, above))
    assert r == recenter(p, t, method="logistic", steepness=own)


def test_steepness_is_not_read_otherwise():
    assert recenter(0.5, 0.25, method="odds", steepness="none") == 0.75


@given(
    st.lists(st.lists(floats, min_size=3, max_size=3), max_size=4),
    st.lists(thresholds, min_size=3, max_size=3),
    dtypes,
    methods,
)
def test_columns_are_recentered_each_for_itself(rows, t, dtype, method):
    p = np.array(rows, dtype=dtype).reshape(-1, 3)
    below, above = [1.0, 10.0, 100.0], [5.0, 0.1, 50.0]
    r = recenter(p, t, method=method, steepness=(below, above))
    assert r.shape == p.shape
    for j in range(3):
        column = recenter(p[:, j], t[j], method=method, steepness=(below[j], above[j]))
        assert np.array_equal(r[:, j], column)


def test_one_threshold_serves_all_columns(method):
    p = np.random.default_rng(0).random((5, 3))
    r = recenter(p, 0.3, method=method)
    assert np.array_equal(r, recenter(p, [0.3] * 3, method=method))
    assert np.array_equal(r, recenter(p.ravel(), 0.3, method=method).reshape(p.shape))


@pytest.mark.parametrize(
    ("p", "dtype"),
    [
        ([0.5], np.float64),
        ([0, 1], np.float64),
        ([True], np.float64),
        (np.array([0, 1], dtype=np.uint8), np.float64),
        (np.array([0.5], dtype=object), np.float64),
        (np.float16([0.5]), np.float16),
        (np.float32([[0.5]]), np.float32),
        (np.longdouble([0.5]), np.longdouble),
        (np.empty((0, 2), np.float32), np.float32),
        (np.empty((2, 0)), np.float64),
        (np.empty(0), np.float64),
        (pd.DataFrame({"a": [0.5], "b": [0.1]}), np.float64),
        (pd.Series([0.5]), np.float64),
    ],
)
def test_forms_of_p(p, dtype, method):
    r = recenter(p, 0.25, method=method)
    assert isinstance(r, np.ndarray)
    assert r.dtype == dtype
    assert r.shape == np.shape(p)


def test_a_number_gives_a_number(method):
    for p in (0.5, 1, True):
        assert type(recenter(p, [0.25], method=method)) is float
    assert type(recenter(np.float32(0.5), 0.25, method=method)) is np.float32


def test_cutoffs_by_the_names_of_a_data_frame():
    p = pd.DataFrame({"sun": [0.5], "rain": [0.5]})
    assert recenter(p, {"rain": 0.25}).tolist() == [[0.5, 0.75]]
    assert recenter(p, pd.Series({"rain": 0.25, "sun": 0.5})).tolist() == [[0.5, 0.75]]


def test_inputs_stay_as_they_are(method):
    p, t = np.array([[0.0, 0.5, 1.0]]), np.array([0.0, np.inf, 0.3])
    steepness = (np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0]))
    for array in (p, t, *steepness):
        array.flags.writeable = False
    r = recenter(p, t, method=method, steepness=steepness)
    assert r.flags.writeable
    assert not np.shares_memory(r, p)


def test_no_floating_point_warning_and_no_error_where_numpy_raises(method, dtype):
    p = np.unique(np.concatenate([neighbourhood(v, dtype) for v in (0, 0.5, 1)]))
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        for t in (0, TINY, 0.5, 1, np.inf):
            for steepness in (TINY, 1.0, 1e308):
                check_recentered(p, t, method, steepness)


def test_neighbours_keep_their_order():
    rng = np.random.default_rng(0)
    for t, method in zip(rng.random(30), list(METHODS) * 10, strict=True):
        p = np.concatenate([rng.random(300), 10.0 ** rng.uniform(-300, 0, 300)])
        p = np.unique(np.concatenate([p, np.nextafter(p, 2)]))
        for steepness in (0.01, 1.0, 1000.0):
            check_recentered(p, t, method, steepness)
    # and so do equal floats at other places of an array
    r = recenter(np.repeat(p, 3), t, method="logistic").reshape(-1, 3)
    assert all(np.array_equal(a, b) for a, b in pairwise(r.T))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "logit"}, r"method='logit' is unknown; did you mean 'logistic': expected one"),
        ({"method": "zzz"}, r"method='zzz' is unknown: expected one of odds, linear, logistic"),
        ({"method": None}, r"method=None is unknown"),
        ({"method": ["odds"]}, r"method=\['odds'\] is unknown"),
        ({"p": [0.5, 1.5]}, r"p holds 1\.5: expected numbers in \[0, 1\]. Pass the prob.*logits"),
        ({"p": -0.1}, r"p holds -0\.1"),
        ({"p": [np.nan]}, r"p holds nan"),
        ({"p": [None]}, r"p holds nan"),
        ({"p": np.inf}, r"p holds inf"),
        ({"p": np.zeros((2, 3, 4))}, r"p has shape \(2, 3, 4\): expected \(n,\) or.*column_stack"),
        ({"p": ["0.5"]}, r"p has dtype <U3: expected probabilities, as floats"),
        ({"p": [1j]}, r"p has dtype complex128"),
        ({"p": [[0.1], [0.1, 0.2]]}, r"p=.* is no array of numbers"),
        ({"threshold": 1.5}, r"threshold=1\.5 is outside \[0, 1\]"),
        ({"threshold": np.nan}, r"threshold=nan is outside"),
        ({"threshold": [0.1, 0.2]}, r"threshold=.*shape \(2,\): expected one number"),
        ({"p": [[0.1, 0.2]], "threshold": [0.1] * 3}, r"expected one number, or 2 of them"),
        ({"threshold": {"a": 0.1}}, r"threshold=\{'a': 0\.1\} names columns, but p has no names"),
        ({"steepness": 0}, r"steepness=0: expected a positive finite number, or a pair"),
        ({"steepness": -1.0}, r"steepness=-1\.0"),
        ({"steepness": np.nan}, r"steepness=nan"),
        ({"steepness": np.inf}, r"steepness=inf"),
        ({"steepness": None}, r"steepness=None"),
        ({"steepness": "steep"}, r"steepness='steep'"),
        ({"steepness": (1.0,)}, r"steepness=\(1\.0,\)"),
        ({"steepness": (1, 2, 3)}, r"pair \(below, above\)"),
        ({"steepness": (1, -2)}, r"steepness=\(1, -2\)"),
        ({"p": [[0.1, 0.2]], "steepness": ([1, 2, 3], 1)}, r"one number or 2, one per column"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        recenter(**{"p": 0.5, "threshold": 0.25, "method": "logistic", **arguments})
