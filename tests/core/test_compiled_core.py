"""The compiled core means what the Python core means: each formula, each picture of a node, each error, each bit."""

import gc
import importlib.util
import json
import math
import random
import tracemalloc
import weakref
from pathlib import Path
from typing import ClassVar

import pytest

import autograd
from autograd import Value, activations, functions, watching
from autograd.core import description
from autograd.graph import topological_order
from autograd.watching import Watcher

built = importlib.util.find_spec("autograd._core") is not None
needs_both = pytest.mark.skipif(not built, reason="the compiled core was not built here")
needs_compiled = pytest.mark.skipif(not autograd.compiled, reason="this is about the compiled core")

COMPILED, PURE = {"STEPGRAD_PURE": ""}, {"STEPGRAD_PURE": "1"}


def from_both(run_python, program, *options):
    """What a program prints on the compiled core, and on the Python one."""
    return run_python(program, *options, **COMPILED), run_python(program, *options, **PURE)


# ---------------------------------------------------------------- which one


@needs_both
def test_a_variable_forces_the_python_core(run_python):
    program = "import autograd; from autograd.core import description; print(autograd.compiled, description)"

    assert from_both(run_python, program) == (
        "True compiled core\n",
        "False Python core: STEPGRAD_PURE is set\n",
    )


def test_without_the_compiled_core_the_python_one_computes(run_python):
    program = (
        "import importlib.abc, sys\n"
        "class Unbuilt(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'autograd._core':\n"
        "            raise {error}\n"
        "sys.meta_path.insert(0, Unbuilt())\n"
        "import autograd; from autograd.core import description; print(autograd.compiled, description)"
    )
    absent = program.format(error="ModuleNotFoundError('no such module')")
    broken = program.format(error="ImportError('undefined symbol')")

    assert run_python(absent, **COMPILED) == "False Python core: no other was built when stepgrad was installed\n"
    assert run_python(broken, **COMPILED) == "False Python core: the compiled one cannot be loaded: undefined symbol\n"


@needs_both
def test_the_command_says_which_core_it_is(run_python):
    program = "from autograd.__main__ import main; main(['version'])"
    compiled, pure = from_both(run_python, program)

    assert compiled.endswith(", compiled core\n")
    assert pure.endswith(", Python core: STEPGRAD_PURE is set\n")
    assert description in (compiled if autograd.compiled else pure)


# ---------------------------------------------------------------- formulas


NUMBERS = [0.0, 1.0, 0.5, 2.0, 3.0, 2.5, 7.0, 40.0, 709.5, 710.0, 745.5, 1e-310, 1e-160, 1e160, 1e308, math.inf]
NUMBERS = [*NUMBERS, *(-x for x in NUMBERS), math.nan]
DRAW = random.Random(0)
DRAWN = [(DRAW.gauss(0.0, 3.0), DRAW.gauss(0.0, 3.0)) for _ in range(500)]

UNARY = [
    *(functions.neg, functions.exp, functions.log),
    *(activations.tanh, activations.sigmoid, activations.relu),
]
OPERATORS = {
    functions.add: lambda x, y: x + y,
    functions.sub: lambda x, y: x - y,
    functions.mul: lambda x, y: x * y,
    functions.div: lambda x, y: x / y,
    functions.pow: lambda x, y: x**y,
}


def bits(*numbers):
    return [x if x is None else float.hex(x) for x in numbers]


@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.name)
def test_a_function_computes_what_is_declared_to_the_last_bit(op):
    for x in [*NUMBERS, *(x for x, _ in DRAWN)]:
        out = op.forward(x)
        made = -Value(x) if op is functions.neg else getattr(Value(x), op.name)()

        assert bits(made.data, *made.partials) == bits(out, op.partials[0](x, out)), x
        assert made.op is op


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.name)
def test_an_operator_computes_what_is_declared_to_the_last_bit(op):
    for x, y in [*((x, y) for x in NUMBERS for y in NUMBERS), *DRAWN, *((abs(x), y) for x, y in DRAWN)]:
        out = op.forward(x, y)
        d_x, d_y = (rule(x, y, out) for rule in op.partials)
        for a, b in ((Value(x), Value(y)), (Value(x), y), (x, Value(y))):
            made = OPERATORS[op](a, b)
            wanted = d_x if isinstance(a, Value) else None, d_y if isinstance(b, Value) else None

            assert bits(made.data, *made.partials) == bits(out, *wanted), (a, b)
            assert made.op is op
            assert [type(operand) for operand in made.operands] == [type(a), type(b)]


