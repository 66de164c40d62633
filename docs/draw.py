"""Draws the README's pictures: ``python docs/draw.py`` writes docs/*.png (extra "plot")."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer, make_multilabel_classification
from sklearn.model_selection import (
    StratifiedKFold,
    cross_val_predict,
    cross_validate,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbits import (
    BinaryClassifier,
    BitVectorClassifier,
    ThresholdGridSearchCV,
    TunedThresholdsCV,
)
from skbits.plots import (
    BitThresholdsDisplay,
    HistoryDisplay,
    RecenteringDisplay,
    SearchDisplay,
    ThresholdCurveDisplay,
)

FOLDER = Path(__file__).parent
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)


def network(**params: object) -> object:
    """A small network on scaled columns."""
    return make_pipeline(
        StandardScaler(),
        BinaryClassifier(**{"hidden_layer_sizes": (16,), "epochs": 30, "random_state": 0} | params),
    )


def noisy_cancer() -> tuple[np.ndarray, np.ndarray]:
    """Breast cancer, benign (0) or malignant (1), with noise that makes cutoffs matter."""
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X) + 2 * np.random.default_rng(0).normal(size=X.shape)
    return X, 1 - y


def threshold_curve() -> Figure:
    """Three metrics against the cutoff, over five folds."""
    X, y = noisy_cancer()
    results = cross_validate(network(), X, y, cv=FOLDS, return_estimator=True, return_indices=True)
    tuned = TunedThresholdsCV(network(), scoring="f1", constraint="recall >= 0.9", cv=FOLDS).fit(
        X, y
    )
    return ThresholdCurveDisplay.from_cv_results(
        results, X, y, scoring=["f1", "precision", "recall"], threshold=tuned.thresholds_[0],
        constraint="recall >= 0.9",
    ).figure_  # fmt: skip


def bit_thresholds() -> Figure:
    """The cutoffs of 65 bits of very different frequency."""
    X, Y = make_multilabel_classification(
        1200, 40, n_classes=65, n_labels=8, length=80, random_state=0
    )
    X, X_test, Y, Y_test = train_test_split(X, Y, random_state=0)
    clf = make_pipeline(StandardScaler(), BitVectorClassifier(epochs=10, random_state=0))
    tuned = TunedThresholdsCV(clf, cv=3, average="macro").fit(X, Y)
    return BitThresholdsDisplay.from_estimator(tuned, X_test, Y_test).figure_


def search() -> Figure:
    """Nine candidates, each with its cutoff."""
    X, y = noisy_cancer()
    grid = {
        "binaryclassifier__hidden_layer_sizes": [(8,), (32,), (32, 16)],
        "binaryclassifier__dropout": [0.0, 0.3, 0.6],
    }
    return SearchDisplay.from_estimator(
        ThresholdGridSearchCV(network(), grid, cv=FOLDS).fit(X, y)
    ).figure_


def history() -> Figure:
    """A network that is stopped early."""
    X, y = noisy_cancer()
    clf = network(
        epochs=100, early_stopping=True, metrics=["accuracy"], optimizer__learning_rate=0.005
    )
    return HistoryDisplay.from_estimator(clf.fit(X, y)).figure_


def recentering() -> Figure:
    """Probabilities recentred at a quarter."""
    X, y = noisy_cancer()
    p = cross_val_predict(network(), X, y, cv=FOLDS, method="predict_proba")[:, 1]
    return RecenteringDisplay.from_predictions(p, threshold=0.25).figure_


PICTURES = {
    "threshold_curve": threshold_curve,
    "bit_thresholds": bit_thresholds,
    "search": search,
    "history": history,
    "recentering": recentering,
}

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        draw().savefig(FOLDER / f"{name}.png", dpi=80)
        print(f"docs/{name}.png")
