"""The backward pass as it should be, and as one gets it wrong: each procedure gives every node a gradient.

What a mistaken learner finds is not written down anywhere: the mistake is made here, on the same graph. No procedure
touches `grad`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograd import functions as fn
from autograd.graph import Node, gradients, known, topological_order
from autograd.value import Value

Gradients = dict[Node, float]
Procedure = Callable[[Value], Gradients]


def named(root: Value, label: str) -> Node:
    """The node of the graph with that label."""
    return next(node for node in topological_order(root) if node.label == label)


def gradient(root: Value, label: str, procedure: Procedure | None = None) -> float:
    """What a procedure, the right one unless given, finds for the node with that label.

    >>> from autograd.expression import evaluate
    >>> y = evaluate("x*x", {"x": 3})
    >>> gradient(y, "x"), gradient(y, "x", overwritten)
    (6.0, 3.0)
    """
    return (procedure or right)(root).get(named(root, label), 0.0)


def right(root: Value) -> Gradients:
    """The chain rule, beside the nodes."""
    return gradients(root, as_graph=False)


# ---------------------------------------------------------------- a wrong rule for what is passed on


def local_only(root: Value) -> Gradients:
    """The local derivative, without what arrives from above."""
    return _last_step(root, lambda upstream, partial, node, operand: partial)


def added(root: Value) -> Gradients:
    """The local derivative plus what arrives, where the two multiply."""
    return _last_step(root, lambda upstream, partial, node, operand: upstream + partial)


def own_factor(root: Value) -> Gradients:
    """For a product the operand's own number, where it is the other one's."""

    def contribution(upstream: float, partial: float, node: Node, operand: Node) -> float:
        return upstream * (operand._data if node.op is fn.mul else partial)

    return _last_step(root, contribution)


def without_two(root: Value) -> Gradients:
    """x as the local derivative of x², where it is 2x."""
    return _passed_on(root, reversed(topological_order(root)), halved=True)


def _last_step(root: Value, contribution: Callable[[float, float, Node, Node], float]) -> Gradients:
    """What arrives above is right; the last step to each operand is made by the rule that is given."""
    upstream = right(root)
    found: Gradients = {root: 1.0}
    for node in reversed(topological_order(root)):
        for operand, partial in _slots(node):
            found[operand] = found.get(operand, 0.0) + contribution(upstream[node], partial, node, operand)
    return found


# ---------------------------------------------------------------- a wrong order, or a wrong bookkeeping


def overwritten(root: Value) -> Gradients:
    """A later contribution replaces an earlier one, where they add up."""
    found: Gradients = {root: 1.0}
    for node in reversed(topological_order(root)):
        for operand, partial in _slots(node):
            found[operand] = found[node] * partial
    return found


def breadth_first(root: Value) -> Gradients:
    """Level by level from the root, each node once: some speak before they have heard everything."""
    order, waiting, met = [], deque([root]), {root}
    while waiting:
        node: Any = waiting.popleft()
        order.append(node)
        for operand in node.parents:
            if operand not in met:
                met.add(operand)
                waiting.append(operand)
    return _passed_on(root, order)


def recursive(root: Value) -> Gradients:
    """Each node passes on all that it has gathered whenever something arrives: parts of it arrive again and again."""
    found: Gradients = {root: 1.0}
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        slots = list(_slots(node))
        for operand, partial in slots:
            found[operand] = found.get(operand, 0.0) + found[node] * partial
        waiting += [operand for operand, _ in reversed(slots)]
    return found


def leaves_first(root: Value) -> Gradients:
    """The forward order: the leaves speak before anything has arrived."""
    return _passed_on(root, topological_order(root))


def _passed_on(root: Value, order: Iterable[Node], *, halved: bool = False) -> Gradients:
    """Each node of the order passes on what it has by then; with `halved` the square's 2 is missing."""
    found: Gradients = {root: 1.0}
    for node in order:
        for operand, partial in _slots(node):
            if halved and is_square(node):
                partial /= 2.0
            found[operand] = found.get(operand, 0.0) + found.get(node, 0.0) * partial
    return found


def is_square(node: Node) -> bool:
    """Whether the node is something to the power of a plain 2."""
    return node.op is fn.pow and node.operands[1] == 2.0


def _slots(node: Node) -> Iterator[tuple[Node, float]]:
    """The operands that are nodes, with their local derivatives."""
    for operand, partial in zip(node.operands, known(node), strict=True):
        if partial is not None:
            yield operand, partial
