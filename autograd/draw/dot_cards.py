"""The cards of the DOT writer, as HTML-like tables, and the few functions that write DOT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from autograd.draw.numbers import NOT_COMPUTED
from autograd.draw.parts import NOT_TRAINED, Card, Scene
from autograd.draw.picture import CELL_STEP, CELLS_FOOT, CELLS_TOP, Box
from autograd.draw.text import shorten
from autograd.draw.tokens import colours, tint, tokens

WIDEST_NAME = 190.0
BAR_HALF = 48  # pt
LONGEST = 4000  # characters in one string
CHIP = 13  # size of the text on constants, pills and closed groups, as in SVG


@dataclass(frozen=True)
class Place:
    """Where something stands, as attributes of its statement; and the box of a card."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    box: Box | None = None


NOWHERE = Place()  # dot decides


def statement(subject: str, **attributes: str | float) -> str:
    written = " ".join(f"{key}={_quoted(value)}" for key, value in attributes.items() if value != "")
    return f"\t{subject} [{written}]\n" if written else f"\t{subject}\n"


def _quoted(value: str | float) -> str:
    """A DOT value: numbers bare, HTML-like labels in their brackets, the rest in quotes.

    Graphviz reads strings of at most 16 kB, and joins them; a character may take four bytes.
    """
    if isinstance(value, int | float | Html):
        return str(value)
    pieces = (value[i : i + LONGEST] for i in range(0, len(value), LONGEST))
    escaped = (piece.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for piece in pieces)
    return " + ".join(f'"{piece}"' for piece in escaped)


class Html(str):
    """Text in angle brackets, which DOT reads as an HTML-like label."""

    __slots__ = ()


def square(fill: str, w: int, h: int) -> str:
    return f'<TD FIXEDSIZE="TRUE" WIDTH="{w}" HEIGHT="{h}" BGCOLOR="{fill}"></TD>'


def write(text: str, colour: str, size: float, style: str = "") -> str:
    inner = escape(text, quote=False)
    inner = f"<{style}>{inner}</{style}>" if style else inner
    return f'<FONT COLOR="{colour}" POINT-SIZE="{size}">{inner}</FONT>'


def cell(text: str, colour: str, size: float, style: str = "", align: str = "CENTER") -> str:
    return f'<TD ALIGN="{align}">{write(text, colour, size, style)}</TD>'


TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{}"{}>'


def card_dot(card: Card, scene: Scene, colour: dict[str, str], place: Place) -> str:
    if card.role == "constant":
        table = TABLE.format(4, f' BGCOLOR="{colour["surface"]}"')
        label = f"<{table}<TR>{cell(card.value, colour['muted'], CHIP)}</TR></TABLE>>"
        return statement(card.id, label=Html(label), tooltip=card.tooltip, **place.attributes)
    if card.role == "op":
        single, font = len(card.symbol) == 1, tokens()["card"]["font"]
        return statement(
            card.id,
            shape="circle" if single else "box",
            style="" if single else "rounded",
            width=0.42,
            height=0.42,
            margin="0.08,0.02",
            fixedsize="true" if single else "",
            ordering="in",
            color=colour["line"],
            label=Html(f"<{write(card.symbol, colour['ink'], font['op_symbol' if single else 'op_word'], 'B')}>"),
            tooltip=card.tooltip,
            **place.attributes,
        )
    box = place.box
    table = _cells(card, scene, colour, box) if box and card.cells else _value(card, scene, colour, box)
    if card.role == "group":
        frame = f'BORDER="1" CELLBORDER="0" CELLSPACING="3" CELLPADDING="0" STYLE="ROUNDED" COLOR="{colour["line"]}"'
        table = f"<TABLE {frame}><TR><TD>{table}</TD></TR></TABLE>"
    return statement(card.id, label=Html(f"<{table}>"), tooltip=card.tooltip, **place.attributes)


