"""Folds that lack a label: what is chosen from them, and what their scores are together."""

import warnings
from functools import partial

import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import (
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    TunedThresholdClassifierCV,
    cross_val_predict,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB

from skbits import ThresholdGridSearchCV, TunedThresholdsCV, best_thresholds

COSTS = [[0, 1], [5, 0]]


def counts(y_true, y_pred):
    tp = np.count_nonzero(y_true & y_pred)
    return tp, np.count_nonzero(y_pred) - tp, np.count_nonzero(y_true) - tp


def accuracy(y_true, y_pred):
    return float(np.mean(y_true == y_pred))


def balanced_accuracy(y_true, y_pred):
    rates = [np.mean(y_pred[y_true == label] == label) for label in (0, 1) if label in y_true]
    return float(np.mean(rates))


def f1(y_true, y_pred):
    tp, fp, fn = counts(y_true, y_pred)
    return 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def gain(y_true, y_pred):
    _, fp, fn = counts(y_true, y_pred)
    return -(fp + 5 * fn) / len(y_true)


METRICS = [
    ("accuracy", accuracy),
    ("balanced_accuracy", balanced_accuracy),
    ("f1", f1),
    (("neg_cost", COSTS), gain),
]
#: those, and averages over both labels, which no row has alone
METRICS_OF_ROWS = METRICS[:3] + [
    (f"{name}_{average}", partial(score, average=average, zero_division=0))
    for name, score in (("f1", sk.f1_score), ("precision", sk.precision_score))
    for average in ("macro", "weighted", "micro")
]
EVERY_METRIC = pytest.mark.parametrize(
    ("scoring", "metric"), METRICS, ids=["accuracy", "balanced", "f1", "cost"]
)


def groups(seed, n_groups=8, n_with_events=3, size=30):
    """Groups of rows, of which the first few have events; the others look riskier."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(n_groups), size)
    X, y = rng.normal(size=(len(g), 1)), np.zeros(len(g), dtype=int)
    some = g < n_with_events
    y[some] = X[some, 0] + rng.normal(size=some.sum()) > 1.2
    X[~some] += 0.8
    return X, y, g


def rare(seed, n=300, share=0.04):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < share).astype(int)
    X = rng.normal(size=(n, 3))
    X[:, 0] += 1.3 * y
    return X, y


def by_group(seed, times=1):
    X, y, g = groups(seed, 8 * times, 3 * times)
    return X, y, list(LeaveOneGroupOut().split(X, y, g))


def by_rows(seed, times=1):
    X, y = rare(seed, 300 * times)
    return X, y, list(KFold(5).split(X))


@EVERY_METRIC
@pytest.mark.parametrize("made", [by_group, by_rows])
def test_never_worse_than_scikit_learns_tuner_and_than_half_beyond_noise(scoring, metric, made):
    against = {"scikit-learn's tuner": [], "0.5": []}
    for seed in range(20):
        X, y, splits = made(seed)
        X_new, y_new, _ = made(1000 + seed, times=12)
        peer = TunedThresholdClassifierCV(
            LogisticRegression(), scoring=make_scorer(metric), cv=splits
        ).fit(X, y)
        ours = TunedThresholdsCV(LogisticRegression(), scoring=scoring, cv=splits)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of thresholds that rest on few rows
            score = metric(y_new, ours.fit(X, y).predict(X_new))
        against["scikit-learn's tuner"].append(score - metric(y_new, peer.predict(X_new)))
        against["0.5"].append(score - metric(y_new, peer.estimator_.predict(X_new)))
    for than, differences in against.items():  # 16 comparisons: three standard errors
        noise = np.std(differences) / np.sqrt(len(differences))
        assert np.mean(differences) >= -3 * noise - 1e-12, than


def test_events_in_some_groups_only_leave_the_accuracy_of_half():
    X, y, g = groups(0, 12, 3, 50)
    tuned = TunedThresholdsCV(LogisticRegression(), scoring="accuracy", cv=LeaveOneGroupOut())
    tuned.fit(X, y, groups=g)
    at_half = accuracy(y, tuned.predict_proba(X)[:, 1] >= 0.5)
    assert tuned.score(X, y) >= at_half > 0.9
    assert tuned.best_score_ == pytest.approx(tuned.score(X, y), abs=0.02)
    assert not np.isnan(tuned.fold_thresholds_).any()  # every fold counts for accuracy
    f1_of = TunedThresholdsCV(LogisticRegression(), scoring="f1", cv=LeaveOneGroupOut())
    f1_of.fit(X, y, groups=g)
    assert np.isnan(f1_of.fold_thresholds_[:, 0]).tolist() == [False] * 3 + [True] * 9


def held_out_decisions(tuned, X, y, splits):
    """Each row as it is decided at thresholds that were chosen without its fold."""
    p = np.zeros(len(y))
    for train, test in splits:
        p[test] = tuned.estimator.fit(X[train], y[train]).predict_proba(X[test])[:, 1]
    decided = np.zeros(len(y), dtype=int)
    for i, (_, test) in enumerate(splits):
        others = [rows for j, (_, rows) in enumerate(splits) if j != i]
        rows = np.concatenate(others)
        # fitted already: the thresholds are those of the rows given
        told = TunedThresholdsCV(Told(p), scoring=tuned.scoring, cv="prefit")
        decided[test] = p[test] >= told.fit(rows.reshape(-1, 1), y[rows]).thresholds_[0]
    return decided


class Told(GaussianNB):
    """A classifier that is told the probability of the row of each number."""

    def __init__(self, p=None):
        super().__init__()
        self.p = p
        self.classes_ = np.array([0, 1])

    def __sklearn_is_fitted__(self):
        return True

    def predict_proba(self, X):
        p = self.p[np.asarray(X)[:, 0]]
        return np.column_stack([1 - p, p])


@pytest.mark.filterwarnings("ignore:the threshold")
@pytest.mark.parametrize(
    ("scoring", "metric"), METRICS_OF_ROWS, ids=[m[0] for m in METRICS_OF_ROWS]
)
def test_the_score_of_leave_one_out_is_that_of_the_rows_together(scoring, metric):
    X, y = make_classification(40, n_features=6, weights=[0.7], flip_y=0.2, random_state=1)
    splits = list(LeaveOneOut().split(X))
    tuned = TunedThresholdsCV(GaussianNB(), scoring=scoring, cv=splits).fit(X, y)
    expected = metric(y, held_out_decisions(tuned, X, y, splits))
    assert tuned.best_score_ == pytest.approx(expected)
    p = cross_val_predict(GaussianNB(), X, y, cv=LeaveOneOut(), method="predict_proba")[:, 1]
    assert tuned.default_score_ == pytest.approx(metric(y, (p >= 0.5).astype(int)))
    search = ThresholdGridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, scoring=scoring)
    search.set_params(cv=splits).fit(X, y)
    assert search.best_score_ == tuned.best_score_
    assert search.cv_results_["mean_test_score"].tolist() == [tuned.best_score_]
    assert search.cv_results_["mean_test_default_score"].tolist() == [tuned.default_score_]


def test_leave_one_out_asks_each_row_once_whether_it_counts():
    """The metric is called in proportion to the rows, also where the positives come last."""

    def calls(n):
        n_calls = 0

        def gain(tp, fp, fn, tn):
            nonlocal n_calls
            n_calls += 1
            return np.where(tp + fn > 0, tp - 0.2 * fp, 0.0)

        y = np.arange(n) >= 0.7 * n
        X = np.random.default_rng(0).normal(size=(n, 1)) + y[:, None]
        TunedThresholdsCV(GaussianNB(), cv=LeaveOneOut(), scoring=gain).fit(X, y)
        return n_calls

    assert calls(80) < 3 * calls(40)


@pytest.mark.parametrize("combine", ["auto", "fold_mean", "mean_curve", "pooled"])
@pytest.mark.parametrize("scoring", ["mcc", "cohen_kappa", "g_mean"])
def test_what_no_row_has_alone_is_chosen_by_the_rows_together(scoring, combine):
    """A row of leave-one-out has no correlation; not one fold counts, and all together do."""
    X, y = make_classification(40, n_features=6, weights=[0.7], flip_y=0.2, random_state=1)
    tuned = TunedThresholdsCV(GaussianNB(), scoring=scoring, combine=combine, cv=LeaveOneOut())
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # y has both labels, and each rows enough
        tuned.fit(X, y)
    p = cross_val_predict(GaussianNB(), X, y, cv=LeaveOneOut(), method="predict_proba")[:, 1]
    best = best_thresholds(y, p, scoring=scoring)
    assert tuned.thresholds_.tolist() == [best.threshold]
    assert best.threshold != 0.5
    assert np.isnan(tuned.fold_thresholds_).all()
    bits = TunedThresholdsCV(
        MultiOutputClassifier(GaussianNB()), scoring=scoring, average="macro", combine=combine,
        cv=LeaveOneOut(),
    ).fit(X, np.column_stack([y, 1 - y]))  # fmt: skip
    assert bits.thresholds_[0] == best.threshold


@pytest.mark.filterwarnings("ignore:the threshold")
def test_the_balanced_accuracy_of_leave_one_out_of_classes_is_scikit_learns():
    X, y = make_classification(
        45, n_classes=3, n_informative=5, weights=[0.6, 0.25], random_state=0
    )
    tuned = TunedThresholdsCV(GaussianNB(), scoring="balanced_accuracy", cv=LeaveOneOut())
    tuned.fit(X, y)
    p = cross_val_predict(GaussianNB(), X, y, cv=LeaveOneOut(), method="predict_proba")
    assert tuned.default_score_ == pytest.approx(sk.balanced_accuracy_score(y, p.argmax(axis=1)))


def test_a_fold_that_trained_without_a_positive_scores_its_misses():
    """It cannot find what it never saw: nothing is chosen by it, and what it misses counts."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), np.zeros((60, 2), dtype=int)
    y[:, 0] = X[:, 0] > 0
    y[:10, 1] = 1  # all in the first fold
    splits = [(np.setdiff1d(np.arange(60), part), part) for part in np.split(np.arange(60), 3)]
    clf = MultiOutputClassifier(DummyClassifier(strategy="prior"))
    tuned = TunedThresholdsCV(
        clf, scoring="bit_accuracy", average="macro", cv=splits, min_positives=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tuned.fit(X, y)
    bit_0 = [max(np.mean(y[t, 0]), 1 - np.mean(y[t, 0])) for _, t in splits]
    assert tuned.best_score_ <= (np.mean(bit_0) + 50 / 60) / 2 + 1e-12


@EVERY_METRIC
def test_rare_bits_under_kfold_are_chosen_as_a_target_of_two_labels_is(scoring, metric):
    X, y = rare(3)
    Y = np.column_stack([y, X[:, 1] > 0])
    bits = MultiOutputClassifier(LogisticRegression())
    of_bit = "bit_accuracy" if scoring == "accuracy" else scoring
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        of_bits = TunedThresholdsCV(
            bits, scoring=of_bit, average="macro", cv=KFold(5), min_positives=0
        ).fit(X, Y)
        alone = TunedThresholdsCV(LogisticRegression(), scoring=scoring, cv=KFold(5)).fit(X, y)
    assert of_bits.thresholds_[0] == alone.thresholds_[0]
