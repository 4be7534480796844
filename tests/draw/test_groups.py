"""Graphs too large to show every value: closed scopes, parts that repeat, a part that is chosen."""

import json
import math
import random
import re
import shutil
import sys
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from drawn_graphs import expression, network, put, random_graphs
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, draw, nn, tanh
from autograd.draw.as_dot import dot
from autograd.draw.engine import PURE, find_dot, render
from autograd.draw.group_edges import MOST_LINES
from autograd.draw.groups import INPUT, grouped, scopes_of, strong_components
from autograd.draw.parts import prefixes
from autograd.draw.picture import picture
from autograd.draw.scene import MOST_NEURONS, MOST_VALUES, scene
from autograd.graph import topological_order

needs_dot = pytest.mark.skipif(find_dot() is None, reason="there is no Graphviz: pip install graphviz-pure")
BESIDE_PYTHON = shutil.which(PURE, path=str(Path(sys.executable).parent))
COMMANDS = [Path(found) for found in (shutil.which("dot"), BESIDE_PYTHON) if found]
quick = settings(max_examples=40, deadline=None, derandomize=True)
names = st.lists(st.sampled_from(["a", "b", "layer 0", "neuron 1"]), max_size=3)


def mlp(inputs=2, widths=(2, 1), samples=1, weights=None):
    """A tanh MLP and its outputs for some samples of labelled Values."""
    model = nn.MLP(inputs, list(widths), activation=[tanh] * len(widths), rng=0)
    for parameter, number in zip(model.parameters(), weights or [], strict=False):
        parameter.data = number
    rng = random.Random(1)
    rows = [[Value(rng.gauss(0, 1), label=f"x{i}") for i in range(inputs)] for _ in range(samples)]
    return model, [model(row) for row in rows]


def training_step(samples=5):
    """The loss of micrograd's demo on a small network: max-margin and L2."""
    model, scores = mlp(samples=samples)
    hinges = [(1 + -label * score).relu() for label, score in zip([1, -1] * samples, scores, strict=False)]
    total = sum(hinges) * (1 / samples) + 1e-4 * sum(p * p for p in model.parameters())
    total.backward()
    return total


def recurrent(steps=20):
    """A layer of two neurons that is fed its own outputs."""
    layer = nn.MLP(3, [2], activation=[tanh], rng=1)
    state = [Value(0.0), Value(0.0)]
    for step in range(steps):
        state = layer([*state, math.sin(step)])
    return autograd.sum(state)


def by_name(shown):
    return {card.name: card for card in shown.cards}


def contributions(shown):
    """For each card what its edges carry away in all, as their tooltips say."""
    found = Counter()
    for edge in shown.edges:
        told = re.search(r"contribution (\S+)", edge.tooltip)
        found[edge.source] += float(told[1]) if told else 0.0
    return found


# ---------------------------------------------------------------- every value, every edge


@quick
@given(random_graphs(), st.data())
def test_every_value_is_in_one_group_and_counts_add_up(root, data):
    order = topological_order(root)
    for node in order:
        put([node], *data.draw(names))
    scopes = prefixes(scopes_of(order).values())
    opened = set(data.draw(st.lists(st.sampled_from([INPUT, *scopes]), max_size=4)))
    groups, place = grouped(order, [root], prefixes(opened), scopes_of(order))

    assert Counter(node for group in groups for node in group.members) == Counter(order)
    assert all(node in groups[at].members for node, at in zip(order, place, strict=True))
    assert all(group.heads and set(group.heads) <= set(group.members) for group in groups)


