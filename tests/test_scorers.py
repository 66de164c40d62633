"""Scorers by name give what their metric gives on ``predict_proba``, for every form of target."""

import warnings

import numpy as np
import pytest
import sklearn
from conftest import FAST
from sklearn import metrics
from sklearn.model_selection import cross_val_score

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

OVR_AND_OVO = ("roc_auc_ovr", "roc_auc_ovo", "roc_auc_ovr_weighted", "roc_auc_ovo_weighted")
NEW_SKLEARN = tuple(int(part) for part in sklearn.__version__.split(".")[:2]) >= (1, 7)

# form of target -> the scorers that scikit-learn has for it
SCORERS = {
    "two labels": ("roc_auc", *OVR_AND_OVO, "average_precision", "neg_log_loss", "neg_brier_score"),
    "three labels": (*OVR_AND_OVO, "average_precision", "neg_log_loss"),
    "columns": ("roc_auc", *OVR_AND_OVO, "average_precision", "neg_log_loss"),
}
if NEW_SKLEARN:  # before, the Brier score was for two labels only
    SCORERS["three labels"] += ("neg_brier_score",)
    SCORERS["columns"] += ("neg_brier_score",)

FORMS = {
    "binary": "two labels",
    "one-hot, 2 labels": "two labels",
    "one-hot, 3 labels": "three labels",
    "one-hot, 2 columns": "columns",
    "one-hot, 3 columns": "columns",
    "1 bit": "columns",
    "2 bits": "columns",
    "3 bits": "columns",
}


def cases():
    return [(kind, scorer) for kind, form in FORMS.items() for scorer in SCORERS[form]]


def make(kind, table):
    """An estimator and its y."""
    y = (table.y == "yes").astype(int)
    codes = np.unique(table.labels, return_inverse=True)[1]
    return {
        "binary": (BinaryClassifier, y),
        "one-hot, 2 labels": (OneHotClassifier, y),
        "one-hot, 3 labels": (OneHotClassifier, codes),
        "one-hot, 2 columns": (OneHotClassifier, np.eye(2, dtype=int)[y]),
        "one-hot, 3 columns": (OneHotClassifier, np.eye(3, dtype=int)[codes]),
        "1 bit": (BitVectorClassifier, table.bits[:, :1]),
        "2 bits": (BitVectorClassifier, table.bits[:, :2]),
        "3 bits": (BitVectorClassifier, table.bits),
    }[kind]


@pytest.fixture(scope="module")
def fitted(table):
    """Kind -> a fitted estimator and its y; each is fitted when it is first asked for."""
    made = {}

    def get(kind):
        if kind not in made:
            estimator, y = make(kind, table)
            made[kind] = estimator(**FAST).fit(table.X, y), y
        return made[kind]

    return get


def by_hand(scorer, y, p):
    """The score, from probabilities: of the second label, of each label, or of each column."""
    average = "weighted" if scorer.endswith("weighted") else "macro"
    if scorer.startswith("roc_auc"):
        kind = {"multi_class": scorer[8:11]} if scorer != "roc_auc" else {}
        return metrics.roc_auc_score(y, p, average=average, **kind)
    if scorer == "average_precision":
        return metrics.average_precision_score(y, p)
    loss = {"neg_log_loss": metrics.log_loss, "neg_brier_score": metrics.brier_score_loss}[scorer]
    return -loss(y, p)


@pytest.mark.parametrize(("kind", "scorer"), list(cases()))
def test_a_scorer_gives_what_its_metric_gives_on_the_probabilities(fitted, table, kind, scorer):
    estimator, y = fitted(kind)
    p = estimator.predict_proba(table.X)
    if FORMS[kind] == "two labels":
        p = p[:, 1]
    with warnings.catch_warnings():
        # scikit-learn's log loss and Brier score read a row of bits as one distribution
        warnings.filterwarnings("ignore", "The y_(prob|pred) values do not sum to one", UserWarning)
        expected = by_hand(scorer, y.squeeze(), p.squeeze())
        assert metrics.get_scorer(scorer)(estimator, table.X, y) == pytest.approx(expected)


@pytest.mark.parametrize("kind", [kind for kind, form in FORMS.items() if form == "columns"])
def test_a_scorer_of_decisions_gives_what_its_metric_gives_on_them(fitted, table, kind):
    estimator, y = fitted(kind)
    for scorer, metric in (("f1_macro", metrics.f1_score), ("accuracy", metrics.accuracy_score)):
        kind_of_mean = {"average": "macro"} if scorer == "f1_macro" else {}
        expected = metric(y, estimator.predict(table.X), **kind_of_mean)
        assert metrics.get_scorer(scorer)(estimator, table.X, y) == expected


def test_a_callable_scorer_reads_any_number_of_bits(fitted, table):
    for kind in ("1 bit", "2 bits", "3 bits"):
        estimator, y = fitted(kind)
        per_bit = [
            metrics.roc_auc_score(bit, p)
            for bit, p in zip(y.T, estimator.predict_proba(table.X).T, strict=True)
        ]
        assert mean_auc(estimator, table.X, y) == pytest.approx(np.mean(per_bit))


def mean_auc(estimator, X, y):
    return metrics.roc_auc_score(y, estimator.predict_proba(X), average="macro")


def test_the_positive_label_of_a_scorer_may_be_a_word(fitted_binary, table):
    p = fitted_binary.predict_proba(table.X)
    for label, column in (("no", 0), ("yes", 1)):
        scorer = metrics.make_scorer(
            metrics.average_precision_score, response_method="predict_proba", pos_label=label
        )
        expected = metrics.average_precision_score(table.y == label, p[:, column])
        assert scorer(fitted_binary, table.X, table.y) == pytest.approx(expected)


def test_scores_of_probabilities_do_not_depend_on_the_threshold_and_scores_of_labels_do(
    fitted, table
):
    estimator, y = fitted("binary")
    auc, recall = metrics.get_scorer("roc_auc"), metrics.get_scorer("recall")
    before = auc(estimator, table.X, y)
    try:
        estimator.set_params(threshold=0.0)
        assert auc(estimator, table.X, y) == pytest.approx(before)
        assert recall(estimator, table.X, y) == 1
    finally:
        estimator.set_params(threshold=0.5)


@pytest.mark.parametrize("scorer", ["roc_auc", "average_precision", "neg_log_loss"])
def test_cross_validation_scores_probabilities(table, trainings, fast, scorer):
    y = (table.y == "yes").astype(int)
    scores = cross_val_score(
        BinaryClassifier(**fast), table.X, y, scoring=scorer, cv=3, error_score="raise"
    )
    assert np.isfinite(scores).all()
    assert len(trainings) == 3
