"""The worked solution as Markdown, for notebooks and slides, and as LaTeX, for exams."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

FORWARD = "Forward: each line computes one node from its operands"
BACKWARD = "Backward: upstream gradient × local derivative = what the operand gets"
GREEK = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"  # those that have a command


def _command(letter: str) -> str:
    """The command of a Greek letter, as \\theta or \\Delta."""
    name = unicodedata.name(letter).split()[-1].replace("LAMDA", "LAMBDA")
    return f"\\{name.title() if letter.isupper() else name.lower()} "


IN_LATEX = {
    **{"×": r"\times ", "−": "-", "÷": "/", "…": r"\dots ", "·": r"\cdot ", "∂": r"\partial "},
    **{"\\": r"\backslash ", "~": r"\sim ", "^": r"\hat{}"},
    **{special: f"\\{special}" for special in "{}$&#%_"},
    **{letter: _command(letter) for letter in GREEK},
}


@dataclass(frozen=True)
class Computed:
    """A line of the forward pass: `name = formula = numbers = value`."""

    name: str
    formula: str
    numbers: str
    value: str


@dataclass(frozen=True)
class Sent:
    """A line of the backward pass: what `source` sends to `target`; `sums` is before and after, if it had something."""

    source: str
    made: str
    target: str
    factors: tuple[str, ...]
    product: str
    sums: tuple[str, str] | None


def markdown(root: str, forward: list[Computed], backward: list[Sent]) -> str:
    """The forward pass as a numbered list, the backward pass as a table."""
    rows = [
        [line.made, line.target, " × ".join(line.factors), line.product, line.sums[1] if line.sums else ""]
        for line in backward
    ]
    steps = [" = ".join(map(_escaped, (line.name, line.formula, line.numbers))) for line in forward]
    return "\n".join(
        [
            f"**{FORWARD}**",
            "",
            *(f"{k}. {step} = **{line.value}**" for k, (step, line) in enumerate(zip(steps, forward, strict=True), 1)),
            "",
            f"**{BACKWARD}.** The seed is {_escaped(f'∂{root}/∂{root}')} = +1.",
            "",
            "| from | to | upstream × local | contribution | sum so far |",
            "|:--|:--|--:|--:|--:|",
            *(f"| {' | '.join(map(_escaped, row))} |" for row in rows),
        ]
    )


def latex(root: str, forward: list[Computed], backward: list[Sent]) -> str:
    """Two `align*` environments of the package amsmath."""
    computed = [
        f"{math(line.name)} &= {math(line.formula)} = {math(line.numbers)} = {math(line.value)}" for line in forward
    ]
    sent = [f"{_partial(root, root)} &= 1"]
    for line in backward:
        product = r" \cdot ".join(map(math, line.factors)) or math(line.product)
        result = f"{product} = {math(line.product)}"
        if line.sums:
            result = f"{math(line.sums[0])} + ({product}) = {math(line.sums[1])}"
        sent.append(f"{_partial(root, line.target)} &= {result}")
    return "\n".join(_aligned(lines) for lines in (computed, sent) if lines)


def math(text: str) -> str:
    """A name, a formula or a number as LaTeX.

    >>> math("tanh(w1 × x)"), math("−4.248e−18")
    ('\\\\mathrm{tanh}(w_{1} \\\\times  x)', '-4.248\\\\mathrm{e}{-18}')
    """
    text = re.sub(r" \*\* (\(.*?\)|\S+)", r"**\1**", text)  # the exponent, marked at both ends
    pieces = re.findall(r"\*\*|\d+\.?\d*e−?\d+|[^\W\d_]\w*|.", text, re.DOTALL)
    shown, raised = [], False
    for piece in pieces:
        if piece == "**":
            raised = not raised
            shown.append("^{" if raised else "}")
        elif match := re.fullmatch(r"(\d+\.?\d*)e(−?\d+)", piece):
            shown.append(rf"{match[1]}\mathrm{{e}}{{{match[2].replace('−', '-')}}}")
        elif not all(c.isascii() or c in IN_LATEX for c in piece):  # a letter that mathematics does not know
            shown.append(rf"\text{{{piece.replace('_', chr(92) + '_')}}}")
        elif match := re.fullmatch(r"([^\W\d_])(\d*)", piece):
            shown.append(IN_LATEX.get(match[1], match[1]) + (f"_{{{match[2]}}}" if match[2] else ""))
        else:
            letters = "".join(IN_LATEX.get(c, c) for c in piece)
            shown.append(rf"\mathrm{{{letters}}}" if len(piece) > 1 else letters)
    return "".join(shown) + ("}" if raised else "")


def _partial(of: str, by: str) -> str:
    return rf"\frac{{\partial {math(of)}}}{{\partial {math(by)}}}"


def _aligned(lines: list[str]) -> str:
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", text)
