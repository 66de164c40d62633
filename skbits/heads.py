"""Heads: target kind -> units, activation and loss; raw output -> probability.

Rules
-----
* ``HEADS`` lists, for each kind of target, the ends that a model may have.
* ``LOSSES`` sorts Keras' losses into families; ``FITS`` says which family a head can learn from.
  ``skbits.diagnosis`` explains what is not in ``FITS``.
* A loss that the user wrote belongs to no family, fits every head, and gets the head's own targets.
* A probability and its log-odds stand on the same object; both are arithmetic on arrays.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skbits.targets import Target, class_columns
from skbits.thresholds.decisions import log_odds

#: by how much float16 arithmetic may leave [0, 1]
_ROUNDING = 1e-3

#: by how much probabilities of float32 or wider may sum to something else than 1
SUM_ERROR = 1e-5


def sigmoid(v: np.ndarray) -> np.ndarray:
    """``1 / (1 + exp(-v))`` in the dtype of v, without overflow.

    Examples
    --------
    >>> import numpy as np
    >>> sigmoid(np.array([0.0, 1000.0, -1000.0])).tolist()
    [0.5, 1.0, 0.0]
    """
    small = np.exp(-np.abs(v))  # in (0, 1]: cannot overflow
    return np.where(v >= 0, 1, small) / (1 + small)


def softmax(v: np.ndarray) -> np.ndarray:
    """Softmax over the last axis, in the dtype of v.

    Examples
    --------
    >>> import numpy as np
    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    powers = np.exp(v - v.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def normalized(v: np.ndarray) -> np.ndarray:
    """Non-negative scores scaled to sum to one over the last axis; all zeros become uniform.

    Examples
    --------
    >>> import numpy as np
    >>> normalized(np.array([[0.2, 0.6], [0.0, 0.0]])).round(2).tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    total = v.sum(axis=-1, keepdims=True)
    uniform = np.full_like(v, 1 / v.shape[-1])
    return np.where(total > 0, v / np.where(total > 0, total, 1), uniform)


def to_one(v: np.ndarray) -> np.ndarray:
    """Probabilities whose sum is 1, scaled where rounding, as to float16, has made it another.

    Examples
    --------
    >>> import numpy as np
    >>> to_one(np.array([[0.25, 0.75], [0.2, 0.6]])).round(2).tolist()
    [[0.25, 0.75], [0.25, 0.75]]
    """
    off = np.abs(v.sum(axis=-1, keepdims=True) - 1) > SUM_ERROR
    return np.where(off, normalized(v), v) if off.any() else v


def _from_plus_minus(v: np.ndarray) -> np.ndarray:
    return np.clip((1 + v) / 2, 0, 1)


def _identity(v: np.ndarray) -> np.ndarray:
    return v


def _second_column(v: np.ndarray) -> np.ndarray:
    return v[:, 1:]


@dataclass(frozen=True)
class Head:
    """The end of a model for one kind of target.

    Parameters
    ----------
    kind : {"binary", "bits", "onehot"}
    name : {"sigmoid", "softmax", "tanh", "linear"}
        Also the Keras activation of the last layer.
    loss : str
        Keras' name of the loss it learns from by default.
    to_probability : callable
        Raw output (n, ..., units of a group) -> probabilities of the same leading shape.
    users_form : {"zero_one", "plus_minus", "onehot"}
        What a loss of the user's own compares the output with: of the output's shape.

    Examples
    --------
    >>> import numpy as np
    >>> from skbits.targets import BinaryTarget
    >>> head, target = HEADS["binary", "tanh"], BinaryTarget(np.array([0, 1]))
    >>> head.probability(np.array([[-1.0], [0.0]]), target).tolist()
    [[0.0], [0.5]]
    """

    kind: str
    name: str
    loss: str
    to_probability: Callable[[np.ndarray], np.ndarray]
    users_form: str

    @property
    def logits(self) -> bool:
        """Whether the raw output is log-odds, so that a loss must be told ``from_logits=True``."""
        return self.name == "linear"

    def output_shape(self, target: Target) -> tuple[int, ...]:
        """Shape of one row of raw output: (units,), or (n_groups, width) for groups of classes."""
        if self.kind == "binary":
            return (2,) if self.name == "softmax" else (1,)
        if target.n_groups > 1:
            return (target.n_groups, target.n_columns // target.n_groups)
        return (target.n_columns,)

    def probability(self, raw: np.ndarray, target: Target) -> np.ndarray:
        """Raw output -> p of shape (n, n_columns of the target), in the dtype of the output."""
        rows = raw.reshape(len(raw), *self.output_shape(target))
        p = self.to_probability(rows).reshape(len(raw), target.n_columns)
        # a NaN compares false, and is refused with the rest
        if not (p.min() >= -_ROUNDING and p.max() <= 1 + _ROUNDING):
            row = int(np.argmin(((p >= -_ROUNDING) & (p <= 1 + _ROUNDING)).all(axis=1)))
            raise ValueError(
                f"the model gives {p[row].tolist()} for row {row} of X: expected probabilities in "
                f"[0, 1] from a {self.name} output. Scale X if its values are extreme; else the "
                "last layer is not what it was taken for: name it with head=."
            )
        return p.clip(0, 1)

    def log_odds(self, raw: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Log-odds of ``p``, from the raw output itself where that is what it holds."""
        if self.logits and self.kind != "onehot":
            return raw.reshape(p.shape).astype(np.float64)
        return log_odds(p)


HEADS: dict[tuple[str, str], Head] = {
    (head.kind, head.name): head
    for head in (
        Head("binary", "sigmoid", "binary_crossentropy", _identity, "zero_one"),
        Head("binary", "softmax", "sparse_categorical_crossentropy", _second_column, "onehot"),
        Head("binary", "tanh", "squared_hinge", _from_plus_minus, "plus_minus"),
        Head("binary", "linear", "binary_crossentropy", sigmoid, "zero_one"),
        Head("bits", "sigmoid", "binary_crossentropy", _identity, "zero_one"),
        Head("bits", "tanh", "squared_hinge", _from_plus_minus, "plus_minus"),
        Head("bits", "linear", "binary_crossentropy", sigmoid, "zero_one"),
        Head("onehot", "softmax", "categorical_crossentropy", to_one, "onehot"),
        Head("onehot", "linear", "categorical_crossentropy", softmax, "onehot"),
        # k independent units for one class out of k: unusual, but it learns and ranks rightly
        Head("onehot", "sigmoid", "binary_crossentropy", normalized, "onehot"),
    )
}

#: the head of a kind of target when the user names none
DEFAULT_HEAD = {"binary": "sigmoid", "bits": "sigmoid", "onehot": "softmax"}


def head_names(kind: str) -> list[str]:
    """Names of the heads of a kind of target.

    Examples
    --------
    >>> head_names("bits")
    ['sigmoid', 'tanh', 'linear']
    """
    return [name for of, name in HEADS if of == kind]


@dataclass(frozen=True)
class LossRule:
    """What skbits knows of one of Keras' losses.

    Parameters
    ----------
    keras_class : str
        Name of the class in ``keras.losses``.
    family : str
        A key of ``FITS``' sets; "relative" errors, which divide by the target, fit no head.
    logits : bool
        Whether it takes ``from_logits``.
    """

    keras_class: str
    family: str
    logits: bool = False


LOSSES: dict[str, LossRule] = {
    "binary_crossentropy": LossRule("BinaryCrossentropy", "binary", True),
    "binary_focal_crossentropy": LossRule("BinaryFocalCrossentropy", "binary", True),
    "categorical_crossentropy": LossRule("CategoricalCrossentropy", "categorical", True),
    "categorical_focal_crossentropy": LossRule("CategoricalFocalCrossentropy", "categorical", True),
    "categorical_hinge": LossRule("CategoricalHinge", "categorical"),
    "kl_divergence": LossRule("KLDivergence", "divergence"),
    "sparse_categorical_crossentropy": LossRule("SparseCategoricalCrossentropy", "sparse", True),
    "hinge": LossRule("Hinge", "hinge"),
    "squared_hinge": LossRule("SquaredHinge", "hinge"),
    "mean_squared_error": LossRule("MeanSquaredError", "regression"),
    "mean_absolute_error": LossRule("MeanAbsoluteError", "regression"),
    "mean_absolute_percentage_error": LossRule("MeanAbsolutePercentageError", "relative"),
    "mean_squared_logarithmic_error": LossRule(
        "MeanSquaredLogarithmicError", "positive regression"
    ),
    "huber": LossRule("Huber", "regression"),
    "log_cosh": LossRule("LogCosh", "regression"),
    "poisson": LossRule("Poisson", "positive regression"),
}

#: other spellings; "focal" depends on the head and is resolved in skbits.training.compiling
LOSS_ALIASES = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "logcosh": "log_cosh",
}

