"""TunedThresholdsCV and FixedThresholds: which fits they do, and what follows from the folds."""

import pickle
import warnings
from typing import ClassVar

import brute
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

import skbits
from skbits import (
    BitVectorClassifier,
    OneHotClassifier,
    RecenteredClassifier,
    ThresholdGridSearchCV,
    TunedThresholdsCV,
    best_thresholds,
)
from skbits.thresholds.task import told_kind
from skbits.thresholds.thresholded import FixedThresholds

NEWTON = LogisticRegression(solver="newton-cholesky")  # many small fits: lbfgs takes long to start


class Told(ClassifierMixin, BaseEstimator):
    """Its probability of the later label, or of each bit, is what X says; it counts its fits."""

    fits: ClassVar[list] = []

    def __init__(self, fails=False):
        self.fails = fails

    def fit(self, X, y, sample_weight=None):
        Told.fits.append({"X": X, "y": y, "sample_weight": sample_weight})
        if self.fails:
            raise RuntimeError("no fit today")
        self.classes_ = np.unique(y) if np.ndim(y) == 1 else np.arange(np.shape(y)[1])
        self.bits_ = np.ndim(y) == 2
        self.n_features_in_ = np.shape(X)[1]
        return self

    def predict_proba(self, X):
        p = np.asarray(X, dtype=float)
        if self.bits_ or len(self.classes_) > 2:
            return p[:, : len(self.classes_)]
        return np.column_stack([1 - p[:, 0], p[:, 0]])


@pytest.fixture
def fits():
    Told.fits.clear()
    return Told.fits


def made(n=60, n_bits=None, seed=0, share=0.35):
    """Probabilities (n, 4) and labels (n,) or bits that go with them, somewhat."""
    rng = np.random.default_rng(seed)
    X = rng.random((n, 4))
    y = (0.4 * X + 0.6 * rng.random((n, 4)) > 1 - share).astype(int)
    return X, (y[:, 0] if n_bits is None else y[:, :n_bits])


def splits_of(cv, X, y):
    return list(cv.split(X, y))


KFOLD = KFold(3, shuffle=True, random_state=0)


# --- the fits


@pytest.mark.parametrize(
    ("cv", "params", "n_fits"),
    [
        (None, {}, 6),
        (3, {}, 4),
        (StratifiedKFold(4), {}, 5),
        (RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0), {}, 5),
        (ShuffleSplit(1, random_state=0), {}, 2),
        (ShuffleSplit(1, random_state=0), {"refit": False}, 1),
        (0.25, {}, 2),
        (0.25, {"refit": False}, 1),
        ([(np.arange(40), np.arange(40, 60))], {"refit": False}, 1),
        ([(np.arange(40), np.arange(40, 60)), (np.arange(20, 60), np.arange(20))], {}, 3),
    ],
)
@pytest.mark.parametrize("n_bits", [None, 3])
@pytest.mark.filterwarnings("ignore:the threshold .* rests on")
def test_one_fit_a_fold_and_one_on_all_rows(fits, cv, params, n_fits, n_bits):
    X, y = made(n_bits=n_bits)
    if n_bits and "Stratified" in str(cv):
        cv = KFold(cv.get_n_splits())
    tuned = TunedThresholdsCV(Told(), cv=cv, min_positives=0, **params).fit(X, y)
    assert len(fits) == n_fits
    if params.get("refit", True):
        assert len(fits[-1]["X"]) == 60
    assert tuned.fold_thresholds_.shape == (n_fits - params.get("refit", True), n_bits or 1)


def test_a_share_holds_out_as_many_rows_once_stratified_by_label(fits):
    X, y = made(n=80)
    y = np.repeat([0, 1], [60, 20])
    tuned = TunedThresholdsCV(Told(), cv=0.25, refit=False, random_state=3).fit(X, y)
    assert np.bincount(fits[0]["y"]).tolist() == [45, 15]
    held_out = np.array([row.tolist() not in fits[0]["X"].tolist() for row in X])
    expected = best_thresholds(y[held_out], X[held_out, 0])
    assert tuned.thresholds_.tolist() == expected.thresholds.tolist()
    assert tuned.best_score_ == expected.score
    assert tuned.default_score_ == expected.default_score
    again = TunedThresholdsCV(Told(), cv=0.25, refit=False, random_state=3).fit(X, y)
    assert np.array_equal(again.thresholds_, tuned.thresholds_)


def test_prefit_fits_nothing_and_keeps_the_classifier(fits):
    X, y = made()
    told = Told().fit(X, y)
    tuned = TunedThresholdsCV(told, cv="prefit").fit(X, y)
    assert len(fits) == 1
    assert tuned.estimator_ is told
    best = best_thresholds(y, X[:, 0])
    assert tuned.thresholds_.tolist() == best.thresholds.tolist()
    assert (tuned.best_score_, tuned.default_score_) == (best.score, best.default_score)
    with pytest.raises(NotFittedError):
        TunedThresholdsCV(Told(), cv="prefit").fit(X, y)
    with pytest.raises(ValueError, match="fit was given groups with cv='prefit'"):
        TunedThresholdsCV(told, cv="prefit").fit(X, y, groups=y)


def test_prefit_knows_the_labels_of_the_classifier():
    X, y = make_classification(200, n_classes=3, n_informative=4, random_state=0)
    labels = np.array(["a", "b", "c"])[y]
    clf = GaussianNB().fit(X, labels)
    some = labels != "b"
    tuned = TunedThresholdsCV(FrozenEstimator(clf), cv="prefit")
    with pytest.warns(UserWarning, match="rest on few rows .* of 'b' on 0 rows"):
        tuned.fit(X[some], labels[some])
    assert tuned.classes_.tolist() == ["a", "b", "c"]
    assert tuned.predict_proba(X).shape == (200, 3)
    two = GaussianNB().fit(X, labels == "a")
    for scoring, one in (("f1", False), ("specificity", True)):
        tuned = TunedThresholdsCV(two, scoring=scoring, cv="prefit")
        with pytest.warns(UserWarning, match=f"no row held out is of label {not one}, to choose"):
            tuned.fit(X[:9], np.full(9, one))
        assert tuned.thresholds_.tolist() == [0.5]


def test_several_splits_leave_no_classifier_to_keep(fits):
    X, y = made()
    for cv in (3, KFOLD, [(np.arange(30), np.arange(30, 60))] * 2):
        with pytest.raises(ValueError, match="refit=False with cv=.*makes [23] splits: expected a"):
            TunedThresholdsCV(Told(), cv=cv, refit=False).fit(X, y)
    assert not fits


def test_masks_of_rows_are_understood():
    X, y = made()
    held_out = np.arange(60) % 3 == 0
    positions = [(np.flatnonzero(~held_out), np.flatnonzero(held_out))]
    for form in (np.asarray, np.ndarray.tolist):
        by_mask = TunedThresholdsCV(Told(), cv=[(~held_out, held_out)]).fit(form(X), form(y))
        plain = TunedThresholdsCV(Told(), cv=positions).fit(X, y)
        assert np.array_equal(by_mask.thresholds_, plain.thresholds_)


# --- what follows from the folds


