"""Backbones: input tensor -> last hidden tensor. The head is put on by skbits.

A backbone is a plain function of ``inputs`` and keyword parameters; the latter are searchable as
``model__<name>``.
"""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import keras

__all__ = ["mlp"]


def mlp(
    inputs: Any,
    hidden_layer_sizes: Sequence[int] | int = (100,),
    activation: str = "relu",
    dropout: float = 0.0,
    name: str | None = None,
) -> Any:
    """A multilayer perceptron without its last layer; the default of the estimators.

    Parameters
    ----------
    inputs : KerasTensor of shape (n, ...)
        Flattened to (n, n_features) where it has more than two dimensions.
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of each hidden layer; empty for a linear model.
    activation : str, default="relu"
        Any Keras activation.
    dropout : float, default=0.0
        Share of the units dropped after each hidden layer in training, in [0, 1).
    name : str, optional
        What the layers' names begin with; without it, Keras counts them.

    Returns
    -------
    KerasTensor of shape (n, hidden_layer_sizes[-1])

    Examples
    --------
    >>> import keras
    >>> from skbits import backbones
    >>> backbones.mlp(keras.Input((8,)), hidden_layer_sizes=(32, 16)).shape
    (None, 16)
    """
    alone = isinstance(hidden_layer_sizes, Integral)  # an int of numpy's as well
    sizes = (hidden_layer_sizes,) if alone else hidden_layer_sizes

    def named(layer: str) -> str | None:
        return None if name is None else f"{name}_{layer}"

    hidden = inputs
    if len(inputs.shape) > 2:
        hidden = keras.layers.Flatten(name=named("flatten"))(inputs)
    for index, units in enumerate(sizes):
        dense = keras.layers.Dense(int(units), activation=activation, name=named(f"dense_{index}"))
        hidden = dense(hidden)
        if dropout:
            hidden = keras.layers.Dropout(dropout, name=named(f"dropout_{index}"))(hidden)
    return hidden
