"""One trainer against the other: the same model, made twice from one seed, trained by each.

History, weights, other variables and optimizer state must be the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, optimizers

from skbits.seeding import seeded_building
from skbits.training import Data, Plan, compiled, finished, reference

rng = np.random.default_rng(0)
N = 70  # batches of 16: the last one is partial
X = rng.normal(size=(N, 4)).astype(np.float32)
BIT = (X[:, :1] + 0.5 * X[:, 1:2] > 0).astype(np.float32)


def force_engine(monkeypatch, engine: str) -> None:
    """The one place that knows how the compiled trainer is told "numpy", "graph" or "xla"."""
    monkeypatch.setattr("skbits.training.compiled.covering.choose_engine", lambda *_: engine)


def sequential(*hidden, row=(4,), units=1, activation="sigmoid"):
    """A model of these layers and a dense one."""
    return keras.Sequential([keras.Input(row), *hidden, layers.Dense(units, activation)])


def dense():
    return sequential(layers.Dense(5, "tanh"))


@dataclass(frozen=True)
class Case:
    """What is trained, and how; Keras' objects are made by functions, for each trainer anew."""

    build: Callable[[], Any] = dense
    X: Any = field(default_factory=lambda: X)
    Y: np.ndarray = field(default_factory=lambda: BIT)
    loss: Any = "binary_crossentropy"
    optimizer: Callable[[], Any] = lambda: optimizers.Adam(0.01)
    metrics: Callable[[], Any] = lambda: None
    weights: np.ndarray | None = None
    callbacks: Callable[[], list] = list
    validates: bool = False
    epochs: int = 2
    calls: int = 1
    xla: bool = False

    def make(self) -> Any:
        with seeded_building(3):
            model = self.build()
            model(np.zeros((1, *self.X.shape[1:]), np.float32))
        model.compile(self.optimizer(), self.loss, metrics=self.metrics())
        return model

    @property
    def data(self) -> Data:
        return Data(self.X, self.Y, self.weights)

    def plan(self, call: int) -> Plan:
        held_out = self.data.rows(np.arange(0, N, 3)) if self.validates else None
        return Plan(
            epochs=self.epochs, batch_size=16, seed=7, first_epoch=call * self.epochs,
            validation=held_out, n_iter_no_change=2, callbacks=self.callbacks(),
        )  # fmt: skip


def check_parity(case: Case) -> tuple[Any, dict]:
    """Train with both trainers; gives the model and the history of the compiled one."""
    ours, theirs = case.make(), case.make()
    for call in range(case.calls):
        plan = case.plan(call)
        reason = compiled.obstacle(ours, case.data, plan)
        assert reason is None, reason
        history = compiled.train(ours, case.data, plan)
        finished(ours)
        expected = reference.train(theirs, case.data, case.plan(call))
        assert history.keys() == expected.keys()
        for name, values in expected.items():
            assert history[name] == pytest.approx(values, rel=1e-5, abs=1e-7), name
            assert all(type(value) is float for value in history[name])
    mine = [*ours.variables, *ours.optimizer.variables]
    its = [*theirs.variables, *theirs.optimizer.variables]
    for a, b in zip(mine, its, strict=True):
        assert np.allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6), a.path
    return ours, history
