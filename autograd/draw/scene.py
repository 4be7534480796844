"""From Values to a scene: every text, size and state of the picture decided, once for all writers.

Ids come from the topological order, so that the same graph gives the same picture in every process.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.draw.group_cards import group_cards
from autograd.draw.group_edges import group_edges
from autograd.draw.groups import INPUT, count_of_leaves, grouped, scopes_of
from autograd.draw.numbers import gradient_text
from autograd.draw.parts import Card, Edge, Path, Scene, prefixes
from autograd.draw.text import clean
from autograd.draw.tokens import THEMES, scale_for
from autograd.draw.value_cards import View, value_cards
from autograd.graph import topological_order

if TYPE_CHECKING:
    from autograd.value import Value

__all__ = ["Card", "Edge", "Scene", "scene"]

DIRECTIONS = ("LR", "TB")
DETAILS = ("auto", "values", "neurons", "layers")
EDGES_PER_NODE = 4  # of `max_nodes`, so many edges may there be
# Of how many cards a picture is still easy to read; where scopes say what the parts are, fewer.
MOST_VALUES, MOST_VALUES_IN_SCOPES, MOST_NEURONS = 120, 30, 24


def scene(
    *roots: Value,
    detail: str = "auto",
    expand: str | Iterable[str] = (),
    only: Iterable[Value] | None = None,
    direction: str = "LR",
    theme: str = "light",
    digits: int | None = None,
    data: bool = True,
    grad: bool = True,
    local: bool = True,
    heat: str = "auto",
    scale: float | None = None,
    merge: bool = True,
    max_nodes: int = 500,
) -> Scene:
    """The scene of the graph that the roots were computed from.

    A value that was made in a scope stands in a frame with the name of the scope. Closed, the scope is one card.

    Args:
        detail: "values" draws every value; "neurons" closes the innermost scopes, "layers" the outermost ones, and
            both draw what is computed alike only once, with a count; "auto" takes the first that can be read.
        expand: scopes to open nevertheless, as "layer 0" or "layer 0/neuron 3".
        only: the values to draw; see `around` and `path`.
        direction: "LR" draws operands left of results, "TB" above them.
        theme: "light", "dark", or "auto": an SVG that follows the reader's preference (light in other formats).
        digits: significant digits; 4 unless given, 3 where scopes are closed.
        data, grad, local: whether to show values, gradients, local derivatives.
        heat: "linear", "symlog", or "auto": linear unless the largest gradient exceeds 30 times the median.
        scale: the gradient at which tint and bar are full; the largest one in the picture unless given.
            Give it to compare pictures.
        merge: one card for a value and its op; False draws the op as a circle of its own (of detail "values" only).
        max_nodes: refuse to draw more cards, and more than four times as many edges.

    Raises:
        TypeError: a root is not a Value.
        ValueError: an option is not known, or the picture would be larger than `max_nodes` allows.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> picture = scene(x * x)
    >>> [(card.id, card.name, card.value, card.gradient) for card in picture.cards]
    [('v0', 'x', '3', 'not computed'), ('v1', 'v1', '9', 'not computed')]
    >>> [(edge.source, edge.target, edge.slot, edge.pill) for edge in picture.edges]
    [('v0', 'v1', 0, '3'), ('v0', 'v1', 1, '3')]
    """
    check_choice("detail", detail, DETAILS)
    check_choice("direction", direction, DIRECTIONS)
    check_choice("theme", theme, THEMES)
    check_choice("heat", heat, ("auto", "linear", "symlog"))
    if scale is not None and not 0 < scale < math.inf:
        raise ValueError(f"scale must be a positive number, got {scale!r}: leave it out for an automatic one")
    if digits is not None and digits < 1:
        raise ValueError(f"digits must be at least 1, got {digits}")
    whole = _nodes(roots)
    names = {node: f"v{i}" for i, node in enumerate(whole)}
    order = whole if only is None else _chosen(whole, only)
    scope_of = scopes_of(order)
    scopes = prefixes(scope_of.values())
    to_open = _to_expand([expand] if isinstance(expand, str) else expand, scopes)
    detail = detail if detail != "auto" else _readable(order, scopes, to_open)
    reached = set(topological_order(*[root for root in roots if root.grad != 0]))
    view = View(
        order,
        roots,
        {node: names[node] for node in order},
        scope_of,
        reached,
        digits or (4 if detail == "values" else 3),
        data,
        grad,
        local,
    )
    if detail == "values":
        _check_size(len(order), sum(len(node.operands) for node in order), max_nodes, "values")
        measure = scale_for((node.grad for node in order if node in reached), scale, heat)
        cards, edges = value_cards(view, measure, merge)
    else:
        opened = _opened(detail, scopes) | to_open
        groups, place = grouped(order, roots, opened, scope_of)
        cards, measure = group_cards(view, groups, scale, heat)
        chips, edges = group_edges(view, groups, place, cards, measure)
        cards = [*chips, *cards]
        _check_size(len(cards), len(edges), max_nodes, "cards")
    clusters = prefixes(card.path for card in cards)
    return Scene(
        cards=tuple(cards),
        edges=tuple(edges),
        clusters=tuple(clusters),
        title="Computation graph of " + ", ".join(clean(str(r.label))[:80] or names[r] for r in dict.fromkeys(roots)),
        summary=_summary(order, len(whole), cards, reached),
        computed=bool(reached),
        scale=measure,
        digits=view.digits,
        direction=direction,
        theme=theme,
        titles=_titles(scope_of, clusters),
    )


def check_choice(name: str, given: str, known: Sequence[str]) -> None:
    """Refuse an option that is not known.

    Raises:
        ValueError: it is not.
    """
    if given not in known:
        raise ValueError(f"unknown {name} {given!r}: use {' or '.join(map(repr, known))}")


def _nodes(roots: Sequence[Any]) -> list[Value]:
    if not roots:
        raise TypeError("nothing to draw: give the Value whose computation you want to see")
    for root in roots:
        if not hasattr(root, "operands"):
            raise TypeError(f"only a Value can be drawn, got {type(root).__name__} {root!r:.60}")
    return topological_order(*roots)


def _chosen(whole: Sequence[Value], only: Iterable[Value]) -> list[Value]:
    """The chosen values in topological order."""
    wanted = set(only)
    order = [node for node in whole if node in wanted]
    if not order:
        raise ValueError("none of the values in `only` is one that the root was computed from")
    return order


def _to_expand(names: Iterable[str], scopes: Collection[Path]) -> set[Path]:
    """The scopes of these names, and those around them."""
    known = {"/".join(path): path for path in (INPUT, *scopes)}
    found: set[Path] = set()
    for name in names:
        if name not in known:
            some = ", ".join(map(repr, list(known)[1:6])) or "none: they come from autograd.nn and autograd.scope"
            raise ValueError(f"no scope {name!r} to expand in this graph; there are {some}")
        found.update(prefixes([known[name]]))
    return found


def _opened(detail: str, scopes: Collection[Path]) -> set[Path]:
    """The scopes that are frames at this detail: none, or those with scopes in them."""
    return set() if detail == "layers" else {INPUT, *(path[:-1] for path in scopes)} - {()}


def _readable(order: Sequence[Value], scopes: Collection[Path], to_open: set[Path]) -> str:
    """The finest detail that can still be read."""
    if len(order) <= (MOST_VALUES_IN_SCOPES if scopes else MOST_VALUES) and not to_open:
        return "values"
    innermost = set(scopes) - {path[:-1] for path in scopes}
    return "neurons" if len(innermost) <= MOST_NEURONS else "layers"


def _check_size(count: int, edges: int, max_nodes: int, what: str) -> None:
    if count <= max_nodes and edges <= EDGES_PER_NODE * max_nodes:
        return
    number, most, enough = count, max_nodes, count
    kind = what
    if count <= max_nodes:
        number, most, kind, enough = edges, EDGES_PER_NODE * max_nodes, "edges", -(-edges // EDGES_PER_NODE)
    close = "close its scopes with detail='layers'" if what == "values" else "close more scopes"
    raise ValueError(
        f"the graph has {number:,} {kind}, and a picture of more than {most:,} cannot be read: {close}, draw a part"
        f" of it with only=autograd.draw.around(value, 2), or insist with max_nodes={enough}"
    )


def _titles(scope_of: Mapping[Value, Path], clusters: Collection[Path]) -> dict[Path, str]:
    """What stands on the frames: with the number of leaves that were made in there."""
    leaves: dict[Path, list[Path]] = {}
    for node, scope in scope_of.items():
        for path in prefixes([scope]) if node.is_leaf else ():
            leaves.setdefault(path, []).append(scope)
    return {path: f"{path[-1]}, {count_of_leaves(leaves[path])}" for path in clusters if path in leaves}


def _summary(order: Sequence[Value], whole: int, cards: Sequence[Card], reached: set[Value]) -> str:
    leaves = sum(node.is_leaf for node in order)
    count = f"{len(order):,} values, {leaves:,} of them leaves"
    if len(order) < whole:
        count = f"{len(order):,} of {whole:,} values, {leaves:,} of them leaves"
    shown = sum(card.holds > 0 for card in cards)
    if shown < len(order):
        count += f", on {shown} cards"
    if not reached:
        return f"{count}; no backward pass has been made, so no gradient is known."
    gradients = [node.grad for node in order if node in reached and math.isfinite(node.grad)]
    if not gradients:
        return f"{count}; no gradient is finite."
    return f"{count}; gradients from {gradient_text(min(gradients))} to {gradient_text(max(gradients))}."
