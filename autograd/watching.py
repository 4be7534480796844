"""Being told what happens: of new nodes, of numbers that move, of backward passes, of work beside the graph.

`no_grad`, `scope` and the debugger's traces are watchers. Nobody watching costs nothing that can be measured.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from random import Random
from types import FrameType
from typing import TYPE_CHECKING, Any

from autograd.core import has_twin, tell
from autograd.graph import Node

if TYPE_CHECKING:
    from autograd.nn import Module
    from autograd.value import Value


Place = tuple[str, int]  # a file and a line


class Watcher:
    """Somebody who is told what happens within a `watch` block. `no_grad`, `scope` and tracing are made of it.

    Each method here does nothing; a watcher overrides those that it needs.

    Attributes:
        places: a dict in which each new node is noted with the file and the line of the user's code that makes it
            (None where there is none), faster than `made` could; where it is not None, `made` is not called.
    """

    places: dict[Value, Place | None] | None = None

    def made(self, node: Value) -> None:
        """A node was recorded, or a leaf was made."""

    def detached(self, node: Value) -> None:
        """`no_grad` made a leaf of a node that was recorded."""

    def moved(self, value: Value, before: float) -> None:
        """Somebody set `data`, as an optimiser does."""

    def asked(self, value: Value) -> None:
        """Somebody reads the number of a value, as an `if` does: what follows may depend on it."""

    def passing(self, root: Value) -> None:
        """`backward()` of this root is about to begin."""

    def passed(self, root: Value) -> None:
        """`backward()` of this root is done."""

    def consulted(self, part: Module) -> None:
        """Somebody looks whether a part of a network is in training: what follows may depend on it."""

    def drawn(self, draw: Callable[[], float]) -> Any:
        """Somebody wants a number of chance. What is given back stands for it; None: it is to be drawn."""
        return None

    def noted(self, note: Callable[..., object], values: tuple[Value | float, ...]) -> bool:
        """Somebody wants to note numbers of a pass. True: it is seen to, and nothing is to be noted now."""
        return False


_watching: ContextVar[tuple[Watcher, ...]] = ContextVar("autograd_watching", default=())
blocks = 0  # how many are open in all threads: while there is none, a new node costs one look at this
_lock = threading.Lock()
OURS = (str(Path(__file__).parent) + os.sep, "<frozen ")  # how the names of files begin that are not the user's


def present() -> tuple[Watcher, ...]:
    """Who is watching in this thread or task."""
    return _watching.get() if blocks else ()


def user_place() -> Place | None:
    """The file and the line of the user's code that is being run."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


@has_twin
def watched(node: Value) -> Value:
    """Tell those who watch of a new node."""
    for watcher in present():
        if watcher.places is None:
            watcher.made(node)
        else:
            watcher.places[node] = user_place()
    return node


def asked(value: Value) -> None:
    """Tell those who watch that somebody reads a number."""
    for watcher in present():
        watcher.asked(value)


def drawn(draw: Callable[[], float]) -> Any:
    """A number of chance, for a layer to compute with: `draw()`. A recorded program draws anew in every run.

    While a function is recorded nothing is drawn: it is a leaf, whose number only stands in.

    >>> from autograd import Value, record
    >>> chance = Random(0)
    >>> noisy = record(lambda x: x + drawn(chance.random))
    >>> [round(noisy(1.0), 3) for _ in range(3)], [round(1.0 + Random(0).random(), 3)]
    ([1.844, 1.758, 1.421], [1.844])
    """
    for watcher in reversed(present()):
        if (number := watcher.drawn(draw)) is not None:
            return number
    return draw()


def noted(note: Callable[..., object], *values: Value | float) -> None:
    """Call `note` with the numbers of some values, as a layer does that keeps count of what it sees.

    A recorded program does so after every run. While a function is recorded nothing is noted.

    >>> from autograd import Value, record
    >>> seen = []
    >>> @record
    ... def square(x):
    ...     noted(seen.append, x * x)
    ...     return x * x
    >>> square(2.0), square(3.0), seen
    (4.0, 9.0, [4.0, 9.0])
    """
    for watcher in reversed(present()):
        if watcher.noted(note, values):
            return
    note(*(x._data if isinstance(x, Node) else x for x in values))


class Rehearsal(Watcher):
    """While it watches, what runs leaves no traces beside the graph: nothing is noted, no chance is used up.

    In place of draws come numbers between 0 and 1, the same in every rehearsal.
    """

    def __init__(self) -> None:
        self._chance = Random(0)

    def drawn(self, draw: Callable[[], float]) -> Any:
        return self._chance.random()

    def noted(self, note: Callable[..., object], values: tuple[Value | float, ...]) -> bool:
        return True


@contextmanager
def watch(watcher: Watcher) -> Iterator[None]:
    """Within the block, in this thread or task, `watcher` is told what happens, after those of outer blocks."""
    global blocks
    with _lock:
        blocks += 1
        tell(_watching.get, OURS)
    try:
        with watched_by(*_watching.get(), watcher):
            yield
    finally:
        with _lock:
            blocks -= 1
            tell(_watching.get if blocks else None, OURS)


@contextmanager
def watched_by(*watchers: Watcher) -> Iterator[None]:
    """Within the block, in this thread or task, only these are told, of those that are watching."""
    token = _watching.set(watchers)
    try:
        yield
    finally:
        _watching.reset(token)


@contextmanager
def recording() -> Iterator[None]:
    """Within the block, in this thread or task, a graph is recorded even where `no_grad` is in force."""
    with watched_by(*(watcher for watcher in _watching.get() if not isinstance(watcher, _Detacher))):
        yield


class _Detacher(Watcher):
    def made(self, node: Value) -> None:
        was_leaf = node.is_leaf
        node.fill(None, (), ())
        if not was_leaf:
            for watcher in present():
                watcher.detached(node)


@contextmanager
def no_grad() -> Iterator[None]:
    """Within the block, in this thread or task, arithmetic gives plain leaves: no graph is recorded.

    Works as a decorator too.

    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.operands
    (4.0, ())
    """
    with watch(_Detacher()):
        yield


class _Marker(Watcher):
    def __init__(self, name: str) -> None:
        self.name = name

    def made(self, node: Value) -> None:
        node._scope = (*node.scope, self.name)


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Within the block, in this thread or task, new nodes belong to the group `name`: pictures draw it as a frame.

    Scopes nest. Layers and neurons of `autograd.nn` make their own.

    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> with scope("encoder"):
    ...     y = x * x
    >>> y.scope, x.scope
    (('encoder',), ())
    """
    with watch(_Marker(name)):
        yield
