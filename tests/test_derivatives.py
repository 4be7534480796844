"""Derivatives of whole functions against mpmath and hand algebra; what is touched, and what is refused."""

import math

import mpmath
import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    dot,
    exp,
    grad,
    gradcheck,
    hessian,
    hvp,
    jacobian,
    jvp,
    log,
    logsumexp,
    no_grad,
    op,
    relu,
    sin,
    sqrt,
    tanh,
    value_and_grad,
    where,
)
from autograd.derivatives import central_difference
from autograd.errors import GradcheckError, GraphError


def nth(order, function):
    for _ in range(order):
        function = grad(function)
    return function


def exact(order, function, x):
    with mpmath.workdps(50):
        return float(mpmath.diff(function, mpmath.mpf(x), order))


def three_outputs(m, x):
    """A function for `autograd` and for `mpmath`, whichever namespace m is."""
    return [m.sin(x[0]) * m.exp(x[1]), x[0] * x[1] * x[2], m.tanh(x[2] / x[0]) + 5.0 * x[1]]


def one_output(m, x):
    return m.log(x[0] * x[0] + m.exp(x[1] * x[2])) - x[0] * m.sqrt(x[2])


POINT = [0.7, -1.3, 2.1]


def exact_partial(function, orders):
    with mpmath.workdps(50):
        return float(mpmath.diff(lambda *x: function(mpmath, x), tuple(map(mpmath.mpf, POINT)), orders))


def unit(*places):
    return tuple(places.count(k) for k in range(3))


# ---------------------------------------------------------------- any order


def test_the_fifth_derivative_of_tanh_agrees_with_mpmath():
    assert nth(5, tanh)(0.3) == pytest.approx(exact(5, mpmath.tanh, 0.3), rel=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("sin·exp", lambda m, x: m.sin(x) * m.exp(-x * x)),
        ("log", lambda m, x: m.log(1 + x * x)),
        ("quotient", lambda m, x: (x - 2) / (x * x + 1)),
        ("root", lambda m, x: m.sqrt(x) * x**2.5),
        ("tower", lambda m, x: x**x),
        ("power of a number", lambda m, x: 2.0**x),
        ("atan", lambda m, x: m.atan(3 * x)),
        ("erf", lambda m, x: m.erf(x) - m.erfc(2 * x)),
    ],
)
def test_derivatives_of_every_order_agree_with_mpmath(order, name, function):
    mine = nth(order, lambda x: function(autograd, x))(0.7)

    assert mine == pytest.approx(exact(order, lambda x: function(mpmath, x), 0.7), rel=1e-12)


@pytest.mark.parametrize(
    "name", ["sigmoid", "softplus", "silu", "gelu", "gelu_tanh", "mish", "softsign", "elu", "selu"]
)
def test_second_derivatives_of_activations_agree_with_the_slope_of_the_first(name):
    activation = getattr(autograd, name)
    for x in (-3.0, -0.4, 0.9, 2.5):
        assert nth(2, activation)(x) == pytest.approx(central_difference(activation.derivative, x), rel=1e-7, abs=1e-9)


def test_powers_at_zero_have_their_whole_tower_of_derivatives():
    assert [nth(order, lambda x: x**3)(0.0) for order in range(1, 6)] == [0.0, 0.0, 6.0, 0.0, 0.0]


def test_a_kink_has_no_second_derivative_beside_it():
    assert nth(2, relu)(1.0) == 0.0
    assert nth(2, relu)(-1.0) == 0.0
    assert nth(2, autograd.abs)(2.0) == 0.0


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "silu", "gelu", "gelu_tanh", "mish"])
@pytest.mark.parametrize("x", [-1000.0, 1000.0])
def test_second_derivatives_vanish_far_out_and_are_never_nan(name, x):
    assert nth(2, getattr(autograd, name))(x) == 0.0


