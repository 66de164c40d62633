"""Entry points: the public functions and methods, with right arguments and what their results obey.

``ENTRY_POINTS`` is the table: name -> :class:`EntryPoint`.
"""

import contextlib
import functools
import inspect
import tempfile
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from hostile import Given, hostile
from hypothesis import strategies as st
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

import skbits
from skbits.tables import read_table, table_preprocessor
from skbits.values import is_size

rng = np.random.default_rng(0)
X = rng.integers(-8, 9, size=(12, 3)) / 4  # exact in float16
RIGHT = X
LABELS = np.array(["no", "yes"])[np.arange(12) % 2]
BITS = rng.permuted(np.repeat([[0, 1, 1], [1, 0, 0]], 6, axis=0), axis=0)
CLASSES = np.arange(12) % 3
NUMBERS = np.arange(12) % 8
WEIGHTS = np.arange(1, 13) / 4
P = rng.permutation(np.arange(1, 13)) / 16
P_BITS = rng.integers(0, 17, size=(12, 3)) / 16
P_CLASSES = np.array([[2, 1, 1], [0, 4, 0], [1, 1, 2], [1, 3, 0]] * 3) / 4
for array in (X, LABELS, BITS, CLASSES, NUMBERS, WEIGHTS, P, P_BITS, P_CLASSES):
    array.flags.writeable = False  # whoever changes what is given raises

TINY = {"hidden_layer_sizes": (2,), "epochs": 1, "batch_size": 12, "random_state": 0}
TARGETS = {"BinaryClassifier": LABELS, "BitVectorClassifier": BITS, "OneHotClassifier": CLASSES}


@dataclass(frozen=True)
class EntryPoint:
    """Something public to be called.

    Parameters
    ----------
    call : callable
        Of the arguments, by name.
    right : dict
        Right arguments; each in its turn is replaced by a hostile value.
    check : callable
        ``check(result, arguments)`` raises AssertionError where a result cannot be right.
    said : dict
        Argument -> what else its name may be in a message.
    refused : callable
        ``refused(name, value)``: values that are right, and take too long.
    """

    call: Callable[..., Any]
    right: Mapping[str, Any]
    check: Callable[[Any, Mapping[str, Any]], None]
    said: Mapping[str, str] = field(default_factory=dict)
    refused: Callable[[str, Any], bool] = lambda name, value: False
    trains: bool = False
    fixed: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    drawn: Mapping[str, st.SearchStrategy] = field(default_factory=dict)

    def draws(self, name: str) -> st.SearchStrategy[Given]:
        """Hostile values for an argument."""
        return self.drawn[name].map(Given) if name in self.drawn else hostile(self.right[name])

    @property
    def arguments(self) -> list[str]:
        """The arguments that are replaced."""
        return [name for name in self.right if name not in self.fixed]


def is_share(p: Any) -> None:
    """Probabilities."""
    assert np.all((np.asarray(p) >= 0) & (np.asarray(p) <= 1)), p


def _n(X: Any) -> int:
    return X.shape[0] if hasattr(X, "shape") else len(X)


def _are_predictions(predicted: Any, given: Mapping[str, Any]) -> None:
    y = next(y for y in (LABELS, BITS, CLASSES) if given["y"] is y)
    assert predicted.shape == (_n(given["X"]), *y.shape[1:])
    assert np.isin(predicted, y).all()


def _are_probabilities(p: Any, given: Mapping[str, Any]) -> None:
    assert p.shape == (_n(given["X"]), 2 if given["y"] is LABELS else 3)
    is_share(p)
    if given["y"] is not BITS:
        assert np.allclose(p.sum(axis=1), 1)


def _are_finite(values: Any, given: Mapping[str, Any]) -> None:
    assert len(values) == _n(given["X"])
    assert np.isfinite(values).all()


def _is_finite(value: Any, given: Mapping[str, Any]) -> None:
    assert np.isfinite(value).all(), value


@functools.cache
def fitted(name: str) -> Any:
    """An estimator that was fitted once."""
    return getattr(skbits, name)(**TINY).fit(X, TARGETS[name])


def _of(name: str, method: str) -> Callable:
    """A method of a fitted estimator, of X."""

    def call(X: Any, **arguments: Any) -> Any:
        del arguments["y"]
        return getattr(fitted(name), method)(X, **arguments)

    return call


