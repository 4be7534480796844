"""Work beside the graph: every run of a program draws anew and notes once, as code with Values does."""

import copy
import json
import math
import pickle
import random
import re
import threading

import numpy as np
import pytest

import autograd
from autograd import Value, losses, nn, no_grad, optim
from autograd.debug import trace
from autograd.errors import RecordingError
from autograd.watching import Rehearsal, drawn, noted, watch

ROUNDING = 1e-12


def network():
    """Every kind of work beside the graph, in layers that feed each other."""
    return nn.Sequential(
        nn.Layer(2, 4, nonlin=False, rng=0),
        nn.BatchNorm(4),
        autograd.tanh,
        nn.Dropout(0.4, rng=1),
        nn.Layer(4, 3, nonlin=False, rng=2),
        nn.BatchNorm(3, momentum=0.3),
        nn.Dropout(0.2, rng=3),
        nn.Layer(3, 1, nonlin=False, rng=4),
    )


def loss_of(model):
    return lambda xs, ys: losses.mse(model(xs), ys)


def batch(size, seed=0):
    chance = random.Random(seed)
    xs = [[chance.uniform(-1.0, 1.0), chance.uniform(-1.0, 1.0)] for _ in range(size)]
    return xs, [x * y for x, y in xs]


def chances(model):
    return [part.rng.getstate() for part in model.modules() if isinstance(part, nn.Dropout)]


def with_values(model, optimizer, xs, ys):
    loss = loss_of(model)(xs, ys)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.data


class Shifted(nn.Module):
    """Takes away the mean of all that it has seen, and then remembers what it saw: it computes with what it notes."""

    buffers = ("mean",)

    def __init__(self):
        self.mean = Value(0.25)
        self.weight = Value(0.5)

    def __call__(self, x):
        out = self.weight * (x - self.mean)
        noted(self.remember, x * self.weight)
        return out

    def remember(self, number):
        self.mean.data = 0.5 * self.mean.data + 0.5 * number


# ---------------------------------------------------------------- equal results


@pytest.mark.parametrize("sizes", [[6] * 8, [6, 6, 4, 6, 4, 6]], ids=["one size", "two sizes"])
def test_training_with_a_program_is_training_with_values(sizes):
    fast, slow = network(), network()
    recorded = autograd.record(loss_of(fast))
    of_fast, of_slow = (optim.SGD(model.parameters(), lr=0.05, momentum=0.9) for model in (fast, slow))
    for seed, size in enumerate(sizes):
        found = recorded.step(of_fast, *batch(size, seed))

        assert found == pytest.approx(with_values(slow, of_slow, *batch(size, seed)), rel=ROUNDING)
    recorded.sync()
    assert fast.state_dict() == pytest.approx(slow.state_dict(), rel=ROUNDING, abs=1e-15)
    assert chances(fast) == chances(slow)


@pytest.mark.parametrize("recordings", [1, 3])
def test_each_run_of_any_kind_draws_and_notes_once(recordings):
    fast, slow = network(), network()
    xs, ys = batch(5)
    for _ in range(recordings):
        recorded = autograd.record(loss_of(fast))
        program = recorded.program(xs, ys)
        optimizer = optim.SGD(fast.parameters(), lr=1e-30)
        found = [
            *(recorded(xs, ys), recorded.value_and_gradients(xs, ys)[0], recorded.step(optimizer, xs, ys)),
            *(program(), program.value_and_gradients([xs, ys])[0], program.step(optimizer)),
        ]
        program.gradients()
        expected = [loss_of(slow)(xs, ys).data for _ in range(7)]

        assert found == pytest.approx(expected[:6], rel=ROUNDING)
    assert fast.state_dict() == pytest.approx(slow.state_dict(), rel=ROUNDING)
    assert chances(fast) == chances(slow)


def test_recording_and_looking_at_a_program_draws_nothing_and_moves_nothing():
    model = network()
    before = model.state_dict(), chances(model)
    recorded = autograd.record(loss_of(model))
    program = recorded.program(*batch(4))
    for look in (program.source, program.explain, program.draw, program.__str__, lambda: program.source("python")):
        look()

    assert (model.state_dict(), chances(model)) == before


