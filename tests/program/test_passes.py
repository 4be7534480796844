"""The passes one by one: each keeps the numbers, and does what it is for."""

import math
import random
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from test_random_graphs import programs, run_on_values

import autograd
from autograd import Value, nn
from autograd import functions as fn
from autograd.program import simplify
from autograd.program.arrange import Elementwise, Product, RowSum, ShortSum, arranged, grids
from autograd.program.even import with_even_rows
from autograd.program.kernels import KERNELS, on_last_axis
from autograd.program.tape import Apply, Constant, Input, Parameter, Tape, WeightedSum, evaluate, flatten
from autograd.testing import points

PASSES = [
    simplify.with_folded_constants,
    simplify.without_repeats,
    simplify.with_sums,
    simplify.without_dead,
    simplify.without_copies,
    lambda tape: with_even_rows(simplify.simplified(tape)),
]


def shortened(loss, inputs=(), parameters=()):
    tape, _ = flatten(loss, list(inputs), list(parameters))
    return simplify.without_copies(simplify.simplified(tape))


def steps(loss, parameters=()):
    tape = with_even_rows(shortened(loss, (), parameters))
    return [block.step for block in arranged(tape, []).blocks if block.step]


# ---------------------------------------------------------------- simplify


@pytest.mark.parametrize("change", PASSES, ids=lambda change: change.__name__.strip("<>"))
@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(program=programs())
def test_a_pass_keeps_the_loss(change, program):
    leaves, root = run_on_values(program)
    half = len(leaves) // 2
    tape, _ = flatten(root, leaves[:half], leaves[half : half + 1])  # the others are constants
    numbers = [x.data for x in leaves[:half]], [x.data for x in leaves[half : half + 1]]
    changed = change(tape)

    assert evaluate(changed, *numbers)[changed.root] == pytest.approx(root.data, rel=1e-12, abs=1e-12)


def test_a_flat_graph_repeats_the_forward_pass_to_the_last_bit():
    x = Value(0.3)
    loss = (x * 2.0 + x.exp() / 3.0).tanh() - fn.dot([x, 1.5], [x, x], 0.25)
    tape, made = flatten(loss, [x], [])
    numbers = evaluate(tape, [0.3], [])

    assert [numbers[place] for _, place in made] == [node.data for node, _ in made]


def test_what_depends_on_constants_alone_is_computed_once():
    w, two = Value(3.0), Value(2.0)
    tape, _ = flatten((two * 5.0).exp() * w, [], [w])
    code = simplify.simplified(tape).code

    assert [type(x) for x in code] == [Parameter, Constant, Apply]


def test_equal_operations_are_done_once():
    w = Value(3.0)
    tape, _ = flatten(w.exp() * w.exp(), [], [w])

    assert simplify.simplified(tape).code[-1].operands == (1, 1)


def test_minus_zero_is_no_zero_and_a_setting_of_1_is_not_true():
    tape = Tape([Constant(0.0), Constant(-0.0), Apply(fn.sub, (0, 1))], root=2)
    with_settings = [Apply(fn.exp, (0,), (1,)), Apply(fn.exp, (0,), (True,)), Apply(fn.add, (1, 2))]

    assert simplify.without_repeats(tape).code[2].operands == (0, 1)
    assert simplify.without_repeats(Tape([Parameter(0), *with_settings], root=3)).code[3].operands == (1, 2)


def test_pythons_sum_of_products_is_one_weighted_sum():
    w, x, b = [Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)], Value(5.0)
    tape, _ = flatten(sum((a * c for a, c in zip(w, x, strict=True)), b), x, [*w, b])
    code = simplify.simplified(tape).code

    assert code[-1] == WeightedSum(lefts=(0, 1), rights=(2, 3), plain=(4,))
    assert [type(place) for place in code[:-1]] == [Input, Input, Parameter, Parameter, Parameter]


def test_a_sum_that_is_used_twice_stays_a_sum_of_its_own():
    w = [Value(float(i)) for i in range(3)]
    inner = w[0] * w[1] + w[2]
    tape, _ = flatten(inner + inner * w[0], [], w)

    assert sum(isinstance(x, WeightedSum) for x in simplify.simplified(tape).code) == 2


def test_a_chain_of_additions_is_one_sum_however_it_is_bracketed():
    w = [Value(float(i)) for i in range(200)]
    right = w[-1]
    for x in reversed(w[:-1]):
        right = x + right
    tree = list(w)
    while len(tree) > 1:
        tree = [tree[i] + tree[i + 1] if i + 1 < len(tree) else tree[i] for i in range(0, len(tree), 2)]

    for loss in (sum(w), right, tree[0]):
        code = simplify.simplified(flatten(loss, [], w)[0]).code
        assert [sorted(x.plain) for x in code if isinstance(x, WeightedSum)] == [list(range(200))]


# ---------------------------------------------------------------- arrange


