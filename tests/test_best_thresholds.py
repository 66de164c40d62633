"""Best thresholds of one column: all cuts, ties, where the cutoff lies, constraints, costs."""

import warnings

import brute
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn import metrics as sk
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV

from skbits import best_thresholds, cost_threshold
from skbits.thresholds import sweeping
from skbits.thresholds.sweeping import PackedColumn, WeighedColumn, cutoffs, sort_column

EVERY_METRIC = pytest.mark.parametrize(
    ("scoring", "formula", "exactly"), brute.METRICS, ids=brute.NAMES
)


def decide(p, threshold):
    """On or off, by p's own dtype."""
    return p >= p.dtype.type(threshold)


def score_at(problem, threshold, formula):
    y, p, w = problem
    return formula(*brute.counts(y, decide(p, threshold), w))


# --- every cut


@EVERY_METRIC
def test_the_best_of_all_cuts(scoring, formula, exactly):
    near = 0 if exactly else 1e-12
    for problem in brute.problems(seed=1, n_problems=150):
        y, p, w = problem
        best = best_thresholds(y, p, scoring=scoring, sample_weight=w)
        expected = max(brute.values(problem, formula))
        assert abs(best.score - expected) <= near
        assert abs(best.score - score_at(problem, best.threshold, formula)) <= near
        assert abs(best.default_score - score_at(problem, 0.5, formula)) <= near
        counts = brute.counts(y, decide(p, best.threshold), w)
        assert np.ravel(best.counts).tolist() == list(counts)
        assert best.default_score <= best.score


@pytest.mark.parametrize(
    ("scoring", "metric"),
    [
        ("accuracy", sk.accuracy_score),
        ("balanced_accuracy", sk.balanced_accuracy_score),
        ("f1", lambda y, on, **w: sk.f1_score(y, on, zero_division=0, **w)),
        ("jaccard", lambda y, on, **w: sk.jaccard_score(y, on, zero_division=0, **w)),
        ("matthews_corrcoef", sk.matthews_corrcoef),
        ("precision", lambda y, on, **w: sk.precision_score(y, on, zero_division=0, **w)),
        ("recall", lambda y, on, **w: sk.recall_score(y, on, zero_division=0, **w)),
        ("specificity", lambda y, on, **w: sk.recall_score(1 - y, 1 - on, zero_division=0, **w)),
        (("fbeta", 0.5), lambda y, on, **w: sk.fbeta_score(y, on, beta=0.5, zero_division=0, **w)),
    ],
    ids=lambda value: "" if callable(value) else str(value),
)  # fmt: skip
def test_scikit_learn_agrees_on_the_score(scoring, metric):
    for y, p, w in brute.problems(seed=2, n_problems=60, most_rows=14):
        best = best_thresholds(y, p, scoring=scoring, sample_weight=w)
        given = {} if w is None else {"sample_weight": w}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of rows of one class
            assert metric(y, decide(p, best.threshold).astype(int), **given) == pytest.approx(
                best.score, abs=1e-12
            )


def test_weights_need_not_be_whole():
    rng = np.random.default_rng(0)
    for y, p, _ in brute.problems(seed=3, n_problems=100):
        w = rng.random(len(y)) + 0.01
        problem = brute.Problem(y, p, w)
        best = best_thresholds(y, p, sample_weight=w)
        assert best.score == pytest.approx(max(brute.values(problem, brute.fbeta(1))), abs=1e-12)


# --- what must not matter


def same(a, b):
    return a.threshold == b.threshold and a.score == b.score and a.counts == b.counts


