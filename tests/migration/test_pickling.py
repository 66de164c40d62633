"""Pickling between calls of partial_fit, and builders that no module holds."""

import copy
import pickle
import random
import threading

import joblib
import keras
import numpy as np
import pytest
from conftest import FAST, FAST_BUILT
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_copies import COPIES, check_same

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

TARGETS = {BinaryClassifier: "y", BitVectorClassifier: "bits", OneHotClassifier: "labels"}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("estimator", TARGETS)
def test_pickling_between_calls_of_partial_fit_changes_nothing(table, tmp_path, estimator, way):
    y = getattr(table, TARGETS[estimator])
    batches = [slice(0, 40), slice(40, 96), slice(10, 70)]
    straight, pickled = (estimator(**FAST, warm_start=True) for _ in range(2))
    for rows in batches:
        classes = None if y.ndim == 2 else np.unique(y)
        straight.partial_fit(table.X[rows], y[rows], classes=classes)
        pickled = COPIES[way](pickled, tmp_path).partial_fit(table.X[rows], y[rows], classes)
    assert straight.n_iter_ == 3
    check_same(pickled, straight, table.X)


def local_parts():
    """A builder, a loss and a callback of a function's inside."""

    class Twist(keras.layers.Layer):
        def call(self, x):
            return keras.ops.sin(x)

    class Counter(keras.callbacks.Callback):
        epochs = 0

        def on_epoch_end(self, epoch, logs=None):
            self.epochs += 1

    def build(inputs, units=3):
        return Twist()(keras.layers.Dense(units)(inputs))

    def loss(y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    return {"model": build, "loss": loss, "callbacks": [Counter()]}


BUILDERS = {
    "a lambda": {"model": lambda inputs: keras.layers.Dense(3)(inputs)},
    "a local function": local_parts(),
}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("name", BUILDERS)
def test_builders_of_no_module_travel_by_every_pickler(table, tmp_path, name, way):
    params = {**FAST_BUILT, "epochs": 1, **BUILDERS[name]}
    fitted = BinaryClassifier(**params).fit(table.X, table.y)
    other = COPIES[way](fitted, tmp_path)
    check_same(other, fitted, table.X)
    check_same(other.partial_fit(table.X, table.y), fitted.partial_fit(table.X, table.y), table.X)
    check_same(clone(other).fit(table.X, table.y), clone(fitted).fit(table.X, table.y), table.X)


def test_a_pipeline_and_an_unfitted_estimator_travel_too(table, tmp_path, trainings):
    pipeline = make_pipeline(StandardScaler(), BinaryClassifier(**BUILDERS["a lambda"]))
    joblib.dump(pipeline, tmp_path / "model.joblib")
    read = joblib.load(tmp_path / "model.joblib").fit(table.X, table.y)
    assert read.predict(table.X).shape == (96,)


def test_functions_of_a_module_go_by_reference(table, trainings):
    clf = BinaryClassifier(by_module, epochs=1).fit(table.X, table.y)
    assert pickle.loads(pickle.dumps(clf)).model is by_module


def by_module(inputs):
    return keras.layers.Dense(3)(inputs)


def test_a_deep_copy_has_the_very_functions(table, trainings):
    """Their surroundings are here, so that they may go on writing to them."""
    clf = BinaryClassifier(**BUILDERS["a lambda"], epochs=1).fit(table.X, table.y)
    assert copy.deepcopy(clf).model is clf.model


def test_what_cannot_travel_at_all_is_named_with_its_cure(table, trainings):
    lock = threading.Lock()

    def build(inputs):
        with lock:
            return keras.layers.Dense(3)(inputs)

    clf = BinaryClassifier(build, epochs=1).fit(table.X, table.y)
    with pytest.raises(
        pickle.PicklingError, match="build.* cannot be pickled.*lock.*top of a module"
    ):
        pickle.dumps(clf)
    assert clf.predict(table.X).shape == (96,)


def test_code_of_another_python_is_refused_in_words(monkeypatch):
    clf = BinaryClassifier(**BUILDERS["a lambda"])
    monkeypatch.setattr("skbits.by_value.VERSION", (3, 99))
    written = pickle.dumps(clf)
    monkeypatch.undo()
    with pytest.raises(pickle.UnpicklingError, match="code of Python 3.99, which Python 3.1"):
        pickle.loads(written)


# --- cycles: what holds the estimator that holds it


class Monitor(keras.callbacks.Callback):
    """A callback that keeps the estimator, to look at its parameters."""

    def __init__(self, clf):
        super().__init__()
        self.clf = clf


class Experiment:
    """Its estimator builds by a method of its own."""

    def __init__(self, **params):
        self.clf = BinaryClassifier(self.build, **params)

    def build(self, inputs):
        return keras.layers.Dense(4)(inputs)


def with_monitor(kind, **params):
    clf = BinaryClassifier(**params)
    return clf.set_params(callbacks=[kind(clf), kind(clf)])


def local_monitor():
    class Local(Monitor):
        pass

    return Local


CYCLES = {
    "a callback": lambda **params: with_monitor(Monitor, **params),
    "a callback of no module": lambda **params: with_monitor(local_monitor(), **params),
    "a builder's owner": lambda **params: Experiment(**params).clf,
}


@pytest.mark.parametrize("name", CYCLES)
def test_what_holds_its_own_estimator_is_fitted_cloned_and_copied(table, tmp_path, name):
    clf = CYCLES[name](**{**FAST_BUILT, "epochs": 1}).fit(table.X, table.y)
    again = clone(clf).fit(table.X, table.y)
    check_same(again, clf, table.X)
    for way in COPIES.values():
        other = way(clf, tmp_path)
        check_same(other, clf, table.X)
        check_same(clone(other).fit(table.X, table.y), clf, table.X)


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_of_a_cycle_is_a_cycle(tmp_path, way):
    other = COPIES[way](with_monitor(Monitor), tmp_path)
    assert [callback.clf is other for callback in other.callbacks] == [True, True]


def test_a_search_pickles_what_holds_its_own_estimator(table):
    grid = GridSearchCV(with_monitor(Monitor, **FAST), {"epochs": [1, 2]}, cv=2)
    read = pickle.loads(pickle.dumps(grid.fit(table.X, table.y)))
    assert np.array_equal(read.predict(table.X), grid.predict(table.X))


# --- layers that do not say what they are made of


class Silent(keras.layers.Layer):
    """It has no get_config, and __init__ does not take what Keras puts into the one it guesses."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, x):
        return x * self.factor


class Said(Silent):
    def __init__(self, factor, **kwargs):
        keras.layers.Layer.__init__(self, **kwargs)
        self.factor = factor


class Forgetful(Said):
    """It can be made again, with another factor."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(factor, **kwargs)

    def get_config(self):
        config = super().get_config()
        config.pop("factor", None)
        return config


class Table(Said):
    """Keras cannot write an array."""


class OtherWeights(Forgetful):
    """Made again, it has no bias."""

    def build(self, shape):
        if self.factor != 1.0:
            self.bias = self.add_weight(shape=(shape[-1],))

    def call(self, x):
        return x + self.bias if self.factor != 1.0 else x


def with_layer(make):
    def build(inputs):
        return make()(keras.layers.Dense(4)(inputs))

    return build


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Silent(2.0), r"made with Silent, and would not come back .*get_config\(\)"),
        (lambda: Forgetful(2.0), "made with Forgetful, .*would predict something else"),
        (lambda: OtherWeights(2.0), "made with OtherWeights, and would not come back"),
        (lambda: Table(np.ones(4)), "cannot be described by Keras, so it cannot be pickled"),
    ],
    ids=["silent", "forgetful", "other weights", "an array"],
)
def test_a_layer_that_would_not_come_back_is_found_when_it_is_written(table, make, message):
    clf = BinaryClassifier(with_layer(make), **{**FAST_BUILT, "epochs": 1}).fit(table.X, table.y)
    before = clf.predict_proba(table.X)
    for copied in (pickle.dumps, joblib.hash, copy.deepcopy):
        with pytest.raises(ValueError, match=message):
            copied(clf)
    assert np.array_equal(clf.predict_proba(table.X), before)
    check_same(clone(clf).fit(table.X, table.y), clf, table.X)


def test_a_look_at_what_is_written_changes_nothing(table):
    """Neither random numbers, nor seeds of layers that are on in inference too."""

    def build(inputs):
        hidden = keras.layers.Dropout(0.5)(Said(2.0)(keras.layers.Dense(4)(inputs)), training=True)
        return hidden

    clf = BinaryClassifier(build, **{**FAST_BUILT, "epochs": 1}).fit(table.X, table.y)
    state, values = random.getstate(), [v.numpy() for v in clf.model_.variables]
    pickle.dumps(clf)
    assert random.getstate() == state
    assert all(
        np.array_equal(a, b.numpy()) for a, b in zip(values, clf.model_.variables, strict=True)
    )
