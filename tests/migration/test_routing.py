"""Routed parameters, ``meta`` and ``compile_kwargs``: where each goes, and what goes nowhere."""

import functools

import keras
import pytest
from conftest import FAST

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier, backbones

SGD, Focal = keras.optimizers.SGD, keras.losses.BinaryFocalCrossentropy
AUC, Accuracy = keras.metrics.AUC, keras.metrics.BinaryAccuracy
TARGETS = {BinaryClassifier: "y", BitVectorClassifier: "bits", OneHotClassifier: "labels"}


# --- optimizer, loss, metrics: by name, class and instance


@pytest.mark.parametrize(
    "optimizer",
    ["sgd", "SGD", SGD, SGD(momentum=0.5)],
    ids=["name", "name of the class", "class", "instance"],
)
def test_parameters_of_the_optimizer(table, trainings, optimizer):
    """An instance takes them too, and keeps its others."""
    clf = BinaryClassifier(optimizer=optimizer, optimizer__learning_rate=0.125, epochs=1)
    made = clf.fit(table.X, table.y).model_.optimizer
    assert type(made) is SGD
    assert made is not optimizer
    assert float(made.learning_rate) == 0.125
    assert made.momentum == (0.5 if isinstance(optimizer, SGD) else 0.0)


@pytest.mark.parametrize(
    "loss",
    ["binary_focal_crossentropy", "BinaryFocalCrossentropy", Focal, Focal(alpha=0.5)],
    ids=["name", "name of the class", "class", "instance"],
)
def test_parameters_of_the_loss(table, trainings, loss):
    clf = BinaryClassifier(loss=loss, loss__gamma=3.5, epochs=1).fit(table.X, table.y)
    made = clf.model_.loss.get_config()
    assert made["gamma"] == 3.5
    assert made["alpha"] == (0.5 if isinstance(loss, Focal) else 0.25)


@pytest.mark.parametrize(
    ("metrics", "routed", "names"),
    [
        ("accuracy", {}, {"accuracy"}),
        (["accuracy", "AUC"], {}, {"accuracy", "AUC"}),
        (AUC, {"metrics__name": "area"}, {"area"}),
        ([AUC(name="area")], {}, {"area"}),
        ({"out": AUC}, {"metrics__out__name": "area"}, {"area"}),
        ([Accuracy, Accuracy], {"metrics__threshold": 0.5, "metrics__1__name": "second"},
         {"binary_accuracy", "second"}),
    ],
)  # fmt: skip
def test_metrics_and_their_parameters_name_the_history(table, metrics, routed, names):
    clf = BinaryClassifier(**{**FAST, "epochs": 2}, metrics=metrics, **routed)
    history = clf.fit(table.X, table.y).history_
    assert set(history) == {"loss", *names}
    assert all(len(values) == 2 for values in history.values())


# --- callbacks: classes, instances, lists, dicts


class Told(keras.callbacks.Callback):
    """Says what it was made with."""

    def __init__(self, a=0, b=0):
        super().__init__()
        self.a, self.b = a, b


CALLBACKS = {
    "a class": (Told, {"a": 1}, [(1, 0)]),
    "an instance": (Told(3, 4), {}, [(3, 4)]),
    "a list": ([Told, Told(5)], {"a": 1}, [(1, 0), (5, 0)]),
    "a place of a list": ([Told, Told], {"a": 1, "1__a": 2, "0__b": 3}, [(1, 3), (2, 0)]),
    "a key of a dict": ({"x": Told, "y": Told}, {"b": 1, "y__b": 2}, [(0, 1), (0, 2)]),
    "lists in a dict": (
        {"x": [Told, Told], "y": [Told(9), Told]},
        {"a": 1, "x__a": 2, "x__1__a": 3, "y__1__b": 4},
        [(2, 0), (3, 0), (9, 0), (1, 4)],
    ),
    "lists in a list": (
        [Told, [Told, (Told,)]],
        {"1__a": 1, "1__1__b": 2},
        [(0, 0), (1, 0), (1, 2)],
    ),
    "none": (None, {}, []),
}  # fmt: skip


