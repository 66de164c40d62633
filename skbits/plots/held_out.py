"""Held-out rows: what ``cross_validate`` keeps -> rows that a fold's classifier has not seen."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from skbits.naming import about, counted
from skbits.plots.drawing import shortened
from skbits.thresholds.rows import take_rows


class HeldOut(NamedTuple):
    """Rows that were held out; one that was held out twice is there twice."""

    rows: np.ndarray  # (n,), positions in X
    folds: np.ndarray  # (n,)
    p: np.ndarray  # (n, n_columns), as predict_proba gives them
    classes: np.ndarray  # of the first fold's classifier


def held_out(cv_results: Any, X: Any) -> HeldOut:
    """Predict each fold's rows.

    Parameters
    ----------
    cv_results : dict
        Of ``cross_validate`` with ``return_estimator=True`` and ``return_indices=True``.
    X : array-like
        What was cross-validated.

    Raises
    ------
    ValueError
        Results without classifiers or rows, or classifiers of different labels.
    """
    kept = cv_results if isinstance(cv_results, Mapping) else {}
    if "estimator" not in kept or "indices" not in kept:
        raise ValueError(
            f"cv_results={shortened(repr(cv_results), 80)}: expected what cross_validate gives "
            "with return_estimator=True and return_indices=True."
        )
    tests = [np.asarray(rows) for rows in kept["indices"]["test"]]
    estimators = list(kept["estimator"])
    with about("X"):
        p = [
            np.asarray(one.predict_proba(take_rows(X, rows)))
            for one, rows in zip(estimators, tests, strict=True)
        ]
    classes = [np.asarray(one.classes_) for one in estimators]
    if not all(np.array_equal(one, classes[0]) for one in classes):
        raise ValueError(
            "cv_results holds classifiers of different labels: expected each fold's training rows "
            "to have all of them. StratifiedKFold sees to it."
        )
    folds = np.repeat(np.arange(len(tests)), [len(rows) for rows in tests])
    return HeldOut(np.concatenate(tests), folds, np.concatenate(p), classes[0])


def positive_column(classes: np.ndarray, pos_label: Any) -> int:
    """Which column of ``predict_proba`` is the positive label's.

    Raises
    ------
    ValueError
        Other than two labels, or a positive one that is neither.

    Examples
    --------
    >>> positive_column(np.array(["ill", "well"]), "ill")
    0
    """
    if len(classes) != 2:
        raise ValueError(
            f"cv_results decides between {counted(len(classes), 'class')}, which no single curve "
            "shows: expected two labels, or bits."
        )
    if pos_label is None:
        return 1
    labels = classes.tolist()
    with about("pos_label"):
        if np.ndim(pos_label) or pos_label not in labels:
            raise ValueError(f"pos_label={pos_label!r}: expected one of {labels}.")
    return labels.index(pos_label)
