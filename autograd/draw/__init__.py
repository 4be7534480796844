"""Pictures of computation graphs: SVG, PNG, PDF, DOT, Mermaid, and in a notebook.

>>> from autograd import Value, draw
>>> w, x = Value(-1.5, label="w"), Value(2.0, label="x")
>>> y = (w * x).tanh()
>>> y.backward()
>>> print(draw.mermaid(y).splitlines()[2])
    v1["x<br/>2<br/>grad −0.0148"]

Every writer takes one or several Values and the options of `autograd.draw.scene.scene`: detail, expand, only,
direction, theme, digits, data, grad, local, heat, scale, merge, max_nodes. A graph that is too large to show every
value is drawn with its scopes closed: neurons, then layers; `around` and `path` choose a part of one. SVG and Mermaid
need no other program; PNG and PDF are made by Graphviz.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.draw import as_dot, as_mermaid, as_svg, engine
from autograd.draw.neighbourhood import around, path
from autograd.draw.scene import scene
from autograd.errors import MissingPackageError

if TYPE_CHECKING:
    import graphviz

    from autograd.value import Value

__all__ = ["around", "digraph", "dot", "draw_dot", "mermaid", "path", "pdf", "png", "save", "show", "svg"]


def svg(*roots: Value, layout: str | Path = "built-in", **options: Any) -> str:
    """An SVG document; it looks the same in browsers, slides and editors.

    Args:
        layout: "built-in" places the cards without any other program, the same on every machine; "dot" takes
            the positions from the Graphviz that is found; a path names its dot command.

    Raises:
        MissingPackageError: the layout is "dot" and there is no Graphviz.
    """
    return as_svg.svg(scene(*roots, **options), layout)


def dot(*roots: Value, layout: str = "built-in", **options: Any) -> str:
    """DOT text with HTML-like cards, for Graphviz.

    Args:
        layout: "built-in" gives every place, which Graphviz keeps; "dot" leaves the places to Graphviz, for text that
            is changed further. A picture in which groups are closed has places always.
    """
    return as_dot.dot(scene(*roots, **options), layout)


def mermaid(*roots: Value, **options: Any) -> str:
    """A Mermaid flowchart, for Markdown documents and wikis that show it themselves."""
    return as_mermaid.mermaid(scene(*roots, **options))


def png(*roots: Value, dpi: int = 144, graphviz: str | Path | None = None, **options: Any) -> bytes:
    """A PNG image made by Graphviz; `graphviz` is its dot command if it is not on the PATH.

    Raises:
        MissingPackageError: there is no Graphviz.
    """
    return engine.render(dot(*roots, **options), "png", graphviz, f"-Gdpi={dpi}")


def pdf(*roots: Value, graphviz: str | Path | None = None, **options: Any) -> bytes:
    """A PDF made by Graphviz's own dot command; `graphviz` is that command if it is not on the PATH.

    Raises:
        MissingPackageError: there is no Graphviz, or only the graphviz-pure wheel, which writes no PDF.
    """
    return engine.render(dot(*roots, **options), "pdf", graphviz)


_WRITERS = {".svg": svg, ".png": png, ".pdf": pdf, ".dot": dot, ".gv": dot, ".mmd": mermaid, ".mermaid": mermaid}


def save(value: Value, path: str | Path, **options: Any) -> Path:
    """Write a picture; the ending of the path says which kind: svg, png, pdf, dot, gv, mmd, mermaid.

    Raises:
        ValueError: the ending is another one.
    """
    path = Path(path)
    write: Any = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise ValueError(f"no picture is called *{path.suffix or path.name}: use {', '.join(_WRITERS)}")
    made = write(value, **options)
    path.write_bytes(made if isinstance(made, bytes) else made.encode())
    return path


def digraph(*roots: Value, layout: str = "built-in", **options: Any) -> graphviz.Digraph:
    """The picture as a `graphviz.Digraph`, to render it with that package; to add to it, with `layout="dot"`.

    Raises:
        MissingPackageError: the package `graphviz` is not installed.
    """
    try:
        from graphviz import Digraph
        from graphviz.backend import dot_command
    except ImportError:
        raise MissingPackageError("digraph needs the package graphviz: pip install graphviz") from None
    command = engine.find_dot()
    if command and command.stem == engine.PURE:
        dot_command.DOT_BINARY = command  # so that the Digraph renders where only the wheel is installed
    return Digraph(body=list(as_dot.dot_lines(scene(*roots, **options), layout)))


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> graphviz.Digraph:  # noqa: A002, as there
    """As `draw_dot` in micrograd's notebook: op nodes stand apart from values, and `dot` places them.

    Raises:
        ValueError: rankdir is neither "LR" nor "TB".
    """
    drawn = digraph(root, layout="dot", detail="values", direction=rankdir, merge=False)
    drawn.format = format
    return drawn


@dataclass(frozen=True)
class Shown:
    """What `show` returns. A notebook displays `svg`; printed it is `text`, which is Mermaid."""

    svg: str
    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.text} if self.svg else {"text/plain": self.text}

    def _repr_svg_(self) -> str | None:
        return self.svg or None

    def __repr__(self) -> str:
        return self.text


def show(*roots: Value, **options: Any) -> Shown:
    """The picture, as it is now, as something that a notebook displays.

    It never raises, so that no cell fails for a picture: it says what went wrong.
    """
    try:
        return Shown(svg(*roots, **options), mermaid(*roots, **{k: v for k, v in options.items() if k != "layout"}))
    except Exception as error:
        return Shown("", f"no picture: {error}")
