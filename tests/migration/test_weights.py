"""Weights of rows and of classes: what they multiply, and what they leave alone."""

import keras
import numpy as np
import pytest
from conftest import FAST

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

TARGETS = {BinaryClassifier: "y", BitVectorClassifier: "bits", OneHotClassifier: "labels"}
estimators = pytest.mark.parametrize("estimator", TARGETS)


@estimators
@pytest.mark.parametrize("weights", [np.ones(96), np.full(96, 0.25), [7] * 96])
def test_equal_sample_weights_change_nothing(table, estimator, weights):
    y = getattr(table, TARGETS[estimator])
    plain = estimator(**FAST).fit(table.X, y)
    weighted = estimator(**FAST).fit(table.X, y, sample_weight=weights)
    assert weighted.history_ == plain.history_
    assert np.array_equal(weighted.predict_proba(table.X), plain.predict_proba(table.X))


@estimators
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_the_callers_weights_and_targets_are_left_alone(table, trainings, estimator, class_weight):
    """scikeras multiplies the caller's sample_weight in place."""
    y, weights = getattr(table, TARGETS[estimator]).copy(), table.weights.copy()
    estimator(**FAST, class_weight=class_weight).fit(table.X, y, sample_weight=weights)
    assert np.array_equal(weights, table.weights)
    assert np.array_equal(y, getattr(table, TARGETS[estimator]))


@estimators
def test_balanced_classes_weigh_as_equal_ones_where_they_are_equal(estimator):
    """Every class, and every bit's ones, as often as the others: nothing is to be weighed."""
    X = np.random.default_rng(0).normal(size=(12, 2))
    y = {
        BinaryClassifier: [0, 1] * 6,
        BitVectorClassifier: [[0, 1], [1, 0], [0, 0], [1, 1]] * 3,
        OneHotClassifier: ["a", "b", "c"] * 4,
    }[estimator]
    plain, balanced = (
        estimator(**FAST, class_weight=class_weight).fit(X, y)
        for class_weight in (None, "balanced")
    )
    assert np.allclose(balanced.predict_proba(X), plain.predict_proba(X), atol=1e-6)


def test_weights_of_classes_multiply_those_of_rows(table, trainings):
    clf = BinaryClassifier(**FAST, class_weight={"yes": 3.0, "no": 0.5})
    clf.fit(table.X, table.y, sample_weight=table.weights)
    expected = table.weights * np.where(table.y == "yes", 3.0, 0.5)
    assert np.allclose(trainings[0].data.weights, expected / expected.mean())


def test_balanced_weighs_classes_as_scikit_learn_does(table, trainings):
    from sklearn.utils.class_weight import compute_sample_weight

    OneHotClassifier(**FAST, class_weight="balanced").fit(table.X, table.labels)
    assert np.allclose(trainings[0].data.weights, compute_sample_weight("balanced", table.labels))


def test_a_weight_of_one_bit_is_not_one_of_its_rows(table, trainings):
    """scikeras multiplies the weights of all columns into one of each row."""
    clf = BitVectorClassifier(**FAST, class_weight="balanced").fit(table.X, table.bits)
    assert trainings[0].data.weights is None
    ones = table.bits.sum(axis=0)
    assert np.allclose(clf.model_.loss.positive_weight, (96 - ones) / ones)


def test_rows_of_weight_zero_are_as_if_they_were_not_there(table, trainings):
    weights = np.where(np.arange(96) < 60, 1.0, 0.0)
    BinaryClassifier(**FAST).fit(table.X, table.y, sample_weight=weights)
    assert trainings[0].data.X.shape == (60, 4)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_weights_of_all_zeros_are_refused(table, method):
    with pytest.raises(ValueError, match="sample_weight is zero for all rows"):
        getattr(BinaryClassifier(**FAST), method)(table.X, table.y, sample_weight=np.zeros(96))


# --- losses that return one number a batch


def by_row(y_true, y_pred):
    return keras.ops.mean(keras.ops.binary_crossentropy(y_true, y_pred), axis=-1)


def by_batch(y_true, y_pred):
    return keras.ops.mean(keras.ops.binary_crossentropy(y_true, y_pred))


