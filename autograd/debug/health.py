"""The health of a network while it trains: does the signal go up, does the gradient come down, do the units work?

Gradients alone can mislead: weights that are too small shrink the signal and the gradient of every layer alike, so
that first and last layer look the same. So forward and backward sizes stand side by side.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from statistics import fmean

from autograd.activations import Activation
from autograd.debug.watch import is_closed
from autograd.draw.numbers import value_text
from autograd.draw.plots import layer_of
from autograd.draw.saturation import saturates
from autograd.graph import topological_order
from autograd.nn import Module
from autograd.value import Value
from autograd.watching import Watcher, watch

VANISHING = 1e-4  # first layer against last
SHRUNK = 1e-3  # the signal of the last hidden layer against the first
EXPLODING = 1e4
MOSTLY = 0.5
BOUNDED = frozenset(
    {"sigmoid", "tanh", "softsign", "hard_sigmoid", "hard_tanh"}
)  # slopes at most 1 that fall off on both sides
LARGE_STEP, SMALL_STEP = 0.1, 1e-6  # of the weights; about 1e-3 is usual


@dataclass(frozen=True)
class LayerHealth:
    """One layer of a model after a backward pass; nan stands for what there is none of.

    Attributes:
        name: its scope, as "layer 0"; the path of its parameters where it has no scope.
        parameters: how many it has.
        gradient: mean size of their gradients.
        largest: size of the largest of them.
        signal: root mean square of the numbers that leave the layer, over the batch.
        upstream: root mean square of the gradients that arrive at these numbers.
        dead: share of its units that gave 0 with slope 0 on the whole batch.
        saturated: share of its activations that have less than a tenth of their largest slope, and are not just off.
        update: mean size of the step that the optimiser then made, as a share of the mean size of the weights.
    """

    name: str
    parameters: int
    gradient: float
    largest: float
    signal: float
    upstream: float
    dead: float
    saturated: float
    update: float = math.nan


@dataclass(frozen=True)
class Health:
    """All layers of a model after a backward pass, first layer first. Printed, it is a table with advice below."""

    layers: list[LayerHealth]
    activations: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def gradients(self) -> dict[str, float]:
        """The mean size of each layer's gradients, as `autograd.draw.plots.gradient_magnitudes` wants one per step."""
        return {layer.name: layer.gradient for layer in self.layers}

    def warnings(self) -> list[str]:
        """What stands out, each with the remedy that fits; none is a promise."""
        return list(_warnings(self.layers, self.activations))

    def __str__(self) -> str:
        heads = ["", "mean |grad|", "largest", "signal", "upstream", "dead", "saturated", "update"]
        rows = [[x.name, *map(_size, (x.gradient, x.largest, x.signal, x.upstream)),
                 _share(x.dead), _share(x.saturated), _size(x.update)] for x in self.layers]  # fmt: skip
        widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
            for row in (heads, *rows)
        ]
        return "\n".join(lines + [f"! {warning}" for warning in self.warnings()])


def health(model: Module, loss: Value) -> Health:
    """How a model stands after `loss.backward()`.

    Args:
        model: what learns; its parameters have gradients.
        loss: the root of the pass, best over a whole batch: a unit that is off for one sample need not be dead.

    Raises:
        ValueError: no pass has been made, or the loss does not depend on the model.

    >>> from autograd import nn
    >>> model = nn.MLP(2, [3, 1], rng=0)
    >>> loss = (model([1.0, -1.0]) - 1.0) ** 2
    >>> loss.backward()
    >>> print(health(model, loss))
             mean |grad|  largest  signal  upstream  dead  saturated  update
    layer 0        0.698     1.18   0.245      0.83    0%         0%
    layer 1        0.888     2.08   0.039      2.08
    """
    order = topological_order(loss)
    parameters = [(_layer(path, value), value) for path, value in model.named_parameters()]
    if not {value for _, value in parameters} & set(order):
        raise ValueError("the loss does not depend on this model: was it computed with another one?")
    if loss.grad == 0.0:
        raise ValueError("the loss has no gradient yet: call loss.backward() first")
    leaving = _leaving(order)
    units: dict[str, dict[tuple[str, ...], list[Value]]] = defaultdict(lambda: defaultdict(list))
    for node in order:
        if node.scope and isinstance(node.op, Activation) and not math.isnan(node.op.steepest):
            units[node.scope[0]][node.scope].append(node)
    sizes: dict[str, list[float]] = defaultdict(list)
    for name, value in parameters:
        sizes[name].append(abs(value.grad))
    layers = [
        LayerHealth(
            name,
            len(gradients),
            _mean(gradients),
            max(gradients),
            _root_mean_square([node.data for node in leaving[name]]),
            _root_mean_square([node.grad for node in leaving[name]]),
            _mean([all(map(is_closed, unit)) for unit in units[name].values()]),
            _mean([_is_flat(node) and not is_closed(node) for unit in units[name].values() for node in unit]),
        )
        for name, gradients in sizes.items()
    ]
    names = {node.op.name for layer in units.values() for unit in layer.values() for node in unit if node.op}
    return Health(layers, frozenset(names))


