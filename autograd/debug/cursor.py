"""A place in a trace: forwards, backwards, to the next node, until something holds; and what is known there.

Every front end moves a Cursor and shows its state; none computes a gradient itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from autograd.debug.events import Event
from autograd.debug.trace import Trace
from autograd.draw.parts import common

STRIDE = 256


@dataclass
class State:
    """What is known of every node at one place.

    Attributes:
        data: its number; None before it was created.
        grad: its gradient; None before anything has come in this pass.
        arrived: how many contributions have come in this pass.
        done: whether it has passed its gradient on, or as a leaf has got all of it.
    """

    data: list[float | None]
    grad: list[float | None]
    arrived: list[int]
    done: list[bool]

    def copy(self) -> State:
        """A state of its own."""
        return State(self.data[:], self.grad[:], self.arrived[:], self.done[:])


class Cursor:
    """A place in a trace: `position` events have happened, the last of which is `event`.

    Moves return the event that they arrive at, None at the very beginning. Nothing moves beyond the ends.

    >>> from autograd import Value
    >>> from autograd.debug import trace
    >>> x = Value(3.0, label="x")
    >>> cursor = Cursor(trace(x * x))
    >>> cursor.run_until(lambda event: event.kind == "contribute").after
    3.0
    >>> cursor.step().after, cursor.state.grad[0]
    (6.0, 6.0)
    >>> cursor.back().after, cursor.state.grad[0]
    (3.0, 3.0)
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.position = 0
        self.breakpoints: set[int] = set()
        empty = State(*([value] * len(trace.nodes) for value in (None, None, 0, False)))  # type: ignore[arg-type]
        # As far apart as there are nodes: then all checkpoints together are no larger than the trace.
        self._stride = max(STRIDE, len(trace.nodes))
        self._checkpoints = [empty]
        state = empty.copy()
        for number in range(len(trace.events)):
            self._apply(state, number)
            if (number + 1) % self._stride == 0:
                self._checkpoints.append(state.copy())
        self._state = empty.copy()
        self._stops = stops(trace)

    def __len__(self) -> int:
        return len(self.trace.events)

    @property
    def event(self) -> Event | None:
        """The event that happened last."""
        return self.trace.events[self.position - 1] if self.position else None

    @property
    def state(self) -> State:
        """What is known here. It is the cursor's own: copy it to keep it."""
        return self._state

    def seek(self, position: int) -> Event | None:
        """Go to where `position` events have happened, 0 being before the first.

        Costs at most as many events as there are nodes, or STRIDE if that is more, wherever it goes.

        Raises:
            IndexError: there is no such place.
        """
        if not 0 <= position <= len(self):
            raise IndexError(f"position {position} is outside 0..{len(self)}")
        start = self.position
        if not start <= position <= start + self._stride:
            start = position - position % self._stride
            self._state = self._checkpoints[start // self._stride].copy()
        for number in range(start, position):
            self._apply(self._state, number)
        self.position = position
        return self.event

    def step(self) -> Event | None:
        """One event forwards."""
        return self.seek(min(self.position + 1, len(self)))

    def back(self) -> Event | None:
        """One event backwards."""
        return self.seek(max(self.position - 1, 0))

    def next_visit(self) -> Event | None:
        """Forwards to the next node: where it is created, seeded, visited or updated; else to the end."""
        return self.run_until(_begins_a_node)

    def previous_visit(self) -> Event | None:
        """Backwards to where the node before began; else to the beginning."""
        return self.run_back_until(_begins_a_node)

    def run_until(self, holds: Callable[[Event], bool]) -> Event | None:
        """Forwards to the next event for which `holds(event)`, or to the end."""
        for position in range(self.position + 1, len(self) + 1):
            if holds(self.trace.events[position - 1]):
                return self.seek(position)
        return self.seek(len(self))

    def run_back_until(self, holds: Callable[[Event], bool]) -> Event | None:
        """Backwards to the event before for which `holds(event)`, or to the beginning."""
        for position in range(self.position - 1, 0, -1):
            if holds(self.trace.events[position - 1]):
                return self.seek(position)
        return self.seek(0)

    def resume(self) -> Event | None:
        """Forwards to the next event at a node of `breakpoints`, or to the end."""
        return self.run_until(lambda event: bool(self.breakpoints & {event.node, event.operand}))

    def over(self) -> Event | None:
        """Forwards past the next group, a neuron or a whole layer, to its end; one stop where no group begins."""
        here, ahead = self._scope(), self._ahead()
        number, scope = next(ahead, (len(self) - 1, here))
        if scope != here[: len(scope)]:
            group = scope[: len(common(here, scope)) + 1]
            for later, scope in ahead:
                if scope[: len(group)] != group:
                    break
                number = later
        return self.seek(number + 1)

    def out(self) -> Event | None:
        """Forwards out of the innermost group, as a debugger finishes a function. Outside of any it stays."""
        here = self._scope()
        after = (number for number, scope in self._ahead() if scope[: len(here)] != here)
        return self.seek(next(after, len(self) - 1) + 1) if here else self.event

    def into(self) -> Event | None:
        """Forwards into the next group, which lies deeper than, or beside, the current one; stays if there is none."""
        here = self._scope()
        inside = (number for number, scope in self._ahead() if scope != here[: len(scope)])
        return self.seek(next(inside, self.position - 1) + 1)

    def _ahead(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The stops from here on, each with the groups around it."""
        return ((number, self._groups(number)) for number in self._stops[bisect_left(self._stops, self.position) :])

    def _scope(self) -> tuple[str, ...]:
        """The groups around the last stop."""
        past = bisect_left(self._stops, self.position)
        return self._groups(self._stops[past - 1]) if past else ()

    def _groups(self, number: int) -> tuple[str, ...]:
        return self.trace.nodes[self.trace.events[number].node].scope

    def _apply(self, state: State, number: int) -> None:
        event = self.trace.events[number]
        node = event.node
        if event.kind == "create":
            state.data[node] = self.trace.nodes[node].data
        elif event.kind == "order":
            if number == 0 or self.trace.events[number - 1].kind != "order":  # a new pass begins
                count = len(state.grad)
                state.grad, state.arrived, state.done = [None] * count, [0] * count, [False] * count
        elif event.kind == "seed":
            state.grad[node] = event.after
        elif event.kind == "contribute" and event.operand is not None:
            state.grad[event.operand] = event.after
            state.arrived[event.operand] += 1
        elif event.kind == "visit" or (event.kind == "finish" and not self.trace.nodes[node].op):
            state.done[node] = True
        elif event.kind == "update":
            state.data[node] = event.after


def stops(trace: Trace) -> list[int]:
    """The events at which a reader stops, by their numbers.

    A leaf comes with the node that uses it, a topological order is one step, and the end of a gradient belongs to the
    contribution that completed it.

    >>> from autograd import Value
    >>> from autograd.debug import trace
    >>> x = Value(3.0, label="x")
    >>> traced = trace(x * x)
    >>> [traced.events[number].kind for number in stops(traced)]
    ['create', 'order', 'seed', 'visit', 'contribute', 'contribute']
    """
    return [
        number
        for number, (event, after) in enumerate(zip_longest(trace.events, trace.events[1:]))
        if event.kind in ("seed", "visit", "contribute", "update")
        or (event.kind == "create" and trace.nodes[event.node].op)
        or (event.kind == "order" and (after is None or after.kind != "order"))
    ]


def _begins_a_node(event: Event) -> bool:
    return event.kind in ("create", "seed", "visit", "update")
