"""Run the code of a notebook as on a machine that lacks some modules, and say at which cell it stops.

    python site/without.py NOTEBOOK MODULE ...

It prints nothing if the notebook runs to its end; else the number of the cell, and the module that it lacked.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any


def main() -> None:
    """Run the cells until one fails.

    Raises:
        RuntimeError: it failed for another reason than a module that is not there.
    """
    path, *modules = sys.argv[1:]
    sys.modules |= dict.fromkeys(modules)  # None: importing it raises ModuleNotFoundError
    cells = [cell for cell in json.loads(Path(path).read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    scope: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(cells, 1):
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                exec(compile("".join(cell["source"]), f"cell {number}", "exec"), scope)
        except Exception as error:
            lacked = [cause.name for cause in causes(error) if isinstance(cause, ModuleNotFoundError)]
            if not lacked:
                raise RuntimeError(f"cell {number} of {path} fails, and does not say what it lacks") from error
            print(number, str(lacked[0]).partition(".")[0])
            return


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that led to it."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


if __name__ == "__main__":
    main()
