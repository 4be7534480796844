"""Rows made into samples: bad data are named before anything is trained."""

import math

import pytest
from tiny import points

from autograd import datasets
from autograd.datasets import Dataset
from autograd.tasks.prepare import Standard, checked, padded


def test_standard_gives_mean_0_and_deviation_1():
    rows = [[1.0, 10.0], [2.0, 30.0], [6.0, 20.0]]
    columns = list(zip(*([x.data for x in Standard(rows)(row)] for row in rows), strict=True))

    for column in columns:
        assert sum(column) == pytest.approx(0.0, abs=1e-12)
        assert sum(x * x for x in column) / 3 == pytest.approx(1.0)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e20])
def test_a_constant_feature_becomes_0_also_where_it_is_another_number_later(constant):
    standard = Standard([[constant], [constant], [constant]])

    assert standard([constant])[0].data == 0.0
    assert standard([7.0])[0].data == 0.0


def test_what_standard_knows_is_stored_with_a_model_and_does_not_learn():
    standard = Standard([[1.0], [3.0]])

    assert standard.state_dict() == {"means.0": 2.0, "scales.0": 1.0}
    assert standard.parameters() == []


def test_standard_of_no_rows_is_refused():
    with pytest.raises(ValueError, match="no rows to take a mean of"):
        Standard([])


def test_rows_are_filled_up_behind_or_in_front():
    assert padded([[1], [2, 3]], 3, 0) == [[1, 0, 0], [2, 3, 0]]
    assert padded([[1]], 2, 0, front=True) == [[0, 1]]


def test_an_empty_or_too_long_row_is_named():
    with pytest.raises(ValueError, match="row 1 is empty: there is nothing to decide by"):
        padded([[1], []], 2, 0)
    with pytest.raises(ValueError, match="row 0 has 3 items and the longest may have 2"):
        padded([[1, 2, 3]], 2, 0)


def test_good_data_pass():
    data = points(1, 9)

    assert checked(data) is data


def test_a_missing_cell_is_named_with_its_row():
    birds = datasets.penguins(drop_missing=False)
    row = next(k for k, measures in enumerate(birds.inputs) if None in measures)

    with pytest.raises(
        ValueError, match=rf"row {row} of <Dataset penguins.*> has a missing cell \(None\): leave the row"
    ):
        checked(birds)


@pytest.mark.parametrize(
    ("cell", "error", "message"),
    [
        (math.nan, ValueError, r"missing cell \(nan\)"),
        (math.inf, ValueError, "has the number inf"),
        ("3", TypeError, "has '3' where a number must be"),
        (True, TypeError, "has True where a number must be"),
    ],
)
def test_a_cell_that_is_no_number_is_named(cell, error, message):
    with pytest.raises(error, match=f"row 1 of .*{message}"):
        checked(Dataset([[1.0], [cell]], [0, 0], classes=("a",)))


def test_an_empty_sample_is_named():
    with pytest.raises(ValueError, match=r"row 0 of .* is empty: leave it out"):
        checked(Dataset([[[], []]], [0], classes=("a",)))


@pytest.mark.parametrize("target", [2, -1, 0.5, True, [0, 2]])
def test_a_target_that_is_no_class_is_named(target):
    with pytest.raises(ValueError, match=r"row 0 of .* has the target .*: the classes are 0 to 1"):
        checked(Dataset([[1.0]], [target], classes=("a", "b")))
