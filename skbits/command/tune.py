"""``skbits tune``: a table -> a tuned model, told, saved and drawn."""

import argparse
import json
import shlex
import sys
from typing import Any

import numpy as np

from skbits.command.reading import opened, written
from skbits.command.usage import UsageError
from skbits.labels import DataError
from skbits.naming import counted
from skbits.quiet import quiet_start


def run(options: argparse.Namespace) -> None:
    """Tune, and say what was found."""
    source = None if options.file is None else opened(options.file)
    from skbits import report, tuning
    from skbits.thresholds.searching import InfeasibleError

    table, positive, chosen = _data(options, source)
    grid = None if options.grid is None else _grid(options.grid)

    def say(text: str) -> None:
        if not options.json:
            print(text, flush=True)

    say(report.format_table(table, positive, chosen=chosen))
    say("\n" + report.format_search(options.folds, options.constraint))
    scoring = _scoring(options)

    attained: list[float | None] = []

    def on_candidate(candidate: tuning.Candidate, number: int, n_candidates: int) -> None:
        attained.append(candidate.attained)
        say(report.format_candidate(candidate, number, n_candidates, scoring, options.constraint))

    with quiet_start():
        classifier = tuning.default_classifier()
    try:
        result = tuning.tune(
            table.X,
            table.y,
            positive=positive,
            classifier=classifier,
            architectures=grid,
            scoring=scoring,
            constraint=options.constraint,
            cv=options.folds,
            on_candidate=on_candidate,
        )
    except InfeasibleError as error:  # of which each candidate has said its part
        raise DataError(report.format_infeasible(options.constraint, attained)) from error
    say("\n" + report.format_result(result))
    facts = _facts(options, table, result)
    if options.save is not None:
        from skbits.files import save

        save(result.estimator_, options.save, notes=facts)
        say(
            "\nSaved the model that was tested, which tells "
            f"{result.negative!r} from {result.positive!r}:\n"
            f"  {_predict_command(options)}\n"
            f"  skbits.load({str(options.save)!r}).predict(X)"
        )
    if options.plot is not None:
        _draw(result, options)
        say(f"\nDrew {options.plot}: metrics of the held-out rows against the cutoff.")
    if options.json:
        json.dump(facts, sys.stdout, indent=1)
        print()


def _predict_command(options: argparse.Namespace) -> str:
    """The command that predicts rows of a file like the one that was read."""
    words = ["skbits", "predict", written(options.save), "new.csv"]
    if options.sep != ",":
        words += ["--sep", "tab" if options.sep == "\t" else options.sep]
    return shlex.join(words)


def _scoring(options: argparse.Namespace) -> Any:
    """What is maximized; of costs, minus their mean."""
    return (options.scoring or "f1") if options.cost is None else ("neg_cost", options.cost)


def _data(options: argparse.Namespace, source: Any) -> tuple[Any, Any, bool]:
    """The table, the positive label, and whether somebody chose it."""
    from skbits import tuning
    from skbits.labels import match_label, positive_label
    from skbits.tables import read_table

    if source is None:
        table, default = tuning.example_table(), "malignant"
    else:
        table, default = (
            read_table(source, options.target, sep=options.sep, drop=options.drop),
            None,
        )
    if options.positive is not None:
        positive = match_label(table.y, options.positive)
    else:
        positive = positive_label(table.y, default)
    chosen = options.positive is not None or default is not None
    return table, positive, chosen


def _grid(values: list[tuple[str, list]]) -> dict[str, list]:
    """The grid; each value makes a model before any is trained, so that none fails later on."""
    from skbits import tuning

    names = [name for name, _ in values]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"--grid names {name} {counted(names.count(name), 'time')}: expected all its "
                "values in one list"
            )
    with quiet_start():
        tuning.default_classifier()
    try:
        for name, candidates in values:
            for value in candidates:
                _check_model(tuning.default_classifier().set_params(**{name: value}))
    except ValueError as error:
        raise UsageError(f"--grid: {error}") from error
    return dict(values)


def _check_model(classifier: Any) -> None:
    """Build the model of a classifier of two labels, whatever its columns."""
    from skbits.assembly import assemble
    from skbits.estimators import check_parameters
    from skbits.targets import BinaryTarget

    params = classifier.get_params()
    check_parameters(params, "binary")
    assemble(params, BinaryTarget.learn([0, 1]), np.zeros((2, 1), np.float32), None, seed=0)


def _facts(options: argparse.Namespace, table: Any, result: Any) -> dict[str, Any]:
    """What there is to know of a tuned model, as plain data."""
    from skbits.tables import text_columns

    has_names = hasattr(table.X, "columns")
    return {
        "data": table.name,
        "target": options.target,
        "columns": [str(name) for name in table.X.columns] if has_names else None,
        "text_columns": text_columns(table.X) if has_names else [],
        "positive": result.positive,
        "negative": result.negative,
        "cutoff": result.best_threshold_,
        "scoring": name_of(result.scoring),
        "cost": None
        if options.cost is None
        else {"fp": options.cost[0][1], "fn": options.cost[1][0]},
        "constraint": options.constraint,
        "folds": options.folds,
        "params": {name: value for name, value in result.best_params_.items()},
        "cross_validated_score": result.best_score_,
        "n_train": result.n_train,
        "n_test": result.n_test,
        "held_out": _scores(result.at_tuned, result.scoring),
        "held_out_at_0.5": _scores(result.at_default, result.scoring),
    }


def _scores(at: Any, scoring: Any) -> dict[str, float]:
    """What a report says, as plain data: first what was tuned for."""
    measures = (scoring, "accuracy", "balanced_accuracy", "f1", "precision", "recall")
    counts = {name: getattr(at, name) for name in ("tp", "fp", "fn", "tn")}
    return {**{name_of(one): at.value(one) for one in measures}, **counts}


def name_of(scoring: Any) -> str:
    """The name of a metric, without its parameter."""
    return scoring if isinstance(scoring, str) else scoring[0]


def _draw(result: Any, options: argparse.Namespace) -> None:
    """Metrics of the held-out rows against the cutoff."""
    from skbits.plots.curve import ThresholdCurveDisplay

    scoring = _scoring(options)
    # a cost is of another scale than metrics between 0 and 1, and stands alone
    others = [name for name in ("f1", "precision", "recall") if name != scoring]
    shown = [scoring, *(others if options.cost is None else [])]
    display = ThresholdCurveDisplay.from_predictions(
        result.is_positive_test, result.p_test, scoring=shown, threshold=result.best_threshold_,
        constraint=options.constraint,
    )  # fmt: skip
    display.figure_.savefig(options.plot)