@pytest.mark.parametrize("combine", ["fold_mean", "mean_curve", "pooled", "half_f1"])
def test_thresholds_and_scores_by_hand(combine):
    X, y = made(n=60)
    tuned = TunedThresholdsCV(Told(), cv=KFOLD, combine=combine).fit(X, y)
    tests = [test for _, test in KFOLD.split(X)]
    best = [best_thresholds(y[t], X[t, 0]) for t in tests]
    own = [b.score / 2 if combine == "half_f1" else b.threshold for b in best]
    assert tuned.fold_thresholds_.ravel().tolist() == own

    def choose(folds):
        rows = np.concatenate([tests[i] for i in folds])
        if combine == "pooled":
            return best_thresholds(y[rows], X[rows, 0]).threshold
        if combine == "mean_curve":
            ends = np.concatenate(([0.0], np.unique(X[rows, 0]), [1.0]))
            candidates = (ends[:-1] + ends[1:]) / 2
            means = [np.mean([f1_at(tests[i], c) for i in folds]) for c in candidates]
            tied = np.flatnonzero(np.isclose(means, max(means)))
            return candidates[tied[(len(tied) - 1) // 2]]
        return np.mean([own[i] for i in folds])

    def f1_at(rows, cutoff):
        return brute.fbeta(1)(*brute.counts(y[rows], X[rows, 0] >= cutoff))

    assert [f1_at(t, tuned.thresholds_[0]) for t in tests] == [
        f1_at(t, choose([0, 1, 2])) for t in tests
    ]
    held_out = [f1_at(tests[i], choose([j for j in range(3) if j != i])) for i in range(3)]
    assert tuned.best_score_ == pytest.approx(np.mean(held_out))
    assert tuned.default_score_ == pytest.approx(np.mean([f1_at(t, 0.5) for t in tests]))


def test_tuning_gains_on_rows_that_it_has_not_seen():
    X, y = make_classification(2000, n_features=5, weights=[0.9], class_sep=0.5, random_state=1)
    tuned = TunedThresholdsCV(NEWTON).fit(X[:1000], y[:1000])
    plain = tuned.estimator_.predict(X[1000:])
    gain = f1_score(y[1000:], tuned.predict(X[1000:])) - f1_score(y[1000:], plain)
    assert gain > 0.05
    assert tuned.best_score_ > tuned.default_score_ + 0.05


def test_bits_are_tuned_for_macro_and_micro_together_unless_somebody_chooses():
    X, y = made(n=90, n_bits=3)
    tuned = TunedThresholdsCV(Told(), cv=KFOLD).fit(X, y)
    both = best_thresholds(y, X[:, :3], average="macro_micro")  # of all rows together
    assert np.array_equal(tuned.thresholds_, both.thresholds)
    scores = []
    for train, test in KFOLD.split(X):
        chosen = best_thresholds(y[train], X[train, :3], average="macro_micro").thresholds
        on = X[test, :3] >= chosen
        scores += [f1_score(y[test], on, average=average) for average in ("macro", "micro")]
    assert tuned.best_score_ == pytest.approx(np.mean(scores))
    macro = TunedThresholdsCV(Told(), cv=KFOLD, combine="pooled", average="macro").fit(X, y)
    for params in ({"scoring": "f1_macro"}, {"constraint": "recall >= 0"}):
        other = TunedThresholdsCV(Told(), cv=KFOLD, combine="pooled", **params).fit(X, y)
        assert np.array_equal(other.thresholds_, macro.thresholds_)


def test_a_fold_without_a_positive_of_some_bit_does_not_count_for_it():
    X, y = made(n=90, n_bits=3)
    y[30:60, 1] = 0
    folds = [(np.setdiff1d(np.arange(90), t), t) for t in np.split(np.arange(90), 3)]
    tuned = TunedThresholdsCV(
        Told(), cv=folds, average="macro", combine="fold_mean", min_positives=0
    ).fit(X, y)
    assert np.argwhere(np.isnan(tuned.fold_thresholds_)).tolist() == [[1, 1]]
    own = tuned.fold_thresholds_[[0, 2], 1]
    assert tuned.thresholds_[1] == pytest.approx(own.mean())
    assert not np.isnan(tuned.best_score_)


@pytest.mark.filterwarnings("ignore:the estimator gives every row")
@pytest.mark.parametrize(
    "estimator",
    [
        DecisionTreeClassifier(max_depth=2, random_state=0),
        RandomForestClassifier(5, random_state=0),
        MultiOutputClassifier(DecisionTreeClassifier(max_depth=2, random_state=0)),
        OneVsRestClassifier(GaussianNB()),
        KNeighborsClassifier(3),
    ],
    ids=lambda e: type(e).__name__,
)
def test_a_bit_that_is_constant_in_a_folds_training_rows(estimator):
    """Its probability has one column; a fold that trains on no positive does not count."""
    X, y = made(n=60, n_bits=3)
    y[20:, 1] = 0  # fold 0 trains on no positive of bit 1
    y[20:, 2] = 1  # and on no negative of bit 2
    folds = [(np.setdiff1d(np.arange(60), t), t) for t in np.split(np.arange(60), 3)]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Label")  # OneVsRestClassifier, of such bits
        warnings.filterwarnings("ignore", r"bits \[1\] have fewer than 1 positive")
        tuned = TunedThresholdsCV(estimator, cv=folds, average="macro", min_positives=0).fit(X, y)
        folded = clone(estimator).fit(X[20:], y[20:])
    assert y[:20, 1].any()
    assert np.isnan(tuned.fold_thresholds_[:, 1]).all()
    assert tuned.thresholds_[1] > 0  # the shared cutoff: 0 would be on for every row
    p = folded.predict_proba(X[:20])
    if isinstance(p, list):
        assert [part.shape[1] for part in p] == [2, 1, 1]
    assert tuned.predict_proba(X).shape == (60, 3)


@pytest.mark.filterwarnings("ignore:the estimator gives every row")
def test_one_bit_that_is_constant_in_a_folds_training_rows():
    X, y = made(n=60, n_bits=1)
    y[20:] = 0
    folds = [(np.setdiff1d(np.arange(60), t), t) for t in np.split(np.arange(60), 3)]
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    tuned = TunedThresholdsCV(tree, cv=folds, kind="bits", average="macro", min_positives=0)
    with pytest.warns(UserWarning, match="fewer than 1 positive"):
        tuned.fit(X, y)
    assert np.isnan(tuned.fold_thresholds_).all()  # no fold that trains on a positive has one
    assert tuned.thresholds_.tolist() == [0.5]
    assert tuned.predict(X).shape == (60, 1)
    off = TunedThresholdsCV(tree.fit(X, y * 0), cv="prefit", kind="bits", min_positives=0)
    assert (off.fit(X, y).predict_proba(X) == 0).all()
    on = TunedThresholdsCV(tree.fit(X, y * 0 + 1), cv="prefit", kind="bits", min_positives=0)
    assert (on.fit(X, y).predict_proba(X) == 1).all()


def test_a_class_that_a_folds_training_rows_lack_has_probability_0():
    X, y = make_classification(90, n_classes=3, n_informative=4, random_state=0)
    y = np.sort(y)
    X = X + y[:, None]
    folds = [(np.flatnonzero(y != k), np.flatnonzero(y == k)[:10]) for k in (0, 1)]
    tuned = TunedThresholdsCV(GaussianNB(), cv=[*folds, *splits_of(StratifiedKFold(2), X, y)])
    tuned.fit(X, y)
    assert tuned.fold_thresholds_.shape == (4, 3)
    assert tuned.cv is not None
    assert (tuned.predict(X) == y).mean() > 0.5
    only = DecisionTreeClassifier().fit(X[y == 1], y[y == 1])
    assert tuned._task_.probabilities(only, X[:2]).tolist() == [[0.0, 1.0, 0.0]] * 2


# --- rare bits


def rare(n=60):
    X, y = made(n=n, n_bits=3)
    y[:, 1] = np.arange(n) % 15 == 0  # four of them
    return X, y


def test_rare_bits_take_the_shared_cutoff_and_are_named():
    X, y = rare()
    shared = TunedThresholdsCV(Told(), cv=KFOLD, average="shared").fit(X, y).thresholds_[0]
    tuned = TunedThresholdsCV(Told(), cv=KFOLD, average="macro")
    with pytest.warns(UserWarning, match=r"bits \[1\] have fewer than 10 positives") as told:
        tuned.fit(X, y)
    assert f"best for all bits together, {shared:.3g}." in str(told[0].message)
    assert told[0].filename == __file__
    assert tuned.thresholds_[1] == shared
    frame = pd.DataFrame(y, columns=["first", "second", "third"])
    with pytest.warns(UserWarning, match=r"bits \['second'\] have fewer"):
        clone(tuned).fit(X, frame)
    with pytest.warns(UserWarning, match=r"bits \[0, 1, 2\] have fewer than 99 positives"):
        tuned.set_params(min_positives=99).fit(X, y)
    assert tuned.thresholds_.tolist() == [shared] * 3


def test_0_lets_rare_bits_have_their_own():
    X, y = rare()
    tuned = TunedThresholdsCV(Told(), cv=KFOLD, average="macro", min_positives=0)
    tuned.fit(X, y)  # no warning
    with pytest.warns(UserWarning, match="rests on 4 rows of label 1 among the 60 rows held out"):
        alone = TunedThresholdsCV(Told(), cv=KFOLD).fit(X[:, 1:], y[:, 1])
    assert tuned.thresholds_[1] == alone.thresholds_[0]
    y[:, 1] = 0
    with pytest.warns(UserWarning, match=r"bits \[1\] have fewer than 1 positive among"):
        tuned.fit(X, y)


def test_what_a_threshold_rests_on_is_told():
    """Two labels have no other cutoff to take: the rows that it rests on are told."""
    X, y = made()
    y = (np.arange(60) % 30 == 0).astype(int)
    for labels, shown in ((y, "1"), (np.array(["no", "yes"])[y], "'yes'")):
        for tuned in (
            TunedThresholdsCV(Told(), cv=2),
            ThresholdGridSearchCV(Told(), {}, cv=2, error_score="raise"),
        ):
            with pytest.warns(UserWarning, match="rests on") as told:
                tuned.fit(X, labels)
            ((message, filename),) = [(str(one.message), one.filename) for one in told]
            rests_on = f" rests on 2 rows of label {shown} among the 60 rows held out. "
            assert rests_on in message
            assert filename == __file__
            assert message.startswith(f"the threshold {tuned._decide_at()[0]:.3g} ")
    enough = (np.arange(60) % 12 == 0).astype(int)
    TunedThresholdsCV(Told(), cv=2).fit(X, enough)  # no warning
    with pytest.warns(UserWarning, match="rests on 2 rows of label 0 among"):
        TunedThresholdsCV(Told(), cv=2).fit(X, 1 - y)


def test_a_class_of_two_rows_is_named_with_its_threshold():
    X, y = make_classification(90, n_classes=3, n_informative=5, random_state=0)
    y[np.flatnonzero(y == 2)[2:]] = 0
    tuned = TunedThresholdsCV(GaussianNB(), cv=2)
    with pytest.warns(UserWarning, match="rest on few rows") as told:
        tuned.fit(X, np.array(["a", "b", "c"])[y])
    (message,) = [str(one.message) for one in told]
    assert message.startswith("thresholds rest on few rows of the 90 rows held out: ")
    assert f"{tuned.thresholds_[2]:.3g} of 'c' on 2 rows. " in message


@pytest.mark.parametrize("kind", ["binary", "bits", "onehot"])
def test_a_constant_model_is_told(kind):
    X, y = made()
    y = np.arange(60) % (3 if kind == "onehot" else 2)
    if kind == "bits":
        y = np.column_stack([y, 1 - y])
    tuned = TunedThresholdsCV(DummyClassifier(strategy="prior"), cv=3, min_positives=0)
    of_bits = r" of bits \[0, 1\]" if kind == "bits" else ""
    with pytest.warns(UserWarning, match=f"held out the same probability{of_bits}, such as 0.[35]"):
        tuned.fit(X, y)


def test_tiny_logarithms_make_no_tiny_thresholds():
    """Midway between ratios of 1e-137 and 0.1 lies 0.05, not 1e-69."""
    p = np.array([[1.0, 1e-137], [1 - 1e-9, 1e-9], [0.6, 0.4], [0.3, 0.7]])
    best = best_thresholds([0, 0, 1, 1], p, kind="onehot", scoring="accuracy")
    assert best.score == 1.0
    assert best.thresholds.min() > 1e-3


# --- weights


def test_weights_reach_both_the_classifier_and_the_choice(fits):
    X, y = made()
    w = np.random.default_rng(1).random(60)
    tuned = TunedThresholdsCV(Told(), cv=KFOLD).fit(X, y, sample_weight=w)
    for (train, test), fit, own in zip(KFOLD.split(X), fits, tuned.fold_thresholds_, strict=False):
        assert np.array_equal(fit["sample_weight"], w[train])
        expected = best_thresholds(y[test], X[test, 0], sample_weight=w[test])
        assert own.tolist() == expected.thresholds.tolist()
    assert np.array_equal(fits[-1]["sample_weight"], w)
    plain = TunedThresholdsCV(Told(), cv=KFOLD).fit(X, y)
    assert not np.array_equal(tuned.fold_thresholds_, plain.fold_thresholds_)


@pytest.mark.parametrize("kind", ["binary", "bits", "onehot"])
@pytest.mark.parametrize("scoring", ["f1", "accuracy"])
def test_whole_weights_are_repeated_rows(kind, scoring):
    X, bits = made(n=50, n_bits=3)
    X = X[:, :3] / X[:, :3].sum(axis=1, keepdims=True) if kind == "onehot" else X
    y = {"binary": bits[:, 0], "bits": bits, "onehot": bits.sum(axis=1) % 3}[kind]
    w = np.random.default_rng(0).integers(0, 4, 50)
    again = np.repeat(np.arange(50), w)
    told = FrozenEstimator(Told().fit(X, y))
    tuned = TunedThresholdsCV(told, cv="prefit", scoring=scoring, min_positives=0)
    weighted = clone(tuned).fit(X, y, sample_weight=w)
    repeated = clone(tuned).fit(X[again], y[again])
    assert np.array_equal(weighted.thresholds_, repeated.thresholds_)
    assert weighted.best_score_ == pytest.approx(repeated.best_score_)
    assert weighted.default_score_ == pytest.approx(repeated.default_score_)


def test_weights_that_the_classifier_does_not_take_choose_alone():
    X, y = made()
    w = np.where(y, 9.0, 0.1)
    for estimator in (KNeighborsClassifier(), make_pipeline(StandardScaler(), NEWTON)):
        tuned = TunedThresholdsCV(estimator, cv=KFOLD)
        with pytest.warns(UserWarning, match="fit does not name sample_weight") as told:
            weighted = clone(tuned).fit(X, y, sample_weight=w)
        assert type(estimator).__name__ in str(told[0].message)
        assert told[0].filename == __file__
        p = weighted.predict_proba(X)
        assert np.array_equal(p, clone(tuned).fit(X, y).predict_proba(X))
        assert not np.array_equal(weighted.thresholds_, clone(tuned).fit(X, y).thresholds_)
    prefit = TunedThresholdsCV(KNeighborsClassifier().fit(X, y), cv="prefit")
    prefit.fit(X, y, sample_weight=w)  # nothing to warn of


def test_rows_of_weight_0_do_not_choose():
    X, y = made(n=90)
    w = np.ones(90)
    w[30:60] = 0  # all of a fold, and so of no fold's score
    folds = [(np.setdiff1d(np.arange(90), t), t) for t in np.split(np.arange(90), 3)]
    for classes in (y, made(n=90, n_bits=3)[1].sum(axis=1) % 3):
        tuned = TunedThresholdsCV(GaussianNB(), cv=folds, combine="fold_mean")
        tuned.fit(X, classes, sample_weight=w)
        assert np.isnan(tuned.fold_thresholds_[1]).all()
        assert np.isfinite(tuned.thresholds_).all()
        assert np.isfinite(tuned.best_score_)


@pytest.mark.parametrize("weights", [[1.0], np.full(60, -1.0), np.zeros(60), np.full(60, np.nan)])
def test_bad_weights_are_refused_before_any_fit(fits, weights):
    X, y = made()
    with pytest.raises(ValueError, match="sample_weight|[Ww]eight|inconsistent"):
        TunedThresholdsCV(Told(), cv=3).fit(X, y, sample_weight=weights)
    assert not fits


# --- metadata


def test_groups_go_to_the_splitter(fits):
    X, y = made()
    groups = np.repeat(np.arange(6), 10)
    tuned = TunedThresholdsCV(Told(), cv=GroupKFold(3))
    tuned.fit(X, y, groups=groups)
    rows = {tuple(row): group for row, group in zip(X.tolist(), groups, strict=True)}
    for fit in fits[:3]:
        trained = {rows[tuple(row)] for row in fit["X"].tolist()}
        assert len(trained) == 4
        assert len(fit["X"]) == 40
    with config_context(enable_metadata_routing=True):
        routed = clone(tuned).fit(X, y, groups=groups)
    assert np.array_equal(routed.thresholds_, tuned.thresholds_)


def test_routing_gives_weights_to_those_who_ask(fits):
    X, y = made()
    w = np.random.default_rng(1).random(60)
    plain = TunedThresholdsCV(Told(), cv=KFOLD).fit(X, y, sample_weight=w)
    fits.clear()
    with config_context(enable_metadata_routing=True):
        with pytest.raises(ValueError, match=r"sample_weight.*are passed but are not explicitly s"):
            TunedThresholdsCV(Told(), cv=KFOLD).fit(X, y, sample_weight=w)
        asking = Told().set_fit_request(sample_weight=True)
        asked = TunedThresholdsCV(asking, cv=KFOLD).fit(X, y, sample_weight=w)
        assert np.array_equal(fits[0]["sample_weight"], w[next(KFOLD.split(X))[0]])
        assert np.array_equal(fits[-1]["sample_weight"], w)
        assert np.array_equal(asked.thresholds_, plain.thresholds_)
        fits.clear()
        silent = Told().set_fit_request(sample_weight=False)
        chosen = TunedThresholdsCV(silent, cv=KFOLD).fit(X, y, sample_weight=w)
        assert [fit["sample_weight"] for fit in fits] == [None] * 4
        assert np.array_equal(chosen.thresholds_, plain.thresholds_)


def test_routing_reaches_a_step_of_a_pipeline_and_comes_from_a_search(fits):
    X, y = made()
    w = np.random.default_rng(1).random(60)
    with config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(
            StandardScaler().set_fit_request(sample_weight=False),
            Told().set_fit_request(sample_weight=True),
        )
        with pytest.raises(ValueError, match="StandardScaler.*expected|predict_proba gives"):
            TunedThresholdsCV(pipeline, cv=KFOLD).fit(X, y, sample_weight=w)  # no probabilities
        assert np.array_equal(fits[0]["sample_weight"], w[next(KFOLD.split(X))[0]])
        tuned = TunedThresholdsCV(Told().set_fit_request(sample_weight=True), cv=2)
        tuned.set_fit_request(sample_weight=True)
        fits.clear()
        silent = make_scorer(f1_score).set_score_request(sample_weight=False)
        search = GridSearchCV(tuned, {"scoring": ["f1"]}, cv=KFOLD, scoring=silent)
        search.fit(X, y, sample_weight=w)
        assert np.array_equal(fits[2]["sample_weight"], w[next(KFOLD.split(X))[0]])


def test_fixed_thresholds_pass_everything_on(fits):
    X, y = made()
    w = np.random.default_rng(1).random(60)
    FixedThresholds(Told()).fit(X, y, sample_weight=w)
    assert np.array_equal(fits[0]["sample_weight"], w)
    groups = np.repeat(np.arange(6), 10)
    search = GridSearchCV(NEWTON, {"C": [1.0]}, cv=GroupKFold(3))
    fixed = FixedThresholds(search).fit(X, y, groups=groups)
    assert fixed.estimator_.n_splits_ == 3
    with config_context(enable_metadata_routing=True):
        fits.clear()
        FixedThresholds(Told().set_fit_request(sample_weight=True)).fit(X, y, sample_weight=w)
        assert np.array_equal(fits[0]["sample_weight"], w)
        with pytest.raises(ValueError, match="are passed but are not explicitly set as requested"):
            FixedThresholds(Told()).fit(X, y, sample_weight=w)


# --- results by fold


def test_stored_results_of_two_labels():
    X, y = made(n=90)
    tuned = TunedThresholdsCV(Told(), cv=KFOLD, store_cv_results=True).fit(X, y)
    results = tuned.cv_results_
    tests = [test for _, test in KFOLD.split(X)]
    assert results["fold_scores"].shape == results["fold_default_scores"].shape == (3,)
    assert results["fold_scores"].mean() == pytest.approx(tuned.best_score_)
    assert results["fold_default_scores"].mean() == pytest.approx(tuned.default_score_)
    assert results["thresholds"].shape == results["scores"].shape == results["std"].shape == (91,)
    for i in (0, 17, 45, 90):
        cutoff = results["thresholds"][i]
        values = [f1_score(y[t], X[t, 0] >= cutoff, zero_division=0) for t in tests]
        assert results["scores"][i] == pytest.approx(np.mean(values))
        assert results["std"][i] == pytest.approx(np.std(values))


def test_stored_results_of_bits_are_a_curve_each():
    X, y = made(n=60, n_bits=3)
    y[20:40, 1] = 0
    folds = [(np.setdiff1d(np.arange(60), t), t) for t in np.split(np.arange(60), 3)]
    tuned = TunedThresholdsCV(Told(), cv=folds, average="macro", min_positives=0)
    tuned.set_params(store_cv_results=True).fit(X, y)
    results = tuned.cv_results_
    assert [len(results[name]) for name in ("thresholds", "scores", "std")] == [3, 3, 3]
    assert [len(part) for part in results["scores"]] == [61, 41, 61]  # as far as folds count
    curve = clone(tuned).set_params(combine="mean_curve").fit(X, y)
    for k in range(3):
        at = np.searchsorted(results["thresholds"][k], curve.thresholds_[k])
        assert results["thresholds"][k][at] == curve.thresholds_[k]
        assert results["scores"][k][at] == results["scores"][k].max()


@pytest.mark.parametrize(
    ("params", "y"),
    [
        ({"average": "micro"}, made(n_bits=3)[1]),
        ({"scoring": lambda y_true, y_pred: f1_score(y_true, y_pred)}, made()[1]),
        ({}, made(n_bits=3)[1].sum(axis=1)),
    ],
)
def test_curves_are_those_of_formulas_of_one_column(params, y):
    X, _ = made()
    tuned = TunedThresholdsCV(GaussianNB(), cv=3, store_cv_results=True, **params)
    if y.ndim == 2:
        tuned.set_params(estimator=OneVsRestClassifier(GaussianNB()))
    elif len(np.unique(y)) > 2:
        y = np.minimum(y, 2)
    assert set(tuned.fit(X, y).cv_results_) == {"fold_scores", "fold_default_scores"}


def test_results_are_kept_only_where_they_are_asked_for():
    X, y = made()
    tuned = TunedThresholdsCV(Told(), cv=3, store_cv_results=True).fit(X, y)
    assert hasattr(tuned, "cv_results_")
    assert not hasattr(tuned.set_params(store_cv_results=False).fit(X, y), "cv_results_")


# --- forms of the target and of X


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(4, max_depth=2, random_state=0),  # a list of arrays
        MultiOutputClassifier(GaussianNB()),  # a list of arrays
        OneVsRestClassifier(GaussianNB()),  # one array
        ClassifierChain(GaussianNB()),
        KNeighborsClassifier(5),
        make_pipeline(StandardScaler(), MultiOutputClassifier(GaussianNB())),
        GridSearchCV(RandomForestClassifier(4, random_state=0), {"max_depth": [2]}, cv=2),
    ],
    ids=lambda e: type(e).__name__,
)
def test_classifiers_of_bits(estimator):
    X, y = made(n_bits=3)
    tuned = TunedThresholdsCV(estimator, cv=KFOLD).fit(X, y)
    p = clone(estimator).fit(X, y).predict_proba(X)
    if isinstance(p, list):
        p = np.stack([part[:, 1] for part in p], axis=1)
    assert np.array_equal(tuned.predict_proba(X), p)
    assert np.array_equal(tuned.predict(X), p >= tuned.thresholds_)
    assert tuned.predict(X).dtype.kind == "i"
    assert tuned.classes_.tolist() == [0, 1, 2]
    assert np.array_equal(tuned.decision_function(X) >= 0, tuned.predict(X) == 1)


