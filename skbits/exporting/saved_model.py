"""SavedModel: TensorFlow's own format, a folder, which TensorFlow alone runs."""

from pathlib import Path

import keras
import tensorflow as tf

from skbits.exporting.serving import Served
from skbits.exporting.tracing import traced

#: what TensorFlow writes into the folder
_NAMES = {"saved_model.pb", "fingerprint.pb", "variables", "assets"}


def check() -> None:
    """Nothing is needed besides TensorFlow."""


def is_former(path: Path) -> bool:
    """Whether a SavedModel lies there, and nothing else."""
    names = {part.name for part in path.iterdir()} if path.is_dir() else set()
    return "saved_model.pb" in names and names <= _NAMES


def write(graph: Served, path: Path) -> None:
    """Write the folder."""
    path.mkdir()  # says what is wrong in Python's words
    function = graph.function()
    traced(function, graph.name)
    archive = keras.export.ExportArchive()
    archive.track(graph.model)  # tables of its layers too
    archive.add_endpoint("serve", function)
    try:
        archive.write_out(str(path))
    except tf.errors.OpError as error:
        raise OSError(f"path={str(path)!r} could not be written: {error.message}") from error
