"""The DOT writer: HTML-like cards for Graphviz, which makes PNG and PDF of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from autograd.draw.layout import Point
from autograd.draw.legend import legend_of
from autograd.draw.numbers import NOT_COMPUTED
from autograd.draw.parts import Card, Edge, Path, Scene
from autograd.draw.picture import Box, Picture
from autograd.draw.text import shorten, width
from autograd.draw.tokens import colours, tint, tokens

WIDEST_NAME = 190.0
BAR_HALF = 48  # pt
TIP = 10.0  # length of an arrowhead where its place is given


@dataclass(frozen=True)
class Place:
    """Where something stands, as attributes of its statement; and the box of a card."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    box: Box | None = None


NOWHERE = Place()  # dot decides


def dot(scene: Scene, placed: Picture | None = None) -> str:
    """The scene as DOT text; with the places that a picture gives, for `neato -n2`.

    >>> from autograd import Value
    >>> from autograd.draw.scene import scene
    >>> x = Value(2.0, label="x")
    >>> [line for line in dot(scene(x * 2)).splitlines() if "->" in line][1]
    '\\tv1c1:e -> v1:i1:w [color="#7F8794" penwidth=1 arrowhead="none"]'
    """
    return "digraph {\n" + "".join(dot_lines(scene, placed)) + "}\n"


def dot_lines(scene: Scene, placed: Picture | None = None) -> Iterator[str]:
    """The statements of the graph, a line each."""
    places = _places(scene, placed) if placed else {}
    colour = colours(scene.theme)
    font = tokens()["fonts"]["graphviz"]
    yield _statement(
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
        tooltip=_tip(f"{scene.title}: {scene.summary}"),
    )
    yield _statement("node", shape="plain", fontname=font, fontcolor=colour["ink"], fontsize=13)
    yield _statement("edge", fontname=font, fontsize=11, color=colour["line"], arrowsize=0.7, penwidth=1.4)
    yield from _cluster(scene, (), colour, places)
    cards = {card.id: card for card in scene.cards}
    for number, path in enumerate(scene.clusters):  # an edge of a cluster needs a card in it
        cards[f"c{number}"] = next(card for card in scene.cards if card.path[: len(path)] == path)
    times = Counter((edge.source, edge.target) for edge in scene.edges)
    for key, edge in enumerate(scene.edges):
        once = times[edge.source, edge.target] == 1
        ends = cards[edge.source], cards[edge.target]
        yield _edge(edge, ends, once, scene.direction, colour, places.get(f"edge {key}", NOWHERE))


def _places(scene: Scene, placed: Picture) -> dict[str, Place]:
    """Where everything stands, as attributes. Graphviz counts upwards."""
    w, h = placed.size
    legend = 30.0

    def at(*points: Point) -> str:
        return " ".join(f"{x:.1f},{h + legend - y:.1f}" for x, y in points)

    found = {"graph": Place({"bb": f"0,0,{w:.1f},{h + legend:.1f}", "lp": at((w / 2, h + legend - 8))})}
    for number, path in enumerate(scene.clusters):
        if path in placed.areas:
            x, y, wide, tall = placed.areas[path]
            corners = f"{at((x, y + tall))},{at((x + wide, y))}"
            found[f"c{number}"] = Place({"bb": corners, "lp": at((x + wide / 2, y + 16))})
    for box in placed.boxes:
        attributes = {"pos": at((box.x + box.width / 2, box.y + box.height / 2))}
        words = _badge(box.card)
        if words:
            right = box.x + box.width - 8 - width(words, 10, bold=True) / 2
            attributes |= {"xlabel": words, "xlp": at((right, box.y - 6))}
        found[box.card.id] = Place(attributes, box)
    for key, wire in enumerate(placed.wires):
        tip, route, attributes = wire.route[-1], wire.route, {}
        if wire.edge.kind in ("constant", "line"):
            attributes["pos"] = at(*route)
        else:
            end = (tip[0] - TIP, tip[1]) if placed.across else (tip[0], tip[1] - TIP)
            attributes["pos"] = f"e,{at(tip)} {at(*route[:-1], end)}"
        if wire.pill:
            attributes["lp"] = at(wire.pill)
        found[f"edge {key}"] = Place(attributes)
    return found


def _legend(scene: Scene, colour: dict[str, str]) -> str:
    separator = _text("   |   ", colour["muted"], 12)
    pieces = (
        "".join(_text(text, colour[role], 12, "B" if role in ("negative", "positive") else "") for text, role in piece)
        for piece in legend_of(scene)
    )
    return _Html(f"<{separator.join(pieces)}>")