@contextmanager
def monitor(model: Module) -> Iterator[list[Health]]:
    """Within the block, the health after every backward pass is kept, and how far the next step moved the weights.

    A recorded program makes no pass over Values: train eagerly within the block, a few steps are enough.

    >>> from autograd import nn, optim
    >>> model = nn.MLP(2, [3, 1], rng=0)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.01)
    >>> with monitor(model) as history:
    ...     for _ in range(3):
    ...         optimizer.zero_grad()
    ...         ((model([1.0, -1.0]) - 1.0) ** 2).backward()
    ...         optimizer.step()
    >>> [round(step.layers[1].update, 4) for step in history]
    [0.0352, 0.0331, 0.0311]
    """
    watcher = _Monitor(model)
    with watch(watcher):
        yield watcher.history
    watcher.finish()


class _Monitor(Watcher):
    def __init__(self, model: Module) -> None:
        self.model = model
        self.history: list[Health] = []
        self._layers = {value: _layer(path, value) for path, value in model.named_parameters()}
        self._steps: dict[str, list[tuple[float, float]]] = {}  # of each layer: |step| and |weight before|

    def passing(self, root: Value) -> None:
        self.finish()

    def passed(self, root: Value) -> None:
        self.history.append(health(self.model, root))

    def moved(self, value: Value, before: float) -> None:
        if self.history and value in self._layers:
            self._steps.setdefault(self._layers[value], []).append((abs(value.data - before), abs(before)))

    def finish(self) -> None:
        """Complete the latest entry with the steps that were made since."""
        if self._steps:
            layers = [
                replace(layer, update=_ratio(self._steps.get(layer.name, []))) for layer in self.history[-1].layers
            ]
            self.history[-1] = replace(self.history[-1], layers=layers)
            self._steps = {}


def _warnings(layers: Sequence[LayerHealth], activations: frozenset[str]) -> Iterator[str]:
    """Rules of thumb; which remedy helps which net is measured in the course, lessons 10 to 12."""
    first, last = layers[0], layers[-1]
    bounded = activations & BOUNDED
    if not all(math.isfinite(layer.largest) for layer in layers):
        yield "a gradient is not finite: debug.explain(loss) says where that began."
        return
    if len(layers) > 2 and 0.0 < first.upstream < VANISHING * last.upstream:
        remedy = (
            "BatchNorm, or relu with He init, lets it through"
            if bounded
            else "He init or a residual path lets it through"
        )
        yield (
            f"the gradient vanishes on its way down: {_size(last.upstream)} arrives at {last.name},"
            f" {_size(first.upstream)} at {first.name}. {remedy}."
        )
    if len(layers) > 2 and layers[-2].signal < SHRUNK * first.signal:
        yield (
            f"the signal vanishes on its way up: {_size(first.signal)} out of {first.name},"
            f" {_size(layers[-2].signal)} out of {layers[-2].name}. {'Xavier' if bounded else 'He'} init keeps it."
        )
    largest = max(layers, key=lambda layer: layer.largest)
    if largest.largest > EXPLODING:
        yield (
            f"{largest.name}: a gradient of {_size(largest.largest)}. clip_grad_norm bounds the step;"
            " smaller weights or a lower rate mend the cause."
        )
    for layer in layers:
        if layer.dead > MOSTLY:
            yield (
                f"{layer.name}: {_share(layer.dead)} of its units are dead on this batch."
                " A lower rate or leaky_relu keeps units alive."
            )
        elif layer.saturated > MOSTLY:
            yield (
                f"{layer.name}: {_share(layer.saturated)} of its activations are saturated."
                " Smaller weights, inputs of mean 0 and size 1, or BatchNorm bring them back."
            )
        if layer.update > LARGE_STEP:
            yield f"{layer.name}: one step moved its weights by {_share(layer.update)} of their size. Lower the rate."
        elif layer.update < SMALL_STEP:
            yield f"{layer.name}: one step moved its weights by {_size(layer.update)} of their size. Raise the rate."


def _layer(path: str, parameter: Value) -> str:
    """The layer of a parameter: its outermost scope, or its path up to the first number."""
    return parameter.scope[0] if parameter.scope else layer_of(path)


def _leaving(order: Sequence[Value]) -> dict[str, list[Value]]:
    """For each layer the numbers that are read outside of it, or by nobody."""
    inside = {node for node in order if not node.is_leaf and node.scope}
    kept = dict.fromkeys(inside, True)
    for node in order:
        for x in node.parents:
            if x in inside and (not node.scope or node.scope[0] != x.scope[0]):
                kept[x] = False
    read = {x for node in order for x in node.parents}
    found: dict[str, list[Value]] = defaultdict(list)
    for node in order:
        if node in inside and (node not in read or not kept[node]):
            found[node.scope[0]].append(node)
    return found


def _is_flat(node: Value) -> bool:
    assert node.op is not None
    numbers = [x.data if isinstance(x, Value) else x for x in node.operands[1:]]
    parameters = dict(zip(node.op.operands[1:], numbers, strict=False))
    return saturates(node.op, node.partials[0] or 0.0, **parameters)


def _mean(numbers: Sequence[float]) -> float:
    return fmean(numbers) if numbers else math.nan


def _root_mean_square(numbers: Sequence[float]) -> float:
    """By hypot, which neither overflows nor underflows on the way."""
    return math.hypot(*numbers) / math.sqrt(len(numbers)) if numbers else math.nan


def _ratio(steps: Sequence[tuple[float, float]]) -> float:
    moved, weights = sum(step for step, _ in steps), sum(weight for _, weight in steps)
    return moved / weights if weights else math.nan


def _size(x: float) -> str:
    return "" if math.isnan(x) else value_text(x, 3)


def _share(x: float) -> str:
    return "" if math.isnan(x) else f"{x:.0%}"
