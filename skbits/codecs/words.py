"""Words: text as matrices of Unicode code points, and what is wrong with a word.

Rules
-----
* A symbol is one Unicode code point; an accent that is a code point of its own is one, too.
* A word is a row of code points; 0 stands beyond its end, since numpy's arrays of text hold words
  so. Hence the NUL character is no symbol.
* A word that is too long, or holds a symbol without a code, is an error that names its row.
"""

from collections.abc import KeysView, Sequence, Set, ValuesView
from typing import Any

import numpy as np

from skbits.cells import is_missing
from skbits.naming import counted
from skbits.values import is_size

#: stands where no symbol can be read, as in ``bytes.decode(errors="replace")``
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def read_words(words: Any, name: str = "words") -> np.ndarray:
    """Words as an array of text.

    Parameters
    ----------
    words : array-like of str, of shape (n,) or (n, 1)
    name : str, default="words"
        What they are called in messages.

    Returns
    -------
    ndarray of shape (n,), dtype str

    Raises
    ------
    ValueError
        A single str, another shape, something that is no str, or a NUL character.

    Examples
    --------
    >>> read_words(["ab", "", "abc"]).tolist()
    ['ab', '', 'abc']
    >>> read_words(["ab", None])
    Traceback (most recent call last):
        ...
    ValueError: words holds None in row 1: expected a str. Leave such rows out.
    """
    if not is_sequence(words):
        raise ValueError(f"{name}={words!r}: expected a sequence of str, one for each row.")
    # lists go in as objects: numpy would turn numbers among them into text, and drop NULs
    array = words if _is_text(words) else np.asarray(_as_rows(words), dtype=object)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}: expected one str for each row, (n,).")
    for row, word in enumerate(array.tolist()):
        if not isinstance(word, str):
            raise ValueError(f"{name} holds {word!r} in row {row}: expected a str.{_cure(word)}")
        if "\0" in word:
            raise ValueError(
                f"{name} holds {word!r} in row {row}: the NUL character cannot be kept in numpy's "
                "arrays of text. Replace it first."
            )
    return array.astype(str) if len(array) else np.empty(0, dtype=str)


def _cure(word: Any) -> str:
    """What to do about what is no word."""
    if isinstance(word, (Set, list, tuple)):
        return " MultiLabelBinarizer is the codec of sets of labels."
    return " Leave such rows out." if is_missing(word) else ""


def is_sequence(values: Any) -> bool:
    """Whether values stand in an order, and can be read twice: no set, no iterator, no str.

    Examples
    --------
    >>> is_sequence(["a"]), is_sequence({"a"}), is_sequence("a"), is_sequence(iter("a"))
    (True, False, False, False)
    """
    if hasattr(values, "__array__"):
        return np.ndim(values) > 0
    return isinstance(values, (Sequence, ValuesView, KeysView)) and not isinstance(
        values, (str, bytes)
    )


def _is_text(words: Any) -> bool:
    return isinstance(words, np.ndarray) and words.dtype.kind == "U"


def _as_rows(words: Any) -> Any:
    return words if hasattr(words, "__array__") else list(words)


