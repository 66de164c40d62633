"""Monitoring: callbacks that wait for a number that no epoch will have."""

from collections.abc import Sequence
from typing import Any

import keras

#: Keras' callbacks that look at one number of each epoch, ``monitor``
_WATCHING = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.ReduceLROnPlateau,
)


def check_monitored(callbacks: Sequence[Any], *, validates: bool) -> None:
    """Raise where a callback looks at validation rows and there are none: it would do nothing.

    Examples
    --------
    >>> check_monitored([keras.callbacks.EarlyStopping("loss")], validates=False)
    """
    for callback in callbacks:
        name = getattr(callback, "monitor", "") if isinstance(callback, _WATCHING) else ""
        # without save_best_only, a checkpoint does not look
        if validates or not name.startswith("val_") or not getattr(callback, "save_best_only", 1):
            continue
        kind = type(callback).__name__
        raise ValueError(
            f"callbacks holds {kind}(monitor={name!r}), but no rows are held out to validate on, "
            "so that it would never act: expected early_stopping=True, which holds some out (and "
            f"stops by their loss itself), or {kind}(monitor={name.removeprefix('val_')!r})."
        )
