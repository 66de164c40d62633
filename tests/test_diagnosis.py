"""Diagnosis: each wrong end of a model is named before training; unusual right ones pass."""

import keras
import numpy as np
import pytest

from skbits import BinaryClassifier, BitVectorClassifier, HeadMismatchError, OneHotClassifier
from skbits.heads import FITS, HEADS, LOSSES, encode_for_loss
from skbits.training import TRAINERS

X = np.random.default_rng(0).normal(size=(24, 4)).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(int)
BITS = (X[:, :3] > 0).astype(int)
CLASSES = X[:, :3].argmax(axis=1)
ONE_HOT = np.eye(3, dtype=int)[CLASSES]
Y = {BinaryClassifier: LABELS, BitVectorClassifier: BITS, OneHotClassifier: ONE_HOT}

bce, cce = keras.losses.BinaryCrossentropy, keras.losses.CategoricalCrossentropy


def complete(units, activation, loss=None):
    """A builder that returns a whole model, compiled where a loss is given."""

    def build():
        model = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(units, activation=activation)]
        )
        if loss is not None:
            model.compile("adam", loss)
        return model

    return build


@pytest.fixture
def no_training(monkeypatch):
    def train(*args):
        pytest.fail("a second was spent on training")

    monkeypatch.setitem(TRAINERS, "keras", train)


WRONG = [
    # what a user wrote, and what must be said about it
    (BinaryClassifier, 1, "softmax", None, "softmax on one unit.*always exactly 1.0"),
    (BinaryClassifier, 1, "softmax", "categorical_crossentropy", "softmax on one unit"),
    (
        BinaryClassifier,
        1,
        "sigmoid",
        "categorical_crossentropy",
        "is 0 whatever the target.*never l",
    ),
    (BinaryClassifier, 1, "sigmoid", cce(), "is 0 whatever the target"),
    (BinaryClassifier, 1, "sigmoid", "sparse_categorical_crossentropy", "one unit.*never learns"),
    (BitVectorClassifier, 3, "softmax", None, "softmax on a bit vector of 3 bits.*above 0.5"),
    (BitVectorClassifier, 3, "softmax", "binary_crossentropy", "sum to one"),
    (BitVectorClassifier, 3, "sigmoid", "categorical_crossentropy", "one class out of many"),
    (BitVectorClassifier, 3, "sigmoid", "sparse_categorical_crossentropy", "one class out of many"),
    (
        BinaryClassifier,
        3,
        "sigmoid",
        None,
        r"shape \(3,\).*needs \(1,\): the wrong number of units",
    ),
    (BinaryClassifier, 1, "relu", None, "ends in relu, whose outputs are no probabilities"),
    (BitVectorClassifier, 2, "sigmoid", None, r"shape \(2,\).*needs \(3,\).*Dense\(3,"),
    (OneHotClassifier, 2, "softmax", None, r"shape \(2,\).*needs \(3,\).*Dense\(3,"),
    (
        BinaryClassifier,
        1,
        None,
        "binary_crossentropy",
        "last layer is linear.*expects probabilities",
    ),
    (BitVectorClassifier, 3, None, bce(), "last layer is linear.*from_logits=True"),
    (OneHotClassifier, 3, None, cce(), "last layer is linear"),
    (BinaryClassifier, 1, None, "mse", "regression loss with a linear output.*1.99"),
    (BitVectorClassifier, 3, None, "mean_absolute_error", "regression loss with a linear output"),
    (OneHotClassifier, 3, None, "mse", "regression loss with a linear output"),
    (BinaryClassifier, 1, "sigmoid", bce(from_logits=True), "already a sigmoid.*squashed twice"),
    (OneHotClassifier, 3, "softmax", cce(from_logits=True), "already a softmax"),
    (BinaryClassifier, 1, "sigmoid", "squared_hinge", "no negative side"),
    (BinaryClassifier, 1, "tanh", "binary_crossentropy", "values below 0"),
    (BinaryClassifier, 2, "softmax", "binary_crossentropy", "behind the softmax.*sigmoids"),
    (OneHotClassifier, 3, "softmax", "binary_focal_crossentropy", "behind the softmax.*sigmoids"),
    (OneHotClassifier, 3, "sigmoid", "categorical_crossentropy", "behind the sigmoids.*a softmax"),
    (OneHotClassifier, 3, "tanh", None, "ends in tanh"),
]


# Keras warns of softmax over one unit too, but trains it all the same
@pytest.mark.filterwarnings("ignore:[\\s\\S]*You are using a softmax over axis:UserWarning")
@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "uncompiled"])
@pytest.mark.parametrize(("estimator", "units", "activation", "loss", "message"), WRONG)
def test_a_wrong_end_is_named_and_cured(estimator, units, activation, loss, message, compiled):
    build = complete(units, activation, loss if compiled else None)
    clf = estimator(model=build, loss=None if compiled else loss)
    with pytest.raises(HeadMismatchError, match=message) as caught:
        clf.fit(X, Y[estimator])
    assert isinstance(caught.value, ValueError)
    assert "Write Dense(" in str(caught.value) or "Use from_logits=False" in str(caught.value)
    assert not hasattr(clf, "model_")


