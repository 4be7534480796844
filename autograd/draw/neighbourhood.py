"""Parts of a graph to draw: what stands near a value, and what leads from one value to another.

Both give the values in topological order, for the option `only` of every writer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.graph import topological_order

if TYPE_CHECKING:
    from autograd.value import Value

__all__ = ["around", "path"]


def around(value: Value, radius: int = 1, of: Value | None = None) -> list[Value]:
    """The values within `radius` steps of a value: its operands, theirs, and so on.

    Args:
        value: the middle.
        radius: steps, at least 0.
        of: the root of the graph; given it, the users of the value are found too, and every step goes either way.

    Raises:
        ValueError: the radius is negative, or `of` was not computed from the value.

    >>> from autograd import Value, draw
    >>> a, b = Value(1.0, label="a"), Value(2.0, label="b")
    >>> c = a * b; d = c.tanh(); e = d + a
    >>> [node.label or node.op.name for node in around(c, 1)]
    ['a', 'b', 'mul']
    >>> [node.label or node.op.name for node in around(c, 1, of=e)]
    ['a', 'b', 'mul', 'tanh']
    >>> print(draw.mermaid(e, only=around(d, 1)).splitlines()[1])
        v2c0["…"]
    """
    if radius < 0:
        raise ValueError(f"a radius is a number of steps, at least 0, got {radius}")
    order = topological_order(value if of is None else of)
    near: dict[Value, list[Value]] = {node: list(node.parents) for node in order}
    if of is not None:
        if value not in near:
            raise ValueError("the value is not in the graph of `of`: give a root that was computed from it")
        for node in order:
            for operand in node.parents:
                near[operand].append(node)
    found = {value}
    rim = [value]
    for _ in range(radius):
        rim = [other for other in dict.fromkeys(other for node in rim for other in near[node]) if other not in found]
        found.update(rim)
    return [node for node in order if node in found]


def path(start: Value, end: Value) -> list[Value]:
    """The values on the ways from `start` to `end`, which was computed from it; both ends are among them.

    Raises:
        ValueError: no way leads there.

    >>> from autograd import Value
    >>> a, b = Value(1.0, label="a"), Value(2.0, label="b")
    >>> c = a * b; d = c.tanh(); e = d + a
    >>> [node.label or node.op.name for node in path(b, e)]
    ['b', 'mul', 'tanh', 'add']
    """
    on_the_way = {start}
    for node in topological_order(end):
        if any(operand in on_the_way for operand in node.parents):
            on_the_way.add(node)
    if end not in on_the_way:
        raise ValueError("no path leads there: the second value was not computed from the first")
    before = topological_order(end)
    used = {end}
    for node in reversed(before):
        if node in used:
            used.update(node.parents)
    return [node for node in before if node in on_the_way and node in used]
