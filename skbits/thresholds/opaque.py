"""Opaque: a metric of labels, or a scorer, that is called for each cut.

Rules
-----
* A scorer gets a classifier whose decisions are known, and the rows of X. Where there are none and
  it reads them, it is refused.
* A scorer that reads probabilities is refused: no cutoff changes what it says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from skbits.naming import counted
from skbits.thresholds.metrics import metric_names
from skbits.thresholds.rows import cut_params, n_rows, take_rows


class ReadsProbabilities(Exception):
    """A scorer asked for probabilities rather than for decisions."""


class ReadsRows(BaseException):
    """A scorer read rows that there are not; no ``except Exception`` within it may hide that."""


class NoRows:
    """The X of rows of which only targets and decisions are known: any use of it raises."""

    def __getattr__(self, name: str) -> Any:
        raise ReadsRows


def _raise(self: Any, *args: Any, **kwargs: Any) -> Any:
    raise ReadsRows


#: what an array, a frame or a list may be used by
_USES = """
    len iter getitem contains array bool int float hash eq ne lt le gt ge
    add radd sub rsub mul rmul truediv rtruediv matmul rmatmul pow neg abs
"""
for _use in _USES.split():
    setattr(NoRows, f"__{_use}__", _raise)


class Decided(ClassifierMixin, BaseEstimator):
    """A classifier whose predictions are known, for scorers; X is not read but counted."""

    def __init__(self, y_pred: Any = None, labels: Any = None):
        self.y_pred = y_pred
        self.labels = labels

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> np.ndarray:
        """The labels, whether they were predicted or not."""
        return np.sort(self.labels)

    def predict(self, X: Any) -> np.ndarray:
        """The labels decided on."""
        if not isinstance(X, NoRows) and n_rows(X) != len(self.y_pred):
            raise ValueError(
                f"predict was given {counted(n_rows(X), 'row')} by a scorer of "
                f"{len(self.y_pred)}: expected the rows it was given, whose decisions are known. "
                "Predict all of them, and take some of the decisions."
            )
        return self.y_pred

    def predict_proba(self, X: Any) -> np.ndarray:
        """Refuse: there are decisions only."""
        raise ReadsProbabilities

    decision_function = predict_proba


@dataclass(frozen=True)
class Opaque:
    """A metric of labels, evaluated anew for each cut.

    Parameters
    ----------
    name : str
    score : callable
        ``score(y_true, y_pred, **weights) -> float``, greater is better; of a scorer,
        ``score(estimator, X, y_true, **weights)``.
    is_scorer : bool
    takes_weights : bool
        Whether it can be given ``sample_weight``.
    X : array-like of shape (n, n_features) or None
        All rows, for a scorer; None where only targets and probabilities are known.
    metadata : mapping
        What else is routed to a scorer, for all rows.
    skipped : dict
        "of" and "n": how many cutoffs a column had where most were left out, and how many were.
    """

    name: str
    score: Callable
    is_scorer: bool = False
    takes_weights: bool = True
    X: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict, compare=False)
    _taken: dict = field(default_factory=dict, compare=False, repr=False)

    def with_rows(self, X: Any, metadata: Mapping[str, Any] | None = None) -> "Opaque":
        """The metric with the rows that a scorer reads."""
        return replace(self, X=X, metadata=metadata or {}, skipped={}, _taken={})

    def _rows(self, at: np.ndarray | None) -> tuple[Any, dict[str, Any]]:
        """The rows at positions (n,), or all of them, and what is routed with them."""
        if self.X is None:
            return NoRows(), {}
        if at is None:
            return self.X, dict(self.metadata)
        last = self._taken.get("last")
        if last is None or last[0] is not at:  # a column is swept with the same rows many times
            last = at, take_rows(self.X, at), cut_params(self.metadata, n_rows(self.X), at)
            self._taken["last"] = last
        return last[1:]

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        weights: np.ndarray | None = None,
        labels: Any = None,
        at: np.ndarray | None = None,
    ) -> float:
        """The metric of decisions, with weights of rows (n,) or without; labels are 0 and 1.

        ``at`` has the positions (n,) of the rows in X, where they are not all of it.
        """
        if weights is not None and not self.takes_weights:
            raise ValueError(
                f"sample_weight is given, and scoring={self.name!r} does not take it: expected a "
                "metric with an argument sample_weight. Add one, or leave the weights out."
            )
        given = {} if weights is None else {"sample_weight": weights}
        try:
            if not self.is_scorer:
                return float(self.score(y_true, y_pred, **given))
            decided = Decided(y_pred, (0, 1) if labels is None else labels)
            X, metadata = self._rows(at)
            return float(self.score(decided, X, y_true, **given, **metadata))
        except ValueError as error:
            if labels is None or "pos_label" not in str(error):
                raise
            raise _wants_label(self.name, error, np.asarray(labels).tolist()) from error
        except ReadsProbabilities:
            raise reads_probabilities(self.name) from None
        except ReadsRows:
            raise ValueError(
                f"scoring={self.name!r} reads X, and there are targets and probabilities only: "
                "expected a metric of decisions. Use TunedThresholdsCV, which hands a scorer the "
                "rows of X, or keep what it reads in a function (y_true, y_pred) of these rows."
            ) from None


def _wants_label(name: str, error: ValueError, labels: list) -> ValueError:
    """The error of a metric whose positive label is none of the labels."""
    told = str(error).rstrip(".")
    return ValueError(
        f"scoring={name!r} has a positive label of its own, whatever pos_label is: {told}: "
        f"expected one of them. Pass pos_label={labels[-1]!r} to the metric, by partial or "
        "make_scorer; pos_label=None where it averages; or write its name, as in scoring='f1'."
    )


def reads_probabilities(name: str) -> ValueError:
    """The error of a metric that no cutoff changes."""
    return ValueError(
        f"scoring={name!r} reads probabilities or scores, not decisions, so no cutoff changes it: "
        f"expected a metric of decisions, such as {', '.join(metric_names())}. Use it to compare "
        "models instead."
    )
