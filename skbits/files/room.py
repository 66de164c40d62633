"""Room: how much memory what a file describes may take, counted before it is taken.

Rules
-----
* A few bytes of configuration can ask for gigabytes. The variables of models and metrics are
  counted before each gets its values, and may take a few times what the file takes, as an optimizer
  not yet used does, and a little more, for metrics.
* Of metrics, every whole number counts as the length of a list, which ``num_thresholds`` is; of
  operations that split a tensor, as the number of parts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

#: of the size of the file: a weight, and the most that optimizers keep with one
_TIMES = 4

#: bytes of metrics, for each file
_MORE = 2**26

#: bytes that an item of a list takes, about
_ITEM = 64


class Room:
    """Bytes that may still be taken.

    Parameters
    ----------
    size : int
        Bytes of the file.

    Examples
    --------
    >>> Room(100).take(10**8)
    Traceback (most recent call last):
        ...
    ValueError: what it describes would take far more memory than the file itself
    """

    def __init__(self, size: int):
        self._left = _TIMES * size + _MORE

    def take(self, n_bytes: int) -> None:
        """Count bytes that are about to be taken.

        Raises
        ------
        ValueError
            Where there is no room for them.
        """
        self._left -= n_bytes
        if self._left < 0:
            raise ValueError("what it describes would take far more memory than the file itself")

    def take_lists(self, config: Any, each: int = _ITEM) -> None:
        """Count the lists that the numbers of a configuration may ask for, ``each`` an item."""
        if type(config) is int:
            self.take(each * abs(config))
        elif isinstance(config, (list, dict)):
            for item in config.values() if isinstance(config, dict) else config:
                self.take_lists(item, each)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count all variables that are made within, each before it has values."""
        import tensorflow as tf

        def create(next_creator: Any, **kwargs: Any) -> Any:
            self.take(_n_bytes(kwargs["initial_value"]))
            return next_creator(**kwargs)

        with tf.variable_creator_scope(create):
            yield


def _n_bytes(value: Any) -> int:
    """Bytes of a first value, which a function of no arguments may make: that is only traced."""
    import tensorflow as tf

    if callable(value):
        value = tf.function(value, autograph=False).get_concrete_function().structured_outputs
    if not hasattr(value, "dtype"):
        value = np.asarray(value)
    return int(np.prod([int(n) for n in value.shape], dtype=object)) * tf.as_dtype(value.dtype).size
