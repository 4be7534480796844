"""Lessons 1 to 4: slopes, graphs, backpropagation by hand, order and accumulation."""

from __future__ import annotations

import math
from itertools import pairwise

from autograd.derivatives import grad
from autograd.expression import evaluate
from autograd.graph import topological_order
from autograd.lesson import procedures
from autograd.lesson.exercise import Between, Such, exercise
from autograd.lesson.networks import TINY, tiny_network
from autograd.lesson.procedures import gradient, named
from autograd.value import Value

RATE = 0.01


def line() -> Value:
    """y = a·b + c of lesson 1."""
    return evaluate("v = a*b; v + c", {"a": 4, "b": -2, "c": 3})


def squared() -> Value:
    """L = (a·b + c)² of lesson 3."""
    return evaluate("u = a*b; v = u + c; L = v**2", {"a": 3, "b": -2, "c": 3})


def diamond() -> Value:
    """b = 3a, c = 2b, L = b + c of lesson 4."""
    return evaluate("b = 3*a; c = 2*b; b + c", {"a": 2})


def loss() -> Value:
    """The loss of the tiny network."""
    return tiny_network()["L"]


# ---------------------------------------------------------------- 1 slopes by nudging


def nudged(h: float) -> float:
    """The slope of x³ at 2, by a nudge of h."""
    return ((2 + h) ** 3 - 2**3) / h


def best_step() -> float:
    """Of the powers of ten, the h with the smallest error of the forward slope of e^x at 1."""
    return min((10.0**-k for k in range(1, 17)), key=lambda h: abs((math.exp(1 + h) - math.e) / h - math.e))


exercise(
    "1.cube",
    "What is the slope of x³ at x = 2?",
    right=lambda: grad(lambda x: x**3)(2.0),
    wrong={
        "value": lambda: 2.0**3,
        "The power was lowered, but what is left is x², and its number at this place is not x.": lambda: 3.0 * 2.0,
        "fd": lambda: nudged(0.01),
    },
    why="Nudged estimates come closer and closer to it, and the rule 3·x² gives it at once.",
    hints=(
        "What do the estimates approach when h shrinks?",
        "Print the estimate for smaller and smaller h: which number do they settle on?",
        "x² at 5: the estimates 11, 10.1, 10.01, 10.001 settle on 10.",
    ),
)
exercise(
    "1.da",
    "y = a·b + c at a = 4, b = −2, c = 3: how fast does y move with a?",
    right=lambda: gradient(line(), "a"),
    wrong={
        "own": lambda: gradient(line(), "a", procedures.own_factor),
        "value": lambda: named(line(), "v")._data,
    },
    why="While a moves by h, the product moves by b times as much.",
    hints=(
        "If a grows by h, by how much does a·b grow?",
        "Compute y once with a and once with a + 0.001, subtract, divide by 0.001.",
        "y = p·q at p = 5, q = 7: with p + 1 it is 42 and no longer 35, so the slope is q.",
    ),
)
exercise(
    "1.best_h",
    "Forward slope of e^x at 1: for which h, a power of ten, is the error smallest?",
    right=lambda: Between(best_step() / 3.0, best_step() * 3.0),
    wrong={
        "So small that 1 + h is 1: nothing was nudged at all.": lambda: 1e-16,
        "fd": lambda: 0.01,
    },
    why="It is near the square root of the smallest step that a float at this place can take.",
    hints=(
        "The error falls with h until something else begins to grow: where is the bottom of the V?",
        "Look at the plot of error against h: read off where the falling line meets the rising one.",
        "With floats of half as many digits the V has its bottom near the square root of their last digit too.",
    ),
)

# ---------------------------------------------------------------- 2 an expression is a graph

