"""Exports: what runs without skbits answers as ``predict_proba`` and ``predict`` do.

``CASES`` has classifiers of every kind; all are exported in both formats. The SavedModels are run
by a fresh process, which has TensorFlow alone, and the ONNX files by onnxruntime.
"""

import functools
import logging
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf
from conftest import train_in_no_time
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from small_fits import BITS, CLASSES, FAST, LABELS, TARGETS, X, settings
from test_backbones import CASES as BACKBONES
from test_backbones import VARIANTS

from skbits import (
    BinaryClassifier,
    BitVectorClassifier,
    OneHotClassifier,
    RecenteredClassifier,
    TextBits,
    ThresholdGridSearchCV,
    TransformedTargetClassifier,
    TunedThresholdsCV,
)
from skbits.exporting import export, onnx_file
from skbits.exporting.arithmetic import decisions, graph_values, probability
from skbits.exporting.recentering import recentered
from skbits.exporting.serving import Served
from skbits.files import placing
from skbits.heads import HEADS
from skbits.targets import BinaryTarget, BitVectorTarget, OneHotTarget
from skbits.thresholds.cutoffs import Cutoff
from skbits.thresholds.decisions import winners
from skbits.thresholds.recentered import RECENTERED
from skbits.thresholds.thresholded import FixedThresholds

FORMATS = ["tf_saved_model", "onnx"]
WORDS = np.array(["nein", "ja, größer"])[LABELS]
ANIMALS = np.array(["ant", "bee", "cat"])[CLASSES]
PAIRS = np.hstack([np.eye(2, dtype=int)[LABELS], np.eye(3, dtype=int)[CLASSES][:, :2]])
PAIRS[:, 2:] = np.eye(2, dtype=int)[(CLASSES > 0).astype(int)]


def binary(y: Any = LABELS, **params: Any) -> BinaryClassifier:
    return BinaryClassifier(**settings(**params)).fit(X, y)


def bits(**params: Any) -> BitVectorClassifier:
    return BitVectorClassifier(**settings(**params)).fit(X, BITS)


def one_hot(y: Any = CLASSES, **params: Any) -> OneHotClassifier:
    return OneHotClassifier(**settings(**params)).fit(X, y)


def prefit(clf: Any, y: Any, **params: Any) -> TunedThresholdsCV:
    return TunedThresholdsCV(clf, cv="prefit", **params).fit(X, y)


