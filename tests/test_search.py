"""Searches: which fits they do, what reaches the model, and fits that a cache shares."""

from functools import partial

import keras
import numpy as np
import pytest
from conftest import FAST
from scipy.stats import loguniform
from sklearn.base import clone, is_classifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier


def two_layers(inputs, units=4, name="inner"):
    """A backbone with parameters of its own."""
    hidden = keras.layers.Dense(units, activation="relu", name=name)(inputs)
    return keras.layers.Dense(3, activation="relu")(hidden)


def rate_of(training):
    return float(training.model.optimizer.learning_rate)


# --- what a search sets


def test_a_grid_reaches_every_part_of_the_model(table, trainings, fast):
    grid = {
        "head": ["sigmoid", "linear", "tanh"],
        "optimizer__learning_rate": [0.01, 0.1],
        "model__units": [2, 5],
        "batch_size": [16, 32],
    }
    fast |= {"model": two_layers, "hidden_layer_sizes": None}
    search = GridSearchCV(BinaryClassifier(**fast), grid, cv=2, refit=False)
    search.fit(table.X, table.y)
    assert len(trainings) == 24 * 2
    asked = [params for params in search.cv_results_["params"] for _ in range(2)]
    got = [
        {
            "head": training.model.layers[-1].activation.__name__,
            "optimizer__learning_rate": round(rate_of(training), 6),
            "model__units": training.units,
            "batch_size": training.plan.batch_size,
        }
        for training in trainings
    ]
    assert got == asked


def test_a_grid_of_hidden_layers_and_optimizers(table, trainings, fast):
    grid = {"hidden_layer_sizes": [(3,), (6, 2), 4], "optimizer": ["sgd", "adam"]}
    search = GridSearchCV(OneHotClassifier(**fast), grid, cv=2, refit=False)
    search.fit(table.X, table.labels)
    layers = [[layer.units for layer in t.model.layers[1:]] for t in trainings[::4]]
    assert layers == [[3, 3], [6, 2, 3], [4, 3]]
    assert [type(t.model.optimizer).__name__ for t in trainings[::2]] == ["SGD", "Adam"] * 3


def test_a_search_through_a_pipeline(table, trainings, fast):
    pipeline = make_pipeline(StandardScaler(), BinaryClassifier(**fast))
    grid = {
        "binaryclassifier__hidden_layer_sizes": [(2,), (6,)],
        "standardscaler__with_mean": [True, False],
    }
    search = GridSearchCV(pipeline, grid, cv=2).fit(table.X, table.y)
    assert [t.units for t in trainings[:-1]] == [2, 2, 2, 2, 6, 6, 6, 6]
    best = search.best_params_["binaryclassifier__hidden_layer_sizes"]
    assert trainings[-1].units == best[0]
    assert search.best_estimator_[-1].hidden_layer_sizes == best


def test_a_randomized_search_draws_learning_rates(table, trainings, fast):
    space = {"optimizer__learning_rate": loguniform(1e-4, 1e-1), "epochs": [2, 3]}
    search = RandomizedSearchCV(
        BitVectorClassifier(**fast), space, n_iter=4, cv=2, random_state=0, scoring="f1_macro"
    ).fit(table.X, table.bits)
    drawn = [params["optimizer__learning_rate"] for params in search.cv_results_["params"]]
    assert len(set(drawn)) == 4
    assert np.allclose([rate_of(t) for t in trainings[:-1]], np.repeat(drawn, 2), rtol=1e-6)
    assert rate_of(trainings[-1]) == pytest.approx(search.best_params_["optimizer__learning_rate"])
    assert search.best_estimator_.n_iter_ == search.best_params_["epochs"]


def test_a_halving_search_gives_more_rows_to_fewer_candidates(table, trainings, fast):
    search = HalvingGridSearchCV(
        BinaryClassifier(**fast),
        {"hidden_layer_sizes": [(2,), (4,), (6,), (8,)]},
        cv=2,
        factor=2,
        min_resources=24,
        random_state=0,
    ).fit(table.X, table.y)
    assert search.n_candidates_ == [4, 2, 1]
    assert search.n_resources_ == [24, 48, 96]
    rows = [len(training.data.X) for training in trainings]
    assert rows == [12] * 8 + [24] * 4 + [48] * 2 + [96]


