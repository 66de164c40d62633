"""Scoring: the metrics that can choose a cutoff, by scikit-learn's names.

Rules
-----
* Only a metric of decisions can choose a cutoff; one of probabilities or of ranks is refused.
* 1 is the positive label. Where nothing is called positive, precision is 0, without a warning.
"""

from collections.abc import Callable

from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    get_scorer_names,
    jaccard_score,
    make_scorer,
    matthews_corrcoef,
    precision_score,
    recall_score,
)

from skbits.labels import nearest

#: metrics on decisions, by scikit-learn's scorer names; nothing called positive counts as 0
CUTOFF_SCORERS = {
    "accuracy": make_scorer(accuracy_score),
    "balanced_accuracy": make_scorer(balanced_accuracy_score),
    "f1": make_scorer(f1_score, zero_division=0.0),
    "jaccard": make_scorer(jaccard_score, zero_division=0.0),
    "matthews_corrcoef": make_scorer(matthews_corrcoef),
    "precision": make_scorer(precision_score, zero_division=0.0),
    "recall": make_scorer(recall_score, zero_division=0.0),
}


def cutoff_scorer(scoring: str | Callable) -> Callable:
    """Return the scorer of a name; a callable is returned as it is.

    Raises
    ------
    ValueError
        If the name is unknown, or a metric that does not depend on a cutoff.

    Examples
    --------
    >>> cutoff_scorer("roc_auc")
    Traceback (most recent call last):
        ...
    ValueError: scoring='roc_auc' does not measure two-label decisions, so it cannot choose a \
cutoff: expected one of accuracy, balanced_accuracy, f1, jaccard, matthews_corrcoef, precision, \
recall.
    """
    if callable(scoring):
        return scoring
    if scoring in CUTOFF_SCORERS:
        return CUTOFF_SCORERS[scoring]
    expected = f"expected one of {', '.join(CUTOFF_SCORERS)}."
    if scoring in get_scorer_names():
        raise ValueError(
            f"scoring={scoring!r} does not measure two-label decisions, so it cannot choose a "
            f"cutoff: {expected}"
        )
    hint = nearest(str(scoring), list(CUTOFF_SCORERS)).removesuffix("?")
    raise ValueError(f"scoring={scoring!r} is unknown{hint}: {expected}")
