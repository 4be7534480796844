"""The lessons: paired with their scripts, run as they are and solved, within the limits that the course has set."""

import ast
import importlib.util
import json
import linecache
import re
import warnings
from pathlib import Path

import matplotlib
import nbformat
import pytest
from nbclient import NotebookClient

import autograd
from autograd import nn
from autograd.__main__ import main
from autograd.lesson import Figure, Result, check, series
from autograd.lesson.exercise import EXERCISES, Between, Same, Such

FOLDER = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
LESSON = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)


def pairing():
    spec = importlib.util.spec_from_file_location("pair", FOLDER / "pair.py")
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    return module


def cells(lesson, kind):
    return [cell.source for cell in nbformat.read(lesson, 4).cells if cell.cell_type == kind]


def answer_of(name):
    right = EXERCISES[name].right()
    match right:
        case Between():
            return (right.low * right.high) ** 0.5
        case Same():
            return right.function
        case Such():
            return right.example
    return right


# ---------------------------------------------------------------- how they are stored


def test_every_notebook_is_made_from_its_script():
    pair = pairing()

    assert [script.stem for script in pair.scripts()] == [lesson.stem for lesson in LESSONS]
    for script in pair.scripts():
        assert script.with_suffix(".ipynb").read_text("utf-8") == pair.as_text(pair.notebook(script)), (
            "run python notebooks/pair.py"
        )


@LESSON
def test_no_outputs_are_stored(lesson):
    stored = json.loads(lesson.read_text("utf-8"))

    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in stored["cells"])


# ---------------------------------------------------------------- how they are written


@LESSON
def test_a_lesson_has_all_its_parts_and_is_short(lesson):
    texts, code = cells(lesson, "markdown"), cells(lesson, "code")
    whole = "\n".join(texts)

    assert re.match(rf"# {int(lesson.stem[:2])} · ", texts[0])
    assert all(part in texts[0] for part in ("**Afterwards you can**", "**You need**", "**Time**"))
    assert "puzzle" in whole
    assert all(f"{call}(" in "\n".join(code) for call in ("predict", "reveal", "check", "hint", "figure"))
    assert "## Three questions" in whole
    assert "<details>" in whole
    assert "**Sources**" in texts[-1]
    assert "**Next**" in texts[-1]
    assert "import" in code[0]


@LESSON
def test_a_lesson_has_at_most_25_cells(lesson):
    assert len(cells(lesson, "markdown") + cells(lesson, "code")) <= 25


@LESSON
def test_no_text_is_long(lesson):
    lengths = {text[:40]: len(re.findall(r"\w+", text.split("<details>")[0])) for text in cells(lesson, "markdown")}

    assert {text: length for text, length in lengths.items() if length > 90} == {}


@LESSON
def test_every_picture_has_a_caption_that_says_what_to_notice(lesson):
    for source in cells(lesson, "code"):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "figure":
                given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords[:2]}

                assert given["caption"].startswith("Notice: ")
                assert len(given["alt"]) > 40


def test_a_link_leads_to_a_lesson_or_to_the_one_that_is_written_next():
    names = [lesson.name for lesson in LESSONS]
    for number, lesson in enumerate(LESSONS, start=1):
        for name in re.findall(r"\((\d\d_\w+\.ipynb)\)", "\n".join(cells(lesson, "markdown"))):
            assert name in names or (number == len(LESSONS) and name.startswith(f"{number + 1:02}_"))


def test_every_exercise_of_a_written_lesson_is_asked():
    asked = {
        name for lesson in LESSONS for cell in cells(lesson, "code") for name in re.findall(r'check\("(.+?)"', cell)
    }
    written = {str(int(lesson.stem[:2])) for lesson in LESSONS}

    assert asked == {name for name in EXERCISES if name.split(".")[0] in written}


# ---------------------------------------------------------------- that they run


@LESSON
def test_a_lesson_runs_as_it_is_and_solved_and_says_the_same_both_times(
    lesson, registry, tmp_path, monkeypatch, capsys
):
    unanswered = run_in_a_kernel(lesson, tmp_path)
    matplotlib.use("Agg")
    monkeypatch.setattr(autograd.lesson, "_depths", {})  # of hints: from the first one on, as in a fresh kernel
    shown, solved = run_solved(lesson, capsys)

    assert "Not answered yet" in str(unanswered)
    assert not list(tmp_path.iterdir())
    results = [outcome for outcome in shown if isinstance(outcome, Result)]
    assert results
    assert all(result.ok for result in results)
    assert sum(isinstance(outcome, Figure) for outcome in shown) >= 2
    assert len(solved) == len(unanswered)
    for said, before in zip(solved, unanswered, strict=True):
        assert said == before or "Not answered yet" in before


def run_in_a_kernel(lesson, folder):
    """What each cell prints in a fresh kernel, with warnings as errors and nothing put in."""
    notebook = nbformat.read(lesson, 4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("import warnings\nwarnings.simplefilter('error')"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the client, about itself
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()

    printed = [[out for out in cell.outputs if out.output_type == "stream"] for cell in notebook.cells if is_code(cell)]
    assert not [out for outputs in printed for out in outputs if out.name == "stderr"]
    return ["".join(out.text for out in outputs) for outputs in printed[1:]]


def is_code(cell):
    return cell.cell_type == "code"


def run_solved(lesson, capsys):
    """What the cells show as their last lines, and what each prints, with the answers put in."""
    names, shown, said = {"answer_of": answer_of}, [], []
    capsys.readouterr()
    for number, source in enumerate(cells(lesson, "code")):
        solved = re.sub(r'check\("(.+?)", \.\.\.\)', r'check("\1", answer_of("\1"))', source)
        tree, file = ast.parse(solved), f"<{lesson.stem}, cell {number}>"
        linecache.cache[file] = (len(solved), None, solved.splitlines(keepends=True), file)  # as a kernel does
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, file, "exec"), names)
        if last:
            shown.append(eval(compile(ast.Expression(last.value), file, "eval"), names))
        said.append(capsys.readouterr().out)
    return shown, said


def test_the_numbers_that_lesson_1_takes_from_later_ones_are_true():
    assert len(nn.MLP(64, [32, 10], rng=0).parameters()) == 2410


def test_what_lesson_4_says_that_other_engines_find_is_true():
    assert "they must begin afresh" in check("4.second", 27 + 45).message


# ---------------------------------------------------------------- copying them


def test_the_command_copies_the_series_and_says_how_to_open_it(tmp_path, capsys):
    folder = tmp_path / "my lessons"

    assert main(["notebooks", str(folder)]) == 0
    assert [path.name for path in sorted(folder.iterdir())] == [lesson.name for lesson in LESSONS]
    assert "jupyter lab" in capsys.readouterr().out


def test_a_changed_file_is_never_overwritten(tmp_path, capsys):
    mine = tmp_path / LESSONS[0].name
    mine.write_text("my work")

    assert main(["notebooks", str(tmp_path)]) == 0
    assert mine.read_text() == "my work"
    assert f"kept {mine}" in capsys.readouterr().out
    assert series.copy(tmp_path)[1] == [mine]


def test_where_they_cannot_go_is_said(tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("x")

    assert main(["notebooks", str(file)]) == 2
    assert "file" in capsys.readouterr().err
