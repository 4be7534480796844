"""What the playground asks of the engine, asked without a browser."""

import json
import math
import re

import pytest
from playground import bridge

from autograd import Value, losses, nn, optim, tanh
from autograd.activations import Activation
from autograd.datasets import moons
from autograd.debug import trace
from autograd.debug.page import as_json, story
from autograd.draw.numbers import gradient_text, value_text
from autograd.expression import evaluate
from autograd.op import REGISTRY, find

NEURON, NUMBERS = "n = w*x + b; h = tanh(n); L = (h - y)**2", {"w": 2.0, "x": 0.5, "b": -1.5, "y": 1.0}
ACTIVATIONS = [name for name, op in REGISTRY.items() if isinstance(op, Activation)]


def ask(about, **facts):
    return json.loads(bridge.answer(json.dumps({"about": about, **facts})))


def curve(text, **numbers):
    return ask("expression", text=text, numbers=numbers)["curve"]


# ---------------------------------------------------------------- expressions


def test_the_story_and_the_gradients_are_those_of_the_engine():
    found = ask("expression", text=NEURON, numbers=NUMBERS)
    root = evaluate(NEURON, NUMBERS)
    told = as_json(story(trace(root), room=bridge.ROOM))
    leaves = {name: Value(x) for name, x in NUMBERS.items()}
    (((leaves["w"] * leaves["x"] + leaves["b"]).tanh() - leaves["y"]) ** 2).backward()

    assert found["story"] == told
    assert found["result"] == value_text(root.data)
    assert [(leaf["name"], leaf["number"]) for leaf in found["leaves"]] == list(NUMBERS.items())
    assert [leaf["gradient"]["number"] for leaf in found["leaves"]] == [leaf.grad for leaf in leaves.values()]
    assert [leaf["gradient"]["text"] for leaf in found["leaves"]] == [gradient_text(x.grad) for x in leaves.values()]


def test_the_picture_stands_still_while_a_number_changes():
    pictures = []
    for w in (-3.35, -0.05, 0.15, 0.7, 1.0, 2.55, 5.0):
        told = json.loads(ask("expression", text=NEURON, numbers={**NUMBERS, "w": w})["story"])["picture"]
        cards = [{key: card[key] for key in "xywh"} for card in told["cards"]]
        pictures.append([told["size"], cards, [wire["path"] for wire in told["wires"]]])

    assert all(picture == pictures[0] for picture in pictures)


def test_a_name_without_a_number_gets_one_and_a_number_without_a_name_is_let_go():
    found = ask("expression", text="a*b", numbers={"b": 7.0, "c": 1.0})

    assert [(leaf["name"], leaf["number"]) for leaf in found["leaves"]] == [("a", 0.5), ("b", 7.0)]


def test_a_name_in_a_step_that_the_result_does_not_use_has_no_gradient():
    found = ask("expression", text="a = tanh(x); y*y", numbers={})

    assert [leaf["gradient"] and leaf["gradient"]["text"] for leaf in found["leaves"]] == [None, "−2"]
    assert found["places"] == []


def test_a_gradient_that_is_not_finite_is_told_in_words_alone():
    (leaf,) = ask("expression", text="0 * log(x)", numbers={"x": 0.0})["leaves"]

    assert leaf["gradient"] == {"text": "nan", "number": None}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the expression is empty"),
        ("2 + 3", "nothing to differentiate"),
        ("<img src=x onerror=alert(1)>", "cannot read"),
        ("__import__('os').system('true')", "is not understood|no op is called"),
        ("x.__class__", "is not understood"),
        ("(lambda: x)()", "is not understood"),
        ("[x for x in y]", "is not understood"),
        ("'a' * 9**9", "is no real number"),
        ("9" * 300, "nothing to differentiate|cannot read"),
        ("exec(x)", "no op is called"),
        ("x" * 401, "401 characters, and the playground reads 400"),
        ("x" * 10_000_000, "10000000 characters"),
        ("(" * 31 + "x" + ")" * 31, "nested too deeply"),
        ("(" * 400, "nested too deeply"),
        ("[" * 200 + "{" * 200, "nested too deeply"),
        ("+".join(f"x{i}" for i in range(13)), "13 names, and the playground has room for 12"),
        ("tanh(x, 2)", "tanh"),
        ("x\x00", "cannot read"),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_expression_is_refused_in_words(text, complaint):
    found = ask("expression", text=text, numbers={})

    assert found.keys() == {"refused"}
    assert re.search(complaint, found["refused"])


