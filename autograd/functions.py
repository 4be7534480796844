"""Arithmetic and elementary functions, each one declaration. Nothing here knows what a graph is.

The formulas follow IEEE 754 and PyTorch where Python would raise: 1/0 is inf, log(-1) is nan, exp(1000) is inf.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from autograd.declare import op
from autograd.op import Op


def select(condition: Any, a: Any, b: Any) -> Any:
    """`a` where the condition holds, else `b`; element by element if the condition is an array.

    The choice that the formulas of the package are written with, so that one formula serves numbers and arrays.
    It makes no node: in a graph, `where` chooses.

    >>> select(2 > 1, 10.0, 20.0)
    10.0
    """
    if condition is True:
        return a
    if condition is False:
        return b
    if getattr(condition, "shape", ()) == ():
        return a if condition else b
    return condition.__array_namespace__().where(condition, a, b)


# ---------------------------------------------------------------- arithmetic


def divide(x: Any, y: Any) -> Any:
    """x / y by IEEE 754, where Python raises: ±inf for a number over zero, nan for 0/0."""
    try:
        return x / y
    except ZeroDivisionError:
        return math.nan if x == 0.0 or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)


@op(symbol="+", infix="+", d_x=lambda x, y, out: 1.0, d_y=lambda x, y, out: 1.0)
def add(x: Any, y: Any) -> Any:
    """x + y. A nudge of either operand passes unchanged.

    >>> add(2.0, 3.0)
    5.0
    """
    return x + y


@op(symbol="−", infix="-", d_x=lambda x, y, out: 1.0, d_y=lambda x, y, out: -1.0)
def sub(x: Any, y: Any) -> Any:
    """x − y. The second operand passes its nudge with the sign turned.

    >>> sub(2.0, 3.0)
    -1.0
    """
    return x - y


@op(symbol="×", infix="*", d_x=lambda x, y, out: y, d_y=lambda x, y, out: x)
def mul(x: Any, y: Any) -> Any:
    """x · y. Each operand's partial is the other one.

    >>> mul(2.0, 3.0), mul.derivative(2.0, 3.0)
    (6.0, 3.0)
    """
    return x * y


@op(symbol="÷", infix="/", d_x=lambda x, y, out: divide(1.0, y), d_y=lambda x, y, out: -divide(out, y))
def div(x: Any, y: Any) -> Any:
    """x / y. Over zero it gives ±inf or nan and raises nothing.

    >>> div(3.0, 2.0), div(1.0, 0.0)
    (1.5, inf)
    """
    return divide(x, y)


@op(symbol="−", infix="-", d_x=lambda x, out: -1.0)
def neg(x: Any) -> Any:
    """−x.

    >>> neg(2.0)
    -2.0
    """
    return -x


def power(base: Any, exponent: Any) -> Any:
    """base ** exponent by IEEE 754: never complex, never an exception; nan for a root of a negative number."""
    if not (type(base) is float and type(exponent) is float):
        return base**exponent
    try:
        return math.pow(base, exponent)
    except ValueError:
        if base != 0.0:
            return math.nan
        return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf
    except OverflowError:
        return -math.inf if base < 0.0 and exponent % 2 == 1 else math.inf


def _d_base(base: Any, exponent: Any, out: Any) -> Any:
    # The first choice keeps 0 ** 0 at gradient 0: 0 · 0⁻¹ would be nan.
    is_zero = (exponent >= 0.0) & (exponent <= 0.0)
    return select(is_zero, 0.0, exponent * power(base, exponent - 1.0))


def _d_exponent(base: Any, exponent: Any, out: Any) -> Any:
    stays_zero = (base >= 0.0) & (base <= 0.0) & (exponent >= 0.0)
    return select(stays_zero, 0.0, out * log(base))


@op(name="pow", symbol="xʸ", infix="**", domain=(0.0, math.inf), d_base=_d_base, d_exponent=_d_exponent)
def pow(base: Any, exponent: Any) -> Any:
    """base to the power of exponent. A negative base has a nan gradient for its exponent, as in PyTorch.

    >>> pow(3.0, 2.0), pow.derivative(3.0, 2.0), pow(-4.0, 0.5)
    (9.0, 6.0, nan)
    """
    return power(base, exponent)


@op(symbol="|x|", kinks=(0.0,), d_x=lambda x, out: select(x > 0.0, 1.0, select(x < 0.0, -1.0, 0.0)))
def abs(x: Any) -> Any:
    """|x|. At the kink the partial is 0.

    >>> abs(-3.0), abs.derivative(-3.0), abs.derivative(0.0)
    (3.0, -1.0, 0.0)
    """
    return operator.abs(x)


# The last choice of both rules is nan: it gets the whole gradient, as in PyTorch, so that it is not lost.
@op(
    symbol="min",
    kinks=lambda x, y: (y,),
    d_x=lambda x, y, out: select(x > y, 0.0, select(x >= y, 0.5, 1.0)),
    d_y=lambda x, y, out: select(y > x, 0.0, select(y >= x, 0.5, 1.0)),
)
def minimum(x: Any, y: Any) -> Any:
    """The smaller of two. A tie gives half of the gradient to each; nan wins.

    >>> minimum(2.0, 3.0), minimum.derivative(2.0, 2.0)
    (2.0, 0.5)
    """
    return select(x <= y, x, select(y < x, y, x + y))


@op(
    symbol="max",
    kinks=lambda x, y: (y,),
    d_x=lambda x, y, out: select(x < y, 0.0, select(x <= y, 0.5, 1.0)),
    d_y=lambda x, y, out: select(y < x, 0.0, select(y <= x, 0.5, 1.0)),
)
def maximum(x: Any, y: Any) -> Any:
    """The larger of two. A tie gives half of the gradient to each; nan wins.

    >>> maximum(2.0, 3.0), maximum.derivative(2.0, 2.0)
    (3.0, 0.5)
    """
    return select(x >= y, x, select(y > x, y, x + y))


@op(
    kinks=lambda x, low, high: (low, high),
    d_x=lambda x, low, high, out: select((x >= low) & (x <= high), 1.0, 0.0),
    d_low=lambda x, low, high, out: select((x < low) & (low < high), 1.0, 0.0),
    d_high=lambda x, low, high, out: select((x > high) | (low > high), 1.0, 0.0),
)
def clamp(x: Any, low: Any, high: Any) -> Any:
    """x held between low and high; at a bound the partial is 1. If the bounds are crossed, high counts.

    >>> clamp(7.0, 0.0, 5.0), clamp.derivative(7.0, 0.0, 5.0)
    (5.0, 0.0)
    """
    return minimum.forward(maximum.forward(x, low), high)


@op(symbol=">", kinks=lambda x, y: (y,), d_x=lambda x, y, out: 0.0, d_y=lambda x, y, out: 0.0)
def greater(x: Any, y: Any) -> Any:
    """1 where x > y, else 0: the comparison that a recorded program makes anew in every run.

    Beside nan it is 0, as Python's > is False.

    >>> greater(3.0, 2.0), greater(2.0, 2.0)
    (1.0, 0.0)
    """
    return select(x > y, 1.0, 0.0)


def _is_zero(x: Any) -> Any:
    # Values compare by order alone: x == 0.0 would ask whether they are the same object.
    return (x >= 0.0) & (x <= 0.0)


@op(
    symbol="?",
    kinks=(0.0,),
    d_condition=lambda condition, a, b, out: 0.0,
    d_a=lambda condition, a, b, out: select(_is_zero(condition), 0.0, 1.0),
    d_b=lambda condition, a, b, out: select(_is_zero(condition), 1.0, 0.0),
)
def where(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition is not 0, else b: a choice that is part of the graph.

    The operand that is not chosen has no say, even if it is nan: its partial is exactly 0. But what it was computed
    by may have an infinite slope, and 0 · inf is nan, as in PyTorch: keep sqrt or log off such points with `maximum`.

    >>> where(2 > 1, 10.0, 20.0), where(greater(1.0, 2.0), 10.0, 20.0)
    (10.0, 20.0)
    """
    return select(_is_zero(condition), b, a)


