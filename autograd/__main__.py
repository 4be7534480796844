"""The command `stepgrad`, also `python -m autograd`."""

from __future__ import annotations

import argparse
import codecs
import importlib
import io
import os
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import autograd
from autograd.core import description
from autograd.draw.scene import DETAILS, DIRECTIONS
from autograd.draw.tokens import THEMES
from autograd.errors import ExpressionError, GraphvizError, MissingPackageError, UnknownOpError
from autograd.expression import evaluate
from autograd.value import Value

PLAIN = {
    "−": "-",
    "×": "*",
    "÷": "/",
    "∂": "d",
    "·": "*",
    "→": "->",
    "…": "...",
    "±": "+-",
    "Σ": "sum",
}  # for old terminals
EXPRESSION_HELP = 'names, numbers, + - * / ** and functions: "n = w*x + b; tanh(n)"'


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 2 for a mistake in what was asked, 130 for Ctrl-C."""
    codecs.register_error("stepgrad", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="stepgrad")
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        asked.run(asked)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (GraphvizError, MissingPackageError, UnknownOpError, ValueError, OSError) as error:
        print(f"stepgrad {asked.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    return 0


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """What a terminal shows for a character that it does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(character, "?") for character in error.object[error.start : error.end]), error.end


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stepgrad",
        description="A scalar autograd engine that one can see through.",
        epilog="An expression that begins with a minus sign comes after --, as in: stepgrad step -- -x x=2",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    demo = commands.add_parser("demo", help="train on handwritten digits, draw a neuron, walk through one pass")
    demo.add_argument("--folder", type=Path, default=Path("demo"), help="where the picture goes (default: demo)")
    demo.set_defaults(run=_demo)

    draw = commands.add_parser("draw", help="draw the graph of an expression with its gradients")
    _add_expression(draw)
    draw.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="graph.svg, .png, .pdf, .mmd ..."
    )
    draw.add_argument("--before", action="store_true", help="before the backward pass: no gradient is known")
    draw.add_argument(
        "--detail",
        choices=DETAILS,
        default="auto",
        help="every value, or what closes a large graph: neurons, layers (default: auto, the finest that can be read)",
    )
    draw.add_argument(
        "--expand",
        action="append",
        default=[],
        metavar="SCOPE",
        help='a scope to open nevertheless: "layer 0", "layer 0/neuron 3"; may be given again',
    )
    draw.add_argument("--direction", choices=DIRECTIONS, default="LR", help="left to right (default) or top to bottom")
    draw.add_argument("--theme", choices=THEMES, default="light", help="auto: an SVG that follows the reader's choice")
    draw.add_argument(
        "--max-nodes", type=int, default=500, metavar="N", help="refuse to draw more cards (default: 500)"
    )
    draw.set_defaults(run=_draw)

    plot = commands.add_parser("plot", help="plot activations with their derivatives")
    plot.add_argument("activations", nargs="*", metavar="NAME", help="relu tanh ...; without any, the classical four")
    plot.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="act.png, .svg, .pdf")
    plot.add_argument("--theme", choices=("light", "dark"), default="light", help="the background")
    plot.set_defaults(run=_plot)

    step = commands.add_parser("step", help="step through both passes of an expression; printed where nobody can type")
    _add_expression(step)
    step.add_argument("--lines", action="store_true", help="line by line at a prompt instead of on the full screen")
    step.add_argument("--ascii", action="store_true", help="plain characters only, for terminals that have no others")
    step.set_defaults(run=_step)

    train = commands.add_parser("train", help="train a model on a real task, test it, and draw what it looked at")
    train.add_argument("task", help="digits, vowels, sentiment, translate, spoken or names")
    train.add_argument("--model", metavar="NAME", help="which of the task's models; the first unless given")
    train.add_argument("--activation", metavar="NAME", help="relu, tanh, sigmoid ... in place of the model's own")
    train.add_argument("--optimizer", metavar="NAME", help="adam, adamw, sgd, momentum, rmsprop or adagrad")
    train.add_argument("--rate", type=float, help="the learning rate; the optimizer's usual one unless given")
    train.add_argument("--epochs", type=int, help="at most so many; it ends before when nothing gets better")
    train.add_argument("--seed", type=int, default=0, help="the first seed (default: 0)")
    train.add_argument("--seeds", type=int, default=1, metavar="N", help="train with N seeds; their mean and spread")
    train.add_argument("--folder", type=Path, default=Path("runs"), help="where models and pictures go (default: runs)")
    train.add_argument("--resume", action="store_true", help="go on with a training that was stopped")
    train.set_defaults(run=_train)

    compare = commands.add_parser("compare", help="train a network with each of several activations, and measure")
    compare.add_argument("activations", nargs="+", metavar="NAME", help="relu tanh sigmoid silu ...")
    compare.add_argument("--data", default="moons", help="moons, spiral or digits (default: moons)")
    compare.add_argument("--depth", type=int, default=2, help="how many hidden layers (default: 2)")
    compare.add_argument("--seeds", type=int, default=3, help="how many trainings of each (default: 3)")
    compare.add_argument(
        "-o", "--output", type=Path, default=Path("compare.png"), metavar="FILE", help="compare.png, .svg, .pdf"
    )
    compare.set_defaults(run=_compare)

    notebooks = commands.add_parser("notebooks", help="copy the lessons into a folder; your own changes stay")
    notebooks.add_argument("folder", type=Path, metavar="DIR", help="where they go; made if there is none")
    notebooks.add_argument("--solutions", action="store_true", help="with solutions.html: every answer, folded")
    notebooks.set_defaults(run=_notebooks)

    worksheet = commands.add_parser("worksheet", help="an exercise in backpropagation to print, with its key")
    worksheet.add_argument("--seed", type=int, default=0, help="another seed, another exercise (default: 0)")
    worksheet.add_argument(
        "--level", type=int, choices=range(1, 6), default=3, help="1: two operations ... 5: six of them (default: 3)"
    )
    worksheet.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="sheet.html")
    worksheet.set_defaults(run=_worksheet)

    version = commands.add_parser("version", help="which stepgrad, which Python and which core this is")
    version.set_defaults(
        run=lambda asked: print(f"stepgrad {autograd.__version__}, Python {platform.python_version()}, {description}")
    )
    return parser


