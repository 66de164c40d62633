"""Labels: which two a target holds, and which of them is the positive one.

Rules
-----
* A target holds exactly two labels, of any dtype, and no missing one.
* Without a choice the positive label is the later one in sorting order, as ``classes_[1]``
  everywhere in scikit-learn: 1 of 0/1, "yes" of no/yes, whatever their numbers of rows.
* What cannot be used is a DataError, which names it and says what to change.
"""

import difflib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from skbits.cells import is_missing
from skbits.naming import counted


class DataError(ValueError):
    """A file, a table or labels that cannot be used; the message says what to change.

    Examples
    --------
    >>> issubclass(DataError, ValueError)
    True
    """


def two_labels(y: Any, *, name: str = "y", n_missing: int = 0) -> np.ndarray:
    """Check that y holds exactly two labels.

    Parameters
    ----------
    y : array-like of shape (n,)
    name : str, default="y"
        What y is called in messages.
    n_missing : int, default=0
        Number of rows that were left out for want of a label, for the message.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    DataError
        If y is not 1-D, has a missing label, holds fractions, or has one label or more than two.

    Examples
    --------
    >>> two_labels(["no", "yes"]).tolist()
    ['no', 'yes']
    >>> two_labels([0, 1, 2])
    Traceback (most recent call last):
        ...
    skbits.labels.DataError: y has 3 labels, expected two: 0 (1 row), 1 (1 row), 2 (1 row). Merge \
labels, or keep the rows of two.
    """
    y = np.asarray(y)
    if y.ndim != 1:
        raise DataError(f"{name} has shape {y.shape}: expected one label a row, (n,).")
    missing = np.asarray([is_missing(label) for label in y.tolist()], dtype=bool)
    if missing.any():
        raise DataError(
            f"{name} has no label in {counted(missing.sum(), 'row')}, row {missing.argmax()} the "
            "first: leave these rows out."
        )
    labels, counts = _count_labels(y, name)
    if len(labels) == 2 and y.dtype.kind == "f" and not all(map(float.is_integer, labels)):
        raise DataError(
            f"{name} holds fractions, {labels[0]!r} and {labels[1]!r}, which scikit-learn takes "
            "for quantities: expected two labels. Write them as text or as whole numbers."
        )
    if len(labels) > 2:
        raise DataError(_too_many_labels(labels, counts, name))
    if len(labels) < 2:
        found = f"one label only, {labels[0]!r}" if len(labels) else "no rows with a label"
        left_out = f" (left out: {counted(n_missing, 'row')} without a label)" if n_missing else ""
        raise DataError(
            f"{name} has {found}{left_out}, expected two. Check the column; a label written as "
            "'None', 'NA', 'null' or '?' counts as missing."
        )
    return y


def match_label(y: Any, text: str) -> Any:
    """Find the label that a text means: the same text, the same number, or the same but for case.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels.
    text : str
        A label as written on the command line.

    Returns
    -------
    label : str, int, float or bool

    Raises
    ------
    DataError
        If no label, or more than one, fits.

    Examples
    --------
    >>> match_label([0, 1, 1], "1")
    1
    >>> match_label(["No", "Yes"], "yes")
    'Yes'
    """
    labels = np.unique(np.asarray(y)).tolist()
    rules = (
        lambda label: str(label) == text,
        lambda label: is_number(text) and is_number(str(label)) and float(label) == float(text),
        lambda label: str(label).casefold() == text.strip().casefold(),
    )
    for fits in rules:
        found = [label for label in labels if fits(label)]
        if len(found) == 1:
            return found[0]
    raise DataError(_unknown_label(text, labels))


def positive_label(y: Any, positive: Any = None) -> Any:
    """Return the positive one of two labels: the chosen one, or the later in sorting order.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Labels, two different ones.
    positive : label, optional
        The choice; None for the later label.

    Returns
    -------
    label : str, int, float or bool

    Raises
    ------
    DataError
        If ``positive`` is not one of the labels.

    Examples
    --------
    >>> positive_label(["yes", "no", "yes"])
    'yes'
    >>> positive_label(["M", "R"], "M")
    'M'
    """
    labels = np.unique(np.asarray(y)).tolist()
    if positive is None:
        return labels[-1]
    if positive not in labels:
        raise DataError(_unknown_label(positive, labels))
    return labels[labels.index(positive)]


def nearest(name: str, known: Sequence[str]) -> str:
    """Say ``"; did you mean 'label'?"``, or ``""`` where no known name is near.

    Examples
    --------
    >>> nearest("lable", ["age", "label"])
    "; did you mean 'label'?"
    >>> nearest("zzz", ["age", "label"])
    ''
    """
    lower = {other.casefold(): other for other in known}
    found = difflib.get_close_matches(name.casefold(), list(lower), n=1)
    return f"; did you mean {lower[found[0]]!r}?" if found else ""


def show(names: Sequence[str], limit: int) -> str:
    """Write the first names, quoted, and dots where there are more; a long one is cut short.

    Examples
    --------
    >>> show(["a", "b", "c"], 2)
    "'a', 'b', ..."
    """
    short = [name if len(name) <= 40 else name[:37] + "..." for name in names[:limit]]
    return ", ".join(map(repr, short)) + (", ..." if len(names) > limit else "")


def is_number(text: str) -> bool:
    """Whether a text is a finite number.

    Examples
    --------
    >>> is_number("2.5"), is_number("R"), is_number("inf")
    (True, False, False)
    """
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _unknown_label(positive: Any, labels: list) -> str:
    return (
        f"positive={positive!r} is not one of the labels: expected {labels[0]!r} or {labels[1]!r}."
    )


def _count_labels(y: np.ndarray, name: str) -> tuple[list, list[int]]:
    try:
        labels, counts = np.unique(y, return_counts=True)
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in y.tolist()})
        raise DataError(
            f"{name} mixes labels of types {kinds}: expected one type, for example with "
            "y.astype(str)."
        ) from error
    return labels.tolist(), counts.tolist()


def _too_many_labels(labels: list, counts: list[int], name: str) -> str:
    if len(labels) > 20 and all(isinstance(label, (int, float)) for label in labels):
        return (
            f"{name} has {counted(len(labels), 'different number')}, from {labels[0]!r} to "
            f"{labels[-1]!r}, expected two labels. Is it the right column? A quantity has to be "
            "cut in two first."
        )
    found = zip(labels, counts, strict=True)
    rows = [f"{label!r} ({counted(count, 'row')})" for label, count in found]
    shown = ", ".join(rows[:5]) + (", ..." if len(rows) > 5 else "")
    return (
        f"{name} has {counted(len(labels), 'label')}, expected two: {shown}. Merge labels, or "
        "keep the rows of two."
    )