def _score(name: str) -> Callable:
    return lambda X, y, sample_weight: fitted(name).score(X, y, sample_weight)


def _fit(name: str) -> Callable:
    def call(X: Any, **arguments: Any) -> Any:
        return getattr(skbits, name)(**TINY).fit(X, **arguments).predict_proba(X)

    return call


def _partial_fit(name: str, *, first: bool) -> Callable:
    def call(X: Any, **arguments: Any) -> Any:
        clf = getattr(skbits, name)(**TINY)
        if not first:
            clf.fit(RIGHT, TARGETS[name])
        return clf.partial_fit(X, **arguments).predict_proba(X)

    return call


def _with_parameters(name: str) -> Callable:
    def call(**parameters: Any) -> Any:
        clf = getattr(skbits, name)(**{**TINY, **parameters}).fit(X, TARGETS[name])
        clf.predict(X)
        clf.decision_function(X)
        return clf.predict_proba(X)

    return call


def _set_threshold(name: str) -> Callable:
    def call(threshold: Any) -> Any:
        clf = fitted(name)
        try:
            clf.set_params(threshold=threshold)
            predicted, distance = clf.predict(X), clf.decision_function(X)
        finally:
            clf.set_params(threshold=0.5)
        assert np.isin(predicted, TARGETS[name]).all()
        return distance

    return call


#: parameters of estimators that are not drawn: anything that trains is right
_PARAMETERS = {
    "model": None, "hidden_layer_sizes": (2,), "activation": "relu", "dropout": 0.0, "head": None,
    "threshold": 0.5, "loss": None, "optimizer": "adam", "metrics": None, "epochs": 1,
    "batch_size": 12, "class_weight": None, "early_stopping": False, "validation_fraction": 0.25,
    "n_iter_no_change": 2, "callbacks": None, "warm_start": False, "trainer": "auto",
    "memory": None, "strategy": None, "random_state": 0, "verbose": 0,
    "optimizer__learning_rate": 0.1, "n_groups": 1, "abstain": False, "abstain_label": -1,
}  # fmt: skip


def _takes_long(name: str, value: Any) -> bool:
    """Many epochs, wide layers, files written to a folder of that name, lines printed."""
    if name == "memory":
        return isinstance(value, str)
    return name in ("epochs", "hidden_layer_sizes", "verbose") and _is_large(value)


def _is_large(value: Any) -> bool:
    """Whether a value is, or holds, a size that is allowed and takes long."""
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    values = value if isinstance(value, (list, tuple)) else [value]
    return any(is_size(size) and size > 100 for size in values)


def _estimator(name: str) -> dict[str, EntryPoint]:
    y = TARGETS[name]
    rows = {"X": X, "y": y}
    weighed = {**rows, "sample_weight": WEIGHTS}
    own = {"n_groups", "abstain", "abstain_label"} if name != "OneHotClassifier" else set()
    parameters = {k: v for k, v in _PARAMETERS.items() if k not in own}
    classes = {"BinaryClassifier": np.array(["no", "yes"]), "OneHotClassifier": np.arange(3)}
    first = {**weighed, "classes": classes.get(name, np.arange(3))}
    share = lambda p, given: is_share(p)  # noqa: E731
    return {
        f"{name}.predict": EntryPoint(_of(name, "predict"), rows, _are_predictions, fixed=("y",)),
        f"{name}.predict_proba": EntryPoint(
            _of(name, "predict_proba"), rows, _are_probabilities, fixed=("y",)
        ),
        f"{name}.decision_function": EntryPoint(
            _of(name, "decision_function"), rows, _are_finite, fixed=("y",)
        ),
        f"{name}.score": EntryPoint(_score(name), weighed, share),
        f"{name}.fit": EntryPoint(_fit(name), weighed, share, trains=True),
        f"{name}.partial_fit": EntryPoint(
            _partial_fit(name, first=False), weighed, share, trains=True
        ),
        f"{name}.partial_fit first": EntryPoint(
            _partial_fit(name, first=True), first, share, trains=True
        ),
        f"{name}()": EntryPoint(
            _with_parameters(name),
            parameters,
            share,
            said={"optimizer__learning_rate": "learning_rate"},
            refused=_takes_long,
            trains=True,
        ),
        f"{name}.set_params": EntryPoint(_set_threshold(name), {"threshold": 0.5}, _is_finite),
    }


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
    **_estimator("BinaryClassifier"),
    **_estimator("BitVectorClassifier"),
    **_estimator("OneHotClassifier"),
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


