"""Long products: how a chain shrinks or grows, how a deep net leaves all numbers, and what clipping does about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd import nn
from autograd.activations import identity
from autograd.datasets import moons
from autograd.debug.health import health
from autograd.experiments.depth import loss_of, weight_gradient
from autograd.nn.init import Init, Random
from autograd.optim import SGD, clip_grad_norm
from autograd.training import accuracy
from autograd.value import Value
from autograd.watching import no_grad


def chain(function: Callable[[Any], Any], length: int, x: float) -> tuple[float, float]:
    """What a function gives if it is applied `length` times, and the slope of that: a product of as many factors.

    >>> from autograd import sigmoid
    >>> chain(lambda x: 1.1 * x, 30, 1.0)[1] > 17
    True
    >>> chain(sigmoid, 20, 0.5)[1] < 0.25**20
    True
    """
    start = Value(x)
    out = start
    for _ in range(length):
        out = function(out)
    out.backward()
    return out.data, start.grad


@dataclass(frozen=True)
class Sizes:
    """How large the numbers in a layer are.

    Attributes:
        weights: mean |gradient| of its weights.
        signal: root mean square of what leaves it.
        upstream: root mean square of the gradient of that.
    """

    weights: float
    signal: float
    upstream: float


def sizes(
    activation: Callable[[Any], Any], init: Init, *, depth: int = 20, width: int = 16, points: int = 100, seed: int = 0
) -> list[Sizes]:
    """The sizes in each layer, the output last, of a net on two moons that has learned nothing yet.

    The gradient of a weight is what arrives from above times what comes from below. So if both shrink by as much in
    each layer, it is as small in the first layer as in the last, and their ratio tells nothing.

    >>> from autograd import sigmoid
    >>> found = sizes(sigmoid, nn.xavier, depth=3, width=4, points=10)
    >>> found[0].weights < found[2].weights
    True
    """
    model = nn.MLP(2, [width] * depth + [1], activation=activation, init=init, rng=seed)
    loss = loss_of(model, *moons(points, noise=0.1, seed=0))
    loss.backward()
    return [
        Sizes(weight_gradient(layer), found.signal, found.upstream)
        for layer, found in zip(model.layers, health(model, loss).layers, strict=True)
    ]


def scaled(init: Init, factor: float) -> Init:
    """An init whose weights are so many times as large.

    >>> scaled(nn.he, 2.0)(nn.init.source_of_chance(0), 8, 8) / nn.he(nn.init.source_of_chance(0), 8, 8)
    2.0
    """

    def init_scaled(rng: Random, fan_in: int, fan_out: int) -> float:
        return factor * init(rng, fan_in, fan_out)

    return init_scaled


@dataclass(frozen=True)
class Descent:
    """A training of a net whose gradients explode.

    Attributes:
        losses: before each step. Where the last or its gradient is not finite, training ended there.
        norms: of the whole gradient before each step, before it was clipped.
        accuracy: on the points that it learned from; of a net that left all numbers, 0.5, a coin's.
    """

    losses: list[float]
    norms: list[float]
    accuracy: float

    @property
    def diverged(self) -> bool:
        """Whether a loss or a gradient was infinite or nan."""
        return not (math.isfinite(self.losses[-1]) and math.isfinite(self.norms[-1]))


def descent(
    *,
    clip: float | None = None,
    factor: float = 1.5,
    depth: int = 20,
    width: int = 16,
    rate: float = 0.01,
    steps: int = 200,
    seed: int = 0,
) -> Descent:
    """Train a deep ReLU net whose weights are `factor` times He's: the signal grows by that in every layer.

    Args:
        clip: the norm that the gradient is shrunk to.

    Raises:
        MissingPackageError: NumPy is not installed, on which programs run.

    >>> descent(factor=1.0, depth=2, width=8).accuracy > 0.7
    True
    """
    from autograd.program import record

    points, labels = moons(100, noise=0.1, seed=0)
    model = nn.MLP(2, [width] * depth + [1], init=scaled(nn.he, factor), rng=seed)
    program = record(loss_of(model, points, labels), parameters=model)
    optimizer = SGD(program.parameters, lr=rate)
    made = Descent([], [], 0.5)
    for _ in range(steps):
        loss, gradients = program.value_and_gradients()
        for parameter, gradient in zip(program.parameters, gradients.tolist(), strict=True):
            parameter.grad = gradient
        made.losses.append(loss)
        made.norms.append(math.hypot(*gradients))
        if made.diverged:
            return made
        if clip is not None:
            clip_grad_norm(program.parameters, clip)
        optimizer.step()
    with no_grad():
        scores = [model(point) for point in points]
    return Descent(made.losses, made.norms, accuracy(identity, (scores, labels)))
