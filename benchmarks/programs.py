"""How fast recorded programs are: against micrograd, our own eager engine, NumPy by hand, and PyTorch if it is there.

    OMP_NUM_THREADS=1 python benchmarks/programs.py        (half a minute; needs the extra `bench`)

Two workloads. The training step of micrograd's demo: two moons, 100 samples, MLP 2-16-16-1, max-margin loss and L2;
65,818 nodes of micrograd's own, unchanged scalar code. And a classifier of digits: MLP 64-32-10, a batch of 32,
cross-entropy. All contestants compute the same losses, which is checked.

The contestants take turns in one process, the cyclic collector is off and run by hand between turns, and medians are
quoted.
"""

from __future__ import annotations

import gc
import importlib.util
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import micrograd.engine
import micrograd.nn
import numpy as np

import autograd
from autograd import Value, nn, optim
from autograd.datasets import digits, moons

TURNS = 7
RATE = 0.05

Step = Callable[[], float]


# ---------------------------------------------------------------- two moons


def moons_loss(model: Any, rows: Any, labels: Any) -> Any:
    """The loss of micrograd's demo, in scalar code."""
    losses = [(1 + -label * model(row)).relu() for row, label in zip(rows, labels, strict=True)]
    return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())


def micrograd_model(value: Any) -> Any:
    """micrograd's own MLP, unchanged, computing with another Value."""
    original = micrograd.nn.Value
    micrograd.nn.Value = value
    random.seed(1337)
    try:
        return micrograd.nn.MLP(2, [16, 16, 1])
    finally:
        micrograd.nn.Value = original


def eager_step(value: Any) -> Step:
    """A training step of an eager engine."""
    points, labels = moons(100, noise=0.1, seed=0)
    model = micrograd_model(value)

    def step() -> float:
        loss = moons_loss(model, [[value(x) for x in point] for point in points], labels)
        for p in model.parameters():
            p.grad = 0.0
        loss.backward()
        for p in model.parameters():
            p.data -= RATE * p.grad
        return float(loss.data)

    return step


def weights(model: Any) -> list[tuple[Any, Any]]:
    """The matrix and the bias of each layer of micrograd's MLP or ours."""
    return [
        (np.array([[w.data for w in n.w] for n in layer.neurons]), np.array([n.b.data for n in layer.neurons]))
        for layer in model.layers
    ]


def recorded_moons() -> Step:
    """The same scalar code, recorded: printed is how long that takes."""
    points, labels = moons(100, noise=0.1, seed=0)
    model = micrograd_model(Value)
    inputs = [[[Value(x) for x in point] for point in points], [Value(label) for label in labels]]
    loss = moons_loss(model, *inputs)
    seconds = []
    for collector in (gc.enable, gc.disable):
        gc.collect()
        collector()
        start = time.perf_counter()
        program = autograd.record(loss, inputs=inputs, parameters=model.parameters())
        seconds.append(time.perf_counter() - start)
    gc.enable()
    on, off = seconds
    print(f"{program}\nrecord and compile: {on:.2f} s with the collector on, {off:.2f} s with it off\n")
    optimizer = optim.SGD(model.parameters(), lr=RATE)
    arrays = [np.array(points), np.array(labels, dtype=float)]
    return lambda: program.step(optimizer, arrays)


def numpy_moons() -> Step:
    """The same network by hand: what somebody writes who knows the shapes."""
    points, labels = moons(100, noise=0.1, seed=0)
    x, y = np.array(points), np.array(labels, dtype=float)[:, None]
    (w0, b0), (w1, b1), (w2, b2) = weights(micrograd_model(Value))

    def step() -> float:
        nonlocal w0, b0, w1, b1, w2, b2
        h0 = np.maximum(x @ w0.T + b0, 0.0)
        h1 = np.maximum(h0 @ w1.T + b1, 0.0)
        margin = 1.0 - y * (h1 @ w2.T + b2)
        loss = np.maximum(margin, 0.0).mean() + 1e-4 * sum(float((p * p).sum()) for p in (w0, b0, w1, b1, w2, b2))
        d = np.where(margin > 0.0, -y / len(y), 0.0)
        d_w2, d_b2 = d.T @ h1, d.sum(axis=0)
        d = (d @ w2) * (h1 > 0.0)
        d_w1, d_b1 = d.T @ h0, d.sum(axis=0)
        d = (d @ w1) * (h0 > 0.0)
        d_w0, d_b0 = d.T @ x, d.sum(axis=0)
        w0 = w0 - RATE * (d_w0 + 2e-4 * w0)
        b0 = b0 - RATE * (d_b0 + 2e-4 * b0)
        w1 = w1 - RATE * (d_w1 + 2e-4 * w1)
        b1 = b1 - RATE * (d_b1 + 2e-4 * b1)
        w2 = w2 - RATE * (d_w2 + 2e-4 * w2)
        b2 = b2 - RATE * (d_b2 + 2e-4 * b2)
        return float(loss)

    return step


def torch_moons() -> Step:
    """The same network in PyTorch tensors."""
    import torch

    points, labels = moons(100, noise=0.1, seed=0)
    x, y = torch.tensor(points, dtype=torch.float64), torch.tensor(labels, dtype=torch.float64)[:, None]
    layers = weights(micrograd_model(Value))
    parameters = [torch.tensor(p, requires_grad=True) for layer in layers for p in layer]
    optimizer = torch.optim.SGD(parameters, lr=RATE)

    def step() -> float:
        w0, b0, w1, b1, w2, b2 = parameters
        h = torch.relu(torch.relu(x @ w0.T + b0) @ w1.T + b1) @ w2.T + b2
        loss = torch.relu(1.0 - y * h).mean() + 1e-4 * sum((p * p).sum() for p in parameters)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


