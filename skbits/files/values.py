"""Values: Python's, numpy's and the estimators' own <-> JSON, with arrays and models beside it.

Rules
-----
* ``KINDS`` is the table: for each kind of value, how it is taken apart and how it is put together.
* None, booleans, whole numbers of 64 bits, finite floats and text are as JSON has them; a list is a
  list; all else is an object with one key, the kind's name.
* An estimator, a model or a random state is saved once, wherever it is met, and is one object
  again. Of arrays and containers, each place gets its own.
* What is in no kind is an error, that names where it stands; unless ``fit`` alone would need it.
"""

import base64
import math
import sys
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from skbits.files import classes
from skbits.files.arrays import PLAIN, array_bytes, read_array
from skbits.files.leaving_out import READ_BY_FIT_ALONE, LeftOut, described
from skbits.files.room import Room

#: where scikit-learn keeps its callbacks, which watch a process and are no part of a model
_CALLBACKS = "_skl_callbacks"


class Writer:
    """Takes values apart.

    Parameters
    ----------
    entries : dict of bytes
        Receives arrays and models, by the names of the archive's entries.
    """

    def __init__(self, entries: dict[str, bytes]):
        self.entries = entries
        self._seen: list[Any] = []  # it keeps what it met, so that no id is used again
        self._path: list[str] = []
        self._may_leave_out = False
        #: parameter -> what of it is left out
        self.left_out: dict[str, str] = {}

    def write(self, value: Any) -> Any:
        """A value as JSON has it."""
        if value is None or type(value) in (bool, str):
            return value
        if type(value) is int and abs(value) < 2**63:
            return value
        if type(value) is float and math.isfinite(value):
            return value
        if type(value) is list:
            return [self.write(item) for item in value]
        for seen, other in enumerate(self._seen):
            if other is value:
                return {"seen": seen}
        for name, kind in KINDS.items():
            if kind.is_one(value):
                return {name: kind.write(self, value)}
        return {"left_out": self.leave_out(value)}

    def leave_out(self, value: Any) -> str:
        """What stands for a value that a file cannot hold, where fit alone would need it."""
        if self._may_leave_out:
            named = (name for name in reversed(self._path) if _is_for_fit(name))
            return self.left_out.setdefault(next(named), described(value))
        raise ValueError(
            f"{'.'.join(self._path)} holds {described(value)}, which a file cannot hold: expected "
            "plain values, arrays, and estimators of skbits and scikit-learn that skbits knows. "
            "Use pickle, joblib or cloudpickle for this estimator."
        )

    def remember(self, value: Any) -> None:
        """Let a value that is met again be a reference."""
        self._seen.append(value)

    def attributes(self, value: Any) -> dict[str, Any]:
        """The attributes of an object, taken apart."""
        own = type(value).__module__.partition(".")[0] == "skbits"
        outer = self._may_leave_out
        written = {}
        for name, held in vars(value).items():
            if name == _CALLBACKS:
                continue
            self._path.append(name)
            self._may_leave_out = outer or (own and _is_for_fit(name))
            # a cache is of one machine, and what lies in it is unpickled
            written[name] = None if name == "memory" else self.write(held)
            self._path.pop()
        self._may_leave_out = outer
        return written

    def add(self, folder: str, ending: str, data: bytes) -> int:
        """Add an entry; its number."""
        number = sum(name.startswith(folder) for name in self.entries)
        self.entries[f"{folder}/{number}.{ending}"] = data
        return number


class Reader:
    """Puts values together.

    Parameters
    ----------
    entry : callable
        Name of an entry -> bytes.
    size : int, default=0
        Bytes of the file, which bound what may be made of it.
    """

    def __init__(self, entry: Callable[[str], bytes], size: int = 0):
        self.entry = entry
        self.room = Room(size)
        self._seen: list[Any] = []

    def read(self, data: Any) -> Any:
        """The value that was written."""
        if isinstance(data, list):
            return [self.read(item) for item in data]
        if not isinstance(data, dict):
            return data
        if len(data) != 1:
            raise ValueError("it holds a value of no kind")
        ((name, content),) = data.items()
        if name == "seen":
            return self._seen[_index(content)]
        if name == "left_out":
            return LeftOut(_text(content))
        if name not in KINDS:
            raise ValueError(f"it holds a value of the kind {name!r}, which there is not")
        return KINDS[name].read(self, content)

    def remember(self, value: Any) -> None:
        """As the writer does, in the same order."""
        self._seen.append(value)


