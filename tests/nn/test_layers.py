"""Layers against PyTorch, forward and backward (figures of make_layers.py), against a nudge, and by hand."""

import copy
import json
import math
import pickle
import random
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from autograd import Value, draw, gradcheck, nn, no_grad, relu, tanh
from autograd.derivatives import central_difference
from autograd.graph import leaves, mapped
from autograd.nn import (
    GRU,
    MLP,
    AttentionPooling,
    AveragePool,
    BatchNorm,
    Conv2d,
    Dropout,
    Elman,
    Embedding,
    Layer,
    LayerNorm,
    Maxout,
    MaxPool,
    Mixture,
    Module,
    MultiHeadAttention,
    PReLU,
    Residual,
    RMSNorm,
    Sequential,
    Swish,
    flatten,
)
from autograd.watching import Rehearsal, watch

FIGURES = json.loads(Path(__file__).with_name("layers.json").read_text())
NAMES = {**vars(nn), "partial": partial, "tanh": tanh, "relu": relu}


def data(tree):
    return mapped(lambda x: x.data if isinstance(x, Value) else x, tree)


def close(mine, theirs):
    np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)


def made(row):
    """The layer of a row, with the parameters that PyTorch's had."""
    layer = eval(row["layer"], dict(NAMES))
    if isinstance(layer, Module):
        buffers = {name: number for name, number in layer.state_dict().items() if "running" in name}
        layer.load_state_dict(row["state"] | buffers)
    return layer


def agrees(layer, row):
    """The layer answers as PyTorch's did, and has the same gradients."""
    is_leaf = [gradient is not None for gradient in row["gradients"]]
    inputs = [mapped(Value, x) if leaf else x for x, leaf in zip(row["inputs"], is_leaf, strict=True)]
    out = layer(*inputs)
    if isinstance(out, tuple):  # attention gives its weights too
        out, _ = out
    if isinstance(layer, Module):
        layer.zero_grad()
    loss = sum(y * w for y, w in zip(leaves(out), leaves(row["weights"]), strict=True))
    loss.backward()

    close(data(out), row["out"])
    for x, gradient in zip(inputs, row["gradients"], strict=True):
        if gradient is not None:
            close(mapped(lambda value: value.grad, x), gradient)
    if isinstance(layer, Module):
        mine = {name: p.grad for name, p in layer.named_parameters()}
        assert mine.keys() == row["state_gradients"].keys()
        close(list(mine.values()), [row["state_gradients"][name] for name in mine])


# ---------------------------------------------------------------- PyTorch


@pytest.mark.parametrize("row", FIGURES["rows"], ids=lambda row: row["layer"])
def test_a_layer_answers_as_pytorch_s_forward_and_backward(row):
    agrees(made(row), row)


@pytest.mark.parametrize("figures", FIGURES["batch_norm"], ids=lambda figures: figures["training"][0]["layer"])
def test_batch_norm_answers_and_remembers_as_pytorch_s(figures):
    layer = made(figures["training"][0])
    for row in figures["training"]:
        layer.load_state_dict(layer.state_dict() | row["state"])
        agrees(layer, row)

        close([layer.state_dict()[name] for name in row["after"]], list(row["after"].values()))
    layer.eval()
    layer.load_state_dict(layer.state_dict() | figures["use"]["state"])
    before = layer.state_dict()
    agrees(layer, figures["use"])

    assert layer.state_dict() == before


# ---------------------------------------------------------------- every layer

rng = random.Random(3)


def numbers(*sizes):
    return [numbers(*sizes[1:]) for _ in range(sizes[0])] if sizes else rng.uniform(-2.0, 2.0)


