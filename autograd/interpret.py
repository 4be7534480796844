"""What a model looked at: which inputs moved its score. Methods disagree, so test what they say by deletion.

A score is a function of one input, a number or nested lists of numbers, that gives one Value: the output for a class,
say. The answers have the shape of the input. No `.grad` of any Value is touched. For images and sounds: `draw.maps`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd.derivatives import value_and_grad
from autograd.graph import leaves, mapped, refilled
from autograd.value import Value
from autograd.watching import no_grad

Score = Callable[[Any], Value]

MOST_STEPS = 8192


def saliency(score: Score, x: Any) -> Any:
    """How much a nudge of each number moves the score, whichever way: |∂score/∂x|.

    It says nothing of what a number that has long had its say contributed: f = min(x, 1) at 3 has slope 0.

    >>> saliency(lambda x: 3 * x[0] - x[1], [1.0, 2.0])
    [3.0, 1.0]

    Source: Simonyan, Vedaldi, Zisserman 2014, arXiv 1312.6034.
    """
    return mapped(abs, value_and_grad(score)(x)[1])


def gradient_times_input(score: Score, x: Any) -> Any:
    """The gradient times the number: what each contributes, were the score a straight line through 0.

    >>> gradient_times_input(lambda x: 3 * x[0] - x[1], [1.0, 2.0])
    [3.0, -2.0]

    Source: Shrikumar, Greenside, Shcherbina, Kundaje 2016, arXiv 1605.01713.
    """
    gradient = value_and_grad(score)(x)[1]
    return refilled(x, [d * float(number) for d, number in zip(leaves(gradient), leaves(x), strict=True)])


def integrated_gradients(score: Score, x: Any, baseline: Any = 0.0, *, tolerance: float = 1e-3) -> Any:
    """What each number contributes on the straight way from a baseline to x.

    (xᵢ − bᵢ) · ∫₀¹ ∂score/∂xᵢ at b + t·(x − b) dt. The contributions add up to score(x) − score(b): they are complete.
    The integral is a mean over ever more midpoints, from 64 on, until that holds.

    Args:
        baseline: an input that says nothing, such as a black image; in the shape of x, or one number for all.
        tolerance: the gap that is allowed, as a share of the sum of all contributions' sizes.

    Raises:
        ArithmeticError: the gap stays: the score jumps on the way, or is not finite.
        ValueError: the baseline has another shape.

    >>> integrated_gradients(lambda x: x[0] * x[1], [2.0, 3.0])
    [3.0, 3.0]

    Source: Sundararajan, Taly, Yan 2017, ICML.
    """
    ends = [float(number) for number in leaves(x)]
    starts = [float(number) for number in leaves(baseline)]
    starts = starts * len(ends) if not isinstance(baseline, list | tuple) else starts
    if len(starts) != len(ends):
        raise ValueError(f"the baseline has {len(starts)} numbers and the input {len(ends)}: give one for each, or one")
    ways = [end - start for start, end in zip(starts, ends, strict=True)]
    with no_grad():
        rise = _number(score(x)) - _number(score(refilled(x, starts)))
    both = value_and_grad(score)
    steps = 64
    while True:
        totals = [0.0] * len(ends)
        for step in range(steps):
            t = (step + 0.5) / steps
            gradient = both(refilled(x, [start + t * way for start, way in zip(starts, ways, strict=True)]))[1]
            totals = [total + d for total, d in zip(totals, leaves(gradient), strict=True)]
        found = [way * total / steps for way, total in zip(ways, totals, strict=True)]
        gap = abs(math.fsum(found) - rise)
        if gap <= tolerance * math.fsum(map(abs, found)) + 1e-12:
            return refilled(x, found)
        steps *= 4
        if steps > MOST_STEPS or math.isnan(gap):
            raise ArithmeticError(
                f"the contributions add up to {math.fsum(found):.6g} and the score rises by {rise:.6g}: it jumps"
                " between the baseline and this input, or is not finite there"
            )


def occlusion(score: Score, image: Sequence[Sequence[float]], size: int = 3, fill: float = 0.0) -> list[list[float]]:
    """How far the score falls when a square around each pixel is covered.

    Args:
        image: rows of numbers.
        size: side of the square, an odd number of pixels; it is cut at the edges.
        fill: the number that covers.

    Raises:
        ValueError: a size that is even or below 1, or an image without pixels or with uneven rows.

    >>> occlusion(lambda rows: rows[0][0] * 5.0, [[1.0, 1.0], [1.0, 1.0]], size=1)
    [[5.0, 0.0], [0.0, 0.0]]

    Source: Zeiler, Fergus 2014, ECCV.
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(f"the square has a pixel in its middle: its side must be odd, got {size}")
    if not len(image) or not len(image[0]):
        raise ValueError("the image has no pixels")
    high, wide, reach = len(image), len(image[0]), size // 2
    if any(len(row) != wide for row in image):
        raise ValueError("the rows of an image must have one length")

    def covered(down: int, right: int) -> list[list[float]]:
        return [
            [fill if abs(i - down) <= reach and abs(j - right) <= reach else x for j, x in enumerate(row)]
            for i, row in enumerate(image)
        ]

    with no_grad():
        whole = _number(score(image))
        return [[whole - _number(score(covered(i, j))) for j in range(wide)] for i in range(high)]


def activation_maximisation(
    score: Score, start: Any, *, steps: int = 100, lr: float = 0.1, decay: float = 0.01, low: float, high: float
) -> Any:
    """An input that the model scores as high as it can: uphill from `start`, each step of length `lr`.

    The result is what excites the model, not what it has ever seen.

    Args:
        decay: the share by which all numbers shrink in each step; it keeps idle pixels quiet.
        low, high: the range in which numbers stay.

    >>> activation_maximisation(lambda x: 3 * x[0] - x[1], [0.5, 0.5], low=0.0, high=1.0)
    [1.0, 0.0]

    Raises:
        ArithmeticError: the gradient is not finite.

    Source: Erhan, Bengio, Courville, Vincent 2009, technical report 1341, Université de Montréal.
    """
    both = value_and_grad(score)
    x = mapped(float, start)
    for _ in range(steps):
        gradient = list(leaves(both(x)[1]))
        length = math.hypot(*gradient)
        if not math.isfinite(length):
            raise ArithmeticError(f"the gradient has length {length}: start where the score is finite")
        if length == 0.0:
            return x
        moved = [
            min(max((1.0 - decay) * number + lr * d / length, low), high)
            for number, d in zip(leaves(x), gradient, strict=True)
        ]
        x = refilled(x, moved)
    return x


def _number(value: Value | float) -> float:
    return value.data if isinstance(value, Value) else float(value)
