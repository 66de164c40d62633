"""``skbits predict``: a model and a table -> predictions."""

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from skbits.command.reading import opened
from skbits.command.telling import tell
from skbits.labels import DataError, nearest, show
from skbits.naming import counted


def run(options: argparse.Namespace) -> None:
    """Predict, and write."""
    source = opened(options.file)
    from skbits.files import load, read_notes
    from skbits.tables import check_finite, name_of_file, read_frame

    notes, model = read_notes(options.model), load(options.model)
    frame = read_frame(source, sep=options.sep, texts=notes.get("text_columns", ()))
    name = name_of_file(source)
    if not len(frame):
        raise DataError(f"{name} has no rows: expected one at least below the header.")
    X = _columns(frame, model, notes, source)
    if hasattr(X, "columns"):
        check_finite(X, name)
    if notes.get("text_columns"):
        _warn_of_unseen(X, model)
    columns = _named("prediction", np.asarray(model.predict(X)), names_of(model))
    if options.proba:
        columns |= _probabilities(model, X, notes)
    if options.json:
        json.dump(columns, sys.stdout)
        print()
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))


def _named(what: str, values: np.ndarray, names: Sequence[Any]) -> dict[str, list]:
    """Columns of values, as Python has them: one without a name, or one for each name."""
    if values.ndim == 1:
        return {what: values.tolist()}
    return {f"{what} of {n}": column.tolist() for n, column in zip(names, values.T, strict=True)}


def _probabilities(model: Any, X: Any, notes: dict[str, Any]) -> dict[str, list]:
    """The positive label's probability, or that of each label or bit where there are more."""
    if not hasattr(model, "predict_proba"):
        raise DataError(f"{type(model).__name__} has no probabilities: expected no --proba.")
    p, names = np.asarray(model.predict_proba(X)), names_of(model)
    if "positive" in notes:  # of the two, the one that tune was about
        at = names.index(notes["positive"])
        p, names = p[:, [at]], names[at : at + 1]
    return _named("probability", p, names)


def names_of(model: Any) -> list[Any]:
    """What a model's columns are called: its bits or its labels."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    return np.asarray(getattr(last, "bit_names_", model.classes_)).tolist()


def _columns(frame: Any, model: Any, notes: dict[str, Any], source: Any) -> Any:
    """The columns that the model was trained on, in its order."""
    from skbits.tables import check_columns, check_first_line, name_of_file, numbers_of

    names = [str(name) for name in getattr(model, "feature_names_in_", ())]
    if not names:
        n = getattr(model, "n_features_in_", frame.shape[1])
        if frame.shape[1] != n:
            raise DataError(
                f"the model was trained on {counted(n, 'column')} without names, and here are "
                f"{frame.shape[1]}: expected as many, in the same order."
            )
        check_first_line(frame, source)
        given = frame.columns.tolist()  # they go by their places: the same name may come again
        again = [
            name if given.count(name) == 1 else f"{name} ({k})" for k, name in enumerate(given)
        ]
        frame = frame.set_axis(again, axis=1)
        check_columns(frame, frame.columns, name_of_file(source))
        return numbers_of(frame, list(frame.columns)).to_numpy(dtype=float)
    given = [str(name) for name in frame.columns]
    missing = [name for name in names if name not in given]
    if missing:
        check_first_line(frame, source)
        raise DataError(
            f"column {missing[0]!r} is not there{nearest(missing[0], given) or '.'} "
            f"The model needs {show(names, 12)}."
        )
    check_columns(frame, names, name_of_file(source))
    X = frame[names]
    if "text_columns" in notes:  # a model of one's own takes what it takes
        X = numbers_of(X, [name for name in names if name not in notes["text_columns"]])
    extra = [name for name in given if name not in names]
    if extra:
        tell(f"ignored, as the model does not read them: {show(extra, 12)}")
    return X


def _warn_of_unseen(X: Any, model: Any) -> None:
    """Say which texts a model of ``skbits tune`` has not seen, and what it takes them for."""
    from skbits.tables import fitted_preprocessor, unseen_texts

    preprocessor = fitted_preprocessor(model)
    if preprocessor is None:
        return
    rare, unknown = unseen_texts(preprocessor, X)
    for texts, taken in ((rare, "taken as rare"), (unknown, "taken as none of the known texts")):
        if texts:
            tell(f"not seen in training, {taken}: {show(texts, 12)}")
