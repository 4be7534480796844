"""Optimisers: how a parameter moves, given its gradient. Updates equal PyTorch's to the last few bits.

Each optimiser is one formula, `update`, for one number; it is written so that arrays would do as well.
Learning-rate schedules are functions from the number of steps made so far to a rate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.functions import sqrt
from autograd.value import Value

Schedule = Callable[[int], float]
State = dict[str, Any]


class Optimizer:
    """What all optimisers share: the parameters, the learning rate, and a memory for each parameter.

    One of your own is a formula:

    >>> class SignDescent(Optimizer):
    ...     def update(self, p, g, rate, memory):
    ...         return p - math.copysign(rate, g)
    >>> x = Value(1.0)
    >>> optimizer = SignDescent([x], lr=0.25)
    >>> (5 * x).backward()
    >>> optimizer.step()
    >>> x.data
    0.75

    Args:
        parameters: leaf Values, as `model.parameters()` gives them.
        lr: the learning rate, a number above 0 or a schedule.

    Raises:
        ValueError: no parameter, the same one twice, or one that was computed; a rate that is not above 0.
    """

    def __init__(self, parameters: Iterable[Value], lr: float | Schedule) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("an optimiser needs parameters, got an empty list")
        for parameter in self.parameters:
            if not isinstance(parameter, Value):
                raise TypeError(f"parameters are Values, got {type(parameter).__name__} {parameter!r}")
            if not parameter.is_leaf:
                name = parameter.op and parameter.op.name
                raise ValueError(f"{parameter!r} was computed by {name}: only a leaf can be a parameter")
        if len(set(self.parameters)) < len(self.parameters):
            raise ValueError("a parameter is given twice: it would be updated twice a step")
        if not callable(lr):
            _positive("lr", lr)
        self.lr = lr
        self.steps = 0
        self.memory: list[State] = [{} for _ in self.parameters]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0; do it before each backward pass, as they add up."""
        for parameter in self.parameters:
            parameter.grad = 0.0

    def step(self) -> None:
        """Move every parameter once."""
        rate = self.lr(self.steps) if callable(self.lr) else self.lr
        self.steps += 1
        for parameter, memory in zip(self.parameters, self.memory, strict=True):
            parameter.data = self.update(parameter.data, parameter.grad, rate, memory)

    def update(self, p: Any, g: Any, rate: float, memory: State) -> Any:
        """The new value of a parameter p with gradient g; `memory` keeps what the next step needs."""
        raise TypeError(f"{type(self).__name__} has no formula: write its update(p, g, rate, memory)")


