"""How fast recorded programs are: against our own eager engine, micrograd, NumPy by hand, PyTorch and JAX.

    OMP_NUM_THREADS=1 python benchmarks/programs.py        (two minutes; needs the extra `bench`)

PyTorch and JAX take part if they are installed, JAX with all cores. Five workloads: the training step of micrograd's
demo (two moons, 100 samples, MLP 2-16-16-1: 65,818 nodes of micrograd's own, unchanged scalar code); a classifier of
digits (MLP 64-32-10, a batch of 32, cross-entropy); the character transformer of `transformer.py`; a graph of ten
operations; chains of 1,000 and 100,000. All contestants compute the same losses, which is checked.

They take turns in one process, the cyclic collector is off and run by hand between turns, and medians are quoted.
The chart is written beside this file.
"""

from __future__ import annotations

import gc
import importlib.util
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import micrograd.engine
import micrograd.nn
import numpy as np
import transformer

import autograd
from autograd import Value, losses, nn, optim
from autograd.datasets import digits, moons

TURNS = 7
RATE = 0.05
HAS_TORCH = importlib.util.find_spec("torch") is not None
HAS_JAX = importlib.util.find_spec("jax") is not None

Step = Callable[[], float]
EAGER, PROGRAM, NUMPY = "autograd, eager", "autograd, recorded", "NumPy by hand"
MICROGRAD, TORCH, JAX = "micrograd", "PyTorch tensors", "JAX, jitted"


# ---------------------------------------------------------------- two moons


def moons_loss(model: Any, rows: Any, labels: Any) -> Any:
    """The loss of micrograd's demo, in scalar code."""
    found = [(1 + -label * model(row)).relu() for row, label in zip(rows, labels, strict=True)]
    return sum(found) * (1.0 / len(found)) + 1e-4 * sum(p * p for p in model.parameters())


def micrograd_model(value: Any) -> Any:
    """micrograd's own MLP, unchanged, computing with another Value."""
    original = micrograd.nn.Value
    micrograd.nn.Value = value
    random.seed(1337)
    try:
        return micrograd.nn.MLP(2, [16, 16, 1])
    finally:
        micrograd.nn.Value = original


def eager_moons(value: Any) -> Step:
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


def weights(model: Any) -> list[Any]:
    """The matrix and the bias of each layer of micrograd's MLP or ours, one after another."""
    found = []
    for layer in model.layers:
        found.append(np.array([[w.data for w in n.w] for n in layer.neurons]))
        found.append(np.array([n.b.data for n in layer.neurons]))
    return found


def moons_graph(samples: int) -> tuple[Any, Any, list[Any]]:
    """The loss of the demo for so many samples, its inputs, its parameters."""
    points, labels = moons(samples, noise=0.1, seed=0)
    model = micrograd_model(Value)
    inputs = [[[Value(x) for x in point] for point in points], [Value(label) for label in labels]]
    return moons_loss(model, *inputs), inputs, model.parameters()


def recorded_moons() -> Step:
    """The same scalar code, recorded."""
    loss, inputs, parameters = moons_graph(100)
    program = autograd.record(loss, inputs=inputs, parameters=parameters)
    optimizer = optim.SGD(parameters, lr=RATE)
    points, labels = moons(100, noise=0.1, seed=0)
    arrays = [np.array(points), np.array(labels, dtype=float)]
    return lambda: program.step(optimizer, arrays)


def numpy_moons() -> Step:
    """The same network by hand: what somebody writes who knows the shapes."""
    points, labels = moons(100, noise=0.1, seed=0)
    x, y = np.array(points), np.array(labels, dtype=float)[:, None]
    w0, b0, w1, b1, w2, b2 = weights(micrograd_model(Value))

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


def moons_in_tensors(x: Any, y: Any, parameters: Any, relu: Any) -> Any:
    """The same loss in the words that PyTorch and JAX share."""
    w0, b0, w1, b1, w2, b2 = parameters
    out = relu(relu(x @ w0.T + b0) @ w1.T + b1) @ w2.T + b2
    return relu(1.0 - y * out).mean() + 1e-4 * sum((p * p).sum() for p in parameters)


