"""Plots: what finds their numbers. Nothing is drawn: that takes long, and takes no input."""

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate

from entry_points.base import BITS, LABELS, P_BITS, WEIGHTS, EntryPoint, P, X
from skbits import plots

_RESULTS = {
    "params": [{"a": 1}, {"a": 2}],
    "mean_test_score": np.array([0.25, 0.5]),
    "std_test_score": np.array([0.0, 0.125]),
    "thresholds": np.array([0.25, 0.5]),
}
_HELD_OUT = cross_validate(
    LogisticRegression(), X, LABELS, cv=2, return_estimator=True, return_indices=True
)


def _undrawn(name: str) -> type:
    """A display that is not drawn; equal numbers are equal displays."""
    made = getattr(plots, name)
    return type(name, (made,), {"plot": lambda self, ax=None: self})


def _entry(
    name: str, maker: str, right: dict[str, Any], numbers: str, **options: Any
) -> dict[str, EntryPoint]:
    """What finds a display's numbers, of which some are looked at."""
    make = getattr(_undrawn(name), maker)
    entry = EntryPoint(lambda **given: getattr(make(**given), numbers), right, _finite, **options)
    return {f"plots.{name} ({maker})": entry}


def _finite(numbers: Any, given: Any) -> None:
    assert np.isfinite(np.asarray(numbers, dtype=float)).all()


ENTRY_POINTS: dict[str, EntryPoint] = {
    **_entry(
        "ThresholdCurveDisplay", "from_predictions",
        {"y_true": LABELS, "y_proba": P, "scoring": "f1", "threshold": 0.5, "constraint": None,
         "folds": None, "bit": None, "sample_weight": WEIGHTS, "pos_label": None},
        "scores", said={"y_proba": "y_true|kind", "y_true": "kind"},
    ),
    **_entry(
        "ThresholdCurveDisplay", "from_cv_results",
        {"cv_results": _HELD_OUT, "X": X, "y": LABELS, "scoring": "f1", "threshold": 0.5,
         "constraint": None, "bit": None, "sample_weight": WEIGHTS, "pos_label": "yes"},
        "scores", said={"y": "y_true|kind|pos_label", "cv_results": "y"},
    ),
    **_entry(
        "BitThresholdsDisplay", "from_predictions",
        {"y_true": BITS, "y_proba": P_BITS, "thresholds": np.array([0.25, 0.5, 0.75]),
         "fold_thresholds": None, "scoring": "f1", "sample_weight": WEIGHTS, "names": None},
        "gains", said={"y_proba": "y_true|kind", "y_true": "kind", "thresholds": "threshold"},
        may=("thresholds",),  # pandas' go by name
    ),
    **_entry(
        "RecenteringDisplay", "from_predictions",
        {"y_proba": P, "threshold": 0.25, "steepness": 10.0}, "y_proba",
    ),
    **_entry(
        "SearchDisplay", "from_cv_results",
        {"cv_results": _RESULTS, "metric": "score", "max_candidates": 20},
        "scores", said={"metric": "cv_results"},
    ),
    **_entry(
        "HistoryDisplay", "from_history", {"history": {"loss": [2.0, 1.0], "val_loss": [3.0, 2.0]}},
        "best_epoch",
    ),
}  # fmt: skip
