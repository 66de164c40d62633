"""Indices: one that an embedding does not know is an error in words, in fit and in predict.

TensorFlow finds it when it computes, on CPUs alone, and tells it at the end of a traceback of its
graph, some hundred lines long.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

_OUT_OF_RANGE = re.compile(r"indices(?:\[[\d,]*\])? = -?\d+ is not in \[0, (\d+)\)")


@contextmanager
def unknown_indices_in_words() -> Iterator[None]:
    """Raise ValueError instead of TensorFlow's error about an index that is out of range.

    Examples
    --------
    >>> with unknown_indices_in_words():
    ...     tf.gather(tf.zeros(10), 12)
    Traceback (most recent call last):
        ...
    ValueError: X holds an index that the model's embedding does not know (indices = 12 is not \
in [0, 10)): expected whole numbers from 0 to 9. Raise its input_dim (model__input_dim, where it \
is a backbone's), or let CharCodes have an index for what is unknown, handle_unknown='index'.
    """
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        found = _OUT_OF_RANGE.search(str(error))
        if found is None:
            raise
        raise ValueError(
            f"X holds an index that the model's embedding does not know ({found[0]}): expected "
            f"whole numbers from 0 to {int(found[1]) - 1}. Raise its input_dim (model__input_dim, "
            "where it is a backbone's), or let CharCodes have an index for what is unknown, "
            "handle_unknown='index'."
        ) from error
