"""Pictures of what a model looked at: attention as a table, shares of words as bars, heat over an image or a sound.

Attributions come from `autograd.interpret`. Blue is for the score, orange against it; a stroke marks what is negative,
so that the sign survives a print in grey. All return the Axes that they drew on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.plot_style import SMALL, canvas, numbers, table
from autograd.draw.tokens import tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def attention(
    weights: Any, queries: Sequence[str], keys: Sequence[str], *, ax: Any = None, theme: str = "light"
) -> Axes:
    """The attention that each query, a row, pays to each key, a column; every row adds up to 1.

    Args:
        weights: a row of shares for each query, numbers or Values.
        queries, keys: what stands at the rows and above the columns.

    Raises:
        ValueError: there is not a name for each row and column.
    """
    shares = table(weights, "query", len(keys))
    if len(shares) != len(queries):
        raise ValueError(f"{len(shares)} rows of attention need as many queries, got {len(queries)}")
    size = (max(4.0, 0.62 * len(keys) + 1.6), max(2.2, 0.5 * len(queries) + 1.2))
    with canvas(ax, theme, "attention", size=size) as ([plot], colour):
        from matplotlib.colors import ListedColormap

        plot.imshow(shares, cmap=ListedColormap([tint(theme, i / 100) for i in range(101)]), vmin=0, vmax=1)
        if shares.size <= 200:
            for row, line in enumerate(shares):
                for column, share in enumerate(line):
                    text = f"{share:.2f}".lstrip("0")
                    plot.text(column, row, text, ha="center", va="center", fontsize=SMALL, color=colour["ink"])
        plot.set_xticks(range(len(keys)), list(keys), rotation=0 if max(map(len, keys)) < 8 else 40, ha="center")
        plot.set_yticks(range(len(queries)), list(queries))
        plot.tick_params(labelcolor=colour["ink"])
        _bare(plot)
    return plot


def confusion(counts: Any, classes: Sequence[str], *, ax: Any = None, theme: str = "light") -> Axes:
    """How often what is one class, a row, was taken for which, a column; tinted is the share of its row.

    Right decisions stand on the diagonal, in blue; the others are orange, and never so pale that one overlooks them.

    Args:
        counts: a row of whole numbers for each class.
        classes: their names.

    Raises:
        ValueError: there is not a name for each row and column.
    """
    found = table(counts, "class", len(classes))
    if len(found) != len(classes):
        raise ValueError(f"{len(found)} rows of counts need as many classes, got {len(classes)}")
    side = max(3.4, 0.46 * len(classes) + 1.6)
    with canvas(ax, theme, "taken for", size=(side + 0.4, side)) as ([plot], colour):
        from matplotlib.patches import Rectangle

        for row, line in enumerate(found):
            for column, count in enumerate(line):
                if count:
                    share = count / line.sum() if row == column else -max(0.2, count / line.sum())
                    square = Rectangle((column - 0.5, row - 0.5), 1, 1, fc=tint(theme, share), ec=colour["ground"])
                    plot.add_patch(square)
                    text = f"{count:.0f}"
                    plot.text(column, row, text, ha="center", va="center", fontsize=SMALL, color=colour["ink"])
        plot.set(xlim=(-0.5, len(classes) - 0.5), ylim=(len(classes) - 0.5, -0.5), aspect="equal")
        plot.set_xticks(range(len(classes)), list(classes), rotation=0 if max(map(len, classes)) < 5 else 90)
        plot.set_yticks(range(len(classes)), list(classes))
        plot.tick_params(labelcolor=colour["ink"], labeltop=True, labelbottom=False)
        _bare(plot)
    return plot


def words(
    names: Sequence[str], attributions: Mapping[str, Any], *, ax: Any = None, theme: str = "light"
) -> Axes | list[Axes]:
    """What each word counts by one or several methods, as bars beside each other, each method on a scale of its own.

    Args:
        names: the words, in the order of the text.
        attributions: from the name of a method to a number for each word.
        ax: as many Axes as there are methods.

    Returns:
        The Axes; a list if there are several methods.
    """
    found = {method: numbers(given, method) for method, given in attributions.items()}
    for method, given in found.items():
        if len(given) != len(names):
            raise ValueError(f"{method} has {len(given)} numbers for {len(names)} words")
    size = (3.6, max(2.4, 0.32 * len(names) + 0.9))
    with canvas(ax, theme, *found, size=size) as (plots, colour):
        for place, (plot, given) in enumerate(zip(plots, found.values(), strict=True)):
            full = max(map(abs, given)) or 1.0
            hues = [tint(theme, x / full) for x in given]
            plot.barh(range(len(given)), given, color=hues, edgecolor=colour["muted"], linewidth=0.8)
            plot.axvline(0.0, color=colour["line"], linewidth=1.2)
            plot.set_yticks(range(len(names)), list(names) if place == 0 else [""] * len(names))
            plot.set_ylim(len(names) - 0.4, -0.6)
            plot.tick_params(axis="y", labelcolor=colour["ink"])
            plot.locator_params(axis="x", nbins=4)
            plot.grid(visible=False, axis="y")
    return plots[0] if len(plots) == 1 else plots


def heat(
    rows: Any,
    attributions: Any = None,
    *,
    title: str = "",
    across: str = "",
    up: str = "",
    ax: Any = None,
    theme: str = "light",
) -> Axes:
    """An image, or the frames of a sound, as grey squares; over it what each number counts, as heat.

    The bigger a patch of heat, the more its number counts: full where it counts most.

    Args:
        rows: rows of numbers; the largest is darkest. For a sound, one row for each band of frequency.
        attributions: the same shape, from `autograd.interpret`; none draws the image alone.
        title, across, up: what the picture, its columns and its rows are.

    Raises:
        ValueError: rows of different lengths, or attributions of another shape.
    """
    import numpy as np

    image = table(rows, "row")
    counts = None if attributions is None else table(attributions, "row of attributions", image.shape[1])
    if counts is not None and counts.shape != image.shape:
        raise ValueError(f"the image has {len(image)} rows and the attributions have {len(counts)}")
    size = (min(9.0, max(3.6, 0.34 * image.shape[1] + 1.6)), min(7.0, max(3.0, 0.34 * image.shape[0] + 1.0)))
    with canvas(ax, theme, title, size=size) as ([plot], colour):
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.patches import Rectangle

        greys = LinearSegmentedColormap.from_list("greys", [colour["ground"], colour["line"], colour["muted"]])
        plot.imshow(image, cmap=greys, aspect="equal")
        if counts is not None:
            full = float(np.abs(counts).max()) or 1.0
            down, right = np.nonzero(np.abs(counts) > 0.02 * full)
            strength = counts[down, right] / full
            sides = 0.8 * np.sqrt(np.abs(strength))
            for x, y, side, share in zip(right, down, sides, strength, strict=True):
                corner = (x - side / 2, y - side / 2)
                plot.add_patch(Rectangle(corner, side, side, fc=tint(theme, share), ec=colour["ink"], linewidth=0.5))
            against = strength < -0.15
            plot.scatter(right[against], down[against], s=10, marker="_", color=colour["ink"], linewidth=1.0)
            most = value_text(full, 3) if (counts >= 0).all() else f"±{gradient_text(full, 3).lstrip('+')}"
            plot.set_xlabel(f"{across}    full square: {most}".strip())
        else:
            plot.set_xlabel(across)
        plot.set_ylabel(up)
        plot.set(xticks=[], yticks=[])
        _bare(plot)
    return plot


def _bare(plot: Axes) -> None:
    plot.grid(visible=False)
    plot.spines[["left", "bottom"]].set_visible(False)
