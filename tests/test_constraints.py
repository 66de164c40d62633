"""Constraints: how they are written, several at once, and who keeps them; abstention."""

import json
from functools import partial
from itertools import product

import brute
import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.multioutput import MultiOutputClassifier

from skbits import OneHotClassifier, ThresholdGridSearchCV, TunedThresholdsCV, best_thresholds
from skbits.thresholds.best import make_search
from skbits.thresholds.combining import combine
from skbits.thresholds.constraints import Constraint
from skbits.thresholds.decisions import winners
from skbits.thresholds.metrics import Counts
from skbits.thresholds.reading import read_rows
from skbits.thresholds.scoring import read_constraint

RECALL, PRECISION = brute.FORMULAS["recall"], brute.FORMULAS["precision"]


def decide(p, threshold):
    """In the dtype of the scores."""
    return p >= np.asarray(threshold).astype(p.dtype)


# --- how they are written

FORMS = {
    "recall >= 0.9": [
        "recall>=0.9",
        " 0.9 <= recall ",
        "recall >= 90%",
        "90 % <= recall",
        "recall >= 9e-1",
        ("recall", ">=", 0.9),
        ["recall", ">=", "90%"],
        ["recall >= 0.9"],
        [("recall", ">=", 0.9)],
    ],
    "recall >= 0.8 and recall <= 0.9": [
        "0.8 <= recall <= 0.9",
        "80% <= recall <= 90%",
        ["recall >= 0.8", "0.9 >= recall"],
        [("recall", ">=", 0.8), ["recall", "<=", 0.9]],
    ],
    "recall >= 0.9 and specificity >= 0.5 and selection_rate <= 0.2": [
        "recall >= 0.9 and 0.5 <= specificity AND selection_rate <= 20%",
        ["recall >= 0.9 and specificity >= 0.5", ("selection_rate", "<=", 0.2)],
        ("recall >= 0.9", "specificity >= 0.5", "selection_rate <= 0.2"),
    ],
    "recall <= 0.9 and recall >= 0.8": ["0.9 >= recall >= 0.8"],
    "('fbeta', 2.0) >= 0.5 and precision >= 0.1": [
        [(("fbeta", 2.0), ">=", 0.5), "precision >= 0.1"],
    ],
}


@pytest.mark.parametrize(
    ("read", "form"), [(read, form) for read, forms in FORMS.items() for form in forms]
)
def test_forms_of_the_same_constraint(read, form):
    assert str(read_constraint(form, "binary")) == read


NO_FORMS = ["", "recall", "recall >= 0.9 and", "and", "recall >= 0.9, precision >= 0.5"]
NO_FORMS += ["0.8 <= 0.9", "0.8 <= recall >= 0.9", "0.1 <= recall <= 0.8 <= 0.9", "recall > 0.9"]
NO_FORMS += ["0.9 <= 2recall", [], [0.9], ["recall", 0.9], ["recall >= 0.9", None], {"recall": 1}]


@pytest.mark.parametrize("form", NO_FORMS)
def test_what_is_no_constraint_is_told_a_form_that_is(form):
    with pytest.raises(ValueError, match="constraint=.*expected 'recall >= 0.9'") as told:
        best_thresholds([0, 1], [0.1, 0.9], constraint=form)
    assert "\n" not in str(told.value)
    assert ("('recall', '>=', 0.9)" in str(told.value)) is not isinstance(form, str)


@pytest.mark.parametrize("form", ["recall >= high", "recall >= nan", "inf >= recall"])
def test_a_bound_is_a_number(form):
    with pytest.raises(ValueError, match="has no number as its bound"):
        best_thresholds([0, 1], [0.1, 0.9], constraint=form)


def test_the_slack_is_that_of_the_worst_bound():
    rng = np.random.default_rng(0)
    counts = Counts(*rng.integers(0, 9, (4, 200)).astype(float))
    both = read_constraint("recall >= 0.5 and precision <= 0.7", "binary")
    recall = np.array([RECALL(*one) for one in zip(*counts, strict=True)])
    precision = np.array([PRECISION(*one) for one in zip(*counts, strict=True)])
    assert both.slack(counts) == pytest.approx(np.minimum(recall - 0.5, 0.7 - precision))
    assert both.holds(counts).tolist() == ((recall >= 0.5) & (precision <= 0.7)).tolist()


