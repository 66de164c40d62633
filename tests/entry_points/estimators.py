"""The three estimators: methods, and each parameter."""

import contextlib
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import skbits
from entry_points.base import (
    BITS,
    CLASSES,
    LABELS,
    RIGHT,
    TARGETS,
    TINY,
    WEIGHTS,
    EntryPoint,
    X,
    are_finite,
    fitted,
    is_elsewhere,
    is_large,
    is_share,
    n_rows,
)


def _are_predictions(predicted: Any, given: Mapping[str, Any]) -> None:
    y = next(y for y in (LABELS, BITS, CLASSES) if given["y"] is y)
    assert predicted.shape == (n_rows(given["X"]), *y.shape[1:])
    assert np.isin(predicted, y).all()


def _are_probabilities(p: Any, given: Mapping[str, Any]) -> None:
    assert p.shape == (n_rows(given["X"]), 2 if given["y"] is LABELS else 3)
    is_share(p)
    if given["y"] is not BITS:
        assert np.allclose(p.sum(axis=1), 1)


def _is_finite(value: Any, given: Mapping[str, Any]) -> None:
    assert np.isfinite(value).all(), value


def _of(name: str, method: str) -> Callable:
    """A method of a fitted estimator, of X."""

    def call(X: Any, **arguments: Any) -> Any:
        del arguments["y"]
        return getattr(fitted(name), method)(X, **arguments)

    return call


def _score(name: str) -> Callable:
    return lambda X, y, sample_weight: fitted(name).score(X, y, sample_weight)


def _fit(name: str) -> Callable:
    def call(X: Any, **arguments: Any) -> Any:
        return getattr(skbits, name)(**TINY).fit(X, **arguments).predict_proba(X)

    return call


def _partial_fit(name: str, *, first: bool) -> Callable:
    def call(X: Any, **arguments: Any) -> Any:
        clf = getattr(skbits, name)(**TINY)
        if not first:
            clf.fit(RIGHT, TARGETS[name])
        return clf.partial_fit(X, **arguments).predict_proba(X)

    return call


def _with_parameters(name: str) -> Callable:
    def call(**parameters: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            clf = getattr(skbits, name)(**{**TINY, **parameters}).fit(X, TARGETS[name])
        clf.predict(X)
        clf.decision_function(X)
        return clf.predict_proba(X)

    return call


def _set_threshold(name: str) -> Callable:
    def call(threshold: Any) -> Any:
        clf = fitted(name)
        try:
            clf.set_params(threshold=threshold)
            predicted, distance = clf.predict(X), clf.decision_function(X)
        finally:
            clf.set_params(threshold=0.5)
        assert np.isin(predicted, TARGETS[name]).all()
        return distance

    return call


#: parameters of estimators that are not drawn: anything that trains is right
_PARAMETERS = {
    "model": None, "hidden_layer_sizes": (2,), "activation": "relu", "dropout": 0.0, "head": None,
    "threshold": 0.5, "loss": None, "optimizer": "adam", "metrics": None, "epochs": 1,
    "batch_size": 12, "class_weight": None, "early_stopping": False, "validation_fraction": 0.25,
    "n_iter_no_change": 2, "callbacks": None, "warm_start": False, "trainer": "auto",
    "memory": None, "strategy": None, "random_state": 0, "verbose": 0,
    "optimizer__learning_rate": 0.1, "n_groups": 1, "abstain": False, "abstain_label": -1,
}  # fmt: skip


def _takes_long(name: str, value: Any) -> bool:
    """Many epochs, wide layers, lines printed; folders elsewhere."""
    return is_elsewhere(name, value) or (
        name in ("epochs", "hidden_layer_sizes", "verbose") and is_large(value)
    )


def _estimator(name: str) -> dict[str, EntryPoint]:
    y = TARGETS[name]
    rows = {"X": X, "y": y}
    weighed = {**rows, "sample_weight": WEIGHTS}
    own = {"n_groups", "abstain", "abstain_label"} if name != "OneHotClassifier" else set()
    parameters = {k: v for k, v in _PARAMETERS.items() if k not in own}
    classes = {"BinaryClassifier": np.array(["no", "yes"]), "OneHotClassifier": np.arange(3)}
    first = {**weighed, "classes": classes.get(name, np.arange(3))}
    share = lambda p, given: is_share(p)  # noqa: E731
    return {
        f"{name}.predict": EntryPoint(_of(name, "predict"), rows, _are_predictions, fixed=("y",)),
        f"{name}.predict_proba": EntryPoint(
            _of(name, "predict_proba"), rows, _are_probabilities, fixed=("y",)
        ),
        f"{name}.decision_function": EntryPoint(
            _of(name, "decision_function"), rows, are_finite, fixed=("y",)
        ),
        f"{name}.score": EntryPoint(_score(name), weighed, share),
        f"{name}.fit": EntryPoint(_fit(name), weighed, share, trains=True),
        f"{name}.partial_fit": EntryPoint(
            _partial_fit(name, first=False), weighed, share, trains=True
        ),
        f"{name}.partial_fit first": EntryPoint(
            _partial_fit(name, first=True), first, share, trains=True
        ),
        f"{name}()": EntryPoint(
            _with_parameters(name),
            parameters,
            share,
            said={"optimizer__learning_rate": "learning_rate"},
            refused=_takes_long,
            trains=True,
        ),
        f"{name}.set_params": EntryPoint(_set_threshold(name), {"threshold": 0.5}, _is_finite),
    }


ENTRY_POINTS: dict[str, EntryPoint] = {
    key: entry for name in TARGETS for key, entry in _estimator(name).items()
}
