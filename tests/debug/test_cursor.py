"""A cursor stands where it was sent, by whatever way, and knows there what the events up to there say."""

import json
import random
import shutil
import subprocess
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traced_graphs import bits, everything, graphs, network

import autograd
from autograd import Value, debug
from autograd.debug import Cursor, Trace
from autograd.debug.cursor import STRIDE, State, stops
from autograd.debug.page import as_json, story
from autograd.graph import topological_order

MANY = settings(derandomize=True, deadline=None)


def known_after(traced, position):
    """The state by going through the events from the first: no checkpoints, no cursor."""
    data, grad, arrived, done = {}, {}, Counter(), set()
    for last, event in zip([None, *traced.events], traced.events[:position], strict=False):
        if event.kind == "order" and (last is None or last.kind != "order"):
            grad, arrived, done = {}, Counter(), set()
        receiver = event.node if event.operand is None else event.operand
        if event.kind == "create":
            data[event.node] = traced.nodes[event.node].data
        if event.kind == "update":
            data[event.node] = event.after
        if event.kind in ("seed", "contribute"):
            grad[receiver] = event.after
            arrived[receiver] += event.kind == "contribute"
        if event.kind == "visit" or (event.kind == "finish" and traced.nodes[event.node].op == ""):
            done.add(event.node)
    numbers = range(len(traced.nodes))
    return State(
        [data.get(n) for n in numbers],
        [grad.get(n) for n in numbers],
        [arrived[n] for n in numbers],
        [n in done for n in numbers],
    )


def passes(count):
    """A short graph, gone through backwards so often that there are many checkpoints."""
    x = Value(1.5, label="x")
    with debug.trace() as traced:
        y = x * x + 1.0
        for _ in range(count):
            y.backward()
            x.data = x.data + 0.25
    return traced


def wide():
    """A graph of more nodes than a stride has events."""
    leaves = [Value(float(k)) for k in range(STRIDE + 50)]
    return debug.trace(autograd.sum([leaf * leaf for leaf in leaves]))