# ---------------------------------------------------------------- elementary functions


def elementary(
    on_float: Callable[[float], float], array_name: str, at_pole: Callable[[float], float] = lambda x: math.nan
) -> Callable[[Any], Any]:
    """A function of `math` for floats and of the array's own namespace for arrays.

    `math` raises where IEEE 754 has an answer: too large a result is inf; at a pole `at_pole` decides.
    """

    def formula(x: Any) -> Any:
        if type(x) is not float:
            return getattr(x.__array_namespace__(), array_name)(x)
        try:
            return on_float(x)
        except OverflowError:
            return math.inf
        except ValueError:
            return at_pole(x)

    return formula


_exp = elementary(math.exp, "exp")
_expm1 = elementary(math.expm1, "expm1")
_log = elementary(math.log, "log", lambda x: -math.inf if x == 0.0 else math.nan)
_log1p = elementary(math.log1p, "log1p", lambda x: -math.inf if x == -1.0 else math.nan)
_sqrt = elementary(math.sqrt, "sqrt")
_sin = elementary(math.sin, "sin")
_cos = elementary(math.cos, "cos")
_tan = elementary(math.tan, "tan")
_atan = elementary(math.atan, "arctan")


def _elementwise(on_float: Callable[[float], float]) -> Callable[[Any], Any]:
    """The same for a function that NumPy lacks: the float function, element by element; JAX has its own."""

    def formula(x: Any) -> Any:
        if type(x) is float:
            return on_float(x)
        if x.__array_namespace__().__name__ == "jax.numpy":
            from jax.scipy import special

            return getattr(special, on_float.__name__)(x)
        import numpy as np

        return np.vectorize(on_float, otypes=[x.dtype])(x)

    return formula


