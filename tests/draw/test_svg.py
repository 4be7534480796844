"""The SVG writer: well-formed, complete, in the colours of the tokens, and free of anything that acts."""

import re
import xml.etree.ElementTree as ET

import pytest
from drawn_graphs import expression, network, random_graphs
from hypothesis import given, settings

import autograd
from autograd import Value
from autograd.draw import svg
from autograd.draw.scene import scene
from autograd.draw.tokens import colours, tint, tokens

SVG = "{http://www.w3.org/2000/svg}"


def parse(text):
    return ET.fromstring(text)


def groups(root, kind):
    return [g for g in root.iter(f"{SVG}g") if kind in g.get("class", "").split()]


def words(element):
    return [text for part in element.iter(f"{SVG}text") if (text := "".join(part.itertext()))]


def card(root, name):
    return next(g for g in groups(root, "sg-card") if words(g)[0] == name)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(random_graphs())
def test_every_card_edge_and_local_derivative_is_in_the_picture(root):
    shown, drawn = scene(root), parse(svg(root))

    assert [g.get("data-id") for g in groups(drawn, "sg-card")] == [c.id for c in shown.cards]
    assert sorted(
        (g.get("data-from"), g.get("data-to"), int(g.get("data-slot"))) for g in groups(drawn, "sg-edge")
    ) == (sorted((e.source, e.target, e.slot) for e in shown.edges))
    assert [words(g)[0] for g in groups(drawn, "sg-pill")] == [e.pill for e in shown.edges if e.pill]


def test_a_card_shows_name_value_gradient_and_symbol():
    drawn = parse(svg(expression()))

    assert words(card(drawn, "e")) == ["e", "−0.6201", "grad", "−1.24", "−"]
    assert words(card(drawn, "L")) == ["L", "0.3845", "seed", "+1", "×"]


def test_before_the_pass_the_cards_and_the_legend_say_so():
    drawn = parse(svg(expression(backward=False)))

    assert words(card(drawn, "e")) == ["e", "−0.6201", "not computed", "−"]
    assert "before backward(): no gradient has been computed" in words(drawn)[-1]


@pytest.mark.parametrize(
    ("make", "mark"), [(Value.relu, "dotted: nothing passes"), (lambda x: (4.0 * x).tanh(), "shaded: saturated")]
)
def test_before_the_pass_the_legend_explains_what_lets_nothing_through(make, mark):
    said = words(parse(svg(make(Value(-3.0)))))

    assert mark in " ".join(said)


def test_hovering_gives_the_full_numbers():
    title = card(parse(svg(expression())), "e").find(f"{SVG}title").text

    assert title == "e\nmade by sub\ndata -0.6200510377447752\ngrad -1.2401020754895504"


def test_readers_of_the_screen_get_a_title_and_a_summary():
    drawn = parse(svg(expression()))

    assert drawn.get("role") == "img"
    assert drawn.find(f"{SVG}title").text == "Computation graph of L"
    assert drawn.find(f"{SVG}desc").text == "13 values, 6 of them leaves; gradients from −2.122 to +1.592."


def test_the_tint_is_the_gradient_on_the_heat_scale():
    band = next(r for r in card(parse(svg(expression())), "x1").iter(f"{SVG}rect") if r.get("class") == "sg-heat")

    assert band.get("fill") == tint("light", 0.75)  # +1.592 of 2.122


def test_bars_grow_from_the_middle_negative_to_the_left():
    drawn = parse(svg(expression()))
    bars = {
        name: next(r for r in card(drawn, name).iter(f"{SVG}rect") if r.get("class") == "sg-bar")
        for name in ("w1", "x1")
    }
    middle = float(bars["x1"].get("x"))

    assert bars["x1"].get("fill") == colours("light")["positive"]
    assert bars["w1"].get("fill") == colours("light")["negative"]
    assert float(bars["w1"].get("x")) + float(bars["w1"].get("width")) == middle
    assert float(bars["x1"].get("width")) / float(bars["w1"].get("width")) == pytest.approx(0.75, abs=0.01)


