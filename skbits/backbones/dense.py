"""Dense layers: a backbone of their own, and what the others end in."""

from collections.abc import Sequence
from typing import Any

import keras

from skbits.backbones.checks import check_activation, check_share, read_sizes
from skbits.backbones.naming import named


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
    name : str or None, default=None
        What the layers' names begin with; without it, Keras counts them.

    Returns
    -------
    KerasTensor of shape (n, hidden_layer_sizes[-1])

    Raises
    ------
    ValueError
        Sizes below 1, an activation that Keras does not know, or a dropout outside of [0, 1).

    Examples
    --------
    >>> import keras
    >>> from skbits import backbones
    >>> backbones.mlp(keras.Input((8,)), hidden_layer_sizes=(32, 16)).shape
    (None, 16)
    """
    sizes = read_sizes("hidden_layer_sizes", hidden_layer_sizes)
    check_share("dropout", dropout)  # also where there is no layer
    check_activation(activation)
    hidden = inputs
    if len(inputs.shape) > 2:
        hidden = keras.layers.Flatten(name=named(name, "flatten"))(inputs)
    for index, units in enumerate(sizes):
        dense = keras.layers.Dense(units, activation=activation, name=named(name, f"dense_{index}"))
        hidden = dropped(dense(hidden), dropout, named(name, f"dropout_{index}"))
    return hidden


def dropped(hidden: Any, dropout: float, name: str | None) -> Any:
    """The tensor, with a share of its units dropped in training."""
    check_share("dropout", dropout)
    return keras.layers.Dropout(float(dropout), name=name)(hidden) if dropout else hidden
