"""What `check` says to right, wrong and senseless answers, and what it never does."""

import math
import random
import re
from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import Value, debug, lesson, no_grad
from autograd.lesson import check, hint, predict, reveal
from autograd.lesson.answers import number_in
from autograd.lesson.exercise import EXERCISES, HINTS, Between, Same, Such


def fails(x):
    raise ZeroDivisionError


class Odd:
    """Somebody's class that cannot even be printed or compared."""

    def __repr__(self):
        raise RuntimeError

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


CYCLE = [1]
CYCLE.append(CYCLE)
NONSENSE = [
    "",
    " ",
    "1e",
    "1/0",
    "__import__('os')",
    "9" * 5000,
    "1e999999999999",
    [],
    (),
    {},
    CYCLE,
    [None],
    {"a": [1]},
    object(),
    Odd(),
    Odd,
    10**400,
    math.nan,
    -math.inf,
    1 + 2j,
    True,
    np.bool_(True),
    np.float64("nan"),
    np.zeros((2, 2)),
    b"12",
    fails,
    lambda: 1,
    lambda x: "x",
    lambda x: Odd(),
    Value(math.nan),
]


def answer_of(exercise):
    """A right answer, by the engine where one can be computed."""
    right = exercise.right()
    match right:
        case Between():
            return math.sqrt(right.low * right.high)
        case Same():
            return right.function
        case Such():
            return right.example
    return right


def number_of(exercise):
    """The right number; None where the answer is something else."""
    found = number_in(exercise.right())
    return found and found.x


ALL = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@ALL
def test_the_right_answer_is_right(exercise):
    assert check(exercise.name, answer_of(exercise)).ok is True


@ALL
def test_each_known_mistake_is_recognised(exercise):
    for name, procedure in exercise.wrong.items():
        result = check(exercise.name, procedure())

        assert (result.ok, result.hint) == (False, name)
        assert HINTS.get(name, name) in result.message


@ALL
def test_nonsense_is_wrong_and_raises_nothing(exercise):
    results = [check(exercise.name, nonsense) for nonsense in NONSENSE]

    assert {result.ok for result in results} == {False}
    assert min(len(result.message) for result in results) > 10


@ALL
def test_no_two_mistakes_give_one_answer_and_none_gives_the_right_one(exercise):
    found = [procedure() for procedure in exercise.wrong.values()]
    numbers = [number_in(x).x for x in found if number_in(x)]
    right = number_of(exercise)

    assert len(set(numbers)) == len(numbers)
    assert right is None or all(abs(x - right) > 1e-5 * max(1, abs(right)) for x in numbers)


def figures_in(message):
    """Every number in a text, whatever its format."""
    for found in re.findall(r"[−-]?\d+(?:[.,]\d+)?(?:e[−-]?\d+)?(?:/\d+)?", message):
        yield number_in(found.replace(",", ".")).x


def everything_said(exercise):
    right = number_of(exercise)
    near = [] if right is None else [-right, 2 * right, right / 2, 10 * right, right / 10, 1.01 * right + 1e-3]
    answers = [answer_of(exercise), *(wrong() for wrong in exercise.wrong.values()), *near, *NONSENSE, None]
    yield from (check(exercise.name, answer).message for answer in answers)
    yield from exercise.hints
    yield from HINTS.values()


@ALL
def test_no_message_holds_the_right_answer(exercise):
    right = exercise.right()
    number = number_of(exercise)
    for said in everything_said(exercise):
        if number is not None:
            rounded = [x for x in figures_in(said) if abs(x - number) <= 6e-4 * abs(number)]
            assert [x for x in rounded if x == number or x not in figures_in(exercise.prompt)] == []
        elif isinstance(right, str):
            assert not re.search(rf"(?<!\w){right}(?!\w)", said)
        elif isinstance(right, list):
            assert not all(any(abs(abs(x) - abs(y)) < 1e-3 for y in figures_in(said)) for x in right)


@ALL
def test_an_exercise_has_a_prompt_and_three_hints_that_differ(exercise):
    assert exercise.prompt
    assert len({*exercise.hints}) == 3
    assert exercise.why.endswith(".")
    assert not exercise.why[0].islower() or exercise.why.startswith(("b waits", "h2", "relu", "x²"))


