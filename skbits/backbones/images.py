"""Images: convolutions over rows and columns, made smaller layer by layer."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from skbits.backbones.checks import (
    check_activation,
    check_choice,
    check_kernel,
    check_shape,
    read_int,
    read_sizes,
)
from skbits.backbones.dense import dropped, mlp
from skbits.backbones.naming import named

#: what is taken over the pixels that are left
_POOLINGS = {
    "flatten": lambda hidden: hidden,  # as the dense layers do
    "mean": lambda hidden: ops.mean(hidden, axis=(1, 2)),
    "max": lambda hidden: ops.max(hidden, axis=(1, 2)),
}


def conv2d(
    inputs: Any,
    filters: Sequence[int] | int = (32, 64),
    kernel_size: int = 3,
    pool_size: int = 2,
    padding: str = "same",
    pooling: str = "flatten",
    hidden_layer_sizes: Sequence[int] | int = (100,),
    activation: str = "relu",
    dropout: float = 0.0,
    name: str | None = "conv2d",
) -> Any:
    """Convolutions over images, each followed by a max pooling; then dense layers.

    Parameters
    ----------
    inputs : KerasTensor of shape (n, rows, columns) or (n, rows, columns, channels)
        Without channels, there is one.
    filters : int or sequence of int, default=(32, 64)
        Filters of each convolution.
    kernel_size : int, default=3
        Rows and columns that a filter sees.
    pool_size : int, default=2
        Rows and columns of which the largest value is kept after each convolution; 1 for none. At
        an edge it takes what there is, so a pixel is left of the smallest image.
    padding : {"same", "valid"}, default="same"
        Whether an image is continued with zeros, so that a convolution keeps its size.
    pooling : {"flatten", "mean", "max"}, default="flatten"
        What becomes of the pixels that are left.
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of the dense layers after it; may be empty.
    activation : str, default="relu"
        Any Keras activation, for all layers.
    dropout : float, default=0.0
        Share of the values dropped after each layer in training, in [0, 1).
    name : str or None, default="conv2d"
        What the layers' names begin with; two in one model need different ones.

    Returns
    -------
    KerasTensor of shape (n, units)

    Raises
    ------
    ValueError
        X of another number of dimensions, a kernel larger than the image (``padding="valid"``), or
        another parameter that is not as described.

    Examples
    --------
    >>> import keras
    >>> from skbits import BinaryClassifier, backbones
    >>> backbones.conv2d(keras.Input((28, 28)), filters=8, hidden_layer_sizes=(16,)).shape
    (None, 16)
    >>> backbones.conv2d(keras.Input((8, 6, 3)), pooling="mean", hidden_layer_sizes=()).shape
    (None, 64)
    >>> BinaryClassifier(backbones.conv2d, model__filters=(8, 16), model__pool_size=2)
    BinaryClassifier(model=<function conv2d at ...>, model__filters=(8, 16), model__pool_size=2)
    """
    forms = {3: "(n, rows, columns)", 4: "(n, rows, columns, channels)"}
    check_shape("conv2d", inputs, forms, "Reshape X, as X.reshape(-1, 28, 28), or take mlp.")
    check_activation(activation)
    check_choice("padding", padding, ("same", "valid"))
    check_choice("pooling", pooling, _POOLINGS)
    kernel_size, pool_size = read_int("kernel_size", kernel_size), read_int("pool_size", pool_size)
    hidden = ops.expand_dims(inputs, -1) if len(inputs.shape) == 3 else inputs
    for index, size in enumerate(read_sizes("filters", filters, at_least=1)):
        check_kernel(kernel_size, hidden.shape[1:3], padding, index)
        hidden = keras.layers.Conv2D(
            size, kernel_size, padding=padding, activation=activation,
            data_format="channels_last", name=named(name, f"convolution_{index}"),
        )(hidden)  # fmt: skip
        hidden = keras.layers.MaxPooling2D(
            pool_size,
            padding="same",
            data_format="channels_last",
            name=named(name, f"pool_{index}"),
        )(hidden)
        hidden = dropped(hidden, dropout, named(name, f"convolution_dropout_{index}"))
    return mlp(_POOLINGS[pooling](hidden), hidden_layer_sizes, activation, dropout, name)