_erf = _elementwise(math.erf)
_erfc = _elementwise(math.erfc)
_TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)


@op(symbol="eˣ", d_x=lambda x, out: out)
def exp(x: Any) -> Any:
    """eˣ: the function that is its own derivative. Too large a result is inf.

    >>> exp(0.0), exp(1000.0)
    (1.0, inf)
    """
    return _exp(x)


@op(domain=(0.0, math.inf), d_x=lambda x, out: divide(1.0, x))
def log(x: Any) -> Any:
    """Natural logarithm. log(0) is −inf with gradient inf; of a negative number nan.

    >>> log(1.0), log(0.0), log(-1.0)
    (0.0, -inf, nan)
    """
    return _log(x)


@op(domain=(-1.0, math.inf), d_x=lambda x, out: divide(1.0, 1.0 + x))
def log1p(x: Any) -> Any:
    """log(1 + x), with all its digits for tiny x.

    >>> log1p(1e-20)
    1e-20
    """
    return _log1p(x)


@op(d_x=lambda x, out: out + 1.0)
def expm1(x: Any) -> Any:
    """eˣ − 1, with all its digits for tiny x.

    >>> expm1(1e-20)
    1e-20
    """
    return _expm1(x)


@op(symbol="√", domain=(0.0, math.inf), d_x=lambda x, out: divide(0.5, out))
def sqrt(x: Any) -> Any:
    """Square root. At 0 its gradient is inf; of a negative number it is nan.

    >>> sqrt(9.0), sqrt.derivative(0.0)
    (3.0, inf)
    """
    return _sqrt(x)


def _d_sin(x: Any, out: Any) -> Any:
    return cos(x)


@op(d_x=_d_sin)
def sin(x: Any) -> Any:
    """Sine of an angle in radians.

    >>> sin(0.0), sin.derivative(0.0)
    (0.0, 1.0)
    """
    return _sin(x)


@op(d_x=lambda x, out: -sin(x))
def cos(x: Any) -> Any:
    """Cosine of an angle in radians.

    >>> cos(0.0), cos.derivative(0.0)
    (1.0, -0.0)
    """
    return _cos(x)


@op(domain=(-math.pi / 2, math.pi / 2), d_x=lambda x, out: 1.0 + out * out)
def tan(x: Any) -> Any:
    """Tangent of an angle in radians.

    >>> tan(0.0), tan.derivative(0.0)
    (0.0, 1.0)
    """
    return _tan(x)


@op(d_x=lambda x, out: divide(1.0, 1.0 + x * x))
def atan(x: Any) -> Any:
    """The angle in radians, between −π/2 and π/2, whose tangent is x.

    >>> round(4.0 * atan(1.0), 6)
    3.141593
    """
    return _atan(x)


