"""Forms of X and y, and arguments from elsewhere: each works, or is told in one line what to do."""

import datetime
import inspect

import keras
import numpy as np
import pandas as pd
import pytest
import sklearn
import tensorflow as tf
from scikeras.wrappers import KerasClassifier
from scipy import sparse
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer, StandardScaler
from sklearn.svm import SVC, LinearSVC

import skbits
from skbits import (
    BinaryClassifier,
    BitVectorClassifier,
    OneHotClassifier,
    RecenteredClassifier,
    TextBits,
    ThresholdGridSearchCV,
    TransformedTargetClassifier,
    TunedThresholdsCV,
    best_thresholds,
)
from skbits.thresholds.thresholded import FixedThresholds

rng = np.random.default_rng(0)
N = 24
X = rng.normal(size=(N, 3)).astype(np.float32)
LABELS = np.arange(N) % 2
WORDS = np.where(LABELS, "yes", "no")
BITS = (X > 0).astype(int)
P = rng.random(N)
TINY = {"hidden_layer_sizes": (2,), "epochs": 1, "random_state": 0}
NAMES = ["a", "b", "c"]


def binary():
    return BinaryClassifier(**TINY)


@pytest.fixture(scope="module")
def fitted():
    return binary().fit(X, LABELS)


@pytest.fixture(scope="module")
def tuned():
    return TunedThresholdsCV(LogisticRegression(), cv=2).fit(X, LABELS)


def told(error, message):
    """It is one line, and says what is expected."""
    text = str(error.value)
    assert "\n" not in text
    assert message in text
    return text


# --- X


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return X[:4], LABELS[:4]


def frame(first):
    return pd.DataFrame({"a": first, "b": range(N)})


