"""What skbits takes from scikeras' BaseWrapper, and what it repairs, by overriding.

Taken: routed parameters (``model__units``), and the call of the user's builder with ``meta``,
``params`` and ``compile_kwargs``. Repaired: parameters that nobody knows are errors; seeds do not
turn on TensorFlow's determinism flag for good; pickling does not need the loss to be registered;
scikeras' own half-finished entry points are gone.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scikeras.wrappers import BaseWrapper
from sklearn.base import BaseEstimator

from skbits import backbones
from skbits.estimators._parameters import first_unknown
from skbits.models import check_builder, check_builder_arguments, takes_inputs, with_head
from skbits.persistence import pack_model, unpack_model
from skbits.training.compiling import make_loss, make_metrics, make_optimizer, routed
from skbits.training.losses import PositiveWeighted


class ScikerasBase(BaseWrapper):
    """Parameters, the builder's call, and pickling; no learning."""

    # with a seed here, scikeras would switch on op determinism; skbits.seeding does without
    _random_state = None

    # scikeras' other ways to initialize, encode and score, which skbits replaces
    initialize = scorer = target_encoder = feature_encoder = None

    def __init__(
        self,
        model: Callable | None = None,
        *,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        dropout: float = 0.0,
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
        memory: Any = None,
        random_state: Any = None,
        verbose: int = 0,
        **routed: Any,
    ):
        self.model = model
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.head = head
        self.threshold = threshold
        self.loss = loss
        self.optimizer = optimizer
        self.metrics = metrics
        self.epochs = epochs
        self.batch_size = batch_size
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.trainer = trainer
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose
        message = first_unknown(routed, self._get_param_names(), type(self).__name__)
        if message:
            raise TypeError(message)
        vars(self).update(routed)

    def _get_param_names(self) -> Iterator[str]:
        names = (name for name in vars(self) if not name.endswith("_") and name[0] != "_")
        return iter(sorted(names))

    def set_params(self, **params: Any) -> "ScikerasBase":
        """Set parameters by name, routed ones included.

        Raises
        ------
        ValueError
            For an unknown name, with the nearest known one.
        """
        message = first_unknown(params, self._get_param_names(), type(self).__name__)
        if message:
            raise ValueError(message)
        vars(self).update(params)
        return self

    def __repr__(self, *args: Any, **kwargs: Any) -> str:
        return BaseEstimator.__repr__(self, *args, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "model_" in state:
            metrics = self.metrics if isinstance(self.metrics, (list, tuple)) else [self.metrics]
            state["model_"] = pack_model(self.model_, extras=[self.loss, *metrics])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        if "model_" in state:
            state["model_"] = unpack_model(state["model_"])
        super().__setstate__(state)

    @property
    def _complete(self) -> bool:
        """Whether ``model`` returns a complete Keras model, rather than the last hidden tensor."""
        return self.model is not None and not takes_inputs(self.model)

    def _check_model_param(self) -> Callable:
        """Scikeras asks here for the function that builds the model."""
        builder = self.model
        if builder is None:
            builder = functools.partial(
                backbones.mlp,
                hidden_layer_sizes=self.hidden_layer_sizes,
                activation=self.activation,
                dropout=self.dropout,
            )
        check_builder(builder)
        check_builder_arguments(builder, routed(self.get_params(), "model"))
        if takes_inputs(builder):
            return with_head(builder, self._row_shape_, self._head_, self._target_)
        return builder

    def _get_metadata(self) -> dict[str, Any]:
        """Scikeras' ``meta``: what a builder may want to know of the data."""
        target = self._target_
        n_outputs = int(np.prod(self._head_.output_shape(target)))
        return {
            "n_features_in_": self.n_features_in_,
            "X_shape_": (None, *self._row_shape_),
            "X_dtype_": np.dtype(np.float32),
            "classes_": target.classes,
            "n_classes_": len(target.classes),
            "n_outputs_": 1 if target.kind == "binary" else target.n_columns,
            "n_outputs_expected_": n_outputs,
            "target_type_": {"binary": "binary", "bits": "multilabel-indicator"}.get(
                target.kind, "multiclass"
            ),
        }

    def _get_compile_kwargs(self) -> dict[str, Any]:
        """Fresh arguments of ``keras.Model.compile``; scikeras hands them to builders too."""
        params = self.get_params()
        loss = make_loss(self.loss, self._head_, routed(params, "loss")).loss
        if self._positive_ is not None:
            loss = PositiveWeighted(loss, self._positive_)
        return {
            "optimizer": make_optimizer(self.optimizer, routed(params, "optimizer")),
            "loss": loss,
            "metrics": make_metrics(self.metrics, self._head_, routed(params, "metrics")),
        }
