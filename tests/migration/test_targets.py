"""Labels of every type and form come back as they were given, and none changes what is learned."""

import numpy as np
import pandas as pd
import pytest
from conftest import FAST

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

BITS = [[0, 1, 1], [1, 0, 0]] * 6
ONE_HOT = np.eye(3, dtype=int).tolist() * 4
X = np.random.default_rng(0).normal(size=(12, 2))

#: name -> (estimator, two or three labels)
LABELS = {
    "two ints": (BinaryClassifier, np.array([0, 1])),
    "two ints, not 0 and 1": (BinaryClassifier, np.array([-1, 7])),
    "two of uint8": (BinaryClassifier, np.array([1, 2], dtype=np.uint8)),
    "two floats": (BinaryClassifier, np.array([0.0, 1.0])),
    "two of float32": (BinaryClassifier, np.array([1.0, 2.0], dtype=np.float32)),
    "two bools": (BinaryClassifier, np.array([False, True])),
    "two strings": (BinaryClassifier, np.array(["no", "yes"])),
    "two objects": (BinaryClassifier, np.array(["no", "yes"], dtype=object)),
    "three ints": (OneHotClassifier, np.array([0, 1, 2])),
    "three ints with gaps": (OneHotClassifier, np.array([-5, 3, 40])),
    "three floats": (OneHotClassifier, np.array([0.0, 1.0, 2.0])),
    "three strings": (OneHotClassifier, np.array(["ant", "bee", "caterpillar"])),
    "three objects": (OneHotClassifier, np.array(["ant", "bee", "cat"], dtype=object)),
    "two bools as classes": (OneHotClassifier, np.array([False, True])),
    "two strings as classes": (OneHotClassifier, np.array(["no", "yes"])),
}
#: every label in turn is made to win
ONLY = {
    BinaryClassifier: lambda k, n: [np.inf, 0.0][k],
    OneHotClassifier: lambda k, n: np.where(np.arange(n) == k, 1e-6, 1.0),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_of_any_type_come_back_as_they_were_given(name, trainings):
    estimator, labels = LABELS[name]
    y = np.resize(labels, 12)
    clf = estimator(**FAST).fit(X, y)
    assert clf.classes_.tolist() == labels.tolist()
    assert clf.predict_proba(X).shape == (12, len(labels))
    for k, label in enumerate(labels):
        clf.set_params(threshold=ONLY[estimator](k, len(labels)))
        assert clf.predict(X).dtype == y.dtype
        assert clf.predict(X).tolist() == [label] * 12
        assert clf.score(X, y) == np.mean(y == label)


@pytest.mark.parametrize(
    ("estimator", "forms"),
    [
        (BinaryClassifier, [[0, 1], [False, True], [0.0, 1.0], [3, 9], ["no", "yes"]]),
        (OneHotClassifier, [[0, 1, 2], [1.0, 2.0, 5.0], ["ant", "bee", "cat"]]),
    ],
)
def test_the_type_of_the_labels_does_not_change_what_is_learned(estimator, forms):
    index = np.resize(np.arange(len(forms[0])), 12)
    first, *others = (estimator(**FAST).fit(X, np.array(form)[index]) for form in forms)
    for other in others:
        assert np.array_equal(other.predict_proba(X), first.predict_proba(X))
        assert other.history_ == first.history_


@pytest.mark.parametrize("dtype", [int, np.uint8, float, np.float32, bool, object])
@pytest.mark.parametrize(
    ("estimator", "y"), [(BitVectorClassifier, BITS), (OneHotClassifier, ONE_HOT)]
)
def test_rows_of_bits_of_any_type(estimator, y, dtype, trainings):
    expected = estimator(**FAST).fit(X, y)
    clf = estimator(**FAST).fit(X, np.array(y).astype(dtype))
    assert np.array_equal(clf.predict_proba(X), expected.predict_proba(X))
    assert clf.predict(X).shape == (12, 3)
    assert clf.predict(X).dtype.kind == "i"
    assert clf.classes_.tolist() == [0, 1, 2]


def test_rows_with_one_1_each_stay_what_the_class_says(trainings):
    """scikeras takes the largest there, whatever the model was made for."""
    bits = BitVectorClassifier(**FAST, threshold=0.0).fit(X, ONE_HOT)
    assert bits.predict(X).sum(axis=1).tolist() == [3] * 12
    one_hot = OneHotClassifier(**FAST).fit(X, ONE_HOT)
    assert one_hot.predict(X).sum(axis=1).tolist() == [1] * 12


@pytest.mark.parametrize("make", [list, pd.Series], ids=["list", "Series"])
@pytest.mark.parametrize("name", ["two strings", "three ints"])
def test_labels_in_a_list_or_a_series(name, make, trainings):
    estimator, labels = LABELS[name]
    y = np.resize(labels, 12)
    expected = estimator(**FAST).fit(X, y).predict_proba(X)
    assert np.array_equal(estimator(**FAST).fit(X, make(y)).predict_proba(X), expected)


@pytest.mark.parametrize("n", [1, 2])
def test_a_row_of_probabilities_is_not_squeezed(n, fitted_binary, fitted_bits, fitted_one_hot):
    rows = np.zeros((n, 4))
    assert fitted_binary.predict_proba(rows).shape == (n, 2)
    assert fitted_bits.predict_proba(rows).shape == (n, 3)
    assert fitted_one_hot.predict_proba(rows).shape == (n, 3)


@pytest.mark.parametrize(
    ("estimator", "y", "message"),
    [
        (BinaryClassifier, ["a", "b", "c"] * 4, "Use OneHotClassifier for more than two"),
        (BinaryClassifier, BITS, "should be a 1d array"),
        (OneHotClassifier, BITS, "2 ones in row 0: .*Use BitVectorClassifier"),
        (BitVectorClassifier, [0, 1] * 6, "use BinaryClassifier or OneHotClassifier"),
        (BitVectorClassifier, [["0", "1"], ["1", "0"]] * 6, "Unknown label type"),
        (OneHotClassifier, np.linspace(0, 1, 12), "Unknown label type: continuous"),
    ],
)
def test_a_target_of_another_kind_names_the_class_for_it(estimator, y, message):
    with pytest.raises(ValueError, match=message):
        estimator(**FAST).fit(X, y)
