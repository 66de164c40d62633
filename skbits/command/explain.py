"""``skbits explain``: a model -> what it is."""

import argparse
import json
import sys
from typing import Any

import numpy as np

from skbits.naming import counted, params_text
from skbits.quantities import quantity
from skbits.report import format_columns, wrapped
from skbits.summaries import some


def run(options: argparse.Namespace) -> None:
    """Say what is in a file."""
    from skbits.command.predict import names_of
    from skbits.files import load, read_notes
    from skbits.summaries import lines_of
    from skbits.tables import fitted_preprocessor, flagged_columns

    notes, model = read_notes(options.model), load(options.model)
    facts = {
        "class": _last(model).__class__.__name__,
        "summary": list(lines_of(model)),
        "classes": names_of(model),
        "cutoffs": _cutoffs(model),
        **notes,
    }
    preprocessor = fitted_preprocessor(model)
    if preprocessor is not None and notes.get("columns"):
        facts["missing_flagged"] = flagged_columns(preprocessor)
    if options.json:
        json.dump(facts, sys.stdout, indent=1)
        print()
        return
    print("\n".join(_lines(facts, str(options.model))))


def _last(model: Any) -> Any:
    """The last step of a pipeline, or the model itself."""
    return model.steps[-1][1] if hasattr(model, "steps") else model


def _cutoffs(model: Any) -> list[float | str]:
    """A model's cutoffs; none where only what it holds has some."""
    from skbits.thresholds.cutoffs import cutoff_of

    try:
        cutoffs = np.atleast_1d(np.asarray(cutoff_of(model).thresholds, dtype=float))
    except ValueError:
        return []
    # infinity, which is never, is no JSON
    return [float(t) if np.isfinite(t) else "never" for t in cutoffs]


def _lines(facts: dict[str, Any], name: str) -> list[str]:
    """The facts, as text."""
    lines = [
        f"{name}: {facts['class']}, fitted.",
        f"Labels:   {some(map(repr, facts['classes']))}",
        *([f"Cutoffs:  {some(facts['cutoffs'])}"] if facts["cutoffs"] else []),
    ]
    inside = ["What it is:", *(f"  {line}" for line in facts["summary"])]
    if "scoring" not in facts:
        return [*lines, *inside]
    goal = facts["scoring"]
    if facts["cost"] is not None:
        goal = f"the mean cost, of {facts['cost']['fp']:g} a false positive and "
        goal += f"{facts['cost']['fn']:g} a false negative,"
    # JSON made lists of tuples
    params = params_text(
        {k: tuple(v) if isinstance(v, list) else v for k, v in facts["params"].items()}
    )
    held = f" with {facts['constraint']}" if facts["constraint"] else ""
    return [
        *lines,
        *_read(facts),
        wrapped(
            f"Chosen:   for {goal}{held} by {facts['folds']}-fold cross-validation on "
            f"{counted(facts['n_train'], 'row')} of {facts['data']}, together with {params}; "
            f"{facts['positive']!r} is positive.",
            indent=10,
        ),
        f"Scores on {counted(facts['n_test'], 'held-out row')}:",
        *(f"  {line}" for line in _scores(facts).splitlines()),
        *inside,
    ]


def _read(facts: dict[str, Any]) -> list[str]:
    """What the model reads of a table, and what becomes of it."""
    if facts["columns"] is None:
        return []
    text = some(map(repr, facts["text_columns"]))
    flagged = some(map(repr, facts["missing_flagged"]))
    says = f"; another column says so of {flagged}" if flagged else ""
    return [
        f"Target:   {facts['target']!r}",
        f"Columns:  {some(map(repr, facts['columns']))}",
        wrapped(f"          Numbers are scaled, a missing one is the median{says}.", indent=10),
        *([f"          Text is one-hot, missing cells as a category: {text}."] if text else []),
    ]


def _scores(facts: dict[str, Any]) -> str:
    """What the held-out rows say of 0.5 and of the cutoff, as a table."""
    rows = [("", "at 0.500", f"at {facts['cutoff']:.3f}")]
    for name, tuned in facts["held_out"].items():
        if name not in ("tp", "fp", "fn", "tn"):
            told, at_half = quantity(name), facts["held_out_at_0.5"][name]
            values = (f"{told.sign * value:.3f}" for value in (at_half, tuned))
            rows.append((told.name.replace("_", " "), *values))
    return format_columns(rows, first=18, others=10)
