"""A recorded function: when it records, when it runs, what it refuses."""

import numpy as np
import pytest

import autograd
from autograd import Value, losses, nn, optim
from autograd.errors import RecordingError
from autograd.program import recorded


@pytest.fixture
def model():
    return nn.MLP(2, [3, 1], activation=autograd.tanh, rng=0)


@pytest.fixture
def loss(model):
    def error(rows, targets):
        error.calls += 1
        return losses.mse([model(row) for row in rows], targets)

    error.calls = 0
    return autograd.record(error)


def batch(size, shift=0.0):
    return [[0.1 * i + shift, -0.2 * i] for i in range(size)], [0.5 * i - shift for i in range(size)]


def test_the_first_call_records_and_the_next_ones_run(loss, model):
    for shift in (0.0, 1.0, 2.0):
        rows, targets = batch(4, shift)

        expected = losses.mse([model(row) for row in rows], targets).data
        assert loss(rows, targets) == pytest.approx(expected, rel=1e-12)

    assert loss.function.calls == 1
    assert repr(loss) == "<Recorded error: 1 structure, recorded 1 time in 3 calls>"


def test_another_structure_records_again_and_both_are_kept(loss):
    for size in (4, 5, 4, 5):
        loss(*batch(size))

    assert loss.function.calls == 2


def test_lists_tuples_and_arrays_of_one_shape_are_one_structure(loss):
    rows, targets = batch(4)
    found = [
        loss(rows, targets),
        loss(tuple(map(tuple, rows)), tuple(targets)),
        loss(np.array(rows), np.array(targets)),
    ]

    assert len(set(found)) == 1
    assert loss.function.calls == 1


def test_the_cache_is_bounded(loss):
    for size in range(1, recorded.LIMIT + 4):
        loss(*batch(size))
    loss(*batch(1))

    assert repr(loss) == "<Recorded error: 8 structures, recorded 12 times in 12 calls>"


def test_integers_are_structure():
    @autograd.record
    def power(x, n):
        y = x
        for _ in range(n - 1):
            y = y * x
        return y

    assert [power(2.0, 3), power(3.0, 3), power(2.0, 5)] == [8.0, 27.0, 32.0]
    assert power.recordings == 2


def test_training_on_batches_of_two_sizes_is_training_with_values(loss, model):
    twin = nn.MLP(2, [3, 1], activation=autograd.tanh, rng=0)
    fast, slow = optim.Adam(model.parameters(), lr=0.05), optim.Adam(twin.parameters(), lr=0.05)
    for size in (4, 4, 3, 4, 3, 3):
        rows, targets = batch(size)
        loss.step(fast, rows, targets)
        slow.zero_grad()
        losses.mse([twin(row) for row in rows], targets).backward()
        slow.step()
    loss.sync()

    assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in twin.parameters()], rel=1e-9)


def test_values_outside_are_parameters_and_values_made_inside_are_constants():
    w = Value(2.0)

    @autograd.record
    def loss(x):
        return w * x + Value(5.0)

    assert loss(3.0) == 11.0
    assert loss.program(3.0).parameters == [w]
    assert loss.value_and_gradients(4.0) == (13.0, pytest.approx([4.0]))


def test_the_source_has_the_names_of_the_arguments(loss):
    source = loss.program(*batch(4)).source()

    assert "def value(rows, targets, p):" in source
    assert "h0 = tanh(rows @ W0.T + b0)" in source


@pytest.mark.parametrize("name", ["p", "loss", "np", "h0", "d_w0", "value", "i0"])
def test_an_argument_may_have_any_name(name):
    w = [Value(1.0), Value(2.0)]
    scope = {"w": w}
    exec(f"def f({name}): return sum(({name}[i] * w[i]).tanh() for i in (0, 1, 0))", scope)

    found = autograd.record(scope["f"]).value_and_gradients([0.5, 0.25])
    expected = scope["f"]([0.5, 0.25])
    expected.backward()
    assert found[0] == pytest.approx(expected.data)
    assert found[1] == pytest.approx([x.grad for x in w])


def test_the_explanation_names_the_lines(loss):
    assert "from test_recorded.py:21" in loss.program(*batch(4)).explain()


# ---------------------------------------------------------------- refusals

READS = {
    "if x > 0.0": lambda x: x * 2.0 if x > 0.0 else x,
    "if x": lambda x: x * 2.0 if x else x,
    "0 < x": lambda x: x * 2.0 if x.__ge__(0.0) else x,
    "max(x, 0)": lambda x: max(x, 0.5),
    "sorted": lambda x: sorted([x, x * 2.0])[0],
    "x.data": lambda x: x * x.data,
}


@pytest.mark.parametrize("words", READS)
def test_a_decision_on_a_number_is_refused_with_its_line(words):
    with pytest.raises(RecordingError, match=r"line \d+ of test_recorded.py reads the number .* maximum"):
        autograd.record(READS[words])(1.0)


def test_float_of_a_value_is_refused():
    with pytest.raises(TypeError, match="would leave the graph"):
        autograd.record(lambda x: x * float(x))(1.0)


def test_a_decision_that_the_caller_vouches_for_is_let_through():
    assert autograd.record(READS["if x > 0.0"], fixed=True)(1.0) == 2.0


def test_reading_is_free_again_after_a_refusal():
    with pytest.raises(RecordingError):
        autograd.record(READS["x.data"])(1.0)

    assert Value(3.0).data == 3.0
    assert Value(3.0) > 2.0


def test_without_numpy_the_package_is_named(run_python):
    program = (
        "import sys; sys.modules['numpy'] = None\n"
        "import autograd\n"
        "try: autograd.record\n"
        "except autograd.errors.MissingPackageError as error: print(error)"
    )

    assert run_python(program) == "recorded programs run on NumPy: pip install numpy\n"


def test_a_function_that_gives_no_value_is_refused():
    with pytest.raises(RecordingError, match="gives one Value, its loss; this one gave list"):
        autograd.record(lambda x: [x, x])([1.0])


def test_a_model_that_has_changed_is_refused(loss, model):
    loss(*batch(4))
    model.layers[0].neurons.pop()

    with pytest.raises(RecordingError, match="record it again"):
        loss(*batch(4))


def test_a_model_can_be_recorded_itself(model):
    assert autograd.record(model)([0.5, 0.25]) == pytest.approx(model([0.5, 0.25]).data, rel=1e-12)