def test_neurons_that_share_their_inputs_are_one_matrix_product():
    model = nn.MLP(3, [4, 2], activation=autograd.tanh, rng=0)
    rows = [[0.1 * i, 0.2, -0.3 * i] for i in range(5)]
    found = steps(sum(y * y for row in rows for y in model(row)), model.parameters())

    assert [type(x) for x in found] == [Product, Elementwise, Product, RowSum]
    assert [(x.left.shape, x.right.shape) for x in found if isinstance(x, Product)] == [
        ((5, 3), (4, 3)),
        ((5, 4), (2, 4)),
    ]


def test_networks_side_by_side_are_one_stack_of_products():
    twins = [nn.Layer(3, 2, nonlin=False, rng=seed) for seed in range(4)]
    rows = [[[float(i + j), float(i), 1.0] for i in range(5)] for j in range(4)]
    outputs = [y for layer, mine in zip(twins, rows, strict=True) for row in mine for y in layer(row)]
    (product, _) = steps(sum(y * y for y in outputs), [p for layer in twins for p in layer.parameters()])

    assert product.left.shape == (4, 5, 3)
    assert product.right.shape == (4, 2, 3)


def test_dot_products_that_half_fill_a_grid_are_a_product_with_holes():
    keys = [[Value(float(i * j)) for j in range(6)] for i in range(1, 5)]
    causal = [fn.dot(keys[i], keys[j]) for i in range(4) for j in range(i)]
    loss = sum(x.tanh() for x in causal)
    loss.backward()
    flat = [v for row in keys for v in row]
    value, gradients = autograd.record(loss, parameters=flat).value_and_gradients()

    assert (steps(loss, flat)[0].left.shape, steps(loss, flat)[0].right.shape) == ((3, 6), (3, 6))
    assert value == pytest.approx(loss.data, rel=1e-13)
    assert gradients == pytest.approx([v.grad for v in flat], rel=1e-13, abs=1e-13)


def test_dot_products_that_do_not_fill_a_grid_are_summed_row_by_row():
    keys = [[Value(float(i * j)) for j in range(6)] for i in range(1, 9)]
    neighbours = [fn.dot(keys[i], keys[i + 1]) for i in range(7)]
    found = steps(sum(x.exp() for x in neighbours), [v for row in keys for v in row])

    assert isinstance(found[0], RowSum)
    assert found[0].left.shape == (7, 6)


def weighted_sums(tape):
    return [x for x in tape.code if isinstance(x, WeightedSum)]


def attended(queries, keys):
    """What each query sees of the keys up to its own place, in shares that add up to 1."""
    rows = []
    for at, query in enumerate(queries):
        shares = fn.softmax([fn.dot(query, key) for key in keys[: at + 1]])
        rows.append([sum(share * key[i] for share, key in zip(shares, keys, strict=False)) for i in range(len(query))])
    return rows


@pytest.mark.parametrize("written", [lambda a, b: a * b, lambda a, b: b * a], ids=["share first", "share last"])
def test_sums_that_grow_from_place_to_place_are_filled_up_with_zeros(written):
    values = [[Value(float(i + j)) for j in range(2)] for i in range(5)]
    shares = [[Value(0.1 * i * k) for k in range(i + 1)] for i in range(5)]
    sums = [sum(written(a.exp(), v[j]) for a, v in zip(row, values, strict=False)) for row in shares for j in range(2)]
    parameters = [v for row in [*shares, *values] for v in row]
    tape = shortened(sum(x * x for x in sums), parameters=parameters)

    assert {len(x.lefts) for x in weighted_sums(tape)} == {1, 2, 3, 4, 5, 10}
    assert {len(x.lefts) for x in weighted_sums(with_even_rows(tape))} == {5, 10}


def test_attention_is_a_few_array_steps_however_long_the_sequence():
    def build(length):
        rows = [[Value(0.1 * (i + 1) * (j - 1)) for j in range(3)] for i in range(length)]
        loss = sum(x.tanh() for row in attended(rows, rows) for x in row)
        return loss, [v for row in rows for v in row]

    counts = set()
    for length in (5, 9):
        loss, parameters = build(length)
        loss.backward()
        program = autograd.record(loss, parameters=parameters)
        value, gradients = program.value_and_gradients()
        counts.add(len(steps(loss, parameters)))

        assert value == pytest.approx(loss.data, rel=1e-13)
        assert gradients == pytest.approx([v.grad for v in parameters], rel=1e-12, abs=1e-14)
    assert len(counts) == 1
    assert max(counts) < 13


def test_sums_that_have_nothing_in_common_are_left_as_they_are():
    w = [Value(float(i + 1)) for i in range(60)]
    few = sum(w[:2]) * sum(w[2:5])  # two lengths only
    unequal = sum([*w[5:55]]).exp() + sum(w[:1] * 2) + sum(w[1:4])  # filling up would make far more terms
    for loss in (few, unequal):
        tape = shortened(loss, parameters=w)
        assert with_even_rows(tape) is tape


