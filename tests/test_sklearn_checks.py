"""scikit-learn's own checks of estimators, on all three."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

# scikit-learn's own MLPClassifier fails these two as well
BATCHES = "rows of weight 2 are not two rows: they fall into other mini-batches"
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": BATCHES,
    "check_sample_weight_equivalence_on_sparse_data": BATCHES,
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
