"""Targets: laws of encode and decode, and every way in which a y can be wrong."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse
from sklearn.exceptions import DataConversionWarning

from skbits.targets import BinaryTarget, BitVectorTarget, OneHotTarget

bit_matrices = hnp.arrays(np.int8, st.tuples(st.integers(1, 9), st.integers(1, 5)),
                          elements=st.integers(0, 1))  # fmt: skip


@given(st.lists(st.sampled_from("ab"), min_size=2).filter(lambda y: len(set(y)) == 2))
def test_binary_round_trip(y):
    target = BinaryTarget.learn(y)
    encoded = target.encode(y)
    assert encoded.shape == (len(y), 1)
    assert encoded.dtype == np.float32
    assert target.decode(encoded[:, 0] == 1).tolist() == y


@given(bit_matrices)
def test_bits_round_trip(Y):
    target = BitVectorTarget.learn(Y)
    encoded = target.encode(Y)
    assert encoded.shape == Y.shape
    assert np.array_equal(target.decode(encoded == 1), Y)
    assert target.decode(encoded == 1).dtype.kind == "i"


@given(st.lists(st.integers(-2, 3), min_size=2).filter(lambda y: len(set(y)) > 1))
def test_one_hot_round_trip_of_labels(y):
    target = OneHotTarget.learn(y)
    encoded = target.encode(y)
    assert encoded.sum(axis=1).tolist() == [1] * len(y)
    assert target.decode(encoded.argmax(axis=1)[:, np.newaxis]).tolist() == y


@given(st.integers(1, 3), st.integers(2, 4), st.integers(1, 6), st.randoms(use_true_random=False))
def test_one_hot_round_trip_of_blocks(n_groups, width, n, random):
    winners = np.array([[random.randrange(width) for _ in range(n_groups)] for _ in range(n)])
    y = np.eye(width)[winners].reshape(n, n_groups * width)
    target = OneHotTarget.learn(y, n_groups=n_groups)
    assert np.array_equal(target.decode(winners), y)
    assert np.array_equal(target.encode(y), y)


@pytest.mark.parametrize("dtype", [int, float, bool, np.uint8, np.float32, object])
def test_bits_of_any_dtype(dtype):
    Y = np.array([[0, 1, 1], [1, 0, 0]])
    assert np.array_equal(BitVectorTarget.learn(Y.astype(dtype)).encode(Y.astype(dtype)), Y)


@pytest.mark.parametrize(
    "make",
    [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_array, pd.DataFrame, pl.DataFrame, list],
)
def test_bits_in_any_container(make):
    Y = np.array([[0, 1, 1], [1, 0, 0]])
    assert np.array_equal(BitVectorTarget.learn(make(Y)).encode(make(Y)), Y)


def test_bits_keep_the_names_of_a_frame():
    Y = pd.DataFrame({"sun": [0, 1], "rain": [1, 1]})
    assert BitVectorTarget.learn(Y).names == ("sun", "rain")
    with pytest.raises(
        ValueError, match=r"columns \['rain', 'sun'\].*fitted with \['sun', 'rain'\]"
    ):
        BitVectorTarget.learn(Y).encode(Y[["rain", "sun"]])


@pytest.mark.parametrize(
    "labels", [["no", "yes"], [0, 1], [1, 2], [-1, 1], [False, True], [0.5, 2]]
)
def test_binary_labels_of_any_dtype(labels):
    if labels == [0.5, 2]:
        with pytest.raises(ValueError, match="Unknown label type"):
            BinaryTarget.learn(labels)
        return
    target = BinaryTarget.learn(labels)
    assert target.decode(np.array([False, True])).tolist() == labels


@pytest.mark.parametrize("target", [BinaryTarget, OneHotTarget])
def test_a_column_vector_is_ravelled_with_a_warning(target):
    with pytest.warns(DataConversionWarning, match="column-vector"):
        learned = target.learn([[0], [1]])
    assert learned.classes.tolist() == [0, 1]


def test_abstentions_become_the_label_or_an_empty_block():
    words = OneHotTarget.learn(["cat", "dog"])
    assert words.decode(np.array([[0], [-1]]), "none").tolist() == ["cat", "none"]
    blocks = OneHotTarget.learn(np.eye(3))
    assert blocks.decode(np.array([[2], [-1]])).tolist() == [[0, 0, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    ("classes", "label", "message"),
    [
        (["cat", "dog"], -1, "abstain_label=-1 cannot stand among labels such as 'cat'"),
        ([-1, 1], -1, "abstain_label=-1 is one of the classes"),
    ],
)
def test_bad_abstain_labels(classes, label, message):
    with pytest.raises(ValueError, match=message):
        OneHotTarget.learn(classes).check_abstain_label(label)


def test_nothing_is_changed():
    Y = np.array([[0, 1], [1, 0]])
    Y.setflags(write=False)
    for target in (BitVectorTarget.learn(Y), OneHotTarget.learn(Y)):
        target.encode(Y)[0, 0] = 7  # a copy: writable, and not y
    assert Y.tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("learn", "y", "message"),
    [
        (BinaryTarget.learn, [1, 1], "one class only, .*expected at least two"),
        (BinaryTarget.learn, ["a", "b", "c"], "Only binary classification.*Use OneHotClassifier"),
        (BinaryTarget.learn, [0, np.nan], "y holds nan in row 1, a missing label"),
        (BinaryTarget.learn, [0, np.inf], "Input y contains infinity"),
        (BinaryTarget.learn, [], r"0 sample\(s\)"),
        (BinaryTarget.learn, None, "y is None"),
        (BinaryTarget.learn, [[0, 1], [1, 0]], "should be a 1d array"),
        (BinaryTarget.learn, [0.1, 0.7, 0.3], "Unknown label type"),
        (BinaryTarget.learn, np.array(["a", 1], dtype=object), "label type|types"),
        (BinaryTarget.learn, sparse.csr_matrix([[0], [1]]), "sparse.*toarray"),
        (BitVectorTarget.learn, [[0, 2]], "holds 2 in row 0, bit 1, expected 0 or 1"),
        (BitVectorTarget.learn, [[0, 0.5]], "holds 0.5 in row 0, bit 1"),
        (BitVectorTarget.learn, [["0", "1"]], "holds .*'0'.* in row 0, bit 0"),
        (BitVectorTarget.learn, [0, 1], r"shape \(2,\): expected \(n, n_bits\).*reshape"),
        (BitVectorTarget.learn, np.zeros((2, 2, 2)), r"shape \(2, 2, 2\): expected \(n, n_bits\)"),
        (BitVectorTarget.learn, [[np.nan, 1]], "y holds nan in row 0, column 0, a missing label"),
        (BitVectorTarget.learn, np.zeros((0, 3)), r"0 sample\(s\)"),
        (BitVectorTarget.learn, None, "y is None"),
        (OneHotTarget.learn, [[1, 0], [0, 0]], "0 ones in row 1: expected exactly one"),
        (OneHotTarget.learn, [[1, 1], [0, 1]], "2 ones in row 0: expected exactly one. Use Bit"),
        (OneHotTarget.learn, [[0, 1, 1, 0], [1, 0, 1, 0]], "2 ones in row 0: .* Set n_groups=2"),
        (OneHotTarget.learn, [[0, 1, 1, 0], [1, 1, 0, 0]], "2 ones in row 0: .* one. Use Bit"),
        (OneHotTarget.learn, [[1, 1, 0], [0, 1, 1]], "2 ones in row 0: .* one. Use Bit"),
        (OneHotTarget.learn, ["a", "a"], "one class only"),
        (OneHotTarget.learn, [[1, 2, 0]], "holds 2 in row 0, class 1"),
    ],
)
def test_bad_targets(learn, y, message):
    with pytest.raises(ValueError, match=message):
        learn(y)


@pytest.mark.parametrize(
    ("y", "n_groups", "message"),
    [
        (np.eye(3), 2, "n_groups=2 does not divide the 3 columns"),
        (np.eye(2), 2, "n_groups=2 does not divide the 2 columns .* width of at least 2"),
        ([[1, 0, 0, 0]], 2, "0 ones in row 0, group 1"),
        ([0, 1], 2, "n_groups=2 needs one-hot blocks"),
    ],
)
def test_bad_groups(y, n_groups, message):
    with pytest.raises(ValueError, match=message):
        OneHotTarget.learn(y, n_groups=n_groups)


def test_a_label_that_was_not_there_in_fit():
    for target in (BinaryTarget.learn(["a", "b"]), OneHotTarget.learn(["a", "b"])):
        with pytest.raises(ValueError, match=r"label 'c' in row 1.*classes \['a', 'b'\]"):
            target.encode(["a", "c"])


def test_another_number_of_columns_than_in_fit():
    with pytest.raises(ValueError, match="3 bits, but the estimator was fitted with 2"):
        BitVectorTarget.learn(np.eye(2)).encode(np.eye(3))
    with pytest.raises(ValueError, match="3 one-hot columns, but .* 2"):
        OneHotTarget.learn(np.eye(2)).encode(np.eye(3))


def test_classes_name_labels_that_y_does_not_hold():
    assert BinaryTarget.learn(["a"], classes=["b", "a"]).classes.tolist() == ["a", "b"]
    assert OneHotTarget.learn([2], classes=[1, 2, 3]).encode([3]).tolist() == [[0, 0, 1]]
    with pytest.raises(ValueError, match="classes=.*expected np.arange"):
        BitVectorTarget.learn(np.eye(2), classes=[0, 1, 2])