# --- several, of two labels and of each bit: the best of all cuts that meet them

SEVERAL = {
    "recall >= 0.5 and precision >= 0.5": lambda *c: RECALL(*c) >= 0.5 and PRECISION(*c) >= 0.5,
    "0.3 <= recall <= 0.8": lambda *c: 0.3 <= RECALL(*c) <= 0.8,
    "recall >= 1/3": lambda *c: RECALL(*c) >= 1 / 3 and brute.FORMULAS["selection_rate"](*c) <= 0.5,
}
GIVEN = {name: name for name in SEVERAL}
GIVEN["recall >= 1/3"] = [("recall", ">=", 1 / 3), "selection_rate <= 50%"]


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("scoring", ["f1", "specificity", "matthews_corrcoef"])
def test_the_best_of_the_cuts_that_meet_all(name, scoring):
    formula, holds, met = brute.FORMULAS[scoring], SEVERAL[name], 0
    for y, p, w in brute.problems(seed=1, n_problems=60):
        cuts = [brute.counts(y, p >= low, w) for low in brute.lowest_on(p)]
        feasible = [formula(*c) for c in cuts if holds(*c)]
        given = {"scoring": scoring, "constraint": GIVEN[name], "sample_weight": w}
        if not feasible:
            with pytest.raises(ValueError, match="within reach together. The nearest attainable"):
                best_thresholds(y, p, **given)
            continue
        met += 1
        best = best_thresholds(y, p, **given)
        assert best.score == pytest.approx(max(feasible), abs=1e-12)
        assert holds(*brute.counts(y, decide(p, best.threshold), w))
    assert met > 10


def test_bounds_that_exclude_each_other_are_told_with_what_comes_nearest():
    y, p = [0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4]
    message = (
        r"constraint='recall >= 0.9 and precision >= 0.9' cannot be met by any cutoff: expected "
        r"bounds within reach together. The nearest attainable recall is 1, and precision is 0.66"
    )
    with pytest.raises(ValueError, match=message):
        best_thresholds(y, p, constraint=["recall >= 0.9", "precision >= 0.9"])


@pytest.mark.parametrize("name", SEVERAL)
def test_each_bit_meets_all_by_itself(name):
    f1, holds, met = brute.FORMULAS["f1"], SEVERAL[name], 0
    for Y, P, w in brute.tables(seed=2, n_tables=60, most_rows=8, n_bits=2):
        best_of = [
            [
                f1(*c)
                for c in (
                    brute.counts(Y[:, k], P[:, k] >= low, w) for low in brute.lowest_on(P[:, k])
                )
                if holds(*c)
            ]
            for k in range(2)
        ]
        given = {"constraint": GIVEN[name], "sample_weight": w, "average": "macro"}
        if not all(best_of):
            failing = [f"for bit {k}" for k in range(2) if not best_of[k]]
            with pytest.raises(ValueError, match=f"nearest attainable .*{', .*'.join(failing)}"):
                best_thresholds(Y, P, **given)
            continue
        met += 1
        best = best_thresholds(Y, P, **given)
        assert best.score == pytest.approx(np.mean([max(scores) for scores in best_of]))
    assert met > 5


@pytest.mark.parametrize("average", ["micro", "shared", "samples"])
def test_several_bounds_of_bits_together(average):
    """A local optimum among what meets both; of one cutoff, the best of all."""
    kind = "samples" if average == "samples" else "micro"
    met = 0

    def value(metric, Y, D, w):
        return metric(Y, D.astype(int), average=kind, zero_division=0, sample_weight=w)

    def holds(Y, D, w):
        return (
            value(sk.recall_score, Y, D, w) >= 0.4 - 1e-12
            and value(sk.precision_score, Y, D, w) >= 0.3 - 1e-12
        )

    for Y, P, w in brute.tables(seed=3, n_tables=30):
        given = {"average": average, "sample_weight": w}
        given["constraint"] = "recall >= 0.4 and precision >= 0.3"
        if not Y.any():
            continue
        if average == "shared":
            tried = [low <= P for low in brute.lowest_on(P)]
        else:
            tried = list(brute.combinations(P))
        if not any(holds(Y, D, w) for D in tried):
            with pytest.raises(ValueError, match="constraint='recall >= 0.4"):
                best_thresholds(Y, P, **given)
            continue
        met += 1
        best = best_thresholds(Y, P, **given)
        on = decide(P, best.thresholds)
        assert holds(Y, on, w)
        tried = tried if average == "shared" else brute.moves(P, on)
        scores = [value(sk.f1_score, Y, D, w) for D in tried if holds(Y, D, w)]
        assert max(scores) <= best.score + 1e-12
    assert met > 5


