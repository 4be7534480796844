"""Lessons 15 to 18: images, text, speech, programs."""

from __future__ import annotations

import math
from itertools import pairwise

from autograd.activations import relu
from autograd.functions import softmax
from autograd.lesson.exercise import exercise
from autograd.nn import Conv2d, Layer, MaxPool, Sequential, flatten

PIXELS, PLACES, FRAMES = [0.0, 0.0, 9.0, 9.0], [2.0, -2.0, 3.0, 1.0], [2.0, 4.0, 6.0]
ASKED, LEARNED = (7, 307, 347), range(100, 1000)


def digit_reader() -> Sequential:
    """The convolutional network of lesson 15."""
    return Sequential(Conv2d(1, 12, 3, rng=0), relu, MaxPool(2), flatten, Layer(108, 10, rng=0))


def unpooled() -> Sequential:
    """The same without max-pool."""
    return Sequential(Conv2d(1, 12, 3, rng=0), relu, flatten, Layer(432, 10, rng=0))


exercise(
    "15.conv",
    "The kernel (−1, 1) slides over 0, 0, 9, 9: the three results?",
    right=lambda: [b - a for a, b in pairwise(PIXELS)],
    wrong={
        "The kernel is turned round: minus the left one, plus the right one.": lambda: [
            a - b for a, b in pairwise(PIXELS)
        ]
    },
    why="It answers where brightness changes, and nowhere else.",
    hints=(
        "Minus the left pixel plus the right one: at how many places can the window stand?",
        "Write down each pair of neighbours and their difference.",
        "5, 7, 7: the results are 2 and none.",
    ),
)
exercise(
    "15.params",
    "12 filters of 3 × 3, ReLU, max-pool 2, then 10 outputs, on 8 × 8 pixels: how many parameters?",
    right=lambda: len(digit_reader().parameters()),
    wrong={
        "The biases are missing.": lambda: len(digit_reader().parameters()) - 12 - 10,
        "The filters have biases too.": lambda: len(digit_reader().parameters()) - 12,
        "The last layer has biases too.": lambda: len(digit_reader().parameters()) - 10,
        "Max-pool leaves one number of each 2 × 2.": lambda: len(unpooled().parameters()),
    },
    why="Most of them stand in the last layer; the shared filters need few.",
    hints=(
        "How many weights has one filter, and how many numbers reach the last layer?",
        "print(model) says what each layer has.",
        "4 filters of 2 × 2: 4·(4 + 1) = 20.",
    ),
)
exercise(
    "15.shared",
    "A shared weight gets 2, −2, 3 and 1 from four places: its gradient?",
    right=lambda: sum(PLACES),
    wrong={"over": lambda: PLACES[-1]},
    why="A node that is used at many places adds up what each contributes.",
    hints=(
        "What does a node do that is used several times?",
        "In the picture of x·x two edges lead into one node: what does x get?",
        "5 and −7 from two places: −2.",
    ),
)
exercise(
    "16.soft",
    "softmax of (0, ln 3)?",
    right=lambda: softmax([0.0, math.log(3.0)]),
    wrong={
        "Divide by the sum, so that they sum to 1.": lambda: [1.0, 3.0],
        "Those are shares of the scores: take their exponentials first.": lambda: [0.0, 1.0],
    },
    why="Exponentials, shared out so that they sum to a whole.",
    hints=(
        "What are the exponentials, and what is their sum?",
        "Compute autograd.softmax([0.0, math.log(3)]).",
        "(0, ln 4): 1 and 4, so 1/5 and 4/5.",
    ),
)
exercise(
    "16.unseen",
    "A translator of numbers learned from three digits only. Which of 7, 307 and 347 may it fail at?",
    right=lambda: next(number for number in ASKED if not _learned(number)),
    wrong={"It has met many numbers that are built like this.": lambda: next(filter(_learned, ASKED))},
    why="A word that never stood alone does not say that nothing stands before it.",
    hints=(
        "Which of the three is built like none that was learned from?",
        "Write all three in words, and a few of the numbers that were learned from.",
        "Who has seen only dates with a year may stumble at one without.",
    ),
)
exercise(
    "16.bag",
    'Can a bag of words tell "not good, bad" from "not bad, good"? Answer "yes" or "no".',
    right=lambda: "no" if sorted(["not", "good", "bad"]) == sorted(["not", "bad", "good"]) else "yes",
    wrong={"Which words stand in each, and how often?": lambda: "yes"},
    why="The same words in another order are the same bag.",
    hints=(
        "Which words stand in each of the two, and how often?",
        "Count the words of both sentences side by side.",
        '"dog bites man" and "man bites dog" are one bag.',
    ),
)
exercise(
    "17.split",
    'A fair test for a speaker who is new: is the data split "by voice" or by "random rows"?',
    right=lambda: "by voice",
    wrong={"Then the voice was heard in training.": lambda: "random rows"},
    why="What is tested must be what will be met: a voice never heard.",
    hints=(
        "With rows drawn at random, has the net heard the test's voices before?",
        "Compare the two accuracies of the lesson.",
        "For new patients: split by patient, not by photograph.",
    ),
)
exercise(
    "17.norm",
    "Frames 2, 4, 6: what is left when their mean is taken away?",
    right=lambda: [x - sum(FRAMES) / len(FRAMES) for x in FRAMES],
    wrong={
        "That also divides by the deviation.": lambda: [-math.sqrt(1.5), 0.0, math.sqrt(1.5)],
        "That is the mean less each frame.": lambda: [sum(FRAMES) / len(FRAMES) - x for x in FRAMES],
        "That is what is taken away.": lambda: [sum(FRAMES) / len(FRAMES)] * len(FRAMES),
    },
    why="What the voice or the room adds to every frame is gone; a little of the word goes with it.",
    hints=(
        "What is their mean?",
        "Subtract it from each.",
        "10, 20: mean 15, so −5 and 5.",
    ),
)
exercise(
    "18.shape",
    "100 points of 2 numbers into a layer of 16: the shape of W.T?",
    right=lambda: [len(Layer(2, 16, rng=0).neurons[0].w), len(Layer(2, 16, rng=0).neurons)],
    wrong={"That is W itself.": lambda: [len(Layer(2, 16, rng=0).neurons), len(Layer(2, 16, rng=0).neurons[0].w)]},
    why="A column for each unit, a row for each input.",
    hints=(
        "X @ W.T: which of its two numbers must fit the columns of X?",
        "Print program.source(), and the shape of its W0.",
        "3 inputs, 5 units: W is 5 × 3, its transpose 3 × 5.",
    ),
)
exercise(
    "18.refused",
    "Which Python word makes a line that cannot be recorded, when it asks for a Value's number?",
    right=lambda: "if",
    wrong={
        "A loop of fixed length is simply unrolled.": lambda: "for",
        "That is the line: only the word that begins it is asked for.": lambda: "if y.data > 0:",
    },
    why="A recording holds the branch that was taken, not the one that would be taken next time.",
    hints=(
        "Which line would compute something else for another input?",
        "Read the message of the RecordingError: it names the line.",
        "`while x.data > 1` is refused for the same reason.",
    ),
)


def _learned(number: int) -> bool:
    """Whether a number of as many digits was learned from."""
    return len(str(number)) in {len(str(other)) for other in LEARNED}
