"""What would make a program untrue: a decision on a number while recording, and a model that changes its shape."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from autograd.errors import RecordingError
from autograd.nn import Module
from autograd.value import Value
from autograd.watching import Place, Rehearsal, present, user_place


class Recorder(Rehearsal):
    """Sees a function run once: notes what is made and in which line, and refuses decisions on numbers.

    Args:
        fixed: let numbers be read, the caller vouching that no run will decide differently.

    Attributes:
        places: for each node the file and the line that made it.
        modes: each part of a network that acted by whether it is in training, and whether it was.
        draws: each leaf that stands for a number of chance, and what draws it.
        notes: what notes numbers of a pass, and the values whose numbers these are.
    """

    def __init__(self, fixed: bool = False) -> None:
        super().__init__()
        self.fixed = fixed
        self.places: dict[Value, Place | None] = {}
        self.modes: dict[Module, bool] = {}
        self.draws: list[tuple[Value, Callable[[], float]]] = []
        self.notes: list[tuple[Callable[..., object], tuple[Value | float, ...]]] = []
        self._detached: set[Value] = set()

    def detached(self, node: Value) -> None:
        self._detached.add(node)

    def moved(self, value: Value, before: float) -> None:
        value._data = before
        raise RecordingError(
            f"{_seen('moves a Value')} A program only computes: its step(optimizer, ...) moves the parameters,"
            " and sync() writes them to the Values"
        )

    def passing(self, root: Value) -> None:
        raise RecordingError(
            f"{_seen('calls backward()')} A recorded function only gives its loss:"
            " value_and_gradients(...) and step(optimizer, ...) know the gradients"
        )

    def consulted(self, part: Module) -> None:
        self.modes[part] = part._training

    def drawn(self, draw: Callable[[], float]) -> Value:
        leaf = Value(super().drawn(draw), label="drawn")
        self.draws.append((leaf, draw))
        return leaf

    def noted(self, note: Callable[..., object], values: tuple[Value | float, ...]) -> bool:
        self.notes.append((note, values))
        return super().noted(note, values)

    def asked(self, value: Value) -> None:
        if self.fixed:
            return
        raise RecordingError(
            f"{_seen('reads the number of a Value')} A program would keep the answer of this one run for all inputs."
            " Write where(greater(a, b), x, y), maximum, minimum, clamp, abs or relu, which decide anew in every run;"
            " or record with fixed=True if no run decides differently"
        )

    def refuse_lost(self, leaves: Iterable[Value]) -> None:
        """Raise if one of these leaves was computed: `no_grad` makes leaves of what is computed within it.

        Raises:
            RecordingError: one was.
        """
        for leaf in leaves:
            if leaf in self._detached:
                raise RecordingError(
                    f"{_line(self.places[leaf])} computes a number within no_grad, which a program would keep"
                    " for all inputs: compute it outside of the recorded function, and give it as an argument"
                )


def refuse_within_recording() -> None:
    """Raise if a function is being recorded: what a program gives would be a constant to it.

    Raises:
        RecordingError: one is.
    """
    if any(isinstance(watcher, Recorder) for watcher in present()):
        raise RecordingError(
            "a program is run while another function is recorded, which would keep the number of this one run:"
            " call the function itself there, recorded.function(...), and it becomes part of the other"
        )


def _seen(what: str) -> str:
    """A sentence on what the user's line does, with the line."""
    place = user_place()
    code = linecache.getline(*place).strip() if place else ""
    return f"{_line(place)} {what} while it is recorded" + (f": {code!r}." if code else ".")


def _line(place: Place | None) -> str:
    return f"line {place[1]} of {Path(place[0]).name}" if place else "the recorded function"


class ModelShape:
    """What some models consist of, to see cheaply whether they still do."""

    def __init__(self, models: Iterable[Module]) -> None:
        self._attributes: list[tuple[dict[str, Any], str]] = []
        self._lists: list[list[Any]] = []
        met: set[int] = set()
        waiting: list[Any] = list(models)
        while waiting:
            part = waiting.pop()
            if id(part) in met:
                continue
            met.add(id(part))
            if isinstance(part, Module):
                # As everywhere, a name with an underscore is no part: a layer of attention keeps its last weights so.
                inner = {
                    name: x
                    for name, x in vars(part).items()
                    if isinstance(x, Value | Module | list) and not name.startswith("_")
                }
                self._attributes += [(vars(part), name) for name in inner]
                waiting += inner.values()
            elif isinstance(part, list) and any(isinstance(x, Value | Module | list) for x in part):
                self._lists.append(part)
                waiting += part
        self._parts = [owner.get(name) for owner, name in self._attributes]
        self._contents = [list(x) for x in self._lists]

    def check(self) -> None:
        """Raise if an attribute or a list holds something else than it did.

        Raises:
            RecordingError: it does.
        """
        if self._lists != self._contents or [owner.get(name) for owner, name in self._attributes] != self._parts:
            raise RecordingError(
                "the model has other parts than when it was recorded, and the program computes with the old ones:"
                " record it again"
            )
