"""What a program is given anew in every run: nested lists of numbers, in the shape in which they were recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.graph import leaves
from autograd.program.text import free, identifier
from autograd.program.write import RESERVED

DTYPES = ("float64", "float32")


class Inputs:
    """The shape of what a program is given.

    A list or a list of equal rows is one array; of anything deeper or uneven each entry is an array of its own.

    Attributes:
        values: the leaf Values that stood for the numbers, from left to right.
        shapes, names: of the arrays that a run gets.
        lanes: whether a run gets many samples of these shapes, along an axis in front.
        dtype: of the arrays, "float64" or "float32".

    Raises:
        ValueError: an entry has rows of different lengths; another dtype.
    """

    def __init__(self, tree: Any, names: Sequence[str] = (), lanes: bool = False, dtype: str = "float64") -> None:
        if dtype not in DTYPES:
            raise ValueError(f"a program does not run in {dtype!r}: use {' or '.join(map(repr, DTYPES))}")
        self.lanes = lanes
        self.dtype = dtype
        tree = as_lists(tree)
        self.is_one = tree != [] and not names and len(shape_of(tree) or (0, 0, 0)) <= 2
        entries = [tree] if self.is_one else list(tree)
        if not names:
            letters = ["X" if isinstance(x, list) and any(isinstance(row, list) for row in x) else "x" for x in entries]
            names = letters if self.is_one else [f"{letter}{i}" for i, letter in enumerate(letters)]
        self.names = list(_free(names))
        self.values: list[Any] = list(leaves(tree))
        self.shapes: list[tuple[int, ...]] = []
        self._asked: list[tuple[int, ...]] = []
        for name, entry in zip(self.names, entries, strict=True):
            shape = shape_of(entry)
            if shape is None:
                raise ValueError(f"the rows of {name} have different lengths: give them as inputs of their own")
            self._asked.append(shape)
            self.shapes.append(shape or (1,))  # a lone number is an array of one

    def arrays(self, numbers: Sequence[float]) -> list[NDArray[Any]]:
        """The arrays of a run, from the numbers in a row; with lanes, of a run with one sample."""
        found, start = [], 0
        for shape in self.shapes:
            size = int(np.prod(shape))
            whole = (1, *shape) if self.lanes else shape
            found.append(np.array(numbers[start : start + size], dtype=self.dtype).reshape(whole))
            start += size
        return found

    def checked(self, tree: Any) -> list[NDArray[Any]]:
        """The arrays of a run, from nested lists or arrays.

        Raises:
            ValueError: a shape differs from the one that was recorded; a batch is empty, or not all are of one length.
            TypeError: something is no number.
        """
        entries = [tree] if self.is_one else tree
        if not isinstance(entries, list | tuple) or len(entries) != len(self.shapes):
            raise ValueError(f"this program takes {len(self.shapes)} inputs: {', '.join(self.names)}")
        arrays = []
        for name, asked, entry in zip(self.names, self._asked, entries, strict=True):
            try:
                arrays.append(np.asarray(entry))
            except ValueError:
                raise ValueError(f"{name} was recorded with the shape {asked} and now has uneven rows") from None
        return [array.astype(self.dtype, copy=False) for array in self.fitted(arrays)]

    def fitted(self, arrays: Sequence[Any]) -> list[Any]:
        """Arrays of any library, one for each name, in the shapes that the code expects. Errors as in `checked`."""
        found = []
        samples = 0
        for name, shape, asked, array in zip(self.names, self.shapes, self._asked, arrays, strict=True):
            if self.lanes:
                samples = samples or _samples(name, array)
                if _samples(name, array) != samples:
                    raise ValueError(f"{self.names[0]} has {samples} samples and {name} has {len(array)}")
            if array.shape[self.lanes :] != asked:
                raise ValueError(
                    f"{name} was recorded with the shape {asked} and now has {array.shape[self.lanes :]}:"
                    " a program is for one shape, record another for this"
                )
            if array.dtype.kind not in "fiu":
                raise TypeError(f"{name} must hold numbers, got {array!r:.60}")
            found.append(array.reshape((samples, *shape) if self.lanes else shape))
        return found


def _samples(name: str, batch: Any) -> int:
    """How many samples there are in a batch; never 0."""
    if not batch.shape:
        raise ValueError(f"{name} must have an entry for each sample, got one number")
    if not len(batch):
        raise ValueError(f"{name} is an empty batch: its mean loss is not defined, give at least one sample")
    return len(batch)


def as_lists(tree: Any) -> Any:
    """The same with lists in place of tuples and arrays."""
    if hasattr(tree, "tolist"):
        return tree.tolist()
    return [as_lists(branch) for branch in tree] if isinstance(tree, list | tuple) else tree


def shape_of(tree: Any) -> tuple[int, ...] | None:
    """The shape of a nested list; None if its rows are of different shapes.

    >>> shape_of([[1, 2, 3], [4, 5, 6]]), shape_of([[1], [2, 3]]), shape_of(1)
    ((2, 3), None, ())
    """
    if not isinstance(tree, list):
        return ()
    shapes = {shape_of(branch) for branch in tree}
    if len(shapes) > 1 or None in shapes:
        return None
    inner = next(iter(shapes), ())
    assert inner is not None
    return (len(tree), *inner)


def _free(names: Iterable[str]) -> Iterable[str]:
    """Names that can stand in code beside its own."""
    taken = set(RESERVED)
    for i, name in enumerate(names):
        yield free(identifier(name, f"x{i}"), taken)
