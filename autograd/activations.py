"""Activation functions: what a neuron does with its weighted sum. Each registers its own derivative.

A parameter is an operand like any other: `leaky_relu(x, 0.1)` has a fixed slope, `leaky_relu(x, Value(0.1))`
is PReLU and learns it. At a kink the derivative is PyTorch's. Comparisons are written so that nan falls
through to the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, overload

from autograd.declare import declare
from autograd.functions import abs, elementary, erfc, exp, expm1, log1p, maximum, select
from autograd.op import Formula, Op


@dataclass(frozen=True, eq=False, repr=False)
class Activation(Op):
    """An op that is used as an activation, and what one should know before choosing it.

    Attributes:
        latex: its formula as LaTeX.
        text: its formula in one line of plain text.
        range: the interval that its values lie in.
        steepest: an x at which its derivative is largest (inf if it is only approached).
    """

    latex: str = ""
    text: str = ""
    range: tuple[float, float] = (-math.inf, math.inf)
    steepest: float = math.nan


@overload
def activation(formula: Formula, /) -> Activation: ...
@overload
def activation(**options: Any) -> Callable[[Formula], Activation]: ...
def activation(formula: Formula | None = None, /, **options: Any) -> Activation | Callable[[Formula], Activation]:
    """Declare an activation: the decorated function is its formula, `d_x=` the rule of its operand `x`.

    As `@op`, with four options more: latex, text, range, steepest. Bare `@activation` is enough: then the
    formula is differentiated.

    >>> from autograd import activation, sigmoid
    >>> @activation(d_x=lambda x, out: sigmoid(x) + out * (1 - sigmoid(x)))
    ... def my_swish(x):
    ...     return x * sigmoid(x)
    >>> my_swish(0.0), my_swish.derivative(0.0)
    (0.0, 0.5)

    Raises:
        OpDeclarationError: an operand has no rule, a rule has no operand, or an option is unknown.
    """
    if formula is None:
        return lambda formula: declare(Activation, formula, options)
    return declare(Activation, formula, options)


# ---------------------------------------------------------------- the classical four


@activation(
    d_x=lambda x, out: out * (1.0 - out),
    symbol="σ",
    latex=r"\frac{1}{1 + e^{-x}}",
    text="1 / (1 + e⁻ˣ)",
    range=(0.0, 1.0),
    steepest=0.0,
)
def sigmoid(x: Any) -> Any:
    """Logistic sigmoid: squeezes any number into (0, 1). Its slope is never above 1/4.

    >>> import numpy as np
    >>> sigmoid(np.array([-2, -1, 0, 1, 2])).round(4)
    array([0.1192, 0.2689, 0.5   , 0.7311, 0.8808])
    """
    # e⁻|x| never overflows, and keeps the digits of sigmoid(−40) = 4.2e−18.
    e = exp(-abs(x))
    return select(x >= 0.0, 1.0, e) / (1.0 + e)


_tanh = elementary(math.tanh, "tanh")


@activation(
    d_x=lambda x, out: 1.0 - out * out,
    latex=r"\tanh x",
    text="(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
    range=(-1.0, 1.0),
    steepest=0.0,
)
def tanh(x: Any) -> Any:
    """Hyperbolic tangent: squeezes any number into (−1, 1), with zero mean. 2·sigmoid(2x) − 1.

    >>> tanh(0.0), tanh.derivative(0.0)
    (0.0, 1.0)
    """
    return _tanh(x)


@activation(
    d_x=lambda x, out: select(x <= 0.0, 0.0, 1.0),
    kinks=(0.0,),
    latex=r"\max(0, x)",
    text="max(0, x)",
    range=(0.0, math.inf),
    steepest=1.0,
)
def relu(x: Any) -> Any:
    """Rectifier: 0 for negative operands. At the kink the partial is 0.

    >>> relu(-3.0), relu(3.0), relu.derivative(0.0)
    (0.0, 3.0, 0.0)

    Source: Nair and Hinton 2010, ICML.
    """
    # `<=` rather than `> 0`: nan must fall through, as it does in PyTorch.
    return select(x <= 0.0, 0.0, x)


@activation(
    d_x=lambda x, slope, out: select(x > 0.0, 1.0, slope),
    d_slope=lambda x, slope, out: select(x > 0.0, 0.0, x),
    kinks=(0.0,),
    latex=r"x \text{ if } x > 0 \text{ else } \mathrm{slope} \, x",
    text="x if x > 0 else slope · x",
    steepest=1.0,
)
def leaky_relu(x: Any, slope: Any = 0.01) -> Any:
    """Rectifier that keeps a small slope below 0, so that no neuron dies. A Value as slope makes it PReLU.

    >>> leaky_relu(-3.0), leaky_relu.derivative(-3.0), leaky_relu.derivative(-3.0, wrt="slope")
    (-0.03, 0.01, -3.0)

    Source: Maas, Hannun, Ng 2013, ICML; PReLU: He, Zhang, Ren, Sun 2015, arXiv:1502.01852.
    """
    return select(x <= 0.0, slope * x, x)


# ---------------------------------------------------------------- smooth below, straight above


@activation(
    d_x=lambda x, alpha, out: select(x <= 0.0, alpha * exp(x), 1.0),
    d_alpha=lambda x, alpha, out: select(x <= 0.0, expm1(x), 0.0),
    kinks=(0.0,),
    latex=r"x \text{ if } x > 0 \text{ else } \alpha (e^x - 1)",
    text="x if x > 0 else alpha · (eˣ − 1)",
    range=(-1.0, math.inf),
    steepest=1.0,
)
def elu(x: Any, alpha: Any = 1.0) -> Any:
    """Exponential linear unit: bends smoothly towards −alpha.

    >>> elu(2.0), round(elu(-2.0), 4)
    (2.0, -0.8647)

    Source: Clevert, Unterthiner, Hochreiter 2015, arXiv:1511.07289.
    """
    return select(x <= 0.0, alpha * expm1(x), x)


_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_ALPHA = 1.6732632423543772848170429916717


@activation(
    d_x=lambda x, out: _SELU_SCALE * select(x <= 0.0, _SELU_ALPHA * exp(x), 1.0),
    kinks=(0.0,),
    latex=r"1.0507 \, x \text{ if } x > 0 \text{ else } 1.7581 (e^x - 1)",
    text="1.0507 · x if x > 0 else 1.7581 · (eˣ − 1)",
    range=(-_SELU_SCALE * _SELU_ALPHA, math.inf),
    steepest=0.0,
)
def selu(x: Any) -> Any:
    """Scaled ELU, whose two constants keep mean 0 and variance 1 from layer to layer.

    >>> round(selu(1.0), 4)
    1.0507

    Source: Klambauer, Unterthiner, Mayr, Hochreiter 2017, arXiv:1706.02515.
    """
    return _SELU_SCALE * select(x <= 0.0, _SELU_ALPHA * expm1(x), x)


@activation(
    d_x=lambda x, out: sigmoid(x),
    latex=r"\ln(1 + e^x)",
    text="log(1 + eˣ)",
    range=(0.0, math.inf),
    steepest=math.inf,
)
def softplus(x: Any) -> Any:
    """A ReLU without the kink; its derivative is the sigmoid.

    >>> softplus(1000.0), round(softplus(0.0), 4)
    (1000.0, 0.6931)

    Source: Dugas, Bengio, Bélisle, Nadeau, Garcia 2000, NIPS.
    """
    return maximum(x, 0.0) + log1p(exp(-abs(x)))


def _d_silu(x: Any, beta: Any, out: Any) -> Any:
    s = sigmoid(beta * x)
    return s + beta * out * (1.0 - s)


def _d_beta(x: Any, beta: Any, out: Any) -> Any:
    s = sigmoid(beta * x)
    return x * out * (1.0 - s)


@activation(
    d_x=_d_silu,
    d_beta=_d_beta,
    latex=r"\frac{x}{1 + e^{-\beta x}}",
    text="x · sigmoid(beta · x)",
    range=(-0.2784645427610738, math.inf),
    steepest=2.3993572805154674,
)
def silu(x: Any, beta: Any = 1.0) -> Any:
    """Swish: x gated by its own sigmoid. A Value as beta is learned.

    >>> round(silu(2.0), 4), round(silu.derivative(2.0, wrt="beta"), 4)
    (1.7616, 0.42)

    Source: Ramachandran, Zoph, Le 2017, arXiv:1710.05941.
    """
    return x * sigmoid(beta * x)


_ROOT_HALF = math.sqrt(0.5)
_DENSITY_AT_0 = 1.0 / math.sqrt(2.0 * math.pi)


def _normal_cdf(x: Any) -> Any:
    """The share of a normal distribution below x; erfc keeps the digits far below 0."""
    return 0.5 * erfc(-_ROOT_HALF * x)


@activation(
    d_x=lambda x, out: _normal_cdf(x) + x * (_DENSITY_AT_0 * exp(-0.5 * x * x)),
    latex=r"\frac{x}{2} \left(1 + \operatorname{erf} \frac{x}{\sqrt 2}\right)",
    text="x · Φ(x), Φ the normal distribution",
    range=(-0.16997120747990361, math.inf),
    steepest=math.sqrt(2.0),
)
def gelu(x: Any) -> Any:
    """Gaussian error linear unit, exact: x times the share of a normal distribution below x.

    >>> round(gelu(1.0), 4)
    0.8413

    Source: Hendrycks, Gimpel 2016, arXiv:1606.08415.
    """
    return x * _normal_cdf(x)


_ROOT_TWO_OVER_PI = math.sqrt(2.0 / math.pi)


def _d_gelu_tanh(x: Any, out: Any) -> Any:
    # (1 + tanh u) / 2 = sigmoid(2u): the same number, without the lost digits where tanh u is nearly −1.
    s = sigmoid(2.0 * _ROOT_TWO_OVER_PI * (x + 0.044715 * x * x * x))
    return s + 2.0 * out * (1.0 - s) * _ROOT_TWO_OVER_PI * (1.0 + 0.134145 * x * x)


@activation(
    d_x=_d_gelu_tanh,
    symbol="gelu~",
    latex=r"\frac{x}{2} \left(1 + \tanh\left(\sqrt{2/\pi} \, (x + 0.044715 x^3)\right)\right)",
    text="x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2",
    range=(-0.17004075057125412, math.inf),
    steepest=1.4185040087908284,
)
def gelu_tanh(x: Any) -> Any:
    """GELU in the form with tanh, which many published models were trained with.

    >>> round(gelu_tanh(1.0), 4)
    0.8412

    Source: Hendrycks, Gimpel 2016, arXiv:1606.08415, section 2.
    """
    return x * sigmoid(2.0 * _ROOT_TWO_OVER_PI * (x + 0.044715 * x * x * x))


def _d_mish(x: Any, out: Any) -> Any:
    t = tanh(softplus(x))
    return t + x * (1.0 - t * t) * sigmoid(x)


@activation(
    d_x=_d_mish,
    latex=r"x \tanh(\ln(1 + e^x))",
    text="x · tanh(log(1 + eˣ))",
    range=(-0.30884341301725041, math.inf),
    steepest=1.4905711794854285,
)
def mish(x: Any) -> Any:
    """x times the tanh of its softplus.

    >>> round(mish(1.0), 4)
    0.8651

    Source: Misra 2019, arXiv:1908.08681.
    """
    return x * tanh(softplus(x))


# ---------------------------------------------------------------- made of straight pieces


@activation(
    d_x=lambda x, out: select((x <= 0.0) | (x >= 6.0), 0.0, 1.0),
    kinks=(0.0, 6.0),
    latex=r"\min(\max(0, x), 6)",
    text="min(max(0, x), 6)",
    range=(0.0, 6.0),
    steepest=1.0,
)
def relu6(x: Any) -> Any:
    """ReLU that stops at 6. At both kinks the partial is 0.

    >>> relu6(7.0), relu6.derivative(6.0)
    (6.0, 0.0)

    Source: Howard et al. 2017, arXiv:1704.04861.
    """
    return select(x <= 0.0, 0.0, select(x >= 6.0, 6.0, x))


@activation(
    d_x=lambda x, out: select((x > -3.0) & (x < 3.0), 1.0 / 6.0, 0.0),
    kinks=(-3.0, 3.0),
    latex=r"\min(\max(0, x + 3), 6) / 6",
    text="min(max(0, x + 3), 6) / 6",
    range=(0.0, 1.0),
    steepest=0.0,
)
def hard_sigmoid(x: Any) -> Any:
    """The sigmoid in three straight pieces. At both kinks the partial is 0.

    >>> hard_sigmoid(0.0), hard_sigmoid(3.0)
    (0.5, 1.0)

    Source: Howard et al. 2019, arXiv:1905.02244.
    """
    return select(x <= -3.0, 0.0, select(x >= 3.0, 1.0, (x + 3.0) / 6.0))


@activation(
    d_x=lambda x, out: select((x <= -1.0) | (x >= 1.0), 0.0, 1.0),
    kinks=(-1.0, 1.0),
    latex=r"\min(\max(-1, x), 1)",
    text="min(max(−1, x), 1)",
    range=(-1.0, 1.0),
    steepest=0.0,
)
def hard_tanh(x: Any) -> Any:
    """tanh in three straight pieces. At both kinks the partial is 0.

    >>> hard_tanh(-2.0), hard_tanh(0.5)
    (-1.0, 0.5)

    Source: Collobert 2004, thesis.
    """
    return select(x <= -1.0, -1.0, select(x >= 1.0, 1.0, x))


@activation(
    d_x=lambda x, out: 1.0 / ((1.0 + abs(x)) * (1.0 + abs(x))) + 0.0 * out,  # 0 · out passes nan on
    latex=r"\frac{x}{1 + |x|}",
    text="x / (1 + |x|)",
    range=(-1.0, 1.0),
    steepest=0.0,
)
def softsign(x: Any) -> Any:
    """Like tanh, but it saturates far more slowly.

    >>> softsign(1.0), softsign.derivative(1.0)
    (0.5, 0.25)

    Source: Turian, Bergstra, Bengio 2009, NAACL.
    """
    return x / (1.0 + abs(x))


@activation(d_x=lambda x, out: 1.0, symbol="id", latex="x", text="x", steepest=0.0)
def identity(x: Any) -> Any:
    """The operand itself: the activation of a linear layer.

    >>> identity(3.0)
    3.0
    """
    return x


@activation(
    d_x=lambda x, out: 0.0,
    kinks=(0.0,),
    latex=r"1 \text{ if } x > 0 \text{ else } 0",
    text="1 if x > 0 else 0",
    range=(0.0, 1.0),
    steepest=0.0,
)
def step(x: Any) -> Any:
    """The threshold of the first perceptrons. Its derivative is 0, so nothing before it learns.

    >>> step(-1.0), step(0.0), step(2.0)
    (0.0, 0.0, 1.0)

    Source: Rosenblatt 1958, Psychological Review 65.
    """
    return select(x <= 0.0, 0.0, select(x > 0.0, 1.0, x))


swish = silu
"""The other name of `silu`, by which the paper calls it."""
