"""Things without an order, as words, turned into numbers that learn."""

from __future__ import annotations

import random
from collections.abc import Iterable
from numbers import Integral
from typing import Any

from autograd.functions import take_row
from autograd.graph import mapped
from autograd.nn.init import Init, Random, lecun, source_of_chance
from autograd.nn.module import Module
from autograd.nn.shapes import at_least
from autograd.value import Value


class Embedding(Module):
    """A table with one row of learned numbers for each word: a word is its index, and stands for its row.

    It takes one index and gives the row; or a list of indices, a sequence of words, and gives the list of their rows.
    An index may be a Value, as it is in a recorded function.
    Only rows that were used get a gradient.

    Args:
        count: how many words there are.
        size: how many numbers a row has.
        init: draws one number; fan_in is 1, so that `lecun` gives mean 0 and variance 1, as PyTorch does.
        rng: source of chance, or a seed; the module `random` unless one is given.

    >>> table = Embedding(5, 2, rng=0)
    >>> table(3) == table.rows[3]
    True
    >>> table([3, 0]) == [table.rows[3], table.rows[0]]
    True
    """

    def __init__(self, count: int, size: int, *, init: Init = lecun, rng: Random | int = random) -> None:
        at_least(1, Embedding, count=count, size=size)
        rng = source_of_chance(rng)
        self.rows = [[Value(init(rng, 1, size), label=f"e{k}") for k in range(size)] for _ in range(count)]
        for index, row in enumerate(self.rows):
            for value in row:
                value._scope = (f"word {index}",)

    def __call__(self, words: Any) -> list[Any]:
        """The row of an index, or the rows of a list of indices.

        Raises:
            IndexError: there is no such word, negative ones included.
            TypeError: an index is no whole number.
        """
        return mapped(self._row, list(words) if isinstance(words, Iterable) else words)  # type: ignore[no-any-return]

    def _row(self, index: Any) -> list[Value]:
        if isinstance(index, Value):  # looked up anew in every run of a recorded program
            return take_row(self.rows, index)
        if isinstance(index, bool) or not isinstance(index, Integral):
            raise TypeError(f"{self!r} needs the index of a word, a whole number, got {index!r:.60}")
        place = int(index)
        if not 0 <= place < len(self.rows):
            raise IndexError(f"{self!r} has no word {place}: its words are 0..{len(self.rows) - 1}")
        return list(self.rows[place])

    def caption(self) -> str:
        """Number of words and size of a row."""
        return f"{len(self.rows)} words → {len(self.rows[0])}"
