"""skbits: Keras models as scikit-learn classifiers, with the decision threshold as a parameter.

Nothing here imports Keras or TensorFlow: every public name is imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what editors and type checkers read; a test compares it with the table below
    from skbits import backbones as backbones
    from skbits import codecs as codecs
    from skbits import plots as plots
    from skbits import tuning as tuning
    from skbits.codecs import CharCodes as CharCodes
    from skbits.codecs import IntegerBits as IntegerBits
    from skbits.codecs import TextBits as TextBits
    from skbits.codecs import TextOneHot as TextOneHot
    from skbits.codecs import TransformedTargetClassifier as TransformedTargetClassifier
    from skbits.estimators import BinaryClassifier as BinaryClassifier
    from skbits.estimators import BitVectorClassifier as BitVectorClassifier
    from skbits.estimators import OneHotClassifier as OneHotClassifier
    from skbits.exceptions import HeadMismatchError as HeadMismatchError
    from skbits.files import load as load
    from skbits.programs import clear_programs as clear_programs
    from skbits.thresholds.best import best_thresholds as best_thresholds
    from skbits.thresholds.costs import cost_threshold as cost_threshold
    from skbits.thresholds.recentered import RecenteredClassifier as RecenteredClassifier
    from skbits.thresholds.recentering import recenter as recenter
    from skbits.thresholds.search import ThresholdGridSearchCV as ThresholdGridSearchCV
    from skbits.thresholds.tuned import TunedThresholdsCV as TunedThresholdsCV

__version__ = "0.1.0"

# public name -> the module that holds it; None marks a public submodule
_PUBLIC: dict[str, str | None] = {
    "BinaryClassifier": "skbits.estimators",
    "BitVectorClassifier": "skbits.estimators",
    "OneHotClassifier": "skbits.estimators",
    "CharCodes": "skbits.codecs",
    "IntegerBits": "skbits.codecs",
    "RecenteredClassifier": "skbits.thresholds.recentered",
    "TextBits": "skbits.codecs",
    "TextOneHot": "skbits.codecs",
    "ThresholdGridSearchCV": "skbits.thresholds.search",
    "TransformedTargetClassifier": "skbits.codecs",
    "TunedThresholdsCV": "skbits.thresholds.tuned",
    "best_thresholds": "skbits.thresholds.best",
    "clear_programs": "skbits.programs",
    "cost_threshold": "skbits.thresholds.costs",
    "load": "skbits.files",
    "recenter": "skbits.thresholds.recentering",
    "HeadMismatchError": "skbits.exceptions",
    "backbones": None,
    "codecs": None,
    "plots": None,
    "tuning": None,
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'skbits' has no attribute {name!r}")
    module = _PUBLIC[name]
    if module is None:
        return import_module(f"skbits.{name}")
    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return sorted(__all__)
