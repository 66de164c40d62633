"""Arrays: plain arrays <-> .npy files, whose size is known before there is an array."""

import io
import math

import numpy as np

from skbits.naming import counted

#: kinds of arrays that hold plain values
PLAIN = "biufcSUmM"


def array_bytes(array: np.ndarray) -> bytes:
    """A plain array as the bytes of an .npy file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def read_array(data: bytes) -> np.ndarray:
    """The array of an .npy file, whose size is checked before there is an array."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise ValueError(f"it holds an array in version {version} of the format")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    size = math.prod(shape) * dtype.itemsize
    # text of no length is given one when it is read
    if dtype.kind not in PLAIN or dtype.itemsize == 0 or min(shape, default=0) < 0:
        raise ValueError(f"it holds an array of dtype {dtype}")
    if size != len(data) - file.tell():
        raise ValueError(f"it holds an array that claims {counted(size, 'byte')} and has others")
    file.seek(0)
    return np.load(file, allow_pickle=False)