def _cluster(
    scene: Scene, path: Path, colour: dict[str, str], places: Mapping[str, Place], indent: str = "\t"
) -> Iterator[str]:
    """The cards that stand directly in a cluster, and the clusters in it."""
    for card in scene.cards:
        if card.path == path:
            yield indent[1:] + _card(card, scene, colour, places.get(card.id, NOWHERE))
    for number, inner in enumerate(scene.clusters):
        if inner[:-1] == path:
            yield f"{indent}subgraph cluster_{number} {{\n"
            yield indent + _statement(
                "graph",
                label=shorten(scene.title_of(inner), 13, 400.0),
                style="filled,rounded",
                labelloc="t",
                fillcolor=colour["surface"],
                color=colour["hairline"],
                **places.get(f"c{number}", NOWHERE).attributes,
            )
            yield from _cluster(scene, inner, colour, places, indent + "\t")
            yield f"{indent}}}\n"


def _statement(subject: str, **attributes: str | float) -> str:
    written = " ".join(f"{key}={_quoted(value)}" for key, value in attributes.items() if value != "")
    return f"\t{subject} [{written}]\n" if written else f"\t{subject}\n"


def _quoted(value: str | float) -> str:
    """A DOT value: numbers bare, HTML-like labels in their brackets, the rest in quotes."""
    if isinstance(value, int | float | _Html):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _tip(text: str) -> str:
    """Graphviz reads strings of at most 16 kB; a character may take four bytes."""
    return text if len(text) <= 2000 else text[:2000] + "…"


class _Html(str):
    """Text in angle brackets, which DOT reads as an HTML-like label."""

    __slots__ = ()


def _edge(edge: Edge, ends: tuple[Card, Card], once: bool, direction: str, colour: dict[str, str], place: Place) -> str:
    look, user = tokens()["edge"], ends[1]
    thick = look["sent_min"] + (look["sent_max"] - look["sent_min"]) * abs(edge.flow or 0.0)
    role = "line" if edge.flow is None else "positive" if edge.flow > 0 else "negative" if edge.flow < 0 else "muted"
    out, into = ("e", "w") if direction == "LR" else ("s", "n")
    source = f"{ends[0].id}:{out}" if once else ends[0].id  # two edges from one point would make a loop
    has_inlets = user.role != "op" and user.symbol
    target = f"{user.id}:i{edge.slot}:{into}" if has_inlets else user.id
    return _statement(
        f"{source} -> {target}",
        color=colour[role],
        penwidth={"constant": 1, "band": 5}.get(edge.kind, round(thick, 2)),
        arrowhead="none" if edge.kind in ("constant", "line") else "",
        arrowsize=0.4 if edge.kind == "band" else "",
        style="dotted" if edge.kind == "dead" else "",
        ltail=f"cluster_{edge.source[1:]}" if edge.source != ends[0].id else "",
        lhead=f"cluster_{edge.target[1:]}" if edge.target != user.id else "",
        label=_Html(_pill(edge, colour)) if edge.pill else "",
        tooltip=_tip(edge.tooltip),
        labeltooltip=edge.tooltip if edge.pill else "",
        **place.attributes,
    )


def _pill(edge: Edge, colour: dict[str, str]) -> str:
    if edge.kind == "band":
        return f"<{_text(edge.pill, colour['muted'], 12)}>"
    dead = edge.kind == "dead"
    ink = colour["ground" if dead else "muted" if edge.flow is None else "ink"]
    fill = colour["ink" if dead else "hairline" if edge.kind == "saturated" else "ground"]
    return (
        f'<<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" STYLE="ROUNDED"'
        f' COLOR="{colour["ink" if dead else "line"]}" BGCOLOR="{fill}"><TR>'
        f"{_cell(edge.pill, ink, 11)}</TR></TABLE>>"
    )


def _text(text: str, colour: str, size: float, style: str = "") -> str:
    inner = escape(text, quote=False)
    inner = f"<{style}>{inner}</{style}>" if style else inner
    return f'<FONT COLOR="{colour}" POINT-SIZE="{size}">{inner}</FONT>'


def _cell(text: str, colour: str, size: float, style: str = "", align: str = "CENTER") -> str:
    return f'<TD ALIGN="{align}">{_text(text, colour, size, style)}</TD>'


_TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{}"{}>'


