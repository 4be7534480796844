"""An exercise is a declaration: how to find the answer, and the wrong ways of finding one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EXERCISES: dict[str, Exercise] = {}

HINTS = {
    "value": "That is the node's value, not its slope.",
    "local": "That is the local derivative alone: multiply it by what arrives from above.",
    "sum": "Factors along one path multiply; you added.",
    "own": "The local derivative of a product is the OTHER factor.",
    "over": "A later contribution replaced an earlier one; a node used twice adds both up.",
    "two": "The derivative of a square brings a factor down in front; it is missing.",
    "fd": "That is a nudge's estimate, and its h was too large.",
}


@dataclass(frozen=True)
class Exercise:
    """A question of the course.

    Attributes:
        name: its lesson and its name there, as "3.da".
        prompt: the question.
        right: computes the answer with the engine: a number, a word, a list, a dict, or one of the kinds below.
        wrong: for each mistake that is known, its name in `HINTS` or the sentence to say, and the computation that
            makes it.
        why: one sentence for those who are right.
        hints: a question, where to look, and a like exercise, worked.
    """

    name: str
    prompt: str
    right: Callable[[], Any]
    wrong: Mapping[str, Callable[[], Any]]
    why: str
    hints: tuple[str, str, str]


@dataclass(frozen=True)
class Between:
    """The answer to an estimate: any number of a range."""

    low: float
    high: float


@dataclass(frozen=True)
class Same:
    """The answer is a function that agrees with this one at some points."""

    function: Callable[[float], float]
    probes: Sequence[float]


@dataclass(frozen=True)
class Such:
    """The answer is anything of which `complaint` gives nothing to complain of: "".

    It is asked only for a list of `size` numbers or words; `kind` is float or str. `example` is one that is right.
    """

    kind: type
    size: int
    complaint: Callable[[Any], str]
    example: list[Any]


def exercise(
    name: str,
    prompt: str,
    *,
    right: Callable[[], Any],
    wrong: Mapping[str, Callable[[], Any]] | None = None,
    why: str,
    hints: tuple[str, str, str],
) -> None:
    """Declare an exercise.

    Raises:
        ValueError: there is one of that name.
    """
    if name in EXERCISES:
        raise ValueError(f"there are two exercises called {name!r}")
    EXERCISES[name] = Exercise(name, prompt, right, wrong or {}, why, hints)
