"""Making a trace: of a graph that exists, or of all that happens in a block. What a trace is made of: `events.py`.

A trace can be stored as JSON, read back, and checked event by event. Everything that steps through backprop, in
the terminal, in a notebook or on a page, reads a trace and nothing else.

A traced block only notes what a pass is determined by; its events are worked out when somebody looks.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from numbers import Integral
from typing import TYPE_CHECKING, Any, overload

from autograd.debug.callers import text_of, who_moves
from autograd.debug.events import Event, Node, Pass, Source, pass_events
from autograd.debug.stored import restored, stored
from autograd.draw.text import clean
from autograd.errors import GraphError
from autograd.graph import topological_order
from autograd.value import Value
from autograd.watching import Place, Watcher, watch, watched_by

__all__ = ["Event", "Node", "Source", "Trace", "trace"]


@dataclass
class Trace:
    """Nodes and events, in the order of what happened. Of a traced block they are there when the block has ended."""

    nodes: list[Node] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def work_out_later(self, work: Callable[[], tuple[list[Node], list[Event]]]) -> None:
        """Have nodes and events made by `work`, which takes longer than to trace, when somebody asks for them."""
        del self.nodes, self.events
        self._work = work

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            if name not in ("nodes", "events"):
                raise AttributeError(f"a Trace has no {name!r}")
            self.nodes, self.events = self._work()
            del self._work
            return vars(self)[name]

    def to_json(self) -> str:
        """The trace as JSON text, in ASCII, as `trace.schema.json` describes it; nan and ±inf are written as words."""
        return stored(self.nodes, self.events)

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """The trace that `to_json` wrote.

        Raises:
            TraceError: the text is damaged, foreign, or of a newer version.
        """
        return cls(*restored(text))


@overload
def trace(root: Value) -> Trace: ...
@overload
def trace(root: None = None) -> AbstractContextManager[Trace]: ...
def trace(root: Value | None = None) -> Trace | AbstractContextManager[Trace]:
    """The trace of one backward pass from `root` over the graph that exists; no gradient is changed by it.

    Without a root it is a context manager: what happens in the block is traced as it happens, forward passes with
    the lines of your code, every `backward()`, every update. The `_backward` of a node made by hand is called once
    more after each pass, to see what it adds.

    Trace a graph before you update: a value that has moved since the forward pass stands in it as it is now.

    >>> x = Value(3.0, label="x")
    >>> [event.kind for event in trace(x * x).events]
    ['create', 'create', 'order', 'order', 'seed', 'finish', 'visit', 'contribute', 'contribute', 'finish']

    >>> with trace() as happened:
    ...     y = x * x
    ...     y.backward()
    >>> last = happened.events[-1]
    >>> last.kind, happened.nodes[last.node].name, last.after
    ('finish', 'x', 6.0)

    Raises:
        TypeError: root is no Value.
        GraphError: a node made by hand has no `_backward`.
    """
    if root is None:
        return _traced_block()
    if not isinstance(root, Value):
        raise TypeError(f"only a Value can be traced, got {type(root).__name__} {root!r:.60}")
    recorder = _Recorder()
    recorder.note_pass(topological_order(root), {})
    return Trace(*recorder.taken()())


@contextmanager
def _traced_block() -> Iterator[Trace]:
    recorder, trace = _Recorder(), Trace()
    try:
        with watch(recorder):
            yield trace
    finally:
        trace.work_out_later(recorder.taken())


class _Recorder(Watcher):
    """Notes what happens, in as little time as will do, and in the end makes plain data of the notes.

    New nodes stand in `places`. A note is how many they were, and ("update", value, before, after, rule) or ("pass",
    the topological order, the gradients that leaves brought, those that nodes made by hand left at their operands).
    """

    def __init__(self) -> None:
        self.places: dict[Value, Place | None] = {}
        self.notes: list[tuple[int, tuple[Any, ...]]] = []
        self.first: dict[Value, float] = {}  # what stood in values before they moved
        self.begun: dict[Value, tuple[list[Value], dict[Value, float]]] = {}
        self.numbers: dict[Value, int] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.still: list[int | Event | Pass] = []  # what happened until something moved
        self.moving: list[int | Event | Pass] = []  # and from then on

    def moved(self, value: Value, before: float) -> None:
        self.first.setdefault(value, before)
        self.note("update", value, before, value.data, who_moves())

    def passing(self, root: Value) -> None:
        order = topological_order(root)
        self.begun[root] = order, {node: node.grad for node in order if node.is_leaf}

    def passed(self, root: Value) -> None:
        self.note_pass(*self.begun.pop(root))

    def note_pass(self, order: list[Value], brought: dict[Value, float]) -> None:
        """Note a pass over these nodes, each of which brings the gradient given here, or 0."""
        by_hand = _left_by_hand(order, brought) if any(node.is_by_hand for node in order) else {}
        self.note("pass", order, brought, by_hand)

    def note(self, *what: Any) -> None:
        """Note what happens after the nodes that are there."""
        self.notes.append((len(self.places), what))

    def taken(self) -> Callable[[], tuple[list[Node], list[Event]]]:
        """What works out the nodes and events. It holds no value any longer, and the labels that they have now."""
        happened = self.still
        made, entered = iter(self.places.items()), 0
        for count, (kind, *facts) in [*self.notes, (len(self.places), ("end",))]:
            for node, place in islice(made, count - entered):
                happened.append(self.enter(node, place))
            entered = count
            if kind == "update":
                value, before, after, rule = facts
                number = self.number(value)
                happened = self.moving
                happened.append(Event("update", number, before=before, after=after, rule=rule))
            elif kind == "pass":
                order, brought, by_hand = facts
                order = [self.number(node) for node in order]
                brought = {self.numbers[leaf]: gradient for leaf, gradient in brought.items()}
                by_hand = {(self.numbers[node], self.numbers[x]): after for (node, x), after in by_hand.items()}
                happened.append(Pass(order, brought, by_hand))
        places = dict.fromkeys(row[-1] for row in self.rows if row[-1] is not None)
        for file in {file for file, _ in places}:
            linecache.checkcache(file)
        sources = {(file, line): Source(file, line, text_of(file, line)) for file, line in places}
        return partial(_worked_out, self.rows, sources, self.still + self.moving)

    def number(self, value: Value) -> int:
        """The number of a value. One without was made before the block, and so before anything moved."""
        if value not in self.numbers:
            for older in topological_order(value):
                if older not in self.numbers:
                    self.still.append(self.enter(older, None))
        return self.numbers[value]

    def enter(self, value: Value, place: Place | None) -> int:
        """Give a value the next number."""
        operands = value.operands
        known = tuple([self.numbers.get(x) for x in operands])
        constants: tuple[Any, ...] = (None,) * len(known)
        if None in known:
            known = tuple([self.number(x) if isinstance(x, Value) else None for x in operands])
            constants = tuple([None if isinstance(x, Value) else x for x in operands])
        number = self.numbers[value] = len(self.numbers)
        op = value.op if operands else None  # a leaf made by hand may have one
        data = self.first.get(value, value.data)
        self.rows.append((op, str(value.label), known, constants, value.partials, data, value.scope, place))
        return number


def _left_by_hand(order: list[Value], brought: dict[Value, float]) -> dict[tuple[Value, Value], float]:
    """The gradients that each node made by hand leaves at its operands. All gradients stay as they are."""
    found = {}
    gradients = [node.grad for node in order]
    try:
        for node in order:
            node.grad = brought.get(node, 0.0)
        order[-1].grad += 1.0
        with watched_by():
            for node in reversed(order):
                if node.is_by_hand and node.own_backward is None:
                    raise GraphError(f"the node {node._op!r} was made by hand and has no _backward: set out._backward")
                node.pass_on()
                if node.is_by_hand:
                    found.update({(node, operand): operand.grad for operand in node.parents})
    finally:
        for node, gradient in zip(order, gradients, strict=True):
            node.grad = gradient
    return found


def _worked_out(
    rows: list[tuple[Any, ...]], sources: dict[tuple[str, int], Source], happened: list[int | Event | Pass]
) -> tuple[list[Node], list[Event]]:
    """The nodes and events of what a recorder has taken down."""
    nodes: list[Node] = []
    taken: set[str] = set()
    for number, (op, label, operands, constants, partials, data, scope, place) in enumerate(rows):
        name = clean(label) or f"v{number}"
        while name in taken:
            name = f"{name}.{number}"
        taken.add(name)
        constants = tuple(int(x) if isinstance(x, Integral) else x for x in constants)
        if op and op.index and constants[-1] is not None:
            constants = (*constants[:-1], int(constants[-1]))
        symbol = "" if op is None else op.symbol
        op = "" if op is None else op.name or "by hand"
        scope = tuple(map(clean, scope))
        nodes.append(Node(name, op, symbol, operands, constants, partials, data, scope, sources.get(place)))
    events: list[Event] = []
    for what in happened:
        if isinstance(what, Pass):
            events += pass_events(nodes, what)
        else:
            events.append(Event("create", what) if isinstance(what, int) else what)
    return nodes, events
