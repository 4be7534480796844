"""From a tape to array steps: what is alike and on one level is computed at once, and matrix products are found.

Each step computes one block, an array of numbers; a block knows which places of the tape it holds, and in which
shape. The order of the numbers in a block is chosen so that those who read it read it whole wherever possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.functions import take
from autograd.op import Op
from autograd.program.kernels import KERNELS
from autograd.program.tape import Apply, Constant, Input, Parameter, Tape, WeightedSum, levels, reached

Places: TypeAlias = NDArray[np.int64]

FEW = 4  # a sum of so few terms is written out term by term

# Blocks of parameters are found on the way, and get their final numbers at the end. Until then:
FOUND = 2**32  # the first of them
FREE = 2**40  # what stands for all parameters that are in none yet


@dataclass(frozen=True)
class Product:
    """A matrix product of rows: left (rows, k) with right (columns, k), and terms that are added to the result.

    With a third axis in front, as many products of that one shape. With lanes, left may be one row (k,): then the
    samples are the rows.
    """

    left: Places
    right: Places
    plain: tuple[Places, ...]


@dataclass(frozen=True)
class RowSum:
    """For each row the sum of its products and of its plain terms: left and right (n, k), plain (n, r)."""

    left: Places
    right: Places
    plain: Places


@dataclass(frozen=True)
class ShortSum:
    """left·right + left·right + … + plain + …, number by number, each term an array of the result's shape."""

    pairs: tuple[tuple[Places, Places], ...]
    plain: tuple[Places, ...]


@dataclass(frozen=True)
class Elementwise:
    """An op, number by number: each operand an array of the result's shape, a list operand with an axis of its own."""

    op: Op
    operands: tuple[Places, ...]
    settings: tuple[Any, ...]

    @property
    def indices(self) -> list[int]:
        """Which operand of the op each of `operands` is: the settings are among those of the op."""
        count = len(self.op.operands)
        return [i for i in range(count) if i - count not in self.op.constants]


@dataclass(frozen=True)
class Lookup:
    """Rows of a table (rows, k) by their index (n,), giving (n, k); or entries of a table (rows,), giving (n,)."""

    table: Places
    index: Places


Step = Product | RowSum | ShortSum | Elementwise | Lookup


@dataclass(frozen=True)
class Block:
    """Numbers that stand in one array: the places that they have on the tape, and the step that computes them.

    A place of −1 holds a number that nobody reads: an input that the loss does not need, a hole in a product.
    """

    places: Places
    step: Step | None = None


class Arranged(NamedTuple):
    """A tape in array form.

    Attributes:
        blocks: the inputs, the blocks of parameters, then what the steps compute, in order.
        inputs, parameters: how many of the blocks are inputs, and how many of the next are parameters.
        block, position: for each place of the tape the block that it stands in, and where; −1 for a constant.
        numbers: for each place its number, if it is a constant.
        lanes: whether the steps are those of one sample and run for many: what depends on an input then has an axis
            of samples in front, which no shape here contains.
        laned: for each block whether it has this axis.
    """

    tape: Tape
    blocks: list[Block]
    inputs: int
    parameters: int
    block: Places
    position: Places
    numbers: NDArray[np.float64]
    lanes: bool
    laned: list[bool]


def arranged(tape: Tape, input_shapes: Sequence[tuple[int, ...]], lanes: bool = False) -> Arranged:
    """The array steps of a tape whose inputs come in arrays of these shapes; with lanes, in many of each."""
    return _Arranger(tape, input_shapes, lanes).result()