def test_outlets_are_hollow_before_the_pass_and_filled_after():
    def fills(text):
        return {c.get("fill") for c in parse(text).iter(f"{SVG}circle")}

    assert fills(svg(expression(backward=False))) == {colours("light")["ground"]}
    assert fills(svg(expression())) == {colours("light")["ink"]}


def test_a_dead_edge_is_dotted_with_a_solid_pill_and_a_saturated_one_is_hatched():
    dead, saturated = Value(-1.0).relu(), Value(3.0).tanh()
    dead.backward()

    assert f'stroke-dasharray="{tokens()["edge"]["dead_dash"]}"' in svg(dead)
    assert groups(parse(svg(dead)), "sg-pill")[0].findall(f"{SVG}rect")[-1].get("fill") == colours("light")["ink"]
    assert "url(#sg-hatch-light)" in svg(saturated)
    assert "sg-hatch" not in svg(dead)


def test_nan_is_an_inverse_card_with_its_origin_tagged():
    bad = Value(-1.0, label="a").log()
    bad.label = "bad"
    drawn = card(parse(svg(bad)), "bad")

    assert drawn.find(f"{SVG}rect").get("fill") == colours("light")["ink"]
    assert "first nan" in words(drawn)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_only_colours_of_the_theme_are_used(theme):
    root = network()
    text = svg(root, theme=theme, detail="values")
    tints = {tint(theme, c.tint) for c in scene(root).cards if c.tint is not None}
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9A-F]{6})"', text))

    assert used <= {*colours(theme).values(), *tints}
    assert len(used) > 8


@pytest.mark.parametrize("detail", ["values", "neurons", "layers"])
def test_the_automatic_theme_names_a_dark_twin_for_every_colour(detail):
    bad = Value(0.0, label="a").log() + Value(3.0).tanh() + network((2, 3, 1))
    bad.backward()
    text = svg(bad, theme="auto", detail=detail)
    body = text[text.index("</style>") :]
    used = set(re.findall(r'((?:fill|stroke)="#[0-9A-F]{6}")', body))
    twins = dict(re.findall(r"\.sg-auto \[(.*?)\]{(?:fill|stroke):(.*?)}", text))

    assert used <= set(twins)
    assert twins[f'fill="{colours("light")["ground"]}"'] == colours("dark")["ground"]


def test_constants_are_chips_and_clusters_have_titles():
    root = network((1, 1))
    drawn = parse(svg(root, detail="values"))

    assert [words(g) for g in groups(drawn, "sg-constant")] == [["0.5"]]
    assert [words(g)[0] for g in groups(drawn, "sg-title")] == ["layer 0, 1 parameter", "neuron 0, 1 parameter"]
    assert len(groups(drawn, "sg-cluster")) == 2


def test_without_merging_ops_are_circles():
    drawn = parse(svg(expression(), merge=False))

    assert [words(g)[0] for g in groups(drawn, "sg-op")] == ["×", "×", "+", "+", "tanh", "−", "×"]


def test_the_legend_names_the_scale_and_its_full_value():
    assert "full at 2.122" in words(parse(svg(expression())))[-1]
    assert "full at 5, symmetric log scale" in " ".join(words(parse(svg(expression(), scale=5.0, heat="symlog"))))


def test_a_small_picture_is_as_wide_as_its_legend():
    drawn = parse(svg(Value(1.0)))

    assert float(drawn.get("width")) > 250


def test_top_to_bottom_is_taller_than_wide_for_a_chain():
    x = Value(0.5)
    for _ in range(6):
        x = autograd.tanh(x)
    across, down = (parse(svg(x, direction=direction)) for direction in ("LR", "TB"))

    assert float(across.get("width")) > float(across.get("height"))
    assert float(down.get("height")) > float(down.get("width"))
