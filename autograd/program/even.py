"""Rows of different lengths made equal: of what is alike on one level, the shorter is filled up to the longest.

In attention each position looks back as far as it can, so that its sums have one term more than those of the position
before. Filled up with zeros, they are one matrix product. But zero times an infinite number is nan: where a number of
a longer row has overflown, a program computes with nan where the scalar code still has a finite sum.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from autograd import functions as fn
from autograd.program.tape import Apply, Constant, Instruction, Tape, WeightedSum, levels, moved, operands

MANY = 3  # so many different lengths among rows that have no number in common are filled up
WASTE = 4  # but not if there were more than so many times the terms then

Row = tuple[int, ...]


def with_even_rows(tape: Tape) -> Tape:
    """Sums, and lists that are looked through for their peak, filled up; instructions are sorted by level.

    >>> from autograd.program.tape import Parameter
    >>> sums = [WeightedSum((0,), (2,), ()), WeightedSum((0, 1), (2, 3), ()), Apply(fn.mul, (4, 5))]
    >>> with_even_rows(Tape([Parameter(i) for i in range(4)] + sums, root=6)).code[5]
    WeightedSum(lefts=(0, 4), rights=(2, 3), plain=())
    """
    level = levels(tape)
    products: dict[Hashable, list[int]] = {}
    alike: dict[Hashable, list[int]] = {}
    for place, x in enumerate(tape.code):
        if type(x) is WeightedSum and x.lefts:
            products.setdefault((level[place], len(x.plain)), []).append(place)
        elif type(x) is WeightedSum:
            read = [tape.code[term] for term in x.plain]
            kinds = {(y.op if type(y) is Apply else type(y), level[at]) for at, y in zip(x.plain, read, strict=True)}
            if len(kinds) == 1:
                alike.setdefault((level[place], *kinds), []).append(place)
        elif type(x) is Apply and x.op is fn.peak:
            alike.setdefault((level[place], fn.peak), []).append(place)
    code = list(tape.code)
    zero = len(code)
    for places in products.values():
        _continue(code, places, zero)
    for places in alike.values():
        _fill(code, places, zero)
    if code == tape.code:
        return tape
    return _by_level(Tape([*code, Constant(0.0)], tape.root, tape.origin), [*level, 0])


def _continue(code: list[Instruction], places: list[int], zero: int) -> None:
    """Where the right row of a dot product begins a longer one, it is continued by that, and the left one by zeros.

    Or left and right exchanged. All rows stand on one level, so nothing comes to depend on itself.
    """
    sums = [x for place in places if type(x := code[place]) is WeightedSum]
    if len({len(x.lefts) for x in sums}) == 1:
        return
    for side in (1, 0):
        longest = _longest(x[side] for x in sums)
        whole = [longest.get(x[side], x[side]) for x in sums]
        added = [len(row) - len(x[side]) for row, x in zip(whole, sums, strict=True)]
        if any(added) and sum(map(len, whole)) <= WASTE * sum(len(x.lefts) for x in sums):
            for place, x, row, more in zip(places, sums, whole, added, strict=True):
                other = x[1 - side] + (zero,) * more
                code[place] = WeightedSum(other, row, x.plain) if side else WeightedSum(row, other, x.plain)
            return


def _longest(rows: Iterable[Row]) -> dict[Row, Row]:
    """For each beginning of a row, of a length that occurs, the longest row that begins so."""
    found: dict[Row, Row] = {}
    by_length = sorted(dict.fromkeys(rows), key=len, reverse=True)
    lengths = dict.fromkeys(map(len, by_length))
    for row in by_length:
        if row in found:
            continue  # so is each of its own beginnings
        for length in lengths:
            if length < len(row):
                found.setdefault(row[:length], row)
    return found


def _fill(code: list[Instruction], places: list[int], zero: int) -> None:
    """Make sums as long as the longest by zeros, and lists by repeating their first number, which changes no peak."""
    rows = [operands(code[place]) for place in places]
    longest = max(map(len, rows))
    if len({len(row) for row in rows}) < MANY or longest * len(rows) > WASTE * sum(map(len, rows)):
        return
    for place, row in zip(places, rows, strict=True):
        more = longest - len(row)
        x = code[place]
        if type(x) is Apply:
            code[place] = Apply(x.op, row + row[:1] * more)
        else:
            code[place] = WeightedSum((), (), row + (zero,) * more)


def _by_level(tape: Tape, level: list[int]) -> Tape:
    order = sorted(range(len(level)), key=level.__getitem__)
    to = [0] * len(order)
    for place, before in enumerate(order):
        to[before] = place
    origin = [*(tape.origin or range(len(order) - 1)), -1]
    return Tape([moved(tape.code[x], to) for x in order], to[tape.root], tuple(origin[x] for x in order))
