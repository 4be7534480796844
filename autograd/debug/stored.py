"""A trace as JSON text, as `trace.schema.json` describes it, and back. What is read may be anything: it is checked."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from autograd.debug.events import FIELDS, KINDS, Event, Node, Source, is_by_hand
from autograd.errors import TraceError

FORMAT = "stepgrad trace"
VERSION = 1


def stored(nodes: Sequence[Node], events: Sequence[Event]) -> str:
    """JSON text in ASCII; nan and ±inf are written as words."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "nodes": [_sparse(asdict(node)) for node in nodes],
        "events": [_sparse(event._asdict()) for event in events],
    }
    return json.dumps(_worded(content), allow_nan=False)


def restored(text: str) -> tuple[list[Node], list[Event]]:
    """The nodes and events that `stored` wrote.

    Raises:
        TraceError: the text is damaged, foreign, or of a newer version.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TraceError(f"the trace is damaged or no JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise TraceError(f"this is no {FORMAT}")
    version = content.get("version")
    if type(version) is not int or version != VERSION:
        raise TraceError(f"the trace has version {version!r:.20}, this release reads {VERSION}")
    nodes: list[Node] = []
    events: list[Event] = []
    parts: list[tuple[str, list[Any], Callable[..., Any]]]
    parts = [("nodes", nodes, _node_from), ("events", events, _event_from)]
    for key, kept, read in parts:
        if not isinstance(content.get(key), list):
            raise TraceError(f"the trace is damaged: it has no list of {key}")
        for number, facts in enumerate(content[key]):
            try:
                kept.append(read(facts, nodes))
            except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
                raise TraceError(f"the trace is damaged: {key[:-1]} {number} is unreadable ({error})") from None
    return nodes, events


def _sparse(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value not in (None, "", ())}


def _worded(tree: Any) -> Any:
    if isinstance(tree, float) and not math.isfinite(tree):
        return repr(tree)
    if isinstance(tree, dict):
        return {key: _worded(value) for key, value in tree.items()}
    return [_worded(item) for item in tree] if isinstance(tree, list | tuple) else tree


def _node_from(facts: Any, nodes: list[Node]) -> Node:
    """A node read from JSON, which may be computed from those before it."""
    _refuse_strangers(facts, Node.__dataclass_fields__)
    source = facts.get("source")
    if source is not None:
        _refuse_strangers(source, Source.__dataclass_fields__)
        source = Source(_string(source["file"]), _index(source["line"], sys.maxsize), _string(source["text"]))
    node = Node(
        name=_string(facts["name"]),
        op=_string(facts.get("op", "")),
        symbol=_string(facts.get("symbol", "")),
        operands=tuple(None if x is None else _index(x, len(nodes)) for x in _items(facts, "operands")),
        constants=tuple(None if x is None else _constant(x) for x in _items(facts, "constants")),
        partials=tuple(None if x is None else _float(x) for x in _items(facts, "partials")),
        data=_float(facts["data"]),
        scope=tuple(map(_string, _items(facts, "scope"))),
        source=source,
    )
    if not node.name:
        raise ValueError("it has no name")
    if bool(node.op) != bool(node.operands):
        raise ValueError("a computed node has an op and operands, a leaf has neither")
    for operand, constant, local in zip(node.operands, node.constants, node.partials, strict=True):
        if (operand is None) == (constant is None):
            raise ValueError("a slot holds either a node or a number")
        if (operand is None) != (local is None) and not is_by_hand(node):
            raise ValueError("a slot has a local derivative if it holds a node")
    return node


def _event_from(facts: Any, nodes: list[Node]) -> Event:
    """An event read from JSON that has just what its kind needs."""
    kind = facts["kind"]
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r:.60}")
    _refuse_strangers(facts, ("kind", "node", *FIELDS[kind]))
    found = {key: _field(key, facts[key]) for key in FIELDS[kind] if key in facts}
    if missing := set(FIELDS[kind]) - {"local", "rule"} - set(found):
        raise ValueError(f"it has no {min(missing)}")
    event = Event(kind, _index(facts["node"], len(nodes)), **found)
    if kind == "contribute":
        node, slot = nodes[event.node], found["slot"]
        if node.operands[slot] != event.operand or (node.partials[slot] is None) != (event.local is None):
            raise ValueError("no such operand, or no such local derivative, belongs to the slot")
    return event


def _field(key: str, x: Any) -> Any:
    if key == "rule":
        return _string(x)
    return _index(x) if key in ("slot", "operand") else _float(x)


def _refuse_strangers(facts: dict[str, Any], known: Iterable[str]) -> None:
    if strangers := facts.keys() - set(known):
        raise ValueError(f"unknown: {min(strangers):.60}")


def _items(facts: dict[str, Any], key: str) -> list[Any]:
    items = facts.get(key, [])
    if not isinstance(items, list):
        raise TypeError(f"{key} must be a list, got {items!r:.60}")
    return items


def _index(x: Any, count: int = sys.maxsize) -> int:
    if type(x) is not int or not 0 <= x < count:
        raise ValueError(f"no number of a node, a slot or a line: {x!r:.60}")
    return x


def _string(x: Any) -> str:
    if not isinstance(x, str):
        raise TypeError(f"text was expected, got {x!r:.60}")
    return x


def _float(x: Any) -> float:
    if type(x) not in (int, float) and x not in ("nan", "inf", "-inf"):
        raise TypeError(f"a number was expected, got {x!r:.60}")
    return float(x)


def _constant(x: Any) -> float:
    """A plain number; a whole one stays whole, as an index must."""
    return x if type(x) is int and _float(x) == x else _float(x)
