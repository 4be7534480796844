"""One frame of an animation: formula and sentence above, the picture below, laid out once for all frames.

What is drawn here is what the player of pages draws, from the same story. A length is a part of a slide 1280 wide.
"""

from __future__ import annotations

from collections import Counter
from math import isfinite
from typing import Any

from autograd.debug.cursor import stops
from autograd.debug.events import Event
from autograd.debug.formula import Piece, pieces
from autograd.debug.page import story
from autograd.debug.trace import Trace
from autograd.debug.view import View
from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.parts import Card, Scene
from autograd.draw.picture import Box
from autograd.draw.svg_cards import card_svg, n, text, write
from autograd.draw.text import shorten
from autograd.draw.text import width as wide
from autograd.draw.tokens import Scale, colours, tint, tokens

FONT = "DejaVu Sans"  # widths are estimated for it
WIDTH, HEIGHT = 1280.0, 720.0
MARGIN, CAPTION, FOOT = 28.0, 200.0, 66.0
LARGEST, LOWEST = 1.5, 0.62  # how much the picture grows to fill the slide; how much it shrinks to fit its height
LEAST_TEXT = 7.0  # px of the finished image
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
                f" {ways_out}, or give width={enough}"
            )
        view = View(trace, "")
        self.cursor, self.told, self.stops = view.cursor, view.told, stops(trace)
        self.theme, self.colour = theme, colours(theme)
        self.scale = Scale(self.story["scale"]["full"], self.story["scale"]["name"])
        self.wires: dict[tuple[int, int | None], dict[str, Any]] = {}
        slots = Counter[int]()
        for wire in picture["wires"]:  # in the order of their slots
            self.wires[wire["node"], slots[wire["node"]]] = wire
            slots[wire["node"]] += 1
        self.scene = Scene((), (), (), "", "", True, self.scale, 4, "LR", theme)

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
            f"{self._caption(number, stop)}{self._picture(number)}{self._foot(stop)}</svg>\n"
        )

    # ------------------------------------------------------------ words

    def _caption(self, number: int | None, stop: int) -> str:
        """Title and place, the formula, the sentence."""
        colour, right = self.colour, WIDTH - MARGIN
        phase, sentence = "", self.story["start"].split(". ")[0] + "."
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
        return (
            f'<text x="{n(WIDTH / 2)}" y="{n(y - 18)}" font-size="14" text-anchor="middle" xml:space="preserve">'
            f"{spans}</text>\n"
            f'<rect x="{n(MARGIN)}" y="{n(y - 2)}" width="{n(across)}" height="4" fill="{colour["hairline"]}"/>'
            f'<rect x="{n(MARGIN)}" y="{n(y - 2)}" width="{n(place - MARGIN)}" height="4" fill="{colour["line"]}"/>'
            f'<circle cx="{n(place)}" cy="{n(y)}" r="7" fill="{colour["now"]}"/>\n'
        )

    # ------------------------------------------------------------ the picture

    def _picture(self, number: int | None) -> str:
        """Everything in its place; only what is known and what is told differs from frame to frame."""
        picture, cards = self.story["picture"], self.story["picture"]["cards"]
        event = None if number is None else self.cursor.trace.events[number]
        lit: list[int] = []
        if event is not None and event.kind != "order":
            lit = [event.node] if event.operand is None else [event.operand, event.node]
        sent, rank = self._so_far()
        known = [place for place in self.wires if self.cursor.state.data[place[0]] is not None]
        told = [] if event is None or event.operand is None else [(event.node, event.slot)]
        parts = [
            *map(self._area, picture["areas"]),
            *(self._around(cards[i], "halo", 13) for i in lit),
            *(self._glow(self.wires[place]) for place in told),
            *(self._wire(self.wires[place], sent.get(place)) for place in known if place not in told),
            *(self._wire(self.wires[place], sent.get(place), told=True) for place in told),
            *(self._constant(box) for box in picture["constants"] if self.cursor.state.data[box["node"]] is not None),
            *(self._card(i, event, rank.get(i)) for i in range(len(cards))),
            *(self._around(cards[i], "now", 3.2) for i in lit),
            *(self._outlet(self.wires[place], place in sent) for place in known),
            *(self._pill(self.wires[place], place in sent, place in told) for place in known),
            *(self._head(self.wires[place]) for place in told),
        ]
        across, down = picture["size"]
        left, top = (WIDTH - across * self.zoom) / 2, (CAPTION + self.height - FOOT - down * self.zoom) / 2
        return f'<g transform="translate({n(left)} {n(top)}) scale({self.zoom:.4f})">\n{"".join(parts)}</g>\n'

    def _so_far(self) -> tuple[dict[tuple[int, int | None], float], dict[int, int]]:
        """What went through each slot in this pass, and the place of each node in the order while it is being found."""
        sent: dict[tuple[int, int | None], float] = {}
        rank: dict[int, int] = {}
        for event in self.cursor.trace.events[: self.cursor.position]:
            if event.kind == "order":
                if not rank:
                    sent = {}
                rank[event.node] = len(rank) + 1
                continue
            rank = {}
            if event.kind == "contribute":
                sent[event.node, event.slot] = event.product or 0.0
        return sent, rank

    def _area(self, area: dict[str, Any]) -> str:
        fill = self.colour["surface" if area["depth"] % 2 else "ground"]
        return (
            f'<rect x="{n(area["x"])}" y="{n(area["y"])}" width="{n(area["w"])}" height="{n(area["h"])}" rx="12"'
            f' fill="{fill}" stroke="{self.colour["hairline"]}" stroke-width="1.2"/>'
            + write(
                shorten(area["title"], 14, area["w"]),
                area["x"] + area["w"] / 2,
                area["y"] + 20,
                14,
                self.colour["muted"],
                text_anchor="middle",
            )
        )

    def _around(self, card: dict[str, Any], role: str, thick: float) -> str:
        return (
            f'<rect x="{n(card["x"])}" y="{n(card["y"])}" width="{n(card["w"])}" height="{n(card["h"])}" rx="9"'
            f' fill="none" stroke="{self.colour[role]}" stroke-width="{thick}"/>'
        )

    def _glow(self, wire: dict[str, Any]) -> str:
        return f'<path d="{wire["path"]}" fill="none" stroke="{self.colour["halo"]}" stroke-width="17"/>'

    def _wire(self, wire: dict[str, Any], sent: float | None, told: bool = False) -> str:
        """Thin before its contribution has come; then as wide as that is large, in the colour of its sign."""
        look = tokens()["edge"]
        thick, role = look["idle"], "line"
        if told:
            thick, role = look["active"], "now"
        elif sent is not None:
            role = "positive" if sent > 0 else "negative" if sent < 0 else "muted"
            size = min(1.0, abs(self.scale(sent))) if isfinite(sent) else 1.0
            thick += (look["sent_max"] - look["sent_min"]) * size
        dash = f' stroke-dasharray="{look["dead_dash"]}"' if wire["kind"] == "dead" else ""
        (x, y), stroke = wire["to"], self.colour[role]
        tip = "" if wire["kind"] == "constant" else f'<path d="M{n(x)} {n(y)}l-8 -4.5v9z" fill="{stroke}"/>'
        return f'<path d="{wire["path"]}" fill="none" stroke="{stroke}" stroke-width="{thick:.2f}"{dash}/>{tip}'

    def _head(self, wire: dict[str, Any]) -> str:
        """The arrowhead of the contribution, at the operand: against the direction of the numbers."""
        x, y = wire["from"]
        return f'<path d="M{n(x + 1)} {n(y)}l17 -10.5v21z" fill="{self.colour["now"]}"/>'

    def _outlet(self, wire: dict[str, Any], sent: bool) -> str:
        if wire["outlet"] <= 1:
            return ""
        x, y = wire["from"]
        fill, rim = (self.colour[role] for role in (("ink", "ink") if sent else ("ground", "line")))
        shape = f'cx="{n(x)}" cy="{n(y)}" r="{wire["outlet"]:.2f}"'
        return f'<circle {shape} fill="{fill}" stroke="{rim}" stroke-width="1.6"/>'

    def _pill(self, wire: dict[str, Any], sent: bool, told: bool) -> str:
        if wire["pill"] is None:
            return ""
        x, y, w, shown, _ = wire["pill"]
        colour, dead = self.colour, wire["kind"] == "dead"
        fill, ink = (
            (colour["ink"], colour["ground"]) if dead else (colour["ground"], colour["ink" if sent else "muted"])
        )
        rim = colour["now"] if told else colour["ink"] if dead else colour["line"]
        bar = (
            f'<rect x="{n(x + w / 2 + 6)}" y="{n(y - 10)}" width="4" height="20" fill="{colour["ink"]}"/>'
            if dead
            else ""
        )
        return (
            f'<rect x="{n(x - w / 2)}" y="{n(y - 11)}" width="{n(w)}" height="22" rx="11" fill="{fill}" stroke="{rim}"'
            f' stroke-width="{2.6 if told else 1.2}"/>{self._hatch(wire)}'
            f"{write(shown, x, y + 4.7, 13, ink, bold=told or dead, text_anchor='middle')}{bar}"
        )

    def _hatch(self, wire: dict[str, Any]) -> str:
        """Slanted lines in the pill of a saturated unit."""
        if wire["kind"] != "saturated":
            return ""
        x, y, w, *_ = wire["pill"]
        lines = "".join(f"M{n(x - w / 2 + at)} {n(y + 8)}l10 -16" for at in range(4, int(w) - 12, 6))
        return f'<path d="{lines}" stroke="{self.colour["hairline"]}" stroke-width="2.5"/>'

    def _constant(self, box: dict[str, Any]) -> str:
        card = Card("", "constant", value=box["text"])
        return card_svg(Box(card, box["x"], box["y"], box["w"], box["h"], 0.0, 0.0, ""), self.scene, self.colour)

    def _card(self, i: int, event: Event | None, rank: int | None) -> str:
        node, place, state = self.story["nodes"][i], self.story["picture"]["cards"][i], self.cursor.state
        data, grad = state.data[i], state.grad[i]
        if data is None:
            return self._future(node, place)
        first = self.story["first"]
        began = first is not None and first["node"] == i and self.cursor.position > first["event"]
        broken = not isfinite(data) or (grad is not None and not isfinite(grad))
        card = Card(
            f"v{i}",
            node["role"],
            name=node["full"],
            named=node["named"],
            symbol=node["symbol"] if place["socket"] else "",
            value=value_text(data),
            gradient=gradient_text(grad) if rank is None else f"{rank}.",
            key="grad" if rank is None else "order",
            seed=bool(event) and grad is not None and i == self.told.root_of(self.cursor.position - 1),
            tint=None if grad is None or broken else max(-1.0, min(1.0, self.scale(grad))),
            broken=broken,
            tag=first["word"] if began else "",
        )
        x, y, w, h, socket = (place[key] for key in ("x", "y", "w", "h", "socket"))
        box = Box(card, x, y, w, h, socket, (w - socket) / 2 - tokens()["card"]["bar"]["inset"], place["name"])
        drawn = card_svg(box, self.scene, self.colour)
        if event is not None and event.kind in ("visit", "contribute") and event.node == i:
            return drawn + self._socket(node, place, "now", "on_now")
        return drawn + self._socket(node, place, "hairline", "ink") if state.done[i] and not broken else drawn

    def _future(self, node: dict[str, Any], place: dict[str, Any]) -> str:
        """A card that has no number yet: dashed, its name where it will stand."""
        x, y, w, h, socket = (place[key] for key in ("x", "y", "w", "h", "socket"))
        colour = self.colour
        rule = f'<path d="M{n(x + socket)} {n(y)}v{n(h)}" stroke="{colour["line"]}" stroke-dasharray="4 4"/>'
        name = write(place["name"], x + socket + 8, y + (h - 60) / 2 + 19, 15, colour["muted"], bold=node["named"])
        return (
            f'<rect x="{n(x)}" y="{n(y)}" width="{n(w)}" height="{n(h)}" rx="9" fill="{colour["ground"]}"'
            f' stroke="{colour["line"]}" stroke-width="1.2" stroke-dasharray="4 4"/>{name}'
            f"{rule + self._symbol(node, place, colour['muted']) if socket else ''}"
        )

    def _socket(self, node: dict[str, Any], place: dict[str, Any], fill: str, ink: str) -> str:
        """The part of a card that holds its op, filled: visited now, or done."""
        if not place["socket"]:
            return ""
        x, y, h, socket = place["x"], place["y"], place["h"], place["socket"]
        shape = f"M{n(x + socket - 0.6)} {n(y + 1)}v{n(h - 2)}H{n(x + 9)}a8 8 0 0 1 -8 -8V{n(y + 9)}a8 8 0 0 1 8 -8z"
        return f'<path d="{shape}" fill="{self.colour[fill]}"/>' + self._symbol(node, place, self.colour[ink])

    def _symbol(self, node: dict[str, Any], place: dict[str, Any], ink: str) -> str:
        font = tokens()["card"]["font"]
        size = font["op_symbol" if len(node["symbol"]) == 1 else "op_word"]
        x, y = place["x"] + place["socket"] / 2 + 0.5, place["y"] + place["h"] / 2 + 0.35 * size
        return write(node["symbol"], x, y, size, ink, bold=True, text_anchor="middle")
