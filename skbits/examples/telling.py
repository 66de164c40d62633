"""Telling: what the examples share to write an account and to be run as commands."""

import argparse
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

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


def check_seeds(n_seeds: int) -> None:
    """Raise where a comparison with chance is asked of one training.

    Examples
    --------
    >>> check_seeds(1)
    Traceback (most recent call last):
        ...
    ValueError: n_seeds=1: expected at least 2, since one training says nothing of chance.
    """
    if n_seeds < 2:
        raise ValueError(
            f"n_seeds={n_seeds!r}: expected at least 2, since one training says nothing of chance."
        )


def _wrapped(text: str, width: int) -> str:
    text = " ".join(text.split()).replace(" %", "\0%")  # a number and its % stay together
    filled = textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
    return filled.replace("\0", " ")


def _written(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
