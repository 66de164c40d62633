"""Arguments: what is said of one that a method has not, in the name of the class that is used.

Rules
-----
* Every public method that Keras or scikeras gives more arguments to is decorated, so that an
  unknown one is answered from the tables of ``skbits.elsewhere``, and the error names the class
  that the user sees, not the one that the method stands in.
* What a meta-estimator hands to the classifier within is checked before any fit.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import process_routing

from skbits.elsewhere import OF_PREDICT, READ_BY_PREDICT, WRITE
from skbits.naming import nearest_name

_Method = TypeVar("_Method", bound=Callable)

_FITS = ("fit", "partial_fit")


def checks_arguments(method: _Method) -> _Method:
    """A method that tells of an argument it has not what to write instead.

    Examples
    --------
    >>> class Model:
    ...     def __init__(self, epochs=1): ...
    ...
    ...     @checks_arguments
    ...     def fit(self, X, y): ...
    >>> Model().fit([[1]], [0], epochs=3)
    Traceback (most recent call last):
        ...
    TypeError: Model.fit got an unknown argument 'epochs': it is a parameter of Model: write \
Model(epochs=...), or set_params(epochs=...), before fit.
    """
    signature = inspect.signature(method)

    @wraps(method)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            signature.bind(self, *args, **kwargs)
        except TypeError as error:
            unknown = [name for name in kwargs if name not in signature.parameters]
            owner = type(self)
            if not unknown:  # too few or too many
                raise TypeError(f"{owner.__name__}.{method.__name__}: {error}.") from None
            parameters = signature.parameters.values()
            known = [p.name for p in parameters if p.kind is not p.VAR_KEYWORD][1:]
            told = unknown_argument(owner, method.__name__, unknown[0], known)
            raise TypeError(told) from None
        return method(self, *args, **kwargs)

    return checked


def unknown_argument(owner: type, method: str, name: str, known: Iterable[str]) -> str:
    """What is said of an argument that a class' method has not."""
    return (
        f"{owner.__name__}.{method} got an unknown argument {name!r}: "
        f"{_cure(owner, method, name, list(known))}"
    )


def _cure(owner: type, method: str, name: str, known: list[str]) -> str:
    """What to write instead."""
    parameters = inspect.signature(owner).parameters
    if method not in _FITS:
        if name in READ_BY_PREDICT and name in parameters:
            return f"write set_params({name}=...).{method}(...)."
        if name in OF_PREDICT:
            return OF_PREDICT[name] + "."
    is_network = "epochs" in parameters
    is_routed = is_network and "__" in name and name.partition("__")[0] in parameters
    if name in parameters or is_routed:
        return (
            f"it is a parameter of {owner.__name__}: write {owner.__name__}({name}=...), or "
            f"set_params({name}=...), before fit."
        )
    if name in WRITE and is_network:
        of_class = f"in {owner.__name__}(...), " if WRITE[name].startswith("write ") else ""
        return f"{of_class}{WRITE[name]}."
    near = nearest_name(name, known) or nearest_name(name, parameters)
    return f"did you mean {near!r}?" if near else f"expected {', '.join(known)}."


def check_fit_arguments(estimator: Any, given: Iterable[str]) -> None:
    """Raise before any fit for what the ``fit`` of a classifier, or of a pipeline's step, has not.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> check_fit_arguments(LogisticRegression(), ["sample_weight"])
    >>> check_fit_arguments(LogisticRegression(), ["sample_wieght"])
    Traceback (most recent call last):
        ...
    TypeError: LogisticRegression.fit got an unknown argument 'sample_wieght': did you mean \
'sample_weight'?
    """
    for name in given:
        owner, rest = _of_step(estimator, name)
        parameters = inspect.signature(owner.fit).parameters if hasattr(owner, "fit") else {}
        takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        if parameters and not takes_any and rest not in parameters:
            raise TypeError(unknown_argument(type(owner), "fit", rest, parameters))


def arguments_of_fit(owner: Any, within: Any, given: Mapping[str, Any]) -> Any:
    """What goes to the ``fit`` of the estimator within: all, or what routing makes of it.

    Returns
    -------
    dict, or sklearn.utils.Bunch where scikit-learn's metadata routing is enabled
    """
    if not get_config()["enable_metadata_routing"]:
        check_fit_arguments(within, given)
        return dict(given)
    try:
        return process_routing(owner, "fit", **given)
    except TypeError:  # of what nobody has
        check_fit_arguments(within, [name for name in given if name != "groups"])
        raise


def _of_step(estimator: Any, name: str) -> tuple[Any, str]:
    """The step of a pipeline that an argument is for, and how it is called there."""
    while isinstance(estimator, Pipeline):
        step, _, rest = name.partition("__")
        steps = dict(estimator.steps)
        estimator, name = (steps[step], rest) if rest and step in steps else (estimator[-1], name)
    return estimator, name
