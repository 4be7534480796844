"""A trace in words and formulas: what each event says, so that every front end says the same.

Formulas of local derivatives come from the ops' declarations: the rule is applied to labelled Values and the
resulting graph is written out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any, NamedTuple

from autograd.activations import Activation
from autograd.debug.events import Event, Node, is_by_hand
from autograd.debug.trace import Trace
from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.saturation import saturates
from autograd.errors import UnknownOpError
from autograd.op import Op, find
from autograd.value import Value
from autograd.watching import watched_by

LONGEST_SUM = 4
COUNTS = {2: "twice", 3: "three times", 4: "four times"}
BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}


@dataclass(frozen=True)
class Step:
    """One event, told.

    Attributes:
        title: what happens, in a few words: "backward: L passes on to e".
        sentence: one sentence in plain words, with the names of the nodes.
        upstream, local: for "contribute" the symbols of the two factors, as "∂L/∂h" and "∂h/∂n = 1 − h × h".
        result: and of their sum, "∂L/∂n".
    """

    title: str
    sentence: str
    upstream: str = ""
    local: str = ""
    result: str = ""


class _Place(NamedTuple):
    """Where an event stands in its pass.

    Attributes:
        root: of the pass.
        uses: how many contributions each node gets in all of it.
        arrived: how many of them the receiver of this event had before it.
        last: the event that brought the last of these.
    """

    root: int
    uses: Counter[int]
    arrived: int
    last: int | None


class Teller:
    """Tells the events of one trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._locals: dict[tuple[int, int], str] = {}

    @cached_property
    def _places(self) -> list[_Place]:
        """Where each event stands in its pass."""
        places: list[_Place] = []
        root, uses, last = 0, Counter[int](), dict[int, int]()
        for number, event in enumerate(self.trace.events):
            if event.kind == "order" and uses:
                uses, last = Counter(), {}
            if event.kind == "seed":
                root = event.node
            receiver = event.node if event.operand is None else event.operand
            places.append(_Place(root, uses, uses[receiver], last.get(receiver)))
            if event.operand is not None:
                uses[receiver] += 1
                last[receiver] = number
        return places

    @cached_property
    def _came_in(self) -> dict[Node, list[Any]]:
        """For each node the numbers that its operands had when it was computed, before they were updated."""
        data: list[float | None] = [node.data for node in self.trace.nodes]

        def now(node: Node) -> list[Any]:
            return [
                constant if x is None else data[x] for x, constant in zip(node.operands, node.constants, strict=True)
            ]

        found = {node: now(node) for node in self.trace.nodes}
        for event in self.trace.events:
            if event.kind == "update":
                data[event.node] = event.after
            elif event.kind == "create":
                found[self.trace.nodes[event.node]] = now(self.trace.nodes[event.node])
        return found

    def root_of(self, number: int) -> int:
        """The root of the pass that event `number` belongs to."""
        return self._places[number].root

    def came_in(self, node: Node) -> list[Any]:
        """The numbers that the operands of a node had when it was computed."""
        return self._came_in[node]

    def name(self, number: int) -> str:
        """The name of a node."""
        return self.trace.nodes[number].name

    def formula(self, node: Node, *, numbers: bool = False) -> str:
        """How a node was made, as "w × x", or with numbers in place of names; "leaf" for a leaf."""
        if not node.op:
            return "leaf"
        came_in = map(value_text, self._came_in[node])
        if numbers:
            return applied(node.op, list(came_in))
        named = zip(node.operands, came_in, strict=True)
        return applied(node.op, [number if x is None else self.name(x) for x, number in named])

    def tell(self, number: int) -> Step:
        """What event `number` of the trace says."""
        event = self.trace.events[number]
        return getattr(self, f"_{event.kind}")(event, self._places[number])  # type: ignore[no-any-return]

    def _create(self, event: Event, place: _Place) -> Step:
        node = self.trace.nodes[event.node]
        value = value_text(node.data)
        if not node.op:
            return Step(f"forward: {node.name}", f"{node.name} is a leaf: its number, {value}, was given.")
        made = f"{self.formula(node)} = {self.formula(node, numbers=True)} = {value}"
        return Step(f"forward: {node.name}", f"{node.name} = {made}.")

    def _order(self, event: Event, place: _Place) -> Step:
        name = self.name(event.node)
        why = "all its operands stand before it" if self.trace.nodes[event.node].op else "a leaf has no operands"
        return Step(f"order: {name}", f"{name} is next in the topological order: {why}.")

    def _seed(self, event: Event, place: _Place) -> Step:
        name = self.name(event.node)
        return Step(
            "backward: seed", f"Nudge {name}: {name} moves just as far. So the pass begins with ∂{name}/∂{name} = 1."
        )

    def _visit(self, event: Event, place: _Place) -> Step:
        name, gradient = self.name(event.node), gradient_text(event.upstream)
        if event.node == place.root:
            return Step(f"backward: {name}", f"{name} is the root: it passes its seed, {gradient}, on to its operands.")
        uses = {1: "its only use has", 2: "both its uses have"}.get(place.arrived, f"all its {place.arrived} uses have")
        return Step(f"backward: {name}", f"{name} may pass its gradient {gradient} on: {uses} spoken.")

    def _contribute(self, event: Event, place: _Place) -> Step:
        assert event.operand is not None
        root, node, operand = map(self.name, (place.root, event.node, event.operand))
        return Step(
            title=f"backward: {node} passes on to {operand}",
            sentence=self._why(event, place, node, operand),
            upstream=f"∂{root}/∂{node}",
            local=self._local(event),
            result=f"∂{root}/∂{operand}",
        )

    def _why(self, event: Event, place: _Place, node: str, operand: str) -> str:
        upstream, product = gradient_text(event.upstream), gradient_text(event.product)
        if event.local is None:
            return f"{node} was made by hand: its own _backward adds {product} to {operand}."
        made, local = self.trace.nodes[event.node], value_text(event.local)
        here, slope = self._slope(event, made, operand)
        if not isfinite(event.local):
            if event.upstream == 0.0:
                return f"{node} passes nan on to {operand}: {here} {slope} is {local}, and 0 × {local} is nan."
            return f"{node} passes {product} on to {operand}, since {here} {slope} is {local}."
        if not isfinite(event.upstream or 0.0):
            return f"{node} has the gradient {upstream} already: times {local} it is {product} for {operand}."
        if self._is_kink(event, made) and not place.arrived:
            return f"{node} has a kink {here}: by convention {slope} is {local}, and {operand} gets {product}."
        if event.local == 0.0:
            return f"{node} lets nothing through to {operand}: {here} {slope} is 0."
        if event.upstream == 0.0:
            return f"{node} has the gradient 0, so nothing goes on to {operand}."
        if place.arrived or event.before:
            return f"{self._is_summed(event, place, operand)}, so its gradient is a sum: {self._sum(event, place)}."
        if event.slot == 0 and is_saturated(made, event.local):
            return f"{node} is saturated: {here} {slope}, {local}, lets little of {upstream} through to {operand}."
        first = f"Nudge {operand}: {node} moves {_times(event.local)}"
        if event.node == place.root:
            return f"{first}."
        return f"{first}, and {self.name(place.root)} {_times(event.upstream or 0.0, node)}. Together: {product}."

    def _slope(self, event: Event, made: Node, operand: str) -> tuple[str, str]:
        """Where, and the local derivative of what: "at x = −2", "the local derivative of relu"."""
        op = known(made.op)
        if len(made.operands) == 1:
            return f"at {operand} = {value_text(self._came_in[made][0])}", f"the local derivative of {made.op}"
        of = self.formula(made) if op is not None and op.infix else made.op
        return "here", f"the local derivative of {of} by {operand}"

    def _is_kink(self, event: Event, made: Node) -> bool:
        """Whether the first operand stands where the local derivative jumps, so that its number is a convention."""
        op = known(made.op)
        if op is None or op.lists or is_by_hand(made) or (event.slot and not callable(op.kinks)):
            return False
        first, *_ = came_in = self._came_in[made]
        try:
            kinks = op.kinks(*came_in) if callable(op.kinks) else op.kinks
            return any(first == kink for kink in kinks)  # nan is at no kink, were it the same object
        except TypeError:  # a trace from a file may fit no op
            return False

    def _is_summed(self, event: Event, place: _Place, operand: str) -> str:
        assert event.operand is not None
        if not place.arrived:
            return f"{operand} still has {value_text(event.before or 0.0)} from before this pass"
        uses = place.uses[event.operand]
        return f"{operand} is used {COUNTS.get(uses, f'{uses} times')}"

    def _sum(self, event: Event, place: _Place) -> str:
        """The gradient as the sum of all that came, or of what was there and what comes, if that is long."""
        assert event.operand is not None
        more = place.arrived + 1 < place.uses[event.operand]
        terms, first = [event.product], event
        while place.last is not None and len(terms) <= LONGEST_SUM:
            first, place = self.trace.events[place.last], self._places[place.last]
            terms.insert(0, first.product)
        if len(terms) > LONGEST_SUM:
            terms = [event.before, event.product]
        elif first.before:
            terms.insert(0, first.before)
        start, *others = (value_text(term or 0.0) for term in terms)
        so_far = "so far " if more else ""
        return f"{so_far}{value_text(event.after or 0.0)} = {' + '.join([start, *map(in_brackets, others)])}"

    def _finish(self, event: Event, place: _Place) -> Step:
        name = self.name(event.node)
        return Step(f"backward: {name} is complete", f"{name} has its whole gradient: {gradient_text(event.after)}.")

    def _update(self, event: Event, place: _Place) -> Step:
        name = self.name(event.node)
        moved = f"{name} moves from {value_text(event.before or 0.0)} to {value_text(event.after or 0.0)}"
        return Step(f"update: {name}", f"{moved} ({event.rule})." if event.rule else f"{moved}.")

    def _local(self, event: Event) -> str:
        """The symbol of a local derivative, with its formula where that is more than a number."""
        assert event.slot is not None
        assert event.operand is not None
        place = event.node, event.slot
        if place not in self._locals:
            symbol = f"∂{self.name(event.node)}/∂{self.name(event.operand)}"
            rule = self._rule(self.trace.nodes[event.node], event.slot)
            self._locals[place] = f"{symbol} = {rule}" if rule else symbol
        return self._locals[place]

    def _rule(self, node: Node, slot: int) -> str:
        op = None if is_by_hand(node) else known(node.op)
        if op is None or len(node.operands) > 4:
            return ""
        # The rule is applied to leaves that carry the names: its result is the formula, as a graph.
        with watched_by():
            came_in = zip(node.operands, self._came_in[node], strict=True)
            row: list[Any] = [x if n is None else Value(x, label=self.name(n)) for n, x in came_in]
            out = Value(node.data, label=node.name)
            wanted = [place == slot for place in range(len(row))]
            try:
                rule = op.local_derivatives(op.grouped(row), out, wanted)[slot]
            except Exception:  # a rule may be for floats only, and a trace from a file may fit no op
                return ""
        return written(rule) if isinstance(rule, Value) else ""


