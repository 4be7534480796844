"""What a picture shows, as plain data: cards, edges and clusters, with every text and size already decided.

The writers (`svg`, `dot`, `mermaid`) receive a Scene and never walk Values, so that all of them agree. Ids come
from the topological order, so that the same graph gives the same picture in every process.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.text import clean, shorten
from autograd.draw.tokens import THEMES, Scale, scale_for, tokens
from autograd.graph import topological_order

if TYPE_CHECKING:
    from autograd.op import Op
    from autograd.value import Value

Path = tuple[str, ...]
DIRECTIONS = ("LR", "TB")
ROLES = ("leaf", "inner", "root", "constant", "op")


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


def scene(
    *roots: Value,
    direction: str = "LR",
    theme: str = "light",
    digits: int = 4,
    data: bool = True,
    grad: bool = True,
    local: bool = True,
    heat: str = "auto",
    scale: float | None = None,
    merge: bool = True,
    max_nodes: int = 500,
    clusters: Mapping[Value, Sequence[str]] | None = None,
) -> Scene:
    """The scene of the graph that the roots were computed from.

    Args:
        direction: "LR" draws operands left of results, "TB" above them.
        theme: "light", "dark", or "auto": an SVG that follows the reader's preference (light in other formats).
        digits: significant digits; 3 for a dense picture.
        data, grad, local: whether to show values, gradients, local derivatives.
        heat: "linear", "symlog", or "auto": linear unless the largest gradient exceeds 30 times the median.
        scale: the gradient at which tint and bar are full; the largest one in the picture unless given.
            Give it to compare pictures.
        merge: one card for a value and its op; False draws the op as a circle of its own.
        max_nodes: refuse larger graphs.
        clusters: for a value the names of the clusters around it, outermost first.

    Raises:
        TypeError: a root is not a Value.
        ValueError: an option is not known, or the graph has more than `max_nodes` values.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> picture = scene(x * x)
    >>> [(card.id, card.name, card.value, card.gradient) for card in picture.cards]
    [('v0', 'x', '3', 'not computed'), ('v1', 'v1', '9', 'not computed')]
    >>> [(edge.source, edge.target, edge.slot, edge.pill) for edge in picture.edges]
    [('v0', 'v1', 0, '3'), ('v0', 'v1', 1, '3')]
    """
    _check_choice("direction", direction, DIRECTIONS)
    _check_choice("theme", theme, THEMES)
    _check_choice("heat", heat, ("auto", "linear", "symlog"))
    if scale is not None and not 0 < scale < math.inf:
        raise ValueError(f"scale must be a positive number, got {scale!r}: leave it out for an automatic one")
    if digits < 1:
        raise ValueError(f"digits must be at least 1, got {digits}")
    order = _nodes(roots, max_nodes)
    reached = set(topological_order(*[root for root in roots if root.grad != 0]))
    names = {node: f"v{i}" for i, node in enumerate(order)}
    measure = scale_for((node.grad for node in order if node in reached), scale, heat)
    first = _first_broken(order, reached)
    paths = {node: _path(clusters.get(node, ())) if clusters else () for node in order}

    cards: list[Card] = []
    edges: list[Edge] = []
    for node in order:
        name = names[node]
        label = clean(str(node.label))
        gradient = node.grad if node in reached else None
        broken = not math.isfinite(node.data) or not (gradient is None or math.isfinite(gradient))
        t = None if gradient is None or not math.isfinite(gradient) else measure(gradient)
        symbol = _symbol(node.op) if node.op else ""
        is_root = node in roots
        card = Card(
            id=name,
            role="root" if is_root and node.op else "inner" if node.op else "leaf",
            name=label or name,
            named=bool(label),
            symbol=symbol if merge else "",
            value=value_text(node.data, digits) if data else "",
            gradient=gradient_text(gradient, digits) if grad else "",
            seed=is_root and gradient == 1.0,
            tint=None if t is None else _within(measure, gradient),
            beyond=t is not None and abs(t) > 1.0,
            broken=broken,
            tag=first[1] if first and first[0] is node else "",
            tooltip=_card_tooltip(node, label or name, gradient),
            path=paths[node],
        )
        target = card.id
        if node.op and not merge:
            target = f"{name}op"
            cards.append(Card(target, "op", symbol=symbol, tooltip=clean(node.op.name), path=paths[node]))
        for slot, (operand, partial) in enumerate(zip(node.operands, node.partials, strict=True)):
            if operand not in names:
                source = f"{name}c{slot}"
                cards.append(
                    Card(source, "constant", value=value_text(operand, digits), tooltip=repr(operand), path=paths[node])
                )
                edges.append(Edge(source, target, slot, len(node.operands), kind="constant"))
                continue
            contribution = None if gradient is None or partial is None else gradient * partial
            flow = _within(measure, contribution) if grad and gradient is not None else None
            edges.append(
                Edge(
                    source=names[operand],
                    target=target,
                    slot=slot,
                    slots=len(node.operands),
                    pill=value_text(partial, digits) if local and partial is not None else "",
                    flow=flow,
                    kind=_kind(node, slot, partial),
                    tooltip=_edge_tooltip(partial, contribution),
                )
            )
        cards.append(card)
        if target != card.id:
            edges.append(
                Edge(target, card.id, flow=_within(measure, gradient) if grad and gradient is not None else None)
            )
    return Scene(
        cards=tuple(cards),
        edges=tuple(edges),
        clusters=_with_outer({card.path: None for card in cards}),
        title="Computation graph of " + ", ".join(clean(str(r.label))[:80] or names[r] for r in dict.fromkeys(roots)),
        summary=_summary(order, reached),
        computed=bool(reached),
        scale=measure,
        digits=digits,
        direction=direction,
        theme=theme,
    )


def _check_choice(name: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise ValueError(f"unknown {name} {given!r}: use {' or '.join(map(repr, known))}")


def _nodes(roots: Sequence[Any], max_nodes: int) -> list[Value]:
    if not roots:
        raise TypeError("nothing to draw: give the Value whose computation you want to see")
    for root in roots:
        if not hasattr(root, "operands"):
            raise TypeError(f"only a Value can be drawn, got {type(root).__name__} {root!r:.60}")
    order = topological_order(*roots)
    if len(order) > max_nodes:
        raise ValueError(
            f"the graph has {len(order)} values, and a picture of more than {max_nodes} cannot be read: draw one of"
            " the values inside it, build it from fewer inputs (autograd.dot makes one node of a weighted sum),"
            f" or insist with max_nodes={len(order)}"
        )
    return order


def _first_broken(order: Sequence[Value], reached: set[Value]) -> tuple[Value, str] | None:
    """The value where nan or infinity began: in the forward pass, else in the backward pass."""
    forward = ((node, node.data) for node in order)
    backward = ((node, node.grad) for node in reversed(order) if node in reached)
    for node, number in (*forward, *backward):
        if not math.isfinite(number):
            return node, "first nan" if math.isnan(number) else "first inf"
    return None


def _path(given: str | Sequence[str]) -> Path:
    """The names of the clusters, outermost first; a bare name is one cluster."""
    return tuple(clean(str(name)) or "?" for name in ([given] if isinstance(given, str) else given))


def _symbol(op: Op) -> str:
    """What stands for the op; a node made by hand may not say."""
    return shorten(clean(op.symbol or op.name), 13.5, 90, bold=True) or "?"


def _within(measure: Scale, gradient: float | None) -> float:
    """The place on the scale, cut at its ends; 0 for what has no place: nan, or a size that nobody knows."""
    if gradient is None or math.isnan(gradient):
        return 0.0
    return max(-1.0, min(1.0, measure(gradient)))


def _kind(node: Value, slot: int, partial: float | None) -> str:
    if partial is None or not math.isfinite(partial):
        return "plain"
    if partial == 0:
        return "dead"
    steepest = getattr(node.op, "steepest", math.nan)
    if slot > 0 or math.isnan(steepest):
        return "plain"
    numbers = [getattr(operand, "data", operand) for operand in node.operands[1:]]
    most = abs(node.op.derivative(steepest, *numbers))  # type: ignore[union-attr]
    return "saturated" if abs(partial) < most * tokens()["saturation"]["local_below_fraction_of_max"] else "plain"


def _card_tooltip(node: Value, name: str, gradient: float | None) -> str:
    made_by = [] if node.op is None else [f"made by {clean(node.op.name)}"]
    known = "not computed" if gradient is None else repr(gradient)
    return "\n".join([name, *made_by, f"data {node.data!r}", f"grad {known}"])


def _edge_tooltip(partial: float | None, contribution: float | None) -> str:
    lines = ["local derivative " + ("unknown" if partial is None else repr(partial))]
    if contribution is not None:
        lines.append(f"contribution {contribution!r}")
    return "\n".join(lines)


def _summary(order: Sequence[Value], reached: set[Value]) -> str:
    leaves = sum(node.op is None for node in order)
    count = f"{len(order)} values, {leaves} of them leaves"
    if not reached:
        return f"{count}; no backward pass has been made, so no gradient is known."
    gradients = [node.grad for node in order if node in reached and math.isfinite(node.grad)]
    if not gradients:
        return f"{count}; no gradient is finite."
    return f"{count}; gradients from {gradient_text(min(gradients))} to {gradient_text(max(gradients))}."


def _with_outer(paths: Mapping[Path, None]) -> tuple[Path, ...]:
    """Every cluster once, outer before inner."""
    return tuple({path[:depth]: None for path in paths for depth in range(1, len(path) + 1)})
