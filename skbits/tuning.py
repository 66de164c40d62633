"""Tuning: architecture and cutoff of a classifier, chosen together; what ``python -m skbits`` does.

Rules
-----
* Rows are split first, in training and held-out rows; only the report sees the held-out ones.
* Each candidate architecture is fitted once a fold, and scored there at every cutoff: ``threshold``
  is read by ``predict`` alone. All candidates are scored on the same folds.
* Of cutoffs that tie, the middle one is taken; of candidates that tie, the first.
* For the search the labels are 0 and 1, 1 the positive one, so that scorers go by their names. The
  delivered model is fitted on the user's own labels, and gives them back.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import (
    FixedThresholdClassifier,
    ParameterGrid,
    StratifiedKFold,
    cross_validate,
    train_test_split,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skbits.labels import DataError, positive_label, two_labels
from skbits.report import CutoffReport, cutoff_report
from skbits.scoring import cutoff_scorer
from skbits.tables import Table, table_preprocessor

#: parameters of the classifier; every combination is a candidate
ARCHITECTURES: dict[str, list] = {
    "hidden_layer_sizes": [(16,), (64, 32)],
    "dropout": [0.0, 0.3],
}

#: 0.05, 0.10, ..., 0.95
CUTOFFS = tuple(step / 20 for step in range(1, 20))


@dataclass(frozen=True)
class Candidate:
    """One architecture, with the cutoff that suits it best.

    Parameters
    ----------
    params : dict
        The classifier's parameters that make the architecture.
    cutoff : float
        The cutoff with the best mean score over the folds.
    score, std : float
        Mean and standard deviation of the folds' scores at that cutoff. Since the same folds chose
        the cutoff, the mean flatters a little.
    seconds : float
        Time that the search took.
    """

    params: dict[str, Any]
    cutoff: float
    score: float
    std: float
    seconds: float


@dataclass(frozen=True)
class TuningResult:
    """What :func:`tune` found.

    Parameters
    ----------
    candidates : tuple of Candidate
        In the order of the grid.
    best_index_ : int
        The position of the best among them.
    estimator_ : FixedThresholdClassifier
        Preprocessing and the best network, fitted on the training rows; ``predict`` gives the
        labels of ``y`` by the tuned cutoff, ``predict_proba`` the probabilities.
    at_default, at_tuned : CutoffReport
        What ``estimator_`` does on the held-out rows, at 0.5 and at the tuned cutoff.
    positive, negative : label
    scoring : str
        The name of the metric.
    n_train, n_test : int
        Numbers of training and of held-out rows.
    """

    candidates: tuple[Candidate, ...]
    best_index_: int
    estimator_: FixedThresholdClassifier
    at_default: CutoffReport
    at_tuned: CutoffReport
    positive: Any
    negative: Any
    scoring: str
    n_train: int
    n_test: int

    @property
    def best_params_(self) -> dict[str, Any]:
        """Parameters of the best candidate."""
        return self.candidates[self.best_index_].params

    @property
    def best_threshold_(self) -> float:
        """Cutoff of the best candidate."""
        return self.candidates[self.best_index_].cutoff

    @property
    def best_score_(self) -> float:
        """Cross-validated score of the best candidate; the maximum over cutoffs and candidates."""
        return self.candidates[self.best_index_].score


def tune(
    X: Any,
    y: Any,
    *,
    positive: Any = None,
    scoring: str | Callable = "f1",
    architectures: Mapping[str, Sequence] | Sequence[Mapping[str, Sequence]] | None = None,
    cutoffs: Iterable[float] | None = None,
    classifier: BaseEstimator | None = None,
    preprocessing: BaseEstimator | None = None,
    cv: int = 5,
    test_size: float = 0.25,
    random_state: int = 0,
    on_candidate: Callable[[Candidate, int, int], None] | None = None,
) -> TuningResult:
    """Choose a classifier's architecture and cutoff together, and test them on held-out rows.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n, n_features)
        The features. The columns of a pandas frame may be categorical and have missing cells.
    y : array-like of shape (n,)
        Labels, two different ones.
    positive : label, optional
        The label that precision and recall are about; by default the later one in sorting order.
    scoring : str or callable, default="f1"
        What to maximize: a key of ``skbits.scoring.CUTOFF_SCORERS``, or a scorer that calls
        ``predict``, for which the labels are 0 and 1.
    architectures : dict, or list of dict, of lists, optional
        Parameters of the classifier and their values, as ``ParameterGrid`` takes them; by default
        :data:`ARCHITECTURES`.
    cutoffs : iterable of float, optional
        The cutoffs to try, in [0, 1]; by default :data:`CUTOFFS`.
    classifier : estimator, optional
        A classifier with a ``threshold`` that ``predict`` alone reads; by default
        :func:`default_classifier`.
    preprocessing : transformer, optional
        By default ``table_preprocessor(X)`` for a pandas frame, else ``StandardScaler()``.
    cv : int, default=5
        Number of folds, stratified.
    test_size : float, default=0.25
        Share of the rows to hold out, stratified.
    random_state : int, default=0
        Seed of both splits.
    on_candidate : callable, optional
        Called as ``on_candidate(candidate, number, n_candidates)`` when a candidate is done.

    Returns
    -------
    TuningResult

    Raises
    ------
    DataError
        If y does not hold two labels, ``positive`` is not one of them, or a label has too few rows.
    ValueError
        If a parameter is not as described.

    Examples
    --------
    >>> table = example_table()
    >>> result = tune(table.X, table.y, positive="malignant")  # doctest: +SKIP
    >>> result.best_params_, result.best_threshold_  # doctest: +SKIP
    ({'dropout': 0.0, 'hidden_layer_sizes': (64, 32)}, 0.85)
    >>> result.estimator_.predict(table.X[:2])  # doctest: +SKIP
    array(['malignant', 'malignant'], dtype='<U9')
    """
    scorer = cutoff_scorer(scoring)
    cutoffs = _check_cutoffs(CUTOFFS if cutoffs is None else cutoffs)
    grid = _grid(ARCHITECTURES if architectures is None else architectures)
    y = two_labels(y)
    positive = positive_label(y, positive)
    X_train, X_test, y_train, y_test = _split(X, y, cv, test_size, random_state)
    pipeline = _pipeline(X, preprocessing, classifier)
    folds = StratifiedKFold(cv, shuffle=True, random_state=random_state)

    searched = _for_zero_and_one(pipeline, positive)
    candidates = []
    for number, params in enumerate(grid, start=1):
        candidate = tune_cutoff(
            searched, params, X_train, y_train == positive, scorer, cutoffs, folds
        )
        candidates.append(candidate)
        if on_candidate is not None:
            on_candidate(candidate, number, len(grid))
    best = int(np.argmax([candidate.score for candidate in candidates]))

    model = _deliver(pipeline, candidates[best], positive).fit(X_train, y_train)
    labels = model.classes_.tolist()
    p = model.predict_proba(X_test)[:, labels.index(positive)]
    return TuningResult(
        candidates=tuple(candidates),
        best_index_=best,
        estimator_=model,
        at_default=cutoff_report(y_test == positive, p, 0.5),
        at_tuned=cutoff_report(y_test == positive, p, candidates[best].cutoff),
        positive=positive,
        negative=labels[1 - labels.index(positive)],
        scoring=scoring if isinstance(scoring, str) else getattr(scoring, "__name__", str(scoring)),
        n_train=len(y_train),
        n_test=len(y_test),
    )


def tune_cutoff(
    pipeline: Pipeline,
    params: Mapping[str, Any],
    X: Any,
    is_positive: np.ndarray,
    scorer: Callable,
    cutoffs: Sequence[float],
    folds: StratifiedKFold,
) -> Candidate:
    """Score one architecture at every cutoff by cross-validation, and keep the best.

    Parameters
    ----------
    pipeline : Pipeline
        Its last step is called "classifier" and has a ``threshold``.
    params : dict
        The classifier's parameters.
    X : array-like of shape (n, n_features)
    is_positive : ndarray of shape (n,), bool
    scorer : callable
    cutoffs : sequence of float, ascending
    folds : splitter

    Returns
    -------
    Candidate
    """
    start = perf_counter()

    def score_at_cutoffs(model: Pipeline, X: Any, y: np.ndarray) -> dict[str, float]:
        models = (model.set_params(classifier__threshold=cutoff) for cutoff in cutoffs)
        return {str(cutoff): scorer(m, X, y) for cutoff, m in zip(cutoffs, models, strict=True)}

    results = cross_validate(
        _with_params(pipeline, params),
        X,
        is_positive.astype(int),
        scoring=score_at_cutoffs,
        cv=folds,
        error_score="raise",
    )
    scores = np.array([results[f"test_{cutoff}"] for cutoff in cutoffs])  # (n_cutoffs, n_folds)
    best = middle_of_best(scores.mean(axis=1))
    return Candidate(
        params=dict(params),
        cutoff=cutoffs[best],
        score=float(scores[best].mean()),
        std=float(scores[best].std()),
        seconds=perf_counter() - start,
    )


def middle_of_best(scores: np.ndarray) -> int:
    """Position of the largest score; of several that tie, the middle one.

    Examples
    --------
    >>> middle_of_best(np.array([0.7, 0.9, 0.9, 0.9, 0.2]))
    2
    """
    ties = np.flatnonzero(np.isclose(scores, np.max(scores), rtol=0.0, atol=1e-12))
    return int(ties[len(ties) // 2])


def default_classifier() -> BaseEstimator:
    """Build the network that :func:`tune` tunes unless it is given another: short fits, one seed.

    Returns
    -------
    BinaryClassifier
    """
    from skbits import BinaryClassifier

    return BinaryClassifier(
        epochs=20, batch_size=32, optimizer__learning_rate=0.005, random_state=0
    )


def example_table() -> Table:
    """Load scikit-learn's breast cancer data, with labels "benign" and "malignant".

    Examples
    --------
    >>> table = example_table()
    >>> table.X.shape, table.y[:2].tolist()
    ((569, 30), ['malignant', 'malignant'])
    """
    data = load_breast_cancer()
    return Table("breast cancer", data.data, data.target_names[data.target])


def _grid(architectures: Mapping | Sequence) -> list[dict[str, Any]]:
    """The candidates, one after the other."""
    grid = list(ParameterGrid(architectures))
    if not grid:
        raise ValueError(f"architectures={architectures!r}: expected at least one candidate.")
    if any("threshold" in params for params in grid):
        raise ValueError(
            f"architectures={architectures!r} names threshold: expected parameters of the model. "
            "Thresholds to try are given as cutoffs."
        )
    return grid


def _check_cutoffs(cutoffs: Iterable[float]) -> tuple[float, ...]:
    """Cutoffs as plain floats, ascending: a float64 scalar would compare float32 in float64."""
    values = tuple(sorted(float(cutoff) for cutoff in cutoffs))
    if not values or not all(0.0 <= value <= 1.0 for value in values):
        raise ValueError(f"cutoffs={values!r}: expected one or more numbers in [0, 1].")
    return values


def _split(X: Any, y: np.ndarray, cv: int, test_size: float, seed: int) -> list:
    """Stratified training and held-out rows, with enough of either label for the folds."""
    if not (isinstance(cv, int) and cv >= 2):
        raise ValueError(f"cv={cv!r}: expected a whole number of folds, 2 or more.")
    if not 0.0 < test_size < 1.0:
        raise ValueError(f"test_size={test_size!r}: expected a share between 0 and 1.")
    label, count = _rarest(y)
    if count <= cv:
        raise DataError(
            f"label {label!r} has {count} rows: cv={cv} folds and one row to hold out need "
            f"{cv + 1}, and more to learn from. Add rows, or use fewer folds."
        )
    parts = train_test_split(X, y, test_size=test_size, stratify=y, random_state=seed)
    label, count = _rarest(parts[2])
    if count < cv or len(np.unique(parts[3])) < 2:
        raise DataError(
            f"label {label!r} has {count} rows for training when test_size={test_size} of the rows "
            f"are held out: cv={cv} folds need {cv}, and one held-out row of each label. Add "
            "rows, or use fewer folds."
        )
    return parts


def _rarest(y: np.ndarray) -> tuple[Any, int]:
    labels, counts = np.unique(y, return_counts=True)
    return labels.tolist()[counts.argmin()], int(counts.min())


def _pipeline(
    X: Any, preprocessing: BaseEstimator | None, classifier: BaseEstimator | None
) -> Pipeline:
    if preprocessing is None:
        is_frame = hasattr(X, "select_dtypes")  # a pandas frame, told without pandas
        preprocessing = table_preprocessor(X) if is_frame else StandardScaler()
    classifier = default_classifier() if classifier is None else clone(classifier)
    if "threshold" not in classifier.get_params():
        raise ValueError(
            f"classifier={classifier!r} has no threshold parameter: expected one such as "
            "skbits.BinaryClassifier."
        )
    return Pipeline([("preprocessing", preprocessing), ("classifier", classifier)])


def _for_zero_and_one(pipeline: Pipeline, positive: Any) -> Pipeline:
    """The pipeline for the search, whose labels are 0 and 1: class weights by those names."""
    given = pipeline["classifier"].get_params().get("class_weight")
    if not isinstance(given, Mapping):
        return pipeline
    weights = {int(label == positive): weight for label, weight in given.items()}
    return clone(pipeline).set_params(classifier__class_weight=weights)


def _with_params(pipeline: Pipeline, params: Mapping[str, Any]) -> Pipeline:
    named = {f"classifier__{name}": value for name, value in params.items()}
    return clone(pipeline).set_params(**named)


def _deliver(pipeline: Pipeline, best: Candidate, positive: Any) -> FixedThresholdClassifier:
    """The best candidate as a model for the user's labels, whichever of them sorts first."""
    return FixedThresholdClassifier(
        _with_params(pipeline, best.params),
        threshold=best.cutoff,
        pos_label=positive,
        response_method="predict_proba",
    )
