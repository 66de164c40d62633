"""Parameters, attributes and shapes: the tables of the README, one assertion each."""

import functools
import inspect

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import GridSearchCV, ParameterGrid

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier
from skbits.backbones import gru

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 4))
LABELS = np.where(X[:, 0] > 0, "yes", "no")
BITS = (X[:, :3] > 0).astype(int)
NAMED = pd.DataFrame(BITS, columns=["sun", "rain", "wind"])
CLASSES = np.array(["ant", "bee", "cat"])[X[:, :3].argmax(axis=1)]
ONE_HOT = np.eye(3, dtype=int)[X[:, :3].argmax(axis=1)]
PAIRS = np.hstack([ONE_HOT, ONE_HOT[::-1]])
FAST = {"hidden_layer_sizes": (6,), "epochs": 2, "batch_size": 50, "random_state": 0}
ESTIMATORS = [BinaryClassifier, BitVectorClassifier, OneHotClassifier]


@pytest.fixture(scope="module")
def binary():
    return BinaryClassifier(**FAST).fit(X, LABELS)


@pytest.fixture(scope="module")
def bits():
    return BitVectorClassifier(**FAST).fit(X, NAMED)


@pytest.fixture(scope="module")
def classes():
    return OneHotClassifier(**FAST).fit(X, CLASSES)


@pytest.fixture(scope="module")
def one_hot():
    return OneHotClassifier(**FAST).fit(X, ONE_HOT)


@pytest.fixture(scope="module")
def pairs():
    return OneHotClassifier(**FAST, n_groups=2).fit(X, PAIRS)


@pytest.mark.parametrize("n", [1, 2, 50])
def test_shapes_never_depend_on_n(n, binary, bits, classes, one_hot, pairs):
    for clf, proba, labels, decision in [
        (binary, (n, 2), (n,), (n,)),
        (bits, (n, 3), (n, 3), (n, 3)),
        (classes, (n, 3), (n,), (n, 3)),
        (one_hot, (n, 3), (n, 3), (n, 3)),
        (pairs, (n, 6), (n, 6), (n, 6)),
    ]:
        assert clf.predict_proba(X[:n]).shape == proba
        assert clf.predict(X[:n]).shape == labels
        assert clf.decision_function(X[:n]).shape == decision


def test_one_bit_is_not_squeezed():
    clf = BitVectorClassifier(**FAST).fit(X, BITS[:, :1])
    assert clf.predict_proba(X).shape == clf.predict(X).shape == (50, 1)
    assert clf.decision_function(X[:1]).shape == (1, 1)


def test_a_bit_matrix_with_one_1_a_row_stays_a_bit_matrix():
    clf = BitVectorClassifier(**FAST).fit(X, ONE_HOT)
    assert clf.set_params(threshold=0.0).predict(X).tolist() == np.ones((50, 3)).tolist()


def test_learned_attributes(binary, bits, classes, one_hot):
    assert binary.classes_.tolist() == ["no", "yes"]
    assert bits.classes_.tolist() == [0, 1, 2]
    assert bits.bit_names_.tolist() == ["sun", "rain", "wind"]
    assert classes.classes_.tolist() == ["ant", "bee", "cat"]
    assert one_hot.classes_.tolist() == [0, 1, 2]
    for clf in (binary, bits, classes, one_hot):
        assert is_classifier(clf)
        assert clf.n_features_in_ == 4
        assert isinstance(clf.model_, keras.Model)
        assert clf.n_iter_ == 2
        assert clf.trainer_ == "compiled"
        assert len(clf.history_["loss"]) == 2
    assert not hasattr(binary, "bit_names_")
    assert not hasattr(clone(bits).fit(X, BITS), "bit_names_")


def test_a_second_fit_forgets_the_names_of_the_first():
    clf = BitVectorClassifier(**FAST).fit(pd.DataFrame(X, columns=list("abcd")), NAMED)
    assert clf.feature_names_in_.tolist() == list("abcd")
    clf.fit(X, BITS)
    assert not hasattr(clf, "bit_names_")
    assert not hasattr(clf, "feature_names_in_")


def test_probabilities_sum_to_one(binary, one_hot, pairs):
    assert np.allclose(binary.predict_proba(X).sum(axis=1), 1)
    assert np.allclose(one_hot.predict_proba(X).sum(axis=1), 1)
    assert np.allclose(pairs.predict_proba(X)[:, :3].sum(axis=1), 1)
    assert np.allclose(pairs.predict_proba(X)[:, 3:].sum(axis=1), 1)


def test_binary_threshold(binary):
    p = binary.predict_proba(X)[:, 1]
    for t in (0.0, 0.25, float(np.median(p)), 1.0, np.inf):
        clf = binary.set_params(threshold=t)
        assert (clf.predict(X) == "yes").tolist() == (p >= np.float32(t)).tolist()
        assert ((clf.decision_function(X) >= 0) == (clf.predict(X) == "yes")).all()
    binary.set_params(threshold=0.5)


