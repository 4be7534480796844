"""The visual language as data: colours, sizes and fonts, read from `tokens.json`, and the heat scale made of them."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

THEMES = ("light", "dark", "auto")


@cache
def tokens() -> dict[str, Any]:
    """Everything in `tokens.json`."""
    return json.loads(files("autograd.draw").joinpath("tokens.json").read_text("utf-8"))  # type: ignore[no-any-return]


def colours(theme: str) -> dict[str, str]:
    """The colours of a theme by their role: ground, ink, positive and so on. "auto" begins as light."""
    return _theme(theme)["colour"]  # type: ignore[no-any-return]


def _theme(name: str) -> dict[str, Any]:
    return tokens()["themes"]["dark" if name == "dark" else "light"]  # type: ignore[no-any-return]


def tint(theme: str, t: float) -> str:
    """The heat colour for t in −1..1: the ground at 0, interpolated in sRGB between the stops.

    >>> tint("light", 0.0), tint("light", 1.0), tint("light", -0.125)
    ('#FFFFFF', '#63ADFE', '#FFF6F0')
    """
    heat = _theme(theme)["heat"]
    stops = [heat["zero"], *heat["positive" if t >= 0 else "negative"]]
    place = min(1.0, abs(t)) * (len(stops) - 1)
    i = min(int(place), len(stops) - 2)
    return "#" + "".join(
        f"{math.floor(a + (b - a) * (place - i) + 0.5):02X}" for a, b in zip(*map(_rgb, stops[i : i + 2]), strict=True)
    )


def _rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


@dataclass(frozen=True)
class Scale:
    """How the size of a gradient becomes tint, bar length and line width.

    Attributes:
        full: the gradient at which a bar is full, > 0.
        name: "linear", or "symlog" for a symmetric logarithm that is linear near 0.
    """

    full: float
    name: str

    def __call__(self, gradient: float) -> float:
        """The place of a gradient in −1..1; beyond that for one that exceeds the scale."""
        if self.name == "linear" or abs(gradient) > self.full:
            return gradient / self.full
        linear_part = self.full * tokens()["scale"]["symlog_linear_part"]
        place = math.log1p(abs(gradient) / linear_part) / math.log1p(self.full / linear_part)
        return math.copysign(place, gradient)

    def at(self, place: float) -> float:
        """The gradient at a place in −1..1.

        >>> Scale(4.0, "linear").at(-0.5)
        -2.0
        """
        if self.name == "linear":
            return place * self.full
        linear_part = self.full * tokens()["scale"]["symlog_linear_part"]
        return math.copysign(linear_part * math.expm1(abs(place) * math.log1p(self.full / linear_part)), place)


def scale_for(gradients: Iterable[float], full: float | None = None, name: str = "auto") -> Scale:
    """The scale for a picture: linear, unless the largest gradient dwarfs the median one."""
    sizes = [abs(g) for g in gradients if g != 0 and math.isfinite(g)]
    largest = full or max(sizes, default=1.0)
    if name == "auto":
        spread = largest / statistics.median(sizes) if sizes else 1.0
        name = "symlog" if spread > tokens()["scale"]["auto_symlog_when_max_over_median"] else "linear"
    return Scale(largest, name)
