"""Metrics of plots: formulas on the counts, which can be drawn at any cutoff."""

from typing import Any

from skbits.thresholds.averages import check_costs
from skbits.thresholds.metrics import Metric, make_metric, metric_names
from skbits.thresholds.rows import Rows
from skbits.thresholds.searching import Search


def metric_of(scoring: Any, rows: Rows, column: int | None = None) -> Metric:
    """The metric of a scoring, for rows of a binary target or bits, or for a column of them.

    Raises
    ------
    ValueError
        A metric that is no formula on the counts, or costs that are not one matrix a bit.
    """
    metric = make_metric(scoring)
    if metric is None:
        raise ValueError(
            f"scoring={scoring!r}: expected a formula on the counts, {', '.join(metric_names())}, "
            "('fbeta', beta) or ('neg_cost', costs)."
        )
    search = Search(metric, "macro")
    check_costs(rows, search)
    return metric if column is None else search.metric_of(column)


def scoring_of(classifier: Any) -> Any:
    """What the cutoffs of a classifier were tuned for, where that can be drawn; else "f1"."""
    scoring = getattr(classifier, "scoring", None)
    return "f1" if make_metric(scoring) is None else scoring
