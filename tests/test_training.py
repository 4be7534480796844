"""`fit` and `accuracy`: the same numbers recorded and not, nothing lost, nothing half done."""

import random
import warnings

import numpy as np
import pytest

import autograd
from autograd import Value, losses, nn, optim
from autograd.datasets import Dataset
from autograd.errors import EagerWarning

ROWS = 22  # with batches of 8, the last one of an epoch has 6


def data(rows=ROWS):
    chance = random.Random(1)
    inputs = [[chance.uniform(-1.0, 1.0), chance.uniform(-1.0, 1.0)] for _ in range(rows)]
    return inputs, [x * y + 0.5 for x, y in inputs]


def network():
    return nn.MLP(2, [6, 1], activation=autograd.tanh, rng=0)


def trained(loss=losses.mse, given=None, make=optim.Adam, model=None, lr=0.02, **options):
    model = model or network()
    options = {"epochs": 3, "batch_size": 8, "progress": False, **options}
    history = autograd.fit(model, given or data(), loss, make(model.parameters(), lr=lr), **options)
    return model, history


def numbers(model):
    return [p.data for p in model.parameters()]


# ---------------------------------------------------------------- what it computes


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, optim.AdamW, optim.RMSProp, optim.Adagrad])
def test_recorded_and_with_values_the_numbers_are_the_same(make):
    fast, fast_history = trained(make=make)
    slow, slow_history = trained(make=make, recorded=False)

    assert fast_history.program is not None
    assert slow_history.program is None
    assert fast_history.steps == pytest.approx(slow_history.steps, rel=1e-9)
    assert numbers(fast) == pytest.approx(numbers(slow), rel=1e-9)


def normalised():
    hidden = nn.Layer(2, 5, nonlin=False, rng=0)
    return nn.Sequential(hidden, nn.BatchNorm(5), autograd.tanh, nn.Dropout(0.2, rng=1), nn.Layer(5, 1, rng=2))


def with_dropout():
    return nn.Sequential(nn.Layer(2, 6, rng=0), nn.Dropout(0.3, rng=1), nn.Layer(6, 1, nonlin=False, rng=2))


def chances(model):
    return [part.rng.getstate() for part in model.modules() if isinstance(part, nn.Dropout)]


@pytest.mark.parametrize("make", [normalised, with_dropout])
def test_layers_that_draw_and_keep_count_learn_the_same_recorded_and_not(make):
    """Sizes of 8 and 6: each is recorded and compared with Values, which uses up no chance and counts nothing."""
    fast, fast_history = trained(model=make(), make=optim.SGD)
    slow, slow_history = trained(model=make(), make=optim.SGD, recorded=False)

    assert fast_history.program is not None
    assert fast_history.steps == pytest.approx(slow_history.steps, rel=1e-9)
    assert fast.state_dict() == pytest.approx(slow.state_dict(), rel=1e-9, abs=1e-12)
    assert chances(fast) == chances(slow)


def test_what_cannot_be_recorded_has_used_up_no_chance():
    """The loss decides by a number, so training goes on with Values: with the draws of a training without programs."""

    def decides(outputs, targets):
        return losses.mse(outputs, targets) if outputs[0] > -1e9 else outputs[0]

    with pytest.warns(EagerWarning):
        fast, _ = trained(decides, model=with_dropout())
    slow, _ = trained(decides, model=with_dropout(), recorded=False)

    assert fast.state_dict() == slow.state_dict()


def test_a_last_batch_of_one_row_is_refused_by_a_model_that_normalises_over_the_batch():
    with pytest.raises(ValueError, match="needs 2 numbers of each feature or more"):
        trained(model=normalised(), given=data(9))


@pytest.mark.parametrize("make", [normalised, with_dropout])
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_accuracy_asks_a_model_once_and_as_it_is(make, mode):
    measured, asked = getattr(make(), mode)(), getattr(make(), mode)()
    rows, _ = data()
    scores = [y.data for y in (asked(rows) if asked.takes_batch else [asked(x) for x in rows])]
    labels = [int(y > 0.1) for y in scores]

    assert autograd.accuracy(measured, (rows, labels), threshold=0.1) == 1.0
    assert measured.state_dict() == pytest.approx(asked.state_dict(), rel=1e-12)
    assert chances(measured) == chances(asked)


