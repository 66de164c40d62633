"""What the three estimators share: the order of the stages.

``fit`` is: check X, encode y, build the model, weigh, train. ``predict`` is: check X, raw output,
probabilities, thresholds, labels. Each stage is a function of another module; the rules are there.

Learning happens on a working copy, whose attributes the estimator takes over at the very end: a
fit that fails, for whatever reason, leaves the estimator as it was.
"""

from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skbits.arguments import checks_arguments
from skbits.assembly import assemble
from skbits.blocks import in_memory, row_blocks
from skbits.estimators._parameters import (
    build_parameters,
    check_parameters,
    check_unchanged,
    is_flag,
)
from skbits.estimators._routed import RoutedEstimator
from skbits.files.leaving_out import READ_BY_TRAINING_ON, check_all_there
from skbits.files.methods import FilesMixin
from skbits.heads import encode_for_loss
from skbits.indices import unknown_indices_in_words
from skbits.inference import raw_output
from skbits.inputs import (
    accuracy,
    check_not_one_row,
    check_one_input,
    check_row_shape,
    check_sample_weight,
    check_X,
    check_y_given,
    first_rows,
    without_zero_weights,
)
from skbits.models import check_builder
from skbits.naming import about, no_attribute
from skbits.precision import check_kept_apart
from skbits.progress import (
    CallbackSupportMixin,
    EpochLines,
    EpochTasks,
    Listener,
    Task,
    begin,
    fit_line,
    with_callbacks,
)
from skbits.seeding import draw_seed
from skbits.sharing import claim
from skbits.startup import start
from skbits.summaries import SummaryMixin, architecture
from skbits.targets import check_classes_left, check_same_classes, class_columns
from skbits.thresholds.decisions import check_threshold
from skbits.training import Data, Plan, bounded_batch_size, choose_trainer, run
from skbits.training.compiling import make_callbacks, routed
from skbits.training.monitoring import check_monitored
from skbits.training.splitting import stratified_holdout
from skbits.training.strategies import placed, strategy_from
from skbits.training.weighing import check_weighs
from skbits.training.weights import positive_weights, relative, row_weights
from skbits.values import is_word


def _sees_parts(estimator: Any) -> bool:
    """Whether an estimator can learn from one part of the rows after the other."""
    if is_flag(estimator.early_stopping) and estimator.early_stopping:
        raise AttributeError(
            "early_stopping=True needs all rows at once, which partial_fit does not see: expected "
            "False. Use fit, or set_params(early_stopping=False)."
        )
    return True


