"""Cards of groups of values.

The gradient of a card of several values is their sum: how fast the root moves when all of them move together. The lines
between cards are sums of contributions (`group_edges`), so that the chain rule adds up on cards as it does on values.
Their number is shown as their mean. How far both spread is in the tooltip. A closed group of groups shows the root mean
square of its outputs' gradients instead: its cells have the signs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from autograd.draw.groups import INPUT, Group, count_of_leaves
from autograd.draw.numbers import NOT_COMPUTED, gradient_text, value_text
from autograd.draw.parts import NOT_TRAINED, Card, Cell
from autograd.draw.text import clean, counted, shorten
from autograd.draw.tokens import Scale, scale_for
from autograd.draw.value_cards import View, first_broken, place_of, symbol_of, value_card

if TYPE_CHECKING:
    from autograd.value import Value

CELLS_SHOWN = 256
RUN, CIRCLE = "Σ", "↻"


def group_cards(view: View, groups: Sequence[Group], scale: float | None, heat: str) -> tuple[list[Card], Scale]:
    """The card of each group, and the scale of what they show.

    Args:
        view: the values and what of them to show.
        scale, heat: as for `scene`.
    """
    facts = [_facts(group, view) for group in groups]
    shown = [numbers.gradient for fact in facts for numbers in (fact.cells.values() if fact.cells else [fact.heads])]
    measure = scale_for((gradient for gradient in shown if gradient is not None), scale, heat)
    first = first_broken(view)
    closed = count()
    cards = []
    for group, fact in zip(groups, facts, strict=True):
        draw = _alike_card if group.is_alike else _cells_card if fact.cells else _closed_card
        name = view.names[group.heads[0]] if group.is_alike else f"g{next(closed)}"
        tag = first[1] if fact.broken and first and first[0] in group.members else ""
        cards.append(replace(draw(group, fact, view, measure), id=name, tag=tag))
    return cards, measure


@dataclass(frozen=True)
class _Numbers:
    """Some numbers together; `gradient` is their sum, None where no pass has come."""

    values: Sequence[float]
    gradients: Sequence[float]

    @property
    def gradient(self) -> float | None:
        return sum(self.gradients) if self.gradients else None

    @property
    def rms(self) -> float:
        return math.sqrt(sum(g * g for g in self.gradients) / len(self.gradients))

    @property
    def cancel(self) -> bool:
        """Whether the gradients add up to nothing but what rounding leaves."""
        size = sum(map(abs, self.gradients))
        return len(self.gradients) > 1 and abs(sum(self.gradients)) < 1e-9 * size < math.inf

    def lines(self) -> list[str]:
        """What a tooltip says of them."""
        if len(self.values) == 1:
            return [
                f"data {self.values[0]!r}",
                f"grad {self.gradients[0]!r}" if self.gradients else "grad not computed",
            ]
        mean = sum(self.values) / len(self.values)
        lines = [f"{len(self.values)} values: mean {mean!r}, from {min(self.values)!r} to {max(self.values)!r}"]
        if not self.gradients:
            return [*lines, "gradients not computed"]
        spread = f"rms {self.rms!r}, from {min(self.gradients)!r} to {max(self.gradients)!r}"
        return [*lines, f"gradients: sum {self.gradient!r}, {spread}"]


@dataclass(frozen=True)
class _Facts:
    heads: _Numbers
    cells: Mapping[str, _Numbers]
    leaves: str
    broken: bool


def _facts(group: Group, view: View) -> _Facts:
    def numbers(nodes: Sequence[Value]) -> _Numbers:
        return _Numbers([node.data for node in nodes], [node.grad for node in nodes if node in view.reached])

    leaves = [view.scopes[node] for node in group.members if node.is_leaf]
    return _Facts(
        heads=numbers(group.heads),
        cells={name: numbers(heads) for name, heads in group.cells.items()},
        leaves=count_of_leaves(leaves) if leaves and group.scope != INPUT else "",
        broken=any(
            not math.isfinite(node.data) or (node in view.reached and not math.isfinite(node.grad))
            for node in group.members
        ),
    )


def _alike_card(group: Group, fact: _Facts, view: View, measure: Scale) -> Card:
    """Values that are computed alike; a single value is drawn as everywhere else."""
    head = group.heads[0]
    card = value_card(head, view, measure)
    symbol = "" if head.op is None else symbol_of(head.op)
    is_run = len(group.members) > len(group.heads)
    made_by = [] if head.op is None else [f"made by {clean(head.op.name)}"]
    if is_run:
        symbol = RUN if symbol == "+" else symbol
        made_by += [f"{counted(len(group.heads), 'run')} of this op, of {len(group.members):,} nodes in all"]
    card = replace(card, symbol=symbol, path=group.path, holds=len(group.members), broken=fact.broken)
    if len(group.heads) == 1:
        return replace(card, tooltip="\n".join([card.name, *made_by, *fact.heads.lines()])) if is_run else card
    labels = {head.label for head in group.heads}
    label = clean(str(head.label)) if len(labels) == 1 else ""
    return replace(
        _several(card, fact.heads, view, measure),
        name=label or "mean",
        named=bool(label),
        value=_mean(fact.heads, view, bare=not label),
        tooltip="\n".join([*([label] if label else []), *made_by, *fact.heads.lines()]),
    )


def _closed_card(group: Group, fact: _Facts, view: View, measure: Scale) -> Card:
    """A closed group that has no groups in it: one card with its outputs' numbers."""
    is_sum = fact.leaves or any(node.op and node.op.symbol == RUN for node in group.members)
    card = Card(
        id="",
        role="group",
        name=group.scope[-1] if group.scope else f"loop of {len(group.members):,} values",
        named=True,
        symbol=CIRCLE if group.circle else RUN if is_sum else "ƒ",
        value=_mean(fact.heads, view),
        path=group.path,
        holds=len(group.members),
        broken=fact.broken,
        seed=len(group.heads) == 1 and group.heads[0] in view.roots and fact.heads.gradient == 1.0,
        tooltip="\n".join([*_inside(group, fact), *fact.heads.lines()]),
    )
    return _several(card, fact.heads, view, measure)


