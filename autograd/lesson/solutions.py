"""The solutions of all exercises as a page: folded, so that one opens only what one has tried.

Nothing is written down for it. Right and wrong answers are computed from the declarations, as `check` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape
from importlib.resources import files
from typing import Any

from autograd.draw.numbers import value_text
from autograd.lesson.exercise import EXERCISES, HINTS, Between, Exercise, Same, Such
from autograd.value import Value

DIGITS = 6


def page(lessons: dict[str, str]) -> str:
    """The HTML document. It refers to nothing outside itself; a print shows all answers.

    Args:
        lessons: the heading of each lesson by its number, as `series.headings` gives them.

    >>> page({"3": "3 · Backprop by hand"}).count("<details>")
    5
    """
    style = files("autograd.lesson").joinpath("static", "solutions.css").read_text("utf-8")
    parts = []
    for number, heading in lessons.items():
        mine = [exercise for name, exercise in EXERCISES.items() if name.partition(".")[0] == number]
        parts.append(f"<section>\n<h2>{escape(heading)}</h2>\n{''.join(map(_solution, mine))}</section>\n")
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Solutions</title>\n'
        f"<style>\n{style}</style>\n<h1>Solutions</h1>\n"
        "<p>Try first: <code>check</code> says what went wrong, and <code>hint</code> leads on. A click on a question"
        f" unfolds its answer.</p>\n{''.join(parts)}</html>\n"
    )


def _solution(exercise: Exercise) -> str:
    right = exercise.right()
    rows = [(_wrong(procedure(), right), HINTS.get(name, name)) for name, procedure in exercise.wrong.items()]
    table = "".join(f"<tr><td>{escape(answer)}</td><td>{escape(means)}</td></tr>\n" for answer, means in rows)
    told = f"<table><thead><tr><th>wrong</th><th>what it tells</th></tr></thead>\n{table}</table>\n" if rows else ""
    return (
        f"<details>\n<summary><b>{escape(exercise.name)}</b> {escape(exercise.prompt)}</summary>\n"
        f"<p><strong>{escape(_right(right))}</strong></p>\n<p>{escape(exercise.why)}</p>\n{told}</details>\n"
    )


def _right(answer: Any) -> str:
    match answer:
        case Between():
            middle = math.sqrt(answer.low * answer.high)
            return f"{_text(middle)}, or anything from {_text(answer.low)} to {_text(answer.high)}"
        case Same():
            return "a function f with " + "; ".join(_at(answer.function, x) for x in answer.probes)
        case Such():
            return f"{_text(answer.example)}, for example"
    return _text(answer)


def _wrong(answer: Any, right: Any) -> str:
    """A wrong answer; of a function the first place at which it shows."""
    if not isinstance(right, Same):
        return _text(answer)
    return next(_at(answer, x) for x in right.probes if _at(answer, x) != _at(right.function, x))


def _at(function: Callable[[float], float], x: float) -> str:
    return f"f({_text(x)}) = {_text(function(x))}"


def _text(answer: Any) -> str:
    """An answer as one writes it: numbers to six digits, lists in brackets."""
    if isinstance(answer, list):
        return f"[{', '.join(map(_text, answer))}]"
    if isinstance(answer, str):
        return answer
    return value_text(float(answer.data if isinstance(answer, Value) else answer), DIGITS)
