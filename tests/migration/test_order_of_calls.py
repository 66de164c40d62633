"""The order of calls: what set_params, fit, partial_fit and predict do to each other."""

import keras
import numpy as np
import pytest
from conftest import FAST, FAST_BUILT
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

TARGETS = {BinaryClassifier: "y", BitVectorClassifier: "bits", OneHotClassifier: "labels"}
estimators = pytest.mark.parametrize("estimator", TARGETS)


def net(inputs, units=5):
    return keras.layers.Dense(units)(inputs)


@estimators
def test_every_call_returns_the_estimator_itself(table, trainings, estimator):
    y = getattr(table, TARGETS[estimator])
    clf = estimator(**FAST)
    assert clf.set_params(epochs=2) is clf
    assert clf.fit(table.X, y) is clf
    assert clf.partial_fit(table.X, y) is clf


@estimators
def test_parameters_may_come_in_any_order_and_at_any_time(table, trainings, estimator):
    """In the constructor, by set_params, and to a clone they do the same."""
    y = getattr(table, TARGETS[estimator])
    late = {
        "model__units": 7,
        "optimizer__learning_rate": 0.25,
        "callbacks": keras.callbacks.EarlyStopping,
        "callbacks__monitor": "loss",
        "epochs": 3,
        "model": net,
    }
    made = estimator(random_state=0, **late)
    told = estimator(random_state=0)
    for name, value in reversed(late.items()):
        told.set_params(**{name: value})
    for clf in (made, told, clone(told)):
        assert clf.get_params() == made.get_params()
        clf.fit(table.X, y)
        assert trainings[-1].units == 7
        assert trainings[-1].plan.epochs == 3
        assert trainings[-1].plan.callbacks[0].monitor == "loss"
        assert float(clf.model_.optimizer.learning_rate) == 0.25


def test_parameters_set_after_fit_hold_from_the_next_fit_on(table, trainings):
    clf = BinaryClassifier(net, **FAST_BUILT).fit(table.X, table.y)
    before = clf.predict_proba(table.X)
    clf.set_params(model__units=9, epochs=2)
    assert np.array_equal(clf.predict_proba(table.X), before)
    clf.fit(table.X, table.y)
    assert [training.units for training in trainings] == [5, 9]
    assert clf.n_iter_ == 2


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_predict_comes_after_fit(table, method):
    with pytest.raises(NotFittedError):
        getattr(BinaryClassifier(), method)(table.X)


def test_predict_changes_nothing(table, trainings):
    watched = BinaryClassifier(**FAST).fit(table.X, table.y)
    names = set(vars(watched))
    for method in ("predict", "predict_proba", "decision_function"):
        getattr(watched, method)(table.X)
    assert set(vars(watched)) == names
    alone = BinaryClassifier(**FAST).fit(table.X, table.y)
    for clf in (watched, alone):
        clf.partial_fit(table.X, table.y)
    assert np.array_equal(watched.predict_proba(table.X), alone.predict_proba(table.X))


@estimators
def test_fit_starts_anew_and_warm_start_keeps_the_model_object(table, trainings, estimator):
    y = getattr(table, TARGETS[estimator])
    clf = estimator(**FAST).fit(table.X, y)
    first = clf.model_
    second = clf.fit(table.X, y).model_
    assert second is not first
    clf.set_params(warm_start=True)
    for _ in range(2):
        assert clf.fit(table.X, y).model_ is second
    assert clf.set_params(warm_start=False).fit(table.X, y).model_ is not second


def test_a_first_fit_with_warm_start_is_a_fit(table):
    warm, cold = (BinaryClassifier(**FAST, warm_start=warm) for warm in (True, False))
    assert warm.fit(table.X, table.y).history_ == cold.fit(table.X, table.y).history_


