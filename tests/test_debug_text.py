"""A graph as text: tables, worked solutions and the passes of a network, compared as whole texts.

The tiny network T is the one of the course: its numbers were found by hand, x = (1, 2), target 4.
"""

import math
import re
from collections import Counter

import pytest

from autograd import Value, dot, exp, losses, nn, optim, tanh
from autograd.debug import passes, solution, table
from autograd.demo import by_hand, neuron
from autograd.expression import evaluate
from autograd.graph import topological_order

T = (
    "z1 = w11*x1 + w12*x2 + b1; h1 = relu(z1);"
    "z2 = w21*x1 + w22*x2 + b2; h2 = relu(z2);"
    "y = v1*h1 + v2*h2 + c; L = (y - 4)**2"
)


def numbers(text):
    return {name: float(number) for name, number in (pair.split("=") for pair in text.split())}


T_NUMBERS = numbers("w11=2 w12=1 b1=-1 w21=1 w22=-2 b2=1 v1=2 v2=3 c=-1 x1=1 x2=2")
T_GRADIENTS = numbers("y=2 v1=6 v2=0 c=2 h1=4 h2=6 z1=4 z2=0 w11=4 w12=8 b1=4 w21=0 w22=0 b2=0 x1=8 x2=4 L=1")


def tiny_network():
    return evaluate(T, T_NUMBERS)


def lines_of(text):
    return [line.rstrip() for line in text.splitlines()]


def made_by(root):
    """The column of formulas."""
    return [re.split(r"\s{2,}", line)[1] for line in table(root).splitlines()[1:]]


# ---------------------------------------------------------------- the table


def test_the_tiny_network_has_27_nodes_and_28_edges():
    order = topological_order(tiny_network())

    assert len(order) == 27
    assert sum(len(node.parents) for node in order) == 28


def test_the_gradients_of_the_tiny_network_are_those_found_by_hand():
    root = tiny_network()
    root.backward()

    assert {node.label: node.grad for node in topological_order(root) if node.label} == T_GRADIENTS


def test_table_of_the_tiny_network():
    root = tiny_network()
    root.backward()

    assert table(root) == (
        "node  made by    value  gradient\n"
        "v1    leaf           2        +6\n"
        "w11   leaf           2        +4\n"
        "x1    leaf           1        +8\n"
        "v3    w11 × x1       2        +4\n"
        "w12   leaf           1        +8\n"
        "x2    leaf           2        +4\n"
        "v6    w12 × x2       2        +4\n"
        "v7    v3 + v6        4        +4\n"
        "b1    leaf          −1        +4\n"
        "z1    v7 + b1        3        +4\n"
        "h1    relu(z1)       3        +4\n"
        "v11   v1 × h1        6        +2\n"
        "v2    leaf           3         0\n"
        "w21   leaf           1         0\n"
        "v14   w21 × x1       1         0\n"
        "w22   leaf          −2         0\n"
        "v16   w22 × x2      −4         0\n"
        "v17   v14 + v16     −3         0\n"
        "b2    leaf           1         0\n"
        "z2    v17 + b2      −2         0\n"
        "h2    relu(z2)       0        +6\n"
        "v21   v2 × h2        0        +2\n"
        "v22   v11 + v21      6        +2\n"
        "c     leaf          −1        +2\n"
        "y     v22 + c        5        +2\n"
        "v25   y − 4          1        +2\n"
        "L     v25 ** 2       1        +1"
    )


def test_table_of_the_reference_neuron():
    assert table(neuron()) == (
        "node  made by    value  gradient\n"
        "w1    leaf        −1.5    −2.122\n"
        "x1    leaf           2    +1.592\n"
        "p     w1 × x1       −3    −1.061\n"
        "w2    leaf           2   −0.5305\n"
        "x2    leaf         0.5    −2.122\n"
        "q     w2 × x2        1    −1.061\n"
        "s     p + q         −2    −1.061\n"
        "b     leaf         2.4    −1.061\n"
        "n     s + b        0.4    −1.061\n"
        "h     tanh(n)   0.3799     −1.24\n"
        "y     leaf           1     +1.24\n"
        "e     h − y    −0.6201     −1.24\n"
        "L     e × e     0.3845        +1"
    )