def _add_expression(command: argparse.ArgumentParser) -> None:
    command.add_argument("expression", help=f"{EXPRESSION_HELP}; or module:name for a Value of your own")
    command.add_argument("numbers", nargs="*", metavar="NAME=NUMBER", help="a number for each name: w=2 x=0.5 b=-1")


def _demo(asked: argparse.Namespace) -> None:
    from autograd.demo import demo

    demo(asked.folder)


def _draw(asked: argparse.Namespace) -> None:
    root = _evaluated(asked)
    if asked.before:
        root.zero_grad()
    else:
        _pass_back(root)
    options = {name: getattr(asked, name) for name in ("detail", "expand", "direction", "theme", "max_nodes")}
    autograd.draw.save(root, asked.output, **options)
    print(f"wrote {asked.output}")


def _pass_back(root: Value) -> None:
    """One backward pass, unless a Value from somebody's module has had its own."""
    if root.grad == 0:
        root.zero_grad()
        root.backward()


def _plot(asked: argparse.Namespace) -> None:
    from autograd.draw import plots

    try:
        axes = plots.activation(*asked.activations, theme=asked.theme)
    except TypeError as error:  # an op of two operands has no curve
        raise ValueError(str(error)) from None
    figure = (axes[0] if isinstance(axes, list) else axes).figure
    figure.savefig(asked.output, dpi=144)
    print(f"wrote {asked.output}")