# --- the mean over bits, where it is asked for


@pytest.mark.parametrize("asked", ["recall_macro", "precision_macro", "recall_micro"])
@pytest.mark.parametrize("average", ["macro", "micro", "macro_micro"])
def test_bits_keep_a_bound_together_where_its_name_says_so(average, asked):
    name, _, how = asked.partition("_")
    met, gaps = 0, []

    def value(formula, Y, D, w, how):
        if how == "micro":
            w = None if w is None else np.repeat(w, Y.shape[1])
            return formula(*brute.counts(Y.ravel(), D.ravel(), w))
        return np.mean([formula(*brute.counts(Y[:, k], D[:, k], w)) for k in range(Y.shape[1])])

    def kept(Y, D, w):
        return value(brute.FORMULAS[name], Y, D, w, how) >= 0.6 - 1e-12

    def f1(Y, D, w):
        each = ("macro", "micro") if average == "macro_micro" else (average,)
        return np.mean([value(brute.FORMULAS["f1"], Y, D, w, one) for one in each])

    for Y, P, w in brute.tables(seed=4, n_tables=20, most_rows=4):
        tried = [D for D in brute.combinations(P) if kept(Y, D, w)]
        given = {"average": average, "constraint": (asked, ">=", 0.6), "sample_weight": w}
        if not tried:
            with pytest.raises(ValueError, match=f"constraint='{asked} >= 0.6' .*{asked} is"):
                best_thresholds(Y, P, **given)
            continue
        met += 1
        best = best_thresholds(Y, P, **given)
        on = decide(P, best.thresholds)
        assert kept(Y, on, w)
        assert best.score == pytest.approx(f1(Y, on, w))
        gaps.append(max(f1(Y, D, w) for D in tried) - best.score)
    assert met > 3
    assert np.mean(gaps) < 0.02  # a local optimum


def test_a_bound_that_each_bit_cannot_keep_their_mean_can():
    Y = np.array([[0, 1], [1, 0], [0, 1], [1, 0]])
    P = np.array([[0.1, 0.1], [0.9, 0.2], [0.2, 0.3], [0.8, 0.4]])
    with pytest.raises(ValueError, match="precision is 0.5 for bit 1"):
        best_thresholds(Y, P, constraint="precision >= 0.7")
    best = best_thresholds(Y, P, constraint="precision_macro >= 0.7")
    on = (best.thresholds <= P).astype(int)
    assert sk.precision_score(Y, on, average=None).tolist() == [1.0, 0.5]


@pytest.mark.parametrize(
    ("average", "names"),
    [
        ("shared", "recall or recall_micro"),
        ("samples", "recall"),
        ("exact_match", "recall"),
    ],
)
def test_averages_that_do_not_go_with_the_score_are_refused(average, names):
    given = {"scoring": "accuracy" if average == "exact_match" else "f1", "average": average}
    with pytest.raises(
        ValueError, match=f"'recall_macro' is not known where .*expected {names}\\."
    ):
        best_thresholds(np.eye(3, dtype=int), np.eye(3), constraint="recall_macro >= 0.5", **given)


def test_a_bit_alone_keeps_the_mean_with_the_others_over_folds():
    """The tuner must not ask each bit for what their mean is asked for."""
    rng = np.random.default_rng(5)
    Y = rng.integers(0, 2, (60, 2))
    P = np.column_stack([np.clip(0.5 * Y[:, 0] + 0.5 * rng.random(60), 0, 1), np.full(60, 0.5)])
    folds = [read_rows(Y[i::3], P[i::3]) for i in range(3)]
    search = make_search("bits", "recall", "macro", "precision_macro >= 0.7")
    for how in ("auto", "pooled"):
        thresholds = combine(folds, search, how).thresholds
        value = sk.precision_score(Y, (thresholds <= P).astype(int), average="macro")
        assert value >= 0.7
    with pytest.raises(ValueError, match="for bit 1"):
        combine(folds, make_search("bits", "recall", "macro", "precision >= 0.7"), "pooled")


