"""Lessons 13 and 14: adaptive activations, looking inside."""

from __future__ import annotations

import math
from typing import Any

from autograd.activations import leaky_relu, relu, sigmoid, silu
from autograd.derivatives import grad
from autograd.functions import dot, softmax
from autograd.interpret import gradient_times_input
from autograd.lesson.exercise import exercise

SCORES, VALUES = [0.0, math.log(3.0)], [8.0, 4.0]


def folded(xs: Any) -> Any:
    """relu(x − 1) of lesson 14."""
    return relu(xs[0] - 1.0)


def attended(scores: Any) -> Any:
    """The weighted mean of the values."""
    weights = softmax(scores)
    return weights[0] * VALUES[0] + weights[1] * VALUES[1]


exercise(
    "13.dslope",
    "PReLU at z = −3 with slope 0.25: its derivative with respect to the slope?",
    right=lambda: leaky_relu.derivative(-3.0, 0.25, wrt="slope"),
    wrong={
        "That is the slope, the derivative by z; the question is the derivative by the slope.": lambda: (
            leaky_relu.derivative(-3.0, 0.25)
        )
    },
    why="Left of the kink the function is slope times z: its derivative by one factor is the other.",
    hints=(
        "Left of the kink out = slope·z: which factor is left when the slope is nudged?",
        "Compute it with slope 0.25 and with 0.26, and divide the difference by 0.01.",
        "At z = −7 it is −7, whatever the slope.",
    ),
)
exercise(
    "13.dslope2",
    "And at z = 2?",
    right=lambda: leaky_relu.derivative(2.0, 0.25, wrt="slope"),
    wrong={"On this side the slope does not occur.": lambda: 2.0},
    why="Right of the kink the slope does not occur in the formula.",
    hints=(
        "Does the slope occur in the formula for positive z?",
        "Nudge the slope and look at the output at this z.",
        "At z = −2 it would be −2; here the other branch is taken.",
    ),
)
exercise(
    "13.db",
    "Swish, x·sigmoid(β·x), at β = 1, x = 2: its derivative with respect to β?",
    right=lambda: silu.derivative(2.0, 1.0, wrt="beta"),
    wrong={
        "That is the derivative by x.": lambda: silu.derivative(2.0, 1.0),
        "That is the slope of the gate alone: two factors x are missing.": lambda: sigmoid.derivative(2.0),
        "One factor x is still missing.": lambda: 2.0 * sigmoid.derivative(2.0),
    },
    why="x² comes out of the brackets: one x in front, one from inside.",
    hints=(
        "What is the inner derivative of sigmoid(β·x) by β?",
        "Nudge β by 0.001 and look at the output.",
        "At x = 1, β = 0: 1·0.25 = 0.25.",
    ),
)
exercise(
    "14.ig",
    "f = relu(x − 1) at 3: the integrated gradient from 0?",
    right=lambda: folded([3.0]) - folded([0.0]),  # all of it, as there is one input only
    wrong={"That is gradient × input.": lambda: gradient_times_input(folded, [3.0])[0]},
    why="It shares out exactly f(3) − f(0).",
    hints=(
        "From 0 to 3: on which part of the way is the slope 1?",
        "Add up the slopes at many points of the way, each times its share of it.",
        "relu(x − 4) at 10: f(10) − f(0) = 6.",
    ),
)
exercise(
    "14.att",
    "Scores 0 and ln 3, values 8 and 4: what does attention give?",
    right=lambda: attended(SCORES),
    wrong={
        "That is the plain mean: the scores are not used.": lambda: sum(VALUES) / 2.0,
        "The weights are the wrong way round: the larger score gets the larger weight.": lambda: attended(SCORES[::-1]),
        "Those are the scores as weights; softmax comes first.": lambda: dot(SCORES, VALUES),
    },
    why="Softmax makes the scores weights that sum to 1.",
    hints=(
        "What does softmax make of the scores?",
        "Exponentials first, then each divided by their sum.",
        "Scores 0 and 0, values 8 and 2: weights one half each, 4 + 1.",
    ),
)
exercise(
    "14.dscore2",
    "There: how fast does the output move with the second score?",
    right=lambda: grad(attended)(SCORES)[1],
    wrong={
        "The weights sum to 1: when one rises, the others fall.": lambda: softmax(SCORES)[1] * VALUES[1],
        "That is how far its value lies from what comes out: its weight is missing.": lambda: (
            VALUES[1] - attended(SCORES)
        ),
    },
    why="Weight times how far its value lies from the mean that comes out.",
    hints=(
        "If the second weight rises, what happens to the first?",
        "Nudge the score by 0.001 and compute the output again.",
        "Equal scores, values 8 and 2: 0.5·(2 − 5) = −1.5.",
    ),
)
