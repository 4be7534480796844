"""Recorded and eager are the same: random programs, alone and in batches, every activation, every loss, every layer.

A program adds in another order than the scalar code, and so its roundings are others. The slack is 1e-12 of the
number, or of what the sum would be if all its terms had one sign: where terms cancel, no order is right to the last
digit of what is left.
"""

import contextlib
import io
import json
import random
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_random_graphs import error_scale, programs, run

import autograd
from autograd import Value, losses, nn
from autograd.activations import Activation
from autograd.graph import leaves, mapped
from autograd.op import REGISTRY, find

ROUNDING = 1e-12


def apply(name, operands):
    return find(name)(*operands)


def batch_loss(program, samples, learned):
    """The sum over samples of a random program; the last leaves of the program are the same for all samples."""
    results = []
    for sample in samples:
        leaves = iter([*sample, *learned])
        results.append(run(program, lambda _, leaves=leaves: next(leaves), apply)[1])
    return sum(results, Value(0.0))


def agrees(program, given_numbers, build, parameters, *, sources=True):
    """Loss and gradients of a program, and of its sources in empty files, equal those of the graph of `build`."""
    loss = build()
    for parameter in parameters:
        parameter.grad = 0.0
    loss.backward()
    scale = error_scale(loss)
    ways = {"program": program.value_and_gradients(given_numbers)}
    if sources:
        ways |= {"NumPy source": numpy_source_gives(program), "Python source": python_source_gives(program)}

    for way, (value, gradients) in ways.items():
        assert value == pytest.approx(loss.data, rel=ROUNDING, abs=ROUNDING, nan_ok=True), way
        for parameter, gradient in zip(parameters, gradients, strict=True):
            slack = ROUNDING * max(1.0, scale.get(parameter, 0.0))
            assert gradient == pytest.approx(parameter.grad, rel=ROUNDING, abs=slack, nan_ok=True), way


def numpy_source_gives(program):
    """What the functions of the NumPy source give for the numbers that stand in it, in the order of the parameters."""
    source, scope = program.source("numpy"), {}
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        exec(source, scope)
        call = source.rpartition("print(*")[2].strip().removesuffix(")")
        value, gradient, *_ = eval(call, scope)  # batch normalisation gives its statistics too
    ordered = np.empty(len(gradient))
    ordered[program._order] = gradient
    return value, ordered