BIT_FORMS = {
    "list": lambda y: y.tolist(),
    "bool": lambda y: y.astype(bool),
    "float": lambda y: y.astype(float),
    "data frame": lambda y: pd.DataFrame(y, columns=["one", "two", "three"]),
    "polars": lambda y: pl.DataFrame(y, schema=["one", "two", "three"]),
    "csr matrix": sparse.csr_matrix,
    "csc array": sparse.csc_array,
    "read-only": lambda y: np.frombuffer(y.astype(int).tobytes(), dtype=int).reshape(y.shape),
    "columns first": np.asfortranarray,
}


@pytest.mark.parametrize("form", BIT_FORMS)
@pytest.mark.parametrize(
    "estimator",
    [RandomForestClassifier(3, random_state=0), OneVsRestClassifier(GaussianNB())],
    ids=["forest", "one-vs-rest"],
)
def test_forms_of_bits(estimator, form):
    X, y = made(n_bits=3)
    plain = TunedThresholdsCV(estimator, cv=KFOLD).fit(X, y)
    other = TunedThresholdsCV(estimator, cv=KFOLD).fit(X, BIT_FORMS[form](y))
    assert np.array_equal(other.thresholds_, plain.thresholds_)
    assert np.array_equal(other.predict(X), plain.predict(X))
    assert other.best_score_ == plain.best_score_


