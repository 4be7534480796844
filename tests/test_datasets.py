import math
import os
import random
import re
import subprocess
import sys
from collections import Counter
from importlib import resources
from itertools import pairwise

import numpy as np
import pytest

from autograd import datasets
from autograd.datasets import Dataset, digits, moons, names, penguins, spiral, spoken_digits, vowels

LOADERS = ["digits", "penguins", "vowels", "names", "movie_ratings", "spoken_digits"]


@pytest.fixture(scope="module")
def loaded():
    return {name: getattr(datasets, name)() for name in LOADERS}


def run_python(source, **environment):
    return subprocess.run(
        [sys.executable, "-c", source],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def row_lengths(data):
    return {len(row) for row in data.inputs}


# ---------------------------------------------------------------- what the files hold


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("digits", 1797),
        ("penguins", 344),
        ("vowels", 9961),
        ("names", 5494),
        ("movie_ratings", 10436),
        ("movie_words", 2888),
        ("spoken_digits", 1770),
    ],
)
def test_each_file_has_all_its_rows(name, count):
    assert len(datasets.rows(name)) == count


@pytest.mark.parametrize(
    ("name", "count", "features", "classes"),
    [
        ("digits", 1797, 64, 10),
        ("penguins", 342, 4, 3),
        ("vowels", 640, 12, 9),
        ("names", 5163, 26, 2),
        ("movie_ratings", 10436, 2888, 0),
        ("spoken_digits", 1770, 13, 10),
    ],
)
def test_each_data_set_has_its_rows_features_and_classes(loaded, name, count, features, classes):
    data = loaded[name]

    assert (len(data), len(data.inputs), len(data.features), len(data.classes)) == (
        count,
        count,
        features,
        classes,
    )


@pytest.mark.parametrize("name", LOADERS)
def test_the_targets_of_classes_are_indices_and_every_class_occurs(loaded, name):
    data = loaded[name]
    if data.classes:
        assert set(data.targets) == set(range(len(data.classes)))
        assert {type(target) for target in data.targets} == {int}
    else:
        assert {type(target) for target in data.targets} == {float}


def test_the_first_digit_is_a_zero_on_paper_from_0_to_1(loaded):
    data = loaded["digits"]
    first_lines = [[16 * pixel for pixel in data.inputs[0][8 * line : 8 * line + 8]] for line in range(2)]

    assert first_lines == [[0, 0, 5, 13, 9, 1, 0, 0], [0, 0, 13, 15, 10, 15, 5, 0]]
    assert data.targets[:3] == [0, 1, 2]
    assert row_lengths(data) == {64}
    assert {min(map(min, data.inputs)), max(map(max, data.inputs))} == {0.0, 1.0}


def test_the_first_penguin_is_an_adelie(loaded):
    data = loaded["penguins"]

    assert data.inputs[0] == [39.1, 18.7, 181.0, 3750.0]
    assert data.classes[data.targets[0]] == "Adelie"
    assert [data.targets.count(k) for k in range(3)] == [151, 68, 123]


def test_penguins_without_measures_are_kept_on_request():
    data = penguins(drop_missing=False)

    assert len(data) == 344
    assert [row for row in range(344) if None in data.inputs[row]] == [3, 271]
    assert data.inputs[3] == [None] * 4


def test_utterances_of_vowels_have_7_to_29_frames_of_12_numbers(loaded):
    data = loaded["vowels"]

    assert {min(row_lengths(data)), max(row_lengths(data))} == {7, 29}
    assert {len(frame) for frames in data.inputs for frame in frames} == {12}
    assert sum(map(len, data.inputs)) == 9961
    assert data.inputs[0][0][:3] == [1.860936, -0.207383, 0.261557]


def test_a_name_stands_once_with_the_sex_it_is_commoner_in(loaded):
    data = loaded["names"]
    sex = {name: data.classes[target] for name, target in zip(data.inputs, data.targets, strict=True)}
    percent = {(row["name"], row["sex"]): float(row["percent"]) for row in datasets.rows("names")}

    assert len(sex) == len(data) == 5163
    assert (data.inputs[0], sex["mary"], sex["james"], sex["kris"]) == ("mary", "female", "male", "female")
    for name, commoner in sex.items():
        rarer = {"female": "male", "male": "female"}[commoner]
        assert percent[name, commoner] >= percent.get((name, rarer), 0.0)


