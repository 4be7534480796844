"""What a terminal shows of a place in a trace: lines of text with roles, for the full screen and for the line mode.

A line is a list of spans, each a text and its role: ink, strong, muted, line, positive, negative, now, chip, broken,
key. The full screen gives the roles their looks, the line mode prints the text alone. So the text says everything,
and a role may only say it again.
"""

from __future__ import annotations

import math
import textwrap
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from autograd.debug.columns import ASCII, Line, clip, columns, fit
from autograd.debug.cursor import Cursor
from autograd.debug.events import Event, Node
from autograd.debug.formula import Piece, pieces
from autograd.debug.trace import Trace
from autograd.debug.tree import Part, Row, beginnings
from autograd.debug.words import Teller
from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.text import clean

WIDEST_NAME = 24
LEGEND: Line = [
    *[("  ◆", "strong"), (" seed", "muted"), ("  ▄", "negative"), (" negative", "muted")],
    *[("  ▀", "positive"), (" positive", "muted"), ("  ●", "now"), (" now", "muted")],
]
MOVES: dict[str, Callable[[Cursor], Event | None]] = {
    "n": Cursor.step,
    "b": Cursor.back,
    "c": Cursor.resume,
    "u": Cursor.out,
    "d": Cursor.into,
    "pagedown": Cursor.next_visit,
    "pageup": Cursor.previous_visit,
    "home": lambda cursor: cursor.seek(0),
    "end": lambda cursor: cursor.seek(len(cursor)),
}


SHAPES = {
    "sign": "{}",
    "value": "[{blank}{}{blank}]",
    "gradient": "[{blank}{}{blank}]",
    "local": "({blank}{}{blank})",
    "chip": " {} ",
}


