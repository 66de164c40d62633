"""State: the values of a Keras model -> what a program takes, and back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from skbits.training.compiled.program import Program, State, other_variables
from skbits.training.finishing import finish_later


def pack(program: Program, model: Any) -> State:
    """Weights, other variables, metrics at their beginning, and the optimizer's state."""
    slots = _values(model.optimizer.variables)
    if model.optimizer.built:
        slots = program.weights.pack_slots(slots)
    else:  # it has its counter and learning rate, and nothing else
        slots += program.fresh_slots[len(slots) :]
    weights = program.weights.pack(_values(model.trainable_variables))
    return [*weights, *_values(other_variables(model)), *program.fresh_metrics, *slots]


def unpack(program: Program, state: State, model: Any) -> None:
    """Put the values of a state into a model; those of a new optimizer later."""
    arrays = [np.asarray(value) for value in state]
    others = other_variables(model)
    n_held, n_slots = len(program.weights.held), len(program.fresh_slots)
    _assign(model.trainable_variables, program.weights.unpack(arrays[:n_held]))
    _assign(others, arrays[n_held : n_held + len(others)])
    slots = program.weights.unpack_slots(arrays[len(arrays) - n_slots :])

    def put_slots(model: Any) -> None:
        model.optimizer.build(model.trainable_variables)
        _assign(model.optimizer.variables, slots)

    if model.optimizer.built:
        _assign(model.optimizer.variables, slots)
    else:
        finish_later(model, put_slots)


def _values(variables: Sequence[Any]) -> list[np.ndarray]:
    # half as long as variable.numpy()
    return [tf.convert_to_tensor(variable.value).numpy() for variable in variables]


def _assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
