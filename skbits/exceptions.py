"""The errors that skbits adds to those of Python, scikit-learn and Keras."""


class HeadMismatchError(ValueError):
    """The end of a model (units, activation, loss) does not fit the target.

    Raised before any training. The message says what would happen, why, and what to write instead.

    Examples
    --------
    >>> from skbits import HeadMismatchError
    >>> issubclass(HeadMismatchError, ValueError)
    True
    """
