"""Paths of optimisers over a landscape of two numbers, with lines of equal height."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.draw.plot_style import SMALL, canvas, outlined, table
from autograd.draw.plots import DASHES, RUN_COLOURS
from autograd.value import Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def paths(
    landscape: Callable[[Sequence[Any]], Any],
    visited: Mapping[str, Sequence[Sequence[float]]],
    *,
    ax: Any = None,
    theme: str = "light",
) -> Axes:
    """Where each optimiser went: a dot at each of the first steps, a ring at the start, a square at the end.

    Args:
        landscape: takes two numbers in a list and gives the height.
        visited: from each name to its places, as `autograd.experiments.descent.race` gives them.

    Raises:
        ValueError: there is no path, or a place is not finite.
    """
    import numpy as np

    found = {name: table(places, f"place of {name},", 2) for name, places in visited.items()}
    if not found:
        raise ValueError("no path is given: there is nothing to draw")
    corners = np.concatenate(list(found.values()))
    sides = []
    for low, high in zip(corners.min(axis=0), corners.max(axis=0), strict=True):
        margin = 0.15 * (high - low) or 1.0
        sides.append(np.linspace(low - margin, high + margin, 81))

    def height(x: float, y: float) -> float:
        out = landscape([x, y])
        return out.data if isinstance(out, Value) else float(out)

    heights = np.array([[height(x, y) for x in sides[0].tolist()] for y in sides[1].tolist()])
    with canvas(ax, theme, "paths downhill", size=(6.8, 4.6)) as ([plot], colour):
        levels = heights.min() + (heights.max() - heights.min()) * np.linspace(0.0, 1.0, 14)[1:] ** 3
        plot.contour(*sides, heights, levels=levels, colors=colour["line"], linewidths=1.0, linestyles="solid")
        for i, (name, places) in enumerate(found.items()):
            hue = colour[RUN_COLOURS[i % 4]]
            made = len(places) - 1
            label = f"{name}, {made} step{'s' * (made != 1)}"
            plot.plot(*places.T, color=hue, linestyle=DASHES[i % 4], linewidth=2.0, label=label)
            plot.plot(*places[1:31].T, ".", color=hue, markersize=6)
            plot.plot(*places[-1], marker="s", color=hue, markersize=8, markeredgecolor=colour["ground"])
        start = next(iter(found.values()))[0]
        plot.plot(*start, marker="o", markersize=10, markerfacecolor="none", color=colour["ink"], zorder=5)
        text = plot.annotate("start", start, (8, 8), textcoords="offset points", color=colour["ink"], fontsize=SMALL)
        outlined(text, colour)
        plot.grid(visible=False)
        plot.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, labelcolor=colour["ink"])
    return plot
