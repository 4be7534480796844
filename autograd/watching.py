"""Being told what happens: of new nodes, of numbers that move, of backward passes.

`no_grad`, `scope` and the debugger's traces are watchers. Nobody watching costs nothing that can be measured.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.value import Value


class Watcher:
    """Somebody who is told what happens within a `watch` block. `no_grad`, `scope` and tracing are made of it.

    Each method here does nothing; a watcher overrides those that it needs.
    """

    def made(self, node: Value) -> None:
        """A node was recorded, or a leaf was made."""

    def moved(self, value: Value, before: float) -> None:
        """Somebody set `data`, as an optimiser does."""

    def asked(self, value: Value) -> None:
        """Somebody reads the number of a value, as an `if` does: what follows may depend on it."""

    def passing(self, root: Value) -> None:
        """`backward()` of this root is about to begin."""

    def passed(self, root: Value) -> None:
        """`backward()` of this root is done."""


_watching: ContextVar[tuple[Watcher, ...]] = ContextVar("autograd_watching", default=())
blocks = 0  # how many are open in all threads: while there is none, a new node costs one look at this
_lock = threading.Lock()


def present() -> tuple[Watcher, ...]:
    """Who is watching in this thread or task."""
    return _watching.get() if blocks else ()


def watched(node: Value) -> Value:
    """Tell those who watch of a new node."""
    for watcher in present():
        watcher.made(node)
    return node


def asked(value: Value) -> None:
    """Tell those who watch that somebody reads a number."""
    for watcher in present():
        watcher.asked(value)


@contextmanager
def watch(watcher: Watcher) -> Iterator[None]:
    """Within the block, in this thread or task, `watcher` is told what happens, after those of outer blocks."""
    global blocks
    with _lock:
        blocks += 1
    try:
        with watched_by(*_watching.get(), watcher):
            yield
    finally:
        with _lock:
            blocks -= 1


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
        node.fill(None, (), ())


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