class Kind(NamedTuple):
    """One kind of value: how to recognise it, to take it apart and to put it together."""

    is_one: Callable[[Any], bool]
    write: Callable[[Writer, Any], Any]
    read: Callable[[Reader, Any], Any]


# ------------------------------------------------------------------------- plain values


def _is_for_fit(name: str) -> bool:
    """Whether fit alone reads it; callbacks__patience is of what is before the underscores."""
    return name.partition("__")[0] in READ_BY_FIT_ALONE


def _text(content: Any) -> str:
    if not isinstance(content, str):
        raise ValueError(f"it holds {content!r} where text should be")
    return content


def _index(content: Any) -> int:
    if type(content) is not int or content < 0:
        raise ValueError(f"it holds {content!r} where a number of an entry should be")
    return content


def _write_dict(writer: Writer, value: dict) -> Any:
    if all(type(key) is str for key in value):
        return {key: writer.write(item) for key, item in value.items()}
    return [[writer.write(key), writer.write(item)] for key, item in value.items()]


def _read_dict(reader: Reader, content: Any) -> dict:
    pairs = content.items() if isinstance(content, dict) else content
    as_text = isinstance(content, dict)
    made = {key if as_text else reader.read(key): reader.read(item) for key, item in pairs}
    if "class_name" in made:  # Keras makes an object of such a dict where it is a parameter
        from skbits.files.checks import check_config

        check_config(made)
    return made


def _collection(maker: type) -> Kind:
    return Kind(
        lambda value: type(value) is maker,
        lambda writer, value: [writer.write(item) for item in value],
        lambda reader, content: maker(reader.read(item) for item in content),
    )


def _slice(content: Any) -> slice:
    if not all(part is None or type(part) is int for part in content):
        raise ValueError("it holds a slice that is none")
    return slice(*content)


# ------------------------------------------------------------------------------- arrays


