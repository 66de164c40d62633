"""Copies: clone, deepcopy and every pickler, in this process and in a fresh one."""

import copy
import pickle
import subprocess
import sys

import cloudpickle
import joblib
import keras
import numpy as np
import pytest
from conftest import FAST, FAST_BUILT
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbits import BinaryClassifier, BitVectorClassifier
from skbits.persistence import users_parts


def through_joblib(estimator, tmp_path):
    joblib.dump(estimator, tmp_path / "model.joblib")
    return joblib.load(tmp_path / "model.joblib")


COPIES = {
    "deepcopy": lambda estimator, tmp_path: copy.deepcopy(estimator),
    "pickle": lambda estimator, tmp_path: pickle.loads(pickle.dumps(estimator)),
    "joblib": through_joblib,
    "cloudpickle": lambda estimator, tmp_path: cloudpickle.loads(cloudpickle.dumps(estimator)),
}
METHODS = ("predict", "predict_proba", "decision_function")


@pytest.fixture(params=COPIES)
def copied(request, tmp_path):
    """A function that copies an estimator, in one of the ways."""
    return lambda estimator: COPIES[request.param](estimator, tmp_path)


def check_same(one, other, X):
    """Both predict the same, to the last bit, and have learned the same."""
    for method in METHODS:
        assert np.array_equal(getattr(one, method)(X), getattr(other, method)(X)), method
    assert one.history_ == other.history_
    assert one.n_iter_ == other.n_iter_
    assert one.n_features_in_ == other.n_features_in_
    assert np.array_equal(one.classes_, other.classes_)
    assert one.get_params().keys() == other.get_params().keys()
    assert one.threshold == other.threshold


# --- clones


@pytest.mark.parametrize("name", ["fitted_binary", "fitted_bits", "fitted_one_hot"])
def test_a_clone_has_the_parameters_and_has_learned_nothing(request, table, name):
    fitted = request.getfixturevalue(name)
    cloned = clone(fitted)
    assert cloned.get_params() == fitted.get_params()
    assert not [key for key in vars(cloned) if key.endswith("_")]
    with pytest.raises(NotFittedError):
        cloned.predict(table.X)


def test_a_clone_keeps_routed_parameters_and_objects():
    def builder(inputs, units):
        return keras.layers.Dense(units)(inputs)

    given = {
        "model__units": 3,
        "optimizer": keras.optimizers.Adam(0.25),
        "loss": keras.losses.BinaryCrossentropy(label_smoothing=0.125),
        "callbacks": [keras.callbacks.EarlyStopping(monitor="loss", patience=7)],
        "threshold": [0.25],
        "metrics": ["accuracy"],
    }
    cloned = clone(BinaryClassifier(builder, **given))
    assert cloned.model is builder
    assert cloned.model__units == 3
    assert float(cloned.optimizer.learning_rate) == 0.25
    assert cloned.loss.get_config()["label_smoothing"] == 0.125
    assert cloned.callbacks[0].patience == 7
    assert cloned.threshold == [0.25]


def test_a_clone_learns_what_its_original_learned(table, fitted_binary):
    check_same(clone(fitted_binary).fit(table.X, table.y), fitted_binary, table.X)


# --- copies of fitted estimators


@pytest.mark.parametrize("name", ["fitted_binary", "fitted_bits", "fitted_one_hot"])
def test_a_copy_predicts_the_same_to_the_last_bit(request, table, copied, name):
    fitted = request.getfixturevalue(name)
    check_same(copied(fitted), fitted, table.X)


def test_a_copy_of_what_was_not_fitted_is_not_fitted(table, copied):
    estimator = copied(BinaryClassifier(**FAST, model__units=3))
    assert estimator.get_params() == BinaryClassifier(**FAST, model__units=3).get_params()
    with pytest.raises(NotFittedError):
        estimator.predict(table.X)


def test_a_copy_goes_its_own_way(table, fitted_binary, copied):
    before = fitted_binary.predict_proba(table.X)
    other = copied(fitted_binary)
    other.set_params(threshold=0.9)
    weights = other.model_.get_weights()
    other.model_.set_weights([0 * weight for weight in weights])
    assert (other.predict_proba(table.X) == 0.5).all()
    assert np.array_equal(fitted_binary.predict_proba(table.X), before)
    assert fitted_binary.threshold == 0.5


def with_dropout(inputs):
    return keras.layers.Dropout(0.3)(keras.layers.Dense(6, activation="relu")(inputs))


