"""A task that is trained in a second, and a program that trains it until somebody kills it."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from autograd import nn
from autograd.datasets import Dataset
from autograd.tasks import Recipe, Split, Task, train
from autograd.tasks.training import Training


def points(start: int, stop: int) -> Dataset:
    """Is the first number larger than the second? Rows that no rounding makes equal."""
    inputs = [[(7 * k % 23) / 23.0, (11 * k % 29) / 29.0] for k in range(start, stop)]
    return Dataset(inputs, [int(a > b) for a, b in inputs], name="points", classes=("no", "yes"))


def mlp(scores: int) -> Any:
    """Builds a network that gives so many."""
    return lambda train, activation, rng: nn.MLP(2, [4, scores], activation=activation, rng=rng)


SETTINGS: Any = {"activation": "tanh", "rate": 0.05, "batch": 8, "epochs": 6}
TINY = Task(
    name="tiny",
    about="Which is larger?",
    splits={"by row": lambda seed: Split(points(1, 61), points(61, 91), points(91, 131))},
    recipes={"mlp": Recipe(mlp(2), **SETTINGS), "yes": Recipe(mlp(1), **SETTINGS)},
    pictures=lambda model, split: {},
)


def killed_after(epochs: int, kind: int) -> None:
    """Let this very process get a signal in the midst of the epoch after these."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background begins without it
    run_epoch = Training.run_epoch

    def kill(training: Training) -> None:
        if training.epoch == epochs:
            steps = iter(range(1))
            loss_step = training._loss.step

            def step(*arguments: object) -> float:
                if next(steps, None) is None:
                    os.kill(os.getpid(), kind)
                return loss_step(*arguments)

            training._loss.step = step
        run_epoch(training)

    Training.run_epoch = kill


if __name__ == "__main__":
    folder, how = sys.argv[1:]
    if how != "on":
        killed_after(2, getattr(signal, how))
    train(TINY, folder=Path(folder), resume=how == "on")
