"""Which values share a card in a graph that is too large to show each: closed scopes, and parts that repeat.

1. A value of a closed scope is in the card of that scope.
2. Of the others, those that are computed alike share a card: the same op on operands that are computed alike. A run
   of one op, in which each is the only use of the one before, counts as a single op of many operands: `sum` adds
   that way.
3. Leaves share a card when the same cards use them.
4. Cards that use each other in a circle, as in a recurrent network, become one.

Each rule costs time linear in the number of edges, and none depends on the order of a set.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from autograd.draw.parts import Path, common
from autograd.draw.text import clean, counted

if TYPE_CHECKING:
    from autograd.value import Value

INPUT: Path = ("input",)  # where leaves without a scope stand that closed groups use
MOST_LOOSE = 60  # cards outside closed groups; for more, values count as computed alike that are so more roughly
ROUGHER: tuple[tuple[bool, int | None], ...] = ((True, None), (False, None), (False, 2), (False, 0))  # labels, depth
NARROW = 8  # an op of so many operands does the same to none of two

PART_OF_LAYER = re.compile(r"(neuron|unit|filter|word) \d+")  # as autograd.nn calls what holds nothing but parameters

Key = tuple[Hashable, ...]


@dataclass
class Group:
    """Values that share a card.

    Attributes:
        path: the frames around the card, outermost first.
        scope: the scope that is closed; () for values that are alike, and for a circle.
        circle: whether its values use each other in a circle.
        members: all of them, operands before results.
        heads: those whose numbers the card shows: what the rest of the graph has from it.
        cells: the heads of each group inside a closed one, by its name.
    """

    path: Path
    scope: Path
    circle: bool = False
    members: list[Value] = field(default_factory=list)
    heads: list[Value] = field(default_factory=list)
    cells: dict[str, list[Value]] = field(default_factory=dict)

    @property
    def is_alike(self) -> bool:
        """Whether its values share a card because they are computed alike; or it has one value only."""
        return not self.scope and not self.circle


def scopes_of(order: Sequence[Value]) -> dict[Value, Path]:
    """For each node the names of the groups around it, outermost first, safe to show.

    A network that is called in a scope has its parameters there too, where it is called in one scope only.
    """
    found = {node: _cleaned(node.scope) for node in order}
    outer: dict[Value, dict[Path, None]] = {}
    for node in order:
        scope = found[node]
        for leaf in node.parents if scope else ():
            own = found.get(leaf)
            if own and leaf.is_leaf and len(own) < len(scope) and scope[-len(own) :] == own:
                outer.setdefault(leaf, {})[scope] = None
    return found | {leaf: next(iter(scopes)) for leaf, scopes in outer.items() if len(scopes) == 1}


def count_of_leaves(scopes: Sequence[Path]) -> str:
    """How many leaves stand in these scopes: parameters where all are in neurons and the like of `autograd.nn`.

    >>> count_of_leaves([("layer 0", "neuron 0")] * 3), count_of_leaves([("scores",)] * 2)
    ('3 parameters', '2 leaves')
    """
    if all(any(map(PART_OF_LAYER.fullmatch, scope)) for scope in scopes):
        return counted(len(scopes), "parameter")
    return f"{len(scopes):,} {'leaf' if len(scopes) == 1 else 'leaves'}"


@cache
def _cleaned(scope: tuple[str, ...]) -> Path:
    return tuple(clean(str(name)) or "?" for name in scope)


def grouped(
    order: Sequence[Value], roots: Collection[Value], opened: Collection[Path], scope_of: Mapping[Value, Path]
) -> tuple[list[Group], list[int]]:
    """The groups of a graph, in the order of what they show first; and for each node in `order` the place of its group.

    Args:
        order: the nodes, operands before results.
        roots: those that nothing has to use to be shown.
        opened: the scopes that are drawn as frames; all others are closed. `INPUT` may be among them.
        scope_of: those around each node.
    """
    graph = _Graph(order, roots, opened, scope_of)
    for labels, depth in ROUGHER:
        keys = graph.keys(labels, depth)
        if len({key for key in keys if key[0] != "closed"}) <= MOST_LOOSE:
            break
    return graph.groups(keys)


class _Graph:
    """The nodes by number, with what is needed to say which are alike."""

    def __init__(
        self,
        order: Sequence[Value],
        roots: Collection[Value],
        opened: Collection[Path],
        scope_of: Mapping[Value, Path],
    ) -> None:
        index = {node: i for i, node in enumerate(order)}
        self.order = order
        self.opened = opened
        self.scopes = [scope_of[node] for node in order]
        self.roots = {index[root] for root in roots if root in index}
        self.operands = [[index.get(operand, -1) for operand in node.operands] for node in order]
        self.users: list[list[int]] = [[] for _ in order]  # one entry per slot
        for i, row in enumerate(self.operands):
            for j in row:
                if j >= 0:
                    self.users[j].append(i)
        split = cache(self._split)
        places = [split(scope) for scope in self.scopes]
        self.frame = [frame for frame, _ in places]
        self.closed: list[Path] = [closed for _, closed in places]
        self._set_inputs_apart()
        self.ops: list[Any] = [node.op and (node.op.name, node.op.symbol) for node in order]
        self.run = self._runs()

    def _split(self, scope: Path) -> tuple[Path, Path]:
        """The open frames around a node, and the closed scope that it is in, or ()."""
        for depth in range(1, len(scope) + 1):
            if scope[:depth] not in self.opened:
                return scope[: depth - 1], scope[:depth]
        return scope, ()

    def _set_inputs_apart(self) -> None:
        """Leaves without a scope that closed groups use are the input."""
        if INPUT in self.closed or any(frame[:1] == INPUT for frame in self.frame):
            return  # somebody's own scope is called that
        for i, row in enumerate(self.operands):
            if not row and not self.closed[i] and not self.frame[i] and any(self.closed[u] for u in self.users[i]):
                if INPUT in self.opened:
                    self.frame[i] = INPUT
                else:
                    self.closed[i] = INPUT

    def _runs(self) -> list[int]:
        """For each node the last one of the run of its op."""
        last = list(range(len(self.order)))
        for i in reversed(range(len(self.order))):
            if self.closed[i]:
                continue
            for j in self.operands[i]:
                if (
                    j >= 0
                    and len(self.users[j]) == 1
                    and self.operands[j]
                    and self.ops[j] == self.ops[i]
                    and not self.closed[j]
                    and self.frame[j] == self.frame[i]
                    and not self.order[j].label
                    and j not in self.roots
                ):
                    last[j] = last[i]
        return last

    # ------------------------------------------------------------ what is computed alike

    def keys(self, labels: bool, depth: int | None) -> list[Key]:
        """For each node what it has in common with those that share its card.

        Args:
            labels: whether values of different labels differ.
            depth: how many operations back two values have to agree; None for all.
        """
        outside: dict[int, list[int]] = {}  # of each run, by its last node, the operands from outside
        for i, row in enumerate(self.operands):
            if row and not self.closed[i]:
                end = self.run[i]
                outside.setdefault(end, []).extend(j for j in row if j < 0 or self.run[j] != end or self.closed[j])
        first = [self._first_look(i, labels, exact=labels or depth is None) for i in range(len(self.order))]
        if depth is None:
            kinds = self._kinds(first, first, outside)
        else:
            kinds = _numbered(first)
            for _ in range(depth):
                kinds = self._kinds(first, kinds, outside)
        keys: list[Key] = []
        for i in range(len(self.order)):
            keys.append(("closed", self.closed[i]) if self.closed[i] else ("loose", kinds[self.run[i]]))
        for i, row in enumerate(self.operands):
            if not row and not self.closed[i]:
                keys[i] = ("leaf", kinds[i], frozenset(keys[user] for user in self.users[i]))
        return keys

    def _first_look(self, i: int, labels: bool, exact: bool) -> Key:
        """What a node is by itself."""
        label = self.order[i].label if labels else ""
        if self.closed[i]:
            # Neurons of one layer give values of one kind; and all parameters are of one.
            return ("closed", self.closed[i][:-1] or self.closed[i]) if self.operands[i] else ("parameter",)
        if self.operands[i]:
            return ("op", self.frame[i], self.ops[i], label, i in self.roots)
        uses: set[tuple[Any, int]] = set()
        for user in self.users[i]:
            slots = [slot for slot, j in enumerate(self.operands[user]) if j == i]
            tell = exact or len(self.operands[user]) <= NARROW
            uses.update((self.ops[user], slot if tell else -1) for slot in slots)
        return ("leaf", self.frame[i], label, label == "" and frozenset(uses), i in self.roots)

    def _kinds(self, first: Sequence[Key], before: Sequence[Any], outside: Mapping[int, Sequence[int]]) -> list[int]:
        """A number for each node, equal for equal ones: what it is by itself, and of what kind its operands are.

        The operands' kinds are those of `before`; when that is `first`, they are the ones being found.
        """
        numbers: dict[Key, int] = {}
        kinds = [0] * len(self.order)
        known: Sequence[Any] = kinds if before is first else before
        for i, look in enumerate(first):
            if self.run[i] != i or self.closed[i] or not self.operands[i]:
                kinds[i] = numbers.setdefault(look, len(numbers))
                continue
            row = outside[i]
            of = tuple(dict.fromkeys(known[j] if j >= 0 else -1 for j in row))
            kinds[i] = numbers.setdefault((look, of, len(set(row)) < len(row) == 2), len(numbers))
        return kinds

    # ------------------------------------------------------------ groups

    def groups(self, keys: Sequence[Key]) -> tuple[list[Group], list[int]]:
        """The groups that the keys make, circles joined."""
        of = _numbered(keys)
        uses: list[dict[int, None]] = [{} for _ in range(max(of) + 1)]
        for i, row in enumerate(self.operands):
            for j in row:
                if j >= 0 and of[j] != of[i]:
                    uses[of[i]][of[j]] = None
        component = strong_components(uses)
        is_circle = {number for number, times in Counter(component).items() if times > 1}
        places: dict[int, int] = {}
        found: list[Group] = []
        for i, node in enumerate(self.order):
            number = component[of[i]]
            if number not in places:
                places[number] = len(found)
                circle = number in is_circle
                found.append(Group(self.frame[i], () if circle else self.closed[i], circle))
            group = found[places[number]]
            group.members.append(node)
            if group.circle:
                group.path = common(group.path, self.frame[i])
        place = [places[component[number]] for number in of]
        self._find_heads(found, place)
        number_of = {node: i for i, node in enumerate(self.order)}
        ranked = sorted(range(len(found)), key=lambda at: number_of[found[at].heads[0]])
        rank = {at: i for i, at in enumerate(ranked)}
        return [found[at] for at in ranked], [rank[at] for at in place]

    def _find_heads(self, found: Sequence[Group], place: Sequence[int]) -> None:
        """What each group, and each group in a closed one, shows: what is used outside of it, leaves only in need."""
        cell = [self._cell(i, found[place[i]]) for i in range(len(self.order))]
        leaves: dict[int, list[Value]] = {}
        for i, node in enumerate(self.order):
            group, at = found[place[i]], place[i]
            leaves_group = i in self.roots or not self.users[i] or any(place[user] != at for user in self.users[i])
            if cell[i] and (self.operands[i] or group.scope == INPUT):
                heads = group.cells.setdefault(cell[i], [])
                if leaves_group or any(cell[user] != cell[i] for user in self.users[i]):
                    heads.append(node)
            if group.is_alike:
                if self.run[i] == i:
                    group.heads.append(node)
            elif leaves_group:
                (group.heads if self.operands[i] else leaves.setdefault(at, [])).append(node)
        for at, group in enumerate(found):
            group.heads = group.heads or leaves[at]
            if group.circle and len(group.cells) < 2:
                group.cells = {}

    def _cell(self, i: int, group: Group) -> str:
        """The name of the group inside a closed one that a node is in, or ""."""
        scope = self.scopes[i]
        if group.scope == INPUT and not scope:
            user = self.users[i][0]
            return clean(str(self.order[i].label)) or f"operand {self.operands[user].index(i)} of {self.ops[user]}"
        depth = len(group.scope or group.path)
        return scope[depth] if (group.scope or group.circle) and len(scope) > depth else ""


def strong_components(uses: Sequence[Collection[int]]) -> list[int]:
    """For each number the component that it is in: two share one where each leads to the other (Tarjan 1972).

    >>> strong_components([[1], [2], [1], [0]])
    [1, 0, 0, 2]
    """
    component = [-1] * len(uses)
    met: dict[int, int] = {}  # number: when it was met
    low = [0] * len(uses)  # the earliest one still open that it leads to
    still_open: list[int] = []
    done = 0
    for start in range(len(uses)):
        path = [] if start in met else [(start, iter(uses[start]))]
        while path:
            number, rest = path[-1]
            if number not in met:
                met[number] = low[number] = len(met)
                still_open.append(number)
            step = next((other for other in rest if component[other] < 0), None)
            if step is None:
                path.pop()
                if low[number] == met[number]:
                    while component[number] < 0:
                        component[still_open.pop()] = done
                    done += 1
                elif path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[number])
            elif step in met:
                low[number] = min(low[number], met[step])
            else:
                path.append((step, iter(uses[step])))
    return component


def _numbered(keys: Sequence[Key]) -> list[int]:
    numbers: dict[Key, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]
