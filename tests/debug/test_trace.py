"""A trace tells what happened, to the bit; no false event passes; nothing that it looks at is changed."""

import contextlib
import copy
import gc
import itertools
import json
import linecache
import math
import pickle
import random
import threading
import weakref
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from traced_graphs import bits, everything, graphs, hand_made, network

import autograd
from autograd import Value, debug, losses, nn, optim
from autograd.debug import Cursor, Trace, verify
from autograd.debug.callers import OURS
from autograd.debug.events import FIELDS, KINDS, Event, Node
from autograd.debug.words import Teller
from autograd.errors import GraphError, TraceError
from autograd.graph import topological_order
from autograd.value import Value as Leaf  # the same class: what a user may call it does not matter

SCHEMA = json.loads(files("autograd.debug").joinpath("trace.schema.json").read_text("utf-8"))
CONFORMS = jsonschema.Draft202012Validator(SCHEMA)
MANY = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def checked(traced):
    """The trace, when every event is true and its JSON text is as the schema says and says the same."""
    verify(traced)
    text = traced.to_json()
    CONFORMS.validate(json.loads(text))

    assert text.isascii()
    assert repr(Trace.from_json(text)) == repr(traced)
    return traced


def at_the_end(traced):
    cursor = Cursor(traced)
    cursor.seek(len(cursor))
    return cursor.state


def told(traced):
    """Each event as it can be written in a line: kind, name, what came of it."""
    return [
        (event.kind, traced.nodes[event.node if event.operand is None else event.operand].name, event.after)
        for event in traced.events
    ]


def names(traced, kind):
    return [traced.nodes[event.node].name for event in traced.events if event.kind == kind]


# ---------------------------------------------------------------- replaying is the chain rule


@MANY
@given(graphs())
def test_the_trace_of_a_graph_ends_with_the_gradients_of_backward(root):
    traced = checked(debug.trace(root))
    root.backward()

    assert list(map(bits, at_the_end(traced).grad)) == [bits(node.grad) for node in topological_order(root)]


@MANY
@given(st.data())
def test_a_traced_block_ends_with_the_gradients_of_backward(data):
    with debug.trace() as traced:
        root = data.draw(graphs())
        leaves = [node for node in topological_order(root) if node.is_leaf]
        for leaf in leaves:
            leaf.grad = 0.25  # leaves accumulate, so the trace begins with what they have
        root.backward()
    checked(traced)
    by_name = dict(zip((node.name for node in traced.nodes), at_the_end(traced).grad, strict=True))

    assert [bits(by_name[leaf.label]) for leaf in leaves] == [bits(leaf.grad) for leaf in leaves]
    assert bits(at_the_end(traced).grad[traced.events[-1].node]) == bits(traced.events[-1].after)


def seen(node):
    """A node's numbers as bits, and its operands, which are to stay the same objects."""
    operands = [x if isinstance(x, Value) else bits(x) for x in node.operands]
    return bits(node.data), bits(node.grad), operands, [d if d is None else bits(d) for d in node.partials]


@MANY
@given(st.data())
def test_tracing_changes_no_number_and_no_gradient(data):
    root = data.draw(graphs())
    order = topological_order(root)
    for node in order:
        node.grad = 0.75
    twins = topological_order(copy_of(root))
    twins[-1].backward()
    facts = [seen(node) for node in order]
    debug.trace(root)

    assert [seen(node) for node in order] == facts

    with debug.trace():
        root.backward()

    assert [bits(node.grad) for node in order] == [bits(node.grad) for node in twins]


def copy_of(root):
    """The same graph anew; `copy.deepcopy` refuses nodes made by hand."""
    twins = {}
    for node in topological_order(root):
        operands = [twins.get(x, x) for x in node.operands]
        if node.is_by_hand:
            twins[node] = hand_made(*operands)
        elif node.is_leaf:
            twins[node] = Value(node.data)
        else:
            twins[node] = node.op(*node.op.grouped(operands))
        twins[node].grad = node.grad
    return twins[root]


