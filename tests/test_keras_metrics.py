"""Keras' metrics: what they get with each head, how they are named, and metrics that are arrays."""

import io
import pickle
from contextlib import redirect_stdout

import keras
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score
from small_fits import BITS, CLASSES, LABELS, TARGETS, X

import skbits
from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier
from skbits.heads import HEADS, encode_for_loss, to_one
from skbits.models import with_head
from skbits.plots import HistoryDisplay
from skbits.targets import BinaryTarget, BitVectorTarget, OneHotTarget
from skbits.training.metrics import _TO_PROBABILITY
from skbits.training.splitting import stratified_holdout

#: one epoch that changes nothing: the weights at its end are those that its metrics saw
STILL = {
    "hidden_layer_sizes": (6,), "epochs": 1, "batch_size": 16, "optimizer": "sgd",
    "optimizer__learning_rate": 0.0, "random_state": 0,
}  # fmt: skip
OF_KIND = {"binary": BinaryClassifier, "bits": BitVectorClassifier, "onehot": OneHotClassifier}
GROUPS = np.hstack([np.eye(3)[CLASSES], np.eye(3)[CLASSES[::-1]]]).astype(int)

heads = pytest.mark.parametrize(("kind", "head"), HEADS)


def product(y_true, y_pred):
    """A number for a batch."""
    return keras.ops.mean(y_true * y_pred)


def first_column(y_true, y_pred):
    """A number for each row."""
    return y_true[:, 0] - y_pred[:, 0]


@keras.saving.register_keras_serializable(package="tests")
class Cubed(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** 3, axis=-1)


COLUMNS = [
    "AUC", "Precision", "Recall", "mse", "MeanAbsoluteError", "BinaryCrossentropy",
    keras.metrics.AUC(curve="PR", name="pr"), keras.metrics.F1Score(threshold=0.5),
    keras.metrics.Precision(thresholds=[0.3, 0.7], name="precisions"),
    keras.metrics.binary_focal_crossentropy, Cubed(name="cubed"), product, first_column,
]  # fmt: skip
CLASS_METRICS = [
    "CategoricalAccuracy", "CategoricalCrossentropy", keras.metrics.F1Score(name="f1_each"),
    keras.metrics.F1Score(average="macro", name="f1_macro"),
    keras.metrics.TopKCategoricalAccuracy(k=2),
    keras.losses.CategoricalCrossentropy(name="ce"),
]  # fmt: skip
INDEX_METRICS = ["SparseCategoricalAccuracy", "SparseCategoricalCrossentropy"]


def name_of(metric):
    return metric if isinstance(metric, str) else getattr(metric, "name", None) or metric.__name__


def computed(metric, y, p):
    """By Keras, of all rows at once."""
    if isinstance(metric, str):
        metric = keras.metrics.get(metric)
    if isinstance(metric, keras.metrics.Metric):
        metric = type(metric).from_config(metric.get_config())
        metric.update_state(y, p)
        return np.asarray(metric.result())
    return np.mean(metric(np.float32(y), p))


def layouts(clf, rows, y):
    """Targets and probabilities of some rows, as metrics take them."""
    p = clf.predict_proba(rows)
    kind = clf._target_.kind
    if kind == "binary":
        hot = np.eye(2, dtype=np.float32)[y]
        return {"columns": (hot[:, 1:], p[:, 1:]), "classes": (hot, p), "index": (y, p)}
    if kind == "bits":
        return {"columns": (y, p)}
    hot = np.eye(3, dtype=np.float32)[y]
    return {"columns": (hot, p), "classes": (hot, p), "index": (y, p)}


def asked(kind):
    others = [] if kind == "bits" else [CLASS_METRICS, INDEX_METRICS]
    return dict(zip(["columns", "classes", "index"], [COLUMNS, *others], strict=False))


@pytest.mark.parametrize(
    ("kind", "head", "trainer"),
    [
        *[(*key, "compiled") for key in HEADS],
        *[(*key, "keras") for key in (("binary", "tanh"), ("onehot", "softmax"))],
    ],
)
def test_the_history_is_the_metric_of_predict_proba(kind, head, trainer):
    """Over batches of which the last is partial, as over all rows at once."""
    y = TARGETS[OF_KIND[kind]]
    metrics = [metric for group in asked(kind).values() for metric in group]
    clf = OF_KIND[kind](**STILL, head=head, metrics=[*metrics, "acc"], trainer=trainer).fit(X, y)
    found = layouts(clf, X, y)
    assert set(clf.history_) == {"loss", "acc", *map(name_of, metrics)}
    for layout, group in asked(kind).items():
        for metric in group:
            expected = computed(metric, *found[layout])
            value = clf.history_[name_of(metric)][0]
            assert np.shape(value) == (() if expected.size == 1 else expected.shape)
            assert value == pytest.approx(expected.squeeze(), rel=1e-4, abs=1e-5), metric
    exact = np.mean(clf.predict(X) == y)  # of bits, of each
    assert clf.history_["acc"][0] == pytest.approx(exact)


