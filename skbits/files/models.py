"""Models: Keras' models and objects <-> plain data, with a list of what may be put together.

Rules
-----
* A model is Keras' own ``.keras`` file, an entry of the archive. Of its three parts, the
  configuration names classes of ``MODULES`` or of the reader's own registry and nothing else, and
  the values are plain arrays that lie in the file, uncompressed.
* Keras' safe mode alone does not do: releases that skbits supports import what a configuration
  names, and follow links out of a file of values.
* What is saved is loaded at once, to see that it comes back: Keras saves what it cannot load.
"""

import copy
import inspect
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from skbits.files.archive import check_entry
from skbits.files.leaving_out import LeftOut, described
from skbits.persistence import get_state, set_state, users_parts
from skbits.training import finished, losses

#: registered with Keras, which it does not have
OURS = (losses.PositiveWeighted, losses.sign_accuracy)

#: modules of Keras whose public names may appear in a file
MODULES = {
    name: getattr(keras, name)
    for name in (
        "activations",
        "callbacks",
        "constraints",
        "initializers",
        "layers",
        "losses",
        "metrics",
        "optimizers",
        "regularizers",
    )
} | {"optimizers.schedules": keras.optimizers.schedules}

#: of the callbacks, those that neither write files nor speak with other machines
CALLBACKS = frozenset({"EarlyStopping", "ReduceLROnPlateau", "TerminateOnNaN"})

#: what modules have besides: it makes objects of whatever it is told
_MAKERS = frozenset({"deserialize", "get", "serialize"})

#: operations that are handed a function
_CALLING = frozenset(
    {"AssociativeScan", "Cond", "ForiLoop", "Map", "Scan", "Switch", "VectorizedMap", "WhileLoop"}
)

#: layers that run a program or read a file which their configuration holds or names
UNSAFE = frozenset(
    {
        "FlaxLayer",
        "IntegerLookup",
        "JaxLayer",
        "Lambda",
        "StringLookup",
        "TFSMLayer",
        "TextVectorization",
        "TorchModuleWrapper",
    }
)

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

#: the parts of a .keras file
_PARTS = frozenset({"metadata.json", "config.json", "model.weights.h5"})


# ----------------------------------------------------------------------------- models


def write_model(model: Any) -> tuple[bytes, dict[int, np.ndarray]]:
    """A model as the bytes of a .keras file, and values that Keras leaves out of it.

    Returns
    -------
    data : bytes
    left : dict
        Number of a variable -> its value: the seeds of dropout.

    Raises
    ------
    ValueError
        A model that would not come back.
    """
    check_can_be_saved(model)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            model.save(path)
            data = path.read_bytes()
        state, came_back = get_state(model), get_state(read_model(data))
        if [value.shape for value in state] != [value.shape for value in came_back]:
            raise ValueError("its variables are others on the way back.")
    except OSError:
        raise
    except Exception as error:  # of Keras, or of the user's own layers
        raise ValueError(
            f"model_ would not come back from a file: {error} Build a functional or Sequential "
            "model of layers whose get_config() says all that __init__ needs, or use cloudpickle."
        ) from error
    pairs = enumerate(zip(state, came_back, strict=True))
    return data, {number: old for number, (old, new) in pairs if not np.array_equal(old, new)}


def read_model(data: bytes) -> Any:
    """The model of a .keras file, if there is nothing in it but a model."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [info.filename for info in archive.infolist()]
        if sorted(names) != sorted(_PARTS):
            raise ValueError(f"its model has the parts {names}")
        for info in archive.infolist():
            check_entry(info, _PARTS.__contains__)
        check_config(json.loads(archive.read("config.json")))
        check_values(archive.read("model.weights.h5"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        return keras.saving.load_model(path, safe_mode=True)


def check_can_be_saved(model: Any) -> None:
    """Raise for layers, losses and functions that a file cannot hold."""
    for layer in _layers(model):
        if type(layer).__name__ in UNSAFE and type(layer).__module__.startswith("keras"):
            raise ValueError(
                f"model_ has a {type(layer).__name__} layer, {layer.name!r}, which runs code or "
                "reads files: expected layers without. Write it as a registered layer "
                "(keras.saving.register_keras_serializable), or use cloudpickle."
            )
    for part in users_parts(model):
        maker = part if hasattr(part, "__qualname__") else type(part)
        if not _is_registered(maker):
            raise ValueError(
                f"model_ is made with {described(part)}, which Keras cannot look up when it loads "
                "a file: expected what Keras has, or what is registered. Decorate it with "
                '@keras.saving.register_keras_serializable(package="..."), or use cloudpickle.'
            )


def _layers(model: Any) -> Iterator[Any]:
    for layer in getattr(model, "layers", ()):
        yield layer
        yield from _layers(layer)


def _is_registered(maker: Any) -> bool:
    name = keras.saving.get_registered_name(maker)
    return keras.saving.get_registered_object(name) is maker


# ------------------------------------------------------------------------------ checks


def check_config(config: Any) -> None:
    """Raise where a configuration names what may not appear.

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
            waiting += item.values()