def test_the_events_of_a_square_are_those_of_the_chain_rule():
    x = Value(3.0, label="x")
    y = x * x
    y.label = "y"

    assert told(debug.trace(y)) == [
        ("create", "x", None),
        ("create", "y", None),
        ("order", "x", None),
        ("order", "y", None),
        ("seed", "y", 1.0),
        ("finish", "y", 1.0),
        ("visit", "y", None),
        ("contribute", "x", 3.0),
        ("contribute", "x", 6.0),
        ("finish", "x", 6.0),
    ]


def test_a_leaf_alone_gets_its_seed_and_adds_it_to_what_it_has():
    x = Value(2.0, label="x")
    with debug.trace() as traced:
        x.backward()
        x.backward()

    assert [event.after for event in checked(traced).events if event.kind == "seed"] == [1.0, 2.0] == [1.0, x.grad]


def test_a_long_chain_and_a_wide_sum_are_traced_in_linear_time():
    x = Value(1.0)
    with debug.trace() as traced:
        y = x
        for _ in range(10_000):
            y = y * 1.0
        total = autograd.sum([y] * 10_000)
        total.backward()

    assert len(traced.nodes) == 10_002
    assert at_the_end(traced).grad[1] == x.grad == 10_000.0


# ---------------------------------------------------------------- what stands in a trace


def test_a_node_keeps_what_its_value_was():
    w = Value(2.0, label="w")
    with autograd.scope("layer 0"), autograd.scope("neuron\n3"):
        y = w**2
    first, second = debug.trace(y).nodes

    assert first == Node("w", data=2.0)
    assert second == Node("v1", "pow", "xʸ", (0, None), (None, 2.0), (4.0, None), 4.0, ("layer 0", "neuron 3"))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["a", "a", "a"], ["a", "a.1", "a.2", "v3"]),
        (["w", "w.2", "w"], ["w", "w.2", "w.2.2", "v3"]),
        (["v3", "", "v1"], ["v3", "v1", "v1.2", "v3.3"]),
        (["two\nlines", "\ud800", " "], ["two lines", "�", "v2", "v3"]),
        (["重み", "9" * 5000, "e\u0301"], ["重み", "9" * 5000, "e\u0301", "v3"]),
        ([7, None, 2.5], ["7", "None", "2.5", "v3"]),
    ],
)
def test_every_node_has_a_name_of_its_own(labels, expected):
    row = [Value(1.0, label=label) for label in labels]

    assert [node.name for node in checked(debug.trace(autograd.sum(row))).nodes] == expected


def test_labels_given_after_the_fact_count_until_the_block_ends():
    with debug.trace() as traced:
        x = Value(3.0)
        y = x * x
        x.label = "x"
    y.label = "too late"

    assert [node.name for node in traced.nodes] == ["x", "v1"]


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1])
def test_json_keeps_every_number_to_the_bit(x):
    value = Value(x)

    assert checked(debug.trace(value * value + value)).nodes[0].name == "v0"


@pytest.mark.parametrize("index", [1, np.int64(1)])
def test_an_index_stays_a_whole_number(index):
    logits = [Value(0.5), Value(-0.5)]
    traced = checked(debug.trace(losses.cross_entropy(logits, index)))

    assert [repr(x) for x in traced.nodes[-1].constants] == ["None", "None", "1"]


def test_a_trace_can_be_pickled_and_copied_before_anybody_looked_at_it():
    with debug.trace() as traced:
        (Value(3.0, label="x") * 2.0).backward()

    assert pickle.loads(pickle.dumps(traced)) == copy.deepcopy(traced) == traced
    with pytest.raises(AttributeError, match="a Trace has no 'event'"):
        _ = traced.event


# ---------------------------------------------------------------- lines of code


def test_every_node_knows_its_line_in_this_file():
    with debug.trace() as traced:
        w = Value(0.5, label="w")
        x = Value(3.0, label="x")
        loss = (w * x).tanh()
        loss.backward()
        w.data -= 0.1 * w.grad
    lines = Path(__file__).read_text("utf-8").splitlines()
    sources = [node.source for node in traced.nodes]

    assert [source.text for source in sources] == [
        'w = Value(0.5, label="w")',
        'x = Value(3.0, label="x")',
        "loss = (w * x).tanh()",
        "loss = (w * x).tanh()",
    ]
    assert all(source.file == __file__ and lines[source.line - 1].strip() == source.text for source in sources)
    assert traced.events[-1].rule == "w.data -= 0.1 * w.grad"


