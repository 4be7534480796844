"""Every allocation that the compiled core makes fails once: a MemoryError, and the graph as it was.

    python tests/core/no_memory.py

Needs `_testcapi`, which comes with most builds of CPython.
"""

import _testcapi
import gc
import weakref
from contextlib import nullcontext
from itertools import count

import autograd
from autograd import Value
from autograd._core import backward, dot, topological_order
from autograd._core import sum as core_sum
from autograd.graph import Node
from autograd.watching import Watcher, watch


class Sub(Value):
    """Its nodes are known to the collector, and so is what is computed from them."""


class Noting(Watcher):
    """Somebody for whom each new node is noted with the line that makes it."""

    def __init__(self):
        self.places = {}


def graph(kind):
    """Some leaves, and a root that was computed from them in many ways."""
    x, y, z = kind(0.5), Value(-1.5), Value(2.0)
    many = autograd.sum([x * y, y.tanh(), z, 1.0, (x - y) ** z, z / x])
    own = Value(many.data, (many, x), "own")
    own._backward = int
    return [x, y, z], [autograd.dot([many, x, 2.0], [y, z, many], x) - own, own, many]


DEEP = 3000  # more than a list of the core holds without growing twice


def chain(x):
    for _ in range(DEEP):
        x = x + 1.0
    return x


OPERATIONS = {
    "binary": lambda x, y, z, root, own, many: x * y,
    "with a number": lambda x, y, z, root, own, many: 2 / y,
    "pow": lambda x, y, z, root, own, many: z**y,
    "unary": lambda x, y, z, root, own, many: y.exp(),
    "sum": lambda x, y, z, root, own, many: core_sum([x, y, z, many, 2, own]),
    "dot": lambda x, y, z, root, own, many: dot([x, y, z], [root, own, many], 1.0),
    "filled": lambda x, y, z, root, own, many: Value.filled(1.0, None, (x, y, z), (1.0, 2.0, 3.0)),
    "filled by hand": lambda x, y, z, root, own, many: Value.filled(1.0, None, (x, y, z), None),
    "filled subclass": lambda x, y, z, root, own, many: Sub.filled(1.0, None, (x, y, z), (1.0, 2.0, 3.0)),
    "noted": lambda x, y, z, root, own, many: x * y,
    "fill": lambda x, y, z, root, own, many: many.fill(many.op, many.operands, many.partials),
    "new": lambda x, y, z, root, own, many: Node.__new__(Value, 1.0),
    "operands": lambda x, y, z, root, own, many: (many.operands, own.operands),
    "partials": lambda x, y, z, root, own, many: (many.partials, own.partials),
    "label": lambda x, y, z, root, own, many: (setattr(x, "label", "a"), setattr(x, "_scope", ("b",)), x.label),
    "order": lambda x, y, z, root, own, many: topological_order(root),
    "backward": lambda x, y, z, root, own, many: backward(root),
    "backward without hand": lambda x, y, z, root, own, many: backward(many),
    "deep": lambda x, y, z, root, own, many: backward(many.deep),
}


def main():
    """Try every operation with every allocation failing in turn."""
    points = 0
    for name, operation in OPERATIONS.items():
        for kind in (Value, Sub):
            for start in count():
                leaves, inner = graph(kind)
                if name == "deep":
                    inner[2] = Sub.filled(1.0, None, (inner[2],), (1.0,))
                    inner[2].deep = chain(inner[2])
                failed, arguments = False, (*leaves, *inner)
                with watch(Noting()) if name == "noted" else nullcontext():
                    _testcapi.set_nomemory(start, start + 1)
                    try:
                        operation(*arguments)
                    except MemoryError:
                        failed = True
                    finally:
                        _testcapi.remove_mem_hooks()
                check(leaves, inner[0], f"{name}, allocation {start}")
                gone = [weakref.ref(node) for node in arguments]
                del leaves, inner, arguments
                gc.collect()
                if any(node() is not None for node in gone):
                    raise SystemExit(f"{name}: a node outlives its last use after allocation {start} failed")
                points += failed
                if not failed and start > 50:
                    break
    print(f"{points} allocations failed, each with a MemoryError and nothing else")


def check(leaves, root, when):
    """An error if the graph is no longer what it was."""
    wanted, twin = graph(Value)
    twin[0].backward()
    for leaf in leaves:
        leaf.grad = 0.0
    root.backward()
    order = topological_order(root)
    if len(order) != len(topological_order(twin[0])) or [x.grad for x in leaves] != [x.grad for x in wanted]:
        raise SystemExit(
            f"{when}: the graph is not what it was: {[x.grad for x in leaves]} for {[x.grad for x in wanted]}"
        )


if __name__ == "__main__":
    main()
