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
from autograd.functions import position
from autograd.op import Op, find
from autograd.program.text import is_flat

ArrayFunction = Callable[..., Any]


def on_last_axis(name: str) -> tuple[ArrayFunction, ...]:
    """An op's formula and those of its rules that are not 0, for lists that stand in the last axis of an array.

    A rule takes the operands and the result, as ever; that of a list gives an array of the list's shape.

    >>> logsumexp, d_xs = on_last_axis("logsumexp")
    >>> logsumexp(np.array([[0.0, 0.0], [1000.0, 1001.0]])).round(4)
    array([6.9310000e-01, 1.0013133e+03])
    """
    op = find(name)
    if op in KERNELS:
        return KERNELS[op]

    def columns(operands: tuple[Any, ...]) -> list[Any]:
        xp = operands[0].__array_namespace__()
        return [list(xp.moveaxis(x, -1, 0)) if i < op.lists else x for i, x in enumerate(operands)]

    def formula(*operands: Any) -> Any:
        return op.forward(*columns(operands)) + np.zeros(operands[0].shape[:-1], operands[0].dtype)

    def on_columns(index: int, rule: Any) -> ArrayFunction:
        def d_operand(*operands_and_out: Any) -> Any:
            *operands, out = operands_and_out
            found = rule(*columns(tuple(operands)), out)
            if index >= op.lists:
                return found
            return np.stack([np.broadcast_to(x, out.shape) for x in found], axis=-1, dtype=out.dtype)

        return d_operand

    return formula, *(on_columns(index, op.partials[index]) for index in sloping(op))


def sloping(op: Op) -> list[int]:
    """The operands that a gradient flows back to: those with a rule that is not 0 everywhere."""
    return [index for index, rule in enumerate(op.partials) if rule is not None and not is_flat(op, index)]


def summed_at(at: Any, rows: Any, count: int) -> Any:
    """As many rows of zeros, with the given ones added at these places: the way back through `np.take`.

    >>> summed_at(np.array([0, 2, 0]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), 3)
    array([[6., 8.],
           [0., 0.],
           [3., 4.]])
    """
    width = rows[0].size
    places = at[:, None] * width + np.arange(width)
    sums = np.bincount(places.ravel(), rows.ravel(), count * width).reshape(count, *rows.shape[1:])
    return sums.astype(rows.dtype, copy=False)


def _in_rows(xs: Any, at: Any) -> Any:
    """Where the entry `at` of each row stands, counted through the whole array."""
    width = xs.shape[-1]
    return np.arange(0, xs.size, width) + at.ravel()


def _entries(xs: Any, at: Any) -> Any:
    """The entry `at` of each row."""
    if isinstance(xs, np.ndarray):
        return xs.ravel()[_in_rows(xs, at)].reshape(at.shape)
    # JAX: what is outside of its row must not be the entry of another, but nan.
    return xs.__array_namespace__().take_along_axis(xs, at[..., None], axis=-1)[..., 0]


def take(xs: Any, index: Any) -> Any:
    """The entry of each row at its index."""
    return _entries(*_one_each(xs, position(index, xs.shape[-1])))


def d_taken(xs: Any, index: Any, out: Any) -> Any:
    """Its partials: 1 for the entry that was taken."""
    return (index[..., None] == np.arange(xs.shape[-1])).astype(xs.dtype)


def in_float32(function: ArrayFunction) -> ArrayFunction:
    """The same function with its result in float32, as its operands: a formula of choices does not look at them."""
    return lambda *operands: np.asarray(function(*operands), dtype=np.float32)


def added_up(index: Any, numbers: Any, size: int) -> Any:
    """For each sample `size` sums: the numbers that `index` sends to each place.

    >>> added_up(np.array([0, 2, 0]), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 3)
    array([[ 4.,  0.,  2.],
           [10.,  0.,  5.]])
    """
    samples = len(numbers)
    at = index.ravel() + size * np.arange(samples)[:, None]
    sums = np.bincount(at.ravel(), numbers.ravel(), size * samples)
    return sums.reshape(samples, size).astype(numbers.dtype, copy=False)


# The functions below work on arrays of any library that follows the array API, those of JAX among them.


def _finite_maximum(xs: Any) -> Any:
    xp = xs.__array_namespace__()
    largest = xs.max(axis=-1, keepdims=True)
    return xp.where(xp.isfinite(largest), largest, 0.0)


def peak(xs: Any) -> Any:
    """The largest along the last axis, rounded down."""
    return xs.__array_namespace__().floor(_finite_maximum(xs))[..., 0]


def logsumexp(xs: Any) -> Any:
    """log(eˣ¹ + eˣ² + …) along the last axis."""
    xp = xs.__array_namespace__()
    largest = _finite_maximum(xs)
    return xp.log(xp.exp(xs - largest).sum(axis=-1)) + largest[..., 0]


def softmax(xs: Any, out: Any = None) -> Any:
    """Shares that add up to 1 along the last axis."""
    powers = xs.__array_namespace__().exp(xs - _finite_maximum(xs))
    return powers / powers.sum(axis=-1, keepdims=True)


def _one_each(lists: Any, index: Any) -> tuple[Any, Any]:
    """As many lists as indices: in a batch either may be the same for all samples."""
    if lists.shape[:-1] == index.shape:
        return lists, index
    xp = lists.__array_namespace__()
    shape = np.broadcast_shapes(lists.shape[:-1], index.shape)
    return xp.broadcast_to(lists, (*shape, lists.shape[-1])), xp.broadcast_to(index, shape)


def softmax_cross_entropy(logits: Any, target: Any) -> Any:
    """Negative log-probability of the target class, the classes being the last axis."""
    xp = logits.__array_namespace__()
    logits, at = _one_each(logits, position(target, logits.shape[-1], "target"))
    shifted = logits - _finite_maximum(logits)
    return xp.log(xp.exp(shifted).sum(axis=-1)) - _entries(shifted, at)


def d_logits(logits: Any, target: Any, out: Any) -> Any:
    """Its partials: the share of each class, less 1 for the target."""
    logits, at = _one_each(logits, target.astype(int))  # the forward pass has looked whether it is one
    shares = softmax(logits)
    flat = shares.ravel()
    flat[_in_rows(shares, at)] = np.expm1(-out).ravel()
    return flat.reshape(shares.shape)


KERNELS: dict[Op, tuple[ArrayFunction, ...]] = {
    functions.logsumexp: (logsumexp, softmax),
    functions.softmax_cross_entropy: (softmax_cross_entropy, d_logits),
    functions.peak: (peak,),
    functions.take: (take, d_taken),
}