def test_a_cell_of_a_notebook_is_found_through_linecache():
    cell = "w = Value(2.0)\nwith debug.trace() as traced:\n    y = sum(\n        [w * k for k in range(2)]\n    )\n"
    file = "<cell 7>"
    linecache.cache[file] = (len(cell), None, cell.splitlines(keepends=True), file)
    scope = {"Value": Value, "debug": debug}
    exec(compile(cell, file, "exec"), scope)
    del linecache.cache[file]
    *products, first, second = [node.source for node in scope["traced"].nodes if node.op]

    assert {(source.file, source.line, source.text) for source in products} == {(file, 4, "[w * k for k in range(2)]")}
    assert {(source.line, source.text) for source in (first, second)} <= {
        (3, "y = sum("),
        (4, "[w * k for k in range(2)]"),
    }


def test_the_line_is_that_of_the_user_however_deep_the_library_is_in_between():
    with debug.trace() as traced:
        model = nn.MLP(2, [2, 1], rng=0)
        loss = losses.mse(model([1.0, 2.0]), 3.0)
        loss.backward()
    texts = {node.source.text for node in traced.nodes}

    assert texts == {"model = nn.MLP(2, [2, 1], rng=0)", "loss = losses.mse(model([1.0, 2.0]), 3.0)"}


def test_code_without_source_has_a_line_without_text():
    scope = {"Value": Value, "debug": debug}
    exec("with debug.trace() as traced:\n    y = Value(1.0) * 2", scope)

    assert [(s.file, s.line, s.text) for s in (node.source for node in scope["traced"].nodes)] == [
        ("<string>", 2, "")
    ] * 2


def test_a_file_beside_the_package_is_the_users(tmp_path):
    neighbour = Path(OURS[0].rstrip("/\\") + "_of_mine", "model.py")
    scope = {"Value": Value, "debug": debug}
    exec(compile("with debug.trace() as traced:\n    y = Value(1.0) * 2", str(neighbour), "exec"), scope)

    assert scope["traced"].nodes[1].source.file == str(neighbour)


def test_a_graph_that_exists_has_no_lines():
    assert [node.source for node in debug.trace(Value(1.0) * 2.0).nodes] == [None, None]


# ---------------------------------------------------------------- traced blocks


def test_a_training_step_is_told_from_creation_to_update():
    w = Value(0.5, label="w")
    with debug.trace() as traced:
        loss = (w * 4.0 - 1.0) ** 2
        loss.backward()
        optim.SGD([w], lr=0.125).step()
    update = checked(traced).events[-1]

    assert names(traced, "create") == ["w", "v1", "v2", "v3"]
    assert names(traced, "order") == ["w", "v1", "v2", "v3"]
    assert names(traced, "visit") == ["v3", "v2", "v1"]
    assert update == Event("update", 0, before=0.5, after=-0.5, rule="SGD")
    assert w.data == -0.5


def test_passes_add_up_in_leaves_unless_they_are_set_to_zero():
    w = Value(3.0, label="w")
    model = nn.Module()
    model.w = w
    with debug.trace() as traced:
        for _ in range(2):
            (w * w).backward()
        model.zero_grad()
        (w * w).backward()
    ends = [event.after for event in checked(traced).events if event.kind == "finish" and event.node == 0]

    assert ends == [6.0, 12.0, 6.0]


def test_an_optimiser_is_named_and_other_code_is_quoted():
    class Halve(optim.Optimizer):
        def update(self, p, g, rate, memory):
            return p / 2.0

    class Overridden(optim.SGD):
        def step(self):
            for parameter in self.parameters:
                parameter.data = 9.0

    def put(value, number):
        value.data = number

    w = Value(8.0, label="w")
    with debug.trace() as traced:
        Halve([w], lr=1.0).step()
        Overridden([w], lr=1.0).step()
        put(w, 0.0)
        model = nn.Module()
        model.w = w
        model.load_state_dict({"w": 1.0})

    assert [event.rule for event in checked(traced).events if event.kind == "update"] == [
        "Halve",
        "parameter.data = 9.0",
        "value.data = number",
        'model.load_state_dict({"w": 1.0})',
    ]