@quick
@given(random_graphs(), st.sampled_from(["neurons", "layers"]), st.data())
def test_cards_hold_all_values_and_edges_stand_for_all_uses_between_them(root, detail, data):
    order = topological_order(root)
    for node in order:
        put([node], *data.draw(names))
    shown = scene(root, detail=detail)
    scopes = prefixes(scopes_of(order).values())
    opened = set() if detail == "layers" else {INPUT, *(path[:-1] for path in scopes)}
    at = dict(zip(order, grouped(order, [root], opened, scopes_of(order))[1], strict=True))
    between = sum(at[node] != at[operand] for node in order for operand in node.parents)
    numbers = {card.id for card in shown.cards if card.holds == 0}

    assert sum(card.holds for card in shown.cards) == len(order)
    assert sum(edge.count for edge in shown.edges if edge.source not in numbers) == between


def test_in_a_picture_of_values_every_card_holds_one():
    shown = scene(network(), detail="values")

    assert {card.holds for card in shown.cards if card.role != "constant"} == {1}
    assert {edge.count for edge in shown.edges} == {1}


def test_the_gradient_of_a_card_is_the_sum_of_what_its_edges_carry():
    shown = scene(training_step(), detail="neurons")
    carried = contributions(shown)
    told = {card.id: re.search(r"gradients: sum (\S+),", card.tooltip) for card in shown.cards if card.role != "group"}
    sums = {name: float(found[1]) for name, found in told.items() if found}

    assert len(sums) == 6  # two inputs, label · score, 1 − that, relu, p · p
    assert sums == pytest.approx({name: carried[name] for name in sums}, rel=1e-12)


@quick
@given(st.lists(st.lists(st.integers(0, 7), max_size=4), min_size=8, max_size=8))
def test_components_are_the_numbers_that_lead_to_each_other(uses):
    reach = [{start} for start in range(8)]
    for _ in range(8):
        reach = [set().union(found, *(uses[number] for number in found)) for found in reach]
    component = strong_components(uses)

    for a, b in combinations(range(8), 2):
        assert (component[a] == component[b]) == (a in reach[b] and b in reach[a])


# ---------------------------------------------------------------- what shares a card


def test_a_batch_through_a_network_shows_each_neuron_once():
    cards = by_name(scene(training_step(), detail="neurons"))

    assert {name: card.count for name, card in cards.items() if card.role == "group"} == {"neuron 0": 5, "neuron 1": 5}
    assert (cards["x0"].count, cards["x1"].count) == (5, 5)


def test_what_is_computed_alike_outside_the_network_is_shown_once():
    shown = scene(training_step(), detail="layers")
    ops = [(card.symbol, card.count, card.holds) for card in shown.cards if card.symbol]

    assert ops == [
        ("×", 5, 5),  # −label · score
        ("+", 5, 5),
        ("relu", 5, 5),
        ("Σ", 1, 5),  # additions in a row
        ("×", 1, 1),
        ("×", 9, 9),  # p · p
        ("Σ", 1, 9),
        ("×", 1, 1),
        ("+", 1, 1),
    ]


def test_scalar_code_without_scopes_is_collapsed_by_its_structure():
    rng = random.Random(0)
    weights = [[Value(rng.gauss(0, 1)) for _ in range(3)] for _ in range(4)]
    inputs = [[Value(rng.gauss(0, 1)) for _ in range(3)] for _ in range(20)]
    outputs = [sum(w * x for w, x in zip(row, xs, strict=True)).relu() for xs in inputs for row in weights]
    shown = scene(sum(outputs))

    assert [(card.symbol, card.count, card.holds) for card in shown.cards if card.holds] == [
        ("", 12, 12),
        ("", 60, 60),
        ("×", 240, 240),
        ("Σ", 80, 240),
        ("relu", 80, 80),
        ("Σ", 1, 80),
    ]


def test_several_values_show_their_mean_and_the_sum_of_their_gradients():
    weight = Value(2.0, label="w")
    root = autograd.sum([weight * Value(x, label="x") for x in (1.0, 2.0, 6.0)])
    root.backward()
    card = by_name(scene(root, detail="neurons"))["x"]

    assert (card.count, card.value, card.key, card.gradient) == (3, "mean 3", "Σ grad", "+6")
    assert card.tooltip.splitlines() == [
        "x",
        "3 values: mean 3.0, from 1.0 to 6.0",
        "gradients: sum 6.0, rms 2.0, from 2.0 to 2.0",
    ]


