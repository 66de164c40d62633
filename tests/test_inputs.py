"""Bad input: what a long run of ``test_hostile`` once found, one example each."""

import warnings
from decimal import Decimal
from fractions import Fraction

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skbits
from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier, backbones
from skbits.tables import read_table

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
LABELS = np.arange(12) % 2
BITS = (X > 0).astype(int)
P = np.arange(12) / 12
TINY = {"hidden_layer_sizes": (2,), "epochs": 1, "random_state": 0}
MASKED = np.ma.array(X, mask=X > 1)
RECORD = np.array([(1.0,)], dtype=[("a", "f8")])
SPAN = np.timedelta64(1, "D")
HUGE = 10**400


@pytest.fixture(scope="module")
def clf():
    return BinaryClassifier(**TINY).fit(X, LABELS)


def changed(array, value):
    array = np.array(array, dtype=object)
    array.flat[0] = value
    return array


BAD_X = [
    (5.0, TypeError, "X: .*Expected 2D array, got scalar|X: Expected 2D"),
    (X[0], ValueError, "X: Expected 2D array, got 1D"),
    (X[:0], ValueError, r"X: Found array with 0 sample\(s\)"),
    (X.astype(complex), ValueError, "X: Complex data not supported"),
    (changed(X, HUGE), ValueError, "X: int too large"),
    (
        changed(X, {}),
        TypeError,
        "X holds a dict in row 0, column 0: .* Float.. argument must be .* not 'dict'",
    ),
    (
        changed(X, "a"),
        ValueError,
        "X holds text, 'a', in row 0, column 0: expected numbers. Encode",
    ),
    (np.matrix(X), TypeError, "X: np.matrix is not supported"),
    (pd.Series(X[0]), ValueError, "X: Expected a 2-dimensional container"),
    (MASKED, ValueError, "X is a masked array with .* masked values: expected none. Fill them"),
]


@pytest.mark.parametrize(("bad", "kind", "message"), BAD_X)
@pytest.mark.parametrize("method", ["predict", "fit"])
def test_an_error_about_x_names_it(clf, bad, kind, message, method):
    with pytest.raises((ValueError, TypeError), match=message):
        clf.predict(bad) if method == "predict" else BinaryClassifier(**TINY).fit(bad, LABELS)


BAD_Y = [
    (LABELS[:5], r"X has 12 rows and y has 5.*inconsistent numbers of samples: \[12, 5\]"),
    (3.0, "y: Expected sequence or array-like"),
    (np.array(1), "y: Input should have at least 1 dimension"),
    (np.ma.array(LABELS, mask=LABELS == 1), "y is a masked array with 6 masked values"),
    (changed(LABELS, "a"), "y mixes labels of types"),
    (changed(LABELS, None), "y holds None in row 0, a missing label"),
    (LABELS.astype(complex), "y: Complex data not supported"),
    (np.repeat(RECORD, 12), "y has records of"),
    (LABELS + 1e300, "y: Unknown label type: continuous|y has one class"),
]


def around(name, classifier):
    if name == "ThresholdGridSearchCV":
        return skbits.ThresholdGridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, cv=2)
    made = getattr(skbits, name)
    return made(classifier) if name != "TunedThresholdsCV" else made(GaussianNB(), cv=2)


@pytest.mark.parametrize(("bad", "message"), BAD_Y)
@pytest.mark.parametrize("name", ["BinaryClassifier", "TunedThresholdsCV", "ThresholdGridSearchCV"])
def test_an_error_about_y_names_it(name, bad, message):
    model = BinaryClassifier(**TINY) if name == "BinaryClassifier" else around(name, None)
    if name != "BinaryClassifier":
        message = rf"{message}|\by\b.*"  # some are found sooner, by scikit-learn
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(X, bad)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": LABELS[:3]}, "X has 12 rows and y has 3"),
        ({"y": changed(LABELS, None)}, r"\by\b"),
        ({"sample_weight": [1.0]}, "sample_weight has 1 number"),
        ({"sample_weight": np.r_[-1.0, np.ones(11)]}, "sample_weight holds -1.0"),
        ({"sample_weight": np.zeros(12)}, "sample_weight is zero for all rows"),
        ({"sample_weight": changed(np.ones(12), 1j)}, "sample_weight cannot be read"),
        ({"sample_weight": changed(np.ones(12), np.inf)}, "sample_weight contains infinity"),
    ],
)
@pytest.mark.parametrize("name", ["itself", "RecenteredClassifier", "TunedThresholdsCV"])
def test_score_checks_its_arguments(clf, name, arguments, message):
    model = clf if name == "itself" else around(name, clf)
    if name == "TunedThresholdsCV":
        model.fit(X, LABELS)
    with pytest.raises((ValueError, TypeError), match=message):
        model.score(**{"X": X, "y": LABELS} | arguments)


