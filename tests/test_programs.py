"""Programs: what they cannot do, what they are shared by, and that sharing them changes no bit."""

import gc
import pickle
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import callbacks, layers, losses, optimizers
from parity import Case, check_parity, dense, force_engine, sequential
from small_fits import FAST, LABELS, X, fit

import skbits
from skbits import BinaryClassifier
from skbits.programs import NoProgram, Programs
from skbits.training import compiled
from skbits.training.compiled.covering import PROGRAMS, program_for
from skbits.training.compiled.engines import XLA_IS_REPEATABLE


@pytest.fixture
def made(monkeypatch):
    """The keys of programs that this test makes, from none."""
    skbits.clear_programs()
    keys = []
    real = PROGRAMS.get

    def get(key, make):
        return real(key, lambda: (keys.append(key), make())[1])

    monkeypatch.setattr(PROGRAMS, "get", get)
    yield keys
    skbits.clear_programs()


# -- what it cannot do ----------------------------------------------------------------------------


class OnBatches(callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


class OwnStep(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


class Undescribed(layers.Layer):
    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner

    def call(self, x):
        return self.inner(x)


class RawVariable(layers.Layer):
    def build(self, shape):
        self.raw = tf.Variable(2.0)

    def call(self, x):
        return x * self.raw


def own_step():
    inputs = keras.Input((4,))
    return OwnStep(inputs, layers.Dense(1, "sigmoid")(inputs))


def without_decay_of_biases():
    optimizer = optimizers.AdamW(weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def complete(build, optimizer=optimizers.Adam, **kwargs):
    """A function that builds and compiles a model, as scikeras would take it."""

    def model():
        built = build()
        built.compile(optimizer(), "binary_crossentropy", **kwargs)
        return built

    return model


def of_epochs(epoch, logs=None):
    pass


IMPOSSIBLE = {
    "on_train_batch_end": {"callbacks": OnBatches},
    "TerminateOnNaN": {"callbacks": callbacks.TerminateOnNaN},
    "LambdaCallback": {"callbacks": callbacks.LambdaCallback(on_train_batch_end=of_epochs)},
    "train_step": {"model": complete(own_step)},
    "run_eagerly": {"model": complete(dense, run_eagerly=True)},
    "exclude_from_weight_decay|_exclude": {"model": complete(dense, without_decay_of_biases)},
    "variables that are no weights": {"model": complete(lambda: sequential(RawVariable()))},
    "described": {"model": complete(lambda: sequential(Undescribed(lambda x: 2 * x)))},
}
if hasattr(optimizers, "ScheduleFreeAdamW"):  # of Keras 3.15
    IMPOSSIBLE["begins with the weights"] = {"optimizer": "ScheduleFreeAdamW"}


@pytest.mark.parametrize("reason", IMPOSSIBLE)
def test_what_cannot_be_compiled_is_left_to_keras(reason):
    params = IMPOSSIBLE[reason]
    clf = fit(**params)
    assert clf.trainer_ == "keras"
    with pytest.raises(ValueError, match=reason) as error:
        fit(**params, trainer="compiled")
    assert "trainer='auto'" in str(error.value)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"callbacks": callbacks.LambdaCallback(on_epoch_end=of_epochs)},
        {"callbacks": callbacks.EarlyStopping(monitor="loss")},
        {"optimizer": "adamw", "early_stopping": True},
    ],
    ids=["defaults", "LambdaCallback", "EarlyStopping", "adamw"],
)
def test_the_rest_is_compiled(params):
    assert fit(**params).trainer_ == "compiled"
    assert fit(**params, trainer="compiled").trainer_ == "compiled"


def test_the_reference_trainer_makes_no_program(made):
    assert fit(trainer="keras").trainer_ == "keras"
    assert not made
    assert not PROGRAMS


LEFT_TO_A_GRAPH = {
    "dropout": lambda: sequential(layers.Dropout(0.3), layers.Dense(4)),  # XLA draws other numbers
    "convolution": lambda: sequential(
        layers.Reshape((4, 1)), layers.Conv1D(2, 2), layers.Flatten()
    ),
}


@pytest.mark.parametrize("epochs", [1, 10_000])
@pytest.mark.parametrize("build", LEFT_TO_A_GRAPH)
def test_what_xla_is_not_for_is_never_left_to_it(build, epochs):
    case = Case(LEFT_TO_A_GRAPH[build], epochs=epochs)
    assert program_for(case.make(), case.data, case.plan(0)).signature.engine == "graph"


