"""Checking a trace: every event is recomputed from those before it."""

from __future__ import annotations

from itertools import takewhile

from autograd.debug.events import Event, Pass, is_by_hand, pass_events
from autograd.debug.trace import Trace
from autograd.errors import TraceError
from autograd.op import find


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
                for true in pass_events(self.trace.nodes, self.claimed_pass()):
                    self.check(true)

    def check(self, true: Event) -> None:
        """Compare the event at this place, and go on to the next."""
        event = self.trace.events[self.place] if self.place < len(self.trace.events) else None
        if event is None or (event.kind, event.node) != (true.kind, true.node):
            raise self.false(f"next comes {true.kind} {self.name(true.node)}")
        for key, right in true._asdict().items():
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

    def claimed_pass(self) -> Pass:
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
        return Pass(list(order), brought, by_hand)
