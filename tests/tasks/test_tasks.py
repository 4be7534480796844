"""The tasks as declared: who is tested on what, and that every model learns and is drawn."""

import json
import math
import random
import re
from dataclasses import replace
from functools import cache

import matplotlib as mpl
import pytest

from autograd import datasets, identity, tanh
from autograd.datasets import Dataset
from autograd.graph import leaves
from autograd.tasks import TASKS, Split, names, sentiment, translate, vowels
from autograd.tasks.command import chosen, train

mpl.use("Agg")

PARAMETERS = {
    ("digits", "mlp"): 2410,
    ("digits", "conv"): 1210,
    ("vowels", "flat"): 825,
    ("vowels", "attention"): 562,
    ("sentiment", "mean"): 23121,
    ("sentiment", "attention"): 23130,
    ("translate", "attention"): 1137,
    ("spoken", "flat"): 8682,
    ("spoken", "sequence"): 3534,
    ("names", "gru"): 4217,
}
ROWS = {  # to learn from, to stop by, to test on
    ("digits", "random fifth"): (1294, 144, 359),
    ("digits", "last fifth"): (1293, 144, 360),
    ("vowels", "by file"): (243, 27, 370),
    ("sentiment", "by file"): (7600, 800, 2036),
    ("translate", "unseen numbers"): (270, 30, 700),
    ("spoken", "unheard voices"): (1200, 120, 450),
    ("names", "random fifth"): (3717, 413, 1033),
}


@cache
def split_of(name, way, seed=0):
    return TASKS[name].splits[way](seed)


def few(name, count=24):
    """The task with some rows only, so that a training takes a moment."""

    def cut(part):
        step = max(1, len(part) // count)
        return replace(part, inputs=part.inputs[::step][:count], targets=part.targets[::step][:count], train_rows=0)

    way = next(iter(TASKS[name].splits))
    whole = split_of(name, way)
    split = Split(*map(cut, (whole.train, whole.validation, whole.test)))
    return replace(TASKS[name], splits={way: lambda seed: split})


@pytest.mark.parametrize(("name", "way"), ROWS, ids=str)
def test_every_row_is_in_one_part_of_a_split(name, way):
    split = split_of(name, way)
    parts = [split.train, split.validation, split.test]
    rows = [{tuple(leaves(sample)) for sample in part.inputs} for part in parts]

    assert tuple(map(len, parts)) == ROWS[name, way]
    assert len((rows[0] | rows[1]) & rows[2]) <= (name == "sentiment")  # three words that two reviewers had


@pytest.mark.parametrize(("name", "model"), PARAMETERS, ids=str)
def test_every_model_learns_is_tested_and_drawn(name, model, tmp_path, capsys):
    [(way, [score])] = train(few(name), model=model, epochs=4, folder=tmp_path).items()
    said = capsys.readouterr().out
    place = tmp_path / f"{name}-{model}-{way.replace(' ', '-')}-0"
    losses = json.loads((place / "checkpoint.json").read_text())["losses"]

    assert f"{model}, {PARAMETERS[name, model]:,} parameters" in said
    assert f"test {score:.3f}" in said
    assert "taken for" in said
    assert losses[-1] < losses[0]
    for picture in re.findall(r"\w+\.png", said):
        assert (place / picture).stat().st_size > 5000


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


# ---------------------------------------------------------------- sentiment


WORDS = Dataset([[0]], [0], features=("a", "fine", "film", "dull"))


def bags(*bags):
    return sentiment.samples(bags, len(WORDS.features))


def test_a_place_without_a_word_changes_nothing():
    for build in (sentiment.Mean, sentiment.Attention):
        model = build(WORDS, identity, random.Random(0))
        [filled] = bags([1, 2])

        assert model(filled).data == pytest.approx(model([1, 2]).data, rel=1e-12)
        assert model(filled).data != pytest.approx(model([1, 3]).data, rel=1e-3)


def test_without_attention_the_words_count_alike():
    model = sentiment.Mean(WORDS, identity, random.Random(0))
    rows = model.table([1, 2, 3])

    assert model.weights(rows, [1.0, 0.0, 1.0]) == [0.5, 0.0, 0.5]


def test_contributions_of_words_add_up_to_the_score_of_the_mean():
    model = sentiment.Mean(WORDS, identity, random.Random(0))
    found = sentiment.contributions(model, [0, 1, 3])

    assert list(found) == ["gradient × input"]
    bias = model.score.neurons[0].b.data
    assert sum(found["gradient × input"]) + bias == pytest.approx(model([0, 1, 3]).data)


def test_deleting_the_word_that_decides_turns_every_decision_over_and_another_none():
    model = sentiment.Attention(WORDS, identity, random.Random(0))
    model.load_state_dict(dict.fromkeys(model.state_dict(), 0.0))
    fine, _, dull = model.table.rows[1:4]
    fine[0].data, dull[0].data = 1.0, -1.0
    for row in (fine, dull):
        row[1].data = 3.0  # what is attended to
    model.score.neurons[0].w[0].data = 1.0
    model.score.neurons[0].b.data = -0.1
    model.interest.neurons[0].w[1].data = 1.0
    flipped = sentiment.flips(model, Dataset([[0, 1, 2]] * 20, [1] * 20))

    assert flipped["the most attended"] == flipped["the largest towards the decision"] == 1.0
    assert 0.0 < flipped["a random word"] < 1.0


@pytest.mark.parametrize("word", [4, -1])
def test_an_unknown_word_is_named(word):
    with pytest.raises(ValueError, match=f"row 1 has the word {word}: the known ones are 0 to 3"):
        bags([1], [2, word])


def test_a_bag_without_words_is_named():
    with pytest.raises(ValueError, match="row 0 is empty"):
        bags([])


def test_a_model_without_activation_takes_none():
    with pytest.raises(ValueError, match="the mean of sentiment has no activation that could be another"):
        chosen(TASKS["sentiment"], "mean", activation="tanh")


# ---------------------------------------------------------------- translate


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (7, "seven"),
        (12, "twelve"),
        (40, "forty"),
        (99, "ninety nine"),
        (100, "one hundred"),
        (307, "three hundred and seven"),
        (312, "three hundred and twelve"),
        (921, "nine hundred and twenty one"),
    ],
)
def test_numbers_are_spelled_as_one_says_them(number, words):
    assert " ".join(translate.spelled(number)) == words