exercise(
    "2.z1",
    "The tiny network: what is the weighted sum z1 of the first unit?",
    right=lambda: tiny_network()["z1"],
    wrong={"The bias is missing: add it.": lambda: tiny_network(b1=0)["z1"]},
    why="A weighted sum has one product for each input, and the bias.",
    hints=(
        "Which three things are added up in z1?",
        "Step forward to the card z1: its operands stand left of it.",
        "Weights 5 and 1, inputs 2 and 7, bias −4: 10 + 7 − 4 = 13.",
    ),
)
exercise(
    "2.h2",
    "What does the second unit give, h2?",
    right=lambda: tiny_network()["h2"],
    wrong={
        "That is the sum before step 3: send it through relu.": lambda: tiny_network()["z2"],
        "relu is not abs: it cuts off what is negative.": lambda: abs(tiny_network()["z2"]),
    },
    why="relu lets nothing negative through: this unit is off.",
    hints=(
        "What does relu do with a negative number?",
        "Step forward to z2, then one more: what does the card with relu show?",
        "relu(7) is 7, relu(−7) is nothing at all.",
    ),
)
exercise(
    "2.loss",
    "What is the loss L?",
    right=lambda: tiny_network()["L"],
    wrong={"That is y itself: how far is it from the target, squared?": lambda: tiny_network()["y"]},
    why="Step 5 compares the output with the target.",
    hints=(
        "How far is y from the target, and what is the square of that?",
        "Step forward to the last card: which numbers come in?",
        "An output of 9 and a target of 6: (9 − 6)² = 9.",
    ),
)
exercise(
    "2.nodes",
    "How many nodes has the graph of the loss?",
    right=lambda: len(topological_order(loss())),
    wrong={
        "A plain number is no node: nobody asks for its gradient.": lambda: _count(loss(), constants=1),
        "Plain numbers are no nodes: nobody asks for their gradients.": lambda: _count(loss(), constants=2),
        "Those are the operations; the leaves are nodes too.": lambda: _count(loss(), leaves=False),
    },
    why="Every operation makes a node, and every leaf is one.",
    hints=(
        "Which cards of the picture were computed, and which were given?",
        "Count the cards in the picture: those with a socket are operations, the others leaves.",
        "a·b + c: the leaves a, b, c and the results of × and + make five nodes.",
    ),
)


def _count(root: Value, *, constants: int = 0, leaves: bool = True) -> int:
    return constants + sum(leaves or not node.is_leaf for node in topological_order(root))


# ---------------------------------------------------------------- 3 backprop by hand

exercise(
    "3.dv",
    "L = (a·b + c)² at a = 3, b = −2, c = 3. With v = a·b + c: what is ∂L/∂v?",
    right=lambda: gradient(squared(), "v"),
    wrong={
        "value": lambda: squared(),
        "two": lambda: gradient(squared(), "v", procedures.without_two),
    },
    why="The local derivative of v² is 2·v, and the seed above it changes nothing.",
    hints=(
        "Which local derivative has v², and what is v here?",
        "Step backward once: which number stands on the edge from v to L?",
        "w² at w = 5: the local derivative is 2·5 = 10.",
    ),
)
exercise(
    "3.da",
    "The same L: what is ∂L/∂a?",
    right=lambda: gradient(squared(), "a"),
    wrong={
        "local": lambda: gradient(squared(), "a", procedures.local_only),
        "sum": lambda: gradient(squared(), "a", procedures.added),
        "own": lambda: gradient(squared(), "a", procedures.own_factor),
    },
    why="Upstream times local: what reaches the product, times the other factor.",
    hints=(
        "What arrives at the product a·b, and what is its local derivative by a?",
        "Step backward to where a receives: two numbers are multiplied there.",
        "L = (p·q)² at p = 1, q = 5: 2·5 arrives at the product, times q = 5 makes 50 for p.",
    ),
)
exercise(
    "3.w12",
    "The tiny network: what is ∂L/∂w12?",
    right=lambda: gradient(loss(), "w12"),
    wrong={
        "local": lambda: gradient(loss(), "w12", procedures.local_only),
        "That is what arrives at z1: one factor is still to come.": lambda: gradient(loss(), "z1"),
    },
    why="What arrives at z1 is multiplied by the input that the weight stands at.",
    hints=(
        "Along the path from L to w12: which local derivatives stand on its edges?",
        "Multiply the numbers on the edges of the picture, from L up to w12.",
        "Where 5 arrives at z and the weight stands at an input of 3, the weight gets 15.",
    ),
)
exercise(
    "3.h2",
    "And ∂L/∂h2?",
    right=lambda: gradient(loss(), "h2"),
    wrong={"The zero of relu is below h2, not above it.": lambda: gradient(loss(), "z2")},
    why="h2 itself would matter, if it could move: it is what comes before relu that has no influence.",
    hints=(
        "If h2 were a little larger, would y change?",
        "Find h2 in the picture: into which product does it go, and what arrives there?",
        "y = 7·h and ∂L/∂y = 3: then ∂L/∂h = 21, however h was made.",
    ),
)
exercise(
    "3.new_w12",
    "One step of gradient descent with rate 0.01: what is w12 afterwards?",
    right=lambda: TINY["w12"] - RATE * gradient(loss(), "w12"),
    wrong={
        "That is its gradient; the question is for the weight after the step.": lambda: gradient(loss(), "w12"),
        "Uphill: a step of descent goes against the gradient.": lambda: TINY["w12"] + RATE * gradient(loss(), "w12"),
    },
    why="Old weight minus rate times gradient.",
    hints=(
        "From the old weight, in which direction and how far does the step go?",
        "Take w12 and its gradient from the table, and write down: old − rate × gradient.",
        "Weight 5, gradient 20, rate 0.1: 5 − 0.1·20 = 3.",
    ),
)