class Compared(nn.Module):
    """Scores a row by how far it is from the mean of all rows, in use as well."""

    takes_batch = True

    def __call__(self, rows):
        mean = sum(x for [x] in rows) / len(rows)
        return [x - mean for [x] in rows]


def test_accuracy_does_not_take_rows_apart_that_depend_on_each_other():
    assert autograd.accuracy(Compared(), ([[1.0], [2.0], [6.0]], [0, 0, 1])) == 1.0


def test_it_takes_the_steps_of_a_loop_written_out():
    model, history = trained(epochs=1, batch_size=ROWS)
    twin = network()
    optimizer = optim.Adam(twin.parameters(), lr=0.02)
    inputs, targets = data()
    loss = losses.mse([twin(x) for x in inputs], targets)
    loss.backward()
    optimizer.step()

    assert history.losses == pytest.approx([loss.data], rel=1e-12)
    assert numbers(model) == pytest.approx(numbers(twin), rel=1e-9)


def test_every_row_is_seen_once_in_an_epoch_and_in_another_order_in_the_next():
    seen = []

    def noted(outputs, targets):
        seen.extend(targets)
        return losses.mse(outputs, targets)

    trained(noted, recorded=False, epochs=2)
    first, second = seen[:ROWS], seen[ROWS:]

    assert sorted(first) == sorted(second) == sorted(data()[1])
    assert first != second


def test_the_loss_of_an_epoch_is_the_mean_over_rows_not_over_batches():
    _, history = trained(epochs=1)

    assert history.losses == pytest.approx([sum(x * n for x, n in zip(history.steps, (8, 8, 6), strict=True)) / ROWS])


@pytest.mark.parametrize("recorded", [True, False])
def test_a_seed_repeats_a_run_to_the_last_bit_and_another_seed_does_not(recorded):
    (first, history), (second, again), (other, _) = (trained(seed=s, recorded=recorded) for s in (4, 4, 5))

    assert history == again
    assert numbers(first) == numbers(second)
    assert numbers(first) != numbers(other)


def test_a_dataset_lists_and_arrays_train_alike():
    inputs, targets = data()
    found = [
        trained(given=given)[1]
        for given in ((inputs, targets), Dataset(inputs, targets), (np.array(inputs), np.array(targets)))
    ]

    assert found[0] == found[1] == found[2]


def test_a_function_of_values_is_a_model_too():
    slope, offset = Value(0.0), Value(0.0)
    autograd.fit(
        lambda x: slope * x + offset,
        ([0.0, 1.0, 2.0], [1.0, 3.0, 5.0]),
        losses.mse,
        optim.SGD([slope, offset], lr=0.2),
        epochs=200,
        progress=False,
    )

    assert [slope.data, offset.data] == pytest.approx([2.0, 1.0], abs=1e-6)


def test_an_optimizer_keeps_its_memory_from_fit_to_fit():
    whole, _ = trained(batch_size=ROWS, epochs=2)
    parts = network()
    optimizer = optim.Adam(parts.parameters(), lr=0.02)
    for _ in range(2):
        trained(make=lambda *_, **__: optimizer, model=parts, batch_size=ROWS, epochs=1)

    assert optimizer.steps == 2
    assert numbers(whole) == pytest.approx(numbers(parts), rel=1e-9)


def test_an_optimizer_may_move_some_of_the_parameters():
    model = network()
    before = numbers(model)
    autograd.fit(model, data(), losses.mse, optim.SGD(model.layers[1].parameters(), lr=0.1), epochs=1, progress=False)

    assert numbers(model)[:18] == before[:18]
    assert all(a != b for a, b in zip(numbers(model)[18:], before[18:], strict=True))


# ---------------------------------------------------------------- what cannot be recorded


def decides(outputs, targets):
    return sum((y - t) * (2.0 if y > t else 1.0) for y, t in zip(outputs, targets, strict=True)) ** 2


