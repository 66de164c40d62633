"""The codecs: methods, and each parameter."""

from collections.abc import Mapping
from typing import Any

import numpy as np

import skbits
from entry_points.base import NUMBERS, EntryPoint, is_large, n_rows


def _codec(codec: Any, values: np.ndarray, name: str, back: str, **parameters: Any) -> dict:
    """A codec's methods: what is coded and read back is what it was."""
    kind = type(codec).__name__
    fit = codec.fit(values)
    coded = fit.transform(values)

    def round_trip(coded: Any, given: Mapping[str, Any]) -> None:
        decoded, words = fit.inverse_transform(coded), given[name]
        words = words if hasattr(words, "__array__") else list(words)  # views of a dict, too
        assert len(coded) == len(decoded) == n_rows(given[name])
        assert list(decoded) == list(np.ravel(np.asarray(words, dtype=object))), decoded

    def has_rows(decoded: Any, given: Mapping[str, Any]) -> None:
        (rows,) = given.values()
        assert len(decoded) == n_rows(rows)

    def make(**given: Any) -> Any:
        made = type(codec)(**given).fit(values)
        decoded = made.inverse_transform(made.transform(values))
        assert list(decoded) == list(values)
        return 0.5

    entries = {
        f"{kind}.transform": EntryPoint(
            lambda **given: fit.transform(given[name]), {name: values}, round_trip
        ),
        f"{kind}.fit": EntryPoint(
            lambda **given: type(codec)(**codec.get_params()).fit(**given).transform(given[name]),
            {name: values},
            lambda coded, given: None,
        ),
        f"{kind}.inverse_transform": EntryPoint(fit.inverse_transform, {back: coded}, has_rows),
        f"{kind}()": EntryPoint(
            make,
            {**codec.get_params(), **parameters},
            lambda s, g: None,
            refused=lambda argument, value: argument == "max_length" and is_large(value),
        ),
    }
    if hasattr(fit, "decode_proba"):
        entries[f"{kind}.decode_proba"] = EntryPoint(
            fit.decode_proba, {"probabilities": coded * 0.75}, has_rows
        )
    return entries


WORDS = np.array(["ant", "bee", "a", "cat"])

ENTRY_POINTS: dict[str, EntryPoint] = {
    **_codec(skbits.TextBits(), WORDS, "words", "bits"),
    **_codec(skbits.TextOneHot(), WORDS, "words", "bits"),
    **_codec(skbits.IntegerBits(values=range(16)), NUMBERS, "integers", "bits"),
    **_codec(skbits.CharCodes(), WORDS, "texts", "X"),
}
