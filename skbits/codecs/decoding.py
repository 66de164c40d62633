"""Decoding: probabilities -> the most likely codeword.

Rules
-----
* Bits, and one-hot blocks, are taken for independent, given the row: the likelihood of a codeword
  is the product of the probabilities of its bits, or of the classes that it names.
* Up to a constant of the row, its logarithm is linear in the codeword: ``evidence @ codeword``,
  where the evidence of a bit is the logarithm of its odds, and of a class that of its probability.
* A probability of 0 counts as the smallest normal float, so that likelihoods are always
  comparable: of codewords that are impossible, the one with the fewest contradictions wins.
* Of equally likely codewords the first one wins. Equal are likelihoods that differ by rounding
  alone, since sums are rounded otherwise where a row stands among others.
"""

from collections.abc import Iterator

import numpy as np

#: what rounding may add to a sum of evidence, as a share of its terms' sizes
ROUNDING = 1e-12

#: numbers in one block of scores: 32 MiB
BLOCK = 2**22


def bit_evidence(p: np.ndarray) -> np.ndarray:
    """Logarithm of the odds of each bit, finite.

    Examples
    --------
    >>> bit_evidence(np.array([0.5, 0.75])).round(3).tolist()
    [0.0, 1.099]
    """
    return class_evidence(p) - class_evidence(1 - p)


def class_evidence(p: np.ndarray) -> np.ndarray:
    """Logarithm of each class's probability, finite.

    Examples
    --------
    >>> class_evidence(np.array([1.0, 0.5])).round(3).tolist()
    [0.0, -0.693]
    """
    return np.log(np.maximum(p, np.finfo(np.float64).tiny))


def most_likely(evidence: np.ndarray, codewords: np.ndarray) -> np.ndarray:
    """Position of the most likely codeword of each row.

    Parameters
    ----------
    evidence : ndarray of shape (n, n_columns)
        :func:`bit_evidence` of the probabilities of bits, or :func:`class_evidence` of those of
        one-hot blocks.
    codewords : ndarray of shape (n_codewords, n_columns)
        Zeros and ones.

    Returns
    -------
    ndarray of shape (n,), int

    Examples
    --------
    >>> codewords = np.array([[0, 0, 1], [1, 1, 0]])
    >>> p = np.array([[0.6, 0.4, 0.9], [0.6, 0.9, 0.6]])
    >>> most_likely(bit_evidence(p), codewords).tolist()
    [0, 1]
    """
    best = np.empty(len(evidence), dtype=int)
    columns = np.ascontiguousarray(codewords.T, dtype=np.float64)
    for rows in blocks(len(evidence), len(codewords)):
        scores = evidence[rows] @ columns
        slack = ROUNDING * np.abs(evidence[rows]).sum(axis=1, keepdims=True)
        best[rows] = (scores >= scores.max(axis=1, keepdims=True) - slack).argmax(axis=1)
    return best


def most_likely_codes(symbol_evidence: np.ndarray, padding: int, *, inner: bool) -> np.ndarray:
    """The most likely code of each symbol of a word.

    Parameters
    ----------
    symbol_evidence : ndarray of shape (n, length, n_symbols)
        Logarithm of the likelihood of each symbol at each place, up to a constant of the place.
    padding : int
        The code of the padding.
    inner : bool
        Whether the padding may stand within a word, as a space does. Where it may not, the end of
        a word is chosen together with its symbols, the shortest of equally likely words.

    Returns
    -------
    ndarray of shape (n, length), int

    Examples
    --------
    >>> scores = np.log([[[0.3, 0.7], [0.9, 0.1]]])  # one word: padding, then "a"?
    >>> most_likely_codes(scores, padding=1, inner=True).tolist()
    [[1, 0]]
    >>> most_likely_codes(scores, padding=1, inner=False).tolist()
    [[0, 0]]
    """
    if inner:
        return symbol_evidence.argmax(axis=2)
    padded = symbol_evidence[:, :, padding]
    symbols = symbol_evidence.copy()
    symbols[:, :, padding] = -np.inf
    n, length = padded.shape
    # what a word gains by going on for one symbol more, summed up to each possible end
    gain = np.zeros((n, length + 1))
    np.cumsum(symbols.max(axis=2) - padded, axis=1, out=gain[:, 1:])
    end = gain.argmax(axis=1)  # (n,)
    return np.where(np.arange(length) < end[:, np.newaxis], symbols.argmax(axis=2), padding)


def blocks(n_rows: int, width: int) -> Iterator[slice]:
    """Slices of rows of ``width`` numbers each that hold about ``BLOCK`` numbers.

    Examples
    --------
    >>> list(blocks(5, BLOCK // 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None)]
    """
    step = max(1, BLOCK // max(1, width))
    for start in range(0, n_rows, step):
        yield slice(start, start + step)
