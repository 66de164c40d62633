"""Who is told of a fit: scikit-learn's callbacks, and the readers of ``verbose``."""

import io
import os
import pickle
import pty
import re
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skbits
from skbits import (
    BinaryClassifier,
    IntegerBits,
    RecenteredClassifier,
    ThresholdGridSearchCV,
    TransformedTargetClassifier,
    TunedThresholdsCV,
)
from skbits.thresholds.thresholded import FixedThresholds

try:
    from sklearn import callback as sklearn_callback
except ImportError:
    sklearn_callback = None

needs_callbacks = pytest.mark.skipif(
    sklearn_callback is None, reason="scikit-learn has callbacks since 1.9"
)

ROOT = Path(__file__).parents[1]

rng = np.random.default_rng(0)
X = rng.normal(size=(24, 3))
y = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
SMALL = {"hidden_layer_sizes": (2,), "epochs": 2, "random_state": 0}
CLF = BinaryClassifier(**SMALL)
EPOCHS = ["epoch", "epoch"]


class Recorder:
    """A callback that is handed down, and notes what it hears."""

    max_propagation_depth = None

    def __init__(self, stop_after=None):
        self.begun, self.ended, self.up = [], [], 0
        self.stop_after = stop_after

    def setup(self, estimator, context):
        self.up += 1

    def teardown(self, estimator, context):
        self.up -= 1

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(path_of(context))

    def on_fit_task_end(self, estimator, context):
        self.ended.append(path_of(context))
        return context.task_name == "epoch" and context.task_id == self.stop_after


def path_of(context):
    own = (context.task_name, context.task_id)
    return own if context.parent is None else (*path_of(context.parent), *own)


def names(tasks, depth):
    return [path[2 * depth] for path in tasks if len(path) == 2 * (depth + 1)]


def fitted_with(estimator, *callbacks, target=y):
    return estimator.set_callbacks(*callbacks).fit(X, target)


FOLDS = 2 * ["fit"]
NESTED = {
    "estimator": (CLF, [["fit"], EPOCHS]),
    "pipeline": (make_pipeline(StandardScaler(), CLF), [["fit"], ["fit", "fit"], EPOCHS]),
    "FixedThresholds": (FixedThresholds(CLF), [["fit"], ["fit"], EPOCHS]),
    "TunedThresholdsCV": (TunedThresholdsCV(CLF, cv=2), [["fit"], 3 * ["fit"], 3 * EPOCHS]),
    "one fold": (
        TunedThresholdsCV(CLF, cv=0.5, refit=False),
        [["fit"], ["fit"], EPOCHS],
    ),
    "RecenteredClassifier": (
        RecenteredClassifier(FixedThresholds(CLF)),
        [["fit"], ["fit"], ["fit"], EPOCHS],
    ),
    "TransformedTargetClassifier": (
        TransformedTargetClassifier(skbits.BitVectorClassifier(**SMALL), IntegerBits()),
        [["fit"], ["fit"], EPOCHS],
    ),
    "ThresholdGridSearchCV": (
        ThresholdGridSearchCV(CLF, {"dropout": [0.0, 0.1]}, cv=2),
        [
            ["fit"],
            ["search", "fit"],  # the refit's own task stands in its place
            ["candidate", "candidate", *EPOCHS],
            2 * FOLDS,
            4 * EPOCHS,
        ],
    ),
    "no refit": (
        ThresholdGridSearchCV(CLF, {"dropout": [0.0]}, cv=2, refit=False),
        [["fit"], ["search"], ["candidate"], FOLDS, 2 * EPOCHS],
    ),
    "GridSearchCV": (
        GridSearchCV(CLF, {"dropout": [0.0, 0.1]}, cv=2),
        [["fit"], ["search", "fit"], [*(2 * FOLDS), *EPOCHS], 4 * EPOCHS],
    ),
}


@needs_callbacks
@pytest.mark.parametrize("name", NESTED)
def test_what_a_fit_is_made_of(name):
    estimator, levels = NESTED[name]
    recorder = Recorder()
    target = np.arange(24) % 4 if name.startswith("Transformed") else y
    fitted_with(clone(estimator), recorder, target=target)
    for depth, level in enumerate(levels):
        if name != "pipeline" or depth != 1:  # its first step is of scikit-learn
            assert sorted(names(recorder.begun, depth)) == sorted(level)
    assert max(map(len, recorder.begun)) == 2 * len(levels)
    assert sorted(recorder.begun) == sorted(recorder.ended)
    assert len(set(recorder.begun)) == len(recorder.begun)
    assert recorder.up == 0


@needs_callbacks
@pytest.mark.parametrize("trainer", ["compiled", "keras"])
def test_listening_changes_no_bit(trainer):
    told = fitted_with(clone(CLF).set_params(trainer=trainer), Recorder())
    untold = clone(CLF).set_params(trainer=trainer).fit(X, y)
    assert np.array_equal(told.predict_proba(X), untold.predict_proba(X))
    assert told.history_ == untold.history_


