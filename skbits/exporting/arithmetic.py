"""Arithmetic of the graph: raw output -> probabilities, and probabilities -> decisions.

Rules
-----
* Each function computes in TensorFlow what its namesake of ``skbits.heads`` and
  ``skbits.thresholds.decisions`` computes in numpy. Constants are worked out by those.
* Comparisons are made in the dtype of the probabilities; quotients of probability and threshold in
  float64, where those of different float32 numbers differ and equal ones are equal.
* Only what ONNX computes alike. tf2onnx makes sums of ``tf.where``, so that an infinity or NaN on
  the side that is not taken would spoil the other; and poolings, which know float32 alone, of
  maxima over the last of three axes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from skbits.heads import SUM_ERROR, Head
from skbits.targets import Target
from skbits.thresholds.cutoffs import Cutoff

#: smallest probability and threshold in a quotient, of dtypes that have smaller ones
_FLOOR = 2.0**-500

#: stands for an infinite threshold: its quotients are below all others, and still ordered
_NEVER = 2.0**510

# --- raw output -> probabilities


def sigmoid(v: Any) -> Any:
    """``1 / (1 + exp(-v))``, exact to rounding at both ends."""
    small = tf.exp(-tf.abs(v))
    return tf.where(v >= 0, tf.ones_like(v), small) / (1 + small)


def normalized(v: Any) -> Any:
    """Scores scaled to sum to one over the last axis; all zeros become uniform."""
    total = tf.reduce_sum(v, axis=-1, keepdims=True)
    shares = v / tf.where(total > 0, total, tf.ones_like(total))
    return tf.where(total > 0, shares, tf.ones_like(v) / v.shape[-1])


def to_one(v: Any) -> Any:
    """Probabilities whose sum is 1, scaled where rounding has made it another."""
    total = tf.reduce_sum(v, axis=-1, keepdims=True)
    return tf.where(tf.abs(total - 1) <= SUM_ERROR, v, normalized(v))


def _from_plus_minus(v: Any) -> Any:
    return (1 + v) / 2


#: (kind, name) of a head -> raw output (n, ..., units) to probabilities of the leading shape
TO_PROBABILITY: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("binary", "sigmoid"): tf.identity,
    ("binary", "softmax"): lambda v: v[:, 1:],
    ("binary", "tanh"): _from_plus_minus,
    ("binary", "linear"): sigmoid,
    ("bits", "sigmoid"): tf.identity,
    ("bits", "tanh"): _from_plus_minus,
    ("bits", "linear"): sigmoid,
    ("onehot", "softmax"): to_one,
    ("onehot", "linear"): tf.nn.softmax,
    ("onehot", "sigmoid"): normalized,
}


def probability(raw: Any, head: Head, target: Target) -> Any:
    """Raw output -> p of shape (n, n_columns), float32 or wider."""
    v = raw if raw.dtype == tf.float64 else tf.cast(raw, tf.float32)
    v = tf.clip_by_value(v, v.dtype.min, v.dtype.max)  # no infinity, as in skbits.inference
    rows = tf.reshape(v, (-1, *head.output_shape(target)))
    p = TO_PROBABILITY[head.kind, head.name](rows)
    return tf.clip_by_value(tf.reshape(p, (-1, target.n_columns)), 0.0, 1.0)


# --- probabilities -> decisions


def is_on(p: Any, cutoff: Cutoff) -> Any:
    """Whether ``p`` reaches its threshold, bool of its shape."""
    dtype = p.dtype.as_numpy_dtype
    return p >= cutoff.first_on(dtype).astype(dtype)


def ratio(p: Any, thresholds: np.ndarray) -> Any:
    """``p / threshold`` in float64, in whose order classes win; finite, and above 0."""
    dtype = p.dtype.as_numpy_dtype
    floor = max(float(np.finfo(dtype).smallest_subnormal) / 2, _FLOOR)
    t = np.maximum(thresholds.astype(dtype).astype(np.float64), floor)
    return tf.maximum(tf.cast(p, tf.float64), floor) / np.where(np.isinf(t), _NEVER, t)


def decisions(
    p: Any, cutoff: Cutoff, target: Target, *, abstain: bool = False, abstain_label: Any = None
) -> Any:
    """What ``predict`` gives for probabilities as ``predict_proba`` gives them.

    Parameters
    ----------
    p : tensor of shape (n, 2) of two labels, else (n, n_columns)
    cutoff : Cutoff
    target : Target
    abstain, abstain_label
        As of ``OneHotClassifier``.

    Returns
    -------
    tensor of shape (n,) or (n, n_columns)
    """
    if cutoff.kind == "bits":
        return tf.cast(is_on(p, cutoff), tf.int64)
    if cutoff.kind == "binary":
        position = tf.cast(is_on(p[:, cutoff.positive], cutoff), tf.int64)
        if cutoff.positive == 0:
            position = 1 - position
        return _labels(position, target.decode(np.array([False, True])), 2)
    hot = _winners(p, cutoff, abstain)  # (n, n_groups, width)
    if not target.from_labels:
        return tf.cast(tf.reshape(hot, (-1, target.n_columns)), tf.int64)
    k = target.n_columns
    numbers = np.arange(1, k + 1)
    # -1: none
    position = tf.reduce_sum(tf.cast(hot[:, 0], tf.int64) * numbers, axis=1) - 1
    every = np.append(np.arange(k), -1) if abstain else np.arange(k)
    return _labels(position, target.decode(every[:, np.newaxis], abstain_label), k)


def _winners(p: Any, cutoff: Cutoff, abstain: bool) -> Any:
    """Whether a class wins its group, bool of shape (n, n_groups, width)."""
    width = p.shape[1] // cutoff.n_groups
    blocks = (-1, cutoff.n_groups, width)
    best = tf.argmax(tf.reshape(ratio(p, cutoff.thresholds), blocks), axis=2)
    hot = tf.equal(best[:, :, tf.newaxis], np.arange(width))
    return hot & tf.reshape(is_on(p, cutoff), blocks) if abstain else hot


def _labels(position: Any, labels: np.ndarray, n_classes: int) -> Any:
    """Labels at positions in the classes; at -1 the last one, which stands for none."""
    values = graph_values(labels)
    if values is None:
        return position
    return tf.gather(values, tf.where(position < 0, np.int64(n_classes), position))


def graph_values(labels: np.ndarray) -> Any:
    """Labels as a constant that both formats hold; None where there is no such.

    Examples
    --------
    >>> graph_values(np.array(["no", "yes"])).numpy().tolist()
    [b'no', b'yes']
    >>> graph_values(np.array([3, 7], dtype=object)).dtype.name
    'int64'
    >>> graph_values(np.array([3, 2**70], dtype=object)) is None
    True
    """
    if labels.dtype == object and len({type(label) for label in labels}) == 1:
        labels = np.array(labels.tolist())
    if labels.dtype.kind in "UT":
        return tf.constant(labels.tolist())
    plain = labels.dtype.kind in "biuf" and labels.dtype.itemsize <= 8
    return tf.constant(labels) if plain else None