@EVERY_METRIC
def test_rows_may_stand_in_any_order_and_weights_are_repeated_rows(scoring, formula, exactly):
    rng = np.random.default_rng(4)
    for y, p, w in brute.problems(seed=4, n_problems=30):
        best = best_thresholds(y, p, scoring=scoring, sample_weight=w)
        order = rng.permutation(len(y))
        shuffled = best_thresholds(
            y[order], p[order], scoring=scoring, sample_weight=None if w is None else w[order]
        )
        assert same(best, shuffled)
        if w is not None:
            assert same(best, best_thresholds(y.repeat(w), p.repeat(w), scoring=scoring))
            kept = w > 0
            assert same(
                best,
                best_thresholds(y[kept], p[kept], scoring=scoring, sample_weight=w[kept]),
            )


@EVERY_METRIC
def test_only_the_order_of_the_scores_matters(scoring, formula, exactly):
    for y, p, w in brute.problems(seed=5, n_problems=30):
        p = p.astype(float)
        squeezed = p**3 / 2 + 0.25
        best, other = (
            best_thresholds(y, q, scoring=scoring, sample_weight=w) for q in (p, squeezed)
        )
        assert best.score == other.score
        values = brute.values(brute.Problem(y, p, w), formula)
        if np.isclose(values, max(values)).sum() == 1:  # of ties, the scale of the scores decides
            on = (p >= best.threshold) != (squeezed >= other.threshold)
            assert not (on if w is None else on[w > 0]).any()


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1, width=16)), min_size=1, max_size=30))
@settings(max_examples=80, deadline=None)
def test_the_dtype_does_not_change_a_decision(rows):
    y, p = (np.array(part) for part in zip(*rows, strict=True))
    found = [
        best_thresholds(y.astype(int), p.astype(d)) for d in (np.float16, np.float32, np.float64)
    ]
    on = [decide(p.astype(d), best.threshold).tolist()
          for d, best in zip((np.float16, np.float32, np.float64), found, strict=True)]  # fmt: skip
    assert on[0] == on[1] == on[2]
    assert len({best.score for best in found}) == 1
    for d, best in zip((np.float16, np.float32), found, strict=False):
        assert float(d(best.threshold)) == best.threshold  # so float64 decides as well
        assert np.array_equal(decide(p.astype(d), best.threshold), p >= best.threshold)


def test_inputs_are_not_changed_in_any_layout():
    rng = np.random.default_rng(6)
    wide = rng.random((40, 6)).astype(np.float32)
    table = rng.integers(0, 2, (40, 6))
    weights = rng.integers(0, 3, 80)
    for array in (wide, table, weights):
        array.setflags(write=False)
    copies = wide.copy(), table.copy(), weights.copy()
    for y, p in ((table[:, 1], wide[:, 1]), (table[::-2, 3], wide[::-2, 3])):
        w = weights[: 2 * len(y) : 2]
        for some in (None, w):
            best = best_thresholds(y, p, sample_weight=some)
            assert same(best, best_thresholds(y.copy(), p.copy(), sample_weight=some))
    layouts = [
        best_thresholds(f(table), f(wide), average="micro")
        for f in (np.asarray, np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2])
    ]
    assert all(np.array_equal(best.thresholds, layouts[0].thresholds) for best in layouts)
    assert all(np.array_equal(a, b) for a, b in zip(copies, (wide, table, weights), strict=True))


@pytest.mark.parametrize("block", [1, 3, 64])
def test_blocks_and_threads_are_the_plain_sweep(monkeypatch, block):
    rng = np.random.default_rng(7)
    problems = list(brute.problems(seed=7, n_problems=20, most_rows=30))
    for many in (rng.random(500), rng.integers(0, 9, 500) / 8):
        problems.append(brute.Problem(rng.integers(0, 2, 500), many.astype(np.float32), None))
    for y, p, w in problems:
        plain = WeighedColumn.of(p, y == 1, np.ones(len(y)))
        known = next(plain.cuts())
        best = best_thresholds(y, p, sample_weight=w)
        with monkeypatch.context() as patched:
            patched.setattr(sweeping, "_BLOCK", block)
            patched.setattr(sweeping, "MANY", 2)
            patched.setattr("skbits.thresholds.searching.MANY", 2)
            for n_jobs in (1, 2, 3):
                assert same(best, best_thresholds(y, p, sample_weight=w, n_jobs=n_jobs))
                column = PackedColumn.of(p, y == 1, n_jobs)
                parts = list(column.cuts())
                assert (
                    np.concatenate([c.position for c in parts]).tolist() == known.position.tolist()
                )
                for i in range(4):
                    swept = np.concatenate([c.counts[i] for c in parts])
                    assert swept.tolist() == known.counts[i].tolist()


