"""Telling: what the examples share to write an account and to be run as commands."""

import argparse
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from typing import Any

import numpy as np

from skbits.exceptions import HeadMismatchError
from skbits.quiet import quiet_start
from skbits.report import format_columns

#: characters a line of an account
WIDTH = 88


def tell(
    name: str,
    doc: str,
    run: Callable[[], Any],
    account: Callable[[Any], str],
    argv: Sequence[str] | None = None,
) -> int:
    """Run an example as a command that takes no arguments: compute, and print the account.

    Parameters
    ----------
    name : str
        The module's own name, as in ``python -m skbits.examples.NAME``.
    doc : str
        The module's docstring, for ``--help``.
    run : callable
        () -> result
    account : callable
        result -> str
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        The exit code, 0.
    """
    argparse.ArgumentParser(
        prog=f"python -m skbits.examples.{name}",
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args(argv)
    with quiet_start():
        import skbits.estimators  # noqa: F401  TensorFlow speaks at its import, which comes here
    print(account(run()), flush=True)
    return 0


def story(*parts: str) -> str:
    """Parts of an account, an empty line between them.

    Examples
    --------
    >>> print(story("One.", "Two."))
    One.
    <BLANKLINE>
    Two.
    """
    return "\n\n".join(part for part in parts if part)


def prose(*sentences: str) -> str:
    """A paragraph: sentences joined and wrapped; empty ones, of what is not so, are left out.

    Examples
    --------
    >>> print(prose("It is so.", "", "It is  also so."))
    It is so. It is also so.
    """
    return _wrapped(" ".join(sentences), WIDTH)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table with a line of names: columns of numbers stand to the right, set off by two spaces.

    Floats are written with three digits; give them as text for others.

    Examples
    --------
    >>> print(table(["model", "F1", "rows"], [["plain", 0.75, 40], ["other", 0.5, 40]]))
      model     F1  rows
      plain  0.750    40
      other  0.500    40
    """
    cells = [head, *([_written(value) for value in row] for row in rows)]
    return textwrap.indent(format_columns(cells), "  ")


def quoted(text: str) -> str:
    """A text of somebody else, wrapped and indented."""
    return textwrap.indent(_wrapped(text, WIDTH - 4), "    ")


def percent(share: float, digits: int = 1) -> str:
    """A share as a number of per cent, without the sign.

    Examples
    --------
    >>> percent(0.5), percent(0.125, 0)
    ('50.0', '12')
    """
    return f"{100 * share:.{digits}f}"


def named(names: Iterable[str]) -> str:
    """Names in a sentence.

    Examples
    --------
    >>> print(named(["bits", "softmax"]))
    "bits" and "softmax"
    """
    return " and ".join(f'"{name}"' for name in names)


def mean_of(records: Sequence[Any]) -> Any:
    """The mean of dataclasses of one type whose fields are all floats, such as one a seed."""
    return type(records[0])(*np.mean([astuple(one) for one in records], axis=0).tolist())


def said_to(classifier: Any, X: Any, y: Any) -> str:
    """What skbits says to a model that does not fit the target; empty where it trains it."""
    try:
        classifier.fit(X, y)
    except HeadMismatchError as error:
        return str(error)
    return ""


def _wrapped(text: str, width: int) -> str:
    text = " ".join(text.split()).replace(" %", "\0%")  # a number and its % stay together
    filled = textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
    return filled.replace("\0", " ")


def _written(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