def test_a_value_that_moves_before_it_is_used_was_created_with_its_first_number():
    w = Value(1.0, label="w")
    with debug.trace() as traced:
        w.data = 2.0
        y = w * 3.0

    assert checked(traced).nodes[0].data == 1.0
    assert traced.nodes[1].data == y.data == 6.0
    assert told(traced) == [("create", "w", None), ("update", "w", 2.0), ("create", "v1", None)]


def test_a_graph_from_before_the_block_was_there_before_anything_moved():
    w, x = Value(1.0, label="w"), Value(5.0, label="x")
    y = w * x + x
    with debug.trace() as traced:
        w.data = 2.0
        z = x * x  # x comes in only now
        y.backward()
        (y * z).backward()
    moves = [event.kind for event in checked(traced).events].index("update")

    assert names(traced, "create")[:4] == ["w", "x", "v3", "v4"]
    assert moves == 4


def test_blocks_nest_and_the_inner_one_tells_its_part():
    x = Value(2.0, label="x")
    with debug.trace() as outer:
        y = x * 3.0
        with debug.trace() as inner:
            y.backward()
        x.data = 1.0

    assert x.grad == 3.0
    assert [event.kind for event in checked(inner).events] == [event.kind for event in checked(outer).events[:-1]]
    assert [node.source is None for node in inner.nodes] == [True, True]
    assert [node.source is None for node in outer.nodes] == [True, False]


def test_what_happened_before_an_exception_is_told():
    x = Value(2.0, label="x")
    with contextlib.suppress(KeyError), debug.trace() as traced:
        (x * 3.0).backward()
        y = x + 1.0
        raise KeyError

    assert names(checked(traced), "create") == ["x", "v1", "v2"]
    assert traced.nodes[-1].data == y.data


def test_a_backward_pass_that_fails_leaves_no_event():
    x = Value(2.0, label="x")
    with debug.trace() as traced:
        broken = Value(4.0, (x,), "square")
        with pytest.raises(GraphError, match="'square' was made by hand and has no _backward"):
            broken.backward()
        (x * 2.0).backward()

    assert names(checked(traced), "seed") == ["v2"]


def test_another_thread_is_another_story():
    x = Value(2.0, label="x")
    stop, begun = threading.Event(), threading.Event()

    def elsewhere():
        while not stop.is_set():
            y = Value(7.0, label="elsewhere") * x
            y.backward()
            begun.set()

    thread = threading.Thread(target=elsewhere)
    with debug.trace() as traced:
        thread.start()
        begun.wait()
        y = x * 2.0
        stop.set()
        thread.join()

    assert y.data == 4.0
    assert [node.name for node in checked(traced).nodes] == ["x", "v1"]


def test_under_no_grad_there_are_leaves_only():
    x = Value(2.0, label="x")
    with debug.trace() as traced, autograd.no_grad():
        y = x * 3.0
    with autograd.no_grad(), debug.trace() as outside:
        x * 3.0

    assert [(node.op, node.data) for node in checked(traced).nodes] == [("", y.data)]
    assert [(node.op, node.data) for node in checked(outside).nodes] == [("", 6.0)]


def test_a_copied_graph_and_a_derivative_are_values_like_any_other():
    x = Value(3.0, label="x")
    with debug.trace() as traced:
        copy.deepcopy(x * x).backward()
        autograd.grad(lambda t: t**3)(x).backward()

    assert x.grad == 18.0  # the second derivative of x³
    assert at_the_end(checked(traced)).grad[0] == 18.0


def test_a_block_in_which_nothing_happens_is_empty():
    with debug.trace() as traced:
        pass

    assert checked(traced) == Trace([], [])


@pytest.mark.parametrize("root", [3.0, "x", [Value(1.0)], Leaf])
def test_only_a_value_can_be_traced(root):
    with pytest.raises(TypeError, match="only a Value can be traced, got"):
        debug.trace(root)


# ---------------------------------------------------------------- nodes made by hand


