"""Programs in float32: the same numbers to about six digits, and float32 all the way."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from test_random_graphs import error_scale, programs, run_on_values

import autograd
from autograd import Value, losses, nn, optim
from autograd.activations import Activation
from autograd.errors import RecordingError
from autograd.op import REGISTRY

ROUNDING = 1e-4  # float32 has 6e-8 per operation; what cancels loses digits


@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_a_random_program_gives_the_same_to_four_digits(program):
    leaves, root = run_on_values(program)
    root.backward()
    scale = error_scale(root)
    value, gradients = autograd.record(root, parameters=leaves, dtype="float32").value_and_gradients()

    assert gradients.dtype == np.float32
    assert value == pytest.approx(root.data, rel=ROUNDING, abs=ROUNDING)
    for leaf, gradient in zip(leaves, gradients, strict=True):
        slack = ROUNDING * max(1.0, scale.get(leaf, 0.0))
        assert gradient == pytest.approx(leaf.grad, rel=ROUNDING, abs=slack)


ACTIVATIONS = sorted((op for op in REGISTRY.values() if isinstance(op, Activation)), key=lambda op: op.name)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda op: op.name)
@pytest.mark.parametrize("wrap", [autograd.record, autograd.batch])
def test_no_array_is_wider_on_the_way(activation, wrap):
    model = nn.MLP(3, [4, 1], activation=activation, rng=0)

    def of_one(x, y):
        return losses.mse([model(x)], [y])

    def of_all(x, y):
        return losses.mse([model(row) for row in x], y)

    draw = np.random.default_rng(0)
    batch = draw.normal(size=(5, 3)), draw.normal(size=5)
    function = of_one if wrap is autograd.batch else of_all
    wide, narrow = wrap(function), wrap(function, dtype="float32")
    program = narrow.program(*batch)

    value, gradients = narrow.value_and_gradients(*batch)
    expected, exact = wide.value_and_gradients(*batch)
    assert value == pytest.approx(expected, rel=1e-5)
    assert gradients == pytest.approx(exact, rel=1e-4, abs=1e-5)
    assert set(dtypes_on_the_way(program)) == {"float32"}


def dtypes_on_the_way(program):
    """The dtypes of all arrays that the code of a program computes, which is run line by line."""
    source = program.source()
    body = re.search(r"def value_and_gradient\(.*\):\n((?:    .*\n)+)    return", source)
    scope = {}
    exec(source.partition("def value(")[0] + "\n".join(re.findall(r"^\w+ = np\.array.*$", source, re.MULTILINE)), scope)
    before = set(scope)
    exec(re.sub("^    ", "", body[1], flags=re.MULTILINE), scope)
    return {str(scope[name].dtype) for name in scope.keys() - before}


@pytest.mark.parametrize("name", ["logsumexp", "softmax_cross_entropy", "take", "scattered", "joined", "own"])
def test_every_kind_of_step_stays_narrow(name, registry):
    @autograd.op(lists=1, d_xs=lambda xs, out: [1.0, *[0.0] * (len(xs) - 1)])
    def first(xs):
        return xs[0]

    w = [[Value(0.1 * (i + 1) - 0.2 * j) for j in range(3)] for i in range(4)]
    flat = [x for row in w for x in row]
    u, v = [x.tanh() for x in flat[:6]], [x.exp() for x in flat[6:]]
    loss = {
        "logsumexp": lambda: sum(autograd.logsumexp(row) for row in w),
        "softmax_cross_entropy": lambda: sum(autograd.softmax_cross_entropy(row, 1) for row in w),
        "take": lambda: sum(
            (autograd.take_row(w, i)[2] * autograd.take(w[0], i)).tanh() for i in (Value(2.0), Value(0.0))
        ),
        "scattered": lambda: sum(u[i] * u[j] for i, j in [(0, 3), (0, 1), (3, 5), (5, 1), (2, 4)]).tanh(),
        "joined": lambda: autograd.logsumexp([*u, *v, 0.5]) * autograd.dot([*u, 0.25], [*v, 2.0]),
        "own": lambda: sum(first(row) * first(row) for row in w),
    }[name]()
    loss.backward()
    program = autograd.record(loss, parameters=flat, dtype="float32")
    value, gradients = program.value_and_gradients()

    assert value == pytest.approx(loss.data, rel=1e-5)
    assert gradients == pytest.approx([x.grad for x in flat], rel=1e-4, abs=1e-5)
    assert dtypes_on_the_way(program) == {"float32"}


def test_training_in_float32_is_training_to_five_digits_and_writes_only_what_moved():
    draw = np.random.default_rng(0)
    xs, ys = draw.normal(size=(8, 2)), draw.normal(size=8)
    found, models = {}, {}
    for dtype in ("float64", "float32"):
        model = models[dtype] = nn.MLP(2, [3, 1], rng=0)
        loss = autograd.batch(lambda x, y, model=model: (model(x) - y) ** 2, dtype=dtype)
        optimizer = optim.Adam(model.layers[1].parameters(), lr=0.1)
        found[dtype] = [loss.step(optimizer, xs, ys) for _ in range(30)]
        loss.sync()
    wide, narrow = models["float64"].layers, models["float32"].layers

    assert loss(xs, ys).dtype == np.float32
    assert found["float32"] == pytest.approx(found["float64"], rel=1e-5)
    assert [p.data for p in narrow[0].parameters()] == [p.data for p in wide[0].parameters()]  # to the last digit
    for p, q in zip(narrow[1].parameters(), wide[1].parameters(), strict=True):
        assert type(p.data) is float
        assert p.data == np.float32(p.data) == pytest.approx(q.data, rel=1e-4)


def test_another_dtype_is_refused():
    w = Value(2.0)

    with pytest.raises(ValueError, match="does not run in 'float16': use 'float64' or 'float32'"):
        autograd.record(w * w, parameters=[w], dtype="float16")
    with pytest.raises(ValueError, match="'int': use"):
        autograd.batch(lambda x: x * w, dtype="int")([1.0])


def test_what_float32_cannot_hold_is_refused():
    w = Value(1e30)

    with pytest.raises(RecordingError, match="gives inf in float32 and the scalar operations"):
        autograd.record(w * w, parameters=[w], dtype="float32")