def test_images_are_normalised_over_all_their_places():
    fast, slow = nn.BatchNorm(2), nn.BatchNorm(2)
    chance = random.Random(0)
    images = [[[[chance.gauss(0, 1) for _ in range(3)] for _ in range(2)] for _ in range(2)] for _ in range(2)]

    def loss(layer):
        return lambda batch: sum(y * y.tanh() for image in layer(batch) for c in image for row in c for y in row)

    recorded = autograd.record(loss(fast))
    for _ in range(3):
        assert recorded(images) == pytest.approx(loss(slow)(images).data, rel=ROUNDING)
    assert fast.state_dict() == pytest.approx(slow.state_dict(), rel=ROUNDING)


def test_two_layers_of_one_source_of_chance_draw_in_turn():
    def make():
        layers = [nn.Dropout(0.5, rng=0) for _ in range(2)]
        layers[1].rng = layers[0].rng
        return layers

    (a, b), (c, d) = make(), make()
    recorded = autograd.record(lambda xs: sum(w * y for w, x in enumerate(xs, 1) for y in b(a([x, 2.0 * x]))))
    xs = [1.0, 2.0, 3.0]
    for _ in range(4):
        assert recorded(xs) == sum(w * y for w, x in enumerate(xs, 1) for y in d(c([x, 2.0 * x])))


def test_a_draw_that_the_loss_does_not_need_is_made_all_the_same():
    fast, slow = nn.Dropout(0.5, rng=0), nn.Dropout(0.5, rng=0)
    recorded = autograd.record(lambda xs: 2.0 * fast(xs)[1])
    for _ in range(8):
        assert recorded([1.0, 3.0, 5.0]) == 2.0 * slow([1.0, 3.0, 5.0])[1]


def test_a_layer_may_compute_with_what_it_notes():
    fast, slow = Shifted(), Shifted()
    recorded = autograd.record(lambda x: (fast(x) - 1.0) ** 2)
    of_fast, of_slow = optim.SGD([fast.weight], lr=0.1), optim.SGD([slow.weight], lr=0.1)
    for x in (1.0, -2.0, 0.5, 3.0):
        loss = (slow(x) - 1.0) ** 2
        of_slow.zero_grad()
        loss.backward()
        of_slow.step()

        assert recorded.step(of_fast, x) == pytest.approx(loss.data, rel=ROUNDING)
    recorded.sync()
    assert fast.state_dict() == pytest.approx(slow.state_dict(), rel=ROUNDING)


def test_what_is_noted_may_stand_anywhere_in_the_graph_or_beside_it():
    seen = []
    layer, other = nn.Layer(2, 3, nonlin=False, rng=0), nn.Layer(2, 3, nonlin=False, rng=1)
    unused = Value(7.0)

    def keep(*numbers):
        seen.append(numbers)

    def loss(x):
        before = layer(x)
        noted(keep, *before, *other(x), x[0], unused * x[1], layer.neurons[0].w[0], 5.0)
        noted(keep)
        return sum(y.tanh() for y in before)

    recorded = autograd.record(loss)
    for x in ([1.0, 2.0], [3.0, -1.0]):
        recorded.value_and_gradients(x)
        recorded(x)
        computed = [y.data for y in layer(x) + other(x)]
        expected = [*computed, x[0], unused.data * x[1], layer.neurons[0].w[0].data, 5.0]

        assert seen == [pytest.approx(expected), (), pytest.approx(expected), ()]
        seen.clear()
        unused.data = -1.0


@pytest.mark.parametrize("is_needed", [True, False])
def test_a_whole_layer_may_be_noted_whether_or_not_the_loss_needs_it(is_needed):
    seen = []
    layer = nn.Layer(2, 3, nonlin=False, rng=0)

    def loss(xs):
        rows = [layer(x) for x in xs]
        noted(lambda *numbers: seen.append(numbers), *(y for row in rows for y in row))
        return sum(y.tanh() for row in rows for y in row) if is_needed else (xs[0][0] * 2.0).exp()

    xs = [[1.0, 2.0], [3.0, -1.0]]
    recorded = autograd.record(loss)
    recorded(xs)
    recorded.value_and_gradients(xs)

    assert seen == [pytest.approx([y.data for x in xs for y in layer(x)])] * 2


