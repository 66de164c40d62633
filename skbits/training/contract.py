"""The contract of a trainer.

``trainer(model, data, plan) -> history`` trains a compiled model in place and returns a dict of
lists, one value an epoch: a float, or an array of a metric that is several numbers. A trainer

* visits the rows of epoch e in the order ``shuffled(n, plan.seed, e)``, in batches of
  ``plan.batch_size``, the last one partial;
* changes no array it is given, and no random state but the model's own;
* raises FloatingPointError, naming the epoch, once the loss is not finite;
* with ``plan.validation``, stops after ``plan.n_iter_no_change`` epochs without a lower validation
  loss, and leaves the weights of the best epoch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skbits.naming import counted
from skbits.progress import Listener

History = dict[str, list[float | np.ndarray]]


def plain(value: Any) -> float | np.ndarray:
    """A value of a metric as the history keeps it: a float, or an array where it is no one number.

    Examples
    --------
    >>> import numpy as np
    >>> plain(np.float32([0.5])), plain([0.5, 1])
    (0.5, array([0.5, 1. ]))
    """
    array = np.array(value, dtype=np.float64)
    return array if array.size != 1 else array.item()


def check_monitors(callbacks: Sequence[Any], logs: Mapping[str, Any]) -> None:
    """Raise where a callback goes by a metric that is no single number.

    Examples
    --------
    >>> import keras
    >>> stop = keras.callbacks.EarlyStopping(monitor="f1_score", mode="max")
    >>> check_monitors([stop], {"f1_score": [0.25, 0.5]})
    Traceback (most recent call last):
        ...
    ValueError: callbacks holds EarlyStopping(monitor='f1_score'), but f1_score is 2 numbers: \
expected one. Give the metric an average, as keras.metrics.F1Score(average='macro').
    """
    for callback in callbacks:
        name = getattr(callback, "monitor", None)
        size = np.size(logs[name]) if isinstance(name, str) and name in logs else 1
        if size != 1:
            raise ValueError(
                f"callbacks holds {type(callback).__name__}(monitor={name!r}), but {name} is "
                f"{counted(size, 'number')}: expected one. Give the metric an average, as "
                "keras.metrics.F1Score(average='macro')."
            )


@dataclass(frozen=True)
class Data:
    """Rows to learn from.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n, ...), float32
    Y : ndarray of shape (n, ...)
        In the form that the loss compares with.
    weights : ndarray of shape (n,) or (n, n_groups), or None
    """

    X: Any
    Y: np.ndarray
    weights: np.ndarray | None = None

    def rows(self, index: np.ndarray) -> "Data":
        """The rows at ``index``, a copy."""
        weights = None if self.weights is None else self.weights[index]
        return Data(self.X[index], self.Y[index], weights)

    @property
    def parts(self) -> list:
        """X, Y and, if there are any, weights."""
        return [self.X, self.Y] if self.weights is None else [self.X, self.Y, self.weights]


@dataclass(frozen=True)
class Plan:
    """How to train.

    Parameters
    ----------
    epochs, batch_size, seed : int
    first_epoch : int
        Epochs that were run before; the order of the rows depends on it.
    validation : Data or None
        With it, training stops early.
    n_iter_no_change : int
    callbacks : sequence of keras.callbacks.Callback
    listeners : sequence of skbits.progress.Listener
        Are told of every epoch, after the callbacks, and change nothing of what is learned but by
        stopping.
    """

    epochs: int
    batch_size: int
    seed: int
    first_epoch: int = 0
    validation: Data | None = None
    n_iter_no_change: int = 10
    callbacks: Sequence[Any] = ()
    listeners: Sequence[Listener] = ()

    @property
    def all_epochs(self) -> range:
        """The epochs to run, by their number since training began."""
        return range(self.first_epoch, self.first_epoch + self.epochs)


def check_finite_weights(model: Any, epoch: int) -> None:
    """Raise FloatingPointError where training has left a weight that is not finite."""
    if not all(np.isfinite(weight.numpy()).all() for weight in model.trainable_variables):
        check_finite_loss(np.nan, epoch)


def check_finite_loss(loss: float, epoch: int) -> None:
    """Raise FloatingPointError where training has diverged.

    Examples
    --------
    >>> check_finite_loss(float("nan"), epoch=3)
    Traceback (most recent call last):
        ...
    FloatingPointError: the loss became nan in epoch 3: ...
    """
    if not np.isfinite(loss):
        raise FloatingPointError(
            f"the loss became {loss} in epoch {epoch}: training diverged and there is no model. "
            "Scale X (StandardScaler), lower optimizer__learning_rate, or clip gradients "
            "(optimizer__clipnorm=1.0)."
        )


def bounded_batch_size(batch_size: Any, n_rows: int) -> int:
    """A batch size that trains the same, and is not far above the number of rows.

    TensorFlow makes constants of the size of a batch, rows or none. It is a power of two, so that
    folds that differ by a row share a program, and above the rows, so that they stay one batch.

    Examples
    --------
    >>> bounded_batch_size(32, 1000), bounded_batch_size(10**9, 1000)
    (32, 1024)
    """
    return min(int(batch_size), 2 ** int(n_rows).bit_length())  # of numpy's, sums could overflow
