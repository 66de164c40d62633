"""The compiled trainer: what ``keras.Model.fit`` would do, in graphs that are traced once.

``covering`` says what it can do, ``holding`` where weights and optimizer state stand, ``loops`` how
an epoch runs in a graph, ``program`` what a call is, ``dense`` how numpy does the same, ``engines``
which of them computes, ``state`` how values travel between a model
and a program, ``pacing`` how much one call does, and ``train`` puts them in their order.
"""

from skbits.training.compiled.covering import obstacle
from skbits.training.compiled.trainer import train

__all__ = ["obstacle", "train"]