LAYERS = {
    "BatchNorm in training": (lambda: BatchNorm(2), numbers(3, 2)),
    "BatchNorm of images": (lambda: BatchNorm(2), numbers(2, 2, 1, 2)),
    "BatchNorm in use": (lambda: BatchNorm(2).eval(), numbers(3, 2)),
    "LayerNorm": (lambda: LayerNorm(3), numbers(3)),
    "RMSNorm": (lambda: RMSNorm(3), numbers(3)),
    "Residual": (lambda: Residual(Layer(2, 2, activation=tanh, rng=0)), numbers(2)),
    "Dropout in use": (lambda: Dropout(0.5).eval(), numbers(3)),
    "Embedding": (lambda: Embedding(4, 2, rng=0), [2, 0]),
    "MultiHeadAttention": (lambda: MultiHeadAttention(2, 2, causal=True, rng=0), numbers(3, 2)),
    "AttentionPooling": (lambda: AttentionPooling(MLP(2, [2, 1], activation=tanh, rng=0)), numbers(3, 2)),
    "Conv2d": (lambda: Conv2d(2, 2, 2, padding=1, activation=tanh, rng=0), numbers(2, 2, 3)),
    "MaxPool": (lambda: MaxPool(2), numbers(1, 4, 4)),
    "AveragePool": (lambda: AveragePool(2), numbers(1, 4, 4)),
    "Elman": (lambda: Elman(2, 2, rng=0), numbers(3, 2)),
    "GRU": (lambda: GRU(2, 2, rng=0), numbers(3, 2)),
    "PReLU": (lambda: PReLU(3), numbers(3)),
    "Swish": (lambda: Swish(3), numbers(3)),
    "Mixture": (lambda: Mixture(size=3), numbers(3)),
    "Maxout": (lambda: Maxout(3, 2, 2, rng=0), numbers(3)),
    "Sequential": (lambda: Sequential(Layer(2, 3, nonlin=False, rng=0), BatchNorm(3), tanh), numbers(4, 2)),
}
every_layer = pytest.mark.parametrize(("make", "x"), LAYERS.values(), ids=LAYERS)


def weighted(out):
    """One number made of all outputs, each with a weight of its own."""
    return sum((0.5 + 0.3 * k) * y for k, y in enumerate(leaves(out)))


@every_layer
def test_the_gradients_are_those_that_a_nudge_measures(make, x):
    layer = make()
    parameters = layer.parameters()
    randomised = random.Random(0)
    for p in parameters:
        p.data += randomised.uniform(-0.5, 0.5)
    weighted(layer(x) if isinstance(x[0], int) else layer(mapped(Value, x))).backward()
    declared = [p.grad for p in parameters]

    def at(parameter, number):
        before, parameter.data = parameter.data, number
        with no_grad():
            out = weighted(layer(x)).data
        parameter.data = before
        return out

    measured = [central_difference(partial(at, p), p.data) for p in parameters]
    np.testing.assert_allclose(declared, measured, rtol=1e-7, atol=1e-9)
    if not isinstance(x[0], int):
        assert gradcheck(lambda x: weighted(layer(x)), x)


@every_layer
def test_a_layer_takes_numbers_values_tuples_and_arrays_alike(make, x):
    expected = data(make()(x))

    assert data(make()(mapped(int, x)) if isinstance(x[0], int) else make()(mapped(Value, x))) == expected
    assert data(make()(tuple(x))) == expected
    assert data(make()(np.array(x))) == expected
    assert data(make()([np.array(row) for row in x] if isinstance(x[0], list) else np.array(x))) == expected


@every_layer
def test_a_forward_pass_changes_nothing_that_it_was_given(make, x):
    given = copy.deepcopy(x)
    make()(x)

    assert x == given


@every_layer
def test_no_layer_reads_a_number_in_its_forward_pass(make, x, monkeypatch):
    """So that it can be recorded. What BatchNorm remembers it works out when a forward pass is done."""
    read = []
    slot = Value.data

    def getter(value):
        caller = sys._getframe(1)
        if "/nn/" in caller.f_code.co_filename and "test" not in caller.f_code.co_filename:
            read.append(caller.f_code.co_name)
        return slot.fget(value)

    layer = make()
    inputs = x if isinstance(x[0], int) else mapped(Value, x)
    with monkeypatch.context() as patch:
        patch.setattr(Value, "data", property(getter, slot.fset))
        for name in ("__bool__", "__lt__", "__le__", "__gt__", "__ge__"):
            patch.setattr(Value, name, lambda *_: pytest.fail("a number decided something"))
        with watch(Rehearsal()):
            layer(inputs)

    assert not read


