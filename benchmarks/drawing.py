"""How long a picture takes, without Graphviz.

    python benchmarks/drawing.py        (about half a minute; needs the extra `bench`)

Three graphs, each after a backward pass: 60 values drawn one by one; an MLP 8-16-16-1, which is drawn as layers; and
the training step of micrograd's demo written scalar by scalar (two moons, 100 samples, MLP 2-16-16-1, max-margin loss
and L2: 65,614 values and some plain numbers), of which every part that repeats is drawn once. Medians over runs of the
processor time, which other programs on the machine hardly change; the first run, which reads the tokens, is not
counted.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from eager import micrograd_on

import autograd
from autograd import Value, draw, nn
from autograd.datasets import moons
from autograd.draw.engine import find_dot, render
from autograd.draw.scene import scene
from autograd.graph import topological_order

RUNS = 5


def sixty_values() -> Value:
    """60 values without scopes, some of them used twice."""
    rng = random.Random(0)
    row = [Value(rng.uniform(-1, 1), label=f"x{i}") for i in range(6)]
    while len(topological_order(row[-1])) < 60:
        op = rng.choice((autograd.add, autograd.mul, autograd.sub))
        row.append(op(row[-1], rng.choice(row[-9:-1])).tanh())
    row[-1].backward()
    return row[-1]


def mlp() -> Value:
    """The reference picture: an MLP 8-16-16-1 on one sample."""
    model = nn.MLP(8, [16, 16, 1], activation=[autograd.tanh] * 3, init=nn.xavier, rng=0)
    rng = random.Random(1)
    out: Value = model([Value(rng.gauss(0, 1), label=f"x{i}") for i in range(8)])
    out.backward()
    return out


def moons_step() -> Value:
    """The total loss of micrograd's demo, all in scalar operations."""
    points, labels = moons(100, noise=0.1, seed=0)
    random.seed(1337)
    model: Any = micrograd_on(Value)(2, [16, 16, 1])
    scores = [model([Value(x) for x in point]) for point in points]
    losses = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
    total: Value = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
    total.backward()
    return total


def median(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """The median seconds of some runs."""
    seconds = []
    for _ in range(RUNS + 1):
        start = clock()
        work()
        seconds.append(clock() - start)
    return statistics.median(seconds[1:])


def main() -> None:
    """Print the table."""
    print(f"Python {sys.version.split()[0]}, median of {RUNS} runs\n")
    print("| graph                           | values | cards | scene, ms | SVG, ms | Mermaid, ms |   goal |")
    print("|---------------------------------|-------:|------:|----------:|--------:|------------:|-------:|")
    graphs = {
        "60 values, one by one": (sixty_values(), "50 ms"),
        "MLP 8-16-16-1, as layers": (mlp(), "500 ms"),
        "training step, scalar by scalar": (moons_step(), "3 s"),
    }
    for name, (root, goal) in graphs.items():
        shown = scene(root)
        values = shown.summary.split()[0]
        cards = sum(card.holds > 0 for card in shown.cards)
        times = [1e3 * median(lambda root=root, draws=draws: draws(root)) for draws in (scene, draw.svg, draw.mermaid)]
        print(f"| {name:31} | {values:>6} | {cards:5} |", end="")
        print(f" {times[0]:9.1f} | {times[1]:7.1f} | {times[2]:11.1f} | {goal:>6} |")
    command = find_dot()
    if command is None:
        return
    root = graphs["60 values, one by one"][0]
    text = draw.dot(root)
    ours, theirs = median(lambda: draw.dot(root)), median(lambda: render(text, "png", command), time.perf_counter)
    print(f"\nA PNG of the 60 values: {1e3 * ours:.0f} ms for the DOT text, {1e3 * theirs:.0f} ms in {command.name}")


if __name__ == "__main__":
    main()
