"""Where training happens: worker processes, their threads and results; and the main job."""

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import distributed
import joblib
import numpy as np
import pytest
import small_fits
from distributed import LocalCluster
from keras import layers
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

from skbits import BinaryClassifier, ThresholdGridSearchCV
from skbits.distributed import Client
from skbits.threads import limit_threads_of_worker
from skbits.thresholds.rows import Rows
from skbits.training.weights import positive_weights
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


def test_a_worker_runs_its_share_of_operations_with_all_threads():
    share = 3
    with joblib.parallel_backend("loky", n_jobs=2, inner_max_num_threads=share):
        seen = joblib.Parallel()([joblib.delayed(seen_by_a_worker)()] * 2)
    assert seen == [[None, str(share)]] * 2  # fewer threads of an operation would sum otherwise


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setattr("skbits.threads.parent_process", lambda: object())
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", "7")
    limit_threads_of_worker()
    assert os.environ["TF_NUM_INTEROP_THREADS"] == "7"
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS")
    limit_threads_of_worker()
    assert os.environ["TF_NUM_INTEROP_THREADS"] == "4"


# --- the same bits wherever a fit is computed


def conv(inputs):
    return layers.GlobalMaxPooling1D()(layers.Conv1D(32, 3, activation="relu")(inputs))


def recurrent(inputs):
    return layers.LSTM(8)(inputs)


def wide(inputs):
    return layers.Dense(600, activation="relu")(layers.Flatten()(inputs))


def by_value(builder):
    """The builder as one of no module: it travels as code."""

    def build(inputs):
        return builder(inputs)

    return build


#: what is trained: by numpy, by a graph with sums that depend on threads, by Keras
GRID = [
    {"model": [None], "hidden_layer_sizes": [(3,), (5,)]},
    {"model": [by_value(conv), by_value(wide)], "trainer": ["auto", "keras"]},
    {"model": [by_value(recurrent)], "epochs": [1, 60]},
]
STEPS = np.random.default_rng(1).normal(size=(120, 40, 4)).astype(np.float32)
TOLD = (STEPS[:, :, 0].max(axis=1) > 2.2).astype(int)
SEARCHES = {
    "grid": partial(GridSearchCV, scoring="neg_log_loss"),  # of which every bit of p is a part
    "thresholds": partial(ThresholdGridSearchCV, scoring="f1"),
}
#: joblib 1.2 has the older name alone
configured = getattr(joblib, "parallel_config", joblib.parallel_backend)


def search_of(name, grid=GRID, model=None, **params):
    estimator = BinaryClassifier(model, epochs=2, random_state=0, **params)
    return SEARCHES[name](estimator, grid, cv=2)


@pytest.fixture(scope="module", params=SEARCHES)
def alone(request):
    return request.param, search_of(request.param).fit(STEPS, TOLD)


def check_same(search, alone):
    """All but the times, bit for bit, and the model that is refitted."""
    assert search.cv_results_.keys() == alone.cv_results_.keys()
    for name, values in alone.cv_results_.items():
        if "_time" not in name:
            np.testing.assert_array_equal(search.cv_results_[name], values, err_msg=name)
    assert np.array_equal(search.predict_proba(STEPS), alone.predict_proba(STEPS))
    assert getattr(search, "best_thresholds_", None) == getattr(alone, "best_thresholds_", None)


#: seconds that nothing here takes, on however busy a machine: a wait that is longer has failed
LIMIT = 400


@contextmanager
def two_workers():
    """A cluster of two processes, on free ports, and its client."""
    # at None, the scheduler takes the port of dashboards, and warns where another has it
    quiet = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with (
        LocalCluster(n_workers=2, processes=True, threads_per_worker=1, **quiet) as made,
        Client(made, timeout=LIMIT) as client,
    ):
        client.wait_for_workers(2, timeout=LIMIT)
        yield client


@pytest.fixture(scope="module")
def cluster():
    with two_workers() as client:
        yield client


@pytest.fixture
def mortal():
    """A cluster of its own, for tests that kill its workers."""
    with two_workers() as client:
        yield client


def limited(function):
    """What a function returns, or TimeoutError; its thread is left behind, and ends with us."""
    future = Future()

    def run():
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future.result(timeout=LIMIT)


def on_dask(name, *args):
    """A search on the cluster."""

    def fit():
        with configured("dask", wait_for_workers_timeout=LIMIT):
            return search_of(name, *args).fit(STEPS, TOLD)

    return limited(fit)


def wait_until(condition):
    deadline = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{condition.__name__} was not reached in {LIMIT} seconds")
        time.sleep(0.02)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_two_workers_give_the_bits_of_one_process(alone, backend):
    name, expected = alone
    with configured(backend, n_jobs=2):
        check_same(search_of(name).fit(STEPS, TOLD), expected)


def test_a_cluster_gives_the_bits_of_one_process(alone, cluster):
    name, expected = alone
    check_same(on_dask(name), expected)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_cluster_whose_workers_are_killed_gives_the_bits_of_one_process(name, mortal, tmp_path):
    def build(inputs, units=2, folder=None):
        Path(folder, str(os.getpid())).touch()
        deadline = time.monotonic() + LIMIT
        while not Path(folder, "killed").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return layers.Dense(units)(layers.Flatten()(inputs))

    def both_at_work():
        return len(list(tmp_path.iterdir())) == 2

    def kill_both():
        wait_until(both_at_work)
        for path in list(tmp_path.iterdir()):
            os.kill(int(path.name), signal.SIGKILL)
        Path(tmp_path, "killed").touch()

    grid = {"model__units": [2, 3], "model__folder": [str(tmp_path)]}
    with ThreadPoolExecutor() as threads:  # which end: each of their waits has a limit
        killer = threads.submit(kill_both)
        found = on_dask(name, grid, build)
        killer.result()
    check_same(found, search_of(name, grid, build).fit(STEPS, TOLD))