class View:
    """A place in a trace, and what a terminal shows of it.

    Labels, op names and lines of code are data: what would command a terminal is taken out, and they are shortened.

    Attributes:
        cursor: the place.
        chosen: the node that was chosen since the last step.
        message: something to tell in place of what the keys do.
    """

    def __init__(self, trace: Trace, title: str, *, ascii_only: bool = False) -> None:
        self.ascii_only = ascii_only
        self.title = self._harmless(title, 1000)
        self.trace = Trace(
            [self._harmless_node(number, node) for number, node in enumerate(trace.nodes)],
            [event._replace(rule=self._harmless(event.rule, 60)) for event in trace.events],
        )
        self.cursor = Cursor(self.trace)
        self.told = Teller(self.trace)
        self.chosen: int | None = None
        self.message = ""
        self._starts = beginnings(trace.events)
        self._parts: dict[int, Part] = {}
        self._marks: dict[int, Line] = {}

    def _harmless(self, text: str, room: int) -> str:
        text = clean(text[: 10 * room])
        if self.ascii_only:
            text = text.translate(ASCII).encode("ascii", "backslashreplace").decode()
        return clip(text, room)

    def _harmless_node(self, number: int, node: Node) -> Node:
        name = self._harmless(node.name, WIDEST_NAME) or f"v{number}"
        return replace(node, name=name, op=self._harmless(node.op, WIDEST_NAME))

    @property
    def part(self) -> Part:
        """The pass that the last event belongs to."""
        number = bisect_right(self._starts, max(self.cursor.position - 1, 0)) - 1
        if number not in self._parts:
            start, end = [*self._starts, len(self.cursor)][number : number + 2]
            self._parts[number] = Part(self.trace, start, end)
        return self._parts[number]

    @property
    def here(self) -> int | None:
        """The chosen node, else the one to which the last event did something; None before the first."""
        event = self.cursor.event
        if self.chosen is not None or event is None:
            return self.chosen
        return event.node if event.operand is None else event.operand

    @property
    def at_breakpoint(self) -> bool:
        """Whether the last event is about a node with a breakpoint."""
        event = self.cursor.event
        return event is not None and bool(self.cursor.breakpoints & {event.node, event.operand})

    def move(self, key: str) -> None:
        """Move the cursor as a key of `MOVES` says."""
        self.chosen = None
        if key in ("u", "d") and not any(node.scope for node in self.trace.nodes):
            self.message = "There are no groups here: autograd.nn makes them, and autograd.scope."
        else:
            before = self.cursor.position
            MOVES[key](self.cursor)
            if key in ("u", "d") and self.cursor.position == before:
                self.message = "No group begins after this." if key == "d" else "This stands in no group."

    def seek(self, position: int) -> None:
        """Go to where so many events have happened."""
        self.chosen = None
        self.cursor.seek(position)

    def choose_next(self, rows: int) -> None:
        """Choose the node so many rows further down; further up if negative."""
        place = -1 if self.here is None else self.part.place[self.here]
        self.choose(place + rows)

    def choose(self, row: int) -> None:
        """Choose the node in that row of the tree, or in the nearest that there is."""
        rows = self.part.rows
        self.chosen = rows[max(0, min(row, len(rows) - 1))].node if rows else None

    def find(self, text: str) -> None:
        """Choose the next node of that name, or else the next one with that in its name."""
        shown = list(self.part.place)
        after = shown.index(self.here) + 1 if self.here in shown else 0
        names = {node: self.told.name(node) for node in shown[after:] + shown[:after]}
        found = [node for node, name in names.items() if name == text]
        found += [node for node, name in names.items() if text.casefold() in name.casefold()]
        if found:
            self.chosen = found[0]
        else:
            self.message = f"No node of this pass is called {self._harmless(text, WIDEST_NAME)}."

    def toggle_breakpoint(self) -> None:
        """Set a breakpoint at the node that is here, or take it away."""
        if self.here is None:
            self.message = "Choose a node first."
        else:
            self.cursor.breakpoints ^= {self.here}
            self.message = "Breakpoints: " + (", ".join(map(self.told.name, sorted(self.cursor.breakpoints))) or "none")
            self._marks.clear()

    def go_to_chosen(self) -> None:
        """On to the next event about the chosen node, or to the end."""
        node, self.chosen = self.chosen, None
        if node is not None:
            self.cursor.run_until(lambda event: node in (event.node, event.operand))

    # ------------------------------------------------------------ words

    def heading(self, width: int) -> Line:
        """The title; which pass this is and how far."""
        place = f"step {self.cursor.position} of {len(self.cursor)}"
        if self.cursor.position:
            place = f"{self.told.tell(self.cursor.position - 1).title.split(':')[0]}, {place}"
        title = fit(self.title, width - len(place) - 12)
        return [("stepgrad  ", "strong"), (title, "ink"), (f"  {place}", "muted")]

    def sentence(self, width: int) -> list[Line]:
        """What the last event says, in words, on at most two lines."""
        text = "Nothing has happened yet: n goes one step on."
        if self.cursor.position:
            text = self.told.tell(self.cursor.position - 1).sentence
        wide = max(20, width - columns(text) + len(text))
        return [[(line, "ink")] for line in textwrap.wrap(text, wide, max_lines=2, placeholder=" …")]

    def where(self, width: int) -> Line:
        """A line across, with the groups that the node belongs to and the line of code that made it."""
        told = ""
        if self.here is not None:
            node = self.trace.nodes[self.here]
            line = f"{Path(node.source.file).name}:{node.source.line}  {node.source.text}" if node.source else ""
            told = self._harmless(" · ".join(filter(None, [", ".join(node.scope), line])), width - 6)
        told = f" {told} " if told else ""
        return [("──", "line"), (told, "muted"), ("─" * (width - columns(told) - 2), "line")]

    # ------------------------------------------------------------ the formula

    def formula(self, width: int) -> list[Line]:
        """Three lines: symbols, numbers, names. For want of room digits go first, then blanks, then symbols."""
        if not self.cursor.position:
            return [[], [], []]
        for digits, blank in (4, " "), (3, " "), (3, ""), (2, ""):
            shown = list(pieces(self.told, self.cursor.position - 1, digits))
            texts = [SHAPES[piece.shape].format(piece.text, blank=blank) for piece in shown]
            rooms = [max(columns(text), columns(piece.word)) for text, piece in zip(texts, shown, strict=True)]
            if sum(rooms) <= width:
                break
        symbols = [piece.symbol for piece in shown]
        for i in sorted(range(len(shown)), key=lambda i: "=" not in symbols[i]):  # a rule goes before a name
            spare = max(0, width - sum(rooms))
            if columns(symbols[i]) > rooms[i] + spare:
                symbols[i] = symbols[i].rpartition(" = ")[2]
            rooms[i] += min(spare, max(0, columns(symbols[i]) - rooms[i]))
        return [
            [(fit(symbol, room, "^"), "ink") for symbol, room in zip(symbols, rooms, strict=True)],
            [(fit(text, room, "^"), _shape_role(piece)) for text, piece, room in zip(texts, shown, rooms, strict=True)],
            [(fit(piece.word, room, "^"), "muted") for piece, room in zip(shown, rooms, strict=True)],
        ]

    # ------------------------------------------------------------ the nodes

    def top(self, height: int) -> int:
        """The first of so many rows that are shown: what happens stands in the middle, if there are more."""
        place, event = self.part.place, self.cursor.event
        focus = 0 if self.here is None else place[self.here]
        if event is not None and self.chosen is None and abs(focus - place[event.node]) < height - 1:
            focus = (focus + place[event.node]) // 2
        return max(0, min(focus - height // 2, len(self.part.rows) - height))

    def nodes(self, width: int, height: int | None = None) -> list[Line]:
        """The header, and the tree of the nodes that is also their table: all of it, or the rows that have room."""
        more = max(0, width - 80)
        name, made, half = 15 + more * 3 // 10, 12 + more * 4 // 10, 6 + more // 10
        full, log = self.part.scale.full, self.part.scale.name == "symlog"
        least, most = (_number_in(gradient_text, end, half - 1 - log) for end in (-full, full))
        if max(len(least), len(most)) > half - 1 - log:  # as −1e−10 in a narrow bar
            least, most = "−", "+"
        bar = f"{least:<{half - 1}}{'log' if log else ' 0 '}{most:>{half - 1}}"
        header = f"   {'node':<{name}} {'made by':<{made}}{'value':>10}{'gradient':>14}  {bar}{'arrived':>10}"
        top = 0 if height is None else self.top(height - 1)
        rows = self.part.rows[top : None if height is None else top + height - 1]
        deep = any(2 * row.depth + min(columns(self.told.name(row.node)), 8) > name for row in rows)
        shift = min(row.depth for row in rows) if deep else 0
        return [[(header, "muted")], *(self._name(row, name, shift) + self._numbers(row, made, half) for row in rows)]

    def _name(self, row: Row, room: int, shift: int) -> Line:
        """Marks, the way down the tree without the levels above `shift`, and the name."""
        event, role, mark = self.cursor.event, "ink", " "
        if event is not None:
            receiver = event.operand if event.kind == "contribute" else event.node if event.kind == "seed" else None
            if row.node == receiver and (not row.again or row.user == event.node):
                role, mark = "now", "+"
            elif row.node == event.node and not row.again:
                role, mark = "now", "▶"
        mark += "○" if row.node in self.cursor.breakpoints else " "
        mark += "›" if row.node == self.chosen and not row.again else " "
        rail = row.rail[max(0, len(row.rail) - 2 * (row.depth - shift)) :]
        rail = f"…{rail[1:]}" if shift and rail else rail
        name = self.told.name(row.node)
        label = clip(f"↑ {name}" if row.again else name, max(room - len(rail), 8))
        if (cut := len(rail) + columns(label) - room) > 0:
            rail = "…" + rail[cut + 1 :]
        return [(mark, role), (rail, "line" if role == "ink" else role), (fit(label, room - len(rail) + 1), role)]

    def _numbers(self, row: Row, made: int, half: int) -> Line:
        if row.again:
            return []
        part, state = self.part, self.cursor.state
        formula = (fit(self.told.formula(self.trace.nodes[row.node]), made), "muted")
        data = state.data[row.node]
        if data is None:  # it is not yet: no number, and no place for one
            return [formula]
        gradient = state.grad[row.node] if self.cursor.position > part.backward else None
        arrived = 0 if gradient is None else state.arrived[row.node]
        due = part.due[row.node]
        told = f"{arrived} of {due}" if due else "seed" if row.node == part.root else ""
        return [
            formula,
            (fit(_number_in(value_text, data, 10), 10, ">"), _role(data, "ink")),
            (fit(gradient_text(gradient), 14, ">"), _role(gradient, "strong")),
            ("  ", "ink"),
            *self._bar(gradient, half),
            (fit(told, 10, ">"), "muted"),
        ]

    def _bar(self, gradient: float | None, half: int) -> Line:
        """Left of the zero for a negative gradient, right of it for a positive one; the least one can be seen."""
        if gradient is None or math.isnan(gradient):
            return [(fit("·" if gradient is None else "", 2 * half + 1, "^"), "muted")]
        size = min(1.0, abs(self.part.scale(gradient)))
        full, odd = divmod(max(round(size * half * 2), int(gradient != 0)), 2)
        below, above = ("▐" * odd + "█" * full, "") if gradient < 0 else ("", "█" * full + "▌" * odd)
        return [(fit(below, half, ">"), "negative"), ("│", "line"), (fit(above, half), "positive")]

    # ------------------------------------------------------------ the timeline

    def timeline(self, width: int) -> Line:
        """All events from left to right, several in a column where there are many."""
        last = self._last_column(width)
        if last not in self._marks:
            self._marks[last] = [self._mark(column, last) for column in range(last + 1)]
        marks = self._marks[last]
        now = -(-self.cursor.position * last // max(1, len(self.cursor)))
        return [*marks[:now], ("●", "now"), *marks[now + 1 :], *LEGEND]

    def position_at(self, column: int, width: int) -> int:
        """How many events have happened at a column of the timeline."""
        last = self._last_column(width)
        return min(column, last) * len(self.cursor) // max(1, last)

    def _last_column(self, width: int) -> int:
        """Column 0 stands before the first event; there is one more for each, if there is room."""
        return max(0, min(len(self.cursor), width - 1 - sum(columns(text) for text, _ in LEGEND)))

    def _mark(self, column: int, last: int) -> tuple[str, str]:
        start, end = (max(0, c) * len(self.cursor) // max(1, last) for c in (column - 1, column))
        events = self.trace.events[start:end]
        if any(event.kind == "seed" for event in events):
            return "◆", "strong"
        if any(self.cursor.breakpoints & {event.node, event.operand} for event in events):
            return "○", "strong"
        sent = [event.product or 0.0 for event in events]
        made = [self.trace.nodes[event.node].data for event in events if event.kind == "create"]
        if not all(map(math.isfinite, sent + made)):
            return "!", "broken"
        most = max(sent, key=abs, default=0.0)
        return ("▀", "positive") if most > 0 else ("▄", "negative") if most < 0 else ("┄", "line")


def _shape_role(piece: Piece) -> str:
    if piece.shape in ("sign", "chip"):
        return "chip" if piece.shape == "chip" else "ink"
    return _role(piece.number, "" if piece.shape == "gradient" else "ink")


def _role(x: float | None, finite: str = "") -> str:
    """The role of a number: broken if it is not finite, else as given, or by its sign."""
    if x is None:
        return "muted"
    if not math.isfinite(x):
        return "broken"
    return finite or ("positive" if x > 0 else "negative" if x < 0 else "ink")


def _number_in(write: Callable[[float, int], str], x: float, room: int) -> str:
    """A number with as many of its four digits as there is room for; for want of any, as +2e4."""
    texts = [write(x, digits) for digits in (4, 3, 2, 1)]
    if math.isfinite(x):
        mantissa, power = f"{x:+.0e}".split("e")
        texts.append(f"{mantissa}e{int(power)}".replace("-", "−"))
    return next((text for text in texts if len(text) <= room), texts[-1])
