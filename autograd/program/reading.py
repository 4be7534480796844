"""How a step reads its operands: which part of which arrays, as code, and where their gradient goes.

A block that is read whole is its name; part of it is a slice; what lies scattered is taken by index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from autograd.program.arrange import Arranged, Places
from autograd.program.text import Text


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


def piece(whole: tuple[int, ...], at: Places) -> Piece:
    """The positions `at` of an array of shape `whole`, counted row by row.

    >>> piece((2, 3), np.array([[0, 1, 2], [3, 4, 5]])).after
    ''
    >>> piece((2, 3), np.array([[0, 3], [1, 4], [2, 5]])).after
    '.T'
    >>> piece((2, 3), np.array([1, 4])).after
    '[:, 1]'
    >>> piece((6,), np.array([[2, 3], [4, 5]])).after
    '[2:].reshape(2, 2)'
    """
    flat = at.ravel()
    size = prod(whole)
    columns = whole[1] if len(whole) == 2 else 1
    if len(flat) == size and (flat == np.arange(size)).all():
        return Piece(reshaped(whole, at.shape), at.shape, "whole")
    if len(whole) == at.ndim == 2 and at.T.shape == whole and (at.T.ravel() == np.arange(size)).all():
        return Piece(".T", at.shape, "turned")
    if len(whole) <= 2:
        rows, place = np.unique(flat // columns), np.unique(flat % columns)
        box = (rows[:, None] * columns + place).ravel()
        if _is_run(rows) and _is_run(place) and np.array_equal(box, flat):
            index = _slice(rows, whole[0])
            shape: tuple[int, ...] = (len(rows),)
            if len(whole) == 2 and len(place) == 1:
                index += f", {place[0]}"
            elif len(whole) == 2:
                index += f", {_slice(place, columns)}" if len(place) < columns else ""
                shape = (len(rows), len(place))
            return Piece(f"[{index}]{reshaped(shape, at.shape)}", at.shape, "part", f"[{index}]", shape)
    return Piece("" if len(whole) == 1 else ".ravel()", at.shape, "scattered", at=at)


def reshaped(shape: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """The call that gives an array another shape; nothing if it has that one."""
    return "" if shape == wanted else f".reshape({', '.join(map(str, wanted))})"


def _is_run(x: Places) -> bool:
    return int(x[-1] - x[0]) == len(x) - 1


def _slice(x: Places, size: int) -> str:
    start, stop = int(x[0]), int(x[-1]) + 1
    return f"{start or ''}:{stop if stop < size else ''}"


@dataclass(frozen=True)
class Read:
    """An operand in code.

    Attributes:
        code: what stands in the formula: code, or a number.
        shape: the shape that it has, and `asked` the shape that it is broadcast to.
        active: whether a gradient is wanted.
        array, part: the array that is read, and which part of it.
        joined: where several arrays were put one after another: their names, sizes, and whether they are active.
    """

    code: Any
    shape: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()
    active: bool = False
    array: str = ""
    part: Piece = Piece("", (), "whole")
    joined: tuple[tuple[str, int, bool], ...] = ()


@dataclass
class Reader:
    """Writes reads of the arrays of one program, and keeps the constant arrays that they need."""

    program: Arranged
    names: list[str]
    active: list[bool]
    offsets: list[int]  # where each block of parameters begins in the vector of all, and how long that is
    constants: dict[str, Any] = field(default_factory=dict)
    lines: list[tuple[str, Text]] = field(default_factory=list)  # reads that got a name, since the last look
    _kept: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def constant(self, letter: str, array: Any) -> str:
        """The name of a constant array."""
        key = letter, array.dtype.str, array.shape, array.tobytes()
        if key not in self._kept:
            self._kept[key] = f"{letter}{len(self.constants)}"
            self.constants[self._kept[key]] = array
        return self._kept[key]

    def read(self, places: Places, *, spread: bool = True, loose: bool = False, number: bool = True) -> Read:
        """The numbers at these places.

        Args:
            spread: an axis along which nothing changes is left to broadcasting.
            loose: leading axes of length 1 may be left out too.
            number: a lone constant is written as a number, not as an array.
        """
        asked = places.shape
        if spread:
            for axis in range(places.ndim):
                first = places.take([0], axis=axis)
                if (places == first).all():
                    places = first
            while places.ndim > 1 and places.shape[0] == 1 and (loose or asked[-places.ndim] > 1):
                places = places[0]
        blocks = self.program.block[places]
        if (blocks == -1).all():
            numbers = self.program.numbers[places]
            if number and spread and places.size == 1:
                return Read(float(numbers.flat[0]))
            return Read(Text(self.constant("c", np.broadcast_to(numbers, asked) if not number else numbers)))
        found = np.unique(blocks).tolist()
        given = self.program.inputs
        learned = range(given, given + self.program.parameters)
        if len(found) == 1:
            block = found[0]
            at = self.program.position[places]
            return self._one(self.names[block], self.program.blocks[block].places.shape, at, asked, self.active[block])
        if all(block in learned for block in found):
            offset = np.zeros(len(self.names), dtype=np.int64)
            offset[given : given + self.program.parameters] = self.offsets[:-1]
            at = self.program.position[places] + offset[blocks]
            return self._one("p", (self.offsets[-1],), at, asked, True)
        return self._several(places, asked)

    def _one(self, name: str, whole: tuple[int, ...], at: Places, asked: tuple[int, ...], active: bool) -> Read:
        part = piece(whole, at)
        code = Text(name + part.after)
        if part.back == "scattered":
            code = self.named(code.method(f"[{self.constant('i', at)}]"))
        return Read(code, at.shape, asked, active, name, part)

    def _several(self, places: Places, asked: tuple[int, ...]) -> Read:
        """From several arrays: they are put one after another, and what is needed is taken from that."""
        blocks = self.program.block[places]
        pieces: list[str] = []
        joined: list[tuple[str, int, bool]] = []
        at = np.empty(places.shape, dtype=np.int64)
        start = 0
        for block in np.unique(blocks).tolist():
            chosen = blocks == block
            if block == -1:
                numbers, at[chosen] = np.unique(places[chosen], return_inverse=True)
                name, size, active = self.constant("c", self.program.numbers[numbers]), len(numbers), False
                pieces.append(name)
            else:
                shape = self.program.blocks[block].places.shape
                name, size, active = self.names[block], prod(shape), self.active[block]
                at[chosen] = self.program.position[places[chosen]]
                pieces.append(name if len(shape) == 1 else f"{name}.ravel()")
            at[chosen] += start
            start += size
            joined.append((name, size, active))
        code = Text(f"np.concatenate([{', '.join(pieces)}])")
        part = piece((start,), at)
        if part.back == "whole":
            code = code.method(part.after)
        else:
            part = Piece("", at.shape, "scattered", at=at)
            code = code.method(f"[{self.constant('i', at)}]")
        active = any(wanted for _, _, wanted in joined)
        return Read(self.named(code), at.shape, asked, active, "", part, tuple(joined))

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
        return code.method(".sum()" if prod(asked) > 1 else "").method(
            reshaped(() if prod(asked) > 1 else asked, shape)
        )
    whole = (1,) * (len(asked) - len(shape)) + shape
    axes = tuple(i for i, (a, b) in enumerate(zip(asked, whole, strict=True)) if a != b)
    if axes:
        code = code.method(f".sum(axis={axes[0] if len(axes) == 1 else axes})")
    return code.method(reshaped(tuple(size for i, size in enumerate(asked) if i not in axes), shape))


def returned(code: Text, part: Piece, whole: tuple[int, ...], index: str) -> Text:
    """The gradient of an array of shape `whole`, or of the slice `part.box`, from that of the part that was read.

    `index` names the positions of what lies scattered.
    """
    if part.back == "whole":
        return code.method(reshaped(part.shape, whole))
    if part.back == "turned":
        return code.method(".T")
    if part.back == "part":
        return code.method(reshaped(part.shape, part.box_shape))
    flat = "" if part.at.ndim == 1 else ".ravel()"
    size = prod(whole)
    return Text(f"np.bincount({index}{flat}, {code.method(flat)}, {size})").method(reshaped((size,), whole))
