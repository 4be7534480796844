"""A graph in plain text: the table of its nodes, and its two passes written out line by line."""

from __future__ import annotations

from autograd.debug.markup import BACKWARD, FORWARD, Computed, Sent, latex, markdown
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


def solution(root: Value, markup: str = "text") -> str:
    """The worked solution: the forward pass line by line, then the backward pass, each line one product.

    Args:
        root: what is differentiated.
        markup: "text", "markdown" for notebooks and slides, or "latex" for exams: two `align*` environments.

    Raises:
        ValueError: the markup is another one.

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
    if markup not in WRITERS:
        raise ValueError(f"unknown markup {markup!r}: use {' or '.join(map(repr, WRITERS))}")
    told = Teller(trace(root))
    nodes = told.trace.nodes
    forward = [
        Computed(node.name, told.formula(node), told.formula(node, numbers=True), value_text(node.data))
        for node in nodes
        if node.op
    ]
    backward = []
    met = set()
    for event in told.trace.events:
        if event.kind == "contribute" and event.operand is not None:
            source = nodes[event.node]
            factors: tuple[str, ...] = ()  # nobody knows them of a node made by hand
            if event.local is not None:
                factors = gradient_text(event.upstream), in_brackets(value_text(event.local))
            sums = (gradient_text(event.before), gradient_text(event.after)) if event.operand in met else None
            target = nodes[event.operand].name
            made = f"{source.name} = {told.formula(source)}"
            backward.append(Sent(source.name, made, target, factors, gradient_text(event.product), sums))
            met.add(event.operand)
    return WRITERS[markup](nodes[-1].name, forward, backward)


def _text(root: str, forward: list[Computed], backward: list[Sent]) -> str:
    lines = [f"{line.name} = {line.formula} = {line.numbers} = {line.value}" for line in forward]
    lines.append(f"∂{root}/∂{root} = +1, the seed")
    made = max((len(line.made) for line in backward), default=0)
    target = max((len(line.target) for line in backward), default=0) + 1
    lines += [f"from {line.made:<{made}} to {line.target + ':':<{target}} {_sent(line)}" for line in backward]
    digits = len(str(len(lines)))
    numbered = [f"{number:>{digits + 1}}.  {line}" for number, line in enumerate(lines, 1)]
    return "\n".join([FORWARD, *numbered[: len(forward)], BACKWARD, *numbered[len(forward) :]])


def _sent(line: Sent) -> str:
    factors = " × ".join(line.factors) or "made by hand"
    sums = f"   so far {line.sums[0]}, now {line.sums[1]}" if line.sums else ""
    return f"{factors} = {line.product}{sums}"


WRITERS = {"text": _text, "markdown": markdown, "latex": latex}
