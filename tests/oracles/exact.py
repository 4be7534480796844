"""Every op of the package a second time, in mpmath: the oracle of its value and of its partials.

The definitions are the textbook ones, at fifty digits, so they need none of the care that floats do.
"""

from collections.abc import Callable, Sequence
from typing import Any

from mpmath import mp, mpf

DIGITS = 50


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _logsumexp(xs: Sequence[Any]) -> Any:
    return mp.log(sum(mp.exp(x) for x in xs))


def _clamp(x: Any, low: Any, high: Any) -> Any:
    return min(max(x, low), high)


with mp.workdps(DIGITS):
    _SELU_ALPHA = mpf("1.6732632423543772848170429916717")
    _SELU_SCALE = mpf("1.0507009873554804934193349852946")

EXACT: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pow": lambda x, y: mp.exp(y * mp.log(x)),
    "abs": lambda x: max(x, -x),
    "minimum": min,
    "maximum": max,
    "clamp": _clamp,
    "greater": lambda x, y: mpf(x > y),
    "where": lambda condition, a, b: a if condition else b,
    "peak": lambda xs: mp.floor(max(xs)),
    "take": lambda xs, index: xs[int(index)],
    "exp": mp.exp,
    "log": mp.log,
    "log1p": lambda x: mp.log(1 + x),
    "expm1": lambda x: mp.exp(x) - 1,
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "atan": mp.atan,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "sum": mp.fsum,
    "dot": lambda xs, ys, start: start + mp.fdot(xs, ys),
    "logsumexp": _logsumexp,
    "softmax_cross_entropy": lambda logits, target: -mp.log(mp.exp(logits[int(target)]) / mp.exp(_logsumexp(logits))),
    "sigmoid": _sigmoid,
    "tanh": mp.tanh,
    "relu": lambda x: max(x, 0),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * (mp.exp(x) - 1),
    "selu": lambda x: _SELU_SCALE * (x if x > 0 else _SELU_ALPHA * (mp.exp(x) - 1)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "silu": lambda x, beta: x * _sigmoid(beta * x),
    "gelu": lambda x: x * mp.ncdf(x),
    "gelu_tanh": lambda x: x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3))),
    "mish": lambda x: x * mp.tanh(mp.log(1 + mp.exp(x))),
    "relu6": lambda x: _clamp(x, 0, 6),
    "hard_sigmoid": lambda x: _clamp(x + 3, 0, 6) / 6,
    "hard_tanh": lambda x: _clamp(x, -1, 1),
    "softsign": lambda x: x / (1 + abs(x)),
    "identity": lambda x: x,
    "step": lambda x: mpf(x > 0),
}


def exact(operand: Any) -> Any:
    """A float or a list of floats as mpmath numbers; an int, such as an index, stays one."""
    if isinstance(operand, list):
        return [exact(x) for x in operand]
    return mpf(operand) if isinstance(operand, float) else operand


def value(name: str, operands: Sequence[Any], digits: int = DIGITS) -> float:
    """What the op of that name gives, rounded once."""
    with mp.workdps(digits):
        return float(EXACT[name](*map(exact, operands)))


def partial(name: str, operands: Sequence[Any], index: int, digits: int = DIGITS) -> Any:
    """The partial of one operand, rounded once: a float, or a list of them for a list operand."""
    with mp.workdps(digits):
        row = [exact(operand) for operand in operands]

        def moved(operand: Any) -> Any:
            return EXACT[name](*row[:index], operand, *row[index + 1 :])

        if not isinstance(row[index], list):
            return float(slope(moved, row[index]))
        numbers = row[index]
        return [
            float(slope(lambda x, k=k: moved([*numbers[:k], x, *numbers[k + 1 :]]), numbers[k]))
            for k in range(len(numbers))
        ]


def slope(f: Callable[[Any], Any], x: Any) -> Any:
    """A symmetric difference over 1e-15 of x: its error is of the size 1e-30, and 35 of the fifty digits are left."""
    h = mpf("1e-15") * (abs(x) or 1)
    return (f(x + h) - f(x - h)) / (2 * h)