RIGHT = [
    (BinaryClassifier, 1, "sigmoid", "binary_crossentropy", "sigmoid"),
    (BinaryClassifier, 1, "sigmoid", None, "sigmoid"),
    (BinaryClassifier, 2, "softmax", "sparse_categorical_crossentropy", "softmax"),
    (BinaryClassifier, 2, "softmax", "categorical_crossentropy", "softmax"),
    (BinaryClassifier, 1, "tanh", "squared_hinge", "tanh"),
    (BinaryClassifier, 1, "tanh", "hinge", "tanh"),
    (BinaryClassifier, 1, "sigmoid", "mse", "sigmoid"),
    (BinaryClassifier, 1, None, bce(from_logits=True), "linear"),
    (BinaryClassifier, 1, None, "hinge", "linear"),
    (BitVectorClassifier, 3, "sigmoid", bce(), "sigmoid"),
    (BitVectorClassifier, 3, None, bce(from_logits=True), "linear"),
    (OneHotClassifier, 3, "sigmoid", "binary_crossentropy", "sigmoid"),
    (OneHotClassifier, 3, "softmax", "categorical_crossentropy", "softmax"),
    (OneHotClassifier, 3, "softmax", "sparse_categorical_crossentropy", "softmax"),
    (OneHotClassifier, 3, None, cce(from_logits=True), "linear"),
]


@pytest.mark.parametrize(("estimator", "units", "activation", "loss", "head"), RIGHT)
def test_an_unusual_but_right_end_passes_and_gives_probabilities(
    estimator, units, activation, loss, head
):
    clf = estimator(model=complete(units, activation, loss), epochs=1, batch_size=24)
    p = clf.fit(X, Y[estimator]).predict_proba(X)
    assert clf._head_.name == head
    assert ((p >= 0) & (p <= 1)).all()
    if estimator is not BitVectorClassifier:
        assert np.allclose(p.sum(axis=1), 1, atol=1e-6)
    assert clf.predict(X).shape == Y[estimator].shape


def test_a_linear_model_without_a_loss_is_given_the_right_one():
    clf = BinaryClassifier(model=complete(1, None), epochs=1).fit(X, LABELS)
    assert clf.model_.loss.get_config()["from_logits"] is True


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    ("head", "loss", "message"),
    [
        ("sigmoid", "categorical_crossentropy", "never learns"),
        ("sigmoid", "squared_hinge", "no negative side"),
        ("linear", "mse", "1.99"),
        ("linear", bce(), "from_logits=False"),
        ("sigmoid", bce(from_logits=True), "squashed twice"),
    ],
)
def test_the_default_model_is_checked_as_well(head, loss, message):
    with pytest.raises(HeadMismatchError, match=message):
        BinaryClassifier(head=head, loss=loss).fit(X, LABELS)


OF_KIND = {"binary": BinaryClassifier, "bits": BitVectorClassifier, "onehot": OneHotClassifier}
CROSS_ENTROPIES = [
    (kind, head, name)
    for kind, head in HEADS
    for name, rule in LOSSES.items()
    if rule.logits and rule.family in FITS[kind, head]
]


@pytest.mark.parametrize(("kind", "head", "loss"), CROSS_ENTROPIES)
def test_what_is_trained_is_the_loss_of_the_outputs(kind, head, loss):
    estimator = OF_KIND[kind]
    clf = estimator(
        hidden_layer_sizes=(), head=head, loss=loss, epochs=1, random_state=0,
        optimizer="sgd", optimizer__learning_rate=1e-12,
    ).fit(X, Y[estimator])  # fmt: skip
    outputs = clf.model_.predict(X, verbose=0)  # numbers alone: nothing stands behind them
    targets = encode_for_loss(
        clf._target_.encode(Y[estimator]), HEADS[kind, head], clf._form_, clf._target_
    )
    expected = float(clf.model_.loss(targets, outputs))
    assert clf.history_["loss"] == pytest.approx([expected], rel=1e-4)


@pytest.mark.usefixtures("no_training")
def test_a_declared_head_must_be_the_real_one():
    with pytest.raises(HeadMismatchError, match="head='linear' but the model ends in sigmoid"):
        BinaryClassifier(model=complete(1, "sigmoid"), head="linear").fit(X, LABELS)


def opaque(units, function):
    """A model whose last activation no layer tells."""

    @keras.saving.register_keras_serializable(package="tests")
    class Opaque(keras.layers.Layer):
        def call(self, inputs):
            return function(inputs)

    def build():
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(units), Opaque()])

    return build


