"""Parameters as scikeras has them: those of the signature, and any ``model__units`` beside them.

``__init__`` only stores. What nobody knows is an error that suggests the nearest known name.
"""

from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator

from skbits.by_value import by_value, itself
from skbits.estimators._parameters import first_unknown
from skbits.persistence import pack_model, pack_params, unpack_model, unpack_params
from skbits.training import finished


class RoutedEstimator(BaseEstimator):
    """An estimator with routed parameters, whose ``model_`` every pickler takes."""

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
        self.strategy = strategy
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose
        message = self._unknown(routed)
        if message:
            raise TypeError(message)
        vars(self).update(routed)

    @property
    def model_(self) -> Any:
        """The trained keras.Model."""
        try:
            return finished(vars(self)["_model_"])
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no model_ before fit") from None

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters of the signature, and the routed ones that were set."""
        params = super().get_params(deep=deep)
        params |= {name: value for name, value in vars(self).items() if "__" in name.strip("_")}
        return params

    def set_params(self, **params: Any) -> "RoutedEstimator":
        """Set parameters by name, routed ones included.

        Raises
        ------
        ValueError
            For an unknown name, with the nearest known one.
        """
        message = self._unknown(params)
        if message:
            raise ValueError(message)
        vars(self).update(params)
        return self

    def _unknown(self, given: dict[str, Any]) -> str | None:
        # scikit-learn's checks pass every name of the signature, that of **routed included
        names = [name for name in given if name != "routed"]
        builder = given.get("model", self.model)
        return first_unknown(names, self._get_param_names(), type(self).__name__, builder)

    def __sklearn_clone__(self) -> "RoutedEstimator":
        # clone copies parameters, which Keras lets nobody do with an unregistered object
        packed = object.__new__(type(self))
        vars(packed).update(pack_params(vars(self)))
        cloned = BaseEstimator.__sklearn_clone__(packed)
        vars(cloned).update(unpack_params(cloned.get_params(deep=False)))
        return cloned

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        model = state.pop("_model_", None)
        state = pack_params(state)
        state |= {name: by_value(state[name]) for name in self.get_params(deep=False)}
        return state if model is None else {**state, "_model_": pack_model(finished(model))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = {name: itself(value) for name, value in state.items()}
        model = state.pop("_model_", None)
        state = unpack_params(state)
        super().__setstate__(state if model is None else {**state, "_model_": unpack_model(model)})
