"""An event as a formula in pieces, each number with its symbol above and its word below.

A box is a number of a node, a pill the local derivative of an edge, a chip what travels: as in the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograd.debug.columns import clip
from autograd.debug.events import Node
from autograd.debug.words import Teller, known
from autograd.draw.numbers import gradient_text, value_text

MOST_OPERANDS = 4
MOST_BEFORE = 5  # of those that stand before it in the order


@dataclass(frozen=True)
class Piece:
    """A number of the formula, or a sign between two.

    Attributes:
        text: as it is shown.
        symbol: what stands above it, as "∂h/∂n = 1 − h × h".
        word: what it is called, below it.
        shape: "value", "gradient", "local", "chip", or "sign".
        number: what the text says; None for a sign, and for what is not known.
    """

    text: str
    symbol: str = ""
    word: str = ""
    shape: str = "sign"
    number: float | None = None


def pieces(told: Teller, number: int, digits: int = 4) -> Iterator[Piece]:
    """The formula of event `number` of the trace that is told."""
    event = told.trace.events[number]
    node, name, root = told.trace.nodes[event.node], told.name(event.node), told.name(told.root_of(number))

    def value(x: float | None, symbol: str, word: str, shape: str = "value") -> Piece:
        return Piece("?" if x is None else value_text(x, digits), symbol, word, shape, x)

    def gradient(x: float | None, symbol: str, word: str) -> Piece:
        return Piece(gradient_text(x, digits), symbol, word, "gradient", x)

    def chip(x: float | None, word: str) -> Piece:
        return Piece(gradient_text(x, digits), "", word, "chip", x)

    match event.kind:
        case "create":
            yield from _made(told, node, value)
            yield value(node.data, name, "value" if node.op else "leaf")
        case "order":
            start = number
            while start and told.trace.events[start - 1].kind == "order" and number - start < MOST_BEFORE:
                start -= 1
            yield from (Piece(f"{clip(told.name(before.node), 8)}  ") for before in told.trace.events[start:number])
            yield Piece(name, "", "next in order", "chip")
        case "seed":
            yield from (gradient(event.before, f"{name}.grad", "before"), Piece(" + "), chip(1.0, "seed"))
            yield from (Piece(" = "), gradient(event.after, f"∂{root}/∂{name}", "after"))
        case "visit":
            yield gradient(event.upstream, f"∂{root}/∂{name}", "upstream")
            uses = [(slot, operand) for slot, operand in enumerate(node.operands) if operand is not None]
            for slot, operand in uses[:MOST_OPERANDS]:
                other = told.name(operand)
                word = f"to {clip(other, 9)}"
                yield from (Piece("  "), value(node.partials[slot], f"∂{name}/∂{other}", word, "local"))
            if len(uses) > MOST_OPERANDS:
                yield Piece("  …")
        case "contribute":
            step, receiver = told.tell(number), told.name(event.operand or 0)
            yield from (gradient(event.upstream, step.upstream, "upstream"), Piece(" × "))
            yield from (value(event.local, step.local, "local", "local"), Piece(" = "))
            yield from (chip(event.product, "contribution"), Piece(" to "))
            yield from (gradient(event.before, f"{receiver}.grad", "before"), Piece(" + "))
            yield from (chip(event.product, "contribution"), Piece(" = "))
            yield gradient(event.after, step.result, "after")
        case "finish":
            yield gradient(event.after, f"∂{root}/∂{name}", "complete")
        case "update":
            moved = (event.after or 0.0) - (event.before or 0.0)
            yield from (value(event.before, name, "before"), Piece(" + "), chip(moved, "update"))
            yield from (Piece(" = "), value(event.after, name, "after"))


def _made(told: Teller, node: Node, value: Callable[[float | None, str, str], Piece]) -> Iterator[Piece]:
    """The op and its operands, with the sign between two, before all of more, or none for a leaf."""
    if not node.op:
        return
    op = known(node.op)
    infix = op is not None and op.infix
    sign = "**" if infix == "**" else op.symbol if op is not None and infix else node.op
    if not infix or len(node.operands) == 1:
        yield Piece(f"{sign} ")
    for slot, (operand, number) in enumerate(zip(node.operands, told.came_in(node), strict=True)):
        if slot:
            yield Piece(f" {sign} " if infix else "  ")
        if slot == MOST_OPERANDS - 1 < len(node.operands) - 1:
            yield Piece("…")
            break
        yield value(number, "", "constant") if operand is None else value(number, told.name(operand), "operand")
    yield Piece(" = ")
