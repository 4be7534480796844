"""Neuron, Layer, MLP: micrograd's three classes, with a choice of activation and of how weights begin."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd.activations import identity, relu
from autograd.functions import dot
from autograd.nn.init import Init, Random, source_of_chance, uniform
from autograd.nn.module import Module
from autograd.value import Value

Activation = Callable[[Value], Value]


class Neuron(Module):
    """A weighted sum of the inputs plus a bias, then an activation.

    Args:
        nin: number of inputs, at least 1.
        nonlin: whether the activation is applied, as in micrograd.
        activation: any function of one Value.
        init: draws one weight; the bias begins at 0.
        rng: source of chance, or a seed; the module `random`, so that `random.seed` counts, unless one is given.
        fan_out: how many neurons stand in the layer, which some inits ask for.

    >>> neuron = Neuron(2, rng=random.Random(0))
    >>> neuron
    ReLUNeuron(2)
    >>> neuron([1.0, -2.0]).op
    <op relu(x)>
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Activation = relu,
        init: Init = uniform,
        rng: Random | int = random,
        fan_out: int = 1,
    ) -> None:
        if nin < 1:
            raise ValueError(f"a neuron needs at least 1 input, got nin={nin}")
        rng = source_of_chance(rng)
        self.w = [Value(init(rng, nin, fan_out), label=f"w{i}") for i in range(nin)]
        self.b = Value(0.0, label="b")
        self.activation = activation if nonlin else identity
        self.place: tuple[str, ...] = ()

    def __call__(self, x: Sequence[Any] | Value | float) -> Value:
        """The neuron's output for one sample of `nin` numbers or Values.

        Raises:
            ValueError: the sample has another length.
        """
        inputs = [x] if isinstance(x, Value | float | int) else x
        if len(inputs) != len(self.w):
            raise ValueError(f"a neuron with {len(self.w)} weights got {len(inputs)} inputs: one for each is needed")
        weighted_sum: Value = dot(self.w, inputs, self.b)
        out = weighted_sum if self.activation is identity else self.activation(weighted_sum)
        if self.place:
            out._scope = weighted_sum._scope = (*weighted_sum.scope, *self.place)
        return out

    def placed(self, *groups: str) -> None:
        """Say where in a network this neuron stands, outermost group first: pictures frame what it computes."""
        self.place = (*groups, *self.place)
        for parameter in self.parameters():
            parameter._scope = self.place

    def caption(self) -> str:
        """Inputs and activation."""
        return f"{len(self.w)}, {self._activation_name()}"

    def _activation_name(self) -> str:
        return getattr(self.activation, "name", getattr(self.activation, "__name__", type(self.activation).__name__))

    def __repr__(self) -> str:
        name = self._activation_name()
        return f"{ {'relu': 'ReLU', 'identity': 'Linear'}.get(name, name) }Neuron({len(self.w)})"


class Layer(Module):
    """Neurons side by side on the same inputs. A layer of one neuron gives one Value, not a list.

    Args:
        nin, nout: numbers of inputs and of neurons.
        options: those of `Neuron`.

    >>> [round(y.data, 3) for y in Layer(2, 2, rng=random.Random(0))([1.0, 1.0])]
    [1.205, 0.0]
    """

    def __init__(self, nin: int, nout: int, *, rng: Random | int = random, **options: Any) -> None:
        if nout < 1:
            raise ValueError(f"a layer needs at least 1 neuron, got nout={nout}")
        rng = source_of_chance(rng)
        self.neurons = [Neuron(nin, fan_out=nout, rng=rng, **options) for _ in range(nout)]
        for k, neuron in enumerate(self.neurons):
            neuron.placed(f"neuron {k}")

    def placed(self, *groups: str) -> None:
        """Say where in a network this layer stands, as for `Neuron`."""
        for neuron in self.neurons:
            neuron.placed(*groups)

    def __call__(self, x: Sequence[Any] | Value | float) -> Any:
        """One Value for each neuron; a bare Value if there is only one."""
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def caption(self) -> str:
        """Both widths."""
        return f"{len(self.neurons[0].w)} → {len(self.neurons)}"

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """A multi-layer perceptron: layers in a row, the last one linear unless told otherwise.

    Args:
        nin: number of inputs.
        nouts: widths of the layers.
        activation: one for all layers but the last, or a list with one for each layer.
        init, rng: as in `Neuron`.

    Raises:
        ValueError: no layer, a width below 1, or a list of activations of another length.

    >>> model = MLP(2, [16, 16, 1], rng=0)
    >>> len(model.parameters())
    337
    >>> round(model([1.0, -1.0]).data, 4)
    1.1672
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: Activation | Sequence[Activation] = relu,
        init: Init = uniform,
        rng: Random | int = random,
    ) -> None:
        if isinstance(nouts, int):
            raise TypeError(f"nouts lists the widths of the layers: write [{nouts}] for one layer of {nouts}")
        if not nouts:
            raise ValueError("an MLP needs at least one layer: MLP(2, [16, 1]) has two")
        rng = source_of_chance(rng)
        if isinstance(activation, Sequence):
            activations = list(activation)
        else:
            activations = [activation] * (len(nouts) - 1) + [identity]
        if len(activations) != len(nouts):
            raise ValueError(f"{len(nouts)} layers need {len(nouts)} activations, got {len(activations)}")
        widths = [nin, *nouts]
        self.layers = [
            Layer(fan_in, fan_out, activation=chosen, init=init, rng=rng)
            for fan_in, fan_out, chosen in zip(widths, nouts, activations, strict=False)
        ]
        for i, layer in enumerate(self.layers):
            layer.placed(f"layer {i}")

    def __call__(self, x: Sequence[Any] | Value | float) -> Any:
        """The outputs for one sample of `nin` numbers or Values: a list, or one Value if the last width is 1.

        Raises:
            ValueError: the sample has another length.
        """
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"
