"""Edges between groups of values: a line for all that goes from one to another, a band for too many lines.

The flow of a line is the sum of the contributions that it stands for.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from autograd.draw.groups import Group
from autograd.draw.numbers import value_text
from autograd.draw.parts import Card, Edge, Path, prefixes
from autograd.draw.text import counted
from autograd.draw.tokens import Scale
from autograd.draw.value_cards import View, kind_of

if TYPE_CHECKING:
    from autograd.value import Value

MOST_LINES = 400  # into closed groups; more are drawn as bands
MOST_ENDS = 3  # lines from one frame into one op; more are a band
MOST_INLETS = 8  # an op of more operands has one inlet for all that comes from a card


@dataclass
class _Flow:
    """What goes from a card into a slot: over how many edges, with which local derivatives, how much in all."""

    node: Value  # one of those that it goes into, and its slot
    slot: int
    edges: int = 0
    unknown: int = 0
    least: float = math.inf
    most: float = -math.inf
    zeros: int = 0
    contribution: float | None = None

    def add(self, partial: float | None, upstream: float | None) -> None:
        """One more edge."""
        self.edges += 1
        if partial is None:
            self.unknown += 1
        else:
            self.least, self.most = min(self.least, partial), max(self.most, partial)
            self.zeros += partial == 0.0
        if upstream is not None:
            self.contribution = (self.contribution or 0.0) + (math.nan if partial is None else upstream * partial)

    def join(self, other: _Flow) -> None:
        """What the same card sends into another slot."""
        self.edges += other.edges
        self.unknown += other.unknown
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        self.zeros += other.zeros
        if other.contribution is not None:
            self.contribution = (self.contribution or 0.0) + other.contribution

    @property
    def kind(self) -> str:
        """That of its edge if it has only one; "dead" if no edge passes anything."""
        if self.edges == 1:
            return kind_of(self.node, self.slot)
        return "dead" if self.zeros == self.edges else "plain"

    def pill(self, digits: int) -> str:
        """The local derivative, if all its edges have the same."""
        return value_text(self.least, digits) if self.least == self.most and not self.unknown else ""

    def tooltip(self) -> str:
        """Everything in full."""
        several = "s" * (self.edges > 1)
        if self.unknown == self.edges:
            lines = [f"local derivative{several} unknown"]
        elif self.least == self.most:
            lines = [f"local derivative {self.least!r}"]
        else:
            lines = [f"local derivative{several} from {self.least!r} to {self.most!r}"]
        if several:
            lines.insert(0, f"{self.edges:,} edges" + (f", {self.zeros:,} of them pass nothing" if self.zeros else ""))
        if self.contribution is not None:
            lines.append(f"contribution {self.contribution!r}" + (" in all" if several else ""))
        return "\n".join(lines)


@dataclass
class _Entering:
    """What goes into a group: flows by the place of their source and the slot, plain numbers by slot."""

    flows: dict[tuple[int, int], _Flow] = field(default_factory=dict)
    numbers: dict[int, list[float]] = field(default_factory=dict)
    most_numbers: int = 0  # into one op

    def by_source(self) -> dict[int, _Flow]:
        """One flow from each source, whatever slots it goes into."""
        found: dict[int, _Flow] = {}
        for (source, _), flow in self.flows.items():
            if source in found:
                found[source].join(flow)
            else:
                found[source] = replace(flow)
        return found


def group_edges(
    view: View, groups: Sequence[Group], place: Sequence[int], cards: Sequence[Card], measure: Scale
) -> tuple[list[Card], list[Edge]]:
    """Chips for plain numbers, and the edges between them and the cards of the groups.

    Args:
        place: for each value of the view the place of its group.
        cards: those of the groups, in their order.
    """
    chips: list[Card] = []
    edges: list[Edge] = []
    given: dict[Path, Card] = {}  # the numbers that go into closed groups in one frame
    for group, card, entering in zip(groups, cards, _entering(view, groups, place), strict=True):
        if group.is_alike:
            more = _into_op(group, card, entering, cards, view, measure)
            chips += more[0]
            edges += more[1]
            continue
        if entering.most_numbers and not entering.flows:
            if group.path not in given:
                given[group.path] = _given(f"{card.id}n", entering.most_numbers)
                chips.append(given[group.path])
            edges.append(_into_closed(given[group.path], card, entering.most_numbers))
        for source, flow in entering.by_source().items():
            edge = _into_closed(cards[source], card, len(cards[source].cells))
            edges.append(_with_flow(edge, flow, view, measure))
    return chips, _bundled(edges, [*chips, *cards])


def _entering(view: View, groups: Sequence[Group], place: Sequence[int]) -> list[_Entering]:
    """For each group what goes into it from outside."""
    found = [_Entering() for _ in groups]
    at_of = dict(zip(view.order, place, strict=True))
    for node, at in zip(view.order, place, strict=True):
        if not node.operands:
            continue
        entering, upstream, numbers = found[at], view.gradient(node), 0
        for slot, (operand, partial) in enumerate(zip(node.operands, node.partials, strict=True)):
            source = at_of.get(operand)
            if source is None:
                if not hasattr(operand, "operands"):  # else it is left out
                    entering.numbers.setdefault(slot, []).append(operand)
                    numbers += 1
            elif source != at:
                flow = entering.flows.get((source, slot))
                if flow is None:
                    flow = entering.flows[source, slot] = _Flow(node, slot)
                flow.add(partial, upstream)
        entering.most_numbers = max(entering.most_numbers, numbers)
    return found


def _into_op(
    group: Group, card: Card, entering: _Entering, cards: Sequence[Card], view: View, measure: Scale
) -> tuple[list[Card], list[Edge]]:
    """The chips and edges of a card of ops: an inlet for each slot, or where there are too many, for each source."""
    flows = [(slot, source, flow) for (source, slot), flow in entering.flows.items()]
    numbers = list(entering.numbers.items())
    slots = max(len(node.operands) for node in group.members)
    if not _has_slots(group, entering, cards):
        if numbers:
            numbers = [(0, [number for _, row in numbers for number in row])]
        joined = entering.by_source()
        flows = [(slot, source, flow) for slot, (source, flow) in enumerate(joined.items(), len(numbers))]
        slots = len(numbers) + len(flows)
    chips = []
    edges = []
    for slot, row in numbers:
        low, high = value_text(min(row), view.digits), value_text(max(row), view.digits)
        tooltip = repr(row[0]) if len(row) == 1 else f"{len(row):,} numbers from {min(row)!r} to {max(row)!r}"
        text = low if low == high else f"{low} … {high}"
        chip = Card(f"{card.id}c{slot}", "constant", value=text, tooltip=tooltip, path=card.path, holds=0)
        chips.append(chip)
        edges.append(Edge(chip.id, card.id, slot, slots, kind="constant", count=len(row)))
    for slot, source, flow in flows:
        pill = flow.pill(view.digits) if view.local else ""
        edge = Edge(cards[source].id, card.id, slot, slots, pill=pill, kind=flow.kind)
        edges.append(_with_flow(edge, flow, view, measure))
    return chips, edges


def _has_slots(group: Group, entering: _Entering, cards: Sequence[Card]) -> bool:
    """Whether its slots can be told apart: few, the same in all ops, each with one source."""
    arities = {len(node.operands) for node in group.members}
    is_run = len(group.members) > len(group.heads)
    if is_run or len(arities) > 1 or max(arities) > MOST_INLETS:
        return False
    times = Counter(source for source, _ in entering.flows)
    return len({slot for _, slot in entering.flows}) == len(entering.flows) and not any(
        count > 1 for source, count in times.items() if cards[source].cells
    )


def _given(name: str, count: int) -> Card:
    """The plain numbers that go into closed groups."""
    value = counted(count, "number")
    return Card(name, "leaf", name="input", named=True, value=value, tooltip=f"{value}, which get no gradient", holds=0)


def _into_closed(source: Card, target: Card, width: int) -> Edge:
    """A line; a band into a group with cells from what is closed too, with its width and that of the target."""
    if target.cells and source.role in ("group", "leaf"):
        return Edge(source.id, target.id, pill=f"{width} × {len(target.cells)}" if width else "", kind="band")
    return Edge(source.id, target.id, kind="line")


def _with_flow(edge: Edge, flow: _Flow, view: View, measure: Scale) -> Edge:
    known = None if edge.kind == "band" else view.flow(measure, flow.contribution)
    return replace(edge, flow=known, count=flow.edges, tooltip=flow.tooltip())


# ---------------------------------------------------------------- bands


def _bundled(edges: Sequence[Edge], cards: Sequence[Card]) -> list[Edge]:
    """The edges, with one band for those that would be too many beside each other."""
    paths = {card.id: card.path for card in cards}
    frames = {path: f"c{number}" for number, path in enumerate(prefixes(paths.values()))}
    too_many = sum(edge.kind == "line" for edge in edges) > MOST_LINES
    bundles: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        source, target = paths[edge.source], paths[edge.target]
        ends = edge.source, edge.target
        if edge.kind == "line" and too_many:
            ends = frames.get(source, edge.source), frames.get(target, edge.target)
        elif edge.kind not in ("line", "constant") and source and source != target[: len(source)]:
            ends = frames[source], edge.target
        bundles.setdefault(ends, []).append(edge)
    found: list[Edge] = []
    for ends, bundle in bundles.items():
        sources = {edge.source for edge in bundle}
        count = sum(edge.count for edge in bundle)
        label = f"{count:,} edges"
        is_band = len(sources) > MOST_ENDS
        if bundle[0].kind == "line":
            label = f"{len(sources)} × {len({edge.target for edge in bundle})}"
            is_band = too_many and len(bundle) > 1
        if is_band:
            slot, slots = bundle[0].slot, bundle[0].slots
            found.append(Edge(*ends, slot, slots, pill=label, kind="band", tooltip=f"{count:,} edges", count=count))
        else:
            found += bundle
    return found
