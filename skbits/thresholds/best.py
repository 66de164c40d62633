"""Best thresholds: targets and probabilities -> the cutoffs that suit a metric best.

``best_thresholds`` orders the stages: check the rows, read the scoring, choose, score. The rules
of each are in ``rows``, ``scoring``, ``averages`` (bits), ``classes`` (one-hot) and ``sweeping``.
"""

from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np
from joblib import effective_n_jobs

from skbits.naming import counted
from skbits.thresholds import averages, classes
from skbits.thresholds.metrics import Counts
from skbits.thresholds.reading import read_rows
from skbits.thresholds.recognising import recognised
from skbits.thresholds.rows import Rows
from skbits.thresholds.scoring import read_constraint, read_scoring
from skbits.thresholds.searching import Choice, Search, warn_of_skipped
from skbits.values import LARGEST, is_int


@dataclass(frozen=True, eq=False)
class BestThresholds:
    """The thresholds found, and what they reach on the rows they were found on.

    Parameters
    ----------
    thresholds : ndarray of shape (n_columns,), float64
        One for each bit or class, or the one of a binary target; in [0, 1], or infinity for never.
        Each exists in the dtype of the probabilities, so ``p >= threshold`` means the same there
        and in float64.
    score : float
        The metric at the thresholds.
    default_score : float
        The metric at 0.5.
    counts, default_counts : Counts
        ``(tp, fp, fn, tn)``, an array of shape (n_columns,) each, at the thresholds and at 0.5;
        sums of weights where rows have weights.
    share_decided : float
        Share of the decisions that are made rather than abstained from; 1.0 without abstention.
    """

    thresholds: np.ndarray
    score: float
    default_score: float
    counts: Counts
    default_counts: Counts
    share_decided: float = 1.0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BestThresholds):
            return NotImplemented
        pairs = zip(astuple(self), astuple(other), strict=True)
        return all(np.array_equal(mine, yours) for mine, yours in pairs)

    @property
    def coverage(self) -> float:
        """Refuse: it could mean two things."""
        raise AttributeError(
            "coverage could mean two things: read share_decided for the share of decisions that "
            "are made, or counts for the share that is predicted positive."
        )

    @property
    def threshold(self) -> float:
        """The threshold, where there is only one."""
        values = np.unique(self.thresholds)
        if len(values) != 1:
            raise AttributeError(
                f"there are {counted(len(self.thresholds), 'threshold')}, not all equal: read "
                "thresholds."
            )
        return float(values[0])


