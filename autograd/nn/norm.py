"""Layers that bring numbers to one size, whatever the layers before made of them, and learn which size is best."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from autograd import functions as fn
from autograd.graph import leaves, mapped
from autograd.nn.module import Module
from autograd.nn.shapes import at_least, checked
from autograd.value import Value
from autograd.watching import noted, scope


class BatchNorm(Module):
    """Each feature is brought to mean 0 and variance 1 over the batch, then scaled and shifted.

    y = gain · (x − mean) / √(variance + eps) + bias

    In training mean and variance are those of the batch, and the running ones move towards them; the variance that
    is remembered is the unbiased one, divided by n − 1. After `eval()` the running ones are used. A recorded program
    of a training moves them in every run.

    It takes a batch. A feature may be one number, or a channel of an image: then its statistics are over the numbers
    of all its places.

    Args:
        size: number of features in a sample.
        momentum: the share of the running statistics that a batch replaces.
        eps: added to the variance, so that a constant feature is not divided by 0.

    Raises:
        ValueError: momentum lies outside 0..1.

    Source: Ioffe and Szegedy 2015, arXiv:1502.03167.

    >>> norm = BatchNorm(1)
    >>> [round(y.data, 3) for [y] in norm([[1.0], [3.0], [5.0], [7.0]])]
    [-1.342, -0.447, 0.447, 1.342]
    >>> round(norm.running_mean[0].data, 3), round(norm.running_variance[0].data, 3)
    (0.4, 1.567)
    """

    # Values and not numbers, so that pictures show them and a recorded program reads what they are by then.
    buffers: ClassVar[tuple[str, ...]] = ("running_mean", "running_variance")

    def __init__(self, size: int, *, momentum: float = 0.1, eps: float = 1e-5) -> None:
        at_least(1, BatchNorm, size=size)
        if not 0.0 <= momentum <= 1.0:
            raise ValueError(f"BatchNorm needs a momentum between 0 and 1, got {momentum!r}")
        self.gain = [Value(1.0, label="gain") for _ in range(size)]
        self.bias = [Value(0.0, label="bias") for _ in range(size)]
        self.running_mean = [Value(0.0, label="running mean") for _ in range(size)]
        self.running_variance = [Value(1.0, label="running variance") for _ in range(size)]
        self.momentum = momentum
        self.eps = eps
        for row in (self.gain, self.bias, self.running_mean, self.running_variance):
            for k, value in enumerate(row):
                value._scope = (f"feature {k}",)

    @property
    def takes_batch(self) -> bool:
        """Yes: mean and variance are those of many samples."""
        return True

    def __call__(self, batch: Any) -> list[Any]:
        """The samples of a batch, normalised: batch × size numbers, or batch × size × rows × columns.

        Raises:
            ValueError: the batch has other sizes; or, in training, one number of each feature, which has no variance.
        """
        batch = checked(self, batch, None, len(self.gain), ...)
        results = []
        for k in range(len(self.gain)):
            with scope(f"feature {k}"):
                results.append(self._normalised(k, [sample[k] for sample in batch]))
        features, means, variances = zip(*results, strict=True)
        if self.training:
            count = len(list(leaves(features[0])))
            if count == 1:
                raise ValueError(f"{self!r} needs 2 numbers of each feature or more in training, got 1: a larger batch")
            noted(partial(self._observe, count), *means, *variances)
        return [list(sample) for sample in zip(*features, strict=True)]

    def _normalised(self, k: int, feature: list[Any]) -> tuple[list[Any], Any, Any]:
        """A feature in all samples, normalised, and the mean and the variance that it had."""
        numbers = list(leaves(feature))
        mean = fn.sum(numbers) / len(numbers) if self.training else self.running_mean[k]
        deviations = mapped(lambda x: x - mean, feature)
        variance = _mean_square(list(leaves(deviations))) if self.training else self.running_variance[k]
        scale = self.gain[k] / fn.sqrt(variance + self.eps)
        return mapped(lambda deviation: deviation * scale + self.bias[k], deviations), mean, variance

    def _observe(self, count: int, *seen: float) -> None:
        """Move the running statistics towards those of a batch, which has `count` numbers of each feature."""
        size = len(self.gain)
        unbiased = [variance * count / (count - 1) for variance in seen[size:]]
        for running, number in zip(self.running_mean + self.running_variance, [*seen[:size], *unbiased], strict=True):
            running.data = (1.0 - self.momentum) * running.data + self.momentum * number

    def caption(self) -> str:
        """The number of features."""
        return str(len(self.gain))


class LayerNorm(Module):
    """Each sample is brought to mean 0 and variance 1 over its own numbers; then each is scaled and shifted.

    y_k = gain_k · (x_k − mean) / √(variance + eps) + bias_k

    It takes one sample, and does the same in training and in use.

    Args:
        size: how many numbers a sample has.
        eps: added to the variance, so that equal numbers are not divided by 0.

    Source: Ba, Kiros, Hinton 2016, arXiv:1607.06450.

    >>> [round(y.data, 3) for y in LayerNorm(4)([1.0, 3.0, 5.0, 7.0])]
    [-1.342, -0.447, 0.447, 1.342]
    """

    def __init__(self, size: int, *, eps: float = 1e-5) -> None:
        at_least(1, LayerNorm, size=size)
        self.gain = [Value(1.0, label=f"gain{k}") for k in range(size)]
        self.bias = [Value(0.0, label=f"bias{k}") for k in range(size)]
        self.eps = eps

    def __call__(self, x: Any) -> list[Value]:
        """The `size` numbers of a sample, normalised.

        Raises:
            ValueError: the sample has other sizes.
        """
        x = checked(self, x, len(self.gain))
        mean = fn.sum(x) / len(x)
        deviations = [number - mean for number in x]
        root = fn.sqrt(_mean_square(deviations) + self.eps)
        return [
            gain * (deviation / root) + bias
            for gain, deviation, bias in zip(self.gain, deviations, self.bias, strict=True)
        ]

    def caption(self) -> str:
        """The length of a sample."""
        return str(len(self.gain))


class RMSNorm(Module):
    """Each sample is divided by the root of its mean square; then each number is scaled.

    y_k = gain_k · x_k / √(mean of x² + eps)

    It takes one sample: LayerNorm without the mean, which does nearly as well.

    Args:
        size: how many numbers a sample has.
        eps: added to the mean square, so that zeros are not divided by 0.

    Source: Zhang and Sennrich 2019, arXiv:1910.07467.

    >>> [round(y.data, 3) for y in RMSNorm(2)([3.0, 4.0])]
    [0.849, 1.131]
    """

    def __init__(self, size: int, *, eps: float = 1e-5) -> None:
        at_least(1, RMSNorm, size=size)
        self.gain = [Value(1.0, label=f"gain{k}") for k in range(size)]
        self.eps = eps

    def __call__(self, x: Any) -> list[Value]:
        """The `size` numbers of a sample, normalised.

        Raises:
            ValueError: the sample has other sizes.
        """
        x = checked(self, x, len(self.gain))
        root = fn.sqrt(_mean_square(x) + self.eps)
        return [gain * (number / root) for gain, number in zip(self.gain, x, strict=True)]

    def caption(self) -> str:
        """The length of a sample."""
        return str(len(self.gain))


def _mean_square(numbers: list[Any]) -> Any:
    return fn.dot(numbers, numbers) / len(numbers)
