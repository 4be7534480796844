"""What a learner hands in, read as a number: nothing in it is run, and nothing raises."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from numbers import Real
from typing import Any

from autograd.value import Value

LONGEST = 60  # characters of a number in words


@dataclass(frozen=True)
class Number:
    """A number as it was given.

    Attributes:
        x: the number; inf if it is larger than any float.
        shown: its digits as they were written; None for a fraction, whose digits nobody wrote.
        of_value: whether it was taken out of a Value.
    """

    x: float
    shown: Decimal | None
    of_value: bool = False


def number_in(answer: Any) -> Number | None:
    """The number that an answer is; None if it is none.

    >>> number_in("−1/4").x, number_in(True), number_in("x + 1")
    (-0.25, None, None)
    """
    if isinstance(answer, Value):
        return Number(answer._data, _decimal(repr(answer._data)), of_value=True)
    if isinstance(answer, str):
        return _in_words(answer)
    if isinstance(answer, bool) or not isinstance(answer, int | Real):
        return None
    x = _float(answer)
    return Number(x, None if isinstance(answer, Fraction) else _decimal(str(answer)))


def _float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _in_words(text: str) -> Number | None:
    text = text.strip().replace("−", "-")
    above, slash, below = text.partition("/")
    if len(text) > LONGEST:
        return None
    try:
        if not slash:
            return Number(float(text), _decimal(text))
        return Number(float(above) / float(below), None)
    except (ValueError, ZeroDivisionError):
        return None


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def is_right(given: Number, right: float) -> bool:
    """Within 1e-6, relative above 1; or the right number rounded to the digits given, three at least: 0.42 is 0.420."""
    if not math.isfinite(right) or not math.isfinite(given.x):
        return given.x == right
    off = abs(given.x - right)
    if off <= 1e-6 * max(1.0, abs(right)):
        return True
    if given.shown is None or given.x == 0.0:
        return False
    _, digits, exponent = given.shown.as_tuple()
    if not isinstance(exponent, int) or not -300 < exponent < 0:  # a whole number is not rounded
        return False
    return off <= 0.5000001 * 10.0 ** min(exponent, exponent + len(digits) - 3)


def word_in(answer: Any) -> str | None:
    """A word as it is compared: without blanks, capitals, brackets at its end and the object that it is called on.

    >>> word_in("optimizer.zero_grad()"), word_in("No.")
    ('zero_grad', 'no')
    """
    if not isinstance(answer, str):
        return None
    return "".join(answer.split()).casefold().removesuffix("()").strip(".").rpartition(".")[2]


def items_in(answer: Any) -> list[Any] | None:
    """The things in a list, a tuple or an array of one dimension; None if it is none."""
    if hasattr(answer, "__array_namespace__") and getattr(answer, "ndim", 0) == 1:
        answer = answer.tolist()
    return list(answer) if isinstance(answer, list | tuple) else None
