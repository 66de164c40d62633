"""The arithmetic of a fit and no more: one XLA program an epoch, written by hand.

Its second fit is a lower bound for any trainer that runs the same arithmetic through XLA: what is
compiled is there, the rows are on the device, and nothing is checked, recorded or copied out.
"""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.peers import Network

# of Keras' Adam
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7


class XlaNetwork:
    """A multilayer perceptron with a logit for each output."""

    def __init__(self, network: Network, learning_rate: float):
        self._network, self._learning_rate = network, learning_rate

    def fit(self, X: np.ndarray, y: np.ndarray) -> "XlaNetwork":
        rng = np.random.default_rng()
        sizes = (X.shape[1], *self._network.hidden, self._network.n_outputs)
        weights = [tf.constant(array) for array in _initial_weights(rng, sizes)]
        zeros = [tf.zeros_like(weight) for weight in weights]
        state = (tf.constant(0.0), weights, zeros, zeros)
        rows = _on_device(X, y)
        epoch = epoch_program(len(X), self._network.batch_size, self._learning_rate)
        for _ in range(self._network.epochs):
            order = tf.constant(rng.permutation(len(X)).astype(np.int32))
            state = epoch(*rows, order, *state)
        self._weights = [weight.numpy() for weight in state[1]]
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return _logits(tf.constant(X), self._weights).numpy() > 0


_placed: list[Any] = []  # the last X, y and their tensors


def _on_device(X: np.ndarray, y: np.ndarray) -> tuple[tf.Tensor, tf.Tensor]:
    """X and y as tensors, shapes (n, n_features), (n, n_outputs); kept for the next fit of them."""
    if not _placed or _placed[0] is not X or _placed[1] is not y:
        columns = y.reshape(len(y), -1)
        _placed[:] = [X, y, (tf.constant(X, tf.float32), tf.constant(columns, tf.float32))]
    return _placed[2]


def _initial_weights(rng: np.random.Generator, sizes: tuple[int, ...]) -> list[np.ndarray]:
    """Glorot-uniform kernels and zero biases, in turn."""
    weights = []
    for n_in, n_out in pairwise(sizes):
        bound = np.sqrt(6 / (n_in + n_out))
        weights.append(rng.uniform(-bound, bound, (n_in, n_out)).astype(np.float32))
        weights.append(np.zeros(n_out, np.float32))
    return weights


def _logits(X: Any, weights: list[Any]) -> Any:
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        X = tf.nn.relu(X @ kernel + bias)
    return X @ weights[-2] + weights[-1]


def _adam_step(X: Any, y: Any, learning_rate: float, state: tuple) -> tuple:
    """One batch: the mean cross-entropy's gradient, and Adam's step along it."""
    n_steps, weights, first, second = state
    with tf.GradientTape() as tape:
        tape.watch(weights)
        losses = tf.nn.sigmoid_cross_entropy_with_logits(y, _logits(X, weights))
        loss = tf.reduce_mean(losses)
    slopes = tape.gradient(loss, weights)
    n_steps += 1.0
    scale = learning_rate * tf.sqrt(1 - _BETA_2**n_steps) / (1 - _BETA_1**n_steps)
    first = [m + (1 - _BETA_1) * (g - m) for m, g in zip(first, slopes, strict=True)]
    second = [v + (1 - _BETA_2) * (g * g - v) for v, g in zip(second, slopes, strict=True)]
    moves = zip(weights, first, second, strict=True)
    weights = [w - scale * m / (tf.sqrt(v) + _EPSILON) for w, m, v in moves]
    return n_steps, weights, first, second


@cache
def epoch_program(n_rows: int, batch_size: int, learning_rate: float) -> Any:
    """An epoch: rows, their order, state -> state; the last batch holds what rows are left."""
    n_full = n_rows // batch_size

    @tf.function(jit_compile=True)
    def epoch(X: Any, y: Any, order: Any, *state: Any) -> tuple:
        def step(rows: Any, *state: Any) -> tuple:
            return _adam_step(tf.gather(X, rows), tf.gather(y, rows), learning_rate, state)

        def body(k: Any, *state: Any) -> tuple:
            rows = tf.slice(order, [k * batch_size], [batch_size])
            return (k + 1, *step(rows, *state))

        _, *state = tf.while_loop(lambda k, *_: k < n_full, body, (0, *state))
        return step(order[n_full * batch_size :], *state) if n_rows % batch_size else tuple(state)

    return epoch