LONG = pytest.mark.parametrize("traced", [passes(5 * STRIDE // 10), wide()], ids=["many passes", "many nodes"])


# ---------------------------------------------------------------- the way does not matter


@MANY
@given(graphs())
def test_stepping_back_undoes_stepping_forwards_at_every_event(root):
    cursor = Cursor(debug.trace(root))
    states = [cursor.state.copy()]
    while cursor.position < len(cursor):
        cursor.step()
        states.append(cursor.state.copy())
    for position in reversed(range(len(cursor))):
        cursor.back()

        assert cursor.position == position
        assert repr(cursor.state) == repr(states[position])


@MANY
@given(st.data())
def test_seeking_is_stepping(data):
    traced = debug.trace(data.draw(graphs()))
    cursor = Cursor(traced)
    for position in data.draw(st.lists(st.integers(0, len(cursor)), max_size=8)):
        event = cursor.seek(position)

        assert event is cursor.event is (traced.events[position - 1] if position else None)
        assert repr(cursor.state) == repr(known_after(traced, position))


@LONG
def test_seeking_across_checkpoints_is_stepping(traced):
    cursor = Cursor(traced)
    draw = random.Random(0)
    places = [0, len(cursor), *(draw.randrange(len(cursor) + 1) for _ in range(60))]
    edges = [
        place for k in range(6) for place in (k * STRIDE - 1, k * STRIDE, k * STRIDE + 1) if 0 <= place <= len(cursor)
    ]
    assert len(cursor) > 3 * max(STRIDE, len(traced.nodes))

    for position in draw.sample(places + edges, len(places + edges)):
        cursor.seek(position)

        assert cursor.state == known_after(traced, position)


@LONG
def test_a_long_trace_can_be_stepped_back_over_each_checkpoint(traced):
    cursor = Cursor(traced)
    cursor.seek(len(cursor))
    while cursor.position > len(cursor) - 2 * STRIDE:
        cursor.back()
        if cursor.position % 50 == 0:
            assert cursor.state == known_after(traced, cursor.position)


def test_a_cursor_moves_no_other_and_leaves_the_trace_alone():
    traced = everything()
    text = traced.to_json()
    first, second = Cursor(traced), Cursor(traced)
    first.seek(30)
    kept = first.state.copy()
    second.seek(40)
    first.step()

    assert second.position == 40
    assert kept == known_after(traced, 30) != first.state
    assert traced.to_json() == text


# ---------------------------------------------------------------- what is known


@MANY
@given(graphs())
def test_the_last_state_holds_the_gradients_of_backward(root):
    cursor = Cursor(debug.trace(root))
    cursor.seek(len(cursor))
    root.backward()
    order = topological_order(root)

    assert [bits(x) for x in cursor.state.grad] == [bits(node.grad) for node in order]
    assert [bits(x) for x in cursor.state.data] == [bits(node.data) for node in order]
    assert all(cursor.state.done)


def test_nothing_is_known_before_it_happened():
    cursor = Cursor(everything())
    for place in range(1, len(cursor)):
        cursor.seek(place)
        event, state = cursor.event, cursor.state
        if event.kind == "create":
            assert state.data[event.node] is not None
            assert all(x is None for x in state.data[event.node + 1 :])
        if event.kind == "order":
            assert state.grad == [None] * len(state.grad)  # a gradient nobody has computed is not 0
        if event.kind == "visit":
            assert state.done[event.node]


def test_arrivals_are_counted_until_all_have_come():
    x = Value(3.0, label="x")
    traced = debug.trace(x * x + x)
    cursor = Cursor(traced)
    seen = []
    while cursor.position < len(cursor):
        if cursor.step().operand == 0:
            seen.append((cursor.state.arrived[0], cursor.state.grad[0], cursor.state.done[0]))

    assert seen == [(1, 1.0, False), (2, 4.0, False), (3, 7.0, False)]
    assert cursor.state.done[0]


# ---------------------------------------------------------------- moves


def test_nothing_moves_beyond_the_ends():
    cursor = Cursor(everything())

    assert cursor.event is None
    assert cursor.back() is cursor.previous_visit() is None
    last = cursor.seek(len(cursor))
    assert (
        cursor.step()
        is cursor.next_visit()
        is cursor.resume()
        is cursor.over()
        is cursor.out()
        is cursor.into()
        is last
    )
    for position in (-1, len(cursor) + 1):
        with pytest.raises(IndexError, match=rf"position {position} is outside 0\.\.{len(cursor)}"):
            cursor.seek(position)
    assert cursor.position == len(cursor)


def test_an_empty_trace_has_one_place():
    cursor = Cursor(Trace())

    assert len(cursor) == cursor.position == 0
    assert cursor.step() is cursor.back() is cursor.into() is cursor.out() is cursor.over() is cursor.event is None


def test_running_stops_at_the_first_event_that_holds():
    cursor = Cursor(everything())
    while cursor.position < len(cursor):
        start = cursor.position
        cursor.run_until(lambda event: event.kind == "contribute")
        passed = cursor.trace.events[start : cursor.position - 1]

        assert all(event.kind != "contribute" for event in passed)
        assert cursor.event.kind == "contribute" or cursor.position == len(cursor)
    while cursor.position > 0:
        start = cursor.position
        cursor.run_back_until(lambda event: event.kind == "seed")

        assert cursor.position == 0 or cursor.event.kind == "seed"
        assert all(event.kind != "seed" for event in cursor.trace.events[cursor.position : start - 1])


def test_a_breakpoint_stops_wherever_its_node_takes_part():
    traced = everything()
    cursor = Cursor(traced)
    w = [node.name for node in traced.nodes].index("w")
    cursor.breakpoints.add(w)
    reached = []
    while cursor.position < len(cursor):
        cursor.resume()
        reached.append(cursor.position)
    takes_part = [place for place, event in enumerate(traced.events, 1) if w in (event.node, event.operand)]

    assert reached == [*takes_part, len(cursor)]


def test_the_node_before_is_found_again():
    cursor = Cursor(everything())
    forwards = [0]
    while cursor.position < len(cursor):
        cursor.next_visit()
        forwards.append(cursor.position)
    backwards = [cursor.position]
    while cursor.position:
        cursor.previous_visit()
        backwards.append(cursor.position)

    assert backwards == forwards[::-1]
    assert {cursor.trace.events[place - 1].kind for place in forwards[1:-1]} == {"create", "seed", "visit", "update"}


# ---------------------------------------------------------------- groups


def walk(cursor, move):
    """The groups at which a move stops, until it leads nowhere."""
    groups = []
    while True:
        start = cursor.position
        move()
        if cursor.position == start:
            return groups
        groups.append(cursor.trace.nodes[cursor.event.node].scope)


def forward_only():
    """A network of two layers, two neurons and one: each neuron is a group in the group of its layer."""
    model = autograd.nn.MLP(2, [2, 1], rng=0)
    with debug.trace() as traced:
        _ = model([Value(1.0), Value(2.0)]) * 3.0
    return traced


FIRST, SECOND, THIRD = ("layer 0", "neuron 0"), ("layer 0", "neuron 1"), ("layer 1", "neuron 0")


def test_into_goes_from_group_to_group():
    cursor = Cursor(forward_only())

    assert walk(cursor, cursor.into) == [FIRST, SECOND, THIRD]


def test_into_passes_the_group_around():
    with debug.trace() as traced:
        with autograd.scope("outer"):
            x = Value(1.0)
            with autograd.scope("inner"):
                y = x * 2.0
            z = y + 1.0
            with autograd.scope("other"):
                z = z * 2.0
        z = z * 3.0
    cursor = Cursor(traced)

    assert walk(cursor, cursor.into) == [("outer", "inner"), ("outer", "other")]


def test_out_leaves_the_neuron_and_not_its_layer():
    cursor = Cursor(forward_only())
    cursor.into()

    assert walk(cursor, cursor.out) == [SECOND, THIRD, ()]


def test_over_takes_a_layer_as_one_step_from_outside_and_a_neuron_from_inside():
    cursor = Cursor(forward_only())
    over = [cursor.over() for _ in range(3)]
    outputs = [cursor.trace.nodes[event.node] for event in over]

    assert [node.scope for node in outputs] == [SECOND, THIRD, ()]
    assert outputs[0].op == outputs[0].symbol == "relu"  # the last thing that happens in the layer
    cursor.seek(0)
    cursor.into()
    while cursor.trace.nodes[cursor.event.node].op != "relu":
        cursor.over()
        assert cursor.trace.nodes[cursor.event.node].scope == FIRST
    cursor.over()
    assert (cursor.trace.nodes[cursor.event.node].scope, cursor.trace.nodes[cursor.event.node].op) == (SECOND, "relu")


def test_what_completes_a_gradient_outside_does_not_end_a_group():
    traced = network(samples=1, nouts=(2, 1))
    cursor = Cursor(traced)
    cursor.run_until(lambda event: event.kind == "visit" and traced.nodes[event.node].scope == SECOND)
    cursor.out()

    assert traced.nodes[cursor.event.node].scope != SECOND
    assert cursor.event.kind != "finish"


def test_out_of_a_lone_group_leads_outside():
    x = Value(1.0)
    with debug.trace() as traced:
        with autograd.scope("alone"):
            y = x * 2.0 + 1.0
        y * 3.0
    cursor = Cursor(traced)
    cursor.into()
    cursor.out()

    assert cursor.trace.nodes[cursor.event.node].data == 9.0


def test_outside_of_groups_over_is_a_stop_and_out_stays():
    traced = debug.trace(Value(2.0, label="x") * 3.0)
    cursor = Cursor(traced)
    positions = []
    while cursor.position < len(cursor):
        cursor.out()
        positions.append(cursor.position)
        cursor.over()

    assert positions == [0, *(number + 1 for number in stops(traced))]


def test_going_backwards_the_groups_come_in_the_other_order():
    traced = network(samples=1, nouts=(2, 1))
    cursor = Cursor(traced)
    cursor.run_until(lambda event: event.kind == "seed")
    entered = [now for last, now in pairwise([None, *walk(cursor, cursor.into)]) if now != last]

    assert entered[0] == THIRD
    assert set(entered) == {FIRST, SECOND, THIRD}


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="there is no node to run the player's JavaScript with")
@pytest.mark.parametrize("traced", [network(samples=2), everything()], ids=["network", "everything"])
def test_the_player_of_pages_stops_at_the_same_events_and_moves_by_groups_as_a_cursor_does(traced):
    program = """
        import { stopsOf, stopAt, moved, storyFrom } from %s;
        import { readFileSync } from "node:fs";
        const story = storyFrom(readFileSync(0, "utf8"));
        const stops = stopsOf(story);
        const [out, into] = ["up", "down"].map((move) =>
            stops.map(({ position }) => stops[stopAt(stops, moved(story, stops, position, move))].told).slice(1));
        console.log(JSON.stringify([stops.map(({ told }) => told).slice(1), out, into]));
    """
    player = json.dumps((Path(debug.__file__).parent / "static" / "story.js").as_uri())
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", program % player],
        input=as_json(story(traced)),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    told, left, entered = json.loads(done.stdout)
    cursor = Cursor(traced)

    def reached(number, move):
        cursor.seek(number + 1)
        move()
        return max(stop for stop in told if stop < cursor.position)

    assert told == stops(traced)
    assert [reached(number, cursor.out) for number in told] == left
    assert [reached(number, cursor.into) for number in told] == entered