def test_the_gradient_of_a_long_chain_needs_no_deep_stack():
    def chain(x):
        for _ in range(5000):
            x = x * 1.0001
        return x * x

    slope = 1.0001**5000

    assert grad(chain)(3.0) == pytest.approx(6.0 * slope**2, rel=1e-10)
    assert nth(2, chain)(3.0) == pytest.approx(2.0 * slope**2, rel=1e-10)


# ---------------------------------------------------------------- many inputs, many outputs


def test_jacobian_agrees_with_mpmath():
    expected = [
        [exact_partial(lambda m, x, row=row: three_outputs(m, x)[row], unit(k)) for k in range(3)] for row in range(3)
    ]

    np.testing.assert_allclose(jacobian(lambda x: three_outputs(autograd, x))(POINT), expected, rtol=1e-12, atol=1e-15)


def test_hessian_agrees_with_mpmath():
    expected = [[exact_partial(one_output, unit(i, k)) for k in range(3)] for i in range(3)]

    np.testing.assert_allclose(hessian(lambda x: one_output(autograd, x))(POINT), expected, rtol=1e-12)


def test_third_derivatives_are_the_jacobian_of_the_hessian():
    found = jacobian(hessian(lambda x: one_output(autograd, x)))(POINT)

    assert found[0][1][2] == pytest.approx(exact_partial(one_output, unit(0, 1, 2)), rel=1e-12)
    assert found[2][2][1] == pytest.approx(exact_partial(one_output, unit(1, 2, 2)), rel=1e-12)


def test_the_hessian_of_a_quadratic_form_is_its_matrix_and_its_transpose():
    matrix = [[1.0, 2.0], [-4.0, 3.0]]
    form = hessian(lambda x: dot(x, [dot(row, x) for row in matrix]))

    assert form([0.3, -0.8]) == [[2.0, -2.0], [-2.0, 6.0]]


def test_the_hessian_of_logsumexp_keeps_its_digits_at_large_numbers():
    p = 1.0 / (1.0 + math.exp(1.0))
    bend = p * (1.0 - p)

    np.testing.assert_allclose(hessian(logsumexp)([1000.0, 1001.0]), [[bend, -bend], [-bend, bend]], rtol=1e-12)


def test_the_gradient_has_the_nested_shape_of_the_argument():
    def f(x):
        (a, b), [[c]], d = x
        return a * b * c * d

    assert grad(f)([[2.0, 3.0], [[5.0]], 7.0]) == [[105.0, 70.0], [[42.0]], 30.0]
    assert grad(f)(((2.0, 3.0), [[5.0]], 7.0)) == [[105.0, 70.0], [[42.0]], 30.0]


def test_the_jacobian_has_the_shape_of_the_output_with_that_of_the_input_in_each_place():
    def f(x):
        return [x[0][0] * x[1], [x[1] * x[1]]]

    assert jacobian(f)([[2.0], 3.0]) == [[[3.0], 2.0], [[[0.0], 6.0]]]


def test_wrt_chooses_among_several_arguments():
    def f(x, y, z):
        return x * y[0] + y[1] ** 2 * z

    arguments = (2.0, [3.0, 5.0], 7.0)

    assert grad(f)(*arguments) == 3.0
    assert grad(f, wrt=1)(*arguments) == [2.0, 70.0]
    assert grad(f, wrt=2)(*arguments) == 25.0
    assert hessian(f, wrt=1)(*arguments) == [[0.0, 0.0], [0.0, 14.0]]
    assert jacobian(lambda x, y: [x, y, x * y], wrt=1)(2.0, 3.0) == [0.0, 1.0, 2.0]
    assert value_and_grad(f, wrt=2)(*arguments) == (181.0, 25.0)


def test_other_arguments_reach_the_function_as_they_are():
    seen = []
    marker = object()
    grad(lambda x, *others: seen.extend(others) or x * x)(2.0, "text", marker, [1, 2])

    assert seen == ["text", marker, [1, 2]]


