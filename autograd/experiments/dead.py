"""Dead units: a unit that gives 0 on every row has a gradient of exactly 0, and no step brings it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from autograd import losses, nn
from autograd.activations import relu
from autograd.datasets import Dataset, digits, moons
from autograd.experiments.depth import loss_of
from autograd.functions import dot
from autograd.optim import SGD, Optimizer
from autograd.training import accuracy, fit
from autograd.value import Value
from autograd.watching import no_grad

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Recipe = Callable[[list[Value]], Optimizer]
RATES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


# ---------------------------------------------------------------- a net that is dead from the start


@dataclass(frozen=True)
class Revival:
    """What became of a net whose hidden units began far on their lower side.

    Attributes:
        gradient: the largest |gradient| of a hidden weight or bias before the first step.
        loss, accuracy: after the last step, on the points that it learned from. The loss of a coin is ln 2 = 0.6931.
        below: the share of the hidden pre-activations that are then on the lower side, over all units and points.
    """

    gradient: float
    loss: float
    accuracy: float
    below: float


def revival(
    activation: Callable[[Any], Any], recipe: Recipe, *, bias: float = -10.0, steps: int = 1000, seed: int = 0
) -> Revival:
    """Train 2-16-1 on two moons, all points of which lie within 3 of (0, 0), from biases that bury the hidden units.

    With a leak of a tenth it comes back, all units on their lower leg, which is straight: as good as a line, see
    `straight_line`, and no better. A smaller leak lets the weights grow until some units cross over.

    Args:
        recipe: makes the optimiser, as `lambda x: SGD(x, lr=0.5)`.
        bias: of every hidden unit at the start.

    Raises:
        MissingPackageError: NumPy is not installed, on which programs run.

    >>> revival(relu, lambda x: SGD(x, lr=0.5), steps=10).gradient
    0.0
    """
    model = nn.MLP(2, [16, 1], activation=activation, init=nn.he, rng=seed)
    hidden = model.layers[0]
    for neuron in hidden.neurons:
        neuron.b.data = bias
    points, labels = _points()
    loss_of(model, points, labels).backward()
    gradient = max(abs(parameter.grad) for parameter in hidden.parameters())
    loss = _train(model, recipe, steps)
    with no_grad():
        below = [dot(unit.w, point, unit.b).data <= 0.0 for point in points for unit in hidden.neurons]
    return Revival(gradient, loss, accuracy(model, (points, labels)), fmean(below))


def straight_line(*, steps: int = 1000) -> tuple[float, float]:
    """The loss and the accuracy of the best straight boundary between the points of `revival`: one linear unit."""
    model = nn.MLP(2, [1], init=nn.he, rng=0)
    loss = _train(model, lambda x: SGD(x, lr=0.5), steps)
    return loss, accuracy(model, _points())


def _points() -> tuple[list[list[float]], list[int]]:
    return moons(100, noise=0.1, seed=0)


def _train(model: nn.Module, recipe: Recipe, steps: int) -> float:
    from autograd.program import record

    program, optimizer = record(loss_of(model, *_points()), parameters=model), recipe(model.parameters())
    for _ in range(steps):
        program.step(optimizer)
    program.sync()
    return float(program())


# ---------------------------------------------------------------- units that die while they learn


@dataclass(frozen=True)
class Trained:
    """A net after training.

    Attributes:
        dead: share of the hidden units that give 0 with slope 0 on every row of training.
        accuracy: on rows that it has not seen.
    """

    dead: float
    accuracy: float


def trained_at(
    rate: float,
    *,
    activation: Callable[[Any], Any] = relu,
    seed: int = 0,
    epochs: int = 10,
    data: tuple[Dataset, Dataset] | None = None,
) -> Trained:
    """Train 64-32-10 on digits by plain descent: He's init, batches of 32, 45 steps an epoch.

    Args:
        data: to learn from and to test on; the first four fifths of the digits' file and the last, whose writers may
            be others, unless given.

    Raises:
        ArithmeticError: the loss or a gradient left all numbers.

    >>> found = trained_at(0.5, epochs=1)
    >>> found.dead < 0.2, found.accuracy > 0.6
    (True, True)
    """
    train, test = data or last_fifth(digits())
    model = nn.MLP(64, [32, 10], activation=activation, init=nn.he, rng=seed)
    optimizer = SGD(model.parameters(), lr=rate)
    fit(model, train, losses.cross_entropy, optimizer, epochs=epochs, seed=seed, progress=False)
    return Trained(dead_share(model.layers[:1], train.inputs), accuracy(model, test))


def sweep(
    rates: Iterable[float] = RATES, *, seeds: Iterable[int] = range(3), **options: Any
) -> dict[float, list[Trained]]:
    """`trained_at` each rate from each seed, with its options: a minute and a half for all rates."""
    starts = list(seeds)
    return {rate: [trained_at(rate, seed=seed, **options) for seed in starts] for rate in rates}


def dead_share(layers: Sequence[nn.Layer], rows: Iterable[Any]) -> float:
    """The share of the units of layers, one after another, that are off, value and slope 0, on every row.

    >>> layer = nn.Layer(1, 2, rng=0)
    >>> for neuron, weight in zip(layer.neurons, (1.0, -1.0)):
    ...     neuron.w[0].data = weight
    >>> dead_share([layer], [[1.0], [2.0]]), dead_share([layer], [[1.0], [-2.0]])
    (0.5, 0.0)
    """
    units = [unit for layer in layers for unit in layer.neurons]
    alive: set[nn.Neuron] = set()
    for x in rows:
        for layer in layers:
            x = [unit(x) for unit in layer.neurons]
            alive.update(unit for unit, out in zip(layer.neurons, x, strict=True) if out.data or out.partials[0])
    return 1.0 - len(alive) / len(units)


def last_fifth(data: Dataset) -> tuple[Dataset, Dataset]:
    """All rows but the last fifth, and the last fifth, in the order of the file."""
    cut = len(data) - len(data) // 5
    return Dataset(data.inputs[:cut], data.targets[:cut]), Dataset(data.inputs[cut:], data.targets[cut:])


def picture(found: Mapping[float, Sequence[Trained]], *, ax: Any = None, theme: str = "light") -> Axes:
    """Dead units and accuracy against the rate: lines through the means, a dot for each seed."""
    from autograd.draw import figures

    return figures.against(
        list(found),
        {
            "accuracy": [[run.accuracy for run in runs] for runs in found.values()],
            "dead units": [[run.dead for run in runs] for runs in found.values()],
        },
        title="digits",
        across="learning rate",
        ax=ax,
        theme=theme,
    )
