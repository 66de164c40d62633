"""The internal split for early stopping: seeded and stratified for every kind of target.

Method: iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011) for two parts. The label
with the fewest rows left is dealt out first, so rare labels keep their share.
"""

import numpy as np

from skbits.naming import counted


def stratified_holdout(Y: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows to validate on, each sorted.

    Parameters
    ----------
    Y : ndarray of shape (n, n_columns), zeros and ones
    fraction : float in (0, 1)
        Share of the rows, and of each column's ones, for validation.
    seed : int

    Returns
    -------
    train, validation : ndarrays of int

    Raises
    ------
    ValueError
        Where one of the parts would be empty.

    Examples
    --------
    >>> Y = np.repeat([[1, 0], [0, 1]], [90, 10], axis=0)
    >>> train, validation = stratified_holdout(Y, 0.2, seed=0)
    >>> Y[validation].sum(axis=0).tolist()
    [18, 2]
    """
    n = len(Y)
    ones = Y.astype(bool)
    order = np.random.default_rng(seed).permutation(n)
    wanted = fraction * ones.sum(axis=0)  # ones of each column still wanted for validation
    left = np.ones(n, dtype=bool)
    validation = np.zeros(n, dtype=bool)
    while True:
        open_ones = (ones & left[:, np.newaxis]).sum(axis=0)
        if not open_ones.any():
            break
        label = int(np.argmin(np.where(open_ones > 0, open_ones, n + 1)))
        rows = order[(ones[:, label] & left)[order]]
        chosen = rows[: max(0, round(float(wanted[label])))]
        validation[chosen] = True
        wanted = wanted - ones[chosen].sum(axis=0)
        left[rows] = False
    rest = order[left[order]]  # rows without any one
    validation[rest[: max(0, round(fraction * n) - int(validation.sum()))]] = True
    if not validation.any() or validation.all():
        raise ValueError(
            f"validation_fraction={fraction} of {counted(n, 'row')} leaves "
            f"{counted(int(validation.sum()), 'row')} to validate on and "
            f"{int((~validation).sum())} to train on: expected some of both. Use more rows, "
            "another fraction, or early_stopping=False."
        )
    return np.flatnonzero(~validation), np.flatnonzero(validation)
