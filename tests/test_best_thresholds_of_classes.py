"""Best thresholds of one-hot targets: the ratio rule, its local optimum, and abstention."""

import brute
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from skbits import best_thresholds
from skbits.thresholds.decisions import winners


def problems(seed, n_problems, n_classes=3, most_rows=14):
    """Random rows of probabilities of classes, with ties and without, weighted or not."""
    rng = np.random.default_rng(seed)
    for i in range(n_problems):
        n = int(rng.integers(2, most_rows + 1))
        Q = rng.dirichlet(np.ones(n_classes), n)
        Q = np.round(Q, 1) if i % 2 else Q
        labels = np.where(
            rng.random(n) < 0.6,
            winners(Q, np.ones(n_classes))[:, 0],
            rng.integers(n_classes, size=n),
        )
        yield labels, Q.astype(np.float32 if i % 3 == 0 else np.float64), brute.weights_of(rng, n)


def macro(name):
    def score(y, d, w=None):
        metric = getattr(sk, f"{name}_score")
        return metric(y, d, labels=range(3), average="macro", zero_division=0, sample_weight=w)

    return score


SCORES = {
    "accuracy": (
        {"scoring": "accuracy"},
        lambda y, d, w=None: sk.accuracy_score(y, d, sample_weight=w),
    ),
    "f1": ({}, macro("f1")),
    "f1_macro": ({"scoring": "f1_macro"}, macro("f1")),
    "precision": ({"scoring": "precision"}, macro("precision")),
    "recall": ({"scoring": "recall", "average": "macro"}, macro("recall")),
    "jaccard": ({"scoring": "jaccard"}, macro("jaccard")),
    "micro": (
        {"scoring": "f1", "average": "micro"},
        lambda y, d, w=None: sk.f1_score(y, d, average="micro", sample_weight=w),
    ),
    "called": (
        {
            "scoring": lambda y_true, y_pred, sample_weight=None: sk.accuracy_score(
                y_true, y_pred, sample_weight=sample_weight
            )
        },
        lambda y, d, w=None: sk.accuracy_score(y, d, sample_weight=w),
    ),
}


def other_thresholds(Q, thresholds):
    """The thresholds with one class's moved, to each side of where it wins or loses a row."""
    for j in range(Q.shape[1]):
        rest = np.delete(np.arange(Q.shape[1]), j)
        rival = (Q[:, rest] / thresholds[rest]).max(axis=1)
        critical = np.unique(np.divide(Q[:, j], rival, where=rival > 0, out=np.zeros(len(Q))))
        critical = critical[critical > 0]
        between = np.sqrt(critical[1:] * critical[:-1])
        for value in [*critical[:1] * 0.9, *between, *critical[-1:] * 1.1]:
            moved = thresholds.copy()
            moved[j] = value
            yield moved


@pytest.mark.parametrize(("given", "score"), SCORES.values(), ids=SCORES)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_a_local_optimum_of_the_score_of_the_labels(given, score):
    for y, Q, w in problems(seed=1, n_problems=9, most_rows=10):
        best = best_thresholds(y, Q, labels=range(3), sample_weight=w, **given)
        assert best.score == pytest.approx(
            score(y, winners(Q, best.thresholds)[:, 0], w), abs=1e-12
        )
        assert best.default_score == pytest.approx(score(y, Q.argmax(axis=1), w), abs=1e-12)
        assert best.score >= best.default_score
        for moved in other_thresholds(Q, best.thresholds):
            assert score(y, winners(Q, moved)[:, 0], w) <= best.score + 1e-9


def test_balanced_accuracy_is_the_mean_recall():
    for y, Q, w in problems(seed=2, n_problems=12):
        y[:3] = range(len(y[:3]))
        weights = None if w is None else w + 1
        if len(set(y)) < 3:
            continue
        best = best_thresholds(y, Q, scoring="balanced_accuracy", sample_weight=weights)
        decided = winners(Q, best.thresholds)[:, 0]
        theirs = sk.recall_score(y, decided, average="macro", sample_weight=weights)
        assert best.score == pytest.approx(theirs, abs=1e-12)
        if weights is None and set(y) >= set(decided):
            assert best.score == pytest.approx(sk.balanced_accuracy_score(y, decided))


