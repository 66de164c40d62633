"""``skbits predict``: a model and a table -> predictions."""

import argparse
import csv
import json
import sys
from typing import Any

import numpy as np

from skbits.command.reading import opened
from skbits.labels import DataError, nearest, show


def run(options: argparse.Namespace) -> None:
    """Predict, and write."""
    source = opened(options.file)
    from skbits.files import load, read_notes
    from skbits.tables import read_frame

    notes, model = read_notes(options.model), load(options.model)
    frame = read_frame(source, sep=options.sep)
    X = _columns(frame, model, notes)
    predicted = [_plain(label) for label in model.predict(X)]
    columns = {"prediction": predicted}
    if options.proba:
        positive = notes.get("positive", _plain(model.classes_[-1]))
        labels = [_plain(label) for label in model.classes_]
        p = np.asarray(model.predict_proba(X))[:, labels.index(positive)]
        columns[f"probability of {positive}"] = [float(value) for value in p]
    if options.json:
        json.dump(columns, sys.stdout)
        print()
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))


def _columns(frame: Any, model: Any, notes: dict[str, Any]) -> Any:
    """The columns that the model was trained on, in its order."""
    names = [str(name) for name in getattr(model, "feature_names_in_", ())]
    if not names:
        n = getattr(model, "n_features_in_", frame.shape[1])
        if frame.shape[1] != n:
            raise DataError(
                f"the model was trained on {n} columns without names, and here are "
                f"{frame.shape[1]}: expected as many, in the same order."
            )
        return frame.to_numpy(dtype=float)
    given = [str(name) for name in frame.columns]
    missing = [name for name in names if name not in given]
    if missing:
        raise DataError(
            f"column {missing[0]!r} is not there{nearest(missing[0], given) or '.'} "
            f"The model needs {show(names, 12)}."
        )
    extra = [name for name in given if name not in names]
    if extra:
        print(f"ignored: {show(extra, 12)}", file=sys.stderr)
    return frame[names]


def _plain(value: Any) -> Any:
    """A label as Python has it."""
    return value.item() if isinstance(value, np.generic) else value
