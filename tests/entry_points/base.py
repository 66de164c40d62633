"""What an entry point is; the right arguments that all share."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hostile import Given, hostile
from hypothesis import strategies as st

import skbits
from skbits.values import is_size

rng = np.random.default_rng(0)
X = rng.integers(-8, 9, size=(12, 3)) / 4  # exact in float16
RIGHT = X
LABELS = np.array(["no", "yes"])[np.arange(12) % 2]
BITS = rng.permuted(np.repeat([[0, 1, 1], [1, 0, 0]], 6, axis=0), axis=0)
CLASSES = np.arange(12) % 3
NUMBERS = np.arange(12) % 8
WEIGHTS = np.arange(1, 13) / 4
P = rng.permutation(np.arange(1, 13)) / 16
P_BITS = rng.integers(0, 17, size=(12, 3)) / 16
P_CLASSES = np.array([[2, 1, 1], [0, 4, 0], [1, 1, 2], [1, 3, 0]] * 3) / 4
for array in (X, LABELS, BITS, CLASSES, NUMBERS, WEIGHTS, P, P_BITS, P_CLASSES):
    array.flags.writeable = False  # whoever changes what is given raises

TINY = {"hidden_layer_sizes": (2,), "epochs": 1, "batch_size": 12, "random_state": 0}
TARGETS = {"BinaryClassifier": LABELS, "BitVectorClassifier": BITS, "OneHotClassifier": CLASSES}


@dataclass(frozen=True)
class EntryPoint:
    """Something public to be called.

    Parameters
    ----------
    call : callable
        Of the arguments, by name.
    right : dict
        Right arguments; each in its turn is replaced by a hostile value.
    check : callable
        ``check(result, arguments)`` raises AssertionError where a result cannot be right.
    said : dict
        Argument -> what else its name may be in a message.
    refused : callable
        ``refused(name, value)``: values that are right, and take too long.
    """

    call: Callable[..., Any]
    right: Mapping[str, Any]
    check: Callable[[Any, Mapping[str, Any]], None]
    said: Mapping[str, str] = field(default_factory=dict)
    refused: Callable[[str, Any], bool] = lambda name, value: False
    trains: bool = False
    fixed: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    drawn: Mapping[str, st.SearchStrategy] = field(default_factory=dict)

    def draws(self, name: str) -> st.SearchStrategy[Given]:
        """Hostile values for an argument."""
        return self.drawn[name].map(Given) if name in self.drawn else hostile(self.right[name])

    @property
    def arguments(self) -> list[str]:
        """The arguments that are replaced."""
        return [name for name in self.right if name not in self.fixed]


def is_share(p: Any) -> None:
    """Probabilities."""
    assert np.all((np.asarray(p) >= 0) & (np.asarray(p) <= 1)), p


def n_rows(X: Any) -> int:
    return X.shape[0] if hasattr(X, "shape") else len(X)


def are_finite(values: Any, given: Mapping[str, Any]) -> None:
    assert len(values) == n_rows(given["X"])
    assert np.isfinite(values).all()


def is_large(value: Any) -> bool:
    """Whether a value is, or holds, a size that is allowed and takes long."""
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    values = value if isinstance(value, (list, tuple)) else [value]
    return any(is_size(size) and size > 100 for size in values)


@functools.cache
def fitted(name: str) -> Any:
    """An estimator that was fitted once."""
    return getattr(skbits, name)(**TINY).fit(X, TARGETS[name])


def is_elsewhere(name: str, value: Any) -> bool:
    """A path out of the folder of the test."""
    text = value.decode("latin1") if isinstance(value, bytes) else value
    return name in ("path", "memory") and isinstance(text, str) and ("/" in text or ".." in text)
