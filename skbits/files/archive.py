"""Archive: named bytes <-> one file, written whole or not at all, and read with distrust.

Rules
-----
* A file is a zip, so that anybody can look into it, of entries that are stored, not compressed:
  what comes out is never larger than the file. What is then made of it is bounded by ``room``.
* The zip's comment is the SHA-256 of all bytes before it. A file that was cut, or of which a byte
  was changed, is found out before anything in it is read. This is against accidents: whoever writes
  a file on purpose can give it a right sum, and meets the other rules.
* An entry's name is one of ``NAMES``, and no entry is ever written to a path made of its name.
* A file is written beside its place and renamed, so that at each moment there is the old file or
  the new one, whole.
"""

import contextlib
import hashlib
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from skbits.files.placing import checked_path, not_written, placed

#: what an entry may be called
NAMES = re.compile(r"(metadata|estimator)\.json|arrays/\d+\.npy|models/\d+\.keras")

#: bytes of the sum of a file, in hexadecimal digits
_SUM = 64


def write_archive(path: Any, entries: Mapping[str, bytes]) -> None:
    """Write entries to a file, in place of one that may be there.

    Parameters
    ----------
    path : str or os.PathLike
    entries : dict of bytes

    Raises
    ------
    OSError
        Where it cannot be written; a file that was there before is as it was.
    """
    with replacing(path) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for name, data in entries.items():
                archive.writestr(zipfile.ZipInfo(name), data)  # no time: the same model, same bytes
            archive.comment = b"0" * _SUM
        with open(temporary, "r+b") as file:
            digest = _sum_of(file)
            file.seek(-_SUM, os.SEEK_END)
            file.write(digest)
            file.flush()
            os.fsync(file.fileno())


@contextlib.contextmanager
def replacing(path: Any) -> Iterator[Path]:
    """A path beside ``path`` that takes its place at the end; errors in words about ``path``."""
    path = checked_path(path).resolve()  # a link stays one
    if path.is_dir():
        raise IsADirectoryError(f"path='{path}' is a folder: expected the name of a file.")
    try:
        with placed(path) as neighbour:
            yield neighbour
    except OSError as error:
        raise _in_words(error, path) from error


def _in_words(error: OSError, path: Path) -> OSError:
    """The same kind of error, in words about the path that was given."""
    folder = path.parent
    if not folder.is_dir():
        return type(error)(f"path='{path}': the folder '{folder}' does not exist. Make it first.")
    return not_written(error, path)


class Archive:
    """A file that is read with distrust: entries by name, as bytes.

    Parameters
    ----------
    path : str or os.PathLike

    Raises
    ------
    OSError
        A file that is not there or cannot be read.
    ValueError
        A file that is no archive, or a damaged one.
    """

    def __init__(self, path: Any):
        with open(checked_path(path), "rb") as file:
            self.size = _check_sum(file)
            self._entries = _read_entries(file)

    def read(self, name: Any) -> bytes:
        """The bytes of an entry, which is read once: no file is more in memory than on the disk."""
        if not isinstance(name, str) or name not in self._entries:
            raise ValueError(f"it lacks its part {name!r}")
        return self._entries.pop(name)


def _check_sum(file: Any) -> int:
    """The bytes of a file; raises where they are not what was written."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _SUM))
    if size < _SUM or file.read(_SUM) != _sum_of(file):
        file.seek(0)
        if file.read(2) != b"PK":
            raise ValueError("it is no file that skbits wrote")
        raise ValueError("it is damaged: its sum is not that of what was written")
    return size


def _sum_of(file: Any) -> bytes:
    """SHA-256 of all bytes but the last, the sum itself, in hexadecimal digits."""
    left = file.seek(0, os.SEEK_END) - _SUM
    file.seek(0)
    digest = hashlib.sha256()
    while left > 0:
        block = file.read(min(left, 2**20))
        digest.update(block)
        left -= len(block)
    return digest.hexdigest().encode()


def _read_entries(file: Any) -> dict[str, bytes]:
    size = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        for info in infos:
            check_entry(info, NAMES.fullmatch)
        names = [info.filename for info in infos]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"it holds {twice!r} twice")
        if sum(info.file_size for info in infos) > size:
            raise ValueError("its parts overlap")
        return {info.filename: archive.read(info) for info in infos}


def check_entry(info: zipfile.ZipInfo, is_known: Callable[[str], Any]) -> None:
    """Raise for an entry of a zip with a foreign name, or that is larger than what is stored."""
    if not is_known(info.filename):
        raise ValueError(f"it holds {info.filename!r}, which skbits does not write")
    if info.flag_bits & 0x1:
        raise ValueError(f"its part {info.filename!r} is encrypted, which skbits does not do")
    if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
        raise ValueError(f"its part {info.filename!r} is compressed, which skbits does not do")
