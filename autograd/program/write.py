"""The array steps of a program as NumPy code. This code is what runs: there is no other implementation.

The backward sweep defines the gradient of each block in one line, when all who read the block have spoken.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any

import numpy as np

from autograd.op import Op
from autograd.program.arrange import Arranged, Block, Elementwise, Lookup, Places, Product, RowSum, ShortSum
from autograd.program.kernels import sloping
from autograd.program.reading import LANES, Read, Reader, reshaped, returned, summed
from autograd.program.tape import Noted, Parameter, Together
from autograd.program.text import SUM, Functions, Text, called, times, written

OURS = {  # what code may import from here
    "autograd.functions": ("position",),
    "autograd.op": ("find",),
    "autograd.program.kernels": ("added_up", "in_float32", "on_last_axis", "summed_at"),
}
RESERVED = {
    *("np", "p", "float", "len", "loss", "drawn", "noted", "value", "value_and_gradient"),
    *(name for names in OURS.values() for name in names),
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
        functions: `value` and `value_and_gradient`, functions of the inputs and the vector `p` of the parameters;
            `value` alone if there are several results. If numbers are noted, both give them last, in one array.
        constants: the arrays that they need.
        traced: `value` again, giving an array without dimensions in place of a Python number.
        ops: the ops that these functions call by name, number by number.
        names: of the arrays, one for each block.
        forward: the lines of the forward pass, one for each step.
        order: for each entry of `p` the index of the parameter.
    """

    header: str
    functions: str
    constants: dict[str, Any]
    traced: str
    ops: dict[str, Op]
    names: list[str]
    forward: list[Line]
    order: Places


def numpy_code(
    program: Arranged,
    input_names: Sequence[str],
    parameters: int,
    results: tuple[int, ...] = (),
    dtype: str = "float64",
) -> Code:
    """Write a program.

    Args:
        program: its steps.
        input_names: a name for each input array.
        parameters: how many there are, those included that the loss does not depend on.
        results: the shape of what is computed, if it is not one loss.
        dtype: of all numbers, "float64" or "float32".
    """
    return _Writer(program, input_names, parameters, dtype).code(results)