def test_gradients_that_cancel_show_their_size_instead_of_what_rounding_leaves():
    with autograd.scope("scores"):
        scores = [Value(x) * 1.0 for x in (0.1, 0.2, 0.7)]
    exps = [score.exp() for score in scores]
    root = exps[0] / autograd.sum(exps)
    root.backward()
    card = by_name(scene(root, detail="neurons"))["scores"]  # a softmax does not change when all scores move together

    assert abs(sum(score.grad for score in scores)) < 1e-15
    assert (card.key, card.gradient, card.tint) == ("grad rms", "0.136", 0.0)


def test_numbers_that_differ_are_shown_as_a_range_and_equal_ones_once():
    xs = [Value(float(i), label="x") for i in range(3)]
    root = autograd.sum([(x * factor) + 7.0 for x, factor in zip(xs, (-1.0, 2.0, 5.0), strict=True)])

    chips = [card.value for card in scene(root, detail="neurons").cards if card.role == "constant"]

    assert chips == ["−1 … 5", "7"]


def test_a_network_fed_with_plain_numbers_says_how_many():
    model = nn.MLP(3, [2, 1], rng=0)
    shown = scene(model([1.0, 2.0, 3.0]), detail="layers")
    given = by_name(shown)["input"]

    assert (given.value, given.holds, given.gradient) == ("3 numbers", 0, "")
    assert [(edge.target, edge.pill) for edge in shown.edges if edge.source == given.id] == [("g0", "3 × 2")]


def test_groups_that_use_each_other_in_a_circle_are_one_card():
    shown = scene(recurrent(), detail="neurons")
    loop = by_name(shown)["loop"]

    assert (loop.value, loop.count, len(loop.cells)) == ("tanh, 2 neurons", 20, 2)
    assert sum(card.holds for card in shown.cards) == len(topological_order(recurrent()))


def test_a_long_chain_is_a_few_cards_whatever_it_repeats():
    x, a, b = Value(0.5), Value(0.99), Value(0.01)
    for _ in range(2000):
        x = (x * a + b).tanh()
    shown = scene(x)

    assert len(shown.cards) < 15
    assert any(card.symbol == "↻" and card.holds > 5900 for card in shown.cards)


def test_a_run_of_one_op_is_one_card():
    x = Value(0.5)
    for _ in range(1000):
        x = x.tanh()

    assert [(card.symbol, card.holds) for card in scene(x).cards] == [("", 1), ("tanh", 1000)]


def test_labels_keep_values_apart():
    root = autograd.sum([Value(1.0, label=label).tanh() for label in "aab"])

    assert sorted((c.name, c.count) for c in scene(root, detail="neurons").cards if c.role == "leaf") == [
        ("a", 2),
        ("b", 1),
    ]


def test_a_scope_of_ones_own_called_input_is_left_alone():
    with autograd.scope("input"):
        inside = Value(1.0, label="mine").tanh()
    root = Value(2.0, label="other") * inside
    shown = scene(root, detail="layers")

    assert {card.name: card.holds for card in shown.cards} == {"input": 2, "other": 1, "v3": 1}


# ---------------------------------------------------------------- detail and what is opened


def test_detail_is_chosen_so_that_the_picture_can_be_read():
    def roles(root):
        return {card.role for card in scene(root).cards}

    _, (small,) = mlp(widths=(1,))
    _, (middle,) = mlp(widths=(4, 4, 1))
    _, (large,) = mlp(widths=(16, 16, 1))

    assert "group" not in roles(small)
    assert any(card.symbol == "Σ" for card in scene(middle).cards if card.role == "group")
    assert all(card.cells for card in scene(large).cards)
    assert 9 <= MOST_NEURONS < 33


