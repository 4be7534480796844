"""What is wrong with a pass: nan and its origin, vanishing and exploding gradients, dead and saturated units.

The limits are rules of thumb, chosen so that healthy small networks pass: a finding is a place to look at.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import fmean
from weakref import WeakKeyDictionary

from autograd.activations import Activation
from autograd.debug.callers import user_line
from autograd.debug.events import Event, Node, Source
from autograd.debug.trace import Trace, trace
from autograd.debug.words import Teller, applied, in_brackets, is_saturated, known
from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.text import clean
from autograd.errors import AnomalyError
from autograd.graph import topological_order
from autograd.value import Value
from autograd.watching import Watcher, watch

EXPLODING = 1e4
VANISHING = 1e-6
MOSTLY = 0.5
DEEP = 3  # activations in a row
BATCH = 8  # for fewer samples a healthy ReLU may well be off in all of them


@dataclass(frozen=True)
class Finding:
    """Something to look at.

    Attributes:
        kind: "not finite", "exploding", "vanishing", "dead", "saturated", "unread" or "unused".
        sentence: what was found, with names, numbers and, where it was seen, the line of code.
        node: the node to look at, None for a whole layer or a parameter outside the graph.
        position: where in the trace a cursor sees it happen, None if it is not one event.
    """

    kind: str
    sentence: str
    node: int | None = None
    position: int | None = None


def explain(root: Value | Trace, parameters: Iterable[Value] = ()) -> str:
    """A short diagnosis of a graph, or of what was traced: one line for each thing that deserves a look.

    Args:
        root: the loss, or a trace; the trace of a block knows the lines of your code.
        parameters: what ought to learn, to find those that the loss does not depend on.

    Raises:
        TypeError: root is neither a Value nor a Trace, or parameters are given with a trace.

    >>> x = Value(0.0, label="x")
    >>> print(explain(x.log()))
    not finite: v1 is the first that is not finite: log(x) = log(0) = −inf. Change what comes in, or write it otherwise.
    >>> print(explain(x * 2))
    nothing stands out: 2 values, all finite; leaf gradients from +2 to +2
    """
    traced = root if isinstance(root, Trace) else trace(root)
    found = findings(traced)
    if isinstance(root, Value):
        reached = set(topological_order(root))
        for place, parameter in enumerate(parameters):
            if parameter not in reached:
                name = parameter.label or f"number {place}"
                found.append(
                    Finding("unused", f"parameter {name} has no way to the loss, so it never gets a gradient.")
                )
    elif any(True for _ in parameters):
        raise TypeError("parameters are looked for in the graph of a loss, not in a trace: explain(loss, parameters)")
    if found:
        return "\n".join(clean(f"{finding.kind}: {finding.sentence}") for finding in found)
    gradients = [event.after for event in _leaf_gradients(traced).values() if event.after is not None]
    spread = f"{gradient_text(min(gradients))} to {gradient_text(max(gradients))}" if gradients else "none"
    return f"nothing stands out: {len(traced.nodes)} values, all finite; leaf gradients from {spread}"


def findings(trace: Trace) -> list[Finding]:
    """Everything in a trace that deserves a look, the most urgent first."""
    broken = list(_not_finite(trace))
    if broken:
        return broken  # what follows from a nan says nothing
    return [*_exploding(trace), *_vanishing(trace), *_dead(trace), *_saturated(trace), *_unread(trace)]


def _not_finite(trace: Trace) -> Iterator[Finding]:
    told = Teller(trace)
    for position, event in enumerate(trace.events, 1):
        node = trace.nodes[event.node]
        if event.kind == "create" and not math.isfinite(node.data):
            value = value_text(node.data)
            if not node.op:
                sentence = f"{node.name} was given as {value}{_at(node.source)}."
            else:
                made = f"{told.formula(node)} = {told.formula(node, numbers=True)} = {value}"
                sentence = f"{node.name} is the first that is not finite: {made}{_at(node.source)}."
                sentence += " Change what comes in, or write it otherwise."
        elif event.kind == "update" and not math.isfinite(event.after or 0.0):
            sentence = f"{told.tell(position - 1).sentence} A lower rate, or clip_grad_norm, keeps it finite."
        elif event.kind == "contribute" and not math.isfinite(event.before or 0.0):
            name, gradient = told.name(event.operand or 0), gradient_text(event.before)
            sentence = f"{name} comes into this pass with the gradient {gradient}: zero_grad() before it forgets that."
        elif event.kind == "contribute" and not math.isfinite(event.after or 0.0):
            sentence = f"the values are finite, but {_goes_back(told, event)}"
        else:
            continue
        yield Finding("not finite", sentence, event.node, position)
        return


def _goes_back(told: Teller, event: Event) -> str:
    """What a node passes on to an operand, and on which line it was made."""
    node = told.trace.nodes[event.node]
    factors = ""
    if event.local is not None:
        factors = f"{gradient_text(event.upstream)} × {in_brackets(value_text(event.local))} = "
    passed = f"{factors}{gradient_text(event.product)} on to {told.name(event.operand or 0)}"
    if event.before:
        passed += f", where it makes {gradient_text(event.after)} of {gradient_text(event.before)}"
    return f"going backwards {node.name} = {told.formula(node)} passes {passed}{_at(node.source)}."


def _exploding(trace: Trace) -> Iterator[Finding]:
    sizes = {node: abs(event.after or 0.0) for node, event in _leaf_gradients(trace).items()}
    largest = max(sizes, key=sizes.__getitem__, default=None)
    if largest is not None and sizes[largest] > EXPLODING:
        many = sum(size > EXPLODING for size in sizes.values())
        sentence = (
            f"{many} of {len(sizes)} leaf gradients are above {value_text(EXPLODING)}; the largest,"
            f" {gradient_text(sizes[largest])}, is that of {_named(trace.nodes[largest])}."
            " Smaller weights, a lower rate, or clip_grad_norm hold it."
        )
        yield Finding("exploding", sentence, largest)


def _vanishing(trace: Trace) -> Iterator[Finding]:
    layers: dict[str, list[float]] = defaultdict(list)
    gradients = _leaf_gradients(trace)
    scopes = {number: trace.nodes[number].scope for number in gradients}
    if not any(scopes.values()):  # then a weight belongs to the layer that uses it first
        for node in reversed(trace.nodes):
            scopes.update({x: node.scope for x in node.operands if x in scopes})
    for number, event in gradients.items():
        layers[scopes[number][0] if scopes[number] else ""].append(abs(event.after or 0.0))
    means = {layer: fmean(sizes) for layer, sizes in layers.items() if layer or len(layers) == 1}
    smallest = min(means, key=means.__getitem__, default=None)
    # Measured by what enters the network: where the loss is at its minimum, all gradients are small.
    visits = [(trace.nodes[event.node], abs(event.upstream or 0.0)) for event in trace.events if event.kind == "visit"]
    entering = [x for node, x in visits if node.scope] or [x for node, x in visits if _is_activation(node)]
    if smallest is None or not 0.0 < means[smallest] < VANISHING * max(entering, default=0.0):
        return
    in_a_row: list[int] = []
    for node in trace.nodes:
        in_a_row.append(max((in_a_row[x] for x in node.operands if x is not None), default=0) + _is_activation(node))
    deep = max(in_a_row)
    if deep < DEEP:
        return
    where = "" if not smallest else f" in {smallest}"
    sentence = f"the mean size of a gradient{where} is {value_text(means[smallest])}"
    if len(means) > 1:
        largest = max(means, key=means.__getitem__)
        sentence += f", {value_text(means[largest] / means[smallest])} times smaller than in {largest}"
    narrow = [
        event
        for event in trace.events
        if event.kind == "contribute" and event.local and _is_activation(trace.nodes[event.node])
    ]
    if narrow:
        least = min(narrow, key=lambda event: abs(event.local or 0.0))
        slope, node = value_text(least.local or 0.0), trace.nodes[least.node]
        sentence += f". The slopes of {deep} activations in a row multiply up; the least, {slope}, is that of"
        sentence += f" {node.name} = {Teller(trace).formula(node)}{_at(node.source)}"
    yield Finding("vanishing", sentence + ". ReLU, another init, normalisation or a residual path may help.")


def _dead(trace: Trace) -> Iterator[Finding]:
    gradients = [event.after for event in _leaf_gradients(trace).values()]
    nothing_learns = bool(gradients) and not any(gradients)
    for unit, numbers in _units(trace).items():
        if not all(is_closed(trace.nodes[n]) for n in numbers) or (len(numbers) < BATCH and not nothing_learns):
            continue
        node = trace.nodes[numbers[0]]
        if len(numbers) == 1:
            sentence = f"{unit} is off: {node.op} gave 0 here, so nothing before it learns from this sample"
        else:
            sentence = f"{unit} is dead on this batch: {node.op} gave 0 for all {len(numbers)} samples, so nothing"
            sentence += " before it learns"
        sentence += f"{_at(node.source)}. A lower rate, or leaky_relu, keeps units alive."
        yield Finding("dead", sentence, numbers[0])


def is_closed(node: Node | Value) -> bool:
    """Whether an activation gave 0 with slope 0, so that nothing passes it."""
    return node.data == 0.0 and node.partials[0] == 0.0


def _saturated(trace: Trace) -> Iterator[Finding]:
    """Units that squeeze from both sides. One that is flat on one side alone, as softplus, may be so for good."""
    units = [trace.nodes[number] for numbers in _units(trace).values() for number in numbers]
    units = [
        node for node in units if isinstance(op := known(node.op), Activation) and all(map(math.isfinite, op.range))
    ]
    flat = [node for node in units if is_saturated(node, node.partials[0]) and not is_closed(node)]
    if len(flat) > MOSTLY * len(units):
        first = flat[0]
        sentence = (
            f"{len(flat)} of {len(units)} activations have less than a tenth of their largest slope, such as"
            f" {first.name} = {Teller(trace).formula(first)}{_at(first.source)}."
            " Smaller weights, or normalisation, bring them back."
        )
        yield Finding("saturated", sentence, trace.nodes.index(first))


def _unread(trace: Trace) -> Iterator[Finding]:
    """Leaves whose gradient came and that nobody moved, while others were moved."""
    moved = {event.node for event in trace.events if event.kind == "update"}
    left = [n for n in _leaf_gradients(trace) if n not in moved and trace.nodes[n].scope]
    if moved and left:
        names = ", ".join(_named(trace.nodes[n]) for n in left[:3]) + (" and others" if len(left) > 3 else "")
        yield Finding("unread", f"{names} got a gradient, but nobody moved them: are they given to the optimiser?")


def _leaf_gradients(trace: Trace) -> dict[int, Event]:
    """For each leaf the event that completed its gradient in the last pass."""
    return {event.node: event for event in trace.events if event.kind == "finish" and not trace.nodes[event.node].op}


def _units(trace: Trace) -> dict[str, list[int]]:
    """The activations of each unit, over all samples; where there are no scopes, each is a unit of its own."""
    units: dict[str, list[int]] = defaultdict(list)
    scopes = any(node.scope for node in trace.nodes)  # then what stands outside belongs to the loss
    for number, node in enumerate(trace.nodes):
        if len(node.operands) == 1 and is_saturated(node, 0.0) and (node.scope or not scopes):
            units[", ".join(node.scope) or node.name].append(number)
    return units


def _is_activation(node: Node) -> bool:
    return isinstance(known(node.op), Activation)


def _named(node: Node) -> str:
    return f"{node.name} ({', '.join(node.scope)})" if node.scope else node.name


def _at(source: Source | None) -> str:
    return f', {source.file} line {source.line}: "{source.text}"' if source else ""


class _AnomalyWatcher(Watcher):
    def __init__(self) -> None:
        self.sources: WeakKeyDictionary[Value, Source | None] = WeakKeyDictionary()
        self.infinite: WeakKeyDictionary[Value, str] = WeakKeyDictionary()

    def made(self, node: Value) -> None:
        source = self.sources[node] = user_line()
        if math.isfinite(node.data):
            return
        made = f"{value_text(node.data)} was {_made_by(node)}{_at(source)}"
        origins = [self.infinite[x] for x in node.parents if x in self.infinite]
        self.infinite[node] = origins[0] if origins else made
        if math.isnan(node.data):
            raise AnomalyError("\n  it began before that: ".join([made, *origins[:1]]))

    def moved(self, value: Value, before: float) -> None:
        if math.isnan(value.data):
            name = clean(str(value.label)) or "a value"
            raise AnomalyError(f"{name} was moved from {value_text(before)} to nan{_at(user_line())}")

    def passed(self, root: Value) -> None:
        traced = trace(root)
        for event in traced.events:
            if event.kind == "contribute" and math.isnan(event.after or 0.0):
                places = zip(traced.nodes, topological_order(root), strict=True)
                traced.nodes[:] = [replace(node, source=self.sources.get(value)) for node, value in places]
                raise AnomalyError(_goes_back(Teller(traced), event))


def _made_by(node: Value) -> str:
    """How a value was made, by the names of its operands where all have one, and by their numbers."""
    if node.is_leaf or node.op is None:
        return "given"
    numbers = [value_text(x.data if isinstance(x, Value) else x) for x in node.operands]
    values = zip(node.operands, numbers, strict=True)
    names = [clean(str(x.label)) if isinstance(x, Value) else number for x, number in values]
    made = applied(node.op.name, numbers)
    return f"made by {applied(node.op.name, names)} = {made}" if all(names) else f"made by {made}"


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Within the block, the op that first makes a nan raises, with its line; so does a backward pass that makes one.

    It slows the block down: use it to find the place, then remove it.

    Raises:
        AnomalyError: a nan was made; the message says by which op, from which numbers, on which line, and where an
            infinity before it came from. Of a backward pass it says which node gave a nan to which operand.

    >>> p = Value(1.0, label="p")
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     loss = 0.0 * (1 - p).log()
    Traceback (most recent call last):
        ...
    autograd.errors.AnomalyError: nan was made by 0 × (−inf), ...: "loss = 0.0 * (1 - p).log()"
      it began before that: −inf was made by log(0), ...
    """
    with watch(_AnomalyWatcher()):
        yield
