"""Names of layers: what they begin with is given, so that they are the same in each fit."""


def named(name: str | None, layer: str) -> str | None:
    """The name of a layer; None, so that Keras counts, where there is no name to begin with.

    Examples
    --------
    >>> named("lstm", "embedding")
    'lstm_embedding'
    """
    if name is None:
        return None
    if not isinstance(name, str) or not name.isprintable() or "/" in name:
        raise ValueError(f"name={name!r}: expected None, or text that Keras takes as a name.")
    return f"{name}_{layer}"