def test_the_counts_are_those_of_the_decisions():
    for y, Q, w in problems(seed=3, n_problems=20):
        best = best_thresholds(y, Q, labels=range(3), sample_weight=w)
        decided = winners(Q, best.thresholds)[:, 0]
        tables = sk.multilabel_confusion_matrix(y, decided, labels=range(3), sample_weight=w)
        for name, part in {"tp": (1, 1), "fp": (0, 1), "fn": (1, 0), "tn": (0, 0)}.items():
            assert getattr(best.counts, name).tolist() == tables[:, *part].tolist()
        assert best.thresholds.max() == 0.5
        assert best.share_decided == 1.0


def test_accuracy_is_that_of_the_decisions_as_a_constraint_too():
    met = 0
    for y, Q, w in problems(seed=4, n_problems=20):
        least = sk.accuracy_score(y, Q.argmax(axis=1), sample_weight=w)
        best = best_thresholds(
            y, Q, labels=range(3), constraint=("accuracy", ">=", least), sample_weight=w
        )
        decided = winners(Q, best.thresholds)[:, 0]
        assert sk.accuracy_score(y, decided, sample_weight=w) >= least - 1e-12
        assert best.score >= best.default_score
        met += best.score > best.default_score
    assert met > 3
    with pytest.raises(ValueError, match=r"accuracy >= 1.5' is met by no.*best found accuracy is"):
        best_thresholds(y, Q, labels=range(3), constraint="accuracy >= 1.5")


def test_weights_are_repeated_rows_and_zero_is_none():
    for y, Q, w in problems(seed=5, n_problems=24):
        if w is None:
            continue
        best = best_thresholds(y, Q, labels=range(3), sample_weight=w)
        repeated = best_thresholds(y.repeat(w), Q.repeat(w, axis=0), labels=range(3))
        kept = w > 0
        left = best_thresholds(y[kept], Q[kept], labels=range(3), sample_weight=w[kept])
        for other in (repeated, left):
            assert other.score == pytest.approx(best.score, abs=1e-12)
            assert other.thresholds.tolist() == pytest.approx(best.thresholds.tolist())


def test_two_classes_are_a_cutoff_of_the_odds():
    rng = np.random.default_rng(6)
    p = rng.random(40)
    y = (rng.random(40) < p).astype(int)
    both = np.stack([1 - p, p], axis=1)
    classes = best_thresholds(y, both, kind="onehot", scoring="accuracy")
    assert classes.score == pytest.approx(best_thresholds(y, p, scoring="accuracy").score)


# --- the forms of the target


def test_words_one_hot_rows_and_frames_are_the_same_target():
    y, Q, _ = next(problems(seed=7, n_problems=1, most_rows=30))
    y[:3] = [0, 1, 2]
    words, hot = np.array(["ant", "bee", "cat"])[y], np.eye(3)[y]
    known = best_thresholds(y, Q)
    for target in (words, words.tolist(), pd.Series(words), words.astype(object)):
        assert best_thresholds(target, Q).thresholds.tolist() == known.thresholds.tolist()
    for target in (hot, hot.astype(int), hot.astype(bool), pd.DataFrame(hot)):
        for given in ({}, {"scoring": "accuracy"}):
            best = best_thresholds(target, Q, kind="onehot", **given)
            labelled = best_thresholds(words, Q, **given)
            assert best.thresholds.tolist() == labelled.thresholds.tolist()
            assert best.score == labelled.score


def test_a_class_may_be_absent_if_it_is_named():
    y = np.array(["ant", "cat", "ant"])
    Q = np.array([[0.5, 0.3, 0.2], [0.3, 0.3, 0.4], [0.4, 0.5, 0.1]])
    best = best_thresholds(y, Q, labels=["ant", "bee", "cat"], scoring="accuracy")
    assert best.score == 1.0
    assert best.counts.tp.tolist() == [2, 0, 1]
    with pytest.raises(ValueError, match="2 classes and y_proba has 3 columns.*with labels="):
        best_thresholds(y, Q)


def test_groups_decide_each_for_itself():
    first, second = (next(problems(seed, 1, most_rows=40)) for seed in (8, 9))
    n = min(len(first[0]), len(second[0]))
    hot = np.hstack([np.eye(3)[first[0][:n]], np.eye(3)[second[0][:n]]])
    Q = np.hstack([first[1][:n], second[1][:n]])
    best = best_thresholds(hot, Q, kind="onehot", n_groups=2, scoring="accuracy")
    decided = winners(Q, best.thresholds, n_groups=2)
    truth = np.stack([first[0][:n], second[0][:n]], axis=1)
    assert best.score == pytest.approx((decided == truth).mean())
    parts = [
        best_thresholds(hot[:, part], Q[:, part], kind="onehot", scoring="accuracy").score
        for part in (slice(0, 3), slice(3, 6))
    ]
    assert best.score == pytest.approx(np.mean(parts))
    assert best.thresholds[:3].max() == best.thresholds[3:].max() == 0.5


