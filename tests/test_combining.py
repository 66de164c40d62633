"""Combining the folds' thresholds: each way against its definition, and what does not count."""

import warnings
from dataclasses import replace

import brute
import numpy as np
import pytest
from sklearn.metrics import fbeta_score

from skbits import best_thresholds
from skbits.thresholds.best import make_search, score_of
from skbits.thresholds.combining import (
    COMBINE,
    combine,
    mean_curve,
    resolve,
)
from skbits.thresholds.held_out import fold_score, held_out_scores
from skbits.thresholds.metrics import make_metric
from skbits.thresholds.rows import Rows, join_rows
from skbits.thresholds.searching import InfeasibleError

METRICS = [m for m in brute.METRICS if m[0] not in ("selection_rate", "mcc")]
EVERY_METRIC = pytest.mark.parametrize(
    ("scoring", "formula"),
    [m[:2] for m in METRICS],
    ids=[getattr(m[0], "__name__", str(m[0])) for m in METRICS],
)


def bits(y, p, weights=None, kind="bits"):
    """Rows of one fold, from (n,) or (n, k)."""
    y, p = (np.array(part, dtype=float).reshape(len(part), -1) for part in (y, p))
    w = None if weights is None else np.array(weights, dtype=float)
    return Rows(kind, y, p, w)


def random_folds(seed, n_cases, n_bits=1, most=10, weighted=True):
    """Lists of three folds of random rows; some folds without positives."""
    rng = np.random.default_rng(seed)
    for _ in range(n_cases):
        weighted_now = weighted and rng.random() < 0.4
        folds = []
        for _ in range(3):
            n = int(rng.integers(1, most + 1))
            y = rng.random((n, n_bits)) < rng.choice([0.0, 0.3, 0.6])
            p = np.asarray(brute.scores_of(rng, (n, n_bits)), dtype=np.float64)
            w = rng.integers(1, 4, n) if weighted_now else None
            folds.append(bits(y, p, w, "binary" if n_bits == 1 else "bits"))
        yield folds


def has_positive(rows, k):
    return (rows.y[:, k] != 0).any()


#: what a metric needs of the rows of a fold; the others need neither label
_POSITIVES = ["f1", "f2", "f0.5", ("fbeta", 2.0), "jaccard", "precision", "ppv", "recall"]
_POSITIVES += ["sensitivity", "tpr", "neg_fnr"]
NEEDS = {
    **{name: {1} for name in _POSITIVES},
    **{name: {0} for name in ("specificity", "tnr", "npv", "neg_fpr")},
    **{name: {0, 1} for name in ("matthews_corrcoef", "cohen_kappa", "g_mean")},
}


def defined(scoring, rows, k=0):
    """Whether a fold counts for a column."""
    needs = next((labels for name, labels in NEEDS.items() if name == scoring), set())
    return needs <= set((rows.y[:, k] != 0).astype(int))


def own_best(rows, k, scoring="f1", **params):
    """best_thresholds of one column of a fold."""
    return best_thresholds(
        rows.y[:, k], rows.p[:, k], scoring=scoring, sample_weight=rows.weights, **params
    )


def best_of_all(folds, scoring):
    """That of the rows together, which have a correlation where each fold has one label only."""
    rows = join_rows(folds)
    return own_best(rows, 0, scoring).threshold if defined(scoring, rows) else 0.5


def mean_with_never(cutoffs):
    """Infinity counts as 1, unless all are infinite."""
    if all(np.isinf(cutoffs)):
        return np.inf
    return np.mean([min(cutoff, 1.0) for cutoff in cutoffs])


def of(scoring="f1", kind="binary", **params):
    return make_search(kind, scoring, **params)


# --- the mean of the folds' own best


@EVERY_METRIC
def test_fold_mean_is_the_mean_of_the_folds_own_best(scoring, formula):
    for folds in random_folds(seed=1, n_cases=25):
        got = combine(folds, of(scoring), "fold_mean")
        own = [own_best(f, 0, scoring).threshold if defined(scoring, f) else np.nan for f in folds]
        assert np.array_equal(got.fold_thresholds[:, 0], own, equal_nan=True)
        counted = [cutoff for cutoff in own if not np.isnan(cutoff)]
        expected = mean_with_never(counted) if counted else best_of_all(folds, scoring)
        assert got.thresholds[0] == pytest.approx(expected)


