"""``strategy=``: training on several devices, two virtual ones, gives what one device gives.

TensorFlow divides a CPU before it starts or never, so that the checks run in a process of their
own: ``two_devices(check, ...)`` runs a function of this module there.
"""

import copy
import functools
import multiprocessing
import pickle
import warnings
from concurrent.futures import ProcessPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier
from skbits.training import Data
from skbits.training.reference import _shared_stream
from skbits.training.strategies import shares

rng = np.random.default_rng(0)
X = rng.normal(size=(71, 4)).astype(np.float32)  # two devices do not divide them
LABELS = (X[:, 0] + X[:, 1] > 0).astype(int)
BITS = (X[:, :3] > 0).astype(int)
ONE_HOT = np.eye(3, dtype=int)[X[:, :3].argmax(axis=1)]
PAIRS = np.hstack([ONE_HOT, ONE_HOT[::-1]])
WEIGHTS = rng.uniform(0.1, 2, 71)
FAST = {"hidden_layer_sizes": (6,), "epochs": 2, "batch_size": 16, "random_state": 0}

is_old = tuple(int(part) for part in keras.version().split(".")[:2]) < (3, 10)
needs_mended = pytest.mark.skipif(is_old, reason="Keras before 3.10 has errors under strategies")


def divide_the_cpu():
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "__array__ implementation")


@pytest.fixture(scope="module")
def two_devices():
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=divide_the_cpu) as pool:
        yield lambda check, *args: pool.submit(check, *args).result()


# --- in that process


@functools.cache
def mirrored():
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def weights_of(clf):
    return clf.model_.get_weights()