@pytest.mark.parametrize(
    "form",
    [
        lambda y: y.astype(">i8"),
        lambda y: y.tolist(),
        lambda y: pd.DataFrame(y),
        lambda y: sparse.csr_matrix(y),
        lambda y: y.astype(bool),
    ],
    ids=["big-endian", "list", "frame", "sparse", "bool"],
)
def test_score_takes_every_form_of_bits(form):
    bits = BitVectorClassifier(**TINY).fit(X, BITS)
    assert bits.score(X, form(BITS)) == bits.score(X, BITS)
    assert bits.score(X, form(bits.predict(X))) == 1.0


def test_score_counts_labels_that_fit_has_not_seen_as_wrong(clf):
    predicted = clf.predict(X)
    assert clf.score(X, np.r_[7, predicted[1:]]) == pytest.approx(11 / 12)


def test_one_row_of_several_dimensions():
    series = rng.normal(size=(12, 4, 2))
    model = BinaryClassifier(**TINY).fit(series, LABELS)
    message = r"X has shape \(4, 2\), which is that of one row: expected \(n, 4, 2\). Pass X\[np"
    with pytest.raises(ValueError, match=message):
        model.predict(series[0])
    with pytest.raises(ValueError, match=message):
        model.partial_fit(series[0], LABELS[:1])
    assert model.predict(series[:1]).shape == (1,)


@pytest.mark.parametrize("estimator", [BinaryClassifier, OneHotClassifier])
def test_a_first_chunk_of_one_class(estimator):
    model, zeros = estimator(**TINY), np.zeros(12)
    with pytest.raises(ValueError, match=r"y has one class only, .* partial_fit\(X, y, classes="):
        model.partial_fit(X, zeros)
    with pytest.raises(ValueError, match=r"classes has one class only, \[0\]"):
        model.partial_fit(X, zeros, classes=[0])
    assert model.partial_fit(X, zeros, classes=[0, 1]).predict(X).shape == (12,)


@pytest.mark.parametrize(
    "clf",
    [
        BinaryClassifier(**TINY),
        skbits.TunedThresholdsCV(BinaryClassifier(**TINY), cv=2),
        skbits.ThresholdGridSearchCV(BinaryClassifier(**TINY), {"epochs": [1]}, cv=2),
    ],
    ids=lambda clf: type(clf).__name__,
)
def test_a_sparse_y_of_one_dimension(clf):
    with pytest.raises(ValueError, match=r"^y is a sparse array of shape \(12,\): .* y.toarray"):
        clf.fit(X, sparse.coo_array(LABELS))


def test_names_of_columns_that_are_no_names_are_those_of_x():
    frame = pd.DataFrame(X, columns=["a", 1, 2])
    with pytest.raises(TypeError, match="^X: Feature names are only supported"):
        BinaryClassifier(**TINY).fit(frame, LABELS)


@pytest.mark.parametrize("estimator", [BinaryClassifier, OneHotClassifier])
def test_classes_that_are_no_labels_are_told_as_classes(estimator):
    with pytest.raises(ValueError, match=r"^classes: y holds Decimal\('0'\).*Unknown label type"):
        estimator(**TINY).partial_fit(X, LABELS, classes=[Decimal(0), Decimal(1)])


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (changed(LABELS, "no"), "classes: .*mixes labels"),
        ([[0, 1]], "classes: .*1d array"),
        ([0.0, np.nan], "classes: y holds nan in row 1, a missing label"),
        (1j, "classes: "),
        ([-1, 0, 1], "^classes has 3 labels"),
        (RECORD, "classes: .*records"),
    ],
)
def test_classes_that_are_none(classes, message):
    with pytest.raises((ValueError, TypeError), match=message):
        BinaryClassifier(**TINY).partial_fit(X, LABELS, classes=classes)


WORDS = ["head", "class_weight", "trainer", "warm_start", "loss", "metrics"]