# --- abstention


def made(y, Q, cutoff):
    """Who is decided on, and whether rightly."""
    return Q.max(axis=1) >= cutoff, Q.argmax(axis=1) == y


@pytest.mark.parametrize("bound", [0.5, 0.75, 1.0])
def test_the_largest_share_whose_accuracy_is_enough(bound):
    met = 0
    for y, Q, w in problems(seed=10, n_problems=40):
        weights = np.ones(len(y)) if w is None else w
        shares, accuracies = [], []
        for cutoff in [*np.unique(Q.max(axis=1)), np.inf]:
            kept, right = made(y, Q, cutoff)
            shares.append(weights[kept].sum() / weights.sum())
            accuracies.append(brute.ratio(weights[kept & right].sum(), weights[kept].sum()))
        given = {"labels": range(3), "scoring": "share_decided", "sample_weight": w}
        given["constraint"] = ("accuracy", ">=", bound)
        if max(accuracies) < bound:
            message = rf"attainable accuracy is {max(accuracies):.6g}\."
            with pytest.raises(ValueError, match=message):
                best_thresholds(y, Q, **given)
            continue
        met += 1
        best = best_thresholds(y, Q, **given)
        expected = max(s for s, a in zip(shares, accuracies, strict=True) if a >= bound)
        assert best.score == best.share_decided == pytest.approx(expected, abs=1e-12)
        kept, right = made(y, Q, Q.dtype.type(best.threshold))
        assert weights[kept].sum() / weights.sum() == pytest.approx(best.share_decided)
        assert weights[kept & right].sum() >= bound * weights[kept].sum() - 1e-9
    assert met > 5


@pytest.mark.parametrize("bound", [0.2, 0.5, 0.9])
def test_the_best_accuracy_of_a_share_that_is_enough(bound):
    for y, Q, w in problems(seed=11, n_problems=40):
        weights = np.ones(len(y)) if w is None else w
        feasible = []
        for cutoff in np.unique(Q.max(axis=1)):
            kept, right = made(y, Q, cutoff)
            if weights[kept].sum() >= bound * weights.sum():
                feasible.append(brute.ratio(weights[kept & right].sum(), weights[kept].sum()))
        best = best_thresholds(
            y, Q, labels=range(3), scoring="accuracy", constraint=("share_decided", ">=", bound),
            sample_weight=w,
        )  # fmt: skip
        assert best.score == pytest.approx(max(feasible), abs=1e-12)
        assert best.share_decided >= bound
        decided = winners(Q, best.thresholds, abstain=True)[:, 0]
        assert weights[decided >= 0].sum() / weights.sum() == pytest.approx(best.share_decided)
        tp = [weights[(decided == k) & (y == k)].sum() for k in range(3)]
        assert best.counts.tp.tolist() == tp


def test_each_group_may_abstain():
    Q = np.array([[0.9, 0.1, 0.6, 0.4], [0.3, 0.7, 0.2, 0.8]])
    hot = np.array([[1, 0, 0, 1], [0, 1, 0, 1]])
    best = best_thresholds(
        hot, Q, kind="onehot", n_groups=2, scoring="share_decided", constraint="accuracy >= 1"
    )
    assert best.share_decided == 0.75
    assert best.threshold == pytest.approx(0.65)
    assert winners(Q, best.thresholds, n_groups=2, abstain=True).tolist() == [[0, -1], [1, 1]]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"scoring": "share_decided"}, r"\['share_decided'\]"),
        ({"scoring": "f1", "constraint": "share_decided >= 0.5"}, r"\['f1', 'share_decided'\]"),
        ({"scoring": "share_decided", "constraint": "f1 >= 0.5"}, r"\['share_decided', 'f1'\]"),
    ],
)
def test_share_decided_goes_with_accuracy(given, names):
    with pytest.raises(
        ValueError, match=rf"{names}.*Write scoring='share_decided', constraint='acc"
    ):
        best_thresholds([0, 1, 2], np.eye(3), **given)


