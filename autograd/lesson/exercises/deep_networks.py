"""Lessons 9 to 12: networks, long products, remedies, dead units."""

from __future__ import annotations

import math
import statistics
from typing import Any

from autograd.activations import leaky_relu, relu, sigmoid
from autograd.derivatives import grad
from autograd.lesson.exercise import Such, exercise
from autograd.losses import binary_cross_entropy
from autograd.nn import MLP
from autograd.optim import clip_grad_norm, clip_grad_value
from autograd.value import Value

EXCLUSIVE_OR = [1.0, 1.0, 0.0, 1.0, 1.0, -1.0, 1.0, -2.0, 0.0]  # relu(x1 + x2) − 2·relu(x1 + x2 − 1)
CORNERS = {(0.0, 0.0): 0.0, (0.0, 1.0): 1.0, (1.0, 0.0): 1.0, (1.0, 1.0): 0.0}
ARROW = [3.0, 4.0]
BATCH = [1.0, 3.0, 5.0, 7.0]
PRE_ACTIVATIONS = {1: (-3.0, -1.0, 2.0), 2: (-4.0, -2.0, -1.0)}


def two_linear_layers(x1: Any, x2: Any) -> Any:
    """Two layers without a bend between them, of lesson 9."""
    h1, h2 = x1 + x2 + 1, x1 - x2 - 2
    return 2 * h1 + 3 * h2 - 1


def collapsed() -> list[float]:
    """The one layer that they are: its weights and its bias."""
    slopes = [grad(two_linear_layers, wrt=i)(0.0, 0.0) for i in (0, 1)]
    return [*slopes, two_linear_layers(0.0, 0.0)]


def clipped(clip: Any) -> list[float]:
    """The gradient (3, 4) after clipping at 1."""
    leaves = [Value(0.0) for _ in ARROW]
    for leaf, slope in zip(leaves, ARROW, strict=True):
        leaf.grad = slope
    clip(leaves, 1.0)
    return [leaf.grad for leaf in leaves]


def normalised(deviation: float) -> list[float]:
    """A batch without its mean, divided by a deviation."""
    return [(x - statistics.fmean(BATCH)) / deviation for x in BATCH]


def not_exclusive_or(weights: list[float]) -> str:
    """The first corner at which two ReLU units with these weights do not give exclusive or."""
    w11, w12, b1, w21, w22, b2, v1, v2, c = weights
    for (x1, x2), wanted in CORNERS.items():
        y = v1 * relu(w11 * x1 + w12 * x2 + b1) + v2 * relu(w21 * x1 + w22 * x2 + b2) + c
        if not abs(y - wanted) < 1e-6:
            return f"At ({x1:g}, {x2:g}) your network gives {y:g}, which is not right."
    return ""


