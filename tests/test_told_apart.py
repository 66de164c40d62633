"""Models that do different things are told apart, however they differ; and what is not followed."""

import functools
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from parity import BIT, Case, X, check_parity, sequential

import skbits
from skbits import BinaryClassifier
from skbits.contents import contents
from skbits.describing import describe
from skbits.inference import raw_output
from skbits.training import Plan, compiled
from skbits.training.compiled.covering import PROGRAMS


class Weighted:
    """Of a user's: a number, and methods that read it."""

    def __init__(self, weight):
        self.weight = weight

    def loss(self, y, p):
        return self.weight * keras.ops.mean(keras.ops.square(y - p), axis=-1)

    def act(self, x):
        return self.weight * x

    __call__ = loss


class TensorLoss(keras.losses.Loss):
    def __init__(self, weight):
        super().__init__()
        self.weight = tf.constant(weight)

    def call(self, y, p):
        return float(self.weight) * keras.ops.mean(keras.ops.square(y - p), axis=-1)


def shared(weight):
    class Owner:
        held = Weighted(weight)

    def loss(y, p):
        return Owner.held.weight * keras.ops.mean(keras.ops.square(y - p), axis=-1)

    return loss


def of_module(weight):
    module = types.ModuleType("a_module_of_the_users")
    module.inner = types.ModuleType("a_module_of_the_users.inner")
    module.inner.WEIGHT = weight
    made = {"module": module, "__name__": __name__}
    exec("def loss(y, p): return module.inner.WEIGHT * (y - p) ** 2", made)
    return made["loss"]


def cached(weight):
    @functools.lru_cache
    def factor():
        return weight

    return lambda y, p: factor() * (y - p) ** 2


def graph_loss(weight):
    @tf.function
    def loss(y, p):
        return weight * (y - p) ** 2

    return loss


def power(y, p, weight):
    return weight * (y - p) ** 2


LOSSES = {
    "bound method": lambda weight: Weighted(weight).loss,
    "callable object": Weighted,
    "tensor of a loss": TensorLoss,
    "tf.function": graph_loss,
    "object of a class": shared,
    "module of a module": of_module,
    "behind a cache": cached,
    "partial": lambda weight: functools.partial(power, weight=weight),
}


@pytest.mark.parametrize("name", LOSSES)
def test_no_fit_gets_the_loss_of_another(name):
    def fitted(weight):
        params = {"hidden_layer_sizes": (3,), "epochs": 2, "random_state": 0, "optimizer": "sgd"}
        return BinaryClassifier(**params, loss=LOSSES[name](weight)).fit(X, BIT.ravel())

    fitted(1.0)
    after, by_keras = fitted(30.0), fitted(30.0).set_params(trainer="keras").fit(X, BIT.ravel())
    assert after.history_["loss"] == pytest.approx(by_keras.history_["loss"], rel=1e-5)


def test_contents_end_where_they_meet_themselves():
    ring: list = [1]
    ring.append(ring)
    assert contents(ring) == contents(ring)
    assert contents(ring) != contents([1, [1]])


def made(change=lambda model: None, **options):
    model = Case(lambda: sequential(layers.Dense(4, "tanh", **options), layers.Dense(4))).make()
    change(model)
    return model


ON_VARIABLES = {
    "frozen": lambda m: setattr(m.layers[0].kernel, "trainable", False),
    "regularized": lambda m: setattr(m.layers[0].kernel, "regularizer", keras.regularizers.L2(0.5)),
    "constrained": lambda m: setattr(m.layers[0].kernel, "constraint", keras.constraints.NonNeg()),
}


@pytest.mark.parametrize("name", ON_VARIABLES)
def test_what_stands_on_a_variable_alone_counts(name):
    loss = keras.losses.BinaryCrossentropy()
    check_parity(Case(made, loss=loss))  # a program that would be wrong for the next one
    check_parity(Case(lambda: made(ON_VARIABLES[name]), loss=loss))


@pytest.mark.parametrize("method", ["train_step", "compute_loss", "call"])
def test_what_is_set_on_a_model_is_seen(method):
    case = Case()
    model = case.make()
    setattr(model, method, getattr(model, method))
    assert method in compiled.obstacle(model, case.data, case.plan(0))


def test_a_lookup_that_does_not_exist_is_an_error_in_long_fits_too():
    words = np.full((64, 3), 50.0)
    clf = BinaryClassifier(
        lambda inputs: layers.Flatten()(layers.Embedding(10, 2)(inputs)), batch_size=8, epochs=80
    )
    with pytest.raises(ValueError, match="X holds 50 in row 0, step 0: .* from 0 to 9, the"):
        clf.fit(words, np.arange(64) % 2)


def test_a_lookup_that_is_not_of_x_is_told_as_tensorflow_tells_it():
    def shifted(inputs):
        return layers.Flatten()(layers.Embedding(10, 2)(inputs + 40))

    message = r"index that the model's embedding does not know \(indices\[0,0\] = 41 is not in"
    with pytest.raises(ValueError, match=message):
        BinaryClassifier(shifted, epochs=1).fit(np.ones((64, 3)), np.arange(64) % 2)


def test_numpy_stays_with_keras_over_hundreds_of_batches():
    loss, adam = keras.losses.BinaryCrossentropy(), lambda: keras.optimizers.Adam(0.1)
    check_parity(Case(loss=loss, optimizer=adam, epochs=60))


class Noisy(layers.Dropout):
    """Draws in inference too, as Monte-Carlo dropout does."""

    def call(self, inputs, training=False):
        return super().call(inputs, training=True)


def test_what_is_random_in_inference_stays_random():
    model = sequential(layers.Dense(40), Noisy(0.5))
    assert not np.array_equal(raw_output(model, X), raw_output(model, X))


class Epsilon(layers.Layer):
    def call(self, inputs):
        return inputs + keras.config.epsilon()


def test_keras_settings_count(monkeypatch):
    first = raw_output(sequential(Epsilon()), X)
    monkeypatch.setattr("keras.config.epsilon", lambda: 5.0)
    model = sequential(Epsilon())
    assert np.allclose(raw_output(model, X), model(X))
    assert not np.array_equal(first, raw_output(model, X))


def test_cleared_programs_are_made_anew_for_models_that_live():
    model = sequential(layers.LayerNormalization())
    before = raw_output(model, X)
    skbits.clear_programs()
    assert np.array_equal(raw_output(model, X), before)


def test_seeds_of_initializers_make_no_new_program():
    def seeded(seed):
        return Case(lambda: made(kernel_initializer=keras.initializers.GlorotUniform(seed=seed)))

    skbits.clear_programs()
    for seed in (1, 2, 3):
        case = seeded(seed)
        compiled.train(case.make(), case.data, case.plan(0))
    assert len(PROGRAMS) == 1
    models = [seeded(seed).make() for seed in (1, 2)]
    assert describe(models[0])["architecture"] != describe(models[1])["architecture"]  # for memory


class Meddling(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.model.optimizer.beta_1 = 0.1


def test_a_change_of_the_optimizer_that_cannot_be_followed_is_an_error():
    case = Case()
    plan = Plan(epochs=2, batch_size=16, seed=0, callbacks=[Meddling()])
    with pytest.raises(ValueError, match="beta_1 to 0.1.*trainer='keras'"):
        compiled.train(case.make(), case.data, plan)
