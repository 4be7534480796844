"""An op in formulas, made of its declaration: value, local derivatives, kinks, domain.

Nothing here knows a formula. The op and its rules are applied to labelled Values, on each side of every kink and on it,
and the graph that comes out is written; pieces that read alike are joined.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from latex2mathml.converter import convert

from autograd.activations import Activation
from autograd.debug import markup
from autograd.debug.words import applied, written
from autograd.draw.numbers import value_text
from autograd.op import Op
from autograd.value import Value

OTHERS = {0: (), 1: (2.0,), 2: (-1.0, 1.0)}  # the numbers of operands that have no default, by how many there are
LENGTH = 2  # of a list
WIDEST = 36  # characters of a formula; a longer one is shown as text, which breaks into lines
AWAY = 0.7  # from a kink
WORD = re.compile(r"<mo>([a-z]{2,}|&#x0221E;)</mo>")  # max and ∞ have no space of an operator around them,
BESIDE_WORD = re.compile(r"(?<=</mi>)(?=<mi>[a-z]{2})|(?<=[a-z]{2}</mi>)(?=<m(?:i|frac)>)")  # but a thin one
SHIFT = 1.25  # to other numbers, at which a formula must read the same


# ---------------------------------------------------------------- what stands on the page


def formulas(op: Op) -> Iterator[str]:
    """The value: as LaTeX where that is declared, else the formula written out, else the op by its name."""
    if isinstance(op, Activation) and op.latex:
        yield mathml(rf"\mathrm{{out}} = {op.latex}")
        return
    try:
        found, again = (pieces(op, lambda row, out: op.forward(*op.grouped(row)), by) for by in (0.0, SHIFT))
    except (AttributeError, TypeError):  # the formula ends in a function of floats
        found = again = []
    if op.index or not found or found != again:  # numbers have crept in, as the maximum that logsumexp takes out
        found = [("", applied(op.name, [x.label for x in operands(op, AWAY)]))]
    for where, text in found:
        yield equation(r"\mathrm{out} =", text, where)


def derivatives(op: Op) -> Iterator[str]:
    """The local derivative by each operand; of a list by its first member, and by the second if it matters which."""
    for place in range(len(op.operands)):
        is_list = place < op.lists
        first = place * LENGTH if is_list else op.lists * (LENGTH - 1) + place
        chosen = f"{op.index} = 0" if op.index and is_list else ""
        for slot in range(first, first + (2 if chosen else 1)):
            label = operands(op, AWAY)[slot].label
            for where, text in pieces(op, rule(op, slot)):
                yield equation(rf"\frac{{\partial}}{{\partial {markup.math(label)}}} =", text, where or chosen)


def limits(op: Op) -> Iterator[str]:
    """Kinks, domain, range and the steepest point, as far as they are declared."""
    first = markup.math(op.operands[0])
    if op.lists and op.kinks:
        yield "jumps"
    if ends := kinks(op):
        shown = ", ".join(markup.math(name_of(end)) for end in ends)
        yield f"kinks at {mathml(f'{first} = {shown}')}"
    low, high = op.domain
    if math.isfinite(low) and math.isfinite(high):
        yield f"smooth for {mathml(f'{bound(low)} < {first} < {bound(high)}')}"
    elif math.isfinite(low):
        yield f"smooth for {mathml(f'{first} > {bound(low)}')}"
    if isinstance(op, Activation):
        low, high = op.range
        if math.isfinite(low) or math.isfinite(high):
            yield f"values between {mathml(bound(low))} and {mathml(bound(high))}"
        if math.isfinite(op.steepest) and is_a_peak(op):
            yield f"steepest at {mathml(f'{first} = {bound(op.steepest)}')}"


def is_a_peak(op: Activation) -> bool:
    """Whether an activation is steepest in one point alone, and not all along a straight piece."""
    beside = (op.derivative(op.steepest + way) for way in (-0.1, 0.1))
    return op.derivative(op.steepest) not in beside


def equation(left: str, text: str, where: str) -> str:
    """What is left of the sign as LaTeX, what is right of it as it is written, and for which operands it holds."""
    if len(text) > WIDEST:
        whole = f"{mathml(left)} <code>{escape(text)}</code>"
    else:
        whole = mathml(left + markup.math(text))
    return whole + (f' <span class="where">for {mathml(markup.math(where))}</span>' if where else "")


def mathml(latex: str) -> str:
    """LaTeX as MathML, which browsers show without any script."""
    for sign, command in (("≤", r"\le "), ("≥", r"\ge ")):
        latex = latex.replace(rf"\text{{{sign}}}", command)
    made = WORD.sub(r"<mi>\1</mi>", convert(latex).replace(' display="inline"', ""))
    return BESIDE_WORD.sub('<mspace width="0.17em"></mspace>', made)


def bound(x: float) -> str:
    """A number as LaTeX."""
    if math.isinf(x):
        return r"\infty" if x > 0 else r"-\infty"
    if math.isclose(abs(x), math.pi / 2.0):
        return r"\pi / 2" if x > 0 else r"-\pi / 2"
    return markup.math(value_text(x))


# ---------------------------------------------------------------- labelled operands


def operands(op: Op, first: float) -> list[Value]:
    """The operands of an op in one row, labelled by their names: the first a given number, the others fixed."""
    if op.lists:
        stems = [name.removesuffix("s") for name in op.operands[: op.lists]]
        row = [Value(first + k, label=f"{stem}{k + 1}") for stem in stems for k in range(LENGTH)]
        return row + [Value(0.0, label=name) for name in op.operands[op.lists :]]
    return [Value(number, label=name) for name, number in zip(op.operands, (first, *defaults(op)), strict=True)]


def defaults(op: Op) -> tuple[float, ...]:
    """Numbers for the operands after the first: as declared, or some that show what the op does."""
    declared = [parameter.default for parameter in op.signature.parameters.values()][1:]
    return OTHERS[len(declared)] if inspect.Parameter.empty in declared else tuple(declared)


def kinks(op: Op) -> list[Any]:
    """The kinks of the first operand in ascending order: numbers, or the operands where they lie. Lists have none."""
    if op.lists:
        return []
    return sorted(op.kinks(*operands(op, AWAY)) if callable(op.kinks) else op.kinks, key=number_of)


def number_of(x: Any) -> float:
    """The number of a Value, or the number."""
    return float(x.data if isinstance(x, Value) else x)


def name_of(x: Any) -> str:
    """The label of a Value, or the number."""
    return x.label if isinstance(x, Value) else value_text(x)


def rule(op: Op, slot: int) -> Callable[[Sequence[Any], Any], Any]:
    """The rule of one operand in the row."""

    def derivative(row: Sequence[Any], out: Any) -> Any:
        return op.local_derivatives(op.grouped(row), out, [other == slot for other in range(len(row))])[slot]

    return derivative


# ---------------------------------------------------------------- pieces


def pieces(op: Op, function: Callable[[Sequence[Any], Any], Any], shift: float = 0.0) -> list[tuple[str, str]]:
    """What a function of the row and the result gives, as text, each with the range of the first operand it holds for.

    Where there is no kink there is one piece, found at a number that `shift` moves.
    """
    ends = kinks(op)
    points = [number_of(end) for end in ends]
    if not points:
        places = [AWAY + shift]
    else:
        between = [(a + b) / 2.0 for a, b in pairwise(points)]
        inside = [place for pair in zip(points, [*between, points[-1] + AWAY], strict=True) for place in pair]
        places = [points[0] - AWAY, *inside]
    texts = []
    for place in places:
        made = function(operands(op, place), Value(0.5, label="out"))
        texts.append(written(made) if isinstance(made, Value) else value_text(made))
    joined, start = [], 0
    for stop in range(1, len(texts) + 1):
        if stop == len(texts) or texts[stop] != texts[start]:
            joined.append((between_ends(op.operands[0], list(map(name_of, ends)), start, stop - 1), texts[start]))
            start = stop
    return joined


def between_ends(name: str, ends: list[str], start: int, stop: int) -> str:
    """The range of the places `start` to `stop`: even ones are open intervals between kinks, odd ones the kinks."""
    if start == stop and start % 2:
        return f"{name} = {ends[start // 2]}"
    has_lower, has_upper = start > 0, stop < 2 * len(ends)
    if has_lower and not has_upper:
        return f"{name} {'≥' if start % 2 else '>'} {ends[(start - 1) // 2]}"
    lower = f"{ends[(start - 1) // 2]} {'≤' if start % 2 else '<'} " if has_lower else ""
    upper = f" {'≤' if stop % 2 else '<'} {ends[stop // 2]}" if has_upper else ""
    return f"{lower}{name}{upper}" if lower or upper else ""
