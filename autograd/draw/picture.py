"""A scene with every position decided: where cards, ports, edges and pills stand. The SVG writer writes it down."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path as File

from autograd.draw.dot_layout import dot_plan
from autograd.draw.layout import Link, Point, port
from autograd.draw.nested import Area, Frame, NestedPlan, nested
from autograd.draw.numbers import gradient_text
from autograd.draw.parts import Card, Edge, Path, Scene, common
from autograd.draw.text import shorten, width
from autograd.draw.tokens import tokens

BUILT_IN = "built-in"
WIDEST_NAME = 190.0
WIDEST_TITLE = 280.0
CLUSTER_FONT = 14.0
TITLE_HEIGHT = 32.0
PORT_ROOM = 10.0  # a card grows when its inlets come closer than this
TALLEST = 400.0
LOW = 44.0  # a card without its gradient
NOTE_FONT = 13.0
CELL, CELL_STEP = 20.0, 24.0
CELLS_TOP, CELLS_FOOT = 32.0, 30.0  # the rows above and below the cells
LEAST_FOR_LINES, EASE_FOR_LINES = 80.0, 0.14  # the width of a gap that lines cross, also per height of what they join
SQUARE = 100.0  # of the grid in which a pill looks for a free place
NEARBY = 6  # pieces of its wire, counted from the target, on which it looks

Corners = tuple[float, float, float, float]  # left, top, right, bottom
Taken = dict[tuple[int, int], list[Corners]]


@dataclass(frozen=True)
class Box:
    """A card in its place: the width of the part that holds the symbol, half the length of a full bar, the name as
    it fits, the distance of the two frames of a group, its cells in a row."""

    card: Card
    x: float
    y: float
    width: float
    height: float
    socket: float
    bar: float
    name: str
    inset: float = 0.0
    columns: int = 0


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
            Where groups are closed it is always the built-in one.
    """
    across = scene.direction == "LR"
    boxes = _boxes(scene)
    look = tokens()["cluster"]
    links = _links(scene, boxes, across)
    titles = {
        path: width(shorten(scene.title_of(path), CLUSTER_FONT, WIDEST_TITLE), CLUSTER_FONT) for path in scene.clusters
    }

    labelled = {card.path for card in scene.cards if card.tag or card.count > 1}

    def frame(path: Path) -> Frame:
        margin, least = look["margin"], titles[path] + 2 * look["margin"]
        top = TITLE_HEIGHT + 8 * (path in labelled)
        if across:
            return Frame(margin, top, margin, margin, (least, 0.0))
        return Frame(top, margin, margin, margin, (0.0, least))

    sizes = {name: (box.width, box.height) if across else (box.height, box.width) for name, box in boxes.items()}
    paths = {card.id: card.path for card in scene.cards}
    gap = tokens()["edge"]["column_gap_min"] if across else 40.0
    if layout == BUILT_IN or any(card.role == "group" for card in scene.cards):  # dot would shuffle a layer's neurons
        plan = nested(sizes, links, paths, frame, gap)
    else:
        plan = dot_plan(sizes, links, paths, titles, gap, None if layout == "dot" else layout)
    return _placed(scene, boxes, plan, across)