def test_never_counts_as_one_unless_all_folds_say_so():
    never = bits([1, 0, 0], [0.5, 1.0, 1.0], kind="binary")  # accuracy: all off
    half = bits([0, 1, 1], [0.2, 0.6, 0.7], kind="binary")
    search = of("accuracy")
    assert combine([never, never], search).thresholds.tolist() == [np.inf]
    got = combine([never, half], search, "fold_mean")
    assert got.fold_thresholds[:, 0].tolist() == [np.inf, 0.4]
    assert got.thresholds.tolist() == [0.7]


def test_bits_are_combined_each_for_itself():
    for folds in random_folds(seed=2, n_cases=25, n_bits=3):
        for how in COMBINE:
            got = combine(folds, of(kind="bits"), how)
            for k in set(range(3)) - set(got.rare):
                one = combine([replace(f.only(k), kind="binary") for f in folds], of(), how)
                assert got.thresholds[k] == pytest.approx(one.thresholds[0])
                assert np.array_equal(
                    got.fold_thresholds[:, [k]], one.fold_thresholds, equal_nan=True
                )


# --- the best of the mean curve


def value_at(rows, formula, low):
    return formula(*brute.counts(rows.y[:, 0], rows.p[:, 0] >= low, rows.weights))


def counting(folds, scoring="f1"):
    return [rows for rows in folds if defined(scoring, rows)]


#: metrics that are the mean of two others, each over the folds that it is defined on
PARTS = {
    "balanced_accuracy": [(name, brute.FORMULAS[name], 1, 0) for name in ("recall", "specificity")],
    "youden": [(name, brute.FORMULAS[name], 2, -1) for name in ("recall", "specificity")],
}


def mean_over_folds(folds, scoring, formula, low):
    """The mean of a metric over the folds that it, or a part of it, is defined on."""
    means = []
    for name, part, scale, shift in (
        PARTS[scoring] if str(scoring) in PARTS else [(scoring, formula, 1, 0)]
    ):
        some = counting(folds, name)
        if some:
            values = [scale * value_at(rows, part, low) + shift for rows in some]
            means.append(np.mean(values))
        else:
            means.append(shift)
    return np.mean(means)


@EVERY_METRIC
def test_mean_curve_is_the_best_of_the_mean_at_every_score_of_every_fold(scoring, formula):
    for folds in random_folds(seed=3, n_cases=40):
        got = combine(folds, of(scoring), "mean_curve").thresholds[0]
        counted = counting(folds, scoring)
        if not counted:
            assert got == best_of_all(folds, scoring)
            continue
        lows = brute.lowest_on(np.concatenate([rows.p[:, 0] for rows in counted]))
        means = [mean_over_folds(folds, scoring, formula, low) for low in lows]
        reached = mean_over_folds(folds, scoring, formula, got)
        assert reached == pytest.approx(max(means), abs=1e-12)


def test_mean_curve_under_a_constraint():
    recall, precision = (next(m[1] for m in brute.METRICS if m[0] == n) for n in ("recall", "f1"))
    for folds in random_folds(seed=4, n_cases=40):
        counted = counting(folds)
        if not counted:
            continue
        search = of("f1", constraint="recall >= 0.7")
        got = combine(folds, search, "mean_curve").thresholds[0]
        lows = brute.lowest_on(np.concatenate([rows.p[:, 0] for rows in counted]))
        feasible = [
            np.mean([value_at(rows, precision, low) for rows in counted])
            for low in lows
            if np.mean([value_at(rows, recall, low) for rows in counted]) >= 0.7 - 1e-12
        ]
        assert np.mean([value_at(rows, recall, got) for rows in counted]) >= 0.7 - 1e-12
        reached = np.mean([value_at(rows, precision, got) for rows in counted])
        assert reached == pytest.approx(max(feasible), abs=1e-12)