def test_integers_booleans_and_numpy_numbers_will_do():
    assert grad(lambda x: x * x)(3) == 6.0
    assert grad(lambda x: x * x)(np.float64(3.0)) == 6.0
    assert grad(lambda x: x * x)(np.int64(3)) == 6.0
    assert grad(lambda x: x * x)(True) == 2.0


def test_floats_give_plain_floats():
    value, slope = value_and_grad(tanh)(0.3)

    assert type(value) is float
    assert type(slope) is float
    assert [type(entry) for row in hessian(logsumexp)([0.0, 1.0]) for entry in row] == [float] * 4


def test_values_give_a_graph_that_can_be_differentiated():
    x = Value(0.3)
    slope = grad(tanh)(x)
    slope.backward()

    assert slope.data == grad(tanh)(0.3)
    assert x.grad == pytest.approx(exact(2, mpmath.tanh, 0.3), rel=1e-14)


def test_one_value_in_two_places_counts_as_two_inputs():
    v = Value(2.0)
    first, second = grad(lambda x: x[0] ** 2 * x[1])([v, v])

    assert (first.data, second.data) == (8.0, 4.0)


def test_the_function_runs_once_for_value_and_gradient():
    calls = []
    value_and_grad(lambda x: calls.append(x) or x * x)(3.0)
    jvp(lambda x: calls.append(x) or x * x, 3.0, 1.0)

    assert len(calls) == 2


def test_the_argument_given_is_not_changed():
    given = [1.0, [2.0, 3.0]]
    grad(lambda x: x[0] * x[1][0] * x[1][1])(given)
    gradcheck(lambda x: x[0] * x[1][0] * x[1][1], given)

    assert given == [1.0, [2.0, 3.0]]


# ---------------------------------------------------------------- functions that do not depend on their argument


