"""A recorded loss: its numbers, training with it, what it shows, and what it refuses."""

import math
import subprocess
import sys

import numpy as np
import pytest

import autograd
from autograd import Value, nn, optim
from autograd.datasets import moons
from autograd.errors import GraphError, MissingPackageError, RecordingError
from autograd.watching import Watcher, watch

OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.05, weight_decay=0.01),
    "momentum": lambda p: optim.SGD(p, lr=0.05, momentum=0.9),
    "nesterov": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.05),
    "RMSProp": lambda p: optim.RMSProp(p, lr=0.01),
    "Adam": lambda p: optim.Adam(p, lr=optim.step_decay(0.05, every=3, factor=0.5)),
    "AdamW": lambda p: optim.AdamW(p, lr=0.05),
}


def moons_loss(model, rows, labels):
    losses = [(1 + -label * model(row)).relu() for row, label in zip(rows, labels, strict=True)]
    return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())


@pytest.fixture
def points():
    rows, labels = moons(20, seed=0)
    return rows, [float(label) for label in labels]


@pytest.fixture
def model():
    return nn.MLP(2, [8, 8, 1], rng=0)


@pytest.fixture
def program(model, points):
    rows, labels = points
    inputs = [[[Value(x) for x in row] for row in rows], [Value(y) for y in labels]]
    return autograd.record(moons_loss(model, *inputs), inputs=inputs, parameters=model)


def run_in_empty_file(code, tmp_path):
    file = tmp_path / "pasted.py"
    file.write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---------------------------------------------------------------- training


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_with_a_program_is_training_with_values(name, program, model, points):
    eager = nn.MLP(2, [8, 8, 1], rng=0)
    slow, fast = OPTIMIZERS[name](eager.parameters()), OPTIMIZERS[name](model.parameters())
    expected, found = [], []
    for k in range(12):
        loss = moons_loss(eager, *points)
        slow.zero_grad()
        loss.backward()
        slow.step()
        expected.append(loss.data)
        if k == 5:  # one step by hand in between, with the memory that the program has built up
            program.sync()
            loss = moons_loss(model, *points)
            fast.zero_grad()
            loss.backward()
            fast.step()
            found.append(loss.data)
        else:
            found.append(program.step(fast, points))
    program.sync()

    assert found == pytest.approx(expected, rel=1e-10)
    assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in eager.parameters()], rel=1e-9)


def test_a_parameter_that_the_loss_does_not_need_has_gradient_0_and_decays():
    used, idle = Value(1.0), Value(1.0)
    program = autograd.record(used * used, parameters=[idle, used])
    program.step(optim.SGD([used, idle], lr=0.1, weight_decay=0.5))
    program.sync()

    assert program.gradients().tolist() == [0.0, 2.0 * used.data]
    assert idle.data == pytest.approx(1.0 - 0.1 * 0.5)


def test_idle_parameters_stand_beside_a_penalty_on_all_others(model):
    idle = [Value(9.0), Value(8.0)]
    loss = model([0.5, 0.25]).tanh() * 3.0 + sum(p * p for p in model.parameters()).exp()
    loss.backward()
    parameters = [idle[0], *model.parameters(), idle[1]]
    value, gradients = autograd.record(loss, parameters=parameters).value_and_gradients()

    assert value == pytest.approx(loss.data, rel=1e-13)
    assert gradients == pytest.approx([p.grad for p in parameters], rel=1e-13)


def test_an_optimiser_of_some_parameters_leaves_the_others(model, program, points):
    head = model.layers[-1].parameters()
    before = [p.data for p in model.layers[0].parameters()]
    weights = [p.data for p in head]
    program.step(optim.Adam(head, lr=0.1), points)
    program.sync()

    assert [p.data for p in model.layers[0].parameters()] == before
    assert [p.data for p in head] != weights


def test_a_program_follows_values_that_are_moved_between_runs(program, model, points):
    before = program(points)
    for p in model.parameters():
        p.data *= 0.5

    assert program(points) != before
    assert program(points) == pytest.approx(moons_loss(model, *points).data, rel=1e-12)


def test_values_stay_as_they_are_until_sync(program, model, points):
    before = [p.data for p in model.parameters()]
    program.step(optim.SGD(model.parameters(), lr=0.1), points)

    assert [p.data for p in model.parameters()] == before


def test_a_value_moved_elsewhere_during_training_is_not_overwritten(program, model, points):
    program.step(optim.SGD(model.parameters(), lr=0.1), points)
    moved = model.parameters()[3]
    moved.data = 7.0

    with pytest.raises(RecordingError, match="moved outside the program"):
        program.sync()
    program.reload()
    assert moved.data == 7.0
    assert program(points) == pytest.approx(moons_loss(model, *points).data, rel=1e-12)