def test_names_are_spelled_with_the_letters_of_the_features(loaded):
    data = loaded["names"]

    assert set("".join(data.inputs)) == set(data.features)


def test_a_rating_comes_with_the_ids_of_known_words(loaded):
    data = loaded["movie_ratings"]
    words = [data.features[word] for word in data.inputs[0]]

    assert (data.targets[0], words[:4]) == (1.267, ["an", "and", "engrossing", "grim"])
    assert all(bag and bag == sorted(set(bag)) for bag in data.inputs)
    assert {min(map(min, data.inputs)), max(map(max, data.inputs))} == {0, 2887}
    assert all(-4.0 <= rating <= 4.0 for rating in data.targets)


def test_the_word_list_counts_each_word_about_as_often_as_it_occurs(loaded):
    data = loaded["movie_ratings"]
    occurs = Counter(word for bag in data.inputs for word in bag)
    listed = [int(row["snippets"]) for row in datasets.rows("movie_words")]

    # The list was counted before sentences with fewer than three known words were left out.
    assert all(0 <= count - occurs[word] <= 26 for word, count in enumerate(listed))


def test_a_spoken_digit_has_20_frames_of_13_coefficients_in_quarters(loaded):
    data = loaded["spoken_digits"]

    assert row_lengths(data) == {20}
    assert {len(frame) for frames in data.inputs for frame in frames} == {13}
    assert data.inputs[0][0][:3] == [-53 / 4, -11 / 4, 17 / 4]
    assert data.inputs[0][1][0] == -51 / 4


def test_the_voices_are_said_to_be_synthetic(loaded):
    assert "synthetic" in loaded["spoken_digits"].source
    assert "synthetic" in spoken_digits.__doc__


def test_an_unknown_file_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="no data file 'iris': there are digits, movie_ratings, movie_words"):
        datasets.rows("iris")


def test_every_file_is_named_with_its_licence():
    package = resources.files("autograd.datasets")
    licences = (package / "LICENSES.md").read_text(encoding="utf-8")
    table = [line for line in licences.splitlines() if line.startswith("| `")]
    listed = {name for line in table for name in re.findall(r"`(.*?)`", line)}

    assert listed == {file.name for file in (package / "data").iterdir()}


@pytest.mark.parametrize("name", LOADERS)
def test_the_licence_of_a_data_set_is_the_one_in_the_table(loaded, name):
    licences = (resources.files("autograd.datasets") / "LICENSES.md").read_text(encoding="utf-8")
    (line,) = [line for line in licences.splitlines() if line.startswith(f"| `{name}.csv.gz`")]

    assert line.split("|")[2].strip().startswith(loaded[name].licence)
    assert loaded[name].source


# ---------------------------------------------------------------- splits


def test_a_split_deals_every_row_to_exactly_one_side():
    data = Dataset(list(range(100)), [10 * row for row in range(100)])
    train, test = data.split(0.25, seed=1)

    assert (len(train), len(test)) == (75, 25)
    assert sorted(train.inputs + test.inputs) == list(range(100))
    assert [*train.targets, *test.targets] == [10 * row for row in train.inputs + test.inputs]


def test_both_sides_of_a_split_are_shuffled():
    train, test = Dataset(list(range(100)), list(range(100))).split(0.5)

    assert train.inputs != sorted(train.inputs)
    assert test.inputs != sorted(test.inputs)


def test_a_split_follows_its_seed_and_not_the_global_generator(loaded):
    data = loaded["digits"]
    random.seed(1)
    first = data.split(0.2, seed=0)[1]
    random.seed(2)
    state = random.getstate()
    second = data.split(0.2, seed=0)[1]
    other = data.split(0.2, seed=1)[1]

    assert first.inputs == second.inputs
    assert first.targets == second.targets
    assert first.targets != other.targets
    assert random.getstate() == state


