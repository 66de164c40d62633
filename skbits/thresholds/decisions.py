"""Decisions: probabilities and thresholds -> on or off, and the margin by which.

Rules
-----
* A threshold lies in [0, 1], or is infinity, which means never.
* A probability lies in [0, 1]; what rounding took beyond is put back to the end.
* On is ``p >= threshold``, compared in the dtype of the probabilities: a tie is on.
* One-hot: the class with the largest ``p / threshold`` wins (the rule of R's randomForest
  ``cutoff``), the first of equals; with abstention, only if it reaches its own threshold.
* A margin is finite, whatever the probability, and its sign is the decision.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from skbits.naming import counted

#: log-odds that stand for an infinite threshold: further off than any probability
NEVER = 1e6

#: how far beyond 0 or 1 a sum of probabilities may be, from rounding
ROUNDING = 1e-6


def check_probabilities(p: np.ndarray, message: Callable[[float, int], str]) -> np.ndarray:
    """Probabilities in [0, 1], those beyond by no more than ``ROUNDING`` put back to the end.

    Parameters
    ----------
    p : ndarray of floats
    message : callable
        ``message(value, row) -> str``, what to say of the first that is none.

    Returns
    -------
    ndarray of the shape and dtype of ``p``
        ``p`` itself where nothing is beyond.

    Raises
    ------
    ValueError
        A number further beyond, or NaN.

    Examples
    --------
    >>> check_probabilities(np.array([-1e-9, 0.5, 1 + 1e-9]), "{} in row {}".format).tolist()
    [0.0, 0.5, 1.0]
    >>> check_probabilities(np.array([0.5, 2.0]), "{} in row {}".format)
    Traceback (most recent call last):
        ...
    ValueError: 2.0 in row 1
    """
    if not p.size or (p.min() >= 0 and p.max() <= 1):  # a NaN is neither
        return p
    if p.min() >= -ROUNDING and p.max() <= 1 + ROUNDING:
        return p.clip(0, 1)
    wrong = np.argwhere(~((p >= -ROUNDING) & (p <= 1 + ROUNDING)))[0]
    raise ValueError(message(float(p[tuple(wrong)]), int(wrong[0]) if len(wrong) else 0))


def as_floats(values: Any) -> np.ndarray:
    """Real numbers as float64; numpy would make numbers of dates and of complex ones, too.

    Examples
    --------
    >>> as_floats([1, True]).tolist()
    [1.0, 1.0]
    >>> as_floats(1j)
    Traceback (most recent call last):
        ...
    TypeError: complex128 holds no real numbers
    """
    array = np.asarray(values)
    if array.dtype.kind in "cmMV" or np.ma.is_masked(values):
        raise TypeError(f"{array.dtype} holds no real numbers")
    try:
        with np.errstate(over="ignore"):
            return array.astype(np.float64)
    except OverflowError as error:
        raise ValueError(str(error)) from error


def check_threshold(
    threshold: Any, n_columns: int, names: Sequence[Hashable] | None = None
) -> np.ndarray:
    """Thresholds of shape (n_columns,), float64, from any of the forms a user may write.

    Parameters
    ----------
    threshold : float, array-like of shape (n_columns,) or dict of {name: float}
        Columns that a dict does not name stay at 0.5.
    n_columns : int
        Number of bits or classes; 1 for a binary target.
    names : sequence or None
        The names a dict may use.

    Returns
    -------
    ndarray of shape (n_columns,), float64

    Raises
    ------
    ValueError
        A threshold outside [0, 1] that is not infinity, a wrong length, an unknown name.

    Examples
    --------
    >>> check_threshold(0.25, 2).tolist()
    [0.25, 0.25]
    >>> check_threshold({"rain": 0.1}, 2, names=["sun", "rain"]).tolist()
    [0.5, 0.1]
    """
    if hasattr(threshold, "to_dict"):  # a pandas Series goes by its names, not by position
        threshold = threshold.to_dict()
    if isinstance(threshold, Mapping):
        values = _by_name(threshold, n_columns, names)
    else:
        values = _as_floats(threshold)
        if values.ndim > 1 or (values.ndim == 1 and len(values) != n_columns):
            expected = "one number" if n_columns == 1 else f"one number, or {n_columns} of them"
            raise ValueError(
                f"threshold={threshold!r} has shape {values.shape}: expected {expected}."
            )
        values = np.broadcast_to(values, (n_columns,)).copy()
    good = ((values >= 0) & (values <= 1)) | (values == np.inf)
    if not np.all(good):
        raise ValueError(
            f"threshold={float(values[~good][0])} is outside [0, 1]: expected a probability, or "
            "float('inf') for never. predict_proba gives probabilities, not logits."
        )
    return values


def _as_floats(threshold: Any) -> np.ndarray:
    try:
        return as_floats(threshold)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"threshold={threshold!r} is not a number: expected a float in [0, 1], a sequence of "
            "them, or a dict of {name: float}."
        ) from error


def _by_name(threshold: Mapping, n_columns: int, names: Sequence[Hashable] | None) -> np.ndarray:
    if names is None:
        raise ValueError(
            f"threshold={dict(threshold)!r} names columns, but y had no names in fit: pass y as a "
            f"data frame, or give the {counted(n_columns, 'threshold')} in order."
        )
    position = {name: index for index, name in enumerate(names)}
    unknown = [name for name in threshold if name not in position]
    if unknown:
        raise ValueError(
            f"threshold names {unknown[0]!r}, which is not among the names in fit: "
            f"{list(position)[:10]}{'...' if len(position) > 10 else ''}."
        )
    values = np.full(n_columns, 0.5)
    for name, value in threshold.items():
        cutoff = _as_floats(value)
        if cutoff.ndim:
            raise ValueError(f"threshold[{name!r}]={value!r}: expected one number.")
        values[position[name]] = cutoff
    return values


def is_on(p: np.ndarray, threshold: np.ndarray) -> np.ndarray:
    """``p >= threshold`` in the dtype of ``p``.

    Parameters
    ----------
    p : ndarray of shape (n,) or (n, n_columns)
    threshold : ndarray that broadcasts against ``p``, float64

    Returns
    -------
    ndarray of bool, of the shape of ``p``

    Examples
    --------
    The float32 nearest to 0.7 is a tie with 0.7, and a tie is on:

    >>> import numpy as np
    >>> is_on(np.array([0.7, 0.2], dtype=np.float32), np.array(0.7)).tolist()
    [True, False]
    """
    return p >= np.asarray(threshold).astype(p.dtype)


def log_p(p: np.ndarray) -> np.ndarray:
    """Natural logarithm in float64, finite at 0, where it lies below that of every other value.

    Examples
    --------
    >>> import numpy as np
    >>> float(log_p(np.array([1.0]))[0])
    0.0
    >>> bool(log_p(np.float32([0.0]))[0] < log_p(np.float32([1e-45]))[0])
    True
    """
    # half of the smallest number of this dtype, as a logarithm: it may not exist as a number
    floor = np.log(np.float64(np.finfo(p.dtype).smallest_subnormal)) - np.log(2.0)
    wide = p.astype(np.float64)
    return np.where(wide > 0, np.log(np.where(wide > 0, wide, 1.0)), floor)


def log_odds(p: np.ndarray) -> np.ndarray:
    """``log(p / (1 - p))`` in float64, finite at 0 and at 1, strictly increasing for float32 p.

    Examples
    --------
    >>> import numpy as np
    >>> log_odds(np.array([0.5])).tolist()
    [0.0]
    >>> bool(np.isfinite(log_odds(np.float32([0.0, 1.0]))).all())
    True
    """
    ceiling = np.log(np.float64(np.finfo(p.dtype).epsneg)) - np.log(2.0)
    wide = p.astype(np.float64)
    below = np.where(wide < 1, np.log1p(-np.where(wide < 1, wide, 0.0)), ceiling)
    return log_p(p) - below


def _threshold_link(threshold: np.ndarray, dtype: np.dtype, link: Any) -> np.ndarray:
    """``link(threshold)``, rounded to the probabilities' dtype first; NEVER for infinity."""
    finite = np.where(np.isinf(threshold), 0.5, threshold).astype(dtype)
    return np.where(np.isinf(threshold), NEVER, link(finite))