def test_kinks_decide_anew_in_every_run():
    x, w = Value(1.0), Value(2.0)
    program = autograd.record((w * x).relu() + (w * x).abs() + autograd.maximum(w, x), inputs=[x], parameters=[w])

    assert program.value_and_gradients([1.0]) == (6.0, pytest.approx([3.0]))
    assert program.value_and_gradients([-1.0]) == (4.0, pytest.approx([2.0]))
    assert program.value_and_gradients([3.0]) == (15.0, pytest.approx([6.0]))


def test_sums_over_parts_of_several_arrays_have_their_gradients():
    # Rows that begin in one array and end in the next, some numbers of each left out.
    a, b = [Value(0.1 * i) for i in range(8)], [Value(0.2 * i - 1.0) for i in range(8)]
    u, v = [x.tanh() for x in a], [x.exp() for x in b]
    mixed = [*u[3:], *v[:3]]
    rest = [x * y for x, y in zip(u, v, strict=True)]
    loss = autograd.dot(mixed, mixed) * autograd.logsumexp([*mixed, 0.5, *b]) + sum(rest) * sum([*a[2:5], *v[1:4], *b])
    loss.backward()
    value, gradients = autograd.record(loss, parameters=[*a, *b]).value_and_gradients()

    assert value == pytest.approx(loss.data, rel=1e-13)
    assert gradients == pytest.approx([x.grad for x in [*a, *b]], rel=1e-12)


def test_an_array_put_together_from_several_may_be_read_by_several():
    a, b = [Value(0.1 * i + 0.1) for i in range(8)], [Value(0.2 * i - 1.0) for i in range(8)]
    mixed = [*(x.tanh() for x in a), *(x.exp() for x in b)]
    loss = autograd.dot(mixed, [0.1 * i for i in range(16)]) * autograd.logsumexp(mixed)
    loss.backward()
    value, gradients = autograd.record(loss, parameters=[*a, *b]).value_and_gradients()

    assert value == pytest.approx(loss.data, rel=1e-13)
    assert gradients == pytest.approx([x.grad for x in [*a, *b]], rel=1e-12)


def test_inputs_of_every_nesting():
    x, y, z = Value(1.0), [Value(2.0), Value(3.0)], [[Value(4.0), Value(5.0)], [Value(6.0), Value(7.0)]]
    w = Value(0.5)
    loss = w * (x + sum(y) * 10.0 + sum(z[0]) * 100.0 + z[1][0] * z[1][1])
    program = autograd.record(loss, inputs=[x, y, z], parameters=[w])

    assert program([1.0, (2, 3), np.array([[4, 5], [6, 7]])]) == pytest.approx(loss.data)
    assert program([0.0, [0.0, 0.0], [[0.0, 0.0], [2.0, 3.0]]]) == pytest.approx(3.0)
    assert autograd.record(w * y[0] * y[1], inputs=y, parameters=[w])([5.0, 6.0]) == 15.0
    assert autograd.record(w * z[0][0] * z[1][1], inputs=z, parameters=[w])([[5.0, 0.0], [0.0, 6.0]]) == 15.0


# ---------------------------------------------------------------- what it shows


def test_a_layer_is_one_line(program):
    source = program.source()

    assert "    h0 = relu(X0 @ W0.T + b0)\n    h1 = relu(h0 @ W1.T + b1)\n" in source


def test_the_gradient_of_a_square_is_written_as_twice_one_product():
    w = [Value(3.0), Value(4.0)]
    program = autograd.record(sum((x * x).exp() for x in w), parameters=w)

    assert " = 2.0 * (d_v0 * w0)\n" in program.source()
    assert program.gradients() == pytest.approx([2.0 * x.data * math.exp(x.data**2) for x in w], rel=1e-14)


def test_a_convolution_is_patches_times_weights():
    layer = nn.Conv2d(1, 2, 3, rng=0)

    @autograd.record
    def loss(images):
        return sum(y.tanh() for image in images for channel in layer(image) for row in channel for y in row)

    images = [[[[0.1 * (i + j + k) for j in range(5)] for i in range(5)]] for k in range(3)]
    source = loss.program(images).source()

    assert "g1 = images.ravel()[i0]\n" in source
    assert "relu(g1 @ W0.T + b0)" in source
    assert loss(images) == pytest.approx(loss.function(images).data, rel=1e-13)


@pytest.mark.parametrize("language", ["numpy", "python"])
def test_the_source_in_an_empty_file_gives_the_same_numbers(language, program, model, points, tmp_path):
    value, gradients = program.value_and_gradients(points)
    printed = run_in_empty_file(program.source(language), tmp_path).replace("[", " ").replace("]", " ").split()

    assert float(printed[0]) == pytest.approx(value, rel=1e-12)
    # NumPy prints eight digits, in its own order.
    found, expected = sorted(map(float, printed[1:])), sorted(gradients)
    assert found == pytest.approx(expected, rel=1e-6 if language == "numpy" else 1e-12, abs=1e-8)


