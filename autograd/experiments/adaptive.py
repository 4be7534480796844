"""Swish learns its beta: towards the one that the data were made with, and to different ones in a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd import losses, nn
from autograd.activations import identity, silu
from autograd.datasets import Dataset, digits, moons
from autograd.optim import SGD, Adam
from autograd.training import History, fit
from autograd.value import Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Betas = list[list[float]]


def fitted(start: float, *, target: float = 3.0, rate: float = 5.0, steps: int = 300) -> Betas:
    """Beta when x · sigmoid(beta · x) is to become that of the target, by plain descent.

    The error is the mean square over 61 places from −3 to 3.

    Returns:
        The one beta before the first step and after each.

    >>> [round(beta, 2) for [beta] in fitted(1.0, steps=2)]
    [1.0, 1.58, 1.68]
    """
    places = [k / 10.0 for k in range(-30, 31)]
    wanted = [silu(x, target) for x in places]
    beta = Value(start)
    optimizer = SGD([beta], lr=rate)
    path = [[start]]
    for _ in range(steps):
        optimizer.zero_grad()
        losses.mse([silu(x, beta) for x in places], wanted).backward()
        optimizer.step()
        path.append([beta.data])
    return path


def on_moons(*, steps: int = 500, seed: int = 0) -> Betas:
    """The betas of the hidden layers of 2-8-8-1 on two moons: one for each layer, full batches, Adam with rate 0.02.

    Returns:
        The betas before the first step and after each.

    >>> on_moons(steps=0)
    [[1.0, 1.0]]
    """
    points, labels = moons(100, noise=0.1, seed=0)
    data = Dataset(points, [(label + 1) // 2 for label in labels])
    return _learned(data, [2, 8, 8, 1], losses.binary_cross_entropy, 0.02, epochs=steps, batch_size=100, seed=seed)


def on_digits(*, epochs: int = 10, seed: int = 0) -> Betas:
    """The beta of the hidden layer of 64-32-10 on the digits: batches of 32, Adam with rate 0.01.

    Returns:
        The one beta before the first epoch and after each, of 45 steps.

    >>> on_digits(epochs=0)
    [[1.0]]
    """
    train, _ = digits().split(0.2, seed=0)
    return _learned(train, [64, 32, 10], losses.cross_entropy, 0.01, epochs=epochs, batch_size=32, seed=seed)


def _learned(data: Dataset, widths: Sequence[int], loss: Any, rate: float, *, seed: int, **options: Any) -> Betas:
    shapes = [nn.Swish() for _ in widths[1:-1]]
    model = nn.MLP(widths[0], widths[1:], activation=[*shapes, identity], init=nn.he, rng=seed)
    path: Betas = []

    def keep(history: History | None) -> None:
        path.append([shape.betas[0].data for shape in shapes])

    keep(None)
    fit(model, data, loss, Adam(model.parameters(), lr=rate), seed=seed, progress=False, after_epoch=keep, **options)
    return path


def picture(path: Betas, *, across: str = "step", ax: Any = None, theme: str = "light") -> Axes:
    """The beta of each layer over training."""
    from autograd.draw import figures

    curves = {f"layer {k + 1}": [[betas[k]] for betas in path] for k in range(len(path[0]))}
    return figures.against(range(len(path)), curves, title="learned beta", across=across, ax=ax, theme=theme)
