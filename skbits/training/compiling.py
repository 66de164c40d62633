"""Compiling: the user's optimizer, loss, metrics and callbacks -> fresh Keras objects.

Rules
-----
* Names, classes and instances are taken, as scikeras does. An instance is copied, so that no state
  passes from one fit to the next; a routed parameter (``optimizer__learning_rate``) overrides.
* A loss given by name, class or Keras function takes ``from_logits`` from the head; a loss object
  says itself what it expects, and is checked against the head.
* An unknown name is an error that suggests the nearest known one.
"""

import copy
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import keras
from scikeras._utils import route_params

from skbits.heads import LOSS_ALIASES, LOSSES, Head
from skbits.naming import check_names, unknown_name_message
from skbits.progress import Listener
from skbits.training.losses import PositiveWeighted
from skbits.training.metrics import readable
from skbits.values import is_word

_NAME_OF_CLASS = {rule.keras_class: name for name, rule in LOSSES.items()}


def routed(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The parameters for ``prefix``, without it.

    Examples
    --------
    >>> routed({"loss": "bce", "loss__gamma": 2}, "loss")
    {'gamma': 2}
    """
    return route_params(dict(params), destination=prefix, pass_filter=set())


def make_optimizer(optimizer: Any, params: Mapping[str, Any]) -> keras.optimizers.Optimizer:
    """A fresh optimizer from a name, a class or an instance, with routed parameters.

    Examples
    --------
    >>> make_optimizer("sgd", {"momentum": 0.5}).momentum
    0.5
    """
    if isinstance(optimizer, keras.optimizers.Optimizer):
        maker, config = type(optimizer), optimizer.get_config()
    else:
        maker = _optimizer_class(optimizer)
        config = _default_config(maker)
    check_names(params, config, f"optimizer={maker.__name__}")
    rate = params.get("learning_rate")
    try:
        if callable(rate) and not isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
            float(rate())  # which Keras calls at each step
        return maker.from_config({**config, **params})
    except (TypeError, ValueError, AttributeError) as error:
        given = ", ".join(f"optimizer__{name}={value!r}" for name, value in params.items())
        raise ValueError(
            f"{given or f'optimizer={optimizer!r}'}: expected what "
            f"keras.optimizers.{maker.__name__} takes. {error}"
        ) from error


@functools.cache
def _default_config(maker: type[keras.optimizers.Optimizer]) -> Mapping[str, Any]:
    return MappingProxyType(maker().get_config())


#: as ``keras.optimizers.get`` knows them, which makes one for each look
_OPTIMIZERS = {
    name.lower(): value
    for name, value in vars(keras.optimizers).items()
    if inspect.isclass(value) and issubclass(value, keras.optimizers.Optimizer)
    if value is not keras.optimizers.Optimizer
}


def _optimizer_class(optimizer: Any) -> type[keras.optimizers.Optimizer]:
    if inspect.isclass(optimizer) and issubclass(optimizer, keras.optimizers.Optimizer):
        return optimizer
    if not isinstance(optimizer, str):
        raise ValueError(
            f"optimizer={optimizer!r}: expected a name such as 'adam', a Keras optimizer, or its "
            "class."
        )
    if optimizer.lower() in _OPTIMIZERS:
        return _OPTIMIZERS[optimizer.lower()]
    try:
        return type(keras.optimizers.get(optimizer))  # one that the user registered
    except ValueError as error:
        raise ValueError(unknown_name_message(optimizer, _OPTIMIZERS, "optimizer")) from error


@dataclass(frozen=True)
class LossSpec:
    """A loss that is ready to compile, and what skbits knows of it.

    Parameters
    ----------
    loss : keras.losses.Loss or callable
    name : str or None
        Keras' name; None for one that the user wrote.
    from_logits : bool or None
        What it expects of the output; None where the question does not arise.
    """

    loss: Any
    name: str | None
    from_logits: bool | None

    @property
    def family(self) -> str | None:
        return None if self.name is None else LOSSES[self.name].family


def loss_name(loss: Any) -> str | None:
    """Keras' name of a loss given by name, class, instance or function; None for a user's own.

    Examples
    --------
    >>> import keras
    >>> loss_name("mse"), loss_name(keras.losses.BinaryCrossentropy())
    ('mean_squared_error', 'binary_crossentropy')
    >>> loss_name(lambda y, p: p) is None
    True
    """
    if isinstance(loss, str):
        name = _NAME_OF_CLASS.get(loss, LOSS_ALIASES.get(loss, loss))
        return name if name in LOSSES else None
    is_object = isinstance(loss, keras.losses.Loss)
    maker = type(loss) if is_object else loss
    if not (getattr(maker, "__module__", None) or "").startswith("keras."):
        return None
    name = getattr(maker, "__name__", "")
    return _NAME_OF_CLASS.get(name, name if name in LOSSES else None)


def make_loss(loss: Any, head: Head, params: Mapping[str, Any]) -> LossSpec:
    """The loss to compile for this head, with routed parameters.

    Parameters
    ----------
    loss : None, str, keras.losses.Loss, its class, or callable(y_true, y_pred)
    head : Head
        Gives the default, and ``from_logits`` to what is not an object already.
    params : dict
        ``loss__...`` parameters.

    Examples
    --------
    >>> from skbits.heads import HEADS
    >>> spec = make_loss(None, HEADS["binary", "linear"], {})
    >>> spec.name, spec.from_logits
    ('binary_crossentropy', True)
    """
    if loss is None:
        loss = head.loss
    if is_word(loss, "focal"):
        many = head.loss in ("categorical_crossentropy", "sparse_categorical_crossentropy")
        loss = "categorical_focal_crossentropy" if many else "binary_focal_crossentropy"
    name = loss_name(loss)
    if isinstance(loss, keras.losses.Loss):
        config = loss.get_config()
        if params:
            check_names(params, config, f"loss={type(loss).__name__}")
            loss = type(loss).from_config({**config, **params})
        return LossSpec(loss, name, _from_logits(loss) if name else None)
    if name is None:
        return LossSpec(_users_loss(loss, params), None, None)
    rule = LOSSES[name]
    maker = getattr(keras.losses, rule.keras_class)
    check_names(params, inspect.signature(maker).parameters, f"loss={name!r}")
    logits = {"from_logits": head.logits} if rule.logits else {}
    made = maker(**{**logits, **params})
    return LossSpec(made, name, _from_logits(made))


def compiled_loss(model: Any) -> LossSpec:
    """The loss that a user compiled into a model, as Keras will apply it."""
    loss = model.loss
    if isinstance(loss, (list, tuple, dict)) and len(loss) == 1:  # of the one output
        (loss,) = loss.values() if isinstance(loss, dict) else loss
    if isinstance(loss, PositiveWeighted):
        loss = loss.loss
    name = loss_name(loss)
    if isinstance(loss, str) and name is None:
        loss = keras.losses.get(loss)
    from_logits = None
    if name is not None and LOSSES[name].logits:
        from_logits = _from_logits(loss) if isinstance(loss, keras.losses.Loss) else False
    return LossSpec(loss, name, from_logits)


def _from_logits(loss: keras.losses.Loss) -> bool | None:
    return loss.get_config().get("from_logits")


def _users_loss(loss: Any, params: Mapping[str, Any]) -> Any:
    if inspect.isclass(loss) and issubclass(loss, keras.losses.Loss):
        return _made("loss", loss, params)
    if isinstance(loss, str):
        try:
            loss = keras.losses.get(loss)
        except ValueError as error:
            raise ValueError(
                unknown_name_message(loss, [*LOSSES, *LOSS_ALIASES, "focal"], "loss")
            ) from error
    if inspect.isclass(loss) or not callable(loss):
        raise ValueError(
            f"loss={loss!r}: expected a name such as 'binary_crossentropy', a Keras loss, or a "
            "function of (y_true, y_pred)."
        )
    if params:
        raise ValueError(
            f"loss__{next(iter(params))} was given, but loss={loss!r} is a function and takes no "
            "parameters. Pass the class of a Keras loss, or functools.partial."
        )
    _check_takes_two(f"loss={loss!r}", loss)
    return loss


def _made(prefix: str, maker: type, params: Mapping[str, Any]) -> Any:
    """An object of a user's class; a parameter that it does not take is told with the nearest."""
    try:
        return maker(**params)
    except TypeError as error:
        unknown = [name for name in params if name not in (known := _parameters(maker))]
        if not unknown:
            raise ValueError(
                f"{prefix}={maker.__name__}: expected a class that can be made with "
                f"{', '.join(f'{prefix}__{name}' for name in params) or 'no parameters'}. {error}"
            ) from error
        names = [f"{prefix}__{name}" for name in known]
        owner = f"{prefix}={maker.__name__}"
        raise ValueError(unknown_name_message(f"{prefix}__{unknown[0]}", names, owner)) from error


def _parameters(maker: type) -> list[str]:
    """Names of what a class is made with, those included that it hands on to its bases."""
    names: dict[str, None] = {}
    for base in maker.__mro__[:-1]:
        if "__init__" not in vars(base):
            continue
        given = list(inspect.signature(base.__init__).parameters.values())[1:]
        names |= dict.fromkeys(
            p.name for p in given if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        )
        if not any(p.kind is p.VAR_KEYWORD for p in given):
            break
    return list(names)


def _check_takes_two(told: str, function: Any) -> None:
    """Raise where a loss or a metric cannot be called with targets and predictions."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # some functions that are not written in Python have none
        return
    try:
        signature.bind("y_true", "y_pred")
    except TypeError as error:
        raise ValueError(f"{told}: expected a function of (y_true, y_pred): {error}.") from error


def make_metrics(
    metrics: Any, head: Head, form: str, params: Mapping[str, Any], *, grouped: bool = False
) -> list | None:
    """Fresh metrics for one fit, which get probabilities; see :mod:`skbits.training.metrics`."""
    if metrics is None:
        _refuse_lost("metrics", params)
        return None
    places = dict(_places(metrics))
    for metric in places.values():
        _check_metric(metric)
    made = _make_classes("metrics", places, params, _fresh)
    return readable(list(places.values()), made, head, form, grouped=grouped)


def _fresh(metric: Any) -> Any:
    is_object = isinstance(metric, keras.metrics.Metric)
    return type(metric).from_config(metric.get_config()) if is_object else copy.deepcopy(metric)


def _check_metric(metric: Any) -> None:
    """Raise where Keras has no such metric."""
    known = (keras.metrics.Metric, keras.losses.Loss)
    expected = (
        f"metrics holds {metric!r}: expected names, Keras metrics, their classes, or functions of "
        "(y_true, y_pred), as in metrics=['accuracy', keras.metrics.AUC()]."
    )
    if is_word(metric, "acc"):
        return
    if isinstance(metric, str):
        try:
            keras.metrics.get(metric)
        except ValueError as error:
            raise ValueError(f"{expected} {error}") from error
    elif inspect.isclass(metric):
        if not issubclass(metric, known):
            raise ValueError(expected)
    elif not isinstance(metric, known):
        if not callable(metric):
            raise ValueError(expected)
        _check_takes_two(f"metrics holds {metric!r}", metric)


def _refuse_lost(name: str, params: Mapping[str, Any]) -> None:
    """Raise for a routed parameter that would go to nothing."""
    if params:
        raise ValueError(
            f"{name}__{next(iter(params))} was given, but {name} is None: expected {name} that "
            "take it."
        )


def make_callbacks(callbacks: Any, params: Mapping[str, Any]) -> list:
    """Fresh callbacks for one fit: instances are copied, classes made with routed parameters.

    A parameter goes to each class that takes it; with a place in front, a key of a dict or an index
    of a list, to those there. The nearest place wins.

    Examples
    --------
    >>> import keras
    >>> stop = keras.callbacks.EarlyStopping
    >>> made = make_callbacks({"a": stop, "b": [stop]}, {"patience": 3, "b__0__patience": 5})
    >>> [callback.patience for callback in made]
    [3, 5]
    """
    if callbacks is None:
        _refuse_lost("callbacks", params)
        return []
    items = dict(_places(callbacks))
    for item in items.values():
        is_class = inspect.isclass(item) and issubclass(item, keras.callbacks.Callback)
        if not is_class and not isinstance(item, keras.callbacks.Callback):
            raise ValueError(
                f"callbacks holds {item!r}: expected Keras callbacks or their classes, alone, in "
                "lists, or in a dict."
            )
    return _make_classes("callbacks", items, params, copy.deepcopy)


def _places(items: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Each item of nested lists and dicts, under the keys and indices that lead to it."""
    if isinstance(items, (list, tuple)):
        items = dict(enumerate(items))
    if not isinstance(items, Mapping):
        yield place, items
        return
    for key, item in items.items():
        yield from _places(item, f"{place}__{key}" if place else str(key))


def _make_classes(
    prefix: str, items: Mapping[str, Any], params: Mapping[str, Any], fresh: Callable[[Any], Any]
) -> list:
    """The items in their order: classes made with routed parameters, others made fresh."""
    classes = {place: item for place, item in items.items() if inspect.isclass(item)}
    arguments: dict[str, dict] = {place: {} for place in classes}
    for param in sorted(params, key=lambda name: name.count("__")):
        where, _, name = param.rpartition("__")
        here = [place for place in classes if not where or f"{place}__".startswith(f"{where}__")]
        _check_taken(prefix, where, name, [classes[place] for place in here], items)
        for place in here:
            if _takes(classes[place], name):
                arguments[place][name] = params[param]
    return [
        _made(prefix, item, arguments[place]) if place in classes else fresh(item)
        for place, item in items.items()
    ]


def _check_taken(prefix: str, where: str, name: str, here: list, items: Mapping[str, Any]) -> None:
    """Raise for a routed parameter that no class takes where it goes."""
    if not here and not any(f"{place}__".startswith(f"{where}__") for place in ("", *items)):
        raise ValueError(unknown_name_message(where, items, prefix))
    if not here:
        raise ValueError(
            f"{prefix}__{where + '__' if where else ''}{name} was given, but {prefix} holds no "
            "class there: expected classes, which are made with such parameters. Instances and "
            "names take none."
        )
    if not any(_takes(item, name) for item in here):
        known = {each for item in here for each in inspect.signature(item).parameters}
        owner = f"{prefix}={[item.__name__ for item in here]}"
        raise ValueError(unknown_name_message(name, known, owner))


def _takes(maker: type, name: str) -> bool:
    parameters = inspect.signature(maker).parameters
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def early_stopping(patience: int) -> keras.callbacks.Callback:
    """A callback that ends training, and puts the best epoch's weights back, by validation loss."""
    return keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=patience, restore_best_weights=True
    )


class _Told(keras.callbacks.Callback):
    """Tells a listener what Keras tells a callback."""

    def __init__(self, listener: Listener):
        super().__init__()
        self._listener = listener

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._listener.epoch_begins(epoch)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self._listener.epoch_ends(epoch, logs or {}):
            self.model.stop_training = True


def told(listeners: Sequence[Listener]) -> list[keras.callbacks.Callback]:
    """Callbacks of Keras, one for each listener."""
    return [_Told(listener) for listener in listeners]
