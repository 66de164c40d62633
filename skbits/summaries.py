"""Summaries: a fitted estimator in about ten lines of text."""

from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skbits.naming import counted, params_text
from skbits.progress import values_line
from skbits.quantities import quantity
from skbits.thresholds.scoring import read_constraint, read_scoring
from skbits.values import is_word

#: layers that are named one by one, from the first on; the last one is named always
_MOST_LAYERS = 7
#: labels and thresholds that are shown one by one
_MOST_VALUES = 8


class SummaryMixin:
    """Gives an estimator its ``summary``, which notebooks show too."""

    def summary(self) -> str:
        """Say what is fitted: layers, head, loss, thresholds and training, a line each.

        Returns
        -------
        str

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        check_is_fitted(self)
        return "\n".join(lines_of(self))

    # Notebooks ask for either. scikit-learn's HTML shortens fitted attributes to some letters, from
    # 1.9 on, and has none before: the summary goes below it.
    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        bundle = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:
            bundle["text/html"] += _fitted_html(self)
        return bundle

    @property
    def _repr_html_(self) -> Callable[[], str]:
        unfitted = super()._repr_html_
        return lambda: unfitted() + _fitted_html(self)


def _fitted_html(estimator: Any) -> str:
    if not is_fitted(estimator):
        return ""
    try:
        text = estimator.summary()
    except ValueError as error:  # a parameter that was set to what cannot be, since fit
        text = str(error)
    return f"<pre>{escape(text)}</pre>"


def is_fitted(estimator: Any) -> bool:
    """Whether an estimator is fitted."""
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def lines_of(estimator: Any, *, decided: bool = False) -> Iterator[str]:
    """A fitted estimator, and what it holds, indented.

    Thresholds are those of the outermost that has some: it decides, and what is within does not.
    """
    yield f"{type(estimator).__name__}"
    for name, value in _facts(estimator):
        if name != "thresholds" or not decided:
            yield f"  {name:<11} {value}"
        decided = decided or name == "thresholds"
    inner = _within(estimator)
    if inner is not None:
        yield from (f"  {line}" for line in lines_of(inner, decided=decided))


def _facts(estimator: Any) -> Iterator[tuple[str, str]]:
    """What there is to say of an estimator that is known; of another, nothing but its name."""
    if hasattr(type(estimator), "_target_class"):
        yield from _of_network(estimator)
        return
    is_search = hasattr(estimator, "best_params_") and hasattr(estimator, "cv_results_")
    if is_search:
        params = params_text(estimator.best_params_)
        n = len(estimator.cv_results_["params"])
        yield "best", f"{params or 'as it is'}, of {counted(n, 'candidate')}"
    is_tuner = isinstance(estimator, TunedThresholdClassifierCV)
    if hasattr(estimator, "best_score_") and (is_search or is_tuner or _is_ours(estimator)):
        yield "score", _score(estimator)
    if is_tuner:
        yield "thresholds", some([estimator.best_threshold_])
    if isinstance(estimator, FixedThresholdClassifier):
        yield "thresholds", some([estimator.threshold])
    if _is_ours(estimator):
        yield "thresholds", some(estimator._decide_at())
    if hasattr(type(estimator), "_predictor"):
        yield "recentered", f"{estimator.method}"


def _is_ours(estimator: Any) -> bool:
    """Whether it is a classifier of skbits around another, with thresholds of its own."""
    return hasattr(type(estimator), "_decide_at")


def _score(estimator: Any) -> str:
    """The score of what was tuned, as far as it is known under what it was reached."""
    scoring, constraint = (getattr(estimator, key, None) for key in ("scoring", "constraint"))
    before = getattr(estimator, "default_score_", None)
    told = quantity(scoring)
    at_half = "" if before is None else f", {told.sign * before:.4f} at 0.5"
    held = "" if constraint is None else f", with {_kept(estimator)}"
    rows = "over the folds"
    if _n_splits(estimator) == 1:
        chose = _is_ours(estimator) or isinstance(estimator, TunedThresholdClassifierCV)
        rows = "on the rows that chose the cutoff" if chose else "on the rows held out"
    text = told.text(estimator.best_score_).removeprefix("score ")  # of no metric that is named
    return f"{text} {rows}{at_half}{held}"


def _n_splits(estimator: Any) -> int:
    """How often rows were held out to score by; 0 where nobody says."""
    if hasattr(estimator, "n_splits_"):  # of a search
        return estimator.n_splits_
    if isinstance(estimator, TunedThresholdClassifierCV):  # it keeps no number: a share, or prefit
        return int(is_word(estimator.cv, "prefit") or isinstance(estimator.cv, float))
    return len(getattr(estimator, "fold_thresholds_", ()))


def _kept(estimator: Any) -> str:
    """The constraint that something was tuned under, and whether each bit or class keeps it."""
    task = getattr(estimator, "_task_", None)
    if task is None:
        return str(read_constraint(estimator.constraint))
    _, average = read_scoring(estimator.scoring, task.kind, estimator.average)
    if average == "joint":  # or what a formula behind it is averaged by, which is not known here
        return str(read_constraint(estimator.constraint))
    return read_constraint(estimator.constraint, task.kind, average).told


def _of_network(estimator: Any) -> Iterator[tuple[str, str]]:
    """The facts of a Keras estimator."""
    model, history = estimator.model_, estimator.history_
    shape = " x ".join(str(n) for n in estimator._row_shape_) or "1"
    yield "input", f"{counted(shape, 'value')} a row"
    yield "layers", f"{estimator.architecture_}"
    yield "weights", f"{model.count_params():,}"
    yield "head", f"{estimator._head_.name}, of {_target(estimator)}"
    yield "loss", _name(model.loss)
    rate = float(np.asarray(model.optimizer.learning_rate))
    yield "optimizer", f"{type(model.optimizer).__name__}, learning rate {rate:.4g}"
    yield "thresholds", some(estimator._thresholds())
    epochs = counted(estimator.n_iter_, "epoch")
    yield "training", f"{epochs}, by the {estimator.trainer_} trainer"
    yield "at its end", values_line({name: values[-1] for name, values in history.items()})


def _target(estimator: Any) -> str:
    """What the head decides."""
    target = estimator._target_
    if target.kind == "bits":
        return counted(target.n_columns, "bit")
    if target.n_groups > 1:
        return f"{counted(target.n_groups, 'group')} of {counted(target.width, 'class')}"
    return some(estimator.classes_)


def _within(estimator: Any) -> Any:
    """The fitted estimator in a fitted one, or None."""
    names = ("best_estimator_", "estimator_", "classifier_")
    if isinstance(estimator, Pipeline):
        inner = estimator.steps[-1][1]
    elif hasattr(type(estimator), "_predictor"):  # of one that was fitted before, too
        inner = estimator._predictor()
    else:
        inner = next((getattr(estimator, name) for name in names if hasattr(estimator, name)), None)
    return inner.estimator if isinstance(inner, FrozenEstimator) else inner


def architecture(model: Any) -> str:
    """The layers of a model in one line: the kind, the size and the activation of each.

    Arrows are between layers of which each takes what the one before gives; where layers branch,
    and join as layers, by ``+`` or in ``keras.ops``, there are commas.

    Examples
    --------
    >>> import keras
    >>> layers = [keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)]
    >>> architecture(keras.Sequential([keras.Input((4,)), *layers]))
    'Dense 8 relu -> Dense 1'
    """
    layers = list(_layers(model))
    shown = [_layer(one) for one in layers]
    if len(shown) > _MOST_LAYERS:
        n = len(shown) - _MOST_LAYERS
        shown = [*shown[: _MOST_LAYERS - 1], f"{n} more", shown[-1]]
    return (" -> " if _is_path(model) else ", ").join(shown)


def _layers(model: Any) -> Iterator[Any]:
    """The layers of a model and of the models in it, without the inputs."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _layers(layer)
        elif not _is_input(layer):
            yield layer


