"""What a picture shows, as plain data. The writers receive a Scene and never walk Values, so that all of them agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from autograd.draw.tokens import Scale

NOT_TRAINED = "not trained"  # the note on closed inputs

Path = tuple[str, ...]


def prefixes(paths: Iterable[Path]) -> dict[Path, None]:
    """Every path and all those around it, outer ones before inner ones, each once."""
    return {path[:depth]: None for path in paths for depth in range(1, len(path) + 1)}


def common(a: Path, b: Path) -> Path:
    """The frames around both."""
    depth = 0
    while depth < min(len(a), len(b)) and a[depth] == b[depth]:
        depth += 1
    return a[:depth]


@dataclass(frozen=True)
class Cell:
    """A small square for one of the groups inside a closed one: the sign of its gradient, and its tint."""

    sign: str
    tint: float | None
    tooltip: str


@dataclass(frozen=True)
class Card:
    """One box: a value, a constant, (when op and value are not merged) an op, or several values.

    Attributes:
        id: `v0, v1 ...` in topological order; `v3op` for its op, `v3c1` for the constant in its slot 1; `g0, g1 ...`
            for closed groups.
        role: one of "leaf", "inner", "root", "constant", "op", and "group" for a closed one.
        name: the label, or the id for a value that has none; "" for constants and ops.
        named: whether the name is a label that somebody gave.
        symbol: what stands in the socket: the symbol of the op, "" for a box without one.
        value: the number as shown; "" where it is not wanted.
        gradient: the gradient as shown, "not computed" before a pass; "" where it is not wanted.
        key: what the gradient is called: "grad"; "Σ grad" of several values.
        seed: whether this is the root of a pass, whose gradient is the seed.
        tint: place of the gradient on the heat scale, in −1..1; None without a finite gradient.
        beyond: whether the gradient exceeds a locked scale.
        broken: whether the value or the gradient is nan or infinite.
        tag: "first nan" or "first inf" on the card where it began, else "".
        tooltip: everything in full.
        path: the clusters around it, outermost first.
        count: of how many values of a kind its numbers tell.
        holds: how many values are in it.
        cells: one for each group inside a closed one.
        note: a remark on a closed group, as "272 parameters"; or, without a gradient, what stands in its place.
    """

    id: str
    role: str
    name: str = ""
    named: bool = False
    symbol: str = ""
    value: str = ""
    gradient: str = ""
    key: str = "grad"
    seed: bool = False
    tint: float | None = None
    beyond: bool = False
    broken: bool = False
    tag: str = ""
    tooltip: str = ""
    path: Path = ()
    count: int = 1
    holds: int = 1
    cells: tuple[Cell, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Edge:
    """One operand slot: `x * x` has two edges. Into a card of several values, all their slots of one kind.

    Attributes:
        source, target: ids of the operand's card and of the card that uses it; a band may begin and end at a
            cluster, whose id is `c` and its place in the scene.
        slot, slots: which inlet of the target, of how many.
        pill: the local derivative as shown; "" where it is unknown or not wanted. On a band, what it joins: `16 × 16`.
        flow: place of the contribution on the heat scale, in −1..1; None before a pass.
        kind: "plain", "constant", "dead" (local derivative 0) or "saturated" (below a tenth of its maximum); "line",
            straight, into a closed group; "band" for too many to draw.
        tooltip: everything in full.
        count: how many edges of the graph it stands for.
    """

    source: str
    target: str
    slot: int = 0
    slots: int = 1
    pill: str = ""
    flow: float | None = None
    kind: str = "plain"
    tooltip: str = ""
    count: int = 1


@dataclass(frozen=True)
class Scene:
    """All that a picture shows.

    Attributes:
        clusters: the frames, outer ones before inner ones.
        computed: whether a backward pass has been made.
        titles: of clusters that have another one than their name.
    """

    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]
    clusters: tuple[Path, ...]
    title: str
    summary: str
    computed: bool
    scale: Scale
    digits: int
    direction: str
    theme: str
    titles: dict[Path, str] = field(default_factory=dict)

    def title_of(self, cluster: Path) -> str:
        """What stands on the frame of a cluster."""
        return self.titles.get(cluster, cluster[-1])
