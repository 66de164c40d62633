"""Metrics: Keras' metrics get probabilities, and zeros and ones, whatever the head puts out.

Rules
-----
* A metric gets what ``predict_proba`` gives. Most take "columns": of two labels that of the second
  one, (n, 1), else all, (n, n_columns). Those of ``LAYOUTS`` compare classes: "classes" has a
  column for each, (n, 2) of two labels, (n, n_groups, width) of groups; for "index" the target is
  the position of the true class.
* ``NEED_OTHERS`` lists metrics that take something else: raw output, or labels. They are refused,
  as is what would be told such: ``from_logits=True``, or a threshold of 0.
* "accuracy" is that of the decisions at 0.5, where a tie is on.
* Where a model puts out, and its loss compares with, just what a metric takes, Keras' own metric
  stands bare in the model, which then loads where there is no skbits. Else ``OnProbabilities``
  stands around it.
* Names do not depend on what was made before: Keras counts ``auc``, ``auc_1`` through a process.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from skbits.heads import SUM_ERROR, Head
from skbits.values import is_word

#: the smallest number below 0.5: Keras compares by ">", skbits by ">="
_BELOW_HALF = float(np.nextafter(np.float32(0.5), np.float32(0)))

#: metrics, functions and losses of Keras that do not take columns, without "_", in lower case
LAYOUTS = {
    **dict.fromkeys(
        (
            *("categoricalaccuracy", "topkcategoricalaccuracy", "categoricalcrossentropy"),
            *("categoricalfocalcrossentropy", "categoricalhinge", "kldivergence"),
            *("onehotiou", "onehotmeaniou"),
        ),
        "classes",
    ),
    **dict.fromkeys(
        (
            *("sparsecategoricalaccuracy", "sparsetopkcategoricalaccuracy"),
            "sparsecategoricalcrossentropy",
        ),
        "index",
    ),
}

#: what metrics and losses of Keras need -> their names, as above
NEED_OTHERS = {
    "labels on both sides; write 'accuracy'": ("accuracy",),
    "scores on both sides of 0; a loss of that name is recorded as loss": ("hinge", "squaredhinge"),
    "values, not targets and predictions": ("mean", "sum"),
}
_NEEDED = {name: need for need, names in NEED_OTHERS.items() for name in names}

#: what Keras computes, or may compute, from the input of the last activation, as logits of a
#: sigmoid, where that is a softmax too
_LOOK_BEHIND = {"binarycrossentropy", "binaryfocalcrossentropy", "meanmetricwrapper"}


def readable(
    given: Sequence[Any], made: Sequence[Any], head: Head, form: str, *, grouped: bool
) -> list[keras.metrics.Metric]:
    """Metrics to compile, which read the head's output and the loss's targets.

    Parameters
    ----------
    given : sequence
        What the user gave.
    made : sequence
        The same with fresh objects, classes made.
    head : Head
    form : str
        Of the targets, as of :func:`skbits.heads.target_form`.
    grouped : bool
        Whether y has several groups of classes.
    """
    taken: set[str] = set()
    found = []
    for metric, fresh in zip(given, made, strict=True):
        told = f"metrics holds {metric!r}"
        if is_word(metric, "accuracy", "acc"):
            fresh, layout = _accuracy(head, form)
        else:
            fresh = keras.metrics.get(fresh) if isinstance(fresh, str) else fresh
            layout = _layout(told, fresh, head, grouped)
        name = _free_name(told, _name(metric, fresh), taken)
        found.append(_readable(fresh, name, head, form, layout, grouped))
    return found


def _accuracy(head: Head, form: str) -> tuple[keras.metrics.Metric, str]:
    """The share of right decisions at 0.5, and the layout for it."""
    if head.kind != "onehot":
        return keras.metrics.BinaryAccuracy(threshold=_BELOW_HALF), "columns"
    if form == "index":
        return keras.metrics.SparseCategoricalAccuracy(), "index"
    return keras.metrics.CategoricalAccuracy(), "classes"


def _layout(told: str, metric: Any, head: Head, grouped: bool) -> str:
    """The layout that a metric takes.

    Raises
    ------
    ValueError
        What takes no probabilities, or one class out of many where y has no such.
    """
    names, config = _kerass_names(metric), _config(metric)
    needed = _needed(names[0], config) if _is_kerass(metric) else None
    if needed:
        raise ValueError(
            f"{told}: expected a metric of probabilities, which all get, whatever the head. This "
            f"one takes {needed}."
        )
    layout = next((LAYOUTS[name] for name in names if name in LAYOUTS), "columns")
    if "sparse_y_pred" in config:
        layout = "index" if config["sparse_y_true"] else "classes"
    is_f_score = "fbetascore" in names
    takes_largest = is_f_score and config.get("threshold") is None
    if takes_largest or (head.kind == "binary" and _picks_columns(config)):
        layout = "classes"
    if layout != "columns" and head.kind == "bits":
        raise ValueError(
            f"{told}: expected a metric of independent bits. This one takes the largest of a row "
            f"for the only one that is on; write {_for_bits(is_f_score)}."
        )
    if takes_largest and grouped:
        raise ValueError(
            f"{told}: expected a metric of several groups of classes. This one takes the largest "
            f"of a row for the only one that is on; write {_for_bits(is_f_score)}."
        )
    return layout


def _needed(name: str, config: dict) -> str | None:
    """What a metric of Keras takes, where that is no probability, and what to write."""
    if config.get("from_logits"):
        return "raw output; leave out from_logits=True"
    for option in ("threshold", "thresholds"):
        if np.ndim(config.get(option)) == 0 and config.get(option) == 0:
            return f"raw output, by {option}=0; write {option}=0.5"
    if config.get("sparse_y_pred"):
        return "labels for predictions; write sparse_y_pred=False"
    return _NEEDED.get(name)


def _config(metric: Any) -> dict:
    try:
        return metric.get_config() if hasattr(metric, "get_config") else {}
    except NotImplementedError:  # of the user's own
        return {}


def _picks_columns(config: dict) -> bool:
    """Whether a metric looks at some columns alone, so that two labels must have two."""
    return any(config.get(option) is not None for option in ("class_id", "top_k"))


def _for_bits(is_f_score: bool) -> str:
    return "threshold=0.5" if is_f_score else "'accuracy', or one whose name begins with binary"


def _kerass_names(metric: Any) -> list[str]:
    """Names of a metric, loss or function of Keras, and of its classes, without "_"."""
    makers = [metric] if inspect.isfunction(metric) else type(metric).__mro__
    return [maker.__name__.replace("_", "").lower() for maker in makers if _is_of_keras(maker)]


def _is_kerass(metric: Any) -> bool:
    """Whether it is a function, or of a class, of Keras' own."""
    return _is_of_keras(metric if inspect.isfunction(metric) else type(metric))