def test_a_curve_has_every_score_of_every_fold_and_both_ends():
    for folds in random_folds(seed=5, n_cases=25):
        curve = mean_curve(folds, make_metric("f1"))
        scores = np.unique(np.concatenate([rows.p[:, 0] for rows in folds]))
        assert np.array_equal(curve.scores, scores)
        f1 = brute.fbeta(1)
        values = [[value_at(rows, f1, low) for low in [*scores, np.inf]] for rows in folds]
        some = counting(folds) or folds
        of_some = [[value_at(rows, f1, low) for low in [*scores, np.inf]] for rows in some]
        assert np.allclose(curve.mean, np.mean(of_some, axis=0))
        assert np.allclose(curve.std, np.std(values, axis=0))
        at_cutoffs = [
            np.mean([value_at(rows, f1, cutoff) for rows in some])
            for cutoff in curve.cutoffs(np.float64)
        ]
        assert np.allclose(curve.mean, at_cutoffs)


def nan_below(value):
    def formula(tp, fp, fn, tn):
        return np.where(tp + fp > value, tp - fp, np.nan)

    return formula


def test_a_metric_that_is_nan_somewhere_is_never_the_best_there():
    folds = [bits([0, 1, 1], [0.1, 0.5, 0.8], kind="binary") for _ in range(2)]
    for how in ("fold_mean", "mean_curve", "pooled"):
        assert combine(folds, of(nan_below(0)), how).thresholds.tolist() == [0.3]
    for how in ("fold_mean", "mean_curve", "pooled"):
        with pytest.raises(ValueError, match="is NaN or minus infinity at every cutoff"):
            combine(folds, of(nan_below(100)), how)


# --- all rows together


@EVERY_METRIC
def test_pooled_is_the_best_of_all_rows_together(scoring, formula):
    for folds in random_folds(seed=6, n_cases=25):
        got = combine(folds, of(scoring), "pooled").thresholds[0]
        pooled = join_rows(folds)
        if defined(scoring, pooled):
            assert got == own_best(pooled, 0, scoring).threshold
        else:
            assert got == 0.5


def test_pooled_of_joint_averages_is_best_thresholds_of_all_rows():
    for folds in random_folds(seed=7, n_cases=15, n_bits=3):
        pooled = join_rows(folds)
        if not pooled.y.any():
            continue
        for average in ("micro", "shared", "samples", "exact_match"):
            scoring = "accuracy" if average == "exact_match" else "f1"
            got = combine(folds, of(scoring, "bits", average=average), "pooled").thresholds
            expected = best_thresholds(
                pooled.y, pooled.p, scoring=scoring, average=average, sample_weight=pooled.weights
            )
            assert np.array_equal(got, expected.thresholds)


# --- half of the best F1


def test_half_f1_is_half_of_the_mean_of_the_best_f1():
    for folds in random_folds(seed=8, n_cases=40):
        got = combine(folds, of(), "half_f1")
        halves = [own_best(f, 0).score / 2 if has_positive(f, 0) else np.nan for f in folds]
        assert np.allclose(got.fold_thresholds[:, 0], halves, equal_nan=True)
        expected = 0.5 if np.isnan(halves).all() else np.nanmean(halves)
        assert got.thresholds[0] == pytest.approx(expected)


def test_half_f1_is_right_where_probabilities_are_the_truth():
    """Lipton, Elkan and Naryanaswamy (2014): at the best cutoff F1 is twice the cutoff."""
    rng = np.random.default_rng(0)
    p = rng.beta(1, 5, 200_000)
    y = rng.random(len(p)) < p
    folds = [bits(y[part], p[part], kind="binary") for part in np.array_split(np.arange(len(p)), 4)]
    half, own = (combine(folds, of(), how).thresholds[0] for how in ("half_f1", "fold_mean"))
    assert half == pytest.approx(own, abs=0.02)
    f1 = [fbeta_score(y, p >= cutoff, beta=1) for cutoff in (half, own, 0.5)]
    assert f1[0] == pytest.approx(f1[1], abs=1e-3)
    assert f1[0] > f1[2] + 0.1


