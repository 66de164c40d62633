"""Heads: the arithmetic against Keras' own, and the table of what learns."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skbits.heads import (
    FITS,
    HEADS,
    LOSSES,
    encode_for_loss,
    normalized,
    sigmoid,
    softmax,
    target_form,
)
from skbits.targets import BinaryTarget, BitVectorTarget, OneHotTarget
from skbits.training.compiling import loss_name, make_loss
from skbits.training.losses import PositiveWeighted

BINARY = BinaryTarget(np.array([0, 1]))
BITS = BitVectorTarget(3)
CLASSES = OneHotTarget(np.arange(3), from_labels=True)
PAIRS = OneHotTarget(np.arange(4), from_labels=False, n_groups=2)
TARGETS = {"binary": BINARY, "bits": BITS, "onehot": CLASSES}

logits = hnp.arrays(np.float32, (4, 3), elements=st.floats(-1000, 1000, width=32))


@given(logits)
def test_sigmoid_and_softmax_are_those_of_keras(v):
    assert np.allclose(sigmoid(v), keras.ops.sigmoid(v), rtol=1e-5, atol=1e-30)
    assert np.allclose(softmax(v), keras.ops.softmax(v), rtol=1e-5, atol=1e-30)
    assert sigmoid(v).dtype == softmax(v).dtype == np.float32


@given(hnp.arrays(np.float32, (4, 3), elements=st.floats(0, 1, width=32)))
def test_normalized_rows_sum_to_one(v):
    assert np.allclose(normalized(v).sum(axis=1), 1)


@pytest.mark.parametrize("head", HEADS.values(), ids=lambda head: f"{head.kind}-{head.name}")
def test_probabilities_lie_in_the_unit_interval_and_rise_with_the_output(head):
    target = TARGETS[head.kind]
    shape = (200, *head.output_shape(target))
    raw = np.random.default_rng(0).normal(scale=3, size=shape).astype(np.float32)
    activation = keras.activations.get(head.name)
    raw = np.asarray(activation(keras.ops.convert_to_tensor(raw)))
    p = head.probability(raw, target)
    assert p.shape == (200, target.n_columns)
    assert p.dtype == np.float32
    assert ((p >= 0) & (p <= 1)).all()
    if head.kind == "onehot":
        assert np.allclose(p.sum(axis=1), 1, atol=1e-6)
    order = np.argsort(raw[:, -1])  # of the last unit, others alike
    if head.kind != "onehot" and head.name != "softmax":
        assert (np.diff(p[order, -1]) >= 0).all()


@pytest.mark.parametrize(
    ("head", "raw", "p"),
    [("sigmoid", 0.3, 0.3), ("tanh", 0.0, 0.5), ("tanh", -1.0, 0.0), ("linear", 0.0, 0.5)],
)
def test_known_probabilities(head, raw, p):
    assert HEADS["binary", head].probability(np.float32([[raw]]), BINARY)[0, 0] == np.float32(p)


def test_groups_are_read_block_by_block():
    raw = np.float32([[[0, 0], [5, -5]]])
    p = HEADS["onehot", "linear"].probability(raw, PAIRS)
    assert p.shape == (1, 4)
    assert np.allclose(p, [[0.5, 0.5, sigmoid(10.0), sigmoid(-10.0)]], atol=1e-6)


@pytest.mark.parametrize(
    ("key", "name"), [(k, name) for k in FITS for name in LOSSES if LOSSES[name].family in FITS[k]]
)
def test_a_loss_that_fits_falls_when_the_output_improves(key, name):
    """Brute force of the table: right outputs must cost less than wrong ones."""
    head, target = HEADS[key], TARGETS[key[0]]
    Y = np.eye(3, dtype=np.float32) if key[0] != "binary" else np.float32([[0], [1]])
    spec = make_loss(name, head, {})
    encoded = encode_for_loss(Y, head, target_form(head, spec.family), target)
    best = {"sigmoid": (0.05, 0.95), "softmax": (0.05, 0.95), "tanh": (-0.9, 0.9)}
    low, high = best.get(head.name, (-3, 3))
    shape = (len(Y), *head.output_shape(target))
    hot = np.hstack([1 - Y, Y]) if shape[1] == 2 else Y
    right = np.where(hot.reshape(shape) == 1, high, low).astype(np.float32)
    wrong = np.where(hot.reshape(shape) == 1, low, high).astype(np.float32)
    assert float(spec.loss(encoded, right)) < float(spec.loss(encoded, wrong))


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_known_by_every_spelling(name):
    made = getattr(keras.losses, LOSSES[name].keras_class)
    assert loss_name(name) == loss_name(made) == loss_name(made()) == name
    function = getattr(keras.losses, name, None)
    if function is not None:
        assert loss_name(function) == name


@pytest.mark.parametrize("head", ["sigmoid", "linear"])
def test_a_name_gets_from_logits_from_the_head(head):
    for spelling in ("binary_crossentropy", keras.losses.BinaryCrossentropy, "focal"):
        assert make_loss(spelling, HEADS["binary", head], {}).from_logits == (head == "linear")


def test_focal_is_the_focal_loss_of_the_head():
    assert make_loss("focal", HEADS["bits", "sigmoid"], {}).name == "binary_focal_crossentropy"
    assert (
        make_loss("focal", HEADS["onehot", "softmax"], {}).name == "categorical_focal_crossentropy"
    )


def test_positive_weights_multiply_the_ones_alone():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, (5, 3)).astype(np.float32)
    p = rng.uniform(0.1, 0.9, (5, 3)).astype(np.float32)
    by_hand = -(y * np.log(p) * [1, 2, 3] + (1 - y) * np.log(1 - p)).mean()
    loss = PositiveWeighted(keras.losses.BinaryCrossentropy(), [1, 2, 3])
    assert float(loss(y, p)) == pytest.approx(by_hand, rel=1e-5)
    hinge = PositiveWeighted(keras.losses.SquaredHinge(), [1, 2, 3])
    by_hand = (np.maximum(1 - (2 * y - 1) * p, 0) ** 2 * np.where(y > 0, [1, 2, 3], 1)).mean()
    assert float(hinge(2 * y - 1, p)) == pytest.approx(by_hand, rel=1e-5)


def test_positive_weights_take_a_loss_without_a_mean():
    y, p = np.float32([[1, 0], [0, 1]]), np.float32([[0.3, 0.6], [0.2, 0.9]])
    mean = PositiveWeighted(lambda y, p: keras.ops.mean((y - p) ** 2, axis=-1), [2, 3])
    bare = PositiveWeighted(lambda y, p: (y - p) ** 2, [2, 3])
    assert float(mean(y, p)) == pytest.approx(float(bare(y, p)))


def test_positive_weights_survive_serialization():
    loss = PositiveWeighted(keras.losses.BinaryFocalCrossentropy(gamma=3), [1, 2])
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    y, p = np.float32([[1, 0]]), np.float32([[0.3, 0.6]])
    assert float(again(y, p)) == float(loss(y, p))
