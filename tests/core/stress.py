"""Random graphs, treated badly; a digest of all that can be seen of them, which both cores must give alike.

    python tests/core/stress.py FIRST LAST

prints a line for each seed: the digest of every number, name and error message. Every tenth seed runs in three threads
at once as well. A node that outlives its last use, in either core, is an error.
"""

from __future__ import annotations

import copy
import gc
import hashlib
import math
import pickle
import random
import sys
import threading
import warnings
import weakref
from fractions import Fraction

import autograd
from autograd import Value, scope
from autograd.errors import OpReplacedWarning
from autograd.graph import topological_order
from autograd.watching import Watcher, watch

LEAVES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 1e-310, 1e308, -1e308, 710.0, math.inf, -math.inf, math.nan]


class WithDict(Value):
    """A subclass that refers to what was computed from it: a cycle."""


class WithSlots(Value):
    __slots__ = ("extra",)


class Unruly(Value):
    """A subclass that builds and frees a graph while it is freed itself."""

    __slots__ = ()

    def __del__(self):
        x = Value(1.0)
        for _ in range(5):
            x = x * 2.0 + 1
        x.backward()


class Noting(Watcher):
    """Somebody for whom each new node is noted with the line that makes it."""

    def __init__(self):
        self.places = {}


class Failing(float):
    def __float__(self):
        raise RuntimeError("no number today")


class Freeing(Fraction):
    """A number that frees other nodes while it is read."""

    victims: list

    def __float__(self):
        self.victims.clear()
        gc.collect(0)
        return 0.25


with warnings.catch_warnings():
    warnings.simplefilter("ignore", OpReplacedWarning)

    @autograd.op(d_x=lambda x, n, out: 2.0 * x * n, d_n=None)
    def stress_scaled(x, n):
        """An op with a constant operand, which stays what it is."""
        return x * x * n


def leaf(draw):
    kind, number = draw.random(), draw.choice(LEAVES) if draw.random() < 0.1 else draw.uniform(-2.0, 2.0)
    if kind < 0.9:
        return Value(number)
    return draw.choice([WithDict, WithSlots, Unruly])(number)


def by_hand(a, b):
    out = Value(a._data * b._data, (a, b), "by hand")

    def _backward():
        a.grad += b._data * out.grad
        b.grad += a._data * out.grad

    out._backward = _backward
    return out


def broken(items):
    yield from items
    raise KeyError("in the middle")


def freeing(a, b):
    number = Freeing(1, 4)
    number.victims = [a * 2.0, (a + b).tanh(), Unruly(1.0) * b]
    return autograd.dot([a, number, b], [number, b, a])


def attribute_cycle(a):
    sub = WithDict(0.5)
    sub.later = (sub * a).tanh()
    return sub.later + 1.0


MAKERS = [
    lambda a, b, c: a + b,
    lambda a, b, c: a - b,
    lambda a, b, c: a * b,
    lambda a, b, c: a / b,
    lambda a, b, c: (a * a + 0.5) ** b.tanh(),
    lambda a, b, c: a**2,
    lambda a, b, c: a**b,
    lambda a, b, c: 2**a,
    lambda a, b, c: 3 - a * True,
    lambda a, b, c: 1.5 / a,
    lambda a, b, c: -a,
    lambda a, b, c: abs(a),
    lambda a, b, c: a.tanh().exp(),
    lambda a, b, c: a.exp(),
    lambda a, b, c: a.log(),
    lambda a, b, c: a.tanh(),
    lambda a, b, c: a.sigmoid(),
    lambda a, b, c: a.relu(),
    lambda a, b, c: autograd.relu(a),
    lambda a, b, c: a.sin(),
    lambda a, b, c: a.maximum(b),
    lambda a, b, c: a.leaky_relu(b),
    lambda a, b, c: autograd.where(a, b, c),
    lambda a, b, c: autograd.sum([a]),
    lambda a, b, c: autograd.sum([a, 1, b, 0.5, c]),
    lambda a, b, c: autograd.sum([a, b]),
    lambda a, b, c: autograd.dot([a, b, c, 2.0], [b, 0.5, True, a]),
    lambda a, b, c: autograd.dot([a, b], [1.0, c], c),
    lambda a, b, c: autograd.dot([1.0], [c], a),
    lambda a, b, c: autograd.logsumexp([a, b, c]),
    lambda a, b, c: autograd.softmax([a, b, 0.0])[1],
    lambda a, b, c: autograd.take([a, b, c], 1),
    lambda a, b, c: stress_scaled(a, 3),
    lambda a, b, c: by_hand(a, b),
    lambda a, b, c: attribute_cycle(a),
    lambda a, b, c: freeing(a, b),
    lambda a, b, c: copy.copy(a * b),
    lambda a, b, c: a.detach(),
]

