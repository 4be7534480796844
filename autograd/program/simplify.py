"""Passes that make a tape shorter: each takes a tape and gives one with the same loss and the same gradients."""

from __future__ import annotations

from typing import Any

from autograd import functions as fn
from autograd.program.tape import Apply, Constant, Instruction, Parameter, Tape, WeightedSum, evaluate, moved, operands


def simplified(tape: Tape) -> Tape:
    """The passes of this module in their order, but for the last: sums of one number are still there."""
    return without_dead(with_sums(without_repeats(with_folded_constants(tape))))


def with_folded_constants(tape: Tape) -> Tape:
    """What only constants lead to is a constant, and a choice by a constant is what it chooses.

    >>> Tape([Constant(2.0), Constant(3.0), Apply(fn.mul, (0, 1))], root=2).code[2].operands
    (0, 1)
    >>> with_folded_constants(Tape([Constant(2.0), Constant(3.0), Apply(fn.mul, (0, 1))], root=2)).code[2]
    Constant(number=6.0)
    >>> with_folded_constants(Tape([Parameter(0), Constant(1.0), Apply(fn.take, (1, 0, 1))], root=2)).root
    0
    """
    to: list[int] = []
    code: list[Instruction] = []
    for place, instruction in enumerate(tape.code):
        instruction = moved(instruction, to)
        to.append(place)
        if type(instruction) is Apply:
            read = [code[x] for x in instruction.operands]
            # Looking at one of them first saves looking at most of the others.
            if not read or (type(read[0]) is Constant and all(type(x) is Constant for x in read)):
                alone = Apply(instruction.op, tuple(range(len(read))), instruction.settings)
                instruction = Constant(evaluate(Tape([*read, alone], len(read)), [], [])[-1])
            elif instruction.op is fn.take and type(at := read[-1]) is Constant:
                to[-1] = instruction.operands[int(at.number)]
            elif instruction.op is fn.where and type(condition := read[0]) is Constant:
                to[-1] = instruction.operands[2 if condition.number == 0.0 else 1]
        code.append(instruction)
    return Tape(code, to[tape.root])


def without_repeats(tape: Tape) -> Tape:
    """Of equal instructions on equal operands the first one serves all; the others are dead.

    >>> twice = Tape([Parameter(0), Apply(fn.exp, (0,)), Apply(fn.exp, (0,)), Apply(fn.add, (1, 2))], root=3)
    >>> without_repeats(twice).code[3].operands
    (1, 1)
    """
    first: dict[Any, int] = {}
    to: list[int] = []
    code: list[Instruction] = []
    for place, instruction in enumerate(tape.code):
        instruction = moved(instruction, to)
        key: Any = instruction
        if type(instruction) is Constant:
            key = instruction.number.hex()
        elif type(instruction) is Apply:
            if instruction.settings:  # 1 and 1.0 or True are equal to a dict and not to an op
                key = instruction, *map(type, instruction.settings)
        else:
            key = type(instruction), instruction
        to.append(first.setdefault(key, place))
        code.append(instruction)
    return Tape(code, to[tape.root], tape.origin)


def with_sums(tape: Tape) -> Tape:
    """Additions that only feed additions become one weighted sum, and so do the products that only feed it.

    Of a product the parameter becomes the right factor, in whichever order it was written: so the rows of a
    layer's weights are found whether the neurons compute w·x or x·w.

    >>> code = [Parameter(0), Parameter(1), Apply(fn.mul, (0, 1)), Apply(fn.add, (2, 0)), Apply(fn.add, (3, 1))]
    >>> with_sums(Tape(code, root=4)).code[4]
    WeightedSum(lefts=(0,), rights=(1,), plain=(0, 1))
    """
    sums = (fn.add, fn.sum, fn.dot)
    uses = _uses(tape)
    code = list(tape.code)
    terms: dict[int, tuple[list[tuple[int, int]], list[int]]] = {}  # products and plain terms of each sum
    for place, instruction in enumerate(tape.code):
        if type(instruction) is not Apply or instruction.op not in sums:
            continue
        row = list(instruction.operands)
        written: list[tuple[int, int]] = []
        if instruction.op is fn.dot:
            size = len(row) // 2
            written, row = list(zip(row[:size], row[size : 2 * size], strict=True)), row[2 * size :]
        # The longest sum is continued in place: copying it would make a chain of n additions cost n².
        inner = [x for x in row if uses[x] == 1 and x in terms]
        longest = max(inner, key=lambda x: len(terms[x][0]) + len(terms[x][1]), default=-1)
        products, plain = terms.pop(longest, ([], []))
        products += written
        for x in row:
            known = code[x]
            if x == longest:
                continue
            if uses[x] == 1 and x in terms:
                products += terms[x][0]
                plain += terms.pop(x)[1]
            elif uses[x] == 1 and type(known) is Apply and known.op is fn.mul:
                products.append((known.operands[0], known.operands[1]))
            elif not (type(known) is Constant and known.number == 0.0):
                plain.append(x)
        if not plain and not products:
            code[place] = Constant(0.0)
        else:
            terms[place] = products, plain
    for place, (products, plain) in terms.items():
        pairs = [(b, a) if type(code[a]) is Parameter is not type(code[b]) else (a, b) for a, b in products]
        code[place] = WeightedSum(tuple(a for a, _ in pairs), tuple(b for _, b in pairs), tuple(plain))
    return Tape(code, tape.root)


def without_dead(tape: Tape) -> Tape:
    """Only what leads to the loss; places are numbered anew.

    >>> without_dead(Tape([Parameter(0), Parameter(1), Apply(fn.exp, (1,))], root=2)).code
    [Parameter(slot=1), Apply(op=<op exp(x)>, operands=(0,), settings=())]
    """
    alive = [False] * len(tape.code)
    alive[tape.root] = True
    for place in range(tape.root, -1, -1):
        if alive[place]:
            for x in operands(tape.code[place]):
                alive[x] = True
    to = [-1] * len(alive)
    code: list[Instruction] = []
    held = [place for place, is_alive in enumerate(alive) if is_alive]
    for place in held:
        to[place] = len(code)
        code.append(moved(tape.code[place], to))
    return Tape(code, to[tape.root], tuple([tape.origin[place] for place in held] if tape.origin else held))


def without_copies(tape: Tape) -> Tape:
    """The sum of one number is that number; what is equal then is computed once, and what is dead goes.

    No two instructions of a step are equal after it, so that what a step reads alike it computes alike.

    >>> without_copies(Tape([Parameter(0), WeightedSum((), (), (0,))], root=1)).root
    0
    """
    to: list[int] = []
    code: list[Instruction] = []
    for place, instruction in enumerate(tape.code):
        instruction = moved(instruction, to)
        is_copy = type(instruction) is WeightedSum and not instruction.lefts and len(instruction.plain) == 1
        to.append(instruction.plain[0] if type(instruction) is WeightedSum and is_copy else place)
        code.append(instruction)
    return without_dead(without_repeats(Tape(code, to[tape.root], tape.origin)))


def _uses(tape: Tape) -> list[int]:
    """How often each place is read; the loss is read once more, by the one who asks for it."""
    uses = [0] * len(tape.code)
    uses[tape.root] += 1
    for instruction in tape.code:
        for x in operands(instruction):
            uses[x] += 1
    return uses
