"""Which line of the user's code is being run: the innermost that is not ours."""

from __future__ import annotations

import linecache
import sys
from types import FrameType

from autograd.debug.events import Source
from autograd.optim import Optimizer
from autograd.watching import OURS, user_place


def user_line() -> Source | None:
    """The innermost line being run that is not ours."""
    place = user_place()
    return None if place is None else Source(*place, text_of(*place))


def text_of(file: str, line: int) -> str:
    return linecache.getline(file, line).strip()


def who_moves() -> str:
    """The optimiser that moves a value, or the line of code."""
    frame: FrameType | None = sys._getframe(2)
    # Only our own frames are asked for their variables: CPython 3.11 and 3.12 would keep those of the user alive.
    while frame is not None and frame.f_code.co_filename.startswith(OURS):
        optimizer = frame.f_locals.get("self")
        if isinstance(optimizer, Optimizer):
            return type(optimizer).__name__
        frame = frame.f_back
    return "" if frame is None else text_of(frame.f_code.co_filename, frame.f_lineno)
