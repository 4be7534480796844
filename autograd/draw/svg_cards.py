"""The cards of the SVG writer, and the few functions that write SVG."""

from __future__ import annotations

from html import escape

from autograd.draw.nested import Area
from autograd.draw.numbers import NOT_COMPUTED
from autograd.draw.parts import Path, Scene
from autograd.draw.picture import CLUSTER_FONT, WIDEST_NAME, Box
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
    title = shorten(path[-1], CLUSTER_FONT, WIDEST_NAME)
    # Every second depth has the colour of the page, so that a cluster stands out from the one around it.
    fill = colour["surface" if len(path) % 2 else "ground"]
    return (
        f'<g class="sg-cluster"><title>{text(" / ".join(path))}</title>'
        f'<rect x="{n(x)}" y="{n(y)}" width="{n(w)}" height="{n(h)}" rx="{tokens()["cluster"]["radius"]}"'
        f' fill="{fill}" stroke="{colour["hairline"]}" stroke-width="{tokens()["cluster"]["frame"]}"/>'
        f"{write(title, x + w / 2, y + 20, CLUSTER_FONT, colour['muted'], text_anchor='middle')}</g>\n"
    )


def card_svg(box: Box, scene: Scene, colour: dict[str, str]) -> str:
    shown = box.card
    draw = {"constant": _constant, "op": _op}.get(shown.role, _value)
    inside = draw(box, scene, colour)
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


def _value(box: Box, scene: Scene, colour: dict[str, str]) -> str:
    card, look = box.card, tokens()["card"]
    if card.broken:
        colour = {**colour, "ground": colour["ink"], "ink": colour["ground"], "muted": colour["ground"]}
    strong = card.role in ("leaf", "root")
    line = colour["ink" if strong and not card.broken else "line"]
    frame = f'stroke="{line}" stroke-width="{look["frame"][card.role]}"'
    w, h, s = n(box.width), n(box.height), box.socket
    outline = f'<rect class="sg-frame" width="{w}" height="{h}" rx="{look["radius"]}"'
    socket = (
        f'<path d="M{n(s)} 0V{h}" {frame}/>' + _symbol(card.symbol, s / 2 + 0.5, box.height / 2, colour) if s else ""
    )
    rows = _rows(box, scene.theme, colour)
    spare = box.height - (look["height"] if card.gradient else look["grad_band"][0] + 2)
    if spare:
        rows = f'<g transform="translate(0 {n(spare / 2)})">{rows}</g>'
    tag = _tag(card.tag, box.width, colours(scene.theme)) if card.tag else ""
    return f'{outline} fill="{colour["ground"]}"/>{rows}{outline} fill="none" {frame}/>{socket}{tag}'


def _rows(box: Box, theme: str, colour: dict[str, str]) -> str:
    """Name and value; gradient on its tint; bar."""
    card, look = box.card, tokens()["card"]
    font, y, ink = look["font"], look["name_baseline"], colour["ink"]
    left, right = box.socket + look["padding"], box.width - look["padding"]
    parts = [write(box.name, left, y, font["name"], ink if card.named else colour["muted"], bold=card.named)]
    if card.value:
        parts.append(write(card.value, right, y, font["value"], ink, text_anchor="end"))
    if not card.gradient:
        return "".join(parts)
    y = look["grad_baseline"]
    if card.gradient == NOT_COMPUTED:
        missing = write(card.gradient, right, y, 12, colour["muted"], font_style="italic", text_anchor="end")
        return "".join([*parts, missing])
    if not card.broken:
        top, bottom = look["grad_band"]
        band = f'x="{n(box.socket)}" y="{top}" width="{n(box.width - box.socket)}" height="{bottom - top}"'
        parts += [f'<rect class="sg-heat" {band} fill="{tint(theme, card.tint or 0.0)}"/>', _bar(box, colour)]
    parts.append(write("seed" if card.seed else "grad", left, y - 1, font["key"], ink))
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


def _tag(tag: str, w: float, colour: dict[str, str]) -> str:
    """A label on the upper edge of the card, half above it."""
    wide = width(tag, 11, bold=True) + 12
    return (
        f'<rect x="{n(w - wide)}" y="-13" width="{n(wide)}" height="17" rx="4" fill="{colour["ink"]}"'
        f' stroke="{colour["ground"]}" stroke-width="1.5"/>'
    ) + write(tag, w - wide / 2, -0.5, 11, colour["ground"], bold=True, text_anchor="middle")
