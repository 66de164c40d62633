"""Start-up: TensorFlow is imported, and first used, without the lines that it writes to stderr.

Rules
-----
* Whoever imports Keras or TensorFlow imports this module before, by way of a package that does.
* Nothing of skbits is imported while stderr is held back: two threads would wait for each other,
  one for stderr, and the other for a module.
* TensorFlow's threads do not survive a fork: what was forked from a process that has used it would
  wait for them for ever, and is an error instead. A numpy network that was fitted before predicts.
* Devices are looked up when they are first needed, not here: until then they can be configured.
"""

import functools
import os

from skbits.quiet import without_startup_lines

with without_startup_lines():
    import keras  # noqa: F401
    import tensorflow as tf


def _look_up_devices() -> None:
    tf.config.list_logical_devices()


def _compile_with_xla() -> None:
    tf.function(lambda x: tf.reduce_sum(tf.exp(x)), autograph=False, jit_compile=True)(
        tf.zeros((32, 16))  # of this size on, XLA compiles it in full
    )


def _run_a_generator() -> None:
    signature = tf.TensorSpec((), tf.float32)
    for _ in tf.data.Dataset.from_generator(lambda: iter([0.0]), output_signature=signature):
        pass


#: what TensorFlow has something to say of when it is done for the first time
_FIRST = {"devices": _look_up_devices, "xla": _compile_with_xla, "generator": _run_a_generator}


def start(what: str) -> None:
    """Do something for the first time in this process, quietly.

    Raises
    ------
    RuntimeError
        In a process that was forked from one that has used TensorFlow.

    Examples
    --------
    >>> start("devices")
    """
    check_not_forked()
    _start_once(what)


@functools.cache
def _start_once(what: str) -> None:
    with without_startup_lines(), tf.init_scope():  # at once, in the trace of a function too
        _FIRST[what]()


#: whether this process was forked from one that had used TensorFlow
_forked = False


def check_not_forked() -> None:
    """Raise RuntimeError in a process that was forked from one that has used TensorFlow."""
    if _forked:
        raise RuntimeError(
            "this process was forked from one that had used TensorFlow, whose threads are not "
            "here, so that computing would never end: expected a process that starts afresh. Use "
            'multiprocessing.get_context("spawn") or "forkserver", or joblib\'s own processes '
            '(backend="loky"); a server of forked workers imports and loads in each of them.'
        )


def _has_started() -> bool:
    """Whether TensorFlow was used: it then refuses other numbers of threads."""
    threads = tf.config.threading.get_inter_op_parallelism_threads()
    try:
        tf.config.threading.set_inter_op_parallelism_threads(threads + 1)
    except RuntimeError:
        return True
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    return False


def _note_fork() -> None:
    global _forked
    _forked = _forked or _has_started()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_note_fork)
