"""Means whose weights depend on what is looked at. The weights are kept, for looking at them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd.functions import dot, softmax
from autograd.nn.dense import Layer
from autograd.nn.init import Init, Random, source_of_chance, xavier
from autograd.nn.module import Module
from autograd.nn.shapes import at_least, checked, listed, shape, written
from autograd.watching import scope


def attention(
    queries: Sequence[Any], keys: Sequence[Any], values: Sequence[Any], *, causal: bool = False
) -> tuple[list[Any], list[Any]]:
    """Scaled dot-product attention: for each query a mean of the values, and the weights of that mean.

    weights = softmax(query · key₁ / √d, query · key₂ / √d, …);  output = Σ weight_k · value_k

    Args:
        queries: m × d numbers.
        keys: n × d numbers.
        values: n × any.
        causal: whether query i sees only the first i + 1 keys, as a text does that is read from left to right. The
            weights of the others are the number 0.

    Returns:
        The outputs, m × the width of the values, and the weights, m × n.

    Raises:
        ValueError: sizes that do not fit.

    Source: Vaswani et al. 2017, arXiv:1706.03762.

    >>> outputs, weights = attention([[1.0]], [[0.0], [math.log(3.0)]], [[8.0], [4.0]])
    >>> [[round(w, 4) for w in row] for row in weights], [round(y, 4) for y in outputs[0]]
    ([[0.25, 0.75]], [5.0])
    """
    asked, offered, held = sizes = [shape(x) for x in (queries, keys, values)]
    fit = [len(size) for size in sizes] == [2, 2, 2] and asked[1] == offered[1] and offered[0] == held[0]
    if not fit or (causal and asked[0] > offered[0]):
        raise ValueError(
            f"attention takes queries of m × d numbers, keys of n × d and values of n × any{', m ≤ n' * causal},"
            f" got {', '.join(written(*size) for size in sizes)}"
        )
    n, d = offered
    root = math.sqrt(d)
    outputs, weights = [], []
    for i, query in enumerate(queries):
        seen = i + 1 if causal else n
        row = softmax([dot(query, key) / root for key in keys[:seen]])
        outputs.append(_mean(row, values[:seen]))
        weights.append([*row, *[0.0] * (n - seen)])
    return outputs, weights


def _mean(weights: Sequence[Any], vectors: Sequence[Any]) -> list[Any]:
    """The weighted sum of vectors, number by number."""
    return [dot(weights, column) for column in zip(*vectors, strict=True)]


class Attentive(Module):
    """What the layers have in common that attend: they keep the weights of their last call."""

    _weights: Any = None

    @property
    def weights(self) -> Any:
        """The weights of the last call, as Values.

        Raises:
            RuntimeError: there was none yet.
        """
        if self._weights is None:
            raise RuntimeError(f"{self!r} has attended to nothing yet: call it, then look at its weights")
        return self._weights

    def __getstate__(self) -> dict[str, Any]:
        # A copy does not take the graph of the last call along.
        return {name: content for name, content in vars(self).items() if name != "_weights"}


class MultiHeadAttention(Attentive):
    """Each place in a sequence becomes a mean over all places, taken by several heads side by side.

    Queries, keys and values are three linear layers of each vector. Each head attends with its own part of them; the
    heads' outputs, one after another, go through a fourth linear layer.

    It takes one sample, a sequence of vectors. `weights` are then heads × places that look × places looked at.

    Args:
        size: length of a vector, a multiple of `heads`.
        heads: how many.
        causal: whether a place sees only itself and those before.
        init, rng: as in `Neuron`; `xavier` unless told otherwise.

    Raises:
        ValueError: size is no multiple of heads.

    Source: Vaswani et al. 2017, arXiv:1706.03762.

    >>> layer = MultiHeadAttention(4, 2, causal=True, rng=0)
    >>> out = layer([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    >>> len(out), len(out[0]), layer.weights[0][0][1]
    (2, 4, 0.0)
    """

    def __init__(
        self, size: int, heads: int, *, causal: bool = False, init: Init = xavier, rng: Random | int = random
    ) -> None:
        at_least(1, MultiHeadAttention, size=size, heads=heads)
        if size % heads:
            raise ValueError(f"MultiHeadAttention shares {size} numbers among {heads} heads: size must be a multiple")
        rng = source_of_chance(rng)
        self.query, self.key, self.value, self.output = (
            Layer(size, size, nonlin=False, init=init, rng=rng) for _ in range(4)
        )
        for name in ("query", "key", "value", "output"):
            getattr(self, name).placed(name)
        self.heads = heads
        self.causal = causal

    def __call__(self, x: Any) -> list[list[Any]]:
        """For a sequence of vectors, places × size, another of the same sizes.

        Raises:
            ValueError: the sequence is empty or has other sizes.
        """
        size = len(self.query.neurons)
        x = checked(self, x, None, size)
        queries, keys, values = ([listed(layer(row)) for row in x] for layer in (self.query, self.key, self.value))
        width = size // self.heads
        merged: list[list[Any]] = [[] for _ in x]
        self._weights = []
        for head in range(self.heads):
            part = slice(head * width, (head + 1) * width)
            with scope(f"head {head}"):
                outputs, weights = attention(
                    *([row[part] for row in rows] for rows in (queries, keys, values)), causal=self.causal
                )
            self._weights.append(weights)
            for row, output in zip(merged, outputs, strict=True):
                row += output
        return [listed(self.output(row)) for row in merged]

    def caption(self) -> str:
        """Length of a vector and number of heads."""
        return f"{len(self.query.neurons)}, {self.heads} heads" + ", causal" * self.causal


class AttentionPooling(Attentive):
    """A sequence of vectors becomes one: their mean, weighted by how much each scores.

    weights = softmax(score(key₁), score(key₂), …);  output = Σ weight_k · vector_k

    It takes one sample, a sequence of vectors. `weights` has then one number for each.

    Args:
        score: gives one number for a vector, as a module of width 1 does. An MLP with one tanh layer makes this
            additive attention; `Layer(size, 1, nonlin=False)` compares each vector with a learned one.

    Source: Bahdanau, Cho, Bengio 2015, arXiv:1409.0473.

    >>> from autograd import tanh
    >>> from autograd.nn import MLP
    >>> pool = AttentionPooling(MLP(2, [4, 1], activation=tanh, rng=0))
    >>> [round(y.data, 3) for y in pool([[1.0, 2.0], [1.0, 4.0]])]
    [1.0, 2.867]
    >>> [round(w.data, 3) for w in pool.weights]
    [0.566, 0.434]
    """

    def __init__(self, score: Callable[[Any], Any]) -> None:
        self.score = score

    def __call__(self, vectors: Any, keys: Any = None) -> list[Any]:
        """The weighted mean of vectors, places × size; scored are the keys, one for each, or the vectors themselves.

        Raises:
            ValueError: the sequence is empty, or there are more or fewer keys than vectors.
            TypeError: the score is not one number.
        """
        vectors = checked(self, vectors, None, None)
        keys = vectors if keys is None else checked(self, keys, len(vectors), None)
        scores = [self.score(key) for key in keys]
        if shape(scores) != (len(scores),):
            raise TypeError(f"{self!r} needs a score of one number for each vector, got {written(*shape(scores)[1:])}")
        self._weights = softmax(scores)
        return _mean(self._weights, vectors)
