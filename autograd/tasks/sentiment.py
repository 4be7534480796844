"""Does a sentence praise the film? Its words, without their order, as rows of a table that is learned."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from autograd import datasets, interpret
from autograd import functions as fn
from autograd.datasets import Dataset
from autograd.draw import maps
from autograd.nn import Embedding, Layer, Module, xavier
from autograd.nn.dense import Activation
from autograd.program import batch
from autograd.tasks.pictures import best_first, sheet
from autograd.tasks.prepare import padded
from autograd.tasks.task import Recipe, Split, Task
from autograd.tasks.training import arrays, decisions
from autograd.watching import no_grad

SIZE = 8  # of a row
LONGEST = 38  # words
TO_STOP_BY = 800
JUDGED = 500  # sentences from which words are deleted


def by_file(seed: int) -> Split:
    """The file's own test rows; of the others the last 800 to stop by."""
    data = datasets.movie_ratings()
    data = replace(
        data,
        inputs=samples(data.inputs, len(data.features)),
        targets=[int(rating > 0.0) for rating in data.targets],
        classes=("blames", "praises"),
    )
    train, test = data.split_by_file()
    return Split(*replace(train, train_rows=len(train) - TO_STOP_BY).split_by_file(), test)


def samples(bags: Any, words: int) -> list[list[int]]:
    """Of each bag 38 ids of words; those that are left over get the id after the last, no word.

    Raises:
        ValueError: a bag is empty, has more words, or an id is unknown.
    """
    for k, bag in enumerate(bags):
        for word in bag:
            if not 0 <= word < words:
                raise ValueError(f"row {k} has the word {word}: the known ones are 0 to {words - 1}, leave it out")
    return padded(bags, LONGEST, words)


class Bag(Module):
    """A row of the table for each word, a weighted mean of these, and one score, above 0 for praise."""

    def __init__(self, train: Dataset, activation: Activation, rng: Random) -> None:
        self.words = len(train.features)
        # Small, so that words which are hardly ever seen hardly count.
        self.table = Embedding(self.words + 1, SIZE, init=lambda rng, *_: rng.gauss(0.0, 0.1), rng=rng)
        self.score = Layer(SIZE, 1, nonlin=False, init=xavier, rng=rng)

    def __call__(self, words: Any) -> Any:
        """The score of a bag, given as ids."""
        return self.of_rows(self.table(list(words)), [fn.greater(self.words, word) for word in words])

    def of_rows(self, rows: Any, there: Any) -> Any:
        """The score of a bag, given as rows of the table, each with a 1, or a 0 for no word."""
        return self.score([fn.dot(self.weights(rows, there), column) for column in zip(*rows, strict=True)])

    def weights(self, rows: Any, there: Any) -> list[Any]:
        """How much each word counts in the mean."""
        raise NotImplementedError


class Mean(Bag):
    """The plain mean."""

    def weights(self, rows: Any, there: Any) -> list[Any]:
        """The same for each word."""
        count = fn.sum(there)
        return [one / count for one in there]


class Attention(Bag):
    """A mean in which a word counts the more, the more its row is like a learned one."""

    def __init__(self, train: Dataset, activation: Activation, rng: Random) -> None:
        super().__init__(train, activation, rng)
        self.interest = Layer(SIZE, 1, nonlin=False, init=xavier, rng=rng)

    def weights(self, rows: Any, there: Any) -> list[Any]:
        """Shares by attention."""
        return fn.softmax([fn.where(one, self.interest(row), -math.inf) for row, one in zip(rows, there, strict=True)])


# ---------------------------------------------------------------- which words it was


def contributions(model: Bag, words: list[int]) -> dict[str, list[float]]:
    """What each word of a bag counts: by the attention paid to it, and by gradient × input, summed over its row."""
    with no_grad():
        rows = [[x.data for x in row] for row in model.table(words)]
        there = [1.0] * len(words)
        paid = [float(getattr(share, "data", share)) for share in model.weights(rows, there)]
    pulls = interpret.gradient_times_input(lambda rows: model.of_rows(rows, there), rows)
    found = {"gradient × input": [math.fsum(pull) for pull in pulls]}
    return {"attention": paid, **found} if isinstance(model, Attention) else found


def flips(model: Bag, test: Dataset, seed: int = 0) -> dict[str, float]:
    """The share of decisions that turn over when one word is deleted, by how the word was chosen.

    Methods disagree on which word it was; what they say is judged by what happens without it.
    """
    random = Random(seed)
    bags = [[word for word in words if word < model.words] for words in test.inputs[:JUDGED]]
    bags = [bag for bag in bags if len(bag) > 1]
    outputs = batch(model)

    def decided(bags: list[list[int]]) -> Any:
        return decisions(outputs, arrays(Dataset(samples(bags, model.words), [0] * len(bags)))[0])

    before = decided(bags)
    without: dict[str, list[list[int]]] = {}
    for bag, praises in zip(bags, before, strict=True):
        found = contributions(model, bag)
        pulls = found["gradient × input"]
        judges = {"a random word": [random.random() for _ in bag]}
        if "attention" in found:
            judges["the most attended"] = found["attention"]
        judges["the largest |gradient × input|"] = [abs(pull) for pull in pulls]
        judges["the largest towards the decision"] = pulls if praises else [-pull for pull in pulls]
        for name, sizes in judges.items():
            place = sizes.index(max(sizes))
            without.setdefault(name, []).append(bag[:place] + bag[place + 1 :])
    return {name: float((decided(bags) != before).mean()) for name, bags in without.items()}


def findings(model: Bag, split: Split) -> str:
    """The deletion test in words."""
    found = ", ".join(f"{name} {share:.0%}" for name, share in flips(model, split.test).items())
    return f"without one word this share of {JUDGED} decisions turns over: {found}"


def pictures(model: Any, split: Split) -> dict[str, Any]:
    """The words of four sentences, sure and wrong, with what each counts."""
    rows = best_first(model, split.test)
    sure = [next(row for row in rows if split.test.targets[row[0]] == target) for target in (1, 0)]
    kinds = 2 if isinstance(model, Attention) else 1
    bags = [([w for w in split.test.inputs[row] if w < model.words], row, said) for row, said, _ in [*sure, *rows[-2:]]]
    figure, axes = sheet(2, 2 * kinds, 6.4 / kinds + 0.6, 0.3 * max(len(bag) for bag, *_ in bags) + 1.4)
    classes = split.test.classes
    for k, (bag, row, said) in enumerate(bags):
        found = contributions(model, bag)
        place = axes[k // 2][(k % 2) * kinds : (k % 2 + 1) * kinds]
        maps.words([split.test.features[word] for word in bag], found, ax=list(place))
        place[-1].set_xlabel(f"it {classes[split.test.targets[row]]}, read as: it {classes[said]}")
    return {"words": figure}


recipe = partial(Recipe, activation="identity", optimizer="adamw", rate=0.003, decay=0.01, epochs=20, patience=5)
SENTIMENT = Task(
    name="sentiment",
    about="Does a sentence praise the film? Bags of words: their order is not in the file, and nothing that hangs"
    "\non it can be learned.",
    splits={"by file": by_file},
    recipes={"mean": recipe(Mean), "attention": recipe(Attention)},
    pictures=pictures,
    findings=findings,
)