def test_the_mean_curve_meets_each_bound():
    rng = np.random.default_rng(6)
    for _ in range(3):
        y = (rng.random(45) < 0.5).astype(int)
        p = np.clip(0.35 * y + 0.65 * rng.random(45), 0, 1).round(2)
        folds = [read_rows(y[i::3], p[i::3]) for i in range(3)]
        search = make_search("binary", "f1", None, "recall >= 0.6 and precision >= 0.6")
        threshold = combine(folds, search, "mean_curve").thresholds[0]

        def means(low, y=y, p=p):
            return [
                np.mean([metric(y[i::3], p[i::3] >= low, zero_division=0) for i in range(3)])
                for metric in (sk.recall_score, sk.precision_score, sk.f1_score)
            ]

        curves = [means(low) for low in brute.lowest_on(p)]
        recall, precision, f1 = means(threshold)
        assert min(recall, precision) >= 0.6 - 1e-12
        assert f1 == pytest.approx(max(f for r, q, f in curves if min(r, q) >= 0.6 - 1e-12))


# --- classes: each by itself


def three_classes(seed, n=40):
    """Labels and probabilities of three classes, one of them frequent."""
    rng = np.random.default_rng(seed)
    share = rng.dirichlet([3, 2, 1.5])
    y = rng.choice(3, n, p=share)
    y[:3] = range(3)
    logits = np.eye(3)[y] * rng.uniform(0.8, 2.5) + rng.normal(size=(n, 3)) + np.log(share)
    P = np.exp(logits)
    return y, P / P.sum(axis=1, keepdims=True)


def test_a_bound_is_told_by_the_name_that_was_written():
    y, p = [0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4]
    with pytest.raises(ValueError, match="constraint='tpr >= 1.5' .*best attainable tpr is 1"):
        best_thresholds(y, p, constraint="150% <= tpr")
    assert best_thresholds(y, p, scoring="recall", constraint="fpr <= 1%").score == 0.5
    macro = best_thresholds(y, p, scoring="precision", constraint="recall_macro >= 0.75")
    assert sk.recall_score(y, np.array(p) >= macro.threshold, average="macro") >= 0.75


@pytest.mark.parametrize("name", ["mcc", "cohen_kappa", "balanced_accuracy", "hamming_loss"])
def test_bounds_of_all_classes_are_what_scikit_learn_says(name):
    theirs = {
        "mcc": sk.matthews_corrcoef,
        "cohen_kappa": sk.cohen_kappa_score,
        "balanced_accuracy": sk.balanced_accuracy_score,
        "hamming_loss": sk.hamming_loss,
    }[name]
    binds = 0
    less = name == "hamming_loss"
    for seed in range(6):
        y, P = three_classes(seed)
        most = best_thresholds(y, P, scoring=f"neg_{name}" if less else name).score
        constraint = (name, "<=", -1.02 * most) if less else (name, ">=", 0.98 * most)
        values = [
            theirs(y, winners(P, best_thresholds(y, P, **given).thresholds)[:, 0])
            for given in (
                {"scoring": "precision", "constraint": constraint},
                {"scoring": "precision"},
            )
        ]
        kept, free = (-value if less else value for value in values)
        least = 1.02 * most if less else 0.98 * most
        assert kept >= least - 1e-12
        binds += free < least
    assert binds


GRID = [np.exp([0.0, a, b]) for a, b in product(np.linspace(-5, 5, 41), repeat=2)]
NAMES = ("recall", "precision", "f1")


def each_class(y, decided, name):
    """The metric of each class, by scikit-learn."""
    metric = getattr(sk, f"{name}_score")
    return metric(y, decided, labels=range(3), average=None, zero_division=0)


def on_grid(y, P):
    """(n_thresholds, 3) of each metric, over a grid of thresholds, and accuracy."""
    decided = (np.log(P) - np.log(GRID)[:, np.newaxis]).argmax(axis=2)
    called = np.stack([(decided == k).sum(axis=1) for k in range(3)], axis=1)
    tp = np.stack([((decided == k) & (y == k)).sum(axis=1) for k in range(3)], axis=1)
    n = np.bincount(y, minlength=3)
    recall, precision = tp / n, tp / np.maximum(called, 1)
    values = {"recall": recall, "precision": precision, "f1": 2 * tp / (n + called)}
    return values, tp.sum(axis=1) / len(y)


