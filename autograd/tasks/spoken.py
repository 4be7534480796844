"""Which digit was spoken? By synthetic voices: 20 frames of a sound, read all at once or through a moving window."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from autograd import datasets
from autograd import functions as fn
from autograd.datasets import Dataset
from autograd.datasets.dataset import seeded, shuffled
from autograd.draw import maps
from autograd.nn import MLP, AttentionPooling, Layer, Module, flatten, he, xavier
from autograd.nn.dense import Activation
from autograd.tasks.pictures import best_first, frames_with_gradient, sheet
from autograd.tasks.prepare import Standard
from autograd.tasks.task import Recipe, Split, Task
from autograd.watching import no_grad

WINDOW = 5  # frames
WIDTH = 32  # of what a window becomes
HEADS = 4


def unheard_voices(seed: int) -> Split:
    """The file's own test voices, and a tenth of the others to stop by: nobody is in two parts."""
    train, test = datasets.spoken_digits().split_by_file()
    # "en-gb+rob" and "en-us+rob" are one voice with two accents
    voices = [row["voice"].partition("+")[2] for row in datasets.rows("spoken_digits")][: len(train)]
    known = list(dict.fromkeys(voices))
    order = shuffled(len(known), seeded(seed))
    kept = {known[k] for k in order[: round(len(known) / 10)]}
    rows = sorted(range(len(train)), key=lambda row: voices[row] in kept)  # those to stop by at the end
    ordered = replace(
        train,
        inputs=[train.inputs[row] for row in rows],
        targets=[train.targets[row] for row in rows],
        train_rows=sum(voice not in kept for voice in voices),
    )
    return Split(*ordered.split_by_file(), test)


class Flat(Module):
    """All 260 numbers brought to one scale, and two dense layers."""

    def __init__(self, train: Dataset, activation: Activation, rng: Random) -> None:
        self.standard = Standard([flatten(frames) for frames in train.inputs])
        self.mlp = MLP(260, [WIDTH, 10], activation=activation, init=he, rng=rng)

    def __call__(self, frames: Any) -> Any:
        """A score for each digit."""
        return self.mlp(self.standard(flatten(frames)))


class Sequence(Module):
    """One layer looks at five frames at a time; four heads choose, each in its own way, what they say of the whole.

    What a voice always has is taken out first: the mean of each coefficient over the utterance.
    """

    def __init__(self, train: Dataset, activation: Activation, rng: Random) -> None:
        self.standard = Standard([frame for frames in train.inputs for frame in centred(frames)])
        self.layer = Layer(WINDOW * 13, WIDTH, activation=activation, init=xavier, rng=rng)
        self.heads = [AttentionPooling(Layer(WIDTH, 1, nonlin=False, init=xavier, rng=rng)) for _ in range(HEADS)]
        self.scores = Layer(HEADS * WIDTH, 10, nonlin=False, init=xavier, rng=rng)

    def __call__(self, frames: Any) -> Any:
        """A score for each digit."""
        frames = [self.standard(frame) for frame in centred(frames)]
        windows = [flatten(frames[start : start + WINDOW]) for start in range(len(frames) - WINDOW + 1)]
        said = [self.layer(window) for window in windows]
        return self.scores([x for head in self.heads for x in head(said)])


def centred(frames: Any) -> list[list[Any]]:
    """The frames less the mean of each coefficient over them.

    >>> centred([[2.0], [4.0], [6.0]])
    [[-2.0], [0.0], [2.0]]
    """
    means = [fn.sum(column) / len(frames) for column in zip(*frames, strict=True)]
    return [[x - mean for x, mean in zip(frame, means, strict=True)] for frame in frames]


def pictures(model: Any, split: Split) -> dict[str, Any]:
    """Of two sure decisions and the two worst: the frames, over them the gradient; and where the heads look."""
    rows = best_first(model, split.test)
    shown = [*rows[:2], *rows[-2:]]
    figure, axes = sheet(2, 2, 6.4, 4.8)
    for ax, (row, decided, _) in zip(axes.flat, shown, strict=True):
        title = f"{split.test.targets[row]}, heard as {decided}"
        frames_with_gradient(model, decided, split.test.inputs[row], title=title, ax=ax)
    found = {"frames": figure}
    if isinstance(model, Sequence):
        found["attention"], axes = sheet(2, 2, 10.0, 2.6)
        for ax, (row, decided, _) in zip(axes.flat, shown, strict=True):
            with no_grad():
                model(split.test.inputs[row])
            weights = [head.weights for head in model.heads]
            starts = [str(start) for start in range(len(weights[0]))]
            maps.attention(weights, [f"head {k}" for k in range(HEADS)], starts, ax=ax)
            ax.set_xlabel(f"first frame of a window; {split.test.targets[row]}, heard as {decided}")
    return found


SPOKEN = Task(
    name="spoken",
    about="Which digit was spoken? By synthetic voices, no person was recorded; what holds for them need not hold"
    "\nfor people. Tested is on voices that training has not heard.",
    splits={"unheard voices": unheard_voices},
    recipes={
        "flat": Recipe(Flat, optimizer="adamw", rate=0.003, decay=0.01, epochs=25),
        "sequence": Recipe(Sequence, activation="tanh", optimizer="adamw", rate=0.005, decay=0.3, epochs=30),
    },
    pictures=pictures,
)
