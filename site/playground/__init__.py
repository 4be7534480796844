"""The playground: a page on which one types an expression and steps through its backward pass, computed in Pyodide.

`build` puts it together: the files of this folder, the stepper of the notebooks and offline pages as it is, its
colours, the engine out of the project's wheel. Nothing on the page comes from anywhere else.
"""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copyfile
from zipfile import ZIP_DEFLATED, ZipFile

import runtime

from autograd.debug.page import colour_properties, static, style
from playground import bridge

HERE = Path(__file__).parent
OWN = ("index.html", "icon.svg", "playground.css", "bridge.py")
PLAYER = ("story.js", "picture.js", "panes.js", "player.js")
UNUSED = [  # most of the wheel, by size
    f"autograd/{folder}/"
    for folder in ("datasets/data", "debug/static", "experiments", "lesson", "notebooks", "program", "tasks")
]


def build(out: Path) -> None:
    """Write `playground/`, and beside it the Pyodide that it runs in."""
    runtime.pyodide(out / "pyodide")
    folder = out / "playground"
    (folder / "player").mkdir(parents=True, exist_ok=True)
    for file in (*(HERE / name for name in OWN), *HERE.glob("*.js")):
        copyfile(file, folder / file.name)
    for name in PLAYER:
        (folder / "player" / name).write_text(static(name), "utf-8")
    (folder / "look.css").write_text(look() + style(), "utf-8")
    (folder / "first.json").write_text(first(), "utf-8")
    with ZipFile(runtime.wheel()) as wheel, ZipFile(folder / "engine.zip", "w", ZIP_DEFLATED) as engine:
        for part in wheel.infolist():
            if not part.filename.startswith(tuple(UNUSED)):
                engine.writestr(part, wheel.read(part))


def look() -> str:
    """The colours of the page: those of the browser's theme, unless the reader chose one."""
    light, dark = colour_properties("light"), colour_properties("dark")
    return (
        f":root{{{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f':root[data-theme="light"]{{{light}}}\n'
        f':root[data-theme="dark"]{{{dark}}}\n'
    )


def first() -> str:
    """What the engine answers to the state that the page begins with; a test holds the two to each other."""
    text, numbers = "n = w*x + b; h = tanh(n)", {"w": 2, "x": 0.5, "b": -1.5}
    return bridge.answer(json.dumps({"about": "expression", "text": text, "numbers": numbers}))