def _wide(*units, positions=1):
    """Layers whose largest product has 16 rows, times positions."""
    shaped = [layers.Dense(positions), layers.Reshape((positions, 1))] if positions > 1 else []
    return [*shaped, *map(layers.Dense, units), layers.Flatten(), layers.BatchNormalization()]


ENGINES = {
    "a small chain": (Case(loss=keras.losses.BinaryCrossentropy(), epochs=9000), "numpy"),
    "a short fit": (Case(lambda: sequential(layers.BatchNormalization()), epochs=99), "graph"),
    "a long fit": (Case(lambda: sequential(layers.BatchNormalization()), epochs=100), "xla"),
    "loops": (Case(lambda: sequential(layers.Reshape((4, 1)), layers.GRU(2)), epochs=40), "xla"),
    "a wide layer": (Case(lambda: sequential(*_wide(257, 256)), epochs=100), "graph"),
    "one less wide": (Case(lambda: sequential(*_wide(256, 256)), epochs=100), "xla"),
    "many positions": (Case(lambda: sequential(*_wide(64, 64, positions=17)), epochs=100), "graph"),
    "some positions": (Case(lambda: sequential(*_wide(64, 64, positions=16)), epochs=100), "xla"),
}


@pytest.mark.parametrize("name", ENGINES)
def test_the_engine_follows_from_the_fit(name):
    case, engine = ENGINES[name]  # five batches an epoch
    if engine == "xla" and not XLA_IS_REPEATABLE:
        engine = "graph"
    assert program_for(case.make(), case.data, case.plan(0)).signature.engine == engine


# -- what a program is made for -------------------------------------------------------------------

SAME = {
    "learning rate": {"optimizer__learning_rate": 0.3},
    "epochs": {"epochs": 5},
    "seed": {"random_state": 9},
    "threshold": {"threshold": 0.2},
    "callbacks": {"callbacks": callbacks.EarlyStopping(monitor="loss")},
}
OTHER = {
    "hidden units": {"hidden_layer_sizes": (7,)},
    "hidden layers": {"hidden_layer_sizes": (6, 6)},
    "activation": {"activation": "tanh"},
    "loss": {"loss": "focal"},
    "loss parameter": {"loss": "focal", "loss__gamma": 3.0},
    "optimizer": {"optimizer": "sgd"},
    "momentum": {"optimizer": "sgd", "optimizer__momentum": 0.5},
    "batch size": {"batch_size": 32},
    "class weight": {"class_weight": {1: 3.0}},
    "metrics": {"metrics": ["accuracy"]},
    "regularizer": {"model": lambda inputs: layers.Dense(6, kernel_regularizer="l2")(inputs)},
}


def test_what_does_not_change_the_arithmetic_makes_no_new_program(made):
    fit()
    assert len(made) == 1
    for params in SAME.values():
        fit(**params)
    for n in (16, 31, 69):
        BinaryClassifier(**FAST).fit(X[:n], LABELS[:n])
    again = BinaryClassifier(**FAST, warm_start=True).fit(X, LABELS)
    again.fit(X + 1, 1 - LABELS)
    pickle.loads(pickle.dumps(again)).fit(X, LABELS)
    assert len(made) == 1


def test_what_changes_the_arithmetic_makes_one_each(made):
    fit()
    for n, params in enumerate(OTHER.values(), start=2):
        fit(**params)
        fit(**params, random_state=1)
        assert len(set(made)) == len(made) == n


def test_a_builder_that_closes_over_changing_state_gets_what_it_built():
    activation = ["relu"]

    def build(inputs):
        return layers.Dense(6, activation=activation[0])(inputs)

    for activation[0] in ("relu", "tanh", "relu", "sigmoid"):
        expected = fit(model=build, trainer="keras")
        assert np.allclose(fit(model=build).predict_proba(X), expected.predict_proba(X), atol=1e-5)


class Scaled(layers.Layer):
    """Scales by a constant that stands in an attribute, and not in the configuration."""

    def __init__(self, constant, **kwargs):
        super().__init__(**kwargs)
        self.constant = constant

    def call(self, x):
        value = self.constant
        while isinstance(value, (list, tuple, dict)):
            value = value["factor"] if isinstance(value, dict) else value[0]
        return x * getattr(value, "factor", value)

    def get_config(self):
        return super().get_config()


class Held:
    def __init__(self, factor):
        self.factor = factor


class ScaledLoss(losses.Loss):
    def __init__(self, scales):
        super().__init__()
        self.scales = scales

    def call(self, y, p):
        return self.scales["factor"] * keras.ops.mean((y - p) ** 2, axis=-1)


