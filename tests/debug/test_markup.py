"""The worked solution in Markdown and LaTeX."""

import pytest

from autograd import Value
from autograd.debug import solution


def square():
    x = Value(-3.0, label="x1")
    y = x**2
    y.label = "y"
    return y


def test_latex_by_hand():
    assert solution(square(), "latex") == (
        "\\begin{align*}\n"
        "y &= x_{1}^{2} = (-3)^{2} = 9\n"
        "\\end{align*}\n"
        "\\begin{align*}\n"
        "\\frac{\\partial y}{\\partial y} &= 1 \\\\\n"
        "\\frac{\\partial y}{\\partial x_{1}} &= +1 \\cdot (-6) = -6\n"
        "\\end{align*}"
    )


def test_markdown_by_hand():
    assert solution(square(), "markdown") == (
        "**Forward: each line computes one node from its operands**\n\n"
        "1. y = x1 \\*\\* 2 = (−3) \\*\\* 2 = **9**\n\n"
        "**Backward: upstream gradient × local derivative = what the operand gets.** The seed is ∂y/∂y = +1.\n\n"
        "| from | to | upstream × local | contribution | sum so far |\n"
        "|:--|:--|--:|--:|--:|\n"
        "| y = x1 \\*\\* 2 | x1 | +1 × (−6) | −6 |  |"
    )


def test_a_second_contribution_is_written_as_a_sum():
    x = Value(3.0, label="x")
    y = x * x
    y.label = "y"

    assert r"\frac{\partial y}{\partial x} &= +3 + (+1 \cdot 3) = +6" in solution(y, "latex")
    assert "| y = x × x | x | +1 × 3 | +3 | +6 |" in solution(y, "markdown")


@pytest.mark.parametrize("label", ["a|b", "a_b", "<b>", "$x$", "50%", "a&b", "x^2", "a\\b", "#1", "{y}"])
def test_a_label_is_no_markup(label):
    x = Value(2.0, label=label)
    latex, table = (solution(x * 1.0, markup) for markup in ("latex", "markdown"))

    assert latex.count("&=") == 3
    assert not any(
        f"{before}{special}" in latex for before in ("a", "5", "0", " ") for special in "$%#|" if special != "|"
    )
    assert all(row.replace(r"\|", "").count("|") == 6 for row in table.splitlines() if row.startswith("|"))


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("θ", r"\theta "),
        ("θ2", r"\theta _{2}"),
        ("Δx", r"\mathrm{\Delta x}"),
        ("loss_1", r"\mathrm{loss\_1}"),
        ("é", r"\text{é}"),
        ("重み_1", r"\text{重み\_1}"),
        ("→", r"\text{→}"),
        ("w12", "w_{12}"),
    ],
)
def test_letters_that_latex_does_not_know_are_its_commands_or_text(label, written):
    x = Value(2.0, label=label)

    assert solution(x * 3.0, "latex").splitlines()[1] == rf"v_{{1}} &= {written} \times  3 = 2 \times  3 = 6"


def test_an_unknown_markup_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="unknown markup 'html': use 'text' or 'markdown' or 'latex'"):
        solution(square(), "html")
