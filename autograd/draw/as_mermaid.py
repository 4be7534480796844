"""The Mermaid writer: a flowchart that documents, wikis and chats show without any program of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator

from autograd.draw.numbers import NOT_COMPUTED
from autograd.draw.parts import Card, Path, Scene
from autograd.draw.text import shorten
from autograd.draw.tokens import colours, tint, tokens

WIDEST_NAME, WIDEST_TITLE = 190.0, 280.0
STEPS = 4  # heat classes on each side of zero


def mermaid(scene: Scene) -> str:
    """The scene as a Mermaid flowchart.

    >>> from autograd import Value
    >>> from autograd.draw.scene import scene
    >>> print(mermaid(scene(Value(2.0, label="x"))))
    flowchart LR
        v0["x<br/>2<br/>not computed"]
        classDef leaf fill:#FFFFFF,stroke:#15181E,color:#15181E,stroke-width:2px
        class v0 leaf
    %%{init: {"themeVariables": {"edgeLabelBackground": "#FFFFFF", "textColor": "#15181E", "lineColor": "#7F8794"}}}%%
    <BLANKLINE>
    """
    lines = [f"flowchart {scene.direction}", *_cluster(scene, ()), *_edges(scene), *_classes(scene), _init(scene)]
    return "\n".join(lines) + "\n"


def _cluster(scene: Scene, path: Path) -> Iterator[str]:
    indent = "    " * (len(path) + 1)
    for card in scene.cards:
        if card.path == path:
            yield indent + _card(card)
    for number, inner in enumerate(scene.clusters):
        if inner[:-1] == path:
            yield f'{indent}subgraph c{number}["{_escaped(scene.title_of(inner), WIDEST_TITLE)}"]'
            yield from _cluster(scene, inner)
            yield f"{indent}end"


def _card(card: Card) -> str:
    if card.role == "op":
        return f'{card.id}(("{_escaped(card.symbol)}"))'
    name = _escaped(card.name)
    if card.symbol:
        name = f"{_escaped(card.symbol)} {name}"
    has_number = card.tint is not None or (card.cells and card.gradient != NOT_COMPUTED)
    key = "seed" if card.seed else card.key if has_number else ""
    count = f"× {card.count:,}" if card.count > 1 else ""
    value = _escaped(card.value, WIDEST_TITLE) if card.cells else card.value
    lines = [
        name,
        value,
        _escaped(card.note, WIDEST_TITLE),
        card.gradient and f"{key} {card.gradient}".strip(),
        count,
        card.tag,
    ]
    text = "<br/>".join(line for line in lines if line)
    return f'{card.id}[["{text}"]]' if card.role == "group" else f'{card.id}["{text}"]'


def _escaped(text: str, room: float = WIDEST_NAME) -> str:
    """Every ASCII sign as a character code: quotes, brackets, Markdown and HTML are all plain text then."""
    return "".join(
        character if character.isalnum() or character in " _" or not character.isascii() else f"#{ord(character)};"
        for character in shorten(text, 15, room)
    )


def _edges(scene: Scene) -> Iterator[str]:
    """The edges, and their widths and colours by number, in the same order."""
    colour, look = colours(scene.theme), tokens()["edge"]
    for edge in scene.edges:
        arrow = {"dead": "-.->", "band": "==>", "line": "---"}.get(edge.kind, "-->")
        yield f"    {edge.source} {arrow}" + (f'|"{edge.pill}"| ' if edge.pill else " ") + edge.target
    for number, edge in enumerate(scene.edges):
        if edge.flow:
            width = look["sent_min"] + (look["sent_max"] - look["sent_min"]) * abs(edge.flow)
            role = "positive" if edge.flow > 0 else "negative"
            yield f"    linkStyle {number} stroke:{colour[role]},stroke-width:{width:.2g}px"


def _init(scene: Scene) -> str:
    """The colours of what has no class: pills and arrows, on whatever page the picture stands."""
    colour = colours(scene.theme)
    roles = {"edgeLabelBackground": "ground", "textColor": "ink", "lineColor": "line"}
    return f"%%{{init: {json.dumps({'themeVariables': {name: colour[role] for name, role in roles.items()}})}}}%%"


def _classes(scene: Scene) -> Iterator[str]:
    """The classes that occur: one for each role, and one for each step of the heat scale."""
    colour = colours(scene.theme)
    members: dict[str, list[str]] = {}
    for card in scene.cards:
        members.setdefault("broken" if card.broken else card.role, []).append(card.id)
        step = round((card.tint or 0.0) * STEPS)
        if card.gradient and step and not card.broken:
            members.setdefault(f"{'positive' if step > 0 else 'negative'}{abs(step)}", []).append(card.id)
    ground, ink = colour["ground"], colour["ink"]
    styles = {
        "leaf": f"fill:{ground},stroke:{ink},color:{ink},stroke-width:2px",
        "root": f"fill:{ground},stroke:{ink},color:{ink},stroke-width:2px",
        "inner": f"fill:{ground},stroke:{colour['line']},color:{ink},stroke-width:1.2px",
        "group": f"fill:{ground},stroke:{colour['line']},color:{ink},stroke-width:1.2px",
        "op": f"fill:{ground},stroke:{colour['line']},color:{ink},stroke-width:1.2px",
        "constant": f"fill:{colour['surface']},stroke:{colour['surface']},color:{colour['muted']}",
        "broken": f"fill:{ink},stroke:{ink},color:{ground}",
    }
    for sign, name in ((1, "positive"), (-1, "negative")):
        for step in range(1, STEPS + 1):
            styles[f"{name}{step}"] = f"fill:{tint(scene.theme, sign * step / STEPS)}"
    if scene.clusters:
        members["cluster"] = [f"c{number}" for number in range(len(scene.clusters))]
        styles["cluster"] = f"fill:{colour['surface']},stroke:{colour['hairline']},color:{colour['muted']}"
    for name, style in styles.items():
        if name in members:
            yield f"    classDef {name} {style}"
            yield f"    class {','.join(members[name])} {name}"
