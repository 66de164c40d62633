"""Seeds: the same seed gives the same model, and nobody else's random state changes.

Rules
-----
* Keras' layers and initializers take the seeds that nobody gave them from Python's ``random``, at
  the moment they are made. So building a model, and only that, runs with ``random`` and numpy's
  legacy generator seeded, under a lock, and both are put back afterwards. Other threads draw from
  them meanwhile, as those of a dask worker do; so ``random.randint``, which Keras calls, looks at
  who calls it, and the thread that builds has a stream of its own.
* TensorFlow's seed and its determinism flag are never touched: batches are shuffled by numpy
  generators of our own (``shuffled``), and Keras' dropout carries its seed in its own state.
* A builder or layer that draws from ``tf.random`` itself is outside of this promise: its state
  cannot be read back through public means, so it cannot be restored.
"""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

_BUILDING = threading.RLock()


def draw_seed(random_state: Any) -> int:
    """An int seed from scikit-learn's ``random_state``: None, int or RandomState instance.

    Examples
    --------
    >>> draw_seed(0) == draw_seed(0)
    True
    """
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


@contextmanager
def seeded_building(seed: int) -> Iterator[None]:
    """Within it, what Keras draws while layers are made follows from ``seed``.

    Examples
    --------
    >>> import random
    >>> before = random.getstate()
    >>> with seeded_building(1):
    ...     first = random.random()
    >>> random.getstate() == before
    True
    """
    with _BUILDING:
        python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        own, shared, builder = random.Random(seed), random.randint, threading.get_ident()

        def randint(a: int, b: int) -> int:
            return (own.randint if threading.get_ident() == builder else shared)(a, b)

        random.randint = randint
        try:
            yield
        finally:
            random.randint = shared
            random.setstate(python_state)
            np.random.set_state(numpy_state)  # noqa: NPY002


def shuffled(n: int, seed: int, epoch: int) -> np.ndarray:
    """The order of n rows in an epoch, a function of the seed and the epoch alone.

    Examples
    --------
    >>> sorted(shuffled(4, seed=0, epoch=2).tolist())
    [0, 1, 2, 3]
    """
    return np.random.default_rng([seed, epoch]).permutation(n)
