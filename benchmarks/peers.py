"""The classifiers that are trained, and how each is made (and only then imported)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.base import Setting

#: of Adam, for all
LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Classifier:
    """A classifier to measure."""

    package: str  # that must be installed
    make: Callable[[int, Setting], Any]  # hidden units, setting -> unfitted classifier
    size: Callable[[int], dict[str, Any]]  # hidden units -> the parameters that set them
    search_fit_params: Callable[[Setting], dict] = lambda setting: {}  # for GridSearchCV.fit
    note: str = ""  # what it cannot do


def _skbits(hidden: int, setting: Setting) -> Any:
    from skbits import BinaryClassifier

    return BinaryClassifier(
        hidden_layer_sizes=(hidden,), optimizer__learning_rate=LEARNING_RATE, **setting.schedule
    )


def _dense_model(n_features: int, hidden: int, n_units: int, activation: str) -> Any:
    from keras import Input, Sequential, layers

    hidden_layer = layers.Dense(hidden, activation="relu")
    return Sequential(
        [Input((n_features,)), hidden_layer, layers.Dense(n_units, activation=activation)]
    )


def _scikeras(hidden: int, setting: Setting) -> Any:
    # From scikit-learn 1.6 on, is_classifier is False for it, so cv=3 would not stratify. All
    # peers are given the same stratified splits, and accuracy by name, so nothing depends on it.
    from scikeras.wrappers import KerasClassifier

    def build(hidden: int, meta: dict[str, Any]) -> Any:
        return _dense_model(meta["n_features_in_"], hidden, 1, "sigmoid")

    loss = {"loss": "binary_crossentropy", "verbose": 0}
    adam = {"optimizer": "adam", "optimizer__learning_rate": LEARNING_RATE}
    return KerasClassifier(build, hidden=hidden, **loss, **adam, **setting.schedule)


def _keras(hidden: int, setting: Setting) -> Any:
    import keras

    def build(X: Any, y: Any, hidden: int) -> Any:
        # it one-hot encodes y: two labels are two columns, so two softmax units
        model = _dense_model(X.shape[1], hidden, y.shape[1], "softmax")
        model.compile(keras.optimizers.Adam(LEARNING_RATE), loss="categorical_crossentropy")
        return model

    return keras.wrappers.SKLearnClassifier(
        build, model_kwargs={"hidden": hidden}, fit_kwargs={**setting.schedule, "verbose": 0}
    )


def _mlp(hidden: int, setting: Setting) -> Any:
    from sklearn.neural_network import MLPClassifier

    # alpha=0: the others have no penalty; n_iter_no_change: the others run all epochs
    return MLPClassifier(
        hidden_layer_sizes=(hidden,),
        alpha=0.0,
        learning_rate_init=LEARNING_RATE,
        batch_size=setting.batch_size,
        max_iter=setting.epochs,
        n_iter_no_change=setting.epochs + 1,
    )


#: the one in this checkout; it needs TensorFlow
OURS = "skbits.BinaryClassifier"

PEERS: dict[str, Classifier] = {
    OURS: Classifier("tensorflow", _skbits, lambda hidden: {"hidden_layer_sizes": (hidden,)}),
    "scikeras.KerasClassifier": Classifier(
        "scikeras", _scikeras, lambda hidden: {"hidden": hidden}
    ),
    "keras.wrappers.SKLearnClassifier": Classifier(
        "keras",
        _keras,
        lambda hidden: {"model_kwargs": {"hidden": hidden}},
        # clone, and so GridSearchCV, drops fit_kwargs: without these it would run one epoch
        search_fit_params=lambda setting: {**setting.schedule, "verbose": 0},
        note="has no predict_proba: one row is its predict, with the progress bar that it prints",
    ),
    "sklearn MLPClassifier": Classifier(
        "scikit-learn", _mlp, lambda hidden: {"hidden_layer_sizes": (hidden,)}
    ),
}
