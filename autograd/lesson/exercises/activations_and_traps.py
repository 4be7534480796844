"""Lessons 5 and 6: activations, numerical traps."""

from __future__ import annotations

import math

from autograd.activations import leaky_relu, relu, sigmoid, softplus, tanh
from autograd.functions import exp, log, logsumexp
from autograd.graph import topological_order
from autograd.lesson.exercise import Same, exercise
from autograd.value import Value

SCORES = [1000.0, 1001.0]


def sure_and_right() -> Value:
    """The cross-entropy of lesson 6, written as in the formula: z = 40, label 1."""
    z = Value(40.0, label="z")
    p = sigmoid(z)
    q = 1.0 - p
    log_p, log_q = p.log(), q.log()
    p.label, q.label, log_p.label, log_q.label = "p", "q", "log_p", "log_q"
    loss: Value = -1.0 * log_p - 0.0 * log_q
    loss.label = "loss"
    return loss


def first_bad() -> str:
    """The label of the first node that is not finite."""
    return next(node.label for node in topological_order(sure_and_right()) if not math.isfinite(node.data))


exercise(
    "5.ds",
    "sigmoid'(2), to three digits?",
    right=lambda: sigmoid.derivative(2.0),
    wrong={
        "value": lambda: sigmoid(2.0),
        "That is tanh's rule, 1 − out².": lambda: 1.0 - sigmoid(2.0) ** 2,
        "x·(1 − x): the rule wants the output in the place of x.": lambda: 2.0 * (1.0 - 2.0),
    },
    why="The output times what is missing to its ceiling.",
    hints=(
        "Which number does the rule out·(1 − out) want in the place of out?",
        "Compute sigmoid of x first, and put that into the rule.",
        "At 0: the output is 0.5, so the slope is 0.5·(1 − 0.5) = 0.25.",
    ),
)
exercise(
    "5.leaky",
    "Leaky ReLU with slope 0.01: its derivative at −2?",
    right=lambda: leaky_relu.derivative(-2.0, 0.01),
    wrong={"value": lambda: leaky_relu(-2.0, 0.01), "That is ReLU: this one leaks.": lambda: relu.derivative(-2.0)},
    why="Left of the kink the graph is a straight line, and that line's slope is the leak.",
    hints=(
        "Left of the kink the function is a straight line: how steep is it?",
        "In the last of the four pictures follow the dashed line, left of the middle.",
        "With slope 0.2: from −3 to −2 the value goes from −0.6 to −0.4, a rise of 0.2.",
    ),
)
exercise(
    "5.own",
    "Write the derivative of softplus, ln(1 + e^x), as a function of x.",
    right=lambda: Same(softplus.derivative, (-30.0, -2.0, 0.0, 1.0, 3.0, 30.0)),
    wrong={
        "exp(x) fits far left only: the inner derivative still has to be divided by 1 + e^x.": lambda: exp,
        "That is tanh; its range is twice as wide.": lambda: tanh,
    },
    why="The slope of the soft hinge is the soft switch: sigmoid.",
    hints=(
        "What is the derivative of ln(u), and of u = 1 + e^x?",
        "Compare with autograd.softplus.derivative at a few points: which curve is it?",
        "ln(1 + x²): the inner derivative 2x over 1 + x².",
    ),
)
exercise(
    "6.where",
    "z = 40, label 1, the loss as in the formula: which node is the first bad one? Give its label.",
    right=first_bad,
    wrong={
        "That is where it was seen, not where it began.": lambda: "loss",
        "1.0 is a legal value: nothing is wrong yet.": lambda: "p",
        "0.0 is a legal value: what is done with it next?": lambda: "q",
        "The logarithm of 1 is 0: a legal value.": lambda: "log_p",
        "That is how it is made: which label has the node that comes out?": lambda: "log(q)",
    },
    why="The first bad node is infinite, and only its product with nothing becomes nan.",
    hints=(
        "Which node has finite operands, and is itself not finite?",
        "Go through the lines of textbook with p = 1: which is the first result that is not finite?",
        "In log(x − x) the difference is legal, and the logarithm is the first bad node.",
    ),
)
exercise(
    "6.lse",
    "log(e^1000 + e^1001)?",
    right=lambda: logsumexp(SCORES),
    wrong={
        "exp(1000) is infinite: take the largest out first.": lambda: log(exp(SCORES[0]) + exp(SCORES[1])),
        "That adds the scores: the logarithm of a product.": lambda: sum(SCORES),
        "That is the largest score alone: the other one adds a little.": lambda: max(SCORES),
        "The score that was taken out has to be put back: the largest one.": lambda: (
            min(SCORES) + logsumexp([score - max(SCORES) for score in SCORES])
        ),
    },
    why="The largest score comes out of the sum, and what is left is small enough for exp.",
    hints=(
        "e^1000 + e^1001 = e^1001 · (…): what stands in the brackets?",
        "Compute log(e^−1 + 1) by hand, then put the largest score back.",
        "log(e^500 + e^500) = 500 + log 2 = 500.6931.",
    ),
)
exercise(
    "6.safe",
    "Write the loss for label 1 as a function of z alone, right for every z.",
    right=lambda: Same(lambda z: softplus(-z), (-800.0, -40.0, -1.0, 0.0, 2.0, 40.0, 800.0)),
    wrong={
        "That is the loss for the other label.": lambda: softplus,
        "That cuts the bend off: near z = 0 the loss is smooth.": lambda: lambda z: relu(-z),
    },
    why="No sigmoid is left that could become exactly certain.",
    hints=(
        "−log(sigmoid(z)): which function of this package is log(1 + e^x)?",
        "Write −log(1 / (1 + e^−z)) with the rules of the logarithm.",
        "For label 0 the same steps lead from −log(1 − sigmoid(z)) to softplus(z).",
    ),
)
