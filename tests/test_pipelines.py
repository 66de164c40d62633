"""Pipelines, column transformers, frames with names, and every kind of X."""

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import FAST
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

ESTIMATORS = {
    "binary": (BinaryClassifier, "y"),
    "bits": (BitVectorClassifier, "bits"),
    "one-hot": (OneHotClassifier, "labels"),
}
COLUMNS = ["a", "b", "c", "d"]


@pytest.fixture(params=ESTIMATORS)
def kind(request, table):
    """An estimator's class and its y."""
    estimator, y = ESTIMATORS[request.param]
    return estimator, getattr(table, y)


# --- pipelines


def test_a_pipeline_is_its_steps_one_after_the_other(table, trainings, fast, kind):
    estimator, y = kind
    pipeline = make_pipeline(StandardScaler(), estimator(**fast)).fit(table.X[:80], y[:80])
    scaler = StandardScaler().fit(table.X[:80])
    alone = estimator(**fast).fit(scaler.transform(table.X[:80]), y[:80])
    assert len(trainings) == 2
    rest = scaler.transform(table.X[80:])
    for method in ("predict", "predict_proba", "decision_function"):
        of_pipeline = getattr(pipeline, method)(table.X[80:])
        assert np.array_equal(of_pipeline, getattr(alone, method)(rest)), method
    assert pipeline.score(table.X[80:], y[80:]) == alone.score(rest, y[80:])
    assert np.array_equal(pipeline.classes_, alone.classes_)


def test_a_pipeline_learns(table, fast):
    stretched = table.X * [1000, 1, 1, 1] + [5000, 0, 0, 0]  # of no use without the scaler
    pipeline = make_pipeline(StandardScaler(), BinaryClassifier(**{**fast, "epochs": 20}))
    pipeline.fit(stretched[:64], table.y[:64])
    assert pipeline.score(stretched[64:], table.y[64:]) > 0.85


def test_the_threshold_is_set_through_a_pipeline_without_another_fit(table, trainings, fast):
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", BinaryClassifier(**fast))])
    pipeline.fit(table.X, table.y)
    p = pipeline.predict_proba(table.X)[:, 1]
    for threshold in (0.0, float(np.median(p)), np.inf):
        pipeline.set_params(clf__threshold=threshold)
        on = p >= np.float32(threshold)
        assert np.array_equal(pipeline.predict(table.X) == "yes", on)
    assert len(trainings) == 1


# --- frames