def _is_of_keras(maker: Any) -> bool:
    return (maker.__module__ or "").partition(".")[0] == "keras"


def _name(given: Any, metric: Any) -> str:
    """What the history calls a metric: a class as Keras would the first of a process."""
    if isinstance(given, str):
        return given
    name = getattr(metric, "name", None) or getattr(metric, "__name__", None)
    name = name if isinstance(name, str) else type(metric).__name__
    counted = re.fullmatch(r"(.+)_[0-9]+", name)
    if inspect.isclass(given) and counted:
        plain = counted.group(1)
        return plain if plain.replace("_", "").lower() == given.__name__.lower() else name
    return name


def _free_name(told: str, name: str, taken: set[str]) -> str:
    """The name, with a number where another metric of the model has it."""
    if name == "loss" or name.startswith("val_"):
        raise ValueError(
            f"{told}, which is named {name!r}, as history_ names the loss or what is held out: "
            "expected another name, as in keras.metrics.AUC(name='auc')."
        )
    names: Iterator[str] = (f"{name}_{k}" if k else name for k in range(len(taken) + 1))
    free = next(one for one in names if one not in taken)
    taken.add(free)
    return free


def _readable(
    metric: Any, name: str, head: Head, form: str, layout: str, grouped: bool
) -> keras.metrics.Metric:
    if isinstance(metric, keras.losses.Loss):
        metric.reduction = None  # a value for each row, so that the mean is one over rows
        metric = keras.metrics.MeanMetricWrapper(metric)
    elif inspect.isfunction(metric) and _is_kerass(metric):
        metric = keras.metrics.MeanMetricWrapper(metric)
    is_metric = isinstance(metric, keras.metrics.Metric)
    if is_metric and _is_given(metric, head, form, layout, grouped):
        metric.name = name
        return metric
    return OnProbabilities(metric, head.kind, head.name, form, layout, name=name)


def _is_given(metric: Any, head: Head, form: str, layout: str, grouped: bool) -> bool:
    """Whether output and targets are what a metric takes, just as they are."""
    if keras.config.dtype_policy().compute_dtype in ("float16", "bfloat16"):
        return False
    if head.kind != "onehot":
        return head.name == "sigmoid" and (form, layout) == ("zero_one", "columns")
    if head.name == "softmax" and _LOOK_BEHIND.intersection(_kerass_names(metric)[:1]):
        return False
    forms = {"columns": "onehot", "classes": "onehot", "index": "index"}
    is_flat = not (grouped and layout == "columns")
    return head.name == "softmax" and forms[layout] == form and is_flat


def _sigmoid(v: Any) -> Any:
    small = keras.ops.exp(-keras.ops.abs(v))
    return keras.ops.where(v >= 0, keras.ops.ones_like(v), small) / (1 + small)


def _normalized(v: Any) -> Any:
    total = keras.ops.sum(v, axis=-1, keepdims=True)
    shares = v / keras.ops.where(total > 0, total, keras.ops.ones_like(total))
    return keras.ops.where(total > 0, shares, keras.ops.ones_like(v) / v.shape[-1])