@functools.cache
def _fitted_meta(name: str) -> Any:
    clf = fitted("BinaryClassifier")
    if name == "TunedThresholdsCV":
        return skbits.TunedThresholdsCV(clf, cv="prefit", min_positives=0).fit(X, LABELS)
    if name == "ThresholdGridSearchCV":
        search = skbits.ThresholdGridSearchCV(
            skbits.BinaryClassifier(**TINY), {"batch_size": [12]}, cv=2, min_positives=0
        )
        return search.fit(X, LABELS)
    if name == "RecenteredClassifier":
        return skbits.RecenteredClassifier(clf)
    bits = fitted("BitVectorClassifier")
    return skbits.TransformedTargetClassifier(bits, skbits.IntegerBits(3)).fit(X, NUMBERS)


def _meta_method(name: str, method: str) -> Callable:
    return lambda **arguments: getattr(_fitted_meta(name), method)(**arguments)


def _meta_fit(name: str) -> Callable:
    def call(X: Any, y: Any, sample_weight: Any) -> Any:
        clf = copy(_fitted_meta(name))
        return clf.fit(X, y, sample_weight=sample_weight).predict(RIGHT)

    return call


_TUNED = {
    "scoring": "f1", "average": None, "constraint": None, "cv": 2, "combine": "auto",
    "min_positives": 0, "refit": True, "kind": "auto", "pos_label": None, "n_groups": 1,
    "max_evaluations": 10, "n_jobs": 1, "random_state": 0,
}  # fmt: skip
_OF_META: dict[str, dict[str, Any]] = {
    "TunedThresholdsCV": {"estimator": GaussianNB(), **_TUNED, "store_cv_results": False},
    "ThresholdGridSearchCV": {
        "estimator": GaussianNB(), "param_grid": {"var_smoothing": [1e-9, 1e-3]}, **_TUNED,
        "error_score": "raise", "verbose": 0,
    },
    "RecenteredClassifier": {
        "estimator": FixedThresholdClassifier(GaussianNB(), threshold=0.25),
        "method": "odds", "steepness": 10.0,
    },
    "TransformedTargetClassifier": {
        "classifier": KNeighborsClassifier(3), "codec": skbits.IntegerBits(3), "decoding": "auto",
    },
}  # fmt: skip


def _with_meta_parameters(name: str) -> Callable:
    y = NUMBERS if name == "TransformedTargetClassifier" else LABELS

    def call(**parameters: Any) -> Any:
        clf = getattr(skbits, name)(**parameters).fit(X, y)
        if hasattr(clf, "estimator_") or hasattr(clf, "classifier_"):
            assert np.isin(
                clf.predict(X), y if name != "TransformedTargetClassifier" else range(8)
            ).all()
            if hasattr(clf, "predict_proba"):
                is_share(clf.predict_proba(X))
        return 0.5

    return call


def _meta_estimator(name: str) -> dict[str, EntryPoint]:
    transformed = name == "TransformedTargetClassifier"
    y = NUMBERS if transformed else LABELS
    weighed = {"X": X, "y": y, "sample_weight": WEIGHTS}
    known = range(8) if transformed else LABELS

    def are_known(predicted: Any, given: Mapping[str, Any]) -> None:
        assert len(predicted) == _n(given.get("X", X))
        assert np.isin(predicted, known).all()

    def fits(predicted: Any, given: Mapping[str, Any]) -> None:
        assert len(predicted) == 12

    entries = {
        f"{name}.predict": EntryPoint(_meta_method(name, "predict"), {"X": X}, are_known),
        f"{name}.score": EntryPoint(_meta_method(name, "score"), weighed, lambda s, g: is_share(s)),
        f"{name}.fit": EntryPoint(
            _meta_fit(name), weighed, fits, said={"y": "error_score"}, trains=True
        ),
        f"{name}()": EntryPoint(
            _with_meta_parameters(name), _OF_META[name], lambda s, g: None,
            refused=lambda argument, value: argument in ("verbose", "n_jobs") and _is_large(value),
        ),
    }  # fmt: skip
    if not transformed:
        entries |= {
            f"{name}.predict_proba": EntryPoint(
                _meta_method(name, "predict_proba"), {"X": X}, lambda p, given: is_share(p)
            ),
            f"{name}.decision_function": EntryPoint(
                _meta_method(name, "decision_function"), {"X": X}, _are_finite
            ),
        }
    return entries


