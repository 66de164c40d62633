"""Persistence: a Keras model as plain data that every pickler takes, and its state as arrays.

Rules
-----
* The architecture travels as Keras' own configuration, the values as arrays: weights, dropout
  seeds and optimizer state, so that training goes on where it stopped.
* Classes and functions that Keras does not know travel beside it, by reference with pickle and by
  value with cloudpickle.
"""

import inspect
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np


def _variables(model: Any) -> list:
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return list(model.variables)
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    return [*model.variables, *optimizer.variables]


def get_state(model: Any) -> list[np.ndarray]:
    """Copies of all values that training changes: weights, seeds and optimizer state."""
    return [np.array(variable) for variable in _variables(model)]


def set_state(model: Any, state: list[np.ndarray]) -> None:
    """Put values of :func:`get_state` back into a model of the same architecture."""
    for variable, value in zip(_variables(model), state, strict=True):
        variable.assign(value)


def pack_model(model: Any, extras: Iterable[Any] = ()) -> dict[str, Any]:
    """A model as configuration, arrays, and the objects that Keras cannot look up.

    Parameters
    ----------
    model : keras.Model
    extras : iterable
        Losses and metrics of the user's own.
    """
    objects = [type(layer) for layer in _layers(model)]
    objects += [item if callable(item) else type(item) for item in (*extras, model.loss)]
    try:
        config = keras.saving.serialize_keras_object(model)
    except NotImplementedError as error:
        raise ValueError(
            f"{type(model).__name__} cannot be described by Keras, so it cannot be pickled. Build "
            "a functional or Sequential model, or give your subclass get_config()."
        ) from error
    custom = {item.__name__: item for item in objects if _is_users(item)}
    return {"config": config, "state": get_state(model), "custom_objects": custom}


def unpack_model(packed: dict[str, Any]) -> Any:
    """The model of :func:`pack_model`, ready to predict and, where it can be, to train on."""
    config, custom = packed["config"], packed["custom_objects"]
    try:
        model = _deserialize(config, custom)
    except (TypeError, ValueError) as error:
        if not config.get("compile_config"):
            raise
        model = _deserialize({**config, "compile_config": None}, custom)
        warnings.warn(
            "the loss, metrics or optimizer that the model was compiled with cannot be restored: "
            "it predicts, but cannot train on. Register them with "
            f"keras.saving.register_keras_serializable. Keras says: {error}",
            UserWarning,
            stacklevel=2,
        )
        n_variables = len(model.variables)
        set_state(model, packed["state"][:n_variables])
        return model
    set_state(model, packed["state"])
    return model


def _deserialize(config: dict, custom: dict) -> Any:
    # pickle runs the file's code anyway, so Keras' safe mode would protect nobody here
    return keras.saving.deserialize_keras_object(config, custom_objects=custom, safe_mode=False)


def _layers(layer: Any) -> Iterator[Any]:
    """The layer and all layers inside it, wrappers included."""
    yield layer
    inner = list(getattr(layer, "layers", None) or [])
    inner += [getattr(layer, name, None) for name in ("layer", "cell", "forward_layer")]
    for child in inner:
        if isinstance(child, keras.layers.Layer) and child is not layer:
            yield from _layers(child)


def _is_users(item: Any) -> bool:
    """Whether this is a class or named function that Keras has not registered."""
    if not (inspect.isclass(item) or inspect.isfunction(item)) or item.__name__ == "<lambda>":
        return False
    root = item.__module__.partition(".")[0]
    return root not in ("keras", "skbits", "builtins")
