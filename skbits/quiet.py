"""Quiet: TensorFlow is imported without the lines that it writes when it starts."""

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
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