LABEL_FORMS = {
    "list": (lambda y: y.tolist(), [0, 1]),
    "bool": (lambda y: y.astype(bool), [False, True]),
    "float": (lambda y: y.astype(float), [0.0, 1.0]),
    "text": (lambda y: np.array(["no", "yes"])[y], ["no", "yes"]),
    "objects": (lambda y: np.array(["no", "yes"], dtype=object)[y], ["no", "yes"]),
    "minus one": (lambda y: 2 * y - 1, [-1, 1]),
    "series": (lambda y: pd.Series(y, index=np.arange(60) + 7), [0, 1]),
    "categories": (lambda y: pd.Series(pd.Categorical(np.array(["no", "yes"])[y])), ["no", "yes"]),
    "polars": (lambda y: pl.Series(np.array(["no", "yes"])[y]), ["no", "yes"]),
}


@pytest.mark.parametrize("form", LABEL_FORMS)
def test_forms_of_labels(form):
    X, y = made()
    plain = TunedThresholdsCV(NEWTON, cv=KFOLD).fit(X, y)
    convert, classes = LABEL_FORMS[form]
    other = TunedThresholdsCV(NEWTON, cv=KFOLD).fit(X, convert(y))
    assert other.classes_.tolist() == classes
    assert np.allclose(other.thresholds_, plain.thresholds_)
    assert other.predict(X).tolist() == [classes[k] for k in plain.predict(X)]


