"""Pairs: whether two things belong together, read by one encoder that both share.

Rules
-----
* Both members of a pair go through the encoder as two rows of one batch.
* What is compared is symmetric: which member stands first makes no difference.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from skbits.backbones.checks import check_choice, shape_of
from skbits.backbones.dense import mlp
from skbits.backbones.images import conv2d
from skbits.backbones.naming import named
from skbits.backbones.sequences import conv1d, embedding, gru, lstm
from skbits.elsewhere import SCIKERAS_ARGUMENTS
from skbits.models import NEEDED
from skbits.naming import about, check_names

#: encoders by name
ENCODERS = {function.__name__: function for function in (embedding, lstm, gru, conv1d, mlp, conv2d)}

#: what the parameters of the encoder begin with
_PREFIX = "encoder_"


def siamese(
    inputs: Any,
    encoder: str | Callable = "lstm",
    hidden_layer_sizes: Sequence[int] | int = (100,),
    activation: str = "relu",
    dropout: float = 0.0,
    name: str | None = "siamese",
    **encoder_parameters: Any,
) -> Any:
    """One encoder for both members of a pair, their codes compared; then dense layers.

    The codes a and b are compared by ``|a - b|`` and ``a * b``, side by side.

    Parameters
    ----------
    inputs : KerasTensor of shape (n, 2, length), (n, 2, length, channels) or, for conv2d, \
(n, 2, rows, columns) or (n, 2, rows, columns, channels)
        Pairs of what the encoder takes. Shorter members are padded with zeros at their end:
        ``encoder_mask_zero`` says whether those are masked, by default for indices only.
    encoder : {"embedding", "lstm", "gru", "conv1d", "mlp", "conv2d"} or callable, default="lstm"
        A backbone: a function of ``inputs`` and parameters that returns a hidden tensor. One of
        your own should have a parameter ``name``, with which its layers' names begin; else give
        them fixed names, as TensorFlow keeps 35 kB for each name that Keras counts up, fit by fit.
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of the dense layers after the comparison; may be empty.
    activation : str, default="relu"
        Any Keras activation, for those dense layers.
    dropout : float, default=0.0
        Share of the units dropped after each of those layers in training, in [0, 1).
    name : str or None, default="siamese"
        What the layers' names begin with; two in one model need different ones. The encoder is a
        layer, ``clf.model_.get_layer("siamese_encoder")``, and a model that can be called alone.
    **encoder_parameters
        Parameters of the encoder with ``encoder_`` before their names: ``encoder_units=32``, in a
        search ``model__encoder_units``.

    Returns
    -------
    KerasTensor of shape (n, units)

    Raises
    ------
    ValueError
        X that holds no pairs, an unknown encoder or parameter of it, or what the encoder refuses.

    References
    ----------
    .. [1] J. Bromley et al. (1993). Signature verification using a "Siamese" time delay neural
       network. NIPS 6.

    Examples
    --------
    >>> import keras
    >>> from skbits import BinaryClassifier, backbones
    >>> backbones.siamese(keras.Input((2, 12, 3)), encoder_units=8, hidden_layer_sizes=4).shape
    (None, 4)
    >>> words = keras.Input((2, 12))
    >>> backbones.siamese(words, encoder="embedding", encoder_input_dim=27).shape
    (None, 100)
    >>> BinaryClassifier(backbones.siamese, model__encoder="gru", model__encoder_units=8)
    BinaryClassifier(model=<function siamese at ...>, model__encoder='gru',
                     model__encoder_units=8)
    """
    _check_pairs(inputs)
    if not callable(encoder):
        check_choice("encoder", encoder, ENCODERS)
        encoder = ENCODERS[encoder]
    with about("encoder"):
        inspect.signature(encoder).bind_partial(inputs=inputs)
    # scikeras hands these to every function that takes whatever it is given
    given = {k: v for k, v in encoder_parameters.items() if k not in SCIKERAS_ARGUMENTS}
    members = ops.reshape(inputs, (-1, *inputs.shape[2:]))
    codes = _encoder_model(encoder, members.shape[1:], _unprefixed(encoder, given), name)(members)
    codes = ops.reshape(codes, (-1, 2, codes.shape[-1]))
    first, second = codes[:, 0], codes[:, 1]
    compared = ops.concatenate([ops.abs(first - second), first * second], axis=-1)
    return mlp(compared, hidden_layer_sizes, activation, dropout, name)


def _check_pairs(inputs: Any) -> None:
    if len(inputs.shape) < 3 or inputs.shape[1] != 2:
        raise ValueError(
            f"siamese: X has shape {shape_of(inputs)}: expected (n, 2, length) or (n, 2, length, "
            "channels), pairs. Put the members together: np.stack([first, second], axis=1)."
        )


def _unprefixed(encoder: Callable, given: Mapping[str, Any]) -> dict[str, Any]:
    """The encoder's own parameters; an error for one that it does not have, or needs."""
    function = getattr(encoder, "func", encoder)  # of a functools.partial
    words = getattr(function, "__name__", type(function).__name__)
    of_siamese = [p.name for p in _named_parameters(siamese)]
    of_encoder = {p.name: p for p in _named_parameters(encoder)}
    known = [*of_siamese, *(_PREFIX + p for p in of_encoder)]
    parameters = inspect.signature(encoder).parameters.values()
    free = any(p.kind is p.VAR_KEYWORD for p in parameters)
    names = [n for n in given if not (free and n.startswith(_PREFIX))]
    check_names(names, known, f"siamese with encoder={words}")
    missing = [
        p.name
        for p in of_encoder.values()
        if p.default is p.empty and _PREFIX + p.name not in given
    ]
    if missing:
        raise ValueError(
            f"encoder={words} needs {missing[0]!r}: set {_PREFIX}{missing[0]}=..., or "
            f"model__{_PREFIX}{missing[0]}=... of an estimator.{NEEDED.get(missing[0], '')}"
        )
    return {n.removeprefix(_PREFIX): value for n, value in given.items()}


def _named_parameters(function: Callable) -> list[inspect.Parameter]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(function).parameters.values()
    return [p for p in parameters if p.kind in kinds and p.name != "inputs"]


def _encoder_model(
    encoder: Callable, row_shape: tuple[int, ...], parameters: dict[str, Any], name: str
) -> Any:
    """A model of one member -> its code, of shape (n, units)."""
    if any(p.name == "name" for p in _named_parameters(encoder)):
        parameters = {"name": named(name, "code"), **parameters}
    member = keras.Input(row_shape, name="member")
    code = encoder(inputs=member, **parameters)
    if not isinstance(code, keras.KerasTensor):
        raise ValueError(
            f"encoder={encoder!r} returned {type(code).__name__}: expected a function of (inputs, "
            "...) that returns the last hidden tensor."
        )
    if len(code.shape) > 2:
        code = keras.layers.Flatten(name=named(name, "flat_code"))(code)
    return keras.Model(member, code, name=named(name, "encoder"))