@op(d_x=lambda x, out: _TWO_OVER_ROOT_PI * exp(-(x * x)))
def erf(x: Any) -> Any:
    """Error function: the share of a normal distribution within ±x·√2 standard deviations.

    >>> round(erf(1.0), 4)
    0.8427
    """
    return _erf(x)


@op(d_x=lambda x, out: -_TWO_OVER_ROOT_PI * exp(-(x * x)))
def erfc(x: Any) -> Any:
    """1 − erf(x), with all its digits where erf(x) is nearly 1.

    >>> round(erfc(2.0), 6)
    0.004678
    """
    return _erfc(x)


# ---------------------------------------------------------------- many operands, one node


@op(symbol="Σ", lists=1, d_xs=lambda xs, out: [1.0] * len(xs))
def sum(xs: Sequence[Any]) -> Any:
    """The sum of a list as one node, added from left to right.

    >>> sum([1.0, 2.0, 3.5])
    6.5

    Raises:
        ValueError: the list is empty.
    """
    return reduce(operator.add, xs)


@op(
    symbol="Σ",
    lists=2,
    d_xs=lambda xs, ys, start, out: ys,
    d_ys=lambda xs, ys, start, out: xs,
    d_start=lambda xs, ys, start, out: 1.0,
)
def dot(xs: Sequence[Any], ys: Sequence[Any], start: Any = 0.0) -> Any:
    """The weighted sum start + x₁y₁ + x₂y₂ + … as one node: what a neuron computes before it is activated.

    Added from left to right, beginning with `start` (the neuron's bias), as Python's `sum` would.

    >>> dot([1.0, 2.0], [3.0, 4.0], 0.5)
    11.5

    Raises:
        ValueError: the lists are empty or of different lengths.
    """
    products = map(operator.mul, xs, ys)
    if type(start) is float and start == 0.0:
        return reduce(operator.add, products)
    return reduce(operator.add, products, start)


def position(index: Any, count: int, name: str = "index") -> Any:
    """An index that came as a float, or an array of such, as integers; `name` is for the messages.

    Raises:
        TypeError: it is no whole number.
        IndexError: it is outside 0..count−1 (negative ones too).
    """
    if isinstance(index, Op.node):
        index = index.data
    if hasattr(index, "__array_namespace__") and index.shape:
        at = index.astype(int)
        wrong = (at != index) | (at < 0) | (at >= count)
        xp = index.__array_namespace__()
        if xp.__name__ == "jax.numpy":  # numbers that are traced are not known: what is looked up there is nan
            return xp.where(wrong, count, at)
        if not wrong.any():
            return at
        index = float(index[wrong][0])
    if not index % 1.0 <= 0.0:
        raise TypeError(f"{name} must be a whole number from 0, got {index!r}")
    if not 0 <= index < count:
        raise IndexError(f"{name} {int(index)} is outside 0..{count - 1}")
    return int(index)


def _chosen(xs: Sequence[Any], at: Any) -> Any:
    """xs[at]; element by element if `at` is an array."""
    if type(at) is int:
        return xs[at]
    return reduce(lambda found, k: select(at == k, xs[k], found), range(1, len(xs)), xs[0])


def _d_taken(xs: Sequence[Any], index: Any, out: Any) -> list[Any]:
    at = position(index, len(xs))
    return [select(at == k, 1.0, 0.0) for k in range(len(xs))]


@op(lists=1, index="index", symbol="[ ]", d_xs=_d_taken, d_index=lambda xs, index, out: 0.0)
def take(xs: Sequence[Any], index: Any) -> Any:
    """xs[index], the index being part of the graph: looking up a table whose entries learn.

    The index may be a Value, so that a recorded program looks up anew in every run. The result jumps from entry to
    entry and is flat between them: the partial of the index is 0.

    Args:
        xs: one number or Value per entry.
        index: a whole number, 0 ≤ index < number of entries; 2.0 is 2.

    Raises:
        IndexError: the index is outside the list (negative ones too).
        TypeError: the index is no whole number, or a bool.

    >>> take([10.0, 20.0, 30.0], 2)
    30.0
    """
    return _chosen(xs, position(index, len(xs)))


