"""What TensorFlow says when it starts does not reach the user; what others say does."""

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from skbits import quiet

ROOT = Path(__file__).parents[1]
FIT = """
import numpy as np
X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
BinaryClassifier(hidden_layer_sizes=(2,), epochs={epochs}, trainer={trainer!r}).fit(X, y).predict(X)
"""


def stderr_of(code, **environment):
    inherited = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        check=True,
    )
    assert done.stdout == ""
    return done.stderr


def test_fits_write_nothing():
    """By each trainer, by XLA, and in the imports of every room that needs Keras."""
    fits = [FIT.format(trainer=name, epochs=n) for name, n in (("compiled", 400), ("keras", 2))]
    fits += 6 * fits[1:]  # of which TensorFlow before 2.20 or so says that it traces too often
    imports = (
        "import os; from skbits import backbones, load, BinaryClassifier; import skbits.training"
    )
    level = "assert 'TF_CPP_MIN_LOG_LEVEL' not in os.environ"
    assert stderr_of("\n".join([imports, *fits, level])) == ""


def test_only_the_advice_on_retracing_is_dropped(caplog):
    logger = logging.getLogger("tensorflow")
    before = list(logger.filters)
    logger.addHandler(caplog.handler)
    with quiet.without_retracing_warnings():
        logger.warning("5 out of the last 13 calls to f triggered tf.function retracing.")
        logger.warning("something else")
    logger.removeHandler(caplog.handler)
    assert {record.getMessage() for record in caplog.records} == {"something else"}
    assert logger.filters == before


def test_a_log_level_of_the_users_is_left_alone():
    code = (
        "import os; from skbits.startup import start; start('devices'); "
        "assert os.environ['TF_CPP_MIN_LOG_LEVEL'] == '0'"
    )
    assert ".cc:" in stderr_of(code, TF_CPP_MIN_LOG_LEVEL="0")


STARTUP = (
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    "I0000 00:00:1795433352.543844   13343 port.cc:153] oneDNN custom operations are on.\n"
    "E0000 00:00:1795433356.479320   13343 cuda_platform.cc:52] failed call to cuInit\n"
    "2026-11-23 11:38:13.490917: I tensorflow/core/util/port.cc:153] oneDNN\n"
    "To enable the following instructions: AVX2, in other operations, rebuild TensorFlow with\n"
)
OTHERS = "F0000 00:00:1795433352.543844   13343 port.cc:1] fatal\nof another thread\nI am cut"


def test_other_lines_come_out(capfd, monkeypatch):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    with quiet.without_startup_lines():
        os.write(2, (STARTUP + OTHERS).encode())
        assert capfd.readouterr().err == ""
    assert capfd.readouterr().err == OTHERS


def test_all_comes_out_where_the_start_fails(capfd, monkeypatch):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)

    @quiet.without_startup_lines()
    def fail():
        os.write(2, STARTUP.encode())
        raise ImportError("no TensorFlow")

    with pytest.raises(ImportError):
        fail()
    assert capfd.readouterr().err == STARTUP


@pytest.mark.parametrize(("hold", "left"), [("without_startup_lines", OTHERS), ("quiet_start", "")])
def test_ctrl_c_brings_no_startup_lines(capfd, monkeypatch, hold, left):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)

    def interrupted():
        with getattr(quiet, hold)():
            os.write(2, (STARTUP + OTHERS).encode())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert capfd.readouterr().err == left


def test_threads_give_stderr_back(capfd):
    def hold():
        for _ in range(50):
            with quiet.held_stderr():
                os.write(2, b"held")

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"at last")
    assert capfd.readouterr().err == "at last"