def test_epochs_are_a_resource_of_a_halving_search(table, trainings, fast):
    search = HalvingGridSearchCV(
        BinaryClassifier(**fast),
        {"threshold": [0.2, 0.5, 0.8], "head": ["sigmoid", "tanh"]},
        resource="epochs",
        min_resources=1,
        max_resources=4,
        cv=2,
        factor=2,
        random_state=0,
    ).fit(table.X, table.y)
    assert [t.plan.epochs for t in trainings[:-1]] == [1] * 12 + [2] * 6 + [4] * 4
    assert search.best_estimator_.threshold == search.best_params_["threshold"]


# --- learning, scores and folds


def test_the_better_network_wins_the_search(table, fast):
    """Rows on a ring: a network without hidden units cannot tell the inside from the outside."""
    angle = np.linspace(0, 40, 96)
    radius = np.where(np.arange(96) % 2, 1, 3)
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    search = GridSearchCV(
        BinaryClassifier(**{**fast, "epochs": 20}), {"hidden_layer_sizes": [(), (16,)]}, cv=2
    ).fit(X, radius > 2)
    assert search.best_params_ == {"hidden_layer_sizes": (16,)}
    assert search.best_score_ > 0.9
    assert search.cv_results_["mean_test_score"][0] < 0.75
    assert search.score(X, radius > 2) > 0.9


def test_all_three_are_classifiers():
    for estimator in (BinaryClassifier, BitVectorClassifier, OneHotClassifier):
        assert is_classifier(estimator())


@pytest.mark.parametrize("estimator", [BinaryClassifier, OneHotClassifier])
def test_folds_are_stratified(table, trainings, fast, estimator):
    y = np.repeat(["rare", "usual"], [9, 87])  # in order: unstratified folds would lack a class
    cross_val_score(estimator(**fast), table.X, y, cv=3)
    assert [int((t.data.Y[:, 0] == (estimator is OneHotClassifier)).sum()) for t in trainings] == [
        6,
        6,
        6,
    ]


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
@pytest.mark.parametrize("kind", ["binary", "bits", "one-hot", "one-hot columns"])
def test_cross_val_predict_puts_each_fold_in_its_place(table, trainings, fast, kind, method):
    codes = np.unique(table.labels, return_inverse=True)[1]
    estimator, y = {
        "binary": (BinaryClassifier, table.y),
        "bits": (BitVectorClassifier, table.bits),
        "one-hot": (OneHotClassifier, table.labels),
        "one-hot columns": (OneHotClassifier, np.eye(3, dtype=int)[codes]),
    }[kind]
    folds = StratifiedKFold(3, shuffle=True, random_state=0).split(table.X, table.labels)
    folds = list(folds)
    got = cross_val_predict(estimator(**fast), table.X, y, cv=folds, method=method)
    for train, test in folds:
        fitted = estimator(**fast).fit(table.X[train], y[train])
        assert np.array_equal(got[test], getattr(fitted, method)(table.X[test]))
    assert len(trainings) == 6


# --- processes


def test_two_processes_give_what_one_gives(table, fast_built):
    def backbone(inputs, units=4):  # of no module that a worker could import
        return keras.layers.Dense(units, activation="relu")(inputs)

    def search(n_jobs):
        estimator = BinaryClassifier(backbone, **{**fast_built, "epochs": 2})
        return GridSearchCV(
            estimator, {"model__units": [3]}, cv=2, scoring="neg_log_loss", n_jobs=n_jobs
        ).fit(table.X, table.y)

    one, two = search(None), search(2)
    for name in ("split0_test_score", "split1_test_score"):
        assert np.array_equal(two.cv_results_[name], one.cv_results_[name])
    assert np.array_equal(two.predict_proba(table.X), one.predict_proba(table.X))


# --- thresholds share their fits


