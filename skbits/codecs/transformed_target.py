"""TransformedTargetClassifier: a classifier of whatever a codec makes bits of.

Rules
-----
* ``fit`` encodes y and fits the classifier; ``predict`` decodes what the classifier says, in the
  form that y had.
* Soft decoding goes by the probabilities and no threshold; hard decoding by what the classifier
  predicts, so by its thresholds.
"""

from copy import deepcopy
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import Tags, assert_all_finite, column_or_1d, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.validation import check_is_fitted

from skbits.arguments import arguments_of_fit, checks_arguments
from skbits.blocks import in_memory
from skbits.cells import holds_several, plain
from skbits.files.methods import FilesMixin
from skbits.inputs import accuracy, check_same_rows
from skbits.naming import about, counted
from skbits.progress import CallbackSupportMixin, begin, with_callbacks
from skbits.reading import check_labels_shape
from skbits.summaries import SummaryMixin
from skbits.thresholds.task import as_probabilities, bit_columns, may_have_probabilities
from skbits.values import is_word


class TransformedTargetClassifier(
    CallbackSupportMixin,
    SummaryMixin,
    FilesMixin,
    ClassifierMixin,
    MetaEstimatorMixin,
    BaseEstimator,
):
    """A classifier that learns codewords of the target, and answers in the target's own terms.

    The sibling of scikit-learn's ``TransformedTargetRegressor``: words, integers or sets of labels
    go in as y, and come out of ``predict``.

    Not for targets that classifiers take as they are: labels, bits and one-hot rows need no codec.

    Parameters
    ----------
    classifier : classifier
        One that takes what the codec's ``transform`` gives: a :class:`skbits.BitVectorClassifier`
        for bits, a :class:`skbits.OneHotClassifier` for one-hot blocks, or any multi-label
        classifier; a pipeline or a search that ends in one.
    codec : transformer of y
        :class:`skbits.TextBits`, :class:`skbits.TextOneHot`, :class:`skbits.IntegerBits`, or
        scikit-learn's ``MultiLabelBinarizer`` or ``LabelBinarizer``.
    decoding : {"auto", "soft", "hard"}, default="auto"
        "soft" gives the most likely codeword by the classifier's probabilities
        (``codec.decode_proba``), "hard" reads what it predicts (``codec.inverse_transform``).
        "auto" is soft where codec and classifier can. Thresholds matter to "hard" alone, and with
        ``LabelBinarizer`` to rows with exactly one label alone: others, as where a classifier
        abstains, get their most likely label. Read at each call.

    Attributes
    ----------
    classifier_, codec_ : fitted clones
    classes_ : ndarray
        The different labels in y, sorted; of a y with several labels a row, those of the codec.
    n_features_in_, feature_names_in_
        As the classifier has them.

    Notes
    -----
    In a search over words, of which most come once, pass ``cv=KFold(...)``: without it,
    scikit-learn stratifies a classifier's folds by word, and refuses words that are too rare.

    There is no ``predict_proba``: its columns would have to be ``classes_``. The codewords'
    probabilities are those of ``classifier_``.

    See Also
    --------
    TextBits, TextOneHot, IntegerBits : Codecs.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skbits import TextBits, TransformedTargetClassifier
    >>> X, words = [[0], [1], [8], [9]], ["no", "no", "yes", "yes"]
    >>> clf = TransformedTargetClassifier(KNeighborsClassifier(2), TextBits())
    >>> clf.fit(X, words).predict([[2], [7]]).tolist()
    ['no', 'yes']

    Sets of labels:

    >>> from sklearn.preprocessing import MultiLabelBinarizer
    >>> sets = [{"red"}, {"red"}, {"red", "round"}, set()]
    >>> clf = TransformedTargetClassifier(KNeighborsClassifier(1), MultiLabelBinarizer())
    >>> [sorted(labels) for labels in clf.fit(X, sets).predict([[0], [7], [9]])]
    [['red'], ['red', 'round'], []]
    """

    def __init__(self, classifier: Any, codec: Any, *, decoding: str = "auto"):
        self.classifier = classifier
        self.codec = codec
        self.decoding = decoding

    @with_callbacks
    @checks_arguments
    def fit(self, X: Any, y: Any, **fit_params: Any) -> "TransformedTargetClassifier":
        """Fit the codec to y, and the classifier to the codewords.

        Parameters
        ----------
        X : array-like
            What the classifier takes.
        y : array-like of shape (n,)
            What the codec takes.
        **fit_params
            Such as ``sample_weight``: passed to the classifier's ``fit``, or routed.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            No y, an unknown ``decoding``, one that codec and classifier cannot do, or a target
            that the codec refuses.
        """
        if y is None:
            raise ValueError(
                f"y=None: {type(self).__name__} requires y to be passed, but the target y is None."
            )
        X, y = in_memory(X), in_memory(y)
        check_same_rows(X, y)
        codec = _cloned("codec", self.codec, "transform")
        self._check_decoding(codec)
        with about("y"):
            y = _rows(y)
            Y = _checked_codewords(codec.fit(y).transform(y), codec)
            row_type = _row_type(y, codec, Y)
            classes = np.unique(np.asarray(y)) if row_type is None else codec.classes_
        fit_params = arguments_of_fit(self, self.classifier, fit_params)
        if get_config()["enable_metadata_routing"]:
            fit_params = fit_params.classifier.fit
        classifier = _cloned("classifier", self.classifier, "predict")
        if not may_have_probabilities(classifier):
            self._check_decoding(classifier, "predict_proba")
        if Y.shape[1] == 1 and get_tags(classifier).target_tags.single_output:
            # as a column it would be ravelled by scikit-learn with a warning
            Y = (Y.toarray() if sparse.issparse(Y) else Y).ravel()
        whole = begin(self, X, y, n_subtasks=1)
        whole.within("fit-classifier").fits(classifier, X, Y, **fit_params)
        self._check_decoding(classifier, "predict_proba")
        self.codec_, self.classifier_, self.classes_ = codec, classifier, classes
        self._row_type_, self._n_columns_ = row_type, 1 if Y.ndim == 1 else Y.shape[1]
        whole.ends()
        return self

    @checks_arguments
    def predict(self, X: Any) -> np.ndarray:
        """What X means, in the terms of y.

        Parameters
        ----------
        X : array-like
            What the classifier takes.

        Returns
        -------
        ndarray of shape (n,)
            Of labels; of sets, tuples or lists, where y held such.
        """
        check_is_fitted(self)
        decoded = self._soft(X) if self._is_soft() else self._hard(X)
        if self._row_type_ is None:
            return decoded
        rows = np.empty(len(decoded), dtype=object)
        for row, labels in enumerate(decoded):
            rows[row] = self._row_type_(labels)
        return rows

    @checks_arguments
    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Share of the rows that are predicted exactly.

        Parameters
        ----------
        X : array-like
        y : array-like of shape (n,)
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
        """
        return accuracy(self._is_right, y, self.predict(X), sample_weight, type(self).__name__)

    def _is_right(self, y: Any, predicted: np.ndarray) -> Any:
        y = _rows(y)
        if self._row_type_ is None:
            return column_or_1d(np.asarray(plain(y), dtype=object)) == predicted
        # the order of several labels means nothing
        return [frozenset(a) == frozenset(b) for a, b in zip(y, predicted, strict=True)]

    def _soft(self, X: Any) -> np.ndarray:
        return self.codec_.decode_proba(self._probabilities(X))

    def _hard(self, X: Any) -> Any:
        rows = self.classifier_.predict(X)
        if self._n_columns_ == 1:
            rows = np.reshape(rows, (-1, 1))
        if isinstance(self.codec_, LabelBinarizer) and self.codec_.y_type_ == "multiclass":
            rows = self._with_one_label(rows, X)
        return self.codec_.inverse_transform(rows)

    def _with_one_label(self, rows: np.ndarray, X: Any) -> np.ndarray:
        """Rows of bits, with probabilities instead where there is not exactly one 1.

        ``LabelBinarizer`` takes the first largest number of a row: of bits alone, the first class
        where there is none, and the first of several.
        """
        unclear = np.flatnonzero(np.sum(rows, axis=1) != 1)
        if not len(unclear):
            return rows
        if not hasattr(self.classifier_, "predict_proba"):
            raise ValueError(
                f"{type(self.classifier_).__name__} predicts "
                f"{counted(int(np.sum(rows[unclear[0]])), 'label')} in row {unclear[0]}, where y "
                "had one: expected one, or a classifier with predict_proba, which tells the most "
                "likely."
            )
        rows = np.asarray(rows, dtype=np.float64)
        rows[unclear] = self._probabilities(X)[unclear]
        return rows

    def _probabilities(self, X: Any) -> np.ndarray:
        """Probabilities of the codewords' columns, (n, n_columns)."""
        p, classes = self.classifier_.predict_proba(X), getattr(self.classifier_, "classes_", None)
        return as_probabilities(bit_columns(p, classes, self._n_columns_), self.classifier_)

    def _is_soft(self) -> bool:
        self._check_decoding(self.codec_)
        if self.decoding != "auto":
            return self.decoding == "soft"
        return all(
            hasattr(owner, name)
            for owner, name in (
                (self.codec_, "decode_proba"),
                (self.classifier_, "predict_proba"),
            )
        )

    def _check_decoding(self, part: Any, method: str = "decode_proba") -> None:
        """Raise where ``decoding`` is unknown, or asks for a method that a part has not."""
        if not is_word(self.decoding, "auto", "soft", "hard"):
            raise ValueError(f"decoding={self.decoding!r}: expected 'auto', 'soft' or 'hard'.")
        if self.decoding == "soft" and not hasattr(part, method):
            raise ValueError(
                f"decoding='soft' with {type(part).__name__}, which has no {method}: expected "
                "'hard' or 'auto', or one that has (IntegerBits with values=...)."
            )

    @property
    def n_features_in_(self) -> int:
        """Number of columns of X in fit."""
        return self.classifier_.n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the columns of X in fit."""
        return self.classifier_.feature_names_in_

    def get_metadata_routing(self) -> MetadataRouter:
        """All of ``fit``'s parameters are the classifier's; ``score`` has its own."""
        fit = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=type(self).__name__)
        return router.add_self_request(self).add(classifier=self.classifier, method_mapping=fit)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        wrapped = get_tags(self.classifier)
        tags.input_tags = deepcopy(wrapped.input_tags)
        tags.non_deterministic = wrapped.non_deterministic
        return tags


def _cloned(name: str, part: Any, method: str) -> Any:
    """A clone of an estimator that has ``fit`` and another method."""
    if not (hasattr(part, "fit") and hasattr(part, method)):
        raise ValueError(f"{name}={part!r}: expected an estimator with fit and {method}.")
    with about(name):
        return clone(part)


def _rows(y: Any) -> Any:
    """y as the codec gets it: an array is 1-D and finite, anything else stays as it is."""
    if not hasattr(y, "__array__"):
        return y
    rows = np.asarray(y)
    if rows.ndim > 2:
        check_labels_shape(rows)
    rows = column_or_1d(rows, warn=True)
    if holds_several(rows):
        return rows
    rows = plain(y).reshape(-1)
    if rows.dtype.kind == "f":
        assert_all_finite(rows, input_name="y")
    return rows


def _checked_codewords(Y: Any, codec: Any) -> Any:
    """What a codec gives for y, where it is rows of zeros and ones."""
    name = type(codec).__name__
    if np.ndim(Y) != 2 and not sparse.issparse(Y):
        raise ValueError(
            f"codec={name} gives an array of shape {np.shape(Y)}: expected rows of zeros and ones, "
            "(n, n_columns). Labels without a codec go straight to OneHotClassifier."
        )
    values = np.unique(Y.data if sparse.issparse(Y) else Y)
    if not np.isin(values, (0, 1)).all():
        raise ValueError(
            f"codec={name} gives {values[~np.isin(values, (0, 1))][0]}: expected zeros and ones. "
            "Leave neg_label and pos_label of a LabelBinarizer as they are."
        )
    return Y


def _row_type(y: Any, codec: Any, Y: Any) -> type | None:
    """The type of y's rows where a codec reads several labels from each, else None."""
    several = isinstance(codec.inverse_transform(Y[:1])[0], tuple)
    if not several:
        return None
    first = next(iter(y))
    if isinstance(first, str):
        raise ValueError(
            f"y holds {first!r} in row 0, of which {type(codec).__name__} takes each letter for a "
            "label: expected sets of labels. Use LabelBinarizer for one label a row."
        )
    return type(first) if type(first) in (set, frozenset, list, tuple) else tuple
