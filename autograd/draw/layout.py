"""Where the boxes of a layered drawing stand and how its edges run, without Graphviz.

Boxes stand in columns, operands left of results, and an edge spends a *joint* in every column that it passes,
so that no edge runs through a box. Four steps, after Sugiyama, Tagawa and Toda (1981):

1. columns: every box next to its first use, then pulled back where that shortens edges;
2. order in a column: barycentre sweeps and exchanges of neighbours; the order with the fewest crossings is kept;
3. height: least squares. One column at a time is placed where its edges are straightest, exactly, by pooling
   neighbours that would overlap (isotonic regression);
4. routes: straight through columns, one curve in each gap.

Why our own: an op's inlets stand in operand order, which the layout has to know (grandalf, the one pure-Python
library that draws layers, has no ports, and its licence is not ours), and it must work in a browser. Everything is
deterministic. `nested.py` adds boxes in boxes.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from itertools import accumulate, combinations, pairwise

Point = tuple[float, float]
Name = Hashable

BOX_GAP = 14.0
JOINT_GAP = 2.0
SWEEPS = 12
STRAIGHTENING = 40
FULL_EFFORT = 15_000  # boxes and joints; beyond it there are fewer sweeps, so that a picture takes seconds
EASE = 0.2  # a gap is at least this part of the height that an edge climbs in it
WIDEST_EASE = 300.0
FEW = 8  # edges into a column, so few that it is made wider where two of them cross
NARROW_GAP = 26.0  # beside a column without boxes


@dataclass(frozen=True)
class Link:
    """An edge to lay out.

    Attributes:
        key: its number.
        source, target: names of boxes.
        inlet: where it enters the target: 0 top, 1 bottom.
        outlet: where it leaves the source; None lets the layout choose, so that edges do not cross.
        room: the height that it needs where it passes a column.
        wish: the width that it wants in the gap before its target.
        direct: whether it crosses the frames of clusters as they come, without a place of its own.
        straight: whether a direct one is a straight line where nothing is in between.
        from_frame, to_frame: whether it begins or ends at the frame of the cluster, not at the box in it.
    """

    key: int
    source: Name
    target: Name
    inlet: float = 0.5
    outlet: float | None = None
    room: float = 12.0
    wish: float = 0.0
    direct: bool = False
    straight: bool = False
    from_frame: bool = False
    to_frame: bool = False


@dataclass(frozen=True)
class Plan:
    """Left top corners of the boxes, and by the key of its link each route: a point and three more for each cubic."""

    boxes: dict[Name, Point]
    routes: dict[int, list[Point]]
    size: Point


@dataclass(slots=True, eq=False)
class _Spot:
    """A box, or the joint of a long edge, while its place is being found."""

    width: float
    height: float
    column: int
    y: float = 0.0  # its middle
    at: int = 0  # its place in the column
    left: list[tuple[_Spot, float, float]] = field(default_factory=list)  # neighbour, lift, weight
    right: list[tuple[_Spot, float, float]] = field(default_factory=list)


def layered(sizes: Mapping[Name, Point], links: Sequence[Link], gap: float, first: Collection[Name] = ()) -> Plan:
    """Place boxes of the given sizes (width, height), at least `gap` between two columns.

    A box of width 0 is the end of an edge that goes on outside; those in `first` stand in the first column.

    Raises:
        graphlib.CycleError: the links go round in a circle.
    """
    columns = _columns(sizes, links, first)
    spots = {name: _Spot(*sizes[name], columns[name]) for name in sizes}
    chains = [_chain(spots, link) for link in links]
    rows: list[list[_Spot]] = [[] for _ in range(max(columns.values()) + 1)]
    for spot in (*spots.values(), *(joint for chain in chains for joint in chain[1:-1])):
        rows[spot.column].append(spot)
    effort = min(1.0, FULL_EFFORT / sum(map(len, rows)))
    rows = _ordered(rows, max(2, round(SWEEPS * effort)))
    _straighten(rows, max(6, round(STRAIGHTENING * effort)))
    return _plan(spots, chains, links, rows, gap)


def _columns(sizes: Mapping[Name, Point], links: Sequence[Link], first: Collection[Name]) -> dict[Name, int]:
    """The column of each box, every target right of its source."""
    uses: dict[Name, list[Name]] = {name: [] for name in sizes}
    operands: dict[Name, list[Name]] = {name: [] for name in sizes}
    for link in links:
        uses[link.source].append(link.target)
        operands[link.target].append(link.source)
    order = list(TopologicalSorter(operands).static_order())
    depth: dict[Name, int] = {}  # columns to the right of it
    for name in reversed(order):
        depth[name] = max((depth[user] + 1 for user in uses[name]), default=0)
    # A box with more edges in than out shortens them by moving left. Leaves that only it uses come along.
    for name in order:
        anchors = [x for x in operands[name] if operands[x] or len(uses[x]) > 1]
        if len(anchors) > len(uses[name]) > 0:
            depth[name] = max(depth[name], min(depth[x] for x in anchors) - 1)
    for name in order:
        if not operands[name] and uses[name]:
            depth[name] = max(depth[user] for user in uses[name]) + 1
    last = max(depth.values())
    return {name: 0 if name in first else last - depth[name] for name in sizes}


def _chain(spots: Mapping[Name, _Spot], link: Link) -> list[_Spot]:
    """The link as a chain of spots from source to target, neighbours tied; long runs are kept straight."""
    source, target = spots[link.source], spots[link.target]
    chain = [source, *(_Spot(0.0, link.room, c) for c in range(source.column + 1, target.column)), target]
    for i, (a, b) in enumerate(pairwise(chain)):
        lift = (link.inlet - 0.5) * b.height if b is target else 0.0
        if a is source and link.outlet is not None:
            lift -= (link.outlet - 0.5) * a.height
        weight = 1.0 if i in (0, len(chain) - 2) else 24.0
        a.right.append((b, lift, weight))
        b.left.append((a, -lift, weight))
    return chain


# ---------------------------------------------------------------- order in a column


def _ordered(rows: list[list[_Spot]], sweeps: int) -> list[list[_Spot]]:
    """The columns, each top to bottom in an order with few crossings.

    They come in topological order, which is planar for a tree.
    """
    _number(rows)
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(sweeps):
        if fewest == 0:
            break
        rightward = sweep % 2 == 0
        for row in rows if rightward else reversed(rows):
            _sort(row, rightward)
        for row in rows:
            _exchange(row)
        found = _crossings(rows)
        if found < fewest:
            best, fewest = [list(row) for row in rows], found
    _number(best)
    return best


def _number(rows: Sequence[Sequence[_Spot]]) -> None:
    for row in rows:
        for at, spot in enumerate(row):
            spot.at = at


def _reach(spot: _Spot, leftward: bool) -> list[float]:
    """Where the neighbours on one side stand in their column, ports counted as parts of a place."""
    ties = spot.left if leftward else spot.right
    return [other.at + lift / (other.height + spot.height) for other, lift, _ in ties]


def _sort(row: list[_Spot], leftward: bool) -> None:
    """Sort by the barycentre of the neighbours on one side; a spot without any keeps its place."""
    centres = [statistics.fmean(reach) if (reach := _reach(spot, leftward)) else None for spot in row]
    tied = sorted((centre, i) for i, centre in enumerate(centres) if centre is not None)
    ranked = iter([row[i] for _, i in tied])
    row[:] = [spot if centre is None else next(ranked) for spot, centre in zip(row, centres, strict=True)]
    _number([row])


def _exchange(row: list[_Spot]) -> None:
    """Swap neighbours in a column while that removes crossings."""
    for _ in range(4):
        changed = False
        for i, (a, b) in enumerate(pairwise(row)):
            a, b = row[i], row[i + 1]
            if _gain(a, b) > 0:
                row[i], row[i + 1] = b, a
                a.at, b.at = i + 1, i
                changed = True
        if not changed:
            return


def _gain(upper: _Spot, lower: _Spot) -> int:
    """How many crossings fewer when the two change places."""
    gain = 0
    for leftward in (True, False):
        below = sorted(_reach(lower, leftward))
        for place in _reach(upper, leftward):
            gain += bisect_left(below, place) + bisect_right(below, place) - len(below)
    return gain


def _crossings(rows: Sequence[Sequence[_Spot]]) -> int:
    """Pairs of edges that cross in the gaps between columns."""
    count = 0
    for row in rows:
        seen: list[float] = []
        for spot in row:
            places = _reach(spot, leftward=False)
            count += sum(len(seen) - bisect_right(seen, place) for place in places)
            for place in places:
                insort(seen, place)
    return count


# ---------------------------------------------------------------- height


def _apart(upper: _Spot, lower: _Spot) -> float:
    """The least distance of the middles of two neighbours in a column."""
    gap = BOX_GAP if upper.width and lower.width else JOINT_GAP if not upper.width and not lower.width else 10.0
    return (upper.height + lower.height) / 2 + gap


def _straighten(rows: Sequence[Sequence[_Spot]], sweeps: int) -> None:
    """Give each spot its height: the edges as level as the order and the sizes allow, the topmost spot at 0."""
    packed = []  # of each spot its distance from the first one in its column when nothing is between them
    for row in rows:
        offsets = [0.0, *accumulate(_apart(upper, lower) for upper, lower in pairwise(row))]
        for spot, offset in zip(row, offsets, strict=True):
            spot.y = offset - offsets[-1] / 2
        packed.append((row, offsets))
    for sweep in range(sweeps):
        for row, offsets in packed if sweep % 2 == 0 else reversed(packed):
            _place(row, offsets)
    top = min(spot.y - spot.height / 2 for row in rows for spot in row)
    for row in rows:
        for spot in row:
            spot.y -= top


def _place(row: Sequence[_Spot], offsets: Sequence[float]) -> None:
    """Move a column to where its edges are straightest in the least-squares sense, nothing overlapping."""
    pools: list[tuple[float, float, int]] = []  # neighbours that touch: weighted sum of wishes, weight, members
    for spot, offset in zip(row, offsets, strict=True):
        wishes = weight = 0.0
        for other, lift, strength in (*spot.left, *spot.right) or ((spot, 0.0, 0.01),):
            wishes += strength * (other.y + lift - offset)
            weight += strength
        members = 1
        while pools and pools[-1][0] / pools[-1][1] >= wishes / weight:
            above = pools.pop()
            wishes, weight, members = above[0] + wishes, above[1] + weight, above[2] + members
        pools.append((wishes, weight, members))
    starts = (wishes / weight for wishes, weight, members in pools for _ in range(members))
    for spot, start, offset in zip(row, starts, offsets, strict=True):
        spot.y = start + offset


# ---------------------------------------------------------------- routes


def _plan(
    spots: Mapping[Name, _Spot],
    chains: Sequence[Sequence[_Spot]],
    links: Sequence[Link],
    rows: Sequence[Sequence[_Spot]],
    gap: float,
) -> Plan:
    outlets = _outlets(chains, links)
    levels = []
    real = [any(spot.width for spot in row) for row in rows]
    gaps = [gap] + [gap if here and before else NARROW_GAP for before, here in pairwise(real)]
    for link, chain, outlet in zip(links, chains, outlets, strict=True):
        start = chain[0].y + (outlet - 0.5) * chain[0].height
        end = chain[-1].y + (link.inlet - 0.5) * chain[-1].height
        level = [start, *(joint.y for joint in chain[1:-1]), end]
        levels.append(level)
        gaps[chain[-1].column] = max(gaps[chain[-1].column], link.wish)
        for spot, (a, b) in zip(chain[1:], pairwise(level), strict=True):
            gaps[spot.column] = max(gaps[spot.column], min(WIDEST_EASE, EASE * abs(b - a)))
    for column, room in _room_for_crossings(links, chains, levels).items():
        gaps[column] = max(gaps[column], room)
    lefts: list[float] = []
    rights: list[float] = []
    for row, before in zip(rows, gaps, strict=True):
        lefts.append(rights[-1] + before if rights else 0.0)
        rights.append(lefts[-1] + max(spot.width for spot in row))
    boxes = {name: (rights[spot.column] - spot.width, spot.y - spot.height / 2) for name, spot in spots.items()}
    routes = {}
    for link, chain, level in zip(links, chains, levels, strict=True):
        route = [(rights[chain[0].column], level[0])]
        for spot, y in zip(chain[1:], level[1:], strict=True):
            route += curve(route[-1], (lefts[spot.column], y))
            end = boxes[link.target][0] if spot is chain[-1] and spot.width else rights[spot.column]
            if end > lefts[spot.column]:
                route += straight(route[-1], (end, y))
        routes[link.key] = route
    bottom = max(spot.y + spot.height / 2 for row in rows for spot in row)
    return Plan(boxes, routes, (rights[-1], bottom))


def _room_for_crossings(
    links: Sequence[Link], chains: Sequence[Sequence[_Spot]], levels: Sequence[Sequence[float]]
) -> dict[int, float]:
    """The width of the gaps in which two edges with wishes cross: room for both, one after the other."""
    ends: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for link, chain, level in zip(links, chains, levels, strict=True):
        if link.wish:
            ends[chain[-1].column].append((level[-2], level[-1], link.wish))
    return {
        column: max((a[2] + b[2] for a, b in combinations(row, 2) if (a[0] - b[0]) * (a[1] - b[1]) < 0), default=0.0)
        for column, row in ends.items()
        if len(row) <= FEW
    }


def curve(a: Point, b: Point) -> list[Point]:
    """The rest of a cubic from a that leaves and arrives horizontally."""
    middle = (a[0] + b[0]) / 2
    return [(middle, a[1]), (middle, b[1]), b]


def straight(a: Point, b: Point) -> list[Point]:
    """The rest of a cubic from a that is a straight line."""
    return [((2 * a[0] + b[0]) / 3, (2 * a[1] + b[1]) / 3), ((a[0] + 2 * b[0]) / 3, (a[1] + 2 * b[1]) / 3), b]


def _outlets(chains: Sequence[Sequence[_Spot]], links: Sequence[Link]) -> list[float]:
    """For each link the place of its outlet, in the order of where the edges go."""
    uses: dict[Name, list[int]] = defaultdict(list)
    for i, link in enumerate(links):
        uses[link.source].append(i)
    places = [0.5] * len(links)
    for row in uses.values():
        row.sort(key=lambda i: chains[i][1].y + (links[i].inlet - 0.5) * chains[i][1].height * (len(chains[i]) == 2))
        for at, i in enumerate(row):
            fixed = links[i].outlet
            places[i] = port(at, len(row)) if fixed is None else fixed
    return places


def port(at: int, count: int, span: float = 0.56) -> float:
    """The place of one of `count` ports on the side of a box: 0 top, 1 bottom."""
    return 0.5 if count == 1 else 0.5 + span * (at / (count - 1) - 0.5)
