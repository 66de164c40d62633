"""RecenteredClassifier: 0.5 afterwards, or the largest class, is what the wrapped one predicts."""

import pickle
import subprocess
import sys
from copy import copy, deepcopy
from functools import cache

import numpy as np
import pandas as pd
import pytest
from conftest import make_table
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

from skbits import (
    OneHotClassifier,
    RecenteredClassifier,
    ThresholdGridSearchCV,
    TunedThresholdsCV,
    recenter,
)
from skbits.thresholds.decisions import winners
from skbits.thresholds.thresholded import FixedThresholds

METHODS = ("odds", "linear", "logistic")
CUTOFFS = (0, 5e-324, 1e-40, 0.1, 0.25, 0.3, 0.5, 0.7, 0.9, 1 - 1e-9, 1 - 1e-16, 1)
TINY32 = float(np.finfo(np.float32).smallest_subnormal)

dtypes = st.sampled_from([np.float32, np.float64])
floats = st.one_of(st.floats(0, 1, width=16), st.floats(0, 1, width=32), st.floats(0, 1))
thresholds = st.one_of(st.just(np.inf), floats)


class Chosen(ClassifierMixin, BaseEstimator):
    """Its probabilities are the rows of X, in their dtype."""

    def __init__(self, as_list=False):
        self.as_list = as_list

    def fit(self, X, y, sample_weight=None):
        self.weights_ = sample_weight
        if np.ndim(y) == 2:
            self.classes_ = [np.array([0, 1])] * y.shape[1] if self.as_list else np.arange(3)
        else:
            self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return [np.column_stack([1 - p, p]) for p in X.T] if self.as_list else X.copy()

    def predict(self, X):
        return self.classes_[X.argmax(axis=1)]