def test_more_rows_than_a_block():
    rng = np.random.default_rng(8)
    n = 3 * sweeping._BLOCK + 5
    p = rng.random(n).astype(np.float32)
    y = (rng.random(n) < p).astype(int)
    for scores in (p, np.round(p, 2)):
        packed, plain = best_thresholds(y, scores), best_thresholds(y, scores.astype(float))
        assert packed.score == plain.score
        assert np.array_equal(scores >= packed.threshold, scores >= plain.threshold)


# --- where the cutoff lies


@pytest.mark.parametrize(  # of the others, ties are a matter of rounding
    ("scoring", "formula"),
    [(scoring, formula) for scoring, formula, exactly in brute.METRICS if exactly],
    ids=[name for name, (*_, exactly) in zip(brute.NAMES, brute.METRICS, strict=True) if exactly],
)
def test_the_cutoff_lies_in_the_middle_of_the_widest_gap_of_ties(scoring, formula):
    for problem in brute.problems(seed=9, n_problems=80):
        y, p, w = problem
        if w is not None:  # a score of rows that weigh nothing is none
            problem = y, p, w = brute.Problem(y[w > 0], p[w > 0], w[w > 0])
        best = best_thresholds(y, p, scoring=scoring, sample_weight=w)
        tried = brute.values(problem, formula)
        tied = [i for i, value in enumerate(tried) if value == max(tried)]
        if len(tied) == len(tried):
            assert best.threshold == 0.5
            continue
        i = brute.middle_of_widest(p, tied)
        below, above = brute.gap(p, i, i)
        if i == len(tried) - 1 and below == 1.0:
            assert best.threshold == np.inf
        else:
            assert best.threshold == pytest.approx((below + above) / 2, rel=1e-3)
            assert (below < best.threshold <= above) or i == 0
        assert float(p.dtype.type(best.threshold)) == best.threshold


def test_of_cutoffs_equally_good_the_one_with_the_most_slack_in_the_constraint():
    recall, precision = brute.FORMULAS["recall"], brute.FORMULAS["precision"]
    for y, p, w in brute.problems(seed=12, n_problems=120):
        if w is not None:
            y, p, w = y[w > 0], p[w > 0], w[w > 0]
        if not y.any():
            continue
        problem = brute.Problem(y, p, w)
        best = best_thresholds(
            y, p, scoring="precision", constraint="recall >= 0.4", sample_weight=w
        )
        slack = np.array(brute.values(problem, recall)) - 0.4
        tried = np.where(slack >= -1e-12, brute.values(problem, precision), -1.0)
        tied = np.flatnonzero(tried == tried.max())
        cells = [brute.counts(y, p >= low, w)[:2] for low in brute.lowest_on(p)]  # (tp, fp)

        def bettered(i, others=tied, cells=cells):
            tp, fp = cells[i]
            return any(
                cells[j] != (tp, fp) and cells[j][0] >= tp and cells[j][1] <= fp for j in others
            )

        tied = np.array([i for i in tied if not bettered(i)])
        tied = tied[slack[tied] == slack[tied].max()].tolist()
        if len(tied) == len(tried):
            continue
        low = brute.lowest_on(p)[brute.middle_of_widest(p, tied)]
        assert np.array_equal(decide(p, best.threshold), p >= low)


