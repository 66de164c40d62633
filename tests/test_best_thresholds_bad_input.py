"""Best thresholds of bad input: the error names the parameter, what it was, and the cure."""

import numpy as np
import pytest
from scipy import sparse
from sklearn import metrics as sk

from skbits import best_thresholds

y, p = np.array([0, 1, 1, 0]), np.array([0.1, 0.6, 0.8, 0.4])
Y, P = np.stack([y, 1 - y, y], axis=1), np.stack([p, p, 1 - p], axis=1)
labels, Q = np.array(["a", "b", "c", "a"]), np.array([[0.5, 0.3, 0.2]] * 4)


def binary(**given):
    return {"y_true": y, "y_proba": p} | given


def bits(**given):
    return {"y_true": Y, "y_proba": P} | given


def classes(**given):
    return {"y_true": labels, "y_proba": Q} | given


def changed(array, value):
    array = np.array(array, dtype=float)
    array.flat[2] = value
    return array


ROWS = [
    (binary(y_true=[0, 1]), "y_true has 2 rows and y_proba has 4: expected the same rows"),
    (binary(y_true=[], y_proba=[]), "have no rows: expected at least one"),
    (binary(y_true=Y), r"y_true has shape \(4, 3\) and y_proba has \(4,\): expected \(n, n_bits\)"),
    (bits(y_true=y, kind="bits"), r"y_true has shape \(4,\) and y_proba has \(4, 3\)"),
    (bits(y_true=Y[:, :2]), r"shape \(4, 2\) and y_proba has \(4, 3\): expected \(n, n_bits\)"),
    (bits(y_true=Y.reshape(2, 2, 3)), r"y_true has shape \(2, 2, 3\): expected \(n,\) labels"),
    (bits(y_true=[[1, 0], [1]]), "y_true has rows of different lengths"),
    (bits(y_proba=P.reshape(2, 2, 3)), r"y_proba has shape \(2, 2, 3\): expected \(n,\) or"),
    (bits(y_proba=[[0.1, 0.2], [0.3]]), "y_proba has rows of different lengths"),
    (bits(y_proba=[P, P, P]), r"y_proba is a list of arrays.*\(4, 3\).*expected \(n, 2\) for each"),
    (
        bits(y_proba=[P[:, :2], P[:3, :2]]),
        r"\[\(4, 2\), \(3, 2\)\]: expected \(n, 2\) for each bit",
    ),
    (binary(kind="binary", y_proba=Q), r"kind='binary'.*\(4, 3\): expected \(n,\) labels, and"),
    (binary(kind="onehot"), r"y_proba has shape \(4,\): expected \(n, n_classes\) for one-hot"),
    (binary(kind="multi"), "kind='multi': expected 'auto' or one of binary, bits, onehot"),
    (classes(y_true=["a", "b", "b", "a"]), "2 classes and y_proba has 3 columns.*labels="),
    (classes(labels=["a", "c", "c"]), r"labels=\['a', 'c', 'c'\] names 'c' twice: expected each"),
    (
        classes(labels=["c", "a", "d"]),
        r"the label 'b', which is not among labels=\['c', 'a', 'd'\]",
    ),
    (
        classes(labels=[2, 1, 0]),
        r"the label 'a', which is not among labels=\[2, 1, 0\].*of the type",
    ),
    (classes(labels=[["a", "b", "c"]]), "labels=.*: expected a list of labels, one for each"),
    (classes(labels="abc"), "labels='abc': expected a list of labels"),
    (classes(y_true=Y, kind="onehot"), "expected exactly one"),
    (classes(y_true=np.eye(3)[[0, 1, 2, 0]], kind="onehot", n_groups=2), "n_groups=2"),
]

PROBABILITIES = [
    (
        binary(y_proba=changed(p, 1.5)),
        r"y_proba holds 1.5 in row 2: expected probabilities in \[0, 1\]",
    ),
    (
        binary(y_proba=changed(p, -0.1)),
        r"y_proba holds -0.1 in row 2.*not decision_function or log",
    ),
    (binary(y_proba=changed(p, np.nan)), "y_proba holds nan in row 2"),
    (bits(y_proba=changed(P, np.inf)), "y_proba holds inf in row 0"),
    (classes(y_proba=changed(Q, 2)), "y_proba holds 2.0 in row 0"),
    (binary(y_proba=changed(p, 1 + 1e-5)), "y_proba holds 1.00001 in row 2"),
    (binary(y_proba=p + 0j), "y_proba holds ndarray of complex128: expected an array of numbers"),
    (
        bits(y_true=np.ones((8, 0)), y_proba=np.ones((8, 0))),
        r"y_proba has shape \(8, 0\), so there are no columns: expected one at least",
    ),
    (binary(y_proba=["a"] * 4), "y_proba holds list of .*: expected an array of numbers"),
    (binary(y_proba=[0.1, None, 0.2, 0.3]), "y_proba holds nan in row 1"),
    (bits(y_proba=sparse.csr_array(P)), "y_proba holds csr_array of object: expected an array of"),
]