def test_a_column_of_labels_is_ravelled_with_a_warning():
    X, y = made()
    with pytest.warns(DataConversionWarning):
        tuned = TunedThresholdsCV(NEWTON, cv=KFOLD).fit(X, y.reshape(-1, 1))
    assert tuned.predict(X).shape == (60,)


@pytest.mark.parametrize(
    "form",
    [
        np.ndarray.tolist,
        sparse.csr_matrix,
        sparse.coo_array,
        lambda X: pd.DataFrame(X, columns=list("abcd"), index=np.arange(60)[::-1]),
        lambda X: pl.DataFrame(X, schema=list("abcd")),
    ],
    ids=["list", "csr", "coo", "pandas", "polars"],
)
@pytest.mark.parametrize("n_bits", [None, 3])
def test_forms_of_X(form, n_bits):
    X, y = made(n_bits=n_bits)
    # trees: sums of sparse numbers may differ in their last digits
    tuned = TunedThresholdsCV(RandomForestClassifier(3, random_state=0), cv=KFOLD, min_positives=0)
    plain = clone(tuned).fit(X, y)
    other = tuned.fit(form(X), y)
    assert np.array_equal(other.thresholds_, plain.thresholds_)
    assert np.array_equal(other.predict(form(X)), plain.predict(X))
    assert other.n_features_in_ == 4
    names = getattr(other, "feature_names_in_", None)
    assert (names is None) == (not hasattr(form(X), "columns"))
    assert hasattr(plain, "feature_names_in_") is False
    if names is not None:
        assert list(names) == list("abcd")
        assert not hasattr(other.fit(X, y), "feature_names_in_")  # those of an earlier fit are gone


@pytest.mark.parametrize("n_bits", [None, 3])
def test_inputs_are_never_changed(n_bits):
    X, y = made(n_bits=n_bits)
    w = np.ones(60)
    for part in (X, y, w):
        part.flags.writeable = False
    frame, target = pd.DataFrame(X), pd.DataFrame(y) if n_bits else pd.Series(y)
    before = frame.copy(), target.copy()
    clf = RandomForestClassifier(3, random_state=0)
    params = TunedThresholdsCV(clf, cv=KFOLD).get_params()
    tuned = TunedThresholdsCV(clf, cv=KFOLD).fit(X, y, sample_weight=w)
    TunedThresholdsCV(clf, cv=KFOLD).fit(frame, target, sample_weight=w)
    assert frame.equals(before[0])
    assert target.equals(before[1])
    assert str(tuned.get_params()) == str(params)
    assert not hasattr(clf, "estimators_")


def test_names_of_bits_are_those_of_the_frame():
    X, y = made(n_bits=3)
    frame = pd.DataFrame(y, columns=["one", "two", "three"])
    forest = RandomForestClassifier(3, random_state=0)
    fixed = FixedThresholds(forest, threshold={"two": 0.9}).fit(X, frame)
    assert fixed.thresholds_.tolist() == [0.5, 0.9, 0.5]
    with pytest.raises(ValueError, match="threshold names 'four'"):
        FixedThresholds(forest, threshold={"four": 0.9}).fit(X, frame)


def test_log_probabilities():
    X, y = made(n_bits=3)
    X[0] = 0
    for target in (y, y[:, 0]):
        tuned = TunedThresholdsCV(Told(), cv=KFOLD).fit(X, target)
        logs = tuned.predict_log_proba(X)
        assert np.array_equal(np.exp(logs) == 0, tuned.predict_proba(X) == 0)
        assert np.allclose(np.exp(logs), tuned.predict_proba(X))


class WithLabels(Told):
    """It says of each label what a column of X says: its labels may be in any order, or one."""

    def __init__(self, labels=("no", "yes")):
        self.labels = labels

    def fit(self, X, y):
        self.classes_ = np.array(self.labels)
        return self

    def predict_proba(self, X):
        return np.asarray(X)[:, : len(self.labels)]


@pytest.mark.parametrize(
    ("labels", "column_of"),
    [(("no", "yes"), [0, 1]), (("yes", "no"), [1, 0]), (("no",), [0, None]), (("yes",), [None, 0])],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, int])
@pytest.mark.parametrize("pos_label", [None, "no"])
def test_two_columns_in_the_order_of_the_labels(labels, column_of, dtype, pos_label):
    y = np.array(["no", "yes"] * 3)
    X = np.array([[1, 0], [0, 1]] * 3, dtype=dtype)[:, : len(labels)]
    fixed = FixedThresholds(WithLabels(labels), pos_label=pos_label).fit(X, y)
    p = fixed.predict_proba(X)
    assert p.dtype == (np.float64 if dtype is int else dtype)
    expected = [np.zeros(6) if k is None else X[:, k] for k in column_of]
    assert np.array_equal(p, np.column_stack(expected))
    assert np.array_equal(
        fixed.predict(X) == (pos_label or "yes"), p[:, int(pos_label is None)] >= 0.5
    )


# --- the positive label


