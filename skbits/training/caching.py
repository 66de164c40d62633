"""Caching: a fit that was done before is not done again (``memory=``, as in ``Pipeline``).

Rules
-----
* What is cached is the training stage: the key is the model that was *built* (configuration and
  initial values), the loss, the optimizer, the plan and the data. ``threshold`` is no part of it,
  so all thresholds share one fit; nor is the builder function, so one that closes over changing
  state never gets a stale model.
* The user's own functions and classes enter the key with their code.
"""

import inspect
import json
import re
from collections.abc import Callable
from types import CodeType
from typing import Any

import joblib
import keras
from sklearn.utils.validation import check_memory

from skbits.persistence import get_state
from skbits.training.contract import Data, Plan

State = tuple[list, dict]


def cached(memory: Any, key: dict[str, Any], train: Callable[[], State]) -> State:
    """What ``train()`` returns, from the cache where the key was seen before."""
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
        config = json.dumps(keras.saving.serialize_keras_object(model), sort_keys=True, default=str)
        callbacks = [(code_of(type(item)), joblib.hash(vars(item))) for item in plan.callbacks]
    except Exception as error:
        raise ValueError(
            f"memory is set, but the model or a callback cannot be described for its key: {error}. "
            "Use memory=None for this fit."
        ) from error
    loss = model.loss
    return {
        "model": _without_counters(config),
        "layers": [code_of(type(layer)) for layer in getattr(model, "layers", [])],
        "loss": code_of(loss if inspect.isroutine(loss) else type(loss)),
        "state": get_state(model),
        "data": vars(data),
        "plan": {**vars(plan), "callbacks": callbacks, "validation": None, "verbose": 0},
        "validation": None if plan.validation is None else vars(plan.validation),
        "trainer": trainer,
    }


def _without_counters(config: str) -> str:
    """The configuration with Keras' running numbers in names (``dense_17``) counted from zero.

    Examples
    --------
    >>> _without_counters('{"a": {"name": "dense_17"}, "b": ["dense_17", "relu_1"]}')
    '{"a": {"name": "dense#0"}, "b": ["dense#0", "relu_1"]}'
    """
    names = dict.fromkeys(re.findall(r'"name": ("[^"]*")', config))  # in order of appearance
    plain = {
        name: f'"{re.sub(r"_[0-9]+$", "", name[1:-1])}#{index}"' for index, name in enumerate(names)
    }
    return re.sub(r'"[^"]*"', lambda match: plain.get(match.group(0), match.group(0)), config)


def code_of(item: Any) -> Any:
    """Name, byte code, defaults and closure of a function or class; plain data.

    Examples
    --------
    >>> def make(k):
    ...     return lambda x: x + k
    >>> code_of(make(1)) == code_of(make(1)), code_of(make(1)) == code_of(make(2))
    (True, False)
    """
    name = (getattr(item, "__module__", ""), getattr(item, "__qualname__", repr(item)))
    if name[0].partition(".")[0] in ("keras", "skbits", "builtins"):
        return name
    if inspect.isclass(item):
        methods = sorted(vars(item).items())
        return name, [(key, code_of(m)) for key, m in methods if inspect.isfunction(m)]
    if not inspect.isfunction(item):
        return name
    cells = [cell.cell_contents for cell in item.__closure__ or ()]
    values = [code_of(v) if callable(v) else v for v in (*cells, *(item.__defaults__ or ()))]
    return name, _code(item.__code__), values


def _code(code: CodeType) -> tuple:
    constants = [_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return code.co_code, constants, code.co_names
