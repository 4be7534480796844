"""A recorded function: when it records, when it runs, what it refuses."""

import numpy as np
import pytest

import autograd
from autograd import Value, losses, nn, optim
from autograd.errors import RecordingError
from autograd.op import REGISTRY
from autograd.program import recorded
from autograd.testing import points


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


@pytest.mark.parametrize("make", [list, tuple, np.array], ids=lambda make: make.__name__)
def test_whole_numbers_in_a_list_are_inputs_so_one_program_serves_all_batches(make):
    model = nn.MLP(2, [3], rng=0)

    @autograd.record
    def loss(rows, classes):
        return losses.cross_entropy([model(row) for row in rows], classes)

    rows, _ = batch(4)
    for classes in ([0, 1, 2, 0], [2, 2, 2, 2], [1, 0, 0, 2]):
        expected = losses.cross_entropy([model(row) for row in rows], classes)
        for p in model.parameters():
            p.grad = 0.0
        expected.backward()
        value, gradients = loss.value_and_gradients(rows, make(classes))

        assert value == pytest.approx(expected.data, rel=1e-13)
        assert gradients == pytest.approx([p.grad for p in model.parameters()], rel=1e-12, abs=1e-14)
    assert loss.recordings == 1


def test_a_token_outside_the_table_is_refused_in_every_run_and_moves_nothing():
    table = [[Value(float(10 * i + j)) for j in range(3)] for i in range(4)]

    @autograd.record
    def loss(tokens):
        return sum(sum(autograd.take_row(table, token)) ** 2 for token in tokens)

    assert loss([0, 3, 3]) == pytest.approx(3.0**2 + 2 * 93.0**2)
    optimizer = optim.SGD([x for row in table for x in row], lr=0.1)
    for bad, error in (([0, 1, 4], IndexError), ([0, -1, 2], IndexError), ([0.5, 1, 2], TypeError)):
        with pytest.raises(error, match=r"index 4 is outside 0\.\.3|index -1 is outside|whole number from 0, got 0.5"):
            loss.step(optimizer, bad)
    loss.sync()
    assert [x.data for x in table[1]] == [10.0, 11.0, 12.0]


def test_a_whole_table_is_looked_up_in_one_line():
    table = [[Value(0.1 * i - 0.2 * j) for j in range(3)] for i in range(5)]

    @autograd.record
    def loss(tokens):
        return sum(x * x.exp() for token in tokens for x in autograd.take_row(table, token))

    source = loss.program([0, 1, 1, 4]).source()
    tokens = [4, 0, 4, 4]
    expected = loss.function([Value(float(token)) for token in tokens])
    expected.backward()
    value, gradients = loss.value_and_gradients(tokens)

    assert "    g0 = position(tokens, 5)\n    v0 = np.take(W0, g0, axis=0)\n" in source
    assert source.count("summed_at(") == 1
    assert value == pytest.approx(expected.data, rel=1e-13)
    assert gradients == pytest.approx([x.grad for x in loss.program(tokens).parameters], rel=1e-13)


def test_a_list_cannot_be_indexed_by_a_value_and_the_error_says_what_can():
    table = [Value(1.0), Value(2.0)]

    for use in (lambda i: table[i], lambda i: list(range(i))):
        with pytest.raises(TypeError, match=r"write autograd\.take\(xs, i\)"):
            autograd.record(lambda tokens, use=use: use(tokens[0]))([1])


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
    assert "from test_recorded.py:23" in loss.program(*batch(4)).explain()


# ---------------------------------------------------------------- what can be recorded


@pytest.mark.parametrize(
    "op", [op for op in REGISTRY.values() if op.forward.__module__.startswith("autograd.")], ids=lambda op: op.name
)
def test_every_op_of_the_package_can_be_recorded_and_decides_anew(op):
    *found, other = points(op, count=4)
    w = Value(1.5)

    def loss(*operands):
        return op(*operands) * w

    recorded = autograd.record(loss)
    for operands in [*found, other]:
        inputs = [float(x) if isinstance(x, int) else x for x in operands]  # a bare integer would be structure
        assert recorded(*inputs) == pytest.approx(1.5 * op(*operands), rel=1e-12)
    assert recorded.recordings == 1


@pytest.mark.parametrize("by_index", [True, False])
def test_where_and_greater_and_take_are_decided_in_the_run(by_index):
    w = [Value(2.0), Value(3.0)]

    @autograd.record
    def loss(x):
        if by_index:
            return autograd.take([w[0] * x, w[1] * x * x], autograd.greater(x, 1.0))
        return autograd.where(autograd.greater(1.0, x), w[0] * x, w[1] * x * x)

    assert loss.value_and_gradients(0.5) == (1.0, pytest.approx([0.5, 0.0]))
    assert loss.value_and_gradients(2.0) == (12.0, pytest.approx([0.0, 4.0]))
    assert loss.recordings == 1


