"""A trace in words and formulas: what each event says, so that every front end says the same.

Formulas of local derivatives come from the ops' declarations: the rule is applied to labelled Values and the
resulting graph is written out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd.activations import Activation
from autograd.debug.trace import Event, Node, Trace
from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.tokens import tokens
from autograd.errors import UnknownOpError
from autograd.op import Op, find
from autograd.value import Value
from autograd.watching import watched_by

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


class Teller:
    """Tells the events of one trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._locals: dict[tuple[int, int], str] = {}

    @cached_property
    def _told(self) -> list[tuple[str, int]]:
        """For each event the name of the root of its pass, and how many contributions its operand had before."""
        told, root, arrived = [], "", Counter[int]()
        for event in self.trace.events:
            if event.kind == "order":
                arrived.clear()
            if event.kind == "seed":
                root = self.name(event.node)
            told.append((root, arrived[event.operand if event.operand is not None else event.node]))
            if event.operand is not None:
                arrived[event.operand] += 1
        return told

    @cached_property
    def uses(self) -> Counter[int]:
        """How many contributions each node gets in a pass, over the whole trace."""
        uses = Counter[int]()
        for node in self.trace.nodes:
            uses.update(x for x in node.operands if x is not None)
        return uses

    def name(self, number: int) -> str:
        """The name of a node."""
        return self.trace.nodes[number].name

    def formula(self, node: Node, *, numbers: bool = False) -> str:
        """How a node was made, as "w × x", or with numbers in place of names; "leaf" for a leaf."""
        if not node.op:
            return "leaf"
        shown = []
        for operand, constant in zip(node.operands, node.constants, strict=True):
            if operand is None:
                shown.append(value_text(constant or 0.0))
            else:
                other = self.trace.nodes[operand]
                shown.append(value_text(other.data) if numbers else other.name)
        return applied(node.op, shown)

    def tell(self, number: int) -> Step:
        """What event `number` of the trace says."""
        event = self.trace.events[number]
        return getattr(self, f"_{event.kind}")(event, *self._told[number])  # type: ignore[no-any-return]

    def _create(self, event: Event, root: str, arrived: int) -> Step:
        node = self.trace.nodes[event.node]
        value = value_text(node.data)
        if not node.op:
            return Step(f"forward: {node.name}", f"{node.name} is a leaf: its number, {value}, was given.")
        made = f"{self.formula(node)} = {self.formula(node, numbers=True)} = {value}"
        return Step(f"forward: {node.name}", f"{node.name} = {made}.")

    def _order(self, event: Event, root: str, arrived: int) -> Step:
        name = self.name(event.node)
        why = "all its operands stand before it" if self.trace.nodes[event.node].op else "a leaf has no operands"
        return Step(f"order: {name}", f"{name} is next in the topological order: {why}.")

    def _seed(self, event: Event, root: str, arrived: int) -> Step:
        name = self.name(event.node)
        return Step(
            "backward: seed", f"Nudge {name}: {name} moves just as far. So the pass begins with ∂{name}/∂{name} = 1."
        )

    def _visit(self, event: Event, root: str, arrived: int) -> Step:
        name, gradient = self.name(event.node), gradient_text(event.upstream)
        if name == root:
            return Step(f"backward: {name}", f"{name} is the root: it passes its seed, {gradient}, on to its operands.")
        heard = "its only use has spoken" if arrived == 1 else f"all its {arrived} uses have spoken"
        return Step(f"backward: {name}", f"{name} may pass its gradient {gradient} on: {heard}.")

    def _contribute(self, event: Event, root: str, arrived: int) -> Step:
        assert event.operand is not None
        node, operand = self.trace.nodes[event.node], self.trace.nodes[event.operand]
        return Step(
            title=f"backward: {node.name} passes on to {operand.name}",
            sentence=self._why(event, node, operand, root, arrived),
            upstream=f"∂{root}/∂{node.name}",
            local=self._local(event),
            result=f"∂{root}/∂{operand.name}",
        )

    def _why(self, event: Event, node: Node, operand: Node, root: str, arrived: int) -> str:
        product, after = gradient_text(event.product), gradient_text(event.after)
        if event.local is None:
            return f"{node.name} was made by hand: its own _backward adds {product} to {operand.name}."
        local = value_text(event.local)
        if event.local != event.local or abs(event.local) == float("inf"):
            return f"{node.op} has the local derivative {local} at {value_text(operand.data)}: look at {operand.name}."
        if event.local == 0.0:
            return f"{node.op} lets nothing through here: its local derivative is 0, so {operand.name} gets 0."
        if arrived:
            times = COUNTS.get(arrived + 1, f"{arrived + 1} times")
            sum_so_far = f"{gradient_text(event.before)} and {product} make {after}"
            return f"{operand.name} is used {times} so far, so its gradient is a sum: {sum_so_far}."
        if not event.slot and is_saturated(node, event.local):
            where = f"{node.op} is saturated at {value_text(operand.data)}"
            return f"{where}: its local derivative {local} lets little of {gradient_text(event.upstream)} through."
        first = f"Nudge {operand.name}: {node.name} moves {_times(event.local)}"
        if node.name == root:
            return f"{first}."
        return f"{first}, and {root} {gradient_text(event.upstream)} times as far as {node.name}. Together: {product}."

    def _finish(self, event: Event, root: str, arrived: int) -> Step:
        name = self.name(event.node)
        return Step(f"backward: {name} is complete", f"{name} has its whole gradient: {gradient_text(event.after)}.")

    def _update(self, event: Event, root: str, arrived: int) -> Step:
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
        op = known(node.op)
        if op is None or len(node.operands) > 4:
            return ""
        # The rule is applied to leaves that carry the names: its result is the formula, as a graph.
        with watched_by():
            row: list[Any] = [
                constant if x is None else Value(self.trace.nodes[x].data, label=self.name(x))
                for x, constant in zip(node.operands, node.constants, strict=True)
            ]
            out = Value(node.data, label=node.name)
            wanted = [place == slot for place in range(len(row))]
            rule = op.local_derivatives(op.grouped(row), out, wanted)[slot]
        return written(rule) if isinstance(rule, Value) else ""