def _is_input(layer: Any) -> bool:
    return type(layer).__name__ == "InputLayer"


def _is_path(model: Any) -> bool:
    """Whether nothing branches: what ends in one output, and nowhere takes two values, does not.

    The operations of a model made of tensors are its layers, and what stands between them.
    """
    operations = getattr(model, "operations", model.layers)
    return all(
        _takes_one(one) and (not hasattr(one, "layers") or _is_path(one))
        for one in operations
        if not _is_input(one)
    )


def _takes_one(layer: Any) -> bool:
    """Whether a layer or operation has one input; where nobody knows, it is called by hand."""
    try:
        return not isinstance(layer.input, (list, tuple, dict))
    except (AttributeError, ValueError):
        return False


def _layer(layer: Any) -> str:
    wrapped = getattr(layer, "layer", getattr(layer, "forward_layer", None))
    if wrapped is not None:
        return f"{type(layer).__name__} {_layer(wrapped)}"
    size = next(
        (getattr(layer, name) for name in ("units", "filters", "rate") if hasattr(layer, name)), ""
    )
    activation = _name(getattr(layer, "activation", None))
    shown = "" if activation in ("linear", "None") else activation
    return " ".join(str(part) for part in (type(layer).__name__, size, shown) if part != "")


def _name(item: Any) -> str:
    """How Keras calls a loss or an activation."""
    if isinstance(item, str):
        return item
    return str(getattr(item, "__name__", None) or getattr(item, "name", None) or item)


def some(values: Iterable[Any]) -> str:
    """Values, the first ones of many.

    Examples
    --------
    >>> some([0.25, np.float32(0.5)])
    '0.25, 0.5'
    >>> some(range(20))
    '0, 1, 2, 3, 4, 5, 6, 7 and 12 more'
    """
    values = list(values)
    texts = [
        f"{value:.4g}" if isinstance(value, (float, np.floating)) else " ".join(str(value).split())
        for value in values[:_MOST_VALUES]
    ]
    more = f" and {len(values) - len(texts)} more" if len(values) > len(texts) else ""
    return ", ".join(texts) + more
