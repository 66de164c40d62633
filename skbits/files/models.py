"""Models: Keras' models and objects <-> plain data.

Rules
-----
* A model is Keras' own ``.keras`` file, an entry of the archive, of three parts that are checked
  (``checks``) before Keras sees them; and it takes no more memory than there is ``room`` for.
* What is saved is loaded at once, to see that it comes back: Keras saves what it cannot load.
"""

import skbits.startup  # noqa: F401, I001  before Keras

import copy
import inspect
import io
import json
import tempfile
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from skbits.files.archive import check_entry
from skbits.files.checks import MODULES, check_config, check_values, has, not_registered
from skbits.files.keras_names import NAMES
from skbits.files.leaving_out import LeftOut, described
from skbits.files.room import Room
from skbits.persistence import get_state, predict_alike, set_state, users_parts
from skbits.sharing import remember
from skbits.startup import start
from skbits.training import finished, losses, metrics

#: registered with Keras, which it does not have
OURS = (losses.PositiveWeighted, metrics.OnProbabilities)

#: layers that may be in a file
_LAYERS = frozenset(vars(keras.layers).get(name) for name in NAMES["layers"])

#: what to do about a class or function that Keras does not know
_OF_PARTS = (
    'Decorate it with @keras.saving.register_keras_serializable(package="..."), or use cloudpickle.'
)
_OF_MODELS = (
    "Build a functional or Sequential model instead; or register the class and give it a "
    "get_config() that says all that __init__ needs."
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
        read = read_model(data, Room(len(data)))
        state, came_back = get_state(model), get_state(read)
        if [value.shape for value in state] != [value.shape for value in came_back]:
            raise ValueError("its variables are others on the way back.")
        set_state(read, state)
        if users_parts(model) and not predict_alike(model, read):
            raise ValueError("its copy would predict something else.")
    except OSError:
        raise
    except Exception as error:  # of Keras, or of the user's own layers
        reason = textwrap.shorten(str(error).rstrip("."), 400, placeholder=" ..") + "."
        raise ValueError(
            f"model_ would not come back from a file: {reason} {_cure(model)}"
        ) from error
    pairs = enumerate(zip(state, came_back, strict=True))
    return data, {number: old for number, (old, new) in pairs if not np.array_equal(old, new)}


def _cure(model: Any) -> str:
    """What to do about a model that Keras writes and cannot read."""
    functions = [described(part) for part in users_parts(model) if inspect.isfunction(part)]
    if functions:
        return (
            f"Keras {keras.version()} may not find functions again, here {', '.join(functions)}: "
            "write registered classes instead, such as a keras.losses.Loss, or use cloudpickle."
        )
    return (
        "Build a functional or Sequential model of layers whose get_config() says all that "
        "__init__ needs. Where it has what may not appear in a file, use cloudpickle."
    )


def read_model(data: bytes, room: Room) -> Any:
    """The model of a .keras file, if there is nothing in it but a model, and room for it."""
    start("devices")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [info.filename for info in archive.infolist()]
        if sorted(names) != sorted(_PARTS):
            raise ValueError(f"its model has the parts {names}")
        for info in archive.infolist():
            check_entry(info, _PARTS.__contains__)
        check_config(json.loads(archive.read("config.json")), room)
        check_values(archive.read("model.weights.h5"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        with room.counted():
            model = keras.saving.load_model(path, safe_mode=True)
    remember(model)
    return model


def check_can_be_saved(model: Any) -> None:
    """Raise for layers, losses and functions that a file cannot hold."""
    for layer in _layers(model):
        if type(layer).__module__.startswith("keras.") and not (
            isinstance(layer, keras.Model) or type(layer) in _LAYERS
        ):
            raise ValueError(
                f"model_ has a {type(layer).__name__} layer, {layer.name!r}, which is not in the "
                "list of Keras' layers that a file may hold, since it runs code, reads files, or "
                "is newer than skbits: expected layers that compute from numbers. Write a layer of "
                "your own, decorated with @keras.saving.register_keras_serializable(package="
                '"..."), or use cloudpickle.'
            )
    for part in users_parts(model):
        if not is_registered(part if hasattr(part, "__qualname__") else type(part)):
            cure = _OF_MODELS if isinstance(part, keras.Model) else _OF_PARTS
            raise ValueError(
                f"model_ is made with {described(part)}, which Keras cannot look up when it loads "
                f"a file: expected what Keras has, or what is registered. {cure}"
            )


def _layers(model: Any) -> Iterator[Any]:
    for layer in getattr(model, "layers", ()):
        yield layer
        yield from _layers(layer)


def is_registered(maker: Any) -> bool:
    """Whether a class or function is what Keras has registered by its name."""
    name = keras.saving.get_registered_name(maker)
    return keras.saving.get_registered_object(name) is maker


# ----------------------------------------------------------------- objects and names


def write_keras(writer: Any, value: Any) -> Any:
    """A model as an entry; an object of Keras' as its configuration; a class by its name."""
    if hasattr(value, "__qualname__") and is_registered(value):
        return {"registered": keras.saving.get_registered_name(value)}
    if isinstance(value, keras.Model):
        writer.remember(value)
        data, left = write_model(finished(value))
        number = writer.add("models", "keras", data)
        return {"model": [number, [[n, writer.write(array)] for n, array in left.items()]]}
    for module, content in MODULES.items():
        name = getattr(value, "__name__", None)
        if name is not None and has(module, name) and vars(content)[name] is value:
            return {"name": [module, name]}
    try:
        config = keras.saving.serialize_keras_object(value)
        config = json.loads(json.dumps(config))
        read_config(config, Room(0))
    except Exception:  # of Keras, or of the user's own class
        return {"left_out": writer.leave_out(value)}
    return {"config": config}


def read_keras(reader: Any, content: Any) -> Any:
    """What :func:`write_keras` wrote."""
    ((form, held),) = content.items()
    if form == "model":
        number, left = held
        model = read_model(reader.entry(f"models/{number}.keras"), reader.room)
        reader.remember(model)
        state = get_state(model)
        for n, array in left:
            state[n] = reader.read(array)
        set_state(model, state)
        return model
    if form == "registered":
        return _registered(held)
    if form == "left_out":
        return LeftOut(str(held))
    if form == "name":
        module, name = held
        if not has(module, name):
            raise ValueError(f"it names 'keras.{module}.{name}', which may not appear in a file")
        return vars(MODULES[module])[name]
    return read_config(held, reader.room)


def _registered(name: Any) -> Any:
    """The reader's own class or function of that name."""
    found = keras.saving.get_registered_object(name) if isinstance(name, str) else None
    if found is None:
        raise ValueError(not_registered(name))
    return found


def read_config(config: Any, room: Room) -> Any:
    """An object of Keras' from its configuration."""
    check_config(config, room)
    config = copy.deepcopy(config)  # Keras takes it apart
    with room.counted():
        return keras.saving.deserialize_keras_object(config, safe_mode=True)
