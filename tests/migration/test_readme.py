"""The README's three tables of what changes: every line of theirs and of ours runs."""

import re
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from scikeras.wrappers import KerasClassifier
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier

import skbits

README = Path(__file__).parents[2] / "README.md"

#: the lowest versions of Keras have no wrapper
SKLearnClassifier = keras.wrappers.SKLearnClassifier if hasattr(keras, "wrappers") else None

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 4)).astype(np.float32)
y = np.where(X[:, 0] > 0, "yes", "no")
GIVEN = {
    "X": X,
    "y": y,
    "w": np.ones(40),
    "labels": np.array(["ant", "bee", "cat"])[X[:, :3].argmax(axis=1)],
    "bits": (X[:, :3] > 0).astype(int),
    "np": np,
    "keras": keras,
    "meta": {"n_outputs_expected_": 3},
    **{name: getattr(skbits, name) for name in skbits.__all__},
}


def head_of(meta):
    kind = meta["target_type_"]
    units = 1 if kind == "binary" else meta["n_classes_"]
    return keras.layers.Dense(units, "softmax" if kind == "multiclass" else "sigmoid")


def build(meta, compile_kwargs, units=4):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units), head_of(meta)])
    model.compile(**compile_kwargs)
    return model


def net(inputs, units=4):
    return keras.layers.Dense(units)(inputs)


def frozen():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    model.trainable = False
    return model


def sections():
    """Name of the first column -> rows of three cells."""
    text = README.read_text(encoding="utf-8")
    text = text.partition("## Coming from")[2].partition("\n## ")[0]
    tables = re.findall(r"((?:^\|.*\|\n)+)", text, re.M)
    cells = [[line[2:-1].split(" | ") for line in table.splitlines()] for table in tables]
    return {rows[0][0]: [[cell.strip() for cell in row] for row in rows[2:]] for rows in cells}


def lines(cell):
    """The pieces of code of a cell."""
    return re.findall(r"`([^`]+)`", cell)


ROWS = [(table, *row) for table, rows in sections().items() for row in rows]
NONE = [row for row in ROWS if row[2] == "none"]
IDS = [f"{table}: {theirs}" for table, theirs, _, _ in ROWS]


def test_there_are_three_tables_of_three_columns():
    assert list(sections()) == ["scikeras", "keras.wrappers", "MLPClassifier"]
    assert all(len(row) == 4 for row in ROWS)
    assert all(lines(theirs) for _, theirs, _, _ in ROWS)
    assert len(NONE) == 4


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_our_line_runs_and_what_it_makes_is_fitted(row, trainings):
    _, _, ours, changes = row
    if ours == "none":
        assert changes
        return
    (code,) = lines(ours)
    assert ours == f"`{code}`"
    clf = skbits.BinaryClassifier(net, epochs=1).fit(X, y)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    given = {**GIVEN, "clf": clf, "model": model, "build": build, "net": net, "frozen": frozen}
    made = eval(code, given)  # our own README
    if isinstance(made, (skbits.BinaryClassifier, skbits.OneHotClassifier)):
        clone(made).set_params(verbose=0).fit(X, y)
    assert trainings


MLP_ROWS = [theirs for table, theirs, _, _ in ROWS if table == "MLPClassifier"]


@pytest.mark.parametrize("theirs", MLP_ROWS)
def test_the_line_of_mlp_classifier_runs(theirs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it does not converge in so few rows
        clf = MLPClassifier(max_iter=2).fit(X, y)
        for code in lines(theirs):
            eval(code, {**GIVEN, "MLPClassifier": MLPClassifier, "clf": clf})


@pytest.mark.parametrize(
    "theirs", [theirs for table, theirs, _, _ in ROWS if table != "MLPClassifier"]
)
def test_the_line_of_a_wrapper_is_one(theirs):
    """Constructors run; what would train is only read."""
    wrappers = {"KerasClassifier": KerasClassifier, "SKLearnClassifier": SKLearnClassifier}
    names = dict.fromkeys(("build", "model_of", "model", "trained"), build)
    for code in lines(theirs):
        compile(code, "README.md", "exec")
        maker = re.fullmatch(r"(\w+)\([^()]*\)", code)
        if maker and wrappers.get(maker[1]):
            eval(code, {**wrappers, **names})


# --- what the third column says of the others, where no other test does


def test_the_defaults_of_scikeras_are_as_the_readme_says():
    theirs = KerasClassifier(build).get_params()
    assert (theirs["epochs"], theirs["optimizer"], theirs["verbose"]) == (1, "rmsprop", 1)
    ours = skbits.BinaryClassifier().get_params()
    assert (ours["epochs"], ours["optimizer"], ours["verbose"]) == (50, "adam", 0)


def test_the_defaults_of_mlp_classifier_are_as_the_readme_says(trainings):
    theirs, ours = MLPClassifier(), skbits.BinaryClassifier(epochs=1).fit(X, y)
    assert theirs.hidden_layer_sizes == (ours.model_.layers[1].units,) == (100,)
    assert theirs.activation == ours.model_.layers[1].activation.__name__ == "relu"
    assert theirs.solver == ours.optimizer == "adam"
    assert float(ours.model_.optimizer.learning_rate) == pytest.approx(theirs.learning_rate_init)
    assert (theirs.alpha, theirs.batch_size, ours.batch_size) == (0.0001, "auto", 32)
    sgd = skbits.BinaryClassifier(optimizer="sgd", epochs=1).fit(X, y).model_.optimizer
    assert (sgd.momentum, float(sgd.learning_rate)) == (0.0, pytest.approx(0.01))


@pytest.mark.skipif(SKLearnClassifier is None, reason="this version of Keras has no wrapper")
def test_keras_wrapper_is_as_the_readme_says():
    theirs = SKLearnClassifier(build, fit_kwargs={"epochs": 3}, model_kwargs={"units": 8})
    assert clone(theirs).fit_kwargs is None
    assert not hasattr(theirs, "predict_proba")
    with pytest.raises(ValueError, match="1d array"):
        theirs.fit(X, GIVEN["bits"])


def test_the_rows_that_stop_a_training_keep_the_share_of_each_label(trainings):
    clf = skbits.BinaryClassifier(early_stopping=True, validation_fraction=0.2, epochs=1)
    clf.fit(X, y)
    validation = trainings[0].plan.validation
    assert len(validation.Y) == 8
    assert validation.Y.sum() == pytest.approx(0.2 * (y == "yes").sum(), abs=1)


def test_without_early_stopping_n_iter_no_change_is_not_read(trainings):
    for n in (1, 5):
        skbits.BinaryClassifier(n_iter_no_change=n, epochs=3, random_state=0).fit(X, y)
    assert [training.plan.validation for training in trainings] == [None, None]
    assert not any(training.plan.callbacks for training in trainings)
