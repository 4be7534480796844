"""How fast the eager engine is, as a ratio to micrograd in the same process.

    python benchmarks/eager.py        (about two minutes; needs the extra `bench`)

The work is the training step of micrograd's demo: two moons, 100 samples, MLP 2-16-16-1, max-margin loss and L2,
65,818 nodes. Both engines compute the same losses, which is checked.

A peer's cyclic garbage would be collected in whoever runs next. So the engines take turns, an untimed
`gc.collect()` stands before each turn, a turn is several steps, and medians over turns are quoted.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import micrograd.engine
import micrograd.nn

import autograd
from autograd.datasets import moons

TURNS = 5
STEPS = 4

Step = Callable[[], float]


def training_step(value: Any, mlp: Any) -> Step:
    """One step of micrograd's demo with the given classes; calling it trains once and returns the loss."""
    points, labels = moons(100, noise=0.1, seed=0)
    random.seed(1337)
    model = mlp(2, [16, 16, 1])

    def step() -> float:
        inputs = [[value(x) for x in point] for point in points]
        scores = [model(row) for row in inputs]
        losses = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        total: Any = data_loss + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad
        return float(total.data)

    return step


def micrograd_on(value: Any) -> Any:
    """micrograd's own MLP, unchanged, computing with another Value."""

    def mlp(nin: int, nouts: list[int]) -> Any:
        original = micrograd.nn.Value
        micrograd.nn.Value = value
        try:
            return micrograd.nn.MLP(nin, nouts)
        finally:
            micrograd.nn.Value = original

    return mlp


def medians(steps: dict[str, Step], collector: bool) -> dict[str, float]:
    """The median seconds of one step for each contestant."""
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(TURNS + 1):
        for name, step in steps.items():
            gc.enable()
            gc.collect()
            if not collector:
                gc.disable()
            for _ in range(STEPS):
                start = time.perf_counter()
                step()
                elapsed = time.perf_counter() - start
                if turn > 0:  # the first turn warms up
                    seconds[name].append(elapsed)
    gc.enable()
    return {name: statistics.median(times) for name, times in seconds.items()}


def chain(length: int = 100_000) -> tuple[float, float, float]:
    """Nanoseconds an operation takes in a chain: forward, backward, release."""
    a, b, x = autograd.Value(1.00001), autograd.Value(1e-7), autograd.Value(1.0)
    start = time.perf_counter()
    for _ in range(length // 2):
        x = x * a + b
    forward = time.perf_counter()
    x.backward()
    backward = time.perf_counter()
    del x
    release = time.perf_counter()
    return tuple(1e9 * t / length for t in (forward - start, backward - forward, release - backward))  # type: ignore[return-value]


def main() -> None:
    """Print the table."""
    sys.setrecursionlimit(50_000)  # micrograd's backward is recursive
    contestants = {
        "micrograd": training_step(micrograd.engine.Value, micrograd.nn.MLP),
        "the same scalar code on autograd.Value": training_step(autograd.Value, micrograd_on(autograd.Value)),
        "autograd.nn.MLP (a neuron is one dot)": training_step(autograd.Value, autograd.nn.MLP),
    }
    losses = {name: [step() for _ in range(3)] for name, step in contestants.items()}
    reference = losses["micrograd"]
    for name, values in losses.items():
        if any(abs(a - b) > 1e-9 for a, b in zip(values, reference, strict=True)):
            raise SystemExit(f"{name} computes other losses than micrograd: {values} against {reference}")
    print(f"Python {sys.version.split()[0]}, two-moons training step, median of {TURNS * STEPS} steps\n")
    print(f"| {'':38} | collector on | ratio | collector off | ratio |")
    print(f"|{'-' * 40}|-------------:|------:|--------------:|------:|")
    on, off = medians(contestants, collector=True), medians(contestants, collector=False)
    for name in contestants:
        print(
            f"| {name:38} | {1e3 * on[name]:9.1f} ms | {on['micrograd'] / on[name]:5.1f}"
            f" | {1e3 * off[name]:10.1f} ms | {off['micrograd'] / off[name]:5.1f} |"
        )
    gc.collect()
    gc.disable()
    rows = [chain() for _ in range(9)][2:]
    gc.enable()
    forward, backward, release = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"\nChain of 100,000 ops, collector off: forward {forward:.0f}, backward {backward:.0f}, ", end="")
    print(f"release {release:.0f} ns an op")


if __name__ == "__main__":
    main()
