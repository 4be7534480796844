"""The graphs that the course speaks of more than once."""

from __future__ import annotations

from autograd.value import Value
from autograd.watching import scope

TINY = {"w11": 2, "w12": 1, "b1": -1, "w21": 1, "w22": -2, "b2": 1, "v1": 2, "v2": 3, "c": -1}


def tiny_network(**weights: float) -> dict[str, Value]:
    """Two inputs, two ReLU units, one output, a squared error: every number by its name, `L` the loss.

    Small enough to do by hand. Weights that are given replace those of the course.

    Raises:
        TypeError: it has no weight of that name.

    >>> numbers = tiny_network()
    >>> len(numbers), numbers["y"].data, numbers["L"].data
    (17, 5.0, 1.0)
    """
    if strangers := sorted(weights.keys() - TINY.keys()):
        raise TypeError(f"the tiny network has no weight {strangers[0]!r}: it has {', '.join(TINY)}")
    leaves = {"x1": 1, "x2": 2} | TINY | weights
    v = {name: Value(number, label=name) for name, number in leaves.items()}
    with scope("unit 1"):
        v["z1"] = v["w11"] * v["x1"] + v["w12"] * v["x2"] + v["b1"]
        v["h1"] = v["z1"].relu()
    with scope("unit 2"):
        v["z2"] = v["w21"] * v["x1"] + v["w22"] * v["x2"] + v["b2"]
        v["h2"] = v["z2"].relu()
    with scope("output"):
        v["y"] = v["v1"] * v["h1"] + v["v2"] * v["h2"] + v["c"]
    with scope("loss"):
        v["L"] = (v["y"] - 4) ** 2
    for name in ("z1", "h1", "z2", "h2", "y", "L"):
        v[name].label = name
    return v
