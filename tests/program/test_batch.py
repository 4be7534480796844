"""A function of one sample, run for many at once, is the function run for each."""

import functools
import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_random_graphs import error_scale, programs, run

import autograd
from autograd import Value, losses, nn, optim
from autograd.activations import Activation
from autograd.errors import RecordingError
from autograd.graph import leaves, mapped
from autograd.op import REGISTRY, find

ROUNDING = 1e-12


def agrees(batched, function, *batches):
    """What a batch gives, and for a loss the gradients of its mean, are those of the samples one by one."""
    found = batched(*batches)
    samples = zip(*(np.asarray(batch).tolist() for batch in batches), strict=True)
    results = [function(*mapped(Value, list(sample))) for sample in samples]
    expected = np.array([numbers(result) for result in results])

    assert found.shape == expected.shape
    assert found == pytest.approx(expected, rel=ROUNDING, abs=ROUNDING, nan_ok=True)
    if not isinstance(results[0], Value):
        return
    mean, gradients = batched.value_and_gradients(*batches)
    loss = sum(results) / len(results)
    parameters = batched.program(*batches).parameters
    for parameter in parameters:
        parameter.grad = 0.0
    loss.backward()
    scale = error_scale(loss)
    assert mean == pytest.approx(loss.data, rel=ROUNDING, abs=ROUNDING, nan_ok=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        slack = ROUNDING * max(1.0, scale.get(parameter, 0.0))
        assert gradient == pytest.approx(parameter.grad, rel=ROUNDING, abs=slack, nan_ok=True)


def numbers(result):
    return [numbers(x) for x in result] if isinstance(result, list | tuple) else result.data


# ---------------------------------------------------------------- the same as one by one


@settings(max_examples=500, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.sampled_from([1, 2, 7]), st.integers(1, 4))
def test_a_random_program_gives_the_same_in_lanes(program, size, given_leaves):
    numbers, _ = program
    given_leaves = min(given_leaves, len(numbers))
    learned = [Value(x) for x in numbers[given_leaves:]]
    draw = random.Random(0)

    def function(x):
        places = iter([*x, *learned])
        return run(program, lambda _: next(places), lambda name, operands: find(name)(*operands))[1]

    batch = [[x * (1.0 + draw.uniform(-1e-3, 1e-3)) for x in numbers[:given_leaves]] for _ in range(size)]

    agrees(autograd.batch(function), function, batch)


ACTIVATIONS = sorted((op for op in REGISTRY.values() if isinstance(op, Activation)), key=lambda op: op.name)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda op: op.name)
def test_a_network_gives_the_same_for_every_batch_size(activation):
    draw = np.random.default_rng(1)
    for nin, nouts in [(1, [1]), (2, [3]), (5, [4, 1]), (3, [1, 2])]:
        model = nn.MLP(nin, nouts, activation=activation, rng=0)

        def loss(x, y, model=model):
            out = model(x)
            return losses.mse(out if isinstance(out, list) else [out], y)

        outputs, batched = autograd.batch(model), autograd.batch(loss)
        for size in (1, 7, 100):
            xs, ys = draw.uniform(-2, 2, (size, nin)), draw.uniform(-1, 1, (size, nouts[-1]))
            agrees(outputs, model, xs)
            agrees(batched, loss, xs, ys)
        assert outputs.recordings == batched.recordings == 1


LOSSES = {
    "mse": losses.mse,
    "mae": losses.mae,
    "huber": losses.huber,
    "binary_cross_entropy": losses.binary_cross_entropy,
}


@pytest.mark.parametrize("name", LOSSES)
def test_each_loss_gives_the_same(name):
    model = nn.MLP(2, [4, 1], activation=autograd.tanh, rng=1)

    def loss(x):
        return LOSSES[name]([model(x)], [0.25])

    agrees(autograd.batch(loss), loss, np.random.default_rng(0).normal(size=(7, 2)))


LAYERS = json.loads((Path(__file__).parents[1] / "nn" / "layers.json").read_text())["rows"]


@pytest.mark.parametrize("row", LAYERS, ids=lambda row: row["layer"])
def test_each_layer_gives_the_same(row):
    names = {**vars(nn), "partial": functools.partial, "tanh": autograd.tanh, "relu": autograd.relu}
    layer = eval(row["layer"], names)
    if isinstance(layer, nn.Module):
        layer.load_state_dict(layer.state_dict() | row["state"])
        layer.eval()  # while it trains, batch normalisation keeps count of numbers, which is refused

    def loss(*inputs):
        out = layer(*inputs)
        out = out[0] if isinstance(out, tuple) else out  # attention gives its weights too
        return sum(y * y.tanh() for y in leaves(out))

    looks_up = all(gradient is None for gradient in row["gradients"])
    factors = (1.0,) * 3 if looks_up else (1.0, 1.001, 0.9)

    agrees(autograd.batch(loss), loss, *(np.array([np.array(x) * factor for factor in factors]) for x in row["inputs"]))