def test_under_a_bound_from_above_no_tie_goes_to_the_useless_end():
    """Precision is 1 from 60 found to 1 found: the slack is largest where hardly any is."""
    rng = np.random.default_rng(1)
    y = np.repeat([0, 1], 100)
    p = np.concatenate([rng.uniform(0, 0.6, 100), rng.uniform(0.4, 1, 100)])
    for scoring, constraint in [
        ("precision", "selection_rate <= 0.45"),
        ("precision", "recall <= 0.9"),
        ("recall", "selection_rate >= 0.3"),
        ("specificity", "selection_rate <= 0.45"),
    ]:
        best = best_thresholds(y, p, scoring=scoring, constraint=constraint)
        tp, fp = best.counts.tp[0], best.counts.fp[0]
        for low in brute.lowest_on(p):  # none finds more at no more false alarms
            other = brute.counts(y, p >= low)[:2]
            if other[0] >= tp and other[1] <= fp and other != (tp, fp):
                rate = sum(other) / 200
                within = {"recall <= 0.9": other[0] <= 90, "selection_rate >= 0.3": rate >= 0.3}
                assert not within.get(constraint, rate <= 0.45)
        assert tp > 50


def test_perfectly_apart_every_pair_of_metrics_meets_in_the_middle_of_the_gap():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 1000)
    p = np.concatenate([rng.uniform(0, 0.05, 1000), rng.uniform(0.9, 1, 1000)])
    for scoring, constraint in [
        ("precision", "recall >= 0.99"),
        ("precision", "recall >= 0.9"),
        ("recall", "precision >= 0.9"),
        ("specificity", "recall >= 0.5"),
        ("recall", "specificity >= 0.5"),
        ("f1", None),
        ("accuracy", "recall >= 0.5"),
    ]:
        best = best_thresholds(y, p, scoring=scoring, constraint=constraint)
        assert best.threshold == pytest.approx((p[y == 0].max() + p[y == 1].min()) / 2)