SETTINGS = {"factor": 1.0}


def scaled_by_settings(y, p):
    return SETTINGS["factor"] * keras.ops.mean((y - p) ** 2, axis=-1)


def by_settings(factor):
    SETTINGS["factor"] = factor
    return scaled_by_settings


def closing_over(factor):
    def scaled(y, p):
        return factor * keras.ops.mean((y - p) ** 2, axis=-1)

    return scaled


def holding(form):
    return lambda factor: Case(lambda: sequential(layers.Dense(4), Scaled(form(factor))))


CONSTANTS = {
    "number": holding(float),
    "list": holding(lambda factor: [factor]),
    "nested list": holding(lambda factor: [[factor, 7.0]]),
    "tuple": holding(lambda factor: (factor,)),
    "dict": holding(lambda factor: {"factor": factor}),
    "array": holding(lambda factor: np.full(4, factor, np.float32)),
    "object": holding(Held),
    "lambda layer": lambda factor: Case(
        lambda: sequential(layers.Lambda(lambda x: factor * x), layers.Dense(4))
    ),
    "closure": lambda factor: Case(loss=closing_over(factor)),
    "global dict": lambda factor: Case(loss=by_settings(factor)),
    "loss": lambda factor: Case(loss=ScaledLoss({"factor": factor})),
    "frozen weights": lambda factor: Case(
        lambda: sequential(
            layers.Dense(4, trainable=False, kernel_initializer=keras.initializers.Constant(factor))
        )
    ),
}


@pytest.mark.parametrize("kind", CONSTANTS)
def test_no_model_gets_the_constants_of_another(kind, monkeypatch):
    force_engine(monkeypatch, "graph")
    for factor in (1.0, 2.0, 1.0):
        check_parity(CONSTANTS[kind](factor))


def adapted(scale):
    layer = layers.Normalization()
    layer.adapt(scale * X)
    return layer


#: what a graph may refuse, but must not get wrong
REFUSABLE = {
    "spectral": lambda factor: Case(
        lambda: sequential(layers.SpectralNormalization(layers.Dense(5)))
    ),
    "tensor": holding(tf.constant),
    "adapted": lambda factor: Case(lambda: sequential(adapted(factor))),
}


@pytest.mark.parametrize("kind", REFUSABLE)
def test_what_is_taken_is_right(kind, monkeypatch):
    force_engine(monkeypatch, "graph")
    for factor in (1.0, 2.0):
        case = REFUSABLE[kind](factor)
        if compiled.obstacle(case.make(), case.data, case.plan(0)) is None:
            check_parity(case)


def test_names_in_the_history_are_those_of_the_model():
    """Keras counts metrics up: auc, auc_1, ..."""
    for _ in range(2):
        clf = fit(metrics=[keras.metrics.AUC])
        assert set(clf.history_) == set(clf.model_.get_metrics_result())


# -- the cache ------------------------------------------------------------------------------------


def test_the_cache_is_bounded_and_forgets_what_was_not_used_for_longest():
    programs = Programs(max_size=3)
    for key in "abc":
        programs.get(key, lambda: "made")
    programs.get("a", lambda: "made anew")
    programs.get("d", lambda: "made")
    assert len(programs) == 3
    assert [key in programs for key in "abcd"] == [True, False, True, True]
    skbits.clear_programs()
    assert not programs


def test_what_cannot_be_made_is_remembered_and_an_error_is_not():
    programs, calls = Programs(), []

    def fail(error):
        calls.append(error)
        raise error

    for _ in range(2):
        with pytest.raises(NoProgram, match="no way"):
            programs.get("a", lambda: fail(NoProgram("no way")))
        with pytest.raises(KeyError):
            programs.get("b", lambda: fail(KeyError("b")))
    assert [type(error) for error in calls] == [NoProgram, KeyError, KeyError]
    assert programs.get("b", lambda: "made") == "made"


def test_threads_that_want_the_same_program_make_it_once():
    programs, calls, ready = Programs(), [], threading.Barrier(4)

    def make():
        calls.append(threading.get_ident())
        threading.Event().wait(0.05)
        return object()

    def get(_):
        ready.wait()
        return programs.get("a", make)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(get, range(4)))) == len(calls) == 1


def test_a_program_keeps_no_model_alive():
    clf = fit(hidden_layer_sizes=(3,))
    model = weakref.ref(clf.model_)
    del clf
    gc.collect()
    assert model() is None
