"""The user's own lines with the value and the gradient that each of them computed beside it."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from autograd.debug.trace import user_line
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

    Where a line computes several nodes, as in a loop or a long formula, the last one is shown with their count.

    Args:
        function: computes one Value; its source must be at hand, as it is in files and notebook cells.
        arguments: numbers or (nested) lists of numbers become Values; Values are used as they are.

    Raises:
        TypeError: the function does not return a Value.
        OSError: its source is not at hand, as for code typed at the prompt.

    >>> def neuron(w, x, b):
    ...     n = w * x + b
    ...     return n.tanh()
    >>> print(annotate(neuron, 2.0, 0.5, -1.0))
    1  def neuron(w, x, b):
    2      n = w * x + b     0 (last of 2)  grad +1
    3      return n.tanh()               0  grad +1
    """
    code = getattr(function, "__code__", None)
    if code is None:
        raise TypeError(f"only a function has lines to show, got {function!r:.60}")
    texts, first = inspect.getsourcelines(function)
    seen = _LineWatcher()
    with watch(seen):
        root = function(*mapped(lambda x: x if isinstance(x, Value) else Value(x), list(arguments)))
    if not isinstance(root, Value):
        raise TypeError(f"the function must return one Value, got {type(root).__name__}")
    gradient = gradients(root, as_graph=False)
    lines = []
    for number, text in enumerate(texts, first):
        nodes = seen.made_at[code.co_filename, number]
        if not nodes:
            lines.append(Line(number, text.rstrip()))
            continue
        count = f" (last of {len(nodes)})" if len(nodes) > 1 else ""
        last = nodes[-1]
        shown = gradient_text(gradient.get(last, 0.0))
        lines.append(Line(number, text.rstrip(), value_text(last.data) + count, f"grad {shown}"))
    return Annotated(tuple(lines))


class _LineWatcher(Watcher):
    def __init__(self) -> None:
        self.made_at: dict[tuple[str, int], list[Value]] = defaultdict(list)

    def made(self, node: Value) -> None:
        source = user_line()
        if source is not None and not node.is_leaf:
            self.made_at[source.file, source.line].append(node)
