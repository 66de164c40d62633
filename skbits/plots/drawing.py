"""Drawing: what the displays share, and all that imports matplotlib."""

from collections.abc import Sequence
from typing import Any

import numpy as np

#: Okabe and Ito's colours, the readable ones on white
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
#: of 0.5
DEFAULT = "0.45"
#: points from an axes down to below its ticks and label
_LABEL = 34
#: a cutoff of infinity, which stands where 1 would
NEVER = {"linestyle": "", "marker": "^", "markerfacecolor": "none", "color": COLOURS[1],
         "label": "never"}  # fmt: skip
#: of probabilities
TICKS = (0, 0.25, 0.5, 0.75, 1)


def panels(ax: Any, n: int, **layout: Any) -> list[Any]:
    """The axes to draw on: those given, or those of a new figure.

    Parameters
    ----------
    ax : matplotlib Axes, sequence of them, or None
    n : int
        How many are needed.
    **layout
        For ``matplotlib.pyplot.subplots``, of a new figure.

    Raises
    ------
    ImportError
        matplotlib is not installed.
    ValueError
        Another number of axes, or something else.
    """
    try:
        import matplotlib.pyplot as plt
        from matplotlib.axes import Axes
    except ImportError as error:
        raise ImportError(
            "plots need matplotlib, which is not installed: python -m pip install 'skbits[plot]'."
        ) from error
    if ax is None:
        _, made = plt.subplots(**layout, layout="constrained", squeeze=False)
        return list(made.ravel())
    given = [ax] if isinstance(ax, Axes) else list(np.ravel(np.asarray(ax, dtype=object)))
    if len(given) != n or not all(isinstance(one, Axes) for one in given):
        wanted = "a matplotlib Axes" if n == 1 else f"{n} matplotlib Axes, one for each panel"
        raise ValueError(f"ax={ax!r}: expected {wanted}, or None for a new figure.")
    return given


def style(index: int) -> dict[str, Any]:
    """Colour and line of the line with a number; lines differ where colours come again.

    Examples
    --------
    >>> first, seventh = style(0), style(6)
    >>> first["color"] == seventh["color"], first["linestyle"] == seventh["linestyle"]
    (True, False)
    """
    line = (index + index // len(COLOURS)) % len(LINES)
    return {"color": COLOURS[index % len(COLOURS)], "linestyle": LINES[line]}


def ink() -> str:
    """The colour of what was chosen: that of texts, dark on light and light on dark."""
    from matplotlib import rcParams

    return rcParams["text.color"]


def legend_below(ax: Any, *others: Any) -> None:
    """A legend under an axes, where it hides no data; of its lines and those of others.

    It lies outside of the axes, for which only figures with a layout make room: in others, whose
    axes somebody gave, it stands inside.
    """
    from matplotlib.transforms import offset_copy

    found: dict[tuple[str, bytes], Any] = {}  # what looks the same and is called so stands once
    for one in (*others, ax):
        for handle, text in zip(*one.get_legend_handles_labels(), strict=True):
            found.setdefault((text, _colours_of(handle)), handle)
    handles, texts = list(found.values()), [text for text, _ in found]
    if ax.figure.get_layout_engine() is None:
        ax.legend(handles, texts, loc="best", fontsize="small")
        return
    ax.legend(
        handles,
        texts,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        bbox_transform=offset_copy(ax.transAxes, ax.figure, y=-_LABEL, units="points"),
        ncols=min(3, len(handles)),
        frameon=False,
        fontsize="small",
    )


def _colours_of(artist: Any) -> bytes:
    """The colours of a line or of many; nothing of what has another kind of colour."""
    from matplotlib.colors import to_rgba_array

    colours = artist.get_color() if hasattr(artist, "get_color") else None
    return to_rgba_array("none" if colours is None else colours).tobytes()


def legend_above(ax: Any) -> None:
    """A legend over an axes, where ticks of any length below it are not in its way."""
    ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize="small",
        borderaxespad=0.2,
    )  # fmt: skip


def few_ticks(names: Sequence[Any], at_most: int) -> tuple[list[int], list[str]]:
    """Positions and texts of at most so many of a row of names, evenly spaced.

    Examples
    --------
    >>> few_ticks(["a", "b", "c", "d"], at_most=2)
    ([0, 2], ['a', 'c'])
    """
    step = -(-len(names) // at_most)
    positions = list(range(0, len(names), step))
    return positions, [shortened(names[i]) for i in positions]


def shortened(name: Any, at_most: int = 32) -> str:
    """A name as text, its middle left out where it is long.

    Examples
    --------
    >>> shortened("a" * 40, at_most=7)
    'aaa…aaa'
    """
    text = str(name)
    if len(text) <= at_most:
        return text
    half = (at_most - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
