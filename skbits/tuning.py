"""Tuning: architecture and cutoff of a classifier, chosen together; what ``python -m skbits`` does.

Rules
-----
* Rows are split first, in training and held-out rows; only the report sees the held-out ones.
* ``ThresholdGridSearchCV`` searches the training rows: one fit a candidate and fold, all on the
  same folds, every cutoff tried, and each fold scored at a cutoff chosen on the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import ParameterGrid, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skbits.labels import DataError, positive_label, two_labels
from skbits.naming import counted
from skbits.report import CutoffReport, cutoff_report
from skbits.tables import Table, table_preprocessor
from skbits.thresholds import candidates as searched
from skbits.thresholds.search import ThresholdGridSearchCV
from skbits.thresholds.searching import InfeasibleError

#: parameters of the classifier; every combination is a candidate
ARCHITECTURES: dict[str, list] = {
    "hidden_layer_sizes": [(16,), (64, 32)],
    "dropout": [0.0, 0.3],
}

#: the classifier's step in the pipeline
_STEP = "classifier"


@dataclass(frozen=True)
class Candidate:
    """One architecture, with the cutoff that suits it best.

    Parameters
    ----------
    params : dict
        The classifier's parameters that make the architecture.
    cutoff : float
        The cutoff chosen from its out-of-fold probabilities.
    score, std : float
        Mean and standard deviation of the folds' scores, each at a cutoff chosen on the others.
    default_score : float
        Mean of the folds' scores at 0.5.
    seconds : float
        Time that its fits and predictions took.
    attained : float or None
        Where no cutoff keeps the constraint, the best that one gives.
    """

    params: dict[str, Any]
    cutoff: float
    score: float
    std: float
    default_score: float
    seconds: float
    attained: float | None = None

    @classmethod
    def of(cls, found: searched.Candidate) -> "Candidate":
        """A candidate of a search for a pipeline."""
        prefix = f"{_STEP}__"
        return cls(
            params={name.removeprefix(prefix): value for name, value in found.params.items()},
            cutoff=float(found.thresholds[0]),
            score=found.mean_score,
            std=found.std_score,
            default_score=found.default_scores.mean,
            seconds=float(found.fit_seconds.sum() + found.predict_seconds.sum()),
            attained=None if found.infeasible is None else found.infeasible.attained,
        )


@dataclass(frozen=True)
class TuningResult:
    """What :func:`tune` found.

    Parameters
    ----------
    candidates : tuple of Candidate
        In the order of the grid.
    best_index_ : int
        The position of the best among them.
    estimator_ : classifier
        Preprocessing and the best network, fitted on the training rows; ``predict`` gives the
        labels of ``y`` by the tuned cutoff, ``predict_proba`` the probabilities.
    at_default, at_tuned : CutoffReport
        What ``estimator_`` does on the held-out rows, at 0.5 and at the tuned cutoff.
    positive, negative : label
    scoring : str, tuple or callable
        What was maximized, as it was given.
    constraint : str, tuple, list or None
        What had to hold over the folds.
    n_train, n_test : int
        Numbers of training and of held-out rows.
    is_positive_test, p_test : ndarray of shape (n_test,)
        Of the held-out rows: whether they are positive, and how probable it was found.
    """

    candidates: tuple[Candidate, ...]
    best_index_: int
    estimator_: Any
    at_default: CutoffReport
    at_tuned: CutoffReport
    positive: Any
    negative: Any
    scoring: Any
    constraint: Any
    n_train: int
    n_test: int
    is_positive_test: np.ndarray
    p_test: np.ndarray

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
        """Cross-validated score of the best candidate; the maximum over the candidates."""
        return self.candidates[self.best_index_].score


def tune(
    X: Any,
    y: Any,
    *,
    positive: Any = None,
    scoring: Any = "f1",
    constraint: Any = None,
    architectures: Mapping[str, Sequence] | Sequence[Mapping[str, Sequence]] | None = None,
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
    scoring, constraint
        What to maximize: as in :func:`skbits.best_thresholds`.
    architectures : dict, or list of dict, of lists, optional
        Parameters of the classifier and their values, as ``ParameterGrid`` takes them; by default
        :data:`ARCHITECTURES`.
    classifier : estimator, optional
        By default :func:`default_classifier`.
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
        If a parameter is not as described, or no candidate meets the constraint.

    Examples
    --------
    >>> table = example_table()
    >>> result = tune(table.X, table.y, positive="malignant")  # doctest: +SKIP
    >>> result.best_params_, result.best_threshold_  # doctest: +SKIP
    ({'dropout': 0.0, 'hidden_layer_sizes': (64, 32)}, 0.705...)
    >>> result.estimator_.predict(table.X[:2])  # doctest: +SKIP
    array(['malignant', 'malignant'], dtype='<U9')
    """
    grid = _grid(ARCHITECTURES if architectures is None else architectures)
    y = two_labels(y)
    positive = positive_label(y, positive)
    X_train, X_test, y_train, y_test = _split(X, y, cv, test_size, random_state)
    candidates: list[Candidate] = []

    def told(found: searched.Candidate, number: int, n_candidates: int) -> None:
        candidates.append(Candidate.of(found))
        if on_candidate is not None:
            on_candidate(candidates[-1], number, n_candidates)

    search = ToldSearch(
        _pipeline(X, preprocessing, classifier),
        [{f"{_STEP}__{name}": value for name, value in params.items()} for params in grid],
        scoring=scoring,
        constraint=constraint,
        cv=StratifiedKFold(cv, shuffle=True, random_state=random_state),
        pos_label=positive,
        error_score="raise",
    )
    search.tell = told
    try:
        search.fit(X_train, y_train)
    except InfeasibleError as error:  # its candidates are parameters of the pipeline
        raise InfeasibleError(str(error).replace(f"{_STEP}__", "")) from error
    return _tested(search, candidates, X_test, y_test, positive, len(y_train))


