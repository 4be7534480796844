"""One training step of a network, told in the five forward and the four backward steps of the textbooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.debug.words import in_brackets
from autograd.derivatives import grad
from autograd.draw.numbers import gradient_text, value_text
from autograd.functions import dot
from autograd.graph import gradients
from autograd.nn import MLP, Layer
from autograd.value import Value


def passes(
    model: MLP,
    x: Sequence[float],
    target: Any,
    loss: Callable[[Any, Any], Value],
    lr: float,
) -> str:
    """The forward pass of one sample in five steps and the backward pass in four, with every number.

    Args:
        model: an MLP; it is left as it was, the update is only told.
        x: one sample, a number for each input.
        target: what the loss compares the output with.
        loss: a function of (output, target), as those of `autograd.losses`.
        lr: the learning rate of the update, which is plain gradient descent.

    >>> import autograd
    >>> model = autograd.nn.MLP(1, [1], rng=0)
    >>> print(passes(model, [2.0], 1.0, autograd.losses.mse, lr=0.1))
    Forward
    1  The input enters the first layer
         x1 = 2
    2  Layer 1: each neuron adds up its weighted inputs and its bias
         z1 = 0.6888·2 + 0 = 1.378
    3  Layer 1: the activation of each sum
         h1 = identity(1.378) = 1.378
    4  There is no further layer: this is the output
    5  The output is compared with the truth
         mse(1.378, 1) = 0.1426
    Backward
    1  The derivative of the loss with respect to each output
         ∂L/∂h1 = +0.7554
    2  With respect to each weighted sum: times the derivative of the activation
         layer 1  ∂L/∂z1 = +0.7554 × 1 = +0.7554
    3  With respect to each weight: times the input that it weighs
         layer 1  neuron 1  ∂L/∂w = +1.511   ∂L/∂b = +0.7554
    4  Each parameter moves against its gradient: w − 0.1 · ∂L/∂w
         layer 1  neuron 1  w = 0.5378   b = −0.07554
    """
    records = []
    inputs: list[Value] = [Value(number) for number in x]
    for layer in model.layers:
        sums = [dot(neuron.w, inputs, neuron.b) for neuron in layer.neurons]
        outputs = [neuron.activation(z) for neuron, z in zip(layer.neurons, sums, strict=True)]
        records.append((layer, inputs, sums, outputs))
        inputs = outputs
    result = loss(inputs if len(inputs) > 1 else inputs[0], target)
    slope = gradients(result, as_graph=False)
    lines = ["Forward", "1  The input enters the first layer"]
    lines += [f"     x{k} = {value_text(number)}" for k, number in enumerate(x, 1)]
    for depth, (layer, inputs, sums, outputs) in enumerate(records, 1):
        lines.append(f"2  Layer {depth}: each neuron adds up its weighted inputs and its bias")
        lines += _weighted_sums(layer, inputs, sums)
        lines.append(f"3  Layer {depth}: the activation of each sum")
        for k, (neuron, z, h) in enumerate(zip(layer.neurons, sums, outputs, strict=True), 1):
            name = getattr(neuron.activation, "name", "activation")
            lines.append(f"     h{k} = {name}({value_text(z.data)}) = {value_text(h.data)}")
        last = depth == len(records)
        lines.append("4  " + ("There is no further layer: this is the output" if last else "On to the next layer"))
    shown = ", ".join(value_text(out.data) for out in records[-1][3])
    name = getattr(loss, "__name__", "loss")
    truth = value_text(target) if isinstance(target, int | float) else str(target)
    lines += ["5  The output is compared with the truth", f"     {name}({shown}, {truth}) = {value_text(result.data)}"]
    lines += ["Backward", "1  The derivative of the loss with respect to each output"]
    lines += [f"     ∂L/∂h{k} = {gradient_text(slope.get(out, 0.0))}" for k, out in enumerate(records[-1][3], 1)]
    lines.append("2  With respect to each weighted sum: times the derivative of the activation")
    backwards = list(enumerate(records, 1))[::-1]
    for depth, (layer, _, sums, outputs) in backwards:
        for k, (neuron, z, h) in enumerate(zip(layer.neurons, sums, outputs, strict=True), 1):
            upstream, local = slope.get(h, 0.0), grad(neuron.activation)(z.data)
            product = (
                f"{gradient_text(upstream)} × {in_brackets(value_text(local))} = {gradient_text(slope.get(z, 0.0))}"
            )
            lines.append(f"     layer {depth}  ∂L/∂z{k} = {product}")
    lines.append("3  With respect to each weight: times the input that it weighs")
    lines += _parameters(backwards, "∂L/∂w", "∂L/∂b", lambda p: gradient_text(slope.get(p, 0.0)))
    lines.append(f"4  Each parameter moves against its gradient: w − {value_text(lr)} · ∂L/∂w")
    lines += _parameters(backwards, "w", "b", lambda p: value_text(p.data - lr * slope.get(p, 0.0)))
    return "\n".join(lines)


def _weighted_sums(layer: Layer, inputs: Sequence[Value], sums: Sequence[Value]) -> list[str]:
    lines = []
    for k, (neuron, z) in enumerate(zip(layer.neurons, sums, strict=True), 1):
        products = [
            f"{in_brackets(value_text(w.data))}·{in_brackets(value_text(x.data))}"
            for w, x in zip(neuron.w, inputs, strict=True)
        ]
        terms = " + ".join([*_shortened(products), in_brackets(value_text(neuron.b.data))])
        lines.append(f"     z{k} = {terms} = {value_text(z.data)}")
    return lines


def _parameters(backwards: Any, weights: str, bias: str, shown: Callable[[Value], str]) -> list[str]:
    return [
        f"     layer {depth}  neuron {k}  {weights} = {', '.join(_shortened([shown(w) for w in neuron.w]))}"
        f"   {bias} = {shown(neuron.b)}"
        for depth, (layer, *_) in backwards
        for k, neuron in enumerate(layer.neurons, 1)
    ]


def _shortened(texts: list[str]) -> list[str]:
    return texts if len(texts) <= 6 else [*texts[:3], "…", texts[-1]]