@pytest.mark.parametrize("other", ["alike", "the loss", "a term"])
def test_a_note_does_not_change_the_loss_or_its_gradients(other):
    w = [Value(0.3), Value(-0.8)]
    seen = []

    def loss(x, is_noted=True):
        products = [a * b for a, b in zip(w, x, strict=True)]
        out = (products[0] + products[1] + 1.0).tanh()
        if is_noted:
            noted(seen.append, {"alike": (products[0] + 2.0).tanh(), "the loss": out, "a term": products[1]}[other])
        return out

    plain = loss([0.5, 2.0], is_noted=False)
    plain.backward()
    value, gradients = autograd.record(loss).value_and_gradients([0.5, 2.0])

    assert value == pytest.approx(plain.data, rel=ROUNDING)
    assert gradients == pytest.approx([v.grad for v in w], rel=ROUNDING)
    assert seen == [pytest.approx({"alike": math.tanh(2.15), "the loss": plain.data, "a term": -1.6}[other])]


def test_a_note_that_fails_is_an_error_of_its_run_and_of_no_other():
    def refuse(number):
        if number < 0.0:
            raise ZeroDivisionError("negative")

    w = Value(2.0)

    @autograd.record
    def loss(x):
        noted(refuse, w * x)
        return (w * x) ** 2

    optimizer = optim.SGD([w], lr=0.1)
    with pytest.raises(ZeroDivisionError):
        loss.step(optimizer, -1.0)

    assert optimizer.steps == 0
    assert loss(3.0) == 36.0


def test_a_trace_sees_the_statistics_move_as_they_do_with_values():
    model = nn.BatchNorm(1)
    recorded = autograd.record(lambda xs: sum(y * y * y for [y] in model(xs)))
    recorded([[1.0], [2.0], [4.0]])
    with trace() as happened:
        recorded([[1.0], [2.0], [5.0]])

    assert [event.kind for event in happened.events].count("update") == 2


def test_in_float32_the_draws_are_the_same_and_the_statistics_agree_to_five_digits():
    fast, slow = network(), network()
    recorded = autograd.record(loss_of(fast), dtype="float32")
    for seed in range(4):
        assert recorded(*batch(6, seed)) == pytest.approx(loss_of(slow)(*batch(6, seed)).data, rel=1e-4)
    assert fast.state_dict() == pytest.approx(slow.state_dict(), rel=1e-5)
    assert chances(fast) == chances(slow)


