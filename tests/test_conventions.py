"""Where the mathematics leaves a choice: one test for each row of the table of conventions.

The figures are PyTorch's, stored by tests/oracles/make_torch.py; what is written out here is what a reader expects.
"""

import math

import numpy as np
import pytest
from oracles.figures import ours, same, torch

import autograd
from autograd import Value

nan, inf = math.nan, math.inf


def agrees(expression, value, gradient, **at):
    """Ours, PyTorch's and the figures written in the test are the same; a gradient for each name, in order."""
    written = (value, dict(zip(at, gradient, strict=True)))
    assert same(torch(expression, **at), written)
    assert same(ours(expression, **at), written), (ours(expression, **at), written)


def test_relu_and_abs_at_0_have_gradient_0():
    agrees("relu(x)", 0.0, [0.0], x=0.0)
    agrees("abs(x)", 0.0, [0.0], x=0.0)
    agrees("relu(x)", 0.0, [0.0], x=-0.0)
    agrees("abs(x)", 0.0, [0.0], x=-0.0)


def test_leaky_relu_at_0_has_its_slope_as_gradient():
    agrees("leaky_relu(x)", 0.0, [0.01], x=0.0)
    agrees("leaky_relu(x, slope)", 0.0, [0.25, 0.0], x=0.0, slope=0.25)


def test_sqrt_at_0_has_gradient_inf():
    agrees("sqrt(x)", 0.0, [inf], x=0.0)


def test_log_of_0_is_minus_inf_with_gradient_inf():
    agrees("log(x)", -inf, [inf], x=0.0)


def test_log_of_minus_1_is_nan():
    agrees("log(x)", nan, [-1.0], x=-1.0)


def test_0_to_the_power_0_is_1_with_gradient_0():
    agrees("x ** 0.0", 1.0, [0.0], x=0.0)
    agrees("(0.0) ** x", 1.0, [0.0], x=0.0)
    agrees("x ** y", 1.0, [0.0, 0.0], x=0.0, y=0.0)


def test_minus_2_to_the_power_of_a_value_is_4_and_the_exponent_has_gradient_nan():
    agrees("x ** 2.0", 4.0, [-4.0], x=-2.0)
    agrees("x ** y", 4.0, [-4.0, nan], x=-2.0, y=2.0)
    agrees("x ** y", -8.0, [12.0, nan], x=-2.0, y=3.0)


def test_minus_4_to_the_power_of_a_half_is_nan_and_never_complex():
    agrees("x ** 0.5", nan, [nan], x=-4.0)
    agrees("(-4.0) ** x", nan, [nan], x=0.5)

    for root in (autograd.pow(-4.0, 0.5), autograd.pow(-4, 0.5), autograd.pow(np.array([-4.0]), 0.5)[0]):
        assert math.isnan(root)


@pytest.mark.parametrize("expression", ["maximum(x, y)", "minimum(x, y)"])
def test_a_tie_of_max_gives_half_to_each(expression):
    agrees(expression, 3.0, [0.5, 0.5], x=3.0, y=3.0)
    agrees(expression, 0.0, [0.5, 0.5], x=0.0, y=-0.0)
    agrees(expression, inf, [0.5, 0.5], x=inf, y=inf)


def test_relu_of_nan_is_nan():
    agrees("relu(x)", nan, [1.0], x=nan)


def test_exp_of_1000_is_inf_and_no_exception():
    agrees("exp(x)", inf, [inf], x=1000.0)


def test_1_over_0_is_inf_and_no_exception():
    agrees("1.0 / x", inf, [-inf], x=0.0)
    agrees("1.0 / x", -inf, [-inf], x=-0.0)
    agrees("x / y", nan, [inf, nan], x=0.0, y=0.0)


@pytest.mark.parametrize(
    ("expression", "x", "value", "gradient"),
    [
        ("sigmoid(x)", 1000.0, 1.0, 0.0),
        ("sigmoid(x)", -1000.0, 0.0, 0.0),
        ("tanh(x)", 1000.0, 1.0, 0.0),
        ("tanh(x)", -1000.0, -1.0, 0.0),
        ("softplus(x)", 1000.0, 1000.0, 1.0),
        ("softplus(x)", -1000.0, 0.0, 0.0),
        ("sigmoid(x)", inf, 1.0, 0.0),
        ("sigmoid(x)", -inf, 0.0, 0.0),
    ],
)
def test_sigmoid_tanh_and_softplus_at_1000_give_exact_limits(expression, x, value, gradient):
    agrees(expression, value, [gradient], x=x)

    assert ours(expression, x=x) == (value, {"x": gradient})


def test_logsumexp_at_1000_gives_exact_limits():
    agrees("logsumexp(xs)", 1000.0, [[0.0, 0.0, 1.0]], xs=[-1000.0, 0.0, 1000.0])
    p = 1.0 / (1.0 + math.exp(-1.0))
    agrees("logsumexp(xs)", 1000.0 - math.log(p) + 1.0, [[1.0 - p, p]], xs=[1000.0, 1001.0])
    agrees("logsumexp(xs)", -1000.0 - math.log(p), [[p, 1.0 - p]], xs=[-1000.0, -1001.0])


def test_sigmoid_of_minus_40_loses_no_digits():
    tail = 1.0 / (1.0 + math.exp(40.0))

    agrees("sigmoid(x)", tail, [tail], x=-40.0)
    for function in (autograd.sigmoid, autograd.sigmoid.derivative, autograd.softplus, autograd.softplus.derivative):
        assert function(-40.0) == pytest.approx(tail, rel=1e-14)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (Value(1.0), r"write x\.data for its number"),
        ("3", r"write float\('3'\)"),
        (None, "a float or an int"),
        (1j, "the engine is for real numbers"),
    ],
    ids=["Value", "str", "None", "complex"],
)
def test_what_is_no_real_number_is_refused_with_what_to_do(given, advice):
    with pytest.raises(TypeError, match=rf"^Value needs a real number, got {type(given).__name__} .*: .*{advice}"):
        Value(given)


# ---------------------------------------------------------------- bounds, which PyTorch also decides


@pytest.mark.parametrize("x", [-1.0, 0.0, 0.5, 1.0, 2.0, nan, inf, -inf])
def test_clamp_at_its_bounds_has_gradient_1(x):
    assert same(ours("clamp(x, 0.0, 1.0)", x=x), torch("clamp(x, 0.0, 1.0)", x=x))
    if x in (0.0, 1.0):
        assert ours("clamp(x, 0.0, 1.0)", x=x) == (x, {"x": 1.0})


@pytest.mark.parametrize(
    ("name", "bounds"), [("relu6", (0.0, 6.0)), ("hard_tanh", (-1.0, 1.0)), ("hard_sigmoid", (-3.0, 3.0))]
)
def test_a_hard_activation_at_its_bounds_has_gradient_0(name, bounds):
    for bound in bounds:
        value, gradient = torch(f"{name}(x)", x=bound)

        assert gradient == {"x": 0.0}
        assert ours(f"{name}(x)", x=bound) == (value, {"x": 0.0})