# those that only compare numbers of at least 0 fit no target of -1 and +1
_REGRESSION = {"regression", "positive regression"}

_ONE_UNIT_EACH = {
    "sigmoid": {"binary", *_REGRESSION},
    "tanh": {"hinge", "regression"},
    "linear": {"binary", "hinge"},
}

#: (kind, head) -> the families of losses it can learn from
FITS: dict[tuple[str, str], set[str]] = {
    **{("binary", name): families for name, families in _ONE_UNIT_EACH.items()},
    ("binary", "softmax"): {"categorical", "divergence", "sparse", *_REGRESSION},
    **{("bits", name): families for name, families in _ONE_UNIT_EACH.items()},
    ("onehot", "softmax"): {"categorical", "divergence", "sparse", *_REGRESSION},
    ("onehot", "linear"): {"categorical", "sparse"},
    ("onehot", "sigmoid"): {"binary", *_REGRESSION},
}

#: (family) -> the form of the targets it compares with, where the head does not decide
_FORM_OF_FAMILY = {
    "sparse": "index",
    "hinge": "plus_minus",
    "categorical": "onehot",
    "divergence": "onehot",
}


def target_form(head: Head, family: str | None) -> str:
    """The form that a loss of this family wants its targets in, from this head.

    Examples
    --------
    >>> target_form(HEADS["binary", "softmax"], "sparse")
    'index'
    >>> target_form(HEADS["binary", "softmax"], "categorical")
    'onehot'
    """
    if family is None:
        return head.users_form
    if family in _FORM_OF_FAMILY:
        return _FORM_OF_FAMILY[family]
    if head.name == "tanh":
        return "plus_minus"
    return "onehot" if head.name == "softmax" or head.kind == "onehot" else "zero_one"


def encode_for_loss(Y: np.ndarray, head: Head, form: str, target: Target) -> np.ndarray:
    """Zeros and ones of shape (n, n_columns) -> what the loss compares the raw output with.

    Returns
    -------
    ndarray
        "zero_one" and "plus_minus": (n, n_columns). "onehot": the shape of the raw output.
        "index": (n,), or (n, n_groups), int32.

    Examples
    --------
    >>> import numpy as np
    >>> from skbits.targets import BinaryTarget
    >>> target = BinaryTarget(np.array(["no", "yes"]))
    >>> Y = target.encode(["yes", "no"])
    >>> encode_for_loss(Y, HEADS["binary", "tanh"], "plus_minus", target).tolist()
    [[1.0], [-1.0]]
    >>> encode_for_loss(Y, HEADS["binary", "softmax"], "index", target).tolist()
    [1, 0]
    """
    if form == "zero_one":
        return Y
    if form == "plus_minus":
        return 2 * Y - 1
    hot = class_columns(Y, head.kind).reshape(len(Y), *head.output_shape(target))
    return hot if form == "onehot" else hot.argmax(axis=-1).astype(np.int32)