TARGETS = [
    (bits(y_true=changed(Y, 2)), "holds 2.0 in row 0, bit 2, expected 0 or 1"),
    (bits(y_true=changed(Y, 0.5)), "holds 0.5 in row 0, bit 2"),
    (
        bits(y_true=changed(Y, np.nan)),
        "y_true holds nan in row 0, column 2, a missing label: expected one in every",
    ),
    (bits(y_true=[[0, 1, None]] * 4), "y_true holds None in row 0.*Leave such rows out"),
    (binary(y_true=[0, None, 1, 0]), "y_true holds None in row 1.*Leave such rows out, of y_proba"),
    (
        binary(y_true=np.array(["a", "b", np.nan, None], dtype=object)),
        "y_true holds nan in row 2",
    ),
    (classes(y_true=np.array(["a", "b", None, "c"], dtype=object)), "y_true holds None in row 2"),
    (bits(y_true=Y.astype([("a", float), ("b", int)])), "y_true: Cannot compare structured"),
    (bits(y_true=Y.astype(str)), "holds .*'0'.* in row 0, bit 0"),
    (binary(y_true=[0, 1, 2, 0]), "Only binary classification|more than two|expected two"),
    (binary(y_true=["a"] * 4), "one class only"),
    (
        binary(y_true=["a"] * 4, pos_label="a"),
        r"one label only, \['a'\]: expected two.*y_true == 'a'",
    ),
    (
        binary(y_true=["a", "b", "b", "a"], pos_label="c"),
        r"pos_label='c': expected one of \['a', 'b'\]",
    ),
    (binary(pos_label=7), r"pos_label=7: expected one of \[0, 1\]"),
    (binary(y_true=[0.0, np.nan, 1.0, 0.0]), "y_true holds nan in row 1"),
]

WEIGHTS = [
    (
        binary(sample_weight=[1, -1, 1, 1]),
        "sample_weight holds -1.0: expected weights of at least 0",
    ),
    (
        binary(sample_weight=[0] * 4),
        "sample_weight is zero for all rows: expected at least one above",
    ),
    (bits(sample_weight=[1, np.nan, 1, 1]), "sample_weight contains NaN"),
    (
        bits(sample_weight=[1, 1]),
        "sample_weight has 2 numbers: expected one number of at least 0 for each of 4 rows",
    ),
    (binary(sample_weight=2), "sample_weight=2 is one number or word: .* for each of 4 rows.*out"),
    (binary(sample_weight="balanced"), "sample_weight='balanced' is one number or word: expected"),
    (
        binary(sample_weight=["a", "b", "a", "b"]),
        "sample_weight cannot be read: expected one number of at least 0 for each of 4 rows.*'a'",
    ),
    (bits(sample_weight=P), r"sample_weight has shape \(4, 3\)"),
    (
        binary(sample_weight=[1] * 4, scoring=lambda y_true, y_pred: 1.0),
        "scoring='<lambda>' does not take it",
    ),
]