@pytest.mark.parametrize(
    ("kind", "head"), [("binary", "tanh"), ("bits", "linear"), ("onehot", "softmax")]
)
def test_held_out_metrics_are_those_of_the_held_out_rows(kind, head):
    y, metrics = TARGETS[OF_KIND[kind]], ["AUC", "Precision"]
    clf = OF_KIND[kind](
        **{**STILL, "epochs": 4, "optimizer__learning_rate": 0.1}, head=head, metrics=metrics,
        early_stopping=True, validation_fraction=0.3, n_iter_no_change=9,
    ).fit(X, y)  # fmt: skip
    hot = y if kind == "bits" else np.eye(y.max() + 1)[y]
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    _, held_out = stratified_holdout(hot, 0.3, seed)
    best = int(np.argmin(clf.history_["val_loss"]))
    pair = layouts(clf, X[held_out], y[held_out])["columns"]
    for metric in metrics:
        value = clf.history_[f"val_{metric}"][best]
        assert value == pytest.approx(computed(metric, *pair), abs=1e-5)


@pytest.mark.parametrize("head", ["softmax", "linear", "sigmoid"])
def test_groups_of_classes(head):
    metrics = ["AUC", "mse", "accuracy", "CategoricalCrossentropy"]
    clf = OneHotClassifier(**STILL, head=head, n_groups=2, metrics=metrics).fit(X, GROUPS)
    p, history = clf.predict_proba(X), clf.history_
    for metric in ("AUC", "mse"):
        assert history[metric][0] == pytest.approx(computed(metric, GROUPS, p), abs=1e-5)
    blocks, hot = p.reshape(-1, 2, 3), GROUPS.reshape(-1, 2, 3)
    right = blocks.argmax(axis=2) == hot.argmax(axis=2)
    assert history["accuracy"][0] == pytest.approx(right.mean())
    cross_entropy = -np.log(blocks[hot == 1]).mean()
    assert history["CategoricalCrossentropy"][0] == pytest.approx(cross_entropy, rel=1e-5)
    with pytest.raises(ValueError, match=r"several groups .* write threshold=0\.5"):
        OneHotClassifier(**STILL, n_groups=2, metrics=["F1Score"]).fit(X, GROUPS)


@heads
def test_probabilities_in_a_graph_are_those_of_numpy(kind, head):
    own = HEADS[kind, head]
    raw = np.random.default_rng(0).normal(scale=3, size=(50, 3)).astype(np.float32)
    raw = np.asarray(keras.activations.get(head)(keras.ops.convert_to_tensor(raw)))
    raw = raw[:, :2] if (kind, head) == ("binary", "softmax") else raw
    assert np.allclose(_TO_PROBABILITY[kind, head](raw), own.to_probability(raw), atol=1e-6)


@pytest.mark.parametrize("head", ["sigmoid", "linear", "tanh", "softmax"])
def test_a_tie_is_right_where_predict_says_on(head):
    """A network of zeros gives 1/2 for all, and predict the second label."""

    def zeros(inputs):
        return 0 * inputs

    clf = BinaryClassifier(zeros, **{**STILL, "hidden_layer_sizes": None}, head=head,
                           metrics=["accuracy"]).fit(X, LABELS)  # fmt: skip
    assert clf.history_["accuracy"][0] == pytest.approx(LABELS.mean())


@heads
def test_evaluate_pickles_and_files_have_the_same_metrics(kind, head, tmp_path):
    y = TARGETS[OF_KIND[kind]]
    metrics = ["AUC", "accuracy", keras.metrics.F1Score(threshold=0.5)]
    clf = OF_KIND[kind](**STILL, head=head, metrics=metrics).fit(X, y)
    targets = encode_for_loss(clf._target_.encode(y), clf._head_, clf._form_, clf._target_)
    shown = clf.model_.evaluate(X, targets, verbose=0, return_dict=True)
    assert set(shown) == set(clf.history_)
    for name, value in shown.items():
        assert clf.history_[name][0] == pytest.approx(value, rel=1e-4)
    clf.save(tmp_path / "clf.skbits")
    for copy in (pickle.loads(pickle.dumps(clf)), skbits.load(tmp_path / "clf.skbits")):
        assert_same_history(copy.history_, clf.history_)
        copy.partial_fit(X, y)
        for name, values in copy.history_.items():
            assert values[1] == pytest.approx(values[0], rel=1e-5), name


