"""Exercises to print: small random expressions whose answers tell which mistake was made.

Expressions are drawn until one is fit for the purpose: small numbers, and every wrong procedure gives other
gradients than the right one and than the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from autograd import functions as fn
from autograd.activations import relu
from autograd.expression import evaluate
from autograd.graph import Node, topological_order
from autograd.lesson import procedures
from autograd.lesson.procedures import Gradients, Procedure
from autograd.value import Value

NUMBERS = (-3, -2, 2, 3, 4, 5)
LEAVES, STEPS = "abcd", "uvwpq"
MOST_VALUE, MOST_GRADIENT, MOST_ZEROS = 30.0, 60.0, 2

# What a mistaken learner did, in the words of the key.
MISTAKES: dict[str, Procedure] = {
    "local derivatives alone, not multiplied by what arrives": procedures.local_only,
    "added where factors multiply": procedures.added,
    "a product's own factor instead of the other one": procedures.own_factor,
    "the 2 of the square forgotten": procedures.without_two,
    "a later contribution in place of the sum": procedures.overwritten,
    "level by level, so that some spoke too early": procedures.breadth_first,
    "leaves first": procedures.leaves_first,
}


@dataclass(frozen=True)
class Level:
    """How many operations of which kinds on how many leaves, and whether a node is used twice.

    Every one of `musts` occurs.
    """

    operations: int
    kinds: tuple[str, ...]
    leaves: int | None  # None: as many as fit when each is used once
    reuse: bool
    musts: tuple[str, ...] = ()


LEVELS = {
    1: Level(2, ("{} + {}", "{} * {}"), None, reuse=False),
    2: Level(3, ("{} + {}", "{} * {}", "{} - {}", "{}**2"), None, reuse=False),
    3: Level(4, ("{} + {}", "{} * {}", "{} - {}", "{}**2"), 3, reuse=True),
    4: Level(5, ("{} + {}", "{} * {}", "{} - {}", "{}**2", "relu({})"), 3, reuse=True, musts=("relu({})",)),
    5: Level(6, ("{} + {}", "{} * {}", "{} - {}", "{}**2", "relu({})", "{}/2"), 4, reuse=True, musts=("{}/2",)),
}


@dataclass(frozen=True)
class Sheet:
    """One exercise.

    Attributes:
        seed, level: from which it can be made again.
        expression: the steps, as `stepgrad step` reads them.
        numbers: the leaves.
        root: its graph, without gradients.
        mistakes: for each mistake that can be made here, the gradients that it leads to.
    """

    seed: int
    level: int
    expression: str
    numbers: dict[str, int]
    root: Value
    mistakes: dict[str, Gradients]

    @property
    def leaves(self) -> list[Node]:
        """The leaves, by name."""
        return [procedures.named(self.root, name) for name in sorted(self.numbers)]


def sheet(seed: int, level: int = 3) -> Sheet:
    """The exercise of a seed, at a level from 1 (two operations) to 5 (six, with relu and halving).

    Raises:
        ValueError: there is no such level.

    >>> made = sheet(seed=7, level=1)
    >>> len(made.leaves), made == sheet(seed=7, level=1)
    (3, False)
    >>> made.expression == sheet(seed=7, level=1).expression
    True
    """
    if level not in LEVELS:
        raise ValueError(f"there is no level {level}: use 1 to {len(LEVELS)}")
    random = Random(f"worksheet {level} {seed}")
    while True:  # from one in three at level 1 to one in seventy at level 5 is fit
        drawn = _drawn(random, LEVELS[level])
        if drawn and (made := fit_sheet(seed, level, *drawn)):
            return made


def _drawn(random: Random, level: Level) -> tuple[str, dict[str, int]] | None:
    """A random expression and its numbers; None where a step would be left over or none is used twice."""
    kinds = [random.choice(level.kinds) for _ in range(level.operations)]
    if not {*level.musts} <= {*kinds}:
        return None
    slots = sum(kind.count("{}") for kind in kinds)
    names = [*LEAVES[: level.leaves or slots - level.operations + 1]]
    numbers = {name: random.choice(NUMBERS) for name in names}
    used: Counter[str] = Counter()
    steps = []
    for kind, name in zip(kinds, [*STEPS[: level.operations - 1], "L"], strict=True):
        count = kind.count("{}")
        if count > len(names):
            return None
        unused = [name for name in names if not used[name]]
        operands = random.sample(unused if count <= len(unused) and random.random() < 0.7 else names, count)
        used.update(operands)
        steps.append(f"{name} = {kind.format(*operands)}")
        names.append(name)
    once_at_least = all(used[name] for name in names[:-1])
    if not once_at_least or level.reuse != (max(used.values()) > 1):
        return None
    return "; ".join(steps), numbers


def fit_sheet(seed: int, level: int, expression: str, numbers: dict[str, int]) -> Sheet | None:
    """The sheet of an expression; None if it is not fit for one."""
    root = evaluate(expression, numbers)
    order = topological_order(root)
    right = procedures.right(root)
    gradients = [right.get(node, 0.0) for node in order]
    shown = [node._data for node in order] + gradients
    if (
        any(abs(node._data) > MOST_VALUE for node in order)
        or any(abs(gradient) > MOST_GRADIENT for gradient in gradients)
        or any(4.0 * number != round(4.0 * number) for number in shown)
        or any(node.op is relu and node.parents[0]._data == 0.0 for node in order)
        or gradients.count(0.0) > (MOST_ZEROS if level >= 4 else 0)
    ):
        return None
    mistakes = {name: procedure(root) for name, procedure in MISTAKES.items() if procedure in set(_applicable(order))}
    leaves = [node for node in order if node.is_leaf]
    answers = [tuple(found.get(leaf, 0.0) for leaf in leaves) for found in (right, *mistakes.values())]
    if len({*answers}) < len(answers):
        return None
    return Sheet(seed, level, expression, numbers, root, mistakes)


def _applicable(order: list[Value]) -> Iterator[Procedure]:
    """The mistakes that can be made in a graph."""
    uses = Counter(operand for node in order for operand in node.parents)
    yield from (procedures.local_only, procedures.added, procedures.leaves_first)
    if any(node.op is fn.mul for node in order):
        yield procedures.own_factor
    if any(map(procedures.is_square, order)):
        yield procedures.without_two
    if max(uses.values()) > 1:
        yield procedures.overwritten
    if any(count > 1 and not node.is_leaf for node, count in uses.items()):
        yield procedures.breadth_first
