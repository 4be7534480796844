"""What happened, as plain data: the nodes of a graph, and the events of a forward pass, a backward pass, an update.

    create      a node was computed from its operands
    order       the next node of the topological order was found
    seed        the root got the gradient 1
    visit       a node passes its gradient on; all its uses have spoken
    contribute  one operand slot got upstream gradient × local derivative, added to what it had
    finish      the last contribution to a node has come
    update      somebody moved a value, as an optimiser does

A pass is determined by its graph, the gradients that the leaves bring, and what nodes made by hand add: `pass_events`
tells its events from these, when a trace is made and again when it is verified.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

FIELDS: dict[str, tuple[str, ...]] = {  # what an event of each kind has beside kind and node
    "create": (),
    "order": (),
    "seed": ("before", "after"),
    "visit": ("upstream",),
    "contribute": ("slot", "operand", "upstream", "local", "product", "before", "after"),
    "finish": ("after",),
    "update": ("before", "after", "rule"),
}
KINDS = tuple(FIELDS)


@dataclass(frozen=True)
class Source:
    """A line of the user's code."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Node:
    """What stays of a Value in a trace.

    Attributes:
        name: its label, or `v` and its number in the trace; a label that is taken gets the number too, as `w0.17`.
        op: the name of the op that made it; "" for a leaf.
        symbol: how that op is drawn.
        operands: for each slot the number of a node, or None for a plain number.
        constants: for each slot the plain number, or None for a node.
        partials: for each slot the local derivative; None for a plain number, or if the node was made by hand.
        data: its number when it was made.
        scope: the groups that it belongs to, outermost first.
        source: the line that made it, where that was seen.
    """

    name: str
    op: str = ""
    symbol: str = ""
    operands: tuple[int | None, ...] = ()
    constants: tuple[float | None, ...] = ()
    partials: tuple[float | None, ...] = ()
    data: float = 0.0
    scope: tuple[str, ...] = ()
    source: Source | None = None


class Event(NamedTuple):
    """One thing that happened; which fields are set depends on the kind.

    Attributes:
        kind: one of `KINDS`.
        node: the node that it happened to; for "contribute" the node whose gradient is passed on.
        slot, operand: for "contribute" which operand slot, and which node stands there.
        upstream, local, product: the two factors and the contribution. A node made by hand has no known factors.
        before, after: the gradient that was added to (the number that moved, for "update"), and what became of it.
        rule: for "update" who moved it: the optimiser, or the line of code.
    """

    kind: str
    node: int
    slot: int | None = None
    operand: int | None = None
    upstream: float | None = None
    local: float | None = None
    product: float | None = None
    before: float | None = None
    after: float | None = None
    rule: str = ""


@dataclass(frozen=True)
class Pass:
    """What a backward pass is worked out from.

    Attributes:
        order: topological, the root last.
        brought: the gradients that leaves had before it; 0 for those that are missing.
        by_hand: for a node made by hand and an operand the gradient that it left there.
    """

    order: list[int]
    brought: dict[int, float]
    by_hand: dict[tuple[int, int], float]


def pass_events(nodes: Sequence[Node], given: Pass) -> Iterator[Event]:
    """The events of one backward pass: the chain rule, each step told."""
    gradient = dict.fromkeys(given.order, 0.0) | given.brought
    waiting = dict.fromkeys(given.order, 0)  # for each node the uses that have not spoken yet
    slots = {number: _slots(nodes[number]) for number in given.order}
    for number in given.order:
        for _, operand, _ in slots[number]:
            waiting[operand] += 1
        yield Event("order", number)
    root = given.order[-1]
    before, gradient[root] = gradient[root], gradient[root] + 1.0
    yield Event("seed", root, before=before, after=gradient[root])
    yield Event("finish", root, after=gradient[root])
    for number in reversed(given.order):
        node, upstream = nodes[number], gradient[number]
        if not node.op:
            continue
        yield Event("visit", number, upstream=upstream)
        for slot, operand, local in slots[number]:
            before = gradient[operand]
            if local is None:
                after = given.by_hand.get((number, operand), math.nan)
                product = after - before
            else:
                product = upstream * local
                after = before + product
            gradient[operand] = after
            yield Event("contribute", number, slot, operand, upstream, local, product, before, after)
        for _, operand, _ in slots[number]:
            waiting[operand] -= 1
            if not waiting[operand]:
                yield Event("finish", operand, after=gradient[operand])


def _slots(node: Node) -> list[tuple[int, int, float | None]]:
    """Through which slots a node passes its gradient on, to which operands, with which local derivatives.

    A node made by hand has none of these, and adds to each operand at one go, however many slots it stands in.
    """
    return [
        (slot, operand, local)
        for slot, (operand, local) in enumerate(zip(node.operands, node.partials, strict=True))
        if operand is not None and (local is not None or operand not in node.operands[:slot])
    ]


def is_by_hand(node: Node) -> bool:
    """Whether a node was made by hand: nobody knows its formula and its local derivatives."""
    return bool(node.operands) and node.partials.count(None) == len(node.partials)
