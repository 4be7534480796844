"""Activations by their names, and the init that goes with each."""

from __future__ import annotations

from autograd.activations import Activation
from autograd.nn import he, xavier
from autograd.nn.init import Init
from autograd.op import REGISTRY, find


def activation_called(name: str) -> Activation:
    """The activation of that name.

    Raises:
        UnknownOpError: no op is called so.
        ValueError: an op is, and it is no activation.

    >>> activation_called("silu")
    <op silu(x, beta=1.0)>
    """
    found = find(name)
    if not isinstance(found, Activation):
        known = ", ".join(name for name, op in REGISTRY.items() if isinstance(op, Activation))
        raise ValueError(f"{name} is no activation: there are {known}")
    return found


def init_for(activation: Activation) -> Init:
    """Xavier's init for a function that is held between two bounds no more than 2 apart, He's for the others.

    >>> init_for(activation_called("tanh")).__name__, init_for(activation_called("gelu")).__name__
    ('xavier', 'he')
    """
    low, high = activation.range
    return xavier if high - low <= 2.0 else he
