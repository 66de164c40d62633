"""The order of the stages: program, state, epochs, callbacks, state.

Without callbacks and validation, many epochs run in one call. With them, the model gets its values
back after each epoch, so that a callback sees what it would see in ``keras.Model.fit``; what a
callback changes, weights or learning rate, enters the next epoch.
"""

import functools
import math
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import keras
import numpy as np
from scipy import sparse

from skbits.seeding import shuffled
from skbits.training.compiled.covering import program_for
from skbits.training.compiled.pacing import cuts
from skbits.training.compiled.program import Logs, Program, State, metric_shapes
from skbits.training.compiled.state import Exchange
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
from skbits.training.finishing import finished

#: name of a metric -> shape of its result
Shapes = Mapping[str, tuple[int, ...]]

#: numbers of rows that a call is given at most: 64 MiB of int32
_MAX_ROWS = 2**24


def train(model: Any, data: Data, plan: Plan) -> History:
    """Train a compiled model in a program; see :mod:`skbits.training.contract`."""
    exchange = Exchange(program_for(model, data, plan), model)
    if plan.callbacks or plan.validation is not None or plan.listeners:
        history = _with_callbacks(exchange, data, plan)
    else:
        state, history = _train_epochs(exchange, data, plan, plan.all_epochs)
        exchange.unpack(state)
        _put_averages(model)
    check_finite_weights(model, plan.first_epoch + len(history["loss"]))
    return history


def _put_averages(model: Any) -> None:
    """With ``use_ema``, Keras ends by putting moving averages in place of the weights."""
    if model.optimizer.use_ema:
        finished(model).optimizer.finalize_variable_values(model.trainable_variables)


def _with_callbacks(exchange: Exchange, data: Data, plan: Plan) -> History:
    """As ``keras.Model.fit`` does it, with the hooks of epochs alone."""
    model, n_batches = exchange.model, -(-data.X.shape[0] // plan.batch_size)
    own = [] if plan.validation is None else [early_stopping(plan.n_iter_no_change)]
    callbacks = keras.callbacks.CallbackList(
        [*plan.callbacks, *own, *told(plan.listeners)],
        add_history=True,
        epochs=plan.all_epochs.stop,
        steps=n_batches,
        model=model,
    )
    model.stop_training = False
    callbacks.on_train_begin()
    logs: dict[str, float | np.ndarray] = {}
    for epoch in plan.all_epochs:
        callbacks.on_epoch_begin(epoch)
        exchange.check_options()
        state, history = _train_epochs(exchange, data, plan, range(epoch, epoch + 1))
        exchange.unpack(state)
        finished(model)
        logs = {name: values[0] for name, values in history.items()}
        if plan.validation is not None:
            callbacks.on_test_begin()
            seen = _validate(exchange, plan.validation)
            callbacks.on_test_end(seen)
            logs |= {f"val_{name}": value for name, value in seen.items()}
        check_monitors(plan.callbacks, logs)
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    _put_averages(model)
    callbacks.on_train_end(logs)
    found = model.history.history
    return {name: [plain(value) for value in values] for name, values in found.items()}


def _train_epochs(
    exchange: Exchange, data: Data, plan: Plan, which: range
) -> tuple[State, History]:
    n_rows = data.X.shape[0]
    return _run(exchange, data, lambda e: shuffled(n_rows, plan.seed, e), which)


def _validate(exchange: Exchange, data: Data) -> dict[str, float | np.ndarray]:
    """Loss and metrics of rows that are not trained on."""
    in_order = np.arange(data.X.shape[0])
    history = _run(exchange, data, lambda e: in_order, range(1), training=False)[1]
    return {name: values[0] for name, values in history.items()}


def _run(
    exchange: Exchange,
    data: Data,
    order_of: Callable[[int], np.ndarray],
    which: range,
    *,
    training: bool = True,
) -> tuple[State, History]:
    """Run epochs from the model's values, in as few calls as the pace allows."""
    program, state = exchange.program, exchange.pack()
    n_rows, size, block = data.X.shape[0], program.signature.batch_size, program.signature.block
    order_of = functools.lru_cache(maxsize=1)(order_of)  # an epoch that is cut asks again
    feed = exchange.feed(data, _feed)
    # sparse rows are made dense for a call
    at_most = block if sparse.issparse(data.X) else max(1, _MAX_ROWS // size)
    pace = program.paces[training]
    shapes = metric_shapes(exchange.model)
    history: History = {name: [] for name in ("loss", *shapes)}
    total = 0.0
    for cut in cuts(which, n_rows, size, block, pace, at_most):
        rows = np.stack([order_of(epoch)[cut.rows] for epoch in cut.epochs]).astype(np.int32)
        begins, ends = cut.rows.start == 0, cut.rows.stop == n_rows
        since = perf_counter()
        state, logs = program.run(state, *feed(rows), training=training, total=total, reset=begins)
        pace.took(cut.n_batches, since)
        total = 0.0 if ends else float(logs.losses[-1])
        if ends:
            _note(history, shapes, cut.epochs, logs, n_rows, check=training)
    return state, history


def _note(
    history: History, shapes: Shapes, epochs: range, logs: Logs, n_rows: int, *, check: bool
) -> None:
    """Append what was seen of some epochs; raise where one has diverged."""
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])[:-1]
    for epoch, loss, numbers in zip(epochs, logs.losses, logs.metrics, strict=True):
        if check:
            check_finite_loss(loss, epoch + 1)
        history["loss"].append(float(loss / n_rows))
        if not shapes:
            continue
        for (name, shape), values in zip(shapes.items(), np.split(numbers, ends), strict=True):
            history[name].append(plain(values.reshape(shape)))


def _feed(program: Program, data: Data) -> Callable[[np.ndarray], tuple[list, np.ndarray]]:
    """A function of rows, (n_epochs, m), that gives what a call is given: parts, and rows in them.

    Dense parts are placed once. Of sparse ones, a call gets the rows that it asks for, made dense.
    """
    if not sparse.issparse(data.X):
        parts = program.place(data.parts)
        return lambda rows: (parts, rows)

    def dense(rows: np.ndarray) -> tuple[list, np.ndarray]:
        X, *others = (part[rows.ravel()] for part in data.parts)
        in_order = np.arange(rows.size, dtype=np.int32).reshape(rows.shape)
        return program.place([X.toarray(), *others]), in_order

    return dense
