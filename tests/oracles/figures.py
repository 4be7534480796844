"""The stored answers of PyTorch, and how ours are compared with them."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import autograd
from autograd import Value

Answer = tuple[float, dict[str, Any]]  # the value, and the gradient of each name


@cache
def torch_rows() -> list[tuple[str, dict[str, Any], Answer]]:
    """Expression, the numbers it was evaluated at, what PyTorch answered."""
    stored = json.loads(Path(__file__).with_name("torch.json").read_text())
    return [(expression, at, (value, gradients)) for expression, at, value, gradients in stored["rows"]]


def torch(expression: str, **at: Any) -> Answer:
    """What PyTorch answered to one of the stored rows."""
    # As text, in which -0.0 is not 0.0 and nan is nan.
    [answer] = [answer for text, numbers, answer in torch_rows() if text == expression and str(numbers) == str(at)]
    return answer


def ours(expression: str, **at: Any) -> Answer:
    """What autograd answers to the same text."""
    names: dict[str, Any] = {name: _leaf(number) for name, number in at.items()}
    root = eval(expression, vars(autograd), names)
    root.backward()
    return root.data, {name: _gradient(leaf) for name, leaf in names.items()}


def _leaf(number: Any) -> Any:
    return [Value(x) for x in number] if isinstance(number, list) else Value(number)


def _gradient(leaf: Any) -> Any:
    return [x.grad for x in leaf] if isinstance(leaf, list) else leaf.grad


def same(mine: Any, theirs: Any) -> bool:
    """Equal to twelve digits, or to 1e-15 where PyTorch itself rounds against 1; nan equals nan, inf only inf."""
    if isinstance(theirs, dict):
        return mine.keys() == theirs.keys() and all(same(mine[key], theirs[key]) for key in theirs)
    if isinstance(theirs, list | tuple):
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    if math.isnan(theirs):
        return math.isnan(mine)
    return math.isclose(mine, theirs, rel_tol=1e-12, abs_tol=1e-15)
