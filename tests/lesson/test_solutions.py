"""The page of solutions: what stands on it is what `check` takes, and what it says to wrong answers."""

from html.parser import HTMLParser

import pytest

from autograd.__main__ import main
from autograd.lesson import check, series, solutions
from autograd.lesson.exercise import EXERCISES, Exercise, Same, Such


class Page(HTMLParser):
    """The solutions by name: the answer, and rows of what is wrong and what that tells."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.found, self.inside = set(), {}, ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "b":
            self.name = data
            self.found[data] = {"answer": "", "cells": [], "text": ""}
        elif self.found:
            here = self.found[self.name]
            here["text"] += data
            if self.inside == "strong":
                here["answer"] = data
            if self.inside == "td":
                here["cells"].append(data)


def shown():
    return Page(solutions.page(series.headings())).found


def row(text):
    return text.strip("[]").split(", ")


def given_back(exercise, text):
    """The printed answer in the form in which a learner hands it in."""
    right = exercise.right()
    if isinstance(right, Same):
        pairs = [pair.removeprefix("f(").split(") = ") for pair in text.removeprefix("a function f with ").split("; ")]
        table = {float(x.replace("−", "-")): y for x, y in pairs}
        return table.__getitem__
    if isinstance(right, Such):
        return row(text.removesuffix(", for example"))
    if isinstance(right, list):
        return row(text)
    return text.partition(",")[0]


def asked():
    numbers = series.headings()
    return {name: one for name, one in EXERCISES.items() if name.split(".")[0] in numbers}


def test_every_exercise_of_the_lessons_stands_there_with_all_that_is_known_of_it():
    found = shown()

    assert [*found] == sorted(asked(), key=lambda name: int(name.split(".")[0]))
    for name, exercise in asked().items():
        assert exercise.prompt in found[name]["text"]
        assert exercise.why in found[name]["text"]
        assert len(found[name]["cells"]) == 2 * len(exercise.wrong)


def test_check_takes_every_answer_that_stands_there():
    for name, solution in shown().items():
        assert check(name, given_back(EXERCISES[name], solution["answer"])).ok is True, name


def test_check_says_to_every_wrong_answer_what_stands_beside_it():
    for name, solution in shown().items():
        for answer, means in zip(solution["cells"][::2], solution["cells"][1::2], strict=True):
            if not isinstance(EXERCISES[name].right(), Same):
                wrong = row(answer) if isinstance(EXERCISES[name].right(), list) else answer

                assert check(name, wrong).message == means


def test_of_a_wrong_function_the_first_number_that_shows_it_is_given():
    cells = shown()["5.own"]["cells"]

    assert [cells[0], cells[2]] == ["f(−2) = 0.135335", "f(−30) = −1"]  # e⁻²; tanh(−30)


def test_what_is_declared_cannot_become_markup(monkeypatch):
    hostile = '<script>alert(1)</script> & "quoted"'
    exercise = Exercise("1.<img>", hostile, lambda: hostile, {hostile: lambda: f"{hostile}!"}, hostile, ("", "", ""))
    tags = Page(solutions.page({"1": "one"})).tags
    monkeypatch.setitem(EXERCISES, exercise.name, exercise)
    page = Page(solutions.page({"1": hostile}))
    solution = page.found["1.<img>"]

    assert page.tags == tags
    assert (solution["answer"], solution["cells"]) == (hostile, [f"{hostile}!", hostile])


def test_the_command_writes_them_only_when_asked(tmp_path):
    assert main(["notebooks", str(tmp_path)]) == 0
    assert not (tmp_path / "solutions.html").exists()
    assert main(["notebooks", str(tmp_path), "--solutions"]) == 0
    assert (tmp_path / "solutions.html").read_text("utf-8") == solutions.page(series.headings())


def test_a_page_with_notes_of_ones_own_is_kept(tmp_path, capsys):
    mine = tmp_path / "solutions.html"
    mine.write_text("my notes")

    assert main(["notebooks", str(tmp_path), "--solutions"]) == 0
    assert mine.read_text() == "my notes"
    assert f"kept {mine}" in capsys.readouterr().out


def test_the_page_refers_to_nothing_outside_itself():
    assert not Page(solutions.page(series.headings())).tags & {"script", "link", "img", "a"}


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_page_is_the_same_every_time(seed, run_python):
    program = (
        "import hashlib; from autograd.lesson import series, solutions; "
        "print(hashlib.sha256(solutions.page(series.headings()).encode()).hexdigest())"
    )

    assert run_python(program, PYTHONHASHSEED=seed) == run_python(program, PYTHONHASHSEED="3")