@dataclass
class _Arranger:
    tape: Tape
    input_shapes: Sequence[tuple[int, ...]]
    lanes: bool
    blocks: list[Block] = field(default_factory=list)
    weights: list[Places] = field(default_factory=list)  # the blocks of parameters, as they are found

    def __post_init__(self) -> None:
        code = self.tape.code
        size = len(code)
        self.block: Places = np.full(size, -1)
        self.position: Places = np.arange(size)
        self.numbers = np.array([x.number if type(x) is Constant else np.nan for x in code])
        self.laned = np.array(reached(self.tape, Input)) & self.lanes
        for place, x in enumerate(code):
            if type(x) is Parameter:
                self.block[place] = FREE
                self.position[place] = x.slot
        given = {x.slot: place for place, x in enumerate(code) if type(x) is Input}
        start = 0
        for shape in self.input_shapes:
            count = prod(shape)
            self._add(np.array([given.get(i, -1) for i in range(start, start + count)]).reshape(shape))
            start += count

    def result(self) -> Arranged:
        groups: dict[tuple[Any, ...], list[int]] = {}
        key: tuple[Any, ...]
        for place, (level, instruction) in enumerate(zip(levels(self.tape), self.tape.code, strict=True)):
            laned = bool(self.laned[place])
            if type(instruction) is WeightedSum:
                key = level, laned, WeightedSum, len(instruction.lefts), len(instruction.plain)
                groups.setdefault(key, []).append(place)
            elif type(instruction) is Apply:
                op = instruction.op
                fixed = () if op in KERNELS else tuple(map(repr, instruction.settings))
                key = level, laned, op, len(instruction.operands), fixed
                groups.setdefault(key, []).append(place)
        for key in sorted(groups, key=lambda key: key[0]):
            if key[2] is WeightedSum:
                self._weighted_sums(groups[key])
            elif key[2] is take:
                self._lookups(groups[key])
            else:
                self._apply(groups[key])
        self._free_weights()
        given = len(self.input_shapes)
        self.block[(self.block >= given) & (self.block < FOUND)] += len(self.weights)
        for number, places in enumerate(self.weights):
            self.block[places] = given + number
        self.blocks[given:given] = [Block(places) for places in self.weights]
        self.blocks = [Block(x.places, self._in_free_order(x.step)) for x in self.blocks]
        in_lanes = [
            self.lanes and (i < given or bool(self.laned[block.places[block.places >= 0]].any()))
            for i, block in enumerate(self.blocks)
        ]
        return Arranged(
            self.tape,
            self.blocks,
            given,
            len(self.weights),
            self.block,
            self.position,
            self.numbers,
            self.lanes,
            in_lanes,
        )

    def _in_free_order(self, step: Step | None) -> Step | None:
        """A sum that stands alone has no neighbours to agree with: its terms are read as they stand in memory."""
        if not isinstance(step, RowSum) or len(step.plain) > 1:
            return step
        pairs = np.lexsort((self.position[step.left[0]], self.block[step.left[0]]))
        terms = np.lexsort((self.position[step.plain[0]], self.block[step.plain[0]]))
        return RowSum(step.left[:, pairs], step.right[:, pairs], step.plain[:, terms])

    def _add(self, places: Places, step: Step | None = None) -> None:
        held = places.ravel()
        known = held >= 0
        self.block[held[known]] = len(self.blocks)
        self.position[held[known]] = np.flatnonzero(known)
        self.blocks.append(Block(places, step))

    def _key(self, places: Iterable[int]) -> tuple[tuple[int, int], ...]:
        return tuple((int(self.block[x]), int(self.position[x])) for x in places)

    # ------------------------------------------------------------ sums of products

    def _weighted_sums(self, places: list[int]) -> None:
        sums = {place: self.tape.code[place] for place in places}
        rows = {place: (x.lefts, x.rights) for place, x in sums.items() if isinstance(x, WeightedSum)}
        pairs = next(iter(sums.values()))
        alike: dict[tuple[int, ...], list[Grid]] = {}
        if isinstance(pairs, WeightedSum) and pairs.lefts:
            for grid in grids(rows, self._key):
                has_holes = bool((grid.places < 0).any())
                if self._is_product(grid) and not (has_holes and pairs.plain):
                    alike.setdefault((*grid.places.shape, has_holes), []).append(grid)
        done: set[int] = set()
        for stack in alike.values():
            self._product(stack)
            done.update(x for grid in stack for x in grid.places.ravel().tolist())
        rest = [place for place in places if place not in done]
        if rest:
            self._row_sums(rest)

    def _is_product(self, grid: Grid) -> bool:
        """Whether a grid of dot products is worth a matrix product: it is one row by one row otherwise."""
        lefts, rights = grid.lefts[0], grid.rights[0]
        rows, columns = grid.places.shape
        if self._by_samples(lefts, rights):
            rows = max(rows, 2)  # or more
        if min(rows, columns) > 1:
            return True
        if max(rows, columns) == 1 or len(lefts) == 1:
            return False
        blocks = set(self.block[[*lefts, *rights]].tolist())
        return len(lefts) > FEW or (len(blocks) <= 2 and -1 not in blocks)

    def _by_samples(self, left: Any, right: Any) -> bool:
        """Whether left rows come in lanes, and meet the same right rows in all of them."""
        return bool(self.laned[list(left)].any() and not self.laned[list(right)].any())

    def _product(self, stack: list[Grid]) -> None:
        def joined(arrays: list[Any]) -> Places:
            return np.array(arrays[0] if len(arrays) == 1 else arrays)

        left, right = joined([grid.lefts for grid in stack]), joined([grid.rights for grid in stack])
        places = joined([grid.places for grid in stack])
        code = self.tape.code
        plain: Places = np.empty((0, *places.shape), dtype=np.int64)
        if (places >= 0).all():  # with holes there are no terms
            terms = [x.plain for at in places.ravel().tolist() if isinstance(x := code[at], WeightedSum)]
            plain = np.moveaxis(np.array(terms, dtype=np.int64).reshape(*places.shape, -1), -1, 0)
        self._weights(right)
        for term in plain:
            if places.ndim == 2 and (term == term[:1]).all():
                self._weights(term[0])
        if places.ndim == 2 and len(places) == 1 and self._by_samples(left.flat, right.flat):
            places, left, plain = places[0], left[0], plain[:, 0]
        self._add(places, Product(left, right, tuple(plain)))

    def _row_sums(self, places: list[int]) -> None:
        found = [x for place in places if isinstance(x := self.tape.code[place], WeightedSum)]
        left, right, plain = (
            np.array([row[i] for row in found], dtype=np.int64).reshape(len(found), -1) for i in range(3)
        )
        if left.shape[1] + plain.shape[1] <= FEW:
            pairs = left.shape[1]
            for at, shape, read in self._in_order(places, [*left.T, *right.T, *plain.T]):
                short = ShortSum(
                    tuple(zip(read[:pairs], read[pairs : 2 * pairs], strict=True)), tuple(read[2 * pairs :])
                )
                self._add(np.array(at).reshape(shape), short)
            return
        self._add(np.array(places), RowSum(left, right, plain))

    # ------------------------------------------------------------ ops, number by number

    def _apply(self, places: list[int]) -> None:
        found = [x for place in places if isinstance(x := self.tape.code[place], Apply)]
        op = found[0].op
        if not op.lists:
            for at, shape, read in self._in_order(places, list(np.array([x.operands for x in found]).T)):
                self._add(at.reshape(shape), Elementwise(op, tuple(read), found[0].settings))
            return
        order = sorted(range(len(found)), key=lambda i: self._key(found[i].operands))
        found = [found[i] for i in order]
        read = _stacked(op, np.array([x.operands for x in found]))
        shape = self._whole_shape(read[0])[:-1] or (len(found),)
        read = [x.reshape(*shape, -1) if i < op.lists else x.reshape(shape) for i, x in enumerate(read)]
        settings = found[0].settings
        if op in KERNELS:  # one for each
            settings = tuple(
                np.array(column).reshape(shape) for column in zip(*(x.settings for x in found), strict=True)
            )
        self._add(np.array(places)[order].reshape(shape), Elementwise(op, tuple(read), settings))

    def _lookups(self, places: list[int]) -> None:
        """Where each of some columns is read at each of some indices, they are the columns of one table."""
        found = {place: x.operands for place in places if isinstance(x := self.tape.code[place], Apply)}
        own = {place for place, x in found.items() if self.laned[list(x[:-1])].any()}  # each sample has its own table
        done: set[int] = set()
        for grid in grids({place: (x[:-1], x[-1:]) for place, x in found.items() if place not in own}, self._key):
            if grid.places.size == 1 < len(places) or (grid.places < 0).any():
                continue
            table, index = np.array(grid.lefts).T, np.array(grid.rights)[:, 0]
            self._weights(table)
            alone = len(grid.lefts) == 1
            self._add(grid.places.T[:, 0] if alone else grid.places.T, Lookup(table[:, 0] if alone else table, index))
            done.update(grid.places.ravel().tolist())
        rest = [place for place in places if place not in done]
        if rest:
            self._apply(rest)

    def _held_by(self, block: int) -> Places:
        """The places in a block; none for constants and for parameters that are free."""
        if block in (-1, FREE):
            return np.array([], dtype=np.int64)
        return self.weights[block - FOUND] if block >= FOUND else self.blocks[block].places

    def _whole_shape(self, rows: Places) -> tuple[int, ...]:
        """The shape of the block that is read, if all of it is read in rows of its own length."""
        whole = self._held_by(int(self.block[rows.flat[0]]))
        same = np.array_equal(whole.ravel(), rows.ravel()) and whole.shape[-1] == rows.shape[-1]
        return whole.shape if same else rows.shape

    def _in_order(
        self, places: list[int], columns: list[Places]
    ) -> Iterable[tuple[Places, tuple[int, ...], list[Places]]]:
        """Numbers computed alike, apart by the blocks that they read, each lot in the order and shape of its first.

        The first operand that is neither constant nor shared decides, so that it is read as it stands.
        """
        at = np.array(places)
        _, lot = np.unique(np.array([self.block[x] for x in columns]), axis=1, return_inverse=True)
        lots = [np.flatnonzero(lot.ravel() == i) for i in dict.fromkeys(lot.ravel().tolist())]
        for chosen in lots:
            read = [x[chosen] for x in columns]
            held = at[chosen]
            shape: tuple[int, ...] = held.shape
            for leading in read:
                block = int(self.block[leading[0]])
                if block != -1 and len(np.unique(leading)) == len(leading):
                    order = np.argsort(self.position[leading])
                    read, held = [x[order] for x in read], held[order]
                    whole = self._held_by(block)
                    shape = whole.shape if whole.size == len(held) else shape
                    break
            yield held, shape, [x.reshape(shape) for x in read]

    # ------------------------------------------------------------ parameters

    def _weights(self, places: Places) -> None:
        """Let these places stand together in one block, if all are parameters that are still free."""
        flat = places.ravel()
        if (self.block[flat] == FREE).all() and len(np.unique(flat)) == len(flat):
            self.block[flat] = FOUND + len(self.weights)
            self.position[flat] = np.arange(len(flat))
            self.weights.append(places)

    def _free_weights(self) -> None:
        free = np.flatnonzero(self.block == FREE)
        if len(free):
            self._weights(free[np.argsort(self.position[free])])


