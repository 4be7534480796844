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
"""

from __future__ import annotations

import json
import linecache
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar, overload

from autograd.draw.text import clean
from autograd.errors import TraceError, UnknownOpError
from autograd.graph import topological_order
from autograd.op import find
from autograd.optim import Optimizer
from autograd.value import Value
from autograd.watching import Watcher, watch

FORMAT = "stepgrad trace"
VERSION = 1
KINDS = ("create", "order", "seed", "visit", "contribute", "finish", "update")
PACKAGE = str(Path(__file__).parents[1])


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
    """Nodes and events, in the order of what happened."""

    nodes: list[Node] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def to_json(self) -> str:
        """The trace as JSON text; nan and ±inf as words, since JSON has no such numbers."""
        content = {
            "format": FORMAT,
            "version": VERSION,
            "nodes": [_sparse(asdict(node)) for node in self.nodes],
            "events": [_sparse(asdict(event)) for event in self.events],
        }
        return json.dumps(_worded(content), allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """The trace that `to_json` wrote.

        Raises:
            TraceError: the text is damaged, foreign, or of a newer version.
        """
        try:
            content = json.loads(text)
        except ValueError as error:
            raise TraceError(f"the trace is damaged or no JSON: {error}") from None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise TraceError(f"this is no {FORMAT}")
        if content.get("version") != VERSION:
            raise TraceError(f"the trace has version {content.get('version')!r}, this release reads {VERSION}")
        nodes = [_node_from(number, facts) for number, facts in enumerate(_list(content, "nodes"))]
        events = [_event_from(number, facts, len(nodes)) for number, facts in enumerate(_list(content, "events"))]
        return cls(nodes, events)


# ---------------------------------------------------------------- making a trace


@overload
def trace(root: Value) -> Trace: ...
@overload
def trace(root: None = None) -> Any: ...
def trace(root: Value | None = None) -> Any:
    """The trace of one backward pass from `root` over the graph that exists; no gradient is changed by it.

    Without a root it is a context manager: what happens in the block is traced as it happens, forward passes with
    the lines of your code, every `backward()`, every update.

    >>> x = Value(3.0, label="x")
    >>> [event.kind for event in trace(x * x).events]
    ['create', 'create', 'order', 'order', 'seed', 'finish', 'visit', 'contribute', 'contribute', 'finish']

    >>> with trace() as happened:
    ...     y = x * x
    ...     y.backward()
    >>> last = happened.events[-1]
    >>> last.kind, happened.nodes[last.node].name, last.after
    ('finish', 'x', 6.0)
    """
    if root is None:
        return _traced_block()
    if not isinstance(root, Value):
        raise TypeError(f"only a Value can be traced, got {type(root).__name__} {root!r:.60}")
    recorder = _Recorder()
    order = topological_order(root)
    for node in order:
        recorder.number(node)
    gradients = [node.grad for node in order]
    try:
        for node in order:
            node.grad = 0.0
        recorder.run(root)
    finally:
        for node, gradient in zip(order, gradients, strict=True):
            node.grad = gradient
    recorder.finish()
    return recorder.trace


@contextmanager
def _traced_block() -> Iterator[Trace]:
    recorder = _Recorder()
    try:
        with watch(recorder):
            yield recorder.trace
    finally:
        recorder.finish()


class _Recorder(Watcher):
    """Writes down what happens. Names are taken at the end, as labels are often given after the fact."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.numbers: dict[Value, int] = {}
        self.data: list[float] = []
        self.sources: list[Source | None] = []
        self.before: dict[Value, float] = {}

    def number(self, value: Value, source: Source | None = None) -> int:
        """The number of a value in the trace; one that was not known is entered, after its operands."""
        if value not in self.numbers:
            for node in topological_order(value):
                if node not in self.numbers:
                    self.numbers[node] = len(self.numbers)
                    self.data.append(node.data)
                    self.sources.append(source if node is value else None)
                    self.trace.events.append(Event("create", self.numbers[node]))
        return self.numbers[value]

    def made(self, node: Value) -> None:
        self.number(node, user_line())

    def moved(self, value: Value, before: float) -> None:
        self.trace.events.append(
            Event("update", self.number(value), before=before, after=value.data, rule=_who_moves())
        )

    def passing(self, root: Value) -> None:
        self.before = {node: node.grad for node in topological_order(root)}

    def passed(self, root: Value) -> None:
        for node, gradient in self.before.items():
            node.grad = gradient
        self.run(root)  # the same additions in the same order: it ends where the pass ended, to the bit

    def run(self, root: Value) -> None:
        """One backward pass over the nodes themselves, slot by slot, each step told."""
        tell = self.trace.events.append
        order = topological_order(root)
        waiting: Counter[Value] = Counter()
        for node in order:
            waiting.update(dict.fromkeys(node.parents, 1) if node.is_by_hand else Counter(node.parents))
            tell(Event("order", self.number(node)))
            if not node.is_leaf:
                node.grad = 0.0

        def finish(node: Value) -> None:
            tell(Event("finish", self.numbers[node], after=node.grad))

        before = root.grad
        root.grad = before + 1.0
        tell(Event("seed", self.numbers[root], before=before, after=root.grad))
        finish(root)
        for node in reversed(order):
            if node.is_leaf:
                continue
            tell(Event("visit", self.numbers[node], upstream=node.grad))
            for contribution in self._contributions(node):
                tell(contribution)
            for operand in dict.fromkeys(node.parents):
                waiting[operand] -= 1 if node.is_by_hand else node.parents.count(operand)
                if waiting[operand] == 0:
                    finish(operand)

    def _contributions(self, node: Value) -> Iterator[Event]:
        if node.is_by_hand:
            befores = {operand: operand.grad for operand in node.parents}
            node._backward()
            for operand, before in befores.items():
                yield Event(
                    "contribute",
                    self.numbers[node],
                    slot=node.operands.index(operand),
                    operand=self.numbers[operand],
                    upstream=node.grad,
                    product=operand.grad - before,
                    before=before,
                    after=operand.grad,
                )
            return
        upstream = node.grad
        for slot, (operand, local) in enumerate(zip(node.operands, node.partials, strict=True)):
            if local is None:
                continue
            before = operand.grad
            product = upstream * local
            operand.grad = before + product
            numbers = (slot, self.numbers[operand], upstream, local, product, before, operand.grad)
            yield Event("contribute", self.numbers[node], *numbers)

    def finish(self) -> None:
        """Turn the values into the nodes of the trace."""
        taken: set[str] = set()
        for value, number in self.numbers.items():
            name = clean(str(value.label)) or f"v{number}"
            taken.add(name := name if name not in taken else f"{name}.{number}")
            operands = value.operands
            self.trace.nodes.append(
                Node(
                    name=name,
                    op="" if value.is_leaf or value.op is None else value.op.name,
                    symbol="" if value.is_leaf or value.op is None else value.op.symbol,
                    operands=tuple(self.numbers.get(x) if isinstance(x, Value) else None for x in operands),
                    constants=tuple(None if isinstance(x, Value) else x for x in operands),
                    partials=value.partials,
                    data=self.data[number],
                    scope=value.scope,
                    source=self.sources[number],
                )
            )


