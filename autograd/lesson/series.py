"""The notebooks of the course: where they are, and copying them for somebody to work in."""

from __future__ import annotations

import json
from pathlib import Path

import autograd
from autograd.lesson import solutions


def lessons() -> list[Path]:
    """The notebooks, in their order.

    >>> lessons()[0].name
    '01_slopes_by_nudging.ipynb'

    Raises:
        FileNotFoundError: this installation has none.
    """
    package = Path(autograd.__file__).parent
    for folder in (package / "notebooks", package.parent / "notebooks"):  # installed; in a clone
        if found := sorted(folder.glob("[0-9][0-9]_*.ipynb")):
            return found
    raise FileNotFoundError("the notebooks are not installed: install stepgrad from its wheel, or work in a clone")


def headings() -> dict[str, str]:
    """The heading of each lesson by its number.

    >>> headings()["1"]
    '1 · Slopes by nudging'
    """
    found = {}
    for lesson in lessons():
        source = "".join(json.loads(lesson.read_text("utf-8"))["cells"][0]["source"])
        heading = source.splitlines()[0].removeprefix("# ")
        found[heading.split()[0]] = heading
    return found


def copy(folder: Path, *, with_solutions: bool = False) -> tuple[list[Path], list[Path]]:
    """Copy the lessons into a folder; a file that is there and differs is kept as it is.

    Args:
        with_solutions: whether `solutions.html` is written beside them.

    Returns:
        The copies that were made, or were there already; and the files that were kept.

    Raises:
        OSError: the folder cannot be made or written.
    """
    contents = {lesson.name: lesson.read_bytes() for lesson in lessons()}
    if with_solutions:
        contents["solutions.html"] = solutions.page(headings()).encode()
    folder.mkdir(parents=True, exist_ok=True)
    copied, kept = [], []
    for name, content in contents.items():
        target = folder / name
        try:
            with target.open("xb") as file:  # fails where there is one, even if it appeared just now
                file.write(content)
        except FileExistsError:
            if target.read_bytes() != content:
                kept.append(target)
                continue
        copied.append(target)
    return copied, kept