def _check_class(item: dict) -> None:
    module, name = item.get("module"), item["class_name"]
    registered = item.get("registered_name")
    if name in _VALUES or (module, name) in _OTHERS:
        return
    if isinstance(name, str) and name == "function":
        name = registered = item.get("config")  # a function is called so, and is named here
        if module == "builtins" and any(_has(part, name) for part in MODULES):
            return
    if isinstance(module, str) and _has(module.removeprefix("keras."), name):
        return
    if _is_operation(module, name):
        return
    own = keras.saving.get_registered_object(registered) if isinstance(registered, str) else None
    if own is not None and not own.__module__.startswith("keras."):
        return
    if isinstance(registered, str) and ">" in registered:
        raise ValueError(
            f"its model has {registered!r}, which is not registered here: import the module that "
            "registers it with Keras before the file is loaded"
        )
    raise ValueError(f"its model names '{module}.{name}', which may not appear in a file")


def _has(module: str, name: Any) -> bool:
    """Whether a module of Keras has a class or function of that name which may appear."""
    if module not in MODULES or not isinstance(name, str) or name in UNSAFE | _MAKERS:
        return False
    if module == "callbacks":
        return name in CALLBACKS
    return callable(vars(MODULES[module]).get(name))


def _is_operation(module: Any, name: Any) -> bool:
    """Whether it is one of ``keras.ops`` between layers; modules are not imported for it."""
    if not isinstance(module, str) or not module.startswith("keras.src.ops."):
        return False
    found = vars(sys.modules.get(module, keras)).get(name) if isinstance(name, str) else None
    return inspect.isclass(found) and issubclass(found, keras.Operation) and name not in _CALLING


def check_values(data: bytes) -> None:
    """Raise where a file of values holds anything but plain arrays that lie in it."""
    with h5py.File(io.BytesIO(data), "r") as file:
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


def _check_dataset(name: str, item: Any, size: int) -> None:
    if not isinstance(item, h5py.Dataset) or item.dtype.kind not in "biuf":
        raise ValueError(f"its values hold {name!r}, which is no array of numbers")
    if item.external or item.is_virtual or item.chunks is not None or item.nbytes > size:
        raise ValueError(f"its values hold {name!r}, which does not lie in the file as it is")


# ----------------------------------------------------------------- objects and names


def write_keras(writer: Any, value: Any) -> Any:
    """A model as an entry; an object of Keras' as its configuration; a class by its name."""
    if isinstance(value, keras.Model):
        writer.remember(value)
        data, left = write_model(finished(value))
        number = writer.add("models", "keras", data)
        return {"model": [number, [[n, writer.write(array)] for n, array in left.items()]]}
    for module, content in MODULES.items():
        name = getattr(value, "__name__", None)
        if name is not None and _has(module, name) and vars(content)[name] is value:
            return {"name": [module, name]}
    try:
        config = keras.saving.serialize_keras_object(value)
        config = json.loads(json.dumps(config))
        check_config(config)
        read_config(config)
    except Exception:  # of Keras, or of the user's own class
        return {"left_out": writer.leave_out(value)}
    return {"config": config}


def read_keras(reader: Any, content: Any) -> Any:
    """What :func:`write_keras` wrote."""
    ((form, held),) = content.items()
    if form == "model":
        number, left = held
        model = read_model(reader.entry(f"models/{number}.keras"))
        reader.remember(model)
        state = get_state(model)
        for n, array in left:
            state[n] = reader.read(array)
        set_state(model, state)
        return model
    if form == "left_out":
        return LeftOut(str(held))
    if form == "name":
        module, name = held
        if not _has(module, name):
            raise ValueError(f"it names 'keras.{module}.{name}', which may not appear in a file")
        return vars(MODULES[module])[name]
    check_config(held)
    return read_config(held)


def read_config(config: Any) -> Any:
    """An object of Keras' from its checked configuration."""
    config = copy.deepcopy(config)  # Keras takes it apart
    return keras.saving.deserialize_keras_object(config, safe_mode=True)
