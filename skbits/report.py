"""Report: what a cutoff does to rows whose labels are known, and how it reads.

Rules
-----
* Numbers first: everything follows from the counts (tp, fp, fn, tn). Text is made from numbers,
  by the functions named ``format_...``, and nothing here prints.
* A row is taken for positive where ``p >= cutoff``: a tie is on.
* Metrics are those of ``skbits.thresholds.metrics``; nothing is computed twice.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skbits.naming import as_option, counted, params_text
from skbits.quantities import Quantity, quantity
from skbits.thresholds.decisions import is_on
from skbits.thresholds.metrics import Counts, is_plain
from skbits.thresholds.scoring import read_constraint, read_scoring

if TYPE_CHECKING:
    from skbits.tables import Table
    from skbits.tuning import Candidate, TuningResult


#: characters of a line of prose
WIDTH = 100


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
    >>> report.value("precision"), report.value("recall"), report.value("balanced_accuracy")
    (0.8, 1.0, 0.875)
    """

    cutoff: float
    tp: int
    fp: int
    fn: int
    tn: int

    def value(self, scoring: Any) -> float:
        """A formula on the counts, as ``scoring`` of :func:`skbits.best_thresholds` names it."""
        metric, _ = read_scoring(scoring, "binary", None)
        return float(metric(Counts(self.tp, self.fp, self.fn, self.tn)))


#: measures that are always shown -> their names
_SHOWN = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "balanced_accuracy": "balanced accuracy",
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
        f"Data: {table.name}, {counted(table.X.shape[0], 'row')}, "
        f"{counted(table.X.shape[1], 'feature')}.",
        *(f"  {note}" for note in table.notes),
        (
            f"Labels: {positive!r} is positive ({counted(n_positive, 'row')}), {negative!r} is "
            f"negative ({counted(len(table.y) - n_positive, 'row')})."
        ),
    ]
    if not chosen:
        lines.append(
            f"  {positive!r} is positive by default, as the later one in sorting order. For the "
            f"other: {as_option('--positive', negative)}"
        )
    return "\n".join(lines)


def format_search(n_folds: int, constraint: Any = None) -> str:
    """Say how candidates are compared.

    Parameters
    ----------
    n_folds : int
    constraint : str, tuple, or list of them, optional
        What a cutoff must keep.

    Returns
    -------
    str
    """
    limit = read_constraint(constraint, "binary")
    held = "" if limit is None else f" that keeps {limit}"
    return wrapped(
        f"{n_folds}-fold cross-validation of each candidate, every cutoff tried{held}; a fold is "
        "scored at the cutoff chosen on the others:"
    )


def format_candidate(
    candidate: "Candidate", number: int, n_candidates: int, scoring: Any, constraint: Any = None
) -> str:
    """Write one candidate on one line, or on more where it is long.

    Parameters
    ----------
    candidate : Candidate
    number, n_candidates : int
        Its place, from 1, and how many there are.
    scoring : str, tuple or callable
        The metric.
    constraint : str, tuple, or list of them, optional
        What a cutoff must keep: a candidate without a score has no cutoff that does.

    Returns
    -------
    str
    """
    place = f"{number:>{len(str(n_candidates))}}/{n_candidates}"
    at_best = "" if candidate.attained is None else f" ({candidate.attained:.4g} at best)"
    found = (
        f"no cutoff keeps {read_constraint(constraint, 'binary')} over the folds{at_best}"
        if np.isnan(candidate.score)
        else f"{quantity(scoring).text(candidate.score)} +/- {candidate.std:.4f} at cutoff "
        f"{candidate.cutoff:.3f}"
    )
    line = f"  {place}  {found}  {params_text(candidate.params)}  ({candidate.seconds:.1f} s)"
    if len(line) <= WIDTH:
        return line
    # a space that does not break keeps the seconds together
    return wrapped(line.replace(" s)", "\xa0s)"), indent=4 + len(place)).replace("\xa0", " ")


def format_infeasible(constraint: str, attained: Sequence[float | None]) -> str:
    """Say in one line that no candidate has a cutoff that keeps a constraint.

    Parameters
    ----------
    constraint : str
    attained : sequence of float or None
        The best that a cutoff of each candidate gives, where it is known.

    Returns
    -------
    str

    Examples
    --------
    >>> format_infeasible("recall >= 1.5", [0.8, 1.0])
    'no cutoff keeps recall >= 1.5 over the folds, 1 at best: loosen the bound, or try other \
candidates.'
    """
    limit, known = read_constraint(constraint, "binary"), [x for x in attained if x is not None]
    sign = limit.bounds[0].sign
    best = f", {(max if sign == '>=' else min)(known):.4g} at best" if known else ""
    return (
        f"no cutoff keeps {limit} over the folds{best}: loosen the bound, or try other candidates."
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
        wrapped(f"Best: {params_text(result.best_params_)}, cutoff {result.best_threshold_:.3f}.")
        + "\n"
        + wrapped(
            f"Its score, {quantity(result.scoring).text(result.best_score_)}, flatters a little: "
            "the folds that gave it also chose the candidate (each fold's cutoff was chosen on the "
            "others)."
        )
        + "\n\n"
        + wrapped(
            f"The honest numbers: trained on {counted(result.n_train, 'row')}, tested on "
            f"{counted(result.n_test, 'held-out row')} that nothing was chosen on "
            f"({result.positive!r} is positive):"
        )
        + f"\n\n{format_reports([result.at_default, result.at_tuned], result.scoring)}{unchanged}"
        f"{_remark(result)}{_of_constraint(result)}"
    )


