"""The memory of this process that is in RAM, arrays and what TensorFlow allocates alike."""

import gc
import threading
from types import TracebackType

_STATUS = "/proc/self/status"
#: between two looks at what is in use
_SECONDS_BETWEEN = 0.002


def megabytes() -> float:
    """What is resident now; garbage is not collected first."""
    try:
        with open(_STATUS) as status:
            return (
                next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
                * 1024
                / 1e6
            )
    except FileNotFoundError:  # not Linux
        import psutil

        return psutil.Process().memory_info().rss / 1e6


def settled_megabytes() -> float:
    """What is resident after garbage was collected."""
    gc.collect()
    return megabytes()


class Peak:
    """Within the context, a thread samples resident memory.

    ``added`` is the largest number of megabytes seen above what was resident at the start. Memory
    that was in use before and is used again is not seen, so the first call of its size is the one
    to watch.
    """

    added = 0.0

    def __enter__(self) -> "Peak":
        self._start = settled_megabytes()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._ended.wait(_SECONDS_BETWEEN):
            self._look()

    def _look(self) -> None:
        self.added = max(self.added, megabytes() - self._start)
