"""The compiled trainer does what ``keras.Model.fit`` does, over a table of what can be trained.

Each case is made twice from one seed and trained once by each trainer, on the same rows in the same
order: history, weights, other variables and optimizer state are the same.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, losses, metrics, optimizers
from parity import BIT, Case, N, X, check_parity, force_engine, rng, sequential
from scipy import sparse

from skbits.describing import describe
from skbits.training.losses import PositiveWeighted

SERIES = rng.normal(size=(N, 6, 3)).astype(np.float32)
IMAGES = rng.normal(size=(N, 6, 6, 2)).astype(np.float32)
WORDS = rng.integers(0, 10, size=(N, 6)).astype(np.float32)
BITS = (X[:, :3] > 0).astype(np.float32)
INDEX = X[:, :3].argmax(axis=1).astype(np.int32)
HOT = np.eye(3, dtype=np.float32)[INDEX]
WEIGHTS = rng.uniform(0.5, 2, N).astype(np.float32)

# -- models -------------------------------------------------------------------------------------


def ending_in(units, activation):
    return lambda: sequential(layers.Dense(5, "tanh"), units=units, activation=activation)


def groups():
    return sequential(layers.Dense(6), layers.Reshape((2, 3)), units=3, activation="softmax")


def frozen():
    return sequential(
        layers.Dense(5, "tanh", trainable=False),
        layers.BatchNormalization(trainable=False),
        layers.Dense(4, "tanh"),
    )


def nested():
    inputs = keras.Input((4,))
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, "tanh"), layers.Dense(4)])
    both = layers.Concatenate()([inner(inputs), inner(layers.Dense(4)(inputs))])  # used twice
    return keras.Model(inputs, layers.Dense(1, "sigmoid")(both))


class Penalized(layers.Layer):
    """Passes on what it gets, at a price."""

    def call(self, x):
        self.add_loss(0.1 * keras.ops.mean(x**2))
        return x


class Counting(layers.Layer):
    """Scales by how often it was trained on: state that is no weight."""

    def build(self, shape):
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if training:
            self.seen.assign(self.seen + 1)
        return x / (1 + 0.1 * self.seen)


class Unused(layers.Layer):
    """Has a weight that takes no part in the loss."""

    def build(self, shape):
        self.idle = self.add_weight(shape=(3,), initializer="ones")

    def call(self, x):
        return x


class Subclassed(keras.Model):
    def __init__(self, units=5, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = layers.Dense(units, "tanh")
        self.noise = layers.Dropout(0.3)
        self.head = layers.Dense(1, "sigmoid")

    def call(self, x, training=False):
        return self.head(self.noise(self.hidden(x), training=training))

    def get_config(self):
        return {"units": self.units}


def embedded(**kwargs):
    return layers.Embedding(10, 3, **kwargs)


SHAPES = {"series": (6, 3), "images": (6, 6, 2), "words": (6,), "rows": (4,)}
ROWS = {"series": SERIES, "images": IMAGES, "words": WORDS, "rows": X}
#: name -> (rows, hidden layers, whether once more under XLA)
HIDDEN: dict[str, tuple[str, Callable[[], list], bool]] = {
    "linear": ("rows", list, False),
    "dense": ("rows", lambda: [layers.Dense(5, "relu")], True),
    "deep": ("rows", lambda: [layers.Dense(u, "tanh") for u in (6, 5, 4)], False),
    "flat series": ("series", lambda: [layers.Flatten(), layers.Dense(5, "tanh")], False),
    "conv1d": (
        "series",
        lambda: [layers.Conv1D(3, 3, activation="tanh"), layers.GlobalMaxPooling1D()],
        False,
    ),
    "conv2d": (
        "images",
        lambda: [layers.Conv2D(3, 3), layers.MaxPooling2D(2), layers.Flatten()],
        True,
    ),
    "pooled words": ("words", lambda: [embedded(), layers.GlobalAveragePooling1D()], True),
    "flat words": ("words", lambda: [embedded(), layers.Flatten()], False),
    "lstm": ("series", lambda: [layers.LSTM(4)], True),
    "gru": ("series", lambda: [layers.GRU(4)], False),
    "two rnns": (
        "series",
        lambda: [layers.SimpleRNN(4, return_sequences=True), layers.SimpleRNN(3)],
        False,
    ),
    "bidirectional": ("series", lambda: [layers.Bidirectional(layers.LSTM(3))], False),
    "masked": ("words", lambda: [embedded(mask_zero=True), layers.LSTM(3)], False),
    "dropout": ("rows", lambda: [layers.Dense(6, "tanh"), layers.Dropout(0.4)], False),
    "noise": ("rows", lambda: [layers.GaussianNoise(0.3), layers.Dense(5, "tanh")], False),
    "recurrent dropout": (
        "series",
        lambda: [layers.LSTM(4, dropout=0.2, recurrent_dropout=0.3)],
        False,
    ),
    "batch norm": (
        "rows",
        lambda: [layers.Dense(5, use_bias=False), layers.BatchNormalization()],
        True,
    ),
    "layer norm": ("rows", lambda: [layers.Dense(5), layers.LayerNormalization()], False),
    "lambda": ("series", lambda: [layers.Lambda(lambda x: x[:, 0] * x[:, 1])], False),
    "l1 and l2": (
        "rows",
        lambda: [layers.Dense(5, "tanh", kernel_regularizer="l2", bias_regularizer="l1")],
        True,
    ),
    "activity": ("rows", lambda: [layers.Dense(5, activity_regularizer="l2")], False),
    "add_loss": ("rows", lambda: [layers.Dense(5), Penalized()], False),
    "state": ("rows", lambda: [layers.Dense(5), Counting()], False),
    "unused": ("rows", lambda: [layers.Dense(5), Unused()], False),
    "float64": ("rows", lambda: [layers.Dense(5, "tanh", dtype="float64")], False),
    "unit norm": ("rows", lambda: [layers.Dense(5, kernel_constraint="unit_norm")], False),
}


# -- the table ----------------------------------------------------------------------------------


def squared(y, p):
    return keras.ops.mean((y - p) ** 2, axis=-1)


class Powered(losses.Loss):
    def __init__(self, power=2.0, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def call(self, y, p):
        return keras.ops.mean(keras.ops.abs(y - p) ** self.power, axis=-1)

    def get_config(self):
        return {**super().get_config(), "power": self.power}


def one_hot(activation, loss, **kwargs):
    return Case(ending_in(3, activation), Y=HOT, loss=loss, **kwargs)


LOSSES = {
    "logits": Case(ending_in(1, None), loss=losses.BinaryCrossentropy(from_logits=True)),
    "focal": Case(loss=losses.BinaryFocalCrossentropy(gamma=1.5)),
    "hinge": Case(ending_in(1, "tanh"), Y=2 * BIT - 1, loss="squared_hinge", xla=True),
    "mse": Case(loss="mse"),
    "bits": Case(ending_in(3, "sigmoid"), Y=BITS),
    "bits hinge": Case(ending_in(3, "tanh"), Y=2 * BITS - 1, loss="squared_hinge"),
    "positive": Case(
        ending_in(3, "sigmoid"),
        Y=BITS,
        loss=PositiveWeighted(losses.BinaryCrossentropy(), np.array([1.0, 2.0, 5.0])),
    ),
    "categorical": one_hot("softmax", "categorical_crossentropy", xla=True),
    "categorical logits": one_hot(None, losses.CategoricalCrossentropy(from_logits=True)),
    "categorical focal": one_hot("softmax", losses.CategoricalFocalCrossentropy()),
    "sparse": Case(
        ending_in(3, "softmax"), Y=INDEX, loss="sparse_categorical_crossentropy", xla=True
    ),
    "sparse logits": Case(
        ending_in(3, None), Y=INDEX, loss=losses.SparseCategoricalCrossentropy(from_logits=True)
    ),
    "groups": Case(
        groups,
        Y=np.stack([INDEX, INDEX[::-1]], axis=1),
        loss="sparse_categorical_crossentropy",
        weights=np.stack([WEIGHTS, WEIGHTS[::-1]], axis=1),
    ),
    "user function": Case(loss=squared),
    "user class": Case(loss=Powered(3.0)),
    "weights": Case(weights=WEIGHTS, metrics=lambda: ["accuracy"], xla=True),
    "sparse X": Case(X=sparse.csr_matrix(np.where(np.abs(X) > 0.5, X, 0))),
    "sparse X and weights": Case(
        X=sparse.csr_matrix(X), weights=WEIGHTS, validates=True, metrics=lambda: ["accuracy"]
    ),
}


def share_of_ones(y, p):
    return keras.ops.mean(p, axis=-1)


METRICS = {
    "accuracy": Case(metrics=lambda: ["accuracy"]),
    "categorical accuracy": one_hot("softmax", "mse", metrics=lambda: ["accuracy"]),
    "sparse accuracy": replace(LOSSES["sparse"], metrics=lambda: ["accuracy"], xla=False),
    "auc": Case(metrics=lambda: [metrics.AUC(name="auc")], xla=True),
    "user function": Case(metrics=lambda: [share_of_ones]),
    "several": Case(
        metrics=lambda: ["accuracy", metrics.AUC(20, name="auc"), "mae", share_of_ones],
        weights=WEIGHTS,
        validates=True,
    ),
}

NEED_ARGUMENTS = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
BEGINS_WITH_THE_WEIGHTS = "ScheduleFreeAdamW"  # left to Keras: see test_programs.py
OPTIMIZERS: dict[str, Callable[[], Any]] = {
    name: maker
    for name, maker in vars(optimizers).items()
    if isinstance(maker, type) and issubclass(maker, optimizers.Optimizer)
    if name not in (*NEED_ARGUMENTS, BEGINS_WITH_THE_WEIGHTS)
}
schedules = optimizers.schedules
ADAM_OPTIONS: dict[str, dict[str, Any]] = {
    "clipnorm": {"clipnorm": 0.01},
    "global_clipnorm": {"global_clipnorm": 0.01},
    "clipvalue": {"clipvalue": 0.01},
    "weight_decay": {"weight_decay": 0.1},
    "ema": {"use_ema": True, "ema_momentum": 0.5},
    "ema overwrites": {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3},
    "amsgrad": {"amsgrad": True},
    "accumulation": {"gradient_accumulation_steps": 2},
    "accumulation and ema": {"gradient_accumulation_steps": 3, "use_ema": True},
    "loss_scale_factor": {"loss_scale_factor": 8.0},
    "schedule": {"learning_rate": schedules.ExponentialDecay(0.05, 4, 0.5)},
}
OPTIONS: dict[str, Callable[[], Any]] = {
    **{name: lambda o=o: optimizers.Adam(**o) for name, o in ADAM_OPTIONS.items()},
    "momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "centered": lambda: optimizers.RMSprop(0.01, centered=True, momentum=0.5),
    "loss scale": lambda: optimizers.LossScaleOptimizer(
        optimizers.Adam(0.01), initial_scale=64.0, dynamic_growth_steps=3
    ),
}


def callback(name, **kwargs):
    return lambda: [getattr(keras.callbacks, name)(**kwargs)]


def halve(epoch, rate):
    return rate / 2


class Meddling(keras.callbacks.Callback):
    """Changes weights between epochs, and adds to the logs."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.layers[-1].bias.assign([float(epoch)])

    def on_epoch_end(self, epoch, logs=None):
        logs["bias"] = self.model.layers[-1].bias.numpy()[0]


