"""What the models are trained on: rows that can be learned, the same for all peers.

Made data are float32, which no peer converts, and come with other rows of the same kind, a quarter
as many, on which accuracy is measured. Their labels are as often on as off. Breast cancer is
float64, as scikit-learn loads it, and accuracy is that on the rows of the fit.
"""

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale

from benchmarks.base import Setting


class Rows(NamedTuple):
    """Rows to fit, and rows to score."""

    X: np.ndarray  # (n, ...)
    y: np.ndarray  # (n,) or (n, n_bits), int
    X_test: np.ndarray
    y_test: np.ndarray


def breast_cancer(setting: Setting) -> Rows:
    """569 rows of 30 columns, standardized over all rows."""
    X, y = load_breast_cancer(return_X_y=True)
    X, y = scale(X)[: setting.most_rows], y[: setting.most_rows]
    return Rows(X, y, X, y)


def noisy_halfspaces(setting: Setting, n_rows: int, n_features: int, n_bits: int = 1) -> Rows:
    """Each bit is the side of its own hyperplane on which a row lies, or seems to: 91 % do."""
    rng = np.random.default_rng(0)
    n_rows = min(n_rows, setting.most_rows)
    X = rng.standard_normal((n_rows + n_rows // 4, n_features), dtype=np.float32)
    normals = rng.standard_normal((n_features, n_bits), dtype=np.float32) / np.sqrt(n_features)
    noise = 0.3 * rng.standard_normal((len(X), n_bits), dtype=np.float32)
    y = (X @ normals + noise > 0).astype(np.int64)
    return _split(X, y[:, 0] if n_bits == 1 else y, n_rows)


def sums_of_last(setting: Setting, n_rows: int, n_steps: int) -> Rows:
    """Series of one number a step; whether the last five sum to more than 0."""
    rng = np.random.default_rng(0)
    n_rows = min(n_rows, setting.most_rows)
    X = rng.standard_normal((n_rows + n_rows // 4, n_steps, 1), dtype=np.float32)
    return _split(X, (X[:, -5:, 0].sum(axis=1) > 0).astype(np.int64), n_rows)


def _split(X: np.ndarray, y: np.ndarray, n_rows: int) -> Rows:
    return Rows(X[:n_rows], y[:n_rows], X[n_rows:], y[n_rows:])
