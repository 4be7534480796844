"""Programs as people use them: functions of every kind, arguments of every kind, and mistakes."""

import functools
import threading

import numpy as np
import pytest

import autograd
from autograd import Value, nn, optim
from autograd.errors import RecordingError

# ---------------------------------------------------------------- what can be recorded


class Line(nn.Module):
    def __init__(self):
        self.slope, self.offset = Value(2.0), Value(1.0)

    def __call__(self, x):
        return self.slope * x + self.offset

    def error(self, x, y=0.0):
        return (self(x) - y) ** 2


class Trainer:
    """Has a model, and is called; it is no Module itself."""

    def __init__(self):
        self.line = Line()

    def __call__(self, x):
        return self.line(x) * 1.0

    @staticmethod
    def double(x):
        return x * 2.0


line = Line()
trainer = Trainer()


def with_power(x, *, power=2.0):
    return line(x) ** power


def in_a_comprehension(x):
    return sum([line(y) for y in (x,)])


KINDS = {
    "a function": lambda: with_power,
    "a lambda": lambda: lambda x: line(x),
    "a function with a comprehension": lambda: in_a_comprehension,
    "a method": lambda: line.error,
    "a static method": lambda: trainer.double,
    "a model": lambda: line,
    "an object that is called": lambda: trainer,
    "a partial": lambda: functools.partial(with_power, power=3.0),
    "a partial of a method": lambda: functools.partial(line.error, y=3.0),
    "an op": lambda: autograd.tanh,
    "a wrapped function": lambda: functools.wraps(with_power)(lambda *args, **named: with_power(*args, **named)),
    "a function of any arguments": lambda: lambda *xs: sum(xs),
}


@pytest.mark.parametrize("wrap", [autograd.record, autograd.batch])
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_called_can_be_recorded(kind, wrap):
    function = KINDS[kind]()
    recorded = wrap(function)
    for x in (1.5, -0.5):
        found = recorded(x) if wrap is autograd.record else recorded([x])[0]

        assert found == pytest.approx(function(Value(x)).data, rel=1e-14)
    assert recorded.recordings == 1


@pytest.mark.parametrize(
    "kind",
    [
        *("a function", "a function with a comprehension", "a lambda", "a method", "a model"),
        *("an object that is called", "a partial of a method"),
    ],
)
def test_a_model_is_found_and_watched_wherever_it_is_kept(kind):
    function = KINDS[kind]()
    owner = (
        function.func.__self__ if isinstance(function, functools.partial) else getattr(function, "__self__", function)
    )
    model = owner if isinstance(owner, Line) else getattr(owner, "line", line)
    recorded = autograd.record(function)
    recorded(1.0)
    before = model.offset
    model.offset = Value(before.data)
    try:
        with pytest.raises(RecordingError, match="record it again"):
            recorded(1.0)
    finally:
        model.offset = before


def test_arguments_by_name_have_their_defaults():
    recorded = autograd.record(with_power)

    assert recorded(1.0) == recorded(x=1.0) == 9.0
    assert recorded(1.0, power=3.0) == 27.0
    assert recorded(1.0, power=2.0) == 9.0
    assert recorded.recordings == 3  # by position, by name, and with a power


def test_arguments_by_name_in_another_order_are_not_mixed_up():
    recorded = autograd.record(lambda x, y: x - 2.0 * y)

    assert recorded(x=1.0, y=2.0) == -3.0
    assert recorded(y=2.0, x=1.0) == -3.0


def test_arguments_with_names_of_ones_own_are_not_mixed_up():
    recorded = autograd.record(lambda x1, *rest: x1 * 100.0 + rest[0] * 10.0 + rest[1])

    assert recorded(1.0, 2.0, 3.0) == 123.0
    assert recorded.program(4.0, 5.0, 6.0)([4.0, 5.0, 6.0]) == 456.0


def test_two_models_of_one_shape_are_two_structures():
    recorded = autograd.record(lambda model, x: model(x) * 1.0)
    one, other = Line(), Line()
    other.slope.data = 5.0

    assert [recorded(one, 1.0), recorded(other, 1.0), recorded(one, 1.0)] == [3.0, 6.0, 3.0]
    assert recorded.program(other, 1.0).parameters == other.parameters()


def test_values_as_arguments_are_parameters_by_identity():
    recorded = autograd.record(lambda w, x: w[0] * x + w[1])
    one, other = [Value(1.0), Value(2.0)], [Value(1.0), Value(2.0)]

    assert [recorded(one, 3.0), recorded(other, 3.0)] == [5.0, 5.0]
    other[0].data = 10.0
    assert [recorded(one, 3.0), recorded(other, 3.0)] == [5.0, 32.0]
    assert recorded.recordings == 2


def test_what_may_change_unseen_is_refused_as_an_argument():
    with pytest.raises(TypeError, match="names is a set, which may change without being seen"):
        autograd.record(lambda x, names: x * 2.0)(1.0, {"a"})


def test_a_dict_is_structure():
    recorded = autograd.record(lambda x, options: x * options["factor"])

    assert [recorded(2.0, {"factor": 3}), recorded(2.0, {"factor": 4})] == [6.0, 8.0]


# ---------------------------------------------------------------- where it is recorded


def test_recording_within_no_grad_is_recording():
    model = nn.MLP(2, [3, 1], rng=0)
    with autograd.no_grad():
        found = autograd.record(model)([0.5, 0.25])
        rows = autograd.batch(model)([[0.5, 0.25], [1.0, 2.0]])

    assert found == rows[0] == pytest.approx(model([0.5, 0.25]).data, rel=1e-14)