@pytest.mark.parametrize("value", [np.zeros(2), RECORD, pd.DataFrame({"a": [1]})], ids=type)
@pytest.mark.parametrize("name", WORDS)
def test_an_array_where_a_word_is_expected(name, value):
    with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b.*"):
        BinaryClassifier(**TINY | {name: value}).fit(X, LABELS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"random_state": -1}, "random_state=-1: expected None, an int from 0 to"),
        ({"random_state": 2**32}, "random_state=4294967296"),
        ({"hidden_layer_sizes": HUGE}, "hidden_layer_sizes=1000"),
        ({"hidden_layer_sizes": np.array(0)}, "hidden_layer_sizes="),
        ({"epochs": SPAN}, r"epochs=n\w*\.timedelta64"),
        ({"batch_size": 2**31}, "batch_size=2147483648"),
        ({"dropout": SPAN - SPAN}, "dropout="),
        ({"metrics": ["acuracy"]}, "metrics holds 'acuracy': expected names.* as in metrics="),
        ({"metrics": object}, "metrics holds <class 'object'>: expected names"),
        ({"metrics": [3]}, "metrics holds 3: expected names"),
        ({"metrics": len}, r"metrics holds .* len>: expected a function of \(y_true, y_pred\)"),
        ({"loss": len}, r"loss=<.* len>: expected a function of \(y_true, y_pred\): too many"),
        ({"activation": {"a": 1j}}, "activation=.*: expected one of Keras"),
        ({"threshold": 1j}, "threshold=1j is not a number"),
        ({"threshold": {1: [0.5, 0.5]}}, r"threshold\[1\]=\[0.5, 0.5\]: expected one number"),
        ({"threshold": HUGE}, "threshold=1000"),
        ({"threshold": SPAN}, "threshold="),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_parameters_of_estimators(changes, message):
    with pytest.raises((ValueError, TypeError), match=message):
        BinaryClassifier(**TINY | changes).fit(X, LABELS)


@pytest.mark.parametrize("build", [backbones.mlp, backbones.conv1d, backbones.conv2d])
def test_an_activation_that_fails_on_tensors(build):
    with pytest.raises(
        (ValueError, TypeError), match="activation=<built-in function len>: expected a function"
    ):
        build(keras.Input((4, 4)), activation=len)


@pytest.mark.parametrize("name", ["batch_size", "epochs"])
def test_small_numbers_of_numpys(name):
    model = BinaryClassifier(**TINY | {name: np.int8(1)}).fit(X, LABELS)
    same = BinaryClassifier(**TINY | {name: 1}).fit(X, LABELS)
    assert np.array_equal(model.predict_proba(X), same.predict_proba(X))


def test_a_dropout_may_be_a_fraction():
    shape = backbones.mlp(keras.Input((3,)), (2,), dropout=Fraction(1, 3)).shape
    assert shape == (None, 2)


