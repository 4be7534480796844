"""`record`: a program from a loss that was computed, or from a function that computes one."""

from __future__ import annotations

import gc
import inspect
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from autograd.errors import RecordingError
from autograd.graph import mapped, topological_order
from autograd.nn import Module
from autograd.optim import Optimizer
from autograd.program.inputs import Inputs, as_lists, shape_of
from autograd.program.program import Program
from autograd.program.watch import Recorder
from autograd.value import Value
from autograd.watching import watch

LIMIT = 8  # structures that a recorded function keeps programs for


@overload
def record(loss: Value, /, *, inputs: Any = (), parameters: Iterable[Value] | Module) -> Program: ...
@overload
def record(function: Callable[..., Value], /, *, fixed: bool = False) -> Recorded: ...
def record(
    loss: Any, /, *, inputs: Any = (), parameters: Iterable[Value] | Module = (), fixed: bool = False
) -> Program | Recorded:
    """Make a program of a loss: the same computation in array steps, for new inputs and parameters that move.

    Args:
        loss: a Value that was computed, or a function that computes one.
        inputs: with a Value: the leaves that get new numbers in every run, in nested lists.
        parameters: with a Value: the leaves that learn; or the model, so that a change of its shape is noticed.
            A leaf that is neither input nor parameter is a constant, with the number that it has now.
        fixed: with a function: let it read the numbers of Values, as no run would decide differently.

    Returns:
        A `Program`; for a function one that calls like the function, a `Recorded`.

    Raises:
        GraphError: a node was made by hand, so that its formula is not known.
        TypeError, ValueError: inputs or parameters that are no leaf Values, or one is given twice.

    >>> w, x = Value(2.0), Value(3.0)
    >>> program = record((w * x - 1.0) ** 2, inputs=[x], parameters=[w])
    >>> program([1.0])
    1.0
    """
    if not isinstance(loss, Value):
        if not callable(loss):
            raise TypeError(f"record needs a Value that was computed, or a function, got {type(loss).__name__}")
        return Recorded(loss, fixed=fixed)
    models = [parameters] if isinstance(parameters, Module) else []
    learned = parameters.parameters() if isinstance(parameters, Module) else list(parameters)
    with _collector_off():
        return Program(loss, Inputs(inputs), learned, models)


