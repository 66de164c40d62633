"""BitThresholdsDisplay: every bit's cutoff, and what it is worth."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skbits.naming import about, counted
from skbits.plots.drawing import (
    COLOURS,
    DEFAULT,
    NEVER,
    TICKS,
    few_ticks,
    ink,
    legend_above,
    panels,
)
from skbits.plots.metrics import metric_of, scoring_of
from skbits.quantities import quantity
from skbits.thresholds.cutoffs import cutoff_of, decider
from skbits.thresholds.decisions import as_floats, check_threshold
from skbits.thresholds.reading import read_rows

#: ticks that have room for their names
_MOST_NAMES = 45
#: attributes of tuners that hold the cutoffs of folds
_OF_FOLDS = ("fold_thresholds_", "best_fold_thresholds_")


class BitThresholdsDisplay:
    """Of a bit vector: each bit's cutoff with its spread, gain over 0.5, and number of positives.

    Gains are honest on rows that have not chosen the cutoffs. For one bit in detail, use
    ``ThresholdCurveDisplay``.

    Not for rows that have chosen the cutoffs: there every gain is flattered.

    Parameters
    ----------
    thresholds : ndarray of shape (n_bits,)
    gains : ndarray of shape (n_bits,)
        The metric at the cutoff, minus the metric at 0.5.
    n_positives : ndarray of shape (n_bits,)
    names : sequence of str
        Of the bits.
    metric : str
        Name of the metric.
    spread : ndarray of shape (n_bits,), optional
        Standard deviation of the cutoff over the folds.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        Of the cutoffs, the gains and the positives.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from skbits.plots import BitThresholdsDisplay
    >>> y, p = [[1, 0], [1, 1], [0, 0]], [[0.4, 0.1], [0.3, 0.6], [0.2, 0.2]]
    >>> display = BitThresholdsDisplay.from_predictions(y, p, thresholds=[0.25, 0.5])
    >>> display.gains.tolist(), display.n_positives.tolist()
    ([1.0, 0.0], [2, 1])
    """

    def __init__(
        self,
        thresholds: np.ndarray,
        gains: np.ndarray,
        n_positives: np.ndarray,
        names: Sequence[str],
        metric: str,
        *,
        spread: np.ndarray | None = None,
    ):
        self.thresholds = thresholds
        self.gains = gains
        self.n_positives = n_positives
        self.names = names
        self.metric = metric
        self.spread = spread

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_proba: Any,
        *,
        thresholds: Any,
        fold_thresholds: Any = None,
        scoring: Any = "f1",
        sample_weight: Any = None,
        names: Any = None,
        ax: Any = None,
    ) -> "BitThresholdsDisplay":
        """Draw cutoffs, and what they are worth on given probabilities.

        Parameters
        ----------
        y_true, y_proba : array-like of shape (n, n_bits)
        thresholds : float or array-like of shape (n_bits,)
        fold_thresholds : array-like of shape (n_folds, n_bits), optional
            The folds' own, for the spread; NaN where a fold has none.
        scoring : str or tuple, default="f1"
            The name of a formula on the counts, as in :func:`skbits.best_thresholds`.
        sample_weight : array-like of shape (n,), optional
        names : sequence of str, optional
            Of the bits; by default those of a data frame, or their numbers.
        ax : sequence of three matplotlib Axes, optional

        Returns
        -------
        BitThresholdsDisplay

        Raises
        ------
        ValueError
            Bad or contradictory input.
        """
        rows = read_rows(y_true, y_proba, kind="bits", sample_weight=sample_weight)
        metric = metric_of(scoring, rows)
        n_bits = rows.n_columns
        own = range(n_bits) if rows.names is None else rows.names
        names = _names(own if names is None else names, n_bits)
        chosen = check_threshold(thresholds, n_bits, None)
        at_chosen, at_half = (
            metric(rows.counts(rows.decisions(t))) for t in (chosen, np.full(n_bits, 0.5))
        )
        return cls(
            chosen, at_chosen - at_half, rows.y.sum(axis=0), [str(name) for name in names],
            metric.name, spread=_spread(fold_thresholds, n_bits),
        ).plot(ax)  # fmt: skip

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, scoring: Any = None, sample_weight: Any = None,
        ax: Any = None,
    ) -> "BitThresholdsDisplay":  # fmt: skip
        """Draw the cutoffs at which a fitted classifier of bits decides.

        Parameters
        ----------
        estimator : classifier
            Of bits, with cutoffs: of skbits, or a pipeline or search that ends in one. Of a
            ``TunedThresholdsCV`` or ``ThresholdGridSearchCV``, the folds' cutoffs give the spread.
        X, y : array-like
            Rows that the classifier has not seen, and their bits.
        scoring : str or tuple, optional
            By default what the cutoffs were tuned for, where that is such a formula, else "f1".
        sample_weight, ax
            As in :meth:`from_predictions`.

        Returns
        -------
        BitThresholdsDisplay

        Raises
        ------
        ValueError
            A classifier of something else than bits, or without cutoffs.
        """
        cutoff = cutoff_of(estimator)
        if cutoff.kind != "bits":
            raise ValueError(
                f"estimator={type(estimator).__name__} decides on a target of kind "
                f"{cutoff.kind!r}: expected bits."
            )
        part = decider(estimator)
        task = getattr(part, "_task_", None)
        names = getattr(part, "bit_names_", None) if task is None else task.target.names
        return cls.from_predictions(
            y, estimator.predict_proba(X), thresholds=cutoff.thresholds, names=names, ax=ax,
            scoring=scoring_of(part) if scoring is None else scoring, sample_weight=sample_weight,
            fold_thresholds=next((vars(part)[key] for key in _OF_FOLDS if key in vars(part)), None),
        )  # fmt: skip

    def plot(self, ax: Any = None) -> "BitThresholdsDisplay":
        """Draw.

        Parameters
        ----------
        ax : sequence of three matplotlib Axes, optional

        Returns
        -------
        self
        """
        n = len(self.names)
        width = float(np.clip(0.2 * n, 6.4, 14))
        self.axes_ = panels(ax, 3, nrows=3, sharex=True, figsize=(width, 6.4))
        place, (cutoffs, gains, positives) = np.arange(n), self.axes_
        some = np.isfinite(self.thresholds)
        size = 4 if n <= 100 else 2
        spread = "" if self.spread is None else ", and standard deviation of the folds' own"
        cutoffs.errorbar(
            place[some], self.thresholds[some],
            yerr=None if self.spread is None else self.spread[some],
            fmt="o", markersize=size, color=COLOURS[0],
            ecolor="0.4", elinewidth=1, capsize=0, label=f"chosen threshold{spread}",
        )  # fmt: skip
        if not some.all():
            cutoffs.plot(place[~some], np.ones(n)[~some], **NEVER, markersize=size + 2)
        cutoffs.axhline(0.5, color=DEFAULT, linestyle=":", label="0.5")
        legend_above(cutoffs)
        cutoffs.set(ylabel="threshold\n(probability)", ylim=(-0.03, 1.03), yticks=TICKS)
        gains.bar(place, self.gains, color=np.where(self.gains < 0, COLOURS[1], COLOURS[2]))
        gains.axhline(0, color=ink(), linewidth=0.8)
        gains.set_ylabel(f"gain over 0.5\n({quantity(self.metric).name})")
        positives.bar(place, self.n_positives, color="0.5")
        positives.set_ylabel("positives\n(rows)")
        ticks, texts = few_ticks(self.names, _MOST_NAMES)
        long = max(map(len, texts)) * len(texts) > 60
        positives.set_xlabel("bit")
        for one in self.axes_:
            one.set_xticks(ticks, texts, rotation=90 if long else 0, fontsize="small")
            one.set_xlim(-0.7, n - 0.3)
            one.tick_params(labelbottom=one is positives)
        self.figure_ = cutoffs.figure
        return self


def _names(names: Any, n_bits: int) -> list:
    """The names given, one for each bit."""
    with about("names"):
        given = list(names)
    if isinstance(names, str) or len(given) != n_bits:
        raise ValueError(
            f"names has {counted(len(given), 'name')}: expected {n_bits}, one for each bit."
        )
    return given


def _spread(fold_thresholds: Any, n_bits: int) -> np.ndarray | None:
    """Standard deviation over the folds that have a finite cutoff."""
    if fold_thresholds is None:
        return None
    with about("fold_thresholds"):
        of_folds = as_floats(fold_thresholds)
    if of_folds.ndim != 2 or of_folds.shape[1] != n_bits or not len(of_folds):
        raise ValueError(
            f"fold_thresholds has shape {of_folds.shape}: expected (n_folds, {n_bits})."
        )
    there = np.isfinite(of_folds)
    n = np.maximum(there.sum(axis=0), 1)
    values = np.where(there, of_folds, 0.0)
    mean = values.sum(axis=0) / n
    return np.sqrt((np.where(there, values - mean, 0.0) ** 2).sum(axis=0) / n)
