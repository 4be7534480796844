"""Activations: what each says about itself is true, and kinks and limits are those of PyTorch.

That every value and partial is right at ordinary points is tested in test_op.py, over the whole registry.
"""

import math
import re

import numpy as np
import pytest
from oracles.figures import ours, same, torch_rows

import autograd
from autograd import Value, activation, leaky_relu, sigmoid, silu
from autograd.activations import Activation
from autograd.errors import OpDeclarationError, OpReplacedWarning
from autograd.op import REGISTRY, find
from autograd.testing import check_partials, points

ACTIVATIONS = [
    op for op in REGISTRY.values() if isinstance(op, Activation) and op.forward.__module__.startswith("autograd.")
]
every_activation = pytest.mark.parametrize("op", ACTIVATIONS, ids=lambda op: op.name)

GRID = np.sort(
    np.concatenate([np.linspace(-12.0, 12.0, 240_001), *(s * np.logspace(1.1, 12, 50) for s in (-1.0, 1.0))])
)

# PyTorch keeps the slope 1/6 in single precision.
SINGLE_PRECISION_IN_TORCH = "hard_sigmoid(x)"


@every_activation
def test_limits_kinks_and_nan_are_those_of_pytorch(op):
    differences = []
    for expression, at, theirs in torch_rows():
        if not expression.startswith(f"{op.name}("):
            continue
        if expression == SINGLE_PRECISION_IN_TORCH and theirs[1]["x"] == float(np.float32(1 / 6)):
            theirs = (theirs[0], {"x": 1 / 6})
        mine = ours(expression, **at)
        if not same(mine, theirs):
            differences.append(f"{expression} at {at}: ours {mine}, torch {theirs}")

    assert not differences


def test_pytorch_was_asked_about_every_activation_that_it_has():
    asked = {expression.partition("(")[0] for expression, _, _ in torch_rows()}

    assert {op.name for op in ACTIVATIONS} - asked == {"step"}


@pytest.mark.parametrize(
    ("x", "value"), [(0.0, 0.0), (-0.0, 0.0), (-1.0, 0.0), (1e-300, 1.0), (math.inf, 1.0), (-math.inf, 0.0)]
)
def test_step_is_1_above_0_and_never_has_a_slope(x, value):
    assert ours("step(x)", x=x) == (value, {"x": 0.0})


@every_activation
def test_nan_is_not_hidden(op):
    assert math.isnan(op(math.nan))
    assert math.isnan(op(Value(math.nan)).data)
    assert np.isnan(op(np.array([math.nan, 1.0]))).tolist() == [True, False]


# ---------------------------------------------------------------- what an activation says about itself


@every_activation
def test_the_range_holds_and_is_tight(op):
    low, high = op.range
    values = op(GRID)

    assert low <= values.min()
    assert values.max() <= high
    # The ends are reached on the grid or approached far out: softsign is 1e-12 away, a minimum 1e-9.
    assert values.min() < -1e9 if low == -math.inf else values.min() == pytest.approx(low, abs=1e-8)
    assert values.max() > 1e9 if high == math.inf else values.max() == pytest.approx(high, abs=1e-8)


@every_activation
def test_the_derivative_is_nowhere_larger_than_at_the_steepest_point(op):
    far_out = 1e3 if op.steepest == math.inf else op.steepest
    largest = op.derivative(far_out)

    # Some 1e-15 for rounding.
    assert op.derivative(GRID).max() <= largest + 1e-14