# --- one cutoff for all bits


@pytest.mark.parametrize("how", COMBINE)
def test_a_shared_cutoff_is_one_whatever_the_folds_hold(how):
    for folds in random_folds(seed=9, n_cases=40, n_bits=3):
        got = combine(folds, of(kind="bits", average="shared"), how)
        assert len(set(got.thresholds)) == 1
        assert all(len(set(row)) == 1 or np.isnan(row).all() for row in got.fold_thresholds)
        flat = [
            bits(
                f.y.ravel(), f.p.ravel(), None if f.weights is None else np.repeat(f.weights, 3),
                "binary",
            )
            for f in folds
        ]  # fmt: skip
        assert got.thresholds[0] == pytest.approx(combine(flat, of(), how).thresholds[0])


# --- folds that do not count


@pytest.mark.parametrize("how", ["fold_mean", "mean_curve", "half_f1"])
@pytest.mark.parametrize("n_bits", [1, 3])
def test_a_fold_without_a_positive_counts_no_more_than_none(how, n_bits):
    kind = "binary" if n_bits == 1 else "bits"
    empty = bits(np.zeros((4, n_bits)), np.full((4, n_bits), 0.9), kind=kind)
    for folds in random_folds(seed=10, n_cases=25, n_bits=n_bits, weighted=False):
        with_it = combine([*folds, empty], of(kind=kind), how)
        without = combine(folds, of(kind=kind), how)
        assert np.array_equal(with_it.thresholds, without.thresholds)
        assert np.isnan(with_it.fold_thresholds[-1]).all()
        assert np.isnan(fold_score(empty, of(kind=kind), np.full(n_bits, 0.5)))


def test_the_score_of_a_fold_is_that_of_the_bits_that_have_a_positive():
    rows = bits([[1, 0, 0], [0, 0, 1]], [[0.9, 0.9, 0.2], [0.1, 0.2, 0.8]])
    halves = np.full(3, 0.5)
    assert fold_score(rows, of(kind="bits"), halves) == 1.0
    assert score_of(rows, of(kind="bits"), halves) == pytest.approx(2 / 3)
    micro = of(kind="bits", average="micro")  # the bits count together: tp 2, fp 1
    assert fold_score(rows, micro, halves) == pytest.approx(0.8)
    both = of(kind="bits", average="macro_micro")
    assert fold_score(rows, both, halves) == pytest.approx(0.9)


# --- rare bits


def rare_folds():
    """Bit 0 has 6 positives, bit 1 has 2, bit 2 has none."""
    y = [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 0, 0]]
    p = [[0.9, 0.1, 0.1], [0.5, 0.3, 0.2], [0.2, 0.4, 0.3], [0.4, 0.2, 0.2], [0.8, 0.1, 0.1]]
    return [bits(y, p), bits(y, p)]


@pytest.mark.parametrize("how", COMBINE)
def test_rare_bits_take_the_cutoff_of_all_bits_together(how):
    folds = rare_folds()
    shared = combine(folds, of(kind="bits", average="shared"), how).thresholds[0]
    plain = combine(folds, of(kind="bits"), how)
    assert plain.rare.tolist() == [2]  # none at all: there is nothing to choose by
    assert plain.thresholds[2] == shared
    for least, rare in ((2, [2]), (3, [1, 2]), (6, [1, 2]), (7, [0, 1, 2])):
        got = combine(folds, of(kind="bits"), how, least)
        assert got.rare.tolist() == rare
        expected = np.where(np.isin(range(3), rare), shared, plain.thresholds)
        assert np.array_equal(got.thresholds, expected)
        assert np.array_equal(got.fold_thresholds, plain.fold_thresholds, equal_nan=True)


@pytest.mark.parametrize("average", ["micro", "samples", "exact_match"])
def test_rare_bits_take_the_shared_cutoff_of_joint_averages_too(average):
    search = of(
        "bit_accuracy" if average != "exact_match" else "accuracy", kind="bits", average=average
    )
    shared = combine(rare_folds(), of("bit_accuracy", kind="bits", average="shared"), "pooled")
    got = combine(rare_folds(), search, "pooled", 3)
    assert got.rare.tolist() == [1, 2]
    assert got.thresholds[1:].tolist() == [shared.thresholds[0]] * 2


