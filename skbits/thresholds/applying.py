"""Applying: chosen thresholds become part of a fitted classifier.

Rules
-----
* The skbits estimators, ``FixedThresholds``, and a pipeline that ends in one have a ``threshold``
  that ``predict`` alone reads: they are given it, where it means what was chosen.
* Any other is wrapped in ``FixedThresholds``. So is one whose threshold means something else: for
  the other one of two labels, for another kind of target, or for abstaining too.
"""

from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from skbits.thresholds.task import Task
from skbits.thresholds.thresholded import FixedThresholds


def threshold_parameter(estimator: Any) -> str | None:
    """The name of a classifier's threshold, in a pipeline that of its last step's, or None.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> threshold_parameter(LogisticRegression()) is None
    True
    >>> threshold_parameter(FixedThresholds(LogisticRegression()))
    'threshold'
    """
    if isinstance(estimator, Pipeline):
        step, last = estimator.steps[-1]
        name = threshold_parameter(last)
        return None if name is None else f"{step}__{name}"
    # a classifier of others may mean anything by a threshold
    ours = isinstance(estimator, FixedThresholds) or hasattr(type(estimator), "_target_class")
    return "threshold" if ours else None


def with_thresholds(estimator: Any, thresholds: np.ndarray, task: Task) -> Any:
    """A fitted classifier that decides at thresholds: itself, or wrapped.

    Parameters
    ----------
    estimator : classifier
        Fitted; it is changed where it has a ``threshold``.
    thresholds : ndarray of shape (n_columns,)
    task : Task

    Returns
    -------
    classifier
        Fitted.
    """
    name = threshold_parameter(estimator)
    if name is not None and _means_the_same(estimator, task):
        value = float(thresholds[0]) if task.kind == "binary" else thresholds.copy()
        return estimator.set_params(**{name: value})
    pos_label = task.target.classes.tolist()[0] if task.flipped else None
    wrapped = FixedThresholds(
        FrozenEstimator(estimator),
        threshold=float(thresholds[0]) if task.kind == "binary" else thresholds.copy(),
        kind=task.kind,
        pos_label=pos_label,
        n_groups=task.target.n_groups,
    )
    return wrapped._take_over(estimator, task)


def _means_the_same(estimator: Any, task: Task) -> bool:
    """Whether a fitted classifier's own threshold makes the decisions of the task."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    own = estimator._task_ if isinstance(estimator, FixedThresholds) else Task(estimator._target_)
    same = (own.kind, own.flipped, own.target.n_groups) == (
        task.kind, task.flipped, task.target.n_groups,
    )  # fmt: skip
    return same and not getattr(estimator, "abstain", False)