@pytest.mark.parametrize("wrap", [autograd.record, autograd.batch])
def test_a_number_that_no_grad_or_detach_would_freeze_is_refused(wrap):
    w = Value(2.0)
    batch = [1.0, 2.0] if wrap is autograd.batch else 1.0

    def with_no_grad(x):
        with autograd.no_grad():
            target = w * x
        return x * w - target

    with pytest.raises(RecordingError, match=r"line \d+ of test_use.py computes a number within no_grad"):
        wrap(with_no_grad)(batch)
    with pytest.raises(RecordingError, match="reads the number of a Value"):
        wrap(lambda x: x * w - (x * w).detach())(batch)


def test_a_loss_that_was_computed_within_no_grad_is_refused():
    w = Value(2.0)
    with autograd.no_grad():
        loss = w * w

    with pytest.raises(ValueError, match="within no_grad, or detached"):
        autograd.record(loss, parameters=[w])


def test_a_recorded_function_within_another_is_refused_with_the_way_out():
    w = Value(2.0)
    inner = autograd.record(lambda x: w * x)
    inner(1.0)
    inner.step(optim.SGD([w], lr=0.1), 1.0)  # from now on it would not even ask the Values

    for outer in (lambda x: x * inner(3.0), lambda x: x * inner(x), lambda x: x * inner.program(1.0)([1.0])):
        with pytest.raises(RecordingError, match="run while another function is recorded"):
            autograd.record(outer)(1.0)
    inner.sync()
    assert autograd.record(lambda x: x * inner.function(x))(3.0) == pytest.approx(9.0 * w.data)


def test_parameters_may_come_from_a_generator():
    w = [Value(1.0), Value(2.0)]
    program = autograd.record(w[0] * w[1], parameters=(x for x in w))

    assert program.gradients().tolist() == [2.0, 1.0]


def test_inputs_from_a_generator_are_refused():
    x = Value(1.0)

    with pytest.raises(TypeError, match=r"an input of a program is a Value .* got <generator"):
        autograd.record(x * x, inputs=(v for v in [x]), parameters=[])


@pytest.mark.parametrize("result", [lambda x: (x, x), lambda x: 1.0, lambda x: None, lambda x: [x * x]])
def test_a_recorded_function_gives_one_loss(result):
    with pytest.raises(RecordingError, match="gives one Value, its loss; this one gave"):
        autograd.record(result)(1.0)


# ---------------------------------------------------------------- mistakes move nothing


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[1.0]], [1.0]), ValueError, "2 weights got 1 inputs"),
        (([[1.0, 2.0], [3.0]], [1.0, 1.0]), ValueError, "2 weights got 1 inputs|different lengths"),
        (([[1.0, 2.0]], ["one"]), TypeError, "unsupported operand"),
        (([[1.0, 2.0]], [1.0 + 2j]), TypeError, "unsupported operand"),
        (([[1.0, 2.0]], [float("nan")]), ArithmeticError, "no parameter was moved"),
        (([[1.0, float("inf")]], [1.0]), ArithmeticError, "no parameter was moved"),
        (([[1.0, 2.0]],), TypeError, "missing 1 required positional argument: 'ys'"),
        (([[1.0, 2.0]], [1.0], 3.0), TypeError, "takes 2 positional arguments but 3 were given"),
        (([], []), ZeroDivisionError, "division by zero"),
    ],
)
def test_a_mistake_moves_nothing_and_the_next_call_is_right(arguments, error, message):
    model = nn.MLP(2, [3, 1], rng=0)
    loss = autograd.record(lambda xs, ys: sum((model(x) - y) ** 2 for x, y in zip(xs, ys, strict=True)) / len(xs))
    optimizer = optim.Adam(model.parameters())
    good = [[0.5, 0.25]], [1.0]
    expected = loss(*good)
    before = model.state_dict()

    with pytest.raises(error, match=message):
        loss.step(optimizer, *arguments)
    loss.sync()
    assert model.state_dict() == before
    assert optimizer.steps == 0
    assert loss(*good) == expected


def test_an_optimizer_of_another_model_moves_nothing():
    model, other = nn.MLP(2, [1], rng=0), nn.MLP(2, [1], rng=1)
    loss = autograd.batch(lambda x, y: (model(x) - y) ** 2)

    with pytest.raises(ValueError, match="3 of the optimiser's 3 parameters are not in this program"):
        loss.step(optim.SGD(other.parameters(), lr=0.1), [[1.0, 2.0]], [1.0])
    loss.sync()
    assert model.state_dict() == nn.MLP(2, [1], rng=0).state_dict()
    assert other.state_dict() == nn.MLP(2, [1], rng=1).state_dict()


# ---------------------------------------------------------------- threads


def test_threads_that_share_a_program_get_the_answers_to_their_own_questions():
    w = [Value(0.5 * i) for i in range(50)]
    recorded = autograd.record(lambda xs: autograd.dot(w, xs).tanh())
    batched = autograd.batch(lambda xs: autograd.dot(w, xs))
    wrong = []

    def ask(seed):
        xs = np.random.default_rng(seed).normal(size=50)
        size = 1 + seed
        for _ in range(50):
            total = float(xs @ [x.data for x in w])
            if not np.isclose(recorded(xs), np.tanh(total)) or not np.allclose(batched([xs] * size), [total] * size):
                wrong.append(seed)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert recorded.recordings == batched.recordings == 1


def test_steps_of_several_threads_are_all_taken():
    w = Value(0.0)
    loss = autograd.batch(lambda x: w * x)
    optimizer = optim.SGD([w], lr=1.0)

    def train():
        for _ in range(100):
            loss.step(optimizer, [1.0, 1.0])

    threads = [threading.Thread(target=train) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loss.sync()

    assert w.data == -400.0
    assert optimizer.steps == 400