def test_what_a_node_made_by_hand_adds_is_seen():
    x = Value(3.0, label="x")
    y = hand_made(x, x)
    y.label = "y"
    traced = checked(debug.trace(y * 2.0))
    contribution = traced.events[-2]

    assert contribution == Event("contribute", 1, 0, 0, upstream=2.0, product=12.0, before=0.0, after=12.0)
    assert traced.nodes[1].partials == (None, None)
    assert x.grad == y.grad == 0.0


def test_a_node_made_by_hand_without_backward_is_refused_as_backward_refuses_it():
    x = Value(2.0, label="x")
    y = Value(4.0, (x,), "square") * 1.0
    x.grad = 7.0
    with pytest.raises(GraphError, match="'square' was made by hand and has no _backward"):
        debug.trace(y)

    assert x.grad == 7.0


def test_a_node_made_by_hand_needs_no_name_for_its_op():
    x = Value(2.0, label="x")
    y = Value(4.0, (x,))
    y._backward = lambda: None

    assert [node.op for node in checked(debug.trace(y)).nodes] == ["", "by hand"]


def test_a_leaf_made_by_hand_is_a_leaf():
    assert checked(debug.trace(Value(3.0, (), "const", label="c") * 2.0)).nodes[0] == Node("c", data=3.0)


def test_values_that_a_backward_made_by_hand_computes_are_told_once():
    x = Value(3.0, label="x")
    out = Value(9.0, (x,), "square")

    def backward():
        x.grad += (Value(2.0, label="two") * x).data * out.grad

    out._backward = backward
    with debug.trace() as traced:
        out.backward()

    assert [node.name for node in checked(traced).nodes] == ["two", "x", "v2", "v3"]
    assert x.grad == 6.0


# ---------------------------------------------------------------- nothing is kept


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a_trace_keeps_no_value_alive():
    x = Value(2.0, label="x")
    with debug.trace() as traced:
        y = (x * 3.0).tanh()
        y.backward()
        x.data = 1.0
    again = debug.trace(y)
    lives = [weakref.ref(x), weakref.ref(y)]
    del x, y

    assert [ref() for ref in lives] == [None, None]
    assert len(traced.nodes) == len(again.nodes) == 3


@pytest.mark.usefixtures("no_collector")
def test_a_block_that_failed_keeps_no_value_alive():
    x = Value(2.0)
    with contextlib.suppress(TypeError), debug.trace():
        y = x * 3.0
        y.backward(1)
    lives = weakref.ref(y)
    del x, y

    assert lives() is None


# ---------------------------------------------------------------- verify


def test_what_really_happened_is_true():
    checked(everything())
    checked(network())


def other_values(event, key):
    """What could stand in a field of an event instead."""
    value = getattr(event, key)
    if key in ("kind", "rule"):
        others = [*KINDS, "nothing"]
    elif key in ("node", "slot", "operand"):
        others = [0, 1, -1, 10_000] if value is None else [value + 1, value - 1, value + 2, -1, 10_000]
    elif value is None:
        others = [0.0, 1.0]
    else:
        others = [math.nextafter(value, math.inf), math.nextafter(value, -math.inf), -value, 0.5, math.nan, None]
    return [other for other in others if repr(other) != repr(value)]


def rejection(traced, events):
    """The number of the event that is named as false; the trace breaks off where its number is."""
    with pytest.raises(
        TraceError, match=r"^event \d+ \(.*\) is false: .|^the trace breaks off after event \d+: ."
    ) as error:
        verify(Trace(traced.nodes, events))
    words = str(error.value).split()
    return int(words[1]) if words[0] == "event" else int(words[6].rstrip(":")) + 1


def damaged(traced, number, key):
    """The event with another value in one field, once for each that contradicts something.

    Nothing determines where an update leads and by whom, if nothing comes of it, nor which gradient a leaf brings.
    """
    event = traced.events[number]
    if event.kind == "update" and (key == "rule" or (key == "after" and number >= len(traced.events) - 2)):
        return
    brings = key == "before" and event.kind in ("seed", "contribute") and is_first(traced, number)
    for other in other_values(event, key):
        added = 1.0 if event.kind == "seed" else event.product
        if not (brings and other is not None and repr(other + added) == repr(event.after)):
            yield event._replace(**{key: other})


