"""ThresholdGridSearchCV: architecture and thresholds from the same fits."""

import numbers
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils import indexable

from skbits import progress
from skbits.arguments import checks_arguments, unknown_argument
from skbits.blocks import in_memory
from skbits.files.leaving_out import check_all_there
from skbits.inputs import check_same_rows
from skbits.naming import params_text
from skbits.progress import FRAMES_OF_FIT, begin, with_callbacks
from skbits.quantities import quantity
from skbits.thresholds.applying import with_thresholds
from skbits.thresholds.best import score_of
from skbits.thresholds.candidates import (
    Candidate,
    best_index,
    candidates_of,
    read_grid,
    results_of,
)
from skbits.thresholds.combining import combine
from skbits.thresholds.doubts import doubts
from skbits.thresholds.folds import (
    FoldFit,
    clone_with,
    fit_folds,
    fold_rows,
    make_cv,
    make_splits,
    verbose_of_epochs,
    warn_of_failures,
)
from skbits.thresholds.held_out import FoldScores
from skbits.thresholds.reading import read_weights
from skbits.thresholds.scoring import read_constraint
from skbits.thresholds.searching import InfeasibleError, Search, warn_of_skipped
from skbits.thresholds.task import Task, may_have_probabilities
from skbits.thresholds.thresholded import (
    ThresholdedClassifier,
    for_scorer,
    give_rows,
    route,
)
from skbits.thresholds.tuned import check_scoring, scores_of_folds, search_of
from skbits.values import is_word

#: what is learned with ``refit=True`` alone
_OF_REFIT = (
    "best_estimator_",
    "estimator_",
    "refit_time_",
    "classes_",
    "n_features_in_",
    "feature_names_in_",
    "_task_",
)


