"""Random programs over every op, with shared sub-expressions: their gradients agree with mpmath.

A program is plain data: the numbers of its leaves and a list of instructions. It is run twice, by the engine and
at fifty digits by the formulas of oracles/exact.py, where a symmetric difference gives the gradients. The two runs
have nothing in common but the program.
"""

import math
import pickle

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from oracles import exact

import autograd
from autograd import Value
from autograd.graph import topological_order
from autograd.op import REGISTRY, find

# An operand is a place in the row of leaves and earlier results (an int) or a plain number (a float); a list of
# operands is a list. An index stands last, wrapped as ("index", 1).
Program = tuple[tuple[float, ...], tuple[tuple, ...]]

FLAT = {"step", "greater", "peak"}  # nothing flows back through them
OPS = sorted({op.name for op in REGISTRY.values() if op.forward.__module__.startswith("autograd.")} - FLAT)


def run(program, leaf, apply):
    """The leaves and the last result of a program, with what makes a leaf and what applies an op."""
    leaves, instructions = program
    row = [leaf(number) for number in leaves]

    def look_up(operand):
        if isinstance(operand, list):
            return [look_up(o) for o in operand]
        if isinstance(operand, tuple):
            return operand[1]
        return row[operand] if isinstance(operand, int) else operand

    for name, *operands in instructions:
        row.append(apply(name, [look_up(operand) for operand in operands]))
    return row[: len(leaves)], row[-1]


def run_on_values(program):
    return run(program, Value, lambda name, operands: find(name)(*operands))


def run_exactly(program):
    return run(program, mpf, lambda name, operands: exact.EXACT[name](*map(exact.exact, operands)))[1]


def exact_gradients(program):
    """d last result / d leaf for each leaf, by differences over 1e-15 at fifty digits."""
    leaves, instructions = program
    gradients = []
    with mp.workdps(exact.DIGITS):
        for k in range(len(leaves)):

            def last(number, k=k):
                return run_exactly(((*leaves[:k], number, *leaves[k + 1 :]), instructions))

            gradients.append(float(exact.slope(last, mpf(leaves[k]))))
    return gradients


def is_tame(name, operands):
    """Whether an op is smooth and of ordinary size here, so that twelve digits can be asked for."""
    op = find(name)
    first = operands[0] if op.lists else operands[:1]
    kinks = op.kinks(*operands) if callable(op.kinks) else op.kinks
    if not all(op.domain[0] + 0.05 < x < op.domain[1] - 0.05 for x in first):
        return False
    if any(abs(x - kink) < 1e-3 for x in first for kink in kinks):
        return False
    if name == "clamp" and operands[1] == operands[2]:
        return False  # with equal bounds neither gets a gradient, as in PyTorch: a kink of the two bounds together
    if name == "div" and abs(operands[1]) < 0.05:
        return False
    return abs(op(*operands)) < 30.0


@st.composite
def programs(draw):
    numbers = st.floats(-2.0, 2.0).filter(lambda x: abs(x) > 0.01)
    leaves = tuple(draw(st.lists(numbers, min_size=1, max_size=4)))
    values, instructions = list(leaves), []

    def operand():
        if draw(st.integers(0, 5)) == 5:
            return draw(numbers)
        return draw(st.integers(0, len(values) - 1))

    for _ in range(draw(st.integers(1, 14))):
        op = find(draw(st.sampled_from(OPS)))
        length = draw(st.integers(1, 4))
        operands = [
            [operand() for _ in range(length)]
            if i < op.lists
            else ("index", draw(st.integers(0, length - 1)))
            if name == op.index
            else operand()
            for i, name in enumerate(op.operands)
        ]
        found = [
            [values[o] if isinstance(o, int) else o for o in x]
            if isinstance(x, list)
            else x[1]
            if isinstance(x, tuple)
            else values[x]
            if isinstance(x, int)
            else x
            for x in operands
        ]
        if not is_tame(op.name, found):
            op, operands, found = find("tanh"), [len(values) - 1], values[-1:]
        instructions.append((op.name, *operands))
        values.append(op(*found))
    # The last instruction ties all loose ends together, so that nothing of the program is idle.
    read = [o for _, *operands in instructions for x in operands for o in (x if isinstance(x, list) else [x])]
    used = {o for o in read if isinstance(o, int)}  # 1.0 is a number, and equal to the place 1
    loose = [place for place in range(len(values)) if place not in used]
    return leaves, (*instructions, ("sum", loose))