def best_thresholds(
    y_true: Any,
    y_proba: Any,
    *,
    scoring: Any = "f1",
    average: str | None = None,
    constraint: Any = None,
    sample_weight: Any = None,
    kind: str = "auto",
    pos_label: Any = None,
    labels: Any = None,
    n_groups: int = 1,
    max_evaluations: int = 1000,
    n_jobs: int = -1,
) -> BestThresholds:
    """Find the decision thresholds that suit a metric best.

    Every distinct score is tried, and both ends (all on, all off). A cutoff lies midway between
    the scores that it separates.

    Not for rows that the model was trained on: thresholds would fit its memory. Use held-out rows,
    out-of-fold ones, or :class:`skbits.TunedThresholdsCV`, which sees to it, and tells where
    thresholds rest on few rows.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, n_columns)
        Two labels (binary), rows of bits, or classes: labels, or one-hot rows with
        ``kind="onehot"``.
    y_proba : array-like of shape (n,), (n, 2) or (n, n_columns), or list of (n, 2) arrays
        Probabilities, as ``predict_proba`` gives them.
    scoring : str, tuple or callable, default="f1"
        What to maximize:

        - a formula on the counts: "accuracy", "balanced_accuracy", "bit_accuracy", "cohen_kappa",
          "f0.5", "f1", "f2", "g_mean", "jaccard", "matthews_corrcoef" or "mcc", "npv", "precision"
          or "ppv", "recall", "sensitivity" or "tpr", "selection_rate" (the share that is on),
          "specificity" or "tnr", "youden"; minus a rate of errors:
          "neg_fnr", "neg_fpr", "neg_hamming_loss", "neg_zero_one_loss"; ``("fbeta", beta)``;
          ``("smoothed_f1", s)``, which is ``(2 tp + s) / (2 tp + fp + fn + s)``, for rare bits
          (Lin and Lin 2023); ``("neg_cost", [[tn, fp], [fn, tp]])``, minus the mean cost of a
          decision, with costs laid out as ``confusion_matrix`` is, or (n_bits, 2, 2) for bits;
        - a function of the counts ``(tp, fp, fn, tn)``, four arrays -> an array;
        - a function of scikit-learn, such as ``f1_score``, by itself, in a ``partial`` or in
          ``make_scorer``, or the name of its scorer ("f1_macro", of two labels too): where a
          formula says of decisions what it says, that is used;
        - any other metric ``(y_true, y_pred)``, scorer, or name of one. It is called once for
          each distinct score, up to ``max_evaluations`` a column: a thousand calls of a metric
          that takes a second for a million rows take a thousand seconds, where a formula takes a
          tenth of one. Of bits it gets the labels of all of them, as scikit-learn would call it,
          and each bit is swept several times (``average="joint"``, a local optimum; a bit has
          ``max_evaluations / n_bits`` calls a time). Scorers that read probabilities, or X, are
          refused.

        What is called cost, loss, risk or error is refused, unless "neg" stands before it or
        ``make_scorer(greater_is_better=False)`` around it.
    average : {"macro", "micro", "weighted", "macro_micro", "joint", "shared", "samples", \
            "exact_match"} or None
        For bits, how they count together; by default "macro", or what ``scoring="f1_micro"``
        says. "macro": each bit its own best; "weighted": the same, the score weighted by the bits'
        numbers of positives; "micro": the best for the counts of all bits
        together, over all combinations of cutoffs; "shared": one cutoff for all bits, by their
        counts together; "macro_micro", the mean of both averages (Lin and Lin 2023), "samples",
        the mean over rows, and "exact_match", the share of rows that are right in every bit: by
        coordinate ascent, so a local optimum. "joint" is for metrics of labels, which average by
        themselves; with "macro" they are called for each bit alone. "micro" is a local optimum too
        with a constraint and for metrics that are no ratio of linear functions of the counts
        (``matthews_corrcoef``, ``smoothed_f1``, functions). For one-hot: "macro", "micro" or
        "weighted".
    constraint : str, tuple, or list of them, optional
        A metric to be kept at least, or at most, at a value: ``"recall >= 0.9"``, ``"0.9 <=
        recall"``, ``"recall >= 90%"``, ``"fpr <= 0.1"`` ("fnr", "fpr", "hamming_loss" and
        "zero_one_loss" are for constraints), or ``(("fbeta", 2.0), ">=", 0.8)``. Several:
        ``"recall >= 0.9 and precision >= 0.5"``, ``"0.8 <= recall <= 0.9"``, or a list. Each class
        keeps it by itself, and with "macro" each bit; ``"recall_macro >= 0.9"`` is of their mean,
        ``"recall_micro >= 0.9"`` of all decisions together. With other averages, bits keep it as
        they are averaged. Accuracy among classes is of all decisions.
    sample_weight : array-like of shape (n,), optional
    kind : {"auto", "binary", "bits", "onehot"}, default="auto"
        The kind of target. "auto" goes by shapes: 2-D is bits; labels are one-hot where
        ``y_proba`` has more than two columns.
    pos_label : label, optional
        Of a binary target, the label that ``y_proba`` is of; by default the later one in sorting
        order.
    labels : array-like of shape (n_columns,), optional
        The classes of 1-D one-hot labels, in the order of the columns of ``y_proba``; by default
        those that occur in ``y_true``, sorted.
    n_groups : int, default=1
        Number of one-hot blocks that stand side by side.
    max_evaluations : int, default=1000
        How many cutoffs of a column are tried where ``scoring`` is no formula. Where there are
        more, those at positives come first, then what lies around the best, and a warning says
        how many were skipped. For one-hot: of all classes, in each round over them.
    n_jobs : int, default=-1
        Number of threads for large data; -1 takes all cores.

    Returns
    -------
    BestThresholds

    Raises
    ------
    ValueError
        Bad or contradictory input, losses, scorers of probabilities or of X, and constraints that
        cannot be met; the message gives the best value attainable.

    Notes
    -----
    Names that scikit-learn has functions of give their values. Among classes "accuracy" is the
    share of right decisions, "balanced_accuracy" the mean recall, and "matthews_corrcoef" and
    "cohen_kappa" are those of all classes, whatever the average; other metrics are those of each
    class against the rest, averaged. Of bits "accuracy" is the share of rows that are right in
    every bit (``average="exact_match"``); "bit_accuracy" counts each bit.

    One-hot thresholds are those of the ratio rule, the class with the largest ``p / threshold``,
    found by coordinate ascent (a local optimum), the largest 0.5. If scoring or constraint is
    "share_decided", it is abstention that is tuned: all classes get one threshold, which the winner
    must reach, and the other of the two metrics, "accuracy", is that of the decisions made. Two
    labels need ``kind="onehot"`` for it.

    References
    ----------
    Lipton, Elkan, Naryanaswamy (2014), Optimal thresholding of classifiers to maximize F1 measure.
    Dinkelbach (1967), On nonlinear fractional programming. Lin and Lin (2023), On the thresholding
    strategy for infrequent labels in multi-label classification.

    Examples
    --------
    >>> y, p = [0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.35, 0.4, 0.8]
    >>> best = best_thresholds(y, p)
    >>> best.threshold, round(best.score, 3), best.default_score
    (0.25, 0.857, 0.5)
    >>> best_thresholds(y, p, scoring="precision", constraint="recall >= 0.6").threshold
    0.375
    >>> bits = best_thresholds([[0, 1], [1, 1], [0, 0]], [[0.1, 0.4], [0.3, 0.6], [0.2, 0.2]])
    >>> bits.thresholds.tolist(), bits.score
    ([0.25, 0.30000000000000004], 1.0)
    """
    rows = read_rows(
        y_true,
        y_proba,
        kind=kind,
        sample_weight=sample_weight,
        pos_label=pos_label,
        labels=labels,
        n_groups=n_groups,
    )
    search = make_search(rows.kind, scoring, average, constraint, max_evaluations, n_jobs, rows)
    best = best_of_rows(rows, search)
    warn_of_skipped(search)
    return best


