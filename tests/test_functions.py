"""Arithmetic and elementary functions: what they answer where Python raises, and the ops over lists.

That every value and partial is right at ordinary points is tested in test_op.py, over the whole registry.
"""

import math

import numpy as np
import pytest
from oracles import exact
from oracles.figures import ours, same, torch_rows

import autograd
from autograd import Value, dot, logsumexp, softmax, softmax_cross_entropy, take, where
from autograd.activations import Activation
from autograd.op import find

ACTIVATIONS = {"leaky_relu(x, slope)", *(f"{name}(x)" for name in exact.EXACT if isinstance(find(name), Activation))}
# A logit of inf: PyTorch subtracts inf from inf and answers nan; so do we where the target itself is inf.
INFINITE_LOGITS = [(f"softmax_cross_entropy(xs, {k})", {"xs": [math.inf, 0.0]}) for k in (0, 1)]

ROWS = [row for row in torch_rows() if row[0] not in ACTIVATIONS and row[:2] not in INFINITE_LOGITS]


@pytest.mark.parametrize("expression", sorted({row[0] for row in ROWS}))
def test_special_numbers_give_what_pytorch_gives(expression):
    answers = [(at, ours(expression, **at), theirs) for text, at, theirs in ROWS if text == expression]
    differences = [f"at {at}: ours {mine}, torch {theirs}" for at, mine, theirs in answers if not same(mine, theirs)]

    assert not differences


# The limits that IEEE 754 knows, by hand: PyTorch is not asked.
IEEE = [
    ("x / y", 1.0, 0.0, math.inf),
    ("x / y", 1.0, -0.0, -math.inf),
    ("x / y", -1.0, 0.0, -math.inf),
    ("x / y", 0.0, 0.0, math.nan),
    ("x / y", math.nan, 0.0, math.nan),
    ("x / y", 1e308, 1e-308, math.inf),
    ("x * y", 1e200, 1e200, math.inf),
    ("x ** y", 0.0, 0.0, 1.0),
    ("x ** y", 0.0, -1.0, math.inf),
    ("x ** y", -0.0, -1.0, -math.inf),
    ("x ** y", -0.0, -2.0, math.inf),
    ("x ** y", -4.0, 0.5, math.nan),
    ("x ** y", -8.0, 1.0 / 3.0, math.nan),
    ("x ** y", -2.0, 3.0, -8.0),
    ("x ** y", -10.0, 1001.0, -math.inf),
    ("x ** y", -10.0, 1000.0, math.inf),
    ("x ** y", 10.0, -1000.0, 0.0),
    ("x ** y", math.nan, 0.0, 1.0),
    ("x ** y", 1.0, math.nan, 1.0),
    ("x ** y", math.inf, -1.0, 0.0),
    ("x ** y", 0.5, -math.inf, math.inf),
]


@pytest.mark.parametrize(("expression", "x", "y", "expected"), IEEE)
def test_arithmetic_answers_as_ieee_754_where_python_raises(expression, x, y, expected):
    value = eval(expression, {}, {"x": Value(x), "y": Value(y)})
    with_a_plain_number = eval(expression, {}, {"x": Value(x), "y": y})
    reflected = eval(expression, {}, {"x": x, "y": Value(y)})
    name = {"/": "div", "*": "mul", "**": "pow"}[expression.split()[1]]
    on_floats = find(name)(x, y)
    on_arrays = find(name)(np.array([x]), np.array([y]))[0]

    for number in (value.data, with_a_plain_number.data, reflected.data, on_floats, on_arrays):
        assert number == pytest.approx(expected, nan_ok=True)
        assert math.isnan(number) or math.copysign(1.0, number) == math.copysign(1.0, expected)


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (autograd.exp, 1000.0, math.inf),
        (autograd.exp, -1000.0, 0.0),
        (autograd.expm1, 1000.0, math.inf),
        (autograd.log, 0.0, -math.inf),
        (autograd.log, -0.0, -math.inf),
        (autograd.log, -1.0, math.nan),
        (autograd.log1p, -1.0, -math.inf),
        (autograd.log1p, -2.0, math.nan),
        (autograd.sqrt, -1.0, math.nan),
        (autograd.sin, math.inf, math.nan),
        (autograd.cos, -math.inf, math.nan),
        (autograd.tan, math.inf, math.nan),
        (autograd.atan, math.inf, math.pi / 2),
        (autograd.erf, math.inf, 1.0),
        (autograd.erfc, 1000.0, 0.0),
    ],
    ids=lambda x: getattr(x, "name", str(x)),
)
def test_a_function_outside_its_domain_gives_a_limit_or_nan_and_no_exception(function, x, expected):
    for answer in (function(x), function(Value(x)).data, function(np.array([x]))[0]):
        assert answer == pytest.approx(expected, nan_ok=True)