@every_layer
def test_the_state_of_a_layer_goes_into_a_file_and_back_to_the_bit(make, x, tmp_path):
    layer, other = make(), make()
    layer(x)
    for number, value in enumerate(layer.parameters()):
        value.data += number / 7.0
    nn.save(layer, tmp_path / "layer.json")
    nn.load(other, tmp_path / "layer.json")

    assert other.state_dict() == layer.state_dict()
    assert data(other.eval()(x)) == data(layer.eval()(x))


@every_layer
def test_a_layer_can_be_copied_and_pickled_after_a_call(make, x):
    layer = make()
    layer(x)
    twins = [copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))]
    out = data(layer(x))

    for twin in twins:
        assert data(twin(x)) == out
        assert not set(twin.parameters()) & set(layer.parameters())


@every_layer
def test_what_a_layer_computes_can_be_drawn(make, x):
    out = weighted(make()(x if isinstance(x[0], int) else mapped(Value, x)))
    out.backward()

    assert draw.svg(out).startswith("<svg")


@every_layer
def test_a_pass_without_a_graph_leaves_the_parameters_as_they_were(make, x):
    layer = make()
    names = list(layer.state_dict())
    with no_grad():
        layer(x)

    assert list(layer.state_dict()) == names
    assert len(layer.parameters()) == len(make().parameters())


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("layer", "x", "message"),
    [
        (BatchNorm(2), [[1.0, 2.0]], r"BatchNorm\(2\) needs 2 numbers of each feature or more in training, got 1"),
        (BatchNorm(2), [1.0, 2.0], r"takes any × 2 × …, got 2: it takes a batch, write layer\(\[x\]\) for one sample"),
        (BatchNorm(2), [[1.0, 2.0, 3.0]] * 2, "takes any × 2 × …, got 2 × 3"),
        (BatchNorm(2), [], r"BatchNorm\(2\) cannot take this: a sample holds at least one number, got an empty list"),
        (BatchNorm(2), [[1.0, 2.0], [1.0]], "cannot take this: a sample has items of one shape, got 2 beside 1"),
        (LayerNorm(2), [1.0], r"LayerNorm\(2\) takes 2, got 1"),
        (LayerNorm(2), [[1.0, 2.0]], r"takes 2, got 1 × 2: it takes one sample, write \[layer\(x\) for x in batch\]"),
        (LayerNorm(2), 1.0, "takes 2, got one number"),
        (RMSNorm(2), [1.0, [2.0]], "cannot take this: a sample has items of one shape, got one number beside 1"),
        (Residual(Layer(2, 3)), [1.0, 2.0], "they have the same sizes: 2 went in, 3 came out"),
        (Residual(flatten), [[1.0], [2.0]], "they have the same sizes: 2 × 1 went in, 2 came out"),
        (MultiHeadAttention(2, 1), [[1.0, 2.0, 3.0]], r"MultiHeadAttention\(2, 1 heads\) takes any × 2, got 1 × 3"),
        (MultiHeadAttention(2, 1), [], "got an empty list"),
        (MultiHeadAttention(2, 1), [[[1.0, 2.0]]], "it takes one sample"),
        (AttentionPooling(Layer(2, 1)), [], "got an empty list"),
        (Conv2d(1, 1, 2), [[1.0, 2.0], [3.0, 4.0]], r"Conv2d\(1 → 1, 2×2\) takes 1 × any × any, got 2 × 2"),
        (Conv2d(1, 1, 3), [[[1.0, 2.0], [3.0, 4.0]]], "looks at 3 × 3 numbers at a time, got only 2 × 2"),
        (Conv2d(1, 1, 2), [[[[1.0]]]], "it takes one sample"),
        (MaxPool(3), [[[1.0, 2.0], [3.0, 4.0]]], r"MaxPool\(3×3\) looks at 3 × 3 numbers at a time, got only 2 × 2"),
        (AveragePool(2), [1.0], r"AveragePool\(2×2\) takes any × any × any, got 1"),
        (Elman(2, 3), [[1.0]], r"Elman\(2 → 3\) takes any × 2, got 1 × 1"),
        (GRU(2, 3), [1.0, 2.0], r"GRU\(2 → 3\) takes any × 2, got 2"),
        (GRU(2, 3), [], "got an empty list"),
        (PReLU(2), [1.0], r"PReLU\(2\) takes 2 × …, got 1"),
        (Mixture(size=2), [1.0, 2.0, 3.0], r"Mixture\(2\) takes 2 × …, got 3"),
        (Maxout(2, 1, 2), [1.0], r"Maxout\(2 → 1, 2 pieces\) takes 2, got 1"),
    ],
    ids=lambda part: part[:20] if isinstance(part, str) else repr(part)[:30],
)
def test_a_sample_of_other_sizes_is_refused(layer, x, message):
    before = layer.state_dict()
    with pytest.raises(ValueError, match=message):
        layer(x)

    assert layer.state_dict() == before


