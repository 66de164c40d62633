"""One program on scikeras and on skbits: where scikeras still runs, both end at the same weights.

The first weights are fixed and each epoch is one batch, so that no order and no seed plays a part.
"""

import keras
import numpy as np
import pytest
from scikeras.wrappers import KerasClassifier
from sklearn.metrics import accuracy_score

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

SAME = {
    "epochs": 3,
    "batch_size": 96,
    "optimizer": "sgd",
    "optimizer__learning_rate": 0.5,
    "model__units": 3,
    "metrics": ["accuracy"],
    "verbose": 0,
}
#: name -> (estimator of skbits, target, loss, last layer)
KINDS = {
    "binary": (BinaryClassifier, "y", "binary_crossentropy", "sigmoid"),
    "multi-class": (OneHotClassifier, "labels", "sparse_categorical_crossentropy", "softmax"),
    "multi-class, one-hot for the loss": (
        OneHotClassifier,
        "labels",
        "categorical_crossentropy",
        "softmax",
    ),
    "one-hot": (OneHotClassifier, "one_hot", "categorical_crossentropy", "softmax"),
    "multi-label": (BitVectorClassifier, "bits", "binary_crossentropy", "sigmoid"),
}
SEEN = {}


def build(meta, compile_kwargs, units, activation):
    SEEN.clear()
    SEEN.update(meta)
    outputs = 1 if meta["target_type_"] == "binary" else meta["n_classes_"]
    start = keras.initializers.GlorotUniform
    model = keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            keras.layers.Dense(units, activation="tanh", kernel_initializer=start(seed=1)),
            keras.layers.Dense(outputs, activation=activation, kernel_initializer=start(seed=2)),
        ]
    )
    model.compile(**compile_kwargs)
    return model


def both(kind, **params):
    """The two estimators, with the same parameters."""
    estimator, _, loss, activation = KINDS[kind]
    params = {**SAME, "loss": loss, "model__activation": activation, **params}
    return KerasClassifier(build, **params), estimator(build, **params)


def target(kind, table):
    name = KINDS[kind][1]
    if name == "one_hot":
        return (table.labels[:, np.newaxis] == np.unique(table.labels)).astype(int)
    return getattr(table, name)


def check_same(theirs, ours, X, y):
    for one, other in zip(theirs.model_.get_weights(), ours.model_.get_weights(), strict=True):
        assert np.allclose(one, other, atol=1e-5)
    assert theirs.history_["loss"] == pytest.approx(ours.history_["loss"], rel=1e-4)
    assert set(theirs.history_) == set(ours.history_)
    assert np.allclose(theirs.predict_proba(X), ours.predict_proba(X), atol=1e-5)
    assert np.array_equal(theirs.predict(X), ours.predict(X))
    assert accuracy_score(y, theirs.predict(X)) == ours.score(X, y)


@pytest.mark.parametrize("kind", KINDS)
def test_fit(table, kind):
    y = target(kind, table)
    theirs, ours = both(kind)
    theirs.fit(table.X, y)
    told = {**SEEN}
    ours.fit(table.X, y)
    check_same(theirs, ours, table.X, y)
    assert theirs.classes_.tolist() == ours.classes_.tolist()
    assert theirs.predict(table.X).dtype.kind == ours.predict(table.X).dtype.kind
    for name in ("n_features_in_", "X_shape_", "n_classes_"):
        assert told[name] == SEEN[name]
    types = {"one-hot": ("multilabel-indicator", "multiclass")}
    same = (told["target_type_"],) * 2
    assert (told["target_type_"], SEEN["target_type_"]) == types.get(kind, same)


@pytest.mark.parametrize("weighted", ["by row", "by class"])
def test_weights_with_a_mean_of_one(table, weighted):
    theirs, ours = both("binary", class_weight="balanced" if weighted == "by class" else None)
    weights = None if weighted == "by class" else table.weights / table.weights.mean()
    for clf in (theirs, ours):
        clf.fit(table.X, table.y, sample_weight=weights)
    check_same(theirs, ours, table.X, table.y)


def test_partial_fit_of_a_part_of_the_classes(table):
    theirs, ours = both("multi-class")
    few = table.labels != "bee"
    for clf in (theirs, ours):
        clf.partial_fit(table.X[few], table.labels[few], classes=np.unique(table.labels))
        clf.partial_fit(table.X, table.labels)
    assert theirs.current_epoch == ours.n_iter_ == 2
    check_same(theirs, ours, table.X, table.labels)


def test_warm_start(table):
    theirs, ours = both("binary", warm_start=True, epochs=2)
    for clf in (theirs, ours):
        model = clf.fit(table.X, table.y).model_
        assert clf.fit(table.X, table.y).model_ is model
        assert len(clf.history_["loss"]) == 2
    check_same(theirs, ours, table.X, table.y)