# The formulas as a reader sees them, turned into Python. A rule is a pattern and what stands for it.
FROM_TEXT = [
    (r"e⁻ˣ", "exp(-x)"),
    (r"eˣ", "exp(x)"),
    (r"x³", "x**3"),
    (r"√\((.*?)\)", r"sqrt(\1)"),
    (r"\|x\|", "abs(x)"),
    (r"Φ\(x\), Φ the normal distribution", "(1 + erf(x / sqrt(2))) / 2"),
    (r"π", "pi"),
    (r"·", "*"),
    (r"−", "-"),
    (r"(\d) x", r"\1 * x"),
]
FROM_LATEX = [
    (r"\\left|\\right|\\,", ""),
    (r"\\text\{ (if|else) \}", r" \1 "),
    (r"e\^\{(.*?)\}", r"exp(\1)"),
    (r"e\^x", "exp(x)"),
    (r"x\^3", "x**3"),
    (r"\\sqrt\{(.*?)\}", r"sqrt(\1)"),
    (r"\\sqrt 2", "sqrt(2)"),
    (r"\\operatorname\{erf\} (\\frac\{.*?\}\{.*?\})", r"erf(\1)"),
    (r"\\frac\{(.*?)\}\{(.*?)\}", r"((\1) / (\2))"),
    (r"\\tanh x", "tanh(x)"),
    (r"\|x\|", "abs(x)"),
    (r"\\ln", "log"),
    (r"\\(\w+)", r"\1"),
    (r"mathrm\{(\w+)\} *", r"\1 * "),
    (r"\b(alpha|beta|[\d.]+|x) +(?=[x(]|tanh)", r"\1 * "),
    (r"\) +(?=\()", ") * "),
]


def evaluated(formula, rules, x, parameters):
    for pattern, replacement in rules:
        formula = re.sub(pattern, replacement, formula)
    names = {name: getattr(math, name) for name in ("exp", "log", "sqrt", "erf", "tanh", "pi")}
    return eval(formula, {**names, "sigmoid": sigmoid}, {"x": x, **parameters})


@every_activation
@pytest.mark.parametrize("notation", ["text", "latex"])
def test_the_formula_that_is_shown_gives_the_value(op, notation):
    rules = FROM_TEXT if notation == "text" else FROM_LATEX
    for x, *others in points(op):
        shown = evaluated(getattr(op, notation), rules, x, dict(zip(op.operands[1:], others, strict=True)))

        # selu's two constants are shown with five digits.
        assert shown == pytest.approx(op(x, *others), rel=1e-4 if op.name == "selu" else 1e-9, abs=1e-14)


# ---------------------------------------------------------------- identities from the books


def test_the_classical_array_gives_the_textbook_figures():
    x = np.array([-2, -1, 0, 1, 2])

    assert sigmoid(x).round(4).tolist() == [0.1192, 0.2689, 0.5, 0.7311, 0.8808]
    assert sigmoid.derivative(x).round(4).tolist() == [0.105, 0.1966, 0.25, 0.1966, 0.105]
    assert autograd.relu(x).tolist() == [0.0, 0.0, 0.0, 1.0, 2.0]
    assert autograd.relu.derivative(x).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0]
    assert leaky_relu(x).tolist() == [-0.02, -0.01, 0.0, 1.0, 2.0]
    assert leaky_relu.derivative(x).tolist() == [0.01, 0.01, 0.01, 1.0, 1.0]


@pytest.mark.parametrize("x", [-40.0, -3.0, -0.1, 0.0, 0.1, 3.0, 40.0])
def test_identities_between_activations_hold(x):
    assert autograd.tanh(x) == pytest.approx(2.0 * sigmoid(2.0 * x) - 1.0, rel=1e-14, abs=1e-15)
    assert sigmoid(x) + sigmoid(-x) == pytest.approx(1.0, rel=1e-15)
    assert autograd.softplus.derivative(x) == sigmoid(x)
    assert autograd.softplus(x) - autograd.softplus(-x) == pytest.approx(x, rel=1e-15)
    assert silu(x) == x * sigmoid(x)
    assert autograd.swish is silu


@pytest.mark.parametrize(
    "name", ["sigmoid", "tanh", "softplus", "silu", "gelu", "gelu_tanh", "mish", "softsign", "elu", "selu"]
)
@pytest.mark.parametrize("x", [-1000.0, 1000.0])
def test_a_thousand_gives_the_exact_limit_and_no_exception(name, x):
    limits = {
        "sigmoid": (0.0, 1.0),
        "tanh": (-1.0, 1.0),
        "softsign": (-1000.0 / 1001.0, 1000.0 / 1001.0),
        "elu": (-1.0, 1000.0),
        "selu": (find("selu").range[0], 1000.0 * 1.0507009873554805),
    }
    low, high = limits.get(name, (0.0, 1000.0))
    node = find(name)(Value(x))
    node.backward()

    assert find(name)(x) == node.data == find(name)(np.array([x]))[0] == (low if x < 0.0 else high)


