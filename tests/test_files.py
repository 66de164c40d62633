"""Files: what is loaded is what was saved, in every bit; a file is there whole or not at all."""

import inspect
import json
import os
import re
import subprocess
import sys
import textwrap
import warnings
import zipfile
from collections import OrderedDict
from errno import ENOSPC
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelBinarizer,
    LabelEncoder,
    MultiLabelBinarizer,
    OneHotEncoder,
    StandardScaler,
)
from small_fits import BITS, FAST, FAST_BUILT, LABELS, TARGETS, X, fit

import skbits
from skbits import (
    BinaryClassifier,
    BitVectorClassifier,
    CharCodes,
    OneHotClassifier,
    RecenteredClassifier,
    TextBits,
    ThresholdGridSearchCV,
    TransformedTargetClassifier,
    TunedThresholdsCV,
    backbones,
    load,
)
from skbits.files import classes, save
from skbits.files.archive import Archive, write_archive
from skbits.files.placing import placed
from skbits.files.saving import from_json, to_json
from skbits.files.values import Reader, Writer
from skbits.thresholds.thresholded import FixedThresholds
from skbits.tuning import tune

STATE = np.random.RandomState(3)


def there_and_back(estimator, folder):
    path = folder / "it.skbits"
    save(estimator, path)
    return load(path)


def build(inputs, units=4):
    return keras.layers.Dense(units, activation="relu")(inputs)


FIRST = [
    BinaryClassifier(**FAST, dropout=0.2, class_weight="balanced", metrics=["accuracy"]),
    BinaryClassifier(
        **FAST, head="softmax", metrics=[keras.metrics.SparseCategoricalAccuracy], threshold=[0.25]
    ),
    BinaryClassifier(**{**FAST, "random_state": STATE}, head="linear", early_stopping=True),
    BinaryClassifier(build, **FAST_BUILT, model__units=3, head="tanh", optimizer="sgd"),
    BitVectorClassifier(**FAST, class_weight="balanced", threshold=[0.2, np.inf, 0.7]),
    BitVectorClassifier(
        backbones.mlp,
        **FAST,
        loss=keras.losses.BinaryCrossentropy(label_smoothing=0.1),
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 9, 0.9)),
        callbacks=keras.callbacks.EarlyStopping,
        callbacks__monitor="loss",
    ),
    OneHotClassifier(**FAST, abstain=True, abstain_label=-1),
]


@pytest.fixture(scope="module", params=range(len(FIRST)))
def first(request):
    estimator = clone(FIRST[request.param])
    return estimator.fit(X, TARGETS[type(estimator)])


def same(a, b):
    """Equal in value, type and dtype, all the way down."""
    if isinstance(a, np.ndarray):
        assert type(a) is type(b)
        assert a.dtype == b.dtype
        if isinstance(a, np.ma.MaskedArray):  # NumPy 1.26 finds none of 0 dimensions like itself
            same(np.ma.getmaskarray(a), np.ma.getmaskarray(b))
            return same(np.asarray(a.data), np.asarray(b.data))
        if a.dtype == object and type(a) is np.ndarray:
            assert a.shape == b.shape
            return same(a.ravel().tolist(), b.ravel().tolist())
        return np.testing.assert_array_equal(a, b)
    assert type(a) is type(b)
    if isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for left, right in zip(a, b, strict=True):
            same(left, right)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        same(list(a.values()), list(b.values()))
    elif not hasattr(a, "get_config") and not hasattr(a, "__dict__"):
        assert a == b or a != a, (a, b)
    return None


# ----------------------------------------------------------------------------- there and back


def test_what_is_loaded_predicts_the_same_bits(first, tmp_path):
    loaded = there_and_back(first, tmp_path)
    assert type(loaded) is type(first)
    for method in ("predict", "predict_proba", "decision_function"):
        same(getattr(first, method)(X), getattr(loaded, method)(X))
    assert sorted(vars(loaded)) == sorted(vars(first))
    same(first.history_, loaded.history_)
    for name in ("hidden_layer_sizes", "threshold", "epochs", "optimizer"):
        if not hasattr(getattr(first, name), "get_config"):
            same(getattr(first, name), getattr(loaded, name))


