"""The lessons as pages: each is run once, and what would be a stepper in a notebook is a stepper on the page."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from html import escape
from pathlib import Path

from nbformat import NotebookNode, write

from autograd.debug.page import page_of

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
AT_ONCE = os.cpu_count() or 1


def scripts() -> list[Path]:
    """The lessons, in their order."""
    return sorted(NOTEBOOKS.glob("[0-9][0-9]_*.py"))


def run(folder: Path) -> None:
    """Run all lessons and write them as notebooks into a folder, their steppers into `steps/` in it."""
    (folder / "steps").mkdir(parents=True)
    with ProcessPoolExecutor(AT_ONCE) as workers:
        # The last take longest, so they come first.
        for done in [workers.submit(run_one, script, folder) for script in reversed(scripts())]:
            done.result()


def run_one(script: Path, folder: Path) -> None:
    """Run one lesson."""
    from nbclient import NotebookClient

    sys.path.insert(0, str(NOTEBOOKS))
    import pair

    made = pair.notebook(script)
    quiet = ["--log-level=ERROR"]  # else each kernel warns of its own way to talk to us
    NotebookClient(made, timeout=300, extra_arguments=quiet, resources={"metadata": {"path": str(folder)}}).execute()
    states = made.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    number = 0
    for cell in made.cells:
        for output in cell.get("outputs", ()):
            view = output.get("data", {}).pop(WIDGET, None)  # without its kernel a widget is what else it shows
            if view and "story" in states[view["model_id"]]["state"]:
                number += 1
                story = json.loads(states[view["model_id"]]["state"]["story"])
                name = f"{script.stem[:2]}-{number}.html"
                (folder / "steps" / name).write_text(page_of(story), "utf-8")
                output.data = NotebookNode({"text/html": frame(story["title"], f"steps/{name}")})
    write(made, folder / f"{script.stem}.ipynb")


def frame(title: str, address: str) -> str:
    """A stepper inside a page."""
    shown = escape(title)
    return (
        f'<iframe class="stepper" src="{address}" title="Stepper: {shown}" loading="lazy"></iframe>'
        f'<p class="stepper-link"><a href="{address}">Step through “{shown}” on a page of its own</a></p>'
    )
