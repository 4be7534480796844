"""A graph as a flat list of instructions: what every pass of a program takes and gives.

The place of an instruction in the list is the name of its number; operands are places, and they come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd.errors import GraphError
from autograd.graph import topological_order
from autograd.op import Op
from autograd.value import Value


class Input(NamedTuple):
    """A number that is given anew in every run."""

    slot: int


class Parameter(NamedTuple):
    """A number that learns."""

    slot: int


class Constant(NamedTuple):
    """A number that stays."""

    number: float


class Apply(NamedTuple):
    """An op on the numbers at some places; `settings` are its constant operands, such as an index."""

    op: Op
    operands: tuple[int, ...]
    settings: tuple[Any, ...] = ()


class WeightedSum(NamedTuple):
    """left₁·right₁ + left₂·right₂ + … + plain₁ + plain₂ + …, the terms being numbers at places."""

    lefts: tuple[int, ...]
    rights: tuple[int, ...]
    plain: tuple[int, ...]


class Together(NamedTuple):
    """The numbers at some places, side by side: the last instruction of a function that gives a list."""

    operands: tuple[int, ...]


class Noted(NamedTuple):
    """A loss, and numbers that Python notes beside it: the last instruction of a function that keeps count of some."""

    loss: int
    others: tuple[int, ...]


Instruction = Input | Parameter | Constant | Apply | WeightedSum | Together | Noted


@dataclass(frozen=True)
class Tape:
    """Instructions, operands before results, and the place of the loss, or of what else is computed.

    Once dead code is gone, `origin` tells for each place where its instruction stood before.
    """

    code: list[Instruction]
    root: int
    origin: tuple[int, ...] = ()

    @property
    def loss(self) -> int:
        """The place of the loss, if it is one that is computed."""
        root = self.code[self.root]
        return root.loss if type(root) is Noted else self.root


def operands(instruction: Instruction) -> tuple[int, ...]:
    """The places that an instruction reads.

    >>> operands(WeightedSum((0, 1), (2, 3), (4,)))
    (0, 1, 2, 3, 4)
    """
    if type(instruction) is Apply or type(instruction) is Together:
        return instruction.operands
    if type(instruction) is WeightedSum:
        return instruction.lefts + instruction.rights + instruction.plain
    if type(instruction) is Noted:
        return (instruction.loss, *instruction.others)
    return ()


def levels(tape: Tape) -> list[int]:
    """For each place how many steps must be done before it: 0 for what is given.

    >>> from autograd import exp
    >>> levels(Tape([Parameter(0), Apply(exp, (0,)), Apply(exp, (1,))], root=2))
    [0, 1, 2]
    """
    found: list[int] = []
    for instruction in tape.code:
        read = operands(instruction)
        found.append(1 + max([found[x] for x in read]) if read else 0)
    return found


def moved(instruction: Instruction, to: Sequence[int]) -> Instruction:
    """The same instruction with each place replaced by its entry in `to`.

    >>> moved(WeightedSum((0,), (1,), ()), [5, 7])
    WeightedSum(lefts=(5,), rights=(7,), plain=())
    """
    if type(instruction) is Apply:
        read = tuple([to[x] for x in instruction.operands])
        # Making an instruction costs more than seeing that it stays as it is, and most do.
        return instruction if read == instruction.operands else Apply(instruction.op, read, instruction.settings)
    if type(instruction) is WeightedSum:
        return WeightedSum(*(tuple([to[x] for x in row]) for row in instruction))
    if type(instruction) is Together:
        return Together(tuple([to[x] for x in instruction.operands]))
    if type(instruction) is Noted:
        return Noted(to[instruction.loss], tuple([to[x] for x in instruction.others]))
    return instruction


def reached(tape: Tape, kind: type[Input] | type[Parameter]) -> list[bool]:
    """For each place whether it depends on an input, or on a parameter.

    >>> from autograd import exp
    >>> reached(Tape([Parameter(0), Input(0), Apply(exp, (1,))], root=2), Input)
    [False, True, True]
    """
    found: list[bool] = []
    for instruction in tape.code:
        found.append(type(instruction) is kind or any(found[x] for x in operands(instruction)))
    return found


def row(op: Op, numbers: Sequence[Any], settings: Sequence[Any]) -> list[Any]:
    """The operands of an op in one row, its settings put back among the others.

    >>> rounded = Op("rounded", round, partials=(float, None), operands=("x", "digits"))
    >>> row(rounded, ["a"], [2])
    ['a', 2]
    """
    whole = list(numbers)
    size = len(whole) + len(settings)
    for place, setting in zip(op.constants, settings, strict=True):
        whole.insert(size + place, setting)
    return whole


def flatten(
    result: Value | Sequence[Value],
    inputs: Sequence[Value],
    parameters: Sequence[Value],
    noted: Sequence[Value | float] = (),
) -> tuple[Tape, list[tuple[Value, int]]]:
    """The graph of a loss, or of several results, as a tape, and for each node that an op made its place.

    Inputs and parameters are numbered in their order; a leaf that is neither is a constant, as it stands. Of one loss
    there may be further numbers that are `noted`.

    >>> x = Value(3.0)
    >>> tape, _ = flatten(x * x + 1.0, inputs=[], parameters=[x])
    >>> for instruction in tape.code:
    ...     print(instruction)
    Parameter(slot=0)
    Apply(op=<op mul(x, y)>, operands=(0, 0), settings=())
    Constant(number=1.0)
    Apply(op=<op add(x, y)>, operands=(1, 2), settings=())

    Raises:
        GraphError: a node was made by hand, so that its formula is not known.
    """
    code: list[Instruction] = []
    place: dict[Value, int] = {}
    for kind, values in ((Input, inputs), (Parameter, parameters)):
        for index, value in enumerate(values):
            place[value] = len(code)
            code.append(kind(index))
    made: list[tuple[Value, int]] = []
    numbers: dict[str, int] = {}

    def constant(number: float) -> int:
        key = number.hex()  # tells −0.0 from 0.0, and nan is nan
        if key not in numbers:
            numbers[key] = len(code)
            code.append(Constant(number))
        return numbers[key]

    results = (result,) if isinstance(result, Value) else result
    for node in topological_order(*results, *(x for x in noted if isinstance(x, Value))):
        if node in place:
            continue
        if node.is_leaf:
            place[node] = constant(node.data)
            continue
        op = node.op
        assert op is not None
        if not op.partials:
            raise GraphError(
                f"the node {op.name!r} was made by hand, so its formula is not known and it cannot be"
                " part of a program: declare it with @autograd.op"
            )
        found = node.operands
        settings: tuple[Any, ...] = ()
        if op.constants:
            settings = tuple(found[i] for i in op.constants)
            held = {len(found) + i for i in op.constants}
            found = tuple(x for i, x in enumerate(found) if i not in held)
        read = tuple([place[x] if isinstance(x, Value) else constant(x) for x in found])
        place[node] = len(code)
        made.append((node, len(code)))
        code.append(Apply(op, read, settings))
    others = tuple([place[x] if isinstance(x, Value) else constant(x) for x in noted])
    if isinstance(result, Value):
        if not others:
            return Tape(code, place[result]), made
        code.append(Noted(place[result], others))
    else:
        code.append(Together(tuple([place[x] for x in results])))
    return Tape(code, len(code) - 1), made


def evaluate(tape: Tape, inputs: Sequence[float], parameters: Sequence[float]) -> list[Any]:
    """The number at every place, one instruction after another: what all passes must keep.

    Of numbers that stand together it is the list of them, and so it is of a loss and what is noted.

    >>> from autograd import mul
    >>> evaluate(Tape([Parameter(0), Apply(mul, (0, 0))], root=1), [], [3.0])
    [3.0, 9.0]
    """
    numbers: list[Any] = []
    for instruction in tape.code:
        if type(instruction) is Apply:
            op = instruction.op
            read = [numbers[x] for x in instruction.operands]
            if op.lists or instruction.settings:
                read = list(op.grouped(row(op, read, instruction.settings)))
            numbers.append(op.forward(*read))
        elif type(instruction) is WeightedSum:
            products = [numbers[a] * numbers[b] for a, b in zip(instruction.lefts, instruction.rights, strict=True)]
            numbers.append(sum(products, sum(numbers[x] for x in instruction.plain)))
        elif type(instruction) is Together or type(instruction) is Noted:
            numbers.append([numbers[x] for x in operands(instruction)])
        elif type(instruction) is Constant:
            numbers.append(instruction.number)
        else:
            assert isinstance(instruction, Input | Parameter)
            numbers.append((inputs if type(instruction) is Input else parameters)[instruction.slot])
    return numbers
