"""ThresholdGridSearchCV: which fits it does, honest scores, and a best classifier that decides."""

import pickle
from typing import ClassVar

import brute
import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    GroupKFold,
    KFold,
    ParameterGrid,
    ParameterSampler,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import skbits
from skbits import ThresholdGridSearchCV, TunedThresholdsCV, best_thresholds
from skbits.thresholds.candidates import read_grid
from skbits.thresholds.thresholded import FixedThresholds

NEWTON = LogisticRegression(solver="newton-cholesky")
KFOLD = KFold(3, shuffle=True, random_state=0)


class Told(ClassifierMixin, BaseEstimator):
    """Its probability of the later label is a column of X; it counts what is asked of it.

    ``fails`` is False, True, or a row: fits whose rows hold it fail.
    """

    fits: ClassVar[list] = []
    predictions: ClassVar[list] = []

    def __init__(self, column=0, fails=False):
        self.column = column
        self.fails = fails

    def fit(self, X, y, sample_weight=None):
        Told.fits.append({"column": self.column, "X": X, "sample_weight": sample_weight})
        if self.fails is True or (self.fails is not False and X[0].tolist() == list(self.fails)):
            raise RuntimeError(f"no fit of column {self.column}")
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        return self

    def predict_proba(self, X):
        Told.predictions.append((self.column, len(X)))
        p = X[:, self.column]
        return np.column_stack([1 - p, p])


@pytest.fixture
def fits():
    Told.fits.clear()
    Told.predictions.clear()
    return Told.fits