@pytest.mark.parametrize("tight", [0.8, 0.95])
@pytest.mark.parametrize(
    ("scoring", "kept"),
    [
        ("precision", ["recall"]),
        ("accuracy", ["recall"]),
        ("recall", ["precision"]),
        ("f1", ["recall", "precision"]),
    ],
)
def test_each_class_keeps_a_bound_by_itself(scoring, kept, tight):
    """Found wherever a fine grid of thresholds has one, and hardly worse than its best."""
    gaps = []
    for seed in range(12):
        y, P = three_classes(seed)
        values, accuracy = on_grid(y, P)
        worst = np.min([values[name].min(axis=1) for name in kept], axis=0)
        bound = tight * worst.max()
        best = best_thresholds(
            y, P, scoring=scoring, constraint=[(name, ">=", bound) for name in kept]
        )
        decided = winners(P, best.thresholds)[:, 0]
        for name in kept:
            assert each_class(y, decided, name).min() >= bound - 1e-12
        score = accuracy if scoring == "accuracy" else values[scoring].mean(axis=1)
        gaps.append(score[worst >= bound].max() - best.score)
    assert max(gaps) < 0.03
    assert np.mean(gaps) < 0.002


@pytest.mark.parametrize("weighted", [False, True])
def test_the_mean_over_classes_keeps_a_bound_where_it_is_asked(weighted):
    different = 0
    for seed in range(8):
        y, P = three_classes(seed)
        w = np.random.default_rng(seed).integers(1, 4, len(y)) if weighted else None

        def recalls(thresholds, y=y, P=P, w=w):
            decided = winners(P, thresholds)[:, 0]
            return sk.recall_score(y, decided, average=None, sample_weight=w)

        given = {"scoring": "precision", "sample_weight": w}
        for how in ("macro", "micro"):
            best = best_thresholds(y, P, constraint=f"recall_{how} >= 0.5", **given)
            value = sk.recall_score(
                y, winners(P, best.thresholds)[:, 0], average=how, sample_weight=w
            )
            assert value >= 0.5 - 1e-12
            different += recalls(best.thresholds).min() < 0.5
    assert different > 2


def test_a_class_that_fails_is_named_and_the_mean_is_offered():
    y, P = three_classes(0)
    names = np.array(["ant", "bee", "cat"])
    with pytest.raises(ValueError, match="accuracy >= 0.2' is met by no cutoffs") as told:
        best_thresholds(names[y], P, constraint="recall >= 0.9 and accuracy >= 0.2")
    text = str(told.value)
    assert "that were found, by each class for itself" in text
    assert "for class '" in text
    assert "Write 'recall_macro >= 0.9' for the mean over the classes." in text
    with pytest.raises(ValueError, match="best found recall_macro is") as told:
        best_thresholds(names[y], P, constraint="recall_macro >= 0.99")
    assert "class" not in str(told.value)
    with pytest.raises(ValueError, match="expected recall or recall_macro or recall_micro"):
        best_thresholds(y, P, constraint="recall_samples >= 0.5")


def test_groups_of_classes_keep_a_bound_each_by_itself():
    (y, P), (z, Q) = three_classes(1), three_classes(2)
    hot = np.hstack([np.eye(3)[y], np.eye(3)[z]])
    both = np.hstack([P, Q])
    best = best_thresholds(
        hot, both, kind="onehot", n_groups=2, scoring="precision", constraint="recall >= 0.5"
    )
    decided = winners(both, best.thresholds, n_groups=2)
    for truth, column in ((y, 0), (z, 1)):
        assert sk.recall_score(truth, decided[:, column], average=None).min() >= 0.5


def test_a_called_metric_of_classes_under_a_bound_of_each():
    y, P = three_classes(0, n=25)
    best = best_thresholds(y, P, scoring=sk.accuracy_score, constraint="recall >= 0.5")
    assert each_class(y, winners(P, best.thresholds)[:, 0], "recall").min() >= 0.5


@pytest.fixture(scope="module")
def table():
    return make_classification(
        300, n_classes=3, n_informative=6, weights=[0.6, 0.25, 0.15], class_sep=1.5, random_state=0
    )


