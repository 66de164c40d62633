"""Models: backbone and head -> a Keras model; and the two forms that a user's builder may have.

Rules
-----
* A builder with an ``inputs`` argument gets the input tensor and returns the last hidden tensor;
  the head is put on here.
* A builder without it follows scikeras and returns a complete ``keras.Model``, which
  ``skbits.diagnosis`` checks.
* The parameters of the default model reach a builder that has arguments of their names. None leaves
  the builder its own default; anything else beside a builder that has no such argument is an error.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras

from skbits.elsewhere import SCIKERAS_ARGUMENTS
from skbits.heads import Head
from skbits.naming import about, check_names, counted

#: parameters that reach a model when it is compiled
COMPILE_PARAMETERS = ("optimizer", "loss", "metrics")

#: parameters of the default model, which reach any builder that has such arguments
OF_DEFAULT_MODEL = ("hidden_layer_sizes", "activation", "dropout")

#: argument that a backbone may need -> what its value is
NEEDED = {"input_dim": " Of an embedding: the largest index in X + 1."}


def check_builder(model: Any) -> None:
    """Raise where ``model`` is no function that builds a model."""
    if isinstance(model, keras.Model):
        raise ValueError(
            f"model={model!r} is a built model, which fits would share and train on and on: "
            "expected a function that builds one, for example "
            "model=lambda: keras.models.clone_model(my_model)."
        )
    if model is not None and not callable(model):
        from skbits import backbones  # which imports this module

        is_backbone = isinstance(model, str) and model in backbones.__all__
        cure = f" Pass the function itself, skbits.backbones.{model}." if is_backbone else ""
        raise ValueError(
            f"model={model!r}: expected None or a callable, a function of (inputs, ...) that "
            f"returns the last hidden tensor, or one that returns a complete keras.Model.{cure}"
        )
    if model is not None:
        with about("model"):
            inspect.signature(model)  # some that are not written in Python have none


def takes_inputs(builder: Callable) -> bool:
    """Whether a builder has an ``inputs`` argument, so that skbits puts the head on.

    Examples
    --------
    >>> takes_inputs(lambda inputs, units=8: inputs)
    True
    >>> takes_inputs(lambda meta: None)
    False
    """
    return "inputs" in inspect.signature(builder).parameters


def own_arguments(builder: Callable, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the default model that are set, for a builder that has such arguments.

    Examples
    --------
    >>> own_arguments(lambda inputs, dropout=0.1: inputs, {"dropout": 0.5, "activation": None})
    {'dropout': 0.5}
    """
    given = {name: params[name] for name in OF_DEFAULT_MODEL if params.get(name) is not None}
    parameters = inspect.signature(builder).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for name, value in given.items():
        if f"model__{name}" in params:
            raise ValueError(
                f"{name}={value!r} and model__{name}={params[f'model__{name}']!r} are one argument "
                f"of the function given as model: expected one of them. Drop {name}."
            )
        if not (takes_all or name in parameters):
            raise ValueError(
                f"{name}={value!r} would be ignored, since model={_name_of(builder)} has no such "
                f"argument: expected None. Give the function an argument {name!r}, or leave the "
                "parameter out; in a search, write a list of grids, as [{'model': [None], "
                f"{name!r}: [{value!r}]}}, {{'model': [{_name_of(builder)}]}}]."
            )
    return given


def _name_of(builder: Callable) -> str:
    function = getattr(builder, "func", builder)  # of a functools.partial
    return getattr(function, "__name__", type(function).__name__)


def check_builder_arguments(builder: Callable, given: dict[str, Any]) -> None:
    """Raise where the builder lacks a routed ``model__...`` parameter, or needs one."""
    parameters = inspect.signature(builder).parameters
    free = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    for name, parameter in parameters.items():
        is_needed = parameter.default is parameter.empty and parameter.kind not in free
        if is_needed and name not in {*SCIKERAS_ARGUMENTS, "inputs", *given}:
            raise ValueError(
                f"model needs an argument {name!r} that nobody gives: expected `inputs` for the "
                f"input tensor, or a parameter that is set, as model__{name}=..."
                f"{NEEDED.get(name, '')}"
            )
    nested = next((name for name in given if "__" in name), None)
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        if nested is not None:  # scikeras would leave it out
            raise ValueError(
                f"model__{nested} would be ignored: expected model__ and the name of one parameter "
                "of the function given as model, without another '__'."
            )
        return
    known = set(parameters) - SCIKERAS_ARGUMENTS - {"inputs"}
    check_names(given, known, f"model={_name_of(builder)} (as model__...)")