def test_many_operands_compute_what_is_declared_to_the_last_bit():
    for _ in range(500):
        size = DRAW.randrange(1, 6)
        xs, ys = ([DRAW.choice([DRAW.gauss(0.0, 1.0), *NUMBERS]) for _ in range(size)] for _ in "xy")
        start = DRAW.choice([0.0, -0.0, 1.5, math.nan])
        as_values = [[Value(x) if DRAW.random() < 0.7 else x for x in row] for row in (xs, ys, [start])]
        wanted = [isinstance(x, Value) for row in as_values for x in row]
        if True not in wanted:
            continue
        total, made = autograd.sum([Value(1.0), *as_values[0]]), autograd.dot(as_values[0], as_values[1], *as_values[2])
        out = functions.dot.forward(xs, ys, start)
        partials = functions.dot.local_derivatives((xs, ys, start), out, wanted)

        assert bits(total.data) == bits(functions.sum.forward([1.0, *xs]))
        assert set(total.partials) <= {1.0, None}
        assert bits(made.data, *made.partials) == bits(out, *partials)


def test_a_sum_that_starts_at_zero_keeps_the_sign_of_zero():
    zero = autograd.dot([Value(-1.0), 2.0], [0.0, Value(-0.0)])
    after_a_start = autograd.dot([Value(-1.0), 2.0], [0.0, Value(-0.0)], Value(1e-300)) - 1e-300

    assert bits(zero.data, autograd.sum([Value(-0.0)]).data, after_a_start.data) == bits(-0.0, -0.0, 0.0)


OPERANDS = """
import decimal, fractions, math, operator
import numpy as np
import autograd
from autograd import Value

class Own(float):
    def __float__(self): return 7.0
class Sub(Value): pass
class Loud(Value):
    def __add__(self, other): return "mine"
    __radd__ = __add__

others = [2, True, 10**400, 0.0, Own(3.0), np.float64(2.5), np.float32(0.1), np.int64(3), fractions.Fraction(1, 3),
          decimal.Decimal("1.5"), 1j, "2", None, [1.0], (), object, math.nan, Sub(2.0), Loud(3.0), np.array(2.0),
          np.array([1.0, 2.0])]
for other in others:
    for name in ("add", "sub", "mul", "truediv", "pow"):
        for swapped in (False, True):
            pair = (other, Value(1.5)) if swapped else (Value(1.5), other)
            try:
                made = getattr(operator, name)(*pair)
                print(name, type(made).__name__, made, getattr(made, "operands", None), getattr(made, "partials", None))
            except Exception as error:
                print(name, type(error).__name__, error)
    for function in (autograd.sum, lambda row: autograd.dot(row, row[::-1], other)):
        try:
            made = function([Value(1.5), other, 2.0])
            print(made, made.operands, made.partials)
        except Exception as error:
            print(type(error).__name__, error)
"""


@needs_both
def test_operands_of_every_kind_are_taken_and_refused_alike(run_python):
    compiled, pure = from_both(run_python, OPERANDS)

    assert compiled == pure
    assert compiled.count("\n") == 21 * 12


# ---------------------------------------------------------------- graphs


@needs_both
@pytest.mark.parametrize("first", range(0, 300, 100))
def test_random_graphs_treated_badly_are_the_same_to_the_last_bit(run_python, first):
    stress = Path(__file__).with_name("stress.py")
    program = f"import sys; sys.argv = ['', '{first}', '{first + 100}']\nexec(open({str(stress)!r}).read())"
    compiled, pure = from_both(run_python, program)

    assert compiled == pure
    assert compiled.count("\n") == 100


