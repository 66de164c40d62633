"""The meta-estimators: methods, and each parameter."""

import functools
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

import numpy as np
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

import skbits
from entry_points.base import (
    LABELS,
    NUMBERS,
    RIGHT,
    TINY,
    WEIGHTS,
    EntryPoint,
    X,
    are_finite,
    fitted,
    is_large,
    is_share,
    n_rows,
)


@functools.cache
def _fitted_meta(name: str) -> Any:
    clf = fitted("BinaryClassifier")
    if name == "TunedThresholdsCV":
        return skbits.TunedThresholdsCV(clf, cv="prefit", min_positives=0).fit(X, LABELS)
    if name == "ThresholdGridSearchCV":
        search = skbits.ThresholdGridSearchCV(
            skbits.BinaryClassifier(**TINY), {"batch_size": [12]}, cv=2, min_positives=0
        )
        return search.fit(X, LABELS)
    if name == "RecenteredClassifier":
        return skbits.RecenteredClassifier(clf)
    bits = fitted("BitVectorClassifier")
    return skbits.TransformedTargetClassifier(bits, skbits.IntegerBits(3)).fit(X, NUMBERS)


def _meta_method(name: str, method: str) -> Callable:
    return lambda **arguments: getattr(_fitted_meta(name), method)(**arguments)


def _meta_fit(name: str) -> Callable:
    def call(X: Any, y: Any, sample_weight: Any) -> Any:
        clf = copy(_fitted_meta(name))
        return clf.fit(X, y, sample_weight=sample_weight).predict(RIGHT)

    return call


_TUNED = {
    "scoring": "f1", "average": None, "constraint": None, "cv": 2, "combine": "auto",
    "min_positives": 0, "refit": True, "kind": "auto", "pos_label": None, "n_groups": 1,
    "max_evaluations": 10, "n_jobs": 1, "random_state": 0,
}  # fmt: skip
_OF_META: dict[str, dict[str, Any]] = {
    "TunedThresholdsCV": {"estimator": GaussianNB(), **_TUNED, "store_cv_results": False},
    "ThresholdGridSearchCV": {
        "estimator": GaussianNB(), "param_grid": {"var_smoothing": [1e-9, 1e-3]}, **_TUNED,
        "error_score": "raise", "verbose": 0,
    },
    "RecenteredClassifier": {
        "estimator": FixedThresholdClassifier(GaussianNB(), threshold=0.25),
        "method": "odds", "steepness": 10.0,
    },
    "TransformedTargetClassifier": {
        "classifier": KNeighborsClassifier(3), "codec": skbits.IntegerBits(3), "decoding": "auto",
    },
}  # fmt: skip


def _with_meta_parameters(name: str) -> Callable:
    y = NUMBERS if name == "TransformedTargetClassifier" else LABELS

    def call(**parameters: Any) -> Any:
        clf = getattr(skbits, name)(**parameters).fit(X, y)
        if hasattr(clf, "estimator_") or hasattr(clf, "classifier_"):
            assert np.isin(
                clf.predict(X), y if name != "TransformedTargetClassifier" else range(8)
            ).all()
            if hasattr(clf, "predict_proba"):
                is_share(clf.predict_proba(X))
        return 0.5

    return call


def _meta_estimator(name: str) -> dict[str, EntryPoint]:
    transformed = name == "TransformedTargetClassifier"
    y = NUMBERS if transformed else LABELS
    weighed = {"X": X, "y": y, "sample_weight": WEIGHTS}
    known = range(8) if transformed else LABELS

    def are_known(predicted: Any, given: Mapping[str, Any]) -> None:
        assert len(predicted) == n_rows(given.get("X", X))
        assert np.isin(predicted, known).all()

    def fits(predicted: Any, given: Mapping[str, Any]) -> None:
        assert len(predicted) == 12

    entries = {
        f"{name}.predict": EntryPoint(_meta_method(name, "predict"), {"X": X}, are_known),
        f"{name}.score": EntryPoint(_meta_method(name, "score"), weighed, lambda s, g: is_share(s)),
        f"{name}.fit": EntryPoint(
            _meta_fit(name),
            weighed,
            fits,
            said={
                "y": "error_score|predict_proba gives .* each of y",
                "X": r"All the 2 fits failed.*Error: (Input )?X\b",
            },
            trains=True,
        ),
        f"{name}()": EntryPoint(
            _with_meta_parameters(name), _OF_META[name], lambda s, g: None,
            refused=lambda argument, value: argument in ("verbose", "n_jobs") and is_large(value),
        ),
    }  # fmt: skip
    if not transformed:
        entries |= {
            f"{name}.predict_proba": EntryPoint(
                _meta_method(name, "predict_proba"), {"X": X}, lambda p, given: is_share(p)
            ),
            f"{name}.decision_function": EntryPoint(
                _meta_method(name, "decision_function"), {"X": X}, are_finite
            ),
        }
    return entries


ENTRY_POINTS: dict[str, EntryPoint] = {
    key: entry for name in _OF_META for key, entry in _meta_estimator(name).items()
}
