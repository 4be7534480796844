"""Sphinx's settings. `site/docs.py` puts the sources together and runs it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

import autograd
from autograd.draw.tokens import tokens

HERE = Path(__file__).resolve().parent

project = "stepgrad"
author = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]["authors"][0]["name"]
project_copyright = author
release = autograd.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["**/steps/*"]

# Markdown and notebooks: run beforehand, so that a lesson is a page like any other.
myst_enable_extensions = ["colon_fence", "dollarmath", "attrs_inline"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_merge_streams = True  # a slow cell prints line by line
suppress_warnings = ["myst.header", "misc.highlighting_failure"]

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # as they are written: the repr of a module says where it lies on this machine
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_default_options = {"exclude-members": "node"}  # of Op: the class of nodes, which is documented itself
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
toc_object_entries = False
add_module_names = False
trim_doctest_flags = True

html_theme = "furo"
html_title = "stepgrad"
templates_path = [str(HERE / "templates")]
html_sidebars = {
    "**": [f"sidebar/{part}.html" for part in ("brand", "search", "scroll-start")]
    + ["live.html", "sidebar/navigation.html", "sidebar/scroll-end.html"]
}
html_static_path = [str(HERE / "static")]
html_favicon = str(HERE / "static" / "favicon.svg")
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_math_renderer = "mathml"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def colours(theme: str) -> dict[str, str]:
    """The theme's variables from the tokens of the pictures."""
    look = tokens()["themes"][theme]["colour"]
    return {
        "color-brand-primary": look["positive"],
        "color-brand-content": look["positive"],
        "color-brand-visited": look["positive"],
        "color-background-primary": look["ground"],
        "color-background-secondary": look["surface"],
        "color-foreground-primary": look["ink"],
        "color-foreground-secondary": look["muted"],
        "color-foreground-muted": look["muted"],
        "color-toc-item-text": look["muted"],
        "color-api-background": look["surface"],
        "color-api-overall": look["muted"],
        "color-api-pre-name": look["muted"],
        "color-api-name": look["ink"],
        "color-api-paren": look["muted"],
        "color-line": look["line"],
    }


html_theme_options = {"light_css_variables": colours("light"), "dark_css_variables": colours("dark")}

REPR = re.compile(r"<(?:[^<>]|<[^<>]*>)*>")  # of what has no literal
MARKUP = re.compile(r"`([^`]+)`|([*|_\\])")


def plain(app: Any, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text with code in backticks: what reStructuredText would take for markup is escaped."""
    if what in ("attribute", "property"):
        lines[:0] = ["..", ""]  # else what stands before a colon on the first line would be taken for the type
    is_example = False
    for number, line in enumerate(lines):
        is_example = line.lstrip().startswith(">>>") or (is_example and bool(line.strip()))
        if not is_example:
            lines[number] = MARKUP.sub(lambda match: f"``{match[1]}``" if match[1] else f"\\{match[2]}", line)


def readable(app: Any, what: str, name: str, found: Any, options: Any, signature: str, result: str) -> Any:
    """A signature that can be parsed, so that its types are shown short."""
    return signature and REPR.sub("...", signature), result


def inline_math(writer: Any, node: nodes.math) -> None:
    """A formula within a sentence, as MathML: no script has to run."""
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def display_math(writer: Any, node: nodes.math_block) -> None:
    """A formula on a line of its own."""
    writer.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def levelled(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """The headings of the navigation say on which level they are, as a screen reader needs to know."""
    tree = context["furo_navigation_tree"]
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def ours(app: Any, env: Any) -> None:
    """Pages of source code are those of this package, not of what some names are wrapped with."""
    for name in [name for name in env._viewcode_modules if not name.startswith("autograd")]:
        del env._viewcode_modules[name]


def setup(app: Any) -> None:
    """Join them to Sphinx."""
    app.connect("env-check-consistency", ours)
    app.connect("html-page-context", levelled, priority=900)  # after the theme
    app.connect("autodoc-process-docstring", plain, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", readable)
    app.add_html_math_renderer("mathml", (inline_math, None), (display_math, None))
