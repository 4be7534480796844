"""Cells that read a sequence step by step, and keep in mind a state: a list of numbers."""

from __future__ import annotations

import random
from typing import Any

from autograd.activations import sigmoid, tanh
from autograd.nn.dense import Activation, Layer
from autograd.nn.init import Init, Random, source_of_chance, xavier
from autograd.nn.module import Module
from autograd.nn.shapes import at_least, checked, listed
from autograd.watching import scope


class Recurrent(Module):
    """What cells have in common: the same `step` at every place of a sequence.

    A cell takes one sample, a sequence of vectors, and gives the state after each of them. The last one stands for the
    whole: `cell(xs)[-1]`. In `Sequential`, `operator.itemgetter(-1)` is the part that picks it.
    """

    nin: int
    size: int

    def step(self, x: Any, state: list[Any]) -> list[Any]:
        """The next state, `size` numbers, from one vector of `nin` numbers and the state before."""
        raise NotImplementedError(f"{type(self).__name__} needs a method step(x, state)")

    def __call__(self, xs: Any, state: Any = None) -> list[list[Any]]:
        """The states after each vector of a sequence, places × size; it begins with zeros unless a state is given.

        Raises:
            ValueError: the sequence is empty or has other sizes.
        """
        xs = checked(self, xs, None, self.nin)
        state = [0.0] * self.size if state is None else checked(self, state, self.size)
        states = []
        for t, x in enumerate(xs):
            with scope(f"step {t}"):
                state = self.step(x, state)
            states.append(state)
        return states

    def caption(self) -> str:
        """Length of a vector and of the state."""
        return f"{self.nin} → {self.size}"


class Elman(Recurrent):
    """The simplest cell: a layer that reads, beside the next vector, what it said at the step before.

    new state = activation(W · (x, state) + b)

    Args:
        nin: length of a vector.
        size: length of the state.
        activation, init, rng: as in `Neuron`; tanh and `xavier` unless told otherwise.

    Source: Elman 1990, Cognitive Science 14.

    >>> cell = Elman(1, 2, rng=0)
    >>> [[round(h.data, 3) for h in state] for state in cell([[1.0], [0.0]])]
    [[0.534, 0.23], [-0.516, -0.34]]
    """

    def __init__(
        self, nin: int, size: int, *, activation: Activation = tanh, init: Init = xavier, rng: Random | int = random
    ) -> None:
        at_least(1, Elman, nin=nin, size=size)
        self.nin, self.size = nin, size
        self.layer = Layer(nin + size, size, activation=activation, init=init, rng=rng)

    def step(self, x: Any, state: list[Any]) -> list[Any]:
        """The next state, from a vector and the state before."""
        return listed(self.layer([*x, *state]))


class GRU(Recurrent):
    """A cell with two gates, which decide what of the state it reads and what it replaces. So it remembers for longer.

    reset = σ(W · (x, state) + b);  update = σ(V · (x, state) + c);
    candidate = tanh(U · x + d + reset · (T · state + e));
    new state = candidate + update · (state − candidate)

    Args:
        nin: length of a vector.
        size: length of the state.
        init, rng: as in `Neuron`; `xavier` unless told otherwise.

    Source: Cho et al. 2014, arXiv:1406.1078; the reset gate stands after the layer of the state, as in PyTorch.

    >>> cell = GRU(1, 2, rng=0)
    >>> [[round(h.data, 3) for h in state] for state in cell([[1.0], [0.0]])]
    [[-0.125, 0.41], [-0.081, -0.003]]
    """

    def __init__(self, nin: int, size: int, *, init: Init = xavier, rng: Random | int = random) -> None:
        at_least(1, GRU, nin=nin, size=size)
        rng = source_of_chance(rng)
        self.nin, self.size = nin, size
        self.reset = Layer(nin + size, size, activation=sigmoid, init=init, rng=rng)
        self.update = Layer(nin + size, size, activation=sigmoid, init=init, rng=rng)
        self.of_input = Layer(nin, size, nonlin=False, init=init, rng=rng)
        self.of_state = Layer(size, size, nonlin=False, init=init, rng=rng)
        for name in ("reset", "update", "of_input", "of_state"):
            getattr(self, name).placed(name.replace("_", " "))

    def step(self, x: Any, state: list[Any]) -> list[Any]:
        """The next state, from a vector and the state before."""
        reset, update = listed(self.reset([*x, *state])), listed(self.update([*x, *state]))
        from_input, from_state = listed(self.of_input(x)), listed(self.of_state(state))
        candidate = [tanh(a + r * b) for a, r, b in zip(from_input, reset, from_state, strict=True)]
        return [c + u * (old - c) for c, u, old in zip(candidate, update, state, strict=True)]
