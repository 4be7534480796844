"""How weights begin. Each draws one weight: `init(rng, fan_in, fan_out)`, the fans being a layer's two widths."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Protocol


class Random(Protocol):
    """What is asked of a source of chance: a `random.Random`, or the module `random` itself."""

    def uniform(self, a: float, b: float, /) -> float:
        """A number between a and b."""

    def gauss(self, mu: float, sigma: float, /) -> float:
        """A number from the normal distribution."""


Init = Callable[[Random, int, int], float]


def source_of_chance(rng: Random | int) -> Random:
    """The source itself, or a new one from a seed.

    Raises:
        TypeError: it is neither; NumPy's generators have other methods.
    """
    if isinstance(rng, int):
        return random.Random(rng)
    if not (hasattr(rng, "uniform") and hasattr(rng, "gauss")):
        raise TypeError(f"rng must be a seed or a random.Random, got {type(rng).__name__}: write rng=random.Random(0)")
    return rng


def uniform(rng: Random, fan_in: int, fan_out: int) -> float:
    """Between −1 and 1 whatever the width, as micrograd does; large for wide layers.

    >>> -1.0 < uniform(random.Random(0), 64, 32) < 1.0
    True
    """
    return rng.uniform(-1.0, 1.0)


def xavier(rng: Random, fan_in: int, fan_out: int) -> float:
    """Normal with variance 2 / (fan_in + fan_out): for tanh and sigmoid.

    Source: Glorot and Bengio 2010, AISTATS.

    >>> round(xavier(random.Random(0), 64, 32), 4)
    0.1359
    """
    return rng.gauss(0.0, math.sqrt(2.0 / (fan_in + fan_out)))


def he(rng: Random, fan_in: int, fan_out: int) -> float:
    """Normal with variance 2 / fan_in: for ReLU, which silences half of its operands.

    Source: He, Zhang, Ren, Sun 2015, arXiv:1502.01852.

    >>> round(he(random.Random(0), 64, 32), 4)
    0.1665
    """
    return rng.gauss(0.0, math.sqrt(2.0 / fan_in))


def lecun(rng: Random, fan_in: int, fan_out: int) -> float:
    """Normal with variance 1 / fan_in: for SELU, and what tanh was first trained with.

    Source: LeCun, Bottou, Orr, Müller 1998, Efficient BackProp.

    >>> round(lecun(random.Random(0), 64, 32), 4)
    0.1177
    """
    return rng.gauss(0.0, math.sqrt(1.0 / fan_in))
