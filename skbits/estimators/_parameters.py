"""Parameters: what each may be, and how a wrong one is reported.

``RULES`` is the table: name -> (what is right, in words, a test). Values are checked in ``fit``;
``__init__`` only stores. Targets, heads and thresholds check their own parameters.
"""

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import joblib
import numpy as np

from skbits.elsewhere import what_to_write
from skbits.files.leaving_out import is_whole
from skbits.heads import head_names
from skbits.naming import unknown_name_message
from skbits.training import TRAINERS
from skbits.training.strategies import Strategy
from skbits.values import is_int, is_real, is_size, is_word

#: prefixes of the routed parameters, as in scikeras
ROUTED_PREFIXES = ("model", "optimizer", "loss", "metrics", "callbacks")

_RANDOM_STATE = np.random.RandomState

Rule = tuple[str, Callable[[Any], bool]]


def is_flag(value: Any) -> bool:
    """Whether it is True or False, Python's or numpy's.

    Examples
    --------
    >>> is_flag(False), is_flag(0)
    (True, False)
    """
    return isinstance(value, (bool, np.bool_))


def _are_sizes(value: Any) -> bool:
    if value is None:
        return True
    sizes = np.atleast_1d(value) if isinstance(value, np.ndarray) else value
    sizes = sizes if isinstance(value, (list, tuple, np.ndarray)) else [value]
    return all(is_size(size) for size in sizes)


def _is_random_state(value: Any) -> bool:
    is_seed = is_int(value) and 0 <= value < 2**32
    return is_seed or value is None or value is np.random or isinstance(value, _RANDOM_STATE)


def _is_memory(value: Any) -> bool:
    return value is None or isinstance(value, (str, os.PathLike, joblib.Memory))


_POSITIVE_INT: Rule = ("an int of at least 1", is_size)
_FLAG: Rule = ("True or False", is_flag)

RULES: dict[str, Rule] = {
    "hidden_layer_sizes": ("an int of at least 1, a sequence of them, or None", _are_sizes),
    "dropout": (
        "a float in [0, 1), or None",
        lambda value: value is None or (is_real(value) and 0 <= value < 1),
    ),
    "epochs": _POSITIVE_INT,
    "batch_size": ("an int of at least 1 (their number for all rows at once)", is_size),
    "class_weight": (
        "None, 'balanced' or a dict of weights",
        lambda value: value is None or is_word(value, "balanced") or isinstance(value, Mapping),
    ),
    "early_stopping": _FLAG,
    "validation_fraction": (
        "a float in (0, 1)",
        lambda value: is_real(value) and 0 < value < 1,
    ),
    "n_iter_no_change": _POSITIVE_INT,
    "warm_start": _FLAG,
    "trainer": (
        f"'auto' or one of {list(TRAINERS)}",
        lambda value: is_word(value, "auto", *TRAINERS),
    ),
    "strategy": (
        "None, a tf.distribute.Strategy, or a function without arguments that makes one",
        lambda value: value is None or callable(value) or isinstance(value, Strategy),
    ),
    "memory": ("None, a folder, or a joblib.Memory", _is_memory),
    "random_state": ("None, an int from 0 to 2**32 - 1, or a RandomState", _is_random_state),
    "verbose": (
        "an int of at least 0",
        lambda value: is_flag(value) or (is_int(value) and value >= 0),
    ),
    "n_groups": _POSITIVE_INT,
    "abstain": _FLAG,
}


def check_parameters(params: Mapping[str, Any], kind: str) -> None:
    """Raise ValueError for the first parameter that breaks its rule.

    Examples
    --------
    >>> check_parameters({"epochs": 0, "head": None}, "binary")
    Traceback (most recent call last):
        ...
    ValueError: epochs=0: expected an int of at least 1.
    """
    for name, value in params.items():
        if name in RULES:
            words, is_right = RULES[name]
            if not is_right(value):
                raise ValueError(f"{name}={value!r}: expected {words}.")
    heads = head_names(kind)
    if params["head"] is not None and not is_word(params["head"], *heads):
        raise ValueError(
            f"head={params['head']!r}: expected None or one of {heads} for this kind of target."
        )


#: parameters that the model is built and compiled with; a routed one has a prefix of theirs
_BUILT_WITH = ("model", "hidden_layer_sizes", "activation", "dropout", "head", "loss", "optimizer")

_PLAIN = (bool, int, float, str, type(None))


