"""A strict Content-Security-Policy in every page: nothing inline runs, nothing from elsewhere is loaded.

What the theme and the notebooks write into their pages, scripts, styles and style attributes, is moved to files.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
)
META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
INLINE = re.compile(r"<(script|style)\b((?:\s+(?!src=)[\w-]+(?:=\"[^\"]*\")?)*)\s*>(.*?)</\1>", re.DOTALL)
STYLED = re.compile(r'<[a-zA-Z][^<>]*?\sstyle="([^"]*)"[^<>]*>')


def pages(folder: Path) -> None:
    """Move what is inline in the pages of a folder to files in `_static/inline`, and give each page its policy."""
    inline = folder / "_static" / "inline"
    inline.mkdir(parents=True)
    rules: dict[str, str] = {}
    for page in folder.rglob("*.html"):
        text = page.read_text("utf-8")
        up = Path(os.path.relpath(inline, page.parent)).as_posix()

        def as_file(match: re.Match[str], up: str = up) -> str:
            kind, attributes, content = match.groups()
            if not content.strip() or "application/" in attributes:
                return match[0]
            name = f"{digest(content)}.{'js' if kind == 'script' else 'css'}"
            (inline / name).write_text(content, "utf-8")
            if kind == "script":
                return f'<script{attributes} src="{up}/{name}"></script>'
            return f'<link rel="stylesheet" href="{up}/{name}">'

        text = INLINE.sub(as_file, text)
        text = STYLED.sub(lambda match: as_class(match, rules), text)
        head, tag, rest = text.partition("<head>")
        page.write_text(f'{head}{tag}{META}<link rel="stylesheet" href="{up}/styles.css">{rest}', "utf-8")
    sheet = "".join(f".{name}.{name}.{name}{{{rule}}}\n" for name, rule in sorted(rules.items()))
    (inline / "styles.css").write_text(sheet, "utf-8")


def as_class(match: re.Match[str], rules: dict[str, str]) -> str:
    """An element whose style attribute has become a class."""
    name = f"style-{digest(match[1])}"
    rules[name] = match[1].replace("&quot;", '"')
    tag = match[0].replace(f' style="{match[1]}"', "", 1)
    if ' class="' in tag:
        return tag.replace(' class="', f' class="{name} ', 1)
    return re.sub(r"(\s*/?>)$", rf' class="{name}"\1', tag)


def digest(text: str) -> str:
    """A short name for a text."""
    return sha256(text.encode()).hexdigest()[:12]