def test_a_filled_up_row_beside_an_infinite_number_gives_nan_and_not_another_number():
    values, w = [Value(1.0), Value(2.0), Value(3.0)], Value(0.5)
    rows = [sum(v.exp() * w.exp() for v in values[:n]) for n in range(1, 4)]
    program = autograd.record(sum(autograd.tanh(x) for x in rows), inputs=values, parameters=[w])

    found = program([0.1, 0.2, 1000.0])
    expected = sum(math.tanh(x) for x in (math.exp(0.6), math.exp(0.6) + math.exp(0.7), math.inf))
    assert math.isnan(found) or found == pytest.approx(expected)


def test_a_short_sum_is_written_term_by_term():
    w = [Value(1.0), Value(2.0), Value(3.0)]
    (found,) = steps(w[0] * w[1] + w[2], w)

    assert isinstance(found, ShortSum)


def test_a_grid_with_a_hole_and_a_grid_in_two_parts():
    whole = {(i, j): ((i,), (10 + j,)) for i in range(2) for j in range(3)}
    places = {place: number for number, place in enumerate(whole)}

    def rows(chosen):
        return {places[at]: whole[at] for at in chosen}

    def found(chosen):
        return [grid.places.tolist() for grid in grids(rows(chosen))]

    assert found(whole) == [[[0, 1, 2], [3, 4, 5]]]
    assert found([at for at in whole if at != (1, 2)]) == [[[0, 1, 2], [3, 4, -1]]]
    assert found([(0, 0), (1, 1)]) == [[[0]], [[4]]]
    assert found([(0, 0), (0, 1), (1, 1)]) == [[[0, 1], [-1, 4]]]


def test_a_grid_that_is_mostly_holes_is_none():
    chain = {k: ((k // 2,), (10 + (k + 1) // 2,)) for k in range(12)}  # each row meets two columns out of seven

    assert grids(chain) == []


@pytest.mark.parametrize("op", KERNELS, ids=lambda op: op.name)
def test_a_kernel_equals_its_declaration(op):
    formula, *rules = on_last_axis(op.name)  # rules that are 0 everywhere are left out
    inf, nan = float("inf"), float("nan")
    hard = [
        [0.0, 1000.0, 1001.0],
        [-1000.0, -1000.0, 0.0],
        [-inf, 0.0, 1.0],
        [inf, 0.0, 1.0],
        [nan, 0.0, 1.0],
        [40.0, 0, 0],
    ]
    rows = [list(point[0]) for point in points(op)] + hard
    index = [float(k % 3) for k in range(len(rows))] if op.index else []
    expected = [op.forward(*op.grouped([*map(float, row), *index[k : k + 1]])) for k, row in enumerate(rows)]
    partials = [
        op.partials[0](*op.grouped([*map(float, row), *index[k : k + 1]]), expected[k]) for k, row in enumerate(rows)
    ]
    arrays = [np.array(rows, dtype=float), *([np.array(index)] if index else [])]
    with np.errstate(all="ignore"):
        out = formula(*arrays)
        found = [rule(*arrays, out) for rule in rules] or [np.zeros_like(partials)]

    np.testing.assert_allclose(out, expected, rtol=1e-14)
    assert len(found) == 1
    np.testing.assert_allclose(found[0], partials, rtol=1e-13)


def test_a_list_op_without_a_kernel_is_applied_to_columns(registry):
    @autograd.op(
        lists=1, d_xs=lambda xs, scale, out: [2.0 * x * scale for x in xs], d_scale=lambda xs, scale, out: out / scale
    )
    def sum_of_squares(xs, scale):
        return sum(x * x for x in xs) * scale

    rows = [[Value(float(i + k)) for i in range(3)] for k in range(4)]
    scale = Value(0.5)
    flat = [x for row in rows for x in row]
    loss = sum(sum_of_squares(row, scale).tanh() for row in rows)
    loss.backward()
    value, gradients = autograd.record(loss, parameters=[*flat, scale]).value_and_gradients()

    assert value == pytest.approx(loss.data, rel=1e-14)
    assert gradients == pytest.approx([*(x.grad for x in flat), scale.grad], rel=1e-13)


# ---------------------------------------------------------------- cost


def lines_run(function):
    """How many lines of this package Python runs: a count that does not depend on the machine."""
    count = 0

    def look(frame, event, argument):
        nonlocal count
        if "autograd" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


def test_ten_times_the_samples_cost_at_most_twelve_times_the_work():
    draw = random.Random(0)
    model = nn.MLP(2, [4, 3], rng=0)

    def work(samples):
        inputs = [[Value(draw.uniform(-1, 1)) for _ in range(2)] for _ in range(samples)]
        loss = sum(y.relu() for row in inputs for y in model(row))
        return lines_run(lambda: autograd.record(loss, inputs=inputs, parameters=model.parameters()))

    work(5)  # what is done only once

    assert work(200) < 12 * work(20)