def assert_same_history(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert np.array_equal(one[name], other[name])


def test_a_model_of_the_usual_heads_loads_without_skbits():
    """Keras' own metrics stand bare in it."""
    for estimator in TARGETS:
        clf = estimator(**STILL, metrics=["AUC", "accuracy"]).fit(X, TARGETS[estimator])
        text = str(clf.model_.get_compile_config())
        assert "skbits" not in text
        assert "AUC" in text


def test_a_model_that_compiles_itself_must_say_its_head():
    def build(meta, compile_kwargs):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="tanh")])
        model.compile(**compile_kwargs)
        return model

    still = {**STILL, "hidden_layer_sizes": None}
    clf = BinaryClassifier(build, **still, loss="squared_hinge", metrics=["AUC"], head="tanh")
    expected = computed("AUC", *layouts(clf.fit(X, LABELS), X, LABELS)["columns"])
    assert clf.history_["AUC"][0] == pytest.approx(expected, abs=1e-5)
    with pytest.raises(ValueError, match=r"with a tanh output .* Pass head='tanh'"):
        clf.set_params(head=None).fit(X, LABELS)


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (keras.metrics.BinaryCrossentropy(from_logits=True), "leave out from_logits=True"),
        (keras.losses.BinaryCrossentropy(from_logits=True), "leave out from_logits=True"),
        (keras.metrics.BinaryAccuracy(threshold=0.0), r"write threshold=0\.5"),
        (keras.metrics.Precision(thresholds=0), r"write thresholds=0\.5"),
        ("Accuracy", "write 'accuracy'"),
        ("hinge", "a loss of that name is recorded as loss"),
        (keras.metrics.Mean, "values, not targets"),
        (keras.metrics.MeanIoU(2), "sparse_y_pred=False"),
        (keras.metrics.AUC(name="loss"), "which is named 'loss'"),
        (keras.metrics.AUC(name="val_auc"), "which is named 'val_auc'"),
    ],
)
def test_what_takes_no_probabilities_is_refused(metric, message):
    with pytest.raises(ValueError, match=rf"^metrics holds .*{message}"):
        BinaryClassifier(**STILL, metrics=[metric], head="linear").fit(X, LABELS)


@pytest.mark.parametrize(
    "metric", ["categorical_accuracy", "F1Score", "sparse_categorical_accuracy"]
)
def test_metrics_of_one_class_out_of_many_are_not_for_bits(metric):
    with pytest.raises(ValueError, match=r"^metrics holds .*independent bits.*; write "):
        BitVectorClassifier(**STILL, metrics=[metric]).fit(X, BITS)


# -- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("trainer", ["compiled", "keras"])
@pytest.mark.parametrize("head", ["sigmoid", "tanh"])
def test_names_are_those_of_the_first_fit(head, trainer):
    metrics = [keras.metrics.AUC, keras.metrics.AUC, "Precision", product, product]
    clf = BinaryClassifier(**STILL, head=head, metrics=metrics, metrics__1__curve="PR",
                           trainer=trainer)  # fmt: skip
    for _ in range(3):
        keras.metrics.AUC()  # Keras counts this one too
        names = list(clf.fit(X, LABELS).history_)
        assert sorted(names) == ["Precision", "auc", "auc_1", "loss", "product", "product_1"]
        assert set(clf.model_.get_metrics_result()) == set(names)


@pytest.mark.parametrize("head", ["sigmoid", "linear"])
def test_a_callback_stops_by_a_class_in_every_fit(head):
    stop = keras.callbacks.EarlyStopping(monitor="auc", min_delta=2.0, patience=1)
    clf = BinaryClassifier(**{**STILL, "epochs": 9}, head=head, metrics=[keras.metrics.AUC],
                           callbacks=stop)  # fmt: skip
    assert [clf.fit(X, LABELS).n_iter_ for _ in range(3)] == [2, 2, 2]


# -- arrays -------------------------------------------------------------------------------------

ARRAYS = {
    BinaryClassifier: (keras.metrics.F1Score(), 2),
    BitVectorClassifier: (keras.metrics.F1Score(threshold=0.5), 3),
    OneHotClassifier: (keras.metrics.F1Score(), 3),
}


@pytest.mark.parametrize("estimator", ARRAYS)
def test_both_trainers_keep_the_same_arrays(estimator):
    metric, size = ARRAYS[estimator]
    params = {**STILL, "epochs": 3, "optimizer__learning_rate": 0.1}
    fits = [
        estimator(**params, metrics=[metric, "AUC"], early_stopping=True, trainer=trainer)
        for trainer in ("compiled", "keras")
    ]
    histories = [clf.fit(X, TARGETS[estimator]).history_ for clf in fits]
    assert np.shape(histories[0]["f1_score"]) == np.shape(histories[0]["val_f1_score"])
    assert np.shape(histories[0]["f1_score"]) == (3, size)
    for name, values in histories[0].items():
        assert np.allclose(values, histories[1][name], atol=1e-5), name
        assert all(isinstance(value, float | np.ndarray) for value in values)