@pytest.mark.parametrize(
    "layer",
    [LayerNorm(2), Dropout(0.5), PReLU(), GRU(2, 1), MaxPool(1), flatten, Residual(tanh)],
    ids=lambda layer: getattr(layer, "__name__", repr(layer)),
)
@pytest.mark.parametrize("x", ["ab", [["a", "b"]], None, {"a": 1.0}, [[None, 1.0]], 1j], ids=repr)
def test_what_is_no_sample_is_refused(layer, x):
    with pytest.raises((TypeError, ValueError)):
        layer(x)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: BatchNorm(0), ValueError, "BatchNorm needs size to be at least 1, got 0"),
        (lambda: BatchNorm(2.0), TypeError, "BatchNorm needs a whole number for size, got 2.0"),
        (lambda: BatchNorm(2, momentum=1.5), ValueError, "momentum between 0 and 1, got 1.5"),
        (lambda: LayerNorm(True), TypeError, "whole number for size, got True"),
        (lambda: RMSNorm(-1), ValueError, "at least 1"),
        (lambda: Dropout(1.0), ValueError, "rate of at least 0 and below 1, got 1.0"),
        (lambda: Dropout(-0.1), ValueError, "got -0.1"),
        (lambda: Dropout(math.nan), ValueError, "got nan"),
        (lambda: Dropout(0.5, rng=np.random.default_rng(0)), TypeError, "rng must be a seed or a random.Random"),
        (lambda: Embedding(0, 2), ValueError, "Embedding needs count to be at least 1"),
        (lambda: MultiHeadAttention(3, 2), ValueError, "shares 3 numbers among 2 heads"),
        (lambda: Conv2d(1, 1, 0), ValueError, "Conv2d needs window to be at least 1"),
        (lambda: Conv2d(1, 1, 2, padding=-1), ValueError, "Conv2d needs padding to be at least 0, got -1"),
        (lambda: Conv2d(1, 1, 2, stride=0), ValueError, "Conv2d needs stride to be at least 1"),
        (lambda: MaxPool(0), ValueError, "MaxPool needs window to be at least 1"),
        (lambda: AveragePool(2, stride=0), ValueError, "AveragePool needs stride to be at least 1"),
        (lambda: GRU(0, 1), ValueError, "GRU needs nin to be at least 1"),
        (lambda: PReLU(0), ValueError, "PReLU needs size to be at least 1"),
        (lambda: Mixture([]), ValueError, "at least one activation"),
        (lambda: Maxout(1, 1, 1), ValueError, "2 pieces or more"),
        (lambda: Sequential(), ValueError, "at least one part"),
        (lambda: Sequential([Layer(1, 1)]), TypeError, r"a part of Sequential is a module or a function, got \[Layer"),
    ],
)
def test_a_layer_that_cannot_be_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
