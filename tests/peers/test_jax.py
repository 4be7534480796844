"""Programs as functions of JAX: the numbers of NumPy, under jit, grad and vmap, and on several devices."""

import os
import random

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"  # before JAX looks for devices

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="needs JAX: pip install 'stepgrad[jax]'")
jax.config.update("jax_enable_x64", True)

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from jax.sharding import Mesh, NamedSharding, PartitionSpec  # noqa: E402
from test_random_graphs import error_scale, programs, run_on_values  # noqa: E402

import autograd  # noqa: E402
from autograd import Value, losses, nn  # noqa: E402
from autograd.activations import Activation  # noqa: E402
from autograd.op import REGISTRY  # noqa: E402

ROUNDING = 1e-12


def numbers(program):
    return np.array([x.data for x in program.parameters])


def agrees(program, *inputs, nested=None):
    """Value and gradients are those of NumPy, which may want its inputs `nested`; of a batch those of the mean."""
    function = program.to_jax()
    value, gradients = jax.value_and_grad(lambda p, *x: function(p, *x).mean())(numbers(program), *inputs)
    expected, exact = program.value_and_gradients((list(inputs) or None) if nested is None else nested)

    assert value == pytest.approx(expected, rel=ROUNDING, abs=ROUNDING)
    assert np.asarray(gradients) == pytest.approx(exact, rel=1e-11, abs=1e-11, nan_ok=True)


@settings(max_examples=500, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.integers(0, 2))
def test_a_random_program_gives_the_same(program, given_leaves):
    leaves, root = run_on_values(program)
    root.backward()
    scale = error_scale(root)
    given_leaves = min(given_leaves, len(leaves) - 1)
    inputs, learned = leaves[:given_leaves], leaves[given_leaves:]
    recorded = autograd.record(root, inputs=inputs, parameters=learned)
    function = recorded.to_jax()
    arrays = [np.array([x.data for x in inputs])] if inputs else []
    value, gradients = jax.value_and_grad(function)(numbers(recorded), *arrays)

    assert value == pytest.approx(root.data, rel=ROUNDING, abs=ROUNDING)
    for leaf, gradient in zip(learned, np.asarray(gradients), strict=True):
        slack = ROUNDING * max(1.0, scale.get(leaf, 0.0))
        assert gradient == pytest.approx(leaf.grad, rel=ROUNDING, abs=slack)


ACTIVATIONS = sorted((op for op in REGISTRY.values() if isinstance(op, Activation)), key=lambda op: op.name)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda op: op.name)
def test_a_network_gives_the_same(activation):
    model = nn.MLP(3, [4, 2, 1], activation=activation, rng=0)
    draw = np.random.default_rng(0)
    xs, ys = draw.normal(size=(5, 3)), draw.normal(size=5)

    def of_all(xs, ys):
        return losses.mse([model(x) for x in xs], ys)

    def of_one(x, y):
        return losses.mse([model(x)], [y])

    agrees(autograd.record(of_all).program(xs, ys), xs, ys)
    agrees(autograd.batch(of_one).program(xs, ys), xs, ys)


LOOKUPS = {
    "logsumexp": lambda w, i: autograd.logsumexp([*w[0], *w[1]]),
    "softmax_cross_entropy": lambda w, i: autograd.softmax_cross_entropy([*w[0], 0.5], i[0]),
    "take": lambda w, i: autograd.take([*w[0], *w[2]], i[1]) * autograd.take([w[0][1], 2.0, w[1][1]], i[0]),
    "take_row": lambda w, i: sum((x * y).tanh() for x, y in zip(*(autograd.take_row(w, k) for k in i), strict=True)),
    "attention": lambda w, i: autograd.logsumexp([autograd.dot(w[0], row) for row in w]) * autograd.dot(w[1], w[2]),
}


@pytest.mark.parametrize("name", LOOKUPS)
def test_ops_of_lists_give_the_same(name):
    w = [[Value(0.3 * i - 0.2 * j + 0.1) for j in range(3)] for i in range(3)]
    index = [Value(1.0), Value(2.0)]
    loss = LOOKUPS[name](w, index)
    program = autograd.record(loss, inputs=index, parameters=[x for row in w for x in row])

    for at in (np.array([1.0, 2.0]), np.array([0.0, 1.0])):
        agrees(program, at, nested=at)


def test_a_list_op_of_ones_own_gives_the_same(registry):
    @autograd.op(lists=1, d_xs=lambda xs, scale, out: [2.0 * x * scale for x in xs], d_scale=lambda xs, scale, out: out)
    def squares(xs, scale):
        return sum(x * x for x in xs) * scale

    w = [[Value(0.5 * i + k) for i in range(3)] for k in range(4)]
    loss = sum(squares(row, 1.0).tanh() for row in w)

    agrees(autograd.record(loss, parameters=[x for row in w for x in row]))


def test_kinks_and_ties_have_the_slopes_of_the_engine():
    w, x = Value(2.0), Value(2.0)
    zero = Value(0.0)
    loss = autograd.maximum(w, x) * 3.0 + autograd.minimum(w, x) + zero.relu() + abs(zero) + zero.leaky_relu(0.3)

    agrees(autograd.record(loss, parameters=[w, x, zero]))


def test_a_branch_that_is_not_taken_has_no_say():
    w = Value(-1.0)
    loss = autograd.where(autograd.greater(w, 0.0), w.sqrt(), w * w) + w.elu() + (w * 1000.0).softplus()

    agrees(autograd.record(loss, parameters=[w]))


