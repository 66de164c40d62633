"""Diagnosis: a user's own complete model -> the head it ends in, or an error with its cure.

Rules
-----
* Checked before a second is spent on training: the last activation, the number of units, and the
  loss, against the kind of target. ``skbits.heads.FITS`` is the table of what learns.
* Unusual is not wrong: sigmoid units on one-hot targets, softmax of two for a binary target, tanh
  with hinge, squared error on probabilities, and every loss that skbits does not know.
* An activation that cannot be read off the layers is measured on a few rows of X.
* Every message says what would happen, why, and what to write instead.
"""

from typing import Any

import keras
import numpy as np

from skbits.exceptions import HeadMismatchError
from skbits.heads import DEFAULT_HEAD, FITS, HEADS, Head, head_names
from skbits.naming import counted
from skbits.targets import Target
from skbits.training.compiling import LossSpec

#: Keras activations -> the head whose range and meaning they share
_ACTIVATION_HEAD = {
    "sigmoid": "sigmoid",
    "hard_sigmoid": "sigmoid",
    "softmax": "softmax",
    "sparsemax": "softmax",
    "tanh": "tanh",
    "hard_tanh": "tanh",
    "softsign": "tanh",
    "linear": "linear",
}

#: layers that change neither values (in inference) nor their meaning
_TRANSPARENT = (
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Identity,
)

#: what to write as the last layer
_LAST_LAYER = {
    "binary": 'Dense(1, activation="sigmoid") with loss="binary_crossentropy"',
    "bits": 'Dense({n}, activation="sigmoid") with loss="binary_crossentropy"',
    "onehot": 'Dense({n}, activation="softmax") with loss="categorical_crossentropy"',
}


def _cure(target: Target) -> str:
    return "Write " + _LAST_LAYER[target.kind].format(n=target.n_columns) + "."


def diagnose(
    model: Any, target: Target, loss: LossSpec | None, X: np.ndarray, declared: str | None = None
) -> Head:
    """The head that a complete model ends in.

    Parameters
    ----------
    model : keras.Model
    target : target of the estimator
    loss : LossSpec or None
        None where skbits will choose the loss to fit the head.
    X : ndarray of shape (a few, ...)
        Rows to measure the output on, where its activation cannot be read.
    declared : str or None
        The ``head`` that the user named.

    Returns
    -------
    Head

    Raises
    ------
    HeadMismatchError
    """
    shape = _output_shape(model, X)
    activation = _last_activation(model)
    if activation is None and declared is None:
        activation = _measured_activation(model, X)
    _check_softmax(activation, shape, target)
    head = _head_of(activation, declared, target)
    _check_units(shape, head, target)
    if loss is not None:
        check_loss(head, loss, target)
    return head


def check_loss(head: Head, loss: LossSpec, target: Target) -> None:
    """Raise HeadMismatchError where this head cannot learn this target from this loss."""
    family = loss.family
    if family is not None and family not in FITS[head.kind, head.name]:
        raise HeadMismatchError(
            f"loss={loss.name!r} does not fit a {head.name} output on "
            f"{_TARGET_WORDS[target.kind]}: {_why_not(head, family)} {_cure(target)}"
        )
    if loss.from_logits is not None and loss.from_logits != head.logits:
        if head.logits:
            raise HeadMismatchError(
                f"the model's last layer is linear, so it outputs logits (any number, such as "
                f"1.99), but loss={loss.name!r} has from_logits=False and expects probabilities: "
                f"it would clip them and learn badly. {_cure(target)} Or keep the linear output, "
                f"pass from_logits=True to the loss, and head='linear'."
            )
        raise HeadMismatchError(
            f"loss={loss.name!r} has from_logits=True, but the output is already a {head.name}: "
            f"it would be squashed twice and never become certain. Use from_logits=False, or a "
            "linear output."
        )


_TARGET_WORDS = {"binary": "a binary target", "bits": "a bit vector", "onehot": "one-hot classes"}

#: Keras computes a cross-entropy from the logits behind the activation, whichever it is
_BEHIND = (
    "Keras looks behind the {} and trains its logits as those of {}, which is not what "
    "predict_proba gives."
)

_WHY_NOT = {
    ("softmax", "binary"): _BEHIND.format("softmax", "independent sigmoids"),
    ("onehot sigmoid", "categorical"): _BEHIND.format("sigmoids", "a softmax"),
    ("single", "categorical"): (
        "on one unit, categorical cross-entropy is 0 whatever the target, so the model never "
        "learns."
    ),
    ("bits", "categorical"): (
        "it takes a row for one class out of many, but the bits of a row are independent and any "
        "number of them may be on."
    ),
    ("linear", "regression"): (
        "it is a regression loss with a linear output, so predictions such as 1.99 or -0.3 are no "
        "probabilities and have no label."
    ),
    (
        "tanh",
        "binary",
    ): "tanh gives values below 0, and the loss takes logarithms of probabilities.",
    ("any", "divergence"): "it compares whole distributions, and goes with softmax.",
    ("any", "relative"): "it divides by the target, and every other target is 0.",
    ("any", "hinge"): "a hinge compares scores on both sides of 0, and this output has no negative "
    "side; it goes with tanh or a linear output.",
    ("onehot linear", "binary"): "the classes' logits would be trained one by one, but read as a "
    "softmax; name head='sigmoid' for independent units.",
}


