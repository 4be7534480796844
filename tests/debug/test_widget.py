"""The notebook widget as Python sees it."""

import json
import sys
from html.parser import HTMLParser

import pytest

from autograd import Value
from autograd.debug import Trace, show
from autograd.debug import widget as widgets
from autograd.debug.page import as_json, story
from autograd.errors import MissingPackageError


@pytest.fixture
def notebook():
    return pytest.importorskip("anywidget", reason="the extra `notebook` is not installed")


def square():
    x = Value(3.0, label="x")
    y = x * x
    y.label = "y"
    return y


class Cells(HTMLParser):
    """The rows of a table, and all its tags."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.tags = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows:
            self.rows[-1][-1] += data


def still(widget):
    return Cells(widget._repr_mimebundle_()[0]["text/html"])


def test_without_anywidget_show_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    widgets._widget_class.cache_clear()

    with pytest.raises(MissingPackageError, match=r"pip install 'stepgrad\[notebook\]'"):
        show(square())


def test_the_position_of_a_widget_stays_within_the_trace(notebook):
    traitlets = pytest.importorskip("traitlets")
    widget = show(square())
    widget.position = len(widget.trace.events)

    with pytest.raises(traitlets.TraitError, match=r"position 11 is outside 0\.\.10"):
        widget.position = 11
    assert widget.position == 10


def test_a_widget_shows_what_the_page_shows(notebook):
    widget = show(square(), title="a square")

    assert json.loads(widget.story) == json.loads(as_json(story(square(), "a square")))


def test_a_widget_says_in_one_line_what_it_is_and_where(notebook):
    widget = show(square())
    widget.position = 4

    assert repr(widget) == "<Stepper 'y = x × x', position 4 of 10>"


def test_where_no_widget_runs_a_table_stands_for_it(notebook):
    table = still(show(square()))

    assert table.rows == [["node", "made by", "value", "gradient"], ["y", "x × x", "9", "+1"], ["x", "leaf", "3", "+6"]]


def test_the_table_of_a_large_graph_has_its_last_values(notebook):
    x = Value(1.0)
    for _ in range(80):
        x = x + 1.0
    widget = show(x)

    assert [row[0] for row in still(widget).rows[1:]] == [f"v{number}" for number in range(80, 30, -1)]
    assert "Of its 81 values, the last 50:" in widget._repr_mimebundle_()[0]["text/html"]


def test_hostile_labels_in_the_table_stay_text(notebook):
    bad = "</td><script>alert(1)</script><img src=x onerror=alert(2)>"
    table = still(show(Value(float("nan"), label=bad) * 2.0, title=bad))

    assert table.tags == {"p", "b", "table", "tr", "th", "td"}
    assert table.rows[2][0].startswith("</td><script>")
    assert table.rows[1][2:] == ["nan", "+1"]


def test_a_widget_of_nothing_is_a_widget_too(notebook):
    assert still(show(Trace())).rows == [["node", "made by", "value", "gradient"]]
