"""Applying: chosen thresholds become part of a fitted classifier.

Rules
-----
* A classifier with a ``threshold`` parameter, read by ``predict`` alone, is given it: the skbits
  estimators, ``FixedThresholds``, and a pipeline that ends in one.
* Any other is wrapped in ``FixedThresholds``; so is a classifier whose threshold would be for the
  other one of two labels.
"""

from typing import Any

import numpy as np
from sklearn.base import is_classifier
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
    if not is_classifier(estimator):
        return None
    return "threshold" if "threshold" in estimator.get_params(deep=False) else None


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
    if name is not None and not task.flipped:
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