def error_scale(root):
    """The gradient of each node if no two contributions had opposite signs: the size that rounding errors have."""
    scale = {root: 1.0}
    for node in reversed(topological_order(root)):
        for operand, partial in zip(node.operands, node.partials, strict=True):
            if partial is not None:
                scale[operand] = scale.get(operand, 0.0) + scale[node] * abs(partial)
    return scale


@settings(max_examples=500, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
# What a broken engine failed on, shrunk. One operand in both slots; a diamond; a node that a later one overtakes.
@example(((0.5,), (("mul", 0, 0),)))
@example(((0.5, 2.0), (("mul", 0, 1), ("add", 2, 0), ("mul", 3, 2))))
@example(((1.5,), (("mul", 0, 2.0), ("add", 1, 1.0), ("mul", 2, 1.0), ("mul", 1, 3))))
# Lists that repeat an operand, hold plain numbers, or hold one operand only.
@example(((0.5, -1.0), (("dot", [0, 0, 1.0], [1, 0, 0], 1), ("sum", [2, 0.5, 2]), ("logsumexp", [3]))))
@example(((0.5, -1.0), (("softmax_cross_entropy", [0, 1, 0, 0.5], ("index", 2)),)))
# A Value as a parameter; a plain number first; one Value as operand and as parameter.
@example(((-0.5, 0.25), (("leaky_relu", 0, 1), ("silu", 2, 2), ("elu", 3, 0))))
@example(((1.5,), (("pow", 2.0, 0), ("sub", 1.0, 1), ("div", 2.0, 2), ("pow", 0, 0), ("add", 3, 4))))
def test_gradients_agree_with_mpmath(program):
    leaves, root = run_on_values(program)
    root.backward()
    scale = error_scale(root)

    for leaf, expected in zip(leaves, exact_gradients(program), strict=True):
        # Some twenty roundings of 1e-16 each, made larger by the slope of later slopes.
        assert leaf.grad == pytest.approx(expected, rel=1e-11, abs=1e-11 * max(1.0, scale.get(leaf, 0.0)))


def exact_second_derivative(program):
    """d² last result / d first leaf², by a second difference over 1e-12."""
    (first, *others), instructions = program
    h = mpf("1e-12")
    with mp.workdps(exact.DIGITS):

        def last(number):
            return run_exactly(((number, *others), instructions))

        return float((last(first + h) - 2 * last(mpf(first)) + last(first - h)) / h**2)


@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_second_derivatives_agree_with_mpmath(program):
    leaves, instructions = program

    def f(first):
        return run(((first, *leaves[1:]), instructions), lambda x: x, lambda name, operands: find(name)(*operands))[1]

    second = autograd.grad(autograd.grad(f))(leaves[0])
    largest = max(map(abs, error_scale(run_on_values(program)[1]).values()))

    # Curvature grows with the square of the slopes on the way.
    assert second == pytest.approx(exact_second_derivative(program), rel=1e-9, abs=1e-11 * max(1.0, largest**2))


@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_a_pickled_program_has_the_same_gradients_to_the_last_bit(program):
    leaves, root = run_on_values(program)
    twins, twin_root = pickle.loads(pickle.dumps((leaves, root)))
    root.backward()
    twin_root.backward()

    assert [leaf.grad for leaf in twins] == [leaf.grad for leaf in leaves]


@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.integers(0, 3))
def test_the_derivative_of_a_multiple_is_the_multiple_of_the_derivative(program, power):
    leaves, root = run_on_values(program)
    factor = 2.0**power  # a power of two multiplies without rounding
    multiples, multiple = run_on_values(
        (program[0], (*program[1], ("mul", len(program[0]) + len(program[1]) - 1, factor)))
    )
    root.backward()
    multiple.backward()

    assert [leaf.grad for leaf in multiples] == [factor * leaf.grad for leaf in leaves]


def test_the_programs_reach_every_op():
    seen = set()

    @settings(max_examples=500, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(programs())
    def look(program):
        seen.update(name for name, *_ in program[1])
        assert all(math.isfinite(number) for number in program[0])

    look()

    assert seen == set(OPS)
