"""Recentering: probability and cutoff -> a probability that reads 0.5 at the cutoff.

Rules
-----
* 0 stays 0, 1 stays 1, the cutoff becomes 0.5, and the order of probabilities is kept.
* At least 0.5 afterwards is on before (:func:`~skbits.thresholds.decisions.is_on`), for every
  float of every dtype: the formula is worked out in float64, rounded to the dtype, and last
  clamped to its side of 0.5.
* At a cutoff of 0 everything is on, so 0 reads 0.5. At a cutoff of 1 only 1 is on, and reads 0.5.
* An infinite cutoff, never, is as a cutoff of 1, with 1 just below 0.5.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from skbits.labels import nearest
from skbits.naming import counted
from skbits.thresholds.decisions import as_floats, check_probabilities, check_threshold, is_on


def recenter(p: Any, threshold: Any, *, method: str = "odds", steepness: Any = 10.0) -> Any:
    """Probabilities that read 0.5 at the cutoff: 0 -> 0, ``threshold`` -> 0.5, 1 -> 1.

    Not for calibration: what is recentred is no frequency any more.

    Parameters
    ----------
    p : float or array-like of shape (n,) or (n, k)
        Probabilities in [0, 1]. Every column is recentered, so pass a binary classifier's column
        of the positive class: ``clf.predict_proba(X)[:, 1]``.
    threshold : float, array-like of shape (k,), or dict of {name: float}
        The cutoff, or one per column, in [0, 1], or infinity for never; by name where ``p`` is a
        data frame.
    method : {"odds", "linear", "logistic"}
        ``"odds"`` gives ``p(1-t) / (p(1-t) + t(1-p))``: Bayes' rule after a change of the prior
        odds from t : 1-t to even [1]_ [2]_. ``"linear"`` joins (0, 0), (t, 0.5) and (1, 1) by
        straight lines. ``"logistic"`` is the logistic curve in ``p - t``, stretched on either side
        of t so that it reaches 0 and 1.
    steepness : float, or pair (below, above) of floats or array-likes of shape (k,)
        For ``"logistic"`` only, and not read otherwise: the rate of the logistic curve per unit
        of probability, below and above the cutoff. Towards 0 the curve becomes ``"linear"``.

    Returns
    -------
    float or ndarray of the shape of ``p``
        In [0, 1], of the dtype of ``p`` if that is a float dtype, else float64; a float where
        ``p`` is one. A new array.

    Raises
    ------
    ValueError
        An unknown method; ``p`` or ``threshold`` outside [0, 1] or of a wrong shape; a steepness
        that is not positive and finite.

    Notes
    -----
    Rounding can make neighbours equal but does not swap them, given that the exponential function
    of the platform does not (``"logistic"`` in float64).

    References
    ----------
    .. [1] C. Elkan (2001). The foundations of cost-sensitive learning. IJCAI, theorem 2.
    .. [2] M. Saerens, P. Latinne, C. Decaestecker (2002). Adjusting the outputs of a classifier
       to new a priori probabilities: a simple procedure. Neural Computation 14(1).

    Examples
    --------
    >>> recenter([0, 0.25, 0.5, 1], 0.25).tolist()
    [0.0, 0.5, 0.75, 1.0]
    >>> recenter([[0.5, 0.5]], [0.25, 1], method="linear").round(3).tolist()
    [[0.667, 0.25]]
    >>> round(recenter(0.5, 0.25, method="logistic", steepness=(20, 5)), 3)
    0.791
    """
    if not isinstance(method, str) or method not in METHODS:
        hint = nearest(str(method), list(METHODS)).removesuffix("?")
        raise ValueError(
            f"method={method!r} is unknown{hint}: expected one of {', '.join(METHODS)}."
        )
    given = _check_probabilities(p)
    columns = given if given.ndim == 2 else given.reshape(-1, 1)  # (n, k)
    t = _check_cutoffs(threshold, p, columns.shape[1])  # (k,)

    result = _on_its_side(METHODS[method](*_widen(columns, t), steepness), columns, t)
    result = result.reshape(given.shape)
    return float(result) if isinstance(p, float | int) else result[()]


def odds(p: np.ndarray, t: np.ndarray, steepness: Any = None) -> np.ndarray:
    """``p(1-t) / (p(1-t) + t(1-p))``, and 0.5 where that is 0/0: p = t = 0 and p = t = 1.

    Examples
    --------
    >>> odds(np.array([[0.5]]), np.array([0.25])).tolist()
    [[0.75]]
    """
    on, off = p * (1 - t), t * (1 - p)
    # Infinite odds against are right, and give 0. Each step rounds upwards with p, as on/(on+off)
    # would not.
    with np.errstate(divide="ignore", over="ignore"):
        against = np.divide(off, on, out=np.ones_like(off), where=(on > 0) | (off > 0))
    return 1 / (1 + against)


def linear(p: np.ndarray, t: np.ndarray, steepness: Any = None) -> np.ndarray:
    """The straight lines through (0, 0), (t, 0.5) and (1, 1).

    Examples
    --------
    >>> linear(np.array([[0.2]]), np.array([0.8])).tolist()
    [[0.125]]
    """
    below = 0.5 * _fraction(p, t)
    above = 1 - 0.5 * _fraction(1 - p, 1 - t)
    return np.where(p < t, below, above)


def logistic(p: np.ndarray, t: np.ndarray, steepness: Any = 10.0) -> np.ndarray:
    """The logistic curve in ``p - t``, stretched on either side of t to reach 0 and 1.

    With k the steepness of the side, ``0.5 + 0.5 tanh(k(p-t)/2) / tanh(k(1-t)/2)`` above, and
    ``0.5 - 0.5 tanh(k(t-p)/2) / tanh(kt/2)`` below.

    Parameters
    ----------
    p : ndarray of shape (n, k)
    t : ndarray of shape (k,)
    steepness : float, or pair (below, above) of floats or array-likes of shape (k,)

    Returns
    -------
    ndarray of shape (n, k)

    Examples
    --------
    >>> logistic(np.array([[0.0], [0.5], [0.6], [1.0]]), np.array([0.5])).round(3).ravel().tolist()
    [0.0, 0.5, 0.734, 1.0]
    """
    k_below, k_above = check_steepness(steepness, p.shape[1])
    below = _half_logistic(p, t, t - p, k_below)
    above = 1 - _half_logistic(1 - p, 1 - t, p - t, k_above)
    return np.where(p < t, below, above)


#: name -> the probabilities (n, k) recentered at cutoffs (k,) in [0, 1], in float64
METHODS: dict[str, Callable[[np.ndarray, np.ndarray, Any], np.ndarray]] = {
    "odds": odds,
    "linear": linear,
    "logistic": logistic,
}


def _widen(p: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``p`` and, as the decision sees it, ``t``, in a dtype no narrower than float64."""
    wide = np.promote_types(p.dtype, np.float64)
    return p.astype(wide), np.minimum(t, 1.0).astype(p.dtype).astype(wide)


