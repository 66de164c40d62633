"""Quiet: TensorFlow is imported, and used, without the lines that it writes to stderr from C++."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


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
def held_stderr(*, until_error: bool = True) -> Iterator[None]:
    """Hold back what this process writes to stderr; by default, it comes out if the block fails.

    Examples
    --------
    >>> with held_stderr():
    ...     _ = os.write(2, b"Starting new session")
    """
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
        except BaseException:
            if until_error:
                held.seek(0)
                os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
