"""Pictures of the course: each with a caption, and in words for those who do not see it."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from autograd import draw
from autograd.draw.plot_style import canvas, label_ends, logarithmic, whole_numbers
from autograd.draw.plots import DASHES, RUN_COLOURS
from autograd.errors import MissingPackageError
from autograd.value import Value

DPI = 192
PIXELS = 96  # of a page, per inch


@dataclass(frozen=True)
class Figure:
    """What a notebook shows: an image, its caption below it, its description as alternative text.

    `width` is in pixels of the page; None leaves it to the image. Where there is no image, `missing` says why, and the
    description stands in its place.
    """

    image: str
    caption: str
    alt: str
    width: float | None = None
    missing: str = ""

    def _repr_html_(self) -> str:
        width = f' width="{self.width:g}"' if self.width else ""
        picture = f'<img src="{self.image}" alt="{escape(self.alt)}"{width} style="max-width:100%;height:auto">'
        if self.missing:
            picture = f"<p>[{escape(self.alt)}] <small>No picture: {escape(self.missing)}</small></p>"
        return f'<figure style="margin:1em 0">{picture}<figcaption>{escape(self.caption)}</figcaption></figure>'

    def __repr__(self) -> str:
        return f"{self.caption}\n[{self.alt}]" + (f"\nNo picture: {self.missing}" if self.missing else "")


def figure(subject: Any, caption: str, alt: str, **options: Any) -> Figure:
    """A picture with a caption and alternative text: the last line of a cell shows it.

    Args:
        subject: a Value, whose graph is drawn; what `program.draw` returned; or what `plot` or a function of
            `draw.plots` returned, or other Axes.
        caption: what to notice, in one sentence.
        alt: what is to be seen, for those who do not see it.
        options: of `draw.svg`, for a graph.

    Raises:
        ValueError: caption or alt is empty.

    >>> x = Value(3.0, label="x")
    >>> figure(x * x, "Two edges lead into one node.", "x, and x times x, joined by two arrows")
    Two edges lead into one node.
    [x, and x times x, joined by two arrows]
    """
    if not caption.strip() or not alt.strip():
        raise ValueError("a figure needs a caption and a description: caption='...', alt='...'")
    if isinstance(subject, MissingPackageError):
        return Figure("", caption, alt, missing=str(subject))
    if isinstance(subject, Value | draw.Shown):
        svg = draw.svg(subject, **options) if isinstance(subject, Value) else subject.svg
        return Figure(_data("svg+xml", svg.encode()), caption, alt)
    axes = subject[0] if isinstance(subject, list | tuple) else subject
    wide = PIXELS * axes.figure.get_figwidth()
    return Figure(_data("png", _png(axes.figure)), caption, alt, wide)


def plot(
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]], title: str, x: str, y: str = "", *, log: bool = False
) -> Any:
    """Lines in the look of `draw.plots`, each named at its end; `x` and `y` say what the axes show.

    Args:
        lines: for each name the numbers along x, and as many along y.
        log: whether both axes are logarithmic; points of which a number is not positive are left out then.

    Returns:
        The Axes. Where matplotlib is not installed, the error that says so, for `figure` to show: a lesson goes on
        without its plots.

    Raises:
        ValueError: a line has no point that can be drawn, or one list is longer than the other.

    >>> plot({"x²": ([0, 1, 2], [0, 1, 4])}, "a parabola", "x").get_title(loc="left")
    'a parabola'
    """
    try:
        with canvas(None, "light", title) as ((axes,), colour):
            ends = []
            for i, (name, (xs, ys)) in enumerate(lines.items()):
                hue = colour[RUN_COLOURS[i % len(RUN_COLOURS)]]
                points = [(a, b) for a, b in zip(xs, ys, strict=True) if not log or (a > 0.0 and b > 0.0)]
                if not points:
                    raise ValueError(f"the line {name!r} has no point that can be drawn")
                axes.plot(*zip(*points, strict=True), color=hue, linestyle=DASHES[i % len(DASHES)], linewidth=2.6)
                ends.append((*max(points), name, hue))
            axes.set(xlabel=x, ylabel=y)
            if log:
                logarithmic(axes, "x")
                logarithmic(axes, "y")
            elif all(isinstance(a, int) for xs, _ in lines.values() for a in xs):
                whole_numbers(axes.xaxis)  # there is no layer or step 2.5
            last = max(end[0] for end in ends)
            label_ends(axes, [(last, *end[1:]) for end in ends])
    except MissingPackageError as error:
        return error
    return axes


def _png(drawn: Any) -> bytes:
    """The figure as a PNG; it is closed, so that no notebook shows it a second time."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=DPI)
    plt.close(drawn)
    return buffer.getvalue()


def _data(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{b64encode(content).decode()}"