def test_a_graph_without_scopes_is_drawn_whole_up_to_a_size():
    def chain(length):
        x = Value(0.5)
        for _ in range(length - 1):
            x = x.tanh()
        return x

    assert len(scene(chain(MOST_VALUES)).cards) == MOST_VALUES
    assert len(scene(chain(MOST_VALUES + 1)).cards) == 2


def test_frames_say_how_many_parameters_they_hold():
    _, (out,) = mlp(inputs=3, widths=(4, 1))
    shown = scene(out, detail="neurons")

    assert [shown.title_of(path) for path in shown.clusters] == [
        "input",
        "layer 0, 16 parameters",
        "layer 1, 5 parameters",
    ]
    assert [(card.name, card.note) for card in scene(out, detail="layers").cards] == [
        ("input", "not trained"),
        ("layer 0", "16 parameters"),
        ("layer 1", "5 parameters"),
    ]


def test_leaves_made_in_a_scope_are_called_parameters_only_in_neurons():
    with autograd.scope("scores"):
        root = Value(1.0).tanh() * Value(2.0)
    with autograd.scope("ends"):
        root = root.exp().tanh()
    shown = scene(root, detail="layers")

    assert scene(root, detail="values").title_of(("scores",)) == "scores, 2 leaves"
    assert [card.tooltip.splitlines()[1] for card in shown.cards] == ["2 leaves, 4 values", "2 values"]


@pytest.mark.parametrize(
    ("layer", "sample", "told"),
    [
        (nn.Layer(2, 3, rng=0), [1.0, 2.0], "9 parameters"),
        (nn.Embedding(4, 2, rng=0), 3, "2 parameters"),
        (nn.RMSNorm(2), [1.0, 2.0], "2 leaves"),
    ],
    ids=["dense", "embedding", "norm"],
)
def test_what_a_layer_learns_is_counted_in_its_frame(layer, sample, told):
    root = autograd.sum([x * 1.0 for x in nn.Sequential(layer)(sample)])
    shown = scene(root, detail="values")

    assert told in shown.title_of(next(path for path in shown.clusters if len(path) == 1))


def autoencoder(tied=False):
    """A network called in one scope, and another one, or the same, in a second scope."""
    encoder, decoder = (nn.MLP(2, [2], activation=[tanh], rng=seed) for seed in (0, 1))
    xs = [Value(1.0, label="x0"), Value(2.0, label="x1")]
    with autograd.scope("encoder"):
        code = encoder(xs)
    with autograd.scope("decoder"):
        out = (encoder if tied else decoder)(code)
    return autograd.sum(out) + autograd.sum([p * p for p in encoder.parameters()])


def test_a_network_called_in_a_scope_has_its_parameters_there():
    shown = scene(autoencoder(), detail="layers")
    opened = scene(autoencoder(), detail="neurons")

    assert [(c.name, c.note) for c in shown.cards if c.role == "group"] == [
        ("input", "not trained"),
        ("encoder", "6 parameters"),
        ("decoder", "6 parameters"),
    ]
    assert [opened.title_of(path) for path in opened.clusters] == [
        "input",
        "encoder, 6 parameters",
        "layer 0, 6 parameters",
        "decoder, 6 parameters",
        "layer 0, 6 parameters",
    ]


def test_a_network_called_in_two_scopes_has_its_parameters_outside_of_both():
    shown = scene(autoencoder(tied=True), detail="layers")
    groups = {card.name: card.holds for card in shown.cards if card.role == "group"}

    assert groups == {"input": 2, "layer 0": 6, "encoder": 4, "decoder": 4}


def test_a_closed_layer_shows_a_cell_with_the_sign_of_each_neuron():
    _, (out,) = mlp(weights=[2, 1, -1, 1, -2, 1, 2, -3, -1])
    out.backward()
    first = by_name(scene(out, detail="layers"))["layer 0"]
    rms = math.sqrt(sum(g * g for g in (out.operands[0].operands[2].grad, out.operands[0].operands[3].grad)) / 2)

    assert (first.value, [cell.sign for cell in first.cells]) == ("tanh, 2 neurons", ["+", "−"])
    assert float(first.gradient) == pytest.approx(rms, rel=1e-2)


