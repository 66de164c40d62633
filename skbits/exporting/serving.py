"""Serving: a fitted classifier -> the function of X that its graph computes.

Rules
-----
* A meta-estimator's function is made of that of the classifier in it, so a cutoff that any of them
  has is inside.
* Who reads which classifier is a table. What is not in it is Python code, and refused in words.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skbits.codecs import TransformedTargetClassifier
from skbits.estimators import BinaryClassifier, BitVectorClassifier, OneHotClassifier
from skbits.exporting.arithmetic import decisions, probability
from skbits.exporting.recentering import recentered
from skbits.targets import BinaryTarget
from skbits.thresholds.cutoffs import cutoff_of
from skbits.thresholds.recentered import RecenteredClassifier
from skbits.thresholds.task import Task
from skbits.thresholds.thresholded import ThresholdedClassifier

#: rows X of shape (n, ...) -> probabilities and decisions
Serve = Callable[[Any], tuple[Any, Any]]


@dataclass(frozen=True)
class Served:
    """What a graph computes.

    Parameters
    ----------
    serve : Serve
    model : keras.Model
        The model in it.
    row_shape : tuple of int
        Shape of a row of X.
    name : str
        Of the classifier, for messages.
    """

    serve: Serve
    model: Any
    row_shape: tuple[int, ...]
    name: str

    def function(self) -> Any:
        """A ``tf.function`` of X with the outputs by name."""

        @tf.function(
            input_signature=[tf.TensorSpec((None, *self.row_shape), tf.float32, name="X")],
            autograph=False,
        )
        def serve(X: Any) -> dict[str, Any]:
            p, decided = self.serve(X)
            return {"probabilities": p, "decisions": decided}

        return serve


def served(estimator: Any) -> Served:
    """The function of a fitted classifier, its thresholds inside.

    Raises
    ------
    NotFittedError
        Before ``fit``.
    ValueError
        A classifier that is no graph.
    """
    name = type(estimator).__name__
    for kind, read in READERS:
        if isinstance(estimator, kind):
            return read(estimator, name)
    if hasattr(estimator, "best_estimator_"):  # a search, whose base class is not public
        return served(estimator.best_estimator_)
    raise ValueError(
        f"{name} cannot be exported, since it computes in Python, which no graph holds: expected "
        "a BinaryClassifier, BitVectorClassifier or OneHotClassifier, or a meta-estimator around "
        "one. Export the Keras classifier in it, or choose the thresholds around that."
    )


def _of_keras_estimator(estimator: Any, name: str) -> Served:
    check_is_fitted(estimator)
    model, head, target = estimator._model_, estimator._head_, estimator._target_
    cutoff = cutoff_of(estimator)
    abstain = {}
    if getattr(estimator, "abstain", False):
        abstain = {"abstain": True, "abstain_label": estimator.abstain_label}
        if target.from_labels:
            target.check_abstain_label(estimator.abstain_label)

    def serve(X: Any) -> tuple[Any, Any]:
        p = probability(model(X, training=False), head, target)
        if target.kind == "binary":
            p = tf.concat([1 - p, p], axis=1)
        return p, decisions(p, cutoff, target, **abstain)

    return Served(serve, model, estimator._row_shape_, name)


def _of_thresholded(estimator: ThresholdedClassifier, name: str) -> Served:
    task = estimator._task_of_fitted()
    inner, cutoff = served(estimator.estimator_), cutoff_of(estimator)
    classes = getattr(estimator.estimator_, "classes_", None)

    def serve(X: Any) -> tuple[Any, Any]:
        p = _columns(inner.serve(X)[0], task, classes)
        return p, decisions(p, cutoff, task.target)

    return replace(inner, serve=serve, name=name)


def _of_sklearns_threshold(estimator: Any, name: str) -> Served:
    check_is_fitted(estimator)
    # it may be around a fitted classifier, without a fit of its own
    inner = served(getattr(estimator, "estimator_", estimator.estimator))
    cutoff, target = cutoff_of(estimator), BinaryTarget(estimator.classes_)

    def serve(X: Any) -> tuple[Any, Any]:
        p = inner.serve(X)[0]
        return p, decisions(p, cutoff, target)

    return replace(inner, serve=serve, name=name)


def _of_recentered(estimator: RecenteredClassifier, name: str) -> Served:
    check_is_fitted(estimator)
    inner, cutoff = served(estimator._predictor()), cutoff_of(estimator._predictor())
    n_columns = 2 if cutoff.kind == "binary" else len(cutoff.thresholds)
    estimator._recentered(np.empty((0, n_columns)), cutoff)  # no rows: parameters are checked

    def serve(X: Any) -> tuple[Any, Any]:
        p, decided = inner.serve(X)
        return recentered(p, cutoff, estimator.method, estimator.steepness), decided

    return replace(inner, serve=serve, name=name)


def _of_pipeline(estimator: Pipeline, name: str) -> Served:
    for step, part in estimator.steps[:-1]:
        if part not in (None, "passthrough"):
            raise ValueError(
                f"{name} cannot be exported, since its step {step!r}, {type(part).__name__}, "
                "computes in Python, which no graph holds: expected a classifier without steps "
                "before it. Put the scaling into the model, as keras.layers.Normalization(mean="
                "..., variance=...); or the steps around the whole, as in make_pipeline(scaler, "
                "TunedThresholdsCV(classifier)), export its last step, and transform X before."
            )
    return served(estimator.steps[-1][1])


def _of_frozen(estimator: FrozenEstimator, name: str) -> Served:
    return served(estimator.estimator)


def _of_transformed_target(estimator: TransformedTargetClassifier, name: str) -> Served:
    check_is_fitted(estimator)
    codec = type(estimator.codec_).__name__
    raise ValueError(
        f"{name} cannot be exported, since its codec {codec} decodes in Python, which no graph "
        "holds: expected a classifier of bits or classes. Export classifier_, for the "
        "probabilities and decisions of the codewords, and decode these with codec_."
    )


#: classes of classifiers -> who reads the function of one
READERS: tuple[tuple[Any, Callable[[Any, str], Served]], ...] = (
    ((BinaryClassifier, BitVectorClassifier, OneHotClassifier), _of_keras_estimator),
    (ThresholdedClassifier, _of_thresholded),
    (RecenteredClassifier, _of_recentered),
    (TransformedTargetClassifier, _of_transformed_target),
    ((FixedThresholdClassifier, TunedThresholdClassifierCV), _of_sklearns_threshold),
    (Pipeline, _of_pipeline),
    (FrozenEstimator, _of_frozen),
)

#: what the columns are asked for, which are the same for any rows
_NO_ROWS = np.empty((0, 0))


class _Columns:
    """A classifier each of whose rows is sure of another column: it shows where columns go."""

    def __init__(self, n_columns: int, classes: Any):
        self.n_columns, self.classes_ = n_columns, classes

    def predict_proba(self, X: Any) -> np.ndarray:
        return np.eye(self.n_columns)


def _columns(p: Any, task: Task, classes: Any) -> Any:
    """Probabilities of a classifier -> those of a task, in the order of its classes.

    Where the task has columns that the classifier has not, they are 0.
    """
    sources = task.all_probabilities(_Columns(p.shape[1], classes), _NO_ROWS)  # (theirs, ours)
    if np.array_equal(sources, np.eye(p.shape[1])):
        return p
    known = sources.any(axis=0)
    return tf.gather(p, sources.argmax(axis=0), axis=1) * known.astype(p.dtype.as_numpy_dtype)
