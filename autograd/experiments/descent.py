"""Optimisers on landscapes of two numbers, where one sees what memory and scale do; and the search for a rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd.optim import Optimizer
from autograd.value import Value

Landscape = Callable[[Sequence[Any]], Any]
Recipe = Callable[[list[Value]], Optimizer]
Path = list[tuple[float, float]]


def ravine(x: Sequence[Any]) -> Any:
    """(x² + 25 y²) / 2: steep across, flat along. Plain descent diverges above a rate of 2/25.

    >>> ravine([-4.0, 1.0])
    20.5
    """
    return (x[0] ** 2 + 25.0 * x[1] ** 2) / 2.0


def saddle(x: Sequence[Any]) -> Any:
    """(x² − y²) / 2: down along x, and down for ever along y, from a place that is flat.

    >>> saddle([1.0, 0.0])
    0.5
    """
    return (x[0] ** 2 - x[1] ** 2) / 2.0


def rosenbrock(x: Sequence[Any]) -> Any:
    """(1 − x)² + 100 (y − x²)²: a bent valley whose floor hardly falls; its minimum is 0 at (1, 1).

    >>> rosenbrock([1.0, 1.0])
    0.0

    Source: Rosenbrock 1960, The Computer Journal 3.
    """
    return (1.0 - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2


def turned(landscape: Landscape, degrees: float = 45.0) -> Landscape:
    """The same landscape, turned about (0, 0): what treats each number by itself notices, the others do not.

    A start is turned with it by `turn`.
    """
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return lambda x: landscape([cosine * x[0] + sine * x[1], cosine * x[1] - sine * x[0]])


def turn(start: Sequence[float], degrees: float = 45.0) -> tuple[float, float]:
    """A place, turned about (0, 0).

    >>> [round(x, 6) for x in turn((1.0, 0.0), 90.0)]
    [0.0, 1.0]
    """
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return cosine * start[0] - sine * start[1], sine * start[0] + cosine * start[1]


def descend(
    landscape: Landscape, start: Sequence[float], recipe: Recipe, *, below: float = 1e-3, limit: int = 5000
) -> Path:
    """The places that an optimiser visits, until it is below a height, off all numbers, or has made `limit` steps.

    Args:
        recipe: makes the optimiser, as `lambda x: SGD(x, lr=0.03)`.

    >>> from autograd.optim import SGD
    >>> len(descend(ravine, (-4.0, 1.0), lambda x: SGD(x, lr=0.03))) - 1  # steps
    148
    """
    x = [Value(number) for number in start]
    optimizer = recipe(x)
    path = [(x[0].data, x[1].data)]
    for _ in range(limit):
        height = landscape(x)
        if not height.data >= below:  # nan too
            break
        optimizer.zero_grad()
        height.backward()
        optimizer.step()
        path.append((x[0].data, x[1].data))
    return path


def race(
    landscape: Landscape,
    start: Sequence[float],
    recipes: dict[str, Recipe],
    *,
    below: float = 1e-3,
    limit: int = 5000,
) -> dict[str, Path]:
    """The path of each optimiser from the same start: `len(path) - 1` steps. `draw.landscape` draws them.

    >>> from autograd.optim import SGD
    >>> runners = {"SGD": lambda x: SGD(x, lr=0.03), "momentum": lambda x: SGD(x, lr=0.03, momentum=0.9)}
    >>> {name: len(path) - 1 for name, path in race(ravine, (-4.0, 1.0), runners).items()}
    {'SGD': 148, 'momentum': 66}
    """
    return {name: descend(landscape, start, recipe, below=below, limit=limit) for name, recipe in recipes.items()}


def find_rate(
    loss: Callable[[], Value], parameters: Sequence[Value], *, low: float = 1e-5, high: float = 10.0, steps: int = 60
) -> list[tuple[float, float]]:
    """The loss while the rate grows from `low` to `high`: a good rate lies well before the loss turns up.

    It stops where the loss is four times its least, or not finite; the parameters are as before.

    Args:
        loss: computes the loss anew.

    Returns:
        Pairs of a rate and the loss that was met before the step with it.

    Source: Smith 2017, WACV.

    >>> x = Value(0.0)
    >>> curve = find_rate(lambda: (x - 3.0) ** 2 + 1.0, [x], low=0.01, high=10.0, steps=13)
    >>> min(curve, key=lambda pair: pair[1])[0] < 1.8, curve[-1][1] > 4.0, x.data
    (True, True, 0.0)
    """
    before = [parameter.data for parameter in parameters]
    curve: list[tuple[float, float]] = []
    try:
        for step in range(steps):
            rate = low * (high / low) ** (step / max(1, steps - 1))
            for parameter in parameters:
                parameter.grad = 0.0
            root = loss()
            curve.append((rate, root.data))
            if not root.data <= 4.0 * min(height for _, height in curve):
                break
            root.backward()
            for parameter in parameters:
                parameter.data -= rate * parameter.grad
    finally:
        for parameter, number in zip(parameters, before, strict=True):
            parameter.data = number
            parameter.grad = 0.0
    return curve