class Scores(ClassifierMixin, BaseEstimator):
    """A decision function and no probabilities."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        return X[:, 0]

    def predict(self, X):
        return self.classes_[(X[:, 0] > 0).astype(int)]


def neighbourhood(values, dtype):
    """Each value in a dtype, two floats below and two above, as far as they lie in [0, 1]."""
    middle = np.array(values, dtype=dtype)
    below, above = np.nextafter(middle, dtype(-1)), np.nextafter(middle, dtype(2))
    found = [middle, below, above, np.nextafter(below, dtype(-1)), np.nextafter(above, dtype(2))]
    found = np.concatenate(found)
    return found[(found >= 0) & (found <= 1)]


def two_columns(p):
    """Rows (n, 2) in which either label has the probabilities p in turn."""
    return np.vstack([np.column_stack([1 - p, p]), np.column_stack([p, 1 - p])])


def check_labels(clf, X):
    """What holds of two labels, for the probabilities of every row."""
    q = clf.predict_proba(X)
    before = clf.estimator.predict_proba(X)
    predicted = clf.predict(X)
    assert np.array_equal(predicted, clf.estimator.predict(X))
    assert q.dtype == before.dtype
    assert q.shape == before.shape
    assert ((q >= 0) & (q <= 1)).all()
    assert np.array_equal(clf.classes_[q.argmax(axis=1)], predicted)
    assert np.array_equal(q >= 0.5, predicted[:, np.newaxis] == clf.classes_)
    assert (q[:, 0] + q[:, 1] == 1).all()


LABELS = {"ints": [1, 2], "words": ["no", "yes"], "bits": [0, 1]}
F1_OF_NO = make_scorer(f1_score, pos_label="no")
F1_OF_YES = make_scorer(f1_score, pos_label="yes")


def labels(names):
    return np.repeat(LABELS[names], 5)


def fixed(names, cutoff, pos_label=None):
    inner = FixedThresholdClassifier(Chosen(), threshold=cutoff, pos_label=pos_label)
    return inner.fit(np.zeros((10, 2)), labels(names))


@cache
def tuned(names, scoring):
    """A tuner of scikit-learn around chosen probabilities."""
    p, y = np.linspace(0.1, 0.9, 10), labels(names)
    tuner = TunedThresholdClassifierCV(
        Chosen().fit(None, y), scoring=scoring, thresholds=2, cv="prefit", refit=False
    )
    return tuner.fit(np.column_stack([1 - p, p]), y)


def of_scorer(names, cutoff, scoring):
    inner = copy(tuned(names, scoring))
    inner.best_threshold_ = cutoff
    return inner


def of_skbits(names, cutoff, pos_label=None):
    inner = FixedThresholds(Chosen(), threshold=cutoff, pos_label=pos_label)
    return inner.fit(np.zeros((10, 2)), labels(names))


# how it is made from a cutoff; the label whose probability is compared
COMPARED = {
    "fixed": (lambda t: fixed("ints", t), 2),
    "fixed, the later label": (lambda t: fixed("words", t, "yes"), "yes"),
    "fixed, the earlier label": (lambda t: fixed("words", t, "no"), "no"),
    "tuned": (lambda t: of_scorer("words", t, "balanced_accuracy"), "yes"),
    "tuned, of 0 and 1": (lambda t: of_scorer("bits", t, "f1"), 1),
    "tuned, the default of the metric": (lambda t: of_scorer("ints", t, "f1"), 1),
    "tuned, the later label": (lambda t: of_scorer("words", t, F1_OF_YES), "yes"),
    "tuned, the earlier label": (lambda t: of_scorer("words", t, F1_OF_NO), "no"),
    "skbits": (lambda t: of_skbits("words", t), "yes"),
    "skbits, the earlier label": (lambda t: of_skbits("words", t, "no"), "no"),
}


@pytest.fixture(params=COMPARED)
def compared(request):
    return COMPARED[request.param]


@pytest.fixture(params=METHODS)
def method(request):
    return request.param


@pytest.fixture(params=[np.float32, np.float64])
def dtype(request):
    return request.param


# --- two labels


def test_one_half_is_the_decision_at_the_floats_around_the_cutoff(compared, dtype, method):
    make, _ = compared
    for t in CUTOFFS:
        X = two_columns(neighbourhood([0, t, 0.5, 1 - t, 1], dtype))
        for scalar in (float, np.float32, np.float64):
            check_labels(RecenteredClassifier(make(scalar(t)), method=method), X)


@given(st.lists(floats, min_size=1), thresholds, dtypes, st.sampled_from([*COMPARED]))
def test_one_half_is_the_decision(p, t, dtype, name):
    check_labels(RecenteredClassifier(COMPARED[name][0](t)), two_columns(np.array(p, dtype=dtype)))


@given(st.floats(0, 1), st.sampled_from([*COMPARED]), st.sampled_from([float, np.float64]))
def test_the_cutoff_itself_reads_one_half(t, name, scalar):
    make, label = COMPARED[name]
    clf = RecenteredClassifier(make(scalar(t)))
    q = clf.predict_proba(np.array([[t, t]]))
    below = np.nextafter(0.5, 0)
    assert q[0, clf.classes_ == label] == 0.5
    assert q[0, clf.classes_ != label] == below
    assert clf.predict(np.array([[t, t]]))[0] == label


def test_the_compared_column_is_recentered(compared, method):
    make, label = compared
    rng = np.random.default_rng(0)
    X = two_columns(rng.random(20))
    for t in (0.2, 0.8):
        clf = RecenteredClassifier(make(t), method=method, steepness=(5.0, 20.0))
        column = np.flatnonzero(clf.classes_ == label)[0]
        expected = recenter(X[:, column], t, method=method, steepness=(5.0, 20.0))
        assert np.array_equal(clf.predict_proba(X)[:, column], expected)


@pytest.mark.parametrize("t", [-0.5, 1.0000001, 1.5, np.inf, -np.inf])
def test_cutoffs_of_scikit_learn_beyond_the_probabilities(t):
    X = two_columns(neighbourhood([0, 0.5, 1], np.float64))
    for name in ("fixed", "fixed, the earlier label", "tuned"):
        check_labels(RecenteredClassifier(COMPARED[name][0](t)), X)


def test_auto_is_one_half():
    X = two_columns(neighbourhood([0, 0.5, 1], np.float64))
    clf = RecenteredClassifier(fixed("ints", "auto"))
    check_labels(clf, X)
    assert np.array_equal(clf.predict_proba(X)[:, 1], recenter(X[:, 1], 0.5))


def test_probabilities_that_rounding_took_beyond_the_ends():
    for off in (1e-16, 1e-9, 9e-7):
        X = np.array([[-off, 1 + off], [1 + off, -off]])
        for inner in (of_skbits("words", 0.3), fixed("words", 0.3)):
            assert RecenteredClassifier(inner).predict_proba(X).tolist() == [[0, 1], [1, 0]]
        assert recenter(X, 0.3).tolist() == [[0, 1], [1, 0]]


def test_log_probabilities():
    X = np.array([[0.75, 0.25], [0.0, 1.0]])
    clf = RecenteredClassifier(of_skbits("words", 0.25))
    assert np.allclose(np.exp(clf.predict_log_proba(X[:1])), clf.predict_proba(X[:1]))
    assert clf.predict_log_proba(X[1:]).tolist() == [[-np.inf, 0.0]]


# --- bits


@given(
    st.lists(st.tuples(floats, floats, floats), min_size=1),
    st.tuples(thresholds, thresholds, thresholds),
    dtypes,
    st.sampled_from(METHODS),
    st.booleans(),
)
def test_each_bit_is_recentered_at_its_own_threshold(rows, t, dtype, method, as_list):
    X = np.array(rows, dtype=dtype)
    X = np.vstack([X, np.minimum(t, 1).astype(dtype)])  # and ties
    inner = FixedThresholds(Chosen(as_list), threshold=t).fit(X, np.zeros((len(X), 3), dtype=int))
    clf = RecenteredClassifier(inner, method=method)
    q = clf.predict_proba(X)
    assert q.dtype == dtype
    assert np.array_equal(q, recenter(X, t, method=method))
    assert np.array_equal(q >= 0.5, clf.predict(X))
    assert np.array_equal(clf.predict(X), inner.predict(X))


def test_one_bit_is_a_column():
    X = np.array([[0.2], [0.3], [0.9]])
    inner = FixedThresholds(Chosen(), threshold=0.3, kind="bits").fit(X, np.array([[0], [1], [1]]))
    assert RecenteredClassifier(inner).predict_proba(X).shape == (3, 1)
    assert RecenteredClassifier(inner).predict(X).tolist() == [[0], [1], [1]]


def test_each_bit_may_have_its_own_steepness():
    X = np.array([[0.2, 0.7], [0.9, 0.1]])
    inner = FixedThresholds(Chosen(), threshold=[0.3, 0.6]).fit(X, np.eye(2, dtype=int))
    steepness = ([1.0, 20.0], [5.0, 0.1])
    q = RecenteredClassifier(inner, method="logistic", steepness=steepness).predict_proba(X)
    assert np.array_equal(q, recenter(X, [0.3, 0.6], method="logistic", steepness=steepness))


# --- classes


def one_hot(t, n_groups=1):
    eye = np.eye(len(t) // n_groups, dtype=int)
    y = np.hstack([eye] * n_groups)
    inner = FixedThresholds(Chosen(), threshold=t, kind="onehot", n_groups=n_groups)
    return RecenteredClassifier(inner.fit(np.zeros(y.shape), y))


def check_classes(p, t, n_groups=1):
    """What holds of classes, for all rows p (n, k) and thresholds t (k,)."""
    clf = one_hot(t, n_groups)
    q = clf.predict_proba(p)
    assert q.shape == p.shape
    assert q.dtype == p.dtype
    assert ((q >= 0) & (q <= 1)).all()
    blocks = (len(p), n_groups, len(t) // n_groups)
    won = winners(p, np.asarray(t, dtype=float), n_groups=n_groups)
    assert np.array_equal(q.reshape(blocks).argmax(axis=2), won)
    assert np.array_equal(clf.predict(p).reshape(blocks).argmax(axis=2), won)
    close = 4 * float(np.finfo(p.dtype).eps)
    assert q.reshape(blocks).sum(axis=2) == pytest.approx(1, abs=close)
    return q


@given(
    st.lists(st.tuples(*[floats] * 4), min_size=1),
    st.tuples(*[thresholds] * 4),
    dtypes,
    st.sampled_from([1, 2]),
)
def test_the_largest_class_is_the_winner(rows, t, dtype, n_groups):
    check_classes(np.array(rows, dtype=dtype), t, n_groups)


@given(floats, thresholds, dtypes, st.integers(0, 3))
def test_the_largest_class_is_the_winner_of_close_ones(p, t, dtype, first):
    close = neighbourhood([p] * 2, dtype)
    rows = np.array([np.roll(close, shift)[:4] for shift in range(len(close))])
    ts = np.full(4, t)
    ts[first] = min(np.nextafter(t, 2), 1) if np.isfinite(t) else t
    check_classes(rows, ts)
    check_classes(rows, np.full(4, t))


@given(
    st.lists(st.tuples(*[st.floats(0, 1, width=32)] * 3), min_size=1),
    st.tuples(*[st.floats(1e-3, 1)] * 3),
)
def test_each_class_reads_its_share(rows, t):
    p = np.array(rows)
    p = p[p.max(axis=1) > 1e-300]
    ratio = p / np.array(t)
    expected = ratio / ratio.sum(axis=1, keepdims=True)
    assert check_classes(p, t) == pytest.approx(expected, rel=1e-11, abs=1e-300)


def test_ends_of_the_thresholds_of_classes():
    p = np.array([[0.5, 0.3, 0.2], [0, 0, 1], [1, 0, 0]])
    assert check_classes(p, [0, 0.5, 0.5])[0] == pytest.approx([1, 0, 0], abs=1e-300)
    assert check_classes(p, [np.inf, 0.5, 0.5])[0] == pytest.approx([0, 0.6, 0.4])
    assert check_classes(p, [np.inf] * 3) == pytest.approx(p, rel=1e-9)
    assert check_classes(p, [0.0] * 3) == pytest.approx(p, rel=1e-9)
    assert check_classes(np.float32([[0, TINY32, 1]]), [1e-6, 1, 1])[0, 0] == 0


@given(floats, st.floats(0.01, 0.99))
def test_two_classes_with_complementary_thresholds_are_two_labels(p, t):
    q = one_hot([1 - t, t]).predict_proba(np.array([[1 - p, p]]))
    assert q[0, 1] == pytest.approx(recenter(p, t), abs=1e-12)


def test_groups_are_recentered_each_for_itself():
    p = np.random.default_rng(0).random((20, 6))
    t = [0.1, 0.2, 0.9, 0.5, 0.3, np.inf]
    whole = one_hot(t, n_groups=2).predict_proba(p)
    parts = [one_hot(t[:3]).predict_proba(p[:, :3]), one_hot(t[3:]).predict_proba(p[:, 3:])]
    assert np.array_equal(whole, np.hstack(parts))


# --- what it wraps


def line(**params):
    return FixedThresholds(LogisticRegression(), threshold=0.3, **params)


def share_of_no(model, X, y):
    return np.mean(model.predict(X) == "no")


WRAPPED = {
    "FixedThresholds": lambda: line(),
    "FixedThresholdClassifier": lambda: FixedThresholdClassifier(
        LogisticRegression(), threshold=0.3
    ),
    "TunedThresholdClassifierCV": lambda: TunedThresholdClassifierCV(
        LogisticRegression(), scoring=F1_OF_NO, thresholds=9, cv=2
    ),
    "TunedThresholdsCV": lambda: TunedThresholdsCV(LogisticRegression(), cv=2),
    "ThresholdGridSearchCV": lambda: ThresholdGridSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, cv=2
    ),
    "Pipeline": lambda: make_pipeline(StandardScaler(), line()),
    "GridSearchCV": lambda: GridSearchCV(line(), {"threshold": [0.2, 0.8]}, cv=2),
    "GridSearchCV of pipelines": lambda: GridSearchCV(
        Pipeline([("scale", StandardScaler()), ("line", "passthrough")]),
        {"line": [line(), FixedThresholdClassifier(LogisticRegression(), threshold=0.9)]},
        scoring=share_of_no,
        cv=2,
    ),
    "RandomizedSearchCV": lambda: RandomizedSearchCV(
        line(), {"threshold": [0.2, 0.8]}, n_iter=1, cv=2, random_state=0
    ),
}


@cache
def fitted_once(name):
    """RecenteredClassifier around one of them, fitted; not to be changed."""
    table = make_table()
    clf = RecenteredClassifier(WRAPPED[name](), method="logistic", steepness=(1.0, 5.0))
    return clf.fit(table.X, table.y)


@pytest.mark.parametrize("name", WRAPPED)
def test_it_predicts_as_the_fitted_classifier(table, name):
    clf = fitted_once(name)
    at_once = RecenteredClassifier(clf.estimator_, method="logistic", steepness=(1.0, 5.0))
    check_labels(at_once, table.X)
    assert "estimator_" not in vars(at_once)
    q = clf.predict_proba(table.X)
    assert np.array_equal(at_once.predict_proba(table.X), q)
    assert not np.array_equal(clf.estimator_.predict_proba(table.X), q)
    own = clone(clf.estimator).fit(table.X, table.y)
    assert np.array_equal(clf.predict(table.X), own.predict(table.X))
    for model in (clf, at_once):
        assert model.classes_.tolist() == ["no", "yes"]
        assert model.n_features_in_ == 4
        assert model.score(table.X, table.y) == np.mean(clf.predict(table.X) == table.y)


@pytest.mark.parametrize("name", WRAPPED)
def test_it_is_fitted_as_what_it_wraps_is(table, name):
    clf = fitted_once(name)
    check_is_fitted(clf)
    check_is_fitted(RecenteredClassifier(clf.estimator_))
    assert not hasattr(clf.estimator, "classes_")  # a clone was fitted
    new = clone(clf)
    for attribute in ("classes_", "n_features_in_", "estimator_"):
        assert not hasattr(new, attribute)
    for method in (check_is_fitted, new.predict, new.predict_proba):
        with pytest.raises(NotFittedError):
            method(new if method is check_is_fitted else table.X)


def test_a_fixed_threshold_around_a_fitted_classifier_needs_no_fit(table):
    inner = LogisticRegression().fit(table.X, table.y)
    clf = RecenteredClassifier(FixedThresholdClassifier(inner, threshold=0.3))
    check_labels(clf, table.X)
    assert clf.set_params(estimator__threshold=np.inf).predict(table.X).tolist() == ["no"] * 96
    check_labels(clf, table.X)


def test_a_frozen_classifier_stays_as_it_is(table):
    inner = line().fit(table.X, table.y)
    clf = RecenteredClassifier(FrozenEstimator(inner)).fit(table.X[:10], table.y[:10])
    expected = RecenteredClassifier(inner).predict_proba(table.X)
    assert np.array_equal(clf.predict_proba(table.X), expected)


def test_the_fitted_clone_wins(table):
    inner = line().fit(table.X, table.y)
    clf = RecenteredClassifier(inner)
    first = clf.predict_proba(table.X)
    clf.set_params(estimator__threshold=0.8)
    assert np.array_equal(inner.predict(table.X), clf.predict(table.X))
    assert (clf.predict_proba(table.X)[:, 1] < first[:, 1]).all()
    clf.set_params(estimator__threshold=0.3).fit(table.X, table.y)
    clf.set_params(estimator__threshold=0.8)
    assert np.array_equal(clf.predict_proba(table.X), first)
    clf.estimator_.set_params(threshold=0.8)
    assert (clf.predict_proba(table.X)[:, 1] < first[:, 1]).all()


def test_bits_of_a_forest(table):
    forest = RandomForestClassifier(n_estimators=5, random_state=0)
    clf = RecenteredClassifier(TunedThresholdsCV(forest, cv=2)).fit(table.X, table.bits)
    p = clf.estimator_.predict_proba(table.X)
    assert np.array_equal(clf.predict_proba(table.X), recenter(p, clf.estimator_.thresholds_))
    assert np.array_equal(clf.predict_proba(table.X) >= 0.5, clf.predict(table.X))
    assert clf.classes_.tolist() == [0, 1, 2]


def test_a_search_for_thresholds_of_classes(table):
    search = ThresholdGridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, scoring="f1_macro")
    clf = RecenteredClassifier(search).fit(table.X, table.labels)
    q = clf.predict_proba(table.X)
    assert np.array_equal(clf.classes_[q.argmax(axis=1)], clf.predict(table.X))
    assert np.array_equal(clf.predict(table.X), clf.estimator_.best_estimator_.predict(table.X))
    assert not np.allclose(q, clf.estimator_.predict_proba(table.X))


# --- the Keras estimators


@pytest.mark.parametrize("threshold", [0, 0.25, 0.5, "tie", 1, np.inf])
def test_a_keras_classifier_of_two_labels(table, fitted_binary, threshold):
    if threshold == "tie":
        threshold = float(np.median(fitted_binary.predict_proba(table.X[1:])[:, 1]))
    clf = RecenteredClassifier(copy(fitted_binary)).set_params(estimator__threshold=threshold)
    check_labels(clf, table.X)
    p = fitted_binary.predict_proba(table.X)[:, 1]
    assert np.array_equal(clf.predict_proba(table.X)[:, 1], recenter(p, threshold))
    assert fitted_binary.threshold == 0.5


@pytest.mark.parametrize("wrap", [FixedThresholdClassifier, FixedThresholds])
@pytest.mark.parametrize("scalar", [float, np.float64])
def test_a_threshold_around_a_keras_classifier(table, fitted_binary, wrap, scalar):
    for threshold in (0.3, fitted_binary.predict_proba(table.X)[7, 1]):
        inner = wrap(FrozenEstimator(fitted_binary), threshold=scalar(threshold))
        check_labels(RecenteredClassifier(inner.fit(table.X, table.y)), table.X)


@pytest.mark.parametrize("threshold", [0.3, [0.2, 0.5, 0.9], [0, 1, np.inf]])
def test_a_keras_classifier_of_bits(table, fitted_bits, method, threshold):
    clf = RecenteredClassifier(copy(fitted_bits), method=method)
    clf.set_params(estimator__threshold=threshold)
    p = fitted_bits.predict_proba(table.X)
    q = clf.predict_proba(table.X)
    assert q.dtype == np.float32
    assert np.array_equal(q, recenter(p, threshold, method=method))
    assert np.array_equal(q >= 0.5, clf.predict(table.X))
    assert clf.score(table.X, table.bits) == np.mean(
        (clf.predict(table.X) == table.bits).all(axis=1)
    )


def test_thresholds_by_the_names_of_bits(table, trainings, fast):
    from skbits import BitVectorClassifier

    y = pd.DataFrame(table.bits, columns=["sun", "rain", "snow"])
    clf = RecenteredClassifier(BitVectorClassifier(**fast, threshold={"rain": 0.2}))
    clf.fit(table.X, y)
    p = clf.estimator_.predict_proba(table.X)
    assert np.array_equal(clf.predict_proba(table.X), recenter(p, [0.5, 0.2, 0.5]))


@pytest.mark.parametrize("threshold", [0.5, [0.2, 0.5, 0.9], [0, 0.5, np.inf], {"bee": 0.01}])
@pytest.mark.parametrize("abstain", [False, True])
def test_a_keras_classifier_of_classes(table, fitted_one_hot, threshold, abstain):
    inner = copy(fitted_one_hot).set_params(abstain=False, threshold=threshold)
    decided = inner.predict(table.X)
    inner.set_params(abstain=abstain, abstain_label="none")
    clf = RecenteredClassifier(inner)
    q = clf.predict_proba(table.X)
    assert q.dtype == np.float32
    assert np.array_equal(clf.classes_[q.argmax(axis=1)], decided)
    assert np.array_equal(clf.predict(table.X), inner.predict(table.X))
    assert q.sum(axis=1) == pytest.approx(1, abs=1e-6)
    if threshold == 0.5:
        assert q == pytest.approx(fitted_one_hot.predict_proba(table.X), rel=1e-5)


def test_a_keras_classifier_of_groups(table, fast):
    fast["epochs"] = 1
    y = np.hstack([np.eye(3)[table.bits[:, 0]], np.eye(3)[table.bits[:, 1] + 1]]).astype(int)
    t = [0.1, 0.5, 0.2, 0.9, 0.3, np.inf]
    clf = RecenteredClassifier(OneHotClassifier(**fast, n_groups=2, threshold=t))
    q = clf.fit(table.X, y).predict_proba(table.X).reshape(96, 2, 3)
    assert q.sum(axis=2) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(q.argmax(axis=2), clf.predict(table.X).reshape(96, 2, 3).argmax(axis=2))


def test_a_keras_classifier_is_fitted_as_a_clone(table, trainings, fast, fitted_binary):
    inner = make_pipeline(StandardScaler(), clone(fitted_binary).set_params(threshold=0.3))
    clf = RecenteredClassifier(inner).fit(table.X, table.y)
    assert len(trainings) == 1
    assert not hasattr(inner[-1], "model_")
    check_labels(RecenteredClassifier(clf.estimator_), table.X)


# --- as an estimator of scikit-learn


# of a y that holds nan, scikit-learn asks the type before it is refused
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@parametrize_with_checks(
    [RecenteredClassifier(FixedThresholds(LogisticRegression(), threshold=0.4))]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_its_tags_are_those_of_what_it_wraps(fitted_bits, fitted_one_hot):
    wrapped = [make() for make in WRAPPED.values()]
    for estimator in (fitted_bits, fitted_one_hot, *wrapped, RandomForestClassifier()):
        tags, own = get_tags(estimator), get_tags(RecenteredClassifier(estimator))
        assert own.estimator_type == "classifier"
        assert own.input_tags == tags.input_tags
        assert own.target_tags == tags.target_tags
        assert own.classifier_tags == tags.classifier_tags
        assert own.input_tags is not tags.input_tags


DECIDED = {
    "two labels": lambda table: (LogisticRegression(), table.y, {"threshold": 0.2}),
    "the first label": lambda table: (
        LogisticRegression(), table.y, {"threshold": 0.2, "pos_label": "no"},
    ),
    "no decision function": lambda table: (
        KNeighborsClassifier(15), table.y, {"threshold": 0.2},
    ),
}  # fmt: skip


@pytest.mark.parametrize("method", ["odds", "linear", "logistic"])
@pytest.mark.parametrize("name", DECIDED)
def test_decision_function_agrees_in_sign_with_predict(table, name, method):
    inner, y, params = DECIDED[name](table)
    fixed = FixedThresholdClassifier(inner, response_method="predict_proba", **params)
    clf = RecenteredClassifier(fixed, method=method).fit(table.X, y)
    scores, found = clf.decision_function(table.X), clf.predict(table.X)
    assert scores.shape == (len(y),)
    assert set(found) == {"no", "yes"}
    assert np.array_equal(scores >= 0, found == clf.classes_[1])
    # the wrapped one's says where 0.5 is, and not where it decides
    p = clf.estimator_.predict_proba(table.X)[:, 1]
    assert not np.array_equal(p >= 0.5, found == clf.classes_[1])


def test_decision_function_of_every_kind(table, fitted_binary, fitted_bits, fitted_one_hot):
    clf = RecenteredClassifier(copy(fitted_binary).set_params(threshold=0.3))
    assert np.allclose(
        clf.decision_function(table.X), clf.estimator.decision_function(table.X), atol=1e-4
    )
    clf = RecenteredClassifier(copy(fitted_bits).set_params(threshold=[0.1, 0.5, 0.9]))
    assert np.array_equal(clf.decision_function(table.X) >= 0, clf.predict(table.X) == 1)
    clf = RecenteredClassifier(copy(fitted_one_hot).set_params(threshold=[0.9, 0.3, 0.5]))
    winners = clf.decision_function(table.X).argmax(axis=1)
    assert np.array_equal(clf.classes_[winners], clf.predict(table.X))
    two = OneHotClassifier(epochs=2, hidden_layer_sizes=(4,), threshold=[0.2, 0.8], random_state=0)
    clf = RecenteredClassifier(two).fit(table.X, table.y)
    found = clf.decision_function(table.X) > 0
    assert np.array_equal(clf.classes_[found.astype(int)], clf.predict(table.X))


def test_names_of_the_columns(table):
    X = pd.DataFrame(table.X, columns=[*"abcd"])
    clf = RecenteredClassifier(line()).fit(X, table.y)
    assert clf.feature_names_in_.tolist() == [*"abcd"]
    assert clf.fit(table.X, table.y).n_features_in_ == 4
    assert not hasattr(clf, "feature_names_in_")


@pytest.mark.parametrize("name", WRAPPED)
def test_copies(table, name):
    clf = fitted_once(name)
    q = clf.predict_proba(table.X)
    for twin in (deepcopy(clf), pickle.loads(pickle.dumps(clf))):
        assert np.array_equal(twin.predict_proba(table.X), q)
    assert str(clone(clf)) == str(clf)


def test_in_pipelines_and_searches(table):
    pipeline = make_pipeline(StandardScaler(), RecenteredClassifier(line()))
    name = "recenteredclassifier"
    grid = {
        f"{name}__estimator__threshold": [0.1, 0.5],
        f"{name}__method": ["odds", "linear"],
    }
    search = GridSearchCV(pipeline, grid, scoring="neg_brier_score", cv=2)
    search.fit(table.X, table.y == "yes")
    assert search.best_params_[f"{name}__estimator__threshold"] == 0.5
    assert len(set(search.cv_results_["mean_test_score"].round(12))) == 3  # at 0.5 all are one
    scores = cross_val_score(pipeline, table.X, table.y, cv=3)
    plain = cross_val_score(make_pipeline(StandardScaler(), line()), table.X, table.y, cv=3)
    assert np.array_equal(scores, plain)


def test_a_fit_that_fails_leaves_everything_as_it_was(table):
    clf = RecenteredClassifier(line()).fit(table.X, table.labels)
    before, q = clf.estimator_, clf.predict_proba(table.X)
    for params, y in [
        ({}, table.y[:3]),
        ({"method": "linear"}, table.labels),
        ({"method": "logistic", "steepness": -1}, table.y),
        ({"estimator": LogisticRegression()}, table.labels),
        ({"estimator": GridSearchCV(LogisticRegression(), {"C": [1.0]})}, table.y),
    ]:
        with pytest.raises(ValueError):  # noqa: PT011
            clf.set_params(**params).fit(table.X, y)
        clf.set_params(estimator=line(), method="odds", steepness=10.0)
        assert clf.estimator_ is before
        assert np.array_equal(clf.predict_proba(table.X), q)


def test_it_changes_nothing_that_it_is_given(table, dtype):
    X = two_columns(np.linspace(0, 1, 11).astype(dtype))
    X.flags.writeable = False
    inner = of_skbits("words", 0.3)
    state = {**vars(inner)}
    clf = RecenteredClassifier(inner)
    clf.predict_proba(X)
    tuner = of_scorer("words", 0.3, "f1_macro")
    probed = {**vars(tuner)}
    RecenteredClassifier(tuner).predict_proba(X)
    assert vars(inner) == state
    assert all(vars(tuner)[name] is probed[name] for name in probed)
    assert vars(clf).keys() == {"estimator", "method", "steepness"}


# --- parameters of fit


def test_weights_are_passed_on(table):
    clf = RecenteredClassifier(FixedThresholds(Chosen(), threshold=0.3))
    clf.fit(table.X, table.y, sample_weight=table.weights)
    assert np.array_equal(clf.estimator_.estimator_.weights_, table.weights)
    pipeline = make_pipeline(StandardScaler(), FixedThresholds(Chosen(), threshold=0.3))
    clf = RecenteredClassifier(pipeline)
    clf.fit(table.X, table.y, fixedthresholds__sample_weight=table.weights)
    assert np.array_equal(clf.estimator_[-1].estimator_.weights_, table.weights)


def test_weights_are_routed(table):
    with config_context(enable_metadata_routing=True):
        inner = FixedThresholdClassifier(Chosen().set_fit_request(sample_weight="importance"))
        clf = RecenteredClassifier(inner)
        assert not hasattr(clf, "set_fit_request")
        clf.fit(table.X, table.y, importance=table.weights)
        assert np.array_equal(clf.estimator_.estimator_.weights_, table.weights)
        pipeline = make_pipeline(StandardScaler(), clf).fit(
            table.X, table.y, importance=table.weights
        )
        assert np.array_equal(pipeline[-1].estimator_.estimator_.weights_, table.weights)
        search = GridSearchCV(clf, {"method": ["odds"]}, cv=StratifiedKFold(2))
        search.fit(table.X, table.y, importance=table.weights)
        assert np.array_equal(search.best_estimator_.estimator_.estimator_.weights_, table.weights)
        assert clf.fit(table.X, table.y).estimator_.estimator_.weights_ is None
        with pytest.raises((UnsetMetadataPassedError, TypeError), match="sample_weight"):
            clf.fit(table.X, table.y, sample_weight=table.weights)


# --- bad input


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"method": "logit"}, r"method='logit' is unknown; did you mean 'logistic'"),
        ({"method": None}, r"method=None is unknown: expected one of odds"),
        ({"method": "logistic", "steepness": 0}, r"steepness=0: expected a positive finite"),
        ({"estimator": LogisticRegression()}, r"estimator=LogisticRegression has no decision thr"),
        ({"estimator": LogisticRegression()}, r"expected.*To choose the cutoff.*TunedThresholdsCV"),
        ({"estimator": make_pipeline(StandardScaler(), LogisticRegression())}, r"=LogisticRegr"),
        ({"estimator": FrozenEstimator(LogisticRegression())}, r"=LogisticRegression has no"),
        ({"estimator": GridSearchCV(LogisticRegression(), {"C": [1]})}, r"=LogisticRegression has"),
        ({"estimator": RecenteredClassifier(line())}, r"estimator=RecenteredClassifier has no dec"),
        ({"estimator": "line"}, r"estimator=str has no decision threshold"),
        ({"estimator": None}, r"estimator=NoneType has no"),
        (
            {"estimator": GridSearchCV(line(), {"threshold": [0.3]}, refit=False)},
            r"GridSearchCV\(refit=False\) keeps no fitted classifier: expected refit=True",
        ),
        (
            {
                "estimator": ThresholdGridSearchCV(
                    LogisticRegression(), {"C": [1.0]}, cv=2, refit=False
                )
            },
            r"ThresholdGridSearchCV\(refit=False\) has no fitted classifier: expected refit=True",
        ),
        (
            {
                "estimator": FixedThresholdClassifier(
                    LogisticRegression(), response_method="decision_function"
                )
            },
            r"FixedThresholdClassifier\(response_method='decision_function'\).*no probabilities",
        ),
        (
            {
                "estimator": TunedThresholdClassifierCV(
                    LogisticRegression(), response_method="decision_function", cv=2
                )
            },
            r"expected response_method='predict_proba'. CalibratedClassifierCV",
        ),
        (
            {"estimator": TunedThresholdClassifierCV(LinearSVC())},
            r"response_method='auto'\).*LinearSVC has no predict_proba: expected.*Calibrated",
        ),
        (
            {"estimator": make_pipeline(StandardScaler(), FixedThresholdClassifier(Scores()))},
            r"Scores has no predict_proba",
        ),
        ({"estimator": FixedThresholds(Scores())}, r"Scores has no predict_proba"),
        ({"estimator": line(kind="trits")}, r"kind='trits': expected"),
    ],
)
def test_bad_input(table, params, message):
    clf = RecenteredClassifier(**{"estimator": line(), **params})
    with pytest.raises(ValueError, match=message):
        clf.fit(table.X, table.y).predict_proba(table.X)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"method": "logit"}, r"method='logit' is unknown"),
        ({"estimator": LogisticRegression()}, r"has no decision threshold"),
        (
            {"estimator": FixedThresholdClassifier(Scores(), threshold=0.3)},
            r"cutoff among the scores of decision_function",
        ),
        (
            {"estimator": FixedThresholdClassifier(LogisticRegression(), threshold=np.nan)},
            r"threshold=nan is outside \[0, 1\]",
        ),
    ],
)
def test_bad_input_of_a_classifier_that_is_fitted_already(table, params, message):
    params = {"estimator": line(), **params}
    params["estimator"] = params["estimator"].fit(table.X, table.y)
    with pytest.raises(ValueError, match=message):
        RecenteredClassifier(**params).predict_proba(table.X)


@pytest.mark.parametrize("method", ["linear", "logistic"])
def test_methods_that_do_not_apply_to_classes(table, method):
    message = f"method='{method}' does not apply to one class out of many: expected 'odds'"
    with pytest.raises(ValueError, match=message):
        RecenteredClassifier(line(), method=method).fit(table.X, table.labels)
    fitted = line().fit(table.X, table.labels)
    with pytest.raises(ValueError, match=message):
        RecenteredClassifier(fitted, method=method).predict_proba(table.X)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[0.5, 1.5]], r"predict_proba gives 1\.5: expected probabilities in \[0, 1\]"),
        ([[0.5, 1 + 1e-5]], r"predict_proba gives 1\.00001"),
        ([[0.5, np.nan]], r"predict_proba gives nan"),
        ([[0.5, 0.5j]], r"predict_proba gives complex128: expected real numbers"),
        ([[0.2, 0.3, 0.5]], r"predict_proba gives"),
        ([[0.2]], r"predict_proba gives"),
    ],
)
def test_probabilities_that_are_none(X, message):
    for inner in (of_skbits("words", 0.3), fixed("words", 0.3)):
        with pytest.raises(ValueError, match=message):
            RecenteredClassifier(inner).predict_proba(np.array(X))


def test_its_module_imports_no_keras():
    code = "import sys, skbits; skbits.RecenteredClassifier; assert 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
