"""RecenteredClassifier: probabilities that read 0.5 where a classifier decides.

Rules
-----
* Decisions are the wrapped classifier's own; only its probabilities are changed, and in such a way
  that 0.5, or the largest of several classes, is the decision on every row, a tie included.
* Of two labels, exactly one reads at least 0.5: at a tie the other is the float just below it.
  Their sum is 1 in the arithmetic of their dtype.
* Of classes, each reads in proportion to ``p / threshold``, so the largest is the winner.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.validation import check_is_fitted

from skbits.arguments import arguments_of_fit, checks_arguments
from skbits.files.methods import FilesMixin
from skbits.inputs import accuracy
from skbits.progress import CallbackSupportMixin, begin, with_callbacks
from skbits.reading import equal_labels, read_zeros_and_ones
from skbits.summaries import SummaryMixin
from skbits.thresholds.cutoffs import Cutoff, check_decides, cutoff_of
from skbits.thresholds.decisions import log_ratio, margin
from skbits.thresholds.recentering import recenter
from skbits.thresholds.task import as_probabilities, predict_proba


class RecenteredClassifier(
    CallbackSupportMixin,
    SummaryMixin,
    FilesMixin,
    ClassifierMixin,
    MetaEstimatorMixin,
    BaseEstimator,
):
    """A classifier whose probabilities read 0.5 where the wrapped one decides.

    ``predict`` is the wrapped classifier's. ``predict_proba`` is its probability, recentered at
    its decision threshold: 0 stays 0, the threshold becomes 0.5, 1 stays 1.

    Not for calibration: a recentred probability says on which side of the cutoff a row is, and how
    far, and is no frequency any more.

    Parameters
    ----------
    estimator : classifier
        One that decides at a threshold of its probabilities: scikit-learn's
        ``TunedThresholdClassifierCV`` or ``FixedThresholdClassifier``, a
        :class:`skbits.TunedThresholdsCV`, :class:`skbits.ThresholdGridSearchCV` or
        ``FixedThresholds``, a Keras estimator of skbits; or a pipeline or a search that ends in
        one of them.

        Where it is fitted already, there is no need to call ``fit``: predictions are then made
        with it, and follow its parameters: ``set_params(estimator__threshold=0.3)``. ``fit`` fits
        a clone, ``estimator_``, and leaves ``estimator`` alone; from then on ``estimator_`` alone
        predicts.
    method : {"odds", "linear", "logistic"}, default="odds"
        As in :func:`skbits.recenter`. Of one class out of many, "odds" alone.
    steepness : float, or pair (below, above) of floats or array-likes of shape (n_bits,)
        For "logistic" only, as in :func:`skbits.recenter`.

    Attributes
    ----------
    estimator_ : classifier
        The fitted clone. Only after ``fit``.
    classes_, n_features_in_, feature_names_in_
        As the classifier that predicts has them.

    See Also
    --------
    recenter : The formulas, on arrays.

    Notes
    -----
    Of one class out of many, the probability of class k is ``p_k / threshold_k`` divided by the
    sum of these over the classes (of its group): the class with the largest one wins. With two
    classes and thresholds t and 1-t that is the method "odds" at t.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import FixedThresholdClassifier
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    >>> fixed = FixedThresholdClassifier(LogisticRegression(), threshold=0.25).fit(X, y)
    >>> fixed.predict_proba([[1.0], [2.0]])[:, 1].round(2).tolist()
    [0.38, 0.62]
    >>> clf = RecenteredClassifier(fixed)  # fitted already
    >>> clf.predict_proba([[1.0], [2.0]])[:, 1].round(2).tolist()
    [0.65, 0.83]
    >>> clf.predict([[1.0], [2.0]]).tolist()
    [1, 1]
    """

    def __init__(self, estimator: Any, *, method: str = "odds", steepness: Any = 10.0):
        self.estimator = estimator
        self.method = method
        self.steepness = steepness

    @with_callbacks
    @checks_arguments
    def fit(self, X: Any, y: Any, **fit_params: Any) -> "RecenteredClassifier":
        """Fit a clone of the classifier.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,) or (n, n_columns)
        **fit_params
            Such as ``sample_weight``: passed to the classifier's ``fit``, or routed.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            A classifier without a threshold, or with one for scores that are no probabilities; an
            unknown method, or one that is not for this kind of target.
        """
        recenter(0.5, 0.5, method=self.method)  # before the fit: whether there is such a method
        check_decides(self.estimator)
        fit_params = arguments_of_fit(self, self.estimator, fit_params)
        if get_config()["enable_metadata_routing"]:
            fit_params = fit_params.estimator.fit
        whole = begin(self, X, y, n_subtasks=1)
        fitted = clone(self.estimator)
        whole.within("fit-estimator").fits(fitted, X, y, **fit_params)
        cutoff = cutoff_of(fitted)
        n_columns = 2 if cutoff.kind == "binary" else len(cutoff.thresholds)
        self._recentered(np.empty((0, n_columns)), cutoff)  # no rows: parameters are checked
        self.estimator_ = fitted
        whole.ends()
        return self

    @checks_arguments
    def predict(self, X: Any) -> np.ndarray:
        """What the wrapped classifier predicts.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        ndarray of shape (n,) or (n, n_columns)
        """
        check_is_fitted(self)
        return self._predictor().predict(X)

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
        owner = type(self).__name__
        return accuracy(_is_right, y, self.predict(X), sample_weight, owner)

    @checks_arguments
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities that read 0.5 at the threshold.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        ndarray of shape (n, n_classes) or (n, n_bits)
            Of the wrapped classifier's dtype. Of two labels, at least 0.5 for the one that is
            predicted, below for the other; of bits, at least 0.5 where ``predict`` gives 1; of
            classes, largest for the winner, whether or not it is abstained from.

        Raises
        ------
        ValueError
            A classifier without a threshold, or with one for scores that are no probabilities; a
            method that is unknown or not for this kind of target.
        """
        check_is_fitted(self)
        cutoff = cutoff_of(self._predictor())
        p = np.asarray(predict_proba(self._predictor(), X))
        return self._recentered(as_probabilities(p, self._predictor()), cutoff)

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
        """Log-odds of :meth:`predict_proba`, so 0 where the wrapped classifier decides.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        ndarray of shape (n,) or (n, n_columns), float64
            Finite. Of two labels and of bits, at least 0 exactly where ``predict`` gives
            ``classes_[1]``, or 1. Of classes, the logarithm of each one's probability, whose
            largest column wins; of two that are labels, the second column less the first.
        """
        p = self.predict_proba(X)
        kind = cutoff_of(self._predictor()).kind
        if kind != "onehot":
            return margin(p[:, 1] if kind == "binary" else p, np.array(0.5))
        scores = log_ratio(p, np.ones(p.shape[1]))
        if p.shape[1] == 2 and self.predict(X).ndim == 1:
            return scores[:, 1] - scores[:, 0]
        return scores

    @property
    def classes_(self) -> Any:
        """Labels, as the wrapped classifier has them."""
        return self._predictor().classes_

    @property
    def n_features_in_(self) -> int:
        """Number of columns of X in fit."""
        return self._predictor().n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the columns of X in fit."""
        return self._predictor().feature_names_in_

    def get_metadata_routing(self) -> MetadataRouter:
        """All of ``fit``'s parameters are the classifier's."""
        fit = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=type(self).__name__)
        return router.add(estimator=self.estimator, method_mapping=fit)

    def _predictor(self) -> Any:
        """The classifier that predicts."""
        return getattr(self, "estimator_", self.estimator)

    def _recentered(self, p: np.ndarray, cutoff: Cutoff) -> np.ndarray:
        return RECENTERED[cutoff.kind](p, cutoff, method=self.method, steepness=self.steepness)

    def __sklearn_is_fitted__(self) -> bool:
        # not check_is_fitted: FixedThresholdClassifier predicts without a fit of its own
        return hasattr(self, "estimator_") or hasattr(self.estimator, "classes_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        wrapped = get_tags(self.estimator)
        for name in ("input_tags", "target_tags", "classifier_tags", "non_deterministic"):
            setattr(tags, name, deepcopy(getattr(wrapped, name)))
        return tags


def _is_right(y: Any, predicted: np.ndarray) -> np.ndarray:
    """Whether rows are predicted as they are in y, (n,)."""
    if predicted.ndim == 1:
        return equal_labels(y, predicted)
    rows = read_zeros_and_ones(y, "column")
    if rows.shape != predicted.shape:
        raise ValueError(f"y has shape {rows.shape}: expected {predicted.shape}.")
    return (rows == predicted).all(axis=1)


def recentered_labels(
    p: np.ndarray, cutoff: Cutoff, *, method: str = "odds", steepness: Any = 10.0
) -> np.ndarray:
    """Two labels' probabilities (n, 2), the compared one's recentered and its complement.

    Examples
    --------
    >>> p = np.array([[0.75, 0.25], [0.5, 0.5]])
    >>> q = recentered_labels(p, Cutoff("binary", np.array([0.25])))
    >>> q.tolist()
    [[0.49999999999999994, 0.5], [0.25, 0.75]]
    >>> q.sum(axis=1).tolist()
    [1.0, 1.0]
    """
    _check_width(p, 2)
    r = recenter(
        p[:, cutoff.positive], cutoff.first_on(p.dtype), method=method, steepness=steepness
    )
    half = r.dtype.type(0.5)
    below = np.nextafter(half, half - half)
    others = np.where(r >= half, np.minimum(1 - r, below), 1 - r)
    return np.column_stack([others, r] if cutoff.positive == 1 else [r, others])


def recentered_bits(
    p: np.ndarray, cutoff: Cutoff, *, method: str = "odds", steepness: Any = 10.0
) -> np.ndarray:
    """Bits' probabilities (n, n_bits), each recentered at its own threshold.

    Examples
    --------
    >>> cutoff = Cutoff("bits", np.array([0.25, 0.5]))
    >>> recentered_bits(np.array([[0.25, 0.75]]), cutoff).tolist()
    [[0.5, 0.75]]
    """
    _check_width(p, len(cutoff.thresholds))
    return recenter(p, cutoff.first_on(p.dtype), method=method, steepness=steepness)


def recentered_classes(
    p: np.ndarray, cutoff: Cutoff, *, method: str = "odds", steepness: Any = None
) -> np.ndarray:
    """Classes' probabilities (n, k) in proportion to ``p / threshold``, each group's sum 1.

    Raises
    ------
    ValueError
        A method other than "odds".

    Examples
    --------
    >>> p = np.array([[0.5, 0.25, 0.25]])
    >>> recentered_classes(p, Cutoff("onehot", np.array([0.5, 0.125, 0.25]))).round(3).tolist()
    [[0.25, 0.5, 0.25]]
    """
    if method != "odds":
        raise ValueError(
            f"method={method!r} does not apply to one class out of many: expected 'odds'. There "
            "the largest p_k / threshold_k decides, and each class reads its share of these."
        )
    _check_width(p, len(cutoff.thresholds))
    blocks = (len(p), cutoff.n_groups, p.shape[1] // cutoff.n_groups)
    z = log_ratio(p, cutoff.thresholds).reshape(blocks)
    largest = z.max(axis=2, keepdims=True)
    behind = z < largest
    # 0 stays 0 unless it wins: its logarithm is finite only for the sake of the comparison
    ratio = np.where(behind & (p.reshape(blocks) == 0), 0, np.exp(z - largest))
    shares = (ratio / ratio.sum(axis=2, keepdims=True)).astype(p.dtype)
    # rounding must not make a class behind the equal of the winner
    top = shares.max(axis=2, keepdims=True)
    below = np.nextafter(top, np.zeros_like(top))
    return np.where(behind, np.minimum(shares, below), shares).reshape(p.shape)


#: kind of target -> its probabilities recentered, of the same shape and dtype
RECENTERED: dict[str, Callable[..., np.ndarray]] = {
    "binary": recentered_labels,
    "bits": recentered_bits,
    "onehot": recentered_classes,
}


def _check_width(p: np.ndarray, n_columns: int) -> None:
    if p.ndim != 2 or p.shape[1] != n_columns:
        raise ValueError(
            f"predict_proba gives an array of shape {p.shape}: expected (n, {n_columns})."
        )
