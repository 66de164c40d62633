"""Progress: scikit-learn's callbacks, told of every fit within a fit; and lines for ``verbose``.

Rules
-----
* A fit is a task; its epochs, folds and candidates are tasks within it: search -> candidate ->
  fold -> epoch. Estimators with callbacks of scikit-learn 1.9 are told of them; before 1.9 there
  are none, and nobody listens.
* Lines go to standard output by ``print``, whole, one after the other: nothing is overwritten.
"""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Protocol, TypeVar

import numpy as np

try:
    from sklearn.callback import CallbackSupportMixin
    from sklearn.callback import with_callbacks as _with_callbacks

    #: frames from a fit to who called it, for the stacklevel of warnings: a decorator is one
    FRAMES_OF_FIT = 3
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:
        """In the place of scikit-learn's, which came with 1.9: nobody listens."""

    def _with_callbacks(method: Callable) -> Callable:
        return method

    FRAMES_OF_FIT = 2

#: numbers of an array that are shown
_MOST_NUMBERS = 4

_Method = TypeVar("_Method", bound=Callable)


def with_callbacks(method: _Method) -> _Method:
    """Decorate with scikit-learn's; here it has a type, by which editors see what ``fit`` takes."""
    return _with_callbacks(method)


__all__ = [
    "FRAMES_OF_FIT",
    "CallbackSupportMixin",
    "EpochLines",
    "EpochTasks",
    "Listener",
    "Task",
    "begin",
    "with_callbacks",
]


class Listener(Protocol):
    """What a trainer tells of its epochs, which count from 0 since training began."""

    def epoch_begins(self, epoch: int) -> None:
        """Before an epoch."""

    def epoch_ends(self, epoch: int, logs: Mapping[str, Any]) -> bool:
        """After one, with its loss and metrics; whether to stop."""


class Task:
    """A task of a fit that somebody may listen to: scikit-learn's callback context, or nothing.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext or None
    estimator : estimator
        Whose task it is.
    **about
        ``X``, ``y`` and ``metadata`` of the fit.
    """

    def __init__(self, context: Any = None, estimator: Any = None, **about: Any):
        self.context, self.estimator, self.about = context, estimator, about

    @property
    def is_heard(self) -> bool:
        """Whether the estimator has callbacks, which are told of what is within."""
        return bool(self.context and getattr(self.estimator, "_skl_callbacks", ()))

    def within(self, name: str, n_subtasks: int = 0, **about: Any) -> "Task":
        """A task within this one, with a number of tasks of its own."""
        if not self.context:
            return self
        context = self.context.subcontext(task_name=name, max_subtasks=n_subtasks)
        return Task(context, self.estimator, **about)

    def begins(self) -> None:
        """Tell that it begins."""
        if self.context:
            self.context.call_on_fit_task_begin(estimator=self.estimator, **self.about)

    def ends(self, learned: Callable[[], Mapping[str, Any]] | None = None) -> bool:
        """Tell that it ends, and what was learned by now; whether a callback asks to stop."""
        if not self.context:
            return False
        return self.context.call_on_fit_task_end(
            estimator=self.estimator, reconstruction_attributes=learned, **self.about
        )

    def fits(self, estimator: Any, X: Any, y: Any, **params: Any) -> None:
        """``estimator.fit(X, y, **params)``: the estimator's own tasks take this one's place."""
        if not self.context:
            estimator.fit(X, y, **params)
            return
        told = {"estimator": self.estimator, "X": X, "y": y}
        with self.context.propagate_callback_context(estimator):
            self.context.call_on_fit_task_begin(**told)
            estimator.fit(X, y, **params)
            self.context.call_on_fit_task_end(**told)


def begin(
    estimator: Any, X: Any, y: Any, sample_weight: Any = None, *, n_subtasks: int = 0
) -> Task:
    """The task of an estimator's ``fit``, which must be decorated with :func:`with_callbacks`.

    Without a callback, its own or of an estimator within, and outside of another fit, nothing is
    told.
    """
    within = estimator.get_params().values()
    listened = any(getattr(one, "_skl_callbacks", None) for one in (estimator, *within))
    if not listened and not hasattr(estimator, "_parent_callback_ctx"):
        return Task()
    metadata = None if sample_weight is None else {"sample_weight": sample_weight}
    context = estimator._init_callback_context(max_subtasks=n_subtasks)
    task = Task(context, estimator, X=X, y=y, metadata=metadata)
    task.begins()
    return task


class EpochTasks:
    """Tells scikit-learn's callbacks of epochs.

    Parameters
    ----------
    task : Task
        Of the fit.
    learned : callable
        The attributes by which the estimator predicts as of now.
    """

    def __init__(self, task: Task, learned: Callable[[], Mapping[str, Any]]):
        self._task, self._learned = task, learned

    def epoch_begins(self, epoch: int) -> None:
        """Open the epoch's task."""
        self._epoch = self._task.within("epoch", **self._task.about)
        self._epoch.begins()

    def epoch_ends(self, epoch: int, logs: Mapping[str, Any]) -> bool:
        """Close it."""
        return self._epoch.ends(self._learned)


class EpochLines:
    """Prints a line an epoch.

    Examples
    --------
    >>> lines = EpochLines(20)
    >>> lines.epoch_begins(2)
    >>> _ = lines.epoch_ends(2, {"loss": 0.123456, "val_loss": 12.0})  # doctest: +ELLIPSIS
    epoch  3/20  loss 0.1235  val_loss 12  (0.0 s)
    """

    def __init__(self, n_epochs: int):
        self._n_epochs = n_epochs

    def epoch_begins(self, epoch: int) -> None:
        """Take the time."""
        self._since = perf_counter()

    def epoch_ends(self, epoch: int, logs: Mapping[str, Any]) -> bool:
        """Print."""
        width = len(str(self._n_epochs))
        print(
            f"epoch {epoch + 1:>{width}}/{self._n_epochs}  {values_line(logs)}  "
            f"({perf_counter() - self._since:.1f} s)",
            flush=True,
        )
        return False


def values_line(values: Mapping[str, Any]) -> str:
    """Names and values on one line; of an array the first numbers.

    Examples
    --------
    >>> values_line({"loss": 0.123456, "accuracy": 1.0})
    'loss 0.1235  accuracy 1'
    >>> values_line({"f1_score": [0.5, 0.25, 1, 1, 1, 1]})
    'f1_score [0.5, 0.25, 1, 1, and 2 more]'
    """
    return "  ".join(f"{name} {_value_text(value)}" for name, value in values.items())


def _value_text(value: Any) -> str:
    if np.ndim(value) == 0:
        return f"{float(value):.4g}"
    numbers = np.ravel(value)
    texts = [f"{number:.4g}" for number in numbers[:_MOST_NUMBERS]]
    n_more = len(numbers) - len(texts)
    return f"[{', '.join(texts + [f'and {n_more} more'] * (n_more > 0))}]"


def fit_line(name: str, history: Mapping[str, Sequence[Any]], trainer: str, since: float) -> str:
    """What to say of a fit that is done, ``since`` being when it began by ``perf_counter``.

    Examples
    --------
    >>> fit_line("BinaryClassifier", {"loss": [0.5, 0.25]}, "compiled", perf_counter())
    'BinaryClassifier: 2 epochs  loss 0.25  (compiled, 0.0 s)'
    """
    n_epochs = len(history["loss"])
    last = values_line({key: values[-1] for key, values in history.items()})
    epochs = "epoch" if n_epochs == 1 else "epochs"
    return f"{name}: {n_epochs} {epochs}  {last}  ({trainer}, {perf_counter() - since:.1f} s)"