def _several(card: Card, numbers: _Numbers, view: View, measure: Scale) -> Card:
    """The card with the sum of these gradients."""
    place = place_of(numbers.gradient, measure)
    count = len(numbers.values)
    key, text = "grad" if count == 1 else "Σ grad", gradient_text(numbers.gradient, view.digits)
    if numbers.cancel:
        key, text, place = "grad rms", value_text(numbers.rms, view.digits), 0.0
    return replace(
        card,
        gradient=text if view.grad else "",
        key=key,
        seed=card.seed and count == 1,
        tint=None if place is None else max(-1.0, min(1.0, place)),
        beyond=place is not None and abs(place) > 1.0,
        count=count,
    )


def _mean(numbers: _Numbers, view: View, bare: bool = False) -> str:
    if not view.data:
        return ""
    text = value_text(sum(numbers.values) / len(numbers.values), view.digits)
    return text if bare or len(numbers.values) == 1 else f"mean {text}"


def _cells_card(group: Group, fact: _Facts, view: View, measure: Scale) -> Card:
    """A closed group of groups: a cell for each of them."""
    cells = []
    for name, numbers in list(fact.cells.items())[:CELLS_SHOWN]:
        place = place_of(numbers.gradient, measure) if view.grad else None
        sign = "" if place is None else "+" if place > 0 else "−" if place < 0 else "0"
        tint = None if place is None else max(-1.0, min(1.0, place))
        cells.append(Cell(sign, tint, "\n".join([name, *numbers.lines()])))
    each = {len(numbers.values) for numbers in fact.cells.values()}
    rms = value_text(fact.heads.rms, view.digits) if fact.heads.gradients else NOT_COMPUTED
    note = NOT_TRAINED if group.scope == INPUT else fact.leaves or counted(len(group.members), "value")
    hidden = len(fact.cells) - len(cells)
    return Card(
        id="",
        role="group",
        name=group.scope[-1] if group.scope else "loop",
        named=True,
        value=_content(group),
        gradient=rms if view.grad else "",
        key="grad rms",
        path=group.path,
        holds=len(group.members),
        broken=fact.broken,
        count=each.pop() if len(each) == 1 else 1,
        cells=tuple(cells),
        note=f"{note}, {hidden} more" if hidden else note,
        tooltip="\n".join([*_inside(group, fact), *fact.heads.lines()]),
    )


def _content(group: Group) -> str:
    """What the cells of a group are: "tanh, 16 neurons"."""
    if group.scope == INPUT:
        return counted(len(group.cells), "value")
    nouns = {name.rstrip("0123456789").strip() for name in group.cells}
    count = counted(len(group.cells), (nouns.pop() if len(nouns) == 1 else "") or "group")
    ops = {head.op for heads in group.cells.values() for head in heads}
    op = ops.pop() if len(ops) == 1 else None
    return shorten(count if op is None else f"{'linear' if op.symbol == RUN else clean(op.name)}, {count}", 15, 260)


def _inside(group: Group, fact: _Facts) -> list[str]:
    """The first lines of the tooltip of a closed group."""
    count = f"{fact.leaves}, " if fact.leaves else ""
    lines = [
        " / ".join(group.scope) or "they use each other in a circle",
        f"{count}{counted(len(group.members), 'value')}",
    ]
    if group.circle:
        ops = Counter(clean(node.op.name) for node in group.members if node.op)
        lines.append("made by " + ", ".join(f"{count} times {name}" for name, count in ops.items()))
    return lines
