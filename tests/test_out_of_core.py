"""Data larger than memory: blocks of a memmap, of an HDF5 data set and of a dask array; chunks."""

import json
import subprocess
import sys
from pathlib import Path

import dask
import dask.array as da
import dask.dataframe as dd
import h5py
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skbits import (
    BinaryClassifier,
    BitVectorClassifier,
    IntegerBits,
    OneHotClassifier,
    RecenteredClassifier,
    TextBits,
    ThresholdGridSearchCV,
    TransformedTargetClassifier,
    TunedThresholdsCV,
    backbones,
)

dask.config.set(scheduler="synchronous")

rng = np.random.default_rng(0)
X = rng.normal(size=(90, 4))
LABELS = np.where(X[:, 0] > 0, "yes", "no")
BITS = (X[:, :3] > 0).astype(int)
CLASSES = np.array(["ant", "bee", "cat"])[X[:, :3].argmax(axis=1)]
TARGETS = {BinaryClassifier: LABELS, BitVectorClassifier: BITS, OneHotClassifier: CLASSES}
FAST = {"hidden_layer_sizes": (6,), "epochs": 2, "batch_size": 32, "random_state": 0}
REST = {name: value for name, value in FAST.items() if name != "hidden_layer_sizes"}

estimators = pytest.mark.parametrize("estimator", TARGETS)
methods = pytest.mark.parametrize("method", ["predict_proba", "predict", "decision_function"])


def as_memmap(rows, tmp_path):
    mapped = np.memmap(tmp_path / "X", rows.dtype, "w+", shape=rows.shape)
    mapped[:] = rows
    mapped.flush()
    return np.memmap(tmp_path / "X", rows.dtype, "r", shape=rows.shape)


def as_hdf5(rows, tmp_path):
    return h5py.File(tmp_path / "X.h5", "w").create_dataset("X", data=rows)


def as_chunks(rows, tmp_path):
    return da.from_array(rows, chunks=(25, 3))


def as_unknown_chunks(rows, tmp_path):
    """Some of them empty, and of a number of rows that dask does not know."""
    double = da.from_array(np.concatenate([np.full_like(rows, -9e9), rows]), chunks=(25, 3))
    return double[double[:, 0] > -1e9]


def as_frame(rows, tmp_path):
    return as_chunks(rows, tmp_path).to_dask_dataframe()


FORMS = {
    "memmap": as_memmap,
    "hdf5": as_hdf5,
    "dask": as_chunks,
    "unknown": as_unknown_chunks,
    "frame": as_frame,
}
forms = pytest.mark.parametrize("form", FORMS)


