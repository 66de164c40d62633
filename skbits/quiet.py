"""Quiet: TensorFlow is imported, and used, without the lines that it writes to stderr from C++."""

import logging
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

#: lines, the last of several among them, that TensorFlow writes when it starts; fatal ones are none
_STARTUP = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog"
    rb"|[IWE]\d{4} \d\d:\d\d:\d+\.\d+ .*\.(cc|h):\d+\] "
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] .*\.(cc|h):\d+\] "
    rb"|To enable the following instructions: .* rebuild TensorFlow"
    rb"|Skipping registering GPU devices"
)

#: stderr is one for all threads: who holds it back gives it back before another does
_HOLDING = threading.RLock()


@contextmanager
def quiet_start() -> Iterator[None]:
    """Keep TensorFlow's start-up messages away, unless the user has set a log level below 3.

    TensorFlow reads its log level when it is imported. It writes some messages whatever the level,
    from C++: these are held back, and come out if the import fails.

    Examples
    --------
    >>> with quiet_start():
    ...     from skbits import BinaryClassifier
    """
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") != "3":
        yield
        return
    with held_stderr():
        yield


@contextmanager
def without_retracing_warnings() -> Iterator[None]:
    """Drop TensorFlow's advice not to trace functions again and again.

    ``keras.Model.fit`` traces a function for each model, and before 2.20 or so TensorFlow warns of
    it from the fifth on. Python's logger of TensorFlow is left as it was.

    Examples
    --------
    >>> with without_retracing_warnings():
    ...     logging.getLogger("tensorflow").warning("5 calls triggered tf.function retracing")
    """
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_no_retracing)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_retracing)


def _is_no_retracing(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in record.getMessage()


@contextmanager
def without_startup_lines() -> Iterator[None]:
    """Drop the lines by which TensorFlow says that it starts; other lines come at the end.

    For as long as it is imported, or does something for the first time. All comes out where that
    fails, or where the user has set a log level below 3, which is left as it is.

    Examples
    --------
    >>> with without_startup_lines():
    ...     import tensorflow
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3") != "3":
        yield
        return
    with held_stderr(drop=_STARTUP):
        yield


@contextmanager
def held_stderr(*, until_error: bool = True, drop: re.Pattern | None = None) -> Iterator[None]:
    """Hold back what this process writes to stderr; by default, it comes out if the block fails.

    With ``drop``, lines that do not begin so come out at the end in any case.

    Examples
    --------
    >>> with held_stderr():
    ...     _ = os.write(2, b"Starting new session")
    """
    with _HOLDING:
        try:
            sys.stderr.flush()
            stderr = os.dup(2)
        except (AttributeError, OSError):  # there is none
            yield
            return
        with tempfile.TemporaryFile() as held:
            os.dup2(held.fileno(), 2)
            try:
                yield
            except Exception:
                if until_error:
                    os.write(stderr, _written(held))
                raise
            except BaseException:  # Ctrl-C: nothing has failed
                os.write(stderr, _kept(held, drop))
                raise
            else:
                os.write(stderr, _kept(held, drop))
            finally:
                os.dup2(stderr, 2)
                os.close(stderr)


def _kept(held: IO[bytes], drop: re.Pattern | None) -> bytes:
    """The lines to let out where nothing has failed."""
    if drop is None:
        return b""
    return b"".join(line for line in _written(held).splitlines(True) if not drop.match(line))


def _written(held: IO[bytes]) -> bytes:
    sys.stderr.flush()
    held.seek(0)
    return held.read()
