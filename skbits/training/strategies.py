"""Strategies: a ``tf.distribute.Strategy`` -> where a model is built, and each replica's batches.

Rules
-----
* A model belongs to the strategy that it was built under. To train it on under another one, a copy
  with the same state is made there.
* ``batch_size`` rows are a batch of all replicas together, and come in the order that they have
  without a strategy.
* Keras takes the mean of the replicas' means, sums replicas' rows to find out their shape, and
  leaves some replicas without a row. So all get the same number of rows: where a batch does not
  divide by the replicas, some rows are there twice, the second time at weight 0, and the others
  weigh so much more that the step is that of the batch.
"""

import functools
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from skbits.naming import about
from skbits.persistence import pack_model, unpack_model
from skbits.training.finishing import finished

Strategy = tf.distribute.Strategy


def strategy_from(given: Any) -> Strategy:
    """The strategy that ``strategy=`` asks for; for None, that of the scope around the call.

    Parameters
    ----------
    given : None, tf.distribute.Strategy, or callable
        A callable makes one; it is called once in a process.

    Raises
    ------
    ValueError
        For a callable that makes something else, and with Keras before 3.10.
    """
    if given is None:
        strategy = tf.distribute.get_strategy()
    else:
        with about("strategy"):
            strategy = given if isinstance(given, Strategy) else _made_by(given)
    version = tuple(int(part) for part in keras.version().split(".")[:2])
    if version < (3, 10) and (given is not None or tf.distribute.has_strategy()):
        raise ValueError(
            f"strategy={given or strategy!r}, under which Keras {keras.version()} tells the loss "
            "of one replica for that of all, and older ones leave out batches: expected Keras 3.10 "
            "or later. Upgrade it, or use strategy=None outside of any scope."
        )
    return strategy


@functools.cache
def _made_by(maker: Any) -> Strategy:
    strategy = maker()
    if not isinstance(strategy, Strategy):
        raise ValueError(
            f"strategy={maker!r} returned {strategy!r}: expected a tf.distribute.Strategy, as "
            "tf.distribute.MirroredStrategy returns."
        )
    return strategy


def strategy_of(model: Any) -> Strategy | None:
    """The strategy that a model was built under, None for none.

    Examples
    --------
    >>> strategy_of(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    """
    own = model.distribute_strategy  # without one, TensorFlow's default
    has_one = tf.distribute.has_strategy() or own is not tf.distribute.get_strategy()
    return own if has_one else None


def described(strategy: Strategy | None) -> tuple | None:
    """What the result of training depends on: kind and number of replicas."""
    return strategy and (type(strategy).__name__, strategy.num_replicas_in_sync)


def placed(model: Any, strategy: Strategy) -> Any:
    """The model where it was built under this strategy, else a copy of it that is."""
    if model.distribute_strategy is strategy:
        return model
    packed = pack_model(finished(model))
    with strategy.scope():
        return unpack_model(packed)


def shares(
    rows: np.ndarray, n_replicas: int, scale: float | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of each replica, and by what their weights are multiplied.

    Parameters
    ----------
    rows : ndarray of shape (m,), int
        A batch.
    n_replicas : int
    scale : float, optional
        Of the rows that count; by default, the one for which their mean over all replicas is that
        of the batch.

    Examples
    --------
    >>> for own, scales in shares(np.array([5, 6, 7]), n_replicas=2):
    ...     print(own, scales.round(2))
    [5 6] [1.33 1.33]
    [7 5] [1.33 0.  ]
    """
    size = divided(len(rows), n_replicas)
    filled = np.resize(rows, size * n_replicas)
    scales = np.zeros(len(filled), dtype=np.float32)
    scales[: len(rows)] = len(filled) / len(rows) if scale is None else scale
    return zip(np.split(filled, n_replicas), np.split(scales, n_replicas), strict=True)


def divided(n: int, parts: int) -> int:
    """``n / parts``, rounded up.

    Examples
    --------
    >>> divided(7, 2)
    4
    """
    return -(-n // parts)
