"""The picture of a program: a card for each of its arrays, in the look of `autograd.draw`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as File

from autograd.draw import Shown
from autograd.draw.as_mermaid import mermaid
from autograd.draw.as_svg import svg
from autograd.draw.parts import Card, Edge, Path, Scene, prefixes
from autograd.draw.picture import NOTE_FONT
from autograd.draw.scene import DIRECTIONS, check_choice
from autograd.draw.text import counted, shorten
from autograd.draw.tokens import THEMES, scale_for
from autograd.draw.value_cards import symbol_of
from autograd.program.arrange import Arranged, Block, Elementwise, Product
from autograd.program.explain import Origin, about, groups_of
from autograd.program.write import Code

MOST = 500  # arrays
WIDEST_CODE = 280.0
PRODUCT, SUM, PART = "@", "Σ", "[ ]"


def drawn(scene: Scene, path: str | File | None) -> Shown:
    """The scene as a notebook shows it, written to a file too if there is a path.

    Raises:
        ValueError: the path does not end with .svg or .mmd.
    """
    shown = Shown(svg(scene), mermaid(scene))
    if path is not None:
        kinds = {".svg": shown.svg, ".mmd": shown.text}
        suffix = File(path).suffix.lower()
        if suffix not in kinds:
            raise ValueError(f"a program is drawn as *.svg or *.mmd, not as *{suffix or File(path).name}")
        File(path).write_text(kinds[suffix], encoding="utf-8")
    return shown


def scene_of(program: Arranged, code: Code, origins: Sequence[Origin | None], *, direction: str, theme: str) -> Scene:
    """The forward pass as a scene: what is given and each step, in the frames of the model's groups.

    A card has the name of an array, its shape, and the code that computes it.

    Raises:
        ValueError: there are more arrays than a picture can show, or an option is not known.
    """
    check_choice("direction", direction, DIRECTIONS)
    check_choice("theme", theme, THEMES)
    if len(program.blocks) > MOST:
        raise ValueError(
            f"the program has {len(program.blocks):,} arrays, and a picture of more than {MOST} cannot be read:"
            " print(program.explain()) tells of each"
        )
    arrays = _arrays(program, code, origins)
    ids = {array.name: f"s{i}" for i, array in enumerate(arrays)}
    cards = [_card(ids[array.name], array, is_root=array is arrays[-1]) for array in arrays]
    return Scene(
        cards=tuple(cards),
        edges=tuple(
            Edge(ids[name], ids[array.name], slot, len(array.reads))
            for array in arrays
            for slot, name in enumerate(array.reads)
        ),
        clusters=tuple(prefixes(card.path for card in cards)),
        title="Array steps of a recorded program",
        summary=f"{counted(sum(bool(array.code) for array in arrays), 'array step')} from what is given to the loss.",
        computed=False,
        scale=scale_for([]),
        digits=4,
        direction=direction,
        theme=theme,
    )


@dataclass
class _Array:
    """An array of the program: the code that computes it, "" if it is given, and the arrays that this code reads."""

    name: str
    block: Block | None
    code: str
    reads: list[str]
    path: Path
    told: list[str]
    shape: str = ""


def _arrays(program: Arranged, code: Code, origins: Sequence[Origin | None]) -> list[_Array]:
    given = dict(zip(code.names[: program.inputs + program.parameters], program.blocks, strict=False))
    arrays = [_Array(name, block, "", [], (), [], _shape(program, i)) for i, (name, block) in enumerate(given.items())]
    known = {*given, "p"}
    for line in code.forward:
        block = None if line.block is None else program.blocks[line.block]
        groups = [] if block is None else groups_of(block, origins)
        path = groups[0] if len(groups) == 1 else ()
        told = [] if block is None else about(block, origins)
        reads = [name for name in names_in(line.code.code) if name in known]
        shape = "" if line.block is None else _shape(program, line.block)
        arrays.append(_Array(line.name, block, line.code.code, reads, path, told, shape))
        known.add(line.name)
    if any("p" in array.reads for array in arrays):
        arrays.insert(len(given), _Array("p", None, "", [], (), [f"all {len(code.order):,} parameters in one row"]))
    learned = [*given][program.inputs :]
    for array in arrays:  # a parameter stands where it is used, and so does what is only taken out of others
        if array.name in learned or (array.code and array.block is None):
            paths = {user.path for user in arrays if array.name in user.reads}
            array.path = paths.pop() if len(paths) == 1 else ()
    return arrays


def _shape(program: Arranged, block: int) -> str:
    sizes = program.blocks[block].places.shape
    return " × ".join(map(str, ("n", *sizes) if program.laned[block] else sizes))  # n samples


def names_in(code: str) -> list[str]:
    """The variables that an expression reads, from left to right.

    >>> names_in("np.maximum(a, b.T) + a.sum(axis=0)")
    ['np', 'a', 'b', 'a']
    """
    names = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]
    return [node.id for node in sorted(names, key=lambda node: (node.lineno, node.col_offset))]


def _card(id: str, array: _Array, is_root: bool) -> Card:  # noqa: A002, as in Card
    return Card(
        id,
        "root" if is_root else "inner" if array.code else "leaf",
        name=array.name,
        named=True,
        symbol=_symbol(array) if array.code else "",
        value=array.shape,
        note=shorten(array.code or "".join(array.told), NOTE_FONT, WIDEST_CODE),
        tooltip="\n".join([f"{array.name} = {array.code}" if array.code else array.name, *array.told]),
        path=array.path,
    )


def _symbol(array: _Array) -> str:
    step = array.block.step if array.block else None
    if step is None:
        return PART
    if isinstance(step, Product):
        return PRODUCT
    return symbol_of(step.op) if isinstance(step, Elementwise) else SUM
