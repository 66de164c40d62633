"""TunedThresholdsCV: thresholds of any classifier, chosen by cross-validation."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import indexable
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import check_is_fitted

from skbits.arguments import checks_arguments
from skbits.blocks import in_memory
from skbits.files.leaving_out import check_all_there
from skbits.inputs import check_same_rows
from skbits.naming import about, counted
from skbits.progress import FRAMES_OF_FIT, begin, with_callbacks
from skbits.targets import is_matrix
from skbits.thresholds.averages import check_costs
from skbits.thresholds.best import make_search, score_of
from skbits.thresholds.combining import (
    Combined,
    combine,
    mean_curve,
    resolve,
)
from skbits.thresholds.counting import BY_COLUMN, counting
from skbits.thresholds.doubts import warn_of_doubts
from skbits.thresholds.folds import (
    HeldOutRows,
    fit_folds,
    fold_rows,
    make_cv,
    make_splits,
    shown,
)
from skbits.thresholds.held_out import FoldScores, held_out_scores, scores_at
from skbits.thresholds.metrics import CostPerBit, Metric
from skbits.thresholds.reading import read_weights
from skbits.thresholds.rows import Rows
from skbits.thresholds.scoring import AVERAGES, Opaque, names_average
from skbits.thresholds.searching import Search, warn_of_skipped
from skbits.thresholds.task import Task
from skbits.thresholds.thresholded import (
    ThresholdedClassifier,
    asks_for_metadata,
    for_scorer,
    give_rows,
    route,
)
from skbits.values import is_int


class TunedThresholdsCV(ThresholdedClassifier):
    """A classifier whose decision thresholds are chosen by cross-validation.

    The sibling of scikit-learn's ``TunedThresholdClassifierCV``, for two labels, rows of bits and
    classes, around any classifier with ``predict_proba``. Thresholds are exact: every distinct
    out-of-fold probability is tried.

    Not for choosing between models: see :class:`ThresholdGridSearchCV`. Not for metrics of ranking,
    such as ROC AUC, which no threshold changes.

    Parameters
    ----------
    estimator : classifier
    scoring, average, constraint, max_evaluations
        What to maximize: as in :func:`skbits.best_thresholds`; a scorer gets the rows of X. Of
        bits the default average is "macro_micro", the mean of both: with "macro", a bit that is
        hard to predict comes to fire everywhere, which gains little there and loses much in the
        micro average. It is
        "macro" where both cannot be had: with a constraint, with ``combine="mean_curve"`` or
        "half_f1", and where scoring is no formula on the counts or has costs for each bit.
    cv : int, splitter, iterable, float or "prefit", default=None
        Folds; None is 5. They are stratified by labels, those of one-hot rows too, of several
        groups by their combinations. A float is the share of the rows to hold out once. With
        "prefit", ``estimator`` is fitted already and the rows of ``fit`` choose the thresholds
        only: they should not be those it was trained on.
    combine : {"auto", "fold_mean", "mean_curve", "pooled", "half_f1"}, default="auto"
        How the folds' thresholds become one: the mean of the folds' own best ("fold_mean"); the
        best of the mean, over the folds, of the metric as a function of the cutoff
        ("mean_curve"); the best of all folds' rows together ("pooled"); or half of the best F1
        ("half_f1", where probabilities are well calibrated). "auto" is "pooled" with a
        constraint, which then holds on the out-of-fold rows together, for classes, and where
        some fold holds fewer than three rows of a label; "fold_mean" else.
    min_positives : int, default=10
        Bits with fewer positives than this among the rows held out take the cutoff that is best
        for all bits together, with a warning that names them: a cutoff of their own would be
        chance.
    refit : bool, default=True
        Whether to fit on all rows at the end. False needs a single split; the classifier that
        was fitted there is kept. Not read with ``cv="prefit"``.
    kind, pos_label, n_groups
        As in :class:`skbits.thresholds.thresholded.FixedThresholds`.
    n_jobs : int, optional
        Number of folds that are fitted at once.
    random_state : int or RandomState, optional
        Of the split where ``cv`` is a float.
    store_cv_results : bool, default=False
        Whether to keep ``cv_results_``.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.
    thresholds_ : ndarray of shape (n_columns,)
        One for two labels; else one for each bit or class.
    fold_thresholds_ : ndarray of shape (n_folds, n_columns)
        Each fold's own best; NaN where a fold does not count, since the metric is undefined on
        it: F1 and recall without a positive, specificity without a negative.
    best_score_ : float
        Mean over the folds of the score at thresholds chosen on the *other* folds, which flatters
        nobody; with a single split, the score on the rows that chose the thresholds. Where the
        metric is undefined on some fold, as in leave-one-out, the score of all out-of-fold rows
        together, each decided at the thresholds of its fold.
    default_score_ : float
        The same at 0.5.
    cv_results_ : dict
        With ``store_cv_results=True``: "fold_scores" and "fold_default_scores" of shape
        (n_folds,); and, where each column is tuned for itself by a formula, the curves
        "thresholds", "scores" and "std" over the folds that count: an array each for two labels,
        a list of arrays for bits.
    classes_ : ndarray
        Labels; ``arange(n_bits)`` of bits.
    n_features_in_, feature_names_in_
        As the fitted classifier has them.

    Notes
    -----
    A score at cutoffs that were chosen on the same rows flatters [1]_ [2]_. So a fold's rows are
    scored at cutoffs chosen on the other folds' rows, all of them out-of-fold probabilities.

    References
    ----------
    .. [1] S. Varma, R. Simon (2006). Bias in error estimation when using cross-validation for model
       selection. BMC Bioinformatics 7:91.
    .. [2] G. C. Cawley, N. L. C. Talbot (2010). On over-fitting in model selection and subsequent
       selection bias in performance evaluation. JMLR 11.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> X, y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> forest = RandomForestClassifier(n_estimators=10, random_state=0)
    >>> tuned = TunedThresholdsCV(forest, cv=3).fit(X, y)
    >>> tuned.thresholds_.shape, bool(tuned.best_score_ > tuned.default_score_)
    ((3,), True)
    """

    def __init__(
        self,
        estimator: Any,
        *,
        scoring: Any = "f1",
        average: str | None = None,
        constraint: Any = None,
        cv: Any = None,
        combine: str = "auto",
        min_positives: int = 10,
        refit: bool = True,
        kind: str = "auto",
        pos_label: Any = None,
        n_groups: int = 1,
        max_evaluations: int = 1000,
        n_jobs: int | None = None,
        random_state: Any = None,
        store_cv_results: bool = False,
    ):
        self.estimator = estimator
        self.scoring = scoring
        self.average = average
        self.constraint = constraint
        self.cv = cv
        self.combine = combine
        self.min_positives = min_positives
        self.refit = refit
        self.kind = kind
        self.pos_label = pos_label
        self.n_groups = n_groups
        self.max_evaluations = max_evaluations
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.store_cv_results = store_cv_results

    @with_callbacks
    @checks_arguments
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, **fit_params: Any
    ) -> "TunedThresholdsCV":
        """Fit the classifier in each fold, choose the thresholds, and fit it on all rows.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,) or (n, n_columns)
            Labels, bits, or one-hot rows.
        sample_weight : array-like of shape (n,), optional
            For the metric, and for the classifier where its ``fit`` names them or they are routed
            to it.
        **fit_params
            For the classifier's ``fit``, cut as the rows are, or routed; ``groups`` is for the
            splitter. A scorer gets what it asks for with ``set_score_request``.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Bad or contradictory parameters, and constraints that cannot be met.
        """
        check_all_there(self)
        X, y, sample_weight = (in_memory(part) for part in (X, y, sample_weight))
        if y is not None:
            check_same_rows(X, y)
        X, y = indexable(X, y)
        prefit = isinstance(self.cv, str) and self.cv == "prefit"
        classes = _known_classes(self.estimator, y) if prefit else None
        y, task = self._learn_task(y, classes)
        search = search_of(self, task)
        Y = task.encode(y)
        given = weights = read_weights(sample_weight, Y)
        routed = for_scorer(self, "fit", weights, fit_params)
        search, weights = give_rows(search, X, Y, weights, routed)
        check_scoring(search, task, Y, weights)
        if prefit:
            params, estimator = {}, self._prefit(fit_params)
            whole = begin(self, X, y, sample_weight)
            rows = [task.rows(Y, task.probabilities(estimator, X), weights)]
            folds = HeldOutRows(rows, rows)
        else:
            params, split_params = route(self, given, fit_params)
            cv = make_cv(self.cv, y, task, self.random_state)
            splits = make_splits(cv, X, y, task, **split_params)
            self._check_refit(splits)
            whole = begin(self, X, y, sample_weight, n_subtasks=len(splits) + bool(self.refit))
            (fits,) = fit_folds(
                self.estimator, [{}], X, y, splits, params, task, [whole],
                n_jobs=self.n_jobs, keep=not self.refit,
            )  # fmt: skip
            estimator, folds = fits[0].estimator, fold_rows(fits, Y, weights, splits, task)
        combined = combine(folds.chosen_by, search, self.combine, self.min_positives)
        warn_of_doubts(combined, folds.truth, task, self.min_positives)
        if estimator is None:
            estimator = clone(self.estimator)
            whole.within("refit").fits(estimator, X, y, **params)
        self._take_over(estimator, task, **self._learned(folds, search, combined))
        warn_of_skipped(search, 2 + FRAMES_OF_FIT)
        whole.ends()
        return self

    def _prefit(self, fit_params: dict) -> Any:
        """The classifier that is fitted already; nothing is left to give to its ``fit``."""
        left = set(fit_params)
        if asks_for_metadata(self.scoring):
            left -= set(get_routing_for_object(self.scoring).consumes("score", fit_params))
        if left:
            raise ValueError(
                f"fit was given {', '.join(sorted(left))} with cv='prefit', which fits nothing: "
                "expected X, y and sample_weight only."
            )
        return self.estimator

    def _check_refit(self, splits: list) -> None:
        """Raise where no classifier would be left to predict with."""
        if not self.refit and len(splits) > 1:
            raise ValueError(
                f"refit=False with cv={shown(self.cv)}, which makes "
                f"{counted(len(splits), 'split')}: expected a single one, whose classifier can be "
                "kept. Use refit=True, or a float as cv."
            )

    def _learned(self, folds: HeldOutRows, search: Search, combined: Combined) -> dict[str, Any]:
        """What is learned besides the classifier."""
        scores, defaults = scores_of_folds(self, folds, search, combined)
        learned = {
            "thresholds_": combined.thresholds,
            "fold_thresholds_": combined.fold_thresholds,
            "best_score_": scores.mean,
            "default_score_": defaults.mean,
        }
        if self.store_cv_results:
            results = {"fold_scores": scores.scores, "fold_default_scores": defaults.scores}
            learned["cv_results_"] = results | _curves(folds.chosen_by, search)
        return learned


def scores_of_folds(
    owner: Any, folds: HeldOutRows, search: Search, combined: Combined | None
) -> tuple[FoldScores, FoldScores]:
    """The folds' scores at thresholds chosen on the others, and at 0.5.

    The former are NaN where there are no thresholds.
    """
    half = np.full(folds.truth[0].n_columns, 0.5)
    defaults = scores_at(folds.truth, search, [half] * len(folds.truth))
    if combined is None:
        return FoldScores.all_equal(len(folds.truth), np.nan), defaults
    how, least, known = owner.combine, owner.min_positives, combined.fold_thresholds
    scores = held_out_scores(folds.chosen_by, search, how, least, known, folds.truth)
    return scores, defaults


def search_of(owner: Any, task: Task) -> Search:
    """What a meta-estimator searches for, from its parameters, checked before any fit."""
    _check_one_metric(owner)
    _check_printed_and_kept(owner)
    search = make_search(
        task.kind,
        owner.scoring,
        owner.average,
        owner.constraint,
        owner.max_evaluations,
        n_jobs=1 if owner.n_jobs is None else owner.n_jobs,
        form=task.form,
    )
    search = _with_default_average(search, owner, task)
    names = {getattr(search.metric, "name", None)}
    names |= search.constraint.names if search.constraint is not None else set()
    if task.kind == "onehot" and "share_decided" in names:
        raise ValueError(
            f"scoring={owner.scoring!r}, constraint={owner.constraint!r}: 'share_decided' tunes "
            f"when to abstain, and {type(owner).__name__} always decides. Use best_thresholds on "
            "held-out probabilities, and OneHotClassifier(abstain=True, threshold=...)."
        )
    resolve(owner.combine, search, task.kind)
    if not is_int(owner.min_positives) or owner.min_positives < 0:
        raise ValueError(f"min_positives={owner.min_positives!r}: expected an int of at least 0.")
    return search


def _check_one_metric(owner: Any) -> None:
    """Raise for what ``GridSearchCV`` takes of several metrics: a collection, a choice of one."""
    if isinstance(owner.scoring, (list, set, frozenset, dict)):
        raise ValueError(
            f"scoring={owner.scoring!r} holds several: expected one metric, which thresholds are "
            "chosen by. Fit once for each, or combine them in a function of the counts."
        )
    if not isinstance(owner.refit, (bool, np.bool_)):
        raise ValueError(
            f"refit={owner.refit!r}: expected True or False. There is one metric to be best by: "
            "name it with scoring=, and see cv_results_ to choose otherwise."
        )


def _check_printed_and_kept(owner: Any) -> None:
    """Raise for a ``store_cv_results`` that is no flag, and a ``verbose`` that is no number."""
    kept, printed = getattr(owner, "store_cv_results", False), getattr(owner, "verbose", 0)
    if not isinstance(kept, (bool, np.bool_)):
        raise ValueError(f"store_cv_results={kept!r}: expected True or False.")
    if not isinstance(printed, bool) and (not is_int(printed) or printed < 0):
        raise ValueError(f"verbose={printed!r}: expected an int of at least 0.")


def _with_default_average(search: Search, owner: Any, task: Task) -> Search:
    """The search by macro and micro together, where nobody chose and it can be.

    Tuned for itself alone, a bit that is hard to predict comes to fire everywhere: the macro
    average gains a little, and the micro average loses a lot.
    """
    chosen = owner.average is not None or names_average(owner.scoring, task.kind)
    if task.kind != "bits" or chosen or search.constraint is not None:
        return search
    if search.average != AVERAGES[task.kind][0]:  # as of accuracy, which is of whole rows
        return search
    by_counts = isinstance(search.metric, Metric) and not isinstance(search.metric, CostPerBit)
    if not by_counts or owner.combine not in ("auto", "fold_mean", "pooled"):
        return search
    return replace(search, average="macro_micro")


def check_scoring(search: Search, task: Task, Y: np.ndarray, weights: np.ndarray | None) -> None:
    """Score the truth itself: raises before any fit for what cannot score decisions."""
    truth = task.rows(Y, Y.astype(np.float64), weights)
    check_costs(truth, search)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bits that are never on, and the like
        score_of(truth, search, np.full(task.n_columns, 0.5))


def _known_classes(estimator: Any, y: Any) -> Any:
    """All labels, where a fitted classifier of labels knows them."""
    check_is_fitted(estimator)
    with about("y"):
        several = is_matrix(y)
    return None if several else getattr(estimator, "classes_", None)


def _curves(folds: list[Rows], search: Search) -> dict[str, Any]:
    """The mean curves of the columns, where each is tuned for itself by a formula."""
    if isinstance(search.metric, Opaque) or search.average not in BY_COLUMN:
        return {}
    if folds[0].kind == "onehot":
        return {}
    columns = [[rows.only(k) for rows in folds] for k in range(folds[0].n_columns)]
    curves = [
        mean_curve(counting(of_one, search.metric_of(k)) or of_one, search.metric_of(k))
        for k, of_one in enumerate(columns)
    ]
    dtype = folds[0].dtype
    parts = {
        "thresholds": [curve.cutoffs(dtype) for curve in curves],
        "scores": [curve.mean for curve in curves],
        "std": [curve.std for curve in curves],
    }
    return {k: v[0] for k, v in parts.items()} if search.average == "binary" else parts
