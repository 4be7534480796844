"""When an activation counts as saturated: the one rule of pictures, words and diagnoses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from autograd.draw.tokens import tokens

if TYPE_CHECKING:
    from autograd.op import Op


def saturates(op: Op | None, partial: float, **parameters: Any) -> bool:
    """Whether a local derivative is below a tenth of the largest that the activation has.

    Where the largest is not known it is not: for ops that are no activation, or have no steepest point.

    Args:
        parameters: the operands after the first, by name; those with a default may be left out.

    >>> from autograd import sigmoid
    >>> saturates(sigmoid, 0.024), saturates(sigmoid, 0.026)
    (True, False)
    """
    steepest = getattr(op, "steepest", math.nan)
    if op is None or math.isnan(steepest):
        return False
    try:
        largest = abs(op.derivative(steepest, **parameters))
    except (ArithmeticError, TypeError, ValueError):  # of somebody's own, or with a parameter that has no number here
        return False
    return bool(abs(partial) < largest * tokens()["saturation"]["local_below_fraction_of_max"])