def test_an_index_outside_of_its_table_gives_nan_and_not_a_neighbour():
    table = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    index = Value(1.0)
    x, y = autograd.take_row(table, index)
    program = autograd.record(x * y, inputs=[index], parameters=[v for row in table for v in row])
    function = jax.jit(program.to_jax())

    assert function(numbers(program), np.array([0.0])) == 2.0
    for wrong in (2.0, -1.0, 0.5, np.nan):
        assert np.isnan(function(numbers(program), np.array([wrong])))


# ---------------------------------------------------------------- what JAX does with it


@pytest.fixture
def model():
    return nn.MLP(3, [8, 1], activation=autograd.gelu, rng=0)


@pytest.fixture
def batched(model):
    return autograd.batch(lambda x, y: (model(x) - y) ** 2)


@pytest.fixture
def batch():
    draw = np.random.default_rng(0)
    return draw.normal(size=(16, 3)), draw.normal(size=16)


def test_jit_gives_the_same_for_every_batch_size(batched, batch):
    program = batched.program(*batch)
    function = jax.jit(program.to_jax())

    for size in (1, 5, 16):
        xs, ys = batch[0][:size], batch[1][:size]
        assert np.asarray(function(numbers(program), xs, ys)) == pytest.approx(batched(xs, ys), rel=ROUNDING)


def test_vmap_over_parameters_is_an_ensemble(batched, batch):
    program = batched.program(*batch)
    draw = random.Random(0)
    ensemble = np.array([[x * draw.uniform(0.5, 1.5) for x in numbers(program)] for _ in range(4)])
    found = jax.vmap(program.to_jax(), in_axes=(0, None, None))(ensemble, *batch)

    for row, parameters in zip(np.asarray(found), ensemble, strict=True):
        for value, number in zip(program.parameters, parameters.tolist(), strict=True):
            value.data = number
        assert row == pytest.approx(batched(*batch), rel=ROUNDING)


def test_vmap_over_samples_of_a_program_for_one(model):
    x = [Value(0.1), Value(0.2), Value(0.3)]
    program = autograd.record(model(x), inputs=x, parameters=model)
    samples = np.random.default_rng(0).normal(size=(6, 3))
    found = jax.vmap(program.to_jax(), in_axes=(None, 0))(numbers(program), samples)

    assert np.asarray(found) == pytest.approx([program(list(row)) for row in samples], rel=ROUNDING)


def test_a_batch_sharded_over_eight_devices_has_the_same_loss_and_gradients(batched, batch):
    assert jax.device_count() == 8
    mesh = Mesh(np.array(jax.devices()), ("samples",))
    rows = NamedSharding(mesh, PartitionSpec("samples"))
    program = batched.program(*batch)
    function = program.to_jax()
    xs, ys = (jax.device_put(x, rows) for x in batch)
    p = jax.device_put(numbers(program), NamedSharding(mesh, PartitionSpec()))
    losses_of_all = jax.jit(function)(p, xs, ys)
    value, gradients = jax.jit(jax.value_and_grad(lambda p, x, y: function(p, x, y).mean()))(p, xs, ys)
    expected, exact = program.value_and_gradients(list(batch))

    assert len(losses_of_all.sharding.device_set) == 8
    assert not losses_of_all.sharding.is_fully_replicated
    assert value == pytest.approx(expected, rel=ROUNDING)
    assert np.asarray(gradients) == pytest.approx(exact, rel=1e-11, abs=1e-13)


def test_second_derivatives_are_those_of_the_engine():
    w = Value(0.7)
    loss = (w * w).tanh() + w.sigmoid() * w.softplus()
    program = autograd.record(loss, parameters=[w])

    second = jax.hessian(program.to_jax())(numbers(program))
    expected = autograd.hessian(lambda w: (w * w).tanh() + w.sigmoid() * w.softplus())(0.7)
    assert float(second[0, 0]) == pytest.approx(expected, rel=1e-12)


def test_float32_parameters_compute_in_float32(batched, batch):
    program = batched.program(*batch)
    found = program.to_jax()(numbers(program).astype(np.float32), *batch)

    assert found.dtype == np.float32
    assert np.asarray(found) == pytest.approx(batched(*batch), rel=1e-3, abs=1e-5)


def test_whole_numbers_as_parameters_are_floats():
    w = Value(2.0)
    x = [Value(0.25)]
    program = autograd.record((w * x[0]).exp(), inputs=x, parameters=[w])

    assert program.to_jax()([2], [0.25]) == pytest.approx(program([0.25]), rel=ROUNDING)


def test_several_numbers_for_each_sample():
    model = nn.MLP(3, [4, 2], rng=0)
    scores = autograd.batch(model)
    xs = np.random.default_rng(0).normal(size=(5, 3))
    program = scores.program(xs)

    assert np.asarray(jax.jit(program.to_jax())(numbers(program), xs)) == pytest.approx(scores(xs), rel=ROUNDING)


# ---------------------------------------------------------------- refusals


def test_wrong_shapes_are_refused(batched, batch):
    program = batched.program(*batch)
    function, p = program.to_jax(), numbers(program)

    with pytest.raises(ValueError, match="takes p and 2 inputs: X, y"):
        function(p, batch[0])
    with pytest.raises(ValueError, match=r"p must have the shape \(41,\), got \(40,\)"):
        function(p[:-1], *batch)
    with pytest.raises(ValueError, match=r"X was recorded with the shape \(3,\) and now has \(2,\)"):
        jax.jit(function)(p, batch[0][:, :2], batch[1])
    with pytest.raises(ValueError, match="X has 16 samples and y has 3"):
        function(p, batch[0], batch[1][:3])
    with pytest.raises(ValueError, match="empty batch"):
        function(p, batch[0][:0], batch[1][:0])
