"""Inference: model and X -> raw output, in blocks of bounded memory, one row or a million.

Rules
-----
* A row's output does not depend on the rows beside it, to the last bit: matrix products treat rows
  in groups of eight or sixteen and leftover rows in another order of summation, so every block is
  filled up to a multiple of 32 rows.
* The model is called rather than ``Model.predict``: no tracing for each new number of rows.
"""

from typing import Any

import numpy as np
from scipy import sparse

#: rows of a block are a multiple of this
ROW_GROUP = 32

#: values of X that are dense at a time: 16 MiB of float32
BLOCK_VALUES = 2**22


def raw_output(model: Any, X: Any) -> np.ndarray:
    """The model's output for every row of X.

    Parameters
    ----------
    model : keras.Model
    X : ndarray or CSR matrix of shape (n, ...), float32

    Returns
    -------
    ndarray of shape (n, ...)
    """
    groups = BLOCK_VALUES // (ROW_GROUP * max(1, int(np.prod(X.shape[1:]))))
    size = ROW_GROUP * max(1, groups)
    blocks = (X[start : start + size] for start in range(0, X.shape[0], size))
    outputs = [_block_output(model, block) for block in blocks]
    return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)


def _block_output(model: Any, block: Any) -> np.ndarray:
    rows = block.toarray() if sparse.issparse(block) else block
    missing = -len(rows) % ROW_GROUP
    if missing:  # repeat the last row, which is valid input for sure
        rows = np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)])
    # a copy: TensorFlow's own array may not be written to
    return _finite(np.asarray(model(rows, training=False))[: block.shape[0]])


def _finite(output: np.ndarray) -> np.ndarray:
    """A copy in float32 or wider, infinities as the largest number of their sign."""
    wide = output.astype(np.promote_types(output.dtype, np.float32))
    return np.nan_to_num(wide, copy=False, nan=np.nan)