MISTAKES = [
    lambda a, b: a + object(),
    lambda a, b: "3" * a,
    lambda a, b: a / None,
    lambda a, b: a**1j,
    lambda a, b: 10**400 * a,
    lambda a, b: a - Failing(1.0),
    lambda a, b: autograd.sum([]),
    lambda a, b: autograd.sum([a, "b"]),
    lambda a, b: autograd.sum([a, 1.0, b, Failing(2.0), a]),
    lambda a, b: autograd.sum(broken([a, b])),
    lambda a, b: autograd.dot([a], [b, a]),
    lambda a, b: autograd.dot([a, b], [b, None]),
    lambda a, b: autograd.dot([a, b, a], [b, a, 10**400]),
    lambda a, b: autograd.relu("x"),
    lambda a, b: autograd.relu(a, b),
    lambda a, b: autograd.take([a, b], 5),
    lambda a, b: stress_scaled(a, b),
    lambda a, b: Value("0.5"),
    lambda a, b: Value(a),
    lambda a, b: Value(1.0, (a, 2.0)),
    lambda a, b: Value(1.0, {a}),
    lambda a, b: Value(2.0, (a, b), "mute").backward(),
    lambda a, b: setattr(a, "data", None),
    lambda a, b: setattr(a, "grad", b),
    lambda a, b: float(a),
    lambda a, b: range(3)[a],
    lambda a, b: a.no_such_thing,
    lambda a, b: pickle.dumps(by_hand(a.detach(), b.detach())),
]


def vars_of(node):
    return getattr(node, "__dict__", {})


def seen(node):
    """All that can be seen of one node, its neighbours by their numbers."""
    operands = [x._data if isinstance(x, Value) else (type(x).__name__, x) for x in node.operands]
    return repr((type(node).__name__, node._data, node.grad, node.label, node.scope, node._op, operands, node.partials,
                 node.is_leaf, node.is_by_hand, len(node.parents), len(node._prev)))  # fmt: skip


def stress(seed, note, watched):
    """One random life of a graph; `watched` gets a weak reference to some nodes."""
    draw = random.Random(seed)
    pool = [leaf(draw) for _ in range(8)]
    for _ in range(200):
        a, b, c = draw.choice(pool[-20:]), draw.choice(pool), draw.choice(pool)
        with scope("part") if draw.random() < 0.05 else warnings.catch_warnings():
            made = draw.choice(MAKERS)(a, b, c)
        if abs(made._data) > 1e6:
            made = made.tanh()
        pool.append(made)
        chance = draw.random()
        if chance < 0.04:
            watched.append(weakref.ref(made, lambda _: Value(1.0) * 2.0))
        elif chance < 0.07:
            made.label = f"n{len(pool)}"
        elif chance < 0.09:
            made.label, made._scope = "both", ("outer", "inner")
            made.label = ""
        elif chance < 0.16:
            try:
                draw.choice(MISTAKES)(a, b)
            except Exception as error:
                note(f"{type(error).__name__}: {error}")
        elif chance < 0.18:
            try:
                made.backward()
            except Exception as error:
                note(f"{type(error).__name__}: {error}")
        elif chance < 0.19:
            with autograd.no_grad():
                note(seen(a * b + c))
        elif chance < 0.20:
            note(repr([seen(node) for node in topological_order(a, b)]))
        elif chance < 0.21 and not any(node.is_by_hand or vars_of(node) for node in topological_order(made)):
            twin = pickle.loads(pickle.dumps(made)) if draw.random() < 0.5 else copy.deepcopy(made)
            twin.backward()
            pool.append(twin)
        elif chance < 0.22:
            pool.append(leaf(draw))
        elif chance < 0.23:
            noting = Noting()
            with watch(noting):
                made = a * b + c
            pool.append(made.tanh())
            # Others may be noted too: those that a node makes while it is freed, whenever the collector comes.
            note(repr([(seen(node), noting.places.get(node)) for node in (*made.parents, made)]))
        if len(pool) > 120:
            draw.shuffle(pool)
            del pool[:60]
    for _ in range(2):
        pool[-1].backward()
    note("\n".join(map(seen, pool)))
    deep = pool[-1]
    for _ in range(1000):
        deep = deep + 1.0
    pool.append(deep)
    draw.shuffle(pool)
    while pool:
        pool.pop()


def digest(seed):
    """The digest of one seed. Everything made is gone afterwards."""
    found = hashlib.sha256()
    watched: list[weakref.ref] = []
    stress(seed, lambda text: found.update(text.encode()), watched)
    gc.collect()
    left = [node() for node in watched if node() is not None]
    if left:
        raise SystemExit(f"seed {seed}: {len(left)} nodes outlive their last use")
    return found.hexdigest()[:16]


def in_threads(seed, count):
    """The same by several threads at once, with as many switches as can be."""
    found: list[str] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=lambda: found.append(digest_of_thread(seed))) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)
    return found


def digest_of_thread(seed):
    found = hashlib.sha256()
    stress(seed, lambda text: found.update(text.encode()), [])
    return found.hexdigest()[:16]


def main(first, last):
    gc.set_threshold(50, 5, 5)
    for seed in range(first, last):
        alone = digest(seed)
        if seed % 10 == 0 and in_threads(seed, 3) != [alone] * 3:
            raise SystemExit(f"seed {seed}: threads disturb each other")
        print(seed, alone)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
