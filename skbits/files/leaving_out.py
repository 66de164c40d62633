"""Leaving out: what only ``fit`` needs and cannot be saved, a function of the user's above all.

Rules
-----
* A function is code, and no code travels in a file. Predicting needs none of what is left out.
* In its place stands an object that has its name, and that says so where somebody wants to use it.
"""

from dataclasses import dataclass
from typing import Any

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
            f"{self.name} is needed to fit, and files of skbits.load hold no code: expected it as "
            "a parameter again. Set it, for example set_params(model=...), with the object itself."
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
