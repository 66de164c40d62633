"""The reference trainer: ``keras.Model.fit``, which every other trainer must reproduce.

Batches are made here, so that their order follows from the plan's seed alone and sparse rows become
dense a batch at a time. They come as one endless stream, cut into epochs by ``steps_per_epoch``:
with a new iterator for each epoch, making iterators would take most of the time of a small fit.
Under a strategy, each batch comes as one part for each replica; see ``skbits.training.strategies``.
"""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy import sparse

from skbits import startup
from skbits.quiet import without_retracing_warnings
from skbits.seeding import shuffled
from skbits.training.compiling import early_stopping, told
from skbits.training.contract import (
    Data,
    History,
    Plan,
    check_finite_loss,
    check_finite_weights,
    check_monitors,
    plain,
)
from skbits.training.strategies import Strategy, divided, shares, strategy_of

#: the rows of a batch -> those of each replica, and by what their weights are multiplied
Shares = Callable[[np.ndarray], Iterable[tuple[np.ndarray, Any]]]


def _batches(
    data: Data, batch_size: int, order_of: Callable[[int], np.ndarray], shares_of: Shares
) -> Iterator[tuple]:
    """Batches of (X, Y) or (X, Y, weights), epoch after epoch; the last of each is partial."""
    for epoch in itertools.count():
        order = order_of(epoch)
        for start in range(0, len(order), batch_size):
            for index, scales in shares_of(order[start : start + batch_size]):
                rows = data.rows(index)
                X = rows.X.toarray() if sparse.issparse(rows.X) else rows.X
                # weights of groups have a column for each
                weights = () if rows.weights is None else ((rows.weights.T * scales).T,)
                yield (X, rows.Y, *weights)


def _as_dataset(batches: Callable[[], Iterator[tuple]]) -> tf.data.Dataset:
    signature = tuple(tf.TensorSpec((None, *p.shape[1:]), p.dtype) for p in next(batches()))
    return tf.data.Dataset.from_generator(batches, output_signature=signature)


def _stream(
    data: Data,
    batch_size: int,
    order_of: Callable[[int], np.ndarray],
    *,
    training: bool = True,
) -> tuple[tf.data.Dataset, int]:
    """The batches as Keras reads them, and their number in an epoch."""

    def batches() -> Iterator[tuple]:
        return _batches(data, batch_size, order_of, lambda rows: [(rows, np.float32(1))])

    return _as_dataset(batches), divided(data.X.shape[0], batch_size)


def _shared_stream(
    strategy: Strategy,
    data: Data,
    batch_size: int,
    order_of: Callable[[int], np.ndarray],
    *,
    training: bool = True,
) -> tuple[tf.distribute.DistributedDataset, int]:
    """As ``_stream``, for the replicas of a strategy."""
    n_rows, n_replicas = data.X.shape[0], strategy.num_replicas_in_sync
    if data.weights is None:
        data = replace(data, weights=np.ones(n_rows, dtype=np.float32))
    scale = None
    if not training:  # what is validated is a mean over all batches: the last alone is filled up
        batch_size = divided(batch_size, n_replicas) * n_replicas
        scale = divided(n_rows, n_replicas) * n_replicas / n_rows

    def of_worker(context: tf.distribute.InputContext) -> tf.data.Dataset:
        own = slice(context.input_pipeline_id, None, context.num_input_pipelines)

        def shares_of(rows: np.ndarray) -> list:
            return list(shares(rows, n_replicas, scale))[own]

        return _as_dataset(lambda: _batches(data, batch_size, order_of, shares_of))

    stream = strategy.distribute_datasets_from_function(of_worker)
    return stream, divided(n_rows, batch_size)


class _CheckLogs(keras.callbacks.Callback):
    """Ends training with an error at the first epoch whose logs nobody can go on with."""

    def __init__(self, others: Sequence[keras.callbacks.Callback]):
        super().__init__()
        self._others = others

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        check_finite_loss((logs or {})["loss"], epoch + 1)
        check_monitors(self._others, logs or {})


class _LossOfRows(keras.callbacks.Callback):
    """Tells an epoch's loss as the mean over rows, of which some are there twice in each batch.

    Keras weighs batches by the rows that are there, so the last one not as it should.
    """

    def __init__(self, n_rows: int, batch_size: int, n_replicas: int):
        super().__init__()
        self._n_full, last = divmod(n_rows, batch_size)
        full_size, last_size = (divided(n, n_replicas) * n_replicas for n in (batch_size, last))
        n_there = self._n_full * full_size + last_size
        self._factor = (last / n_rows) / (last_size / n_there) if last and self._n_full else None
        self._before = 0.0

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if batch == self._n_full - 1:
            # the logs of a batch are those of one replica, in some versions of Keras
            self._before = float(self.model.get_metrics_result()["loss"])

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if logs and self._factor is not None:
            logs["loss"] = self._before + self._factor * (logs["loss"] - self._before)


def train(model: Any, data: Data, plan: Plan) -> History:
    """Train a compiled model with ``keras.Model.fit``; see :mod:`skbits.training.contract`."""
    startup.start("generator")
    n = data.X.shape[0]
    strategy = strategy_of(model)
    make = _stream if strategy is None else functools.partial(_shared_stream, strategy)
    stream, n_batches = make(
        data, plan.batch_size, lambda epoch: shuffled(n, plan.seed, plan.first_epoch + epoch)
    )
    callbacks = [_CheckLogs(plan.callbacks), *plan.callbacks]
    if strategy is not None:
        callbacks.insert(0, _LossOfRows(n, plan.batch_size, strategy.num_replicas_in_sync))
    validation, n_validation_batches = None, None
    if plan.validation is not None:
        in_order = np.arange(plan.validation.X.shape[0])
        validation, n_validation_batches = make(
            plan.validation, plan.batch_size, lambda epoch: in_order, training=False
        )
        callbacks.append(early_stopping(plan.n_iter_no_change))
    callbacks += told(plan.listeners)
    with without_retracing_warnings():
        result = model.fit(
            stream,
            steps_per_epoch=n_batches,
            epochs=plan.all_epochs.stop,
            initial_epoch=plan.first_epoch,
            validation_data=validation,
            validation_steps=n_validation_batches,
            callbacks=callbacks,
            verbose=0,  # its bars overwrite themselves; see skbits.progress
            shuffle=False,  # the rows are shuffled already, by a seed of ours
        )
    check_finite_weights(model, plan.first_epoch + len(result.history["loss"]))
    return {name: [plain(value) for value in values] for name, values in result.history.items()}