def _links(scene: Scene, boxes: Mapping[str, Box], across: bool) -> list[Link]:
    """The edges as the layout wants them. Those between columns of cards are direct."""
    ends = {f"c{number}": path for number, path in enumerate(scene.clusters)}
    standing = {
        path: next(card.id for card in scene.cards if card.path[: len(path)] == path) for path in scene.clusters
    }
    paths = {card.id: card.path for card in scene.cards}
    pairs = [
        [standing[ends[end]] if end in ends else end for end in (edge.source, edge.target)] for edge in scene.edges
    ]
    columns = set(scene.clusters) - {path[:-1] for path in scene.clusters}  # frames with one column of cards
    for source, target in pairs:
        columns -= {paths[source]} & {paths[target]}
    tall: Counter[Path] = Counter()  # what stands in each frame, one below the other
    for card in scene.cards:
        tall[card.path] += round(boxes[card.id].height if across else boxes[card.id].width) if card.path else 0
    direct = [_is_direct(paths[source], paths[target], columns) for source, target in pairs]
    # Direct lines into a closed group meet in one point; others run beside each other and have inlets of their own.
    beside = Counter(edge.target for edge, is_direct in zip(scene.edges, direct, strict=True) if not is_direct)
    entered: Counter[str] = Counter()
    links = []
    for key, (edge, (source, target)) in enumerate(zip(scene.edges, pairs, strict=True)):
        along, aside = pill_width(edge.pill), tokens()["pill"]["height"]
        if not across:
            along, aside = aside, along
        wish = along + 30 + 16 * (edge.kind == "dead") if edge.pill else 0.0  # 16 for the stop bar
        slot, slots = edge.slot, edge.slots
        if edge.kind == "line" and not direct[key]:
            slot, slots = entered[edge.target], beside[edge.target]
            entered[edge.target] += 1
        if edge.kind == "line":
            wish = max(LEAST_FOR_LINES, EASE_FOR_LINES * max(tall[paths[source]], tall[paths[target]]))
        box = boxes[target]
        inlet = port(slot, slots, _span(box.height if across else box.width))
        links.append(
            Link(
                key,
                source,
                target,
                inlet,
                room=aside + 2 if edge.pill else 12,
                wish=wish,
                direct=direct[key],
                straight=edge.kind in ("line", "band"),
                from_frame=edge.source in ends,
                to_frame=edge.target in ends,
            )
        )
    return links


def _is_direct(source: Path, target: Path, columns: set[Path]) -> bool:
    """Whether the frames that an edge crosses hold a column of cards each, so that it runs into nothing."""
    outer = common(source, target)
    crossed = {path for path in (source, target) if path != outer}
    return bool(crossed) and crossed <= columns and all(len(path) == len(outer) + 1 for path in crossed)


def _span(side: float) -> float:
    """The part of a side on which its ports stand: more of a taller one."""
    return 0.56 if side <= 60 else 1 - 26 / side


def _boxes(scene: Scene) -> dict[str, Box]:
    """The cards with their sizes. All share one inner width, so that bars can be compared; long names add to it."""
    look = tokens()["card"]
    font, padding = look["font"], look["padding"]
    texts = {(card.key, card.gradient) for card in scene.cards if card.tint is not None or card.broken}
    texts.add(("grad", gradient_text(-8 / 9, scene.digits)))  # room for what comes after the pass
    inner = max(
        float(look["inner_width"]),
        *(width(key, font["key"]) + 8 + width(text, font["grad"], bold=True) + 2 * padding for key, text in texts),
    )
    slots = Counter(edge.target for edge in scene.edges)
    boxes = {}
    for card in scene.cards:
        inset = tokens()["cluster"]["group_frame_offset"] if card.role == "group" else 0.0
        if card.role == "constant":
            w, h, socket, name = width(card.value, 13) + 18, 26.0, 0.0, ""
        elif card.role == "op":
            w = max(30.0, width(card.symbol, font["op_word"], bold=True) + 14) if len(card.symbol) > 1 else 30.0
            h, socket, name = 30.0, w, ""
        elif card.cells:
            boxes[card.id] = _cells_box(card)
            continue
        else:
            socket = _socket(card.symbol)
            name = shorten(card.name, font["name"], WIDEST_NAME, bold=card.named)
            row = width(name, font["name"], bold=card.named) + 12 + width(card.value, font["value"])
            w = socket + max(inner, row + 2 * padding, width(card.note, NOTE_FONT) + 2 * padding)
            h = float(look["height"]) if card.gradient or card.note else LOW
            h = max(h, min(TALLEST, slots[card.id] * PORT_ROOM)) if scene.direction == "LR" and not inset else h
        bar = inner / 2 - look["bar"]["inset"]
        boxes[card.id] = Box(card, 0.0, 0.0, round(w) + 2 * inset, h + 2 * inset, socket, bar, name, inset)
    if any(card.role == "group" for card in scene.cards):  # in a column, which their edges show
        widths: Counter[tuple[Path, str]] = Counter()
        for box in boxes.values():
            kind = box.card.path, box.card.role
            widths[kind] = max(widths[kind], round(box.width)) if box.card.path else 0
        for name, box in boxes.items():
            if box.card.role in ("group", "leaf"):
                boxes[name] = replace(box, width=max(box.width, widths[box.card.path, box.card.role]))
    return boxes


