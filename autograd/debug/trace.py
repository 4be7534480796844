"""What happened, as plain data: the nodes of a graph, and the events of a forward pass, a backward pass, an update.

    create      a node was computed from its operands
    order       the next node of the topological order was found
    seed        the root got the gradient 1
    visit       a node passes its gradient on; all its uses have spoken
    contribute  one operand slot got upstream gradient × local derivative, added to what it had
    finish      the last contribution to a node has come
    update      somebody moved a value, as an optimiser does

A trace can be stored as JSON, read back, and checked event by event. Everything that steps through backprop, in
the terminal, in a notebook or on a page, reads a trace and nothing else.

A pass is determined by its graph, the gradients that the leaves bring, and what nodes made by hand add. So a traced
block notes only these, and `_pass_events` works the events out when somebody looks; `verify` works them out again.
"""

from __future__ import annotations

import json
import linecache
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import takewhile
from numbers import Integral
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, overload

from autograd.draw.text import clean
from autograd.errors import GraphError, TraceError
from autograd.graph import topological_order
from autograd.op import find
from autograd.optim import Optimizer
from autograd.value import Value
from autograd.watching import Watcher, watch, watched_by

FORMAT = "stepgrad trace"
VERSION = 1
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
OURS = (str(Path(__file__).parents[1]) + os.sep, "<frozen ")


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