class Grid(NamedTuple):
    """Dot products of some left rows with some right rows; −1 where a pair does not occur."""

    lefts: list[tuple[int, ...]]
    rights: list[tuple[int, ...]]
    places: Places


def grids(rows: dict[int, tuple[Any, Any]], key: Any = lambda row: row) -> list[Grid]:
    """Dot products sorted into grids in which each left row meets each right row, or at least half of the pairs do.

    What belongs to no such grid is left out.

    Args:
        rows: for each product its left and its right row.
        key: what rows are sorted by.

    >>> [grid] = grids({10: ("x", "v"), 11: ("x", "w"), 12: ("y", "v")})
    >>> grid.places
    array([[10, 11],
           [12, -1]])
    """
    by_left: dict[Any, dict[Any, int]] = {}
    by_right: dict[Any, list[Any]] = {}
    for place, (left, right) in rows.items():
        by_left.setdefault(left, {})[right] = place
        by_right.setdefault(right, []).append(left)
    found = []
    seen: set[Any] = set()
    for first in by_left:
        if first in seen:
            continue
        seen.add(first)
        lefts, rights = [first], dict.fromkeys(by_left[first])
        waiting = list(rights)
        while waiting:
            for left in by_right[waiting.pop()]:
                if left not in seen:
                    seen.add(left)
                    lefts.append(left)
                    new = [right for right in by_left[left] if right not in rights]
                    rights.update(dict.fromkeys(new))
                    waiting += new
        held = sum(len(by_left[left]) for left in lefts)
        if 2 * held >= len(lefts) * len(rights):
            rows_in_order, columns = sorted(lefts, key=key), sorted(rights, key=key)
            places = np.array([[by_left[left].get(right, -1) for right in columns] for left in rows_in_order])
            found.append(Grid(rows_in_order, columns, places))
    return found


def _stacked(op: Op, rows: Places) -> list[Places]:
    """The operands of many nodes of an op with lists: (n, length) for a list, (n,) for a single number."""
    single = len(op.operands) - op.lists - len(op.constants)
    size = (rows.shape[1] - single) // op.lists
    lists = [rows[:, i * size : (i + 1) * size] for i in range(op.lists)]
    return [*lists, *rows[:, op.lists * size :].T]
