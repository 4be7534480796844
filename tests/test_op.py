"""What a declaration gives: one formula on floats, arrays and Values, with its partials; and how it is checked.

Most tests here run over the whole registry, so that an op is tested as soon as it is declared.
"""

import copy
import math
import pickle
import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
from oracles import exact

import autograd
from autograd import Value, no_grad, op, sin, tanh
from autograd.errors import OpDeclarationError, OpReplacedWarning, UnknownOpError
from autograd.functions import add, logsumexp, mul, sqrt
from autograd.op import REGISTRY, find
from autograd.testing import central_difference, check_partials, points
from autograd.watching import Watcher, watch

OPS = [op for op in REGISTRY.values() if op.forward.__module__.startswith("autograd.")]
ELEMENTWISE = [op for op in OPS if not op.lists]

every_op = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
every_elementwise_op = pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)


def learnable(op):
    """The operands that can be nudged."""
    return [name for name, rule in zip(op.operands, op.partials, strict=True) if rule is not None and name != op.index]


def arguments(op, *first):
    """The operands of an op from as many numbers or arrays as it asks for, and its defaults."""
    needed = [p for p in op.signature.parameters.values() if p.default is p.empty]
    return first[: len(needed)]


# ---------------------------------------------------------------- the declaration is right


def test_every_op_of_the_package_stands_in_the_oracle():
    assert {op.name for op in OPS} == set(exact.EXACT)


@every_op
def test_value_agrees_with_mpmath(op):
    for operands in points(op, count=30, seed=1):
        # One or two roundings in each of a few steps, 1e-16 each; the second term is for sums that cancel.
        assert op(*operands) == pytest.approx(exact.value(op.name, operands), rel=1e-12, abs=1e-14), operands


@every_op
def test_each_partial_agrees_with_mpmath(op):
    for operands in points(op, count=30, seed=2):
        for name in learnable(op):
            expected = exact.partial(op.name, operands, op.operands.index(name))

            assert op.derivative(*operands, wrt=name) == pytest.approx(expected, rel=1e-12, abs=1e-14), operands


@every_op
def test_each_partial_agrees_with_a_central_difference(op):
    check_partials(op)


HARD = [1e-300, 1e-10, -1e-10, -20.0, 20.0, -40.0, 40.0, -300.0, 300.0]


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if len(arguments(op, 0, 0)) == 1], ids=lambda op: op.name)
def test_no_digit_is_lost_where_a_careless_formula_would(op):
    for x in HARD:
        if not op.domain[0] < x < op.domain[1]:
            continue
        operands = (x, *[p.default for p in op.signature.parameters.values()][1:])
        value = exact.value(op.name, operands, digits=400)  # 1 + e⁻³⁰⁰ needs 131 of them
        slope = exact.partial(op.name, operands, 0, digits=400)

        # Numbers below 1e-300 have fewer digits themselves.
        assert op(x) == pytest.approx(value, rel=1e-12, abs=1e-300), x
        # A slope such as 1 − out² loses digits against 1, as PyTorch's does.
        assert op.derivative(x) == pytest.approx(slope, rel=1e-12, abs=1e-15), x


# ---------------------------------------------------------------- the checker sees what is wrong


def test_checker_rejects_a_partial_off_by_one_part_in_a_thousand():
    wrong = replace(sin, partials=(lambda x, out: 1.001 * math.cos(x),))

    with pytest.raises(
        AssertionError, match=r"^sin: partial of 'x' at x=0.7: declared 0.7656070.*, measured 0.76484218"
    ):
        check_partials(wrong, at=(0.7,))


@every_op
def test_checker_rejects_every_partial_that_is_off_by_a_thousandth(op):
    for index, rule in enumerate(op.partials):
        if rule is None:
            continue

        def wrong_rule(*operands_and_out, rule=rule):
            partial = rule(*operands_and_out)
            return [p + 0.001 for p in partial] if isinstance(partial, list) else partial + 0.001

        wrong = replace(op, partials=(*op.partials[:index], wrong_rule, *op.partials[index + 1 :]))

        with pytest.raises(AssertionError, match=f"{op.name}: partial of '{op.operands[index]}.*declared"):
            check_partials(wrong)


