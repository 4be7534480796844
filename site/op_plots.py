"""A plot of every op and its derivative by the first operand, the others fixed."""

from __future__ import annotations

import inspect
import math
from pathlib import Path

from op_formulas import defaults, kinks, number_of, rule

from autograd.activations import Activation
from autograd.debug.words import applied
from autograd.draw.numbers import value_text
from autograd.op import Op

LISTS = [0.0, 1.0, 2.0, -1.0]  # the members of two lists of two


def others(op: Op) -> list[float]:
    """The numbers of all operands in a row but the first."""
    if not op.lists:
        return list(defaults(op))
    return [*LISTS[1 : 2 * op.lists], *[0.0] * (len(op.operands) - op.lists)]


def call(op: Op) -> str:
    """What is plotted, as "leaky_relu(x, 0.01)"; nothing for a function of x alone."""
    return applied(op.name, ["x", *map(value_text, others(op))]) if others(op) else ""


def along(op: Op) -> Op:
    """An op as one of its first number."""
    fixed = others(op)
    return Op(
        name=op.name,
        forward=lambda x: float(op.forward(*op.grouped([x, *fixed]))),
        partials=(lambda x, out: float(rule(op, 0)([x, *fixed], out)),),
        operands=("x",),
        signature=inspect.signature(lambda x: x),
        kinks=tuple(map(number_of, kinks(op))),
    )


def plot(op: Op, folder: Path) -> None:
    """Draw an op and its derivative in both themes, as `NAME-light.svg` and `NAME-dark.svg`."""
    from matplotlib import pyplot

    from autograd.draw import plots

    low, high = max(-5.0, op.domain[0]), min(5.0, op.domain[1])
    if math.isfinite(op.domain[0]) and math.isfinite(op.domain[1]):
        low, high = 0.85 * low, 0.85 * high  # off the poles
    elif math.isfinite(op.domain[0]):
        low += 0.05
    high = max([high, *(number_of(kink) + 2.0 for kink in kinks(op))])
    curve = op if isinstance(op, Activation) else along(op)
    for theme in ("light", "dark"):
        axes = plots.activation(curve, low=low, high=high, theme=theme)
        path = folder / f"{op.name}-{theme}.svg"
        with pyplot.rc_context({"svg.fonttype": "none", "svg.hashsalt": path.name}):
            axes.figure.savefig(path, metadata={"Date": None})
        pyplot.close(axes.figure)
