"""Names of layers: what they begin with is given, so that they are the same in each fit."""


def named(name: str | None, layer: str) -> str | None:
    """The name of a layer; None, so that Keras counts, where there is no name to begin with.

    Examples
    --------
    >>> named("lstm", "embedding")
    'lstm_embedding'
    """
    return None if name is None else f"{name}_{layer}"
