"""The sizes of samples, and the errors of a layer that is given another one than it was made for.

A sample is a nested list of numbers and Values: a vector, a sequence of vectors, an image of channels × rows × columns.
"""

from __future__ import annotations

from numbers import Real
from types import EllipsisType
from typing import Any

from autograd.graph import mapped
from autograd.nn.module import Module
from autograd.value import Value

Wanted = int | None | EllipsisType  # None is any size, a last ... any further dimensions


def shape(x: Any) -> tuple[int, ...]:
    """The sizes of a nested list, outermost first; () for one number.

    >>> shape([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    (2, 3)

    Raises:
        TypeError: something in it is neither a list nor a number.
        ValueError: it is empty, or its lists are of different shapes.
    """
    if isinstance(x, Value | Real):
        return ()
    if isinstance(x, str | bytes | dict) or not hasattr(x, "__len__"):
        raise TypeError(f"a sample holds numbers, Values and lists of them, got {type(x).__name__} {x!r:.40}")
    sizes = list(dict.fromkeys(map(shape, x)))
    if not sizes:
        raise ValueError("a sample holds at least one number, got an empty list")
    if len(sizes) > 1:
        raise ValueError(f"a sample has items of one shape, got {written(*sizes[0])} beside {written(*sizes[1])}")
    return (len(x), *sizes[0])


def written(*sizes: Wanted) -> str:
    """Sizes as one writes them.

    >>> written(3, 2), written(None, 4, ...), written()
    ('3 × 2', 'any × 4 × …', 'one number')
    """
    names: dict[Wanted, str] = {None: "any", ...: "…"}
    return " × ".join(names.get(size, str(size)) for size in sizes) or "one number"


def checked(layer: Module, x: Any, *wanted: Wanted) -> Any:
    """The sample as nested lists, if it has the sizes that the layer wants. A number stands for a vector of one.

    Raises:
        TypeError, ValueError: it has not; the message names the layer and both sizes.
    """
    try:
        given = shape(x)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{layer!r} cannot take this: {error}") from None
    is_open = wanted[-1] is ...
    asked = wanted[:-1] if is_open else wanted
    x = plain(x)
    if asked[-1:] == (1,) and len(given) + 1 == len(asked):
        x, given = mapped(lambda number: [number], x), (*given, 1)
    seen = given[: len(asked)] if is_open else given
    if len(asked) == len(seen) and all(size in (None, there) for size, there in zip(asked, seen, strict=True)):
        return x
    advice = ""
    if layer.takes_batch and len(given) < len(asked):
        advice = ": it takes a batch, write layer([x]) for one sample"
    elif not layer.takes_batch and not is_open and len(given) > len(asked):
        advice = ": it takes one sample, write [layer(x) for x in batch]"
    raise ValueError(f"{layer!r} takes {written(*wanted)}, got {written(*given)}{advice}")


def plain(x: Any) -> Any:
    """Lists in lists, whatever kind of sequences they were; what is no sequence stays what it is."""
    if isinstance(x, str | bytes | dict) or not hasattr(x, "__len__") or getattr(x, "shape", None) == ():
        return x
    return [plain(item) for item in x]


def listed(out: Any) -> list[Any]:
    """What a layer gave as a list: a layer of one neuron gives one bare Value."""
    return [out] if isinstance(out, Value) else out


def at_least(least: int, layer: type[Module], **sizes: int) -> None:
    """Refuse a layer without width.

    Raises:
        TypeError, ValueError: a size is no whole number, or is below `least`.
    """
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{layer.__name__} needs a whole number for {name}, got {size!r}")
        if size < least:
            raise ValueError(f"{layer.__name__} needs {name} to be at least {least}, got {size}")
