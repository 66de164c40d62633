"""The reference trainer: ``keras.Model.fit``, which every other trainer must reproduce.

Batches are made here, so that their order follows from the plan's seed alone and sparse rows become
dense a batch at a time. They come as one endless stream, cut into epochs by ``steps_per_epoch``:
with a new iterator for each epoch, making iterators would take most of the time of a small fit.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy import sparse

from skbits.seeding import shuffled
from skbits.training.compiling import early_stopping
from skbits.training.contract import Data, History, Plan, check_finite_loss, check_finite_weights


def _batches(data: Data, batch_size: int, order_of: Callable[[int], np.ndarray]) -> Iterator[tuple]:
    """Batches of (X, Y) or (X, Y, weights), epoch after epoch; the last of each is partial."""
    for epoch in itertools.count():
        order = order_of(epoch)
        for start in range(0, len(order), batch_size):
            rows = data.rows(order[start : start + batch_size])
            X = rows.X.toarray() if sparse.issparse(rows.X) else rows.X
            yield (X, rows.Y) if rows.weights is None else (X, rows.Y, rows.weights)


def _stream(
    data: Data, batch_size: int, order_of: Callable[[int], np.ndarray]
) -> tuple[tf.data.Dataset, int]:
    """The batches as Keras reads them, and their number in an epoch."""

    def generate() -> Iterator[tuple]:
        return _batches(data, batch_size, order_of)

    first = next(generate())
    signature = tuple(tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in first)
    n_batches = -(-data.X.shape[0] // batch_size)
    return tf.data.Dataset.from_generator(generate, output_signature=signature), n_batches


class _StopOnDivergence(keras.callbacks.Callback):
    """Ends training with an error at the first epoch whose loss is not finite."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        check_finite_loss((logs or {})["loss"], epoch + 1)


def train(model: Any, data: Data, plan: Plan) -> History:
    """Train a compiled model with ``keras.Model.fit``; see :mod:`skbits.training.contract`."""
    n = data.X.shape[0]
    stream, n_batches = _stream(
        data, plan.batch_size, lambda epoch: shuffled(n, plan.seed, plan.first_epoch + epoch)
    )
    callbacks = [_StopOnDivergence(), *plan.callbacks]
    validation, n_validation_batches = None, None
    if plan.validation is not None:
        in_order = np.arange(plan.validation.X.shape[0])
        validation, n_validation_batches = _stream(
            plan.validation, plan.batch_size, lambda epoch: in_order
        )
        callbacks.append(early_stopping(plan.n_iter_no_change))
    result = model.fit(
        stream,
        steps_per_epoch=n_batches,
        epochs=plan.all_epochs.stop,
        initial_epoch=plan.first_epoch,
        validation_data=validation,
        validation_steps=n_validation_batches,
        callbacks=callbacks,
        verbose=plan.verbose,
        shuffle=False,  # the rows are shuffled already, by a seed of ours
    )
    check_finite_weights(model, plan.first_epoch + len(result.history["loss"]))
    return {name: [float(value) for value in values] for name, values in result.history.items()}
