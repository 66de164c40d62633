"""Folds: fitting on some rows and predicting the others, for every candidate.

Rules
-----
* One fit a candidate and fold; its probabilities of the fold's other rows are kept, and all
  thresholds are chosen from them.
* A fit that fails is ``error_score``, with a warning; "raise" lets the error through.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import signature
from time import perf_counter
from traceback import format_exc
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    check_cv,
)
from sklearn.utils.parallel import Parallel, delayed

from skbits import progress
from skbits.naming import about, counted
from skbits.progress import FRAMES_OF_FIT
from skbits.targets import is_matrix
from skbits.thresholds.rows import Rows, cut_params, n_rows, take_rows
from skbits.thresholds.task import Task
from skbits.values import is_int, is_real

#: how joblib hands results on as they are done; before 1.3 it cannot: candidates take turns
_AS_DONE = {"return_as": "generator"} if "return_as" in signature(Parallel).parameters else {}

#: splitters that keep the shares of labels, and take a label a row only
_STRATIFIED = (
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
)

#: positions of the rows to train on, and of those held out
Split = tuple[np.ndarray, np.ndarray]


def make_cv(cv: Any, y: Any, task: Task, random_state: Any) -> Any:
    """A splitter, from the forms scikit-learn has and a share of rows to hold out.

    Raises
    ------
    ValueError
        A share that is not between 0 and 1.
    """
    if isinstance(cv, (bool, np.bool_)) or (is_int(cv) and cv < 2):
        raise ValueError(
            f"cv={cv!r}: expected at least 2 folds. A float is the share of rows to hold out once."
        )
    y = _to_stratify(y, task)
    if is_real(cv) and not is_int(cv):
        if not 0 < cv < 1:
            raise ValueError(f"cv={cv!r}: expected a share of the rows, between 0 and 1.")
        split = ShuffleSplit if is_matrix(y) else StratifiedShuffleSplit
        return split(n_splits=1, test_size=float(cv), random_state=random_state)
    if _has_groups(y, task) and (cv is None or is_int(cv)):
        return check_cv(_dealt(y, task.target.n_groups, 5 if cv is None else cv))
    try:
        with about("cv"):
            return check_cv(cv, y, classifier=True)
    except ValueError as error:
        also = " 'prefit' is for TunedThresholdsCV." if isinstance(cv, str) else ""
        raise ValueError(f"cv={shown(cv)}: {error}{also}") from error


def _to_stratify(y: Any, task: Task) -> Any:
    """The target by whose labels folds are alike: the classes of one-hot rows, else itself."""
    one_hot_rows = task.kind == "onehot" and task.target.n_groups == 1 and is_matrix(y)
    return np.asarray(y).argmax(axis=1) if one_hot_rows else y


def _has_groups(y: Any, task: Task) -> bool:
    """Whether y has one-hot rows of several blocks."""
    return task.kind == "onehot" and task.target.n_groups > 1 and is_matrix(y)


def _dealt(y: Any, n_groups: int, n_folds: int) -> list[Split]:
    """Folds of one-hot rows of several blocks: in the order of their classes, dealt out in turn.

    Each combination of classes is as frequent in all folds, to one row, however rare it is.

    Examples
    --------
    >>> y = [[1, 0, 1, 0]] * 2 + [[0, 1, 1, 0]] * 2
    >>> [test.tolist() for _, test in _dealt(y, 2, 2)]
    [[0, 2], [1, 3]]
    """
    classes = np.asarray(y).reshape(len(y), n_groups, -1).argmax(axis=2)
    fold = np.empty(len(classes), dtype=int)
    fold[np.lexsort(classes.T[::-1])] = np.arange(len(classes)) % n_folds
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds)]


def make_splits(cv: Any, X: Any, y: Any, task: Task, **params: Any) -> list[Split]:
    """What a splitter gives, as positions of rows; masks are understood.

    Splitters that keep the shares of labels are given one-hot rows as classes.

    Raises
    ------
    ValueError
        No splits, or one without rows to train on or to hold out.

    Examples
    --------
    >>> mask = np.array([True, False, True])
    >>> from skbits.thresholds.task import learn_task
    >>> y, cv = [0, 1, 0], check_cv([(mask, ~mask)])
    >>> [part.tolist() for part in make_splits(cv, [1, 2, 3], y, learn_task(y))[0]]
    [[0, 2], [1]]
    """
    with about("cv"):
        by_label = isinstance(cv, _STRATIFIED)
        try:
            rows = cv.split(X, _to_stratify(y, task) if by_label else y, **params)
            splits = [(_positions(train), _positions(test)) for train, test in rows]
        except ValueError as error:
            if not by_label:
                raise
            raise ValueError(
                f"cv={shown(cv)} keeps the shares of labels: {error} Use fewer folds, or folds "
                "that need not be alike, cv=KFold(5, shuffle=True)."
            ) from error
        if not all(is_in_range(part, n_rows(X)) for split in splits for part in split):
            raise ValueError(
                f"cv={shown(cv)} names rows that X, of {counted(n_rows(X), 'row')}, has not."
            )
    if not splits or not all(len(train) and len(test) for train, test in splits):
        raise ValueError(
            f"cv={shown(cv)} makes {counted(len(splits), 'split')}, or one without rows: expected "
            "rows to train on and rows to hold out in each."
        )
    return splits


def _positions(rows: Any) -> np.ndarray:
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def is_in_range(rows: np.ndarray, n: int) -> bool:
    """Whether positions of rows are such, of ``n`` rows.

    Examples
    --------
    >>> is_in_range(np.array([0, -1]), 2), is_in_range(np.array([0, 2]), 2)
    (True, False)
    """
    if rows.ndim != 1 or (len(rows) and rows.dtype.kind not in "iu"):
        return False
    return bool(np.all((rows >= -n) & (rows < n)))


def shown(cv: Any) -> str:
    """How a message shows what was given as cv: lists of rows would fill the screen."""
    text = repr(cv)
    return text if len(text) <= 80 else f"<{type(cv).__name__}>"


def clone_with(estimator: Any, params: Mapping[str, Any]) -> Any:
    """A clone with some parameters."""
    model = clone(estimator)
    if params:  # a frozen estimator has none to set
        model.set_params(**clone(dict(params), safe=False))
    return model


def verbose_of_epochs(estimator: Any) -> dict[str, Any]:
    """Each ``verbose``, in an estimator and within it, of what is fitted by epochs.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skbits import BinaryClassifier
    >>> verbose_of_epochs(make_pipeline(BinaryClassifier(verbose=1)))
    {'binaryclassifier__verbose': 1}
    """
    params = estimator.get_params()
    owners = [name.removesuffix("epochs") for name in params if name.split("__")[-1] == "epochs"]
    return {
        f"{owner}verbose": params[f"{owner}verbose"]
        for owner in owners
        if f"{owner}verbose" in params
    }


@dataclass(frozen=True)
class FoldFit:
    """What one fit gave: probabilities of the rows held out, or why there are none."""

    p: np.ndarray | None  # (n_test, n_columns)
    fit_seconds: float
    predict_seconds: float
    error: str | None = None
    estimator: Any = None


def fit_fold(
    estimator: Any,
    params: Mapping[str, Any],
    X: Any,
    y: Any,
    train: np.ndarray,
    test: np.ndarray,
    fit_params: Mapping[str, Any],
    task: Task,
    fold: progress.Task,
    *,
    error_score: Any = "raise",
    keep: bool = False,
) -> FoldFit:
    """Fit a clone on the training rows, and predict the others."""
    model = clone_with(estimator, params)
    start = perf_counter()
    fitted = 0.0
    try:
        given = cut_params(fit_params, n_rows(X), train)
        fold.fits(model, take_rows(X, train), take_rows(y, train), **given)
        fitted = perf_counter() - start
        p = task.probabilities(model, take_rows(X, test))
    except Exception:
        if error_score == "raise":
            raise
        seconds = fitted or perf_counter() - start
        return FoldFit(None, seconds, 0.0, error=format_exc())
    return FoldFit(p, fitted, perf_counter() - start - fitted, estimator=model if keep else None)


def fit_folds(
    estimator: Any,
    candidates: Sequence[Mapping[str, Any]],
    X: Any,
    y: Any,
    splits: Sequence[Split],
    fit_params: Mapping[str, Any],
    task: Task,
    within: Sequence[progress.Task],
    *,
    n_jobs: int | None,
    error_score: Any = "raise",
    keep: bool = False,
) -> Iterator[list[FoldFit]]:
    """The folds' fits of one candidate after the other, as they are done.

    ``within`` has the task of each candidate, with a task within for each fold.
    """
    # made ahead: a worker's copy is written while others run
    folds = [[candidate.within("fold") for _ in splits] for candidate in within]

    def jobs(some: Sequence[tuple[Mapping[str, Any], list[progress.Task]]]) -> Iterator[Any]:
        fit = partial(fit_fold, fit_params=fit_params, task=task, error_score=error_score)
        for params, tasks in some:
            for (train, test), fold in zip(splits, tasks, strict=True):
                yield delayed(fit)(estimator, params, X, y, train, test, fold=fold, keep=keep)

    all_jobs = list(zip(candidates, folds, strict=True))
    if not _AS_DONE:
        for job in all_jobs:
            yield Parallel(n_jobs=n_jobs)(jobs([job]))
        return
    done = iter(Parallel(n_jobs=n_jobs, **_AS_DONE)(jobs(all_jobs)))
    for _ in candidates:
        yield [next(done) for _ in splits]


class HeldOutRows(NamedTuple):
    """The held-out rows of each fold: as thresholds are chosen by them, and as they are scored."""

    chosen_by: list[Rows]
    truth: list[Rows]


def fold_rows(
    fits: Iterable[FoldFit],
    Y: np.ndarray,
    weights: np.ndarray | None,
    splits: Sequence[Split],
    task: Task,
) -> HeldOutRows:
    """The held-out rows of each fold, with their targets and weights.

    What a classifier never saw on, it cannot find: in a fold whose training rows have no positive
    of a column, nothing is chosen by that column, which is off there in truth and prediction. Its
    score is that of the truth: what was not found counts as missed.
    """
    chosen_by, truths = [], []
    for fit, (train, test) in zip(fits, splits, strict=True):
        w = None if weights is None else weights[test]
        truths.append(task.rows(Y[test], fit.p, w, test))
        unseen = ~(Y[train] != 0).any(axis=0)
        if task.kind == "onehot" or not unseen.any():
            chosen_by.append(truths[-1])
            continue
        masked = (np.where(unseen, 0, part).astype(part.dtype) for part in (Y[test], fit.p))
        chosen_by.append(task.rows(*masked, w, test))
    return HeldOutRows(chosen_by, truths)


def warn_of_failures(fits: Sequence[FoldFit], error_score: Any, n_candidates: int) -> None:
    """Warn of fits that failed, as scikit-learn's searches do; raise where all did."""
    errors = [fit.error for fit in fits if fit.error is not None]
    if not errors:
        return
    if len(errors) == len(fits):
        raise ValueError(
            f"All the {counted(len(fits), 'fit')} failed ({counted(n_candidates, 'candidate')}): "
            "check the estimator and its parameters, or pass error_score='raise' to see where. "
            f"The first failure:\n{errors[0]}"
        )
    warnings.warn(
        f"{counted(len(errors), 'fit')} failed out of a total of {len(fits)}: the score of their "
        f"candidates is error_score={error_score}. The first failure:\n{errors[0]}",
        FitFailedWarning,
        stacklevel=2 + FRAMES_OF_FIT,
    )


def accepts_weights(estimator: Any) -> bool:
    """Whether ``fit`` names sample_weight."""
    return "sample_weight" in signature(estimator.fit).parameters