def test_a_binary_threshold_by_name_is_that_of_the_positive_label(binary):
    expected = binary.set_params(threshold=0.9).predict(X)
    assert (binary.set_params(threshold={"yes": 0.9}).predict(X) == expected).all()
    with pytest.raises(ValueError, match=r"threshold names 'no', .* in fit: \['yes'\]"):
        binary.set_params(threshold={"no": 0.9}).predict(X)
    binary.set_params(threshold=0.5)


@pytest.mark.parametrize(
    "threshold", [0.3, [0.2, 0.5, 0.8], {"rain": 0.1, "sun": 0.9}, {"wind": np.inf}]
)
def test_bit_thresholds(bits, threshold):
    by_name = {"sun": 0.5, "rain": 0.5, "wind": 0.5}
    if isinstance(threshold, dict):
        values = np.float32(list({**by_name, **threshold}.values()))
    else:
        values = np.broadcast_to(np.float32(threshold), 3)
    clf = bits.set_params(threshold=threshold)
    assert np.array_equal(clf.predict(X), clf.predict_proba(X) >= values)
    assert clf.predict(X).dtype.kind == "i"
    assert np.array_equal(clf.decision_function(X) >= 0, clf.predict(X) == 1)
    bits.set_params(threshold=0.5)


@pytest.mark.parametrize("threshold", [0.5, [0.9, 0.5, 0.1], {"cat": 0.01}])
def test_class_thresholds_are_the_ratio_rule(classes, threshold):
    values = np.full(3, 0.5)
    if isinstance(threshold, dict):
        values[2] = threshold["cat"]
    else:
        values[:] = threshold
    clf = classes.set_params(threshold=threshold)
    expected = clf.classes_[(clf.predict_proba(X) / values).argmax(axis=1)]
    assert clf.predict(X).tolist() == expected.tolist()
    assert (clf.classes_[clf.decision_function(X).argmax(axis=1)] == clf.predict(X)).all()
    classes.set_params(threshold=0.5)


def test_abstention(classes, one_hot, pairs):
    t = float(np.median(one_hot.predict_proba(X).max(axis=1)))
    kept = one_hot.predict_proba(X).max(axis=1) >= np.float32(t)
    clf = one_hot.set_params(abstain=True, threshold=t)
    assert clf.predict(X).sum(axis=1).tolist() == kept.astype(int).tolist()
    assert 0 < kept.sum() < 50
    one_hot.set_params(abstain=False, threshold=0.5)
    clf = classes.set_params(abstain=True, abstain_label="none", threshold=t)
    assert ((clf.predict(X) == "none") == ~kept).all()
    with pytest.raises(ValueError, match="abstain_label=-1 cannot stand among labels"):
        classes.set_params(abstain_label=-1).predict(X)
    classes.set_params(abstain=False, abstain_label=-1, threshold=0.5)
    clf = pairs.set_params(abstain=True, threshold=1.0)
    assert clf.predict(X).sum() == 0
    pairs.set_params(abstain=False, threshold=0.5)


def test_threshold_needs_no_refit(binary):
    model = binary.model_
    binary.set_params(threshold=0.1).predict(X)
    assert binary.set_params(threshold=0.5).model_ is model


@pytest.mark.parametrize("head", ["sigmoid", "linear", "tanh", "softmax"])
def test_decision_function_is_finite_and_rises_with_the_raw_output(head):
    clf = BinaryClassifier(**FAST, head=head).fit(X, LABELS)
    extreme = np.vstack([X * scale for scale in (1, 100, 1e4, 1e6)])
    d, p = clf.decision_function(extreme), clf.predict_proba(extreme)[:, 1]
    assert np.isfinite(d).all()
    assert d.dtype == np.float64
    order = np.argsort(d)
    assert (np.diff(p[order]) >= 0).all()
    if head == "linear":  # knows logits where probabilities have reached 0 and 1
        assert len(np.unique(d)) > len(np.unique(p))


def test_a_column_vector_warns():
    with pytest.warns(DataConversionWarning):
        BinaryClassifier(**FAST).fit(X, LABELS[:, np.newaxis])


@pytest.mark.parametrize("y", [BITS.astype(bool), BITS.astype(float), sparse.csr_matrix(BITS)])
def test_forms_of_bits_train_the_same_model(y):
    expected = BitVectorClassifier(**FAST).fit(X, BITS).predict_proba(X)
    assert np.array_equal(BitVectorClassifier(**FAST).fit(X, y).predict_proba(X), expected)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_signatures_are_explicit(estimator):
    parameters = inspect.signature(estimator).parameters
    assert {"hidden_layer_sizes", "threshold", "memory", "random_state"} <= set(parameters)
    first, *others = parameters.values()
    assert first.name == "model"
    assert all(p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD) for p in others)
    for name in estimator().get_params():
        assert f"{name}" in (BinaryClassifier.__doc__ + estimator.__doc__), name