class SGD(Optimizer):
    """Gradient descent: against the gradient, `lr` far. With momentum it keeps some of its speed.

    >>> x = Value(0.0)
    >>> optimizer = SGD([x], lr=0.1)
    >>> for _ in range(26):
    ...     optimizer.zero_grad()
    ...     ((x - 3) ** 2).backward()
    ...     optimizer.step()
    >>> round(x.data, 2)
    2.99

    Args:
        momentum: share of the speed that is kept, 0 ≤ momentum < 1.
        nesterov: look ahead along the speed; needs momentum.
        weight_decay: added to the gradient, times the parameter.

    Source: Sutskever, Martens, Dahl, Hinton 2013, ICML.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if nesterov and not momentum:
            raise ValueError("nesterov looks ahead along the momentum: give momentum=0.9 or so")
        self.momentum = _share("momentum", momentum)
        self.nesterov = nesterov
        self.weight_decay = _not_negative("weight_decay", weight_decay)

    def update(self, p: Any, g: Any, rate: float, memory: State) -> Any:
        g = g + self.weight_decay * p if self.weight_decay else g
        if self.momentum:
            speed = memory["speed"] = self.momentum * memory["speed"] + g if memory else g
            g = g + self.momentum * speed if self.nesterov else speed
        return p - rate * g


class Adagrad(Optimizer):
    """Each parameter's rate shrinks with all the gradients that it has seen.

    >>> x = Value(1.0)
    >>> optimizer = Adagrad([x], lr=0.1)
    >>> (5 * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    0.9

    Source: Duchi, Hazan, Singer 2011, JMLR 12.
    """

    def __init__(self, parameters: Iterable[Value], lr: float | Schedule = 0.01, *, eps: float = 1e-10) -> None:
        super().__init__(parameters, lr)
        self.eps = _positive("eps", eps)

    def update(self, p: Any, g: Any, rate: float, memory: State) -> Any:
        total = memory["total"] = memory.get("total", 0.0) + g * g
        return p - rate * g / (sqrt(total) + self.eps)


class RMSProp(Optimizer):
    """Each gradient is divided by the recent size of its like.

    >>> x = Value(1.0)
    >>> optimizer = RMSProp([x], lr=0.01)
    >>> (5 * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    0.9

    Source: Tieleman and Hinton 2012, Coursera lecture 6.5.
    """

    def __init__(
        self, parameters: Iterable[Value], lr: float | Schedule = 0.01, *, alpha: float = 0.99, eps: float = 1e-8
    ) -> None:
        super().__init__(parameters, lr)
        self.alpha = _share("alpha", alpha)
        self.eps = _positive("eps", eps)

    def update(self, p: Any, g: Any, rate: float, memory: State) -> Any:
        square = memory["square"] = self.alpha * memory.get("square", 0.0) + (1.0 - self.alpha) * g * g
        return p - rate * g / (sqrt(square) + self.eps)


class Adam(Optimizer):
    """Momentum divided by the recent size of the gradient, both corrected for their beginning at 0.

    The first step is `lr` far, however large the gradient.

    >>> x = Value(1.0)
    >>> optimizer = Adam([x], lr=0.1)
    >>> (1000.0 * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    0.9

    Source: Kingma and Ba 2015, arXiv:1412.6980.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, lr)
        self.betas = _share("betas[0]", betas[0]), _share("betas[1]", betas[1])
        self.eps = _positive("eps", eps)

    def update(self, p: Any, g: Any, rate: float, memory: State) -> Any:
        beta1, beta2 = self.betas
        mean = memory["mean"] = beta1 * memory.get("mean", 0.0) + (1.0 - beta1) * g
        square = memory["square"] = beta2 * memory.get("square", 0.0) + (1.0 - beta2) * g * g
        unbiased = sqrt(square) / math.sqrt(1.0 - beta2**self.steps) + self.eps
        return p - rate / (1.0 - beta1**self.steps) * mean / unbiased


class AdamW(Adam):
    """Adam whose weight decay acts on the parameter itself, not through the gradient.

    >>> x = Value(1.0)
    >>> optimizer = AdamW([x], lr=0.1, weight_decay=0.5)
    >>> optimizer.step()
    >>> round(x.data, 6)
    0.95

    Source: Loshchilov and Hutter 2019, arXiv:1711.05101.
    """

    def __init__(
        self, parameters: Iterable[Value], lr: float | Schedule = 0.001, *, weight_decay: float = 0.01, **options: Any
    ) -> None:
        super().__init__(parameters, lr, **options)
        self.weight_decay = _not_negative("weight_decay", weight_decay)

    def update(self, p: Any, g: Any, rate: float, memory: State) -> Any:
        return super().update(p * (1.0 - rate * self.weight_decay), g, rate, memory)


# ---------------------------------------------------------------- clipping


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Shrink all gradients by one factor, so that their norm √(g₁² + g₂² + …) is at most `max_norm`.

    Their direction stays. Returns the norm that they had.

    >>> x, y = Value(0.0), Value(0.0)
    >>> (3 * x + 4 * y).backward()
    >>> clip_grad_norm([x, y], 1.0)
    5.0
    >>> round(x.grad, 3), round(y.grad, 3)
    (0.6, 0.8)

    Raises:
        ValueError: a gradient is nan or inf, so that there is no direction to keep; nothing has changed then.

    Source: Pascanu, Mikolov, Bengio 2013, ICML.
    """
    _positive("max_norm", max_norm)
    clipped = list(parameters)
    for index, parameter in enumerate(clipped):
        if not math.isfinite(parameter.grad):
            raise ValueError(f"parameter {index} has the gradient {parameter.grad}: find where it comes from first")
    largest = max((abs(parameter.grad) for parameter in clipped), default=0.0)
    if largest == 0.0:
        return 0.0
    length = math.hypot(*(parameter.grad / largest for parameter in clipped))  # cannot overflow, as the norm may
    if largest * length > max_norm:
        for parameter in clipped:
            parameter.grad = parameter.grad / largest * (max_norm / length)
    return largest * length


def clip_grad_value(parameters: Iterable[Value], limit: float) -> None:
    """Hold each gradient between −limit and limit. This may turn their direction; nan stays nan.

    >>> x = Value(0.0)
    >>> (3 * x).backward()
    >>> clip_grad_value([x], 1.0)
    >>> x.grad
    1.0
    """
    _positive("limit", limit)
    for parameter in parameters:
        if abs(parameter.grad) > limit:
            parameter.grad = math.copysign(limit, parameter.grad)


# ---------------------------------------------------------------- learning-rate schedules


def step_decay(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """The rate times `factor` after each `every` steps.

    >>> [step_decay(1.0, every=2, factor=0.5)(step) for step in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    _positive("lr", lr), _positive("every", every), _positive("factor", factor)
    return lambda step: lr * factor ** (step // every)


def exponential_decay(lr: float, factor: float) -> Schedule:
    """The rate times `factor` after each step.

    >>> [exponential_decay(1.0, 0.5)(step) for step in range(3)]
    [1.0, 0.5, 0.25]
    """
    _positive("lr", lr), _positive("factor", factor)
    return lambda step: lr * factor**step


def cosine_decay(lr: float, steps: int, final: float = 0.0) -> Schedule:
    """From `lr` down to `final` along half a cosine in `steps` steps, and `final` from then on.

    >>> [round(cosine_decay(1.0, 4)(step), 3) for step in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]

    Source: Loshchilov and Hutter 2017, arXiv:1608.03983.
    """
    _positive("lr", lr), _positive("steps", steps), _not_negative("final", final)
    return lambda step: final + (lr - final) * 0.5 * (1.0 + math.cos(math.pi * min(step / steps, 1.0)))


def warm_up(steps: int, then: float | Schedule) -> Schedule:
    """In even parts up to the first rate of `then` during `steps` steps; `then` begins when they are over.

    >>> [warm_up(4, then=1.0)(step) for step in range(6)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    """
    _positive("steps", steps)
    if not callable(then):
        _positive("then", then)
    after = then if callable(then) else lambda step: then
    return lambda step: after(0) * (step + 1) / steps if step < steps else after(step - steps)


def _positive(name: str, number: float) -> float:
    if not (isinstance(number, int | float) and 0.0 < number < math.inf):
        raise ValueError(f"{name} must be a number above 0, got {number!r}")
    return number


def _not_negative(name: str, number: float) -> float:
    if not (isinstance(number, int | float) and 0.0 <= number < math.inf):
        raise ValueError(f"{name} must be a number, 0 or above, got {number!r}")
    return number


def _share(name: str, number: float) -> float:
    if not 0.0 <= number < 1.0:
        raise ValueError(f"{name} must be at least 0 and below 1, got {number!r}")
    return number


__all__: Sequence[str] = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSProp",
    "clip_grad_norm",
    "clip_grad_value",
    "cosine_decay",
    "exponential_decay",
    "step_decay",
    "warm_up",
]
