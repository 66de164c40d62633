"""Describing: a built model as plain data, so that equal ones can be told from different ones.

Rules
-----
* A model is described by what was *built*, its configuration, and never by the function that built
  it: a builder that closes over changing state gets no stale program and no stale fit.
* What stands on its variables alone, and in no configuration, is described beside it.
* Keras' running numbers in names (``dense_17``) say nothing about a model and are left out.
* The user's own functions, classes and objects, wherever they stand in the model, are described by
  their contents (``skbits.contents``).
* What cannot be described is an error: to be described alike means to be alike.
"""

import functools
import inspect
import json
import re
from typing import Any

import joblib
import keras
import numpy as np

from skbits.contents import CONTAINERS, Reader
from skbits.persistence import users_parts


def describe(model: Any) -> dict[str, Any]:
    """A model's configuration, compiled part apart, and the user's own code in it.

    Returns
    -------
    dict
        "architecture" : str, JSON without running numbers, and what stands on the variables;
        "compiled" : dict of Keras' own form, or None; "users" : the user's own parts; "settings" :
        what Keras computes by.

    Raises
    ------
    Exception
        Of any kind, where the model cannot be described.
    """
    config = keras.saving.serialize_keras_object(model)
    compiled = config.pop("compile_config", None)
    reader = Reader()
    variables = [
        (tuple(v.shape), str(v.dtype), v.trainable, reader.read([v.regularizer, v.constraint]))
        for v in model.variables
    ]
    parts = [*users_parts(model), *_callables(model)]
    return {
        "architecture": (as_text(config), variables),
        "compiled": compiled,
        "users": [_described(reader, part) for part in parts],
        "settings": _settings(),
    }


def computation(built: dict[str, Any]) -> tuple:
    """What the output depends on, of a description: all but the compiled part and the seeds."""
    text, variables = built["architecture"]
    return without_seeds(text), variables, built["users"], built["settings"]


def _settings() -> tuple:
    config = keras.config
    policy = config.dtype_policy().name
    return config.epsilon(), config.floatx(), config.image_data_format(), policy


def as_text(config: Any) -> str:
    """A configuration as JSON without Keras' running numbers.

    Raises
    ------
    ValueError
        Where it holds something that has no configuration.
    """
    text = json.dumps(config, sort_keys=True, default=_as_plain)
    if re.search(" at 0x[0-9a-f]+>", text):  # an address says nothing of what stands there
        raise ValueError(f"there is something in it that has no configuration: {text[:1000]}")
    return without_counters(text)


def without_seeds(text: str) -> str:
    """The text of a configuration without seeds, for what depends on no initial value.

    A seed of the user's own layers stands among their contents too.

    Examples
    --------
    >>> without_seeds('{"seed": 3, "units": 2}')
    '{"seed": null, "units": 2}'
    """
    return re.sub(r'"seed": -?[0-9]+', '"seed": null', text)


def without_counters(config: str) -> str:
    """The configuration with Keras' running numbers in names (``dense_17``) counted from zero.

    Examples
    --------
    >>> without_counters('{"a": {"name": "dense_17"}, "b": ["dense_17", "relu_1"]}')
    '{"a": {"name": "dense#0"}, "b": ["dense#0", "relu_1"]}'
    """
    names = dict.fromkeys(re.findall(r'"name": ("[^"]*")', config))  # in order of appearance
    plain = {
        name: f'"{re.sub(r"_[0-9]+$", "", name[1:-1])}#{index}"' for index, name in enumerate(names)
    }
    return re.sub(r'"[^"]*"', lambda match: plain.get(match.group(0), match.group(0)), config)


def _as_plain(value: Any) -> str:
    return joblib.hash(value) if isinstance(value, np.ndarray) else str(value)


def _callables(model: Any) -> list[Any]:
    """Callable attributes that are neither Keras' own nor plain functions: methods and the like."""
    items = [model, *model.layers, *model.metrics] if hasattr(model, "layers") else [model]
    found = [value for item in items for value in vars(item).values() if callable(value)]
    compiled = [model.loss, *(getattr(metric, "_fn", None) for metric in model.metrics)]
    return [value for value in (*found, *compiled) if _is_users_callable(value)]


def _is_users_callable(value: Any) -> bool:
    if inspect.ismethod(value):
        return not _is_kerass(value.__self__)
    is_code = inspect.isfunction(value) or inspect.isclass(value)
    return callable(value) and not (is_code or _is_kerass(value) or hasattr(value, "get_config"))


def _is_kerass(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] in ("keras", "skbits") or isinstance(
        value, (keras.layers.Layer, keras.losses.Loss, keras.metrics.Metric)
    )


def _described(reader: Reader, part: Any) -> Any:
    """The contents of a part of the user's; of an object, without what Keras keeps in it.

    Objects whose ``get_config`` was not written would look alike without what they hold.
    """
    if inspect.isfunction(part) or inspect.isclass(part) or not hasattr(part, "get_config"):
        return reader.read(part)
    held = [
        (key, reader.read(value))
        for key, value in sorted(vars(part).items())
        if key not in _keras_attributes() and _is_own(key, value, part)
    ]
    return reader.read(type(part)), held


def _is_own(key: str, value: Any, part: Any) -> bool:
    """Whether an attribute is a value that the user gave, and no name and no part of Keras'."""
    if key.startswith("_self_") or key in ("name", "_name", "path", "_path"):
        return False  # TensorFlow's bookkeeping; names, with numbers that Keras counts up
    if inspect.isfunction(value) and callable(getattr(type(part), key, None)):
        return False  # a method that Keras wrapped
    is_kerass = type(value).__module__.partition(".")[0] == "keras"
    return isinstance(value, CONTAINERS) or not is_kerass or hasattr(value, "get_config")


@functools.cache
def _keras_attributes() -> frozenset[str]:
    """What every layer, model, loss and metric has, its bookkeeping above all."""
    bare = keras.layers.Layer(), keras.Model(), keras.losses.Loss(), keras.metrics.Metric(name="m")
    return frozenset(key for item in bare for key in vars(item))
