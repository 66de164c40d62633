"""Faults: killed processes, damaged caches, Ctrl-C, full disks, and training that diverges."""

import importlib
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import warnings
from errno import EROFS
from pathlib import Path

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV
from small_fits import FAST, LABELS, X, fit

from skbits import BinaryClassifier, ThresholdGridSearchCV


def run_alone(script, *arguments, **environment):
    """A script in a process of its own, which finds this folder's modules."""
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def run_well(script, *arguments):
    done = run_alone(script, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


# --- a search that is killed, and started again

#: searches with fits that are noted; what kills the process is no part of them
KILLED = """
import os, pickle, signal, sys
from pathlib import Path

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

replace = os.replace

def replace_or_kill(source, target):  # of a file that is written, but not in its place
    if os.path.basename(target) == "output.pkl" and here("storing"):
        kill()
    replace(source, target)

def here(place):
    return os.environ.get("KILL") == place and len(notes.read_text()) == 3

os.replace = os.rename = replace_or_kill  # before joblib takes them

import keras
from small_fits import FAST, LABELS, X
from sklearn.model_selection import GridSearchCV
from skbits import BinaryClassifier, ThresholdGridSearchCV

class Notes(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if here("training"):
            kill()

    def on_train_end(self, logs=None):
        with notes.open("a") as file:
            file.write(".")

def search(name, memory):
    grid = {"hidden_layer_sizes": [(2,), (3,), (4,)]}
    if name == "GridSearchCV":
        grid["threshold"] = [0.3, 0.6]
    clf = BinaryClassifier(**FAST, callbacks=Notes, memory=memory)
    return globals()[name](clf, grid, cv=2).fit(X, LABELS)

def result(search):
    scores = {k: v for k, v in search.cv_results_.items() if "_time" not in k}
    return pickle.dumps((scores, search.best_params_, search.predict_proba(X).tobytes()))

if __name__ == "__main__":
    name, folder, notes = sys.argv[1], sys.argv[2], Path(sys.argv[2], "notes")
    notes.touch()
    BinaryClassifier(**FAST, memory=folder + "/other").fit(X, LABELS)  # into another cache
    memory = None if "ALONE" in os.environ else folder + "/cache"
    Path(folder, "result").write_bytes(result(search(name, memory)))
"""

N_FITS = 3 * 2 + 1  # candidates x folds, and the refit


@pytest.mark.parametrize(
    ("name", "place", "n_finished", "n_fits"),
    [
        ("GridSearchCV", "training", 3, N_FITS),
        ("ThresholdGridSearchCV", "storing", 3, N_FITS + 1),  # what was not stored is trained anew
    ],
)
def test_a_killed_search_that_is_started_again_repeats_no_finished_fit(
    tmp_path, name, place, n_finished, n_fits
):
    done = run_alone(KILLED, name, tmp_path, KILL=place)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len((tmp_path / "notes").read_text()) == n_finished
    run_well(KILLED, name, tmp_path)
    assert len((tmp_path / "notes").read_text()) == n_fits
    resumed = (tmp_path / "result").read_bytes()
    done = run_alone(KILLED, name, tmp_path, ALONE="")
    assert done.returncode == 0, done.stderr
    check_equal(pickle.loads(resumed), pickle.loads((tmp_path / "result").read_bytes()))


def check_equal(found, expected):
    scores, rest = found[0], found[1:]
    assert rest == expected[1:]
    assert scores.keys() == expected[0].keys()
    for key, values in expected[0].items():
        np.testing.assert_array_equal(scores[key], values, err_msg=key)


# --- a cache that is damaged


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def change_a_byte(path):
    (state, _), data = pickle.loads(joblib.load(path)[1]), bytearray(path.read_bytes())
    data[data.index(max(state, key=np.size).tobytes())] ^= 1  # of a weight: no error for pickle
    path.write_bytes(data)


DAMAGE = {
    "cut": cut,
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(b"garbage" * 100),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "a byte": change_a_byte,
    "another": lambda path: joblib.dump({"a": 3}, path),
    "missing": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "no metadata": lambda path: path.with_name("metadata.json").unlink(),
    "cut metadata": lambda path: cut(path.with_name("metadata.json")),
    "cut code": lambda path: cut(path.parents[1] / "func_code.py"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_of_the_cache_is_trained_anew(damage, real_trainings, tmp_path):
    expected = fit(memory=str(tmp_path)).predict_proba(X)
    (stored,) = tmp_path.rglob("output.pkl")
    DAMAGE[damage](stored)
    n_fits = 1 if "metadata" in damage else 2  # which is read by nobody
    for _ in range(2):  # the second time, it is found
        assert np.array_equal(fit(memory=str(tmp_path)).predict_proba(X), expected)
        assert len(real_trainings) == n_fits


# --- a cache that cannot be used, or written to


def test_a_missing_folder_is_made(real_trainings, tmp_path):
    for _ in range(2):
        fit(memory=tmp_path / "a" / "b")
    assert len(real_trainings) == 1


@pytest.mark.parametrize("package", ["skbits", "keras", "tensorflow"])
def test_another_version_trains_anew(package, real_trainings, tmp_path, monkeypatch):
    fit(memory=tmp_path)
    monkeypatch.setattr(importlib.import_module(package), "__version__", "99.0")
    fit(memory=tmp_path)
    assert len(real_trainings) == 2


@pytest.mark.parametrize("below", ["", "below"])
def test_memory_that_is_a_file_is_an_error_before_training(below, real_trainings, tmp_path):
    file = tmp_path / "file"
    file.write_text("whole")
    memory = str(file / below) if below else str(file)
    with pytest.raises(OSError, match=f"memory='{memory}' cannot be used: .*Expected a folder"):
        fit(memory=memory)
    assert not real_trainings
    assert file.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [file]


def test_memory_on_a_disk_that_is_read_only_is_an_error(real_trainings, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(EROFS, "Read-only file system")

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(OSError, match="memory='.*' cannot be used: Read-only file system"):
        fit(memory=str(tmp_path))
    assert not real_trainings


@pytest.mark.parametrize("search", [GridSearchCV, ThresholdGridSearchCV])
def test_a_search_says_that_memory_cannot_be_used(search, tmp_path):
    (tmp_path / "file").touch()
    clf = BinaryClassifier(**FAST, memory=str(tmp_path / "file"))
    with pytest.raises(ValueError, match="memory='.*file' cannot be used"):
        search(clf, {"epochs": [1, 2]}, cv=2).fit(X, LABELS)


FULL = """
import os, resource, sys, warnings
import numpy as np
from small_fits import X, fit

memory, limit = sys.argv[1] + "/cache", int(sys.argv[2])
stored = fit(memory=memory)
expected = fit(epochs=2)
before = sorted(os.walk(memory))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))  # no file can be longer
assert np.array_equal(fit(memory=memory).predict_proba(X), stored.predict_proba(X))
for _ in range(2):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf = fit(memory=memory, epochs=2)
    ours = [str(item.message) for item in caught if "memory=" in str(item.message)]
    assert len(ours) == 1 and f"memory={memory!r}: a fit could not be stored there" in ours[0]
    assert np.array_equal(clf.predict_proba(X), expected.predict_proba(X))
assert sorted(os.walk(memory)) == before
try:
    fit(memory=memory + "2")
except OSError as error:
    assert f"memory={memory + '2'!r} cannot be used: File too large" in str(error), error
else:
    raise AssertionError
"""


@pytest.mark.parametrize("limit", [0, 100])
def test_a_full_disk_is_a_warning_and_leaves_nothing_behind(limit, tmp_path):
    run_well(FULL, tmp_path, limit)


def test_a_fit_that_cannot_be_stored_is_one_warning(real_trainings, tmp_path, monkeypatch):
    class Lost(joblib.Memory):  # as if another process cleared the folder all the time
        def cache(self, *args, **kwargs):
            found = super().cache(*args, **kwargs)
            look_up = found.call_and_shelve

            def look_up_and_lose(*args):
                entry = look_up(*args)
                entry.clear()
                return entry

            found.call_and_shelve = look_up_and_lose
            return found

    with pytest.warns(UserWarning, match="memory=.*: a fit could not be stored there") as caught:
        clf = fit(memory=Lost(tmp_path, verbose=0))
    assert len(caught) == len(real_trainings) == 1
    assert np.array_equal(clf.predict_proba(X), fit().predict_proba(X))


def test_errors_of_training_are_not_those_of_the_cache(tmp_path):
    import keras

    logger = keras.callbacks.CSVLogger(str(tmp_path / "no" / "log.csv"))
    with pytest.raises(FileNotFoundError) as caught:
        fit(memory=str(tmp_path), callbacks=logger)
    assert "memory=" not in str(caught.value)


# --- an export that cannot be written (tests/test_files.py: the same of save)


@pytest.mark.parametrize(
    ("format", "function"), [("tf_saved_model", "mkdir"), ("onnx", "fsync"), ("onnx", "replace")]
)
def test_an_export_to_a_disk_that_is_read_only_is_an_error(
    format, function, fitted_binary, tmp_path, monkeypatch
):
    def refuse(*args, **kwargs):
        raise OSError(EROFS, "Read-only file system")

    path = tmp_path / "model"
    path.touch()
    monkeypatch.setattr(os, function, refuse)
    message = f"path='{path}' cannot be written: Read-only file system. Nothing was left behind"
    with pytest.raises(OSError, match=message):
        fitted_binary.export(path, format=format)
    assert list(tmp_path.iterdir()) == [path]


FULL_EXPORT = """
import os, resource, sys
from pathlib import Path
from small_fits import fit

folder = Path(sys.argv[1])
clf = fit()
for format in ("tf_saved_model", "onnx"):
    clf.export(folder / format, format=format)
files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))  # no file can be longer
clf.set_params(threshold=0.9)
for format in ("tf_saved_model", "onnx"):
    try:
        clf.export(folder / format, format=format)
    except OSError as error:
        words = f"path='{folder / format}' cannot be written: "
        assert words in str(error) and "File too large" in str(error), error
    else:
        raise AssertionError(format)
assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files
"""


def test_an_export_to_a_full_disk_is_an_error_and_leaves_what_was_there(tmp_path):
    run_well(FULL_EXPORT, tmp_path)


# --- Ctrl-C

INTERRUPTED = """
import os, signal, sys, threading, time
import keras
import numpy as np
from small_fits import FAST, LABELS, X
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from skbits import BinaryClassifier, ThresholdGridSearchCV, TunedThresholdsCV

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored below a shell's background job
begun, ended = threading.Event(), threading.Event()

class Begun(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        begun.set()

def interrupt_soon(delay):
    def interrupt():
        begun.wait()
        time.sleep(delay)
        os.kill(os.getpid(), signal.SIGINT)
        while not ended.wait(20):  # Python drops one that comes in a weak reference's callback
            os.kill(os.getpid(), signal.SIGINT)
    begun.clear()
    ended.clear()
    threading.Thread(target=interrupt, daemon=True).start()

def build(inputs):
    return keras.layers.Dropout(0.1)(keras.layers.Dense(4)(inputs))

clf = BinaryClassifier(**FAST, callbacks=Begun, trainer=sys.argv[2])
estimators = {
    "numpy": (clf, ""),
    "graph": (clone(clf).set_params(model=build, hidden_layer_sizes=None), ""),
    "warm": (clone(clf).set_params(warm_start=True), ""),
    "GridSearchCV": (GridSearchCV(clf, {"threshold": [0.5]}, cv=2), "estimator__"),
    "ThresholdGridSearchCV": (
        ThresholdGridSearchCV(clf, {"batch_size": [16]}, cv=2), "estimator__"
    ),
    "TunedThresholdsCV": (TunedThresholdsCV(clf, cv=2), "estimator__"),
}
for name in sys.argv[1].split():
    estimator, prefix = estimators[name]
    expected = clone(estimator).fit(X, LABELS)
    if name == "warm":
        expected.fit(X, LABELS)
    before = estimator.fit(X, LABELS).predict_proba(X)
    for delay in (0.0, 0.1):
        interrupt_soon(delay)
        try:
            estimator.set_params(**{prefix + "epochs": 10**6}).fit(X, LABELS)
        except KeyboardInterrupt:
            ended.set()
            estimator.set_params(**{prefix + "epochs": FAST["epochs"]})
        else:
            raise AssertionError(name)
        assert np.array_equal(estimator.predict_proba(X), before), name
    again = estimator.fit(X, LABELS).predict_proba(X)
    assert np.array_equal(again, expected.predict_proba(X)), name
    print(name)
"""


@pytest.mark.parametrize(
    ("trainer", "names"),
    [
        ("compiled", "numpy graph warm GridSearchCV ThresholdGridSearchCV TunedThresholdsCV"),
        ("keras", "graph warm GridSearchCV"),
    ],
)
def test_a_real_interrupt_leaves_the_estimator_as_it_was(trainer, names):
    assert run_well(INTERRUPTED, names, trainer).split() == names.split()


# --- training that diverges

DIVERGING = {"optimizer__learning_rate": [0.05, 1e38], "hidden_layer_sizes": [(3,), (4,)]}
SEARCHES = {"GridSearchCV": GridSearchCV, "ThresholdGridSearchCV": ThresholdGridSearchCV}


def diverging(search, folder, **params):
    clf = BinaryClassifier(
        **{**FAST, "head": "linear", "optimizer": "sgd", "memory": folder},
    )
    return SEARCHES[search](clf, DIVERGING, cv=2, **params)


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_training_that_diverges_is_error_score_and_never_cached(
    search, n_jobs, real_trainings, tmp_path
):
    estimator = diverging(search, str(tmp_path), error_score=-7.0)
    results = []
    for n_fits in (4 * 2 + 1, 2 * 2):  # the second time, what did not diverge is found
        real_trainings.clear()
        with joblib.parallel_backend("threading", n_jobs=n_jobs), warnings.catch_warnings():
            warnings.simplefilter("ignore", FitFailedWarning)
            results.append(clone(estimator).fit(X, LABELS))
        assert len(real_trainings) == n_fits
    for found in results:
        scores = [found.cv_results_[f"split{k}_test_score"] for k in range(2)]
        rates = found.cv_results_["param_optimizer__learning_rate"].data
        assert np.array_equal(np.equal(scores, -7.0), [rates == 1e38] * 2)
        assert found.best_params_["optimizer__learning_rate"] == 0.05
        assert np.isfinite(found.predict_proba(X)).all()


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
@pytest.mark.parametrize("search", SEARCHES)
def test_training_that_diverges_is_told(search):
    with pytest.warns(FitFailedWarning, match=r"(?s)4 fits failed.*FloatingPointError: the loss"):
        diverging(search, None).fit(X, LABELS)
    with pytest.raises(FloatingPointError, match="training diverged and there is no model"):
        diverging(search, None, error_score="raise").fit(X, LABELS)


# --- Ctrl-C while an optimizer makes its variables, which it does when somebody looks at the model

AFTERWARDS = {
    "pickle": lambda clf, folder: pickle.dumps(clf),
    "model_": lambda clf, folder: clf.model_,
    "save": lambda clf, folder: clf.save(folder / "it.skbits"),
    "partial_fit": lambda clf, folder: clf.partial_fit(X, LABELS),
    "clone": lambda clf, folder: clone(clf).fit(X, LABELS),
}


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "nadam", "adamax", "adagrad"])
@pytest.mark.parametrize("way", ["pickle", "model_", "save", "partial_fit"])
def test_an_interrupted_first_look_at_the_model_is_done_again(
    tmp_path, monkeypatch, optimizer, way
):
    clf, straight = (fit(optimizer=optimizer) for _ in range(2))
    left = iter([None, None])

    def interrupted(self, *args, **kwargs):
        if next(left, self) is self:
            raise KeyboardInterrupt
        return make(self, *args, **kwargs)

    make = keras.optimizers.Optimizer.add_variable_from_reference
    monkeypatch.setattr(keras.optimizers.Optimizer, "add_variable_from_reference", interrupted)
    with pytest.raises(KeyboardInterrupt):
        AFTERWARDS[way](clf, tmp_path)
    monkeypatch.undo()
    for name, look in AFTERWARDS.items():
        look(clf, tmp_path), look(straight, tmp_path)
        assert np.array_equal(clf.predict_proba(X), straight.predict_proba(X)), name
    slots = [[v.numpy() for v in each.model_.optimizer.variables] for each in (clf, straight)]
    assert all(np.array_equal(*pair) for pair in zip(*slots, strict=True))