def _codec(codec: Any, values: np.ndarray, name: str, back: str, **parameters: Any) -> dict:
    """A codec's methods: what is coded and read back is what it was."""
    kind = type(codec).__name__
    fit = codec.fit(values)
    coded = fit.transform(values)

    def round_trip(coded: Any, given: Mapping[str, Any]) -> None:
        decoded, words = fit.inverse_transform(coded), given[name]
        words = words if hasattr(words, "__array__") else list(words)  # views of a dict, too
        assert len(coded) == len(decoded) == _n(given[name])
        assert list(decoded) == list(np.ravel(np.asarray(words, dtype=object))), decoded

    def has_rows(decoded: Any, given: Mapping[str, Any]) -> None:
        (rows,) = given.values()
        assert len(decoded) == _n(rows)

    def make(**given: Any) -> Any:
        made = type(codec)(**given).fit(values)
        decoded = made.inverse_transform(made.transform(values))
        assert list(decoded) == list(values)
        return 0.5

    entries = {
        f"{kind}.transform": EntryPoint(
            lambda **given: fit.transform(given[name]), {name: values}, round_trip
        ),
        f"{kind}.fit": EntryPoint(
            lambda **given: type(codec)(**codec.get_params()).fit(**given).transform(given[name]),
            {name: values},
            lambda coded, given: None,
        ),
        f"{kind}.inverse_transform": EntryPoint(fit.inverse_transform, {back: coded}, has_rows),
        f"{kind}()": EntryPoint(
            make,
            {**codec.get_params(), **parameters},
            lambda s, g: None,
            refused=lambda argument, value: argument == "max_length" and _is_large(value),
        ),
    }
    if hasattr(fit, "decode_proba"):
        entries[f"{kind}.decode_proba"] = EntryPoint(
            fit.decode_proba, {"probabilities": coded * 0.75}, has_rows
        )
    return entries


WORDS = np.array(["ant", "bee", "a", "cat"])

ENTRY_POINTS |= {
    "cost_threshold": EntryPoint(
        skbits.cost_threshold,
        {"fp": np.array([1.0, 2.0, 3.0]), "fn": 2.0, "tp": 0.0, "tn": 0.0},
        lambda t, given: None if np.all(np.asarray(t) == np.inf) else is_share(np.minimum(t, 1)),
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
    **{k: e for name in _OF_META for k, e in _meta_estimator(name).items()},
    **_codec(skbits.TextBits(), WORDS, "words", "bits"),
    **_codec(skbits.TextOneHot(), WORDS, "words", "bits"),
    **_codec(skbits.IntegerBits(values=range(16)), NUMBERS, "integers", "bits"),
    **_codec(skbits.CharCodes(), WORDS, "texts", "X"),
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
        refused=lambda argument, value: argument in sizes and _is_large(value),
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
    said={"content": r"(target=.* of )?table\.csv", "sep": r"table\.csv"}, drawn={"content": _csv},
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


def _is_elsewhere(name: str, value: Any) -> bool:
    """A path out of the folder of the test."""
    text = value.decode("latin1") if isinstance(value, bytes) else value
    return name == "path" and isinstance(text, str) and ("/" in text or ".." in text)


ENTRY_POINTS |= {
    "BinaryClassifier.save": EntryPoint(
        _saved("save"), {"path": "model.skbits"}, lambda s, g: None, refused=_is_elsewhere
    ),
    "BinaryClassifier.export": EntryPoint(
        _saved("export"), {"path": "model", "format": "tf_saved_model", "verbose": False},
        lambda s, g: None, refused=_is_elsewhere,
    ),
    "load": EntryPoint(
        _load, {"path": "model.skbits"}, lambda p, g: is_share(p), refused=_is_elsewhere
    ),
}  # fmt: skip
