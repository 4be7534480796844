"""Code as micrograd's users write it, for whichever class `Value` it is given. Each example returns its figures."""

import random
from collections.abc import Callable
from typing import Any


def every_operator(Value: Any) -> list[float]:  # noqa: N803
    a, b = Value(1.25), Value(-0.75)
    c = a + b * 2 - 1
    c += 3 * a - b
    c -= 0.5
    d = c * a / (b + 2.0) + (1 - b) + 2 / a
    d *= -a
    d /= 4
    e = d**2 + c**3 + a**-1.5 + (-b) ** 0.5
    e += (a - 2).relu() + (2 - a).relu() + 0.1 * b.relu()
    e.backward()
    return [e.data, e.grad, d.data, d.grad, c.data, c.grad, a.grad, b.grad]


def one_value_in_many_places(Value: Any) -> list[float]:  # noqa: N803
    a = Value(3.0)
    b = a + a
    c = a * a + b * b - a
    d = sum([a, b, c, b])
    d.backward()
    return [d.data, a.grad, b.grad, c.grad]


def a_neuron_by_hand(Value: Any) -> list[float]:  # noqa: N803
    x = [Value(0.5), Value(-1.5)]
    w = [Value(2.0), Value(0.25)]
    b = Value(0.125)
    out = sum((wi * xi for wi, xi in zip(w, x, strict=True)), b).relu()
    out.backward()
    return [out.data, *(v.grad for v in (*w, *x, b))]


def gradient_descent_on_a_line(Value: Any) -> list[float]:  # noqa: N803
    slope, offset = Value(0.0), Value(0.0)
    losses = []
    for _ in range(20):
        loss = sum((slope * x + offset - y) ** 2 for x, y in [(0.0, 1.0), (1.0, 3.0), (2.0, 5.5)]) / 3
        slope.grad = offset.grad = 0
        loss.backward()
        slope.data += -0.1 * slope.grad
        offset.data += -0.1 * offset.grad
        losses.append(loss.data)
    return [*losses, slope.data, offset.data]


def a_small_classifier(Value: Any) -> list[float]:  # noqa: N803
    draw = random.Random(3)
    hidden = [[Value(draw.uniform(-1, 1)) for _ in range(3)] for _ in range(4)]
    last = [Value(draw.uniform(-1, 1)) for _ in range(5)]
    parameters = [w for row in (*hidden, last) for w in row]
    points = [(draw.uniform(-1, 1), draw.uniform(-1, 1)) for _ in range(10)]
    losses = []
    for step in range(10):
        scores = []
        for x, y in points:
            features = [(w[0] * x + w[1] * y + w[2]).relu() for w in hidden]
            scores.append(sum((wi * f for wi, f in zip(last, features, strict=False)), last[4]))
        margins = [(1 + -(1 if x > y else -1) * score).relu() for (x, y), score in zip(points, scores, strict=True)]
        loss = sum(margins) * (1.0 / len(margins)) + 1e-2 * sum(p * p for p in parameters)
        for p in parameters:
            p.grad = 0
        loss.backward()
        for p in parameters:
            p.data -= (0.5 - 0.04 * step) * p.grad
        losses.append(loss.data)
    return [*losses, *(p.data for p in parameters)]


EXAMPLES: list[Callable[[Any], list[float]]] = [
    every_operator,
    one_value_in_many_places,
    a_neuron_by_hand,
    gradient_descent_on_a_line,
    a_small_classifier,
]
