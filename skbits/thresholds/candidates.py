"""Candidates: parameters to try, what came of them, and the table of results.

Rules
-----
* A dict is a grid, as in ``GridSearchCV``; so is a list of dicts all of whose values are lists or
  arrays. Any other iterable of dicts is the candidates themselves. Tuples beside lists are lists;
  by themselves they are values, such as sizes of layers that ``ParameterSampler`` drew.
* The best candidate has the highest mean score; of several, it is the first. One that failed, or
  that cannot meet the constraint, is never the best.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.model_selection import ParameterGrid

from skbits.thresholds.applying import threshold_parameter
from skbits.thresholds.combining import Combined
from skbits.thresholds.folds import clone_with
from skbits.thresholds.held_out import FoldScores
from skbits.thresholds.searching import InfeasibleError


@dataclass(frozen=True)
class Candidate:
    """One combination of parameters, with the thresholds that suit it best.

    Parameters
    ----------
    params : dict
    thresholds : ndarray of shape (n_columns,)
        NaN where fits failed, or the constraint cannot be met.
    scores : FoldScores
        At thresholds chosen on the other folds.
    default_scores : FoldScores
        At 0.5.
    fit_seconds, predict_seconds : ndarray of shape (n_folds,)
    combined : Combined or None
    infeasible : InfeasibleError or None
    doubts : sequence of str
        What makes the thresholds doubtful.
    """

    params: dict[str, Any]
    thresholds: np.ndarray
    scores: FoldScores
    default_scores: FoldScores
    fit_seconds: np.ndarray
    predict_seconds: np.ndarray
    combined: Combined | None = None
    infeasible: InfeasibleError | None = None
    doubts: Sequence[str] = ()

    @property
    def mean_score(self) -> float:
        """Of all folds."""
        return self.scores.mean

    @property
    def std_score(self) -> float:
        """Over the folds that count."""
        return self.scores.std


def read_grid(param_grid: Any, estimator: Any) -> list[dict[str, Any]]:
    """The candidates, from a grid or from an iterable of them.

    Raises
    ------
    ValueError
        No candidates, as of an iterator that was read before; something else than dicts; or the
        threshold among the parameters.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> read_grid({"C": [1, 2]}, LogisticRegression())
    [{'C': 1}, {'C': 2}]
    """
    candidates, why = [], ""
    try:
        candidates = list(ParameterGrid(param_grid) if _is_grid(param_grid) else param_grid)
    except (TypeError, ValueError) as error:
        why = f" {error}"
    if not candidates and isinstance(param_grid, Iterator):
        raise ValueError(
            f"param_grid={param_grid!r} gives no candidates: expected one at least. An iterator "
            "can be read once: pass a list, as in param_grid=list(candidates)."
        )
    if not candidates or not all(isinstance(params, Mapping) for params in candidates):
        raise ValueError(
            f"param_grid={param_grid!r}: expected a dict of lists, a list of them, or an iterable "
            f"of dicts such as ParameterSampler, with at least one candidate.{why}"
        )
    threshold = threshold_parameter(estimator)
    if threshold is not None and any(threshold in params for params in candidates):
        raise ValueError(
            f"param_grid names {threshold!r}: expected parameters of the model only. Thresholds "
            "are chosen from the probabilities, all of them; leave it out."
        )
    return [dict(params) for params in candidates]


def candidates_of(estimator: Any, grid: Iterable[Mapping[str, Any]]) -> Iterator[Any]:
    """The classifiers of a grid, unfitted, but for those whose parameters are no such."""
    for params in grid:
        try:
            yield clone_with(estimator, params)
        except Exception:  # what is wrong comes out where it is fitted
            continue


def _is_grid(param_grid: Any) -> bool:
    if isinstance(param_grid, Mapping):
        return True
    if not isinstance(param_grid, (list, tuple)):
        return False
    if not all(isinstance(part, Mapping) for part in param_grid):
        return False
    values = [value for part in param_grid for value in part.values()]
    options = (list, range, np.ndarray)
    return all(isinstance(value, (*options, tuple)) for value in values) and (
        not values or any(isinstance(value, options) for value in values)
    )


def best_index(candidates: list[Candidate]) -> int:
    """The position of the best candidate.

    Raises
    ------
    InfeasibleError
        Where no candidate meets the constraint.
    ValueError
        Where none has a score.
    """
    scores = _to_compare(candidates)
    if scores.max() > -np.inf:
        return int(np.argmax(scores))
    errors = [(c.params, c.infeasible) for c in candidates if c.infeasible is not None]
    if errors:
        shown = "\n".join(f"{params}: {error}" for params, error in errors[:5])
        raise InfeasibleError(f"no candidate meets the constraint:\n{shown}") from errors[0][1]
    if all(c.combined is None for c in candidates):
        raise ValueError(
            "every candidate has a fit that failed: expected one whose fits all succeed. Pass "
            "error_score='raise' to see where."
        )
    raise ValueError(
        "no candidate has a score: expected a positive in at least one fold. Use fewer folds, "
        "or stratified ones."
    )


def _to_compare(candidates: list[Candidate]) -> np.ndarray:
    """The mean scores, (n_candidates,); minus infinity for those that cannot be the best."""
    usable = [c.combined is not None and not np.isnan(c.mean_score) for c in candidates]
    means = [c.mean_score if ok else -np.inf for c, ok in zip(candidates, usable, strict=True)]
    return np.array(means)


def results_of(candidates: list[Candidate]) -> dict[str, Any]:
    """The table of results, as ``GridSearchCV.cv_results_``: a column an entry.

    ``thresholds`` holds a number a candidate, or an array where there are several.
    """
    results: dict[str, Any] = {}
    for what, name in (("fit_seconds", "fit_time"), ("predict_seconds", "score_time")):
        seconds = np.stack([getattr(candidate, what) for candidate in candidates])
        results[f"mean_{name}"] = seconds.mean(axis=1)
        results[f"std_{name}"] = seconds.std(axis=1)
    params = [candidate.params for candidate in candidates]
    for name in sorted({name for of_one in params for name in of_one}):
        results[f"param_{name}"] = _param_column(name, params)
    results["params"] = params
    results["thresholds"] = _objects(
        [c.thresholds if len(c.thresholds) > 1 else float(c.thresholds[0]) for c in candidates]
    )
    scores = np.stack(
        [candidate.scores.scores for candidate in candidates]
    )  # (n_candidates, n_folds)
    for fold, of_fold in enumerate(scores.T):
        results[f"split{fold}_test_score"] = of_fold
    means = np.array([candidate.mean_score for candidate in candidates])
    results["mean_test_score"] = means
    results["std_test_score"] = np.array([candidate.std_score for candidate in candidates])
    ranks = rankdata(-_to_compare(candidates), method="min")
    results["rank_test_score"] = ranks.astype(np.int32)
    results["mean_test_default_score"] = np.array([c.default_scores.mean for c in candidates])
    return results


def _objects(values: list) -> np.ndarray:
    """Values as they are, in an array that does not look into them; of numbers, numbers."""
    if all(isinstance(value, float) for value in values):
        return np.array(values)
    column = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        column[i] = value
    return column


def _param_column(name: str, params: list[dict[str, Any]]) -> np.ma.MaskedArray:
    """A parameter of every candidate; masked where a candidate does not set it."""
    column = np.ma.MaskedArray(np.empty(len(params), dtype=object), mask=True)
    for i, of_one in enumerate(params):
        if name in of_one:
            column[i] = of_one[name]
    return column