def test_before_a_pass_gradients_are_not_computed_rather_than_zero():
    x = Value(3.0, label="x")

    assert table(x * x) == (
        "node  made by  value      gradient\n"
        "x     leaf         3  not computed\n"
        "v1    x × x        9  not computed"
    )  # fmt: skip


def test_a_gradient_that_is_tiny_is_not_written_as_zero():
    x, y = Value(1.0, label="x"), Value(1.0, label="y")
    root = 1e-20 * x + 0.0 * y
    root.backward()
    gradients = {line.split()[0]: line.split()[-1] for line in table(root).splitlines()}

    assert (gradients["x"], gradients["y"]) == ("+1e−20", "0")


def test_table_of_a_leaf():
    assert table(Value(-0.5, label="x")) == "node  made by  value      gradient\nx     leaf      −0.5  not computed"


def test_nan_and_infinities_are_written_as_such():
    x = Value(0.0, label="x")
    root = x.log() * x
    root.backward()

    assert lines_of(table(root)) == [
        "node  made by  value  gradient",
        "x     leaf         0       nan",
        "v1    log(x)    −inf         0",
        "v2    v1 × x     nan        +1",
    ]


def test_each_way_of_writing_an_op():
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    root = (-x + abs(y)) * (1 - x) / (x**y - 2.5) + (2 / y) ** 0.5 + exp(x).clamp(0, 1) + x.leaky_relu(slope=-0.5)

    assert [text for text in made_by(root) if text != "leaf"] == [
        "−x",
        "abs(y)",
        "v1 + v3",
        "1 − x",
        "v4 × v5",
        "x ** y",
        "v7 − 2.5",
        "v6 ÷ v8",
        "2 ÷ y",
        "v10 ** 0.5",
        "v9 + v11",
        "exp(x)",
        "clamp(v13, 0, 1)",
        "v12 + v14",
        "leaky_relu(x, −0.5)",
        "v15 + v16",
    ]


def test_an_op_of_lists_is_written_with_its_lists_shortened_when_long():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")

    assert made_by(dot([a, b], [3.0, -4.0], b))[-1] == "dot([a, b], [3, −4], b)"
    assert made_by(dot([a] * 10, [0.5] * 10))[-1] == "dot([a, a, …, a], [0.5, 0.5, …, 0.5], 0)"


def test_every_node_has_a_name_of_its_own():
    # Labels may look like the names that nodes without one get, and several parameters may be called b.
    v2, b, other = Value(2.0, label="v2"), Value(3.0, label="b"), Value(4.0, label="b")
    names = [line.split()[0] for line in table(v2 * b + other).splitlines()[1:]]

    assert len(set(names)) == len(names) == 5


def test_a_label_cannot_break_a_line():
    root = Value(1.0, label="a\nb\r\n\tc\x1b[31m\u2028") * 2.0

    assert len(table(root).splitlines()) == 3
    assert len(solution(root).splitlines()) == 5
    assert "\x1b" not in table(root) + solution(root)


def test_a_node_made_by_hand_stands_in_the_table():
    x = Value(0.5, label="x")
    out = Value(math.tanh(0.5), (x,), "my tanh", label="h")
    out._backward = lambda: None

    assert made_by(out) == ["leaf", "my tanh(x)"]


def test_a_long_chain_needs_no_deep_stack():
    x = Value(1.0)
    for _ in range(3000):
        x = x * 1.0

    assert len(table(x).splitlines()) == 3002
    assert len(solution(x).splitlines()) == 3000 + 3001 + 2


# ---------------------------------------------------------------- the worked solution


