"""A scene with every position decided: where cards, ports, edges and pills stand. The SVG writer writes it down."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path as File

from autograd.draw.dot_layout import dot_plan
from autograd.draw.layout import Link, Point, port
from autograd.draw.nested import Area, Frame, NestedPlan, nested
from autograd.draw.numbers import gradient_text
from autograd.draw.parts import Card, Edge, Path, Scene
from autograd.draw.text import shorten, width
from autograd.draw.tokens import tokens

BUILT_IN = "built-in"
WIDEST_NAME = 190.0
CLUSTER_FONT = 14.0
TITLE_HEIGHT = 32.0
PORT_ROOM = 10.0  # a card grows when its inlets come closer than this
TALLEST = 400.0
LOW = 44.0  # a card without its gradient
SQUARE = 100.0  # of the grid in which a pill looks for a free place
NEARBY = 6  # pieces of its wire, counted from the target, on which it looks

Corners = tuple[float, float, float, float]  # left, top, right, bottom
Taken = dict[tuple[int, int], list[Corners]]


@dataclass(frozen=True)
class Box:
    """A card in its place: the width of the part that holds the symbol, half the length of a full bar, the name as
    it fits."""

    card: Card
    x: float
    y: float
    width: float
    height: float
    socket: float
    bar: float
    name: str


@dataclass(frozen=True)
class Wire:
    """An edge in its place: a point and three more for each cubic; the radius of its outlet; how far the inlets of its
    target stand apart; its pill."""

    edge: Edge
    route: tuple[Point, ...]
    outlet: float
    spacing: float
    pill: Point | None
    pill_width: float


@dataclass(frozen=True)
class Picture:
    """Everything in its place. `areas` are those of the clusters, outer ones first."""

    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    areas: dict[Path, Area]
    size: Point
    across: bool  # whether it runs from left to right


def picture(scene: Scene, layout: str | File = BUILT_IN) -> Picture:
    """Lay the scene out. A drawing from top to bottom is one from left to right, turned.

    Args:
        layout: "built-in"; or "dot" for positions from the Graphviz that is found; or the path of its dot command.
    """
    across = scene.direction == "LR"
    boxes = _boxes(scene)
    look = tokens()["cluster"]
    links = []
    for key, edge in enumerate(scene.edges):
        along, aside = _pill_width(edge.pill), tokens()["pill"]["height"]
        if not across:
            along, aside = aside, along
        wish = along + 30 + 16 * (edge.kind == "dead") if edge.pill else 0.0  # 16 for the stop bar
        target = boxes[edge.target]
        inlet = port(edge.slot, edge.slots, _span(target.height if across else target.width))
        links.append(Link(key, edge.source, edge.target, inlet, room=aside + 2 if edge.pill else 12, wish=wish))

    titles = {path: width(shorten(path[-1], CLUSTER_FONT, WIDEST_NAME), CLUSTER_FONT) for path in scene.clusters}

    def frame(path: Path) -> Frame:
        margin, least = look["margin"], titles[path] + 2 * look["margin"]
        if across:
            return Frame(margin, TITLE_HEIGHT, margin, margin, (least, 0.0))
        return Frame(TITLE_HEIGHT, margin, margin, margin, (0.0, least))

    sizes = {name: (box.width, box.height) if across else (box.height, box.width) for name, box in boxes.items()}
    paths = {card.id: card.path for card in scene.cards}
    gap = tokens()["edge"]["column_gap_min"] if across else 40.0
    if layout == BUILT_IN:
        plan = nested(sizes, links, paths, frame, gap)
    else:
        plan = dot_plan(sizes, links, paths, titles, gap, None if layout == "dot" else layout)
    return _placed(scene, boxes, plan, across)


def _span(side: float) -> float:
    """The part of a side on which its ports stand: more of a taller one."""
    return 0.56 if side <= 60 else 1 - 26 / side


def _boxes(scene: Scene) -> dict[str, Box]:
    """The cards with their sizes. All share one inner width, so that bars can be compared; long names add to it."""
    look = tokens()["card"]
    font, padding = look["font"], look["padding"]
    texts = [card.gradient for card in scene.cards if card.tint is not None or card.broken]
    inner = max(
        float(look["inner_width"]),
        *(
            width("grad", font["key"]) + 8 + width(text, font["grad"], bold=True) + 2 * padding
            for text in (*texts, gradient_text(-8 / 9, scene.digits))  # room for what comes after the pass
        ),
    )
    slots = Counter(edge.target for edge in scene.edges)
    boxes = {}
    for card in scene.cards:
        if card.role == "constant":
            w, h, socket, name = width(card.value, 13) + 18, 26.0, 0.0, ""
        elif card.role == "op":
            w = max(30.0, width(card.symbol, font["op_word"], bold=True) + 14) if len(card.symbol) > 1 else 30.0
            h, socket, name = 30.0, w, ""
        else:
            socket = _socket(card.symbol)
            name = shorten(card.name, font["name"], WIDEST_NAME, bold=card.named)
            row = width(name, font["name"], bold=card.named) + 12 + width(card.value, font["value"])
            w = socket + max(inner, row + 2 * padding)
            h = float(look["height"]) if card.gradient else LOW
            h = max(h, min(TALLEST, slots[card.id] * PORT_ROOM)) if scene.direction == "LR" else h
        boxes[card.id] = Box(card, 0.0, 0.0, round(w), h, socket, inner / 2 - look["bar"]["inset"], name)
    return boxes


def _socket(symbol: str) -> float:
    look = tokens()["card"]
    if len(symbol) < 2:
        return float(look["socket_symbol"]) if symbol else 0.0
    return max(float(look["socket_word"]), round(width(symbol, look["font"]["op_word"], bold=True)) + 10.0)


def _pill_width(text: str) -> float:
    look = tokens()["pill"]
    return max(24.0, round(width(text, look["font"]) + 2 * look["padding"])) if text else 0.0


def _placed(scene: Scene, boxes: dict[str, Box], plan: NestedPlan, across: bool) -> Picture:
    def turned(point: Point) -> Point:
        x, y = point if across else point[::-1]
        return round(x, 1), round(y, 1)

    placed = {}
    for name, box in boxes.items():
        x, y = turned(plan.boxes[name])
        placed[name] = replace(box, x=x, y=y)
    uses = Counter(edge.source for edge in scene.edges)
    wires: list[Wire] = []
    taken: Taken = defaultdict(list)
    for box in placed.values():
        _take((box.x, box.y, box.x + box.width, box.y + box.height), taken)
    for key, edge in enumerate(scene.edges):
        route = tuple(map(turned, plan.routes[key]))
        source = placed[edge.source]
        outlet = 0.0
        if source.card.role not in ("constant", "op"):
            side = source.height if across else source.width
            outlet = min(tokens()["card"]["outlet_radius"], 0.25 * side / max(1, uses[edge.source] - 1))
        target = placed[edge.target]
        side = target.height if across else target.width
        spacing = _span(side) * side / max(1, edge.slots - 1)
        pill = None
        if edge.pill:
            covers = _pill_width(edge.pill) + 24 * (edge.kind == "dead")
            pill = _free_place(route, covers, edge.slots > 3, across, taken)
            _take(_around(pill, covers), taken)
        wires.append(Wire(edge, route, outlet, spacing, pill, _pill_width(edge.pill)))
    areas = {path: (*turned((x, y)), *turned((w, h))) for path, (x, y, w, h) in plan.areas.items()}
    return Picture(tuple(placed.values()), tuple(wires), areas, turned(plan.size), across)


def _around(middle: Point, w: float) -> Corners:
    half = tokens()["pill"]["height"] / 2
    return middle[0] - w / 2, middle[1] - half, middle[0] + w / 2, middle[1] + half


def _squares(area: Corners) -> Iterator[tuple[int, int]]:
    """The squares of a grid that an area touches."""
    left, top, right, bottom = (int(edge // SQUARE) for edge in area)
    return product(range(left, right + 1), range(top, bottom + 1))


def _take(area: Corners, taken: Taken) -> None:
    for square in _squares(area):
        taken[square].append(area)


def _covered(area: Corners, taken: Taken) -> float:
    """How much of what is taken an area would cover."""
    left, top, right, bottom = area
    return sum(
        max(0.0, min(right, b[2]) - max(left, b[0]) + 2) * max(0.0, min(bottom, b[3]) - max(top, b[1]) + 2)
        for square in _squares(area)
        for b in taken.get(square, ())
    )


def _free_place(route: Sequence[Point], w: float, crowded: bool, across: bool, taken: Taken) -> Point:
    """A place on the wire for its pill that covers nothing else, first choice the middle of the last curve.

    Before a crowded target the wires are still apart further back.
    """
    cubics = [route[i : i + 4] for i in range(0, len(route) - 1, 3)]
    curves = [c for c in cubics if c[1][not across] == c[2][not across]] or cubics  # the rest runs through columns
    along = (0.32, 0.38, 0.26, 0.44, 0.5, 0.2) if crowded and across else (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)
    nearby = [(curves[-1], t) for t in along] + [(cubic, 0.5) for cubic in cubics[: -NEARBY - 1 : -1]]
    best, least = (0.0, 0.0), float("inf")
    for cubic, t in nearby:
        middle = _cubic_point(cubic, t)
        covered = _covered(_around(middle, w), taken)
        if covered < least:
            best, least = middle, covered
        if covered == 0:
            break
    return best


def _cubic_point(cubic: Sequence[Point], t: float) -> Point:
    """The point of a cubic Bézier curve at t in 0..1."""
    u = 1 - t
    weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
    x, y = (sum(w * p[axis] for w, p in zip(weights, cubic, strict=True)) for axis in (0, 1))
    return round(x, 1), round(y, 1)