def of_backbone(name: str) -> Callable[[], tuple[Any, np.ndarray]]:
    """Not trained, and with a threshold that half of the rows reach."""
    case = {**BACKBONES, **VARIANTS}[name]

    def make() -> tuple[Any, np.ndarray]:
        params = {f"model__{key}": value for key, value in case.params.items()}
        clf = BinaryClassifier(case.backbone, epochs=1, random_state=0, **params)
        with pytest.MonkeyPatch.context() as patch:
            train_in_no_time(patch)
            clf.fit(case.X, np.random.default_rng(0).integers(0, 2, len(case.X)))
        p = np.unique(clf.predict_proba(case.X)[:, 1])
        return clf.set_params(threshold=p[len(p) // 2 - 1 : len(p) // 2 + 1].mean()), case.X

    return make


def normalized_float64(inputs: Any) -> Any:
    norm = keras.layers.Normalization(mean=[0.1] * 4, variance=[2.0] * 4, dtype="float64")
    return keras.layers.Dense(3, dtype="float64")(norm(inputs))


def in_half(inputs: Any) -> Any:
    return keras.layers.Dense(3, dtype="mixed_float16")(inputs)


def complete_in_float64() -> keras.Model:
    layer = keras.layers.Dense(1, activation="sigmoid", dtype="float64")
    return keras.Sequential([keras.Input((4,)), layer])


def thresholds_of_sklearn(**params: Any) -> FixedThresholdClassifier:
    return FixedThresholdClassifier(binary(WORDS), response_method="predict_proba", **params)


GRID = {"hidden_layer_sizes": [(3,)]}
#: name -> a fitted classifier for X, or one and its own X
CASES: dict[str, Callable[[], Any]] = {
    # heads
    **{
        f"binary {head}": lambda head=head: binary(WORDS, head=head, threshold=0.6)
        for head in ("sigmoid", "softmax", "tanh", "linear")
    },
    **{
        f"bits {head}": lambda head=head: bits(head=head, threshold=[0.3, 0.5, 0.7])
        for head in ("sigmoid", "tanh", "linear")
    },
    **{
        f"one-hot {head}": lambda head=head: one_hot(ANIMALS, head=head, threshold=[0.2, 0.5, 0.3])
        for head in ("softmax", "linear", "sigmoid")
    },
    # kinds and forms of y, and thresholds of every kind
    "never": lambda: binary(threshold=np.inf),
    "always": lambda: binary(threshold=0.0),
    "bits, one never": lambda: bits(threshold=[0.4, np.inf, 0.0]),
    "classes, one never": lambda: one_hot(threshold=[np.inf, 0.4, 0.4]),
    "one bit": lambda: BitVectorClassifier(**FAST).fit(X, BITS[:, :1]),
    "rows of one-hot": lambda: one_hot(np.eye(3)[CLASSES], threshold=[0.2, 0.5, 0.3]),
    "groups": lambda: one_hot(PAIRS, n_groups=2, threshold=[0.3, 0.7, 0.6, 0.4]),
    "groups that abstain": lambda: one_hot(PAIRS, n_groups=2, abstain=True, threshold=0.55),
    "labels that abstain": lambda: one_hot(
        ANIMALS, abstain=True, abstain_label="none", threshold=0.4
    ),
    "ints that abstain": lambda: one_hot(abstain=True, threshold=0.4),
    "two classes": lambda: one_hot(WORDS, threshold=[0.3, 0.6]),
    # labels
    "ints": lambda: binary(np.array([-7, 300])[LABELS]),
    "small ints": lambda: binary(np.array([3, 250], dtype=np.uint8)[LABELS]),
    "floats": lambda: binary(np.array([-1.0, 2.0])[LABELS]),
    "bools": lambda: binary(LABELS == 1),
    "objects": lambda: binary(WORDS.astype(object)),
    # dtypes and forms of models
    "float64 inside": lambda: binary(model=normalized_float64, threshold=0.45),
    "float64": lambda: binary(model=complete_in_float64, threshold=0.45),
    "float16 inside": lambda: bits(model=in_half, threshold=0.45),
    # meta-estimators
    "fixed": lambda: FixedThresholds(binary(WORDS), threshold=0.6, pos_label="ja, größer").fit(
        X, WORDS
    ),
    "tuned": lambda: TunedThresholdsCV(BinaryClassifier(**FAST), cv=2).fit(X, WORDS),
    "tuned, the other label": lambda: prefit(binary(WORDS), WORDS, pos_label="ja, größer"),
    "tuned bits": lambda: prefit(bits(), BITS, min_positives=1),
    "tuned classes": lambda: prefit(one_hot(ANIMALS), ANIMALS, scoring="accuracy"),
    "tuned groups": lambda: prefit(
        one_hot(PAIRS, n_groups=2), PAIRS, kind="onehot", n_groups=2, scoring="accuracy"
    ),
    "tuned one-hot of two": lambda: prefit(one_hot(WORDS), WORDS),
    "tuned frozen": lambda: prefit(FrozenEstimator(bits()), BITS, min_positives=1),
    "one bit of two labels": lambda: FixedThresholds(
        FrozenEstimator(binary()), threshold=0.45, kind="bits"
    ).fit(X, LABELS.reshape(-1, 1)),
    "grid search": lambda: ThresholdGridSearchCV(
        BinaryClassifier(**FAST), GRID, cv=2
    ).fit(X, WORDS),
    "grid search of an abstaining one": lambda: ThresholdGridSearchCV(
        OneHotClassifier(**FAST, abstain=True), GRID, cv=2,
        scoring="accuracy",
    ).fit(X, CLASSES),
    # scikit-learn's
    "GridSearchCV": lambda: GridSearchCV(
        BinaryClassifier(**FAST), {"threshold": [0.3], "hidden_layer_sizes": [(3,)]}, cv=2
    ).fit(X, WORDS),
    "FixedThresholdClassifier": lambda: thresholds_of_sklearn(threshold=0.6).fit(X, WORDS),
    "FixedThresholdClassifier, the other label": lambda: thresholds_of_sklearn(
        threshold=0.6, pos_label="ja, größer"
    ).fit(X, WORDS),
    "TunedThresholdClassifierCV": lambda: TunedThresholdClassifierCV(
        binary(), cv="prefit", refit=False
    ).fit(X, LABELS),
    "passthrough": lambda: make_pipeline("passthrough", binary()),
    # recentered
    **{
        f"recentered {method}": lambda method=method: RecenteredClassifier(
            binary(WORDS, threshold=0.6), method=method, steepness=(20, 5)
        )
        for method in ("odds", "linear", "logistic")
    },
    "recentered bits": lambda: RecenteredClassifier(bits(threshold=[0.3, 1.0, 0.0])),
    "recentered groups": lambda: RecenteredClassifier(
        one_hot(PAIRS, n_groups=2, threshold=[0.3, 0.7, np.inf, 0.4])
    ),
    "recentered tuned": lambda: RecenteredClassifier(
        TunedThresholdsCV(BinaryClassifier(**FAST), cv=2, pos_label="ja, größer")
    ).fit(X, WORDS),
    "recentered twice": lambda: RecenteredClassifier(
        FixedThresholds(FrozenEstimator(RecenteredClassifier(binary(threshold=0.3))),
                        threshold=0.45).fit(X, LABELS)
    ),
    "recentered FixedThresholdClassifier": lambda: RecenteredClassifier(
        thresholds_of_sklearn(threshold=0.6, pos_label="ja, größer").fit(X, WORDS)
    ),
    # backbones
    **{f"backbone {name}": of_backbone(name) for name in (*BACKBONES, "gru", "siamese conv2d")},
}  # fmt: skip


# --- running what was exported

#: takes folders and rows, and runs them with what TensorFlow has alone
RUNNER = """
import pickle, sys
import tensorflow as tf
with open(sys.argv[1], "rb") as file:
    work = pickle.load(file)
done = {}
for name, (path, X) in work.items():
    loaded = tf.saved_model.load(path)
    by_serve = {key: value.numpy() for key, value in loaded.serve(X).items()}
    signature = loaded.signatures["serving_default"]
    by_signature = {key: value.numpy() for key, value in signature(X=tf.constant(X[:1])).items()}
    done[name] = by_serve, by_signature
modules = sorted({name.partition(".")[0] for name in sys.modules})
with open(sys.argv[2], "wb") as file:
    pickle.dump((done, modules), file)
"""


def run_fresh(work: dict[str, tuple[str, np.ndarray]], folder: Path) -> tuple[dict, list[str]]:
    """What a fresh process, in which skbits cannot be found, makes of SavedModels."""
    with open(folder / "work", "wb") as file:
        pickle.dump(work, file)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    (folder / "run.py").write_text(RUNNER)
    command = [sys.executable, "run.py", "work", "done"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    with open(folder / "done", "rb") as file:
        return pickle.load(file)


def run_onnx(path: Path, rows: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"X": rows}), strict=True))


