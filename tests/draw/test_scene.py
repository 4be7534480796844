"""The scene: what a picture shows, decided once for every writer."""

import math

import pytest
from drawn_graphs import expression, network

import autograd
from autograd import Value
from autograd.draw.scene import scene


def card_of(shown, name):
    return next(card for card in shown.cards if card.name == name)


def edges_into(shown, name):
    return [edge for edge in shown.edges if edge.target == card_of(shown, name).id]


# ---------------------------------------------------------------- cards and edges


def test_using_a_value_twice_draws_two_edges():
    x = Value(3.0, label="x")
    shown = scene(x * x)

    assert [(edge.source, edge.slot, edge.slots) for edge in shown.edges] == [("v0", 0, 2), ("v0", 1, 2)]


def test_ids_and_names_of_unnamed_values_come_from_the_topological_order():
    a, b = Value(1.0), Value(2.0, label="b")

    assert [(card.id, card.name, card.named) for card in scene(a * b + a).cards] == [
        ("v0", "v0", False),
        ("v1", "b", True),
        ("v2", "v2", False),
        ("v3", "v3", False),
    ]


def test_operands_keep_their_order():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    out = b - a
    out.label = "out"

    shown = scene(out)

    assert [card_of(shown, name).id for name in ("b", "a")] == [edge.source for edge in edges_into(shown, "out")]


def test_constants_are_chips_one_for_each_slot_and_have_no_local_derivative():
    shown = scene(2 * Value(0.5) + 2)
    chips = [card for card in shown.cards if card.role == "constant"]

    assert [(chip.id, chip.value, chip.gradient) for chip in chips] == [("v1c0", "2", ""), ("v2c1", "2", "")]
    assert [edge.pill for edge in shown.edges if edge.kind == "constant"] == ["", ""]


def test_an_op_with_many_operands_is_one_card_with_an_inlet_for_each():
    xs = [Value(float(i)) for i in range(4)]
    shown = scene(autograd.dot(xs, [1.0, 2.0, 3.0, 4.0]))

    assert shown.cards[-1].symbol == "Σ"
    assert [edge.slot for edge in shown.edges] == list(range(9))  # two lists and the start


def test_roles_are_leaf_inner_and_root():
    shown = scene(expression())

    assert {card.name: card.role for card in shown.cards if card.role != "inner"} == {
        **dict.fromkeys(("w1", "x1", "w2", "x2", "b", "y"), "leaf"),
        "L": "root",
    }


def test_without_merging_an_op_has_a_card_of_its_own():
    shown = scene(expression(), merge=False)
    e = card_of(shown, "e")

    assert (e.symbol, card_of(scene(expression()), "e").symbol) == ("", "−")
    assert [edge.source for edge in shown.edges if edge.target == e.id] == [f"{e.id}op"]
    assert sum(card.role == "op" for card in shown.cards) == 7


def test_several_roots_share_what_they_have_in_common():
    x = Value(2.0, label="x")
    shown = scene(x * x, x.tanh())

    assert [card.role for card in shown.cards] == ["leaf", "root", "root"]


def test_a_node_made_by_hand_has_edges_without_local_derivatives():
    a = Value(2.0, label="a")
    out = Value(4.0, (a, a), "square")
    shown = scene(out)

    assert [(edge.source, edge.pill) for edge in shown.edges] == [("v0", ""), ("v0", "")]
    assert shown.cards[-1].symbol == "square"


# ---------------------------------------------------------------- before and after backward()


def test_before_backward_no_gradient_is_shown_as_zero():
    shown = scene(expression(backward=False))

    assert not shown.computed
    assert {card.gradient for card in shown.cards} == {"not computed"}
    assert {card.tint for card in shown.cards} == {None}
    assert {edge.flow for edge in shown.edges} == {None}


def test_after_backward_every_card_has_its_gradient_and_the_root_the_seed():
    shown = scene(expression())

    assert shown.computed
    assert {card.name: card.gradient for card in shown.cards} == {
        "w1": "−2.122",
        "x1": "+1.592",
        "p": "−1.061",
        "w2": "−0.5305",
        "x2": "−2.122",
        "q": "−1.061",
        "s": "−1.061",
        "b": "−1.061",
        "n": "−1.061",
        "h": "−1.24",
        "y": "+1.24",
        "e": "−1.24",
        "L": "+1",
    }
    assert [card.name for card in shown.cards if card.seed] == ["L"]


def test_an_inner_value_drawn_by_itself_is_no_seed():
    root = expression()
    e = root.operands[0]

    assert not any(card.seed for card in scene(e).cards)
    assert card_of(scene(e), "e").gradient == "−1.24"


def test_a_gradient_is_computed_only_where_the_pass_of_a_root_has_come():
    shared, other = Value(2.0, label="shared"), Value(3.0, label="other")
    passed, waiting = shared * 2, shared * other
    passed.backward()

    shown = scene(passed, waiting)

    assert card_of(shown, "shared").gradient == "+2"
    assert card_of(shown, "other").gradient == "not computed"