@dataclass(frozen=True)
class Event:
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
        content = {
            "format": FORMAT,
            "version": VERSION,
            "nodes": [_sparse(asdict(node)) for node in self.nodes],
            "events": [_sparse(vars(event)) for event in self.events],
        }
        return json.dumps(_worded(content), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """The trace that `to_json` wrote.

        Raises:
            TraceError: the text is damaged, foreign, or of a newer version.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise TraceError(f"the trace is damaged or no JSON: {error}") from None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise TraceError(f"this is no {FORMAT}")
        version = content.get("version")
        if type(version) is not int or version != VERSION:
            raise TraceError(f"the trace has version {version!r:.20}, this release reads {VERSION}")
        trace = cls()
        parts: list[tuple[str, list[Any], Callable[..., Any]]]
        parts = [("nodes", trace.nodes, _node_from), ("events", trace.events, _event_from)]
        for key, kept, read in parts:
            if not isinstance(content.get(key), list):
                raise TraceError(f"the trace is damaged: it has no list of {key}")
            for number, facts in enumerate(content[key]):
                try:
                    kept.append(read(facts, trace.nodes))
                except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
                    raise TraceError(f"the trace is damaged: {key[:-1]} {number} is unreadable ({error})") from None
        return trace


# ---------------------------------------------------------------- making a trace


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


@dataclass(frozen=True)
class _Pass:
    """What a backward pass is worked out from.

    Attributes:
        order: topological, the root last.
        brought: the gradients that leaves had before it; 0 for those that are missing.
        by_hand: for a node made by hand and an operand the gradient that it left there.
    """

    order: list[int]
    brought: dict[int, float]
    by_hand: dict[tuple[int, int], float]


class _Recorder(Watcher):
    """Notes what happens, in as little time as will do, and in the end makes plain data of the notes.

    A note is ("create", node, its file and line), ("update", value, before, after, rule), or ("pass", the
    topological order, the gradients that leaves brought, those that nodes made by hand left at their operands).
    """

    def __init__(self) -> None:
        self.notes: list[tuple[Any, ...]] = []
        self.first: dict[Value, float] = {}  # what stood in values before they moved
        self.begun: dict[Value, tuple[list[Value], dict[Value, float]]] = {}
        self.numbers: dict[Value, int] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.still: list[int | Event | _Pass] = []  # what happened until something moved
        self.moving: list[int | Event | _Pass] = []  # and from then on

    def made(self, node: Value) -> None:
        frame = _user_frame()
        self.notes.append(("create", node, frame and (frame.f_code.co_filename, frame.f_lineno)))

    def moved(self, value: Value, before: float) -> None:
        self.first.setdefault(value, before)
        self.notes.append(("update", value, before, value.data, _who_moves()))

    def passing(self, root: Value) -> None:
        order = topological_order(root)
        self.begun[root] = order, {node: node.grad for node in order if node.is_leaf}

    def passed(self, root: Value) -> None:
        self.note_pass(*self.begun.pop(root))

    def note_pass(self, order: list[Value], brought: dict[Value, float]) -> None:
        """Note a pass over these nodes, each of which brings the gradient given here, or 0."""
        by_hand = _left_by_hand(order, brought) if any(node.is_by_hand for node in order) else {}
        self.notes.append(("pass", order, brought, by_hand))

    def taken(self) -> Callable[[], tuple[list[Node], list[Event]]]:
        """What works out the nodes and events. It holds no value any longer, and the labels that they have now."""
        happened = self.still
        for note in self.notes:
            if note[0] == "create":
                happened.append(self.enter(note[1], note[2]))
            elif note[0] == "update":
                _, value, before, after, rule = note
                number = self.number(value)
                happened = self.moving
                happened.append(Event("update", number, before=before, after=after, rule=rule))
            else:
                _, order, brought, by_hand = note
                order = [self.number(node) for node in order]
                brought = {self.numbers[leaf]: gradient for leaf, gradient in brought.items()}
                by_hand = {(self.numbers[node], self.numbers[x]): after for (node, x), after in by_hand.items()}
                happened.append(_Pass(order, brought, by_hand))
        places = dict.fromkeys(row[-1] for row in self.rows if row[-1] is not None)
        for file in {file for file, _ in places}:
            linecache.checkcache(file)
        sources = {(file, line): Source(file, line, _text(file, line)) for file, line in places}
        return partial(_worked_out, self.rows, sources, self.still + self.moving)

    def number(self, value: Value) -> int:
        """The number of a value. One without was made before the block, and so before anything moved."""
        if value not in self.numbers:
            for older in topological_order(value):
                if older not in self.numbers:
                    self.still.append(self.enter(older, None))
        return self.numbers[value]

    def enter(self, value: Value, place: tuple[str, int] | None) -> int:
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
                if node.is_by_hand and node._d_a is None:
                    raise GraphError(f"the node {node._op!r} was made by hand and has no _backward: set out._backward")
                node.pass_on()
                if node.is_by_hand:
                    found.update({(node, operand): operand.grad for operand in node.parents})
    finally:
        for node, gradient in zip(order, gradients, strict=True):
            node.grad = gradient
    return found


def _worked_out(
    rows: list[tuple[Any, ...]], sources: dict[tuple[str, int], Source], happened: list[int | Event | _Pass]
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
        if isinstance(what, _Pass):
            events += _pass_events(nodes, what)
        else:
            events.append(Event("create", what) if isinstance(what, int) else what)
    return nodes, events


def _pass_events(nodes: Sequence[Node], given: _Pass) -> Iterator[Event]:
    """The events of one backward pass: the chain rule, each step told."""
    gradient = dict.fromkeys(given.order, 0.0) | given.brought
    waiting = Counter[int]()  # for each node the uses that have not spoken yet
    for number in given.order:
        waiting.update(operand for _, operand, _ in _slots(nodes[number]))
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
        speaks = list(_slots(node))
        for slot, operand, local in speaks:
            before = gradient[operand]
            if local is None:
                after = given.by_hand.get((number, operand), math.nan)
                product = after - before
            else:
                product = upstream * local
                after = before + product
            gradient[operand] = after
            yield Event("contribute", number, slot, operand, upstream, local, product, before, after)
        for _, operand, _ in speaks:
            waiting[operand] -= 1
            if not waiting[operand]:
                yield Event("finish", operand, after=gradient[operand])


def _slots(node: Node) -> Iterator[tuple[int, int, float | None]]:
    """Through which slots a node passes its gradient on, to which operands, with which local derivatives.

    A node made by hand has none of these, and adds to each operand at one go, however many slots it stands in.
    """
    for slot, (operand, local) in enumerate(zip(node.operands, node.partials, strict=True)):
        if operand is not None and (local is not None or operand not in node.operands[:slot]):
            yield slot, operand, local


def user_line() -> Source | None:
    """The innermost line being run that is not ours."""
    if (frame := _user_frame()) is None:
        return None
    place = frame.f_code.co_filename, frame.f_lineno
    return Source(*place, _text(*place))


def _user_frame() -> FrameType | None:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    return frame


def _text(file: str, line: int) -> str:
    return linecache.getline(file, line).strip()


def _who_moves() -> str:
    """The optimiser that moves a value, or the line of code."""
    frame: FrameType | None = sys._getframe(2)
    # Only our own frames are asked for their variables: CPython 3.11 and 3.12 would keep those of the user alive.
    while frame is not None and frame.f_code.co_filename.startswith(OURS):
        optimizer = frame.f_locals.get("self")
        if isinstance(optimizer, Optimizer):
            return type(optimizer).__name__
        frame = frame.f_back
    return "" if frame is None else _text(frame.f_code.co_filename, frame.f_lineno)


# ---------------------------------------------------------------- checking a trace


def verify(trace: Trace) -> None:
    """Recompute every event of a trace from those before it.

    Values and local derivatives are recomputed from the ops' declarations, gradients from the events. What nothing
    determines is taken as it stands: the numbers of leaves and the gradients that they bring, what was done by hand,
    where an update leads.

    Raises:
        TraceError: an event is not what follows; the message names the first one.
    """
    _Checker(trace).run()


class _Checker:
    """Goes through a trace event by event; `data` holds the numbers of the nodes that exist at `place`."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.place = 0
        self.data: dict[int, float | None] = {}

    def run(self) -> None:
        while self.place < len(self.trace.events):
            event = self.trace.events[self.place]
            if event.kind == "create":
                self.check_creation(event.node)
                self.check(Event("create", event.node))
            elif event.kind == "update":
                if event.node not in self.data:
                    raise self.false("the node was not created before it")
                before = self.data[event.node]
                self.check(Event("update", event.node, before=before, after=event.after, rule=event.rule))
                self.data[event.node] = event.after
            else:
                for true in _pass_events(self.trace.nodes, self.claimed_pass()):
                    self.check(true)

    def check(self, true: Event) -> None:
        """Compare the event at this place, and go on to the next."""
        event = self.trace.events[self.place] if self.place < len(self.trace.events) else None
        if event is None or (event.kind, event.node) != (true.kind, true.node):
            raise self.false(f"next comes {true.kind} {self.name(true.node)}")
        for key, right in vars(true).items():
            claimed = getattr(event, key)
            if repr(claimed) != repr(right):  # to the bit: nan is nan, and 0.0 is not -0.0
                raise self.false(f"{key} is {right!r}, not {claimed!r}")
        self.place += 1

    def false(self, claim: str) -> TraceError:
        if self.place >= len(self.trace.events):
            return TraceError(f"the trace breaks off after event {self.place - 1}: {claim}")
        event = self.trace.events[self.place]
        return TraceError(f"event {self.place} ({event.kind} {self.name(event.node)}) is false: {claim}")

    def name(self, number: int) -> str:
        return self.trace.nodes[number].name if number in range(len(self.trace.nodes)) else f"node {number}"

    def check_creation(self, number: int) -> None:
        """That a node is new, and follows from its operands."""
        if number in self.data or number not in range(len(self.trace.nodes)):
            raise self.false("the node exists already" if number in self.data else "there is no such node")
        node = self.trace.nodes[number]
        if any(x is not None and x not in self.data for x in node.operands):
            raise self.false("an operand was not created before it")
        self.data[number] = node.data
        if not node.op or is_by_hand(node):
            return
        operands = zip(node.operands, node.constants, strict=True)
        try:
            op = find(node.op)
            arguments = op.grouped([constant if x is None else self.data[x] for x, constant in operands])
            out = float(op.forward(*arguments))
            wanted = [x is not None for x in node.operands]
            partials = tuple(d if d is None else float(d) for d in op.local_derivatives(arguments, out, wanted))
        except Exception as error:  # what a file says may fit no op, or be refused by its formula
            raise self.false(f"it cannot be computed: {error}") from None
        if repr(out) != repr(node.data):
            raise self.false(f"{op.name} of its operands is {out!r}, not {node.data!r}: did one move since?")
        if repr(partials) != repr(node.partials):
            raise self.false(f"its local derivatives are {partials}, not {node.partials}")

    def claimed_pass(self) -> _Pass:
        """The pass that begins here: its order, which is checked, and the gradients that nothing in it determines."""
        nodes, start = self.trace.nodes, self.place
        order: dict[int, None] = {}
        used: set[int | None] = set()
        for event in takewhile(lambda event: event.kind == "order", self.trace.events[start:]):
            if event.node not in self.data or event.node in order:
                raise self.false("the node is in the order already" if event.node in order else "there is no such node")
            if any(x is not None and x not in order for x in nodes[event.node].operands):
                raise self.false("an operand is not in the order before it")
            order[event.node] = None
            used.update(nodes[event.node].operands)
            self.place += 1
        if not order:
            raise self.false("no backward pass has begun")
        *others, root = order
        if idle := [x for x in others if x not in used]:
            raise self.false(f"the order ends with {self.name(root)}, to which {self.name(idle[0])} does not lead")
        brought: dict[int, float] = {}
        by_hand: dict[tuple[int, int], float] = {}
        for event in takewhile(lambda event: event.kind != "order", self.trace.events[self.place :]):
            receiver = event.node if event.kind == "seed" else event.operand
            if receiver in order and not nodes[receiver].op and event.before is not None:
                brought.setdefault(receiver, event.before)
            if event.operand is not None and event.local is None and event.after is not None:
                by_hand.setdefault((event.node, event.operand), event.after)
        self.place = start
        return _Pass(list(order), brought, by_hand)


def is_by_hand(node: Node) -> bool:
    """Whether a node was made by hand: nobody knows its formula and its local derivatives."""
    return bool(node.operands) and node.partials.count(None) == len(node.partials)


# ---------------------------------------------------------------- JSON


def _sparse(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value not in (None, "", ())}


def _worded(tree: Any) -> Any:
    if isinstance(tree, float) and not math.isfinite(tree):
        return repr(tree)
    if isinstance(tree, dict):
        return {key: _worded(value) for key, value in tree.items()}
    return [_worded(item) for item in tree] if isinstance(tree, list | tuple) else tree


def _node_from(facts: Any, nodes: list[Node]) -> Node:
    """A node read from JSON, which may be computed from those before it."""
    _refuse_strangers(facts, Node.__dataclass_fields__)
    source = facts.get("source")
    if source is not None:
        _refuse_strangers(source, Source.__dataclass_fields__)
        source = Source(_string(source["file"]), _index(source["line"], sys.maxsize), _string(source["text"]))
    node = Node(
        name=_string(facts["name"]),
        op=_string(facts.get("op", "")),
        symbol=_string(facts.get("symbol", "")),
        operands=tuple(None if x is None else _index(x, len(nodes)) for x in _items(facts, "operands")),
        constants=tuple(None if x is None else _constant(x) for x in _items(facts, "constants")),
        partials=tuple(None if x is None else _float(x) for x in _items(facts, "partials")),
        data=_float(facts["data"]),
        scope=tuple(map(_string, _items(facts, "scope"))),
        source=source,
    )
    if not node.name:
        raise ValueError("it has no name")
    if bool(node.op) != bool(node.operands):
        raise ValueError("a computed node has an op and operands, a leaf has neither")
    for operand, constant, local in zip(node.operands, node.constants, node.partials, strict=True):
        if (operand is None) == (constant is None):
            raise ValueError("a slot holds either a node or a number")
        if (operand is None) != (local is None) and not is_by_hand(node):
            raise ValueError("a slot has a local derivative if it holds a node")
    return node


def _event_from(facts: Any, nodes: list[Node]) -> Event:
    """An event read from JSON that has just what its kind needs."""
    kind = facts["kind"]
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r:.60}")
    _refuse_strangers(facts, ("kind", "node", *FIELDS[kind]))
    found = {key: _field(key, facts[key]) for key in FIELDS[kind] if key in facts}
    if missing := set(FIELDS[kind]) - {"local", "rule"} - set(found):
        raise ValueError(f"it has no {min(missing)}")
    event = Event(kind, _index(facts["node"], len(nodes)), **found)
    if kind == "contribute":
        node, slot = nodes[event.node], found["slot"]
        if node.operands[slot] != event.operand or (node.partials[slot] is None) != (event.local is None):
            raise ValueError("no such operand, or no such local derivative, belongs to the slot")
    return event


