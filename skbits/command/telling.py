"""Telling: what is said besides the results, on standard error."""

import sys


def tell(text: str) -> None:
    """Write a line to standard error; where that is closed, nowhere: results stand alone."""
    if sys.stderr is not None:
        print(text, file=sys.stderr)