def test_the_estimators_agree_on_their_defaults():
    """OneHotClassifier writes the shared signature out again."""
    shared, own = (
        {k: p.default for k, p in inspect.signature(cls).parameters.items()}
        for cls in (BinaryClassifier, OneHotClassifier)
    )
    assert shared.items() <= own.items()


def test_repr_shows_what_was_changed():
    clf = BinaryClassifier(epochs=3, model__units=4)
    assert repr(clf) == "BinaryClassifier(epochs=3, model__units=4)"


# -- routed parameters and the two forms of a builder ---------------------------------------------


def backbone(inputs, units=5, rate=0.0):
    hidden = keras.layers.Dense(units, activation="relu", name="users")(inputs)
    return keras.layers.Dropout(rate)(hidden)


def test_a_backbone_gets_its_parameters_and_its_head():
    clf = BinaryClassifier(backbone, model__units=9, epochs=1).fit(X, LABELS)
    assert clf.model_.get_layer("users").units == 9
    assert clf.model_.output_shape == (None, 1)
    assert BitVectorClassifier(backbone, epochs=1).fit(X, BITS).model_.output_shape == (None, 3)


def test_hidden_layer_sizes_activation_and_dropout_shape_the_default_model():
    clf = BinaryClassifier(
        hidden_layer_sizes=(7, 3), activation="tanh", dropout=0.25, epochs=1
    ).fit(X, LABELS)
    kinds = [type(layer).__name__ for layer in clf.model_.layers]
    assert kinds == ["InputLayer", "Dense", "Dropout", "Dense", "Dropout", "Dense"]
    assert [clf.model_.layers[i].units for i in (1, 3, 5)] == [7, 3, 1]
    assert clf.model_.layers[1].activation is keras.activations.tanh
    assert clf.model_.layers[2].rate == 0.25


@pytest.mark.parametrize("sizes", [5, np.int64(5), [5], np.array([5])])
def test_numbers_of_numpy_are_numbers(sizes):
    """RandomizedSearchCV draws its candidates with numpy."""
    clf = BinaryClassifier(
        hidden_layer_sizes=sizes, dropout=np.float64(0.1), epochs=np.int64(1),
        batch_size=np.int32(50), threshold=np.float32(0.25), early_stopping=np.bool_(True),
        random_state=np.int64(0), optimizer__learning_rate=np.float64(0.01),
    ).fit(X, LABELS)  # fmt: skip
    assert clf.model_.layers[1].units == 5
    assert clf.predict(X).shape == (50,)


def test_a_routed_name_may_end_in_an_underscore():
    def net(inputs, lambda_=0.01):
        SEEN["lambda_"] = lambda_
        return inputs

    clf = BinaryClassifier(net, model__lambda_=5.0, epochs=1).fit(X, LABELS)
    assert SEEN["lambda_"] == clf.get_params()["model__lambda_"] == 5.0


def test_thresholds_and_weights_go_by_name_not_by_position():
    frame = pd.DataFrame(BITS, columns=[2, 1, 0])
    clf = BitVectorClassifier(**FAST).fit(X, frame)
    expected = clf.set_params(threshold=[0.5, 0.5, np.inf]).predict(X)
    by_name = pd.Series({0: np.inf, 1: 0.5, 2: 0.5})
    for threshold in ({0: np.inf}, by_name):
        assert np.array_equal(clf.set_params(threshold=threshold).predict(X), expected)
    heavy = BitVectorClassifier(**FAST, class_weight={0: 50.0}).fit(X, frame)
    assert heavy.model_.loss.positive_weight.tolist() == [1, 1, 50]


@pytest.mark.parametrize("head", ["sigmoid", "linear", "softmax", "tanh"])
def test_extreme_finite_values_give_finite_decisions_or_an_error(head):
    clf = BinaryClassifier(**FAST, head=head).fit(X, LABELS)
    extreme = np.full((2, 4), 3e38) * [[1], [-1]]
    try:
        assert np.isfinite(clf.decision_function(extreme)).all()
    except ValueError as error:
        assert "Scale X" in str(error)  # noqa: PT017


SEEN = {}


def complete(meta, compile_kwargs, params, units=4):
    SEEN.update(meta=meta, params=params)
    model = keras.Sequential(
        [
            keras.Input(meta["X_shape_"][1:]),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(meta["n_outputs_expected_"], activation="sigmoid"),
        ]
    )
    model.compile(**compile_kwargs)
    return model


