"""Arguments: the command line -> options, checked before any time is spent.

Rules
-----
* A type of an argument turns one text into one value; what arguments say together is checked after.
* Without a subcommand, "tune" is meant.
* An option that has one value is given once: argparse would take the last without a word. Several
  constraints are all kept.
"""

import argparse
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from skbits.labels import nearest

#: stands for standard input
STDIN = "-"

#: endings of pictures that matplotlib draws by itself
PICTURES = ("png", "pdf", "svg", "jpg", "jpeg")

#: parameters of the classifier that are none of a search -> why not
NOT_SEARCHED = {
    "threshold": "every cutoff is tried as it is",
    "verbose": "the command itself says what is done",
    "memory": "no fit is done twice",
    "callbacks": "they are Python objects",
    "model": "it is a Python function",
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as for data."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message} ({self.prog} --help tells more)\n")


class _Once(argparse.Action):
    """Keeps the value of an option that may be given once."""

    def __call__(
        self, parser: Any, namespace: Any, values: Any, option_string: str | None = None
    ) -> None:
        given = vars(namespace).setdefault("_given", set())
        if self.dest in given and option_string is not None:
            raise argparse.ArgumentError(self, "expected once, and it is given again")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


class _Joined(argparse.Action):
    """Of an option that is given again: the texts, joined by "and"."""

    def __call__(self, parser: Any, options: Any, text: Any, option: Any = None) -> None:
        earlier = getattr(options, self.dest)
        setattr(options, self.dest, text if earlier is None else f"{earlier} and {text}")


TUNE = """\
Tune a neural network's architecture and decision cutoff together, and report on held-out rows.
Without a file: scikit-learn's breast cancer data, where "malignant" is the positive label."""

PREDICT = """\
Predict the rows of a table with a model that "skbits tune --save" wrote: CSV on standard output.
Columns are found by their names, in any order; other ones are ignored, which is said."""

EXPLAIN = """\
Say what a model is that "skbits tune --save" wrote: its cutoff, how that was chosen, and scores."""

TABLES = """\
A table is a CSV file whose first line holds the column names, each once, a Parquet file
(*.parquet), or "-", CSV on standard input; CSV may be compressed (gzip). Columns may be numbers or
text; an empty cell, "?" or "NA" is a missing value. Reading one needs pandas:
python -m pip install "skbits[cli]".
Exit code: 0 done, 1 the data cannot be used, 2 the command line cannot be used."""

