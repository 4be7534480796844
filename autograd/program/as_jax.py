"""A program as a pure function of JAX: the same forward code, its arrays those of `jax.numpy`.

JAX finds the gradients, by the rules that the ops declare, so that kinks and ties are those of the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.errors import MissingPackageError
from autograd.op import Op
from autograd.program.inputs import Inputs
from autograd.program.write import Code


def jax_function(code: Code, inputs: Inputs) -> Callable[..., Any]:
    """The forward pass of a program as a function of its parameters and its inputs.

    Raises:
        MissingPackageError: JAX is not installed.
    """
    try:
        import jax.numpy as jnp
    except ImportError as error:
        raise MissingPackageError("to_jax needs JAX: pip install 'stepgrad[jax]'") from error
    scope: dict[str, Any] = {}
    exec(f"{code.header}\n\n{code.traced}", scope)  # our own text, as in Program
    scope |= {name: _with_our_rules(op) for name, op in code.ops.items()}
    scope |= {name: jnp.asarray(array) for name, array in code.constants.items()}
    scope["np"] = jnp

    def function(p: Any, *given: Any) -> Any:
        if len(given) != len(inputs.names):
            raise ValueError(f"this function takes p and {len(inputs.names)} inputs: {', '.join(inputs.names)}")
        p = jnp.asarray(p)
        p = p if jnp.issubdtype(p.dtype, jnp.floating) else p.astype(float)
        if p.shape != code.order.shape:
            raise ValueError(f"p must have the shape {code.order.shape}, got {p.shape}: one number for each parameter")
        arrays = [x.astype(p.dtype) for x in inputs.fitted([jnp.asarray(x) for x in given])]
        return scope["value"](*arrays, p[code.order])

    return function


def _with_our_rules(op: Op) -> Callable[..., Any]:
    """An op's formula for arrays of JAX, differentiated by the op's own rules."""
    import jax
    import jax.numpy as jnp
    from jax.custom_derivatives import SymbolicZero

    def function(*operands: Any) -> Any:
        places = [i for i, x in enumerate(operands) if hasattr(x, "shape")]

        def whole(arrays: Any) -> list[Any]:
            found = list(operands)
            for place, array in zip(places, arrays, strict=True):
                found[place] = array
            return found

        applied = jax.custom_jvp(lambda *arrays: op.forward(*whole(arrays)))

        def pushed(arrays: Any, tangents: Any) -> Any:
            out = applied(*arrays)
            total = jnp.zeros_like(out)
            for place, tangent in zip(places, tangents, strict=True):
                if not isinstance(tangent, SymbolicZero):
                    total = total + tangent * op.partials[place](*whole(arrays), out)
            return out, total

        applied.defjvp(pushed, symbolic_zeros=True)
        return applied(*(operands[place] for place in places))

    return function
