"""Clusters: a search on many machines survives the loss of some.

joblib puts X, y and the rows of each fold on one worker of a dask cluster, from which the others
fetch them. With that worker, the whole search is lost: nobody else has its data, and copies that a
search asks for are soon thrown away as superfluous. Here data is the result of a task that the
scheduler holds, and can run again.
"""

from typing import Any
from uuid import uuid4

import dask
import distributed


class Client(distributed.Client):
    """``distributed.Client``, of which ``scatter`` gives data that no lost worker takes along.

    Made before ``joblib.parallel_config(backend="dask")``, it serves all searches within: fits of a
    worker that dies are done again by others. The scheduler keeps one copy of the data.

    Parameters
    ----------
    *args, **options
        Of ``distributed.Client``; first, the address of the scheduler, or a cluster.

    Examples
    --------
    >>> import joblib
    >>> from skbits.distributed import Client
    >>> with Client("tcp://192.168.0.7:8786"):  # doctest: +SKIP
    ...     with joblib.parallel_config(backend="dask"):
    ...         search.fit(X, y)
    """

    def scatter(self, data: Any, *args: Any, **options: Any) -> Any:
        """The futures of data, as ``distributed.Client`` gives them.

        Parameters
        ----------
        data : list, dict or object
        *args, **options
            Of ``distributed.Client.scatter``. With any other than those of joblib, which are
            ``asynchronous``, ``broadcast`` and ``hash``, this is ``distributed.Client.scatter``.

        Returns
        -------
        list, dict or Future
        """
        if args or options.keys() - {"asynchronous", "broadcast", "hash"}:
            return super().scatter(data, *args, **options)
        if isinstance(data, dict):
            kept = {name: self._keep(item) for name, item in data.items()}
        else:
            kept = [self._keep(item) for item in data] if _is_list(data) else self._keep(data)
        return _awaitable(kept) if options.get("asynchronous") else kept

    def _keep(self, item: Any) -> distributed.Future:
        key = f"{type(item).__name__}-{uuid4().hex}"
        # dask warns of large tasks, and says to scatter them
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": 2**60}):
            return self.submit(_itself, item, key=key)


def _is_list(data: Any) -> bool:
    return isinstance(data, (list, tuple, set, frozenset))


def _itself(item: Any) -> Any:
    return item


async def _awaitable(value: Any) -> Any:
    return value