def _is_plain(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype.kind in PLAIN


def _write_array(writer: Writer, value: np.ndarray) -> int:
    return writer.add("arrays", "npy", array_bytes(value))


def _read_array(reader: Reader, content: Any) -> np.ndarray:
    return read_array(reader.entry(f"arrays/{_index(content)}.npy"))


def _write_objects(writer: Writer, value: np.ndarray) -> Any:
    return [list(value.shape), [writer.write(item) for item in value.ravel().tolist()]]


def _read_objects(reader: Reader, content: Any) -> np.ndarray:
    shape, items = content
    array = np.empty(len(items), dtype=object)
    array[:] = [reader.read(item) for item in items]
    return array.reshape([_index(length) for length in shape])


def _write_masked(writer: Writer, value: np.ma.MaskedArray) -> Any:
    with np.errstate(over="ignore"):  # numpy's own value for float16
        parts = (value.data, np.ma.getmaskarray(value), value.fill_value)
    return [writer.write(part) for part in parts]


def _read_masked(reader: Reader, content: Any) -> np.ma.MaskedArray:
    data, mask, fill_value = (reader.read(part) for part in content)
    with np.errstate(over="ignore"):  # numpy's own value for float16
        return np.ma.MaskedArray(data, mask=mask, fill_value=fill_value)


def _write_random_state(writer: Writer, value: np.random.RandomState) -> Any:
    writer.remember(value)
    return [writer.write(part) for part in value.get_state()]


def _read_random_state(reader: Reader, content: Any) -> np.random.RandomState:
    made = np.random.RandomState()
    reader.remember(made)
    made.set_state(tuple(reader.read(part) for part in content))
    return made


# ------------------------------------------------------------------- objects and names


def _is_object(value: Any) -> bool:
    return classes.name_of(type(value), "class") is not None


def _write_object(writer: Writer, value: Any) -> dict:
    writer.remember(value)
    return {
        "class": classes.name_of(type(value), "class"),
        "attributes": writer.attributes(value),
    }


def _read_object(reader: Reader, content: Any) -> Any:
    maker = classes.find(content["class"], "class")
    made = object.__new__(maker)
    reader.remember(made)
    attributes = {name: reader.read(held) for name, held in content["attributes"].items()}
    for name in attributes:
        if name.startswith("__") or callable(getattr(maker, name, None)):
            raise ValueError(f"it sets {name!r}, which is no attribute but a part of the class")
    if isinstance(made, BaseEstimator) and "memory" in attributes:
        attributes["memory"] = None
    vars(made).update(attributes)
    return made


def _is_scalar_type(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, np.generic)


def _is_head(value: Any) -> bool:
    from skbits.heads import Head

    return isinstance(value, Head)


def _read_head(reader: Reader, content: Any) -> Any:
    from skbits.heads import HEADS

    return HEADS[tuple(content)]


def _is_keras(value: Any) -> bool:
    """Whether a value is Keras', or described to it; Keras is not imported for this."""
    module = type(value).__module__.partition(".")[0]
    named = (getattr(value, "__module__", None) or "").partition(".")[0]
    return "keras" in (module, named) or hasattr(value, "get_config") or _is_registered(value)


def _is_registered(value: Any) -> bool:
    """Whether it is a function or class that was registered with Keras; it is not imported."""
    if "keras" not in sys.modules or not hasattr(value, "__qualname__"):
        return False
    from skbits.files import models

    return models.is_registered(value)


def _write_keras(writer: Writer, value: Any) -> Any:
    from skbits.files import models

    return models.write_keras(writer, value)


def _read_keras(reader: Reader, content: Any) -> Any:
    from skbits.files import models

    return models.read_keras(reader, content)


KINDS: dict[str, Kind] = {
    "float": Kind(
        lambda value: type(value) is float,
        lambda writer, value: repr(value),  # nan and infinities: others are as JSON has them
        lambda reader, content: float(_text(content)),
    ),
    "int": Kind(
        lambda value: type(value) is int,
        lambda writer, value: hex(value),  # decimal digits are limited, and slow
        lambda reader, content: int(_text(content), 16),
    ),
    "complex": Kind(
        lambda value: type(value) is complex,
        lambda writer, value: repr(value),
        lambda reader, content: complex(_text(content)),
    ),
    "bytes": Kind(
        lambda value: type(value) is bytes,
        lambda writer, value: base64.b64encode(value).decode(),
        lambda reader, content: base64.b64decode(_text(content), validate=True),
    ),
    "dict": Kind(lambda value: type(value) is dict, _write_dict, _read_dict),
    "ordered_dict": Kind(
        lambda value: type(value) is OrderedDict,
        _write_dict,
        lambda reader, content: OrderedDict(_read_dict(reader, content)),
    ),
    "tuple": _collection(tuple),
    "set": _collection(set),
    "frozenset": _collection(frozenset),
    "range": Kind(
        lambda value: type(value) is range,
        lambda writer, value: [value.start, value.stop, value.step],
        lambda reader, content: range(*content),
    ),
    "slice": Kind(
        lambda value: type(value) is slice,
        lambda writer, value: [value.start, value.stop, value.step],
        lambda reader, content: _slice(content),
    ),
    "array": Kind(_is_plain, _write_array, _read_array),
    "objects": Kind(
        lambda value: type(value) is np.ndarray and value.dtype.kind == "O",
        _write_objects,
        _read_objects,
    ),
    "masked": Kind(lambda value: type(value) is np.ma.MaskedArray, _write_masked, _read_masked),
    "scalar": Kind(
        lambda value: isinstance(value, np.generic) and value.dtype.kind in PLAIN,
        lambda writer, value: _write_array(writer, np.asarray(value)),
        lambda reader, content: _read_array(reader, content)[()],
    ),
    "scalar_type": Kind(
        _is_scalar_type,
        lambda writer, value: np.dtype(value).str,
        lambda reader, content: np.dtype(_text(content)).type,
    ),
    "dtype": Kind(
        lambda value: isinstance(value, np.dtype) and value.names is None,
        lambda writer, value: value.str,
        lambda reader, content: np.dtype(_text(content)),
    ),
    "random_state": Kind(
        lambda value: type(value) is np.random.RandomState,
        _write_random_state,
        _read_random_state,
    ),
    "head": Kind(
        _is_head,
        lambda writer, value: [value.kind, value.name],
        _read_head,
    ),
    "object": Kind(_is_object, _write_object, _read_object),
    "name": Kind(
        lambda value: classes.name_of(value, "function") is not None,
        lambda writer, value: classes.name_of(value, "function"),
        lambda reader, content: classes.find(content, "function"),
    ),
    "keras": Kind(_is_keras, _write_keras, _read_keras),
}
