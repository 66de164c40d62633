"""Training: parity with Keras, weights, early stopping, warm start, callbacks, the split."""

import functools
import pickle

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier, load
from skbits.seeding import shuffled
from skbits.training import Data, Plan, reference
from skbits.training.splitting import stratified_holdout
from skbits.training.weights import positive_weights, row_weights

rng = np.random.default_rng(0)
X = rng.normal(size=(70, 4)).astype(np.float32)
LABELS = (X[:, 0] + X[:, 1] > 0).astype(int)
BITS = (X[:, :3] > 0).astype(int)
ONE_HOT = np.eye(3, dtype=int)[X[:, :3].argmax(axis=1)]
TARGETS = {BinaryClassifier: LABELS, BitVectorClassifier: BITS, OneHotClassifier: ONE_HOT}
FAST = {"hidden_layer_sizes": (6,), "epochs": 3, "batch_size": 32, "random_state": 0}

estimators = pytest.mark.parametrize("estimator", TARGETS)


def small_model():
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(
                5, activation="tanh", kernel_initializer=keras.initializers.Orthogonal(seed=1)
            ),
            keras.layers.Dense(
                1, activation="sigmoid", kernel_initializer=keras.initializers.Orthogonal(seed=2)
            ),
        ]
    )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("as_sparse", [False, True])