@pytest.mark.parametrize("how", ["pooled", "mean_curve", "fold_mean"])
def test_a_constraint_on_each_bit_is_not_asked_of_a_rare_one(how):
    """Without positives no precision is above 0: only bits with a cutoff of their own are asked."""
    folds = rare_folds()
    search = of("recall", kind="bits", constraint="precision >= 0.6")
    got = combine(folds, search, how, 2)
    assert got.rare.tolist() == [2]
    own = of("recall", constraint="precision >= 0.6")
    for k in (0, 1):
        one = combine([replace(rows.only(k), kind="binary") for rows in folds], own, how)
        assert got.thresholds[k] == one.thresholds[0]


def test_costs_of_each_bit_go_with_their_bit():
    rng = np.random.default_rng(0)
    costs = rng.integers(1, 9, (4, 2, 2)) * (1 - np.eye(2))
    for folds in random_folds(seed=11, n_cases=15, n_bits=4):
        if not join_rows(folds).y.any(axis=0).all():
            continue
        for how in ("fold_mean", "mean_curve", "pooled"):
            got = combine(folds, of(("neg_cost", costs), kind="bits"), how, 2)
            for k in set(range(4)) - set(got.rare):
                one = [replace(rows.only(k), kind="binary") for rows in folds]
                expected = combine(one, of(("neg_cost", costs[k])), how).thresholds[0]
                assert got.thresholds[k] == pytest.approx(expected)
            if len(got.rare):
                mean = of(("neg_cost", costs.mean(axis=0)), kind="bits", average="shared")
                expected = combine(folds, mean, how).thresholds[0]
                assert got.thresholds[got.rare[0]] == pytest.approx(expected)


# --- constraints that cannot be met

# bit 0 has no positive; precision can be 1.0 for bit 1, and is at most 0.5 in either fold of bit 2
HALVES = [
    bits(
        [[0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 1, 1]],
        [[0.5, 0.9, 0.8], [0.5, 0.1, 0.7], [0.5, 0.2, 0.8], [0.5, 0.6, 0.1]],
    )
    for _ in range(2)
]


@pytest.mark.parametrize("how", ["fold_mean", "mean_curve", "pooled"])
def test_a_bit_that_cannot_meet_the_constraint_is_named_with_its_best(how):
    search = of("recall", kind="bits", constraint="precision >= 0.9")
    with pytest.raises(InfeasibleError, match=r"best attainable precision is 0.5 for bit 2\."):
        combine(HALVES, search, how)
    named = [replace(rows, names=("none", "good", "bad")) for rows in HALVES]
    with pytest.raises(InfeasibleError, match="0.5 for bit 'bad'"):
        combine(named, search, how)
    with pytest.raises(InfeasibleError, match=r"best attainable precision is 0.5\."):
        combine([replace(rows.only(2), kind="binary") for rows in HALVES],
                of("recall", constraint="precision >= 0.9"), how)  # fmt: skip


def test_a_fold_that_cannot_meet_the_constraint_does_not_count():
    good = bits([1, 1, 0], [0.9, 0.5, 0.1], kind="binary")
    bad = bits([1, 0, 0], [0.2, 0.5, 0.8], kind="binary")
    search = of("recall", constraint="precision >= 0.9")
    got = combine([good, bad], search, "fold_mean")
    assert np.array_equal(got.fold_thresholds[:, 0], [0.3, np.nan], equal_nan=True)
    assert got.thresholds.tolist() == [0.3]
    scores = held_out_scores([good, bad, good], search, "fold_mean", 0).scores
    assert scores.tolist() == [1.0, 0.0, 1.0]
    assert np.isnan(held_out_scores([good, bad], search, "fold_mean", 0).scores[0])


# --- classes


