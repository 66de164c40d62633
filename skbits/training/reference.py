"""The reference trainer: ``keras.Model.fit``, which every other trainer must reproduce.

Batches are made here, so that their order follows from the plan's seed alone and sparse rows become
dense a batch at a time.
"""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy import sparse

from skbits.seeding import shuffled
from skbits.training.contract import Data, History, Plan, check_finite_loss


class _Batches:
    """Batches of (X, Y) or (X, Y, weights), in the order of ``self.order``."""

    def __init__(self, data: Data, batch_size: int):
        self.data, self.batch_size = data, batch_size
        self.order = np.arange(data.X.shape[0])

    def __iter__(self) -> Iterator[tuple]:
        for start in range(0, len(self.order), self.batch_size):
            rows = self.data.rows(self.order[start : start + self.batch_size])
            X = rows.X.toarray() if sparse.issparse(rows.X) else rows.X
            yield (X, rows.Y) if rows.weights is None else (X, rows.Y, rows.weights)

    def dataset(self) -> tf.data.Dataset:
        """The batches for Keras, read anew each epoch.

        One dataset for all epochs: a ``keras.utils.PyDataset`` would be traced again in each.
        """
        first = next(iter(self))
        signature = tuple(tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in first)
        dataset = tf.data.Dataset.from_generator(lambda: iter(self), output_signature=signature)
        n_batches = -(-len(self.order) // self.batch_size)
        return dataset.apply(tf.data.experimental.assert_cardinality(n_batches))


class _ShuffleEachEpoch(keras.callbacks.Callback):
    """Puts the rows into the epoch's own order; Keras itself says which epoch it is."""

    def __init__(self, batches: _Batches, seed: int):
        super().__init__()
        self.batches, self.seed = batches, seed

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.batches.order = shuffled(len(self.batches.order), self.seed, epoch)


class _StopOnDivergence(keras.callbacks.Callback):
    """Ends training with an error at the first epoch whose loss is not finite."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        check_finite_loss((logs or {})["loss"], epoch + 1)


def train(model: Any, data: Data, plan: Plan) -> History:
    """Train a compiled model with ``keras.Model.fit``; see :mod:`skbits.training.contract`."""
    batches = _Batches(data, plan.batch_size)
    callbacks = [_ShuffleEachEpoch(batches, plan.seed), _StopOnDivergence(), *plan.callbacks]
    validation = None
    if plan.validation is not None:
        validation = _Batches(plan.validation, plan.batch_size).dataset()
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=plan.n_iter_no_change, restore_best_weights=True
            )
        )
    result = model.fit(
        batches.dataset(),
        epochs=plan.first_epoch + plan.epochs,
        initial_epoch=plan.first_epoch,
        validation_data=validation,
        callbacks=callbacks,
        verbose=plan.verbose,
        shuffle=False,  # the batches are shuffled already, by a seed of ours
    )
    if not all(np.isfinite(weight.numpy()).all() for weight in model.trainable_variables):
        check_finite_loss(np.nan, plan.first_epoch + len(result.history["loss"]))
    return {name: [float(value) for value in values] for name, values in result.history.items()}
