"""The lessons are edited as scripts; this makes their notebooks, and pages of all to look at.

    python notebooks/pair.py                  write each .ipynb from its .py, without outputs
    python notebooks/pair.py --html rendered  run all and write them as pages into a folder

Needs jupytext; for HTML nbconvert too: pip install 'stepgrad[dev]'.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

FOLDER = Path(__file__).parent


def scripts() -> list[Path]:
    """The lessons, in their order."""
    return sorted(FOLDER.glob("[0-9][0-9]_*.py"))


def notebook(script: Path) -> NotebookNode:
    """The notebook of a script: cells numbered, no outputs, the same bytes every time."""
    made = jupytext.read(script, fmt="py:percent")
    made.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(made.cells, start=1):
        cell.id = f"cell-{number:02}"
        cell.metadata = {}
    return made


def as_text(made: NotebookNode) -> str:
    """The text of the file."""
    return nbformat.writes(nbformat.validator.normalize(made, version_minor=5)[1]) + "\n"


def render(folder: Path) -> None:
    """Run every lesson and write it as a page."""
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    folder.mkdir(parents=True, exist_ok=True)
    for script in scripts():
        made = notebook(script)
        NotebookClient(
            made, timeout=300, resources={"metadata": {"path": str(folder)}}
        ).execute()
        for cell in made.cells:  # widgets need a kernel: what stands for them is shown
            for output in cell.get("outputs", ()):
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        page, _ = HTMLExporter().from_notebook_node(made)
        (folder / f"{script.stem}.html").write_text(page, "utf-8")


def main() -> None:
    """Pair, or render."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--html", type=Path, metavar="FOLDER", help="run all lessons and write them as pages"
    )
    asked = parser.parse_args()
    if asked.html:
        render(asked.html)
        return
    for script in scripts():
        script.with_suffix(".ipynb").write_text(as_text(notebook(script)), "utf-8")


if __name__ == "__main__":
    main()