def test_solution_of_the_tiny_network():
    assert solution(tiny_network()) == (
        "Forward: each line computes one node from its operands\n"
        "  1.  v3 = w11 × x1 = 2 × 1 = 2\n"
        "  2.  v6 = w12 × x2 = 1 × 2 = 2\n"
        "  3.  v7 = v3 + v6 = 2 + 2 = 4\n"
        "  4.  z1 = v7 + b1 = 4 + (−1) = 3\n"
        "  5.  h1 = relu(z1) = relu(3) = 3\n"
        "  6.  v11 = v1 × h1 = 2 × 3 = 6\n"
        "  7.  v14 = w21 × x1 = 1 × 1 = 1\n"
        "  8.  v16 = w22 × x2 = (−2) × 2 = −4\n"
        "  9.  v17 = v14 + v16 = 1 + (−4) = −3\n"
        " 10.  z2 = v17 + b2 = (−3) + 1 = −2\n"
        " 11.  h2 = relu(z2) = relu(−2) = 0\n"
        " 12.  v21 = v2 × h2 = 3 × 0 = 0\n"
        " 13.  v22 = v11 + v21 = 6 + 0 = 6\n"
        " 14.  y = v22 + c = 6 + (−1) = 5\n"
        " 15.  v25 = y − 4 = 5 − 4 = 1\n"
        " 16.  L = v25 ** 2 = 1 ** 2 = 1\n"
        "Backward: upstream gradient × local derivative = what the operand gets\n"
        " 17.  ∂L/∂L = +1, the seed\n"
        " 18.  from L = v25 ** 2    to v25: +1 × 2 = +2\n"
        " 19.  from v25 = y − 4     to y:   +2 × 1 = +2\n"
        " 20.  from y = v22 + c     to v22: +2 × 1 = +2\n"
        " 21.  from y = v22 + c     to c:   +2 × 1 = +2\n"
        " 22.  from v22 = v11 + v21 to v11: +2 × 1 = +2\n"
        " 23.  from v22 = v11 + v21 to v21: +2 × 1 = +2\n"
        " 24.  from v21 = v2 × h2   to v2:  +2 × 0 = 0\n"
        " 25.  from v21 = v2 × h2   to h2:  +2 × 3 = +6\n"
        " 26.  from h2 = relu(z2)   to z2:  +6 × 0 = 0\n"
        " 27.  from z2 = v17 + b2   to v17: 0 × 1 = 0\n"
        " 28.  from z2 = v17 + b2   to b2:  0 × 1 = 0\n"
        " 29.  from v17 = v14 + v16 to v14: 0 × 1 = 0\n"
        " 30.  from v17 = v14 + v16 to v16: 0 × 1 = 0\n"
        " 31.  from v16 = w22 × x2  to w22: 0 × 2 = 0\n"
        " 32.  from v16 = w22 × x2  to x2:  0 × (−2) = 0\n"
        " 33.  from v14 = w21 × x1  to w21: 0 × 1 = 0\n"
        " 34.  from v14 = w21 × x1  to x1:  0 × 1 = 0\n"
        " 35.  from v11 = v1 × h1   to v1:  +2 × 3 = +6\n"
        " 36.  from v11 = v1 × h1   to h1:  +2 × 2 = +4\n"
        " 37.  from h1 = relu(z1)   to z1:  +4 × 1 = +4\n"
        " 38.  from z1 = v7 + b1    to v7:  +4 × 1 = +4\n"
        " 39.  from z1 = v7 + b1    to b1:  +4 × 1 = +4\n"
        " 40.  from v7 = v3 + v6    to v3:  +4 × 1 = +4\n"
        " 41.  from v7 = v3 + v6    to v6:  +4 × 1 = +4\n"
        " 42.  from v6 = w12 × x2   to w12: +4 × 2 = +8\n"
        " 43.  from v6 = w12 × x2   to x2:  +4 × 1 = +4   so far 0, now +4\n"
        " 44.  from v3 = w11 × x1   to w11: +4 × 1 = +4\n"
        " 45.  from v3 = w11 × x1   to x1:  +4 × 2 = +8   so far 0, now +8"
    )


def test_solution_of_the_reference_neuron():
    assert solution(neuron()) == (
        "Forward: each line computes one node from its operands\n"
        "  1.  p = w1 × x1 = (−1.5) × 2 = −3\n"
        "  2.  q = w2 × x2 = 2 × 0.5 = 1\n"
        "  3.  s = p + q = (−3) + 1 = −2\n"
        "  4.  n = s + b = (−2) + 2.4 = 0.4\n"
        "  5.  h = tanh(n) = tanh(0.4) = 0.3799\n"
        "  6.  e = h − y = 0.3799 − 1 = −0.6201\n"
        "  7.  L = e × e = (−0.6201) × (−0.6201) = 0.3845\n"
        "Backward: upstream gradient × local derivative = what the operand gets\n"
        "  8.  ∂L/∂L = +1, the seed\n"
        "  9.  from L = e × e   to e:  +1 × (−0.6201) = −0.6201\n"
        " 10.  from L = e × e   to e:  +1 × (−0.6201) = −0.6201   so far −0.6201, now −1.24\n"
        " 11.  from e = h − y   to h:  −1.24 × 1 = −1.24\n"
        " 12.  from e = h − y   to y:  −1.24 × (−1) = +1.24\n"
        " 13.  from h = tanh(n) to n:  −1.24 × 0.8556 = −1.061\n"
        " 14.  from n = s + b   to s:  −1.061 × 1 = −1.061\n"
        " 15.  from n = s + b   to b:  −1.061 × 1 = −1.061\n"
        " 16.  from s = p + q   to p:  −1.061 × 1 = −1.061\n"
        " 17.  from s = p + q   to q:  −1.061 × 1 = −1.061\n"
        " 18.  from q = w2 × x2 to w2: −1.061 × 0.5 = −0.5305\n"
        " 19.  from q = w2 × x2 to x2: −1.061 × 2 = −2.122\n"
        " 20.  from p = w1 × x1 to w1: −1.061 × 2 = −2.122\n"
        " 21.  from p = w1 × x1 to x1: −1.061 × (−1.5) = +1.592"
    )