@every_op
def test_points_reach_every_piece_of_a_partial(op):
    for name in learnable(op):
        slopes = [op.derivative(*operands, wrt=name) for operands in points(op)]

        flat = op.name in ("step", "greater", "peak") or (op.name, name) in (("where", "condition"), ("where", "b"))
        assert flat or any(np.any(slope) for slope in slopes)


def test_checker_names_the_place_in_a_list():
    wrong = replace(logsumexp, partials=(lambda xs, out: [math.exp(x - out) for x in xs[:-1]] + [0.5],))

    with pytest.raises(AssertionError, match=r"'xs\[1\]' at xs=\[0.0, 1.0\]: declared 0.5, measured 0.731058579"):
        check_partials(wrong, at=([0.0, 1.0],))


def test_checker_rejects_a_partial_that_is_nan():
    wrong = replace(sin, partials=(lambda x, out: math.nan,))

    with pytest.raises(AssertionError, match="declared nan"):
        check_partials(wrong)


@every_op
def test_points_lie_inside_the_domain_and_away_from_kinks(op):
    found = points(op)

    assert len(found) == 30
    for operands in found:
        kinks = op.kinks(*operands) if callable(op.kinks) else op.kinks
        for x in operands[0] if op.lists else operands[:1]:
            assert op.domain[0] < x < op.domain[1]
            assert all(abs(x - kink) > 0.1 for kink in kinks)


def test_points_of_an_op_that_has_kinks_everywhere_are_refused(registry):
    @op(d_x=lambda x, out: 0.0, kinks=lambda x: (x,))
    def rounded(x):
        return x

    with pytest.raises(ValueError, match="rounded: found too few points"):
        points(rounded)


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (math.exp, 1.0, math.e),
        (math.sin, 100.0, math.cos(100.0)),
        (lambda x: x**3, 1000.0, 3e6),
        (lambda x: 1.0 / x, 0.01, -1e4),
        (math.log, 1e-3, 1e3),
        (lambda x: abs(x), 1e-3, 1.0),
        (lambda x: 7.0, 0.0, 0.0),
    ],
)
def test_central_difference_measures_ten_digits(f, x, slope):
    reach = x / 2 if f is math.log else None

    assert central_difference(f, x, reach) == pytest.approx(slope, rel=1e-9, abs=1e-12)


# ---------------------------------------------------------------- floats, arrays and Values agree


@every_op
def test_a_value_gives_the_same_number_as_a_float(op):
    for operands in points(op, seed=3):
        values = [[Value(x) for x in o] if isinstance(o, list) else Value(o) for o in operands]
        values = [v if rule else o for v, o, rule in zip(values, operands, op.partials, strict=True)]
        node = op(*values)

        assert node.data == op(*operands)


@every_op
def test_the_gradient_of_a_value_is_the_derivative_of_a_float(op):
    for operands in points(op, seed=4):
        values = [[Value(x) for x in o] if isinstance(o, list) else Value(o) for o in operands]
        values = [v if rule else o for v, o, rule in zip(values, operands, op.partials, strict=True)]
        op(*values).backward()

        for name in learnable(op):
            value = values[op.operands.index(name)]
            grad = [v.grad for v in value] if isinstance(value, list) else value.grad
            assert grad == op.derivative(*operands, wrt=name)


@every_op
def test_the_derivative_on_values_is_a_graph_with_the_same_number(op):
    for operands in points(op, seed=5):
        values = [[Value(x) for x in o] if isinstance(o, list) else Value(o) for o in operands]
        values = [v if rule else o for v, o, rule in zip(values, operands, op.partials, strict=True)]
        for name in learnable(op):
            derivative = op.derivative(*values, wrt=name)
            derivatives = derivative if isinstance(derivative, list) else [derivative]
            numbers = [d.data if isinstance(d, Value) else d for d in derivatives]
            expected = op.derivative(*operands, wrt=name)

            assert numbers == pytest.approx(expected if isinstance(expected, list) else [expected], rel=1e-14)