def test_nan_in_the_branch_that_is_not_chosen_does_not_reach_the_gradient_of_a_program():
    w, other = Value(2.0), Value(3.0)

    @autograd.record
    def loss(xs):
        return sum(autograd.where(autograd.greater(x, 0.0), w * x, other) for x in xs)

    other.data = float("nan")
    value, gradients = loss.value_and_gradients([1.0, 2.0])
    assert value == 6.0
    assert gradients.tolist() == [3.0, 0.0]


EVERY_LOSS = {
    "mse": ([0.5, -1.0], [0.25, 1.0], [2.0, 0.0]),
    "mae": ([0.5, -1.0], [0.25, 1.0], [2.0, 0.0]),
    "huber": ([0.5, -3.0], [0.25, 1.0], [2.0, -3.5]),
    "hinge": ([0.5, -1.0], [1, -1], [-1, 1]),
    "binary_cross_entropy": ([0.5, -1.0], [0, 1], [1.0, 0.25]),
    "cross_entropy": ([[0.5, -1.0, 0.0], [1.0, 2.0, 3.0]], [0, 2], [1, 1]),
}


def test_every_loss_is_in_the_table():
    assert set(EVERY_LOSS) == {
        name for name, f in vars(losses).items() if getattr(f, "__module__", "") == losses.__name__ and name[0] != "_"
    }


@pytest.mark.parametrize("name", EVERY_LOSS)
def test_every_loss_can_be_recorded_with_targets_that_change(name):
    predictions, *both_targets = EVERY_LOSS[name]
    recorded = autograd.record(lambda predictions, targets: getattr(losses, name)(predictions, targets))

    for targets in both_targets:
        expected = getattr(losses, name)(predictions, targets)
        assert recorded(predictions, targets) == pytest.approx(expected, rel=1e-13)
    assert recorded.recordings == 1


def test_softmax_can_be_recorded_and_takes_out_the_peak_of_each_run():
    recorded = autograd.record(lambda scores: autograd.softmax(scores)[0])

    for scores in ([0.0, 1.0], [1000.0, 1001.0], [-2000.0, -2001.0]):
        assert recorded(scores) == pytest.approx(autograd.softmax(scores)[0], rel=1e-13)
    assert recorded.recordings == 1


def test_a_one_hot_target_of_values_is_refused():
    with pytest.raises(TypeError, match="give the index of the class, which may be a Value"):
        autograd.record(losses.cross_entropy)([[0.5, 1.0]], [[0, 1]])


# ---------------------------------------------------------------- refusals

READS = {
    "if x > 0.0": lambda x: x * 2.0 if x > 0.0 else x,
    "if x": lambda x: x * 2.0 if x else x,
    "0 < x": lambda x: x * 2.0 if x.__ge__(0.0) else x,
    "max(x, 0)": lambda x: max(x, 0.5),
    "sorted": lambda x: sorted([x, x * 2.0])[0],
    "x.data": lambda x: x * x.data,
    "x.detach()": lambda x: x * x.detach(),
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


def test_an_embedding_and_attention_are_recorded_and_serve_every_sequence_of_a_length():
    table, look, head = (
        nn.Embedding(5, 4, rng=0),
        nn.MultiHeadAttention(4, 2, rng=1, causal=True),
        nn.Layer(4, 5, rng=2),
    )

    @autograd.record
    def loss(words):
        rows = look(table(words[:-1]))
        return losses.cross_entropy([head(row) for row in rows], words[1:])

    for words in ([0, 1, 2, 3, 4], [4, 4, 4, 0, 1]):
        expected = loss.function([Value(float(word)) for word in words])
        for p in loss.program(words).parameters:
            p.grad = 0.0
        expected.backward()
        value, gradients = loss.value_and_gradients(words)

        assert value == pytest.approx(expected.data, rel=1e-13)
        assert gradients == pytest.approx([p.grad for p in loss.program(words).parameters], rel=1e-11, abs=1e-14)
    assert loss.recordings == 1


def test_backward_within_a_recorded_function_is_refused():
    w = Value(2.0)

    def loss(x):
        y = w * x
        y.backward()
        return y

    with pytest.raises(RecordingError, match=r"line \d+ of test_recorded.py calls backward\(\).*'y.backward\(\)'"):
        autograd.record(loss)(3.0)
    assert w.grad == 0.0


def test_moving_a_value_within_a_recorded_function_is_refused():
    w = Value(2.0)

    def loss(x):
        w.data = 5.0
        return w * x

    with pytest.raises(RecordingError, match=r"line \d+ of test_recorded.py moves a Value.*'w.data = 5.0'"):
        autograd.record(loss)(3.0)
    assert w.data == 2.0


def test_inputs_in_the_place_of_the_optimizer_are_refused(loss):
    with pytest.raises(TypeError, match=r"the optimiser first and then the inputs, got \[\[0"):
        loss.step(*batch(2), None)