def test_pos_label_is_the_label_whose_probability_is_tuned():
    X, y = made(n=90)
    labels = np.array(["no", "yes"])[y]
    tuned = TunedThresholdsCV(Told(), cv=KFOLD, pos_label="no").fit(X, labels)
    p_no = 1 - X[:, 0]
    own = [best_thresholds(y[t] == 0, p_no[t]).threshold for _, t in KFOLD.split(X)]
    assert tuned.fold_thresholds_.ravel().tolist() == own
    assert tuned.classes_.tolist() == ["no", "yes"]
    assert tuned.predict(X).tolist() == np.where(p_no >= np.mean(own), "no", "yes").tolist()
    assert np.array_equal(tuned.predict_proba(X), np.column_stack([p_no, X[:, 0]]))
    later = TunedThresholdsCV(Told(), cv=KFOLD, pos_label="yes").fit(X, labels)
    plain = TunedThresholdsCV(Told(), cv=KFOLD).fit(X, labels)
    assert np.array_equal(later.thresholds_, plain.thresholds_)


@pytest.mark.parametrize("pos_label", ["no", "yes"])
@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.5, 1.0, np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_sign_of_the_decision_function_is_the_decision(pos_label, threshold, dtype):
    """Positive is classes_[1], on every row; a tie is the positive label's, whichever that is."""

    class InDtype(Told):
        def predict_proba(self, X):
            return super().predict_proba(X).astype(dtype)

    X = np.array([[0.0], [0.25], [0.5], [0.75], [1.0], [0.3]])
    y = np.array(["no", "yes"] * 3)
    fixed = FixedThresholds(InDtype(), threshold=threshold, pos_label=pos_label).fit(X, y)
    p = X[:, 0] if pos_label == "yes" else 1 - X[:, 0]
    other = "no" if pos_label == "yes" else "yes"
    assert fixed.predict(X).tolist() == np.where(p >= threshold, pos_label, other).tolist()
    distance = fixed.decision_function(X)
    assert np.isfinite(distance).all()
    assert np.array_equal(distance >= 0, fixed.predict(X) == "yes")
    assert np.array_equal(distance > 0, (fixed.predict(X) == "yes") & (p != threshold))


def test_bits_and_classes_are_decided_as_their_probabilities_say():
    X, y = made(n=80, n_bits=3)
    X = np.round(X, 1)  # ties
    tuned = TunedThresholdsCV(Told(), cv=KFOLD).fit(X, y)
    assert np.array_equal(tuned.predict(X), tuned.predict_proba(X) >= tuned.thresholds_)
    assert np.array_equal(tuned.decision_function(X) >= 0, tuned.predict(X) == 1)
    at_ties = FixedThresholds(Told(), threshold=[0.1, 0.5, 0.9]).fit(X, y)
    assert np.array_equal(at_ties.predict(X), X[:, :3] >= [0.1, 0.5, 0.9])
    assert np.array_equal(at_ties.decision_function(X) >= 0, at_ties.predict(X) == 1)

    p = X[:, :3] / X[:, :3].sum(axis=1, keepdims=True)
    labels = np.array(["ant", "bee", "cat"])[p.argmax(axis=1)]
    classes = TunedThresholdsCV(Told(), cv=KFOLD).fit(p, labels)
    decided = classes.classes_[classes.decision_function(p).argmax(axis=1)]
    assert np.array_equal(classes.predict(p), decided)
    assert classes.thresholds_.shape == (3,)
    ratio = p / classes.thresholds_
    assert (ratio[np.arange(80), np.searchsorted(classes.classes_, decided)] >=
            ratio.max(axis=1) * (1 - 1e-9)).all()  # fmt: skip


def test_two_labels_may_be_decided_as_classes():
    X, y = made()
    tuned = TunedThresholdsCV(NEWTON, cv=3, kind="onehot").fit(X, y)
    assert tuned.thresholds_.shape == (2,)
    distance = tuned.decision_function(X)
    assert np.array_equal(distance > 0, tuned.predict(X) == 1)
    ratio = tuned.predict_proba(X) / tuned.thresholds_
    assert np.allclose(distance, np.log(ratio[:, 1] / ratio[:, 0]))
    scores = cross_val_score(tuned, X, y, cv=3, scoring="roc_auc")
    assert np.allclose(scores, cross_val_score(NEWTON, X, y, cv=3, scoring="roc_auc"))


def test_classes_are_tuned_by_the_ratio_rule():
    X, y = make_classification(
        600, n_classes=3, n_informative=5, weights=[0.8, 0.15], flip_y=0.1, random_state=0
    )
    tuned = TunedThresholdsCV(NEWTON, cv=3, scoring="balanced_accuracy").fit(X, y)
    assert tuned.best_score_ > tuned.default_score_ + 0.02
    assert np.array_equal(np.unique(tuned.predict(X)), [0, 1, 2])
    p = np.concatenate([
        clone(NEWTON).fit(X[train], y[train]).predict_proba(X[test])
        for train, test in StratifiedKFold(3).split(X, y)
    ])  # fmt: skip
    rows = np.concatenate([test for _, test in StratifiedKFold(3).split(X, y)])
    pooled = best_thresholds(y[rows], p, scoring="balanced_accuracy")
    assert np.allclose(tuned.thresholds_, pooled.thresholds)


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(5, max_depth=3, random_state=0),
        MultiOutputClassifier(GaussianNB()),
        KNeighborsClassifier(5),
    ],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.parametrize("n_groups", [1, 2])
def test_one_hot_rows_of_classifiers_that_give_lists(estimator, n_groups):
    rng = np.random.default_rng(0)
    X, winner = rng.random((90, 6)), rng.integers(3, size=(90, n_groups))
    X[np.arange(90), winner[:, 0]] += 1
    y = np.eye(3, dtype=int)[winner].reshape(90, -1)
    tuned = TunedThresholdsCV(estimator, cv=KFOLD, kind="onehot", n_groups=n_groups).fit(X, y)
    assert tuned.predict_proba(X).shape == (90, 3 * n_groups)
    blocks = tuned.predict(X).reshape(90, n_groups, 3)
    assert (blocks.sum(axis=2) == 1).all()
    largest = tuned.decision_function(X).reshape(blocks.shape).argmax(axis=2)
    assert np.array_equal(blocks.argmax(axis=2), largest)
    assert (tuned.predict(X) == y).mean() > 0.6


# --- as a part of others


def test_inside_of_searches_pipelines_and_cross_validation():
    X, y = made(n=90)
    tuned = TunedThresholdsCV(NEWTON, cv=2)
    search = GridSearchCV(tuned, {"estimator__C": [0.1, 10.0], "scoring": ["f1"]}, cv=2).fit(X, y)
    best = search.best_estimator_
    assert search.best_params_["estimator__C"] == best.estimator_.C
    pipeline = make_pipeline(StandardScaler(), tuned).fit(X, y)
    assert pipeline.predict(X).shape == (90,)
    assert pipeline.n_features_in_ == 4
    scores = cross_val_score(tuned, X, y, cv=3, scoring="roc_auc")
    plain = cross_val_score(NEWTON, X, y, cv=3, scoring="roc_auc")
    assert np.allclose(scores, plain)  # thresholds change no ranks
    for method in ("predict", "predict_proba", "decision_function"):
        assert len(cross_val_predict(tuned, X, y, cv=2, method=method)) == 90
    bits = made(n=90, n_bits=3)[1]
    forest = RandomForestClassifier(3, random_state=0)
    forest = TunedThresholdsCV(forest, cv=2, min_positives=0)
    assert cross_val_score(forest, X, bits, cv=2, scoring="f1_macro").shape == (2,)
    nested = TunedThresholdsCV(tuned, cv="prefit").set_params(estimator=tuned.fit(X, y))
    assert np.array_equal(nested.fit(X, y).predict_proba(X), tuned.predict_proba(X))


