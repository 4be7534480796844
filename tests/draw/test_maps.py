"""Maps of what a model looked at: what is drawn where, and what cannot be drawn."""

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from autograd import Value
from autograd.draw import maps

mpl.use("Agg")


def texts(plot):
    return [text.get_text() for text in plot.texts]


def test_attention_writes_each_share_between_its_words():
    plot = maps.attention([[Value(0.25), 0.75], [1.0, 0.0]], ["3", "1"], ["three", "one"])

    assert texts(plot) == [".25", ".75", "1.00", ".00"]
    assert [label.get_text() for label in plot.get_xticklabels()] == ["three", "one"]
    assert [label.get_text() for label in plot.get_yticklabels()] == ["3", "1"]


def test_attention_without_a_name_for_each_row_is_refused():
    with pytest.raises(ValueError, match="2 rows of attention need as many queries, got 1"):
        maps.attention([[0.5, 0.5], [1.0, 0.0]], ["3"], ["three", "one"])


def test_confusion_writes_what_happened_and_leaves_out_what_did_not():
    plot = maps.confusion([[9, 1], [0, 4]], ["no", "yes"])
    right, wrong, _ = (patch.get_facecolor() for patch in plot.patches)

    assert texts(plot) == ["9", "1", "4"]
    assert [label.get_text() for label in plot.get_yticklabels()] == ["no", "yes"]
    assert right[2] > right[0]  # blue
    assert wrong[0] > wrong[2]  # orange


def test_confusion_without_a_name_for_each_class_is_refused():
    with pytest.raises(ValueError, match=r"has 3 numbers, 2 are needed"):
        maps.confusion([[1, 0, 0], [0, 1, 0]], ["no", "yes"])
    with pytest.raises(ValueError, match="1 rows of counts need as many classes, got 2"):
        maps.confusion([[1, 0]], ["no", "yes"])


def test_words_stand_in_the_order_of_the_text_with_a_bar_each():
    left, right = maps.words(["bad", "film"], {"attention": [0.75, 0.25], "gradient": [-2.0, 1.0]})

    assert [bar.get_width() for bar in left.patches] == [0.75, 0.25]
    assert [bar.get_width() for bar in right.patches] == [-2.0, 1.0]
    assert left.get_ylim()[0] > left.get_ylim()[1]  # the first word on top
    assert [label.get_text() for label in left.get_yticklabels()] == ["bad", "film"]


def test_one_method_gives_one_plot():
    assert maps.words(["bad"], {"attention": [1.0]}).get_title("left") == "attention"


def test_words_without_a_number_each_are_refused():
    with pytest.raises(ValueError, match="attention has 1 numbers for 2 words"):
        maps.words(["bad", "film"], {"attention": [1.0]})


def test_heat_marks_what_counts_by_size_and_what_is_against_by_a_stroke():
    plot = maps.heat([[0.0, 1.0], [2.0, 3.0]], [[0.0, 4.0], [-1.0, 0.01]])
    most, less = plot.patches  # what hardly counts is left out
    [strokes] = plot.collections

    assert most.get_center() == pytest.approx((1.0, 0.0))
    assert less.get_center() == pytest.approx((0.0, 1.0))
    assert less.get_width() == pytest.approx(most.get_width() / 2)  # a quarter of the area
    assert strokes.get_offsets().tolist() == [[0.0, 1.0]]
    assert plot.get_xlabel() == "full square: ±4"


def test_an_image_alone_has_no_heat():
    assert not maps.heat([[0.0, 1.0]], title="a pixel").collections


@pytest.mark.parametrize("attributions", [[[1.0, 2.0]], [[1.0], [2.0]]])
def test_attributions_of_another_shape_are_refused(attributions):
    with pytest.raises(ValueError, match="row"):
        maps.heat([[0.0, 1.0], [2.0, 3.0]], attributions)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_maps_draw_on_given_axes(theme):
    _, ax = plt.subplots()

    assert maps.heat([[0.0, 1.0]], [[0.5, -0.5]], ax=ax, theme=theme) is ax
    assert maps.attention([[1.0]], ["a"], ["b"], ax=ax, theme=theme) is ax