def _on_its_side(result: np.ndarray, p: np.ndarray, t: np.ndarray) -> np.ndarray:
    """``result`` in the dtype of ``p``: at least 0.5 where ``p`` is on, else below."""
    half = p.dtype.type(0.5)
    result = result.astype(p.dtype)
    below = np.minimum(result, np.nextafter(half, p.dtype.type(0)))
    return np.where(is_on(p, t), np.maximum(result, half), below)


def _fraction(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """``min(part / whole, 1)``; 1 where the whole is 0, since the part is then at the cutoff."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    part = np.minimum(part, whole)  # beyond the cutoff, where the other side's formula holds
    with np.errstate(over="ignore"):  # it cannot, yet numpy 1.26.0 says so of a subnormal whole
        return np.divide(part, whole, out=np.ones(shape, part.dtype), where=whole > 0)


def _half_logistic(q: np.ndarray, s: np.ndarray, gap: np.ndarray, k: np.ndarray) -> np.ndarray:
    """``0.5 - 0.5 tanh(k gap / 2) / tanh(k s / 2)`` for ``q = s - gap``: from 0 up to 0.5 at s.

    Written as a product of two factors that increase with q, so that it is exact to the last
    digits near 0 too.
    """
    straight = k * s < 1e-8  # the cubic term is then lost in rounding
    stretch = np.expm1(-k * q) / np.expm1(np.where(straight, -1.0, -k * s))
    curve = stretch / (1 + np.exp(np.clip(k * gap, 0, 700)))
    return np.where(straight, 0.5 * _fraction(q, s), curve)


def _check_probabilities(p: Any) -> np.ndarray:
    """``p`` as a float array of at most two dimensions, in [0, 1]."""
    try:
        array = np.asarray(p)
        if array.dtype.kind in "biuO" or np.ma.is_masked(p):
            array = as_floats(p)
    except (TypeError, ValueError) as error:
        raise ValueError(f"p={p!r} is no array of numbers: expected probabilities.") from error
    if array.dtype.kind != "f":
        raise ValueError(f"p has dtype {array.dtype}: expected probabilities, as floats.")
    if array.ndim > 2:
        raise ValueError(
            f"p has shape {array.shape}: expected (n,) or (n, k). For a list with one array per "
            "output, pass np.column_stack([q[:, 1] for q in p])."
        )
    return check_probabilities(
        array,
        lambda value, row: (
            f"p holds {value}: expected numbers in [0, 1]. Pass the probabilities of "
            "predict_proba, not logits; for a logit z, 1 / (1 + exp(-z))."
        ),
    )


def _check_cutoffs(threshold: Any, p: Any, n_columns: int) -> np.ndarray:
    """Cutoffs of shape (n_columns,), float64."""
    names = list(p.columns) if hasattr(p, "columns") else None
    if names is None and (isinstance(threshold, Mapping) or hasattr(threshold, "to_dict")):
        raise ValueError(
            f"threshold={threshold!r} names columns, but p has no names: pass p as a data frame, "
            f"or the {counted(n_columns, 'threshold')} as a list, in order."
        )
    return check_threshold(threshold, n_columns, names)


def check_steepness(steepness: Any, n_columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Steepness below and above, each a float64 array of shape () or (n_columns,)."""
    message = (
        f"steepness={steepness!r}: expected a positive finite number, or a pair (below, above), "
        f"each of them one number or {n_columns}, one per column."
    )
    try:
        below, above = (steepness, steepness) if np.isscalar(steepness) else steepness
        pair = as_floats(below), as_floats(above)
    except (TypeError, ValueError) as error:
        raise ValueError(message) from error
    for k in pair:
        if k.shape not in {(), (n_columns,)} or not np.all((k > 0) & np.isfinite(k)):
            raise ValueError(message)
    return pair