def test_no_two_numbers_are_spelled_alike():
    assert len({tuple(translate.spelled(number)) for number in range(1000)}) == 1000


@pytest.mark.parametrize("number", [-1, 1000])
def test_a_number_without_words_is_refused(number):
    with pytest.raises(ValueError, match=f"numbers from 0 to 999 can be spelled, got {number}"):
        translate.spelled(number)


def test_the_classes_of_a_number_are_its_digits_with_nothing_in_front():
    assert translate.data([312, 40, 0], "").targets == [[4, 2, 3], [0, 5, 1], [0, 0, 1]]


def test_what_is_always_learned_are_the_words_that_stand_alone():
    split = split_of("translate", "unseen numbers", 1)
    learned = translate.data([*range(20), *range(20, 100, 10)], "").inputs

    assert all(words in split.train.inputs for words in learned)


def test_places_without_a_word_get_no_attention_and_change_nothing():
    model = translate.Translator(Dataset([0], [0]), tanh, random.Random(0))
    [filled] = translate.data([312], "").inputs
    words = filled[:4]
    shares = [[share.data for share in row] for row in model.alignment(filled)]

    assert [row[4] for row in shares] == [0.0, 0.0, 0.0]
    assert [sum(row) for row in shares] == pytest.approx([1.0, 1.0, 1.0])
    assert [x.data for x in leaves(model(filled))] == pytest.approx([x.data for x in leaves(model(words))], rel=1e-9)


# ---------------------------------------------------------------- spoken


def test_no_voice_is_in_two_parts():
    voices = {tuple(map(tuple, frames)): set() for frames in datasets.spoken_digits().inputs}
    for row, frames in zip(datasets.rows("spoken_digits"), datasets.spoken_digits().inputs, strict=True):
        voices[tuple(map(tuple, frames))].add(row["voice"].partition("+")[2])
    for seed in (0, 1):
        split = split_of("spoken", "unheard voices", seed)
        train, validation, test = (
            set().union(*(voices[tuple(map(tuple, frames))] for frames in part.inputs))
            for part in (split.train, split.validation, split.test)
        )

        assert not train & validation
        assert not train & test
        assert not validation & test


def test_a_louder_voice_says_the_same_to_the_sequence():
    train = datasets.spoken_digits().split_by_file()[0]
    model = TASKS["spoken"].recipes["sequence"].build(train, tanh, random.Random(0))
    frames = train.inputs[0]
    louder = [[frame[0] + 5.0, *frame[1:]] for frame in frames]

    assert [x.data for x in model(louder)] == pytest.approx([x.data for x in model(frames)], rel=1e-9)


# ---------------------------------------------------------------- names


def test_places_before_a_name_change_nothing():
    model = names.Reader(Dataset([0], [0]), identity, random.Random(0))
    [filled] = names.samples(["ada"])

    assert filled == [26] * 8 + [0, 3, 0]
    assert model(filled).data == pytest.approx(model([0, 3, 0]).data, rel=1e-12)


def test_the_order_of_the_letters_counts():
    model = names.Reader(Dataset([0], [0]), identity, random.Random(0))

    assert model([0, 3, 8]).data != pytest.approx(model([8, 3, 0]).data, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "row 1 is empty"),
        ("Eve", "row 1, 'Eve', has 'E': only the letters a to z are known"),
        ("renée", "has 'é'"),
        ("wolfeschlegel", "row 1 has 13 items and the longest may have 11"),
    ],
)
def test_what_is_no_name_is_named(name, message):
    with pytest.raises(ValueError, match=message):
        names.samples(["adam", name])