def compares(outputs, targets):
    return sum((y - t) ** 2 if t == 1.0 else (y + 1.0) ** 2 for y, t in zip(outputs, targets, strict=True))


class Drawing:
    """A loss that leaves out some rows at random."""

    def __init__(self):
        self.chance = random.Random(0)

    def __call__(self, outputs, targets):
        return sum(self.chance.random() * (y - t) ** 2 for y, t in zip(outputs, targets, strict=True))


def checks(outputs, targets):
    assert all(type(t) is float for t in targets), "not a float"
    return losses.mse(outputs, targets)


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        (decides, "'return sum.*reads the number|reads the number"),
        (compares, "compare targets with =="),
        (checks, "not a float"),
    ],
)
def test_what_cannot_be_recorded_is_trained_with_values_and_the_reason_told(loss, reason):
    given = data()[0], [1.0, -1.0] * (ROWS // 2)
    with pytest.warns(EagerWarning, match=f"node by node.*({reason})"):
        model, history = trained(loss, given)
    twin, expected = trained(loss, given, recorded=False)

    assert history == expected
    assert history.program is None
    assert numbers(model) == numbers(twin)


def test_a_loss_that_draws_random_numbers_is_not_frozen():
    with pytest.warns(EagerWarning, match="draw random numbers"):
        trained(Drawing())


def test_an_optimizer_whose_formula_is_for_one_number_works_with_values():
    class Sign(optim.Optimizer):
        def update(self, p, g, rate, memory):
            return p - rate if g > 0.0 else p + rate

    with pytest.warns(EagerWarning, match="Sign.update must work on arrays"):
        model, _ = trained(make=Sign)

    assert numbers(model) == numbers(trained(make=Sign, recorded=False)[0])


def test_batches_that_all_differ_in_structure_are_not_recorded_for_ever():
    rows = [[0.1] * (1 + i) for i in range(30)]
    found = []
    for recorded in (True, False):
        w = Value(0.5)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            history = autograd.fit(
                lambda row, w=w: sum(w * x for x in row),
                (rows, [float(len(row)) for row in rows]),
                losses.mse,
                optim.SGD([w], lr=0.01),
                epochs=1,
                batch_size=1,
                recorded=recorded,
                progress=False,
            )
        found.append([*history.steps, w.data])
        assert ["most batches have a structure of their own" in str(x.message) for x in caught] == [True] * recorded

    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_a_mistake_in_the_model_is_told_without_a_word_about_recording():
    with pytest.raises(ValueError, match="2 weights got 3 inputs"):  # a warning would be another error
        trained(given=([[1.0, 2.0, 3.0]], [1.0]))


def test_without_numpy_and_tqdm_it_trains_and_says_what_is_missing(run_python):
    program = (
        "import sys, warnings\n"
        "for name in ('numpy', 'tqdm'): sys.modules[name] = None\n"
        "import autograd\n"
        "from autograd import Value, losses, optim\n"
        "w = Value(0.0)\n"
        "def train(**options):\n"
        "    autograd.fit(lambda x: w * x, ([1.0], [2.0]), losses.mse, optim.SGD([w], lr=0.5), epochs=1, **options)\n"
        "try: train(recorded=False)\n"
        "except autograd.errors.MissingPackageError as error: print(error)\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    train(progress=False)\n"
        "print(w.data, caught[0].message, caught[0].filename)\n"
    )

    assert run_python(program).splitlines() == [
        "the progress bar needs tqdm: pip install tqdm, or progress=False",
        "2.0 training goes node by node, which is slow: recorded programs run on NumPy: pip install numpy <string>",
    ]


# ---------------------------------------------------------------- how it ends


@pytest.mark.parametrize("recorded", [True, False])
def test_a_nan_ends_it_with_the_numbers_from_before_that_step(recorded):
    model, _ = trained(epochs=1)
    before = numbers(model)
    inputs, targets = data()

    with pytest.raises(ArithmeticError, match="the loss is nan: no parameter was moved") as caught:
        trained(given=(inputs, [*targets[:-1], float("nan")]), model=model, batch_size=ROWS, recorded=recorded)
    assert caught.value.__notes__ == ["in epoch 1 of fit, after 0 steps"]
    assert numbers(model) == before


@pytest.mark.parametrize("recorded", [True, False])
def test_a_loss_that_explodes_leaves_finite_parameters(recorded):
    model = nn.MLP(2, [6, 1], rng=0)
    with pytest.raises(ArithmeticError, match="smaller learning rate"):
        trained(model=model, make=optim.SGD, lr=1e6, epochs=200, recorded=recorded)

    assert np.isfinite(numbers(model)).all()


def test_an_interrupt_leaves_the_values_and_the_optimizer_with_the_steps_that_were_made():
    optimizers = []

    class Stopped(optim.Adam):
        def update(self, p, g, rate, memory):
            moved = super().update(p, g, rate, memory)
            if self.steps == 4:
                raise KeyboardInterrupt
            return moved

    def make(parameters, lr):
        optimizers.append(Stopped(parameters, lr))
        return optimizers[0]

    model, twin = network(), network()
    with pytest.raises(KeyboardInterrupt):
        trained(make=make, model=model)
    trained(make=optim.Adam, model=twin, epochs=1)

    assert optimizers[0].steps == 3
    assert numbers(model) == numbers(twin)


def test_the_callback_sees_each_epoch_with_synced_values_and_can_end_it():
    model = network()
    seen = []

    def look(history):
        seen.append((len(history.losses), len(history.steps), numbers(model)))
        return len(history.losses) == 2

    trained(model=model, epochs=9, after_epoch=look)

    assert [entry[:2] for entry in seen] == [(1, 3), (2, 6)]
    assert seen[0][2] != seen[1][2] == numbers(model)


def test_a_callback_may_move_the_parameters():
    model = network()

    def clip(history):
        for p in model.parameters():
            p.data = max(-0.1, min(0.1, p.data))

    trained(model=model, after_epoch=clip)

    assert max(map(abs, numbers(model))) == 0.1


def test_no_epochs_change_nothing():
    model, history = trained(epochs=0)

    assert history == autograd.training.History()
    assert numbers(model) == numbers(network())


def test_the_bar_shows_the_epoch_the_rows_and_the_loss(capsys):
    _, history = trained(progress=True)
    shown = capsys.readouterr().err

    assert "epoch 3/3: 100%" in shown
    assert f"{3 * ROWS}/{3 * ROWS}" in shown
    assert f"loss={history.losses[-1]:.3g}" in shown


# ---------------------------------------------------------------- bad input

MISTAKES = {
    "no rows": ({"given": ([], [])}, ValueError, "no rows"),
    "lengths": ({"given": ([[1.0, 2.0]], [1.0, 2.0])}, ValueError, "each input needs a target, got 1 and 2"),
    "pairs": ({"given": [([1.0, 2.0], 1.0)]}, TypeError, r"zip\(\*pairs\)"),
    "inputs alone": ({"given": [[1.0, 2.0]]}, TypeError, "Dataset or a pair"),
    "epochs": ({"epochs": -1}, ValueError, "epochs must be a whole number, 0 or more, got -1"),
    "batch": ({"batch_size": 0}, ValueError, "batch_size must be a whole number, 1 or more, got 0"),
    "half a batch": ({"batch_size": 1.5}, ValueError, "whole number, 1 or more, got 1.5"),
    "seed": ({"seed": None}, TypeError, "seed must be an integer"),
    "a class for the optimizer": ({"make": lambda parameters, lr: optim.Adam}, TypeError, "fit needs an optimizer"),
    "a loss of floats": ({"loss": lambda outputs, targets: 1.0}, TypeError, "a loss is a Value.* got 1.0"),
    "the name of a loss": ({"loss": "mse"}, TypeError, "the loss must be a function, got 'mse'"),
    "the result of a loss": ({"loss": 3.0}, TypeError, "the loss must be a function, got 3.0"),
}


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_answered_with_what_to_do(name, recorded):
    options, kind, words = MISTAKES[name]
    with pytest.raises(kind, match=words):
        trained(**options, recorded=recorded)


def test_an_optimizer_of_another_model_is_refused():
    model = network()
    with pytest.raises(ValueError, match="25 of the optimiser's 25 parameters are not in this program"):
        autograd.fit(model, data(), losses.mse, optim.SGD(network().parameters(), lr=0.1), epochs=1, progress=False)


@pytest.mark.parametrize("recorded", [True, False])
def test_training_within_no_grad_is_refused(recorded):
    with autograd.no_grad(), pytest.raises(TypeError, match="within no_grad"):
        trained(recorded=recorded)


# ---------------------------------------------------------------- accuracy


def test_accuracy_of_classes_counts_where_the_largest_score_is_the_target():
    model = {0: [1.0, 2.0, 0.0], 1: [Value(3.0), Value(2.0), Value(0.0)], 2: np.array([0.0, 0.0, 1.0])}.get

    assert autograd.accuracy(model, ([0, 1, 2, 1], [1, 0, 2, 2])) == 0.75
    assert autograd.accuracy(model, ([0, 1], [[0, 1, 0], [0.0, 0.0, 1.0]])) == 0.5


def test_accuracy_of_a_network_is_that_of_its_rows():
    chance = random.Random(0)
    model = nn.MLP(3, [5, 4], rng=0)
    inputs = [[chance.gauss(0.0, 1.0) for _ in range(3)] for _ in range(40)]
    targets = [chance.randrange(4) for _ in inputs]
    scores = [[score.data for score in model(x)] for x in inputs]
    right = sum(row.index(max(row)) == target for row, target in zip(scores, targets, strict=True))

    assert autograd.accuracy(model, (inputs, targets)) == right / 40
    assert autograd.accuracy(model, (np.array(inputs), np.array(targets))) == right / 40


@pytest.mark.parametrize("inputs", [[1, 0, 0, 1], [1.0, 0.0, 0.0, 1.0]])
def test_accuracy_of_a_model_that_decides_itself_is_that_of_its_rows(inputs):
    w = Value(1.0)

    def model(x):
        return w * x if x > 0 else w * 5.0

    assert autograd.accuracy(model, (inputs, [1, 1, 1, 1])) == 1.0


def test_accuracy_leaves_the_model_as_it_was():
    model = nn.MLP(2, [3, 1], rng=0)
    model([1.0, 2.0]).backward()
    before = [(p.data, p.grad) for p in model.parameters()]
    autograd.accuracy(model, ([[1.0, 2.0], [0.5, 0.25]], [1, 0]))

    assert [(p.data, p.grad) for p in model.parameters()] == before


@pytest.mark.parametrize("labels", [[1, 0, 1, 0], [1.0, -1.0, 1.0, -1.0]])
def test_accuracy_of_one_score_counts_where_it_is_on_the_side_of_the_target(labels):
    assert autograd.accuracy(lambda x: Value(x), ([0.7, 0.2, 3.0, -1.0], labels)) == 0.75
    assert autograd.accuracy(lambda x: x, ([0.7, 0.2, 0.4, 0.1], labels), threshold=0.5) == 0.75


@pytest.mark.parametrize(
    ("model", "targets", "kind", "words"),
    [
        (lambda x: [0.0, 1.0], [], ValueError, "no rows"),
        (lambda x: [0.0, 1.0], [2], IndexError, "the target 2 is none of the classes 0 to 1"),
        (lambda x: [0.0, 1.0], [[0, 0]], IndexError, "none of the classes"),
        (lambda x: [0.0, 1.0], ["one"], IndexError, "the target 'one'"),
        (lambda x: [0.0, float("nan")], [0], ArithmeticError, "a score is nan"),
        (lambda x: Value(float("nan")), [0], ArithmeticError, "a score is nan"),
    ],
)
def test_accuracy_refuses_what_has_none(model, targets, kind, words):
    with pytest.raises(kind, match=words):
        autograd.accuracy(model, ([1.0] * len(targets), targets))
