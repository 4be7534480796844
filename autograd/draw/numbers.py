"""How a number is written in a picture: one function for values, one for gradients.

Four significant digits, trailing zeros dropped, half away from zero, a real minus sign; `0` stands only for an
exact zero, so a small gradient never looks like none. The examples stand in `tokens.json`, for this module
and for its twin in JavaScript.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

MINUS = "−"
NOT_COMPUTED = "not computed"


def value_text(x: float, digits: int = 4) -> str:
    """A value, a constant or a local derivative: a sign only when it is negative.

    Plain notation from 0.001 to 99999, in which whole numbers keep all their digits; else with an exponent.

    >>> value_text(-0.6201306), value_text(12345.678), value_text(4.248e-18)
    ('−0.6201', '12346', '4.248e−18')
    """
    if math.isnan(x):
        return "nan"
    sign = MINUS if x < 0 else ""
    if math.isinf(x):
        return sign + "inf"
    if x == 0:
        return "0"
    exact = Decimal(abs(x))
    whole_digits = exact.adjusted() + 1
    precision = max(digits, whole_digits) if whole_digits <= 5 else digits
    rounded = Context(prec=precision, rounding=ROUND_HALF_UP).plus(exact)
    power = rounded.adjusted()  # after rounding, so that 99999.9 is 1e5 and not 100000
    if -3 <= power < 5:
        return sign + _without_trailing_zeros(rounded)
    mantissa = _without_trailing_zeros(rounded.scaleb(-power))
    return f"{sign}{mantissa}e{MINUS if power < 0 else ''}{abs(power)}"


def gradient_text(x: float | None, digits: int = 4) -> str:
    """A gradient or a contribution: always signed, except an exact zero. None is "not computed", never 0.

    >>> gradient_text(0.5), gradient_text(-3.0), gradient_text(0.0), gradient_text(None)
    ('+0.5', '−3', '0', 'not computed')
    """
    if x is None:
        return NOT_COMPUTED
    return ("+" if x > 0 else "") + value_text(x, digits)


def _without_trailing_zeros(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
