"""skbits: Keras models as scikit-learn classifiers, with the decision threshold as a parameter.

Nothing here imports Keras or TensorFlow: every public name is imported on first use.
"""

from importlib import import_module
from typing import Any

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