def test_what_reads_the_history_reads_arrays(tmp_path):
    written = io.StringIO()
    with redirect_stdout(written):
        clf = OneHotClassifier(
            **{**STILL, "epochs": 2}, metrics=[keras.metrics.F1Score()], early_stopping=True,
            callbacks=keras.callbacks.CSVLogger(tmp_path / "log.csv"), verbose=2,
        ).fit(X, CLASSES)  # fmt: skip
    lines = written.getvalue().splitlines()
    assert len(lines) == 3
    assert all("f1_score [0." in line for line in lines)
    assert "f1_score [" in clf.summary()
    display = HistoryDisplay.from_estimator(clf)
    assert [axes.get_ylabel() for axes in display.axes_] == ["loss", "f1_score"]
    assert len([line for line in display.axes_[1].lines if len(line.get_xdata()) == 2]) >= 6
    assert np.array_equal(display.history["f1_score"], np.stack(clf.history_["f1_score"]))
    cached = OneHotClassifier(**STILL, metrics=[keras.metrics.F1Score()], memory=str(tmp_path))
    assert_same_history(cached.fit(X, CLASSES).history_, cached.fit(X, CLASSES).history_)


@pytest.mark.parametrize("trainer", ["compiled", "keras"])
def test_a_callback_cannot_go_by_an_array(trainer):
    stop = keras.callbacks.EarlyStopping(monitor="f1_score", mode="max")
    clf = OneHotClassifier(**STILL, metrics=[keras.metrics.F1Score()], callbacks=stop,
                           trainer=trainer)  # fmt: skip
    with pytest.raises(ValueError, match=r"monitor='f1_score'\), but f1_score is 3 numbers"):
        clf.fit(X, CLASSES)


# -- four heads, and fewer digits -----------------------------------------------------------------


def test_the_grid_over_four_heads():
    heads_of_two = ["sigmoid", "softmax", "tanh", "linear"]
    search = GridSearchCV(
        BinaryClassifier(**{**STILL, "epochs": 2}, metrics=["AUC", "Precision"]),
        {"head": heads_of_two}, cv=2, error_score="raise",
    ).fit(X, LABELS)  # fmt: skip
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert set(search.best_estimator_.history_) == {"loss", "AUC", "Precision"}


@pytest.fixture
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def hidden(inputs):
    return keras.layers.Dense(8)(inputs)


def complete():
    layers = keras.layers
    first = [keras.Input((4,)), layers.Dense(8, "relu")]
    return keras.Sequential([*first, layers.Dense(3, "softmax")])


@pytest.mark.parametrize(
    ("policy", "model"),
    [("mixed_float16", complete), ("mixed_bfloat16", None)],
    indirect=["policy"],
)
def test_blocks_sum_to_one_in_mixed_precision(model, policy, tmp_path):
    clf = OneHotClassifier(model, epochs=2, random_state=0, metrics=["AUC"]).fit(X, CLASSES)
    p = clf.predict_proba(X)
    assert p.dtype == np.float32
    assert np.allclose(p.sum(axis=1), 1, atol=1e-6, rtol=0)
    if model is None:
        assert clf.model_.layers[-1].compute_dtype == "float32"
        assert clf.model_.layers[1].compute_dtype != "float32"
    assert np.isfinite(cross_val_score(clf, X, CLASSES, scoring="roc_auc_ovr", cv=2)).all()
    for trainer in ("compiled", "keras"):
        clf.set_params(trainer=trainer).fit(X, CLASSES).save(tmp_path / "clf.skbits")
        assert np.array_equal(skbits.load(tmp_path / "clf.skbits").predict_proba(X), p)


@heads
def test_every_head_that_is_put_on_is_of_32_bits(kind, head):
    own = HEADS[kind, head]
    groups = OneHotTarget(np.arange(6), from_labels=False, n_groups=2)
    targets = {"binary": BinaryTarget(np.arange(2)), "bits": BitVectorTarget(3), "onehot": groups}
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_float16")
        model = with_head(hidden, (4,), own, targets[kind])()
    finally:
        keras.config.set_dtype_policy(before)
    assert model.outputs[0].dtype == "float32"
    assert [layer.compute_dtype for layer in model.layers if layer.name == "head"] == ["float32"]


def test_probabilities_of_32_bits_stay_as_they_are():
    p = np.random.default_rng(0).dirichlet(np.ones(7), size=50).astype(np.float32)
    assert np.array_equal(to_one(p), p)
    half = to_one(p.astype(np.float16).astype(np.float32))
    assert np.allclose(half.sum(axis=1), 1, atol=1.1e-5, rtol=0)