# ---------------------------------------------------------------- what is taken


@pytest.mark.parametrize(
    "answer", [12, 12.0, Fraction(12), "12", " 12.0 ", "24/2", np.float32(12), np.int64(12), Value(12.0), 12.000001]
)
def test_a_number_may_come_in_many_forms(answer):
    assert check("1.cube", answer).ok


def test_taking_the_number_of_a_value_is_said():
    assert "number of the Value" in check("1.cube", Value(12.0)).message
    assert "Value" not in check("1.cube", 12).message


@pytest.mark.parametrize(("answer", "ok"), [("0.105", True), (0.105, True), ("0.10", False), (0.1049, False)])
def test_three_digits_are_enough_if_they_are_rounded_rightly(answer, ok):
    assert check("5.ds", answer).ok is ok


@pytest.mark.parametrize(("answer", "ok"), [(0.420, True), ("0.42", True), (0.42001, False), (0.4, False)])
def test_a_zero_at_the_end_of_three_digits_need_not_be_written(answer, ok):
    assert check("13.db", answer).ok is ok  # 0.41997; Python shows 0.420 as 0.42


def test_a_whole_number_is_not_taken_for_a_rounded_one():
    assert check("6.lse", 1001).message.startswith("That is the largest score alone")  # 1001.3133


@pytest.mark.parametrize("answer", [[-2, 0, 2], (-2, 0, 2.0), np.array([-2, 0, 2]), ["-2", Fraction(0), Value(2)]])
def test_a_row_of_numbers_may_come_in_many_forms(answer):
    assert check("17.norm", answer).ok


def test_of_a_row_it_is_said_how_many_are_right_and_where_the_first_other_stands():
    assert check("17.norm", [-2, 1, 2]).message == "Two of three are right; the first that is not stands at place 1."
    assert check("17.norm", [-2, 1, 1]).message == "One of three is right; the first that is not stands at place 1."
    assert check("17.norm", [1, 2]).message == "This asks for three numbers; two came."
    assert check("17.norm", [2, 4, 6]).message == "None of them is right yet. What is their mean?"


def test_of_a_row_with_all_signs_changed_that_is_said():
    assert check("11.bn", [1.342, 0.447, -0.447, -1.342]).hint == "sign"
    assert check("11.bn", [1.342, 0.447, 0.447, 1.342]).message.startswith("Two of four are right")


@pytest.mark.parametrize("answer", ["zero_grad", "zero_grad()", " Zero_Grad ", "x.zero_grad()", "optimizer.zero_grad"])
def test_a_word_is_compared_without_capitals_brackets_and_the_object_that_it_is_called_on(answer):
    assert check("7.forgot", answer).ok


@pytest.mark.parametrize("answer", ["voice", "speaker", "by_voice"])
def test_words_that_were_not_offered_are_not_called_wrong(answer):
    assert check("17.split", answer).message == "Answer with one of those that stand in quotes in the question."


@pytest.mark.parametrize(("name", "answer"), [("10.chain3", "0.25**4"), ("10.ln2", "log(2)"), ("10.clip", "(3, 4)")])
def test_of_a_formula_in_quotes_it_is_said_that_it_goes_without(name, answer):
    assert check(name, answer).message.endswith("a formula or a list goes without quotes.")


def test_of_a_function_the_first_input_is_named_at_which_it_fails():
    result = check("5.own", lambda x: 0.5)

    assert result.message == "At x = -30 the function returns 0.5, which is not right."


def test_of_an_order_it_is_said_who_speaks_too_early():
    assert check("4.order", ["L", "u", "v", "c", "a", "b"]).message.startswith("u speaks too early")


def test_of_an_order_or_of_weights_it_is_said_where_something_else_stands():
    assert check("4.order", ["L", "v", "u", "c", "a", 2]).message == "What stands at place 5 is no label."
    assert check("9.xor", [1, [1, 0], 1]).message == "What stands at place 1 is no number."


def test_weights_are_tried_at_every_corner():
    assert check("9.xor", [1, 1, 0, 1, 1, -1, 1, 0, 0]).message.startswith("At (1, 1) your network gives 2")


# ---------------------------------------------------------------- the order of judging


