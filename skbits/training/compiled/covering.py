"""Covering: what the compiled trainer can do, and the program that does it.

Rules
-----
* It does whatever reproduces ``keras.Model.fit``. ``obstacle`` gives the first reason, in words,
  why it cannot; None where it can.
* A program is found by all that its graph depends on: the architecture, the user's code in it, the
  loss, the metrics, the optimizer without its learning rate, dtypes, batch size, and Keras'
  settings. Learning rate, weights, seeds, epochs and the number of rows travel in as values.
"""

import inspect
import weakref
from typing import Any

import joblib
import keras
import numpy as np

from skbits.describing import as_text, computation, describe
from skbits.programs import NoProgram, Programs
from skbits.training.compiled.engines import choose_engine, make_program
from skbits.training.compiled.loops import Part, Signature
from skbits.training.compiled.program import Program
from skbits.training.contract import Data, Plan
from skbits.training.strategies import strategy_of

#: methods of a model in whose place the program stands
_REPLACED = ("fit", "train_step", "test_step", "make_train_function", "make_test_function")

_BATCH_HOOKS = tuple(
    f"on_{stage}batch_{edge}" for stage in ("", "train_", "test_") for edge in ("begin", "end")
)

PROGRAMS = Programs()


def obstacle(model: Any, data: Data, plan: Plan) -> str | None:
    """Why the compiled trainer cannot train this model by this plan; None where it can."""
    for reason in (_of_model(model), _of_callbacks(plan.callbacks)):
        if reason:
            return reason
    try:
        _CHOSEN[model] = _program_for(model, data, plan)
    except NoProgram as reason:
        return str(reason)
    return None


#: found by ``obstacle``, until training begins
_CHOSEN: weakref.WeakKeyDictionary[Any, Program] = weakref.WeakKeyDictionary()


def program_for(model: Any, data: Data, plan: Plan) -> Program:
    """The program that trains a model by a plan.

    Raises
    ------
    NoProgram
        With the reason, where there can be none.
    """
    return _CHOSEN.pop(model, None) or _program_for(model, data, plan)


def _of_model(model: Any) -> str | None:
    for name in _REPLACED:
        own = name in vars(model) and inspect.isroutine(vars(model)[name])
        if own or getattr(type(model), name) is not getattr(keras.Model, name):
            return f"{type(model).__name__} has a {name} of its own"
    for name in ("call", "compute_loss", "compute_metrics"):
        if name in vars(model):
            return f"{name} was set on the model"
    if model.run_eagerly:
        return "the model is compiled with run_eagerly=True"
    strategy = strategy_of(model)
    if strategy is not None:
        return f"it was built under a {type(strategy).__name__}: a program runs on one device"
    if not model.trainable_variables:
        return "the model has no trainable weights"
    return None


def _of_callbacks(callbacks: Any) -> str | None:
    for callback in callbacks:
        for name in _BATCH_HOOKS:
            # LambdaCallback sets its functions on the object
            own = name in vars(callback) and vars(callback)[name] is not None
            if own or getattr(type(callback), name) is not getattr(keras.callbacks.Callback, name):
                return f"{type(callback).__name__} has {name}: a program has no such hooks"
    return None


def _program_for(model: Any, data: Data, plan: Plan) -> Program:
    _build_metrics(model, data)
    parts = tuple(Part(part.shape[1:], np.dtype(part.dtype).name) for part in data.parts)
    validates = plan.validation is not None
    signature = Signature(parts, plan.batch_size, choose_engine(model, data, plan), validates)
    program = PROGRAMS.get(_key(model, signature), lambda: make_program(model, signature))
    unknown = vars(model.optimizer).keys() - program.attributes
    if unknown:
        raise NoProgram(f"the optimizer holds {sorted(unknown)}, which its get_config() leaves out")
    return program


def _key(model: Any, signature: Signature) -> str:
    try:
        built = describe(model)
        compiled = dict(built["compiled"] or {})
        config = compiled["optimizer"]["config"]
        if not isinstance(config.get("learning_rate"), dict):  # a number, not a schedule
            rateless = {**config, "learning_rate": None}
            compiled["optimizer"] = {**compiled["optimizer"], "config": rateless}
        described = computation(built), as_text(compiled)
    except Exception as error:
        raise NoProgram(f"it cannot be described: {error}") from error
    return joblib.hash((*described, signature))


def _build_metrics(model: Any, data: Data) -> None:
    """Let metrics make their variables, which they do when first called."""
    if not all(getattr(metric, "built", True) for metric in model.metrics):
        rows = data.rows(np.arange(1))
        X = rows.X.toarray() if hasattr(rows.X, "toarray") else rows.X
        model.compute_metrics(X, rows.Y, model(X, training=False), sample_weight=rows.weights)
        model.reset_metrics()
