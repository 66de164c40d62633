"""Estimators whose parts are known to one process alone, written there and read in a fresh one."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

from skbits import BinaryClassifier, ThresholdGridSearchCV
from skbits.by_value import by_value

WRITER = """
import pickle
import sys
from functools import partial

import cloudpickle
import joblib
import keras
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbits import BinaryClassifier, ThresholdGridSearchCV, TunedThresholdsCV

SCALE = 2.0

def curve(x):
    return keras.ops.sin(SCALE * x)

class Twist(keras.layers.Layer):
    def call(self, x):
        return curve(x)

class Count(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.last = epoch

def of_main(inputs, units=3):
    hidden = keras.layers.Dense(units, activation=curve)(inputs)
    return keras.layers.Dropout(0.3)(Twist()(hidden))

def of_a_function():
    rate = 0.25
    def build(inputs):
        return keras.layers.Dropout(rate)(keras.layers.Dense(5)(inputs))
    return build

def loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

folder = sys.argv[1]
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4))
y = np.where(X[:, 0] > 0, "yes", "no")
fast = {"epochs": 2, "random_state": 0}
net = BinaryClassifier(of_main, loss=loss, model__units=4, callbacks=[Count()], **fast)
MODELS = {
    "of main": net,
    "of a function": BinaryClassifier(of_a_function(), **fast),
    "a lambda": BinaryClassifier(lambda inputs: curve(inputs), **fast),
    "a partial": BinaryClassifier(partial(of_main, units=2), **fast),
    "a pipeline": make_pipeline(StandardScaler(), net),
    "tuned": TunedThresholdsCV(net, cv=2),
    "tuned by a function": TunedThresholdsCV(net, cv=2, scoring=lambda tp, fp, fn, tn: tp - 2 * fp),
    "a search": ThresholdGridSearchCV(net, {"model": [of_main, of_a_function()]}, cv=2),
}
expected = {"X": X, "y": y}
for name, model in MODELS.items():
    model.fit(X, y)
    for way in (pickle, cloudpickle):
        with open(f"{folder}/{name}.{way.__name__}", "wb") as file:
            way.dump(model, file)
    joblib.dump(model, f"{folder}/{name}.joblib")
    expected[f"{name}, before"] = model.predict_proba(X)
    if hasattr(model, "partial_fit"):
        expected[f"{name}, after"] = model.partial_fit(X, y).predict_proba(X)
np.savez(f"{folder}/expected.npz", **expected)
"""

READER = """
import pathlib
import pickle
import sys

import joblib
import numpy as np

folder = pathlib.Path(sys.argv[1])
with np.load(folder / "expected.npz") as arrays:
    expected = dict(arrays)
X, y = expected.pop("X"), expected.pop("y")
for name in {key.partition(",")[0] for key in expected}:
    models = {
        "pickle": pickle.loads((folder / f"{name}.pickle").read_bytes()),
        "cloudpickle": pickle.loads((folder / f"{name}.cloudpickle").read_bytes()),
        "joblib": joblib.load(folder / f"{name}.joblib"),
    }
    for way, model in models.items():
        assert np.array_equal(model.predict_proba(X), expected[f"{name}, before"]), (name, way)
        if hasattr(model, "partial_fit"):
            again = model.partial_fit(X, y).predict_proba(X)
            assert np.array_equal(again, expected[f"{name}, after"]), (name, way)
        print(name, way)
"""


def run(script, folder):
    """What a script prints, run as the main module of a fresh process."""
    path = folder / "script.py"
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", path, folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_fresh_process_reads_what_main_and_functions_defined(tmp_path):
    """Predictions to the last bit, and training goes on the same, by every pickler."""
    run(WRITER, tmp_path)
    assert len(run(READER, tmp_path)) == 8 * 3


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_copies_have_the_very_functions(how):
    def build(inputs):
        return inputs

    clf = BinaryClassifier(build)
    search = ThresholdGridSearchCV(clf, {"model": [build]}, scoring=lambda tp, fp: tp - fp)
    assert how(clf).model is build
    assert how(search).param_grid["model"][0] is build
    assert how(search).scoring is search.scoring


@pytest.mark.parametrize(
    "item", [None, 3, "relu", len, np.sort, np.float32, [np.sort, {"a": pickle.dumps}]]
)
def test_what_can_be_imported_stays_as_it_is(item):
    assert by_value(item) is item


def test_what_a_module_lacks_is_the_same_after_reading():
    def outer(n):
        return lambda x: x + n

    for item in (outer(2), [outer(2)], {"a": outer(2)}):
        read = pickle.loads(pickle.dumps(by_value(item)))
        assert type(read) is type(item)
    assert pickle.loads(pickle.dumps(by_value(outer(2))))(3) == 5