def test_the_tuner_keeps_each_class_and_says_so(table):
    X, y = table
    cv, clf = KFold(3), LogisticRegression()
    tuned = TunedThresholdsCV(clf, scoring="precision", constraint="recall >= 0.6", cv=cv)
    tuned.fit(X, y)
    P = cross_val_predict(clf, X, y, cv=cv, method="predict_proba")
    assert each_class(y, winners(P, tuned.thresholds_)[:, 0], "recall").min() >= 0.6
    assert "with recall >= 0.6 of each class" in " ".join(tuned.summary().split())
    told = {
        "recall_macro >= 0.6": "on average over the classes",
        "accuracy >= 0.5": "of all decisions",
    }
    for constraint, whose in told.items():
        tuned.set_params(constraint=constraint).fit(X, y)
        assert f"with {constraint} {whose}" in " ".join(tuned.summary().split())
    tuned.set_params(constraint="recall >= 0.999")
    with pytest.raises(ValueError, match=r"by each class for itself.* for class 1"):
        tuned.fit(X, y)


def test_the_search_keeps_several_bounds_of_each_class(table):
    X, y = table
    both = ["recall >= 0.5", "precision >= 0.5"]
    search = ThresholdGridSearchCV(
        LogisticRegression(), {"C": [1.0]}, cv=KFold(3), constraint=both
    ).fit(X, y)
    P = cross_val_predict(LogisticRegression(), X, y, cv=KFold(3), method="predict_proba")
    decided = winners(P, search.best_thresholds_)[:, 0]
    for name in ("recall", "precision"):
        assert each_class(y, decided, name).min() >= 0.5
    assert search.get_params()["constraint"] == both


def test_whose_bits_bounds_are():
    told = {
        "macro": "recall >= 0.5 of each bit",
        "micro": "recall >= 0.5 of all bits together",
        "samples": "recall >= 0.5 on average over the rows",
    }
    for average, text in told.items():
        assert read_constraint("recall >= 0.5", "bits", average).told == text
    assert isinstance(read_constraint(read_constraint("recall >= 0.5")), Constraint)
    assert read_constraint("recall >= 0.5", "binary").told == "recall >= 0.5"


@pytest.mark.parametrize(
    ("scoring", "whose"),
    [
        ("f1", " of each bit"),
        ("f1_micro", " of all bits together"),
        (partial(sk.f1_score, average="macro"), ""),
    ],
)
def test_the_summary_of_bits_says_whose_bounds_are(scoring, whose):
    rng = np.random.default_rng(10)
    X = rng.normal(size=(80, 2))
    Y = (X + rng.normal(size=X.shape) > 0).astype(int)
    clf = MultiOutputClassifier(LogisticRegression())
    tuned = TunedThresholdsCV(clf, scoring=scoring, constraint="recall >= 0.5", cv=2).fit(X, Y)
    text = " ".join(tuned.summary().split())
    assert f"with recall >= 0.5{whose}" in text
    assert whose or "recall >= 0.5 of" not in text


# --- abstention, and the old word for it


def test_two_labels_abstain_where_neither_is_sure():
    rng = np.random.default_rng(7)
    for _ in range(10):
        y = (rng.random(60) < 0.3).astype(int)
        p = np.clip(0.5 * y + 0.6 * rng.random(60), 0, 1).round(3)
        P = np.column_stack([1 - p, p])
        top, right = P.max(axis=1), P.argmax(axis=1) == y
        kept = [top >= low for low in np.unique(top)]
        shares = [k.mean() for k in kept if right[k].mean() >= 0.9]
        given = {"scoring": "share_decided", "constraint": "accuracy >= 0.9"}
        for target in (y, np.array(["no", "yes"])[y]):
            best = best_thresholds(target, P, kind="onehot", **given)
            assert best.score == best.share_decided == pytest.approx(max(shares))
            assert (top >= best.threshold).mean() == pytest.approx(max(shares))
        for other in ({}, {"kind": "binary"}):
            with pytest.raises(ValueError, match="expected. .*kind='onehot'"):
                best_thresholds(y, P, **given, **other)
        with pytest.raises(ValueError, match="expected. .*'selection_rate'.*kind='onehot'"):
            best_thresholds(np.eye(2, dtype=int)[y], P, **given)