def is_first(traced, number):
    """Whether this is the first thing that is added to a leaf in a pass."""
    event = traced.events[number]
    leaf = event.node if event.operand is None else event.operand
    passed = list(itertools.takewhile(lambda event: event.kind != "order", traced.events[:number][::-1]))
    return not traced.nodes[leaf].op and leaf not in [event.operand for event in passed]


TRACED = everything()


def test_no_field_of_an_event_can_be_changed():
    for number, event in enumerate(TRACED.events):
        for key in event._fields:
            for false in damaged(TRACED, number, key):
                named = rejection(TRACED, [*TRACED.events[:number], false, *TRACED.events[number + 1 :]])

                # That another node was created, ordered or moved may be found out only by what follows from it.
                assert named == number or (named > number and event.kind in ("create", "order", "update")), false


def test_no_event_may_be_missing_or_stand_twice():
    for number, event in enumerate(TRACED.events):
        before, after = TRACED.events[:number], TRACED.events[number + 1 :]

        assert rejection(TRACED, [*before, event, event, *after]) == number + 1
        if number < len(TRACED.events) - 2:  # nothing follows from the last two updates
            assert rejection(TRACED, [*before, *after]) >= number


def test_a_trace_that_ends_in_the_middle_of_a_pass_is_rejected():
    passing = ("order", "seed", "visit", "contribute", "finish")
    for number, (last, missing) in enumerate(itertools.pairwise(TRACED.events), 1):
        if last.kind in passing and missing.kind in passing:
            assert rejection(TRACED, TRACED.events[:number]) == number
        else:
            verify(Trace(TRACED.nodes, TRACED.events[:number]))


def test_a_value_that_moved_after_the_forward_pass_is_found_out():
    w = Value(2.0, label="w")
    y = w * 3.0
    w.data = 5.0

    with pytest.raises(TraceError, match=r"\(create v1\) is false: mul of its operands is 15.0, not 6.0: did one move"):
        verify(debug.trace(y))


def test_no_fact_of_a_computed_node_can_be_changed():
    for number, node in enumerate(TRACED.nodes):
        if not node.op or node.op == "by hand":
            continue
        false = [
            replace(node, data=node.data + 1e-15 + abs(node.data) * 1e-15),
            replace(node, op="exp" if node.op != "exp" else "log"),
            replace(node, op="no such op"),
            *(
                replace(node, partials=(*node.partials[:slot], partial + 1.0, *node.partials[slot + 1 :]))
                for slot, partial in enumerate(node.partials)
                if partial is not None
            ),
        ]
        for other in false:
            nodes = [*TRACED.nodes[:number], other, *TRACED.nodes[number + 1 :]]

            assert rejection(Trace(nodes), TRACED.events) == TRACED.events.index(Event("create", number))


def test_an_order_with_an_idle_node_is_rejected():
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    with debug.trace() as traced:
        (x * 2.0).backward()
        (y * 2.0).backward()
    first = next(event for event in traced.events if event.kind == "order")
    place = len(traced.events) - traced.events[::-1].index(Event("order", 2)) - 1

    with pytest.raises(TraceError, match=r"\(seed v3\) is false: the order ends with v3, to which x does not lead"):
        verify(Trace(traced.nodes, [*traced.events[:place], first, *traced.events[place:]]))


@MANY
@given(st.data())
def test_random_damage_to_a_random_trace_is_found(data):
    traced = debug.trace(data.draw(graphs()))
    number = data.draw(st.integers(0, len(traced.events) - 1))
    event = traced.events[number]
    for key in FIELDS[event.kind]:
        for false in damaged(traced, number, key):
            assert rejection(traced, [*traced.events[:number], false, *traced.events[number + 1 :]]) == number
    assert rejection(traced, [*traced.events[:number], *traced.events[number + 1 :]]) >= number


# ---------------------------------------------------------------- damaged files


def use(traced):
    """All that a front end does with a trace."""
    with contextlib.suppress(TraceError):
        verify(traced)
    cursor, teller = Cursor(traced), Teller(traced)
    for number in range(len(cursor)):
        cursor.step()
        teller.tell(number)
    debug.explain(traced)
    return traced.to_json()