def margin(p: np.ndarray, threshold: np.ndarray, logits: np.ndarray | None = None) -> np.ndarray:
    """``logit(p) - logit(threshold)``: how far a decision is from the other one.

    Parameters
    ----------
    p : ndarray of shape (n,) or (n, n_columns)
    threshold : ndarray that broadcasts against ``p``, float64
    logits : ndarray of the shape of ``p``, optional
        The log-odds themselves, where the model knows them better than their probabilities.

    Returns
    -------
    ndarray of float64, of the shape of ``p``
        Finite; at least 0 exactly where :func:`is_on`.

    Examples
    --------
    >>> import numpy as np
    >>> margin(np.array([0.25, 0.5]), np.array(0.25)).round(3).tolist()
    [0.0, 1.099]
    """
    threshold = np.asarray(threshold, dtype=np.float64)
    raw = log_odds(p) if logits is None else logits.astype(np.float64)
    distance = raw - _threshold_link(threshold, p.dtype, log_odds)
    # rounding must not contradict the decision, so the sign is taken from the decision
    on = is_on(p, threshold)
    return np.where(on, np.maximum(distance, 0.0), np.minimum(distance, -np.finfo(float).tiny))


def log_ratio(p: np.ndarray, threshold: np.ndarray) -> np.ndarray:
    """``log(p) - log(threshold)`` in float64, shape (n, k), finite: its largest column wins.

    Examples
    --------
    >>> import numpy as np
    >>> log_ratio(np.array([[0.6, 0.4]]), np.array([0.5, 0.25])).round(3).tolist()
    [[0.182, 0.47]]
    """
    threshold = np.asarray(threshold, dtype=np.float64)
    # one rounding, of the quotient: those that are equal stay equal, which a difference would not
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = p.astype(np.float64) / threshold.astype(p.dtype).astype(np.float64)
    is_positive = (ratio > 0) & (ratio < np.inf)
    logs = np.log(ratio, where=is_positive, out=np.zeros_like(ratio))
    if is_positive.all():
        return logs
    return np.where(is_positive, logs, log_p(p) - _threshold_link(threshold, p.dtype, log_p))


