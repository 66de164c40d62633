"""The contract of a trainer.

``trainer(model, data, plan) -> history`` trains a compiled model in place and returns a dict of
lists, one value an epoch. A trainer

* visits the rows of epoch e in the order ``shuffled(n, plan.seed, e)``, in batches of
  ``plan.batch_size``, the last one partial;
* changes no array it is given, and no random state but the model's own;
* raises FloatingPointError, naming the epoch, once the loss is not finite;
* with ``plan.validation``, stops after ``plan.n_iter_no_change`` epochs without a lower validation
  loss, and leaves the weights of the best epoch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skbits.progress import Listener

History = dict[str, list[float]]


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
