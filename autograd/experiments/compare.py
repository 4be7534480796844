"""Activations side by side on one task: what was measured, and no advice.

Which is best differs with the data, the depth, the rate and the seed: several seeds are trained, and all are told.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from autograd import losses, nn
from autograd.activations import Activation
from autograd.datasets import Dataset, digits, moons, spiral
from autograd.draw.numbers import value_text
from autograd.experiments.choice import activation_called, init_for
from autograd.experiments.dead import dead_share
from autograd.experiments.depth import typical, weight_gradient
from autograd.optim import Adam
from autograd.training import accuracy, fit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FRESH = 100  # the seed of points to test on
SOME = 200  # rows that gradients are taken of


@dataclass(frozen=True)
class Task:
    """Data with the settings that networks learn them with.

    Attributes:
        train, test: rows to learn from, and others.
        widths: numbers of inputs, of units in each hidden layer, of outputs.
        rate: of Adam.
        epochs, batch_size: as in `autograd.training.fit`.
    """

    train: Dataset
    test: Dataset
    widths: tuple[int, int, int]
    loss: Callable[[Any, Any], Any]
    rate: float
    epochs: int
    batch_size: int

    @property
    def is_plane(self) -> bool:
        """Whether its inputs are points that can be drawn."""
        return self.widths[0] == 2


def _plane(train: Any, test: Any, rate: float, epochs: int) -> Task:
    """Two classes of points, 0 and 1, that are learned from in full batches."""
    rows, fresh = (Dataset(points, [(label + 1) // 2 for label in labels]) for points, labels in (train, test))
    return Task(rows, fresh, (2, 8, 1), losses.binary_cross_entropy, rate, epochs, batch_size=len(rows))


TASKS: dict[str, Callable[[], Task]] = {
    "moons": lambda: _plane(moons(200, 0.15, seed=0), moons(200, 0.15, seed=FRESH), 0.01, 200),
    "spiral": lambda: _plane(spiral(200, seed=0), spiral(200, seed=FRESH), 0.02, 500),
    "digits": lambda: Task(*digits().split(0.2, seed=0), (64, 32, 10), losses.cross_entropy, 0.01, 5, batch_size=32),
}


def task_called(name: str) -> Task:
    """The task of that name.

    Raises:
        ValueError: there is none.

    >>> task_called("digits").widths
    (64, 32, 10)
    """
    if name not in TASKS:
        raise ValueError(f"no data are called {name!r}: there are {', '.join(TASKS)}")
    return TASKS[name]()


@dataclass(frozen=True)
class Compared:
    """What was measured of one activation.

    Attributes:
        name: of the activation.
        accuracies: on the test rows, from each seed; nan where the loss left all numbers.
        gradients: mean |gradient| of the weights of each layer before the first step, the output last.
        dead: share of the hidden units that give 0 with slope 0 on every one of the first rows, after training.
        seconds: of one training, with the recording of its program.
        steps: the losses of the steps from the first seed.
        model: the network that was trained from the first seed.
    """

    name: str
    accuracies: list[float]
    gradients: list[float]
    dead: float
    seconds: float
    steps: list[float] = field(repr=False)
    model: nn.MLP = field(repr=False)


def compare(
    activations: Iterable[str], task: Task, *, depth: int = 2, seeds: Iterable[int] = range(3)
) -> Iterator[Compared]:
    """Train a network of `depth` hidden layers with each activation from each seed; one comes as soon as it is ready.

    The init is Xavier's for a function that lies between two bounds, He's for the others. Gradients, dead units and
    seconds are means over the seeds, the geometric one for gradients.

    Raises:
        UnknownOpError, ValueError: an activation or depth that is none.
    """
    chosen = {name: activation_called(name) for name in activations}
    starts = list(seeds)
    if depth < 1:
        raise ValueError(f"depth counts the hidden layers, at least 1, got {depth}")
    if not starts:
        raise ValueError("a comparison needs one seed or more")
    return (_measured(name, function, task, depth, starts) for name, function in chosen.items())


def _measured(name: str, activation: Activation, task: Task, depth: int, seeds: Sequence[int]) -> Compared:
    nin, width, nout = task.widths
    some = task.train.inputs[:SOME], task.train.targets[:SOME]
    runs = []
    for seed in seeds:
        widths = [width] * depth + [nout]
        model = nn.MLP(nin, widths, activation=activation, init=init_for(activation), rng=seed)
        task.loss([model(x) for x in some[0]], some[1]).backward()
        gradients = [weight_gradient(layer) for layer in model.layers]
        optimizer = Adam(model.parameters(), lr=task.rate)
        options: dict[str, Any] = {"epochs": task.epochs, "batch_size": task.batch_size, "seed": seed}
        began = time.perf_counter()
        steps, reached = [math.nan], math.nan
        with suppress(ArithmeticError):  # the loss left all numbers, which is a result too
            steps = fit(model, task.train, task.loss, optimizer, progress=False, **options).steps
        seconds = time.perf_counter() - began
        if math.isfinite(steps[-1]):
            reached = accuracy(model, task.test)
        dead = dead_share(model.layers[:-1], some[0])
        runs.append(Compared(name, [reached], gradients, dead, seconds, steps, model))
    return replace(
        runs[0],
        accuracies=[run.accuracies[0] for run in runs],
        gradients=[typical(sizes) for sizes in zip(*(run.gradients for run in runs), strict=True)],
        dead=fmean(run.dead for run in runs),
        seconds=fmean(run.seconds for run in runs),
    )


HEAD = "activation  accuracy  (least to most)  first-layer gradient  dead units      time"


def row(found: Compared) -> str:
    """A line of the table, below `HEAD`."""
    broken = sum(map(math.isnan, found.accuracies))
    spread = f"({min(found.accuracies):.3f} to {max(found.accuracies):.3f})"
    if broken:
        spread = f"({broken} of {len(found.accuracies)} diverged)"
    return (
        f"{found.name:12}{fmean(found.accuracies):8.3f}  {spread:>16}"
        f"  {value_text(found.gradients[0], 2):>20}  {found.dead:>10.0%}  {found.seconds:5.1f} s"
    )


def picture(found: Sequence[Compared], task: Task, *, theme: str = "light") -> Figure:
    """The loss while the first seed learns, the gradient in each layer before that, and what points were told apart.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    from autograd.draw import figures, plots
    from autograd.draw.plot_style import canvas

    title = "|gradient| of each layer before the first step"
    layers = [*map(str, range(1, len(found[0].gradients))), "out"]
    largest = max(size for one in found for size in one.gradients)
    below = len(found) if task.is_plane else 0  # how many boundaries there are to draw
    across = max(4, below + below % 2)  # even, so that none stands below the gap between the upper two
    heights = [4.4, 3.4][: 2 if below else 1]
    with canvas(None, theme, "loss", title, size=(1.7 * across, sum(heights))) as ([left, right], _):
        figure = left.get_figure(root=True)
        assert figure is not None
        places = figure.add_gridspec(len(heights), 2 * across, height_ratios=heights)
        left.set_subplotspec(places[0, :across])
        right.set_subplotspec(places[0, across:])
        plots.loss_curve({one.name: one.steps for one in found}, ax=left, theme=theme)
        figures.heat_maps(
            [one.name for one in found],
            layers,
            {title: [one.gradients for one in found]},
            across="layer",
            log=[title],
            ranges={title: (1e-6 * largest, largest)},
            ax=right,
            theme=theme,
        )
        for k, one in enumerate(found[:below]):
            plot = figure.add_subplot(places[1, 2 * k : 2 * k + 2])
            plots.decision_boundary(one.model, task.train.inputs, task.train.targets, ax=plot, theme=theme)
            plot.set_title(f"{one.name}  {one.accuracies[0]:.3f}", loc="left")
            plot.set(xticks=[], yticks=[])
            plot.legend().remove()
    return figure