def moons_arrays() -> tuple[Any, Any]:
    """The points and the labels, one in each row."""
    points, labels = moons(100, noise=0.1, seed=0)
    return np.array(points), np.array(labels, dtype=float)[:, None]


# ---------------------------------------------------------------- digits


def digits_batch() -> tuple[Any, Any, Any]:
    """32 images, their classes, and the network before training."""
    data = digits()
    return np.array(data.inputs[:32]), np.array(data.targets[:32]), nn.MLP(64, [32, 10], init=nn.he, rng=0)


def eager_digits() -> Step:
    """A training step of our eager engine."""
    images, classes, model = digits_batch()
    optimizer = optim.SGD(model.parameters(), lr=RATE)

    def step() -> float:
        loss = losses.cross_entropy([model(image) for image in images.tolist()], classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.data)

    return step


def recorded_digits() -> Step:
    """The same, recorded."""
    images, classes, model = digits_batch()

    @autograd.record
    def loss(images: Any, classes: Any) -> Any:
        return losses.cross_entropy([model(image) for image in images], classes)

    program = loss.program(images, classes)
    optimizer = optim.SGD(model.parameters(), lr=RATE)
    return lambda: program.step(optimizer, [images, classes])


def numpy_digits() -> Step:
    """The same network by hand."""
    x, classes, model = digits_batch()
    rows = np.arange(len(x))
    w0, b0, w1, b1 = weights(model)

    def step() -> float:
        nonlocal w0, b0, w1, b1
        h = np.maximum(x @ w0.T + b0, 0.0)
        z = h @ w1.T + b1
        z = z - z.max(axis=1, keepdims=True)
        powers = np.exp(z)
        total = powers.sum(axis=1, keepdims=True)
        loss = (np.log(total[:, 0]) - z[rows, classes]).mean()
        d = powers / total
        d[rows, classes] -= 1.0
        d /= len(x)
        d_w1, d_b1 = d.T @ h, d.sum(axis=0)
        d = (d @ w1) * (h > 0.0)
        d_w0, d_b0 = d.T @ x, d.sum(axis=0)
        w0, b0, w1, b1 = w0 - RATE * d_w0, b0 - RATE * d_b0, w1 - RATE * d_w1, b1 - RATE * d_b1
        return float(loss)

    return step


# ---------------------------------------------------------------- PyTorch and JAX


def in_torch(loss: Callable[..., Any], data: tuple[Any, ...], start: list[Any]) -> Step:
    """Training steps of a loss of data and parameters, in PyTorch tensors."""
    import torch

    tensors = [torch.tensor(x) for x in data]
    parameters = [torch.tensor(p, requires_grad=True) for p in start]
    optimizer = torch.optim.SGD(parameters, lr=RATE)

    def step() -> float:
        found = loss(*tensors, parameters)
        optimizer.zero_grad()
        found.backward()
        optimizer.step()
        return float(found.item())

    return step


def in_jax(loss: Callable[..., Any], data: tuple[Any, ...], start: list[Any]) -> Step:
    """The same in JAX: one jitted step."""
    import jax

    @jax.jit
    def update(parameters: Any, *data: Any) -> Any:
        found, gradients = jax.value_and_grad(lambda p: loss(*data, p))(parameters)
        return found, [p - RATE * g for p, g in zip(parameters, gradients, strict=True)]

    arrays = [jax.numpy.array(x) for x in data]
    parameters = [jax.numpy.array(p) for p in start]

    def step() -> float:
        nonlocal parameters
        found, parameters = update(parameters, *arrays)
        return float(found)

    return step


def tensor_moons() -> dict[str, Step]:
    """Two moons in tensors."""
    found, start = {}, weights(micrograd_model(Value))
    if HAS_TORCH:
        import torch

        found[TORCH] = in_torch(lambda x, y, p: moons_in_tensors(x, y, p, torch.relu), moons_arrays(), start)
    if HAS_JAX:
        import jax

        found[JAX] = in_jax(lambda x, y, p: moons_in_tensors(x, y, p, jax.nn.relu), moons_arrays(), start)
    return found


