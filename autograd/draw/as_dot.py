"""The DOT writer: HTML-like cards for Graphviz, which makes PNG and PDF of them.

The text gives the places of our own layout, with `layout=nop2`, which has Graphviz draw what is given: `dot` would
shuffle the neurons of a layer and run edges over each other at frames. Without places, `dot` decides.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from autograd.draw.dot_cards import (
    CHIP,
    NOWHERE,
    TABLE,
    Html,
    Place,
    badges,
    badges_above,
    card_dot,
    cell,
    square,
    statement,
    write,
)
from autograd.draw.layout import Point
from autograd.draw.legend import SCALE_STEPS, has_scale, legend_of, scale_name, scale_numbers
from autograd.draw.parts import Card, Edge, Path, Scene
from autograd.draw.picture import BUILT_IN, CLUSTER_FONT, WIDEST_TITLE, Wire, picture
from autograd.draw.text import shorten, width
from autograd.draw.tokens import colours, tint, tokens

HEADS = {"band": 4.0}  # length of an arrowhead
HEAD = 7.0
SCALE_CELL = 36  # pt
LEGEND_FONT = 13
SEPARATOR = "   |   "


def dot(scene: Scene, layout: str = BUILT_IN) -> str:
    """The scene as DOT text; `layout` as for `dot_lines`.

    >>> from autograd import Value
    >>> from autograd.draw.scene import scene
    >>> x = Value(2.0, label="x")
    >>> [line for line in dot(scene(x * 2), layout="dot").splitlines() if "->" in line][1]
    '\\tv1c1:e -> v1:i1:w [color="#7F8794" penwidth="1.00" arrowhead="none"]'
    """
    return "digraph {\n" + "".join(dot_lines(scene, layout)) + "}\n"


def dot_lines(scene: Scene, layout: str = BUILT_IN) -> Iterator[str]:
    """The statements of the graph, a line each.

    Args:
        layout: "built-in" gives every place; "dot" leaves that to Graphviz, unless groups are closed.

    Raises:
        ValueError: the layout is another one.
    """
    if layout not in (BUILT_IN, "dot"):
        raise ValueError(f"unknown layout {layout!r} of DOT: use {BUILT_IN!r} or 'dot'")
    is_placed = layout == BUILT_IN or any(card.role == "group" for card in scene.cards)
    places = _places(scene) if is_placed else {}
    colour = colours(scene.theme)
    font = tokens()["fonts"]["graphviz"]
    yield statement(
        "graph",
        rankdir=scene.direction,
        bgcolor=colour["ground"],
        fontname=font,
        fontcolor=colour["muted"],
        fontsize=13,
        ranksep=0.5,
        nodesep=0.2,
        label=_legend(scene, colour),
        labelloc="b",
        compound="true" if any(edge.kind == "band" for edge in scene.edges) else "",
        **places.get("graph", NOWHERE).attributes,
        tooltip=f"{scene.title}: {scene.summary}",
    )
    yield statement("node", shape="plain", fontname=font, fontcolor=colour["ink"], fontsize=13)
    yield statement("edge", fontname=font, fontsize=CHIP, color=colour["line"], arrowsize=0.7, penwidth=1.4)
    yield from _cluster(scene, (), colour, places)
    cards = {card.id: card for card in scene.cards}
    for number, path in enumerate(scene.clusters):  # an edge of a cluster needs a card in it
        cards[f"c{number}"] = next(card for card in scene.cards if card.path[: len(path)] == path)
    times = Counter((edge.source, edge.target) for edge in scene.edges)
    for key, edge in enumerate(scene.edges):
        once = times[edge.source, edge.target] == 1
        ends = cards[edge.source], cards[edge.target]
        yield _edge(edge, ends, once, scene.direction, colour, places.get(f"edge {key}", NOWHERE))


def _places(scene: Scene) -> dict[str, Place]:
    """Where everything stands, as attributes. Graphviz counts upwards."""
    placed = picture(scene)
    w, h = placed.size
    legend = 80.0 if has_scale(scene) else 30.0
    legend_words = SEPARATOR.join(text for piece in legend_of(scene) for text, _ in piece)
    beside = max(0.0, width(legend_words, LEGEND_FONT) - w) / 2  # of a picture less wide than its legend

    def at(*points: Point) -> str:
        return " ".join(f"{x:.1f},{h + legend - y:.1f}" for x, y in points)

    corners = at((-beside, h + legend)), at((w + beside, 0.0))
    found = {"graph": Place({"layout": "nop2", "bb": ",".join(corners), "lp": at((w / 2, h + legend / 2 + 4))})}
    for number, path in enumerate(scene.clusters):
        if path in placed.areas:
            x, y, wide, tall = placed.areas[path]
            corners = at((x, y + tall)), at((x + wide, y))
            middle = x + wide / 2  # of the title; in a drawing that runs down lines come in there
            if not placed.across:
                middle = x + 14 + width(shorten(scene.title_of(path), CLUSTER_FONT, WIDEST_TITLE), CLUSTER_FONT) / 2
            found[f"c{number}"] = Place({"bb": ",".join(corners), "lp": at((middle, y + 16))})
    for box in placed.boxes:
        attributes = {"pos": at((box.x + box.width / 2, box.y + box.height / 2))}
        if words := badges(box.card):
            right = box.x + box.width - sum(width(word, 11, bold=True) + 8 for word in words) / 2
            attributes |= {"xlabel": badges_above(box.card, colours(scene.theme)), "xlp": at((right, box.y - 7))}
        found[box.card.id] = Place(attributes, box)
    for key, wire in enumerate(placed.wires):
        found[f"edge {key}"] = Place(_way(wire, placed.across, at))
    return found


def _way(wire: Wire, across: bool, at: Callable[..., str]) -> dict[str, str]:
    """Where an edge runs and its pill stands. The tip of the arrowhead is drawn as wide as the line: it needs room."""
    *route, (x, y) = wire.route
    if wire.edge.kind in ("constant", "line"):
        attributes = {"pos": at(*wire.route)}
    else:
        thick = _thickness(wire.edge, wire.spacing)
        backs = 0.6 * thick, 0.6 * thick + HEADS.get(wire.edge.kind, HEAD)
        tip, end = ((x - back, y) if across else (x, y - back) for back in backs)
        attributes = {"pos": f"e,{at(tip)} {at(*route, end)}", "penwidth": f"{thick:.2f}"}
    if wire.pill:
        attributes["lp"] = at(wire.pill)
    return attributes


def _thickness(edge: Edge, spacing: float = math.inf) -> float:
    """The width of its line; less where the inlets of its target stand close."""
    look = tokens()["edge"]
    thick: float = look["sent_min"] + (look["sent_max"] - look["sent_min"]) * abs(edge.flow or 0.0)
    return {"constant": 1.0, "band": 5.0}.get(edge.kind, min(thick, max(0.9 * spacing, 0.6)))


def _legend(scene: Scene, colour: dict[str, str]) -> str:
    """The words of the legend, and above them the heat scale where it is drawn."""
    pieces = (
        "".join(
            write(text, colour[role], LEGEND_FONT, "B" if role in ("negative", "positive") else "")
            for text, role in piece
        )
        for piece in legend_of(scene)
    )
    words = write(SEPARATOR, colour["muted"], LEGEND_FONT).join(pieces)
    if not has_scale(scene):
        return Html(f"<{words}>")
    steps = range(-SCALE_STEPS, SCALE_STEPS + 1)
    cells = "".join(square(tint(scene.theme, step / SCALE_STEPS), SCALE_CELL, 13) for step in steps)
    numbers = "".join(
        f'<TD FIXEDSIZE="TRUE" WIDTH="{2 * SCALE_CELL}" HEIGHT="16">{write(number, colour["ink"], 12)}</TD>'
        for number in scale_numbers(scene)
    )
    table = TABLE.format(0, "")
    rows = (
        write(scale_name(scene), colour["muted"], LEGEND_FONT),
        f'<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE" COLOR="{colour["line"]}"'
        f' WIDTH="{len(steps) * SCALE_CELL + 2}" HEIGHT="15"><TR>{cells}</TR></TABLE>',
        TABLE.format(0, f' FIXEDSIZE="TRUE" WIDTH="{10 * SCALE_CELL}" HEIGHT="16"') + f"<TR>{numbers}</TR></TABLE>",
        words,
    )
    body = "".join(f'<TR><TD HEIGHT="19">{row}</TD></TR>' for row in rows)
    return Html(f"<{table}{body}</TABLE>>")


def _cluster(
    scene: Scene, path: Path, colour: dict[str, str], places: Mapping[str, Place], indent: str = "\t"
) -> Iterator[str]:
    """The cards that stand directly in a cluster, and the clusters in it."""
    for card in scene.cards:
        if card.path == path:
            yield indent[1:] + card_dot(card, scene, colour, places.get(card.id, NOWHERE))
    for number, inner in enumerate(scene.clusters):
        if inner[:-1] == path:
            yield f"{indent}subgraph cluster_{number} {{\n"
            yield indent + statement(
                "graph",
                label=shorten(scene.title_of(inner), CLUSTER_FONT, WIDEST_TITLE),
                fontsize=CLUSTER_FONT,
                style="filled,rounded",
                labelloc="t",
                fillcolor=colour["surface"],
                color=colour["hairline"],
                tooltip=" / ".join(inner),
                **places.get(f"c{number}", NOWHERE).attributes,
            )
            yield from _cluster(scene, inner, colour, places, indent + "\t")
            yield f"{indent}}}\n"


def _edge(edge: Edge, ends: tuple[Card, Card], once: bool, direction: str, colour: dict[str, str], place: Place) -> str:
    user = ends[1]
    role = "line" if edge.flow is None else "positive" if edge.flow > 0 else "negative" if edge.flow < 0 else "muted"
    out, into = ("e", "w") if direction == "LR" else ("s", "n")
    source = f"{ends[0].id}:{out}" if once else ends[0].id  # two edges from one point would make a loop
    has_inlets = user.role != "op" and user.symbol
    target = f"{user.id}:i{edge.slot}:{into}" if has_inlets else user.id
    attributes = {
        "color": colour[role],
        "penwidth": f"{_thickness(edge):.2f}",
        "arrowhead": "none" if edge.kind in ("constant", "line") else "",
        "arrowsize": "0.4" if edge.kind == "band" else "",
        "style": "dotted" if edge.kind == "dead" else "",
        "ltail": f"cluster_{edge.source[1:]}" if edge.source != ends[0].id else "",
        "lhead": f"cluster_{edge.target[1:]}" if edge.target != user.id else "",
        "label": Html(_pill(edge, colour)) if edge.pill else "",
        "tooltip": edge.tooltip,
        "labeltooltip": edge.tooltip if edge.pill else "",
        **place.attributes,
    }
    return statement(f"{source} -> {target}", **attributes)


def _pill(edge: Edge, colour: dict[str, str]) -> str:
    if edge.kind == "band":
        return f"<{write(edge.pill, colour['muted'], CHIP)}>"
    dead = edge.kind == "dead"
    ink = colour["ground" if dead else "muted" if edge.flow is None else "ink"]
    fill = colour["ink" if dead else "hairline" if edge.kind == "saturated" else "ground"]
    return (
        f'<<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" STYLE="ROUNDED"'
        f' COLOR="{colour["ink" if dead else "line"]}" BGCOLOR="{fill}"><TR>'
        f"{cell(edge.pill, ink, CHIP)}</TR></TABLE>>"
    )