@pytest.mark.parametrize(
    ("answer", "hint"),
    [("six", "type"), (math.nan, "nan"), (6, "sign"), (-3, "two"), (-12, "factor"), (-0.6, "factor"), (-6.05, "near")],
)
def test_the_first_thing_that_can_be_said_is_said(answer, hint):
    assert check("3.dv", answer).hint == hint


@pytest.mark.parametrize("h", [1e-7, 1e-9, 1e-12, -1e-8])
def test_a_small_nudge_is_not_taken_for_one_that_is_lost(h):
    assert check("1.best_h", h).hint == "question"  # 1e-16 is: the difference to it is small for each of these


@pytest.mark.parametrize("count", [336.5, 338, 340])
def test_of_a_count_it_is_not_said_that_it_was_rounded(count):
    assert check("9.params", count).hint == "question"


def test_else_the_first_question_is_asked():
    assert check("3.dv", -1234).message == f"Not yet. {EXERCISES['3.dv'].hints[0]}"


def test_infinity_is_recognised_where_a_wrong_procedure_gives_it():
    assert "take the largest out" in check("6.lse", math.inf).message


def test_tries_are_counted_and_an_open_answer_is_none():
    before = check("1.cube", ...).tries

    assert check("1.cube", None) == lesson.Result(None, check("1.cube", ...).message, "", before)
    assert check("1.cube", 1).tries == before + 1


def test_a_name_that_is_no_exercise_gets_near_ones():
    assert "did you mean 3.dv" in check("3.dw", 1).message
    assert check(Odd(), 1).ok is None


# ---------------------------------------------------------------- what a check never does


def test_a_check_changes_no_graph_no_gradient_and_no_chance():
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    answers = {name: answer_of(exercise) for name, exercise in EXERCISES.items()}
    chance = random.getstate()
    with debug.trace() as seen, no_grad():
        results = [(check(name, x), check(name, answer)) for name, answer in answers.items()]

    assert all(right.ok for _, right in results)
    assert len(seen.events) == 0
    assert (x.data, x.grad, y.grad, y.operands) == (3.0, 6.0, 1.0, (x, x))
    assert random.getstate() == chance


def test_every_exercise_can_be_asked_where_no_other_package_is_installed(run_python):
    program = """
import sys
for name in ("numpy", "matplotlib", "graphviz", "tqdm"):
    sys.modules[name] = None
from autograd.lesson import check
from autograd.lesson.exercise import EXERCISES
print(sum(check(name, 12345).ok is False for name in EXERCISES) == len(EXERCISES))
"""

    assert run_python(program).splitlines()[-1] == "True"


def test_a_notebook_does_not_show_the_message_a_second_time(capsys):
    assert check("1.cube", 12)._ipython_display_() is None
    assert capsys.readouterr().out.count("\n") == 1


# ---------------------------------------------------------------- hints and guesses


def test_hints_go_deeper_and_stay_at_the_last(capsys, monkeypatch):
    monkeypatch.setattr(lesson, "_depths", {})
    for _ in range(4):
        hint("3.da")

    question, where, worked = EXERCISES["3.da"].hints
    assert capsys.readouterr().out.splitlines() == [question, where, worked, worked]


def test_a_hint_for_an_unknown_exercise_says_so(capsys):
    hint("3.xy")

    assert capsys.readouterr().out.startswith("No exercise has this name")


def test_a_guess_stands_beside_what_came_out_and_is_not_judged(capsys):
    predict("test.fastest", "a")
    reveal("test.fastest", "b")
    predict("test.fastest", ...)
    reveal("test.fastest", [1, 2.5, "x"])

    assert capsys.readouterr().out.splitlines() == [
        "Your guess: a",
        "You guessed a. It is b.",
        "No guess yet. Make one: what surprises you here is what you will remember.",
        "It is 1, 2.5, x.",
    ]


def test_any_guess_can_be_kept(capsys):
    for nonsense in NONSENSE:
        predict("test.any", nonsense)
        reveal("test.any", nonsense)

    assert len(capsys.readouterr().out.splitlines()) == 2 * len(NONSENSE)


def test_lessons_are_reached_from_the_package():
    assert autograd.lesson is lesson
