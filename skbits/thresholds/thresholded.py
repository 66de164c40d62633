"""Thresholded: what the meta-estimators share, predictions of a classifier at given thresholds.

Rules
-----
* ``predict`` is ``predict_proba`` at the thresholds, ``decision_function`` the distance from them:
  its sign (of classes: its largest column) is the decision.
* Weights go to the classifier where its ``fit`` takes them, and to the choice of thresholds.
"""

import warnings
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import Tags, assert_all_finite, get_tags
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.validation import check_is_fitted, column_or_1d

from skbits.arguments import arguments_of_fit, check_fit_arguments, checks_arguments
from skbits.by_value import ByValueMixin
from skbits.cells import plain
from skbits.files.methods import FilesMixin
from skbits.inputs import accuracy
from skbits.naming import about, no_attribute
from skbits.progress import FRAMES_OF_FIT, CallbackSupportMixin, begin, with_callbacks
from skbits.reading import check_are_labels, check_labels_shape, read_zeros_and_ones
from skbits.summaries import SummaryMixin
from skbits.targets import is_matrix
from skbits.thresholds.decisions import check_threshold
from skbits.thresholds.folds import accepts_weights
from skbits.thresholds.reading import check_kind, read_weights
from skbits.thresholds.scoring import Opaque
from skbits.thresholds.searching import Search
from skbits.thresholds.task import (
    Task,
    check_has_probabilities,
    learn_task,
    told_kind,
    told_kind_of_all,
)


class ThresholdedClassifier(
    CallbackSupportMixin,
    SummaryMixin,
    ByValueMixin,
    FilesMixin,
    ClassifierMixin,
    MetaEstimatorMixin,
    BaseEstimator,
):
    """A classifier around another, which decides by thresholds of its own.

    A subclass has ``estimator``, ``kind``, ``pos_label`` and ``n_groups`` as parameters, learns
    ``estimator_``, ``classes_`` and ``_task_``, and says what ``_decide_at`` is.
    """

    #: whether ``score`` is what ``scoring`` says, rather than the accuracy
    _scores_by_scoring = False

    def _decide_at(self) -> np.ndarray:
        """The thresholds, of shape (n_columns,)."""
        return self.thresholds_

    def _probabilities(self, X: Any) -> np.ndarray:
        """Of shape (n, n_columns): the positive label's, of two."""
        check_is_fitted(self, "estimator_")
        return self._task_.probabilities(self.estimator_, X)

    @checks_arguments
    def predict(self, X: Any) -> np.ndarray:
        """Decide at the thresholds.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        ndarray of shape (n,) or (n, n_columns)
            Labels in the form of ``y``.
        """
        return self._task_of_fitted().decide(self._probabilities(X), self._decide_at())

    @checks_arguments
    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Share of the rows that are predicted exactly: the accuracy.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,) or (n, n_columns)
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
        """
        target = self._task_of_fitted().target
        owner = type(self).__name__
        return accuracy(target.is_right, y, self.predict(X), sample_weight, owner)

    @checks_arguments
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of the wrapped classifier, as one array, in the order of ``classes_``.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        ndarray of shape (n, n_classes) or (n, n_bits)
        """
        return self._task_of_fitted().all_probabilities(self.estimator_, X)

    @checks_arguments
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Natural logarithm of :meth:`predict_proba`, minus infinity where that is 0.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        ndarray of shape (n, n_classes) or (n, n_bits)
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @checks_arguments
    def decision_function(self, X: Any) -> np.ndarray:
        """How far each decision is from the other one: ``logit(p) - logit(threshold)``.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        ndarray of shape (n,) or (n, n_columns), float64
            Of classes: ``log(p) - log(threshold)``, whose largest column is the decision; of two
            labels, the second column less the first.
        """
        return self._task_of_fitted().margins(self._probabilities(X), self._decide_at())

    def _task_of_fitted(self) -> Task:
        check_is_fitted(self, "estimator_")
        return self._task_

    def _learn_task(
        self, y: Any, classes: Any = None, candidates: Iterable[Any] = ()
    ) -> tuple[Any, Task]:
        """y, a column of labels ravelled, and what there is to decide.

        ``candidates`` are the classifiers that come to be fitted, where ``estimator`` is not.
        """
        if y is None:
            raise ValueError(
                f"y=None: {type(self).__name__} requires y to be passed, but the target y is None."
            )
        self._check_probabilities()
        check_kind(self.kind)
        if sparse.issparse(y):
            y = y.toarray()  # few classifiers take a sparse one
        with about("y"):
            y, values = _plain_rows(y)
            _check_shape(values, self.kind, told_kind(self.estimator))
            if self.kind != "bits" and not is_matrix(values):
                y = values = column_or_1d(values, warn=True)  # a lone column of labels
            assert_all_finite(values, input_name="y")
            check_are_labels(values)
        kind, n_groups = self.kind, self.n_groups
        told = None
        if kind == "auto" and is_matrix(y):
            told = told_kind_of_all(list(candidates) or [self.estimator])
        if told and told[0] == "onehot":
            kind, n_groups = "onehot", told[1] if n_groups == 1 else n_groups
        task = learn_task(
            y, kind=kind, pos_label=self.pos_label, n_groups=n_groups, classes=classes
        )
        return y, task

    def _check_probabilities(self) -> None:
        """Raise where the classifier will have no probabilities."""
        check_has_probabilities(self.estimator)

    def _take_over(self, estimator: Any, task: Task, **learned: Any) -> "ThresholdedClassifier":
        """Learn, all at once: a fit that fails before leaves everything as it was."""
        for name in ("n_features_in_", "feature_names_in_", "cv_results_"):
            vars(self).pop(name, None)
            if name != "cv_results_" and hasattr(estimator, name):
                learned[name] = getattr(estimator, name)
        vars(self).update(estimator_=estimator, _task_=task, classes_=task.target.classes)
        vars(self).update(learned)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Who gets what of ``fit``'s parameters: the classifier, the splitter, the choice."""
        fit = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=type(self).__name__).add_self_request(self)
        router.add(estimator=self.estimator, method_mapping=fit)
        if hasattr(getattr(self, "cv", None), "split"):
            router.add(
                splitter=self.cv, method_mapping=MethodMapping().add(caller="fit", callee="split")
            )
        if asks_for_metadata(getattr(self, "scoring", None)):
            mapping = MethodMapping().add(caller="fit", callee="score")
            if self._scores_by_scoring:
                mapping.add(caller="score", callee="score")
            router.add(scorer=self.scoring, method_mapping=mapping)
        return router

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        wrapped = get_tags(self.estimator)
        tags.input_tags = deepcopy(wrapped.input_tags)
        tags.target_tags = deepcopy(wrapped.target_tags)
        tags.classifier_tags = deepcopy(wrapped.classifier_tags)
        return tags


