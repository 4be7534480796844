"""What a program consists of, in words: a summary, and for each array step the scalar operations that it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from autograd.program.arrange import Arranged, Block, Lookup, Product, RowSum, ShortSum
from autograd.program.tape import Tape
from autograd.program.write import Code
from autograd.value import Value
from autograd.watching import Place


def summary(program: Arranged, code: Code, operations: int, parameters: int, width: int) -> str:
    """A few lines: how many operations became how many steps, of how much work and memory.

    `width` is that of a number, in bytes.
    """
    steps = [block for block in program.blocks if block.step is not None]
    products = sum(isinstance(block.step, Product) for block in steps)
    of_samples = sum(block.places.size for block, laned in zip(program.blocks, program.laned, strict=True) if laned)
    shared = sum(block.places.size for block in program.blocks) - of_samples
    stored = width * shared + sum(array.nbytes for array in code.constants.values())
    given = ", ".join(str(block.places.shape) for block in program.blocks[: program.inputs]) or "none"
    work = sum(flops(block) for block in steps)
    each, more = (" for each sample", f", and {width * of_samples:,} for each sample") if program.lanes else ("", "")
    return "\n".join(
        [
            f"{operations:,} operations in {len(steps)} array steps, {products} of them matrix products",
            f"inputs      {given}{each}",
            f"parameters  {parameters:,}",
            f"memory      {stored:,} bytes for the forward pass{more}",
            f"work        {work:,} floating-point operations forward, about {3 * work:,} with gradients{each}",
        ]
    )


def flops(block: Block) -> int:
    """How many additions, multiplications and applications of an op a step makes.

    >>> import numpy as np
    >>> rows = np.arange(6).reshape(2, 3)
    >>> flops(Block(np.zeros((2, 2), dtype=np.int64), Product(rows, rows, ())))
    20
    """
    step = block.step
    size: int = block.places.size
    if isinstance(step, Product):
        return size * (2 * int(step.left.shape[-1]) - 1 + len(step.plain))
    if isinstance(step, RowSum):
        return size * int(2 * step.left.shape[-1] - 1 + step.plain.shape[-1])
    if isinstance(step, ShortSum):
        return size * (2 * len(step.pairs) - 1 + len(step.plain))
    if isinstance(step, Lookup):
        return 0
    return size


class Origin(NamedTuple):
    """What is known of a node that has become part of a step."""

    op: str
    scope: tuple[str, ...]
    line: Place | None


def origins(tape: Tape, made: Iterable[tuple[Value, int]], lines: Mapping[Value, Place | None]) -> list[Origin | None]:
    """For each place of a simplified tape the node that it came from; None for what is given."""
    alive = set(tape.origin)
    known = {
        place: Origin(node.op.name if node.op else "", node.scope, lines.get(node))
        for node, place in made
        if place in alive
    }
    return [known.get(place) for place in tape.origin]


def explained(program: Arranged, code: Code, origins: Sequence[Origin | None]) -> str:
    """One paragraph for each array step: its code, what it stands for, the groups and the lines that it came from."""
    return "\n".join(
        f"{line.name} = {line.code}\n"
        + "\n".join(f"    {words}" for words in about(program.blocks[line.block], origins))
        for line in code.forward
        if line.block is not None
    )


def about(block: Block, origins: Sequence[Origin | None]) -> list[str]:
    """What a step stands for, the groups of the model that it is part of, and the lines that it came from."""
    known = _known(block, origins)
    told = [_what(block, known)]
    if groups := ", ".join(" / ".join(group) for group in groups_of(block, origins) if group):
        told.append(f"in {groups}")
    if found := sorted({x.line for x in known if x.line}):
        told.append("from " + ", ".join(f"{Path(file).name}:{number}" for file, number in found))
    return told


def groups_of(block: Block, origins: Sequence[Origin | None]) -> list[tuple[str, ...]]:
    """The groups in which the operations of a step were made: `()` is none; neurons are not told apart."""
    known = _known(block, origins)
    return list(dict.fromkeys(tuple(name for name in x.scope if not name.startswith("neuron")) for x in known))


def _known(block: Block, origins: Sequence[Origin | None]) -> list[Origin]:
    return [x for place in block.places.ravel().tolist() if place >= 0 and (x := origins[place])]


def _what(block: Block, origins: Sequence[Origin]) -> str:
    step = block.step
    size = f"{block.places.size:,} × "
    if isinstance(step, Product | RowSum):
        k = step.left.shape[-1] if step.left.size else 0
        terms = len(step.plain) if isinstance(step, Product) else step.plain.shape[-1]
    elif isinstance(step, ShortSum):
        k, terms = len(step.pairs), len(step.plain)
    elif isinstance(step, Lookup):
        return f"{size}an entry of a table of {len(step.table):,} rows"
    else:
        return size + " and ".join(sorted({x.op for x in origins}))
    parts = [f"{n} {word}{'s' * (n != 1)}" for n, word in ((k, "product"), (terms, "term")) if n]
    return f"{size}a sum of {' and '.join(parts)}"
