"""One op, one declaration: `@op` above a formula checks the declaration and registers what it declares."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar, overload

from autograd.errors import OpDeclarationError, OpReplacedWarning
from autograd.op import REGISTRY, Formula, Op, Rule

AnyOp = TypeVar("AnyOp", bound=Op)


@overload
def op(formula: Formula, /) -> Op: ...
@overload
def op(**options: Any) -> Callable[[Formula], Op]: ...
def op(formula: Formula | None = None, /, **options: Any) -> Op | Callable[[Formula], Op]:
    """Declare an op: the decorated function is its formula, `d_x=` is the rule of its operand `x`.

    A rule takes the operands and the result; `d_x=None` says that `x` is a constant. Without any rule the
    formula is differentiated. Choices are written with `where`, so that the formula works on arrays too.
    The other options are the attributes of `Op`: name, symbol, infix, lists, index, kinks, domain.

    >>> from autograd import op
    >>> @op(d_x=lambda x, out: 3 * x * x)
    ... def cube(x):
    ...     return x * x * x
    >>> cube(2.0), cube.derivative(2.0)
    (8.0, 12.0)

    Raises:
        OpDeclarationError: an operand has no rule, a rule has no operand, or an option is unknown.
    """
    if formula is None:
        return lambda formula: declare(Op, formula, options)
    return declare(Op, formula, options)


def declare(kind: type[AnyOp], formula: Formula, options: dict[str, Any]) -> AnyOp:
    """What `@op` and its like do: check the declaration, make an op of that kind, register it."""
    name = options.get("name", formula.__name__)
    signature = inspect.signature(formula)
    for parameter in signature.parameters.values():
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            raise OpDeclarationError(f"op {name!r} has the operand {parameter}: write one plain name per operand")
    operands = tuple(signature.parameters)
    if not operands:
        raise OpDeclarationError(f"op {name!r} has no operand: a node without operands is a leaf, Value(number)")
    facts = {key: value for key, value in options.items() if not key.startswith("d_")}
    known = {option.name for option in fields(kind)} - {"forward", "partials", "operands", "signature"}
    if unknown := sorted(set(facts) - known):
        raise OpDeclarationError(f"op {name!r} has unknown options {unknown}: known are {sorted(known)}")
    bare = signature.replace(
        parameters=[p.replace(annotation=p.empty) for p in signature.parameters.values()],
        return_annotation=signature.empty,
    )
    if not 0 <= facts.get("lists", 0) <= len(operands):
        raise OpDeclarationError(f"op {name!r} has {len(operands)} operands, so lists={facts['lists']} cannot be")
    if (index := facts.get("index")) and (index != operands[-1] or not facts.get("lists")):
        raise OpDeclarationError(f"op {name!r} has index={index!r}: an index is the last operand, after the lists")
    made = kind(
        forward=formula,
        partials=_rules(name, formula, operands, {key: options[key] for key in options.keys() - facts.keys()}),
        operands=operands,
        signature=bare,
        **{"name": name, "symbol": name, **facts},
    )
    if made.name in REGISTRY:
        warnings.warn(
            f"op {made.name!r} is declared again: the newer declaration replaces the older one",
            OpReplacedWarning,
            stacklevel=3,
        )
    REGISTRY[made.name] = made
    return made


def _rules(
    name: str, formula: Formula, operands: tuple[str, ...], rules: dict[str, Rule | None]
) -> tuple[Rule | None, ...]:
    """The rules in the order of the operands, each name checked against the signature."""
    strangers = sorted(rules.keys() - {f"d_{operand}" for operand in operands})
    if strangers:
        raise OpDeclarationError(f"op {name!r} has operands {operands}, but there is a rule {strangers[0]}")
    if not rules:
        return tuple(_rule_by_formula(formula, index) for index in range(len(operands)))
    for key, rule in rules.items():
        if rule is not None and not callable(rule):
            raise OpDeclarationError(
                f"op {name!r}: {key} must be a function of {operands} and the result, got {rule!r}"
            )
    for operand in operands:
        if f"d_{operand}" not in rules:
            raise OpDeclarationError(
                f"op {name!r} has operands {operands} but no partial for {operand!r}:"
                f" add d_{operand}=..., or d_{operand}=None if it is a constant"
            )
    return tuple(rules[f"d_{operand}"] for operand in operands)


def _rule_by_formula(formula: Formula, index: int) -> Rule:
    def rule(*operands_and_out: Any) -> Any:
        return Op.node.differentiate(formula, operands_and_out[:-1], index)

    return rule
