"""Which number is it? "three hundred and twelve" is 312: three questions are put to the words, one for each digit."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from autograd import functions as fn
from autograd.datasets import Dataset
from autograd.datasets.dataset import seeded, shuffled
from autograd.draw import maps
from autograd.nn import Embedding, Layer, Module, xavier
from autograd.nn.dense import Activation
from autograd.tasks.pictures import sheet
from autograd.tasks.prepare import padded
from autograd.tasks.task import Recipe, Split, Task
from autograd.value import Value
from autograd.watching import no_grad

# fmt: off
SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
# fmt: on
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORDS = (*SMALL, *TENS, "hundred", "and")
CLASSES = ("·", *"0123456789")  # the first: nothing stands there
PLACES = ("hundreds", "tens", "ones")
LONGEST = 5  # words: three hundred and twenty one
LEARNED = 300  # numbers
TO_STOP_BY = 30
SIZE = 12  # of a row


def spelled(number: int) -> list[str]:
    """The English words of a number from 0 to 999.

    >>> " ".join(spelled(312))
    'three hundred and twelve'
    """
    if not 0 <= number < 1000:
        raise ValueError(f"numbers from 0 to 999 can be spelled, got {number}")
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    if rest < 20:
        words = [SMALL[rest]] if rest or not hundreds else []
    else:
        words = [TENS[tens - 2], *([SMALL[ones]] if ones else [])]
    if hundreds:
        words = [SMALL[hundreds], "hundred", *(["and"] if words else []), *words]
    return words


def data(numbers: list[int], name: str) -> Dataset:
    """The ids of the words of each number, five with those that are no word, and the classes of its digits."""
    bags = [[WORDS.index(word) for word in spelled(number)] for number in numbers]
    digits = [[CLASSES.index(digit) for digit in f"{number:·>3}"] for number in numbers]
    return Dataset(padded(bags, LONGEST, len(WORDS)), digits, name=name, features=WORDS, classes=CLASSES)


def unseen_numbers(seed: int) -> Split:
    """Of 1,000 numbers 300 are learned from, 30 of those to stop by. The words that stand alone are always among them:

    who has never seen "seven" alone cannot know that nothing stands before it.
    """
    alone = [*range(20), *range(20, 100, 10)]
    others = [number for number in range(1000) if number not in alone]
    others = [others[k] for k in shuffled(len(others), seeded(seed))]
    learned = LEARNED - len(alone)
    return Split(
        data([*alone, *others[TO_STOP_BY:learned]], "numbers"),
        data(others[:TO_STOP_BY], "numbers to stop by"),
        data(others[learned:], "unseen numbers"),
    )


class Translator(Module):
    """For each digit one learned question; each word answers as much as it and the next word match the question.

    The keys know of the next word, so that "seven" before "hundred" is another seven. What is passed on is the row of
    the word alone: otherwise the neighbour would be passed on with it, and the alignment would say little.
    """

    def __init__(self, train: Dataset, activation: Activation, rng: Random) -> None:
        self.table = Embedding(len(WORDS) + 1, SIZE, rng=rng)
        self.key = Layer(2 * SIZE, SIZE, activation=activation, init=xavier, rng=rng)
        self.questions = [[Value(rng.gauss(0.0, 1.0), label=f"q{k}") for k in range(SIZE)] for _ in PLACES]
        self.answers = [Layer(SIZE, len(CLASSES), nonlin=False, init=xavier, rng=rng) for _ in PLACES]

    def __call__(self, words: Any) -> list[list[Any]]:
        """For each of the three places a score for each class."""
        rows = self.table(list(words))
        return [
            answer([fn.dot(shares, column) for column in zip(*rows, strict=True)])
            for answer, shares in zip(self.answers, self.alignment(words), strict=True)
        ]

    def alignment(self, words: Any) -> list[list[Any]]:
        """For each of the three places the share that each word has in the answer."""
        *rows, end = self.table([*words, len(WORDS)])
        keys = [self.key([*row, *after]) for row, after in zip(rows, [*rows[1:], end], strict=True)]
        there = [fn.greater(len(WORDS), word) for word in words]
        return [
            fn.softmax([fn.where(one, fn.dot(question, key), -math.inf) for key, one in zip(keys, there, strict=True)])
            for question in self.questions
        ]


def translated(model: Translator, words: list[int]) -> str:
    """The three digits that the model gives for the ids of words."""
    with no_grad():
        scores = [[score.data for score in place] for place in model(words)]
    return "".join(CLASSES[place.index(max(place))] for place in scores)


def findings(model: Translator, split: Split) -> str:
    """Which numbers went wrong."""
    wrong = []
    for words, target in zip(split.test.inputs, split.test.targets, strict=True):
        words = [word for word in words if word < len(WORDS)]
        given, true = translated(model, words), "".join(CLASSES[k] for k in target)
        if given != true:
            wrong.append(f"{' '.join(WORDS[word] for word in words)}: {given.strip('·')}")
    shown = "; ".join(wrong[:5]) or "none"
    return f"{len(wrong)} of {len(split.test)} unseen numbers went wrong: {shown}{' ...' if len(wrong) > 5 else ''}"


def pictures(model: Translator, split: Split) -> dict[str, Any]:
    """Which words each digit was taken from, for the longest and the shortest of the unseen numbers."""
    by_length = sorted(
        ([word for word in words if word < len(WORDS)] for words in split.test.inputs), key=lambda words: -len(words)
    )
    shown = [by_length[0], by_length[1], by_length[-2], by_length[-1]]
    figure, axes = sheet(2, 2, 5.6, 3.0)
    for ax, words in zip(axes.flat, shown, strict=True):
        with no_grad():
            shares = [list(row) for row in model.alignment(words)]
        given = translated(model, words)
        queries = [f"{digit} {place}" for digit, place in zip(given, PLACES, strict=True)]
        maps.attention(shares, queries, [WORDS[word] for word in words], ax=ax)
    return {"alignment": figure}


TRANSLATE = Task(
    name="translate",
    about="Number words to digits. 300 numbers are learned from, generated, and tested is on the 700 others:"
    "\nright is a number whose three digits are all right.",
    splits={"unseen numbers": unseen_numbers},
    recipes={"attention": Recipe(Translator, activation="tanh", epochs=150, patience=40)},
    pictures=pictures,
    findings=findings,
)