@pytest.mark.parametrize("numbers", [{"x": "1"}, {"x": None}, {"x": [1]}], ids=repr)
def test_only_numbers_are_numbers(numbers):
    assert "needs a real number" in ask("expression", text="x*x", numbers=numbers)["refused"]


# ---------------------------------------------------------------- activations


def test_every_activation_applied_to_a_value_is_a_place():
    text = "c = 2; a = relu(x); b = leaky_relu(sigmoid(a) * tanh(c), s) + tanh(3); gelu(b)"
    found = ask("expression", text=text, numbers={})

    assert [place["text"] for place in found["places"]] == [
        "relu(x)",
        "sigmoid(a)",
        "leaky_relu(sigmoid(a) * tanh(c), s)",
        "gelu(b)",
    ]
    for place in found["places"]:
        shown = ask("expression", text=text, numbers={}, place=place["place"])["curve"]
        assert place["text"].startswith(f"{shown['op']}(")


def test_the_point_on_the_curve_is_where_the_expression_applies_it():
    found = curve("n = w*x; tanh(n)", w=2.0, x=0.25)

    assert (found["op"], found["x"], found["value"]) == ("tanh", 0.5, math.tanh(0.5))
    assert found["slope"] == tanh.derivative(0.5)
    assert found["texts"] == ["0.5", "0.4621", "0.7864"]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_curves_are_the_function_and_its_derivative(name):
    op = find(name)
    points = [point for piece in curve(f"{name}(x)", x=0.3)["pieces"] for point in piece]

    assert len(points) >= 240
    for x, value, slope, _ in points[:: len(points) // 20]:
        assert op(x) == pytest.approx(value, abs=2e-5)
        assert op.derivative(x) == pytest.approx(slope, abs=2e-5)


def test_a_curve_breaks_at_its_kinks_and_nothing_is_joined_across_a_jump():
    pieces = curve("step(x)", x=1.0)["pieces"]

    assert [{value for _, value, _, _ in piece} for piece in pieces] == [{0.0}, {1.0}]


def test_parameters_of_the_expression_shape_the_curve():
    pieces = curve("leaky_relu(x, slope)", x=-1.0, slope=0.25)["pieces"]

    assert pieces[0][0][:3] == [-5.0, -1.25, 0.25]


def test_saturated_is_what_the_pictures_call_saturated():
    assert curve("sigmoid(x)", x=4.0)["saturated"]
    assert not curve("sigmoid(x)", x=2.0)["saturated"]


@pytest.mark.parametrize(
    ("text", "place", "op", "expected"),
    [
        ("tanh(x)", 0, "relu", "relu(x)"),
        ("n = w*x; tanh( n+(1) ) * 2", 0, "gelu", "n = w*x; gelu(n+(1)) * 2"),
        ("leaky_relu(x, 0.1)", 0, "tanh", "tanh(x)"),
        ("leaky_relu(slope=0.1, x=u)", 0, "tanh", "tanh(u)"),
        ("relu(tanh(x))", 0, "silu", "relu(silu(x))"),
        ("relu(tanh(x))", 1, "silu", "silu(tanh(x))"),
        ("ä = tanh(ö); ü = relu(ä);\nsigmoid(ü)", 2, "tanh", "ä = tanh(ö); ü = relu(ä);\ntanh(ü)"),
        ("tanh(2) * tanh(x)", 0, "relu", "tanh(2) * relu(x)"),
        ("  tanh(x) ", 0, "relu", "relu(x)"),
    ],
)
def test_an_activation_is_swapped_where_it_stands(text, place, op, expected):
    assert ask("swap", text=text, place=place, op=op) == {"text": expected}


@pytest.mark.parametrize(
    ("text", "place", "op", "complaint"),
    [
        ("tanh(x)", 1, "relu", "has 1 activations"),
        ("tanh(x)", -1, "relu", "none with the number -1"),
        ("tanh(x)", 0, "exp", "exp is no activation"),
        ("tanh(x)", 0, "__import__", "no op is called"),
        ("tanh(x", 0, "relu", "cannot read"),
        ("leaky_relu(slope=x)", 0, "relu", "has no operand"),
    ],
)
def test_a_swap_that_cannot_be_is_refused(text, place, op, complaint):
    assert complaint in ask("swap", text=text, place=place, op=op)["refused"]


def test_all_activations_are_offered():
    assert [op["name"] for op in ask("activations")["activations"]] == ACTIVATIONS


# ---------------------------------------------------------------- the network


def test_training_is_the_engine_and_nothing_else():
    ask("network", hidden=4, activation="tanh", rate=0.5, seed=3)
    found = ask("train", steps=5)
    points, labels = moons(60, noise=0.1, seed=0)
    model = nn.MLP(2, [4, 1], activation=tanh, rng=3)
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    for _ in range(5):
        loss = losses.hinge([model(point) for point in points], labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scores = [model(point).data for point in points]

    assert found["weights"] == [parameter.data for parameter in model.parameters()]
    assert found["loss"] == losses.hinge(scores, labels)
    assert found["right"] == [score * label > 0 for score, label in zip(scores, labels, strict=True)]
    assert found["field"][0][0] == pytest.approx(model([-1.6, -1.2]).data, abs=1e-4)
    assert found["field"][-1][-1] == pytest.approx(model([2.6, 1.6]).data, abs=1e-4)


def test_a_network_goes_on_from_its_weights_to_the_bit():
    ask("network", hidden=3, activation="relu", rate=0.3, seed=1)
    half = ask("train", steps=7)
    whole = ask("train", steps=5)
    ask("network", hidden=3, activation="relu", rate=0.3, seed=1, weights=half["weights"])

    assert ask("train", steps=5) == whole


def test_two_hundred_steps_learn_the_moons():
    ask("network", hidden=8, activation="tanh", rate=0.5, seed=0)
    for _ in range(4):
        found = ask("train", steps=50)

    assert all(found["right"])


def test_weights_that_are_no_longer_finite_are_told_and_never_shown():
    ask("network", hidden=8, activation="identity", rate=10.0, seed=0, weights=[1e300] * 33)

    assert ask("train", steps=5) == {"broken": True}


def test_the_pass_of_a_point_is_that_of_the_network():
    ask("network", hidden=2, activation="tanh", rate=0.5, seed=0)
    told = json.loads(ask("inside", point=4)["story"])
    points, labels = moons(60, noise=0.1, seed=0)
    model = nn.MLP(2, [2, 1], activation=tanh, rng=0)
    loss = losses.hinge([model(points[4])], [labels[4]])

    assert told["nodes"][-1]["data"] == loss.data
    assert [node["data"] for node in told["nodes"] if node["name"] in ("x0", "x1")] == points[4]
    assert {tuple(node["scope"]) for node in told["nodes"]} >= {("layer 0", "neuron 1"), ("layer 1", "neuron 0")}


@pytest.mark.parametrize(
    "facts",
    [
        {"hidden": 0},
        {"hidden": 17},
        {"hidden": 2.5},
        {"hidden": True},
        {"hidden": "8"},
        {"rate": 0},
        {"rate": math.inf},
        {"rate": math.nan},
        {"seed": -1},
        {"activation": "exp"},
        {"activation": "<b>"},
        {"weights": [1.0]},
        {"weights": ["1"] * 33},
        {"weights": 5},
    ],
    ids=lambda facts: str(facts)[:30],
)
def test_a_network_that_cannot_be_is_refused(facts):
    asked = {"hidden": 8, "activation": "tanh", "rate": 0.5, "seed": 0, **facts}

    assert ask("network", **asked).keys() == {"refused"}


@pytest.mark.parametrize(("about", "facts"), [("train", {"steps": 51}), ("inside", {"point": 60}), ("inside", {})])
def test_what_a_network_cannot_do_is_refused(about, facts):
    ask("network", hidden=1, activation="tanh", rate=0.5, seed=0)

    assert ask(about, **facts).keys() == {"refused"}