def test_an_opened_group_shows_its_values_and_the_others_stay_closed():
    _, (out,) = mlp(widths=(3, 1))
    shown = scene(out, expand="layer 0/neuron 1")
    inside = {card.name for card in shown.cards if card.path == ("layer 0", "neuron 1")}

    assert {"w0", "w1", "b"} < inside
    assert sorted(card.name for card in shown.cards if card.role == "group") == ["neuron 0", "neuron 0", "neuron 2"]


def test_a_layer_can_be_opened_among_closed_ones():
    _, (out,) = mlp(widths=(3, 1))
    shown = scene(out, detail="layers", expand=["layer 0"])

    assert [card.name for card in shown.cards] == ["input", "neuron 0", "neuron 1", "neuron 2", "layer 1"]


def test_a_scope_that_is_not_there_cannot_be_opened():
    _, (out,) = mlp()

    with pytest.raises(ValueError, match=r"no scope 'layer 7' to expand.*'layer 0'"):
        scene(out, expand="layer 7")
    with pytest.raises(ValueError, match="unknown detail 'all': use 'auto' or 'values' or 'neurons' or 'layers'"):
        scene(out, detail="all")


def test_too_many_lines_become_a_band_between_the_frames():
    _, (out,) = mlp(inputs=2, widths=(25, 25, 1))
    shown = scene(out, detail="neurons")
    frames = {f"c{i}": path for i, path in enumerate(shown.clusters)}
    bands = [(frames[e.source][0], frames[e.target][0], e.pill) for e in shown.edges if e.kind == "band"]

    assert MOST_LINES < 25 * 25
    assert bands == [
        ("input", "layer 0", "2 × 25"),
        ("layer 0", "layer 1", "25 × 25"),
        ("layer 1", "layer 2", "25 × 1"),
    ]


def test_many_lines_from_a_frame_into_an_op_become_a_band():
    _, (scores,) = mlp(widths=(3, 5))
    root = autograd.sum([score.exp() for score in scores])
    shown = scene(root, detail="neurons")
    into_exp = [edge for edge in shown.edges if by_id(shown, edge.target).symbol == "eˣ"]

    assert [(edge.kind, edge.pill, edge.count) for edge in into_exp] == [("band", "5 edges", 5)]


def by_id(shown, name):
    return next(card for card in shown.cards if card.id == name)


def test_nan_is_tagged_on_the_card_in_which_it_began():
    model, _ = mlp()
    bad = model([math.nan, 1.0])
    bad.backward()

    assert [(c.name, c.tag) for c in scene(bad, detail="layers").cards if c.tag] == [("layer 0", "first nan")]
    assert [c.broken for c in scene(bad, detail="layers").cards if c.holds] == [True, True]


def test_before_the_pass_no_group_shows_a_gradient():
    _, (out,) = mlp(widths=(3, 1))
    shown = scene(out, detail="layers")

    assert {card.gradient for card in shown.cards} == {"not computed"}
    assert {(cell.sign, cell.tint) for card in shown.cards for cell in card.cells} == {("", None)}


# ---------------------------------------------------------------- what is refused


@needs_dot
def test_a_png_of_very_many_values_is_refused_with_the_number_and_three_ways_out():
    xs = [Value(float(i)) for i in range(33_000)]
    root = autograd.sum([x * x for x in xs])

    with pytest.raises(ValueError, match="the graph has 66,001 values") as refusal:
        draw.png(root, detail="values")

    assert all(way in str(refusal.value) for way in ("detail='layers'", "autograd.draw.around", "max_nodes=66001"))
    assert draw.png(root, dpi=30).startswith(b"\x89PNG")