def user_line() -> Source | None:
    """The innermost line being run that is not ours."""
    for frame in _frames():
        file = frame.f_code.co_filename
        if not file.startswith(PACKAGE):
            return Source(file, frame.f_lineno, linecache.getline(file, frame.f_lineno).strip())
    return None


def _who_moves() -> str:
    for frame in _frames():
        optimizer = frame.f_locals.get("self")
        if isinstance(optimizer, Optimizer):
            return type(optimizer).__name__
    source = user_line()
    return source.text if source else ""


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        yield frame
        frame = frame.f_back


# ---------------------------------------------------------------- checking a trace


def verify(trace: Trace) -> None:
    """Recompute every event of a trace from those before it.

    Values and local derivatives are recomputed from the ops' declarations, gradients from the events.

    Raises:
        TraceError: an event is not what follows; the message names the first one.
    """
    data: dict[int, float] = {}
    gradient: dict[int, float] = {}
    ordered: set[int] = set()
    uses: Counter[int] = Counter()

    def check(holds: bool, claim: str) -> None:
        if not holds:
            name = trace.nodes[event.node].name
            raise TraceError(f"event {number} ({event.kind} {name}) is false: {claim}")

    for number, event in enumerate(trace.events):
        node = trace.nodes[event.node]
        if event.kind == "create":
            check(event.node not in data, "the node exists already")
            check(all(x is None or x in data for x in node.operands), "an operand was not created before it")
            data[event.node] = node.data
            _check_node(trace, node, data, check)
        elif event.kind == "order":
            if trace.events[number - 1].kind != "order":  # a pass begins; leaves bring what they have
                ordered.clear()
                uses.clear()
                gradient.clear()
            check(all(x is None or x in ordered for x in node.operands), "an operand is not in the order before it")
            ordered.add(event.node)
            uses.update({x for x in node.operands if x is not None} if _by_hand(node) else _operands(node))
            if node.op:
                gradient[event.node] = 0.0
        elif event.kind == "seed":
            check(_same(event.before, gradient.get(event.node, event.before)), f"the gradient was {event.before}")
            check(_same(event.after, (event.before or 0.0) + 1.0), "a seed adds 1")
            gradient[event.node] = event.after or 0.0
        elif event.kind == "visit":
            check(uses[event.node] == 0, f"{uses[event.node]} of its uses have not spoken yet")
            check(_same(event.upstream, gradient.get(event.node)), f"its gradient is {gradient.get(event.node)}")
        elif event.kind == "contribute":
            slot, operand = event.slot, event.operand
            check(slot is not None and slot < len(node.operands) and node.operands[slot] == operand, "no such operand")
            assert slot is not None
            assert operand is not None
            check(_same(event.upstream, gradient.get(event.node)), "upstream is not the gradient of the node")
            check(_same(event.local, node.partials[slot]), f"the local derivative is {node.partials[slot]}")
            if event.local is not None:
                product = (event.upstream or 0.0) * event.local
                check(_same(event.product, product), f"upstream × local is {product}")
                check(_same(event.after, (event.before or 0.0) + product), "before + product is not after")
            check(_same(event.before, gradient.get(operand, event.before)), f"it had {gradient.get(operand)}")
            gradient[operand] = event.after or 0.0
            uses[operand] -= 1
        elif event.kind == "finish":
            check(uses[event.node] == 0, f"{uses[event.node]} of its uses have not spoken yet")
            check(_same(event.after, gradient.get(event.node)), f"its gradient is {gradient.get(event.node)}")
        elif event.kind == "update":
            check(_same(event.before, data.get(event.node, event.before)), f"it was {data.get(event.node)}")
            data[event.node] = event.after or 0.0


