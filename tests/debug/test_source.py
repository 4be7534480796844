"""A graph as Python: it computes the same numbers to the bit, and a real debugger steps through it."""

import ast
import bdb
import gc
import linecache
import math
import sys
import traceback

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from traced_graphs import OPS, bits, graphs, hand_made

import autograd
from autograd import Value, activation, losses, op
from autograd.debug import source
from autograd.errors import GraphError, OpReplacedWarning
from autograd.graph import topological_order
from autograd.op import find
from autograd.testing import points

MANY = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def agrees(root):
    """Whether the code gives the gradients of backward() to the bit; the code."""
    code = source(root)
    found = code()
    root.backward()
    leaves = [node for node in topological_order(root) if node.is_leaf]

    assert list(map(bits, found.values())) == [bits(leaf.grad) for leaf in leaves], str(code)
    return code


# ---------------------------------------------------------------- the same numbers


@MANY
@given(graphs(by_hand=False))
def test_the_code_gives_the_gradients_of_backward_to_the_bit(root):
    agrees(root)


@pytest.mark.parametrize("name", OPS)
def test_the_code_of_every_op_gives_its_gradients_to_the_bit(name):
    declared = find(name)
    for point in [*points(declared, count=3), *special_points(declared)]:
        operands = [
            [Value(x) for x in operand] if isinstance(operand, list) else Value(operand) if rule else operand
            for operand, rule in zip(point, declared.partials, strict=True)
        ]
        agrees(declared(*operands))


def special_points(declared):
    """Kinks, poles and what is not finite, in the first operand."""
    (first, *others) = points(declared, count=1)[0]
    for x in (0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 800.0, -800.0, math.inf, -math.inf, math.nan):
        yield ([x, *first[1:]] if declared.lists else x, *others)


def test_the_code_of_a_network_gives_its_gradients_to_the_bit():
    model = autograd.nn.MLP(3, [4, 3], rng=0)
    agrees(losses.cross_entropy(model([0.5, -1.0, 2.0]), 2))


def test_every_line_is_one_operation_or_one_product_of_the_chain_rule():
    w, x, b = Value(2.0, label="w"), Value(3.0, label="x"), Value(-1.0, label="b")
    n = w * x + b
    n.label = "n"
    root = n.tanh() ** 2.0
    root.label = "L"

    assert str(source(root)) == (
        "def passes(w=2.0, x=3.0, b=(-1.0)):\n"
        "    v2 = w * x\n"
        "    n = v2 + b\n"
        "    v5 = tanh(n)\n"
        "    L = v5 ** 2.0\n"
        "    d_w = 0.0\n"
        "    d_x = 0.0\n"
        "    d_v2 = 0.0\n"
        "    d_b = 0.0\n"
        "    d_n = 0.0\n"
        "    d_v5 = 0.0\n"
        "    d_L = 1.0\n"
        "    d_v5 += d_L * (2.0 * v5 ** 1.0)\n"
        "    d_n += d_v5 * (1.0 - v5 * v5)\n"
        "    d_v2 += d_n * 1.0\n"
        "    d_b += d_n * 1.0\n"
        "    d_w += d_v2 * x\n"
        "    d_x += d_v2 * w\n"
        "    return {'w': d_w, 'x': d_x, 'b': d_b}"
    )


def test_leaves_can_be_given_other_numbers():
    x, y = Value(3.0, label="x"), Value(2.0, label="y")
    code = source((x * y).tanh() * x)

    def gradients(x, y):
        x, y = Value(x), Value(y)
        ((x * y).tanh() * x).backward()
        return {"x": x.grad, "y": y.grad}

    assert code(x=0.5) == gradients(0.5, 2.0)
    assert code(y=-0.25, x=1.5) == gradients(1.5, -0.25)
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        code(z=1.0)


def test_a_leaf_alone_is_its_own_root():
    assert str(source(Value(-0.0, label="x"))) == "def passes(x=(-0.0)):\n    d_x = 1.0\n    return {'x': d_x}"