SCRIPT = """
import sys
import joblib, keras, numpy as np
from sklearn.model_selection import GridSearchCV
from skbits import BinaryClassifier
from skbits.distributed import Client

class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x

def build(inputs, units=2):
    return Twice()(keras.layers.Dense(units)(inputs))

def search(**options):
    X = np.random.default_rng(0).normal(size=(40, 3))
    configured = getattr(joblib, "parallel_config", joblib.parallel_backend)
    with configured(**options):
        clf = BinaryClassifier(build, epochs=1, random_state=0)
        found = GridSearchCV(clf, {"model__units": [2, 3]}, cv=2, scoring="neg_log_loss")
        return found.fit(X, X[:, 0] > 0).cv_results_["mean_test_score"].tolist()

if __name__ == "__main__":
    alone = search(backend="threading", n_jobs=1)
    assert search(backend="loky", n_jobs=2) == alone
    with Client(sys.argv[1]):
        assert search(backend="dask") == alone
"""


def test_builders_and_layers_of_main_travel_by_value(cluster, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    command = [sys.executable, path, cluster.scheduler.address]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(command, check=True, timeout=LIMIT, env=environment)


def test_scattered_data_outlives_the_workers_that_hold_it(mortal):
    futures = [*mortal.scatter([X]), *mortal.scatter((X,)), *mortal.scatter({"a": X}).values()]
    futures.append(mortal.scatter(X))
    distributed.wait(futures, timeout=LIMIT)
    for pid in mortal.run(os.getpid).values():
        os.kill(pid, signal.SIGKILL)
    assert all(np.array_equal(future.result(timeout=LIMIT), X) for future in futures)


def test_scatter_with_other_options_is_that_of_distributed(cluster):
    worker = next(iter(cluster.scheduler_info()["workers"]))
    future = cluster.scatter(X, workers=[worker])
    assert cluster.who_has(future) == {future.key: (worker,)}


@pytest.mark.parametrize("n_threads", [2, 5])
def test_sums_do_not_depend_on_the_threads_of_blas(n_threads):
    weights = np.random.default_rng(0).random(200_000).astype(np.float32)
    bits = np.random.default_rng(1).random((200_000, 3)) < 0.3

    p = bits.astype(np.float32)
    rows = Rows("bits", bits, p, weights.astype(float))

    def sums():
        return [positive_weights("balanced", p, weights), *rows.counts(bits)]

    with threadpool_limits(1):
        expected = sums()
    with threadpool_limits(n_threads):
        assert all(np.array_equal(a, b) for a, b in zip(sums(), expected, strict=True))


def test_the_main_job_trains_on_the_compiled_path():
    sizes = {"hidden_layer_sizes": [(2,)]}
    result = tune(X, Y, architectures=sizes, cv=2)
    assert result.estimator_[-1].trainer_ == "compiled"


# --- processes that are forked

FORKED = """
import multiprocessing, os, pickle, sys
import numpy as np
from small_fits import FAST, FAST_BUILT, LABELS, X
import skbits
from skbits import BinaryClassifier
if sys.argv[1] == "by skbits":
    small = BinaryClassifier(**FAST).fit(X, LABELS)
    large = BinaryClassifier(hidden_layer_sizes=(3000,), epochs=1).fit(X, LABELS)
    expected = small.predict(X)
    large.predict(X)
    written = pickle.dumps(large)
elif sys.argv[1] == "by others":
    import tensorflow as tf
    tf.zeros(3) + 1

def predicts_as_before():
    assert (small.predict(X) == expected).all()

def refuses(name, call, *args):
    try:
        call(*args)
    except RuntimeError as error:
        assert "forked" in str(error) and "spawn" in str(error) and "loky" in str(error), error
    else:
        raise AssertionError(name)

def child():
    if sys.argv[1] == "unused":
        assert BinaryClassifier(**FAST).fit(X, LABELS).predict(X).shape == (70,)
        BinaryClassifier(hidden_layer_sizes=(3000,), epochs=1).fit(X, LABELS).predict(X)
        return
    refuses("fit", BinaryClassifier(**FAST).fit, X, LABELS)
    refuses("partial_fit", BinaryClassifier(**FAST).partial_fit, X, LABELS)
    if sys.argv[1] == "by skbits":
        predicts_as_before()
        refuses("predict", large.predict, X)
        refuses("partial_fit of a fitted one", small.partial_fit, X, LABELS)
        refuses("read", pickle.loads, written)

process = multiprocessing.get_context("fork").Process(target=child)
process.start()
process.join(120)
hangs = process.is_alive()
process.kill()
assert not hangs
assert process.exitcode == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("used", ["by skbits", "by others", "unused"])
def test_a_fork_after_tensorflow_was_used_is_told_and_does_not_hang(used):
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED, used],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_that_start_afresh_fit(method):
    with multiprocessing.get_context(method).Pool(1) as pool:
        found = pool.apply_async(small_fits.fit).get(timeout=300)
    expected = small_fits.fit()
    assert np.array_equal(found.predict_proba(small_fits.X), expected.predict_proba(small_fits.X))
