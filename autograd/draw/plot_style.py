"""What the plots share: axes in the colours of the theme, texts at the curves, and numbers out of Values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.draw.numbers import value_text
from autograd.draw.tokens import THEMES, colours, tokens
from autograd.errors import MissingPackageError
from autograd.value import Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALL, TEXT, TITLE = 12, 13, 15  # points, on a figure 6.4 inches wide: legible at the back of a lecture hall
NEEDED = "plots need matplotlib and numpy: pip install 'stepgrad[plot]'"
AT_CURVE: dict[str, Any] = {"textcoords": "offset points", "fontsize": SMALL, "fontweight": "bold"}


@contextmanager
def canvas(
    ax: Any, theme: str, *titles: str, size: tuple[float, float] = (6.4, 4.2)
) -> Iterator[tuple[list[Axes], dict[str, str]]]:
    """The axes to draw on, one for each title, and the colours of the theme.

    Where `ax` is None they stand on a new figure, with `size` inches for each; it is closed again if the block fails.

    Raises:
        ValueError: the theme is unknown, or there are more axes than titles, or fewer.
        MissingPackageError: matplotlib is not installed.
    """
    if theme not in THEMES:
        raise ValueError(f"unknown theme {theme!r}: use {' or '.join(map(repr, THEMES))}")
    try:
        import matplotlib.pyplot as plt
        from matplotlib.font_manager import get_font_names
    except ImportError:
        raise MissingPackageError(NEEDED) from None
    fonts = [name for name in tokens()["fonts"]["matplotlib"] if name in set(get_font_names())]
    colour, made = colours(theme), None
    with plt.rc_context({"font.family": fonts, "font.size": TEXT}):
        if ax is None:
            inches = (size[0] * len(titles), size[1])
            made, ax = plt.subplots(1, len(titles), figsize=inches, layout="constrained", squeeze=False)
            ax = ax[0]
        try:
            axes = list(ax) if isinstance(ax, Iterable) else [ax]
            if len(axes) != len(titles):
                raise ValueError(f"{len(titles)} plots need as many axes, got {len(axes)}")
            for one, title in zip(axes, titles, strict=True):
                _dress(one, title, colour)
            yield axes, colour
        except BaseException:
            if made:
                plt.close(made)
            raise


def numpy() -> Any:
    """NumPy, without which no plot is made.

    Raises:
        MissingPackageError: it is not installed.
    """
    try:
        import numpy
    except ImportError:
        raise MissingPackageError(NEEDED) from None
    return numpy


def _dress(ax: Axes, title: str, colour: Mapping[str, str]) -> None:
    ax.figure.set_facecolor(colour["ground"])
    ax.set_facecolor(colour["ground"])
    ax.set_title(title, loc="left", color=colour["ink"], fontsize=TITLE, fontweight="bold")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(colour["line"])
    ax.tick_params(colors=colour["muted"], labelsize=SMALL, length=0)
    ax.grid(color=colour["hairline"], linewidth=0.8)
    ax.set_axisbelow(True)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(color=colour["muted"], fontsize=TEXT)


def whole_numbers(axis: Any) -> None:
    """Write numbers on an axis only where a step, a unit or a count can be."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))