def asks_for_metadata(scoring: Any) -> bool:
    """Whether a scorer says by itself which metadata it wants, and routing is on."""
    if not get_config()["enable_metadata_routing"]:
        return False
    return callable(scoring) and hasattr(scoring, "get_metadata_routing")


def for_scorer(
    owner: Any, method: str, sample_weight: Any, params: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What is routed to a scorer of decisions; None where weights go to any metric unasked."""
    if not asks_for_metadata(owner.scoring):
        return None
    if sample_weight is not None:
        params = {**params, "sample_weight": sample_weight}
    return dict(process_routing(owner, method, **params).scorer.score)


def give_rows(
    search: Search, X: Any, Y: np.ndarray, weights: Any, routed: Mapping[str, Any] | None
) -> tuple[Search, Any]:
    """The search with the rows of X for a scorer, and the weights of the metric.

    ``routed`` is what ``for_scorer`` gives.
    """
    if routed is not None:
        weights = read_weights(routed.get("sample_weight"), Y)
    if not isinstance(search.metric, Opaque) or not search.metric.is_scorer:
        return search, weights
    metadata = {k: v for k, v in (routed or {}).items() if k != "sample_weight"}
    return replace(search, metric=search.metric.with_rows(X, metadata)), weights


def _check_shape(y: np.ndarray, kind: str, told: tuple[str, int] | None) -> None:
    """Raise where y has rows that are neither labels, nor bits, nor one-hot, as the kind is."""
    kind = told[0] if kind == "auto" and told else kind
    if y.ndim > 2 and kind in ("bits", "onehot"):
        read_zeros_and_ones(y, "bit" if kind == "bits" else "class")
    if y.ndim > 2 or kind == "binary":
        check_labels_shape(y)


def _plain_rows(y: Any) -> tuple[Any, np.ndarray]:
    """y as classifiers take it, and its values: a frame stays one, of plain columns."""
    values = plain(y)
    if values.ndim != 2 or not hasattr(y, "columns"):
        return values, values
    plain_dtypes = [isinstance(dtype, np.dtype) and dtype.kind != "O" for dtype in y.dtypes]
    if hasattr(y, "iloc") and not all(plain_dtypes):
        return type(y)(values, columns=y.columns, index=y.index), values  # of pandas
    return y, values


def route(
    owner: Any, sample_weight: Any, fit_params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters of the classifier's ``fit``, and of the splitter's ``split``."""
    params = dict(fit_params)
    if get_config()["enable_metadata_routing"]:
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        routed = arguments_of_fit(owner, owner.estimator, params)
        splitter = routed.get("splitter", {})
        return dict(routed.estimator.fit), dict(splitter.get("split", {}))
    split = {"groups": params.pop("groups")} if "groups" in params else {}
    check_fit_arguments(owner.estimator, params)
    if sample_weight is None:
        return params, split
    if accepts_weights(owner.estimator):
        return {**params, "sample_weight": sample_weight}, split
    warnings.warn(
        f"Since {type(owner.estimator).__name__}.fit does not name sample_weight, the weights are "
        "used for the choice of thresholds only. With scikit-learn's metadata routing they can "
        "be routed to its steps.",
        stacklevel=2 + FRAMES_OF_FIT,
    )
    return params, split


class FixedThresholds(ThresholdedClassifier):
    """A classifier that decides at thresholds that are given: of two labels, of bits, of classes.

    The sibling of scikit-learn's ``FixedThresholdClassifier``, which knows two labels only.

    Parameters
    ----------
    estimator : classifier
        With ``predict_proba``.
    threshold : float, array-like of shape (n_columns,) or dict, default=0.5
        Read by ``predict`` alone.
    kind : {"auto", "binary", "bits", "onehot"}, default="auto"
        "auto" goes by the shape of y: 2-D is bits, or one-hot rows with an ``OneHotClassifier``
        as the estimator; 1-D is one-hot with more than two labels.
    pos_label : label, optional
        Of two labels, the positive one; by default the later one in sorting order.
    n_groups : int, default=1
        Number of one-hot blocks side by side.

    Attributes
    ----------
    estimator_ : classifier
        The fitted clone.
    thresholds_ : ndarray of shape (n_columns,)
        ``threshold`` as an array.
    classes_ : ndarray
        Labels; ``arange(n_bits)`` of bits.
    n_features_in_, feature_names_in_
        As the fitted classifier has them.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"]
    >>> clf = FixedThresholds(LogisticRegression(), threshold=0.3).fit(X, y)
    >>> clf.predict([[0.0], [1.0]]).tolist()
    ['no', 'yes']
    """

    # weights are the wrapped classifier's alone to ask for
    __metadata_request__fit = {"sample_weight": UNUSED}  # noqa: RUF012

    def __init__(
        self,
        estimator: Any,
        *,
        threshold: Any = 0.5,
        kind: str = "auto",
        pos_label: Any = None,
        n_groups: int = 1,
    ):
        self.estimator = estimator
        self.threshold = threshold
        self.kind = kind
        self.pos_label = pos_label
        self.n_groups = n_groups

    @with_callbacks
    @checks_arguments
    def fit(self, X: Any, y: Any, sample_weight: Any = None, **fit_params: Any) -> Any:
        """Fit a clone of the classifier.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,) or (n, n_columns)
        sample_weight, **fit_params
            Passed to the classifier's ``fit``, or routed.

        Returns
        -------
        self
        """
        y, task = self._learn_task(y)
        _as_array(self.threshold, task)
        params = dict(fit_params)
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        params = arguments_of_fit(self, self.estimator, params)
        if get_config()["enable_metadata_routing"]:
            params = params.estimator.fit
        whole = begin(self, X, y, sample_weight, n_subtasks=1)
        estimator = clone(self.estimator)
        whole.within("fit-estimator").fits(estimator, X, y, **params)
        self._take_over(estimator, task)
        whole.ends()
        return self

    @property
    def thresholds_(self) -> np.ndarray:
        """``threshold`` as an array of shape (n_columns,)."""
        task = self._task_of_fitted()
        with no_attribute():
            return _as_array(self.threshold, task)

    def _decide_at(self) -> np.ndarray:
        return _as_array(self.threshold, self._task_)


def _as_array(threshold: Any, task: Task) -> np.ndarray:
    names = task.target.names
    if names is None:
        names = task.target.classes.tolist()
        if task.kind == "binary":
            names = names[:1] if task.flipped else names[1:]
    return check_threshold(threshold, task.n_columns, names)
