"""By value: what a fresh process could not import travels as code, with every pickler.

Rules
-----
* A function or class of an importable module goes by reference, as pickle does. One of
  ``__main__``, one of a function's inside, or a lambda goes by value: its code, and what of its
  surroundings the code uses.
* Code runs only in the Python version that wrote it; another one is told so, rather than crash.
* A deep copy, in this process, needs neither.
* A trial looks through everything that an item holds. What is reached from there, as an estimator
  that its own callback holds, is not tried again: trials within trials would never end.
"""

import copy
import inspect
import io
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import joblib

#: the Python that reads and writes
VERSION = sys.version_info[:2]

#: what goes by reference, without a look
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


#: whether a trial, or the writing of an item by value, is under way
_LOOKING: ContextVar[bool] = ContextVar("_LOOKING", default=False)


@contextmanager
def _looking() -> Iterator[None]:
    token = _LOOKING.set(True)
    try:
        yield
    finally:
        _LOOKING.reset(token)


class _ByReference(pickle.Pickler):
    """A pickler that refuses what is only known to this process."""

    def reducer_override(self, item: Any) -> Any:
        is_code = inspect.isfunction(item) or inspect.isclass(item)
        if is_code and item.__module__ == "__main__":
            raise pickle.PicklingError("of __main__")
        return NotImplemented


def by_value(item: Any) -> Any:
    """The item itself where it can be pickled by reference, else in a wrapper that unpickles to it.

    Examples
    --------
    >>> by_value(len)
    <built-in function len>
    >>> doubled = lambda x: 2 * x
    >>> pickle.loads(pickle.dumps(by_value(doubled)))(3)
    6
    """
    if isinstance(item, _PLAIN) or _LOOKING.get():
        return item
    try:
        with _looking():
            _ByReference(io.BytesIO()).dump(item)
    except Exception:  # whatever the item's own __reduce__ raises
        return _ByValue(item)
    return item


@dataclass(frozen=True)
class _ByValue:
    """Stands for an item in a pickle, and becomes the item again when it is read."""

    item: Any

    def __reduce__(self) -> tuple:
        box = joblib.wrap_non_picklable_objects([self.item], keep_wrapper=False)
        try:
            with _looking():
                written = pickle.dumps(box)
        except Exception as error:
            raise pickle.PicklingError(
                f"{self.item!r} cannot be pickled, neither by reference nor by value: {error}. "
                "Define it at the top of a module that can be imported, and let it make what it "
                "holds."
            ) from error
        return _read, (VERSION, written)

    def __deepcopy__(self, memo: dict) -> Any:
        return copy.deepcopy(self.item, memo)


def _read(version: tuple[int, int], written: bytes) -> Any:
    if version != VERSION:
        ours, theirs = (".".join(map(str, each)) for each in (VERSION, version))
        raise pickle.UnpicklingError(
            f"holds code of Python {theirs}, which Python {ours} cannot run: a function of a "
            "script or of another function's inside. Read it with the version that wrote it, or "
            "define the function in a module and pickle again."
        )
    return pickle.loads(written)[0]


def itself(value: Any) -> Any:
    """What stands in a state: ``copy.copy`` hands one over that was never pickled.

    Examples
    --------
    >>> itself(by_value(itself)) is itself
    True
    """
    return value.item if isinstance(value, _ByValue) else value


#: attributes of meta-estimators that may hold functions
_OF_FUNCTIONS = frozenset(
    {"best_params_", "constraint", "cv", "cv_results_", "param_grid", "scoring"}
)


class ByValueMixin:
    """Pickles of a meta-estimator, in which functions that no module has go by value."""

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {name: by_value(v) if name in _OF_FUNCTIONS else v for name, v in state.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({name: itself(value) for name, value in state.items()})
