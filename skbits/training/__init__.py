"""Training: model, data and plan -> weights and history.

``TRAINERS`` lists who can do it; ``choose_trainer`` is the one rule that picks; ``run`` lets it
work, looks fits up that were done before, and takes back what went wrong half-way.
"""

import skbits.startup  # noqa: F401, I001  before Keras

from collections.abc import Callable
from typing import Any

from skbits.persistence import get_state, set_state
from skbits.training import compiled, reference
from skbits.training.caching import cached, fit_key
from skbits.training.contract import Data, History, Plan, bounded_batch_size
from skbits.training.finishing import finished

__all__ = [
    "TRAINERS",
    "Data",
    "History",
    "Plan",
    "bounded_batch_size",
    "choose_trainer",
    "finished",
    "run",
]

TRAINERS: dict[str, Callable[[Any, Data, Plan], History]] = {
    "compiled": compiled.train,
    "keras": reference.train,
}


def choose_trainer(trainer: str, model: Any, data: Data, plan: Plan) -> str:
    """The name of the trainer that runs.

    "compiled" wherever it reproduces ``keras.Model.fit``, else "keras"; unless one is asked for.

    Raises
    ------
    ValueError
        For ``trainer="compiled"`` where it cannot do what it should.
    """
    if trainer == "keras":
        return "keras"
    reason = compiled.obstacle(model, data, plan)
    if reason and trainer == "compiled":
        raise ValueError(
            f"trainer='compiled' cannot train this model: {reason}. Use trainer='auto', which "
            "falls back to keras.Model.fit."
        )
    return "keras" if reason else "compiled"


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
        return get_state(finished(model)), history

    state, history = cached(memory, fit_key(model, data, plan, trainer), train_and_get_state)
    set_state(model, state)
    return history