# ---------------------------------------------------------------- digits


def digits_batch() -> tuple[Any, Any, Any]:
    """32 images, their classes one-hot, and the network before training."""
    data = digits()
    one_hot = [[float(k == target) for k in range(10)] for target in data.targets[:32]]
    return np.array(data.inputs[:32]), np.array(one_hot), nn.MLP(64, [32, 10], init=nn.he, rng=0)


def digits_loss(model: Any, images: Any, targets: Any) -> Any:
    """Cross-entropy in scalar code; the targets are numbers, so that one program serves all batches."""
    scores = [model(image) for image in images]
    losses = [autograd.logsumexp(z) - autograd.dot(z, t) for z, t in zip(scores, targets, strict=True)]
    return sum(losses) / len(losses)


def eager_digits() -> Step:
    """A training step of our eager engine."""
    images, targets, model = digits_batch()
    optimizer = optim.SGD(model.parameters(), lr=RATE)

    def step() -> float:
        loss = digits_loss(model, images.tolist(), targets.tolist())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.data)

    return step


def recorded_digits() -> Step:
    """The same, recorded."""
    images, targets, model = digits_batch()

    def loss(images: Any, targets: Any) -> Any:
        return digits_loss(model, images, targets)

    program = autograd.record(loss)
    start = time.perf_counter()
    found = program.program(images, targets)
    print(f"{found}\nforward, record and compile {time.perf_counter() - start:.2f} s\n")
    optimizer = optim.SGD(model.parameters(), lr=RATE)
    return lambda: program.step(optimizer, images, targets)


def numpy_digits() -> Step:
    """The same network by hand."""
    x, t, model = digits_batch()
    (w0, b0), (w1, b1) = weights(model)

    def step() -> float:
        nonlocal w0, b0, w1, b1
        h = np.maximum(x @ w0.T + b0, 0.0)
        z = h @ w1.T + b1
        top = z.max(axis=1, keepdims=True)
        powers = np.exp(z - top)
        total = powers.sum(axis=1, keepdims=True)
        loss = (np.log(total[:, 0]) + top[:, 0] - (z * t).sum(axis=1)).mean()
        d = (powers / total - t) / len(x)
        d_w1, d_b1 = d.T @ h, d.sum(axis=0)
        d = (d @ w1) * (h > 0.0)
        d_w0, d_b0 = d.T @ x, d.sum(axis=0)
        w0, b0, w1, b1 = w0 - RATE * d_w0, b0 - RATE * d_b0, w1 - RATE * d_w1, b1 - RATE * d_b1
        return float(loss)

    return step


def torch_digits() -> Step:
    """The same network in PyTorch tensors."""
    import torch

    images, targets, model = digits_batch()
    x, t = torch.tensor(images), torch.tensor(targets)
    parameters = [torch.tensor(p, requires_grad=True) for layer in weights(model) for p in layer]
    optimizer = torch.optim.SGD(parameters, lr=RATE)

    def step() -> float:
        w0, b0, w1, b1 = parameters
        z = torch.relu(x @ w0.T + b0) @ w1.T + b1
        loss = torch.nn.functional.cross_entropy(z, t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


# ---------------------------------------------------------------- the race


def medians(steps: dict[str, Step]) -> dict[str, float]:
    """The median seconds of one step for each contestant; slow ones make fewer steps in a turn."""
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    gc.disable()
    for turn in range(TURNS + 1):
        for name, step in steps.items():
            gc.collect()
            begin = time.perf_counter()
            while time.perf_counter() - begin < 0.1:
                start = time.perf_counter()
                step()
                if turn > 0:  # the first turn warms up
                    seconds[name].append(time.perf_counter() - start)
    gc.enable()
    return {name: statistics.median(times) for name, times in seconds.items()}


def race(title: str, contestants: dict[str, Step], reference: str) -> None:
    """Check that all compute the same losses, then print the table."""
    losses = {name: [step() for _ in range(5)] for name, step in contestants.items()}
    for name, values in losses.items():
        if any(abs(a - b) > 1e-9 for a, b in zip(values, losses[reference], strict=True)):
            raise SystemExit(f"{name} computes other losses than {reference}: {values} against {losses[reference]}")
    found = medians(contestants)
    print(f"| {title:38} | median of a step | program is faster by |")
    print(f"|{'-' * 40}|-----------------:|---------------------:|")
    for name, seconds in found.items():
        print(f"| {name:38} | {1e3 * seconds:13.3f} ms | {seconds / found['program']:20.2f} |")
    print()


def main() -> None:
    """Print both tables."""
    sys.setrecursionlimit(50_000)  # micrograd's backward is recursive
    has_torch = importlib.util.find_spec("torch") is not None
    if has_torch:
        import torch

        torch.set_num_threads(1)
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, collector off\n")
    contestants = {
        "micrograd": eager_step(micrograd.engine.Value),
        "the same scalar code on autograd.Value": eager_step(Value),
        "program": recorded_moons(),
        "NumPy by hand": numpy_moons(),
    }
    if has_torch:
        contestants["PyTorch tensors, float64"] = torch_moons()
    race("two moons, 100 samples", contestants, "micrograd")
    contestants = {
        "autograd.nn.MLP, eager": eager_digits(),
        "program": recorded_digits(),
        "NumPy by hand": numpy_digits(),
    }
    if has_torch:
        contestants["PyTorch tensors, float64"] = torch_digits()
    race("digits 64-32-10, batch 32", contestants, "autograd.nn.MLP, eager")


if __name__ == "__main__":
    main()
