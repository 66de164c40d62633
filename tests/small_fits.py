"""Small data for each kind of target, and fits of them that take milliseconds."""

import numpy as np

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

rng = np.random.default_rng(0)
X = rng.normal(size=(70, 4)).astype(np.float32)
LABELS = (X[:, 0] + X[:, 1] > 0).astype(int)
BITS = (X[:, :3] > 0).astype(int)
CLASSES = X[:, :3].argmax(axis=1)
TARGETS = {BinaryClassifier: LABELS, BitVectorClassifier: BITS, OneHotClassifier: CLASSES}
FAST = {"hidden_layer_sizes": (6,), "epochs": 3, "batch_size": 16, "random_state": 0}
#: beside a function given as model
FAST_BUILT = {name: value for name, value in FAST.items() if name != "hidden_layer_sizes"}


def settings(**params):
    """Parameters of a small fit, changed by some."""
    return {**(FAST_BUILT if "model" in params else FAST), **params}


def fit(estimator=BinaryClassifier, **params):
    return estimator(**settings(**params)).fit(X, TARGETS[estimator])
