"""Depth against remedies: how much gradient reaches the first layer of a deep network, and whether it then learns.

The two do not agree: a healthy gradient may lead to a straight line, and a remedy for one activation harms another.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING, Any

from autograd import losses, nn
from autograd.activations import identity
from autograd.datasets import moons
from autograd.draw.numbers import value_text
from autograd.errors import MissingPackageError
from autograd.experiments.choice import activation_called, init_for
from autograd.optim import Adam
from autograd.training import accuracy
from autograd.value import Value
from autograd.watching import no_grad

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "gelu")
REMEDIES = ("plain", "init", "batch norm", "residual")
DEPTHS = (2, 5, 10, 20, 30)
TEST_SEED = 100


@dataclass(frozen=True)
class Run:
    """One network: its gradients before the first step, and what it had learned after the last.

    Attributes:
        first, last: mean |gradient| of the weights of the first and of the last hidden layer.
        loss: of the points that it learned from.
        accuracy: on as many fresh points.
    """

    first: float
    last: float
    loss: float
    accuracy: float


Cell = tuple[str, str, int]  # activation, remedy, depth


def deep(activation: str, depth: int, remedy: str = "init", *, width: int = 8, seed: int = 0) -> nn.Sequential:
    """A network of two inputs, `depth` hidden layers of one width, and one linear output.

    Args:
        activation: its name.
        remedy: "plain" draws weights between −1 and 1, as micrograd does. "init" is Xavier's for a function that lies
            between two bounds, He's for the others; the other two add to that. "batch norm" normalises what comes to
            each activation, "residual" leads a short cut around each hidden layer but the first.

    Raises:
        UnknownOpError: there is no activation of that name.
        ValueError: there is no such remedy, or no layer.

    >>> print(deep("relu", 2, "batch norm"))
    Sequential                              137 parameters
    ├─ parts.0: Layer(2 → 8)                24
    │  └─ neurons.0…7: Neuron(2, identity)  8 × 3
    ├─ parts.1: BatchNorm(8)                16
    ├─ parts.2: Applied(relu)               0
    ├─ parts.3: Layer(8 → 8)                72
    │  └─ neurons.0…7: Neuron(8, identity)  8 × 9
    ├─ parts.4: BatchNorm(8)                16
    ├─ parts.5: Applied(relu)               0
    └─ parts.6: Layer(8 → 1)                9
       └─ neurons.0: Neuron(8, identity)    9
    """
    function = activation_called(activation)
    if remedy not in REMEDIES:
        raise ValueError(f"unknown remedy {remedy!r}: use {', '.join(map(repr, REMEDIES))}")
    if depth < 1:
        raise ValueError(f"depth counts the hidden layers, at least 1, got {depth}")
    source = Random(seed)
    init = nn.uniform if remedy == "plain" else init_for(function)
    parts: list[Any] = []
    for k in range(depth):
        block: list[Any] = [nn.Layer(width if k else 2, width, nonlin=False, init=init, rng=source)]
        if remedy == "batch norm":
            block.append(nn.BatchNorm(width, momentum=0.0))  # nobody asks for its running statistics here
        block.append(function)
        parts += [nn.Residual(nn.Sequential(*block))] if remedy == "residual" and k else block
    return nn.Sequential(*parts, nn.Layer(width, 1, nonlin=False, init=init, rng=source))


def outputs(model: Any, points: Sequence[Any]) -> list[Any]:
    """What a model gives for each point; BatchNorm takes the statistics of all of them."""
    return model(points) if model.takes_batch else [model(point) for point in points]


def loss_of(model: Any, points: Sequence[Any], labels: Iterable[int]) -> Value:
    """The mean cross-entropy of two classes, labelled −1 and 1. That of a coin is ln 2 = 0.6931."""
    loss: Value = losses.binary_cross_entropy(outputs(model, points), [(label + 1) // 2 for label in labels])
    return loss


def cell(
    activation: str,
    remedy: str,
    depth: int,
    *,
    seeds: Iterable[int] = range(3),
    width: int = 8,
    points: int = 200,
    steps: int = 200,
) -> list[Run]:
    """Train a deep network on two moons, once from each seed: full batches, Adam with rate 0.01.

    The loss is recorded once, and its program takes the steps of every seed. BatchNorm uses the statistics of the
    batch, in the test too.

    Raises:
        ArithmeticError: a loss or a gradient left all numbers.
        MissingPackageError: NumPy is not installed, on which programs run.

    >>> [run] = cell("tanh", "init", 2, seeds=[0], points=50, steps=100)
    >>> run.first > 0.001, run.accuracy > 0.8
    (True, True)
    """
    from autograd.program import record

    inputs, labels = moons(points, noise=0.15, seed=0)
    fresh, answers = moons(points, noise=0.15, seed=TEST_SEED)
    model = deep(activation, depth, remedy, width=width)
    layers = [part for part in model.modules() if isinstance(part, nn.Layer)]
    program = record(loss_of(model, inputs, labels), parameters=model)
    runs = []
    for seed in seeds:
        model.load_state_dict(deep(activation, depth, remedy, width=width, seed=seed).state_dict())
        for parameter, gradient in zip(program.parameters, program.gradients().tolist(), strict=True):
            parameter.grad = gradient
        first, last = weight_gradient(layers[0]), weight_gradient(layers[-2])
        optimizer = Adam(model.parameters(), lr=0.01)
        for _ in range(steps):
            program.step(optimizer)
        program.sync()
        with no_grad():
            scores = outputs(model, fresh)
        runs.append(Run(first, last, program(), accuracy(identity, (scores, answers))))
    return runs


def grid(
    activations: Sequence[str] = ACTIVATIONS,
    remedies: Sequence[str] = REMEDIES,
    depths: Sequence[int] = DEPTHS,
    **options: Any,
) -> dict[Cell, list[Run]]:
    """A `cell` for each activation, remedy and depth, with the options of `cell`; all of them take ten minutes.

    >>> found = grid(["relu"], ["init"], [1, 2], seeds=[0], points=20, steps=5)
    >>> list(found)
    [('relu', 'init', 1), ('relu', 'init', 2)]
    """
    return {
        (activation, remedy, depth): cell(activation, remedy, depth, **options)
        for activation in activations
        for remedy in remedies
        for depth in depths
    }


def picture(found: Mapping[Cell, Sequence[Run]], *, theme: str = "light") -> Axes | list[Axes]:
    """Two heat maps side by side: the gradient that reaches the first layer, and the accuracy on fresh points.

    Of several seeds it is the mean, of gradients the geometric one.
    """
    from autograd.draw import figures

    rows = list(dict.fromkeys((activation, remedy) for activation, remedy, _ in found))
    depths = list(dict.fromkeys(depth for _, _, depth in found))
    runs = [[found[activation, remedy, depth] for depth in depths] for activation, remedy in rows]
    return figures.heat_maps(
        [f"{activation}  {remedy}" for activation, remedy in rows],
        [str(depth) for depth in depths],
        {
            "|gradient| of the first layer": [[typical([run.first for run in x]) for x in row] for row in runs],
            "accuracy on fresh points": [[fmean(run.accuracy for run in x) for x in row] for row in runs],
        },
        across="hidden layers",
        log=("|gradient| of the first layer",),
        ranges={"accuracy on fresh points": (0.5, 1.0)},
        theme=theme,
    )


def report(found: Mapping[Cell, Sequence[Run]]) -> str:
    """A line for each cell: gradients before the first step, then loss and accuracy, each of every seed."""
    lines = []
    for (activation, remedy, depth), runs in found.items():
        first, last = (typical([getattr(run, side) for run in runs]) for side in ("first", "last"))
        lines.append(
            f"{activation:10} {remedy:10} {depth:3}  first {value_text(first, 2):>8}  last {value_text(last, 2):>8}"
            f"  loss {' '.join(f'{run.loss:.4f}' for run in runs)}"
            f"  accuracy {' '.join(f'{run.accuracy:.3f}' for run in runs)}"
        )
    return "\n".join(lines)


def typical(sizes: Sequence[float]) -> float:
    """The geometric mean of sizes; 0 if one of them is.

    >>> round(typical([1.0, 100.0]), 9)
    10.0
    """
    return math.exp(fmean(map(math.log, sizes))) if all(sizes) else 0.0


def weight_gradient(layer: nn.Layer) -> float:
    """The mean |gradient| of a layer's weights, without its biases."""
    return fmean(abs(weight.grad) for neuron in layer.neurons for weight in neuron.w)


def mean_squares(width: int, *, depth: int = 20, seed: int = 0, samples: int = 32) -> list[float]:
    """The mean square of what leaves each layer of a ReLU net with He's init, when normal numbers of size 1 go in.

    It is kept in the mean over many nets; a single net may drift far from 1, the farther the narrower it is.

    Raises:
        MissingPackageError: NumPy is not installed.
    """
    try:
        import numpy as np
    except ImportError:
        raise MissingPackageError("this forward pass runs on NumPy: pip install numpy") from None
    random = np.random.default_rng(seed)
    x = random.normal(size=(samples, width))
    sizes = []
    for _ in range(depth):
        weights = random.normal(scale=math.sqrt(2.0 / width), size=(width, width))  # what `nn.he` draws
        x = np.maximum(0.0, x @ weights.T)
        sizes.append(float(np.mean(x * x)))
    return sizes
