"""What a recorded function does beside its graph, repeated in every run: chance before it, notes after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.value import Value
from autograd.watching import Watcher, drawn, noted, watch


class Beside:
    """Draws of chance, which are inputs that the caller of a program does not see, and notes of what it computes.

    Args:
        draws: each leaf that stands for a number of chance, and what draws it, in the order of the recorded function.
        notes: what notes numbers, and the values that had them.
        lanes: whether each of many samples has draws of its own.
        dtype: of the arrays.

    Attributes:
        leaves: those of the draws.
        names, shapes: of the arrays that hold the draws: there is one, or none.
        arrays: the draws of the latest run.
        notes: what notes numbers, and how many.
    """

    def __init__(
        self,
        draws: Sequence[tuple[Value, Callable[[], float]]],
        notes: Sequence[tuple[Callable[..., object], Sequence[Value | float]]],
        lanes: bool,
        dtype: str,
    ) -> None:
        self.leaves = [leaf for leaf, _ in draws]
        self.names = ["drawn"] if draws else []
        self.shapes = [(len(draws),)] if draws else []
        self.notes = [(note, len(values)) for note, values in notes]
        self.noted = sum(count for _, count in self.notes)
        self._draws = [draw for _, draw in draws]
        self._lanes = lanes
        self._dtype = dtype
        self.arrays = self._in_arrays([leaf.data for leaf in self.leaves])

    def __bool__(self) -> bool:
        return bool(self._draws or self.notes)

    def draw(self, samples: int) -> None:
        """Draw for a run: all numbers of the first sample, then those of the next."""
        if self._draws:
            self.arrays = self._in_arrays([drawn(draw) for _ in range(samples) for draw in self._draws])

    def note(self, numbers: Sequence[float]) -> list[Value]:
        """Have the numbers of a run noted; gives the Values that this has moved."""
        if not self.notes:
            return []
        movements = _Movements()
        start = 0
        with watch(movements):
            for note, count in self.notes:
                noted(note, *numbers[start : start + count])
                start += count
        return list(movements.values)

    def __str__(self) -> str:
        return f"{len(self._draws):,} numbers drawn before each run, {self.noted:,} noted after it"

    def _in_arrays(self, numbers: Sequence[float]) -> list[NDArray[Any]]:
        whole = (-1, len(self._draws)) if self._lanes else (-1,)
        return [np.array(numbers, dtype=self._dtype).reshape(whole) for _ in self.names]


class _Movements(Watcher):
    def __init__(self) -> None:
        self.values: dict[Value, None] = {}

    def moved(self, value: Value, before: float) -> None:
        self.values[value] = None
