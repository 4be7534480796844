"""Points of the plane in two classes that no straight line tells apart."""

from __future__ import annotations

import math
from collections.abc import Callable

from autograd.datasets.dataset import seeded, shuffled

Points = tuple[list[list[float]], list[int]]


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> Points:
    """Points [x, y] on two half circles that reach into each other, labelled -1 (upper) and +1 (lower).

    Args:
        n: number of points, half of each label (an odd n has one more of -1), in random order.
        noise: standard deviation of the normal error of x and of y; the radius is 1.
        seed: 0 or more; another one gives fresh points of the same kind, to test on.

    Raises:
        ValueError: n is below 2, the noise negative, infinite or nan, or the seed negative.
        TypeError: n or the seed is not an integer.

    >>> points, labels = moons(100, noise=0.1, seed=0)
    >>> len(points), len(points[0]), labels.count(-1), labels.count(1)
    (100, 2, 50, 50)
    """

    def half_circle(t: float, label: int) -> tuple[float, float]:
        x, y = math.cos(math.pi * t), math.sin(math.pi * t)
        return (x, y) if label < 0 else (1.0 - x, 0.5 - y)

    return _scattered(half_circle, n, noise, seed)


def spiral(n: int = 100, turns: float = 1.25, noise: float = 0.02, seed: int = 0) -> Points:
    """Points [x, y] on two arms that wind around the origin from radius 0.1 to 1, labelled -1 and +1.

    `turns` is how often an arm goes round. The rest is as for `moons`.

    Raises:
        ValueError: the turns are not positive and finite, or as for `moons`.
        TypeError: n or the seed is not an integer.

    >>> points, labels = spiral(2, noise=0.0)
    >>> [round(math.hypot(x, y), 3) for x, y in sorted(points)]
    [0.325, 0.775]
    """
    if not 0.0 < turns < math.inf:
        raise ValueError(f"turns must be positive and finite, got {turns}: 1.25 is a good start")

    def arm(t: float, label: int) -> tuple[float, float]:
        radius, angle = label * (0.1 + 0.9 * t), math.tau * turns * t
        return radius * math.cos(angle), radius * math.sin(angle)

    return _scattered(arm, n, noise, seed)


def _scattered(curve: Callable[[float, int], tuple[float, float]], n: int, noise: float, seed: int) -> Points:
    """Even steps t in 0..1 along the curves, the labels taking turns; moved by noise, in random order."""
    if n < 2:
        raise ValueError(f"two classes need 2 points or more, got n={n}")
    if not 0.0 <= noise < math.inf:
        raise ValueError(f"noise is a standard deviation, finite and not negative, got {noise}")
    random = seeded(seed)
    points, labels = [], []
    for i in shuffled(n, random):
        label = 1 if i % 2 else -1
        x, y = curve((i + 0.5) / n, label)
        # A pair of normal numbers from a pair of uniform ones (Box and Muller 1958).
        distance = noise * math.sqrt(-2.0 * math.log(1.0 - random.random()))
        angle = math.tau * random.random()
        points.append([x + distance * math.cos(angle), y + distance * math.sin(angle)])
        labels.append(label)
    return points, labels
