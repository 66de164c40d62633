"""Weighing: whether a loss of the user's own can weigh rows, or bits, at all.

Rules
-----
* Weights multiply the values that a loss returns: one for each row, or, where the ones of bits
  weigh more, one for each bit of each row. A loss that returns one number a batch would take the
  mean of the weights for all of them, and so ignore them.
* It is tried, where weights are not all 1, on as few rows as are told from columns: on two, or on
  some more where rows have two numbers. Losses of Keras' own need no trial.
"""

from typing import Any

import keras
import numpy as np

from skbits.inputs import first_rows
from skbits.naming import counted
from skbits.training.compiling import compiled_loss
from skbits.training.contract import Data
from skbits.training.losses import PositiveWeighted
from skbits.training.strategies import strategy_of


def check_weighs(model: Any, data: Data) -> None:
    """Raise ValueError where data has weights that the loss of a compiled model ignores."""
    spec, strategy = compiled_loss(model), strategy_of(model)
    of_bits = isinstance(model.loss, PositiveWeighted)
    # a strategy weighs the rows of a batch that does not divide by its replicas
    of_rows = data.weights is not None or (strategy and strategy.num_replicas_in_sync > 1)
    if spec.name is not None or not (of_bits or of_rows) or not callable(spec.loss):
        return
    loss = keras.losses.get(spec.loss)  # of a class, one
    n = next(n for n in range(2, 9) if n not in data.Y.shape[1:])
    rows = np.arange(n) % len(data.Y)
    y_pred = model(first_rows(data.X[rows], n), training=False)
    y_true = keras.ops.convert_to_tensor(data.Y[rows], dtype=y_pred.dtype)
    if of_bits:  # one bit at a time, as PositiveWeighted calls it
        found = _shape(loss, y_true[..., np.newaxis], y_pred[..., np.newaxis])
        expected = tuple(y_pred.shape)
        is_right = found in (expected, (*expected, 1))
    elif _weighs_by_itself(loss):
        found, expected = (), (n,)
        is_right = _is_weighed(loss, y_true, y_pred)
    else:
        found = _shape(loss, y_true, y_pred)
        expected = (n, *(() if data.weights is None else data.weights.shape[1:]))
        is_right = found[: len(expected)] == expected
    if not is_right:
        what = f"values of shape {found}" if found else "one number"
        name = getattr(spec.loss, "__name__", type(spec.loss).__name__)
        raise ValueError(
            f"loss={name} returns {what} for {counted(n, 'row')}, so that weights would be "
            f"ignored: expected one for each weight, of shape {expected}. Take the mean over the "
            "last axis alone, as in keras.ops.mean(..., axis=-1); or leave out sample_weight, "
            "class_weight and strategy."
        )


def _shape(loss: Any, y_true: Any, y_pred: Any) -> tuple[int, ...]:
    """The shape of what a loss returns before weights are applied."""
    call = loss.call if isinstance(loss, keras.losses.Loss) else loss
    return tuple(keras.ops.shape(call(y_true, y_pred)))


def _weighs_by_itself(loss: Any) -> bool:
    is_loss = isinstance(loss, keras.losses.Loss)
    return is_loss and type(loss).__call__ is not keras.losses.Loss.__call__


def _is_weighed(loss: Any, y_true: Any, y_pred: Any) -> bool:
    """Whether it makes a difference which row has all of the weight."""
    n = y_pred.shape[0]
    apart = np.linspace(0.9, 0.4, n, dtype=np.float32).reshape(-1, *[1] * (len(y_pred.shape) - 1))
    found = [float(loss(y_true, y_pred * apart, sample_weight=row)) for row in np.eye(n)]
    return len(set(found)) > 1
