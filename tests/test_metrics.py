"""Metrics: scikit-learn's by any name and in any form, losses, and what a scorer reads."""

import warnings
from functools import partial

import brute
import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from skbits import ThresholdGridSearchCV, TunedThresholdsCV, best_thresholds
from skbits.quantities import quantity
from skbits.thresholds.best import make_search, score_of
from skbits.thresholds.reading import read_rows
from skbits.thresholds.scoring import Opaque, read_constraint

QUIET = {"zero_division": 0}
pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.UndefinedMetricWarning",
    "ignore:invalid value encountered in scalar divide:RuntimeWarning",
    "ignore:y_pred contains classes not in y_true:UserWarning",
    "ignore:A single label was found:UserWarning",
)


# --- names


def other(metric):
    """The metric of the label 0."""
    return lambda y, d, **w: metric(y, d, pos_label=0, **w)


def f(beta):
    return lambda y, d, **w: sk.fbeta_score(y, d, beta=beta, **QUIET, **w)


recall, precision = (partial(m, **QUIET) for m in (sk.recall_score, sk.precision_score))

#: name -> scikit-learn's function (y_true, y_pred, sample_weight=...), of two labels
OF_TWO_LABELS = {
    "accuracy": sk.accuracy_score,
    "bit_accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "cohen_kappa": sk.cohen_kappa_score,
    "f0.5": f(0.5),
    "f1": f(1),
    "f1_macro": partial(sk.f1_score, average="macro", **QUIET),
    "f1_micro": partial(sk.f1_score, average="micro", **QUIET),
    "f1_weighted": partial(sk.f1_score, average="weighted", **QUIET),
    "f2": f(2),
    "g_mean": lambda y, d, **w: np.sqrt(recall(y, d, **w) * other(recall)(y, d, **w)),
    "jaccard": partial(sk.jaccard_score, **QUIET),
    "jaccard_weighted": partial(sk.jaccard_score, average="weighted", **QUIET),
    "mcc": sk.matthews_corrcoef,
    "matthews_corrcoef": sk.matthews_corrcoef,
    "neg_fnr": lambda y, d, **w: recall(y, d, **w) - 1,
    "neg_fpr": lambda y, d, **w: other(recall)(y, d, **w) - 1,
    "neg_hamming_loss": lambda y, d, **w: -sk.hamming_loss(y, d, **w),
    "neg_zero_one_loss": lambda y, d, **w: -sk.zero_one_loss(y, d, **w),
    "npv": other(precision),
    "ppv": precision,
    "precision": precision,
    "precision_macro": partial(sk.precision_score, average="macro", **QUIET),
    "recall": recall,
    "selection_rate": lambda y, d, sample_weight=None: np.average(d, weights=sample_weight),
    "sensitivity": recall,
    "sensitivity_macro": partial(sk.recall_score, average="macro", **QUIET),
    "specificity": other(recall),
    "tnr": other(recall),
    "tpr": recall,
}


def problems_of_two_labels(seed, n_problems, most_rows=12):
    """Both labels are there: without one of them some rates are 0 by rule."""
    for y, p, w in brute.problems(seed, n_problems, most_rows):
        w = None if w is None else w + 1  # rows of weight 0 are none here
        if 0 < y.sum() < len(y):
            yield y, p, w, {} if w is None else {"sample_weight": w}


@pytest.mark.parametrize(("name", "metric"), OF_TWO_LABELS.items(), ids=OF_TWO_LABELS)
def test_a_name_gives_what_scikit_learns_function_gives_at_the_best_of_all_cuts(name, metric):
    for y, p, w, given in problems_of_two_labels(seed=21, n_problems=30):
        best = best_thresholds(y, p, scoring=name, sample_weight=w)
        tried = [metric(y, (p >= low).astype(int), **given) for low in brute.lowest_on(p)]
        assert best.score == pytest.approx(np.nanmax(tried), abs=1e-12)
        on = (p >= np.asarray(best.threshold).astype(p.dtype)).astype(int)
        assert best.score == pytest.approx(metric(y, on, **given), abs=1e-12)


@pytest.mark.parametrize("name", ["fpr", "fnr", "hamming_loss", "zero_one_loss"])
def test_rates_of_errors_are_for_constraints(name):
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 2, 60), rng.random(60)
    message = rf"scoring='{name}' is a rate of errors.*Write scoring='neg_{name}', or constraint='"
    with pytest.raises(ValueError, match=message):
        best_thresholds(y, p, scoring=name)
    assert quantity(f"neg_{name}") == (name, -1)
    rate = {"fpr": lambda on: on[y == 0].mean(), "fnr": lambda on: 1 - on[y == 1].mean()}.get(
        name, lambda on: np.mean(on != y)
    )
    least = min(rate(p >= low) for low in brute.lowest_on(p))
    for bound in (0.5, 0.6):
        cuts = [p >= low for low in brute.lowest_on(p) if rate(p >= low) <= bound]
        best = best_thresholds(y, p, constraint=(name, "<=", bound))
        assert rate(p >= best.threshold) <= bound
        assert best.score == pytest.approx(max(sk.f1_score(y, on) for on in cuts))
    with pytest.raises(ValueError, match=rf"The best attainable {name} is {least:.6g}\."):
        best_thresholds(y, p, constraint=f"{name} <= -0.1")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("sensitivty", "sensitivity"), ("selection", "selection_rate"), ("neg_hamming", "neg_hamm")],
)
def test_the_nearest_name_is_suggested(name, meant):
    for given in ({"scoring": name}, {"constraint": f"{name} >= 0.5"}):
        with pytest.raises(ValueError, match=f"did you mean '{meant}"):
            best_thresholds([0, 1], [0.2, 0.3], **given)


