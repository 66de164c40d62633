"""Tracing: the function of a classifier -> its graph, or what is in the way."""

from typing import Any

#: operations that call Python, which is not in a file
_CALLS = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}


def traced(function: Any, name: str) -> Any:
    """The concrete function of a ``tf.function`` with a signature.

    Raises
    ------
    ValueError
        Layers that compute in Python.
    """
    try:
        concrete = function.get_concrete_function()
    except Exception as error:  # of the user's layers
        raise ValueError(
            f"{name} cannot be exported, since its model cannot be computed in a graph "
            f"({first_line(error)}): expected layers of Keras, or of keras.ops. Leave numpy and "
            "values of tensors out of their call()."
        ) from error
    graph = concrete.graph.as_graph_def()
    nodes = [*graph.node, *(node for part in graph.library.function for node in part.node_def)]
    calls = [node.name for node in nodes if node.op in _CALLS]
    if calls:
        raise ValueError(
            f"{name} cannot be exported, since {calls[0]!r} in its model is a function of Python "
            "(tf.py_function or tf.numpy_function): expected operations of TensorFlow. Write it "
            "with keras.ops."
        )
    return concrete


def first_line(error: BaseException) -> str:
    r"""An error in a line.

    Examples
    --------
    >>> first_line(ValueError("no such op\n  at ..."))
    'ValueError: no such op'
    """
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}"
