"""What tracing costs: forward and backward passes inside `debug.trace()`, and what stays of it when nobody traces.

    python benchmarks/tracing.py        (about a minute)

The work is forward and backward of micrograd's demo network, MLP 2-16-16-1, on ten samples: once with
`autograd.nn.MLP`, where a neuron is one `dot`, and once in plain scalar `*` and `+`, where a node does least.

Tracing on: the ratio to the same work outside of a block. A block notes what happens; nodes and events are worked
out when somebody asks for them, which is the column "and looked at".

Tracing off: the ratio to an engine that never looks whether somebody watches: a copy of the package, made here,
without those few expressions. A second copy, left as it is, shows how far two equal engines seem to be apart.

All of it on the Python core, which the copies have too; STEPGRAD_PURE=0 asks for the compiled one, where an untraced
node costs so little that ratios to it say nothing about tracing.

What is measured is processor time, which neighbours on the machine hardly change. Contestants take turns in one
process; `gc.collect()` stands before each turn, and the collector is off during it unless the table says otherwise.
Quoted is the median over rounds of the ratio within a round.
"""

from __future__ import annotations

import gc
import importlib
import math
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("STEPGRAD_PURE", "1")

import autograd

ROUNDS = 41
SAMPLES = [([math.sin(k), math.cos(3 * k)], (-1) ** k) for k in range(10)]

Work = Callable[[], Any]

CHECKS = {  # in value.py: what looks whether somebody watches, and what stands there without
    "return node if not watching.blocks else watching.watched(node)": "return node",
    "\n            watching.watched(self)": "",
    "\n        watching.watched(self)": "",
    "\n        if watching.blocks:\n            watching.asked(self)": "",
    "for watcher in watching.present():": "for watcher in ():",
    "watchers = watching.present()": "watchers = ()",
}


def copied(name: str, folder: Path, watched: bool) -> Any:
    """The package a second time under another name; without the checks unless `watched`.

    Raises:
        SystemExit: value.py no longer holds the checks as they are written above.
    """
    package = Path(autograd.__file__).parent
    for file in package.rglob("*.py"):
        text = re.sub(r"\bautograd\b", name, file.read_text("utf-8"))
        if file == package / "value.py" and not watched:
            for check, nothing in CHECKS.items():
                if check not in text:
                    raise SystemExit(f"value.py does not hold {check!r}: bring CHECKS up to date")
                text = text.replace(check, nothing)
            if re.search(r"watching\.(blocks|watched\(|asked|present)", text):
                raise SystemExit("value.py still looks whether somebody watches: bring CHECKS up to date")
        target = folder / name / file.relative_to(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return importlib.import_module(name)


def layers(engine: Any) -> Work:
    """Forward and backward with the package's own MLP."""
    model = engine.nn.MLP(2, [16, 16, 1], rng=0)

    def work() -> None:
        total(model(x) for x, _ in SAMPLES).backward()

    return work


def scalars(engine: Any) -> Work:
    """The same network in plain arithmetic."""
    model = engine.nn.MLP(2, [16, 16, 1], rng=0)

    def neuron(neuron: Any, x: Any) -> Any:
        z = neuron.b
        for weight, number in zip(neuron.w, x, strict=True):
            z = z + weight * number
        return z if neuron.activation is engine.identity else z.relu()

    def work() -> None:
        scores = []
        for x, _ in SAMPLES:
            row: Any = x
            for layer in model.layers:
                row = [neuron(each, row) for each in layer.neurons]
            scores.append(row[0])
        total(scores).backward()

    return work


def total(scores: Any) -> Any:
    """The max-margin loss of micrograd's demo."""
    return sum((1.0 - label * score).relu() for score, (_, label) in zip(scores, SAMPLES, strict=True))


def seconds(work: Work, collector: bool) -> float:
    gc.enable()
    gc.collect()
    if not collector:
        gc.disable()
    start = time.process_time()
    work()
    elapsed = time.process_time() - start
    gc.enable()
    return elapsed


def ratios(contestants: dict[str, Work], collector: bool = False) -> dict[str, float]:
    """The time of each contestant, as a ratio to the first."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(ROUNDS + 2):
        # Forwards and backwards in turn, so that nobody always stands behind the same neighbour.
        order = list(contestants) if turn % 2 else list(reversed(contestants))
        taken = {name: seconds(contestants[name], collector) for name in order}
        if turn >= 2:  # the first two warm up
            base = next(iter(contestants))
            for name, elapsed in taken.items():
                found[name].append(elapsed / taken[base])
    return {name: statistics.median(times) for name, times in found.items()}


def traced(work: Work, looked_at: bool) -> Work:
    """The same work inside a block."""

    def on() -> None:
        with autograd.debug.trace() as trace:
            work()
        if looked_at:
            len(trace.events)

    return on


def main() -> None:
    """Print the tables."""
    print(f"Python {sys.version.split()[0]}, forward and backward, MLP 2-16-16-1, {len(SAMPLES)} samples\n")
    print("| tracing on                  | collector | inside a block | and looked at |")
    print("|-----------------------------|-----------|---------------:|--------------:|")
    for name, make in (("autograd.nn.MLP", layers), ("plain scalars", scalars)):
        work = make(autograd)
        contestants = {"off": work, "on": traced(work, False), "read": traced(work, True)}
        for collector in (True, False):
            found = ratios(contestants, collector)
            state = "on" if collector else "off"
            print(f"| {name:27} | {state:9} | {found['on']:13.1f}x | {found['read']:12.1f}x |")
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        plain = copied("autograd_unwatched", Path(folder), watched=False)
        twin = copied("autograd_twin", Path(folder), watched=True)
        print("\n| tracing off                 | to an engine without the checks | to its own copy |")
        print("|-----------------------------|--------------------------------:|----------------:|")
        for name, make in (("autograd.nn.MLP", layers), ("plain scalars", scalars)):
            found = ratios(
                {"plain": repeated(make(plain)), "own": repeated(make(autograd)), "twin": repeated(make(twin))}
            )
            checks, noise = found["own"] - 1.0, found["own"] / found["twin"] - 1.0
            print(f"| {name:27} | {checks:+31.1%} | {noise:+15.1%} |")
        sys.path.remove(folder)


def repeated(work: Work) -> Work:
    """Several times over, so that a turn is long enough to be measured to a percent."""

    def several() -> None:
        for _ in range(5):
            work()

    return several


if __name__ == "__main__":
    main()
