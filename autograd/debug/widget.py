"""The player in a notebook: JupyterLab, Notebook, VS Code, marimo, whatever shows anywidgets."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

from autograd.debug.cursor import Cursor
from autograd.debug.page import as_json, player, story, style, traced
from autograd.debug.trace import Trace
from autograd.draw.numbers import gradient_text, value_text
from autograd.errors import MissingPackageError
from autograd.value import Value

MOST_ROWS = 50


def show(subject: Value | Trace, title: str | None = None) -> Any:
    """A widget that steps through the backward pass of a graph, or through a trace: the last line of a cell shows it.

    Its `position` is the number of events that have happened, as that of a `Cursor`. It can be read and set, and
    follows the buttons: `Cursor(widget.trace).seek(widget.position)` is at the event that the reader looks at.

    A saved notebook shows the table of values and gradients where nothing runs: on the web, in a converted document,
    in one that is not trusted. JupyterLab itself keeps the stepper, without a kernel too, if "Save Widget State
    Automatically" is ticked in its settings, and else says that there is no model: run the cell again.

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
    told = story(trace, title)
    return widget(trace, as_json(told), told["title"], _still(trace, told))


def _still(trace: Trace, told: dict[str, Any]) -> str:
    """What stands for the widget where none can run: the values and gradients at the end, the root first."""
    cursor = Cursor(trace)
    cursor.seek(len(cursor))
    known = [*zip(told["nodes"], cursor.state.data, cursor.state.grad, strict=True)]
    shown = [
        (node["name"], node["made"], "" if data is None else value_text(data), gradient_text(grad))
        for node, data, grad in known[: -MOST_ROWS - 1 : -1]
    ]
    table = "".join(
        f"<tr>{''.join(f'<{tag}>{escape(text)}</{tag}>' for text in row)}</tr>"
        for tag, rows in (("th", [("node", "made by", "value", "gradient")]), ("td", shown))
        for row in rows
    )
    more = f" Of its {len(known)} values, the last {MOST_ROWS}:" if len(known) > MOST_ROWS else ""
    return (
        f"<p><b>{escape(told['title'])}</b> Run this cell to step through {len(cursor)} events.{more}</p>"
        f"<table>{table}</table>"
    )


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

        def __init__(self, trace: Trace, story: str, title: str, still: str) -> None:
            self.trace, self._title, self._still = trace, title, still
            super().__init__(story=story)

        def __repr__(self) -> str:
            return f"<Stepper {self._title!r}, position {self.position} of {len(self.trace.events)}>"

        def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
            bundle = super()._repr_mimebundle_(**options)
            return bundle and ({**bundle[0], "text/html": self._still}, bundle[1])

        @traitlets.validate("position")
        def _inside(self, proposal: Any) -> int:
            if not 0 <= proposal.value <= len(self.trace.events):
                raise traitlets.TraitError(f"position {proposal.value} is outside 0..{len(self.trace.events)}")
            return int(proposal.value)

    return Stepper
