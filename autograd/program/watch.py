"""What would make a program untrue: a decision on a number while recording, and a model that changes its shape."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autograd.errors import RecordingError
from autograd.nn import Module
from autograd.value import Value
from autograd.watching import Watcher

_PACKAGE = str(Path(__file__).parents[1])


class Recorder(Watcher):
    """Sees a function run once: notes what is made and in which line, and refuses decisions on numbers.

    Args:
        fixed: let numbers be read, the caller vouching that no run will decide differently.
    """

    def __init__(self, fixed: bool = False) -> None:
        self.fixed = fixed
        self.lines: dict[Value, tuple[str, int]] = {}

    def made(self, node: Value) -> None:
        self.lines[node] = _users_line()

    def asked(self, value: Value) -> None:
        if self.fixed:
            return
        file, line = _users_line()
        code = linecache.getline(file, line).strip()
        raise RecordingError(
            f"line {line} of {Path(file).name} reads the number of a Value while it is recorded"
            + (f": {code!r}. " if code else ". ")
            + "A program would keep the answer of this one run for all inputs. Write where(greater(a, b), x, y),"
            " maximum, minimum, clamp, abs or relu, which decide anew in every run; or record with fixed=True"
            " if no run decides differently"
        )


def _users_line() -> tuple[str, int]:
    """The innermost line outside this package that is being run."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


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
                inner = {name: x for name, x in vars(part).items() if isinstance(x, Value | Module | list)}
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
