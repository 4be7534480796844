"""A woman's name, or a man's? Read letter by letter, by a cell that keeps a few numbers in mind."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from random import Random
from string import ascii_lowercase
from typing import Any

from autograd import datasets, interpret
from autograd import functions as fn
from autograd.datasets import Dataset
from autograd.draw import maps
from autograd.nn import GRU, Embedding, Layer, Module, lecun, xavier
from autograd.nn.dense import Activation
from autograd.tasks.pictures import best_first, sheet
from autograd.tasks.prepare import padded
from autograd.tasks.task import Recipe, Split, Task
from autograd.watching import no_grad

LONGEST = 11  # letters
NO_LETTER = len(ascii_lowercase)
SIZE = 8  # of a letter's row
STATE = 32


def random_fifth(seed: int) -> Split:
    """A fifth of all names to test on, and a tenth of the others to stop by. Each name stands there once."""
    data = datasets.names()
    train, test = replace(data, inputs=samples(data.inputs)).split(0.2, seed)
    return Split(*train.split(0.1, seed), test)


def samples(names: Any) -> list[list[int]]:
    """The places of each name's letters in the alphabet, 11 of them; in front those that are no letter.

    Raises:
        ValueError: a name is empty or longer, or has something else than the letters a to z.
    """
    for k, name in enumerate(names):
        for letter in name:
            if letter not in ascii_lowercase:
                raise ValueError(f"row {k}, {name!r}, has {letter!r}: only the letters a to z are known, in small")
    return padded([[ascii_lowercase.index(x) for x in name] for name in names], LONGEST, NO_LETTER, front=True)


class Reader(Module):
    """A row of the table for each letter, read by a GRU; what it has in mind after the last one gives the score.

    Where there is no letter yet, it has nothing in mind.
    """

    def __init__(self, train: Dataset, activation: Activation, rng: Random) -> None:
        self.table = Embedding(NO_LETTER + 1, SIZE, init=lecun, rng=rng)
        self.cell = GRU(SIZE, STATE, rng=rng)
        self.score = Layer(STATE, 1, nonlin=False, init=xavier, rng=rng)

    def __call__(self, letters: Any) -> Any:
        """The score of a name, above 0 for a man's."""
        return self.of_rows(self.table(list(letters)), [fn.greater(NO_LETTER, letter) for letter in letters])

    def of_rows(self, rows: Any, there: Any) -> Any:
        """The score of a name, given as rows of the table, each with a 1, or a 0 where there is no letter."""
        state: list[Any] = [0.0] * STATE
        for row, one in zip(rows, there, strict=True):
            state = [one * x for x in self.cell.step(row, state)]
        return self.score(state)


def pictures(model: Reader, split: Split) -> dict[str, Any]:
    """Of two sure decisions and the two worst: the score as it is after each letter, and what each letter counts."""
    rows = best_first(model, split.test)
    sure = [next(row for row in rows if split.test.targets[row[0]] == target) for target in (0, 1)]
    figure, axes = sheet(2, 4, 3.2, 3.6)
    for k, (row, decided, _) in enumerate([*sure, *rows[-2:]]):
        letters = [letter for letter in split.test.inputs[row] if letter < NO_LETTER]
        there = [1.0] * len(letters)
        with no_grad():
            so_far = [model(letters[: end + 1]).data for end in range(len(letters))]
            vectors = [[x.data for x in vector] for vector in model.table(letters)]
        pulls = interpret.gradient_times_input(partial(model.of_rows, there=there), vectors)
        place = list(axes[k // 2][2 * (k % 2) : 2 * (k % 2) + 2])
        found = {"score so far": so_far, "gradient × input": [math.fsum(pull) for pull in pulls]}
        maps.words([ascii_lowercase[letter] for letter in letters], found, ax=place)
        classes = split.test.classes
        place[0].set_xlabel(f"{classes[split.test.targets[row]]}, read as {classes[decided]}")
    return {"letters": figure}


NAMES = Task(
    name="names",
    about="A woman's name, or a man's? First names of 1990, the letters one by one. Most are women's.",
    splits={"random fifth": random_fifth},
    recipes={"gru": Recipe(Reader, activation="identity", epochs=20, patience=6)},
    pictures=pictures,
)