def test_training_goes_on_after_a_copy_as_it_would_have_without(table, tmp_path):
    """Optimizer state, dropout seeds and the order of the rows go on where they stopped."""
    fitted = BinaryClassifier(with_dropout, **{**FAST_BUILT, "epochs": 2}, metrics=["accuracy"])
    fitted.fit(table.X, table.y)
    others = [copied(fitted, tmp_path) for copied in COPIES.values()]
    fitted.partial_fit(table.X, table.y)
    assert len(fitted.history_["accuracy"]) == 3
    assert fitted.history_["loss"][2] != fitted.history_["loss"][1]
    for other in others:
        check_same(other.partial_fit(table.X, table.y), fitted, table.X)


def test_a_warm_start_goes_on_after_a_copy(table):
    fitted = BitVectorClassifier(**FAST, warm_start=True, class_weight="balanced")
    fitted.fit(table.X, table.bits)
    other = pickle.loads(pickle.dumps(fitted))
    check_same(other.fit(table.X, table.bits), fitted.fit(table.X, table.bits), table.X)


def test_a_copy_of_a_copy_is_a_copy(table, fitted_one_hot):
    other = fitted_one_hot
    for _ in range(3):
        other = pickle.loads(pickle.dumps(copy.deepcopy(other)))
    check_same(other, fitted_one_hot, table.X)


def test_a_pipeline_is_copied(table, trainings, fast, copied):
    pipeline = make_pipeline(StandardScaler(), BitVectorClassifier(**fast)).fit(table.X, table.bits)
    other = copied(pipeline)
    assert np.array_equal(other.predict_proba(table.X), pipeline.predict_proba(table.X))


def test_pickles_take_only_keras_own_parts_by_their_configuration(fitted_binary):
    assert users_parts(fitted_binary.model_) == []
    assert len(pickle.dumps(fitted_binary)) < 20_000


# --- a user's own layers, losses and so on, of this module or of nobody's


def doubled(x):
    return 2 * x


class Scale(keras.layers.Layer):
    """A layer with a parameter and a weight of its own."""

    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, shape):
        self.factor = self.add_weight(
            shape=(shape[-1],), initializer=keras.initializers.Constant(self.start)
        )

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return {**super().get_config(), "start": self.start}


class Shrink(keras.regularizers.Regularizer):
    def __call__(self, weights):
        return 0.01 * keras.ops.sum(keras.ops.abs(weights))

    def get_config(self):
        return {}


class HalfSteps(keras.optimizers.SGD):
    """An optimizer of one's own."""

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient, variable, learning_rate / 2)


def absolute_error(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


class SteepError(keras.losses.Loss):
    def __init__(self, power=2, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** self.power, axis=-1)

    def get_config(self):
        return {**super().get_config(), "power": self.power}


def deep(inputs):
    """The user's parts inside of others: a model in a model, a layer in a wrapper."""
    inner = keras.Sequential(
        [keras.Input((4,)), Scale(0.5), keras.layers.Dense(4, kernel_regularizer=Shrink())]
    )
    rows = keras.layers.Reshape((4, 1))(inner(inputs))
    each = keras.layers.TimeDistributed(keras.layers.Dense(2, activation=doubled))(rows)
    return keras.layers.Flatten()(each)


PARTS = {
    "layers, functions": {"model": deep, "loss": absolute_error, "metrics": [absolute_error]},
    "classes": {"loss": SteepError, "loss__power": 3, "optimizer": HalfSteps},
    "of no module": {
        "model": lambda inputs, activation: Scale(2.0)(keras.layers.Activation(activation)(inputs)),
        "activation": doubled,
    },
}


@pytest.mark.parametrize("part", PARTS)
def test_a_users_own_parts_are_copied_with_the_model(table, part):
    fitted = BinaryClassifier(**{**FAST_BUILT, "epochs": 1, **PARTS[part]}).fit(table.X, table.y)
    before = fitted.predict_proba(table.X)
    assert np.array_equal(copy.deepcopy(fitted).predict_proba(table.X), before)
    other = cloudpickle.loads(cloudpickle.dumps(fitted))
    assert np.array_equal(other.predict_proba(table.X), before)
    check_same(other.partial_fit(table.X, table.y), fitted.partial_fit(table.X, table.y), table.X)


class Forgetful(keras.losses.Loss):
    """A loss that Keras cannot make again, since its configuration lacks the power."""

    def __init__(self, power):
        super().__init__()
        self.power = power

    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** self.power, axis=-1)


def test_a_loss_that_cannot_be_made_again_leaves_a_model_that_predicts(table, fast):
    fitted = BinaryClassifier(**{**fast, "epochs": 1}, loss=Forgetful, loss__power=2)
    fitted.fit(table.X, table.y)
    with pytest.warns(UserWarning, match="cannot be restored: it predicts, but cannot train on"):
        other = copy.deepcopy(fitted)
    check_same(other, fitted, table.X)


# --- a fresh process

