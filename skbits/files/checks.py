"""Checks: what may be in a model's configuration and in its values, before Keras sees them.

Rules
-----
* A configuration names what is in ``keras_names`` or in the reader's own registry, and nothing
  else.
* Values are plain arrays that lie in the file, uncompressed.
* Keras' safe mode alone does not do: releases that skbits supports import what a configuration
  names, and follow links out of a file of values.
"""

import inspect
import io
import operator
import sys
from typing import Any

import h5py
import keras

from skbits.files.keras_names import NAMES, OPERATIONS
from skbits.files.room import Room

#: modules of Keras whose names may appear in a file
MODULES = {name: operator.attrgetter(name)(keras) for name in NAMES}

#: what else configurations name: models and policies, and values that are no objects
_OTHERS = {
    ("keras", "Functional"),
    ("keras", "Sequential"),
    ("keras", "DTypePolicy"),
    ("keras", "SeedGenerator"),
    ("keras.random", "SeedGenerator"),
    ("keras.src.models.functional", "Functional"),
    ("keras.src.models.sequential", "Sequential"),
    ("keras.src.backend.random", "SeedGenerator"),
}
_VALUES = frozenset(
    {"__tuple__", "__keras_tensor__", "__tensor__", "__numpy__", "__ellipsis__", "__slice__"}
)

#: operations that make as many tensors as a number says, and bytes that each takes, about
_SPLITTING = ("ArraySplit", "Dsplit", "Hsplit", "Split", "Unstack", "Vsplit")
_TENSOR = 2**10


def check_config(config: Any, room: Room | None = None) -> None:
    """Raise where a configuration names what may not appear, or metrics for which is no room.

    Examples
    --------
    >>> check_config({"module": "keras.layers", "class_name": "Dense", "config": {"units": 2}})
    >>> check_config({"module": "os", "class_name": "system", "config": "ls"})
    Traceback (most recent call last):
        ...
    ValueError: its model names 'os.system', which may not appear in a file
    """
    waiting = [config]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            if "class_name" in item:
                _check_class(item)
                if room is not None and item.get("module") == "keras.metrics":
                    room.take_lists(item.get("config"))
                elif room is not None and item["class_name"] in _SPLITTING:
                    room.take_lists(item.get("config"), _TENSOR)
            waiting += item.values()


def _check_class(item: dict) -> None:
    module, name = item.get("module"), item["class_name"]
    registered = item.get("registered_name")
    if name in _VALUES or (module, name) in _OTHERS:
        return
    if isinstance(name, str) and name == "function":
        name = registered = item.get("config")  # a function is called so, and is named here
        if module == "builtins" and any(has(part, name) for part in MODULES):
            return
    part = module.removeprefix("keras.") if isinstance(module, str) else module
    if part != module and has(part, name):  # without "keras." it were a module of the reader's
        return
    if _is_operation(module, name):
        return
    own = keras.saving.get_registered_object(registered) if isinstance(registered, str) else None
    if own is not None and not own.__module__.startswith("keras."):
        return
    if isinstance(registered, str) and ">" in registered:
        raise ValueError(not_registered(registered))
    raise ValueError(f"its model names '{module}.{name}', which may not appear in a file")


def not_registered(name: Any) -> str:
    """What to say of a name that the reader has not registered."""
    return (
        f"its model has {name!r}, which is not registered here: import the module that registers "
        "it with Keras before the file is loaded"
    )


def has(module: str, name: Any) -> bool:
    """Whether a module of Keras has a class or function of that name which may appear.

    Examples
    --------
    >>> has("layers", "Dense"), has("layers", "Lambda")
    (True, False)
    """
    listed = isinstance(name, str) and name in NAMES.get(module, ())
    return listed and callable(vars(MODULES[module]).get(name))


def _is_operation(module: Any, name: Any) -> bool:
    """Whether it is one of ``keras.ops`` between layers; modules are not imported for it."""
    if not isinstance(module, str) or not module.startswith("keras.src.ops."):
        return False
    if not isinstance(name, str) or name not in OPERATIONS:
        return False
    found = vars(sys.modules.get(module, keras)).get(name)
    return inspect.isclass(found) and issubclass(found, keras.Operation)


def check_values(data: bytes) -> None:
    """Raise where a file of values holds anything but plain arrays that lie in it."""
    with _opened(data) as file:
        waiting, seen = [file], set()
        while waiting:
            group = waiting.pop()
            if group.id in seen:
                raise ValueError("its values hold a group within itself")
            seen.add(group.id)
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise ValueError(f"its values hold a link, {name!r}")
                item = group[name]
                if isinstance(item, h5py.Group):
                    waiting.append(item)
                    continue
                _check_dataset(name, item, len(data))


def _opened(data: bytes) -> h5py.File:
    try:
        return h5py.File(io.BytesIO(data), "r")
    except OSError as error:  # which of the disk would be
        raise ValueError(f"its values are no HDF5 file: {error}") from error


def _is_bfloat16(item: Any) -> bool:
    """Whether values are of the dtype that numpy does not have, as Keras writes them."""
    return item.dtype.str == "|V2" and item.attrs.get("dtype") == "bfloat16"


def _check_dataset(name: str, item: Any, size: int) -> None:
    if not isinstance(item, h5py.Dataset) or not (item.dtype.kind in "biuf" or _is_bfloat16(item)):
        raise ValueError(f"its values hold {name!r}, which is no array of numbers")
    if item.external or item.is_virtual or item.chunks is not None or item.nbytes > size:
        raise ValueError(f"its values hold {name!r}, which does not lie in the file as it is")
