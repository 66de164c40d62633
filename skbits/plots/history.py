"""HistoryDisplay: losses and metrics by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skbits.plots.drawing import COLOURS, ink, legend_below, panels, shortened


class HistoryDisplay:
    """How training went: loss and metrics, of training and of validation, by epoch.

    There are no predictions to draw it from: use ``from_estimator`` or ``from_history``.

    Not for comparing models: a loss on training rows says little, and losses differ in scale.

    Parameters
    ----------
    history : dict of lists
        Name -> one value an epoch, or an array, of which each number is a line; "val_" before a
        name is the validation's.
    best_epoch : int, optional
        From 1: the one of the lowest validation loss.
    kept : bool, default=False
        Whether the model has that epoch's weights, as ``early_stopping=True`` sees to.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        One for the loss and for each metric.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from skbits.plots import HistoryDisplay
    >>> history = {"loss": [0.7, 0.5, 0.4], "val_loss": [0.8, 0.6, 0.7]}
    >>> HistoryDisplay.from_history(history).best_epoch
    2
    """

    def __init__(
        self,
        history: Mapping[str, Sequence[Any]],
        *,
        best_epoch: int | None = None,
        kept: bool = False,
    ):
        self.history = history
        self.best_epoch = best_epoch
        self.kept = kept

    @classmethod
    def from_history(cls, history: Any, *, ax: Any = None) -> "HistoryDisplay":
        """Draw a history: ``history_`` of a classifier, or ``keras.callbacks.History.history``.

        Parameters
        ----------
        history : dict of lists
            Where it has "val_loss", the epoch with the lowest is marked.
        ax : matplotlib Axes or sequence of them, optional
            One for the loss and for each metric.

        Returns
        -------
        HistoryDisplay

        Raises
        ------
        ValueError
            No dict of lists of one length, or one without a loss.
        """
        values = _checked(history)
        return cls(values, best_epoch=_best_epoch(values)).plot(ax)

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None) -> "HistoryDisplay":
        """Draw the training of a fitted classifier of skbits, or of what holds one.

        Parameters
        ----------
        estimator : classifier
            Or a pipeline, a search or another meta-estimator around one.
        ax : matplotlib Axes or sequence of them, optional

        Returns
        -------
        HistoryDisplay

        Raises
        ------
        ValueError
            Nothing in it has a ``history_``.
        """
        check_is_fitted(estimator)
        inner = estimator
        while not hasattr(inner, "history_"):
            inner = _within(inner)
            if inner is None:
                raise ValueError(
                    f"estimator={type(estimator).__name__} has no history_: expected a fitted "
                    "classifier of skbits, or something that holds one."
                )
        values, kept = _checked(inner.history_), getattr(inner, "early_stopping", None) is True
        return cls(values, best_epoch=_best_epoch(values), kept=kept).plot(ax)

    def plot(self, ax: Any = None) -> "HistoryDisplay":
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes or sequence of them, optional
            One for the loss and for each metric.

        Returns
        -------
        self
        """
        # a callback may have put in what only validation has
        names = list(dict.fromkeys(["loss", *(n.removeprefix("val_") for n in self.history)]))
        n = len(names)
        self.axes_ = panels(ax, n, nrows=n, sharex=True, figsize=(6.4, 2.2 + 2.2 * n))
        for one, name in zip(self.axes_, names, strict=True):
            for key, look in ((name, "o-"), (f"val_{name}", "s--")):
                if key in self.history:
                    values = np.asarray(self.history[key])
                    lines = one.plot(
                        np.arange(1, len(values) + 1), values.reshape(len(values), -1), look,
                        markersize=3, markevery=max(1, len(values) // 25),
                        color=COLOURS[key != name],
                    )  # fmt: skip
                    lines[0].set_label("training" if key == name else "validation")
            if self.best_epoch is not None:
                text = f"lowest validation loss{', kept' * self.kept}: epoch {self.best_epoch}"
                one.axvline(self.best_epoch, color=ink(), linewidth=1, linestyle=":", label=text)
            one.set_ylabel(shortened(name, 28))
            one.locator_params(axis="x", integer=True)
        self.axes_[-1].set_xlabel("epoch")
        legend_below(self.axes_[-1], *self.axes_[:-1])
        self.figure_ = self.axes_[0].figure
        return self


def _within(estimator: Any) -> Any:
    """What an estimator holds, fitted, or None."""
    if isinstance(estimator, Pipeline):
        return estimator.steps[-1][1]
    for name in ("best_estimator_", "estimator_", "classifier_"):
        if hasattr(estimator, name):
            return getattr(estimator, name)
    return None


def _best_epoch(history: Mapping[str, Sequence[float]]) -> int | None:
    """The first epoch, from 1, of the lowest validation loss."""
    losses = np.asarray(history.get("val_loss", ()))
    return None if np.isnan(losses).all() else int(np.nanargmin(losses)) + 1


def _checked(history: Any) -> dict[str, list]:
    expected = "expected a dict of lists, one value or array an epoch, with a 'loss'."
    if not isinstance(history, Mapping) or "loss" not in history:
        raise ValueError(f"history={history!r}: {expected}")
    try:
        values = {str(name): np.asarray(column, dtype=float) for name, column in history.items()}
    except (TypeError, ValueError) as error:
        raise ValueError(f"history={history!r}: {expected}") from error
    shape = values["loss"].shape
    if (
        len(shape) != 1
        or not shape[0]
        or any(column.shape[:1] != shape or not column.size for column in values.values())
    ):
        raise ValueError(f"history={history!r}: {expected}")
    return {name: column.tolist() for name, column in values.items()}
