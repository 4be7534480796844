"""What a picture shows, as plain data. The writers receive a Scene and never walk Values, so that all of them agree."""

from __future__ import annotations

from dataclasses import dataclass

from autograd.draw.tokens import Scale

Path = tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """One box: a value, a constant, or (when op and value are not merged) an op.

    Attributes:
        id: `v0, v1 ...` in topological order; `v3op` for its op, `v3c1` for the constant in its slot 1.
        role: one of "leaf", "inner", "root", "constant", "op".
        name: the label, or the id for a value that has none; "" for constants and ops.
        named: whether the name is a label that somebody gave.
        symbol: what stands in the socket: the symbol of the op, "" for a box without one.
        value: the number as shown; "" where it is not wanted.
        gradient: the gradient as shown, "not computed" before a pass; "" where it is not wanted.
        seed: whether this is the root of a pass, whose gradient is the seed.
        tint: place of the gradient on the heat scale, in −1..1; None without a finite gradient.
        beyond: whether the gradient exceeds a locked scale.
        broken: whether the value or the gradient is nan or infinite.
        tag: "first nan" or "first inf" on the card where it began, else "".
        tooltip: everything in full.
        path: the clusters around it, outermost first.
    """

    id: str
    role: str
    name: str = ""
    named: bool = False
    symbol: str = ""
    value: str = ""
    gradient: str = ""
    seed: bool = False
    tint: float | None = None
    beyond: bool = False
    broken: bool = False
    tag: str = ""
    tooltip: str = ""
    path: Path = ()


@dataclass(frozen=True)
class Edge:
    """One operand slot: `x * x` has two edges.

    Attributes:
        source, target: ids of the operand's card and of the card that uses it.
        slot, slots: which inlet of the target, of how many.
        pill: the local derivative as shown; "" where it is unknown or not wanted.
        flow: place of the contribution on the heat scale, in −1..1; None before a pass.
        kind: "plain", "constant", "dead" (local derivative 0) or "saturated" (below a tenth of its maximum).
        tooltip: everything in full.
    """

    source: str
    target: str
    slot: int = 0
    slots: int = 1
    pill: str = ""
    flow: float | None = None
    kind: str = "plain"
    tooltip: str = ""


@dataclass(frozen=True)
class Scene:
    """All that a picture shows. `computed` says whether a backward pass has been made."""

    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]
    clusters: tuple[Path, ...]
    title: str
    summary: str
    computed: bool
    scale: Scale
    digits: int
    direction: str
    theme: str