def _check_node(trace: Trace, node: Node, data: dict[int, float], check: Callable[[bool, str], None]) -> None:
    if not node.op or _by_hand(node):
        return
    try:
        op = find(node.op)
    except UnknownOpError as error:
        raise TraceError(f"{node.name} cannot be checked: {error}") from None
    row = [constant if x is None else data[x] for x, constant in zip(node.operands, node.constants, strict=True)]
    arguments = op.grouped(row)
    out = op.forward(*arguments)
    check(_same(out, node.data), f"{op.name} of its operands is {out}")
    partials = op.local_derivatives(arguments, out, [x is not None for x in node.operands])
    check(all(map(_same, partials, node.partials)), f"the local derivatives are {partials}")


def _operands(node: Node) -> list[int]:
    return [x for x in node.operands if x is not None]


def _by_hand(node: Node) -> bool:
    return any(x is not None and d is None for x, d in zip(node.operands, node.partials, strict=True))


def _same(a: float | None, b: float | None) -> bool:
    """Equal to the bit, nan equal to nan."""
    return a == b or (a is not None and b is not None and math.isnan(a) and math.isnan(b))


# ---------------------------------------------------------------- JSON

T = TypeVar("T", Node, Event)


def _sparse(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value not in (None, "", ())}


def _worded(tree: Any) -> Any:
    if isinstance(tree, float) and not math.isfinite(tree):
        return repr(tree)
    if isinstance(tree, dict):
        return {key: _worded(value) for key, value in tree.items()}
    return [_worded(item) for item in tree] if isinstance(tree, list | tuple) else tree


def _list(content: dict[str, Any], key: str) -> list[Any]:
    if not isinstance(content.get(key), list):
        raise TraceError(f"the trace is damaged: it has no list of {key}")
    return content[key]  # type: ignore[no-any-return]


def _node_from(number: int, facts: Any) -> Node:
    try:
        count = len(facts.get("operands", ()))
        node = Node(
            name=_string(facts["name"]),
            op=_string(facts.get("op", "")),
            symbol=_string(facts.get("symbol", "")),
            operands=tuple(None if x is None else _index(x, number) for x in facts.get("operands", ())),
            constants=tuple(map(_optional, facts.get("constants", ()))),
            partials=tuple(map(_optional, facts.get("partials", ()))),
            data=_real(facts["data"]),
            scope=tuple(map(_string, facts.get("scope", ()))),
            source=Source(**facts["source"]) if "source" in facts else None,
        )
        if not len(node.constants) == len(node.partials) == count:
            raise ValueError("operands, constants and partials differ in number")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TraceError(f"the trace is damaged: node {number} is unreadable ({error})") from None
    return node


def _event_from(number: int, facts: Any, count: int) -> Event:
    try:
        if facts["kind"] not in KINDS:
            raise ValueError(f"unknown kind {facts['kind']!r}")
        return Event(
            kind=facts["kind"],
            node=_index(facts["node"], count),
            slot=None if "slot" not in facts else _index(facts["slot"], sys.maxsize),
            operand=None if "operand" not in facts else _index(facts["operand"], count),
            rule=_string(facts.get("rule", "")),
            **{key: _optional(facts.get(key)) for key in ("upstream", "local", "product", "before", "after")},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TraceError(f"the trace is damaged: event {number} is unreadable ({error})") from None


def _index(x: Any, count: int) -> int:
    if type(x) is not int or not 0 <= x < count:
        raise ValueError(f"no node has the number {x!r} there")
    return x


def _string(x: Any) -> str:
    if not isinstance(x, str):
        raise TypeError(f"text was expected, got {x!r}")
    return x


def _optional(x: Any) -> float | None:
    return None if x is None else _real(x)


def _real(x: Any) -> float:
    if isinstance(x, bool) or not (isinstance(x, int | float) or x in ("nan", "inf", "-inf")):
        raise TypeError(f"a number was expected, got {x!r}")
    return float(x)
