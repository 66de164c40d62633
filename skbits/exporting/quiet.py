"""Quiet: what TensorFlow and tf2onnx log, print and warn of while they write is held back.

For that time, stderr of the whole process is held back: TensorFlow logs from C++ too.
"""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

import tensorflow as tf

from skbits.quiet import held_stderr


@contextmanager
def quiet(verbose: bool) -> Iterator[None]:
    """Hold back what is written within, unless ``verbose``.

    Examples
    --------
    >>> with quiet(False):
    ...     print("Saved artifact at ...")
    >>> with quiet(True):
    ...     print("Saved artifact at ...")
    Saved artifact at ...
    """
    if verbose:
        yield
        return
    loggers = [tf.get_logger(), logging.getLogger("tf2onnx"), logging.getLogger("absl")]
    levels = [logger.level for logger in loggers]
    with (
        held_stderr(until_error=False),  # an error says in words what the lines would
        redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