def code_points(words: np.ndarray) -> np.ndarray:
    """Words of shape (n,) -> their code points, uint32 of shape (n, longest), 0 beyond the end.

    Examples
    --------
    >>> code_points(np.array(["a", "ab"])).tolist()
    [[97, 0], [97, 98]]
    """
    width = max(1, words.dtype.itemsize // 4)
    native = np.ascontiguousarray(words, dtype=np.dtype(("U", width)))
    points = native.view(np.uint32).reshape(len(words), width)
    longest = np.flatnonzero(points.any(axis=0))
    return points[:, : longest[-1] + 1 if len(longest) else 0]


def spell(points: np.ndarray) -> np.ndarray:
    """Code points of shape (n, length), 0 beyond the end -> words of shape (n,).

    Examples
    --------
    >>> spell(np.array([[97, 0], [97, 98]])).tolist()
    ['a', 'ab']
    """
    points = np.ascontiguousarray(points, dtype=np.uint32)
    return points.view(np.dtype(("U", points.shape[1])))[:, 0]


def code_of(points: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    """Position of each code point among the symbols, -1 where it is none of them.

    Parameters
    ----------
    points : ndarray of shape (n, length), uint32
    symbols : ndarray of shape (n_symbols,), dtype str
        All different.

    Returns
    -------
    ndarray of shape (n, length), int

    Examples
    --------
    >>> code_of(code_points(np.array(["ba", "b?"])), np.array(["a", "b"])).tolist()
    [[1, 0], [1, -1]]
    """
    known = code_points(symbols)[:, 0]
    order = np.argsort(known)
    at = order[np.searchsorted(known, points, sorter=order).clip(max=len(known) - 1)]
    return np.where(known[at] == points, at, -1)


def read_alphabet(alphabet: Any) -> np.ndarray:
    """The symbols of an alphabet, in its order.

    Parameters
    ----------
    alphabet : str, or sequence of str
        Symbols, one character each, all different.

    Returns
    -------
    ndarray of shape (n_symbols,), dtype str

    Raises
    ------
    ValueError
        No symbol, a symbol of several characters or of none, NUL, or one that comes twice.

    Examples
    --------
    >>> read_alphabet("abc").tolist()
    ['a', 'b', 'c']
    >>> read_alphabet("abba")
    Traceback (most recent call last):
        ...
    ValueError: alphabet holds 'b' twice: expected symbols that are all different.
    """
    if not isinstance(alphabet, str) and not is_sequence(alphabet):
        raise ValueError(
            f"alphabet={alphabet!r}: expected a str of all symbols, whose order gives their codes."
        )
    symbols = list(alphabet)
    if not symbols:
        raise ValueError("alphabet is empty: expected a str of all symbols.")
    seen = set()
    for symbol in symbols:
        if not isinstance(symbol, str) or len(symbol) != 1 or symbol == "\0":
            raise ValueError(
                f"alphabet holds {symbol!r}: expected symbols of one character each, not NUL."
            )
        if symbol in seen:
            raise ValueError(
                f"alphabet holds {symbol!r} twice: expected symbols that are all different."
            )
        seen.add(symbol)
    return np.array(symbols)


def symbols_in(words: np.ndarray) -> np.ndarray:
    """The symbols that occur, sorted by code point, of shape (n_symbols,).

    Examples
    --------
    >>> symbols_in(np.array(["bee", "ant"])).tolist()
    ['a', 'b', 'e', 'n', 't']
    """
    points = np.unique(code_points(words))
    return spell(points[points > 0].reshape(-1, 1))


def read_max_length(max_length: Any, longest: int) -> int:
    """The number of symbols that words are padded to; ``longest``, at least 1, where it is None.

    Raises
    ------
    ValueError
        No whole number of at least 1.
    """
    if max_length is None:
        return max(1, longest)
    if not is_size(max_length):
        raise ValueError(
            f"max_length={max_length!r}: expected a whole number of at least 1, or None for the "
            "longest word in fit."
        )
    return int(max_length)


def check_length(words: np.ndarray, points: np.ndarray, max_length: int, name: str) -> None:
    """Raise for the first word of more than ``max_length`` symbols."""
    if points.shape[1] > max_length:
        row = int(np.argmax(points[:, max_length] > 0))
        word = str(words[row])
        raise ValueError(
            f"{name} holds {word!r} in row {row}, of {counted(len(word), 'symbol')}: expected at "
            f"most {max_length}. Raise max_length, or shorten it."
        )


def check_known(
    words: np.ndarray,
    points: np.ndarray,
    codes: np.ndarray,
    alphabet: np.ndarray,
    name: str,
    cure: str,
) -> None:
    """Raise for the first symbol that has no code, as the alphabet does not hold it."""
    unknown = (codes < 0) & (points > 0)
    if unknown.any():
        row, position = (int(index) for index in np.argwhere(unknown)[0])
        word = str(words[row])
        raise ValueError(
            f"{name} holds {word!r} in row {row}: its symbol {word[position]!r} is not in the "
            f"alphabet {_shortened(''.join(alphabet))!r}. {cure}"
        )


def _shortened(symbols: str, most: int = 40) -> str:
    """The symbols, or the first and the last of many."""
    return symbols if len(symbols) <= most else f"{symbols[: most - 6]}...{symbols[-3:]}"