def search_with(memory, table, sizes=((3,), (6,))):
    estimator = BinaryClassifier(**{**FAST, "epochs": 2}, memory=memory)
    grid = {"hidden_layer_sizes": list(sizes), "threshold": [0.3, 0.5, 0.6]}
    return GridSearchCV(estimator, grid, cv=2).fit(table.X, table.y)


def test_with_memory_all_thresholds_share_a_fit(table, trainings, tmp_path):
    search_with(str(tmp_path), table)
    assert len(trainings) == 2 * 2 + 1  # architectures x folds, and the refit on all rows
    trainings.clear()
    search_with(None, table)
    assert len(trainings) == 2 * 3 * 2 + 1


@pytest.mark.parametrize(
    ("estimator", "target", "shared"),
    [
        (BitVectorClassifier, "bits", {"threshold": [0.2, 0.5, [0.1, 0.4, 0.8]]}),
        (
            OneHotClassifier,
            "labels",
            {
                "threshold": [0.2, [0.3, 0.4, 0.5]],
                "abstain": [True],
                "abstain_label": ["none", "unsure"],
            },
        ),
    ],
    ids=["bits", "one-hot"],
)
def test_with_memory_what_predict_alone_reads_shares_a_fit(
    table, trainings, fast, tmp_path, estimator, target, shared
):
    grid = {"hidden_layer_sizes": [(3,), (6,)]} | shared
    search = GridSearchCV(estimator(**fast, memory=str(tmp_path)), grid, cv=2)
    search.fit(table.X, getattr(table, target))
    assert len(trainings) == 2 * 2 + 1  # architectures x folds, and the refit on all rows


@pytest.mark.parametrize("estimator", [BinaryClassifier, BitVectorClassifier])
def test_with_memory_19_thresholds_of_one_architecture_take_a_fit_a_fold(
    table, trainings, fast, tmp_path, estimator
):
    y = table.y if estimator is BinaryClassifier else table.bits
    grid = {"threshold": np.arange(1, 20) / 20}
    GridSearchCV(estimator(**fast, memory=str(tmp_path)), grid, cv=3).fit(table.X, y)
    assert len(trainings) == 3 + 1


def test_with_memory_the_scores_are_those_without(table, tmp_path):
    with_memory, without = (search_with(m, table, sizes=[(6,)]) for m in (str(tmp_path), None))
    assert len(set(without.cv_results_["mean_test_score"])) > 1
    for name in ("split0_test_score", "split1_test_score"):
        assert np.array_equal(with_memory.cv_results_[name], without.cv_results_[name])
    assert with_memory.best_params_ == without.best_params_
    best, other = with_memory.best_estimator_, without.best_estimator_
    assert np.array_equal(best.predict_proba(table.X), other.predict_proba(table.X))
    assert best.history_ == other.history_


def test_a_threshold_needs_no_fit(table, trainings, fast, tmp_path):
    clf = BinaryClassifier(**fast, memory=str(tmp_path)).fit(table.X, table.y)
    p = clf.predict_proba(table.X)
    clf.set_params(threshold=0.9).fit(table.X, table.y)
    assert len(trainings) == 1
    assert np.array_equal(clf.predict_proba(table.X), p)
    assert np.array_equal(clf.predict(table.X) == "yes", p[:, 1] >= np.float32(0.9))


