"""Parameters in a file: JSON that a person can read, exact to the last bit, written whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from autograd.errors import StateError
from autograd.nn.module import Module

FORMAT = "stepgrad parameters"
VERSION = 1


def save(model: Module, path: str | os.PathLike[str]) -> None:
    """Write the parameters and buffers of a model to a JSON file.

    The file appears under its name only when it is complete: a crash leaves the older one as it was. Numbers are
    written with the digits that give back the same float; nan and ±inf as words.

    >>> import autograd, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "model.json")
    ...     save(autograd.nn.MLP(2, [1], rng=0), file)
    ...     load(autograd.nn.MLP(2, [1], rng=1), file)
    """
    numbers = {name: x if abs(x) < float("inf") else repr(x) for name, x in model.state_dict().items()}
    write_whole(path, {"format": FORMAT, "version": VERSION, "model": repr(model), "parameters": numbers}, indent=1)


def load(model: Module, path: str | os.PathLike[str]) -> None:
    """Read parameters from a file that `save` wrote into a model of the same shape.

    Raises:
        StateError: the file is damaged, foreign, newer, or belongs to another model; the model stays as it was.
        OSError: there is no such file.
    """
    content = read_whole(path, FORMAT, VERSION)
    parameters = content.get("parameters")
    if not isinstance(parameters, dict):
        raise StateError(f"{path} holds no parameters")
    words = {"nan", "inf", "-inf"}
    state = {name: float(x) if isinstance(x, str) and x in words else x for name, x in parameters.items()}
    try:
        model.load_state_dict(state)
    except StateError as error:
        raise StateError(f"{path} holds {content.get('model')!s:.80}: {error}") from None


def write_whole(path: str | os.PathLike[str], content: dict[str, Any], *, indent: int | None = None) -> None:
    """Write JSON to a file that appears under its name only when it is complete.

    Raises:
        ValueError: there is nan or infinity in it, which JSON has no word for.
    """
    target = Path(path).resolve()  # a link stays a link
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("x", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=indent, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def read_whole(path: str | os.PathLike[str], kind: str, version: int) -> dict[str, Any]:
    """The JSON in a file that says it is of this format and version.

    Raises:
        StateError: it is damaged, foreign, or of another version.
        OSError: there is no such file.
    """
    try:
        content: Any = json.loads(Path(path).read_text(encoding="utf-8"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise StateError(f"{path} is damaged or no JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != kind:
        raise StateError(f"{path} is not a file of {kind}")
    if content.get("version") != version:
        raise StateError(f"{path} has version {content.get('version')!r}, this release reads {version}")
    return content


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, content in pairs:
        if name in found:
            raise ValueError(f"{name} stands there twice")
        found[name] = content
    return found
