"""Expressions in words, as `tanh(w*x + b)`: read with `ast`, computed with Values, never run as Python."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from autograd import functions as fn
from autograd.errors import ExpressionError, UnknownOpError
from autograd.op import Op, find
from autograd.value import Value

OPERATORS: dict[type[ast.AST], Op] = {
    ast.Add: fn.add,
    ast.Sub: fn.sub,
    ast.Mult: fn.mul,
    ast.Div: fn.div,
    ast.Pow: fn.pow,
    ast.USub: fn.neg,
}
SHORT_NAMES = {"min": "minimum", "max": "maximum"}
LONGEST = 10_000


def evaluate(text: str, numbers: Mapping[str, Any]) -> Value:
    """The Value of an expression, with the given numbers for its names; names become labels.

    Numbers, names, + - * / **, and the functions of `autograd`. Steps before the last may be named:
    `n = w*x + b; tanh(n)`.

    Raises:
        ExpressionError: the text is anything else, a name has no number, or a number has no name in it.

    >>> y = evaluate("n = w*x + b; tanh(n)", {"w": 2, "x": 0.5, "b": -1})
    >>> y.data, y.operands[0].label
    (0.0, 'n')
    """
    statements = parsed(text)
    with _in_words(text):
        result = _run(statements, {normal(name): Value(number, label=name) for name, number in numbers.items()})
    used = {node.id for node in _names(statements)}
    for name, number in numbers.items():
        if normal(name) not in used:
            raise ExpressionError(f"{name}={number} is given, but the expression has no {name}")
    if not isinstance(result, Value):
        raise ExpressionError(f"{text[:60]!r} has no name, so there is nothing to differentiate: try x**2 with x=3")
    return result


def unknowns(text: str) -> list[str]:
    """The names of an expression that `evaluate` needs a number for, in the order in which they stand in it.

    Raises:
        ExpressionError: the text is no Python.

    >>> unknowns("n = w*x + b; tanh(n)")
    ['w', 'x', 'b']
    """
    names = sorted(_names(parsed(text)), key=lambda name: (name.lineno, name.col_offset))
    steps = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return list(dict.fromkeys(name.id for name in names if name.id not in steps))


def parsed(text: str) -> list[ast.stmt]:
    """The statements of an expression as Python reads them; what they may hold is not looked at.

    Raises:
        ExpressionError: the text is no Python, or too long.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"the expression has {len(text)} characters, more than {LONGEST}")
    with _in_words(text):
        return ast.parse(text.strip()).body


@contextmanager
def _in_words(text: str) -> Iterator[None]:
    """What Python complains of while it reads or computes an expression, as an ExpressionError."""
    try:
        yield
    except ExpressionError:
        raise
    except SyntaxError as error:
        place = f" at character {error.offset}" if error.offset else ""
        raise ExpressionError(f"cannot read {text[:60]!r}: {error.msg}{place}") from None
    except (RecursionError, MemoryError):
        raise ExpressionError("it is nested too deeply: name its parts, as in n = w*x + b; tanh(n)") from None
    except (ValueError, OverflowError) as error:  # a null character, a huge integer
        raise ExpressionError(f"cannot read {text[:60]!r}: {error}") from None


def _names(statements: list[ast.stmt]) -> list[ast.Name]:
    """Every name but those of functions."""
    walked = [node for statement in statements for node in ast.walk(statement)]
    functions = {id(node.func) for node in walked if isinstance(node, ast.Call)}
    return [node for node in walked if isinstance(node, ast.Name) and id(node) not in functions]


def normal(name: str) -> str:
    """The form in which Python knows a name: some letters have two."""
    return unicodedata.normalize("NFKC", name)


def _run(statements: list[ast.stmt], names: dict[str, Any]) -> Any:
    """The last of some statements, each an expression or `name = expression`."""
    result: Any = None
    for statement in statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if len(statement.targets) > 1 or name in names:
                raise ExpressionError(f"{name} has a value already: give each step a new name")
            result = names[name] = _compute(statement.value, names)
            if isinstance(result, Value) and not result.label:
                result.label = name
        elif isinstance(statement, ast.Expr) and statement is statements[-1]:
            result = _compute(statement.value, names)
        else:
            raise ExpressionError(
                f"{ast.unparse(statement)!r} is no step: write name = expression, and the result last"
            )
    if result is None:
        raise ExpressionError("the expression is empty: try tanh(w*x + b)")
    return result


def _compute(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=bool() | str() | bytes() | complex() | None):
            raise ExpressionError(f"{ast.unparse(node)} is no real number")
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            if name in names:
                return names[name]
            known = f"{name} has no number" if not names else f"{name} has no number; given are {', '.join(names)}"
            raise ExpressionError(f"{known}: add {name}=1.5")
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _compute(operand, names)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)) if number is not True:
            return -float(number)
        case ast.UnaryOp(op=operator, operand=operand) if type(operator) in OPERATORS:
            return OPERATORS[type(operator)](_compute(operand, names))
        case ast.BinOp(op=operator, left=left, right=right) if type(operator) in OPERATORS:
            return OPERATORS[type(operator)](_compute(left, names), _compute(right, names))
        case ast.BinOp(op=ast.BitXor()):
            raise ExpressionError(f"^ is no power here: write ** in {ast.unparse(node)!r}")
        case ast.Call(func=ast.Name(id=name), args=operands, keywords=named):
            return _call(name, operands, named, names)
    raise ExpressionError(
        f"{ast.unparse(node)!r} is not understood: only names, numbers, + - * / ** and known functions are"
    )


def _call(name: str, operands: list[ast.expr], named: list[ast.keyword], names: Mapping[str, Any]) -> Any:
    try:
        op = find(SHORT_NAMES.get(name, name))
    except UnknownOpError as error:
        raise ExpressionError(str(error)) from None
    arguments = [_compute(operand, names) for operand in operands]
    by_name = {keyword.arg or "**": _compute(keyword.value, names) for keyword in named}
    try:
        return op(arguments, **by_name) if op.lists == 1 and op.partials[-1] else op(*arguments, **by_name)
    except TypeError as error:
        raise ExpressionError(str(error)) from None
