"""The documentation: what is written, what is made of the code, and the lessons, put together by Sphinx.

The pages that are written are `guides/`, `pages/` and the README of the benchmarks. The rest is made here: the table of
ops, the API reference, the floors, the comparison with peers.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import api_pages
import floors
import lessons
import lite
import nbformat
import op_table
import peers
import secure

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")


def build(out: Path) -> None:
    """Write the documentation into a folder, its landing page as `index.html`."""
    os.environ |= {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}  # lessons run side by side, each on one core
    with tempfile.TemporaryDirectory() as temporary:
        source, made, cache = (Path(temporary) / name for name in ("source", "made", "cache"))
        stage(source)
        sphinx = [sys.executable, "-m", "sphinx", "-b", "html", "-c", HERE / "pages", "-d", cache]
        subprocess.run([*sphinx, "-W", "--keep-going", "-q", "-j", str(lessons.AT_ONCE), source, made], check=True)
        secure.pages(made)
        for folder in ("lessons/steps", "ops"):
            shutil.copytree(source / folder, made / folder)
        shutil.copytree(made, out, dirs_exist_ok=True)


def stage(source: Path) -> None:
    """Put everything that Sphinx reads into one folder."""
    apart = shutil.ignore_patterns("*.py", "static", "templates", "__pycache__")
    shutil.copytree(HERE / "pages", source, ignore=apart)
    shutil.copytree(HERE / "guides", source / "guides")
    shutil.copytree(HERE / "pictures", source / "pictures", ignore=shutil.ignore_patterns("*.html", "references"))
    shutil.copy(HERE / "experiments.md", source)
    shutil.copy(ROOT / "benchmarks" / "README.md", source / "benchmarks.md")
    shutil.copy(ROOT / "benchmarks" / "programs.svg", source)
    (source / "index.md").write_text(landing((source / "index.md").read_text("utf-8")), "utf-8")
    lessons.run(source / "lessons")
    (source / "lessons" / "index.md").write_text(index_of_lessons(), "utf-8")
    api_pages.write(source / "api")
    op_table.write(source)
    floors.write(source / "guides")
    peers.write(source / "guides")
    for page in source.rglob("*.md"):
        # An example of doctest ends with a blank line, which a reader does not need.
        text = page.read_text("utf-8").replace("\n\n```\n", "\n```\n")
        text = text.replace("(../../benchmarks/README.md", "(../benchmarks.md")
        page.write_text(without_strays(text, page, source), "utf-8")
    for page in source.rglob("*.ipynb"):
        lesson = nbformat.read(page, 4)
        for cell in lesson.cells:
            if cell.cell_type == "markdown":
                cell.source = without_strays(cell.source, page, source)
        lesson.cells[0].source += f"\n\n{where_to_answer(page.stem)}"
        nbformat.write(lesson, page)


def without_strays(text: str, page: Path, source: Path) -> str:
    """The text of a page, in which a link to a file of the repository that is no page of the site is only its text."""

    def kept(match: re.Match[str]) -> str:
        target = (page.parent / match[2].partition("#")[0]).resolve()
        return match[0] if target.is_relative_to(source.resolve()) and target.is_file() else match[1]

    return LINK.sub(kept, text)


def landing(text: str) -> str:
    """The landing page, whose navigation names the guides that it did not know too."""
    others = [page.stem for page in sorted((HERE / "guides").glob("*.md")) if f"guides/{page.stem}" not in text]
    return text.replace("{{guides}}", "\n".join(f"guides/{name}" for name in others))


def index_of_lessons() -> str:
    """The page that lists the lessons."""
    names = [script.stem for script in lessons.scripts()]
    *most, last = [name[:2].lstrip("0") for name in names if foreign(name)]
    text = (HERE / "pages" / "lessons.txt").read_text("utf-8")
    return text.replace("{{foreign}}", f"{', '.join(most)} and {last}").replace("{{lessons}}", "\n".join(names))


def where_to_answer(name: str) -> str:
    """Where a lesson is live."""
    if missing := foreign(name):
        return f"To answer, [run it on your own machine](index.md): the browser lacks {' and '.join(missing)}."
    return f'<a href="../lite/lab/index.html?path={name}.ipynb">Answer it live in the browser</a>'


def foreign(name: str) -> list[str]:
    """What a lesson imports beside this package and what Python has: the live lessons have no more."""
    source = (lessons.NOTEBOOKS / f"{name}.py").read_text("utf-8")
    return sorted(lite.imported(source) - {"autograd"} - sys.stdlib_module_names)