EXAMPLES = {
    "tune": [
        "skbits tune",
        "skbits tune data.csv --target ill --save model.skbits",
        'skbits tune data.csv --target ill --scoring precision --constraint "recall >= 0.9"',
        "skbits tune data.csv --target ill --cost fp=1,fn=5 --plot cutoff.png",
        'skbits tune data.csv --target ill --grid "dropout=[0, 0.5]" "epochs=[20, 50]"',
    ],
    "predict": [
        "skbits predict model.skbits new.csv",
        "skbits predict model.skbits new.csv --proba --json",
        "skbits predict model.skbits -",
    ],
    "explain": ["skbits explain model.skbits"],
}


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options of a command line.

    Raises
    ------
    SystemExit
        With code 2 where it cannot be used, with 0 after help.

    Examples
    --------
    >>> options = parse(["data.csv", "--target", "ill", "--cost", "fp=1,fn=5"])
    >>> options.command, options.target, options.cost
    ('tune', 'ill', [[0.0, 1.0], [5.0, 0.0]])
    """
    argv, (parser, commands) = list(argv), _parsers()
    if not argv or argv[0] not in (*EXAMPLES, "-h", "--help", "--version"):
        if argv and nearest(argv[0], list(EXAMPLES)) and not Path(argv[0]).exists():
            parser.error(f"unknown command {argv[0]!r}{nearest(argv[0], list(EXAMPLES))}")
        argv = ["tune", *argv]
    options = parser.parse_args(argv)
    problem = _contradiction(options) if options.command == "tune" else None
    if problem:
        commands[options.command].error(problem)
    return options


def _parsers() -> tuple[_Parser, dict[str, _Parser]]:
    import skbits

    parser = _Parser(
        prog="skbits",
        description="Neural networks whose decision cutoff is tuned with their architecture.",
        epilog="skbits COMMAND --help tells more. Without a command, tune is meant.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"skbits {skbits.__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    makers = {
        "tune": (_add_tune, TUNE, "skbits tune [data.csv --target NAME] [options]"),
        "predict": (_add_predict, PREDICT, "skbits predict model.skbits new.csv [options]"),
        "explain": (_add_explain, EXPLAIN, "skbits explain model.skbits [options]"),
    }
    commands = {}
    for name, (add, description, usage) in makers.items():
        examples = "\n".join(f"  {line}" for line in EXAMPLES[name])
        commands[name] = subparsers.add_parser(
            name,
            usage=usage,
            help=description.split("\n")[0].rstrip("."),
            description=description,
            epilog=f"examples:\n{examples}\n\n{TABLES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        commands[name].register("action", None, _Once)
        add(commands[name].add_argument)
        commands[name].add_argument("--json", action="store_true", help="write one JSON document")
        commands[name].add_argument(
            "--debug", action="store_true", help="show where an error comes from"
        )
    return parser, commands


def _add_tune(add: Any) -> None:
    from skbits.thresholds.metrics import metric_names

    add("file", nargs="?", metavar="data.csv", help="a table of your own, or - for standard input")
    add("--target", metavar="NAME", help="the table's column of labels, exactly two different ones")
    add(
        "--drop",
        metavar="NAME",
        action="append",
        default=[],
        help="a column to leave out; again for another one",
    )
    add(
        "--positive",
        metavar="LABEL",
        help="the label that precision and recall are about; default: the later one in sorting "
        'order (1 of 0/1, "yes" of no/yes)',
    )
    add(
        "--scoring",
        type=_scoring,
        metavar="METRIC",
        help=f"what to maximize: {', '.join(metric_names())}; default: f1 (recall alone is "
        "highest where all is called positive, specificity where nothing is)",
    )
    add(
        "--constraint",
        type=_constraint,
        action=_Joined,
        metavar='"METRIC >= X"',
        help='what must hold besides, such as "recall >= 0.9" or "selection_rate <= 10%%"; again '
        'for another one, or several joined by "and"',
    )
    add(
        "--cost",
        type=_cost,
        metavar="fp=A,fn=B",
        help="minimize the mean cost instead: what a false positive and a false negative cost",
    )
    add(
        "--grid",
        type=_values,
        nargs="+",
        action="extend",
        metavar='"NAME=[...]"',
        help="parameters of the classifier and their values, as JSON lists; all combinations",
    )
    add("--save", type=Path, metavar="model.skbits", help="where to save the model")
    add("--plot", type=Path, metavar="out.png", help="where to draw metrics against the cutoff")
    add("--sep", type=_separator, default=",", help="what separates cells; default: a comma")
    add("--folds", type=_folds, default=5, metavar="N", help="number of folds; default: 5")


def _add_predict(add: Any) -> None:
    add("model", type=Path, metavar="model.skbits", help='what "skbits tune --save" wrote')
    add("file", metavar="new.csv", help="a table, or - for standard input")
    add("--proba", action="store_true", help="the positive label's probability as well")
    add("--sep", type=_separator, default=",", help="what separates cells; default: a comma")


def _add_explain(add: Any) -> None:
    add("model", type=Path, metavar="model.skbits", help='what "skbits tune --save" wrote')


def _contradiction(options: argparse.Namespace) -> str | None:
    """What is wrong with the arguments together."""
    if options.file is None and options.target is not None:
        return f"--target {options.target} needs a file: skbits tune data.csv --target NAME"
    if options.file is not None and options.target is None:
        return f"{options.file} needs --target NAME, the column of labels"
    if options.cost is not None and options.scoring is not None:
        return "--cost and --scoring both say what is best: expected one of them"
    if options.scoring == "selection_rate" and options.constraint is None:
        return "--scoring selection_rate is highest where all is called positive: add --constraint"
    outputs = [out.resolve() for out in (options.save, options.plot) if out is not None]
    if len(set(outputs)) < len(outputs):
        return f"--save and --plot both write {options.save}: expected two names"
    for name in ("save", "plot"):
        problem = _unusable(f"--{name}", getattr(options, name), options.file)
        if problem:
            return problem
    return None if options.plot is None else _undrawable(options.plot)


def _undrawable(out: Path) -> str | None:
    """Why a picture cannot be drawn."""
    if importlib.util.find_spec("matplotlib") is None:
        return '--plot needs matplotlib: python -m pip install "skbits[plot]"'
    if out.suffix.removeprefix(".").lower() not in PICTURES:
        return f"--plot {out}: expected a name that ends in .{', .'.join(PICTURES)}"
    return None


def _unusable(option: str, out: Path | None, data: str | None) -> str | None:
    """Why a file cannot be written, which must not be found out after the work."""
    if out is None:
        return None
    if str(out) == STDIN:
        return f"{option} -: expected the name of a file, standard output is for the report"
    if out.is_dir():
        return f"{option} {out} is a folder: expected the name of a file"
    if not out.parent.is_dir():
        return f"{option} {out}: there is no folder {out.parent}; make it, or choose another"
    if data not in (None, STDIN) and out.exists() and out.samefile(data):
        return f"{option} {out} is the data itself: choose another name"
    return _unwritable(option, out)


def _unwritable(option: str, out: Path) -> str | None:
    """Why a file cannot be written; it is left as it was."""
    was_there = out.exists()
    try:
        with out.open("ab"):
            pass
    except OSError as error:
        return f"{option} {out} cannot be written: {error.strerror}; choose another place"
    if not was_there:
        out.unlink()
    return None


def _scoring(text: str) -> str:
    from sklearn.metrics import get_scorer_names

    from skbits.thresholds.metrics import Metric, all_names, is_plain, metric_names
    from skbits.thresholds.scoring import read_scoring

    try:
        metric, _ = read_scoring(text, "binary", None)
    except ValueError as error:
        if text in get_scorer_names() or is_plain(text):  # why it cannot be tuned for
            raise argparse.ArgumentTypeError(str(error)) from error
        raise argparse.ArgumentTypeError(
            f"{text!r} is no metric{nearest(text, all_names())}: expected one of "
            f"{', '.join(metric_names())}. For costs: --cost fp=A,fn=B"
        ) from error
    if not isinstance(metric, Metric):  # the report is of counts
        raise argparse.ArgumentTypeError(
            f"{text!r} is no formula on the counts: expected one of {', '.join(metric_names())}"
        )
    return text


def _constraint(text: str) -> str:
    from skbits.thresholds.metrics import is_plain
    from skbits.thresholds.scoring import read_constraint

    try:
        limit = read_constraint(text, "binary")
    except ValueError as error:
        reason = str(error).replace(f"constraint={text!r}", repr(text))
        raise argparse.ArgumentTypeError(reason) from error
    for bound in limit.bounds:
        if is_plain(bound.metric.name) and abs(bound.bound) > 1:
            raise argparse.ArgumentTypeError(
                f"{text!r}: {bound.metric.name} is at most 1, expected a bound that is, such as "
                "0.9 or 90%"
            )
    return text


def _cost(text: str) -> list[list[float]]:
    """``fp=1,fn=5`` -> costs as a confusion matrix is laid out, [[tn, fp], [fn, tp]]."""
    try:
        pairs = (part.split("=") for part in text.split(","))
        costs = {name.strip(): float(value) for name, value in pairs}
        usable = sorted(costs) == ["fn", "fp"] and min(costs.values()) >= 0
        if not usable or not 0 < sum(costs.values()) < float("inf"):
            raise ValueError(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected fp=A,fn=B, what either mistake costs, such as fp=1,fn=5"
        ) from error
    return [[0.0, costs["fp"]], [costs["fn"], 0.0]]


def _values(text: str) -> tuple[str, list]:
    """``name=[...]`` -> the name and its values; lists within are tuples."""
    name, _, values = text.partition("=")
    try:
        read = json.loads(values)
    except ValueError:
        read = None
    name = name.strip()
    if name in NOT_SEARCHED:
        raise argparse.ArgumentTypeError(f"{name} is not searched: {NOT_SEARCHED[name]}")
    if not name.isidentifier() or not isinstance(read, list) or not read:
        raise argparse.ArgumentTypeError(
            f'{text!r}: expected "NAME=[...]" with a JSON list of values, such as '
            '"hidden_layer_sizes=[[16], [64, 32]]"'
        )
    return name, [tuple(value) if isinstance(value, list) else value for value in read]


def _separator(text: str) -> str:
    text = {r"\t": "\t", "tab": "\t"}.get(text, text)
    if len(text) != 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not one character, nor tab")
    if not text.isascii() or text in '\r\n"':
        raise argparse.ArgumentTypeError(f"{text!r} cannot separate cells: expected , ; | or tab")
    return text


def _folds(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 2 or more")
    return int(text)
