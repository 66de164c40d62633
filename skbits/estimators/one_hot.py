"""OneHotClassifier: one class out of many, or one of each group."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from sklearn.utils import Tags

from skbits.arguments import checks_arguments
from skbits.estimators._base import KerasClassifier
from skbits.targets import OneHotTarget
from skbits.thresholds.decisions import log_ratio, winners


class OneHotClassifier(KerasClassifier):
    """A Keras model for one class out of k, with a threshold for each class.

    Not for labels of which several can hold at once: see :class:`BitVectorClassifier`.

    Parameters
    ----------
    n_groups : int, default=1
        Number of one-hot blocks that stand side by side in y, one class out of each.
    abstain : bool, default=False
        Whether ``predict`` gives no class where the winner does not reach its own threshold: an
        all-zero block, or ``abstain_label`` for 1-D labels.
    abstain_label : object, default=-1
        Must not be a class, and must be of their type (a str among str labels).
    threshold : float, array-like of shape (k,) or dict of {class: float}, default=0.5
        The class with the largest ``p_k / threshold_k`` wins (the rule of R's randomForest
        ``cutoff``), the first of equals.
    head : {"softmax", "linear", "sigmoid"}, optional
        None is softmax, or what a complete model ends in. With sigmoid, k independent units, whose
        outputs are scaled to sum to one.
    class_weight : None, "balanced" or dict of {class: weight}, optional
    model, hidden_layer_sizes, activation, dropout, loss, optimizer, metrics, epochs, batch_size, \
early_stopping, validation_fraction, n_iter_no_change, callbacks, warm_start, trainer, strategy, \
memory, random_state, verbose, **routed
        As in :class:`BinaryClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        The labels, or ``arange(k)`` of dtype object where y was one-hot.
    n_features_in_, feature_names_in_, model_, history_, n_iter_, trainer_
        As in :class:`BinaryClassifier`.

    Notes
    -----
    With raw output z, ``p_k = exp(z_k) / sum_j exp(z_j)`` [1]_, in each group for itself, and the
    loss is the mean over rows and groups of ``-log(p_k)`` at the true class. X may be larger than
    memory, as in :class:`BinaryClassifier`.

    References
    ----------
    .. [1] J. S. Bridle (1990). Probabilistic interpretation of feedforward classification network
       outputs, with relationships to statistical pattern recognition. Neurocomputing, NATO ASI
       Series 68.

    Examples
    --------
    >>> from sklearn.datasets import make_blobs
    >>> from skbits import OneHotClassifier
    >>> X, y = make_blobs(90, centers=[[-4, 0], [4, 0], [0, 6]], random_state=0)
    >>> clf = OneHotClassifier(random_state=0).fit(X, y)
    >>> clf.predict([[-4, 0], [0, 7]]).tolist()
    [0, 2]
    >>> clf.predict_proba([[0, 7]]).shape
    (1, 3)
    """

    _target_class: ClassVar[type] = OneHotTarget

    def __init__(
        self,
        model: Callable | None = None,
        *,
        hidden_layer_sizes: Any = None,
        activation: str | None = None,
        dropout: float | None = None,
        head: str | None = None,
        threshold: Any = 0.5,
        loss: Any = None,
        optimizer: Any = "adam",
        metrics: Any = None,
        epochs: int = 50,
        batch_size: int = 32,
        class_weight: Any = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        callbacks: Any = None,
        warm_start: bool = False,
        trainer: str = "auto",
        strategy: Any = None,
        memory: Any = None,
        random_state: Any = None,
        verbose: int = 0,
        n_groups: int = 1,
        abstain: bool = False,
        abstain_label: Any = -1,
        **routed: Any,
    ):
        super().__init__(
            model,
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            dropout=dropout,
            head=head,
            threshold=threshold,
            loss=loss,
            optimizer=optimizer,
            metrics=metrics,
            epochs=epochs,
            batch_size=batch_size,
            class_weight=class_weight,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            callbacks=callbacks,
            warm_start=warm_start,
            trainer=trainer,
            strategy=strategy,
            memory=memory,
            random_state=random_state,
            verbose=verbose,
            **routed,
        )
        self.n_groups = n_groups
        self.abstain = abstain
        self.abstain_label = abstain_label

    def _learn_target(self, y: Any, classes: Any) -> OneHotTarget:
        target = OneHotTarget.learn(y, classes, n_groups=self.n_groups)
        if self.abstain and target.from_labels:
            target.check_abstain_label(self.abstain_label)
        return target

    @checks_arguments
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class, shape (n, k); each group's sum to one."""
        return self._raw_and_probability(X)[1]

    @checks_arguments
    def decision_function(self, X: Any) -> np.ndarray:
        """``log(p_k) - log(threshold_k)`` of shape (n, k), float64, finite: the largest wins.

        For two labels given 1-D, by scikit-learn's convention, the second column less the first,
        shape (n,): above 0 where ``predict`` gives ``classes_[1]``.
        """
        scores = log_ratio(self._raw_and_probability(X)[1], self._thresholds())
        if self._target_.from_labels and scores.shape[1] == 2:
            return scores[:, 1] - scores[:, 0]
        return scores

    @checks_arguments
    def predict(self, X: Any) -> np.ndarray:
        """Labels of shape (n,) or one-hot rows of shape (n, k), in the form of y."""
        p = self._raw_and_probability(X)[1]
        won = winners(p, self._thresholds(), n_groups=self._target_.n_groups, abstain=self.abstain)
        return self._target_.decode(won, self.abstain_label if self.abstain else None)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.two_d_labels = True
        return tags
