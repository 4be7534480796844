"""The page without a browser: what stands in the file, and what is refused."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import autograd
from autograd import Value
from autograd.debug import page as pages
from autograd.debug.page import page, player, save, story
from autograd.debug.trace import Event, Node, Source, Trace, trace
from autograd.errors import TraceError

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028\x00\x1b[2J\u202e{{story}}"


class Elements(HTMLParser):
    """The elements of a document with their attributes, and the text in each script and style."""

    def __init__(self, text):
        super().__init__()
        self.found, self.texts, self.is_open = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self.texts.append("")
        self.is_open = True

    def handle_endtag(self, tag):
        self.is_open = False

    def handle_data(self, data):
        if self.is_open:
            self.texts[-1] += data

    def of(self, wanted):
        return [(facts, text) for (tag, facts), text in zip(self.found, self.texts, strict=True) if tag == wanted]


def square():
    x = Value(3.0, label="x")
    y = x * x
    y.label = "y"
    return y


def test_a_page_holds_everything_and_refers_to_nothing():
    elements = Elements(page(square()))

    assert not [tag for tag, _ in elements.found if tag in ("img", "link", "iframe", "object", "base", "a", "form")]
    assert not [facts for _, facts in elements.found if {"src", "href", "style", "onclick", "onload"} & facts.keys()]


def test_the_security_policy_allows_the_two_inline_texts_and_nothing_else():
    elements = Elements(page(square()))
    (policy,) = (facts["content"] for facts, _ in elements.of("meta") if "http-equiv" in facts)
    texts = [elements.of("style")[0][1], elements.of("script")[1][1]]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}';"
        " base-uri 'none'; form-action 'none'"
    )


def test_hostile_labels_and_titles_stay_data():
    x = Value(1e308, label=HOSTILE)
    y = x * 10.0
    y.label = "javascript:alert(3)" * 600
    with autograd.scope(HOSTILE):
        root = y - y
    plain, elements = Elements(page(square())), Elements(page(root, title=HOSTILE))

    told = json.loads(elements.of("script")[0][1])
    assert [tag for tag, _ in elements.found] == [tag for tag, _ in plain.found]
    assert elements.of("title")[0][1].startswith("stepgrad: </script><script>alert(1)</script><img")
    assert told["nodes"][0]["full"].startswith("</script><script>alert(1)</script><img src=x onerror=alert(2)> �")
    assert not re.search("[\x00-\x09\x0b-\x1f\u2028\u202e]", page(root, title=HOSTILE))


def test_the_same_graph_gives_the_same_page():
    assert page(square()) == page(square())


def test_save_writes_the_page_and_tells_where(tmp_path):
    path = save(square(), tmp_path / "steps.html", title="the square")

    assert path == tmp_path / "steps.html"
    assert "<title>stepgrad: the square</title>" in path.read_text("utf-8")


def test_the_title_is_the_formula_down_to_the_leaves_if_it_is_short():
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    n = w * x + 1
    n.label = "n"
    out = n.tanh()
    out.label = "out"
    long = out
    for _ in range(40):
        long = long * w
    long.label = "long"

    assert story(out)["title"] == "out = tanh(w × x + 1)"
    assert re.fullmatch(r"long = v\d+ × w", story(long)["title"])


def test_a_traced_block_brings_the_lines_of_the_code_without_their_folder():
    with trace() as happened:
        x = Value(2.0, label="x")
        y = x * x
        y.backward()

    told = story(happened)
    assert [(line["file"], line["text"]) for line in told["lines"]] == [
        ("test_page.py", 'x = Value(2.0, label="x")'),
        ("test_page.py", "y = x * x"),
    ]
    assert [node["line"] for node in told["nodes"]] == [0, 1]
    assert str(Path(__file__).parent) not in page(happened)


def test_without_lines_the_formulas_take_their_place():
    assert [line["text"] for line in story(square())["lines"]] == ["y = x × x", "y.backward()"]


def test_numbers_come_through_bit_for_bit():
    x = Value(0.1, label="x")
    tiny = x * 5e-324
    root = (tiny + x * 1e308 * 1e308).tanh() * x
    given = trace(root)

    told = json.loads(pages.as_json(story(given)))
    assert [float(node["data"]) for node in told["nodes"]] == [node.data for node in given.nodes]
    assert repr([float(event["after"]) for event in told["events"] if "after" in event]) == repr(
        [event.after for event in given.events if event.after is not None]
    )


def test_the_first_number_that_is_not_finite_is_marked():
    x = Value(0.0, label="x")
    told = story(x.log() * 0.0)

    assert told["first"] == {"event": 1, "node": 1, "word": "first inf"}
    assert story(square())["first"] is None


def test_dead_and_saturated_edges_are_told_apart():
    x = Value(-1.0, label="x")
    told = story(x.relu() + (10 * x).tanh())

    assert sorted({wire["kind"] for wire in told["picture"]["wires"]}) == ["constant", "dead", "plain", "saturated"]


def test_with_room_for_them_numbers_change_and_nothing_moves():
    def picture(x):
        return story(Value(x, label="x").tanh() * 2.0, room="−0.01234")["picture"]

    few, many = picture(0.5), picture(-1.2345)
    assert [few[key] for key in ("size", "cards", "areas")] == [many[key] for key in ("size", "cards", "areas")]
    assert [wire["path"] for wire in few["wires"]] == [wire["path"] for wire in many["wires"]]
    assert [few["wires"][0]["pill"][3], many["wires"][0]["pill"][3]] == ["0.7864", "0.2879"]


def test_beyond_what_a_picture_can_show_the_page_says_so(monkeypatch):
    monkeypatch.setattr(pages, "MOST_CARDS", 1)
    told = story(square())

    assert told["picture"] is None
    assert told["note"].startswith("These 2 values make no readable picture.")


def test_wires_too_long_to_lay_out_in_a_moment_make_no_picture():
    x = y = Value(0.5, label="x")
    for _ in range(600):
        y = y.tanh() + x

    assert story(y)["picture"] is None


def test_more_events_than_a_page_can_hold_are_refused_with_a_way_out(monkeypatch):
    monkeypatch.setattr(pages, "MOST_EVENTS", 5)

    with pytest.raises(
        ValueError, match="the trace has 10 events of 2 values, and a page holds at most 5: trace fewer"
    ):
        story(square())


def test_a_trace_of_nothing_is_a_page_too():
    assert story(Trace())["title"] == "nothing was traced"


@pytest.mark.parametrize("subject", [3.0, None, [Value(1.0)]], ids=repr)
def test_only_a_value_or_a_trace_can_be_stepped_through(subject):
    with pytest.raises(TypeError, match="only a Value or a Trace can be stepped through"):
        story(subject)


LEAF, USE = Node("x", data=3.0), Node("y", "mul", "×", (0, 0), (None, None), (3.0, 3.0), 9.0)
GIFT = Event("contribute", 1, 0, 0, upstream=1.0, local=3.0, product=3.0, before=0.0, after=3.0)


@pytest.mark.parametrize(
    ("nodes", "events", "complaint"),
    [
        ([LEAF], [Event("seed", 0)], "event 0 .seed. has no after"),
        ([LEAF], [Event("visit", 0)], "has no upstream"),
        ([LEAF], [Event("update", 0, before=1.0)], "has no after"),
        ([LEAF, USE], [Event("contribute", 1, slot=0, operand=0)], "has no upstream"),
        ([LEAF, USE], [GIFT._replace(operand=1)], "not the operand in its slot"),
        ([LEAF, USE], [GIFT._replace(slot=7)], "not the operand in its slot"),
        ([LEAF, Node("y", "tanh", "", (None,), (None,), (1.0,))], [], "operand of node 1 is neither"),
    ],
)
def test_a_damaged_trace_is_refused_with_the_event(nodes, events, complaint):
    with pytest.raises(TraceError, match=complaint):
        story(Trace(nodes, events))


def test_a_node_that_its_op_would_refuse_is_shown_as_it_claims_to_be():
    odd = Node("y", "tanh", "", (0, 0, 0), (None, None, None), (0.0, 1.0, float("inf")), data=7.0)
    told = story(Trace([LEAF, odd], [Event("create", 0), Event("create", 1), GIFT]))

    assert told["title"] == "y = tanh(x, x, x)"
    assert [wire["kind"] for wire in told["picture"]["wires"]] == ["dead", "plain", "plain"]


def test_a_hostile_trace_from_a_file_is_shortened_and_shown():
    deep = tuple(f"group {depth}" for depth in range(3000))
    node = Node("x" * 10_000, "", "", scope=deep, source=Source("/etc/../<b>", 7, HOSTILE))
    use = Node("y", HOSTILE, "#" * 10_000, (0,), (None,), (float("nan"),), float("nan"))
    given = Trace.from_json(Trace([node, use], [Event("create", 0), Event("create", 1)]).to_json())

    told = story(given)
    assert told["nodes"][0]["name"] == "x" * 39 + "…"
    assert len(told["nodes"][0]["scope"]) == 8
    assert told["nodes"][1]["symbol"] == "#" * 9 + "…"
    assert told["lines"][0]["file"] == "<b>"
    assert max(told["picture"]["size"]) < 3000


def test_a_name_from_right_to_left_keeps_the_order_of_the_sentence():
    x = Value(1.0, label="שלום")
    told = story(x * 2.0)

    assert told["nodes"][0]["name"] == "\u2068שלום\u2069"


def test_the_joined_player_imports_nothing_and_defines_each_name_once():
    text = player()
    names = re.findall(r"^(?:function|const|let|class) (\w+)", text, re.MULTILINE)

    forbidden = r"\bimport\b|\bfetch\b|XMLHttpRequest|innerHTML|insertAdjacentHTML|\beval\b|document\.write"
    assert not re.search(forbidden, re.sub(r"/\*[\s\S]*?\*/|//.*", "", text))
    assert "</script" not in text.lower()
    assert len(names) == len(set(names))
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export default { render };"]
