"""Inference: model and X -> raw output, in blocks of bounded memory, one row or a million."""

from typing import Any

import numpy as np
from scipy import sparse

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
    rows = max(1, BLOCK_VALUES // max(1, int(np.prod(X.shape[1:]))))
    blocks = (X[start : start + rows] for start in range(0, X.shape[0], rows))
    # the model is called rather than Model.predict: no tracing for each new number of rows
    outputs = [
        np.asarray(model(block.toarray() if sparse.issparse(block) else block, training=False))
        for block in blocks
    ]
    return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)