def test_where_chooses_by_a_number_a_bool_a_numpy_bool_an_array_and_a_value():
    assert where(True, 1.0, 2.0) == where(-0.5, 1.0, 2.0) == where(math.nan, 1.0, 2.0) == 1.0
    assert where(np.bool_(False), 1.0, 2.0) == where(-0.0, 1.0, 2.0) == 2.0
    assert where(np.array([True, False]), 1.0, np.array([3.0, 4.0])).tolist() == [1.0, 4.0]
    assert where(Value(0.0), 1.0, 2.0).data == 2.0


def test_a_condition_of_booleans_does_not_widen_what_it_chooses_from():
    x = np.array([1.0, -1.0], dtype=np.float32)

    assert where(x > 0.0, x, 2.0 * x).dtype == np.float32
    assert where(np.array([True, False]), 1.0, 2.0).dtype == np.float64


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_where_does_not_choose_gets_gradient_0_and_gives_nothing_on(bad):
    condition, a, b = Value(3.0), Value(2.0), Value(bad)
    out = where(condition, a, b) * 5.0
    out.backward()

    assert (out.data, condition.grad, a.grad, b.grad) == (10.0, 0.0, 5.0, 0.0)


def test_greater_compares_as_python_does():
    for x, y in [(1.0, 2.0), (2.0, 1.0), (1.0, 1.0), (math.nan, 1.0), (1.0, math.nan), (math.inf, 1.0)]:
        assert autograd.greater(x, y) == autograd.greater(Value(x), y).data == float(x > y)


def test_a_choice_can_be_differentiated_twice():
    def f(x):
        return where(autograd.greater(x, 1.0), x * x * x, x * x)

    second = autograd.grad(autograd.grad(f))
    assert (second(2.0), second(0.5)) == (12.0, 2.0)


def test_take_looks_up_by_an_int_a_whole_float_a_value_and_an_array():
    xs = [10.0, 20.0, 30.0]

    for index in (1, 1.0, np.int64(1), np.uint8(1), Value(1.0)):
        assert float(getattr(take(xs, index), "data", take(xs, index))) == 20.0
    assert take([np.array([1.0, 2.0]), np.array([3.0, 4.0])], np.array([1, 0])).tolist() == [3.0, 2.0]


def test_only_the_entry_that_is_taken_gets_the_gradient():
    xs, index = [Value(1.0), Value(math.nan), Value(3.0)], Value(2.0)
    (take(xs, index) * 4.0).backward()

    assert [x.grad for x in xs] == [0.0, 0.0, 4.0]
    assert index.grad == 0.0


def test_a_table_looked_up_can_be_differentiated_twice():
    second = autograd.hessian(lambda xs: take(xs, Value(1.0)) ** 3)

    assert second([1.0, 2.0]) == [[0.0, 0.0], [0.0, 12.0]]


@pytest.mark.parametrize("index", [3, -1, 10**6, -1.0, np.array([0, 3])])
def test_an_index_outside_the_list_is_refused(index):
    for xs in ([1.0, 2.0, 3.0], [Value(1.0), Value(2.0), Value(3.0)])[: 1 if hasattr(index, "shape") else 2]:
        with pytest.raises(IndexError, match=r"index -?\d+ is outside 0\.\.2"):
            take(xs, index)


@pytest.mark.parametrize("index", [0.5, math.nan, True, np.bool_(True), np.array([True]), "1", None], ids=repr)
def test_an_index_that_is_no_whole_number_is_refused(index):
    with pytest.raises(TypeError):
        take([1.0, 2.0], index)
    if isinstance(index, float):
        with pytest.raises(TypeError, match=f"index must be a whole number from 0, got {index}"):
            take([Value(1.0), 2.0], Value(index))