def is_saturated(node: Node, local: float | None) -> bool:
    """Whether this local derivative is below a tenth of the largest that the activation of the node has."""
    op = known(node.op)
    if not isinstance(op, Activation) or local is None or op.steepest != op.steepest:
        return False
    largest = abs(op.derivative(op.steepest, *[x for x in node.constants[1:] if x is not None]))
    return bool(abs(local) < largest * tokens()["saturation"]["local_below_fraction_of_max"])


def _times(local: float) -> str:
    if abs(local) == 1.0:
        return "just as far" if local > 0 else "just as far the other way"
    return f"{value_text(local)} times as far"


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
    if op is None or not op.lists:
        return f"{name}({', '.join(operands)})"
    parts = [
        f"[{', '.join(part if len(part) <= 4 else [*part[:2], '…', part[-1]])}]" if isinstance(part, list) else part
        for part in op.grouped(operands)
    ]
    return f"{name}({', '.join(parts)})"


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
        return f"{op.name}({', '.join(written(x) for x in operands)})"
    if len(operands) == 1:
        return _bracketed(f"{op.symbol}{written(operands[0], 3)}", binding > 1)
    if op.infix == "**" and operands[1] == 1.0:
        return written(operands[0], binding)
    tight = BINDING[op.infix]
    left, right = written(operands[0], tight), written(operands[1], tight + 1)
    return _bracketed(f"{left} {'**' if op.infix == '**' else op.symbol} {right}", binding > tight)


def _bracketed(text: str, needed: bool) -> str:
    return f"({text})" if needed else text
