"""Sharing: what a builder returns belongs to one fit alone.

Rules
-----
* A builder must not return a model again that it returned before.
* No variable that an earlier fit had is trained again: folds would learn from each other's rows,
  and a second fit would change the first model. So a layer made outside the builder serves one fit.
* Frozen layers may be shared: nothing changes them. What a layer changes without training it, as
  the statistics of batch normalization, is shared no more than weights; the states of seeds are.
* What is remembered keeps nothing alive. A fit counts once its model begins to be trained.
"""

import threading
import weakref
from typing import Any

import keras
import tensorflow as tf

_LOCK = threading.Lock()

#: models that were handed out and live
_MODELS: weakref.WeakSet = weakref.WeakSet()

#: id -> variable, of all that models had; they live on in layers that are shared
_VARIABLES: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()


def check_new_model(model: Any) -> None:
    """Raise where a builder returns a model that it returned before: folds would share it."""
    if model in _MODELS:
        raise ValueError(
            "model returned the very model that it returned before, which fits would share and "
            "train on and on: expected a new one from each call. Build it inside the function, or "
            "return keras.models.clone_model(my_model)."
        )
    _MODELS.add(model)


def claim(model: Any, rows: Any) -> None:
    """Note the variables of a model to be trained; raise where that changes an earlier fit's.

    Parameters
    ----------
    model : keras.Model
    rows : ndarray of shape (n, ...)
        Some rows of X, to see what the model changes.
    """
    with _LOCK:
        met = [v for v in model.variables if _VARIABLES.get(id(v)) is v]
        trained = {id(v) for v in model.trainable_variables}
        shared = [v for v in met if id(v) in trained] or _assigned(model, met, rows)
        if shared:
            raise ValueError(
                f"model has the variable {shared[0].path!r} of an earlier fit, which fits would "
                "share and train on and on: expected layers of its own from each call. Make all "
                "layers inside the function. Pretrained ones come from "
                "keras.models.load_model(path) there, or from keras.models.clone_model(trained), "
                "and set_weights(weights) on the clone; or freeze them, trained.trainable = False."
            )
        remember(model)


def remember(model: Any) -> None:
    """Note the variables of a model that was fitted, here or elsewhere."""
    _VARIABLES.update((id(variable), variable) for variable in model.variables)


def _assigned(model: Any, variables: list, rows: Any) -> list:
    """Which of these, of numbers that are no seeds, a forward pass of training assigns."""
    variables = [v for v in variables if tf.as_dtype(v.dtype).is_floating]
    if not variables:
        return []
    values = [tf.convert_to_tensor(v.value) for v in variables]
    with keras.StatelessScope(list(zip(variables, values, strict=True))) as scope:
        model(rows, training=True)
    pairs = zip(variables, values, strict=True)
    return [variable for variable, value in pairs if scope.get_current_value(variable) is not value]
