"""Training: model, data and plan -> weights and history.

``TRAINERS`` lists who can do it; ``choose_trainer`` is the one rule that picks; ``run`` lets it
work, looks fits up that were done before, and takes back what went wrong half-way.
"""

from collections.abc import Callable
from typing import Any

from skbits.persistence import get_state, set_state
from skbits.training import reference
from skbits.training.caching import cached, fit_key
from skbits.training.contract import Data, History, Plan

__all__ = ["TRAINERS", "Data", "History", "Plan", "choose_trainer", "run"]

TRAINERS: dict[str, Callable[[Any, Data, Plan], History]] = {"keras": reference.train}


def choose_trainer(trainer: str) -> str:
    """The name of the trainer that runs: the one asked for, or for "auto" the reference.

    Examples
    --------
    >>> choose_trainer("auto")
    'keras'
    """
    return "keras" if trainer == "auto" else trainer


def run(trainer: str, model: Any, data: Data, plan: Plan, *, memory: Any, fitted: bool) -> History:
    """Train a model in place.

    Parameters
    ----------
    trainer : str
        A key of ``TRAINERS``.
    model : keras.Model
    data : Data
    plan : Plan
    memory : None, str or joblib.Memory
        Where to look up fits that were done before.
    fitted : bool
        Whether the model was fitted before, so that it must survive a failure unchanged. Going on
        with a fitted model is never looked up.

    Returns
    -------
    dict of lists
    """
    train = TRAINERS[trainer]
    if fitted:
        before = get_state(model)
        try:
            return train(model, data, plan)
        except BaseException:  # an interrupt too
            set_state(model, before)
            raise
    if memory is None:
        return train(model, data, plan)

    def train_and_get_state() -> tuple[list, History]:
        history = train(model, data, plan)
        return get_state(model), history

    state, history = cached(memory, fit_key(model, data, plan, trainer), train_and_get_state)
    set_state(model, state)
    return history