SCORING = [
    (binary(scoring="f_2"), "scoring='f_2'.*did you mean 'f2'"),
    (binary(scoring="acuracy"), "scoring='acuracy'.*did you mean 'accuracy'"),
    (binary(scoring="fbeta"), r"scoring='fbeta' needs a value: expected \('fbeta', value\).*2.0"),
    (binary(scoring="neg_cost"), r"'neg_cost' needs a value.*\[\[tn, fp\], \[fn, tp\]\]"),
    (binary(scoring=("fbta", 2)), r"scoring=\('fbta', 2\).*did you mean 'fbeta'"),
    (binary(scoring=("fbeta", 0)), r"scoring=\('fbeta', 0\): expected a number above 0"),
    (binary(scoring=("fbeta", "2")), r"scoring=\('fbeta', '2'\): expected a number above 0"),
    (binary(scoring=("smoothed_f1", -1)), r"'smoothed_f1', -1\): expected a number of at least 0"),
    (binary(scoring=("neg_cost", [1, 2])), r"'neg_cost', \[1, 2\]\): expected finite costs \[\[tn"),
    (binary(scoring=("neg_cost", "dear")), r"'neg_cost', 'dear'\): expected finite costs"),
    (binary(scoring=("neg_cost", [[1, 2], [3]])), "expected finite costs"),
    (binary(scoring=("neg_cost", [[0, np.inf], [1, 0]])), "expected finite costs"),
    (binary(scoring=None), "scoring=None"),
    (binary(scoring=3), "scoring=3"),
    (binary(scoring=lambda tp: tp), "has 1 required argument: expected a function of the counts"),
    (binary(scoring=max), "has 0 required arguments: expected a function of the counts"),
    (binary(scoring=lambda tp, fp, fn, tn: 1.0), r"gave shape \(\) for counts of shape \(5,\)"),
    (binary(scoring=lambda tp, fp, fn, tn: tp if tp > 1 else fp), "failed.*Write np.where for if"),
    (
        binary(scoring=lambda tp, fp, fn, tn: tp * np.nan),
        "is NaN or minus infinity at every cutoff",
    ),
    (bits(scoring=lambda tp, fp, fn, tn: tp - np.inf), "is NaN or minus infinity at every cutoff"),
    (
        bits(scoring=lambda tp, fp, fn, tn: tp * np.nan, average="shared"),
        "is NaN or minus infinity",
    ),
    (
        binary(scoring=sk.zero_one_loss),
        r"is a loss.*make_scorer\(zero_one_loss, greater_is_better=F",
    ),
    (binary(scoring=sk.hamming_loss), "is a loss, of which less is better"),
    (binary(scoring=sk.average_precision_score), "reads probabilities or scores"),
    (binary(scoring="roc_auc"), "scoring='roc_auc' reads probabilities.*Use it to compare models"),
    (classes(scoring="neg_log_loss"), "scoring='neg_log_loss' reads probabilities"),
    (bits(scoring="average_precision"), "scoring='average_precision' reads probabilities"),
    (binary(scoring="neg_brier_score"), "scoring='neg_brier_score' reads probabilities"),
]

AVERAGES = [
    (
        bits(scoring="f1_micro", average="macro"),
        "average='macro' contradicts.*Write scoring='f1', average='macro'",
    ),
    (
        binary(average="micro"),
        "average='micro': expected None or one of binary for a binary target",
    ),
    (
        bits(average="mean"),
        "average='mean': expected None or one of macro, micro, weighted, macro_micro, jo",
    ),
    (bits(scoring="f1_weighted", average="micro"), "average='micro' contradicts scoring='f1_w"),
    (bits(average="joint"), "average='joint' is what a metric of labels says.*is a formula"),
    (bits(scoring=sk.f1_score), "'f1_score', called on the labels of all .* Pass average='macro'"),
    (
        classes(average="samples"),
        "average='samples': expected None or one of macro, micro, weighted for a one-hot",
    ),
    (classes(scoring="f1_samples"), "average='samples': expected None or one of macro, micro"),
    (
        bits(scoring="recall", average="exact_match"),
        "scoring='recall' contradicts average='exact_match'.*expected scoring='accuracy'",
    ),
    (
        bits(scoring="accuracy", average="macro"),
        "scoring='accuracy' contradicts average='macro': of bits it is the share of the rows that "
        "are right in every bit.*Write scoring='bit_accuracy' to count each bit",
    ),
    (
        bits(scoring="neg_zero_one_loss", average="micro"),
        "contradicts average='micro'.*Write scoring='neg_hamming_loss'",
    ),
    (bits(scoring=sk.f1_score, average="micro"), "average='micro' needs a metric of counts"),
    (bits(scoring="f1_weighted_", average="micro"), "scoring='f1_weighted_'"),
    (bits(scoring=sk.f1_score, average="samples"), "average='samples' needs a metric of counts"),
    (
        bits(scoring=("neg_cost", np.ones((3, 2, 2))), average="micro"),
        "one matrix a bit, contradicts average='micro'.*average='macro' of bits",
    ),
    (
        binary(scoring=("neg_cost", np.ones((1, 2, 2)))),
        "one matrix a bit, contradicts average='binary' of a binary target",
    ),
    (
        classes(scoring=("neg_cost", np.ones((3, 2, 2)))),
        "one matrix a bit, contradicts .* of a onehot target",
    ),
    (
        bits(scoring=("neg_cost", np.ones((2, 2, 2)))),
        r"2 cost matrices for 3 bits: expected .*\(3, 2, 2\)",
    ),
]

