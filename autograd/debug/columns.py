"""Text in the columns of a terminal: how wide it is, cut and padded to fit, and what stands for it in ASCII."""

from __future__ import annotations

import unicodedata

Line = list[tuple[str, str]]
"""Spans of text, each with its role; what roles there are, `debug.view` tells."""


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: two for an East Asian character, none for a combining one."""
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def clip(text: str, room: int) -> str:
    """The text, or as much of its beginning as fits into so many columns, with an ellipsis.

    >>> clip("a label that goes on", 12)
    'a label tha…'
    """
    if len(text) <= 4 * room and columns(text) <= room:
        return text
    kept = text[: max(0, 4 * room)]  # combining characters take no column, and there may be thousands
    while kept and columns(kept) >= room:
        kept = kept[:-1]
    return kept + "…" if room > 0 else ""


def fit(text: str, room: int, align: str = "<") -> str:
    """The text in exactly so many columns, at the left (`<`), the right (`>`) or in the middle (`^`)."""
    text = clip(text, room)
    spare = room - columns(text)
    left = {"<": 0, ">": spare, "^": spare // 2}[align]
    return " " * left + text + " " * (spare - left)


ASCII = str.maketrans("−×·∂→←↑↓▶›○●◆▀▄┄─│…", "-*.d><^v>*o@^+-.-|~")


def in_ascii(line: Line) -> Line:
    """The line in ASCII: bars become `<<|` and `|>>`, what has no likeness becomes `?`."""
    shown = []
    for text, role in line:
        bar = "<" if role == "negative" else ">"
        for ours, theirs in ("├ ", "|-"), ("└ ", "`-"), ("█", bar), ("▌", bar), ("▐", bar):
            text = text.replace(ours, theirs)
        shown.append((text.translate(ASCII).encode("ascii", "replace").decode(), role))
    return shown


def needs_ascii(encoding: str | None) -> bool:
    """Whether an encoding lacks the characters that we draw with."""
    try:
        "∂−▶█".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False
