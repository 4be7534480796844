"""The SVG writer. Plain presentation attributes, so that slides, editors and browsers show the same; classes and
`data-` attributes besides them, so that a page can animate it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from autograd.draw.layout import Point
from autograd.draw.legend import SCALE_STEPS, Span, has_scale, legend_of, scale_name, scale_numbers
from autograd.draw.parts import Edge, Scene
from autograd.draw.picture import BUILT_IN, Picture, Wire, picture
from autograd.draw.svg_cards import card_svg, cluster_svg, n, text, title_svg, write
from autograd.draw.text import width
from autograd.draw.tokens import colours, tint, tokens

MARGIN = 14.0
LEGEND_FONT = 13.0
LINE, BAND = 1.0, 5.0  # widths
SCALE_WIDTH, SCALE_HEIGHT = 320.0, 44.0
SCALE_ROOM = SCALE_WIDTH + 2 * 180.0  # with its name on the left, and as much on the right


def svg(scene: Scene, layout: str | Path = BUILT_IN) -> str:
    """The scene as an SVG document; `layout` as for `picture`."""
    colour = colours(scene.theme)
    placed = picture(scene, layout)
    bar = _scale_bar(scene, colour)
    legend = _legend_lines(legend_of(scene), max(placed.size[0], SCALE_WIDTH))
    content_width = max([placed.size[0], *(_line_width(line) for line in legend), SCALE_ROOM * bool(bar)])
    tagged = 16.0 if any(box.card.tag or box.card.count > 1 for box in placed.boxes) else 0.0
    left, top = MARGIN + (content_width - placed.size[0]) / 2, MARGIN + tagged
    under = top + placed.size[1] + SCALE_HEIGHT * bool(bar)
    w, h = content_width + 2 * MARGIN, under + MARGIN + 20.0 * len(legend) + 6
    by_width = sorted(placed.wires, key=lambda wire: abs(wire.edge.flow or 0.0))
    marks = "".join(
        [
            *(cluster_svg(path, area, colour) for path, area in placed.areas.items()),
            *(_wire(wire, placed, colour) for wire in by_width),
            *(title_svg(path, scene.title_of(path), area, colour) for path, area in placed.areas.items()),
            *(card_svg(box, scene, colour) for box in placed.boxes),
            *(_outlet(wire, placed, colour) for wire in placed.wires if wire.outlet > 1.0),
            *(_pill(wire, placed, scene.theme) for wire in placed.wires if wire.pill),
        ]
    )
    lines = "".join(_legend_line(line, w / 2, under + 30 + 20.0 * i, colour) for i, line in enumerate(legend))
    if bar:
        lines += f'<g class="sg-scale" transform="translate({n(w / 2)} {n(under - SCALE_HEIGHT + 18)})">{bar}</g>\n'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="sg-{scene.theme}" width="{n(w)}" height="{n(h)}"'
        f' viewBox="0 0 {n(w)} {n(h)}" font-family="{escape(tokens()["fonts"]["text"])}"'
        ' style="max-width:100%;height:auto;font-variant-numeric:tabular-nums">\n'
        f"<title>{text(scene.title)}</title>\n<desc>{text(scene.summary)}</desc>\n"
        f"{_dark_twin(scene)}{_hatch(scene, colour)}"
        f'<rect width="100%" height="100%" fill="{colour["ground"]}"/>\n'
        f'<g transform="translate({n(left)} {n(top)})">\n{marks}</g>\n{lines}</svg>\n'
    )


def _hatch(scene: Scene, colour: dict[str, str]) -> str:
    if not any(edge.kind == "saturated" for edge in scene.edges):
        return ""
    return (
        f'<defs><pattern id="sg-hatch-{scene.theme}" width="5" height="5" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="5" height="5" fill="{colour["ground"]}"/>'
        f'<path d="M0 0V5" stroke="{colour["hairline"]}" stroke-width="3"/></pattern></defs>\n'
    )


def _dark_twin(scene: Scene) -> str:
    """With the theme "auto", for readers who prefer dark: each colour that is used becomes its counterpart."""
    if scene.theme != "auto":
        return ""
    roles = ("ground", "surface", "ink", "muted", "line", "hairline", "positive", "negative")
    twins = {colours("light")[role]: colours("dark")[role] for role in roles}
    tints = [card.tint for card in scene.cards] + [cell.tint for card in scene.cards for cell in card.cells]
    tints += [step / SCALE_STEPS for step in range(-SCALE_STEPS, SCALE_STEPS + 1)]
    twins |= {tint("light", t): tint("dark", t) for t in tints if t is not None}
    rules = "".join(
        f'.sg-auto [{part}="{light}"]{{{part}:{dark}}}' for light, dark in twins.items() for part in ("fill", "stroke")
    )
    return f"<style>@media(prefers-color-scheme:dark){{{rules}}}</style>\n"


# ---------------------------------------------------------------- edges


def _sign(flow: float | None) -> str:
    """The colour role of an edge: idle before a pass, the sign of its contribution after."""
    return "line" if flow is None else "positive" if flow > 0 else "negative" if flow < 0 else "muted"


def _wire(wire: Wire, placed: Picture, colour: dict[str, str]) -> str:
    edge, look = wire.edge, tokens()["edge"]
    stroke = colour["line" if edge.kind in ("constant", "band") else _sign(edge.flow)]
    if edge.kind == "line":
        thick = LINE + (look["active"] - LINE) * abs(edge.flow or 0.0)
        return _edge_group(
            edge, f'<path d="{_cubics(wire.route)}" fill="none" stroke="{stroke}" stroke-width="{thick:.2f}"/>'
        )
    crowd = 0.9 * wire.spacing  # so that edges into a crowded op stay apart
    thick = min(look["sent_min"] + (look["sent_max"] - look["sent_min"]) * abs(edge.flow or 0.0), max(crowd, 0.6))
    thick = 1.0 if edge.kind == "constant" else BAND if edge.kind == "band" else thick
    dash = f' stroke-dasharray="{look["dead_dash"]}"' if edge.kind == "dead" else ""
    length = 0.0 if edge.kind == "constant" else 7.0 + thick
    wing = min(length / 2, max(crowd, 1.2))
    (x, y), (bx, by) = wire.route[-1], wire.route[-2]
    if placed.across:
        end, near = (x - max(0.0, length - 1), y), (min(bx, x - length), by)
        tip = f"M{n(x)} {n(y)}l{n(-length)} {n(-wing)}v{n(2 * wing)}z"
    else:
        end, near = (x, y - max(0.0, length - 1)), (bx, min(by, y - length))
        tip = f"M{n(x)} {n(y)}l{n(-wing)} {n(-length)}h{n(2 * wing)}z"
    return _edge_group(
        edge,
        f'<path d="{_cubics((*wire.route[:-2], near, end))}" fill="none" stroke="{stroke}"'
        f' stroke-width="{thick:.2f}"{dash}/>' + (f'<path d="{tip}" fill="{stroke}"/>' if length else ""),
    )


def _edge_group(edge: Edge, drawn: str) -> str:
    title = "" if edge.pill and edge.kind != "band" else f"<title>{text(edge.tooltip)}</title>" if edge.tooltip else ""
    ends = f'data-from="{edge.source}" data-to="{edge.target}" data-slot="{edge.slot}"'
    return f'<g class="sg-edge" {ends}>{title}{drawn}</g>\n'


def _cubics(route: Sequence[Point]) -> str:
    path = [f"M{n(route[0][0])} {n(route[0][1])}"]
    for i in range(0, len(route) - 1, 3):
        xs, ys = zip(*route[i : i + 4], strict=True)
        if len(set(ys)) == 1:
            if path[-1].startswith("H"):
                path.pop()
            path.append(f"H{n(xs[3])}")
        elif len(set(xs)) == 1:
            path.append(f"V{n(ys[3])}")
        else:
            path.append("C" + " ".join(f"{n(x)} {n(y)}" for x, y in route[i + 1 : i + 4]))
    return "".join(path)


def _outlet(wire: Wire, placed: Picture, colour: dict[str, str]) -> str:
    """Hollow until the contribution of this use has come, then filled."""
    x, y = wire.route[0]
    y += 0.0 if placed.across else wire.outlet  # below the card, clear of its bar
    inside, rim = ("ink", "ink") if wire.edge.flow is not None else ("ground", "line")
    return (
        f'<circle class="sg-outlet" cx="{n(x)}" cy="{n(y)}" r="{wire.outlet:.2f}" fill="{colour[inside]}"'
        f' stroke="{colour[rim]}" stroke-width="{min(1.6, wire.outlet / 2):.2f}"/>\n'
    )


def _pill(wire: Wire, placed: Picture, theme: str) -> str:
    edge, look, colour = wire.edge, tokens()["pill"], colours(theme)
    assert wire.pill is not None
    (x, y), w, h = wire.pill, wire.pill_width, look["height"]
    if edge.kind == "band":
        return write(edge.pill, x, y + 4.7, look["font"], colour["muted"], text_anchor="middle") + "\n"
    fill, stroke, ink = colour["ground"], colour["line"], colour["muted" if edge.flow is None else "ink"]
    bar = ""
    if edge.kind == "dead":
        fill = stroke = colour["ink"]
        ink = colour["ground"]
        bar = _stop_bar(wire, placed, colour["ink"])
    elif edge.kind == "saturated":
        fill = f"url(#sg-hatch-{theme})"
    return (
        f'<g class="sg-pill" data-from="{edge.source}" data-to="{edge.target}" data-slot="{edge.slot}">'
        f"<title>{text(edge.tooltip)}</title>{bar}"
        f'<rect x="{n(x - w / 2)}" y="{n(y - h / 2)}" width="{n(w)}" height="{h}" rx="{look["radius"]}"'
        f' fill="{fill}" stroke="{stroke}" stroke-width="1.2"/>'
        f"{write(edge.pill, x, y + 4.7, look['font'], ink, bold=edge.kind == 'dead', text_anchor='middle')}</g>\n"
    )


def _stop_bar(wire: Wire, placed: Picture, ink: str) -> str:
    """Nothing flows past a local derivative of 0: a bar across the wire, just after its pill."""
    assert wire.pill is not None
    x, y = wire.pill
    if placed.across:
        return f'<rect x="{n(x + wire.pill_width / 2 + 6)}" y="{n(y - 10)}" width="4" height="20" fill="{ink}"/>'
    return f'<rect x="{n(x - 10)}" y="{n(y + 17)}" width="20" height="4" fill="{ink}"/>'


# ---------------------------------------------------------------- legend


def _scale_bar(scene: Scene, colour: dict[str, str]) -> str:
    """The heat scale with its numbers, where cells or closed groups have tints; its middle is at x = 0."""
    if not has_scale(scene):
        return ""
    step = SCALE_WIDTH / (2 * SCALE_STEPS + 1)
    parts = [
        f'<rect x="{n((i - 0.5) * step)}" y="0" width="{n(step)}" height="13"'
        f' fill="{tint(scene.theme, i / SCALE_STEPS)}"/>'
        for i in range(-SCALE_STEPS, SCALE_STEPS + 1)
    ]
    edge = SCALE_WIDTH / 2
    parts.append(f'<path d="M{n(-edge)} 0h{n(SCALE_WIDTH)}M{n(-edge)} 13h{n(SCALE_WIDTH)}" stroke="{colour["line"]}"/>')
    for i, number in zip((-4, -2, 0, 2, 4), scale_numbers(scene), strict=True):
        parts.append(write(number, i * step, 28, 12, colour["ink"], text_anchor="middle"))
    parts.append(write(scale_name(scene), -edge - 10, 11, LEGEND_FONT, colour["muted"], text_anchor="end"))
    return "".join(parts)


def _line_width(spans: Iterable[Span]) -> float:
    return sum(width(string, LEGEND_FONT, bold=role in ("negative", "positive")) for string, role in spans)


def _legend_lines(pieces: Sequence[list[Span]], room: float) -> list[list[Span]]:
    lines: list[list[Span]] = []
    for piece in pieces:
        joined = [*lines[-1], ("  ·  ", "muted"), *piece] if lines else piece
        if lines and _line_width(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(list(piece))
    return lines


def _legend_line(spans: Sequence[Span], x: float, y: float, colour: dict[str, str]) -> str:
    weight = tokens()["card"]["font"]["weight_bold"]
    parts = "".join(
        f'<tspan fill="{colour[role]}"'
        + (f' font-weight="{weight}"' if role in ("negative", "positive") else "")
        + f">{text(string)}</tspan>"
        for string, role in spans
    )
    return (
        f'<text class="sg-legend" x="{n(x)}" y="{n(y)}" font-size="{n(LEGEND_FONT)}" text-anchor="middle"'
        f' xml:space="preserve">{parts}</text>\n'
    )