# ---------------------------------------------------------------- brackets, constants, ops of one's own


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (lambda x: (x**2.0) ** 3.0, "(x ** 2.0) ** 3.0"),
        (lambda x: x ** (x**0.5), "x ** x ** 0.5"),
        (lambda x: (-x * -x) ** 1.5, "(-x * -x) ** 1.5"),
        (lambda x: -(x + 1.0), "-(x + 1.0)"),
        (lambda x: -(x**2.0), "-x ** 2.0"),
        (lambda x: x - (x - (x + 1.0)), "(x - (x - (x + 1.0)))"),
        (lambda x: x / (x / (x * 3.0)), "(x / (x / (x * 3.0)))"),
        (lambda x: x - -x, "(x - -x)"),
        (lambda x: autograd.identity(x + 1.0) * 2.0, "((x + 1.0) * 2.0)"),
        (lambda x: autograd.dot([x, 2.0], [x, x], -x), "dot([x, 2.0], [x, x], -x)"),
    ],
)
def test_a_rule_has_the_brackets_that_it_needs(rule, code):
    @op(d_x=lambda x, out: rule(x))
    def made_here(x):
        return x * 1.0

    text = str(agrees(made_here(Value(2.7, label="x"))))

    assert f"    d_x += d_v1 * {code}\n" in text


@pytest.mark.usefixtures("registry")
def test_ops_of_ones_own_are_called():
    @activation
    def swoosh(x):
        return -(x + 1.0) * autograd.sigmoid(x)

    @op(
        d_xs=lambda xs, scale, out: [scale * math.cos(x) for x in xs],
        d_scale=lambda xs, scale, out: out / scale,
        lists=1,
    )
    def waves(xs, scale=2.0):
        return scale * sum(math.sin(x) for x in xs)

    @op(name="two words", d_x=lambda x, out: 3.0)
    def with_a_strange_name(x):
        return 3.0 * x

    x, y = Value(0.5, label="x"), Value(-2.0, label="y")
    code = agrees(waves([swoosh(x), 1.0, with_a_strange_name(y)]) + waves([x, y], y))

    assert "waves.derivative([v1, 1.0, v3], 2.0, wrt='xs')[2]" in str(code)  # its rule is for floats only
    assert code(x=1.0) != code()


@pytest.mark.usefixtures("registry")
def test_an_op_that_was_declared_anew_is_the_one_that_made_the_node():
    @op(d_x=lambda x, out: 2.0)
    def made_here(x):
        return 2.0 * x

    y = made_here(Value(3.0, label="x"))
    with pytest.warns(OpReplacedWarning):

        @op(d_x=lambda x, out: 5.0)
        def made_here(x):
            return 5.0 * x

    code = source(y + made_here(Value(3.0, label="z")))

    assert code() == {"x": 2.0, "z": 5.0}
    assert "made_here_(z)" in str(code)


@pytest.mark.parametrize("constant", [math.nan, math.inf, -math.inf, -0.0, 5e-324, np.float64(0.1), np.int64(3), True])
def test_constants_of_every_kind_are_written(constant):
    agrees(Value(2.0, label="x") * constant + constant)


def test_an_index_is_written_as_a_whole_number():
    logits = [Value(0.5, label="a"), Value(-0.5, label="b")]

    assert "softmax_cross_entropy([a, b], 1)" in str(agrees(losses.cross_entropy(logits, np.int64(1))))


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x / 0.0,
        lambda x: 0.0 / (x - 2.0),
        lambda x: (x - 2.0) ** -1,
        lambda x: (-x) ** 0.5,
        lambda x: (-x) ** x,
        lambda x: (x - 2.0).log() * 0.0,
        lambda x: (x * 1e308).exp() - (x * 1e308).exp(),
        lambda x: (x * 1e200) ** 2.0,
    ],
)
def test_what_python_would_refuse_is_computed_by_the_op(make):
    agrees(make(Value(2.0, label="x")))


# ---------------------------------------------------------------- hostile labels


@pytest.mark.parametrize(
    "labels",
    [
        ["__import__", "__builtins__", "__debug__"],
        ["class", "None", "lambda", "match", "_"],
        ["float", "passes", "self", "return"],
        ["tanh", "mul", "sum", "d_x", "d_d_x"],
        ["x", "x", "x_", "v0", "v1", "v2", "v3"],
        ["d_v2", "x'); import os #", "a\nb", "\r", "\x00", "\ud800"],
        ["é", "ﬁ", "µ", "𝑥", "x²", "1x", "", " "],
        ["v5", "v5_", "v4"],
        [3, None, 2.5],
    ],
)
def test_no_label_breaks_the_code_or_gets_into_it(labels):
    leaves = [Value(0.5 + k, label=label) for k, label in enumerate(labels)]
    y = (leaves[0] * leaves[-1]).tanh()
    y.label = "d_x"
    text = str(agrees(autograd.sum([leaf * math.inf * 0.0 for leaf in leaves]) + y**2.0 + leaves[0] / 1.0))
    function = ast.parse(text).body[0]
    stored = [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]

    assert text.isascii()
    assert len(ast.parse(text).body) == 1
    assert not {"import", "os"} & set(text.split())
    assert len({argument.arg for argument in function.args.args}) == len(labels)
    assert "__debug__" not in stored


