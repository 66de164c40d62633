"""partial_fit: batches that lack classes, the history, and what goes on where."""

import numpy as np
import pytest
from conftest import FAST

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

WORDS = ["ant", "bee", "cat"]


@pytest.mark.parametrize(
    ("estimator", "target", "classes"),
    [(BinaryClassifier, "y", ["no", "yes"]), (OneHotClassifier, "labels", WORDS)],
)
def test_a_first_batch_may_lack_classes_that_are_named(
    table, trainings, estimator, target, classes
):
    y = getattr(table, target)
    first = y == classes[0]
    clf = estimator(**FAST).partial_fit(table.X[first], y[first], classes=classes[::-1])
    assert clf.classes_.tolist() == classes
    assert clf.predict_proba(table.X).shape == (96, len(classes))
    model = clf.model_
    for label in classes[1:]:
        clf.partial_fit(table.X[y == label], y[y == label])
        assert set(clf.predict(table.X)) <= set(classes)
    assert clf.classes_.tolist() == classes
    assert clf.model_ is model


def test_batches_of_one_class_each_are_learned_from(table):
    """Whole passes over such batches end where they should."""
    clf = BinaryClassifier(**{**FAST, "optimizer__learning_rate": 0.02})
    for _ in range(20):
        for label in ("no", "yes"):
            rows = table.y == label
            clf.partial_fit(table.X[rows], table.y[rows], classes=["no", "yes"])
    assert clf.score(table.X, table.y) > 0.8
    assert clf.n_iter_ == 40


def test_the_classes_of_the_first_batch_are_all_unless_named(table, trainings):
    clf = OneHotClassifier(**FAST)
    few = table.labels != "cat"
    clf.partial_fit(table.X[few], table.labels[few])
    assert clf.classes_.tolist() == WORDS[:2]
    with pytest.raises(ValueError, match=r"label 'cat' .*partial_fit\(X, y, classes=...\)"):
        clf.partial_fit(table.X, table.labels)


@pytest.mark.parametrize("estimator", [BinaryClassifier, OneHotClassifier])
def test_a_first_batch_of_one_class_says_how_to_name_the_others(table, estimator):
    with pytest.raises(ValueError, match=r"one class only, .*partial_fit\(X, y, classes=...\)"):
        estimator(**FAST).partial_fit(table.X, ["no"] * 96)


def test_bits_that_are_all_off_in_a_batch(table, trainings):
    clf = BitVectorClassifier(**FAST)
    clf.partial_fit(table.X[:9], np.zeros((9, 3))).partial_fit(table.X, table.bits)
    assert clf.predict_proba(table.X).shape == (96, 3)


def test_each_call_is_one_epoch_that_the_history_goes_on_with(table, trainings):
    clf = BinaryClassifier(**FAST, metrics=None)
    for calls in (1, 2, 3):
        clf.partial_fit(table.X, table.y)
        assert clf.n_iter_ == len(clf.history_["loss"]) == calls
    assert [training.plan.epochs for training in trainings] == [1, 1, 1]
    assert [training.plan.first_epoch for training in trainings] == [0, 1, 2]


def test_partial_fit_goes_on_after_fit_and_fit_starts_anew(table, trainings):
    clf = BinaryClassifier(**FAST).fit(table.X, table.y)
    model = clf.model_
    clf.partial_fit(table.X, table.y)
    assert (clf.model_ is model, clf.n_iter_) == (True, 5)
    clf.fit(table.X, table.y)
    assert (clf.model_ is model, clf.n_iter_) == (False, 4)


def test_warm_start_makes_no_difference_to_partial_fit(table):
    one, other = (BinaryClassifier(**FAST, warm_start=warm) for warm in (False, True))
    for clf in (one, other):
        clf.partial_fit(table.X, table.y).partial_fit(table.X, table.y)
    assert one.history_ == other.history_
    assert np.array_equal(one.predict_proba(table.X), other.predict_proba(table.X))


def test_weights_of_partial_fit_are_taken_as_they_are(table, trainings):
    """It does not see all rows, so there is nothing that they could be relative to."""
    BinaryClassifier(**FAST).partial_fit(table.X, table.y, sample_weight=np.full(96, 3.0))
    BinaryClassifier(**FAST).fit(table.X, table.y, sample_weight=np.full(96, 3.0))
    assert trainings[0].data.weights.tolist() == [3.0] * 96
    assert trainings[1].data.weights is None


def test_what_needs_all_rows_is_refused(table):
    with pytest.raises(ValueError, match="class_weight='balanced' needs all rows at once"):
        BinaryClassifier(**FAST, class_weight="balanced").partial_fit(table.X, table.y)
    assert not hasattr(BinaryClassifier(**FAST, early_stopping=True), "partial_fit")


@pytest.mark.parametrize("first", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("estimator", "target", "same", "other"),
    [
        (BinaryClassifier, "y", ["yes", "no"], ["no", "maybe"]),
        (BinaryClassifier, "y", np.array(["no", "yes"]), ["x", "y", "z"]),
        (OneHotClassifier, "labels", WORDS[::-1], [*WORDS, "dog"]),
        (OneHotClassifier, "labels", WORDS, [0, 1, 2]),
        (BitVectorClassifier, "bits", [0, 1, 2], [0, 1, 2, 3]),
        (OneHotClassifier, "rows", [0, 1, 2], ["a", "b", "c"]),
    ],
)
def test_other_classes_in_a_later_call_are_an_error(
    table, trainings, estimator, target, same, other, first
):
    y = np.eye(3)[np.arange(96) % 3] if target == "rows" else getattr(table, target)
    clf = getattr(estimator(**FAST), first)(table.X, y)
    clf.partial_fit(table.X, y, classes=same)
    before = clf.n_iter_
    with pytest.raises(ValueError, match="classes"):
        clf.partial_fit(table.X, y, classes=other)
    assert clf.n_iter_ == before


def test_one_hot_rows_are_not_given_other_classes_at_first_either(table, trainings):
    with pytest.raises(ValueError, match=r"classes=.* does not fit y with 3 one-hot columns"):
        OneHotClassifier(**FAST).partial_fit(table.X, np.eye(3)[np.arange(96) % 3], classes=WORDS)
