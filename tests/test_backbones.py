"""The backbones: the compiled path trains each, padding changes nothing, pairs are symmetric.

``CASES`` has each backbone on each form of X that it takes; every contract is checked on all.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest
from parity import Case as Parity
from parity import N, check_parity, force_engine
from sklearn.model_selection import GridSearchCV

from skbits import BinaryClassifier, backbones
from skbits.seeding import seeded_building

rng = np.random.default_rng(0)
LENGTH = 5
Y = rng.integers(0, 2, N)


def padded(X: np.ndarray, axis: int = 1) -> np.ndarray:
    """X with rows of different lengths: zeros from some step on, in the first row from step 0."""
    lengths = rng.integers(1, LENGTH + 1, size=X.shape[:axis])
    lengths[0], lengths[1] = 0, LENGTH
    kept = np.arange(LENGTH) < lengths[..., np.newaxis]
    return X * kept.reshape(kept.shape + (1,) * (X.ndim - kept.ndim))


ROWS = {
    "table": rng.normal(size=(N, 4)),
    "images": rng.normal(size=(N, 5, 4)),
    "color images": rng.normal(size=(N, 5, 4, 3)),
    "series": rng.normal(size=(N, LENGTH)),
    "vectors": padded(rng.normal(size=(N, LENGTH, 3))),
    "words": padded(rng.integers(1, 9, size=(N, LENGTH))),
    "pairs of vectors": padded(rng.normal(size=(N, 2, LENGTH, 3)), axis=2),
    "pairs of words": padded(rng.integers(1, 9, size=(N, 2, LENGTH)), axis=2),
    "pairs of rows": rng.normal(size=(N, 2, 4)),
    "pairs of images": rng.normal(size=(N, 2, 5, 4)),
}
ROWS = {name: X.astype(np.float32) for name, X in ROWS.items()}


@dataclass(frozen=True)
class Case:
    """A backbone with parameters on one form of X.

    Parameters
    ----------
    width : int
        Of the last hidden tensor.
    masked : bool
        Whether more padding changes nothing.
    """

    backbone: Callable
    rows: str
    width: int
    params: dict[str, Any] = field(default_factory=dict)
    masked: bool = False

    @property
    def X(self) -> np.ndarray:
        return ROWS[self.rows]

    @property
    def steps_axis(self) -> int:
        return 2 if self.rows.startswith("pairs") else 1

    def hidden(self, X: np.ndarray) -> Any:
        """A model that ends in the last hidden tensor."""
        with seeded_building(0):
            inputs = keras.Input(X.shape[1:])
            return keras.Model(inputs, self.backbone(inputs, **self.params))

    def estimator(self, **params) -> BinaryClassifier:
        routed = {f"model__{name}": value for name, value in self.params.items()}
        fast = {"epochs": 2, "batch_size": 16, "random_state": 0, "trainer": "compiled"}
        return BinaryClassifier(self.backbone, **{**fast, **routed, **params})


def words(**params):
    return {"input_dim": 9, "output_dim": 3, **params}


def of_encoder(**params):
    return {f"encoder_{name}": value for name, value in params.items()}


mlp, conv2d, embedding = backbones.mlp, backbones.conv2d, backbones.embedding
lstm, gru, conv1d, siamese = backbones.lstm, backbones.gru, backbones.conv1d, backbones.siamese
SMALL = {"hidden_layer_sizes": 4}
CASES = {
    "mlp": Case(mlp, "table", 4, {**SMALL, "name": "mlp"}),
    "conv2d": Case(conv2d, "images", 4, {"filters": (2, 3), **SMALL}),
    "embedding": Case(embedding, "words", 4, words(**SMALL), masked=True),
    "lstm": Case(lstm, "series", 4, {"units": 4}),
    "lstm of vectors": Case(
        lstm, "vectors", 2, {"units": (4, 3), "mask_zero": True, "hidden_layer_sizes": 2},
        masked=True),
    "lstm of words": Case(lstm, "words", 4, words(units=4, dropout=0.2), masked=True),
    "gru of words": Case(gru, "words", 4, words(units=4), masked=True),
    "conv1d": Case(conv1d, "series", 4, {"filters": 3, "dropout": 0.2, **SMALL}),
    "conv1d of words": Case(conv1d, "words", 4, words(filters=(3, 3), **SMALL), masked=True),
    "siamese": Case(siamese, "pairs of vectors", 4, {
        **of_encoder(units=4, mask_zero=True), **SMALL}, masked=True),
    "siamese of words": Case(siamese, "pairs of words", 6, {
        "encoder": "embedding", "hidden_layer_sizes": (),
        **of_encoder(**words(hidden_layer_sizes=3))}, masked=True),
    "siamese mlp": Case(siamese, "pairs of rows", 4, {
        "encoder": mlp, "dropout": 0.2, **of_encoder(dropout=0.1, **SMALL), **SMALL}),
}  # fmt: skip
#: more, which are built but not fitted
VARIANTS = {
    "conv2d of colors": Case(conv2d, "color images", 3, {
        "filters": 3, "pooling": "mean", "padding": "valid", "hidden_layer_sizes": ()}),
    "conv2d, much pooled": Case(conv2d, "images", 4, {
        "filters": (2, 2, 2, 2), "pool_size": 9, "pooling": "max", **SMALL}),
    "embedding, largest": Case(
        embedding, "words", 3, words(pooling="max", hidden_layer_sizes=()), masked=True),
    "embedding, flat": Case(
        embedding, "words", 15, words(pooling="flatten", hidden_layer_sizes=())),
    "embedding, no mask": Case(embedding, "words", 4, words(mask_zero=False, **SMALL)),
    "gru": Case(gru, "series", 4, {"units": 4}),
    "lstm upon lstm": Case(lstm, "words", 3, words(units=(4, 3)), masked=True),
    "conv1d, valid": Case(conv1d, "vectors", 3, {
        "filters": (2, 3), "kernel_size": 2, "padding": "valid", "pooling": "mean",
        "mask_zero": True, "activation": "tanh", "hidden_layer_sizes": ()}, masked=True),
    "conv1d, causal": Case(
        conv1d, "words", 4, words(filters=3, padding="causal", activation="tanh", **SMALL),
        masked=True),
    "siamese gru": Case(siamese, "pairs of words", 4, {
        "encoder": "gru", **of_encoder(**words(units=4)), **SMALL}, masked=True),
    "siamese conv1d": Case(siamese, "pairs of words", 4, {
        "encoder": "conv1d", **of_encoder(**words(filters=4), **SMALL), **SMALL}, masked=True),
    "siamese conv2d": Case(siamese, "pairs of images", 4, {
        "encoder": "conv2d", **of_encoder(filters=2, **SMALL), **SMALL}),
}  # fmt: skip
ALL = {**CASES, **VARIANTS}

every_case = pytest.mark.parametrize("name", ALL)
every_masked_case = pytest.mark.parametrize("name", [n for n, case in ALL.items() if case.masked])
every_siamese_case = pytest.mark.parametrize(
    "name", [n for n, case in ALL.items() if case.backbone is siamese]
)


@dataclass(frozen=True)
class Fitted:
    """A case and an estimator that the compiled trainer fitted."""

    case: Case
    clf: BinaryClassifier


@pytest.fixture(scope="module", params=CASES)  # tests go case by case, which keeps its program
def fitted(request) -> Fitted:
    case = CASES[request.param]
    return Fitted(case, case.estimator().fit(case.X, Y))


# -- every backbone -----------------------------------------------------------------------------


def test_there_is_a_case_for_each_backbone():
    assert {case.backbone.__name__ for case in CASES.values()} == set(backbones.__all__)


@every_case
def test_it_gives_a_vector_of_each_row(name):
    case = ALL[name]
    assert case.hidden(case.X).output_shape == (None, case.width)


def test_it_is_trained_as_keras_trains_it(fitted):
    reference = fitted.case.estimator(trainer="keras").fit(fitted.case.X, Y)
    assert fitted.clf.trainer_ == "compiled"
    assert fitted.clf.history_["loss"] == pytest.approx(reference.history_["loss"], rel=1e-5)
    weights = fitted.clf.model_.get_weights(), reference.model_.get_weights()
    for ours, theirs in zip(*weights, strict=True):
        assert np.allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_it_gives_a_finite_probability_of_each_row(fitted):
    """Also of the first, which is nothing but padding where there is any."""
    proba = fitted.clf.predict_proba(fitted.case.X)
    assert proba.shape == (N, 2)
    assert np.isfinite(proba).all()
    assert all(np.isfinite(weight).all() for weight in fitted.clf.model_.get_weights())


def test_a_second_fit_gives_the_same_bits_and_no_new_names(fitted):
    """TensorFlow keeps 35 kB for each name that a trained variable ever had."""
    X = fitted.case.X
    again = fitted.case.estimator().fit(X, Y)
    assert np.array_equal(fitted.clf.predict_proba(X), again.predict_proba(X))

    def names(clf):
        return [v.path for v in (*clf.model_.trainable_variables, *clf.model_.optimizer.variables)]

    assert names(fitted.clf) == names(again)


def test_keras_saves_and_loads_it_in_safe_mode_without_skbits(fitted, tmp_path):
    model, X = fitted.clf.model_, fitted.case.X
    assert "skbits" not in model.to_json()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.array_equal(model(X), loaded(X))


@every_case
def test_its_architecture_can_be_described(name):
    """And read back: what a variant is made of is Keras' own."""
    case = ALL[name]
    model = case.hidden(case.X)
    again = keras.models.model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    assert np.array_equal(model(case.X), again(case.X))


