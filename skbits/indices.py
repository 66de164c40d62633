"""Indices: one that an embedding does not know is an error in words, in fit and in predict.

TensorFlow finds it when it computes, on CPUs alone, and tells it at the end of a traceback of its
graph, some hundred lines long. Our own embeddings hand it ``input_dim`` for a number that is no
index at all, so the value that somebody knows is looked up in X.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

_OUT_OF_RANGE = re.compile(r"indices(?:\[([\d,]*)\])? = (-?\d+) is not in \[0, (\d+)\)")

#: whether a number could be an index, if there were enough of them -> what to do about it
_CURES = {
    True: (
        "Raise input_dim (model__input_dim of a backbone, model__encoder_input_dim of siamese), or "
        "let CharCodes have an index for what is unknown, handle_unknown='index'."
    ),
    False: (
        "Number what X holds from 1, as CharCodes does, 0 for padding; or leave input_dim out "
        "where X holds numbers, and no indices."
    ),
}


@contextmanager
def unknown_indices_in_words(X: Any, first_row: int = 0) -> Iterator[None]:
    """Raise ValueError instead of TensorFlow's error about an index that is out of range.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n, ...)
        Where the index comes from; the first that is out of range is named where it is found.
    first_row : int
        The number of the first row, where X is a part of all rows.

    Examples
    --------
    >>> X = np.array([[1, 2], [3, -4]])
    >>> with unknown_indices_in_words(X):
    ...     tf.gather(tf.zeros(10), X)
    Traceback (most recent call last):
        ...
    ValueError: X holds -4 in row 1, step 1: expected whole numbers from 0 to 9, the indices that \
the model's embedding knows. Number what X holds from 1, as CharCodes does, 0 for padding; or \
leave input_dim out where X holds numbers, and no indices.
    """
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        found = _OUT_OF_RANGE.search(str(error))
        if found is None:
            raise
        value, limit = int(found[2]), int(found[3])
        at = _place(X, [int(i) for i in (found[1] or "").split(",") if i], value, limit)
        if at is not None:
            value = X[at].item()
            at = (at[0] + first_row, *at[1:])
            where = f"in row {at[0]}, step {at[1]}" if len(at) == 2 else f"at X{list(at)}"
            what = f"X holds {int(value) if value == int(value) else f'{value:.7g}'} {where}"
        else:
            what = f"X holds an index that the model's embedding does not know ({found[0]})"
        raise ValueError(
            f"{what}: expected whole numbers from 0 to {limit - 1}, the indices that the model's "
            f"embedding knows. {_CURES[value >= limit and value == int(value)]}"
        ) from error


def _place(X: Any, reported: list[int], value: int, limit: int) -> tuple[int, ...] | None:
    """Where X holds a value that was reported, or what else is no index in the reported step."""
    if not isinstance(X, np.ndarray):
        return None
    wrong = np.equal(X, value)
    # rows of a batch are shuffled, and those of pairs side by side: the step alone is known
    if not wrong.any() and len(reported) == 2 and X.ndim > 1 and reported[1] < X.shape[-1]:
        wrong[..., reported[1]] = _is_no_index(X[..., reported[1]], limit)
    return tuple(np.argwhere(wrong)[0].tolist()) if wrong.any() else None


def _is_no_index(numbers: np.ndarray, limit: int) -> np.ndarray:
    return (numbers < 0) | (numbers >= limit) | (numbers != np.floor(numbers))