@pytest.mark.parametrize("form", CALLBACKS)
def test_callbacks_of_every_form_take_the_nearest_parameters(table, trainings, form):
    callbacks, routed, expected = CALLBACKS[form]
    routed = {f"callbacks__{name}": value for name, value in routed.items()}
    BinaryClassifier(epochs=1, callbacks=callbacks, **routed).fit(table.X, table.y)
    made = trainings[0].plan.callbacks
    assert [(callback.a, callback.b) for callback in made] == expected
    assert made == [] or made[0] is not callbacks


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"callbacks": {"stop": Told}, "callbacks__stopp__a": 1},
            "'stopp' for callbacks: did you mean 'stop'",
        ),
        (
            {"callbacks": [Told, Told(1)], "callbacks__1__a": 1},
            "callbacks__1__a was given, but callbacks holds no class there",
        ),
        ({"callbacks": [Told(1)], "callbacks__a": 1}, "callbacks__a was given, but .* no class"),
        ({"callbacks": [Told], "callbacks__c": 1}, r"'c' for callbacks=\['Told'\]: known are a, b"),
        ({"callbacks": [["Told"]]}, "callbacks holds 'Told': expected Keras callbacks"),
        ({"metrics": [AUC], "metrics__nam": 1}, r"'nam' for metrics=\['AUC'\]: .*'name'"),
        ({"metrics": ["AUC"], "metrics__name": 1}, "metrics__name was given, but .* no class"),
        ({"metrics": [AUC], "metrics__3__name": 1}, "'3' for metrics: known are 0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_no_parameter_of_callbacks_or_metrics_goes_nowhere(table, params, message):
    with pytest.raises(ValueError, match=message):
        BinaryClassifier(**params).fit(table.X, table.y)


# --- model: the builder's own parameters, meta, compile_kwargs, params

SEEN: dict = {}


def complete(meta, compile_kwargs, params, units=4):
    """A builder as scikeras documents it."""
    SEEN.update(meta=meta, params=params, units=units)
    kind = meta["target_type_"]
    head = {
        "binary": (1, "sigmoid"),
        "multilabel-indicator": (meta["n_classes_"], "sigmoid"),
        "multiclass": (meta["n_classes_"], "softmax"),
    }[kind]
    model = keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(head[0], activation=head[1]),
        ]
    )
    model.compile(**compile_kwargs)
    return model


@pytest.mark.parametrize("estimator", TARGETS)
def test_meta_tells_scikeras_builders_what_they_branch_on(table, trainings, estimator):
    y = getattr(table, TARGETS[estimator])
    clf = estimator(complete, model__units=3, epochs=1, optimizer="sgd").fit(table.X, y)
    meta = SEEN["meta"]
    assert meta["n_features_in_"] == 4
    assert meta["X_shape_"] == (96, 4)
    assert meta["classes_"].tolist() == clf.classes_.tolist()
    assert meta["n_classes_"] == len(clf.classes_)
    assert meta["n_outputs_expected_"] == clf.model_.output_shape[1]  # units; scikeras: always 1
    assert SEEN["units"] == 3
    assert SEEN["params"]["model__units"] == 3
    assert isinstance(clf.model_.optimizer, SGD)


def test_an_uncompiled_model_is_compiled_with_the_parameters(table, trainings):
    def uncompiled():
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])

    clf = BinaryClassifier(uncompiled, loss="focal", loss__gamma=1.5, optimizer="sgd", epochs=1)
    model = clf.fit(table.X, table.y).model_
    assert model.loss.get_config()["gamma"] == 1.5
    assert isinstance(model.optimizer, SGD)


def test_a_complete_builder_that_takes_anything_gets_what_scikeras_gives_it(table, trainings):
    def build(units=4, **kwargs):
        SEEN["names"] = set(kwargs)
        return complete(kwargs["meta"], kwargs["compile_kwargs"], kwargs["params"], units)

    BinaryClassifier(build, model__units=3, model__other=1, epochs=1).fit(table.X, table.y)
    assert SEEN["names"] == {"meta", "compile_kwargs", "params", "other"}


def test_a_backbone_that_takes_anything_gets_its_own_parameters_alone(table, trainings):
    """So that it may pass them on."""

    def net(inputs, **kwargs):
        SEEN["names"] = set(kwargs)
        return backbones.mlp(inputs, **kwargs)

    clf = BinaryClassifier(net, model__activation="tanh", epochs=1).fit(table.X, table.y)
    assert SEEN["names"] == {"activation"}
    assert clf.model_.layers[1].activation is keras.activations.tanh


def test_a_backbone_may_ask_for_meta(table, trainings):
    def net(inputs, meta, **kwargs):
        return keras.layers.Dense(meta["n_features_in_"], **kwargs)(inputs)

    clf = BinaryClassifier(net, model__use_bias=False, epochs=1).fit(table.X, table.y)
    assert trainings[0].units == 4
    assert not clf.model_.layers[1].use_bias


def test_a_partial_is_a_builder(table, trainings):
    BinaryClassifier(functools.partial(complete, units=2), epochs=1).fit(table.X, table.y)
    assert SEEN["units"] == 2
    BinaryClassifier(functools.partial(complete, units=2), model__units=5, epochs=1).fit(
        table.X, table.y
    )
    assert SEEN["units"] == 5


