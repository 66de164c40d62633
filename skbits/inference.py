"""Inference: model and X -> raw output, in blocks of bounded memory, one row or a million.

Rules
-----
* A row's output does not depend on the rows beside it, to the last bit: matrix products treat rows
  in groups of eight or sixteen and leftover rows in another order of summation, so every block is
  filled up to a multiple of ``ROW_GROUP`` rows.
* A forward pass is a pure function of the weights. It is made once for an architecture, traced for
  any number of rows or, for a small chain of dense layers, left to numpy; the weights are read from
  the model at each call. What a layer of a fitted model is changed to afterwards, other than its
  weights, is not seen, as ``keras.Model.predict`` does not see it.
* A model that cannot be described, that refers to more than its own variables, or that changes
  them, is called as it is.
"""

import functools
import weakref
from collections.abc import Callable
from typing import Any

import joblib
import keras
import numpy as np
import tensorflow as tf
from scipy import sparse

from skbits.chains import ROW_GROUP, chain_of, forward, weights_of
from skbits.describing import computation, describe
from skbits.programs import Programs, check_traced, check_unassigned
from skbits.startup import check_not_forked

#: values of X that are dense at a time: 1 MiB of float32, which stay near the processor
BLOCK_VALUES = 2**18

#: traced forward passes
PROGRAMS = Programs()

Forward = Callable[[np.ndarray], Any]  # rows (n, ...) -> output (n, ...)

#: for a model that was called before, what reads its variables and gives the forward pass
_FORWARDS: weakref.WeakKeyDictionary[Any, Callable[[], Forward]] = weakref.WeakKeyDictionary()


def raw_output(model: Any, X: Any) -> np.ndarray:
    """The model's output for every row of X.

    Parameters
    ----------
    model : keras.Model
    X : ndarray or CSR matrix of shape (n, ...), float32

    Returns
    -------
    ndarray of shape (n, ...)
    """
    read = _FORWARDS.get(model)
    if read is None:
        read = _FORWARDS[model] = _reader_of(model, X.shape[1:])
    compute = read()
    groups = BLOCK_VALUES // (ROW_GROUP * max(1, int(np.prod(X.shape[1:]))))
    size = ROW_GROUP * max(1, groups)
    output = None
    for start in range(0, X.shape[0], size):
        block = _block_output(compute, X[start : start + size])
        if len(block) == X.shape[0]:
            return block
        if output is None:
            output = np.empty((X.shape[0], *block.shape[1:]), block.dtype)
        output[start : start + size] = block
    return output


def _block_output(compute: Forward, block: Any) -> np.ndarray:
    rows = block.toarray() if sparse.issparse(block) else block
    missing = -len(rows) % ROW_GROUP
    if missing:  # repeat the last row, which is valid input for sure
        rows = np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)])
    # a copy: TensorFlow's own array may not be written to
    return _finite(np.asarray(compute(rows))[: block.shape[0]])


def _finite(output: np.ndarray) -> np.ndarray:
    """A copy in float32 or wider, infinities as the largest number of their sign."""
    wide = output.astype(np.promote_types(output.dtype, np.float32))
    return np.nan_to_num(wide, copy=False, nan=np.nan)


def _reader_of(model: Any, row_shape: tuple[int, ...]) -> Callable[[], Forward]:
    """A function that reads a model's variables and gives the forward pass with their values."""
    chain = chain_of(model)
    if chain is not None and chain.is_small(ROW_GROUP):
        weights = [weight.value for weight in weights_of(model)]
        # read so, a variable takes half as long as by its own numpy()
        return lambda: functools.partial(
            forward, chain, [tf.convert_to_tensor(weight).numpy() for weight in weights]
        )
    check_not_forked()
    its_own = weakref.proxy(model)  # what is kept beside a model must not keep it
    try:
        key = joblib.hash((computation(describe(model)), row_shape))
        PROGRAMS.get(key, lambda: _trace(model, row_shape))
    except Exception:  # of Keras, in describing, or of the user's layers, in tracing

        def call() -> Forward:
            check_not_forked()
            return lambda rows: its_own(rows, training=False)

        return call
    values = [variable.value for variable in model.variables]

    def read() -> Forward:
        traced = PROGRAMS.get(key, lambda: _trace(its_own, row_shape))
        check_not_forked()
        tensors = [tf.convert_to_tensor(value) for value in values]
        return lambda rows: traced(tf.convert_to_tensor(rows), *tensors)

    return read


def _trace(model: Any, row_shape: tuple[int, ...]) -> Callable[..., Any]:
    """A graph of the forward pass: any number of rows, and the variables' values -> output."""
    variables = model.variables

    def compute(rows: Any, *values: Any) -> Any:
        with keras.StatelessScope(list(zip(variables, values, strict=True))) as scope:
            output = model(rows, training=False)
        check_unassigned(scope, variables, values)  # as by drawing random numbers
        return output

    traced = tf.function(compute, autograph=False).get_concrete_function(
        tf.TensorSpec((None, *row_shape), tf.float32),
        *[tf.TensorSpec(variable.shape, variable.dtype) for variable in variables],
    )
    check_traced(traced)
    return traced
