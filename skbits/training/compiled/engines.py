"""Engines: what computes, numpy, a plain graph, or XLA; chosen by the fit alone.

The choice is a function of model, data and plan, and of nothing that ran before, since the engines
round differently: the same seed gives the same bits in a first fit and in the thousandth.
"""

import os
from typing import Any

from skbits.programs import NoProgram
from skbits.training.compiled import dense
from skbits.training.compiled.loops import Signature
from skbits.training.compiled.program import Program, trace
from skbits.training.contract import Data, Plan


def choose_engine(model: Any, data: Data, plan: Plan) -> str:
    """Which engine trains a model by a plan."""
    if "SKX" in os.environ:
        return os.environ["SKX"]
    return "numpy" if dense.fits(model, plan.batch_size) else "graph"


def make_program(model: Any, signature: Signature) -> Program | dense.DenseProgram:
    """The program of an engine.

    Raises
    ------
    NoProgram
        With the reason, where there can be none.
    """
    try:
        if signature.engine == "numpy":
            return dense.DenseProgram(model, signature)
        return trace(model, signature)
    except NoProgram:
        raise
    except Exception as error:
        line = next(iter(str(error).strip().splitlines()), "")
        raise NoProgram(f"it cannot be traced ({type(error).__name__}: {line})") from error
