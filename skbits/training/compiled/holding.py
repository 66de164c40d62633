"""Holding: where a program keeps the weights and the optimizer's state while it trains.

Rules
-----
* A program holds variables of its own; a model's values travel in before and out after training.
* ``Flat``: all trainable weights in one vector, updated at once. For optimizers that treat every
  number alike the numbers are the same, and a step has a fraction of the operations.
* ``Separate``: a variable for each weight, for all other optimizers and options.
"""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from skbits.programs import NoProgram

#: optimizers that update each number by its own history alone
ELEMENTWISE = frozenset(
    getattr(keras.optimizers, name)
    for name in (
        *("SGD", "RMSprop", "Adam", "AdamW", "Adadelta"),
        *("Adagrad", "Adamax", "Nadam", "Ftrl", "Lion"),
    )
)


class NotFlat(Exception):
    """One vector would not give Keras' numbers.

    Either a weight takes no part in the loss, and Keras leaves it alone, even of weight decay; or
    a gradient is sparse, as of an embedding, whose repeated rows Keras' optimizers treat apart.
    """


class Separate:
    """A variable for each trainable weight.

    Parameters
    ----------
    weights : sequence of keras.Variable
        The trainable weights of a model; only their shapes, dtypes and names are read.
    optimizer : keras.optimizers.Optimizer
        Of the model; its configuration is copied.
    """

    def __init__(self, weights: Sequence[Any], optimizer: Any):
        _check_fresh_state(optimizer)
        self.held = [like(weight) for weight in weights]
        self.optimizer = twin(optimizer)
        self.optimizer.build(self.held)

    def values(self) -> list:
        """The weights as tensors, within a graph."""
        return [tf.convert_to_tensor(weight.value) for weight in self.held]

    def apply(self, gradients: Sequence[Any]) -> None:
        """Let the optimizer update the weights, within a graph."""
        self.optimizer.apply(list(gradients), self.held)

    def pack(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Values of a model's trainable weights -> of the held variables."""
        return list(arrays)

    def unpack(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The inverse of ``pack``."""
        return list(arrays)

    def pack_slots(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Values of a model's optimizer -> of this one's variables."""
        return list(arrays)

    def unpack_slots(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The inverse of ``pack_slots``."""
        return list(arrays)


class Flat:
    """All trainable weights in one vector; parameters and methods as of :class:`Separate`."""

    def __init__(self, weights: Sequence[Any], optimizer: Any):
        self.shapes = [tuple(weight.shape) for weight in weights]
        self.sizes = [math.prod(shape) for shape in self.shapes]
        total = keras.Variable(np.zeros(sum(self.sizes)), dtype=weights[0].dtype, name="weights")
        self.held = [total]
        self.optimizer = twin(optimizer)
        self.optimizer.build(self.held)
        self.order = _slot_order(optimizer, len(weights))

    @staticmethod
    def fits(weights: Sequence[Any], optimizer: Any) -> bool:
        """Whether one vector gives the same numbers."""
        config = optimizer.get_config()
        return (
            type(optimizer) in ELEMENTWISE
            and len({weight.dtype for weight in weights}) == 1
            and all(weight.constraint is None for weight in weights)
            and config.get("clipnorm") is None
            and config.get("gradient_accumulation_steps") is None
        )

    def values(self) -> list:
        parts = tf.split(tf.convert_to_tensor(self.held[0].value), self.sizes)
        return [tf.reshape(part, shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def apply(self, gradients: Sequence[Any]) -> None:
        if any(g is None or isinstance(g, tf.IndexedSlices) for g in gradients):
            raise NotFlat
        parts = [tf.reshape(tf.convert_to_tensor(gradient), [-1]) for gradient in gradients]
        self.optimizer.apply([tf.concat(parts, axis=0)], self.held)

    def pack(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [np.concatenate([array.ravel() for array in arrays])]

    def unpack(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        parts = np.split(arrays[0], np.cumsum(self.sizes)[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def pack_slots(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        packed: dict[int, list[np.ndarray]] = {}
        for (slot, _), array in zip(self.order, arrays, strict=True):
            packed.setdefault(slot, []).append(array)
        return [
            np.concatenate([part.ravel() for part in packed[slot]]).reshape(variable.shape)
            for slot, variable in enumerate(self.optimizer.variables)
        ]

    def unpack_slots(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        parts = [self.unpack([array]) if array.ndim else [array] for array in arrays]
        return [parts[slot][owner] for slot, owner in self.order]


def _slot_order(optimizer: Any, n_weights: int) -> list[tuple[int, int]]:
    """For each variable of an optimizer of many weights: which one of one vector, which weight.

    Keras orders them slot by slot or weight by weight, as the optimizer's author wrote it, and not
    all have names that tell. So an optimizer of two weights of different shapes shows the order:
    runs of variables of the first weight are followed by as many of the second.
    """
    small = twin(optimizer)
    small.build([_probe(np.zeros(size)) for size in (1, 2)])
    order, slot, run = [], 0, 0
    for variable in small.variables:
        shape = tuple(variable.shape)
        if shape == (1,):
            run += 1
        elif shape == ():
            order.append((slot, 0))
            slot += 1
        elif run:  # the first of the second weight's: the run is complete
            order += [(slot + k, owner) for owner in range(n_weights) for k in range(run)]
            slot, run = slot + run, 0
    return order


def _check_fresh_state(optimizer: Any) -> None:
    """Raise where an optimizer begins with the weights' values, as ScheduleFreeAdamW does.

    ``keras.Model.fit`` builds such a one before the weights have values, and begins with zeros.
    """
    states = []
    for value in (0.0, 1.0):
        built = twin(optimizer)
        built.build([_probe(np.full(1, value))])
        states.append([variable.numpy() for variable in built.variables])
    if not all(np.array_equal(a, b) for a, b in zip(*states, strict=True)):
        raise NoProgram(f"the state of {type(optimizer).__name__} begins with the weights' values")


def _probe(value: np.ndarray) -> Any:
    # a name of its own: TensorFlow keeps 35 kB for each new name
    return keras.Variable(value.astype(np.float32), name=f"probe_{value.size}")


def like(variable: Any) -> Any:
    """A new keras.Variable like another one, constraint included, of zeros."""
    made = keras.Variable(
        initializer="zeros",
        shape=variable.shape,
        dtype=variable.dtype,
        trainable=variable.trainable,
        name=variable.name,
    )
    made.constraint = variable.constraint  # the optimizer applies it
    return made


def twin(optimizer: Any) -> Any:
    """A new, unbuilt optimizer of the same configuration."""
    return type(optimizer).from_config(optimizer.get_config())
