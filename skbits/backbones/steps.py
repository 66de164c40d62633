"""Steps: X as a series of vectors with a mask of what is padded, and what is taken over a series.

Rules
-----
* Masks are tensors of their own, passed on by hand: Keras' own travel unseen and end where a layer
  does not know them, and its masked mean divides by zero where a row is all padding.
* Values are 0 where a row is padded, so that a convolution sees there what it sees beyond the end.
* A pool over no step at all is 0.
"""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from skbits.backbones.checks import check_choice, check_shape, read_flag, read_int
from skbits.backbones.naming import named

#: below what a layer may give, and within float32
_LOWEST = -1e30


@dataclass(frozen=True)
class Steps:
    """A series of vectors in each row.

    Parameters
    ----------
    values : KerasTensor of shape (n, steps, channels)
    mask : KerasTensor of shape (n, steps), bool, or None
        False where a step is padding; None where no step is.
    """

    values: Any
    mask: Any = None

    def zeroed(self) -> "Steps":
        """The same with zeros in the padding."""
        return self if self.mask is None else Steps(self.values * self.weights(), self.mask)

    def weights(self) -> Any:
        """1 for a step, 0 for padding: (n, steps, 1), of the values' dtype."""
        return ops.cast(ops.expand_dims(self.mask, -1), self.values.dtype)


def read_steps(
    backbone: str,
    inputs: Any,
    *,
    input_dim: int | None,
    output_dim: int,
    mask_zero: bool | None,
    name: str | None,
) -> Steps:
    """X as steps: numbers as they are, or, where there is an ``input_dim``, indices embedded.

    Parameters
    ----------
    backbone : str
        For messages.
    inputs : KerasTensor of shape (n, steps) or (n, steps, channels)
    input_dim : int or None
        Number of different indices.
    output_dim : int
        Length of the vector of an index.
    mask_zero : bool or None
        Whether a zero, in every channel, is padding; None for indices only.
    name : str or None

    Raises
    ------
    ValueError
        A shape or a parameter that cannot be used.
    """
    is_masked = read_flag("mask_zero", mask_zero, default=input_dim is not None)
    if input_dim is not None:
        return _embedded(backbone, inputs, input_dim, output_dim, is_masked, name)
    forms = {2: "(n, steps)", 3: "(n, steps, channels)"}
    check_shape(backbone, inputs, forms, "Reshape X, or take conv2d for images, mlp for the rest.")
    values = ops.expand_dims(inputs, -1) if len(inputs.shape) == 2 else inputs
    mask = ops.any(ops.not_equal(values, 0), axis=-1) if is_masked else None
    return Steps(values, mask)


def _embedded(
    backbone: str, inputs: Any, input_dim: int, output_dim: int, is_masked: bool, name: str | None
) -> Steps:
    cure = "Leave input_dim out where X holds no indices, as one-hot steps."
    check_shape(
        backbone, inputs, {2: f"(n, steps) of indices, since input_dim={input_dim!r}"}, cure
    )
    embedding = keras.layers.Embedding(
        read_int("input_dim", input_dim, " It counts the indices, 0 for padding included."),
        read_int("output_dim", output_dim),
        name=named(name, "embedding"),
    )
    # Keras would count -1 from the end and cut 0.7 to 0: let TensorFlow refuse them, too
    is_index = ops.logical_and(ops.equal(inputs, ops.floor(inputs)), ops.greater_equal(inputs, 0))
    values = embedding(ops.where(is_index, inputs, int(input_dim)))
    return Steps(values, ops.not_equal(inputs, 0) if is_masked else None).zeroed()


# --- poolings: Steps -> (n, channels), or (n, steps, channels), which the dense layers flatten


def _mean(steps: Steps) -> Any:
    if steps.mask is None:
        return ops.mean(steps.values, axis=1)
    count = ops.sum(steps.weights(), axis=1)
    return ops.sum(steps.values, axis=1) / ops.maximum(count, 1)  # padding is 0


def _max(steps: Steps) -> Any:
    if steps.mask is None:
        return ops.max(steps.values, axis=1)
    highest = ops.max(ops.where(ops.expand_dims(steps.mask, -1), steps.values, _LOWEST), axis=1)
    return ops.where(ops.any(steps.mask, axis=1, keepdims=True), highest, 0)


def _flatten(steps: Steps) -> Any:
    return steps.values


POOLINGS = {"mean": _mean, "max": _max, "flatten": _flatten}


def pooled(steps: Steps, pooling: str) -> Any:
    """What is taken over the steps of a row.

    Raises
    ------
    ValueError
        An unknown pooling.
    """
    check_choice("pooling", pooling, POOLINGS)
    return POOLINGS[pooling](steps)
