"""A tape as straight-line scalar Python: one line for each operation, and one for each gradient."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.program.kernels import sloping
from autograd.program.tape import Apply, Constant, Input, Noted, Parameter, Tape, Together, WeightedSum, reached, row
from autograd.program.text import SUM, Functions, Text, times, written


def scalar_code(tape: Tape, inputs: Sequence[float], parameters: Sequence[float]) -> str:
    """The code of both passes, which runs in an empty file.

    >>> from autograd import mul
    >>> print(scalar_code(Tape([Parameter(0), Apply(mul, (0, 0))], root=1), [], [3.0]))
    p0 = 3.0
    <BLANKLINE>
    v1 = p0 * p0
    <BLANKLINE>
    d_v1 = 1.0
    d_p0 = d_v1 * p0 + d_v1 * p0
    <BLANKLINE>
    print(v1, d_p0)
    <BLANKLINE>
    """
    functions = Functions({"find", *(f"x{i}" for i in range(len(inputs)))})
    names: list[Text] = []
    given: list[str] = []
    forward: list[str] = []
    for place, instruction in enumerate(tape.code):
        if isinstance(instruction, Constant):
            names.append(written(instruction.number))
        elif isinstance(instruction, Input | Parameter):
            is_input = isinstance(instruction, Input)
            name = f"{'x' if is_input else 'p'}{instruction.slot}"
            given.append(f"{name} = {written((inputs if is_input else parameters)[instruction.slot])}")
            names.append(Text(name))
        else:
            assert not isinstance(instruction, Together | Noted)  # there is one loss
            names.append(Text(f"v{place}"))
            forward.append(f"v{place} = {_applied(instruction, names, functions)}")
    contributions: list[list[Text]] = [[] for _ in tape.code]
    contributions[tape.root].append(Text("1.0"))
    backward: list[str] = []
    active = reached(tape, Parameter)
    for place in range(len(tape.code) - 1, -1, -1):
        instruction = tape.code[place]
        if not active[place]:
            continue
        name = f"d_{names[place]}"
        backward.append(f"{name} = {' + '.join(x.at(SUM) for x in contributions[place]) or '0.0'}")
        for operand, partial in _partials(instruction, names, names[place], active, functions):
            contributions[operand].append(times(Text(name), partial))
    learned = {x.slot: place for place, x in enumerate(tape.code) if isinstance(x, Parameter)}
    gradients = [f"d_p{i}" if i in learned else "0.0" for i in range(len(parameters))]
    imported = [f"{name} = {code}" for name, code in functions.imported.items()]
    header = ["from autograd.op import find", "", *imported, ""] if imported else []
    call = f"print({', '.join([str(names[tape.root]), *gradients])})"
    return "\n".join([*header, *given, "", *forward, "", *backward, "", call, ""])


def _applied(instruction: Apply | WeightedSum, names: list[Text], functions: Functions) -> Text:
    if isinstance(instruction, WeightedSum):
        terms = [names[a] * names[b] for a, b in zip(instruction.lefts, instruction.rights, strict=True)]
        terms += [names[x] for x in instruction.plain]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total
    return functions.applied(instruction.op, _arguments(instruction, names))


def _arguments(instruction: Apply, names: list[Text]) -> list[Text]:
    whole = row(instruction.op, [names[x] for x in instruction.operands], [written(x) for x in instruction.settings])
    return [Text(f"[{', '.join(map(str, x))}]") if isinstance(x, list) else x for x in instruction.op.grouped(whole)]


def _partials(
    instruction: object, names: list[Text], out: Text, active: list[bool], functions: Functions
) -> list[tuple[int, object]]:
    """The operands that want a gradient, each with the code of its local derivative."""
    found: list[tuple[int, object]] = []
    if isinstance(instruction, WeightedSum):
        for a, b in zip(instruction.lefts, instruction.rights, strict=True):
            found += [(a, names[b]), (b, names[a])]
        found += [(x, 1.0) for x in instruction.plain]
    elif isinstance(instruction, Apply):
        op = instruction.op
        arguments = _arguments(instruction, names)
        single = len(op.operands) - op.lists - len(op.constants)
        size = (len(instruction.operands) - single) // op.lists if op.lists else 0
        places = iter(instruction.operands)
        slopes = sloping(op)
        for index, rule in enumerate(op.partials):
            if rule is None:
                continue
            here = [next(places) for _ in range(size if index < op.lists else 1)]
            if index not in slopes or not any(active[x] for x in here):
                continue
            partial = functions.partial(op, index, arguments, out)
            found += [(x, Text(f"{partial}[{k}]") if index < op.lists else partial) for k, x in enumerate(here)]
    return [(operand, partial) for operand, partial in found if active[operand]]