def read(text):
    """The trace, None if it is refused as it should be."""
    with contextlib.suppress(TraceError):
        return Trace.from_json(text)


def branches(tree, path=()):
    """The path of everything in a JSON tree."""
    if path:
        yield path
    for key, branch in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from branches(branch, (*path, key))


OTHER = [None, True, -1, 0, 1, 3, 10**400, 1.5, "nan", "text", "", [], {}, [None], ["a"], {"a": 1}]


def test_whatever_is_damaged_in_a_file_is_a_trace_error_or_harmless():
    x = Value(0.5, label="x")
    with debug.trace() as traced:
        with autograd.scope("layer"):
            y = hand_made(x.tanh(), x) + 2.0
        y.backward()
        x.data = 1.0
    text = traced.to_json()
    refused, harmless = 0, 0
    for path in branches(json.loads(text)):
        for other in (*OTHER, "deleted"):
            tree = json.loads(text)
            parent = tree
            for key in path[:-1]:
                parent = parent[key]
            if other == "deleted":
                del parent[path[-1]]
            else:
                parent[path[-1]] = other
            again = read(json.dumps(tree))
            if again is None:
                refused += 1
            else:
                CONFORMS.validate(json.loads(use(again)))
                harmless += 1

    assert refused > harmless > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "damaged or no JSON"),
        ("{", "damaged or no JSON"),
        ("[" * 100_000, "damaged or no JSON"),
        ('{"format": "stepgrad trace", "version": 1, "nodes": ' + "9" * 5000 + "}", "damaged or no JSON"),
        ("[]", "this is no stepgrad trace"),
        ("null", "this is no stepgrad trace"),
        ('{"format": "stepgrad parameters", "version": 1}', "this is no stepgrad trace"),
        ('{"format": "stepgrad trace"}', "version None, this release reads 1"),
        ('{"format": "stepgrad trace", "version": 2}', "version 2, this release reads 1"),
        ('{"format": "stepgrad trace", "version": true}', "version True, this release reads 1"),
        ('{"format": "stepgrad trace", "version": 1}', "it has no list of nodes"),
        ('{"format": "stepgrad trace", "version": 1, "nodes": []}', "it has no list of events"),
        ('{"format": "stepgrad trace", "version": 1, "nodes": [3], "events": []}', "node 0 is unreadable"),
        ('{"format": "stepgrad trace", "version": 1, "nodes": [], "events": [{}]}', "event 0 is unreadable"),
    ],
)
def test_what_is_no_trace_is_refused_with_the_reason(text, message):
    with pytest.raises(TraceError, match=message):
        Trace.from_json(text)


def test_a_truncated_file_is_refused():
    text = everything().to_json()
    for length in random.Random(0).sample(range(len(text)), 50):
        with pytest.raises(TraceError, match="damaged or no JSON"):
            Trace.from_json(text[:length])


@pytest.mark.parametrize(
    "facts", [{"op": "tanh"}, {"op": "dot"}, {"op": "pow"}, {"op": "logsumexp"}, {"op": "no such op"}]
)
def test_an_op_that_does_not_fit_its_operands_is_refused_by_verify_and_can_be_shown(facts):
    x = Value(0.5, label="x")
    tree = json.loads(debug.trace(autograd.clamp(x, 0.0, 1.0)).to_json())
    tree["nodes"][1].update(facts)
    traced = Trace.from_json(json.dumps(tree))
    use(traced)

    with pytest.raises(TraceError, match=r"event 1 \(create v1\) is false: "):
        verify(traced)


def test_an_op_that_this_process_does_not_know_can_be_read_and_stepped(registry):
    @autograd.op(d_x=lambda x, out: 3.0 * x * x)
    def cubed_here(x):
        return x * x * x

    traced = checked(debug.trace(cubed_here(Value(2.0, label="x"))))
    del registry["cubed_here"]
    use(Trace.from_json(traced.to_json()))

    with pytest.raises(TraceError, match="it cannot be computed: no op is called 'cubed_here'"):
        verify(traced)
