"""A card for every value, an edge for every operand slot: what a picture shows in which nothing is closed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.parts import Card, Edge, Path
from autograd.draw.saturation import saturates
from autograd.draw.text import clean, shorten
from autograd.draw.tokens import Scale

if TYPE_CHECKING:
    from autograd.op import Op
    from autograd.value import Value

LEFT_OUT = "…"


@dataclass(frozen=True)
class View:
    """What all cards and edges of a scene share.

    Attributes:
        order: the values of the picture, operands before results.
        roots: those that the picture is of.
        names: what a value without a label is called.
        scopes: the groups around each value.
        reached: the values that a backward pass has come to.
        digits, data, grad, local: as for `scene`.
    """

    order: Sequence[Value]
    roots: Sequence[Value]
    names: Mapping[Value, str]
    scopes: Mapping[Value, Path]
    reached: set[Value]
    digits: int
    data: bool
    grad: bool
    local: bool

    def gradient(self, node: Value) -> float | None:
        """The gradient of a node; None where no pass has come."""
        return node.grad if node in self.reached else None

    def flow(self, measure: Scale, contribution: float | None) -> float | None:
        """The place of a contribution on the scale; 0 for nan, which has none; None where there is no contribution."""
        if contribution is None or not self.grad:
            return None
        return 0.0 if math.isnan(contribution) else max(-1.0, min(1.0, measure(contribution)))


def value_cards(view: View, measure: Scale, merge: bool) -> tuple[list[Card], list[Edge]]:
    """The cards and edges of the values in the view; operands that it leaves out become one chip."""
    cards: list[Card] = []
    edges: list[Edge] = []
    first = first_broken(view)
    for node in view.order:
        card = value_card(node, view, measure)
        card = replace(card, path=view.scopes[node], tag=first[1] if first and first[0] is node else "")
        user = card.id
        if node.op:
            symbol = symbol_of(node.op)
            if merge:
                card = replace(card, symbol=symbol)
            else:
                user = f"{card.id}op"
                cards.append(Card(user, "op", symbol=symbol, tooltip=clean(node.op.name), path=card.path, holds=0))
        for slot, operand in enumerate(node.operands):
            if operand in view.names:
                edges.append(_edge(node, slot, user, view, measure))
        for chip, slot in _chips(node, view):
            cards.append(replace(chip, path=card.path))
            edges.append(Edge(chip.id, user, slot, len(node.operands), kind="constant"))
        cards.append(card)
        if user != card.id:
            edges.append(Edge(user, card.id, flow=view.flow(measure, view.gradient(node))))
    return cards, edges


def _chips(node: Value, view: View) -> Iterator[tuple[Card, int]]:
    """The plain numbers among the operands, with their slots; and one chip for all operands that are left out."""
    name = view.names[node]
    missing: list[tuple[int, Value]] = []
    for slot, operand in enumerate(node.operands):
        if operand in view.names:
            continue
        if hasattr(operand, "operands"):
            missing.append((slot, operand))
        else:
            number = value_text(operand, view.digits)
            yield Card(f"{name}c{slot}", "constant", value=number, tooltip=repr(operand), holds=0), slot
    if missing:
        slot, operand = missing[0]
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        tooltip = f"left out: {clean(str(operand.label)) or 'a value'} = {operand.data!r}{more}"
        yield Card(f"{name}c{slot}", "constant", value=LEFT_OUT, tooltip=tooltip, holds=0), slot


def value_card(node: Value, view: View, measure: Scale) -> Card:
    """The card of one value."""
    name, label = view.names[node], clean(str(node.label))
    gradient, is_root = view.gradient(node), node in view.roots
    place = place_of(gradient, measure)
    return Card(
        id=name,
        role="leaf" if node.op is None else "root" if is_root else "inner",
        name=label or name,
        named=bool(label),
        value=value_text(node.data, view.digits) if view.data else "",
        gradient=gradient_text(gradient, view.digits) if view.grad else "",
        seed=is_root and gradient == 1.0,
        tint=None if place is None else max(-1.0, min(1.0, place)),
        beyond=place is not None and abs(place) > 1.0,
        broken=not math.isfinite(node.data) or (gradient is not None and not math.isfinite(gradient)),
        tooltip=_card_tooltip(node, label or name, gradient),
    )


def place_of(gradient: float | None, measure: Scale) -> float | None:
    """The place of a gradient on the scale; None where there is none."""
    return None if gradient is None or not math.isfinite(gradient) else measure(gradient)


def _edge(node: Value, slot: int, user: str, view: View, measure: Scale) -> Edge:
    upstream, partial = view.gradient(node), node.partials[slot]
    contribution = None if upstream is None else math.nan if partial is None else upstream * partial
    return Edge(
        source=view.names[node.operands[slot]],
        target=user,
        slot=slot,
        slots=len(node.operands),
        pill=value_text(partial, view.digits) if view.local and partial is not None else "",
        flow=view.flow(measure, contribution),
        kind=kind_of(node, slot),
        tooltip=_edge_tooltip(upstream, partial),
    )


def first_broken(view: View) -> tuple[Value, str] | None:
    """The value where nan or infinity began: in the forward pass, else in the backward pass."""
    forward = ((node, node.data) for node in view.order)
    backward = ((node, node.grad) for node in reversed(view.order) if node in view.reached)
    for numbers in (forward, backward):
        for node, number in numbers:
            if not math.isfinite(number):
                return node, "first nan" if math.isnan(number) else "first inf"
    return None


def symbol_of(op: Op) -> str:
    """What stands for the op; a node made by hand may not say."""
    return shorten(clean(op.symbol or op.name), 13.5, 90, bold=True) or "?"


def kind_of(node: Value, slot: int) -> str:
    """Whether a slot passes nothing, or less than a tenth of what its activation could."""
    partial = node.partials[slot]
    if partial is None or not math.isfinite(partial):
        return "plain"
    if partial == 0:
        return "dead"
    if slot > 0 or node.op is None:
        return "plain"
    numbers = [getattr(operand, "data", operand) for operand in node.operands[1:]]
    parameters = dict(zip(node.op.operands[1:], numbers, strict=False))
    return "saturated" if saturates(node.op, partial, **parameters) else "plain"


def _card_tooltip(node: Value, name: str, gradient: float | None) -> str:
    made_by = [] if node.op is None else [f"made by {clean(node.op.name)}"]
    known = "not computed" if gradient is None else repr(gradient)
    return "\n".join([name, *made_by, f"data {node.data!r}", f"grad {known}"])


def _edge_tooltip(upstream: float | None, partial: float | None) -> str:
    if partial is None:
        return "local derivative unknown"
    local = f"local derivative {partial!r}"
    return local if upstream is None else f"{local}\ncontribution {upstream * partial!r}"