def columns(op, rows, dtype="float64"):
    """The operands of many calls as the operands of one call on arrays."""

    def column(items):
        return np.array(items, dtype)

    return [
        [column(items) for items in zip(*column_of_lists, strict=True)]
        if isinstance(column_of_lists[0], list)
        else column(column_of_lists)
        if rule
        else column_of_lists[0]
        for column_of_lists, rule in zip(zip(*rows, strict=True), op.partials, strict=True)
    ]


@every_op
def test_an_array_gives_the_same_numbers_as_floats(op):
    rows = points(op, count=20, seed=6)
    out = op(*columns(op, rows))

    assert out.dtype == np.float64
    # NumPy's own functions differ from math's in the last bits.
    assert out == pytest.approx(np.array([op(*row) for row in rows]), rel=1e-13, abs=1e-15)


@every_op
def test_the_derivative_on_an_array_has_the_same_numbers(op):
    rows = points(op, count=20, seed=7)
    for name in learnable(op):
        slopes = np.array(op.derivative(*columns(op, rows), wrt=name))
        expected = np.array([op.derivative(*row, wrt=name) for row in rows])

        assert slopes == pytest.approx(expected.T, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(
    ("op", "dtype"),
    [
        pytest.param(op, dtype, id=f"{op.name}-{dtype}")
        for op in OPS
        for dtype in ("int64", "int8", "uint8", "bool")
        if not (op.index and dtype == "bool")  # an index is no bool
    ],
)
def test_whole_numbers_in_an_array_become_float64(op, dtype):
    rows = [tuple([1, 1] if i < op.lists else 1 for i in range(len(op.operands))) for _ in range(3)]
    whole = op(*columns(op, rows, dtype))

    assert whole.dtype == np.float64
    assert (whole == op(*columns(op, rows))).all()


@every_op
def test_float32_stays_float32(op):
    rows = points(op, count=5, seed=8)
    out = op(*columns(op, rows, "float32"))

    assert out.dtype == np.float32
    assert out == pytest.approx(np.array([op(*row) for row in rows]), rel=1e-4, abs=1e-5)


@every_elementwise_op
def test_the_derivative_of_float32_stays_float32(op):
    for name in learnable(op):
        assert op.derivative(*columns(op, points(op, count=5), "float32"), wrt=name).dtype == np.float32


@every_elementwise_op
@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 1), (0,), (0, 3), ()], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("x", [0.5, -0.5])
def test_the_shape_of_an_array_is_kept(op, shape, dtype, x):
    out = op(*arguments(op, *(np.full(shape, number, dtype) for number in (x, 0.25, 2.0))))

    assert (np.shape(out), getattr(out, "dtype", None)) == (shape, dtype)


@every_elementwise_op
@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 1), (0,), (0, 3), ()], ids=str)
@pytest.mark.parametrize("x", [0.5, -0.5])
def test_the_derivative_keeps_the_shape_of_an_array(op, shape, x):
    operands = arguments(op, *(np.full(shape, number) for number in (x, 0.25, 2.0)))
    for name in learnable(op):
        slopes = op.derivative(*operands, wrt=name)

        assert (np.shape(slopes), slopes.dtype) == (shape, np.float64)


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if len(arguments(op, 0, 0, 0)) == 2], ids=lambda op: op.name)
def test_arrays_and_numbers_broadcast(op):
    column, row = np.array([[0.5], [1.5]]), np.array([0.25, 1.25, 2.25])
    out, slopes = op(column, row), op.derivative(column, row, wrt=op.operands[1])

    assert out.shape == slopes.shape == (2, 3)
    assert out[1, 2] == pytest.approx(op(1.5, 2.25), rel=1e-15)
    assert op(column, 2)[0, 0] == pytest.approx(op(0.5, 2.0), rel=1e-15)
    assert op(2, row)[0] == pytest.approx(op(2.0, 0.25), rel=1e-15)


