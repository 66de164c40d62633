"""Layers of one fit alone: what was made outside the builder, and how pretrained layers come in."""

import gc
import pickle
import threading

import joblib
import keras
import numpy as np
import pytest
from conftest import FAST_BUILT
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, cross_val_score

from skbits import BinaryClassifier, clear_programs, load, sharing

EARLIER = r"model has the variable '.*' of an earlier fit.*load_model.*clone_model.*set_weights"


def layers(trainable=True):
    trunk = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, activation="relu")])
    trunk.trainable = trainable
    return trunk


def put_on(inner):
    """A builder that puts a layer on that was made before."""
    return lambda inputs: inner(inputs)


def completed(inner):
    """One that returns a complete model around it."""

    def build(meta):
        inputs = keras.Input(meta["X_shape_"][1:])
        return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(inner(inputs)))

    return build


class Scaled(keras.layers.Layer):
    """It counts what it sees in a weight that no gradient changes."""

    def build(self, shape):
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if training:
            self.seen.assign_add(1.0)
        return x * (1 + self.seen)


OUTSIDE = {
    "a trunk": put_on(layers()),
    "a layer": put_on(keras.layers.Dense(3)),
    "within a complete model": completed(layers()),
    "statistics": put_on(keras.layers.BatchNormalization(center=False, scale=False)),
    "a count": put_on(Scaled()),
    "a layer after a frozen trunk": put_on(
        keras.Sequential([layers(False), keras.layers.Dense(3)])
    ),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_one_fit_changes_no_other_gets(table, name):
    params = {**FAST_BUILT, "epochs": 1}
    first = BinaryClassifier(OUTSIDE[name], **params).fit(table.X, table.y)
    before = first.predict_proba(table.X)
    for again in (clone(first), first, BinaryClassifier(OUTSIDE[name], **params)):
        with pytest.raises(ValueError, match=EARLIER):
            again.fit(table.X, table.y)
    assert np.array_equal(first.predict_proba(table.X), before)
    first.partial_fit(table.X, table.y)  # its own it trains on
    first.set_params(warm_start=True).fit(table.X, table.y)


def test_folds_do_not_learn_from_each_others_rows(table):
    """Random labels were learned by heart: 1.0 in each fold."""
    noise = np.random.default_rng(0).integers(0, 2, 96)
    clf = BinaryClassifier(put_on(layers()), **{**FAST_BUILT, "epochs": 1})
    with pytest.warns(FitFailedWarning, match="4 fits failed"):
        scores = cross_val_score(clf, table.X, noise, cv=5)
    assert np.isnan(scores).tolist() == [False, True, True, True, True]


def test_a_layer_that_was_kept_from_the_first_call_is_found_too(table):
    kept = []

    def build(inputs):
        kept.append(keras.layers.Dense(3) if not kept else kept[0])
        return kept[0](inputs)

    clf = BinaryClassifier(build, **{**FAST_BUILT, "epochs": 1}).fit(table.X, table.y)
    with pytest.raises(ValueError, match=EARLIER):
        clf.fit(table.X, table.y)


def test_layers_of_a_fitted_model_and_of_one_that_was_read_belong_to_it(table, tmp_path):
    params = {**FAST_BUILT, "epochs": 1}
    fitted = BinaryClassifier(**params).fit(table.X, table.y)
    fitted.save(tmp_path / "it.skbits")
    read = load(tmp_path / "it.skbits")
    for owner in (fitted, pickle.loads(pickle.dumps(fitted)), read):
        layer = owner.model_.layers[1]
        with pytest.raises(ValueError, match=EARLIER):
            BinaryClassifier(put_on(layer), **params).fit(table.X, table.y)
        layer.trainable = False
        before = owner.predict_proba(table.X)
        BinaryClassifier(put_on(layer), **params).fit(table.X, table.y)
        assert np.array_equal(owner.predict_proba(table.X), before)


def test_a_frozen_trunk_is_shared_and_stays_as_it_was(table):
    trunk = layers(trainable=False)
    adapted = keras.layers.Normalization()  # it has no weight to train, and is trainable by name
    adapted.adapt(table.X.astype(np.float32))
    weights = trunk.get_weights()

    def build(inputs):
        hidden = keras.layers.Dropout(0.2)(trunk(adapted(inputs)))
        return keras.layers.BatchNormalization()(hidden)

    clf = BinaryClassifier(build, **{**FAST_BUILT, "epochs": 2})
    scores = cross_val_score(clf, table.X, table.y, cv=3)
    assert np.array_equal(cross_val_score(clf, table.X, table.y, cv=3), scores)
    assert all(np.array_equal(*pair) for pair in zip(trunk.get_weights(), weights, strict=True))
    trunk.trainable = True
    with pytest.raises(ValueError, match=EARLIER):  # the models of before would change
        clf.fit(table.X, table.y)


def test_a_frozen_trunk_with_dropout_may_be_shared(table):
    trunk = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5), keras.layers.Dropout(0.5)])
    trunk.trainable = False
    clf = BinaryClassifier(put_on(trunk), **{**FAST_BUILT, "epochs": 1})
    for _ in range(2):
        clf.fit(table.X, table.y)


