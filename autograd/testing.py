"""What a test of an op needs: points to look at, a measured derivative, and a comparison of the two.

A new op is checked with one line. Here a rule forgets a factor of two:

>>> from autograd import op
>>> from autograd.testing import check_partials
>>> @op(d_x=lambda x, out: x)
... def squared(x):
...     return x * x
>>> check_partials(squared, at=(3.0,))
Traceback (most recent call last):
    ...
AssertionError: squared: partial of 'x' at x=3.0: declared 3, measured 6
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

from autograd.derivatives import central_difference
from autograd.op import Op


def points(op: Op, count: int = 30, seed: int = 0) -> list[tuple[Any, ...]]:
    """Operands to check an op at: random, inside its domain, away from its kinks and from 0.

    A list operand gets three numbers; an index 0, 1 or 2; a constant operand its default, or 2 if it has none.

    Raises:
        ValueError: the kinks leave no room.

    >>> from autograd import logsumexp
    >>> [(xs,)] = points(logsumexp, count=1)
    >>> len(xs)
    3
    """
    draw = random.Random(f"{op.name} {seed}")
    low = max(op.domain[0], min(op.domain[1], 3.0) - 6.0)
    high = min(op.domain[1], low + 6.0)
    margin = (high - low) / 20.0

    def operand(index: int) -> Any:
        if op.operands[index] == op.index:
            return draw.randrange(3)
        if op.partials[index] is None:
            default = op.signature.parameters[op.operands[index]].default
            return 2 if default is op.signature.empty else default
        if index == 0:
            return draw.uniform(low + margin, high - margin)
        return draw.choice((-1.0, 1.0)) * draw.uniform(0.25, 3.0)

    found: list[tuple[Any, ...]] = []
    indices = range(len(op.operands))
    for _ in range(100 * count):
        drawn: list[Any] = [[operand(i) for _ in range(3)] if i < op.lists else operand(i) for i in indices]
        kinks = op.kinks(*drawn) if callable(op.kinks) else op.kinks
        first = drawn[0] if op.lists else drawn[:1]
        if all(abs(x - kink) > 0.1 for x in first for kink in (*kinks, 0.0)):
            found.append(tuple(drawn))
        if len(found) == count:
            return found
    raise ValueError(f"{op.name}: found too few points away from its kinks: choose one, check_partials(op, at=...)")


def check_partials(op: Op, at: Sequence[Any] | None = None) -> None:
    """Compare each declared partial of an op with a measured one, to seven digits; that of an index must be 0.

    Args:
        op: any op, registered or not.
        at: the operands to check at, as the op is called; random `points` unless given.

    Raises:
        AssertionError: one differs. The message names the op, the operand, the point and both numbers.

    >>> from autograd import dot, leaky_relu
    >>> check_partials(leaky_relu)
    >>> check_partials(dot, at=([1.0, 2.0], [3.0, 4.0], 0.5))
    """
    for point in points(op) if at is None else [at]:
        bound = op.signature.bind(*point)
        bound.apply_defaults()
        here = ", ".join(f"{name}={operand}" for name, operand in bound.arguments.items())
        for index, rule in enumerate(op.partials):
            if rule is not None:
                _check_partial(op, bound.args, index, here)


def _check_partial(op: Op, operands: tuple[Any, ...], index: int, here: str) -> None:
    name, operand = op.operands[index], operands[index]
    declared = op.derivative(*operands, wrt=name)
    if name == op.index:
        if declared != 0.0:
            raise AssertionError(f"{op.name}: partial of {name!r} at {here}: declared {declared:.9g}, an index has 0")
        return
    is_list = index < op.lists
    numbers = list(operand) if is_list else [operand]
    for k, (x, partial) in enumerate(zip(numbers, declared if is_list else [declared], strict=True)):

        def along(number: float, k: int = k) -> float:
            moved = [*numbers[:k], number, *numbers[k + 1 :]] if is_list else number
            return op(*operands[:index], moved, *operands[index + 1 :])  # type: ignore[no-any-return]

        reach = max(1.0, abs(x)) / 4.0
        if index == 0 and op.domain[0] < x < op.domain[1]:
            reach = min(reach, (x - op.domain[0]) / 2.0, (op.domain[1] - x) / 2.0)
        measured = central_difference(along, x, reach)
        if not math.isclose(partial, measured, rel_tol=1e-7, abs_tol=1e-10 * max(1.0, abs(along(x)))):
            raise AssertionError(
                f"{op.name}: partial of {f'{name}[{k}]' if is_list else name!r} at {here}:"
                f" declared {partial:.9g}, measured {measured:.9g}"
            )
