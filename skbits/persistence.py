"""Persistence: a Keras model as plain data that every pickler takes, and its state as arrays.

Rules
-----
* The architecture travels as Keras' own configuration, the values as arrays: weights, dropout
  seeds and optimizer state, so that training goes on where it stopped.
* Classes and functions that Keras does not know travel beside them: by reference where a fresh
  process can import them, else by value (``skbits.by_value``).
"""

import copy
import inspect
import warnings
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from skbits.by_value import by_value
from skbits.seeding import seeded_building
from skbits.sharing import remember
from skbits.startup import start


def _variables(model: Any) -> list:
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return list(model.variables)
    build_optimizer(model, model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]


def build_optimizer(model: Any, trained: list) -> None:
    """Let a model's optimizer make its variables: all, or none where that is interrupted."""
    optimizer = model.optimizer
    if optimizer.built:
        return
    with model.distribute_strategy.scope():
        try:
            optimizer.build(trained)
        except BaseException:  # Ctrl-C: with some of them, it would count as built for ever
            model.optimizer = type(optimizer).from_config(optimizer.get_config())
            raise


def get_state(model: Any) -> list[np.ndarray]:
    """Copies of all values that training changes: weights, seeds and optimizer state."""
    return [np.array(variable.numpy()) for variable in _variables(model)]


def set_state(model: Any, state: list[np.ndarray]) -> None:
    """Put values of :func:`get_state` back into a model of the same architecture."""
    for variable, value in zip(_variables(model), state, strict=True):
        variable.assign(value)


def pack_model(model: Any) -> dict[str, Any]:
    """A model as configuration, arrays, and the objects that Keras cannot look up."""
    try:
        config = keras.saving.serialize_keras_object(model)
    except NotImplementedError as error:
        raise ValueError(
            f"{type(model).__name__} cannot be described by Keras, so it cannot be pickled. Build "
            "a functional or Sequential model, or give your subclass get_config()."
        ) from error
    makers = [item if _is_code(item) else type(item) for item in users_parts(model)]
    named = {maker.__name__: maker for maker in makers if maker.__name__ != "<lambda>"}
    state = get_state(model)
    if named:
        _check_comes_back(model, config, named, state)
    custom = {name: by_value(maker) for name, maker in named.items()}
    return {"config": config, "state": state, "custom_objects": custom}


def _check_comes_back(model: Any, config: dict, custom: dict, state: list[np.ndarray]) -> None:
    """Raise where what is written would be read as no model, or as one that predicts otherwise."""
    try:
        with seeded_building(0):  # layers draw seeds, from a generator that is not ours
            other = _deserialize(copy.deepcopy({**config, "compile_config": None}), custom)
        for variable, value in zip(other.variables, state[: len(model.variables)], strict=True):
            variable.assign(value)
        reason = None if predict_alike(model, other) else "its copy would predict something else."
    except Exception as error:  # of Keras, or of the user's own code
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
    if reason:
        layers = [part for part in users_parts(model) if isinstance(part, keras.layers.Layer)]
        names = sorted({type(part).__name__ for part in layers} or custom)
        raise ValueError(
            f"model_ is made with {', '.join(names)}, and would not come back from a pickle: "
            f"{reason} Let __init__ take **kwargs and hand them to super().__init__, and write a "
            "get_config() that says all that __init__ needs."
        )


def predict_alike(model: Any, other: Any) -> bool:
    """Whether two models give the same output for some rows; so they do where none can be made."""
    if model.distribute_strategy is not tf.distribute.get_strategy():
        return True
    try:
        shape = [4 if size is None else size for size in model.input_shape]
        rows = np.random.default_rng(0).random(shape, dtype=np.float32)
        expected, again = _output(model, rows), _output(model, rows)
    except Exception:  # a shape that is not known, or numbers that are no input
        return True
    is_random = not np.array_equal(expected, again, equal_nan=True)
    return is_random or np.allclose(expected, _output(other, rows), equal_nan=True)


def _output(model: Any, rows: np.ndarray) -> np.ndarray:
    with keras.StatelessScope():  # what the model changes in itself, such as a seed, is dropped
        return np.asarray(model(rows, training=False))


def unpack_model(packed: dict[str, Any]) -> Any:
    """The model of :func:`pack_model`, ready to predict and, where it can be, to train on."""
    start("devices")
    model = _unpacked(packed)
    remember(model)
    return model


def _unpacked(packed: dict[str, Any]) -> Any:
    config, custom = packed["config"], packed["custom_objects"]
    try:
        model = _deserialize(copy.deepcopy(config), custom)  # Keras takes it apart
    except (TypeError, ValueError) as error:
        if not config.get("compile_config"):
            raise
        model = _deserialize({**config, "compile_config": None}, custom)
        warnings.warn(
            "the loss, metrics or optimizer that the model was compiled with cannot be restored: "
            "it predicts, but cannot train on. Register them with "
            f"keras.saving.register_keras_serializable. Keras says: {error}",
            UserWarning,
            stacklevel=3,
        )
        n_variables = len(model.variables)
        set_state(model, packed["state"][:n_variables])
        return model
    set_state(model, packed["state"])
    return model


