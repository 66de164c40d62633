"""Plots: numbers -> pictures, in scikit-learn's display grammar.

Rules
-----
* A display holds numbers alone; ``plot`` draws them with matplotlib, which nothing else needs
  (extra ``plot``), and returns the display. ``from_...`` finds the numbers, and plots them.
* ``ax`` is the axes to draw on: one for a display of one panel, as many as there are panels for
  others. A display that makes its own figure lays it out so that nothing overlaps.
* What is told by colour is told by line, marker or hatch too. The colours are those of Okabe and
  Ito (2008), which readers of every colour vision tell apart.
"""

from skbits.plots.bits import BitThresholdsDisplay
from skbits.plots.curve import ThresholdCurveDisplay
from skbits.plots.history import HistoryDisplay
from skbits.plots.recentering import RecenteringDisplay
from skbits.plots.search import SearchDisplay

__all__ = [
    "BitThresholdsDisplay",
    "HistoryDisplay",
    "RecenteringDisplay",
    "SearchDisplay",
    "ThresholdCurveDisplay",
]
