"""Placing: what is at a path is whole, before, during and after writing.

Rules
-----
* All is written to a neighbour of the path, which is renamed once it is complete. A process that
  is killed leaves that neighbour, ``.<name>.<8 digits>.tmp``, and never half of a file at the path.
* What a former export wrote is replaced, an empty folder or file too. Nothing else is.
* A folder cannot take the place of another at once: for the moment between two renames, the former
  one is such a neighbour, too.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def checked_path(path: Any) -> Path:
    """A path as a Path; raises for what is none.

    Examples
    --------
    >>> checked_path(3)
    Traceback (most recent call last):
        ...
    TypeError: path=3: expected a str or os.PathLike.
    """
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise TypeError(f"path={path!r}: expected a str or os.PathLike.")
    text = os.fspath(path)
    try:
        os.fsencode(text)
    except UnicodeEncodeError as error:
        raise ValueError(f"path={text!r}: expected the name of a file. {error}") from error
    if not Path(path).name or "\0" in text:
        raise ValueError(f"path={text!r}: expected the name of a file.")
    return Path(path)


def check_path(path: Any, is_former: Callable[[Path], bool], format: str) -> Path:
    """The path with links followed, where something can be written to it.

    Raises
    ------
    TypeError, ValueError
        No path.
    FileNotFoundError
        Without a folder to lie in.
    FileExistsError
        Something is there that no export wrote.

    Examples
    --------
    >>> check_path(3, lambda path: False, "onnx")
    Traceback (most recent call last):
        ...
    TypeError: path=3: expected a str or os.PathLike.
    """
    target = checked_path(path).resolve()
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"path={str(path)!r}: there is no folder {str(target.parent)!r} to write in: expected "
            "one. Make it, for example with os.makedirs, or choose another path."
        )
    if target.exists() and not _is_empty(target) and not is_former(target):
        raise FileExistsError(
            f"path={str(path)!r} exists and is nothing that export wrote with format={format!r}: "
            "expected a free path, or such an export, which is replaced. Remove what is there, or "
            "choose another path."
        )
    return target


def _is_empty(path: Path) -> bool:
    return not any(path.iterdir()) if path.is_dir() else path.stat().st_size == 0


def not_written(error: OSError, path: Path) -> OSError:
    """The same kind of error, in words about the path that was given.

    Examples
    --------
    >>> not_written(OSError(28, "No space left on device"), Path("it"))
    OSError("path='it' cannot be written: No space left on device. Nothing was left behind; ...")
    """
    return type(error)(
        f"path='{path}' cannot be written: {error.strerror or error}. Nothing was left behind; "
        "what was there before is as it was."
    )


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """A path beside ``target`` to write to, whose file or folder takes its place at the end."""
    neighbour = _neighbour(target)
    try:
        yield neighbour
        _replace(neighbour, target)
    finally:
        _remove(neighbour)


def _neighbour(target: Path) -> Path:
    return target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.tmp"


def _replace(source: Path, target: Path) -> None:
    """Rename; a folder in the way of one is put aside first and, if that fails, back."""
    if not source.is_dir():
        if target.is_dir():
            target.rmdir()  # of a folder that is not empty, an error
        os.replace(source, target)
        return
    aside = _neighbour(target)
    if target.exists():
        os.rename(target, aside)
    try:
        os.rename(source, target)
    except BaseException:
        if aside.exists():
            os.rename(aside, target)
        raise
    _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