def test_a_row_of_a_table_is_taken_column_by_column():
    table = [[Value(float(10 * i + j)) for j in range(3)] for i in range(4)]
    row = autograd.take_row(table, Value(2.0))
    sum(row).backward()

    assert [x.data for x in row] == [20.0, 21.0, 22.0]
    assert [[x.grad for x in row] for row in table] == [[0.0] * 3, [0.0] * 3, [1.0] * 3, [0.0] * 3]


@pytest.mark.parametrize(("table", "message"), [([], "got an empty list"), ([[1.0], [1.0, 2.0]], "row 1 has 2")])
def test_a_table_that_is_no_table_is_refused(table, message):
    with pytest.raises(ValueError, match=f"take_row needs .*{message}"):
        autograd.take_row(table, 0)


@pytest.mark.parametrize("name", ["minimum", "maximum"])
def test_a_tie_gives_half_to_each_also_where_both_are_one_value(name):
    a, b = Value(2.0), Value(2.0)
    find(name)(a, b).backward()
    both = Value(2.0)
    find(name)(both, both).backward()

    assert (a.grad, b.grad) == (0.5, 0.5)
    assert both.grad == 1.0


@pytest.mark.parametrize("name", ["minimum", "maximum"])
def test_nan_wins_from_either_side(name):
    for x, y in [(math.nan, 1.0), (1.0, math.nan), (math.nan, math.inf), (-math.inf, math.nan)]:
        assert math.isnan(find(name)(x, y))
        assert math.isnan(find(name)(np.array([x]), y)[0])


@pytest.mark.parametrize(
    "operands", [(math.nan, 0.0, 1.0), (0.5, math.nan, 1.0), (0.5, 0.0, math.nan), (math.nan, 1.0, 0.0)]
)
def test_clamp_does_not_hide_nan(operands):
    assert math.isnan(autograd.clamp(*operands))
    assert math.isnan(autograd.clamp(*map(Value, operands)).data)


# ---------------------------------------------------------------- ops over lists


def test_sum_adds_from_left_to_right_as_a_loop_does():
    numbers = [0.1] * 10 + [1e16, 1.0, -1e16]
    total = 0.0
    for number in numbers:
        total += number

    assert autograd.sum(numbers) == autograd.sum([Value(x) for x in numbers]).data == total


def test_dot_begins_with_its_start_as_a_neuron_with_its_bias():
    w, x, b = [0.1, 0.7, -1.3], [3.0, 1e16, 7.0], 1.0
    expected = ((b + w[0] * x[0]) + w[1] * x[1]) + w[2] * x[2]
    start = Value(b)
    node = dot([Value(v) for v in w], x, start)
    node.backward()

    assert dot(w, x, b) == node.data == expected
    assert start.grad == 1.0
    assert len(node.parents) == 4


def test_dot_of_a_list_with_itself_counts_each_use():
    xs = [Value(2.0), Value(3.0)]
    dot(xs, xs).backward()

    assert [x.grad for x in xs] == [4.0, 6.0]


def test_one_value_many_times_in_a_list_gets_every_contribution():
    x = Value(2.0)
    autograd.sum([x, x, 5.0, x]).backward()

    assert x.grad == 3.0


def test_a_list_op_of_one_operand_has_one_parent():
    x = Value(2.0)
    node = autograd.sum([x])
    node.backward()

    assert (node.operands, node.partials, x.grad) == ((x,), (1.0,), 1.0)
    assert node is not x


def test_an_op_keeps_its_own_copy_of_a_list():
    x, y = Value(1.0), Value(2.0)
    row = [x, y]
    node = autograd.sum(row)
    row[0] = Value(7.0)
    row.append(Value(9.0))
    node.backward()

    assert node.operands == (x, y)
    assert (x.grad, y.grad) == (1.0, 1.0)


@pytest.mark.parametrize("shift", [0.0, 1000.0, -1000.0])
def test_logsumexp_neither_overflows_nor_underflows(shift):
    xs = [Value(shift), Value(shift)]
    out = logsumexp(xs)
    out.backward()

    assert out.data == pytest.approx(shift + math.log(2.0), rel=1e-15)
    assert [x.grad for x in xs] == pytest.approx([0.5, 0.5], rel=1e-12)  # 1000 leaves 1e-13 for the difference