@pytest.mark.parametrize(
    ("build", "given", "message"),
    [
        (backbones.mlp, {"name": 3}, "name=3: expected None, or text"),
        (backbones.mlp, {"name": "\ud800"}, "name="),
        (backbones.mlp, {"hidden_layer_sizes": [[1, 2], [1]]}, "hidden_layer_sizes"),
        (backbones.mlp, {"hidden_layer_sizes": SPAN}, "hidden_layer_sizes="),
        (
            backbones.mlp,
            {"activation": {"a": 1j}},
            r"activation=\{'a': 1j\}: expected one of Keras",
        ),
        (backbones.embedding, {"input_dim": HUGE}, "input_dim=1000"),
    ],
)
def test_parameters_of_backbones(build, given, message):
    with pytest.raises((ValueError, TypeError), match=message):
        build(keras.Input((4,)), **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"y_true": np.zeros((12, 2))}, "y_true"),
        ({"y_true": np.arange(12) % 3}, "y_true: .*y has 3 labels"),
        ({"y_true": changed(LABELS, "a")}, "y_true"),
        ({"y_true": np.ma.array(LABELS, mask=LABELS == 1)}, "y_true is a masked array"),
        ({"y_proba": np.ma.array(P, mask=LABELS == 1)}, "y_proba is a masked array"),
        ({"y_proba": changed(P, HUGE)}, "y_proba"),
        ({"y_proba": P.astype("m8[s]")}, "y_proba holds ndarray of timedelta64"),
        ({"kind": np.zeros(2)}, "kind=array"),
        ({"average": pd.NA}, "average=<NA>: expected None or one of"),
        ({"average": np.zeros(2)}, "average=array"),
        ({"constraint": ("recall", np.zeros(2), 1)}, "constraint="),
        ({"pos_label": np.zeros(2)}, "pos_label=array"),
        ({"pos_label": RECORD[0]}, "pos_label="),
        ({"labels": RECORD}, "labels="),
        ({"n_jobs": 10**14}, "n_jobs=100000000000000"),
        ({"sample_weight": np.full(12, 1e308)}, "sample_weight sums to .*: expected a sum"),
        ({"sample_weight": np.full(12, 1e-200)}, "sample_weight sums to .*: expected a sum"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_best_thresholds(given, message):
    with pytest.raises((ValueError, TypeError), match=message):
        skbits.best_thresholds(**{"y_true": LABELS, "y_proba": P} | given)


def test_best_thresholds_compare():
    best, same = (skbits.best_thresholds(BITS, np.abs(X) / 9) for _ in range(2))
    assert best == same
    assert best != skbits.best_thresholds(BITS, np.abs(X) / 9, scoring="recall")
    assert best != 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: skbits.cost_threshold(fp=1j, fn=1), "fp=1j is not a number"),
        (lambda: skbits.cost_threshold(fp=HUGE, fn=1), "fp=1000"),
        (lambda: skbits.cost_threshold(fp=SPAN, fn=1), "fp="),
        (lambda: skbits.recenter(changed(P, HUGE), 0.5), r"(?s)\bp=.* is no array of numbers"),
        (lambda: skbits.recenter(P, 0.5 + 0j), "threshold="),
        (lambda: skbits.recenter(P, 0.5, method="logistic", steepness=1j), "steepness=1j"),
        (lambda: skbits.TextBits(errors=np.zeros(2)).fit(["a"]), "errors=array"),
        (lambda: skbits.IntegerBits(code=np.zeros(2)).fit([1]), "code=array"),
        (lambda: skbits.IntegerBits(n_bits=SPAN).fit([1]), "n_bits="),
        (lambda: skbits.IntegerBits().fit([SPAN]), "integers holds"),
        (lambda: skbits.TextBits(max_length=HUGE).fit(["a"]), "max_length=1000"),
        (lambda: skbits.CharCodes(output=np.zeros(2)).fit(["a"]), "output=array"),
        (lambda: skbits.CharCodes(handle_unknown=np.zeros(2)).fit(["a"]), "handle_unknown=array"),
        (lambda: skbits.IntegerBits(2).fit([1]).inverse_transform(1j), "bits: Complex"),
        (lambda: skbits.IntegerBits(2).fit([1]).inverse_transform([[]]), r"bits has shape \(1, 0"),
        (lambda: skbits.IntegerBits(2).fit([1]).inverse_transform(MASKED), "bits is a masked"),
        (lambda: skbits.TextBits().fit(["a"]).decode_proba([[1], []]), "probabilities: "),
        (lambda: skbits.CharCodes().fit(["a"]).inverse_transform(["a"]), "X: "),
        (
            lambda: skbits.CharCodes().fit(["a"]).inverse_transform([[Decimal("0.5")]]),
            r"X holds .*0.5.* in row 0, step 0: expected whole numbers",
        ),
    ],
)
def test_functions_and_codecs(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("TunedThresholdsCV", {"cv": np.zeros((2, 9))}, "cv: too many values"),
        ("TunedThresholdsCV", {"cv": 99}, "Cannot have number of splits n_splits=99"),
        ("TunedThresholdsCV", {"cv": [([0, 1], [77])]}, "cv=.* names rows that X, of 12"),
        ("TunedThresholdsCV", {"kind": np.zeros(2)}, "kind=array"),
        ("TunedThresholdsCV", {"combine": np.zeros(2)}, "combine=array"),
        ("TunedThresholdsCV", {"store_cv_results": pd.NA}, "store_cv_results=<NA>: expected True"),
        ("ThresholdGridSearchCV", {"verbose": "yes"}, "verbose='yes': expected an int"),
        ("ThresholdGridSearchCV", {"error_score": np.zeros(2)}, "error_score=array"),
    ],
)
def test_parameters_of_meta_estimators(name, changes, message):
    with pytest.raises((ValueError, TypeError), match=message):
        around(name, None).set_params(**changes).fit(X, LABELS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classifier": [[]]}, r"classifier=\[\[\]\]: expected an estimator with fit and predict"),
        ({"codec": [[]]}, "codec=.*: expected an estimator with fit and transform"),
        ({"codec": GaussianNB}, "codec="),
        ({"decoding": np.zeros(2)}, "decoding=array"),
    ],
)
def test_parameters_of_a_transformed_target(changes, message):
    model = skbits.TransformedTargetClassifier(BitVectorClassifier(**TINY), skbits.IntegerBits())
    with pytest.raises((ValueError, TypeError), match=message):
        model.set_params(**changes).fit(X, np.arange(12))