def with_head(builder: Callable, row_shape: tuple[int, ...], head: Head, target: Any) -> Callable:
    """A function with the builder's own parameters that returns the model with its head on."""
    # scikeras hands its own arguments to whatever has a **kwargs, which may pass them on
    unasked = SCIKERAS_ARGUMENTS - set(inspect.signature(builder).parameters)

    @functools.wraps(builder)  # keeps the signature, by which scikeras routes parameters
    def build(**kwargs: Any) -> Any:
        inputs = keras.Input(row_shape, name="X")
        asked = {name: value for name, value in kwargs.items() if name not in unasked}
        hidden = builder(inputs=inputs, **asked)
        if not isinstance(hidden, keras.KerasTensor):
            raise ValueError(
                f"model returned {type(hidden).__name__}: a builder with an `inputs` argument "
                "returns the last hidden tensor, without the output layer. Drop `inputs` to "
                "return a complete keras.Model."
            )
        return keras.Model(inputs, _head_layers(hidden, head, target), name="model")

    return build


def _head_layers(hidden: Any, head: Head, target: Any) -> Any:
    shape = head.output_shape(target)
    units = functools.reduce(lambda a, b: a * b, shape)
    policy = keras.config.dtype_policy()
    # of 16 bits, probabilities near 0 and 1 are alike, and blocks do not sum to 1
    dtype = "float32" if policy.compute_dtype in ("float16", "bfloat16") else policy
    if len(hidden.shape) > 2:
        hidden = keras.layers.Flatten(dtype=dtype)(hidden)
    if len(shape) == 1:
        return keras.layers.Dense(units, activation=head.name, dtype=dtype, name="head")(hidden)
    blocks = keras.layers.Dense(units, dtype=dtype, name="head")(hidden)
    blocks = keras.layers.Reshape(shape, dtype=dtype)(blocks)
    return keras.layers.Activation(head.name, dtype=dtype, name="probability")(blocks)


def check_is_model(model: Any) -> None:
    """Raise where a builder returned something else than a Keras model."""
    if not isinstance(model, keras.Model):
        raise ValueError(
            f"model returned {type(model).__name__}: expected a keras.Model. Return the model, or "
            "add an `inputs` argument and return the last hidden tensor."
        )


def call_once(model: Any, rows: Any) -> None:
    """Call a model, so that a lazy one makes its weights; raise where it cannot take such rows."""
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) > 1:
        shapes = ", ".join(str(tuple(one.shape[1:])) for one in inputs)
        raise ValueError(
            f"model has {counted(len(inputs), 'input')}, whose rows have the shapes {shapes}: "
            "expected a model with one. Put the columns of X side by side, np.hstack, "
            "and cut them apart in the model: inputs = keras.Input(meta['X_shape_'][1:]), then "
            "inputs[:, :3] and inputs[:, 3:]."
        )
    try:
        model(rows, training=False)
    except Exception as error:
        expected = getattr(model, "input_shape", (None, "?"))[1:]
        raise ValueError(
            f"model cannot be called on X, whose rows have shape {rows.shape[1:]}; its own input "
            f"is {expected}. Build it from meta['X_shape_'], or from the `inputs` argument."
        ) from error


def check_compiled(model: Any, builder: Callable, params: dict[str, Any], positive: Any) -> None:
    """Raise where a parameter would be ignored, since the builder compiled the model itself."""
    if model.loss is None:
        raise ValueError("the model is compiled without a loss: expected one. Pass loss=...")
    if "compile_kwargs" in inspect.signature(builder).parameters:
        return
    ignored = [
        name for name in params if name.partition("__")[0] in ("optimizer", "loss", "metrics")
    ]
    ignored = [name for name in ignored if "__" in name or params[name] not in (None, "adam")]
    if positive is not None:
        ignored.append("class_weight")
    if ignored:
        raise ValueError(
            f"{ignored[0]}={params[ignored[0]]!r} would be ignored, since the function given as "
            "model compiles its model itself. Return the model uncompiled, or let the function "
            "take `compile_kwargs` and call model.compile(**compile_kwargs)."
        )