def _field(key: str, x: Any) -> Any:
    if key == "rule":
        return _string(x)
    return _index(x) if key in ("slot", "operand") else _float(x)


def _refuse_strangers(facts: dict[str, Any], known: Iterable[str]) -> None:
    if strangers := facts.keys() - set(known):
        raise ValueError(f"unknown: {min(strangers):.60}")


def _items(facts: dict[str, Any], key: str) -> list[Any]:
    items = facts.get(key, [])
    if not isinstance(items, list):
        raise TypeError(f"{key} must be a list, got {items!r:.60}")
    return items


def _index(x: Any, count: int = sys.maxsize) -> int:
    if type(x) is not int or not 0 <= x < count:
        raise ValueError(f"no number of a node, a slot or a line: {x!r:.60}")
    return x


def _string(x: Any) -> str:
    if not isinstance(x, str):
        raise TypeError(f"text was expected, got {x!r:.60}")
    return x


def _float(x: Any) -> float:
    if type(x) not in (int, float) and x not in ("nan", "inf", "-inf"):
        raise TypeError(f"a number was expected, got {x!r:.60}")
    return float(x)


def _constant(x: Any) -> float:
    """A plain number; a whole one stays whole, as an index must."""
    return x if type(x) is int and _float(x) == x else _float(x)
