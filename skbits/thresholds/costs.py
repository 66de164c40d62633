"""Costs: what the four outcomes cost -> the cutoff at which on is no dearer than off.

Rules
-----
* Only differences count: what a miss costs more than a hit, ``fn - tp``, and what a false alarm
  costs more than a correct rejection, ``fp - tn``.
* The cutoff is right for calibrated probabilities, and needs no data.
* 0 is always on, infinity never; costs that ask for on *below* a cutoff are an error.
"""

from typing import Any

import numpy as np

from skbits.thresholds.decisions import as_floats

#: costs up to this size have sums of four that are finite
LARGEST_COST = float(np.finfo(np.float64).max / 4)


def cost_threshold(fp: Any, fn: Any, tp: Any = 0.0, tn: Any = 0.0) -> float | np.ndarray:
    """The probability from which deciding "on" is expected to cost no more than "off".

    ``(fp - tn) / (fp - tn + fn - tp)`` [1]_, where on has the expected cost ``p tp + (1-p) fp``
    and off ``p fn + (1-p) tn``.

    Not for probabilities that are not calibrated: there, ``scoring=('neg_cost', ...)`` of
    :func:`skbits.best_thresholds` finds the cutoff on the data.

    Parameters
    ----------
    fp, fn, tp, tn : float or array-like
        Cost of a false positive, false negative, true positive and true negative, in any one
        unit; a gain is a negative cost. Arrays, with one cost per bit, broadcast.

    Returns
    -------
    float or ndarray of the broadcast shape
        A ``threshold``, or one per bit, in [0, 1]. 0 where off is never cheaper, 1 where on is
        at best as cheap, at p = 1; infinity where on is always dearer.

    Raises
    ------
    ValueError
        Being wrong costs no more than being right, both for ones and for zeros; costs that are
        not finite or do not broadcast.

    References
    ----------
    .. [1] C. Elkan (2001). The foundations of cost-sensitive learning. IJCAI, equation 2.

    Examples
    --------
    >>> cost_threshold(fp=1, fn=3)
    0.25
    >>> cost_threshold(fp=[1, 1], fn=[3, 9]).tolist()
    [0.25, 0.1]
    """
    fp, fn, tp, tn = _check_costs(fp=fp, fn=fn, tp=tp, tn=tn)
    miss, alarm = fn - tp, fp - tn  # each: what being wrong costs more than being right
    backwards = (miss <= 0) & (alarm <= 0)
    if backwards.any():
        costs = (float(cost[backwards][0]) for cost in (fp, fn, tp, tn))
        raise ValueError(
            "fp={}, fn={}, tp={}, tn={}: being wrong costs no more than being right: expected "
            "fn > tp or fp > tn. Give costs as positive numbers, gains as negative ones.".format(
                *costs
            )
        )
    between = (miss > 0) & (alarm > 0)
    ends = np.where(miss > 0, 0.0, np.where(miss == 0, 1.0, np.inf))
    threshold = np.divide(alarm, miss + alarm, out=ends, where=between)
    return threshold if threshold.ndim else float(threshold)


def _check_costs(**costs: Any) -> list[np.ndarray]:
    """The costs as finite float64 arrays of one shape."""
    arrays = []
    for name, cost in costs.items():
        try:
            array = as_floats(cost)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{name}={cost!r} is not a number: expected a cost, or one per bit."
            ) from error
        bad = ~(np.abs(array) <= LARGEST_COST)  # NaN too
        if bad.any():
            raise ValueError(
                f"{name}={float(array[bad][0])}: expected a finite cost, of size at most "
                f"{LARGEST_COST:.1e}. For a decision that must never be on, threshold=inf."
            )
        arrays.append(array)
    try:
        return np.broadcast_arrays(*arrays)
    except ValueError as error:
        shapes = ", ".join(f"{name} {a.shape}" for name, a in zip(costs, arrays, strict=True))
        raise ValueError(
            f"costs of shapes {shapes} do not broadcast: expected single numbers, or one per bit "
            "in each."
        ) from error