def ema():
    return optimizers.SGD(0.5, use_ema=True, ema_momentum=0.8)


LATER = {
    "early stopping": Case(
        validates=True, epochs=12, optimizer=lambda: optimizers.SGD(2.0), Y=BIT[::-1].copy()
    ),
    "early stopping, metrics, weights": Case(
        validates=True,
        epochs=3,
        weights=WEIGHTS,
        metrics=lambda: ["accuracy", metrics.AUC(name="auc")],
    ),
    "early stopping, moving averages": Case(
        validates=True, epochs=12, optimizer=ema, Y=BIT[::-1].copy()
    ),
    "validation of batch norm": Case(
        lambda: sequential(layers.BatchNormalization(), layers.Dropout(0.3)), validates=True
    ),
    "of the loss": Case(
        callbacks=callback("EarlyStopping", monitor="loss", min_delta=0.01, patience=2),
        epochs=8,
    ),
    "plateau": Case(
        callbacks=callback("ReduceLROnPlateau", monitor="loss", min_delta=0.1, patience=1),
        epochs=4,
    ),
    "scheduler": Case(callbacks=callback("LearningRateScheduler", schedule=halve), xla=True),
    "meddling": Case(callbacks=lambda: [Meddling()], epochs=3),
    "swapped averages": Case(
        callbacks=callback("SwapEMAWeights"), optimizer=ema, validates=True, epochs=3
    ),
    "swapped on epoch": Case(
        callbacks=callback("SwapEMAWeights", swap_on_epoch=True), optimizer=ema, epochs=3
    ),
}

