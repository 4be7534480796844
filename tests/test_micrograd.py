"""Code written for micrograd runs with its import changed, and gives the same numbers.

The figures are those of micrograd 0.1.0, stored by tests/oracles/make_micrograd.py.
"""

import json
import math
import re
from importlib import metadata
from pathlib import Path

import pytest
from oracles import micrograd_examples
from oracles.micrograd_examples import EXAMPLES

from autograd import Value

FIGURES = json.loads(Path(micrograd_examples.__file__).with_name("micrograd.json").read_text())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.__name__)
def test_an_example_gives_the_numbers_of_micrograd(example):
    # micrograd adds contributions in the order of a set, so that the last digits differ from run to run.
    assert example(Value) == pytest.approx(FIGURES[example.__name__], rel=1e-12, abs=1e-14)


def test_the_readme_of_micrograd_runs_with_only_its_import_changed(capsys):
    pytest.importorskip("micrograd", reason="the example is read from the installed package")
    readme = metadata.metadata("micrograd").get_payload()
    example = re.search(r"```python\n(from micrograd.*?)```", readme, re.DOTALL)[1]
    exec(example.replace("from micrograd.engine import", "from autograd import"), {})

    assert capsys.readouterr().out.split() == re.findall(r"# prints ([\d.]+)", example)


# ---------------------------------------------------------------- as in the lectures


def test_a_neuron_with_labels_as_in_the_lecture():
    x1, x2 = Value(1.0, label="x1"), Value(-2.0, label="x2")
    w1, w2 = Value(0.5, label="w1"), Value(1.5, label="w2")
    b = Value(2.25, label="b")
    x1w1 = x1 * w1
    x1w1.label = "x1w1"
    x2w2 = x2 * w2
    x2w2.label = "x2w2"
    n = x1w1 + x2w2 + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    o.backward()

    slope = 1.0 - math.tanh(-0.25) ** 2
    assert o.data == math.tanh(-0.25)
    assert [v.grad for v in (w1, w2, x1, x2, b, n)] == [slope, -2.0 * slope, 0.5 * slope, 1.5 * slope, slope, slope]
    assert [v.label for v in (x1w1, n, o)] == ["x1w1", "n", "o"]


def test_backward_node_by_node_by_hand_gives_what_backward_gives():
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    e = a * b
    d = e + c
    o = (d - 3.5).tanh()
    o.grad = 1.0
    o._backward()
    [difference] = o._prev
    difference._backward()
    d._backward()
    c._backward()
    e._backward()
    by_hand = [v.grad for v in (a, b, c, d, e)]
    for v in (a, b, c):
        v.grad = 0.0
    o.backward()

    slope = 1.0 - math.tanh(0.5) ** 2
    assert by_hand == [v.grad for v in (a, b, c, d, e)] == [-3.0 * slope, 2.0 * slope, slope, slope, slope]


def tanh_by_hand(self):
    t = (math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)
    out = Value(t, (self,), "tanh")

    def _backward():
        self.grad += (1 - t**2) * out.grad

    out._backward = _backward
    return out


def test_a_node_made_by_hand_works_as_in_the_lecture():
    x, w = Value(0.5), Value(-1.5)
    out = tanh_by_hand(x * w + 1.0)
    (out * 2.0).backward()
    built_in = [Value(0.5), Value(-1.5)]
    ((built_in[0] * built_in[1] + 1.0).tanh() * 2.0).backward()

    assert [x.grad, w.grad] == pytest.approx([v.grad for v in built_in], rel=1e-14)
    assert (out._op, len(out._prev)) == ("tanh", 1)
    assert out.grad == 2.0


def test_tanh_from_exp_as_in_the_lecture():
    x = Value(0.75)
    e = (2 * x).exp()
    ((e - 1) / (e + 1)).backward()

    assert x.grad == pytest.approx(1.0 - math.tanh(0.75) ** 2, rel=1e-14)


def test_a_class_of_ones_own_with_operators_made_by_hand_works():
    def add_by_hand(self, other):
        out = Value(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += 1.0 * out.grad
            other.grad += 1.0 * out.grad

        out._backward = _backward
        return out

    a = Value(3.0)
    b = add_by_hand(a, a)
    b.backward()

    assert a.grad == 2.0
    assert len(b._prev) == 1  # micrograd's set of distinct children
    assert b.parents == (a, a)


def trace(root):
    """The nodes and edges of a graph, as micrograd's notebook collects them before it draws."""
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def topological_by_recursion(root):
    topo, visited = [], set()

    def build(v):
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                build(child)
            topo.append(v)

    build(root)
    return topo


def test_the_notebooks_trace_finds_nodes_and_edges():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    c = a * b
    d = c + a * 1.0
    nodes, edges = trace(d)

    product = next(v for v in d._prev if v is not c)
    assert nodes == {a, b, c, product, d}
    assert edges == {(a, c), (b, c), (a, product), (c, d), (product, d)}
    assert [v._op for v in (a, c, d)] == ["", "*", "+"]


def test_the_lectures_own_backward_loop_works_on_our_nodes():
    a, b = Value(2.0), Value(3.0)
    root = (a * b + a).tanh() * b - 1 / a
    root.grad = 1.0
    for node in reversed(topological_by_recursion(root)):
        node._backward()
    by_loop = (a.grad, b.grad)
    a.grad = b.grad = 0.0
    root.backward()

    assert (a.grad, b.grad) == pytest.approx(by_loop, rel=1e-15)


def test_prev_holds_each_operand_once_and_no_plain_number():
    a = Value(2.0)

    assert set((a * a)._prev) == {a}
    assert set((a + 1)._prev) == {a}
    assert set(a._prev) == set()


def test_a_value_shows_itself_as_in_micrograd():
    assert repr(Value(2.0)) == "Value(data=2.0, grad=0.0)"


def test_calling_backward_of_a_leaf_does_nothing():
    a = Value(2.0)
    a._backward()

    assert a.grad == 0.0
