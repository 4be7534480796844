"""Parts put together: one after another, and around a short cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.graph import leaves, mapped, refilled
from autograd.nn.module import Module
from autograd.nn.shapes import plain, shape, written
from autograd.op import Op
from autograd.watching import scope


class Sequential(Module):
    """Parts one after another: what one gives, the next takes.

    It takes one sample, as most parts do. If one of its parts takes a batch, as BatchNorm does, so does the whole:
    then the other parts are applied to each sample, and the answer is a list with one output for each.

    Args:
        parts: modules; activations, which are applied to each number; any other functions of a sample, as `flatten`.

    Raises:
        TypeError: a part cannot be called.
        ValueError: there is no part.

    >>> from autograd import nn, tanh
    >>> model = Sequential(nn.Layer(2, 8, nonlin=False), nn.BatchNorm(8), tanh, nn.Layer(8, 1, nonlin=False))
    >>> print(model)
    Sequential                              49 parameters
    ├─ parts.0: Layer(2 → 8)                24
    │  └─ neurons.0…7: Neuron(2, identity)  8 × 3
    ├─ parts.1: BatchNorm(8)                16
    ├─ parts.2: Applied(tanh)               0
    └─ parts.3: Layer(8 → 1)                9
       └─ neurons.0: Neuron(8, identity)    9
    >>> len(model([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    3
    """

    def __init__(self, *parts: Callable[[Any], Any]) -> None:
        if not parts:
            raise ValueError("Sequential needs at least one part: Sequential(Layer(2, 8), Layer(8, 1))")
        for part in parts:
            if not callable(part):
                raise TypeError(f"a part of Sequential is a module or a function, got {part!r:.60}")
        self.parts = [_part(part) for part in parts]
        for i, part in enumerate(self.parts):
            part.framed(_frame(i, part))

    @property
    def takes_batch(self) -> bool:
        """Whether one of its parts does."""
        return any(part.takes_batch for part in self.parts)

    def __call__(self, x: Any) -> Any:
        """What the last part gives for one sample; or, if it takes a batch, the list of that.

        Raises:
            TypeError, ValueError, IndexError: a part cannot take what it is given; a note on the error says which part.
        """
        takes_batch = self.takes_batch
        for i, part in enumerate(self.parts):
            try:
                with scope(_frame(i, part)):
                    x = [part(sample) for sample in x] if takes_batch and not part.takes_batch else part(x)
            except (TypeError, ValueError, IndexError) as error:
                taken = "a batch, a list of samples" if takes_batch else "one sample"
                error.add_note(f"in part {i}, {part!r}, of a Sequential that takes {taken}")
                raise
        return x


def _part(part: Any) -> Any:
    return part if isinstance(part, Module) else Applied(part)


def _frame(i: int, part: Module) -> str:
    return f"{i} {part.caption() if isinstance(part, Applied) else type(part).__name__}"


class Applied(Module):
    """A function as a part of a network: an op is applied to each number, another function to the whole sample."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def __call__(self, x: Any) -> Any:
        """What the function makes of a sample."""
        return mapped(self.function, x) if isinstance(self.function, Op) else self.function(x)

    def caption(self) -> str:
        """The name of the function."""
        return getattr(self.function, "name", getattr(self.function, "__name__", type(self.function).__name__))


class Residual(Module):
    """A short cut around a part: x + part(x). So a gradient has a way back on which nothing shrinks it.

    It takes what its part takes, which gives back the sizes that it was given; a function will do, as in `Sequential`.

    Source: He, Zhang, Ren, Sun 2016, arXiv:1512.03385.

    >>> from autograd import tanh
    >>> Residual(tanh)([0.0, 100.0])
    [0.0, 101.0]
    """

    def __init__(self, part: Callable[[Any], Any]) -> None:
        self.part = _part(part)

    @property
    def takes_batch(self) -> bool:
        """Whether its part does."""
        return bool(self.part.takes_batch)

    def __call__(self, x: Any) -> Any:
        """x + part(x), number by number.

        Raises:
            ValueError: the part gives other sizes than it was given.
        """
        x, out = plain(x), plain(self.part(x))
        given, made = shape(x), shape(out)
        if given != made and {given, made} != {(), (1,)}:
            raise ValueError(
                f"{self!r} adds what goes in to what comes out, so they have the same sizes:"
                f" {written(*given)} went in, {written(*made)} came out"
            )
        return refilled(x, [a + b for a, b in zip(leaves(x), leaves(out), strict=True)])
