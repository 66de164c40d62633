"""Threads: a worker process gives TensorFlow the share of the cores that the worker was given.

Rules
-----
* joblib's loky gives each worker its share in ``OMP_NUM_THREADS``: the cores divided by ``n_jobs``,
  ``inner_max_num_threads``, or what the user has set. TensorFlow does not look at it, and would
  start a thread for each core in each worker.
* TensorFlow reads variables of its own when it first computes, not when it is imported, and only
  where ``tf.config.threading`` was not used. So to set those that are missing overrules nobody.
* A main process is left alone.
* Wide layers, of several hundred units, may sum in another order with another number of threads.
"""

import os
from multiprocessing import parent_process

#: threads of one operation, XLA's included, and of operations that do not depend on each other
_VARIABLES = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def limit_threads_of_worker() -> None:
    """In a worker process, limit TensorFlow's threads to the worker's share.

    Examples
    --------
    >>> before = dict(os.environ)
    >>> limit_threads_of_worker()  # no more than this, in a main process
    >>> parent_process() is not None or dict(os.environ) == before
    True
    """
    share = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()  # "4,2": nested levels
    if parent_process() is not None and share.isdecimal() and int(share):
        for name in _VARIABLES:
            os.environ.setdefault(name, share)
