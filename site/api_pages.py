"""The pages of the API reference: one for each public module, every public name once."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

from autograd import FROM_FLOORS
from autograd.activations import Activation
from autograd.op import Op

MODULES = (
    "autograd",
    "autograd.training",
    "autograd.losses",
    "autograd.optim",
    "autograd.nn",
    "autograd.draw",
    "autograd.draw.plots",
    "autograd.debug",
    "autograd.program",
    "autograd.datasets",
    "autograd.tasks",
    "autograd.interpret",
    "autograd.lesson",
    "autograd.testing",
    "autograd.expression",
    "autograd.errors",
)
GROUPS = ("Values and ops", "Derivatives and graphs", "Activations", "Functions")


def write(folder: Path) -> None:
    """Write a page for each module, and one that lists them."""
    folder.mkdir()
    seen: set[int] = set()
    for name in MODULES:
        (folder / f"{name}.rst").write_text(page(name, seen), "utf-8")
    entries = "\n".join(f"   {name}" for name in MODULES)
    (folder / "index.rst").write_text(
        f"{titled('API reference', '=')}Every public name, with its meaning, its errors and an example that is run as a"
        f" test.\n\n.. toctree::\n   :maxdepth: 2\n\n{entries}\n",
        "utf-8",
    )


def public(module: ModuleType) -> dict[str, Any]:
    """The public names of a module that can be called, with what they name."""
    names = getattr(module, "__all__", None) or [
        name
        for name, found in vars(module).items()
        if getattr(found, "__module__", "") == module.__name__ and not name.startswith("_")
    ]
    return {name: getattr(module, name) for name in names if callable(getattr(module, name))}


def page(name: str, seen: set[int]) -> str:
    """The page of a module; what an earlier page tells is left out."""
    module = importlib.import_module(name)
    elsewhere = FROM_FLOORS if name == "autograd" else {}
    fresh = {key: found for key, found in public(module).items() if id(found) not in seen and key not in elsewhere}
    seen |= set(map(id, fresh.values()))
    parts = [titled(name, "="), f".. automodule:: {name}\n"]
    if name != "autograd":
        return "\n".join([*parts, *(entry(name, key, found) for key, found in fresh.items())])
    groups: dict[str, list[str]] = {group: [] for group in GROUPS}
    for key, found in fresh.items():
        groups[GROUPS[group_of(found)]].append(entry(name, key, found))
    for group, entries in groups.items():
        parts += [titled(group, "-"), *entries]
    links = [f":func:`autograd.{key} <autograd.{floor}.{key}>`" for key, floor in FROM_FLOORS.items()]
    parts += [titled("Taken from the floors above", "-"), ", ".join(links)]
    return "\n".join(parts)


def group_of(found: Any) -> int:
    """Where a name of the package stands."""
    if isinstance(found, Activation):
        return 2
    module = found.forward.__module__ if isinstance(found, Op) else found.__module__
    return {"derivatives": 1, "watching": 1, "functions": 3}.get(module.split(".")[1], 0)


def entry(module: str, name: str, found: Any) -> str:
    """The directive of a name."""
    if inspect.isclass(found):
        options = "" if issubclass(found, BaseException) else "   :members:\n"
        return f".. autoclass:: {module}.{name}\n{options}"
    return f".. autofunction:: {module}.{name}\n"


def titled(title: str, line: str) -> str:
    """A heading."""
    return f"{title}\n{line * len(title)}\n\n"