@pytest.mark.parametrize("name", ["lstm", "lstm of vectors"])
def test_recurrent_ones_are_trained_alike_under_xla(name, monkeypatch):
    case = CASES[name]

    def build():
        inputs = keras.Input(case.X.shape[1:])
        hidden = case.backbone(inputs, **case.params)
        return keras.Model(inputs, keras.layers.Dense(1, "sigmoid", name="head")(hidden))

    force_engine(monkeypatch, "xla")
    check_parity(Parity(build, X=case.X))


@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("lstm", {"units": [3, (5, 2)]}),
        ("gru of words", {"units": [3, 5]}),
        ("conv1d", {"filters": [2, 3], "kernel_size": [2]}),
        ("conv2d", {"filters": [2, 3], "pooling": ["max"]}),
        ("embedding", {"output_dim": [2, 5]}),
        ("siamese", {"encoder_units": [2, 3], "encoder": ["gru"]}),
    ],
)
def test_its_parameters_can_be_searched(name, grid, trainings):
    case = ALL[name]
    grid = {f"model__{parameter}": values for parameter, values in grid.items()}
    search = GridSearchCV(case.estimator(), grid, cv=2, refit=False).fit(case.X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    counts = {training.model.count_params() for training in trainings}
    assert len(counts) == len(search.cv_results_["params"]) == 2


@pytest.mark.parametrize("name", backbones.__all__)
def test_its_docstring_names_every_parameter(name):
    backbone = getattr(backbones, name)
    for parameter in inspect.signature(backbone).parameters:
        assert parameter in backbone.__doc__


@pytest.mark.parametrize("name", ["conv1d", "conv2d of colors"])
def test_channels_are_last_whatever_keras_is_set_to(name):
    case = ALL[name]
    expected = case.hidden(case.X)
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        model = case.hidden(case.X)
    finally:
        keras.config.set_image_data_format(before)
    assert np.array_equal(model(case.X), expected(case.X))


# -- padding ------------------------------------------------------------------------------------


@every_masked_case
@pytest.mark.parametrize("n_more", [1, 7])
def test_more_padding_changes_nothing(name, n_more):
    case = ALL[name]
    widths = [(0, 0)] * case.X.ndim
    widths[case.steps_axis] = (0, n_more)
    longer = np.pad(case.X, widths)
    short_model, long_model = case.hidden(case.X), case.hidden(longer)
    long_model.set_weights(short_model.get_weights())
    assert np.allclose(short_model(case.X), long_model(longer), rtol=1e-5, atol=1e-6)


@every_masked_case
def test_what_is_not_padding_counts(name):
    case = ALL[name]
    X = case.X.copy()
    last = (slice(None),) * case.steps_axis + (LENGTH - 1,)
    X[last] = np.where(X[last] > 0, 1 + X[last] % 8, X[last])
    model = case.hidden(case.X)
    changed = (case.X != X).reshape(N, -1).any(axis=1)
    assert changed.any()
    moved = np.abs(model(X) - np.asarray(model(case.X))).max(axis=1) > 0
    assert moved[changed].any()
    assert not moved[~changed].any()


@pytest.mark.parametrize(
    "name",
    ["embedding, largest", "lstm of words", "lstm upon lstm", "gru of words", "conv1d, valid"],
)
def test_rows_of_nothing_but_padding_give_zeros(name):
    """Keras' own masked mean divides by zero there."""
    case = ALL[name]
    assert (np.asarray(case.hidden(case.X)(np.zeros_like(case.X))) == 0).all()


def test_a_row_shorter_than_the_filter_counts():
    case = Case(
        conv1d,
        "words",
        3,
        words(filters=3, kernel_size=3, padding="valid", activation="tanh", hidden_layer_sizes=()),
    )
    model = case.hidden(case.X)
    of_one_step = np.asarray(model(np.eye(1, LENGTH, dtype=np.float32)))
    assert (of_one_step != 0).any()


@pytest.mark.parametrize("name", ["lstm of vectors", "gru of words", "gru"])
def test_cudnn_is_not_used_with_a_mask(name):
    """It refuses rows of nothing but padding, which a CPU does not show."""
    case = ALL[name]
    layers = [layer for layer in case.hidden(case.X).layers if hasattr(layer, "use_cudnn")]
    assert layers
    assert {layer.use_cudnn for layer in layers} == {False if case.masked else "auto"}


def test_zeros_of_a_series_are_values_unless_told_otherwise():
    X = np.array([[1, 2, 0, 0]], np.float32)
    case = ALL["lstm"]
    of_two, of_four = case.hidden(X[:, :2]), case.hidden(X)
    assert not np.allclose(of_two(X[:, :2]), of_four(X))
    masked = Case(lstm, "series", 4, {**case.params, "mask_zero": True}).hidden(X)
    assert np.allclose(of_two(X[:, :2]), masked(X))


def test_masked_steps_are_passed_over_wherever_they_stand():
    case = CASES["lstm of words"]
    X = np.array([[3, 1, 2]], np.float32)
    model, of_three = case.hidden(np.zeros((1, 6))), case.hidden(X)
    for spread in ([0, 3, 0, 1, 2, 0], [0, 0, 0, 3, 1, 2]):
        assert np.allclose(of_three(X), model(np.array([spread], np.float32)), atol=1e-6)


def test_index_0_is_a_value_where_told_so():
    case = Case(embedding, "words", 3, words(mask_zero=False, hidden_layer_sizes=()))
    model, X = case.hidden(case.X), case.X
    vectors = model.get_layer("embedding_embedding").get_weights()[0]
    assert np.allclose(model(X), vectors[X.astype(int)].mean(axis=1), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "bad", "message"),
    [
        ("embedding", 9, rf"9 in row {N - 1}, step 4: expected whole .* 0 to 8, .*Raise input_dim"),
        ("embedding", -1, f"-1 in row {N - 1}, step 4: expected whole .* 0 to 8, .*Number what"),
        ("embedding", 8.5, f"8.5 in row {N - 1}, step 4: expected .* leave input_dim out"),
        ("embedding", 1e6, f"1000000 in row {N - 1}, step 4"),
        ("siamese of words", -1, rf"-1 at X\[{N - 1}, 1, 4\]: expected whole numbers from 0 to 8"),
    ],
)
def test_a_number_that_is_no_index_is_refused(name, bad, message):
    case = CASES[name]
    X = case.X.copy()
    X[-1, ..., -1] = bad if X.ndim == 2 else (0, bad)
    message = f"X holds {message}"
    with pytest.raises(ValueError, match=message):
        case.estimator().fit(case.X, Y).predict(X)
    with pytest.raises(ValueError, match=message):
        case.estimator().fit(X, Y)


