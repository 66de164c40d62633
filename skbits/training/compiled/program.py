"""A program: epochs of training, or a pass over validation rows, as one call of a graph.

Rules
-----
* A call is a function of its arguments: the state of training goes in and comes out, and what the
  graph holds in between stands behind a lock. So threads share a program, and its results never
  depend on what ran before.
* The model it is made from gives the code and nothing else: every value that it holds is replaced
  by a tensor (``keras.StatelessScope``), and a graph that refers to anything else is refused.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from skbits.programs import check_traced, check_unassigned
from skbits.training.compiled.holding import Flat, NotFlat, Separate, like
from skbits.training.compiled.loops import Signature, Step, epochs
from skbits.training.compiled.pacing import Pace

State = list[Any]  # arrays or tensors, in the order of Program.held


@dataclass(frozen=True)
class Logs:
    """What a call saw: for each epoch, the sum of the rows' losses, and the metrics.

    A metric that is an array has a column for each of its numbers.
    """

    losses: np.ndarray  # (n_epochs,), float64
    metrics: np.ndarray  # (n_epochs, n_numbers), float32


class Program:
    """Training and validation of one architecture with one loss and kind of optimizer.

    Parameters
    ----------
    model : keras.Model
        Compiled, and called before, so that all of its variables are there.
    signature : Signature
    engine : callable(wanted, types of operations) -> "graph" or "xla"
    flat : bool
        Whether to hold all weights in one vector.
    """

    def __init__(self, model: Any, signature: Signature, engine: Callable, *, flat: bool):
        holding = Flat if flat else Separate
        self.signature = signature
        self.weights = holding(model.trainable_variables, model.optimizer)
        self.others = [like(variable) for variable in other_variables(model)]
        self.metrics = [like(variable) for variable in model.metrics_variables]
        self.fresh_metrics = [variable.numpy() for variable in model.metrics_variables]
        self.fresh_slots = [variable.numpy() for variable in self.weights.optimizer.variables]
        self.attributes = frozenset(vars(self.weights.optimizer))
        self.paces = {training: Pace() for training in (True, False)}
        self._engine = engine
        self._lock = threading.Lock()
        uses = (True, False) if signature.validates else (True,)
        self.runs = {training: self._trace(model, training) for training in uses}

    @property
    def held(self) -> list:
        """All variables that a call sets, uses and returns, in the order of a state."""
        slots = self.weights.optimizer.variables
        return [*self.weights.held, *self.others, *self.metrics, *slots]

    def place(self, parts: Sequence[Any]) -> list:
        """X, Y and weights where they are computed with: tensors."""
        return [tf.convert_to_tensor(part) for part in parts]

    def run(
        self,
        state: State,
        parts: Sequence[Any],
        orders: np.ndarray,
        *,
        training: bool = True,
        total: float = 0.0,
        reset: bool = True,
    ) -> tuple[State, Logs]:
        """Run epochs of given orders.

        Parameters
        ----------
        state : list
            From :func:`skbits.training.compiled.state.pack`, or from a call.
        parts : sequence of shape (n, ...)
            X, Y and, if there are any, weights, as ``place`` makes them.
        orders : ndarray of shape (n_epochs, m), int32
            The rows of each epoch.
        training : bool
            Whether to train, or to look at loss and metrics alone.
        total : float
            What the first epoch's sum of losses begins with.
        reset : bool
            Whether metrics begin anew with each epoch.
        """
        scalars = tf.constant(total, tf.float64), tf.constant(reset)
        with self._lock:
            state, losses, metrics = self.runs[training](
                [tf.convert_to_tensor(value) for value in state],
                list(parts),
                tf.constant(orders, tf.int32),
                *scalars,
            )
        return list(state), Logs(losses.numpy(), metrics.numpy())

    def _trace(self, model: Any, training: bool) -> Callable:
        batch = self._batch(model, training)
        traced = tf.function(batch, autograph=False).get_concrete_function(*self.signature.specs)
        engine = self._engine(self.signature.engine, _operations(traced))
        self.signature = replace(self.signature, engine=engine)
        # XLA wants to know all sizes, so full batches are traced by themselves for it
        full = batch if self.signature.engine == "xla" else traced
        step = Step(full, traced, self._reset_metrics, self._metric_results(model))
        held = self.held

        def run(state: list, parts: list, orders: Any, total: Any, reset: Any) -> tuple:
            for variable, value in zip(held, state, strict=True):
                variable.assign(value)
            losses, metrics = epochs(step, self.signature, parts, orders, total, reset)
            return [tf.identity(variable.value) for variable in held], losses, metrics

        traced = tf.function(run, autograph=False).get_concrete_function(
            [tf.TensorSpec(variable.shape, variable.dtype) for variable in held],
            self.signature.specs,
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((), tf.float64),
            tf.TensorSpec((), tf.bool),
        )
        known = [variable.value.handle for variable in held] + _constants(model)
        check_traced(traced, known)
        return traced

    def _batch(self, model: Any, training: bool) -> Callable:
        """A function of a batch that trains on it, or looks at it, and gives its mean loss."""
        trainable = model.trainable_variables
        kept = [*other_variables(model), *model.metrics_variables]
        held = [*self.others, *self.metrics]

        def batch(x: Any, y: Any, sample_weight: Any = None) -> Any:
            values = self.weights.values()
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(values)
                mapping = [*zip(trainable, values, strict=True), *zip(kept, held, strict=True)]
                with keras.StatelessScope(mapping, collect_losses=True) as scope:
                    y_pred = model(x, training=training)
                    check_unassigned(scope, trainable, values)
                    loss = model.compute_loss(x, y, y_pred, sample_weight, training=training)
                    model.compute_metrics(x, y, y_pred, sample_weight=sample_weight)
                scaled = self.weights.optimizer.scale_loss(loss)
            if training:
                self.weights.apply(tape.gradient(scaled, values))
            for mine, its in zip(held, kept, strict=True):
                mine.assign(scope.get_current_value(its))
            return loss

        return batch

    def _reset_metrics(self, reset: Any) -> None:
        for variable, fresh in zip(self.metrics, self.fresh_metrics, strict=True):
            variable.assign(tf.where(reset, tf.constant(fresh), variable.value))

    def _metric_results(self, model: Any) -> Callable:
        def results() -> Any:
            mapping = zip(model.metrics_variables, self.metrics, strict=True)
            with keras.StatelessScope(list(mapping)):
                found = model.get_metrics_result()
            values = [tf.cast(value, tf.float32) for name, value in found.items() if name != "loss"]
            parts = [tf.reshape(value, [-1]) for value in values]
            return tf.concat(parts, axis=0) if parts else tf.zeros((0,), tf.float32)

        return results


def _operations(function: Any) -> frozenset[str]:
    """The types of all operations of a traced function, and of those that it calls."""
    graph = function.graph.as_graph_def()
    nodes = [graph.node, *(inner.node_def for inner in graph.library.function)]
    return frozenset(_type(node) for part in nodes for node in part)


def _type(node: Any) -> str:
    """The type of an operation; a lookup of weights stands apart from one of sizes."""
    is_lookup = "Tparams" in node.attr and tf.as_dtype(node.attr["Tparams"].type).is_floating
    return f"{node.op} of weights" if is_lookup else node.op


def metric_shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """Of the metrics beside the loss, as this model's history names them."""
    if len(model.metrics) == 1:
        return {}
    found = model.get_metrics_result()
    return {name: np.shape(value) for name, value in found.items() if name != "loss"}


def _constants(model: Any) -> list:
    """Tensors that regularizers make of numbers in their configuration."""
    held_by = [
        *(weight.regularizer for weight in model.trainable_variables),
        *(getattr(layer, "activity_regularizer", None) for layer in layers_of(model)),
    ]
    return [value for item in held_by if item is not None for value in vars(item).values()]


def layers_of(model: Any) -> list:
    """All layers, those of models within the model included."""
    found = list(getattr(model, "layers", ()))
    return found + [inner for layer in found for inner in layers_of(layer)]


def other_variables(model: Any) -> list:
    """A model's variables that are not trained: moving statistics, seeds, frozen weights."""
    trained = {id(variable) for variable in model.trainable_variables}
    return [variable for variable in model.variables if id(variable) not in trained]


def trace(model: Any, signature: Signature, engine: Callable) -> Program:
    """A program for a model.

    Raises
    ------
    NoProgram
        Where the model cannot become one.
    """
    if Flat.fits(model.trainable_variables, model.optimizer):
        try:
            return Program(model, signature, engine, flat=True)
        except NotFlat:
            pass
    return Program(model, signature, engine, flat=False)