CASES: dict[str, Case] = {
    **{
        name: Case(
            lambda rows=rows, hidden=hidden: sequential(*hidden(), row=SHAPES[rows]),
            ROWS[rows],
            xla=xla,
        )
        for name, (rows, hidden, xla) in HIDDEN.items()
    },
    **{f: Case(build) for f, build in {"frozen": frozen, "nested": nested}.items()},
    **{f"loss: {name}": case for name, case in LOSSES.items()},
    **{f"metrics: {name}": case for name, case in METRICS.items()},
    # in two calls: the state that the first leaves, in a model, is what the second starts from
    **{
        f"optimizer: {name}": Case(optimizer=make, epochs=1, calls=2, xla=name in ("SGD", "Adam"))
        for name, make in OPTIMIZERS.items()
    },
    **{
        f"optimizer: {name}, moving averages": Case(
            optimizer=lambda make=make: make(use_ema=True, ema_momentum=0.5), epochs=1, calls=2
        )
        for name, make in OPTIMIZERS.items()
        if name in ("Adadelta", "Adafactor", "Ftrl", "Nadam", "RMSprop")
    },
    **{
        f"option: {name}": Case(optimizer=make, epochs=1, calls=2, xla=name == "global_clipnorm")
        for name, make in OPTIONS.items()
    },
    **{f"between epochs: {name}": case for name, case in LATER.items()},
}


