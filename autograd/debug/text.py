"""A graph in plain text: the table of its nodes, and its backward pass written out line by line.

Nothing here changes a Value: gradients are computed beside the nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.draw.numbers import gradient_text, value_text
from autograd.graph import gradients, topological_order
from autograd.value import Value


def table(root: Value) -> str:
    """Every node of a graph in the order of the forward pass: how it was made, its number, its gradient.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.label = "y"
    >>> y.backward()
    >>> print(table(y))
    node  made by  value  gradient
    x     leaf         3        +6
    y     x × x        9        +1
    """
    names = node_names(root)
    computed = root.grad != 0.0  # the gradient of a root is 1 after a pass
    rows = [("node", "made by", "value", "gradient")]
    for node, name in names.items():
        gradient = gradient_text(node.grad if computed else None)
        rows.append((name, formula(node, names) if node.op else "leaf", value_text(node.data), gradient))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}" for row in rows
    )


def solution(root: Value) -> str:
    """The worked solution: the forward pass line by line, then the backward pass, each line one product.

    >>> x = Value(3.0, label="x")
    >>> print(solution(x * x + 1))
    Forward: each line computes one node from its operands
     1.  v1 = x × x = 3 × 3 = 9
     2.  v2 = v1 + 1 = 9 + 1 = 10
    Backward: upstream gradient × local derivative = what the operand gets
     3.  ∂v2/∂v2 = +1, the seed
     4.  from v2 = v1 + 1 to v1: +1 × 1 = +1
     5.  from v1 = x × x  to x:  +1 × 3 = +3
     6.  from v1 = x × x  to x:  +1 × 3 = +3   so far +3, now +6
    """
    names = node_names(root)
    upstream = gradients(root, as_graph=False)
    lines = [
        f"{name} = {formula(node, names)} = {formula(node, None)} = {value_text(node.data)}"
        for node, name in names.items()
        if node.op is not None
    ]
    forward = len(lines)
    lines.append(f"∂{names[root]}/∂{names[root]} = +1, the seed")
    inner = [node for node in reversed(names) if node.op is not None and node in upstream]
    sources = {node: f"{names[node]} = {formula(node, names)}" for node in inner}
    source_width = max((len(source) for source in sources.values()), default=0)
    target_width = max(len(name) for name in names.values()) + 1
    arrived: dict[Value, float] = {}
    for node in inner:
        for operand, partial in zip(node.operands, node.partials, strict=True):
            if partial is None:
                continue
            contribution = upstream[node] * partial
            line = (
                f"from {sources[node]:<{source_width}} to {names[operand] + ':':<{target_width}} "
                f"{gradient_text(upstream[node])} × {factor(partial)} = {gradient_text(contribution)}"
            )
            if operand in arrived:
                total = arrived[operand] + contribution
                line += f"   so far {gradient_text(arrived[operand])}, now {gradient_text(total)}"
            arrived[operand] = arrived.get(operand, 0.0) + contribution
            lines.append(line)
    numbered = [f"{number:>{len(str(len(lines))) + 1}}.  {line}" for number, line in enumerate(lines, 1)]
    return "\n".join(
        [
            "Forward: each line computes one node from its operands",
            *numbered[:forward],
            "Backward: upstream gradient × local derivative = what the operand gets",
            *numbered[forward:],
        ]
    )


def node_names(root: Value) -> dict[Value, str]:
    """The nodes in the order of the forward pass, each with its label, or `v` and its place in that order."""
    return {node: node.label or f"v{place}" for place, node in enumerate(topological_order(root))}


def formula(node: Value, names: dict[Value, str] | None) -> str:
    """How a node was made, as `w × x` or `tanh(n)`; with numbers in place of the names if there are none."""

    def shown(operand: Any) -> str:
        if isinstance(operand, Value):
            return names[operand] if names else factor(operand.data)
        return value_text(operand)

    op = node.op
    assert op is not None
    if op.infix and len(node.operands) == 2:
        left, right = (shown(operand) for operand in node.operands)
        return f"{left} {'**' if op.infix == '**' else op.symbol} {right}"
    if op.infix:
        return f"{op.symbol}{shown(node.operands[0])}"
    arguments = op.grouped(node.operands)
    return f"{op.name}({', '.join(_row(x, shown) if isinstance(x, list) else shown(x) for x in arguments)})"


def _row(operands: Sequence[Any], shown: Any) -> str:
    """A list operand, with its middle left out when it is long."""
    texts = [shown(operand) for operand in operands]
    return f"[{', '.join(texts if len(texts) <= 4 else [*texts[:2], '…', texts[-1]])}]"


def factor(number: float) -> str:
    """A number as a factor or operand: in brackets when it is negative."""
    text = value_text(number)
    return f"({text})" if text.startswith("−") else text
