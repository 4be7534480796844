"""Which core computes: the Python one, which says what is meant, or its twin in C (`_core.c`), which is faster.

What has a twin is decorated with `has_twin`, here and there in `graph.py` and `value.py`; all else is the same code on
either. The twin is taken where it was built; the environment variable STEPGRAD_PURE=1 leaves it out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from types import GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from autograd.op import Op

T = TypeVar("T", bound=Callable[..., Any])

_twin: Any = None
description = "compiled core"
if os.environ.get("STEPGRAD_PURE", "0") not in ("", "0"):
    description = "Python core: STEPGRAD_PURE is set"
else:
    try:
        _twin = import_module("autograd._core")
    except ModuleNotFoundError:
        description = "Python core: no other was built when stepgrad was installed"
    except ImportError as error:
        description = f"Python core: the compiled one cannot be loaded: {error}"

compiled = _twin is not None
_native = set(vars(_twin.Value)) - {"__doc__"} if compiled else set()


def has_twin(python: T) -> T:
    """A function or class, or its twin where there is one.

    `Node` and `Value` have one type as their twin. What they define and it does not, it takes over from them.
    """
    if not compiled:
        return python
    if not isinstance(python, type):
        return getattr(_twin, python.__name__)  # type: ignore[no-any-return]
    for name, attribute in vars(python).items():
        if name not in _native and not isinstance(attribute, GetSetDescriptorType | MemberDescriptorType):
            setattr(_twin.Value, name, attribute)
    return _twin.Value  # type: ignore[no-any-return]


def introduced(*ops: Op) -> dict[Op, Callable[..., Any]]:
    """Tell the twin which ops its formulas are those of; what it has, besides operators, to record one."""
    if not compiled:
        return {}
    for op in ops:
        _twin.introduce(op)
    known = {**vars(_twin.Value), **vars(_twin)}
    return {op: known[op.name] for op in ops if op.name in known}


def tell(who_watches: Callable[[], tuple[Any, ...]] | None, ours: tuple[str, ...]) -> None:
    """Tell the twin which files are ours, and whom to ask who watches in this thread or task; None: nobody in any."""
    if compiled:
        _twin.tell(who_watches, ours)
