"""Labels are data: whatever a label holds, every writer gives a sound picture that shows it and obeys none of it."""

import json
import re
import xml.etree.ElementTree as ET
from html import escape

import pytest
from drawn_graphs import put
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.draw import dot, mermaid, save, show, svg
from autograd.draw.engine import find_dot, render
from autograd.draw.text import clean, shorten, width

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onload="alert(1)',
    "record": "a|b{c}<d>\\e",
    "html label": "></TD></TR></TABLE>> evil [shape=box",
    "entities": "&lt;&amp;&#0;&nbsp;",
    "dot escapes": "\\N \\G \\L \\n \\",
    "newlines": "one\ntwo\r\nthree\u2028four",
    "control characters": "".join(map(chr, range(32))) + "\x7f\x80\x9f",
    "terminal escape": "\x1b[31mred\x1b[0m",
    "emoji": "👩‍💻🏳️‍🌈",
    "right to left": "שלום עולם",
    "override of direction": "abc\u202edef\u2066",
    "lone surrogates": "a\ud800b\udfff",
    "not characters": "a\ufffeb\uffffc\ufeff",
    "long": "x" * 10_000,
    "long and wide": "漢" * 10_000,
    "blank": " \t\n",
    "word of DOT": "graph",
    "word of Mermaid": "end",
    "end of CDATA": "]]> <![CDATA[ <!-- -->",
    "mermaid": '"]; click v0 "javascript:alert(1)"',
    "combining": "e" + "\u0301" * 50,
}
labels = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(list(HOSTILE.values()))
quick = settings(max_examples=60, deadline=None, derandomize=True)


def labelled(*texts):
    """A graph that has each text as a label, as the name of an op, and as the name of a scope."""
    values = [Value(1.5, label=text) for text in texts]
    root = values[0] * 2
    for value in values:
        root = Value(3.0, (root, value), texts[0])
    root.label = texts[-1]
    put(values, texts[0], texts[-1])
    return root


def check_svg(text):
    drawn = ET.fromstring(text.encode())
    names = {element.tag.rpartition("}")[2] for element in drawn.iter()}
    attributes = {name for element in drawn.iter() for name in element.attrib}

    assert names <= {"svg", "title", "desc", "g", "rect", "path", "circle", "text", "tspan", "defs", "pattern"}
    assert not [name for name in attributes if name.startswith("on") or "href" in name]


def check_mermaid(text):
    """Every line is one of ours, and between its quotes there is nothing that could end them."""
    line = re.compile(
        r'\s*(flowchart (LR|TB)|\w+(\[\[?|\(\()"(?P<text>[^"]*)"(\]\]?|\)\))|subgraph c\d+\["(?P<title>[^"]*)"\]|end'
        r'|\w+ (-->|-\.->|---|==>)(\|"[^"]*"\|)? \w+|linkStyle .*|classDef .*|class .*'
        r'|%%\{init: \{"themeVariables": [^%]*\}%%)'
    )
    for written in text.splitlines():
        match = line.fullmatch(written)

        assert match, written
        shown = match["text"] or match["title"] or ""
        assert not re.search(r'["<>`\[\]{}|\\]', shown.replace("<br/>", "")), written


@quick
@given(st.lists(labels, min_size=1, max_size=3))
def test_no_label_breaks_the_svg_or_adds_anything_to_it(texts):
    root = labelled(*texts)

    check_svg(svg(root))
    check_svg(svg(root, merge=False))
    for detail in ("neurons", "layers"):
        check_svg(svg(root, detail=detail))


@quick
@given(st.lists(labels, min_size=1, max_size=3))
def test_no_label_breaks_the_mermaid_text(texts):
    root = labelled(*texts)

    check_mermaid(mermaid(root))
    check_mermaid(mermaid(root, merge=False))
    for detail in ("neurons", "layers"):
        check_mermaid(mermaid(root, detail=detail))


@pytest.mark.skipif(find_dot() is None, reason="there is no Graphviz: pip install graphviz-pure")
@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(labels, min_size=1, max_size=3))
def test_graphviz_reads_every_label_and_finds_no_more_nodes_than_meant(texts):
    root = labelled(*texts)
    for options in ({}, {"layout": "dot"}, {"merge": False}, {"detail": "neurons"}, {"detail": "layers"}):
        read = json.loads(render(dot(root, **options), "json0"))
        names = {thing["name"] for thing in read["objects"]}

        assert all(re.fullmatch(r"[vg]\d+(op|c\d+|n)?|cluster_\d+", name) for name in names)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_each_kind_of_hostile_label_can_be_saved_and_shown(text, tmp_path):
    root = labelled(text)

    for ending in ("svg", "dot", "mmd"):
        assert save(root, tmp_path / f"picture.{ending}").read_text("utf-8")
    assert show(root)._repr_mimebundle_()["image/svg+xml"]
    if find_dot():
        assert save(root, tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["script", "attribute", "record", "emoji", "right to left", "long", "end of CDATA"])
def test_a_shortened_label_stands_in_full_in_the_tooltip(kind):
    text = HOSTILE[kind]
    titles = [
        title.text for title in ET.fromstring(svg(Value(1.0, label=text))).iter("{http://www.w3.org/2000/svg}title")
    ]

    assert titles[-1].split("\n")[0] == text


@pytest.mark.skipif(find_dot() is None, reason="there is no Graphviz: pip install graphviz-pure")
@pytest.mark.parametrize("kind", ["script", "attribute", "emoji", "right to left", "long", "long and wide"])
def test_graphviz_is_given_the_whole_of_a_label_too(kind):
    (read,) = json.loads(render(dot(Value(1.0, label=HOSTILE[kind])), "json0"))["objects"]

    assert read["tooltip"].split("\\n")[0] == HOSTILE[kind]


def test_a_label_of_nothing_but_blanks_is_no_name():
    assert ">v0</text>" in svg(Value(1.0, label=" \n\t"))


# ---------------------------------------------------------------- cleaning, measuring, shortening


@given(labels)
def test_a_cleaned_text_is_one_line_that_xml_and_utf8_can_hold(text):
    cleaned = clean(text)

    assert (ET.fromstring(f"<a>{escape(cleaned)}</a>".encode()).text or "") == cleaned
    assert len(cleaned.splitlines()) <= 1
    assert clean(cleaned) == cleaned


def test_joiners_of_emoji_and_letters_of_every_script_are_kept():
    text = "👩‍💻 שלום नमस्ते 漢字 Ωμέγα"

    assert clean(text) == text


@given(labels.map(clean), st.floats(20, 300))
def test_a_shortened_text_fits_and_is_the_beginning_of_the_whole(text, room):
    short = shorten(text, 15, room)

    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
    assert width(short, 15) <= room