def make_search(
    kind: str,
    scoring: Any,
    average: str | None = None,
    constraint: Any = None,
    max_evaluations: int = 1000,
    n_jobs: int = 1,
    form: Rows | None = None,
) -> Search:
    """What to search for, from what a user wrote; see ``best_thresholds``.

    ``form`` has rows of the target, by whose labels scikit-learn's metrics are recognised.
    """
    if not is_int(max_evaluations) or max_evaluations < 2:
        raise ValueError(f"max_evaluations={max_evaluations!r}: expected an int of at least 2.")
    if n_jobs is not None and (not is_int(n_jobs) or not 0 < abs(n_jobs) <= LARGEST):
        raise ValueError(f"n_jobs={n_jobs!r}: expected a number of threads, or -1 for all cores.")
    metric, average = read_scoring(scoring, kind, average)
    search = Search(metric, average, None, max_evaluations, effective_n_jobs(n_jobs))
    search = search if form is None else recognised(search, scoring, form)
    limit = read_constraint(constraint, kind, search.average)
    coupled = kind == "bits" and search.average == "macro" and limit is not None
    if coupled and limit.is_shared:
        search = replace(search, average="macro_coupled")
    return replace(search, constraint=limit)


def best_of_rows(rows: Rows, search: Search) -> BestThresholds:
    """The best thresholds of rows that were checked."""
    averages.check_costs(rows, search)
    if rows.kind != "onehot":
        return _result(rows, search, averages.choose(rows, search))
    if classes.is_abstention(rows, search):
        choice, score, default, share = classes.choose_abstention(rows, search)
        return BestThresholds(*choice[:1], score, default, *choice[1:], share)
    return _result(rows, search, classes.choose(rows, search))


def _result(rows: Rows, search: Search, choice: Choice) -> BestThresholds:
    thresholds, counts, default_counts = choice
    at_half = np.full(rows.n_columns, 0.5)
    score = averages.score(rows, search, thresholds, counts)
    default_score = averages.score(rows, search, at_half, default_counts)
    return BestThresholds(thresholds, score, default_score, counts, default_counts)


def score_of(rows: Rows, search: Search, thresholds: np.ndarray) -> float:
    """The score that given thresholds reach on rows."""
    if classes.is_abstention(rows, search):
        return classes.score_abstention(rows, search, thresholds)
    return averages.score(rows, search, thresholds, rows.counts(rows.decisions(thresholds)))
