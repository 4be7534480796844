"""A tiny character transformer, written number by number, and the same in PyTorch's and JAX's tensors.

One layer, width 16, 4 heads, sequences up to 16, 27 characters: 4,192 parameters. RMSNorm, causal attention, ReLU,
cross-entropy, Adam. All contestants begin with the same parameters and see the same names, one in each step.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd
from autograd import Value, nn, optim, softmax, softmax_cross_entropy, take_row

WIDTH, HEADS, CONTEXT, CHARACTERS = 16, 4, 16, 27
SIZE = WIDTH // HEADS
LENGTH = 15  # predictions in a sequence
RATE = 0.01

Step = Callable[[], float]
Row = list[Any]


class Transformer(nn.Module):
    """The parameters, as matrices of Values: lists of rows."""

    def __init__(self, seed: int = 0) -> None:
        draw = random.Random(seed)

        def matrix(rows: int, columns: int) -> list[list[Value]]:
            return [[Value(draw.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]

        self.characters, self.places = matrix(CHARACTERS, WIDTH), matrix(CONTEXT, WIDTH)
        self.query, self.key, self.value, self.out = (matrix(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = matrix(4 * WIDTH, WIDTH), matrix(WIDTH, 4 * WIDTH)
        self.head = matrix(CHARACTERS, WIDTH)

    def loss(self, tokens: Row) -> Any:
        """The mean cross-entropy of each next character."""
        xs = [
            normalised(added(take_row(self.characters, token), place))
            for token, place in zip(tokens[:-1], self.places, strict=False)
        ]
        xs = [added(x, y) for x, y in zip(xs, self.attention([normalised(x) for x in xs]), strict=True)]
        hidden = [[a.relu() for a in linear(self.up, normalised(x))] for x in xs]
        xs = [added(x, linear(self.down, row)) for x, row in zip(xs, hidden, strict=True)]
        losses = [softmax_cross_entropy(linear(self.head, x), token) for x, token in zip(xs, tokens[1:], strict=True)]
        return sum(losses) / len(losses)

    def attention(self, xs: list[Row]) -> list[Row]:
        """What each position learns from itself and those before it."""
        queries, keys, values = ([linear(w, x) for x in xs] for w in (self.query, self.key, self.value))
        found = []
        for at, query in enumerate(queries):
            seen: Row = []
            for start in range(0, WIDTH, SIZE):
                part = range(start, start + SIZE)
                scores = [sum(query[i] * key[i] for i in part) / SIZE**0.5 for key in keys[: at + 1]]
                shares = softmax(scores)
                seen += [sum(share * value[i] for share, value in zip(shares, values, strict=False)) for i in part]
            found.append(linear(self.out, seen))
        return found


def linear(w: list[Row], x: Row) -> Row:
    """A matrix times a vector."""
    return [sum(a * b for a, b in zip(row, x, strict=True)) for row in w]


def normalised(x: Row) -> Row:
    """RMSNorm: a vector whose mean square is 1."""
    scale = (sum(a * a for a in x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def added(x: Row, y: Row) -> Row:
    """The sum of two vectors."""
    return [a + b for a, b in zip(x, y, strict=True)]


def names() -> Iterator[list[int]]:
    """Sequences of characters without end, each between two marks (26)."""
    draw = random.Random(1)
    made = [[26, *(draw.randrange(26) for _ in range(LENGTH - 1)), 26] for _ in range(8)]
    return itertools.cycle(made)


def matrices() -> dict[str, Any]:
    """The parameters at the start as arrays."""
    return {name: np.array([[v.data for v in row] for row in rows]) for name, rows in vars(Transformer()).items()}


# ---------------------------------------------------------------- contestants


def eager() -> Step:
    """A step of the eager engine."""
    model, tokens = Transformer(), names()
    optimizer = optim.Adam(model.parameters(), lr=RATE)

    def step() -> float:
        loss = model.loss(next(tokens))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.data)

    return step


def recorded() -> tuple[Step, Any]:
    """The same code recorded, and its program."""
    model, tokens = Transformer(), names()

    def loss(tokens: Row) -> Any:
        return model.loss(tokens)

    fast = autograd.record(loss)
    optimizer = optim.Adam(model.parameters(), lr=RATE)
    return lambda: fast.step(optimizer, next(tokens)), fast.program(next(names()))


def in_torch() -> Step:
    """The same network in PyTorch tensors, with its fused Adam."""
    import torch
    from torch.nn import functional

    w = {name: torch.tensor(array, requires_grad=True) for name, array in matrices().items()}
    optimizer = torch.optim.Adam(w.values(), lr=RATE, fused=True)
    hidden = torch.triu(torch.ones(LENGTH, LENGTH, dtype=torch.bool), 1)
    sequences = map(torch.tensor, names())

    def normalised(x: Any) -> Any:
        return x * (x.square().mean(dim=1, keepdim=True) + 1e-5) ** -0.5

    def step() -> float:
        tokens = next(sequences)
        x = normalised(w["characters"][tokens[:-1]] + w["places"][:LENGTH])
        y = normalised(x)
        query, key, value = (
            (y @ w[name].T).view(LENGTH, HEADS, SIZE).transpose(0, 1) for name in ("query", "key", "value")
        )
        scores = (query @ key.transpose(1, 2) / SIZE**0.5).masked_fill(hidden, -float("inf"))
        x = x + (scores.softmax(dim=2) @ value).transpose(0, 1).reshape(LENGTH, WIDTH) @ w["out"].T
        x = x + (normalised(x) @ w["up"].T).relu() @ w["down"].T
        loss = functional.cross_entropy(x @ w["head"].T, tokens[1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def in_jax() -> Step:
    """The same network in JAX: one jitted step, Adam included."""
    import jax
    from jax import numpy as jnp

    hidden = np.triu(np.ones((LENGTH, LENGTH), dtype=bool), 1)

    def normalised(x: Any) -> Any:
        return x * (jnp.square(x).mean(axis=1, keepdims=True) + 1e-5) ** -0.5

    def loss(w: dict[str, Any], tokens: Any) -> Any:
        x = normalised(w["characters"][tokens[:-1]] + w["places"][:LENGTH])
        y = normalised(x)
        query, key, value = (
            (y @ w[name].T).reshape(LENGTH, HEADS, SIZE).swapaxes(0, 1) for name in ("query", "key", "value")
        )
        scores = jnp.where(hidden, -jnp.inf, query @ key.mT / SIZE**0.5)
        x = x + (jax.nn.softmax(scores, axis=2) @ value).swapaxes(0, 1).reshape(LENGTH, WIDTH) @ w["out"].T
        x = x + jax.nn.relu(normalised(x) @ w["up"].T) @ w["down"].T
        scores = x @ w["head"].T
        return (jax.nn.logsumexp(scores, axis=1) - scores[np.arange(LENGTH), tokens[1:]]).mean()

    @jax.jit
    def update(w: Any, m: Any, v: Any, steps: Any, tokens: Any) -> Any:
        value, g = jax.value_and_grad(loss)(w, tokens)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)

        def moved(w: Any, m: Any, v: Any) -> Any:
            return w - RATE * (m / (1 - 0.9**steps)) / (jnp.sqrt(v / (1 - 0.999**steps)) + 1e-8)

        return value, jax.tree.map(moved, w, m, v), m, v

    w = {name: jnp.array(array) for name, array in matrices().items()}
    m = v = jax.tree.map(jnp.zeros_like, w)
    count, sequences = itertools.count(1.0), map(np.array, names())

    def step() -> float:
        nonlocal w, m, v
        value, w, m, v = update(w, m, v, next(count), next(sequences))
        return float(value)

    return step