def python_source_gives(program):
    """What the scalar source prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program.source("python"), {})
    value, *gradients = map(float, printed.getvalue().split())
    return value, gradients


@settings(max_examples=500, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.integers(1, 4), st.integers(0, 4), st.booleans())
def test_a_random_program_gives_the_same_loss_and_gradients(program, size, given_leaves, shared_numbers):
    leaves, _ = program
    given_leaves = min(given_leaves, len(leaves))
    draw = random.Random(0)

    def numbers(spread):
        spread = 0.0 if shared_numbers else spread
        return [[x * (1.0 + draw.uniform(-spread, spread)) for x in leaves[:given_leaves]] for _ in range(size)]

    learned = [Value(x) for x in leaves[given_leaves:]]
    samples = [[Value(x) for x in sample] for sample in numbers(1e-3)]
    recorded = autograd.record(
        batch_loss(program, samples, learned), inputs=samples if given_leaves else [], parameters=learned
    )

    fresh = numbers(2e-3)
    agrees(
        recorded,
        fresh if given_leaves else None,
        lambda: batch_loss(program, [[Value(x) for x in sample] for sample in fresh], learned),
        learned,
        sources=len(program[1]) % 4 == 0,  # to read and to compile them takes far longer than to run them
    )


ACTIVATIONS = sorted((op for op in REGISTRY.values() if isinstance(op, Activation)), key=lambda op: op.name)
WIDTHS = [[1], [3], [4, 1], [5, 3], [1, 1, 2], [6, 4, 3, 1]]


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda op: op.name)
@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_network_gives_the_same_loss_and_gradients(activation, size):
    draw = random.Random(activation.name + str(size))
    for nin, nouts in zip([1, 2, 3, 5, 8, 4], WIDTHS, strict=True):
        model = nn.MLP(nin, nouts, activation=activation, rng=0)

        def build(rows, targets, model=model):
            out = [model(row) for row in rows]
            flat = [y for row in out for y in (row if isinstance(row, list) else [row])]
            return losses.mse(flat, targets)

        def fresh(nin=nin, nouts=nouts):
            rows = [[draw.uniform(-2, 2) for _ in range(nin)] for _ in range(size)]
            return [rows, [draw.uniform(-1, 1) for _ in range(size * nouts[-1])]]

        inputs = [
            [[Value(x) for x in row] for row in rows]
            if rows and isinstance(rows[0], list)
            else [Value(x) for x in rows]
            for rows in fresh()
        ]
        program = autograd.record(build(*inputs), inputs=inputs, parameters=model)
        numbers = fresh()

        agrees(program, numbers, lambda numbers=numbers, build=build: build(*numbers), model.parameters())


LAYERS = json.loads((Path(__file__).parents[1] / "nn" / "layers.json").read_text())["rows"]


@pytest.mark.parametrize("row", LAYERS, ids=lambda row: row["layer"])
def test_each_layer_gives_the_same_loss_and_gradients(row):
    names = {**vars(nn), "partial": partial, "tanh": autograd.tanh, "relu": autograd.relu}
    layer = eval(row["layer"], names)
    if isinstance(layer, nn.Module):
        layer.load_state_dict(layer.state_dict() | row["state"])

    def loss(*inputs):
        out = layer(*inputs)
        out = out[0] if isinstance(out, tuple) else out  # attention gives its weights too
        return sum(y * y.tanh() for y in leaves(out)) if row["state"] else sum(y * w for y, w in weighted(out))

    def weighted(out):
        return zip(leaves(out), leaves(row["weights"]), strict=True)

    indices = all(gradient is None for gradient in row["gradients"])
    nearby = row["inputs"] if indices else mapped(lambda x: 1.001 * x, row["inputs"])
    recorded = autograd.record(loss)
    recorded(*row["inputs"])
    program = recorded.program(*nearby)
    if not program.parameters:
        assert recorded(*nearby) == pytest.approx(loss(*mapped(Value, nearby)).data, rel=ROUNDING)
        return

    given_numbers = [x for x in nearby if not isinstance(x, int)]
    agrees(
        program, given_numbers, lambda: loss(*mapped(lambda x: x if indices else Value(x), nearby)), program.parameters
    )


LOSSES = {
    "mse": (losses.mse, lambda draw: draw.uniform(-1, 1)),
    "mae": (losses.mae, lambda draw: draw.uniform(-1, 1)),
    "huber": (losses.huber, lambda draw: draw.uniform(-1, 1)),
    "hinge": (losses.hinge, lambda draw: draw.choice((-1, 1))),
    "binary_cross_entropy": (losses.binary_cross_entropy, lambda draw: draw.choice((0, 1, 0.25))),
    "cross_entropy": (losses.cross_entropy, lambda draw: draw.randrange(3)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_each_loss_gives_the_same_loss_and_gradients(name):
    loss, target = LOSSES[name]
    draw = random.Random(name)
    model = nn.MLP(2, [4, 3 if name == "cross_entropy" else 1], activation=autograd.tanh, rng=1)
    targets = [target(draw) for _ in range(6)]

    def build(rows):
        return loss([model(row) for row in rows], targets)

    inputs = [[Value(draw.uniform(-2, 2)) for _ in range(2)] for _ in range(6)]
    program = autograd.record(build(inputs), inputs=inputs, parameters=model)
    nearby = [[x.data + 1e-6 for x in row] for row in inputs]

    agrees(program, nearby, lambda: build(nearby), model.parameters())


@pytest.mark.parametrize("words", ["x * w + b", "w * x + b", "b + x * w"])
def test_the_order_in_which_factors_are_written_does_not_matter(words):
    w, b = [[Value(0.1 * (i + 3 * j)) for i in range(3)] for j in range(4)], [Value(0.5 * j) for j in range(4)]
    rows = [[Value(float(i * k % 5)) for i in range(3)] for k in range(6)]

    def neuron(row, w, b):
        products = [x * v if words.startswith("x") else v * x for x, v in zip(row, w, strict=True)]
        return b + sum(products) if words.startswith("b") else sum(products) + b

    def build(rows):
        return sum(neuron(row, v, c).tanh() for row in rows for v, c in zip(w, b, strict=True))

    parameters = [*(v for row in w for v in row), *b]
    program = autograd.record(build(rows), inputs=rows, parameters=parameters)
    numbers = np.arange(18.0).reshape(6, 3) / 7.0

    assert "X @ W0.T + b0" in program.source()
    agrees(program, numbers, lambda: build(numbers.tolist()), parameters)