# -- pairs --------------------------------------------------------------------------------------


@every_siamese_case
def test_pairs_are_symmetric(name):
    case = ALL[name]
    model = case.hidden(case.X)
    assert np.allclose(model(case.X), model(case.X[:, ::-1]), atol=1e-6)


@every_siamese_case
def test_the_encoder_is_there_once_and_a_model_of_its_own(name):
    case = ALL[name]
    model = case.hidden(case.X)
    encoder = model.get_layer("siamese_encoder")
    code = encoder.output_shape[-1]
    compared = 0 if case.width == 2 * code else case.width * (2 * code + 1)  # a dense layer
    assert model.count_params() == encoder.count_params() + compared
    assert encoder(case.X[:, 0]).shape == (N, encoder.output_shape[-1])


def test_equal_members_have_no_difference():
    case = ALL["siamese of words"]
    model = case.hidden(case.X)
    same = np.repeat(case.X[:, :1], 2, axis=1)
    difference, product = np.split(np.asarray(model(same)), 2, axis=1)
    codes = np.asarray(model.get_layer("siamese_encoder")(case.X[:, 0]))
    assert (difference == 0).all()
    assert np.allclose(product, codes**2, atol=1e-6)


def test_an_encoder_may_be_the_users_own():
    def own(inputs, width, name="own"):
        return keras.layers.Dense(width, name=name)(inputs)  # (n, steps, width)

    inputs = keras.Input((2, LENGTH, 3))
    hidden = siamese(inputs, own, encoder_width=2, hidden_layer_sizes=())
    assert hidden.shape == (None, 2 * 2 * LENGTH)


