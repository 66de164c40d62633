"""Functions, backbones, tables and files."""

import contextlib
import inspect
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from hypothesis import strategies as st

import skbits
from entry_points.base import (
    BITS,
    CLASSES,
    LABELS,
    P_BITS,
    P_CLASSES,
    WEIGHTS,
    EntryPoint,
    P,
    X,
    fitted,
    is_elsewhere,
    is_large,
    is_share,
)
from skbits.tables import read_table, table_preprocessor


def _check_best(best: Any, given: Mapping[str, Any]) -> None:
    thresholds = best.thresholds
    assert np.all(((thresholds >= 0) & (thresholds <= 1)) | (thresholds == np.inf))
    assert np.isfinite([best.score, best.default_score]).all()
    assert all(np.isfinite(counts).all() for counts in best.counts)


_OPTIONS = {
    "sample_weight": WEIGHTS, "scoring": "f1", "average": None, "constraint": None, "kind": "auto",
    "pos_label": None, "labels": None, "n_groups": 1, "max_evaluations": 10, "n_jobs": 1,
}  # fmt: skip

ENTRY_POINTS: dict[str, EntryPoint] = {
    **{
        f"best_thresholds {kind}": EntryPoint(
            skbits.best_thresholds,
            {"y_true": y, "y_proba": p, **_OPTIONS},
            _check_best,
            said={"y_proba": "y_true"},
        )
        for kind, y, p in (
            ("of two labels", LABELS, P),
            ("of bits", BITS, P_BITS),
            ("of classes", CLASSES, P_CLASSES),
        )
    },
}


ENTRY_POINTS |= {
    "cost_threshold": EntryPoint(
        skbits.cost_threshold,
        {"fp": np.array([1.0, 2.0, 3.0]), "fn": 2.0, "tp": 0.0, "tn": 0.0},
        lambda t, given: None if np.all(np.asarray(t) == np.inf) else is_share(np.minimum(t, 1)),
        said=dict.fromkeys(("fn", "tp", "tn"), r"costs of shapes fp"),
    ),
    **{
        f"recenter {method}": EntryPoint(
            skbits.recenter,
            {"p": P_BITS, "threshold": np.array([0.25, 0.5, 0.75]), "method": method,
             "steepness": 10.0},
            lambda p, given: is_share(p),
            said={"p": "threshold"},
            may=("threshold",),  # pandas' go by name
        )
        for method in ("odds", "linear", "logistic")
    },
}  # fmt: skip


def _backbone(name: str, shape: tuple[int, ...], **needed: Any) -> EntryPoint:
    """A function of ``skbits.backbones``, called on a tensor, with each of its parameters."""
    build = getattr(skbits.backbones, name)
    parameters = inspect.signature(build).parameters.values()
    right = {p.name: p.default for p in parameters if p.default is not p.empty} | needed
    right |= {key: 2 for key in ("filters", "units", "hidden_layer_sizes") if key in right}

    def call(**given: Any) -> Any:
        hidden = build(keras.Input(shape), **given)
        assert len(hidden.shape) == 2
        return 0.5

    sizes = ("filters", "units", "hidden_layer_sizes", "input_dim", "output_dim", "kernel_size")
    return EntryPoint(
        call, right, lambda s, given: None,
        refused=lambda argument, value: argument in sizes and is_large(value),
    )  # fmt: skip


ENTRY_POINTS |= {
    f"backbones.{name}": _backbone(name, shape, **needed)
    for name, shape, needed in (
        ("mlp", (4,), {}),
        ("embedding", (4,), {"input_dim": 5}),
        ("lstm", (4, 2), {}),
        ("gru", (4, 2), {}),
        ("conv1d", (4, 2), {}),
        ("conv2d", (4, 4), {}),
        ("siamese", (2, 4, 2), {}),
    )
}

GOOD_CSV = "age,town,ill\n31,Ulm,no\n,Bonn,yes\n45.5,?,no\n"
_cells = st.sampled_from(
    ["", "1", "2.5", "yes", "no", "NA", "?", '"', "nan", "inf", "1e400", "a b", " ", "\0", "é",
     "0,5", "age", "ill", "town", "Unnamed: 0", "1,5", "-", "True", "9" * 30, "'", "#", "2020"]
)  # fmt: skip
_lines = st.lists(_cells, max_size=4).map(",".join)
_csv = st.one_of(
    st.lists(_lines, max_size=6).map("\n".join),
    st.lists(_lines, max_size=6).map(lambda lines: "\n".join(["age,town,ill", *lines])),
    st.lists(st.tuples(_cells, _cells, st.sampled_from(["no", "yes", "", "1"])), min_size=2).map(
        lambda rows: "\r\n".join(["age,town,ill", *map(",".join, rows)])
    ),
    st.text(),
)
_csv = st.one_of(_csv.map(lambda text: text.encode("utf-8", "replace")), st.binary())


def _read_table(content: Any, **given: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.csv")
        path.write_bytes(content)
        return read_table(path, **given)


def _is_table(table: Any, given: Mapping[str, Any]) -> None:
    assert len(table.X) == len(table.y)
    assert len(set(table.y.tolist())) == 2
    features = table_preprocessor(table.X).fit_transform(table.X)
    assert np.isfinite(features).all()


ENTRY_POINTS["read_table"] = EntryPoint(
    _read_table, {"content": GOOD_CSV.encode(), "target": "ill", "sep": ","}, _is_table,
    said=dict.fromkeys(("content", "sep"), r"(target=.* of )?table\.csv"), drawn={"content": _csv},
)  # fmt: skip


def _saved(method: str) -> Callable:
    """A method that writes a file, in a folder of its own."""

    def call(**given: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            getattr(fitted("BinaryClassifier"), method)(**given)
            assert list(Path(folder).iterdir()), "nothing was written"
        return 0.5

    return call


def _load(path: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        fitted("BinaryClassifier").save("model.skbits")
        return skbits.load(path).predict_proba(X)


ENTRY_POINTS |= {
    "BinaryClassifier.save": EntryPoint(
        _saved("save"), {"path": "model.skbits"}, lambda s, g: None, refused=is_elsewhere
    ),
    "BinaryClassifier.export": EntryPoint(
        _saved("export"), {"path": "model", "format": "tf_saved_model", "verbose": False},
        lambda s, g: None, refused=is_elsewhere,
    ),
    "load": EntryPoint(
        _load, {"path": "model.skbits"}, lambda p, g: is_share(p), refused=is_elsewhere
    ),
}  # fmt: skip
