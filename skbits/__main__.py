"""The command ``python -m skbits``: arguments in, lines of text out; ``skbits.tuning`` works."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skbits.quiet import quiet_start

DESCRIPTION = """\
Tune a neural network's architecture and decision cutoff together, and report on held-out rows.
Without a file: scikit-learn's breast cancer data, where "malignant" is the positive label."""

EPILOG = """\
The file's first line holds the column names. Columns may be numbers or text; an empty cell, "?" or
"NA" is a missing value. Reading a file needs pandas: python -m pip install pandas.
Exit code: 0 done, 1 the data cannot be used, 2 the command line cannot be used."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        The exit code: 0, or 1 if the data cannot be used.

    Raises
    ------
    SystemExit
        With code 2, if the command line cannot be used.
    """
    options = _parse(argv)
    from skbits.labels import DataError
    from skbits.thresholds.searching import InfeasibleError

    try:
        _run(options)
    except (DataError, InfeasibleError, ImportError, FloatingPointError, OSError) as error:
        print(f"error: {_reason(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def _run(options: argparse.Namespace) -> None:
    import joblib

    from skbits import report, tuning

    table, positive, chosen = _data(options)
    _say(report.format_table(table, positive, chosen=chosen))
    _say(
        "\n"
        + report.wrapped(
            f"{options.folds}-fold cross-validation of each candidate, every cutoff tried; a fold "
            "is scored at the cutoff chosen on the others:"
        )
    )

    def on_candidate(candidate: tuning.Candidate, number: int, n_candidates: int) -> None:
        _say(report.format_candidate(candidate, number, n_candidates, options.scoring))

    with quiet_start():
        classifier = tuning.default_classifier()
    result = tuning.tune(
        table.X,
        table.y,
        positive=positive,
        classifier=classifier,
        scoring=options.scoring,
        constraint=options.constraint,
        cv=options.folds,
        on_candidate=on_candidate,
    )
    _say("\n" + report.format_result(result))
    if options.out is not None:
        joblib.dump(result.estimator_, options.out)
        _say(
            f"\nSaved the model that was tested: joblib.load({str(options.out)!r}).predict(X) "
            f"gives {result.negative!r} or {result.positive!r}."
        )


def _data(options: argparse.Namespace) -> tuple[Any, Any, bool]:
    """The table, the positive label, and whether somebody chose it."""
    from skbits import tuning
    from skbits.labels import match_label, positive_label
    from skbits.tables import read_table

    if options.file is None:
        table, default = tuning.example_table(), "malignant"
    else:
        table, default = read_table(options.file, options.target, sep=options.sep), None
    if options.positive is not None:
        positive = match_label(table.y, options.positive)
    else:
        positive = positive_label(table.y, default)
    chosen = options.positive is not None or default is not None
    return table, positive, chosen


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(argv)
    problem = _contradiction(options)
    if problem:
        parser.error(problem)
    return options


def _parser() -> argparse.ArgumentParser:
    from skbits.thresholds.metrics import metric_names

    parser = argparse.ArgumentParser(
        prog="python -m skbits",
        usage="python -m skbits [data.csv --target NAME] [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("file", nargs="?", type=Path, metavar="data.csv", help="a table of your own")
    add("--target", metavar="NAME", help="the file's column of labels, exactly two different ones")
    add(
        "--positive",
        metavar="LABEL",
        help="the label that precision and recall are about; default: the later one in sorting "
        'order (1 of 0/1, "yes" of no/yes)',
    )
    add(
        "--scoring",
        type=_scoring,
        default="f1",
        metavar="METRIC",
        help=f"what to maximize: {', '.join(metric_names())}; default: f1 (recall alone is "
        "highest where all is called positive, specificity where nothing is)",
    )
    add(
        "--constraint",
        type=_constraint,
        metavar='"METRIC >= X"',
        help='what must hold besides, such as "recall >= 0.9" or "coverage <= 0.1"',
    )
    add("--out", type=Path, metavar="model.joblib", help="where to save the model, for joblib.load")
    add("--sep", type=_separator, default=",", help="what separates cells; default: a comma")
    add("--folds", type=_folds, default=5, metavar="N", help="number of folds; default: 5")
    return parser


def _contradiction(options: argparse.Namespace) -> str | None:
    """What is wrong with the arguments together, before any time is spent."""
    if options.file is None and options.target is not None:
        return f"--target {options.target} needs a file: python -m skbits data.csv --target NAME"
    if options.file is not None and options.target is None:
        return f"{options.file} needs --target NAME, the column of labels"
    if options.scoring == "coverage" and options.constraint is None:
        return "--scoring coverage is highest where all is called positive: add --constraint"
    out = options.out
    if out is None:
        return None
    # what cannot be written must not be found out after the work
    if out.is_dir():
        return f"--out {out} is a folder: expected the name of a file, such as model.joblib"
    if not out.parent.is_dir():
        return f"--out {out}: there is no folder {out.parent}; make it, or choose another"
    if options.file is not None and out.exists() and out.samefile(options.file):
        return f"--out {out} is the data itself: choose another name"
    return _unwritable(out)


def _unwritable(out: Path) -> str | None:
    """Why a file cannot be written; it is left as it was."""
    was_there = out.exists()
    try:
        with out.open("ab"):
            pass
    except OSError as error:
        return f"--out {out} cannot be written: {error.strerror}; choose another place"
    if not was_there:
        out.unlink()
    return None


def _scoring(text: str) -> str:
    from skbits.thresholds.scoring import read_scoring

    try:
        read_scoring(text, "binary", None)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _constraint(text: str) -> str:
    from skbits.thresholds.scoring import read_constraint

    try:
        read_constraint(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _separator(text: str) -> str:
    text = {r"\t": "\t", "tab": "\t"}.get(text, text)
    if len(text) != 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not one character, nor tab")
    return text


def _folds(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 2 or more")
    return int(text)


def _say(text: str) -> None:
    print(text, flush=True)


def _reason(error: BaseException) -> str:
    """One line: an OSError without its number, anything else in its own words."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


if __name__ == "__main__":
    sys.exit(main())
