"""Best thresholds of bits: each for itself, all together over all combinations, rows as a whole."""

import tracemalloc

import brute
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import metrics as sk

from skbits import best_thresholds
from skbits.thresholds.reading import read_rows
from skbits.thresholds.sweeping import sort_column, upper_hull


def decide(P, thresholds):
    return np.greater_equal(P, np.asarray(thresholds).astype(P.dtype))


def pooled(Y, on, w=None):
    """Counts of all bits together."""
    weights = None if w is None else np.repeat(w, Y.shape[1])
    return brute.counts(Y.ravel(), on.ravel(), weights)


def of_row(formula, Y, on, w=None):
    """The mean over rows."""
    return np.average([formula(*brute.counts(y, d)) for y, d in zip(Y, on, strict=True)], weights=w)


def exact_match(Y, on, w=None):
    return np.average(np.equal(Y, on).all(axis=1), weights=w)


RATIO_METRICS = pytest.mark.parametrize(
    ("scoring", "formula"),
    [m[:2] for m in brute.RATIOS if m in brute.OF_BITS],
    ids=[str(m[0]) for m in brute.RATIOS if m in brute.OF_BITS],
)
OTHERS = [m[:2] for m in brute.METRICS if m not in brute.RATIOS and m[0] != "mcc"]
OTHER_METRICS = pytest.mark.parametrize(
    ("scoring", "formula"), OTHERS, ids=[str(getattr(m[0], "__name__", m[0])) for m in OTHERS]
)
METRICS_OF_BITS = pytest.mark.parametrize(
    ("scoring", "formula", "exactly"),
    brute.OF_BITS,
    ids=[str(getattr(m[0], "__name__", m[0])) for m in brute.OF_BITS],
)


# --- macro: each bit for itself


@METRICS_OF_BITS
def test_macro_is_each_bit_for_itself(scoring, formula, exactly):
    for Y, P, w in brute.tables(seed=1, n_tables=25, most_rows=9):
        best = best_thresholds(Y, P, scoring=scoring, sample_weight=w)
        alone = [
            best_thresholds(Y[:, k], P[:, k], scoring=scoring, sample_weight=w) for k in range(3)
        ]
        assert best.thresholds.tolist() == [one.threshold for one in alone]
        assert best.score == pytest.approx(np.mean([one.score for one in alone]), abs=1e-15)
        assert best.default_score == pytest.approx(np.mean([one.default_score for one in alone]))
        for part, *parts in zip(best.counts, *(one.counts for one in alone), strict=True):
            assert part.tolist() == np.ravel(parts).tolist()


def test_macro_with_costs_of_each_bit():
    rng = np.random.default_rng(2)
    for Y, P, w in brute.tables(seed=2, n_tables=20):
        costs = rng.normal(size=(3, 2, 2))
        best = best_thresholds(Y, P, scoring=("neg_cost", costs), sample_weight=w)
        alone = [
            best_thresholds(Y[:, k], P[:, k], scoring=("neg_cost", costs[k]), sample_weight=w)
            for k in range(3)
        ]
        assert best.thresholds.tolist() == [one.threshold for one in alone]
        on = decide(P, best.thresholds).astype(int)
        tables = [
            sk.confusion_matrix(y, d, labels=[0, 1], sample_weight=w)
            for y, d in zip(Y.T, on.T, strict=True)
        ]
        means = [(table * c).sum() / table.sum() for table, c in zip(tables, costs, strict=True)]
        assert best.score == pytest.approx(-np.mean(means), abs=1e-12)


def test_macro_with_a_called_metric():
    def metric(y_true, y_pred):
        return sk.f1_score(y_true, y_pred, zero_division=0)

    for Y, P, _ in brute.tables(seed=3, n_tables=8, most_rows=8):
        called, swept = (best_thresholds(Y, P, scoring=s, average="macro") for s in (metric, "f1"))
        assert called.thresholds.tolist() == swept.thresholds.tolist()
        assert called.score == pytest.approx(swept.score)


