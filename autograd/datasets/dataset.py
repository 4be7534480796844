"""Inputs with their targets, how to split them, and where chance comes from."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Inputs and their targets, row by row. Your own lists will do: `Dataset(points, labels)`.

    Attributes:
        inputs: one entry per row.
        targets: one per row: the index of a class in `classes`, or a number.
        name: what the data are called.
        features: what the numbers of an input stand for.
        classes: the name of each class; empty where the target is a number.
        source, licence: whom to credit, and the terms.
        train_rows: how many rows at the beginning `split_by_file` trains on; 0 if the data have no split.

    Raises:
        ValueError: there are more inputs than targets, or fewer.

    >>> Dataset([[0.0], [1.0], [2.0]], [0, 1, 1], name="steps")
    <Dataset steps: 3 rows>
    """

    inputs: Any
    targets: Any
    name: str = ""
    features: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    source: str = ""
    licence: str = ""
    train_rows: int = 0

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.targets):
            raise ValueError(f"each input needs a target, got {len(self.inputs)} and {len(self.targets)}")

    def __len__(self) -> int:
        return len(self.targets)

    def __repr__(self) -> str:
        features = f", {len(self.features)} features" if self.features else ""
        classes = f", {len(self.classes)} classes" if self.classes else ""
        return f"<{f'Dataset {self.name}'.strip()}: {len(self)} rows{features}{classes}>"

    def split(self, fraction: float = 0.2, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Training and test rows, both in random order; `fraction` is the share of the test rows.

        Raises:
            ValueError: the fraction is not between 0 and 1, a side would be empty, or the seed is negative.
            TypeError: the seed is not an integer.

        >>> from autograd.datasets import digits
        >>> train, test = digits().split(0.2, seed=0)
        >>> len(train), len(test)
        (1438, 359)
        """
        if not 0.0 < fraction < 1.0:
            raise ValueError(f"fraction must be between 0 and 1, got {fraction}: write 0.2 to test on a fifth")
        n_test = round(fraction * len(self))
        if not 0 < n_test < len(self):
            raise ValueError(f"{len(self)} rows split at a fraction of {fraction} leave one side empty")
        order = shuffled(len(self), seeded(seed))
        return self._part(order[n_test:], "train"), self._part(order[:n_test], "test")

    def split_by_file(self) -> tuple[Dataset, Dataset]:
        """The training and test rows that the data come with, in the order of the file.

        Raises:
            ValueError: the data come without a split.

        >>> from autograd.datasets import vowels
        >>> vowels().split_by_file()[1]
        <Dataset vowels test: 370 rows, 12 features, 9 classes>
        """
        if not 0 < self.train_rows < len(self):
            raise ValueError(f"{self} comes without a split: use split(0.2, seed=0)")
        order = list(range(len(self)))
        return self._part(order[: self.train_rows], "train"), self._part(order[self.train_rows :], "test")

    def _part(self, order: list[int], side: str) -> Dataset:
        def take(column: Any) -> Any:
            return column[order] if hasattr(column, "dtype") else [column[row] for row in order]

        name = f"{self.name} {side}".strip()
        return replace(self, inputs=take(self.inputs), targets=take(self.targets), name=name, train_rows=0)


def seeded(seed: int) -> Random:
    """A generator of its own, so that the program's other random numbers neither disturb it nor are disturbed."""
    try:
        number = operator.index(seed)
    except TypeError:
        raise TypeError(f"seed must be an integer, got {seed!r}: write seed=0, or another") from None
    if number < 0:  # Random drops the sign: -1 would give the rows of 1
        raise ValueError(f"seed must be 0 or more, got {seed}")
    return Random(number)


def shuffled(n: int, random: Random) -> list[int]:
    """0 to n-1 in random order."""
    return sorted(range(n), key=lambda _: random.random())


def batches(n: int, size: int, random: Random) -> Iterator[list[int]]:
    """0 to n-1 in random order, `size` at a time; the last has those that are left."""
    order = shuffled(n, random)
    for start in range(0, n, size):
        yield order[start : start + size]
