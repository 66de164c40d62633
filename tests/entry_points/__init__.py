"""Entry points: the public functions and methods, with right arguments and what their results obey.

``ENTRY_POINTS`` is the table: name -> :class:`~entry_points.base.EntryPoint`.
"""

from entry_points import codecs, estimators, functions, meta_estimators, plots
from entry_points.base import EntryPoint

ENTRY_POINTS: dict[str, EntryPoint] = {
    **estimators.ENTRY_POINTS,
    **functions.ENTRY_POINTS,
    **meta_estimators.ENTRY_POINTS,
    **codecs.ENTRY_POINTS,
    **plots.ENTRY_POINTS,
}