def test_the_ends():
    assert best_thresholds([1, 1, 0], [0.5, 1.0, 0.2], scoring="specificity").threshold == 0.75
    assert best_thresholds([0, 0], [0.5, 1.0], scoring="accuracy").threshold == np.inf
    assert best_thresholds([0, 0], [0.5, 0.8], scoring="accuracy").threshold == pytest.approx(0.9)
    assert best_thresholds([1, 1], [0.5, 0.8], scoring="accuracy").threshold == 0.25
    assert best_thresholds([1, 1], [0.0, 0.8], scoring="accuracy").threshold == 0.0
    assert best_thresholds([0, 0], [0.0, 0.0], scoring="accuracy").threshold == 0.5
    assert best_thresholds([0, 1], [0.0, 1.0]).threshold == 0.5
    assert best_thresholds([0, 0], [0.3, 0.8], scoring="recall").threshold == 0.5  # all as good


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("at", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("weights", [None, [1, 1, 2, 2]])
def test_neighbouring_floats_are_told_apart(dtype, at, weights):
    low = dtype(at) if at < 1 else np.nextafter(dtype(1), dtype(0))
    p = np.array([low, low, np.nextafter(low, dtype(1)), np.nextafter(low, dtype(1))])
    best = best_thresholds([0, 0, 1, 1], p, sample_weight=weights)
    assert decide(p, best.threshold).tolist() == [False, False, True, True]
    assert (p >= best.threshold).tolist() == [False, False, True, True]
    best = best_thresholds([1, 1, 0, 0], p, scoring="accuracy", sample_weight=[2, 2, 1, 1])
    assert decide(p, best.threshold).all()


def test_minus_zero_is_zero():
    p = np.float32([-0.0, 0.0, 0.4])
    for q in (p, p.astype(float)):
        assert best_thresholds([0, 1, 1], q).counts == best_thresholds([0, 1, 1], abs(q)).counts


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_cutoff_makes_its_cut(dtype):
    p = np.sort(np.random.default_rng(0).random(300)).astype(dtype)
    column = sort_column(p, p > 0.5)
    position = np.concatenate([cuts.position for cuts in column.cuts()])
    for i, cutoff in zip(position, cutoffs(column, position, p.dtype), strict=True):
        assert np.array_equal(p >= dtype(cutoff), np.arange(len(p)) >= i)


# --- constraints

BOUNDS = [
    ("recall >= 0.5", lambda *c: brute.ratio(c[0], c[0] + c[2]) >= 0.5),
    (("recall", ">=", 2 / 3), lambda *c: brute.ratio(c[0], c[0] + c[2]) >= 2 / 3),
    ("precision >= 0.75", lambda *c: brute.ratio(c[0], c[0] + c[1]) >= 0.75),
    ("selection_rate<=0.3", lambda *c: brute.ratio(c[0] + c[1], sum(c)) <= 0.3),
    ((("fbeta", 2.0), ">=", 0.5), lambda *c: brute.fbeta(2)(*c) >= 0.5),
    ((("neg_cost", brute.COSTS), "<=", -0.5), lambda *c: brute.gain(*c) <= -0.5),
    ((brute.net_benefit, ">=", 0.1), lambda *c: brute.net_benefit(*c) >= 0.1),
]
BOUND_OF = [
    "recall",
    "two thirds",
    "precision",
    "selection_rate",
    "fbeta",
    "neg_cost",
    "net_benefit",
]


@pytest.mark.parametrize(("constraint", "holds"), BOUNDS, ids=BOUND_OF)
@pytest.mark.parametrize("scoring", ["f1", "precision", "specificity"])
def test_the_best_of_the_cuts_that_meet_a_constraint(constraint, holds, scoring):
    formula, met = brute.FORMULAS[scoring], 0
    for problem in brute.problems(seed=10, n_problems=60):
        y, p, w = problem
        cuts = [brute.counts(y, p >= low, w) for low in brute.lowest_on(p)]
        feasible = [formula(*c) for c in cuts if holds(*c)]
        given = {"scoring": scoring, "constraint": constraint, "sample_weight": w}
        if not feasible:
            with pytest.raises(ValueError, match="cannot be met by any cutoff.*Loosen the bound"):
                best_thresholds(y, p, **given)
            continue
        met += 1
        best = best_thresholds(y, p, **given)
        assert best.score == max(feasible)
        assert holds(*brute.counts(y, decide(p, best.threshold), w))
    assert met > 10


def test_a_bound_that_cannot_be_met_is_told_with_the_best_that_can():
    for problem in brute.problems(seed=11, n_problems=60):
        best = max(brute.values(problem, brute.FORMULAS["precision"]))
        message = rf"='precision >= 1.01' cannot be met.*attainable precision is {best:.6g}\."
        with pytest.raises(ValueError, match=message):
            best_thresholds(*problem[:2], sample_weight=problem.w, constraint="precision >= 1.01")
        least = min(brute.values(problem, brute.FORMULAS["accuracy"]))
        with pytest.raises(ValueError, match=rf"best attainable accuracy is {least:.6g}\."):
            best_thresholds(*problem[:2], sample_weight=problem.w, constraint="accuracy <= -0.1")


def test_a_constraint_holds_at_its_bound_whatever_the_weights():
    y, p = np.array([1, 0] + [1] * 9), np.linspace(0.1, 0.9, 11)
    for weight in (0.1, 1 / 3, 0.7, 1e6 / 7):
        best = best_thresholds(
            y, p, scoring="specificity", constraint="recall >= 0.9", sample_weight=[weight] * 11
        )
        assert best.counts.fn[0] == pytest.approx(weight)


# --- metrics that are called


CALLED = {
    "f1": (sk.f1_score, sk.f1_score),
    "scorer": (sk.make_scorer(sk.f1_score), sk.f1_score),
    "weighted": ("f1_weighted", lambda y, d, **w: sk.f1_score(y, d, average="weighted", **w)),
    "loss": (
        sk.make_scorer(sk.hamming_loss, greater_is_better=False),
        lambda y, d, **w: -sk.hamming_loss(y, d, **w),
    ),
    "own scorer": (
        lambda estimator, X, y, sample_weight=None: sk.fbeta_score(
            y, estimator.predict(X), beta=3, sample_weight=sample_weight
        ),
        lambda y, d, **w: sk.fbeta_score(y, d, beta=3, **w),
    ),
}


@pytest.mark.parametrize(("scoring", "metric"), CALLED.values(), ids=CALLED)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_a_metric_of_labels_is_called_for_every_cut(scoring, metric):
    for y, p, w in brute.problems(seed=12, n_problems=12):
        given = {} if w is None else {"sample_weight": w}
        best = best_thresholds(y, p, scoring=scoring, sample_weight=w)
        tried = [metric(y, (p >= low).astype(int), **given) for low in brute.lowest_on(p)]
        assert best.score == pytest.approx(max(tried), abs=1e-12)
        decided = decide(p, best.threshold).astype(int)
        assert best.score == pytest.approx(metric(y, decided, **given), abs=1e-12)


def test_a_called_metric_gets_the_users_labels():
    y = np.array(["ham", "spam", "ham", "spam"])
    p = np.array([0.1, 0.3, 0.35, 0.9])
    scoring = sk.make_scorer(sk.f1_score, pos_label="spam")
    assert same(best_thresholds(y, p, scoring=scoring), best_thresholds(y, p))
    scoring = sk.make_scorer(sk.f1_score, pos_label="ham")
    assert same(
        best_thresholds(y, 1 - p, scoring=scoring, pos_label="ham"),
        best_thresholds(y, 1 - p, pos_label="ham"),
    )


@pytest.mark.parametrize("limit", [2, 10, 99])
def test_max_evaluations_bounds_the_calls(limit):
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 2, 400), rng.random(400)
    calls = []

    def metric(y_true, y_pred):
        calls.append(y_pred.sum())
        return np.mean(y_true == y_pred)

    with pytest.warns(UserWarning, match=rf"called for {limit} of 401 .* {401 - limit} were skipp"):
        best = best_thresholds(y, p, scoring=metric, max_evaluations=limit)
    assert len(calls) == limit + 2  # and one for the score, one for that at 0.5
    assert {0, 400} <= set(calls)  # the ends are among them
    assert best.score == np.mean(y == (p >= best.threshold))
    calls.clear()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* were skipped", UserWarning)
        constrained = best_thresholds(
            y, p, scoring=metric, max_evaluations=limit, constraint="selection_rate <= 0.01"
        )
    assert (p >= constrained.threshold).mean() <= 0.01
    assert len(calls) <= min(limit, 5) + 2


