"""The classifiers that are trained, and how each is made (and only then imported).

All train the same network with Adam at the same learning rate, on batches drawn without
replacement, and all run all epochs. To make one imports its framework, so that the first fit of a
process is timed after the imports.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.base import Setting

#: of Adam, for all
LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Network:
    """Dense hidden layers of ReLU, or one LSTM; then a sigmoid unit for each output."""

    hidden: tuple[int, ...]
    epochs: int
    batch_size: int
    n_outputs: int = 1
    recurrent: bool = False

    @property
    def schedule(self) -> dict[str, int]:
        return {"epochs": self.epochs, "batch_size": self.batch_size}

    def limited(self, setting: Setting) -> "Network":
        return replace(
            self,
            epochs=min(self.epochs, setting.most_epochs),
            batch_size=min(self.batch_size, setting.most_batch_rows),
        )


@dataclass(frozen=True)
class Classifier:
    """A classifier to measure."""

    package: str  # that must be installed
    make: Callable[[Network], Any]  # -> unfitted classifier
    # hidden units, learning rate -> the parameters that set them, for a grid search
    candidate: Callable[[tuple[int, ...], float], dict[str, Any]] | None = None
    search_fit_params: Callable[[Network], dict] = lambda network: {}  # for GridSearchCV.fit
    slow: bool = False  # fewer of its calls are measured
    note: str = ""  # what it cannot do


# --- networks of Keras


def dense_network(
    input_shape: tuple, network: Network, n_units: int | None = None, activation: str = "sigmoid"
) -> Any:
    """The complete ``keras.Model`` of a network, not compiled."""
    from keras import Input, Sequential, layers

    hidden = [
        layers.LSTM(units) if network.recurrent else layers.Dense(units, activation="relu")
        for units in network.hidden
    ]
    head = layers.Dense(n_units or network.n_outputs, activation=activation)
    return Sequential([Input(input_shape), *hidden, head])


class KerasModel:
    """``keras.Model.fit`` and ``predict`` themselves."""

    def __init__(self, network: Network, rows_a_call: int = 32):
        import keras

        self._keras, self._network, self._rows_a_call = keras, network, rows_a_call

    def fit(self, X: Any, y: Any) -> "KerasModel":
        self._model = dense_network(X.shape[1:], self._network)
        adam = self._keras.optimizers.Adam(LEARNING_RATE)
        self._model.compile(adam, loss="binary_crossentropy")
        self._model.fit(X, y.reshape(len(y), -1), verbose=0, **self._network.schedule)
        return self

    def predict_proba(self, X: Any) -> Any:
        return self._model.predict(X, batch_size=self._rows_a_call, verbose=0)

    def predict(self, X: Any) -> Any:
        return self.predict_proba(X) > 0.5


# --- makers


def recurrent(inputs: Any, units: int = 32) -> Any:
    """A backbone for skbits."""
    import keras

    return keras.layers.LSTM(units)(inputs)


def _skbits(network: Network) -> Any:
    import keras  # noqa: F401, with TensorFlow: the imports of a first fit are not timed

    from skbits import BinaryClassifier, BitVectorClassifier

    kind = BinaryClassifier if network.n_outputs == 1 else BitVectorClassifier
    hidden: dict[str, Any] = {"hidden_layer_sizes": network.hidden}
    if network.recurrent:
        hidden = {"model": recurrent, "model__units": network.hidden[0]}
    return kind(**hidden, optimizer__learning_rate=LEARNING_RATE, **network.schedule)


def _scikeras(network: Network) -> Any:
    # From scikit-learn 1.6 on, is_classifier is False for it, so cv=5 would not stratify. All
    # peers are given the same stratified splits, and accuracy by name, so nothing depends on it.
    from scikeras.wrappers import KerasClassifier

    def build(hidden: tuple[int, ...], meta: dict[str, Any]) -> Any:
        return dense_network(meta["X_shape_"][1:], replace(network, hidden=hidden))

    loss = {"loss": "binary_crossentropy", "verbose": 0}
    adam = {"optimizer": "adam", "optimizer__learning_rate": LEARNING_RATE}
    return KerasClassifier(build, hidden=network.hidden, **loss, **adam, **network.schedule)


def _keras_wrapper(network: Network) -> Any:
    import keras

    def build(X: Any, y: Any, hidden: tuple[int, ...], learning_rate: float) -> Any:
        # it one-hot encodes y: two labels are two columns, so two softmax units
        model = dense_network(X.shape[1:], replace(network, hidden=hidden), y.shape[1], "softmax")
        model.compile(keras.optimizers.Adam(learning_rate), loss="categorical_crossentropy")
        return model

    return keras.wrappers.SKLearnClassifier(
        build,
        model_kwargs={"hidden": network.hidden, "learning_rate": LEARNING_RATE},
        fit_kwargs={**network.schedule, "verbose": 0},
    )


def _mlp(network: Network) -> Any:
    from sklearn.neural_network import MLPClassifier

    # alpha=0: the others have no penalty; n_iter_no_change: the others run all epochs
    return MLPClassifier(
        hidden_layer_sizes=network.hidden,
        alpha=0.0,
        learning_rate_init=LEARNING_RATE,
        batch_size=network.batch_size,
        max_iter=network.epochs,
        n_iter_no_change=network.epochs + 1,
    )


def _skorch(network: Network) -> Any:
    from benchmarks.torch_networks import SkorchClassifier

    return SkorchClassifier(network, network.hidden, LEARNING_RATE)


def _xla(network: Network) -> Any:
    from benchmarks.floor import XlaNetwork

    return XlaNetwork(network, LEARNING_RATE)


# --- peers

OURS = "skbits"  # the one in this checkout; it needs TensorFlow
SCIKERAS = "scikeras"
WRAPPER = "keras.wrappers.SKLearnClassifier"
MLP = "sklearn MLPClassifier"
SKORCH = "skorch"
MODEL = "keras.Model.fit"
FLOOR = "raw XLA program (floor)"

#: the classifiers of scikit-learn's kind
PEERS: dict[str, Classifier] = {
    OURS: Classifier(
        "tensorflow",
        _skbits,
        lambda hidden, rate: {"hidden_layer_sizes": hidden, "optimizer__learning_rate": rate},
    ),
    SCIKERAS: Classifier(
        "scikeras",
        _scikeras,
        lambda hidden, rate: {"hidden": hidden, "optimizer__learning_rate": rate},
        slow=True,
    ),
    WRAPPER: Classifier(
        "keras",
        _keras_wrapper,
        lambda hidden, rate: {"model_kwargs": {"hidden": hidden, "learning_rate": rate}},
        # clone, and so GridSearchCV, drops fit_kwargs: without these it would run one epoch
        search_fit_params=lambda network: {**network.schedule, "verbose": 0},
        slow=True,
        note="has no predict_proba: one row is its predict, with the progress bar that it prints",
    ),
    MLP: Classifier(
        "scikit-learn",
        _mlp,
        lambda hidden, rate: {"hidden_layer_sizes": hidden, "learning_rate_init": rate},
    ),
    SKORCH: Classifier(
        "skorch", _skorch, lambda hidden, rate: {"hidden": hidden, "learning_rate": rate}
    ),
}

PLAIN: dict[str, Classifier] = {MODEL: Classifier("keras", KerasModel)}

RAW: dict[str, Classifier] = {
    FLOOR: Classifier(
        "tensorflow",
        _xla,
        note="is one compiled program an epoch, written by hand, its data already in place; "
        "its first fit compiles",
    )
}
