"""From Values to a scene: every text, size and state of the picture decided, once for all writers.

Ids come from the topological order, so that the same graph gives the same picture in every process.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.parts import Card, Edge, Path, Scene
from autograd.draw.text import clean, shorten
from autograd.draw.tokens import THEMES, Scale, scale_for, tokens
from autograd.graph import topological_order

if TYPE_CHECKING:
    from autograd.op import Op
    from autograd.value import Value

__all__ = ["Card", "Edge", "Scene", "scene"]

DIRECTIONS = ("LR", "TB")
EDGES_PER_NODE = 4  # of `max_nodes`, so many edges may there be


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
        max_nodes: refuse larger graphs, and those of more than four times as many edges.
        clusters: for a value the names of the clusters around it, outermost first.

    Raises:
        TypeError: a root is not a Value.
        ValueError: an option is not known, or the graph is larger than `max_nodes` allows.

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

    wanted = _Wanted(names, reached, measure, digits, data, grad, local)

    cards: list[Card] = []
    edges: list[Edge] = []
    for node in order:
        card = _value_card(node, wanted, is_root=node in roots)
        card = replace(card, path=paths[node], tag=first[1] if first and first[0] is node else "")
        user = card.id
        if node.op:
            symbol = _symbol(node.op)
            if merge:
                card = replace(card, symbol=symbol)
            else:
                user = f"{card.id}op"
                cards.append(Card(user, "op", symbol=symbol, tooltip=clean(node.op.name), path=card.path))
        for slot, operand in enumerate(node.operands):
            if operand in names:
                edges.append(_edge(node, slot, user, wanted))
            else:
                chip = f"{card.id}c{slot}"
                number = value_text(operand, digits)
                cards.append(Card(chip, "constant", value=number, tooltip=repr(operand), path=card.path))
                edges.append(Edge(chip, user, slot, len(node.operands), kind="constant"))
        cards.append(card)
        if user != card.id:
            edges.append(Edge(user, card.id, flow=wanted.flow(wanted.gradient(node), 1.0)))
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
    edges = sum(len(node.operands) for node in order)
    if edges > EDGES_PER_NODE * max_nodes:
        raise ValueError(
            f"the graph has {edges} edges, and a picture of more than {EDGES_PER_NODE * max_nodes} cannot be read: draw"
            " one of the values inside it, build it from fewer inputs, or insist with"
            f" max_nodes={-(-edges // EDGES_PER_NODE)}"
        )
    return order


@dataclass(frozen=True)
class _Wanted:
    """What the cards and edges of one scene share."""

    names: Mapping[Value, str]
    reached: set[Value]
    measure: Scale
    digits: int
    data: bool
    grad: bool
    local: bool

    def gradient(self, node: Value) -> float | None:
        """The gradient of a node; None where no pass has come."""
        return node.grad if node in self.reached else None

    def flow(self, upstream: float | None, partial: float | None) -> float | None:
        """The place of a contribution on the scale; 0 for one that has none: nan, or a size that nobody knows."""
        if upstream is None or not self.grad:
            return None
        contribution = math.nan if partial is None else upstream * partial
        return 0.0 if math.isnan(contribution) else max(-1.0, min(1.0, self.measure(contribution)))


def _value_card(node: Value, wanted: _Wanted, is_root: bool) -> Card:
    name, label = wanted.names[node], clean(str(node.label))
    gradient = wanted.gradient(node)
    place = None if gradient is None or not math.isfinite(gradient) else wanted.measure(gradient)
    return Card(
        id=name,
        role="leaf" if node.op is None else "root" if is_root else "inner",
        name=label or name,
        named=bool(label),
        value=value_text(node.data, wanted.digits) if wanted.data else "",
        gradient=gradient_text(gradient, wanted.digits) if wanted.grad else "",
        seed=is_root and gradient == 1.0,
        tint=None if place is None else max(-1.0, min(1.0, place)),
        beyond=place is not None and abs(place) > 1.0,
        broken=not math.isfinite(node.data) or (gradient is not None and not math.isfinite(gradient)),
        tooltip=_card_tooltip(node, label or name, gradient),
    )


def _edge(node: Value, slot: int, user: str, wanted: _Wanted) -> Edge:
    upstream, partial = wanted.gradient(node), node.partials[slot]
    return Edge(
        source=wanted.names[node.operands[slot]],
        target=user,
        slot=slot,
        slots=len(node.operands),
        pill=value_text(partial, wanted.digits) if wanted.local and partial is not None else "",
        flow=wanted.flow(upstream, partial),
        kind=_kind(node, slot, partial),
        tooltip=_edge_tooltip(upstream, partial),
    )


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


def _kind(node: Value, slot: int, partial: float | None) -> str:
    """Whether a slot passes nothing, or less than a tenth of what its activation could."""
    if partial is None or not math.isfinite(partial):
        return "plain"
    if partial == 0:
        return "dead"
    steepest = getattr(node.op, "steepest", math.nan)
    if slot > 0 or math.isnan(steepest):
        return "plain"
    numbers = [getattr(operand, "data", operand) for operand in node.operands[1:]]
    try:
        most = abs(node.op.derivative(steepest, *numbers))  # type: ignore[union-attr]
    except (ArithmeticError, ValueError):  # somebody's own activation, of which only this is not known
        return "plain"
    return "saturated" if abs(partial) < most * tokens()["saturation"]["local_below_fraction_of_max"] else "plain"


def _card_tooltip(node: Value, name: str, gradient: float | None) -> str:
    made_by = [] if node.op is None else [f"made by {clean(node.op.name)}"]
    known = "not computed" if gradient is None else repr(gradient)
    return "\n".join([name, *made_by, f"data {node.data!r}", f"grad {known}"])


def _edge_tooltip(upstream: float | None, partial: float | None) -> str:
    if partial is None:
        return "local derivative unknown"
    local = f"local derivative {partial!r}"
    return local if upstream is None else f"{local}\ncontribution {upstream * partial!r}"


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
