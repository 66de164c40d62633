"""Bad input: an error that names the parameter, the value and the cure; nothing is lost."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
LABELS = (X[:, 0] > 0).astype(int)
BITS = (X > 0).astype(int)
ONE_HOT = np.eye(3, dtype=int)[X.argmax(axis=1)]
TARGETS = {BinaryClassifier: LABELS, BitVectorClassifier: BITS, OneHotClassifier: ONE_HOT}
FAST = {"hidden_layer_sizes": (4,), "epochs": 1, "batch_size": 40, "random_state": 0}

estimators = pytest.mark.parametrize("estimator", TARGETS)


@pytest.fixture(scope="module")
def fitted():
    return {cls: cls(**FAST).fit(X, y) for cls, y in TARGETS.items()}


def with_value(array, value):
    changed = np.array(array, dtype=float)
    changed[2, 1] = value
    return changed


def assert_unchanged(clf, probabilities):
    assert np.array_equal(clf.predict_proba(X), probabilities)


@estimators
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (with_value(X, np.nan), "X contains NaN"),
        (with_value(X, np.inf), "X contains infinity"),
        (with_value(X, 1e300), "infinity or a value too large for dtype"),
        (X[:0], r"0 sample\(s\)"),
        (X[:, :2], "X has 2 features, but .* is expecting 3 features"),
        (X[0], "Expected 2D array, got 1D array"),
        (np.zeros((40, 3, 0)), r"rows of shape \(3, 0\), without values"),
        (X[:, :, np.newaxis], r"rows of shape \(3, 1\).*expecting rows of shape \(3,\)"),
        (X.astype(complex), "Complex data not supported"),
        ([["a", "b", "c"]], "X holds text, 'a', in row 0, column 0: expected numbers"),
        ([[1, 2, 3], [4, 5]], r"X holds rows of different lengths.*pad_sequences\(rows.*'post'"),
        (np.array([[1], [2, 3]], dtype=object), "X holds rows of different lengths"),
        (np.array([0, [1, 2]], dtype=object), "X holds .* or sequences within an array of objec"),
    ],
)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "partial_fit"])
def test_bad_x_leaves_a_fitted_estimator_as_it_was(fitted, estimator, bad, message, method):
    clf = fitted[estimator]
    before = clf.predict_proba(X)
    arguments = (bad, TARGETS[estimator][: len(bad)]) if method == "partial_fit" else (bad,)
    with pytest.raises(ValueError, match=message):
        getattr(clf, method)(*arguments)
    assert_unchanged(clf, before)


@estimators
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs=0: expected an int of at least 1"),
        ({"epochs": 2.5}, "epochs=2.5: expected an int"),
        ({"batch_size": -1}, "batch_size=-1: expected an int of at least 1"),
        ({"hidden_layer_sizes": (8, 0)}, r"hidden_layer_sizes=\(8, 0\): expected an int"),
        ({"dropout": 1.0}, r"dropout=1.0: expected a float in \[0, 1\)"),
        ({"head": "relu"}, "head='relu': expected None or one of"),
        (
            {"loss": "binary_crosentropy"},
            "'binary_crosentropy'.*did you mean 'binary_crossentropy'",
        ),
        ({"loss": 3}, "loss=3: expected a name"),
        ({"optimizer": "rmspropp"}, "'rmspropp' for optimizer: did you mean 'rmsprop'"),
        ({"optimizer": 3}, "optimizer=3: expected a name"),
        (
            {"class_weight": "balance"},
            "class_weight='balance': expected None, 'balanced' or a dict",
        ),
        ({"class_weight": {7: 2.0}}, "class_weight names 7, which is no (bit|class) of y"),
        ({"class_weight": {0: -1.0}}, r"class_weight\[0\]=-1.0: expected a finite number"),
        ({"early_stopping": "yes"}, "early_stopping='yes': expected True or False"),
        (
            {"early_stopping": True, "validation_fraction": 1.5},
            r"=1.5: expected a float in \(0, 1\)",
        ),
        ({"early_stopping": True, "validation_fraction": 0.001}, "leaves 0 rows to validate on"),
        ({"n_iter_no_change": 0}, "n_iter_no_change=0"),
        ({"callbacks": ["EarlyStopping"]}, "callbacks holds 'EarlyStopping': expected Keras"),
        ({"trainer": "fast"}, "trainer='fast': expected 'auto' or one of"),
        ({"memory": 3}, "memory=3: expected None, a folder"),
        ({"random_state": "x"}, "random_state='x': expected None, an int"),
        ({"verbose": -1}, "verbose=-1"),
        ({"threshold": 1.5}, r"threshold=1.5 is outside \[0, 1\]"),
        ({"threshold": [0.5, 0.5]}, r"has shape \(2,\): expected one number"),
        ({"threshold": {"rain": 0.5}}, "threshold names 'rain', which is not among the names"),
        ({"callbacks__patience": 3}, "callbacks__patience was given, but callbacks is None"),
        ({"metrics__threshold": 3}, "metrics__threshold was given, but metrics is None"),
        ({"class_weight": {0: "x"}}, r"class_weight\[0\]='x': expected a finite number"),
        ({"loss": "mape"}, "it divides by the target"),
        ({"model": 3}, "model=3: expected None or a callable"),
        ({"model": "lstm"}, "model='lstm': .* Pass the function itself, skbits.backbones.lstm"),
        ({"model": "lstn"}, "model='lstn': expected None .* a complete keras.Model.$"),
        ({"model__unit": 3}, "'unit' for model=mlp .*known are activation, dropout, hidden"),
        ({"optimizer__learning_rat": 3}, "'learning_rat'.*did you mean 'learning_rate'"),
        ({"loss__gama": 3, "loss": "focal"}, "'gama'.*did you mean 'gamma'"),
        (
            {"callbacks": keras.callbacks.EarlyStopping, "callbacks__patienc": 3},
            "'patienc'.*did you mean 'patience'",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_bad_parameter_leaves_a_fitted_estimator_as_it_was(fitted, estimator, changes, message):
    clf = fitted[estimator]
    before, params = clf.predict_proba(X), clf.get_params()
    try:
        with pytest.raises(ValueError, match=message):
            clf.set_params(**changes).fit(X, TARGETS[estimator])
    finally:
        vars(clf).update(params)
        for name in set(changes) - set(params):
            delattr(clf, name)
    assert_unchanged(clf, before)


@estimators
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(40), "sample_weight is zero for all rows: expected at least one above 0"),
        (-np.ones(40), r"sample_weight holds -1.0: expected weights of at least 0"),
        (np.ones(39), "inconsistent numbers of samples"),
        (np.ones((40, 2)), "Sample weights must be 1D"),
        (np.full(40, np.nan), "sample_weight contains NaN"),
    ],
)
def test_bad_sample_weights(fitted, estimator, weights, message):
    clf = fitted[estimator]
    before = clf.predict_proba(X)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, TARGETS[estimator], sample_weight=weights)
    assert_unchanged(clf, before)


@pytest.mark.parametrize(
    ("estimator", "y", "message"),
    [
        (BinaryClassifier, np.zeros(40), "one class only"),
        (BinaryClassifier, np.arange(40) % 3, "Only binary classification is supported"),
        (OneHotClassifier, np.zeros(40), "one class only"),
        (BitVectorClassifier, 2 * BITS, "expected 0 or 1"),
        (OneHotClassifier, BITS, "expected exactly one"),
        (BinaryClassifier, LABELS[:5], "inconsistent numbers of samples"),
        (BinaryClassifier, None, "requires y to be passed"),
    ],
)
def test_bad_targets_leave_a_fitted_estimator_as_it_was(fitted, estimator, y, message):
    clf = fitted[estimator]
    before = clf.predict_proba(X)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, y)
    assert_unchanged(clf, before)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([X, X], r"X is a list of 2 arrays .* Pairs are np.stack\(X, axis=1\)"),
        (
            np.stack([X, X]),
            r"samples: \[2, 40\]. X has shape \(2, 40, 3\): .*np.stack\(\[first, second\], axis=1",
        ),
    ],
)
def test_pairs_that_stand_one_upon_the_other(pairs, message):
    with pytest.raises(ValueError, match=message):
        BinaryClassifier(**FAST).fit(pairs, LABELS)


def test_an_abstention_needs_a_label_among_words():
    words = np.array(["no", "yes"])[LABELS]
    message = "abstain_label=-1 cannot stand among labels such as 'no'.* abstain_label='none'"
    with pytest.raises(ValueError, match=message):
        OneHotClassifier(**FAST, abstain=True).fit(X, words)
    clf = OneHotClassifier(**FAST).fit(X, words).set_params(abstain=True)
    with pytest.raises(ValueError, match=message):
        clf.predict(X)
    clf.set_params(abstain_label="none", threshold=0.9)
    assert set(clf.predict(X)) <= {"no", "yes", "none"}


def test_rows_of_weight_zero_may_leave_one_class():
    with pytest.raises(ValueError, match="one class only, .*weight above zero"):
        BinaryClassifier(**FAST).fit(X, LABELS, sample_weight=LABELS)


def test_names_of_other_columns_than_in_fit():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    clf = BinaryClassifier(**FAST).fit(frame, LABELS)
    with pytest.raises(ValueError, match="feature names should match"):
        clf.predict(frame[["c", "b", "a"]])


@estimators
@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_predict_before_fit(estimator, method):
    with pytest.raises(NotFittedError, match=f"This {estimator.__name__} instance is not fitted"):
        getattr(estimator(), method)(X)


@estimators
def test_an_unknown_parameter_suggests_the_nearest(estimator):
    message = f"Invalid parameter 'epoch' for {estimator.__name__}: did you mean 'epochs'"
    with pytest.raises(TypeError, match=message):
        estimator(epoch=3)
    with pytest.raises(ValueError, match=message):
        estimator().set_params(epoch=3)
    with pytest.raises(ValueError, match="'modle__units'.*did you mean 'model__units'"):
        estimator().set_params(modle__units=3)


def test_an_unknown_argument_of_the_users_builder():
    def net(inputs, units=4):
        return keras.layers.Dense(units)(inputs)

    with pytest.raises(ValueError, match=r"'unit' for model=net .*did you mean 'units'"):
        BinaryClassifier(model=net, model__unit=3).fit(X, LABELS)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda inputs: 3, "model returned int: a builder with an `inputs` argument"),
        (lambda: 3, "model returned int: expected a keras.Model"),
        (keras.Sequential([keras.layers.Dense(1)]), "is a built model, which fits would share"),
    ],
)
def test_a_builder_that_returns_no_model(model, message):
    with pytest.raises(ValueError, match=message):
        BinaryClassifier(model=model).fit(X, LABELS)


def compiled():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model


@pytest.mark.parametrize(
    "ignored",
    [
        {"optimizer__learning_rate": 0.1},
        {"optimizer": "rmsprop"},
        {"loss": "focal"},
        {"metrics": ["accuracy"]},
        {"class_weight": "balanced"},
    ],
    ids=lambda ignored: next(iter(ignored)),
)
def test_no_parameter_is_silently_ignored_by_a_compiled_model(ignored):
    name = next(iter(ignored))
    with pytest.raises(ValueError, match=f"{name}=.* would be ignored.*compile_kwargs"):
        BitVectorClassifier(model=compiled, **ignored).fit(X, BITS)


@estimators
@pytest.mark.parametrize("resume", [False, True], ids=["fit", "partial_fit"])
def test_divergence_is_an_error_that_names_the_epoch(fitted, estimator, resume):
    y = TARGETS[estimator]
    clf = estimator(**FAST, head="linear", activation="linear").fit(X, y)
    before = clf.predict_proba(X)
    overflows = np.full(X.shape, 3e38)  # finite, but no sum of them is
    with pytest.raises(FloatingPointError, match=r"epoch \d.*diverged.*StandardScaler"):
        (clf.partial_fit if resume else clf.fit)(overflows, y)
    assert_unchanged(clf, before)


def test_weights_that_overflow_in_the_last_step_are_an_error_too():
    clf = BinaryClassifier(**FAST, optimizer="sgd", optimizer__learning_rate=1e38, head="linear")
    with pytest.raises(FloatingPointError, match="epoch 1"):
        clf.fit(X * 1e10, LABELS)


class Interrupts(keras.callbacks.Callback):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def on_epoch_end(self, epoch, logs=None):
        raise self.error


@estimators
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("warm_start", [False, True])
def test_an_interrupt_leaves_the_estimator_as_it_was(fitted, estimator, error, warm_start):
    clf = fitted[estimator]
    before, params = clf.predict_proba(X), clf.get_params()
    clf.set_params(callbacks=Interrupts(error), warm_start=warm_start)
    with pytest.raises(error):
        clf.fit(X, TARGETS[estimator])
    clf.set_params(**params)
    assert_unchanged(clf, before)


def test_partial_fit_refuses_what_needs_all_rows():
    with pytest.raises(ValueError, match="class_weight='balanced' needs all rows at once"):
        BinaryClassifier(**FAST, class_weight="balanced").partial_fit(X, LABELS)


@pytest.mark.parametrize("estimator", TARGETS)
def test_there_is_no_partial_fit_with_early_stopping(estimator):
    clf = estimator(**FAST, early_stopping=True)
    assert not hasattr(clf, "partial_fit")
    with pytest.raises(AttributeError) as info:
        clf.partial_fit(X, TARGETS[estimator])
    assert "early_stopping=True needs all rows at once" in str(info.value.__cause__)
    assert hasattr(clf.set_params(early_stopping=False), "partial_fit")


def test_a_builder_must_not_return_the_same_model_again():
    shared = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])
    clf = BinaryClassifier(model=lambda: shared, epochs=1).fit(X, LABELS)
    before = clf.predict_proba(X)
    with pytest.raises(ValueError, match="the very model that it returned before"):
        BinaryClassifier(model=lambda: shared, epochs=1).fit(X, LABELS)
    assert_unchanged(clf, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_layer_sizes": (9,)}, r"hidden_layer_sizes=\(9,\), but .* built with \(4,\)"),
        ({"optimizer__learning_rate": 0.5}, r"learning_rate=0.5, but .* '\(not set\)'"),
        ({"head": "tanh"}, "head='tanh', but the fitted model was built with None"),
        ({"loss": "focal"}, "loss='focal', but"),
    ],
)
@pytest.mark.parametrize("method", ["partial_fit", "fit"])
def test_going_on_with_a_model_that_other_parameters_would_build(change, message, method):
    clf = BinaryClassifier(**FAST, warm_start=True).fit(X, LABELS)
    with pytest.raises(ValueError, match=message):
        getattr(clf.set_params(**change), method)(X, LABELS)


def test_going_on_with_other_parameters_of_training_and_predicting():
    clf = BinaryClassifier(**FAST).fit(X, LABELS)
    clf.set_params(epochs=3, batch_size=7, threshold=0.1).partial_fit(X, LABELS)
    assert clf.n_iter_ == 2


@pytest.mark.parametrize("estimator", [BinaryClassifier, OneHotClassifier])
def test_class_weights_that_leave_one_class(estimator):
    with pytest.raises(ValueError, match="one class only"):
        estimator(**FAST, class_weight={0: 0.0}).fit(X, LABELS)


def test_a_split_that_leaves_one_class():
    y = np.r_[np.zeros(19), 1]
    with pytest.raises(ValueError, match="one class only"):
        BinaryClassifier(**FAST, early_stopping=True, validation_fraction=0.6).fit(X[:20], y)


STOP = keras.callbacks.EarlyStopping


@pytest.mark.parametrize(
    "callbacks",
    [
        STOP,
        STOP(patience=3),
        [STOP("loss"), {"b": keras.callbacks.ReduceLROnPlateau()}],
        keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),
        STOP("val_auc", mode="max"),
    ],
)
def test_a_callback_that_waits_for_validation_rows_asks_for_them(fitted, callbacks):
    clf = clone(fitted[BinaryClassifier]).set_params(callbacks=callbacks)
    message = (
        r"callbacks holds \w+\(monitor='val_\w+'\), but no rows .*early_stopping=True.*monitor="
    )
    for method in (clf.fit, clf.partial_fit):
        with pytest.raises(ValueError, match=message):
            method(X, LABELS)


@pytest.mark.parametrize(
    ("callbacks", "params"),
    [
        (STOP("loss"), {}),
        (STOP(), {"early_stopping": True, "validation_fraction": 0.3}),
        (keras.callbacks.ReduceLROnPlateau("loss"), {}),
    ],
)
def test_a_callback_that_gets_what_it_waits_for_is_taken(fitted, callbacks, params):
    clf = clone(fitted[BinaryClassifier]).set_params(callbacks=callbacks, **params)
    clf.fit(np.repeat(X, 3, axis=0), np.repeat(LABELS, 3))


def test_a_checkpoint_of_every_epoch_does_not_look(fitted, tmp_path):
    saves = keras.callbacks.ModelCheckpoint(str(tmp_path / "{epoch}.keras"))
    clone(fitted[BinaryClassifier]).set_params(callbacks=saves).fit(X, LABELS)
    assert (tmp_path / "1.keras").exists()
