"""Caching: a fit that was done before is not done again (``memory=``, as in ``Pipeline``).

Rules
-----
* What is cached is the training stage: the key is the model that was *built* (configuration and
  initial values), the loss, the optimizer, the plan and the data. ``threshold`` is no part of it,
  so all thresholds share one fit; nor is the builder function, so one that closes over changing
  state never gets a stale model.
* ``skbits.describing`` says what of a model, and of the user's own code in it, enters the key.
"""

import os
from collections.abc import Callable
from typing import Any

import joblib
from sklearn.utils.validation import check_memory

from skbits.contents import CONTAINERS, contents
from skbits.describing import as_text, describe
from skbits.persistence import get_state
from skbits.training.contract import Data, Plan
from skbits.training.strategies import described, strategy_of

State = tuple[list, dict]


def cached(memory: Any, key: dict[str, Any], train: Callable[[], State]) -> State:
    """What ``train()`` returns, from the cache where the key was seen before."""
    memory = os.fspath(memory) if isinstance(memory, os.PathLike) else memory
    return check_memory(memory).cache(_run, ignore=["train"])(key, train)


def _run(key: dict[str, Any], train: Callable[[], State]) -> State:
    return train()


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
        "plan": {**vars(plan), "callbacks": callbacks, "validation": None, "verbose": 0},
        "validation": None if plan.validation is None else vars(plan.validation),
        "trainer": trainer,
        "strategy": described(strategy_of(model)),
    }