@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # of the weight that is not used
@pytest.mark.parametrize("name", CASES)
def test_parity_in_a_plain_graph(name, monkeypatch):
    force_engine(monkeypatch, "graph")
    check_parity(CASES[name])


def test_parity_of_a_subclassed_model(monkeypatch):
    case = Case(Subclassed)
    try:
        describe(case.make())
    except NotImplementedError:
        pytest.skip("this Keras, as 3.5, cannot describe a subclassed model that is compiled")
    force_engine(monkeypatch, "graph")
    check_parity(case)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.xla])
def test_parity_under_xla(name, monkeypatch):
    force_engine(monkeypatch, "xla")
    check_parity(CASES[name])


#: what numpy may train: chains of dense layers, with a loss object
CHAINS = {
    **{
        f"{activation}, weights": Case(
            lambda a=activation: sequential(layers.Dense(6, a), layers.Dense(5, a)),
            loss=losses.BinaryCrossentropy(),
            weights=WEIGHTS,
            validates=True,
        )
        for activation in ("relu", "tanh", "sigmoid", "elu", "selu", "gelu", "softplus")
    },
    "logits": LOSSES["logits"],
    "bits": Case(ending_in(3, "sigmoid"), Y=BITS, loss=losses.BinaryCrossentropy()),
    "no hidden layer": Case(sequential, loss=losses.BinaryCrossentropy()),
    "softmax": one_hot("softmax", losses.CategoricalCrossentropy()),
    "categorical logits": LOSSES["categorical logits"],
    "sparse": Case(ending_in(3, "softmax"), Y=INDEX, loss=losses.SparseCategoricalCrossentropy()),
    "sparse X": Case(X=sparse.csr_matrix(X), loss=losses.BinaryCrossentropy()),
    **{
        name: Case(optimizer=make, loss=losses.BinaryCrossentropy(), epochs=1, calls=2)
        for name, make in {**OPTIMIZERS, **OPTIONS}.items()
        if name in ("SGD", "momentum", "nesterov", "Adam", "AdamW", "RMSprop", "amsgrad", "ema")
        or name in ("schedule", "weight_decay", "clipvalue", "centered", "global_clipnorm")
    },
}


@pytest.mark.parametrize("name", CHAINS)
def test_parity_of_chains_by_the_engine_that_is_chosen(name):
    check_parity(CHAINS[name])
