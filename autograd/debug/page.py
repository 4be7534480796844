"""One offline HTML file that steps through a trace. Nothing in it is fetched, and nothing in it runs but `player.js`.

Everything that is text is decided here: sentences, symbols, formulas, where each card stands. The player, which the
notebook widget runs too, moves through it and writes the numbers.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path, PurePath
from typing import Any

from autograd.debug.trace import Node, Source, Trace, trace
from autograd.debug.words import Teller, is_saturated, known, written
from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.picture import Wire, picture, pill_width
from autograd.draw.scene import Card, Edge, Scene
from autograd.draw.text import clean
from autograd.draw.tokens import Scale, scale_for, tokens
from autograd.errors import TraceError
from autograd.value import Value
from autograd.watching import watched_by

MOST_EVENTS = 100_000
MOST_CARDS = 2_000
MOST_WIRES = 8_000
LONGEST_WIRES = 150_000  # all together, in columns: the layout finds a way through each
LONGEST_NAME = 40
LONGEST_TITLE = 100
DEEPEST_SCOPE = 8
LONGEST_LINE = 300


def save(subject: Value | Trace, path: str | Path, title: str | None = None) -> Path:
    """Write a page that steps through the backward pass of a graph, or through a trace; any browser opens it.

    The page is one file without references to anything else: it can be mailed, printed, and used offline. Of your
    code it holds the lines that made values, under the bare name of their file.

    Args:
        subject: the root of a graph, or what `debug.trace` gave. Only a traced block knows the lines of your code.
        path: the file to write.
        title: what is stepped through, for the head of the page; the formula of the root unless given.

    Raises:
        TypeError: subject is neither a Value nor a Trace.
        TraceError: the trace is damaged.
        ValueError: it has more events than a page can hold.

    >>> import tempfile
    >>> x = Value(3.0, label="x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = save(x * x, Path(folder) / "steps.html")
    ...     written.name, "default-src 'none'" in written.read_text("utf-8")
    ('steps.html', True)
    """
    path = Path(path)
    path.write_bytes(page(subject, title).encode())
    return path


def page(subject: Value | Trace, title: str | None = None) -> str:
    """The text of the page that `save` writes."""
    return page_of(story(subject, title))


def page_of(told: dict[str, Any]) -> str:
    """The text of the page of a story, as `story` gives it and a widget holds it."""
    look = style() + static("page.css")
    program = player() + static("page.js")
    content = {
        "title": escape(told["title"]),
        "style_hash": _hash(look),
        "script_hash": _hash(program),
        "style": look,
        # In a script element only this character could end the element, and JSON has it in strings alone.
        "story": as_json(told).replace("<", "\\u003c"),
        "script": program,
    }
    head, *parts = static("page.html").split("{{")
    return head + "".join(content[name] + rest for name, rest in (part.split("}}", 1) for part in parts))


def style() -> str:
    """The style sheet of the player, its colours taken from the tokens."""
    light, dark = colour_properties("light"), colour_properties("dark")
    return (
        f".stepgrad{{{light}}}\n"
        f"@media (prefers-color-scheme:dark){{.stepgrad{{{dark}}}}}\n"
        # A notebook knows its own theme.
        f'[data-jp-theme-light="true"] .stepgrad,.vscode-light .stepgrad{{{light}}}\n'
        f'[data-jp-theme-light="false"] .stepgrad,.vscode-dark .stepgrad{{{dark}}}\n'
        f'.stepgrad.stepgrad[data-theme="light"]{{{light}}}\n'
        f'.stepgrad.stepgrad[data-theme="dark"]{{{dark}}}\n'
        f"@media print{{.stepgrad.stepgrad.stepgrad.stepgrad{{{light}}}}}\n"
    ) + static("player.css")


def colour_properties(theme: str) -> str:
    """The colours of a theme as CSS properties, --ground, --ink and so on."""
    look = tokens()["themes"][theme]
    colours = {role.replace("_", "-"): colour for role, colour in look["colour"].items()}
    colours |= {
        f"{sign[0]}{i}": stop for sign in ("positive", "negative") for i, stop in enumerate(look["heat"][sign], 1)
    }
    colours["other"] = {"light": '"Dark"', "dark": '"Light"'}[theme]  # what the button that turns it says
    return f"color-scheme:{theme};" + "".join(f"--{role}:{colour};" for role, colour in colours.items())


def player() -> str:
    """The modules of the player as one, each after those that it imports from; `default` is all it exports."""
    modules = "\n".join(map(static, ("story.js", "picture.js", "panes.js", "player.js")))
    return re.sub(r"^(import [^;]*;\n|export (?!default))", "", modules, flags=re.MULTILINE)


def static(name: str) -> str:
    """A file of `static/`."""
    return files("autograd.debug").joinpath("static", name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def as_json(told: dict[str, Any]) -> str:
    """A story as JSON text in ASCII; nan and ±inf are written as words."""
    return json.dumps(told, allow_nan=False, separators=(",", ":"))


# ---------------------------------------------------------------- the story


def story(subject: Value | Trace, title: str | None = None, room: str = "") -> dict[str, Any]:
    """What the player shows, as plain data: nodes, told events, lines of code, the picture laid out.

    Where the numbers are about to change, `room` is a text that each of them gets room for, so that little else moves.

    Raises:
        TypeError, TraceError, ValueError: as in `save`.
    """
    given = traced(subject)
    if len(given.events) > MOST_EVENTS:
        raise ValueError(
            f"the trace has {len(given.events)} events of {len(given.nodes)} values, and a page holds at most"
            f" {MOST_EVENTS}: trace fewer steps or fewer samples (autograd.dot makes one node of a weighted sum)"
        )
    _check(given)
    shown = Trace([_shown(node) for node in given.nodes], [e._replace(rule=_short(e.rule, 80)) for e in given.events])
    told = Teller(shown)
    roots = list(dict.fromkeys(event.node for event in shown.events if event.kind == "seed"))
    scale = scale_for(event.after or 0.0 for event in shown.events if event.kind in ("seed", "contribute"))
    lines, line_of = _lines(given, told, roots)
    placed = _picture(shown, roots, scale, room)
    return {
        "title": clean(title) if title else _title(told, roots[-1] if roots else len(shown.nodes) - 1),
        "start": "Nothing has happened yet. Forward, each node is computed and keeps its local derivatives;"
        " backward, each passes its gradient on.",
        "summary": f"Computation graph of {len(shown.nodes)} values",
        "note": f"These {len(shown.nodes)} values make no readable picture. Formula, table and source tell every step."
        if shown.nodes
        else "Nothing was traced.",
        "nodes": [
            {
                "name": node.name,
                "full": clean(whole.name),
                "named": whole.name != f"v{number}",
                "role": "root" if number in roots and node.operands else "inner" if node.operands else "leaf",
                "made": told.formula(node),
                "symbol": node.symbol,
                "operands": node.operands,
                "constants": list(map(_number, node.constants)),
                "data": _number(node.data),
                "scope": node.scope,
                "line": line_of[number],
            }
            for number, (node, whole) in enumerate(zip(shown.nodes, given.nodes, strict=True))
        ],
        "events": [_told(told, number) for number in range(len(shown.events))],
        "lines": lines,
        "picture": placed,
        "scale": {"full": scale.full, "name": scale.name, "linear": tokens()["scale"]["symlog_linear_part"]},
        "legend": _legend(shown, scale),
        "first": _first_broken(shown),
        "keys": tokens()["keys"],
        "motion": tokens()["motion"],
    }


def traced(subject: Value | Trace) -> Trace:
    """The trace of a root, or the trace that it is."""
    if isinstance(subject, Trace):
        return subject
    if not isinstance(subject, Value):
        raise TypeError(f"only a Value or a Trace can be stepped through, got {type(subject).__name__} {subject!r:.60}")
    return trace(subject)


def _check(given: Trace) -> None:
    """A trace that was read from a file may say anything: each event must have what is told of it."""
    needed: dict[str, tuple[str, ...]] = {
        "seed": ("after",),
        "visit": ("upstream",),
        "contribute": ("slot", "operand", "upstream", "product", "before", "after"),
        "finish": ("after",),
        "update": ("before", "after"),
    }
    for number, node in enumerate(given.nodes):
        if any((x is None) == (c is None) for x, c in zip(node.operands, node.constants, strict=True)):
            raise TraceError(
                f"the trace is damaged: an operand of node {number} is neither a node nor a number, or both"
            )
    for number, event in enumerate(given.events):
        missing = [name for name in needed.get(event.kind, ()) if getattr(event, name) is None]
        if missing:
            raise TraceError(f"the trace is damaged: event {number} ({event.kind}) has no {missing[0]}")
        operands = given.nodes[event.node].operands
        if event.kind == "contribute" and event.operand not in operands[event.slot : (event.slot or 0) + 1]:
            raise TraceError(f"the trace is damaged: event {number} goes to a node that is not the operand in its slot")


def _shown(node: Node) -> Node:
    """The node with short and harmless text."""
    return replace(
        node,
        name=_isolated(_short(node.name, LONGEST_NAME) or "?"),
        op=node.op if known(node.op) else _short(node.op, LONGEST_NAME),
        symbol=_short(node.symbol or node.op, 10),
        scope=tuple(_short(name, LONGEST_NAME) or "?" for name in node.scope[:DEEPEST_SCOPE]),
    )


def _short(text: str, most: int) -> str:
    text = clean(text[: 4 * most])
    return text if len(text) <= most else text[: most - 1] + "…"


def _isolated(name: str) -> str:
    """A name that runs from right to left, wrapped so that the text around it keeps its order."""
    turns = any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in name)
    return f"\u2068{name}\u2069" if turns else name


def _title(told: Teller, root: int) -> str:
    """The formula of the root down to the leaves, if it is short; else how the root was made."""
    if root < 0:
        return "nothing was traced"
    node = told.trace.nodes[root]
    short = f"{node.name} = {told.formula(node)}"
    if root > 30:
        return short
    values: list[Any] = []
    try:
        with watched_by():
            for x in told.trace.nodes[: root + 1]:
                op = known(x.op) if x.operands else None
                row = [
                    constant if operand is None else values[operand]
                    for operand, constant in zip(x.operands, x.constants, strict=True)
                ]
                values.append(op(*op.grouped(row)) if op else Value(x.data, label=x.name))
        whole = f"{node.name} = {written(values[root])}"
    except Exception:  # an op that refuses the numbers of a damaged trace: the short form says enough
        return short
    return whole if len(whole) <= LONGEST_TITLE else short


def _told(told: Teller, number: int) -> dict[str, Any]:
    event, step = told.trace.events[number], told.tell(number)
    facts: dict[str, Any] = {"kind": event.kind, "node": event.node, "slot": event.slot, "operand": event.operand}
    facts |= {name: _number(getattr(event, name)) for name in ("upstream", "local", "product", "before", "after")}
    facts |= {"title": step.title, "sentence": step.sentence, "symbols": [step.upstream, step.local, step.result]}
    return {key: value for key, value in facts.items() if value not in (None, "", ["", "", ""])}


def _number(x: float | None) -> float | str | None:
    return repr(x) if x is not None and not math.isfinite(x) else x


def _first_broken(shown: Trace) -> dict[str, Any] | None:
    """The first event that made nan or infinity, and the word for it."""
    for number, event in enumerate(shown.events):
        made = shown.nodes[event.node].data if event.kind == "create" else event.after
        if made is not None and not math.isfinite(made):
            node = event.node if event.operand is None else event.operand
            return {"event": number, "node": node, "word": "first nan" if math.isnan(made) else "first inf"}
    return None


def _lines(given: Trace, told: Teller, roots: Sequence[int]) -> tuple[list[dict[str, Any]], list[int | None]]:
    """The user's lines that made nodes, or formulas where none was seen; and for each node the row of its line."""
    places = [_place(node.source) for node in given.nodes]
    seen = sorted({place for place in places if place}, key=lambda place: (place[0], place[1]))
    if seen:
        row_of = {place: row for row, place in enumerate(seen)}
        rows = [{"file": _short(PurePath(file).name, 80), "number": line, "text": text} for file, line, text in seen]
        return rows, [row_of[place] if place else None for place in places]
    rows, row_at = [], []
    for node in told.trace.nodes:
        row_at.append(len(rows) if node.operands else None)
        if node.operands:
            text = f"{node.name} = {told.formula(node)}"
            rows.append({"file": "", "number": len(rows) + 1, "text": text})
    for root in roots:
        rows.append({"file": "", "number": len(rows) + 1, "text": f"{told.name(root)}.backward()"})
    return rows, row_at


def _place(source: Source | None) -> tuple[str, int, str] | None:
    if source is None:
        return None
    return str(source.file), source.line if isinstance(source.line, int) else 0, _short(str(source.text), LONGEST_LINE)


def _legend(shown: Trace, scale: Scale) -> list[list[str]]:
    kinds = {kind for node in shown.nodes for kind in (_kind(node, slot) for slot in range(len(node.operands)))}
    marks = [
        ["pill: local derivative  ·  line width: size of the contribution  ·  ", "muted"],
        ["− left", "negative"],
        ["  ", "muted"],
        ["right +", "positive"],
        [f"  full at {value_text(scale.full)}", "muted"],
        [", symmetric log" if scale.name != "linear" else "", "muted"],
        ["  ·  filled dot: contribution has arrived", "muted"],
        ["  ·  dotted: nothing passes" if "dead" in kinds else "", "muted"],
        ["  ·  shaded: saturated" if "saturated" in kinds else "", "muted"],
    ]
    return [mark for mark in marks if mark[0]]


# ---------------------------------------------------------------- the picture


def _picture(shown: Trace, roots: Sequence[int], scale: Scale, room: str) -> dict[str, Any] | None:
    """Where everything stands, for all steps alike; None if there is too much for a picture."""
    columns: list[int] = []
    for node in shown.nodes:
        columns.append(1 + max((columns[x] for x in node.operands if x is not None), default=-1))
    wires = [(x, number) for number, node in enumerate(shown.nodes) for x in node.operands]
    length = sum(columns[number] - columns[x] for x, number in wires if x is not None)
    if not 0 < len(columns) <= MOST_CARDS or len(wires) > MOST_WIRES or length > LONGEST_WIRES:
        return None
    placed = picture(_scene(shown, roots, scale, room))
    boxes = {box.card.id: box for box in placed.boxes}
    placed_wires = {(wire.edge.target, wire.edge.slot): wire for wire in placed.wires}
    return {
        "size": placed.size,
        "cards": [
            {"x": box.x, "y": box.y, "w": box.width, "h": box.height, "socket": box.socket, "name": box.name}
            for box in (boxes[f"v{number}"] for number in range(len(shown.nodes)))
        ],
        "wires": [
            _wire(placed_wires[f"v{number}", slot], number, node, slot)
            for number, node in enumerate(shown.nodes)
            for slot in range(len(node.operands))
        ],
        "constants": [
            {"x": box.x, "y": box.y, "w": box.width, "h": box.height, "text": box.card.value, "node": number}
            for number, node in enumerate(shown.nodes)
            for slot in range(len(node.operands))
            if (box := boxes.get(f"v{number}c{slot}"))
        ],
        "areas": [
            {"x": x, "y": y, "w": w, "h": h, "title": path[-1], "depth": len(path)}
            for path, (x, y, w, h) in placed.areas.items()
        ],
    }


def _scene(shown: Trace, roots: Sequence[int], scale: Scale, room: str) -> Scene:
    cards, edges = [], []
    widest = _widest(shown, room)
    for number, node in enumerate(shown.nodes):
        for slot, constant in enumerate(node.constants):
            edges.append(_edge(node, number, slot, room))
            if constant is not None:
                cards.append(Card(edges[-1].source, "constant", value=value_text(constant), path=node.scope))
        role = "leaf" if not node.operands else "root" if number in roots else "inner"
        value, gradient = widest[number]
        cards.append(
            Card(
                f"v{number}",
                role,
                name=node.name,
                named=True,
                symbol=node.symbol if node.operands else "",
                value=value,
                gradient=gradient,
                tint=0.0,
                path=node.scope,
            )
        )
    paths = {card.path[:depth]: None for card in cards for depth in range(1, len(card.path) + 1)}
    return Scene(
        cards=tuple(cards),
        edges=tuple(edges),
        clusters=tuple(paths),
        title="",
        summary="",
        computed=True,
        scale=scale,
        digits=4,
        direction="LR",
        theme="light",
    )


def _widest(shown: Trace, room: str) -> list[tuple[str, str]]:
    """For each node the longest texts of its number and of its gradient at any step, so that all have room."""
    values = [max(room, value_text(node.data), key=len) for node in shown.nodes]
    gradients = [max(room, "+0.0001", key=len)] * len(shown.nodes)
    for event in shown.events:
        if event.kind == "update":
            values[event.node] = max(values[event.node], value_text(event.after or 0.0), key=len)
        elif event.after is not None:
            node = event.node if event.operand is None else event.operand
            gradients[node] = max(gradients[node], gradient_text(event.after), key=len)
    return list(zip(values, gradients, strict=True))


def _edge(node: Node, number: int, slot: int, room: str) -> Edge:
    operand, partial = node.operands[slot], node.partials[slot]
    return Edge(
        source=f"v{number}c{slot}" if operand is None else f"v{operand}",
        target=f"v{number}",
        slot=slot,
        slots=len(node.operands),
        pill="" if partial is None else max(room, value_text(partial), key=len),
        kind=_kind(node, slot),
        tooltip="" if partial is None else repr(partial),
    )


def _kind(node: Node, slot: int) -> str:
    partial = node.partials[slot]
    if node.operands[slot] is None:
        return "constant"
    if partial == 0.0:
        return "dead"
    return "saturated" if slot == 0 and is_saturated(node, partial) else "plain"


def _wire(wire: Wire, number: int, node: Node, slot: int) -> dict[str, Any]:
    text = value_text(node.partials[slot] or 0.0)
    return {
        "node": number,
        "operand": node.operands[slot],
        "kind": wire.edge.kind,
        "path": "".join(_path(wire)),
        "from": wire.route[0],
        "to": wire.route[-1],
        "outlet": wire.outlet,
        "pill": [*wire.pill, pill_width(text), text, wire.edge.tooltip] if wire.pill else None,
    }


def _path(wire: Wire) -> Iterator[str]:
    (x, y), *rest = wire.route
    yield f"M{x} {y}"
    for a, b, c in zip(*[iter(rest)] * 3, strict=True):
        yield "C" + " ".join(f"{x} {y}" for x, y in (a, b, c))