def test_more_closed_groups_than_can_be_read_are_refused_too():
    x = Value(1.0)
    for i in range(600):
        with autograd.scope(f"block {i}"):
            x = x.tanh()

    with pytest.raises(ValueError, match=r"the graph has 601 cards, .* close more scopes"):
        scene(x)


# ---------------------------------------------------------------- a part of a graph


def small():
    """a and b make c = a · b; d = tanh c; e = d + a; f = e · c."""
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    c = a * b
    d = c.tanh()
    e = d + a
    f = e * c
    for name, node in zip("cdef", (c, d, e, f), strict=True):
        node.label = name
    return {node.label: node for node in (a, b, c, d, e, f)}


def labels(nodes):
    return "".join(node.label for node in nodes)


@pytest.mark.parametrize(
    ("middle", "radius", "operands", "both"),
    [
        ("d", 0, "d", "d"),
        ("d", 1, "cd", "cde"),
        ("d", 2, "abcd", "abcdef"),
        ("e", 1, "ade", "adef"),
        ("a", 5, "a", "abcdef"),
    ],
)
def test_around_a_value_are_those_within_so_many_steps(middle, radius, operands, both):
    nodes = small()

    assert labels(draw.around(nodes[middle], radius)) == operands
    assert labels(draw.around(nodes[middle], radius, of=nodes["f"])) == both


@pytest.mark.parametrize(
    ("start", "end", "between"), [("a", "f", "acdef"), ("b", "e", "bcde"), ("d", "f", "def"), ("c", "c", "c")]
)
def test_a_path_holds_what_lies_on_a_way_from_one_value_to_the_other(start, end, between):
    nodes = small()

    assert labels(draw.path(nodes[start], nodes[end])) == between


def test_what_is_not_there_is_refused():
    nodes = small()

    with pytest.raises(ValueError, match="not computed from the first"):
        draw.path(nodes["e"], nodes["d"])
    with pytest.raises(ValueError, match="at least 0, got -1"):
        draw.around(nodes["e"], -1)
    with pytest.raises(ValueError, match="not in the graph of `of`"):
        draw.around(nodes["e"], 1, of=nodes["d"])
    with pytest.raises(ValueError, match="none of the values in `only`"):
        draw.svg(nodes["d"], only=[nodes["e"]])


def test_a_part_keeps_the_names_of_the_whole_and_marks_what_is_left_out():
    root = expression()
    shown = scene(root, only=draw.around(root.operands[0], 1, of=root))

    assert [(card.id, card.name or card.value) for card in shown.cards] == [
        ("v9c0", "…"),
        ("v9", "h"),
        ("v10", "y"),
        ("v11", "e"),
        ("v12", "L"),
    ]
    assert shown.summary.startswith("4 of 13 values")


def test_operands_that_are_left_out_are_one_chip():
    xs = [Value(float(i)) for i in range(50)]
    root = autograd.sum(xs)
    shown = scene(root, only=[root, xs[0]])

    assert [card.tooltip for card in shown.cards if card.value == "…"] == ["left out: a value = 1.0 and 48 more"]


# ---------------------------------------------------------------- the writers


def by_hand():
    """Two tanh neurons, tanh(2 · 0.5 − 1 − 1) = tanh −1 and tanh(0.5 + 2 + 1) = tanh 3.5, and one on them."""
    model = nn.MLP(2, [2, 1], activation=[tanh, tanh])
    for parameter, number in zip(model.parameters(), [2, 1, -1, 1, -2, 1, 2, 3, -1], strict=True):
        parameter.data = number
    out = model([Value(0.5, label="x0"), Value(-1.0, label="x1")])
    out.backward()
    return out