CONSTRAINTS = [
    (
        binary(constraint="recall > 0.9"),
        "constraint='recall > 0.9': expected 'recall >= 0.9'.*>= or <=",
    ),
    (binary(constraint="recall"), "constraint='recall': expected 'recall >= 0.9', or"),
    (binary(constraint=("recall", 0.9)), r"constraint=\('recall', 0.9\): expected"),
    (binary(constraint=0.9), "constraint=0.9: expected"),
    (bits(constraint="accuracy >= 0.9"), "of bits accuracy counts whole rows.*bit_accuracy"),
    (bits(constraint="zero_one_loss <= 0.1"), "of bits zero_one_loss counts.*hamming_loss"),
    (binary(constraint="recall >= high"), "constraint='recall >= high' has no number as its bound"),
    (binary(constraint=("recall", ">=", np.nan)), "has no number as its bound"),
    (binary(constraint="recal >= 0.9"), "constraint='recal >= 0.9'.*did you mean 'recall'"),
    (binary(constraint="fbeta >= 0.9"), "constraint='fbeta' needs a value"),
    (binary(constraint=(sk.recall_score, ">=", 0.9)), "for a metric of counts"),
    (binary(constraint=(max, ">=", 0.9)), "for a metric of counts"),
    (bits(constraint=(("neg_cost", np.ones((3, 2, 2))), ">=", -1)), "has a cost matrix a bit"),
    (binary(constraint="recall >= 90"), "cannot be met by any cutoff.*attainable recall is 1"),
    (bits(constraint="precision >= 2"), "precision is 1 for bit 0, 0.5 for bit 1, .* for bit 2"),
    (bits(constraint="recall >= 2", average="micro"), "best attainable recall is 1"),
    (bits(constraint="recall >= 2", average="shared"), "best attainable recall is 1"),
    (bits(constraint="recall >= 2", average="samples"), "best found recall is 1"),
]

OPTIONS = [
    (binary(max_evaluations=1), "max_evaluations=1: expected an int of at least 2"),
    (binary(max_evaluations=10.0), "max_evaluations=10.0: expected an int of at least 2"),
    (binary(n_jobs=0), "n_jobs=0: expected a number of threads, or -1 for all cores"),
    (binary(n_jobs="2"), "n_jobs='2': expected a number of threads"),
    (classes(y_true=np.eye(3)[[0, 1, 2, 0]], kind="onehot", n_groups=0), "n_groups=0: expected an"),
    (classes(n_groups=1.5), "n_groups=1.5: expected an int of at least 1"),
    (bits(pos_label=1), "pos_label=1 is for a target of kind 'binary'.*Leave it out"),
    (bits(n_groups=3), "n_groups=3 is for a target of kind 'onehot'.*or say kind='onehot'"),
    (binary(labels=[0, 1]), r"labels=\[0, 1\] is for a target of kind 'onehot'"),
    (classes(pos_label="a"), "pos_label='a' is for a target of kind 'binary'"),
]


@pytest.mark.parametrize(
    ("given", "message"),
    [*ROWS, *PROBABILITIES, *TARGETS, *WEIGHTS, *SCORING, *AVERAGES, *CONSTRAINTS, *OPTIONS],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_bad_input_is_named(given, message):
    with pytest.raises((ValueError, TypeError), match=message):
        best_thresholds(**given)


@pytest.mark.parametrize("n_jobs", [None, 1, np.int64(2), -1])
@pytest.mark.parametrize("max_evaluations", [2, np.int64(50)])
def test_sizes_drawn_by_numpy_are_sizes(n_jobs, max_evaluations):
    best = best_thresholds(y, p, n_jobs=n_jobs, max_evaluations=max_evaluations)
    assert best.threshold == 0.5
    assert best.score == 1.0


@pytest.mark.parametrize("off", [1e-16, 1e-9, 9e-7])
def test_what_rounding_took_beyond_the_ends_is_put_back(off):
    off_by_rounding = np.array([-off, 0.6, 1 + off, 0.4])
    best = best_thresholds(y, off_by_rounding)
    assert best.threshold == 0.5
    assert off_by_rounding[2] == 1 + off
    assert best_thresholds(y, off_by_rounding, scoring=lambda tp, fp, fn, tn: fp).threshold == 0.0
