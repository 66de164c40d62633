"""The README's table against others: every cell is run."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
import sklearn
from scikeras.wrappers import KerasClassifier
from sklearn.base import clone, is_classifier
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.neural_network import MLPClassifier

from skbits import BinaryClassifier, BitVectorClassifier

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## Compared\n")[2].partition("\n## ")[0]
HEADER, _, *ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in SECTION.splitlines()
    if line.startswith("|")
]

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(int)
BITS = (X > 0).astype(int)


def build(n_units, activation="sigmoid"):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(n_units, activation)])
    model.compile("adam", "binary_crossentropy")
    return model


def of_scikeras(n_units=1, activation="sigmoid"):
    return KerasClassifier(lambda: build(n_units, activation), epochs=1, verbose=0)


def of_keras(n_units=1, activation="sigmoid"):
    wrappers = pytest.importorskip("keras.wrappers", reason="came with Keras 3.8")
    return wrappers.SKLearnClassifier(
        lambda X, y: build(n_units, activation), fit_kwargs={"verbose": 0}
    )


def of_skorch(n_units=1, activation="sigmoid"):
    pytest.importorskip("torch", reason="skorch's PyTorch is left to the user")
    skorch = pytest.importorskip("skorch", reason="of the extra bench")
    from torch import nn

    network = nn.Sequential(nn.Linear(3, n_units), nn.Flatten(0 if n_units == 1 else 1))
    return skorch.NeuralNetBinaryClassifier(network, max_epochs=1, verbose=0)


def of_skbits(n_units=1, activation="sigmoid"):
    cls = BinaryClassifier if n_units == 1 else BitVectorClassifier
    return cls(lambda: build(n_units, activation), epochs=1)


def of_mlp(n_units=1, activation="sigmoid"):
    return MLPClassifier(max_iter=1)


PEERS = {
    "skbits": of_skbits,
    "scikeras": of_scikeras,
    "keras.wrappers": of_keras,
    "skorch": of_skorch,
    "scikit-learn's MLP": of_mlp,
}


def targets_of(make, y):
    """skorch's losses take float32."""
    return y.astype(np.float32) if make is of_skorch else y


def fitted(make, y=LABELS, **model):
    return make(**model).fit(X, targets_of(make, y))


def learns_bits(make):
    predicted = np.asarray(fitted(make, BITS, n_units=3).predict(X))
    return predicted.shape == BITS.shape and set(np.unique(predicted)) <= {0, 1}


def has_threshold(make, n_units=1, value=0.25):
    clf = make(n_units=n_units) if n_units > 1 else make()
    y = LABELS if n_units == 1 else BITS
    clf = clone(clf).set_params(threshold=value).fit(X, targets_of(make, y))
    p = clf.predict_proba(X)
    on = p[:, 1] if n_units == 1 else p
    return np.array_equal(clf.predict(X), (on >= np.float32(value)).astype(int))


def stands_in_tuner(make):
    y = targets_of(make, LABELS)
    tuned = TunedThresholdClassifierCV(make(), cv=2).fit(X, y)
    return 0 <= tuned.best_threshold_ <= 1 and set(tuned.predict(X)) <= {0, 1}


def refuses_softmax(make):
    try:
        fitted(make, activation="softmax")
    except ValueError as error:
        return "softmax" in str(error)
    return False


CHECKS = {
    "a classifier": lambda make: is_classifier(make()),
    "`predict_proba`": lambda make: fitted(make).predict_proba(X).shape == (40, 2),
    "one row": lambda make: fitted(make).predict_proba(X[:1]).shape == (1, 2),
    "learns rows of bits": learns_bits,
    "the threshold": has_threshold,
    "a threshold for each bit": lambda make: has_threshold(make, 3, [0.25, 0.5, 0.75]),
    "stands in": stands_in_tuner,
    "a model with softmax": refuses_softmax,
}
CELLS = [
    (row[0], column, answer)
    for row in ROWS
    for column, answer in zip(HEADER[1:], row[1:], strict=True)
    if answer
]


def test_every_row_is_checked():
    assert set(HEADER[1:]) == set(PEERS)
    assert len(ROWS) == len(CHECKS)
    assert {answer for _, _, answer in CELLS} == {"yes", "no"}


@pytest.mark.filterwarnings("ignore")  # of the others
@pytest.mark.parametrize(("row", "column", "answer"), CELLS)
def test_a_cell(row, column, answer):
    version = tuple(int(part) for part in re.findall(r"\d+", sklearn.__version__)[:2])
    if column != "skbits" and version < (1, 9):
        pytest.skip("the table is of scikit-learn 1.9")
    (check,) = (check for start, check in CHECKS.items() if row.startswith(start))
    make = PEERS[column]
    make()  # skips where it is not installed
    try:
        found = check(make)
    except Exception:
        found = False
    assert bool(found) == (answer == "yes")