def _cells_box(card: Card) -> Box:
    """A closed group of groups: a line of text above its cells, one below."""
    look = tokens()["card"]
    font, padding, inset = look["font"], look["padding"], tokens()["cluster"]["group_frame_offset"]
    columns = min(len(card.cells), 8 if len(card.cells) <= 64 else 16)
    name = shorten(card.name, font["name"], WIDEST_NAME, bold=True)
    above = width(name, font["name"], bold=True) + 16 + width(card.value, font["value"])
    below = width(card.note, NOTE_FONT) + 16 + width(f"{card.key} ", 13) + width(card.gradient, 13, bold=True)
    w = max(above, below, columns * CELL_STEP) + 2 * padding
    h = CELLS_TOP + -(-len(card.cells) // columns) * CELL_STEP + CELLS_FOOT
    return Box(card, 0.0, 0.0, round(w) + 2 * inset, h + 2 * inset, 0.0, 0.0, name, inset, columns)


def _socket(symbol: str) -> float:
    look = tokens()["card"]
    if len(symbol) < 2:
        return float(look["socket_symbol"]) if symbol else 0.0
    return max(float(look["socket_word"]), round(width(symbol, look["font"]["op_word"], bold=True)) + 10.0)


def pill_width(text: str) -> float:
    """How wide the pill is that holds a text."""
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
    wires: dict[int, Wire] = {}
    taken: Taken = defaultdict(list)
    for box in placed.values():
        _take((box.x, box.y, box.x + box.width, box.y + box.height), taken)
    # Pills of short wires first: those of long ones have more places to go to.
    for key in sorted(range(len(scene.edges)), key=lambda key: len(plan.routes[key])):
        edge = scene.edges[key]
        route = tuple(map(turned, plan.routes[key]))
        source, outlet = placed.get(edge.source), 0.0
        if source and source.card.role in ("leaf", "inner", "root") and edge.kind not in ("line", "band"):
            side = source.height if across else source.width
            outlet = min(tokens()["card"]["outlet_radius"], 0.25 * side / max(1, uses[edge.source] - 1))
        target = placed.get(edge.target)
        side = 0.0 if target is None else target.height if across else target.width
        spacing = _span(side) * side / max(1, edge.slots - 1)
        pill = None
        if edge.kind == "band" and edge.pill:
            pill = _beside(route, pill_width(edge.pill), across)
        elif edge.pill:
            covers = pill_width(edge.pill) + 24 * (edge.kind == "dead")
            pill = _free_place(route, covers, edge.slots > 3, across, taken)
            _take(_around(pill, covers), taken)
        wires[key] = Wire(edge, route, outlet, spacing, pill, pill_width(edge.pill))
    areas = {path: (*turned((x, y)), *turned((w, h))) for path, (x, y, w, h) in plan.areas.items()}
    in_order = tuple(wires[key] for key in range(len(scene.edges)))
    return Picture(tuple(placed.values()), in_order, areas, turned(plan.size), across)


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
    along: tuple[float, ...] = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)
    if crowded and across:
        along = (0.32, 0.38, 0.26, 0.44, 0.5, 0.2)
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


def _beside(route: Sequence[Point], w: float, across: bool) -> Point:
    """The place of a label above a band, or right of one that runs down: along its most level curve, clear of it."""

    def steepness(cubic: Sequence[Point]) -> float:
        dx, dy = abs(cubic[3][0] - cubic[0][0]), abs(cubic[3][1] - cubic[0][1])
        return dy / max(dx, 1.0) + 9 * (dx < w + 16) if across else dx / max(dy, 1.0)

    level = min((route[i : i + 4] for i in range(0, len(route) - 1, 3)), key=steepness)
    x, y = _cubic_point(level, 0.5)
    points = [_cubic_point(level, t / 20) for t in range(21)]
    if across:
        return x, min(b for a, b in points if abs(a - x) <= w / 2) - 14
    return max(a for a, b in points if abs(b - y) <= 8) + w / 2 + 4, y


def _cubic_point(cubic: Sequence[Point], t: float) -> Point:
    """The point of a cubic Bézier curve at t in 0..1."""
    u = 1 - t
    weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
    x, y = (sum(w * p[axis] for w, p in zip(weights, cubic, strict=True)) for axis in (0, 1))
    return round(x, 1), round(y, 1)