SCORERS_OF_PROBABILITIES = ["roc_auc", "neg_log_loss", "average_precision", "neg_brier_score"]


@pytest.mark.parametrize("scoring", [*SCORERS_OF_PROBABILITIES, sk.roc_auc_score])
def test_metrics_of_probabilities_are_refused(scoring):
    with pytest.raises(ValueError, match="reads probabilities or scores, not decisions"):
        best_thresholds([0, 1, 0], [0.1, 0.4, 0.6], scoring=scoring)


def test_a_function_that_is_no_number_somewhere():
    def precision(tp, fp, fn, tn):
        return tp / (tp + fp)  # NaN where all are off

    for problem in brute.problems(seed=13, n_problems=40):
        best = best_thresholds(*problem[:2], sample_weight=problem.w, scoring=precision)
        assert best.score == max(brute.values(problem, brute.FORMULAS["precision"]))


# --- never worse than scikit-learn's tuner


@pytest.mark.parametrize("scoring", ["f1", "balanced_accuracy", "accuracy"])
def test_never_worse_than_the_tuner_of_scikit_learn(scoring):
    X, y = make_classification(200, 5, weights=[0.85], flip_y=0.2, random_state=0)
    fitted = LogisticRegression().fit(X, y)
    tuner = TunedThresholdClassifierCV(
        fitted, scoring=scoring, thresholds=1000, cv="prefit", refit=False
    ).fit(X, y)
    theirs = sk.get_scorer(scoring)(tuner, X, y)
    assert best_thresholds(y, fitted.predict_proba(X), scoring=scoring).score >= theirs


