"""Threads: workers and the main process compute the same bits, and do not crowd the cores.

Rules
-----
* The threads of one operation stay as many as TensorFlow takes in a main process, one for each
  core: convolutions and wide layers sum in another order with another number. A worker would be
  somewhat faster with fewer, and its results would be those of a worker.
* Operations that do not depend on each other change no bit: a worker runs its share at once.
* joblib's loky gives each worker its share in ``OMP_NUM_THREADS``: the cores divided by ``n_jobs``,
  ``inner_max_num_threads``, or what the user has set. TensorFlow does not look at it.
* TensorFlow reads variables of its own when it first computes, not when it is imported, and only
  where ``tf.config.threading`` was not used. So to set one that is missing overrules nobody.
* A main process is left alone.
* ``TF_NUM_INTRAOP_THREADS``, set to one number everywhere, gives machines with different numbers of
  cores the same bits; 1 suits many workers best.
"""

import os
from multiprocessing import parent_process


def limit_threads_of_worker() -> None:
    """In a worker process, limit the operations that TensorFlow runs at once to its share.

    Examples
    --------
    >>> before = dict(os.environ)
    >>> limit_threads_of_worker()  # no more than this, in a main process
    >>> parent_process() is not None or dict(os.environ) == before
    True
    """
    share = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()  # "4,2": nested levels
    if parent_process() is not None and share.isdecimal() and int(share):
        os.environ.setdefault("TF_NUM_INTEROP_THREADS", share)