def test_warm_start_may_train_longer_with_other_callbacks_but_not_another_model(table, trainings):
    clf = BinaryClassifier(net, warm_start=True, random_state=0, epochs=1).fit(table.X, table.y)
    clf.set_params(epochs=3, batch_size=8, callbacks=keras.callbacks.TerminateOnNaN)
    assert len(clf.fit(table.X, table.y).history_["loss"]) == 3
    clf.set_params(model__units=6)
    with pytest.raises(ValueError, match="model__units=6, but .* Clone the estimator"):
        clf.fit(table.X, table.y)


@pytest.mark.parametrize("metrics", [["AUC"], "AUC", [keras.metrics.AUC], [keras.metrics.AUC()]])
def test_metrics_that_the_fitted_model_has_not_are_no_more_ignored_than_layers(table, metrics):
    clf = BinaryClassifier(net, warm_start=True, random_state=0, epochs=1).fit(table.X, table.y)
    clf.set_params(metrics=metrics)
    for go_on in (clf.fit, clf.partial_fit):
        with pytest.raises(ValueError, match=r"metrics=\(.*\), but .* Clone the estimator"):
            go_on(table.X, table.y)
    again = clone(clf).fit(table.X, table.y)
    assert len(again.partial_fit(table.X, table.y).history_) == 2


def test_a_builder_is_called_once_for_each_fit_from_the_start(table, trainings):
    calls = []

    def counted(inputs):
        calls.append(inputs.shape)
        return inputs

    clf = BinaryClassifier(counted, epochs=1).fit(table.X, table.y)
    clf.predict(table.X)
    clf.partial_fit(table.X, table.y)
    clf.set_params(warm_start=True).fit(table.X, table.y)
    assert calls == [(None, 4)]
    clf.set_params(warm_start=False).fit(table.X, table.y)
    assert len(calls) == 2


def test_a_trained_model_that_is_not_to_be_trained_keeps_its_weights(table):
    """In place of scikeras' ``initialize``: fit learns the labels and nothing else."""
    weights = [np.full((4, 1), 0.5, np.float32), np.zeros(1, np.float32)]

    def trained():
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
        model.set_weights(weights)
        model.trainable = False
        return model

    with pytest.warns(UserWarning, match="not have any trainable weights"):
        clf = BinaryClassifier(trained, epochs=1).fit(table.X, table.y)
    for kept, given in zip(clf.model_.get_weights(), weights, strict=True):
        assert np.array_equal(kept, given)
    p = 1 / (1 + np.exp(-table.X.sum(axis=1) / 2))
    assert np.allclose(clf.predict_proba(table.X)[:, 1], p, atol=1e-6)
    assert set(clf.predict(table.X)) == {"no", "yes"}


@estimators
def test_one_random_state_gives_the_same_fit_whatever_ran_before(table, estimator):
    y = getattr(table, TARGETS[estimator])
    first = estimator(**FAST).fit(table.X, y)
    estimator(**{**FAST, "random_state": 5}).fit(table.X, y)
    keras.utils.set_random_seed(3)
    assert estimator(**FAST).fit(table.X, y).history_ == first.history_


def test_a_fit_without_random_state_follows_one_with_it(table):
    """After such a fit, scikeras leaves TensorFlow unable to draw without a seed."""
    BinaryClassifier(**FAST).fit(table.X, table.y)
    free = {**FAST, "random_state": None, "epochs": 1, "dropout": 0.5}
    one, other = (BinaryClassifier(**free).fit(table.X, table.y) for _ in range(2))
    assert one.history_ != other.history_


def test_a_random_state_object_is_drawn_from(table, trainings):
    """As in scikit-learn; scikeras copies it, so that its fits repeat."""
    state = np.random.RandomState(0)
    clf = BinaryClassifier(**{**FAST, "random_state": state})
    for _ in range(2):
        clf.fit(table.X, table.y)
    again = BinaryClassifier(**{**FAST, "random_state": np.random.RandomState(0)})
    again.fit(table.X, table.y)
    one, two, repeated = (training.plan.seed for training in trainings)
    assert one == repeated != two
