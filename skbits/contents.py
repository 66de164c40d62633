"""Contents: functions, classes and objects of the user's as plain data, to tell them apart.

Rules
-----
* A function is its code, what it closes over, its defaults, and what it reads from modules of the
  user's; a class its functions and values; an object its class and the values it holds.
* Libraries stay as they are: their functions and classes are their names.
* What is met again is a reference to where it was met first, so that cycles end.
* What cannot be told apart is an error: to have the same contents means to do the same.
"""

import dis
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import joblib
import numpy as np
import tensorflow as tf

CONTAINERS = (list, tuple, dict, set, frozenset)

_PLAIN = (bool, int, float, complex, str, bytes, np.ndarray, np.generic, type(None))


class Reader:
    """Reads contents, of one thing and of what it refers to.

    Parameters
    ----------
    skip : tuple of types
        What is left out where code refers to it.

    Examples
    --------
    >>> __name__ = "of_a_user"
    >>> def make(k):
    ...     return lambda x: x + k
    >>> contents(make(1)) == contents(make(1)), contents(make(1)) == contents(make(2))
    (True, False)
    """

    def __init__(self, skip: tuple = ()):
        self._skip = skip
        self._met: dict[int, Any] = {}  # it keeps what it met, so that no id is used again

    def read(self, value: Any) -> Any:
        """The contents of anything."""
        if isinstance(value, _PLAIN):
            return value
        if id(value) in self._met:
            return f"met as {list(self._met).index(id(value))}"
        self._met[id(value)] = value
        return next(read(self, value) for is_one, read in _KINDS if is_one(value))

    def each(self, values: Any) -> list:
        """The contents of some values, without those that are left out."""
        return [self.read(value) for value in values if not isinstance(value, self._skip)]

    def code(self, item: Any) -> Any:
        """Of a function."""
        if _is_library(item.__module__ or ""):
            return _name(item)
        cells = [cell.cell_contents for cell in item.__closure__ or ()]
        values = [*cells, *(item.__defaults__ or ()), *(item.__kwdefaults__ or {}).values()]
        return _name(item), _code(item.__code__), self.each([*values, *_globals_of(item)])

    def owner(self, item: type) -> Any:
        """Of a class: what it has from classes of the user's."""
        own = [vars(base) for base in item.__mro__ if not _is_library(base.__module__)]
        parts = [
            (key, getattr(value, "__func__", getattr(value, "fget", value)))
            for attributes in own
            for key, value in sorted(attributes.items())
            if inspect.isfunction(value) or not (key.startswith("__") or key == "_abc_impl")
        ]
        values = [(k, self.read(part)) for k, part in parts if not isinstance(part, self._skip)]
        return _name(item), values

    def held(self, item: Any) -> Any:
        """Of an object of the user's: its class and its attributes."""
        values = sorted(getattr(item, "__dict__", {}).items())
        return self.read(type(item)), [(key, self.read(value)) for key, value in values]


def contents(value: Any, skip: tuple = ()) -> Any:
    """The contents of a value, as data that joblib can hash; see :class:`Reader`."""
    return Reader(skip).read(value)


def _configured(reader: Reader, item: Any) -> Any:
    # names have running numbers; what Keras configures is described by the rest
    config = {key: value for key, value in item.get_config().items() if key != "name"}
    return reader.read(type(item)), reader.read(config)


def _is_users(item: Any) -> bool:
    return not _is_library(type(item).__module__) and hasattr(item, "__dict__")


_KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Reader, Any], Any]], ...] = (
    (lambda v: isinstance(v, (list, tuple)), lambda r, v: [r.read(item) for item in v]),
    (lambda v: isinstance(v, dict), lambda r, v: [(str(k), r.read(v[k])) for k in v]),
    (
        lambda v: isinstance(v, (set, frozenset)),
        lambda r, v: sorted(joblib.hash(contents(item)) for item in v),
    ),
    (lambda v: isinstance(v, ModuleType), lambda r, v: v.__name__),
    (inspect.isclass, Reader.owner),
    (inspect.ismethod, lambda r, v: [r.read(v.__func__), r.read(v.__self__)]),
    (inspect.isfunction, Reader.code),
    (
        lambda v: isinstance(v, functools.partial),
        lambda r, v: [r.read(part) for part in (v.func, v.args, v.keywords)],
    ),
    (lambda v: hasattr(v, "python_function"), lambda r, v: r.read(v.python_function)),
    (lambda v: hasattr(v, "__wrapped__"), lambda r, v: r.read(v.__wrapped__)),
    (lambda v: isinstance(v, (tf.Tensor, tf.Variable)), lambda r, v: v.numpy()),
    (lambda v: hasattr(v, "get_config"), _configured),
    (_is_users, Reader.held),
    (lambda v: True, lambda r, v: joblib.hash(v)),
)


def _name(item: Any) -> tuple[str, str]:
    return getattr(item, "__module__", None) or "", getattr(item, "__qualname__", repr(item))


def _globals_of(function: Any) -> Iterator[Any]:
    """What a function reads from its module, and from other modules of the user's."""
    code, globals_ = function.__code__, function.__globals__
    attributes = _names(code, ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"))
    modules = [sys.modules.get(name) for name in sorted(_names(code, ("IMPORT_NAME",)))]
    for name in sorted(_names(code, ("LOAD_GLOBAL", "LOAD_NAME")) & globals_.keys()):
        if isinstance(globals_[name], ModuleType):
            modules.append(globals_[name])
        else:
            yield globals_[name]
    while modules:
        module = modules.pop()
        if module is None or _is_library(module.__name__):
            continue
        for key in sorted(attributes & vars(module).keys()):
            value = vars(module)[key]
            if isinstance(value, ModuleType):
                modules.append(value)
            else:
                yield value


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


def _code(code: CodeType) -> tuple:
    constants = [_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return code.co_code, constants, code.co_names
