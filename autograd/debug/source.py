"""A graph as straight-line Python, forwards and backwards, so that any Python debugger steps through backprop."""

from __future__ import annotations

import itertools
import keyword
import linecache
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import autograd
from autograd.activations import identity
from autograd.debug.words import BINDING
from autograd.graph import known, topological_order
from autograd.op import Op
from autograd.value import Value
from autograd.watching import watched_by

_numbers = itertools.count(1)


class Source:
    """Both passes of one graph as a function on plain floats: print it, run it, step through it.

    Calling it runs the passes and gives a dict from each leaf to its gradient; leaves can be given other numbers.
    """

    def __init__(self, text: str, function: Callable[..., dict[str, float]]) -> None:
        self.text = text
        self.function = function

    def __call__(self, **numbers: float) -> dict[str, float]:
        return self.function(**numbers)

    def __str__(self) -> str:
        return self.text


def source(root: Value) -> Source:
    """Straight-line Python of the forward and the backward pass of a graph.

    Every operation is a line, every product of the chain rule is a line. The code is known to `linecache`, so that
    pdb, VS Code and PyCharm show it: `pdb.runcall(debug.source(loss))`. Choices that the graph has made, as which
    side of a ReLU, are fixed in it.

    >>> x = Value(3.0, label="x")
    >>> code = source(x * x)
    >>> print(code)
    def passes(x=3.0):
        v1 = x * x
        d_x = 0.0
        d_v1 = 1.0
        d_x += d_v1 * x
        d_x += d_v1 * x
        return {'x': d_x}
    >>> code(), code(x=5.0)
    ({'x': 6.0}, {'x': 10.0})

    Raises:
        GraphError: a node was made by hand, so that there is no formula to write.
    """
    order = topological_order(root)
    names = _identifiers(order)
    leaves = [node for node in order if node.is_leaf]
    parameters = ", ".join(f"{names[leaf]}={_literal(leaf.data)}" for leaf in leaves)
    lines = [f"def passes({parameters}):"]
    backward = [f"    d_{names[root]} = 1.0"]
    for node in order:
        if not node.is_leaf:
            applied = _applied(_op(node), [_operand(x, names) for x in node.operands], _safe(node))
            lines.append(f"    {names[node]} = {applied}")
    for node in reversed(order):
        if not node.is_leaf:
            for operand, rule in zip(node.operands, _rules(node, names), strict=True):
                if rule is not None:
                    backward.append(f"    d_{names[operand]} += d_{names[node]} * {rule}")
    lines += [f"    d_{names[node]} = 0.0" for node in order if node is not root]
    lines += backward
    lines.append(f"    return {{{', '.join(f'{names[leaf]!r}: d_{names[leaf]}' for leaf in leaves)}}}")
    text = "\n".join(lines)
    file = f"<stepgrad graph {next(_numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {
        name: getattr(autograd, name) for name in autograd.__all__ if name not in ("draw", "debug")
    }
    exec(compile(text, file, "exec"), scope)  # our own text: names are identifiers, numbers are literals
    return Source(text, scope["passes"])


def _identifiers(order: Iterable[Value]) -> dict[Value, str]:
    """A Python name for each node: its label where that is one and free."""
    taken = {"passes", *autograd.__all__}
    names: dict[Value, str] = {}
    for number, node in enumerate(order):
        name = re.sub(r"\W", "_", str(node.label), flags=re.ASCII)
        usable = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("d_")
        name = name if usable and name not in taken else f"v{number}"
        while name in taken:
            name += "_"
        taken.add(name)
        names[node] = name
    return names


def _rules(node: Value, names: dict[Value, str]) -> list[str | None]:
    """For each operand the code of its local derivative: the rules, applied to leaves that carry the names."""
    known(node)
    op = _op(node)
    with watched_by():
        twins: dict[Value, Value] = {x: Value(x.data, label=names[x]) for x in node.parents}
        row = [twins[x] if isinstance(x, Value) else x for x in node.operands]
        out = Value(node.data, label=names[node])
        rules = op.local_derivatives(op.grouped(row), out, [isinstance(x, Value) for x in row])
    return [None if rule is None else _written(rule, 3) for rule in rules]


def _written(value: Any, binding: int = 0) -> str:
    """A rule's result as Python: down to the nodes that have a name."""
    if not isinstance(value, Value):
        return _literal(float(value))
    if value.is_leaf:
        return str(value.label) or _literal(value.data)
    op, safe = _op(value), _safe(value)
    operands = [_written(x, BINDING[op.infix] + place if op.infix else 0) for place, x in enumerate(value.operands)]
    text = _applied(op, operands, safe)
    tight = BINDING[op.infix] if op.infix and len(operands) == 2 else 1
    return f"({text})" if op.infix and safe and binding > tight else text


def _safe(value: Value) -> bool:
    """Whether Python's own operator gives what the op gives: it does not divide by 0, nor take a negative's root."""
    if not math.isfinite(value.data):
        return False
    base = value.operands[0]
    return _op(value).infix != "**" or (base.data if isinstance(base, Value) else base) > 0.0


def _applied(op: Op, operands: list[str], safe: bool = True) -> str:
    if op is identity:
        return operands[0]
    if op.infix and safe:
        return f" {op.infix} ".join(operands) if len(operands) == 2 else f"{op.infix}{operands[0]}"
    arguments = [f"[{', '.join(x)}]" if isinstance(x, list) else x for x in op.grouped(operands)]
    return f"{op.name}({', '.join(arguments)})"


def _operand(operand: Any, names: dict[Value, str]) -> str:
    return names[operand] if isinstance(operand, Value) else _literal(operand)


def _literal(number: Any) -> str:
    text = repr(number)
    if isinstance(number, float) and not math.isfinite(number):
        return f"float({text!r})"
    return f"({text})" if text.startswith("-") else text


def _op(node: Value) -> Op:
    assert node.op is not None
    return node.op