def test_a_users_function_may_have_the_name_of_a_metric():
    def accuracy(tp, fp, fn, tn):
        return tp - fp

    Y, P = np.array([[0, 1], [1, 1], [1, 0]]), np.array([[0.1, 0.4], [0.3, 0.6], [0.2, 0.2]])
    assert best_thresholds(Y, P, scoring=accuracy).score == 2.0
    hot = np.eye(3)
    assert best_thresholds(hot, hot, scoring=accuracy, kind="onehot").score == 1.0


# --- what they are of bits and of classes


def test_accuracy_of_bits_is_that_of_rows_and_bit_accuracy_that_of_bits():
    for Y, P, w in brute.tables(seed=22, n_tables=10, most_rows=6):
        given = {"sample_weight": w}
        for name, metric in (
            ("accuracy", sk.accuracy_score),
            ("neg_zero_one_loss", lambda *a, **w: -sk.zero_one_loss(*a, **w)),
            ("neg_hamming_loss", lambda *a, **w: -sk.hamming_loss(*a, **w)),
            ("bit_accuracy", lambda *a, **w: 1 - sk.hamming_loss(*a, **w)),
        ):
            best = best_thresholds(Y, P, scoring=name, **given)
            on = np.greater_equal(P, best.thresholds.astype(P.dtype)).astype(int)
            assert best.score == pytest.approx(metric(Y, on, **given), abs=1e-12)
            moved = [metric(Y, d.astype(int), **given) for d in brute.moves(P, on == 1)]
            assert max(moved) <= best.score + 1e-12
    exact = best_thresholds(Y, P, scoring="accuracy", average="exact_match")
    assert exact == best_thresholds(Y, P, scoring="accuracy")


def classes_of(seed, n_problems, labels=(0, 1, 2)):
    rng = np.random.default_rng(seed)
    for i in range(n_problems):
        n = int(rng.integers(4, 14))
        y = np.array(labels)[np.append(rng.integers(0, 3, n), [0, 1, 2])]
        w = rng.integers(1, 4, n + 3).astype(float) if i % 2 else None
        yield y, rng.dirichlet(np.ones(3), n + 3), w


def decide(p, thresholds, labels=(0, 1, 2)):
    return np.array(labels)[(p / thresholds).argmax(axis=1)]


OF_CLASSES = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "cohen_kappa": sk.cohen_kappa_score,
    "mcc": sk.matthews_corrcoef,
    "matthews_corrcoef": sk.matthews_corrcoef,
    "neg_hamming_loss": lambda y, d, **w: -sk.hamming_loss(y, d, **w),
    "neg_zero_one_loss": lambda y, d, **w: -sk.zero_one_loss(y, d, **w),
    "f1_weighted": partial(sk.f1_score, average="weighted", **QUIET),
    "sensitivity_macro": partial(sk.recall_score, average="macro", **QUIET),
    "f2_micro": partial(sk.fbeta_score, beta=2, average="micro", **QUIET),
}


@pytest.mark.parametrize(("name", "metric"), OF_CLASSES.items(), ids=OF_CLASSES)
def test_a_name_gives_what_scikit_learns_function_gives_of_classes(name, metric):
    for y, p, w in classes_of(seed=23, n_problems=10):
        given = {} if w is None else {"sample_weight": w}
        best = best_thresholds(y, p, scoring=name, labels=range(3), sample_weight=w)
        assert best.score == pytest.approx(metric(y, decide(p, best.thresholds), **given))
        assert best.default_score == pytest.approx(metric(y, p.argmax(axis=1), **given))
        assert best.score >= best.default_score


def test_balanced_accuracy_of_classes_counts_those_that_are_there():
    y, p = np.array([0, 0, 1, 1, 1]), np.random.default_rng(3).dirichlet(np.ones(3), 5)
    best = best_thresholds(y, p, scoring="balanced_accuracy", labels=range(3))
    assert best.score == pytest.approx(sk.balanced_accuracy_score(y, decide(p, best.thresholds)))


