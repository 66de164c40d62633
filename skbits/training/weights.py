"""Weights: ``class_weight`` -> a weight for each row, or for each bit's positives.

Rules
-----
* Binary and one-hot: each row weighs as its class does; with groups of classes, each group of each
  row has a weight of its own.
* Bits: each bit has one positive weight, by which the loss of its ones is multiplied; its zeros
  weigh 1. Weights of different bits never multiply each other.
* Weights of rows are relative, as in scikit-learn: they are scaled to a mean of 1, so that their
  scale does not change the learning rate. Only ``partial_fit``, which does not see all rows, takes
  them as they are.
* "balanced" counts rows by their sample weight: ``n / (n_classes * n_class)``; for a bit,
  ``n_zeros / n_ones``. A bit without ones or without zeros weighs 1.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from skbits.values import is_real


def positive_weights(
    class_weight: Any, Y: np.ndarray, weights: np.ndarray, names: Any = None
) -> np.ndarray | None:
    """The weight of each bit's ones, shape (n_bits,), float32; None where all are 1.

    Parameters
    ----------
    class_weight : None, "balanced" or dict of {bit index or name: weight}
    Y : ndarray of shape (n, n_bits), zeros and ones
    weights : ndarray of shape (n,)
        Sample weights, by which rows are counted.
    names : sequence of str or None
        Names of the bits.

    Examples
    --------
    >>> Y = np.array([[1, 0], [0, 0], [0, 1], [0, 0]])
    >>> positive_weights("balanced", Y, np.ones(4)).tolist()
    [3.0, 3.0]
    >>> positive_weights({1: 5.0}, Y, np.ones(4)).tolist()
    [1.0, 5.0]
    """
    if class_weight is None:
        return None
    n_bits = Y.shape[1]
    if isinstance(class_weight, str):
        ones = np.einsum("n,nk->k", weights, Y, dtype=np.float64)  # BLAS sums by its threads
        zeros = weights.sum() - ones
        usable = (ones > 0) & (zeros > 0)
        return np.where(usable, zeros / np.where(usable, ones, 1), 1).astype(np.float32)
    return _given(class_weight, n_bits, names, "bit")


def row_weights(
    class_weight: Any, Y: np.ndarray, weights: np.ndarray, names: Any, n_groups: int = 1
) -> np.ndarray:
    """Sample weights times class weights, shape (n,), or (n, n_groups) for several groups.

    Parameters
    ----------
    class_weight : None, "balanced" or dict of {class: weight}
    Y : ndarray of shape (n, k), one-hot
    weights : ndarray of shape (n,)
    names : sequence
        The classes, in the order of the columns of Y.
    n_groups : int

    Examples
    --------
    >>> Y = np.array([[1, 0], [1, 0], [1, 0], [0, 1]])
    >>> row_weights({"yes": 4.0}, Y, np.ones(4), ["no", "yes"]).tolist()
    [1.0, 1.0, 1.0, 4.0]
    """
    if class_weight is None:
        return weights
    blocks = Y.reshape(len(Y), n_groups, -1)  # (n, n_groups, width)
    if isinstance(class_weight, str):
        counts = np.einsum("n,ngw->gw", weights, blocks)
        share = counts * blocks.shape[2] / weights.sum()
        of_class = np.where(share > 0, 1 / np.where(share > 0, share, 1), 1)
    else:
        of_class = _given(class_weight, Y.shape[1], names, "class").reshape(blocks.shape[1:])
    product = weights[:, np.newaxis] * np.einsum("gw,ngw->ng", of_class, blocks)
    return (product[:, 0] if n_groups == 1 else product).astype(np.float32)


def relative(weights: np.ndarray) -> np.ndarray:
    """Weights of the same proportions with a mean of 1, float32.

    Examples
    --------
    >>> relative(np.array([1e-3, 3e-3])).tolist()
    [0.5, 1.5]
    """
    wide = weights.astype(np.float64)
    return (wide / wide.mean()).astype(np.float32)


def _given(class_weight: Mapping, n: int, names: Any, noun: str) -> np.ndarray:
    position: dict[Any, int] = {index: index for index in range(n)} if noun == "bit" else {}
    position |= {name: index for index, name in enumerate(names if names is not None else ())}
    values = np.ones(n, dtype=np.float32)
    for name, value in class_weight.items():
        if name not in position:
            raise ValueError(
                f"class_weight names {name!r}, which is no {noun} of y: expected some of "
                f"{list(position)[:10]}."
            )
        if not (is_real(value) and np.isfinite(value) and value >= 0):
            raise ValueError(
                f"class_weight[{name!r}]={value!r}: expected a finite number of at least 0."
            )
        values[position[name]] = value
    return values
