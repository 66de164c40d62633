"""Tracing: the function of a classifier -> its graph, or what is in the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skbits.exporting.serving import Served

#: operations that call Python, which is not in a file
_CALLS = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}


def traced(function: Any, graph: Served) -> Any:
    """The concrete function of a :meth:`~skbits.exporting.serving.Served.function`.

    Raises
    ------
    ValueError
        Layers that compute in Python.
    """
    try:
        concrete = function.get_concrete_function()
    except Exception as error:  # of the user's layers
        raise ValueError(
            f"{graph.name} cannot be exported, since its model cannot be computed in a graph "
            f"({first_line(error)}): expected layers of Keras, or of keras.ops. Leave numpy and "
            "values of tensors out of their call()."
        ) from error
    plan = concrete.graph.as_graph_def()
    nodes = [*plan.node, *(node for part in plan.library.function for node in part.node_def)]
    calls = [node.name for node in nodes if node.op in _CALLS]
    if calls:
        raise ValueError(
            f"{graph.name} cannot be exported, since {calls[0]!r} in its model is a function of "
            "Python (tf.py_function or tf.numpy_function): expected operations of TensorFlow. "
            "Write it with keras.ops."
        )
    return concrete


@contextmanager
def portable(model: Any) -> Iterator[None]:
    """Within it, recurrent layers use what every machine has, not cuDNN where there is a GPU.

    For all of the writing: TensorFlow traces anew when it saves.
    """
    layers = [layer for layer in layers_in(model) if hasattr(layer, "use_cudnn")]
    were = [layer.use_cudnn for layer in layers]
    try:
        for layer in layers:
            layer.use_cudnn = False
        yield
    finally:
        for layer, use_cudnn in zip(layers, were, strict=True):
            layer.use_cudnn = use_cudnn


def layers_in(layer: Any) -> list[Any]:
    """A layer or model, and all that are in it, of models and of wrappers.

    Examples
    --------
    >>> import keras
    >>> wrapped = keras.layers.Bidirectional(keras.layers.GRU(2))
    >>> layers = layers_in(keras.Sequential([wrapped]))
    >>> [type(layer).__name__ for layer in layers]
    ['Sequential', 'Bidirectional', 'GRU', 'GRU']
    """
    wrapped = [getattr(layer, name, None) for name in ("layer", "forward_layer", "backward_layer")]
    inner = [part for part in (*getattr(layer, "layers", ()), *wrapped) if part is not None]
    return [layer, *(found for part in inner for found in layers_in(part))]


def first_line(error: BaseException) -> str:
    r"""An error in a line.

    Examples
    --------
    >>> first_line(ValueError("no such op\n  at ..."))
    'ValueError: no such op'
    """
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}"