# -- learning -----------------------------------------------------------------------------------

n = 300
SERIES = rng.normal(size=(n, 6))
INDICES = rng.integers(1, 6, size=(n, 6)) * (np.arange(6) < rng.integers(2, 7, size=(n, 1)))
BARS = np.zeros((n, 6, 6))
for row, (stands, at) in enumerate(zip(rng.integers(0, 2, n), rng.integers(0, 6, n), strict=True)):
    BARS[(row, slice(None), at) if stands else (row, at)] = 1
TWINS = np.repeat(rng.integers(1, 6, size=(n, 1, 3)), 2, axis=1)
TWINS[n // 2 :, 1] = rng.permutation(TWINS[n // 2 :, 1])
FOLLOWS = ((INDICES[:, :-1] == 1) & (INDICES[:, 1:] == 2)).any(axis=1)
FOLLOWS[: n // 2], INDICES[: n // 2, :2] = True, (1, 2)

TASKS = {
    "the sum is positive": (lstm, SERIES, SERIES.sum(axis=1) > 0, {"units": 8}),
    "the sum is positive, again": (gru, SERIES, SERIES.sum(axis=1) > 0, {"units": 8}),
    "there is a 3": (embedding, INDICES, (INDICES == 3).any(axis=1), {
        "input_dim": 6, "pooling": "max", "hidden_layer_sizes": 16}),
    "a 2 follows a 1": (conv1d, INDICES, FOLLOWS, {
        "input_dim": 6, "filters": 16, "kernel_size": 2, "hidden_layer_sizes": 16}),
    "the bar stands": (conv2d, BARS, BARS.max(axis=1).sum(axis=1) == 1, {
        "filters": 4, "hidden_layer_sizes": 8}),
    "the words are equal": (siamese, TWINS, (TWINS[:, 0] == TWINS[:, 1]).all(axis=1), {
        "encoder_input_dim": 6, "encoder_units": 16, "hidden_layer_sizes": 32}),
}  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_it_learns(task):
    backbone, X, y, params = TASKS[task]
    routed = {f"model__{name}": value for name, value in params.items()}
    clf = BinaryClassifier(
        backbone, **routed, epochs=20, optimizer__learning_rate=0.02, random_state=0
    ).fit(X, y)
    assert 0.2 < y.mean() < 0.8
    assert clf.score(X, y) > 0.9


# -- errors -------------------------------------------------------------------------------------


def tensor(*row):
    return keras.Input(row)


SIZES = "expected an int of at least 1"
WRONG = [
    (lambda: mlp(tensor(4), (8, 0)), rf"hidden_layer_sizes=\(8, 0\): {SIZES}, or a sequence"),
    (lambda: mlp(tensor(4), dropout=1.0), r"dropout=1.0: expected a float in \[0, 1\)"),
    (lambda: lstm(tensor(4), units=0), f"units=0: {SIZES}, or a sequence"),
    (lambda: gru(tensor(4), units=()), rf"units=\(\): {SIZES}, or a sequence"),
    (lambda: lstm(tensor(4), units=2.5), f"units=2.5: {SIZES}"),
    (lambda: lstm(tensor(4, 3, 2)),
     r"lstm: X has shape \(n, 4, 3, 2\): expected \(n, steps\) or \(n, steps, channels\). Reshape"),
    (lambda: gru(tensor(4, 3), input_dim=5),
     r"gru: X has shape \(n, 4, 3\): expected \(n, steps\) of indices.* Leave input_dim out"),
    (lambda: lstm(tensor(4), input_dim=0), f"input_dim=0: {SIZES}. It counts the indices, 0 for"),
    (lambda: lstm(tensor(4), input_dim=4, output_dim=0), f"output_dim=0: {SIZES}"),
    (lambda: lstm(tensor(4), mask_zero="yes"), "mask_zero='yes': expected True, False or None"),
    (lambda: lstm(tensor(4), dropout=-0.1), "dropout=-0.1: expected a float"),
    (lambda: embedding(tensor(4), None), f"input_dim=None: {SIZES}. It counts"),
    (lambda: embedding(tensor(4, 3), 9), r"embedding: X has shape \(n, 4, 3\): expected \(n, st"),
    (lambda: embedding(tensor(4), 9, pooling="sum"),
     "pooling='sum': expected one of 'mean', 'max', 'flatten'"),
    (lambda: conv1d(tensor(4), pooling="avg"), "pooling='avg': expected one of 'mean'"),
    (lambda: conv1d(tensor(4), padding="full"), "padding='full': expected one of 'same', 'causal'"),
    (lambda: conv1d(tensor(4), filters=0), f"filters=0: {SIZES}"),
    (lambda: conv1d(tensor(4), kernel_size=0), f"kernel_size=0: {SIZES}"),
    (lambda: conv1d(tensor(4), kernel_size=5, padding="valid"),
     "kernel_size=5: expected at most 4, .* convolution 0 .*padding='same'"),
    (lambda: conv1d(tensor(4), (2, 2), kernel_size=3, padding="valid"),
     "kernel_size=3: expected at most 2, .* convolution 1 gets 2"),
    (lambda: conv1d(tensor(4, 3, 2)), r"conv1d: X has shape \(n, 4, 3, 2\)"),
    (lambda: conv2d(tensor(784)),
     r"conv2d: X has shape \(n, 784\): expected \(n, rows, columns\) or .*X.reshape\(-1, 28, 28\)"),
    (lambda: conv2d(tensor(9, 2), padding="valid"),
     "kernel_size=3: expected at most 2, .* convolution 0 gets 9 x 2"),
    (lambda: conv2d(tensor(9, 9), padding="causal"), "padding='causal': expected one of 'same'"),
    (lambda: conv2d(tensor(9, 9), pool_size=0), f"pool_size=0: {SIZES}"),
    (lambda: conv2d(tensor(9, 9), pooling="min"), "pooling='min': expected one of 'flatten'"),
    (lambda: siamese(tensor(4)), r"siamese: X has shape \(n, 4\): expected .* np.stack"),
    (lambda: siamese(tensor(3, 4)), r"siamese: X has shape \(n, 3, 4\): expected \(n, 2, length"),
    (lambda: siamese(tensor(2, 4), "rnn"), "encoder='rnn': expected one of 'embedding', 'lstm'"),
    (lambda: siamese(tensor(2, 4), encoder_unit=3), "'encoder_unit' .*mean 'encoder_units'"),
    (lambda: siamese(tensor(2, 4), units=3), "'units' for siamese with encoder=lstm.*r_units"),
    (lambda: siamese(tensor(2, 4), encoder="embedding"),
     "encoder=embedding needs 'input_dim': set encoder_input_dim=..., or model__encoder_input_dim.*"
     " largest index in X"),
    (lambda: siamese(tensor(2, 4), encoder_units=0), f"units=0: {SIZES}"),
    (lambda: siamese(tensor(2, 4), encoder=lambda inputs: None), "encoder=.* returned NoneType"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_numbers_of_numpy_are_taken_as_grids_give_them():
    words = tensor(4)
    hidden = lstm(words, np.int64(3), np.int32(9), mask_zero=np.True_, dropout=np.float32(0.1))
    assert hidden.shape == (None, 3)
    assert conv1d(words, filters=np.array([2, 3]), hidden_layer_sizes=()).shape == (None, 3)


def test_errors_reach_the_user_of_an_estimator():
    with pytest.raises(ValueError, match="model needs an argument 'input_dim'.* index in X \\+ 1"):
        BinaryClassifier(embedding).fit(ROWS["words"], Y)
    with pytest.raises(ValueError, match="conv2d: X has shape"):
        BinaryClassifier(conv2d).fit(ROWS["table"], Y)
    with pytest.raises(ValueError, match="model__encoder__units would be ignored"):
        BinaryClassifier(siamese, model__encoder__units=3).fit(ROWS["table"], Y)
