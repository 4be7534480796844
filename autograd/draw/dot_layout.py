"""Positions from Graphviz in place of our own layout: only places and curves are taken, the picture stays ours."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File

from autograd.draw.engine import render
from autograd.draw.layout import Link, Point, port
from autograd.draw.nested import NestedPlan
from autograd.draw.parts import Path

INCH = 72.0


def dot_plan(
    sizes: Mapping[str, Point],
    links: Sequence[Link],
    paths: Mapping[str, Path],
    titles: Mapping[Path, float],
    gap: float,
    engine: str | File | None = None,
) -> NestedPlan:
    """The plan that `dot` makes of boxes and links.

    Args:
        titles: for every cluster the width of its title.
        engine: the dot command; None for the one that is found.

    Raises:
        MissingPackageError: there is no Graphviz.
    """
    inlets: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        inlets[str(link.target)].append(link)
    clusters = list(titles)
    columns_apart = max([gap, *(link.wish for link in links)]) / INCH
    text = "".join(
        [
            f"digraph {{\n\tgraph [rankdir=LR ranksep={columns_apart:.3f} nodesep=0.2]\n\tnode [shape=plain]\n",
            *_inside((), sizes, inlets, paths, titles),
            *(
                f"\t{link.source}:e -> {name}:i{i}:w [comment={link.key} arrowhead=none]\n"
                for name, entering in inlets.items()
                for i, link in enumerate(entering)
            ),
            "}\n",
        ]
    )
    drawn = json.loads(render(text, "json0", engine))
    width, height = map(float, drawn["bb"].split(",")[2:])
    boxes, areas = {}, {}
    for shown in drawn["objects"]:
        name = shown["name"]
        if name in sizes:
            (w, h), (x, y) = sizes[name], map(float, shown["pos"].split(","))
            boxes[name] = (x - w / 2, height - y - h / 2)  # Graphviz counts upwards
        else:
            x0, y0, x1, y1 = map(float, shown["bb"].split(","))
            areas[clusters[int(name.removeprefix("cluster_"))]] = (x0, height - y1, x1 - x0, y1 - y0)
    routes = {}
    for edge in drawn.get("edges", ()):
        places = (map(float, pair.split(",")) for pair in edge["pos"].split())
        routes[int(edge["comment"])] = [(x, height - y) for x, y in places]
    _attach(routes, boxes, sizes, links)
    return NestedPlan(dict(boxes), routes, (width, height), {path: areas[path] for path in clusters})


def _inside(
    path: Path,
    sizes: Mapping[str, Point],
    inlets: Mapping[str, Sequence[Link]],
    paths: Mapping[str, Path],
    titles: Mapping[Path, float],
) -> Iterator[str]:
    """The boxes that stand directly in a cluster, and the clusters in it, as DOT."""
    for name, (w, h) in sizes.items():
        if paths[name] == path:
            cells = "".join(f'<TR><TD PORT="i{i}"></TD></TR>' for i in range(len(inlets.get(name, ())) or 1))
            yield f"\t{name} [label=<{_table(w, h, cells)}>]\n"
    for number, inner in enumerate(titles):
        if inner[:-1] == path:
            room_for_title = _table(titles[inner], 20, "<TR><TD></TD></TR>")
            yield f"\tsubgraph cluster_{number} {{\n\tgraph [margin=14 label=<{room_for_title}>]\n"
            yield from _inside(inner, sizes, inlets, paths, titles)
            yield "\t}\n"


def _table(width: float, height: float, rows: str) -> str:
    fixed = f'FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{height:.0f}"'
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" {fixed}>{rows}</TABLE>'


def _attach(
    routes: dict[int, list[Point]], boxes: Mapping[str, Point], sizes: Mapping[str, Point], links: Sequence[Link]
) -> None:
    """Move the ends of the curves to our inlets and outlets."""
    uses: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        uses[str(link.source)].append(link)
    for name, leaving in uses.items():
        leaving.sort(key=lambda link: (routes[link.key][3][1], link.inlet))
        x, y = boxes[name]
        w, h = sizes[name]
        for at, link in enumerate(leaving):
            route = routes[link.key]
            out = y + h * port(at, len(leaving))
            route[:2] = (x + w, out), (route[1][0], route[1][1] + out - route[0][1])
            (left, top), (_, tall) = boxes[str(link.target)], sizes[str(link.target)]
            into = top + tall * link.inlet
            route[-2:] = (route[-2][0], route[-2][1] + into - route[-1][1]), (left, into)
