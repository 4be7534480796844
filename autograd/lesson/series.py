"""The notebooks of the course: where they are, and copying them for somebody to work in."""

from __future__ import annotations

from pathlib import Path

import autograd


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


def copy(folder: Path) -> tuple[list[Path], list[Path]]:
    """Copy the lessons into a folder; a file that is there and differs is kept as it is.

    Returns:
        The copies that were made, or were there already; and the files that were kept.

    Raises:
        OSError: the folder cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copied, kept = [], []
    for lesson in lessons():
        target, content = folder / lesson.name, lesson.read_bytes()
        try:
            with target.open("xb") as file:  # fails where there is one, even if it appeared just now
                file.write(content)
        except FileExistsError:
            if target.read_bytes() != content:
                kept.append(target)
                continue
        copied.append(target)
    return copied, kept
