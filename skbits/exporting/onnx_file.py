"""ONNX: a file that onnxruntime and many other programs run; written by tf2onnx.

Operators are those of opset 17, and weights are in the file.
"""

import os
from pathlib import Path
from typing import Any

import tensorflow as tf

import skbits
from skbits.exporting.serving import Served
from skbits.exporting.tracing import first_line, traced

#: newest of tf2onnx 1.17
OPSET = 17

#: by which a file is known as one of ours
PRODUCER = "skbits"


def check() -> None:
    """Raise where there is no tf2onnx."""
    try:
        import onnx  # noqa: F401
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"format='onnx' needs tf2onnx, and {first_line(error)}: expected both it and onnx. "
            'Install them: pip install "skbits[onnx]".'
        ) from error


def is_former(path: Path) -> bool:
    """Whether an ONNX file lies there that skbits wrote."""
    import onnx

    if not path.is_file():
        return False
    try:
        return onnx.load(path, load_external_data=False).producer_name == PRODUCER
    except Exception:  # of protobuf, in reading something else
        return False


def write(graph: Served, path: Path) -> None:
    """Write the file."""
    content = _converted(graph).SerializeToString()
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _converted(graph: Served) -> Any:
    import onnx
    import tf2onnx

    function = graph.function()
    concrete = traced(function, graph)
    try:
        model, _ = tf2onnx.convert.from_function(
            function, input_signature=function.input_signature, opset=OPSET
        )
        _keep_constants(model.graph, concrete)
        _name_ends(model.graph)
        model.producer_name, model.producer_version = PRODUCER, skbits.__version__
        onnx.checker.check_model(model)
    except Exception as error:  # of tf2onnx, which has none of its own
        raise ValueError(
            f"{graph.name} cannot be exported with format='onnx', since tf2onnx cannot convert "
            f"its model ({first_line(error)}): expected operations that ONNX has. Use "
            "format='tf_saved_model', or other layers."
        ) from error
    return model


def _keep_constants(graph: Any, concrete: Any) -> None:
    """What layers keep as tensors, not as weights, is in the file: tf2onnx makes inputs of it.

    So does ``keras.layers.Normalization`` with the mean that it is given.
    """
    import onnx

    kept = concrete.captured_inputs
    inner = concrete.inputs[len(concrete.inputs) - len(kept) :]
    values = {name.name: value for name, value in zip(inner, kept, strict=True)}
    for entry in list(graph.input):
        value = values.get(entry.name)
        if value is not None and value.dtype != tf.resource:
            graph.initializer.append(onnx.numpy_helper.from_array(value.numpy(), entry.name))
            graph.input.remove(entry)


def _name_ends(graph: Any) -> None:
    """The input is X, and rows are n: TensorFlow has made them ``x`` and ``unk__1``."""
    import onnx

    rows, *others = graph.input
    if others:
        raise ValueError(f"{others[0].name} is no array of numbers")
    graph.node.insert(0, onnx.helper.make_node("Identity", ["X"], [rows.name], name="X"))
    rows.name = "X"
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
