"""The page of all ops, made of the registry."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from op_formulas import derivatives, formulas, limits
from op_plots import call, plot

from autograd.activations import Activation
from autograd.op import REGISTRY, Op

HEAD = """---
hide-toc: true
---

# Every op

Formula, local derivatives, kinks and a plot of every op of the registry, made of its declaration: the derivative is the
rule that `backward()` applies, with *out* for the result. In a plot the solid line is the op, the dashed one its
derivative by the first operand; hatched is where that is below a tenth of its maximum. An op of your own is
[declared in the same way](guides/writing_an_op.md).
"""
COLUMNS = ("op", "formula, local derivatives, kinks and domain", "plot")


def ops() -> list[Op]:
    """The ops that the package declares, in the order of their declarations."""
    return [op for op in REGISTRY.values() if op.forward.__module__.startswith("autograd.")]


def write(folder: Path) -> None:
    """Write `ops.md`, and the plots into `ops/`."""
    (folder / "ops").mkdir()
    for op in ops():
        plot(op, folder / "ops")
    groups = {
        "Activations": [op for op in ops() if isinstance(op, Activation)],
        "Functions of numbers": [op for op in ops() if not isinstance(op, Activation) and not op.lists],
        "Functions of lists": [op for op in ops() if op.lists],
    }
    tables = [f"## {title}\n\n{table(members)}" for title, members in groups.items()]
    (folder / "ops.md").write_text("\n\n".join([HEAD, *tables]) + "\n", "utf-8")


def table(members: Iterable[Op]) -> str:
    """A table of ops as HTML."""
    heads = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
    rows = "\n".join(map(row, members))
    return f'<table class="ops"><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>'


def row(op: Op) -> str:
    """The row of an op; each cell says for narrow screens in which column it stands."""
    symbol = f' <span class="symbol">{escape(op.symbol)}</span>' if op.symbol != op.name else ""
    plotted = escape(call(op))
    images = "".join(
        f'<img class="only-{theme}" src="ops/{op.name}-{theme}.svg" width="240" height="190" loading="lazy"'
        f' alt="{plotted or op.name} and its derivative">'
        for theme in ("light", "dark")
    )
    name, *cells = (
        f'<a href="api/autograd.html#autograd.{op.name}"><code>{op.name}</code></a>{symbol}'
        + paragraphs([escape((op.__doc__ or "").partition("\n")[0])]),
        paragraphs([*formulas(op), *derivatives(op)]) + f'<div class="limits">{paragraphs(limits(op))}</div>',
        images + paragraphs([plotted] if plotted else []),
    )
    named, *labels = (f'data-label="{column}"' for column in COLUMNS)
    rest = "".join(f"<td {label}>{cell}</td>" for label, cell in zip(labels, cells, strict=True))
    return f'<tr id="op-{op.name}"><th scope="row" {named}>{name}</th>{rest}</tr>'


def paragraphs(lines: Iterable[str]) -> str:
    """Lines below each other."""
    return "".join(f"<p>{line}</p>" for line in lines)