@pytest.mark.parametrize("wrapper", [TunedThresholdsCV, FixedThresholds])
def test_clones_and_pickles(wrapper):
    X, y = made(n_bits=3)
    forest = RandomForestClassifier(3, random_state=0)
    params = {"cv": 3} if wrapper is TunedThresholdsCV else {"threshold": [0.2, 0.5, np.inf]}
    fitted = wrapper(forest, **params).fit(X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(loaded.predict(X), fitted.predict(X))
    assert np.array_equal(loaded.thresholds_, fitted.thresholds_)
    unfitted = clone(fitted)
    with pytest.raises(NotFittedError):
        unfitted.predict(X)
    assert not hasattr(unfitted, "thresholds_")
    assert np.array_equal(unfitted.fit(X, y).predict(X), fitted.predict(X))


def test_two_processes_give_what_one_gives():
    X, y = made(n_bits=3)
    forest = RandomForestClassifier(3, random_state=0)
    tuned = TunedThresholdsCV(forest, cv=3, min_positives=0, store_cv_results=True)
    one, two = (clone(tuned).set_params(n_jobs=n).fit(X, y) for n in (1, 2))
    assert np.array_equal(one.thresholds_, two.thresholds_)
    assert np.array_equal(one.fold_thresholds_, two.fold_thresholds_, equal_nan=True)
    assert one.best_score_ == two.best_score_
    assert np.array_equal(one.predict(X), two.predict(X))
    kept = tuned.set_params(cv=0.3, refit=False, random_state=0, n_jobs=2).fit(X, y)
    assert kept.predict(X).shape == y.shape


def test_a_failed_fit_leaves_everything_as_it_was():
    X, y = made()
    tuned = TunedThresholdsCV(Told(), cv=3, store_cv_results=True).fit(X, y)
    before = dict(vars(tuned))
    changes = [{"estimator": Told(fails=True)}, {"scoring": "roc_auc"}, {"cv": 1}]
    changes += [{"constraint": "precision >= 0.99", "combine": "mean_curve", "scoring": "recall"}]
    for change in changes:
        tuned.set_params(store_cv_results=False, **change)
        with pytest.raises((ValueError, RuntimeError)):
            tuned.fit(X[:, :2], y)
        tuned.set_params(**{name: before[name] for name in (*change, "store_cv_results")})
        assert vars(tuned).keys() == before.keys()
        assert all(vars(tuned)[name] is before[name] for name in before)


def test_fixed_thresholds_follow_their_parameter_without_a_fit(fits):
    X, y = made()
    fixed = FixedThresholds(Told()).fit(X, y)
    assert np.array_equal(fixed.predict(X), X[:, 0] >= 0.5)
    fixed.set_params(threshold=0.25)
    assert np.array_equal(fixed.predict(X), X[:, 0] >= 0.25)
    assert fixed.thresholds_.tolist() == [0.25]
    assert len(fits) == 1
    with pytest.raises(ValueError, match=r"threshold=1.5 is outside \[0, 1\]"):
        FixedThresholds(Told(), threshold=1.5).fit(X, y)
    assert len(fits) == 1


# --- skbits' own classifiers


@pytest.mark.parametrize(
    ("estimator", "target"),
    [("BinaryClassifier", "y"), ("BitVectorClassifier", "bits"), ("OneHotClassifier", "labels")],
)
def test_keras_classifiers(table, trainings, fast, estimator, target):
    y = getattr(table, target)
    clf = getattr(skbits, estimator)(**fast)
    tuned = TunedThresholdsCV(clf, cv=3, n_jobs=None).fit(table.X, y)
    assert len(trainings) == 4
    p = tuned.predict_proba(table.X)
    assert p.dtype == np.float32
    tuned.estimator_.set_params(threshold=tuned.thresholds_ if y.ndim > 1 or target == "labels"
                                else float(tuned.thresholds_[0]))  # fmt: skip
    assert np.array_equal(tuned.predict(table.X), tuned.estimator_.predict(table.X))


# --- bad input


def bad_probabilities(value):
    class Bad(Told):
        def predict_proba(self, X):
            return super().predict_proba(X) * 0 + value

    return Bad()


BITS = {"y": made(n_bits=3)[1]}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"combine": "best"}, "combine='best': expected 'auto' or one of fold_mean, mean_curve"),
        ({"min_positives": -1}, "min_positives=-1: expected an int of at least 0"),
        ({"min_positives": 2.5}, "min_positives=2.5: expected an int of at least 0"),
        ({"cv": 1.5}, "cv=1.5: expected a share of the rows, between 0 and 1"),
        ({"cv": 0.0}, "cv=0.0: expected a share"),
        ({"cv": 1}, "cv=1: expected at least 2 folds. A float is the share"),
        ({"cv": True}, "cv=True: expected at least 2 folds"),
        ({"cv": "loo"}, "cv='loo': Expected `?cv`? as an integer"),
        ({"cv": []}, "makes 0 splits"),
        ({"cv": [(np.arange(60), [])]}, "or one without rows: expected rows to train on"),
        ({"kind": "words"}, "kind='words': expected 'auto' or one of binary, bits, onehot"),
        ({"kind": "bits"}, "y has shape .*: expected"),
        ({"kind": "binary", **BITS}, "y should be a 1d array"),
        ({"kind": "onehot", **BITS}, "ones in row .*: expected exactly one"),
        ({"pos_label": 2}, r"pos_label=2: expected one of \[0, 1\]"),
        ({"pos_label": 1, **BITS}, "pos_label=1 with a target of kind 'bits': expected None"),
        ({"n_groups": 0}, "n_groups=0: expected an int of at least 1"),
        ({"n_groups": 2, **BITS}, "n_groups=2 with a target of kind 'bits': expected 1"),
        ({"n_groups": 2}, "n_groups=2 with a target of kind 'binary': expected 1"),
        ({"scoring": "roc_auc"}, "scoring='roc_auc' reads probabilities or scores, not decisions"),
        ({"scoring": "neg_log_loss"}, "scoring='neg_log_loss' reads probabilities"),
        ({"scoring": "f_2"}, "scoring='f_2'"),
        ({"scoring": 3}, "scoring=3"),
        ({"scoring": "share_decided", "y": BITS["y"].sum(axis=1)},
            "'share_decided' tunes when to abstain, and TunedThresholdsCV always decides. Use "),
        ({"scoring": "accuracy", "constraint": "share_decided >= 0.5", "y": BITS["y"].sum(axis=1)},
            "constraint='share_decided >= 0.5': 'share_decided' tunes"),
        ({"scoring": ("neg_cost", np.ones((2, 2, 2))), **BITS}, "2 cost matrices for 3 bits"),
        ({"scoring": lambda tp, fp, fn, tn: 1.0, **BITS}, "gave shape"),
        ({"average": "weighted"}, "average='weighted': expected None or one of binary"),
        ({"constraint": "recall > 0.5"}, "constraint='recall > 0.5': expected 'recall >= 0.9'"),
        ({"constraint": "recall >= 0.5", "combine": "half_f1"}, "combine='half_f1' contradicts"),
        ({"max_evaluations": 1}, "max_evaluations=1: expected an int of at least 2"),
        ({"n_jobs": 0}, "n_jobs=0: expected a number"),
        ({"scoring": ["f1", "accuracy"]}, r"scoring=\['f1', 'accuracy'\] .*: expected one metric"),
        ({"scoring": {"a": "f1"}, "refit": "a"}, "scoring={'a': 'f1'} holds several: expected one"),
        ({"refit": "f1"}, "refit='f1': expected True or False.*name it with scoring="),
        ({"refit": max}, "refit=<built-in function max>: expected True or False"),
        ({"refit": None}, "refit=None: expected True or False"),
        ({"y": None}, "requires y to be passed, but the target y is None"),
        ({"y": np.zeros(60)}, r"y has one class only, \[0.0\]: expected at least two"),
        ({"y": np.zeros(59)}, "inconsistent numbers of samples"),
        ({"y": np.linspace(0, 1, 60)}, "Unknown label type: continuous"),
        ({"y": np.where(np.arange(60) % 2, np.nan, 1.0)}, "y holds nan in row 1, a missing label"),
        ({"y": np.where(np.arange(60) % 2, np.inf, 1.0)}, "y contains infinity"),
        ({"estimator": LinearSVC()}, "estimator=LinearSVC has no predict_proba, which thresholds"),
    ],
)  # fmt: skip
def test_what_is_refused_before_any_fit(fits, params, message):
    X, y = made()
    params = {"estimator": Told(), **params}
    y = params.pop("y", y)
    with pytest.raises(ValueError, match=message):
        TunedThresholdsCV(**params).fit(X, y)
    assert not fits