def attention(width, length):
    """One head of causal attention, its scores summed up, each parameter a Value."""
    draw = random.Random(0)
    query, key, value = ([[Value(draw.gauss(0, 1)) for _ in range(width)] for _ in range(width)] for _ in range(3))

    def function(xs):
        q, k, v = ([[autograd.dot(row, x) for row in matrix] for x in xs] for matrix in (query, key, value))
        out = []
        for i in range(length):
            scores = [autograd.dot(q[i], k[j]) / math.sqrt(width) for j in range(i + 1)]
            log_total = autograd.logsumexp(scores)
            shares = [(score - log_total).exp() for score in scores]
            out.append([autograd.dot(shares, [v[j][c] for j in range(i + 1)]) for c in range(width)])
        return autograd.sum([y * y for row in out for y in row])

    return function


@pytest.mark.parametrize(("width", "length"), [(3, 1), (4, 5), (2, 6)])
def test_attention_gives_the_same(width, length):
    function = attention(width, length)

    agrees(autograd.batch(function), function, np.random.default_rng(0).normal(size=(3, length, width)))


def test_each_sample_has_its_class():
    model = nn.MLP(3, [5, 4], activation=autograd.tanh, rng=0)

    def loss(x, label):
        return losses.cross_entropy([model(x)], [label])

    draw = np.random.default_rng(0)
    xs, labels = draw.normal(size=(9, 3)), draw.integers(0, 4, 9)

    agrees(autograd.batch(loss), loss, xs, labels)
    with pytest.raises(IndexError, match=r"target 4 is outside 0\.\.3"):
        autograd.batch(loss)(xs, labels + 1)


def test_each_sample_looks_up_for_itself():
    table = [[Value(0.1 * i - 0.3 * j) for j in range(3)] for i in range(5)]
    flat = [Value(0.2 * i) for i in range(4)]
    fixed = [0.5, -1.5, 2.5]

    def of_parameters(tokens):
        rows = [autograd.take_row(table, token) for token in tokens]
        return autograd.sum([(x * y).tanh() for row in rows for x, y in zip(row, rows[0], strict=True)])

    def of_samples(x, i):
        mine = autograd.take([*x, x[0] * 2.0], i) * autograd.take(flat, i) + autograd.take(x, 1) * flat[0]
        return (
            mine + autograd.take(fixed, i) * flat[1] + autograd.take(flat, 2) * autograd.take([flat[3], x[0], 1.5], i)
        )

    draw = np.random.default_rng(0)

    agrees(autograd.batch(of_parameters), of_parameters, draw.integers(0, 5, (6, 4)))
    agrees(autograd.batch(of_parameters), of_parameters, draw.integers(0, 5, (6, 1)))
    agrees(autograd.batch(of_samples), of_samples, draw.normal(size=(7, 3)), draw.integers(0, 3, 7))


def test_what_depends_on_parameters_alone_has_no_lanes():
    w = [[Value(0.1 * (i - j)) for i in range(3)] for j in range(4)]
    scale = Value(0.3)

    def function(x, t):
        soft = [[(v * scale).exp() for v in row] for row in w]  # a matrix of parameters that was computed
        out = [autograd.dot(row, x).tanh() for row in soft]
        penalty = autograd.logsumexp([v for row in soft for v in row])
        mixed = [out[0], soft[0][1], x[2], 0.5, scale]  # of all kinds
        return sum(y * t for y in out) + penalty * penalty + autograd.dot(mixed, mixed) * autograd.logsumexp(mixed)

    batch = np.random.default_rng(0).normal(size=(6, 3)), np.arange(6.0)

    agrees(autograd.batch(function), function, *batch)


def test_the_loss_may_not_depend_on_the_sample_at_all():
    w = Value(3.0)

    agrees(autograd.batch(lambda x: w * w), lambda x: w * w, [1.0, 2.0, 3.0])


def test_inputs_and_outputs_of_every_nesting():
    w = Value(0.5)

    def function(x, y, z):
        return [[w * x, y[0] + y[1]], [z[0][1] * w, z[1][0] - x]]

    draw = np.random.default_rng(0)

    agrees(
        autograd.batch(function), function, draw.normal(size=4), draw.normal(size=(4, 2)), draw.normal(size=(4, 2, 2))
    )
    agrees(autograd.batch(lambda x: (x[0] * w, x[1], w)), lambda x: (x[0] * w, x[1], w), draw.normal(size=(5, 2)))


