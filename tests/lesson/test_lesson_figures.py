"""The pictures of the lessons: caption, description, and that nothing is left open."""

import base64
from html.parser import HTMLParser
from itertools import pairwise

import matplotlib
import matplotlib.pyplot as plt
import pytest

from autograd import Value, record
from autograd.draw import plots
from autograd.lesson import figure, plot

matplotlib.use("Agg")


class Page(HTMLParser):
    """The attributes of the image, and the text."""

    def __init__(self, html):
        super().__init__()
        self.image, self.text = {}, ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.image = dict(attributes)

    def handle_data(self, data):
        self.text += data


def square():
    x = Value(3.0, label="x")
    return x * x


def test_a_graph_is_an_image_with_caption_and_description():
    page = Page(figure(square(), caption='Notice: 1 < 2 & "so"', alt='x "times" <x>')._repr_html_())
    kind, _, content = page.image["src"].partition(";base64,")

    assert (page.text, page.image["alt"]) == ('Notice: 1 < 2 & "so"', 'x "times" <x>')
    assert kind == "data:image/svg+xml"
    assert base64.b64decode(content).startswith(b"<svg")


def test_options_are_those_of_the_picture():
    wide, tall = (figure(square(), caption="c", alt="a", direction=way).image for way in ("LR", "TB"))

    assert wide != tall


def test_what_a_program_draws_is_an_image_too():
    w = Value(2.0, label="w")
    shown = record(w * 3.0, parameters=[w]).draw()
    made = figure(shown, caption="c", alt="a")

    assert base64.b64decode(made.image.partition(";base64,")[2]).decode() == shown.svg


def test_a_plot_is_as_wide_as_it_was_meant_and_does_not_stay_open():
    page = Page(figure(plots.activation("tanh", "relu"), caption="c", alt="a")._repr_html_())

    assert page.image["src"].startswith("data:image/png;base64,iVBOR")
    assert page.image["width"] == f"{2 * 4.8 * 96:g}"
    assert plt.get_fignums() == []


@pytest.mark.parametrize("words", [{"caption": " ", "alt": "a"}, {"caption": "c", "alt": ""}])
def test_a_figure_without_words_is_refused(words):
    with pytest.raises(ValueError, match="needs a caption and a description"):
        figure(square(), **words)


def test_each_line_is_named_at_its_end_and_the_axes_too():
    axes = plot({"up": ([0, 1, 2], [0, 1, 4]), "down": ([0, 1, 2], [4, 1, 0])}, "both", "step", "height")
    plt.close(axes.figure)

    assert {text.get_text(): round(text.xy[1]) for text in axes.texts} == {"up": 1, "down": 0}
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "height")
    assert [list(line.get_ydata()) for line in axes.lines] == [[0, 1, 4], [4, 1, 0]]


def test_on_logarithmic_axes_a_zero_is_left_out():
    axes = plot({"error": ([1e-3, 1e-2, 1e-1], [0.0, 1e-2, 1e-1])}, "t", "h", log=True)
    plt.close(axes.figure)

    assert list(axes.lines[0].get_xdata()) == [1e-2, 1e-1]


def test_numbers_below_logarithmic_axes_do_not_touch():
    places = [10.0**-k for k in range(1, 17)]
    axes = plot({"error": (places, places)}, "t", "h", log=True)
    axes.figure.canvas.draw()
    low, high = axes.get_xlim()
    shown = [text for text in axes.get_xticklabels() if text.get_text() and low < text.get_position()[0] < high]
    boxes = [text.get_window_extent() for text in shown]
    plt.close(axes.figure)

    assert [text.get_text() for text in shown] == ["1e−16", "1e−12", "1e−8", "1e−4"]
    assert all(left.x1 + left.height < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize(("xs", "ys"), [([], []), ([1, 2], [1])])
def test_a_line_that_cannot_be_drawn_is_refused_and_leaves_no_figure(xs, ys):
    with pytest.raises(ValueError, match=r"no point|longer|shorter"):
        plot({"line": (xs, ys)}, "t", "x")

    assert plt.get_fignums() == []


@pytest.mark.parametrize(("xs", "whole"), [(range(20), True), ([0.0, 0.5, 19.0], False)])
def test_where_only_whole_numbers_are_given_none_between_them_is_marked(xs, whole):
    ticks = plot({"line": (xs, xs)}, "title", "frame").get_xticks()

    assert all(tick == round(tick) for tick in ticks) is whole


def test_steps_are_marked_at_round_numbers():
    first, second, *_ = plot({"line": (range(100, 600), range(500))}, "title", "step").get_xticks()

    assert f"{second - first:.0e}"[0] in "125"  # not every 80 steps


def test_without_matplotlib_a_figure_says_so_and_the_lesson_goes_on(run_python):
    shown = run_python(
        """
import sys
sys.modules["matplotlib"] = None  # as where it is not installed
from autograd.lesson import figure, plot
drawn = figure(plot({"x": ([0, 1], [0, 1])}, "t", "x"), caption="It rises.", alt="a line <b>upwards</b>")
print(drawn)
print(drawn._repr_html_())
"""
    )

    assert shown.splitlines() == [
        "It rises.",
        "[a line <b>upwards</b>]",
        "No picture: plots need matplotlib and numpy: pip install 'stepgrad[plot]'",
        '<figure style="margin:1em 0"><p>[a line &lt;b&gt;upwards&lt;/b&gt;] <small>No picture: plots need matplotlib'
        " and numpy: pip install &#x27;stepgrad[plot]&#x27;</small></p><figcaption>It rises.</figcaption></figure>",
    ]
