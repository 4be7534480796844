"""The passes of a trace, and the graph of each as a tree of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autograd.debug.events import Event
from autograd.debug.trace import Trace
from autograd.draw.tokens import scale_for

DEEPEST = 40  # levels of the tree that one row can show


@dataclass(frozen=True)
class Row:
    """A node under one of its users, or a root.

    Attributes:
        node: which node.
        user: what was computed from it; None for a root.
        rail: what is drawn before its name, two columns a level, for the deepest levels.
        depth: how many levels there are.
        again: whether it stands further up already, with all that is below it.
    """

    node: int
    user: int | None = None
    rail: str = ""
    depth: int = 0
    again: bool = False


class Part:
    """One pass in a trace: forwards, backwards, and the updates after it.

    Attributes:
        rows: its graph as a tree, users above their operands.
        place: for each node the row where it stands.
        root: the node that is seeded; None if none is.
        due: how many contributions each node gets.
        backward: how many events of the trace have happened when the backward pass begins.
        scale: of the bars; one for the whole pass, so that they can be compared.
    """

    def __init__(self, trace: Trace, start: int, end: int) -> None:
        events = trace.events[start:end]
        self.root = next((event.node for event in events if event.kind == "seed"), None)
        self.due = Counter(event.operand for event in events if event.operand is not None)
        self.backward = next((start + i for i, event in enumerate(events) if event.kind == "order"), end)
        self.scale = scale_for(event.after or 0.0 for event in events if event.kind in ("seed", "contribute"))
        nodes = {event.node for event in events} | set(self.due)
        used = {operand for node in nodes for operand in trace.nodes[node].operands}
        self.rows: list[Row] = []
        self.place: dict[int, int] = {}
        waiting = [Row(node) for node in sorted(nodes - used, key=lambda node: (node == self.root, -node))]
        while waiting:
            row = waiting.pop()
            if row.node in self.place:
                self.rows.append(replace(row, again=True))
                continue
            self.place[row.node] = len(self.rows)
            self.rows.append(row)
            above = row.rail[:-2] + {"├ ": "│ ", "└ ": "  "}.get(row.rail[-2:], "")
            joint = "└ "
            for operand in reversed(dict.fromkeys(trace.nodes[row.node].operands)):
                if operand is not None:
                    waiting.append(Row(operand, row.node, (above + joint)[-2 * DEEPEST :], row.depth + 1))
                    joint = "├ "


def beginnings(events: Sequence[Event]) -> list[int]:
    """Where the passes of a trace begin: each with the first event of the forward pass before it goes backwards."""
    starts, after = [0], 0
    for i, event in enumerate(events):
        if event.kind == "order" and after and events[i - 1].kind != "order":
            starts.append(after)
        if event.kind != "create":
            after = i + 1
    return starts