@pytest.fixture(scope="module")
def fitted():
    return {cls: cls(**FAST).fit(X, y) for cls, y in TARGETS.items()}


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 10 rows of 4 values."""
    monkeypatch.setattr("skbits.blocks.BLOCK_VALUES", 40)


# --- predicting in blocks


@forms
@estimators
@methods
def test_blocks_give_the_bits_of_the_same_rows_in_memory(
    fitted, small_blocks, tmp_path, form, estimator, method
):
    clf, given = fitted[estimator], FORMS[form](X, tmp_path)
    found = getattr(clf, method)(given)
    expected = getattr(clf, method)(X.astype(np.float32))
    assert type(found) is np.ndarray
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("form", ["memmap", "hdf5", "dask"])
def test_no_more_than_a_block_is_read_at_a_time(fitted, small_blocks, tmp_path, monkeypatch, form):
    seen = []
    monkeypatch.setattr(
        "skbits.estimators._base.check_X",
        lambda estimator, rows, reset, first_row: seen.append(rows.shape) or np.float32(rows),
    )
    fitted[BinaryClassifier].predict(FORMS[form](X, tmp_path))
    assert len(seen) > 8
    assert {shape[1] for shape in seen} == {4}
    assert max(shape[0] for shape in seen) == 10


def test_rows_of_any_shape_come_in_blocks(small_blocks, tmp_path):
    rows = X.reshape(90, 2, 2)
    clf = BinaryClassifier(**FAST).fit(rows, LABELS)
    expected = clf.predict_proba(rows)
    for form in ("memmap", "dask"):
        given = (
            da.from_array(rows, chunks=(25, 2, 1))
            if form == "dask"
            else FORMS[form](rows, tmp_path)
        )
        assert np.array_equal(clf.predict_proba(given), expected)


def with_value(value):
    """Rows with a value in the last block."""
    rows = X.copy()
    rows[88, 1] = value
    return rows


BAD = [
    (
        with_value(np.nan),
        "X contains NaN, a missing number, in row 88, column 1: expected a number",
    ),
    (with_value(np.inf), "Input X contains infinity or a value too large for dtype('float32')"),
    (with_value(1e300), "Input X contains infinity or a value too large for dtype('float32')"),
    (X[:, :3], "X has 3 features, but BinaryClassifier is expecting 4 features as input"),
    (X[:0], "Found array with 0 sample(s) (shape=(0, 4)) while a minimum of 1 is required"),
    (X[:, 0], "Expected 2D array, got 1D array instead"),
    (X.astype(complex), "Complex data not supported"),
]


@pytest.mark.parametrize("form", ["hdf5", "dask"])
@pytest.mark.parametrize(("bad", "message"), BAD)
@methods
def test_a_bad_block_is_told_in_the_words_for_an_array(
    fitted, small_blocks, tmp_path, form, bad, message, method
):
    given = da.from_array(bad, chunks=25) if form == "dask" else FORMS[form](bad, tmp_path)
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the words stand in the next line)
        getattr(fitted[BinaryClassifier], method)(given)
    assert message in str(error.value)


@pytest.mark.parametrize("form", ["memmap", "dask"])
def test_an_unknown_index_is_told_by_its_row_among_all(small_blocks, tmp_path, form):
    steps = np.arange(360).reshape(90, 4) % 7
    clf = BinaryClassifier(backbones.embedding, model__input_dim=7, **REST).fit(steps, LABELS)
    steps[71, 2] = 7
    with pytest.raises(ValueError, match="X holds 7 in row 71, step 2: expected whole numbers"):
        clf.predict(FORMS[form](steps, tmp_path))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16, bool])
def test_a_file_is_read_and_never_written(fitted, small_blocks, tmp_path, dtype):
    rows = X.astype(dtype)
    mapped = np.memmap(tmp_path / "X", dtype, "w+", shape=rows.shape)
    mapped[:] = rows
    clf = fitted[BinaryClassifier]
    assert np.array_equal(clf.predict_proba(mapped), clf.predict_proba(rows.astype(np.float32)))
    assert np.array_equal(mapped, rows)


# --- what only forwards


def test_tuned_and_recentered_classifiers_forward_blocks(small_blocks, tmp_path):
    net = BitVectorClassifier(**FAST)
    for clf in (
        TunedThresholdsCV(net, cv=2).fit(X, BITS),
        RecenteredClassifier(clone(net).set_params(threshold=0.25)).fit(X, BITS),
    ):
        for form in ("memmap", "dask", "unknown"):
            given = FORMS[form](X, tmp_path)
            assert np.array_equal(clf.predict(given), clf.predict(X))
            assert np.array_equal(clf.predict_proba(given), clf.predict_proba(X))


@pytest.fixture(scope="module")
def scorers():
    """Every class with a score, and the y that it was fitted on."""
    net, bits = BinaryClassifier(**FAST), BitVectorClassifier(**FAST)
    recentered = RecenteredClassifier(clone(net).set_params(threshold=0.25))
    search = ThresholdGridSearchCV(net, {"batch_size": [32]}, cv=2)
    return {
        **{type(clf).__name__: (clf.fit(X, y), y) for clf, y in _estimators()},
        "of bits": (TunedThresholdsCV(bits, cv=2).fit(X, BITS), BITS),
        "tuned": (TunedThresholdsCV(net, cv=2).fit(X, LABELS), LABELS),
        "search": (search.fit(X, LABELS), LABELS),
        "recentered": (recentered.fit(X, LABELS), LABELS),
        "words": (TransformedTargetClassifier(bits, TextBits()).fit(X, CLASSES), CLASSES),
    }


def _estimators():
    return [(cls(**FAST), y) for cls, y in TARGETS.items()]


def _unknown(y):
    chunks = da.from_array(y, chunks=(25, *y.shape[1:]))
    return chunks[da.ones(len(y), chunks=25) > 0]


Y_FORMS = {
    "dask": lambda y: da.from_array(y, chunks=25),
    "unknown": _unknown,
    "frame": lambda y: dd.from_pandas(pd.Series(y) if y.ndim == 1 else pd.DataFrame(y), 3),
}


@pytest.mark.parametrize("form", Y_FORMS)
@pytest.mark.parametrize("name", [*(cls.__name__ for cls in TARGETS), "of bits", "tuned", "search",
                                  "recentered", "words"])  # fmt: skip
def test_score_reads_a_dask_y_and_weights(scorers, tmp_path, name, form):
    clf, y = scorers[name]
    weights = np.linspace(0.5, 2, len(y))
    expected = clf.score(X, y, weights)
    for rows in (X, as_unknown_chunks(X, tmp_path)):
        assert clf.score(rows, Y_FORMS[form](y), Y_FORMS[form](weights)) == expected


@pytest.mark.parametrize("decoding", ["soft", "hard"])
def test_words_are_decoded_from_blocks(small_blocks, tmp_path, decoding):
    net = BitVectorClassifier(**FAST)
    clf = TransformedTargetClassifier(net, TextBits(), decoding=decoding).fit(X, CLASSES)
    for form in ("memmap", "dask", "unknown"):
        assert clf.predict(FORMS[form](X, tmp_path)).tolist() == clf.predict(X).tolist()


@pytest.mark.parametrize("form", Y_FORMS)
@pytest.mark.parametrize("name", ["of bits", "tuned", "search", "recentered", "words"])
def test_fit_of_what_is_around_a_classifier_reads_dask(scorers, tmp_path, name, form):
    fitted, y = scorers[name]
    rows = as_unknown_chunks(X, tmp_path)
    clf = clone(fitted).fit(rows, Y_FORMS[form](y))
    np.testing.assert_array_equal(clf.predict(rows), fitted.predict(X))


def test_codecs_read_bits_of_dask_arrays_and_files(tmp_path):
    for codec, values in ((TextBits(), CLASSES), (IntegerBits(), np.arange(90))):
        bits = codec.fit_transform(values)
        for given in (da.from_array(bits, chunks=25), as_memmap(np.asarray(bits), tmp_path)):
            assert codec.inverse_transform(given).tolist() == values.tolist()


# --- learning


@estimators
@pytest.mark.parametrize("form", ["memmap", "hdf5", "dask", "unknown"])
def test_fit_reads_all_rows_into_memory(fitted, tmp_path, estimator, form):
    y = TARGETS[estimator]
    if form in ("dask", "unknown"):
        y = da.from_array(y, chunks=40)
    clf = estimator(**FAST).fit(FORMS[form](X, tmp_path), y)
    assert np.array_equal(clf.predict_proba(X), fitted[estimator].predict_proba(X))


def test_names_of_a_dask_data_frame_are_learned(tmp_path):
    frame = as_frame(X, tmp_path).rename(columns=dict(enumerate("abcd")))
    weights = da.from_array(np.linspace(1, 2, 90), chunks=30)
    clf = BinaryClassifier(**FAST).fit(frame, LABELS, sample_weight=weights)
    assert clf.feature_names_in_.tolist() == list("abcd")
    other = BinaryClassifier(**FAST).fit(X, LABELS, sample_weight=np.linspace(1, 2, 90))
    assert np.array_equal(clf.predict_proba(frame), other.predict_proba(X))
    with pytest.raises(ValueError, match="feature names should match those"):
        clf.predict(frame[list("bacd")])


@pytest.mark.parametrize("form", ["memmap", "dask"])
@estimators
def test_chunks_are_learned_as_arrays_are(tmp_path, estimator, form):
    y, given = TARGETS[estimator], FORMS[form](X, tmp_path)
    classes = None if estimator is BitVectorClassifier else np.unique(y)
    chunked, whole = estimator(**FAST), estimator(**FAST)
    starts = range(0, 90, 25)
    for start in starts:
        rows = slice(start, start + 25)
        chunked.partial_fit(given[rows], y[rows], classes)
        whole.partial_fit(X[rows], y[rows], classes)
    assert np.array_equal(chunked.predict_proba(X), whole.predict_proba(X))
    assert chunked.n_iter_ == len(chunked.history_["loss"]) == len(starts)  # an epoch a call


# --- memory, of a process of its own

MEGABYTE = 2**20

START = """
import json, resource, sys
import numpy as np
from skbits import BinaryClassifier

