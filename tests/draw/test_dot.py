"""The DOT writer: its text in full, and that Graphviz reads it and finds what was meant."""

import json
import shutil
from pathlib import Path

import pytest
from drawn_graphs import expression, network, random_graphs
from hypothesis import given, settings

import autograd
from autograd import Value
from autograd.draw import digraph, dot, draw_dot, pdf, png, svg
from autograd.draw.engine import PURE, find_dot, render
from autograd.draw.scene import scene
from autograd.errors import GraphvizError, MissingPackageError

GOLDEN = Path(__file__).parent / "golden"
needs_dot = pytest.mark.skipif(find_dot() is None, reason="there is no Graphviz: pip install graphviz-pure")


def neuron():
    """relu(w·x + 2) with the gradient stopped: leaf, constant, op, dead edge."""
    w, x = Value(-1.5, label="w"), Value(2.0, label="x")
    out = (w * x + 2).relu()
    out.label = "out"
    out.backward()
    return out


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("placed", {}),
        ("merged", {"layout": "dot"}),
        ("apart", {"layout": "dot", "merge": False}),
        ("down", {"layout": "dot", "direction": "TB", "theme": "dark"}),
    ],
)
def test_the_text_is_as_agreed(name, options):
    assert dot(neuron(), **options) == (GOLDEN / f"{name}.dot").read_text("utf-8")


def test_the_places_are_ours_unless_they_are_left_to_dot():
    assert ("nop2" in dot(neuron()), "pos=" in dot(neuron())) == (True, True)
    assert ("nop2" in dot(neuron(), layout="dot"), "pos=" in dot(neuron(), layout="dot")) == (False, False)
    with pytest.raises(ValueError, match="unknown layout 'neato' of DOT: use 'built-in' or 'dot'"):
        dot(neuron(), layout="neato")


@needs_dot
def test_a_digraph_left_to_dot_can_be_added_to():
    made = digraph(neuron(), layout="dot")
    made.node("mine", "a remark")
    made.edge("mine", "v4")

    assert "a remark" in made.pipe("svg").decode()


@needs_dot
@settings(max_examples=15, deadline=None, derandomize=True)
@given(random_graphs())
def test_graphviz_reads_every_card_and_edge(root):
    shown, read = scene(root), json.loads(render(dot(root), "json0"))

    assert {thing["name"] for thing in read["objects"]} == {card.id for card in shown.cards}
    assert len(read["edges"]) == len(shown.edges)


@needs_dot
def test_graphviz_reads_clusters_in_clusters():
    root = network((2, 2, 1))
    read = json.loads(render(dot(root, detail="values"), "json0"))
    labels = [thing["label"] for thing in read["objects"] if "bb" in thing]

    assert sorted(labels) == [
        "layer 0, 4 parameters",
        "layer 1, 2 parameters",
        "neuron 0, 2 parameters",
        "neuron 0, 2 parameters",
        "neuron 1, 2 parameters",
    ]


@needs_dot
def test_positions_from_graphviz_give_the_same_cards_and_edges():
    root = network((2, 2, 1))
    ours, theirs = svg(root, detail="values"), svg(root, detail="values", layout="dot")

    assert ours != theirs
    for mark in ("sg-card", "sg-edge", "sg-pill", "sg-outlet", "sg-cluster"):
        assert ours.count(f'class="{mark}') == theirs.count(f'class="{mark}')


@needs_dot
def test_png_is_a_png_and_more_dots_make_it_larger():
    coarse, fine = png(neuron(), dpi=48), png(neuron(), dpi=96)

    assert coarse.startswith(b"\x89PNG")
    assert int.from_bytes(fine[16:20]) > 1.8 * int.from_bytes(coarse[16:20])


@pytest.mark.skipif(shutil.which("dot") is None, reason="only Graphviz's own dot command writes PDF")
def test_pdf_is_a_pdf():
    assert pdf(neuron(), graphviz="dot").startswith(b"%PDF")


def test_digraph_is_the_same_text_as_a_graphviz_object():
    made = digraph(neuron(), direction="TB")

    assert made.source == dot(neuron(), direction="TB")


@needs_dot
def test_draw_dot_works_as_in_micrograds_notebook():
    made = draw_dot(expression(), format="png", rankdir="TB")

    assert made.format == "png"
    assert 'rankdir="TB"' in made.source
    assert "v2op:s -> v2 " in made.source
    assert made.pipe("svg").startswith(b"<?xml")


def test_draw_dot_refuses_a_direction_that_it_does_not_know():
    with pytest.raises(ValueError, match="unknown direction 'BT'"):
        draw_dot(Value(1.0), rankdir="BT")


# ---------------------------------------------------------------- finding Graphviz


def test_pdf_with_the_wheel_alone_says_that_the_wheel_writes_none(monkeypatch):
    monkeypatch.setattr(autograd.draw.engine, "find_dot", lambda given=None: Path(PURE))

    with pytest.raises(MissingPackageError, match="graphviz-pure wheel, which is what there is, writes no PDF"):
        pdf(Value(1.0))


@pytest.fixture
def no_graphviz(monkeypatch):
    monkeypatch.setattr(autograd.draw.engine.shutil, "which", lambda *args, **named: None)


@pytest.mark.usefixtures("no_graphviz")
@pytest.mark.parametrize("draw", [png, pdf, lambda v: svg(v, layout="dot")])
def test_without_graphviz_the_error_names_what_to_install(draw):
    with pytest.raises(MissingPackageError, match="pip install graphviz-pure"):
        draw(Value(1.0))


@pytest.mark.usefixtures("no_graphviz")
def test_without_graphviz_the_text_formats_and_svg_still_work():
    assert svg(neuron()).startswith("<svg")
    assert dot(neuron()).startswith("digraph")


@pytest.mark.parametrize("draw", [png, pdf])
def test_a_graphviz_that_is_not_where_it_should_be_is_named(draw):
    with pytest.raises(FileNotFoundError, match="no Graphviz at 'nowhere/dot'"):
        draw(Value(1.0), graphviz="nowhere/dot")


@needs_dot
def test_what_graphviz_refuses_is_told():
    with pytest.raises(GraphvizError, match="Graphviz failed"):
        render("digraph {", "svg")
