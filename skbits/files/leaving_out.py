"""Leaving out: what only ``fit`` needs and cannot be saved, a function of the user's above all.

Rules
-----
* A function is code, and no code travels in a file. Predicting needs none of what is left out.
* In its place stands an object that has its name; a fit that would read it says what is missing.
* A builder of models is left out without a word, since its model is in the file, and trains on. Of
  what else is left out, saving warns.
"""

import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

#: parameters and results of skbits' estimators that predicting does not read
READ_BY_FIT_ALONE = frozenset(
    {
        "best_params_",
        "callbacks",
        "constraint",
        "cv",
        "cv_results_",
        "loss",
        "metrics",
        "model",
        "optimizer",
        "param_grid",
        "scoring",
        "strategy",
    }
)

#: of these, what training on reads: the model is built and compiled already
READ_BY_TRAINING_ON = frozenset({"callbacks", "strategy"})

#: where a builder of models stands
_OF_BUILDERS = frozenset({"best_params_", "cv_results_", "model", "param_grid"})


@dataclass(frozen=True)
class LeftOut:
    """What stands for an object that a file could not hold.

    Parameters
    ----------
    name : str
        What it was.

    Examples
    --------
    >>> LeftOut("my_models.build")
    <my_models.build, which the file does not hold>
    """

    name: str

    def __repr__(self) -> str:
        return f"<{self.name}, which the file does not hold>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Say that it is missing.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(
            f"{self.name} is needed to fit, and files of skbits.load hold no code: expected the "
            "object itself. Give it again with set_params."
        )


def is_whole(value: Any) -> bool:
    """Whether nothing of a parameter was left out.

    Examples
    --------
    >>> is_whole(["AUC"]), is_whole([LeftOut("my.metric")])
    (True, False)
    """
    return not any(isinstance(item, LeftOut) for item in _items(value))


def check_all_there(estimator: Any, read: Collection[str] | None = None) -> None:
    """Raise where a fit would read a parameter that a file did not hold.

    Parameters
    ----------
    estimator : estimator
    read : collection of str, optional
        The parameters that are read; by default, all.

    Raises
    ------
    ValueError
        Of the first that is missing.

    Examples
    --------
    >>> from skbits import BinaryClassifier
    >>> check_all_there(BinaryClassifier(callbacks=[LeftOut("my.Callback")]))
    Traceback (most recent call last):
        ...
    ValueError: callbacks=[<my.Callback, which the file does not hold>] is needed to fit: ...
    """
    for name, value in estimator.get_params(deep=False).items():
        is_read = read is None or name.partition("__")[0] in read
        if is_read and not is_whole(value):
            raise ValueError(
                f"{name}={value!r} is needed to fit: expected the object itself, since files of "
                f"skbits.load hold no code. Give it again: set_params({name}=...)."
            )


def _items(value: Any) -> Iterator[Any]:
    """All that is in nested containers."""
    if isinstance(value, Mapping):
        value = list(value.values())
    elif isinstance(value, np.ndarray) and value.dtype == object:
        value = value.ravel().tolist()
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _items(item)
    else:
        yield value


def warn_of(left_out: Mapping[str, str]) -> None:
    """Tell what a file does not hold, by parameter.

    Examples
    --------
    >>> warn_of({"model": "my.build"})
    """
    told = {name: what for name, what in left_out.items() if name not in _OF_BUILDERS}
    if told:
        listed = ", ".join(f"{name} ({what})" for name, what in told.items())
        again = ", ".join(f"{name}=..." for name in told)
        warnings.warn(
            f"the file does not hold {listed}, which only fit reads. What is loaded predicts; "
            f"before it is trained, give it again: set_params({again}).",
            UserWarning,
            stacklevel=4,  # of save, and of the method of that name
        )


def described(value: Any) -> str:
    """What an object is, in a few words: the name of a function, the class of another.

    Examples
    --------
    >>> described(described)
    'skbits.files.leaving_out.described'
    """
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"
