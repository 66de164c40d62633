"""Report: what a cutoff does to rows whose labels are known, and how it reads.

Rules
-----
* Numbers first: everything is a formula on the counts (tp, fp, fn, tn). Text is made from numbers,
  by the functions named ``format_...``, and nothing here prints.
* A row is taken for positive where ``p >= cutoff``: a tie is on.
* A ratio with nothing below the line is 0, as scikit-learn's metrics have it.
"""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skbits.thresholds.decisions import is_on

if TYPE_CHECKING:
    from skbits.tables import Table
    from skbits.tuning import Candidate, TuningResult


@dataclass(frozen=True)
class CutoffReport:
    """Counts at one cutoff, and the measures that follow from them.

    Parameters
    ----------
    cutoff : float
    tp, fp, fn, tn : int
        True positives, false positives, false negatives, true negatives.

    Examples
    --------
    >>> report = CutoffReport(cutoff=0.5, tp=8, fp=2, fn=0, tn=6)
    >>> report.precision, report.recall, report.balanced_accuracy
    (0.8, 1.0, 0.875)
    """

    cutoff: float
    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def precision(self) -> float:
        """``tp / (tp + fp)``: how many of those called positive are."""
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """``tp / (tp + fn)``: how many of the positive are called so."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        """``2 tp / (2 tp + fp + fn)``: the harmonic mean of precision and recall."""
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def balanced_accuracy(self) -> float:
        """The mean of recall and specificity, ``tn / (tn + fp)``."""
        return (self.recall + _ratio(self.tn, self.tn + self.fp)) / 2

    @property
    def accuracy(self) -> float:
        """``(tp + tn) / n``: how many rows are called what they are."""
        return _ratio(self.tp + self.tn, self.tp + self.fp + self.fn + self.tn)

    @property
    def jaccard(self) -> float:
        """``tp / (tp + fp + fn)``: the called and the real positive ones, common over all."""
        return _ratio(self.tp, self.tp + self.fp + self.fn)

    @property
    def matthews_corrcoef(self) -> float:
        """Correlation of what is called positive and what is (Matthews 1975)."""
        sums = (self.tp + self.fp, self.tp + self.fn, self.tn + self.fp, self.tn + self.fn)
        return _ratio(self.tp * self.tn - self.fp * self.fn, math.sqrt(math.prod(sums)))


#: measures that are shown where they were tuned for
_SHOWN_IF_TUNED = {
    "accuracy": "accuracy",
    "jaccard": "Jaccard",
    "matthews_corrcoef": "Matthews corr.",
}


def cutoff_report(is_positive: np.ndarray, p: np.ndarray, cutoff: float) -> CutoffReport:
    """Count what a cutoff does.

    Parameters
    ----------
    is_positive : ndarray of shape (n,), bool
    p : ndarray of shape (n,)
        Probability of the positive label.
    cutoff : float
        Compared in the dtype of ``p``.

    Returns
    -------
    CutoffReport

    Examples
    --------
    >>> is_positive = np.array([True, True, False])
    >>> cutoff_report(is_positive, np.array([0.9, 0.4, 0.5]), 0.5)
    CutoffReport(cutoff=0.5, tp=1, fp=1, fn=1, tn=0)
    """
    called = is_on(p, np.asarray(cutoff))
    tp, fp = int((called & is_positive).sum()), int((called & ~is_positive).sum())
    n_positive = int(is_positive.sum())
    return CutoffReport(float(cutoff), tp, fp, n_positive - tp, len(p) - n_positive - fp)


def format_table(table: "Table", positive: Any, *, chosen: bool) -> str:
    """Describe a table, its labels and what was left out, and who chose the positive label.

    Parameters
    ----------
    table : Table
    positive : label
    chosen : bool
        Whether somebody named the positive label; else the rule is said, and how to turn it.

    Returns
    -------
    str
    """
    n_positive = int((table.y == positive).sum())
    (negative,) = (label for label in np.unique(table.y).tolist() if label != positive)
    lines = [
        f"Data: {table.name}, {table.X.shape[0]} rows, {table.X.shape[1]} features.",
        *(f"  {note}" for note in table.notes),
        (
            f"Labels: {positive!r} is positive ({n_positive} rows), {negative!r} is negative "
            f"({len(table.y) - n_positive} rows)."
        ),
    ]
    if not chosen:
        lines.append(
            f"  {positive!r} is positive by default, as the later one in sorting order. For the "
            f"other: --positive {shlex.quote(str(negative))}"
        )
    return "\n".join(lines)


def format_candidate(candidate: "Candidate", number: int, n_candidates: int, scoring: str) -> str:
    """Write one candidate on one line.

    Parameters
    ----------
    candidate : Candidate
    number, n_candidates : int
        Its place, from 1, and how many there are.
    scoring : str
        The name of the metric.

    Returns
    -------
    str
    """
    place = f"{number:>{len(str(n_candidates))}}/{n_candidates}"
    return (
        f"  {place}  {scoring} {candidate.score:.4f} +/- {candidate.std:.4f} at cutoff "
        f"{candidate.cutoff:.2f}  {format_params(candidate.params)}  ({candidate.seconds:.1f} s)"
    )


def format_result(result: "TuningResult") -> str:
    """Write which candidate is best, and the held-out report.

    Parameters
    ----------
    result : TuningResult

    Returns
    -------
    str
    """
    same = result.best_threshold_ == result.at_default.cutoff
    unchanged = "\n\nThe tuned cutoff is 0.5 itself." if same else ""
    return (
        f"Best: {format_params(result.best_params_)}, cutoff {result.best_threshold_:.2f}.\n"
        f"Its score, {result.scoring} {result.best_score_:.4f}, flatters a little: the folds that "
        "gave it also chose the cutoff and the candidate.\n\n"
        f"The honest numbers: trained on {result.n_train} rows, tested on {result.n_test} held-out "
        f"rows that nothing was chosen on ({result.positive!r} is positive):\n\n"
        f"{format_reports([result.at_default, result.at_tuned], result.scoring)}{unchanged}"
        f"{_remark(result)}"
    )


def _remark(result: "TuningResult") -> str:
    """Say so where the tuned cutoff tells the labels apart no better than chance."""
    tuned = result.at_tuned
    if tuned.balanced_accuracy > 0.5:
        return ""
    one = {0: result.negative, tuned.tp + tuned.fp + tuned.fn + tuned.tn: result.positive}
    called = tuned.tp + tuned.fp
    what = (
        f"calls every held-out row {one[called]!r}" if called in one else "is no better than chance"
    )
    return (
        f"\n\nThe tuned cutoff {what}: {result.scoring} is high where little is decided. Another "
        "--scoring, such as balanced_accuracy, asks for both labels."
    )


def format_params(params: Mapping[str, Any]) -> str:
    """Write parameters as in a call.

    Examples
    --------
    >>> format_params({"hidden_layer_sizes": (32,), "dropout": 0.3})
    'hidden_layer_sizes=(32,), dropout=0.3'
    """
    return ", ".join(f"{name}={value!r}" for name, value in params.items())


def format_reports(reports: Sequence[CutoffReport], scoring: str | None = None) -> str:
    """Write reports side by side, a column each.

    Parameters
    ----------
    reports : sequence of CutoffReport
    scoring : str, optional
        The metric that was tuned for; it gets a line where it has none yet.

    Returns
    -------
    str
        A table of nine lines or ten, without a line feed at the end.

    Examples
    --------
    >>> print(format_reports([CutoffReport(0.5, 8, 2, 1, 6), CutoffReport(0.3, 9, 3, 0, 5)]))
                         at 0.50   at 0.30
    precision              0.800     0.750
    recall                 0.889     1.000
    F1                     0.842     0.857
    balanced accuracy      0.819     0.812
    true positives             8         9
    false positives            2         3
    false negatives            1         0
    true negatives             6         5
    """
    rows: list[tuple[str, list[str]]] = [
        ("", [f"at {report.cutoff:.2f}" for report in reports]),
        ("precision", [f"{report.precision:.3f}" for report in reports]),
        ("recall", [f"{report.recall:.3f}" for report in reports]),
        ("F1", [f"{report.f1:.3f}" for report in reports]),
        ("balanced accuracy", [f"{report.balanced_accuracy:.3f}" for report in reports]),
        ("true positives", [str(report.tp) for report in reports]),
        ("false positives", [str(report.fp) for report in reports]),
        ("false negatives", [str(report.fn) for report in reports]),
        ("true negatives", [str(report.tn) for report in reports]),
    ]
    if scoring in _SHOWN_IF_TUNED:
        tuned = [f"{getattr(report, scoring):.3f}" for report in reports]
        rows.insert(1, (_SHOWN_IF_TUNED[scoring], tuned))
    return "\n".join(f"{name:<18}" + "".join(f"{c:>10}" for c in cells) for name, cells in rows)


def _ratio(above: int, below: int) -> float:
    return above / below if below else 0.0
