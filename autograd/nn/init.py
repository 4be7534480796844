"""How weights begin. Each draws one weight: `init(rng, fan_in, fan_out)`, the fans being a layer's two widths."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol


class Random(Protocol):
    """What is asked of a source of chance: a `random.Random`, or the module `random` itself."""

    def uniform(self, a: float, b: float, /) -> float:
        """A number between a and b."""

    def gauss(self, mu: float, sigma: float, /) -> float:
        """A number from the normal distribution."""


Init = Callable[[Random, int, int], float]


def uniform(rng: Random, fan_in: int, fan_out: int) -> float:
    """Between −1 and 1 whatever the width, as micrograd does; large for wide layers."""
    return rng.uniform(-1.0, 1.0)


def xavier(rng: Random, fan_in: int, fan_out: int) -> float:
    """Normal with variance 2 / (fan_in + fan_out): for tanh and sigmoid.

    Source: Glorot and Bengio 2010, AISTATS.
    """
    return rng.gauss(0.0, math.sqrt(2.0 / (fan_in + fan_out)))


def he(rng: Random, fan_in: int, fan_out: int) -> float:
    """Normal with variance 2 / fan_in: for ReLU, which silences half of its operands.

    Source: He, Zhang, Ren, Sun 2015, arXiv:1502.01852.
    """
    return rng.gauss(0.0, math.sqrt(2.0 / fan_in))


def lecun(rng: Random, fan_in: int, fan_out: int) -> float:
    """Normal with variance 1 / fan_in: for SELU, and what tanh was first trained with.

    Source: LeCun, Bottou, Orr, Müller 1998, Efficient BackProp.
    """
    return rng.gauss(0.0, math.sqrt(1.0 / fan_in))
