"""Write torch.json: values and gradients by PyTorch at points where the mathematics leaves a choice.

A row is an expression as a reader would type it, the numbers it is evaluated at, and what PyTorch answers in
float64. The tests evaluate the same text with `autograd`. Run it with an interpreter that has PyTorch:

    python tests/oracles/make_torch.py
"""

import itertools
import json
import math
from pathlib import Path
from typing import Any

nan, inf = math.nan, math.inf
Row = tuple[str, dict[str, Any]]

ACTIVATIONS = {
    "sigmoid": (),
    "tanh": (),
    "relu": (0.0,),
    "leaky_relu": (0.0,),
    "elu": (0.0,),
    "selu": (0.0,),
    "softplus": (),
    "silu": (),
    "gelu": (),
    "gelu_tanh": (),
    "mish": (),
    "relu6": (0.0, 6.0),
    "hard_sigmoid": (-3.0, 3.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (),
    "identity": (),
}
FUNCTIONS = ["neg", "abs", "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "atan", "erf", "erfc"]
BINARY = ["x + y", "x - y", "x * y", "x / y", "x ** y", "minimum(x, y)", "maximum(x, y)"]
NUMBERS = (nan, inf, -inf, 0.0, -0.0, 1.0, -2.0, 0.5, 3.0, -1000.0)
SPECIAL = (*NUMBERS, -1.0, 1000.0, -40.0, 40.0)


def rows() -> list[Row]:
    cases: list[Row] = []
    for name, kinks in ACTIVATIONS.items():
        cases += [(f"{name}(x)", {"x": x}) for x in (*SPECIAL, *kinks)]
    for name in FUNCTIONS:
        cases += [(f"{name}(x)", {"x": x}) for x in SPECIAL]
    for expression, x, y in itertools.product(BINARY, NUMBERS, NUMBERS):
        cases.append((expression, {"x": x, "y": y}))
    # One of the two a plain number; not 0.5, which PyTorch turns into sqrt: that differs at -0.0 and -inf.
    for exponent in (-1.0, 0.0, 1.0, 2.0, 3.0):
        cases += [(f"x ** {exponent}", {"x": x}) for x in NUMBERS]
    for base in (-2.0, 0.0, 0.5, 2.0):
        cases += [(f"({base}) ** x", {"x": x}) for x in NUMBERS]
    cases += [("1.0 / x", {"x": x}) for x in NUMBERS]
    cases += [("(-4.0) ** x", {"x": 0.5}), ("x ** 0.5", {"x": -4.0}), ("x ** y", {"x": -2.0, "y": 2.0})]
    cases += [("x * x * x", {"x": 3.0}), ("sqrt(x * x)", {"x": 0.0}), ("x * log(x)", {"x": 0.0})]
    for x in (nan, -1.0, 0.0, 0.5, 1.0, 2.0, inf, -inf):
        cases.append(("clamp(x, 0.0, 1.0)", {"x": x}))
    for x, low, high in itertools.product((nan, -1.0, 0.0, 1.0), (nan, 0.0, 2.0), (nan, 0.0, 1.0)):
        cases.append(("clamp(x, low, high)", {"x": x, "low": low, "high": high}))
    for x, slope in itertools.product((nan, -2.0, 0.0, 2.0, -inf), (0.25, 0.0, 1.0)):
        cases.append(("leaky_relu(x, slope)", {"x": x, "slope": slope}))
    lists: list[list[float]] = [
        [1.0],
        [0.0, 0.0],
        [1000.0, 1001.0],
        [-1000.0, 0.0, 1000.0],
        [-1000.0, -1001.0],
        [40.0, 0.0],
        [1e6, 1.0, 0.0],
        [0.0, 1.0, -1e17],
        [0.0, -inf],
        [-inf, 0.0],
        [-inf, -inf],
        [inf, 0.0],
        [inf, inf],
        [nan, 0.0],
        [0.0, nan, inf],
    ]
    for xs in lists:
        cases.append(("logsumexp(xs)", {"xs": xs}))
        cases += [(f"softmax_cross_entropy(xs, {k})", {"xs": xs}) for k in range(len(xs))]
        cases += [("sum(xs)", {"xs": xs}), ("dot(xs, ys)", {"xs": xs, "ys": [0.5 - k for k in range(len(xs))]})]
    return list({str(case): case for case in cases}.values())  # each row once


def torch_names() -> dict[str, Any]:
    import torch
    from torch.nn import functional as nn

    return {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        # A learned slope is PReLU, which PyTorch applies to a batch of channels.
        "leaky_relu": lambda x, *slope: nn.prelu(x[None], slope[0][None])[0] if slope else nn.leaky_relu(x),
        "elu": nn.elu,
        "selu": nn.selu,
        "softplus": nn.softplus,
        "silu": nn.silu,
        "gelu": nn.gelu,
        "gelu_tanh": lambda x: nn.gelu(x, approximate="tanh"),
        "mish": nn.mish,
        "relu6": nn.relu6,
        "hard_sigmoid": nn.hardsigmoid,
        "hard_tanh": nn.hardtanh,
        "softsign": nn.softsign,
        "identity": lambda x: x * 1.0,
        "neg": torch.neg,
        "atan": torch.atan,
        **{name: getattr(torch, name) for name in FUNCTIONS},
        "minimum": torch.minimum,
        "maximum": torch.maximum,
        "clamp": torch.clamp,
        "sum": lambda xs: torch.stack(xs).sum(),
        "dot": lambda xs, ys: torch.dot(torch.stack(xs), torch.stack(ys)),
        "logsumexp": lambda xs: torch.logsumexp(torch.stack(xs), 0),
        "softmax_cross_entropy": lambda xs, k: nn.cross_entropy(torch.stack(xs)[None], torch.tensor([k])),
    }


def main() -> None:
    import torch

    names = torch_names()
    figures = []
    for expression, at in rows():

        def leaf(number: Any) -> Any:
            if isinstance(number, list):
                return [leaf(x) for x in number]
            return torch.tensor(number, dtype=torch.float64, requires_grad=True)

        def gradient(x: Any) -> Any:
            if isinstance(x, list):
                return [gradient(item) for item in x]
            return 0.0 if x.grad is None else x.grad.item()

        leaves = {name: leaf(number) for name, number in at.items()}
        out = eval(expression, names, leaves)
        out.backward()
        answer = [out.item(), {name: gradient(x) for name, x in leaves.items()}]
        figures.append(json.dumps([expression, at, *answer]))
    lines = ",\n".join(figures)
    Path(__file__).with_name("torch.json").write_text(f'{{"torch": "{torch.__version__}", "rows": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