def made(n=60, seed=0, noise=(0.5, 0.8, 0.2)):
    """Probabilities (n, 3), each telling the labels (n,) less well the more noise it has."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.35).astype(int)
    noise = np.array(noise)
    X = (1 - noise) * (0.2 + 0.4 * y[:, None]) + noise * rng.random((n, 3))
    return X, y


def bits_of(n=60):
    X, _ = made(n)
    return X, (X + 0.3 * np.random.default_rng(1).random((n, 3)) > 0.6).astype(int)


def held_out(cv, X, y):
    return [test for _, test in cv.split(X, y)]


# --- the fits


@pytest.mark.parametrize("refit", [True, False])
def test_candidates_times_folds_and_one_on_all_rows(fits, refit):
    X, y = made()
    search = ThresholdGridSearchCV(Told(), {"column": [0, 1, 2]}, cv=KFOLD, refit=refit)
    search.fit(X, y)
    assert len(fits) == 3 * 3 + refit
    assert [fit["column"] for fit in fits[:9]] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert Told.predictions == [(column, 20) for column in (0, 1, 2) for _ in range(3)]
    for (train, _), fit in zip(list(KFOLD.split(X)) * 3, fits, strict=False):
        assert np.array_equal(fit["X"], X[train])
    if refit:
        assert fits[-1]["column"] == search.best_params_["column"]
        assert np.array_equal(fits[-1]["X"], X)


def test_keras_fits_too(table, trainings, fast):
    grid = {"hidden_layer_sizes": [(3,), (6, 2)]}
    search = ThresholdGridSearchCV(skbits.BinaryClassifier(**fast), grid, cv=2)
    search.fit(table.X, table.y)
    assert [t.units for t in trainings[:-1]] == [3, 3, 6, 6]
    assert trainings[-1].units == search.best_params_["hidden_layer_sizes"][0]


def test_random_splits_are_the_same_for_all_candidates(fits):
    X, y = made()
    search = ThresholdGridSearchCV(Told(), {"column": [0, 1]}, cv=0.3, refit=False).fit(X, y)
    assert np.array_equal(fits[0]["X"], fits[1]["X"])
    assert search.n_splits_ == 1
    splits = ((train, test) for train, test in KFOLD.split(X))
    once = ThresholdGridSearchCV(Told(), {"column": [0, 1]}, cv=splits).fit(X, y)
    assert once.n_splits_ == 3


# --- scores


@pytest.mark.parametrize("combine", ["fold_mean", "pooled", "half_f1"])
def test_each_fold_is_scored_with_cutoffs_of_the_other_folds(combine):
    X, y = made()
    grid = {"column": [0, 1, 2]}
    search = ThresholdGridSearchCV(Told(), grid, cv=KFOLD, combine=combine).fit(X, y)
    tests = held_out(KFOLD, X, y)
    results = search.cv_results_

    def choose(column, folds):
        if combine == "pooled":
            rows = np.concatenate([tests[i] for i in folds])
            return best_thresholds(y[rows], X[rows, column]).threshold
        best = [best_thresholds(y[tests[i]], X[tests[i], column]) for i in folds]
        return np.mean([b.score / 2 if combine == "half_f1" else b.threshold for b in best])

    def f1(column, i, cutoff):
        return brute.fbeta(1)(*brute.counts(y[tests[i]], X[tests[i], column] >= cutoff))

    means = []
    for c in range(3):
        assert results["thresholds"][c] == pytest.approx(choose(c, [0, 1, 2]))
        scores = [f1(c, i, choose(c, [j for j in range(3) if j != i])) for i in range(3)]
        means.append(np.mean(scores))
        assert [results[f"split{i}_test_score"][c] for i in range(3)] == scores
        assert results["mean_test_score"][c] == pytest.approx(np.mean(scores))
        assert results["std_test_score"][c] == pytest.approx(np.std(scores))
        default = np.mean([f1(c, i, 0.5) for i in range(3)])
        assert results["mean_test_default_score"][c] == pytest.approx(default)
    assert search.best_index_ == np.argmax(means) == 2
    assert search.best_params_ == {"column": 2}
    assert search.best_score_ == max(results["mean_test_score"])
    assert search.best_thresholds_.tolist() == [results["thresholds"][2]]
    assert results["rank_test_score"].tolist() == [2, 3, 1] or means[1] >= means[0]


def test_pure_noise_is_not_flattered():
    rng = np.random.default_rng(0)
    X, y = rng.random((300, 3)), rng.integers(2, size=300)
    cv = StratifiedKFold(30)
    search = ThresholdGridSearchCV(Told(), {"column": [0, 1, 2]}, scoring="accuracy", cv=cv)
    search.fit(X, y)
    assert 0.45 < search.best_score_ < 0.56  # by chance 0.5, and the best of three
    own = [
        np.mean([
            best_thresholds(y[test], X[test, c], scoring="accuracy").score
            for test in held_out(cv, X, y)
        ])
        for c in range(3)
    ]  # fmt: skip
    assert min(own) > 0.62  # where each fold is scored with its own cutoff


def test_of_equals_the_first_candidate_is_the_best():
    X, y = made()
    X = X[:, [2, 2, 0]]
    search = ThresholdGridSearchCV(Told(), {"column": [2, 1, 0, 1]}, cv=KFOLD).fit(X, y)
    assert search.cv_results_["rank_test_score"].tolist() == [4, 1, 1, 1]
    assert search.best_index_ == 1


@pytest.mark.parametrize("scoring", ["f1", "accuracy", ("fbeta", 2.0), make_scorer(f1_score)])
def test_score_is_the_metric(scoring):
    X, y = made()
    search = ThresholdGridSearchCV(Told(), {"column": [0, 2]}, scoring=scoring, cv=3).fit(X, y)
    formula = dict((str(name), f) for name, f, _ in brute.METRICS).get(str(scoring), brute.fbeta(1))
    on = search.predict(X) == 1
    assert search.score(X, y) == pytest.approx(formula(*brute.counts(y, on)))
    w = np.random.default_rng(0).random(60)
    assert search.score(X, y, sample_weight=w) == pytest.approx(formula(*brute.counts(y, on, w)))


@pytest.mark.parametrize("average", ["macro", "micro"])
def test_score_of_bits_and_of_classes(average):
    X, y = bits_of()
    forest = RandomForestClassifier(3, random_state=0)
    search = ThresholdGridSearchCV(
        forest, {"max_depth": [2]}, cv=2, average=average, min_positives=0
    ).fit(X, y)
    assert search.score(X, y) == pytest.approx(f1_score(y, search.predict(X), average=average))
    labels = np.array(["ant", "bee", "cat"])[y.sum(axis=1).clip(max=2)]
    search.fit(X, labels)
    expected = f1_score(labels, search.predict(X), average=average)
    assert search.score(X, labels) == pytest.approx(expected)


# --- results


def test_results_are_a_table_with_the_columns_of_grid_search():
    X, y = made()
    grid = [{"C": [0.1, 1.0]}, {"fit_intercept": [False], "C": [1.0]}]
    ours = ThresholdGridSearchCV(NEWTON, grid, cv=3).fit(X, y)
    theirs = GridSearchCV(NEWTON, grid, cv=3).fit(X, y)
    frame = pd.DataFrame(ours.cv_results_)
    assert len(frame) == 3
    assert set(theirs.cv_results_) < set(frame.columns)
    assert set(frame.columns) - set(theirs.cv_results_) == {"thresholds", "mean_test_default_score"}
    assert list(frame["params"]) == theirs.cv_results_["params"]
    for name in ("param_C", "param_fit_intercept"):
        got, expected = ours.cv_results_[name], theirs.cv_results_[name]
        assert np.array_equal(np.ma.getmaskarray(got), np.ma.getmaskarray(expected))
        assert got.compressed().tolist() == expected.compressed().tolist()
    assert frame["thresholds"].dtype == float
    assert frame["rank_test_score"].dtype == np.int32
    assert (frame[["mean_fit_time", "mean_score_time", "std_fit_time"]] >= 0).all(axis=None)
    assert ours.refit_time_ > 0
    assert ours.multimetric_ is False


def test_thresholds_of_bits_are_an_array_in_their_cell():
    X, y = bits_of()
    search = ThresholdGridSearchCV(KNeighborsClassifier(), {"n_neighbors": [3, 5]}, cv=KFOLD)
    frame = pd.DataFrame(search.fit(X, y).cv_results_)
    assert [cell.shape for cell in frame["thresholds"]] == [(3,), (3,)]
    assert np.array_equal(frame["thresholds"][search.best_index_], search.best_thresholds_)
    assert search.best_thresholds_.shape == (3,)
    assert np.array_equal(search.predict(X), search.predict_proba(X) >= search.best_thresholds_)


def test_what_is_known_of_the_data():
    X, y = made()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    search = ThresholdGridSearchCV(NEWTON, {"C": [1.0]}, cv=2).fit(frame, np.array(["n", "y"])[y])
    assert search.classes_.tolist() == ["n", "y"]
    assert search.n_features_in_ == 3
    assert search.feature_names_in_.tolist() == ["a", "b", "c"]
    assert search.predict(frame).tolist() == search.best_estimator_.predict(frame).tolist()
    search.fit(X, y)
    assert search.classes_.tolist() == [0, 1]
    assert not hasattr(search, "feature_names_in_")


# --- forms of the grid


SAMPLER = ParameterSampler({"column": [0, 1, 2]}, n_iter=2, random_state=0)


@pytest.mark.parametrize(
    ("grid", "candidates"),
    [
        ({"column": [2, 0]}, [{"column": 2}, {"column": 0}]),
        ({"column": (2, 0)}, [{"column": 2}, {"column": 0}]),
        ({"column": np.array([2, 0])}, [{"column": 2}, {"column": 0}]),
        ({"column": range(2)}, [{"column": 0}, {"column": 1}]),
        ({}, [{}]),
        ([{"column": [2]}, {"column": [0], "fails": [False]}],
            [{"column": 2}, {"column": 0, "fails": False}]),
        ([{"column": [2], "fails": (False,)}], [{"column": 2, "fails": False}]),
        (ParameterGrid({"column": [2, 0]}), [{"column": 2}, {"column": 0}]),
        (list(ParameterGrid({"column": [2, 0]})), [{"column": 2}, {"column": 0}]),
        (SAMPLER, list(SAMPLER)),
        (list(SAMPLER), list(SAMPLER)),
        (({"column": c} for c in (1, 2)), [{"column": 1}, {"column": 2}]),
    ],
)  # fmt: skip
def test_forms_of_the_grid(fits, grid, candidates):
    X, y = made()
    search = ThresholdGridSearchCV(Told(), grid, cv=2).fit(X, y)
    assert search.cv_results_["params"] == candidates
    assert len(fits) == 2 * len(candidates) + 1


def test_a_sampled_tuple_is_a_value(table, trainings, fast):
    """The sizes of layers that a sampler drew are no grid of sizes."""
    sampler = ParameterSampler({"hidden_layer_sizes": [(3,), (6, 2)]}, n_iter=2, random_state=0)
    for grid in (sampler, list(sampler)):
        trainings.clear()
        search = ThresholdGridSearchCV(skbits.BinaryClassifier(**fast), grid, cv=2, refit=False)
        search.fit(table.X, table.y)
        assert search.cv_results_["params"] == list(sampler)
        assert sorted({t.units for t in trainings}) == [3, 6]
        assert len(trainings) == 4


def test_a_sampler_draws_from_distributions():
    X, y = made()
    space = ParameterSampler({"C": loguniform(1e-2, 1e2)}, n_iter=3, random_state=0)
    search = ThresholdGridSearchCV(NEWTON, space, cv=2).fit(X, y)
    assert search.best_params_["C"] == search.best_estimator_.estimator_.C
    assert len({params["C"] for params in search.cv_results_["params"]}) == 3


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (FixedThresholds(NEWTON), "threshold"),
        (make_pipeline(StandardScaler(), FixedThresholds(NEWTON)), "fixedthresholds__threshold"),
        (make_pipeline(make_pipeline(FixedThresholds(NEWTON))),
            "pipeline__fixedthresholds__threshold"),
        (skbits.BinaryClassifier(), "threshold"),
    ],
    ids=["fixed", "pipeline", "pipelines", "keras"],
)  # fmt: skip
def test_the_threshold_is_no_parameter_to_search(estimator, name):
    X, y = made()
    search = ThresholdGridSearchCV(estimator, {name: [0.3, 0.5]})
    with pytest.raises(ValueError, match=f"param_grid names '{name}'.*leave it out"):
        search.fit(X, y)


def test_a_threshold_of_something_else_is_a_parameter():
    class Coarse(GaussianNB):
        def __init__(self, threshold=0.0):
            super().__init__()
            self.threshold = threshold

        def predict_proba(self, X):
            return super().predict_proba(np.where(self.threshold < X, X, 0.0))

    X, y = made()
    search = ThresholdGridSearchCV(Coarse(), {"threshold": [0.0, 0.4]}, cv=2).fit(X, y)
    assert search.best_estimator_.estimator_.threshold == search.best_params_["threshold"]
    for estimator in (Coarse(), Coarse(0.3)):  # and not to be overwritten by a cutoff
        search = ThresholdGridSearchCV(estimator, {}, cv=2).fit(X, y)
        assert search.best_estimator_.estimator_.threshold == estimator.threshold
        p = search.predict_proba(X)[:, 1]
        assert np.array_equal(search.predict(X), p >= search.best_thresholds_[0])


# --- the best classifier decides


def check_decides(search, X):
    """The best classifier predicts as the search does: at the best thresholds."""
    best, expected = search.best_estimator_, search.predict(X)
    assert np.array_equal(best.predict(X), expected)
    assert best.predict(X).dtype == expected.dtype
    p = search.predict_proba(X)
    if p.shape[1] == 2 and expected.ndim == 1:
        positive = 0 if search.pos_label == search.classes_[0] else 1
        on = p[:, positive] >= p.dtype.type(search.best_thresholds_[0])
        assert np.array_equal(on, expected == search.classes_[positive])
    elif search.kind == "auto" and expected.ndim == 2:
        assert np.array_equal(p >= search.best_thresholds_.astype(p.dtype), expected)
    return best


@pytest.mark.parametrize(
    ("estimator", "target"),
    [("BinaryClassifier", "y"), ("BitVectorClassifier", "bits"), ("OneHotClassifier", "labels")],
)
def test_keras_classifiers_are_given_their_threshold(table, fast, estimator, target):
    clf = getattr(skbits, estimator)(**{**fast, "epochs": 2})
    search = ThresholdGridSearchCV(clf, {"hidden_layer_sizes": [(4,)]}, cv=2)
    search.fit(table.X, getattr(table, target))
    best = check_decides(search, table.X)
    assert type(best) is type(clf)
    assert np.array_equal(np.ravel(best.threshold), search.best_thresholds_)
    assert (np.asarray(best.threshold) != 0.5).any()
    assert isinstance(best.threshold, float) == (target == "y")
    assert best.set_params(threshold=0.0).predict(table.X[:2]) is not None


@pytest.mark.parametrize(
    "estimator",
    [
        FixedThresholds(NEWTON),
        make_pipeline(StandardScaler(), FixedThresholds(NEWTON)),
        make_pipeline(StandardScaler(), make_pipeline(FixedThresholds(NEWTON))),
    ],
    ids=["fixed", "pipeline", "pipelines"],
)
def test_fixed_thresholds_are_given_theirs(estimator):
    X, y = made()
    search = ThresholdGridSearchCV(estimator, {}, cv=2).fit(X, y)
    best = check_decides(search, X)
    assert type(best) is type(estimator)
    while not isinstance(best, FixedThresholds):
        best = best[-1]
    assert best.threshold == search.best_thresholds_[0]
    assert estimator.get_params()[search_name(estimator)] == 0.5  # the one given is left alone


def search_name(estimator):
    return next(name for name in estimator.get_params() if name.endswith("threshold"))


@pytest.mark.parametrize(
    "estimator",
    [NEWTON, make_pipeline(StandardScaler(), NEWTON), FixedThresholdClassifier(NEWTON),
        skbits.RecenteredClassifier(FixedThresholds(NEWTON, threshold=0.3))],
    ids=["plain", "pipeline", "sklearn", "recentered"],
)  # fmt: skip
def test_others_are_wrapped(estimator):
    X, y = made()
    search = ThresholdGridSearchCV(estimator, {}, cv=2).fit(X, np.array(["no", "yes"])[y])
    best = check_decides(search, X)
    assert isinstance(best, FixedThresholds)
    assert type(best.estimator_) is type(estimator)
    assert np.array_equal(best.predict_proba(X), best.estimator_.predict_proba(X))
    assert np.array_equal(clone(best).fit(X, search.predict(X)).predict(X), best.predict(X))


@pytest.mark.parametrize(
    "estimator",
    [NEWTON, FixedThresholds(NEWTON), make_pipeline(StandardScaler(), FixedThresholds(NEWTON))],
    ids=["plain", "fixed", "pipeline"],
)
def test_an_earlier_positive_label_is_wrapped(estimator):
    X, y = made()
    y = np.array(["no", "yes"])[y]
    search = ThresholdGridSearchCV(estimator, {}, cv=2, pos_label="no").fit(X, y)
    best = check_decides(search, X)
    assert best.pos_label == "no"
    assert np.array_equal(search.decision_function(X) >= 0, search.predict(X) == "yes")
    assert np.array_equal(best.decision_function(X), search.decision_function(X))
    assert search.score(X, y) == pytest.approx(f1_score(y == "no", search.predict(X) == "no"))


def test_thresholds_that_would_mean_something_else_are_wrapped():
    X, y = made()
    y = np.array(["no", "yes"])[y]
    of_no = FixedThresholds(NEWTON, pos_label="no")
    search = ThresholdGridSearchCV(of_no, {}, cv=2).fit(X, y)
    assert check_decides(search, X).estimator_.threshold == 0.5  # that of the other label
    search = ThresholdGridSearchCV(of_no, {}, cv=2, pos_label="no").fit(X, y)
    assert check_decides(search, X).threshold == search.best_thresholds_[0]
    hot = np.eye(3, dtype=int)[X.argmax(axis=1)]
    forest = RandomForestClassifier(3, max_depth=1, random_state=0)
    of_bits = FixedThresholds(forest)
    search = ThresholdGridSearchCV(of_bits, {}, cv=KFOLD, kind="onehot").fit(X, hot)
    assert check_decides(search, X).kind == "onehot"
    of_classes = FixedThresholds(forest, kind="onehot")
    search = ThresholdGridSearchCV(of_classes, {}, cv=KFOLD, kind="onehot").fit(X, hot)
    assert isinstance(check_decides(search, X).estimator_, RandomForestClassifier)


def test_keras_thresholds_that_would_mean_something_else_are_wrapped(table, trainings, fast):
    two = skbits.OneHotClassifier(**fast)  # of two labels: its thresholds are those of the ratio
    search = ThresholdGridSearchCV(two, {}, cv=2, scoring="recall").fit(table.X, table.y)
    assert isinstance(check_decides(search, table.X), FixedThresholds)
    abstains = skbits.OneHotClassifier(**fast, abstain=True, abstain_label="none")
    search = ThresholdGridSearchCV(abstains, {}, cv=2).fit(table.X, table.labels)
    assert isinstance(check_decides(search, table.X), FixedThresholds)
    early = ThresholdGridSearchCV(skbits.BinaryClassifier(**fast), {}, cv=2, pos_label="no")
    best = check_decides(early.fit(table.X, table.y), table.X)
    assert isinstance(best, FixedThresholds)
    assert best.estimator_.threshold == 0.5
    pipeline = make_pipeline(StandardScaler(), skbits.BinaryClassifier(**fast))
    search = ThresholdGridSearchCV(pipeline, {}, cv=2).fit(table.X, table.y)
    assert check_decides(search, table.X)[-1].threshold == search.best_thresholds_[0]


def test_bits_of_forests_and_one_hot_groups():
    X, y = bits_of()
    grid = {"estimator__max_depth": [1, 3]}
    trees = MultiOutputClassifier(DecisionTreeClassifier(random_state=0))
    search = ThresholdGridSearchCV(trees, grid, cv=KFOLD, min_positives=0).fit(X, y)
    assert isinstance(check_decides(search, X), FixedThresholds)
    groups = np.hstack([np.eye(2, dtype=int)[y[:, 0]], np.eye(2, dtype=int)[y[:, 1]]])
    search = ThresholdGridSearchCV(trees, grid, cv=KFOLD, kind="onehot", n_groups=2)
    best = check_decides(search.fit(X, groups), X)
    assert (best.predict(X).reshape(60, 2, 2).sum(axis=2) == 1).all()


def test_frozen_classifiers_can_be_searched_for_their_thresholds():
    X, y = made()
    frozen = FrozenEstimator(GaussianNB().fit(X, y))
    search = ThresholdGridSearchCV(frozen, {}, cv=KFOLD).fit(X, y)
    check_decides(search, X)


# --- without a refit, and after a failure


def test_without_a_refit_there_is_nothing_to_predict_with(fits):
    X, y = made()
    search = ThresholdGridSearchCV(Told(), {"column": [0, 2]}, cv=3).fit(X, y)
    learned = set(vars(search))
    search.set_params(refit=False).fit(X, y)
    assert search.best_params_ == {"column": 2}
    assert search.best_thresholds_.shape == (1,)
    gone = {"best_estimator_", "estimator_", "refit_time_", "classes_", "n_features_in_", "_task_"}
    assert learned - set(vars(search)) == gone
    for method in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(NotFittedError, match="expected refit=True to predict"):
            getattr(search, method)(X)
    with pytest.raises(NotFittedError, match="best_params_, and set best_thresholds_"):
        search.score(X, y)
    with pytest.raises(NotFittedError):
        clone(search).predict(X)


def test_a_failed_fit_leaves_everything_as_it_was():
    X, y = made()
    search = ThresholdGridSearchCV(Told(), {"column": [0, 2]}, cv=3).fit(X, y)
    before = dict(vars(search))
    first = X[0].tolist()  # in the refit alone it is the first row
    folds = [(np.arange(20, 60), np.arange(20)), (np.arange(40), np.arange(40, 60))]
    folds[1] = (folds[1][0][::-1], folds[1][1])
    for change in (
        {"estimator": Told(fails=True)},
        {"estimator": Told(fails=first), "cv": folds},
        {"scoring": "roc_auc"},
        {"param_grid": []},
    ):
        search.set_params(**change)
        with pytest.raises((ValueError, RuntimeError)):
            search.fit(X[:, :3], y)
        search.set_params(**{name: before[name] for name in change})
        assert vars(search).keys() == before.keys()
        assert all(vars(search)[name] is before[name] for name in before)


# --- fits that fail

FAILING = [{"column": 0, "fails": True}, {"column": 1}, {"column": 2}]


def test_a_candidate_that_fails_is_warned_of_and_never_the_best(fits):
    X, y = made()
    for error_score, mean in ((np.nan, np.nan), (0.0, 0.0), (99.0, 99.0)):
        search = ThresholdGridSearchCV(Told(), FAILING, cv=3, error_score=error_score)
        with pytest.warns(FitFailedWarning, match="3 fits failed out of a total of 9") as told:
            search.fit(X, y)
        assert "RuntimeError: no fit of column 0" in str(told[0].message)
        assert told[0].filename == __file__
        assert search.best_params_ == {"column": 2}
        results = search.cv_results_
        assert np.array_equal(results["mean_test_score"][:1], [mean], equal_nan=True)
        assert np.isnan(results["thresholds"][0])
        assert results["rank_test_score"].tolist() in ([3, 2, 1], [3, 1, 1])


def test_one_fold_that_fails_is_the_candidates_failure():
    X, y = made()
    first = X[next(KFOLD.split(X))[0][0]].tolist()  # the first row of the first fold
    assert sum(X[train][0].tolist() == first for train, _ in KFOLD.split(X)) < 3
    grid = [{"column": 2, "fails": first}, {"column": 0}]
    search = ThresholdGridSearchCV(Told(), grid, cv=KFOLD)
    with pytest.warns(FitFailedWarning, match=r"fits failed out of a total of 6"):
        search.fit(X, y)
    assert search.best_params_ == {"column": 0}
    with (
        pytest.warns(FitFailedWarning),
        pytest.raises(ValueError, match="every candidate has a fit that failed: expected one"),
    ):
        clone(search).set_params(param_grid=grid[:1]).fit(X, y)


def test_where_all_fits_fail_the_first_failure_is_shown():
    X, y = made()
    search = ThresholdGridSearchCV(Told(fails=True), {"column": [0, 1]}, cv=3)
    with pytest.raises(ValueError, match=r"All the 6 fits failed \(2 candidates\)") as told:
        search.fit(X, y)
    assert "RuntimeError: no fit of column 0" in str(told.value)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_raise_lets_the_error_through(n_jobs):
    X, y = made()
    search = ThresholdGridSearchCV(NEWTON, {"C": [1.0, -1.0]}, cv=3, error_score="raise")
    with pytest.raises(ValueError, match="The 'C' parameter of LogisticRegression must be"):
        search.set_params(n_jobs=n_jobs).fit(X, y)


def test_an_unknown_parameter_is_no_failed_fit(fits):
    X, y = made()
    with pytest.raises(ValueError, match="Invalid parameter 'row' for estimator Told"):
        ThresholdGridSearchCV(Told(), [{"row": 1}, {"column": 1}], cv=3).fit(X, y)
    assert not fits


# --- constraints


def test_a_candidate_that_cannot_meet_the_constraint_is_never_the_best():
    X, y = made(noise=(1.0, 0.1, 1.0))
    search = ThresholdGridSearchCV(
        Told(), {"column": [0, 1, 2]}, cv=3, scoring="recall", constraint="precision >= 0.9"
    ).fit(X, y)
    assert search.best_params_ == {"column": 1}
    results = search.cv_results_
    assert np.isnan(results["mean_test_score"]).tolist() == [True, False, True]
    assert np.isnan(results["thresholds"]).tolist() == [True, False, True]
    assert results["rank_test_score"].tolist() == [2, 1, 2]
    assert not np.isnan(results["mean_test_default_score"]).any()
    assert y[search.predict(X) == 1].mean() >= 0.9


def test_a_constraint_that_no_candidate_meets_says_what_each_can():
    X, y = made(noise=(1.0, 1.0, 1.0))
    best = [best_thresholds(y, X[:, c], scoring="precision").score for c in (0, 2)]
    search = ThresholdGridSearchCV(
        Told(), {"column": [0, 2]}, cv=3, scoring="recall", constraint="precision >= 0.999"
    )
    with pytest.raises(ValueError, match="no candidate meets the constraint") as told:
        search.fit(X, y)
    for column, value in zip((0, 2), best, strict=True):
        line = next(s for s in str(told.value).splitlines() if f"'column': {column}" in s)
        assert f"The best attainable precision is {value:.6g}." in line


# --- processes, output, copies


def test_two_processes_give_what_one_gives():
    X, y = bits_of()
    forest = RandomForestClassifier(3, random_state=0)
    search = ThresholdGridSearchCV(forest, {"max_depth": [1, 2]}, cv=KFOLD, min_positives=0)
    one, two = (clone(search).set_params(n_jobs=n).fit(X, y) for n in (1, 2))
    assert one.best_params_ == two.best_params_
    assert np.array_equal(one.best_thresholds_, two.best_thresholds_)
    assert np.array_equal(one.predict(X), two.predict(X))
    for name, column in one.cv_results_.items():
        if not name.endswith("_time"):
            assert str(column) == str(two.cv_results_[name])


def test_one_line_a_candidate_or_none(capsys):
    X, y = made()
    search = ThresholdGridSearchCV(Told(), {"column": [0, 2]}, cv=3).fit(X, y)
    assert capsys.readouterr() == ("", "")
    search.set_params(verbose=1).fit(X, y)
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert not err
    assert len(lines) == 2
    mean, default = (search.cv_results_[f"mean_test_{s}"] for s in ("score", "default_score"))
    for i, line in enumerate(lines):
        assert line.startswith(f"[{i + 1}/2] f1 {mean[i]:.4f} (at 0.5: {default[i]:.4f})")
        assert f"column={[0, 2][i]}" in line


def test_clones_and_pickles():
    X, y = made()
    search = ThresholdGridSearchCV(NEWTON, {"C": [0.1, 1.0]}, cv=2).fit(X, y)
    loaded = pickle.loads(pickle.dumps(search))
    assert np.array_equal(loaded.predict(X), search.predict(X))
    assert np.array_equal(loaded.best_estimator_.predict(X), search.predict(X))
    assert loaded.cv_results_.keys() == search.cv_results_.keys()
    again = clone(search).fit(X, y)
    assert again.best_params_ == search.best_params_
    assert np.array_equal(again.best_thresholds_, search.best_thresholds_)


# --- as a part of others, and what reaches the fits


def test_around_pipelines_inside_of_others():
    X, y = make_classification(120, random_state=0)
    pipeline = make_pipeline(StandardScaler(), NEWTON)
    grid = {"logisticregression__C": [0.01, 1.0], "standardscaler__with_mean": [True, False]}
    search = ThresholdGridSearchCV(pipeline, grid, cv=2).fit(X, y)
    best = search.best_estimator_.estimator_
    assert search.best_params_["logisticregression__C"] == best[-1].C
    assert best[0].with_mean == search.best_params_["standardscaler__with_mean"]
    assert not hasattr(pipeline[-1], "coef_")
    scores = cross_val_score(search, X, y, cv=3)
    folds = StratifiedKFold(3).split(X, y)
    for score, (train, test) in zip(scores, folds, strict=True):
        fitted = clone(search).fit(X[train], y[train])
        assert score == pytest.approx(f1_score(y[test], fitted.predict(X[test])))
    outer = make_pipeline(StandardScaler(), clone(search)).fit(X, y)
    assert outer.score(X, y) == pytest.approx(f1_score(y, outer.predict(X)))
    assert np.array_equal(outer.classes_, [0, 1])


def test_a_parameter_that_is_a_classifier_is_cloned():
    X, y = bits_of()
    inner = DecisionTreeClassifier(max_depth=2)
    grid = {"estimator": [inner, GaussianNB()]}
    search = ThresholdGridSearchCV(
        MultiOutputClassifier(NEWTON), grid, cv=KFOLD, min_positives=0
    ).fit(X, y)
    assert not hasattr(inner, "tree_")
    assert search.cv_results_["params"][0]["estimator"] is inner
    assert search.predict(X).shape == (60, 3)


def test_weights_and_groups_reach_the_folds(fits):
    X, y = made()
    w, groups = np.random.default_rng(0).random(60), np.repeat(np.arange(6), 10)
    search = ThresholdGridSearchCV(Told(), {"column": [2]}, cv=GroupKFold(3))
    search.fit(X, y, sample_weight=w, groups=groups)
    folds = list(GroupKFold(3).split(X, y, groups))
    for (train, _), fit in zip(folds, fits, strict=False):
        assert np.array_equal(fit["sample_weight"], w[train])
    assert np.array_equal(fits[-1]["sample_weight"], w)
    best = [best_thresholds(y[t], X[t, 2], sample_weight=w[t]).threshold for _, t in folds]
    assert search.best_thresholds_[0] == pytest.approx(np.mean(best))
    with config_context(enable_metadata_routing=True):
        asking = Told().set_fit_request(sample_weight=True)
        routed = clone(search).set_params(estimator=asking)
        routed.fit(X, y, sample_weight=w, groups=groups)
    assert np.array_equal(routed.best_thresholds_, search.best_thresholds_)
    assert np.array_equal(fits[-1]["sample_weight"], w)


def test_rare_bits_of_the_best_candidate_are_named_once():
    X, y = bits_of()
    y[:, 1] = np.arange(60) % 20 == 0
    search = ThresholdGridSearchCV(
        KNeighborsClassifier(), {"n_neighbors": [3, 5]}, cv=KFOLD, average="macro"
    )
    with pytest.warns(UserWarning, match=r"bits \[1\] have fewer than 10 positives") as told:
        search.fit(X, y)
    assert len(told) == 1


def test_inputs_are_never_changed():
    X, y = made()
    w, grid = np.ones(60), {"column": [0, 2]}
    for part in (X, y, w):
        part.flags.writeable = False
    search = ThresholdGridSearchCV(Told(), grid, cv=3).fit(X, y, sample_weight=w)
    assert grid == {"column": [0, 2]}
    assert search.param_grid is grid
    assert not hasattr(search.estimator, "classes_")


# --- bad input


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"param_grid": []}, r"param_grid=\[\]: expected a dict of lists, .* at least one cand"),
        ({"param_grid": {"column": []}}, "param_grid={'column': .*non-empty sequence"),
        ({"param_grid": {"column": 1}}, "param_grid={'column': 1}: expected a dict of lists"),
        ({"param_grid": {"column": "12"}}, "param_grid={'column': '12'}: expected a dict of lists"),
        ({"param_grid": None}, "param_grid=None: expected"),
        ({"param_grid": 3}, "param_grid=3: expected"),
        ({"param_grid": "column"}, "param_grid='column': expected"),
        ({"param_grid": [1, 2]}, r"param_grid=\[1, 2\]: expected"),
        ({"error_score": "skip"}, "error_score='skip': expected 'raise' or a number"),
        ({"error_score": None}, "error_score=None: expected 'raise' or a number"),
        ({"combine": "best"}, "combine='best': expected 'auto' or one of"),
        ({"min_positives": -1}, "min_positives=-1: expected an int of at least 0"),
        ({"cv": 1.5}, "cv=1.5: expected a share of the rows"),
        ({"cv": 1}, "cv=1: expected at least 2 folds"),
        ({"cv": "prefit"}, "cv='prefit': .*'prefit' is for TunedThresholdsCV"),
        ({"kind": "words"}, "kind='words': expected 'auto' or one of"),
        ({"pos_label": 2}, r"pos_label=2: expected one of \[0, 1\]"),
        ({"n_groups": 2}, "n_groups=2 with a target of kind 'binary': expected 1"),
        ({"scoring": "roc_auc"}, "scoring='roc_auc' reads probabilities or scores"),
        ({"scoring": "average_precision"}, "reads probabilities or scores"),
        ({"scoring": make_scorer(f1_score, response_method="predict_proba")}, "reads probabilit"),
        ({"scoring": "f3"}, "scoring='f3'"),
        ({"scoring": "accuracy", "constraint": "share_decided >= 0.5", "y": np.arange(60) % 3},
            "and ThresholdGridSearchCV always decides"),
        ({"scoring": ["f1", "accuracy"]}, r"scoring=\['f1', 'accuracy'\] .*: expected one metric"),
        ({"scoring": {"a": "f1"}, "refit": "a"}, "scoring={'a': 'f1'} holds several: expected one"),
        ({"refit": "f1"}, "refit='f1': expected True or False.*name it with scoring="),
        ({"refit": max}, "refit=<built-in function max>: expected True or False"),
        ({"refit": None}, "refit=None: expected True or False"),
        ({"y": None}, "requires y to be passed, but the target y is None"),
        ({"y": np.ones(60)}, "y has one class only"),
        ({"y": np.ones(59)}, "inconsistent numbers of samples"),
        ({"estimator": LinearSVC()}, "estimator=LinearSVC has no predict_proba"),
    ],
)  # fmt: skip
def test_what_is_refused_before_any_fit(fits, params, message):
    X, y = made()
    params = {"estimator": Told(), "param_grid": {"column": [0]}, **params}
    y = params.pop("y", y)
    with pytest.raises(ValueError, match=message):
        ThresholdGridSearchCV(**params).fit(X, y)
    assert not fits


def test_weights_that_a_metric_does_not_take_are_refused_before_any_fit(fits):
    def right(y_true, y_pred):
        return float(np.mean(y_true == y_pred))

    X, y = made()
    search = ThresholdGridSearchCV(Told(), {"column": [0]}, scoring=right, cv=2)
    with pytest.raises(ValueError, match="sample_weight is given, and scoring='right' does not"):
        search.fit(X, y, sample_weight=np.ones(60))
    assert not fits
    search.fit(X, y)
    with pytest.raises(ValueError, match="sample_weight is given"):
        search.score(X, y, sample_weight=np.ones(60))


def test_an_iterator_that_was_read_says_so():
    X, y = made()
    search = ThresholdGridSearchCV(Told(), ({"column": k} for k in (0, 1)), cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 2
    with pytest.raises(ValueError, match="An iterator can be read once: pass a list"):
        search.fit(X, y)


WEIGHTS = [
    ([1], r"sample_weight has 1 number.*expected one number of at least 0 for each of 60 rows"),
    (2, "sample_weight=2 is one number.*expected one number of at least 0 for each of 60 rows"),
    (["a"] * 60, "sample_weight.*expected one number of at least 0 for each of 60.*not convert"),
]


@pytest.mark.parametrize(("weights", "message"), WEIGHTS, ids=["too few", "one", "words"])
def test_weights_that_are_none_are_refused_before_any_fit(fits, weights, message):
    X, y = made()
    search = ThresholdGridSearchCV(Told(), {"column": [0]}, cv=2)
    for classifier in (search, TunedThresholdsCV(Told(), cv=2)):
        with pytest.raises(ValueError, match=message):
            classifier.fit(X, y, sample_weight=weights)
    assert not fits
    search.fit(X, y)
    with pytest.raises(ValueError, match=message):
        search.score(X, y, sample_weight=weights)


def test_a_grid_is_read_as_grid_search_reads_it():
    for grid in ({"C": [1, 2], "tol": (3, 4)}, [{"C": [1]}, {"tol": [2, 3], "C": [4]}], [{}]):
        assert read_grid(grid, NEWTON) == list(ParameterGrid(grid))