def test_the_threshold_goes_into_the_classifier(table):
    X, y = table[0], (table[1] > 0).astype(int)
    clf = OneHotClassifier(epochs=3, random_state=0, hidden_layer_sizes=()).fit(X, y)
    P = clf.predict_proba(X)
    best = best_thresholds(
        y, P, kind="onehot", scoring="share_decided", constraint="accuracy >= 0.9"
    )
    clf.set_params(abstain=True, threshold=best.threshold)
    assert 0 < np.mean(clf.predict(X) != -1) == pytest.approx(best.share_decided)


def test_several_bounds_on_abstention():
    y, P = three_classes(8)
    best = best_thresholds(
        y, P, scoring="accuracy", constraint=["share_decided >= 0.3", "share_decided <= 0.6"]
    )
    top, right = P.max(axis=1), P.argmax(axis=1) == y
    kept = [top >= low for low in np.unique(top)]
    assert best.score == pytest.approx(max(right[k].mean() for k in kept if 0.3 <= k.mean() <= 0.6))


@pytest.mark.parametrize(
    "given",
    [
        {"scoring": "coverage"},
        {"scoring": "coverage_micro"},
        {"constraint": "coverage >= 0.5"},
        {"constraint": ("coverage", "<=", 0.5)},
        {"constraint": ["recall >= 0.1", "0.5 >= coverage"]},
    ],
)
@pytest.mark.parametrize("kind", ["binary", "bits", "onehot"])
def test_the_old_word_is_refused_with_both_new_ones(given, kind):
    y = {"binary": [0, 1, 0], "bits": np.eye(3, dtype=int), "onehot": [0, 1, 2]}[kind]
    p = [0.1, 0.9, 0.4] if kind == "binary" else np.eye(3)
    match = "coverage.* could mean two things: expected 'selection_rate'.*or 'share_decided'"
    with pytest.raises(ValueError, match=match):
        best_thresholds(y, p, **given)
    with pytest.raises(ValueError, match=match):
        TunedThresholdsCV(LogisticRegression(), cv=2, **given).fit(np.eye(20)[:, :3], [0, 1] * 10)


def test_the_old_attribute_names_the_new_one():
    best = best_thresholds([0, 1], [0.1, 0.9])
    assert best.share_decided == 1.0
    with pytest.raises(AttributeError, match="share_decided"):
        _ = best.coverage


# --- where constraints are told


def test_the_curve_hatches_what_any_bound_forbids():
    pytest.importorskip("matplotlib").use("agg")
    from skbits.plots import ThresholdCurveDisplay

    rng = np.random.default_rng(9)
    y = rng.integers(0, 2, 50)
    p = (0.3 * y + 0.7 * rng.random(50)).round(2)
    bounds = ("recall >= 0.5", "precision >= 0.6", "recall <= 0.9")
    displays = [
        ThresholdCurveDisplay.from_predictions(y, p, constraint=one) for one in (*bounds, bounds)
    ]
    *alone, together = (display.allowed for display in displays)
    assert together.tolist() == np.all(alone, axis=0).tolist()
    assert 0 < together.sum() < min(one.sum() for one in alone)
    assert displays[-1].constraint == " and ".join(bounds)
    Y, P = np.column_stack([y, 1 - y]), np.column_stack([p, 1 - p])
    with pytest.raises(ValueError, match="constraint='recall_macro >= 0.5' is one that bits keep"):
        ThresholdCurveDisplay.from_predictions(Y, P, bit=0, constraint="recall_macro >= 0.5")


def test_the_command_takes_several_and_explains_them(tmp_path, capsys):
    from skbits import command

    X, y = make_classification(80, n_features=3, n_redundant=0, n_informative=3, random_state=0)
    data, model = tmp_path / "data.csv", tmp_path / "model.skbits"
    lines = [",".join(map(str, [*row, label])) for row, label in zip(X, y, strict=True)]
    data.write_text("\n".join(["a,b,c,ill", *lines]))
    options = [str(data), "--target", "ill", "--folds", "2", "--save", str(model), "--json"]
    options += ["--grid", "epochs=[3]", "--constraint", "60% <= recall", "--constraint"]
    command.main([*options, "selection_rate <= 0.9 and precision >= 0.2"])
    kept = json.loads(capsys.readouterr().out)["constraint"]
    assert kept == "60% <= recall and selection_rate <= 0.9 and precision >= 0.2"
    command.main(["explain", str(model)])
    assert kept in " ".join(capsys.readouterr().out.split())