def test_the_mermaid_text_of_neurons_is_as_agreed():
    assert (
        draw.mermaid(by_hand(), detail="neurons")
        == """\
flowchart LR
    subgraph c0["input"]
        v4["x0<br/>0.5<br/>grad +1.36"]
        v5["x1<br/>−1<br/>grad +0.66"]
    end
    subgraph c1["layer 0#44; 6 parameters"]
        g0[["Σ neuron 0<br/>−0.762<br/>grad +1.61"]]
        g1[["Σ neuron 1<br/>0.998<br/>grad +2.42"]]
    end
    subgraph c2["layer 1#44; 3 parameters"]
        g2[["Σ neuron 0<br/>0.439<br/>seed +1"]]
    end
    v4 --- g0
    v5 --- g0
    v4 --- g1
    v5 --- g1
    g0 --- g2
    g1 --- g2
    linkStyle 0 stroke:#0061BE,stroke-width:3.3px
    linkStyle 1 stroke:#0061BE,stroke-width:2.4px
    linkStyle 2 stroke:#0061BE,stroke-width:1.4px
    linkStyle 3 stroke:#A84A00,stroke-width:1.4px
    linkStyle 4 stroke:#0061BE,stroke-width:3.7px
    linkStyle 5 stroke:#0061BE,stroke-width:4.8px
    classDef leaf fill:#FFFFFF,stroke:#15181E,color:#15181E,stroke-width:2px
    class v4,v5 leaf
    classDef group fill:#FFFFFF,stroke:#7F8794,color:#15181E,stroke-width:1.2px
    class g0,g1,g2 group
    classDef positive1 fill:#E6F2FF
    class v5 positive1
    classDef positive2 fill:#C1DEFF
    class v4,g2 positive2
    classDef positive3 fill:#95C7FF
    class g0 positive3
    classDef positive4 fill:#63ADFE
    class g1 positive4
    classDef cluster fill:#F4F5F7,stroke:#D8DCE2,color:#525A67
    class c0,c1,c2 cluster
%%{init: {"themeVariables": {"edgeLabelBackground": "#FFFFFF", "textColor": "#15181E", "lineColor": "#7F8794"}}}%%
"""
    )


def test_the_mermaid_text_of_layers_is_as_agreed():
    assert (
        draw.mermaid(by_hand(), detail="layers")
        == """\
flowchart LR
    g0[["input<br/>2 values<br/>not trained<br/>grad rms 1.07"]]
    g1[["layer 0<br/>tanh#44; 2 neurons<br/>6 parameters<br/>grad rms 2.06"]]
    g2[["layer 1<br/>tanh#44; 1 neuron<br/>3 parameters<br/>grad rms 1"]]
    g0 ==>|"2 × 2"| g1
    g1 ==>|"2 × 1"| g2
    classDef group fill:#FFFFFF,stroke:#7F8794,color:#15181E,stroke-width:1.2px
    class g0,g1,g2 group
%%{init: {"themeVariables": {"edgeLabelBackground": "#FFFFFF", "textColor": "#15181E", "lineColor": "#7F8794"}}}%%
"""
    )


def every_picture():
    """Scenes of single values, and with groups of every kind."""
    yield from (scene(expression(), direction=direction) for direction in ("LR", "TB"))
    yield scene(expression(), merge=False)
    _, (deep,) = mlp(inputs=3, widths=(4, 4, 1))
    _, (wide,) = mlp(inputs=2, widths=(25, 25, 1))
    step, loop = training_step(), recurrent()
    yield from (scene(deep, detail="neurons", direction=direction) for direction in ("LR", "TB"))
    yield scene(deep, expand="layer 1/neuron 2")
    yield scene(wide, detail="neurons")
    yield from (scene(step, detail=detail, direction=d) for detail in ("neurons", "layers") for d in ("LR", "TB"))
    yield scene(step, expand=["layer 0/neuron 0"])
    yield scene(loop)


@pytest.mark.parametrize("shown", list(every_picture()))
def test_no_cards_overlap_and_frames_hold_what_is_theirs(shown):
    placed = picture(shown)
    for a, b in combinations(placed.boxes, 2):
        assert a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
    for path, (left, top, w, h) in placed.areas.items():
        for box in placed.boxes:
            if box.card.path[: len(path)] == path:
                assert left <= box.x <= box.x + box.width <= left + w
                assert top <= box.y <= box.y + box.height <= top + h