def tensor_digits() -> dict[str, Step]:
    """Digits in tensors."""
    images, classes, model = digits_batch()
    found: dict[str, Step] = {}
    if HAS_TORCH:
        from torch.nn import functional

        def torch_loss(x: Any, t: Any, p: Any) -> Any:
            return functional.cross_entropy(functional.relu(x @ p[0].T + p[1]) @ p[2].T + p[3], t)

        found[TORCH] = in_torch(torch_loss, (images, classes), weights(model))
    if HAS_JAX:
        import jax

        def jax_loss(x: Any, t: Any, p: Any) -> Any:
            z = jax.nn.relu(x @ p[0].T + p[1]) @ p[2].T + p[3]
            return (jax.nn.logsumexp(z, axis=1) - z[np.arange(len(t)), t]).mean()

        found[JAX] = in_jax(jax_loss, (images, classes), weights(model))
    return found


# ---------------------------------------------------------------- graphs of single operations


def ten_operations(x: Any, w: Any, tanh: Callable[[Any], Any]) -> Any:
    """Ten operations on two numbers."""
    a = tanh(x * w + 0.5)
    b = a * a - w
    return (b * x + a) / (b * b + 2.0)


def chain(length: int) -> Callable[..., Any]:
    """A chain of so many operations: each waits for the one before it."""

    def build(x: Any, w: Any, tanh: Callable[[Any], Any]) -> Any:
        y = x
        for _ in range(length // 2):
            y = y * w + x
        return tanh(y)

    return build


def single(build: Callable[..., Any], slow: bool) -> dict[str, Step]:
    """One loss and two gradients of scalars, in every engine; `slow`: too long for recursion and for compilers."""

    def engine(value: Any) -> Step:
        def step() -> float:
            x, w = value(0.3), value(0.9)
            out = build(x, w, lambda y: y.tanh() if hasattr(y, "tanh") else y.relu())
            out.backward()
            return float(x.grad)

        return step

    contestants = {EAGER: engine(Value)}
    if not slow:
        x, w = Value(0.3), Value(0.9)
        program = autograd.record(build(x, w, Value.tanh), inputs=[], parameters=[x, w])
        contestants[PROGRAM] = lambda: float(program.gradients()[0])
    if HAS_TORCH:
        import torch

        def step() -> float:
            x, w = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (0.3, 0.9))
            build(x, w, torch.tanh).backward()
            return float(x.grad.item())

        contestants["PyTorch scalars"] = step
    if HAS_JAX and not slow:
        import jax

        gradient = jax.jit(jax.grad(lambda x, w: build(x, w, jax.numpy.tanh)))
        contestants[JAX] = lambda: float(gradient(0.3, 0.9))
    return contestants


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


def race(title: str, contestants: dict[str, Step]) -> dict[str, float]:
    """Check that all compute the same losses, print the table, give the medians."""
    found = {name: [step() for _ in range(5)] for name, step in contestants.items()}
    for name, values in found.items():
        if any(abs(a - b) > 1e-9 for a, b in zip(values, found[EAGER], strict=True)):
            raise SystemExit(f"{name} computes other losses than {EAGER}: {values} against {found[EAGER]}")
    seconds = medians(contestants)
    ours = seconds.get(PROGRAM, seconds[EAGER])
    print(f"| {title:38} | median of a step | against ours |")
    print(f"|{'-' * 40}|-----------------:|-------------:|")
    for name, median in seconds.items():
        print(f"| {name:38} | {1e3 * median:13.3f} ms | {median / ours:12.2f} |")
    print(flush=True)
    return seconds


