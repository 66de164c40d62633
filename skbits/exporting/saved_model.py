"""SavedModel: TensorFlow's own format, a folder, which TensorFlow alone runs."""

from pathlib import Path

import tensorflow as tf

import skbits
from skbits.exporting.serving import Served
from skbits.exporting.tracing import layers_in, traced

#: what TensorFlow writes into the folder
_NAMES = {"saved_model.pb", "fingerprint.pb", "variables", "assets"}

#: by which a folder is known as one of ours; TensorFlow leaves what is in ``assets.extra`` alone
_MARK = Path("assets.extra", "skbits.txt")


def check() -> None:
    """Nothing is needed besides TensorFlow."""


def is_former(path: Path) -> bool:
    """Whether a SavedModel lies there that skbits wrote, and nothing else."""
    names = {part.name for part in path.iterdir()} if path.is_dir() else set()
    return (path / _MARK).is_file() and names <= {*_NAMES, _MARK.parent.name}


def write(graph: Served, path: Path) -> None:
    """Write the folder."""
    path.mkdir()  # says what is wrong in Python's words
    module = tf.Module()
    module.serve = graph.function()
    concrete = traced(module.serve, graph)
    # what the graph refers to has to be held by what is saved; of Keras, nothing else is
    module.weights = list(concrete.variables)
    tables = (getattr(layer, "lookup_table", None) for layer in layers_in(graph.model))
    module.tables = [table for table in tables if table is not None]
    try:
        tf.saved_model.save(module, str(path), signatures={"serving_default": concrete})
    except tf.errors.OpError as error:
        raise OSError(error.message) from error
    except AssertionError as error:  # of a resource that nothing holds
        raise ValueError(
            f"{graph.name} cannot be exported, since a layer of its model keeps something besides "
            "weights that TensorFlow does not find: expected Keras' own layers, or values that "
            "add_weight() made."
        ) from error
    mark = path / _MARK
    mark.parent.mkdir()
    mark.write_text(f"skbits {skbits.__version__}\n", encoding="utf-8")
