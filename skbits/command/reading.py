"""Reading: what a command line calls a file."""

import io
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from skbits.command.arguments import STDIN


def written(path: Path) -> str:
    """A path as a command line has it: one that begins with a dash would be an option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def opened(file: str) -> Any:
    """A file's path, or standard input as a file; checked before anything slow is imported.

    Raises
    ------
    ImportError
        pandas is not installed.
    OSError
        There is no such file.
    """
    if find_spec("pandas") is None:
        raise ImportError(
            "reading a table needs pandas, which is not installed: "
            'python -m pip install "skbits[cli]"'
        )
    if file == STDIN and sys.stdin is None:
        raise OSError("standard input is closed: expected a file, or a table on it.")
    if file == STDIN:
        read = io.BytesIO(sys.stdin.buffer.read())
        read.name = "standard input"
        return read
    with open(file, "rb"):
        return file
