"""What the playground asks of the engine: a question as JSON text in, an answer as JSON text out.

It runs in the browser, in Pyodide, and just so in any Python. A question comes from a page that anybody can send a
link to: what is not understood is refused in words, and what is too large before it is read.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from autograd import Value, losses, nn, no_grad, optim
from autograd.activations import Activation
from autograd.datasets import moons
from autograd.debug import trace
from autograd.debug.page import as_json, story
from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.saturation import saturates
from autograd.errors import ExpressionError, UnknownOpError
from autograd.expression import evaluate, parsed, unknowns
from autograd.graph import topological_order
from autograd.op import REGISTRY, Op, find
from autograd.watching import Watcher, watch

LONGEST = 400  # characters of an expression
DEEPEST = 30  # brackets in brackets: the stack of a browser is small, and Python's parser goes one deeper with each
MOST_NAMES = 12
ROOM = "−0.001234"  # for each number, so that the picture stands still while a slider moves
BEGINNINGS = (0.5, -1.0, 2.0, 1.5)  # of numbers that nobody has given yet, in turn
CURVE_POINTS = 240
MOONS = 60
FIELD = (-1.6, 2.6, 25), (-1.2, 1.6, 17)  # the plane: from, to, how many places
Answer = dict[str, Any]


def answer(question: str) -> str:
    """The answer to a question; {"refused": why} if it cannot be answered."""
    asked = json.loads(question)
    try:
        given: Answer = ASKED[asked.pop("about")](**asked)
    except (ExpressionError, UnknownOpError, ArithmeticError, TypeError, ValueError) as error:
        given = {"refused": str(error)}
    return json.dumps(given, allow_nan=False)


# ---------------------------------------------------------------- an expression


def expression(text: str, numbers: dict[str, float], place: int = 0) -> Answer:
    """The graph of an expression, stepped through and with its gradients; the curve of its activation at `place`."""
    _check(text)
    names = unknowns(text)
    if len(names) > MOST_NAMES:
        raise ExpressionError(f"it has {len(names)} names, and the playground has room for {MOST_NAMES}")
    given = {name: numbers.get(name, BEGINNINGS[i % len(BEGINNINGS)]) for i, name in enumerate(names)}
    applied = _Applied()
    with watch(applied):
        root = evaluate(text, given)
    told = as_json(story(trace(root), room=ROOM))
    root.backward()
    order = topological_order(root)
    leaves = {node.label: node for node in order if node.is_leaf}
    calls = _calls(parsed(text), names)
    reached = set(order)
    shown = [i for i, node in enumerate(applied.nodes) if node in reached]
    place = place if place in shown else next(iter(shown), 0)
    return {
        "story": told,
        "result": value_text(root.data),
        "leaves": [
            # A name may stand only in a step that the result does not use.
            {"name": name, "number": given[name], "gradient": _gradient(leaves[name]) if name in leaves else None}
            for name in names
        ],
        "places": [{"place": i, "text": ast.unparse(calls[i])} for i in shown],
        "curve": {"place": place, **_curve(applied.nodes[place])} if shown else None,
    }


def _check(text: str) -> None:
    """Refuse what a browser cannot bear, before anything reads it."""
    if len(text) > LONGEST:
        raise ExpressionError(f"the expression has {len(text)} characters, and the playground reads {LONGEST}")
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth > DEEPEST:
            raise ExpressionError("it is nested too deeply: name its parts, as in n = w*x + b; tanh(n)")


def _gradient(leaf: Value) -> Answer:
    return {"text": gradient_text(leaf.grad), "number": _finite(leaf.grad)}


def _finite(x: float) -> float | None:
    return x if math.isfinite(x) else None


# ---------------------------------------------------------------- its activations


class _Applied(Watcher):
    """Notes the nodes that activations make, in order."""

    def __init__(self) -> None:
        self.nodes: list[Value] = []

    def made(self, node: Value) -> None:
        if isinstance(node.op, Activation):
            self.nodes.append(node)


def _calls(statements: list[ast.stmt], names: list[str]) -> list[ast.Call]:
    """Where an activation is applied to a Value, in the order in which that is computed: operands before their user."""
    values = set(names)
    calls: list[ast.Call] = []
    for statement in statements:
        found = [node for node in ast.walk(statement) if isinstance(node, ast.Call) and _of_activation(node)]
        calls += [call for call in found if any(_has_value(part, values) for part in (*call.args, *call.keywords))]
        if isinstance(statement, ast.Assign) and _has_value(statement.value, values):
            values |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return sorted(calls, key=lambda call: (call.end_lineno, call.end_col_offset))


def _of_activation(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and isinstance(REGISTRY.get(call.func.id), Activation)


def _has_value(node: ast.AST, values: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in values for part in ast.walk(node))


def _first_operand(call: ast.Call) -> ast.expr:
    assert isinstance(call.func, ast.Name)
    name = find(call.func.id).operands[0]
    for operand in (*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == name)):
        return operand
    raise ExpressionError(f"{ast.unparse(call)} has no operand {name}")


def swap(text: str, place: int, op: str) -> Answer:
    """The expression with another activation at a place; parameters of the old one are dropped."""
    _check(text)
    if not isinstance(find(op), Activation):
        raise ExpressionError(f"{op} is no activation")
    text = text.strip()
    calls = _calls(parsed(text), unknowns(text))
    if not 0 <= place < len(calls):
        raise ExpressionError(f"the expression has {len(calls)} activations, and none with the number {place}")
    begin, end = _span(text, calls[place])
    operand = ast.get_source_segment(text, _first_operand(calls[place]))
    return {"text": f"{text[:begin]}{op}({operand}){text[end:]}"}


def _span(text: str, node: ast.expr) -> tuple[int, int]:
    """From which character to which a node stands; Python counts in bytes of a line."""
    lines = text.encode().splitlines(keepends=True)

    def character(line: int, column: int) -> int:
        return len((b"".join(lines[: line - 1]) + lines[line - 1][:column]).decode())

    return character(node.lineno, node.col_offset), character(node.end_lineno or 0, node.end_col_offset or 0)


def activations() -> Answer:
    """All activations, with their formulas."""
    ops = [op for op in REGISTRY.values() if isinstance(op, Activation)]
    return {"activations": [{"name": op.name, "formula": op.text} for op in ops]}


def _curve(node: Value) -> Answer:
    """An activation around the point at which a node applies it.

    `pieces` are its parts between kinks, each a list of [x, value, derivative, whether it is saturated].
    """
    op = node.op
    assert isinstance(op, Activation)
    x, *parameters = [operand.data if isinstance(operand, Value) else operand for operand in node.operands]
    reach = 5.0 if not math.isfinite(x) else min(50.0, max(5.0, abs(x) + 1.0))
    kinks = op.kinks(x, *parameters) if callable(op.kinks) else op.kinks
    borders = [-reach, *(kink for kink in kinks if abs(kink) < reach), reach]
    slope = op.derivative(x, *parameters)
    return {
        "op": op.name,
        "formula": op.text,
        "x": _finite(x),
        "value": _finite(node.data),
        "slope": _finite(slope),
        "texts": [value_text(x), value_text(node.data), value_text(slope)],
        "saturated": _saturates(op, slope, parameters),
        "reach": reach,
        "pieces": [_piece(op, low, high, reach, parameters) for low, high in pairwise(borders)],
    }


def _piece(op: Op, low: float, high: float, reach: float, parameters: list[float]) -> list[list[Any]]:
    near = 1e-9 * reach  # a kink belongs to neither side
    steps = max(2, round(CURVE_POINTS * (high - low) / (2.0 * reach)))
    points: list[list[Any]] = []
    for i in range(steps + 1):
        x = low + near + (high - low - 2.0 * near) * i / steps
        y, slope = op(x, *parameters), op.derivative(x, *parameters)
        if math.isfinite(y) and math.isfinite(slope):
            points.append([round(x, 5), round(y, 5), round(slope, 5), _saturates(op, slope, parameters)])
    return points


def _saturates(op: Op, slope: float, parameters: list[float]) -> bool:
    return saturates(op, slope, **dict(zip(op.operands[1:], parameters, strict=True)))


# ---------------------------------------------------------------- a network on two moons


class Training:
    """An MLP 2-hidden-1 and plain gradient descent on the mean hinge loss of all points: its weights are its state."""

    def __init__(self, hidden: int, activation: str, rate: float, seed: int, weights: list[float] | None) -> None:
        _within("hidden neurons", hidden, 1, 16, whole=True)
        _within("the learning rate", rate, 1e-4, 10.0)
        _within("the seed", seed, 0, 9999, whole=True)
        op = find(activation)
        if not isinstance(op, Activation):
            raise ExpressionError(f"{activation} is no activation")
        self.points, self.labels = moons(MOONS, noise=0.1, seed=0)
        self.model = nn.MLP(2, [hidden, 1], activation=op, rng=seed)
        parameters = self.model.parameters()
        if weights is not None:
            if len(weights) != len(parameters):
                raise ValueError(f"{hidden} hidden neurons have {len(parameters)} weights, got {len(weights)}")
            for parameter, weight in zip(parameters, weights, strict=True):
                parameter.data = weight
        self.optimizer = optim.SGD(parameters, lr=rate)

    def step(self) -> None:
        loss = losses.hinge([self.model(point) for point in self.points], self.labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def state(self) -> Answer:
        """Weights, loss, accuracy and the score at each place of the plane; `broken` once a number is not finite."""
        with no_grad():
            scores = [self.model(point).data for point in self.points]
            loss = losses.hinge(scores, self.labels)
            (left, right, across), (low, high, up) = FIELD
            field = [
                [
                    self.model([left + (right - left) * i / (across - 1), low + (high - low) * j / (up - 1)]).data
                    for i in range(across)
                ]
                for j in range(up)
            ]
        weights = [parameter.data for parameter in self.model.parameters()]
        if not all(map(math.isfinite, [loss, *weights, *(score for row in field for score in row)])):
            return {"broken": True}
        right_ones = [score * label > 0.0 for score, label in zip(scores, self.labels, strict=True)]
        return {
            "weights": weights,
            "loss": loss,
            "text": value_text(loss, 3),
            "right": right_ones,
            "field": [[round(score, 4) for score in row] for row in field],
        }


_training: list[Training] = []  # the one on the page


def network(hidden: int, activation: str, rate: float, seed: int, weights: list[float] | None = None) -> Answer:
    """A fresh network, or one with these weights, and the points that it is to learn."""
    _training[:] = [Training(hidden, activation, rate, seed, weights)]
    (training,) = _training
    return {
        "points": [[*point, label] for point, label in zip(training.points, training.labels, strict=True)],
        "plane": FIELD,
        **training.state(),
    }


def train(steps: int) -> Answer:
    """Some steps of gradient descent, each on all points."""
    _within("steps", steps, 1, 50, whole=True)
    (training,) = _training
    for _ in range(steps):
        training.step()
    return training.state()


def inside(point: int) -> Answer:
    """The pass of the network on one point, counted from 0: its loss, stepped through."""
    (training,) = _training
    if point not in range(MOONS):
        raise ValueError(f"there are the points 1 to {MOONS}")
    inputs = [Value(x, label=f"x{i}") for i, x in enumerate(training.points[point])]
    score = training.model(inputs)
    score.label = "score"
    loss = losses.hinge([score], [training.labels[point]])
    loss.label = "loss"
    title = f"point {point + 1}, label {value_text(training.labels[point])}"
    return {"story": as_json(story(trace(loss), title))}


def _within(name: str, number: Any, least: float, most: float, whole: bool = False) -> None:
    is_number = isinstance(number, int if whole else int | float) and not isinstance(number, bool)
    if not is_number or not least <= number <= most:
        raise ValueError(f"{name} must be {'a whole' if whole else 'a'} number from {least} to {most}, got {number!r}")


ASKED: dict[str, Callable[..., Answer]] = {
    "expression": expression,
    "swap": swap,
    "activations": activations,
    "network": network,
    "train": train,
    "inside": inside,
}
