"""The array steps of a program as NumPy code. This code is what runs: there is no other implementation.

The backward sweep defines the gradient of each block in one line, when all who read the block have spoken.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from autograd.program.arrange import Arranged, Block, Elementwise, Lookup, Places, Product, RowSum, ShortSum
from autograd.program.kernels import sloping
from autograd.program.reading import Read, Reader, reshaped, returned, summed
from autograd.program.tape import Parameter
from autograd.program.text import ATOM, SUM, Functions, Text, called, times, written

RESERVED = {
    *("np", "p", "find", "float", "loss", "value", "value_and_gradient"),
    *("on_last_axis", "position", "summed_at"),
}


@dataclass(frozen=True)
class Line:
    """One line of code: a name, what it is set to, and the block that it computes (None for a helper)."""

    name: str
    code: Text
    block: int | None = None


@dataclass(frozen=True)
class Code:
    """The NumPy code of a program.

    Attributes:
        header: the imports.
        functions: `value` and `value_and_gradient`, functions of the inputs and the vector `p` of the parameters.
        constants: the arrays that they need.
        names: of the arrays, one for each block.
        forward: the lines of the forward pass, one for each step.
        order: for each entry of `p` the index of the parameter.
    """

    header: str
    functions: str
    constants: dict[str, Any]
    names: list[str]
    forward: list[Line]
    order: Places


def numpy_code(program: Arranged, input_names: Sequence[str], parameters: int) -> Code:
    """Write a program.

    Args:
        program: its steps.
        input_names: a name for each input array.
        parameters: how many there are, those included that the loss does not depend on.
    """
    return _Writer(program, input_names, parameters).code()


class _Writer:
    def __init__(self, program: Arranged, input_names: Sequence[str], parameters: int) -> None:
        self.program = program
        self.input_names = list(input_names)
        self.functions = Functions({*RESERVED, *input_names})
        first, count = program.inputs, program.parameters
        learned = [block.places for block in program.blocks[first : first + count]]
        code = program.tape.code
        index = [x.slot for places in learned for at in places.flat if isinstance(x := code[at], Parameter)]
        idle = sorted(set(range(parameters)) - set(index))
        self.order = np.array([*index, *idle], dtype=np.int64)
        self.idle = len(idle)
        self.offsets = [0, *np.cumsum([places.size for places in learned]).tolist()]
        self.names = list(_names(program, input_names))
        self.active = _active(program)
        self.reader = Reader(program, self.names, self.active, [*self.offsets[:-1], len(self.order)])
        self.reads: dict[int, list[Read]] = {}
        self.gradients: dict[str, list[tuple[str, Text]]] = {}  # contributions: the slice ("" for all), the code
        self.joins: dict[str, dict[str, Read]] = {}  # for each array those that it was put together in
        self.shapes = {name: block.places.shape for name, block in zip(self.names, program.blocks, strict=True)}
        self.shapes["p"] = (len(self.order),)
        self.backward: list[str] = []
        self.settings: dict[int, list[Any]] = {}
        self.looks_up = any(isinstance(block.step, Lookup) for block in program.blocks)

    def code(self) -> Code:
        forward: list[Line] = []
        given = self.program.inputs + self.program.parameters
        for number, block in enumerate(self.program.blocks[given:], start=given):
            written = self._forward(number, block)
            forward += [Line(*line) for line in self.reader.lines]
            self.reader.lines.clear()
            forward.append(Line(self.names[number], written, number))
        root = self.reader.read(np.array([self.program.tape.root]), number=False)
        result = f"{Text(str(root.code)).method('.item()')}"
        self._give(root, Text("np.ones(1)"))
        for number in range(len(self.program.blocks) - 1, given - 1, -1):
            name = self.names[number]
            self._split(name)
            if self.active[number] and name in self.gradients:
                self._define(name)
                self._back(number, self.program.blocks[number], Text(f"d_{name}"))
        gradient = self._parameter_gradient()
        arguments = ", ".join([*self.input_names, "p"])
        lines = [f"{line.name} = {line.code}" for line in forward]
        nested = [f"{line.name} = {line.code}" for line in _nested(forward)]
        functions = "\n".join(
            [
                f"def value({arguments}):",
                *_indented([*self._unpacked([*nested, result]), *nested, f"return {result}"]),
                "",
                "",
                f"def value_and_gradient({arguments}):",
                *_indented([*self._unpacked([*lines, *self.backward, result]), *lines, *self.backward]),
                f"    return {result}, {gradient}",
                "",
            ]
        )
        return Code(self._header(), functions, self.reader.constants, self.names, forward, self.order)

    def _header(self) -> str:
        imported = self.functions.imported
        modules = ["import numpy as np"]
        ours = []
        if self.looks_up:
            ours.append("from autograd.functions import position")
        if any(code.startswith("find(") for code in imported.values()):
            ours.append("from autograd.op import find")
        kernels = ["on_last_axis"] if any(code.startswith("on_last_axis(") for code in imported.values()) else []
        kernels += ["summed_at"] if self.looks_up else []
        if kernels:
            ours.append(f"from autograd.program.kernels import {', '.join(kernels)}")
        modules += ["", *ours] if ours else []
        names = [f"{name} = {code}" for name, code in imported.items()]
        return "\n".join([*modules, *([""] if names else []), *names, ""])

    def _unpacked(self, lines: Iterable[str]) -> list[str]:
        """The blocks of parameters that some lines read, taken out of the vector of all."""
        used = set(re.findall(r"\w+", "\n".join(lines)))
        first = self.program.inputs
        found = []
        for number in range(self.program.parameters):
            name = self.names[first + number]
            if name in used:
                start, stop = self.offsets[number], self.offsets[number + 1]
                whole = self.shapes[name]
                found.append(f"{name} = p[{start or ''}:{stop}]{reshaped((stop - start,), whole)}")
        return found

    # ------------------------------------------------------------ forward

    def _forward(self, number: int, block: Block) -> Text:
        step, read = block.step, self.reader.read
        if isinstance(step, Product):
            left, right = read(step.left, spread=False), read(step.right, spread=False)
            terms = [read(x, loose=True) for x in step.plain]
            self.reads[number] = [left, right, *terms]
            return _sum([left.code @ _turned(right.code, step.left.ndim), *(x.code for x in terms)])
        if isinstance(step, RowSum):
            reads = [read(x, spread=False) for x in (step.left, step.right, step.plain) if x.size]
            self.reads[number] = reads
            code = []
            if step.left.size:
                code.append(Text(f'np.einsum("ij,ij->i", {reads[0].code}, {reads[1].code})'))
            if step.plain.size:
                code.append(reads[-1].code.method(".sum(axis=1)"))
            return _sum(code)
        if isinstance(step, ShortSum):
            pairs = [(read(a), read(b)) for a, b in step.pairs]
            rest = [read(x) for x in step.plain]
            self.reads[number] = [*(x for pair in pairs for x in pair), *rest]
            return _sum([*(written(a.code) * b.code for a, b in pairs), *(written(x.code) for x in rest)])
        if isinstance(step, Lookup):
            table, index = read(step.table, spread=False), read(step.index, spread=False)
            at = self.reader.named(called("position", [index.code, len(step.table)]))
            self.reads[number] = [table, Read(at)]
            return Text(f"{table.code.at(ATOM)}[{at}]")
        assert isinstance(step, Elementwise)
        return self._apply(number, step, block.places.shape)

    def _apply(self, number: int, step: Elementwise, shape: tuple[int, ...]) -> Text:
        op = step.op
        # A formula may choose by its first operand: were that one number for all, the result might be too.
        reads = [
            self.reader.read(x, spread=not op.lists, number=bool(i or op.infix)) for i, x in enumerate(step.operands)
        ]
        self.reads[number] = reads
        arguments: list[Any] = [x.code for x in reads]
        settings = [
            Text(self.reader.constant("i", x)) if isinstance(x, np.ndarray) else Text(repr(x)) for x in step.settings
        ]
        for place, setting in zip(op.constants, settings, strict=True):
            arguments.insert(len(reads) + len(settings) + place, setting)
        self.settings[number] = arguments
        if not op.lists:
            return self.functions.applied(op, arguments)
        name = self.functions.name(op)
        rules = [f"{name}_d_{op.operands[index]}" for index in sloping(op)]
        self.functions.imported[", ".join([name, *rules])] = f"on_last_axis({op.name!r})" + ("" if rules else "[0]")
        return called(name, arguments)

    # ------------------------------------------------------------ backward

    def _back(self, number: int, block: Block, d: Text) -> None:
        """Give the operands of a step what its gradient contributes to theirs."""
        step, reads = block.step, self.reads[number]
        if isinstance(step, Product):
            left, right, *terms = reads
            self._give(left, d @ right.code if left.active else d)
            self._give(right, _turned(d, step.left.ndim) @ left.code if right.active else d)
            for term in terms:
                self._give(term, d)
        elif isinstance(step, RowSum):
            column = d.method("[:, None]")
            pairs = reads[:2] if step.left.size else []
            for x, other in zip(pairs, reversed(pairs), strict=True):
                self._give(x, column * other.code)
            if step.plain.size:
                rows, terms = step.plain.shape
                self._give(reads[-1], Text(f"np.repeat({d}, {terms})").method(reshaped((rows * terms,), (rows, terms))))
        elif isinstance(step, ShortSum):
            pairs = reads[: 2 * len(step.pairs)]
            for k, x in enumerate(pairs):
                self._give(x, times(d, pairs[k ^ 1].code))
            for x in reads[len(pairs) :]:
                self._give(x, d)
        elif isinstance(step, Lookup):
            table, at = reads
            self._give(table, called("summed_at", [at.code, d, len(step.table)]))
        elif isinstance(step, Elementwise):
            self._back_through_op(step, number, d)

    def _back_through_op(self, step: Elementwise, number: int, d: Text) -> None:
        op, out = step.op, Text(self.names[number])
        arguments = self.settings[number]
        slopes = sloping(op)
        for index, read in zip(step.indices, self.reads[number], strict=True):
            if index not in slopes or not read.active:
                continue
            if op.lists:
                partial: Any = called(f"{self.functions.name(op)}_d_{op.operands[index]}", [*arguments, out])
                upstream = d.method("[..., None]") if index < op.lists else d
                self._give(read, upstream * partial)
            else:
                self._give(read, times(d, self.functions.partial(op, index, arguments, out)))

    def _give(self, read: Read, code: Text) -> None:
        """Note a contribution to the gradients of what was read."""
        if not read.active:
            return
        size = sum(count for _, count, _ in read.joined)
        whole = (size,) if read.joined else self.shapes[read.array]
        index = self.reader.constant("i", read.part.at) if read.part.back == "scattered" else ""
        code = returned(summed(code, read), read.part, whole, index)
        name = str(read.code) if read.joined else read.array
        self.gradients.setdefault(name, []).append((read.part.box, code))
        self.shapes[name] = whole
        for member, _, _ in read.joined:
            self.joins.setdefault(member, {})[name] = read

    def _split(self, member: str) -> None:
        """Hand on the gradients of arrays that were put together, as soon as one of their members asks for its own."""
        for name, read in self.joins.get(member, {}).items():
            if name not in self.gradients:
                continue
            self._define(name)
            del self.gradients[name]
            start = 0
            for part, count, active in read.joined:
                if active:
                    some = Text(f"d_{name}[{start or ''}:{start + count}]").method(
                        reshaped((count,), self.shapes[part])
                    )
                    self.gradients.setdefault(part, []).append(("", some))
                start += count

    def _define(self, name: str) -> None:
        """The gradient of a block or of all parameters: the sum of its contributions."""
        whole = [code for where, code in self.gradients[name] if not where]
        parts = [(where, code) for where, code in self.gradients[name] if where]
        if parts:
            self.backward.append(f"d_{name} = np.zeros({_shape(self.shapes[name])})")
            self.backward += [f"d_{name}{where} += {code}" for where, code in [*(("", x) for x in whole), *parts]]
        else:
            self.backward.append(f"d_{name} = {' + '.join(x.at(SUM) for x in whole)}")

    def _parameter_gradient(self) -> str:
        first = self.program.inputs
        pieces: list[str] = []
        for name in self.names[first : first + self.program.parameters]:
            self._split(name)
            if name in self.gradients:
                self._define(name)
                pieces.append(f"d_{name}" if len(self.shapes[name]) == 1 else f"d_{name}.ravel()")
            else:
                pieces.append(f"np.zeros({int(np.prod(self.shapes[name]))})")
        if self.idle:
            pieces.append(f"np.zeros({self.idle})")
        if not pieces:
            return "np.zeros(0)"
        joined = Text(f"np.concatenate([{', '.join(pieces)}])")
        if "p" not in self.gradients:
            return str(joined)
        self.gradients["p"].insert(0, ("", joined))
        self._define("p")
        return "d_p"


def _names(program: Arranged, input_names: Sequence[str]) -> Iterable[str]:
    """A name for each block: the inputs' own; W, b and w for parameters, a for sums of products, h for what follows."""
    yield from input_names
    taken = {*RESERVED, *input_names}
    counts: dict[str, int] = {}

    def next_name(letter: str) -> str:
        while True:
            name = f"{letter}{counts.get(letter, 0)}"
            counts[letter] = counts.get(letter, 0) + 1
            if name not in taken:
                return name

    first = program.inputs
    steps = program.blocks[first + program.parameters :]
    biases = {int(x.flat[0]) for block in steps if isinstance(block.step, Product) for x in block.step.plain}
    for block in program.blocks[first : first + program.parameters]:
        if block.places.ndim > 1:
            counts["b"] = counts.get("W", 0)
            yield next_name("W")
        else:
            yield next_name("b" if int(block.places[0]) in biases else "w")
    sums = set()
    for number, block in enumerate(steps, start=first + program.parameters):
        step = block.step
        if program.tape.root in block.places and block.places.size == 1:
            yield "loss"
        elif isinstance(step, Product):
            sums.add(number)
            yield next_name("a")
        elif (
            isinstance(step, Elementwise)
            and len(step.operands) == 1
            and program.block[step.operands[0].flat[0]] in sums
        ):
            yield next_name("h")
        else:
            yield next_name("v")