def _card(card: Card, scene: Scene, colour: dict[str, str], place: Place) -> str:
    if card.role == "constant":
        table = _TABLE.format(4, f' BGCOLOR="{colour["surface"]}"')
        label = f"<{table}<TR>{_cell(card.value, colour['muted'], 12)}</TR></TABLE>>"
        return _statement(card.id, label=_Html(label), tooltip=_tip(card.tooltip), **place.attributes)
    if card.role == "op":
        single = len(card.symbol) == 1
        return _statement(
            card.id,
            shape="circle" if single else "box",
            style="" if single else "rounded",
            width=0.42,
            height=0.42,
            margin="0.08,0.02",
            fixedsize="true" if single else "",
            ordering="in",
            color=colour["line"],
            label=_Html(f"<{_text(card.symbol, colour['ink'], 18 if single else 13, 'B')}>"),
            tooltip=_tip(card.tooltip),
            **place.attributes,
        )
    box = place.box
    table = (_cells if card.cells else _value)(card, scene, colour, box)
    if card.role == "group":
        frame = f'BORDER="1" CELLBORDER="0" CELLSPACING="3" CELLPADDING="0" STYLE="ROUNDED" COLOR="{colour["line"]}"'
        table = f"<TABLE {frame}><TR><TD>{table}</TD></TR></TABLE>"
    return _statement(card.id, label=_Html(f"<{table}>"), tooltip=_tip(card.tooltip), **place.attributes)


def _cells(card: Card, scene: Scene, colour: dict[str, str], box: Box | None) -> str:
    """Name and content; a cell for each group inside; parameters and the size of the gradients."""
    ink, muted, columns = colour["ink"], colour["muted"], min(8 if len(card.cells) <= 64 else 16, len(card.cells))
    head = _cell(card.name, ink, 13, "B", "LEFT") + _cell(card.value, ink, 13, align="RIGHT")
    foot = _cell(card.note, muted, 11, align="LEFT")
    if card.gradient == NOT_COMPUTED:
        foot += _cell(card.gradient, muted, 10, "I", "RIGHT")
    elif card.gradient:
        foot += _cell(f"{card.key} {card.gradient}", ink, 11, align="RIGHT")
    wide = round(box.width - 2 * box.inset) - 2 if box else 0
    spare = (wide - 24 * columns) // 2
    side = f'<TD FIXEDSIZE="TRUE" WIDTH="{spare}" HEIGHT="20"></TD>' if spare > 8 else ""
    grid = "</TR><TR>".join(
        side
        + "".join(
            f'<TD FIXEDSIZE="TRUE" WIDTH="20" HEIGHT="20" BORDER="1" COLOR="{colour["line"]}"'
            f' BGCOLOR="{tint(scene.theme, cell.tint or 0.0)}">{_text(cell.sign or " ", ink, 11)}</TD>'
            for cell in card.cells[i : i + columns]
        )
        + side
        for i in range(0, len(card.cells), columns)
    )
    rows = [
        *([] if box else _badges(card, colour)),
        f"{_TABLE.format(3, '')}<TR>{head}</TR></TABLE>",
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="4" CELLPADDING="0"><TR>{grid}</TR></TABLE>',
        f"{_TABLE.format(3, '')}<TR>{foot}</TR></TABLE>",
    ]
    body = "".join(f'<TR><TD WIDTH="{wide}">{row}</TD></TR>' for row in rows)
    return (
        f'<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" STYLE="ROUNDED" COLOR="{colour["line"]}"'
        f' BGCOLOR="{colour["ground"]}"{_size(box)}>{body}</TABLE>'
    )


def _size(box: Box | None) -> str:
    """The least size of the table that is a card, or the inner one of two."""
    return f' WIDTH="{box.width - 2 * box.inset:.0f}" HEIGHT="{box.height - 2 * box.inset:.0f}"' if box else ""


def _badge(card: Card) -> str:
    """Of how many values the card tells, and where nan began."""
    return "   ".join([card.tag] * bool(card.tag) + [f"× {card.count:,}"] * (card.count > 1))


def _badges(card: Card, colour: dict[str, str]) -> Iterator[str]:
    """The same as a row above the others, where dot decides on the size of the card."""
    if words := _badge(card):
        yield f"{_TABLE.format(2, '')}<TR>{_cell(words, colour['ink'], 10, 'B', 'RIGHT')}</TR></TABLE>"