def test_the_neurons_of_a_layer_stand_in_a_column_in_order_and_are_joined_by_straight_lines():
    _, (out,) = mlp(inputs=3, widths=(4, 4, 1))
    placed = picture(scene(out, detail="neurons"))
    column = [box for box in placed.boxes if box.card.path == ("layer 1",)]

    assert [box.card.name for box in column] == [f"neuron {k}" for k in range(4)]
    assert len({(box.x, box.width) for box in column}) == 1
    assert all(above.y + above.height < below.y for above, below in pairwise(column))
    for wire in placed.wires:
        (x0, y0), *middle, (x1, y1) = wire.route
        assert all(y == pytest.approx(y0 + (y1 - y0) * (x - x0) / (x1 - x0), abs=0.3) for x, y in middle)


@needs_dot
@pytest.mark.parametrize("shown", list(every_picture()))
def test_graphviz_reads_every_card_and_edge_of_a_collapsed_picture(shown):
    read = json.loads(render(dot(shown), "json0"))

    assert {thing["name"] for thing in read["objects"]} >= {card.id for card in shown.cards}
    assert len(read["edges"]) == len(shown.edges)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.stem)
@pytest.mark.parametrize("shown", list(every_picture()))
def test_graphviz_keeps_our_places(shown, command):
    placed = picture(shown)
    read = json.loads(render(dot(shown), "json0", command))
    things = {thing["name"]: thing for thing in read["objects"]}
    middles = {box.card.id: (box.x + box.width / 2, box.y + box.height / 2) for box in placed.boxes}
    origin = next(iter(middles))
    left, top = (x - y for x, y in zip(place(things[origin]), middles[origin], strict=True))

    for box in placed.boxes:
        x, y = place(things[box.card.id])
        assert (x - left, y - top) == pytest.approx(middles[box.card.id], abs=0.2)
    for number, path in enumerate(shown.clusters):
        if path in placed.areas:
            x0, y0, x1, y1 = map(float, things[f"cluster_{number}"]["bb"].split(","))
            assert (x0 - left, -y1 - top, x1 - x0, y1 - y0) == pytest.approx(placed.areas[path], abs=0.2)


def place(thing):
    """The middle of what Graphviz has drawn, counted downwards."""
    x, y = map(float, thing["pos"].split(","))
    return x, -y


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.stem)
@pytest.mark.parametrize("shown", list(every_picture()))
def test_what_graphviz_draws_of_a_closed_group_is_of_the_size_that_was_planned(shown, command):
    read = json.loads(render(dot(shown), "json0", command))
    things = {thing["name"]: thing for thing in read["objects"]}

    for box in picture(shown).boxes:
        if box.card.role == "group":
            drawn = 72 * float(things[box.card.id]["width"]), 72 * float(things[box.card.id]["height"])
            assert drawn == pytest.approx((box.width, box.height), abs=5)


PROGRAM = """
import random
from autograd import Value, draw, losses, nn, tanh
model = nn.MLP(2, [6, 3], activation=[tanh, tanh], rng=0)
rng = random.Random(1)
rows = [[Value(rng.gauss(0, 1)) for _ in range(2)] for _ in range(7)]
loss = losses.cross_entropy([model(row) for row in rows], [0, 1, 2, 0, 1, 2, 0])
loss = loss + 1e-3 * sum(p * p for p in model.parameters())
loss.backward()
for options in ({"detail": "neurons"}, {"detail": "layers"}, {"expand": "layer 0/neuron 2"}):
    print(*(write(loss, **options) for write in (draw.svg, draw.dot, draw.mermaid)))
"""


def test_the_output_is_the_same_under_any_hash_seed(run_python):
    first, second = (run_python(PROGRAM, PYTHONHASHSEED=seed, PYTHONIOENCODING="utf-8") for seed in ("1", "2"))

    assert first == second
    assert len(first) > 50_000