def labels_of(outputs: dict[str, np.ndarray]) -> np.ndarray:
    """Decisions with bytes as text."""
    decided = outputs["decisions"]
    if decided.dtype != object:
        return decided
    return np.array([x.decode() if isinstance(x, bytes) else x for x in decided], dtype=str)


def check_outputs(clf: Any, rows: np.ndarray, outputs: dict[str, np.ndarray]) -> None:
    """The contract of a graph: names, dtypes, shapes, probabilities and decisions."""
    assert set(outputs) == {"probabilities", "decisions"}
    p, expected = outputs["probabilities"], clf.predict_proba(rows)
    assert (p.dtype, p.shape) == (expected.dtype, expected.shape)
    in_half_precision = getattr(clf, "model", None) is in_half
    assert p == pytest.approx(expected, abs=2e-3 if in_half_precision else 2e-6)
    decided, predicted = labels_of(outputs), clf.predict(rows)
    assert decided.dtype.kind == ("U" if predicted.dtype == object else predicted.dtype.kind)
    assert np.array_equal(decided, predicted)


@functools.cache
def fitted(name: str) -> tuple[Any, np.ndarray]:
    """The classifier of a case, and its rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rare bits, and of a lone column
        made = CASES[name]()
    return made if isinstance(made, tuple) else (made, X)


@pytest.mark.parametrize("name", CASES)
def test_an_onnx_file_answers_as_the_classifier(tmp_path, name):
    clf, rows = fitted(name)
    export(clf, tmp_path / "model.onnx", format="onnx")
    check_outputs(clf, rows, run_onnx(tmp_path / "model.onnx", rows))
    check_outputs(clf, rows[:1], run_onnx(tmp_path / "model.onnx", rows[:1]))


def test_saved_models_answer_as_the_classifiers_where_there_is_no_skbits(tmp_path):
    work = {}
    for number, name in enumerate(CASES):  # in one process, since TensorFlow takes long to start
        clf, rows = fitted(name)
        work[name] = str(tmp_path / str(number)), rows
        export(clf, work[name][0])
    done, modules = run_fresh(work, tmp_path)
    assert "tensorflow" in modules
    assert {"skbits", "scikeras"}.isdisjoint(modules)
    for name, (of_all, of_one) in done.items():
        clf, rows = fitted(name)
        try:
            check_outputs(clf, rows, of_all)
            check_outputs(clf, rows[:1], of_one)
        except AssertionError as error:
            error.add_note(name)
            raise


@pytest.mark.parametrize(
    "name",
    ["binary sigmoid", "bits linear", "one-hot linear", "groups", "labels that abstain", "tuned",
     "tuned, the other label", "recentered odds", "backbone lstm"],
)  # fmt: skip
def test_the_cases_decide_both_ways(name):
    """And not as 0.5 does: else a graph without their thresholds would pass."""
    clf, rows = fitted(name)
    decided, p = clf.predict(rows), clf.predict_proba(rows)
    assert len(np.unique(decided)) > 1
    if p.shape[1] == 2:
        at_half = clf.classes_[(p[:, 1] >= 0.5).astype(int)]
        assert name.startswith("recentered") == np.array_equal(decided, at_half)


# --- arithmetic


def through_onnx(function: Callable, rows: np.ndarray, path: Path) -> Any:
    onnx_file.write(Served(function, None, rows.shape[1:], "p"), path)
    outputs = run_onnx(path, rows)
    return outputs["probabilities"], outputs["decisions"]


def in_tensorflow(function: Callable, rows: np.ndarray, path: Path) -> Any:
    return tuple(tensor.numpy() for tensor in function(tf.constant(rows)))


RUNS = {"tensorflow": in_tensorflow, "onnx": through_onnx}


@pytest.fixture(params=RUNS)
def run(request, tmp_path) -> Callable:
    """``run(function, rows)``: a pair of results, by TensorFlow and by onnxruntime."""

    def run(function: Callable, rows: np.ndarray) -> Any:
        path = tmp_path / f"{len(os.listdir(tmp_path))}.onnx"
        return RUNS[request.param](function, rows, path)

    return run


def run_one(run: Callable, function: Callable, rows: np.ndarray) -> np.ndarray:
    return run(lambda X: (X, function(X)), rows)[1]


RAW = np.float32([0, 1e-3, 0.3, 0.7, 1, -0.2, -1, 5, -5, 40, -40, 200, -200, 3e38, -3e38, np.inf])


@pytest.mark.parametrize(("kind", "name"), HEADS)
def test_the_graph_knows_every_head(run, kind, name):
    target = {
        "binary": BinaryTarget(np.array([0, 1])),
        "bits": BitVectorTarget(3),
        "onehot": OneHotTarget(np.arange(4), False, 2),
    }[kind]
    head = HEADS[kind, name]
    n_units = int(np.prod(head.output_shape(target)))
    raw = np.random.default_rng(0).choice(RAW, size=(200, n_units))
    if name != "linear":
        raw = np.clip(raw, 0 if name != "tanh" else -1, 1)

    def both(v: Any) -> Any:
        return probability(v, head, target), v

    with np.errstate(over="ignore"):
        expected = head.probability(np.nan_to_num(raw), target)
    p, _ = run(both, raw)
    assert p.dtype == np.float32
    assert p == pytest.approx(expected, rel=1e-6, abs=1e-37)


EDGES = np.float32([0, 1e-6, 0.1, 0.15, 0.25, 0.3, 0.5, 0.6, 0.7, 0.75, 1])
EDGES = np.unique([EDGES, np.nextafter(EDGES, np.float32(2)), np.nextafter(EDGES, np.float32(-1))])
EDGES = EDGES[(EDGES >= 0) & (EDGES <= 1) & ((EDGES == 0) | (EDGES > 1e-30))]
CUTS = [0.0, 1e-6, 0.1, 0.15, 0.25, 0.3, 0.5, 0.6, 0.7, 0.75, 1.0, np.inf]


def test_bits_are_on_where_their_probability_reaches_the_threshold_in_float32(run):
    p = np.repeat(EDGES[:, np.newaxis], len(CUTS), axis=1)
    target, cutoff = BitVectorTarget(len(CUTS)), Cutoff("bits", np.array(CUTS))
    _, decided = run(lambda p: (p, decisions(p, cutoff, target)), p)
    assert np.array_equal(decided, p >= np.float32(CUTS))


@pytest.mark.parametrize("abstain", [False, True])
def test_classes_win_as_in_predict_ties_and_infinities_included(run, abstain):
    rng = np.random.default_rng(0)
    p = rng.choice(EDGES, size=(3000, 6))
    p[:1000] = rng.choice(np.float32([0, 0.125, 0.25, 0.5]), size=(1000, 6))
    for t in ([0.3, 0.15, 0.15, 0.6, 0.3, 0.15], [0, 0.5, np.inf, 0.1, np.inf, 0.0],
              [np.inf] * 6, [0.0] * 6, [0.7, 0.1, 1e-6, 1.0, 0.25, 0.5],
              [np.inf, 1.0, 0.5, 0.0, 1e-35, 0.5]):  # fmt: skip
        t = np.array(t, dtype=float)
        target, cutoff = OneHotTarget(np.arange(6), False, 2), Cutoff("onehot", t, n_groups=2)
        won = winners(p, t, n_groups=2, abstain=abstain)
        decide = functools.partial(decisions, cutoff=cutoff, target=target, abstain=abstain)
        assert np.array_equal(run_one(run, decide, p), target.decode(won))


METHODS = [("odds", 10.0), ("linear", 10.0), ("logistic", 10.0), ("logistic", (500, 1e-9))]


@pytest.mark.parametrize(("method", "steepness"), METHODS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_recentered_probabilities_are_those_of_the_classifier(run, method, steepness, dtype):
    p = np.repeat(EDGES[:, np.newaxis].astype(dtype), len(CUTS), axis=1)
    cutoff = Cutoff("bits", np.array(CUTS))
    expected = RECENTERED["bits"](p, cutoff, method=method, steepness=steepness)

    def both(X: Any) -> Any:
        r = recentered(tf.cast(X, dtype), cutoff, method, steepness)
        return r, tf.cast(r >= 0.5, tf.int64)

    r, on = run(both, p.astype(np.float32))
    assert r.dtype == dtype
    assert r == pytest.approx(expected, rel=3e-7 if dtype == np.float32 else 1e-13, abs=1e-37)
    assert np.array_equal(on, p >= np.array(CUTS, dtype=dtype))


@pytest.mark.parametrize("positive", [0, 1])
def test_one_of_two_recentered_labels_reads_a_half(run, positive):
    p = np.column_stack([1 - EDGES, EDGES])
    for t in (0.0, 0.3, 1.0, np.inf):
        cutoff = Cutoff("binary", np.array([t]), positive=positive)
        expected = RECENTERED["binary"](p, cutoff)
        center = functools.partial(recentered, cutoff=cutoff, method="odds", steepness=10.0)
        q = run_one(run, center, p)
        assert q == pytest.approx(expected, rel=3e-7, abs=1e-37)
        assert np.array_equal(q >= 0.5, expected >= 0.5)


def test_recentered_classes_have_their_winner_alone_at_the_top(run):
    p = np.random.default_rng(0).choice(EDGES, size=(500, 6))
    neighbours = np.column_stack([EDGES[1:-1], EDGES[2:], EDGES[:-2]])  # equal when rounded
    p = np.concatenate([p, np.hstack([neighbours, neighbours])])
    for t in ([0.5] * 6, [0.3, 0.15, 0.15, 0.6, 0.3, 0.15], [0, 0.5, np.inf, 0.1, np.inf, 0.0]):
        cutoff = Cutoff("onehot", np.array(t, dtype=float), n_groups=2)
        expected = RECENTERED["onehot"](p, cutoff)
        center = functools.partial(recentered, cutoff=cutoff, method="odds", steepness=None)
        q = run_one(run, center, p)
        assert q == pytest.approx(expected, rel=1e-6, abs=1e-37)
        tops = [r.reshape(-1, 2, 3).argmax(axis=2) for r in (q, expected)]
        assert np.array_equal(*tops)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.array([1, 2], dtype=np.int8), "int8"),
        (np.array([1, 2], dtype=np.uint64), "uint64"),
        (np.array([0.5, 2]), "float64"),
        (np.array([False, True]), "bool"),
        (np.array(["a", "b"]), "string"),
        (np.array(["a", "b"], dtype=object), "string"),
        (np.array([1, 2], dtype=object), "int64"),
        (np.array([1, "a"], dtype=object), None),
        (np.array([Decimal(1), Decimal(2)]), None),
        (np.array([1, 2], dtype=np.longdouble), None),
        (np.array(["2024-01-01"], dtype="datetime64[D]"), None),
    ],
)
def test_labels_that_the_formats_hold(labels, expected):
    values = graph_values(labels)
    assert (None if values is None else values.dtype.name) == expected


def test_other_labels_are_told_by_their_positions(run):
    classes = np.array([2, 10**30], dtype=object)
    p = np.float32([[0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    of_two = Cutoff("binary", np.array([0.65]))
    _, decided = run(lambda p: (p, decisions(p, of_two, BinaryTarget(classes))), p)
    assert decided.tolist() == [0, 1, 0]
    cutoff, target = Cutoff("onehot", np.array([0.7, 0.65])), OneHotTarget(classes, True)

    def abstaining(p: Any) -> Any:
        return p, decisions(p, cutoff, target, abstain=True, abstain_label=-1)

    _, decided = run(abstaining, p)
    assert decided.tolist() == [0, 1, -1]


# --- files


@pytest.fixture(scope="module")
def clf() -> BinaryClassifier:
    return binary(WORDS)


def at(folder: Path) -> Path:
    return folder / "model"


def loaded_decisions(path: Path, format: str) -> np.ndarray:
    if format == "onnx":
        return labels_of(run_onnx(path, X))
    loaded = tf.saved_model.load(path)
    return labels_of({key: value.numpy() for key, value in loaded.serve(X).items()})


@pytest.mark.parametrize("format", FORMATS)
def test_another_threshold_is_another_export_in_the_same_place(clf, tmp_path, format):
    for threshold in (0.3, 0.6):
        clf = pickle.loads(pickle.dumps(clf)).set_params(threshold=threshold)
        clf.export(at(tmp_path), format=format)
        assert np.array_equal(loaded_decisions(at(tmp_path), format), clf.predict(X))
        assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("empty", ["file", "folder"])
def test_what_is_empty_is_replaced(clf, tmp_path, format, empty):
    at(tmp_path).mkdir() if empty == "folder" else at(tmp_path).touch()
    clf.export(str(at(tmp_path)), format=format)
    assert at(tmp_path).is_dir() == (format == "tf_saved_model")
    assert os.listdir(tmp_path) == ["model"]


def test_a_link_is_followed(clf, tmp_path):
    (tmp_path / "there").mkdir()
    at(tmp_path).symlink_to(tmp_path / "there")
    clf.export(at(tmp_path))
    assert at(tmp_path).is_symlink()
    assert (tmp_path / "there" / "saved_model.pb").exists()


def a_folder(path: Path) -> None:
    path.mkdir()
    (path / "notes.txt").write_text("mine")


def a_saved_model_with_notes(path: Path) -> None:
    export(binary(), path)
    (path / "notes.txt").write_text("mine")


def a_foreign_model(path: Path) -> None:
    tf.saved_model.save(tf.Module(), str(path))


def a_foreign_file(path: Path) -> None:
    value = onnx.helper.make_tensor_value_info("X", onnx.TensorProto.FLOAT, [1])
    other = onnx.helper.make_tensor_value_info("Y", onnx.TensorProto.FLOAT, [1])
    node = onnx.helper.make_node("Identity", ["X"], ["Y"])
    graph = onnx.helper.make_graph([node], "others", [value], [other])
    onnx.save(onnx.helper.make_model(graph), path)


def a_text(path: Path) -> None:
    path.write_text("mine")


@pytest.mark.parametrize(
    ("make", "format"),
    [
        (a_folder, "tf_saved_model"),
        (a_folder, "onnx"),
        (a_saved_model_with_notes, "tf_saved_model"),
        (a_saved_model_with_notes, "onnx"),
        (a_foreign_model, "tf_saved_model"),
        (a_foreign_file, "onnx"),
        (a_text, "tf_saved_model"),
        (a_text, "onnx"),
    ],
)
def test_what_no_export_wrote_is_left_alone(clf, tmp_path, make, format):
    make(at(tmp_path))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FileExistsError, match=r"model' exists and is nothing that export wrote"):
        clf.export(at(tmp_path), format=format)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("format", FORMATS)
def test_a_crash_leaves_the_former_export_and_nothing_else(clf, tmp_path, monkeypatch, format):
    clf.export(at(tmp_path), format=format)
    expected = clf.predict(X)

    def half(archive: Any, path: str, **options: Any) -> None:
        (Path(path) / "saved_model.pb").write_bytes(b"half")
        raise KeyboardInterrupt

    def not_synced(number: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tf.saved_model, "save", half)
    monkeypatch.setattr(onnx_file.os, "fsync", not_synced)
    other = pickle.loads(pickle.dumps(clf)).set_params(threshold=0.9)
    with pytest.raises(KeyboardInterrupt):
        other.export(at(tmp_path), format=format)
    assert os.listdir(tmp_path) == ["model"]
    assert np.array_equal(loaded_decisions(at(tmp_path), format), expected)


def test_a_folder_that_cannot_be_renamed_is_put_back(clf, tmp_path, monkeypatch):
    clf.export(at(tmp_path))
    rename = os.rename

    def not_into_place(source: Any, target: Any) -> None:
        if source != at(tmp_path) and (Path(source) / "variables").exists() and not failed:
            failed.append(source)
            raise OSError("no more")
        rename(source, target)

    failed = []
    monkeypatch.setattr(placing.os, "rename", not_into_place)
    with pytest.raises(OSError, match="no more"):
        clf.export(at(tmp_path))
    assert os.listdir(tmp_path) == ["model"]
    assert np.array_equal(loaded_decisions(at(tmp_path), "tf_saved_model"), clf.predict(X))


def test_a_full_disk_is_an_os_error(clf, tmp_path, monkeypatch):
    def full(archive: Any, path: str, **options: Any) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", full)
    with pytest.raises(OSError, match="cannot be written: No space left on device"):
        clf.export(at(tmp_path))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_that_is_missing_is_told(clf, tmp_path, format):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*deeper' to write in"):
        clf.export(tmp_path / "deeper" / "model", format=format)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"format": "pickle"}, ValueError, "format='pickle' is unknown: expected one of tf_saved"),
        ({"format": "onx"}, ValueError, "'onx' is unknown; did you mean 'onnx': expected"),
        ({"format": None}, ValueError, "format=None is unknown"),
        ({"path": 3}, TypeError, "path=3: expected a str or os.PathLike"),
        ({"path": b"model"}, TypeError, "path=b'model': expected a str"),
    ],
)
def test_bad_arguments(clf, tmp_path, arguments, error, message):
    with pytest.raises(error, match=message):
        clf.export(**{"path": at(tmp_path), **arguments})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("missing", ["tf2onnx", "onnx"])
def test_without_tf2onnx_the_extra_is_named(clf, tmp_path, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=rf'{missing}.*pip install "skbits\[onnx\]"'):
        clf.export(at(tmp_path), format="onnx")
    clf.export(at(tmp_path))  # the other format does not need it


# --- what cannot be exported


@pytest.mark.parametrize(
    "make",
    [
        BinaryClassifier,
        lambda: TunedThresholdsCV(BinaryClassifier()),
        lambda: ThresholdGridSearchCV(BinaryClassifier(), GRID),
        lambda: RecenteredClassifier(BinaryClassifier()),
        lambda: TransformedTargetClassifier(BitVectorClassifier(), TextBits()),
    ],
    ids=["binary", "tuned", "grid search", "recentered", "transformed"],
)
def test_before_fit_nothing_is_written(tmp_path, make):
    with pytest.raises(NotFittedError):
        make().export(at(tmp_path))
    assert os.listdir(tmp_path) == []


def test_a_pipeline_with_steps_is_told(clf, tmp_path):
    piped = make_pipeline(StandardScaler(), BinaryClassifier(**FAST))
    tuned = TunedThresholdsCV(piped, cv=2).fit(X, WORDS)
    message = r"Pipeline .* its step 'standardscaler', StandardScaler, .*Normalization"
    for estimator in (tuned, RecenteredClassifier(tuned)):
        with pytest.raises(ValueError, match=message):
            estimator.export(at(tmp_path))
    assert os.listdir(tmp_path) == []


def test_words_as_answers_are_told(tmp_path):
    clf = TransformedTargetClassifier(BitVectorClassifier(**FAST), TextBits()).fit(X, ANIMALS)
    with pytest.raises(ValueError, match=r"codec TextBits decodes in Python.* Export classifier_"):
        clf.export(at(tmp_path))
    clf.classifier_.export(at(tmp_path))


def test_classifiers_of_others_are_told(tmp_path):
    tuned = TunedThresholdsCV(LogisticRegression(), cv=2).fit(X, LABELS)
    with pytest.raises(ValueError, match="LogisticRegression cannot be exported.*expected a Bin"):
        tuned.export(at(tmp_path))


def with_layer(call: Callable) -> BinaryClassifier:
    """A classifier with a layer that computes so."""

    class Own(keras.layers.Layer):
        def call(self, x):
            return call(x)

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    return binary(model=lambda inputs: Own()(inputs), epochs=1, trainer="keras")


def in_numpy(x: Any) -> Any:
    return tf.ensure_shape(tf.numpy_function(np.sin, [x], tf.float32), x.shape)


def test_a_layer_that_calls_python_is_told(tmp_path):
    clf = with_layer(in_numpy)
    for format in FORMATS:
        with pytest.raises(ValueError, match=r"in its model is a function of Python"):
            clf.export(at(tmp_path), format=format)


def test_a_layer_that_onnx_does_not_know_is_told(tmp_path):
    clf = with_layer(lambda x: tf.math.igamma(tf.abs(x) + 1, tf.abs(x)))
    with pytest.raises(ValueError, match=r"tf2onnx cannot convert.*Igamma.*tf_saved_model"):
        clf.export(at(tmp_path), format="onnx")
    assert os.listdir(tmp_path) == []
    clf.export(at(tmp_path))
    assert np.array_equal(loaded_decisions(at(tmp_path), "tf_saved_model"), clf.predict(X))


def test_a_model_that_no_graph_computes_is_told(clf, tmp_path, monkeypatch):
    clf = pickle.loads(pickle.dumps(clf))
    layer = clf.model_.layers[-1]
    monkeypatch.setattr(layer, "call", lambda x, **options: x.numpy())
    with pytest.raises(ValueError, match=r"its model cannot be computed in a graph"):
        clf.export(at(tmp_path))


def looked_up(inputs: Any) -> Any:
    table = keras.layers.IntegerLookup(vocabulary=[0, 1], output_mode="multi_hot")
    return table(keras.ops.cast(inputs, "int64"))


def test_tables_of_layers_are_in_a_saved_model_and_told_of_onnx(tmp_path):
    clf = binary(model=looked_up, epochs=1)
    clf.export(at(tmp_path))
    assert np.array_equal(loaded_decisions(at(tmp_path), "tf_saved_model"), clf.predict(X))
    with pytest.raises(ValueError, match="tf2onnx cannot convert"):
        clf.export(tmp_path / "model.onnx", format="onnx")


@keras.saving.register_keras_serializable("test_exporting")
class SpyingLSTM(keras.layers.LSTM):
    """Remembers whether it might have used cuDNN, whose operations no CPU has."""

    seen: ClassVar[list] = []

    def call(self, *args, **kwargs):
        self.seen.append(self.use_cudnn)
        return super().call(*args, **kwargs)


def recurrent(inputs: Any) -> Any:
    steps = keras.Input(inputs.shape[1:])
    encoder = keras.Model(steps, keras.layers.Bidirectional(SpyingLSTM(2))(steps[:, :, None]))
    return encoder(inputs)


@pytest.mark.parametrize("format", FORMATS)
def test_recurrent_layers_are_exported_for_machines_without_a_gpu(tmp_path, format):
    clf = binary(model=recurrent, epochs=1, trainer="keras")
    SpyingLSTM.seen.clear()
    clf.export(at(tmp_path), format=format)
    assert set(SpyingLSTM.seen) == {False}
    SpyingLSTM.seen.clear()
    clf.model_(X)
    assert set(SpyingLSTM.seen) == {"auto"}


def test_a_table_that_nothing_holds_is_told(tmp_path):
    keys, values = tf.constant([0, 1], tf.int64), tf.constant([0.5, 2.0])
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), 0.0)
    clf = with_layer(lambda x: table.lookup(tf.cast(x, tf.int64)))
    with pytest.raises(ValueError, match="keeps something besides weights"):
        clf.export(at(tmp_path))
    assert os.listdir(tmp_path) == []


# --- quiet

LOUD = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
import numpy as np
from skbits import BinaryClassifier
X = np.random.default_rng(0).normal(size=(32, 4))
clf = BinaryClassifier(epochs=1).fit(X, X[:, 0] > 0)
import onnx, tf2onnx
def mark():
    for stream in sys.stdout, sys.stderr:
        print("MARK", file=stream, flush=True)
mark()
for verbose in False, True:
    clf.export("model", verbose=verbose)
    clf.export("model.onnx", format="onnx", verbose=verbose)
    mark()
"""


def test_nothing_is_printed_unless_verbose(tmp_path):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    command = [sys.executable, "-W", "default", "-c", LOUD]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    for text in (done.stdout, done.stderr):
        _, quiet, loud, _ = text.split("MARK\n")
        assert quiet == ""
        assert loud != ""


def test_log_levels_are_put_back(clf, tmp_path):
    loggers = [tf.get_logger(), logging.getLogger("tf2onnx")]
    before = [logger.level for logger in loggers]
    clf.export(at(tmp_path))
    assert [logger.level for logger in loggers] == before


def test_the_estimator_is_left_as_it_was(tmp_path):
    for estimator in TARGETS:
        clf = estimator(**FAST).fit(X, TARGETS[estimator])
        before = clf.predict_proba(X), clf.get_params()
        clf.export(tmp_path / estimator.__name__)
        clf.export(tmp_path / f"{estimator.__name__}.onnx", format="onnx")
        assert np.array_equal(clf.predict_proba(X), before[0])
        assert clf.get_params() == before[1]
        pickle.dumps(clf)
