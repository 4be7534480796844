"""The picture of a program: its arrays, what reads what, in the frames of the model."""

import re
from xml.etree import ElementTree

import pytest

import autograd
from autograd import Value, draw, losses, nn, optim
from autograd.program import picture


@pytest.fixture
def program():
    model = nn.MLP(2, [3, 1], activation=autograd.tanh, rng=0)

    def loss(X, y):  # noqa: N803, a matrix
        return losses.mse([model(x) for x in X], y)

    return autograd.record(loss).program([[0.5, 1.0], [1.5, -1.0]], [1.0, -1.0])


def scene_of(program):
    return picture.scene_of(program._arranged, program._code, program._origins, direction="LR", theme="light")


def test_a_small_program_as_mermaid():
    w, x = Value(2.0), Value(3.0)
    program = autograd.record((w * x - 1.0).tanh(), inputs=[x], parameters=[w])

    assert program.draw().text.partition("    classDef")[0] == (
        "flowchart LR\n"
        '    s0["x<br/>1"]\n'
        '    s1["w0<br/>1"]\n'
        '    s2["× v0<br/>1<br/>w0 #42; x"]\n'
        '    s3["− v1<br/>1<br/>v0 #45; 1#46;0"]\n'
        '    s4["tanh loss<br/>1<br/>tanh#40;v1#41;"]\n'
        "    s1 --> s2\n"
        "    s0 --> s2\n"
        "    s2 --> s3\n"
        "    s3 --> s4\n"
    )


def test_each_array_is_a_card_with_its_shape(program):
    cards = {card.name: card for card in scene_of(program).cards}

    shapes = {
        "X": "2 × 2",
        "y": "2",
        "W0": "3 × 2",
        "b0": "3",
        "a0": "2 × 3",
        "h0": "2 × 3",
        "W1": "1 × 3",
        "a1": "2 × 1",
    }
    assert {name: cards[name].value for name in shapes} == shapes
    assert cards["h0"].note == "tanh(a0)"
    assert cards["a0"].symbol == "@"
    assert [card.name for card in cards.values() if card.role == "root"] == ["loss"]


def test_a_layer_frames_its_weights_and_its_steps(program):
    paths = {card.name: card.path for card in scene_of(program).cards}

    assert {name for name, path in paths.items() if path == ("layer 0",)} == {"W0", "b0", "a0", "h0"}
    assert {name for name, path in paths.items() if path == ("layer 1",)} == {"W1", "b1", "a1"}
    assert paths["X"] == paths["loss"] == ()


def test_edges_come_in_the_order_of_the_operands(program):
    scene = scene_of(program)
    names = {card.id: card.name for card in scene.cards}

    into = [(names[e.source], e.slot, e.slots) for e in scene.edges if names[e.target] == "a0"]
    assert into == [("X", 0, 3), ("W0", 1, 3), ("b0", 2, 3)]


def test_an_array_that_is_read_twice_has_two_edges():
    x = Value(3.0)
    scene = scene_of(autograd.record((x * x).exp(), parameters=[x]))

    assert [(e.source, e.slot) for e in scene.edges][:2] == [("s0", 0), ("s0", 1)]


def test_all_that_the_source_reads_is_in_the_picture(program):
    """Each word of the written code that is an array is an edge, and there are no others."""
    scene = scene_of(program)
    names = {card.id: card.name for card in scene.cards}
    forward = program.source().split("def value_and_gradient")[1].split("d_loss = ")[0]
    lines = dict(re.findall(r"^    (\w+) = (.*)$", forward, re.MULTILINE))

    expected = {
        (word, name)
        for name, code in lines.items()
        if "p[" not in code
        for word in re.findall(r"\b[XyWbahv]\d*\b", code)
    }
    assert {(names[e.source], names[e.target]) for e in scene.edges} == expected


def test_what_all_parameters_are_read_from_is_a_card_of_its_own():
    model = nn.MLP(2, [2, 1], rng=0)

    def loss(x):
        return model(x) + 0.1 * sum(p * p for p in model.parameters())

    cards = {card.name: card for card in scene_of(autograd.record(loss).program([1.0, 2.0])).cards}

    assert cards["p"].note == "all 9 parameters in one row"
    assert cards["p"].role == "leaf"


def test_a_card_tells_where_its_step_comes_from(program):
    tooltips = {card.name: card.tooltip for card in scene_of(program).cards}

    assert tooltips["a0"].splitlines()[:3] == ["a0 = X @ W0.T + b0", "6 × a sum of 2 products and 1 term", "in layer 0"]
    assert "test_picture.py:" in tooltips["a0"]


def test_a_notebook_shows_it_as_all_pictures(program):
    shown = program.draw()
    texts = {"".join(element.itertext()) for element in ElementTree.fromstring(shown.svg).iter()}

    assert isinstance(shown, draw.Shown)
    assert shown._repr_mimebundle_()["image/svg+xml"] == shown.svg
    assert {"h0", "tanh(a0)", "X @ W0.T + b0", "3 × 2", "layer 0"} <= texts


@pytest.mark.parametrize(("name", "field"), [("p.svg", "svg"), ("p.MMD", "text")])
def test_it_is_written_to_a_file(program, tmp_path, name, field):
    shown = program.draw(tmp_path / name)

    assert (tmp_path / name).read_text(encoding="utf-8") == getattr(shown, field)


def test_training_changes_nothing_in_it(program):
    before = program.draw()
    program.step(optim.SGD(program.parameters, lr=0.1))

    assert program.draw() == before


def test_direction_and_theme_are_those_of_all_pictures(program):
    def size(**options):
        root = ElementTree.fromstring(program.draw(**options).svg)
        return float(root.get("width")), float(root.get("height"))

    across, down = size(), size(direction="TB")
    assert across[0] > across[1]
    assert down[0] < down[1]
    assert 'class="sg-dark"' in program.draw(theme="dark").svg


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path": "graph.png"}, r"as \*.svg or \*.mmd, not as \*.png"),
        ({"path": "graph"}, r"not as \*graph"),
        ({"direction": "sideways"}, "unknown direction 'sideways': use 'LR' or 'TB'"),
        ({"theme": "pink"}, "unknown theme 'pink'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(program, options, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=words):
        program.draw(**options)

    assert not list(tmp_path.iterdir())


def test_a_chain_of_many_steps_is_refused_with_a_way_out():
    x = y = Value(0.5)
    for _ in range(picture.MOST):
        y = y.tanh()

    with pytest.raises(ValueError, match=r"501 arrays.*print\(program.explain\(\)\)"):
        autograd.record(y, parameters=[x]).draw()