WRITER = """
import sys
import cloudpickle
import keras
import numpy as np
from skbits import BinaryClassifier

class Twist(keras.layers.Layer):
    def call(self, x):
        return curve(x)

def curve(x):
    return keras.ops.sin(x)

def builder(inputs, units=3):
    return Twist()(keras.layers.Dense(units, activation=curve)(inputs))

def loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

folder = sys.argv[1]
X, y = (np.load(f"{folder}/{name}.npy") for name in ("X", "y"))
model = BinaryClassifier(builder, loss=loss, model__units=5, epochs=2, random_state=0).fit(X, y)
with open(f"{folder}/of a script.pkl", "wb") as file:
    cloudpickle.dump(model, file)
before = model.predict_proba(X)
after = model.partial_fit(X, y).predict_proba(X)
np.savez(f"{folder}/expected.npz", before=before, after=after)
"""

READER = """
import pathlib
import sys
import cloudpickle
import numpy as np

folder = pathlib.Path(sys.argv[1])
X, y, bits = (np.load(folder / f"{name}.npy") for name in ("X", "y", "bits"))
results = {}
for path in folder.glob("*.pkl"):
    model = cloudpickle.loads(path.read_bytes())
    results[f"{path.stem}, before"] = model.predict_proba(X)
    model.partial_fit(X, bits if model.predict(X).ndim == 2 else y)
    results[f"{path.stem}, after"] = model.predict_proba(X)
np.savez(folder / "results.npz", **results)
"""


def run(script, folder):
    """Run a script in a fresh process, where nothing of this one is known."""
    path = folder / "script.py"
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", path, folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    path.unlink()


def parts_of_nobody():
    """A builder and a loss that no module holds, with a layer that none holds either."""

    class Local(keras.layers.Layer):
        def call(self, x):
            return keras.ops.tanh(x)

    def builder(inputs, units=4):
        hidden = keras.layers.Dropout(0.3)(keras.layers.Dense(units)(inputs))
        return Local()(hidden)

    def loss(y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    return builder, loss


def test_a_fresh_process_goes_on_where_another_stopped(table, tmp_path):
    for name in ("X", "y", "bits"):
        np.save(tmp_path / f"{name}.npy", getattr(table, name))
    run(WRITER, tmp_path)
    with np.load(tmp_path / "expected.npz") as arrays:
        expected = {f"of a script, {name}": arrays[name] for name in arrays}

    builder, loss = parts_of_nobody()
    params = {**FAST_BUILT, "epochs": 2, "model__units": 6, "class_weight": {0: 2.0}}
    model = BitVectorClassifier(builder, loss=loss, **params).fit(table.X, table.bits)
    (tmp_path / "of a test.pkl").write_bytes(cloudpickle.dumps(model))
    expected["of a test, before"] = model.predict_proba(table.X)
    model.partial_fit(table.X, table.bits)
    expected["of a test, after"] = model.predict_proba(table.X)

    run(READER, tmp_path)
    with np.load(tmp_path / "results.npz") as results:
        assert set(results) == set(expected)
        for name in expected:
            assert np.array_equal(results[name], expected[name]), name


# --- objects of the user's own, among the parameters


class Powered(keras.losses.Loss):
    """Not registered with Keras."""

    def __init__(self, power=2.0, name="powered", **kwargs):
        super().__init__(name=name, **kwargs)
        self.power = power

    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** self.power, axis=-1)

    def get_config(self):
        return {**super().get_config(), "power": self.power}


def test_an_unregistered_object_is_cloned_with_its_values():
    clf = BinaryClassifier(loss=Powered(3.0), metrics=[Powered(1.5)])
    cloned = clone(clf)
    assert cloned.loss is not clf.loss
    assert (cloned.loss.power, cloned.metrics[0].power) == (3.0, 1.5)


class Bare(keras.losses.Loss):
    """Its configuration leaves alpha out, and cannot make it again."""

    def __init__(self, alpha=1.0):
        super().__init__(name="bare")
        self.alpha = alpha

    def call(self, y_true, y_pred):
        return self.alpha * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


def test_a_loss_is_copied_whole_whatever_its_configuration_says(table, copied):
    clf = BinaryClassifier(loss=Bare(7.0), **FAST)
    assert clone(clf).loss.alpha == copied(clf).loss.alpha == 7.0
    fitted = clone(clf).fit(table.X, table.y)
    assert fitted.history_ == clf.fit(table.X, table.y).history_


def test_an_unregistered_object_is_copied_and_trained_on_with(table, copied):
    clf = BinaryClassifier(loss=Powered(3.0), **FAST).fit(table.X, table.y)
    other = copied(clf)
    check_same(clf, other, table.X)
    assert other.loss.power == 3.0
    again = clf.partial_fit(table.X, table.y).predict_proba(table.X)
    assert np.array_equal(other.partial_fit(table.X, table.y).predict_proba(table.X), again)
