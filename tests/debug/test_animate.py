"""An animation: one frame for each stop, in which nothing moves but what happens; the file is what Pillow reads."""

import io
import math
import re
import sys
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from traced_graphs import everything, graphs, network

import autograd
from autograd import Value, debug
from autograd.debug.animate import frames
from autograd.debug.cursor import stops
from autograd.draw.numbers import gradient_text, value_text
from autograd.errors import MissingPackageError
from autograd.expression import evaluate
from autograd.graph import topological_order

FEW = settings(derandomize=True, deadline=None, max_examples=15)
SVG = "{http://www.w3.org/2000/svg}"


def neuron():
    """The squared error of a neuron; e is used twice."""
    text = "p = w*x; n = p + b; h = tanh(n); e = h - 1; L = e*e"
    return evaluate(text, {"w": -1.5, "x": 2.0, "b": 2.4})


def texts(frame):
    """Everything that is written in a frame."""
    return ["".join(element.itertext()) for element in ElementTree.fromstring(frame).iter(f"{SVG}text")]


def cards(frame):
    """Position and size of each card, known or not yet."""
    known = re.findall(r'data-id="v\d+" transform="translate\((.*?) (.*?)\)">.*?width="(.*?)" height="(.*?)"', frame)
    future = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="(\S+)" height="(\S+)"[^>]*dasharray="4 4"', frame)
    return sorted(known + future)


# ---------------------------------------------------------------- frames


def test_there_is_a_frame_before_anything_and_one_for_each_stop():
    root = neuron()
    shown = frames(root)

    assert len(shown) == 1 + len(stops(debug.trace(root))) == 21  # 5 values, order, seed, 5 visits, 8 edges
    assert [texts(frame)[1] for frame in shown[:3]] == [
        "step 0 of 20",
        "forward, step 1 of 20",
        "forward, step 2 of 20",
    ]
    assert texts(shown[-1])[1] == "backward, step 20 of 20"


def test_at_first_no_number_is_known():
    first = frames(neuron())[0]

    assert "Nothing has happened yet." in texts(first)
    assert {"w", "x", "b", "p", "n", "h", "e", "L"} <= set(texts(first))
    assert not {"−1.5", "2.4", "not computed", "0"} & set(texts(first))
    assert first.count("stroke-dasharray") == 8 + 5  # each card, and the rule of each socket


def test_at_last_every_gradient_is_that_of_backward():
    root = neuron()
    shown = texts(frames(root)[-1])
    root.backward()

    for node in topological_order(root):
        assert value_text(node.data) in shown
        assert gradient_text(node.grad) in shown
    assert "not computed" not in shown


def test_a_contribution_shows_both_products_and_the_edge():
    shown = frames(neuron())
    frame = next(frame for frame in shown if "is used twice" in frame)
    words = texts(frame)

    assert words[2:24] == [
        *["+1", "∂L/∂L", "upstream", "×", "−1.537", "∂L/∂e = e", "local", "=", "−1.537", "contribution", "to"],
        *["−1.537", "e.grad", "before", "+", "−1.537", "contribution", "=", "−3.074", "∂L/∂e", "after"],
        "e is used twice, so its gradient is a sum: −3.074 = −1.537 + (−1.537).",
    ]
    assert frame.count('stroke="#B80084" stroke-width="5.50"') == 1  # one edge is told


@pytest.mark.parametrize("traced", [everything(), network(), debug.trace(neuron())], ids=range(3))
def test_nothing_moves(traced):
    shown = frames(traced, width=4000)

    assert len({re.search(r'viewBox="(.*?)"', frame)[1] for frame in shown}) == 1
    assert len({re.search(r'<g transform="(.*?)">\n', frame)[1] for frame in shown}) == 1
    assert {tuple(cards(frame)) for frame in shown} == {tuple(cards(shown[0]))}
    assert len(cards(shown[0])) == len(traced.nodes)


def test_the_order_is_shown_where_the_gradients_will_stand():
    frame = next(frame for frame in frames(neuron()) if "topological order" in frame)

    assert {f"{place}." for place in range(1, 9)} <= set(texts(frame))


def test_the_same_graph_gives_the_same_frames():
    assert frames(neuron()) == frames(neuron())


def test_a_nan_is_inverse_and_its_origin_is_tagged():
    x = Value(0.0, label="x")
    last = frames(x.log() * 0.0)[-1]

    assert "first inf" in texts(last)
    assert "nan" in texts(last)


@FEW
@given(graphs())
def test_the_frames_of_any_graph_are_well_formed(root):
    for frame in frames(root, width=4000):
        ElementTree.fromstring(frame)


@pytest.mark.parametrize(
    "label", ["</svg><script>alert(1)</script>", "&amp;", '"', "\x1b[2J", "\u202eevil", "重み" * 30]
)
def test_a_label_is_text_and_nothing_else(label):
    for frame in frames(Value(2.0, label=label) * 3.0):
        tree = ElementTree.fromstring(frame)

        assert not list(tree.iter(f"{SVG}script"))
        assert "\x1b" not in frame
        assert "\u202e" not in frame


