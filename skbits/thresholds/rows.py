"""Rows: what is known (targets, weights) beside what was predicted (probabilities).

Rules
-----
* Nothing is copied that need not be: a column is read when its turn comes.
* Rows of weight 0 are left out.
* Rows know where in X they stand: a scorer may read them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skbits.thresholds.decisions import is_on, winners
from skbits.thresholds.metrics import Counts
from skbits.thresholds.sweeping import Column, sort_column

KINDS = ("binary", "bits", "onehot")


def take_rows(X: Any, index: np.ndarray) -> Any:
    """Rows of an array, a sparse matrix, a data frame or a list.

    Examples
    --------
    >>> take_rows(["a", "b", "c"], np.array([2, 0]))
    ['c', 'a']
    """
    if hasattr(X, "iloc"):
        return X.iloc[index]
    if hasattr(X, "shape"):
        return X[index]
    return [X[i] for i in index]


def n_rows(X: Any) -> int:
    """Number of rows of whatever has rows."""
    return X.shape[0] if hasattr(X, "shape") else len(X)


def cut_params(params: Mapping[str, Any], n: int, index: np.ndarray) -> dict[str, Any]:
    """Parameters for some of ``n`` rows: what has a value for each row is cut.

    Examples
    --------
    >>> cut_params({"sample_weight": [1, 2, 3], "verbose": 0}, 3, np.array([0, 2]))
    {'sample_weight': [1, 3], 'verbose': 0}
    """
    return {
        name: take_rows(value, index) if _has_rows(value, n) else value
        for name, value in params.items()
    }


def _has_rows(value: Any, n: int) -> bool:
    if isinstance(value, (str, bytes, Mapping)):
        return False
    if hasattr(value, "shape"):
        return bool(value.shape) and value.shape[0] == n
    return hasattr(value, "__len__") and len(value) == n


@dataclass(frozen=True)
class Rows:
    """Rows with their targets, probabilities and weights.

    Parameters
    ----------
    kind : {"binary", "bits", "onehot"}
    y : ndarray of shape (n, n_columns)
        Zeros and ones of any dtype.
    p : ndarray of shape (n, n_columns)
        Probabilities, float.
    weights : ndarray of shape (n,), float64, or None
    labels : ndarray or None
        Of 1-D targets: the two labels, negative first, or the classes.
    names : tuple or None
        The columns' names, where y was a data frame.
    n_groups : int
        Number of one-hot blocks side by side.
    at : ndarray of shape (n,), int, or None
        Where in X the rows stand; None where row i is row i.
    """

    kind: str
    y: np.ndarray
    p: np.ndarray
    weights: np.ndarray | None = None
    labels: np.ndarray | None = None
    names: tuple | None = None
    n_groups: int = 1
    at: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.p)

    @property
    def n_columns(self) -> int:
        """Number of bits or classes; 1 for a binary target."""
        return self.p.shape[1]

    @property
    def dtype(self) -> np.dtype:
        """The dtype in which decisions are made."""
        return self.p.dtype

    @property
    def total_weight(self) -> float:
        """Number of rows, or their weight."""
        return float(len(self) if self.weights is None else self.weights.sum())

    def truth(self, column: int) -> np.ndarray:
        """Whether the rows are on in truth, bool (n,)."""
        return self.y[:, column] != 0

    def column(self, column: int, n_jobs: int = 1) -> Column:
        """A column, sorted for sweeps."""
        return sort_column(self.p[:, column], self.truth(column), self.weights, n_jobs)

    def decisions(self, thresholds: np.ndarray) -> np.ndarray:
        """What is on, bool (n, n_columns)."""
        if self.kind != "onehot":
            return is_on(self.p, thresholds)
        best = winners(self.p, thresholds, n_groups=self.n_groups)  # (n, n_groups)
        width = self.n_columns // self.n_groups
        return (best[:, :, np.newaxis] == np.arange(width)).reshape(self.p.shape)

    def counts(self, on: np.ndarray) -> Counts:
        """Counts of each column, (n_columns,) each, of decisions (n, n_columns)."""

        def weight(rows: np.ndarray) -> float:
            return np.count_nonzero(rows) if self.weights is None else self.weights[rows].sum()

        counts = []
        for k in range(self.n_columns):  # a column at a time: no second matrix is made
            truth, called = self.truth(k), on[:, k]
            tp, fp = weight(truth & called), weight(called & ~truth)
            fn, tn = weight(truth & ~called), weight(~truth & ~called)
            counts.append((tp, fp, fn, tn))
        return Counts(*np.array(counts, dtype=np.float64).T)

    def as_labels(self, on: np.ndarray) -> np.ndarray:
        """Decisions in the form of the user's targets, for metrics of labels."""
        if self.labels is None:
            return on.astype(int)
        index = on[:, 0].astype(int) if self.kind == "binary" else on.argmax(axis=1)
        return self.labels[index]

    def only(self, column: int) -> "Rows":
        """The rows with one of their columns."""
        return self.columns(slice(column, column + 1))

    def columns(self, chosen: Any) -> "Rows":
        """The rows with some of their columns."""
        names = None if self.names is None else tuple(np.array(self.names, dtype=object)[chosen])
        return replace(self, y=self.y[:, chosen], p=self.p[:, chosen], names=names)

    def take(self, index: np.ndarray) -> "Rows":
        """Some of the rows."""
        weights = None if self.weights is None else self.weights[index]
        at = index if self.at is None else self.at[index]
        return replace(self, y=self.y[index], p=self.p[index], weights=weights, at=at)

    def weighed(self, weights: np.ndarray | None) -> "Rows":
        """The rows with weights (n,), less those of weight 0."""
        if weights is None:
            return self
        rows, kept = replace(self, weights=weights), np.flatnonzero(weights)
        return rows if len(kept) == len(weights) else rows.take(kept)

    def name(self, column: int) -> Any:
        """How a message calls a column."""
        return column if self.names is None else self.names[column]

    def class_name(self, column: int) -> Any:
        """How a message calls a class."""
        return self.name(column) if self.labels is None else self.labels.tolist()[column]


def join_rows(parts: Sequence[Rows]) -> Rows:
    """The rows of several, one after the other."""
    y, p = (np.concatenate(arrays) for arrays in zip(*((r.y, r.p) for r in parts), strict=True))
    weights = [rows.weights for rows in parts]
    joined = None if weights[0] is None else np.concatenate(weights)
    at = None if parts[0].at is None else np.concatenate([rows.at for rows in parts])
    return replace(parts[0], y=y, p=p, weights=joined, at=at)