def test_what_is_loaded_trains_on_the_same(first, tmp_path):
    if first.early_stopping or first.class_weight == "balanced":
        first.set_params(early_stopping=False, class_weight=None)
    loaded = there_and_back(first, tmp_path)
    again = there_and_back(first, tmp_path)
    for estimator in (loaded, again):
        estimator.partial_fit(X, TARGETS[type(first)])
        estimator.partial_fit(X, TARGETS[type(first)])
    same(loaded.predict_proba(X), again.predict_proba(X))
    assert not np.array_equal(loaded.predict_proba(X), first.predict_proba(X))


def test_dropout_goes_on_where_it_stopped(tmp_path):
    clf = fit(dropout=0.5)
    loaded = there_and_back(clf, tmp_path)
    same(
        clf.partial_fit(X, LABELS).predict_proba(X), loaded.partial_fit(X, LABELS).predict_proba(X)
    )


STEPS_OF_NUMBERS = np.arange(12 * 6 * 3).reshape(12, 6, 3) % 7 / 7
INDICES = np.arange(12 * 5).reshape(12, 5) % 9
BACKBONES = {
    "conv1d": (STEPS_OF_NUMBERS, {}),
    "conv2d": (np.arange(12 * 64).reshape(12, 8, 8) % 5 / 5, {}),
    "embedding": (INDICES, {"model__input_dim": 9}),
    "gru": (STEPS_OF_NUMBERS, {}),
    "lstm": (INDICES, {"model__input_dim": 9}),
    "mlp": (STEPS_OF_NUMBERS, {}),
    "siamese": (STEPS_OF_NUMBERS[:, :2], {}),
}


@pytest.mark.parametrize("name", BACKBONES)
def test_backbones(name, tmp_path):
    rows, params = BACKBONES[name]
    clf = BinaryClassifier(getattr(backbones, name), epochs=1, random_state=0, **params)
    clf.fit(rows, np.arange(12) % 2)
    loaded = there_and_back(clf, tmp_path)
    same(clf.predict_proba(rows), loaded.predict_proba(rows))
    same(clf.fit(rows, np.arange(12) % 2).history_, loaded.fit(rows, np.arange(12) % 2).history_)


@keras.saving.register_keras_serializable(package="test_files")
def registered_loss(y_true, y_pred):
    return keras.losses.binary_crossentropy(y_true, y_pred)


@keras.saving.register_keras_serializable(package="test_files")
class RegisteredLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.losses.binary_crossentropy(y_true, y_pred)


@keras.saving.register_keras_serializable(package="test_files")
def registered_builder(inputs):
    return keras.layers.Dense(3)(inputs)


@pytest.mark.parametrize("loss", [registered_loss, RegisteredLoss])
def test_what_is_registered_comes_back_from_a_file(loss, tmp_path):
    clf = BinaryClassifier(registered_builder, **FAST_BUILT, loss=loss)
    loaded = there_and_back(clf, tmp_path)
    assert loaded.loss is loss
    assert loaded.model is registered_builder
    is_function = inspect.isfunction(loss)
    if (
        is_function and ">" not in keras.saving.serialize_keras_object(loss)["config"]
    ):  # older Keras
        with pytest.raises(ValueError, match=r"here .*registered_loss: write registered classes"):
            clf.fit(X, LABELS).save(tmp_path / "it")
        return
    clf.fit(X, LABELS)
    same(clf.predict_proba(X), there_and_back(clf, tmp_path).fit(X, LABELS).predict_proba(X))


def test_what_is_registered_has_to_be_registered_where_it_is_loaded(tmp_path):
    BinaryClassifier(registered_builder).save(tmp_path / "it")
    run_alone(
        f"""
        import skbits
        try:
            skbits.load({str(tmp_path / "it")!r})
        except ValueError as error:
            assert "'test_files>registered_builder', which is not registered here" in str(error)
        else:
            raise AssertionError
        """
    )


def test_an_estimator_that_is_not_fitted(tmp_path):
    loaded = there_and_back(BinaryClassifier(epochs=3, model__a=2, random_state=1), tmp_path)
    assert (
        loaded.get_params() == BinaryClassifier(epochs=3, model__a=2, random_state=1).get_params()
    )
    assert not hasattr(loaded, "classes_")