class Recorded:
    """A function of numbers whose loss is computed by a program. `autograd.record` makes it.

    The first call records what the function does. Calls with arguments of the same structure run the program; another
    structure is recorded again. Floats are inputs, and so are all numbers in lists and arrays, integers too: tokens and
    classes may differ in each run, and look tables up with `autograd.take`. Structure is the shape of those lists and
    arrays, and every other argument: a bare integer such as a number of steps, a string, None. Leaf Values that the
    function finds outside are parameters.

    >>> from autograd import optim
    >>> w = Value(0.0)
    >>> @record
    ... def loss(xs, ys):
    ...     return sum((w * x - y) ** 2 for x, y in zip(xs, ys))
    >>> loss([1.0, 2.0], [2.0, 4.0])
    20.0
    >>> optimizer = optim.SGD([w], lr=0.1)
    >>> loss.step(optimizer, [1.0, 2.0], [2.0, 4.0])
    20.0
    >>> loss.sync()
    >>> w.data
    2.0
    >>> loss
    <Recorded loss: 1 structure, recorded 1 time in 2 calls>
    """

    def __init__(self, function: Callable[..., Value], *, fixed: bool = False) -> None:
        self.function = function
        self.fixed = fixed
        self.calls = 0
        self.recordings = 0
        self._programs: OrderedDict[Any, Program] = OrderedDict()
        self._latest: Program | None = None

    def __call__(self, *arguments: Any) -> float:
        """The loss for these arguments.

        Raises:
            RecordingError: the function decides by the number of a Value, or gives no Value.
            TypeError: it is called with too many or too few arguments.
        """
        program, inputs = self._program(arguments)
        return program(inputs)

    def value_and_gradients(self, *arguments: Any) -> tuple[float, NDArray[np.float64]]:
        """The loss and its gradients, one for each of the program's `parameters`."""
        program, inputs = self._program(arguments)
        return program.value_and_gradients(inputs)

    def step(self, optimizer: Optimizer, *arguments: Any) -> float:
        """Move the parameters once and give the loss from before; the Values stay as they are until `sync`."""
        program, inputs = self._program(arguments)
        return program.step(optimizer, inputs)

    def sync(self) -> None:
        """Write the numbers to which `step` has moved the parameters to their Values."""
        if self._latest is not None:
            self._latest.sync()

    def program(self, *arguments: Any) -> Program:
        """The program for arguments of this structure, to be printed or explained."""
        return self._program(arguments)[0]

    def __repr__(self) -> str:
        count = len(self._programs)
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return (
            f"<Recorded {name}: {count} structure{'s' * (count != 1)},"
            f" recorded {self.recordings} time{'s' * (self.recordings != 1)} in {self.calls} calls>"
        )

    def _program(self, arguments: tuple[Any, ...]) -> tuple[Program, list[Any]]:
        self.calls += 1
        inputs = [x for x in arguments if _is_input(x)]
        structure = tuple(_structure(x) for x in arguments)
        program = self._programs.get(structure)
        if self._latest is not None and program is not self._latest:
            self._latest.sync()  # all programs go on from the numbers of the Values
        if program is None:
            program = self._record(arguments)
            self.recordings += 1
            self._programs[structure] = program
            if len(self._programs) > LIMIT:
                self._programs.popitem(last=False)
        self._programs.move_to_end(structure)
        self._latest = program
        return program, inputs

    def _record(self, arguments: tuple[Any, ...]) -> Program:
        given = [mapped(Value, as_lists(x)) if _is_input(x) else x for x in arguments]
        names = list(inspect.signature(self.function).bind(*arguments).arguments)
        if len(names) < len(arguments):  # *args
            names = [f"x{i}" for i in range(len(arguments))]
        inputs = [(name, x) for name, x, argument in zip(names, given, arguments, strict=True) if _is_input(argument)]
        with _collector_off():
            return self._recorded(given, inputs)

    def _recorded(self, given: list[Any], inputs: list[tuple[str, Any]]) -> Program:
        recorder = Recorder(self.fixed)
        with watch(recorder):
            loss = self.function(*given)
        if not isinstance(loss, Value):
            raise RecordingError(f"a recorded function gives one Value, its loss; this one gave {type(loss).__name__}")
        shapes = Inputs([x for _, x in inputs], [name for name, _ in inputs])
        models = _models(self.function)
        learned = dict.fromkeys(parameter for model in models for parameter in model.parameters())
        known = {*shapes.values, *recorder.lines}
        learned.update(dict.fromkeys(x for x in topological_order(loss) if x.is_leaf and x not in known))
        return Program(loss, shapes, list(learned), models, recorder.lines)


@contextmanager
def _collector_off() -> Iterator[None]:
    """Within the block Python's cyclic collector rests.

    It would look again and again through the objects that are being made, some dozens for each operation, and find
    no garbage: half of the time of a recording would be its.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _is_input(argument: Any) -> bool:
    """Whether an argument is data, not structure: a float, or a list or an array with a number in it."""
    if hasattr(argument, "dtype"):
        return bool(argument.dtype.kind == "f" or (argument.dtype.kind in "iu" and argument.ndim))
    if isinstance(argument, list | tuple):
        return any(_is_input(x) or (isinstance(x, Real) and not isinstance(x, bool)) for x in argument)
    return isinstance(argument, float)


def _structure(argument: Any) -> Any:
    """What must be equal for two arguments to be served by one program."""
    if not _is_input(argument):
        return repr(argument.tolist()) if hasattr(argument, "tolist") else repr(argument)
    return argument.shape if hasattr(argument, "shape") else shape_of(as_lists(argument))


def _models(function: Any) -> list[Module]:
    """The models that a function knows by name, or is itself."""
    if isinstance(function, Module):
        return [function]
    bare = inspect.unwrap(function)
    owner = getattr(bare, "__self__", None)
    bare = getattr(bare, "__func__", bare)
    if not inspect.isfunction(bare):
        return []
    names = inspect.getclosurevars(bare)
    known = [owner, *names.nonlocals.values(), *names.globals.values()]
    return list(dict.fromkeys(x for x in known if isinstance(x, Module)))