@pytest.mark.parametrize("name", ["mcc", "cohen_kappa"])
def test_groups_of_classes_have_the_mean_of_their_own(name):
    rng = np.random.default_rng(4)
    hot = [np.eye(3)[np.append(rng.integers(0, 3, 20), range(3))] for _ in range(2)]
    p = [rng.dirichlet(np.ones(3), 23) + part for part in hot]
    p = [part / part.sum(axis=1, keepdims=True) for part in p]
    both = best_thresholds(np.hstack(hot), np.hstack(p), kind="onehot", n_groups=2, scoring=name)
    alone = [OF_CLASSES[name](h.argmax(1), q.argmax(1)) for h, q in zip(hot, p, strict=True)]
    assert both.default_score == pytest.approx(np.mean(alone))


def test_weighted_is_macro_with_the_shares_of_positives():
    for Y, P, w in brute.tables(seed=24, n_tables=12, most_rows=4):
        best, macro = (
            best_thresholds(Y, P, average=average, sample_weight=w)
            for average in ("weighted", "macro")
        )
        on = np.greater_equal(P, best.thresholds.astype(P.dtype)).astype(int)
        theirs = sk.f1_score(Y, on, average="weighted", sample_weight=w, **QUIET)
        assert best.score == pytest.approx(theirs, abs=1e-12)
        assert np.array_equal(best.thresholds, macro.thresholds)
        assert best == best_thresholds(Y, P, scoring="f1_weighted", sample_weight=w)
        if w is None:  # the best of all combinations of cuts
            tried = [
                sk.f1_score(Y, d.astype(int), average="weighted", **QUIET)
                for d in brute.combinations(P)
            ]
            assert max(tried) <= best.score + 1e-12


# --- scikit-learn's functions, whatever they are wrapped in


def found(scoring, y, p, **given):
    """What is searched for, and the rows."""
    kind = given.pop("kind", "auto")
    average = given.pop("average", None)
    rows = read_rows(y, p, kind=kind, **given)
    return make_search(rows.kind, scoring, average, form=rows), rows


WRAPPED = {
    "f1": (sk.f1_score, {}),
    "f1 of the other": (sk.f1_score, {"pos_label": "LOW"}),
    "macro": (sk.f1_score, {"average": "macro"}),
    "weighted": (sk.precision_score, {"average": "weighted"}),
    "micro": (sk.jaccard_score, {"average": "micro"}),
    "labels": (sk.recall_score, {"average": "macro", "labels": ["HIGH"]}),
    "f2": (sk.fbeta_score, {"beta": 2}),
    "f of a float": (sk.fbeta_score, {"beta": 0.25, "pos_label": "LOW"}),
    "accuracy": (sk.accuracy_score, {}),
    "balanced": (sk.balanced_accuracy_score, {}),
    "adjusted": (sk.balanced_accuracy_score, {"adjusted": True}),
    "kappa": (sk.cohen_kappa_score, {}),
    "mcc": (sk.matthews_corrcoef, {}),
    "quiet": (sk.precision_score, QUIET),
}


def with_labels(options, low, high):
    """The options with the labels that LOW and HIGH stand for."""
    meant = {"LOW": low, "HIGH": high}
    options = dict(options)
    if "pos_label" in options:
        options["pos_label"] = meant[options["pos_label"]]
    if "labels" in options:
        options["labels"] = [meant[label] for label in options["labels"]]
    return options


@pytest.mark.parametrize("form", ["partial", "scorer", "scorer of a partial"])
@pytest.mark.parametrize(("metric", "options"), WRAPPED.values(), ids=WRAPPED)
def test_scikit_learns_metrics_are_formulas_whatever_they_are_wrapped_in(metric, options, form):
    for low, high, flipped in ((0, 1, False), (1, 2, False), ("no", "yes", True)):
        given = with_labels(options, low, high)
        has_pos_label = metric not in (
            sk.accuracy_score, sk.balanced_accuracy_score, sk.cohen_kappa_score,
            sk.matthews_corrcoef,
        )  # fmt: skip
        if low == "no" and has_pos_label:  # scikit-learn's scorers want it to be one of them
            given.setdefault("pos_label", None if "average" in given else "yes")
        function = partial(metric, **given) if given else metric
        scoring = {
            "partial": function,
            "scorer": sk.make_scorer(metric, **given),
            "scorer of a partial": sk.make_scorer(function),
        }[form]
        for y, p, w, weights in problems_of_two_labels(seed=25, n_problems=4):
            named = np.array([low, high])[1 - y if flipped else y]
            one, rows = found(
                scoring, named, np.stack([1 - p, p][:: 1 - 2 * flipped], axis=1),
                sample_weight=w, pos_label=low if flipped else None,
            )  # fmt: skip
            assert not isinstance(one.metric, Opaque)
            for cut in [0.0, *np.unique(p).tolist(), np.inf]:
                on = p >= np.asarray(cut).astype(p.dtype)
                d = np.array([low, high])[(on != flipped).astype(int)]
                theirs = metric(named, d, **given, **weights)
                ours = score_of(rows, one, np.array([cut]))
                assert ours == pytest.approx(0.0 if np.isnan(theirs) else theirs, abs=1e-12)