def is_saturated(node: Node, local: float | None) -> bool:
    """Whether this local derivative is below a tenth of the largest that the activation of the node has."""
    op = known(node.op)
    if not isinstance(op, Activation) or local is None:
        return False
    given: dict[str, Any] = {
        name: x for name, x in zip(op.operands[1:], node.constants[1:], strict=False) if x is not None
    }
    return saturates(op, local, **given)


def _times(slope: float, other: str = "") -> str:
    """How far something moves, compared with the other."""
    if abs(slope) == 1.0:
        return "just as far" if slope > 0 else "just as far the other way"
    return f"{value_text(slope)} times as far" + (f" as {other}" if other else "")


def known(name: str) -> Op | None:
    """The op of that name, None if this process does not know it."""
    try:
        return find(name)
    except UnknownOpError:
        return None


def applied(name: str, operands: list[str]) -> str:
    """An op applied to operands given as text: "w × x", "−x", "tanh(n)", "dot([w0, w1], [x0, x1], b)"."""
    op = known(name)
    if op is not None and op.infix:
        symbol = "**" if op.infix == "**" else op.symbol
        *left, right = map(in_brackets, operands)
        return f"{left[0]} {symbol} {right}" if left else f"{symbol}{right}"
    arguments = op.grouped(operands) if op is not None else operands
    return f"{name}({_listed([f'[{_listed(x)}]' if isinstance(x, list) else x for x in arguments])})"