def test_the_reference_trainer_is_keras_fit_on_the_same_batches(weighted, as_sparse):
    weights = rng.uniform(0.5, 2, len(X)).astype(np.float32) if weighted else None
    Y = LABELS[:, np.newaxis].astype(np.float32)
    ours, theirs = small_model(), small_model()
    for model in (ours, theirs):
        model.compile("adam", "binary_crossentropy")
    data = Data(sparse.csr_matrix(X) if as_sparse else X, Y, weights)
    history = reference.train(ours, data, Plan(epochs=2, batch_size=32, seed=7))
    losses = []
    for epoch in range(2):
        rows = shuffled(len(X), 7, epoch)
        fit = theirs.fit(
            X[rows],
            Y[rows],
            sample_weight=None if weights is None else weights[rows],
            batch_size=32,
            shuffle=False,
            verbose=0,
        )
        losses += fit.history["loss"]
    assert history["loss"] == pytest.approx(losses, rel=1e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.allclose(a, b, rtol=1e-5, atol=1e-7)


@estimators
def test_history_is_a_dict_of_lists_of_floats(estimator):
    clf = estimator(**FAST, metrics=["accuracy"]).fit(X, TARGETS[estimator])
    assert set(clf.history_) == {"loss", "accuracy"}
    assert all(len(values) == clf.n_iter_ == 3 for values in clf.history_.values())
    assert all(type(value) is float for values in clf.history_.values() for value in values)
    assert clf.trainer_ == "compiled"


@pytest.mark.parametrize("head", ["sigmoid", "linear", "tanh", "softmax"])
def test_accuracy_in_the_history_is_that_of_predict(head):
    """Keras cuts raw output at 0.5, which is no decision of a linear output or a tanh."""
    clf = BinaryClassifier(
        **{**FAST, "epochs": 1, "batch_size": 70}, head=head, metrics=["accuracy"],
        optimizer="sgd", optimizer__learning_rate=0.0,
    ).fit(X, LABELS)  # fmt: skip
    assert clf.history_["accuracy"][0] == pytest.approx(clf.score(X, LABELS))


@estimators
def test_defaults_and_every_loss_learn(estimator):
    y = TARGETS[estimator]
    clf = estimator(hidden_layer_sizes=(16,), epochs=60, optimizer__learning_rate=0.02).fit(X, y)
    p, loss = clf.predict_proba(X), clf.history_["loss"]
    assert loss[-1] < 0.5 * loss[0]
    assert clf.score(X, y) > 0.8
    assert p.shape == (70, 2 if estimator is BinaryClassifier else 3)


@pytest.mark.parametrize(
    ("estimator", "head", "loss"),
    [
        (BinaryClassifier, "sigmoid", "focal"),
        (BinaryClassifier, "softmax", "categorical_crossentropy"),
        (BinaryClassifier, "softmax", "focal"),
        (BinaryClassifier, "tanh", "squared_hinge"),
        (BinaryClassifier, "linear", keras.losses.BinaryCrossentropy(from_logits=True)),
        (BinaryClassifier, "sigmoid", lambda y, p: keras.ops.mean((y - p) ** 2, axis=-1)),
        (BitVectorClassifier, "tanh", None),
        (BitVectorClassifier, "linear", "binary_focal_crossentropy"),
        (OneHotClassifier, "softmax", "sparse_categorical_crossentropy"),
        (OneHotClassifier, "linear", "focal"),
        (OneHotClassifier, "softmax", keras.losses.CategoricalFocalCrossentropy),
    ],
)
def test_every_kind_of_loss_ranks_the_rows(estimator, head, loss):
    y = TARGETS[estimator]
    clf = estimator(
        hidden_layer_sizes=(16,), epochs=40, optimizer__learning_rate=0.03, head=head, loss=loss,
        random_state=0,
    ).fit(X, y)  # fmt: skip
    assert clf.score(X, y) > (0.85 if estimator is BinaryClassifier else 0.7)


def test_loss_parameters_reach_the_loss():
    clf = BinaryClassifier(**FAST, loss="focal", loss__gamma=3.5).fit(X, LABELS)
    assert clf.model_.loss.get_config()["gamma"] == 3.5


@estimators
def test_early_stopping_keeps_the_best_epoch(estimator):
    y = rng.permutation(TARGETS[estimator])  # nothing to learn: it must overfit
    clf = estimator(
        hidden_layer_sizes=(32,), epochs=100, early_stopping=True, n_iter_no_change=3,
        validation_fraction=0.3, optimizer__learning_rate=0.05, random_state=0,
    ).fit(X, y)  # fmt: skip
    best = int(np.argmin(clf.history_["val_loss"]))
    assert clf.n_iter_ == len(clf.history_["loss"]) == best + 1 + 3 < 100


def test_early_stopping_scores_the_held_out_rows_with_the_best_weights():
    clf = BinaryClassifier(**{**FAST, "epochs": 4}, early_stopping=True).fit(X, LABELS)
    Y = LABELS[:, np.newaxis].astype(np.float32)
    seed_split = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    _, held_out = stratified_holdout(np.hstack([1 - Y, Y]), 0.1, seed_split)
    p = clf.predict_proba(X[held_out])[:, 1]
    loss = -np.where(LABELS[held_out] == 1, np.log(p), np.log(1 - p)).mean()
    assert loss == pytest.approx(min(clf.history_["val_loss"]), rel=1e-4)


@given(
    hnp.arrays(
        np.int8, st.tuples(st.integers(20, 80), st.integers(1, 5)), elements=st.integers(0, 1)
    ),
    st.sampled_from([0.1, 0.25, 0.5]),
    st.integers(0, 5),
)
def test_the_split_keeps_the_share_of_every_label(Y, fraction, seed):
    train, validation = stratified_holdout(Y, fraction, seed)
    assert np.array_equal(np.sort(np.concatenate([train, validation])), np.arange(len(Y)))
    again = stratified_holdout(Y, fraction, seed)
    assert np.array_equal(train, again[0])
    if Y.shape[1] == 1:
        assert abs(Y[validation].sum() - fraction * Y.sum()) <= 1
    rarest = Y.sum(axis=0).argmin()
    assert abs(Y[validation, rarest].sum() - fraction * Y[:, rarest].sum()) <= 1


class Counts(keras.callbacks.Callback):
    """Counts its own epochs; must start from zero in every fit."""

    def __init__(self, start=0):
        super().__init__()
        self.epochs = start

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1
        SEEN.append(self.epochs)


SEEN = []


@pytest.mark.parametrize(
    ("callbacks", "routed", "expected"),
    [
        (Counts(), {}, [1, 2, 3]),
        ([Counts()], {}, [1, 2, 3]),
        (Counts, {"callbacks__start": 10}, [11, 12, 13]),
        ([Counts, Counts], {"callbacks__1__start": 10}, [1, 11, 2, 12, 3, 13]),
        ({"a": Counts}, {"callbacks__a__start": 5}, [6, 7, 8]),
    ],
)
def test_callbacks_are_copied_or_made_for_each_fit(callbacks, routed, expected):
    clf = BinaryClassifier(**FAST, callbacks=callbacks, **routed)
    for _ in range(2):
        SEEN.clear()
        clf.fit(X, LABELS)
        assert expected == SEEN
    if isinstance(callbacks, Counts):
        assert callbacks.epochs == 0


@estimators
def test_partial_fit_goes_on_where_it_stopped(estimator):
    """Three calls are a fit of three epochs, to the last bit."""
    y = TARGETS[estimator]
    whole = estimator(**FAST).fit(X, y)
    parts = estimator(**FAST)
    for _ in range(3):
        parts.partial_fit(X, y)
    assert parts.n_iter_ == 3
    assert parts.history_ == whole.history_
    assert np.array_equal(parts.predict_proba(X), whole.predict_proba(X))


def test_partial_fit_knows_classes_that_come_later():
    clf = OneHotClassifier(**FAST).partial_fit(X[:20], np.zeros(20), classes=[0, 1, 2])
    assert clf.predict_proba(X).shape == (70, 3)
    clf.partial_fit(X, X[:, :3].argmax(axis=1))
    with pytest.raises(ValueError, match="label 3"):
        clf.partial_fit(X[:1], [3])


@estimators
def test_warm_start_trains_the_fitted_model_on(estimator):
    y = TARGETS[estimator]
    clf = estimator(**FAST, warm_start=True).fit(X, y)
    model, loss = clf.model_, clf.history_["loss"]
    clf.fit(X, y)
    assert clf.model_ is model
    assert clf.history_["loss"][0] < loss[0]
    assert len(clf.history_["loss"]) == clf.n_iter_ == 3
    cold = estimator(**FAST).fit(X, y)
    first = cold.model_
    assert cold.fit(X, y).model_ is not first


def one_layer(inputs):
    return keras.layers.Dense(3)(inputs)


@estimators
@pytest.mark.parametrize(
    "changed",
    [
        {"metrics": ["AUC"]},
        {"metrics": keras.metrics.AUC},
        {"optimizer": keras.optimizers.SGD},
        {"optimizer": keras.optimizers.Adam(0.5)},
        {"loss": keras.losses.MeanSquaredError()},
        {"model": one_layer},
        {"class_weight": {0: 9.0, 1: 9.0}},
    ],
    ids=lambda changed: "-".join(changed),
)
def test_what_was_changed_counts_in_training_on_or_is_refused(estimator, changed):
    y = TARGETS[estimator]
    fits = [estimator(**FAST, warm_start=True).fit(X, y) for _ in range(2)]
    fits[1].set_params(**changed)
    if "class_weight" in changed and estimator is not BitVectorClassifier:
        fits[1].set_params(class_weight={0: 9.0, 1: 1.0})
        first, second = (clf.fit(X, y).predict_proba(X) for clf in fits)
        assert not np.array_equal(first, second)
        return
    before = fits[1].predict_proba(X)
    for train_on in (fits[1].fit, fits[1].partial_fit):
        with pytest.raises(ValueError, match=f"^{next(iter(changed))}=.*Clone the estimator"):
            train_on(X, y)
    assert np.array_equal(fits[1].predict_proba(X), before)


def test_what_builds_the_same_trains_on_also_after_a_pickle_and_a_file(tmp_path):
    metrics = [keras.metrics.AUC(name="auc"), "accuracy"]
    clf = BitVectorClassifier(
        functools.partial(one_layer), epochs=1, metrics=metrics, class_weight={0: 2.0},
        optimizer=keras.optimizers.SGD(0.1), warm_start=True,
    ).fit(X, TARGETS[BitVectorClassifier])  # fmt: skip
    clf.set_params(metrics=(keras.metrics.AUC(name="auc"), "accuracy"))
    clf.set_params(optimizer=keras.optimizers.SGD(0.1), class_weight={0: np.float64(2)})
    clf.save(tmp_path / "clf.skbits")
    for other in (clf, pickle.loads(pickle.dumps(clf)), load(tmp_path / "clf.skbits")):
        loss = other.history_["loss"][-1]
        assert other.fit(X, TARGETS[BitVectorClassifier]).history_["loss"][0] < loss


@pytest.mark.parametrize("how", ["class", "name", "instance"])
def test_an_optimizer_starts_anew_in_each_fit(how):
    sgd = keras.optimizers.SGD
    optimizer = {"class": sgd, "name": "sgd", "instance": sgd(0.5, momentum=0.3)}[how]
    clf = BinaryClassifier(**FAST, optimizer=optimizer, optimizer__learning_rate=0.25)
    for _ in range(2):
        clf.fit(X, LABELS)
        assert float(clf.model_.optimizer.learning_rate) == 0.25
        assert int(clf.model_.optimizer.iterations) == 9
        assert clf.model_.optimizer.momentum == (0.3 if how == "instance" else 0.0)
    if how == "instance":
        assert int(optimizer.iterations) == 0


# -- weights ------------------------------------------------------------------------------------


def fit_p(estimator, y, sample_weight=None, **params):
    clf = estimator(**{**FAST, "batch_size": 70, "epochs": 5, **params})
    return clf.fit(X, y, sample_weight=sample_weight).predict_proba(X)


def test_class_weight_is_a_sample_weight():
    counts = np.bincount(LABELS)
    balanced = (len(LABELS) / (2 * counts))[LABELS]
    expected = fit_p(BinaryClassifier, LABELS, sample_weight=balanced)
    assert np.allclose(
        fit_p(BinaryClassifier, LABELS, class_weight="balanced"), expected, atol=1e-6
    )
    given_weights = fit_p(BinaryClassifier, LABELS, class_weight={0: 1.0, 1: 3.0})
    assert np.allclose(given_weights, fit_p(BinaryClassifier, LABELS, np.where(LABELS, 3.0, 1.0)))
    assert not np.allclose(given_weights, fit_p(BinaryClassifier, LABELS), atol=1e-3)


def test_class_weight_of_bits_weighs_each_bit_alone():
    linear = {"hidden_layer_sizes": (), "optimizer__learning_rate": 0.1}
    plain = fit_p(BitVectorClassifier, BITS, **linear)
    weighted = fit_p(BitVectorClassifier, BITS, **linear, class_weight={1: 20.0})
    # without hidden units the bits share nothing, so the others must not move
    assert np.allclose(plain[:, [0, 2]], weighted[:, [0, 2]], atol=1e-6)
    assert weighted[:, 1].mean() > plain[:, 1].mean() + 0.05
    named = fit_p(BitVectorClassifier, BITS, **linear, class_weight={0: 1.0})
    assert np.allclose(plain, named, atol=1e-6)


def test_balanced_bits_have_one_positive_weight_each():
    Y = np.array([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 1, 1]])
    assert positive_weights("balanced", Y, np.ones(4)).tolist() == [3, 3, 1]
    heavy = positive_weights("balanced", Y, np.array([3.0, 1, 1, 1]))
    assert heavy.tolist() == [1, 5, 1]