def assert_same_bits(one, other):
    pairs = zip(weights_of(one), weights_of(other), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert np.array_equal(one.predict_proba(X), other.predict_proba(X))
    assert one.history_ == other.history_


def assert_close(one, other):
    for a, b in zip(weights_of(one), weights_of(other), strict=True):
        assert np.allclose(a, b, rtol=1e-4, atol=1e-6)
    assert np.allclose(one.predict_proba(X), other.predict_proba(X), rtol=1e-4, atol=1e-6)
    assert one.history_.keys() == other.history_.keys()
    for name, values in one.history_.items():
        assert np.allclose(values, other.history_[name], rtol=1e-4), name


CASES = {
    "a last batch of 7": (BinaryClassifier, LABELS, {}, None),
    "a last batch of 1": (BinaryClassifier, LABELS, {"batch_size": 14}, None),
    "batches of 7": (BinaryClassifier, LABELS, {"batch_size": 7}, None),
    "batches of 1": (BinaryClassifier, LABELS, {"batch_size": 1, "epochs": 1}, None),
    "one batch": (BinaryClassifier, LABELS, {"batch_size": 100}, None),
    "steps as long as the gradient": (
        BinaryClassifier,
        LABELS,
        {"optimizer": "sgd", "optimizer__learning_rate": 0.5},
        WEIGHTS,
    ),
    "early stopping": (
        BinaryClassifier,
        LABELS,
        {
            "early_stopping": True,
            "n_iter_no_change": 1,
            "epochs": 30,
            "validation_fraction": 0.3,
            "optimizer__learning_rate": 0.1,
        },
        WEIGHTS,
    ),
    "positive weights": (BitVectorClassifier, BITS, {"class_weight": "balanced"}, WEIGHTS),
    "weights of groups": (
        OneHotClassifier,
        PAIRS,
        {"n_groups": 2, "class_weight": {0: 2.0, 4: 0.5}, "loss__label_smoothing": 0.1},
        None,
    ),
    "a penalty": (BinaryClassifier, LABELS, {"model": "penalized"}, None),
}


def penalized(inputs):
    penalty = keras.regularizers.L2(0.1)
    return keras.layers.Dense(5, activation="tanh", kernel_regularizer=penalty)(inputs)


def check_one_device_gives_the_same(name):
    estimator, y, params, weights = CASES[name]
    params = {**FAST, **params}
    if params.get("model"):
        params |= {"model": penalized, "hidden_layer_sizes": None}
    here, there = (
        estimator(**params, strategy=strategy).fit(X, y, sample_weight=weights)
        for strategy in (mirrored(), None)
    )
    assert here.model_.distribute_strategy is mirrored()
    assert here.trainer_ == "keras"
    assert there.trainer_ == "compiled"
    assert here.n_iter_ == there.n_iter_
    assert (here.n_iter_ < 30) or name != "early stopping"
    assert_close(here, there)


@needs_mended
@pytest.mark.parametrize("name", CASES)
def test_two_devices_give_what_one_gives(two_devices, name):
    two_devices(check_one_device_gives_the_same, name)


def noisy(inputs):
    hidden = keras.layers.BatchNormalization()(keras.layers.Dense(5)(inputs))
    return keras.layers.Dropout(0.3)(hidden)


def check_a_seed_is_repeated():
    # 70 and 1: of no rows, batch normalization would have no mean
    clf = BinaryClassifier(noisy, epochs=2, batch_size=35, random_state=0, strategy=mirrored())
    first = clone(clf).fit(X, LABELS)
    assert_same_bits(first, clf.fit(X, LABELS))
    assert np.isfinite(first.predict_proba(X)).all()
    other = clone(clf).set_params(random_state=1).fit(X, LABELS)
    assert not np.array_equal(other.predict_proba(X), first.predict_proba(X))


@needs_mended
def test_the_same_seed_gives_the_same_bits(two_devices):
    two_devices(check_a_seed_is_repeated)


def in_chunks(strategy):
    clf = BinaryClassifier(**FAST, strategy=strategy)
    for start in (0, 25, 50):
        rows = slice(start, start + 25)
        clf.partial_fit(X[rows], LABELS[rows], classes=[0, 1], sample_weight=WEIGHTS[rows])
    return clf


def check_partial_fit_goes_on():
    clf = in_chunks(mirrored())
    assert clf.n_iter_ == 3
    assert_close(clf, in_chunks(None))


def check_a_warm_start_goes_on():
    one, two = (
        BinaryClassifier(**FAST, warm_start=True, strategy=strategy).fit(X, LABELS)
        for strategy in (mirrored(), None)
    )
    model = one.model_
    assert one.fit(X, LABELS).model_ is model
    assert_close(one, two.fit(X, LABELS))


@needs_mended
@pytest.mark.parametrize("check", [check_partial_fit_goes_on, check_a_warm_start_goes_on])
def test_training_goes_on(two_devices, check):
    two_devices(check)


class Failing(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise KeyboardInterrupt


def check_a_failure_changes_nothing():
    clf = in_chunks(mirrored())
    before, weights = clf.predict_proba(X), weights_of(clf)
    with pytest.raises(KeyboardInterrupt):
        clf.set_params(callbacks=Failing).partial_fit(X, LABELS)
    assert np.array_equal(clf.predict_proba(X), before)
    assert all(map(np.array_equal, weights_of(clf), weights))
    clf.set_params(callbacks=None).partial_fit(X, LABELS)
    assert_same_bits(clf, in_chunks(mirrored()).partial_fit(X, LABELS))


@needs_mended
def test_training_that_is_interrupted_leaves_the_model_as_it_was(two_devices):
    two_devices(check_a_failure_changes_nothing)


def check_another_strategy_takes_the_model_over():
    clf, other = in_chunks(mirrored()), in_chunks(None)
    clf.set_params(strategy=None).partial_fit(X, LABELS)
    other.set_params(strategy=mirrored()).partial_fit(X, LABELS)
    assert (clf.trainer_, other.trainer_) == ("compiled", "keras")
    assert other.model_.distribute_strategy is mirrored()
    assert clf.model_.distribute_strategy is tf.distribute.get_strategy()
    assert_close(clf, other)


@needs_mended
def test_training_goes_on_under_another_strategy(two_devices):
    two_devices(check_another_strategy_takes_the_model_over)


# --- copies


def check_copies_share_the_strategy():
    fitted = in_chunks(mirrored())
    cloned, copied = clone(fitted), copy.deepcopy(fitted)
    assert cloned.strategy is copied.strategy is mirrored()
    assert cloned.get_params() == fitted.get_params()
    assert clone(cloned.set_params(strategy=None)).strategy is None
    assert_same_bits(copied, fitted)
    assert_same_bits(copied.partial_fit(X, LABELS), fitted.partial_fit(X, LABELS))
    assert copied.model_.distribute_strategy is mirrored()


@needs_mended
def test_clones_and_copies_share_the_strategy(two_devices):
    two_devices(check_copies_share_the_strategy)


def check_a_pickle_goes_without_a_strategy():
    fitted = in_chunks(mirrored())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pickled = pickle.dumps(fitted)
    assert [w for w in caught if "Give a function that makes it" in str(w.message)]
    assert fitted.strategy is mirrored()
    loaded = pickle.loads(pickled)
    assert loaded.strategy is None
    assert loaded.model_.distribute_strategy is tf.distribute.get_strategy()
    assert_same_bits(loaded, fitted)
    assert_close(loaded.partial_fit(X, LABELS), fitted.partial_fit(X, LABELS))


def check_a_function_goes_along():
    fitted = in_chunks(mirrored)
    assert fitted.model_.distribute_strategy.num_replicas_in_sync == 2
    loaded = pickle.loads(pickle.dumps(fitted))
    assert loaded.strategy is clone(fitted).strategy is mirrored
    assert_same_bits(loaded.partial_fit(X, LABELS), fitted.partial_fit(X, LABELS))
    assert loaded.model_.distribute_strategy is fitted.model_.distribute_strategy
    # a class is a function that makes one
    clf = BinaryClassifier(**FAST, strategy=tf.distribute.MirroredStrategy).fit(X, LABELS)
    assert clf.model_.distribute_strategy.num_replicas_in_sync == 2


@needs_mended
@pytest.mark.parametrize(
    "check", [check_a_pickle_goes_without_a_strategy, check_a_function_goes_along]
)
def test_pickles(two_devices, check):
    two_devices(check)


# --- around it


def check_a_search_over_architectures():
    net = BinaryClassifier(**{**FAST, "epochs": 1}, strategy=mirrored())
    grid = {"hidden_layer_sizes": [(3,)]}
    here, there = (
        GridSearchCV(net, grid, cv=2, scoring="neg_log_loss", n_jobs=1).fit(X, LABELS)
        for net in (net, clone(net).set_params(strategy=None))
    )
    assert here.best_estimator_.strategy is mirrored()
    scores = [search.cv_results_["mean_test_score"] for search in (here, there)]
    assert np.allclose(*scores, rtol=1e-4)


@needs_mended
def test_grid_search(two_devices):
    two_devices(check_a_search_over_architectures)


def check_the_cache_tells_strategies_apart(folder):
    from skbits.training import TRAINERS

    trained, train = [], TRAINERS["keras"]
    TRAINERS["keras"] = lambda model, data, plan: trained.append(1) or train(model, data, plan)
    params = {**FAST, "trainer": "keras", "memory": folder}
    alone, found = tf.distribute.OneDeviceStrategy("CPU:0"), []
    try:
        for strategy, n_trained in [
            (None, 1),
            (mirrored(), 2),
            (mirrored(), 2),
            (tf.distribute.MirroredStrategy(["CPU:0"]), 3),
            (alone, 4),
            (None, 4),
        ]:
            found.append(BinaryClassifier(**params, strategy=strategy).fit(X, LABELS))
            assert len(trained) == n_trained
    finally:
        TRAINERS["keras"] = train
    assert found[2].model_.distribute_strategy is mirrored()
    assert_same_bits(found[1], found[2])
    assert_same_bits(found[1].partial_fit(X, LABELS), found[2].partial_fit(X, LABELS))


@needs_mended
def test_memory_tells_strategies_apart(two_devices, tmp_path):
    two_devices(check_the_cache_tells_strategies_apart, str(tmp_path))


def check_a_scope_around_the_call_is_a_strategy():
    with mirrored().scope():
        clf = BinaryClassifier(**FAST).fit(X, LABELS)
        clf.partial_fit(X, LABELS)
    assert clf.trainer_ == "keras"
    assert clf.model_.distribute_strategy is mirrored()
    other = BinaryClassifier(**FAST, strategy=mirrored()).fit(X, LABELS)
    assert_same_bits(clf, other.partial_fit(X, LABELS))


@needs_mended
def test_a_scope_around_the_call_is_a_strategy(two_devices):
    two_devices(check_a_scope_around_the_call_is_a_strategy)


# --- in any process


@needs_mended
def test_one_device_of_a_strategy_is_that_device():
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    clf = BinaryClassifier(**FAST, strategy=strategy, early_stopping=True).fit(X, LABELS)
    assert clf.trainer_ == "keras"
    assert_close(clf, BinaryClassifier(**FAST, early_stopping=True).fit(X, LABELS))


def make_nothing():
    return "nothing"


def test_what_is_no_strategy_is_refused():
    for bad in ("mirrored", 2, ["CPU:0"]):
        with pytest.raises(ValueError, match="strategy=.*: expected None, a tf.distribute.Strat"):
            BinaryClassifier(**FAST, strategy=bad).fit(X, LABELS)
    with pytest.raises(ValueError, match="strategy=.*make_nothing.* returned 'nothing': expected"):
        BinaryClassifier(**FAST, strategy=make_nothing).fit(X, LABELS)


@needs_mended
def test_a_strategy_has_no_program():
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    message = "trainer='compiled' cannot train this model: it was built under a OneDeviceStrategy"
    with pytest.raises(ValueError, match=message):
        BinaryClassifier(**FAST, strategy=strategy, trainer="compiled").fit(X, LABELS)


def test_old_versions_of_keras_are_refused(monkeypatch):
    monkeypatch.setattr("keras.version", lambda: "3.9.2")
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    message = "under which Keras 3.9.2 tells the loss of .*: expected Keras 3.10 or"
    with pytest.raises(ValueError, match=message):
        BinaryClassifier(**FAST, strategy=strategy).fit(X, LABELS)
    with strategy.scope(), pytest.raises(ValueError, match=message):
        BinaryClassifier(**FAST).fit(X, LABELS)
    BinaryClassifier(**FAST).fit(X, LABELS)


@given(st.integers(1, 40), st.integers(1, 9))
def test_shares_weigh_as_the_batch_does(n_rows, n_replicas):
    values = np.random.default_rng(n_rows).normal(size=n_rows)
    means = [np.mean(values[own] * scales) for own, scales in shares(np.arange(n_rows), n_replicas)]
    assert len(means) == n_replicas
    assert np.mean(means) == pytest.approx(values.mean(), rel=1e-5, abs=1e-6)
    sizes = {len(own) for own, _ in shares(np.arange(n_rows), n_replicas)}
    assert len(sizes) == 1
    assert min(sizes) > 0


def test_each_worker_of_several_has_its_own_rows():
    """Two workers of a strategy with four replicas: each gets two parts of a batch."""

    class TwoWorkers:
        num_replicas_in_sync = 4

        def distribute_datasets_from_function(self, make):
            return [make(tf.distribute.InputContext(2, worker, 4)) for worker in range(2)]

    rows = np.arange(11, dtype=np.float32)[:, np.newaxis]
    datasets, n_batches = _shared_stream(TwoWorkers(), Data(rows, rows), 8, lambda e: np.arange(11))
    assert n_batches == 2
    parts = [
        [(x.numpy().ravel().tolist(), w.numpy().tolist()) for x, _, w in dataset.take(4)]
        for dataset in datasets
    ]
    third = np.float32(4 / 3)
    assert parts == [
        [([0, 1], [1, 1]), ([4, 5], [1, 1]), ([8], [third]), ([10], [third])],
        [([2, 3], [1, 1]), ([6, 7], [1, 1]), ([9], [third]), ([8], [0])],
    ]
