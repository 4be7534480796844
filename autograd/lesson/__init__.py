"""The checks of the course: `check` an answer, `predict` before the reveal, ask for a `hint`.

No answer is written down here: the engine is asked for it, and the wrong procedures are run to recognise what went
wrong. Nothing is scored, stored or sent; a check never raises and never shows the right number.

>>> from autograd.lesson import check
>>> _ = check("4.xx", 3)
A later contribution replaced an earlier one; a node used twice adds both up.
>>> _ = check("4.xx", 6)
Right. Each of the two slots contributes the other one's number.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from autograd.lesson import exercises, procedures
from autograd.lesson.answers import number_in
from autograd.lesson.exercise import EXERCISES, Exercise
from autograd.lesson.figures import Figure, figure, plot
from autograd.lesson.judging import judge
from autograd.lesson.networks import tiny_network
from autograd.watching import watched_by

__all__ = [
    "Figure",
    "Result",
    "check",
    "exercises",
    "figure",
    "hint",
    "plot",
    "predict",
    "procedures",
    "reveal",
    "tiny_network",
]

_tries: dict[str, int] = {}
_guesses: dict[str, str] = {}
_depths: dict[str, int] = {}


@dataclass(frozen=True)
class Result:
    """What `check` found. A notebook shows nothing of it: the message has been printed.

    Attributes:
        ok: whether the answer is right; None if there was none.
        message: what was said.
        hint: which mistake was recognised, "" if none.
        tries: how many answers have been given to this exercise.
    """

    ok: bool | None
    message: str
    hint: str
    tries: int

    def _ipython_display_(self) -> None:
        """Nothing more to show."""


def check(name: str, answer: Any) -> Result:
    """Judge an answer, in one printed line; `None` and `...` are no answer yet.

    Takes numbers, fractions, numbers in quotes, Values, lists, dicts, words and functions, as the question asks.
    Your graph and your gradients stay as they are.
    """
    found = _find(name)
    if isinstance(found, str):
        return _said(Result(None, found, "", 0))
    if answer is None or answer is ...:
        return _said(Result(None, "Not answered yet: put your answer in place of the dots.", "", _tries.get(name, 0)))
    _tries[name] = _tries.get(name, 0) + 1
    with watched_by():  # what is computed here belongs to nobody's trace
        ok, message, mistake = judge(found, answer)
    return _said(Result(ok, message, mistake, _tries[name]))


def hint(name: str) -> None:
    """Print help with an exercise, more of it each time: a question, where to look, a like exercise worked."""
    found = _find(name)
    if isinstance(found, str):
        print(found)
        return
    depth = _depths.get(name, 0)
    _depths[name] = depth + 1
    print(found.hints[min(depth, len(found.hints) - 1)])


def predict(name: str, guess: Any) -> None:
    """Keep a guess until `reveal`. It is never judged: what surprises is what one learns from."""
    if guess is None or guess is ...:
        _guesses.pop(str(name), None)
        print("No guess yet. Make one: what surprises you here is what you will remember.")
        return
    _guesses[str(name)] = _shown(guess)
    print(f"Your guess: {_guesses[str(name)]}")


def reveal(name: str, result: Any) -> None:
    """Print a guess beside what came out.

    >>> predict("doctest", 4)
    Your guess: 4
    >>> reveal("doctest", 1.0)
    You guessed 4. It is 1.
    """
    guess = _guesses.get(str(name))
    print(f"You guessed {guess}. It is {_shown(result)}." if guess else f"It is {_shown(result)}.")


def _shown(given: Any) -> str:
    number = number_in(given)
    if isinstance(given, str):
        return given[:100]
    if number is not None:
        return f"{number.x:.6g}".replace("-", "−")
    if isinstance(given, list | tuple):
        return ", ".join(_shown(x) if isinstance(x, str) or number_in(x) else "…" for x in given[:20])
    return f"something of type {type(given).__name__}"


def _find(name: str) -> Exercise | str:
    """The exercise, or what to say where there is none."""
    if isinstance(name, str) and name in EXERCISES:
        return EXERCISES[name]
    alike = difflib.get_close_matches(str(name)[:100], EXERCISES, n=3) if isinstance(name, str) else []
    return "No exercise has this name" + (f": did you mean {' or '.join(alike)}?" if alike else ".")


def _said(result: Result) -> Result:
    print(result.message)
    return result
