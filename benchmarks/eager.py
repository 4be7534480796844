"""How fast the eager engine is on either core, as ratios to micrograd, and what recording a program takes on each.

    python benchmarks/eager.py        (about three minutes; needs the extra `bench`)

The work is the training step of micrograd's demo: two moons, 100 samples, MLP 2-16-16-1, max-margin loss and L2,
65,818 nodes. All contestants compute the same losses, which is checked.

Each core has a process of its own, in which it and micrograd take turns: a peer's cyclic garbage would be collected in
whoever runs next, so an untimed `gc.collect()` stands before each turn. A turn is several steps, and medians over turns
are quoted. What is measured is processor time, which neighbours on the machine hardly change.
"""

from __future__ import annotations

import gc
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import micrograd.engine
import micrograd.nn

import autograd
from autograd.datasets import moons
from autograd.program.recorded import Recorder
from autograd.watching import watch

TURNS = 5
STEPS = 4
SCALAR, LAYERS = "scalar code", "nn.MLP (a neuron is one dot)"

Step = Callable[[], float]


def training_step(value: Any, mlp: Any) -> Step:
    """One step of micrograd's demo with the given classes; calling it trains once and returns the loss."""
    points, labels = moons(100, noise=0.1, seed=0)
    random.seed(1337)
    model = mlp(2, [16, 16, 1])

    def step() -> float:
        total = forward(value, model, points, labels)
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad
        return float(total.data)

    return step


def forward(value: Any, model: Any, points: Any, labels: Any) -> Any:
    """The loss of micrograd's demo."""
    inputs = [[value(x) for x in point] for point in points]
    scores = [model(row) for row in inputs]
    losses = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    return data_loss + 1e-4 * sum(p * p for p in model.parameters())


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
                elapsed = seconds_of(step)
                if turn > 0:  # the first turn warms up
                    seconds[name].append(elapsed)
    gc.enable()
    return {name: statistics.median(times) for name, times in seconds.items()}


def seconds_of(work: Callable[[], Any]) -> float:
    """The processor time that some work takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def chain(length: int = 100_000) -> tuple[float, float, float]:
    """Nanoseconds an operation takes in a chain: forward, backward, release."""
    a, b, x = autograd.Value(1.00001), autograd.Value(1e-7), autograd.Value(1.0)
    start = time.process_time()
    for _ in range(length // 2):
        x = x * a + b
    forward = time.process_time()
    x.backward()
    backward = time.process_time()
    del x
    release = time.process_time()
    return tuple(1e9 * t / length for t in (forward - start, backward - forward, release - backward))  # type: ignore[return-value]


def recording() -> tuple[float, float]:
    """Seconds to record the demo's loss, each node with the line that made it, and to compile a program of that."""
    points, labels = moons(100, noise=0.1, seed=0)
    model = micrograd_on(autograd.Value)(2, [16, 16, 1])
    rows = [[autograd.Value(x) for x in point] for point in points]

    def recorded() -> None:
        with watch(Recorder(False)):
            forward(lambda x: x, model, rows, labels)

    def whole() -> None:
        autograd.record(lambda points: forward(lambda x: x, model, points, labels)).program(points)

    whole()
    gc.collect()
    gc.disable()  # as record does
    times = [(seconds_of(recorded), seconds_of(whole)) for _ in range(5)]
    gc.enable()
    return statistics.median(a for a, _ in times), statistics.median(b - a for a, b in times)


def measured() -> dict[str, Any]:
    """All figures of the core that this process has."""
    sys.setrecursionlimit(50_000)  # micrograd's backward is recursive
    contestants = {
        "micrograd": training_step(micrograd.engine.Value, micrograd.nn.MLP),
        SCALAR: training_step(autograd.Value, micrograd_on(autograd.Value)),
        LAYERS: training_step(autograd.Value, autograd.nn.MLP),
    }
    losses = {name: [step() for _ in range(3)] for name, step in contestants.items()}
    reference = losses["micrograd"]
    for name, values in losses.items():
        if any(abs(a - b) > 1e-9 for a, b in zip(values, reference, strict=True)):
            raise SystemExit(f"{name} computes other losses than micrograd: {values} against {reference}")
    found: dict[str, Any] = {"on": medians(contestants, True), "off": medians(contestants, False)}
    gc.collect()
    gc.disable()
    found["chain"] = [statistics.median(column) for column in zip(*[chain() for _ in range(9)][2:], strict=True)]
    gc.enable()
    found["recording"] = recording()
    return found


def importing(pure: str) -> float:
    """Milliseconds that `import autograd` takes, beside those of the interpreter; the best of ten."""
    program = "import time; t = time.process_time(); import autograd; print(time.process_time() - t)"
    environment = {**os.environ, "STEPGRAD_PURE": pure, "PYTHONDONTWRITEBYTECODE": ""}  # compiled once, as installed
    runs = [
        float(subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout)
        for _ in range(10)
    ]
    return 1e3 * min(runs)


def main() -> None:
    """Measure each core in a process of its own and print the tables."""
    if "--this-core" in sys.argv:
        print(json.dumps(measured()))
        return
    if not autograd.compiled:
        raise SystemExit(f"this compares two cores, and there is one: {autograd.core.description}")
    found: dict[str, Any] = {}
    imports: dict[str, float] = {}
    for core, pure in (("Python core", "1"), ("compiled core", "")):
        environment = {**os.environ, "STEPGRAD_PURE": pure}
        done = subprocess.run(
            [sys.executable, __file__, "--this-core"], env=environment, stdout=subprocess.PIPE, check=True
        )
        found[core], imports[core] = json.loads(done.stdout), importing(pure)

    print(
        f"Python {sys.version.split()[0]}, two-moons training step, processor time, median of {TURNS * STEPS} steps\n"
    )
    print(f"| {'':43} | collector on | ratio | collector off | ratio |")
    print(f"|{'-' * 45}|-------------:|------:|--------------:|------:|")
    for core, figures in found.items():
        for name in ("micrograd", SCALAR, LAYERS):
            on, off = figures["on"], figures["off"]
            title = f"{name}, beside the {core}" if name == "micrograd" else f"{core}, {name}"
            print(
                f"| {title:43} | {1e3 * on[name]:9.1f} ms | {on['micrograd'] / on[name]:5.1f}"
                f" | {1e3 * off[name]:10.1f} ms | {off['micrograd'] / off[name]:5.1f} |"
            )
    print("\n|               | chain: forward | backward | release | recording | compiling | import autograd |")
    print("|---------------|---------------:|---------:|--------:|----------:|----------:|----------------:|")
    for core, figures in found.items():
        forward_ns, backward_ns, release_ns = figures["chain"]
        recorded, compiled = figures["recording"]
        print(
            f"| {core:13} | {forward_ns:11.0f} ns | {backward_ns:5.0f} ns | {release_ns:4.0f} ns"
            f" | {1e3 * recorded:6.0f} ms | {1e3 * compiled:6.0f} ms | {imports[core]:12.0f} ms |"
        )
    print("\nThe chain has 100,000 ops, nanoseconds are those of one; collector off in the second table.")


if __name__ == "__main__":
    main()
