"""scikit-learn's own checks of estimators, on all three."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

# The check wants 1e-7 of two fits whose batch holds the same rows, once repeated, and once in
# another order with weights. Sums of float32 then differ in the last bit, of which one is 1e-7;
# MLPClassifier, which is of float64, passes. How near they are, test_weights_are_repetitions says.
ROUNDED = "float32: sums over a batch in another order differ by an ulp, and the check wants 1e-7"
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": ROUNDED,
    "check_sample_weight_equivalence_on_sparse_data": ROUNDED,
}

# The checks' y is made for labels. What they ask of a classifier of bits is checked all the same,
# below, on a subclass that makes a bit of their labels.
NOT_BITS = "the check's y is 1-D, or holds labels such as 2: no bits, and refused as such"
EXPECTED_FAILURES_OF_BITS = EXPECTED_FAILURES | dict.fromkeys(
    [
        "check_class_weight_classifiers",
        "check_classifier_data_not_an_array",
        "check_classifiers_classes",
        "check_classifiers_one_label",
        "check_classifiers_one_label_sample_weights",
        "check_decision_proba_consistency",
        "check_estimators_dtypes",
        "check_fit2d_1feature",
        "check_sample_weights_not_an_array",
        "check_sample_weights_not_overwritten",
        "check_sample_weights_pandas_series",
        "check_sample_weights_shape",
    ],
    NOT_BITS,
)
ONE_BIT = "the check wants one column of y back as (n,) and (n, 2); one bit is (n, 1), by contract"
EXPECTED_FAILURES_OF_BITS |= dict.fromkeys(
    ["check_classifiers_train", "check_estimator_sparse_array", "check_estimator_sparse_matrix"],
    ONE_BIT,
)


def fast(estimator):
    # no routed parameter: the checks allow no attribute that the signature does not name
    return estimator(hidden_layer_sizes=(64,), epochs=60, batch_size=32, random_state=0)


@parametrize_with_checks(
    [fast(BinaryClassifier), fast(OneHotClassifier), fast(BitVectorClassifier)],
    expected_failed_checks=lambda estimator: (
        EXPECTED_FAILURES_OF_BITS
        if isinstance(estimator, BitVectorClassifier)
        else EXPECTED_FAILURES
    ),
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("trainer", "as_sparse"), [("compiled", False), ("compiled", True), ("keras", False)]
)
@pytest.mark.parametrize("estimator", [BinaryClassifier, OneHotClassifier, BitVectorClassifier])
def test_weights_are_repetitions(estimator, as_sparse, trainer):
    """What scikit-learn's two checks ask, in any order of the rows, to what float32 resolves."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 4))
    labels = {BinaryClassifier: X[:, 0] > 0, OneHotClassifier: X[:, :3].argmax(axis=1)}
    y = labels.get(estimator, X[:, :3] > 0)
    weights = np.append(np.ones(8, dtype=int), rng.integers(0, 5, 12))
    clf = estimator(epochs=20, batch_size=128, random_state=0, trainer=trainer)
    made = sparse.csr_matrix if as_sparse else np.asarray
    repeated = clone(clf).fit(made(X.repeat(weights, axis=0)), y.repeat(weights, axis=0))
    order = rng.permutation(20)
    weighted = clone(clf).fit(made(X[order]), y[order], sample_weight=weights[order])
    for name, rows in [("history_", None), ("predict_proba", X)]:
        one, other = (
            clf.history_["loss"] if rows is None else getattr(clf, name)(rows)
            for clf in (repeated, weighted)
        )
        assert np.allclose(one, other, rtol=0, atol=1e-6), name
    alike = clone(clf).fit(made(X), y)
    assert not np.allclose(alike.predict_proba(X), weighted.predict_proba(X), rtol=0, atol=1e-3)


class BitsOfLabels(BitVectorClassifier):
    """A BitVectorClassifier that takes the checks' labels, by making one bit of them."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X, one_bit(y), sample_weight)

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        return super().partial_fit(X, one_bit(y), None, sample_weight)


def one_bit(y):
    y = np.asarray(y)
    return (y == y.max()).reshape(-1, 1)


def refused_checks():
    """The checks that fail for the sake of their y alone, and what they want of labels, not bits"""
    of_labels = {
        "check_classifiers_classes",
        "check_class_weight_classifiers",
        "check_decision_proba_consistency",
        "check_classifiers_one_label",
    }
    for estimator, check in estimator_checks_generator(fast(BitsOfLabels)):
        name = check.func.__name__
        if EXPECTED_FAILURES_OF_BITS.get(name) == NOT_BITS and name not in of_labels:
            yield pytest.param(estimator, check, id=name)


@pytest.mark.parametrize(("estimator", "check"), list(refused_checks()))
def test_checks_with_labels_made_bits(estimator, check):
    check(estimator)
