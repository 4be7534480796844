"""Worksheets: what is fit for one, that mistakes can be told apart, and what stands on the page."""

import re
import shlex
import shutil
from collections import Counter
from xml.etree import ElementTree

import pytest

from autograd.__main__ import main
from autograd.debug import solution
from autograd.expression import evaluate
from autograd.graph import topological_order
from autograd.lesson import procedures
from autograd.lesson.worksheet import LEVELS, NUMBERS, fit_sheet, sheet
from autograd.lesson.worksheet_page import blank_graph, command, page

EXAMPLE = ("u = b*a; v = u + a; w = c**2; L = v - w", {"a": -2, "b": 4, "c": -3})
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LEVEL = pytest.mark.parametrize("level", LEVELS)
SEEDS = range(25)


def answers(made, found):
    return tuple(found.get(leaf, 0.0) for leaf in made.leaves)


def test_a_sheet_done_by_hand_is_fit_and_overwriting_shows():
    made = fit_sheet(0, 3, *EXAMPLE)
    overwriting = made.mistakes["a later contribution in place of the sum"]

    assert made.root.data == -19.0
    assert answers(made, procedures.right(made.root)) == (5.0, -2.0, 6.0)
    assert answers(made, overwriting) == (4.0, -2.0, 6.0)


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("u = a*b; L = u**2", {"a": 5, "b": 5}),  # too large
        ("u = a + b; v = u*c; w = relu(v); L = w + a", {"a": -2, "b": 2, "c": 3}),  # relu at its kink
        ("u = a - b; v = u*c; L = u*v", {"a": 3, "b": 3, "c": 2}),  # a gradient is 0
        ("u = a + b; L = u + a", {"a": 3, "b": 2}),  # local derivatives alone are right
        ("u = a/2; v = u/2; w = v/2; L = w*b", {"a": 3, "b": 2}),  # eighths
    ],
)
def test_what_is_not_fit_is_refused(expression, numbers):
    assert fit_sheet(0, 3, expression, numbers) is None


@LEVEL
def test_the_numbers_are_small_and_every_mistake_shows(level):
    for seed in SEEDS:
        made = sheet(seed, level)
        made.root.backward()
        order = topological_order(made.root)
        found = [answers(made, mistake) for mistake in made.mistakes.values()]

        assert {*made.numbers.values()} <= {*NUMBERS}
        assert all(abs(node.data) <= 30 and abs(node.grad) <= 60 for node in order)
        assert all((4 * number).is_integer() for node in order for number in (node.data, node.grad))
        assert [node.grad for node in order].count(0.0) <= (2 if level >= 4 else 0)
        assert len({*found, tuple(leaf.grad for leaf in made.leaves)}) == len(found) + 1


@LEVEL
def test_a_level_has_its_operations_and_uses_every_step(level):
    wanted = LEVELS[level]
    for seed in SEEDS:
        made = sheet(seed, level)
        order = topological_order(made.root)
        uses = Counter(operand for node in order for operand in node.parents)

        assert sum(not node.is_leaf for node in order) == wanted.operations
        assert len(made.leaves) == len(made.numbers) == (wanted.leaves or len(made.leaves))
        assert (max(uses.values()) > 1) == wanted.reuse
        assert evaluate(made.expression, made.numbers).data == made.root.data


@LEVEL
def test_seeds_give_different_sheets_and_a_seed_always_the_same(level, run_python):
    made = [(sheet(seed, level).expression, sheet(seed, level).numbers) for seed in SEEDS]
    program = f"from autograd.lesson.worksheet import sheet; made = sheet(7, {level}); print(made.expression)"

    assert len({str(one) for one in made}) > 20
    assert run_python(program, PYTHONHASHSEED="1").strip() == made[7][0]


def test_there_is_no_sixth_level():
    with pytest.raises(ValueError, match="no level 6: use 1 to 5"):
        sheet(0, 6)


# ---------------------------------------------------------------- the page


def texts(svg):
    root = ElementTree.fromstring(svg)
    return [found.text or "" for found in root.iter() if found.tag.endswith(("text", "tspan"))]


@LEVEL
def test_the_picture_has_the_values_and_neither_gradients_nor_local_derivatives(level):
    made = sheet(7, level)
    shown = Counter(text for text in texts(blank_graph(made)) if re.fullmatch(r"[−+]?[\d.]+", text))
    order = topological_order(made.root)
    constants = sum(not hasattr(operand, "data") for node in order for operand in node.operands)

    assert sum(shown.values()) == len(order) + constants
    assert not any(text.startswith("+") for text in shown)


@LEVEL
def test_the_key_stands_on_the_second_page_only(level):
    made = sheet(7, level)
    first, second = page(made).split("<section>")[1:]

    assert "gradient" in first
    assert "upstream gradient × local derivative" not in first
    assert "upstream gradient × local derivative" in second
    assert f"seed 7, level {level}" in first
    assert f"seed 7, level {level}" in second


def test_the_picture_does_not_speak_of_a_pass_that_nobody_runs_on_paper():
    assert not any("backward()" in text for text in texts(blank_graph(sheet(7, 1))))


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine to print with")
def test_exercise_and_key_are_one_sheet_of_paper_each():
    drive = pytest.importorskip("playwright.sync_api", reason="no playwright to drive the browser")
    with drive.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = chromium.new_page()
        for seed in (5, 8, 11):  # with the longest keys
            tab.set_content(page(sheet(seed, 5)))
            printed = tab.pdf(prefer_css_page_size=True)

            assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
        chromium.close()


def test_the_command_writes_the_sheet_of_a_seed(tmp_path, capsys):
    file = tmp_path / "sheet.html"

    assert main(["worksheet", "--seed", "7", "--level", "2", "-o", str(file)]) == 0
    assert file.read_text("utf-8") == page(sheet(7, 2))
    assert "sheet.html" in capsys.readouterr().out


def test_the_key_says_a_command_that_runs(capsys):
    made = sheet(7, 3)
    arguments = shlex.split(command(made))

    assert main(arguments[1:]) == 0
    assert capsys.readouterr().out.startswith(solution(made.root))