def test_a_complete_model_in_the_way_of_scikeras():
    clf = BitVectorClassifier(
        complete, model__units=6, epochs=1, optimizer__learning_rate=0.5, class_weight="balanced"
    ).fit(X, BITS)
    meta = SEEN["meta"]
    assert (meta["n_features_in_"], meta["n_outputs_"]) == (4, 3)
    assert meta["target_type_"] == "multilabel-indicator"
    assert SEEN["params"]["epochs"] == 1
    assert clf.model_.layers[0].units == 6
    assert float(clf.model_.optimizer.learning_rate) == 0.5
    assert clf.predict_proba(X).shape == (50, 3)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (4, 3, 2)])
def test_x_of_two_to_four_dimensions(shape):
    deep = rng.normal(size=(50, *shape)).astype(np.float32)
    clf = BinaryClassifier(**FAST).fit(deep, LABELS)
    assert clf.predict_proba(deep).shape == (50, 2)
    assert clf.model_.input_shape == (None, *shape)


# --- parameters of the default model, beside a builder


def sized(inputs, hidden_layer_sizes=(10,), dropout=0.0, activation="relu"):
    for units in hidden_layer_sizes:
        inputs = keras.layers.Dense(units, activation=activation)(inputs)
    return keras.layers.Dropout(dropout)(inputs)


def sized_and_complete(meta, hidden_layer_sizes=(10,), dropout=0.0, activation="relu"):
    inputs = keras.Input(meta["X_shape_"][1:])
    hidden = sized(inputs, hidden_layer_sizes, dropout, activation)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden))


def taking_all(inputs, **others):
    return sized(inputs, **others)


SIZED = {
    "a backbone": sized,
    "a complete model": sized_and_complete,
    "of any arguments": taking_all,
    "a partial": functools.partial(sized, hidden_layer_sizes=(10,)),
}
GIVEN = {"hidden_layer_sizes": (7, 100), "dropout": 0.25, "activation": "tanh"}


@pytest.mark.parametrize("name", SIZED)
def test_sizes_activation_and_dropout_reach_a_builder_that_has_them(name):
    direct = BinaryClassifier(SIZED[name], **GIVEN, epochs=1, random_state=0).fit(X, LABELS)
    routed = {f"model__{key}": value for key, value in GIVEN.items()}
    by_prefix = BinaryClassifier(SIZED[name], **routed, epochs=1, random_state=0).fit(X, LABELS)
    assert direct.architecture_ == by_prefix.architecture_
    assert np.array_equal(direct.predict_proba(X), by_prefix.predict_proba(X))
    assert "Dense 7 tanh -> Dense 100 tanh -> Dropout 0.25" in direct.architecture_
    unset = BinaryClassifier(SIZED[name], epochs=1).fit(X, LABELS)
    assert "Dense 10 relu -> Drop" in unset.architecture_  # its own defaults


def test_a_search_over_sizes_reaches_the_builder():
    """Also where a candidate is what the default model has."""
    grid = {"hidden_layer_sizes": [(3,), (100,)], "activation": ["relu", "tanh"]}
    clf = BinaryClassifier(sized, model__dropout=0.1, epochs=1)
    for params in ParameterGrid(grid):
        fitted = clone(clf).set_params(**params).fit(X, LABELS)
        units, activation = params["hidden_layer_sizes"][0], params["activation"]
        assert fitted.architecture_.startswith(f"Dense {units} {activation} -> Dropout 0.1")
    recurrent = BinaryClassifier(gru, hidden_layer_sizes=(100,), model__units=2, epochs=1)
    assert "Dense 100" in recurrent.fit(X, LABELS).architecture_  # where gru itself has none


@pytest.mark.parametrize(("name", "value"), GIVEN.items())
@pytest.mark.parametrize("model", [backbone, complete])
def test_what_a_builder_has_no_argument_for_is_an_error(model, name, value):
    message = (
        f"{name}=.* would be ignored, since model={model.__name__} has no such argument: .*"
        r"list of grids, as \[\{'model': \[None\], " + f"'{name}': .*'model': .{model.__name__}"
    )
    of_the_default_model = {"hidden_layer_sizes": (100,), "dropout": 0.0, "activation": "relu"}
    for given in (value, of_the_default_model[name]):
        with pytest.raises(ValueError, match=message):
            BitVectorClassifier(model, epochs=1, **{name: given}).fit(X, BITS)
    grids = [{"model": [None], name: [value]}, {"model": [model]}]
    search = GridSearchCV(BitVectorClassifier(epochs=1), grids, cv=2, error_score="raise")
    assert len(search.fit(X, BITS).cv_results_["params"]) == 2


def test_one_argument_given_twice_is_an_error():
    clf = BinaryClassifier(sized, dropout=0.1, model__dropout=0.2)
    with pytest.raises(ValueError, match=r"dropout=0.1 and model__dropout=0.2 are one argument"):
        clf.fit(X, LABELS)