@pytest.mark.parametrize("name", ["f1", "f1_macro", "f1_weighted", "recall_micro", "jaccard"])
def test_scorers_got_by_name_are_formulas(name):
    y, p = np.array([0, 1, 1, 0, 1]), np.array([0.2, 0.3, 0.6, 0.7, 0.9])
    got, rows = found(sk.get_scorer(name), y, p)
    by_name, _ = found(name, y, p)
    for cut in (0.0, 0.3, 0.65, 0.9):
        scores = [score_of(rows, search, np.array([cut])) for search in (got, by_name)]
        assert scores[0] == scores[1]
    assert not isinstance(got.metric, Opaque)
    assert not isinstance(by_name.metric, Opaque)


@pytest.mark.parametrize(
    ("loss", "name"), [(sk.hamming_loss, "hamming_loss"), (sk.zero_one_loss, "zero_one_loss")]
)
def test_losses_are_recognised_with_their_sign(loss, name):
    scorer = sk.make_scorer(loss, greater_is_better=False)
    y, p = np.array([0, 1, 1, 0, 1]), np.array([0.2, 0.3, 0.6, 0.7, 0.9])
    one, rows = found(scorer, y, p)
    assert one.metric.name == f"neg_{name}"
    assert score_of(rows, one, np.array([0.65])) == pytest.approx(-loss(y, p >= 0.65))
    Y, P = np.array([[0, 1], [1, 1], [1, 0]]), np.array([[0.1, 0.4], [0.3, 0.6], [0.2, 0.2]])
    one, rows = found(scorer, Y, P)
    assert not isinstance(one.metric, Opaque)
    expected = -loss(Y, (P >= [0.25, 0.5]).astype(int))
    assert score_of(rows, one, np.array([0.25, 0.5])) == pytest.approx(expected)


def f1_score(y_true, y_pred):
    """Of scikit-learn's name, and something else."""
    return sk.f1_score(y_true, y_pred, zero_division=0) - 0.1 * np.mean(y_pred)


NOT_FORMULAS = {
    "number of rows": partial(sk.accuracy_score, normalize=False),
    "1 where there is nothing": partial(sk.precision_score, zero_division=1.0),
    "another of that name": f1_score,
    "a scorer of that one": sk.make_scorer(f1_score),
    "a scorer of a user's": sk.make_scorer(lambda y_true, y_pred: sk.f1_score(y_true, y_pred)),
    "the other sign of a user's": sk.make_scorer(f1_score, greater_is_better=False),
}


@pytest.mark.parametrize("scoring", NOT_FORMULAS.values(), ids=NOT_FORMULAS)
def test_what_equals_no_formula_is_called(scoring):
    y, p = np.array([0, 1, 1, 0, 1]), np.array([0.2, 0.3, 0.6, 0.7, 0.9])
    assert isinstance(found(scoring, y, p)[0].metric, Opaque)
    if isinstance(scoring, partial):
        tried = [scoring(y, p >= low) for low in brute.lowest_on(p)]
        assert best_thresholds(y, p, scoring=scoring).score == max(tried)


OF_ALL_BITS = {
    "macro": (sk.f1_score, {"average": "macro"}, "macro"),
    "micro": (sk.fbeta_score, {"average": "micro", "beta": 3}, "micro"),
    "weighted": (sk.jaccard_score, {"average": "weighted"}, "weighted"),
    "samples": (sk.f1_score, {"average": "samples", **QUIET}, "samples"),
    "rows": (sk.accuracy_score, {}, "exact_match"),
}


@pytest.mark.parametrize(("metric", "options", "average"), OF_ALL_BITS.values(), ids=OF_ALL_BITS)
def test_metrics_of_all_bits_are_formulas(metric, options, average):
    for Y, P, w in brute.tables(seed=26, n_tables=6, most_rows=8):
        for scoring in (partial(metric, **options), sk.make_scorer(metric, **options)):
            one, rows = found(scoring, Y, P, sample_weight=w)
            assert (type(one.metric).__name__, one.average) == ("Metric", average)
            for thresholds in (np.full(3, 0.5), np.array([0.2, 0.7, 0.1])):
                on = np.greater_equal(P, thresholds.astype(P.dtype)).astype(int)
                theirs = metric(Y, on, sample_weight=w, **options)
                assert score_of(rows, one, thresholds) == pytest.approx(theirs, abs=1e-12)
    tuned = TunedThresholdsCV(LogisticRegression(), scoring=partial(metric, **options), cv=2)
    name = {"macro": "f1_macro", "micro": ("fbeta", 3), "weighted": "jaccard_weighted"}.get(average)
    if name is not None:  # the average that the function says, not the default of the tuner
        X = np.random.default_rng(0).normal(size=(80, 3))
        Y = (X + np.random.default_rng(1).normal(size=X.shape) > 0.5).astype(int)
        probabilities = FromColumns()
        by_function = tuned.set_params(estimator=probabilities).fit(X, Y)
        by_name = TunedThresholdsCV(probabilities, scoring=name, cv=2)
        by_name.set_params(average="micro" if average == "micro" else None).fit(X, Y)
        assert np.array_equal(by_function.thresholds_, by_name.thresholds_)
        assert by_function.best_score_ == by_name.best_score_