def test_score_of_a_search_checks_its_rows():
    search = around("ThresholdGridSearchCV", None).fit(X, LABELS)
    for rows in ({"X": X[:3]}, {"y": LABELS[:3]}, {"y": LABELS[:3], "sample_weight": np.ones(12)}):
        with pytest.raises(ValueError, match="X has .* rows and y has .*: expected the same"):
            search.score(**{"X": X, "y": LABELS} | rows)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([*LABELS[:11].tolist(), []], "y has rows of different lengths"),
        (np.zeros((12, 9)), r"y has shape \(12, 9\): expected labels, \(n,\)"),
    ],
)
def test_a_prefit_classifier_and_a_y_that_is_not_its_own(clf, y, message):
    with pytest.raises(ValueError, match=message):
        skbits.TunedThresholdsCV(clf, cv="prefit").fit(X, y)


def test_infinite_bits_give_no_warning():
    codec = skbits.IntegerBits(2).fit([1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="bits contains infinity"):
            codec.inverse_transform([[np.inf, -1e308], [-1e308, -1e308]])


def test_a_target_that_the_codec_refuses_is_called_y():
    model = skbits.TransformedTargetClassifier(BitVectorClassifier(**TINY), skbits.IntegerBits())
    with pytest.raises(ValueError, match="y: integers holds -1 in row 0"):
        model.fit(X, np.arange(12) - 1)


@pytest.mark.parametrize(
    ("target", "sep", "message"),
    [
        (3, ",", "target=3: expected the name of a column"),
        (None, ",", "target=None"),
        ("ill", 3, "sep=3: expected one character"),
        ("ill", "", "sep='': expected one character"),
    ],
)
def test_a_table_read_with_what_is_no_text(tmp_path, target, sep, message):
    path = tmp_path / "table.csv"
    path.write_text("age,ill\n1,no\n2,yes\n")
    with pytest.raises(ValueError, match=message):
        read_table(path, target, sep=sep)


def test_infinite_labels_of_a_table_give_no_warning(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("age,ill\n1,inf\n2,1\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="table.csv"):
            read_table(path, "ill")


# --- numbers that float32 does not keep apart

N = 40
SMALL = np.random.default_rng(0).normal(size=N)
TIMES = 1_700_000_000 + np.arange(N)
FORMS = {
    "ints": lambda column: np.column_stack([np.arange(N), column]),
    "floats": lambda column: np.column_stack([SMALL, column]).astype(float),
    "a frame": lambda column: pd.DataFrame({"size": SMALL, "when": column}),
    "lists": lambda column: [list(row) for row in zip(SMALL, column, strict=True)],
    "sparse": lambda column: sparse.csr_matrix(np.column_stack([SMALL, column.astype(float)])),
    "steps": lambda column: np.column_stack([SMALL, column.astype(float)]).reshape(N, 2, 1),
}
COLLAPSE = {
    "unix times": TIMES,
    "nanoseconds": TIMES * 10**9,
    "ids": 2**24 + np.arange(N),
    "negative ids": -(2**25) - np.arange(N),
    "julian dates": 2459580.5 + np.arange(N) / 100,
    "a column that hardly moves": 1.00027 + np.arange(N) * 1e-8,
}
KEPT = {
    "whole numbers up to 2 ** 24": 2**24 - np.arange(N),
    "days as seconds": 1_700_000_000 + 86400 * np.arange(N),
    "noise of rounding": np.where(np.arange(N) % 2, 0.1 + 0.2, 0.3),
    "a large constant": np.full(N, 2**24 + 1),
    "large and wide": np.linspace(-3e9, 5e9, N),
    "digits beyond float32": 1 + SMALL,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", COLLAPSE)
def test_values_that_float32_makes_equal_are_an_error_that_names_the_column(name, form):
    X = FORMS[form](COLLAPSE[name])
    shown = {"a frame": "'when'", "steps": r"\(1, 0\)"}.get(form, "1")
    net = BinaryClassifier(hidden_layer_sizes=(3,), epochs=1)
    y = np.arange(N) % 2
    for method in (net.fit, net.partial_fit):
        with pytest.raises(ValueError, match=f"different values in column {shown}, .*StandardScal"):
            method(X, y)


@pytest.mark.parametrize("form", ["floats", "a frame", "sparse"])
@pytest.mark.parametrize("name", KEPT)
def test_columns_that_float32_keeps_apart_are_learned_from(name, form):
    net = BinaryClassifier(hidden_layer_sizes=(3,), epochs=1)
    net.fit(FORMS[form](KEPT[name]), np.arange(N) % 2)


def test_a_scaler_in_front_keeps_them_apart():
    X = np.column_stack([SMALL, TIMES])
    clf = make_pipeline(StandardScaler(), BinaryClassifier(epochs=300, random_state=0))
    assert clf.fit(X, TIMES[N // 2] <= TIMES).score(X, TIMES[N // 2] <= TIMES) > 0.9
