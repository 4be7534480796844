"""Layered drawings with boxes in boxes: a cluster is laid out by itself, and is one box in the drawing around it.

An edge that crosses the frame of a cluster ends at a *stub* on its left or right side, and goes on from there in
the drawing around it. Direct edges have no stubs: all those from one cluster to another share one way between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from autograd.draw.layout import Link, Name, Plan, Point, curve, layered, straight
from autograd.draw.parts import Path

Area = tuple[float, float, float, float]  # left, top, width, height


@dataclass(frozen=True)
class Frame:
    """The margins around the content of a cluster, and the least size of its box."""

    left: float
    top: float
    right: float
    bottom: float
    least: Point = (0.0, 0.0)


@dataclass(frozen=True)
class NestedPlan(Plan):
    """A plan with the areas of its clusters, outer ones first."""

    areas: dict[Path, Area] = field(default_factory=dict)


def nested(
    sizes: Mapping[Any, Point],
    links: Sequence[Link],
    paths: Mapping[Any, Path],
    frame: Callable[[Path], Frame],
    gap: float,
    depth: int = 0,
    first: Collection[Name] = (),
) -> NestedPlan:
    """Lay out boxes that stand in the clusters given by `paths`; only the part of a path from `depth` on counts.

    A cluster that edges leave and enter again cannot be one box: it is drawn without a frame.
    """
    unit, paths = _units(sizes, links, paths, depth)
    inner = {
        cluster: _cluster(cluster, sizes, links, paths, unit, frame, gap, depth)
        for cluster in dict.fromkeys(unit.values())
        if cluster not in sizes
    }
    outer_sizes: dict[Name, Point] = {}
    insets: dict[Name, Point] = {}  # from the corner of a cluster's box to its content
    for name in dict.fromkeys(unit.values()):
        if name in sizes:
            outer_sizes[name] = sizes[name]
            continue
        margins, (w, h) = frame(name), inner[name].size
        full = margins.left + w + margins.right, margins.top + h + margins.bottom
        outer_sizes[name] = max(full[0], margins.least[0]), max(full[1], margins.least[1])
        insets[name] = (
            margins.left + (outer_sizes[name][0] - full[0]) / 2,
            margins.top + (outer_sizes[name][1] - full[1]) / 2,
        )

    def port_of(cluster: Name, stub: Name, room: float) -> float:
        middle = inner[cluster].boxes[stub][1] + room / 2
        return (insets[cluster][1] + middle) / outer_sizes[cluster][1]

    outer_links = []
    ways: dict[tuple[Any, Any], int] = {}  # from unit to unit the direct link that is laid out for all
    for link in links:
        source, target = unit[link.source], unit[link.target]
        if source == target:
            continue
        link = replace(link, source=source, target=target)
        if link.direct:
            if ways.setdefault((source, target), link.key) == link.key:
                outer_links.append(link)
            continue
        if source in inner and link.key in inner[source].routes:
            link = replace(link, outlet=port_of(source, ("out", link.key), link.room))
        if target in inner and link.key in inner[target].routes:
            link = replace(link, inlet=port_of(target, ("in", link.key), link.room), wish=0.0)
        outer_links.append(link)
    plan = layered(outer_sizes, outer_links, gap, first)
    return _joined(plan, inner, insets, outer_sizes, sizes, links, unit, ways)


def _units(
    sizes: Mapping[Any, Point], links: Sequence[Link], paths: Mapping[Any, Path], depth: int
) -> tuple[dict[Name, Any], dict[Name, Path]]:
    """What each box is at this depth, itself or the cluster that it is in; and the paths of what can be framed."""
    paths = {name: paths.get(name, ()) for name in sizes}
    while True:
        unit: dict[Name, Any] = {name: path[: depth + 1] if len(path) > depth else name for name, path in paths.items()}
        sorter: TopologicalSorter[Any] = TopologicalSorter()
        for link in links:
            if unit[link.source] != unit[link.target]:
                sorter.add(unit[link.target], unit[link.source])
        try:
            sorter.prepare()
        except CycleError as error:
            cycle = error.args[1]
            paths = {name: path[:depth] if unit[name] in cycle else path for name, path in paths.items()}
        else:
            return unit, paths


def _cluster(
    cluster: Path,
    sizes: Mapping[Any, Point],
    links: Sequence[Link],
    paths: Mapping[Any, Path],
    unit: Mapping[Name, Any],
    frame: Callable[[Path], Frame],
    gap: float,
    depth: int,
) -> NestedPlan:
    """The content of a cluster, with a stub for each edge that comes in or goes out."""
    content = {name: size for name, size in sizes.items() if unit[name] == cluster}
    stubs: dict[Name, Point] = {}
    inside = []
    for link in links:
        enters, leaves = unit[link.target] == cluster, unit[link.source] == cluster
        at_frame = paths[link.source if leaves else link.target] == cluster and (
            link.from_frame if leaves else link.to_frame
        )
        if enters != leaves and (link.direct or at_frame):
            continue
        if enters and not leaves:
            inside.append(replace(link, source=("in", link.key), outlet=0.5))
            stubs["in", link.key] = (0.0, link.room)
        elif leaves and not enters:
            inside.append(replace(link, target=("out", link.key), inlet=0.5, wish=0.0))
            stubs["out", link.key] = (0.0, link.room)
        elif enters:
            inside.append(link)
    lonely = [name for name in content if not any(name in (link.source, link.target) for link in inside)]
    if lonely and any(stub[0] == "out" for stub in stubs):  # type: ignore[index]
        # Direct edges leave it, which are not laid out here: it stands beside those with stubs.
        for number, name in enumerate(lonely):
            stubs["beside", number] = (0.0, 0.0)
            inside.append(Link(-1 - number, name, ("beside", number)))
    entries = {stub for stub in stubs if stub[0] == "in"}  # type: ignore[index]
    return nested(
        {**content, **stubs}, inside, {**paths, **dict.fromkeys(stubs, cluster)}, frame, gap, depth + 1, entries
    )


def _joined(
    plan: Plan,
    inner: Mapping[Name, NestedPlan],
    insets: Mapping[Name, Point],
    outer_sizes: Mapping[Any, Point],
    sizes: Mapping[Any, Point],
    links: Sequence[Link],
    unit: Mapping[Name, Any],
    ways: Mapping[tuple[Any, Any], int],
) -> NestedPlan:
    """The drawing around the clusters and the drawings in them as one."""
    boxes = {name: place for name, place in plan.boxes.items() if name in sizes}
    areas: dict[Path, Area] = {}
    shifts: dict[Name, Point] = {}
    for cluster, content in inner.items():
        x, y = plan.boxes[cluster]
        areas[cluster] = (x, y, *outer_sizes[cluster])  # type: ignore[index]
        dx, dy = shifts[cluster] = x + insets[cluster][0], y + insets[cluster][1]
        boxes |= {name: (a + dx, b + dy) for name, (a, b) in content.boxes.items() if unit.get(name) == cluster}
        areas |= {path: (a + dx, b + dy, w, h) for path, (a, b, w, h) in content.areas.items()}
    routes: dict[int, list[Point]] = {}
    for link in links:
        key, source, target = link.key, unit[link.source], unit[link.target]
        if link.direct and source != target:
            way = plan.routes[ways[source, target]]
            routes[key] = _direct(link, way, boxes, sizes, (source in sizes, target in sizes))
            continue
        parts = [plan.routes[key]] if source != target else []
        if source in inner and key in inner[source].routes:
            parts.insert(0, _shifted(inner[source].routes[key], shifts[source]))
        if target in inner and source != target and key in inner[target].routes:
            parts.append(_shifted(inner[target].routes[key], shifts[target]))
        route = parts[0]
        for part in parts[1:]:
            route = [*route, *straight(route[-1], part[0]), *part[1:]]
        routes[key] = route
    return NestedPlan(boxes, routes, plan.size, areas)


def _direct(
    link: Link,
    way: Sequence[Point],
    boxes: Mapping[Name, Point],
    sizes: Mapping[Any, Point],
    bare: tuple[bool, bool],
) -> list[Point]:
    """The route of a direct link along the way that it shares; `bare` tells which of its ends stand in no cluster."""
    (x, y), (w, h) = boxes[link.source], sizes[link.source]
    start = way[0] if link.from_frame else (x + w, y + h / 2)
    (x, y), (_, h) = boxes[link.target], sizes[link.target]
    end = way[-1] if link.to_frame else (x, y + h * link.inlet)
    if len(way) == 4:
        return [start, *(straight if link.straight else curve)(start, end)]
    first = curve(start, way[3]) if bare[0] or link.from_frame else [*straight(start, way[0]), *way[1:4]]
    last = curve(way[-4], end) if bare[1] or link.to_frame else [*way[-3:], *straight(way[-1], end)]
    return [start, *first, *way[4:-3], *last]


def _shifted(route: Sequence[Point], shift: Point) -> list[Point]:
    return [(x + shift[0], y + shift[1]) for x, y in route]