class FromColumns(LogisticRegression):
    """Probabilities of bits that are the columns of X themselves."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.arange(X.shape[1])
        return self

    def predict_proba(self, X):
        return 1 / (1 + np.exp(-X))


def test_a_selection_of_bits_is_none_of_the_averages():
    Y, P = np.array([[0, 1], [1, 1], [1, 0]]), np.array([[0.1, 0.4], [0.3, 0.6], [0.2, 0.2]])
    scoring = partial(sk.f1_score, average="macro", labels=[1])
    assert isinstance(found(scoring, Y, P)[0].metric, Opaque)
    each, _ = found(sk.f1_score, Y, P, average="macro")  # called for each bit alone
    assert (each.metric.name, each.average) == ("f1", "macro")


CLASS_METRICS = {
    "macro": (sk.f1_score, {"average": "macro"}),
    "macro of all": (sk.f1_score, {"average": "macro", "labels": "ALL", **QUIET}),
    "weighted": (sk.recall_score, {"average": "weighted"}),
    "micro": (sk.precision_score, {"average": "micro"}),
    "accuracy": (sk.accuracy_score, {}),
    "balanced": (sk.balanced_accuracy_score, {}),
    "mcc": (sk.matthews_corrcoef, {}),
    "kappa": (sk.cohen_kappa_score, {}),
}


@pytest.mark.parametrize(("metric", "options"), CLASS_METRICS.values(), ids=CLASS_METRICS)
def test_metrics_of_classes_are_formulas(metric, options):
    labels = ["a", "b", "c"]
    options = {k: labels if v == "ALL" else v for k, v in options.items()}
    for y, p, w in classes_of(seed=27, n_problems=6, labels=labels):
        for kept in (np.ones(len(y), bool), y != "b"):  # a class that is not there
            one, rows = found(
                sk.make_scorer(metric, **options), y[kept], p[kept], labels=labels,
                sample_weight=None if w is None else w[kept],
            )  # fmt: skip
            assert not isinstance(one.metric, Opaque)
            for thresholds in (np.full(3, 0.5), np.array([0.5, 0.3, 0.1])):
                d = decide(p[kept], thresholds, labels)
                given = {} if w is None else {"sample_weight": w[kept]}
                theirs = metric(y[kept], d, **options, **given)
                assert score_of(rows, one, thresholds) == pytest.approx(theirs, abs=1e-12)


# --- metrics that nobody knows


def rare_positives():
    rng = np.random.default_rng(0)
    y = np.zeros(20_000, int)
    y[:20] = 1
    return y, 1 / (1 + np.exp(-(rng.normal(size=20_000) + 4 * y - 6)))


def test_a_metric_that_nobody_knows_finds_the_best_cut_of_rare_positives():
    y, p = rare_positives()
    n_calls = []

    def own(y_true, y_pred):
        n_calls.append(1)
        tp = (y_true & y_pred).sum()
        return 2 * tp / (y_true.sum() + y_pred.sum())

    best = best_thresholds(y, p)
    for limit in (60, 200):
        n_calls.clear()
        with pytest.warns(UserWarning, match=f"called for {limit} of .*{20_001 - limit} were skip"):
            called = best_thresholds(y, p, scoring=own, max_evaluations=limit)
        assert called.score == best.score
        assert called.threshold == best.threshold
        assert len(n_calls) == limit + 2


def test_what_lies_around_the_best_is_tried():
    """The best cut is at no positive: many calls find it, or come near."""
    y, p = rare_positives()
    share = 1234 / 20_000

    def own(y_true, y_pred):
        return -abs(np.mean(y_pred) - share)

    with pytest.warns(UserWarning, match="were skipped"):
        assert best_thresholds(y, p, scoring=own, max_evaluations=100).score == 0.0


@pytest.mark.parametrize("limit", [2, 3, 5, 8, 13, 40])
def test_of_few_rows_all_cuts_are_tried_and_of_more_as_many_as_may_be(limit):
    def own(y_true, y_pred):
        return sk.fbeta_score(y_true, y_pred, beta=1.5, zero_division=0)

    for y, p, w, _ in problems_of_two_labels(seed=28, n_problems=25, most_rows=16):
        if w is not None:
            continue
        low = brute.lowest_on(p)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore" if limit < len(low) else "error")
            best = best_thresholds(y, p, scoring=own, max_evaluations=limit)
        tried = [own(y, (p >= cut).astype(int)) for cut in low]
        if limit >= len(low) or limit >= 2 * (y.sum() + 2):  # each positive has its call
            assert best.score == pytest.approx(max(tried))
        assert best.score >= max(tried[0], tried[-1])


def test_a_fit_says_once_what_was_skipped():
    X = np.random.default_rng(0).normal(size=(200, 2))
    y = (X[:, 0] > 0.3).astype(int)

    def own(y_true, y_pred):
        return np.mean(y_true == y_pred)

    for tuned in (
        TunedThresholdsCV(LogisticRegression(), scoring=own, max_evaluations=10, cv=2),
        ThresholdGridSearchCV(
            LogisticRegression(), {"C": [1, 2]}, scoring=own, max_evaluations=10, cv=2
        ),
    ):
        with pytest.warns(UserWarning, match="'own' was called for 10 of 101 cutoffs") as told:
            tuned.fit(X, y)
        assert len(told) == 1
        assert told[0].filename == __file__


# --- losses


def counts_loss(tp, fp, fn, tn):
    return 5 * fn + fp


def expected_cost(y_true, y_pred):
    return np.mean(y_true != y_pred)


def error_rate(estimator, X, y):
    return np.mean(estimator.predict(X) != y)


class TotalRisk:
    def __call__(self, y_true, y_pred):
        return np.mean(y_true != y_pred)


LOSSES = {
    "counts": (counts_loss, r"Write neg_counts_loss, which returns -counts_loss\(tp, fp, fn, tn\)"),
    "labels": (expected_cost, r"make_scorer\(expected_cost, greater_is_better=False\)"),
    "scorer": (error_rate, r"neg_error_rate, which returns -error_rate\(estimator, X, y\)"),
    "partial": (partial(expected_cost), r"make_scorer\(expected_cost, greater_is_better=False\)"),
    "made": (sk.make_scorer(expected_cost), r"make_scorer\(expected_cost, greater_is_better=Fals"),
    "made of a partial": (sk.make_scorer(partial(expected_cost)), r"er\(expected_cost, greater"),
    "object": (TotalRisk(), r"make_scorer\(TotalRisk, greater_is_better=False\)"),
    "hinge": (sk.hinge_loss, "less is better|reads probabilities"),
}


@pytest.mark.parametrize(("scoring", "cure"), LOSSES.values(), ids=LOSSES)
def test_what_is_called_a_loss_is_not_maximized(scoring, cure):
    X, y = np.arange(20.0).reshape(-1, 1), np.arange(20) % 2
    for act in (
        lambda: best_thresholds(y, X[:, 0] / 20, scoring=scoring),
        lambda: TunedThresholdsCV(LogisticRegression(), scoring=scoring).fit(X, y),
    ):
        with pytest.raises(ValueError, match=cure):
            act()


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        (sk.log_loss, "^scoring='log_loss' reads probabilities or scores, not decisions"),
        (partial(sk.roc_auc_score, max_fpr=0.1), "^scoring='roc_auc_score' reads probabilities"),
        (len, "^scoring='len' has 1 required argument: expected"),
    ],
)
def test_functions_of_something_else_are_named_as_people_know_them(scoring, message):
    with pytest.raises(ValueError, match=message):
        best_thresholds([0, 1], [0.2, 0.7], scoring=scoring)


def test_what_turns_a_loss_is_taken_and_a_constraint_may_be_one():
    y, p = np.array([0, 1, 1, 0, 1]), np.array([0.2, 0.3, 0.6, 0.7, 0.9])

    def neg_counts_loss(*, tp=0, fp=0, fn=0, tn=0):
        raise AssertionError("has no required arguments")

    def minus_cost(tp, fp, fn, tn):
        return -counts_loss(tp, fp, fn, tn)

    def lossless(tp, fp, fn, tn):
        return tp - fp

    least = min(counts_loss(*brute.counts(y, p >= low)) for low in brute.lowest_on(p))
    assert best_thresholds(y, p, scoring=minus_cost).score == -least
    made = sk.make_scorer(expected_cost, greater_is_better=False)
    assert best_thresholds(y, p, scoring=made).score == pytest.approx(-0.2)
    assert best_thresholds(y, p, scoring=lossless).score == 2
    best = best_thresholds(y, p, scoring="recall", constraint=(counts_loss, "<=", 1))
    assert counts_loss(*brute.counts(y, p >= best.threshold)) <= 1
    assert str(read_constraint((counts_loss, "<=", 1))) == "counts_loss <= 1"


# --- what a scorer reads


def gain(estimator, X, y):
    """Minus the amounts of the rows that are decided wrong."""
    amount = X["amount"] if hasattr(X, "columns") else np.asarray(X)[:, 0]
    return -(np.asarray(amount) * (estimator.predict(X) != y)).sum()


def with_amounts(n=120):
    rng = np.random.default_rng(5)
    X = np.column_stack([rng.lognormal(0, 1.5, n), rng.normal(size=(n, 2))])
    return X, (X[:, 1] + rng.normal(size=n) > 0).astype(int)


FORMS = {"array": np.asarray, "frame": lambda X: pd.DataFrame(X, columns=["amount", "a", "b"])}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_scorer_gets_the_rows_of_x(form):
    X, y = with_amounts()
    fitted = LogisticRegression().fit(form(X), y)
    p = fitted.predict_proba(form(X))[:, 1]
    tuned = TunedThresholdsCV(fitted, scoring=gain, cv="prefit").fit(form(X), y)
    losses = [(X[:, 0] * ((p >= low) != y)).sum() for low in brute.lowest_on(p)]
    chosen = (X[:, 0] * (tuned.predict(form(X)) != y)).sum()
    assert chosen == pytest.approx(min(losses))
    assert tuned.best_score_ == pytest.approx(-chosen)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("how", ["pooled", "fold_mean"])
@pytest.mark.parametrize("owner", ["tuner", "search"])
def test_a_scorer_gets_the_rows_of_each_fold(owner, how, weighted):
    X, y = with_amounts()
    w = np.where(np.arange(len(y)) % 7 == 0, 0.0, 1.0) if weighted else None  # rows left out
    cv = KFold(3, shuffle=True, random_state=0)

    def counted(estimator, X, y, sample_weight=None):
        return gain(estimator, X, y)

    given = {"scoring": counted, "combine": how, "cv": cv}
    if owner == "tuner":
        tuned = TunedThresholdsCV(LogisticRegression(), **given).fit(X, y, sample_weight=w)
        thresholds, folds = tuned.thresholds_, tuned.fold_thresholds_
    else:
        tuned = ThresholdGridSearchCV(LogisticRegression(), {"C": [1.0]}, **given)
        tuned.fit(X, y, sample_weight=w)
        thresholds, folds = tuned.best_thresholds_, tuned.best_fold_thresholds_
    kept = np.ones(len(y), bool) if w is None else w > 0
    p = np.empty(len(y))
    for (train, test), fold in zip(cv.split(X), folds, strict=True):
        model = LogisticRegression().fit(X[train], y[train], None if w is None else w[train])
        p[test] = model.predict_proba(X[test])[:, 1]
        test = test[kept[test]]
        losses = [
            (X[test, 0] * ((p[test] >= c) != y[test])).sum() for c in brute.lowest_on(p[test])
        ]
        assert (X[test, 0] * ((p[test] >= fold[0]) != y[test])).sum() == pytest.approx(min(losses))
    if how == "pooled":
        losses = [(X[:, 0] * ((p >= c) != y) * kept).sum() for c in brute.lowest_on(p[kept])]
        at = (X[:, 0] * ((p >= thresholds[0]) != y) * kept).sum()
        assert at == pytest.approx(min(losses))
    if owner == "search":
        assert tuned.score(X, y) == pytest.approx(gain(tuned, X, y))


def test_a_scorer_of_bits_and_of_classes_gets_the_rows():
    X, _ = with_amounts(60)
    seen = []

    def watched(estimator, X, y):
        seen.append(len(X))
        assert len(X) == len(y)
        return -(
            np.abs(X[:, 0]) * (estimator.predict(X) != y).reshape(len(y), -1).any(axis=1)
        ).sum()

    cv = KFold(2, shuffle=True, random_state=0)
    of_bits = FromColumns().fit(X, X)
    for y, estimator in (
        ((X > 0.2).astype(int), FromColumns()),
        (np.digitize(X[:, 1], [-0.5, 0.5]), LogisticRegression()),
    ):
        tuned = TunedThresholdsCV(estimator, scoring=watched, cv=cv, max_evaluations=400)
        tuned.set_params(min_positives=0).fit(X, y)
        defaults = []
        for train, test in cv.split(X):
            if y.ndim == 2:
                on = (of_bits.predict_proba(X[test]) >= 0.5).astype(int)
            else:
                on = LogisticRegression().fit(X[train], y[train]).predict(X[test])
            wrong = (on != y[test]).reshape(len(test), -1).any(axis=1)
            defaults.append(-(np.abs(X[test, 0]) * wrong).sum())
        assert tuned.default_score_ == pytest.approx(np.mean(defaults))
    assert {30, 60} <= set(seen)


@pytest.mark.parametrize(
    "use",
    [
        lambda X: X[:, 0],
        lambda X: X.shape,
        lambda X: len(X),
        lambda X: np.asarray(X),
        lambda X: list(X),
        lambda X: hasattr(X, "iloc"),
        lambda X: X * 2,
        lambda X: X is not None and bool(X),
    ],
)
def test_without_rows_a_scorer_that_reads_them_is_refused(use):
    def carefully(estimator, X, y):
        try:
            use(X)
        except Exception:  # what is raised must come through
            return 1.0
        return 2.0

    with pytest.raises(ValueError, match="scoring='carefully' reads X.*Use TunedThresholdsCV"):
        best_thresholds([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.7], scoring=carefully)


def test_a_scorer_that_predicts_other_rows_is_refused():
    X, y = with_amounts(40)

    def of_some(estimator, X, y):
        return np.mean(estimator.predict(X[:5]) == y[:5])

    with pytest.raises(ValueError, match="predict was given 5 rows by a scorer of 40: expected"):
        TunedThresholdsCV(LogisticRegression(), scoring=of_some, cv=2).fit(X, y)


def weighed_gain(y_true, y_pred, sample_weight=None, amount=None):
    return -np.average(amount * (y_true != y_pred), weights=sample_weight)


@pytest.mark.parametrize("cv", [KFold(2), "prefit"], ids=["folds", "prefit"])
def test_metadata_that_is_asked_for_reaches_a_scorer(cv):
    X, y = with_amounts()
    amount, w = X[:, 0] + 1, np.random.default_rng(6).integers(1, 4, len(y)).astype(float)
    base = LogisticRegression()
    if cv == "prefit":
        base.fit(X, y)
        p = base.predict_proba(X)[:, 1]
    else:
        p = np.empty(len(y))
        for train, test in cv.split(X):
            p[test] = LogisticRegression().fit(X[train], y[train]).predict_proba(X[test])[:, 1]
    with config_context(enable_metadata_routing=True):
        scorer = sk.make_scorer(weighed_gain)
        scorer.set_score_request(amount="size", sample_weight="importance")
        tuned = TunedThresholdsCV(base, scoring=scorer, cv=cv, combine="pooled")
        tuned.fit(X, y, size=amount, importance=w)
        losses = [-weighed_gain(y, p >= low, w, amount) for low in brute.lowest_on(p)]
        at = -weighed_gain(y, p >= tuned.thresholds_[0], w, amount)
        assert at == pytest.approx(min(losses))
        if cv == "prefit":
            with pytest.raises(TypeError, match="verbose"):
                tuned.fit(X, y, size=amount, verbose=1)
            return
        search = ThresholdGridSearchCV(
            base, {"C": [1.0]}, scoring=scorer, cv=cv, combine="pooled"
        ).fit(X, y, size=amount, importance=w)
        assert np.array_equal(search.best_thresholds_, tuned.thresholds_)
        expected = weighed_gain(y, search.predict(X), w, amount)
        assert search.score(X, y, size=amount, importance=w) == pytest.approx(expected)
    with pytest.raises(TypeError, match="score got an unknown argument 'size'"):
        search.score(X, y, size=amount)


@pytest.mark.parametrize("asks", [True, False, None])
def test_routed_weights_go_to_a_scorer_that_asks(asks):
    X, y = with_amounts()
    w = np.random.default_rng(7).integers(1, 9, len(y)).astype(float)
    with config_context(enable_metadata_routing=True):
        scorer = sk.make_scorer(sk.f1_score).set_score_request(sample_weight=asks)
        base = LogisticRegression().set_fit_request(sample_weight=False)
        tuned = TunedThresholdsCV(base, scoring=scorer, cv=KFold(2), combine="pooled")
        if asks is None:
            with pytest.raises(ValueError, match="sample_weight.*are passed but are not explicitl"):
                tuned.fit(X, y, sample_weight=w)
            return
        tuned.fit(X, y, sample_weight=w)
    p = np.empty(len(y))
    for train, test in KFold(2).split(X):
        p[test] = LogisticRegression().fit(X[train], y[train]).predict_proba(X[test])[:, 1]
    best = best_thresholds(y, p, sample_weight=w if asks else None)
    assert tuned.thresholds_[0] == best.threshold


@pytest.mark.parametrize(
    ("scoring", "cured"),
    [
        (sk.f1_score, partial(sk.f1_score, pos_label="a")),
        (sk.make_scorer(sk.f1_score), sk.make_scorer(sk.f1_score, pos_label="a")),
        (
            sk.make_scorer(sk.f1_score, average="weighted"),
            sk.make_scorer(sk.f1_score, average="weighted", pos_label=None),
        ),
    ],
)
def test_a_metric_whose_positive_label_is_none_of_the_labels_is_told_with_its_cure(scoring, cured):
    y, p = np.array(["a", "z", "a", "z", "a"]), np.array([0.9, 0.2, 0.6, 0.7, 0.3])
    cure = (
        "scoring=.*f1_score.*Pass pos_label='a' to the metric, .*pos_label=None where it averages"
    )
    with pytest.raises(ValueError, match=cure) as told:
        best_thresholds(y, p, pos_label="a", scoring=scoring)
    assert "\n" not in str(told.value)
    with pytest.raises(ValueError, match=cure):
        TunedThresholdsCV(LogisticRegression(), pos_label="a", scoring=scoring, cv=KFold(2)).fit(
            p.reshape(-1, 1), y
        )
    best = best_thresholds(y, p, pos_label="a", scoring=cured)
    decided = np.where(p >= best.threshold, "a", "z")
    average = {"average": "weighted"} if "weighted" in repr(scoring) else {"pos_label": "a"}
    assert best.score == pytest.approx(sk.f1_score(y, decided, **average))
