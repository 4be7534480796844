"""The package from outside: saving by ending, showing in a notebook, the same output in every process."""

import pytest
from drawn_graphs import expression

import autograd.draw as draw
from autograd import Value
from autograd.draw.engine import find_dot

PROGRAM = """
import random
from autograd import Value, draw, sum
random.seed(1)
values = [Value(float(i), label=f"x{i}") for i in range(5)]
for _ in range(40):
    a, b = random.choice(values), random.choice(values)
    values.append((a * b + a).tanh())
root = sum(values[-9:])
root.backward()
for i, value in enumerate(values[:9]):
    value._scope = (f"part {i % 3}",)
for detail in ("values", "neurons", "layers"):
    print(*(write(root, detail=detail) for write in (draw.svg, draw.dot, draw.mermaid)))
"""


def test_the_output_is_the_same_under_any_hash_seed(run_python):
    first, second = (run_python(PROGRAM, PYTHONHASHSEED=seed, PYTHONIOENCODING="utf-8") for seed in ("1", "2"))

    assert first == second
    assert len(first) > 10_000


def test_drawing_needs_no_package_but_ours(run_python):
    blocked = "import sys; sys.modules.update(dict.fromkeys(('numpy', 'graphviz', 'matplotlib'), None))"

    assert "flowchart" in run_python(f"{blocked}\n{PROGRAM}", PYTHONIOENCODING="utf-8", PATH="")


def test_digraph_without_its_package_names_it(run_python):
    program = """
import sys
sys.modules["graphviz"] = None
from autograd import Value, draw
try:
    draw.digraph(Value(1.0))
except ImportError as error:
    print(error)
"""

    assert run_python(program) == "digraph needs the package graphviz: pip install graphviz\n"


@pytest.mark.parametrize(
    ("ending", "start"),
    [
        ("svg", "<svg"),
        ("SVG", "<svg"),
        ("dot", "digraph"),
        ("gv", "digraph"),
        ("mmd", "flowchart"),
        ("mermaid", "flowchart"),
    ],
)
def test_the_ending_says_what_is_saved(ending, start, tmp_path):
    path = draw.save(expression(), str(tmp_path / f"picture.{ending}"))

    assert path.read_text("utf-8").startswith(start)


@pytest.mark.parametrize("name", ["picture.jpg", "picture", "picture.svg.bak"])
def test_an_unknown_ending_is_refused_and_nothing_is_written(name, tmp_path):
    with pytest.raises(ValueError, match=r"use .svg, .png, .pdf, .dot, .gv, .mmd, .mermaid"):
        draw.save(expression(), tmp_path / name)

    assert not list(tmp_path.iterdir())


def test_a_picture_that_cannot_be_made_leaves_the_old_file_as_it_was(tmp_path):
    path = tmp_path / "picture.svg"
    path.write_text("old")

    with pytest.raises(ValueError, match="unknown direction"):
        draw.save(expression(), path, direction="up")

    assert path.read_text() == "old"


def test_a_notebook_gets_the_svg_and_a_terminal_the_mermaid_text():
    shown = draw.show(expression())

    assert shown._repr_mimebundle_() == {"image/svg+xml": draw.svg(expression()), "text/plain": repr(shown)}
    assert shown._repr_svg_() == draw.svg(expression())
    assert repr(shown) == draw.mermaid(expression())


def test_what_is_shown_is_the_state_of_that_moment():
    x = Value(2.0, label="x")
    y = x * x
    before = draw.show(y)
    y.backward()

    assert "not computed" in repr(before)
    assert "not computed" not in repr(draw.show(y))


@pytest.mark.parametrize("roots", [(), (3.0,), (Value(1.0), None)])
def test_show_never_raises_but_says_what_is_wrong(roots):
    shown = draw.show(*roots)

    assert shown._repr_mimebundle_() == {"text/plain": repr(shown)}
    assert shown._repr_svg_() is None
    assert repr(shown).startswith("no picture: ")


@pytest.mark.skipif(find_dot() is None, reason="there is no Graphviz: pip install graphviz-pure")
def test_the_other_layout_can_be_shown_too():
    assert draw.show(expression(), layout="dot")._repr_svg_() == draw.svg(expression(), layout="dot")