def classes(seed, n_folds=3, n=20, k=3, dtype=float):
    rng = np.random.default_rng(seed)
    for _ in range(n_folds):
        truth = rng.integers(k, size=n)
        p = rng.dirichlet(np.ones(k), n) + 0.5 * np.eye(k)[truth]
        yield Rows("onehot", np.eye(k)[truth], (p / p.sum(axis=1, keepdims=True)).astype(dtype))


def test_classes_take_the_geometric_mean_of_the_folds():
    folds = list(classes(0))
    search = of("f1", kind="onehot")
    got = combine(folds, search, "fold_mean")
    own = [
        best_thresholds(rows.y, rows.p, kind="onehot", scoring="f1").thresholds for rows in folds
    ]
    assert np.array_equal(got.fold_thresholds, own)
    ratios = got.thresholds / got.thresholds[0]
    expected = np.prod(np.array(own) / np.array(own)[:, :1], axis=0) ** (1 / 3)
    assert np.allclose(ratios, expected)


@pytest.mark.parametrize("how", ["fold_mean", "pooled"])
def test_a_fold_of_classes_without_rows_does_not_count(how):
    folds = list(classes(1))
    empty = Rows("onehot", np.zeros((0, 3)), np.zeros((0, 3)))
    search = of("f1", kind="onehot")
    with_it, without = (combine(some, search, how) for some in ([*folds, empty], folds))
    assert np.array_equal(with_it.thresholds, without.thresholds)
    scores = held_out_scores([*folds, empty], search, how, 0).scores
    assert np.isnan(scores[-1])
    assert not np.isnan(scores[:-1]).any()


def test_a_fold_of_classes_that_cannot_meet_the_constraint_does_not_count():
    good, bad = classes(2, n_folds=2, n=40)
    bad = replace(bad, p=bad.p[::-1].copy())
    search = of("f1", kind="onehot", constraint="balanced_accuracy >= 0.7")
    got = combine([good, bad], search, "fold_mean")
    assert np.isnan(got.fold_thresholds[1]).all()
    assert np.allclose(got.thresholds, got.fold_thresholds[0])
    with pytest.raises(InfeasibleError, match="best found balanced_accuracy"):
        combine([bad, bad], search, "fold_mean")


# --- held-out scores


@pytest.mark.parametrize("how", COMBINE)
def test_each_fold_is_scored_at_what_the_others_choose(how):
    for folds in random_folds(seed=12, n_cases=15, n_bits=3):
        search = of(kind="bits")
        got = held_out_scores(folds, search, how, 2).scores
        for i, rows in enumerate(folds):
            others = [fold for j, fold in enumerate(folds) if j != i]
            chosen = combine(others, search, how, 2).thresholds
            counted = [k for k in range(3) if has_positive(rows, k)]
            if not counted:
                assert np.isnan(got[i])
                continue
            w = rows.weights
            expected = [
                brute.fbeta(1)(*brute.counts(rows.y[:, k], rows.p[:, k] >= chosen[k], w))
                for k in counted
            ]
            assert got[i] == pytest.approx(np.mean(expected))


def test_known_thresholds_of_the_folds_give_the_same():
    for folds in random_folds(seed=13, n_cases=10, n_bits=2):
        for how in COMBINE:
            search = of(kind="bits")
            known = combine(folds, search, how, 3).fold_thresholds
            plain = held_out_scores(folds, search, how, 3).scores
            assert np.array_equal(
                held_out_scores(folds, search, how, 3, known).scores, plain, equal_nan=True
            )


def test_a_single_fold_is_scored_at_its_own():
    rows = bits([0, 1, 1, 0], [0.1, 0.3, 0.9, 0.4], kind="binary")
    for how in ("fold_mean", "mean_curve", "pooled"):
        scores = held_out_scores([rows], of(), how, 0)
        assert scores.scores.tolist() == [scores.mean] == [own_best(rows, 0).score]


# --- what follows from nothing but the rows


