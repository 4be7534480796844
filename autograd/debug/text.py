"""A graph in plain text: the table of its nodes, and its two passes written out line by line."""

from __future__ import annotations

from autograd.debug.trace import trace
from autograd.debug.words import Teller, in_brackets
from autograd.draw.numbers import gradient_text, value_text
from autograd.graph import topological_order
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
    told = Teller(trace(root))
    computed = root.grad != 0.0  # the gradient of a root is 1 after a pass
    rows = [("node", "made by", "value", "gradient")]
    for node, traced in zip(topological_order(root), told.trace.nodes, strict=True):
        gradient = gradient_text(node.grad if computed else None)
        rows.append((traced.name, told.formula(traced), value_text(node.data), gradient))
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
    told = Teller(trace(root))
    nodes, events = told.trace.nodes, told.trace.events
    made = {number: f"{node.name} = {told.formula(node)}" for number, node in enumerate(nodes) if node.op}
    forward = [
        f"{line} = {told.formula(nodes[number], numbers=True)} = {value_text(nodes[number].data)}"
        for number, line in made.items()
    ]
    name = nodes[-1].name
    backward = [f"∂{name}/∂{name} = +1, the seed"]
    wide = max(map(len, made.values()), default=0), max(len(node.name) for node in nodes) + 1
    met = set()
    for event in events:
        if event.kind != "contribute" or event.operand is None:
            continue
        factors = "made by hand"
        if event.local is not None:
            factors = f"{gradient_text(event.upstream)} × {in_brackets(value_text(event.local))}"
        line = f"from {made[event.node]:<{wide[0]}} to {nodes[event.operand].name + ':':<{wide[1]}} {factors}"
        line += f" = {gradient_text(event.product)}"
        if event.operand in met:
            line += f"   so far {gradient_text(event.before)}, now {gradient_text(event.after)}"
        met.add(event.operand)
        backward.append(line)
    digits = len(str(len(forward) + len(backward)))
    numbered = [f"{number:>{digits + 1}}.  {line}" for number, line in enumerate([*forward, *backward], 1)]
    return "\n".join(
        [
            "Forward: each line computes one node from its operands",
            *numbered[: len(forward)],
            "Backward: upstream gradient × local derivative = what the operand gets",
            *numbered[len(forward) :],
        ]
    )
