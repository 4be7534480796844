"""The command: what it prints and writes, and that a mistake gives one line and the exit status 2."""

import importlib.metadata
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.image import imread

import autograd
from autograd import core, demo
from autograd.__main__ import main


def run(*arguments, **environment):
    """The command in a process of its own, by `python -m autograd`."""
    return subprocess.run(
        [sys.executable, "-m", "autograd", *arguments],
        capture_output=True,
        encoding=environment.get("PYTHONIOENCODING", "utf-8"),
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


# ---------------------------------------------------------------- step


def test_step_prints_both_passes_and_the_table(capsys):
    assert main(["step", "tanh(w*x + b)", "w=2", "x=0.5", "b=-1"]) == 0
    assert capsys.readouterr().out == (
        "Forward: each line computes one node from its operands\n"
        " 1.  v2 = w × x = 2 × 0.5 = 1\n"
        " 2.  v4 = v2 + b = 1 + (−1) = 0\n"
        " 3.  v5 = tanh(v4) = tanh(0) = 0\n"
        "Backward: upstream gradient × local derivative = what the operand gets\n"
        " 4.  ∂v5/∂v5 = +1, the seed\n"
        " 5.  from v5 = tanh(v4) to v4: +1 × 1 = +1\n"
        " 6.  from v4 = v2 + b   to v2: +1 × 1 = +1\n"
        " 7.  from v4 = v2 + b   to b:  +1 × 1 = +1\n"
        " 8.  from v2 = w × x    to w:  +1 × 0.5 = +0.5\n"
        " 9.  from v2 = w × x    to x:  +1 × 2 = +2\n"
        "\n"
        "node  made by   value  gradient\n"
        "w     leaf          2      +0.5\n"
        "x     leaf        0.5        +2\n"
        "v2    w × x         1        +1\n"
        "b     leaf         −1        +1\n"
        "v4    v2 + b        0        +1\n"
        "v5    tanh(v4)      0        +1\n"
    )


def test_step_uses_the_names_of_the_steps(capsys):
    assert main(["step", "n = w*x + b; tanh(n)", "w=2", "x=0.5", "b=-1"]) == 0
    assert "tanh(n) = tanh(0) = 0" in capsys.readouterr().out


class Terminal(io.StringIO):
    """Somebody at a terminal, who types what is given."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.mark.parametrize("lacks", ["textual", "a screen"])
def test_step_goes_by_lines_where_the_terminal_has_no_full_screen(lacks, monkeypatch):
    shown = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal("n\nn\nq\n"))
    monkeypatch.setattr(sys, "stdout", shown)
    if lacks == "textual":
        monkeypatch.setitem(sys.modules, "textual.app", None)
    else:
        monkeypatch.setenv("TERM", "dumb")

    assert main(["step", "3*x", "x=2"]) == 0
    assert "v1 = 3 × x = 3 × 2 = 6." in shown.getvalue()
    assert "step 2 of" in shown.getvalue()


def test_an_expression_that_begins_with_a_minus_sign_comes_after_two_dashes(capsys):
    assert main(["step", "--", "-x", "x=2"]) == 0
    assert "v1 = −x" in capsys.readouterr().out


def test_numbers_may_be_negative_and_stand_in_any_order(capsys):
    assert main(["step", "a - b", "b=-1e-3", "a=-2"]) == 0
    assert "v2 = a − b = (−2) − (−0.001) = −1.999" in capsys.readouterr().out


def test_python_m_autograd_and_the_installed_command_are_one():
    by_module = run("step", "x*x", "x=3")
    [script] = [entry for entry in importlib.metadata.entry_points(group="console_scripts") if entry.name == "stepgrad"]

    assert (by_module.returncode, by_module.stderr) == (0, "")
    assert "v1 = x × x = 3 × 3 = 9" in by_module.stdout
    assert script.load() is main


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_has_no_minus_sign_still_gets_its_answer(encoding):
    done = run("step", "x*x", "x=-3", PYTHONIOENCODING=encoding)

    assert done.returncode == 0, done.stderr
    assert "= 9" in done.stdout


# ---------------------------------------------------------------- draw


def test_draw_writes_a_picture_with_every_name(tmp_path, capsys):
    path = tmp_path / "tanh.svg"

    assert main(["draw", "n = w*x + b; tanh(n)", "w=2", "x=0.5", "b=-1", "-o", str(path)]) == 0
    assert capsys.readouterr().out == f"wrote {path}\n"
    texts = {"".join(element.itertext()).strip() for element in ElementTree.parse(path).iter() if element.text}
    assert {"w", "x", "b", "n"} <= texts


def test_draw_shows_the_gradients_of_one_backward_pass(tmp_path):
    main(["draw", "x*x", "x=3", "-o", str(tmp_path / "square.svg")])

    assert "+6" in (tmp_path / "square.svg").read_text(encoding="utf-8")


def test_draw_tells_the_format_from_the_name(tmp_path, capsys):
    assert main(["draw", "x*x", "x=3", "-o", str(tmp_path / "square.mmd")]) == 0
    assert "flowchart" in (tmp_path / "square.mmd").read_text(encoding="utf-8")


MODULE = """
from autograd import Value, nn, tanh

x = Value(3.0, label="x")
square = x * x
square.backward()

def network():
    return nn.MLP(2, [3, 1], activation=[tanh, tanh], rng=0)([1.0, 2.0])

number = 3.0
"""


@pytest.fixture
def homework(tmp_path, monkeypatch):
    """A module of the current folder, with Values to draw."""
    (tmp_path / "homework.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("homework", None)


@pytest.mark.usefixtures("homework")
def test_draw_shows_a_value_of_a_module_with_the_pass_that_it_has_had():
    main(["draw", "homework:square", "-o", "square.mmd"])

    assert "grad +6" in Path("square.mmd").read_text("utf-8")  # not 12, as after a second pass


@pytest.mark.usefixtures("homework")
def test_draw_before_the_pass_knows_no_gradient():
    main(["draw", "homework:square", "--before", "-o", "square.mmd"])

    assert "9<br/>not computed" in Path("square.mmd").read_text("utf-8")


@pytest.mark.usefixtures("homework")
def test_draw_closes_and_opens_what_it_is_told():
    main(["draw", "homework:network", "--detail", "layers", "--direction", "TB", "-o", "layers.mmd"])
    main(["draw", "homework:network", "--expand", "layer 0/neuron 1", "--theme", "dark", "-o", "opened.mmd"])
    layers, opened = (Path(name).read_text("utf-8") for name in ("layers.mmd", "opened.mmd"))

    assert layers.startswith("flowchart TB")
    assert ("neuron 1" in layers, "layer 0<br/>tanh#44; 3 neurons" in layers) == (False, True)
    assert ("Σ neuron 0" in opened, "Σ neuron 1" in opened) == (True, False)
    assert "fill:#12151A" in opened


@pytest.mark.usefixtures("homework")
def test_draw_refuses_what_is_larger_than_told(capsys):
    assert main(["draw", "homework:network", "--detail", "values", "--max-nodes", "9", "-o", "all.svg"]) == 2
    assert "a picture of more than 9 cannot be read" in capsys.readouterr().err
    assert not Path("all.svg").exists()


@pytest.mark.usefixtures("homework")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("homework:number", "must be a Value or a function that returns one, got 3.0"),
        ("homework:nothing", "cannot find homework:nothing"),
        ("holidays:x", "cannot find holidays:x"),
    ],
)
def test_draw_says_what_is_wrong_with_a_name_in_a_module(name, message, capsys):
    assert main(["draw", name, "-o", "picture.svg"]) == 2
    assert message in capsys.readouterr().err


def test_draw_says_what_graphviz_had_against_the_picture(tmp_path, monkeypatch, capsys):
    def refuse(*arguments, **options):
        raise subprocess.TimeoutExpired("dot", 120)

    monkeypatch.setattr("autograd.draw.engine.find_dot", lambda given: Path("dot"))
    monkeypatch.setattr("autograd.draw.engine.subprocess.run", refuse)

    assert main(["draw", "x*x", "x=3", "-o", str(tmp_path / "square.png")]) == 2
    assert "Graphviz took longer than 120 s: draw a part" in capsys.readouterr().err


# ---------------------------------------------------------------- plot


@pytest.mark.parametrize("names", [[], ["relu"], ["relu", "tanh"]])
def test_plot_writes_an_image(names, tmp_path, capsys):
    path = tmp_path / "act.png"

    assert main(["plot", *names, "-o", str(path)]) == 0
    assert imread(path)[0, 0].tolist() == pytest.approx([1, 1, 1, 1])
    assert capsys.readouterr().out == f"wrote {path}\n"


def test_plot_takes_a_dark_background(tmp_path):
    main(["plot", "relu", "--theme", "dark", "-o", str(tmp_path / "act.png")])

    assert imread(tmp_path / "act.png")[0, 0, :3].tolist() == pytest.approx([0x12 / 255, 0x15 / 255, 0x1A / 255])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rellu"], "no op is called 'rellu': did you mean relu"),
        (["mul"], "mul(x, y): missing a required argument: 'y'"),
        (["relu", "-o", "act.xyz"], "Format 'xyz' is not supported"),
    ],
)
def test_a_plot_that_cannot_be_made_gives_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert main(["plot", "-o", "act.png", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- version and help


def test_version_is_that_of_the_distribution(capsys):
    assert main(["version"]) == 0
    printed = f"stepgrad {autograd.__version__}, Python {sys.version.split()[0]}, {core.description}\n"
    assert capsys.readouterr().out == printed
    assert autograd.__version__ == importlib.metadata.version("stepgrad")


@pytest.mark.parametrize("arguments", [["--help"], ["step", "--help"], ["draw", "-h"], ["demo", "-h"]])
def test_help_explains_and_exits_with_zero(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    assert stopped.value.code == 0
    assert "usage: stepgrad" in capsys.readouterr().out


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["step", "w*x", "w=2"], "x has no number; given are w: add x=1.5"),
        (["step", "w*x"], "w has no number: add w=1.5"),
        (["step", "x*x", "x=2", "y=3"], "y=3.0 is given, but the expression has no y"),
        (["step", "x*x", "x=2", "x=3"], "x is given twice"),
        (["step", "x*x", "x"], "'x' gives no name a number: write w=2"),
        (["step", "x*x", "=2"], "'=2' gives no name a number: write w=2"),
        (["step", "x*x", "2=x"], "'2=x' gives no name a number: write w=2"),
        (["step", "x*x", "x="], "'' in 'x=' is no number"),
        (["step", "x*x", "x=two"], "'two' in 'x=two' is no number"),
        (["step", "x*x", "x=1+1"], "'1+1' in 'x=1+1' is no number"),
        (["step", "x*x", "x==2"], "'=2' in 'x==2' is no number"),
        (["step", "", "x=2"], "the expression is empty: try tanh(w*x + b)"),
        (["step", "x +", "x=2"], "cannot read 'x +': invalid syntax at character 4"),
        (["step", "x^2", "x=2"], "^ is no power here: write ** in 'x ^ 2'"),
        (["step", "tahn(x)", "x=2"], "no op is called 'tahn': did you mean"),
        (["step", "x.data", "x=2"], "'x.data' is not understood"),
        (["step", "__import__('os').system('true')", "x=2"], "is not understood"),
        (["step", "(" * 4000 + "x", "x=2"], "too many nested parentheses"),
        (["step", "-" * 20 + "x" * 10_000, "x=2"], "more than 10000"),
        (["draw", "x*x", "x=2", "-o", "picture.xyz"], "no picture is called *.xyz: use .svg"),
        (["draw", "x*x", "x=2", "-o", "picture"], "use .svg, .png"),
        (["draw", "x*x", "x=2", "-o", "missing/picture.svg"], "missing/picture.svg"),
        (["draw", "x*y", "x=2", "-o", "picture.svg"], "y has no number"),
    ],
    ids=lambda part: " ".join(part)[:40] if isinstance(part, list) else "",
)
def test_a_mistake_gives_one_line_and_the_status_2(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    if arguments[1].startswith("-"):
        arguments = [arguments[0], "--", *arguments[1:]]

    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"stepgrad {arguments[0]}: ")
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["step"], ["draw", "x", "x=1"], ["step", "x", "--colour"], ["step", "-x", "x=2"]]
)
def test_a_command_that_is_none_shows_the_usage_and_exits_with_2(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    assert stopped.value.code == 2
    assert "usage: stepgrad" in capsys.readouterr().err


def test_a_mistake_shows_no_traceback():
    done = run("step", "x.__class__", "x=1")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("stepgrad step: 'x.__class__' is not understood")
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_with_130_and_no_traceback(monkeypatch, capsys):
    def interrupted(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "demo", interrupted)

    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "\nstopped\n"


@pytest.mark.skipif(os.name != "posix", reason="a pipe that closes early is an affair of POSIX shells")
def test_a_reader_that_has_seen_enough_is_no_mistake():
    pipe = f"set -o pipefail; {sys.executable} -m autograd step 'x*x' x=3 | true"
    done = subprocess.run(["bash", "-c", pipe], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


# ---------------------------------------------------------------- demo


def accuracy_in(text):
    [found] = re.findall(r"^Test accuracy on the 359 held-out digits: (\d\.\d{3})$", text, flags=re.MULTILINE)
    return float(found)


def test_demo_shows_what_it_promises(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "EPOCHS", 1)

    assert main(["demo"]) == 0
    out, err = capsys.readouterr()
    told = out[out.index("Forward\n") : out.index("\nNext:")]
    forward, backward = told.split("Backward\n")
    assert "1438 to learn from, 359 held out" in out
    assert "64 pixels → 64 ReLU neurons → 10 classes, 4810 parameters" in out
    assert accuracy_in(out) > 0.8
    recorded = r"the scalar code of a batch is \d,\d{3} operations in \d+ array steps, 2 of them matrix products"
    assert re.search(recorded, out)
    assert "    h0 = relu(inputs @ W0.T + b0)\n" in out
    assert set(re.findall(r"^\d", forward, flags=re.MULTILINE)) == set("12345")
    assert re.findall(r"^\d", backward, flags=re.MULTILINE) == list("1234")
    assert "layer 1  neuron 1  w = 1.96, 0.92   b = −1.04" in backward
    assert out.index("Next:") > out.index("graph.svg") > out.index("Test accuracy")
    assert "epoch 1/1: 100%" in err
    assert re.search(r"loss=0\.\d+", err)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["demo", "graph.svg", "steps.html"]


def test_demo_draws_the_neuron_with_its_values_and_gradients(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "EPOCHS", 0)
    folder = tmp_path / "a" / "folder of mine"

    assert main(["demo", "--folder", str(folder)]) == 0
    texts = {"".join(element.itertext()).strip() for element in ElementTree.parse(folder / "graph.svg").iter()}
    assert {"w1", "x1", "w2", "x2", "b", "y", "p", "q", "s", "n", "h", "e", "L"} <= texts
    assert any("−0.6201" in text for text in texts)  # the value of e
    assert any("−2.122" in text for text in texts)  # the gradient of w1
    assert str(folder / "graph.svg") in capsys.readouterr().out


def test_demo_may_run_twice_in_one_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "EPOCHS", 0)

    assert main(["demo", "--folder", str(tmp_path)]) == 0
    assert main(["demo", "--folder", str(tmp_path)]) == 0


def test_demo_refuses_a_folder_that_is_a_file_before_it_trains(tmp_path, monkeypatch, capsys):
    def train(*arguments, **options):
        raise AssertionError("it trained first")

    monkeypatch.setattr(demo, "fit", train)
    (tmp_path / "taken").write_text("")

    assert main(["demo", "--folder", str(tmp_path / "taken")]) == 2
    assert str(tmp_path / "taken") in capsys.readouterr().err


def test_demo_in_full_length_reads_96_of_100_digits(tmp_path, capsys):
    assert main(["demo", "--folder", str(tmp_path)]) == 0
    assert accuracy_in(capsys.readouterr().out) >= 0.96


# ---------------------------------------------------------------- train


def test_train_says_what_it_does_and_where_things_are(tmp_path, capsys):
    pytest.importorskip("matplotlib").use("Agg")
    assert main(["train", "translate", "--epochs", "1", "--folder", str(tmp_path)]) == 0
    said = capsys.readouterr().out

    assert "270 rows to learn from, 30 to stop by, 700 to test on" in said
    assert "attention, 1,137 parameters, tanh; adam, rate 0.01, batches of 32" in said
    assert re.search(r"epoch   1   loss \d\.\d{4}   validation \d\.\d{3}   best", said)
    assert "of 700 unseen numbers went wrong" in said
    assert (tmp_path / "translate-attention-unseen-numbers-0" / "alignment.png").exists()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["letters"], "there is no task 'letters': use digits, vowels, sentiment, translate, spoken, names"),
        (["digits", "--model", "gru"], "digits has no model 'gru': there are mlp, conv"),
        (["digits", "--activation", "rleu"], "rleu"),
        (["names", "--activation", "tanh"], "the gru of names has no activation that could be another"),
        (["digits", "--seeds", "0"], "one is needed at least; got --seed 0 --seeds 0"),
        (["digits", "--rate", "nan"], "lr must be a number above 0, got nan"),
    ],
)
def test_train_refuses_what_cannot_be(asked, message, tmp_path, capsys):
    assert main(["train", *asked, "--folder", str(tmp_path / "new")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_train_says_of_a_training_that_diverged_where_and_what_to_do(tmp_path, capsys):
    asked = ["train", "translate", "--optimizer", "sgd", "--rate", "1e300", "--folder", str(tmp_path)]

    assert main(asked) == 2
    assert re.search(r"no parameter was moved.* in epoch \d+; --rate takes a smaller one", capsys.readouterr().err)


def test_train_that_is_stopped_says_how_to_go_on(monkeypatch, capsys):
    from autograd import tasks

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "train", stop)

    assert main(["train", "digits"]) == 130
    assert "the same command with --resume goes on after the last whole epoch" in capsys.readouterr().err
