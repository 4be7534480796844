"""Losses: one number for how wrong a model is. Each is the mean over the samples, as PyTorch's are.

Predictions and targets are lists of one length, or one number each. Targets may be plain numbers. A target that may
not be any number is checked as it is now: a recorded program does not look at those of its later runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

from autograd.activations import relu, softplus
from autograd.functions import abs, maximum, minimum, pow, softmax_cross_entropy, sum
from autograd.value import Value


def mse(predictions: Any, targets: Any) -> Any:
    """Mean squared error: the mean of (prediction − target)².

    >>> mse([1.0, 2.0], [1.0, 4.0])
    2.0

    Raises:
        ValueError: the lists are empty or of different lengths (as in all losses here).
    """
    return _mean([pow(p - t, 2.0) for p, t in _pairs(predictions, targets)])


def mae(predictions: Any, targets: Any) -> Any:
    """Mean absolute error: the mean of |prediction − target|.

    >>> mae([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    return _mean([abs(p - t) for p, t in _pairs(predictions, targets)])


def huber(predictions: Any, targets: Any, delta: float = 1.0) -> Any:
    """Squared for errors up to delta, straight beyond, so that one outlier does not rule.

    error²/2 if |error| ≤ delta else delta · (|error| − delta/2)

    >>> huber([0.5, 3.0], [0.0, 0.0])
    1.3125

    Source: Huber 1964, Annals of Mathematical Statistics 35.
    """
    if not delta > 0.0:
        raise ValueError(f"delta must be above 0, got {delta!r}")
    return _mean([_bent(abs(p - t), delta) for p, t in _pairs(predictions, targets)])


def _bent(size: Any, delta: float) -> Any:
    # No decision by a number, so that it can be recorded; outside, the first term stays delta²/2.
    return 0.5 * minimum(size, delta) ** 2 + delta * (maximum(size, delta) - delta)


def hinge(scores: Any, labels: Any) -> Any:
    """The mean of max(0, 1 − label · score), for labels −1 and 1: the max-margin loss of micrograd's demo.

    >>> hinge([0.5, -2.0], [1, -1])
    0.25

    Raises:
        ValueError: a label is neither −1 nor 1.
    """
    pairs = _pairs(scores, labels)
    for _, label in pairs:
        if _now(label) not in (-1, 1):
            raise ValueError(f"hinge needs labels -1 and 1, got {label!r}")
    return _mean([relu(1.0 - label * score) for score, label in pairs])


def binary_cross_entropy(logits: Any, targets: Any) -> Any:
    """Mean negative log-probability of yes/no targets, from logits, in nats.

    target · softplus(−z) + (1 − target) · softplus(z): the sigmoid is part of it, so that a sure logit of 40 is not
    rounded to a probability of 1.

    Args:
        logits: any real numbers, before the sigmoid.
        targets: 0 or 1, or a probability between.

    >>> round(binary_cross_entropy([0.0, 40.0], [1, 1]), 4)
    0.3466

    Raises:
        ValueError: a target lies outside 0..1.
    """
    pairs = _pairs(logits, targets)
    for _, target in pairs:
        if not 0 <= _now(target) <= 1:
            raise ValueError(f"binary cross-entropy needs targets between 0 and 1, got {target!r}")
    return _mean([_from_logit(z, target) for z, target in pairs])


def _now(target: Any) -> Any:
    """The number of a target. To look whether it is allowed decides nothing, so nobody who watches is told."""
    return target._data if isinstance(target, Value) else target


def _from_logit(z: Any, target: Any) -> Any:
    if target in (0, 1):  # one term alone keeps its digits, and its graph has no factor 0
        return softplus(-z) if target else softplus(z)
    return target * softplus(-z) + (1 - target) * softplus(z)


def cross_entropy(logits: Sequence[Any], targets: Any) -> Any:
    """Mean negative log-probability of the true classes, from logits, in nats.

    Args:
        logits: for each sample a list of one number per class; or that list alone, for one sample.
        targets: for each sample the index of its class, or a one-hot list.

    >>> round(cross_entropy([[0.0, 0.0], [2.0, 0.0]], [1, 0]), 4)
    0.41

    Raises:
        ValueError: lists of different lengths, or a list that is not one-hot.
        IndexError: a target is outside the classes.
        TypeError: a target is no whole number, or a one-hot list of Values.
    """
    if len(logits) and not hasattr(logits[0], "__len__"):
        logits, targets = [logits], [targets]
    pairs = _matched(list(logits), list(targets) if hasattr(targets, "__len__") else [targets])
    return _mean([softmax_cross_entropy(row, _class_index(target, len(row))) for row, target in pairs])


def _class_index(target: Any, classes: int) -> Any:
    if isinstance(target, bool):
        raise TypeError(f"a class is an index from 0, got {target!r}: write int({target!r})")
    if not hasattr(target, "__len__"):
        return target
    if any(isinstance(share, Value) for share in target):
        raise TypeError(
            "a one-hot target is read when the loss is written down, and so it cannot be made of Values:"
            " give the index of the class, which may be a Value"
        )
    ones = [k for k, share in enumerate(target) if share == 1]
    if len(target) != classes or len(ones) != 1 or any(share not in (0, 1) for share in target):
        raise ValueError(f"a one-hot target holds {classes} numbers, one of them 1 and the others 0, got {target!r}")
    return ones[0]


def _pairs(predictions: Any, targets: Any) -> list[tuple[Any, Any]]:
    """Predictions with their targets, each one number."""
    pairs = _matched(*([x] if isinstance(x, Value | Real) else list(x) for x in (predictions, targets)))
    for pair in pairs:
        for number in pair:
            if hasattr(number, "__len__") and not isinstance(number, str):
                raise TypeError(f"this loss takes one number for each sample, got {len(number)}: make one list of all")
    return pairs


def _matched(predictions: list[Any], targets: list[Any]) -> list[tuple[Any, Any]]:
    """Two lists side by side; lengths that differ are an error, never cut."""
    if len(predictions) != len(targets):
        raise ValueError(f"{len(predictions)} predictions and {len(targets)} targets: each prediction needs one target")
    if not predictions:
        raise ValueError("a loss needs at least one prediction, got an empty list")
    return list(zip(predictions, targets, strict=True))


def _mean(losses: list[Any]) -> Any:
    return losses[0] if len(losses) == 1 else sum(losses) / len(losses)
