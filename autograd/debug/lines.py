"""The line mode of the stepper: commands are typed, and each step is printed.

For a terminal without Textual, for a screen reader, and for a pipe of commands. Where nobody can answer, and no
commands are piped, the worked solution of `debug.solution` says the same at once.
"""

from __future__ import annotations

import sys

from autograd.debug.columns import Line, in_ascii, needs_ascii
from autograd.debug.trace import Trace
from autograd.debug.view import MOVES, View

WIDTH = 80
HELP = """\
Enter, n    one step            b     one step back
home, end   the beginning, the end
NAME        on to the next event at that node
. NAME      breakpoint there    c     on to the next breakpoint
d           into a group        u     out of it
t           the table of nodes  h, q  help, quit"""


def run(trace: Trace, *, title: str, ascii_only: bool | None = None) -> None:
    """Step through a trace by commands from the standard input, until `q` or its end.

    Args:
        trace: of an expression, or of a `with debug.trace()` block.
        title: what is stepped through.
        ascii_only: whether to print ASCII only; by default if the encoding of the output has no more.
    """
    view = View(trace, title, ascii_only=needs_ascii(sys.stdout.encoding) if ascii_only is None else ascii_only)
    command = "h"
    while command != "q":
        for line in _answer(view, command):
            print("".join(text for text, _ in (in_ascii(line) if view.ascii_only else line)).rstrip())
        try:
            command = input("step> ").strip() or "n"
        except EOFError:
            print()
            return


def _answer(view: View, command: str) -> list[Line]:
    view.message = ""
    if command in ("h", "?"):
        return [[(view.title, "strong")], *([(line, "ink")] for line in HELP.splitlines())]
    if command == "t":
        return view.nodes(WIDTH)
    if command in MOVES:
        view.move(command)
    elif command.startswith("."):
        if name := command[1:].strip():
            view.find(name)
        if not view.message:
            view.toggle_breakpoint()
    else:
        view.find(command)
        view.go_to_chosen()
    if view.message:
        return [[(view.message, "strong")]]
    return [view.heading(WIDTH), *view.formula(WIDTH), *view.sentence(WIDTH)]
