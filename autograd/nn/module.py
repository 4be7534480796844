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
        found: set[Value] = set()
        for name, value in _leaves("", vars(self)):
            if value not in found:
                found.add(value)
                yield name, value

    def parameters(self) -> list[Value]:
        """The Values that learn, in order."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0; do it before each backward pass, as they add up."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, float]:
        """The number of each parameter by its path."""
        return {name: parameter.data for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Give every parameter the number stored under its path.

        Raises:
            StateError: a name is missing, unknown, or holds no number; no parameter has changed then.
        """
        parameters = dict(self.named_parameters())
        missing = [name for name in parameters if name not in state]
        unknown = [name for name in state if name not in parameters]
        if missing or unknown:
            raise StateError(
                f"this model has {len(parameters)} parameters and {len(state)} are given:"
                f" {_some(missing)} missing, {_some(unknown)} unknown; nothing was changed"
            )
        for name, number in state.items():
            if isinstance(number, bool) or not isinstance(number, Real):
                raise StateError(f"{name} must be a number, got {number!r}; nothing was changed")
        for name, parameter in parameters.items():
            parameter.data = state[name]


def _leaves(path: str, branch: Any) -> Iterator[tuple[str, Value]]:
    if isinstance(branch, Value):
        if branch.op is None:
            yield path, branch
    elif isinstance(branch, Module | dict | list | tuple):
        inner = vars(branch) if isinstance(branch, Module) else branch
        for name, item in inner.items() if isinstance(inner, dict) else enumerate(inner):
            yield from _leaves(f"{path}.{name}" if path else str(name), item)


def _some(names: list[str]) -> str:
    if len(names) <= 3:
        return ", ".join(names) or "none"
    return f"{', '.join(names[:3])} and {len(names) - 3} more"