def test_solution_of_a_leaf_is_its_seed():
    assert solution(Value(2.0, label="x")) == (
        "Forward: each line computes one node from its operands\n"
        "Backward: upstream gradient × local derivative = what the operand gets\n"
        " 1.  ∂x/∂x = +1, the seed"
    )


def test_the_lines_of_a_solution_add_up_to_the_gradients():
    text = solution(tiny_network()).replace("−", "-")
    got = Counter({"L": 1.0})
    for name, amount in re.findall(r"to (\w+): .* = ([-+.\d]+)(?:   so far.*)?$", text, flags=re.MULTILINE):
        got[name] += float(amount)

    assert {name: got[name] for name in T_GRADIENTS} == T_GRADIENTS


def test_a_solution_is_that_of_the_forward_pass_even_when_a_number_was_moved_since():
    x = Value(3.0, label="x")
    root = x * x
    x.data = 100.0

    assert " +1 × 3 = +3" in solution(root)


# ---------------------------------------------------------------- the passes of a network


def test_passes_of_the_tiny_network():
    assert passes(by_hand(), [1.0, 2.0], 4.0, losses.mse, lr=0.01) == (
        "Forward\n"
        "1  The input enters the first layer\n"
        "     x1 = 1\n"
        "     x2 = 2\n"
        "2  Layer 1: each neuron adds up its weighted inputs and its bias\n"
        "     z1 = 2·1 + 1·2 + (−1) = 3\n"
        "     z2 = 1·1 + (−2)·2 + 1 = −2\n"
        "3  Layer 1: the activation of each sum\n"
        "     h1 = relu(3) = 3\n"
        "     h2 = relu(−2) = 0\n"
        "4  On to the next layer\n"
        "2  Layer 2: each neuron adds up its weighted inputs and its bias\n"
        "     z1 = 2·3 + 3·0 + (−1) = 5\n"
        "3  Layer 2: the activation of each sum\n"
        "     h1 = identity(5) = 5\n"
        "4  There is no further layer: this is the output\n"
        "5  The output is compared with the truth\n"
        "     mse(5, 4) = 1\n"
        "Backward\n"
        "1  The derivative of the loss with respect to each output\n"
        "     ∂L/∂h1 = +2\n"
        "2  With respect to each weighted sum: times the derivative of the activation\n"
        "     layer 2  ∂L/∂z1 = +2 × 1 = +2\n"
        "     layer 1  ∂L/∂z1 = +4 × 1 = +4\n"
        "     layer 1  ∂L/∂z2 = +6 × 0 = 0\n"
        "3  With respect to each weight: times the input that it weighs\n"
        "     layer 2  neuron 1  ∂L/∂w = +6, 0   ∂L/∂b = +2\n"
        "     layer 1  neuron 1  ∂L/∂w = +4, +8   ∂L/∂b = +4\n"
        "     layer 1  neuron 2  ∂L/∂w = 0, 0   ∂L/∂b = 0\n"
        "4  Each parameter moves against its gradient: w − 0.01 · ∂L/∂w\n"
        "     layer 2  neuron 1  w = 1.94, 3   b = −1.02\n"
        "     layer 1  neuron 1  w = 1.96, 0.92   b = −1.04\n"
        "     layer 1  neuron 2  w = 1, −2   b = 1"
    )