def test_with_memory_no_seed_returns_the_same_model(table, trainings, fast, tmp_path):
    clf = BinaryClassifier(**{**fast, "random_state": None}, memory=str(tmp_path))
    first = clf.fit(table.X, table.y).predict_proba(table.X)
    assert np.array_equal(clone(clf).fit(table.X, table.y).predict_proba(table.X), first)
    assert len(trainings) == 1


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"threshold": 0.1}, True),
        ({"verbose": 0}, True),
        ({"epochs": 3}, False),
        ({"batch_size": 32}, False),
        ({"random_state": 1}, False),
        ({"hidden_layer_sizes": (9,)}, False),
        ({"activation": "tanh"}, False),
        ({"dropout": 0.1}, False),
        ({"head": "tanh"}, False),
        ({"loss": "focal"}, False),
        ({"loss": "focal", "loss__gamma": 3.0}, False),
        ({"optimizer": "sgd"}, False),
        ({"optimizer__learning_rate": 0.2}, False),
        ({"optimizer__clipnorm": 1.0}, False),
        ({"class_weight": {"yes": 2.0}}, False),
        ({"early_stopping": True}, False),
        ({"callbacks": [keras.callbacks.TerminateOnNaN()]}, False),
    ],
    ids=lambda change: "-".join(change) if isinstance(change, dict) else None,
)
def test_what_the_cache_tells_apart(table, trainings, fast, tmp_path, change, same):
    memory = str(tmp_path)
    BinaryClassifier(**fast, memory=memory).fit(table.X, table.y)
    for _ in range(2):  # the second time, it is found again
        BinaryClassifier(**{**fast, **change}, memory=memory).fit(table.X, table.y)
    assert len(trainings) == (1 if same else 2)


def test_the_cache_tells_data_apart(table, trainings, fast, tmp_path):
    def fit(X=table.X, y=table.y, weights=None):
        BinaryClassifier(**fast, memory=str(tmp_path)).fit(X, y, sample_weight=weights)

    for different in ({}, {"X": table.X + 1}, {"y": table.y[::-1]}, {"weights": table.weights}):
        fit(**different)
    assert len(trainings) == 4
    fit(X=table.X.astype(np.float32))  # what is trained on is float32 in any case
    fit(weights=np.ones(96))
    assert len(trainings) == 4


# --- what must not be found again


def check_fits(estimator, table, trainings, n, y="y"):
    """Fit twice; there are n trainings in all, since the second fit finds the first."""
    fitted = [estimator().fit(table.X, getattr(table, y)) for _ in range(2)]
    assert len(trainings) == n
    p = [clf.predict_proba(table.X) for clf in fitted]
    assert np.array_equal(*p)
    return fitted[1]


def test_a_builder_that_reads_changing_state_gets_its_own_model(
    table, trainings, fast_built, tmp_path
):
    state = {"units": 4}

    def builder(inputs):
        return keras.layers.Dense(state["units"], activation="relu")(inputs)

    estimator = partial(BinaryClassifier, builder, **fast_built, memory=str(tmp_path))
    check_fits(estimator, table, trainings, 1)
    state["units"] = 8
    clf = check_fits(estimator, table, trainings, 2)
    assert clf.model_.layers[1].units == 8
    state["units"] = 4
    clf = check_fits(estimator, table, trainings, 2)  # the first one is still there
    assert clf.model_.layers[1].units == 4


def test_a_builder_that_puts_in_other_weights_gets_its_own_model(
    table, trainings, fast_built, tmp_path
):
    start = np.zeros((4, 3))

    def pretrained(inputs):
        layer = keras.layers.Dense(3, use_bias=False, trainable=False)
        hidden = layer(inputs)
        layer.set_weights([start])
        return hidden

    estimator = partial(BinaryClassifier, pretrained, **fast_built, memory=str(tmp_path))
    for n in (1, 2):
        clf = check_fits(estimator, table, trainings, n)
        assert np.array_equal(clf.model_.layers[1].get_weights()[0], start)
        start = start + 1


# each pair: a user's part before and after a change that Keras' configuration does not show
def plain_error(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


def steep_error(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


def error_with_default(power):
    def error(y_true, y_pred, power=power):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** power, axis=-1)

    return error


def error_in_closure(power):
    def error(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** power, axis=-1)

    return error


GAMMA = 2.0


def error_with_global(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** GAMMA, axis=-1)


def error_with_helper(y_true, y_pred):
    return plain_error(y_true, y_pred)


def named(item, name):
    """As after an edit of the same function or class: new code under the old name."""
    item.__name__ = item.__qualname__ = name
    return item


def scaled(factor):
    class Scaled(keras.layers.Layer):
        constant = factor

        def call(self, x):
            return self.constant * x

    return Scaled


def forgetful_error(power):
    """A loss whose get_config says nothing of its power."""

    class Forgetful(keras.losses.Loss):
        def __init__(self):
            super().__init__()
            self.power = power

        def call(self, y_true, y_pred):
            return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** self.power, axis=-1)

    return Forgetful