def test_the_far_tail_of_the_sigmoid_keeps_its_digits():
    for tail in (sigmoid(-40.0), sigmoid(Value(-40.0)).data, sigmoid(np.array([-40.0]))[0]):
        assert tail == pytest.approx(4.248354255291589e-18, rel=1e-14)


# ---------------------------------------------------------------- parameters that learn


@pytest.mark.parametrize(
    ("name", "parameter", "x", "at", "expected"),
    [
        ("leaky_relu", "slope", -2.0, 0.25, -2.0),
        ("leaky_relu", "slope", 2.0, 0.25, 0.0),
        ("elu", "alpha", -1.0, 1.5, math.expm1(-1.0)),
        ("elu", "alpha", 1.0, 1.5, 0.0),
        ("silu", "beta", 2.0, 0.0, 1.0),  # x² s(1 − s) with s = 1/2
    ],
)
def test_a_parameter_given_as_a_value_gets_a_gradient(name, parameter, x, at, expected):
    learned, plain = Value(at), Value(x)
    find(name)(x, learned).backward()
    getattr(plain, name)(at).backward()

    assert learned.grad == expected
    assert plain.grad == find(name).derivative(x, at)
    assert find(name)(x, **{parameter: Value(at)}).operands[1].data == at


def test_a_learned_slope_moves_downhill():
    slope = Value(0.25)
    for _ in range(200):
        slope.grad = 0.0
        loss = sum((leaky_relu(x, slope) - 0.1 * x) ** 2 for x in (-1.0, -0.5, 2.0))
        loss.backward()
        slope.data -= 0.1 * slope.grad

    assert slope.data == pytest.approx(0.1, rel=1e-9)


# ---------------------------------------------------------------- a user's own


def test_an_own_activation_is_used_like_those_of_the_package(registry):
    @activation(d_x=lambda x, out: sigmoid(x) + out * (1 - sigmoid(x)), text="x · sigmoid(x)")
    def own_swish(x):
        return x * sigmoid(x)

    x = Value(0.5)
    own_swish(x).backward()

    check_partials(own_swish)
    assert isinstance(own_swish, Activation)
    assert x.grad == own_swish.derivative(0.5) == pytest.approx(silu.derivative(0.5), rel=1e-15)
    assert own_swish(np.array([0.0, 1.0])) == pytest.approx(silu(np.array([0.0, 1.0])), rel=1e-15)
    assert own_swish.text == "x · sigmoid(x)"


def test_a_bare_own_activation_is_differentiated(registry):
    @activation
    def bump(x):
        return autograd.exp(-x * x)

    check_partials(bump)
    assert isinstance(bump, Activation)
    assert math.isnan(bump.steepest)


def test_an_own_activation_may_take_the_name_of_ours_with_a_warning(registry):
    with pytest.warns(OpReplacedWarning, match="op 'relu' is declared again"):

        @activation(d_x=lambda x, out: 2.0 * out)
        def relu(x):
            return autograd.where(x <= 0.0, 0.0, x) ** 2

    assert find("relu") is relu
    assert relu(3.0) == 9.0
    assert Value(3.0).relu().data == 3.0  # what was imported stays what it was


def test_an_own_activation_declared_wrongly_is_refused(registry):
    with pytest.raises(OpDeclarationError, match="there is a rule d_z"):
        activation(lambda x: x, name="stray", d_z=lambda x, out: 1.0)
    with pytest.raises(OpDeclarationError, match=r"unknown options \['slope'\]: known are .*'latex'.*'steepest'"):
        activation(lambda x: x, name="stray", slope=1.0)

    assert "stray" not in registry
