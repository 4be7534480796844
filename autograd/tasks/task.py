"""What a task is: samples to learn from and to be judged by, models that may do it, pictures that ask them why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from autograd.datasets import Dataset
from autograd.nn.dense import Activation

Build = Callable[[Dataset, Activation, Random], Any]  # gives a Module that is called with a sample


@dataclass(frozen=True)
class Split:
    """Rows for three uses. Inputs are samples, numbers in nested lists that are of one shape throughout.

    Attributes:
        train: the rows that move the parameters.
        validation: the rows that say when to stop, and which epoch was best.
        test: the rows that nothing was chosen by.
    """

    train: Dataset
    validation: Dataset
    test: Dataset

    def __post_init__(self) -> None:
        for part in (self.train, self.validation, self.test):
            if not len(part):
                raise ValueError(
                    f"{part!r} has no rows: a training needs some to learn from, to stop by and to test on"
                )


@dataclass(frozen=True)
class Recipe:
    """A model, and the settings that it is trained with.

    Attributes:
        build: makes the model, from the training rows, an activation and a source of chance. It takes one sample, and
            gives one score for yes, or one for each class, or a list of those for each thing that is to be decided.
        activation: the name of the one that it has unless told otherwise; "identity" for a model that has none.
        optimizer: the name of one in `OPTIMIZERS`, of the training module.
        rate, decay: the learning rate, and the weight decay of adamw.
        batch: samples in a step.
        epochs: at most so many.
        patience: training ends after so many epochs without a better score on the validation rows.
    """

    build: Build
    activation: str = "relu"
    optimizer: str = "adam"
    rate: float = 0.01
    decay: float = 0.0
    batch: int = 32
    epochs: int = 40
    patience: int = 10


@dataclass(frozen=True)
class Task:
    """A question to data.

    Attributes:
        name: what the command calls it.
        about: the question, and what one must know of the data.
        splits: ways to share out the rows, given a seed; the first is the one whose model is looked at, and a figure
            is never given without those of the others.
        recipes: models by name; the first is used unless told otherwise.
        pictures: what the trained model looked at, as matplotlib figures by name.
        findings: what is to be said of the trained model beside its score.
    """

    name: str
    about: str
    splits: Mapping[str, Callable[[int], Split]]
    recipes: Mapping[str, Recipe]
    pictures: Callable[[Any, Split], dict[str, Any]]
    findings: Callable[[Any, Split], str] = lambda model, split: ""
