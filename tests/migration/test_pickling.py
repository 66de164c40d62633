"""Pickling between calls of partial_fit, and builders that no module holds."""

import copy
import pickle
import threading

import joblib
import keras
import numpy as np
import pytest
from conftest import FAST
from sklearn.base import clone
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
    params = {**FAST, "epochs": 1, **BUILDERS[name]}
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
