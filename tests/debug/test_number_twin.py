"""The numbers of the page are written as those of the pictures: the examples of tokens.json, in JavaScript too."""

import json
import shutil
import subprocess
from importlib.resources import files

import pytest

from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.tokens import tokens

NODE = shutil.which("node")
STORY = files("autograd.debug") / "static" / "story.js"
PROGRAM = """
import { formatNumber } from %s;
const numbers = JSON.parse(process.argv[1]).map(Number);
console.log(JSON.stringify(numbers.map((x) => [formatNumber(x), formatNumber(x, true)])));
"""


def in_javascript(numbers):
    words = [{"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(x), repr(x)) for x in numbers]
    program = PROGRAM % json.dumps(STORY.as_uri() if hasattr(STORY, "as_uri") else str(STORY))
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", program, "--", json.dumps(words)],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [tuple(pair) for pair in json.loads(done.stdout)]


@pytest.mark.skipif(NODE is None, reason="there is no node on this machine to run the JavaScript with")
def test_javascript_writes_the_examples_as_python_does():
    examples = tokens()["numbers"]["examples"]
    numbers = [float(example["value"]) for example in examples]

    assert in_javascript(numbers) == [(example["data"], example["grad"]) for example in examples]


@pytest.mark.skipif(NODE is None, reason="there is no node on this machine to run the JavaScript with")
def test_javascript_writes_other_numbers_as_python_does():
    numbers = [
        sign * digits * 10.0**power
        for sign in (1, -1)
        for digits in (1.0, 1.2345, 9.9995, 99.995)
        for power in range(-9, 9)
    ]

    assert in_javascript(numbers) == [(value_text(x), gradient_text(x)) for x in numbers]