def test_the_update_told_is_the_one_that_gradient_descent_makes():
    model = by_hand()
    told = passes(model, [1.0, 2.0], 4.0, losses.mse, lr=0.01)
    losses.mse(model([1.0, 2.0]), 4.0).backward()
    optim.SGD(model.parameters(), lr=0.01).step()
    numbers = re.findall(r"w = (.*)   b = (.*)", told.replace("−", "-"))
    last, first, second = [[float(x) for x in f"{w}, {b}".split(", ")] for w, b in numbers]

    assert [*first, *second, *last] == pytest.approx([p.data for p in model.parameters()], rel=1e-12)
    assert losses.mse(model([1.0, 2.0]), 4.0).data == pytest.approx(0.1118, abs=5e-5)


def test_passes_of_several_outputs_and_a_class():
    model = nn.MLP(2, [3], activation=[tanh], rng=0)
    told = passes(model, [0.5, -1.0], 2, losses.cross_entropy, lr=0.1)

    assert "5  The output is compared with the truth\n     cross_entropy(" in told
    assert re.findall(r"cross_entropy\(.*, (\d)\) = ", told) == ["2"]
    assert len(re.findall(r"^     ∂L/∂h\d = ", told, flags=re.MULTILINE)) == 3
    assert len(re.findall(r"^     h\d = tanh\(", told, flags=re.MULTILINE)) == 3


def test_passes_through_a_layer_of_width_one():
    told = passes(nn.MLP(1, [1, 1, 1], rng=0), [1.0], 0.0, losses.mse, lr=0.1)

    assert [line for line in told.splitlines() if line.startswith("4  ")][:3] == [
        "4  On to the next layer",
        "4  On to the next layer",
        "4  There is no further layer: this is the output",
    ]


def test_long_sums_are_shortened_in_the_middle():
    model = nn.MLP(10, [1], init=lambda rng, fan_in, fan_out: 0.5)
    told = passes(model, [float(k) for k in range(10)], 0.0, losses.mse, lr=0.1)

    assert "     z1 = 0.5·0 + 0.5·1 + 0.5·2 + … + 0.5·9 + 0 = 22.5\n" in told
    assert "∂L/∂w = 0, +45, +90, …, +405   ∂L/∂b = +45\n" in told


def test_an_activation_without_a_name_is_told_too():
    told = passes(nn.MLP(1, [1], activation=[lambda z: z * z], rng=0), [2.0], 1.0, losses.mse, lr=0.1)

    assert re.search(r"h1 = \w+\(1\.378\) = 1\.898", told)
    assert "× 2.755 = " in told


def test_passes_refuse_a_sample_of_another_length():
    with pytest.raises(ValueError, match=r"2 .*1|1 .*2"):
        passes(by_hand(), [1.0], 4.0, losses.mse, lr=0.01)
    with pytest.raises(ValueError, match=r"2 .*3|3 .*2"):
        passes(by_hand(), [1.0, 2.0, 3.0], 4.0, losses.mse, lr=0.01)


# ---------------------------------------------------------------- nothing is changed


def test_looking_at_a_graph_changes_nothing_in_it():
    root = tiny_network()
    nodes = topological_order(root)
    for place, node in enumerate(nodes):
        node.grad = 100.0 + place
    before = [(node.data, node.grad, node.label, node.op, node.operands, node.partials) for node in nodes]
    table(root)
    solution(root)

    assert [(node.data, node.grad, node.label, node.op, node.operands, node.partials) for node in nodes] == before
    assert topological_order(root) == nodes


def test_telling_the_passes_leaves_the_model_as_it_was():
    model = by_hand()
    for place, parameter in enumerate(model.parameters()):
        parameter.grad = 100.0 + place
    before = [(p.data, p.grad, p.label) for p in model.parameters()]
    passes(model, [1.0, 2.0], 4.0, losses.mse, lr=0.01)

    assert [(p.data, p.grad, p.label) for p in model.parameters()] == before


def test_the_texts_are_the_same_in_every_process(run_python):
    program = (
        "from autograd import debug, demo\n"
        "from autograd.losses import mse\n"
        "root = demo.neuron()\n"
        "print(debug.table(root), debug.solution(root), debug.passes(demo.by_hand(), [1.0, 2.0], 4.0, mse, lr=0.01))"
    )

    assert len({run_python(program, PYTHONHASHSEED=str(seed), PYTHONIOENCODING="utf-8") for seed in (0, 1)}) == 1
