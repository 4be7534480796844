"""The cards of the SVG writer, and the few functions that write SVG."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from autograd.draw.nested import Area
from autograd.draw.numbers import NOT_COMPUTED
from autograd.draw.parts import NOT_TRAINED, Path, Scene
from autograd.draw.picture import (
    CELL,
    CELL_STEP,
    CELLS_FOOT,
    CELLS_TOP,
    CLUSTER_FONT,
    NOTE_FONT,
    WIDEST_TITLE,
    Box,
)
from autograd.draw.text import shorten, width
from autograd.draw.tokens import colours, tint, tokens


def n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def text(string: str) -> str:
    return escape(string, quote=False)


def write(string: str, x: float, y: float, size: float, fill: str, *, bold: bool = False, **more: str) -> str:
    weight = f' font-weight="{tokens()["card"]["font"]["weight_bold"]}"' if bold else ""
    extra = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in more.items())
    return f'<text x="{n(x)}" y="{n(y)}" font-size="{n(size)}" fill="{fill}"{weight}{extra}>{text(string)}</text>'


def cluster_svg(path: Path, area: Area, colour: dict[str, str]) -> str:
    x, y, w, h = area
    return (
        f'<g class="sg-cluster"><title>{text(" / ".join(path))}</title>'
        f'<rect x="{n(x)}" y="{n(y)}" width="{n(w)}" height="{n(h)}" rx="{tokens()["cluster"]["radius"]}"'
        f' fill="{_ground_of(path, colour)}" stroke="{colour["hairline"]}"'
        f' stroke-width="{tokens()["cluster"]["frame"]}"/></g>\n'
    )


def title_svg(path: Path, title: str, area: Area, colour: dict[str, str]) -> str:
    """The title of a cluster, on a ground that keeps edges away from it."""
    title = shorten(title, CLUSTER_FONT, WIDEST_TITLE)
    x, wide = area[0] + area[2] / 2, width(title, CLUSTER_FONT) * 0.9
    return (
        f'<g class="sg-title"><rect x="{n(x - wide / 2)}" y="{n(area[1] + 6)}" width="{n(wide)}" height="19"'
        f' fill="{_ground_of(path, colour)}"/>'
        f"{write(title, x, area[1] + 20, CLUSTER_FONT, colour['muted'], text_anchor='middle')}</g>\n"
    )


def _ground_of(path: Path, colour: dict[str, str]) -> str:
    """Every second depth has the colour of the page, so that a cluster stands out from the one around it."""
    return colour["surface" if len(path) % 2 else "ground"]


def card_svg(box: Box, scene: Scene, colour: dict[str, str]) -> str:
    shown = box.card
    draw = {"constant": _constant, "op": _op, "group": _group}.get(shown.role, _value)
    inside = draw(box, scene, colour) + _badges(box, colour)
    return (
        f'<g class="sg-card sg-{shown.role}" data-id="{shown.id}" transform="translate({n(box.x)} {n(box.y)})">'
        f"<title>{text(shown.tooltip)}</title>{inside}</g>\n"
    )


def _constant(box: Box, scene: Scene, colour: dict[str, str]) -> str:
    return f'<rect width="{n(box.width)}" height="{n(box.height)}" rx="3" fill="{colour["surface"]}"/>' + write(
        box.card.value, box.width / 2, box.height / 2 + 4.7, 13, colour["muted"], text_anchor="middle"
    )


def _op(box: Box, scene: Scene, colour: dict[str, str]) -> str:
    return (
        f'<rect width="{n(box.width)}" height="{n(box.height)}" rx="{n(box.height / 2)}" fill="{colour["ground"]}"'
        f' stroke="{colour["line"]}" stroke-width="{tokens()["card"]["frame"]["inner"]}"/>'
    ) + _symbol(box.card.symbol, box.width / 2, box.height / 2, colour)


def _symbol(symbol: str, x: float, y: float, colour: dict[str, str]) -> str:
    font = tokens()["card"]["font"]
    size = font["op_symbol" if len(symbol) == 1 else "op_word"]
    return write(symbol, x, y + size * 0.35, size, colour["ink"], bold=True, text_anchor="middle")


def _group(box: Box, scene: Scene, colour: dict[str, str]) -> str:
    """A card in a second frame."""
    look, inset = tokens()["card"], box.inset
    inner = replace(box, width=box.width - 2 * inset, height=box.height - 2 * inset)
    return (
        f'<rect width="{n(box.width)}" height="{n(box.height)}" rx="{n(look["radius"] + inset)}"'
        f' fill="{colour["ground"]}" stroke="{colour["line"]}" stroke-width="{look["frame"]["inner"]}"/>'
        f'<g transform="translate({n(inset)} {n(inset)})">'
        f"{(_cells if box.columns else _value)(inner, scene, colour)}</g>"
    )


def _cells(box: Box, scene: Scene, colour: dict[str, str]) -> str:
    """Name and content; a cell for each group inside; parameters and the size of the gradients."""
    card, look, ground = box.card, tokens()["card"], colour["ground"]
    if card.broken:
        colour = {**colour, "ground": colour["ink"], "ink": ground, "muted": ground}
    font, left, right = look["font"], look["padding"], box.width - look["padding"]
    role, line = ("leaf", "ink") if card.note == NOT_TRAINED else ("inner", "line")
    parts = [
        f'<rect class="sg-frame" width="{n(box.width)}" height="{n(box.height)}" rx="{look["radius"]}"'
        f' fill="{colour["ground"]}" stroke="{colour[line]}" stroke-width="{look["frame"][role]}"/>',
        write(box.name, left, look["name_baseline"], font["name"], colour["ink"], bold=True),
        write(card.value, right, look["name_baseline"], font["value"], colour["ink"], text_anchor="end"),
    ]
    x0 = (box.width - box.columns * CELL_STEP + CELL_STEP - CELL) / 2
    for i, cell in enumerate(card.cells):
        x, y = x0 + i % box.columns * CELL_STEP, CELLS_TOP + i // box.columns * CELL_STEP
        fill = ground if cell.tint is None else tint(scene.theme, cell.tint)
        parts.append(
            f'<g class="sg-cell"><title>{text(cell.tooltip)}</title><rect x="{n(x)}" y="{n(y)}" width="{n(CELL)}"'
            f' height="{n(CELL)}" fill="{fill}" stroke="{colour["line"]}"/>'
            f"{write(cell.sign, x + CELL / 2, y + 14.5, 13, colours(scene.theme)['ink'], text_anchor='middle')}</g>"
        )
    y = box.height - CELLS_FOOT + 19
    parts.append(write(card.note, left, y, NOTE_FONT, colour["muted"]))
    if card.gradient == NOT_COMPUTED:
        parts.append(write(card.gradient, right, y, 12, colour["muted"], font_style="italic", text_anchor="end"))
    elif card.gradient:
        bold = f'<tspan font-weight="{font["weight_bold"]}">{text(card.gradient)}</tspan>'
        parts.append(
            f'<text x="{n(right)}" y="{n(y)}" font-size="13" fill="{colour["ink"]}" text-anchor="end">'
            f"{text(card.key)} {bold}</text>"
        )
    return "".join(parts)


def _value(box: Box, scene: Scene, colour: dict[str, str]) -> str:
    card, look = box.card, tokens()["card"]
    if card.broken:
        colour = {**colour, "ground": colour["ink"], "ink": colour["ground"], "muted": colour["ground"]}
    strong = card.role in ("leaf", "root")
    line = colour["ink" if strong and not card.broken else "line"]
    frame = f'stroke="{line}" stroke-width="{look["frame"].get(card.role, look["frame"]["inner"])}"'
    w, h, s = n(box.width), n(box.height), box.socket
    outline = f'<rect class="sg-frame" width="{w}" height="{h}" rx="{look["radius"]}"'
    socket = (
        f'<path d="M{n(s)} 0V{h}" {frame}/>' + _symbol(card.symbol, s / 2 + 0.5, box.height / 2, colour) if s else ""
    )
    rows = _rows(box, scene.theme, colour)
    spare = box.height - (look["height"] if card.gradient or card.note else look["grad_band"][0] + 2)
    if spare:
        rows = f'<g transform="translate(0 {n(spare / 2)})">{rows}</g>'
    return f'{outline} fill="{colour["ground"]}"/>{rows}{outline} fill="none" {frame}/>{socket}'


def _rows(box: Box, theme: str, colour: dict[str, str]) -> str:
    """Name and value; gradient on its tint; bar."""
    card, look = box.card, tokens()["card"]
    font, y, ink = look["font"], look["name_baseline"], colour["ink"]
    left, right = box.socket + look["padding"], box.width - look["padding"]
    parts = [write(box.name, left, y, font["name"], ink if card.named else colour["muted"], bold=card.named)]
    if card.value:
        parts.append(write(card.value, right, y, font["value"], ink, text_anchor="end"))
    y = look["grad_baseline"]
    if not card.gradient:
        return "".join([*parts, write(card.note, left, y, NOTE_FONT, colour["muted"])] if card.note else parts)
    if card.gradient == NOT_COMPUTED:
        missing = write(card.gradient, right, y, 12, colour["muted"], font_style="italic", text_anchor="end")
        return "".join([*parts, missing])
    if not card.broken:
        top, bottom = look["grad_band"]
        band = f'x="{n(box.socket)}" y="{top}" width="{n(box.width - box.socket)}" height="{bottom - top}"'
        parts += [f'<rect class="sg-heat" {band} fill="{tint(theme, card.tint or 0.0)}"/>', _bar(box, colour)]
    parts.append(write("seed" if card.seed else card.key, left, y - 1, font["key"], ink))
    parts.append(write(card.gradient, right, y, font["grad"], ink, bold=True, text_anchor="end"))
    return "".join(parts)


def _bar(box: Box, colour: dict[str, str]) -> str:
    """The gradient as a bar from the middle: negative left, positive right; chevrons beyond the scale."""
    bar, t = tokens()["card"]["bar"], box.card.tint or 0.0
    middle, top, height = (box.socket + box.width) / 2, bar["top"], bar["height"]
    left, right = middle - box.bar, middle + box.bar
    length = max(bar["min_length"], abs(t) * box.bar) if t else 0.0
    x = middle - length if t < 0 else middle
    parts = [
        f'<rect x="{n(left)}" y="{top}" width="{n(right - left)}" height="{height}" fill="{colour["hairline"]}"/>',
        f'<rect class="sg-bar" x="{n(x)}" y="{top}" width="{n(length)}" height="{height}"'
        f' fill="{colour["negative" if t < 0 else "positive"]}"/>'
        if length
        else "",
        f'<rect x="{n(middle - 1)}" y="{top - 2}" width="{bar["tick_width"]}" height="{height + 3}"'
        f' fill="{colour["line"]}"/>',
    ]
    if box.card.beyond:
        end, step = (left, 1) if t < 0 else (right, -1)
        chevrons = "".join(
            f"M{n(end + step * (3 + 5 * i))} {top}l{-3 * step} {height / 2}l{3 * step} {height / 2}" for i in range(3)
        )
        parts.append(f'<path d="{chevrons}" fill="none" stroke="{colour["ground"]}" stroke-width="1.6"/>')
    return "".join(parts)


def _badges(box: Box, colour: dict[str, str]) -> str:
    """Labels on the upper edge of the card, half above it: how many values it stands for, where nan began."""
    parts, right = [], box.width
    if box.card.tag:
        parts.append(_badge(box.card.tag, right, colour["ink"], colour["ground"], colour["ground"]))
        right -= width(box.card.tag, 11, bold=True) + 16
    if box.card.count > 1:
        count = f"× {box.card.count:,}"
        parts.append(_badge(count, right - 6, colour["surface"], colour["ink"], colour["line"]))
    return "".join(parts)


def _badge(words: str, right: float, fill: str, ink: str, rim: str) -> str:
    wide = width(words, 11, bold=True) + 12
    return (
        f'<rect x="{n(right - wide)}" y="-13" width="{n(wide)}" height="17" rx="4" fill="{fill}"'
        f' stroke="{rim}" stroke-width="1.2"/>'
    ) + write(words, right - wide / 2, -0.5, 11, ink, bold=True, text_anchor="middle")
