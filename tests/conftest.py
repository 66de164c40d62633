"""What the tests share: tiny data, settings that train in a second, and a trainer that takes none.

The fitted estimators are made once a session; a test that would change one copies it first.
"""

import os

# before TensorFlow is imported: no log lines about missing accelerators
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import skbits  # its estimators, and so TensorFlow, are imported where they are used

# a deadline would be a timed assertion, and fail on a busy machine
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
settings.register_profile(
    "thorough", max_examples=200, deadline=None, suppress_health_check=list(HealthCheck)
)

FAST = {
    "hidden_layer_sizes": (8,),
    "epochs": 4,
    "batch_size": 64,
    "optimizer__learning_rate": 0.05,
    "random_state": 0,
}

#: the same, for a function given as model, which says its own sizes
FAST_BUILT = {name: value for name, value in FAST.items() if name != "hidden_layer_sizes"}


@dataclass(frozen=True)
class Table:
    """96 rows of 4 columns, and targets of every kind that follow from them, with some noise.

    Parameters
    ----------
    X : ndarray of shape (96, 4)
    y : ndarray of shape (96,)
        "no" or "yes", which follow from the first column.
    bits : ndarray of shape (96, 3)
    labels : ndarray of shape (96,)
        "ant", "bee" or "cat".
    weights : ndarray of shape (96,)
        All different, so that each names its row.
    """

    X: np.ndarray
    y: np.ndarray
    bits: np.ndarray
    labels: np.ndarray
    weights: np.ndarray


def make_table() -> Table:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(96, 4))
    scores = X[:, :3] + 0.3 * rng.normal(size=(96, 3))
    return Table(
        X=X,
        y=np.array(["no", "yes"])[(scores[:, 0] > 0).astype(int)],
        bits=(scores > 0).astype(int),
        labels=np.array(["ant", "bee", "cat"])[scores.argmax(axis=1)],
        weights=rng.permutation(np.linspace(0.5, 2.5, 96)),
    )


@pytest.fixture(scope="session")
def table() -> Table:
    return make_table()


@pytest.fixture
def fast() -> dict[str, Any]:
    """Parameters of a fit that takes a second."""
    return dict(FAST)


@pytest.fixture
def fast_built() -> dict[str, Any]:
    """The same, beside a function given as model."""
    return dict(FAST_BUILT)


@pytest.fixture(scope="session")
def fitted_binary(table):
    return skbits.BinaryClassifier(**FAST).fit(table.X, table.y)


@pytest.fixture(scope="session")
def fitted_bits(table):
    return skbits.BitVectorClassifier(**FAST).fit(table.X, table.bits)


@pytest.fixture(scope="session")
def fitted_one_hot(table):
    return skbits.OneHotClassifier(**FAST).fit(table.X, table.labels)


@dataclass(frozen=True)
class Training:
    """What a trainer was given, and the model in the state that it left it in."""

    model: Any  # keras.Model
    data: Any  # skbits.training.Data
    plan: Any  # skbits.training.Plan

    @property
    def units(self) -> int:
        """Units of the first layer that has weights."""
        return self.model.weights[0].shape[1]


@pytest.fixture
def trainings(monkeypatch) -> list[Training]:
    """The trainings of this test, in order; all are done by :func:`_train_in_no_time`.

    For tests of what goes in, how often, and in which order, rather than of what is learned.
    """
    return train_in_no_time(monkeypatch)


def train_in_no_time(monkeypatch) -> list[Training]:
    """All trainings from now on; for fixtures of more than one test."""
    return _watch(monkeypatch, lambda real: _train_in_no_time)


@pytest.fixture
def real_trainings(monkeypatch) -> list[Training]:
    """The trainings of this test, in order, as they are done."""
    return _watch(monkeypatch, lambda real: real)


def _watch(monkeypatch, replaced: Callable[[Callable], Callable]) -> list[Training]:
    from skbits.training import TRAINERS

    done = []

    def watched(trainer: Callable) -> Callable:
        def train(model: Any, data: Any, plan: Any) -> dict[str, list[float]]:
            done.append(Training(model, data, plan))
            return trainer(model, data, plan)

        return train

    for name, trainer in TRAINERS.items():
        monkeypatch.setitem(TRAINERS, name, watched(replaced(trainer)))
    return done


def _train_in_no_time(model: Any, data: Any, plan: Any) -> dict[str, list[float]]:
    """The last layer's bias becomes the weighted mean of the targets: it depends on the data."""
    means = np.average(data.Y, axis=0, weights=data.weights)
    bias = model.layers[-1].bias
    bias.assign(np.broadcast_to(means, bias.shape))
    return {"loss": [float(np.mean(means))] * plan.epochs}