# ---------------------------------------------------------------- what is refused


def test_too_many_frames_are_refused_with_ways_out():
    root = autograd.sum([Value(float(k)) ** 2 for k in range(80)])

    with pytest.raises(ValueError, match=r"325 frames .* 200 are allowed.*debug\.save.*max_frames=325"):
        debug.animate(root, "never.gif")


def test_a_picture_that_nobody_could_read_is_refused_with_the_width_that_is_enough():
    x = Value(1.5)
    for _ in range(15):
        x = x.tanh()

    with pytest.raises(ValueError, match=r"px high, which nobody can read.*give width=(\d+)") as error:
        frames(x)
    enough = int(re.search(r"width=(\d+)", str(error.value))[1])
    assert frames(x, width=enough)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"path": "steps.mp4"}, r"no animation is called \*\.mp4: use \.gif, \.webp, \.png"),
        ({"seconds": 0.0}, "from 0.02 to 60 seconds, got 0.0"),
        ({"seconds": math.nan}, "from 0.02 to 60 seconds, got nan"),
        ({"seconds": math.inf}, "from 0.02 to 60 seconds, got inf"),
        ({"theme": "auto"}, "unknown theme 'auto': use 'light' or 'dark'"),
        ({"width": 0}, "width must be from 1 to 4000 px, got 0"),
        ({"width": 10**9}, "width must be from 1 to 4000 px, got 1000000000"),
    ],
)
def test_an_option_that_cannot_be_is_refused(options, complaint, tmp_path):
    with pytest.raises(ValueError, match=complaint):
        debug.animate(neuron(), **{"path": tmp_path / "steps.gif"} | options)
    assert list(tmp_path.iterdir()) == []


def test_only_a_value_or_a_trace_is_animated():
    with pytest.raises(TypeError, match="only a Value or a Trace"):
        debug.animate(3.0, "never.gif")


@pytest.mark.parametrize("package", ["PIL", "resvg_py", "matplotlib"])
def test_a_missing_package_is_named_with_the_remedy(package, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, package, None)
    if package == "PIL":
        monkeypatch.setitem(sys.modules, "resvg_py", object())

    with pytest.raises(MissingPackageError, match=r"pip install 'stepgrad\[animate\]'"):
        debug.animate(neuron(), tmp_path / "steps.gif")


# ---------------------------------------------------------------- files


@pytest.fixture
def opened(tmp_path):
    """Write an animation and read it with Pillow."""
    pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")

    def write(root, ending=".gif", **options):
        path = debug.animate(root, tmp_path / f"steps{ending}", **options)
        return image.open(io.BytesIO(path.read_bytes()))

    return write


def pixels(image, frame):
    image.seek(frame)
    return image.convert("RGB")


@pytest.mark.parametrize("ending", [".gif", ".webp", ".png"])
def test_the_file_has_every_frame_for_its_time_and_plays_on_and_on(opened, ending):
    x = Value(3.0, label="x")
    image = opened(x * x, ending, seconds=0.5, width=400)
    stands = []
    for frame in range(image.n_frames):
        image.seek(frame)
        image.load()
        stands.append(image.info["duration"])

    assert image.n_frames == len(frames(x * x)) == 7
    assert image.width == 400
    assert stands == [500] * 6 + [1500]
    assert image.info["loop"] == 0


def test_the_colours_are_exact_and_the_same_in_all_frames(opened):
    x = Value(3.0, label="x")
    image = opened(x * x, width=640)
    corners = {pixels(image, frame).getpixel((4, 130)) for frame in range(image.n_frames)}

    assert corners == {(255, 255, 255)}
    assert pixels(image, 0).getcolors(10**6) != pixels(image, 6).getcolors(10**6)
    assert (0xB8, 0x00, 0x84) in {colour for _, colour in pixels(image, 4).getcolors(10**6)}


def test_text_is_drawn_without_any_font_of_the_machine(opened):
    x = Value(3.0, label="x")
    image = pixels(opened(x * x, width=640), 6)
    title = image.crop((14, 5, 200, 20))  # "v1 = x × x", on the plain ground of the caption

    assert len(title.getcolors(10**6)) > 5


def test_dark_is_dark(opened):
    x = Value(3.0, label="x")

    assert pixels(opened(x * x, theme="dark", width=640), 0).getpixel((4, 130)) == (0x12, 0x15, 0x1A)


def test_the_same_graph_gives_the_same_bytes(opened, tmp_path):
    found = []
    for _ in range(2):
        x = Value(3.0, label="x")
        opened(x * x, width=400)
        found.append((tmp_path / "steps.gif").read_bytes())

    assert found[0] == found[1]
