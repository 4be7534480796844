"""The player in a notebook: JupyterLab, Notebook, VS Code, marimo, whatever shows anywidgets."""

from __future__ import annotations

from functools import cache
from typing import Any

from autograd.debug.page import as_json, player, story, style, traced
from autograd.debug.trace import Trace
from autograd.errors import MissingPackageError
from autograd.value import Value


def show(subject: Value | Trace, title: str | None = None) -> Any:
    """A widget that steps through the backward pass of a graph, or through a trace: the last line of a cell shows it.

    Its `position` is the number of events that have happened, as that of a `Cursor`. It can be read and set, and
    follows the buttons: `Cursor(widget.trace).seek(widget.position)` is at the event that the reader looks at.

    Args:
        subject: the root of a graph, or what `debug.trace` gave. Only a traced block knows the lines of your code.
        title: what is stepped through; the formula of the root unless given.

    Raises:
        MissingPackageError: the package anywidget is not installed.
        TypeError, TraceError, ValueError: as in `save`.

    >>> x = Value(3.0, label="x")
    >>> widget = show(x * x)  # doctest: +SKIP
    >>> widget.position = 8  # doctest: +SKIP
    """
    widget, trace = _widget_class(), traced(subject)
    return widget(trace, as_json(story(trace, title)))


@cache
def _widget_class() -> Any:
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise MissingPackageError(
            "debug.show needs the package anywidget: pip install 'stepgrad[notebook]',"
            " or write a page with debug.save(root, 'steps.html')"
        ) from None

    class Stepper(anywidget.AnyWidget):
        """Steps through `trace`; `position` events of it have happened."""

        _esm = player()
        _css = style()
        story = traitlets.Unicode().tag(sync=True)
        position = traitlets.Int(0).tag(sync=True)

        def __init__(self, trace: Trace, story: str) -> None:
            self.trace = trace
            super().__init__(story=story)

        @traitlets.validate("position")
        def _inside(self, proposal: Any) -> int:
            if not 0 <= proposal.value <= len(self.trace.events):
                raise traitlets.TraitError(f"position {proposal.value} is outside 0..{len(self.trace.events)}")
            return int(proposal.value)

    return Stepper
