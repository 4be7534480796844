"""What every part of a network has: named parameters, numbers that can be taken out and put back, a tree to print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any, ClassVar, Self

from autograd.errors import StateError
from autograd.value import Value
from autograd.watching import present


class Module:
    """A part of a network. Its parameters are the leaf Values among its attributes, in the order of their making.

    Attributes may be Values, Modules, and lists, tuples and dicts of them. One whose name begins with an underscore
    is not looked into; one that the class names in `buffers` is stored with the model and does not learn.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> Line().state_dict()
    {'slope': 2.0, 'offset': 1.0}
    """

    buffers: ClassVar[tuple[str, ...]] = ()
    _training: bool = True

    @property
    def training(self) -> bool:
        """Whether the part behaves as in training, which some do differently; see `train` and `eval`."""
        for watcher in present():
            watcher.consulted(self)
        return self._training

    @training.setter
    def training(self, training: bool) -> None:
        self._training = training

    @property
    def takes_batch(self) -> bool:
        """Whether it is called with a batch, a list of samples, and gives a list; most parts take one sample."""
        return False

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Each parameter with its path, as `layers.0.neurons.3.w.1`; one that is shared comes once."""
        for name, part, learns in _walk("", self, {id(self)}):
            if learns and isinstance(part, Value):
                yield name, part

    def parameters(self) -> list[Value]:
        """The Values that learn, in order."""
        return [parameter for _, parameter in self.named_parameters()]

    def modules(self) -> list[Module]:
        """This part and the parts below it, each once, whole before part."""
        return [self, *(part for _, part, _ in _walk("", self, {id(self)}) if isinstance(part, Module))]

    def train(self) -> Self:
        """Behave as in training, here and below: BatchNorm uses the batch's own statistics, Dropout drops."""
        for part in self.modules():
            part.training = True
        return self

    def eval(self) -> Self:
        """Behave as in use, here and below: BatchNorm uses its running statistics, Dropout passes all on."""
        for part in self.modules():
            part.training = False
        return self

    def zero_grad(self) -> None:
        """Set the gradient of every parameter and buffer to 0; do it before each backward pass, as they add up."""
        for value in self._by_name().values():
            value.grad = 0.0

    def state_dict(self) -> dict[str, float]:
        """The number of each parameter and buffer by its path.

        Raises:
            ValueError: two have the same path, as a dict with dots in its keys can bring about.
        """
        return {name: value.data for name, value in self._by_name().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Give every parameter and buffer the number stored under its path.

        Raises:
            StateError: a name is missing, unknown, or holds no number; nothing has changed then.
        """
        values = self._by_name()
        missing = [name for name in values if name not in state]
        unknown = [name for name in state if name not in values]
        if missing or unknown:
            kind = "parameters" if len(values) == len(self.parameters()) else "parameters and buffers"
            raise StateError(
                f"this model has {len(values)} {kind} and {len(state)} are given:"
                f" {_some(missing)} missing, {_some(unknown)} unknown; nothing was changed"
            )
        numbers = {name: _number(name, state[name]) for name in values}
        for name, value in values.items():
            value.data = numbers[name]

    def framed(self, group: str) -> None:
        """Put the parameters and buffers into the frame `group` of pictures, around the frames that they are in.

        What the part computes gets there by `with scope(group)` around its call.
        """
        for value in self._by_name().values():
            if value.scope[:1] != (group,):
                value._scope = (group, *value.scope)

    def _by_name(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, part, _ in _walk("", self, {id(self)}):
            if isinstance(part, Module):
                continue
            if name in found:
                raise ValueError(f"two parameters are called {name!r}: a key with a dot looks like a path, rename it")
            found[name] = part
        return found

    def caption(self) -> str:
        """What stands in brackets beside its kind when it is printed, as `2 → 16`; nothing unless overridden."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.caption() or f'{len(self.parameters())} parameters'})"

    def __str__(self) -> str:
        """A tree of its parts with the number of parameters of each; neighbours that look alike share a line."""
        rows = _rows(self, {id(self)})
        width = max(len(text) for text, _ in rows)
        (first, count), *others = rows
        return "\n".join([f"{first:{width}}  {count} parameters", *(f"{text:{width}}  {n}" for text, n in others)])


def _walk(path: str, module: Module, met: set[int]) -> Iterator[tuple[str, Value | Module, bool]]:
    """The leaf Values and Modules below a module with their paths, and whether they learn.

    Each comes once: modules may share parts, and know each other in a circle.
    """
    for attribute, name, part in _contents(module):
        if id(part) not in met:
            met.add(id(part))
            yield path + name, part, attribute not in module.buffers
            if isinstance(part, Module):
                yield from _walk(f"{path}{name}.", part, met)


def _contents(module: Module) -> Iterator[tuple[str, str, Value | Module]]:
    """What a module holds itself, in its attributes and in lists there: the attribute, the path, the thing."""
    for attribute, content in vars(module).items():
        if not attribute.startswith("_"):
            for name, part in _found(attribute, content, set()):
                yield attribute, name, part


def _found(path: str, branch: Any, met: set[int]) -> Iterator[tuple[str, Value | Module]]:
    if isinstance(branch, Module) or (isinstance(branch, Value) and branch.is_leaf):
        yield path, branch
    elif isinstance(branch, dict | list | tuple) and id(branch) not in met:
        met.add(id(branch))
        for name, item in branch.items() if isinstance(branch, dict) else enumerate(branch):
            yield from _found(f"{path}.{name}", item, met)


def _rows(module: Module, met: set[int]) -> list[tuple[str, str]]:
    """The lines of the tree of a module, each with a count of parameters."""
    kind = type(module).__name__ + (f"({module.caption()})" if module.caption() else "")
    rows = [(kind, f"{len(module.parameters()):,}")]
    families: list[tuple[list[str], list[tuple[str, str]]]] = []  # paths of neighbours, and the lines that they share
    for _, path, part in _contents(module):
        if isinstance(part, Module) and id(part) not in met:
            met.add(id(part))
            lines = _rows(part, met)
            if families and families[-1][1] == lines and _in_one_list(families[-1][0][-1], path):
                families[-1][0].append(path)
            else:
                families.append(([path], lines))
    for i, (paths, ((kind, count), *below)) in enumerate(families):
        branch, trunk = ("├─", "│  ") if i + 1 < len(families) else ("└─", "   ")
        if len(paths) == 1:
            rows.append((f"{branch} {paths[0]}: {kind}", count))
        else:
            rows.append((f"{branch} {paths[0]}…{paths[-1].rpartition('.')[2]}: {kind}", f"{len(paths)} × {count}"))
        rows += [(trunk + text, count) for text, count in below]
    return rows


def _in_one_list(path: str, other: str) -> bool:
    (place, _, _), (other_place, _, number) = path.rpartition("."), other.rpartition(".")
    return place == other_place and number.isdigit()


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
