"""Labels are data: this module makes any string safe to show, measures it, and shortens it to fit.

Widths are estimates for the widest font of our stack (DejaVu Sans), so that text fits in the others too.
"""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
# What XML forbids, what a terminal would obey, and what turns the direction of the text around it.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]"
)
_NARROW = frozenset("!'(),.:;I[]ijl|`/\\ ft\"r-")
_WIDE = frozenset("w+−×÷=<>~∂Σ#&")
_WIDEST = frozenset("MWm@%")


def clean(text: str) -> str:
    """The text on one line, without characters that would break or command whatever shows it.

    >>> clean("two\\nlines \\x00")
    'two lines �'
    """
    return _UNSAFE.sub("�", _SPACES.sub(" ", text)).strip()


def counted(count: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "parameter"), counted(2080, "parameter")
    ('1 parameter', '2,080 parameters')
    """
    return f"{count:,} {noun}{'s' * (count != 1)}"


def width(text: str, size: float, bold: bool = False) -> float:
    """About how wide the text is, for a font of `size` px."""
    return sum(map(_em, text)) * size * (1.1 if bold else 1.0)


def _em(character: str) -> float:
    if character.isdigit():
        return 0.637
    if character in _NARROW:
        return 0.4
    if character in _WIDE:
        return 0.86
    if character in _WIDEST:
        return 1.0
    if character.isascii():
        return 0.7 if character.isupper() else 0.615
    if unicodedata.combining(character):
        return 0.0
    return 1.1 if unicodedata.east_asian_width(character) in "WF" else 0.75


def shorten(text: str, size: float, room: float, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits into `room` px, with an ellipsis.

    >>> shorten("a label that goes on", 15, 100)
    'a label tha…'
    """
    if len(text) < 4 * room and width(text, size, bold) <= room:
        return text
    room -= width("…", size, bold)
    kept = 0
    for kept, character in enumerate(text):  # noqa: B007
        room -= width(character, size, bold)
        if room < 0:
            break
    return text[:kept].rstrip() + "…"