SCORERS_OF_ALL_BITS = {
    "macro": lambda y, on: sk.f1_score(y, on, average="macro", zero_division=0),
    "samples": lambda y, on: sk.jaccard_score(y, on, average="samples", zero_division=0),
    "weighted": sk.make_scorer(sk.f1_score, average="weighted", zero_division=0),
    "name": "f1_weighted",
    "exact": lambda y, on: sk.accuracy_score(y, on),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.parametrize("name", SCORERS_OF_ALL_BITS)
def test_a_metric_of_all_bits_labels_is_called_on_them(name):
    """Its value at the thresholds is the score, and moving one bit alone betters nothing."""
    plain = {
        **SCORERS_OF_ALL_BITS,
        "weighted": lambda y, on: sk.f1_score(y, on, average="weighted", zero_division=0),
    }
    plain["name"] = plain["weighted"]
    for Y, P, _ in brute.tables(seed=5, n_tables=6, most_rows=7):
        best = best_thresholds(Y, P, scoring=SCORERS_OF_ALL_BITS[name])
        score = plain[name](Y.astype(int), decide(P, best.thresholds).astype(int))
        assert best.score == pytest.approx(score)
        assert best.score >= best.default_score
        for k in range(Y.shape[1]):
            for cut in [*np.unique(P[:, k]), np.inf]:
                on = decide(P, best.thresholds)
                on[:, k] = P[:, k] >= cut
                assert plain[name](Y.astype(int), on.astype(int)) <= score + 1e-9


def test_a_metric_of_all_bits_labels_under_a_constraint():
    for Y, P, _ in brute.tables(seed=6, n_tables=10, most_rows=9):
        if not Y.any():
            continue
        metric = SCORERS_OF_ALL_BITS["exact"]
        best = best_thresholds(Y, P, scoring=metric, constraint="recall >= 0.7")
        assert best.counts.total().tp / Y.sum() >= 0.7
        assert best.score == pytest.approx(metric(Y, decide(P, best.thresholds).astype(int)))


def test_macro_with_a_constraint_names_the_bits_that_fail():
    Y = pd.DataFrame({"sun": [0, 1, 1], "rain": [1, 0, 0], "snow": [0, 0, 0]})
    P = np.array([[0.1, 0.2, 0.3], [0.6, 0.7, 0.1], [0.8, 0.1, 0.2]])
    message = r"attainable precision is 0.5 for bit 'rain', 0 for bit 'snow'\."
    with pytest.raises(ValueError, match=message):
        best_thresholds(Y, P, scoring="recall", constraint="precision >= 0.9")
    best = best_thresholds(Y, P, scoring="precision", constraint="selection_rate >= 0.5")
    assert (decide(P, best.thresholds).mean(axis=0) >= 0.5).all()


@pytest.mark.parametrize("average", ["macro", "micro"])
def test_no_copy_of_the_matrix_is_made(average):
    """At its peak a call adds less than two columns of scores, with one thread."""
    rng = np.random.default_rng(0)
    P = rng.random((800_000, 4), dtype=np.float32)
    Y = rng.random(P.shape, dtype=np.float32) < P
    best_thresholds(Y[:100], P[:100], average=average)  # imports, and the like
    tracemalloc.start()
    try:
        best_thresholds(Y, P, average=average, n_jobs=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * P[:, 0].size * P.itemsize


# --- micro: all combinations


@RATIO_METRICS
def test_micro_is_the_best_of_all_combinations(scoring, formula):
    for Y, P, w in brute.tables(seed=4, n_tables=25):
        best = best_thresholds(Y, P, scoring=scoring, average="micro", sample_weight=w)
        expected = max(formula(*pooled(Y, on, w)) for on in brute.combinations(P))
        assert best.score == pytest.approx(expected, abs=1e-12)
        on = decide(P, best.thresholds)
        assert formula(*pooled(Y, on, w)) == pytest.approx(best.score, abs=1e-12)
        per_bit = [brute.counts(Y[:, k], on[:, k], w) for k in range(3)]
        assert np.transpose(best.counts).tolist() == [list(counts) for counts in per_bit]


@RATIO_METRICS
def test_micro_of_one_bit_is_its_own_best(scoring, formula):
    for y, p, w in brute.problems(seed=5, n_problems=60):
        micro, own = (
            best_thresholds(
                y[:, None], p[:, None], scoring=scoring, average=average, sample_weight=w
            )
            for average in ("micro", "macro")
        )
        assert micro.score == pytest.approx(own.score, abs=1e-12)


@RATIO_METRICS
def test_micro_of_many_rows_cannot_be_bettered_by_one_bit(scoring, formula):
    rng = np.random.default_rng(6)
    P = rng.random((60, 4)).astype(np.float32)
    Y = (rng.random(P.shape) < P**2).astype(int)
    best = best_thresholds(Y, P, scoring=scoring, average="micro")
    tried = [formula(*pooled(Y, on)) for on in brute.moves(P, decide(P, best.thresholds))]
    assert best.score == pytest.approx(max(tried), abs=1e-12)


@OTHER_METRICS
def test_micro_of_other_metrics_is_a_local_optimum(scoring, formula):
    for Y, P, w in brute.tables(seed=7, n_tables=25):
        given = {"scoring": scoring, "sample_weight": w}
        best = best_thresholds(Y, P, average="micro", **given)
        on = decide(P, best.thresholds)
        assert formula(*pooled(Y, on, w)) == pytest.approx(best.score, abs=1e-12)
        tried = [formula(*pooled(Y, moved, w)) for moved in brute.moves(P, on)]
        assert max(tried) <= best.score + 1e-12
        starts = [best_thresholds(Y, P, average=a, **given).thresholds for a in ("macro", "shared")]
        for start in [np.full(3, 0.5), *starts]:
            assert formula(*pooled(Y, decide(P, start), w)) <= best.score + 1e-12


def test_micro_without_positives_stays_at_half():
    P = np.random.default_rng(0).random((8, 3))
    for scoring in ("f1", "jaccard", "precision", "recall", ("fbeta", 2.0)):
        best = best_thresholds(np.zeros((8, 3), int), P, scoring=scoring, average="micro")
        assert best.thresholds.tolist() == [0.5] * 3
    best = best_thresholds(np.zeros((8, 3), int), P, scoring="specificity", average="micro")
    assert best.score == 1.0


CONSTRAINTS = [
    ("recall >= 0.5", lambda *c: brute.FORMULAS["recall"](*c) >= 0.5),
    ("precision >= 0.6", lambda *c: brute.FORMULAS["precision"](*c) >= 0.6),
    ("selection_rate <= 0.2", lambda *c: brute.FORMULAS["selection_rate"](*c) <= 0.2),
]


@pytest.mark.parametrize(("constraint", "holds"), CONSTRAINTS, ids=[c for c, _ in CONSTRAINTS])
@pytest.mark.parametrize("scoring", ["f1", "precision", "specificity"])
def test_micro_with_a_constraint(constraint, holds, scoring):
    formula, met = brute.FORMULAS[scoring], 0
    for Y, P, w in brute.tables(seed=8, n_tables=25):
        given = {"scoring": scoring, "constraint": constraint, "sample_weight": w}
        if not any(holds(*pooled(Y, on, w)) for on in brute.combinations(P)):
            with pytest.raises(ValueError, match="cannot be met"):
                best_thresholds(Y, P, average="micro", **given)
            continue
        met += 1
        best = best_thresholds(Y, P, average="micro", **given)
        on = decide(P, best.thresholds)
        assert holds(*pooled(Y, on, w))
        counts = [pooled(Y, moved, w) for moved in brute.moves(P, on)]
        assert max(formula(*c) for c in counts if holds(*c)) <= best.score + 1e-12
        for average in ("macro", "shared"):
            try:
                other = best_thresholds(Y, P, average=average, **given)
            except ValueError:
                continue
            assert formula(*pooled(Y, decide(P, other.thresholds), w)) <= best.score + 1e-12
        if holds(*pooled(Y, decide(P, np.full(3, 0.5)), w)):
            assert best.default_score <= best.score
    assert met > 5


@pytest.mark.parametrize("scoring", ["precision", "recall", "f1", "jaccard", "specificity"])
def test_what_micro_cannot_attain_is_told_exactly(scoring):
    formula = brute.FORMULAS[scoring]
    for Y, P, w in brute.tables(seed=9, n_tables=20):
        most = max(formula(*pooled(Y, on, w)) for on in brute.combinations(P))
        with pytest.raises(ValueError, match=rf"best attainable {scoring} is {most:.6g}\."):
            best_thresholds(Y, P, average="micro", constraint=f"{scoring} >= 1.5", sample_weight=w)


def test_the_hull_holds_the_best_cut_of_every_linear_gain():
    rng = np.random.default_rng(10)
    for y, p, w in brute.problems(seed=10, n_problems=60, most_rows=25):
        if w is not None and not w.all():
            continue
        hull = upper_hull(sort_column(p, y == 1, w), p.dtype)
        for per_tp, per_fp in rng.random((5, 2)):
            cuts = [brute.counts(y, low <= p, w) for low in brute.lowest_on(p)]
            gain = max(per_tp * tp - per_fp * fp for tp, fp, *_ in cuts)
            assert max(per_tp * hull.tp - per_fp * hull.fp) == pytest.approx(gain)
        for tp, fp, cutoff in zip(*hull, strict=True):
            assert brute.counts(y, p >= p.dtype.type(cutoff), w)[:2] == (tp, fp)


# --- shared: one cutoff


@METRICS_OF_BITS
def test_shared_is_the_best_cut_of_the_pooled_scores(scoring, formula, exactly):
    for Y, P, w in brute.tables(seed=11, n_tables=25):
        best = best_thresholds(Y, P, scoring=scoring, average="shared", sample_weight=w)
        expected = max(formula(*pooled(Y, low <= P, w)) for low in brute.lowest_on(P))
        assert best.score == pytest.approx(expected, abs=0 if exactly else 1e-12)
        assert formula(*pooled(Y, decide(P, best.threshold), w)) == pytest.approx(expected)


def test_shared_and_micro_are_scored_as_scikit_learn_does():
    for Y, P, w in brute.tables(seed=12, n_tables=20):
        for average in ("shared", "micro"):
            best = best_thresholds(Y, P, average=average, sample_weight=w)
            on = decide(P, best.thresholds).astype(int)
            theirs = sk.f1_score(Y, on, average="micro", zero_division=0, sample_weight=w)
            assert best.score == pytest.approx(theirs, abs=1e-12)


def test_shared_with_a_called_metric_sees_all_bits():
    def metric(y_true, y_pred):
        return sk.f1_score(y_true, y_pred, average="micro", zero_division=0)

    for Y, P, _ in brute.tables(seed=13, n_tables=8):
        called, swept = (best_thresholds(Y, P, scoring=s, average="shared") for s in (metric, "f1"))
        assert called.score == pytest.approx(swept.score)
        assert called.threshold == swept.threshold


# --- rows as a whole


@pytest.mark.parametrize("scoring", ["f1", "jaccard", "precision", "recall", "bit_accuracy"])
def test_samples_is_a_local_optimum(scoring):
    formula = brute.FORMULAS[scoring]
    for Y, P, w in brute.tables(seed=14, n_tables=20):
        given = {"scoring": scoring, "sample_weight": w}
        best = best_thresholds(Y, P, average="samples", **given)
        on = decide(P, best.thresholds)
        assert of_row(formula, Y, on, w) == pytest.approx(best.score, abs=1e-12)
        tried = [of_row(formula, Y, moved, w) for moved in brute.moves(P, on)]
        assert max(tried) <= best.score + 1e-12
        for average in ("macro", "shared"):
            start = best_thresholds(Y, P, average=average, **given).thresholds
            assert of_row(formula, Y, decide(P, start), w) <= best.score + 1e-12
        if scoring != "bit_accuracy":
            theirs = getattr(sk, f"{scoring}_score")
            on = on.astype(int)
            score = theirs(Y, on, average="samples", zero_division=0, sample_weight=w)
            assert best.score == pytest.approx(score, abs=1e-12)


def test_exact_match_is_a_local_optimum():
    for Y, P, w in brute.tables(seed=15, n_tables=40):
        best = best_thresholds(Y, P, average="exact_match", sample_weight=w)
        on = decide(P, best.thresholds)
        assert sk.accuracy_score(Y, on.astype(int), sample_weight=w) == pytest.approx(best.score)
        at_half = decide(P, np.full(3, 0.5))
        assert best.default_score == pytest.approx(exact_match(Y, at_half, w))
        tried = [exact_match(Y, moved, w) for moved in [at_half, *brute.moves(P, on)]]
        assert max(tried) <= best.score + 1e-12


@pytest.mark.parametrize("bound", [0.5, 1 / 3, 0.75])
@pytest.mark.parametrize("average", ["samples", "exact_match"])
def test_rows_with_a_constraint(bound, average):
    recall, met = brute.FORMULAS["recall"], 0
    f1 = (
        (lambda Y, on, w: of_row(brute.fbeta(1), Y, on, w)) if average == "samples" else exact_match
    )
    for Y, P, w in brute.tables(seed=16, n_tables=25):
        given = {"average": average, "constraint": ("recall", ">=", bound), "sample_weight": w}
        attainable = of_row(recall, Y, np.ones(Y.shape, bool), w)
        if attainable < bound - 1e-12:
            with pytest.raises(ValueError, match=rf"best found recall is {attainable:.6g}\."):
                best_thresholds(Y, P, **given)
            continue
        met += 1
        best = best_thresholds(Y, P, **given)
        on = decide(P, best.thresholds)
        assert of_row(recall, Y, on, w) >= bound - 1e-12
        feasible = [m for m in brute.moves(P, on) if of_row(recall, Y, m, w) >= bound - 1e-12]
        assert max(f1(Y, m, w) for m in feasible) <= best.score + 1e-12
    assert met > 3


# --- what must not matter


AVERAGES = ["macro", "micro", "shared", "samples", "exact_match"]


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("scoring", ["f1", ("smoothed_f1", 1.0)])
def test_rows_may_stand_in_any_order_and_weights_are_repeated_rows(average, scoring):
    if average == "exact_match":
        scoring = "f1"
    rng = np.random.default_rng(17)
    for Y, P, w in brute.tables(seed=17, n_tables=15):
        w = rng.integers(1, 4, len(Y)) if w is None else w
        given = {"scoring": scoring, "average": average}
        best = best_thresholds(Y, P, sample_weight=w, **given)
        order = rng.permutation(len(Y))
        for other in (
            best_thresholds(Y[order], P[order], sample_weight=w[order], **given),
            best_thresholds(Y.repeat(w, axis=0), P.repeat(w, axis=0), **given),
        ):
            assert other.score == pytest.approx(best.score, abs=1e-12)


@pytest.mark.parametrize("average", AVERAGES)
def test_threads_change_nothing(monkeypatch, average):
    rng = np.random.default_rng(18)
    Y, P = rng.integers(0, 2, (50, 5)), rng.random((50, 5)).astype(np.float32)
    known = best_thresholds(Y, P, average=average, n_jobs=1)
    monkeypatch.setattr("skbits.thresholds.searching.MANY", 1)
    monkeypatch.setattr("skbits.thresholds.sweeping.MANY", 1)
    monkeypatch.setattr("skbits.thresholds.sweeping._BLOCK", 7)
    for n_jobs in (1, 2, 3):
        best = best_thresholds(Y, P, average=average, n_jobs=n_jobs)
        assert best.thresholds.tolist() == known.thresholds.tolist()
        assert best.score == known.score


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_more_rows_change_nothing_about_the_laws(average, dtype):
    rng = np.random.default_rng(19)
    P = rng.random((300, 6)).astype(dtype)
    Y = (rng.random(P.shape) < P**3).astype(int)
    best = best_thresholds(Y, P, average=average)
    assert best.score > best.default_score
    assert ((best.thresholds >= 0) & (best.thresholds <= 1)).all()
    assert np.array_equal(best.thresholds.astype(dtype).astype(float), best.thresholds)


FORMS = {
    "bools": lambda Y: Y == 1,
    "floats": lambda Y: Y.astype(np.float32),
    "objects": lambda Y: Y.astype(object),
    "lists": lambda Y: Y.tolist(),
    "frame": pd.DataFrame,
    "fortran": np.asfortranarray,
    "csr": sparse.csr_array,
    "csc": sparse.csc_matrix,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("average", AVERAGES)
def test_any_form_of_bits(form, average):
    rng = np.random.default_rng(20)
    Y, P = rng.integers(0, 2, (20, 3)), rng.random((20, 3))
    known = best_thresholds(Y, P, average=average)
    as_forests_do = [np.stack([1 - p, p], axis=1) for p in P.T]
    for proba in (P, P.tolist(), pd.DataFrame(P), as_forests_do, tuple(as_forests_do)):
        best = best_thresholds(form(Y), proba, average=average)
        assert best.thresholds.tolist() == known.thresholds.tolist()
        assert best.score == known.score


def test_one_bit_is_still_a_table():
    Y, P = np.array([[0], [1], [1]]), np.array([[0.2], [0.4], [0.9]])
    assert read_rows(Y, P).kind == "bits"
    assert best_thresholds(Y, P).thresholds.tolist() == pytest.approx([0.3])
    assert best_thresholds(Y, [np.hstack([1 - P, P])]).thresholds.tolist() == pytest.approx([0.3])


def test_names_in_another_order_are_an_error():
    Y = pd.DataFrame({"sun": [0, 1], "rain": [1, 0]})
    P = pd.DataFrame({"rain": [0.9, 0.2], "sun": [0.1, 0.8]})
    with pytest.raises(ValueError, match=r"columns \['rain', 'sun'\].*expected the same order"):
        best_thresholds(Y, P)
    assert best_thresholds(Y, P[["sun", "rain"]]).score == 1.0
    assert best_thresholds(Y, P[["sun", "rain"]].add_prefix("p_")).score == 1.0