def test_a_model_that_was_refused_may_be_mended(table):
    """A fit that never trained has no part in its layers."""
    trunk = layers()

    def build(meta, units=2):
        inputs = keras.Input(meta["X_shape_"][1:])
        return keras.Model(inputs, keras.layers.Dense(units, activation="sigmoid")(trunk(inputs)))

    clf = BinaryClassifier(build, **{**FAST_BUILT, "epochs": 1})
    with pytest.raises(ValueError, match="Dense"):
        clf.fit(table.X, table.y)
    clf.set_params(model__units=1).fit(table.X, table.y)


def test_a_fit_that_ends_before_training_leaves_the_layers_free(table):
    waits = keras.callbacks.EarlyStopping(monitor="val_loss")
    clf = BinaryClassifier(put_on(layers()), **{**FAST_BUILT, "epochs": 1}, callbacks=waits)
    with pytest.raises(ValueError, match="early_stopping=True"):
        clf.fit(table.X, table.y)
    clf.set_params(callbacks=None).fit(table.X, table.y)


# --- the recipes of the README


def pretrained():
    trunk = layers()
    trunk.set_weights([np.full(weight.shape, 0.25) for weight in trunk.get_weights()])
    return trunk


def by_clone(tmp_path):
    trained = pretrained()
    weights = trained.get_weights()

    def build(inputs):
        own = keras.models.clone_model(trained)
        own.set_weights(weights)
        return own(inputs)

    return build, trained


def by_loading(tmp_path):
    trained, path = pretrained(), str(tmp_path / "trained.keras")
    trained.save(path)
    return lambda inputs: keras.models.load_model(path)(inputs), trained


@pytest.mark.parametrize("recipe", [by_clone, by_loading])
@pytest.mark.parametrize("trainer", ["auto", "keras"])
def test_pretrained_weights_are_where_each_fit_begins_and_stay(table, tmp_path, recipe, trainer):
    build, trained = recipe(tmp_path)
    params = {**FAST_BUILT, "trainer": trainer, "epochs": 1}
    still = BinaryClassifier(build, **{**params, "optimizer__learning_rate": 1e-9})
    trunk = still.fit(table.X, table.y).model_.layers[1]
    for weight, start in zip(trunk.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_allclose(weight, start, atol=1e-6)
    first = BinaryClassifier(build, **params).fit(table.X, table.y)
    before = first.predict_proba(table.X)
    scores = cross_val_score(first, table.X, table.y, cv=3)
    assert np.array_equal(cross_val_score(first, table.X, table.y, cv=3), scores)
    assert np.array_equal(first.predict_proba(table.X), before)
    assert np.array_equal(clone(first).fit(table.X, table.y).predict_proba(table.X), before)
    assert all((weight == 0.25).all() for weight in trained.get_weights())
    assert not (first.model_.layers[1].get_weights()[0] == 0.25).all()


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_have_layers_of_their_own(table, tmp_path, backend):
    build, _ = by_clone(tmp_path)
    clf = BinaryClassifier(build, **{**FAST_BUILT, "epochs": 1})
    alone = cross_val_score(clf, table.X, table.y, cv=4)
    with joblib.parallel_config(backend=backend):
        assert np.array_equal(cross_val_score(clf, table.X, table.y, cv=4, n_jobs=2), alone)


# --- builders that make what they return


def test_a_builder_that_makes_its_layers_is_never_refused(table):
    """Programs are shared by models alike, and made from the first of them."""

    def build(inputs, units=3):
        hidden = keras.layers.BatchNormalization()(keras.layers.Dense(units)(inputs))
        return keras.layers.Dropout(0.1)(hidden)

    params = {**FAST_BUILT, "epochs": 2, "warm_start": True}
    kept = [BinaryClassifier(build, **params).fit(table.X, table.y) for _ in range(3)]
    clear_programs()
    kept += [clone(kept[0]).fit(table.X, table.y)]
    GridSearchCV(clone(kept[0]), {"model__units": [3, 4]}, cv=2).fit(table.X, table.y)
    for clf in kept:
        clf.fit(table.X, table.y).partial_fit(table.X, table.y)
        assert clf.history_ == kept[0].history_
    failed = []

    def fit():
        try:
            clone(kept[0]).fit(table.X, table.y)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=fit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_what_is_remembered_keeps_nothing_alive(table):
    def build(inputs):
        return keras.layers.Dense(3)(inputs)

    def n_remembered():
        clear_programs()
        gc.collect()
        return len(sharing._VARIABLES)

    clf = BinaryClassifier(build, **{**FAST_BUILT, "epochs": 1}).fit(table.X, table.y)
    before = n_remembered()
    for _ in range(3):
        clf.fit(table.X, table.y)
    assert n_remembered() == before