def test_the_flow_of_an_edge_is_its_contribution_on_the_scale():
    shown = scene(expression())
    into_p = edges_into(shown, "p")

    assert [edge.flow for edge in into_p] == pytest.approx([-1.0, 0.75])  # 2 × −1.061 and −1.5 × −1.061 of 2.122
    assert [edge.pill for edge in into_p] == ["2", "−1.5"]


def test_what_is_switched_off_is_not_in_the_scene():
    shown = scene(expression(), data=False, grad=False, local=False)

    assert {(card.value, card.gradient) for card in shown.cards} == {("", "")}
    assert {(edge.pill, edge.flow) for edge in shown.edges} == {("", None)}


def test_digits_are_as_many_as_asked_for():
    shown = scene(expression(), digits=3)

    assert (card_of(shown, "h").value, card_of(shown, "w1").gradient) == ("0.38", "−2.12")


# ---------------------------------------------------------------- scale and states


def test_a_locked_scale_marks_what_goes_beyond_it():
    shown = scene(expression(), scale=1.1)

    assert (card_of(shown, "w1").tint, card_of(shown, "w1").beyond) == (-1.0, True)
    assert (card_of(shown, "p").beyond, card_of(shown, "w2").beyond) == (False, False)


def test_a_local_derivative_of_zero_is_dead():
    x = Value(-1.0)

    assert [edge.kind for edge in scene(x.relu()).edges] == ["dead"]
    assert [edge.kind for edge in scene(Value(1.0).relu()).edges] == ["plain"]


@pytest.mark.parametrize(("x", "kind"), [(0.0, "plain"), (1.8, "plain"), (1.9, "saturated"), (-9.0, "saturated")])
def test_an_activation_below_a_tenth_of_its_steepest_slope_is_saturated(x, kind):
    assert [edge.kind for edge in scene(Value(x).tanh()).edges] == [kind]  # 1 − tanh²(1.82) = 0.1


def test_nan_is_tagged_where_it_began():
    bad = Value(-1.0, label="a").log()
    bad.label = "bad"
    root = bad * 2 + 1

    shown = scene(root)

    assert [(card.name, card.tag) for card in shown.cards if card.tag] == [("bad", "first nan")]
    assert [card.broken for card in shown.cards if card.role != "constant"] == [False, True, True, True]


def test_infinity_that_only_a_gradient_has_is_tagged_where_the_pass_met_it():
    x = Value(0.0, label="x")
    root = x.sqrt()
    root.backward()

    assert math.isinf(x.grad)
    assert [(card.name, card.tag) for card in scene(root).cards if card.tag] == [("x", "first inf")]


# ---------------------------------------------------------------- clusters


def test_every_cluster_is_listed_once_outer_before_inner():
    root = network((1, 2, 1))
    shown = scene(root, detail="values")

    assert sorted(shown.clusters) == [
        ("layer 0",),
        ("layer 0", "neuron 0"),
        ("layer 0", "neuron 1"),
        ("layer 1",),
        ("layer 1", "neuron 0"),
    ]
    assert all(shown.clusters.index(path[:-1]) < i for i, path in enumerate(shown.clusters) if len(path) == 2)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"direction": "sideways"}, "unknown direction 'sideways': use 'LR' or 'TB'"),
        ({"theme": "sepia"}, "unknown theme 'sepia': use 'light' or 'dark' or 'auto'"),
        ({"heat": "log"}, "unknown heat 'log': use 'auto' or 'linear' or 'symlog'"),
        ({"scale": 0.0}, "scale must be a positive number, got 0.0"),
        ({"scale": math.nan}, "scale must be a positive number, got nan"),
        ({"digits": 0}, "digits must be at least 1, got 0"),
    ],
)
def test_an_unknown_option_is_refused_with_what_would_do(options, message):
    with pytest.raises(ValueError, match=message):
        scene(Value(1.0), **options)


def test_a_graph_too_large_to_read_is_refused_with_its_size_and_three_ways_out():
    x = Value(1.0)
    for _ in range(600):
        x = x + 1.0

    with pytest.raises(ValueError, match="the graph has 601 values") as refusal:
        scene(x, detail="values")

    assert all(way in str(refusal.value) for way in ("detail='layers'", "only=autograd.draw.around", "max_nodes=601"))
    assert len(scene(x, detail="values", max_nodes=601).cards) == 1201  # every 1.0 is a chip


def test_a_graph_with_too_many_edges_to_read_is_refused_too():
    row = [Value(1.0) for _ in range(30)]
    for _ in range(3):
        row = [autograd.sum(row) for _ in range(30)]

    with pytest.raises(ValueError, match=r"the graph has 2,730 edges, .* more than 2,000 .*max_nodes=683"):
        scene(autograd.sum(row), detail="values")


@pytest.mark.parametrize("roots", [(), (3.0,), ([Value(1.0)],)])
def test_only_values_can_be_drawn(roots):
    with pytest.raises(TypeError, match=r"nothing to draw|only a Value can be drawn"):
        scene(*roots)