EMPTY = [None, *range(N - 1)]
NO_X = {
    "two inputs": (lambda: [X, X[:, :2]], "list of 2 arrays of shapes (24, 3), (24, 2): expected"),
    "two of a shape": (lambda: [X, X], "side by side, np.hstack(X), and cut them apart"),
    "dict of inputs": (lambda: {"a": X, "b": X}, "dict of 2 arrays 'a', 'b' of shapes"),
    "dict of columns": (lambda: {"a": [1], "b": [2]}, "dict with the keys 'a', 'b': expected one"),
    "tf.data": (
        lambda: tf.data.Dataset.from_tensor_slices((X, LABELS)).batch(4),
        "read a part at a time: expected an array of all rows. Put its parts together",
    ),
    "PyDataset": (Batches, "X is a Batches, which is read a part at a time"),
    "generator": (lambda: (row for row in X), "X is a generator, which is read a part at a time"),
    "set": (lambda: {1, 2}, "X is a set, which has no order"),
    "None": (lambda: None, "X=None: expected an array of numbers"),
}
NO_NUMBERS = {
    "words in a frame": (
        lambda: frame(WORDS),
        "in row 0, column 'a': expected numbers. Encode text",
    ),
    "words": (lambda: np.column_stack([WORDS, WORDS]), "holds text, 'no', in row 0, column 0"),
    "categories": (lambda: frame(pd.Categorical(WORDS)), "Encode text first, as make_pipeline("),
    "dates": (lambda: frame(pd.date_range("2024", periods=N)), "in column 'a': expected numbers"),
    "dates of a zone": (lambda: frame(pd.date_range("2024", periods=N, tz="UTC")), "holds times"),
    "array of dates": (
        lambda: np.arange(3 * N).reshape(N, 3).astype("M8[s]"),
        "holds times, datetime64[s]: expected numbers. Write times as numbers",
    ),
    "list of dates": (lambda: [[np.datetime64("2024-01-01")]] * N, "holds times, datetime64[D]"),
    "spans": (lambda: frame(pd.to_timedelta(range(N), unit="D")), "holds times, timedelta64"),
    "date objects": (
        lambda: frame([datetime.date(2024, 1, 1)] * N),
        "holds a time, 2024-01-01, in",
    ),
    "dicts": (lambda: [{"a": 1}] * N, "holds a dict in row 0: expected numbers. Make a table"),
    "NaN": (
        lambda: frame([np.nan, *range(N - 1)]),
        "contains NaN, a missing number, in row 0, col",
    ),
    "nullable NA": (lambda: frame(pd.array(EMPTY, dtype="Int64")), "column 'a': expected a number"),
    "NA among objects": (
        lambda: frame([pd.NA, *range(N - 1)]),
        "Fill them first, as make_pipeline",
    ),
    "NA in an array": (lambda: np.array([[pd.NA]] + [[1]] * (N - 1), object), "contains NaN"),
    "sparse NaN": (
        lambda: sparse.csr_array([[np.nan, 0, 1]] * N),
        "contains NaN, a missing number:",
    ),
    "sparse frame of NaN": (
        lambda: frame(pd.arrays.SparseArray([1.0, np.nan] * (N // 2)))[["a"]],
        "contains NaN, a missing number, in row 1, column 'a'",
    ),
}
ROUTES_OF_X = {
    "fit": lambda fitted, tuned, values: binary().fit(values, LABELS),
    "partial_fit": lambda fitted, tuned, values: binary().partial_fit(values, LABELS),
    "predict": lambda fitted, tuned, values: fitted.predict(values),
    "score": lambda fitted, tuned, values: fitted.score(values, LABELS),
    "tuner's fit": lambda fitted, tuned, values: TunedThresholdsCV(binary(), cv=2).fit(
        values, LABELS
    ),
}


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("form", [*NO_X, *NO_NUMBERS])
@pytest.mark.parametrize("route", ROUTES_OF_X)
def test_what_is_no_x_is_told_in_one_line(fitted, tuned, form, route):
    make, message = (NO_X | NO_NUMBERS)[form]
    with pytest.raises((TypeError, ValueError)) as error:
        ROUTES_OF_X[route](fitted, tuned, make())
    assert told(error, message).startswith("X")


@pytest.mark.parametrize("form", [form for form in NO_X if form != "two of a shape"])
def test_a_tuner_of_another_classifier_tells_it_too(tuned, form):
    make, message = NO_X[form]
    with pytest.raises((TypeError, ValueError)) as error:
        tuned.predict(make())
    told(error, message)


SAME_X = {
    "nullable": lambda: pd.DataFrame(X, columns=NAMES).astype("Float32"),
    "objects": lambda: X.astype(object),
    "lists": lambda: X.tolist(),
    "list of arrays": lambda: list(X),
    "tensor": lambda: tf.constant(X),
    "sparse": lambda: sparse.csr_array(X),
    "sparse frame": lambda: pd.DataFrame.sparse.from_spmatrix(sparse.csr_matrix(X), columns=NAMES),
    "sparse frame that leaves out ones": lambda: pd.DataFrame(
        {name: pd.arrays.SparseArray(X[:, k], fill_value=1.0) for k, name in enumerate(NAMES)}
    ),
    "frame that is sparse in a column": lambda: pd.DataFrame(
        {"a": pd.arrays.SparseArray(X[:, 0], fill_value=1.0), "b": X[:, 1], "c": X[:, 2]}
    ),
}


@pytest.mark.parametrize("form", SAME_X)
@pytest.mark.filterwarnings("ignore:X has feature names")
def test_the_same_x_in_another_form_gives_the_same_bits(fitted, form):
    proba = binary().fit(SAME_X[form](), LABELS).predict_proba(SAME_X[form]())
    np.testing.assert_array_equal(proba, fitted.predict_proba(X))


def test_arrow_columns_are_numbers():
    pytest.importorskip("pyarrow", reason="the lowest versions are tested without it")
    arrow = pd.DataFrame(X, columns=NAMES).astype("float[pyarrow]")
    same = binary().fit(X, LABELS).predict_proba(X)
    np.testing.assert_array_equal(binary().fit(arrow, LABELS).predict_proba(arrow), same)


def test_a_model_of_two_inputs_is_told_before_it_is_called():
    def build(meta):
        a, b = keras.Input((2,)), keras.Input((1,))
        both = keras.layers.concatenate([a, b])
        return keras.Model([a, b], keras.layers.Dense(1, activation="sigmoid")(both))

    with pytest.raises(
        ValueError, match="model has 2 inputs, .* expected a model with one"
    ) as error:
        BinaryClassifier(build, epochs=1).fit(X, LABELS)
    told(error, "cut them apart")


def test_the_cure_for_two_inputs_works():
    def two(inputs):
        first, second = inputs[:, :3], inputs[:, 3:]
        return keras.layers.concatenate([keras.layers.Dense(2)(part) for part in (first, second)])

    clf = BinaryClassifier(two, epochs=1).fit(np.hstack([X, X[:, :2]]), LABELS)
    assert clf.n_features_in_ == 5


# --- labels that keep their type

NULLS = [None, *LABELS[1:].tolist()]
#: form -> (the values, the labels that must come back, as numpy has them)
OWN = {
    "object bools": (lambda: (LABELS == 1).astype(object), np.array([False, True])),
    "object ints": (lambda: LABELS.astype(object), np.array([0, 1])),
    "objects of numpy's": (lambda: np.array(list(LABELS == 1), object), np.array([False, True])),
    "list of bools": (lambda: (LABELS == 1).tolist(), np.array([False, True])),
    "large ints": (lambda: pd.Series(LABELS + 2**53, dtype="Int64"), 2**53 + np.arange(2)),
    "Int64": (lambda: pd.Series(LABELS, dtype="Int64"), np.array([0, 1])),
    "Int64 column": (
        lambda: pd.DataFrame({"y": pd.array(LABELS, dtype="Int64")}),
        np.array([0, 1]),
    ),
    "boolean": (lambda: pd.Series(LABELS == 1, dtype="boolean"), np.array([False, True])),
    "string": (lambda: pd.Series(WORDS, dtype="string"), np.array(["no", "yes"], object)),
    "category": (lambda: pd.Series(WORDS, dtype="category"), np.array(["no", "yes"], object)),
    "category of ints": (lambda: pd.Series(LABELS, dtype="category"), np.array([0, 1])),
    "categorical": (lambda: pd.Categorical(LABELS == 1), np.array([False, True])),
    "sparse column": (lambda: pd.Series(pd.arrays.SparseArray(LABELS)), np.array([0, 1])),
}
CLASSIFIERS = {
    "binary": binary,
    "one-hot": lambda: OneHotClassifier(**TINY),
    "tuner": lambda: TunedThresholdsCV(LogisticRegression(), cv=2),
    "search": lambda: ThresholdGridSearchCV(binary(), {"epochs": [1]}, cv=2),
    "fixed": lambda: FixedThresholds(LogisticRegression()),
    "recentered": lambda: RecenteredClassifier(FixedThresholds(LogisticRegression())),
}


@pytest.mark.filterwarnings("ignore:A column-vector y")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("form", OWN)
def test_labels_come_back_as_they_are(form, name):
    make, classes = OWN[form]
    clf = CLASSIFIERS[name]().fit(X, make())
    assert clf.classes_.dtype == classes.dtype
    np.testing.assert_array_equal(clf.classes_, classes)
    predicted = clf.predict(X)
    assert predicted.dtype == classes.dtype
    assert 0 <= clf.score(X, make()) <= 1
    # metrics take what comes back beside the labels as they are
    assert 0 <= f1_score(classes[LABELS], predicted, average="macro") <= 1


@pytest.mark.parametrize("kind", ["bool", "int64", "string"])
def test_labels_of_arrow_come_back_as_they_are(kind):
    pytest.importorskip("pyarrow", reason="the lowest versions are tested without it")
    values = WORDS if kind == "string" else LABELS.astype(kind)
    clf = binary().fit(X, pd.Series(values).astype(f"{kind}[pyarrow]"))
    expected = np.array(["no", "yes"], object) if kind == "string" else np.unique(values)
    assert clf.classes_.dtype == expected.dtype
    np.testing.assert_array_equal(clf.classes_, expected)


@pytest.mark.parametrize("form", [form for form in OWN if form != "Int64 column"])
def test_best_thresholds_read_every_form(form):
    assert best_thresholds(OWN[form][0](), P) == best_thresholds(LABELS, P)


def test_labels_of_an_nullable_file(tmp_path):
    pytest.importorskip("pyarrow", reason="the lowest versions are tested without it")
    path = tmp_path / "nullable.parquet"
    given = {"x": X[:, 0], "i": pd.array(LABELS, dtype="Int64")}
    given["b"] = pd.array([None, *(LABELS == 1)[1:]], dtype="boolean")
    pd.DataFrame(given).to_parquet(path)
    table = pd.read_parquet(path)
    assert binary().fit(table[["x"]], table["i"]).predict(table[["x"]]).dtype == np.int64
    with pytest.raises(ValueError, match="^y holds <NA> in row 0, a missing label"):
        binary().fit(table[["x"]], table["b"])
    there = table.dropna()
    assert binary().fit(there[["x"]], there["b"]).classes_.tolist() == [False, True]


FORMS_OF_BITS = {
    "boolean": lambda: pd.DataFrame(BITS, columns=NAMES).astype("boolean"),
    "Int64": lambda: pd.DataFrame(BITS, columns=NAMES).astype("Int64"),
    "objects": lambda: BITS.astype(object),
    "bools among ints": lambda: pd.DataFrame(BITS, columns=NAMES).astype({"b": bool}),
    "sparse frame": lambda: pd.DataFrame.sparse.from_spmatrix(
        sparse.csr_matrix(BITS), columns=NAMES
    ),
}


@pytest.mark.filterwarnings("ignore:bits .* have fewer than")
@pytest.mark.parametrize("form", FORMS_OF_BITS)
def test_bits_in_every_form(form):
    make = FORMS_OF_BITS[form]
    clf = BitVectorClassifier(**TINY).fit(X, make())
    same = BitVectorClassifier(**TINY).fit(X, BITS)
    np.testing.assert_array_equal(clf.predict_proba(X), same.predict_proba(X))
    if form != "objects":
        assert clf.bit_names_.tolist() == NAMES
    near = TunedThresholdsCV(KNeighborsClassifier(3), cv=2)
    found = [near.fit(X, y).thresholds_ for y in (make(), BITS)]
    np.testing.assert_array_equal(*found)
    assert best_thresholds(make(), np.abs(X) / 9) == best_thresholds(BITS, np.abs(X) / 9)
    inner = TunedThresholdsCV(BitVectorClassifier(**TINY), cv=2).fit(X, make()).estimator_
    assert hasattr(inner, "bit_names_") == (form != "objects")


@pytest.mark.parametrize("form", ["Int64", "string", "category", "boolean"])
def test_a_codec_reads_labels_as_they_are(form):
    make, classes = OWN[form]
    codec = TextBits() if classes.dtype == object else MultiLabelOfOne()
    clf = TransformedTargetClassifier(BitVectorClassifier(**TINY), codec).fit(X, make())
    assert clf.classes_.tolist() == classes.tolist()
    assert 0 <= clf.score(X, make()) <= 1


class MultiLabelOfOne(skbits.IntegerBits):
    """Whole numbers, and bools as such."""

    def fit(self, integers, y=None):
        self.bool_ = np.asarray(integers).dtype == bool
        return super().fit(np.asarray(integers).astype(int))

    def transform(self, integers):
        return super().transform(np.asarray(integers).astype(int))

    def inverse_transform(self, bits):
        return super().inverse_transform(bits).astype(bool if self.bool_ else int)


# --- y that is none

SETS = [{"a"}, {"a", "b"}] * (N // 2)
MISSING = "a missing label: expected one in every row. Leave such rows out"
MULTI = "MultiLabelBinarizer"
BLOCKS = np.zeros((N, 2, 2))
BLOCKS[np.arange(N), :, LABELS] = 1
#: form -> (the values, what is said, who is asked)
NO_Y = {
    "nullable NA": (lambda: pd.Series(NULLS, dtype="Int64"), MISSING),
    "boolean NA": (lambda: pd.Series(NULLS, dtype="boolean"), MISSING),
    "string NA": (lambda: pd.Series([None, *WORDS[1:]], dtype="string"), MISSING),
    "NaN of pandas' text": (lambda: pd.Series([None, *WORDS[1:]]), MISSING),
    "category NA": (lambda: pd.Series([None, *WORDS[1:]], dtype="category"), MISSING),
    "NA among objects": (lambda: np.array([pd.NA, *LABELS[1:]], dtype=object), MISSING),
    "NA in a list": (lambda: [pd.NA, *WORDS[1:].tolist()], MISSING),
    "NaN in a list of text": (lambda: [float("nan"), *WORDS[1:].tolist()], MISSING),
    "None in a list": (lambda: [None, *WORDS[1:].tolist()], MISSING),
    "NaN": (lambda: np.array([np.nan, *LABELS[1:]]), MISSING),
    "NaT": (lambda: np.array(["NaT", *["2024-01-01"] * (N - 1)], "M8[D]"), MISSING),
    "sets": (lambda: SETS, MULTI),
    "column of sets": (lambda: pd.Series(SETS), MULTI),
    "lists": (lambda: [sorted(labels) for labels in SETS], MULTI),
    "tuples": (lambda: [tuple(sorted(labels)) for labels in SETS], MULTI),
    "dict": (lambda: {"a": LABELS}, "is a dict with the keys 'a': expected one array"),
    "generator": (lambda: (label for label in LABELS), "is a generator, which is read a part at"),
    "set": (lambda: set(range(N)), "is a set, which has no order"),
}
ROUTES_OF_Y = {
    "binary": lambda fitted, y: binary().fit(X, y),
    "one-hot": lambda fitted, y: OneHotClassifier(**TINY).fit(X, y),
    "bits": lambda fitted, y: BitVectorClassifier(**TINY).fit(X, y),
    "partial_fit": lambda fitted, y: binary().partial_fit(X, y),
    "score": lambda fitted, y: fitted.score(X, y),
    "tuner": lambda fitted, y: TunedThresholdsCV(LogisticRegression(), cv=2).fit(X, y),
    "search": lambda fitted, y: ThresholdGridSearchCV(binary(), {"epochs": [1]}, cv=2).fit(X, y),
    "tuner of bits": lambda fitted, y: TunedThresholdsCV(binary(), cv=2, kind="bits").fit(X, y),
    "recentered score": lambda fitted, y: RecenteredClassifier(fitted).score(X, y),
    "best_thresholds": lambda fitted, y: best_thresholds(y, P),
}


@pytest.mark.parametrize("form", NO_Y)
@pytest.mark.parametrize("route", ROUTES_OF_Y)
def test_what_is_no_y_is_told_in_one_line(fitted, form, route):
    make, message = NO_Y[form]
    with pytest.raises((TypeError, ValueError)) as error:
        ROUTES_OF_Y[route](fitted, make())
    assert told(error, message).startswith("y")


@pytest.mark.parametrize("form", ["sets", "lists", "string NA", "NA in a list"])
def test_a_codec_tells_it_too(form):
    clf = TransformedTargetClassifier(BitVectorClassifier(**TINY), TextBits())
    with pytest.raises(ValueError, match="^y") as error:
        clf.fit(X, NO_Y[form][0]())
    told(error, MULTI if form in ("sets", "lists") else "ow 0")


def test_sets_by_the_cure():
    codec = MultiLabelBinarizer()
    clf = TransformedTargetClassifier(BitVectorClassifier(**TINY), codec).fit(X, SETS)
    assert isinstance(clf.predict(X)[0], set)
    assert BitVectorClassifier(**TINY).fit(X, codec.fit_transform(SETS)).predict(X).shape == (N, 2)


ONE_HOT = "one-hot rows, as of to_categorical: pass the labels"
SHAPES = [
    (binary, lambda: keras.utils.to_categorical(LABELS), ONE_HOT),
    (
        lambda: TunedThresholdsCV(binary(), cv=2),
        lambda: keras.utils.to_categorical(LABELS),
        ONE_HOT,
    ),
    (
        lambda: ThresholdGridSearchCV(binary(), {"epochs": [1]}, cv=2),
        lambda: np.eye(2, dtype=bool)[LABELS],
        ONE_HOT,
    ),
    (binary, lambda: BITS, "Use BitVectorClassifier for rows of bits"),
    (binary, lambda: BLOCKS, "(24, 2, 2): expected labels, (n,)"),
    (lambda: OneHotClassifier(**TINY), lambda: BLOCKS, "y.reshape(len(y), -1), with n_groups=2"),
    (lambda: BitVectorClassifier(**TINY), lambda: BLOCKS, "expected (n, n_bits). Lay the columns"),
    (CLASSIFIERS["tuner"], lambda: BLOCKS, "(24, 2, 2): expected labels, (n,)"),
    (
        lambda: TunedThresholdsCV(OneHotClassifier(**TINY), cv=2),
        lambda: BLOCKS,
        "expected (n, n_classes). Lay the columns",
    ),
    (
        lambda: TransformedTargetClassifier(binary(), TextBits()),
        lambda: BLOCKS,
        "(24, 2, 2): expected labels, (n,)",
    ),
    (lambda: BitVectorClassifier(**TINY), lambda: [["ab", "c"]] * N, MULTI),
]


@pytest.mark.parametrize(("make", "y", "message"), SHAPES)
def test_a_y_of_another_shape_is_told_in_one_line(make, y, message):
    with pytest.raises(ValueError, match="^y") as error:
        make().fit(X, y())
    told(error, message)


def test_blocks_by_the_cure():
    clf = OneHotClassifier(n_groups=2, **TINY).fit(X, BLOCKS.reshape(N, -1))
    assert clf.predict(X).shape == (N, 4)


def test_labels_of_two_types_are_not_made_text():
    message = r"y mixes labels of types \['bool', 'str'\]"
    with pytest.raises(ValueError, match=message):
        binary().fit(X, [True, "a"] * (N // 2))
    with pytest.raises(ValueError, match=message):
        best_thresholds([True, "a"] * (N // 2), P)


@pytest.mark.parametrize(
    "y", [WORDS, pd.Series(WORDS), LABELS.astype(str)], ids=["u", "s", "digits"]
)
def test_score_refuses_labels_of_another_type(fitted, y):
    for clf in (fitted, RecenteredClassifier(fitted)):
        with pytest.raises(ValueError, match="y holds .* expected labels of one type in fit and"):
            clf.score(X, y)


@pytest.mark.filterwarnings("ignore:A column-vector y")
def test_y_is_not_changed():
    for make, _ in OWN.values():
        y, before = make(), make()
        binary().fit(X, y)
        assert type(y) is type(before)
        np.testing.assert_array_equal(np.asarray(y, object), np.asarray(before, object))


# --- arguments from elsewhere

ESTIMATORS = (
    BinaryClassifier,
    BitVectorClassifier,
    OneHotClassifier,
    TunedThresholdsCV,
    ThresholdGridSearchCV,
    RecenteredClassifier,
    FixedThresholds,
    TransformedTargetClassifier,
)
METHODS = (
    "fit",
    "partial_fit",
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "score",
)


def made(estimator):
    if estimator is TransformedTargetClassifier:
        return estimator(BitVectorClassifier(**TINY), TextBits())
    if estimator is ThresholdGridSearchCV:
        return estimator(binary(), {"epochs": [1]}, cv=2)
    if estimator in (BinaryClassifier, BitVectorClassifier, OneHotClassifier):
        return estimator(**TINY)
    return estimator(binary())


OF_FIT = ["epochs", "batch_size", "verbose", "validation_data", "callbacks", "class_weight"]
OF_FIT += ["validation_split", "shuffle", "initial_epoch", "steps_per_epoch", "model__units"]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_argument_is_answered_by_the_class_that_is_used(estimator, method):
    if not hasattr(estimator, method):
        return
    clf = made(estimator)
    if method == "decision_function":
        clf = clf.fit(X, BITS if estimator is BitVectorClassifier else LABELS)
    is_fit = method in ("fit", "partial_fit")
    y = WORDS if estimator is TransformedTargetClassifier else LABELS
    for name in [*(OF_FIT if is_fit else ["batch_size", "verbose", "steps"]), "foo"]:
        args = (X, y) if is_fit or method == "score" else (X,)
        with pytest.raises(TypeError, match=f"got an unknown argument '{name}': ") as error:
            getattr(clf, method)(*args, **{name: 1})
        text = told(error, "")
        assert "KerasClassifier" not in text
        assert "ThresholdedClassifier" not in text
        owner = text.partition(".")[0]
        assert owner in skbits.__all__ or owner == "FixedThresholds"
        known = "expected X" if name == "foo" else ("write |leave it out|parameter of|partial_fit")
        assert any(word in text for word in known.split("|"))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_missing_or_surplus_argument_names_the_class_too(estimator):
    name = estimator.__name__
    with pytest.raises(TypeError, match=rf"^{name}.fit: missing a required argument: 'y'"):
        made(estimator).fit(X)
    with pytest.raises(TypeError, match=rf"^{name}.predict: too many positional arguments"):
        made(estimator).predict(X, X)


@pytest.mark.parametrize(
    "theirs",
    [
        KerasClassifier,
        MLPClassifier,
        keras.Model.fit,
        keras.Model.compile,
    ],
    ids=lambda theirs: theirs.__qualname__,
)
def test_every_parameter_from_elsewhere_is_answered_from_the_table(theirs):
    ours = set(inspect.signature(BinaryClassifier).parameters)
    skipped = {"self", "x", "y", "sample_weight", "kwargs", *ours}
    for name in set(inspect.signature(theirs).parameters) - skipped:
        with pytest.raises(TypeError) as error:
            BinaryClassifier(**{name: 1})
        assert "known are" not in told(error, name)
        assert "did you mean" not in str(error.value)


def test_predict_and_evaluate_of_keras_are_answered(fitted):
    names = set(inspect.signature(keras.Model.predict).parameters)
    names |= set(inspect.signature(keras.Model.evaluate).parameters)
    for name in names - {"self", "x", "y", "sample_weight", "kwargs"}:
        with pytest.raises(TypeError, match=f"'{name}': leave it out: "):
            fitted.predict(X, **{name: 1})


def test_what_predict_reads_is_set_and_not_given(fitted):
    with pytest.raises(TypeError, match=r"'threshold': write set_params\(threshold=...\).predict"):
        fitted.predict(X, threshold=0.3)


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("make", [CLASSIFIERS["search"], CLASSIFIERS["tuner"]], ids=["net", "sgd"])
def test_arguments_for_the_classifier_within_are_checked_before_any_fit(make, routing):
    message = "fit got an unknown argument 'epohcs': "
    context = sklearn.config_context(enable_metadata_routing=routing)
    with context, pytest.raises(TypeError, match=message) as error:
        make().fit(X, LABELS, epohcs=3)
    assert "\n" not in str(error.value)


def test_arguments_of_a_step_are_checked_before_any_fit(trainings):
    net = make_pipeline(StandardScaler(), binary())
    search = ThresholdGridSearchCV(net, {"binaryclassifier__epochs": [1]}, cv=2)
    for name in ("binaryclassifier__epochs", "epochs"):
        with pytest.raises(
            TypeError, match="BinaryClassifier.fit got an unknown argument 'epochs'"
        ):
            search.fit(X, LABELS, **{name: 3})
    assert not trainings
    search.fit(X, LABELS, binaryclassifier__sample_weight=np.ones(N))
    assert len(trainings) == 3


class Mine(keras.losses.Loss):
    def __init__(self, gamma=1.0, **kwargs):
        super().__init__(**kwargs)
        self.gamma = gamma

    def call(self, y_true, y_pred):
        return keras.losses.binary_crossentropy(y_true, y_pred)


class Stop(keras.callbacks.EarlyStopping):
    def __init__(self, why="", **kwargs):
        super().__init__(monitor="loss", **kwargs)


class Mean(keras.metrics.Mean):
    def __init__(self, rate=1.0, **kwargs):
        super().__init__(**kwargs)


@pytest.mark.parametrize(
    ("params", "nearest"),
    [
        ({"loss": Mine, "loss__gama": 2}, "'loss__gama' for loss=Mine: did you mean 'loss__gamma'"),
        ({"loss": Mine, "loss__reductoin": 2}, "did you mean 'loss__reduction'"),
        ({"loss": "focal", "loss__gama": 2}, "did you mean 'gamma'"),
        ({"callbacks": [Stop], "callbacks__patiense": 2}, "did you mean 'callbacks__patience'"),
        ({"metrics": [Mean], "metrics__rtae": 2}, "did you mean 'metrics__rate'"),
        ({"optimizer__learning_rat": 2}, "did you mean 'learning_rate'"),
    ],
)
def test_a_routed_parameter_that_nobody_takes_has_the_nearest_named(params, nearest):
    with pytest.raises(ValueError, match="did you mean") as error:
        BinaryClassifier(**TINY, **params).fit(X, LABELS)
    told(error, nearest)


def test_a_routed_parameter_that_a_base_takes_reaches_it():
    clf = BinaryClassifier(callbacks=[Stop], callbacks__patience=2, callbacks__why="-", **TINY)
    assert clf.fit(X, LABELS).n_iter_ == 1


# --- classifiers of margins

MARGINS = [
    LinearSVC(),
    SVC(),
    SGDClassifier(),
    RidgeClassifier(),
    make_pipeline(StandardScaler(), SVC()),
    GridSearchCV(LinearSVC(), {"C": [1.0]}),
    OneVsRestClassifier(LinearSVC()),
    VotingClassifier([("a", LogisticRegression())]),
    StackingClassifier([("a", LogisticRegression())], final_estimator=LinearSVC()),
]


class Counted(LogisticRegression):
    """One that must not be fitted."""

    def fit(self, X, y, sample_weight=None):
        raise AssertionError("fitted")


@pytest.mark.parametrize("margins", MARGINS, ids=lambda clf: type(clf).__name__)
@pytest.mark.parametrize(
    "around",
    [
        lambda clf: TunedThresholdsCV(clf, cv=2),
        lambda clf: ThresholdGridSearchCV(clf, [{}], cv=2),
        lambda clf: FixedThresholds(clf),
        lambda clf: RecenteredClassifier(TunedThresholdsCV(clf, cv=2)),
        lambda clf: RecenteredClassifier(FixedThresholdClassifier(clf, threshold=0.0)),
    ],
    ids=["tuned", "search", "fixed", "recentered", "recentered fixed"],
)
def test_classifiers_of_margins_are_refused_before_any_fit(margins, around, monkeypatch):
    kinds = (LinearSVC, SVC, SGDClassifier, RidgeClassifier, LogisticRegression)
    for kind in kinds:
        monkeypatch.setattr(kind, "fit", Counted.fit)
    with pytest.raises(ValueError, match="has no predict_proba.*CalibratedClassifierCV") as error:
        around(margins).fit(X, LABELS)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "clf",
    [
        TunedThresholdsCV(StackingClassifier([("a", LogisticRegression())], cv=2), cv=2),
        ThresholdGridSearchCV(SGDClassifier(random_state=0), {"loss": ["log_loss"]}, cv=2),
        FixedThresholds(VotingClassifier([("a", LogisticRegression())], voting="soft")),
    ],
    ids=lambda clf: type(clf).__name__,
)
def test_classifiers_that_have_probabilities_in_the_end_are_taken(clf):
    assert clf.fit(X, LABELS).predict_proba(X).shape == (N, 2)