METAS = {
    "tuned": TunedThresholdsCV(BinaryClassifier(**FAST), cv=3, store_cv_results=True),
    "of a pipeline": TunedThresholdsCV(
        make_pipeline(StandardScaler(), BitVectorClassifier(**FAST)), cv=3, average="macro"
    ),
    "search": ThresholdGridSearchCV(
        BinaryClassifier(build, **FAST_BUILT), {"model__units": [2, 3], "epochs": [2, 3]}, cv=3
    ),
    "recentered": RecenteredClassifier(FixedThresholds(BinaryClassifier(**FAST), threshold=0.3)),
    "other classifier": TunedThresholdsCV(LogisticRegression(), cv=3),
}


@pytest.mark.parametrize("name", METAS)
@pytest.mark.filterwarnings("ignore:bits .* have fewer than 10 positives:UserWarning")
def test_meta_estimators(name, tmp_path):
    y = BITS if name == "of a pipeline" else LABELS
    meta = clone(METAS[name]).fit(X, y)
    loaded = there_and_back(meta, tmp_path)
    same(meta.predict(X), loaded.predict(X))
    same(meta.predict_proba(X), loaded.predict_proba(X))
    assert sorted(vars(loaded)) == sorted(vars(meta))
    for attribute in ("thresholds_", "cv_results_", "best_params_", "fold_thresholds_"):
        if hasattr(meta, attribute):
            same(getattr(meta, attribute), getattr(loaded, attribute))


@pytest.mark.parametrize(
    ("classifier", "codec", "y"),
    [
        (BitVectorClassifier(**FAST), TextBits(vocabulary="fit"), ["ant", "bee"] * 35),
        (OneHotClassifier(**FAST), LabelBinarizer(), ["ant", "bee", "cow", "dog", "elk"] * 14),
        (BitVectorClassifier(**FAST), MultiLabelBinarizer(), [{"a"}, {"a", "b"}] * 35),
    ],
    ids=["TextBits", "LabelBinarizer", "MultiLabelBinarizer"],
)
def test_words_and_sets(classifier, codec, y, tmp_path):
    clf = TransformedTargetClassifier(classifier, codec).fit(X, y)
    loaded = there_and_back(clf, tmp_path)
    assert list(clf.predict(X)) == list(loaded.predict(X))
    assert loaded.score(X, y) == clf.score(X, y)


def test_a_pipeline_around_one(tmp_path):
    clf = make_pipeline(StandardScaler(), BinaryClassifier(**FAST)).fit(X, LABELS)
    same(clf.predict_proba(X), there_and_back(clf, tmp_path).predict_proba(X))


def test_what_tuning_makes(tmp_path):
    table = pd.DataFrame({"a": X[:, 0], "town": ["Ulm", None, "Bonn", "Kiel", "Ulm"] * 14})
    table.loc[3, "a"] = np.nan
    found = tune(
        table,
        LABELS,
        classifier=LogisticRegression(),
        architectures={"C": [0.1, 1.0]},
        cv=2,
    ).estimator_
    loaded = there_and_back(found, tmp_path)
    same(found.predict(table), loaded.predict(table))
    same(found.predict_proba(table), loaded.predict_proba(table))


def test_what_is_one_object_stays_one(tmp_path):
    prefit = TunedThresholdsCV(fit(), cv="prefit").fit(X, LABELS)
    loaded = there_and_back(prefit, tmp_path)
    assert prefit.estimator is prefit.estimator_
    assert loaded.estimator is loaded.estimator_


def test_a_random_state_stays_shared(tmp_path):
    state = np.random.RandomState(1)
    shared = TunedThresholdsCV(BinaryClassifier(random_state=state), random_state=state)
    loaded = there_and_back(shared, tmp_path)
    assert loaded.random_state is loaded.estimator.random_state
    assert loaded.random_state.randint(2**31) == state.randint(2**31)


@pytest.mark.parametrize("dtype", ["bfloat16", "mixed_bfloat16", "mixed_float16"])
def test_other_dtypes_of_floats(dtype, tmp_path):
    clf = BinaryClassifier(lambda inputs: keras.layers.Dense(3, dtype=dtype)(inputs), **FAST_BUILT)
    clf.fit(X, LABELS)
    loaded = there_and_back(clf, tmp_path)
    same(clf.predict_proba(X), loaded.predict_proba(X))
    assert [w.dtype for w in loaded.model_.weights] == [w.dtype for w in clf.model_.weights]


