"""Training a task: what it leaves, when it stops, and that to be killed costs at most one epoch."""

import json
import math
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from tiny import TINY, points

import autograd
from autograd import Value, losses, nn, optim
from autograd.activations import Activation
from autograd.datasets import Dataset
from autograd.errors import StateError, UnknownOpError
from autograd.op import REGISTRY
from autograd.tasks import Split, train, trained
from autograd.tasks.command import begin, chosen, table
from autograd.tasks.training import Training, confusion, decisions, loss, share_right

mpl.use("Agg")


def training(**changes):
    recipe = replace(chosen(TINY, changes.pop("model", "mlp")), **changes)
    return begin(TINY, "mlp", recipe, "by row", 0)[0]


def run(found, epochs=99):
    while not found.is_over and found.epoch < epochs:
        found.run_epoch()
    return found


# ---------------------------------------------------------------- learning


@pytest.mark.parametrize("model", TINY.recipes)
def test_it_learns_what_is_easy_and_says_so(model, tmp_path, capsys):
    scores = train(TINY, model=model, epochs=30, seeds=(0, 1), folder=tmp_path)
    said = capsys.readouterr().out

    assert min(scores["by row"]) > 0.9
    assert "60 rows to learn from, 30 to stop by, 40 to test on" in said
    assert f"test {scores['by row'][1]:.3f}" in said
    assert re.search(r"by row +\d\.\d{3} ± 0\.0\d\d +\d\.\d{3} to \d\.\d{3}\n", said)
    assert (tmp_path / f"tiny-{model}-by-row-0" / "confusion.png").stat().st_size > 1000


def test_without_words_and_files_it_learns_the_same(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found, split = trained(TINY, "mlp", "by row", epochs=4)

    assert capsys.readouterr().out == ""
    assert not list(tmp_path.iterdir())
    assert [found.share_right(split.test)] == train(TINY, epochs=4, folder=tmp_path)["by row"]
    assert found.epoch == 4


def test_the_saved_model_is_that_of_the_best_epoch(tmp_path):
    train(TINY, epochs=4, folder=tmp_path)
    place = tmp_path / "tiny-mlp-by-row-0"
    stored = json.loads((place / "checkpoint.json").read_text())
    model = nn.MLP(2, [4, 2])
    nn.load(model, place / "model.json")

    assert [p.data for p in model.parameters()] == stored["kept"]
    assert stored["scores"][stored["best"] - 1] == max(stored["scores"])


def test_an_epoch_takes_the_steps_of_a_loop_written_out():
    found = training(batch=60)
    found.run_epoch()
    twin = training().model
    optimizer = optim.Adam(twin.parameters(), lr=0.05)
    data = points(1, 61)
    mean = losses.cross_entropy([twin(x) for x in data.inputs], data.targets)
    mean.backward()
    optimizer.step()

    assert found.losses == [pytest.approx(mean.data, rel=1e-12)]
    assert [p.data for p in found.model.parameters()] == pytest.approx([p.data for p in twin.parameters()], rel=1e-9)


def test_training_ends_when_nothing_has_become_better_for_a_while():
    found = run(training(rate=1e-300, patience=3, epochs=50))  # no number moves

    assert (found.best, found.epoch) == (1, 4)


def test_a_training_that_diverges_is_named_with_its_epoch(tmp_path):
    with pytest.raises(ArithmeticError) as caught:
        train(TINY, activation="identity", optimizer="sgd", rate=1e300, folder=tmp_path)

    assert re.search(r"in epoch \d; --rate takes a smaller one", "".join(caught.value.__notes__))


def test_a_loss_that_is_no_number_on_the_validation_rows_is_no_best_epoch():
    found = training(model="yes")
    found.model.layers[-1].neurons[0].b.data = -math.inf  # every score is −∞

    with pytest.raises(ArithmeticError, match="the loss on the validation rows is nan: take a smaller --rate"):
        found._judge()
    assert found.best == 0


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "adagrad", "momentum", "sgd"])
def test_every_optimizer_learns_at_its_usual_rate(optimizer):
    recipe = replace(chosen(TINY, "mlp", optimizer=optimizer, epochs=15))
    found = run(begin(TINY, "mlp", recipe, "by row", 0)[0])

    assert found.losses[-1] < 0.8 * found.losses[0]


