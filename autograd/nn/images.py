"""Layers for images: lists of channels × rows × columns. One small window serves everywhere."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import reduce
from typing import Any

from autograd import functions as fn
from autograd.graph import leaves
from autograd.nn.dense import Neuron
from autograd.nn.init import Init, Random, he, source_of_chance
from autograd.nn.module import Module
from autograd.nn.shapes import at_least, checked, plain, shape

Image = list[list[list[Any]]]


class Conv2d(Module):
    """Neurons, here called filters, that look through a small window at each place of an image in turn.

    The same weights serve at every place, so their gradient is the sum over all places.

    It takes one sample: an image of channels × rows × columns. It gives one of filters × new rows × new columns, where
    new rows = ⌊(rows + 2 · padding − window) / stride⌋ + 1, and the columns alike.

    Args:
        channels: how many the image has.
        filters: how many neurons there are; each gives a channel of the result.
        window: rows and columns that a filter sees at a time.
        stride: how far the window moves.
        padding: how many rows and columns of zeros are put on each side of the image.
        init, rng: as in `Neuron`, and `he` unless told otherwise; fan_in is channels · window², fan_out is
            filters · window².
        options: the others of `Neuron`: nonlin, activation.

    Source: LeCun et al. 1989, Neural Computation 1.

    >>> edge = Conv2d(1, 1, 2, nonlin=False)
    >>> for w, number in zip(edge.filters[0].w, [-1, 1, 0, 0]):
    ...     w.data = number
    >>> [y.data for y in edge([[[0, 0, 9, 9], [0, 0, 9, 9]]])[0][0]]
    [0.0, 9.0, 0.0]
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        window: int,
        *,
        stride: int = 1,
        padding: int = 0,
        init: Init = he,
        rng: Random | int = random,
        **options: Any,
    ) -> None:
        at_least(1, Conv2d, channels=channels, filters=filters, window=window, stride=stride)
        at_least(0, Conv2d, padding=padding)
        rng = source_of_chance(rng)
        area = window * window
        self.filters = [
            Neuron(channels * area, init=init, rng=rng, fan_out=filters * area, **options) for _ in range(filters)
        ]
        for k, neuron in enumerate(self.filters):
            neuron.placed(f"filter {k}")
        self.channels, self.window, self.stride, self.padding = channels, window, stride, padding

    def __call__(self, image: Any) -> Image:
        """The image of filters × new rows × new columns.

        Raises:
            ValueError: the image has other channels, or is smaller than the window.
        """
        image = checked(self, image, self.channels, None, None)
        views = list(_windows(self, [_padded(channel, self.padding) for channel in image], self.window, self.stride))
        return [[[neuron(view) for view in row] for row in views] for neuron in self.filters]

    def caption(self) -> str:
        """Channels, filters and window; stride and padding where they differ from 1 and 0."""
        moved = f", stride {self.stride}" * (self.stride != 1) + f", padding {self.padding}" * (self.padding != 0)
        return f"{self.channels} → {len(self.filters)}, {self.window}×{self.window}{moved}"


class Pool(Module):
    """What both poolings have in common: each window of each channel becomes one number.

    They take one sample: an image of channels × rows × columns. Rows and columns at the end that fill no window are
    left out.

    Args:
        window: rows and columns of a window.
        stride: how far the window moves; by its own width unless told otherwise.
    """

    def __init__(self, window: int, *, stride: int | None = None) -> None:
        stride = window if stride is None else stride
        at_least(1, type(self), window=window, stride=stride)
        self.window, self.stride = window, stride

    def pooled(self, numbers: list[Any]) -> Any:
        """What stands for the numbers of a window."""
        raise NotImplementedError(f"{type(self).__name__} needs a method pooled(numbers)")

    def __call__(self, image: Any) -> Image:
        """The image of channels × new rows × new columns.

        Raises:
            ValueError: it is no image, or is smaller than the window.
        """
        image = checked(self, image, None, None, None)
        views = [_windows(self, [channel], self.window, self.stride) for channel in image]
        return [[[self.pooled(view) for view in row] for row in rows] for rows in views]

    def caption(self) -> str:
        """The window; the stride where it differs."""
        return f"{self.window}×{self.window}" + f", stride {self.stride}" * (self.stride != self.window)


class MaxPool(Pool):
    """Of each window the largest number, so that a small shift of the image changes little. Sizes as in `Pool`.

    Of two that are equally large each gets half of the gradient, as `maximum` has it; PyTorch gives all to the first.

    Source: Yamaguchi et al. 1990, ICSLP.

    >>> MaxPool(2)([[[1.0, 2.0, 5.0, 0.0], [3.0, 4.0, 0.0, 0.0]]])
    [[[4.0, 5.0]]]
    """

    def pooled(self, numbers: list[Any]) -> Any:
        """The largest."""
        return reduce(fn.maximum, numbers)


class AveragePool(Pool):
    """Of each window the mean. Sizes as in `Pool`.

    Source: LeCun, Bottou, Bengio, Haffner 1998, Proceedings of the IEEE 86.

    >>> AveragePool(2)([[[1.0, 2.0, 5.0, 0.0], [3.0, 4.0, 0.0, 0.0]]])
    [[[2.5, 1.25]]]
    """

    def pooled(self, numbers: list[Any]) -> Any:
        """The mean."""
        return fn.sum(numbers) / len(numbers)


def flatten(sample: Any) -> list[Any]:
    """All numbers of a sample in one list, as a dense layer after a convolution needs them.

    >>> flatten([[[1, 2], [3, 4]]])
    [1, 2, 3, 4]

    Raises:
        TypeError, ValueError: it is no full nested list.
    """
    shape(sample)
    return list(leaves(plain(sample)))


def _padded(channel: list[list[Any]], width: int) -> list[list[Any]]:
    """The rows with zeros around them."""
    beside = [0.0] * width
    rows = [[*beside, *row, *beside] for row in channel]
    zeros = [[0.0] * len(rows[0])] * width
    return [*zeros, *rows, *zeros]


def _windows(layer: Module, image: Image, window: int, stride: int) -> Iterator[list[list[Any]]]:
    """The numbers that the window shows at each place, channel after channel; a row of places at a time.

    Raises:
        ValueError: the window fits nowhere.
    """
    rows, columns = len(image[0]), len(image[0][0])
    if rows < window or columns < window:
        raise ValueError(f"{layer!r} looks at {window} × {window} numbers at a time, got only {rows} × {columns}")
    for top in range(0, rows - window + 1, stride):
        yield [
            [x for channel in image for row in channel[top : top + window] for x in row[left : left + window]]
            for left in range(0, columns - window + 1, stride)
        ]