exercise(
    "9.params",
    "How many parameters has MLP(2, [16, 16, 1])?",
    right=lambda: len(MLP(2, [16, 16, 1], rng=0).parameters()),
    wrong={
        "The biases are missing: one for each neuron.": lambda: 2 * 16 + 16 * 16 + 16 * 1,
        "The last neuron has a bias too.": lambda: (2 + 1) * 16 + (16 + 1) * 16 + 16 * 1,
    },
    why="Each neuron has a weight for each input, and one bias.",
    hints=(
        "How many numbers has one neuron with n inputs?",
        "print(model) lists the layers with their parameters.",
        "MLP(3, [4, 1]): 4·(3 + 1) + 1·(4 + 1) = 21.",
    ),
)
exercise(
    "9.collapse",
    "h1 = x1 + x2 + 1, h2 = x1 − x2 − 2, y = 2·h1 + 3·h2 − 1: [weight of x1, weight of x2, bias] of y?",
    right=collapsed,
    wrong={"The biases of the first layer go through the second one too.": lambda: [*collapsed()[:2], -1.0]},
    why="However many linear layers there are, together they are a single one.",
    hints=(
        "Put h1 and h2 into y and collect: how often does x1 appear?",
        "Set both inputs to nothing: what is left of y is its bias.",
        "h = 4·x + 2, y = 3·h + 1: y = 12·x + 7.",
    ),
)
exercise(
    "9.xor",
    "Two ReLU units that give exclusive or: [w11, w12, b1, w21, w22, b2, v1, v2, c]?",
    right=lambda: Such(float, 9, not_exclusive_or, EXCLUSIVE_OR),
    why="Two folds cut the corners apart: no straight line can.",
    hints=(
        "One unit that grows with x1 + x2, and one that takes back what is too much at (1, 1): how?",
        "Begin with relu(x1 + x2) and see where it goes wrong.",
        "AND needs a single unit: relu(x1 + x2 − 1).",
    ),
)
exercise(
    "10.chain3",
    "Three sigmoids in a row, all weights 1: the best possible slope?",
    right=lambda: sigmoid.derivative(0.0) ** 3,
    wrong={
        "sum": lambda: 3.0 * sigmoid.derivative(0.0),
        "That is the slope of one of them alone.": lambda: sigmoid.derivative(0.0),
    },
    why="Along a path the local slopes multiply, and each is small.",
    hints=(
        "How steep is a sigmoid at best, and what happens to slopes in a row?",
        "Step backward through a chain: what is the contribution multiplied by each time?",
        "Two tanh in a row: at best 1·1 = 1.",
    ),
)
exercise(
    "10.ln2",
    "Two classes, the model always says one half: its cross-entropy?",
    right=lambda: binary_cross_entropy([0.0], [1]),
    wrong={
        "That is the probability: take minus its logarithm.": lambda: 0.5,
        "The logarithm of a probability is negative; the loss is minus that.": lambda: math.log(0.5),
        "That is in bits: the natural logarithm is meant.": lambda: -math.log2(0.5),
    },
    why="A loss that stays just there belongs to a coin.",
    hints=(
        "Which probability does the right class get, and what is minus its logarithm?",
        "Compute losses.binary_cross_entropy([0.0], [1]).",
        "Ten classes, all alike: −log(1/10) = 2.3026.",
    ),
)
exercise(
    "10.clip",
    "The gradient (3, 4), clipped to norm 1: [first, second]?",
    right=lambda: clipped(clip_grad_norm),
    wrong={
        "That clips each number by itself and turns the arrow.": lambda: clipped(clip_grad_value),
        "An arrow's length is not the sum of its parts: think of Pythagoras.": lambda: [x / sum(ARROW) for x in ARROW],
        "It is not clipped yet: how long is this arrow?": lambda: ARROW,
    },
    why="The arrow keeps its direction and only becomes shorter.",
    hints=(
        "How long is the arrow, and by what is it divided?",
        "Call optim.clip_grad_norm on two Values with these gradients.",
        "(5, 12) has length 13; at norm 13 nothing changes, at 26 neither.",
    ),
)
exercise(
    "11.he",
    "He's initialisation: the standard deviation of the weights of a unit with 8 inputs?",
    right=lambda: math.sqrt(2.0 / 8.0),
    wrong={
        "That is the variance: its root is asked for.": lambda: 2.0 / 8.0,
        "That keeps the size where nothing is cut away; ReLU cuts.": lambda: math.sqrt(1.0 / 8.0),
    },
    why="It makes up for the half that ReLU cuts away.",
    hints=(
        "The variance is 2 over the number of inputs: what is the deviation?",
        "Draw some thousand weights with nn.init.he and look at their deviation.",
        "50 inputs: variance 0.04, deviation 0.2.",
    ),
)
exercise(
    "11.res3",
    "Three blocks h + f(h), f' = 0.25 everywhere: the slope of all together?",
    right=lambda: grad(lambda h: _blocks(h, 1.0))(0.0),
    wrong={
        "The 1 of the short cut is missing.": lambda: grad(lambda h: _blocks(h, 0.0))(0.0),
        "That is the slope of one block alone.": lambda: 1.0 + 0.25,
        "sum": lambda: 3.0 * (1.0 + 0.25),
    },
    why="Each block's slope is above 1, so nothing fades on the way.",
    hints=(
        "What is the slope of h + f(h)?",
        "Draw one block: two edges lead out of h.",
        "Two blocks with f' = 0.5: 1.5·1.5 = 2.25.",
    ),
)


def _blocks(h: Any, short_cut: float) -> Any:
    for _ in range(3):
        h = short_cut * h + 0.25 * h
    return h


exercise(
    "11.bn",
    "Batch normalisation of (1, 3, 5, 7): the four numbers, to three decimals?",
    right=lambda: normalised(statistics.pstdev(BATCH)),
    wrong={
        "Divide by n in the variance, not by n − 1.": lambda: normalised(statistics.stdev(BATCH)),
        "The mean is gone; the deviation has still to be divided by.": lambda: normalised(1.0),
        "That divides by the variance: its root is the deviation.": lambda: normalised(statistics.pvariance(BATCH)),
    },
    why="Mean away, deviation one: the batch decides where each example stands.",
    hints=(
        "What are mean and variance of the four?",
        "Subtract the mean, then divide by the root of the mean square of what is left.",
        "(2, 6): mean 4, deviation 2, so −1 and 1.",
    ),
)
exercise(
    "12.dead",
    "Pre-activations of unit 1: (−3, −1, 2), of unit 2: (−4, −2, −1). Which ReLU unit is dead?",
    right=lambda: next(unit for unit, zs in PRE_ACTIVATIONS.items() if not any(map(relu, zs))),
    wrong={"One example still wakes it.": lambda: next(u for u, zs in PRE_ACTIVATIONS.items() if any(map(relu, zs)))},
    why="Dead is a unit that is off for every example.",
    hints=(
        "For how many of the three examples does each unit give something?",
        "draw.plots.dead_units shows it for a whole batch.",
        "(−5, −0.1, 0): off for all three, so dead.",
    ),
)
exercise(
    "12.grad0",
    "Upstream 5, a ReLU unit at z = −3, its input 2: the gradient of its weight?",
    right=lambda: 5.0 * relu.derivative(-3.0) * 2.0,
    wrong={
        "That is leaky ReLU's.": lambda: 5.0 * leaky_relu.derivative(-3.0, 0.01) * 2.0,
        "That is leaky ReLU's local derivative.": lambda: leaky_relu.derivative(-3.0, 0.01),
        "That is what an open unit would pass on; look at z.": lambda: 5.0 * relu.derivative(3.0) * 2.0,
    },
    why="Exactly nothing comes through, so no optimiser can bring it back.",
    hints=(
        "What is relu' at a negative number?",
        "Step backward through one unit: which factor stops everything?",
        "At z = 3 instead: 5·1·2 = 10.",
    ),
)