def winners(
    p: np.ndarray, threshold: np.ndarray, *, n_groups: int = 1, abstain: bool = False
) -> np.ndarray:
    """The class with the largest ``p / threshold`` in each group; -1 where all abstain.

    Parameters
    ----------
    p : ndarray of shape (n, k)
    threshold : ndarray of shape (k,)
    n_groups : int
        Number of one-hot blocks side by side, each ``k / n_groups`` wide.
    abstain : bool
        Whether a winner that does not reach its own threshold is no winner.

    Returns
    -------
    ndarray of shape (n, n_groups), int
        Position within the block, or -1.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([[0.6, 0.4], [0.8, 0.2]])
    >>> winners(p, np.array([0.5, 0.25])).ravel().tolist()
    [1, 0]
    >>> winners(p, np.array([0.7, 0.7]), abstain=True).ravel().tolist()
    [-1, 0]
    """
    blocks = (len(p), n_groups, p.shape[1] // n_groups)
    best = log_ratio(p, threshold).reshape(blocks).argmax(axis=2)  # (n, n_groups)
    if not abstain:
        return best
    reached = np.take_along_axis(
        is_on(p, threshold).reshape(blocks), best[:, :, np.newaxis], axis=2
    )[:, :, 0]
    return np.where(reached, best, -1)