def _why_not(head: Head, family: str) -> str:
    family = {"sparse": "categorical", "positive regression": "regression"}.get(family, family)
    situations = {"binary": "single", "bits": "bits", "onehot": "onehot linear"}
    for situation in (head.name, f"{head.kind} {head.name}", situations[head.kind], "any"):
        if (situation, family) in _WHY_NOT:
            return _WHY_NOT[situation, family]
    return f"it is a {family} loss, which this output cannot express."


def _check_softmax(activation: str | None, shape: tuple[int, ...], target: Target) -> None:
    if activation != "softmax":
        return
    if shape == (1,):
        raise HeadMismatchError(
            "the model ends in softmax on one unit, which is always exactly 1.0: it sums to one "
            f"over a single number, so nothing is learned and accuracy never moves. {_cure(target)}"
        )
    if target.kind == "bits":
        raise HeadMismatchError(
            f"the model ends in softmax on a bit vector of {counted(target.n_columns, 'bit')}: "
            "its outputs sum to one, so where several bits are on, no more than one of them can "
            f"be above 0.5. Bits are independent and need one sigmoid each. {_cure(target)}"
        )


def _head_of(activation: str | None, declared: str | None, target: Target) -> Head:
    if declared is not None:
        head = HEADS[target.kind, declared]
        if activation is not None and _ACTIVATION_HEAD.get(activation) != declared:
            raise HeadMismatchError(
                f"head={declared!r} but the model ends in {activation}: expected the same. Change "
                f"the last layer's activation, or leave head out."
            )
        return head
    if activation is None:
        return HEADS[target.kind, DEFAULT_HEAD[target.kind]]
    name = _ACTIVATION_HEAD.get(activation)
    if (target.kind, name) not in HEADS:
        raise HeadMismatchError(
            f"the model ends in {activation}, whose outputs are no probabilities of "
            f"{_TARGET_WORDS[target.kind]}: expected one of {head_names(target.kind)}. "
            f"{_cure(target)}"
        )
    return HEADS[target.kind, name]


def _check_units(shape: tuple[int, ...], head: Head, target: Target) -> None:
    expected = head.output_shape(target)
    if shape == expected:
        return
    raise HeadMismatchError(
        f"the model outputs rows of shape {shape}, but {_TARGET_WORDS[target.kind]} with "
        f"{counted(target.n_columns, 'column')} and a {head.name} output needs {expected}: the "
        f"wrong number of units. {_cure(target)}"
    )


def _output_shape(model: Any, X: np.ndarray) -> tuple[int, ...]:
    """Shape of one row of output; a model that was never built is run on a row to find out."""
    output = model(X[:1], training=False)
    if not hasattr(output, "shape"):
        raise HeadMismatchError(
            f"the model has several outputs ({type(output).__name__}): expected one tensor. "
            "Concatenate them into one output."
        )
    return tuple(int(size) for size in output.shape[1:])


def _last_activation(model: Any) -> str | None:
    """Name of the activation that the output went through last; None where it cannot be read."""
    for layer in _layers_from_the_end(model):
        if isinstance(layer, _TRANSPARENT):
            continue
        if isinstance(layer, keras.Model):
            return _last_activation(layer)
        if isinstance(layer, keras.layers.Softmax):
            return "softmax" if layer.axis == -1 else None
        if isinstance(layer, (keras.layers.Dense, keras.layers.Activation)):
            name = getattr(layer.activation, "__name__", None)
            if name == "linear" and isinstance(layer, keras.layers.Activation):
                continue
            known = name is not None and hasattr(keras.activations, name)
            return name if known else None
        return None
    return None


def _layers_from_the_end(model: Any) -> list[Any]:
    """The layers that the output comes from, last first, as far as the model tells.

    All of a Sequential model; the one that makes the output of a functional model, unless that is
    no layer but an operation; none of a subclass, whose ``call`` cannot be read.
    """
    if isinstance(model, keras.Sequential):
        return list(reversed(model.layers))
    try:
        outputs = model.get_config().get("output_layers")
    except NotImplementedError:
        return []
    if not outputs:
        return []
    name = outputs[0] if isinstance(outputs[0], str) else outputs[0][0]
    return [layer for layer in model.layers if layer.name == name]


def _measured_activation(model: Any, X: np.ndarray) -> str:
    """What the raw output on some rows looks like: probabilities of one class, or one a unit."""
    raw = np.asarray(model(X, training=False), dtype=np.float64)
    if raw.min() < 0 or raw.max() > 1:
        raise HeadMismatchError(
            f"the model's last activation cannot be read off its layers, and its outputs (from "
            f"{raw.min():.3g} to {raw.max():.3g} on the first rows) are no probabilities. "
            "Name what they are: head='linear' for logits, head='tanh' for scores in [-1, 1]."
        )
    sums_to_one = np.allclose(raw.sum(axis=-1), 1.0, atol=1e-4)
    return "softmax" if sums_to_one else "sigmoid"
