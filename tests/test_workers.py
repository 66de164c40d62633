"""Where training happens: worker processes, their threads and results; and the main job."""

import os

import joblib
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from skbits import BinaryClassifier
from skbits.threads import limit_threads_of_worker
from skbits.tuning import tune

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


def seen_by_a_worker() -> list:
    """The variables that TensorFlow reads when it first computes."""
    import tensorflow as tf

    import skbits

    skbits.BinaryClassifier  # noqa: B018 (imports the estimators)
    tf.constant(1.0) + 1
    return [os.environ.get(f"TF_NUM_{kind}_THREADS") for kind in ("INTRAOP", "INTEROP")]


@pytest.mark.parametrize("share", [1, 3])
def test_a_worker_gives_tensorflow_its_share(share):
    with joblib.parallel_backend("loky", n_jobs=2, inner_max_num_threads=share):
        seen = joblib.Parallel()([joblib.delayed(seen_by_a_worker)()] * 2)
    assert seen == [[str(share)] * 2] * 2


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setattr("skbits.threads.parent_process", lambda: object())
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", "0")
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS")
    limit_threads_of_worker()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "7"
    assert os.environ["TF_NUM_INTEROP_THREADS"] == "4"


def test_a_search_in_two_processes_gives_the_bits_of_one():
    grid = {"hidden_layer_sizes": [(3,), (4,)], "metrics": [None, ["accuracy"]]}
    found = [
        GridSearchCV(
            BinaryClassifier(epochs=2, random_state=0), grid, cv=2, n_jobs=n_jobs, scoring="roc_auc"
        ).fit(X, Y)
        for n_jobs in (1, 2)
    ]
    alone, together = (search.cv_results_["mean_test_score"] for search in found)
    assert np.array_equal(alone, together)
    weights = [search.best_estimator_.model_.get_weights() for search in found]
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))


def test_the_main_job_trains_on_the_compiled_path():
    sizes = {"hidden_layer_sizes": [(2,)]}
    result = tune(X, Y, architectures=sizes, cv=2)
    assert result.estimator_[-1].trainer_ == "compiled"