@pytest.mark.parametrize("name", ["logsumexp", "softmax_cross_entropy", "sum", "dot", "clamp", "silu"])
def test_the_scalar_source_knows_ops_with_lists_and_settings(name, tmp_path):
    x, y, z = Value(0.3), Value(-0.2), Value(0.7)
    loss = {
        "logsumexp": lambda: autograd.logsumexp([x, y, z]),
        "softmax_cross_entropy": lambda: autograd.softmax_cross_entropy([x, y, z], 2),
        "sum": lambda: autograd.sum([x, y, z]),
        "dot": lambda: autograd.dot([x, y], [z, 2.0], y),
        "clamp": lambda: autograd.clamp(x, y, z),
        "silu": lambda: autograd.silu(x, beta=y) * z,
    }[name]()
    loss.backward()
    printed = run_in_empty_file(autograd.record(loss, parameters=[x, y, z]).source("python"), tmp_path)

    assert [float(word) for word in printed.split()] == pytest.approx([loss.data, x.grad, y.grad, z.grad], rel=1e-14)


def test_a_source_in_another_language_is_refused(program):
    with pytest.raises(ValueError, match="'fortran': use 'numpy' or 'python'"):
        program.source("fortran")


def test_the_summary_counts(program):
    assert str(program).splitlines()[:3] == [
        "973 operations in 11 array steps, 3 of them matrix products",
        "inputs      (20, 2), (20,)",
        "parameters  105",
    ]


def test_an_explanation_names_the_scalars_behind_a_step(program):
    first = program.explain().split("\na1 ")[0]

    assert "a0 = X0 @ W0.T + b0\n    160 × a sum of 2 products and 1 term\n    in layer 0" in first


# ---------------------------------------------------------------- what it refuses


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([[[0.0, 0.0]] * 19, [1.0] * 20], r"X0 was recorded with the shape \(20, 2\) and now has \(19, 2\)"),
        ([[[0.0] * 3] * 20, [1.0] * 20], r"X0 .* now has \(20, 3\)"),
        ([[[0.0, 0.0]] * 20, [1.0]], r"x1 .* now has \(1,\)"),
        ([[[0.0, 0.0]] * 19 + [[0.0]], [1.0] * 20], "X0 .* uneven rows"),
        ([[[0.0, 0.0]] * 20], "takes 2 inputs: X0, x1"),
        (3.0, "takes 2 inputs"),
    ],
)
def test_inputs_of_another_shape_are_refused(program, wrong, message):
    with pytest.raises(ValueError, match=message):
        program(wrong)


def test_inputs_that_are_no_numbers_are_refused(program):
    with pytest.raises(TypeError, match="x1 must hold numbers"):
        program([[[0.0, 0.0]] * 20, ["one"] * 20])
    with pytest.raises(TypeError, match="x1 must hold numbers"):
        program([[[0.0, 0.0]] * 20, [Value(1.0)] * 20])


def test_nan_in_a_step_moves_no_parameter(program, model, points):
    rows, labels = points
    optimizer = optim.Adam(model.parameters())

    assert math.isnan(program([[[math.nan, 0.0]] * 20, labels]))
    with pytest.raises(ArithmeticError, match="the loss is nan: no parameter was moved"):
        program.step(optimizer, [[[math.nan, 0.0]] * 20, labels])
    assert optimizer.steps == 0
    assert program([rows, labels]) == pytest.approx(moons_loss(model, rows, labels).data, rel=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.layers.pop(),
        lambda model: model.layers[0].neurons.append(nn.Neuron(2)),
        lambda model: setattr(model.layers[1], "neurons", []),
        lambda model: setattr(model.layers[1].neurons[0], "b", Value(0.0)),
        lambda model: model.layers[1].neurons[0].w.__setitem__(0, Value(0.0)),
    ],
)
def test_a_program_whose_model_has_changed_is_refused(program, model, points, change):
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    change(model)

    for use in (lambda: program(points), program.gradients, lambda: program.step(optimizer, points)):
        with pytest.raises(RecordingError, match="record it again"):
            use()


def test_an_optimiser_of_strangers_is_refused(program, points):
    with pytest.raises(ValueError, match="1 of the optimiser's 1 parameters are not in this program"):
        program.step(optim.SGD([Value(1.0)], lr=0.1), points)


