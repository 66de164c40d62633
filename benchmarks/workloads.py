"""What is timed. A workload maps (peer, setting) to the times and the accuracy of one process.

Held-out rows are a quarter (``fit``, ``row``) or each fold (``grid``), the same for all peers.
``python -m benchmarks.workloads WORKLOAD PEER SETTING`` prints them as JSON on its last line.
"""

import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.preprocessing import scale

from benchmarks.peers import PEERS, Peer, Setting


@dataclass(frozen=True)
class Seen:
    """Seconds, by what took them, in the order in which they were seen; held-out accuracy."""

    seconds: dict[str, list[float]]
    accuracy: float


def _data(setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    """Breast cancer: X of shape (n_rows, 30), standardized over all rows, and y of (n_rows,)."""
    X, y = load_breast_cancer(return_X_y=True)
    return scale(X)[: setting.n_rows], y[: setting.n_rows]


def _seconds(job: Callable[..., Any], *args: Any, **kwargs: Any) -> float:
    start = perf_counter()
    job(*args, **kwargs)
    return perf_counter() - start


def _held_out(peer: Peer, setting: Setting) -> tuple[Any, np.ndarray, float]:
    """A classifier fitted on three quarters, the other rows, and its accuracy on them."""
    X, y = _data(setting)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
    classifier = peer.make(setting.hidden, setting).fit(X, y)
    return classifier, X_test, float(accuracy_score(y_test, classifier.predict(X_test)))


def fit(peer: Peer, setting: Setting) -> Seen:
    """Fits of all rows, each of a new classifier; accuracy is that of one more fit, not timed."""
    X, y = _data(setting)
    classifiers = [peer.make(setting.hidden, setting) for _ in range(1 + setting.n_later_fits)]
    first, *later = [_seconds(classifier.fit, X, y) for classifier in classifiers]
    return Seen({"first fit": [first], "later fits": later}, _held_out(peer, setting)[2])


def row(peer: Peer, setting: Setting) -> Seen:
    """predict_proba, or predict where there is none, of one row, after predict of many."""
    classifier, X, accuracy = _held_out(peer, setting)
    predict = getattr(classifier, "predict_proba", classifier.predict)
    first, *later = [_seconds(predict, X[:1]) for _ in range(1 + setting.n_later_rows)]
    return Seen({"first row": [first], "later rows": later}, accuracy)


def grid(peer: Peer, setting: Setting) -> Seen:
    """The first ``GridSearchCV`` of a process, refit included; accuracy is its best score."""
    X, y = _data(setting)
    search = GridSearchCV(
        peer.make(setting.hidden, setting),
        [{k: [v] for k, v in peer.size(hidden).items()} for hidden in setting.grid_hidden],
        scoring="accuracy",
        cv=list(StratifiedKFold(setting.n_folds).split(X, y)),
        error_score="raise",
    )
    seconds = _seconds(search.fit, X, y, **peer.search_fit_params(setting))
    return Seen({"grid search": [seconds]}, float(search.best_score_))


WORKLOADS: dict[str, Callable[[Peer, Setting], Seen]] = {"fit": fit, "row": row, "grid": grid}


def measure(workload: str, name: str, setting: Setting) -> Seen:
    """Run a workload for a peer in this process."""
    with warnings.catch_warnings():
        # what MLPClassifier says when it has run as many epochs as it was told to
        warnings.simplefilter("ignore", ConvergenceWarning)
        return WORKLOADS[workload](PEERS[name], setting)


if __name__ == "__main__":
    seen = measure(*sys.argv[1:3], Setting(**json.loads(sys.argv[3])))
    print("\n" + json.dumps(asdict(seen)))
