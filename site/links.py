"""Dead links: every link and every picture of the pages in a folder leads to a file of it, and to a place in that."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

TAG = re.compile(r"<[a-zA-Z][^<>]*>")
NAMED = re.compile(r'\s(id|name|href|src)="([^"]*)"')
APPLICATIONS = ("lite", "playground")  # parts whose pages are programs: whether they run is another test


def check(folder: Path) -> tuple[list[str], list[str]]:
    """The links that lead nowhere, as "page: link", and the addresses of other sites, which are not fetched."""
    pages = {
        path: [attribute for tag in TAG.findall(path.read_text("utf-8")) for attribute in NAMED.findall(tag)]
        for path in sorted(folder.rglob("*.html"))
        if path.relative_to(folder).parts[0] not in APPLICATIONS
    }
    places = {
        path: {unescape(value) for kind, value in found if kind in ("id", "name")} for path, found in pages.items()
    }
    dead: list[str] = []
    elsewhere: set[str] = set()
    for page, found in pages.items():
        for link in dict.fromkeys(unescape(value) for kind, value in found if kind in ("href", "src")):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if parts.scheme != "data":
                    elsewhere.add(link)
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            target = target / "index.html" if target.is_dir() else target
            if any(target.is_relative_to(folder / part) and not (folder / part).exists() for part in APPLICATIONS):
                continue  # a part that was not built this time
            there = target.is_relative_to(folder) and target.is_file()
            if not there or (parts.fragment and unquote(parts.fragment) not in places.get(target, {parts.fragment})):
                dead.append(f"{page.relative_to(folder)}: {link}")
    return dead, sorted(elsewhere)
