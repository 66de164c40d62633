"""Dense: training a small chain of dense layers with numpy, where no graph would pay off.

The same contract as :class:`skbits.training.compiled.program.Program`, without tracing: forward,
backward and update as Keras defines them, in float32, on one vector of weights.

Rules
-----
* The losses are those whose derivative with respect to the last layer's logits is ``p - y``.
* The optimizers are those of ``UPDATES``; the formulas are Keras' own, in its order.
* Every option that is not known here leaves the work to a graph.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from skbits.chains import ACTIVATIONS, chain_of
from skbits.heads import softmax
from skbits.training.compiled.holding import Flat
from skbits.training.compiled.loops import Signature
from skbits.training.compiled.pacing import Pace
from skbits.training.compiled.program import Logs, State

# --- losses of logits z for targets y, both of shape (n, k)


def _binary(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Binary cross-entropy of each row, the mean over k units."""
    values = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
    return values.mean(axis=1)


def _categorical(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Cross-entropy of each row, y one-hot."""
    shifted = z - z.max(axis=1, keepdims=True)
    return (y * (np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted)).sum(axis=1)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    """As ``heads.sigmoid``, with fewer operations, and 0 where float32 gets below 1e-38."""
    p = np.negative(z)
    np.exp(p, out=p)
    p += 1
    return np.reciprocal(p, out=p)


@dataclass(frozen=True)
class Loss:
    """A loss whose derivative by the logits is ``p - y``, over the units that it is a mean of.

    Parameters
    ----------
    of_rows : callable(z, y) -> (n,)
    probability : callable(z) -> p
    activation : str
        Of the last layer, where it is no linear one; Keras' losses then look at its input.
    is_mean : bool
        Whether it is a mean over the units, and no sum.
    is_sparse : bool
        Whether y is the index of a class.
    """

    of_rows: Callable[[np.ndarray, np.ndarray], np.ndarray]
    probability: Callable[[np.ndarray], np.ndarray]
    activation: str
    is_mean: bool = False
    is_sparse: bool = False

    def derivative(self, z: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """Of the mean over rows."""
        delta = self.probability(z)
        delta -= y
        delta *= np.float32(1 / (z.size if self.is_mean else len(z)))
        if weights is not None:
            delta *= weights[:, np.newaxis]
        return delta


LOSSES: dict[type, Loss] = {
    keras.losses.BinaryCrossentropy: Loss(_binary, _sigmoid, "sigmoid", is_mean=True),
    keras.losses.CategoricalCrossentropy: Loss(_categorical, softmax, "softmax"),
    keras.losses.SparseCategoricalCrossentropy: Loss(
        _categorical, softmax, "softmax", is_sparse=True
    ),
}

#: what the options of a loss must be, where it has them
_LOSS_OPTIONS = {
    "reduction": "sum_over_batch_size",
    "label_smoothing": 0.0,
    "ignore_class": None,
    "axis": -1,
    "dtype": "float32",
}

# --- optimizers: weights w and derivative g, vectors, updated in place


def _adam(config: Mapping[str, Any], w: np.ndarray, g: np.ndarray, slots: list) -> None:
    """Kingma and Ba 2015, as Keras writes it (epsilon beside the root)."""
    step, rate, m, v = slots
    rest_1, rest_2 = np.float32(1 - config["beta_1"]), np.float32(1 - config["beta_2"])
    beta_1, beta_2 = np.float32(config["beta_1"]), np.float32(config["beta_2"])
    # 1 - beta_2 ** t cancels digits: numpy's float32 power is not exact enough
    of_1, of_2 = (np.float32(float(beta) ** (int(step) + 1)) for beta in (beta_1, beta_2))
    alpha = rate * np.sqrt(1 - of_2) / (1 - of_1)
    change = g - m
    change *= rest_1
    m += change
    np.square(g, out=change)
    change -= v
    change *= rest_2
    v += change
    np.sqrt(v, out=change)
    change += np.float32(config["epsilon"])
    np.divide(m, change, out=change)
    change *= alpha
    w -= change


def _sgd(config: Mapping[str, Any], w: np.ndarray, g: np.ndarray, slots: list) -> None:
    rate, momentum = slots[1], np.float32(config["momentum"])
    if not momentum:
        w -= g * rate
        return
    m = slots[2]
    m *= momentum
    m -= g * rate
    w += m * momentum - g * rate if config["nesterov"] else m


UPDATES: dict[type, Callable[[Mapping, np.ndarray, np.ndarray, list], None]] = {
    keras.optimizers.Adam: _adam,
    keras.optimizers.AdamW: _adam,
    keras.optimizers.SGD: _sgd,
}

#: what the options of an optimizer must be, where it has them
_OPTIMIZER_OPTIONS = {
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "amsgrad": False,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}

# --- the program


class DenseProgram:
    """Training and validation of a chain; attributes and methods as of ``Program``."""

    def __init__(self, model: Any, signature: Signature):
        self.signature = signature
        self.chain = chain_of(model)
        self.loss = LOSSES[type(model.loss)]
        self.weights = Flat(model.trainable_variables, model.optimizer)
        self.fresh_slots = [variable.numpy() for variable in self.weights.optimizer.variables]
        self.fresh_metrics: list[np.ndarray] = []
        self.attributes = frozenset(vars(self.weights.optimizer))
        self.paces = {training: Pace() for training in (True, False)}
        self._update = UPDATES[type(model.optimizer)]
        self._config = model.optimizer.get_config()
        hidden = self.chain.activations[:-1]
        self._functions = [*(ACTIVATIONS[name].function for name in hidden), None]
        self._derivatives = [ACTIVATIONS[name].derivative for name in hidden]

    def place(self, parts: Sequence[Any]) -> list[np.ndarray]:
        """The parts as matrices; targets that are classes become one-hot."""
        X, Y, *weights = parts
        if self.loss.is_sparse:
            Y = np.eye(self.chain.sizes[-1][1], dtype=np.float32)[Y]
        return [X.reshape(len(X), -1), Y.reshape(len(Y), -1).astype(np.float32), *weights]

    def run(
        self,
        state: State,
        parts: Sequence[np.ndarray],
        orders: np.ndarray,
        *,
        training: bool = True,
        total: float = 0.0,
        reset: bool = True,
    ) -> tuple[State, Logs]:
        """As :meth:`Program.run`; there are no metrics to reset."""
        w, *slots = [np.array(value) for value in state]
        g = np.empty_like(w)
        # views, so that a vector is read and written layer by layer
        weights, gradients = (self.chain.layers(self.weights.unpack([v])) for v in (w, g))
        size = self.signature.batch_size
        losses = []
        with np.errstate(all="ignore"):  # a loss that is not finite is reported by its epoch
            for order in orders:
                for X, Y, sample_weight in self._blocks(parts, order):
                    logits = np.empty(Y.shape, np.float32)
                    for start in range(0, len(X), size):
                        rows = slice(start, start + size)
                        values = self._forward(weights, X[rows])
                        logits[rows] = values[-1]
                        if training:
                            given = None if sample_weight is None else sample_weight[rows]
                            delta = self.loss.derivative(values.pop(), Y[rows], given)
                            _backward(weights, values, self._derivatives, delta, gradients)
                            self._update_weights(w, g, slots)
                    of_rows = self.loss.of_rows(logits, Y)
                    if sample_weight is not None:
                        of_rows = of_rows * sample_weight
                    total += float(of_rows.sum(dtype=np.float64))
                losses.append(total)
                total = 0.0
        return [w, *slots], Logs(np.array(losses), np.zeros((len(losses), 0), np.float32))

    def _blocks(self, parts: Sequence[np.ndarray], order: np.ndarray) -> Iterator[tuple]:
        rows_of_block = self.signature.block * self.signature.batch_size
        X, Y, weights = parts if len(parts) == 3 else (*parts, None)
        for start in range(0, len(order), rows_of_block):
            rows = order[start : start + rows_of_block]
            yield X[rows], Y[rows], None if weights is None else weights[rows]

    def _forward(self, weights: list, X: np.ndarray) -> list[np.ndarray]:
        """X, the output of each hidden layer, and the logits."""
        values = [X]
        for (kernel, bias), function in zip(weights, self._functions, strict=True):
            z = values[-1] @ kernel
            if bias is not None:
                z += bias
            values.append(z if function is None else function(z))
        return values

    def _update_weights(self, w: np.ndarray, g: np.ndarray, slots: list) -> None:
        decay = self._config["weight_decay"]
        if decay:
            w -= w * np.float32(decay) * slots[1]
        self._update(self._config, w, g, slots)
        slots[0] = slots[0] + 1


def _backward(
    weights: list, values: list, derivatives: list, delta: np.ndarray, gradients: list
) -> None:
    """Backpropagation, into the views of ``gradients``.

    Parameters
    ----------
    weights, gradients : lists of (kernel, bias or None)
    values : list of ndarrays of shape (n, n_in)
        The input of each layer.
    derivatives : list of callables
        Of the activation of each hidden layer, by its output.
    delta : ndarray of shape (n, k)
        Derivative of the mean loss with respect to the logits.
    """
    for layer in reversed(range(len(weights))):
        of_kernel, of_bias = gradients[layer]
        np.matmul(values[layer].T, delta, out=of_kernel)
        if of_bias is not None:
            np.add.reduce(delta, axis=0, out=of_bias)
        if layer:
            delta = delta @ weights[layer][0].T
            delta *= derivatives[layer - 1](values[layer])


# --- what it covers


def fits(model: Any, batch_size: int) -> bool:
    """Whether numpy can train a compiled model as Keras would."""
    chain, loss = chain_of(model), LOSSES.get(type(model.loss))
    if chain is None or loss is None or type(model.optimizer) not in UPDATES:
        return False
    config = model.loss.get_config()
    last, from_logits = chain.activations[-1], config["from_logits"]
    return (
        chain.is_small(batch_size)
        and (last, from_logits) in ((loss.activation, False), ("linear", True))
        and all(config.get(name, value) == value for name, value in _LOSS_OPTIONS.items())
        and _is_known(model.optimizer.get_config())
        and len(model.trainable_variables) == len(model.variables)  # none frozen, no dropout
        and len(model.metrics) == 1  # the loss
        and all(v.regularizer is None and v.constraint is None for v in model.variables)
        and model.get_compile_config()["loss_weights"] is None
    )


def _is_known(config: Mapping[str, Any]) -> bool:
    """Whether the options of an optimizer are those that ``UPDATES`` knows."""
    is_schedule = isinstance(config["learning_rate"], dict)
    return not is_schedule and all(
        config.get(name, value) == value for name, value in _OPTIMIZER_OPTIONS.items()
    )
