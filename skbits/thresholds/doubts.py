"""Doubts: what is said of thresholds that rest on too little.

Rules
-----
* A bit with too few positives takes the cutoff of all bits, and is named.
* A threshold of two labels, or of a class, that rests on fewer than ``ENOUGH`` rows of a label is
  told with their number: other rows would give quite another one.
* Where every row held out has the same probability, no threshold tells rows apart.
"""

import warnings
from collections.abc import Sequence

import numpy as np

from skbits.naming import counted
from skbits.progress import FRAMES_OF_FIT
from skbits.thresholds.combining import Combined
from skbits.thresholds.rows import Rows, join_rows
from skbits.thresholds.task import Task

#: with fewer rows of a label, what the threshold rests on is told
ENOUGH = 5

_MORE_ROWS = (
    "Other rows may give quite another one. Gather more rows, or set a threshold that needs none, "
    "as cost_threshold does."
)


def warn_of_doubts(
    combined: Combined, folds: Sequence[Rows], task: Task, min_positives: int
) -> None:
    """Warn of what makes thresholds doubtful, from the ``fit`` of a meta-estimator."""
    for message in doubts(combined, folds, task, min_positives):
        warnings.warn(message, UserWarning, stacklevel=2 + FRAMES_OF_FIT)


def doubts(combined: Combined, folds: Sequence[Rows], task: Task, min_positives: int) -> list[str]:
    """What makes thresholds doubtful that were chosen from the folds' held-out rows.

    Parameters
    ----------
    combined : Combined
    folds : sequence of Rows
    task : Task
    min_positives : int

    Returns
    -------
    list of str
        A message for each doubt.
    """
    rows = join_rows(folds)
    if len(combined.rare):
        found = [_of_rare(combined, rows, task, min_positives)]
    elif task.kind == "binary":
        found = _of_two_labels(combined, rows)
    elif task.kind == "onehot":
        found = _of_classes(combined, rows)
    else:
        found = []
    return found + _of_constants(folds)


def _of_rare(combined: Combined, rows: Rows, task: Task, min_positives: int) -> str:
    """Bits that take the shared cutoff, or two labels of which one is missing."""
    if task.kind != "bits":
        missing = rows.as_labels(np.array([[not rows.y.any()]])).item()
        return f"no row held out is of label {missing!r}, to choose by: the threshold stays at 0.5."
    names = task.target.names or range(task.n_columns)
    listed = [names[k] for k in combined.rare[:10]]
    more = f" and {len(combined.rare) - 10} more" if len(combined.rare) > 10 else ""
    cutoff = combined.thresholds[combined.rare[0]]
    return (
        f"bits {listed}{more} have fewer than {counted(max(min_positives, 1), 'positive')} among "
        f"the rows held out (min_positives={min_positives}): they take the cutoff that is best for "
        f"all bits together, {cutoff:.3g}."
    )


def _of_two_labels(combined: Combined, rows: Rows) -> list[str]:
    positives = int(np.count_nonzero(rows.y))
    fewer, on = min((positives, 1), (len(rows) - positives, 0))
    if fewer >= ENOUGH:
        return []
    label = on if rows.labels is None else rows.labels.tolist()[on]
    return [
        f"the threshold {combined.thresholds[0]:.3g} rests on {counted(fewer, 'row')} of label "
        f"{label!r} among the {counted(len(rows), 'row')} held out. {_MORE_ROWS}"
    ]


def _of_classes(combined: Combined, rows: Rows) -> list[str]:
    n_rows = np.count_nonzero(rows.y, axis=0)
    few = np.flatnonzero(n_rows < ENOUGH)
    if not len(few):
        return []
    listed = ", ".join(
        f"{combined.thresholds[k]:.3g} of {rows.class_name(k)!r} on {counted(n_rows[k], 'row')}"
        for k in few[:5].tolist()
    )
    more = f" and {len(few) - 5} more" if len(few) > 5 else ""
    return [
        f"thresholds rest on few rows of the {counted(len(rows), 'row')} held out: {listed}{more}. "
        f"{_MORE_ROWS}"
    ]


def _of_constants(folds: Sequence[Rows]) -> list[str]:
    """Columns whose probability is the same for every row of a fold, in each."""
    some = [rows for rows in folds if len(rows) > 1]
    if not some:
        return []
    same = np.all([(rows.p == rows.p[:1]).all(axis=0) for rows in some], axis=0)
    if not same.any() or (folds[0].kind == "onehot" and not same.all()):
        return []
    which = ""
    if folds[0].kind == "bits":
        names = [folds[0].name(k) for k in np.flatnonzero(same).tolist()]
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        which = f" of bits {names[:10]}{more}"
    p = some[0].p[0, np.flatnonzero(same)[0]]
    return [
        f"the estimator gives every row held out the same probability{which}, such as {p:.3g}: no "
        "threshold tells rows apart. Look at what it learns, or does not."
    ]
