"""How a step reads its operands: which part of which arrays, as code, and where their gradient goes.

A block that is read whole is its name; part of it is a slice; what lies scattered is taken by index. An axis of
samples stands in shapes as −1, as it does in `reshape`: a program is for any number of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.program.arrange import Arranged, Places
from autograd.program.text import Text

LANES = (-1,)  # the axis of samples, in a shape


@dataclass(frozen=True)
class Piece:
    """A part of one array.

    Attributes:
        after: the code after the array's name.
        shape: what this code gives.
        back: how a gradient comes back: "whole" has the array's numbers in their order; "turned" has them transposed;
            "part" is added to the slice `box`, whose shape is `box_shape`; "scattered" is added at the positions `at`.
    """

    after: str
    shape: tuple[int, ...]
    back: str
    box: str = ""
    box_shape: tuple[int, ...] = ()
    at: Any = None


def piece(whole: tuple[int, ...], at: Places, lanes: tuple[int, ...] = ()) -> Piece:
    """The positions `at` of an array of shape `whole`, counted row by row; with `lanes`, of one in each sample.

    >>> piece((2, 3), np.array([[0, 1, 2], [3, 4, 5]])).after
    ''
    >>> piece((2, 3), np.array([[0, 3], [1, 4], [2, 5]])).after
    '.T'
    >>> piece((2, 3), np.array([1, 4])).after
    '[:, 1]'
    >>> piece((6,), np.array([[2, 3], [4, 5]])).after
    '[2:].reshape(2, 2)'
    >>> piece((6,), np.array([[2, 3], [4, 5]]), LANES).after
    '[:, 2:].reshape(-1, 2, 2)'
    """
    asked = (*lanes, *at.shape)
    row = at.ravel()
    size = prod(whole)
    columns = whole[1] if len(whole) == 2 else 1
    if len(row) == size and (row == np.arange(size)).all():
        return Piece(reshaped((*lanes, *whole), asked), asked, "whole")
    if len(whole) == at.ndim == 2 and at.T.shape == whole and (at.T.ravel() == np.arange(size)).all():
        return Piece(".mT" if lanes else ".T", asked, "turned")
    if len(whole) <= 2:
        rows, place = np.unique(row // columns), np.unique(row % columns)
        box = (rows[:, None] * columns + place).ravel()
        if _is_run(rows) and _is_run(place) and np.array_equal(box, row):
            index = f"{':, ' if lanes else ''}{_slice(rows, whole[0])}"
            shape: tuple[int, ...] = (len(rows),)
            if len(whole) == 2 and len(place) == 1:
                index += f", {place[0]}"
            elif len(whole) == 2:
                index += f", {_slice(place, columns)}" if len(place) < columns else ""
                shape = (len(rows), len(place))
            shape = (*lanes, *shape)
            return Piece(f"[{index}]{reshaped(shape, asked)}", asked, "part", f"[{index}]", shape)
    return Piece(flat(whole, lanes), asked, "scattered", at=at)


def flat(whole: tuple[int, ...], lanes: tuple[int, ...]) -> str:
    """The call that puts the numbers of an array of shape `whole` in a row, those of each sample if there are `lanes`.

    >>> flat((2, 3), ()), flat((2, 3), LANES), flat((6,), LANES)
    ('.ravel()', '.reshape(-1, 6)', '')
    """
    if len(whole) == 1:
        return ""
    return f".reshape(-1, {prod(whole)})" if lanes else ".ravel()"


def reshaped(shape: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """The call that gives an array another shape; nothing if it has that one."""
    return "" if shape == wanted else f".reshape({', '.join(map(str, wanted))})"


def _is_run(x: Places) -> bool:
    return int(x[-1] - x[0]) == len(x) - 1


def _slice(x: Places, size: int) -> str:
    start, stop = int(x[0]), int(x[-1]) + 1
    return f"{start or ''}:{stop if stop < size else ''}"


class Joined(NamedTuple):
    """One of several arrays that were put one after another: so many numbers, which are active, and in lanes."""

    name: str
    size: int
    active: bool
    lanes: tuple[int, ...]


@dataclass(frozen=True)
class Read:
    """An operand in code.

    Attributes:
        code: what stands in the formula: code, or a number.
        shape: the shape that it has, and `asked` the shape that it is broadcast to.
        active: whether a gradient is wanted.
        array, part: the array that is read, and which part of it.
        joined: where several arrays were put one after another: what they were.
    """

    code: Any
    shape: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()
    active: bool = False
    array: str = ""
    part: Piece = Piece("", (), "whole")
    joined: tuple[Joined, ...] = ()

    @property
    def lanes(self) -> tuple[int, ...]:
        """The axis of samples, if it has one."""
        return LANES if self.shape[:1] == LANES else ()


@dataclass
class Reader:
    """Writes reads of the arrays of one program, and keeps the constant arrays that they need."""

    program: Arranged
    names: list[str]
    active: list[bool]
    offsets: list[int]  # where each block of parameters begins in the vector of all, and how long that is
    dtype: str = "float64"
    constants: dict[str, Any] = field(default_factory=dict)
    lines: list[tuple[str, Text]] = field(default_factory=list)  # reads that got a name, since the last look
    _kept: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def constant(self, letter: str, array: Any) -> str:
        """The name of a constant array."""
        array = array.astype(self.dtype) if array.dtype.kind == "f" else array
        key = letter, array.dtype.str, array.shape, array.tobytes()
        if key not in self._kept:
            self._kept[key] = f"{letter}{len(self.constants)}"
            self.constants[self._kept[key]] = array
        return self._kept[key]

    def read(
        self,
        places: Places,
        lanes: tuple[int, ...] = (),
        *,
        spread: bool = True,
        loose: bool = False,
        number: bool = True,
    ) -> Read:
        """The numbers at these places.

        Args:
            lanes: the axis of samples of the step that reads, if it has one.
            spread: an axis along which nothing changes is left to broadcasting.
            loose: leading axes of length 1 may be left out too.
            number: a lone constant is written as a number, not as an array.
        """
        asked = (*lanes, *places.shape)
        held = [block for block in np.unique(self.program.block[places]).tolist() if block >= 0]
        own = LANES if any(self.program.laned[block] for block in held) else ()
        if spread:
            for axis in range(places.ndim):
                first = places.take([0], axis=axis)
                if (places == first).all():
                    places = first
            while not own and places.ndim > 1 and places.shape[0] == 1 and (loose or asked[-places.ndim] > 1):
                places = places[0]
        blocks = self.program.block[places]
        if (blocks == -1).all():
            numbers = self.program.numbers[places]
            if number and spread and places.size == 1:
                return Read(float(numbers.flat[0]))
            whole = numbers if number else np.broadcast_to(numbers, asked[len(lanes) :])
            return Read(Text(self.constant("c", whole)))
        found = np.unique(blocks).tolist()
        given = self.program.inputs
        learned = range(given, given + self.program.parameters)
        if len(found) == 1:
            block = found[0]
            at = self.program.position[places]
            whole_shape = self.program.blocks[block].places.shape
            return self._one(self.names[block], whole_shape, at, asked, self.active[block], own)
        if all(block in learned for block in found):
            offset = np.zeros(len(self.names), dtype=np.int64)
            offset[given : given + self.program.parameters] = self.offsets[:-1]
            at = self.program.position[places] + offset[blocks]
            return self._one("p", (self.offsets[-1],), at, asked, True)
        return self._several(places, asked, own)

    def _one(
        self,
        name: str,
        whole: tuple[int, ...],
        at: Places,
        asked: tuple[int, ...],
        active: bool,
        lanes: tuple[int, ...] = (),
    ) -> Read:
        part = piece(whole, at, lanes)
        code = Text(name + part.after)
        if part.back == "scattered":
            code = self._taken(code, at, lanes)
        return Read(code, part.shape, asked, active, name, part)

    def _several(self, places: Places, asked: tuple[int, ...], lanes: tuple[int, ...]) -> Read:
        """From several arrays: they are put one after another, and what is needed is taken from that."""
        blocks = self.program.block[places]
        pieces: list[str] = []
        joined: list[Joined] = []
        at = np.empty(places.shape, dtype=np.int64)
        start = 0
        for block in np.unique(blocks).tolist():
            chosen = blocks == block
            if block == -1:
                numbers, at[chosen] = np.unique(places[chosen], return_inverse=True)
                found = Joined(self.constant("c", self.program.numbers[numbers]), len(numbers), False, ())
                pieces.append(found.name)
            else:
                shape = self.program.blocks[block].places.shape
                own = LANES if self.program.laned[block] else ()
                found = Joined(self.names[block], prod(shape), self.active[block], own)
                at[chosen] = self.program.position[places[chosen]]
                pieces.append(f"{found.name}{flat(shape, own)}")
            if lanes and not found.lanes:
                pieces[-1] = f"np.broadcast_to({pieces[-1]}, {self.shape((*lanes, found.size))})"
            at[chosen] += start
            start += found.size
            joined.append(found)
        code = Text(f"np.concatenate([{', '.join(pieces)}]{', axis=1' if lanes else ''})")
        part = piece((start,), at, lanes)
        if part.back == "whole":
            code = self.named(code.method(part.after))
        else:
            part = Piece("", part.shape, "scattered", at=at)
            code = self._taken(code, at, lanes)
        return Read(code, part.shape, asked, any(x.active for x in joined), "", part, tuple(joined))

    def made(self, function: str, shape: tuple[int, ...], *more: str) -> Text:
        """A new array: `np.zeros(3)`, `np.full((len(X), 1), 0.5)`."""
        dtype = [] if self.dtype == "float64" else [f"np.{self.dtype}"]
        return Text(f"np.{function}({', '.join([self.shape(shape), *more, *dtype])})")

    def shape(self, shape: tuple[int, ...]) -> str:
        """A shape as code: the number of samples is the length of the first input."""
        sizes = [f"len({self.names[0]})" if size == -1 else str(size) for size in shape]
        return sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"

    def _taken(self, code: Text, at: Places, lanes: tuple[int, ...]) -> Text:
        return self.named(code.method(f"[{':, ' if lanes else ''}{self.constant('i', at)}]"))

    def named(self, code: Text) -> Text:
        """A read that copies numbers is done once and gets a name."""
        if (key := ("read", code.code)) not in self._kept:
            self._kept[key] = f"g{len(self._kept)}"
            self.lines.append((self._kept[key], code))
        return Text(self._kept[key])


def summed(code: Text, read: Read) -> Text:
    """The gradient of what was read, from that of what it was broadcast to."""
    asked, shape = read.asked, read.shape
    if prod(shape) == 1:
        return code.method(".sum()" if prod(asked) != 1 else "").method(
            reshaped(() if prod(asked) != 1 else asked, shape)
        )
    whole = (1,) * (len(asked) - len(shape)) + shape
    axes = tuple(i for i, (a, b) in enumerate(zip(asked, whole, strict=True)) if a != b)
    if axes:
        code = code.method(f".sum(axis={axes[0] if len(axes) == 1 else axes})")
    return code.method(reshaped(tuple(size for i, size in enumerate(asked) if i not in axes), shape))


def returned(code: Text, part: Piece, whole: tuple[int, ...], index: str, dtype: str) -> Text:
    """The gradient of an array of shape `whole`, or of the slice `part.box`, from that of the part that was read.

    `index` names the positions of what lies scattered.
    """
    if part.back == "whole":
        return code.method(reshaped(part.shape, whole))
    if part.back == "turned":
        return code.method(".mT" if whole[:1] == LANES else ".T")
    if part.back == "part":
        return code.method(reshaped(part.shape, part.box_shape))
    if whole[:1] == LANES:
        size = prod(whole[1:])
        return Text(f"added_up({index}, {code}, {size})").method(reshaped((-1, size), whole))
    in_a_row = "" if part.at.ndim == 1 else ".ravel()"
    size = prod(whole)
    sums = Text(f"np.bincount({index}{in_a_row}, {code.method(in_a_row)}, {size})")  # always in float64
    return sums.method("" if dtype == "float64" else f".astype(np.{dtype})").method(reshaped((size,), whole))