STORED = """
import copy, pickle, sys
import autograd
from autograd import Value
from autograd.graph import topological_order

class Sub(Value): pass

def facts(root):
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    for n in order:
        operands = tuple(place[x] if isinstance(x, Value) else x for x in n.operands)
        own = vars(n) if isinstance(n, Sub) else ""
        print(type(n).__name__, n.data, n.grad, n.label, n.scope, n.op, operands, n.partials, own)

if sys.argv[1] == "store":
    x, y, z = Value(1.5, label="x"), Value(-2.0), Sub(0.25)
    z.note = "of a subclass"
    with autograd.scope("part"):
        root = autograd.dot([x, y * x, 3.0], [z, 2.0, y], y) + (2.0**x).tanh() * y.leaky_relu(Value(0.1))
    root = root + autograd.sum([x]).sin() / 3
    root.label = "root"
    root.backward()
    pickle.dump(root, open(sys.argv[2], "wb"))
root = pickle.load(open(sys.argv[2], "rb"))
facts(root)
root.backward()
facts(copy.deepcopy(root))
"""


@needs_both
@pytest.mark.parametrize(("writer", "reader"), [(COMPILED, PURE), (PURE, COMPILED)], ids=["to_python", "to_compiled"])
def test_pickles_cross_over(run_python, tmp_path, writer, reader):
    def run(what, environment):
        return run_python(
            f"import sys; sys.argv = ['', {what!r}, {str(tmp_path / 'graph.pickle')!r}]\n{STORED}", **environment
        )

    written = run("store", writer)

    assert run("load", reader) == run("load", writer) == written
    assert written.count("\n") == 2 * 15


# ---------------------------------------------------------------- size


@needs_compiled
def test_a_node_takes_at_most_110_bytes():
    x = Value(1.0)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(100_000):
        x = x * x + 1.0
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert after - before <= 110 * 200_000


DEEP = """
from autograd import Value
x = Value(1.0)
root = x
for _ in range(5_000_000):
    root = root + 1.0
root.backward()
print(root.data, x.grad)
root = None
print(x.grad)
"""

WIDE = """
import autograd
from autograd import Value
x = Value(2.0)
squares = [x * x for _ in range(5_000_000)]
root = autograd.sum(squares)
squares = None
root.backward()
print(root.data, x.grad)
root = None
print(x.grad)
"""


@needs_both
@pytest.mark.parametrize(
    ("graph", "printed"),
    [(DEEP, "5000001.0 1.0\n1.0\n"), (WIDE, "20000000.0 20000000.0\n20000000.0\n")],
    ids=["deep", "wide"],
)
def test_five_million_nodes_are_built_differentiated_and_freed(run_python, graph, printed):
    assert run_python(graph, **COMPILED) == printed


# ---------------------------------------------------------------- freed


class Sub(Value):
    """A subclass with attributes."""


@needs_compiled
def test_the_collector_need_not_know_ordinary_nodes():
    x = Value(1.0)
    made = autograd.sum([x * x, x.tanh(), 2.0])

    assert [gc.is_tracked(node) for node in topological_order(made)] == [False] * 4


def test_a_cycle_through_a_node_made_by_hand_is_collected():
    def cycle():
        x = Value(2.0)
        out = Value(4.0, (x,), "square")
        later = (out * 3.0).exp()
        out._backward = lambda: (out, later)
        return [weakref.ref(node) for node in (x, out, later)]

    references = cycle()
    gc.collect()

    assert [ref() for ref in references] == [None] * 3


def test_a_cycle_through_an_attribute_of_a_subclass_is_collected():
    def cycle():
        x = Sub(2.0)
        x.used_by = autograd.sum([x.tanh() * 2.0, 1.0, x]).sin()
        return [weakref.ref(node) for node in topological_order(x.used_by)]

    references = cycle()
    gc.collect()

    assert len(references) == 5
    assert [ref() for ref in references] == [None] * 5


@pytest.mark.parametrize(
    "link", [lambda x: Value(1.0, (x,), "by hand"), lambda x: in_a_subclass(x + 1.0)], ids=["by_hand", "sub"]
)
def test_long_chains_that_the_collector_knows_are_freed_without_recursion(link):
    x = Sub(1.0)
    root = x
    for _ in range(200_000):
        root = link(root)
    first = weakref.ref(x)
    del x, root
    gc.collect()

    assert first() is None


def in_a_subclass(node):
    return Sub.filled(node._data, node.op, node.operands, node.partials)


