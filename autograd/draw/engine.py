"""Finding and running Graphviz: as told, on the PATH, or the `graphviz-pure` wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from autograd.errors import GraphvizError, MissingPackageError

PURE = "graphviz-pure"
TIMEOUT_S = 120


def find_dot(given: str | Path | None = None) -> Path | None:
    """The `dot` command to use, or None when there is no Graphviz.

    Raises:
        FileNotFoundError: one was given and is not there.
    """
    beside_python = str(Path(sys.executable).parent)
    if given is not None:
        found = shutil.which(str(given)) or shutil.which(str(given), path=beside_python)
        if found is None:
            raise FileNotFoundError(f"no Graphviz at {str(given)!r}: give the path of its dot command")
        return Path(found)
    found = shutil.which("dot") or shutil.which(PURE, path=beside_python) or shutil.which(PURE)
    return Path(found) if found else None


def render(text: str, kind: str, engine: str | Path | None = None, *options: str) -> bytes:
    """What Graphviz makes of a DOT text, in a format that it knows by the name `kind`.

    Raises:
        MissingPackageError: there is no Graphviz, or the one there does not write this format.
        GraphvizError: Graphviz refuses the text or takes longer than two minutes.
    """
    command = find_dot(engine)
    if command is None:
        raise MissingPackageError(
            f"{kind.upper()} needs Graphviz and there is none: pip install graphviz-pure (no PDF), or install"
            " Graphviz with your system's packages; SVG and Mermaid need neither"
        )
    if kind == "pdf" and command.stem == PURE:
        raise MissingPackageError(
            "PDF needs Graphviz's own dot command; the graphviz-pure wheel, which is what there is, writes no PDF:"
            " install Graphviz with your system's packages, or save as .svg or .png"
        )
    try:
        done = subprocess.run(
            [command, *options, f"-T{kind}"], input=text.encode(), capture_output=True, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        raise GraphvizError(
            f"Graphviz took longer than {TIMEOUT_S} s: draw a part of the graph, or save it as .svg, which does without"
        ) from None
    if done.returncode:
        raise GraphvizError(f"Graphviz failed: {done.stderr.decode(errors='replace').strip()[:500]}")
    return done.stdout
