"""Activations that learn their shape. The learned number is an operand of the op; no formula is declared twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from autograd.activations import leaky_relu, relu, silu, tanh
from autograd.functions import dot, maximum, softmax
from autograd.graph import mapped
from autograd.nn.dense import Layer
from autograd.nn.init import Init, Random, he, source_of_chance
from autograd.nn.module import Module
from autograd.nn.shapes import at_least, checked
from autograd.value import Value


class Adaptive(Module):
    """What the activations here have in common: one learned shape for all units, or one for each.

    With one for all (`size` is left out) it can stand wherever an activation can: `MLP(2, [8, 1],
    activation=PReLU())`, and takes one number or a sample of any sizes. With `size` it takes one sample of `size`
    features, each a number or a channel of an image.
    """

    size: int | None

    def shape_of(self, unit: int) -> Callable[[Any], Any]:
        """The function of one number that a unit has; there is only unit 0 if one shape serves all."""
        raise NotImplementedError(f"{type(self).__name__} needs a method shape_of(unit)")

    def __call__(self, x: Any) -> Any:
        """The sample with each number activated.

        Raises:
            ValueError: there is a shape for each unit, and the sample has more or fewer.
        """
        if self.size is None:
            return mapped(self.shape_of(0), checked(self, x, ...))
        return [mapped(self.shape_of(k), feature) for k, feature in enumerate(checked(self, x, self.size, ...))]

    def caption(self) -> str:
        """The number of units, if each has a shape of its own."""
        return "" if self.size is None else str(self.size)


class PReLU(Adaptive):
    """Leaky ReLU that learns its slope below 0.

    Args:
        size: how many units, each with a slope of its own; one slope serves all if it is left out.
        slope: where it begins.

    Source: He, Zhang, Ren, Sun 2015, arXiv:1502.01852.

    >>> activation = PReLU()
    >>> y = activation(Value(-3.0))
    >>> y.backward()
    >>> y.data, activation.slopes[0].grad
    (-0.75, -3.0)
    """

    def __init__(self, size: int | None = None, *, slope: float = 0.25) -> None:
        self.size = size
        self.slopes = [Value(slope, label="slope") for _ in range(_units(PReLU, size))]

    def shape_of(self, unit: int) -> Callable[[Any], Any]:
        """x, or slope · x below 0."""
        return lambda x: leaky_relu(x, self.slopes[unit])


class Swish(Adaptive):
    """x · sigmoid(beta · x) that learns beta: straight for 0, ReLU for a large one.

    Args:
        size: how many units, each with a beta of its own; one beta serves all if it is left out.
        beta: where it begins.

    Source: Ramachandran, Zoph, Le 2017, arXiv:1710.05941.

    >>> activation = Swish()
    >>> y = activation(Value(2.0))
    >>> y.backward()
    >>> round(y.data, 4), round(activation.betas[0].grad, 4)
    (1.7616, 0.42)
    """

    def __init__(self, size: int | None = None, *, beta: float = 1.0) -> None:
        self.size = size
        self.betas = [Value(beta, label="beta") for _ in range(_units(Swish, size))]

    def shape_of(self, unit: int) -> Callable[[Any], Any]:
        """x · sigmoid(beta · x)."""
        return lambda x: silu(x, self.betas[unit])


class Mixture(Adaptive):
    """A weighted mean of several activations that learns the weights: each unit chooses its own shape.

    y = Σ share_k · activation_k(x), the shares being the softmax of learned scores

    The scores begin at 0, so the shares are equal at first.

    Args:
        activations: what is mixed; tanh, ReLU and Swish unless told otherwise.
        size: how many units, each with shares of its own; the same shares serve all if it is left out.

    Raises:
        ValueError: there is no activation.

    Source: Manessi and Rozza 2018, arXiv:1801.09403, with the shares held between 0 and 1.

    >>> mixture = Mixture([relu, tanh])
    >>> mixture([2.0, -100.0])[1].data
    -0.5
    """

    def __init__(
        self, activations: Sequence[Callable[[Any], Any]] = (tanh, relu, silu), size: int | None = None
    ) -> None:
        if not activations:
            raise ValueError("Mixture needs at least one activation: Mixture([tanh, relu])")
        self.size = size
        self.activations = list(activations)
        self.scores = [[Value(0.0, label="score") for _ in activations] for _ in range(_units(Mixture, size))]

    def shape_of(self, unit: int) -> Callable[[Any], Any]:
        """The mean of all activations of x, weighted by the shares of the unit."""
        shares = self.shares(unit)
        return lambda x: dot(shares, [activation(x) for activation in self.activations])

    def shares(self, unit: int = 0) -> list[Value]:
        """How much of each activation a unit takes; they add up to 1."""
        return softmax(self.scores[unit])


class Maxout(Module):
    """The largest of several weighted sums: a shape made of straight pieces, whose corners are learned.

    y_k = max(w_k1 · x + b_k1, w_k2 · x + b_k2, …)

    It takes one sample. Of two that are equally large each gets half of the gradient.

    Args:
        nin, nout: numbers of inputs and of units.
        pieces: how many weighted sums a unit has, at least 2.
        init, rng: as in `Neuron`; `he` unless told otherwise.

    Source: Goodfellow, Warde-Farley, Mirza, Courville, Bengio 2013, arXiv:1302.4389.

    >>> absolute = Maxout(1, 1, 2)
    >>> absolute.load_state_dict({f"units.0.neurons.{k}.{name}": number for k, sign in enumerate((-1, 1))
    ...                           for name, number in (("w.0", sign), ("b", 0))})
    >>> [absolute(x)[0].data for x in (-3.0, 2.0)]
    [3.0, 2.0]
    """

    def __init__(self, nin: int, nout: int, pieces: int, *, init: Init = he, rng: Random | int = random) -> None:
        at_least(1, Maxout, nin=nin, nout=nout, pieces=pieces)
        if pieces < 2:
            raise ValueError("Maxout needs 2 pieces or more: with one it is a linear layer")
        rng = source_of_chance(rng)
        self.nin = nin
        self.units = [Layer(nin, pieces, nonlin=False, init=init, rng=rng) for _ in range(nout)]
        for k, unit in enumerate(self.units):
            unit.placed(f"unit {k}")

    def __call__(self, x: Any) -> list[Value]:
        """The `nout` numbers for one sample of `nin`.

        Raises:
            ValueError: the sample has other sizes.
        """
        x = checked(self, x, self.nin)
        return [reduce(maximum, unit(x)) for unit in self.units]

    def caption(self) -> str:
        """Both widths and the number of pieces."""
        return f"{self.nin} → {len(self.units)}, {len(self.units[0].neurons)} pieces"


def _units(kind: type[Module], size: int | None) -> int:
    if size is None:
        return 1
    at_least(1, kind, size=size)
    return size