def test_groups_weigh_each_for_itself():
    Y = np.array([[1, 0, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1], [0, 1, 0, 1]])
    weights = row_weights("balanced", Y, np.ones(4, np.float32), range(4), n_groups=2)
    assert np.allclose(weights, [[2 / 3, 2], [2 / 3, 2 / 3], [2 / 3, 2 / 3], [2, 2 / 3]])


@estimators
def test_a_row_of_weight_zero_is_left_out(estimator):
    y = TARGETS[estimator]
    weights = np.ones(len(X))
    weights[::3] = 0
    kept = weights > 0
    with_zero = estimator(**FAST).fit(X, y, sample_weight=weights).predict_proba(X)
    without = estimator(**FAST).fit(X[kept], y[kept]).predict_proba(X)
    assert np.array_equal(with_zero, without)


@estimators
def test_weight_two_is_two_rows_where_all_rows_are_one_batch(estimator):
    y = TARGETS[estimator]
    params = {**FAST, "batch_size": 1000, "optimizer": "sgd", "optimizer__learning_rate": 0.1}
    weights = np.where(np.arange(len(X)) < 35, 2.0, 1.0)
    twice = np.r_[0:35, 0:70]
    weighted = estimator(**params).fit(X, y, sample_weight=weights)
    repeated = estimator(**params).fit(X[twice], y[twice])
    assert np.allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-5)


