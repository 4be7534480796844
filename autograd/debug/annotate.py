"""The user's own lines with the value and the gradient that each of them computed beside it."""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from numbers import Real
from types import FrameType
from typing import Any

from autograd.draw.numbers import gradient_text, value_text
from autograd.graph import gradients, mapped
from autograd.value import Value
from autograd.watching import Watcher, watch


@dataclass(frozen=True)
class Line:
    """A line of code; value and gradient are "" where it computed nothing."""

    number: int
    text: str
    value: str = ""
    gradient: str = ""


@dataclass(frozen=True)
class Annotated:
    """A function's lines with what they computed. Print it, or let a notebook show it."""

    lines: tuple[Line, ...]

    def __str__(self) -> str:
        code = max(len(line.text) for line in self.lines)
        value = max(len(line.value) for line in self.lines)
        gradient = max(len(line.gradient) for line in self.lines)
        digits = len(str(self.lines[-1].number))
        return "\n".join(
            f"{line.number:>{digits}}  {line.text:<{code}}  {line.value:>{value}}  {line.gradient:>{gradient}}".rstrip()
            for line in self.lines
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{line.number}</td>"
            f"<td style='text-align:left'><pre style='margin:0'>{escape(line.text)}</pre></td>"
            f"<td>{escape(line.value)}</td><td>{escape(line.gradient)}</td></tr>"
            for line in self.lines
        )
        return (
            "<table style='font-variant-numeric:tabular-nums'><thead><tr><th></th><th style='text-align:left'>line</th>"
            f"<th>value</th><th>gradient</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def annotate(function: Callable[..., Value], *arguments: Any) -> Annotated:
    """Run a function, go backwards from what it returns, and show both beside its lines.

    What it calls, as a model or another function, counts for the line that calls. Where a line computes several
    nodes, as in a loop or a long formula, the last one is shown with their count.

    Args:
        function: computes one Value; its source must be at hand, as it is in files and notebook cells.
        arguments: numbers or (nested) lists of numbers become Values; anything else is given as it is.

    Raises:
        TypeError: it is no Python function, or does not return a Value.
        OSError: its source is not at hand, as for code typed at the prompt.
        GraphError: a node was made by hand, so that its gradient is not known.

    >>> def neuron(w, x, b):
    ...     n = w * x + b
    ...     return n.tanh()
    >>> print(annotate(neuron, 2.0, 0.5, -1.0))
    1  def neuron(w, x, b):
    2      n = w * x + b     0 (last of 2)  grad +1
    3      return n.tanh()               0  grad +1
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        raise TypeError(
            f"only a Python function has lines to show, got {function!r:.60}: write def f(x): ... around it"
        )
    texts, first = inspect.getsourcelines(code)
    seen = _LineWatcher(code.co_filename, range(first, first + len(texts)))
    with watch(seen):
        root = function(*mapped(lambda x: Value(x) if isinstance(x, Real) else x, list(arguments)))
    if not isinstance(root, Value):
        raise TypeError(f"the function must return one Value, got {type(root).__name__}")
    gradient = gradients(root, as_graph=False)
    lines = []
    for number, text in enumerate(texts, first):
        value = shown = ""
        if nodes := seen.made_at[number]:
            count = f" (last of {len(nodes)})" if len(nodes) > 1 else ""
            value = value_text(nodes[-1].data) + count
            shown = f"grad {gradient_text(gradient.get(nodes[-1], 0.0))}"
        lines.append(Line(number, text.rstrip(), value, shown))
    return Annotated(tuple(lines))


class _LineWatcher(Watcher):
    """Finds for each node the innermost of these lines that was being run."""

    def __init__(self, file: str, lines: range) -> None:
        self.file = file
        self.lines = lines
        self.made_at: dict[int, list[Value]] = defaultdict(list)

    def made(self, node: Value) -> None:
        frame: FrameType | None = None if node.is_leaf else sys._getframe(1)
        while frame is not None:
            if frame.f_lineno in self.lines and frame.f_code.co_filename == self.file:
                self.made_at[frame.f_lineno].append(node)
                return
            frame = frame.f_back