class _Writer:
    def __init__(self, program: Arranged, input_names: Sequence[str], parameters: int, dtype: str) -> None:
        self.program = program
        self.input_names = list(input_names)
        self.functions = Functions({*RESERVED, *input_names}, dtype)
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
        self.reader = Reader(program, self.names, self.active, [*self.offsets[:-1], len(self.order)], dtype)
        self.reads: dict[int, list[Read]] = {}
        self.gradients: dict[str, list[tuple[str, Text]]] = {}  # contributions: the slice ("" for all), the code
        self.joins: dict[str, dict[str, Read]] = {}  # for each array those that it was put together in
        self.lanes = [LANES if laned else () for laned in program.laned]
        self.shapes = {
            name: (*lanes, *block.places.shape)
            for name, lanes, block in zip(self.names, self.lanes, program.blocks, strict=True)
        }
        self.shapes["p"] = (len(self.order),)
        self.backward: list[str] = []
        self.settings: dict[int, list[Any]] = {}

    def code(self, results: tuple[int, ...]) -> Code:
        forward: list[Line] = []
        given = self.program.inputs + self.program.parameters
        for number, block in enumerate(self.program.blocks[given:], start=given):
            written = self._forward(number, block)
            forward += [Line(*line) for line in self.reader.lines]
            self.reader.lines.clear()
            forward.append(Line(self.names[number], written, number))
        value, mean, traced = self._result(forward, results)
        noted = self._noted()
        arguments = ", ".join([*self.input_names, "p"])
        nested = [f"{line.name} = {line.code}" for line in _nested(forward, noted)]
        last = ", noted" if noted else ""

        def forward_pass(result: str) -> list[str]:
            body = [*self._unpacked([*nested, *noted, result]), *nested, *noted, f"return {result}{last}"]
            return [f"def value({arguments}):", *_indented(body)]

        functions = forward_pass(value)
        if mean:
            self._sweep(given)
            gradient = self._parameter_gradient()
            lines = [*(f"{line.name} = {line.code}" for line in forward), *noted]
            functions += [
                "",
                "",
                f"def value_and_gradient({arguments}):",
                *_indented([*self._unpacked([*lines, *self.backward, mean]), *lines, *self.backward]),
                f"    return {mean}, {gradient}{last}",
            ]
        text = "\n".join([*functions, ""])
        return Code(
            self._header(text),
            text,
            self.reader.constants,
            "\n".join([*forward_pass(traced), ""]),
            self.functions.elementwise,
            self.names,
            forward,
            self.order,
        )

    def _result(self, forward: list[Line], results: tuple[int, ...]) -> tuple[str, str, str]:
        """What `value` returns, what comes with the gradient (in lanes the mean over the samples), and what is traced.

        The gradients begin here: with 1, in lanes with an equal share for each sample.
        """
        tape = self.program.tape
        root = tape.code[tape.root]
        lanes = LANES if self.program.lanes else ()
        places = np.array(root.operands).reshape(results) if isinstance(root, Together) else np.array([tape.loss])
        read = self.reader.read(places, lanes, spread=not lanes, number=False)
        forward += [Line(*line) for line in self.reader.lines]
        self.reader.lines.clear()
        value = Text(str(read.code))
        if lanes and not read.lanes:
            value = Text(f"np.broadcast_to({value}, {self.reader.shape((*lanes, *places.shape))})")
        if isinstance(root, Together):
            return str(value), "", str(value)
        if not lanes:
            self._give(read, self.reader.made("ones", (1,)))
            number = str(value.method(".item()"))
            return number, number, str(value.method("[0]"))
        self._give(read, self.reader.made("full", (-1, 1), f"1 / {self.reader.shape(LANES)}"))
        each = str(value.method("[:, 0]"))
        return each, str(value.method(".mean().item()")), each

    def _noted(self) -> list[str]:
        """The lines that put what is noted into one array: none if nothing is."""
        root = self.program.tape.code[self.program.tape.root]
        if not isinstance(root, Noted):
            return []
        read = self.reader.read(np.array(root.others), spread=False, number=False)
        lines = [*self.reader.lines, ("noted", read.code)]
        self.reader.lines.clear()
        if len(lines) > 1 and lines[-2][0] == str(read.code):  # one name for it is enough
            lines[-2:] = [("noted", lines[-2][1])]
        return [f"{name} = {code}" for name, code in lines]

    def _sweep(self, given: int) -> None:
        for number in range(len(self.program.blocks) - 1, given - 1, -1):
            name = self.names[number]
            self._split(name)
            if self.active[number] and name in self.gradients:
                self._define(name)
                self._back(number, self.program.blocks[number], Text(f"d_{name}"))

    def _header(self, text: str) -> str:
        imported = self.functions.imported
        words = set(re.findall(r"\w+", "\n".join([text, *imported.values()])))
        ours = [
            f"from {module} import {', '.join(used)}"
            for module, names in OURS.items()
            if (used := [name for name in names if name in words])
        ]
        modules = ["import numpy as np", *([""] if ours else []), *ours]
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
        step = block.step
        lanes = self.lanes[number]
        read = partial(self.reader.read, lanes=lanes)
        if isinstance(step, Product):
            left, right = read(step.left, spread=False), read(step.right, spread=False)
            terms = [read(x, loose=True) for x in step.plain]
            self.reads[number] = [left, right, *terms]
            return _sum([left.code @ _turned(right.code, right.shape), *(x.code for x in terms)])
        if isinstance(step, RowSum):
            reads = [read(x, spread=False) for x in (step.left, step.right, step.plain) if x.size]
            self.reads[number] = reads
            code = []
            if step.left.size:
                axes = "...ij,...ij->...i" if lanes else "ij,ij->i"
                code.append(Text(f'np.einsum("{axes}", {reads[0].code}, {reads[1].code})'))
            if step.plain.size:
                code.append(reads[-1].code.method(".sum(axis=-1)"))
            return _sum(code)
        if isinstance(step, ShortSum):
            pairs = [(read(a), read(b)) for a, b in step.pairs]
            rest = [read(x) for x in step.plain]
            self.reads[number] = [*(x for pair in pairs for x in pair), *rest]
            return _sum([*(written(a.code) * b.code for a, b in pairs), *(written(x.code) for x in rest)])
        if isinstance(step, Lookup):
            table, index = read(step.table, spread=False), read(step.index, spread=False)
            at = self.reader.named(called("position", [index.code, len(step.table)]))
            self.reads[number] = [table, Read(at, index.shape)]
            return Text(f"np.take({table.code}, {at}, axis=0)")
        assert isinstance(step, Elementwise)
        return self._apply(number, step, block.places.shape)

    def _apply(self, number: int, step: Elementwise, shape: tuple[int, ...]) -> Text:
        op = step.op
        # A formula may choose by its first operand: were that one number for all, the result might be too.
        reads = [
            self.reader.read(x, self.lanes[number], spread=not op.lists, number=bool(i or op.infix))
            for i, x in enumerate(step.operands)
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
            if left.active:
                self._give(left, d @ right.code)
            if right.active:
                self._give(*self._from_product(d, left, right))
            for term in terms:
                self._give(term, d)
        elif isinstance(step, RowSum):
            column = d.method("[..., None]")
            pairs = reads[:2] if step.left.size else []
            for x, other in zip(pairs, reversed(pairs), strict=True):
                self._give(x, column * other.code)
            if step.plain.size:
                again = Text(f"np.repeat({d}, {step.plain.shape[1]})")
                self._give(reads[-1], again.method(reshaped((), reads[-1].asked)))
        elif isinstance(step, ShortSum):
            pairs = reads[: 2 * len(step.pairs)]
            for k, x in enumerate(pairs):
                self._give(x, times(d, pairs[k ^ 1].code))
            for x in reads[len(pairs) :]:
                self._give(x, d)
        elif isinstance(step, Lookup):
            table, at = reads
            if at.lanes:  # the rows that all samples look up stand one after another
                at, d = (
                    replace(at, code=at.code.method(".ravel()")),
                    d.method(reshaped((), (-1, *step.table.shape[1:]))),
                )
            self._give(replace(table, asked=table.shape), called("summed_at", [at.code, d, len(step.table)]))
        elif isinstance(step, Elementwise):
            self._back_through_op(step, number, d)

    def _from_product(self, d: Text, left: Read, right: Read) -> tuple[Read, Text]:
        """The right factor of a product, and what the gradient `d` of the product gives to that of this factor."""
        whole = (*left.asked[:-1], right.shape[-2])
        if left.lanes and not right.lanes and len(right.shape) == 2:  # the rows of all samples are rows of one product
            rows, k = whole[-1], left.shape[-1]
            code = _turned(d.method(reshaped(whole, (-1, rows))), (-1, rows)) @ left.code.method(
                reshaped(left.shape, (-1, k))
            )
            return replace(right, asked=right.shape), code
        return right, _turned(d, whole) @ left.code

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
        size = sum(x.size for x in read.joined)
        whole = (*read.lanes, size) if read.joined else self.shapes[read.array]
        index = self.reader.constant("i", read.part.at) if read.part.back == "scattered" else ""
        code = returned(summed(code, read), read.part, whole, index, self.reader.dtype)
        name = str(read.code) if read.joined else read.array
        self.gradients.setdefault(name, []).append((read.part.box, code))
        self.shapes[name] = whole
        for member in read.joined:
            self.joins.setdefault(member.name, {})[name] = read

    def _split(self, member: str) -> None:
        """Hand on the gradients of arrays that were put together, as soon as one of their members asks for its own."""
        for name, read in self.joins.get(member, {}).items():
            if name not in self.gradients:
                continue
            self._define(name)
            del self.gradients[name]
            start = 0
            for x in read.joined:
                if x.active:
                    cut = f"{start or ''}:{start + x.size}"
                    some = Text(f"d_{name}").method(f"[:, {cut}]" if read.lanes else f"[{cut}]")
                    some = some.method(".sum(axis=0)" if read.lanes and not x.lanes else "")
                    some = some.method(reshaped((*x.lanes, x.size), self.shapes[x.name]))
                    self.gradients.setdefault(x.name, []).append(("", some))
                start += x.size

    def _define(self, name: str) -> None:
        """The gradient of a block or of all parameters: the sum of its contributions."""
        whole = _collected(code for where, code in self.gradients[name] if not where)
        parts = [(where, code) for where, code in self.gradients[name] if where]
        if parts:
            self.backward.append(f"d_{name} = {self.reader.made('zeros', self.shapes[name])}")
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
                pieces.append(str(self.reader.made("zeros", (int(np.prod(self.shapes[name])),))))
        if self.idle:
            pieces.append(str(self.reader.made("zeros", (self.idle,))))
        if not pieces:
            return str(self.reader.made("zeros", (0,)))
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
        if program.tape.loss in block.places and block.places.size == 1:
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


def _nested(lines: Sequence[Line], more: Sequence[str]) -> list[Line]:
    """The same lines, with a sum of products put into the activation that alone reads it, in them and in `more`."""
    found = list(lines)
    readers: dict[str, list[int]] = {}
    for i, text in enumerate([*(line.code.code for line in lines), *more]):
        for name in re.findall(r"\ba\d+\b", text):
            readers.setdefault(name, []).append(i)
    for i, line in enumerate(lines):
        alone = readers.get(line.name, [])
        if (
            len(alone) == 1
            and alone[0] < len(lines)
            and re.fullmatch(rf"\w+\({line.name}\)", lines[alone[0]].code.code)
        ):
            outer = lines[alone[0]]
            found[alone[0]] = Line(outer.name, Text(outer.code.code.replace(line.name, line.code.code)), outer.block)
            found[i] = Line("", line.code)
    return [line for line in found if line.name]


def _collected(terms: Iterable[Text]) -> list[Text]:
    """Equal terms put together: d * x + d * x, the gradient of a square, is 2.0 * d * x."""
    found: dict[str, list[Text]] = {}
    for term in terms:
        found.setdefault(term.code, []).append(term)
    return [alike[0] if len(alike) == 1 else float(len(alike)) * alike[0] for alike in found.values()]


def _sum(terms: Iterable[Text]) -> Text:
    return reduce(operator.add, terms)


def _turned(code: Text, shape: tuple[int, ...]) -> Text:
    """A matrix, or a stack of matrices, with rows and columns exchanged."""
    turn = ".mT" if len(shape) > 2 else ".T"
    return Text(code.code.removesuffix(turn)) if code.code.endswith(turn) else code.method(turn)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
