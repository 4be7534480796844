"""The teacher's page: every lesson and question is on it, plans fill their time, commands and links are good."""

import re
import shlex
from pathlib import Path

import pytest

from autograd.__main__ import main
from autograd.lesson import series
from autograd.lesson.worksheet import LEVELS

PAGE = Path(__file__).parents[2] / "site" / "guides" / "teaching.md"
PARTS = dict(part.split("\n", 1) for part in PAGE.read_text("utf-8").split("\n## ")[1:])
LESSONS = range(1, 19)


def rows(part):
    """The cells of a table's rows, without its head."""
    lines = [line for line in PARTS[part].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_plans_cover_every_lesson_once_in_45_minutes_each():
    plans = rows("Periods of 45 minutes")

    assert [int(number) for plan in plans for number in plan[1].split(", ")] == [*LESSONS]
    assert {sum(map(int, plan[2:7])) for plan in plans} == {45}


def test_each_lesson_stands_there_under_its_name():
    found = {number: name for number, name, *_ in rows("What each lesson teaches, and what it meets")}
    headings = series.headings()

    assert [*found] == [str(number) for number in LESSONS]
    assert {number: f"{number} · {found[number]}" for number in headings} == headings


def test_all_twenty_questions_are_answered_by_a_lesson():
    questions = rows("Twenty questions, and where they are answered")

    assert [int(number) for number, _, _ in questions] == [*range(1, 21)]
    assert all({*map(int, re.findall(r"\d+", where))} - {0} <= {*LESSONS} for _, _, where in questions)


def test_the_levels_of_worksheets_are_those_that_there_are():
    found = {int(level): int(operations) for level, operations, *_ in rows("Worksheets")}

    assert found == {level: wanted.operations for level, wanted in LEVELS.items()}


def test_every_link_leads_to_something():
    links = re.findall(r"\]\((.+?)\)", PAGE.read_text("utf-8"))

    assert len(links) > 10
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


COMMANDS = re.findall(r"^stepgrad [^#\n]+", PAGE.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_run(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert main(shlex.split(command)[1:]) == 0
    assert [*tmp_path.iterdir()]