@every_elementwise_op
def test_an_op_leaves_its_array_alone_and_gives_a_new_one(op):
    x = np.array([0.25, 0.5])
    operands = arguments(op, x, np.array([1.0, 1.0]), np.array([2.0, 2.0]))
    op(*operands)[:] = 7.0
    op.derivative(*operands)[:] = 7.0

    assert x.tolist() == [0.25, 0.5]


@every_elementwise_op
def test_infinite_and_missing_numbers_in_an_array_warn_of_nothing(op):
    x = np.array([math.nan, math.inf, -math.inf, 0.0, -1.0, 1e308, -1e308])
    operands = arguments(op, x, x[::-1], x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out, slopes = op(*operands), op.derivative(*operands)

    rows = list(zip(*(operand.tolist() for operand in operands), strict=True))
    assert out == pytest.approx(np.array([op(*row) for row in rows]), rel=1e-13, nan_ok=True)
    assert slopes == pytest.approx(np.array([op.derivative(*row) for row in rows]), rel=1e-13, nan_ok=True)


@pytest.mark.parametrize(
    "array",
    [
        np.array([1j]),
        np.array(["1.0"]),
        np.array([None]),
        np.array([Value(1.0)]),
        np.array(["2026-11-23"], "datetime64[D]"),
        np.array([(1.0, 2)], dtype=[("a", float), ("b", int)]),
    ],
    ids=lambda array: array.dtype.kind,
)
@every_elementwise_op
def test_an_array_of_anything_but_real_numbers_is_refused(op, array):
    operands = arguments(op, array, array, array)

    with pytest.raises(TypeError, match=f"{op.name} needs an array of real numbers, got dtype"):
        op(*operands)
    with pytest.raises(TypeError, match=f"{op.name} needs an array of real numbers, got dtype"):
        op.derivative(*operands)


def test_an_array_of_values_is_answered_with_the_way_out():
    with pytest.raises(TypeError, match=re.escape("write [tanh(x) for x in array]")):
        tanh(np.array([Value(1.0)]))


@pytest.mark.parametrize("number", [2, True, np.float64(2), np.float32(2), np.int8(2)], ids=lambda x: type(x).__name__)
@every_elementwise_op
def test_any_real_number_is_taken_as_a_float(op, number):
    out = op(*arguments(op, number, number, number))

    assert type(out) is float
    assert out == op(*arguments(op, float(number), float(number), float(number)))


@every_elementwise_op
@pytest.mark.parametrize("operand", ["1", None, 1j, {}, object()], ids=lambda x: type(x).__name__)
def test_what_is_no_number_is_refused(op, operand):
    with pytest.raises(TypeError, match=f"{op.name} needs a real number"):
        op(*arguments(op, operand, operand, operand))


@every_elementwise_op
def test_a_list_is_answered_with_the_way_out(op):
    with pytest.raises(TypeError, match=re.escape(f"write [{op.name}(x) for x in xs]")):
        op(*arguments(op, [1.0, 2.0], 1.0, 1.0))


@every_op
def test_missing_and_superfluous_operands_are_refused_with_the_signature(op):
    with pytest.raises(TypeError, match=re.escape(f"{op.name}{op.signature}")):
        op()
    with pytest.raises(TypeError, match=re.escape(f"{op.name}{op.signature}")):
        op(*[1.0] * 9)
    with pytest.raises(TypeError, match=re.escape(f"{op.name}{op.signature}")):
        op(1.0, colour="red")


def test_operands_may_be_named():
    assert autograd.leaky_relu(slope=0.5, x=-2.0) == -1.0
    assert autograd.leaky_relu.derivative(-2.0, slope=0.5, wrt="slope") == -2.0
    assert autograd.clamp(5, high=3, low=0) == 3.0


def test_derivative_refuses_an_operand_that_is_not_there():
    with pytest.raises(ValueError, match=re.escape("op 'mul' has no operand 'z': its operands are ('x', 'y')")):
        mul.derivative(1.0, 2.0, wrt="z")


def test_derivative_refuses_a_constant_operand(registry):
    @op(d_x=lambda x, n, out: n, d_n=None)
    def times(x, n):
        return x * n

    with pytest.raises(ValueError, match="operand 'n' of op 'times' is a constant"):
        times.derivative(1.0, 2, wrt="n")


# ---------------------------------------------------------------- lists


LIST_OPS = pytest.mark.parametrize("op", [op for op in OPS if op.lists], ids=lambda op: op.name)


def listed(op, *lists):
    return (*lists[: op.lists], *[0] * (len(arguments(op, 0, 0)) - op.lists))


@LIST_OPS
def test_an_empty_list_is_refused(op):
    with pytest.raises(ValueError, match=f"{op.name} needs at least one number, got an empty list"):
        op(*listed(op, [], []))


@LIST_OPS
@pytest.mark.parametrize("operand", [1.0, "12", b"12", {1.0: 2.0}, None, Value(1.0)], ids=lambda x: type(x).__name__)
def test_what_is_no_list_is_refused(op, operand):
    with pytest.raises(TypeError, match=re.escape(f"{op.name} needs a list for '{op.operands[0]}', got ")):
        op(*listed(op, operand, operand))


@LIST_OPS
@pytest.mark.parametrize("item", ["1", None, 1j, [1.0]], ids=lambda x: type(x).__name__)
def test_a_list_of_anything_but_numbers_is_refused(op, item):
    with pytest.raises(TypeError, match=f"{op.name} needs a real number"):
        op(*listed(op, [1.0, item], [1.0, 2.0]))
    with pytest.raises(TypeError, match=f"{op.name} needs a real number"):
        op(*listed(op, [Value(1.0), item], [1.0, 2.0]))


@LIST_OPS
def test_a_tuple_a_generator_and_an_array_will_do_for_a_list(op):
    expected = op(*listed(op, [1.0, 2.0], [3.0, 4.0]))

    assert op(*listed(op, (1.0, 2.0), (3.0, 4.0))) == expected
    assert op(*listed(op, iter([1.0, 2.0]), iter([3.0, 4.0]))) == expected
    assert op(*listed(op, np.array([1.0, 2.0]), np.array([3.0, 4.0]))) == expected


@pytest.mark.parametrize(("xs", "ys"), [([1.0], [1.0, 2.0]), ([1.0, 2.0], [1.0]), ([], [1.0])])
def test_lists_of_unequal_length_are_refused(xs, ys):
    message = f"dot needs lists of equal length, got {len(xs)} and {len(ys)}"

    with pytest.raises(ValueError, match=message):
        autograd.dot(xs, ys)
    with pytest.raises(ValueError, match=message):
        autograd.dot([Value(x) for x in xs], ys)
    with pytest.raises(ValueError, match=message):
        autograd.dot.derivative(xs, ys)


# ---------------------------------------------------------------- how an op is declared


@pytest.fixture
def own(registry):
    """For tests that declare ops of their own."""


@pytest.mark.usefixtures("own")
class TestDeclaring:
    def test_the_formula_and_its_rule_are_used(self):
        @op(d_x=lambda x, out: 3.0 * x * x)
        def third_power(x):
            """x³, as one node."""
            return x * x * x

        x = Value(2.0)
        y = third_power(x)
        y.backward()

        assert (y.data, x.grad, y.op, y.operands) == (8.0, 12.0, third_power, (x,))
        assert third_power.__doc__ == "x³, as one node."
        assert find("third_power") is third_power

    def test_without_a_rule_the_formula_is_differentiated(self):
        @op
        def wave(x, y):
            return sin(x * y) + x

        check_partials(wave)
        assert wave.derivative(0.5, 2.0) == pytest.approx(1.0 + 2.0 * math.cos(1.0), rel=1e-15)
        assert wave.derivative(0.5, 2.0, wrt="y") == pytest.approx(0.5 * math.cos(1.0), rel=1e-15)

    def test_without_a_rule_there_is_a_second_derivative(self):
        @op
        def quartic(x):
            return x**4

        x = Value(2.0)
        quartic.derivative(x).backward()

        assert x.grad == 48.0  # d²(x⁴)/dx² = 12x²

    def test_without_a_rule_an_operand_in_two_slots_counts_twice(self):
        @op
        def product(x, y):
            return x * y

        x = Value(3.0)
        product(x, x).backward()

        assert x.grad == 6.0

    def test_without_a_rule_an_unused_operand_has_derivative_0(self):
        @op
        def first_of(x, y):
            return x * 1.0

        y = Value(2.0)
        first_of(Value(1.0), y).backward()

        assert y.grad == 0.0

    def test_without_a_rule_arrays_work(self):
        @op
        def cubic(x):
            return x**3

        slopes = cubic.derivative(np.array([[1.0, 2.0], [3.0, 4.0]]))

        assert slopes.tolist() == [[3.0, 12.0], [27.0, 48.0]]
        assert cubic.derivative(np.zeros((0, 2))).shape == (0, 2)

    def test_without_a_rule_a_list_op_is_differentiated_too(self):
        @op(lists=1)
        def mean(xs):
            return autograd.sum(xs) / len(xs)

        xs = [Value(1.0), Value(2.0)]
        mean(xs).backward()

        assert [x.grad for x in xs] == [0.5, 0.5]
        assert mean.derivative([1.0, 2.0]) == [0.5, 0.5]

    def test_without_a_rule_a_list_op_is_differentiated_on_arrays(self):
        @op(lists=1)
        def mean(xs):
            return autograd.sum(xs) / len(xs)

        slopes = mean.derivative([np.array([1.0, 2.0]), np.array([3.0, 4.0])])

        assert [slope.tolist() for slope in slopes] == [[0.5, 0.5], [0.5, 0.5]]

    def test_without_a_rule_the_derivative_is_right_under_no_grad(self):
        @op
        def square(x):
            return x * x

        with no_grad():
            slope = square.derivative(3.0)

        assert slope == 6.0

    def test_a_watcher_sees_one_node_of_an_op_without_a_rule(self):
        @op
        def square(x):
            return x * x

        class Counting(Watcher):
            def made(self, node):
                seen.append(node)

        x, seen = Value(3.0), []
        with watch(Counting()):
            y = square(x)

        assert seen == [y]

    def test_an_operand_without_a_rule_is_refused(self):
        with pytest.raises(
            OpDeclarationError, match=r"no partial for 'exponent': add d_exponent=\.\.\., or d_exponent=None"
        ):

            @op(d_base=lambda base, exponent, out: 1.0)
            def power_of(base, exponent):
                return base**exponent

    def test_a_rule_without_an_operand_is_refused(self):
        with pytest.raises(OpDeclarationError, match=r"operands \('x',\), but there is a rule d_y"):

            @op(d_x=lambda x, out: 1.0, d_y=lambda x, out: 1.0)
            def mistyped(x):
                return x

    def test_an_unknown_option_is_refused(self):
        with pytest.raises(OpDeclarationError, match=r"unknown options \['colour'\]: known are \[.*'symbol'\]"):

            @op(colour="red")
            def coloured(x):
                return x

    def test_an_op_without_operands_is_refused(self):
        with pytest.raises(OpDeclarationError, match="'nothing' has no operand"):

            @op
            def nothing():
                return 1.0

    @pytest.mark.parametrize(
        "formula", [lambda *xs: 1.0, lambda **xs: 1.0, lambda x, *, y: 1.0, lambda x, /: 1.0, math.sin]
    )
    def test_an_operand_that_is_not_one_plain_name_is_refused(self, formula):
        with pytest.raises(OpDeclarationError, match="write one plain name per operand"):
            op(formula, name="variadic")

    def test_a_rule_that_cannot_be_called_is_refused(self):
        with pytest.raises(OpDeclarationError, match="d_x"):

            @op(d_x=1.0)
            def constant_rule(x):
                return x

    def test_more_lists_than_operands_are_refused(self):
        with pytest.raises(OpDeclarationError, match="lists"):

            @op(lists=2, d_xs=lambda xs, out: xs)
            def too_many(xs):
                return xs[0]

    def test_a_refused_declaration_leaves_the_registry_alone(self, registry):
        names = list(registry)
        with pytest.raises(OpDeclarationError):
            op(lambda x, y: x, name="half_declared", d_x=lambda x, y, out: 1.0)

        assert list(registry) == names

    def test_declaring_a_name_again_replaces_the_op_with_a_warning(self):
        first = op(lambda x: x, name="twice", d_x=lambda x, out: 1.0)
        old = first(Value(2.0))
        with pytest.warns(OpReplacedWarning, match="op 'twice' is declared again") as warned:
            second = op(lambda x: 2.0 * x, name="twice", d_x=lambda x, out: 2.0)

        assert warned[0].filename == __file__
        assert find("twice") is second
        assert (old.op, first(2.0)) == (first, 2.0)

    def test_a_constant_operand_cannot_learn(self):
        @op(d_x=lambda x, n, out: n * x ** (n - 1), d_n=None)
        def whole_power(x, n):
            return x**n

        x = Value(3.0)
        whole_power(x, 2).backward()

        assert x.grad == 6.0
        with pytest.raises(
            TypeError, match="operand 'n' of op 'whole_power' is a constant and cannot learn: give a plain"
        ):
            whole_power(x, Value(2.0))
        with pytest.raises(
            TypeError, match="operand 'n' of op 'whole_power' is a constant and cannot learn: give a plain"
        ):
            whole_power(3.0, Value(2.0))

    def test_a_constant_operand_stays_an_int_and_the_others_become_floats(self):
        @op(d_x=lambda x, n, out: n * x ** (n - 1), d_n=None)
        def whole_power(x, n):
            assert (type(x), type(n)) == (float, int)
            return x**n

        assert type(whole_power(3, 2)) is float
        assert type(whole_power.derivative(3, 2)) is float

    @pytest.mark.parametrize("out", [None, 1j, "1", [1.0], np.array([1.0, 2.0])], ids=lambda x: type(x).__name__)
    def test_a_formula_that_gives_no_number_is_refused(self, out):
        @op(d_x=lambda x, out: 1.0)
        def odd(x):
            return out

        with pytest.raises(TypeError, match=r"the formula of op 'odd' must return a real number, got "):
            odd(Value(1.0))

    @pytest.mark.parametrize("partial", [None, 1j, "1", [1.0]], ids=lambda x: type(x).__name__)
    def test_a_rule_that_gives_no_number_is_refused(self, partial):
        @op(d_x=lambda x, out: partial)
        def odd(x):
            return x * x

        with pytest.raises(TypeError, match="odd"):
            odd(Value(1.0)).backward()

    def test_a_list_rule_of_the_wrong_length_is_refused(self):
        @op(lists=1, d_xs=lambda xs, out: [1.0])
        def short(xs):
            return xs[0]

        with pytest.raises(TypeError, match=r"short.*a list of 2 numbers"):
            short([Value(1.0), Value(2.0)])

    def test_an_exception_in_a_formula_reaches_the_caller(self):
        @op(d_x=lambda x, out: 1.0)
        def unlucky(x):
            raise KeyError("thirteen")

        with pytest.raises(KeyError, match="thirteen"):
            unlucky(Value(13.0))


def test_an_unknown_name_is_answered_with_names_spelled_alike():
    with pytest.raises(UnknownOpError, match="no op is called 'sigmiod': did you mean sigmoid"):
        find("sigmiod")
    with pytest.raises(UnknownOpError, match=r"no op is called 'qqq': declare it with @autograd\.op first"):
        find("qqq")


@every_op
def test_an_op_is_pickled_by_its_name(op):
    assert pickle.loads(pickle.dumps(op)) is op
    assert copy.deepcopy(op) is op
    assert len(pickle.dumps(op)) < 80


@every_op
def test_an_op_shows_its_signature_and_explains_itself(op):
    assert repr(op) == f"<op {op.name}{op.signature}>"
    assert op.__doc__
    assert op.symbol


@every_op
def test_every_op_is_a_name_of_autograd(op):
    assert getattr(autograd, op.name) is op


def test_an_op_keeps_its_declaration():
    with pytest.raises(AttributeError):
        tanh.name = "other"
    assert (add.infix, mul.symbol, sqrt.domain) == ("+", "×", (0.0, math.inf))