def test_a_split_is_the_one_it_always_was():
    train, test = Dataset(list(range(10)), list(range(10))).split(0.3, seed=0)

    # Random(0).random() begins .844 .758 .421 .259 .511 .405 .784 .303 .477 .583: rows by size, test first.
    assert test.inputs == [3, 7, 5]
    assert train.inputs == [2, 8, 4, 9, 1, 6, 0]


def test_processes_with_different_hash_seeds_draw_the_same():
    source = """
import hashlib
from autograd.datasets import digits, moons, names, spiral
parts = [*digits().split(0.2, seed=3), *names().split(0.2, seed=3)]
drawn = [[part.inputs, part.targets] for part in parts] + [moons(seed=3), spiral(seed=3)]
print(hashlib.sha256(repr(drawn).encode()).hexdigest())
"""
    digest = run_python(source, PYTHONHASHSEED="1")

    assert len(digest.strip()) == 64
    assert run_python(source, PYTHONHASHSEED="77") == digest


def test_a_part_can_be_split_again_and_keeps_the_names(loaded):
    data = loaded["penguins"]
    train, rest = data.split(0.4, seed=0)
    valid, test = rest.split(0.5, seed=0)

    assert (len(train), len(valid), len(test)) == (205, 69, 68)
    assert (valid.features, valid.classes, valid.source) == (data.features, data.classes, data.source)
    assert repr(valid) == "<Dataset penguins test train: 69 rows, 4 features, 3 classes>"


@pytest.mark.parametrize(
    ("name", "n_train", "n_test"),
    [("vowels", 270, 370), ("movie_ratings", 8400, 2036), ("spoken_digits", 1320, 450)],
)
def test_the_split_of_the_file_keeps_its_order(loaded, name, n_train, n_test):
    data = loaded[name]
    train, test = data.split_by_file()

    assert (len(train), len(test)) == (n_train, n_test)
    assert train.inputs + test.inputs == data.inputs
    assert train.targets + test.targets == data.targets


@pytest.mark.parametrize("name", ["vowels", "spoken_digits"])
def test_the_split_of_the_file_is_its_split_column(loaded, name):
    seen = dict.fromkeys((row["split"], row.get("utterance", i)) for i, row in enumerate(datasets.rows(name)))
    n_train = len(loaded[name].split_by_file()[0])

    assert [split for split, _ in seen] == ["train"] * n_train + ["test"] * (len(loaded[name]) - n_train)


def test_no_test_voice_of_the_spoken_digits_is_heard_in_training():
    voices = {"train": set(), "test": set()}
    for row in datasets.rows("spoken_digits"):
        voices[row["split"]].add(row["voice"].split("+")[1])

    assert voices["train"]
    assert voices["test"]
    assert not voices["train"] & voices["test"]


def test_data_without_a_split_of_their_own_say_what_to_use(loaded):
    with pytest.raises(ValueError, match=r"<Dataset digits: .*> comes without a split: use split\(0.2, seed=0\)"):
        loaded["digits"].split_by_file()


def test_a_part_has_no_split_of_the_file(loaded):
    train, _ = loaded["vowels"].split_by_file()

    with pytest.raises(ValueError, match="comes without a split"):
        train.split_by_file()


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.2, 20, math.nan, math.inf])
def test_a_fraction_outside_0_to_1_is_refused(loaded, fraction):
    with pytest.raises(ValueError, match=f"fraction must be between 0 and 1, got {fraction}"):
        loaded["penguins"].split(fraction)


@pytest.mark.parametrize(("count", "fraction"), [(0, 0.5), (1, 0.5), (4, 0.1), (4, 0.9)])
def test_a_split_with_an_empty_side_is_refused(count, fraction):
    data = Dataset([[0.0]] * count, [0] * count)

    with pytest.raises(ValueError, match=f"{count} rows split at a fraction of {fraction} leave one side empty"):
        data.split(fraction)


