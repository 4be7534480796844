"""A graph as straight-line Python, forwards and backwards, so that any Python debugger steps through backprop."""

from __future__ import annotations

import itertools
import keyword
import linecache
import math
import re
import weakref
from collections.abc import Iterable
from functools import partial
from numbers import Integral
from typing import Any

from autograd.activations import identity
from autograd.debug.words import BINDING
from autograd.graph import known, topological_order
from autograd.op import REGISTRY, Op
from autograd.value import Value
from autograd.watching import watched_by

_numbers = itertools.count(1)


class Source(partial[dict[str, float]]):
    """Both passes of one graph as a function on plain floats: print it, run it, step through it.

    Calling it runs the passes and gives a dict from each leaf to its gradient; leaves can be given other numbers.
    It is a `partial`, which has no frame of its own: a debugger that runs it stands in the passes at once.

    Attributes:
        text: the code.
    """

    text: str

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
        TypeError: root is no Value.
        GraphError: a node was made by hand, so that there is no formula to write.
    """
    if not isinstance(root, Value):
        raise TypeError(f"only a Value can be written as source, got {type(root).__name__} {root!r:.60}")
    order = topological_order(root)
    write = _Writer(order)
    names = write.names
    leaves = [node for node in order if node.is_leaf]
    made = [node for node in order if not node.is_leaf]
    lines = [f"def passes({', '.join(f'{names[leaf]}={_literal(leaf.data)}' for leaf in leaves)}):"]
    lines += [f"    {names[node]} = {write.applied(node, map(write.operand, node.operands))}" for node in made]
    lines += [f"    d_{names[node]} = {float(node is root)}" for node in order]
    for node in reversed(made):
        for operand, rule in zip(node.operands, write.rules(node), strict=True):
            if rule is not None:
                lines.append(f"    d_{names[operand]} += d_{names[node]} * {rule}")
    lines.append(f"    return {{{', '.join(f'{names[leaf]!r}: d_{names[leaf]}' for leaf in leaves)}}}")
    text = "\n".join(lines)
    file = f"<stepgrad graph {next(_numbers)}>"
    scope: dict[str, Any] = dict(write.functions)
    exec(compile(text, file, "exec"), scope)  # our own text: names are identifiers, numbers are literals
    passes = scope.pop("passes")
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    weakref.finalize(passes.__code__, linecache.cache.pop, file, None)  # a traceback still finds its lines
    code = Source(passes)
    code.text = text
    return code


class _Writer:
    """Writes the formulas of one graph.

    Attributes:
        names: a Python name for each node: its label where that is one and free.
        functions: the ops that are called by name.
    """

    def __init__(self, order: list[Value]) -> None:
        self.names: dict[Value, str] = {}
        self.functions: dict[str, Op] = {}
        taken = {"passes", "float", "__debug__", *REGISTRY, *(_op(node).name for node in order if not node.is_leaf)}
        for number, node in enumerate(order):
            name = re.sub(r"\W", "_", str(node.label), flags=re.ASCII)
            if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("d_") or name in taken:
                name = f"v{number}"
            while name in taken:
                name += "_"
            taken.add(name)
            self.names[node] = name

    def operand(self, operand: Any) -> str:
        return self.names[operand] if isinstance(operand, Value) else _literal(operand)

    def applied(self, node: Value, operands: Iterable[str]) -> str:
        """The op of a node applied to operands given as text."""
        op = _op(node)
        if op.infix and _is_safe(node):
            *left, right = operands
            return f"{left[0]} {op.infix} {right}" if left else f"{op.infix}{right}"
        if op is identity:
            return next(iter(operands))
        return f"{self.function(op)}({', '.join(self.arguments(op, operands))})"

    def arguments(self, op: Op, operands: Iterable[str]) -> list[str]:
        row = list(operands)
        if op.index:
            row[-1] = row[-1].removesuffix(".0")  # a whole number, and is written as one
        return [f"[{', '.join(x)}]" if isinstance(x, list) else x for x in op.grouped(row)]

    def function(self, op: Op) -> str:
        """The name that calls this op, which may have been declared anew since."""
        name = op.name if op.name.isidentifier() and not keyword.iskeyword(op.name) else "op"
        while self.functions.get(name, op) is not op or name in self.names.values():
            name += "_"
        self.functions[name] = op
        return name

    def rules(self, node: Value) -> list[str | None]:
        """For each operand the code of its local derivative: the rules, applied to leaves that carry the names."""
        known(node)
        op = _op(node)
        with watched_by():
            twins: dict[Value, Value] = {x: Value(x.data, label=self.names[x]) for x in node.parents}
            row = [twins[x] if isinstance(x, Value) else x for x in node.operands]
            out = Value(node.data, label=self.names[node])
            try:
                rules = op.local_derivatives(op.grouped(row), out, [isinstance(x, Value) for x in row])
                return [None if rule is None else self.written(rule, 3) for rule in rules]
            except Exception:  # the rule is for floats only
                return self.calls(node)

    def calls(self, node: Value) -> list[str | None]:
        """The same where a rule cannot be written out: it is called."""
        op, found = _op(node), []
        operands = ", ".join(self.arguments(op, map(self.operand, node.operands)))
        for name, slots in zip(op.operands, op.grouped(list(range(len(node.operands)))), strict=True):
            call = f"{self.function(op)}.derivative({operands}, wrt={name!r})"
            found += [f"{call}[{k}]" for k in range(len(slots))] if isinstance(slots, list) else [call]
        return [call if isinstance(x, Value) else None for call, x in zip(found, node.operands, strict=True)]

    def written(self, value: Any, binding: int = 0) -> str:
        """A rule's result as Python: down to the nodes that have a name."""
        if not isinstance(value, Value):
            return _literal(float(value))
        if value.is_leaf:
            return str(value.label) or _literal(value.data)
        op = _op(value)
        if op is identity:
            return self.written(value.operands[0], binding)
        if not op.infix or not _is_safe(value):
            return self.applied(value, map(self.written, value.operands))
        tight = BINDING[op.infix] if len(value.operands) == 2 else 3
        # a - b - c means (a - b) - c, but a ** b ** c means a ** (b ** c).
        sides = [tight + 1, tight] if op.infix == "**" else [tight, tight + 1]
        text = self.applied(value, map(self.written, value.operands, sides))
        return f"({text})" if binding > tight else text


def _is_safe(value: Value) -> bool:
    """Whether Python's own operator gives what the op gives: it does not divide by 0, nor take a negative's root."""
    if not math.isfinite(value.data):
        return False
    base = value.operands[0]
    return _op(value).infix != "**" or (base.data if isinstance(base, Value) else base) > 0.0


def _literal(number: Any) -> str:
    text = repr(int(number) if isinstance(number, Integral) else float(number))
    if not math.isfinite(number):
        return f"float({text!r})"
    return f"({text})" if text.startswith("-") else text


def _op(node: Value) -> Op:
    assert node.op is not None
    return node.op
