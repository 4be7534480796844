"""Networks, samples and losses that all conversions are tried with, and how far they may be off."""

import random

import numpy as np

from autograd import losses, softplus
from autograd.nn import MLP, lecun

INPUTS, OUTPUTS = 3, 4
_chance = random.Random(20)
# Wide enough for the straight pieces and flat ends of every activation: softplus differs elsewhere only above 20.
SAMPLES = [[_chance.gauss(0.0, 30.0 ** (k / 7)) for _ in range(INPUTS)] for k in range(8)]
TARGETS = [[_chance.gauss(0.0, 1.0) for _ in range(OUTPUTS)] for _ in SAMPLES]
CLASSES = [k % OUTPUTS for k in range(len(SAMPLES))]


def network(activation=softplus, widths=(6, 5, OUTPUTS)):
    """The activation twice in a row, then a linear layer; biases that are not 0."""
    model = MLP(INPUTS, widths, activation=activation, init=lecun, rng=7)
    for k, parameter in enumerate(model.parameters()):
        if parameter.label == "b":
            parameter.data = 0.3 * (-1.0) ** k
    return model


def outputs(model):
    """One row for each sample."""
    return np.array([[y.data for y in np.atleast_1d(model(sample))] for sample in SAMPLES])


def loss_and_gradients(model, name):
    """The loss, and for each layer the gradients of its weights (a row for each neuron) and of its biases."""
    answers = [model(sample) for sample in SAMPLES]
    if name == "mse":
        loss = losses.mse([y for row in answers for y in row], [y for row in TARGETS for y in row])
    else:
        loss = losses.cross_entropy(answers, CLASSES)
    model.zero_grad()
    loss.backward()
    gradients = []
    for layer in model.layers:
        gradients.append(np.array([[w.grad for w in neuron.w] for neuron in layer.neurons]))
        gradients.append(np.array([neuron.b.grad for neuron in layer.neurons]))
    return loss.data, gradients


def assert_same(theirs, ours, within=1e-12):
    """Equal to 1e-12, relative to the number or, below 1, absolute."""
    np.testing.assert_allclose(theirs, ours, rtol=within, atol=within)
