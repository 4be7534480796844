"""The picture on the frames of an animation: cards, edges and pills of a story in the state of a cursor.

It is laid out once; what differs from frame to frame is what is known, and what is told.
"""

from __future__ import annotations

from collections import Counter
from math import isfinite
from typing import Any

from autograd.debug.events import Event
from autograd.debug.view import View
from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.parts import Card, Scene
from autograd.draw.picture import Box
from autograd.draw.svg_cards import card_svg, n, write
from autograd.draw.text import shorten
from autograd.draw.tokens import Scale, colours, tokens


class SlidePicture:
    """Draws the picture of a story.

    Args:
        story: as `page.story` tells it, with a picture.
        view: the same trace; its cursor says what is known.
        theme: "light" or "dark".
    """

    def __init__(self, story: dict[str, Any], view: View, theme: str) -> None:
        self.story, self.cursor, self.told = story, view.cursor, view.told
        self.colour = colours(theme)
        self.scale = Scale(story["scale"]["full"], story["scale"]["name"])
        self.scene = Scene((), (), (), "", "", True, self.scale, 4, "LR", theme)
        self.wires: dict[tuple[int, int | None], dict[str, Any]] = {}
        slots = Counter[int]()
        for wire in story["picture"]["wires"]:  # in the order of their slots
            self.wires[wire["node"], slots[wire["node"]]] = wire
            slots[wire["node"]] += 1

    def svg(self, number: int | None) -> str:
        """What is known at the cursor, and event `number`, or none, as what is told."""
        picture, cards = self.story["picture"], self.story["picture"]["cards"]
        event = None if number is None else self.cursor.trace.events[number]
        lit: list[int] = []
        if event is not None and event.kind != "order":
            lit = [event.node] if event.operand is None else [event.operand, event.node]
        sent, rank = self._so_far()
        data = self.cursor.state.data
        known = [place for place in self.wires if data[place[0]] is not None]
        told = [] if event is None or event.operand is None else [(event.node, event.slot)]
        return "".join(
            [
                *map(self._area, picture["areas"]),
                *(self._around(cards[i], "halo", 13) for i in lit),
                *(self._glow(self.wires[place]) for place in told),
                *(self._wire(self.wires[place], sent.get(place)) for place in known if place not in told),
                *(self._wire(self.wires[place], sent.get(place), told=True) for place in told),
                *(self._constant(box) for box in picture["constants"] if data[box["node"]] is not None),
                *(self._card(i, event, rank.get(i)) for i in range(len(cards))),
                *(self._around(cards[i], "now", 3.2) for i in lit),
                *(self._outlet(self.wires[place], place in sent) for place in known),
                *(self._pill(self.wires[place], place in sent, place in told) for place in known),
                *(self._head(self.wires[place]) for place in told),
            ]
        )

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
