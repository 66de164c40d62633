"""Chains: small dense layers, one after the other, computed by numpy alone.

For such a network, whose arithmetic takes microseconds, making a graph costs more than all of its
training. ``chain_of`` recognizes one among Keras models; ``forward`` computes it.

Rules
-----
* A chain is exact in what it takes: Keras' own layers with default options, in float32.
* Its products are so small that BLAS uses one thread for each, so that the number of threads
  changes no bit.
* Rows are multiplied in groups of ``ROW_GROUP``: a row's output does not depend on its neighbours.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from skbits.heads import sigmoid, softmax

#: rows that are multiplied at once, in inference
ROW_GROUP = 32

#: multiplications of one product of matrices: OpenBLAS takes one thread for so many
MAX_PRODUCT = 2**18


@dataclass(frozen=True)
class Activation:
    """An activation, and its derivative as a function of its own output.

    Parameters
    ----------
    function : callable(z), may write into z
    derivative : callable(a), or None where only a loss knows it
    """

    function: Callable[[np.ndarray], np.ndarray]
    derivative: Callable[[np.ndarray], Any] | None


def _relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0, out=z)


def _tanh(z: np.ndarray) -> np.ndarray:
    return np.tanh(z, out=z)


ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(lambda z: z, lambda a: np.float32(1)),
    "relu": Activation(_relu, lambda a: a > 0),
    "tanh": Activation(_tanh, lambda a: 1 - a * a),
    "sigmoid": Activation(sigmoid, lambda a: a * (1 - a)),
    "softmax": Activation(softmax, None),
}

_NAME_OF = {getattr(keras.activations, name): name for name in ACTIVATIONS}


@dataclass(frozen=True)
class Chain:
    """Dense layers one after the other.

    Parameters
    ----------
    activations : tuple of str
        Of each layer, keys of ``ACTIVATIONS``.
    biases : tuple of bool
        Whether a layer has one.
    sizes : tuple of (n_in, n_out)
    """

    activations: tuple[str, ...]
    biases: tuple[bool, ...]
    sizes: tuple[tuple[int, int], ...]

    def is_small(self, n_rows: int) -> bool:
        """Whether products for so many rows at once are small."""
        return all(n_rows * n_in * n_out <= MAX_PRODUCT for n_in, n_out in self.sizes)

    def layers(self, arrays: Sequence[Any]) -> list[tuple[Any, Any]]:
        """Arrays in the order of Keras' weights -> (kernel, bias or None) of each layer."""
        waiting = iter(arrays)
        return [(next(waiting), next(waiting) if bias else None) for bias in self.biases]


def forward(chain: Chain, weights: Sequence[np.ndarray], X: np.ndarray) -> np.ndarray:
    """Output of shape (n, n_out) for rows of shape (n, ...), any number of them.

    Parameters
    ----------
    chain : Chain
    weights : sequence of ndarrays
        Of :func:`weights_of`.
    X : ndarray of shape (n, ...), float32

    Examples
    --------
    >>> chain = Chain(("relu",), (True,), ((2, 1),))
    >>> kernel, bias = np.array([[1.0], [1.0]]), np.array([-1.0])
    >>> forward(chain, [kernel, bias], np.array([[1.0, 2.0], [0.0, 0.5]])).tolist()
    [[2.0], [0.0]]
    """
    n = len(X)
    rows = X.reshape(n, -1)
    missing = -n % ROW_GROUP
    if missing:
        rows = np.concatenate([rows, np.zeros((missing, rows.shape[1]), rows.dtype)])
    values = rows.reshape(-1, ROW_GROUP, rows.shape[1])  # (n_groups, ROW_GROUP, n_in)
    with np.errstate(all="ignore"):
        for (kernel, bias), name in zip(chain.layers(weights), chain.activations, strict=True):
            values = values @ kernel
            if bias is not None:
                values += bias
            values = ACTIVATIONS[name].function(values)
    return values.reshape(-1, values.shape[-1])[:n]


def chain_of(model: Any) -> Chain | None:
    """The chain that a Keras model computes in inference; None where it computes something else.

    Examples
    --------
    >>> inputs = keras.Input((4,))
    >>> hidden = keras.layers.Dense(3, activation="relu")(inputs)
    >>> model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden))
    >>> chain_of(model).activations
    ('relu', 'sigmoid')
    >>> chain_of(keras.Model(inputs, keras.layers.LayerNormalization()(hidden))) is None
    True
    """
    layers = _in_a_row(model)
    if not layers:
        return None
    flattens = _FLATTENS if type(layers[0]) is keras.layers.Flatten else ()
    if flattens and layers[0].data_format != "channels_last":
        return None
    dense = [layer for layer in layers[len(flattens) :] if type(layer) is not keras.layers.Dropout]
    if not dense or not all(_is_plain(layer) for layer in dense):
        return None
    names = [_NAME_OF[layer.activation] for layer in dense]
    sizes = [tuple(layer.kernel.shape) for layer in dense]
    is_flat = len(model.input_shape) == 2 or flattens
    if not is_flat or "softmax" in names[:-1]:
        return None
    return Chain(tuple(names), tuple(layer.use_bias for layer in dense), tuple(sizes))


def weights_of(model: Any) -> list[Any]:
    """The weights of a model that is a chain, as Keras variables, in the chain's order."""
    dense = [layer for layer in model.layers if type(layer) is keras.layers.Dense]
    return [weight for layer in dense for weight in layer.weights]


_FLATTENS = (keras.layers.Flatten,)


def _in_a_row(model: Any) -> list:
    """The layers after the input, where each takes the one before it; else none."""
    if type(model) not in (keras.Sequential, _functional()) or not model.built:
        return []
    if len(model.inputs) != 1 or len(model.outputs) != 1 or model.inputs[0].dtype != "float32":
        return []
    if type(model) is keras.Sequential:
        return list(model.layers)
    first, *layers = model.layers
    value = first.output
    for layer in layers:
        if layer.input is not value:
            return []
        value = layer.output
    is_input = type(first) is keras.layers.InputLayer
    return layers if is_input and value is model.outputs[0] else []


@functools.cache
def _functional() -> type:
    """The class of a model that is made of tensors; it has no public name."""
    inputs = keras.Input((1,))
    # Keras 3.10 to 3.13 refuse a model without a layer
    return type(keras.Model(inputs, keras.layers.Identity()(inputs)))


_PLAIN_OPTIONS = (
    *("kernel_regularizer", "bias_regularizer", "activity_regularizer"),
    *("kernel_constraint", "bias_constraint", "quantization_mode", "lora_rank"),
)


def _is_plain(layer: Any) -> bool:
    """Whether it is Keras' dense layer, with what a chain knows of and nothing else."""
    return (
        type(layer) is keras.layers.Dense
        and layer.activation in _NAME_OF
        and layer.dtype_policy.name == "float32"
        and all(getattr(layer, option, None) is None for option in _PLAIN_OPTIONS)
        and "call" not in vars(layer)
    )
