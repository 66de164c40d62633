"""Caching: a fit that was done before is not done again (``memory=``, as in ``Pipeline``).

Rules
-----
* What is cached is the training stage: the key is the model that was *built* (configuration and
  initial values), the loss, the optimizer, the plan, the data and the versions of what trains.
  ``threshold`` is no part of it, so all thresholds share one fit; nor is the builder function, so
  one that closes over changing state never gets a stale model.
* ``skbits.describing`` says what of a model, and of the user's own code in it, enters the key.
* What is stored has a sum. What was written by half, or has changed, is trained anew.
* A cache that fails before training is an error; after it, a warning, and the result is kept.
"""

import hashlib
import os
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import joblib
import keras
import tensorflow as tf
from sklearn.utils.validation import check_memory

import skbits
from skbits.contents import CONTAINERS, contents
from skbits.describing import as_text, describe
from skbits.persistence import get_state
from skbits.training.contract import Data, Plan
from skbits.training.strategies import described, strategy_of

State = tuple[list, dict]


def cached(memory: Any, key: dict[str, Any], train: Callable[[], State]) -> State:
    """What ``train()`` returns, from the cache where the key was seen before.

    Raises
    ------
    OSError
        Where the folder of the cache cannot be made or used, before anything is trained.

    Warns
    -----
    UserWarning
        Where the result cannot be stored.
    """
    trained: list[State] = []
    training = False

    def train_and_pack() -> tuple[str, bytes]:
        nonlocal training
        training = True
        trained.append(train())
        training = False
        packed = pickle.dumps(trained[0])
        return _sum_of(packed), packed

    try:
        look_up = _opened(memory)
        found = _read(look_up(key, train_and_pack))
        if not trained and found is None:  # what lies there is no result, and was removed
            found = _read(look_up(key, train_and_pack))
    except Exception as error:
        if training or not (trained or isinstance(error, (OSError, ValueError))):
            raise
        if not trained:
            raise _in_words(error, memory) from error
        found = None
    if found is not None:
        return found
    result = trained[0] if trained else train()
    warnings.warn(
        f"memory={memory!r}: a fit could not be stored there, and is trained anew where it is "
        "needed again. Is the disk full, or the folder read-only?",
        stacklevel=2,
    )
    return result


def _opened(memory: Any) -> Callable[..., Any]:
    """The cache's way to look up a key, which calls a function where it does not find it."""

    def pack(key: dict[str, Any], train: Callable[[], tuple[str, bytes]]) -> tuple[str, bytes]:
        return train()

    # A new function each time: of one that it knows, joblib does not look whether this folder
    # holds its code, and without that the next process computes the first result again.
    pack.__qualname__ = "fit"
    memory = os.fspath(memory) if isinstance(memory, os.PathLike) else memory
    return check_memory(memory).cache(pack, ignore=["train"]).call_and_shelve


def _read(entry: Any) -> State | None:
    """The result in an entry of the cache; one that holds none is removed."""
    try:
        digest, packed = entry.get()
        if digest == _sum_of(packed):
            return pickle.loads(packed)
    except Exception:  # cut short, garbage, or not there: pickle and zlib raise errors of any kind
        pass
    entry.clear()
    return None


def _sum_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _in_words(error: Exception, memory: Any) -> OSError:
    reason = getattr(error, "strerror", None) or error
    kind = type(error) if isinstance(error, OSError) else ValueError
    return kind(
        f"memory={memory!r} cannot be used: {reason}. Expected a folder, or a path where one can "
        "be made. Choose another one, or memory=None."
    )


def fit_key(model: Any, data: Data, plan: Plan, trainer: str) -> dict[str, Any]:
    """All that the result of training depends on, as data that joblib can hash.

    Raises
    ------
    ValueError
        Where the model or a callback cannot be described, so that ``memory`` cannot tell it apart.
    """
    try:
        built = describe(model)
        # callbacks write to containers, of their modules too, and a fit would never be found again
        callbacks = [
            (contents(type(item), skip=CONTAINERS), joblib.hash(vars(item)))
            for item in plan.callbacks
        ]
    except Exception as error:
        raise ValueError(
            f"memory is set, but the model or a callback cannot be described for its key: {error}. "
            "Use memory=None for this fit."
        ) from error
    return {
        "model": built["architecture"],
        "compiled": as_text(built["compiled"]),
        "users": built["users"],
        "settings": built["settings"],
        "state": get_state(model),
        "data": vars(data),
        "plan": {**vars(plan), "callbacks": callbacks, "validation": None, "listeners": ()},
        "validation": None if plan.validation is None else vars(plan.validation),
        "trainer": trainer,
        "strategy": described(strategy_of(model)),
        "versions": [skbits.__version__, keras.__version__, tf.__version__],
    }