def cost_of_recording() -> None:
    """How long the making of a program takes, how that grows, and what memory it needs."""
    print("| recording two moons                    | collector on | collector off |   per node |")
    print("|----------------------------------------|-------------:|--------------:|-----------:|")
    for samples in (100, 1000):
        loss, inputs, parameters = moons_graph(samples)
        seconds: dict[bool, list[float]] = {True: [], False: []}
        for collect in [True, False] * 3:
            gc.collect()
            if not collect:
                gc.disable()
            start = time.perf_counter()
            program = autograd.record(loss, inputs=inputs, parameters=parameters)
            seconds[collect].append(time.perf_counter() - start)
            gc.enable()
        nodes = int(str(program).split()[0].replace(",", ""))
        on, off = (statistics.median(seconds[collect]) for collect in (True, False))
        name = f"{samples:,} samples, {nodes:,} operations"
        print(f"| {name:38} | {on:10.2f} s | {off:11.2f} s | {1e6 * on / nodes:7.1f} µs |")
    loss, inputs, parameters = moons_graph(100)
    tracemalloc.start()
    program = autograd.record(loss, inputs=inputs, parameters=parameters)
    kept, peak = (size / 2**20 for size in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    print(f"\n100 samples: {peak:.0f} MiB at most while it is made, {kept:.1f} MiB kept by the program\n{program}\n")


def draw_chart(results: dict[str, dict[str, float]], path: Path) -> None:
    """For each workload the time of a step in each engine, on a logarithmic axis."""
    from matplotlib import pyplot as plt

    from autograd.draw.numbers import value_text
    from autograd.draw.plot_style import AT_CURVE, canvas, logarithmic

    with canvas(None, "light", *results, size=(5.0, 3.4)) as (axes, colour):
        for ax, seconds in zip(axes, results.values(), strict=True):
            names = list(seconds)[::-1]
            times = [1e3 * seconds[name] for name in names]
            fills = [colour["positive"] if name == PROGRAM else colour["muted"] for name in names]
            ax.scatter(times, names, color=fills, s=70, zorder=2)
            ax.set(
                xlabel="milliseconds for a step",
                xlim=(min(times) / 3.0, max(times) * 12.0),
                ylim=(-0.6, len(names) - 0.4),
            )
            logarithmic(ax, "x")
            for k, (milliseconds, fill) in enumerate(zip(times, fills, strict=True)):
                ax.annotate(value_text(milliseconds, 2), (milliseconds, k), (8, 0), va="center", color=fill, **AT_CURVE)
        with plt.rc_context({"svg.hashsalt": path.name}):
            axes[0].figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Print all tables and write the chart."""
    sys.setrecursionlimit(50_000)  # micrograd's backward is recursive
    peers = [f"Python {sys.version.split()[0]}", f"NumPy {np.__version__}"]
    if HAS_TORCH:
        import torch

        torch.set_num_threads(1)
        peers.append(f"PyTorch {torch.__version__} (one thread)")
    if HAS_JAX:
        import jax

        jax.config.update("jax_enable_x64", True)
        peers.append(f"JAX {jax.__version__}")
    print(f"{', '.join(peers)}; float64, collector off\n")
    cost_of_recording()
    results = {
        "two moons, 100 samples": {
            MICROGRAD: eager_moons(micrograd.engine.Value),
            EAGER: eager_moons(Value),
            PROGRAM: recorded_moons(),
            NUMPY: numpy_moons(),
            **tensor_moons(),
        },
        "digits 64-32-10, batch 32": {
            EAGER: eager_digits(),
            PROGRAM: recorded_digits(),
            NUMPY: numpy_digits(),
            **tensor_digits(),
        },
        "transformer, 15 characters": {EAGER: transformer.eager(), PROGRAM: transformer.recorded()[0]},
    }
    if HAS_TORCH:
        results["transformer, 15 characters"][TORCH] = transformer.in_torch()
    if HAS_JAX:
        results["transformer, 15 characters"][JAX] = transformer.in_jax()
    found = {title: race(title, contestants) for title, contestants in results.items()}
    print(f"{transformer.recorded()[1]}\n")
    race("ten operations", single(ten_operations, slow=False))
    race("a chain of 1,000 operations", single(chain(1_000), slow=False))
    race("a chain of 100,000 operations", single(chain(100_000), slow=True))
    draw_chart(found, Path(__file__).with_suffix(".svg"))


if __name__ == "__main__":
    main()
