"""The full-screen stepper for a terminal, made with Textual. What it shows is written by `view.View`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from autograd.debug.columns import Line, in_ascii, needs_ascii
from autograd.debug.trace import Trace
from autograd.debug.view import MOVES, View
from autograd.draw.tokens import colours, tokens
from autograd.errors import MissingPackageError

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import App

KEYS = {"n,right": "n", "b,left": "b", "full_stop": ".", "slash": "/", "question_mark": "?"} | {
    key: key for key in (*MOVES, "up", "down", "enter", "space", "t", "escape") if key not in ("n", "b")
}
HINTS: Line = [
    span
    for key, does in (
        *[("n", "step"), ("b", "back"), ("space", "play"), (".", "stop here"), ("c", "run")],
        *[("/", "find"), ("?", "help"), ("q", "quit")],
    )
    for span in ((f" {key} ", "key"), (f" {does} ", "ink"))
]
HELP = """\
n →    one step                        b ←    one step back
PgDn   to the next node                PgUp   to the node before
Home   to the beginning                End    to the end
↑ ↓    choose a node                   /      find a node by its name
.      breakpoint at that node         Enter  on to the next event there
c      on to the next breakpoint       space  play, pause
d      into a neuron or layer          u      out of it
t      dark or light                   q      quit

▶ passes its gradient on   + receives   ○ breakpoint   › chosen   ↑ shown above
[ ] a number of a node   ( ) a local derivative
arrived: how many contributions have come in this pass, and how many will
in the line of all steps   ○ a breakpoint   ! nan or infinite
"""


def run(trace: Trace, *, title: str, ascii_only: bool | None = None) -> None:
    """Step through a trace on the whole screen of the terminal, until `q`.

    Args:
        trace: of an expression, or of a `with debug.trace()` block.
        title: what is stepped through.
        ascii_only: whether to draw with ASCII only; by default if the encoding of the output has no more.

    Raises:
        MissingPackageError: Textual is not installed.
    """
    ascii_only = needs_ascii(sys.stdout.encoding) if ascii_only is None else ascii_only
    application(View(trace, title, ascii_only=ascii_only)).run()


def application(view: View) -> App[None]:
    """What `run` runs.

    Raises:
        MissingPackageError: Textual is not installed.
    """
    try:
        from rich.segment import Segment
        from textual.app import App, ComposeResult
        from textual.binding import Binding
        from textual.events import Click
        from textual.geometry import Region
        from textual.strip import Strip
        from textual.widget import Widget
        from textual.widgets import Input
    except ImportError:
        raise MissingPackageError(
            "the full-screen stepper needs the package textual: pip install 'stepgrad[tui]', or step by lines"
        ) from None

    class Pane(Widget):
        """Lines of the view, made for the room that there is."""

        def __init__(self, name: str, height: int | str, lines: Callable[[int, int], list[Line]]) -> None:
            super().__init__(id=name)
            self.styles.height = height
            self.lines = lines

        def render_lines(self, crop: Region) -> list[Strip]:
            # The lines are as they shall be: no markup is read, and no colour is converted.
            width, height = self.size
            strips = []
            for line in self.lines(width, height):
                shown = in_ascii(line) if view.ascii_only else line
                segments = [Segment(text, stepper.looks[role]) for text, role in shown]
                strips.append(Strip(segments).adjust_cell_length(width, stepper.looks["ink"]))
            strips += [Strip.blank(width, stepper.looks["ink"])] * (height - len(strips))
            return [strip.crop(crop.x, crop.right) for strip in strips[crop.y : crop.bottom]]

        def on_click(self, click: Click) -> None:
            if self.id == "timeline":
                view.seek(view.position_at(click.x, self.size.width))
            elif self.id == "nodes" and click.y:
                view.choose(view.top(self.size.height - 1) + click.y - 1)
            stepper.show()

    class Stepper(App[None]):
        """Keys move the view; then every pane shows it anew."""

        CSS = "#find { height: 1; border: none; padding: 0; display: none; }"
        AUTO_FOCUS = None
        ENABLE_COMMAND_PALETTE = False
        ALLOW_SELECT = False
        BINDINGS = [  # noqa: RUF012
            *(Binding(keys, f"press('{key}')") for keys, key in KEYS.items()),
            Binding("q", "quit"),
            Binding("ctrl+c", "quit", priority=True),
        ]

        def __init__(self) -> None:
            super().__init__(ansi_color=True)
            self.system = None if self.no_color else self.console.color_system
            self.tone = "dark"
            self.looks = looks(self.tone, self.system)
            self.helps = self.plays = False

        def compose(self) -> ComposeResult:
            yield Pane("heading", 2, lambda width, _: [view.heading(width), [("─" * width, "line")]])
            yield Pane("formula", 3, lambda width, _: view.formula(width))
            yield Pane("sentence", 2, lambda width, _: view.sentence(width))
            yield Pane("where", 1, lambda width, _: [view.where(width)])
            yield Pane("nodes", "1fr", self.middle)
            yield Pane("timeline", 1, lambda width, _: [view.timeline(width)])
            yield Pane("hints", 1, lambda width, _: [[(view.message, "strong")] if view.message else HINTS])
            yield Input(id="find", placeholder="the name of a node, or a part of it", compact=True)

        def on_mount(self) -> None:
            self.player = self.set_interval(tokens()["motion"]["play_ms"] / 1000, self.play_on, pause=True)

        def middle(self, width: int, height: int) -> list[Line]:
            return [[(line, "ink")] for line in HELP.splitlines()] if self.helps else view.nodes(width, height)

        def show(self) -> None:
            for pane in self.query(Pane):
                pane.refresh()

        def action_press(self, key: str) -> None:
            view.message = ""
            self.play(key == "space" and not self.plays)
            if key in MOVES:
                view.move(key)
            elif key in ("up", "down"):
                view.choose_next(1 if key == "down" else -1)
            elif key == "enter":
                view.go_to_chosen()
            elif key == ".":
                view.toggle_breakpoint()
            elif key == "/":
                self.find(True)
            elif key == "?":
                self.helps = not self.helps
            elif key == "t":
                self.tone = "light" if self.tone == "dark" else "dark"
                self.looks = looks(self.tone, self.system)
            elif key == "escape":
                self.leave()
            self.show()

        def leave(self) -> None:
            """Out of what is open: the search, the help, or the stepper."""
            if self.focused:
                self.find(False)
            elif self.helps:
                self.helps = False
            else:
                self.exit()

        def find(self, on: bool) -> None:
            """Ask for a name in place of the hints, or no more."""
            asked = self.query_one(Input)
            asked.value = ""
            asked.display, self.query_one("#hints").display = on, not on
            self.set_focus(asked if on else None)

        def on_input_submitted(self, typed: Input.Submitted) -> None:
            self.find(False)
            view.find(typed.value)
            self.show()

        def play(self, on: bool) -> None:
            self.plays = on
            (self.player.resume if on else self.player.pause)()

        def play_on(self) -> None:
            view.move("n")
            if view.at_breakpoint or view.cursor.position == len(view.cursor):
                self.play(False)
            self.show()

    stepper = Stepper()
    return stepper


def looks(theme: str, system: str | None) -> dict[str, Style]:
    """The style of each role, for a terminal with so many colours; None for one that shall show none.

    Only where any colour can be shown do we paint the ground; else the terminal keeps its own, and its own ink.
    """
    from rich.style import Style

    terminal = tokens()["terminal"]
    colour: dict[str, str] = {}
    if system == "truecolor":
        colour = colours(theme)
    elif system == "256":
        colour = {role: f"color({number})" for role, number in terminal["ansi256"][theme].items()}
    elif system is not None:
        colour = {role: name.replace(" ", "_") for role, name in terminal["ansi16"].items() if role != "now"}
    few = "now" not in colour  # what happens is shown in reverse, for want of a colour

    def style(role: str, bold: bool = False, reverse: bool = False) -> Style:
        return Style(color=colour.get(role), bgcolor=colour.get("ground"), bold=bold, reverse=reverse)

    return {
        "ink": style("ink"),
        "strong": style("ink", bold=True),
        "muted": style("muted"),
        "line": style("line"),
        "positive": style("positive", bold=True),
        "negative": style("negative", bold=True),
        "now": style("now", bold=True, reverse=few),
        "chip": style("now", bold=True, reverse=True),
        "broken": style("ink", bold=True, reverse=True),
        "key": Style(color=colour.get("ink"), bgcolor=colour.get("hairline"), bold=True, reverse="ink" not in colour),
    }
