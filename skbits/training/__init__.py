"""Training: model, data and plan -> weights and history.

``TRAINERS`` lists who can do it; ``choose_trainer`` is the one rule that picks.
"""

from collections.abc import Callable
from typing import Any

from skbits.training import reference
from skbits.training.contract import Data, History, Plan

__all__ = ["TRAINERS", "Data", "History", "Plan", "choose_trainer"]

TRAINERS: dict[str, Callable[[Any, Data, Plan], History]] = {"keras": reference.train}


def choose_trainer(trainer: str) -> str:
    """The name of the trainer that runs: the one asked for, or for "auto" the reference.

    Examples
    --------
    >>> choose_trainer("auto")
    'keras'
    """
    return "keras" if trainer == "auto" else trainer