@pytest.mark.parametrize("seed", [None, 0.5, "0"])
def test_a_seed_that_is_no_integer_is_refused(loaded, seed):
    with pytest.raises(TypeError, match="seed must be an integer, got"):
        loaded["penguins"].split(0.2, seed=seed)
    with pytest.raises(TypeError, match="seed must be an integer, got"):
        moons(10, seed=seed)


def test_a_negative_seed_is_refused(loaded):
    with pytest.raises(ValueError, match="seed must be 0 or more, got -1"):
        loaded["penguins"].split(0.2, seed=-1)


def test_inputs_without_a_target_are_refused():
    with pytest.raises(ValueError, match="each input needs a target, got 3 and 2"):
        Dataset([1.0, 2.0, 3.0], [0, 1])


# ---------------------------------------------------------------- NumPy


@pytest.mark.parametrize(
    ("name", "shape"), [("digits", (1797, 64)), ("penguins", (342, 4)), ("spoken_digits", (1770, 20, 13))]
)
def test_rows_of_one_length_become_one_array(loaded, name, shape):
    data = getattr(datasets, name)(as_numpy=True)

    assert (data.inputs.shape, data.inputs.dtype) == (shape, np.float64)
    assert data.inputs.tolist() == loaded[name].inputs


@pytest.mark.parametrize(("name", "dtype"), [("vowels", np.float64), ("movie_ratings", np.int64)])
def test_rows_of_unequal_length_become_a_list_of_arrays(loaded, name, dtype):
    data = getattr(datasets, name)(as_numpy=True)

    assert {row.dtype for row in data.inputs} == {np.dtype(dtype)}
    assert [row.tolist() for row in data.inputs] == loaded[name].inputs


@pytest.mark.parametrize("name", LOADERS)
def test_targets_become_an_array(loaded, name):
    data = getattr(datasets, name)(as_numpy=True)

    assert data.targets.dtype == (np.int64 if data.classes else np.float64)
    assert data.targets.tolist() == loaded[name].targets


def test_names_stay_strings_as_numpy(loaded):
    assert names(as_numpy=True).inputs == loaded["names"].inputs


def test_missing_measures_become_nan_in_an_array():
    data = penguins(drop_missing=False, as_numpy=True)

    assert data.inputs.dtype == np.float64
    assert np.flatnonzero(np.isnan(data.inputs).any(axis=1)).tolist() == [3, 271]


@pytest.mark.parametrize("load", [digits, vowels])
def test_arrays_are_split_like_lists(load):
    for part, array_part in zip(load().split(seed=5), load(as_numpy=True).split(seed=5), strict=True):
        assert [row.tolist() for row in array_part.inputs] == part.inputs
        assert array_part.targets.tolist() == part.targets


def test_lists_need_no_numpy_and_arrays_say_what_to_install():
    source = f"""
import sys
sys.modules["numpy"] = None
from autograd import datasets
from autograd.errors import MissingPackageError
for name in {LOADERS}:
    print(len(getattr(datasets, name)().split()[0]))
print(len(datasets.moons()[0]), len(datasets.spiral()[0]))
try:
    datasets.digits(as_numpy=True)
except MissingPackageError as error:
    print(error)
"""

    assert run_python(source).splitlines() == [
        *("1438", "274", "512", "4130", "8349", "1416"),
        "100 100",
        "as_numpy=True needs NumPy: pip install numpy",
    ]


# ---------------------------------------------------------------- moons and spiral


