"""The graph of a computation: its nodes, their order, the chain rule, and how a graph is copied and stored.

Everything here is iterative, so that a chain of millions of operations needs no deep Python stack, and nothing
depends on the order of a set or on `id()`, so that every run gives the same bits.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from autograd.core import has_twin
from autograd.errors import GraphError
from autograd.op import Op

N = TypeVar("N", bound="Node")


@has_twin
class Node:
    """What the graph needs of a value: the op that made it, its operands, its local derivatives, its gradient.

    Most ops have one or two operands. Those stand in the slots `_a` and `_b`, their local derivatives in `_d_a`
    and `_d_b`: four slots are made and freed faster than two tuples, which the garbage collector would follow.
    A node of more operands keeps a tuple in `_a` and one in `_d_a`. A local derivative is None exactly where
    the operand is a plain number. A node made by hand keeps its operands in `_a` and its `_backward` in `_d_a`.
    """

    __slots__ = ("__weakref__", "_a", "_b", "_d_a", "_d_b", "_data", "_grad", "_scope", "label", "op")

    _a: Any
    _b: Any
    _d_a: Any
    _d_b: Any
    _data: float
    _grad: float
    _scope: tuple[str, ...]  # left unset, at no cost, where a node belongs to no group
    label: str
    op: Op | None

    @property
    def operands(self) -> tuple[Any, ...]:
        """What the op was applied to, one entry per slot: nodes, and plain numbers as they were written."""
        if type(self._a) is tuple:
            return self._a
        if self._a is None:
            return ()
        return (self._a,) if self._b is None else (self._a, self._b)

    @property
    def partials(self) -> tuple[float | None, ...]:
        """The local derivative of each operand, computed in the forward pass; None for a plain number.

        A node made by hand does not know them: all None.
        """
        if type(self._a) is not tuple:
            return (self._d_a, self._d_b)[: len(self.operands)]
        return self._d_a if type(self._d_a) is tuple else (None,) * len(self._a)

    @property
    def parents(self) -> tuple[Any, ...]:
        """The operands that are nodes, one entry per slot: `x * x` has two."""
        return tuple(operand for operand in self.operands if isinstance(operand, Node))

    @property
    def scope(self) -> tuple[str, ...]:
        """The groups that the node belongs to, outermost first, as ("layer 0", "neuron 3")."""
        return getattr(self, "_scope", ())

    @property
    def is_leaf(self) -> bool:
        """Whether the number was given, not computed from others."""
        return self._a is None

    @property
    def is_by_hand(self) -> bool:
        """Whether the node was made in micrograd's way, with a `_backward` of its own and no known formula."""
        return type(self._a) is tuple and type(self._d_a) is not tuple

    @property
    def own_backward(self) -> Callable[[], None] | None:
        """The `_backward` of a node made by hand; None until it is set, and for any other node."""
        return self._d_a if self.is_by_hand else None

    @classmethod
    def filled(cls: type[N], data: float, op: Op | None, operands: tuple[Any, ...], partials: Any) -> N:
        """A new node from its parts."""
        node = object.__new__(cls)
        node._data = data
        node._grad = 0.0
        node.label = ""
        node.fill(op, operands, partials)
        return node

    def fill(self, op: Op | None, operands: tuple[Any, ...], partials: Any) -> None:
        """Put operands and their local derivatives where they belong."""
        self.op = op
        self._a = self._b = self._d_a = self._d_b = None
        if len(operands) > 2 or type(partials) is not tuple:
            self._a, self._d_a = operands, partials
        elif operands:
            self._a, self._d_a = operands[0], partials[0]
            if len(operands) == 2:
                self._b, self._d_b = operands[1], partials[1]

    def pass_on(self) -> None:
        """One step of the chain rule: add upstream gradient × local derivative to every operand's gradient."""
        upstream = self._grad
        a = self._a
        if type(a) is not tuple:
            if self._d_a is not None:
                a._grad += upstream * self._d_a
            if self._d_b is not None:
                self._b._grad += upstream * self._d_b
        elif type(self._d_a) is tuple:
            for operand, partial in zip(a, self._d_a, strict=True):
                if partial is not None:
                    operand._grad += upstream * partial
        else:
            self._d_a()

    def check_by_hand(self) -> None:
        """An error if the node was made by hand and cannot pass anything on."""
        if self.is_by_hand and self.own_backward is None:
            raise GraphError(
                f"the node {self.op and self.op.name!r} was made by hand and has no _backward, so nothing before"
                " it would get a gradient: set out._backward = a function that adds to its operands' .grad"
            )

    def __copy__(self: N) -> N:
        return restore(type(self), *self._facts(), self.operands)

    def __deepcopy__(self: N, memo: dict[int, Any]) -> N:
        for node in topological_order(self):
            if id(node) not in memo:
                operands = tuple(memo[id(x)] if isinstance(x, Node) else x for x in node.operands)
                memo[id(node)] = restore(type(node), *node._facts(), operands)
        return memo[id(self)]  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # A pickler would descend from operand to operand and run out of stack. So the first node that it meets
        # hands it the whole graph in topological order; each node in that row then finds its operands stored.
        row = _pickling.row() if hasattr(_pickling, "row") else None
        if row is not None and self in row.waiting:
            row.waiting.discard(self)
        elif not self.is_leaf:
            row = _Row(topological_order(self))
            row.waiting = set(row)
            _pickling.row = weakref.ref(row)
            return _last, (row,)
        return restore, (type(self), *self._facts(), self.operands)

    def _facts(self) -> tuple[dict[str, Any], float, float, str, tuple[str, ...], Op | None, Any]:
        """What a copy needs beside the operands."""
        if self.is_by_hand:
            raise TypeError(
                f"a graph with the node {self.op and self.op.name!r} made by hand cannot be copied or pickled:"
                " its _backward belongs to the original; declare it with @autograd.op"
            )
        own = dict(getattr(self, "__dict__", {}))  # of a class that somebody derived from Value
        return own, self._data, self._grad, self.label, self.scope, self.op, self.partials