def _listed(parts: list[str]) -> str:
    return ", ".join(parts if len(parts) <= 4 else [*parts[:2], "…", parts[-1]])


def in_brackets(number: str) -> str:
    """A number as an operand: in brackets if it is negative."""
    return f"({number})" if number.startswith("−") else number


def written(value: Any, binding: int = 0) -> str:
    """A graph as a formula, down to the Values that have a label; brackets where the surroundings bind tighter."""
    if not isinstance(value, Value):
        return in_brackets(value_text(value)) if binding else value_text(value)
    if value.label or value.op is None:
        return str(value.label) or value_text(value.data)
    op, operands = value.op, value.operands
    if not op.infix:
        return applied(op.name, [written(x) for x in operands])
    if len(operands) == 1:
        return _bracketed(f"{op.symbol}{written(operands[0], 3)}", binding > 1)
    if op.infix == "**" and operands[1] == 1.0:
        return written(operands[0], binding)
    tight = BINDING[op.infix]
    # a − b − c means (a − b) − c, but a ** b ** c means a ** (b ** c).
    left, right = (tight + 1, tight) if op.infix == "**" else (tight, tight + 1)
    symbol = "**" if op.infix == "**" else op.symbol
    return _bracketed(f"{written(operands[0], left)} {symbol} {written(operands[1], right)}", binding > tight)


def _bracketed(text: str, needed: bool) -> str:
    return f"({text})" if needed else text