@pytest.mark.parametrize("draw", [moons, spiral])
@pytest.mark.parametrize("n", [2, 3, 100, 101])
def test_points_are_pairs_with_labels_in_equal_numbers(draw, n):
    points, labels = draw(n)

    assert len(points) == n
    assert all([type(x), type(y)] == [float, float] for x, y in points)
    assert (labels.count(-1), labels.count(1)) == ((n + 1) // 2, n // 2)


def test_moons_without_noise_lie_on_two_half_circles():
    for (x, y), label in zip(*moons(50, noise=0.0), strict=True):
        from_centre = (x, y) if label < 0 else (x - 1.0, y - 0.5)

        assert math.hypot(*from_centre) == pytest.approx(1.0, abs=1e-15)
        assert from_centre[1] * label < 0  # upper half for -1, lower for +1


def test_a_spiral_without_noise_winds_as_often_as_told():
    points, labels = spiral(2000, turns=1.5, noise=0.0)
    arm = [point for point, label in zip(points, labels, strict=True) if label > 0]
    angles = [math.atan2(y, x) for x, y in sorted(arm, key=lambda point: math.hypot(*point))]
    steps = [math.remainder(after - before, math.tau) for before, after in pairwise(angles)]

    assert min(math.hypot(*point) for point in arm) == pytest.approx(0.1, abs=1e-3)
    assert max(math.hypot(*point) for point in arm) == pytest.approx(1.0, abs=1e-3)
    assert sum(steps) == pytest.approx(math.tau * 1.5, rel=2e-3)


@pytest.mark.parametrize("draw", [moons, spiral])
def test_noise_is_normal_with_the_deviation_asked_for(draw):
    still, _ = draw(10_000, noise=0.0)
    moved, _ = draw(10_000, noise=0.25)
    shifts = (np.array(moved) - np.array(still)) / 0.25

    # 20,000 numbers: standard errors .007 and .005; 68.3% of a normal distribution lie within one deviation.
    assert shifts.mean() == pytest.approx(0.0, abs=0.03)
    assert shifts.std() == pytest.approx(1.0, abs=0.02)
    assert (abs(shifts) < 1.0).mean() == pytest.approx(0.6827, abs=0.015)
    assert (shifts[:, 0] * shifts[:, 1]).mean() == pytest.approx(0.0, abs=0.04)  # x and y independent


@pytest.mark.parametrize("draw", [moons, spiral])
def test_points_follow_their_seed_and_come_in_random_order(draw):
    _, labels = draw(100)

    assert draw(100, seed=4) == draw(100, seed=4)
    assert draw(100, seed=4) != draw(100, seed=5)
    assert draw(100, seed=np.int64(4)) == draw(100, seed=4)
    assert labels != [-1, 1] * 50


def test_moons_are_the_ones_they_always_were():
    points, labels = moons(4, noise=0.1, seed=0)
    expected = [
        [1.8249369112038967, 0.18461777627313153],
        [-0.44021923513148936, 1.0891687588750145],
        [0.5187893134452107, -0.48080447935275866],
        [0.7054705183099741, 0.37624978005368587],
    ]

    # The last digits are up to the platform's sin, cos and log.
    assert points == [pytest.approx(point, abs=1e-12) for point in expected]
    assert labels == [1, -1, 1, -1]


def test_drawn_points_make_a_data_set():
    train, test = Dataset(*moons(50), name="moons").split(0.2)

    assert repr(train) == "<Dataset moons train: 40 rows>"
    assert len(test) == 10


@pytest.mark.parametrize("draw", [moons, spiral])
@pytest.mark.parametrize("n", [-5, 0, 1])
def test_fewer_than_two_points_are_refused(draw, n):
    with pytest.raises(ValueError, match=f"two classes need 2 points or more, got n={n}"):
        draw(n)


@pytest.mark.parametrize("draw", [moons, spiral])
@pytest.mark.parametrize("n", [10.0, math.nan, "10"])
def test_a_number_of_points_that_is_no_integer_is_refused(draw, n):
    with pytest.raises(TypeError):
        draw(n)


@pytest.mark.parametrize("draw", [moons, spiral])
@pytest.mark.parametrize("noise", [-0.1, math.nan, math.inf])
def test_noise_that_is_no_deviation_is_refused(draw, noise):
    with pytest.raises(ValueError, match="noise is a standard deviation"):
        draw(10, noise=noise)


@pytest.mark.parametrize("turns", [0.0, -1.0, math.nan, math.inf])
def test_turns_that_wind_nothing_are_refused(turns):
    with pytest.raises(ValueError, match="turns must be positive and finite"):
        spiral(10, turns=turns)