def take_row(rows: Sequence[Sequence[Any]], index: Any) -> list[Any]:
    """rows[index] for an index that may be a Value: what a word, a letter or a film is in a table of features.

    One `take` for each column; a recorded program makes one look-up of all. Errors as those of `take`.

    >>> take_row([[1.0, 2.0], [3.0, 4.0]], 1)
    [3.0, 4.0]

    Raises:
        ValueError: the rows are of different lengths, or there is none.
    """
    if not len(rows):
        raise ValueError("take_row needs at least one row, got an empty list")
    width = len(rows[0])
    for k, row in enumerate(rows):
        if len(row) != width:
            raise ValueError(f"take_row needs rows of one length: row 0 has {width} numbers, row {k} has {len(row)}")
    return [take(column, index) for column in zip(*rows, strict=True)]


def _finite_maximum(xs: Sequence[Any]) -> Any:
    """What logsumexp takes out: the maximum as a number, or 0 where that is infinite."""
    numbers = [x.data if isinstance(x, Op.node) else x for x in xs]
    largest = reduce(maximum, numbers)
    return select((largest > -math.inf) & (largest < math.inf), largest, 0.0)


@op(lists=1, d_xs=lambda xs, out: softmax(xs))
def logsumexp(xs: Sequence[Any]) -> Any:
    """log(eˣ¹ + eˣ² + …) as one node, without overflow. Its partials are the softmax of the list.

    >>> round(logsumexp([1000.0, 1001.0]), 4)
    1001.3133

    Source: the largest is taken out first, as in Blanchard, Higham and Higham 2021, IMA J. Numer. Anal. 41.
    """
    largest = _finite_maximum(xs)
    return log(sum([exp(x - largest) for x in xs])) + largest


def _floor(x: Any) -> Any:
    return x.__array_namespace__().floor(x) if type(x) is not float else float(math.floor(x))


@op(lists=1, symbol="⌊max⌋", kinks=lambda xs: (round(max(xs)),), d_xs=lambda xs, out: [0.0] * len(xs))
def peak(xs: Sequence[Any]) -> Any:
    """The largest of a list, rounded down; 0 if that is infinite or nan. It moves in jumps, so its partials are 0.

    What softmax takes out of its scores: eˣ cannot overflow then, and since it is flat, no gradient is lost by it.

    >>> peak([1.5, 1000.25, -3.0])
    1000.0
    """
    return _floor(_finite_maximum(xs))


def softmax(xs: Sequence[Any]) -> list[Any]:
    """Scores turned into shares that add up to 1: eˣᵏ / (eˣ¹ + eˣ² + …), without overflow.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]

    Raises:
        ValueError: the list is empty.
    """
    scores = list(xs)
    shift = peak(scores)
    powers = [exp(x - shift) for x in scores]
    total = sum(powers)
    return [divide(power, total) for power in powers]


def _d_logits(logits: Sequence[Any], target: Any, out: Any) -> list[Any]:
    # expm1 keeps the digits of p − 1 where p is nearly 1.
    at = position(target, len(logits), "target")
    sure = expm1(-out)
    return [select(at == k, sure, p) for k, p in enumerate(softmax(logits))]


@op(lists=1, index="target", d_logits=_d_logits, d_target=lambda logits, target, out: 0.0)
def softmax_cross_entropy(logits: Sequence[Any], target: Any) -> Any:
    """Negative log-probability of the target class, in nats, as one node.

    loss = logsumexp(logits) − logits[target];  ∂loss/∂logit_k = p_k − [k = target];  ∂loss/∂target = 0

    Args:
        logits: one number or Value per class, any real, not normalised.
        target: index of the true class, 0 ≤ target < number of classes; it may be a Value, as in `take`.

    Returns:
        A number ≥ 0. Uniform logits of C classes give ln C.

    Raises:
        IndexError: target is outside the classes (negative ones too).
        TypeError: target is no whole number, or a bool.

    Source: Bishop 2006, section 4.3.4.

    >>> round(softmax_cross_entropy([0.0, 0.0], 1), 4)
    0.6931
    """
    at = position(target, len(logits), "target")
    largest = _finite_maximum(logits)
    return log(sum([exp(z - largest) for z in logits])) - (_chosen(logits, at) - largest)