def _active(program: Arranged) -> list[bool]:
    """Which blocks a parameter reaches: only these need a gradient."""
    first = program.inputs
    learned = range(first, first + program.parameters)
    reached = np.zeros(len(program.tape.code), dtype=bool)
    found = []
    for number, block in enumerate(program.blocks):
        if block.step is None:
            active = number in learned
        else:
            step = block.step
            if isinstance(step, Elementwise):
                slopes = sloping(step.op)
                read = [x for i, x in zip(step.indices, step.operands, strict=True) if i in slopes]
            elif isinstance(step, Lookup):
                read = [step.table]
            elif isinstance(step, ShortSum):
                read = [*(x for pair in step.pairs for x in pair), *step.plain]
            elif isinstance(step, Product):
                read = [step.left, step.right, *step.plain]
            else:
                read = [step.left, step.right, step.plain]
            active = any(bool(reached[x].any()) for x in read)
        found.append(active)
        if active:
            reached[block.places[block.places >= 0]] = True
    return found


def _nested(lines: Sequence[Line]) -> list[Line]:
    """The same lines, with a sum of products put into the activation that alone reads it."""
    found = list(lines)
    readers: dict[str, list[int]] = {}
    for i, line in enumerate(lines):
        for name in re.findall(r"\ba\d+\b", line.code.code):
            readers.setdefault(name, []).append(i)
    for i, line in enumerate(lines):
        alone = readers.get(line.name, [])
        if len(alone) == 1 and re.fullmatch(rf"\w+\({line.name}\)", lines[alone[0]].code.code):
            outer = lines[alone[0]]
            found[alone[0]] = Line(outer.name, Text(outer.code.code.replace(line.name, line.code.code)), outer.block)
            found[i] = Line("", line.code)
    return [line for line in found if line.name]


def _sum(terms: Iterable[Text]) -> Text:
    return reduce(operator.add, terms)


def _turned(code: Text, axes: int) -> Text:
    """A matrix, or a stack of matrices, with rows and columns exchanged."""
    if axes > 2:
        return code.method(".mT")
    return Text(code.code.removesuffix(".T")) if code.code.endswith(".T") else code.method(".T")


def _shape(shape: tuple[int, ...]) -> str:
    return str(shape[0]) if len(shape) == 1 else str(shape)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
