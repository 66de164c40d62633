"""Quantities: what a score is called where people read it, and by which sign it is told.

Rules
-----
* What scikit-learn calls "neg_...", so that more is better, is shown as what it is: "neg_cost" -0.2
  is a mean cost of 0.2, and less is better.
* Learned attributes, results and JSON keep the score as it is.
"""

from typing import Any, NamedTuple

from skbits.naming import name_of

_NEGATED = "neg_"


class Quantity(NamedTuple):
    """What a score is called, and the sign that makes the quantity of it: -1 of a cost."""

    name: str
    sign: int

    def text(self, score: float) -> str:
        """The quantity and its value.

        Examples
        --------
        >>> quantity("f1").text(0.75)
        'f1 0.7500'
        """
        return f"{self.name} {self.sign * score:.4f}"

    @property
    def axis(self) -> str:
        """What stands at an axis; of a cost, which way is better."""
        return self.name if self.sign > 0 else f"{self.name} (less is better)"


def quantity(scoring: Any, default: str = "score") -> Quantity:
    """What ``scoring`` measures: a name, a ``(name, parameter)``, a scorer, or None.

    Examples
    --------
    >>> quantity(("neg_cost", [[0, 1], [5, 0]]))
    Quantity(name='mean cost', sign=-1)
    >>> quantity("neg_log_loss"), quantity(None)
    (Quantity(name='log_loss', sign=-1), Quantity(name='score', sign=1))
    """
    if scoring is None:
        return Quantity(default, 1)
    if isinstance(scoring, (tuple, list)) and scoring and isinstance(scoring[0], str):
        scoring = scoring[0]
    name = scoring if isinstance(scoring, str) else name_of(scoring)
    if name == "neg_cost":
        return Quantity("mean cost", -1)
    if name.startswith(_NEGATED):
        return Quantity(name.removeprefix(_NEGATED), -1)
    return Quantity(name, 1)
