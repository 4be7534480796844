"""Graphs that the drawing tests share."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import strategies as st

from autograd import Value, add, dot, mul, sub, tanh


def expression(backward: bool = True) -> Value:
    """L = (tanh(w1·x1 + w2·x2 + b) − y)², every value named: the graph of the reference pictures."""

    def named(label: str, value: Value) -> Value:
        value.label = label
        return value

    w1, x1, w2, x2, b, y = (
        Value(number, label=label)
        for number, label in ((-1.5, "w1"), (2.0, "x1"), (2.0, "w2"), (0.5, "x2"), (2.4, "b"), (1.0, "y"))
    )
    s = named("s", named("p", w1 * x1) + named("q", w2 * x2))
    e = named("e", named("h", named("n", s + b).tanh()) - y)
    root = named("L", e * e)
    if backward:
        root.backward()
    return root


def network(sizes: tuple[int, ...] = (2, 3, 1)) -> Value:
    """A small MLP, each value in the scope of its layer and neuron."""
    numbers = random.Random(3)
    row = [Value(numbers.uniform(-1, 1), label=f"x{i}") for i in range(sizes[0])]
    for layer, (inputs, width) in enumerate(pairwise(sizes)):
        outputs = []
        for neuron in range(width):
            weights = [Value(numbers.uniform(-1, 1), label=f"w{i}") for i in range(inputs)]
            total = dot(weights, row, 0.5)
            out = tanh(total)
            put((*weights, total, out), f"layer {layer}", f"neuron {neuron}")
            outputs.append(out)
        row = outputs
    row[0].backward()
    return row[0]


def put(values: Iterable[Value], *scope: str) -> None:
    """Say in which scope the values were made."""
    for value in values:
        value._scope = scope


@st.composite
def random_graphs(draw: st.DrawFn, most: int = 24) -> Value:
    """Graphs with shared nodes, constants and repeated operands; all values stay finite."""
    values = [Value(draw(st.floats(-2, 2)), label=f"x{i}") for i in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(1, most))):
        a, b = (values[draw(st.integers(0, len(values) - 1))] for _ in range(2))
        op = draw(st.sampled_from([add, sub, mul, tanh, dot]))
        if op is dot:
            values.append(dot([a, b, values[0]], [b, 0.5, a]))
        elif op is tanh:
            values.append(tanh(a))
        else:
            values.append(op(a, b if draw(st.booleans()) else 0.25).tanh())
    root = values[-1]
    if draw(st.booleans()):
        root.backward()
    return root