# --- costs


def test_the_mean_cost_is_that_of_the_confusion_matrix():
    rng = np.random.default_rng(14)
    for y, p, w in brute.problems(seed=14, n_problems=40):
        costs = rng.normal(size=(2, 2))
        best = best_thresholds(y, p, scoring=("neg_cost", costs), sample_weight=w)
        on = decide(p, best.threshold).astype(int)
        table = sk.confusion_matrix(y, on, labels=[0, 1], sample_weight=w)
        assert best.score == pytest.approx(-(table * costs).sum() / table.sum(), abs=1e-12)


@pytest.mark.parametrize(("fp", "fn"), [(1, 1), (1, 4), (9, 1)])
def test_calibrated_scores_are_cut_where_the_costs_say(fp, fn):
    rng = np.random.default_rng(15)
    p = rng.random(200_000)
    y = (rng.random(len(p)) < p).astype(int)
    best = best_thresholds(y, p, scoring=("neg_cost", [[0, fp], [fn, 0]]))
    assert best.threshold == pytest.approx(cost_threshold(fp=fp, fn=fn), abs=0.03)


# --- the forms of a binary target


FORMS = {
    "ints": lambda y: y,
    "bools": lambda y: y == 1,
    "floats": lambda y: y.astype(float),
    "bytes": lambda y: y.astype(np.uint8),
    "list": lambda y: y.tolist(),
    "words": lambda y: np.where(y, "yes", "no"),
    "objects": lambda y: np.where(y, "yes", "no").astype(object),
    "signs": lambda y: 2 * y - 1,
    "series": pd.Series,
    "category": lambda y: pd.Series(np.where(y, "yes", "no"), dtype="category"),
    "column": lambda y: y.reshape(-1, 1),
    "sparse": lambda y: sparse.csr_array(y.reshape(-1, 1)),
    "frame": lambda y: pd.DataFrame({"rain": y}),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_any_form_of_labels(form):
    rng = np.random.default_rng(16)
    y, p = rng.integers(0, 2, 30), rng.random(30)
    known = best_thresholds(y, p)
    for scores in (p, p.reshape(-1, 1), np.stack([1 - p, p], axis=1), pd.Series(p), p.tolist(),
                   pd.DataFrame({"no": 1 - p, "yes": p})):  # fmt: skip
        assert same(known, best_thresholds(form(y), scores, kind="binary"))


@pytest.mark.parametrize("labels", [(0, 1), (False, True), ("no", "yes"), (1, 2), (-1, 1)])
def test_either_label_may_be_the_positive_one(labels):
    rng = np.random.default_rng(17)
    on, p = rng.integers(0, 2, 30), rng.random(30)
    y, both = np.array(labels)[on], np.stack([1 - p, p], axis=1)
    later = best_thresholds(y, both, pos_label=labels[1])
    assert same(later, best_thresholds(on, p))
    assert same(later, best_thresholds(y, p))
    earlier = best_thresholds(y, both, pos_label=labels[0])
    assert same(earlier, best_thresholds(1 - on, 1 - p))
    assert same(earlier, best_thresholds(y, 1 - p, pos_label=labels[0]))


def test_the_one_threshold_of_many():
    bits = best_thresholds([[0, 1], [1, 0]], [[0.2, 0.8], [0.9, 0.1]])
    with pytest.raises(AttributeError, match="2 thresholds, not all equal: read thresholds"):
        _ = bits.threshold
    shared = best_thresholds([[0, 1], [1, 0]], [[0.2, 0.8], [0.9, 0.1]], average="shared")
    assert shared.threshold == 0.5
