"""The tasks as declared: who is tested on what, and that every model learns and is drawn."""

import math
import random
from dataclasses import replace

import matplotlib as mpl
import pytest

from autograd import datasets, tanh
from autograd.datasets import Dataset
from autograd.graph import leaves
from autograd.tasks import TASKS, Split, vowels
from autograd.tasks.command import begin, chosen, train

mpl.use("Agg")

PARAMETERS = {
    ("digits", "mlp"): 2410,
    ("digits", "conv"): 1210,
    ("vowels", "flat"): 825,
    ("vowels", "attention"): 562,
}
ROWS = {  # to learn from, to stop by, to test on
    ("digits", "random fifth"): (1294, 144, 359),
    ("digits", "last fifth"): (1293, 144, 360),
    ("vowels", "by file"): (243, 27, 370),
}


def few(task, count=24):
    """The task with some rows only, so that a training takes a moment."""

    def cut(part):
        step = max(1, len(part) // count)
        return replace(part, inputs=part.inputs[::step][:count], targets=part.targets[::step][:count], train_rows=0)

    def of(split):
        return lambda seed: Split(
            *(cut(part) for part in (split(seed).train, split(seed).validation, split(seed).test))
        )

    way, split = next(iter(task.splits.items()))
    return replace(task, splits={way: of(split)})


@pytest.mark.parametrize(("name", "way"), ROWS, ids=str)
def test_every_row_is_in_one_part_of_a_split(name, way):
    split = TASKS[name].splits[way](0)
    parts = [split.train, split.validation, split.test]
    rows = [{tuple(leaves(sample)) for sample in part.inputs} for part in parts]

    assert tuple(map(len, parts)) == ROWS[name, way]
    assert not rows[0] & rows[2]
    assert not rows[1] & rows[2]


@pytest.mark.parametrize(("name", "model"), PARAMETERS, ids=str)
def test_every_model_learns_is_tested_and_drawn(name, model, tmp_path, capsys):
    task = few(TASKS[name])
    recipe = chosen(task, model)
    way = next(iter(task.splits))
    training, _ = begin(task, model, recipe, way, 0)
    scores = train(task, model=model, epochs=2, folder=tmp_path)
    said = capsys.readouterr().out

    assert len(training.model.parameters()) == PARAMETERS[name, model]
    assert 0.0 <= scores[way][0] <= 1.0
    assert "epoch   2" in said
    assert "taken for" in said
    for picture in said.rpartition("wrote model.json, ")[2].partition(" in ")[0].split(", "):
        assert next(tmp_path.rglob(picture)).stat().st_size > 5000


@pytest.mark.parametrize(("name", "model"), PARAMETERS, ids=str)
def test_eight_samples_are_learned_by_heart(name, model):
    task = few(TASKS[name], 8)
    way, split = next(iter(task.splits.items()))
    by_heart = replace(task, splits={way: lambda seed: Split(*[split(seed).train] * 3)})
    recipe = replace(chosen(task, model), epochs=200, patience=200)
    training, _ = begin(by_heart, model, recipe, way, 0)
    while not training.is_over and training.scores[-1:] != [1.0]:
        training.run_epoch()

    assert training.scores[-1] == 1.0


def test_every_task_is_tested_here():
    assert {name for name, _ in ROWS} == set(TASKS)
    assert set(PARAMETERS) == {(name, model) for name, task in TASKS.items() for model in task.recipes}


# ---------------------------------------------------------------- vowels


def test_frames_that_were_not_spoken_change_nothing():
    short = [[float(k + i) for k in range(12)] for i in range(7)]
    [filled] = vowels.samples([short])
    spoken = [[*frame, 1.0] for frame in short]
    train = datasets.vowels().split_by_file()[0]
    train = replace(train, inputs=vowels.samples(train.inputs))
    means, deviations = vowels.statistics(filled)[:12], vowels.statistics(filled)[12:]

    assert means == pytest.approx([k + 3.0 for k in range(12)])
    assert deviations == pytest.approx([2.0] * 12)  # of 0 to 6
    for build in (vowels.Statistics, vowels.Attention):
        model = build(train, tanh, random.Random(0))
        expected = [score.data for score in model(spoken)]
        assert [score.data for score in model(filled)] == pytest.approx(expected, rel=1e-9)


def test_an_utterance_without_frames_is_named():
    with pytest.raises(ValueError, match="row 1 is empty"):
        vowels.samples([[[0.0] * 12], []])


def test_an_utterance_of_one_frame_has_a_gradient():
    train = Dataset(vowels.samples([[[float(k)] * 12] for k in range(5)]), [0] * 5)
    model = vowels.Statistics(train, tanh, random.Random(0))
    model(train.inputs[0])[0].backward()

    assert all(math.isfinite(p.grad) for p in model.parameters())