def build_parameters(params: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The parameters that a built model depends on, as plain values that stand for them."""
    prefixes = set(ROUTED_PREFIXES) - {"callbacks"}  # those are made for each fit
    names = [name for name in params if "__" in name and name.partition("__")[0] in prefixes]
    whole = [name for name in _own(kind) if name in params and is_whole(params[name])]
    built = {name: _described(params[name]) for name in whole}
    if is_whole(params["metrics"]) and (metrics := _metric_names(params["metrics"])) is not None:
        built["metrics"] = metrics
    return built | {n: params[n] for n in names if isinstance(params[n], (*_PLAIN, tuple))}


def _own(kind: str) -> tuple[str, ...]:
    """A weight of bits is in the loss, one of classes in the rows."""
    return (*_BUILT_WITH, "class_weight") if kind == "bits" else _BUILT_WITH


def _described(value: Any) -> Any:
    """A plain value, or nested tuples of them, that is the same for what builds the same.

    Examples
    --------
    >>> _described([8, "AUC"]), _described({0: 2.0})
    ((8, 'AUC'), (('0', 2.0),))
    """
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return _described(value.tolist())
    if isinstance(value, (list, tuple)):
        return tuple(_described(item) for item in value)
    if isinstance(value, Mapping):
        items = {str(key): _described(item) for key, item in value.items()}
        return tuple((key, items[key]) for key in sorted(items))
    if isinstance(value, functools.partial):
        return tuple(_described(part) for part in (value.func, value.args, value.keywords))
    if hasattr(value, "__qualname__"):
        return value.__qualname__
    name = type(value).__qualname__
    try:
        config = dict(value.get_config())
    except (AttributeError, NotImplementedError, TypeError):
        return name
    if not hasattr(value, "update_state"):  # that of a metric stands in history_
        config.pop("name", None)  # Keras counts: sgd, sgd_1, ...
    return name, _described(config)


def _metric_names(metrics: Any) -> tuple[str, ...] | None:
    """What metrics are called; None where there are none, or one has no name to compare."""
    listed = metrics if isinstance(metrics, (list, tuple)) else [metrics]
    names = []
    for one in listed:
        own = one if isinstance(one, (str, type)) else getattr(one, "name", one)
        names.append(own if isinstance(own, str) else getattr(own, "__name__", None))
    return None if None in names else tuple(names)


def check_unchanged(built_with: Mapping[str, Any], params: Mapping[str, Any], kind: str) -> None:
    """Raise where a parameter was changed that a fitted model, trained on, would ignore.

    Examples
    --------
    >>> params = {**dict.fromkeys((*_BUILT_WITH, "metrics")), "optimizer": "adam"}
    >>> built_with = build_parameters(params, "binary")
    >>> check_unchanged(built_with, {**params, "epochs": 3}, "binary")
    >>> check_unchanged(built_with, {**params, "optimizer": "sgd"}, "binary")
    Traceback (most recent call last):
        ...
    ValueError: optimizer='sgd', but the fitted model was built with 'adam': ...
    """
    now = build_parameters(params, kind)
    for name in {**built_with, **now}:
        if name in _own(kind) and not (name in built_with and name in now):
            continue  # of a file that does not tell
        if name == "class_weight" and built_with[name] == "balanced" and now[name] is None:
            continue  # partial_fit takes no "balanced"; the weights stay those of fit
        before, after = built_with.get(name, "(not set)"), now.get(name, "(not set)")
        if name in built_with and name not in now and name in params:
            continue  # no plain value any more: cannot be compared
        if before != after:
            given = after if len(repr(after)) <= 40 else params[name]
            told = " ".join(repr(given).split())
            earlier = repr(before) if len(repr(before)) <= 40 else "another"
            raise ValueError(
                f"{name}={told}, but the fitted model was built with {earlier}: going on with "
                "it (warm_start, partial_fit) would ignore the change. Clone the estimator to "
                "start anew."
            )


def first_unknown(
    given: Iterable[str], known: Iterable[str], owner: str, builder: Any = None
) -> str | None:
    """The message for the first name that is neither a parameter nor routed; None if all are.

    ``builder`` is the function given as model, whose parameters may stand there without model__.

    Examples
    --------
    >>> first_unknown(["model__units", "epoch"], ["epochs", "model"], "BinaryClassifier")
    "Invalid parameter 'epoch' for BinaryClassifier: did you mean 'epochs'?"
    """
    known = list(known)
    for name in given:
        prefix, _, rest = name.partition("__")
        if name in known or (rest and prefix in ROUTED_PREFIXES):
            continue
        cure = what_to_write(name, known, builder)
        if cure is not None:
            return f"Invalid parameter {name!r} for {owner}: {cure}"
        candidates = [f"{p}__{rest}" for p in ROUTED_PREFIXES] if rest else known
        return unknown_name_message(name, candidates, owner)
    return None
