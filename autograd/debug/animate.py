"""An animation of both passes, for slides: one frame for each stop of a reader, and nothing moves but what happens."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.debug.cursor import stops
from autograd.debug.page import traced
from autograd.debug.slide import WIDEST, Slide
from autograd.debug.trace import Trace
from autograd.errors import MissingPackageError
from autograd.value import Value

if TYPE_CHECKING:
    from PIL.Image import Image

OPTIONS: dict[str, dict[str, Any]] = {
    ".gif": {"format": "GIF", "optimize": True},
    ".webp": {"format": "WEBP", "lossless": True},
    ".png": {"format": "PNG"},
}
LAST = 3  # the last frame stands so many times longer


def animate(
    subject: Value | Trace,
    path: str | Path,
    *,
    seconds: float = 1.6,
    theme: str = "light",
    width: int = 1280,
    max_frames: int = 200,
) -> Path:
    """Write an animation of the forward and the backward pass: GIF, WebP or animated PNG, by the ending of the path.

    Every stop is a frame: a node computed, the order found, an edge that passes its contribution on. Positions never
    change; the same graph gives the same bytes, wherever its names can be written with the font that comes along.

    Args:
        subject: the root of a graph, or what `debug.trace` gave.
        path: the file to write: *.gif, *.webp or *.png.
        seconds: how long a frame stands.
        theme: "light" or "dark".
        width: of the image, in px.
        max_frames: refuse to make more.

    Raises:
        MissingPackageError: Pillow, resvg-py or Matplotlib, whose font is used, is not installed.
        TypeError: subject is neither a Value nor a Trace.
        TraceError: the trace is damaged.
        ValueError: an option is not known, or there is too much for an animation; the message says what to do.

    >>> x = Value(3.0, label="x")
    >>> animate(x * x, "backprop.gif")  # doctest: +SKIP
    PosixPath('backprop.gif')
    """
    path = Path(path)
    options = OPTIONS.get(path.suffix.lower())
    if options is None:
        raise ValueError(f"no animation is called *{path.suffix or path.name}: use {', '.join(OPTIONS)}")
    if not 0.02 <= seconds <= 60.0:
        raise ValueError(f"a frame must stand from 0.02 to 60 seconds, got {seconds!r}")
    drawn = _drawn(frames(subject, theme=theme, width=width, max_frames=max_frames))
    images = _in_shared_colours(drawn) if options["format"] == "GIF" else [_pixels(png) for png in drawn]
    milliseconds = [round(1000 * seconds)] * len(images)
    milliseconds[-1] *= LAST
    made = io.BytesIO()
    images[0].save(made, save_all=True, append_images=images[1:], duration=milliseconds, loop=0, **options)
    path.write_bytes(made.getvalue())
    return path


def frames(subject: Value | Trace, *, theme: str = "light", width: int = 1280, max_frames: int = 200) -> list[str]:
    """The frames of an animation as SVG documents: one before anything has happened, then one for each stop.

    Raises:
        TypeError, TraceError, ValueError: as in `animate`.

    >>> x = Value(3.0, label="x")
    >>> first, *_, last = frames(x * x)
    >>> "+6" in first, "+6" in last
    (False, True)
    """
    if theme not in ("light", "dark"):
        raise ValueError(f"unknown theme {theme!r}: use 'light' or 'dark'")
    if not 1 <= width <= WIDEST:
        raise ValueError(f"width must be from 1 to {WIDEST} px, got {width}")
    given = traced(subject)
    told = stops(given)
    if len(told) >= max_frames:
        raise ValueError(
            f"an animation of {len(told) + 1} frames is too long for a slide, {max_frames} are allowed: trace a smaller"
            f" part (one sample, one neuron), write a page with debug.save, or insist with max_frames={len(told) + 1}"
        )
    slide = Slide(given, theme, width)
    return [slide.frame(stop) for stop in range(len(told) + 1)]


def _drawn(frames: Sequence[str]) -> list[bytes]:
    """The frames as PNG, in the font that Matplotlib brings, so that they look the same everywhere."""
    try:
        import PIL  # noqa: F401
        import resvg_py

        folder = files("matplotlib") / "mpl-data" / "fonts" / "ttf"
    except ImportError:
        raise MissingPackageError(
            "an animation needs the packages pillow, resvg-py and matplotlib: pip install 'stepgrad[animate]',"
            " or write a page with debug.save(root, 'steps.html')"
        ) from None
    fonts = [str(folder / f"DejaVuSans{kind}.ttf") for kind in ("", "-Bold", "-Oblique")]
    strange = max(map(max, frames)) >= "\u2e80"  # that font has no Chinese and no emoji
    bold = '[font-weight="650"] { font-weight: bold }'  # resvg knows whole hundreds only
    return [
        resvg_py.svg_to_bytes(frame, skip_system_fonts=not strange, font_files=fonts, style_sheet=bold)
        for frame in frames
    ]


def _pixels(png: bytes) -> Image:
    import PIL.Image

    return PIL.Image.open(io.BytesIO(png)).convert("RGB")


def _in_shared_colours(drawn: Sequence[bytes]) -> list[Image]:
    """The images in one palette, the most frequent colours, so that what stays is the same in every frame."""
    import numpy as np
    from PIL.Image import fromarray

    def packed(png: bytes) -> Any:
        return np.asarray(_pixels(png), np.int32) @ (65536, 256, 1)

    counts = Counter[int]()
    for png in drawn:
        found, times = np.unique(packed(png), return_counts=True)
        counts.update(dict(zip(found.tolist(), times.tolist(), strict=True)))
    colours = np.array(sorted(counts))
    parts = colours[:, None] >> (16, 8, 0) & 255
    frequent = sorted(range(len(colours)), key=lambda i: (-counts[int(colours[i])], i))[:256]
    palette = parts[frequent]
    nearest = np.array([((palette - part) ** 2).sum(1).argmin() for part in parts], np.uint8)
    images = []
    for png in drawn:
        images.append(fromarray(nearest[np.searchsorted(colours, packed(png))]))
        images[-1].putpalette(palette.astype(np.uint8).tobytes())
    return images
