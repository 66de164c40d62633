"""Checks: a parameter of a backbone, or the shape of X, that cannot be used is named in words."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from skbits.naming import about
from skbits.values import is_real, is_size


def read_int(name: str, value: Any, cure: str = "") -> int:
    """A whole number of at least 1.

    Examples
    --------
    >>> read_int("output_dim", 0)
    Traceback (most recent call last):
        ...
    ValueError: output_dim=0: expected an int of at least 1.
    """
    if not is_size(value):
        raise ValueError(f"{name}={value!r}: expected an int of at least 1.{cure}")
    return int(value)


def read_sizes(name: str, value: Any, *, at_least: int = 0) -> tuple[int, ...]:
    """One size for each layer, of an int or a sequence of them.

    Examples
    --------
    >>> read_sizes("units", 8), read_sizes("units", [8, 4])
    ((8,), (8, 4))
    """
    # a set has no order, and bytes are numbers by accident
    with about(name):
        alone = isinstance(value, (str, bytes, set, frozenset)) or np.ndim(value) == 0
    sizes = (value,) if alone else tuple(value)
    if len(sizes) < at_least or not all(is_size(size) for size in sizes):
        raise ValueError(
            f"{name}={value!r}: expected an int of at least 1, or a sequence of them, one for "
            "each layer."
        )
    return tuple(int(size) for size in sizes)


def check_share(name: str, value: Any) -> None:
    """Raise where a value is no share in [0, 1)."""
    if not is_real(value) or not 0 <= value < 1:
        raise ValueError(f"{name}={value!r}: expected a float in [0, 1).")


def read_flag(name: str, value: Any, default: bool) -> bool:
    """True or False; None for the default.

    Examples
    --------
    >>> read_flag("mask_zero", None, default=True)
    True
    """
    if value is not None and not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name}={value!r}: expected True, False or None.")
    return default if value is None else bool(value)


def check_choice(name: str, value: Any, known: Collection[str]) -> None:
    """Raise where a value is none of those that are known.

    Examples
    --------
    >>> check_choice("pooling", "sum", ("mean", "max"))
    Traceback (most recent call last):
        ...
    ValueError: pooling='sum': expected one of 'mean', 'max'.
    """
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name}={value!r}: expected one of {', '.join(map(repr, known))}.")


def check_activation(value: Any) -> None:
    """Raise where a value is no activation of Keras', nor a function."""
    try:
        function = keras.activations.get(value)
    except Exception as error:  # Keras raises many kinds
        raise ValueError(
            f"activation={value!r}: expected one of Keras, by name or as a function. "
            "MLPClassifier's 'logistic' is 'sigmoid' there, and its 'identity' is 'linear'."
        ) from error
    if isinstance(value, str) or isinstance(function, keras.layers.Layer):
        return
    # a function of the user's that fails would do so in the middle of training
    with about("activation"):
        if not hasattr(function(keras.ops.ones((1, 2))), "shape"):
            raise ValueError(f"activation={value!r}: expected a function of a tensor to another.")


def check_shape(backbone: str, inputs: Any, forms: Mapping[int, str], cure: str) -> None:
    """Raise where X has a number of dimensions that a backbone does not take.

    Parameters
    ----------
    backbone : str
    inputs : KerasTensor
    forms : dict
        Number of dimensions -> the shape, in words.
    cure : str
    """
    if len(inputs.shape) not in forms:
        raise ValueError(
            f"{backbone}: X has shape {shape_of(inputs)}: expected {' or '.join(forms.values())}. "
            f"{cure}"
        )


def check_kernel(kernel_size: int, sizes: Sequence[int], padding: str, layer: int) -> None:
    """Raise where a kernel is larger than what it is to slide over."""
    if padding == "valid" and kernel_size > min(sizes):
        raise ValueError(
            f"kernel_size={kernel_size!r}: expected at most {min(sizes)}, since convolution "
            f"{layer} gets {' x '.join(map(str, sizes))}. Take a smaller kernel_size, fewer "
            "convolutions (filters), or padding='same'."
        )


def shape_of(inputs: Any) -> str:
    """The shape of a batch as it is written in the documentation.

    Examples
    --------
    >>> import keras
    >>> shape_of(keras.Input((8, 2)))
    '(n, 8, 2)'
    """
    return f"(n, {', '.join(map(str, inputs.shape[1:]))})"