def frame_of(library, columns):
    return pd.DataFrame(columns) if library == "pandas" else pl.DataFrame(columns)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_gives_its_names_and_the_numbers_of_its_array(
    table, trainings, fast, library, kind
):
    estimator, y = kind
    frame = frame_of(library, dict(zip(COLUMNS, table.X.T, strict=True)))
    fitted = estimator(**fast).fit(frame, y)
    assert fitted.feature_names_in_.tolist() == COLUMNS
    assert fitted.feature_names_in_.dtype == object
    assert np.array_equal(
        fitted.predict_proba(frame), estimator(**fast).fit(table.X, y).predict_proba(table.X)
    )
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(frame[COLUMNS[::-1]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        fitted.predict(table.X)


def test_an_array_leaves_no_feature_names(fitted_binary):
    assert not hasattr(fitted_binary, "feature_names_in_")
    assert fitted_binary.n_features_in_ == 4


def preprocessor(**encoder):
    return ColumnTransformer(
        [("scale", StandardScaler(), ["b", "a"]), ("code", OneHotEncoder(**encoder), ["colour"])],
        verbose_feature_names_out=False,
        sparse_threshold=1.0,
    )


def mixed_columns(table):
    colour = np.where(table.X[:, 2] > 0, "red", "blue")
    return {"a": table.X[:, 0], "colour": colour.tolist(), "b": table.X[:, 1]}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_column_transformer_hands_its_names_to_the_estimator(table, trainings, fast, library):
    frame = frame_of(library, mixed_columns(table))
    before = preprocessor(sparse_output=False).set_output(transform=library)
    pipeline = make_pipeline(before, BinaryClassifier(**fast)).fit(frame, table.y)
    names = ["b", "a", "colour_blue", "colour_red"]
    assert pipeline[-1].feature_names_in_.tolist() == names
    assert pipeline.feature_names_in_.tolist() == ["a", "colour", "b"]
    (training,) = trainings
    assert np.allclose(training.data.X[:, 1], StandardScaler().fit_transform(table.X[:, :1])[:, 0])
    assert np.array_equal(training.data.X[:, 3], table.X[:, 2] > 0)
    # columns are found by name, wherever they stand
    p = pipeline.predict_proba(frame)
    assert np.array_equal(pipeline.predict_proba(frame[["colour", "b", "a"]]), p)


def test_pandas_and_polars_frames_train_the_same_model(table, trainings, fast):
    p = []
    for library in ("pandas", "polars"):
        frame = frame_of(library, mixed_columns(table))
        pipeline = make_pipeline(preprocessor(sparse_output=False), BinaryClassifier(**fast))
        p.append(pipeline.fit(frame, table.y).predict_proba(frame))
    assert np.array_equal(trainings[0].data.X, trainings[1].data.X)
    assert np.array_equal(*p)


def test_a_column_transformer_may_be_sparse(table, trainings, fast):
    frame = pd.DataFrame(mixed_columns(table))
    dense, coded = (
        make_pipeline(preprocessor(sparse_output=flag), BinaryClassifier(**fast)).fit(
            frame, table.y
        )
        for flag in (False, True)
    )
    assert [sparse.issparse(training.data.X) for training in trainings] == [False, True]
    assert np.array_equal(dense.predict_proba(frame), coded.predict_proba(frame))


def test_columns_are_selected_by_type(table, trainings, fast):
    frame = pd.DataFrame(mixed_columns(table))
    numbers = make_column_selector(dtype_include="number")
    before = ColumnTransformer([("numbers", "passthrough", numbers)])
    make_pipeline(before, BinaryClassifier(**fast)).fit(frame, table.y)
    assert np.array_equal(trainings[0].data.X, table.X[:, :2].astype(np.float32))


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_bits_keep_the_names_of_their_frame_in_a_pipeline(table, trainings, fast, library):
    bits = frame_of(library, dict(zip(["sun", "rain", "wind"], table.bits.T, strict=True)))
    pipeline = make_pipeline(StandardScaler(), BitVectorClassifier(**fast)).fit(table.X, bits)
    assert pipeline[-1].bit_names_.tolist() == ["sun", "rain", "wind"]
    pipeline.set_params(bitvectorclassifier__threshold={"rain": 0.0, "wind": np.inf})
    p = pipeline.predict_proba(table.X)
    on = np.column_stack([p[:, 0] >= 0.5, np.ones(len(p)), np.zeros(len(p))])
    assert np.array_equal(pipeline.predict(table.X), on)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_labels_may_be_a_series(table, trainings, fast, library):
    series = pd.Series(table.y) if library == "pandas" else pl.Series(table.y.tolist())
    fitted = BinaryClassifier(**fast).fit(table.X, series)
    assert fitted.classes_.tolist() == ["no", "yes"]
    assert np.array_equal(trainings[0].data.Y[:, 0], table.y == "yes")


# --- kinds of X


def spread(X):
    """Half of the values become zeros, so that being sparse means something."""
    return np.where(X > 0, X, 0)


SPARSE = {
    "csr": sparse.csr_matrix,
    "csc": sparse.csc_matrix,
    "coo": sparse.coo_matrix,
    "csr array": sparse.csr_array,
    "int64 indices": lambda X: _with_wide_indices(sparse.csr_matrix(X)),
}


def _with_wide_indices(X):
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


@pytest.fixture(scope="module")
def fitted_dense(table):
    return BinaryClassifier(**FAST).fit(spread(table.X), table.y)


def test_training_on_sparse_rows_is_training_on_dense_rows(table, fast, fitted_dense):
    X = spread(table.X)
    fitted = BinaryClassifier(**fast).fit(sparse.csr_matrix(X), table.y)
    assert fitted.history_ == fitted_dense.history_
    assert np.array_equal(fitted.predict_proba(X), fitted_dense.predict_proba(X))


@pytest.mark.parametrize("form", SPARSE)
def test_every_sparse_form_is_read_as_the_dense_one(table, trainings, fast, fitted_dense, form):
    X, rows = spread(table.X), SPARSE[form](spread(table.X))
    for method in ("predict_proba", "decision_function", "predict"):
        dense = getattr(fitted_dense, method)(X)
        assert np.array_equal(getattr(fitted_dense, method)(rows), dense)
    BinaryClassifier(**fast).fit(rows, table.y)
    assert np.array_equal(trainings[0].data.X.toarray(), X.astype(np.float32))


@pytest.mark.parametrize("shape", [(2, 2), (2, 2, 1)], ids=str)
def test_the_default_network_reads_blocks_as_their_flat_rows(table, fast, fitted_binary, shape):
    blocks = table.X.reshape(-1, *shape)
    fitted = BinaryClassifier(**fast).fit(blocks, table.y)
    assert np.array_equal(fitted.predict_proba(blocks), fitted_binary.predict_proba(table.X))
    with pytest.raises(ValueError, match="is expecting rows of shape"):
        fitted.predict(table.X.reshape(-1, 2, 1, 2))


def test_a_convolution_takes_images_and_gives_bits(table, fast_built):
    def convolution(inputs, filters=4):
        return keras.layers.Conv2D(filters, 2, activation="relu")(inputs)

    images = table.X.reshape(-1, 2, 2, 1)
    fitted = BitVectorClassifier(convolution, model__filters=6, **{**fast_built, "epochs": 10})
    fitted.fit(images, table.bits)
    assert fitted.model_.layers[1].filters == 6
    assert fitted.predict_proba(images).shape == (96, 3)
    assert fitted.predict_proba(images[:1]).shape == (1, 3)
    agreement = (fitted.predict(images) == table.bits).mean(axis=0)
    assert (agreement > 0.7).all()


def test_a_recurrent_network_takes_sequences(table, fast_built):
    def recurrent(inputs, units=6):
        return keras.layers.SimpleRNN(units)(inputs)

    sequences = table.X.reshape(-1, 4, 1)
    fitted = OneHotClassifier(recurrent, **{**fast_built, "epochs": 2}).fit(sequences, table.labels)
    assert fitted.n_features_in_ == 4
    assert np.allclose(fitted.predict_proba(sequences).sum(axis=1), 1, atol=1e-6)
    assert fitted.history_["loss"][1] < fitted.history_["loss"][0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.int64, bool])
def test_the_dtype_of_x_does_not_matter(table, trainings, fast, dtype):
    X = (table.X > 0).astype(dtype)
    p = BinaryClassifier(**fast).fit(X, table.y).predict_proba(X)
    assert p.dtype == np.float32
    as_float = (table.X > 0).astype(np.float32)
    assert np.array_equal(p, BinaryClassifier(**fast).fit(as_float, table.y).predict_proba(X))


def test_lists_are_taken_for_arrays(table, trainings, fast, kind):
    estimator, y = kind
    fitted = estimator(**fast).fit(table.X.tolist(), y.tolist())
    again = clone(fitted).fit(table.X, y)
    assert np.array_equal(fitted.predict(table.X.tolist()), again.predict(table.X))


# --- what is passed in stays as it is


def read_only(array):
    array = np.array(array)
    array.flags.writeable = False
    return array


def test_arrays_are_never_changed(table, fast, kind):
    estimator, y = kind
    # in the dtype that is trained in, so that no conversion makes a copy
    X, weights = table.X.astype(np.float32), table.weights.astype(np.float32)
    given = [read_only(array) for array in (X, y, weights)]
    before = [array.tobytes() for array in given]
    X, y, weights = given
    if estimator is not BitVectorClassifier:
        fast["early_stopping"] = True
    fitted = estimator(**fast, class_weight="balanced").fit(X, y, sample_weight=weights)
    if fitted.early_stopping:
        fitted.set_params(early_stopping=False)
    fitted.set_params(class_weight=None).partial_fit(X, y, sample_weight=weights)
    for method in (fitted.predict, fitted.predict_proba, fitted.decision_function):
        method(X)
    fitted.score(X, y, sample_weight=weights)
    assert [array.tobytes() for array in given] == before


def test_results_are_not_views_of_what_the_estimator_keeps(table, fitted_binary, fitted_bits):
    for fitted in (fitted_binary, fitted_bits):
        first = fitted.predict_proba(table.X)
        kept = first.copy()
        first[:] = 7
        assert np.array_equal(fitted.predict_proba(table.X), kept)


def test_sparse_matrices_are_never_changed(table, trainings, fast):
    X = sparse.csr_matrix(spread(table.X).astype(np.float32))
    bits = sparse.csr_matrix(table.bits)
    X.indices[:2] = X.indices[:2][::-1]  # not in order: sorting them in place would show
    X.data[:2] = X.data[:2][::-1]
    X.has_sorted_indices = False
    parts = [part for matrix in (X, bits) for part in (matrix.data, matrix.indices, matrix.indptr)]
    before = [part.tobytes() for part in parts]
    for part in parts:
        part.flags.writeable = False
    fitted = BitVectorClassifier(**fast).fit(X, bits, sample_weight=read_only(table.weights))
    fitted.predict_proba(X)
    assert [part.tobytes() for part in parts] == before


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_are_never_changed(table, trainings, fast, library):
    def frames():
        columns = dict(zip(COLUMNS, table.X.astype(np.float32).T, strict=True))
        bits = dict(zip("xyz", table.bits.T, strict=True))
        return frame_of(library, columns), frame_of(library, bits)

    X, bits = frames()
    BitVectorClassifier(**fast).fit(X, bits).predict(X)
    assert X.equals(frames()[0])
    assert bits.equals(frames()[1])
