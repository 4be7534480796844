"""What every part of a network has: parameters with names, and numbers that can be taken out and put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any

from autograd.errors import StateError
from autograd.value import Value


class Module:
    """A part of a network. Its parameters are the leaf Values among its attributes, in the order of their making.

    Attributes may be Values, Modules, and lists of them.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> Line().state_dict()
    {'slope': 2.0, 'offset': 1.0}
    """

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Each parameter with its path, as `layers.0.neurons.3.w.1`; one that is shared comes once."""
        yield from _leaves("", self, set())

    def parameters(self) -> list[Value]:
        """The Values that learn, in order."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0; do it before each backward pass, as they add up."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, float]:
        """The number of each parameter by its path.

        Raises:
            ValueError: two have the same path, as a dict with dots in its keys can bring about.
        """
        return {name: parameter.data for name, parameter in self._by_name().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Give every parameter the number stored under its path.

        Raises:
            StateError: a name is missing, unknown, or holds no number; no parameter has changed then.
        """
        parameters = self._by_name()
        missing = [name for name in parameters if name not in state]
        unknown = [name for name in state if name not in parameters]
        if missing or unknown:
            raise StateError(
                f"this model has {len(parameters)} parameters and {len(state)} are given:"
                f" {_some(missing)} missing, {_some(unknown)} unknown; nothing was changed"
            )
        numbers = {name: _number(name, state[name]) for name in parameters}
        for name, parameter in parameters.items():
            parameter.data = numbers[name]

    def _by_name(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, parameter in self.named_parameters():
            if name in found:
                raise ValueError(f"two parameters are called {name!r}: a key with a dot looks like a path, rename it")
            found[name] = parameter
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters())} parameters)"


def _leaves(path: str, branch: Any, met: set[int]) -> Iterator[tuple[str, Value]]:
    """The leaf Values below a branch with their paths, each thing once: modules may know each other in a circle."""
    if not isinstance(branch, Value | Module | dict | list | tuple) or id(branch) in met:
        return
    met.add(id(branch))
    if isinstance(branch, Value):
        if branch.is_leaf:
            yield path, branch
        return
    inner = vars(branch) if isinstance(branch, Module) else branch
    for name, item in inner.items() if isinstance(inner, dict) else enumerate(inner):
        yield from _leaves(f"{path}.{name}" if path else str(name), item, met)


def _number(name: str, number: Any) -> float:
    if isinstance(number, bool) or not isinstance(number, Real):
        raise StateError(f"{name} must be a number, got {number!r}; nothing was changed")
    try:
        return float(number)
    except OverflowError:
        raise StateError(f"{name} must be a number that a float can hold; nothing was changed") from None


def _some(names: list[Any]) -> str:
    shown = ", ".join(str(name) for name in names[:3]) or "none"
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
