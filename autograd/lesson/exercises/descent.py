"""Lessons 7 and 8: gradient descent, optimisers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.derivatives import grad
from autograd.experiments.descent import ravine
from autograd.lesson.exercise import exercise
from autograd.optim import SGD, Adam, Optimizer
from autograd.value import Value

TARGET, RATE, GRADIENT = 3.0, 0.1, 0.001


def parabola(x: Any) -> Any:
    """(x − 3)² of lesson 7."""
    return (x - TARGET) ** 2


def curvature(function: Callable[[Any], Any]) -> float:
    """The second derivative at 0: a rate of 2 over it is the edge."""
    found: float = grad(grad(function))(0.0)
    return found


def last_move(make: Callable[[list[Value]], Optimizer], gradient: float, steps: int) -> float:
    """How far the last of some steps goes downhill, the gradient being the same in all."""
    x = Value(0.0)
    optimizer, before = make([x]), 0.0
    for _ in range(steps):
        x.grad, before = gradient, x.data
        optimizer.step()
    return before - x.data


exercise(
    "7.x1",
    "(x − 3)² from x = 0 with rate 0.1: where is x after the first step?",
    right=lambda: 0.0 - RATE * grad(parabola)(0.0),
    wrong={
        "two": lambda: 0.0 - RATE * grad(parabola)(0.0) / 2.0,
        "That is the gradient's size: the step is only a share of it.": lambda: abs(grad(parabola)(0.0)),
    },
    why="The gradient is negative here, so minus it moves x up.",
    hints=(
        "What is the gradient at 0, and what does the rate make of it?",
        "Print x.grad after backward(), and multiply by the rate.",
        "(x − 5)² from 0 with rate 0.2: gradient −10, so x becomes 2.",
    ),
)
exercise(
    "7.rate_edge",
    "(x − 3)²: above which rate does descent diverge?",
    right=lambda: 2.0 / curvature(parabola),
    wrong={"That is the best rate, not the edge.": lambda: 1.0 / curvature(parabola)},
    why="There the error keeps its size for ever and only changes its sign.",
    hints=(
        "Each step multiplies the error by one factor: for which rate does it turn round and not shrink?",
        "Run the loop with larger and larger rates: from which on does x swing without coming nearer?",
        "5·x²: the second derivative is 10, and the edge is 2/10 = 0.2.",
    ),
)
exercise(
    "7.forgot",
    "A training loop computes the loss, calls backward() and step(). Which call is missing?",
    right=lambda: Optimizer.zero_grad.__name__,
    wrong={
        "That one is there: something must happen before it.": lambda: "backward",
        "That would do it by hand: which method does it?": lambda: "x.grad = 0",
    },
    why="Leaves add up over calls, so every step would go along the sum of all gradients so far.",
    hints=(
        "What do leaves do when backward() is called again?",
        "Print a weight's gradient in each round: it grows and grows.",
        "Lesson 4: x·x·x twice gives 54 where 27 is meant; something has to be cleared in between.",
    ),
)
exercise(
    "8.adam1",
    "Adam, rate 0.1, first step, gradient 0.001: how far does the weight move?",
    right=lambda: last_move(lambda x: Adam(x, lr=RATE), GRADIENT, 1),
    wrong={"That is SGD's step: Adam divides the gradient by its own size.": lambda: RATE * GRADIENT},
    why="In the first step the gradient is divided by its own size, so only its sign is left.",
    hints=(
        "After correction, what are the mean and the root mean square of one single gradient?",
        "Run the first step once with gradient 0.001 and once with 1000.",
        "Rate 0.02, gradient 7: mean 7, root mean square 7, so the step is 0.02.",
    ),
)
exercise(
    "8.v10",
    "Momentum 0.9, the gradient always 1: the velocity after 10 steps?",
    right=lambda: last_move(lambda x: SGD(x, lr=1.0, momentum=0.9), 1.0, 10),
    wrong={
        "That is the limit; ten steps have not reached it.": lambda: 1.0 / (1.0 - 0.9),
        "No factor (1 − 0.9) stands in this form.": lambda: (
            0.1 * last_move(lambda x: SGD(x, lr=1.0, momentum=0.9), 1.0, 10)
        ),
    },
    why="1 + 0.9 + 0.81 + …: a sum that comes nearer and nearer to its limit.",
    hints=(
        "Each step: velocity = 0.9·velocity + gradient. What are the first three?",
        "Write the loop of one line and print the velocity.",
        "Momentum 0.5: 1, 1.5, 1.75, 1.875 … towards 2.",
    ),
)
exercise(
    "8.edge",
    "(x² + 25y²)/2: the largest rate with which plain descent does not diverge?",
    right=lambda: 2.0 / curvature(lambda y: ravine([0.0, y])),
    wrong={
        "That is the edge along x: the steep direction decides.": lambda: 2.0 / curvature(lambda x: ravine([x, 0.0])),
        "That is the best rate for y, not its edge.": lambda: 1.0 / curvature(lambda y: ravine([0.0, y])),
    },
    why="The steepest direction sets the edge, however flat the others are.",
    hints=(
        "The edge of one direction is 2 over its second derivative: which direction breaks first?",
        "Run the race with larger and larger rates and look at y alone.",
        "(x² + 4y²)/2: second derivatives 1 and 4, so the edge is 2/4 = 0.5.",
    ),
)