@estimators
@pytest.mark.parametrize("scale", [1 / 70, 1e-30, 1000])
def test_the_scale_of_weights_does_not_matter(estimator, scale):
    """AdaBoost's weights sum to one; a learning rate must not shrink with them."""
    y = TARGETS[estimator]
    params = {**FAST, "optimizer": "sgd", "optimizer__learning_rate": 0.5}
    scaled = estimator(**params).fit(X, y, sample_weight=np.full(70, scale))
    assert np.allclose(scaled.predict_proba(X), estimator(**params).fit(X, y).predict_proba(X))


def test_the_order_of_rows_changes_from_epoch_to_epoch_of_partial_fit(real_trainings):
    clf = BinaryClassifier(**FAST).partial_fit(X, LABELS).partial_fit(X, LABELS)
    clf.fit(X, LABELS)
    assert [training.plan.first_epoch for training in real_trainings] == [0, 1, 0]


def test_accuracy_of_bits_is_that_of_each_bit():
    """Keras' own would compare the largest bit of each row."""
    still = {"optimizer": "sgd", "optimizer__learning_rate": 0.0, "metrics": ["accuracy"]}
    clf = BitVectorClassifier(**{**FAST, "epochs": 1, "batch_size": 70}, **still).fit(X, BITS)
    assert clf.history_["accuracy"][0] == pytest.approx((clf.predict(X) == BITS).mean())


def test_a_loss_of_the_users_own_sees_both_columns_of_a_binary_softmax():
    def brier(y, p):
        assert y.shape[-1] == p.shape[-1] == 2
        return keras.ops.mean((y - p) ** 2, axis=-1)

    clf = BinaryClassifier(
        hidden_layer_sizes=(16,), epochs=40, optimizer__learning_rate=0.03, head="softmax",
        loss=brier, random_state=0,
    ).fit(X, LABELS)  # fmt: skip
    assert clf.score(X, LABELS) > 0.9


@estimators
def test_log_probabilities_are_those_of_predict_proba(estimator):
    clf = estimator(**FAST).fit(X, TARGETS[estimator])
    logs = clf.predict_log_proba(X)
    assert np.array_equal(logs, np.log(clf.predict_proba(X)))
    sure = clf.predict_log_proba(1e30 * X)  # no warning of a division by zero
    assert np.isneginf(sure).any()
    assert not np.isnan(sure).any()
