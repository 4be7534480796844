"""The DOT writer: HTML-like cards for Graphviz, which makes PNG and PDF of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape

from autograd.draw.legend import legend_of
from autograd.draw.numbers import NOT_COMPUTED
from autograd.draw.parts import Card, Edge, Path, Scene
from autograd.draw.text import shorten
from autograd.draw.tokens import colours, tint, tokens

WIDEST_NAME = 190.0
BAR_HALF = 48  # pt


def dot(scene: Scene) -> str:
    """The scene as DOT text.

    >>> from autograd import Value
    >>> from autograd.draw.scene import scene
    >>> x = Value(2.0, label="x")
    >>> [line for line in dot(scene(x * 2)).splitlines() if "->" in line][1]
    '\\tv1c1:e -> v1:i1:w [color="#7F8794" penwidth=1 arrowhead="none"]'
    """
    return "digraph {\n" + "".join(dot_lines(scene)) + "}\n"


def dot_lines(scene: Scene) -> Iterator[str]:
    """The statements of the graph, a line each."""
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
        tooltip=_tip(f"{scene.title}: {scene.summary}"),
    )
    yield _statement("node", shape="plain", fontname=font, fontcolor=colour["ink"], fontsize=13)
    yield _statement("edge", fontname=font, fontsize=11, color=colour["line"], arrowsize=0.7, penwidth=1.4)
    yield from _cluster(scene, (), colour)
    cards = {card.id: card for card in scene.cards}
    times = Counter((edge.source, edge.target) for edge in scene.edges)
    for edge in scene.edges:
        once = times[edge.source, edge.target] == 1
        yield _edge(edge, cards[edge.target], once, scene.direction, colour)


def _legend(scene: Scene, colour: dict[str, str]) -> str:
    separator = _text("   |   ", colour["muted"], 12)
    pieces = (
        "".join(_text(text, colour[role], 12, "B" if role in ("negative", "positive") else "") for text, role in piece)
        for piece in legend_of(scene)
    )
    return _Html(f"<{separator.join(pieces)}>")


def _cluster(scene: Scene, path: Path, colour: dict[str, str], indent: str = "\t") -> Iterator[str]:
    """The cards that stand directly in a cluster, and the clusters in it."""
    for card in scene.cards:
        if card.path == path:
            yield indent[1:] + _card(card, scene, colour)
    for number, inner in enumerate(scene.clusters):
        if inner[:-1] == path:
            yield f"{indent}subgraph cluster_{number} {{\n"
            yield indent + _statement(
                "graph",
                label=shorten(inner[-1], 13, 400.0),
                style="filled,rounded",
                labelloc="t",
                fillcolor=colour["surface"],
                color=colour["hairline"],
            )
            yield from _cluster(scene, inner, colour, indent + "\t")
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


def _edge(edge: Edge, user: Card, once: bool, direction: str, colour: dict[str, str]) -> str:
    look = tokens()["edge"]
    thick = look["sent_min"] + (look["sent_max"] - look["sent_min"]) * abs(edge.flow or 0.0)
    role = "line" if edge.flow is None else "positive" if edge.flow > 0 else "negative" if edge.flow < 0 else "muted"
    out, into = ("e", "w") if direction == "LR" else ("s", "n")
    source = f"{edge.source}:{out}" if once else edge.source  # two edges from one point would make a loop
    has_inlets = user.role != "op" and user.symbol
    target = f"{edge.target}:i{edge.slot}:{into}" if has_inlets else edge.target
    return _statement(
        f"{source} -> {target}",
        color=colour[role],
        penwidth=1 if edge.kind == "constant" else round(thick, 2),
        arrowhead="none" if edge.kind == "constant" else "",
        style="dotted" if edge.kind == "dead" else "",
        label=_Html(_pill(edge, colour)) if edge.pill else "",
        tooltip=_tip(edge.tooltip),
        labeltooltip=edge.tooltip if edge.pill else "",
    )


def _pill(edge: Edge, colour: dict[str, str]) -> str:
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


def _card(card: Card, scene: Scene, colour: dict[str, str]) -> str:
    if card.role == "constant":
        table = _TABLE.format(4, f' BGCOLOR="{colour["surface"]}"')
        label = f"<{table}<TR>{_cell(card.value, colour['muted'], 12)}</TR></TABLE>>"
        return _statement(card.id, label=_Html(label), tooltip=_tip(card.tooltip))
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
        )
    return _statement(card.id, label=_Html(_value(card, scene, colour)), tooltip=_tip(card.tooltip))


def _value(card: Card, scene: Scene, colour: dict[str, str]) -> str:
    if card.broken:
        colour = {**colour, "ground": colour["ink"], "ink": colour["ground"], "muted": colour["ground"]}
    strong = card.role in ("leaf", "root")
    line = colour["ink" if strong and not card.broken else "line"]
    wide = 2 * BAR_HALF + 8  # as a bar, before there is one too
    rows = "".join(f'<TR><TD WIDTH="{wide}">{row}</TD></TR>' for row in _rows(card, scene.theme, colour))
    body = f"{_TABLE.format(0, '')}{rows}</TABLE>"
    inlets = _inlets(card, scene)
    if scene.direction == "LR":
        top, left = "", inlets and f"<TD>{inlets}</TD>"
    else:
        top, left = inlets and f'<TR><TD COLSPAN="2">{inlets}</TD></TR>', ""
    socket = ""
    if card.symbol:
        symbol = _cell(card.symbol, colour["ink"], 18 if len(card.symbol) == 1 else 13, "B")
        socket = f"<TD>{_TABLE.format(5, '')}<TR>{symbol}</TR></TABLE></TD><VR/>"
    return (
        f'<<TABLE BORDER="{2 if strong else 1}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" STYLE="ROUNDED"'
        f' COLOR="{line}" BGCOLOR="{colour["ground"]}">{top}<TR>{left}{socket}<TD>{body}</TD></TR></TABLE>>'
    )


def _rows(card: Card, theme: str, colour: dict[str, str]) -> Iterator[str]:
    """Tag; name and value; gradient on its tint; bar."""
    ink, muted = colour["ink"], colour["muted"]
    if card.tag:
        yield f"{_TABLE.format(2, '')}<TR>{_cell(card.tag, ink, 10, 'B', 'RIGHT')}</TR></TABLE>"
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
        key = _cell("seed" if card.seed else "grad", ink, 10, align="LEFT")
        number = _cell(card.gradient, ink, 13, "B", "RIGHT")
        yield f"{_TABLE.format(4, fill)}<TR>{key}{number}</TR></TABLE>"
        if not card.broken:
            yield _bar(card.tint or 0.0, colour)


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


def _bar(t: float, colour: dict[str, str]) -> str:
    """A zero-centred bar of cells: negative left, positive right."""
    length = max(2, round(abs(t) * BAR_HALF)) if t else 0
    track, rest = colour["hairline"], BAR_HALF - length
    left = [(track, rest), (colour["negative"], length)] if t < 0 else [(track, BAR_HALF)]
    right = [(colour["positive"], length), (track, rest)] if t > 0 else [(track, BAR_HALF)]
    cells = "".join(
        f'<TD FIXEDSIZE="TRUE" WIDTH="{w}" HEIGHT="5" BGCOLOR="{c}"></TD>'
        for c, w in (*left, (colour["line"], 2), *right)
        if w
    )
    return f"{_TABLE.format(3, '')}<TR><TD>{_TABLE.format(0, '')}<TR>{cells}</TR></TABLE></TD></TR></TABLE>"