def _compare(asked: argparse.Namespace) -> None:
    from autograd.experiments import compare

    if asked.output.suffix not in (".png", ".svg", ".pdf") or not asked.output.parent.is_dir():
        raise ValueError(f"{asked.output} cannot be written: name a .png, .svg or .pdf in a folder that is there")
    task = compare.task_called(asked.data)
    found = []
    rows = compare.compare(asked.activations, task, depth=asked.depth, seeds=range(asked.seeds))
    print(compare.HEAD)
    for one in rows:
        print(compare.row(one), flush=True)
        found.append(one)
    try:
        compare.picture(found, task).savefig(asked.output, dpi=144)
    except MissingPackageError as error:
        print(f"no picture: {error}")
    else:
        print(f"wrote {asked.output}")


def _step(asked: argparse.Namespace) -> None:
    from autograd.debug import lines, terminal

    root = _evaluated(asked)
    if not asked.lines and not (sys.stdin.isatty() and sys.stdout.isatty()):  # nobody is there to step
        _pass_back(root)
        print(autograd.debug.solution(root), autograd.debug.table(root), sep="\n\n")
        return
    traced = autograd.debug.trace(root)
    options = {"title": asked.expression, "ascii_only": asked.ascii or None}
    if not asked.lines and os.environ.get("TERM") != "dumb":
        try:
            terminal.run(traced, **options)
            return
        except MissingPackageError as error:
            print(f"{error}\n", file=sys.stderr)
    lines.run(traced, **options)


def _train(asked: argparse.Namespace) -> None:
    from autograd import tasks

    if asked.task not in tasks.TASKS:
        raise ValueError(f"there is no task {asked.task!r}: use {', '.join(tasks.TASKS)}")
    if asked.seed < 0 or asked.seeds < 1:
        raise ValueError(
            f"seeds are 0 or more, and one is needed at least; got --seed {asked.seed} --seeds {asked.seeds}"
        )
    try:
        tasks.train(
            tasks.TASKS[asked.task],
            model=asked.model,
            activation=asked.activation,
            optimizer=asked.optimizer,
            rate=asked.rate,
            epochs=asked.epochs,
            seeds=range(asked.seed, asked.seed + asked.seeds),
            folder=asked.folder,
            resume=asked.resume,
        )
    except ArithmeticError as error:
        raise ValueError(" ".join([str(error), *getattr(error, "__notes__", [])])) from None
    except KeyboardInterrupt:
        print("\nthe same command with --resume goes on after the last whole epoch", file=sys.stderr, end="")
        raise


def _notebooks(asked: argparse.Namespace) -> None:
    from autograd.lesson.series import copy

    copied, kept = copy(asked.folder, with_solutions=asked.solutions)
    print(f"{len(copied)} files copied to {asked.folder}")
    for path in kept:
        print(f"kept {path}: it was changed. To have the file as it was, move yours away and copy again")
    print(f"Open them with: jupyter lab {asked.folder}\n(without it: pip install jupyterlab 'stepgrad[notebook,plot]')")


def _worksheet(asked: argparse.Namespace) -> None:
    from autograd.lesson.worksheet import sheet
    from autograd.lesson.worksheet_page import page

    asked.output.write_text(page(sheet(asked.seed, asked.level)), "utf-8")
    print(f"wrote {asked.output}: print it from a browser")


def _evaluated(asked: argparse.Namespace) -> Value:
    if re.fullmatch(r"\w+(\.\w+)*:\w+", asked.expression):
        return _imported(*asked.expression.split(":"))
    numbers: dict[str, float] = {}
    for assignment in asked.numbers:
        name, equals, number = assignment.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise ExpressionError(f"{assignment!r} gives no name a number: write w=2")
        if name in numbers:
            raise ExpressionError(f"{name} is given twice")
        try:
            numbers[name] = float(number)
        except ValueError:
            raise ExpressionError(f"{number!r} in {assignment!r} is no number") from None
    return evaluate(asked.expression, numbers)


def _imported(module: str, name: str) -> Value:
    """The Value of that name in a module of the current folder, or what a function of that name returns."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ExpressionError(f"cannot find {module}:{name}: {error}") from None
    root = found() if callable(found) else found
    if not isinstance(root, Value):
        raise ExpressionError(f"{module}:{name} must be a Value or a function that returns one, got {root!r:.60}")
    return root


if __name__ == "__main__":
    sys.exit(main())
