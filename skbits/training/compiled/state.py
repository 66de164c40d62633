"""State: the values of a Keras model -> what a program takes, and back."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from skbits.persistence import build_optimizer
from skbits.training.compiled.holding import Flat
from skbits.training.compiled.program import Program, State, other_variables
from skbits.training.finishing import finish_later, finished


class Exchange:
    """The way between a model and a program.

    Parameters
    ----------
    program : Program
    model : keras.Model
        Which of its weights are trained is read once, as ``keras.Model.fit`` does.
    """

    def __init__(self, program: Program, model: Any):
        self.program, self.model = program, finished(model)
        self._trained, self._others = model.trainable_variables, other_variables(model)
        is_plain = isinstance(program.weights, Flat)
        if not (model.optimizer.built or is_plain):
            build_optimizer(model, self._trained)
        self._options = _options(model.optimizer)
        self._feeds: dict[int, Any] = {}

    def feed(self, data: Any, make: Callable[[Program, Any], Any]) -> Any:
        """What ``make(program, data)`` gives, made once for all epochs."""
        if id(data) not in self._feeds:
            self._feeds[id(data)] = make(self.program, data)
        return self._feeds[id(data)]

    def check_options(self) -> None:
        """Raise where a callback has changed what the program was made with."""
        now = _options(self.model.optimizer)
        changed = [name for name, value in now.items() if value != self._options.get(name)]
        if changed:
            raise ValueError(
                f"a callback changed the optimizer's {changed[0]} to {now[changed[0]]!r}, which "
                "the compiled trainer cannot follow: it expected changes of the learning rate, as "
                "a number, alone. Use trainer='keras'."
            )

    def pack(self) -> State:
        """Weights, other variables, metrics at their beginning, and the optimizer's state."""
        program, slots = self.program, _values(self.model.optimizer.variables)
        if self.model.optimizer.built:
            slots = program.weights.pack_slots(slots)
        else:  # a plain one has its counter and learning rate then, and nothing else
            slots += program.fresh_slots[len(slots) :]
        weights = program.weights.pack(_values(self._trained))
        return [*weights, *_values(self._others), *program.fresh_metrics, *slots]

    def unpack(self, state: State) -> None:
        """Put the values of a state into the model; those of a new optimizer later."""
        program, trained = self.program, self._trained
        arrays = [np.asarray(value) for value in state]
        n_held, n_slots = len(program.weights.held), len(program.fresh_slots)
        _assign(trained, program.weights.unpack(arrays[:n_held]))
        _assign(self._others, arrays[n_held : n_held + len(self._others)])
        slots = program.weights.unpack_slots(arrays[len(arrays) - n_slots :])

        def put_slots(model: Any) -> None:
            build_optimizer(model, trained)
            _assign(model.optimizer.variables, slots)

        if self.model.optimizer.built:
            put_slots(self.model)
        else:
            finish_later(self.model, put_slots)


def _options(optimizer: Any) -> dict[str, Any]:
    """Its configuration without a learning rate that is a number."""
    config = optimizer.get_config()
    if not isinstance(config.get("learning_rate"), dict):
        config.pop("learning_rate", None)
    return config


def _values(variables: Sequence[Any]) -> list[np.ndarray]:
    # half as long as variable.numpy()
    return [tf.convert_to_tensor(variable.value).numpy() for variable in variables]


def _assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
