"""The page of all ops, made of their declarations: formula, derivatives, kinks, domain, plot.

Nothing here knows a formula. A rule is applied to labelled Values, on each side of every kink and on it, and the graph
that comes out is written; pieces that read alike are joined.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert

from autograd.activations import Activation
from autograd.debug import markup
from autograd.debug.words import applied, written
from autograd.draw.numbers import value_text
from autograd.op import REGISTRY, Op
from autograd.value import Value

OTHERS = {0: (), 1: (2.0,), 2: (-1.0, 1.0)}  # the numbers of the operands that stay where they are
LENGTH = 2  # of a list
WIDEST = 50  # characters of a formula; a longer one is shown as text, which breaks into lines
AWAY = 0.7  # from the kinks
HEAD = """---
hide-toc: true
---

# Every op

Formula, local derivatives, kinks and a plot of every op of the registry, made of its declaration: the derivative is the
rule that `backward()` applies, with *out* for the result. In a plot the solid line is the op, the dashed one its
derivative by the first operand; hatched is where that is below a tenth of its maximum. An op of your own is
[declared in the same way](guides/writing_an_op.md).
"""
COLUMNS = ("op", "formula, local derivatives", "kinks, domain", "plot")


def ops() -> list[Op]:
    """The ops that the package declares, in the order of their declarations."""
    return [op for op in REGISTRY.values() if op.forward.__module__.startswith("autograd.")]


def write(folder: Path) -> None:
    """Write `ops.md` and its plots, in both themes, into `ops/`."""
    (folder / "ops").mkdir()
    groups = {
        "Activations": [op for op in ops() if isinstance(op, Activation)],
        "Functions of numbers": [op for op in ops() if not isinstance(op, Activation) and not op.lists],
        "Functions of lists": [op for op in ops() if op.lists],
    }
    parts = [HEAD]
    for title, members in groups.items():
        heads = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
        rows = "\n".join(map(row, members))
        parts.append(
            f'## {title}\n\n<table class="ops"><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>'
        )
        for op in members:
            plot(op, folder / "ops")
    (folder / "ops.md").write_text("\n\n".join(parts) + "\n", "utf-8")


def row(op: Op) -> str:
    """The row of an op."""
    about = (op.__doc__ or "").partition("\n")[0]
    symbol = f" <span class='symbol'>{escape(op.symbol)}</span>" if op.symbol != op.name else ""
    images = "".join(
        f'<img class="only-{theme}" src="ops/{op.name}-{theme}.svg" width="240" height="190" loading="lazy"'
        f' alt="{escape(op.name)} and its derivative{", as numbers of " + escape(given(op)) if given(op) else ""}">'
        for theme in ("light", "dark")
    )
    cells = [
        f'<a href="api/autograd.html#autograd.{op.name}"><code>{escape(op.name)}</code></a>{symbol}'
        f"<p>{escape(about)}</p>",
        listed(formulas(op)) + listed(line for name, lines in derivatives(op) for line in by(name, lines)),
        "".join(f"<p>{line}</p>" for line in limits(op)),
        f"{images}<p>{escape(given(op))}</p>",
    ]
    first, *rest = (f'data-label="{label}">{cell}' for label, cell in zip(COLUMNS, cells, strict=True))
    return f'<tr id="op-{op.name}"><th scope="row" {first}</th>{"".join(f"<td {cell}</td>" for cell in rest)}</tr>'


def listed(lines: Any) -> str:
    """Formulas below each other."""
    return "".join(f"<p>{line}</p>" for line in lines)


def mathml(latex: str) -> str:
    """LaTeX as MathML, which browsers show without any script."""
    for sign, command in (("≤", r"\le "), ("≥", r"\ge ")):
        latex = latex.replace(rf"\text{{{sign}}}", command)
    return str(convert(latex)).replace(' display="inline"', "")


# ---------------------------------------------------------------- formulas


def formulas(op: Op) -> Iterator[str]:
    """The value: as LaTeX where it is declared, else by writing out the formula, else by name."""
    if isinstance(op, Activation) and op.latex:
        yield mathml(rf"\mathrm{{out}} = {op.latex}")
        return
    try:
        found, again = (pieces(op, lambda row, out: op.forward(*op.grouped(row)), shift) for shift in (0.0, 1.25))
    except (AttributeError, TypeError):  # the formula ends in a function of floats
        found = again = []
    if op.index or not found or found != again:  # numbers have crept in, as the maximum that logsumexp takes out
        names = [x.label if isinstance(x, Value) else value_text(x) for x in operands(op, AWAY)]
        found = [("", applied(op.name, names))]
    for where, text in found:
        yield equation(r"\mathrm{out} =", text, where)


def equation(left: str, text: str, where: str) -> str:
    """What is left of the sign as LaTeX, what is right of it as it is written, and for which operands it holds."""
    if len(text) > WIDEST:
        right = f"{mathml(left)} <code>{escape(text)}</code>"
    else:
        right = mathml(left + markup.math(text))
    return right + (f' <span class="where">for {mathml(markup.math(where))}</span>' if where else "")


def derivatives(op: Op) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """For each operand, of a list for the first two members, its name and the pieces of its rule."""
    row = operands(op, AWAY)
    size = (len(row) - len(op.operands) + op.lists) // op.lists if op.lists else 1
    for slot, operand in enumerate(row):
        place = slot // size if slot < size * op.lists else slot - (size - 1) * op.lists
        if slot < size * op.lists and slot % size > (1 if op.index else 0):
            continue
        if op.partials[place] is None or not isinstance(operand, Value):
            continue

        def rule(row: Sequence[Any], out: Any, slot: int = slot) -> Any:
            wanted = [other == slot for other in range(len(row))]
            return op.local_derivatives(op.grouped(row), out, wanted)[slot]

        yield operand.label, pieces(op, rule)


def by(name: str, lines: list[tuple[str, str]]) -> Iterator[str]:
    """The derivative by one operand, as formulas."""
    for where, text in lines:
        yield equation(rf"\frac{{\partial}}{{\partial {markup.math(name)}}} =", text, where)


def operands(op: Op, first: float, shift: float = 0.0) -> list[Any]:
    """The operands of an op in one row, labelled by their names: the first a given number, the others fixed."""
    if op.lists:
        stems = [name.removesuffix("s") for name in op.operands[: op.lists]]
        row = [Value(first + shift + k, label=f"{stem}{k + 1}") for stem in stems for k in range(LENGTH)]
        return row + [Value(0.0, label=name) for name in op.operands[op.lists :]]
    numbers = (first + shift, *defaults(op))
    return [Value(number, label=name) for name, number in zip(op.operands, numbers, strict=True)]


def defaults(op: Op) -> tuple[float, ...]:
    """Numbers for the operands after the first: as declared, or some that show what the op does."""
    declared = [parameter.default for parameter in op.signature.parameters.values()][1:]
    if inspect.Parameter.empty not in declared:
        return tuple(declared)
    return OTHERS[len(declared)]


def kinks(op: Op) -> list[Any]:
    """The kinks of the first operand in ascending order, as numbers or as the operands that they are."""
    if op.lists:
        return []
    found = op.kinks(*operands(op, AWAY)) if callable(op.kinks) else op.kinks
    return sorted(found, key=float_of)


def float_of(x: Any) -> float:
    """The number of a Value, or the number."""
    return float(x.data if isinstance(x, Value) else x)


def pieces(op: Op, function: Callable[[Sequence[Any], Any], Any], shift: float = 0.0) -> list[tuple[str, str]]:
    """What a function of labelled operands gives, as text, with the range of the first operand for which it does."""
    ends = kinks(op)
    points = [float_of(end) for end in ends]
    between = [(a + b) / 2.0 for a, b in pairwise(points)]
    open_ones = [points[0] - AWAY, *between, points[-1] + AWAY] if points else [AWAY]
    places = [open_ones[0]]
    for point, following in zip(points, open_ones[1:], strict=True):
        places += [point, following]
    texts = []
    for place in places:
        row = operands(op, place, 0.0 if points else shift)
        made = function(row, Value(0.5, label="out"))
        texts.append(written(made) if isinstance(made, Value) else value_text(made))
    name, joined, start = op.operands[0], [], 0
    for stop in range(1, len(texts) + 1):
        if stop == len(texts) or texts[stop] != texts[start]:
            joined.append((between_ends(name, ends, start, stop - 1), texts[start]))
            start = stop
    return joined


def between_ends(name: str, ends: list[Any], start: int, stop: int) -> str:
    """A range in words of mathematics: even places are open intervals between kinks, odd ones the kinks."""
    shown = [end.label if isinstance(end, Value) else value_text(end) for end in ends]
    if start == stop and start % 2:
        return f"{name} = {shown[start // 2]}"
    lower = f"{shown[(start - 1) // 2]} {'≤' if start % 2 else '<'} " if start else ""
    upper = f" {'≤' if stop % 2 else '<'} {shown[stop // 2]}" if stop < 2 * len(ends) else ""
    if lower and not upper:
        return f"{name} {'≥' if start % 2 else '>'} {shown[(start - 1) // 2]}"
    return f"{lower}{name}{upper}" if lower or upper else ""


def limits(op: Op) -> Iterator[str]:
    """Kinks, domain, range and the steepest point, as far as they are declared."""
    first = op.operands[0]
    if op.lists and op.kinks:
        yield "jumps"
    if ends := kinks(op):
        shown = ", ".join(end.label if isinstance(end, Value) else value_text(end) for end in ends)
        yield f"kinks at {mathml(markup.math(f'{first} = {shown}'))}"
    low, high = op.domain
    if math.isfinite(low) or math.isfinite(high):
        yield f"smooth for {mathml(interval(low, first, high))}"
    if isinstance(op, Activation):
        low, high = op.range
        if math.isfinite(low) or math.isfinite(high):
            yield f"values in {mathml(f'({bound(low)}, {bound(high)})')}"
        if math.isfinite(op.steepest):
            yield f"steepest at {mathml(f'{first} = {bound(op.steepest)}')}"


def interval(low: float, name: str, high: float) -> str:
    """An open interval as LaTeX."""
    left = f"{bound(low)} < " if math.isfinite(low) else ""
    right = f" < {bound(high)}" if math.isfinite(high) else ""
    return rf"{name} > {bound(low)}" if left and not right else f"{left}{markup.math(name)}{right}"


def bound(x: float) -> str:
    """A bound as LaTeX."""
    if math.isinf(x):
        return r"\infty" if x > 0 else r"-\infty"
    if math.isclose(abs(x), math.pi / 2.0):
        return r"\pi / 2" if x > 0 else r"-\pi / 2"
    return markup.math(value_text(x))


# ---------------------------------------------------------------- plots


def given(op: Op) -> str:
    """What the operands after the first are in the plot."""
    if op.lists:
        row = [f"{x:g}".replace("-", "−") for x in members(op)[1:LENGTH]]
        return f"first of [x, {', '.join(row)}]"
    return ", ".join(f"{name} = {value_text(x)}" for name, x in zip(op.operands[1:], defaults(op), strict=True))


def members(op: Op) -> list[float]:
    """A row of numbers of which the first is free."""
    if not op.lists:
        return [0.0, *defaults(op)]
    return [*[0.0, 1.0, -1.0] * op.lists, *[0.0] * (len(op.operands) - op.lists)]


def along(op: Op) -> Op:
    """An op as one of its first number, the others fixed."""
    others = members(op)[1:]

    def value(x: float) -> float:
        return float(op.forward(*op.grouped([x, *others])))

    def slope(x: float, out: float) -> float:
        row = [x, *others]
        wanted = [place == 0 for place in range(len(row))]
        return float(op.local_derivatives(op.grouped(row), out, wanted)[0])

    return Op(
        name=op.name,
        forward=value,
        partials=(slope,),
        operands=("x",),
        signature=inspect.signature(lambda x: x),
        kinks=tuple(map(float_of, kinks(op))),
    )


def plot(op: Op, folder: Path) -> None:
    """Draw an op and its derivative in both themes."""
    from matplotlib import pyplot

    from autograd.draw import plots

    low, high = (max(-5.0, op.domain[0]), min(5.0, op.domain[1]))
    if math.isfinite(op.domain[0]) and math.isfinite(op.domain[1]):
        low, high = 0.85 * low, 0.85 * high  # off the poles
    elif math.isfinite(op.domain[0]):
        low += 0.05
    high = max([high, *(float_of(kink) + 2.0 for kink in kinks(op))])
    curve = op if isinstance(op, Activation) else along(op)
    for theme in ("light", "dark"):
        axes = plots.activation(curve, low=low, high=high, theme=theme)
        path = folder / f"{op.name}-{theme}.svg"
        with pyplot.rc_context({"svg.fonttype": "none", "svg.hashsalt": path.name}):
            axes.figure.savefig(path, metadata={"Date": None})
        pyplot.close(axes.figure)
