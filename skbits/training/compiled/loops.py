"""Loops: a step for one batch -> epochs over rows in a given order, within a graph.

Full batches run in blocks of a fixed size, and the last, partial batch by itself. So no size in the
graph depends on the number of rows: XLA compiles a block once.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from skbits.startup import start

#: a block holds at most so many batches, rows, and values of X
_MAX_BATCHES, _MAX_ROWS, _MAX_VALUES = 64, 2**14, 2**22


@dataclass(frozen=True)
class Part:
    """A row of X, Y or weights: its shape and its dtype."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Signature:
    """What the graph of an epoch depends on, beside the step.

    Parameters
    ----------
    parts : tuple of Part
        X, Y and, if there are any, weights.
    batch_size : int
    engine : str
        What computes, as :mod:`skbits.training.compiled.engines` chooses it; "xla" compiles the
        blocks.
    validates : bool
        Whether rows are looked at, too, without training on them.

    Examples
    --------
    >>> parts = (Part((30,), "float32"), Part((1,), "float32"))
    >>> Signature(parts, batch_size=32, engine="xla", validates=False).block
    64
    """

    parts: tuple[Part, ...]
    batch_size: int
    engine: str
    validates: bool

    @property
    def block(self) -> int:
        """Batches of a block."""
        values = self.batch_size * max(1, math.prod(self.parts[0].shape))
        return max(1, min(_MAX_BATCHES, _MAX_ROWS // self.batch_size, _MAX_VALUES // values))

    @property
    def specs(self) -> list[tf.TensorSpec]:
        """Of any number of rows."""
        return [tf.TensorSpec((None, *part.shape), part.dtype) for part in self.parts]


@dataclass(frozen=True)
class Step:
    """What an epoch is made of, as functions within a graph.

    Parameters
    ----------
    full_batch, partial_batch : callable
        Take the parts of a batch, of a size that is known or not, and give its mean loss.
    begin : callable
        Takes whether metrics begin anew; called before each epoch.
    results : callable
        Gives the metrics, shape (n_metrics,).
    """

    full_batch: Callable[..., Any]
    partial_batch: Callable[..., Any]
    begin: Callable[[Any], None]
    results: Callable[[], Any]


def epochs(
    step: Step, signature: Signature, parts: Sequence[Any], orders: Any, total: Any, reset: Any
) -> tuple[Any, Any]:
    """Sums of losses, (n_epochs,), float64, and metrics, (n_epochs, n_metrics), of epochs.

    Parameters
    ----------
    step : Step
    signature : Signature
    parts : sequence of tensors of shape (n, ...)
    orders : tensor of shape (n_epochs, m), int32
        The rows of each epoch.
    total : tensor of shape (), float64
        What the first epoch's sum begins with.
    reset : tensor of shape (), bool
    """
    n_epochs = tf.shape(orders)[0]
    sums = tf.TensorArray(tf.float64, size=n_epochs)
    metrics = tf.TensorArray(tf.float32, size=n_epochs)
    blocks = _blocks(step.full_batch, signature)

    def epoch(e: Any, total: Any, sums: Any, metrics: Any) -> tuple:
        step.begin(reset)
        total = _epoch(step.partial_batch, blocks, signature, parts, orders[e], total)
        zero = tf.zeros((), tf.float64)
        return e + 1, zero, sums.write(e, total), metrics.write(e, step.results())

    first = (tf.constant(0), total, sums, metrics)
    _, _, sums, metrics = tf.while_loop(lambda e, *_: e < n_epochs, epoch, first)
    return sums.stack(), metrics.stack()


def _epoch(
    batch: Callable, blocks: Callable, signature: Signature, parts: Any, order: Any, total: Any
) -> Any:
    n_rows = tf.shape(order)[0]
    n_full = n_rows // signature.batch_size
    rows_of_block = signature.block * signature.batch_size

    def one_block(first: Any, total: Any) -> tuple:
        n = tf.minimum(signature.block, n_full - first)
        start = first * signature.batch_size
        rows = order[start : start + n * signature.batch_size]
        if signature.engine == "xla":  # one size for all: row 0 fills up, and is not looked at
            rows = tf.pad(rows, [[0, rows_of_block - tf.shape(rows)[0]]])
            rows = tf.ensure_shape(rows, [rows_of_block])
        return first + n, total + blocks([tf.gather(part, rows) for part in parts], n)

    loop = (tf.constant(0), total)
    _, total = tf.while_loop(lambda first, _: first < n_full, one_block, loop)
    rest = order[n_full * signature.batch_size :]

    def partial_batch() -> Any:
        loss = batch(*[tf.gather(part, rest) for part in parts])
        return total + tf.cast(loss, tf.float64) * tf.cast(tf.shape(rest)[0], tf.float64)

    return tf.cond(tf.shape(rest)[0] > 0, partial_batch, lambda: total)


def _blocks(batch: Callable, signature: Signature) -> Callable:
    """A function of a block's parts and its number of batches that gives its sum of losses."""
    size = signature.batch_size

    def run(parts: Sequence[Any], n: Any) -> Any:
        batches = [tf.reshape(part, (-1, size, *part.shape[1:])) for part in parts]

        def one_batch(i: Any, total: Any) -> tuple:
            loss = batch(*[part[i] for part in batches])
            return i + 1, total + tf.cast(loss, tf.float64) * size

        loop = (tf.constant(0), tf.zeros((), tf.float64))
        return tf.while_loop(lambda i, _: i < n, one_batch, loop)[1]

    if signature.engine == "xla":
        start("xla")
        return tf.function(run, autograph=False, jit_compile=True)
    return run
