"""What an op is: a formula, one local derivative per operand, and how the op is written.

Nothing else in the package knows a formula. The same op serves floats, NumPy arrays and Values (so that a gradient
is itself a graph), and the tests find every op, its kinks and its domain in `REGISTRY`.

A rule gives the bare local derivative ∂out/∂operand. It never multiplies by the upstream gradient and never
adds: that is the work of the chain rule, which stands once, in `graph.py`.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from numbers import Real
from typing import Any, ClassVar

from autograd.errors import UnknownOpError

Formula = Callable[..., Any]
Rule = Callable[..., Any]
Kinks = tuple[float, ...] | Callable[..., tuple[float, ...]]

REGISTRY: dict[str, Op] = {}


@dataclass(frozen=True, eq=False, repr=False)
class Op:
    """A differentiable operation, called on numbers, Values or NumPy arrays.

    Attributes:
        name: how it is looked up and pickled.
        forward: the formula; takes floats, arrays or Values.
        partials: for each operand its Rule, `(*operands, out) -> ∂out/∂operand`; None for a constant operand.
        operands: their names, in order.
        lists: how many of the first operands are lists (of one common length); the rule of a list gives a list.
        index: the last operand's name, if it is an index into the lists: a whole number, which cannot be nudged.
        symbol: what stands in the picture of a node.
        infix: the Python operator, for ops that have one; before the operand if there is only one.
        kinks: points of the first operand at which the derivative jumps, or a function of the operands
            that gives them.
        domain: open interval of the first operand in which the op is differentiable.

    >>> from autograd import mul
    >>> mul(3.0, 4.0), mul.derivative(3.0, 4.0), mul.derivative(3.0, 4.0, wrt="y")
    (12.0, 4.0, 3.0)
    """

    name: str
    forward: Formula
    partials: tuple[Any, ...]
    operands: tuple[str, ...]
    signature: inspect.Signature = field(default_factory=inspect.Signature)
    lists: int = 0
    index: str = ""
    symbol: str = ""
    infix: str = ""
    kinks: Kinks = ()
    domain: tuple[float, float] = (float("-inf"), float("inf"))

    node: ClassVar[Any]  # the class of nodes, which sits floors above: `value.py` introduces itself here
    fused: ClassVar[dict[Op, Callable[..., Any]]] = {}  # what records an op of lists at once: the compiled core has it

    def __post_init__(self) -> None:
        # So that help(autograd.relu) is about relu.
        object.__setattr__(self, "__doc__", self.forward.__doc__)
        object.__setattr__(self, "__signature__", self.signature)

    def __call__(self, *operands: Any, **named: Any) -> Any:
        if named or len(operands) != len(self.operands):
            operands = self.bind(operands, named)
        if self.lists:
            # The compiled core takes lists as they are, and looks at them itself; all else becomes lists first.
            if self in Op.fused and (node := Op.fused[self](*operands)) is not NotImplemented:
                return node
            operands = self.listed(operands)
            if self in Op.fused and (node := Op.fused[self](*operands)) is not NotImplemented:
                return node
        elif all(type(operand) is float for operand in operands):
            return self.forward(*operands)
        row = self._in_one_row(operands)
        for operand in row:
            if isinstance(operand, Op.node):
                return Op.node.record(self, row)
        if any(map(_is_array, row)):
            return self._on_arrays(self.forward, row)
        return self.forward(*self.grouped(self.numbers(row)))

    def derivative(self, *operands: Any, wrt: str | None = None, **named: Any) -> Any:
        """The local derivative with respect to one operand (the first unless `wrt` names another).

        Numbers give a float, an array gives an array of its shape, a list operand gives a list.

        Raises:
            ValueError: the op has no such operand, or it is a constant.
        """
        index = 0
        if wrt is not None:
            if wrt not in self.operands:
                raise ValueError(f"op {self.name!r} has no operand {wrt!r}: its operands are {self.operands}")
            index = self.operands.index(wrt)
        rule = self.partials[index]
        if rule is None:
            raise ValueError(f"operand {self.operands[index]!r} of op {self.name!r} is a constant: no derivative")
        row = self.flatten(self.bind(operands, named))
        if any(map(_is_array, row)):
            return self._on_arrays(lambda *arguments: rule(*arguments, self.forward(*arguments)), row)
        arguments = self.grouped(row if any(isinstance(x, Op.node) for x in row) else self.numbers(row))
        return rule(*arguments, self(*arguments))

    def flatten(self, operands: Sequence[Any]) -> Sequence[Any]:
        """The operands in one row, as a node keeps them: list operands first, one after another.

        Raises:
            TypeError, ValueError: a list operand is no list, is empty, or is longer than another.
            TypeError: an index is a bool.
        """
        return self._in_one_row(self.listed(operands)) if self.lists else operands

    def listed(self, operands: Sequence[Any]) -> tuple[Any, ...]:
        """The operands of an op of lists, its list operands as lists; errors as those of `flatten`."""
        lists = operands[: self.lists]
        if {*map(type, lists)} != {list}:
            named = zip(self.operands, lists, strict=False)
            lists = [x if type(x) is list else _items(self, name, x) for name, x in named]
        size = len(lists[0])
        for items in lists:
            if len(items) != size:
                raise ValueError(f"{self.name} needs lists of equal length, got {size} and {len(items)}")
        if size == 0:
            raise ValueError(f"{self.name} needs at least one number, got an empty list")
        if self.index and _is_bool(operands[-1]):
            raise TypeError(f"{self.name} needs a whole number for {self.index!r}, got a bool: write int(...)")
        return (*lists, *operands[self.lists :])

    def _in_one_row(self, operands: Sequence[Any]) -> Sequence[Any]:
        return (*chain.from_iterable(operands[: self.lists]), *operands[self.lists :]) if self.lists else operands

    def grouped(self, row: Sequence[Any]) -> Sequence[Any]:
        """The arguments of `forward`, from the operands in one row: the inverse of `flatten`."""
        if not self.lists:
            return row
        row = row if type(row) is list else list(row)
        size = (len(row) - len(self.operands) + self.lists) // self.lists
        return [*(row[i * size : (i + 1) * size] for i in range(self.lists)), *row[self.lists * size :]]

    def numbers(self, row: Sequence[Any]) -> list[Any]:
        """The operands in one row as floats, Values by their number; a constant stays what it is, as an index."""
        node = Op.node
        if not self.constants:
            return [x._data if isinstance(x, node) else x if type(x) is float else self._number(x) for x in row]
        for place in self.constants:
            if isinstance(row[place], node):
                raise self._not_learnable(place)
            if not isinstance(row[place], Real):
                raise TypeError(f"{self.name} needs a number for {self.operands[place]!r}, got {row[place]!r}")
        kept = {len(row) + place for place in self.constants}
        return [
            x if place in kept else x._data if isinstance(x, node) else self._number(x) for place, x in enumerate(row)
        ]

    def _not_learnable(self, place: int) -> TypeError:
        return TypeError(
            f"operand {self.operands[place]!r} of op {self.name!r} is a constant and cannot learn: give a plain number"
        )

    @cached_property
    def constants(self) -> tuple[int, ...]:
        """The places of the constant operands in a row, counted from its end, where no list moves them."""
        count = len(self.operands)
        return tuple(i - count for i in range(self.lists, count) if self.partials[i] is None)

    def local_derivatives(self, arguments: Sequence[Any], out: Any, wanted: Sequence[bool]) -> tuple[Any, ...]:
        """One local derivative per operand in one row, None where it is not wanted.

        Raises:
            TypeError: one is wanted for an operand that the op declares constant.
        """
        partials: list[Any] = []
        for i, (rule, argument) in enumerate(zip(self.partials, arguments, strict=True)):
            size = len(argument) if i < self.lists else 1
            asked = wanted[len(partials) : len(partials) + size]
            if True not in asked:
                partials += [None] * size
                continue
            if rule is None:
                raise self._not_learnable(i)
            found = rule(*arguments, out) if i < self.lists else [rule(*arguments, out)]
            if type(found) is not list or len(found) != size or None in found:
                wish = f"a list of {size} numbers" if i < self.lists else "a number"
                raise TypeError(f"the rule d_{self.operands[i]} of op {self.name!r} must return {wish}, got {found}")
            partials += (
                found if False not in asked else [d if ask else None for d, ask in zip(found, asked, strict=True)]
            )
        return tuple(partials)

    def bind(self, operands: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """The operands in order, those given by name and the defaults included.

        Raises:
            TypeError: there are too many or too few, or a name is unknown.
        """
        try:
            bound = self.signature.bind(*operands, **named)
        except TypeError as error:
            raise TypeError(f"{self.name}{self.signature}: {error}") from None
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    def _on_arrays(self, function: Callable[..., Any], row: Sequence[Any]) -> Any:
        """Apply the formula or a rule to arrays and numbers: a new array of their common shape and floating type."""
        import numpy as np

        arrays = self.numbers(row)
        xp = next(x for x in row if _is_array(x)).__array_namespace__()
        shape = np.broadcast_shapes(*(getattr(x, "shape", ()) for x in arrays))
        # As they were given: a condition of booleans does not widen what it chooses from.
        dtype = np.result_type(*(x.dtype for x in row if _is_array(x)))
        dtype = dtype if dtype.kind == "f" else np.result_type(float)
        # NumPy turns an array without dimensions into a scalar, which has no array functions.
        arrays = [xp.atleast_1d(x) if _is_array(x) else x for x in arrays]
        with np.errstate(all="ignore"):  # inf and nan are answers here, as they are for floats
            result = function(*self.grouped(arrays))

        def finished(numbers: Any) -> Any:
            return xp.array(xp.broadcast_to(numbers, shape or (1,)), dtype=dtype).reshape(shape)

        return [finished(numbers) for numbers in result] if isinstance(result, list) else finished(result)

    def _number(self, x: Any) -> Any:
        """A number as a float, an array as one of floats."""
        if isinstance(x, Real):
            return float(x)
        if _is_array(x):
            return _floating(self, x)
        raise TypeError(
            f"{self.name} needs a real number, a Value or a NumPy array, got {type(x).__name__}"
            + (f": write [{self.name}(x) for x in xs]" if isinstance(x, list | tuple) else f" {x!r}")
        )

    def __repr__(self) -> str:
        return f"<op {self.name}{self.signature}>"

    def __reduce__(self) -> tuple[Callable[[str], Op], tuple[str]]:
        return find, (self.name,)


def find(name: str) -> Op:
    """The registered op of that name.

    >>> import autograd
    >>> find("mul")
    <op mul(x, y)>

    Raises:
        UnknownOpError: there is none; the message names those that are spelled alike.
    """
    if name in REGISTRY:
        return REGISTRY[name]
    alike = difflib.get_close_matches(str(name), REGISTRY, n=3)
    hint = f"did you mean {' or '.join(alike)}?" if alike else "declare it with @autograd.op first"
    raise UnknownOpError(f"no op is called {name!r}: {hint}")


@lru_cache(maxsize=1024)
def by_hand(name: str) -> Op:
    """The op of a node that somebody made by hand: it has a name for pictures and no formula."""

    def no_formula(*operands: Any) -> Any:
        raise TypeError(f"the node {name!r} was made by hand: its formula is not known, declare it with @op")

    return Op(name=name, forward=no_formula, partials=(), operands=(), symbol=name)


def _items(declared: Op, name: str, operand: Any) -> list[Any]:
    if isinstance(operand, Iterable) and not isinstance(operand, str | bytes | dict):
        return list(operand)
    raise TypeError(
        f"{declared.name} needs a list for {name!r}, got {type(operand).__name__}: write {declared.name}([...])"
    )


def _is_array(x: Any) -> bool:
    return hasattr(x, "__array_namespace__") and not isinstance(x, Real)


def _is_bool(x: Any) -> bool:
    return isinstance(x, bool) or getattr(getattr(x, "dtype", None), "kind", "") == "b"


def _floating(declared: Op, array: Any) -> Any:
    """The array itself when it holds floats, as float64 when it holds integers or booleans."""
    if array.dtype.kind == "f":
        return array
    if array.dtype.kind in "iub":
        return array.astype("float64")
    raise TypeError(
        f"{declared.name} needs an array of real numbers, got dtype {array.dtype}"
        + (f": write [{declared.name}(x) for x in array]" if array.dtype.kind == "O" else "")
    )