def logarithmic(ax: Axes, name: str) -> None:
    """Make an axis, "x" or "y", logarithmic once its limits are known, its numbers written as everywhere: 1e−13."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    ax.set(**{f"{name}scale": "log"})
    axis = ax.xaxis if name == "x" else ax.yaxis
    low, high = axis.get_view_interval()
    spacing = 1  # in powers of ten, from a number to the next
    if name == "x" and 0.0 < 1e5 * low < high:  # numbers side by side: a line for each power, a number for some
        spacing = math.ceil(math.log10(high / low) / 5.0)
        axis.set_major_locator(LogLocator(numticks=99))
    elif high > 8.0 * low:
        axis.set_major_locator(LogLocator(subs=(1.0,) if high > 30.0 * low else (1.0, 2.0, 5.0)))
    else:
        axis.set_major_locator(MaxNLocator(5))
    axis.set_minor_locator(NullLocator())

    def written(number: float, _: int) -> str:
        return value_text(number) if spacing == 1 or round(math.log10(number)) % spacing == 0 else ""

    axis.set_major_formatter(FuncFormatter(written))


def hatch(ax: Axes, zones: Iterable[tuple[float, float]], colour: Mapping[str, str]) -> None:
    """Mark from which x to which a function is saturated."""
    for start, end in zones:
        ax.axvspan(start, end, fc=colour["surface"], ec=colour["hairline"], hatch="////", linewidth=0.0, zorder=0)


def outlined(text: Any, colour: Mapping[str, str]) -> None:
    """Give a text a rim in the colour of the ground, so that it can be read where a line runs through it."""
    from matplotlib.patheffects import withStroke

    text.set_path_effects([withStroke(linewidth=4.0, foreground=colour["ground"])])


def label_ends(ax: Axes, ends: Sequence[tuple[float, float, str, Any]]) -> None:
    """Write a text right of the end of each line, (x, y, text, colour); texts that would overlap move apart."""
    ax.set_ylim(ax.get_ylim())
    heights = ax.transAxes.inverted().transform([ax.transData.transform(end[:2]) for end in ends])[:, 1]
    gap = min(1.3 * SMALL / 72.0 * ax.figure.dpi / ax.bbox.height, 1.0 / len(ends))
    order = sorted(range(len(ends)), key=lambda i: heights[i])
    free = -math.inf
    for i in order:
        heights[i] = max(heights[i], free)
        free = heights[i] + gap
    free = 1.0
    for i in reversed(order):
        heights[i] = min(heights[i], free)
        free = heights[i] - gap
    for (x, _, text, colour), height in zip(ends, heights, strict=True):
        place = ax.get_xaxis_transform()
        ax.annotate(text, (x, height), (8, 0), xycoords=place, va="center", color=colour, **AT_CURVE)


# ---------------------------------------------------------------- numbers out of what a learner has


def numbers(given: Iterable[Any], what: str, attribute: str = "data", finite: bool = True) -> list[float]:
    """The floats of a list of numbers and Values; of a Value its `data`, or its `grad`.

    Raises:
        ValueError: the list is empty, or holds nan or infinity although `finite`.
        TypeError: something in it is no number.
    """
    found = []
    for i, x in enumerate(given):
        number = getattr(x, attribute) if isinstance(x, Value) else x
        if not isinstance(number, Real):
            raise TypeError(f"{what}[{i}] must be a number or a Value, got {type(x).__name__}")
        if finite and not math.isfinite(number):
            raise ValueError(f"{what}[{i}] is {value_text(float(number))}: only finite numbers can be drawn here")
        found.append(float(number))
    if not found:
        raise ValueError(f"{what} is empty: there is nothing to draw")
    return found


def table(rows: Iterable[Any], what: str, width: int | None = None) -> Any:
    """The array of rows of `width` numbers each, or all as long as the first. Raises as `numbers` does."""
    np = numpy()

    found = [numbers(row, f"{what} {i}") for i, row in enumerate(rows)]
    if not found:
        raise ValueError(f"no {what} is given: there is nothing to draw")
    for i, row in enumerate(found):
        if len(row) != (width or len(found[0])):
            raise ValueError(f"{what} {i} has {len(row)} numbers, {width or len(found[0])} are needed")
    return np.array(found)


def by_layer(given: Any, attribute: str = "data") -> dict[str, list[float]]:
    """The numbers of each layer, out of a dict or a list of layers; lists may nest. Raises as `numbers` does."""
    layers = given if isinstance(given, Mapping) else {f"layer {i}": layer for i, layer in enumerate(given)}
    if not layers:
        raise ValueError("no layer is given: there is nothing to draw")
    return {name: numbers(_flat(layer), name, attribute) for name, layer in layers.items()}


def _flat(nested: Any) -> Iterator[Any]:
    for item in nested:
        if isinstance(item, Iterable) and not isinstance(item, str):
            yield from _flat(item)
        else:
            yield item