@pytest.mark.parametrize(
    ("value", "message"),
    [(np.nan, "Bad.predict_proba gives nan: expected"), (1.5, r"1.5: expected .* in \[0, 1\]")],
)
def test_probabilities_that_are_none(value, message):
    X, y = made()
    with pytest.raises(ValueError, match=message):
        TunedThresholdsCV(bad_probabilities(value), cv=3).fit(X, y)


def test_probabilities_may_be_off_by_their_last_digits():
    X, y = made()
    for value in (np.nextafter(1.0, 2), 1 + 1e-9):
        tuned = TunedThresholdsCV(bad_probabilities(value), cv=3, scoring="accuracy")
        with pytest.warns(UserWarning, match="the same probability, such as 1: no threshold tells"):
            tuned.fit(X, y)
        assert tuned.thresholds_.tolist() == [np.inf]
        assert tuned.predict(X).sum() == 0


class WithoutClasses(Told):
    def fit(self, X, y):
        super().fit(X, y)
        del self.classes_
        self.width_ = 1 if np.ndim(y) == 1 else np.shape(y)[1]
        return self

    def predict_proba(self, X):
        p = np.asarray(X)
        if self.width_ == 1:
            return p[:, :2]
        return [np.column_stack([1 - p[:, k], p[:, k]]) for k in range(self.width_)]


def test_classifiers_that_do_not_say_their_classes():
    X, y = made(n_bits=3)
    tuned = TunedThresholdsCV(WithoutClasses(), cv=KFOLD).fit(X, y)
    assert np.array_equal(tuned.predict_proba(X), X[:, :3])
    with pytest.raises(ValueError, match="for None as classes_: expected a column for each class"):
        TunedThresholdsCV(WithoutClasses(), cv=KFOLD).fit(X, y[:, 0])


def test_a_classifier_of_other_classes_than_those_of_y():
    X, y = make_classification(90, n_classes=3, n_informative=4, random_state=0)
    frozen = FrozenEstimator(GaussianNB().fit(X, y))
    for kept in ([0, 1], [0, 2]):
        some = np.isin(y, kept)
        for wrapper in (FixedThresholds(frozen), TunedThresholdsCV(frozen, cv=2)):
            with pytest.raises(ValueError, match=r"fitted on the classes \[0, 1, 2\], and y has"):
                wrapper.fit(X[some], y[some]).predict(X)


def test_a_constraint_that_cannot_be_met_says_what_can():
    X, y = made(n=90)
    for combine in ("auto", "fold_mean", "mean_curve"):
        tuned = TunedThresholdsCV(
            bad_probabilities(0.4), cv=3, combine=combine, constraint="precision >= 0.9"
        )
        with pytest.raises(ValueError, match="cannot be met by any cutoff.*best attainable prec"):
            tuned.fit(X, y)
    met = TunedThresholdsCV(Told(), cv=KFOLD, scoring="precision", constraint="recall >= 0.8")
    met.fit(X, y)
    assert (met.predict(X)[y == 1].mean()) >= 0.8  # pooled: on all out-of-fold rows together


# --- scikit-learn's checks

ARGMAX = "the check wants predict to be the largest probability, which a tuned cutoff changes"


def flat(tp, fp, fn, tn):
    """Every cutoff is as good as any other, so that 0.5 stays."""
    return tp * 0.0


def meta_estimators(**params):
    return [
        TunedThresholdsCV(NEWTON, cv=3, **params),
        ThresholdGridSearchCV(NEWTON, {"C": [1.0]}, cv=3, error_score="raise", **params),
    ]


@parametrize_with_checks(
    [*meta_estimators(), FixedThresholds(NEWTON)],
    expected_failed_checks=lambda estimator: (
        {} if isinstance(estimator, FixedThresholds) else {"check_classifiers_train": ARGMAX}
    ),
)
@pytest.mark.filterwarnings("ignore:the threshold .* rests on")
@pytest.mark.filterwarnings("ignore:the estimator gives every row")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def excused_checks():
    for estimator in meta_estimators(scoring=flat):
        for _, check in estimator_checks_generator(estimator):
            if check.func.__name__ == "check_classifiers_train":
                yield pytest.param(estimator, check, id=f"{type(estimator).__name__}-{check!s:.9}")


@pytest.mark.parametrize(("estimator", "check"), list(excused_checks()))
def test_the_excused_checks_pass_where_the_cutoff_stays(estimator, check):
    check(estimator)


# --- one-hot rows


ROWS = make_classification(
    90, 4, n_informative=3, n_redundant=0, n_classes=3, random_state=0, shuffle=False
)  # sorted by class: folds that are not stratified train on two of the three
REPEATED = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
QUICK_NET = {"hidden_layer_sizes": (4,), "epochs": 2, "random_state": 0}


@pytest.mark.parametrize("cv", [3, 0.3, StratifiedKFold(2), REPEATED])
@pytest.mark.parametrize("wrap", [lambda clf: clf, lambda clf: make_pipeline(clf)])
def test_one_hot_rows_of_a_one_hot_classifier_are_as_their_labels(cv, wrap):
    """Its rows are classes, not bits, and folds hold as many of each as with labels."""
    X, labels = ROWS
    found = [
        TunedThresholdsCV(
            wrap(OneHotClassifier(**QUICK_NET)), cv=cv, scoring="accuracy", random_state=0
        ).fit(X, y)
        for y in (np.eye(3, dtype=int)[labels], labels)
    ]
    of_rows, of_labels = found
    assert np.array_equal(of_rows.thresholds_, of_labels.thresholds_)
    assert of_rows.best_score_ == of_labels.best_score_
    assert np.array_equal(of_rows.predict(X).argmax(axis=1), of_labels.predict(X))


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (OneHotClassifier(n_groups=2), ("onehot", 2)),
        (GridSearchCV(make_pipeline(OneHotClassifier()), {}), ("onehot", 1)),
        (FixedThresholds(OneHotClassifier()), ("onehot", 1)),
        (RecenteredClassifier(OneHotClassifier(n_groups=2)), ("onehot", 2)),
        (FixedThresholds(RecenteredClassifier(FixedThresholds(OneHotClassifier()))), ("onehot", 1)),
        (FixedThresholds(GaussianNB(), kind="onehot", n_groups=3), ("onehot", 3)),
        (FrozenEstimator(BitVectorClassifier()), ("bits", 1)),
        (OneVsRestClassifier(OneHotClassifier()), None),
        (GaussianNB(), None),
        (LogisticRegressionCV(), None),  # which has a refit, and is no search
    ],
)
def test_what_an_estimator_tells_of_its_target(estimator, kind):
    assert told_kind(estimator) == kind


def test_groups_of_a_one_hot_classifier_need_not_be_told_twice():
    X, labels = ROWS
    pairs = np.tile(np.eye(3, dtype=int)[labels], 2)
    net = OneHotClassifier(**QUICK_NET, n_groups=2)
    tuned = TunedThresholdsCV(net, cv=KFold(2, shuffle=True, random_state=0), scoring="accuracy")
    assert (tuned.fit(X, pairs).predict(X).reshape(90, 2, 3).sum(axis=2) == 1).all()


def test_one_hot_rows_of_other_classifiers_are_bits_as_before():
    X, labels = ROWS
    tuned = TunedThresholdsCV(RandomForestClassifier(5, random_state=0), cv=KFold(3, shuffle=True))
    assert tuned.fit(X, np.eye(3, dtype=int)[labels])._task_.kind == "bits"
