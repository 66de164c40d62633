"""Describing: a built model as plain data, so that equal ones can be told from different ones.

Rules
-----
* A model is described by what was *built*, its configuration, and never by the function that built
  it: a builder that closes over changing state gets no stale program and no stale fit.
* Keras' running numbers in names (``dense_17``) say nothing about a model and are left out.
* The user's own functions and classes, wherever they stand in the model, are described by their
  code, the user's code that it calls, and the values that it reads.
* What cannot be described is an error: to be described alike means to be alike.
"""

import dis
import functools
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import joblib
import keras
import numpy as np

from skbits.persistence import users_parts

CONTAINERS = (list, tuple, dict, set, frozenset)

PLAIN = (bool, int, float, complex, str, bytes, np.ndarray, np.generic, type(None))

_HELD = (*PLAIN, *CONTAINERS)


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
        Of any kind, where the model cannot be described.
    """
    config = keras.saving.serialize_keras_object(model)
    compiled = config.pop("compile_config", None)
    return {
        "architecture": as_text(config),
        "compiled": compiled,
        "users": [_described(part) for part in users_parts(model)],
    }


def as_text(config: Any) -> str:
    """A configuration as JSON without Keras' running numbers.

    Raises
    ------
    ValueError
        Where it holds something that is no configuration, such as a ``functools.partial``.
    """
    text = json.dumps(config, sort_keys=True, default=str)
    if re.search(" at 0x[0-9a-f]+>", text):  # an address says nothing of what stands there
        raise ValueError(f"there is something in it that has no configuration: {text[:1000]}")
    return without_counters(text)


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
        (key, _value(value))
        for key, value in sorted(vars(part).items())
        if key not in _keras_attributes() and _is_own(key, value, part)
    ]
    return code_of(type(part)), held


def _is_own(key: str, value: Any, part: Any) -> bool:
    """Whether an attribute is a value that the user gave, and no name and no part of Keras'."""
    if key.startswith("_self_") or key in ("name", "_name", "path", "_path"):
        return False  # TensorFlow's bookkeeping; names, with numbers that Keras counts up
    if inspect.isfunction(value) and callable(getattr(type(part), key, None)):
        return False  # a method that Keras wrapped
    is_container = isinstance(value, CONTAINERS)
    known = _package(type(value)) in ("keras", "tensorflow")
    return is_container or not known or hasattr(value, "get_config")


@functools.cache
def _keras_attributes() -> frozenset[str]:
    """What every layer, model, loss and metric has, its bookkeeping above all."""
    bare = keras.layers.Layer(), keras.Model(), keras.losses.Loss(), keras.metrics.Metric(name="m")
    return frozenset(key for item in bare for key in vars(item))


def code_of(item: Any, seen: frozenset[int] = frozenset(), skip: tuple = ()) -> Any:
    """Name and code of a user's function or class, and what the code refers to; plain data.

    Values of the types in ``skip`` are left out.

    Examples
    --------
    >>> __name__ = "of_a_user"
    >>> def make(k):
    ...     return lambda x: x + k
    >>> code_of(make(1)) == code_of(make(1)), code_of(make(1)) == code_of(make(2))
    (True, False)
    """
    name = (getattr(item, "__module__", ""), getattr(item, "__qualname__", repr(item)))
    if id(item) in seen or _is_library(getattr(item, "__module__", None) or ""):
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
            (key, _value(part, seen, skip))
            for key, part in parts
            if not isinstance(part, skip)
            if inspect.isfunction(part) or (isinstance(part, _HELD) and key[:2] != "__")
        ]
    if not inspect.isfunction(item):
        return name
    values = [*(cell.cell_contents for cell in item.__closure__ or ()), *(item.__defaults__ or ())]
    values += [*(item.__kwdefaults__ or {}).values(), *_globals_of(item)]
    held = [_value(value, seen, skip) for value in values if not isinstance(value, skip)]
    return name, _code(item.__code__), held


def _value(value: Any, seen: frozenset[int] = frozenset(), skip: tuple = ()) -> Any:
    """What stands in the key for a value that code refers to."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, (list, tuple)):
        return [_value(item, seen, skip) for item in value]
    if isinstance(value, dict):
        return [(str(key), _value(item, seen, skip)) for key, item in value.items()]
    if isinstance(value, (set, frozenset)):
        return sorted(joblib.hash(_value(item, seen, skip)) for item in value)
    if inspect.isfunction(value) or inspect.isclass(value):
        return code_of(value, seen, skip)
    if hasattr(value, "get_config"):
        config = json.dumps(value.get_config(), sort_keys=True, default=str)
        return code_of(type(value), seen, skip), without_counters(config)
    return value.__name__ if isinstance(value, ModuleType) else joblib.hash(value)


def _globals_of(function: Any) -> Iterator[Any]:
    """What a function reads from its module, and from other modules of the user's.

    Of libraries nothing is followed: their code and constants stay as they are.
    """
    globals_, names = function.__globals__, _names(function.__code__, ("LOAD_GLOBAL", "LOAD_NAME"))
    attributes = _names(function.__code__, ("LOAD_ATTR", "LOAD_METHOD"))
    for name in sorted(names & globals_.keys()):
        value = globals_[name]
        if not isinstance(value, ModuleType):
            yield value
        elif not _is_library(value.__name__):
            yield from (vars(value)[key] for key in sorted(attributes & vars(value).keys()))


def _names(code: CodeType, operations: tuple[str, ...]) -> set[str]:
    """The names that code, and code within it, uses in some operations."""
    own = {item.argval for item in dis.get_instructions(code) if item.opname in operations}
    inner = [_names(item, operations) for item in code.co_consts if isinstance(item, CodeType)]
    return own.union(*inner)


@functools.cache
def _is_library(module: str) -> bool:
    """Whether a module belongs to Python or to an installed package."""
    package = module.partition(".")[0]
    if package in ("skbits", *sys.builtin_module_names, *sys.stdlib_module_names):
        return package != "__main__"
    path = getattr(sys.modules.get(package), "__file__", None) or ""
    return any(part in Path(path).parts for part in ("site-packages", "dist-packages"))


def _package(item: Any) -> str:
    return str(getattr(item, "__module__", "")).partition(".")[0]


def _code(code: CodeType) -> tuple:
    constants = [_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return code.co_code, constants, code.co_names
