"""Names: every error names the argument, one of an unknown name suggests the nearest known."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from typing import Any

import numpy as np

#: what reading a value may raise, where it is not what was expected
_OF_READING = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


@contextmanager
def about(name: str, *others: str) -> Iterator[None]:
    """Whatever reading an argument raises is a ValueError or TypeError that names it.

    Errors about the others, which are read with it, stay as they are.

    Examples
    --------
    >>> with about("X"):
    ...     float(10**400)
    Traceback (most recent call last):
        ...
    ValueError: X: int too large to convert to float
    """
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # infinities are told as such
            yield
    except _OF_READING as error:
        names = "|".join((name, *others))
        is_named = re.search(
            rf"^(Input )?({names})(?!\w)|(?<!\w)({names})=|`({names})`", str(error)
        )
        if is_named and isinstance(error, (TypeError, ValueError)):
            raise
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name}: {error}") from error


@contextmanager
def no_attribute() -> Iterator[None]:
    """Whatever a property raises is an AttributeError, on which ``hasattr`` and ``dir`` go on.

    Examples
    --------
    >>> with no_attribute():
    ...     raise ValueError("threshold=3.0 is outside [0, 1]")
    Traceback (most recent call last):
        ...
    AttributeError: threshold=3.0 is outside [0, 1]
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        raise AttributeError(str(error)) from error


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest, None where none is near.

    Examples
    --------
    >>> nearest_name("epoch", ["loss", "epochs"])
    'epochs'
    """
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return near[0] if near else None


def unknown_name_message(name: str, known: Iterable[str], owner: str) -> str:
    """What is unknown, to whom, and what was probably meant.

    Examples
    --------
    >>> unknown_name_message("epoch", ["epochs", "loss"], "BinaryClassifier")
    "Invalid parameter 'epoch' for BinaryClassifier: did you mean 'epochs'?"
    """
    known = sorted(known)
    near = nearest_name(name, known)
    hint = f"did you mean {near!r}?" if near else f"known are {', '.join(known) or 'none'}."
    return f"Invalid parameter {name!r} for {owner}: {hint}"


def name_of(function: Any) -> str:
    """How a message calls a function, a partial one, a scorer or another object that is called.

    Examples
    --------
    >>> name_of(partial(max, 1)), name_of(len)
    ('max', 'len')
    """
    if isinstance(function, partial):
        return name_of(function.func)
    return getattr(function, "__name__", None) or repr(function)


def check_names(given: Iterable[str], known: Iterable[str], owner: str) -> None:
    """Raise ValueError for the first given name that is not known.

    Examples
    --------
    >>> check_names(["units"], ["units", "rate"], "model")
    """
    known = list(known)
    for name in given:
        if name not in known:
            raise ValueError(unknown_name_message(name, known, owner))


#: nouns whose plurals no rule makes
_PLURALS = {"axis": "axes", "epoch": "epochs", "index": "indices", "matrix": "matrices"}


def plural(noun: str) -> str:
    """More than one of what a noun names.

    Examples
    --------
    >>> [plural(noun) for noun in ("row", "class", "category", "held-out row", "cost matrix")]
    ['rows', 'classes', 'categories', 'held-out rows', 'cost matrices']
    """
    before, _, last = noun.rpartition(" ")
    if last in _PLURALS:
        last = _PLURALS[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        last = f"{last[:-1]}ies"
    else:
        last += "s"
    return f"{before} {last}".lstrip()


def counted(n: Any, noun: str) -> str:
    """A number before a noun, which agrees with it.

    Examples
    --------
    >>> counted(1, "row"), counted(0, "row"), counted(2, "class")
    ('1 row', '0 rows', '2 classes')
    """
    return f"{n} {noun if str(n) == '1' else plural(noun)}"


def as_option(option: str, value: Any) -> str:
    """An option of a command line with its value, as a shell reads it.

    A value that begins with a dash stands behind an equals sign, or it would be an option itself.

    Examples
    --------
    >>> as_option("--drop", "my id"), as_option("--positive", "-1")
    ("--drop 'my id'", '--positive=-1')
    """
    text = str(value)
    return f"{option}{'=' if text.startswith('-') else ' '}{shlex.quote(text)}"


def params_text(params: Mapping[str, Any]) -> str:
    """Parameters as in a call, on one line; functions and classes by their names.

    Examples
    --------
    >>> params_text({"hidden_layer_sizes": (32,), "model": params_text})
    'hidden_layer_sizes=(32,), model=params_text'
    """
    return ", ".join(f"{name}={_value_text(value)}" for name, value in params.items())


def _value_text(value: Any) -> str:
    name = getattr(value, "__name__", None) if callable(value) else None
    return name if isinstance(name, str) else " ".join(repr(value).split())