def test_a_file_on_the_disk_is_one_that_anybody_can_read(tmp_path):
    fit(BitVectorClassifier).save(tmp_path / "clf.skbits")
    with zipfile.ZipFile(tmp_path / "clf.skbits") as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        metadata = json.loads(archive.read("metadata.json"))
    assert names == ["metadata.json", "estimator.json", "models/0.keras"]
    assert metadata["format"] == 1
    assert metadata["class"] == "BitVectorClassifier"
    assert metadata["skbits"] == skbits.__version__
    assert {"python", "scikit-learn", "keras", "tensorflow", "numpy"} < set(metadata)


def test_every_listed_class_can_be_found():
    for table, kind in ((classes._CLASSES, "class"), (classes._NAMES, "function")):
        for module, names in table.items():
            for name in names:
                found = classes.find(f"{module}.{name}", kind)
                assert classes.name_of(found, kind) == f"{module}.{name}"


WORDS = ["the cat", "a dog", "a cat and a dog"]
#: what is not fitted on a table of numbers, and on what instead
OTHER_INPUTS = {
    CharCodes: WORDS,
    CountVectorizer: WORDS,
    DictVectorizer: [{"a": 1, "b": "x"}, {"a": 2}],
    HashingVectorizer: WORDS,
    LabelBinarizer: ["a", "b", "a"],
    LabelEncoder: ["a", "b", "a"],
    MultiLabelBinarizer: [{"a"}, {"a", "b"}],
    TfidfTransformer: abs(X),
    TfidfVectorizer: WORDS,
}
MADE = {
    ColumnTransformer: ColumnTransformer(
        [("scale", StandardScaler(), [0, 1]), ("hot", OneHotEncoder(), slice(2, 3))],
        remainder="passthrough",
    ),
    FeatureUnion: FeatureUnion([("scale", StandardScaler())]),
    Pipeline: make_pipeline(StandardScaler(), FunctionTransformer()),
}
STEPS = [
    found
    for module, names in classes._CLASSES.items()
    for found in (classes.find(f"{module}.{name}", "class") for name in names)
    if module.startswith("sklearn") and hasattr(found, "transform")
]


@pytest.mark.parametrize("maker", STEPS)
@pytest.mark.filterwarnings("ignore:n_quantiles")
def test_steps_of_scikit_learn(maker, tmp_path):
    given = OTHER_INPUTS.get(maker, np.round(X))
    step = MADE[maker] if maker in MADE else maker()
    step.set_params(**{"k": 2} if "k" in step.get_params() else {})
    if maker in (LabelBinarizer, LabelEncoder, MultiLabelBinarizer):
        step.fit(given)
    else:
        step.fit(given, LABELS[: len(given)])
    before, after = step.transform(given), there_and_back(step, tmp_path).transform(given)
    to_array = getattr(before, "toarray", lambda: before)
    same(np.asarray(to_array()), np.asarray(getattr(after, "toarray", lambda: after)()))


def test_loading_needs_neither_keras_nor_tensorflow(tmp_path):
    path = tmp_path / "tuned.skbits"
    TunedThresholdsCV(LogisticRegression(), cv=3).fit(X, LABELS).save(path)
    run_alone(
        f"""
        import sys, skbits
        skbits.load({str(path)!r}).predict([[0, 0, 0, 1]])
        assert not {{"keras", "tensorflow"}} & set(sys.modules)
        """
    )


def test_another_process_predicts_the_same(tmp_path):
    clf = fit(BitVectorClassifier, hidden_layer_sizes=(40, 40))
    clf.save(tmp_path / "clf.skbits")
    np.save(tmp_path / "X.npy", X)
    run_alone(
        f"""
        import numpy as np, skbits
        clf = skbits.load({str(tmp_path / "clf.skbits")!r})
        X = np.load({str(tmp_path / "X.npy")!r})
        np.save({str(tmp_path / "p.npy")!r}, clf.predict_proba(X))
        """
    )
    same(clf.predict_proba(X), np.load(tmp_path / "p.npy"))


