"""Graphs to trace: random ones over every op, and a small one in which everything occurs that an event can tell."""

import math

from hypothesis import strategies as st

from autograd import Value, nn, optim, scope
from autograd.debug import trace
from autograd.op import REGISTRY, find

OPS = sorted(op.name for op in REGISTRY.values() if op.forward.__module__.startswith("autograd."))
SPECIAL = [0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 0.5, 40.0, -1000.0, 1e-200, 1e200]
NUMBERS = st.sampled_from(SPECIAL) | st.floats(-4.0, 4.0)


@st.composite
def graphs(draw, by_hand=True):
    """A root with shared nodes, list ops, constants, kinks, zeros and infinities; some nodes made by hand."""
    values = [Value(draw(NUMBERS), label=f"x{k}") for k in range(draw(st.integers(1, 4)))]

    def operand():
        return draw(NUMBERS) if draw(st.integers(0, 5)) == 5 else draw(st.sampled_from(values))

    for _ in range(draw(st.integers(1, 10))):
        if by_hand and draw(st.integers(0, 5)) == 5:
            values.append(hand_made(draw(st.sampled_from(values)), draw(st.sampled_from(values))))
            continue
        op = find(draw(st.sampled_from(OPS)))
        length = draw(st.integers(1, 4))
        operands = [
            [operand() for _ in range(length)]
            if place < op.lists
            else draw(st.integers(0, length - 1))
            if name == op.index
            else operand()
            for place, name in enumerate(op.operands)
        ]
        with scope(draw(st.sampled_from(["left", "right"]))):
            found = op(*operands)
        values += [found] if isinstance(found, Value) else []
    return values[-1]


def hand_made(a, b):
    """a · b as somebody writes it for micrograd."""
    out = Value(a.data * b.data, (a, b), "by hand")

    def backward():
        a.grad += b.data * out.grad
        b.grad += a.data * out.grad

    out._backward = backward
    return out


def everything():
    """A trace with fan-out, a list op, a constant, a node made by hand, two passes, updates, groups and lines."""
    w, x, b = Value(0.5, label="w"), Value(-2.0, label="x"), Value(3.0, label="b")
    with trace() as traced:
        for _ in range(2):
            with scope("layer"):
                z = (w * x + b).tanh()
            loss = hand_made(z, z) + (2.0 - z) * x.relu()
            loss.backward()
            w.data -= 0.5 * w.grad
            optim.SGD([b], lr=0.25).step()
    return traced


def network(samples=3, nouts=(3, 2, 1), **options):
    """The trace of an MLP over a few samples, both ways."""
    model = nn.MLP(2, list(nouts), rng=0, **options)
    with trace() as traced:
        loss = sum((model([math.sin(k), math.cos(k)]) - 1.0) ** 2 for k in range(samples))
        loss.backward()
    return traced


def bits(x):
    """What distinguishes two floats: nan is nan, and 0.0 is not -0.0."""
    return repr(x)