@pytest.mark.parametrize(
    ("routed", "message"),
    [
        ({"model__unit": 3}, "'unit' for model=complete .*did you mean 'units'"),
        ({"model__units__more": 3}, "'units__more' for model=complete"),
        ({"optimizer__learning_rate__decay": 3}, "'learning_rate__decay' for optimizer=Adam"),
    ],
)
def test_what_scikeras_drops_in_silence_is_an_error(table, routed, message):
    with pytest.raises(ValueError, match=message):
        BinaryClassifier(complete, epochs=1, **routed).fit(table.X, table.y)


# --- names of scikeras, Keras' wrapper and MLPClassifier


def own(inputs, units=3):
    return keras.layers.Dense(units)(inputs)


NAMES = [
    ("build_fn", "give the function as model"),
    ("validation_split", r"early_stopping=True, validation_fraction=\.\.\."),
    ("validation_batch_size", "leave it out: batch_size serves"),
    ("shuffle", "leave it out: rows are shuffled"),
    ("run_eagerly", "compile the model with run_eagerly=True"),
    ("fit__batch_size", r"write batch_size=\.\.\.$"),
    ("fit__callbacks", r"write callbacks=\.\.\.$"),
    ("fit__steps_per_epoch", "keras.Model.fit takes nothing else"),
    ("predict__batch_size", "leave it out: predict chooses"),
    ("compile__jit_compile", "compile the model in the function"),
    ("score__normalize", "score takes sample_weight"),
    ("units", r"parameter of the function given as model: write model__units=\.\.\.$"),
    ("model_kwargs", r"model__name=\.\.\.$"),
    ("fit_kwargs", "each of them as a parameter"),
    ("max_iter", r"write epochs=\.\.\.$"),
    ("solver", "write optimizer='adam' .*lbfgs"),
    ("learning_rate_init", r"write optimizer__learning_rate=\.\.\.$"),
    ("learning_rate", r"write optimizer__learning_rate=\.\.\., a number or a schedule"),
    ("momentum", "optimizer__momentum"),
    ("nesterovs_momentum", "optimizer__nesterov"),
    ("beta_1", "optimizer__beta_1"),
    ("beta_2", "optimizer__beta_2"),
    ("epsilon", "optimizer__epsilon"),
    ("alpha", "optimizer__weight_decay"),
    ("tol", "callbacks__min_delta"),
    ("power_t", "optimizer__learning_rate=keras.optimizers.schedules"),
    ("max_fun", "leave it out: .*lbfgs"),
    ("validation_data", "early_stopping=True, validation_fraction=.*taken from X"),
    ("validation_steps", "leave it out"),
    ("validation_freq", "leave it out"),
    ("initial_epoch", "partial_fit, or fit with warm_start=True"),
    ("steps_per_epoch", "write batch_size="),
    ("loss_weights", "leave it out: models have one output; class_weight"),
    ("weighted_metrics", "write metrics="),
    ("jit_compile", "leave it out"),
    ("steps_per_execution", "leave it out"),
    ("auto_scale_loss", "compile the model with it"),
    ("lr", "write optimizer__learning_rate="),
]


@pytest.mark.parametrize(("name", "cure"), NAMES, ids=[name for name, _ in NAMES])
def test_a_name_from_elsewhere_is_told_what_to_write(name, cure):
    message = f"Invalid parameter '{name}' for BinaryClassifier: .*{cure}"
    with pytest.raises(TypeError, match=message):
        BinaryClassifier(own, **{name: 1})
    with pytest.raises(ValueError, match=message):
        BinaryClassifier(own).set_params(**{name: 1})
    with pytest.raises(ValueError, match=message):
        BinaryClassifier().set_params(model=own, **{name: 1})


def test_every_name_from_elsewhere_has_its_test():
    from skbits.elsewhere import PREFIXES, WRITE

    names = {name for name, _ in NAMES}
    assert set(WRITE) <= names
    assert set(PREFIXES) == {name.partition("__")[0] for name in names if "__" in name}
    assert set(WRITE).isdisjoint(OneHotClassifier().get_params())


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"batch_size": -1}, r"batch_size=-1: expected an int of .* \(their number for all rows"),
        ({"batch_size": "auto"}, "batch_size='auto': expected an int"),
        ({"activation": "logistic"}, "activation='logistic': expected one of Keras.*'sigmoid'"),
        ({"activation": "identity"}, "activation='identity': expected one of Keras.*'linear'"),
        ({"loss": ["mse"]}, r"loss=\['mse'\]: expected a name"),
        ({"model": keras.Sequential()}, "is a built model, .*keras.models.clone_model"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_values_from_elsewhere_name_the_cure(table, params, message):
    with pytest.raises(ValueError, match=message):
        BinaryClassifier(**{**FAST, **params}).fit(table.X, table.y)


def test_arguments_of_keras_fit_are_parameters(table):
    with pytest.raises(TypeError, match="epochs"):
        BinaryClassifier(**FAST).fit(table.X, table.y, epochs=5)
