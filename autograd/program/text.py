"""Arithmetic that writes itself down: a formula or a rule, called with names, gives the code of what it computes."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from autograd.graph import product
from autograd.op import Op

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)  # how tightly the outermost operator of a text binds


class Text:
    """A piece of Python; arithmetic on it gives longer pieces, with the brackets that they need.

    >>> a, b = Text("a"), Text("b")
    >>> (a + b) * -a ** 2.0
    (a + b) * -a ** 2.0
    """

    __slots__ = ("binding", "code")

    def __init__(self, code: str, binding: int = ATOM) -> None:
        self.code = code
        self.binding = binding

    def at(self, binding: int) -> str:
        """The code, in brackets if it binds less tightly than that."""
        return self.code if self.binding >= binding else f"({self.code})"

    def __add__(self, other: Any) -> Text:
        return Text(f"{self.at(SUM)} + {written(other).at(PRODUCT)}", SUM)

    def __radd__(self, other: Any) -> Text:
        return written(other) + self

    def __sub__(self, other: Any) -> Text:
        return Text(f"{self.at(SUM)} - {written(other).at(PRODUCT)}", SUM)

    def __rsub__(self, other: Any) -> Text:
        return written(other) - self

    def __mul__(self, other: Any) -> Text:
        return Text(f"{self.at(PRODUCT)} * {written(other).at(SIGN)}", PRODUCT)

    def __rmul__(self, other: Any) -> Text:
        return written(other) * self

    def __truediv__(self, other: Any) -> Text:
        return Text(f"{self.at(PRODUCT)} / {written(other).at(SIGN)}", PRODUCT)

    def __rtruediv__(self, other: Any) -> Text:
        return written(other) / self

    def __matmul__(self, other: Text) -> Text:
        return Text(f"{self.at(PRODUCT)} @ {other.at(SIGN)}", PRODUCT)

    def __pow__(self, other: Any) -> Text:
        return Text(f"{self.at(ATOM)} ** {written(other).at(SIGN)}", POWER)

    def __rpow__(self, other: Any) -> Text:
        return written(other) ** self

    def __neg__(self) -> Text:
        return Text(f"-{self.at(SIGN)}", SIGN)

    def method(self, call: str) -> Text:
        """Something after a dot or in square brackets: `text.method(".sum()")`. Of two reshapes the last one counts."""
        if call.startswith(".reshape("):
            return Text(re.sub(r"\.reshape\([\d, ]+\)$", "", self.at(ATOM)) + call)
        return Text(self.at(ATOM) + call) if call else self

    def __bool__(self) -> bool:
        raise TypeError("a text has no truth value")

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise TypeError("which number a text stands for is not known")  # a formula must not decide by that

    def __str__(self) -> str:
        return self.code

    __repr__ = __str__


def written(x: Any) -> Text:
    """A number as code.

    >>> written(-1.0), written(math.inf)
    (-1.0, float('inf'))
    """
    if isinstance(x, Text):
        return x
    if isinstance(x, float) and not math.isfinite(x):
        return Text(f"float({str(x)!r})")
    text = repr(x)
    return Text(text, SIGN if text.startswith("-") else ATOM)


class Functions:
    """The functions that code calls by name: for each the expression that it is imported by, and those that are ops.

    Args:
        taken: names that are no longer free.
        dtype: of the numbers; a formula does not know it, as `where(x > 0.0, 1.0, 0.0)`, and float64 is the default.
    """

    def __init__(self, taken: set[str], dtype: str = "float64") -> None:
        self.taken = taken
        self.found = "find({!r}).{}" if dtype == "float64" else "in_float32(find({!r}).{})"
        self.imported: dict[str, str] = {}
        self.elementwise: dict[str, Op] = {}
        self._names: dict[Op, str] = {}

    def name(self, op: Op) -> str:
        """The name that an op goes by: its own where that is free."""
        if op not in self._names:
            self._names[op] = free(identifier(op.name, "op"), self.taken)
        return self._names[op]

    def applied(self, op: Op, arguments: list[Any]) -> Text:
        """The code of an op's formula: in operators if the op is one, a call by name otherwise."""
        if op.infix:
            found = in_arithmetic(op.forward, arguments)
            if found is not None:
                return written(found)
        name = self.name(op)
        self.imported[name] = self.found.format(op.name, "forward")
        self.elementwise[name] = op
        return called(name, arguments)

    def partial(self, op: Op, index: int, arguments: list[Any], out: Text) -> Any:
        """The code of a rule, or a number: written out if it is plain arithmetic, a call by name otherwise."""
        found = in_arithmetic(op.partials[index], [*arguments, out])
        if found is not None:
            return found
        name = f"{self.name(op)}_d_{op.operands[index]}"
        self.imported[name] = self.found.format(op.name, f"partials[{index}]")
        return called(name, [*arguments, out])


def in_arithmetic(formula: Callable[..., Any], arguments: list[Any]) -> Any:
    """What a formula gives for texts: a text or a number; None if it is more than arithmetic.

    >>> from autograd import relu, tanh
    >>> in_arithmetic(tanh.partials[0], [Text("x"), Text("h")])
    1.0 - h * h
    >>> in_arithmetic(relu.partials[0], [Text("x"), Text("h")])
    """
    if not any(isinstance(x, Text) for x in arguments):
        return None
    try:
        found = formula(*arguments)
    except (TypeError, AttributeError):  # a comparison, a function of `math`: texts have neither
        return None
    return found if isinstance(found, Text | float) else None


@cache
def is_flat(op: Op, index: int) -> bool:
    """Whether the local derivative of an operand is 0 everywhere, so that nothing flows back through it.

    >>> from autograd import take
    >>> is_flat(take, 0), is_flat(take, 1)
    (False, True)
    """
    operands = [[Text("x")] if i < op.lists else Text("x") for i in range(len(op.operands))]
    try:
        found = op.partials[index](*operands, Text("out"))
    except (TypeError, AttributeError):  # as in `in_arithmetic`
        return False
    return all(isinstance(x, float) and x == 0.0 for x in (found if isinstance(found, list) else [found]))


def called(name: str, arguments: list[Any]) -> Text:
    """The code of a call.

    >>> called("relu", [Text("x")])
    relu(x)
    """
    return Text(f"{name}({', '.join(str(written(x)) for x in arguments)})")


def times(upstream: Text, partial: Any) -> Text:
    """upstream × partial, without factors of ±1."""
    return -upstream if isinstance(partial, float) and partial == -1.0 else written(product(upstream, partial))


def free(name: str, taken: set[str]) -> str:
    """The name, changed if it is taken or might be given to a number of the program; from now on it is taken.

    >>> free("relu", {"relu"}), free("h0", set())
    ('relu_', 'my_h0')
    """
    if re.fullmatch(r"[abcghipvwW]\d+|d_\w*", name):
        name = f"my_{name}"
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def identifier(name: str, otherwise: str) -> str:
    """A Python name like the given one.

    >>> identifier("max pool", "op"), identifier("lambda", "op")
    ('max_pool', 'op')
    """
    found = re.sub(r"\W", "_", name, flags=re.ASCII)
    return found if found.isidentifier() and not keyword.iskeyword(found) else otherwise
