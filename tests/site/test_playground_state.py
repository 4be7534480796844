"""What the playground takes from a link or a file, run by node."""

import json
import shutil
import subprocess
from pathlib import Path

import playground
import pytest
from playground import bridge

NODE = shutil.which("node")
FOLDER = Path(playground.__file__).parent
pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node to run the page's JavaScript with")
FIRST = {"stepgrad": 1, "expression": "x*x", "numbers": {"x": 2}}


def run(program, given=None, module=FOLDER / "state.js"):
    """What a JavaScript expression over `given` and the names of a module gives, by way of JSON."""
    text = f"""
        import * as js from {json.dumps(module.as_uri())};
        import {{ readFileSync }} from "node:fs";
        const given = JSON.parse(readFileSync(0, "utf8"));
        const taken = (read) => {{ try {{ return read(); }} catch (error) {{ return error.message; }} }};
        console.log(JSON.stringify({program}));
    """
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", text], input=json.dumps(given), capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def taken(*texts):
    return run("given.map((text) => taken(() => js.stateFrom(text)))", texts)


def test_a_state_comes_back_from_its_link_and_its_file_as_it_was():
    state = {
        "expression": 'ä = tanh("<&#%") * 2',
        "numbers": {"x": -0.1, "ä": 1e-300, "__proto__": 3, "toString": 4},
        "place": 2,
        "position": 17,
        "theme": "dark",
        "network": {
            "hidden": 1,
            "activation": "relu",
            "rate": 0.25,
            "seed": 7,
            "steps": 12,
            "weights": [0.1, -1e-9, 3, 4, 5],
        },
    }
    program = "[js.stateInLink(js.linkTo(given)), js.stateFrom(js.textOf(given, 2))]"

    # JSON.parse makes an own property of __proto__, which a table has to keep
    assert run(program, state) == [state, state]


def test_the_first_state_is_what_an_empty_file_means():
    assert run("[js.stateFrom('{\"stepgrad\": 1}'), js.firstState()]")[0] == run("js.firstState()")


def test_no_fragment_is_no_state():
    assert run("[js.stateInLink(''), js.stateInLink('#')]") == [None, None]


def test_the_answer_that_is_kept_belongs_to_the_first_state():
    first = run("js.firstState()")
    question = {"about": "expression", "text": first["expression"], "numbers": first["numbers"]}

    assert playground.first() == bridge.answer(json.dumps(question))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no JSON"),
        ("<img src=x onerror=alert(1)>", "no JSON"),
        ("null", "does not say"),
        ("[]", "does not say"),
        ('"stepgrad"', "does not say"),
        ("[" * 9_999 + "]" * 9_999, "does not say"),
        ('{"stepgrad": 2}', "does not say"),
        ('{"stepgrad": 1, "numbers": {"x": NaN}}', "no JSON"),
        (" " * 20_001, "20001 characters"),
    ],
    ids=lambda text: text[:20],
)
def test_what_holds_no_state_is_refused(text, complaint):
    assert complaint in taken(text)[0]


@pytest.mark.parametrize(
    "facts",
    [
        {"expression": 5},
        {"expression": ["x"]},
        {"numbers": [1, 2]},
        {"numbers": "x=1"},
        {"numbers": {"x": "1"}},
        {"numbers": {"x": None}},
        {"numbers": {"x": {"toString": 1}}},
        {"numbers": {"x": 1e13}},
        {"numbers": {"<b>": 1}},
        {"numbers": {"x y": 1}},
        {"numbers": {"": 1}},
        {"numbers": {"x" * 31: 1}},
        {"numbers": {f"x{i}": 1 for i in range(51)}},
        {"place": -1},
        {"place": "0"},
        {"position": 1.5},
        {"position": -1},
        {"position": 1e7},
        {"theme": "javascript:alert(1)"},
        {"theme": {}},
        {"network": []},
        {"network": {"hidden": 17}},
        {"network": {"hidden": 0.5}},
        {"network": {"activation": "a b"}},
        {"network": {"activation": ["relu"]}},
        {"network": {"rate": 0}},
        {"network": {"seed": -1}},
        {"network": {"steps": -1}},
        {"network": {"weights": {"length": 3}}},
        {"network": {"weights": [1] * 101}},
        {"network": {"weights": [None]}},
    ],
    ids=lambda facts: json.dumps(facts)[:40],
)
def test_what_is_of_the_wrong_kind_is_refused_in_words(facts):
    (refused,) = taken(json.dumps({**FIRST, **facts}))

    assert isinstance(refused, str)
    assert refused.startswith(("its ", "it ", "one of its "))


def test_infinity_hidden_in_digits_is_refused():
    assert "is no number" in taken('{"stepgrad": 1, "numbers": {"x": 1e999}}')[0]


def test_what_nobody_asked_for_is_left_behind():
    (state,) = taken(
        json.dumps({**FIRST, "script": "alert(1)", "network": {"hidden": 2, "url": "https://example.org"}})
    )

    assert state.keys() == {"expression", "numbers", "place", "position", "theme", "network"}
    assert state["network"].keys() == {"hidden", "activation", "rate", "seed", "steps", "weights"}


@pytest.mark.parametrize(
    "fragment", ["#%E0%A4%A", "#" + "%20" * 20_001, "#" + "x" * 10_000_000], ids=["damaged", "long", "10 MB"]
)
def test_a_damaged_or_endless_link_is_refused(fragment):
    assert isinstance(run("taken(() => js.stateInLink(given))", fragment), str)


def test_the_border_runs_where_the_score_is_nought(playground_folder):
    field = [[x - 2.25 for x in range(5)] for _ in range(3)]
    path = run("js.border(given, (i, j) => [10 * i, 10 * j])", field, playground_folder / "network.js")

    assert path == "M22.5 0.0L22.5 10.0M22.5 10.0L22.5 20.0"
