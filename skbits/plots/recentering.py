"""RecenteringDisplay: what becomes of a probability that is recentred at the cutoff."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from skbits.plots.drawing import COLOURS, DEFAULT, ink, legend_below, panels, style
from skbits.thresholds.cutoffs import cutoff_of
from skbits.thresholds.decisions import check_threshold
from skbits.thresholds.reading import read_probabilities
from skbits.thresholds.recentered import RecenteredClassifier
from skbits.thresholds.recentering import METHODS, recenter

_POINTS = 201


class RecenteringDisplay:
    """The three ways to recentre probabilities, all through (threshold, 0.5), over the data.

    Which one a model should use depends on what the probabilities are read for: see
    :func:`skbits.recenter`.

    Not for judging calibration: scikit-learn's ``CalibrationDisplay`` shows that.

    Parameters
    ----------
    p : ndarray of shape (m,)
        Probabilities, ascending, from 0 to 1.
    curves : dict of ndarray of shape (m,)
        Method -> the recentred ones.
    threshold : float
        The cutoff, which becomes 0.5.
    y_proba : ndarray of shape (n,)
        The data's probabilities.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        Of the curves and of the data.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from skbits.plots import RecenteringDisplay
    >>> display = RecenteringDisplay.from_predictions([0.1, 0.2, 0.7], threshold=0.25)
    >>> {method: round(float(curve[50]), 3) for method, curve in display.curves.items()}
    {'odds': 0.5, 'linear': 0.5, 'logistic': 0.5}
    """

    def __init__(
        self,
        p: np.ndarray,
        curves: Mapping[str, np.ndarray],
        threshold: float,
        y_proba: np.ndarray,
    ):
        self.p = p
        self.curves = curves
        self.threshold = threshold
        self.y_proba = y_proba

    @classmethod
    def from_predictions(
        cls, y_proba: Any, *, threshold: Any, steepness: Any = 10.0, ax: Any = None
    ) -> "RecenteringDisplay":
        """Draw the curves at a cutoff, over probabilities.

        Parameters
        ----------
        y_proba : array-like of shape (n,)
            Of the positive label, as they are before.
        threshold : float
            From 0 to 1.
        steepness : float or pair of floats, default=10.0
            Of the logistic method.
        ax : sequence of two matplotlib Axes, optional

        Returns
        -------
        RecenteringDisplay

        Raises
        ------
        ValueError
            No probabilities of one label, or no finite cutoff.
        """
        given = read_probabilities(y_proba)
        if given.ndim != 1 and given.shape[1] != 1:
            raise ValueError(
                f"y_proba has shape {given.shape}: expected (n,), of the positive label, such as "
                "predict_proba(X)[:, 1]."
            )
        cutoff = float(check_threshold(threshold, 1, None)[0])
        if not np.isfinite(cutoff):
            raise ValueError(f"threshold={threshold!r}: expected a number from 0 to 1.")
        # the cutoff is among the points, where the curves meet and may bend
        p = np.unique(np.append(np.linspace(0, 1, _POINTS), cutoff))
        curves = {m: recenter(p, cutoff, method=m, steepness=steepness) for m in METHODS}
        return cls(p, curves, cutoff, given.ravel()).plot(ax)

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, *, steepness: Any = None, ax: Any = None
    ) -> "RecenteringDisplay":
        """Draw the curves at the cutoff of a fitted classifier of two labels.

        Parameters
        ----------
        estimator : classifier
            With a cutoff. Of a ``RecenteredClassifier``, whose own is 0.5, what it holds.
        X : array-like
        steepness : float or pair of floats, optional
            Of the logistic method; by default that of a ``RecenteredClassifier``, else 10.
        ax : sequence of two matplotlib Axes, optional

        Returns
        -------
        RecenteringDisplay

        Raises
        ------
        ValueError
            A classifier without a cutoff, or of something else than two labels.
        """
        steepness = getattr(estimator, "steepness", 10.0) if steepness is None else steepness
        if isinstance(estimator, RecenteredClassifier):
            estimator = getattr(estimator, "estimator_", estimator.estimator)
        cutoff = cutoff_of(estimator)
        if cutoff.kind != "binary":
            raise ValueError(
                f"estimator={type(estimator).__name__} decides on a target of kind "
                f"{cutoff.kind!r}: expected two labels."
            )
        p = np.asarray(estimator.predict_proba(X))[:, cutoff.positive]
        t = float(np.ravel(cutoff.thresholds)[0])
        return cls.from_predictions(p, threshold=t, steepness=steepness, ax=ax)

    def plot(self, ax: Any = None) -> "RecenteringDisplay":
        """Draw.

        Parameters
        ----------
        ax : sequence of two matplotlib Axes, optional

        Returns
        -------
        self
        """
        self.axes_ = panels(ax, 2, nrows=2, sharex=True, figsize=(6.4, 6), height_ratios=(3, 1))
        upper, lower = self.axes_
        for i, (method, curve) in enumerate(self.curves.items()):
            upper.plot(self.p, curve, label=method, **style(i))
        upper.axhline(0.5, color=DEFAULT, linestyle=":", linewidth=1)
        upper.plot(self.threshold, 0.5, "o", color=ink(), label=f"({self.threshold:.3g}, 0.5)")
        upper.set(ylabel="recentred probability", ylim=(-0.02, 1.02))
        lower.hist(self.y_proba, bins=np.linspace(0, 1, 41), color=COLOURS[5])
        for one in self.axes_:
            one.axvline(self.threshold, color=ink(), linewidth=1)
            one.set_xlim(0, 1)
        lower.set(xlabel="probability of the positive label", ylabel="rows")
        legend_below(lower, upper)
        self.figure_ = upper.figure
        return self
