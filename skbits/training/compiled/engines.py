"""Engines: what computes, numpy, a plain graph, or XLA; chosen by the fit alone.

Rules
-----
* The choice depends on model and plan, and on nothing that ran before, since engines round
  differently: the same seed gives the same bits in a first fit and in the thousandth.
* A small chain of dense layers is left to numpy: tracing alone would take ten times as long.
* XLA compiles for half a second or more, and then takes a half to a quarter of the time of a plain
  graph. It is taken for fits of at least ``LONG`` batches; where the graph has loops of its own, as
  recurrent layers have, of ``LONG_WITH_LOOPS``.
* XLA is never taken for random numbers, as of dropout, which it draws differently, so that the fit
  would not be that of ``keras.Model.fit``; nor for convolutions, for which it takes some ten times
  as long on CPUs; nor for lookups, as of embeddings, which it does not check for indices that do
  not exist; nor for wide layers, whose products it shares out among threads, so that bits depend on
  their number, and, on busy cores, each product waits for all of them; nor where it cannot compile;
  nor by a TensorFlow before 2.21, since that of 2.18 compiles the same graph to code that rounds
  losses differently from time to time.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from skbits.programs import NoProgram
from skbits.training.compiled import dense
from skbits.training.compiled.loops import Signature
from skbits.training.compiled.program import Program, layers_of, trace
from skbits.training.contract import Data, Plan

#: batches of a fit
LONG, LONG_WITH_LOOPS = 500, 200

#: multiplications of one product of matrices: XLA takes one thread for so many
MAX_PRODUCT = 2**20

#: layers that multiply the rows of one step at a time, or none
_IN_STEPS = (keras.layers.RNN, keras.layers.Bidirectional, keras.layers.InputLayer)

#: parts of the names of operations that are left to a plain graph
_NOT_FOR_XLA = ("Random", "Conv2D", "Conv3D", "DepthwiseConv", "MaxPool", "of weights")


#: whether XLA compiles a graph to the same arithmetic each time
XLA_IS_REPEATABLE = tuple(int(part) for part in tf.__version__.split(".")[:2]) >= (2, 21)


def choose_engine(model: Any, data: Data, plan: Plan) -> str:
    """The engine, as far as it can be told without tracing.

    Returns
    -------
    {"numpy", "graph", "xla", "xla with loops"}
        The last two where the graph is suited, and has loops; else it is "graph".
    """
    if dense.fits(model, plan.batch_size):
        return "numpy"
    n_batches = plan.epochs * -(-data.X.shape[0] // plan.batch_size)
    if plan.batch_size * largest_product(model, data.X.shape[1:]) > MAX_PRODUCT:
        return "graph"
    if n_batches >= LONG:
        return "xla"
    return "xla with loops" if n_batches >= LONG_WITH_LOOPS else "graph"


def largest_product(model: Any, row_shape: Sequence[int]) -> float:
    """Multiplications of the largest product that a row takes part in; an upper bound.

    Examples
    --------
    >>> dense, recurrent = keras.layers.Dense(5), keras.layers.SimpleRNN(3)
    >>> largest_product(keras.Sequential([keras.Input((4,)), dense]), (4,))
    20
    >>> largest_product(keras.Sequential([keras.Input((10, 4)), keras.layers.Dense(5)]), (10, 4))
    200
    >>> largest_product(keras.Sequential([keras.Input((10, 4)), recurrent]), (10, 4))
    12
    """
    kernels = [math.prod(weight.shape) for weight in model.weights if len(weight.shape) > 1]
    found = [_positions(layer, row_shape) for layer in layers_of(model)]
    return max(kernels, default=0) * max(found, default=math.prod(row_shape[:-1]))


def _positions(layer: Any, row_shape: Sequence[int]) -> float:
    """How many vectors a layer makes of a row, as of a sentence of words."""
    if isinstance(layer, _IN_STEPS):
        return 1
    try:
        sizes = layer.output.shape[1:-1]
    except (AttributeError, ValueError):  # called by code of the user's own, or more than once
        sizes = row_shape[:-1]
    return math.inf if None in sizes else math.prod(sizes)


def make_program(model: Any, signature: Signature) -> Program | dense.DenseProgram:
    """The program of an engine.

    Raises
    ------
    NoProgram
        With the reason, where there can be none.
    """
    try:
        if signature.engine == "numpy":
            return dense.DenseProgram(model, signature)
        program = trace(model, signature, _engine)
        if program.signature.engine == "xla" and not _compiles(program):
            program = trace(model, replace(signature, engine="graph"), _engine)
        return program
    except NoProgram:
        raise
    except Exception as error:
        line = next(iter(str(error).strip().splitlines()), "")
        raise NoProgram(f"it cannot be traced ({type(error).__name__}: {line})") from error


def _engine(wanted: str, operations: frozenset[str]) -> str:
    """The engine of a graph of these types of operations."""

    def has(*names: str) -> bool:
        return any(name in operation for operation in operations for name in names)

    suits = XLA_IS_REPEATABLE and not has(*_NOT_FOR_XLA)
    is_long = wanted == "xla" or (wanted == "xla with loops" and has("While"))
    return "xla" if suits and is_long else "graph"


def _compiles(program: Program) -> bool:
    """Whether XLA can compile a program; it is then ready to run."""
    size = program.signature.batch_size
    state = [np.zeros(variable.shape, variable.dtype) for variable in program.held]
    parts = [np.zeros((size, *part.shape), part.dtype) for part in program.signature.parts]
    try:
        for training in program.runs:
            order = np.arange(size, dtype=np.int32)[np.newaxis]
            program.run(state, program.place(parts), order, training=training)
    except tf.errors.OpError:
        return False
    return True
