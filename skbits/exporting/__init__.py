"""Exporting: a fitted classifier -> one graph of probabilities and decisions, in a file.

Rules
-----
* The graph computes what ``predict_proba`` and ``predict`` do, thresholds included, and needs
  neither skbits nor Keras to run.
* ``serving`` reads a graph off an estimator, whatever that stands in; ``arithmetic`` and
  ``recentering`` are what it computes; ``saved_model`` and ``onnx_file`` write it;
  ``files.placing`` sees to it that what is at a path is whole.
* Arithmetic that decides is exact, so that it decides alike in every runtime.
"""

import skbits.startup  # noqa: F401, I001  before Keras

from typing import Any

from skbits.exporting import onnx_file, saved_model
from skbits.exporting.quiet import quiet
from skbits.exporting.serving import served
from skbits.exporting.tracing import portable
from skbits.files.placing import check_path, not_written, placed
from skbits.labels import nearest

#: format -> the module with ``check()``, ``is_former(path)`` and ``write(served, path)``
FORMATS = {"tf_saved_model": saved_model, "onnx": onnx_file}


def export(
    estimator: Any, path: Any, *, format: str = "tf_saved_model", verbose: bool = False
) -> None:
    """Write a fitted classifier as one graph of probabilities and decisions.

    Parameters
    ----------
    estimator : classifier
        A classifier of skbits; or a search, scikit-learn's ``FixedThresholdClassifier`` or
        ``TunedThresholdClassifierCV``, or a ``FrozenEstimator`` around one.
    path, format, verbose
        As in :meth:`skbits.BinaryClassifier.export`, which says what the graph takes and gives.

    Raises
    ------
    ValueError, OSError, ImportError
        As there.

    Examples
    --------
    >>> from skbits import BinaryClassifier
    >>> export(BinaryClassifier(), "model", format="pickle")
    Traceback (most recent call last):
        ...
    ValueError: format='pickle' is unknown: expected one of tf_saved_model, onnx.
    """
    if not isinstance(format, str) or format not in FORMATS:
        hint = nearest(str(format), list(FORMATS)).removesuffix("?")
        raise ValueError(
            f"format={format!r} is unknown{hint}: expected one of {', '.join(FORMATS)}."
        )
    if not isinstance(verbose, (bool, int)):
        raise ValueError(f"verbose={verbose!r}: expected True or False.")
    writer = FORMATS[format]
    with quiet(verbose):
        writer.check()
        target = check_path(path, writer.is_former, format)
        graph = served(estimator)
        with portable(graph.model):
            try:
                with placed(target) as neighbour:
                    writer.write(graph, neighbour)
            except OSError as error:
                raise not_written(error, path) from error
