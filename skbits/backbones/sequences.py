"""Sequences: backbones over the steps of a row, numbers or indices.

Rules
-----
* Rows are padded at their end. Recurrent layers and pools pass over a masked step wherever it
  stands; a convolution sees zeros there.
* Indices are masked unless told otherwise; numbers are not unless told so, since 0 is a value.
* The vectors of steps become one vector of the row, and dense layers follow.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from skbits.backbones.checks import (
    check_activation,
    check_choice,
    check_kernel,
    read_int,
    read_sizes,
)
from skbits.backbones.dense import dropped, mlp
from skbits.backbones.naming import named
from skbits.backbones.steps import POOLINGS, Steps, pooled, read_steps


def embedding(
    inputs: Any,
    input_dim: int,
    output_dim: int = 16,
    pooling: str = "mean",
    mask_zero: bool = True,
    hidden_layer_sizes: Sequence[int] | int = (100,),
    activation: str = "relu",
    dropout: float = 0.0,
    name: str | None = "embedding",
) -> Any:
    """A vector for each index, pooled over the row or side by side; then dense layers.

    Parameters
    ----------
    inputs : KerasTensor of shape (n, steps)
        Indices, whole numbers from 0 to ``input_dim - 1``, as of ``CharCodes``.
    input_dim : int
        Number of different indices, 0 included; ``n_indices_`` of ``CharCodes``.
    output_dim : int, default=16
        Length of the vector of an index.
    pooling : {"mean", "max", "flatten"}, default="mean"
        Over the steps that are not padding, in whatever order they stand; or all side by side, in
        order, for rows of a fixed length: dense layers then tell one place from another, also
        places of padding.
    mask_zero : bool, default=True
        Whether index 0 is padding, and no value.
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of the dense layers after it; may be empty.
    activation : str, default="relu"
        Any Keras activation, for the dense layers.
    dropout : float, default=0.0
        Share of the units dropped after each dense layer in training, in [0, 1).
    name : str or None, default="embedding"
        What the layers' names begin with; two in one model need different ones.

    Returns
    -------
    KerasTensor of shape (n, units)

    Raises
    ------
    ValueError
        X of another number of dimensions, or a parameter that is not as described. From fit and
        predict of an estimator on a CPU, a number in X that is no such index. A GPU does not
        check.

    Examples
    --------
    >>> import keras
    >>> from skbits import BitVectorClassifier, backbones
    >>> backbones.embedding(keras.Input((12,)), input_dim=27, hidden_layer_sizes=(8,)).shape
    (None, 8)
    >>> BitVectorClassifier(backbones.embedding, model__input_dim=27, model__pooling="max")
    BitVectorClassifier(model=<function embedding at ...>, model__input_dim=27,
                        model__pooling='max')
    """
    read_int("input_dim", input_dim, " It counts the indices, 0 for padding included.")
    steps = read_steps(
        "embedding", inputs,
        input_dim=input_dim, output_dim=output_dim, mask_zero=mask_zero, name=name,
    )  # fmt: skip
    return mlp(pooled(steps, pooling), hidden_layer_sizes, activation, dropout, name)


def lstm(
    inputs: Any,
    units: Sequence[int] | int = 64,
    input_dim: int | None = None,
    output_dim: int = 16,
    mask_zero: bool | None = None,
    hidden_layer_sizes: Sequence[int] | int = (),
    activation: str = "relu",
    dropout: float = 0.0,
    name: str | None = "lstm",
) -> Any:
    """Long short-term memory: the state after the last step of a row; then dense layers.

    Parameters
    ----------
    inputs : KerasTensor of shape (n, steps) or (n, steps, channels)
        A series of numbers, a series of vectors, or, with ``input_dim``, of indices (n, steps).
    units : int or sequence of int, default=64
        Units of each recurrent layer, one upon the other.
    input_dim : int, optional
        Number of different indices, 0 included, where X holds indices.
    output_dim : int, default=16
        Length of the vector of an index.
    mask_zero : bool, optional
        Whether index 0, or a step with 0 in every channel, is padding and passed over. None for yes
        with indices, and no with numbers, of which 0 is one. For one-hot steps, set it.
    hidden_layer_sizes : int or sequence of int, default=()
        Units of dense layers after it.
    activation : str, default="relu"
        Any Keras activation, for the dense layers.
    dropout : float, default=0.0
        Share of the units dropped after each layer in training, in [0, 1).
    name : str or None, default="lstm"
        What the layers' names begin with; two in one model need different ones.

    Returns
    -------
    KerasTensor of shape (n, units)

    Raises
    ------
    ValueError
        X of another number of dimensions, or a parameter that is not as described; a number that is
        no index, see :func:`embedding`.

    Notes
    -----
    With a mask, cuDNN is not used on a GPU: it fails on rows that are all padding.

    References
    ----------
    .. [1] S. Hochreiter, J. Schmidhuber (1997). Long short-term memory. Neural Computation 9(8).

    Examples
    --------
    >>> import keras
    >>> from skbits import BinaryClassifier, backbones
    >>> backbones.lstm(keras.Input((12, 3)), units=(16, 8)).shape
    (None, 8)
    >>> backbones.lstm(keras.Input((12,)), units=8, input_dim=27).shape
    (None, 8)
    >>> BinaryClassifier(backbones.lstm, model__units=8, model__mask_zero=True)
    BinaryClassifier(model=<function lstm at ...>, model__mask_zero=True, model__units=8)
    """
    steps = read_steps(
        "lstm", inputs,
        input_dim=input_dim, output_dim=output_dim, mask_zero=mask_zero, name=name,
    )  # fmt: skip
    state = _last_state(keras.layers.LSTM, steps, units, dropout, name)
    return mlp(state, hidden_layer_sizes, activation, dropout, name)


def gru(
    inputs: Any,
    units: Sequence[int] | int = 64,
    input_dim: int | None = None,
    output_dim: int = 16,
    mask_zero: bool | None = None,
    hidden_layer_sizes: Sequence[int] | int = (),
    activation: str = "relu",
    dropout: float = 0.0,
    name: str | None = "gru",
) -> Any:
    """Gated recurrent units: the state after the last step of a row; then dense layers.

    Parameters
    ----------
    inputs : KerasTensor of shape (n, steps) or (n, steps, channels)
        A series of numbers, a series of vectors, or, with ``input_dim``, of indices (n, steps).
    units : int or sequence of int, default=64
        Units of each recurrent layer, one upon the other.
    input_dim : int, optional
        Number of different indices, 0 included, where X holds indices.
    output_dim : int, default=16
        Length of the vector of an index.
    mask_zero : bool, optional
        Whether index 0, or a step with 0 in every channel, is padding and passed over. None for yes
        with indices, and no with numbers, of which 0 is one. For one-hot steps, set it.
    hidden_layer_sizes : int or sequence of int, default=()
        Units of dense layers after it.
    activation : str, default="relu"
        Any Keras activation, for the dense layers.
    dropout : float, default=0.0
        Share of the units dropped after each layer in training, in [0, 1).
    name : str or None, default="gru"
        What the layers' names begin with; two in one model need different ones.

    Returns
    -------
    KerasTensor of shape (n, units)

    Raises
    ------
    ValueError
        X of another number of dimensions, or a parameter that is not as described; a number that is
        no index, see :func:`embedding`.

    Notes
    -----
    With a mask, cuDNN is not used on a GPU: it fails on rows that are all padding.

    References
    ----------
    .. [1] K. Cho et al. (2014). Learning phrase representations using RNN encoder-decoder for
       statistical machine translation. EMNLP.

    Examples
    --------
    >>> import keras
    >>> from skbits import BinaryClassifier, backbones
    >>> backbones.gru(keras.Input((12,)), units=8, hidden_layer_sizes=(4,)).shape
    (None, 4)
    >>> BinaryClassifier(backbones.gru, model__units=8, model__input_dim=27)
    BinaryClassifier(model=<function gru at ...>, model__input_dim=27, model__units=8)
    """
    steps = read_steps(
        "gru", inputs,
        input_dim=input_dim, output_dim=output_dim, mask_zero=mask_zero, name=name,
    )  # fmt: skip
    state = _last_state(keras.layers.GRU, steps, units, dropout, name)
    return mlp(state, hidden_layer_sizes, activation, dropout, name)


def _last_state(layer: Any, steps: Steps, units: Any, dropout: float, name: str | None) -> Any:
    """The state of the last of some recurrent layers after the last step that is not padding."""
    sizes = read_sizes("units", units, at_least=1)
    hidden = steps.values
    for index, size in enumerate(sizes):
        recurrent = layer(
            size,
            return_sequences=index + 1 < len(sizes),
            # cuDNN refuses rows that are all padding, and padding that is not at the end
            use_cudnn="auto" if steps.mask is None else False,
            name=named(name, f"recurrent_{index}"),
        )
        hidden = recurrent(hidden, mask=steps.mask)
        hidden = dropped(hidden, dropout, named(name, f"recurrent_dropout_{index}"))
    return hidden


def _valid_mask(mask: Any, size: int) -> Any:
    """Where a filter that sees ``size`` steps ends on a step that is not padding.

    The first counts as soon as there is a step at all: a row that is shorter than the filter would
    else be nothing.
    """
    first = ops.logical_or(mask[:, :1], mask[:, size - 1 : size])
    return ops.concatenate([first, mask[:, size:]], axis=1)


#: padding of a convolution -> the mask of its output, for one that sees ``size`` steps
_CONVOLVED_MASKS = {
    "same": lambda mask, size: mask,
    "causal": lambda mask, size: mask,
    "valid": _valid_mask,
}


def conv1d(
    inputs: Any,
    filters: Sequence[int] | int = 64,
    kernel_size: int = 3,
    padding: str = "same",
    pooling: str = "max",
    input_dim: int | None = None,
    output_dim: int = 16,
    mask_zero: bool | None = None,
    hidden_layer_sizes: Sequence[int] | int = (100,),
    activation: str = "relu",
    dropout: float = 0.0,
    name: str | None = "conv1d",
) -> Any:
    """Convolutions over the steps of a row, pooled; then dense layers.

    Parameters
    ----------
    inputs : KerasTensor of shape (n, steps) or (n, steps, channels)
        A series of numbers, a series of vectors, or, with ``input_dim``, of indices (n, steps).
    filters : int or sequence of int, default=64
        Filters of each convolution, one upon the other.
    kernel_size : int, default=3
        Steps that a filter sees.
    padding : {"same", "causal", "valid"}, default="same"
        Whether a row is continued with zeros: on both sides, before it, or not at all.
    pooling : {"max", "mean", "flatten"}, default="max"
        Over the steps that are not padding; or all side by side, for rows of a fixed length.
    input_dim : int, optional
        Number of different indices, 0 included, where X holds indices.
    output_dim : int, default=16
        Length of the vector of an index.
    mask_zero : bool, optional
        Whether index 0, or a step with 0 in every channel, is padding: filters see zeros there,
        and the pool leaves it out. None for yes with indices, and no with numbers, of which 0 is
        one. For one-hot steps, set it.
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of the dense layers after it; may be empty.
    activation : str, default="relu"
        Any Keras activation, for all layers.
    dropout : float, default=0.0
        Share of the values dropped after each layer in training, in [0, 1).
    name : str or None, default="conv1d"
        What the layers' names begin with; two in one model need different ones.

    Returns
    -------
    KerasTensor of shape (n, units)

    Raises
    ------
    ValueError
        X of another number of dimensions, a kernel larger than the row (``padding="valid"``), or
        another parameter that is not as described; a number that is no index, see
        :func:`embedding`.

    Examples
    --------
    >>> import keras
    >>> from skbits import BinaryClassifier, backbones
    >>> backbones.conv1d(keras.Input((12, 3)), filters=(8, 16), hidden_layer_sizes=()).shape
    (None, 16)
    >>> BinaryClassifier(backbones.conv1d, model__filters=8, model__kernel_size=5)
    BinaryClassifier(model=<function conv1d at ...>, model__filters=8, model__kernel_size=5)
    """
    check_activation(activation)
    check_choice("padding", padding, _CONVOLVED_MASKS)
    check_choice("pooling", pooling, POOLINGS)
    kernel_size = read_int("kernel_size", kernel_size)
    steps = read_steps(
        "conv1d", inputs,
        input_dim=input_dim, output_dim=output_dim, mask_zero=mask_zero, name=name,
    )  # fmt: skip
    for index, size in enumerate(read_sizes("filters", filters, at_least=1)):
        check_kernel(kernel_size, steps.values.shape[1:2], padding, index)
        convolution = keras.layers.Conv1D(
            size, kernel_size, padding=padding, activation=activation,
            data_format="channels_last", name=named(name, f"convolution_{index}"),
        )  # fmt: skip
        values = convolution(steps.values)
        values = dropped(values, dropout, named(name, f"convolution_dropout_{index}"))
        mask = None if steps.mask is None else _CONVOLVED_MASKS[padding](steps.mask, kernel_size)
        steps = Steps(values, mask).zeroed()
    return mlp(pooled(steps, pooling), hidden_layer_sizes, activation, dropout, name)
