"""One frame of an animation: formula and sentence above, the picture below, laid out once for all frames.

What is drawn here is what the player of pages draws, from the same story. A length is a part of a slide 1280 wide.
"""

from __future__ import annotations

from math import isfinite

from autograd.debug.cursor import stops
from autograd.debug.formula import Piece, pieces
from autograd.debug.page import story
from autograd.debug.slide_picture import SlidePicture
from autograd.debug.trace import Trace
from autograd.debug.view import View
from autograd.draw.svg_cards import n, text, write
from autograd.draw.text import shorten
from autograd.draw.text import width as wide
from autograd.draw.tokens import Scale, colours, tint, tokens

FONT = "DejaVu Sans"  # widths are estimated for it
WIDTH, HEIGHT = 1280.0, 720.0
MARGIN, CAPTION, FOOT = 28.0, 200.0, 66.0
LARGEST, LOWEST = 1.5, 0.62  # how much the picture grows to fill the slide; how much it shrinks to fit its height
LEAST_TEXT, WIDEST = 7.0, 4000  # px of the finished image
SIZES = ((36, True), (32, True), (28, True), (32, False), (26, False), (22, False), (18, False), (14, False))


class Slide:
    """Draws the frames of one trace.

    Args:
        trace: what is stepped through.
        theme: "light" or "dark".
        width: of a frame, in px.

    Raises:
        TraceError: the trace is damaged.
        ValueError: it is too large for a picture, or its text would be too small to read.
    """

    def __init__(self, trace: Trace, theme: str, width: int) -> None:
        self.story = story(trace)
        picture = self.story["picture"]
        ways_out = "trace a smaller part (one sample, one neuron), or write a page with debug.save"
        if picture is None:
            raise ValueError(f"{len(trace.nodes)} values make no picture that fits a slide: {ways_out}")
        across, down = picture["size"]
        down += 2 * MARGIN
        self.zoom = min(LARGEST, (WIDTH - 2 * MARGIN) / across, max((HEIGHT - CAPTION - FOOT) / down, LOWEST))
        self.height = CAPTION + FOOT + self.zoom * down
        self.px = width / WIDTH
        name_px = tokens()["card"]["font"]["name"] * self.zoom * self.px
        if name_px < LEAST_TEXT:
            enough = round(width * LEAST_TEXT / name_px / 10 + 0.5) * 10
            raise ValueError(
                f"in a picture {across:.0f} wide the names would be {name_px:.1f} px high, which nobody can read:"
                f" {ways_out}" + (f", or give width={enough}" if enough <= WIDEST else "")
            )
        view = View(trace, "")
        self.cursor, self.told, self.stops = view.cursor, view.told, stops(trace)
        self.theme, self.colour = theme, colours(theme)
        self.scale = Scale(self.story["scale"]["full"], self.story["scale"]["name"])
        self.picture = SlidePicture(self.story, view, theme)

    def frame(self, stop: int) -> str:
        """The frame before the first stop, for 0, or after so many."""
        number = self.stops[stop - 1] if stop else None
        position = 0 if number is None else number + 1
        while stop and position < len(self.cursor) and self.cursor.trace.events[position].kind == "finish":
            position += 1
        self.cursor.seek(position)
        w, h = n(WIDTH * self.px), n(self.height * self.px)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {n(WIDTH)}'
            f' {n(self.height)}" font-family="{FONT}, sans-serif">\n'
            f'<rect width="100%" height="100%" fill="{self.colour["ground"]}"/>\n'
            f"{self._caption(number, stop)}{self._placed(number)}{self._foot(stop)}</svg>\n"
        )

    def _placed(self, number: int | None) -> str:
        """The picture in the middle between caption and foot."""
        across, down = (self.zoom * side for side in self.story["picture"]["size"])
        left, top = (WIDTH - across) / 2, (CAPTION + self.height - FOOT - down) / 2
        drawn = self.picture.svg(number)
        return f'<g transform="translate({n(left)} {n(top)}) scale({self.zoom:.4f})">\n{drawn}</g>\n'

    def _caption(self, number: int | None, stop: int) -> str:
        """Title and place, the formula, the sentence."""
        colour, right = self.colour, WIDTH - MARGIN
        phase, sentence = "", "Nothing has happened yet."
        if number is not None:
            step = self.told.tell(number)
            phase, sentence = step.title.split(":")[0] + ", ", step.sentence
        place = f"{phase}step {stop} of {len(self.stops)}"
        title = shorten(self.story["title"], 16, right - 2 * MARGIN - wide(place, 16))
        size = max(15.0, min(22.0, 22.0 * (WIDTH - 2 * MARGIN) / wide(sentence, 22)))
        sentence = shorten(sentence, size, WIDTH - 2 * MARGIN)
        return (
            f'<rect width="{n(WIDTH)}" height="{n(CAPTION)}" fill="{colour["surface"]}"/>'
            f"{write(title, MARGIN, 30, 16, colour['muted'])}"
            f"{write(place, right, 30, 16, colour['muted'], text_anchor='end')}\n"
            f"{'' if number is None else self._formula(number)}"
            f"{write(sentence, WIDTH / 2, 180, size, colour['ink'], text_anchor='middle')}\n"
        )

    def _formula(self, number: int) -> str:
        """The formula on one line: digits never go, the pieces become smaller."""
        shown = list(pieces(self.told, number))
        for size, full in SIZES:
            symbols = [piece.symbol if full else piece.symbol.partition(" = ")[0] for piece in shown]
            bodies = [self._body(piece, size) for piece in shown]
            rooms = [
                max(body, wide(symbol, 16), wide(piece.word, 15)) + 0.25 * size
                for body, symbol, piece in zip(bodies, symbols, shown, strict=True)
            ]
            if sum(rooms) <= WIDTH - 2 * MARGIN:
                break
        x, parts = (WIDTH - sum(rooms)) / 2, []
        for piece, symbol, body, room in zip(shown, symbols, bodies, rooms, strict=True):
            parts.append(self._piece(piece, symbol, x + room / 2, body, size))
            x += room
        return "".join(parts) + "\n"

    def _body(self, piece: Piece, size: float) -> float:
        if piece.shape == "sign":
            return wide(piece.text.strip(), 0.7 * size)
        return wide(piece.text, size, bold=True) + (0.9 if piece.shape in ("local", "chip") else 0.6) * size

    def _piece(self, piece: Piece, symbol: str, x: float, body: float, size: float) -> str:
        colour, y = self.colour, 100.0
        if piece.shape == "sign":
            return write(piece.text.strip(), x, y + 0.25 * size, 0.7 * size, colour["muted"], text_anchor="middle")
        fill, ink, rim = colour["ground"], colour["ink"], colour["line"]
        if piece.shape == "chip":
            fill, ink, rim = colour["now"], colour["on_now"], colour["now"]
        elif piece.number is not None and not isfinite(piece.number):
            fill, ink = ink, fill
        elif piece.shape == "gradient":
            fill = tint(self.theme, max(-1.0, min(1.0, self.scale(piece.number or 0.0))))
            rim = colour["line" if piece.word == "before" else "now"]
        high = 1.4 * size
        round_by = high / 2 if piece.shape in ("local", "chip") else 7.0
        return (
            f'<rect x="{n(x - body / 2)}" y="{n(y - high / 2)}" width="{n(body)}" height="{n(high)}"'
            f' rx="{n(round_by)}" fill="{fill}" stroke="{rim}" stroke-width="3"/>'
            f"{write(piece.text, x, y + 0.36 * size, size, ink, bold=True, text_anchor='middle')}"
            f"{write(symbol, x, 62, 16, colour['ink'], text_anchor='middle') if symbol else ''}"
            f"{write(piece.word, x, 146, 15, colour['muted'], text_anchor='middle') if piece.word else ''}"
        )

    def _foot(self, stop: int) -> str:
        """The legend, and how far it is."""
        colour, y, across = self.colour, self.height - 18, WIDTH - 2 * MARGIN
        spans = "".join(f'<tspan fill="{colour[role]}">{text(words)}</tspan>' for words, role in self.story["legend"])
        place = MARGIN + across * stop / len(self.stops) if self.stops else MARGIN
        size = min(14.0, 14.0 * across / sum(wide(words, 14) for words, _ in self.story["legend"]))
        return (
            f'<text x="{n(WIDTH / 2)}" y="{n(y - 18)}" font-size="{n(size)}" text-anchor="middle" xml:space="preserve">'
            f"{spans}</text>\n"
            f'<rect x="{n(MARGIN)}" y="{n(y - 2)}" width="{n(across)}" height="4" fill="{colour["hairline"]}"/>'
            f'<rect x="{n(MARGIN)}" y="{n(y - 2)}" width="{n(place - MARGIN)}" height="4" fill="{colour["line"]}"/>'
            f'<circle cx="{n(place)}" cy="{n(y)}" r="7" fill="{colour["now"]}"/>\n'
        )
