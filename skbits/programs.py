"""Programs: traced and compiled functions, kept and shared by all models of an architecture.

Rules
-----
* A program is found by what it was made from, so it serves every model that is described alike.
* At most ``MAX_PROGRAMS`` of a kind live; the one not used for longest goes first.
* One thread makes a program; others that want the same one wait for it.
* What cannot become a program is remembered too, with the reason.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

#: of a kind: to train, and to predict; TensorFlow keeps some megabytes for each, and two after it
MAX_PROGRAMS = 8


class NoProgram(Exception):
    """Why something cannot become a program, in words."""


def check_traced(function: Any, known: Sequence[Any] = ()) -> None:
    """Raise NoProgram where a traced function refers to other tensors than those that are known."""
    if {id(item) for item in function.captured_inputs} - {id(item) for item in known}:
        raise NoProgram("the model refers to tensors or variables that are no weights of it")


def check_unassigned(scope: Any, variables: Sequence[Any], values: Sequence[Any]) -> None:
    """Raise NoProgram where a forward pass, in a ``keras.StatelessScope``, assigned a variable.

    Its new value would be lost.
    """
    for variable, value in zip(variables, values, strict=True):
        if scope.get_current_value(variable) is not value:
            raise NoProgram(f"{variable.path} is assigned by the forward pass")


class Programs:
    """The programs of one kind by key.

    Examples
    --------
    >>> programs = Programs(max_size=2)
    >>> [programs.get(key, lambda: "made") for key in "abc"]
    ['made', 'made', 'made']
    >>> len(programs), "a" in programs
    (2, False)
    """

    def __init__(self, max_size: int = MAX_PROGRAMS):
        self.max_size = max_size
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = threading.Lock()
        _ALL.append(self)

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The program of a key, made where there is none.

        Raises
        ------
        NoProgram
            As ``make`` raised it, now or before.
        """
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > self.max_size:
                self._entries.popitem(last=False)
        with entry.lock:
            if entry.program is None:
                try:
                    entry.program = make()
                except NoProgram as reason:
                    entry.program = reason.with_traceback(None)
        if isinstance(entry.program, NoProgram):
            raise NoProgram(*entry.program.args)
        return entry.program

    def clear(self) -> None:
        """Forget all programs; those in use live until they are done."""
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries


class _Entry:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.program: Any = None


_ALL: list[Programs] = []


def clear_programs() -> None:
    """Forget every traced and compiled program; later fits and predictions make them anew.

    Examples
    --------
    >>> import skbits
    >>> skbits.clear_programs()
    """
    for programs in _ALL:
        programs.clear()
