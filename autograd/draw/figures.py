"""Figures of experiments: tables as heat maps, measurements as curves."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Any

from autograd.draw.numbers import value_text
from autograd.draw.plot_style import SMALL, canvas, label_ends, logarithmic, numbers
from autograd.draw.plots import DASHES, RUN_COLOURS
from autograd.draw.tokens import tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def heat_maps(
    rows: Sequence[str],
    columns: Sequence[str],
    tables: Mapping[str, Sequence[Sequence[float]]],
    *,
    across: str = "",
    log: Collection[str] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
    ax: Any = None,
    theme: str = "light",
) -> Axes | list[Axes]:
    """Tables of one shape side by side: the larger a number, the darker its cell, with the number written in it.

    What is not finite, or on a logarithmic scale 0, has a number and no colour.

    Args:
        rows, columns: their names. Where several rows begin with one word, lines part them from the others.
        tables: from a title to rows of numbers, none below 0 on a logarithmic scale.
        across: what the columns are.
        log: the titles of tables that are coloured by the logarithm.
        ranges: from a title to the numbers that are palest and darkest; those of the table unless given.
        ax: as many Axes as there are tables.

    Returns:
        The Axes; a list if there are several tables.

    Raises:
        ValueError: a table has another shape than the names, or nothing to colour; no table has a title that is named.
    """
    for title in (*log, *(ranges or {})):
        if title not in tables:
            raise ValueError(f"there is no table {title!r}: there are {', '.join(tables)}")
    found = {title: _checked(title, table, rows, columns) for title, table in tables.items()}
    groups = [name.partition(" ")[0] for name in rows]
    wide = max(0.95 * len(columns), 0.09 * max(map(len, found)))  # a title must not reach into the next table
    size = (1.8 + wide, 1.3 + 0.34 * len(rows))
    with canvas(ax, theme, *found, size=size) as (plots, colour):
        for place, (plot, (title, table)) in enumerate(zip(plots, found.items(), strict=True)):
            heights = [[_height(x, title in log) for x in row] for row in table]
            low, high = _span(title, heights, (ranges or {}).get(title), title in log)
            for i, row in enumerate(heights):
                for k, height in enumerate(row):
                    if not math.isnan(height):
                        share = min(1.0, max(0.0, (height - low) / (high - low or 1.0)))
                        plot.add_patch(_square(k, i, tint(theme, share)))
                    plot.text(k, i, _text(table[i][k]), ha="center", va="center", fontsize=SMALL, color=colour["ink"])
            for i, (above, below) in enumerate(pairwise(groups)):
                if above != below and len(set(groups)) < len(rows):
                    plot.axhline(i + 0.5, color=colour["muted"], linewidth=1.2)
            plot.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5), xlabel=across)
            plot.set_xticks(range(len(columns)), list(columns))
            plot.set_yticks(range(len(rows)), list(rows) if place == 0 else [""] * len(rows))
            plot.tick_params(labelcolor=colour["ink"])
            plot.grid(visible=False)
            plot.spines[["left", "bottom"]].set_visible(False)
    return plots[0] if len(plots) == 1 else plots


def _checked(
    title: str, table: Sequence[Sequence[float]], rows: Sequence[str], columns: Sequence[str]
) -> list[list[float]]:
    found = [numbers(row, f"row {i} of {title}", finite=False) for i, row in enumerate(table)]
    if len(found) != len(rows) or any(len(row) != len(columns) for row in found):
        raise ValueError(f"{title} needs {len(rows)} rows of {len(columns)} numbers, one for each name")
    return found


def _height(x: float, log: bool) -> float:
    """The place of a number on its scale; nan if it has none."""
    if log:
        return math.log10(x) if 0.0 < x < math.inf else math.nan
    return x if math.isfinite(x) else math.nan


def _span(
    title: str, heights: Sequence[Sequence[float]], given: tuple[float, float] | None, log: bool
) -> tuple[float, float]:
    if given is not None:
        low, high = (_height(x, log) for x in given)
        return low, high
    known = [x for row in heights for x in row if not math.isnan(x)]
    if not known:
        raise ValueError(f"no number of {title} is finite{' and above 0' if log else ''}: there is nothing to colour")
    return min(known), max(known)


def _square(column: int, row: int, hue: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.5, row - 0.5), 1.0, 1.0, facecolor=hue, edgecolor="none", zorder=0)


def _text(x: float) -> str:
    """Two digits, or two places from 0.1 to 1; short, as there is little room."""
    return f"{x:.2f}".lstrip("0") if 0.1 <= x < 0.995 else value_text(x, 2).replace("0.", ".", 1)


def against(
    xs: Sequence[float],
    measured: Mapping[str, Sequence[Sequence[float]]],
    *,
    title: str = "",
    across: str = "",
    log: bool = False,
    ax: Any = None,
    theme: str = "light",
) -> Axes:
    """What was measured at each x: a line through the means, and a dot for each measurement if there are several.

    Args:
        xs: where it was measured, ascending.
        measured: from a name to the measurements at each x, one or several.
        across: what x is.
        log: whether x is on a logarithmic scale.

    Raises:
        ValueError: there are not measurements for each x, or one is not finite.
    """
    places = numbers(xs, "xs")
    found = {name: [numbers(runs, name) for runs in given] for name, given in measured.items()}
    for name, given in found.items():
        if len(given) != len(places):
            raise ValueError(f"{name} has measurements for {len(given)} places, there are {len(places)}")
    with canvas(ax, theme, title) as ([plot], colour):
        ends: list[tuple[float, float, str, Any]] = []
        for i, (name, given) in enumerate(found.items()):
            hue, means = colour[RUN_COLOURS[i % 4]], [fmean(runs) for runs in given]
            plot.plot(places, means, color=hue, linestyle=DASHES[i % 4], linewidth=2.6)
            for x, runs in zip(places, given, strict=True):
                if len(runs) > 1:
                    plot.plot([x] * len(runs), runs, "o", color=hue, markersize=7, alpha=0.6, markeredgewidth=0.0)
            ends.append((places[-1], means[-1], f"{name}  {value_text(means[-1], 2)}", hue))
        plot.set_xlabel(across)
        if log:
            logarithmic(plot, "x")
        label_ends(plot, ends)
    return plot