@pytest.mark.parametrize("name", sorted(name for name, op in REGISTRY.items() if isinstance(op, Activation)))
def test_every_activation_can_be_chosen(name):
    found = begin(TINY, "mlp", chosen(TINY, "mlp", activation=name), "by row", 0)[0]
    found.run_epoch()

    assert math.isfinite(found.losses[0])


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"model": "tree"}, ValueError, "tiny has no model 'tree': there are mlp, yes"),
        ({"activation": "rleu"}, UnknownOpError, "rleu"),
        ({"activation": "exp"}, ValueError, "exp is no activation: use relu"),
        ({"optimizer": "newton"}, ValueError, "no optimizer 'newton': use adam, adamw"),
        ({"epochs": 0}, ValueError, "1 epoch or more, got 0"),
        ({"rate": -1.0}, ValueError, "lr must be a number above 0"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_is_written(asked, error, message, tmp_path):
    with pytest.raises(error, match=message):
        train(TINY, folder=tmp_path / "new", **asked)

    assert not (tmp_path / "new").exists()


def test_without_matplotlib_there_is_a_score_and_a_model_and_word_of_the_pictures(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    scores = train(TINY, epochs=1, seeds=(0, 1), folder=tmp_path)

    assert len(scores["by row"]) == 2
    assert "there are no pictures: plots need matplotlib" in capsys.readouterr().out
    assert (tmp_path / "tiny-mlp-by-row-1" / "model.json").exists()


# ---------------------------------------------------------------- stopped and taken up again


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_training_taken_up_again_ends_with_the_same_numbers_to_the_last_bit(optimizer, tmp_path):
    recipe = chosen(TINY, "mlp", optimizer=optimizer)
    whole, first, second = (begin(TINY, "mlp", recipe, "by row", 0)[0] for _ in range(3))
    run(whole)
    run(first, epochs=3)
    first.save(tmp_path / "checkpoint.json")
    second.resume(tmp_path / "checkpoint.json")
    run(second)

    assert second.epoch == whole.epoch == 6
    assert second.state() == whole.state()


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_a_process_that_is_killed_loses_at_most_one_epoch(how, tmp_path):
    def process(folder, how):
        command = [sys.executable, str(Path(__file__).with_name("tiny.py")), str(tmp_path / folder), how]
        here = {"PYTHONPATH": str(Path(autograd.__file__).parents[1]), "MPLBACKEND": "agg"}
        return subprocess.run(command, env={**os.environ, **here}, capture_output=True, text=True)

    def stored(folder):
        return (tmp_path / folder / "tiny-mlp-by-row-0" / "checkpoint.json").read_text()

    killed = process("killed", how)
    at_the_kill = json.loads(stored("killed"))
    resumed = process("killed", "on")
    train(TINY, folder=tmp_path / "whole")

    assert killed.returncode != 0
    assert at_the_kill["epoch"] == 2
    assert not at_the_kill["is_over"]
    assert resumed.returncode == 0, resumed.stderr
    assert "goes on after epoch 2" in resumed.stdout
    assert stored("killed") == stored("whole")
    assert [path.name for path in (tmp_path / "killed").rglob("*.part")] == []


def test_a_stopped_training_is_not_written_over(tmp_path):
    place = tmp_path / "tiny-mlp-by-row-0"
    place.mkdir()
    begun = begin(TINY, "mlp", chosen(TINY, "mlp"), "by row", 0)[0]
    run(begun, epochs=1).save(place / "checkpoint.json")
    before = (place / "checkpoint.json").read_text()

    with pytest.raises(ValueError, match="of a training that was stopped: --resume goes on with it"):
        train(TINY, folder=tmp_path)
    assert (place / "checkpoint.json").read_text() == before
    with pytest.raises(StateError, match=r"was begun with epochs 6: give the same"):
        train(TINY, epochs=7, folder=tmp_path, resume=True)


def test_a_training_that_is_over_is_not_repeated_when_resumed(tmp_path, capsys):
    scores = train(TINY, folder=tmp_path)
    capsys.readouterr()

    assert train(TINY, folder=tmp_path, resume=True) == scores
    assert "loss" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "damaged or no JSON"),
        (lambda text: text.replace("stepgrad training", "something"), "is not a file of stepgrad training"),
        (lambda text: text.replace('"version": 1', '"version": 9'), "has version 9, this release reads 1"),
        (lambda text: text.replace('"parameters": [', '"parameters": [1.0, '), "22 parameters, and 23 were stored"),
        (lambda text: text.replace('"kept": [', '"kept": [1.0, '), "is damaged: ValueError"),
        (lambda text: text.replace('"steps"', '"stops"'), r"is damaged: KeyError\('steps'\)"),
    ],
)
def test_a_damaged_checkpoint_is_refused(damage, message, tmp_path):
    file = tmp_path / "checkpoint.json"
    begun = training()
    run(begun, epochs=1).save(file)
    file.write_text(damage(file.read_text()))

    with pytest.raises(StateError, match=message):
        training().resume(file)


# ---------------------------------------------------------------- scores


def test_the_loss_is_that_of_what_the_outputs_are():
    assert loss(Value(0.0), 1).data == pytest.approx(math.log(2.0))
    assert loss([Value(0.0)] * 4, 2).data == pytest.approx(math.log(4.0))
    assert loss([[Value(0.0)] * 2, [Value(0.0)] * 2], [0, 1]).data == pytest.approx(math.log(2.0))


def test_a_decision_is_a_sign_or_the_largest_score():
    def outputs(scores):
        return scores

    assert decisions(outputs, np.array([0.5, -0.5])).tolist() == [1, 0]
    assert decisions(outputs, np.array([[1.0, 3.0, 2.0]])).tolist() == [1]
    with pytest.raises(ArithmeticError, match="a score is nan"):
        decisions(outputs, np.array([math.nan]))


def test_of_several_decisions_all_must_be_right():
    assert share_right(np.array([[1, 2], [1, 3]]), np.array([[1, 2], [1, 2]])) == 0.5
    assert confusion(np.array([[1, 0]]), np.array([[1, 1]]), 2).tolist() == [[0, 0], [1, 1]]


def test_a_table_names_its_rows_and_columns():
    assert table([[30, 1], [0, 2]], ["a", "b"]) == "taken for   a   b\na          30   1\nb           ·   2"


def test_a_split_without_rows_is_refused():
    with pytest.raises(ValueError, match="has no rows: a training needs some"):
        Split(points(0, 5), Dataset([], []), points(5, 6))


def test_training_is_what_the_checkpoint_says_it_is(tmp_path):
    begun = training()
    begun.save(tmp_path / "checkpoint.json")

    assert not Training.ended(tmp_path / "checkpoint.json")