def test_the_limit_bounds_the_calls_of_a_round():
    rng = np.random.default_rng(12)
    y, Q = rng.integers(0, 4, 300), rng.dirichlet(np.ones(4), 300)
    calls = []

    def metric(y_true, y_pred):
        calls.append(1)
        return np.mean(y_true == y_pred)

    n_calls = []
    for limit in (8, 80, 800):
        calls.clear()
        with pytest.warns(UserWarning, match=f"{300 - limit // 4 + 1} were skipped"):
            best = best_thresholds(y, Q, scoring=metric, max_evaluations=limit)
        n_calls.append(len(calls))
        assert best.score >= best.default_score
    assert n_calls[0] < 100 < n_calls[1] < 1000 < n_calls[2]


# --- labels of the columns


@pytest.mark.parametrize("names", [["low", "mid", "high"], ["high", "low", "mid"], [3, 1, 2]])
def test_labels_are_those_of_the_columns_in_that_order(names):
    for y, Q, w in problems(seed=11, n_problems=6):
        named = best_thresholds(
            np.array(names)[y], Q, labels=names, scoring="accuracy", sample_weight=w
        )
        by_position = best_thresholds(y, Q, labels=range(3), scoring="accuracy", sample_weight=w)
        assert named.default_score == pytest.approx(
            sk.accuracy_score(y, winners(Q, np.ones(3))[:, 0], sample_weight=w)
        )
        assert named.score == by_position.score
        assert np.array_equal(named.thresholds, by_position.thresholds)
        assert np.array_equal(named.counts, by_position.counts)


def test_a_called_metric_gets_the_labels_of_the_columns():
    names, y = np.array(["low", "mid", "high"]), np.array([0, 1, 2, 1])
    Q = np.eye(3)[y]
    called = best_thresholds(names[y], Q, labels=names, scoring=sk.accuracy_score)
    assert called.default_score == 1.0


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("never", ["predicted", "true"])
def test_thresholds_do_not_underflow(dtype, never):
    y = np.array([0, 1, 0, 1, 2, 2])
    Q = np.array([[0.6, 0.4, 0]] * 2 + [[0.4, 0.6, 0]] * 2 + [[0.9, 0.1, 0], [0.5, 0.5, 0]], dtype)
    y = y if never == "predicted" else np.minimum(y, 1)
    for given in ({}, {"scoring": "accuracy"}, {"scoring": "recall", "average": "macro"}):
        best = best_thresholds(y, Q, labels=range(3), **given)
        smallest = np.finfo(dtype).tiny if dtype == np.float16 else 1e-30
        assert best.thresholds.max() == 0.5
        assert (best.thresholds >= smallest * 0.99).all()
        decided = winners(Q, best.thresholds)[:, 0]
        tables = sk.multilabel_confusion_matrix(y, decided, labels=range(3))
        assert np.array_equal(best.counts.tp, tables[:, 1, 1])
        assert best.score >= best.default_score


def test_thresholds_of_saturated_probabilities_are_as_small_as_decisions_need():
    """Most probabilities are below 1e-30 here, and the best decisions pick some of them."""
    needed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        logits = rng.normal(size=(8, 3)) * (100, 400)[seed % 2]
        Q = np.exp(logits - logits.max(axis=1, keepdims=True))
        y, Q = rng.integers(3, size=8), Q / Q.sum(axis=1, keepdims=True)
        best = best_thresholds(y, Q, labels=range(3), scoring=("accuracy", "f1")[seed % 2])
        assert (best.thresholds >= np.finfo(float).tiny).all()
        needed += best.thresholds.min() < 1e-30
        assert best.score >= best.default_score
    assert needed


@pytest.mark.parametrize(
    ("scoring", "metric"),
    [("accuracy", sk.accuracy_score), ("matthews_corrcoef", sk.matthews_corrcoef)],
)
def test_probabilities_of_0_hide_no_cutoff_of_two_classes(scoring, metric):
    """As trees and forests give them: no threshold gives a class what has 0 of it."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        n = int(rng.integers(4, 30))
        y = (rng.random(n) < 0.15).astype(int)
        q = np.clip(np.round(rng.normal(0.5 + 0.1 * y, 0.4), 1), 0, 1)
        P = np.c_[1 - q, q]
        best = best_thresholds(y, P, kind="onehot", labels=[0, 1], scoring=scoring)
        tried = [metric(y, (P / [1 - t, t]).argmax(axis=1)) for t in np.arange(0.05, 1, 0.1)]
        assert best.score >= max(tried) - 1e-12