def _cells(card: Card, scene: Scene, colour: dict[str, str], box: Box) -> str:
    """Name and content; a cell for each group inside; parameters and the size of the gradients."""
    if card.broken:
        colour = _inverse(colour)
    ink, muted, columns, font = colour["ink"], colour["muted"], box.columns, tokens()["card"]["font"]
    head = cell(box.name, ink, font["name"], "B", "LEFT") + cell(card.value, ink, font["value"], align="RIGHT")
    foot = cell(card.note, muted, CHIP, align="LEFT")
    if card.gradient == NOT_COMPUTED:
        foot += cell(card.gradient, muted, 12, "I", "RIGHT")
    elif card.gradient:
        foot += f'<TD ALIGN="RIGHT">{write(f"{card.key} ", ink, CHIP)}{write(card.gradient, ink, CHIP, "B")}</TD>'
    cell_ink, ground = colours(scene.theme)["ink"], colours(scene.theme)["ground"]
    grid = "</TR><TR>".join(
        "".join(
            f'<TD FIXEDSIZE="TRUE" WIDTH="20" HEIGHT="20" BORDER="1" COLOR="{colour["line"]}"'
            f' BGCOLOR="{ground if one.tint is None else tint(scene.theme, one.tint)}">'
            f"{write(one.sign or ' ', cell_ink, CHIP)}</TD>"
            for one in card.cells[i : i + columns]
        )
        for i in range(0, len(card.cells), columns)
    )
    wide = round(box.width - 2 * box.inset) - 2
    squares = box.height - 2 * box.inset - CELLS_TOP - CELLS_FOOT
    edge = 3  # the space around a grid reaches so far into the rows above and below
    rows = (
        (CELLS_TOP - edge, f"{TABLE.format(4, '')}<TR>{head}</TR></TABLE>"),
        (
            squares + 4,
            f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="4" CELLPADDING="0" FIXEDSIZE="TRUE"'
            f' WIDTH="{CELL_STEP * columns + 4:.0f}" HEIGHT="{squares + 4:.0f}"><TR>{grid}</TR></TABLE>',
        ),
        (CELLS_FOOT - edge, f"{TABLE.format(4, '')}<TR>{foot}</TR></TABLE>"),
    )
    body = "".join(f'<TR><TD WIDTH="{wide}" HEIGHT="{height:.0f}">{row}</TD></TR>' for height, row in rows)
    frame = f'BORDER="2" COLOR="{ink}"' if card.note == NOT_TRAINED else f'BORDER="1" COLOR="{colour["line"]}"'
    return (
        f'<TABLE {frame} CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" STYLE="ROUNDED"'
        f' BGCOLOR="{colour["ground"]}"{_size(box)}>{body}</TABLE>'
    )


def _inverse(colour: dict[str, str]) -> dict[str, str]:
    """The colours of a card with nan or infinity."""
    return {**colour, "ground": colour["ink"], "ink": colour["ground"], "muted": colour["ground"]}


def _size(box: Box | None) -> str:
    """The least size of the table that is a card, or the inner one of two."""
    return f' WIDTH="{box.width - 2 * box.inset:.0f}" HEIGHT="{box.height - 2 * box.inset:.0f}"' if box else ""


def badges(card: Card) -> list[str]:
    """Where nan began, and of how many values the card tells."""
    return [card.tag] * bool(card.tag) + [f"× {card.count:,}"] * (card.count > 1)


