"""ThresholdCurveDisplay: metrics against the cutoff."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import column_or_1d, indexable

from skbits.blocks import in_memory
from skbits.inputs import check_same_rows
from skbits.naming import about, counted
from skbits.plots.drawing import DEFAULT, ink, legend_below, panels, style
from skbits.plots.held_out import held_out, positive_column
from skbits.plots.metrics import metric_of, scoring_of
from skbits.quantities import quantity
from skbits.targets import is_matrix
from skbits.thresholds.combining import mean_curve
from skbits.thresholds.counting import counting
from skbits.thresholds.cutoffs import cutoff_of, decider
from skbits.thresholds.decisions import check_threshold
from skbits.thresholds.metrics import Metric
from skbits.thresholds.reading import read_rows, read_weights
from skbits.thresholds.rows import Rows, take_rows
from skbits.thresholds.scoring import read_constraint

#: marks the lines of metrics among those of an axes
_OF_METRIC = "skbits metric"


class ThresholdCurveDisplay:
    """Metrics as functions of the decision threshold.

    A metric jumps at each distinct probability, and is drawn so. Use ``from_estimator`` or
    ``from_predictions`` on rows that the model has not seen, or ``from_cv_results``, which shows
    the spread over folds; for the averages of bits look at ``BitThresholdsDisplay``.

    Not for metrics that no threshold changes, such as ROC AUC: scikit-learn has displays of those.

    Parameters
    ----------
    thresholds : ndarray of shape (m,)
        Ascending, from 0 to 1. ``scores[:, i]`` holds for cutoffs above ``thresholds[i - 1]``, up
        to ``thresholds[i]``.
    scores : ndarray of shape (n_metrics, m)
        Means over the folds, if there are any. A "neg_cost" is drawn as the mean cost.
    names : sequence of str
        Of the metrics.
    std : ndarray of shape (n_metrics, m), optional
        Standard deviation over the folds.
    threshold : float, optional
        The chosen cutoff.
    allowed : ndarray of shape (m,), bool, optional
        Where the constraint is met.
    constraint : str, optional
        How the constraint reads.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes, Figure
    lines_ : list of matplotlib Line2D
        One a metric.

    Examples
    --------
    >>> from skbits.plots import ThresholdCurveDisplay
    >>> y, p = [0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.35, 0.4, 0.8]
    >>> display = ThresholdCurveDisplay.from_predictions(y, p, scoring=["f1", "recall"])
    >>> display.thresholds.tolist()
    [0.0, 0.1, 0.2, 0.3, 0.35, 0.4, 0.8, 1.0]
    >>> display.scores.round(2)[0].tolist()  # all are on at 0, none above 0.8
    [0.67, 0.67, 0.75, 0.86, 0.67, 0.8, 0.5, 0.0]
    """

    def __init__(
        self,
        thresholds: np.ndarray,
        scores: np.ndarray,
        names: Sequence[str],
        *,
        std: np.ndarray | None = None,
        threshold: float | None = None,
        allowed: np.ndarray | None = None,
        constraint: str | None = None,
    ):
        self.thresholds = thresholds
        self.scores = scores
        self.names = names
        self.std = std
        self.threshold = threshold
        self.allowed = allowed
        self.constraint = constraint

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_proba: Any,
        *,
        scoring: Any = "f1",
        threshold: float | None = None,
        constraint: Any = None,
        folds: Any = None,
        bit: int | None = None,
        sample_weight: Any = None,
        pos_label: Any = None,
        ax: Any = None,
    ) -> "ThresholdCurveDisplay":
        """Draw the curves of probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n,) or (n, n_bits)
        y_proba : array-like of shape (n,) or (n, n_bits)
            Of the positive label.
        scoring : str, tuple or list of them, default="f1"
            Names of formulas on the counts, as in :func:`skbits.best_thresholds`.
        threshold : float, optional
            The chosen cutoff.
        constraint : str, tuple, or list of them, optional
            As in :func:`skbits.best_thresholds`; cutoffs that do not meet it are hatched.
        folds : array-like of shape (n,), optional
            The fold that each row was held out in: lines are means over the folds, bands their
            standard deviation.
        bit : int, optional
            Of bits, the column to draw.
        sample_weight : array-like of shape (n,), optional
        pos_label : label, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        ThresholdCurveDisplay

        Raises
        ------
        ValueError
            Bad or contradictory input, or a metric that is no formula on the counts.
        """
        rows = read_rows(y_true, y_proba, pos_label=pos_label)
        column = _column(rows, bit)
        # weights come after the column: rows of weight 0 are left out, in y, p and folds alike
        parts = _folds(rows, folds, sample_weight)
        chosen = None if threshold is None else float(check_threshold(threshold, 1, None)[0])
        metrics = [
            metric_of(one, rows, column)
            for one in (scoring if isinstance(scoring, list) else [scoring])
        ]
        if not metrics:
            raise ValueError("scoring=[]: expected at least one metric.")
        return _display(cls, [part.only(column) for part in parts], metrics, chosen, constraint, ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        scoring: Any = None,
        constraint: Any = None,
        bit: int | None = None,
        sample_weight: Any = None,
        ax: Any = None,
    ) -> "ThresholdCurveDisplay":
        """Draw the curves of a fitted classifier, with the cutoff at which it decides.

        Parameters
        ----------
        estimator : classifier
            With a decision threshold: of skbits, a classifier of scikit-learn that has one, or a
            pipeline or search that ends in one.
        X, y : array-like
            Rows that the classifier has not seen, and the truth.
        scoring : str, tuple or list of them, optional
            By default what the cutoff was tuned for, where that is such a formula, else "f1".
        constraint : str, tuple, or list of them, optional
            Of two labels, by default the one that the cutoff was tuned under.
        bit, sample_weight, ax
            As in :meth:`from_predictions`.

        Returns
        -------
        ThresholdCurveDisplay

        Raises
        ------
        ValueError
            A classifier without a threshold, or of classes, which have one each.
        """
        cutoff = cutoff_of(estimator)
        if cutoff.kind == "onehot":
            raise ValueError(
                f"estimator={type(estimator).__name__} decides between classes by the largest "
                "p / threshold, which no single curve shows: expected two labels, or bits."
            )
        p = np.asarray(estimator.predict_proba(X))
        chosen = np.atleast_1d(np.asarray(cutoff.thresholds, dtype=float))
        part = decider(estimator)
        scoring = scoring_of(part) if scoring is None else scoring
        if cutoff.kind == "binary":
            constraint = getattr(part, "constraint", None) if constraint is None else constraint
            label = estimator.classes_[cutoff.positive]
            return cls.from_predictions(
                np.asarray(y).ravel() == label, p[:, cutoff.positive], scoring=scoring,
                threshold=chosen[0], constraint=constraint, sample_weight=sample_weight, ax=ax,
            )  # fmt: skip
        rows = read_rows(y, p, kind="bits")
        k = _column(rows, bit)
        return cls.from_predictions(
            rows.y, p, bit=k, scoring=scoring, threshold=chosen[k], constraint=constraint,
            sample_weight=sample_weight, ax=ax,
        )  # fmt: skip

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Any,
        X: Any,
        y: Any,
        *,
        scoring: Any = "f1",
        threshold: float | None = None,
        constraint: Any = None,
        bit: int | None = None,
        sample_weight: Any = None,
        pos_label: Any = None,
        ax: Any = None,
    ) -> "ThresholdCurveDisplay":
        """Draw the curves of held-out rows, with their spread over the folds.

        Parameters
        ----------
        cv_results : dict
            Of ``cross_validate`` with ``return_estimator=True`` and ``return_indices=True``.
        X, y : array-like
            What was cross-validated.
        scoring, threshold, constraint, bit, sample_weight, pos_label, ax
            As in :meth:`from_predictions`.

        Returns
        -------
        ThresholdCurveDisplay

        Raises
        ------
        ValueError
            Results without classifiers or rows, or classifiers of more than two classes.
        """
        X, y, sample_weight = (in_memory(part) for part in (X, y, sample_weight))
        check_same_rows(X, y)
        X, y = indexable(X, y)
        found = held_out(cv_results, X)
        with about("y"):
            truth = take_rows(y if is_matrix(y) else column_or_1d(y), found.rows)
        p = found.p
        with about("sample_weight"):
            weights = None if sample_weight is None else take_rows(sample_weight, found.rows)
        if np.ndim(truth) == 1 and p.shape[1] != 1:
            k = positive_column(found.classes, pos_label)
            p, pos_label = p[:, k], found.classes[k]
        return cls.from_predictions(
            truth, p, scoring=scoring, threshold=threshold, constraint=constraint,
            folds=found.folds, bit=bit, sample_weight=weights, pos_label=pos_label, ax=ax,
        )  # fmt: skip

    def plot(self, ax: Any = None) -> "ThresholdCurveDisplay":
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self
        """
        (ax,) = panels(ax, 1, figsize=(6.4, 4.8))
        self.lines_ = []
        told = [quantity(name) for name in self.names]
        drawn = np.array([one.sign for one in told])[:, np.newaxis] * self.scores
        # of another display on the same axes
        earlier = [line for line in ax.get_lines() if line.get_gid() == _OF_METRIC]
        for i, (one, scores) in enumerate(zip(told, drawn, strict=True)):
            look = style(i + len(earlier))
            self.lines_ += ax.plot(
                self.thresholds, scores, drawstyle="steps-pre", label=one.axis, gid=_OF_METRIC,
                **look,
            )  # fmt: skip
            if self.std is not None:
                ax.fill_between(
                    self.thresholds, scores - self.std[i], scores + self.std[i],
                    step="pre", color=look["color"], alpha=0.2, linewidth=0,
                )  # fmt: skip
        self._shade(ax)
        ax.axvline(0.5, color=DEFAULT, linestyle=":", linewidth=1.5, label="0.5")
        if self.threshold is not None:
            never = not np.isfinite(self.threshold)  # drawn at the end, where all are off
            text = "chosen: never" if never else f"chosen: {self.threshold:.3g}"
            on_frame = self.threshold <= 0 or self.threshold >= 1  # of which it must be told
            width = 4 if on_frame else 1.5
            ax.axvline(min(self.threshold, 1.0), color=ink(), linewidth=width, label=text)
        spread = "" if self.std is None else " (mean and standard deviation of folds)"
        names = {line.get_label() for line in (*earlier, *self.lines_)}
        what = told[0].name if len(names) == 1 else "score"
        ax.set(xlabel="decision threshold (probability)", ylabel=f"{what}{spread}", xlim=(0, 1))
        low, high = np.nanmin(drawn), np.nanmax(drawn)
        margin = 0.05 * (high - low or 1)
        low, high = low - margin, high + margin
        if earlier:
            low, high = min(low, ax.get_ylim()[0]), max(high, ax.get_ylim()[1])
        ax.set_ylim(low, high)  # of the lines: a band can be wide where few count
        legend_below(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _shade(self, ax: Any) -> None:
        """Hatch the cutoffs that the constraint forbids."""
        if self.allowed is None or self.allowed.all():
            return
        # what is said of a threshold holds from above the one before: each stretch has two ends
        ax.fill_between(
            np.repeat(self.thresholds, 2)[1:-1], 0, 1, where=np.repeat(~self.allowed[1:], 2),
            transform=ax.get_xaxis_transform(), zorder=0, hatch="//", facecolor="none",
            edgecolor="0.8", linewidth=0, label=f"not {self.constraint}",
        )  # fmt: skip


def _column(rows: Rows, bit: int | None) -> int:
    """Which column is drawn."""
    if rows.kind == "onehot":
        raise ValueError(
            "y_true holds classes, which no single cutoff decides: expected two labels or bits."
        )
    if bit is None and rows.n_columns > 1:
        raise ValueError(
            f"y_true has {counted(rows.n_columns, 'bit')}: expected bit=, the column to draw. "
            "BitThresholdsDisplay shows all of them."
        )
    k = 0 if bit is None else bit
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 0 <= k < rows.n_columns:
        raise ValueError(f"bit={bit!r}: expected an int from 0 to {rows.n_columns - 1}.")
    return int(k)


def _folds(rows: Rows, folds: Any, sample_weight: Any) -> list[Rows]:
    """The rows of each fold, with their weights."""
    weights = read_weights(sample_weight, rows.p)
    if folds is None:
        return [rows.weighed(weights)]
    with about("folds"):
        ids = np.asarray(folds)
        if ids.shape != (len(rows),):
            raise ValueError(f"folds has shape {ids.shape}: expected ({len(rows)},), one a row.")
        names = np.unique(ids)
    parts = [np.flatnonzero(ids == name) for name in names]
    if weights is not None:  # a fold without weight counts for nothing
        parts = [i for i in parts if weights[i].any()]
    return [rows.take(i).weighed(None if weights is None else weights[i]) for i in parts]


def _display(
    cls: type, folds: list[Rows], metrics: list[Metric], threshold: Any, constraint: Any, ax: Any
) -> "ThresholdCurveDisplay":
    """The numbers, and the plot."""
    limit = read_constraint(constraint, folds[0].kind)
    if limit is not None and limit.is_shared:
        raise ValueError(
            f"constraint={constraint!r} is one that bits keep together, and one bit is drawn: "
            "expected a constraint of each bit. Write the metric's name without its average."
        )
    limits = () if limit is None else limit.bounds
    folds = (
        counting(folds, *metrics, *(bound.metric for bound in limits)) or folds
    )  # others say nothing
    curves = [mean_curve(folds, metric) for metric in metrics]
    thresholds, allowed = curves[0].scores.astype(float), None
    place = np.arange(len(thresholds))
    if limit is not None:
        values = [mean_curve(folds, bound.metric).mean for bound in limits]
        allowed = limit.least_slack(values) >= 0
    if thresholds[-1] < 1:  # above the highest score, all are off
        thresholds, place = np.append(thresholds, 1.0), np.append(place, len(place))
    if thresholds[0] > 0:  # at 0 as up to the lowest score, all are on
        thresholds, place = np.append(0.0, thresholds), np.append(0, place)
    scores = np.stack([curve.mean for curve in curves])[:, place]
    std = np.stack([curve.std for curve in curves])[:, place] if len(folds) > 1 else None
    return cls(
        thresholds, scores, [metric.name for metric in metrics], std=std, threshold=threshold,
        allowed=None if allowed is None else allowed[place],
        constraint=None if limit is None else str(limit),
    ).plot(ax)  # fmt: skip
