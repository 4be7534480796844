"""How an answer is judged: what is said of it, in which order. What is right is never said."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from autograd.lesson.answers import Number, is_right, items_in, number_in, word_in
from autograd.lesson.exercise import HINTS, Between, Exercise, Same, Such
from autograd.value import Value

Verdict = tuple[bool, str, str]  # whether it is right, what is said, and which hint that was
COUNTS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SIGN = "The size is right, the sign is not: if it is nudged up, does the result rise or fall?"
FACTORS = {
    2.0: "Twice what it should be: is something counted double?",
    0.5: "Half of what it should be: is a path, or a factor, forgotten?",
    10.0: "A power of ten too large: look at the decimal point.",
    0.1: "A power of ten too small: look at the decimal point.",
}
NEAR = "Near, but it can be had exactly: was something rounded on the way, or estimated by a nudge?"


def judge(exercise: Exercise, answer: Any) -> Verdict:
    """The verdict on an answer that was given."""
    right = _plain(exercise.right())
    match right:
        case Same():
            return _function(exercise, right, answer)
        case Such():
            return _such(exercise, right, answer)
        case Between():
            return _estimate(exercise, right, answer)
        case str():
            return _word(exercise, right, answer)
        case list():
            return _list(exercise, right, answer)
        case Mapping():
            return _dict(exercise, right, answer)
    return _number(exercise, right, answer)


def _plain(found: Any) -> Any:
    """What an exercise computes, the number of a Value in its place."""
    return found._data if isinstance(found, Value) else found


def _is_right(exercise: Exercise, given: Number | None = None) -> Verdict:
    taken = " (I took the number of the Value.)" if given and given.of_value else ""
    return True, f"Right. {exercise.why}{taken}", ""


def _wrong_type(wanted: str, answer: Any) -> Verdict:
    if isinstance(answer, bool):
        return False, f"This asks for {wanted}; True and False are none.", "type"
    if isinstance(answer, str):
        why = "does not read as that: a formula or a list goes without quotes" if answer.strip() else "is empty"
        return False, f"This asks for {wanted}; the text that was given {why}.", "type"
    return False, f"This asks for {wanted}, and was given something of type {type(answer).__name__}.", "type"


def _else(exercise: Exercise) -> Verdict:
    return False, f"Not yet. {exercise.hints[0]}", "question"


def _unusable(exercise: Exercise, x: float) -> Verdict | None:
    if math.isfinite(x):
        return None
    if known := _known_mistake(exercise, lambda wrong: wrong == x):
        return known
    what = "nan" if math.isnan(x) else "inf"
    return False, f"{what} is no answer here: something was undefined or too large on the way.", what


def _known_mistake(exercise: Exercise, is_it: Callable[[Any], bool]) -> Verdict | None:
    """The first of the wrong procedures that gives this answer."""
    for name, procedure in exercise.wrong.items():
        if is_it(_plain(procedure())):
            return False, HINTS.get(name, name), name
    return None


def _number(exercise: Exercise, right: float, answer: Any) -> Verdict:
    given = number_in(answer)
    if given is None:
        return _wrong_type("a number", answer)
    if unusable := _unusable(exercise, given.x):
        return unusable
    if is_right(given, right):
        return _is_right(exercise, given)
    return _known_mistake(exercise, lambda wrong: is_right(given, wrong)) or _off(exercise, given, right)


def _off(exercise: Exercise, given: Number, right: float) -> Verdict:
    """What can be said of a number that no known mistake gives."""
    if right == 0.0:
        return _else(exercise)
    if is_right(given, -right):
        return False, SIGN, "sign"
    for factor, words in FACTORS.items():
        if is_right(given, factor * right):
            return False, words, "factor"
    if abs(given.x - right) < 0.02 * abs(right) and not isinstance(right, int):  # a count is never estimated
        return False, NEAR, "near"
    return _else(exercise)


def _estimate(exercise: Exercise, right: Between, answer: Any) -> Verdict:
    given = number_in(answer)
    if given is None:
        return _wrong_type("a number", answer)
    if unusable := _unusable(exercise, given.x):
        return unusable
    if right.low <= given.x <= right.high:
        return _is_right(exercise, given)
    # Estimates may be tiny, as a nudge is: what is near is told by the ratio, not by the difference.
    return _known_mistake(exercise, lambda wrong: math.isclose(given.x, wrong, rel_tol=1e-6)) or _else(exercise)


def _word(exercise: Exercise, right: str, answer: Any) -> Verdict:
    word = word_in(answer)
    if not word:
        return _wrong_type("a word, in quotes", answer)
    if word == word_in(right):
        return _is_right(exercise)
    if known := _known_mistake(exercise, lambda wrong: word == word_in(wrong)):
        return known
    offered = [word_in(words) for words in re.findall('"(.+?)"', exercise.prompt)]
    if offered and word not in offered:  # it may mean the right one: a question back would call it wrong
        return False, "Answer with one of those that stand in quotes in the question.", "offered"
    return _else(exercise)


def _list(exercise: Exercise, right: list[float], answer: Any) -> Verdict:
    items = items_in(answer)
    if items is None:
        return _wrong_type("a list of numbers", answer)
    return _row(exercise, {f"at place {place}": x for place, x in enumerate(right)}, dict(enumerate(items)))


def _dict(exercise: Exercise, right: Mapping[str, float], answer: Any) -> Verdict:
    if not isinstance(answer, dict):
        return _wrong_type("a dict of numbers by name", answer)
    missing = [name for name in right if name not in answer]
    if missing:
        return False, f"Nothing is given for {missing[0]}.", "missing"
    return _row(exercise, right, {name: answer[name] for name in right})


def _row(exercise: Exercise, right: Mapping[str, float], answer: Mapping[Any, Any]) -> Verdict:
    """Several numbers: how many are right, and which is the first that is not."""
    if len(answer) != len(right):
        return False, f"This asks for {_count(len(right))} numbers; {_count(len(answer))} came.", "length"
    given = [number_in(item) for item in answer.values()]
    if None in given:
        place = list(right)[given.index(None)]
        return False, f"What stands {_where(place)} is no number.", "type"
    numbers = [number for number in given if number is not None]
    for number in numbers:
        if unusable := _unusable(exercise, number.x):
            return unusable
    fits = [is_right(number, x) for number, x in zip(numbers, right.values(), strict=True)]
    if all(fits):
        return _is_right(exercise)

    def is_it(wrong: Any) -> bool:
        row = list(wrong.values() if isinstance(wrong, Mapping) else wrong)
        return len(row) == len(numbers) and all(map(is_right, numbers, row))

    if known := _known_mistake(exercise, is_it):
        return known
    if is_it([-x for x in right.values()]):
        return False, SIGN, "sign"
    if not any(fits):
        return False, f"None of them is right yet. {exercise.hints[0]}", "question"
    place = list(right)[fits.index(False)]
    right_ones = f"{_count(sum(fits))} of {_count(len(fits))} {'is' if sum(fits) == 1 else 'are'} right"
    return False, f"{right_ones.capitalize()}; the first that is not stands {_where(place)}.", "row"


def _where(place: str) -> str:
    return place if place.startswith("at place") else f"at {place}"


def _count(count: int) -> str:
    return COUNTS[count] if count < len(COUNTS) else "many"


def _function(exercise: Exercise, right: Same, answer: Any) -> Verdict:
    if not callable(answer):
        return _wrong_type("a function", answer)
    mistaken = None
    for x in right.probes:
        try:
            out = answer(x)
        except Exception as error:  # of somebody else's function, whatever it may be
            return False, f"At x = {x:g} the function raises {type(error).__name__}.", "raises"
        given = number_in(out)
        if given is None:
            return False, f"At x = {x:g} the function returns {type(out).__name__}, which is no number.", "type"
        if not is_right(given, right.function(x)):
            mistaken = mistaken or (x, given.x)
    if mistaken is None:
        return _is_right(exercise)
    x, out = mistaken
    said = f"At x = {x:g} the function returns {out:g}, which is not right."
    known = _known_mistake(exercise, lambda wrong: _agree(answer, wrong, right.probes))
    return (False, f"{said} {known[1]}", known[2]) if known else (False, said, "probe")


def _agree(answer: Callable[[float], Any], wrong: Callable[[float], float], probes: Any) -> bool:
    pairs = [(number_in(answer(x)), wrong(x)) for x in probes]
    return all(
        given is not None and (given.x == x or is_right(given, x) or given.x != given.x != x) for given, x in pairs
    )


def _such(exercise: Exercise, right: Such, answer: Any) -> Verdict:
    what = "number" if right.kind is float else "label"
    items = items_in(answer)
    if items is None:
        return _wrong_type(f"a list of {what}s", answer)
    read = [(found := number_in(x)) and found.x if right.kind is float else word_in(x) for x in items]
    if None in read:
        return False, f"What stands at place {read.index(None)} is no {what}.", "type"
    if len(read) != right.size:
        return False, f"This asks for {_count(right.size)} {what}s; {_count(len(read))} came.", "length"
    complaint = right.complaint(read)
    return (False, complaint, "such") if complaint else _is_right(exercise)