@needs_callbacks
@pytest.mark.parametrize("trainer", ["compiled", "keras"])
def test_scores_of_epochs(trainer):
    monitor = sklearn_callback.ScoringMonitor(scoring="accuracy")
    clf = clone(CLF).set_params(trainer=trainer, optimizer__learning_rate=0.1)
    fitted_with(clf, monitor)
    scores = [entry["accuracy"] for entry in monitor.get_logs().data]
    shorter = clone(clf).set_callbacks().set_params(epochs=1).fit(X, y)
    assert scores == [shorter.score(X, y), clf.score(X, y)]


@needs_callbacks
@pytest.mark.parametrize(
    "wrap", [lambda clf: clf, lambda clf: make_pipeline(StandardScaler(), clf)]
)
def test_scores_of_epochs_within_a_search_are_one_run(wrap):
    monitor = sklearn_callback.ScoringMonitor(scoring="accuracy")
    clf = wrap(clone(CLF).set_callbacks(monitor))
    TunedThresholdsCV(clf, cv=2).fit(X, y)
    assert monitor.get_logs().estimator_name == "TunedThresholdsCV"
    assert len(monitor.get_logs().data) == (2 + 1) * len(EPOCHS)


@needs_callbacks
def test_scores_of_epochs_are_weighted():
    weights = np.arange(24.0)
    monitor = sklearn_callback.ScoringMonitor(scoring="accuracy")
    clf = clone(CLF).set_callbacks(monitor).fit(X, y, sample_weight=weights)
    last = monitor.get_logs().data[-1]["accuracy"]
    assert last == pytest.approx(clf.score(X, y, weights))


@needs_callbacks
@pytest.mark.parametrize("trainer", ["compiled", "keras"])
def test_a_callback_stops_training(trainer):
    clf = fitted_with(clone(CLF).set_params(epochs=5, trainer=trainer), Recorder(stop_after=1))
    assert clf.n_iter_ == 2
    assert np.array_equal(clf.predict_proba(X), clone(CLF).fit(X, y).predict_proba(X))


@needs_callbacks
def test_other_workers_are_heard():
    search = ThresholdGridSearchCV(CLF, {"dropout": [0.0, 0.1]}, cv=2, n_jobs=2)
    alone, recorder = Recorder(), Recorder()
    fitted_with(clone(search).set_params(n_jobs=1), alone)
    with joblib.parallel_config(backend="threading"):
        fitted_with(search, recorder)
    assert sorted(recorder.ended) == sorted(alone.ended)


@needs_callbacks
def test_bars_of_other_processes():
    bars = io.StringIO()
    search = ThresholdGridSearchCV(CLF, {"dropout": [0.0, 0.1]}, cv=2, n_jobs=2)
    with redirect_stdout(bars), redirect_stderr(io.StringIO()):
        fitted_with(search, sklearn_callback.ProgressBar())
    text = bars.getvalue()
    assert text.count("candidate") == 2
    assert text.count("fold") == 4
    assert "\r" not in text
    assert "\x1b" not in text


@needs_callbacks
@pytest.mark.parametrize("warm", [False, True])
def test_after_a_failure_callbacks_are_put_away(warm):
    recorder, clf = Recorder(), clone(CLF)
    if warm:
        clf.set_params(warm_start=True).fit(X, y)
    before = pickle.dumps(clf)
    clf.set_callbacks(recorder)
    with pytest.raises(ValueError, match="y"):
        clf.fit(X, y[:-1])
    assert recorder.up == 0
    assert recorder.ended == []
    assert pickle.dumps(clf.set_callbacks()) == before


@needs_callbacks
def test_what_is_looked_up_is_not_told_epoch_by_epoch(tmp_path):
    clf = clone(CLF).set_params(memory=tmp_path)
    first, again = Recorder(), Recorder()
    fitted_with(clf, first)
    found = fitted_with(clone(clf), again)
    assert names(first.ended, 1) == EPOCHS
    assert names(again.ended, 1) == []
    assert names(again.ended, 0) == ["fit"]
    assert np.array_equal(found.predict_proba(X), clf.predict_proba(X))


@needs_callbacks
def test_a_classifier_with_callbacks_is_saved_without_them(tmp_path):
    clf = fitted_with(clone(CLF), sklearn_callback.ScoringMonitor(scoring="accuracy"))
    clf.save(tmp_path / "clf.skbits")
    loaded = skbits.load(tmp_path / "clf.skbits")
    assert np.array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert np.array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X), clf.predict_proba(X))


@needs_callbacks
def test_a_sub_estimator_that_has_bars_of_its_own():
    bars = sklearn_callback.ProgressBar()
    with pytest.raises(TypeError, match="auto-propagated"):
        TunedThresholdsCV(clone(CLF).set_callbacks(bars), cv=2).set_callbacks(Recorder()).fit(X, y)


