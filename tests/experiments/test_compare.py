"""The comparison: what is measured, how it is printed and drawn, and that mistakes are told early."""

import dataclasses
import math
import re
import sys
from statistics import fmean

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from autograd import nn, tanh
from autograd.__main__ import main
from autograd.datasets import Dataset
from autograd.experiments import compare as module
from autograd.experiments.compare import HEAD, TASKS, Compared, compare, picture, row, task_called
from autograd.nn.init import he

mpl.use("Agg")


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


@pytest.fixture
def short(monkeypatch):
    """Fewer points of the moons, learned for 20 steps."""
    whole = task_called("moons")
    few = Dataset(whole.train.inputs[:40], whole.train.targets[:40])
    task = dataclasses.replace(whole, train=few, test=few, epochs=20, batch_size=40)
    monkeypatch.setitem(TASKS, "moons", lambda: task)
    return task


def a_result(name="relu", **given):
    healthy = {"accuracies": [0.9, 1.0], "gradients": [0.01, 0.02, 0.1], "dead": 0.25, "seconds": 1.5}
    return Compared(**{"name": name, "steps": [0.7, 0.5], "model": nn.MLP(2, [1], rng=0), **healthy, **given})


# ---------------------------------------------------------------- what is measured


def test_each_activation_is_measured_over_the_seeds(short):
    found = list(compare(["tanh", "relu"], short, depth=3, seeds=[0, 1]))

    assert [one.name for one in found] == ["tanh", "relu"]
    for one in found:
        assert [len(one.accuracies), len(one.gradients), len(one.steps)] == [2, 4, 20]
        assert all(0.0 <= accuracy <= 1.0 for accuracy in one.accuracies)
        assert one.steps[-1] < one.steps[0]
    assert found[0].dead == 0.0


def test_gradients_are_those_of_the_weights_before_the_first_step(short):
    [found] = compare(["tanh"], short, depth=2, seeds=[4])
    model = nn.MLP(2, [8, 8, 1], activation=tanh, init=nn.xavier, rng=4)
    short.loss([model(x) for x in short.train.inputs], short.train.targets).backward()
    sizes = [fmean(abs(w.grad) for neuron in layer.neurons for w in neuron.w) for layer in model.layers]

    assert found.gradients == pytest.approx(sizes)


def test_a_loss_that_leaves_all_numbers_is_told_and_ends_nothing(short, monkeypatch):
    monkeypatch.setattr(module, "init_for", lambda activation: lambda rng, fan_in, fan_out: 1e200 * he(rng, 1, 1))
    [found] = compare(["relu"], short, depth=2, seeds=[0])

    assert math.isnan(found.accuracies[0])
    assert "nan  (1 of 1 diverged)" in row(found)


def test_digits_are_classified_by_ten_outputs():
    task = task_called("digits")

    assert (task.widths, len(task.train), len(task.test)) == ((64, 32, 10), 1438, 359)
    assert not task.is_plane


def test_points_to_test_on_are_others():
    for name in ("moons", "spiral"):
        task = task_called(name)

        assert not {tuple(x) for x in task.train.inputs} & {tuple(x) for x in task.test.inputs}


# ---------------------------------------------------------------- how it is shown


def test_a_row_stands_below_its_heads():
    line = row(a_result("leaky_relu"))

    assert line == "leaky_relu     0.950  (0.900 to 1.000)                  0.01         25%    1.5 s"
    assert len(line) == len(HEAD)


def test_the_picture_shows_losses_gradients_and_what_was_told_apart(short):
    found = [a_result(name) for name in ("relu", "tanh", "silu")]
    titles = [plot.get_title("left") for plot in picture(found, short).axes]

    assert titles == [
        "loss",
        "|gradient| of each layer before the first step",
        "relu  0.900",
        "tanh  0.900",
        "silu  0.900",
    ]


@pytest.mark.parametrize("count", [1, 5])
def test_any_number_of_activations_has_room(short, tmp_path, count):
    picture([a_result(f"a{k}") for k in range(count)], short).savefig(tmp_path / "compare.png", dpi=40)


def test_images_have_no_boundary():
    assert len(picture([a_result()], task_called("digits")).axes) == 2


# ---------------------------------------------------------------- the command


def test_the_command_prints_a_table_and_writes_a_picture(short, tmp_path, capsys):
    path = tmp_path / "compare.png"

    assert main(["compare", "relu", "tanh", "--depth", "3", "--seeds", "1", "-o", str(path)]) == 0
    head, *rows, last = capsys.readouterr().out.splitlines()
    assert head == HEAD
    assert [line.split()[0] for line in rows] == ["relu", "tanh"]
    assert all(
        re.fullmatch(r"\w+ +[01]\.\d{3}  \([01]\.\d{3} to [01]\.\d{3}\) +\S+ +\d+% +\d+\.\d s", line) for line in rows
    )
    assert last == f"wrote {path}"
    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_there_is_the_table_and_a_line_that_says_so(short, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    assert main(["compare", "relu", "--seeds", "1", "-o", str(tmp_path / "compare.png")]) == 0
    *_, line, last = capsys.readouterr().out.splitlines()
    assert line.startswith("relu ")
    assert last == "no picture: plots need matplotlib and numpy: pip install 'stepgrad[plot]'"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rellu"], "no op is called 'rellu': did you mean relu"),
        (["tanh", "add"], "add is no activation: there are sigmoid"),
        (["tanh", "--data", "moon"], "no data are called 'moon': there are moons, spiral, digits"),
        (["tanh", "--depth", "0"], "at least 1, got 0"),
        (["tanh", "--seeds", "0"], "needs one seed or more"),
        (["tanh", "-o", "compare.txt"], "name a .png, .svg or .pdf"),
        (["tanh", "-o", "missing/compare.png"], "in a folder that is there"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_a_mistake_is_told_before_anything_is_trained(tmp_path, monkeypatch, capsys, arguments, message):
    def train(*arguments, **options):
        raise AssertionError("it trained first")

    monkeypatch.setattr(module, "fit", train)
    monkeypatch.chdir(tmp_path)

    assert main(["compare", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("stepgrad compare: ")
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
