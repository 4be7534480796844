"""stepgrad: a scalar autograd engine that one can see through.

>>> from autograd import Value
>>> x = Value(0.5)
>>> y = (2 * x - 1).tanh()
>>> y.backward()
>>> x.grad
2.0

The engine is `op.py`, `graph.py` and `value.py`; `functions.py` and `activations.py` declare what it can compute.
"""

import importlib
import sys
import warnings
from pathlib import Path
from typing import Any

from autograd import losses, nn, optim
from autograd.activations import (
    Activation,
    activation,
    elu,
    gelu,
    gelu_tanh,
    hard_sigmoid,
    hard_tanh,
    identity,
    leaky_relu,
    mish,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    step,
    swish,
    tanh,
)
from autograd.core import compiled
from autograd.declare import op
from autograd.derivatives import grad, gradcheck, hessian, hvp, jacobian, jvp, value_and_grad
from autograd.errors import ImportNameWarning
from autograd.functions import (
    abs,
    add,
    atan,
    clamp,
    cos,
    div,
    dot,
    erf,
    erfc,
    exp,
    expm1,
    greater,
    log,
    log1p,
    logsumexp,
    maximum,
    minimum,
    mul,
    neg,
    peak,
    pow,
    sin,
    softmax,
    softmax_cross_entropy,
    sqrt,
    sub,
    sum,
    take,
    take_row,
    tan,
    where,
)
from autograd.op import Op
from autograd.value import Value
from autograd.watching import no_grad, scope

__version__ = "0.1.0"

__all__ = [
    "Activation",
    "Op",
    "Value",
    "abs",
    "accuracy",
    "activation",
    "add",
    "atan",
    "batch",
    "clamp",
    "compiled",
    "cos",
    "datasets",
    "debug",
    "detect_anomaly",
    "div",
    "dot",
    "draw",
    "elu",
    "erf",
    "erfc",
    "exp",
    "expm1",
    "fit",
    "gelu",
    "gelu_tanh",
    "grad",
    "gradcheck",
    "greater",
    "hard_sigmoid",
    "hard_tanh",
    "hessian",
    "hvp",
    "identity",
    "interpret",
    "jacobian",
    "jvp",
    "leaky_relu",
    "lesson",
    "log",
    "log1p",
    "logsumexp",
    "losses",
    "maximum",
    "minimum",
    "mish",
    "mul",
    "neg",
    "nn",
    "no_grad",
    "op",
    "optim",
    "peak",
    "pow",
    "program",
    "record",
    "relu",
    "relu6",
    "scope",
    "selu",
    "sigmoid",
    "silu",
    "sin",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "softsign",
    "sqrt",
    "step",
    "sub",
    "sum",
    "swish",
    "take",
    "take_row",
    "tan",
    "tanh",
    "tasks",
    "value_and_grad",
    "where",
]

FLOORS = ("datasets", "debug", "draw", "interpret", "lesson", "program", "tasks")
FROM_FLOORS = {
    "accuracy": "training",
    "batch": "program",
    "detect_anomaly": "debug",
    "fit": "training",
    "record": "program",
}


def __getattr__(name: str) -> Any:
    """Floors above the engine, and what is taken from them, are imported when they are first asked for."""
    if name in FLOORS:
        return importlib.import_module(f"autograd.{name}")
    if name in FROM_FLOORS:
        return getattr(importlib.import_module(f"autograd.{FROM_FLOORS[name]}"), name)
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _warn_of_namesake() -> None:
    """Say so if PyPI's other `autograd` is installed too: the two replace each other's files without a word."""
    # Looking at folder names takes one of the 45 ms that importing importlib.metadata takes.
    for folder in sys.path:
        if any(Path(folder).glob("autograd-*.dist-info")):
            warnings.warn(
                f"the distribution 'autograd' (HIPS) is installed in {folder}, and its package has the name of"
                " ours: files of one may have replaced files of the other. Keep one of them:"
                " pip uninstall -y autograd stepgrad && pip install stepgrad",
                ImportNameWarning,
                stacklevel=2,
            )


_warn_of_namesake()