@pytest.mark.parametrize("how", COMBINE)
def test_the_order_of_folds_and_the_scale_of_weights_do_not_matter(how):
    for folds in random_folds(seed=14, n_cases=15, n_bits=2):
        search = of(kind="bits")
        got = combine(folds, search, how, 2).thresholds
        assert np.allclose(combine(folds[::-1], search, how, 2).thresholds, got)
        if folds[0].weights is not None:
            heavy = [replace(rows, weights=rows.weights * 4) for rows in folds]
            assert np.allclose(combine(heavy, search, how, 2).thresholds, got)


@pytest.mark.parametrize("how", COMBINE)
def test_thresholds_exist_in_the_dtype_of_the_probabilities(how):
    for folds in random_folds(seed=15, n_cases=10, n_bits=2):
        folds = [replace(rows, p=rows.p.astype(np.float32)) for rows in folds]
        got = combine(folds, of(kind="bits"), how, 1).thresholds
        assert np.array_equal(got.astype(np.float32), got)


def test_folds_are_not_changed():
    for folds in random_folds(seed=16, n_cases=5, n_bits=2):
        before = [(rows.y.copy(), rows.p.copy()) for rows in folds]
        for how in COMBINE:
            known = combine(folds, of(kind="bits"), how, 3).fold_thresholds
            copy = known.copy()
            held_out_scores(folds, of(kind="bits"), how, 3, known)
            assert np.array_equal(known, copy, equal_nan=True)
        for rows, (y, p) in zip(folds, before, strict=True):
            assert np.array_equal(rows.y, y)
            assert np.array_equal(rows.p, p)


# --- which ways go with what


@pytest.mark.parametrize(
    ("kind", "params", "expected"),
    [
        ("binary", {}, "fold_mean"),
        ("bits", {}, "fold_mean"),
        ("bits", {"average": "micro"}, "fold_mean"),
        ("bits", {"average": "macro_micro"}, "pooled"),
        ("onehot", {}, "pooled"),
        ("binary", {"constraint": "recall >= 0.5"}, "pooled"),
        ("bits", {"constraint": "recall >= 0.5"}, "pooled"),
    ],
)
def test_what_auto_stands_for(kind, params, expected):
    assert resolve("auto", of(kind=kind, **params), kind) == expected


def called(y_true, y_pred):
    return float(np.mean(y_true == y_pred))


@pytest.mark.parametrize(
    ("how", "kind", "scoring", "params", "message"),
    [
        ("mode", "bits", "f1", {}, "combine='mode': expected 'auto' or one of fold_mean"),
        (None, "bits", "f1", {}, "combine=None: expected 'auto' or one of fold_mean"),
        (["pooled"], "bits", "f1", {}, r"combine=\['pooled'\]: expected 'auto' or one of"),
        ("mean_curve", "bits", "f1", {"average": "micro"}, "combine='mean_curve' contradicts aver"),
        ("mean_curve", "bits", "f1", {"average": "samples"}, "average='samples' of a bits target"),
        ("mean_curve", "onehot", "f1", {}, "Use 'fold_mean' or 'pooled'"),
        ("mean_curve", "binary", called, {}, "scoring='called': expected a formula"),
        ("half_f1", "binary", "recall", {}, "combine='half_f1' contradicts scoring='recall'"),
        ("half_f1", "bits", "f1", {"average": "samples"}, "average='samples'"),
        ("half_f1", "onehot", "f1", {}, "expected scoring='f1' with average 'macro'"),
        ("half_f1", "binary", "f1", {"constraint": "recall >= 0.5"}, "constraint='recall >= 0.5'"),
        ("half_f1", "binary", called, {}, "scoring='called'"),
    ],
)  # fmt: skip
def test_ways_that_do_not_go_with_the_scoring_are_refused(how, kind, scoring, params, message):
    with pytest.raises(ValueError, match=message):
        resolve(how, of(scoring, kind=kind, **params), kind)


def test_a_metric_of_labels_is_combined_too():
    for folds in random_folds(seed=17, n_cases=6, n_bits=2, weighted=False):
        for how in ("fold_mean", "pooled"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                got = combine(folds, of("bit_accuracy", kind="bits"), how)
                other = combine(folds, of(called, kind="bits", average="macro"), how)
            assert np.array_equal(got.thresholds, other.thresholds)
