"""BitVectorClassifier: rows of independent bits."""

from typing import Any, ClassVar

import numpy as np
from sklearn.utils import Tags

from skbits.arguments import checks_arguments
from skbits.estimators._base import KerasClassifier
from skbits.targets import BitVectorTarget
from skbits.thresholds.decisions import is_on, margin


class BitVectorClassifier(KerasClassifier):
    """A Keras model for rows of zeros and ones, with a threshold for each bit.

    Not for rows with exactly one 1, whose bits exclude each other: see :class:`OneHotClassifier`.

    Parameters
    ----------
    threshold : float, array-like of shape (n_bits,) or dict of {bit name: float}, default=0.5
        Bit k is on where its probability is at least its threshold. In [0, 1], or infinity for
        never. A dict leaves the bits that it does not name at 0.5.
    head : {"sigmoid", "tanh", "linear"}, optional
        One unit a bit. None is sigmoid, or what a complete model ends in.
    class_weight : None, "balanced" or dict of {bit index or name: weight}, optional
        The weight of each bit's ones in the loss; its zeros weigh 1. Weights of different bits
        never multiply each other.
    model, hidden_layer_sizes, activation, dropout, loss, optimizer, metrics, epochs, batch_size, \
early_stopping, validation_fraction, n_iter_no_change, callbacks, warm_start, trainer, strategy, \
memory, random_state, verbose, **routed
        As in :class:`BinaryClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_bits,)
        ``arange(n_bits)``, as in scikit-learn's ``MLPClassifier``, but of dtype object: by an array
        of ints, scorers would take one bit or two for a binary classifier.
    bit_names_ : ndarray of str
        Names of the bits, where y was a data frame.
    n_features_in_, feature_names_in_, model_, history_, n_iter_, trainer_
        As in :class:`BinaryClassifier`.

    Notes
    -----
    With raw output z_k of unit k, ``p_k = 1 / (1 + exp(-z_k))``, and the loss is the mean over rows
    and bits of ``-log(p_k)`` where the bit is on and ``-log(1 - p_k)`` where it is off: binary
    relevance with shared layers [1]_. X may be larger than memory, as in
    :class:`BinaryClassifier`.

    References
    ----------
    .. [1] M.-L. Zhang, Z.-H. Zhou (2014). A review on multi-label learning algorithms. IEEE
       Transactions on Knowledge and Data Engineering 26(8).

    Examples
    --------
    >>> import numpy as np
    >>> from skbits import BitVectorClassifier
    >>> X = np.random.default_rng(0).normal(size=(80, 2))
    >>> Y = X > 0
    >>> clf = BitVectorClassifier(random_state=0).fit(X, Y)
    >>> clf.predict([[-2, -2], [2, -2]]).tolist()
    [[0, 0], [1, 0]]
    >>> clf.predict_proba([[2, 2]]).shape
    (1, 2)
    """

    _target_class: ClassVar[type] = BitVectorTarget

    @checks_arguments
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each bit, shape (n, n_bits)."""
        return self._raw_and_probability(X)[1]

    @checks_arguments
    def decision_function(self, X: Any) -> np.ndarray:
        """``logit(p) - logit(threshold)`` of each bit, shape (n, n_bits), float64, finite."""
        raw, p = self._raw_and_probability(X)
        return margin(p, self._thresholds(), self._head_.log_odds(raw, p))

    @checks_arguments
    def predict(self, X: Any) -> np.ndarray:
        """Int zeros and ones of shape (n, n_bits): on where ``p >= threshold``."""
        p = self._raw_and_probability(X)[1]
        return self._target_.decode(is_on(p, self._thresholds()))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags
