"""Start-up: TensorFlow is imported, and first used, without the lines that it writes to stderr.

Rules
-----
* Whoever imports Keras or TensorFlow imports this module before, by way of a package that does.
* Nothing of skbits is imported while stderr is held back: two threads would wait for each other,
  one for stderr, and the other for a module.
* Devices are looked up when they are first needed, not here: until then they can be configured.
"""

import functools

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


@functools.cache
def start(what: str) -> None:
    """Do something for the first time in this process, quietly.

    Examples
    --------
    >>> start("devices")
    """
    with without_startup_lines(), tf.init_scope():  # at once, in the trace of a function too
        _FIRST[what]()
