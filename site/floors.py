"""The map of the floors, drawn from the contract that import-linter holds the package to."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

CONTRACT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def layers() -> list[str]:
    """The modules of the package from the top floor to the ground."""
    contracts = tomllib.loads(CONTRACT.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return [str(name) for name in contracts[0]["layers"]]


def write(folder: Path) -> None:
    """Write `floors.txt`, which the pages of the guides include: every floor with the first line of its docstring."""
    lines = []
    for name in layers():
        about = (importlib.import_module(name).__doc__ or "").strip().partition("\n")[0]
        lines.append(f"- `{name.removeprefix('autograd.')}` {about}")
    (folder / "floors.txt").write_text("\n".join(lines) + "\n", "utf-8")
