"""The order of the stages: program, state, epochs, callbacks, state.

Without callbacks and validation, many epochs run in one call. With them, the model gets its values
back after each epoch, so that a callback sees what it would see in ``keras.Model.fit``; what a
callback changes, weights or learning rate, enters the next epoch.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import keras
import numpy as np
from scipy import sparse

from skbits.seeding import shuffled
from skbits.training.compiled.covering import program_for
from skbits.training.compiled.pacing import cuts
from skbits.training.compiled.program import Program, State
from skbits.training.compiled.state import pack, unpack
from skbits.training.compiling import early_stopping
from skbits.training.contract import Data, History, Plan, check_finite_loss
from skbits.training.finishing import finished

#: numbers of rows that a call is given at most: 64 MiB of int32
_MAX_ROWS = 2**24


def train(model: Any, data: Data, plan: Plan) -> History:
    """Train a compiled model in a program; see :mod:`skbits.training.contract`."""
    program = program_for(model, data, plan)
    if plan.callbacks or plan.validation is not None or plan.verbose:
        history = _with_callbacks(program, model, data, plan)
    else:
        state, history = _train_epochs(program, pack(program, model), data, plan, plan.all_epochs)
        unpack(program, state, model)
    if model.optimizer.use_ema:  # Keras puts the moving averages in place of the weights
        finished(model).optimizer.finalize_variable_values(model.trainable_variables)
    if not all(np.isfinite(weight.numpy()).all() for weight in model.trainable_variables):
        check_finite_loss(np.nan, plan.first_epoch + len(history["loss"]))
    return history


def _with_callbacks(program: Program, model: Any, data: Data, plan: Plan) -> History:
    """As ``keras.Model.fit`` does it, with the hooks of epochs alone."""
    n_batches = -(-data.X.shape[0] // plan.batch_size)
    own = [] if plan.validation is None else [early_stopping(plan.n_iter_no_change)]
    callbacks = keras.callbacks.CallbackList(
        [*plan.callbacks, *own],
        add_history=True,
        add_progbar=plan.verbose != 0,
        verbose=plan.verbose,
        epochs=plan.all_epochs.stop,
        steps=n_batches,
        model=model,
    )
    model.stop_training = False
    callbacks.on_train_begin()
    logs: dict[str, float] = {}
    for epoch in plan.all_epochs:
        callbacks.on_epoch_begin(epoch)
        this = range(epoch, epoch + 1)
        state, history = _train_epochs(program, pack(program, model), data, plan, this)
        unpack(program, state, model)
        finished(model)
        logs = {name: values[0] for name, values in history.items()}
        callbacks.on_train_batch_end(n_batches - 1, logs)  # heard by the progress bar alone
        if plan.validation is not None:
            callbacks.on_test_begin()
            seen = _validate(program, state, plan.validation)
            callbacks.on_test_end(seen)
            logs |= {f"val_{name}": value for name, value in seen.items()}
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    callbacks.on_train_end(logs)
    return model.history.history


def _train_epochs(
    program: Program, state: State, data: Data, plan: Plan, which: range
) -> tuple[State, History]:
    n_rows = data.X.shape[0]
    return _run(program, state, data, lambda e: shuffled(n_rows, plan.seed, e), which)


def _validate(program: Program, state: State, data: Data) -> dict[str, float]:
    """Loss and metrics of rows that are not trained on."""
    in_order = np.arange(data.X.shape[0])
    history = _run(program, state, data, lambda e: in_order, range(1), training=False)[1]
    return {name: values[0] for name, values in history.items()}


def _run(
    program: Program,
    state: State,
    data: Data,
    order_of: Callable[[int], np.ndarray],
    which: range,
    *,
    training: bool = True,
) -> tuple[State, History]:
    """Run epochs, in as few calls as the pace allows."""
    n_rows, size, block = data.X.shape[0], program.signature.batch_size, program.signature.block
    is_sparse = sparse.issparse(data.X)
    parts = data.parts if is_sparse else program.place(data.parts)
    at_most = block if is_sparse else max(1, _MAX_ROWS // size)  # rows of a call become dense
    pace = program.paces[training]
    history: History = {name: [] for name in ("loss", *program.metric_names)}
    total = 0.0
    for cut in cuts(which, n_rows, size, block, pace, at_most):
        orders = [order_of(epoch) for epoch in cut.epochs] if cut.rows.start == 0 else orders
        rows = np.stack(orders)[:, cut.rows].astype(np.int32)  # (n_epochs, m)
        given = parts
        if is_sparse:
            given = program.place(_dense(parts, rows.ravel()))
            rows = np.arange(rows.size, dtype=np.int32).reshape(rows.shape)
        since = perf_counter()
        begins = cut.rows.start == 0
        state, logs = program.run(state, given, rows, training=training, total=total, reset=begins)
        pace.took(cut.n_batches, since)
        total = 0.0 if cut.ends(n_rows) else float(logs.losses[-1])
        if cut.ends(n_rows):
            for epoch, loss, metrics in zip(cut.epochs, logs.losses, logs.metrics, strict=True):
                if training:
                    check_finite_loss(loss, epoch + 1)
                history["loss"].append(float(loss) / n_rows)
                for name, value in zip(program.metric_names, metrics, strict=True):
                    history[name].append(float(value))
    return state, history


def _dense(parts: list, rows: np.ndarray) -> list:
    """The rows of each part in an order, those of X dense."""
    X, *others = (part[rows] for part in parts)
    return [X.toarray(), *others]