def test_the_gradient_of_logsumexp_is_the_softmax():
    scores = [0.3, -1.2, 2.5]
    xs = [Value(x) for x in scores]
    logsumexp(xs).backward()

    assert [x.grad for x in xs] == softmax(scores)
    assert sum(softmax(scores)) == pytest.approx(1.0, rel=1e-15)


@pytest.mark.parametrize("shift", [1e6, -1e6, 1e15])
def test_softmax_does_not_change_when_all_scores_are_shifted(shift):
    assert softmax([shift, shift + 1.0]) == pytest.approx(softmax([0.0, 1.0]), rel=1e-15)


def test_softmax_of_values_is_a_list_of_values():
    xs = [Value(0.5), Value(-0.5)]
    first, second = softmax(xs)
    (first - second).backward()

    p = 1.0 / (1.0 + math.exp(-1.0))
    assert (first.data, second.data) == pytest.approx((p, 1.0 - p), rel=1e-15)
    assert xs[0].grad == pytest.approx(2.0 * p * (1.0 - p), rel=1e-14)
    assert xs[0].grad == pytest.approx(-xs[1].grad, rel=1e-14)


def test_cross_entropy_of_uniform_logits_is_the_log_of_their_number():
    for count in (1, 2, 10):
        assert softmax_cross_entropy([3.0] * count, count - 1) == pytest.approx(math.log(count), rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(
    "logits",
    [
        [0.0, 1.0, -1e6],
        [0.0, 1.0, -1e17],
        [1e6, 0.0, 1.0],
        [1000.0, 0.0],
        [-1000.0, 0.0, 1000.0],
        [40.0, 0.0, 0.0],
        [0.0, 0.0, 0.0],
    ],
    ids=str,
)
def test_the_gradient_of_cross_entropy_is_the_softmax_less_one_at_the_target(logits):
    for target in range(len(logits)):
        xs = [Value(x) for x in logits]
        softmax_cross_entropy(xs, target).backward()
        expected = exact.partial("softmax_cross_entropy", (logits, target), 0, digits=1000)

        assert [x.grad for x in xs] == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_an_impossible_class_leaves_finite_gradients():
    xs = [Value(0.0), Value(-math.inf)]
    loss = softmax_cross_entropy(xs, 1)
    loss.backward()

    assert loss.data == math.inf
    assert [x.grad for x in xs] == [1.0, -1.0]  # as in PyTorch: the softmax is (1, 0)


@pytest.mark.parametrize("target", [3, -1, 10**6])
def test_a_target_outside_the_classes_is_refused(target):
    for logits in ([1.0, 2.0, 3.0], [Value(1.0), Value(2.0), Value(3.0)]):
        with pytest.raises(IndexError, match=rf"target {target} is outside 0\.\.2"):
            softmax_cross_entropy(logits, target)


@pytest.mark.parametrize("target", [1.5, math.nan, True, "1", None, np.array(1.5), Value(0.5)], ids=repr)
def test_a_target_that_is_no_index_is_refused(target):
    for logits in ([1.0, 2.0], [Value(1.0), Value(2.0)]):
        with pytest.raises(TypeError, match=r"softmax_cross_entropy|target"):
            softmax_cross_entropy(logits, target)


def test_a_target_may_be_a_value_and_has_gradient_0():
    target, xs = Value(1.0), [Value(0.5), Value(-0.5)]
    loss = softmax_cross_entropy(xs, target)
    loss.backward()

    assert loss.data == softmax_cross_entropy([0.5, -0.5], 1)
    assert target.grad == 0.0
    assert xs[0].grad == pytest.approx(-xs[1].grad, rel=1e-15)


def test_a_target_from_numpy_is_an_index():
    assert softmax_cross_entropy([0.0, 0.0], np.int64(1)) == pytest.approx(math.log(2.0), rel=1e-15)
    assert softmax_cross_entropy([Value(0.0), 0.0], np.uint8(1)).data == pytest.approx(math.log(2.0), rel=1e-15)