def dense(**params):
    return lambda inputs: keras.layers.Dense(4, **params)(inputs)


def waves(turn):
    return named(lambda x: getattr(keras.ops, turn)(x), "waves")


def shrinking(strength):
    class Shrinking(keras.regularizers.Regularizer):
        def __call__(self, weights):
            return strength * keras.ops.sum(keras.ops.square(weights))

        def get_config(self):
            return {}

    return Shrinking()


CHANGES = {
    "body of a loss": [{"loss": named(plain_error, "e")}, {"loss": named(steep_error, "e")}],
    "default of a loss": [{"loss": error_with_default(power)} for power in (1, 2)],
    "closure of a loss": [{"loss": error_in_closure(power)} for power in (1, 2)],
    "object of a loss": [{"loss": forgetful_error(power)} for power in (1, 2)],
    "constant of a layer": [{"model": lambda inputs, c=c: scaled(c)()(inputs)} for c in (1.0, 2.0)],
    "layer in a layer": [
        {"model": lambda inputs, c=c: keras.Sequential([scaled(c)()])(inputs)} for c in (1.0, 2.0)
    ],
    "body of an activation": [{"model": dense(activation=waves(t))} for t in ("sin", "cos")],
    "regularizer": [{"model": dense(kernel_regularizer=shrinking(s))} for s in (0.1, 0.2)],
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_edited_part_of_the_users_is_trained_anew(table, trainings, fast, tmp_path, change):
    for n, params in enumerate(CHANGES[change], start=1):
        sizes = {"hidden_layer_sizes": None} if "model" in params else {}
        params = {**fast, **sizes, **params, "memory": str(tmp_path)}
        check_fits(partial(BinaryClassifier, **params), table, trainings, n)


def test_an_edited_loss_inside_of_a_weighted_one_is_trained_anew(table, trainings, fast, tmp_path):
    fast |= {"class_weight": "balanced", "memory": str(tmp_path)}
    for n, power in enumerate((1, 2), start=1):
        estimator = partial(BitVectorClassifier, **fast, loss=error_in_closure(power))
        check_fits(estimator, table, trainings, n, y="bits")


@pytest.mark.parametrize(
    ("loss", "name", "value"),
    [(error_with_global, "GAMMA", 3.0), (error_with_helper, "plain_error", steep_error)],
)
def test_what_a_loss_reads_from_its_module_counts(
    table, trainings, fast, tmp_path, monkeypatch, loss, name, value
):
    estimator = partial(BinaryClassifier, **fast, loss=loss, memory=str(tmp_path))
    check_fits(estimator, table, trainings, 1)
    monkeypatch.setitem(globals(), name, value)
    check_fits(estimator, table, trainings, 2)


SEEN = []


class Counting(keras.callbacks.Callback):
    def on_train_end(self, logs=None):
        SEEN.append(self.model.count_params())


def test_a_callback_that_keeps_count_does_not_hide_a_fit(table, fast, tmp_path):
    SEEN.clear()
    params = {**fast, "epochs": 1, "callbacks": Counting, "memory": str(tmp_path)}
    for _ in range(3):
        BinaryClassifier(**params).fit(table.X, table.y)
    assert SEEN == [4 * 8 + 8 + 8 + 1]


def test_a_model_that_cannot_be_told_apart_is_not_cached(table, fast_built, tmp_path):
    class Secret(keras.Model):
        def __init__(self, units):
            super().__init__()
            self.hidden = keras.layers.Dense(units)
            self.out = keras.layers.Dense(1, activation="sigmoid")

        def get_config(self):
            raise NotImplementedError("no configuration")

        def call(self, x):
            return self.out(self.hidden(x))

    clf = BinaryClassifier(lambda: Secret(3), **fast_built, memory=str(tmp_path))
    with pytest.raises(ValueError, match="memory is set, but"):
        clf.fit(table.X, table.y)
