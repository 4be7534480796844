"""How numbers are written: the examples of the visual language, and what holds for every number."""

import json
import math
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.draw.numbers import gradient_text, value_text

EXAMPLES = json.loads(files("autograd.draw").joinpath("tokens.json").read_text("utf-8"))["numbers"]["examples"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["value"]))
def test_every_example_of_the_tokens_is_written_as_it_says(example):
    x = float(example["value"])

    assert (value_text(x), gradient_text(x)) == (example["data"], example["grad"])


def test_a_gradient_that_nobody_computed_is_not_zero():
    assert gradient_text(None) == "not computed"


@pytest.mark.parametrize(
    ("x", "digits", "text"),
    [
        (1234.5678, 3, "1235"),  # whole digits are kept
        (0.0012345, 3, "0.00123"),
        (99999.7, 4, "1e5"),  # rounding decides about the notation
        (0.00099999, 4, "0.001"),
        (0.00099994, 4, "9.999e−4"),
        (5e-324, 4, "4.941e−324"),
        (2.5, 1, "3"),  # half away from zero
        (-2.5, 1, "−3"),
    ],
)
def test_digits_and_rounding(x, digits, text):
    assert value_text(x, digits) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_shown_is_the_number_to_four_digits(x):
    shown = Decimal(value_text(x).replace("−", "-"))

    assert abs(shown - Decimal(x)) <= abs(Decimal(x)) * Decimal("0.0005")


@given(st.floats())
def test_no_number_is_shown_with_an_ascii_minus_or_as_a_rounded_zero(x):
    text = gradient_text(x)

    assert "-" not in text
    assert (text == "0") == (x == 0)
    assert text.startswith(("+", "−", "0", "nan"))
    assert text.startswith("−") == (x < 0 and not math.isnan(x))
