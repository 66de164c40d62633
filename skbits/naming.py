"""Names: an unknown parameter is an error that suggests the nearest known one."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown_name_message(name: str, known: Iterable[str], owner: str) -> str:
    """What is unknown, to whom, and what was probably meant.

    Examples
    --------
    >>> unknown_name_message("epoch", ["epochs", "loss"], "BinaryClassifier")
    "Invalid parameter 'epoch' for BinaryClassifier: did you mean 'epochs'?"
    """
    known = sorted(known)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known) or 'none'}."
    return f"Invalid parameter {name!r} for {owner}: {hint}"


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