def _to_one(v: Any) -> Any:
    total = keras.ops.sum(v, axis=-1, keepdims=True)
    return keras.ops.where(keras.ops.abs(total - 1) <= SUM_ERROR, v, _normalized(v))


#: kind and name of a head -> what its namesake of ``skbits.heads`` does in numpy
_TO_PROBABILITY: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("binary", "softmax"): lambda v: v[:, 1:],
    ("onehot", "softmax"): _to_one,
    ("onehot", "linear"): lambda v: keras.ops.softmax(v, axis=-1),
    ("onehot", "sigmoid"): _normalized,
    **dict.fromkeys([("binary", "sigmoid"), ("bits", "sigmoid")], lambda v: v),
    **dict.fromkeys([("binary", "tanh"), ("bits", "tanh")], lambda v: (1 + v) / 2),
    **dict.fromkeys([("binary", "linear"), ("bits", "linear")], _sigmoid),
}


@keras.saving.register_keras_serializable(package="skbits")
class OnProbabilities(keras.metrics.Metric):
    """Another metric, which gets probabilities for raw output, and 0 and 1 for a loss's targets.

    Parameters
    ----------
    metric : keras.metrics.Metric or callable(y_true, y_pred)
        Of a function, the mean over rows, of a number for each or for a batch.
    kind, head : str
        Of a ``Head``.
    form : str
        Of the targets, as of :func:`skbits.heads.target_form`.
    layout : {"columns", "classes", "index"}

    Examples
    --------
    >>> import keras
    >>> scores = keras.ops.convert_to_tensor([[-0.5], [0.5]])  # of tanh: probabilities 1/4, 3/4
    >>> metric = OnProbabilities(
    ...     keras.metrics.MeanSquaredError(), "binary", "tanh", "plus_minus", "columns")
    >>> float(metric(keras.ops.convert_to_tensor([[-1.0], [1.0]]), scores))
    0.0625
    """

    def __init__(
        self,
        metric: Any,
        kind: str,
        head: str,
        form: str,
        layout: str,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.kind, self.head, self.form, self.layout = kind, head, form, layout
        self.metric = metric
        self.mean = None if isinstance(metric, keras.metrics.Metric) else keras.metrics.Mean()

    def __getattr__(self, name: str) -> Any:
        # what Keras asks of a metric, such as whether more is better, the other one knows
        metric = vars(self).get("metric")
        if metric is None or name.startswith("__") or name == "_tracker":
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        return getattr(metric, name)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch."""
        y, p = self.read(y_true, y_pred)
        if self.mean is None:
            self.metric.update_state(y, p, sample_weight=sample_weight)
            return
        values = keras.ops.convert_to_tensor(self.metric(y, p))
        if not len(values.shape):  # one of a batch: of the last one, it counts as its rows
            values = values * keras.ops.ones_like(p, dtype=values.dtype)
        self.mean.update_state(values, sample_weight=sample_weight)

    def read(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Targets of 0 and 1, or positions, and probabilities, in the layout."""
        ops = keras.ops
        y_pred = ops.convert_to_tensor(y_pred)
        v = (
            y_pred
            if keras.backend.standardize_dtype(y_pred.dtype) == "float64"
            else ops.cast(y_pred, "float32")
        )
        p = ops.clip(_TO_PROBABILITY[self.kind, self.head](v), 0, 1)
        rows = (-1, *v.shape[1:])
        if self.form == "index":
            hot = ops.one_hot(ops.cast(y_true, "int32"), v.shape[-1], dtype=p.dtype)
        elif self.form == "onehot":
            hot = ops.cast(y_true, p.dtype)
        else:
            hot = ops.cast(ops.greater(y_true, 0), p.dtype)
        y = ops.reshape(hot, rows)
        if self.kind == "binary":
            y = y[:, -1:]
        if self.layout == "columns":
            flat = (-1, int(np.prod(p.shape[1:])))
            return ops.reshape(y, flat), ops.reshape(p, flat)
        if self.kind == "binary":
            y, p = (ops.concatenate([1 - one, one], axis=-1) for one in (y, p))
        return (ops.argmax(y, axis=-1), p) if self.layout == "index" else (y, p)

    def result(self) -> Any:
        """Of all batches."""
        return (self.mean or self.metric).result()

    def reset_state(self) -> None:
        """Begin anew."""
        (self.mean or self.metric).reset_state()

    def get_config(self) -> dict:
        own = {name: getattr(self, name) for name in ("kind", "head", "form", "layout")}
        metric = keras.saving.serialize_keras_object(self.metric)
        return {**super().get_config(), **own, "metric": metric}

    @classmethod
    def from_config(cls, config: dict) -> "OnProbabilities":
        metric = keras.saving.deserialize_keras_object(config["metric"])
        return cls(**{**config, "metric": metric})