class KerasClassifier(
    CallbackSupportMixin, SummaryMixin, FilesMixin, ClassifierMixin, RoutedEstimator
):
    """The stages of ``fit`` in their order, and what ``predict`` of every kind starts from."""

    _target_class: ClassVar[type]

    @with_callbacks
    @checks_arguments
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "KerasClassifier":
        """Build a model and train it; with ``warm_start``, train the fitted one on.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, n_features), or array of shape (n, ...)
            All rows come into memory, of a file or a dask collection too: for more than fits,
            ``partial_fit`` takes one part after the other.
        y : array-like
            Targets, in the form of the class.
        sample_weight : array-like of shape (n,), optional
            Relative weight of each row's loss: their scale does not matter (``partial_fit`` takes
            them as they are). Rows of weight 0 are left out.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Bad X, y, weights or parameters; the message names the cure.
        HeadMismatchError
            A complete model that cannot learn this target.
        FloatingPointError
            A loss that stops being finite.
        """
        check_parameters(self.get_params(), self._target_class.kind)
        resume = bool(self.warm_start) and hasattr(self, "model_")
        task = begin(self, X, y, sample_weight, n_subtasks=int(self.epochs))
        self._learn(X, y, sample_weight, resume=resume, task=task)
        task.ends()
        return self

    @available_if(_sees_parts)
    @checks_arguments
    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> "KerasClassifier":
        """Train for one epoch on these rows, from where the last call stopped.

        Of data that is larger than memory, each call gets a part, such as some rows of a
        ``numpy.memmap`` or a block of a dask array. Nothing of a part is kept but what was learned
        from it; ``history_`` and ``n_iter_`` have an epoch for each call. There is no
        ``partial_fit`` with ``early_stopping=True``, which holds rows out of all.

        Parameters
        ----------
        X, y, sample_weight
            As in ``fit``.
        classes : array-like of shape (n_classes,), optional
            All labels that will ever come; needed in the first call alone, and the same in others.

        Returns
        -------
        self
        """
        check_parameters(self.get_params(), self._target_class.kind)
        if is_word(self.class_weight, "balanced"):
            raise ValueError(
                "class_weight='balanced' needs all rows at once, which partial_fit does not see: "
                "expected another value. Use fit, or a dict of class weights."
            )
        resume = hasattr(self, "model_")
        return self._learn(X, y, sample_weight, resume=resume, classes=classes, one_epoch=True)

    @checks_arguments
    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Share of the rows that are predicted exactly: the accuracy.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, n_features), or array of shape (n, ...)
        y : array-like
            Targets, in the form of the class.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float

        Raises
        ------
        ValueError
            Bad X, y or weights.
        """
        predicted = self.predict(X)
        owner = type(self).__name__
        return accuracy(self._target_.is_right, y, predicted, sample_weight, owner)

    def _learn(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        resume: bool,
        classes: Any = None,
        one_epoch: bool = False,
        task: Task | None = None,
    ) -> "KerasClassifier":
        """All stages of learning, on a working copy that becomes this estimator at the end."""
        since = perf_counter()
        start("devices")
        X, y, sample_weight = (in_memory(part) for part in (X, y, sample_weight))
        work = self._working_copy(keep_learned=resume)
        check_all_there(work, READ_BY_TRAINING_ON if resume else None)
        check_builder(work.model)
        if resume:
            check_not_one_row(X, work._row_shape_)
        check_one_input(X, y)
        as_given, X = X, check_X(work, X, reset=not resume)
        check_kept_apart(as_given, X)
        if resume:
            check_unchanged(work._built_with_, work.get_params(), work._target_.kind)
            check_row_shape(X, work._row_shape_, type(self).__name__)
        check_y_given(y, X, type(self).__name__)
        with about("y", "classes"):
            target = work._target_ if resume else work._learn_target(y, classes)
            if resume and classes is not None:
                check_same_classes(classes, work._learn_target(y, classes), target)
            Y = target.encode(y)
        _thresholds(work.threshold, target)
        weights = check_sample_weight(sample_weight, X)
        given = X
        X, Y, weights = without_zero_weights(X, Y, weights)
        if not one_epoch:
            check_classes_left(Y, target)

        # with a cache, no seed means one fixed seed: a fit that is looked up is not drawn anew
        seed = 0 if work.memory and work.random_state is None else draw_seed(work.random_state)
        if resume:
            work._model_ = placed(work._model_, strategy_from(work.strategy))
        else:
            work._assemble(target, X, Y, weights, seed)
        work.classes_ = target.classes
        if target.kind == "bits" and target.names is not None:
            work.bit_names_ = np.asarray(target.names, dtype=object)
        with unknown_indices_in_words(given):
            work._train(X, Y, weights, seed, resume=resume, one_epoch=one_epoch, task=task)
        vars(self).clear()
        vars(self).update(vars(work))
        if self.verbose:
            print(fit_line(type(self).__name__, self.history_, self.trainer_, since), flush=True)
        return self

    def _working_copy(self, *, keep_learned: bool) -> "KerasClassifier":
        work = object.__new__(type(self))
        params = self.get_params(deep=False)
        learned = {k for k in vars(self) if k.endswith("_") and k not in params}
        vars(work).update((k, v) for k, v in vars(self).items() if keep_learned or k not in learned)
        return work

    def _learn_target(self, y: Any, classes: Any) -> Any:
        return self._target_class.learn(y, classes)

    def _assemble(self, target: Any, X: Any, Y: np.ndarray, weights: np.ndarray, seed: int) -> None:
        """The model, compiled, and what belongs to it."""
        positive = None
        if target.kind == "bits":
            positive = positive_weights(self.class_weight, Y, weights, target.names)
        with strategy_from(self.strategy).scope():
            made = assemble(self.get_params(), target, X, positive, seed)
        self._model_, self._head_, self._form_ = made.model, made.head, made.form
        self._target_, self._row_shape_ = target, X.shape[1:]
        self._built_with_ = build_parameters(self.get_params(), target.kind)

    def _train(
        self,
        X: Any,
        Y: np.ndarray,
        weights: np.ndarray,
        seed: int,
        *,
        resume: bool,
        one_epoch: bool,
        task: Task | None,
    ) -> None:
        """Data and plan, then training."""
        target = self._target_
        columns = class_columns(Y, target.kind)
        if target.kind != "bits":  # a weight of bits is in the loss
            weights = row_weights(
                self.class_weight, columns, weights, _names(target), target.n_groups
            )
        if not one_epoch:
            check_classes_left(Y[np.reshape(weights, (len(Y), -1)).any(axis=1)], target)
            weights = relative(weights)
        form = encode_for_loss(Y, self._head_, self._form_, target)
        data, validation = Data(X, form, None if np.all(weights == 1) else weights), None
        check_weighs(self._model_, data)
        if self.early_stopping:
            train, held_out = stratified_holdout(columns, self.validation_fraction, seed)
            check_classes_left(Y[train], target)
            data, validation = data.rows(train), data.rows(held_out)
        callbacks = make_callbacks(self.callbacks, routed(self.get_params(), "callbacks"))
        check_monitored(callbacks, validates=validation is not None)
        past = self.history_ if one_epoch and resume else {}
        epochs, first_epoch = 1 if one_epoch else int(self.epochs), len(past.get("loss", ()))
        plan = Plan(
            epochs=epochs,
            batch_size=bounded_batch_size(self.batch_size, len(Y)),
            seed=seed,
            first_epoch=first_epoch,
            validation=validation,
            n_iter_no_change=int(self.n_iter_no_change),
            callbacks=callbacks,
            listeners=self._listeners(task, first_epoch + epochs),
        )
        self.trainer_ = choose_trainer(self.trainer, self.model_, data, plan)
        if not resume:  # what is wrong before anything is trained leaves the layers free
            claim(self._model_, first_rows(X, 1))
        history = run(self.trainer_, self.model_, data, plan, memory=self.memory, fitted=resume)
        self.history_ = {name: [*past.get(name, ()), *values] for name, values in history.items()}
        self.n_iter_ = len(self.history_["loss"])

    def _listeners(self, task: Task | None, n_epochs: int) -> list[Listener]:
        """Who is told of epochs."""
        listeners: list[Listener] = [EpochLines(n_epochs)] if self.verbose >= 2 else []
        if task is not None and task.is_heard:
            listeners.append(EpochTasks(task, self._learned))
        return listeners

    def _learned(self) -> dict[str, Any]:
        """What ``predict`` goes by."""
        return {name: value for name, value in vars(self).items() if name.endswith("_")}

    @checks_arguments
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Natural logarithm of ``predict_proba``, of its shape, minus infinity where that is 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def _raw_and_probability(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Raw output, and p of shape (n, n_columns)."""
        check_is_fitted(self)
        check_not_one_row(X, self._row_shape_)
        outputs, n_rows = [], 0
        for block in row_blocks(X):
            rows = check_X(self, block, reset=False, first_row=n_rows)
            check_row_shape(rows, self._row_shape_, type(self).__name__)
            with unknown_indices_in_words(rows, first_row=n_rows):
                outputs.append(raw_output(self._model_, rows))
            n_rows += rows.shape[0]
        raw = outputs[0] if len(outputs) == 1 else np.concatenate(outputs)
        return raw, self._head_.probability(raw, self._target_)

    @property
    def architecture_(self) -> str:
        """The layers of the trained model, in one line."""
        return architecture(self.model_)

    @property
    def thresholds_(self) -> np.ndarray:
        """``threshold`` as an array of shape (n_columns,)."""
        if "_target_" not in vars(self):
            raise AttributeError(f"{type(self).__name__} has no thresholds_ before fit")
        with no_attribute():
            return self._thresholds()

    def _thresholds(self) -> np.ndarray:
        """``threshold`` as an array of shape (n_columns,)."""
        return _thresholds(self.threshold, self._target_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        return tags


def _names(target: Any) -> Any:
    """The names by which a dict may give the weights of classes."""
    return target.names if target.names is not None else target.classes.tolist()


def _thresholds(threshold: Any, target: Any) -> np.ndarray:
    """``threshold`` as an array of shape (n_columns,); a binary target has one, of classes[1]."""
    names = _names(target)
    return check_threshold(
        threshold, target.n_columns, names[1:] if target.kind == "binary" else names
    )
