"""Ops of lists on arrays: the list is the last axis.

Any op with lists works, its formula being applied to the columns. For the ops of `KERNELS` that would take a Python
loop over a long axis in every run; these are written once more, for whole arrays, and a test holds them equal to
their declaration.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import functions
from autograd.op import Op, find

ArrayFunction = Callable[..., Any]


def on_last_axis(name: str) -> tuple[ArrayFunction, ...]:
    """An op's formula and its rules, for lists that stand in the last axis of an array.

    A rule takes the operands and the result, as ever; that of a list gives an array of the list's shape.

    >>> logsumexp, d_xs = on_last_axis("logsumexp")
    >>> logsumexp(np.array([[0.0, 0.0], [1000.0, 1001.0]])).round(4)
    array([6.9310000e-01, 1.0013133e+03])
    """
    op = find(name)
    if op in KERNELS:
        return KERNELS[op]

    def columns(operands: tuple[Any, ...]) -> list[Any]:
        return [list(np.moveaxis(x, -1, 0)) if i < op.lists else x for i, x in enumerate(operands)]

    def formula(*operands: Any) -> Any:
        return op.forward(*columns(operands)) + np.zeros(operands[0].shape[:-1])

    def on_columns(index: int, rule: Any) -> ArrayFunction:
        def d_operand(*operands_and_out: Any) -> Any:
            *operands, out = operands_and_out
            found = rule(*columns(tuple(operands)), out)
            if index >= op.lists:
                return found
            return np.stack([np.broadcast_to(x, out.shape) for x in found], axis=-1)

        return d_operand

    return formula, *(on_columns(index, rule) for index, rule in enumerate(op.partials) if rule is not None)


def _finite_maximum(xs: Any) -> Any:
    largest = xs.max(axis=-1, keepdims=True)
    return np.where(np.isfinite(largest), largest, 0.0)


def logsumexp(xs: Any) -> Any:
    """log(eˣ¹ + eˣ² + …) along the last axis."""
    largest = _finite_maximum(xs)
    return np.log(np.exp(xs - largest).sum(axis=-1)) + largest[..., 0]


def softmax(xs: Any, out: Any = None) -> Any:
    """Shares that add up to 1 along the last axis."""
    powers = np.exp(xs - _finite_maximum(xs))
    return powers / powers.sum(axis=-1, keepdims=True)


def softmax_cross_entropy(logits: Any, target: Any) -> Any:
    """Negative log-probability of the target class, the classes being the last axis."""
    shifted = logits - _finite_maximum(logits)
    chosen = np.take_along_axis(shifted, target[..., None], axis=-1)[..., 0]
    return np.log(np.exp(shifted).sum(axis=-1)) - chosen


def d_logits(logits: Any, target: Any, out: Any) -> Any:
    """Its partials: the share of each class, less 1 for the target."""
    shares = softmax(logits)
    np.put_along_axis(shares, target[..., None], np.expm1(-out)[..., None], axis=-1)
    return shares


KERNELS: dict[Op, tuple[ArrayFunction, ...]] = {
    functions.logsumexp: (logsumexp, softmax),
    functions.softmax_cross_entropy: (softmax_cross_entropy, d_logits),
}