# ---------------------------------------------------------------- refused


def test_a_graph_with_a_node_made_by_hand_is_refused():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    with pytest.raises(GraphError, match="'by hand' was made by hand and knows no local derivative"):
        source(hand_made(a, b) * 2.0)


@pytest.mark.parametrize("root", [3.0, "x * x", [Value(1.0)], None])
def test_only_a_value_can_be_written(root):
    with pytest.raises(TypeError, match="only a Value can be written as source, got"):
        source(root)


# ---------------------------------------------------------------- real debuggers


@pytest.fixture
def debugger():
    """A debugger takes the place of whatever traces this process, as a measurement of coverage does: put it back."""
    before = sys.gettrace()
    yield
    sys.settrace(before)


class Stepper(bdb.Bdb):
    """A debugger that notes the lines it is at, as pdb would show them, and goes on line by line."""

    def __init__(self):
        super().__init__()
        self.seen = []
        self.first = ""

    def user_line(self, frame):
        file, number = frame.f_code.co_filename, frame.f_lineno
        self.first = self.first or file
        if file.startswith("<stepgrad graph"):
            self.seen.append((number, linecache.getline(file, number).rstrip("\n")))
        self.set_step()


@pytest.mark.usefixtures("debugger")
def test_a_debugger_steps_through_both_passes_line_by_line():
    x, w = Value(3.0, label="x"), Value(-2.0, label="w")
    code = source((w * x).tanh() + x)
    stepper = Stepper()
    found = stepper.runcall(code)
    lines = str(code).splitlines()

    assert stepper.first.startswith("<stepgrad graph")  # and not in code of ours that calls it
    assert stepper.seen == list(enumerate(lines, 1))[1:]
    assert found == code()


@pytest.mark.usefixtures("debugger")
def test_a_debugger_sees_the_numbers_of_the_graph():
    x = Value(3.0, label="x")
    y = x * x
    y.label = "y"

    class Looker(Stepper):
        def user_line(self, frame):
            super().user_line(frame)
            if frame.f_code.co_name == "passes":
                self.numbers = dict(frame.f_locals)

    looker = Looker()
    looker.runcall(source(y), x=5.0)

    assert looker.numbers == {"x": 5.0, "y": 25.0, "d_x": 10.0, "d_y": 1.0}


@pytest.mark.usefixtures("debugger")
def test_a_breakpoint_can_be_set_on_a_line():
    x = Value(3.0, label="x")
    code = source(x * x)
    file = code.func.__code__.co_filename
    stops = []

    class Breaker(bdb.Bdb):
        def user_line(self, frame):
            if self.get_breaks(frame.f_code.co_filename, frame.f_lineno):
                stops.append((frame.f_lineno, dict(frame.f_locals)["d_x"]))
            self.set_continue()

    breaker = Breaker()
    try:
        assert breaker.set_break(file, 6) is None  # None says that the line exists
        breaker.runcall(code)
    finally:
        breaker.clear_all_breaks()

    assert stops == [(6, 3.0)]


def test_a_traceback_shows_the_line():
    x = Value(3.0, label="x")
    try:
        source(1.0 / x)(x=0.0)
    except ZeroDivisionError as error:
        told = "".join(traceback.format_exception(error))

    assert "    v1 = 1.0 / x\n" in told


def test_the_code_is_forgotten_with_its_source():
    gc.collect()
    before = set(linecache.cache)
    code = source(Value(3.0, label="x") * 2.0)
    (file,) = set(linecache.cache) - before
    linecache.checkcache()

    assert linecache.getline(file, 2) == "    v1 = x * 2.0\n"
    del code
    gc.collect()
    assert set(linecache.cache) <= before
