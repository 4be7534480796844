"""Derivatives of whole functions: gradients, Jacobians, Hessians, products with a direction, and their check.

A function here takes numbers or (nested) lists of numbers and computes with Values. The derivative comes back in
the same nested shape, as plain floats; given Values it is a graph again, so every function here can be applied
to its own result: `grad(grad(f))`. No `.grad` of any Value is touched.

Source: Griewank and Walther 2008, Evaluating Derivatives, chapters 3 and 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextvars import ContextVar
from numbers import Real
from typing import Any

from autograd import graph
from autograd.activations import identity
from autograd.errors import GradcheckError
from autograd.graph import leaves, mapped, refilled
from autograd.value import Value
from autograd.watching import no_grad, recording

Function = Callable[..., Any]


def grad(function: Function, wrt: int = 0) -> Function:
    """The gradient of a function that returns one number, with respect to its argument number `wrt`.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda w, x: w[0] * x + w[1])([3.0, 1.0], 5.0)
    [5.0, 1.0]

    Raises:
        TypeError: the function returns a list (use `jacobian`), or an argument holds something but numbers.
    """
    both = value_and_grad(function, wrt)
    return lambda *arguments: both(*arguments)[1]


def value_and_grad(function: Function, wrt: int = 0) -> Function:
    """As `grad`, but the result is the pair (value, gradient): both from one forward pass.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    def value_and_gradient(*arguments: Any) -> tuple[Any, Any]:
        root, inputs, as_graph = _computed(function, arguments, wrt)
        if isinstance(root, list | tuple):
            raise TypeError(f"grad needs a function that returns one number, got {len(root)} of them: use jacobian")
        return _number(root, as_graph), _gradient(root, inputs, as_graph)

    return value_and_gradient


def jacobian(function: Function, wrt: int = 0) -> Function:
    """The derivative of every output by every input, for a function that returns numbers in (nested) lists.

    The result has the shape of the output, with the shape of the input in each place.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 5.0])
    [[5.0, 2.0], [1.0, 1.0]]
    """

    def all_derivatives(*arguments: Any) -> Any:
        roots, inputs, as_graph = _computed(function, arguments, wrt)
        return mapped(lambda root: _gradient(root, inputs, as_graph), roots)

    return all_derivatives