def test_threads_that_share_a_program_leave_no_draw_and_no_note_out():
    fast, slow = network(), network()
    xs, ys = batch(4)
    recorded = autograd.record(loss_of(fast))
    recorded.program(xs, ys)
    threads = [threading.Thread(target=lambda: [recorded(xs, ys) for _ in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(100):
        loss_of(slow)(xs, ys)

    assert chances(fast) == chances(slow)
    assert fast.parts[1].running_mean[0].data == pytest.approx(slow.parts[1].running_mean[0].data)


# ---------------------------------------------------------------- samples side by side


def test_samples_side_by_side_have_draws_of_their_own_in_their_order():
    def make():
        parts = (nn.Layer(2, 5, rng=0), nn.Dropout(0.5, rng=1), nn.Layer(5, 3, rng=2), nn.Dropout(0.3, rng=1))
        return nn.Sequential(*parts)

    fast, slow = make(), make()
    scores = autograd.batch(fast)
    for size in (3, 1, 8):
        xs, _ = batch(size)

        assert scores(xs) == pytest.approx(np.array([[y.data for y in slow(x)] for x in xs]), rel=ROUNDING)
    assert chances(fast) == chances(slow)
    assert scores.recordings == 1


def test_statistics_of_single_samples_are_refused():
    layer = nn.BatchNorm(1)
    image = [[[[1.0, 2.0], [3.0, 5.0]]]] * 2
    with pytest.raises(RecordingError, match="of a whole batch: record a function of the batch with"):
        autograd.batch(lambda image: layer([image]))(image)

    assert layer.running_mean[0].data == 0.0
    layer.eval()
    assert autograd.batch(lambda image: layer([image]))(image).shape == (2, 1, 1, 2, 2)


@pytest.mark.parametrize("values", [(), (1.0,)])
def test_a_note_for_each_sample_is_refused_whatever_it_is_of(values):
    def loss(x):
        noted(lambda *numbers: pytest.fail("noted"), *values)
        return x * x

    with pytest.raises(RecordingError, match="numbers of a sample are to be noted"):
        autograd.batch(loss)([1.0, 2.0])


# ---------------------------------------------------------------- training and use


def test_in_use_a_program_reads_what_the_statistics_are_by_then():
    model = network().eval()
    recorded = autograd.record(loss_of(model))
    xs, ys = batch(4)
    for _ in range(2):
        assert recorded(xs, ys) == pytest.approx(loss_of(model)(xs, ys).data, rel=ROUNDING)
        for part in (model.parts[1], model.parts[5]):
            for mean, variance in zip(part.running_mean, part.running_variance, strict=True):
                mean.data, variance.data = 0.5, 3.0
    assert recorded.recordings == 1


def test_a_model_that_is_switched_has_a_program_for_training_and_one_for_use():
    fast, slow = network(), network()
    recorded = autograd.record(loss_of(fast))
    of_fast, of_slow = optim.SGD(fast.parameters(), lr=0.05), optim.SGD(slow.parameters(), lr=0.05)
    xs, ys = batch(6)
    for _ in range(3):
        found = [recorded.step(of_fast, xs, ys), recorded.step(of_fast, xs, ys)]
        fast.eval()
        found.append(recorded(xs, ys))
        fast.train()
        expected = [with_values(slow, of_slow, xs, ys), with_values(slow, of_slow, xs, ys)]
        expected.append(loss_of(slow.eval())(xs, ys).data)
        slow.train()

        assert found == pytest.approx(expected, rel=ROUNDING)
    assert recorded.recordings == 2


def test_a_switched_model_is_seen_however_it_is_reached():
    held = {"model": nn.Sequential(nn.Dropout(0.5, rng=0))}
    recorded = autograd.record(lambda xs: sum(held["model"](xs)))
    trained = recorded([1.0] * 8)
    held["model"].eval()

    assert trained != recorded([1.0] * 8) == 8.0
    assert recorded.recordings == 2


def test_a_model_that_does_the_same_in_training_and_in_use_has_one_program():
    model = nn.MLP(2, [3, 1], rng=0)
    recorded = autograd.record(lambda xs: model(xs))
    recorded([1.0, 2.0])
    model.eval()
    recorded([1.0, 2.0])

    assert recorded.recordings == 1


def test_a_program_of_its_own_refuses_a_model_that_was_switched_and_can_still_be_synced():
    model = network()
    program = autograd.record(loss_of(model)).program(*batch(4))
    program.step(optim.SGD(model.parameters(), lr=0.1))
    model.eval()
    with pytest.raises(RecordingError, match=r"train\(\) and eval\(\) switch it: record it again, or switch it back"):
        program()
    before = model.parts[0].neurons[0].w[0].data
    program.sync()

    assert model.parts[0].neurons[0].w[0].data != before
    model.train()
    assert math.isfinite(program())


# ---------------------------------------------------------------- refused


def test_a_step_that_is_refused_has_seen_the_batch_as_a_forward_pass_with_values_has():
    fast, slow = network(), network()
    xs, ys = batch(4)
    ys[0] = math.inf
    before = [p.data for p in fast.parameters()]
    recorded = autograd.record(loss_of(fast))
    optimizer = optim.SGD(fast.parameters(), lr=0.1)
    with pytest.raises(ArithmeticError, match="no parameter was moved"):
        recorded.step(optimizer, xs, ys)
    loss_of(slow)(xs, ys)
    recorded.sync()

    assert [p.data for p in fast.parameters()] == before
    assert optimizer.steps == 0
    assert fast.state_dict() == pytest.approx(slow.state_dict(), rel=ROUNDING)
    assert chances(fast) == chances(slow)


def test_inputs_that_are_refused_use_up_no_chance():
    model = network()
    program = autograd.record(loss_of(model)).program(*batch(4))
    before = model.state_dict(), chances(model)
    with pytest.raises(ValueError, match="recorded with the shape"):
        program(batch(5))

    assert (model.state_dict(), chances(model)) == before


@pytest.mark.parametrize("layer", [nn.Dropout(0.5, rng=0), nn.BatchNorm(2)], ids=repr)
def test_what_a_layer_computes_within_no_grad_is_refused(layer):
    def loss(xs):
        with no_grad():
            hidden = layer(xs)
        return sum(y for row in hidden for y in row) * xs[0][0]

    with pytest.raises(RecordingError, match="within no_grad"):
        autograd.record(loss)([[1.0, 2.0], [3.0, 5.0]])


def test_a_pure_function_has_neither_chance_nor_memory():
    model = network()
    recorded = autograd.record(loss_of(model))
    message = r"28 numbers drawn before each run, 14 noted after it, .* record the model after model.eval\(\)"
    with pytest.raises(RecordingError, match=message):
        recorded.program(*batch(4)).to_jax()


# ---------------------------------------------------------------- shown


def test_the_source_in_an_empty_file_gives_the_loss_and_what_is_noted(run_python):
    model = network()
    recorded = autograd.record(loss_of(model))
    seen = []
    for part in (model.parts[1], model.parts[5]):
        part._observe = lambda count, *numbers: seen.append(numbers)
    value, gradients = recorded.value_and_gradients(*batch(4))
    program = recorded.program(*batch(4))
    printed = run_python(f"{program.source()}\nprint(value({', '.join(['xs', 'ys', 'drawn', 'p'])})[1].tolist())")
    scalars = run_python(program.source("python")).split()

    assert float(printed.split()[0]) == value
    assert json.loads(printed.splitlines()[-1]) == [x for numbers in seen for x in numbers]
    assert [float(x) for x in scalars] == pytest.approx([value, *gradients], rel=1e-9, abs=1e-12)


def test_the_summary_counts_the_work_beside_the_graph():
    text = str(autograd.record(loss_of(network())).program(*batch(4)))

    assert text.splitlines()[-1] == "beside      28 numbers drawn before each run, 14 noted after it"


def test_in_the_picture_the_draws_are_one_card_that_both_layers_read_and_the_loss_is_the_root():
    text = autograd.record(loss_of(network())).program(*batch(4)).draw().text
    card = re.search(r'(s\d+)\["drawn<br/>28"\]', text)[1]
    root = re.search(r'(s\d+)\["÷ loss<br/>', text)[1]

    assert len(re.findall(rf"{card} --> ", text)) == 2
    assert f"class {root} root" in text


# ---------------------------------------------------------------- around it


def test_a_loss_that_was_computed_keeps_the_numbers_that_were_drawn():
    drop = nn.Dropout(0.5, rng=0)
    x = Value(3.0)
    loss = sum(drop([x] * 8))
    program = autograd.record(loss, inputs=[x], parameters=[])

    assert [program([3.0]) for _ in range(3)] == [loss.data] * 3


def test_fixed_does_not_fix_chance():
    chance, twin = random.Random(0), random.Random(0)
    noisy = autograd.record(lambda x: x + drawn(chance.random), fixed=True)

    assert [noisy(0.0) for _ in range(3)] == [twin.random() for _ in range(3)]


def test_a_copied_model_draws_and_remembers_for_itself():
    model = network()
    recorded = autograd.record(loss_of(model))
    recorded(*batch(4))
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        expected = loss_of(copy.deepcopy(model))(*batch(4)).data

        assert autograd.record(loss_of(other))(*batch(4)) == pytest.approx(expected, rel=ROUNDING)
        assert chances(other) != chances(model)


def test_what_is_recorded_in_a_rehearsal_draws_afterwards():
    chance, twin = random.Random(0), random.Random(0)
    noisy = autograd.record(lambda x: x + drawn(chance.random))
    with watch(Rehearsal()):
        noisy(0.0)

    assert [noisy(0.0), noisy(0.0)] == [twin.random(), twin.random()]


def test_a_rehearsal_leaves_no_traces_and_is_the_same_with_values_and_recorded():
    model = network()
    recorded = autograd.record(loss_of(model))
    before = model.state_dict(), chances(model)
    with watch(Rehearsal()):
        found = recorded(*batch(4))
    with watch(Rehearsal()):
        expected = loss_of(model)(*batch(4)).data

    assert found == pytest.approx(expected, rel=ROUNDING)
    assert (model.state_dict(), chances(model)) == before
