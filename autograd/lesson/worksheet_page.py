"""A worksheet as a page to print: the exercise on the first sheet of paper, its key on the second."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from html import escape
from importlib.resources import files

from autograd.debug.text import solution
from autograd.draw import as_svg
from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.scene import scene
from autograd.graph import Node, topological_order
from autograd.lesson import procedures
from autograd.lesson.worksheet import Sheet

BLANK = "\u2003"  # a space that a card, or a pill, is as wide for as for a number


def page(made: Sheet) -> str:
    """The HTML document of a worksheet. It refers to nothing outside itself.

    >>> from autograd.lesson.worksheet import sheet
    >>> page(sheet(seed=7)).count("<section>")
    2
    """
    style = files("autograd.lesson").joinpath("static", "worksheet.css").read_text("utf-8")
    title = f"Backpropagation by hand, level {made.level}"
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}, seed {made.seed}</title>\n'
        f"<style>\n{style}</style>\n<section>\n{_exercise(made, title)}</section>\n"
        f"<section>\n{_key(made, title)}</section>\n</html>\n"
    )


def _exercise(made: Sheet, title: str) -> str:
    nodes = topological_order(made.root)
    rows = [(node.label, _made_by(made, node), value_text(node._data), "", "") for node in reversed(nodes)]
    return (
        f"<header><h1>{title}</h1><span>Name ____________________________</span></header>\n"
        f"{_steps(made)}"
        "<p>The values are there. Write the local derivative on every edge and in every card the gradient: how fast"
        " L moves with it. Begin at L, whose gradient is 1, and go back: upstream × local. A node that is used twice"
        " adds up what its uses bring.</p>\n"
        f"<figure>{blank_graph(made)}</figure>\n"
        f"{_table(('node', 'made by', 'value', 'arrives from', 'gradient'), rows, 'blank')}"
        f"{_foot(made)}"
    )


def _key(made: Sheet, title: str) -> str:
    right = procedures.right(made.root)
    names = [leaf.label for leaf in made.leaves]
    nodes = list(reversed(topological_order(made.root)))
    answers = [
        ("value", *(value_text(node._data) for node in nodes)),
        ("gradient", *(gradient_text(right.get(node, 0.0)) for node in nodes)),
    ]
    mistakes = [
        (name, *(gradient_text(found.get(leaf, 0.0)) for leaf in made.leaves)) for name, found in made.mistakes.items()
    ]
    return (
        f"<header><h1>Key</h1><span>{title}</span></header>\n{_steps(made)}"
        f"<h2>The gradients</h2>\n{_table(('node', *(node.label for node in nodes)), answers, 'key')}"
        f"<h2>Step by step</h2>\n<pre>{escape(solution(made.root))}</pre>\n"
        f"<h2>What wrong answers tell</h2>\n{_table(('mistake', *names), mistakes, 'key')}"
        f"<p>To step through it:<br><code>{escape(command(made))}</code></p>\n{_foot(made)}"
    )


def _steps(made: Sheet) -> str:
    given = [f"{name} = {value_text(number)}" for name, number in sorted(made.numbers.items())]
    steps = [_written(step) for step in made.expression.split("; ")]
    lines = ("".join(f"<span>{escape(x)}</span>" for x in row) for row in (given, steps))
    return "".join(f'<p class="steps">{line}</p>\n' for line in lines)


def _written(step: str) -> str:
    """A step of the expression as one writes it on paper."""
    return step.replace("**2", "²").replace("*", "×").replace("-", "−").replace("/", " ÷ ")


def _made_by(made: Sheet, node: Node) -> str:
    steps = dict(step.split(" = ") for step in made.expression.split("; "))
    return _written(steps[node.label]) if node.label in steps else "given"


def blank_graph(made: Sheet) -> str:
    """The picture with room to write where gradients and local derivatives stand."""
    drawn = scene(made.root, detail="values", direction="TB")
    cards = tuple(replace(card, gradient=BLANK, tooltip="") if card.gradient else card for card in drawn.cards)
    edges = tuple(
        replace(edge, pill=2 * BLANK, kind="plain", tooltip="") if edge.pill else edge for edge in drawn.edges
    )
    return as_svg.svg(replace(drawn, cards=cards, edges=edges, computed=True))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], kind: str) -> str:
    def row(cells: Iterable[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>\n"

    body = "".join(row(cells, "td") for cells in rows)
    return f'<table class="{kind}"><thead>{row(head, "th")}</thead><tbody>{body}</tbody></table>\n'


def _foot(made: Sheet) -> str:
    again = f"stepgrad worksheet --seed {made.seed} --level {made.level} -o sheet.html"
    return f"<footer>seed {made.seed}, level {made.level} · the same sheet again: {again}</footer>\n"


def command(made: Sheet) -> str:
    """What steps through the exercise in a terminal."""
    numbers = " ".join(f"{name}={number}" for name, number in sorted(made.numbers.items()))
    return f'stepgrad step "{made.expression}" {numbers}'
