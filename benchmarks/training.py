"""Training and predicting: fits, one row, a grid search, with the accuracy reached.

Held-out rows are a quarter (``fit``, ``row``) or each fold (``grid``), the same for all peers.
"""

from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.preprocessing import scale

from benchmarks.base import Seen, Setting, Workload, seconds_of
from benchmarks.peers import PEERS, Classifier


def _data(setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    """Breast cancer: X of shape (n_rows, 30), standardized over all rows, and y of (n_rows,)."""
    X, y = load_breast_cancer(return_X_y=True)
    return scale(X)[: setting.n_rows], y[: setting.n_rows]


def _held_out(peer: Classifier, setting: Setting) -> tuple[Any, np.ndarray, float]:
    """A classifier fitted on three quarters, the other rows, and its accuracy on them."""
    X, y = _data(setting)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
    classifier = peer.make(setting.hidden, setting).fit(X, y)
    return classifier, X_test, float(accuracy_score(y_test, classifier.predict(X_test)))


def fit(peer: Classifier, setting: Setting) -> Seen:
    """Fits of all rows, each of a new classifier; accuracy is that of one more fit, not timed."""
    X, y = _data(setting)
    classifiers = [peer.make(setting.hidden, setting) for _ in range(1 + setting.n_later_fits)]
    first, *later = [seconds_of(classifier.fit, X, y) for classifier in classifiers]
    return Seen({"first fit": [first], "later fits": later}, _held_out(peer, setting)[2])


def row(peer: Classifier, setting: Setting) -> Seen:
    """predict_proba, or predict where there is none, of one row, after predict of many."""
    classifier, X, accuracy = _held_out(peer, setting)
    predict = getattr(classifier, "predict_proba", classifier.predict)
    first, *later = [seconds_of(predict, X[:1]) for _ in range(1 + setting.n_later_rows)]
    return Seen({"first row": [first], "later rows": later}, accuracy)


def grid(peer: Classifier, setting: Setting) -> Seen:
    """The first ``GridSearchCV`` of a process, refit included; accuracy is its best score."""
    X, y = _data(setting)
    search = GridSearchCV(
        peer.make(setting.hidden, setting),
        [{k: [v] for k, v in peer.size(hidden).items()} for hidden in setting.grid_hidden],
        scoring="accuracy",
        cv=list(StratifiedKFold(setting.n_folds).split(X, y)),
        error_score="raise",
    )
    seconds = seconds_of(search.fit, X, y, **peer.search_fit_params(setting))
    return Seen({"grid search": [seconds]}, float(search.best_score_))


WORKLOADS = {job.__name__: Workload(PEERS, job, "accuracy") for job in (fit, row, grid)}