class _Row(list[N]):
    """A graph on its way into a pickle. It lives as long as the pickler that stores it, and so does `waiting`."""

    waiting: set[N]

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, iter(self)


_pickling = threading.local()  # the row that this thread is storing


def _last(nodes: list[N]) -> N:
    return nodes[-1]


def restore(
    cls: type[N],
    own: dict[str, Any],
    data: float,
    grad: float,
    label: str,
    scope: tuple[str, ...],
    op: Op | None,
    partials: tuple[float | None, ...],
    operands: tuple[Any, ...],
) -> N:
    """A node from its parts, as `pickle` and `copy` need it."""
    node = cls.filled(data, op, operands, partials)
    if own:
        vars(node).update(own)
    node._grad = grad
    node.label = label
    if scope:
        node._scope = scope
    return node


@has_twin
def topological_order(*roots: N) -> list[N]:
    """The nodes that the roots were computed from, and the roots, operands before results.

    Depth first, operands in their order; each node stands once, however many paths lead to it.

    >>> from autograd import Value
    >>> a = Value(2.0, label="a"); b = Value(3.0, label="b")
    >>> [node.label or node.op.name for node in topological_order(a * b + a)]
    ['a', 'b', 'mul', 'add']
    """
    order: list[N] = []
    found: set[N] = set()  # only asked whether it holds a node, so its own order does not matter
    stack: list[Any] = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node is None:  # all operands of the node below it are in the order
            order.append(stack.pop())
        elif node not in found:
            found.add(node)
            a = node._a
            if a is None:
                order.append(node)
                continue
            stack.append(node)
            stack.append(None)
            if type(a) is tuple:
                stack += [x for x in reversed(a) if isinstance(x, Node) and x not in found]
                continue
            if node._d_b is not None:
                stack.append(node._b)
            if node._d_a is not None:
                stack.append(a)
    return order


@has_twin
def backward(root: Node) -> None:
    """The chain rule over the whole graph: every gradient becomes the sum of what its uses contribute.

    A node passes its gradient on when all who use it have spoken, that is in reverse topological order.
    Leaves add up over calls; inner nodes begin at 0 in each.

    Raises:
        GraphError: a node made by hand has no `_backward`; no gradient has changed then.
    """
    order = topological_order(root)
    for node in order:
        if node._a is not None and node._d_a is None:
            node.check_by_hand()
    for node in order:
        if node._a is not None:
            node._grad = 0.0
    root._grad += 1.0
    for node in reversed(order):
        node.pass_on()


def gradients(root: Node, *, as_graph: bool) -> dict[Node, Any]:
    """The same chain rule beside the nodes: d root / d node of each node that reaches `root`, no `grad` touched.

    With `as_graph` the rules stand in place of the stored numbers, and the gradients are graphs themselves:
    they can be differentiated again.

    Raises:
        GraphError: a node made by hand has no rule.
    """
    found: dict[Node, Any] = {root: 1.0}
    for node in reversed(topological_order(root)):
        if node.is_leaf:
            continue
        operands = node.operands
        partials = rules(node) if as_graph else known(node)
        for operand, partial in zip(operands, partials, strict=True):
            if partial is not None:
                contribution = product(found[node], partial)
                found[operand] = found[operand] + contribution if operand in found else contribution
    return found


def tangents(root: Node, along: dict[Node, Any], *, as_graph: bool) -> dict[Node, Any]:
    """The chain rule forwards: how fast each node moves when the nodes in `along` move at the given speeds.

    Raises:
        GraphError: a node made by hand has no rule.
    """
    found = dict(along)
    for node in topological_order(root):
        if node.is_leaf or node in found:
            continue
        partials = rules(node) if as_graph else known(node)
        for operand, partial in zip(node.operands, partials, strict=True):
            if partial is not None and operand in found:
                contribution = product(found[operand], partial)
                found[node] = found[node] + contribution if node in found else contribution
    return found


def known(node: Node) -> tuple[float | None, ...]:
    """The stored local derivatives; an error where a node made by hand does not have them."""
    if node.is_by_hand:
        raise GraphError(
            f"the node {node.op and node.op.name!r} was made by hand and knows no local derivative:"
            " call backward(), or declare it with @autograd.op"
        )
    return node.partials


def rules(node: Node) -> tuple[Any, ...]:
    """The local derivatives as graphs: the op's rules applied to the nodes themselves."""
    known(node)
    assert node.op is not None
    wanted = [isinstance(operand, Node) for operand in node.operands]
    return node.op.local_derivatives(node.op.grouped(node.operands), node, wanted)


def product(upstream: Any, partial: Any) -> Any:
    """upstream × partial, without a node where one of them is exactly 1."""
    if type(partial) is float and partial == 1.0:
        return upstream
    return partial if type(upstream) is float and upstream == 1.0 else upstream * partial


# ---------------------------------------------------------------- nested lists


def leaves(tree: Any) -> Iterator[Any]:
    """What stands in a nested list, from left to right."""
    if isinstance(tree, list | tuple):
        for branch in tree:
            yield from leaves(branch)
    else:
        yield tree


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """A nested list of the same shape, with the function applied to each thing in it."""
    return [mapped(function, branch) for branch in tree] if isinstance(tree, list | tuple) else function(tree)


def refilled(tree: Any, contents: Iterable[Any]) -> Any:
    """A nested list of the same shape with other contents, from left to right."""
    remaining = iter(contents)
    return mapped(lambda _: next(remaining), tree)