# ---------------------------------------------------------------- 4 order and accumulation

exercise(
    "4.da",
    "b = 3a, c = 2b, L = b + c: what is ∂L/∂a?",
    right=lambda: gradient(diamond(), "a"),
    wrong={
        "b passed on before c had spoken.": lambda: gradient(diamond(), "a", procedures.breadth_first),
        "b passed on twice, the first part again.": lambda: gradient(diamond(), "a", procedures.recursive),
        "b passed on twice, each time all that it had.": lambda: gradient(_swapped(), "a", procedures.recursive),
        "Only the path through c is in this; the other one is lost.": lambda: gradient(
            diamond(), "a", procedures.overwritten
        ),
        "The leaves spoke first, when nothing had arrived yet.": lambda: gradient(
            diamond(), "a", procedures.leaves_first
        ),
    },
    why="b waits until both who use it have spoken, and then passes on the sum.",
    hints=(
        "How many paths lead from a to L, and what does each contribute?",
        "Step backward and stop at b: how much has arrived when it speaks?",
        "b = 5a, c = 4b, L = b + c: b gathers 1 + 4, so a gets 25.",
    ),
)
exercise(
    "4.xx",
    "y = x·x at x = 3: what is ∂y/∂x?",
    right=lambda: gradient(_power(2), "x"),
    wrong={"over": lambda: gradient(_power(2), "x", procedures.overwritten)},
    why="Each of the two slots contributes the other one's number.",
    hints=(
        "How many edges lead from x into the product?",
        "Look at the picture: follow both edges, and add what they bring.",
        "x·x at 5: 5 through the first slot, 5 through the second, 10 together.",
    ),
)
exercise(
    "4.second",
    "y = x·x·x at 3, backward() called twice: what does x.grad show?",
    right=lambda: 2.0 * gradient(_power(3), "x"),
    wrong={
        "That is one call's part: leaves add up over calls.": lambda: gradient(_power(3), "x"),
        "That is what comes out where inner nodes keep the first call's gradients: they must begin afresh.": lambda: (
            _kept_inside()
        ),
        "That is what the second call adds where inner nodes keep the first call's gradients.": lambda: (
            _kept_inside() - gradient(_power(3), "x")
        ),
    },
    why="Leaves add up over calls, inner nodes begin afresh in each.",
    hints=(
        "What does one call add to a leaf, and what does a second one?",
        "Call backward() twice in a cell, and look at x.grad and at an inner node after each.",
        "y = 5·x: after one call x.grad is 5, after two it is 10.",
    ),
)
exercise(
    "4.order",
    "L = (a·b + c)² with u = a·b, v = u + c: in which order may L, u, v, a, b, c pass on?",
    right=lambda: Such(str, 6, _speaks_too_early, [node.label for node in reversed(topological_order(squared()))]),
    why="Everybody spoke after all who use them.",
    hints=(
        "Who uses u, and has that one spoken before u does?",
        "Step backward: which node is visited first, and which may follow?",
        "For y = p·q + r with t = p·q the order y, t, p, q, r is valid; r may come earlier.",
    ),
)


def _swapped() -> Value:
    return evaluate("b = 3*a; c = 2*b; c + b", {"a": 2})


def _power(count: int) -> Value:
    return evaluate("*".join("x" * count), {"x": 3})


def _kept_inside() -> float:
    """Two passes of an engine whose inner nodes keep what the first one brought."""
    root = _power(3)
    kept: dict[object, float] = {}
    for _ in range(2):
        kept[root] = 1.0
        for node in reversed(topological_order(root)):
            for operand, partial in zip(node.operands, node.partials, strict=True):
                kept[operand] = kept.get(operand, 0.0) + kept[node] * (partial or 0.0)
    return kept[named(root, "x")]


def _speaks_too_early(labels: list[str]) -> str:
    """Who passes on before one who uses it, in an order of lesson 3's graph."""
    users = {"l": [], "v": ["l"], "u": ["v"], "c": ["v"], "a": ["u"], "b": ["u"]}
    if sorted(labels) != sorted(users):
        return "Each of L, u, v, a, b, c speaks exactly once."
    for earlier, later in pairwise(range(len(labels) + 1)):
        label = labels[earlier]
        waiting = [user for user in users[label] if user not in labels[:later]]
        if waiting:
            return f"{label} speaks too early: {waiting[0].replace('l', 'L')} uses it and has not spoken."
    return ""