def hessian(function: Function, wrt: int = 0) -> Function:
    """The second derivatives of a function that returns one number.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(function, wrt), wrt)


def jvp(function: Function, x: Any, direction: Any) -> tuple[Any, Any]:
    """Jacobian times direction, in one forward sweep: (f(x), how fast f moves when x moves along `direction`).

    Raises:
        ValueError: x and direction differ in shape.

    >>> jvp(lambda x: x[0] * x[1], [2.0, 5.0], [1.0, 0.0])
    (10.0, 5.0)
    """
    speeds = _speeds(x, direction)
    out, inputs, as_graph = _computed(function, (x,), 0, *speeds)
    along = dict(zip(leaves(inputs), speeds, strict=True))

    def speed(root: Any) -> Any:
        moving = graph.tangents(root, along, as_graph=as_graph) if isinstance(root, Value) else {}
        return moving.get(root, 0.0)

    return mapped(lambda root: _number(root, as_graph), out), mapped(speed, out)


def hvp(function: Function, x: Any, direction: Any) -> Any:
    """Hessian times direction, without the Hessian: the forward sweep over the gradient.

    >>> hvp(lambda x: x[0] ** 2 * x[1], [3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """
    return jvp(grad(function), x, direction)[1]


def gradcheck(function: Function, *arguments: Any, tolerance: float = 1e-6) -> bool:
    """Compare the gradient with the slope measured by nudging each number of each argument.

    Returns True; a test can write `assert gradcheck(f, 0.5, [1.0, 2.0])`.

    Raises:
        GradcheckError: they differ by more than `tolerance` (relative, absolute below 1); the message says where.
        ValueError: there is no number to nudge.

    >>> gradcheck(lambda w, x: (w[0] * x + w[1]).tanh(), [0.5, -1.0], 2.0)
    True
    """
    if not any(True for _ in leaves(arguments)):
        raise ValueError("gradcheck needs at least one number to nudge")
    for index, argument in enumerate(arguments):
        gradient = list(leaves(grad(function, index)(*arguments)))
        for place, (declared, x) in enumerate(zip(gradient, leaves(argument), strict=True)):

            def along(h: float, index: int = index, place: int = place) -> float:
                nudged = list(arguments)
                nudged[index] = _nudged(arguments[index], place, h)
                with no_grad():
                    return float(_number(function(*mapped(Value, nudged)), as_graph=False))

            measured = central_difference(along, 0.0, reach=max(1.0, abs(x)) / 4.0)
            if not abs(declared - measured) <= tolerance * max(1.0, abs(measured)):
                raise GradcheckError(
                    f"argument {index}, number {place}, at {x!r}: the gradient is {declared!r}, a nudge measures"
                    f" {measured!r}; a wrong rule, or a kink nearby"
                )
    return True


def central_difference(f: Callable[[float], float], x: float, reach: float | None = None) -> float:
    """The slope of f at x, measured: about ten digits where f is smooth.

    Symmetric differences (f(x + h) − f(x − h)) / 2h for shorter and shorter h are extrapolated to h = 0. The answer
    is the extrapolation that its neighbours agree with best: large h have truncation errors, small h rounding errors.

    `reach` is the longest h: a quarter of |x|, or of 1 where |x| is smaller, unless given. The slope is nan where f is
    not finite around x.

    Source: Ridders 1982, Advances in Engineering Software 4.

    >>> round(central_difference(lambda x: x**3, 2.0), 9)
    12.0
    """
    h = max(1.0, abs(x)) / 4.0 if reach is None else reach
    slope, error = math.nan, math.inf
    coarser: list[float] = []
    for _ in range(16):
        row = [(f(x + h) - f(x - h)) / ((x + h) - (x - h))]
        for order, coarse in enumerate(coarser, start=1):
            row.append(row[-1] + (row[-1] - coarse) / (4.0**order - 1.0))
            disagreement = max(abs(row[-1] - row[-2]), abs(row[-1] - coarse))
            if disagreement < error:
                slope, error = row[-1], disagreement
        coarser = row
        h /= 2.0
    return slope


# ---------------------------------------------------------------- nested lists of numbers


_nested: ContextVar[bool] = ContextVar("autograd_nested", default=False)


def _computed(function: Function, arguments: tuple[Any, ...], wrt: int, *more: Any) -> tuple[Any, Any, bool]:
    """What the function gives for fresh Values in place of argument `wrt`, those Values, and whether the derivative
    has to be a graph: because the caller gave Values, or because he is being differentiated himself.

    A Value is wrapped rather than used as it is: what the function reads of it by other ways stays a constant.
    """
    if not 0 <= wrt < len(arguments):
        raise ValueError(f"wrt={wrt} names no argument: there are {len(arguments)}, counted from 0")
    as_graph = _nested.get() or any(isinstance(x, Value) for x in (*leaves(arguments[wrt]), *more))
    token = _nested.set(True)
    try:
        with recording():
            inputs = mapped(lambda x: identity(x) if isinstance(x, Value) else Value(x), arguments[wrt])
            roots = function(*arguments[:wrt], inputs, *arguments[wrt + 1 :])
    finally:
        _nested.reset(token)
    for root in leaves(roots):
        if not isinstance(root, Value | Real):
            raise TypeError(f"the function must return a number or lists of numbers, got {type(root).__name__}")
    return roots, inputs, as_graph


def _gradient(root: Any, inputs: Any, as_graph: bool) -> Any:
    found = graph.gradients(root, as_graph=as_graph) if isinstance(root, Value) else {}
    return mapped(lambda x: found.get(x, 0.0), inputs)


def _number(root: Any, as_graph: bool) -> Any:
    return root.data if isinstance(root, Value) and not as_graph else root


def _speeds(x: Any, direction: Any) -> list[Any]:
    if mapped(lambda leaf: None, x) != mapped(lambda leaf: None, direction):
        raise ValueError(f"x and direction must have one shape, got {x!r} and {direction!r}")
    return list(leaves(direction))


def _nudged(tree: Any, place: int, h: float) -> Any:
    numbers = list(leaves(tree))
    numbers[place] += h
    return refilled(tree, numbers)
