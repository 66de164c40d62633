"""BinaryClassifier: two labels."""

from typing import Any, ClassVar

import numpy as np
from sklearn.utils import Tags

from skbits.arguments import checks_arguments
from skbits.estimators._base import KerasClassifier
from skbits.targets import BinaryTarget
from skbits.thresholds.decisions import is_on, margin


class BinaryClassifier(KerasClassifier):
    """A Keras model for two labels, with its decision threshold as a parameter.

    Not for rows of bits, or for three labels and more: those have classifiers of their own. Where
    what is wanted is a ranking only, the threshold does nothing: look at ``predict_proba``.

    Parameters
    ----------
    model : callable, optional
        With an ``inputs`` argument, it gets the Keras input tensor and returns the last hidden
        tensor; the head is put on. Without, it returns a complete ``keras.Model`` (and may take
        ``meta``, ``params`` and ``compile_kwargs`` as in scikeras), which is checked. None builds
        a multilayer perceptron of the next three parameters.
    hidden_layer_sizes : int or sequence of int, optional
        This and the next two reach the default model, or a function given as ``model`` that has
        arguments of these names; beside one that has not, they are an error. None is what that
        function has by default: in the default model ``(100,)``, ``"relu"`` and 0.0.
    activation : str, optional
    dropout : float, optional
    head : {"sigmoid", "softmax", "tanh", "linear"}, optional
        The end of the model: units, activation and loss. None is sigmoid, or what a complete model
        ends in.
    threshold : float, default=0.5
        ``predict`` gives ``classes_[1]`` where its probability is at least this. In [0, 1], or
        infinity for never. Training does not read it: ``set_params(threshold=...)`` needs no refit.
    loss : str, keras.losses.Loss, its class or a function, optional
        None is the head's own. A name gets ``from_logits`` as the head needs it.
    optimizer : str, keras.optimizers.Optimizer or its class, default="adam"
    metrics : list, optional
        Keras metrics to record in ``history_``: names, metrics, their classes, or functions of
        ``(y_true, y_pred)``. They get probabilities, those of ``classes_[1]`` in one column, and
        zeros and ones, whatever the head; metrics that compare classes get both columns.
    epochs : int, default=50
    batch_size : int, default=32
    class_weight : None, "balanced" or dict of {label: weight}, optional
    early_stopping : bool, default=False
        Whether to hold out some rows (seeded, stratified) and to stop once their loss no longer
        falls; the weights of the best epoch are kept.
    validation_fraction : float, default=0.1
    n_iter_no_change : int, default=10
        Epochs without a lower validation loss before stopping.
    callbacks : Keras callback, class, list or dict of them, optional
        Copied for each fit.
    warm_start : bool, default=False
        Whether ``fit`` trains the fitted model on, with the optimizer that it has.
    trainer : {"auto", "compiled", "keras"}, default="auto"
        "compiled" trains as ``keras.Model.fit`` would, in code that is made once for an
        architecture and kept (see :func:`skbits.clear_programs`): with numpy, in a plain graph, or
        with XLA, chosen by the model and the number of batches. "keras" is ``keras.Model.fit``
        itself. "auto" is "compiled" wherever that gives the same, else "keras": for callbacks with
        hooks of batches, a ``train_step`` of the model's own, and the like.
    strategy : tf.distribute.Strategy or function that makes one, optional
        Builds and trains the model on several devices, with ``keras.Model.fit`` and Keras 3.10 or
        later: a strategy, or what makes one, such as the class ``tf.distribute.MirroredStrategy``.
        ``batch_size`` rows are shared out among the replicas, so that weights, loss and validation
        loss are, to rounding, those of one device. But dropout draws the same numbers on each
        replica, batch normalization goes by each replica's own rows, and where a batch does not
        divide by the replicas, metrics count some rows of it twice. Clones and copies share the
        strategy; a pickle goes without it, as None, since it holds devices of its process, whereas
        a function goes along, and is called once in each process. None is the strategy whose scope
        surrounds the call, if there is one.
    memory : str, os.PathLike or joblib.Memory, optional
        Cache of training: fits that differ only in what ``predict`` reads, such as ``threshold``,
        are done once, and a search that was killed goes on where it was. With it,
        ``random_state=None`` is one fixed seed, so that fitting again returns the same model. A
        missing folder is made; where none can be, ``fit`` raises OSError. A fit that cannot be
        stored, for example on a full disk, is a warning, and is as good as any; what was stored by
        half, or is damaged, is trained anew. The folder holds pickles: trust whoever writes to it.
    random_state : int, RandomState instance or None, default=None
    verbose : int, default=0
        0 prints nothing; 1 a line a fit; 2 a line an epoch as well.
    **routed
        ``model__...``, ``optimizer__...``, ``loss__...``, ``metrics__...``, ``callbacks__...``.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
    n_features_in_ : int
    feature_names_in_ : ndarray of str
    model_ : keras.Model
        The trained model. Its ``evaluate`` compares with targets in the form of the loss: 0 and 1,
        -1 and 1 of a hinge, numbers of classes of a sparse loss; its metrics are those of
        ``history_``.
    history_ : dict of lists
        Loss and metrics, one value an epoch: a float, or an array of a metric that is several
        numbers, such as ``keras.metrics.F1Score()``.
    n_iter_ : int
        Epochs run.
    trainer_ : {"compiled", "keras"}
        The trainer that ran.
    architecture_ : str
        The layers, in one line.
    thresholds_ : ndarray of shape (n_columns,)
        ``threshold``, one for each bit or class, as ``predict`` reads it now.

    See Also
    --------
    BitVectorClassifier : Any number of independent yes/no targets.
    OneHotClassifier : One class out of many.

    Notes
    -----
    With raw output z, ``p = 1 / (1 + exp(-z))``, and the loss is the mean over rows of ``-log(p)``
    of the positive label and ``-log(1 - p)`` of the other [1]_. Other heads and losses have their
    own.

    ``predict``, ``predict_proba`` and ``decision_function`` take an X that is larger than memory: a
    ``numpy.memmap``, an HDF5 data set, or a dask array or data frame, also of unknown length. A
    block of some million values is read, or a chunk computed, at a time. The results, arrays of
    numpy's for all rows, have to fit into memory; they are, to the last bit, those of the same rows
    in memory.

    References
    ----------
    .. [1] C. M. Bishop (1995). Neural networks for pattern recognition, chapter 6. Oxford.

    Examples
    --------
    >>> from sklearn.datasets import make_blobs
    >>> from skbits import BinaryClassifier
    >>> X, y = make_blobs(60, centers=[[-3, 0], [3, 0]], random_state=0)
    >>> clf = BinaryClassifier(random_state=0).fit(X, y)
    >>> clf.predict([[-4, 0], [4, 0]]).tolist()
    [0, 1]
    >>> clf.set_params(threshold=0.0).predict([[-4, 0]]).tolist()
    [1]
    """

    _target_class: ClassVar[type] = BinaryTarget

    @checks_arguments
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of shape (n, 2), columns as in ``classes_``."""
        p = self._raw_and_probability(X)[1][:, 0]
        return np.column_stack([1 - p, p])

    @checks_arguments
    def decision_function(self, X: Any) -> np.ndarray:
        """``logit(p) - logit(threshold)`` of shape (n,), float64.

        Finite, and at least 0 exactly where ``predict`` gives ``classes_[1]``.
        """
        raw, p = self._raw_and_probability(X)
        return margin(p, self._thresholds(), self._head_.log_odds(raw, p))[:, 0]

    @checks_arguments
    def predict(self, X: Any) -> np.ndarray:
        """Labels of shape (n,): ``classes_[1]`` where ``p >= threshold``."""
        p = self._raw_and_probability(X)[1]
        return self._target_.decode(is_on(p, self._thresholds())[:, 0])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