def run_alone(program):
    root = str(Path(skbits.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": root, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---------------------------------------------------------------------------------- left out


def told_and_loaded(estimator, folder):
    """The warning of the save method, which is one and points here, and what is loaded."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.save(folder / "it")
    (told,) = (warning for warning in caught if warning.category is UserWarning)
    assert told.filename == __file__
    return str(told.message), load(folder / "it")


def test_a_builder_is_left_out_and_asked_for(tmp_path):
    clf = BinaryClassifier(
        lambda inputs: build(inputs), **FAST_BUILT, memory=str(tmp_path / "cache")
    )
    loaded = there_and_back(clf.fit(X, LABELS), tmp_path)
    assert "<lambda>, which the file does not hold" in repr(loaded.model)
    assert loaded.memory is None
    before = loaded.predict_proba(X)
    with pytest.raises(ValueError, match=r"<lambda>.*is needed to fit.*set_params\(model="):
        loaded.fit(X, LABELS)
    same(before, loaded.predict_proba(X))
    loaded.set_params(warm_start=True).fit(X, LABELS)
    loaded.set_params(model=build, warm_start=False).fit(X, LABELS)


def test_functions_that_predicting_does_not_read_are_left_out(tmp_path):
    tuned = TunedThresholdsCV(
        BinaryClassifier(**FAST, callbacks=[keras.callbacks.EarlyStopping("loss")]),
        scoring=lambda tp, fp, fn, tn: tp - fp,
        cv=3,
    ).fit(X, LABELS)
    told, loaded = told_and_loaded(tuned, tmp_path)
    assert re.search(r"callbacks \(.*EarlyStopping\), scoring \(.*<lambda>\), which only fit", told)
    assert "set_params(callbacks=..., scoring=...)" in told
    same(tuned.predict(X), loaded.predict(X))
    assert "EarlyStopping" in repr(loaded.estimator.callbacks)
    with pytest.raises(ValueError, match=r"scoring=<.*set_params\(scoring=\.\.\.\)"):
        loaded.fit(X, LABELS)
    loaded.set_params(scoring="f1")
    with pytest.raises(ValueError, match=r"callbacks=\[<.*set_params\(callbacks=\.\.\.\)"):
        loaded.fit(X, LABELS)
    loaded.set_params(estimator__callbacks=None).fit(X, LABELS)


def test_training_on_asks_for_callbacks_and_for_no_builder(tmp_path):
    clf = BinaryClassifier(
        build, **FAST_BUILT, callbacks={"stop": keras.callbacks.EarlyStopping("loss")}
    )
    clf.fit(X, LABELS)
    told, loaded = told_and_loaded(clf, tmp_path)
    assert re.search(r"does not hold callbacks \(keras.*EarlyStopping\)", told)
    loaded.set_params(warm_start=True)
    for train in (loaded.fit, loaded.partial_fit):
        with pytest.raises(ValueError, match=r"callbacks={'stop': <.*set_params\(callbacks="):
            train(X, LABELS)
    loaded.set_params(callbacks=None).fit(X, LABELS)
    loaded.partial_fit(X, LABELS)


def test_a_search_over_builders_asks_for_its_grid(tmp_path):
    grid = {"model": [build, lambda inputs: build(inputs)]}
    search = ThresholdGridSearchCV(BinaryClassifier(build, **FAST_BUILT), grid, cv=2).fit(X, LABELS)
    loaded = there_and_back(search, tmp_path)  # which does not warn
    same(search.predict_proba(X), loaded.predict_proba(X))
    with pytest.raises(ValueError, match=r"param_grid=.*set_params\(param_grid=\.\.\.\)"):
        loaded.fit(X, LABELS)


@pytest.mark.parametrize("parameter", ["cv", "constraint"])
def test_other_parameters_are_asked_for_by_name(parameter, tmp_path):
    tuned = TunedThresholdsCV(BinaryClassifier(**FAST), cv=2).set_params(**{parameter: STATE.rand})
    told, loaded = told_and_loaded(tuned, tmp_path)
    assert f"does not hold {parameter} (" in told
    with pytest.raises(ValueError, match=rf"{parameter}=<.*set_params\({parameter}=\.\.\.\)"):
        loaded.fit(X, LABELS)


@pytest.mark.skipif(
    tuple(int(part) for part in keras.version().split(".")[:2]) < (3, 10),
    reason="Keras before 3.10 has errors under strategies",
)
def test_a_strategy_is_left_out(tmp_path):
    clf = fit(strategy=lambda: tf.distribute.get_strategy())
    told, loaded = told_and_loaded(clf, tmp_path)
    assert "does not hold strategy (" in told
    same(clf.predict_proba(X), loaded.predict_proba(X))
    for train in (loaded.fit, loaded.partial_fit):
        with pytest.raises(ValueError, match=r"strategy=<.*is needed to fit.*set_params\(strategy"):
            train(X, LABELS)


@keras.saving.register_keras_serializable(package="test_files")
class Registered(keras.layers.Layer):
    def call(self, x):
        return 2 * x


class Unregistered(keras.layers.Layer):
    def call(self, x):
        return 2 * x


class Undescribed(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.dense = keras.layers.Dense(units, activation="sigmoid")

    def call(self, x):
        return self.dense(x)


@keras.saving.register_keras_serializable(package="test_files")
class Forgetful(Undescribed):
    def get_config(self):
        return {}


def with_layer(layer):
    return lambda inputs: layer()(inputs)


def test_a_registered_layer(tmp_path):
    clf = BinaryClassifier(with_layer(Registered), **FAST_BUILT).fit(X, LABELS)
    loaded = there_and_back(clf, tmp_path)
    same(clf.predict_proba(X), loaded.predict_proba(X))
    path = tmp_path / "it.skbits"
    run_alone(
        f"""
        import skbits
        try:
            skbits.load({str(path)!r})
        except ValueError as error:
            assert "'test_files>Registered', which is not registered here" in str(error), error
        else:
            raise AssertionError
        """
    )


def unregistered_loss(y_true, y_pred):
    return keras.losses.binary_crossentropy(y_true, y_pred)


CANNOT = {
    "a layer of one's own": (
        BinaryClassifier(with_layer(Unregistered), **FAST_BUILT),
        r"model_ is made with .*Unregistered.*register_keras_serializable.*cloudpickle",
    ),
    "a function as a layer": (
        BinaryClassifier(with_layer(lambda: keras.layers.Lambda(lambda x: 2 * x)), **FAST_BUILT),
        r"model_ has a Lambda layer, .*layer of your own.*register_keras_serializable.*cloudpickle",
    ),
    "a loss of one's own": (
        BinaryClassifier(**FAST, loss=unregistered_loss),
        r"model_ is made with .*unregistered_loss.*register_keras_serializable",
    ),
    "a model that does not say what it is": (
        BinaryClassifier(lambda: Undescribed(1), **FAST_BUILT),
        r"model_ .*Undescribed.*Build a functional or Sequential model instead; or register .*"
        r"get_config\(\) that says all that __init__ needs\.$",
    ),
    "a metric of one's own": (
        BinaryClassifier(**FAST, metrics=[unregistered_loss]),
        r"model_ is made with .*unregistered_loss.*register_keras_serializable.*cloudpickle",
    ),
    "a registered model that does not say what it is made of": (
        BinaryClassifier(lambda: Forgetful(1), **FAST_BUILT),
        r"model_ would not come back from a file: .* \.\.\. Build a functional .*get_config\(\)",
    ),
    "a step that is a function": (
        TunedThresholdsCV(make_pipeline(FunctionTransformer(np.exp), LogisticRegression()), cv=3),
        r"^estimator\.steps\.func holds numpy.*, which a file cannot hold.*pickle",
    ),
    "a class that is not listed": (
        TunedThresholdsCV(KNeighborsClassifier(), cv=3),
        r"estimator holds sklearn.*KNeighborsClassifier, which a file cannot hold.*pickle",
    ),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_be_saved_says_so(name, tmp_path):
    estimator, message = CANNOT[name]
    estimator = clone(estimator).fit(X, LABELS)
    with pytest.raises(ValueError, match=message):
        estimator.save(tmp_path / "it.skbits")
    assert list(tmp_path.iterdir()) == []


def test_other_estimators_are_told_to_pickle(tmp_path):
    with pytest.raises(ValueError, match=r"estimator=.*KNeighborsClassifier cannot be saved"):
        save(KNeighborsClassifier(), tmp_path / "it")


# --------------------------------------------------------------------------- whole or not at all


@pytest.fixture
def old(tmp_path):
    """A file that is there, and its bytes."""
    BinaryClassifier(epochs=7).save(tmp_path / "it.skbits")
    return tmp_path / "it.skbits"


def test_an_older_file_is_replaced(old):
    BinaryClassifier(epochs=8).save(old)
    assert load(old).epochs == 8
    assert [path.name for path in old.parent.iterdir()] == [old.name]


@pytest.mark.parametrize("where", ["writestr", "fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_while_writing_leaves_the_older_file(old, where, error, monkeypatch):
    owners = {"writestr": zipfile.ZipFile, "fsync": os, "replace": os}

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(owners[where], where, fail)
    with pytest.raises(type(error)) as caught:
        BinaryClassifier(epochs=8).save(old)
    monkeypatch.undo()
    if isinstance(error, OSError):
        text = f"path='{old}' cannot be written: No space left on device. Nothing was left behind"
        assert text in str(caught.value)
    assert load(old).epochs == 7
    assert [path.name for path in old.parent.iterdir()] == [old.name]


def test_a_disk_that_is_full_and_a_process_that_is_killed(tmp_path):
    path = str(tmp_path / "it.skbits")
    run_alone(
        f"""
        import os, resource
        from skbits import IntegerBits
        from skbits.files.saving import save
        save(IntegerBits(7), {path!r})
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))  # no file can be longer
        try:
            save(IntegerBits(8), {path!r})
        except OSError as error:
            assert "cannot be written: File too large" in str(error), error
        else:
            raise AssertionError
        assert os.listdir({str(tmp_path)!r}) == ["it.skbits"]
        """
    )
    assert load(path).n_bits == 7
    with pytest.raises(AssertionError):
        run_alone(
            f"""
            import os, signal
            from skbits import IntegerBits
            from skbits.files.saving import save
            os.replace = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
            save(IntegerBits(8), {path!r})
            """
        )
    assert load(path).n_bits == 7


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("no/it.skbits", FileNotFoundError, "the folder '.*no' does not exist. Make it first."),
        ("", IsADirectoryError, "is a folder: expected the name of a file"),
        (3, TypeError, "path=3: expected a str or os.PathLike"),
        (b"it", TypeError, "path=b'it': expected a str"),
    ],
)
def test_paths_that_cannot_be_written(path, error, message, tmp_path):
    path = tmp_path / path if isinstance(path, str) else path
    with pytest.raises(error, match=message):
        BinaryClassifier().save(path)
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_followed(old, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(old)
    BinaryClassifier(epochs=8).save(link)
    assert link.is_symlink()
    assert load(old).epochs == load(link).epochs == 8


@pytest.mark.parametrize("path", ["a\0", "\ud800", ""])
@pytest.mark.parametrize("write", [False, True])
def test_a_text_that_is_no_path(path, write):
    with pytest.raises(ValueError, match=r"^path='.*': expected the name of a file"):
        BinaryClassifier().save(path) if write else load(path)


@pytest.mark.parametrize("content", [None, "model.pb"])
def test_a_folder_is_never_replaced_by_a_file(content, tmp_path):
    target = tmp_path / "folder"
    target.mkdir()
    if content is not None:
        (target / content).touch()
    with pytest.raises(IsADirectoryError, match=r"path='.*folder' is a folder: expected the name"):
        BinaryClassifier().save(target)
    assert sorted(tmp_path.rglob("*")) == sorted([target, *target.iterdir()])
    assert [path.name for path in target.iterdir()] == [content] * (content is not None)


def test_a_folder_that_comes_while_a_file_is_written_stays(tmp_path):
    target = tmp_path / "it"

    def place():
        with placed(target) as neighbour:
            neighbour.touch()
            (target / "inner").mkdir(parents=True)

    with pytest.raises(OSError, match="not empty"):
        place()
    assert [path.name for path in tmp_path.rglob("*")] == ["it", "inner"]


def test_a_folder_that_is_a_file(old):
    with pytest.raises(NotADirectoryError, match="does not exist"):
        BinaryClassifier().save(old / "it.skbits")


def test_paths_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError, match="no.skbits"):
        load(tmp_path / "no.skbits")
    with pytest.raises(IsADirectoryError):
        load(tmp_path)


# ---------------------------------------------------------------------------------- versions


def test_another_version_of_scikit_learn_is_told(old, monkeypatch):
    monkeypatch.setattr("sklearn.__version__", "0.0")
    with pytest.warns(UserWarning, match=r"Trying to unpickle|estimator BinaryClassifier"):
        load(old)


def test_a_file_that_another_keras_wrote_says_so(old, monkeypatch):
    entries = {name: Archive(old).read(name) for name in ("metadata.json", "estimator.json")}
    entries["estimator.json"] = b"{}"
    entries["metadata.json"] = entries["metadata.json"].replace(b'"keras": "', b'"keras": "9.')
    write_archive(old, entries)
    with pytest.raises(ValueError, match=r"It was written with Keras 9\..*, and here is"):
        load(old)


def test_files_of_an_earlier_python():
    """Written with Python 3.11, skbits 0.1.0 and Keras 3.5, to be read by all that come."""
    folder = Path(__file__).parent / "data"
    metadata = json.loads(Archive(folder / "format_1.skbits").read("metadata.json"))
    assert metadata["format"] == 1
    assert metadata["python"].startswith("3.11.")
    assert metadata["keras"] == "3.5.0"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # another scikit-learn
        clf = load(folder / "format_1.skbits")
    data = np.load(folder / "format_1.npz")
    np.testing.assert_allclose(clf.predict_proba(data["X"]), data["p"], rtol=1e-5, atol=1e-6)
    assert clf.predict(data["X"]).tolist() == data["labels"].tolist()
    np.testing.assert_array_equal(clf.thresholds_, data["thresholds"])


# -------------------------------------------------------------------------------------- laws

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.text(alphabet="\ud800\udfff\0\n\"'"),
    st.binary(max_size=8),
    st.complex_numbers(),
    st.builds(slice, st.none() | st.integers(0, 9), st.integers(0, 9)),
    st.builds(range, st.integers(0, 9)),
)
numbers = hnp.arrays(
    st.one_of(
        hnp.boolean_dtypes(),
        hnp.integer_dtypes(),
        hnp.floating_dtypes(sizes=(16, 32, 64)),
        hnp.unicode_string_dtypes(),
        hnp.byte_string_dtypes(),
        hnp.datetime64_dtypes(),
        hnp.timedelta64_dtypes(),
    ),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
objects = hnp.arrays(object, hnp.array_shapes(max_dims=2, max_side=3), elements=plain)
masked = numbers.filter(lambda a: a.dtype.kind in "if").map(
    lambda a: np.ma.MaskedArray(a, mask=a > 0)
)
scalars = hnp.arrays(hnp.floating_dtypes(), 1).map(lambda a: a[0])
hashable = st.one_of(st.none(), st.integers(), st.text(), st.tuples(st.integers(), st.text()))
values = st.recursive(
    st.one_of(plain, numbers, objects, masked, scalars, st.just(np.float32), st.just(set)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(hashable, inner, max_size=3),
        st.frozensets(hashable, max_size=3),
        st.sets(hashable, max_size=3),
    ),
    max_leaves=8,
)


@given(values)
@example(np.ma.MaskedArray(np.float16(0), mask=False))
@example(OrderedDict([("b", 1), ("a", 2**63)]))
@example(OrderedDict([(1, -(2**63)), (2, -(2**64))]))
def test_every_value_comes_back(value):
    entries = {}
    data = to_json(Writer(entries).write(value))
    same(value, Reader(entries.__getitem__).read(from_json(data)))


def test_a_number_of_more_digits_than_python_prints():
    number = to_json(Writer({}).write(-(10**5000)))
    assert Reader({}.__getitem__).read(from_json(number)) == -(10**5000)


def test_reading_entries_by_name(old):
    archive = Archive(old)
    assert json.loads(archive.read("metadata.json"))["class"] == "BinaryClassifier"
    with pytest.raises(ValueError, match="it lacks its part 'arrays/7.npy'"):
        archive.read("arrays/7.npy")
