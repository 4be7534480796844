"""What the player computes without a browser, run by node, against what Python computes."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from traced_graphs import everything

from autograd import Value, debug, nn, scope
from autograd.debug.cursor import Cursor
from autograd.debug.page import as_json, story
from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.tokens import Scale, tokens

NODE = shutil.which("node")
STATIC = Path(debug.__file__).parent / "static"
pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node to run the player's JavaScript with")


def run(program, given):
    """What a JavaScript expression over `given` and the names of the player gives, by way of JSON."""
    text = f"""
        import * as player from {json.dumps((STATIC / "player.js").as_uri())};
        import * as js from {json.dumps((STATIC / "story.js").as_uri())};
        import {{ readFileSync }} from "node:fs";
        const given = JSON.parse(readFileSync(0, "utf8"));
        console.log(JSON.stringify({program}));
    """
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", text], input=json.dumps(given), capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def words(numbers):
    """Numbers as JSON can carry them: by their repr, as JavaScript reads it."""
    return [{"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(x), repr(x)) for x in numbers]


def some_numbers():
    rng = random.Random(0)
    edges = [float(f"{digits}e{power}") for digits in (1, 9.9994999, 9.9995, 1.0625) for power in range(-9, 24)]
    edges += [0.0, -0.0, 5e-324, 1.7976931348623157e308, 2.0**53, float("inf"), float("-inf"), float("nan"), 12345.5]
    spread = [rng.uniform(-10, 10) * 10 ** rng.randint(-20, 20) for _ in range(500)]
    return [*edges, *(-x for x in edges), *spread]


def told(root):
    """The story of a root or a trace as JSON text, and the trace."""
    given = root if isinstance(root, debug.Trace) else debug.trace(root)
    return as_json(story(given)), given


def network():
    x = [Value(1.0, label="x0"), Value(-2.0, label="x1")]
    return nn.MLP(2, [3, 1], rng=0)(x) ** 2


def test_the_examples_of_the_tokens_are_written_alike():
    examples = tokens()["numbers"]["examples"]
    written = run(
        "given.map((x) => [js.formatNumber(Number(x)), js.formatNumber(Number(x), true)])",
        words([float(example["value"]) for example in examples]),
    )

    assert written == [[example["data"], example["grad"]] for example in examples]


def test_any_number_is_written_as_python_writes_it():
    numbers = some_numbers()
    program = "given.map(Number).map((x) => [js.formatNumber(x), js.formatNumber(x, true), js.reprNumber(x)])"

    assert run(program, words(numbers)) == [[value_text(x), gradient_text(x), repr(x)] for x in numbers]


def test_an_unknown_number_is_not_zero():
    assert (
        run("[js.formatNumber(null), js.formatNumber(undefined, true), js.reprNumber(null)]", None)
        == ["not computed"] * 3
    )


@pytest.mark.parametrize("name", ["linear", "symlog"])
def test_the_heat_scale_is_that_of_the_pictures(name):
    scale = Scale(2.5, name)
    numbers = [-2.5, -1.0, -1e-9, 0.3, 0.625, 1.875, 2.4999, 2.5]
    facts = {"full": 2.5, "name": name, "linear": tokens()["scale"]["symlog_linear_part"]}
    found = run("given.numbers.map((x) => js.heatOf(given.scale, x))", {"scale": facts, "numbers": numbers})

    for number, heat in zip(numbers, found, strict=True):
        sign, stop = heat["stop"][0], int(heat["stop"][1])
        assert heat["part"] == pytest.approx(abs(scale(number)), rel=1e-12)
        assert sign == ("p" if number > 0 else "n")
        assert (stop - 1 + heat["mix"]) / 4 == pytest.approx(heat["part"], rel=1e-12)


def test_nothing_is_tinted_without_a_finite_gradient():
    program = "[0, null, NaN, Infinity].map((x) => js.heatOf({full: 1, name: 'linear', linear: 0.001}, x).stop)"

    assert run(program, None) == [""] * 4


@pytest.mark.parametrize("make", [everything, network, lambda: Value(0.0).log() * 0.0], ids=["all", "network", "nan"])
def test_the_state_at_every_position_is_that_of_the_cursor(make):
    text, given = told(make())
    states = run(
        """(() => {
            const story = js.storyFrom(given);
            return Array.from({ length: story.events.length + 1 }, (_, position) => {
                const { data, grad, arrived, done } = js.stateAt(story, position);
                return [data.map(js.reprNumber), grad.map(js.reprNumber), arrived, done];
            });
        })()""",
        text,
    )
    cursor = Cursor(given)

    def full(row):
        return ["not computed" if x is None else repr(x) for x in row]

    for position, shown in enumerate(states):
        cursor.seek(position)
        state = cursor.state
        assert shown == [full(state.data), full(state.grad), state.arrived, state.done], position


def test_what_went_through_each_slot_is_what_the_events_say():
    text, given = told(network())
    sent = run("(({ events, nodes }) => js.stateAt({ events, nodes }, events.length).sent)(js.storyFrom(given))", text)
    slots = [(number, slot) for number, node in enumerate(given.nodes) for slot in range(len(node.operands))]
    products = {(event.node, event.slot): event.product for event in given.events if event.kind == "contribute"}

    assert sent == [products.get(place) for place in slots]


def test_stops_leave_nothing_out_and_end_with_the_trace():
    text, given = told(everything())
    stops = run("js.stopsOf(js.storyFrom(given))", text)
    kinds = [given.events[stop["told"]].kind for stop in stops[1:]]
    positions = [stop["position"] for stop in stops]

    assert positions == sorted(set(positions))
    assert (positions[0], positions[-1]) == (0, len(given.events))
    for kind in ("seed", "visit", "contribute", "update"):
        assert kinds.count(kind) == sum(event.kind == kind for event in given.events)
    assert kinds.count("order") == 2  # one for each pass
    assert "finish" not in kinds


MOVES = """(({ story, moves, breakpoints }) => {
    const stops = js.stopsOf(story);
    let position = 0;
    return moves.map((move) => {
        position = js.moved(story, stops, position, move, new Set(breakpoints));
        return position;
    });
})({ ...given, story: js.storyFrom(given.story) })"""


def test_back_undoes_a_step_everywhere():
    text, given = told(everything())
    count = len(run("js.stopsOf(js.storyFrom(given))", text)) - 1
    there = run(MOVES, {"story": text, "moves": ["next"] * count})
    back = run(MOVES, {"story": text, "moves": ["end", *["back"] * count]})

    assert there[-1] == len(given.events)
    assert back == [*reversed(there), 0]


def test_next_node_and_node_before_meet_the_events_that_begin_a_node():
    text, given = told(network())
    leaf = [not node.operands for node in given.nodes]
    begins = [
        number
        for number, event in enumerate(given.events)
        if event.kind in ("seed", "visit", "update") or (event.kind == "create" and not leaf[event.node])
    ]
    forward = run(MOVES, {"story": text, "moves": ["next_node"] * (len(begins) + 1)})
    backward = run(MOVES, {"story": text, "moves": ["end", *["previous_node"] * (len(begins) + 1)]})[1:]

    met = [max(number for number in begins if number < position) for position in forward[:-1]]
    assert met == begins
    assert forward[-1] == len(given.events)
    assert backward == [*reversed(forward[:-1]), 0]


def test_continue_stops_at_every_event_of_a_breakpoint():
    text, given = told(network())
    node = 0
    hits = [
        number
        for number, event in enumerate(given.events)
        if node in (event.node, event.operand) and event.kind in ("visit", "contribute")
    ]
    positions = run(MOVES, {"story": text, "moves": ["continue"] * (len(hits) + 1), "breakpoints": [node]})

    assert [position - 1 for position in positions[: len(hits)]] == pytest.approx(hits, abs=1)
    assert positions[-1] == len(given.events)


FROM_EVERYWHERE = """(({ story, move }) => {
    const stops = js.stopsOf(story);
    const leads = (position) => js.toldAt(stops, js.moved(story, stops, position, move));
    return [stops.map(({ told }) => told), stops.map(({ position }) => leads(position))];
})({ ...given, story: js.storyFrom(given.story) })"""


def nested():
    """Groups in a group, beside each other, and work in the outer one between them."""
    total = Value(0.5, label="x")
    with scope("layer"):
        for number in range(2):
            with scope(f"neuron {number}"):
                total = (total * total).tanh()
            total = total + 1.0
    return total * total


@pytest.mark.parametrize("make", [network, everything, nested], ids=lambda make: make.__name__)
def test_into_and_out_of_groups_run_from_everywhere_to_what_their_definitions_say(make):
    text, given = told(make())
    stops, out = run(FROM_EVERYWHERE, {"story": text, "move": "up"})
    _, into = run(FROM_EVERYWHERE, {"story": text, "move": "down"})
    scopes = [given.nodes[event.node].scope for event in given.events]

    def first(holds, after, otherwise):
        return next((event for event in stops if event > after and holds(scopes[event])), otherwise)

    for at, left, entered in zip(stops[1:], out[1:], into[1:], strict=True):
        here = scopes[at]
        assert left == (first(lambda scope, here=here: scope[: len(here)] != here, at, stops[-1]) if here else at)
        assert entered == first(lambda scope, here=here: scope != here[: len(scope)], at, otherwise=at)


def test_out_of_a_neuron_is_its_layer_and_out_of_that_is_the_open():
    text, given = told(nested())
    moves = ["down", "up", "up", "down", "down", "down", "down"]
    places = run(MOVES, {"story": text, "moves": moves})
    paths = ["/".join(given.nodes[given.events[place - 1].node].scope) for place in places]

    layer, first, second = "layer", "layer/neuron 0", "layer/neuron 1"
    assert paths == [first, layer, "", layer, second, first, first]  # nothing is left to go into: it stays


def test_at_the_start_there_is_no_group_to_leave_and_one_to_go_into():
    text, given = told(network())
    stay, into = run(MOVES, {"story": text, "moves": ["up", "down"]})

    assert stay == 0
    assert len(given.nodes[given.events[into - 1].node].scope) == 2


def test_between_two_stops_a_move_never_goes_the_wrong_way():
    text, given = told(everything())
    program = """(({ story, moves }) => {
        const stops = js.stopsOf(story);
        const places = Array.from({ length: story.events.length + 1 }, (_, position) => position);
        return moves.map((move) => places.map((position) => js.moved(story, stops, position, move) - position));
    })({ ...given, story: js.storyFrom(given.story) })"""
    back, *forward = run(program, {"story": text, "moves": ["back", "next", "next_node", "continue", "up", "down"]})

    assert all(way < 0 for way in back[1:])
    assert all(way >= 0 for ways in forward for way in ways)
    assert all(way > 0 for way in forward[0][:-1])
    assert len(back) == len(given.events) + 1


def test_every_key_of_the_tokens_means_its_action():
    keys = {action: names for action, names in tokens()["keys"].items() if action != "zoom"}
    pairs = [(action, " " if name == "Space" else name) for action, names in keys.items() for name in names]
    found = run("given.pairs.map(([, key]) => js.actionOf(given.keys, key))", {"keys": keys, "pairs": pairs})

    assert found == [action for action, _ in pairs]
    assert run("['x', 'Enter', 'Tab'].map((key) => js.actionOf(given, key))", keys) == ["", "", ""]


def test_a_timeline_has_at_most_one_mark_of_a_kind_for_each_pixel():
    text, _ = told(network())
    marks = run("((story) => js.marksOf(story, js.stopsOf(story), 40))(js.storyFrom(given))", text)

    assert {mark["look"] for mark in marks} == {"seed", "tick", "positive", "negative"}
    assert all(mark["path"].count("M") <= 25 for mark in marks)


def test_each_pass_counts_the_contributions_that_it_makes():
    text, given = told(everything())
    first = next(number for number, event in enumerate(given.events) if event.kind == "order")
    second = first + next(i for i, event in enumerate(given.events[first:]) if event.kind == "create")
    expected = run("js.expectedIn(js.storyFrom(given), -1)", text)
    counted = [0] * len(given.nodes)
    for event in given.events[first:second]:
        if event.kind == "contribute":
            counted[event.operand] += 1

    assert expected == counted


def test_the_player_needs_no_browser_to_be_loaded():
    assert run("[typeof player.render, typeof player.default.render]", None) == ["function", "function"]