@needs_compiled
def test_memory_is_flat_over_1500_steps():
    draw = random.Random(0)
    model = autograd.nn.MLP(2, [4, 1], rng=0)

    def step():
        x = [draw.uniform(-1.0, 1.0) for _ in range(2)]
        out = model(x)
        loss = (out - x[0] * x[1]) ** 2
        own = Value(loss.data, (loss,), "own")
        own._backward = lambda: setattr(loss, "grad", loss.grad + own.grad)
        model.zero_grad()
        own.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad

    for _ in range(50):
        step()
    gc.collect()
    tracemalloc.start()
    step()
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(1500):
        step()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert after - before < 10_000


# ---------------------------------------------------------------- watched


NOTED = """
import autograd
from autograd import Value, nn, no_grad, scope
from autograd.watching import Watcher, watch

class Noting(Watcher):
    def __init__(self):
        self.places = {}

class Told(Watcher):
    def made(self, node):
        print("told of", node.data)
        if node.data == 9.0:
            raise KeyError("nine")

x = Value(3.0)
noting, outer = Noting(), Noting()
with watch(outer):
    with watch(noting), watch(Told()):
        y = x * 2.0
        z = sum(y + i for i in range(3))
        with scope("part"), no_grad():
            lost = x.tanh(
            )
        nn.MLP(2, [2, 1], rng=0)([x, y])
        x.sin()
        Value(1.0)
        try:
            x * x
        except KeyError as error:
            print("raised", error)
    x / 2
x - 1
for watcher in (noting, outer):
    for node, place in watcher.places.items():
        print(node, node.op, node.scope, place)
"""


@needs_both
def test_each_new_node_is_noted_with_the_line_that_makes_it(run_python):
    compiled, pure = from_both(run_python, NOTED)

    assert compiled == pure
    assert "told of 6.0\n" in compiled
    assert "raised 'nine'\n" in compiled
    line = NOTED.split("\n").index("        y = x * 2.0") + 1
    assert compiled.count(f"<op mul(x, y)> () ('<string>', {line})\n") == 2


def test_what_no_line_of_the_user_makes_is_noted_without_a_place(monkeypatch):
    class Noting(Watcher):
        places: ClassVar = {}

    monkeypatch.setattr(watching, "OURS", ("",))  # how the name of every file begins
    with watching.watch(Noting()):
        made = Value(2.0) * 3.0

    assert Noting.places[made] is None


# ---------------------------------------------------------------- what a reader sees


LOOKS = """
import inspect, json
from autograd import Value
from autograd.graph import Node
names = sorted({name for cls in Value.__mro__[:-1] for name in vars(cls)})
described = {name: inspect.getdoc(getattr(Value, name)) for name in names if not name.startswith("_")}
signature = str(inspect.signature(Value))
named = Value.__name__, Value.__qualname__, Value.__module__, repr(Value)
print(json.dumps([*named, inspect.getdoc(Value), signature, issubclass(Value, Node), described]))
"""


@needs_both
def test_the_class_looks_the_same(run_python):
    compiled, pure = map(json.loads, from_both(run_python, LOOKS))

    assert compiled == pure


@needs_compiled
def test_a_node_keeps_its_class():
    class Slotted(Value):
        __slots__ = ()

    with pytest.raises(TypeError):
        Value(1.0).__class__ = Slotted


def test_a_label_and_a_scope_do_not_disturb_each_other():
    x = Value(1.0)
    seen = []
    for label, scope in (("a", None), (None, ("p",)), ("", None), ("b", ()), (None, ("q", "r")), ("c", None)):
        if label is not None:
            x.label = label
        if scope is not None:
            x._scope = scope
        seen.append((x.label, x.scope))

    assert seen == [("a", ()), ("a", ("p",)), ("", ("p",)), ("b", ()), ("b", ("q", "r")), ("c", ("q", "r"))]


@needs_compiled
def test_the_compiled_core_is_given_no_op_that_it_does_not_know():
    from autograd import _core

    with pytest.raises(ValueError, match="no formula of 'sin'"):
        _core.introduce(functions.sin)
    with pytest.raises(TypeError, match="a graph is made of Values, got <class 'float'>"):
        _core.topological_order(1.0)
    with pytest.raises(TypeError, match="a graph is made of Values, got <class 'int'>"):
        _core.backward(1)