def test_an_optimiser_that_cannot_do_arrays_is_refused_and_stays_as_it_was(program, model, points):
    class Sign(optim.Optimizer):
        def update(self, p, g, rate, memory):
            memory["seen"] = 1.0
            return p - math.copysign(rate, g)

    optimizer = Sign(model.parameters(), lr=0.1)

    with pytest.raises(RecordingError, match=r"Sign\.update must work on arrays"):
        program.step(optimizer, points)
    assert optimizer.steps == 0
    assert program.step(optim.SGD(model.parameters(), lr=0.1), points) == moons_loss(model, *points).data


def test_leaves_are_checked():
    w, x = Value(1.0), Value(2.0)
    loss = w * x

    with pytest.raises(ValueError, match="given twice"):
        autograd.record(loss, inputs=[w], parameters=[w])
    with pytest.raises(ValueError, match="was computed by mul: a parameter must be a leaf"):
        autograd.record(loss, parameters=[loss])
    with pytest.raises(TypeError, match="an input of a program is a Value"):
        autograd.record(loss, inputs=[2.0], parameters=[w])
    with pytest.raises(ValueError, match="was not computed from anything"):
        autograd.record(w, parameters=[w])
    with pytest.raises(TypeError, match="record needs a Value that was computed, or a function"):
        autograd.record(3.0)
    with pytest.raises(ValueError, match="rows of X0 have different lengths"):
        autograd.record(loss, inputs=[[[w], [x, Value(1.0)]], [Value(0.0)]], parameters=[])


def test_a_node_made_by_hand_is_refused():
    x = Value(1.0)
    out = Value(2.0, (x,), "double")

    with pytest.raises(GraphError, match="'double' was made by hand"):
        autograd.record(out * x, parameters=[x])


def test_an_op_that_does_not_work_on_arrays_is_refused(registry):
    @autograd.op(d_x=lambda x, out: 1.0)
    def clipped(x):
        return x if x > 0.0 else 0.0

    w = [Value(1.0), Value(2.0)]

    with pytest.raises(RecordingError, match=r"does not work on arrays.*where"):
        autograd.record(sum(clipped(x) for x in w), parameters=w)


def test_an_op_that_differs_on_arrays_is_refused(registry):
    @autograd.op(d_x=lambda x, out: 1.0)
    def odd(x):
        return x if isinstance(x, float) else x + 1.0

    w = [Value(1.0), Value(2.0)]

    with pytest.raises(RecordingError, match="different on numbers and on arrays"):
        autograd.record(sum(odd(x) for x in w), parameters=w)


@pytest.mark.parametrize("name", ["h0", "d_X", "loss", "np", "p", "lambda_", "max pool"])
def test_an_op_may_have_any_name(registry, name):
    triple = autograd.op(name=name, d_x=lambda x, out: 3.0)(lambda x: where_3(x))
    model = nn.MLP(2, [2, 1], activation=triple, rng=0)
    rows = [[1.0, 2.0], [3.0, 4.0]]
    loss = sum(model(row) for row in rows)
    loss.backward()

    assert autograd.record(loss, parameters=model).gradients() == pytest.approx([p.grad for p in model.parameters()])


def where_3(x):
    return autograd.where(x == x, 3.0 * x, x)


def test_without_jax_the_package_is_named(program, monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    monkeypatch.setitem(sys.modules, "jax.numpy", None)

    with pytest.raises(MissingPackageError, match=r"to_jax needs JAX: pip install 'stepgrad\[jax\]'"):
        program.to_jax()


def test_an_interrupt_while_numbers_are_written_is_made_good_by_the_next_sync():
    """Some Values have their new number by then, and some have not."""

    class Interrupting(Watcher):
        left = 3

        def moved(self, value, before):
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

    model = nn.MLP(2, [3, 1], rng=0)
    inputs = [Value(0.5), Value(-1.0)]
    program = autograd.record(model(inputs) ** 2, inputs=inputs, parameters=model)
    before = [p.data for p in model.parameters()]
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    program.step(optimizer)
    with watch(Interrupting()), pytest.raises(KeyboardInterrupt):
        program.sync()
    program.sync()

    twin = nn.MLP(2, [3, 1], rng=0)
    again = optim.Adam(twin.parameters(), lr=0.1)
    (twin([0.5, -1.0]) ** 2).backward()
    again.step()
    assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in twin.parameters()], rel=1e-9)
    assert [p.data for p in model.parameters()] != before
    assert [sorted(memory) for memory in optimizer.memory] == [sorted(memory) for memory in again.memory]


def test_a_step_needs_the_optimizer_first():
    w, x = Value(2.0), Value(3.0)
    program = autograd.record(w * x, inputs=[x], parameters=[w])

    with pytest.raises(TypeError, match=r"the optimiser first and then the inputs, got \[3.0\]"):
        program.step([3.0], optim.SGD([w], lr=0.1))