class ThresholdGridSearchCV(ThresholdedClassifier):
    """Search a classifier's parameters together with its decision thresholds.

    Each candidate is fitted once a fold, and once more the best on all rows: candidates x folds
    + 1 fits, where ``GridSearchCV`` around a tuner of thresholds takes several times as many. Its
    out-of-fold probabilities choose its thresholds; each fold is scored with thresholds chosen on
    the *other* folds, so ``best_score_`` is not flattered by them.

    Not for metrics that read probabilities, such as ROC AUC or log loss: with ``GridSearchCV`` they
    choose an architecture, and ``TunedThresholdsCV`` the thresholds of the best one.

    Parameters
    ----------
    estimator : classifier
        With ``predict_proba``.
    param_grid : dict, list of dict, or iterable of dict
        What ``ParameterGrid`` takes, or what ``ParameterGrid`` and ``ParameterSampler`` make.
    scoring, average, constraint, max_evaluations
        What to maximize: as in :class:`skbits.TunedThresholdsCV`.
    cv : int, splitter, iterable or float, default=None
        Folds; None is 5. A float is the share of the rows to hold out once.
    combine, min_positives, kind, pos_label, n_groups, n_jobs, random_state
        As in :class:`skbits.TunedThresholdsCV`.
    refit : bool, default=True
        Whether to fit the best candidate on all rows.
    error_score : "raise" or float, default=nan
        Score of a candidate one of whose fits fails.
    verbose : int, default=0
        1 prints a line a candidate, 2 also a line an epoch of a classifier of skbits.

    Attributes
    ----------
    best_index_ : int
        The candidate with the highest mean score; the first of several.
    best_params_ : dict
    best_thresholds_ : ndarray of shape (n_columns,)
    best_fold_thresholds_ : ndarray of shape (n_folds, n_columns)
        The best candidate's thresholds of each fold, NaN where a fold has none; their spread says
        how sure ``best_thresholds_`` are.
    best_score_ : float
        Mean over the folds at thresholds chosen on the other folds. The maximum over candidates
        still flatters a little, as in ``GridSearchCV``.
    best_estimator_ : classifier
        Fitted on all rows. It decides at ``best_thresholds_``: by its own ``threshold``, where it
        (or the last step of a pipeline) is a classifier of skbits, else wrapped in
        ``FixedThresholds``.
    cv_results_ : dict of arrays
        As ``GridSearchCV``'s, with "thresholds", and "mean_test_default_score" at 0.5.
    n_splits_ : int
    refit_time_ : float
        Seconds.
    multimetric_ : bool
        False.
    classes_, n_features_in_, feature_names_in_
        As in ``GridSearchCV``.

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
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = ThresholdGridSearchCV(tree, {"max_depth": [1, 3]}).fit(X, y)
    >>> search.best_params_, search.best_thresholds_.round(2).tolist()
    ({'max_depth': 3}, [0.31])
    """

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
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
        error_score: Any = np.nan,
        verbose: int = 0,
    ):
        self.estimator = estimator
        self.param_grid = param_grid
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
        self.error_score = error_score
        self.verbose = verbose

    @with_callbacks
    @checks_arguments
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, **fit_params: Any
    ) -> "ThresholdGridSearchCV":
        """Fit every candidate in every fold, and the best one on all rows.

        Parameters
        ----------
        X, y, sample_weight, **fit_params
            As in :meth:`skbits.TunedThresholdsCV.fit`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Bad parameters, fits that all fail, or a constraint that no candidate meets.
        """
        check_all_there(self)
        X, y, sample_weight = (in_memory(part) for part in (X, y, sample_weight))
        if y is not None:
            check_same_rows(X, y)
        X, y = indexable(X, y)
        grid = read_grid(self.param_grid, self.estimator)
        y, task = self._learn_task(y, candidates=candidates_of(self.estimator, grid))
        search = search_of(self, task)
        self._check_error_score()
        Y = task.encode(y)
        weights = read_weights(sample_weight, Y)
        params, split_params = route(self, weights, fit_params)
        routed = for_scorer(self, "fit", weights, fit_params)
        search, weights = give_rows(search, X, Y, weights, routed)
        check_scoring(search, task, Y, weights)
        cv = make_cv(self.cv, y, task, self.random_state)
        splits = make_splits(cv, X, y, task, **split_params)
        whole = begin(self, X, y, sample_weight, n_subtasks=1 + bool(self.refit))
        searching = whole.within("search", len(grid))
        tasks = [searching.within("candidate", len(splits)) for _ in grid]
        for one in (searching, *tasks):
            one.begins()
        fits = fit_folds(
            self._told(), grid, X, y, splits, params, task, tasks,
            n_jobs=self.n_jobs, error_score=self.error_score,
        )  # fmt: skip
        candidates, all_fits = [], []
        for candidate_params, of_candidate, one in zip(grid, fits, tasks, strict=True):
            all_fits += of_candidate
            candidate = self._candidate(
                candidate_params, of_candidate, Y, weights, splits, task, search
            )
            candidates.append(candidate)
            one.ends()
            self._announce(candidate, len(candidates), len(grid))
        searching.ends()
        warn_of_failures(all_fits, self.error_score, len(grid))
        best = best_index(candidates)
        for message in candidates[best].doubts:
            warnings.warn(message, UserWarning, stacklevel=1 + FRAMES_OF_FIT)
        warn_of_skipped(search, 2 + FRAMES_OF_FIT)
        self._finish(X, y, params, task, candidates, best, len(splits), whole)
        whole.ends()
        return self

    def _candidate(
        self,
        params: dict[str, Any],
        fits: Sequence[FoldFit],
        Y: np.ndarray,
        weights: np.ndarray | None,
        splits: Sequence,
        task: Task,
        search: Search,
    ) -> Candidate:
        """A candidate's thresholds and scores, from its folds' fits."""
        seconds = [
            np.array([getattr(fit, name) for fit in fits])
            for name in ("fit_seconds", "predict_seconds")
        ]
        missing = np.full(task.n_columns, np.nan)
        if any(fit.error is not None for fit in fits):
            scores = FoldScores.all_equal(len(fits), self.error_score)
            return Candidate(params, missing, scores, scores, *seconds)
        folds = fold_rows(fits, Y, weights, splits, task)
        combined = infeasible = None
        try:
            combined = combine(folds.chosen_by, search, self.combine, self.min_positives)
        except InfeasibleError as error:
            infeasible = error
        thresholds = missing if combined is None else combined.thresholds
        scores = scores_of_folds(self, folds, search, combined)
        told = [] if combined is None else doubts(combined, folds.truth, task, self.min_positives)
        return Candidate(params, thresholds, *scores, *seconds, combined, infeasible, told)

    def _check_probabilities(self) -> None:
        """Raise where no candidate will have probabilities; some have by a parameter."""
        if may_have_probabilities(self.estimator):
            return
        for params in read_grid(self.param_grid, self.estimator):
            with suppress(AttributeError, TypeError, ValueError):  # of one that cannot be made
                if may_have_probabilities(clone_with(self.estimator, params)):
                    return
        super()._check_probabilities()

    def _told(self) -> Any:
        """The estimator as ``verbose`` wants it to print."""
        if self.verbose < 2:
            return self.estimator
        names = verbose_of_epochs(self.estimator)
        return clone_with(self.estimator, dict.fromkeys(names, self.verbose))

    def _announce(self, candidate: Candidate, number: int, n_candidates: int) -> None:
        """One line for a candidate that is done."""
        if self.verbose:
            seconds = candidate.fit_seconds.sum() + candidate.predict_seconds.sum()
            params, told = params_text(candidate.params), quantity(self.scoring)
            at_half = told.sign * candidate.default_scores.mean
            found = (
                f"no cutoff keeps {read_constraint(self.constraint)}"
                if candidate.infeasible
                else told.text(candidate.mean_score)
            )
            print(
                f"[{number}/{n_candidates}] {found} "
                f"(at 0.5: {at_half:.4f})  {params}  ({seconds:.1f} s)",
                flush=True,
            )

    def _finish(
        self,
        X: Any,
        y: Any,
        params: Mapping[str, Any],
        task: Task,
        candidates: list[Candidate],
        best: int,
        n_splits: int,
        whole: progress.Task,
    ) -> None:
        """Refit, and learn everything at once."""
        chosen = candidates[best]
        learned: dict[str, Any] = {
            "best_index_": best,
            "best_params_": chosen.params,
            "best_thresholds_": chosen.thresholds,
            "best_fold_thresholds_": chosen.combined.fold_thresholds,
            "best_score_": chosen.mean_score,
            "cv_results_": results_of(candidates),
            "n_splits_": n_splits,
            "multimetric_": False,
        }
        if not self.refit:
            for name in _OF_REFIT:
                vars(self).pop(name, None)
            vars(self).update(learned)
            return
        start = perf_counter()
        model = clone_with(self._told(), chosen.params)
        whole.within("refit").fits(model, X, y, **params)
        # best_estimator_ prints no more than the estimator given would
        given = verbose_of_epochs(clone_with(self.estimator, chosen.params))
        if given:
            model.set_params(**given)
        model = with_thresholds(model, chosen.thresholds, task)
        learned |= {"best_estimator_": model, "refit_time_": perf_counter() - start}
        self._take_over(model, task, **learned)

    _scores_by_scoring = True

    def _decide_at(self) -> np.ndarray:
        return self.best_thresholds_

    def _check_error_score(self) -> None:
        is_number = isinstance(self.error_score, numbers.Real)
        if not is_number and not is_word(self.error_score, "raise"):
            raise ValueError(f"error_score={self.error_score!r}: expected 'raise' or a number.")

    @checks_arguments
    def score(self, X: Any, y: Any, sample_weight: Any = None, **score_params: Any) -> float:
        """The metric of the best classifier's decisions: ``scoring``, not accuracy.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,) or (n, n_columns)
        sample_weight : array-like of shape (n,), optional
        **score_params
            What is routed to a scorer.

        Returns
        -------
        float
            Greater is better.
        """
        X, y, sample_weight = (in_memory(part) for part in (X, y, sample_weight))
        routed = for_scorer(self, "score", sample_weight, score_params)
        if score_params and routed is None:
            known, unknown = ("X", "y", "sample_weight"), next(iter(score_params))
            raise TypeError(unknown_argument(type(self), "score", unknown, known))
        task = self._task_of_fitted()
        probabilities = self._probabilities(X)
        check_same_rows(probabilities, y)
        Y = task.encode(y)
        weights = read_weights(sample_weight, Y)
        search, weights = give_rows(search_of(self, task), X, Y, weights, routed)
        return score_of(task.rows(Y, probabilities, weights), search, self.best_thresholds_)

    def _task_of_fitted(self) -> Task:
        if hasattr(self, "best_index_") and not hasattr(self, "best_estimator_"):
            raise NotFittedError(
                f"{type(self).__name__}(refit=False) has no fitted classifier: expected refit=True "
                "to predict. Or fit a clone with best_params_, and set best_thresholds_ on it."
            )
        return super()._task_of_fitted()
