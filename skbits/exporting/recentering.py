"""Recentering in the graph: probabilities that read 0.5, or largest, where the classifier decides.

Rules
-----
* The formulas and the clamping of ``skbits.thresholds.recentering`` and ``recentered``, in
  TensorFlow: worked out in float64, rounded, and last put on their side of 0.5 or of the largest.
* ``q * (1 - 2 ** -24)`` is the float32 below ``q``: ONNX has no ``nextafter``.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from skbits.exporting.arithmetic import ratio
from skbits.thresholds.cutoffs import Cutoff
from skbits.thresholds.recentering import check_steepness


def recentered(p: Any, cutoff: Cutoff, method: str, steepness: Any) -> Any:
    """Probabilities as ``predict_proba`` of ``RecenteredClassifier`` gives them.

    Parameters
    ----------
    p : tensor of shape (n, 2) of two labels, else (n, n_columns)
    cutoff : Cutoff
    method, steepness
        As of ``RecenteredClassifier``, checked.

    Returns
    -------
    tensor of the shape and dtype of ``p``
    """
    return _RECENTERED[cutoff.kind](p, cutoff, method, steepness)


def _below_one(p: Any) -> Any:
    one = p.dtype.as_numpy_dtype(1)
    return np.nextafter(one, one - one)


def _labels(p: Any, cutoff: Cutoff, method: str, steepness: Any) -> Any:
    at = cutoff.positive
    r = _bits(p[:, at : at + 1], cutoff, method, steepness)
    others = tf.where(r >= 0.5, tf.minimum(1 - r, 0.5 * _below_one(p)), 1 - r)
    return tf.concat([others, r] if at == 1 else [r, others], axis=1)


def _bits(p: Any, cutoff: Cutoff, method: str, steepness: Any) -> Any:
    dtype = p.dtype.as_numpy_dtype
    first_on = cutoff.first_on(dtype)
    t = np.minimum(first_on, 1.0).astype(dtype).astype(np.float64)
    r = tf.cast(_METHODS[method](tf.cast(p, tf.float64), t, steepness), p.dtype)
    off = tf.minimum(r, 0.5 * _below_one(p))
    return tf.where(p >= first_on.astype(dtype), tf.maximum(r, dtype(0.5)), off)


def _classes(p: Any, cutoff: Cutoff, method: str, steepness: Any) -> Any:
    blocks = (-1, p.shape[1] // cutoff.n_groups)  # a row for each group
    u = tf.reshape(ratio(p, cutoff.thresholds), blocks)
    largest = tf.reduce_max(u, axis=1, keepdims=True)
    behind = u < largest
    is_zero = tf.reshape(p, blocks) <= 0
    u = tf.where(behind & is_zero, tf.zeros_like(u), u / largest)
    shares = tf.cast(u / tf.reduce_sum(u, axis=1, keepdims=True), p.dtype)
    below = tf.reduce_max(shares, axis=1, keepdims=True) * _below_one(p)
    shares = tf.where(behind, tf.minimum(shares, below), shares)
    return tf.reshape(shares, (-1, p.shape[1]))


#: kind of target -> its probabilities recentered
_RECENTERED: dict[str, Callable[..., Any]] = {
    "binary": _labels,
    "bits": _bits,
    "onehot": _classes,
}

# --- methods: p (n, k) and cutoffs (k,) in [0, 1] -> recentered, all in float64


def _odds(p: Any, t: np.ndarray, steepness: Any) -> Any:
    on, off = p * (1 - t), t * (1 - p)
    some = (on > 0) | (off > 0)
    on, off = (tf.where(some, side, tf.ones_like(side)) for side in (on, off))  # 0/0: 1/1
    return 1 / (1 + off / on)


def _linear(p: Any, t: np.ndarray, steepness: Any) -> Any:
    above = 1 - 0.5 * _fraction(1 - p, 1 - t)
    return tf.where(p < t, 0.5 * _fraction(p, t), above)


def _logistic(p: Any, t: np.ndarray, steepness: Any) -> Any:
    k_below, k_above = check_steepness(steepness, p.shape[1])
    below = _half_logistic(p, t, t - p, k_below)
    above = 1 - _half_logistic(1 - p, 1 - t, p - t, k_above)
    return tf.where(p < t, below, above)


_METHODS: dict[str, Callable[[Any, np.ndarray, Any], Any]] = {
    "odds": _odds,
    "linear": _linear,
    "logistic": _logistic,
}


def _fraction(part: Any, whole: np.ndarray) -> Any:
    """``min(part / whole, 1)``; 1 where the whole is 0."""
    safe = np.where(whole > 0, whole, 1.0)
    return tf.where(whole > 0, tf.minimum(part, whole) / safe, tf.ones_like(part))


def _half_logistic(q: Any, s: np.ndarray, gap: Any, k: np.ndarray) -> Any:
    straight = k * s < 1e-8
    stretch = _expm1(-k * q) / np.expm1(np.where(straight, -1.0, -k * s))
    curve = stretch / (1 + tf.exp(tf.clip_by_value(k * gap, 0.0, 700.0)))
    return tf.where(straight, 0.5 * _fraction(q, s), curve)


def _expm1(x: Any) -> Any:
    """``exp(x) - 1`` to the last digits near 0: ONNX has no such function."""
    return tf.tanh(x / 2) * (tf.exp(x) + 1)
