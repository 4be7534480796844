"""Numbers left out at random, so that no neuron relies on one other."""

from __future__ import annotations

import random
from typing import Any

from autograd.graph import mapped
from autograd.nn.init import Random, source_of_chance
from autograd.nn.module import Module
from autograd.nn.shapes import checked
from autograd.watching import drawn


class Dropout(Module):
    """In training, each number is replaced by 0 with the probability `rate` and divided by 1 − rate otherwise.

    So its mean stays what it was, and after `eval()` all pass unchanged. It takes one sample of any sizes; each call
    draws anew, and so does each run of a recorded program: the same, in the same order.

    Args:
        rate: the share that is left out, 0 ≤ rate < 1.
        rng: source of chance, or a seed; the module `random`, so that `random.seed` counts, unless one is given. The
            layer draws the seed of a generator of its own from it.

    Raises:
        ValueError: the rate lies outside.

    Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014, JMLR 15.

    >>> drop = Dropout(0.5, rng=1)
    >>> drop([1.0, 2.0, 3.0, 4.0])
    [2.0, 0.0, 6.0, 0.0]
    >>> drop.eval()([1.0, 2.0, 3.0, 4.0])
    [1.0, 2.0, 3.0, 4.0]
    """

    def __init__(self, rate: float, *, rng: Random | int = random) -> None:
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"Dropout needs a rate of at least 0 and below 1, got {rate!r}")
        self.rate = rate
        self.rng = random.Random(source_of_chance(rng).uniform(0.0, 1.0))

    def __call__(self, x: Any) -> Any:
        """The sample, in training with some numbers left out."""
        x = checked(self, x, ...)
        if not self.training or self.rate == 0.0:
            return x
        return mapped(lambda number: number * drawn(self._factor), x)

    def _factor(self) -> float:
        return 0.0 if self.rng.random() < self.rate else 1.0 / (1.0 - self.rate)

    def caption(self) -> str:
        """The rate."""
        return str(self.rate)
