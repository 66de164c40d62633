"""Fits on the compiled path: repeatable to the last bit, one by one and in threads; going on;
failing."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from keras import callbacks, layers
from parity import force_engine
from small_fits import FAST, LABELS, TARGETS, X, fit, rng, settings

import skbits
from skbits import BinaryClassifier
from skbits.training.compiled.pacing import Pace

estimators = pytest.mark.parametrize("estimator", TARGETS)


def bits(clf):
    """Everything that a fit leaves: history, weights, seeds, optimizer state."""
    model = clf.model_
    variables = [*model.variables, *model.optimizer.variables]
    return clf.history_, [variable.numpy().tobytes() for variable in variables]


@pytest.fixture(params=["numpy", "graph", "xla"])
def engine(request, monkeypatch):
    """Each of the engines that a chain of dense layers can be trained by."""
    force_engine(monkeypatch, request.param)
    return request.param


# -- the same bits --------------------------------------------------------------------------------


def normalized(inputs):
    return layers.Dropout(0.3)(layers.BatchNormalization()(layers.Dense(5)(inputs)))


def metrics_of(engine):
    return {} if engine == "numpy" else {"metrics": ["accuracy"]}  # numpy has none


def test_what_ran_before_changes_no_bit(engine):
    params = metrics_of(engine)
    first = fit(**params)
    assert first.trainer_ == "compiled"
    fit(**params, random_state=5)
    fit(**params, optimizer__learning_rate=1.0)
    BinaryClassifier(**settings(**params)).fit(3 * X[:40], LABELS[:40])
    assert bits(fit(**params)) == bits(first)
    skbits.clear_programs()
    fit(hidden_layer_sizes=(4, 3))
    assert bits(fit(**params)) == bits(first)


def test_what_ran_before_changes_no_bit_of_a_random_model():
    first = fit(model=normalized, early_stopping=True)
    assert first.trainer_ == "compiled"
    fit(model=normalized, early_stopping=True, random_state=4)
    assert bits(fit(model=normalized, early_stopping=True)) == bits(first)
    skbits.clear_programs()
    assert bits(fit(model=normalized, early_stopping=True)) == bits(first)


@pytest.mark.parametrize("model", [None, normalized], ids=["chain", "batch norm and dropout"])
def test_where_epochs_are_cut_into_calls_changes_no_bit(engine, model, monkeypatch):
    if model is not None and engine != "graph":
        return
    monkeypatch.setattr("skbits.training.compiled.loops._MAX_ROWS", 32)  # blocks of two batches
    skbits.clear_programs()
    params = {**metrics_of(engine), "model": model}
    results = []
    for batches in (1, 7, 1000):
        monkeypatch.setattr(Pace, "batches", property(lambda self, n=batches: n, lambda *_: None))
        results.append(bits(fit(**params)))
    skbits.clear_programs()  # these have small blocks
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("model", [None, normalized], ids=["chain", "batch norm and dropout"])
def test_threads_change_no_bit(engine, model):
    if model is not None and engine != "graph":
        return
    several = [
        *({"random_state": seed, "model": model} for seed in range(4)),
        {"hidden_layer_sizes": (3,)},
    ]
    alone = [bits(fit(**params)) for params in several]
    skbits.clear_programs()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda params: bits(fit(**params)), several)) == alone


@pytest.mark.parametrize("model", [None, normalized], ids=["chain", "batch norm and dropout"])
def test_threads_change_no_bit_of_a_prediction(model):
    clf = fit(model=model)
    parts = [X[:n] for n in (1, 33, 70, 5)] * 5
    alone = [clf.predict_proba(part).tobytes() for part in parts]
    skbits.clear_programs()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda part: clf.predict_proba(part).tobytes(), parts)) == alone


# -- going on -------------------------------------------------------------------------------------


def same(ours, theirs):
    assert (ours.trainer_, theirs.trainer_) == ("compiled", "keras")
    assert ours.history_.keys() == theirs.history_.keys()
    for name, values in theirs.history_.items():
        assert ours.history_[name] == pytest.approx(values, rel=1e-5)
    for a, b in zip(ours.model_.variables, theirs.model_.variables, strict=True):
        assert np.allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6), a.path


def again_and_again(estimator, trainer, how, **params):
    y = TARGETS[estimator]
    clf = estimator(**settings(**params), trainer=trainer, warm_start=how == "warm_start")
    for _ in range(3):
        if how == "warm_start":
            clf.fit(X, y)
        else:
            clf.partial_fit(X, y)
        clf = pickle.loads(pickle.dumps(clf)) if how == "partial_fit and pickle" else clf
    return clf


@estimators
@pytest.mark.parametrize("how", ["warm_start", "partial_fit", "partial_fit and pickle"])
def test_going_on_is_that_of_keras(estimator, how):
    params = {"metrics": ["accuracy"], "class_weight": {1: 2.0}, "epochs": 2}
    same(*(again_and_again(estimator, trainer, how, **params) for trainer in ("auto", "keras")))


def test_going_on_with_random_layers_and_state_is_that_of_keras():
    for how in ("warm_start", "partial_fit and pickle"):
        same(
            *(
                again_and_again(BinaryClassifier, trainer, how, model=normalized, epochs=1)
                for trainer in ("auto", "keras")
            )
        )


def test_one_trainer_goes_on_where_the_other_stopped():
    whole = fit(epochs=1, warm_start=True).fit(X, LABELS)
    for first, second in (("auto", "keras"), ("keras", "auto")):
        clf = fit(epochs=1, warm_start=True, trainer=first)
        clf.set_params(trainer=second).fit(X, LABELS)
        assert np.allclose(clf.predict_proba(X), whole.predict_proba(X), rtol=1e-5)


def test_epochs_of_partial_fit_are_those_of_one_fit_to_the_last_bit(engine):
    whole = fit()
    parts = BinaryClassifier(**FAST)
    for _ in range(3):
        parts.partial_fit(X, LABELS)
    assert bits(parts) == bits(whole)


# -- failing --------------------------------------------------------------------------------------

HUGE = {"optimizer": "sgd", "optimizer__learning_rate": 1e30, "loss": "mse", "head": "sigmoid"}


def exploding(inputs):
    return layers.Dense(4)(layers.Dense(4)(inputs))


@pytest.mark.parametrize("early", [False, True])
def test_a_fit_that_diverges_names_the_epoch(engine, early):
    params = {"model": exploding, "head": "linear", "optimizer": "sgd", "early_stopping": early}
    messages = []
    for trainer in ("compiled", "keras"):
        with pytest.raises(FloatingPointError, match="in epoch") as error:
            fit(**params, trainer=trainer, optimizer__learning_rate=1e12, epochs=8, batch_size=70)
        messages.append(str(error.value).partition(":")[0].partition("in epoch")[2])
    assert messages[0] == messages[1]


def test_a_fit_that_diverges_leaves_the_estimator_as_it_was(engine):
    clf = fit(optimizer="sgd", head="linear", warm_start=True)
    before = bits(clf)
    with pytest.raises(FloatingPointError, match="in epoch 1:"):
        clf.fit(np.where(X > 0, 3e38, -3e38), LABELS)
    assert bits(clf) == before
    assert clf.fit(X, LABELS).trainer_ == "compiled"
    assert np.isfinite(clf.predict_proba(X)).all()


class Interrupts(callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


def test_an_interrupt_leaves_the_estimator_as_it_was(engine):
    clf = fit(warm_start=True)
    before = bits(clf)
    clf.set_params(callbacks=Interrupts)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, LABELS)
    assert bits(clf) == before
    clf.set_params(callbacks=None).fit(X, LABELS)
    assert bits(clf) == bits(fit(warm_start=True).fit(X, LABELS))


@pytest.mark.parametrize("early", [False, True])
def test_a_batch_size_far_above_the_rows_is_one_batch_of_them(engine, early, real_trainings):
    """TensorFlow makes constants of that size: 10 GB for 12 rows, and 10^8 in a batch."""
    params = {**metrics_of(engine), "early_stopping": early, "validation_fraction": 0.9}
    fits = [fit(**params, batch_size=size) for size in (len(X), 2 * len(X), 2**31 - 1)]
    assert real_trainings[-1].plan.batch_size <= 2 * len(X)
    losses = [clf.history_["loss"] for clf in fits]
    assert losses[0] == pytest.approx(losses[2], rel=1e-6)
    assert bits(fits[1]) == bits(fits[2])


def test_inputs_are_not_changed(engine):
    weights = rng.uniform(0.5, 2, len(X))
    given = [X.copy(), LABELS.copy(), weights.copy()]
    clf = BinaryClassifier(**FAST, early_stopping=True, class_weight={1: 2.0})
    clf.fit(*given)
    for a, b in zip(given, (X, LABELS, weights), strict=True):
        assert np.array_equal(a, b)


def test_read_only_inputs_will_do():
    given = [X.copy(), LABELS.copy()]
    for array in given:
        array.flags.writeable = False
    assert bits(BinaryClassifier(**FAST).fit(*given)) == bits(fit())


def test_callbacks_write_what_they_would_write_with_keras(tmp_path):
    files = [tmp_path / name for name in ("auto.csv", "keras.csv")]
    for file in files:
        logger = keras.callbacks.CSVLogger(str(file))
        clf = fit(callbacks=logger, early_stopping=True, trainer=file.stem)
        assert clf.trainer_ == ("keras" if file.stem == "keras" else "compiled")
    ours, theirs = (np.genfromtxt(file, delimiter=",", names=True) for file in files)
    assert ours.dtype.names == theirs.dtype.names
    for name in ours.dtype.names:
        assert np.allclose(ours[name], theirs[name], rtol=1e-5)