def badges_above(card: Card, colour: dict[str, str]) -> str:
    """The badges as a label that stands on the card."""
    ink, ground = colour["ink"], colour["ground"]
    chips = "".join(
        f'<TD BGCOLOR="{ink if words == card.tag else colour["surface"]}" BORDER="1"'
        f' COLOR="{ink if words == card.tag else colour["line"]}">'
        f"{write(words, ground if words == card.tag else ink, 11, 'B')}</TD>"
        for words in badges(card)
    )
    return Html(f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="2"><TR>{chips}</TR></TABLE>>')


def _value(card: Card, scene: Scene, colour: dict[str, str], box: Box | None) -> str:
    if card.broken:
        colour = _inverse(colour)
    strong = card.role in ("leaf", "root")
    line = colour["ink" if strong and not card.broken else "line"]
    half = round(box.bar) if box else BAR_HALF
    wide = 2 * half + 8  # as a bar, before there is one too
    if box:
        wide = max(wide, round(box.width - 2 * box.inset - box.socket) - 6)
    above = [] if box else badges(card)
    rows = "".join(
        f'<TR><TD WIDTH="{wide}">{row}</TD></TR>' for row in _rows(card, scene.theme, colour, wide, half, above)
    )
    body = f"{TABLE.format(0, '')}{rows}</TABLE>"
    inlets = _inlets(card, scene)
    if scene.direction == "LR":
        top, left = "", inlets and f"<TD>{inlets}</TD>"
    else:
        top, left = inlets and f'<TR><TD COLSPAN="2">{inlets}</TD></TR>', ""
    socket = ""
    if card.symbol:
        font = tokens()["card"]["font"]
        symbol = cell(card.symbol, colour["ink"], font["op_symbol" if len(card.symbol) == 1 else "op_word"], "B")
        fixed = f' WIDTH="{box.socket:.0f}"' if box else ""
        socket = f"<TD{fixed}>{TABLE.format(5, '')}<TR>{symbol}</TR></TABLE></TD><VR/>"
    return (
        f'<TABLE BORDER="{2 if strong else 1}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" STYLE="ROUNDED"'
        f' COLOR="{line}" BGCOLOR="{colour["ground"]}"{_size(box)}>{top}<TR>{left}{socket}<TD>{body}</TD></TR></TABLE>'
    )


def _rows(card: Card, theme: str, colour: dict[str, str], wide: int, half: int, above: Sequence[str]) -> Iterator[str]:
    """Badges; name and value; gradient on its tint; bar."""
    ink, muted = colour["ink"], colour["muted"]
    if above:
        yield f"{TABLE.format(2, '')}<TR>{cell('   '.join(above), ink, 11, 'B', 'RIGHT')}</TR></TABLE>"
    name = shorten(card.name, 15, WIDEST_NAME, bold=card.named)
    font = tokens()["card"]["font"]
    cells = cell(name, ink if card.named else muted, font["name"], "B" if card.named else "", "LEFT")
    if card.value:
        cells += cell(card.value, ink, font["value"], align="RIGHT")
    yield f"{TABLE.format(3, '')}<TR>{cells}</TR></TABLE>"
    if card.gradient == NOT_COMPUTED:
        as_high = ' HEIGHT="35"'  # as the gradient and its bar will be
        yield f"{TABLE.format(4, as_high)}<TR>{cell(card.gradient, muted, 12, 'I', 'RIGHT')}</TR></TABLE>"
    elif card.gradient:
        fill = "" if card.broken else f' BGCOLOR="{tint(theme, card.tint or 0.0)}"'
        key = cell("seed" if card.seed else card.key, ink, font["key"], align="LEFT")
        number = cell(card.gradient, ink, font["grad"], "B", "RIGHT")
        yield f"{TABLE.format(3, fill)}<TR>{key}{number}</TR></TABLE>"
        if not card.broken:
            yield _bar(card, half, wide - 4, colour)


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
    return f"{TABLE.format(0, '')}{ports}</TABLE>"


def _bar(card: Card, half: int, wide: int, colour: dict[str, str]) -> str:
    """A zero-centred bar of cells: negative left, positive right, broken at its end when it exceeds the scale."""
    t, track, ground = card.tint or 0.0, colour["hairline"], colour["ground"]
    length = max(2, round(abs(t) * half)) if t else 0
    hue = colour["negative" if t < 0 else "positive"]
    full = [(hue, length - 8), (ground, 2), (hue, 2), (ground, 2), (hue, 2)] if card.beyond else [(hue, length)]
    side = [*full, (track, half - length)]  # from the middle outwards
    left, right = (side[::-1], [(track, half)]) if t < 0 else ([(track, half)], side)
    cells = "".join(square(fill, w, 5) for fill, w in (*left, (colour["line"], 2), *right) if w)
    spare = (wide - 2 * half - 2) // 2
    if spare > 0:  # else the cells would part when Graphviz widens the row
        margin = f'<TD FIXEDSIZE="TRUE" WIDTH="{spare}" HEIGHT="5"></TD>'
        cells = margin + cells + margin
    return f"{TABLE.format(2, '')}<TR><TD>{TABLE.format(0, '')}<TR>{cells}</TR></TABLE></TD></TR></TABLE>"