def _value(card: Card, scene: Scene, colour: dict[str, str], box: Box | None) -> str:
    if card.broken:
        colour = {**colour, "ground": colour["ink"], "ink": colour["ground"], "muted": colour["ground"]}
    strong = card.role in ("leaf", "root")
    line = colour["ink" if strong and not card.broken else "line"]
    wide = 2 * BAR_HALF + 8  # as a bar, before there is one too
    if box:
        wide = max(wide, round(box.width - 2 * box.inset - box.socket) - 6)
    rows = "".join(
        f'<TR><TD WIDTH="{wide}">{row}</TD></TR>'
        for row in _rows(card, scene.theme, colour, wide, placed=box is not None)
    )
    body = f"{_TABLE.format(0, '')}{rows}</TABLE>"
    inlets = _inlets(card, scene)
    if scene.direction == "LR":
        top, left = "", inlets and f"<TD>{inlets}</TD>"
    else:
        top, left = inlets and f'<TR><TD COLSPAN="2">{inlets}</TD></TR>', ""
    socket = ""
    if card.symbol:
        symbol = _cell(card.symbol, colour["ink"], 18 if len(card.symbol) == 1 else 13, "B")
        fixed = f' WIDTH="{box.socket:.0f}"' if box else ""
        socket = f"<TD{fixed}>{_TABLE.format(5, '')}<TR>{symbol}</TR></TABLE></TD><VR/>"
    return (
        f'<TABLE BORDER="{2 if strong else 1}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" STYLE="ROUNDED"'
        f' COLOR="{line}" BGCOLOR="{colour["ground"]}"{_size(box)}>{top}<TR>{left}{socket}<TD>{body}</TD></TR></TABLE>'
    )


def _rows(card: Card, theme: str, colour: dict[str, str], wide: int, placed: bool) -> Iterator[str]:
    """Tag; name and value; gradient on its tint; bar."""
    ink, muted = colour["ink"], colour["muted"]
    if not placed:
        yield from _badges(card, colour)
    name = shorten(card.name, 15, WIDEST_NAME, bold=card.named)
    cells = _cell(name, ink if card.named else muted, 13, "B" if card.named else "", "LEFT")
    if card.value:
        cells += _cell(card.value, ink, 13, align="RIGHT")
    yield f"{_TABLE.format(4, '')}<TR>{cells}</TR></TABLE>"
    if card.gradient == NOT_COMPUTED:
        as_high = ' HEIGHT="35"'  # as the gradient and its bar will be
        yield f"{_TABLE.format(4, as_high)}<TR>{_cell(card.gradient, muted, 10, 'I', 'RIGHT')}</TR></TABLE>"
    elif card.gradient:
        fill = "" if card.broken else f' BGCOLOR="{tint(theme, card.tint or 0.0)}"'
        key = _cell("seed" if card.seed else card.key, ink, 10, align="LEFT")
        number = _cell(card.gradient, ink, 13, "B", "RIGHT")
        yield f"{_TABLE.format(4, fill)}<TR>{key}{number}</TR></TABLE>"
        if not card.broken:
            yield _bar(card.tint or 0.0, wide - 6, colour)


def _inlets(card: Card, scene: Scene) -> str:
    """A port for each operand slot, in order: down the left side, or along the top."""
    slots = sum(edge.target == card.id for edge in scene.edges)
    if not slots or not card.symbol:
        return ""
    if scene.direction == "LR":
        ports = "".join(
            f'<TR><TD PORT="i{i}" WIDTH="1" HEIGHT="{max(1, 56 // slots)}"></TD></TR>' for i in range(slots)
        )
    else:
        ports = "".join(f'<TD PORT="i{i}" WIDTH="{max(1, 120 // slots)}" HEIGHT="1"></TD>' for i in range(slots))
        ports = f"<TR>{ports}</TR>"
    return f"{_TABLE.format(0, '')}{ports}</TABLE>"


def _bar(t: float, wide: int, colour: dict[str, str]) -> str:
    """A zero-centred bar of cells: negative left, positive right; in the middle of a row of this width."""
    length = max(2, round(abs(t) * BAR_HALF)) if t else 0
    track, rest = colour["hairline"], BAR_HALF - length
    left = [(track, rest), (colour["negative"], length)] if t < 0 else [(track, BAR_HALF)]
    right = [(colour["positive"], length), (track, rest)] if t > 0 else [(track, BAR_HALF)]
    cells = "".join(
        f'<TD FIXEDSIZE="TRUE" WIDTH="{w}" HEIGHT="5" BGCOLOR="{c}"></TD>'
        for c, w in (*left, (colour["line"], 2), *right)
        if w
    )
    spare = (wide - 2 * BAR_HALF - 2) // 2
    if spare > 0:  # else the cells would part when Graphviz widens the row
        side = f'<TD FIXEDSIZE="TRUE" WIDTH="{spare}" HEIGHT="5"></TD>'
        cells = side + cells + side
    return f"{_TABLE.format(3, '')}<TR><TD>{_TABLE.format(0, '')}<TR>{cells}</TR></TABLE></TD></TR></TABLE>"