def by_column(y_true, y_pred):
    return keras.ops.mean(keras.ops.binary_crossentropy(y_true, y_pred), axis=0)


class OfBatch(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return by_batch(y_true, y_pred)


class WithoutWeights(keras.losses.Loss):
    """It takes weights, and does nothing with them."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        return by_batch(y_true, y_pred)


class WithWeights(keras.losses.Loss):
    def __call__(self, y_true, y_pred, sample_weight=None):
        values = by_row(keras.ops.cast(y_true, "float32"), y_pred)
        return keras.ops.mean(values if sample_weight is None else values * sample_weight)


def compiled(loss):
    """A model that the user compiles."""

    def build(meta):
        n = meta["n_outputs_expected_"]
        model = keras.Sequential(
            [keras.Input(meta["X_shape_"][1:]), keras.layers.Dense(n, activation="sigmoid")]
        )
        model.compile("adam", loss)
        return model

    return build


def weigh(clf, table, y, how):
    """Fit with weights, in one of the ways to give them."""
    if how == "sample_weight":
        return clf.fit(table.X, y, sample_weight=table.weights)
    if how == "partial_fit":
        return clf.partial_fit(table.X, y, sample_weight=np.full(96, 2.0))
    return clf.set_params(class_weight={list(np.unique(y))[-1]: 3.0}).fit(table.X, y)


IGNORED = r"loss=\w+ returns .* for \d rows, so that weights would be ignored: expected one for ea"


@estimators
@pytest.mark.parametrize(
    "loss",
    [by_batch, by_column, OfBatch, OfBatch()],
    ids=["function", "columns", "class", "object"],
)
@pytest.mark.parametrize("how", ["sample_weight", "class_weight", "partial_fit"])
def test_a_loss_that_cannot_weigh_is_refused_where_there_are_weights(table, estimator, loss, how):
    y = getattr(table, TARGETS[estimator])
    clf = estimator(**{**FAST, "epochs": 1}, loss=loss)
    with pytest.raises(ValueError, match=IGNORED):
        weigh(clf, table, y, how)
    estimator(**{**FAST, "epochs": 1}, loss=loss).fit(table.X, y)
    if how != "class_weight":
        with pytest.raises(ValueError, match=IGNORED):
            weigh(estimator(compiled(loss), epochs=1), table, y, how)


@pytest.mark.parametrize(("loss", "is_right"), [(WithoutWeights, False), (WithWeights, True)])
def test_a_loss_that_weighs_by_itself_is_tried(table, loss, is_right):
    clf = BinaryClassifier(**{**FAST, "epochs": 1}, loss=loss)
    if is_right:
        clf.fit(table.X, table.y, sample_weight=table.weights)
        return
    with pytest.raises(ValueError, match=IGNORED):
        clf.fit(table.X, table.y, sample_weight=table.weights)


@estimators
@pytest.mark.parametrize("how", ["sample_weight", "class_weight"])
def test_a_loss_of_ones_own_that_can_weigh_does(table, estimator, how):
    """With crossentropy by hand as with Keras' own."""
    y = getattr(table, TARGETS[estimator])
    head = {OneHotClassifier: "sigmoid"}.get(estimator)
    found = [
        weigh(estimator(**FAST, loss=loss, head=head, trainer="keras"), table, y, how)
        for loss in (by_row, "binary_crossentropy")
    ]
    one, other = (clf.predict_proba(table.X) for clf in found)
    np.testing.assert_allclose(one, other, atol=1e-5)
    plain = estimator(**FAST, loss=by_row, head=head, trainer="keras").fit(table.X, y)
    assert not np.allclose(plain.predict_proba(table.X), one, atol=1e-5)


def test_a_loss_of_whole_rows_cannot_weigh_bits(table):
    """It was multiplied by each bit's weight, and so by those of other bits."""

    def whole_row(y_true, y_pred):
        return keras.ops.sum(by_row(y_true, y_pred), axis=-1)

    clf = BitVectorClassifier(**FAST, loss=whole_row, class_weight={0: 3.0})
    with pytest.raises(ValueError, match=IGNORED):
        clf.fit(table.X, table.bits)
