"""Describing: a built model as plain data, so that equal ones can be told from different ones.

Rules
-----
* A model is described by what was *built*, its configuration, and never by the function that built
  it: a builder that closes over changing state gets no stale program and no stale fit.
* Keras' running numbers in names (``dense_17``) say nothing about a model and are left out.
* The user's own functions and classes, wherever they stand in the model, are described by their
  code, the user's code that it calls, and the values that it reads.
"""

import functools
import inspect
import json
import re
from collections.abc import Iterator
from types import CodeType, ModuleType
from typing import Any

import joblib
import keras
import numpy as np

from skbits.persistence import users_parts

PLAIN = (bool, int, float, complex, str, bytes, np.ndarray, np.generic, type(None))


def describe(model: Any) -> dict[str, Any]:
    """A model's configuration, compiled part apart, and the user's own code in it.

    Returns
    -------
    dict
        "architecture" : str, JSON without running numbers; "compiled" : dict of Keras' own form, or
        None; "users" : the user's own parts, described.

    Raises
    ------
    Exception
        Of any kind, where Keras cannot describe the model.
    """
    config = keras.saving.serialize_keras_object(model)
    compiled = config.pop("compile_config", None)
    return {
        "architecture": without_counters(json.dumps(config, sort_keys=True, default=str)),
        "compiled": compiled,
        "users": [_described(part) for part in users_parts(model)],
    }


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


def _described(part: Any) -> Any:
    """The code of a user's function, class or object, and the values that the object holds.

    Objects whose ``get_config`` was not written would look alike without the values.
    """
    if inspect.isfunction(part) or inspect.isclass(part):
        return code_of(part)
    held = [
        (key, _value(value, frozenset()))
        for key, value in sorted(vars(part).items())
        if key not in _keras_attributes() and _is_own(key, value, part)
    ]
    return code_of(type(part)), held


def _is_own(key: str, value: Any, part: Any) -> bool:
    """Whether an attribute is a value that the user gave, and no name and no part of Keras'."""
    if key.startswith("_self_") or key.endswith(("name", "path")):
        return False  # TensorFlow's bookkeeping; names, with numbers that Keras counts up
    if inspect.isfunction(value) and callable(getattr(type(part), key, None)):
        return False  # a method that Keras wrapped
    is_container = isinstance(value, (list, tuple, dict, set, frozenset))
    known = _package(type(value)) in ("keras", "tensorflow")
    return is_container or not known or hasattr(value, "get_config")


@functools.cache
def _keras_attributes() -> frozenset[str]:
    """What every layer, model, loss and metric has, its bookkeeping above all."""
    bare = keras.layers.Layer(), keras.Model(), keras.losses.Loss(), keras.metrics.Metric(name="m")
    return frozenset(key for item in bare for key in vars(item))


def code_of(item: Any, seen: frozenset[int] = frozenset()) -> Any:
    """Name and code of a user's function or class, and what the code refers to; plain data.

    Examples
    --------
    >>> __name__ = "of_a_user"
    >>> def make(k):
    ...     return lambda x: x + k
    >>> code_of(make(1)) == code_of(make(1)), code_of(make(1)) == code_of(make(2))
    (True, False)
    """
    name = (getattr(item, "__module__", ""), getattr(item, "__qualname__", repr(item)))
    if id(item) in seen or _package(item) in ("keras", "skbits", "builtins"):
        return name
    seen |= {id(item)}
    if inspect.isclass(item):
        own = [vars(base) for base in item.__mro__ if _package(base) == _package(item)]
        parts = [
            (key, getattr(value, "__func__", getattr(value, "fget", value)))
            for attributes in own
            for key, value in sorted(attributes.items())
        ]
        return name, [
            (key, _value(part, seen))
            for key, part in parts
            if inspect.isfunction(part) or (isinstance(part, PLAIN) and key[:2] != "__")
        ]
    if not inspect.isfunction(item):
        return name
    values = [*(cell.cell_contents for cell in item.__closure__ or ()), *(item.__defaults__ or ())]
    values += [*(item.__kwdefaults__ or {}).values(), *_globals_of(item)]
    return name, _code(item.__code__), [_value(value, seen) for value in values]


def _value(value: Any, seen: frozenset[int]) -> Any:
    """What stands in the key for a value that code refers to."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, (list, tuple)):
        return [_value(item, seen) for item in value]
    if isinstance(value, dict):
        return [(str(key), _value(item, seen)) for key, item in value.items()]
    if isinstance(value, (set, frozenset)):
        return sorted(joblib.hash(_value(item, seen)) for item in value)
    if inspect.isfunction(value) or inspect.isclass(value):
        return code_of(value, seen)
    if hasattr(value, "get_config"):
        config = json.dumps(value.get_config(), sort_keys=True, default=str)
        return code_of(type(value), seen), without_counters(config)
    return value.__name__ if isinstance(value, ModuleType) else joblib.hash(value)


def _globals_of(function: Any) -> Iterator[Any]:
    """What a function reads from its module: its package's code, constants, Keras objects.

    Containers are left out: code also writes to them, and would never be found again.
    """
    for name in sorted(set(_names(function.__code__))):
        value = function.__globals__.get(name)
        if inspect.isfunction(value) or inspect.isclass(value):
            follow = _package(value) == _package(function)
        else:
            follow = isinstance(value, PLAIN) or hasattr(value, "get_config")
        if follow:
            yield value


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _package(item: Any) -> str:
    return str(getattr(item, "__module__", "")).partition(".")[0]


def _code(code: CodeType) -> tuple:
    constants = [_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return code.co_code, constants, code.co_names