def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

rng = np.random.default_rng(0)
few = rng.normal(size=(300, 100))
y = (few[:, 0] > 0).astype(int)
clf = BinaryClassifier(hidden_layer_sizes=(8,), epochs=1, random_state=0)
"""

PREDICT = """
clf.fit(few, y)
rows = np.zeros((3000, 100))
rows[::2] = rng.normal(size=(1500, 100))
X = np.memmap(sys.argv[1], np.float64, "w+", shape=(500_000, 100))  # zeros: a sparse file
X[::1000] = rows[:500]
X.flush()
X = np.memmap(sys.argv[1], np.float64, "r", shape=X.shape)
clf.predict(rows), clf.decision_function(rows)
# pages of the file count once they were looked at: look at all of them before
assert np.isfinite([X[i : i + 1000].sum() for i in range(0, len(X), 1000)]).all()
before = peak()
p, labels, d = clf.predict_proba(X), clf.predict(X), clf.decision_function(X)
grown = peak() - before
assert np.array_equal(p[::1000], clf.predict_proba(rows[:500]))
assert np.array_equal(p[1::1000], np.repeat(clf.predict_proba(np.zeros((1, 100))), 500, axis=0))
assert np.array_equal(d[::1000], clf.decision_function(rows[:500]))
assert len(labels) == len(X)
print(json.dumps({"grown": grown, "size": X.nbytes}))
"""

PREDICT_DASK = """
import dask, dask.array as da
dask.config.set(scheduler="synchronous")
clf.fit(few, y)
X = da.zeros((500_000, 100), chunks=(25_000, 100))
X = X[X[:, 0] > -1] + 1.0  # of as many rows as dask finds out
clf.predict(X.partitions[0])
before = peak()
p, labels, d = clf.predict_proba(X), clf.predict(X), clf.decision_function(X)
assert p.shape == (500_000, 2) and len(labels) == len(d) == 500_000
print(json.dumps({"grown": peak() - before, "size": 500_000 * 100 * 8}))
"""

LEARN = """
X = np.memmap(sys.argv[1], np.float64, "w+", shape=(500_000, 100))
X[::1000] = rng.normal(size=(500, 100))
X.flush()
X = np.memmap(sys.argv[1], np.float64, "r", shape=X.shape)
labels = np.arange(len(X)) % 2
clf.set_params(batch_size=256)
def chunk(call):
    rows = slice(2500 * call, 2500 * (call + 1))
    return X[rows], labels[rows]
assert np.isfinite([X[i : i + 1000].sum() for i in range(0, len(X), 1000)]).all()
for call in range(20):
    clf.partial_fit(*chunk(call), classes=[0, 1])
before = peak()
for call in range(200):
    clf.partial_fit(*chunk(call))
assert clf.n_iter_ == 220
print(json.dumps({"grown": peak() - before, "size": X.nbytes}))
"""


@pytest.mark.parametrize(
    ("script", "bound"),
    [(PREDICT, 96 * MEGABYTE), (PREDICT_DASK, 96 * MEGABYTE), (LEARN, 16 * MEGABYTE)],
    ids=["predict a file", "predict a dask array", "learn from chunks"],
)
def test_memory_stays_under_a_bound(tmp_path, script, bound):
    """381 MiB of float64, whose float32 alone would be 191: a block of it is in memory at a time.

    Results, of some megabytes, count too.
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", START + script, str(tmp_path / "X")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    (tmp_path / "X").unlink(missing_ok=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["size"] == 400_000_000
    assert found["grown"] < bound
