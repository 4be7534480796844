"""Which digit was written? An 8×8 image, read by dense layers or through small windows."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from autograd import datasets, interpret
from autograd.datasets import Dataset
from autograd.draw import maps, plots
from autograd.nn import MLP, Conv2d, Layer, MaxPool, Module, flatten, he
from autograd.nn.dense import Activation
from autograd.tasks.pictures import best_first, sheet
from autograd.tasks.task import Recipe, Split, Task


def random_fifth(seed: int) -> Split:
    """A fifth of all rows to test on, drawn by chance, and a tenth of the others to stop by."""
    train, test = datasets.digits().split(0.2, seed)
    return Split(*train.split(0.1, seed), test)


def last_fifth(seed: int) -> Split:
    """The end of the file to test on. There the score is lower: the writers may be others, the file does not say."""
    data = datasets.digits()
    train, test = replace(data, train_rows=len(data) * 4 // 5).split_by_file()
    return Split(*train.split(0.1, seed), test)


def mlp(train: Dataset, activation: Activation, rng: Random) -> MLP:
    """64 pixels → 32 neurons → 10 scores."""
    return MLP(64, [32, 10], activation=activation, init=he, rng=rng)


class Convolution(Module):
    """12 filters of 3×3 pixels, the largest answer of each 2×2 places, and a layer of 10 scores on those."""

    def __init__(self, train: Dataset, activation: Activation, rng: Random) -> None:
        self.filters = Conv2d(1, 12, 3, activation=activation, rng=rng)
        self.pool = MaxPool(2)
        self.scores = Layer(12 * 3 * 3, 10, nonlin=False, init=he, rng=rng)

    def __call__(self, pixels: Any) -> Any:
        """The scores of an image, given as a list of its 64 pixels."""
        return self.scores(flatten(self.pool(self.filters([image(pixels)]))))


def image(pixels: Any) -> list[list[Any]]:
    """The eight rows of an image."""
    return [list(pixels[start : start + 8]) for start in range(0, 64, 8)]


def pictures(model: Any, split: Split) -> dict[str, Any]:
    """The weights as images; of the surest right and wrong answers what they came from; what excites each score."""
    if isinstance(model, Convolution):
        weights = plots.weights_as_images([neuron.w for neuron in model.filters.filters], (3, 3))
    else:
        weights = plots.weights_as_images(model)
    rows = best_first(model, split.test)
    shown = [*rows[:2], *rows[-2:]]
    looked_at, axes = sheet(4, len(shown), 2.6, 2.8)
    for column, (row, decided, _) in enumerate(shown):
        pixels = image(split.test.inputs[row])
        score = partial(_score, model, decided)
        places = [line[column] for line in axes]
        maps.heat(pixels, title=f"{split.test.targets[row]}, read as {decided}", ax=places[0])
        maps.heat(pixels, interpret.saliency(score, pixels), title="saliency", ax=places[1])
        gradients = interpret.integrated_gradients(score, pixels, tolerance=0.05)
        maps.heat(pixels, gradients, title="integrated gradients", ax=places[2])
        maps.heat(pixels, interpret.occlusion(score, pixels), title="occlusion", ax=places[3])
    exciting, axes = sheet(2, 5, 2.6, 2.8)
    grey = [[0.5] * 8] * 8
    for digit, ax in enumerate([*axes[0], *axes[1]]):
        found = interpret.activation_maximisation(partial(_score, model, digit), grey, low=0.0, high=1.0)
        maps.heat(found, title=f"excites {digit}", ax=ax)
    return {"weights": weights.figure, "looked_at": looked_at, "excites": exciting}


def _score(model: Any, digit: int, rows: Any) -> Any:
    return model([pixel for row in rows for pixel in row])[digit]


DIGITS = Task(
    name="digits",
    about="Which digit was written? 8×8 pixels. Neighbouring rows of the file may share writers, so that a random"
    "\nsplit may flatter: the score on the file's last fifth stands beside it.",
    splits={"random fifth": random_fifth, "last fifth": last_fifth},
    recipes={"mlp": Recipe(mlp), "conv": Recipe(Convolution, epochs=30)},
    pictures=pictures,
)
