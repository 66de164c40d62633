"""Assembly: parameters and target -> a compiled model, its head, and the form of its targets.

The order is: look for a loss that cannot work, build under the seed, diagnose a complete model,
compile. scikeras does the call of the builder (``model__units``, ``meta``, ``compile_kwargs``);
what it gets wrong is replaced by overriding, in ``_ScikerasCall``.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scikeras.wrappers import BaseWrapper

from skbits import backbones
from skbits.diagnosis import check_loss, diagnose
from skbits.exceptions import HeadMismatchError
from skbits.heads import DEFAULT_HEAD, HEADS, Head, target_form
from skbits.inputs import first_rows
from skbits.models import (
    call_once,
    check_builder_arguments,
    check_compiled,
    check_is_model,
    own_arguments,
    takes_inputs,
    with_head,
)
from skbits.seeding import seeded_building
from skbits.sharing import check_new_model
from skbits.training.compiling import (
    compiled_loss,
    make_loss,
    make_metrics,
    make_optimizer,
    routed,
)
from skbits.training.losses import PositiveWeighted

Params = Mapping[str, Any]

#: rows of X that a complete model is looked at with
ROWS_TO_MEASURE = 64


@dataclass(frozen=True)
class Assembly:
    """A compiled model that is ready to be trained.

    Parameters
    ----------
    model : keras.Model
    head : Head
    form : str
        The form of the targets that its loss compares with.
    """

    model: Any
    head: Head
    form: str


def assemble(
    params: Params, target: Any, X: Any, positive: np.ndarray | None, seed: int
) -> Assembly:
    """Build, check and compile the model of an estimator.

    Parameters
    ----------
    params : dict
        Of the estimator.
    target : target of the estimator
    X : ndarray or CSR matrix of shape (n, ...)
    positive : ndarray of shape (n_bits,) or None
        Weights of the bits' ones, for the loss.
    seed : int

    Raises
    ------
    HeadMismatchError
        The end of the model does not fit the target.
    ValueError
        A builder, or a parameter of it, that cannot be used.
    """
    complete = params["model"] is not None and not takes_inputs(params["model"])
    head = assumed = HEADS[target.kind, params["head"] or DEFAULT_HEAD[target.kind]]
    asked = make_loss(params["loss"], head, routed(params, "loss"))
    if not complete:
        check_loss(head, asked, target)
    with seeded_building(seed):
        model = _build(params, target, X, head, positive)
        check_is_model(model)
        check_new_model(model)
        if complete:
            call_once(model, first_rows(X, 1))
    if complete:
        compiled = compiled_loss(model) if model.compiled else None
        given = asked if compiled is None and params["loss"] is not None else compiled
        head = diagnose(model, target, given, first_rows(X, ROWS_TO_MEASURE), params["head"])
    if model.compiled:
        check_compiled(model, params["model"], params, positive)
    else:
        assumed = head
        model.compile(**_compile_kwargs(params, target, head, positive))
    form = target_form(head, compiled_loss(model).family)
    if params["metrics"] is not None:
        _check_metrics_read(assumed, target_form(assumed, asked.family), head, form)
    return Assembly(model, head, form)


def _build(params: Params, target: Any, X: Any, head: Head, positive: np.ndarray | None) -> Any:
    # TensorFlow keeps 35 kB for each name that a variable ever had, and Keras counts names up
    builder = params["model"] or functools.partial(backbones.mlp, name="mlp")
    own = own_arguments(builder, params)
    params = {**params, **{f"model__{name}": value for name, value in own.items()}}
    check_builder_arguments(builder, routed(params, "model"))
    if takes_inputs(builder):
        builder = with_head(builder, X.shape[1:], head, target)
    kwargs = functools.partial(_compile_kwargs, params, target, head, positive)
    return _ScikerasCall(builder, params, _meta(target, X, head), kwargs).build()


def _check_metrics_read(assumed: Head, assumed_form: str, head: Head, form: str) -> None:
    """Raise where a builder compiled our metrics before it was known what they would get."""
    if (assumed, assumed_form) != (head, form):
        cure = f"head={head.name!r}" if assumed != head else "the loss that the function compiles"
        raise HeadMismatchError(
            f"metrics were made for a {assumed.name} output and the loss given, but the function "
            f"given as model compiles them with a {head.name} output or another loss: expected "
            f"what it has. Pass {cure}."
        )


def _compile_kwargs(
    params: Params, target: Any, head: Head, positive: np.ndarray | None
) -> dict[str, Any]:
    """Fresh arguments of ``keras.Model.compile``."""
    spec = make_loss(params["loss"], head, routed(params, "loss"))
    loss, form = spec.loss, target_form(head, spec.family)
    grouped = len(head.output_shape(target)) > 1
    return {
        "optimizer": make_optimizer(params["optimizer"], routed(params, "optimizer")),
        "loss": loss if positive is None else PositiveWeighted(loss, positive),
        "metrics": make_metrics(
            params["metrics"], head, form, routed(params, "metrics"), grouped=grouped
        ),
    }


def _meta(target: Any, X: Any, head: Head) -> dict[str, Any]:
    """Scikeras' ``meta``: what a builder may want to know of the data."""
    types = {"binary": "binary", "bits": "multilabel-indicator", "onehot": "multiclass"}
    return {
        "n_features_in_": X.shape[1],
        "X_shape_": X.shape,
        "X_dtype_": X.dtype,
        "classes_": target.classes,
        "n_classes_": len(target.classes),
        "n_outputs_": 1 if target.kind == "binary" else target.n_columns,
        "n_outputs_expected_": int(np.prod(head.output_shape(target))),
        "target_type_": types[target.kind],
    }


class _ScikerasCall(BaseWrapper):
    """scikeras' call of a builder, with each thing it looks up given to it.

    It is used, not inherited from by the estimators: scikit-learn refuses classes with the tags of
    its old days among their ancestors.
    """

    # with a seed here, scikeras would leave TensorFlow's op determinism on: skbits.seeding seeds
    _random_state = None

    def __init__(self, builder: Callable, params: Params, meta: dict, kwargs: Callable):
        self._parts = builder, dict(params), meta, kwargs

    def build(self) -> Any:
        return self._build_keras_model()

    def _check_model_param(self) -> Callable:
        return self._parts[0]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return self._parts[1]

    def _get_metadata(self) -> dict[str, Any]:
        return self._parts[2]

    def _get_compile_kwargs(self) -> dict[str, Any]:
        return self._parts[3]()
