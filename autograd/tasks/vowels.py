"""Who speaks? The vowels /ae/ as frames of a real recording, as many as it took to say them."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import Any

from autograd import datasets
from autograd import functions as fn
from autograd.datasets import Dataset
from autograd.nn import MLP, AttentionPooling, Layer, Module, xavier
from autograd.nn.dense import Activation
from autograd.tasks.pictures import best_first, frames_with_gradient, sheet
from autograd.tasks.prepare import Standard, padded
from autograd.tasks.task import Recipe, Split, Task

LONGEST = 29  # frames
SILENCE = [0.0] * 13


def by_file(seed: int) -> Split:
    """The file's own test utterances; of the others a tenth to stop by."""
    train, test = (replace(part, inputs=samples(part.inputs)) for part in datasets.vowels().split_by_file())
    return Split(*train.split(0.1, seed), test)


def samples(utterances: Any) -> list[list[list[float]]]:
    """Of each utterance 29 frames of 13 numbers: the 12 coefficients and a 1; where it is over, zeros.

    Raises:
        ValueError: an utterance has no frames, or more.
    """
    return padded([[[*frame, 1.0] for frame in frames] for frames in utterances], LONGEST, SILENCE)


class Statistics(Module):
    """Mean and deviation of each coefficient over the frames, brought to one scale, and two dense layers on these."""

    def __init__(self, train: Dataset, activation: Activation, rng: Random) -> None:
        self.standard = Standard([statistics(frames) for frames in train.inputs])
        self.mlp = MLP(24, [24, 9], activation=activation, init=xavier, rng=rng)

    def __call__(self, frames: Any) -> Any:
        """A score for each speaker."""
        return self.mlp(self.standard(statistics(frames)))


def statistics(frames: Any) -> list[Any]:
    """The means of the coefficients over the frames that were spoken, then their standard deviations."""
    *coefficients, spoken = zip(*frames, strict=True)
    count = fn.sum(spoken)
    means = [fn.sum(column) / count for column in coefficients]  # what is not spoken is 0, and adds nothing
    squares = [fn.sum([x * x for x in column]) / count for column in coefficients]
    # A hair above 0, where a root has a slope: of one frame alone the deviation is 0.
    return [*means, *(fn.sqrt(square - mean * mean + 1e-9) for square, mean in zip(squares, means, strict=True))]


class Attention(Module):
    """A layer on each frame, a mean of what it says weighted by attention, and a layer of scores on that."""

    def __init__(self, train: Dataset, activation: Activation, rng: Random) -> None:
        self.standard = Standard([frame[:-1] for frames in train.inputs for frame in frames if frame[-1]])
        self.layer = Layer(12, 24, activation=activation, init=xavier, rng=rng)
        self.interest = Layer(24, 1, nonlin=False, init=xavier, rng=rng)
        self.pool = AttentionPooling(lambda key: fn.where(key[-1], self.interest(key[:-1]), -math.inf))
        self.scores = Layer(24, 9, nonlin=False, init=xavier, rng=rng)

    def __call__(self, frames: Any) -> Any:
        """A score for each speaker."""
        said = [self.layer(self.standard(frame[:-1])) for frame in frames]
        keys = [[*vector, frame[-1]] for vector, frame in zip(said, frames, strict=True)]
        return self.scores(self.pool(said, keys))


def pictures(model: Any, split: Split) -> dict[str, Any]:
    """Of two sure decisions and the two worst: the frames, and over them how much a nudge of each moves the score."""
    rows = best_first(model, split.test)
    shown = [*rows[:2], *rows[-2:]]
    figure, axes = sheet(2, 2, 6.4, 4.2)

    def of_spoken(frames: Any) -> Any:
        return model([[*frame, 1.0] for frame in frames])

    for ax, (row, decided, _) in zip(axes.flat, shown, strict=True):
        title = f"{split.test.classes[split.test.targets[row]]}, taken for {decided + 1}"
        frames = [frame[:-1] for frame in split.test.inputs[row] if frame[-1]]
        frames_with_gradient(of_spoken, decided, frames, title=title, ax=ax)
    return {"frames": figure}


VOWELS = Task(
    name="vowels",
    about="Who speaks? Nine men say /ae/: real recordings, 7 to 29 frames of 12 coefficients each.",
    splits={"by file": by_file},
    recipes={
        "flat": Recipe(Statistics, activation="tanh", optimizer="adamw", decay=0.1, batch=27, epochs=60, patience=20),
        "attention": Recipe(
            Attention, activation="tanh", optimizer="adamw", decay=1.0, batch=27, epochs=60, patience=20
        ),
    },
    pictures=pictures,
)