@needs_callbacks
def test_classifiers_of_scikit_learn_are_told_of():
    recorder = Recorder()
    fitted_with(TunedThresholdsCV(LogisticRegression(), cv=2), recorder)
    assert names(recorder.ended, 0) == ["fit"]
    assert len(names(recorder.ended, 1)) == 3


@pytest.mark.skipif(sklearn_callback is not None, reason="of scikit-learn before 1.9")
def test_without_callbacks_there_is_no_method_to_set_them():
    assert not hasattr(CLF, "set_callbacks")


FIT = r"BinaryClassifier: 2 epochs  loss [\d.]+  \(TRAINER, [\d.]+ s\)\n"
EPOCH_LINES = r"epoch 1/2  loss [\d.]+  \([\d.]+ s\)\nepoch 2/2  loss [\d.]+  \([\d.]+ s\)\n"
LINES = {0: "", 1: FIT, 2: EPOCH_LINES + FIT}


@pytest.mark.parametrize("trainer", ["compiled", "keras"])
@pytest.mark.parametrize("verbose", LINES)
def test_lines(trainer, verbose, capfd):
    clone(CLF).set_params(trainer=trainer, verbose=verbose).fit(X, y).predict(X)
    captured = capfd.readouterr()
    assert re.fullmatch(LINES[verbose].replace("TRAINER", trainer), captured.out)
    assert captured.err == ""


def test_lines_of_partial_fit_count_all_epochs(capfd):
    clf = clone(CLF).set_params(verbose=2)
    clf.partial_fit(X, y).partial_fit(X, y)
    shown = re.findall(r"epoch (\d)/(\d)|: (\d) epochs?", capfd.readouterr().out)
    assert shown == [("1", "1", ""), ("", "", "1"), ("2", "2", ""), ("", "", "2")]


def test_lines_name_what_is_validated(capfd):
    params = {"verbose": 2, "early_stopping": True, "validation_fraction": 0.5}
    clone(CLF).set_params(metrics=["accuracy"], **params).fit(X, y)
    for line in capfd.readouterr().out.splitlines():
        assert re.search(r"  loss \S+  accuracy \S+  val_\S+ \S+  val_\S+ \S+  \(|accuracy", line)


def test_lines_of_candidates(capfd):
    ThresholdGridSearchCV(CLF, {"dropout": [0.0, 0.1]}, cv=2, verbose=1).fit(X, y)
    lines = capfd.readouterr().out.splitlines()
    assert [line[:5] for line in lines] == ["[1/2]", "[2/2]"]


def test_the_line_of_a_candidate_that_no_cutoff_suits(capfd):
    estimators = [DummyClassifier(strategy="prior"), LogisticRegression()]
    search = ThresholdGridSearchCV(
        FixedThresholds(CLF),
        {"estimator": estimators},
        constraint="precision>=0.8",
        cv=2,
        verbose=1,
    ).fit(X, y)
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("[1/2] no cutoff keeps precision >= 0.8 (at 0.5: ")
    assert "nan" not in lines[0]
    assert f"f1 {search.best_score_:.4f}" in lines[1]


def test_lines_of_epochs_of_candidates(capfd):
    search = ThresholdGridSearchCV(make_pipeline(CLF), [{}], cv=2, verbose=2).fit(X, y)
    fit = (EPOCH_LINES + FIT).replace("TRAINER", r"\w+")
    assert re.fullmatch(rf"({fit}){{2}}\[1/1\] .*\n{fit}", capfd.readouterr().out)
    assert search.best_estimator_[-1].verbose == 0


INTERRUPTED = """
import sys
import numpy as np
from sklearn.callback import ProgressBar
from skbits import BinaryClassifier, ThresholdGridSearchCV
X = np.random.default_rng(0).normal(size=(5000, 8))
clf = BinaryClassifier(hidden_layer_sizes=(64,), epochs=10**6, random_state=0)
search = ThresholdGridSearchCV(clf, {"dropout": [0.0]}, cv=2).set_callbacks(ProgressBar())
try:
    search.fit(X, X[:, 0] > 0)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@needs_callbacks
def test_ctrl_c_leaves_the_terminal_as_it_was():
    screen, terminal = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=terminal,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        os.close(terminal)
        written = b""
        while b"fold" not in written:
            written += os.read(screen, 4096)
        process.send_signal(signal.SIGINT)
        while b"interrupted\r\n" not in written:
            written += os.read(screen, 4096)
        assert (process.wait(), process.stderr.read()) == (0, b"")
    os.close(screen)
    shows, hides = b"\x1b[?25h", b"\x1b[?25l"  # the cursor
    assert hides in written
    assert written.rindex(shows) > written.rindex(hides)
    plain = re.sub(rb"\x1b\[[?\d;]*[A-Za-z]", b"", written)
    assert plain.endswith(b"\ninterrupted\r\n")  # on a line of its own
