"""Blocks: X of any size -> blocks of rows that are in memory, one after the other.

Rules
-----
* An array is cut into blocks of ``BLOCK_VALUES`` values: a ``numpy.memmap``, and whatever else has
  a shape and gives rows for a slice, such as an HDF5 data set, is read a block at a time.
* A dask array or data frame is computed a row of its chunks at a time. dask is never imported here.
* There is always one block, be it empty: whoever checks the blocks has checked X.
"""

import math
from collections.abc import Iterator
from typing import Any

from scipy import sparse

#: values that are read at a time: 32 MiB of float64
BLOCK_VALUES = 2**22


def is_dask(value: Any) -> bool:
    """Whether a value is a dask array, data frame, or column of one.

    Examples
    --------
    >>> import numpy as np
    >>> is_dask(np.zeros(3))
    False
    """
    return type(value).__module__.partition(".")[0] == "dask" and hasattr(value, "partitions")


def in_memory(value: Any) -> Any:
    """What a dask collection computes; anything else as it is.

    Examples
    --------
    >>> in_memory([1, 2])
    [1, 2]
    """
    return value.compute() if is_dask(value) else value


def row_blocks(X: Any) -> Iterator[Any]:
    """X in blocks of rows, in their order, at least one.

    Parameters
    ----------
    X : array-like, dask array or dask data frame
        What has no rows to be cut, such as a list, a data frame or a sparse matrix, is one block.

    Examples
    --------
    >>> import numpy as np
    >>> [len(block) for block in row_blocks(np.zeros((2**20, 10)))]
    [419430, 419430, 209716]
    """
    if not is_dask(X) or getattr(X, "numblocks", None) == ():  # a lone value
        yield from _slices(in_memory(X))
        return
    n_chunks = X.numblocks[0] if hasattr(X, "numblocks") else X.npartitions
    n_rows = 0
    for chunk in range(n_chunks):
        rows = X.partitions[chunk].compute()
        n_rows += rows.shape[0]
        if rows.shape[0] or (chunk == n_chunks - 1 and not n_rows):
            yield from _slices(rows)


def _slices(X: Any) -> Iterator[Any]:
    shape = getattr(X, "shape", None)
    is_cut = isinstance(shape, tuple) and len(shape) > 1 and hasattr(X, "dtype")
    if not is_cut or sparse.issparse(X):
        yield X
        return
    size = max(1, BLOCK_VALUES // max(1, math.prod(shape[1:])))
    for start in range(0, max(1, shape[0]), size):
        yield X[start : start + size]
