"""Finishing: the optimizer's state, put into a trained model once somebody looks at the model.

An optimizer makes its variables when it is first used, which takes longer than training a small
network. Predicting needs none of them. Training on, pickling, and ``model_`` do; they ask for a
finished model.
"""

import threading
import weakref
from collections.abc import Callable
from typing import Any

#: what is still to be done with a model; it must not hold the model itself
_WAITING: weakref.WeakKeyDictionary[Any, Callable[[Any], None]] = weakref.WeakKeyDictionary()

_LOCK = threading.RLock()


def finish_later(model: Any, work: Callable[[Any], None]) -> None:
    """Leave ``work(model)`` to the first who wants the model finished."""
    with _LOCK:
        _WAITING[model] = work


def finished(model: Any) -> Any:
    """The model, with nothing left to be done.

    Examples
    --------
    >>> import keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> finish_later(model, lambda model: print("done"))
    >>> finished(model) is finished(model) is model
    done
    True
    """
    with _LOCK:
        work = _WAITING.get(model)
        if work is not None:
            work(model)
            del _WAITING[model]  # not before: what is interrupted is done again
    return model