def test_a_constant_function_has_slope_zero():
    assert value_and_grad(lambda x: 5.0)(2.0) == (5.0, 0.0)
    assert grad(lambda x: 5)([1.0, [2.0]]) == [0.0, [0.0]]
    assert jacobian(lambda x: [1.0, x[0], 2])([3.0, 4.0]) == [[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]
    assert hessian(lambda x: 5.0)([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert jvp(lambda x: 5.0, 1.0, 1.0) == (5.0, 0.0)
    assert hvp(lambda x: 5.0, [1.0], [1.0]) == [0.0]


def test_a_linear_function_has_no_second_derivative():
    assert nth(2, lambda x: 3.0 * x + 1.0)(2.0) == 0.0
    assert hessian(lambda x: x[0] - 2.0 * x[1])([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert hvp(lambda x: x[0] - 2.0 * x[1], [1.0, 2.0], [1.0, 1.0]) == [0.0, 0.0]


def test_an_argument_that_is_ignored_has_slope_zero():
    assert grad(lambda x, y: y * y, wrt=0)(1.0, 3.0) == 0.0
    assert grad(lambda x: x[0])([1.0, 2.0]) == [1.0, 0.0]


def test_a_function_of_a_captured_value_alone_has_slope_zero():
    w = Value(3.0)

    assert value_and_grad(lambda x: w * w)(2.0) == (9.0, 0.0)


def test_the_identity_has_slope_one():
    assert grad(lambda x: x)(2.0) == 1.0
    assert jvp(lambda x: x, 2.0, 5.0) == (2.0, 5.0)
    assert jacobian(lambda x: x)([1.0, 2.0]) == [[1.0, 0.0], [0.0, 1.0]]
    assert grad(lambda x: 1.0)([]) == []


# ---------------------------------------------------------------- one derivative inside another


def test_inner_and_outer_derivative_are_not_confused():
    # Siskind and Pearlmutter 2005: d/dx (x · d/dy (x + y)) is 1; a confused system answers 2.
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, 1.0, 1.0)[1], 1.0, 1.0) == (1.0, 1.0)


def test_an_inner_gradient_carries_the_outer_variable_on():
    # d/dx (x · d/dy (x · y)) = d/dx x² = 2x
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0


def test_an_inner_forward_derivative_carries_the_outer_variable_on():
    assert jvp(lambda x: x * jvp(lambda y: x * y, 2.0, 1.0)[1], 3.0, 1.0) == (9.0, 6.0)
    assert grad(lambda x: x * jvp(lambda y: x * y, 2.0, 1.0)[1])(3.0) == 6.0


def test_an_inner_value_and_jacobian_carry_the_outer_variable_on():
    # d/dx of x² · y³ and of its derivatives by y, at x = 5, y = 2
    assert grad(lambda x: value_and_grad(lambda y: x**2 * y**3)(2.0)[0])(5.0) == 80.0
    assert grad(lambda x: value_and_grad(lambda y: x**2 * y**3)(2.0)[1])(5.0) == 120.0
    assert grad(lambda x: jacobian(lambda y: [x**2 * y**3])(2.0)[0])(5.0) == 120.0
    assert grad(lambda x: hessian(lambda y: x**2 * y[0] ** 3)([2.0])[0][0])(5.0) == 120.0
    assert grad(lambda x: hvp(lambda y: x**2 * y[0] ** 3, [2.0], [1.0])[0])(5.0) == 120.0


def test_an_inner_argument_is_held_apart_from_the_same_value_outside():
    # d/dy (x · y) at y = x is x, so the whole is x²
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0
    # d/dx of x · d/dy (y²) at y = x: x · 2x
    assert grad(lambda x: x * grad(lambda y: y * y)(x))(3.0) == 12.0


def test_a_direction_may_be_differentiated():
    # the speed of x³ along v is 3x²v
    assert grad(lambda v: jvp(lambda x: x**3, 2.0, v)[1])(1.0) == 12.0
    assert grad(lambda v: hvp(lambda x: x[0] ** 3, [2.0], [v])[0])(1.0) == 12.0


def test_a_derivative_taken_within_no_grad_is_still_right():
    # As torch.func.grad: what the caller switches off is the recording of the caller's own graph.
    with no_grad():
        found = (grad(lambda x: x * x)(3.0), hessian(lambda x: x[0] ** 3)([2.0]), jvp(lambda x: x * x, 3.0, 1.0))

    assert found == (6.0, [[12.0]], (9.0, 6.0))


# ---------------------------------------------------------------- what is left as it was


def test_no_gradient_of_any_captured_value_is_touched():
    w, b = Value(2.0), Value(-1.0)
    w.grad, b.grad = 7.0, -7.0

    def f(x):
        return (w * x[0] + b * x[1]).tanh()

    grad(f)([0.5, 0.3])
    value_and_grad(f)([0.5, 0.3])
    jacobian(f)([0.5, 0.3])
    hessian(f)([0.5, 0.3])
    jvp(f, [0.5, 0.3], [1.0, 0.0])
    hvp(f, [0.5, 0.3], [1.0, 0.0])
    gradcheck(f, [0.5, 0.3])

    assert (w.grad, b.grad) == (7.0, -7.0)
    assert (w.data, b.data) == (2.0, -1.0)


def test_no_gradient_of_an_argument_is_touched():
    x = Value(0.5)
    x.grad = 7.0
    nth(3, tanh)(x)
    hessian(logsumexp)([x, x])
    jvp(tanh, x, 1.0)

    assert x.grad == 7.0


# ---------------------------------------------------------------- along a direction


def test_jvp_is_the_jacobian_times_the_direction():
    direction = [0.3, -2.0, 1.1]
    rows = jacobian(lambda x: three_outputs(autograd, x))(POINT)
    value, speed = jvp(lambda x: three_outputs(autograd, x), POINT, direction)

    assert value == three_outputs(autograd, POINT)
    assert speed == pytest.approx(np.array(rows) @ direction, rel=1e-13)


def test_hvp_is_the_hessian_times_the_direction():
    direction = [0.3, -2.0, 1.1]
    rows = hessian(lambda x: one_output(autograd, x))(POINT)

    assert hvp(lambda x: one_output(autograd, x), POINT, direction) == pytest.approx(
        np.array(rows) @ direction, rel=1e-12
    )


def test_jvp_keeps_nested_shapes():
    def f(x):
        return [x[0] * x[1][0], [x[1][0]]]

    assert jvp(f, [2.0, [3.0]], [1.0, [10.0]]) == ([6.0, [3.0]], [23.0, [10.0]])
    assert jvp(f, (2.0, (3.0,)), [1.0, [10.0]]) == ([6.0, [3.0]], [23.0, [10.0]])


@pytest.mark.parametrize(
    ("x", "direction"),
    [([1.0, 2.0], [1.0]), ([1.0], [1.0, 2.0]), (1.0, [1.0]), ([1.0], 1.0), ([[1.0], 2.0], [1.0, [2.0]]), ([], [1.0])],
)
def test_a_direction_of_another_shape_is_refused(x, direction):
    with pytest.raises(ValueError, match="x and direction must have one shape, got"):
        jvp(lambda x: 1.0, x, direction)


@pytest.mark.parametrize("direction", ["1", None, {}])
def test_a_direction_that_is_no_number_is_refused(direction):
    with pytest.raises(TypeError):
        jvp(lambda x: x * x, 2.0, direction)


# ---------------------------------------------------------------- bad input


def test_grad_refuses_a_function_that_gives_a_list():
    for result in (lambda x: [x, x], lambda x: (x, x)):
        with pytest.raises(
            TypeError, match="grad needs a function that returns one number, got 2 of them: use jacobian"
        ):
            grad(result)(1.0)


@pytest.mark.parametrize(
    "result",
    [lambda x: None, lambda x: {"y": x * x}, lambda x: np.array([x * x]), lambda x: (x for _ in "ab"), lambda x: "2"],
    ids=["nothing", "a dict", "an array", "a generator", "a text"],
)
@pytest.mark.parametrize("derivative", [grad, value_and_grad, jacobian], ids=lambda derivative: derivative.__name__)
def test_a_function_that_gives_no_number_is_refused_rather_than_called_constant(derivative, result):
    with pytest.raises(TypeError, match="number"):
        derivative(result)(1.0)


@pytest.mark.parametrize("wrt", [-1, 2, 100])
def test_wrt_must_name_an_argument(wrt):
    with pytest.raises(ValueError, match=f"wrt={wrt} names no argument: there are 2, counted from 0"):
        grad(lambda x, y: x, wrt=wrt)(1.0, 2.0)


@pytest.mark.parametrize("argument", ["0.5", None, 1j, {"x": 1.0}, [1.0, "2"], np.array([1.0, 2.0]), {1.0}])
def test_an_argument_that_holds_no_numbers_is_refused(argument):
    with pytest.raises(TypeError, match="Value needs a real number, got"):
        grad(lambda x: 1.0)(argument)


def test_nodes_made_by_hand_are_refused():
    def by_hand(x):
        out = Value(math.tanh(x.data), (x,), "tanh")
        out._backward = lambda: None
        return out * 2.0

    for attempt in (
        lambda: grad(by_hand)(0.5),
        lambda: grad(by_hand)(Value(0.5)),
        lambda: jacobian(by_hand)(0.5),
        lambda: hessian(by_hand)(0.5),
        lambda: jvp(by_hand, 0.5, 1.0),
        lambda: hvp(by_hand, 0.5, 1.0),
        lambda: gradcheck(by_hand, 0.5),
    ):
        with pytest.raises(GraphError, match=r"the node 'tanh' was made by hand and knows no local derivative: call"):
            attempt()


def test_an_error_in_the_function_comes_through_unchanged():
    with pytest.raises(ZeroDivisionError, match="mine"):
        grad(lambda x: (_ for _ in ()).throw(ZeroDivisionError("mine")))(1.0)


# ---------------------------------------------------------------- gradcheck


def test_gradcheck_accepts_a_right_gradient():
    assert gradcheck(lambda w, x: (w[0] * x + w[1]).tanh() ** 2, [0.5, -1.0], 2.0) is True
    assert gradcheck(lambda x: one_output(autograd, x), POINT)
    assert gradcheck(lambda x: 5.0, 1.0)
    assert gradcheck(lambda x: x[0] * x[1][0], (2, (3,)))


@pytest.mark.parametrize("function", [log, sqrt, lambda x: 1.0 / x], ids=["log", "sqrt", "quotient"])
@pytest.mark.parametrize("x", [1e-3, 0.5, 1e6])
def test_gradcheck_accepts_functions_that_end_nearby(function, x):
    assert gradcheck(function, x)


def test_gradcheck_accepts_a_fast_oscillation():
    assert gradcheck(lambda x: sin(100.0 * x), 0.3)


def test_gradcheck_accepts_a_gradient_of_a_gradient():
    assert gradcheck(grad(tanh), 0.3)
    assert gradcheck(lambda x: grad(lambda y: y**3)(x) * x, 0.3)


def test_gradcheck_rejects_a_rule_off_by_one_part_in_a_thousand(registry):
    @op(d_x=lambda x, out: 1.001 * autograd.cos(x))
    def nearly_sine(x):
        return sin(x)

    with pytest.raises(GradcheckError, match=r"argument 0, number 0, at 0.7: the gradient is 0.7656\d*, a nudge meas"):
        gradcheck(nearly_sine, 0.7)


def test_gradcheck_says_which_argument_and_which_number(registry):
    @op(d_x=lambda x, y, out: y, d_y=lambda x, y, out: 2.0 * x)
    def nearly_product(x, y):
        return x * y

    with pytest.raises(GradcheckError, match=r"argument 1, number 2, at 5.0: the gradient is 6.0, a nudge measures 3"):
        gradcheck(lambda x, y: nearly_product(x, y[1][1]), 3.0, [7.0, [8.0, 5.0]])


def test_gradcheck_rejects_a_gradient_that_stops_at_a_number():
    with pytest.raises(GradcheckError):
        gradcheck(lambda x: x * x.data if isinstance(x, Value) else x * x, 3.0)


@pytest.mark.parametrize("function", [relu, autograd.leaky_relu, lambda x: where(x > 0.0, 2.0 * x, x)])
def test_gradcheck_rejects_a_kink(function):
    with pytest.raises(GradcheckError, match=r"at 0\.0: .*a wrong rule, or a kink nearby"):
        gradcheck(function, 0.0)


def test_gradcheck_rejects_nan():
    with pytest.raises(GradcheckError, match="the gradient is nan"):
        gradcheck(lambda x: x * math.nan, 1.0)


def test_gradcheck_has_a_tolerance(registry):
    @op(d_x=lambda x, out: 1.01)
    def nearly_identity(x):
        return x + 0.0

    assert gradcheck(nearly_identity, 2.0, tolerance=0.02)
    with pytest.raises(GradcheckError):
        gradcheck(nearly_identity, 2.0, tolerance=0.005)


@pytest.mark.parametrize("arguments", [(), ([],)])
def test_gradcheck_refuses_to_pass_what_it_could_not_check(arguments):
    with pytest.raises((TypeError, ValueError)):
        gradcheck(lambda *x: 1.0, *arguments)


@pytest.mark.parametrize(
    ("function", "precise", "x"),
    [(math.exp, mpmath.exp, 1.0), (math.sin, mpmath.sin, 10.0), (math.tanh, mpmath.tanh, 0.0), (abs, abs, -3.0)],
)
def test_a_central_difference_has_ten_digits(function, precise, x):
    assert central_difference(function, x) == pytest.approx(exact(1, precise, x), rel=1e-10)


def test_a_central_difference_is_nan_where_the_function_is():
    assert math.isnan(central_difference(lambda x: math.nan, 1.0))


# ---------------------------------------------------------------- ops that are differentiated by their formula


@pytest.fixture
def by_formula(registry):
    @op
    def bump(x, width=2.0):
        return exp(-x * x / width) * where(x > 0.0, x, 2.0 * x)

    return bump


def bump_slope(x, width):
    size = x if x > 0.0 else 2.0 * x
    return math.exp(-x * x / width) * ((1.0 if x > 0.0 else 2.0) - 2.0 * x / width * size)


@pytest.mark.parametrize("x", [-1.5, 0.4, 2.0])
def test_a_formula_without_a_rule_has_its_first_and_second_derivative(by_formula, x):
    step = 1.0 if x > 0.0 else 2.0

    def precise(x):
        return mpmath.exp(-x * x / 2) * step * x

    assert by_formula.derivative(x) == pytest.approx(exact(1, precise, x), rel=1e-13)
    assert grad(by_formula)(x) == pytest.approx(exact(1, precise, x), rel=1e-13)
    assert nth(2, by_formula)(x) == pytest.approx(exact(2, precise, x), rel=1e-12)
    assert nth(3, by_formula)(x) == pytest.approx(exact(3, precise, x), rel=1e-12)


def test_a_formula_without_a_rule_works_on_arrays(by_formula):
    x = np.array([[-1.5, 0.4], [2.0, -0.1]])
    expected = [[bump_slope(number, 2.0) for number in row] for row in x.tolist()]

    np.testing.assert_allclose(
        by_formula(x), [[by_formula(number) for number in row] for row in x.tolist()], rtol=1e-14
    )
    np.testing.assert_allclose(by_formula.derivative(x), expected, rtol=1e-13)
    np.testing.assert_allclose(by_formula.derivative(x, np.full((2, 2), 3.0)), np.vectorize(bump_slope)(x, 3.0))
    assert by_formula.derivative(x).shape == (2, 2)
    assert by_formula.derivative(np.array([])).shape == (0,)


def test_a_formula_without_a_rule_has_a_derivative_for_each_operand(by_formula):
    x, width = 0.4, 1.3
    with_width = grad(by_formula, wrt=1)(x, width)

    assert with_width == pytest.approx(by_formula(x, width) * x * x / width**2, rel=1e-13)
    assert by_formula.derivative(x, width, wrt="width") == pytest.approx(with_width, rel=1e-15)
    assert gradcheck(by_formula, x, width)


def test_a_formula_without_a_rule_tells_one_value_in_two_slots_apart(registry):
    @op
    def skewed(x, y):
        return x * x * y

    v = Value(3.0)
    out = skewed(v, v)
    out.backward()

    assert out.partials == (18.0, 9.0)
    assert v.grad == 27.0
    assert grad(grad(lambda x: skewed(x, x)))(3.0) == 18.0


def test_a_formula_without_a_rule_may_take_a_list(registry):
    @op(lists=1)
    def mean_square(xs):
        return dot(xs, xs) / len(xs)

    assert mean_square.derivative([1.0, 2.0]) == [1.0, 2.0]
    assert grad(mean_square)([1.0, 2.0]) == [1.0, 2.0]
    assert hessian(mean_square)([1.0, 2.0]) == [[1.0, 0.0], [0.0, 1.0]]


def test_a_formula_without_a_rule_may_be_constant_or_the_operand_itself(registry):
    @op
    def always_two(x):
        return 2.0

    @op
    def same(x):
        return x

    assert (always_two.derivative(3.0), grad(always_two)(3.0)) == (0.0, 0.0)
    assert (same.derivative(3.0), grad(same)(3.0)) == (1.0, 1.0)


def test_a_derivative_found_by_formula_is_right_within_no_grad(by_formula):
    with no_grad():
        slope = by_formula.derivative(0.4)

    assert slope == pytest.approx(bump_slope(0.4, 2.0), rel=1e-13)