def test_integers_are_numbers_and_any_sequence_is_a_batch():
    model = nn.MLP(2, [3], rng=0)
    scores = autograd.batch(model)

    expected = scores([[0.0, 1.0], [2.0, 3.0]])
    for batch in ([[0, 1], [2, 3]], ((0, 1), (2, 3)), np.array([[0, 1], [2, 3]], dtype=np.uint8)):
        assert (scores(batch) == expected).all()
    assert scores.recordings == 1


# ---------------------------------------------------------------- training


def test_training_on_batches_of_any_size_is_training_with_values():
    model, twin = (nn.MLP(2, [3, 1], activation=autograd.tanh, rng=0) for _ in range(2))
    loss = autograd.batch(lambda x, y: (model(x) - y) ** 2)
    fast, slow = optim.Adam(model.parameters(), lr=0.05), optim.Adam(twin.parameters(), lr=0.05)
    draw = np.random.default_rng(0)
    for size in (4, 1, 9, 4):
        xs, ys = draw.normal(size=(size, 2)), draw.normal(size=size)
        found = loss.step(fast, xs, ys)
        slow.zero_grad()
        expected = losses.mse([twin(row) for row in xs.tolist()], ys.tolist())
        expected.backward()
        slow.step()

        assert found == pytest.approx(expected.data, rel=1e-9)
    loss.sync()
    assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in twin.parameters()], rel=1e-9)
    assert loss.recordings == 1


def test_the_source_is_the_layer_as_one_would_write_it():
    model = nn.MLP(2, [3, 1], rng=0)
    source = autograd.batch(model).program([[1.0, 2.0]]).source()

    assert "    h0 = relu(X @ W0.T + b0)\n    loss = h0 @ W1.T + b1\n    return loss[:, 0]\n" in source


def test_the_source_in_an_empty_file_gives_the_same_numbers(run_python):
    function = attention(3, 4)
    batched = autograd.batch(function)
    xs = np.random.default_rng(0).normal(size=(2, 4, 3))
    value, gradients = batched.value_and_gradients(xs)
    printed = run_python(batched.program(xs).source()).replace("[", " ").replace("]", " ").split()

    assert float(printed[0]) == pytest.approx(value, rel=ROUNDING)
    assert sorted(map(float, printed[1:])) == pytest.approx(sorted(gradients), rel=1e-6, abs=1e-7)


def test_the_scalar_source_is_of_the_first_sample(run_python):
    w = Value(2.0)
    loss = autograd.batch(lambda x, y: (w * x - y).tanh())
    loss([0.5, 9.0], [0.25, 9.0])

    value, gradient = map(float, run_python(loss.program([0.5, 9.0], [0.25, 9.0]).source("python")).split())
    assert value == pytest.approx(math.tanh(0.75), rel=1e-14)
    assert gradient == pytest.approx(0.5 * (1.0 - math.tanh(0.75) ** 2), rel=1e-14)


def test_the_summary_names_the_memory_of_a_sample():
    model = nn.MLP(2, [3], rng=0)

    for dtype, width in (("float64", 8), ("float32", 4)):
        summary = str(autograd.batch(model, dtype=dtype).program([[1.0, 2.0]]))
        assert "inputs      (2,) for each sample\nparameters  9\n" in summary
        assert f"{width * 9} bytes for the forward pass, and {width * (2 + 3)} for each sample" in summary


def test_the_picture_of_a_batch_has_n_samples():
    picture = autograd.batch(nn.MLP(2, [3, 1], rng=0)).program([[1.0, 2.0]]).draw().text

    assert "X<br/>n × 2" in picture
    assert "W0<br/>3 × 2" in picture
    assert "relu h0<br/>n × 3" in picture


def test_shares_of_each_sample_add_up_to_one():
    model = nn.MLP(3, [4], rng=0)

    def shares(x):
        return autograd.softmax(model(x))

    xs = np.random.default_rng(0).normal(size=(5, 3)) * 100.0

    agrees(autograd.batch(shares), shares, xs)
    assert autograd.batch(shares)(xs).sum(axis=1) == pytest.approx(np.ones(5), rel=ROUNDING)


# ---------------------------------------------------------------- refusals


@pytest.fixture
def model():
    return nn.MLP(2, [3, 1], rng=0)


@pytest.fixture
def loss(model):
    return autograd.batch(lambda x, y: (model(x) - y) ** 2)