def _of_constraint(result: "TuningResult") -> str:
    """Whether the held-out rows meet what the folds met."""
    tuned, constraint = result.at_tuned, read_constraint(result.constraint, "binary")
    if constraint is None:
        return ""
    counts = Counts(tuned.tp, tuned.fp, tuned.fn, tuned.tn)
    several = len(constraint.bounds) > 1
    values = [(bound, f"{bound.metric(counts):.3f}") for bound in constraint.bounds]
    if constraint.holds(counts):
        told = ", ".join(f"{b.name} {value}" if several else value for b, value in values)
        return "\n\n" + wrapped(
            f"{constraint} held over the folds, and holds on these rows: {told}."
        )
    missed = [(bound, value) for bound, value in values if not bound.slack(counts) >= 0]
    told = " and ".join(f"{b.name if several else 'it'} is {value}" for b, value in missed)
    return "\n\n" + wrapped(
        f"{constraint} held over the folds, but on these rows {told}: what is chosen on "
        "some rows holds on others by and large. A stricter constraint leaves room."
    )


def _remark(result: "TuningResult") -> str:
    """Say so where the tuned cutoff tells the labels apart no better than chance."""
    tuned = result.at_tuned
    if tuned.value("balanced_accuracy") > 0.5:
        return ""
    one = {0: result.negative, tuned.tp + tuned.fp + tuned.fn + tuned.tn: result.positive}
    called = tuned.tp + tuned.fp
    what = (
        f"calls every held-out row {one[called]!r}" if called in one else "is no better than chance"
    )
    told = quantity(result.scoring)
    best = "high" if told.sign > 0 else "low"
    return "\n\n" + wrapped(
        f"The tuned cutoff {what}: {told.name} is {best} where little is decided. Another "
        "--scoring, such as balanced_accuracy, asks for both labels."
    )


def wrapped(text: str, *, indent: int = 0) -> str:
    """A paragraph in lines of at most ``WIDTH`` characters; a long word stays whole.

    Lines after the first are indented.

    Examples
    --------
    >>> [len(line) for line in wrapped("word " * 30).splitlines()]
    [99, 49]
    """
    return textwrap.fill(
        text,
        WIDTH,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )


def format_reports(reports: Sequence[CutoffReport], scoring: Any = None) -> str:
    """Write reports side by side, a column each.

    Parameters
    ----------
    reports : sequence of CutoffReport
    scoring : str or tuple, optional
        The metric that was tuned for; a formula on the counts gets a line where it has none yet.

    Returns
    -------
    str
        A table of nine lines or ten, without a line feed at the end.

    Examples
    --------
    >>> print(format_reports([CutoffReport(0.5, 8, 2, 1, 6), CutoffReport(0.3, 9, 3, 0, 5)]))
                        at 0.500  at 0.300
    precision              0.800     0.750
    recall                 0.889     1.000
    F1                     0.842     0.857
    balanced accuracy      0.819     0.812
    true positives             8         9
    false positives            2         3
    false negatives            1         0
    true negatives             6         5
    """
    measures = [(name, Quantity(shown, 1)) for name, shown in _SHOWN.items()]
    if (is_plain(scoring) and scoring not in _SHOWN) or isinstance(scoring, tuple):
        measures.insert(0, (scoring, quantity(scoring)))
    rows = [("", [f"at {report.cutoff:.3f}" for report in reports])]
    rows += [
        (
            told.name.replace("_", " "),
            [f"{told.sign * report.value(measure):.3f}" for report in reports],
        )
        for measure, told in measures
    ]
    rows += [
        (name, [str(getattr(report, count)) for report in reports])
        for count, name in _COUNTS.items()
    ]
    return format_columns([(name, *cells) for name, cells in rows], first=18, others=10)


def format_columns(rows: Sequence[Sequence[str]], *, first: int = 0, others: int = 0) -> str:
    """Write rows of cells one under the other: the first column to the left, others to the right.

    Parameters
    ----------
    rows : sequence of sequences of str
        All of one length.
    first, others : int
        The least width of the first column, and of each other, with the two spaces before it.

    Returns
    -------
    str
        A line a row, without spaces at their ends or a line feed at the last.

    Examples
    --------
    >>> print(format_columns([("", "cutoff", "F1"), ("plain", "0.5", "0.75")]))
           cutoff    F1
    plain     0.5  0.75
    """
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    widths = [max(first, widths[0]), *(max(others, width + 2) for width in widths[1:])]
    return "\n".join(
        (f"{row[0]:<{widths[0]}}" + "".join(map(str.rjust, row[1:], widths[1:]))).rstrip()
        for row in rows
    )


_COUNTS = {
    "tp": "true positives",
    "fp": "false positives",
    "fn": "false negatives",
    "tn": "true negatives",
}
