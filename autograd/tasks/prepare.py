"""From rows to samples: what is wrong with a row is said before anything is trained; features are brought to one scale.

>>> standard = Standard([[1.0, 5.0], [3.0, 5.0]])
>>> [x.data for x in standard([3.0, 5.0])]
[1.0, 0.0]
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

from autograd.datasets import Dataset
from autograd.graph import leaves
from autograd.nn import Module
from autograd.value import Value


class Standard(Module):
    """Each feature brought to mean 0 and standard deviation 1, by what these were in the rows it is made from.

    A feature that is constant there tells nothing: it becomes 0. What it knows is stored with the model.

    Args:
        rows: the training rows, lists of one length.

    Raises:
        ValueError: there are no rows, or they differ in length.
    """

    buffers: ClassVar[tuple[str, ...]] = ("means", "scales")

    def __init__(self, rows: Sequence[Sequence[float]]) -> None:
        if not len(rows):
            raise ValueError("there are no rows to take a mean of")
        columns = list(zip(*rows, strict=True))
        means = [math.fsum(column) / len(rows) for column in columns]
        deviations = [
            math.sqrt(math.fsum((x - mean) ** 2 for x in column) / len(rows))
            for column, mean in zip(columns, means, strict=True)
        ]
        self.means = [Value(mean, label="mean") for mean in means]
        # A mean of equal numbers is off by its rounding, so that their deviation is not quite 0.
        self.scales = [
            Value(0.0 if deviation <= 1e-12 * abs(mean) else 1.0 / deviation, label="scale")
            for mean, deviation in zip(means, deviations, strict=True)
        ]

    def __call__(self, x: Sequence[Any]) -> list[Value]:
        """The features of one row on their common scale."""
        return [(number - mean) * scale for number, mean, scale in zip(x, self.means, self.scales, strict=True)]


def padded(rows: Sequence[Sequence[Any]], length: int, filler: Any, *, front: bool = False) -> list[list[Any]]:
    """Rows of one length, as a recorded program needs them: fillers stand after each row, or before it.

    Raises:
        ValueError: a row is empty, or longer than `length`.

    >>> padded([[1], [2, 3]], 2, 0)
    [[1, 0], [2, 3]]
    """
    found = []
    for k, row in enumerate(rows):
        if not len(row):
            raise ValueError(f"row {k} is empty: there is nothing to decide by, leave it out")
        if len(row) > length:
            raise ValueError(f"row {k} has {len(row)} items and the longest may have {length}: cut it, or leave it out")
        fillers = [filler] * (length - len(row))
        found.append([*fillers, *row] if front else [*row, *fillers])
    return found


def checked(data: Dataset) -> Dataset:
    """The same data, if every number is finite and every target is one of the classes.

    Raises:
        ValueError: a cell is missing (None or nan) or infinite, a sample is empty, or a target is none of the classes.
        TypeError: a cell is no number.
    """
    for k, (sample, target) in enumerate(zip(data.inputs, data.targets, strict=True)):
        cells = list(leaves(sample))
        if not cells:
            raise ValueError(f"row {k} of {data!r} is empty: leave it out")
        for cell in cells:
            if cell is None or (isinstance(cell, Real) and math.isnan(cell)):
                raise ValueError(f"row {k} of {data!r} has a missing cell ({cell}): leave the row out, or fill it in")
            if isinstance(cell, bool) or not isinstance(cell, Real):
                raise TypeError(f"row {k} of {data!r} has {cell!r:.40} where a number must be")
            if math.isinf(cell):
                raise ValueError(f"row {k} of {data!r} has the number {cell}, with which nothing can be computed")
        for label in leaves(target):
            whole = isinstance(label, Integral) and not isinstance(label, bool)
            if not whole or not 0 <= label < len(data.classes):
                raise ValueError(
                    f"row {k} of {data!r} has the target {label!r}: the classes are 0 to {len(data.classes) - 1}"
                )
    return data