PAIR = [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("seen", [False, True], ids=["at first", "later"])
@pytest.mark.parametrize(
    ("batches", "error", "message"),
    [
        (([], []), ValueError, "empty batch"),
        ((np.zeros((0, 2)), []), ValueError, "empty batch"),
        ((PAIR, [1.0]), ValueError, "X has 2 samples and y has 1"),
        (([[1.0, 2.0], [3.0]], [1.0, 2.0]), ValueError, "the samples of x have different shapes"),
        (([1.0, 2.0], [1.0, 2.0]), ValueError, "2 weights got 1 inputs"),
        (([[1.0] * 3] * 2, [1.0, 2.0]), ValueError, "2 weights got 3 inputs"),
        ((PAIR, 1.0), TypeError, "y must be a list or an array .* functools.partial"),
        ((PAIR, "ab"), TypeError, "y must be"),
        ((PAIR, None), TypeError, "y must be"),
        ((PAIR, (x for x in [1.0, 2.0])), TypeError, "y must be"),
        ((PAIR, [Value(1.0), Value(2.0)]), TypeError, "y must be"),
        ((PAIR, [1j, 2j]), TypeError, "y must be"),
        ((PAIR,), TypeError, "missing 1 required positional argument"),
        ((PAIR, [1.0, 2.0], [1.0, 2.0]), TypeError, "takes 2 positional arguments but 3 were given"),
        ((), TypeError, "at least one list or array"),
    ],
)
def test_a_wrong_batch_is_refused_and_moves_nothing(loss, model, batches, error, message, seen):
    if seen:
        loss(PAIR, [1.0, 2.0])
    optimizer = optim.Adam(model.parameters())
    before = model.state_dict()

    with pytest.raises(error, match=message):
        loss.step(optimizer, *batches)
    loss.sync()
    assert model.state_dict() == before
    assert optimizer.steps == 0


def test_nan_stays_in_its_sample_and_a_step_with_it_moves_nothing(loss, model):
    optimizer = optim.Adam(model.parameters())
    before = model.state_dict()
    batch = [[1.0, 2.0], [math.nan, 0.0], [0.5, 0.5]], [1.0, 1.0, 1.0]

    assert np.isnan(loss(*batch)).tolist() == [False, True, False]
    with pytest.raises(ArithmeticError, match="the loss is nan: no parameter was moved"):
        loss.step(optimizer, *batch)
    loss.sync()
    assert model.state_dict() == before


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (lambda x: None, "this one gave a NoneType"),
        (lambda x: 1.0, "this one gave a float"),
        (lambda x: [], "this one gave a list"),
        (lambda x: {"a": x}, "this one gave a dict"),
        (lambda x: [x * x, 1.0], "list with other things"),
        (lambda x: [[x * x], [x, x * x]], "differ in length"),
    ],
)
def test_a_function_that_gives_something_else_is_refused(result, message):
    with pytest.raises(RecordingError, match=message):
        autograd.batch(result)([1.0, 2.0])


def test_of_several_numbers_there_are_no_gradients():
    scores = autograd.batch(nn.MLP(2, [3], rng=0))

    with pytest.raises(TypeError, match="gradients are those of one loss"):
        scores.value_and_gradients(PAIR)
    with pytest.raises(ValueError, match=r"source\('python'\) is both passes of one loss"):
        scores.program(PAIR).source("python")


def test_a_decision_by_the_number_of_a_sample_is_refused():
    with pytest.raises(RecordingError, match="reads the number of a Value"):
        autograd.batch(lambda x: x * x if x > 0.0 else -x)([1.0, -1.0])


def test_a_model_that_has_changed_is_refused(loss, model):
    loss(PAIR, [1.0, 2.0])
    model.layers.pop()

    with pytest.raises(RecordingError, match="record it again"):
        loss(PAIR, [1.0, 2.0])


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="batch needs a function of one sample, got list"):
        autograd.batch([1.0])


def test_arguments_by_name_and_fixed_ones():
    w = Value(2.0)

    def loss(x, y, power=2.0):
        return (w * x - y) ** power

    expected = autograd.batch(loss)([1.0, 2.0], [0.0, 1.0])
    assert (autograd.batch(loss)(y=[0.0, 1.0], x=[1.0, 2.0]) == expected).all()
    cubes = autograd.batch(functools.partial(loss, power=3.0))([1.0, 2.0], [0.0, 1.0])
    assert cubes == pytest.approx([8.0, 27.0])


def test_what_turns_out_equal_is_computed_once():
    def loss(x):
        total = autograd.logsumexp(x)
        copy = autograd.sum([total])
        left, right = (x[0] + x[1]) + x[2], x[0] + (x[1] + x[2])
        return total / copy + copy / total + autograd.exp(left) / autograd.exp(right)

    assert autograd.batch(loss)([[0.1, 0.2, 0.3], [1.0, 2.0, 3.0]]).tolist() == pytest.approx([3.0, 3.0])


def test_a_result_that_no_input_changes_is_given_for_each_sample():
    def loss(x):
        return autograd.take([2.0, x[0]], 0) * 1.0

    assert autograd.batch(loss)([[0.1], [0.2], [0.3]]).tolist() == [2.0, 2.0, 2.0]