def _tested(
    search: ThresholdGridSearchCV,
    candidates: Sequence[Candidate],
    X_test: Any,
    y_test: np.ndarray,
    positive: Any,
    n_train: int,
) -> TuningResult:
    """What was found, and what it does on the held-out rows."""
    labels, scoring = search.classes_.tolist(), search.scoring
    p = search.predict_proba(X_test)[:, labels.index(positive)]
    return TuningResult(
        candidates=tuple(candidates),
        best_index_=search.best_index_,
        estimator_=search.best_estimator_,
        at_default=cutoff_report(y_test == positive, p, 0.5),
        at_tuned=cutoff_report(y_test == positive, p, float(search.best_thresholds_[0])),
        positive=positive,
        negative=labels[1 - labels.index(positive)],
        scoring=scoring,
        constraint=search.constraint,
        n_train=n_train,
        n_test=len(y_test),
        is_positive_test=y_test == positive,
        p_test=p,
    )


class ToldSearch(ThresholdGridSearchCV):
    """A search that hands each candidate on as soon as it is done."""

    tell: Callable[[searched.Candidate, int, int], None]

    def _announce(self, candidate: searched.Candidate, number: int, n_candidates: int) -> None:
        self.tell(candidate, number, n_candidates)


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
            "Cutoffs are chosen from the probabilities, all of them."
        )
    return grid


def _split(X: Any, y: np.ndarray, cv: int, test_size: float, seed: int) -> list:
    """Stratified training and held-out rows, with enough of either label for the folds."""
    if not (isinstance(cv, int) and cv >= 2):
        raise ValueError(f"cv={cv!r}: expected a whole number of folds, 2 or more.")
    if not 0.0 < test_size < 1.0:
        raise ValueError(f"test_size={test_size!r}: expected a share between 0 and 1.")
    label, count = _rarest(y)
    if count <= cv:
        raise DataError(
            f"label {label!r} has {counted(count, 'row')}: cv={counted(cv, 'fold')} and one row "
            f"to hold out need {cv + 1}, and more to learn from. Add rows, or use fewer folds."
        )
    parts = train_test_split(X, y, test_size=test_size, stratify=y, random_state=seed)
    label, count = _rarest(parts[2])
    if count < cv or len(np.unique(parts[3])) < 2:
        raise DataError(
            f"label {label!r} has {counted(count, 'row')} for training when test_size={test_size} "
            f"of the rows are held out: cv={counted(cv, 'fold')} need {cv}, and one held-out row "
            "of each label. Add rows, or use fewer folds."
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
    return Pipeline([("preprocessing", preprocessing), (_STEP, classifier)])