def _deserialize(config: dict, custom: dict) -> Any:
    # pickle runs the file's code anyway, so Keras' safe mode would protect nobody here
    return keras.saving.deserialize_keras_object(config, custom_objects=custom, safe_mode=False)


def users_parts(model: Any) -> list[Any]:
    """The objects, functions and classes of the user's own that a model is made of.

    Found through the attributes of the model and of whatever in it Keras can describe: layers,
    cells, activations, initializers, losses, metrics, the optimizer and its schedule.

    Examples
    --------
    >>> import keras
    >>> __name__ = "of_a_user"
    >>> class Twice(keras.layers.Layer):
    ...     def call(self, x):
    ...         return 2 * x
    >>> inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), Twice()])
    >>> [type(part).__name__ for part in users_parts(keras.Sequential([inner]))]
    ['Twice']
    """
    parts, seen, waiting = [], {}, [model]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen[id(item)] = item
        if isinstance(item, (list, tuple)):
            waiting.extend(item)  # TensorFlow wraps tuples, which no list adds up
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif _is_code(item) or hasattr(item, "get_config"):
            maker = item if _is_code(item) else type(item)
            if not _is_known(maker):
                parts.append(item)
            waiting += [] if maker is item else _attributes(item)
    return parts


def _attributes(item: Any) -> list[Any]:
    """The values of an object's attributes, without the methods that Keras wraps one by one."""
    return [
        value
        for key, value in vars(item).items()
        if not (inspect.isfunction(value) and callable(getattr(type(item), key, None)))
    ]


@dataclass(frozen=True)
class KerasObject:
    """A Keras object of the user's own among the parameters, in a form that every pickler takes.

    Keras restores the objects that it knows or that were registered; this one carries its class.
    A loss carries its attributes, whole whatever its ``get_config`` leaves out; metrics and
    optimizers, which hold variables, their configuration.
    """

    maker: type
    config: dict[str, Any]

    @classmethod
    def of(cls, item: Any) -> "KerasObject":
        """Take an object apart."""
        is_loss = isinstance(item, keras.losses.Loss)
        return cls(type(item), dict(vars(item)) if is_loss else item.get_config())

    def make(self) -> Any:
        """Put a new object together."""
        if not issubclass(self.maker, keras.losses.Loss):
            return self.maker.from_config(self.config)
        made = self.maker.__new__(self.maker)
        vars(made).update(self.config)
        return made


class _InThisProcess:
    """A strategy among the parameters: copies of the estimator share it, pickles go without it."""

    def __init__(self, strategy: tf.distribute.Strategy):
        self.strategy = strategy

    def make(self) -> tf.distribute.Strategy:
        """The very strategy."""
        return self.strategy

    def __deepcopy__(self, memo: dict) -> "_InThisProcess":
        return self

    def __reduce__(self) -> tuple:
        warnings.warn(
            f"strategy={self.strategy!r} holds devices of this process and is None in the pickled "
            "copy. Give a function that makes it, such as tf.distribute.MirroredStrategy, which "
            "goes along.",
            UserWarning,
            stacklevel=2,
        )
        return type(None), ()


def pack_params(value: Any) -> Any:
    """Parameters in which the user's own Keras objects are replaced by KerasObject, among others.

    Examples
    --------
    >>> import keras
    >>> pack_params({"loss": "mse", "metrics": [keras.metrics.AUC]})["loss"]
    'mse'
    """
    if type(value) in (list, tuple):
        return type(value)(pack_params(item) for item in value)
    if type(value) is dict:
        return {name: pack_params(item) for name, item in value.items()}
    if isinstance(value, tf.distribute.Strategy):
        return _InThisProcess(value)
    if _is_code(value) or not hasattr(value, "get_config") or _is_known(type(value)):
        return value
    return KerasObject.of(value)


def unpack_params(value: Any) -> Any:
    """What :func:`pack_params` was given, with new Keras objects."""
    if type(value) in (list, tuple):
        return type(value)(unpack_params(item) for item in value)
    if type(value) is dict:
        return {name: unpack_params(item) for name, item in value.items()}
    return value.make() if isinstance(value, (KerasObject, _InThisProcess)) else value


def _is_known(maker: Any) -> bool:
    return maker.__module__.partition(".")[0] in ("keras", "skbits", "builtins")


def _is_code(item: Any) -> bool:
    return inspect.isclass(item) or inspect.isfunction(item)