def test_an_activation_that_cannot_be_read_is_measured():
    with pytest.raises(HeadMismatchError, match="softmax on a bit vector"):
        BitVectorClassifier(model=opaque(3, keras.ops.softmax)).fit(X, BITS)
    clf = BitVectorClassifier(model=opaque(3, keras.ops.sigmoid), epochs=1).fit(X, BITS)
    assert clf._head_.name == "sigmoid"
    with pytest.raises(HeadMismatchError, match="cannot be read.*Name what they are: head="):
        BinaryClassifier(model=opaque(1, lambda v: v)).fit(X, LABELS)
    clf = BinaryClassifier(model=opaque(1, lambda v: v), head="linear", epochs=1).fit(X, LABELS)
    assert clf._head_.name == "linear"


def test_an_activation_layer_and_a_nested_model_are_read():
    def build():
        inner = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(3),
                keras.layers.Activation("softmax"),
                keras.layers.Activation("linear"),
                keras.layers.Reshape((3,)),
            ]
        )
        return keras.Sequential([keras.Input((4,)), inner, keras.layers.Dropout(0.1)])

    with pytest.raises(HeadMismatchError, match="softmax on a bit vector"):
        BitVectorClassifier(model=build).fit(X, BITS)


def test_several_outputs_are_refused():
    def build():
        inputs = keras.Input((4,))
        return keras.Model(inputs, [keras.layers.Dense(1)(inputs), keras.layers.Dense(1)(inputs)])

    with pytest.raises(HeadMismatchError, match="several outputs"):
        BinaryClassifier(model=build).fit(X, LABELS)


def test_softmax_over_all_groups_at_once_is_refused():
    two_blocks = np.hstack([ONE_HOT, ONE_HOT])
    with pytest.raises(HeadMismatchError, match=r"needs \(2, 3\)"):
        OneHotClassifier(model=complete(6, "softmax"), n_groups=2).fit(X, two_blocks)


def test_an_input_of_another_shape_is_said_in_words():
    narrow = complete(1, "sigmoid")  # takes four features
    message = r"cannot be called on X, whose rows have shape \(3,\); its own input is \(4,\)"
    with pytest.raises(ValueError, match=message):
        BinaryClassifier(model=narrow).fit(X[:, :3], LABELS)


def functional(output, loss=None):
    def build():
        inputs = keras.Input((4,))
        model = keras.Model(inputs, output(inputs))
        if loss is not None:
            model.compile("adam", loss)
        return model

    return build


def dense(units, activation=None):
    return keras.layers.Dense(units, activation=activation)


@pytest.mark.filterwarnings("ignore:[\\s\\S]*You are using a softmax over axis:UserWarning")
@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    ("estimator", "output", "message"),
    [
        (BinaryClassifier, lambda x: keras.ops.softmax(dense(1)(x)), "softmax on one unit"),
        (BitVectorClassifier, lambda x: keras.ops.softmax(dense(3)(x)), "softmax on a bit vector"),
        (BinaryClassifier, lambda x: 4 * dense(1, "sigmoid")(x) - 2, "cannot be read"),
    ],
)
def test_the_operation_that_makes_the_output_counts_not_the_last_layer(estimator, output, message):
    with pytest.raises(HeadMismatchError, match=message):
        estimator(model=functional(output)).fit(X, Y[estimator])


def test_an_operation_that_makes_probabilities_passes():
    build = functional(lambda x: keras.ops.sigmoid(dense(1)(x)), "binary_crossentropy")
    clf = BinaryClassifier(model=build, epochs=1).fit(X, LABELS)
    assert clf._head_.name == "sigmoid"


class Subclass(keras.Model):
    """Its layers are made in another order than they are called."""

    def __init__(self):
        super().__init__()
        self.last = dense(1, "sigmoid")
        self.first = dense(4, "relu")

    def call(self, inputs):
        return self.last(self.first(inputs))


def test_the_order_in_which_a_subclass_makes_its_layers_means_nothing():
    clf = BinaryClassifier(model=lambda: Subclass(), epochs=1).fit(X, LABELS)
    assert clf._head_.name == "sigmoid"


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("wrap", [lambda loss: [loss], lambda loss: {"head": loss}])
def test_a_loss_in_a_list_or_dict_is_checked_as_well(wrap):
    def build():
        inputs = keras.Input((4,))
        outputs = keras.layers.Dense(1, activation="sigmoid", name="head")(inputs)
        model = keras.Model(inputs, outputs)
        model.compile("adam", wrap("categorical_crossentropy"))
        return model

    with pytest.raises(HeadMismatchError, match="never learns"):
        BinaryClassifier(model=build).fit(X, LABELS)


def test_outputs_that_leave_the_unit_interval_in_training_are_no_probabilities():
    def build():
        layers = [keras.Input((4,)), dense(1, "sigmoid"), keras.layers.BatchNormalization()]
        return keras.Sequential(layers)

    clf = BinaryClassifier(model=build, epochs=60, random_state=0).fit(X, LABELS)
    with pytest.raises(ValueError, match=r"row \d+ of X: expected probabilities in \[0, 1\]"):
        clf.predict_proba(X * 10)
