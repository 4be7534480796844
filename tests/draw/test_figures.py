"""Figures of experiments: each number stands in its cell or at its place, and what has no place is refused."""

import math

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.text import Text

from autograd.draw import figures
from autograd.draw.tokens import tint

mpl.use("Agg")


def texts(plot):
    return [text.get_text() for text in plot.texts]


def hues(plot):
    """The colour of each coloured cell, by column and row."""
    return {
        (round(cell.get_x() + 0.5), round(cell.get_y() + 0.5)): to_hex(cell.get_facecolor()).upper()
        for cell in plot.patches
    }


def test_each_number_is_written_in_its_cell():
    left, right = figures.heat_maps(["a", "b"], ["2", "5"], {"x": [[1, 0.05], [0.5, 12]], "y": [[0.996, 3e-9], [0, 2]]})

    assert texts(left) == ["1", ".05", ".50", "12"]
    assert texts(right) == ["1", "3e−9", "0", "2"]  # .996 is not written as less than it is
    assert [label.get_text() for label in left.get_yticklabels()] == ["a", "b"]
    assert [label.get_text() for label in right.get_yticklabels()] == ["", ""]
    assert [label.get_text() for label in right.get_xticklabels()] == ["2", "5"]


def test_the_titles_of_tables_with_few_columns_do_not_overlap():
    titles = ["|gradient| of the first layer", "accuracy on fresh points"]
    left, right = figures.heat_maps(["relu  batch norm"], ["5", "30"], {title: [[1, 2]] for title in titles})
    left.figure.draw_without_rendering()
    first, second = (
        next(text for text in plot.findobj(Text) if text.get_text() == title).get_window_extent()
        for plot, title in zip((left, right), titles, strict=True)
    )
    plt.close(left.figure)

    assert first.x1 < second.x0


def test_the_largest_is_darkest_and_a_logarithm_makes_even_steps():
    plot = figures.heat_maps(["a"], ["1", "2", "3"], {"x": [[1e-6, 1e-3, 1.0]]}, log=["x"])

    assert hues(plot) == {(0, 0): tint("light", 0.0), (1, 0): tint("light", 0.5), (2, 0): tint("light", 1.0)}


def test_a_given_range_holds_for_what_lies_beyond_it():
    plot = figures.heat_maps(["a"], ["1", "2", "3"], {"x": [[0.4, 0.75, 2.0]]}, ranges={"x": (0.5, 1.0)})

    assert hues(plot) == {(0, 0): tint("light", 0.0), (1, 0): tint("light", 0.5), (2, 0): tint("light", 1.0)}


def test_what_has_no_place_on_the_scale_is_written_and_not_coloured():
    plot = figures.heat_maps(["a"], ["1", "2", "3", "4"], {"x": [[0.0, math.nan, math.inf, 1.0]]}, log=["x"])

    assert texts(plot) == ["0", "nan", "inf", "1"]
    assert list(hues(plot)) == [(3, 0)]


def test_lines_part_groups_of_rows_and_single_rows_not():
    rows = ["relu plain", "relu init", "tanh plain"]
    grouped = figures.heat_maps(rows, ["1"], {"x": [[1], [2], [3]]})
    single = figures.heat_maps(["relu", "tanh", "silu"], ["1"], {"x": [[1], [2], [3]]})

    assert [list(line.get_ydata()) for line in grouped.lines] == [[1.5, 1.5]]
    assert not single.lines


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([[1.0, 2.0]], "x needs 2 rows of 2 numbers"),
        ([[1.0, 2.0], [3.0]], "x needs 2 rows of 2 numbers"),
        ([[0.0, 0.0], [0.0, math.nan]], "no number of x is finite and above 0"),
    ],
)
def test_a_table_of_another_shape_or_without_colour_is_refused(table, message):
    with pytest.raises(ValueError, match=message):
        figures.heat_maps(["a", "b"], ["1", "2"], {"x": table}, log=["x"])

    assert not plt.get_fignums()


def test_a_scale_for_a_table_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="there is no table 'y': there are x"):
        figures.heat_maps(["a"], ["1"], {"x": [[1.0]]}, log=["y"])


def test_a_curve_goes_through_the_means_with_a_dot_for_each_measurement():
    plot = figures.against([1.0, 2.0], {"accuracy": [[0.5, 0.75], [1.0, 0.5]], "dead": [[0.0], [1.0]]})
    lines = [line.get_xydata().tolist() for line in plot.lines]

    assert lines == [
        [[1.0, 0.625], [2.0, 0.75]],
        [[1.0, 0.5], [1.0, 0.75]],
        [[2.0, 1.0], [2.0, 0.5]],
        [[1.0, 0.0], [2.0, 1.0]],
    ]
    assert texts(plot) == ["accuracy  0.75", "dead  1"]


@pytest.mark.parametrize(
    ("measured", "message"),
    [
        ([[1.0]], "a has measurements for 1 places, there are 2"),
        ([[1.0], [math.nan]], "finite"),
        ([[1.0], []], "empty"),
    ],
)
def test_a_curve_without_a_number_at_each_place_is_refused(measured, message):
    with pytest.raises(ValueError, match=message):
        figures.against([1.0, 2.0], {"a": measured})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_draw_on_given_axes(theme):
    _, ax = plt.subplots()

    assert figures.heat_maps(["a"], ["1"], {"x": [[1.0]]}, ax=ax, theme=theme) is ax
    assert figures.against([1.0, 10.0], {"x": [[1.0], [2.0]]}, log=True, ax=ax, theme=theme) is ax
